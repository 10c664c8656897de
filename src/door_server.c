/*
 * door_server.c
 *		Doors that lead out of SQL: logical replication and decoding, raw pages,
 *		files of the server.
 *
 * All of these show rows past filters and masks, and raw data does not leave
 * the domain it is kept in; so they need break-glass.  So do subscriptions,
 * whose workers write rows with no statement that a hook would see.
 */
#include "pdauth.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_publication.h"
#include "commands/extension.h"
#include "replication/logicalworker.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "audit_raw.h"
#include "decision.h"
#include "door.h"
#include "rule.h"

PG_FUNCTION_INFO_V1(pdauth_refuse_replication);

static const char leaves_the_domain[] = gettext_noop("It shows rows past their filters and masks.");

static void
check_published_table(const RangeVar *name)
{
	Oid			table = door_protected(name);

	if (OidIsValid(table))
		decision_require_break_glass(psprintf(_("a publication of %s"), get_rel_name(table)), leaves_the_domain);
	table = RangeVarGetRelid(name, NoLock, true);
	if (audit_raw_is_stored(table, RELKIND_RELATION))
		audit_raw_require(psprintf(_("a publication of %s"), get_rel_name(table)));
}

static void
check_published_schema(Oid schema)
{
	if (OidIsValid(schema) && door_any_label_in_schema(schema))
		decision_require_break_glass(psprintf(_("a publication of schema %s, which holds protected tables,"),
											  get_namespace_name(schema)), leaves_the_domain);
	if (OidIsValid(schema) && schema == get_namespace_oid(PDAUTH_SCHEMA, true))
		audit_raw_require("a publication of the schema of the audit log");
}

/* As CREATE PUBLICATION takes it; InvalidOid if there is none, which core refuses. */
static Oid
current_schema_oid(void)
{
	List	   *path = fetch_search_path(false);

	return path != NIL ? linitial_oid(path) : InvalidOid;
}

static void
check_published(List *objects, bool all_tables)
{
	ListCell   *cell;

	if (all_tables && door_any_label())
		decision_require_break_glass("a publication of all tables, protected ones among them,", leaves_the_domain);
	else if (all_tables && OidIsValid(pdauth_relation_oid("license")))
		audit_raw_require("a publication of all tables, the audit log among them,");
	foreach(cell, objects)
	{
		PublicationObjSpec *object = lfirst_node(PublicationObjSpec, cell);

		if (object->pubobjtype == PUBLICATIONOBJ_TABLE)
			check_published_table(object->pubtable->relation);
		else if (object->pubobjtype == PUBLICATIONOBJ_TABLES_IN_SCHEMA)
			check_published_schema(get_namespace_oid(object->name, true));
		else if (object->pubobjtype == PUBLICATIONOBJ_TABLES_IN_CUR_SCHEMA)
			check_published_schema(current_schema_oid());
	}
}

/* A publication of a schema sends what is moved or made there later, too. */
void
door_enters_schema(Oid table, Oid schema)
{
	if (OidIsValid(table) && OidIsValid(schema) && GetSchemaPublications(schema) != NIL)
		decision_require_break_glass(psprintf(_("a publication of schema %s, into which %s comes,"),
											  get_namespace_name(schema), get_rel_name(table)), leaves_the_domain);
}

void
door_publication(Node *statement)
{
	if (IsA(statement, CreatePublicationStmt))
	{
		CreatePublicationStmt *create = (CreatePublicationStmt *) statement;

		check_published(create->pubobjects, create->for_all_tables);
	}
	else if (IsA(statement, AlterPublicationStmt) &&
			 ((AlterPublicationStmt *) statement)->action != AP_DropObjects)
		check_published(((AlterPublicationStmt *) statement)->pubobjects, false);
	else if (IsA(statement, AlterObjectSchemaStmt))
		door_enters_schema(door_protected(((AlterObjectSchemaStmt *) statement)->relation),
						   get_namespace_oid(((AlterObjectSchemaStmt *) statement)->newschema, true));
}

void
door_subscription(Node *statement)
{
	if ((IsA(statement, CreateSubscriptionStmt) || IsA(statement, AlterSubscriptionStmt)) && door_any_label())
		decision_require_break_glass("a subscription of a database with protected tables", "It writes rows, whoever may write them.");
}

