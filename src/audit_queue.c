/*
 * audit_queue.c
 *		The queues of the audit log: appending, flushing, waiting for space.
 */
#include "pdauth.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/file_perm.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "port/pg_crc32c.h"
#include "storage/fd.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "audit_queue.h"
#include "rule.h"
#include "shared_memory.h"

#define TRANCHE "pdauth_audit_queue"

#define QUEUE_MAGIC "pdauth2"
#define FILE_HEADER 4096
#define UNIT sizeof(AuditQueueHeader)

typedef struct AuditQueues
{
	LWLock	   *lock;			/* over which slot is whose */
	Latch	   *launcher;
	AuditQueue	queues[FLEXIBLE_ARRAY_MEMBER];
} AuditQueues;

static AuditQueues *shared = NULL;
static int	queue_slots = 8;
static int	queue_size_kb = 8192;
static int	wait_timeout = 10000;

/* This database's queue as this process sees it. */
static AuditQueue *mine = NULL;
static char *mapped = NULL;
static uint8 mapped_id[AUDIT_QUEUE_ID_SIZE];

static Size
capacity(void)
{
	return (Size) queue_size_kb * 1024;
}

Size
audit_queue_capacity(void)
{
	return capacity();
}

int
audit_queue_slots(void)
{
	return queue_slots;
}

int
audit_queue_count(void)
{
	return shared ? queue_slots : 0;
}

AuditQueue *
audit_queue_slot(int index)
{
	return &shared->queues[index];
}

AuditQueue *
audit_queue_of(Oid database)
{
	for (int i = 0; i < audit_queue_count(); i++)
	{
		if (shared->queues[i].database == database)
			return &shared->queues[i];
	}
	return NULL;
}

void
audit_queue_set_launcher(Latch *latch)
{
	shared->launcher = latch;
}

void
audit_queue_wake_launcher(void)
{
	if (shared->launcher != NULL)
		SetLatch(shared->launcher);
}

static void
queue_reset(AuditQueue *queue, Oid database)
{
	LWLockAcquire(&queue->lock, LW_EXCLUSIVE);
	queue->made = queue->failed = queue->chained = false;
	queue->written = queue->flushed = queue->taken = queue->noting = queue->waits = 0;
	LWLockRelease(&queue->lock);
	queue->worker = 0;
	queue->worker_latch = NULL;
	queue->held = 0;
	queue->wanted = OidIsValid(database);
	queue->sealed_at = queue->failed_at = 0;
	queue->recorded = queue->forwarded = 0;
	queue->failure[0] = '\0';
	pg_atomic_init_u32(&queue->restoring, 0);
	queue->restored_at = 0;
	queue->database = database;
}

AuditQueue *
audit_queue_mine(void)
{
	if (mine != NULL && mine->database == MyDatabaseId)
		return mine;
	if (shared == NULL || !OidIsValid(MyDatabaseId))
		return NULL;
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	mine = audit_queue_of(MyDatabaseId);
	if (mine == NULL && (mine = audit_queue_of(InvalidOid)) != NULL)
		queue_reset(mine, MyDatabaseId);
	LWLockRelease(shared->lock);
	if (mine != NULL && mine->worker == 0)
		audit_queue_wake_launcher();
	return mine;
}

void
audit_queue_want_worker(void)
{
	AuditQueue *queue = audit_queue_mine();

	if (queue != NULL && queue->worker == 0 && !queue->wanted)
	{
		queue->wanted = true;
		audit_queue_wake_launcher();
	}
}

