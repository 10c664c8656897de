/*
 * index_order.h
 *		Indexes on masked columns give no order.
 */
#ifndef PDAUTH_INDEX_ORDER_H
#define PDAUTH_INDEX_ORDER_H

/* Sets the hook; call from _PG_init, only when preloaded. */
extern void index_order_init(void);

#endif							/* PDAUTH_INDEX_ORDER_H */
