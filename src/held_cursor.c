/*
 * held_cursor.c
 *		Cursors WITH HOLD over protected relations.
 */
#include "pdauth.h"

#include "access/xact.h"
#include "tcop/pquery.h"
#include "utils/memutils.h"

#include "held_cursor.h"

/* Names of portals that hold rows of protected relations, or are about to. */
static List *held_names = NIL;

/* PersistHoldablePortal() makes the store first and then runs the plan into it. */
void
held_cursor_note(void)
{
	MemoryContext caller;
	ListCell   *cell;

	if (ActivePortal == NULL || ActivePortal->holdStore == NULL ||
		ActivePortal->strategy != PORTAL_ONE_SELECT)
		return;
	foreach(cell, held_names)
	{
		if (strcmp(lfirst(cell), ActivePortal->name) == 0)
			return;
	}
	caller = MemoryContextSwitchTo(TopMemoryContext);
	held_names = lappend(held_names, pstrdup(ActivePortal->name));
	MemoryContextSwitchTo(caller);
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
	foreach(cell, held_names)
	{
		Portal		portal = GetPortalByName(lfirst(cell));

		if (PortalIsValid(portal) && is_held(portal))
			lock(portal);
		else if (!PortalIsValid(portal) || event != XACT_EVENT_COMMIT)
		{
			pfree(lfirst(cell));
			held_names = foreach_delete_current(held_names, cell);
		}
	}
}

Portal
held_cursor_find(const char *name)
{
	ListCell   *cell;

	foreach(cell, held_names)
	{
		Portal		portal = GetPortalByName(lfirst(cell));

		if (strcmp(lfirst(cell), name) == 0 && PortalIsValid(portal) && is_held(portal))
			return portal;
	}
	return NULL;
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

void
held_cursor_init(void)
{
	RegisterXactCallback(lock_all, NULL);
}