static void
id_as_text(const uint8 *id, char *text)
{
	for (int i = 0; i < AUDIT_QUEUE_ID_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", id[i]);
}

static void
queue_path(char *path, Oid database, const uint8 *id)
{
	char		text[2 * AUDIT_QUEUE_ID_SIZE + 1];

	id_as_text(id, text);
	snprintf(path, MAXPGPATH, AUDIT_QUEUE_DIRECTORY "/%u.%s", database, text);
}

/*
 * Zeros, written out: later changes then never need new blocks, so a full disk
 * shows here and not as a signal, and flushing need not change the file's map.
 */
static const char *
fill_file(int file, const AuditQueueFile *about)
{
	static const char zeros[FILE_HEADER] = {0};
	char		page[FILE_HEADER] = {0};

	memcpy(page, about, sizeof(AuditQueueFile));
	for (Size at = 0; at < about->capacity + FILE_HEADER; at += FILE_HEADER)
	{
		errno = 0;
		if (pg_pwrite(file, at == 0 ? page : zeros, FILE_HEADER, at) != FILE_HEADER)
		{
			if (errno == 0)
				errno = ENOSPC;
			return gettext_noop("the file of the audit queue cannot be written");
		}
	}
	return pg_fsync(file) == 0 ? NULL : "the file of the audit queue cannot be flushed";
}

static const char *
make_file(AuditQueue *queue)
{
	AuditQueueFile about = {QUEUE_MAGIC, queue->database, capacity(), 0, .chained = RecoveryInProgress()};
	char		path[MAXPGPATH];
	const char *failure;
	int			file;

	if (!pg_strong_random(about.id, sizeof(about.id)))
		return gettext_noop("no random number can be drawn for the audit queue");
	if (MakePGDirectory(AUDIT_QUEUE_DIRECTORY) != 0 && errno != EEXIST)
		return gettext_noop("the directory of the audit queue cannot be made");
	queue_path(path, queue->database, about.id);
	file = OpenTransientFile(path, O_RDWR | O_CREAT | O_EXCL | PG_BINARY);
	if (file < 0)
		return gettext_noop("the file of the audit queue cannot be made");
	failure = fill_file(file, &about);
	CloseTransientFile(file);
	if (failure == NULL)
	{
		fsync_fname(AUDIT_QUEUE_DIRECTORY, true);
		memcpy(queue->id, about.id, sizeof(about.id));
		queue->written = queue->flushed = queue->taken = queue->noting = 0;
		queue->chained = about.chained;
		queue->written_chain = queue->taken_chain = audit_queue_chain_start(about.id);
		queue->made = true;
	}
	else
		(void) unlink(path);
	return failure;
}

/* With the queue's lock held; makes the file for the first who needs it. */
static const char *
map_file(AuditQueue *queue)
{
	char		path[MAXPGPATH];
	const char *failure;
	int			file;

	if (queue->failed)
		return gettext_noop("the file of the audit queue could not be flushed");
	if (!queue->made && (failure = make_file(queue)) != NULL)
		return failure;
	if (mapped != NULL && memcmp(mapped_id, queue->id, AUDIT_QUEUE_ID_SIZE) == 0)
		return NULL;
	if (mapped != NULL)
		munmap(mapped, capacity() + FILE_HEADER);
	mapped = NULL;
	queue_path(path, queue->database, queue->id);
	file = OpenTransientFile(path, O_RDWR | PG_BINARY);
	if (file < 0)
		return gettext_noop("the file of the audit queue is gone");
	mapped = mmap(NULL, capacity() + FILE_HEADER, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	CloseTransientFile(file);
	if (mapped == MAP_FAILED)
	{
		mapped = NULL;
		return gettext_noop("the file of the audit queue cannot be mapped");
	}
	memcpy(mapped_id, queue->id, AUDIT_QUEUE_ID_SIZE);
	return NULL;
}

static char *
ring_at(uint64 position)
{
	return mapped + FILE_HEADER + position % capacity();
}

/* Bytes up to the end of the ring. */
static Size
ring_rest(uint64 position)
{
	return capacity() - position % capacity();
}

static uint32
checksum(const char *record, Size length)
{
	pg_crc32c	crc;
	Size		skip = offsetof(AuditQueueHeader, session);

	INIT_CRC32C(crc);
	COMP_CRC32C(crc, record + skip, length - skip);
	FIN_CRC32C(crc);
	return crc;
}

void
audit_queue_start(StringInfo record)
{
	resetStringInfo(record);
	enlargeStringInfo(record, UNIT);
	memset(record->data, 0, UNIT);
	record->len = UNIT;
}

static void
finish_record(StringInfo record, uint64 session, int64 number, bool chained)
{
	AuditQueueHeader *header;
	int			padding = TYPEALIGN(UNIT, record->len) - record->len;

	enlargeStringInfo(record, padding);
	memset(record->data + record->len, 0, padding);
	record->len += padding;
	if (chained)
		appendStringInfoSpaces(record, HASH_SIZE);
	header = (AuditQueueHeader *) record->data;
	header->length = record->len;
	header->session = session;
	header->number = number;
	header->crc = checksum(record->data, record->len);
}

static Digest
link_of(const Digest *previous, const char *record, Size length)
{
	hash_begin(HASH_SHA256);
	hash_add(previous->bytes, HASH_SIZE);
	hash_add(record, offsetof(AuditQueueHeader, crc));
	hash_add(record + offsetof(AuditQueueHeader, position), length - HASH_SIZE - offsetof(AuditQueueHeader, position));
	return hash_end();
}

static void
chain_record(AuditQueue *queue, StringInfo record)
{
	queue->written_chain = link_of(&queue->written_chain, record->data, record->len);
	memcpy(record->data + record->len - HASH_SIZE, queue->written_chain.bytes, HASH_SIZE);
	((AuditQueueHeader *) record->data)->crc = checksum(record->data, record->len);
}

Digest
audit_queue_chain_start(const uint8 *id)
{
	return hash_of(HASH_SHA256, id, AUDIT_QUEUE_ID_SIZE);
}

bool
audit_queue_chain_follow(Digest *chain, const char *records, Size length)
{
	for (Size at = 0; at < length;)
	{
		const AuditQueueHeader *header = (const AuditQueueHeader *) (records + at);

		at += header->length;
		if (header->session == 0 && header->number == 0)
			continue;			/* fills up the end of the ring */
		if (header->length < UNIT + HASH_SIZE)
			return false;
		*chain = link_of(chain, (const char *) header, header->length);
		if (memcmp(chain->bytes, records + at - HASH_SIZE, HASH_SIZE) != 0)
			return false;
	}
	return true;
}

/* A record is never cut in two: an empty one fills the ring up. */
static void
put_filler(AuditQueue *queue)
{
	AuditQueueHeader filler = {ring_rest(queue->written)};

	filler.position = queue->written;
	memcpy(ring_at(queue->written), &filler, sizeof(filler));
	queue->written += filler.length;
}

typedef enum AppendResult
{
	APPENDED, QUEUE_FULL, APPEND_FAILED
} AppendResult;

static AppendResult
try_append(AuditQueue *queue, StringInfo record, uint64 *end, const char **failure)
{
	Size		rest;
	Size		need;
	AppendResult result = APPENDED;
	bool		wake;

	LWLockAcquire(&queue->lock, LW_EXCLUSIVE);
	*failure = map_file(queue);
	if (*failure != NULL)
	{
		LWLockRelease(&queue->lock);
		return APPEND_FAILED;
	}
	rest = ring_rest(queue->written);
	need = record->len > rest ? rest + record->len : record->len;
	if (queue->written + need - queue->taken > capacity())
		result = QUEUE_FULL;
	else
	{
		if (record->len > rest)
			put_filler(queue);
		((AuditQueueHeader *) record->data)->position = queue->written;
		if (queue->chained)
			chain_record(queue, record);
		memcpy(ring_at(queue->written), record->data, record->len);
		queue->written += record->len;
		*end = queue->written;
	}
	wake = queue->written - queue->taken > capacity() / 4 || result == QUEUE_FULL;
	LWLockRelease(&queue->lock);
	if (wake && queue->worker_latch != NULL)
		SetLatch(queue->worker_latch);
	return result;
}

/* Back-pressure: nothing is dropped; who cannot be recorded waits, and then gets an error. */
static const char *
append_or_wait(AuditQueue *queue, StringInfo record, uint64 *end)
{
	const char *failure;
	TimestampTz began = 0;

	while (try_append(queue, record, end, &failure) == QUEUE_FULL)
	{
		if (began == 0)
		{
			began = GetCurrentTimestamp();
			queue->waits++;
			ConditionVariablePrepareToSleep(&queue->moved);
			continue;			/* it may have moved before we listened */
		}
		if (TimestampDifferenceExceeds(began, GetCurrentTimestamp(), wait_timeout))
		{
			failure = "the audit queue is full and the audit worker does not empty it";
			break;
		}
		audit_queue_want_worker();
		(void) ConditionVariableTimedSleep(&queue->moved, 100, PG_WAIT_EXTENSION);
	}
	if (began != 0)
		ConditionVariableCancelSleep();
	return failure;
}

const char *
audit_queue_append(StringInfo record, uint64 session, int64 number, uint64 *end)
{
	AuditQueue *queue = audit_queue_mine();

	if (queue == NULL)
		return gettext_noop("there is no audit queue left for this database: raise pdauth.audit_databases");
	/* on a standby the queue that the first record makes will be chained */
	finish_record(record, session, number, queue->chained || RecoveryInProgress());
	if (record->len > capacity() / 2)
		return gettext_noop("the record is larger than the audit queue: raise pdauth.audit_queue_size");
	audit_queue_want_worker();
	return append_or_wait(queue, record, end);
}

/*
 * One flushes for all who wait.  Whatever is before written is complete,
 * because records are copied under the lock, which others take meanwhile.
 */
const char *
audit_queue_flush(uint64 position)
{
	AuditQueue *queue = mine;
	uint64		target;
	bool		failed;

	LWLockAcquire(&queue->flush_lock, LW_EXCLUSIVE);
	LWLockAcquire(&queue->lock, LW_SHARED);
	target = queue->written;
	LWLockRelease(&queue->lock);
	if (queue->flushed < position && !queue->failed)
	{
		if (msync(mapped, capacity() + FILE_HEADER, MS_SYNC) == 0)
			queue->flushed = target;
		else
			/* the kernel may have given up what it could not write: never try again */
			queue->failed = true;
	}
	failed = queue->failed;
	LWLockRelease(&queue->flush_lock);
	return failed ? gettext_noop("the file of the audit queue cannot be flushed") : NULL;
}

/* Chain after the records read last, for when they are taken. */
static Digest read_chain;

/* What the file says must be what was written into it, as far as this server remembers. */
static void
check_chain(AuditQueue *queue, const char *records, Size length, const Digest *newest)
{
	read_chain = queue->taken_chain;
	if (audit_queue_chain_follow(&read_chain, records, length) && (newest == NULL || hash_equal(&read_chain, newest)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("records in the audit queue were changed or taken out at or after position %llu", (unsigned long long) queue->taken),
			 errhint("Somebody wrote to the files below %s. Keep a copy as evidence; doc/audit.md tells how to go on.", AUDIT_QUEUE_DIRECTORY)));
}

void
audit_queue_read(uint64 from, StringInfo records, int limit)
{
	AuditQueue *queue = mine;
	const char *failure;
	uint64		written;
	Digest		newest;

	resetStringInfo(records);
	LWLockAcquire(&queue->lock, LW_EXCLUSIVE);
	failure = map_file(queue);
	if (failure != NULL)
		elog(ERROR, "%s", failure);
	written = queue->written;
	newest = queue->written_chain;
	LWLockRelease(&queue->lock);
	while (from < written && records->len < limit)
	{
		const AuditQueueHeader *header = (const AuditQueueHeader *) ring_at(from);
		Size		length = header->length;

		if (length < UNIT || length > ring_rest(from))
			elog(ERROR, "the audit queue is damaged at position " UINT64_FORMAT, from);
		appendBinaryStringInfo(records, (const char *) header, length);
		/* whoever writes to the file meanwhile does not lead us astray */
		((AuditQueueHeader *) (records->data + records->len - length))->length = length;
		from += length;
	}
	if (queue->chained)
		check_chain(queue, records->data, records->len, from < written ? NULL : &newest);
}

void
audit_queue_advance(uint64 position, bool flush)
{
	AuditQueue *queue = mine;

	((AuditQueueFile *) mapped)->taken = position;
	if (flush && msync(mapped, FILE_HEADER, MS_SYNC) != 0)
		elog(ERROR, "could not flush the file of the audit queue: %m");
	LWLockAcquire(&queue->lock, LW_EXCLUSIVE);
	queue->taken = position;
	if (queue->chained)
		queue->taken_chain = read_chain;
	LWLockRelease(&queue->lock);
	ConditionVariableBroadcast(&queue->moved);
}

void
audit_queue_drop(AuditQueue *queue)
{
	char		path[MAXPGPATH];

	if (queue->made)
	{
		queue_path(path, queue->database, queue->id);
		(void) durable_unlink(path, LOG);
	}
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	queue_reset(queue, InvalidOid);
	LWLockRelease(shared->lock);
}

/* Queue files of a database but for the current one. */
static List *
files_of(Oid database, const char *current)
{
	DIR		   *directory = AllocateDir(AUDIT_QUEUE_DIRECTORY);
	struct dirent *entry;
	List	   *paths = NIL;

	if (directory == NULL)
		return NIL;
	while ((entry = ReadDirExtended(directory, AUDIT_QUEUE_DIRECTORY, LOG)) != NULL)
	{
		char	   *path = psprintf(AUDIT_QUEUE_DIRECTORY "/%s", entry->d_name);
		AuditQueueFile file;

		if (strcmp(path, current) != 0 && audit_queue_identify(path, &file) && file.database == database)
			paths = lappend(paths, path);
	}
	FreeDir(directory);
	return paths;
}

List *
audit_queue_left_over(Oid database)
{
	AuditQueue *queue = audit_queue_of(database);
	char		current[MAXPGPATH] = "";
	List	   *paths;

	/* nobody makes the file of this run meanwhile */
	if (queue != NULL)
		LWLockAcquire(&queue->lock, LW_SHARED);
	if (queue != NULL && queue->made)
		queue_path(current, database, queue->id);
	paths = files_of(database, current);
	if (queue != NULL)
		LWLockRelease(&queue->lock);
	return paths;
}

bool
audit_queue_identify(const char *path, AuditQueueFile *file)
{
	int			fd = OpenTransientFile(path, O_RDONLY | PG_BINARY);
	bool		known;

	if (fd < 0)
		return false;
	known = read(fd, file, sizeof(AuditQueueFile)) == sizeof(AuditQueueFile) &&
		memcmp(file->magic, QUEUE_MAGIC, sizeof(file->magic)) == 0 && file->capacity % UNIT == 0;
	CloseTransientFile(fd);
	return known;
}

bool
audit_queue_valid(const char *record, Size available, uint64 position)
{
	AuditQueueHeader header;

	if (available < UNIT)
		return false;
	memcpy(&header, record, UNIT);
	if (header.length < UNIT || header.length > available || header.length % UNIT != 0 ||
		header.position != position)
		return false;
	/* fillers are not summed up: nothing follows their header */
	return (header.session == 0 && header.number == 0) || header.crc == checksum(record, header.length);
}

void
audit_queue_load(const char *path, uint64 from, StringInfo records)
{
	AuditQueueFile about;
	char	   *ring;
	uint64		position = from;
	int			fd;

	resetStringInfo(records);
	if (!audit_queue_identify(path, &about))
		return;
	ring = MemoryContextAllocHuge(CurrentMemoryContext, about.capacity);
	fd = OpenTransientFile(path, O_RDONLY | PG_BINARY);
	if (fd < 0 || pg_pread(fd, ring, about.capacity, FILE_HEADER) != about.capacity)
		elog(ERROR, "could not read \"%s\": %m", path);
	CloseTransientFile(fd);
	while (position - from < about.capacity)
	{
		Size		offset = position % about.capacity;
		const char *record = ring + offset;

		if (!audit_queue_valid(record, about.capacity - offset, position))
			break;
		appendBinaryStringInfo(records, record, ((const AuditQueueHeader *) record)->length);
		position += ((const AuditQueueHeader *) record)->length;
	}
	pfree(ring);
}

void
audit_refuse_unrecorded(const char *reason)
{
	ereport(ERROR,
			(pdauth_errcode(PDAUTH_RULE_NO_RECORD_NO_ACCESS),
			 errmsg("the operation cannot be recorded, so it is refused: %s", _(reason)),
			 pdauth_errdetail(PDAUTH_RULE_NO_RECORD_NO_ACCESS),
			 errhint("An administrator finds the cause in the server log and in the view pdauth.audit_worker.")));
}

static Size
queues_size(void)
{
	return offsetof(AuditQueues, queues) + sizeof(AuditQueue) * queue_slots;
}

static void
attach_memory(void *memory, bool is_new)
{
	LWLockPadded *tranche = GetNamedLWLockTranche(TRANCHE);

	shared = memory;
	if (!is_new)
		return;
	memset(shared, 0, queues_size());
	shared->lock = &tranche->lock;
	for (int i = 0; i < queue_slots; i++)
	{
		LWLockInitialize(&shared->queues[i].lock, tranche->lock.tranche);
		LWLockInitialize(&shared->queues[i].flush_lock, tranche->lock.tranche);
		ConditionVariableInit(&shared->queues[i].moved);
	}
}

static const SharedPiece piece = {"pdauth audit queues", queues_size, attach_memory, TRANCHE};

void
audit_queue_init(void)
{
	DefineCustomIntVariable("pdauth.audit_databases",
							"Number of databases whose statements can be recorded.",
							"Each has a queue in a file of pdauth.audit_queue_size and an audit worker.",
							&queue_slots, 8, 1, 1000, PGC_POSTMASTER, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("pdauth.audit_queue_size",
							"Size of the queue between statements and the audit worker of a database.",
							"While it is full, statements that have to be recorded wait; it fills while the worker seals.",
							&queue_size_kb, 8192, 64, 1024 * 1024, PGC_POSTMASTER, GUC_UNIT_KB, NULL, NULL, NULL);
	DefineCustomIntVariable("pdauth.audit_timeout",
							"How long a statement waits for room in the audit queue before it is refused.",
							NULL, &wait_timeout, 10000, 10, 3600 * 1000, PGC_SUSET, GUC_UNIT_MS, NULL, NULL, NULL);
	shared_memory_need(&piece);
}
