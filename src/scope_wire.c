/*
 * scope_wire.c
 *		The binary form of a scope: license_scope_send and license_scope_recv.
 *
 *		version		int8, 1
 *		grants		int16 count, then for each
 *			actions		int16, bit set in ScopeAction order
 *			level		int8
 *			path		int16 count of components, 0 for "*"; each a string
 *			purpose		likewise
 *			region		string: "*", "CN" or digits
 *			columns		int16 count, 0 for "*"; each a string
 *			from, until	int32 days since 2000-01-01, as in a date; until exclusive
 *
 * A string is int32 length and that many bytes in the client's encoding.  The
 * bytes are hostile until proven otherwise: everything is checked as the text
 * input checks it, and the value is brought to canonical form again.
 */
#include "pdauth.h"

#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/datetime.h"

#include "scope_internal.h"

PG_FUNCTION_INFO_V1(pdauth_scope_recv);
PG_FUNCTION_INFO_V1(pdauth_scope_send);

#define WIRE_VERSION 1

pg_noreturn static void refuse(const char *format,...) pg_attribute_printf(1, 2);

static void
refuse(const char *format,...)
{
	char		reason[256];
	va_list		args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), _(format), args);
	va_end(args);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("malformed binary license_scope: %s", reason),
			 errhint("Send what license_scope_send produced, or use the text form.")));
}

static unsigned int
receive_integer(StringInfo in, int size)
{
	if (size > in->len - in->cursor)
		refuse("%d bytes left where %d are needed", in->len - in->cursor, size);
	return pq_getmsgint(in, size);
}

static char *
receive_string(StringInfo in, int *length)
{
	int			size = (int) receive_integer(in, 4);
	const char *bytes = in->data + in->cursor;

	if (size < 0 || size > in->len - in->cursor)
		refuse("a string of %d bytes where %d are left", size, in->len - in->cursor);
	if (memchr(bytes, 0, size) != NULL || !pg_verify_mbstr(pg_get_client_encoding(), bytes, size, true))
		refuse("a string that is not text in the client's encoding");
	return pq_getmsgtext(in, size, length);
}

static ScopeKey
receive_name(StringInfo in)
{
	const char *complaint;
	int			length;
	char	   *raw = receive_string(in, &length);
	ScopeKey	key;

	key.data = scope_name_normalize(raw, length, &complaint);
	if (key.data == NULL)
		refuse("%s", complaint);
	key.length = strlen(key.data);
	return key;
}

static int
receive_count(StringInfo in, int limit, const char *what)
{
	int			count = (int) receive_integer(in, 2);

	if (count > limit)
		refuse("%d %s, more than %d", count, _(what), limit);
	return count;
}

static ScopeKey
receive_path(StringInfo in)
{
	int			depth = receive_count(in, SCOPE_MAX_DEPTH, "components");
	StringInfoData bytes;
	ScopeKey	key;

	initStringInfo(&bytes);
	for (int i = 0; i < depth; i++)
	{
		ScopeKey	name = receive_name(in);

		if (i > 0)
			appendStringInfoChar(&bytes, SCOPE_SEPARATOR);
		appendBinaryStringInfo(&bytes, name.data, name.length);
	}
	key.data = bytes.data;
	key.length = bytes.len;
	return key;
}

static ScopeKey
receive_region(StringInfo in)
{
	uint64		region = SCOPE_REGION_ANY;
	int			length;
	char	   *text = receive_string(in, &length);

	if (strcmp(text, "*") != 0 && !scope_region_parse(text, length, &region))
		refuse("invalid division code");
	return scope_region_key(region);
}

static void
receive_columns(StringInfo in, ScopeKeyList *list)
{
	int			count = receive_count(in, SCOPE_MAX_COLUMN_ENTRIES, "columns");
	ScopeKey	everything = {"", 0};

	if (count == 0)
		scope_key_list_add(list, everything);
	for (int i = 0; i < count; i++)
		scope_key_list_add(list, receive_name(in));
}

