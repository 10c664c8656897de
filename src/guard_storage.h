/*
 * guard_storage.h
 *		The access method "pdauth": the server's heap, for tables that must not
 *		be opened by a server without the library.
 *
 * Policies do not bind superusers and BYPASSRLS roles.  A table of this access
 * method is an ordinary heap table, byte for byte, but to open it the server
 * has to ask our handler, which raises PD001 where the library was not
 * preloaded (rule X-1).  With it there is no difference, in speed either.
 */
#ifndef PDAUTH_GUARD_STORAGE_H
#define PDAUTH_GUARD_STORAGE_H

#include "postgres.h"

/*
 * Put a table or materialized view of the server's heap under it, or back;
 * anything else stays as it is.  The caller holds a lock that excludes others.
 */
extern void guard_storage_set(Oid table, bool guarded);

/* Is the table under it? */
extern bool guard_storage_has(Oid table);

/*
 * Before it goes: back to heap, all tables of this database.  The second does
 * so only if it is this access method that goes.
 */
extern void guard_storage_release_all(void);
extern void guard_storage_release(Oid access_method);

#endif							/* PDAUTH_GUARD_STORAGE_H */
