/*
 * compat.h
 *		The one place that knows how PostgreSQL 15, 17 and 18 differ.
 */
#ifndef PDAUTH_COMPAT_H
#define PDAUTH_COMPAT_H

#include "postgres.h"

#include "catalog/pg_class.h"
#include "nodes/parsenodes.h"
#include "nodes/plannodes.h"
#include "optimizer/planner.h"
#include "parser/parse_relation.h"
#if PG_VERSION_NUM >= 160000
#include "nodes/queryjumble.h"
#include "varatt.h"
#else
#include "utils/queryjumble.h"
#endif

#if PG_VERSION_NUM < 150000 || PG_VERSION_NUM >= 190000
#error "pdauth supports PostgreSQL 15, 17 and 18"
#endif

/* 18 spells it so, in front of the declaration. */
#if PG_VERSION_NUM < 180000
#define pg_noreturn pg_attribute_noreturn()
#endif

/* 18 dropped the last argument of ExecutorRun and its hook. */
#if PG_VERSION_NUM >= 180000
#define COMPAT_EXECUTE_ONCE(argument)
#else
#define COMPAT_EXECUTE_ONCE(argument) , argument
#endif

/* 18 can leave room for more in front of a minimal tuple. */
#if PG_VERSION_NUM >= 180000
#define compat_heap_form_minimal_tuple(descriptor, values, isnull) heap_form_minimal_tuple(descriptor, values, isnull, 0)
#else
#define compat_heap_form_minimal_tuple(descriptor, values, isnull) heap_form_minimal_tuple(descriptor, values, isnull)
#endif

/*
 * 16 moved the permission fields of a range-table entry into a list of
 * RTEPermissionInfo beside the range table.
 */
static inline Oid
compat_check_as_user(const Query *query, const RangeTblEntry *entry)
{
#if PG_VERSION_NUM >= 160000
	if (entry->perminfoindex == 0)
		return InvalidOid;
	return getRTEPermissionInfo(query->rteperminfos, unconstify(RangeTblEntry *, entry))->checkAsUser;
#else
	return entry->checkAsUser;
#endif
}

/*
 * The view that a sub-query came from, or InvalidOid.  16 keeps it in the
 * entry; before, the view's own OLD entry comes first in the sub-query.
 */
static inline Oid
compat_view_of(const RangeTblEntry *entry)
{
#if PG_VERSION_NUM >= 160000
	return entry->relid;
#else
	const RangeTblEntry *first = entry->subquery->rtable == NIL ? NULL : linitial_node(RangeTblEntry, entry->subquery->rtable);

	return first != NULL && first->rtekind == RTE_RELATION && first->relkind == RELKIND_VIEW ? first->relid : InvalidOid;
#endif
}

/*
 * The entry becomes range-table entry 1 of inner (a copy is passed in), which
 * takes over its permission checks.
 */
static inline void
compat_move_permissions(const Query *outer, Query *inner, RangeTblEntry *inner_entry)
{
#if PG_VERSION_NUM >= 160000
	if (inner_entry->perminfoindex != 0)
	{
		RTEPermissionInfo *info = getRTEPermissionInfo(outer->rteperminfos, inner_entry);

		inner->rteperminfos = list_make1(copyObject(info));
		inner_entry->perminfoindex = 1;
	}
#endif
}

/* What the Vars of GROUP BY stand for: 18 has an entry for it in the range table. */
static inline List *
compat_group_expressions(const RangeTblEntry *entry)
{
#if PG_VERSION_NUM >= 180000
	return entry->groupexprs;
#else
	return NIL;
#endif
}

/* The columns that permissions are checked for, in a finished plan; the sets belong to it. */
typedef struct ColumnsUsed
{
	const Bitmapset *selected;
	const Bitmapset *inserted;
	const Bitmapset *updated;
} ColumnsUsed;

static inline ColumnsUsed
compat_columns_used(const PlannedStmt *plan, const RangeTblEntry *entry)
{
	ColumnsUsed used = {NULL, NULL, NULL};
#if PG_VERSION_NUM >= 160000
	if (entry->perminfoindex != 0)
	{
		RTEPermissionInfo *info = getRTEPermissionInfo(plan->permInfos, unconstify(RangeTblEntry *, entry));

		used.selected = info->selectedCols;
		used.inserted = info->insertedCols;
		used.updated = info->updatedCols;
	}
#else
	used.selected = entry->selectedCols;
	used.inserted = entry->insertedCols;
	used.updated = entry->updatedCols;
#endif
	return used;
}

/* The entry no longer is a relation: nothing to check permissions on. */
static inline void
compat_clear_permissions(RangeTblEntry *entry)
{
#if PG_VERSION_NUM >= 160000
	entry->perminfoindex = 0;
#else
	entry->requiredPerms = 0;
	entry->checkAsUser = InvalidOid;
	entry->selectedCols = NULL;
	entry->insertedCols = NULL;
	entry->updatedCols = NULL;
	entry->extraUpdatedCols = NULL;
#endif
}

