/*
 * audit_batch.h
 *		How rows get into pdauth.audit_entry: each at once, or several together.
 *
 * One insertion of many rows costs a fraction of many insertions, so entries
 * wait in memory while a batch is open: as long as the row triggers of one
 * statement fire, or the worker writes what it took from the queue.  They are
 * in the table when the next statement starts, when the batch is closed, and
 * before the (sub)transaction that made them ends; if it fails, they go with it.
 */
#ifndef PDAUTH_AUDIT_BATCH_H
#define PDAUTH_AUDIT_BATCH_H

#include "postgres.h"

/* Insert a row of pdauth.audit_entry; the values are copied. */
extern void audit_batch_add(Datum *values, bool *nulls);

/* Batches nest: close with what open returned.  An error closes them all. */
extern bool audit_batch_open(void);
extern void audit_batch_close(bool outer);

/* Insert what waits. */
extern void audit_batch_flush(void);

extern void audit_batch_init(void);

#endif							/* PDAUTH_AUDIT_BATCH_H */
