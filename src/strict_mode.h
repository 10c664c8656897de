/*
 * strict_mode.h
 *		Strict mode: on a relation labelled MODE strict, a query that names a
 *		column it would see masked is refused (R-20-6: what is obtained does not
 *		go beyond what was approved).
 */
#ifndef PDAUTH_STRICT_MODE_H
#define PDAUTH_STRICT_MODE_H

#include "postgres.h"

#include "nodes/parsenodes.h"

#include "decision.h"

/*
 * Raises PD206 if the query refers to a column of range-table entry index that
 * the decision does not show in clear in every visible row.
 */
extern void strict_require_clear(Query *query, int index, const ProtectedRelation *relation,
								 const Decision *decision);

#endif							/* PDAUTH_STRICT_MODE_H */
