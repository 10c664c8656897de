/*
 * audit_restore.h
 *		A log that is being restored is not sealed meanwhile.
 *
 * A dump brings its blocks along.  If the new database had sealed one of its
 * own by then, the two would claim the same place.  Restoring needs break-glass,
 * so a database whose log ends with no block of its own is not sealed while a
 * session of it has break-glass, nor for a short time after: the sessions of a
 * parallel restore follow each other.
 */
#ifndef PDAUTH_AUDIT_RESTORE_H
#define PDAUTH_AUDIT_RESTORE_H

#include "audit_queue.h"

/* This session has break-glass, and counts as one that may restore until it ends. */
extern void audit_restore_note(void);

/* For the worker: may this database be in the middle of a restore? */
extern bool audit_restore_possible(const AuditQueue *queue);

#endif							/* PDAUTH_AUDIT_RESTORE_H */
