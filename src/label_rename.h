/*
 * label_rename.h
 *		Labels follow the renaming of the columns they name.
 */
#ifndef PDAUTH_LABEL_RENAME_H
#define PDAUTH_LABEL_RENAME_H

/* Installs the hook; call from _PG_init, only when preloaded. */
extern void label_rename_init(void);

#endif							/* PDAUTH_LABEL_RENAME_H */