static DateADT
receive_date(StringInfo in, DateADT open)
{
	DateADT		date = (DateADT) receive_integer(in, 4);

	if (date != open && !scope_date_is_valid(date))
		refuse("date out of range");
	return date;
}

static void
receive_grant(StringInfo in, ScopeBox *box)
{
	DateADT		from;
	DateADT		until;

	box->actions = receive_integer(in, 2);
	if (box->actions == 0 || (box->actions & ~SCOPE_ALL_ACTIONS) != 0)
		refuse("unknown actions %u", box->actions);
	box->level = receive_integer(in, 1);
	if (box->level >= SCOPE_LEVEL_COUNT)
		refuse("unknown level %d", box->level);
	scope_key_list_add(&box->axis[SCOPE_AXIS_PATH], receive_path(in));
	scope_key_list_add(&box->axis[SCOPE_AXIS_PURPOSE], receive_path(in));
	scope_key_list_add(&box->axis[SCOPE_AXIS_REGION], receive_region(in));
	receive_columns(in, &box->axis[SCOPE_AXIS_COLUMN]);
	from = receive_date(in, DATEVAL_NOBEGIN);
	until = receive_date(in, DATEVAL_NOEND);
	if (from >= until)
		refuse("a range that ends before it begins");
	scope_box_add_range(box, from, until);
}

Datum
pdauth_scope_recv(PG_FUNCTION_ARGS)
{
	StringInfo	in = (StringInfo) PG_GETARG_POINTER(0);
	ScopeBuilder *builder = scope_builder_create();
	int			version = receive_integer(in, 1);
	int			count;

	if (version != WIRE_VERSION)
		refuse("version %d, this server reads version %d", version, WIRE_VERSION);
	count = receive_count(in, SCOPE_MAX_GRANTS, "grants");
	for (int i = 0; i < count; i++)
	{
		ScopeBox	box = {0};

		CHECK_FOR_INTERRUPTS();
		receive_grant(in, &box);
		scope_builder_add(builder, &box);
	}
	PG_RETURN_POINTER(scope_builder_union(builder));
}

static void
send_string(StringInfo out, const char *data, int length)
{
	compat_sendcountedtext(out, data, length);
}

static void
send_path(StringInfo out, ScopeKey key)
{
	const char *end = key.data + key.length;
	int			depth = key.length > 0 ? 1 : 0;

	for (int i = 0; i < key.length; i++)
		depth += key.data[i] == SCOPE_SEPARATOR;
	pq_sendint16(out, depth);
	for (const char *component = key.data; depth > 0; depth--)
	{
		const char *stop = memchr(component, SCOPE_SEPARATOR, end - component);

		stop = stop != NULL ? stop : end;
		send_string(out, component, stop - component);
		component = stop + 1;
	}
}

Datum
pdauth_scope_send(PG_FUNCTION_ARGS)
{
	LicenseScope *scope = PG_GETARG_LICENSE_SCOPE_P(0);
	const uint16 *columns = scope_columns(scope);
	StringInfoData out;

	pq_begintypsend(&out);
	pq_sendint8(&out, WIRE_VERSION);
	pq_sendint16(&out, scope->grant_count);
	for (int i = 0; i < scope->grant_count; i++)
	{
		const ScopeGrant *grant = &scope_grants(scope)[i];
		char		region[SCOPE_REGION_TEXT_SIZE];

		scope_region_text(grant->region, region);
		pq_sendint16(&out, grant->actions);
		pq_sendint8(&out, grant->level);
		send_path(&out, scope_string(scope, grant->path));
		send_path(&out, scope_string(scope, grant->purpose));
		send_string(&out, region, strlen(region));
		pq_sendint16(&out, grant->column_count);
		for (int c = 0; c < grant->column_count; c++)
		{
			ScopeKey	key = scope_string(scope, columns[grant->column_first + c]);

			send_string(&out, key.data, key.length);
		}
		pq_sendint32(&out, grant->valid_from);
		pq_sendint32(&out, grant->valid_until);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}
