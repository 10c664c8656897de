/*
 * held_cursor.c
 *		Cursors WITH HOLD over protected relations.
 */
#include "pdauth.h"

#include "tcop/pquery.h"
#include "utils/memutils.h"

#include "attest.h"
#include "held_cursor.h"

/* A portal that holds rows of protected relations, or is about to. */
typedef struct HeldCursor
{
	char	   *name;
	int64		person;			/* attested when its rows were stored */
} HeldCursor;

static List *held_cursors = NIL;

static HeldCursor *
find(const char *name)
{
	ListCell   *cell;

	foreach(cell, held_cursors)
	{
		if (strcmp(((HeldCursor *) lfirst(cell))->name, name) == 0)
			return lfirst(cell);
	}
	return NULL;
}

static HeldCursor *
add(const char *name)
{
	MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);
	HeldCursor *cursor = palloc(sizeof(HeldCursor));

	cursor->name = pstrdup(name);
	held_cursors = lappend(held_cursors, cursor);
	MemoryContextSwitchTo(caller);
	return cursor;
}

static void lock_all(XactEvent event, void *argument);

/* PersistHoldablePortal() makes the store first and then runs the plan into it. */
void
held_cursor_note(void)
{
	static bool registered = false;
	HeldCursor *cursor;

	if (ActivePortal == NULL || ActivePortal->holdStore == NULL ||
		ActivePortal->strategy != PORTAL_ONE_SELECT)
		return;
	cursor = find(ActivePortal->name);
	if (cursor == NULL)
		cursor = add(ActivePortal->name);
	pdauth_register_at_end(&registered, lock_all, NULL);
	cursor->person = attest_person();
}

/* Is it held over from an earlier transaction?  portalmem.c marks these so. */
static bool
is_held(Portal portal)
{
	return portal->holdStore != NULL && portal->queryDesc == NULL &&
		portal->createSubid == InvalidSubTransactionId;
}

/*
 * MarkPortalActive() refuses any state but PORTAL_READY; error recovery leaves
 * PORTAL_DONE alone, unlike the states before PORTAL_READY (portalmem.c).  A
 * portal that a PL/pgSQL loop has pinned belongs to a statement still running.
 */
static void
lock(Portal portal)
{
	if (portal->status == PORTAL_READY && !portal->portalPinned)
		portal->status = PORTAL_DONE;
}

static void
lock_all(XactEvent event, void *argument)
{
	ListCell   *cell;

	if (event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT && event != XACT_EVENT_PREPARE)
		return;
	foreach(cell, held_cursors)
	{
		HeldCursor *cursor = lfirst(cell);
		Portal		portal = GetPortalByName(cursor->name);

		if (PortalIsValid(portal) && is_held(portal))
			lock(portal);
		else if (!PortalIsValid(portal) || event != XACT_EVENT_COMMIT)
		{
			held_cursors = foreach_delete_current(held_cursors, cell);
			pfree(cursor->name);
			pfree(cursor);
		}
	}
}

Portal
held_cursor_find(const char *name)
{
	HeldCursor *cursor = find(name);
	Portal		portal = cursor ? GetPortalByName(name) : NULL;

	return PortalIsValid(portal) && is_held(portal) ? portal : NULL;
}

Portal
held_cursor_of_any(const char *name)
{
	Portal		portal = GetPortalByName(name);

	return PortalIsValid(portal) && is_held(portal) ? portal : NULL;
}

int64
held_cursor_person(const char *name)
{
	return held_cursor_find(name) != NULL ? find(name)->person : 0;
}

void
held_cursor_open(Portal portal)
{
	if (portal->status == PORTAL_DONE)
		portal->status = PORTAL_READY;
}

void
held_cursor_close(const char *name)
{
	Portal		portal = held_cursor_find(name);

	if (portal != NULL)
		lock(portal);
}
