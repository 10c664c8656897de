/*
 * checkpoint_issue.h
 *		Settings of pdauth.checkpoint(); see 530_audit_proof.sql.
 */
#ifndef PDAUTH_CHECKPOINT_ISSUE_H
#define PDAUTH_CHECKPOINT_ISSUE_H

extern void checkpoint_issue_init(void);

#endif							/* PDAUTH_CHECKPOINT_ISSUE_H */
