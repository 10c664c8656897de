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

#endif							/* PDAUTH_COMPAT_H */
