/*
 * audit_queue.h
 *		The way of records from the backends to the audit worker: one queue per
 *		database, in shared memory and in a file at once.
 *
 * A statement that reads must be recorded also when it is rolled back or
 * refused, so the record cannot be written in its transaction.  It is appended
 * to the queue, and the database's worker writes it to the log in a
 * transaction of its own.
 *
 * The queue is a ring in a file that everybody maps.  Appending costs as much
 * as to memory, and what is in it survives the death of any process, all of
 * them included, because the pages belong to the kernel.  It survives the loss
 * of power once audit_queue_flush() has returned.  A server that starts finds
 * the files of its predecessors, and the worker writes what they still hold;
 * the position up to which it has done so is kept in the table
 * pdauth.audit_queue, changed by the same transactions, so that no record is
 * lost and none is written twice.
 *
 * On a standby, where records wait until the primary takes them, each ends with
 * a digest over itself and the one before, SHA-256(digest || record without its
 * digest), the first over SHA-256(id of the queue).  The primary keeps the last
 * one it has seen, and the server that runs knows the newest: who changes,
 * takes out or exchanges records in the file is found when they are sent.
 *
 * A WAL message would do the same only as long as a replication slot keeps the
 * WAL from being recycled, and not at all on a standby.
 */
#ifndef PDAUTH_AUDIT_QUEUE_H
#define PDAUTH_AUDIT_QUEUE_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "lib/stringinfo.h"
#include "nodes/pg_list.h"
#include "port/atomics.h"
#include "storage/condition_variable.h"
#include "storage/latch.h"
#include "storage/lwlock.h"

#include "merkle.h"

/* Directory of the queues in the data directory. */
#define AUDIT_QUEUE_DIRECTORY "pdauth_audit"

#define AUDIT_QUEUE_ID_SIZE 16

/* Every record begins with this; records start at multiples of its size. */
typedef struct AuditQueueHeader
{
	uint32		length;			/* with header and padding */
	uint32		crc;			/* of what follows the position */
	uint64		position;		/* in the queue, counted since it was made */
	uint64		session;		/* audit_session_id(); 0 fills up the end of the ring */
	int64		number;			/* of the statement within the session */
} AuditQueueHeader;

/* State of one database's queue, in shared memory. */
typedef struct AuditQueue
{
	Oid			database;		/* 0: not in use */
	LWLock		lock;			/* over what follows, up to the next comment */
	bool		made;			/* there is a file, of this id */
	bool		chained;		/* records end with digests */
	uint8		id[AUDIT_QUEUE_ID_SIZE];
	uint64		written;		/* positions: end of the last record, and */
	uint64		taken;			/* ... of the last that is in the log */
	uint64		waits;			/* times that a backend found it full */
	Digest		written_chain;	/* digest of the record before written, */
	Digest		taken_chain;	/* ... and before taken */

	LWLock		flush_lock;		/* over flushing */
	uint64		flushed;		/* position: what is before survives the loss of power */
	bool		failed;			/* the file could not be flushed: use it no more */

	/* the worker's, read without lock */
	ConditionVariable moved;	/* taken has moved */
	pid_t		worker;			/* 0: none */
	Latch	   *worker_latch;
	int			held;			/* statements that need the database without sessions */
	uint64		noting;			/* position that pdauth.audit_queue gets, if the worker did commit it */
	bool		wanted;			/* the launcher shall start a worker */
	TimestampTz sealed_at;		/* last seal by the worker; 0: none yet */
	uint64		recorded;		/* entries it has written from the queue */
	uint64		forwarded;		/* bytes of records a standby has sent on */
	TimestampTz failed_at;		/* last failure of the worker; 0: none */
	char		failure[256];

	/* see audit_restore.h */
	pg_atomic_uint32 restoring; /* sessions that have break-glass */
	TimestampTz restored_at;	/* end of the last one; 0: none yet */
} AuditQueue;

/*
 * Append a record to this database's queue; *end becomes the position after
 * it.  The buffer begins with room for the header, which is filled in.  Waits
 * while the queue is full, and returns NULL or why it could not be appended.
 * Never raises an error of its own.
 */
extern const char *audit_queue_append(StringInfo record, uint64 session, int64 number, uint64 *end);

/* Return once the records before this position would survive the loss of power, or why not. */
extern const char *audit_queue_flush(uint64 position);

/* Start a record: the header's room. */
extern void audit_queue_start(StringInfo record);

/* This database's queue; makes it if need be, NULL if there is no room for one more database. */
extern AuditQueue *audit_queue_mine(void);

/* The queue of a database, or NULL. */
extern AuditQueue *audit_queue_of(Oid database);

/* All slots, for the launcher and the status function. */
extern int	audit_queue_count(void);
extern int	audit_queue_slots(void);	/* also before there is shared memory */
extern AuditQueue *audit_queue_slot(int index);
extern Size audit_queue_capacity(void);

/* Latch of the launcher, for those who want a worker. */
extern void audit_queue_set_launcher(Latch *latch);
extern void audit_queue_wake_launcher(void);

/* Ask for a worker of this database, because there is something to seal. */
extern void audit_queue_want_worker(void);

/*
 * For the worker: the records from the position taken on, as they are, at most
 * so many bytes.  Raises if they are not what was put in.
 */
extern void audit_queue_read(uint64 from, StringInfo records, int limit);

/* For the worker: records before this position are in the log, their space is free. */
extern void audit_queue_advance(uint64 position, bool flush);

/* For the launcher: give up the queue of a dropped database. */
extern void audit_queue_drop(AuditQueue *queue);

/* Paths of queue files of a database that no server process uses any more. */
extern List *audit_queue_left_over(Oid database);

/* What a queue file says of itself; false if it is none. */
typedef struct AuditQueueFile
{
	char		magic[8];
	uint32		database;
	uint32		capacity;		/* of the ring, bytes */
	uint64		taken;			/* by the time it was last noted */
	uint8		id[AUDIT_QUEUE_ID_SIZE];
	uint32		chained;
} AuditQueueFile;

extern bool audit_queue_identify(const char *path, AuditQueueFile *file);

/* The complete records of a left-over file from a position on, in order. */
extern void audit_queue_load(const char *path, uint64 from, StringInfo records);

/* Is there a complete record of this position? */
extern bool audit_queue_valid(const char *record, Size available, uint64 position);

/* Follow the chain through valid records; false if one does not continue it. */
extern Digest audit_queue_chain_start(const uint8 *id);
extern bool audit_queue_chain_follow(Digest *chain, const char *records, Size length);

/* Raise PD255: what was asked for cannot be recorded. */
pg_noreturn extern void audit_refuse_unrecorded(const char *reason);

extern void audit_queue_init(void);

#endif							/* PDAUTH_AUDIT_QUEUE_H */
