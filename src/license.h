/*
 * license.h
 *		What roles hold: licenses (pdauth.license) and custody
 *		(pdauth.custodian), and what is excluded from every license
 *		(pdauth.exclusion), cached per backend.
 *
 * The tables are read with a fresh catalog snapshot, so a revocation that has
 * committed is seen even inside an old transaction or REPEATABLE READ.
 */
#ifndef PDAUTH_LICENSE_H
#define PDAUTH_LICENSE_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "scope.h"

typedef struct License
{
	int64		id;
	char	   *row_filter;		/* condition on the rows, or NULL */
	int			tile_count;
	ScopeTile  *tiles;
} License;

/* What one role holds by itself, not through membership. */
typedef struct Holdings
{
	Oid			role;			/* hash key */
	List	   *licenses;		/* of License, none of them revoked */
	List	   *custodies;		/* of char *: resource paths the role keeps */
} Holdings;

/* A resource that nobody but its custodians reads. */
typedef struct Exclusion
{
	char	   *resource;
	char	   *basis;
} Exclusion;

/* Never NULL; valid until the next call, or while pinned until unpinned. */
extern const Holdings *license_holdings(Oid role);

/* The first exclusion in force that meets the resource, or NULL; valid as long. */
extern const Exclusion *license_exclusion(const char *resource);

/*
 * While pinned, holdings once read stay as they are even if an invalidation
 * arrives; license_generation() tells of it.  Unpin in PG_FINALLY.
 */
extern void license_pin(bool pinned);

/* OIDs of the tables that all this is read from: a plan depends on them. */
extern List *license_add_tables(List *relations);

/* Counts up whenever holdings, memberships or roles may have changed. */
extern uint64 license_generation(void);

/*
 * One English sentence on the newest license of the roles that was revoked or
 * has run out for this resource, or NULL: the reason for a refusal.
 */
extern char *license_last_ended(List *roles, const char *resource, DateADT today);

extern void license_init(void);

#endif							/* PDAUTH_LICENSE_H */
