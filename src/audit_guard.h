/*
 * audit_guard.h
 *		Refuses what would switch the audit off, and tells what is audited.
 */
#ifndef PDAUTH_AUDIT_GUARD_H
#define PDAUTH_AUDIT_GUARD_H

#include "postgres.h"

#include "catalog/objectaccess.h"

/* Has the relation a trigger of the audit, by this name or (NULL) any? */
extern bool audit_has_trigger(Oid relation, const char *name);
extern bool audit_is_audited(Oid relation);

/* Is it a table of the log, or one that says how long the log is kept? */
extern bool audit_is_log_table(Oid relation);

/* By the object access hook: raise if the log loses a table, an index or a trigger. */
extern void audit_guard_drop(Oid class, Oid object, const ObjectAccessDrop *drop);

extern void audit_guard_init(void);

#endif							/* PDAUTH_AUDIT_GUARD_H */
