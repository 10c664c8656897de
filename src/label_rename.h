/*
 * label_rename.h
 *		Labels follow the renaming of the columns they name.
 */
#ifndef PDAUTH_LABEL_RENAME_H
#define PDAUTH_LABEL_RENAME_H

#include "postgres.h"

#include "access/attnum.h"

/* By the object access hook: the column was altered, perhaps renamed. */
extern void label_rename_follow(Oid relation, AttrNumber attribute);

#endif							/* PDAUTH_LABEL_RENAME_H */
