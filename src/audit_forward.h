/*
 * audit_forward.h
 *		Records that come from elsewhere, or go there.
 *
 * A hot standby cannot write to the log.  Its queue is flushed before each
 * statement, and its worker sends the records to the primary, whose function
 * pdauth.import_records() writes them.  While the primary cannot be reached
 * they wait in the queue; when it is full, statements are refused.
 */
#ifndef PDAUTH_AUDIT_FORWARD_H
#define PDAUTH_AUDIT_FORWARD_H

#include "postgres.h"

#include "merkle.h"

/* A place in a queue. */
typedef struct AuditQueuePosition
{
	uint64		position;
	Digest		chain;			/* of the record before it, where records are chained */
} AuditQueuePosition;

/*
 * Write what the log does not have yet of a queue's records, and note the
 * position, in the current transaction; origin names the standby (NULL: none);
 * chained: the records end with digests; begins: where a queue starts that the
 * log does not know, because the log that had what was before is gone with its
 * extension (NULL: at its start).  Returns the number of entries.
 * Raises if records are missing in between, damaged or changed.
 *
 * noting: of this server's own queue (unless a standby's, of which a primary may
 * have taken more than it said), where its position was going to be before
 * the current transaction; NULL for others.  What is noted in the table must be
 * that or the beginning of the records, and becomes what is noted now.
 */
extern int64 audit_import(const uint8 *queue_id, const char *records, Size length, const char *origin, bool chained,
						  const AuditQueuePosition *begins, uint64 *noting);

/* Is pdauth.audit_queue being changed by audit_import()?  Nobody else does. */
extern bool audit_writes_position(void);

/* Send a batch to the primary; false, with the reason in the server log, if that fails. */
extern bool audit_forward(const uint8 *queue_id, const char *records, Size length);

extern void audit_forward_init(void);

#endif							/* PDAUTH_AUDIT_FORWARD_H */
