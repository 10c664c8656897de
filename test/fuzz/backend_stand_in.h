/*
 * backend_stand_in.h
 *		What backend_stand_in.c offers a fuzz driver.
 */
#ifndef BACKEND_STAND_IN_H
#define BACKEND_STAND_IN_H

#include "postgres.h"

#include <setjmp.h>

#include "fmgr.h"

/* ereport(ERROR) jumps here, or aborts while stand_in_errors_abort is set. */
extern sigjmp_buf stand_in_error;
extern bool stand_in_errors_abort;

/* Frees all that was palloc'd; also the sanitizer's chance to see overruns. */
extern void stand_in_free_all(void);

#endif							/* BACKEND_STAND_IN_H */
