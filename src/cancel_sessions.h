/*
 * cancel_sessions.h
 *		pdauth.cancel_at_commit(): statements of other sessions end with the
 *		agreement that let them read.
 */
#ifndef PDAUTH_CANCEL_SESSIONS_H
#define PDAUTH_CANCEL_SESSIONS_H

/* The callbacks; call from _PG_init. */
extern void cancel_sessions_init(void);

#endif							/* PDAUTH_CANCEL_SESSIONS_H */
