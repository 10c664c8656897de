/*
 * cursor_reads.c
 *		What an open cursor has read by way of functions.
 */
#include "pdauth.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "attest.h"
#include "cursor_reads.h"
#include "decision.h"

typedef struct Read
{
	Oid			relation;
	Oid			check_as_user;
	Oid			function_user;	/* who read it */
	uint64		fingerprint;	/* of the decision, the portal's user taken into account */
} Read;

/* In the portal's memory, and gone with it. */
typedef struct CursorReads
{
	dlist_node	node;
	Portal		portal;
	List	   *reads;			/* of Read * */
	GovernedReads governed;
	MemoryContextCallback forget;
} CursorReads;

dlist_head	cursor_reads_all = DLIST_STATIC_INIT(cursor_reads_all);
static CursorRun *running = NULL;

void
cursor_reads_enter(CursorRun *run, Portal portal)
{
	run->portal = portal;
	run->user = GetUserId();
	run->outer = running;
	running = run;
}

void
cursor_reads_leave(const CursorRun *run)
{
	running = run->outer;
}

static CursorReads *
reads_of(Portal portal)
{
	dlist_iter	iterator;

	dlist_foreach(iterator, &cursor_reads_all)
	{
		CursorReads *reads = dlist_container(CursorReads, node, iterator.cur);

		if (reads->portal == portal)
			return reads;
	}
	return NULL;
}

static void
forget(void *argument)
{
	dlist_delete(&((CursorReads *) argument)->node);
}

static CursorReads *
make_reads(Portal portal)
{
	CursorReads *reads = MemoryContextAllocZero(portal->portalContext, sizeof(CursorReads));

	reads->portal = portal;
	reads->forget.func = forget;
	reads->forget.arg = reads;
	MemoryContextRegisterResetCallback(portal->portalContext, &reads->forget);
	dlist_push_head(&cursor_reads_all, &reads->node);
	return reads;
}

static const Decision *
decision_of(const Read *read, const ProtectedRelation *relation, Oid user)
{
	Identity	identity = identity_with(user, read->check_as_user, read->function_user);

	return decision_for(relation, &identity);
}

static void
note(const CursorRun *run, const PlanTagItem *item)
{
	Read		read = {item->relation, item->check_as_user, GetUserId()};
	CursorReads *reads = reads_of(run->portal);
	const ProtectedRelation *relation;
	MemoryContext caller;
	ListCell   *cell;

	foreach(cell, reads ? reads->reads : NIL)
	{
		if (memcmp(lfirst(cell), &read, offsetof(Read, fingerprint)) == 0)
			return;
	}
	if ((relation = registry_lookup(read.relation)) == NULL)
		return;
	read.fingerprint = decision_of(&read, relation, run->user)->fingerprint;
	if (reads == NULL)
		reads = make_reads(run->portal);
	caller = MemoryContextSwitchTo(run->portal->portalContext);
	reads->reads = lappend(reads->reads, memcpy(palloc(sizeof(Read)), &read, sizeof(Read)));
	MemoryContextSwitchTo(caller);
}

void
cursor_reads_note(const PlanTag *tag)
{
	for (const CursorRun *run = running; run != NULL; run = run->outer)
	{
		for (int i = 0; i < tag->count; i++)
		{
			if (tag->items[i].kind == PLAN_TAG_READ || tag->items[i].kind == PLAN_TAG_WRITE)
				note(run, &tag->items[i]);
		}
	}
}

void
cursor_reads_note_governed(Oid relation)
{
	for (const CursorRun *run = running; run != NULL; run = run->outer)
	{
		CursorReads *reads = reads_of(run->portal);
		MemoryContext caller;

		if (reads == NULL)
			reads = make_reads(run->portal);
		if (reads->governed.relations == NIL)
			reads->governed.person = attest_person();
		caller = MemoryContextSwitchTo(run->portal->portalContext);
		reads->governed.relations = list_append_unique_oid(reads->governed.relations, relation);
		MemoryContextSwitchTo(caller);
	}
}

GovernedReads
cursor_reads_governed(Portal portal)
{
	CursorReads *reads = reads_of(portal);

	return reads ? reads->governed : (GovernedReads) {NIL, 0};
}

bool
cursor_reads_any(Portal portal)
{
	return reads_of(portal) != NULL;
}

void
cursor_reads_recheck(Portal portal)
{
	CursorReads *reads = reads_of(portal);
	ListCell   *cell;

	foreach(cell, reads ? reads->reads : NIL)
	{
		const Read *read = lfirst(cell);
		const ProtectedRelation *relation = registry_lookup(read->relation);
		const Decision *decision;

		if (relation == NULL)
			continue;
		decision = decision_of(read, relation, GetUserId());
		if (decision->fingerprint == read->fingerprint)
			continue;
		decision_require_read(decision, relation);
		enforce_refuse_stale(relation);
	}
}