/*
 * 16 introduced soft errors for input functions.  Before, every input error is
 * an ereport(ERROR).
 */
#if PG_VERSION_NUM < 160000
#define errsave(context, ...) ereport(ERROR, __VA_ARGS__)
#else
#include "nodes/miscnodes.h"
#endif

/* 17 dropped the flag of old protocols; use with libpq/pqformat.h included. */
#if PG_VERSION_NUM < 170000
#define compat_sendcountedtext(out, data, length) pq_sendcountedtext(out, data, length, false)
#else
#define compat_sendcountedtext(out, data, length) pq_sendcountedtext(out, data, length)
#endif

/* 16 gave make_range an error context; use with utils/rangetypes.h included. */
#if PG_VERSION_NUM < 160000
#define compat_make_range(type, lower, upper) make_range(type, lower, upper, false)
#else
#define compat_make_range(type, lower, upper) make_range(type, lower, upper, false, NULL)
#endif

/* 16 made tuplesort_getdatum say whether it copies; use with utils/tuplesort.h included. */
#if PG_VERSION_NUM < 160000
#define compat_tuplesort_getdatum(state, value, is_null) \
	tuplesort_getdatum(state, true, value, is_null, NULL)
#else
#define compat_tuplesort_getdatum(state, value, is_null) \
	tuplesort_getdatum(state, true, true, value, is_null, NULL)
#endif

/* 17 lets a logical message flush itself; use with replication/message.h included. */
#if PG_VERSION_NUM < 170000
#define compat_log_message(prefix, message, size) LogLogicalMessage(prefix, message, size, false)
#else
#define compat_log_message(prefix, message, size) LogLogicalMessage(prefix, message, size, false, false)
#endif

/* 18 takes bytes for what they are; use with common/base64.h included. */
#if PG_VERSION_NUM < 180000
#define compat_b64_encode(bytes, length, text, size) pg_b64_encode((const char *) (bytes), length, text, size)
#define compat_b64_decode(text, length, bytes, size) pg_b64_decode(text, length, (char *) (bytes), size)
#else
#define compat_b64_encode(bytes, length, text, size) pg_b64_encode((const uint8 *) (bytes), length, text, size)
#define compat_b64_decode(text, length, bytes, size) pg_b64_decode(text, length, (uint8 *) (bytes), size)
#endif

/* 18 lets index scans count for EXPLAIN; use with access/genam.h included. */
#if PG_VERSION_NUM < 180000
#define compat_index_beginscan(heap, index, snapshot, keys) index_beginscan(heap, index, snapshot, keys, 0)
#else
#define compat_index_beginscan(heap, index, snapshot, keys) index_beginscan(heap, index, snapshot, NULL, keys, 0)
#endif

/* Was the table made, or its file, by the transaction at hand?  16 calls files by other names. */
#if PG_VERSION_NUM < 160000
#define compat_is_new_in_transaction(relation) \
	((relation)->rd_createSubid != InvalidSubTransactionId || (relation)->rd_firstRelfilenodeSubid != InvalidSubTransactionId)
#else
#define compat_is_new_in_transaction(relation) \
	((relation)->rd_createSubid != InvalidSubTransactionId || (relation)->rd_firstRelfilelocatorSubid != InvalidSubTransactionId)
#endif

/* 16 keeps the extra data of settings in memory of its own; before, it is malloc'd. */
#if PG_VERSION_NUM < 160000
#define compat_guc_malloc(size) malloc(size)
#define compat_guc_free(memory) free(memory)
#else
#include "utils/guc.h"
#define compat_guc_malloc(size) guc_malloc(LOG, size)
#define compat_guc_free(memory) guc_free(memory)
#endif

/* 16 gave stringToQualifiedNameList an error context; use with utils/regproc.h included. */
#if PG_VERSION_NUM < 160000
#define compat_qualified_name_list(name) stringToQualifiedNameList(name)
#else
#define compat_qualified_name_list(name) stringToQualifiedNameList(name, NULL)
#endif

/* 17 moved the backend's transaction number; use with storage/proc.h included. */
#if PG_VERSION_NUM < 170000
#define compat_local_transaction_id() (MyProc->lxid)
#else
#define compat_local_transaction_id() (MyProc->vxid.lxid)
#endif

/* 16 has one ownership check for all classes; use with utils/acl.h and catalog/pg_extension.h included. */
#if PG_VERSION_NUM < 160000
#define compat_owns_extension(extension, role) pg_extension_ownercheck(extension, role)
#define compat_owns_database(database, role) pg_database_ownercheck(database, role)
#else
#define compat_owns_extension(extension, role) object_ownercheck(ExtensionRelationId, extension, role)
#define compat_owns_database(database, role) object_ownercheck(DatabaseRelationId, database, role)
#endif

/* 16 takes the text of a query from the query. */
#if PG_VERSION_NUM < 160000
#define compat_jumble_query(query, text) JumbleQuery(query, text)
#else
#define compat_jumble_query(query, text) JumbleQuery(query)
#endif

#endif							/* PDAUTH_COMPAT_H */
