/*
 * audit_write.h
 *		Appending entries to the audit log.
 */
#ifndef PDAUTH_AUDIT_WRITE_H
#define PDAUTH_AUDIT_WRITE_H

/* Registers for news about roles. */
extern void audit_write_init(void);

#endif							/* PDAUTH_AUDIT_WRITE_H */
