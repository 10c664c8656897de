/*
 * audit_used.h
 *		Which protected relations and columns a plan uses, by which licenses.
 */
#ifndef PDAUTH_AUDIT_USED_H
#define PDAUTH_AUDIT_USED_H

#include "postgres.h"

#include "nodes/plannodes.h"

#include "enforce.h"

typedef struct UsedRelations
{
	Oid			relation;		/* the first; 0: none, nothing to record */
	const char *relation_name;
	uint64		shape;			/* no other result has this number; 0 for utility statements */
	const char *json;			/* array of objects, documented in 535_audit_statement.sql */
	bool		break_glass;
} UsedRelations;

/* Of a plan and its tag; kept while everything it rests on stays the same. */
extern const UsedRelations *audit_used_by_plan(const PlannedStmt *plan, const PlanTag *tag);

/* Of a utility statement: relations without columns; NULL if none is protected. */
extern const UsedRelations *audit_used_by_utility(Node *statement);

#endif							/* PDAUTH_AUDIT_USED_H */
