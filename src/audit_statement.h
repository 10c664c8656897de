/*
 * audit_statement.h
 *		Recording of statements: reads, writes, refusals, utility statements and
 *		changes of policy (rules R-25-3 and R-25-5).
 *
 * The record is made when the executor starts a plan that uses a protected
 * relation, before the first row; what came of it follows when it ends.  What
 * cannot be recorded is refused.
 */
#ifndef PDAUTH_AUDIT_STATEMENT_H
#define PDAUTH_AUDIT_STATEMENT_H

#include "postgres.h"

#include "rule.h"

/* By pdauth_errcode(): a refusal under this rule is being raised. */
extern void audit_note_refusal(PdauthRule rule);

/* The same of a rule that only the register knows, by SQLSTATE and id. */
extern void audit_note_refusal_of(const char *sqlstate, const char *rule);

/* The relation the next refusal is about; forgotten with the refusal. */
extern void audit_note_refused_relation(Oid relation, const char *name);

/* Record a change of policy that no statement of its own tells of. */
extern void audit_record_policy(const char *kind, const char *detail);

/* Does the server record statements (pdauth.audit_statements)? */
extern bool audit_record_statements;

/*
 * Keep up with who acts, for a refusal that comes when it is too late to ask.
 * Returns whether this session's statements are recorded at all.
 */
extern bool audit_refresh_known_actor(void);

static inline bool
audit_refresh_actor(void)
{
	return audit_record_statements && audit_refresh_known_actor();
}

/*
 * Error context callback around whatever runs: the only place that hears of
 * errors which a PL/pgSQL block catches later.  Several may be on the stack;
 * the innermost speaks.
 */
extern void audit_note_error(void *argument);

static inline void
audit_listen(ErrorContextCallback *context)
{
	context->callback = audit_note_error;
	context->arg = context;
	context->previous = error_context_stack;
	error_context_stack = context;
}

static inline void
audit_stop_listening(const ErrorContextCallback *context)
{
	error_context_stack = context->previous;
}

/*
 * The hooks; call from _PG_init, only when preloaded, and before those of
 * enforcement: what is refused there does not begin.
 */
extern void audit_statement_init(void);

#endif							/* PDAUTH_AUDIT_STATEMENT_H */
