/*
 * planned_read.c
 *		What is read while a statement is planned.
 *
 * The hook around the planner would need PG_TRY, for every statement, to keep
 * a list for as long as it plans.  Instead the last reads of the session are
 * known with their numbers, whether something is being planned or not.
 */
#include "pdauth.h"

#include "miscadmin.h"

#include "decision.h"
#include "planned_read.h"

typedef struct NotedRead
{
	Oid			relation;
	Oid			check_as_user;
	Oid			function_user;	/* who read it */
	uint64		number;			/* of the last time; 0: an empty place */
} NotedRead;

static NotedRead reads[32];
uint64		planned_read_last = 0;
static uint64 last_forgotten = 0;	/* the highest number that had to make place */

/* The place of that read, or the one that has been of no use for longest. */
static NotedRead *
place_for(const NotedRead *read)
{
	NotedRead  *oldest = &reads[0];

	for (int i = 0; i < lengthof(reads); i++)
	{
		if (memcmp(&reads[i], read, offsetof(NotedRead, number)) == 0)
			return &reads[i];
		if (reads[i].number < oldest->number)
			oldest = &reads[i];
	}
	last_forgotten = Max(last_forgotten, oldest->number);
	*oldest = *read;
	return oldest;
}

void
planned_read_note(const PlanTag *tag)
{
	for (int i = 0; i < tag->count; i++)
	{
		const PlanTagItem *item = &tag->items[i];
		NotedRead	read = {item->relation, item->check_as_user, GetUserId()};

		if (item->kind == PLAN_TAG_READ)
			place_for(&read)->number = ++planned_read_last;
	}
}

static PlanTagItem *
tag_item(const NotedRead *read)
{
	const ProtectedRelation *relation = registry_lookup(read->relation);
	Identity	identity = identity_with(GetUserId(), read->check_as_user, read->function_user);
	PlanTagItem *item;

	if (relation == NULL)
		return NULL;
	item = palloc0(sizeof(PlanTagItem));
	item->kind = PLAN_TAG_READ;
	item->relation = read->relation;
	item->check_as_user = read->check_as_user;
	item->function_user = read->function_user;
	item->fingerprint = decision_for(relation, &identity)->fingerprint;
	return item;
}

List *
planned_read_since(uint64 mark)
{
	List	   *items = NIL;

	if (last_forgotten > mark)
		ereport(ERROR,
				(pdauth_errcode(PDAUTH_RULE_FAIL_CLOSED),
				 errmsg("functions that the planner runs read more than %d protected relations", (int) lengthof(reads)),
				 pdauth_errdetail(PDAUTH_RULE_FAIL_CLOSED),
				 errhint("Declare functions that read tables STABLE, not IMMUTABLE.")));
	for (int i = 0; i < lengthof(reads); i++)
	{
		PlanTagItem *item = reads[i].number > mark ? tag_item(&reads[i]) : NULL;

		if (item != NULL)
			items = lappend(items, item);
	}
	return items;
}
