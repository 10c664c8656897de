/*
 * scope_recv_fuzz.c
 *		Feeds hostile bytes to license_scope_recv, outside of a server.
 *
 * The scope code is linked with stand-ins for the little it needs of the
 * backend (backend_stand_in.c) and runs under AddressSanitizer and UBSan.  What
 * recv accepts has to survive the round through text and binary unchanged.
 *
 * LLVMFuzzerTestOneInput is libFuzzer's entry (AFL++ takes it, too).  Built
 * with -DSTANDALONE there is a main that alters sound values at random:
 *
 *		scope_recv_fuzz RUNS SEED
 */
#include "backend_stand_in.h"

#include "libpq/pqformat.h"

#include "scope_internal.h"

extern Datum pdauth_scope_recv(PG_FUNCTION_ARGS);
extern Datum pdauth_scope_send(PG_FUNCTION_ARGS);

static uint64 accepted = 0;

static Datum
call(PGFunction function, Datum argument)
{
	LOCAL_FCINFO(fcinfo, 1);

	InitFunctionCallInfoData(*fcinfo, NULL, 1, InvalidOid, NULL, NULL);
	fcinfo->args[0].value = argument;
	fcinfo->args[0].isnull = false;
	return function(fcinfo);
}

static LicenseScope *
receive(const char *bytes, int length)
{
	StringInfoData in;
	LicenseScope *scope;

	/* an exact copy, so that one byte too many is seen */
	in.data = palloc(length + 1);
	memcpy(in.data, bytes, length);
	in.data[length] = '\0';
	in.len = length;
	in.maxlen = length + 1;
	in.cursor = 0;
	scope = (LicenseScope *) DatumGetPointer(call(pdauth_scope_recv, PointerGetDatum(&in)));
	return in.cursor == in.len ? scope : NULL;	/* the server refuses what is left over */
}

static void
must_be_equal(const LicenseScope *a, const LicenseScope *b)
{
	if (a == NULL || b == NULL || VARSIZE(a) != VARSIZE(b) || memcmp(a, b, VARSIZE(a)) != 0)
		abort();
}

static void
check_value(LicenseScope *scope)
{
	StringInfoData text;
	bytea	   *sent;

	initStringInfo(&text);
	scope_append_text(&text, scope);
	must_be_equal(scope, scope_parse(text.data, NULL));
	sent = DatumGetByteaP(call(pdauth_scope_send, PointerGetDatum(scope)));
	must_be_equal(scope, receive(VARDATA(sent), VARSIZE(sent) - VARHDRSZ));
	if (!scope_contains(scope, scope) || scope_missing(scope, scope, SCOPE_ALL_PARTS)->grant_count != 0 ||
		scope_overlaps(scope, scope) != (scope->grant_count > 0))
		abort();
	must_be_equal(scope, scope_meet(scope, scope));
}

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size <= 65536 && sigsetjmp(stand_in_error, 0) == 0)
	{
		LicenseScope *scope = receive((const char *) data, (int) size);

		if (scope != NULL)
		{
			/* from here on an error is a bug of ours, not of the input */
			stand_in_errors_abort = true;
			check_value(scope);
			accepted++;
		}
	}
	stand_in_errors_abort = false;
	stand_in_free_all();
	return 0;
}

#ifdef STANDALONE

static const char *const seeds[] = {
	"{}",
	"{read on a(*) for p in CN during (,) level core}",
	"{read,trade on 卫生健康/\"住院(2025)\",b/c(x,\"y z\",年龄) for p/q,r in 530102001,810000 during (,2026-02-01),[2026-03-01,) level important}",
	"{read on a(x,y) for p in 530000 during [2026-01-01,2027-01-01) level general; derive on a/b(y,z) for p/q in 530100,440000 during [2026-06-01,2028-01-01) level core; publish on *(w) for * in * during [2026-01-01,2026-01-02) level general}",
};

static uint64 state;

static uint32
random_below(uint32 limit)
{
	state = state * UINT64CONST(6364136223846793005) + UINT64CONST(1442695040888963407);
	return (uint32) (state >> 33) % limit;
}

/* One change of the kind that breaks readers of binary formats. */
static int
alter(uint8_t *bytes, int length, int room)
{
	static const uint8_t telling[] = {0x00, 0x01, 0x02, 0x7F, 0x80, 0xFF, '"', '/', '*', 0xE4, 0xCC};
	int			at = random_below(Max(length, 1));
	int			count = 1 + random_below(8);

	switch (random_below(5))
	{
		case 0:
			bytes[at] ^= 1 << random_below(8);
			return length;
		case 1:
			bytes[at] = telling[random_below(lengthof(telling))];
			return length;
		case 2:
			return at;
		case 3:
			if (at + count > length)
				return length;
			memmove(bytes + at, bytes + at + count, length - at - count);
			return length - count;
		default:
			if (length + count > room)
				return length;
			memmove(bytes + at + count, bytes + at, length - at);
			memmove(bytes + at, bytes + random_below(at + 1), count);
			return length + count;
	}
}

int
main(int argc, char **argv)
{
	long		runs = argc > 1 ? atol(argv[1]) : 100000;
	static uint8_t sound[lengthof(seeds)][4096];
	int			size[lengthof(seeds)];

	state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	for (int i = 0; i < lengthof(seeds); i++)
	{
		LicenseScope *scope = scope_parse(seeds[i], NULL);
		bytea	   *sent = DatumGetByteaP(call(pdauth_scope_send, PointerGetDatum(scope)));

		size[i] = VARSIZE(sent) - VARHDRSZ;
		memcpy(sound[i], VARDATA(sent), size[i]);
		LLVMFuzzerTestOneInput(sound[i], size[i]);
	}
	if (accepted != lengthof(seeds))
		abort();
	for (long run = 0; run < runs; run++)
	{
		uint8_t		bytes[8192];
		int			seed = random_below(lengthof(seeds));
		int			length = size[seed];

		memcpy(bytes, sound[seed], length);
		for (int changes = 1 + random_below(4); changes > 0 && length > 0; changes--)
			length = alter(bytes, length, sizeof(bytes));
		LLVMFuzzerTestOneInput(bytes, length);
	}
	printf("%ld altered values, %lu of them accepted and sound\n", runs, (unsigned long) (accepted - lengthof(seeds)));
	return accepted > lengthof(seeds) ? 0 : 1;
}

#endif							/* STANDALONE */
