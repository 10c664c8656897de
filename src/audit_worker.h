/*
 * audit_worker.h
 *		The background workers of the audit log: a launcher, and one worker for
 *		each database that has the extension.
 *
 * A worker writes what is in its database's queue to the log and seals it,
 * every pdauth.seal_interval.  It has a session in the database, so statements
 * that need the database without sessions (DROP DATABASE, CREATE DATABASE ...
 * TEMPLATE) send it away first; see audit_away.c.
 */
#ifndef PDAUTH_AUDIT_WORKER_H
#define PDAUTH_AUDIT_WORKER_H

#include "postgres.h"

/* Registers the launcher; call from _PG_init, only when preloaded. */
extern void audit_worker_init(void);

#endif							/* PDAUTH_AUDIT_WORKER_H */
