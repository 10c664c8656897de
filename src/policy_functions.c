/*
 * policy_functions.c
 *		Labels, memberships and the library's state as SQL can read them: for
 *		the monitoring views and the health check.
 *
 * None of these needs the library to be preloaded, so that a server without
 * it can say what is wrong.
 */
#include "pdauth.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/builtins.h"

#include "identity.h"
#include "label.h"
#include "scope_internal.h"

PG_FUNCTION_INFO_V1(pdauth_table_label);
PG_FUNCTION_INFO_V1(pdauth_column_label);
PG_FUNCTION_INFO_V1(pdauth_check_label);
PG_FUNCTION_INFO_V1(pdauth_check_row_filter);
PG_FUNCTION_INFO_V1(pdauth_inherited_roles);
PG_FUNCTION_INFO_V1(pdauth_preloaded);

static Datum
text_row(FunctionCallInfo fcinfo, int count, const char *const *texts)
{
	Datum		values[8];
	bool		nulls[8];
	TupleDesc	descriptor;

	Assert(count <= lengthof(values));
	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	for (int i = 0; i < count; i++)
	{
		nulls[i] = texts[i] == NULL;
		values[i] = nulls[i] ? (Datum) 0 : CStringGetTextDatum(texts[i]);
	}
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), values, nulls));
}

/* pdauth.table_label(label text, OUT resource, OUT region_column, OUT region, OUT subject_column, OUT mode) */
Datum
pdauth_table_label(PG_FUNCTION_ARGS)
{
	TableLabel *label = label_parse_table(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	const char *texts[] = {label->resource, label->region_column, label->region, label->subject_column,
	label_mode_names[label->mode]};

	PG_RETURN_DATUM(text_row(fcinfo, lengthof(texts), texts));
}

/* pdauth.column_label(label text, OUT level, OUT mask) */
Datum
pdauth_column_label(PG_FUNCTION_ARGS)
{
	ColumnLabel *label = label_parse_column(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	const char *texts[] = {scope_level_names[label->level], label->mask};

	PG_RETURN_DATUM(text_row(fcinfo, lengthof(texts), texts));
}

/* pdauth.check_label(relation regclass, attribute integer, label text): raises if it could not be set now */
Datum
pdauth_check_label(PG_FUNCTION_ARGS)
{
	Relation	relation = relation_open(PG_GETARG_OID(0), AccessShareLock);

	label_check(relation, PG_GETARG_INT32(1), text_to_cstring(PG_GETARG_TEXT_PP(2)));
	relation_close(relation, NoLock);
	PG_RETURN_VOID();
}

/* pdauth.check_row_filter(relation regclass, filter text): raises if a license could not filter it so */
Datum
pdauth_check_row_filter(PG_FUNCTION_ARGS)
{
	Relation	relation = relation_open(PG_GETARG_OID(0), AccessShareLock);

	(void) label_row_filter(relation, text_to_cstring(PG_GETARG_TEXT_PP(1)));
	relation_close(relation, NoLock);
	PG_RETURN_VOID();
}

/* pdauth.inherited_roles(role oid) returns setof oid */
Datum
pdauth_inherited_roles(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ListCell   *cell;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	foreach(cell, identity_inherited_roles(PG_GETARG_OID(0)))
	{
		Datum		value = ObjectIdGetDatum(lfirst_oid(cell));
		bool		is_null = false;

		tuplestore_putvalues(result->setResult, result->setDesc, &value, &is_null);
	}
	return (Datum) 0;
}

/* pdauth.preloaded() returns boolean */
Datum
pdauth_preloaded(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(pdauth_is_preloaded());
}
