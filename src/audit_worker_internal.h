/*
 * audit_worker_internal.h
 *		Shared by the files of the audit workers only.
 */
#ifndef PDAUTH_AUDIT_WORKER_INTERNAL_H
#define PDAUTH_AUDIT_WORKER_INTERNAL_H

#include "postgres.h"

/* Settings of the worker. */
extern void audit_worker_settings_init(void);

/* Hook that sends workers away from databases that have to be without sessions. */
extern void audit_worker_away_init(void);

#endif							/* PDAUTH_AUDIT_WORKER_INTERNAL_H */
