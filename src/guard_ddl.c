/*
 * guard_ddl.c
 *		Statements of our own that guard a table where the library is not loaded.
 *
 * Row security, enabled and forced, with a policy that calls pdauth.guard(),
 * for ordinary roles; guarded storage for those that no policy binds.
 * They run as the extension's owner, because whoever makes a partition or a
 * copy of protected data may not decide about its protection.
 */
#include "pdauth.h"

#include "catalog/namespace.h"
#include "catalog/pg_authid.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "door.h"
#include "guard_storage.h"

PG_FUNCTION_INFO_V1(pdauth_guard_relation);

static bool own_statement = false;

bool
guard_ddl_take(void)
{
	bool		result = own_statement;

	own_statement = false;
	return result;
}

static void
run(const char *sql)
{
	own_statement = true;
	PG_TRY();
	{
		(void) SPI_execute(sql, false, 0);
	}
	PG_FINALLY();
	{
		own_statement = false;
	}
	PG_END_TRY();
}

/*
 * Does a query of the catalogs, with the table's OID in place of %u, give a
 * row?  Not read-only for SPI, so that it sees what the statement before did.
 */
static bool
holds(const char *query, Oid relation)
{
	return SPI_execute(psprintf(query, relation), false, 1) == SPI_OK_SELECT && SPI_processed > 0;
}

static void
run_guard_statements(Oid relation)
{
	const char *name = quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)),
												  get_rel_name(relation));

	/* one that is there already may be the owner's, with our name and a harmless condition */
	if (holds("SELECT FROM pg_catalog.pg_policy WHERE polrelid = %u AND polname = 'pdauth_guard'", relation))
		run(psprintf("DROP POLICY pdauth_guard ON %s", name));

	/*
	 * Without a permissive policy core shows no row at all; where the
	 * application has policies of its own, theirs stay the permissive ones.
	 */
	if (!holds("SELECT FROM pg_catalog.pg_policy WHERE polrelid = %u AND polpermissive", relation) &&
		!holds("SELECT FROM pg_catalog.pg_class WHERE oid = %u AND relrowsecurity", relation))
		run(psprintf("CREATE POLICY pdauth_permit ON %s AS PERMISSIVE USING (true)", name));
	run(psprintf("CREATE POLICY pdauth_guard ON %s AS RESTRICTIVE USING (%s.guard())", name, PDAUTH_SCHEMA));
	run(psprintf("ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY", name));
}

void
guard_table(Oid relation)
{
	Oid			user;
	int			context;

	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(BOOTSTRAP_SUPERUSERID, context | SECURITY_LOCAL_USERID_CHANGE);
	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	SPI_connect();
	run_guard_statements(relation);
	SPI_finish();
	PopActiveSnapshot();
	SetUserIdAndSecContext(user, context);
	guard_storage_set(relation, true);
}

/* pdauth.guard_relation(relation regclass) returns void */
Datum
pdauth_guard_relation(PG_FUNCTION_ARGS)
{
	guard_table(PG_GETARG_OID(0));
	PG_RETURN_VOID();
}
