/*
 * object_access.h
 *		What core tells of objects that a statement uses, changes or drops.
 */
#ifndef PDAUTH_OBJECT_ACCESS_H
#define PDAUTH_OBJECT_ACCESS_H

/* Installs the hook; call from _PG_init, only when preloaded. */
extern void object_access_init(void);

#endif							/* PDAUTH_OBJECT_ACCESS_H */
