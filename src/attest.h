/*
 * attest.h
 *		The person that a signed token attests for one transaction, behind a
 *		connection pool (rule R-25-2).
 *
 * User-settable parameters leak from one client of a pool to the next and
 * prove nothing; a token is signed by who authenticates the persons.  It has
 * the form of a C2SP signed note (checkpoint.h) with the lines
 *
 *		pdauth-token/1
 *		<database>
 *		<login role>
 *		<person>
 *		<issued, Unix time>
 *		<expires, Unix time>
 *		<nonce>
 *
 * and works once, on a server that can tell so: no standby, and none that
 * started after it was issued.
 */
#ifndef PDAUTH_ATTEST_H
#define PDAUTH_ATTEST_H

#include "postgres.h"

/* The attested person's number and code; 0 and NULL if none is. */
extern int64 attest_person(void);
extern const char *attest_person_code(void);

/* Counts up whenever that changes. */
extern uint64 attest_generation(void);

/*
 * The login role as the audit log names it: with the person for whom it acts.
 * It is who logged in, whatever a superuser's SET SESSION AUTHORIZATION says.
 */
extern const char *attest_login_name(void);

/* Settings; and, when preloaded, shared memory for tokens that were used. */
extern void attest_init(bool preloaded);

#endif							/* PDAUTH_ATTEST_H */
