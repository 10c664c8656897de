/*
 * audit_raw.h
 *		Images of the log as they are stored, and their salts: who reads them.
 *
 * They hold rows of protected tables in clear.  Nobody reads those without
 * break-glass, superusers included, but functions and views of pdauth that
 * show of them what the table would show (or only hash them).  Entries about
 * tables that are not protected, and about statements, are open to whoever may
 * read the tables of the log.
 */
#ifndef PDAUTH_AUDIT_RAW_H
#define PDAUTH_AUDIT_RAW_H

#include "postgres.h"

#include "nodes/parsenodes.h"

/* Does the table hold images: one of the log, or its TOAST table? */
extern bool audit_raw_is_stored(Oid relation, char relkind);

/* Is the relation a view of ours that shows images as the table would? */
extern bool audit_raw_is_view(Oid relation);

/*
 * Makes the query ask, row by row, wherever it uses an image of one of these
 * range-table entries, unless a function of ours that may is asking.
 */
extern void audit_raw_close(Query *query, const Bitmapset *entries);

/* Is a query of one of those functions running, and nothing nested in it? */
extern bool audit_raw_inside(void);

/* How many functions of ours that may show images are running. */
extern int	audit_raw_functions;

/* Raise without break-glass if the log may hold rows in clear that are protected. */
extern void audit_raw_require(const char *what);

/* Brackets around each run of a plan, the second in PG_FINALLY, where audit_raw_enter() says so. */
extern bool audit_raw_enter(void);
extern void audit_raw_leave(void);

extern void audit_raw_init(void);

#endif							/* PDAUTH_AUDIT_RAW_H */
