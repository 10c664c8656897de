/*
 * strict_mode.h
 *		Strict mode: on a relation labelled MODE strict, a query that names a
 *		column it would see masked is refused (R-20-6: what is obtained does not
 *		go beyond what was approved).
 */
#ifndef PDAUTH_STRICT_MODE_H
#define PDAUTH_STRICT_MODE_H

#include "postgres.h"

#include "registry.h"

/* Raises PD206, or PD286 if only its grade is above the license: the query names this column, which it would see masked. */
pg_noreturn extern void strict_refuse(const ProtectedRelation *relation, const ProtectedColumn *column, bool by_grade);

#endif							/* PDAUTH_STRICT_MODE_H */
