/*
 * pdauth.h
 *		What every part of pdauth shares: was the library preloaded, and how
 *		to say so.
 */
#ifndef PDAUTH_H
#define PDAUTH_H

#include "postgres.h"

#include "access/xact.h"
#include "commands/trigger.h"
#include "fmgr.h"

#include "compat.h"
#include "language.h"

/* Schema that CREATE EXTENSION makes and owns. */
#define PDAUTH_SCHEMA "pdauth"

/* True when the postmaster loaded us, so that the hooks are in place. */
extern bool pdauth_is_preloaded(void);

/* Raise PD001 (rule X-1, fail closed) unless pdauth_is_preloaded(). */
extern void pdauth_require_preload(void);

/*
 * OID of pdauth.<name>, or InvalidOid while the extension does not exist in
 * this database.  Never searches the search_path (CVE-2018-1058 class).
 */
extern Oid	pdauth_relation_oid(const char *name);

/* Raises if there is no such table. */
extern Oid	pdauth_table_owner(Oid table);

/*
 * Have the callbacks (the second may be NULL) called at the end of transactions
 * from now on, if they are not yet; *registered keeps that they are.  For when
 * there is something to do then: in most sessions there never is.
 */
extern void pdauth_register_at_end(bool *registered, XactCallback transaction, SubXactCallback subtransaction);

/* What a trigger function was called with; raises unless it was called as one. */
extern TriggerData *pdauth_trigger_data(FunctionCallInfo fcinfo, const char *function);

#endif							/* PDAUTH_H */
