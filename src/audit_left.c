/*
 * audit_left.c
 *		The rings of rows that are not in the key index yet.
 */
#include "pdauth.h"

#include "miscadmin.h"
#include "port/atomics.h"
#include "storage/latch.h"
#include "storage/lwlock.h"

#include "audit_left.h"
#include "audit_queue.h"
#include "shared_memory.h"

/* Rows of one database: the worker comes each second, and when there is half of it. */
#define MOST_LEFT 16384

#define TRANCHE "pdauth_audit_left"

/* From taken to added; a row is all there once its position, from 1, is written. */
struct LeftRows
{
	Oid			database;		/* 0: nobody's yet */
	LeftState	state;
	pg_atomic_uint64 taken;
	char		apart[PG_CACHE_LINE_SIZE];	/* what follows changes all the time */
	pg_atomic_uint64 added;
	LeftRow		rows[MOST_LEFT];
};

static LeftRows *shared = NULL;
static LeftRows *mine = NULL;

/*
 * Another database, gone since, can have had the slot before.  Its rows stay,
 * because this one can have left some as well if it was not dropped after all:
 * those that are not here are found out by their keys.
 */
static void
take_over(LeftRows *left)
{
	LWLock	   *lock = &GetNamedLWLockTranche(TRANCHE)->lock;

	LWLockAcquire(lock, LW_EXCLUSIVE);
	if (left->database != MyDatabaseId)
	{
		left->state.searched = false;
		left->state.next = 0;
		left->database = MyDatabaseId;
	}
	LWLockRelease(lock);
}

LeftRows *
audit_left_mine(void)
{
	AuditQueue *queue;

	if (mine == NULL && shared != NULL && (queue = audit_queue_mine()) != NULL)
	{
		mine = &shared[queue - audit_queue_slot(0)];
		take_over(mine);
	}
	return mine;
}

LeftState *
audit_left_state(LeftRows *left)
{
	return &left->state;
}

/* Room for so many rows, and what there is before; false if there is no room. */
static bool
reserve(LeftRows *left, int count, uint64 *from, uint64 *waiting)
{
	*from = pg_atomic_read_u64(&left->added);
	do
	{
		*waiting = *from - pg_atomic_read_u64(&left->taken);
		if (*waiting + count > MOST_LEFT)
			return false;
	} while (!pg_atomic_compare_exchange_u64(&left->added, from, *from + count));
	return true;
}

static void
put(LeftRows *left, uint64 at, const LeftRow *row)
{
	LeftRow    *place = &left->rows[at % MOST_LEFT];

	place->key = row->key;
	place->place = row->place;
	place->doubtful = row->doubtful;
	place->file = row->file;
	pg_write_barrier();
	place->position = at + 1;
}

/* Who has reserved a place is about to fill it. */
static LeftRow
get(LeftRows *left, uint64 at)
{
	volatile LeftRow *place = &left->rows[at % MOST_LEFT];

	while (place->position != at + 1)
	{
		CHECK_FOR_INTERRUPTS();
		pg_usleep(10);
	}
	pg_read_barrier();
	return left->rows[at % MOST_LEFT];
}

static void
wake_worker(LeftRows *left)
{
	Latch	   *worker = audit_queue_slot(left - shared)->worker_latch;

	if (worker != NULL)
		SetLatch(worker);
}

bool
audit_left_add(LeftRows *left, const LeftRow *rows, int count)
{
	uint64		from;
	uint64		waiting;

	if (!reserve(left, count, &from, &waiting))
		return false;
	for (int i = 0; i < count; i++)
		put(left, from + i, &rows[i]);
	if (waiting < MOST_LEFT / 2 && waiting + count >= MOST_LEFT / 2)
		wake_worker(left);
	return true;
}

uint64
audit_left_waiting(LeftRows *left)
{
	return pg_atomic_read_u64(&left->added) - pg_atomic_read_u64(&left->taken);
}

bool
audit_left_are_many(LeftRows *left)
{
	return audit_left_waiting(left) >= MOST_LEFT / 2;
}

LeftRow *
audit_left_copy(LeftRows *left, int *count, uint64 *end)
{
	uint64		from = pg_atomic_read_u64(&left->taken);
	LeftRow    *rows;

	*end = pg_atomic_read_u64(&left->added);
	*count = (int) (*end - from);
	rows = palloc(sizeof(LeftRow) * Max(*count, 1));
	for (int i = 0; i < *count; i++)
		rows[i] = get(left, from + i);
	return rows;
}

void
audit_left_take(LeftRows *left, uint64 end, const LeftRow *kept, int count)
{
	for (int i = 0; i < count; i++)
		put(left, end - count + i, &kept[i]);
	pg_memory_barrier();
	pg_atomic_write_u64(&left->taken, end - count);
}

void
audit_left_drop(Oid database)
{
	for (int i = 0; shared != NULL && i < audit_queue_slots(); i++)
	{
		if (shared[i].database == database)
			shared[i].database = InvalidOid;
	}
}

static Size
memory_size(void)
{
	return mul_size(sizeof(LeftRows), audit_queue_slots());
}

static void
attach_memory(void *memory, bool is_new)
{
	shared = memory;
	for (int i = 0; is_new && i < audit_queue_slots(); i++)
	{
		/* the rows are zeros, and are not touched before they are used */
		memset(&shared[i], 0, offsetof(LeftRows, rows));
		pg_atomic_init_u64(&shared[i].taken, 0);
		pg_atomic_init_u64(&shared[i].added, 0);
	}
}

static const SharedPiece piece = {"pdauth rows left out of the key index", memory_size, attach_memory, TRANCHE};

void
audit_left_init(void)
{
	shared_memory_need(&piece);
}
