/*
 * audit_read.h
 *		Who may see in clear what the log holds of a table.
 */
#ifndef PDAUTH_AUDIT_READ_H
#define PDAUTH_AUDIT_READ_H

#include "postgres.h"

/*
 * Would whoever asks see all of such an entry's image in clear?  gone: no,
 * because there is no table any more that would tell.
 */
extern bool audit_read_is_open(int64 epoch, Oid relation, const char *relation_name, char operation, bool *gone);

#endif							/* PDAUTH_AUDIT_READ_H */
