/*
 * linkage_shape.h
 *		What a statement over combined resources may show (R-28-7): aggregates
 *		over groups that hold enough rows of each relation.
 *
 * A block that reads governed rows either passes their columns on, as a
 * sub-select in FROM, or groups them.  It may not do else: an expression could
 * single out one row inside a large group, a sub-select in an expression or an
 * outer join could test for it, LIMIT could add rows one by one.  What is left
 * is to compare two large groups that differ in one row by their conditions:
 * that is for who assesses the linkage, and for the audit log (security-limits.md).
 */
#ifndef PDAUTH_LINKAGE_SHAPE_H
#define PDAUTH_LINKAGE_SHAPE_H

#include "postgres.h"

#include "nodes/parsenodes.h"

/*
 * Raise PD287 if the query, as parsed, is anything else; or make its groups
 * leave out those with fewer than minimum rows of a governed relation.
 */
extern void linkage_shape(Query *query, int minimum);

#endif							/* PDAUTH_LINKAGE_SHAPE_H */
