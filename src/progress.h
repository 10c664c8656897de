/*
 * progress.h
 *		How far this process is with something long, for others to see
 *		(pdauth.progress).
 *
 * Only the outermost of nested works shows.  What an error interrupts ends with
 * its (sub)transaction.  Never fails and never waits; where the library was not
 * preloaded, or too many work at a time, it does nothing.
 */
#ifndef PDAUTH_PROGRESS_H
#define PDAUTH_PROGRESS_H

#include "postgres.h"

/* command: what is done; object: on what, or NULL; total: units to do, 0 if nobody knows. */
extern void progress_begin(const char *command, const char *object, int64 total);
extern void progress_advance(int64 units);
extern void progress_end(void);

/* Asks for the shared memory; called while the library is preloaded. */
extern void progress_init(void);

#endif							/* PDAUTH_PROGRESS_H */
