/*
 * planned_read.h
 *		What is read while a statement is planned.
 *
 * The planner runs functions with constant arguments that are declared
 * IMMUTABLE, and puts what they return into the plan.  One that reads a
 * protected table all the same makes a plan that shows its rows and names no
 * table.  So what is read meanwhile becomes part of the plan's tag.
 */
#ifndef PDAUTH_PLANNED_READ_H
#define PDAUTH_PLANNED_READ_H

#include "postgres.h"

#include "enforce.h"

/* By the executor hook: a plan with this tag starts, as the present user. */
extern void planned_read_note(const PlanTag *tag);

/* Number of the last read. */
extern uint64 planned_read_last;

/* A number for now, to be asked what has been read since: a list of PlanTagItem *. */
static inline uint64
planned_read_mark(void)
{
	return planned_read_last;
}

extern List *planned_read_since(uint64 mark);

#endif							/* PDAUTH_PLANNED_READ_H */
