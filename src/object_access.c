/*
 * object_access.c
 *		The object access hook, which tells each room what concerns it.
 */
#include "pdauth.h"

#include "catalog/objectaccess.h"
#include "catalog/pg_class.h"
#include "catalog/pg_database.h"
#include "catalog/pg_proc.h"

#include "access_gate.h"
#include "audit_guard.h"
#include "audit_left.h"
#include "door.h"
#include "enforce.h"
#include "label_rename.h"
#include "object_access.h"

static object_access_hook_type previous_object_access_hook = NULL;

static void
run_previous(ObjectAccessType access, Oid class, Oid object, int sub_object, void *argument)
{
	if (previous_object_access_hook)
		previous_object_access_hook(access, class, object, sub_object, argument);
}

static pg_noinline void
object_changes(ObjectAccessType access, Oid class, Oid object, int sub_object, void *argument)
{
	run_previous(access, class, object, sub_object, argument);
	if (class == RelationRelationId && sub_object > 0 && access == OAT_POST_ALTER)
		label_rename_follow(object, (AttrNumber) sub_object);
	door_object_access(access, class, object, sub_object);
	if (class == RelationRelationId && access == OAT_TRUNCATE)
		enforce_truncate(object);
	else if (class == DatabaseRelationId && (access == OAT_DROP || access == OAT_POST_CREATE))
		audit_left_drop(object);	/* as it is made as well: it can have been used while it was dropped */
	else if (access == OAT_DROP && sub_object == 0)
		audit_guard_drop(class, object, argument);
}

static void
object_access(ObjectAccessType access, Oid class, Oid object, int sub_object, void *argument)
{
	/* by far the most frequent: each function of each plan that starts, each schema that a name is searched in */
	if (likely(access == OAT_FUNCTION_EXECUTE && class == ProcedureRelationId))
	{
		door_function(object);
		access_gate_function(object);
		run_previous(access, class, object, sub_object, argument);
	}
	else if (access == OAT_NAMESPACE_SEARCH)
		run_previous(access, class, object, sub_object, argument);
	else
		object_changes(access, class, object, sub_object, argument);
}

void
object_access_init(void)
{
	previous_object_access_hook = object_access_hook;
	object_access_hook = object_access;
}
