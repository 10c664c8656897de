/*
 * audit_seal.h
 *		Start-up of sealing; see 500_audit.sql for pdauth.seal().
 */
#ifndef PDAUTH_AUDIT_SEAL_H
#define PDAUTH_AUDIT_SEAL_H

/* Defines the setting pdauth.audit_sm3. */
extern void audit_seal_init(void);

#endif							/* PDAUTH_AUDIT_SEAL_H */
