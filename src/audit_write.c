/*
 * audit_write.c
 *		Appends entries to the audit log.
 *
 * This is done once for every row that changes, so whatever stays the same
 * from row to row is kept: the texts that say who acts, random bytes for salts.
 */
#include "pdauth.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "audit_batch.h"
#include "attest.h"
#include "audit_entry.h"
#include "audit_write.h"
#include "decision.h"

#define SALTS_DRAWN 128

/*
 * The next number in this top-level transaction.  It never goes back, so that
 * entries of rolled-back subtransactions, whose index entries remain until
 * vacuum, leave gaps and no duplicates.
 */
static AuditKey
next_key(void)
{
	static uint64 transaction = 0;
	static int64 last = 0;
	AuditKey	key;

	key.epoch = audit_epoch();
	key.xid = U64FromFullTransactionId(GetTopFullTransactionId());
	if (key.xid != transaction)
	{
		transaction = key.xid;
		last = 0;
	}
	key.n = ++last;
	return key;
}

/*
 * 16 bytes that nobody can guess, so that a leaf gives nothing away about its
 * image.  They are drawn in bulk, because asking OpenSSL costs more than the
 * bytes do, and each is wiped once it is used.
 */
static void
next_salt(bytea *salt)
{
	static uint8 drawn[AUDIT_SALT_SIZE * SALTS_DRAWN];
	static int	left = 0;

	if (left == 0)
	{
		if (!pg_strong_random(drawn, sizeof(drawn)))
			ereport(ERROR,
					(errcode(ERRCODE_INTERNAL_ERROR),
					 errmsg("could not draw a random salt for the audit log")));
		left = SALTS_DRAWN;
	}
	left--;
	SET_VARSIZE(salt, VARHDRSZ + AUDIT_SALT_SIZE);
	memcpy(VARDATA(salt), drawn + left * AUDIT_SALT_SIZE, AUDIT_SALT_SIZE);
	memset(drawn + left * AUDIT_SALT_SIZE, 0, AUDIT_SALT_SIZE);
}

/* Who acts, as texts; good while role, session role and settings are the same. */
typedef struct ActorContext
{
	bool		valid;
	Oid			role;
	Oid			session_role;
	uint64		attested;		/* attest_generation() */
	char	   *purpose;
	char	   *application;
	MemoryContext memory;
	Datum		values[ENTRY_COLUMNS];	/* of role_name .. application */
	bool		nulls[ENTRY_COLUMNS];
} ActorContext;

static ActorContext actor = {0};

/* Result of a built-in function without arguments, or NULL. */
static char *
ask(Oid function)
{
	LOCAL_FCINFO(call, 0);
	FmgrInfo	info;
	Datum		result;
	Oid			output;
	bool		is_varlena;

	fmgr_info(function, &info);
	InitFunctionCallInfoData(*call, &info, 0, InvalidOid, NULL, NULL);
	result = FunctionCallInvoke(call);
	if (call->isnull)
		return NULL;
	getTypeOutputInfo(get_func_rettype(function), &output, &is_varlena);
	return OidOutputFunctionCall(output, result);
}

/* Address and port of the client, NULL for a local socket or a background process. */
static const char *
client_address(void)
{
	char	   *host = ask(F_INET_CLIENT_ADDR);

	return host == NULL ? NULL : psprintf("%s port %s", host, ask(F_INET_CLIENT_PORT));
}

static void
set_text(Datum *values, bool *nulls, int column, const char *value)
{
	nulls[column - 1] = value == NULL || *value == '\0';
	if (!nulls[column - 1])
		values[column - 1] = CStringGetTextDatum(value);
}

/*
 * The role a change is made as.  What pdauth's own SECURITY DEFINER functions
 * record is the act of who called them.
 */
static Oid
acting_role(AuditOperation operation)
{
	switch (operation)
	{
		case AUDIT_BASELINE:
		case AUDIT_BEGIN:
		case AUDIT_END:
		case AUDIT_DEFINITION:
		case AUDIT_ERASE:
		case AUDIT_PRUNE:
			return GetOuterUserId();
		default:
			return GetUserId();
	}
}

static void
actor_build(Oid role, const char *purpose, const char *application)
{
	MemoryContext caller;

	actor.valid = false;
	if (actor.memory == NULL)
		actor.memory = AllocSetContextCreate(TopMemoryContext, "pdauth audit actor", ALLOCSET_SMALL_SIZES);
	MemoryContextReset(actor.memory);
	caller = MemoryContextSwitchTo(actor.memory);
	actor.role = role;
	actor.session_role = GetSessionUserId();
	actor.purpose = pstrdup(purpose);
	actor.application = pstrdup(application);
	set_text(actor.values, actor.nulls, ENTRY_ROLE_NAME, GetUserNameFromId(actor.role, true));
	actor.attested = attest_generation();
	set_text(actor.values, actor.nulls, ENTRY_SESSION_ROLE_NAME, attest_login_name());
	set_text(actor.values, actor.nulls, ENTRY_PURPOSE, purpose);
	set_text(actor.values, actor.nulls, ENTRY_APPLICATION, application);
	set_text(actor.values, actor.nulls, ENTRY_CLIENT, client_address());
	MemoryContextSwitchTo(caller);
	actor.valid = true;
}

