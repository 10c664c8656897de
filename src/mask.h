/*
 * mask.h
 *		Column masks: pure text functions that never raise.
 */
#ifndef PDAUTH_MASK_H
#define PDAUTH_MASK_H

#include "postgres.h"

/*
 * Copies value with every character but the first keep_head and the last
 * keep_tail replaced by '*'.  A value too short to hide anything (at most
 * keep_head + keep_tail characters) is replaced whole.  Counts characters of
 * the database encoding; a truncated last character counts as one.
 */
extern text *mask_keep(const text *value, int keep_head, int keep_tail);

#endif							/* PDAUTH_MASK_H */
