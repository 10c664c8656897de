/*
 * derivation.h
 *		Data made from protected data stays protected.
 *
 * A table made by CREATE TABLE AS or SELECT INTO gets the labels of what it was
 * read from; custodians may make one, and licensees whose license has the
 * action derive.  Where labels cannot follow (an existing table without them,
 * a materialized view, a file of the server) the statement is refused.  Values
 * that pass through variables of a procedural language are not tracked.
 */
#ifndef PDAUTH_DERIVATION_H
#define PDAUTH_DERIVATION_H

#include "postgres.h"

#include "nodes/parsenodes.h"

#include "decision.h"

typedef struct Derivation Derivation;

/*
 * Brackets around a utility statement that keeps what a query reads; NULL if
 * it is none.  derivation_finish() labels the new table; derivation_leave()
 * is for PG_FINALLY.
 */
extern Derivation *derivation_enter(Node *statement);
extern void derivation_finish(Derivation *derivation);
extern void derivation_leave(Derivation *derivation);

/* Is such a statement running?  Then each plan reports what it reads. */
extern bool derivation_active(void);
extern void derivation_read(const ProtectedRelation *relation, const Decision *decision);

/* COPY of a whole table reads it without a plan: raise unless its rows may go to a file of the server. */
extern void derivation_refuse_file(const ProtectedRelation *relation, const Decision *decision);

/* Raise if a query that changes tables writes protected data where labels do not follow. */
extern void derivation_check_query(Query *query);

#endif							/* PDAUTH_DERIVATION_H */
