/*
 * observe.h
 *		Observe mode: a relation labelled MODE observe lets everything pass, and
 *		what enforcement would have refused or restricted goes to the server log
 *		and is counted.  For moving existing applications, never the default.
 */
#ifndef PDAUTH_OBSERVE_H
#define PDAUTH_OBSERVE_H

#include "decision.h"

/* Open the decision, keeping what it would have been; in the current memory context. */
extern void observe_open(Decision *decision);

/* Count, and write to the server log, that a read or write passes that would not. */
extern void observe_record(const Decision *decision, const ProtectedRelation *relation, bool write);

#endif							/* PDAUTH_OBSERVE_H */
