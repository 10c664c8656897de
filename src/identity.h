/*
 * identity.h
 *		Who is asking.
 *
 * A statement acts for up to three roles at once: the one whose privileges a
 * view lends (checkAsUser), the current one (which a SECURITY DEFINER function
 * changes) and the outer one (what SET ROLE chose).  Each alone can be
 * borrowed from somebody with more rights, so access is the intersection of
 * what all of them may see.  A cursor can add a fourth (cursor_reads.h).
 */
#ifndef PDAUTH_IDENTITY_H
#define PDAUTH_IDENTITY_H

#include "postgres.h"

#include "nodes/pg_list.h"

#define IDENTITY_ROLES 4

/* Zero-padded and without repeats, in a fixed order: fit to be part of a hash key. */
typedef struct Identity
{
	Oid			roles[IDENTITY_ROLES];
} Identity;

/* The identity that reads a range-table entry; check_as_user may be InvalidOid. */
extern Identity identity_of(Oid check_as_user);

/* The same for another user than the current one, who gets what function_user (or InvalidOid) read. */
extern Identity identity_with(Oid user, Oid check_as_user, Oid function_user);

/* Are all roles of the identity superusers?  Then break-glass may apply. */
extern bool identity_is_superuser(const Identity *identity);

/*
 * The role and every role whose privileges it inherits, directly or not, as a
 * list of OIDs.  Unlike has_privs_of_role() a superuser is nothing special
 * here (rule X-2).
 */
extern List *identity_inherited_roles(Oid role);

#endif							/* PDAUTH_IDENTITY_H */
