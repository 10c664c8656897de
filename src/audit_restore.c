/*
 * audit_restore.c
 *		A log that is being restored is not sealed meanwhile.
 */
#include "pdauth.h"

#include "access/xlog.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "utils/timestamp.h"

#include "audit_restore.h"

/* Between two sessions of one restore. */
#define PAUSE_MS 10000

static AuditQueue *noted = NULL;

static void
forget(int code, Datum argument)
{
	if (noted->database != MyDatabaseId)
		return;					/* the slot is another one's by now */
	noted->restored_at = GetCurrentTimestamp();
	(void) pg_atomic_fetch_sub_u32(&noted->restoring, 1);
}

void
audit_restore_note(void)
{
	if (noted != NULL || RecoveryInProgress() || (noted = audit_queue_mine()) == NULL)
		return;
	(void) pg_atomic_fetch_add_u32(&noted->restoring, 1);
	before_shmem_exit(forget, (Datum) 0);
}

bool
audit_restore_possible(const AuditQueue *queue)
{
	return pg_atomic_read_u32((pg_atomic_uint32 *) &queue->restoring) > 0 ||
		(queue->restored_at != 0 && !TimestampDifferenceExceeds(queue->restored_at, GetCurrentTimestamp(), PAUSE_MS));
}
