/*
 * audit_sealed.h
 *		Which entries blocks seal, asked in the order of their keys.
 */
#ifndef PDAUTH_AUDIT_SEALED_H
#define PDAUTH_AUDIT_SEALED_H

#include "postgres.h"

#include "utils/snapshot.h"

#include "audit_block.h"

typedef struct AuditSealed AuditSealed;

/* The manifests of all visible blocks; in work_mem, and beyond it on disk. */
extern AuditSealed *audit_sealed_read(Snapshot snapshot);

/* Does a block name this key?  Ask in ascending order; another one is slow. */
extern bool audit_sealed_contains(AuditSealed *sealed, const AuditKey *key);

extern void audit_sealed_end(AuditSealed *sealed);

#endif							/* PDAUTH_AUDIT_SEALED_H */
