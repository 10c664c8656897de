/*
 * door.h
 *		Doors: statements and functions that reach the rows of protected
 *		relations, or weaken their protection, without a plan that reads them.
 *
 * Each door asks for one of three things: custody (the department that holds
 * the data may do it), the policy administrator's membership, or break-glass
 * (a superuser's recorded way out).
 */
#ifndef PDAUTH_DOOR_H
#define PDAUTH_DOOR_H

#include "postgres.h"

#include "catalog/objectaccess.h"
#include "nodes/parsenodes.h"
#include "nodes/plannodes.h"

/* What a statement needs to have done after it ran; NULL: nothing. */
typedef struct DoorState DoorState;

/* door_table.c: ALTER TABLE, partitions, triggers, rules, policies, indexes, statistics objects, foreign keys. */
extern DoorState *door_table_before(Node *statement);
extern void door_table_after(Node *statement, DoorState *state);
extern void door_foreign_key(Oid constraint);

/* door_extension.c: the definition of the extension's own tables. */
extern void door_extension_before(Node *statement);
extern void door_extension_after(Node *statement);

/* door_policy.c: labels, mask functions, the extension itself, catalogs changed by hand. */
extern void door_label(const ObjectAddress *object, const char *label);
extern void door_require_policy_admin(const char *what);
extern void door_object_access(ObjectAccessType access, Oid class, Oid object, int sub_object);
extern void door_domain(const AlterDomainStmt *statement);
extern void door_catalog_write(const PlannedStmt *plan);

/* Does this database, or a schema of it, hold protected tables (uncached)? */
extern bool door_any_label(void);
extern bool door_any_label_in_schema(Oid schema);

/* door_server.c: publications, subscriptions, logical slots, raw pages, files of the server. */
extern void door_publication(Node *statement);
extern void door_subscription(Node *statement);

/* Raise without break-glass if a protected table comes into a schema that is published as a whole. */
extern void door_enters_schema(Oid table, Oid schema);
extern void door_function(Oid function);
extern void door_server_init(void);

/* door_statistics.c: a row filter on the catalogs that hold samples of values. */
extern void door_hide_statistics_of(RangeTblEntry *entry, int index);

static inline void
door_hide_statistics(RangeTblEntry *entry, int index)
{
	if (entry->relid < FirstNormalObjectId)
		door_hide_statistics_of(entry, index);
}

/*
 * guard_ddl.c: statements of our own on protected tables, which the doors let
 * pass.  Takes whether the statement at hand is one, and forgets it, so that
 * nothing nested in it passes.
 */
extern bool guard_ddl_take(void);

/* Guard one table as pdauth.protect() does: row security, policies, storage. */
extern void guard_table(Oid relation);

/*
 * The relation of that name if it, an ancestor or a descendant is labelled,
 * else InvalidOid.
 */
extern Oid	door_protected(const RangeVar *name);

/* Raise unless everybody involved is a custodian of the relation's resource; break-glass is recorded. */
extern void door_require_custodian(Oid relation, const char *what);

#endif							/* PDAUTH_DOOR_H */
