/*
 * label_mask.h
 *		What the mask of a label may be, beyond being an expression of the
 *		right type.
 */
#ifndef PDAUTH_LABEL_MASK_H
#define PDAUTH_LABEL_MASK_H

#include "postgres.h"

#include "nodes/nodes.h"

/*
 * The one expression that the text must be, not yet transformed.  Columns are
 * named alone, without their table, so that a mask can follow renames.
 */
extern Node *label_mask_parse(const char *text);

/*
 * Raises, saying what is wrong, unless the transformed mask can stand: it must
 * not be volatile, hold a sub-select's kin, or call what an ordinary role
 * could replace or what fails on some value.  Marks its calls with
 * MASK_LOCATION (mask.h).
 */
extern void label_mask_check(Node *mask, const char *text);

/* Does the mask make pseudonyms, so that it needs a key? */
extern bool label_mask_needs_key(Node *mask);

/* The text with the column's new name, or NULL if the mask does not name the column. */
extern char *label_mask_rename(const char *text, const char *old_name, const char *new_name);

/* Raises that the mask of this text has this problem. */
pg_noreturn extern void label_mask_error(const char *text, const char *problem);

#endif							/* PDAUTH_LABEL_MASK_H */
