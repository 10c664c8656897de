/*
 * lineage.h
 *		From which columns of protected relations an output column of a query
 *		comes.
 *
 * It follows Vars through sub-queries, joins, CTEs, set operations and
 * sub-selects in expressions.  It does not follow what a condition lets
 * through, nor what a function reads inside.
 */
#ifndef PDAUTH_LINEAGE_H
#define PDAUTH_LINEAGE_H

#include "postgres.h"

#include "nodes/parsenodes.h"

typedef struct Origin
{
	Oid			relation;
	AttrNumber	attribute;		/* > 0 */
} Origin;

typedef struct ColumnLineage
{
	List	   *origins;		/* of Origin *, without repeats */
	bool		direct;			/* the one origin's value, as it is */
} ColumnLineage;

/*
 * Of an expression of a query that has been rewritten.  query is the innermost
 * query it stands in; around is the one whose WITH that one stands in, or NULL.
 */
extern ColumnLineage *lineage_of_expression(const Query *query, const Query *around, Node *expression);

/*
 * Do all output columns of one row come from one row of one protected
 * relation?  False where the query is too involved to say.
 */
extern bool lineage_is_row_by_row(Query *query);

#endif							/* PDAUTH_LINEAGE_H */