/*
 * Trigger of what is entered by persons: policy, register, calendars.  A
 * worker of logical replication fires no statement trigger, so that neither the
 * rights of who writes are asked nor others hear of a change, and the row
 * triggers that date rows and draw the consequences of a state would do so a
 * second time.
 */
Datum
pdauth_refuse_replication(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = pdauth_trigger_data(fcinfo, "pdauth.refuse_replication()");

	if (IsLogicalWorker())
		ereport(ERROR,
				(pdauth_errcode(PDAUTH_RULE_NO_BYPASS),
				 errmsg("rows of pdauth.%s do not come by logical replication", RelationGetRelationName(trigger->tg_relation)),
				 pdauth_errdetail(PDAUTH_RULE_NO_BYPASS),
				 errhint("Drop the subscription. A standby, or a dump restored under break-glass, has them all; where pdauth is not installed, tables of the same names can be subscribed for reports.")));
	return PointerGetDatum(TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple);
}

/* Built-in functions that reach rows as files, pages or decoded changes. */
static bool
is_outlet(Oid function)
{
	switch (function)
	{
		case F_PG_CREATE_LOGICAL_REPLICATION_SLOT:
		case F_PG_LOGICAL_SLOT_GET_CHANGES:
		case F_PG_LOGICAL_SLOT_GET_BINARY_CHANGES:
		case F_PG_LOGICAL_SLOT_PEEK_CHANGES:
		case F_PG_LOGICAL_SLOT_PEEK_BINARY_CHANGES:
		case F_PG_READ_FILE_TEXT:
		case F_PG_READ_FILE_TEXT_INT8_INT8:
		case F_PG_READ_FILE_TEXT_INT8_INT8_BOOL:
		case F_PG_READ_BINARY_FILE_TEXT:
		case F_PG_READ_BINARY_FILE_TEXT_INT8_INT8:
		case F_PG_READ_BINARY_FILE_TEXT_INT8_INT8_BOOL:
		case F_LO_IMPORT_TEXT:
		case F_LO_IMPORT_TEXT_OID:
			return true;
		default:
			return false;
	}
}

/* Functions of no concern, each in the one place that its OID gives. */
typedef struct Harmless
{
	Oid			function;
	uint64		generation;		/* it was found so then */
} Harmless;

static Harmless harmless[256];
static uint64 generation = 1;

static void
function_changed(Datum argument, int cache, uint32 hash)
{
	generation++;
}

/* Is it a C function of one of contrib's libraries that read pages and WAL as they are? */
static bool
reads_raw_pages(Oid function)
{
	static const char *const libraries[] = {"pageinspect", "pg_walinspect", "pg_surgery"};
	Harmless   *place = &harmless[function % lengthof(harmless)];
	Harmless	asked = {function, generation};
	HeapTuple	tuple;
	bool		result = false;

	if (place->function == function && place->generation == generation)
		return false;
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	if (!HeapTupleIsValid(tuple))
		return false;
	if (((Form_pg_proc) GETSTRUCT(tuple))->prolang == ClanguageId)
	{
		bool		is_null;
		Datum		library = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_probin, &is_null);

		for (int i = 0; i < lengthof(libraries) && !is_null; i++)
			result |= strstr(TextDatumGetCString(library), libraries[i]) != NULL;
	}
	ReleaseSysCache(tuple);
	if (!result)
		*place = asked;
	return result;
}

static pg_noinline void
ask_outlet(Oid function)
{
	if (function >= FirstNormalObjectId && !reads_raw_pages(function))
		return;
	if (!creating_extension && OidIsValid(pdauth_relation_oid("license")) && door_any_label())
		decision_require_break_glass(psprintf(_("function %s"), get_func_name(function)), leaves_the_domain);
}

void
door_function(Oid function)
{
	if (function >= FirstNormalObjectId || is_outlet(function))
		ask_outlet(function);
}

void
door_server_init(void)
{
	CacheRegisterSyscacheCallback(PROCOID, function_changed, (Datum) 0);
}
