/*
 * named_columns.h
 *		Which columns of an entry does a query name?
 *
 * The list of a join names every column of its tables; only what the query
 * uses of it counts.
 */
#ifndef PDAUTH_NAMED_COLUMNS_H
#define PDAUTH_NAMED_COLUMNS_H

#include "postgres.h"

#include "nodes/parsenodes.h"

#include "decision.h"

/*
 * The first column of range-table entry index that the query names (a whole
 * row names all) and the decision does not show in clear in every visible row;
 * InvalidAttrNumber if there is none.
 */
extern AttrNumber named_column_not_clear(Query *query, int index, const ProtectedRelation *relation,
										 const Decision *decision);

#endif							/* PDAUTH_NAMED_COLUMNS_H */
