/*
 * label.h
 *		Security labels: the way policy is declared.
 *
 *		SECURITY LABEL FOR pdauth ON TABLE t IS
 *			'RESOURCE path [REGION COLUMN name | REGION code] [SUBJECT COLUMN name]
 *			 [MODE enforce|observe|strict]'
 *		SECURITY LABEL FOR pdauth ON COLUMN t.c IS
 *			'[LEVEL general|important|core] [MASKED WITH FUNCTION f(...) | MASKED WITH VALUE expression]'
 *
 * Labels follow renames of their table and its columns (label_rename.c), drop
 * with it and survive pg_dump.  A
 * column that has a mask but no level counts as important: hiding it by
 * default is the safe reading of a mask.
 */
#ifndef PDAUTH_LABEL_H
#define PDAUTH_LABEL_H

#include "postgres.h"

#include "utils/rel.h"

#include "scope.h"

#define PDAUTH_LABEL_PROVIDER "pdauth"

typedef enum LabelMode
{
	LABEL_ENFORCE,				/* masked columns are shown masked */
	LABEL_OBSERVE,				/* everything passes, and is recorded */
	LABEL_STRICT,				/* naming a masked column is refused */
} LabelMode;

extern const char *const label_mode_names[];

typedef struct TableLabel
{
	char	   *resource;		/* canonical path */
	char	   *region_column;	/* or NULL */
	char	   *region;			/* constant division code, or NULL */
	char	   *subject_column; /* or NULL */
	LabelMode	mode;
} TableLabel;

typedef struct ColumnLabel
{
	ScopeLevel	level;
	char	   *mask;			/* SQL expression, or NULL for "masked by NULL" */
} ColumnLabel;

/* Both raise ERRCODE_INVALID_TEXT_REPRESENTATION with the place of the fault. */
extern TableLabel *label_parse_table(const char *label);
extern ColumnLabel *label_parse_column(const char *label);

/*
 * The mask of a column as an expression over Var(1, n) of relation, coerced to
 * the column's own type.  NULL text gives a typed NULL.  Raises if the text
 * is not a single safe expression: see label.c.
 */
extern Node *label_mask_expression(Relation relation, AttrNumber attribute, const char *text);

/*
 * The row filter of a license as a boolean expression over Var(1, n) of
 * relation, held to what a mask may be.
 */
extern Node *label_row_filter(Relation relation, const char *text);

/* Attribute number of a named column that the label may use; raises if there is none. */
extern AttrNumber label_column_attribute(Relation relation, const char *column);

/* The label with the column's new name, or NULL if it does not name the column. */
extern char *label_rename_column(const char *label, bool of_table, const char *old_name,
								 const char *new_name);

/* Raise if the label cannot stand on the relation (attribute 0) or its column. */
extern void label_check(Relation relation, AttrNumber attribute, const char *label);

/* Registers the label provider; call from _PG_init. */
extern void label_init(void);

#endif							/* PDAUTH_LABEL_H */
