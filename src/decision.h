/*
 * decision.h
 *		Who sees what: the answer for one relation and one identity, today.
 */
#ifndef PDAUTH_DECISION_H
#define PDAUTH_DECISION_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "identity.h"
#include "license.h"
#include "registry.h"
#include "rule.h"

typedef enum ColumnVisibility
{
	COLUMN_CLEAR,				/* in every row that is visible */
	COLUMN_MASKED,				/* in every row */
	COLUMN_BY_REGION,			/* clear where each of clear_regions covers the row */
} ColumnVisibility;

typedef struct ColumnDecision
{
	ColumnVisibility visibility;
	bool		by_grade;		/* masked for its grade, not because no license names it */
	List	   *clear_regions;	/* of List of char *: one list per role that is restricted */
} ColumnDecision;

typedef struct Decision
{
	bool		may_read;
	bool		may_write;
	bool		may_derive;		/* make tables from what it reads */
	Oid			unlicensed_role;	/* where rule is R-20-5: who holds no license */
	bool		unrestricted;	/* reads every row and column in clear */
	bool		break_glass;	/* only by the recorded way out */
	bool		held;			/* stopped by a hold: neither reads nor writes */
	bool		empty;			/* instead of a refusal: no rows (pdauth.no_license) */
	struct Observation *observation;	/* what observe mode lets pass (observe.c), or NULL */
	List	   *row_regions;	/* of List of char *; a row must be covered by each list */
	List	   *row_filters;	/* of char *: conditions that a row must meet as well */
	int			column_count;
	ColumnDecision *columns;
	uint64		fingerprint;	/* equal fingerprints need equal plans */

	/* Why not, when !may_read. */
	PdauthRule	rule;
	const char *message;
	const char *detail;			/* a sentence to follow the rule, or "" */
	const char *hint;
} Decision;

/* What one role may read of a relation, before it becomes part of a decision. */
typedef struct RoleAccess
{
	Oid			role;
	bool		custodian;
	List	   *tiles;			/* of const ScopeTile *: those that apply, for the purpose */
	List	   *licenses;		/* of const License *: whose tile it is, one for each of tiles */
	bool		purpose_unclear;	/* several, and none was declared */
	List	   *purposes;		/* of char *: those the role could declare */
} RoleAccess;

/* The decision; never NULL, valid until the next call. */
extern const Decision *decision_for(const ProtectedRelation *relation, const Identity *identity);

/*
 * Does each of the lists (row_regions, clear_regions) cover a row of this
 * division, as rewrite_entry.c has it?  Malformed or NULL is in no division.
 */
extern bool decision_regions_cover(const List *region_lists, const char *code, int length);

/*
 * The same decision about one role on its own, on any day, for a purpose in
 * canonical form (NULL: none declared), made anew in the current memory context.
 * Pin the licenses for as long as what these return is read.
 */
extern const Decision *decision_explain(const ProtectedRelation *relation, Oid role,
										const char *purpose, DateADT day);
extern RoleAccess *decision_role_access(Oid role, const ProtectedRelation *relation, DateADT day,
										const char *purpose);
extern bool decision_tile_applies(const ScopeTile *tile, const ProtectedRelation *relation, DateADT day);
extern bool decision_tile_shows(const ScopeTile *tile, const ProtectedColumn *column);

/* The purpose this session has declared, in canonical form, or NULL. */
extern const char *decision_declared_purpose(void);

/* The same as the session wrote it; "" if it declared none. */
extern const char *decision_purpose_setting(void);

/* Counts up whenever a setting that decisions rest on is changed, the purpose for one. */
extern uint64 decision_settings_generation(void);

/*
 * A number for the state of everything that decisions rest on, the roles this
 * session acts for included: it is the same only while each decision is.
 */
extern uint64 decision_stamp(void);

/* Raise the refusal of a decision that does not permit reading, or writing. */
extern void decision_require_read(const Decision *decision, const ProtectedRelation *relation);
extern void decision_require_write(const Decision *decision, const ProtectedRelation *relation);

/* Write to the server log that break-glass is used, if it is. */
extern void decision_record_break_glass(const Decision *decision, const ProtectedRelation *relation);

/*
 * Raise PD002 unless break-glass is in force, and record its use: for what no
 * relation stands for.  what begins the message; why is one sentence of detail;
 * instead is the hint where there is a better way than break-glass.
 */
extern void decision_require_break_glass(const char *what, const char *why);
extern void decision_require_break_glass_or(const char *what, const char *why, const char *instead);

/* Is pdauth.break_glass set, and everybody involved a superuser? */
extern bool decision_break_glass(const Identity *identity);

/* Defines pdauth.purpose and pdauth.break_glass. */
extern void decision_init(void);

#endif							/* PDAUTH_DECISION_H */
