/*
 * rewrite_entry.h
 *		Makes one range-table entry show what a decision permits.
 */
#ifndef PDAUTH_REWRITE_ENTRY_H
#define PDAUTH_REWRITE_ENTRY_H

#include "postgres.h"

#include "nodes/parsenodes.h"

#include "decision.h"
#include "registry.h"

/* Takes the guard (and what it leaves trivial) out of the entry's quals and the query's checks. */
extern void rewrite_remove_guards(Query *query, RangeTblEntry *entry);

/* Adds the row filter and, where columns are masked, turns the entry into a sub-query. */
extern void rewrite_entry(Query *query, int index, const ProtectedRelation *relation,
						  const Decision *decision);

#endif							/* PDAUTH_REWRITE_ENTRY_H */
