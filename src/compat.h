/*
 * compat.h
 *		The one place that knows how PostgreSQL 15, 17 and 18 differ.
 */
#ifndef PDAUTH_COMPAT_H
#define PDAUTH_COMPAT_H

#include "postgres.h"

#if PG_VERSION_NUM < 150000 || PG_VERSION_NUM >= 190000
#error "pdauth supports PostgreSQL 15, 17 and 18"
#endif

/*
 * 16 introduced soft errors for input functions.  Before, every input error is
 * an ereport(ERROR).
 */
#if PG_VERSION_NUM < 160000
#define errsave(context, ...) ereport(ERROR, __VA_ARGS__)
#else
#include "nodes/miscnodes.h"
#endif

/* 16 gave make_range an error context; use with utils/rangetypes.h included. */
#if PG_VERSION_NUM < 160000
#define compat_make_range(type, lower, upper) make_range(type, lower, upper, false)
#else
#define compat_make_range(type, lower, upper) make_range(type, lower, upper, false, NULL)
#endif

#endif							/* PDAUTH_COMPAT_H */
