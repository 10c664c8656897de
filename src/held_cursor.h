/*
 * held_cursor.h
 *		Cursors WITH HOLD over protected and governed relations.
 *
 * At commit core stores their rows, and from then on neither the planner nor
 * the executor takes part in a FETCH.  So such a cursor is kept locked, and
 * only the FETCH and MOVE statements, which ask the access gate and look at its
 * plan's tag first, unlock it for themselves.  Other ways (a protocol-level Execute of its
 * portal, a PL/pgSQL FETCH of a cursor from an earlier transaction) get core's
 * "portal cannot be run".
 */
#ifndef PDAUTH_HELD_CURSOR_H
#define PDAUTH_HELD_CURSOR_H

#include "postgres.h"

#include "utils/portal.h"

/* By the executor hooks: a plan with a tag, or governed, is about to run in the active portal. */
extern void held_cursor_note(void);

/*
 * The locked portal of that name, or NULL if there is none.  held_cursor_open()
 * makes it readable; held_cursor_close() locks it again, if it still exists.
 */
extern Portal held_cursor_find(const char *name);
/* The same of whatever relations: one can have been labelled since the rows were stored. */
extern Portal held_cursor_of_any(const char *name);

extern void held_cursor_open(Portal portal);
extern void held_cursor_close(const char *name);

/* For whom its rows were read, as attest_person() says; 0 if there is no such portal. */
extern int64 held_cursor_person(const char *name);

#endif							/* PDAUTH_HELD_CURSOR_H */
