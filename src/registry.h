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
 * The entry of a relation, or NULL if nothing about it is protected: no label
 * on it, its ancestors or its descendants.  Cheap when asked again.
 */
extern const ProtectedRelation *registry_lookup(Oid relation);

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

/* Counts up whenever an entry may have changed. */
extern uint64 registry_generation(void);

extern void registry_init(void);

#endif							/* PDAUTH_REGISTRY_H */