static void
set_actor(AuditOperation operation, Datum *values, bool *nulls)
{
	Oid			role = acting_role(operation);
	const char *purpose = decision_purpose_setting();
	const char *application = application_name != NULL ? application_name : "";
	int			first = ENTRY_ROLE_NAME - 1;
	int			count = ENTRY_APPLICATION - first;

	if (!actor.valid || actor.role != role || actor.session_role != GetSessionUserId() ||
		actor.attested != attest_generation() ||
		strcmp(actor.purpose, purpose) != 0 || strcmp(actor.application, application) != 0)
		actor_build(role, purpose, application);
	memcpy(values + first, actor.values + first, sizeof(Datum) * count);
	memcpy(nulls + first, actor.nulls + first, sizeof(bool) * count);
}

static void
set_other_actor(Datum *values, bool *nulls, const AuditActor *other)
{
	for (int i = 0; i < lengthof(other->texts); i++)
	{
		nulls[ENTRY_ROLE_NAME - 1 + i] = other->texts[i] == NULL;
		values[ENTRY_ROLE_NAME - 1 + i] = PointerGetDatum(other->texts[i]);
	}
}

static void
set_relation_name(Datum *values, bool *nulls, const struct varlena *relation_name)
{
	nulls[ENTRY_RELATION_NAME - 1] = relation_name == NULL;
	values[ENTRY_RELATION_NAME - 1] = PointerGetDatum(relation_name);
}

/* What relation_name .. application do not say yet. */
static AuditKey
write_entry(Datum *values, bool *nulls, TimestampTz made_at, AuditOperation operation, Oid relation, bytea *image)
{
	AuditKey	key = next_key();
	union
	{
		bytea		bytes;
		char		space[VARHDRSZ + HASH_SIZE];
	}			salt, leaf_bytes;
	Digest		leaf;

	next_salt(&salt.bytes);
	values[ENTRY_EPOCH - 1] = Int64GetDatum(key.epoch);
	values[ENTRY_XID - 1] = Int64GetDatum((int64) key.xid);
	values[ENTRY_N - 1] = Int64GetDatum(key.n);
	values[ENTRY_MADE_AT - 1] = TimestampTzGetDatum(made_at);
	values[ENTRY_RELATION - 1] = ObjectIdGetDatum(relation);
	values[ENTRY_OPERATION - 1] = CharGetDatum((char) operation);
	values[ENTRY_SALT - 1] = PointerGetDatum(&salt.bytes);
	nulls[ENTRY_IMAGE - 1] = image == NULL;
	values[ENTRY_IMAGE - 1] = PointerGetDatum(image);
	nulls[ENTRY_CONTENT - 1] = true;
	audit_entry_leaves(values, nulls, 1, &leaf);
	SET_VARSIZE(&leaf_bytes.bytes, VARHDRSZ + HASH_SIZE);
	memcpy(VARDATA(&leaf_bytes.bytes), leaf.bytes, HASH_SIZE);
	values[ENTRY_LEAF - 1] = PointerGetDatum(&leaf_bytes.bytes);
	audit_batch_add(values, nulls);
	return key;
}

AuditKey
audit_entry_write(AuditOperation operation, Oid relation, const struct varlena *relation_name, bytea *image)
{
	Datum		values[ENTRY_COLUMNS];
	bool		nulls[ENTRY_COLUMNS] = {0};

	set_relation_name(values, nulls, relation_name);
	set_actor(operation, values, nulls);
	/* evidence: the server's clock, which pdauth.clock does not stop */
	return write_entry(values, nulls, GetCurrentTimestamp(), operation, relation, image);
}

AuditKey
audit_entry_write_for(const AuditActor *actor_then, AuditOperation operation, Oid relation,
					  const struct varlena *relation_name, bytea *image)
{
	Datum		values[ENTRY_COLUMNS];
	bool		nulls[ENTRY_COLUMNS] = {0};

	set_relation_name(values, nulls, relation_name);
	set_other_actor(values, nulls, actor_then);
	return write_entry(values, nulls, actor_then->made_at, operation, relation, image);
}

static void
forget_actor(Datum argument, int cache, uint32 hash_value)
{
	actor.valid = false;
}

void
audit_write_init(void)
{
	CacheRegisterSyscacheCallback(AUTHOID, forget_actor, (Datum) 0);
}
