/*
 * registry.h
 *		Which relations are protected, and how: the labels of this database,
 *		parsed and kept per backend.
 *
 * A partition or inheritance child is protected by the label of its ancestor.
 * An entry stays valid until the next call of registry_lookup().
 */
#ifndef PDAUTH_REGISTRY_H
#define PDAUTH_REGISTRY_H

#include "postgres.h"

#include "access/transam.h"
#include "nodes/primnodes.h"
#include "utils/rel.h"

#include "label.h"
#include "scope.h"

typedef struct ProtectedColumn
{
	char	   *name;			/* NULL if the column was dropped */
	Oid			type;
	int32		type_modifier;
	Oid			collation;
	ScopeLevel	level;
	bool		labelled;		/* it has a label of its own */
	Node	   *mask;			/* over Var(1, n); NULL if the column was dropped */
} ProtectedColumn;

typedef struct ProtectedRelation
{
	Oid			relation;		/* hash key */
	bool		is_protected;	/* by its own label or an ancestor's */
	const char *conflict;		/* why no decision is possible, or NULL; then refuse */
	const char *conflict_hint;	/* what to do about it */
	char	   *name;			/* schema-qualified, for messages */
	char	   *resource;
	AttrNumber	region_attribute;	/* 0 if rows carry no region */
	LabelMode	mode;
	char	   *region;			/* constant region of all rows, or NULL */
	int			column_count;
	ProtectedColumn *columns;
	uint64		fingerprint;	/* of the labels and the row type */
} ProtectedRelation;

/*
 * Relations found to be of no concern, each in the one place that its OID
 * gives: statements ask about little else, and several times each.
 */
typedef struct RegistryUnprotected
{
	Oid			relation;
	uint64		generation;		/* it was found so then; later it may be different */
} RegistryUnprotected;

extern RegistryUnprotected registry_unprotected[256];

/* The protected relation that was asked for last: a statement asks about it in many places. */
typedef struct RegistryProtected
{
	Oid			relation;
	uint64		generation;
	const ProtectedRelation *entry;
} RegistryProtected;

extern RegistryProtected registry_protected;
extern uint64 registry_changes;
extern const ProtectedRelation *registry_find(Oid relation);

/* Counts up whenever an entry may have changed. */
static inline uint64
registry_generation(void)
{
	return registry_changes;
}

/*
 * The entry of a relation, or NULL if nothing about it is protected: no label
 * on it, its ancestors or its descendants.  Cheap when asked again.
 */
static inline const ProtectedRelation *
registry_lookup(Oid relation)
{
	const RegistryUnprotected *known = &registry_unprotected[relation % lengthof(registry_unprotected)];

	/* System catalogs cannot be labelled, and are asked for all the time. */
	if (relation < FirstNormalObjectId ||
		(known->relation == relation && known->generation == registry_changes))
		return NULL;
	if (registry_protected.relation == relation && registry_protected.generation == registry_changes)
		return registry_protected.entry;
	return registry_find(relation);
}

/* The first protected one of the relations in a range table, or NULL; views are not read themselves. */
extern const ProtectedRelation *registry_lookup_any(const List *range_table);

/* Does the relation carry a RESOURCE label of its own (uncached)? */
extern bool registry_is_labelled(Oid relation);

/* Whose label protects it: itself or the nearest ancestor with one; InvalidOid if none (uncached). */
extern Oid	registry_label_source(Oid relation);

/*
 * Would registry_lookup() find it?  Uncached, but it parses no label, so a
 * broken one does not stand in the way of what mends it.
 */
extern bool registry_covers(Oid relation);

/* Raise if an ancestor or descendant already has a RESOURCE label: one per tree. */
extern void registry_check_tree(Relation relation);

/* Make every backend forget what it knows about the relation and its tree. */
extern void registry_invalidate_tree(Relation relation);

extern void registry_init(void);

#endif							/* PDAUTH_REGISTRY_H */
