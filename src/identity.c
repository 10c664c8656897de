/*
 * identity.c
 *		The roles a statement acts for.
 */
#include "pdauth.h"

#include "access/htup_details.h"
#include "catalog/pg_auth_members.h"
#include "catalog/pg_authid.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/catcache.h"
#include "utils/syscache.h"

#include "identity.h"

/*
 * The owner of masked views lends nothing that could be borrowed: nobody can
 * be that role, and the reader's own rights decide in its views
 * (masked_view.c).
 */
static bool
is_masked_view_owner(Oid role)
{
	return OidIsValid(role) && role == get_role_oid("pdauth_masked_view", true);
}

Identity
identity_of(Oid check_as_user)
{
	return identity_with(GetUserId(), check_as_user, InvalidOid);
}

Identity
identity_with(Oid user, Oid check_as_user, Oid function_user)
{
	Identity	identity = {{user}};
	int			count = 1;
	Oid			others[] = {GetOuterUserId(), is_masked_view_owner(check_as_user) ? InvalidOid : check_as_user,
	function_user};

	for (int i = 0; i < lengthof(others); i++)
	{
		bool		known = !OidIsValid(others[i]);

		for (int j = 0; j < count; j++)
			known |= identity.roles[j] == others[i];
		if (!known)
			identity.roles[count++] = others[i];
	}
	return identity;
}

bool
identity_is_superuser(const Identity *identity)
{
	for (int i = 0; i < IDENTITY_ROLES && OidIsValid(identity->roles[i]); i++)
	{
		if (!superuser_arg(identity->roles[i]))
			return false;
	}
	return true;
}

/* Does member inherit by default?  From 16 on each grant says so for itself. */
static bool
role_inherits(Oid member)
{
	HeapTuple	tuple = SearchSysCache1(AUTHOID, ObjectIdGetDatum(member));
	bool		result = false;

	if (HeapTupleIsValid(tuple))
	{
		result = ((Form_pg_authid) GETSTRUCT(tuple))->rolinherit;
		ReleaseSysCache(tuple);
	}
	return result;
}

static bool
membership_inherits(Form_pg_auth_members membership, bool member_inherits)
{
#if PG_VERSION_NUM >= 160000
	return membership->inherit_option;
#else
	return member_inherits;
#endif
}

List *
identity_inherited_roles(Oid role)
{
	List	   *roles = list_make1_oid(role);
	ListCell   *cell;

	/* The list is result and agenda at once, as in acl.c's roles_is_member_of(). */
	foreach(cell, roles)
	{
		Oid			member = lfirst_oid(cell);
		bool		inherits = role_inherits(member);
		CatCList   *memberships = SearchSysCacheList1(AUTHMEMMEMROLE, ObjectIdGetDatum(member));

		for (int i = 0; i < memberships->n_members; i++)
		{
			Form_pg_auth_members membership =
				(Form_pg_auth_members) GETSTRUCT(&memberships->members[i]->tuple);

			if (membership_inherits(membership, inherits))
				roles = list_append_unique_oid(roles, membership->roleid);
		}
		ReleaseSysCacheList(memberships);
	}
	return roles;
}
