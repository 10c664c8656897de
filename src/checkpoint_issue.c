/*
 * checkpoint_issue.c
 *		The steps of pdauth.checkpoint() that SQL cannot do: wait until what is
 *		sealed is on disk here and on standbys, and sign.
 *
 * The key is read for each signature, so that nothing of it stays in memory,
 * and it is never part of a message.
 */
#include "pdauth.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "access/xact.h"
#include "access/xlog.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "replication/message.h"
#include "replication/walsender.h"
#include "replication/walsender_private.h"
#include "storage/latch.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/wait_event.h"

#include "checkpoint.h"
#include "checkpoint_issue.h"
#include "key_file.h"

PG_FUNCTION_INFO_V1(pdauth_checkpoint_begin);
PG_FUNCTION_INFO_V1(pdauth_checkpoint_confirm);
PG_FUNCTION_INFO_V1(pdauth_checkpoint_sign);

/* Between looks at the standbys. */
#define STANDBY_POLL_MS 20

static char *checkpoint_key_file = NULL;
static char *checkpoint_origin = NULL;
static int	checkpoint_standbys = 0;

/* pdauth.checkpoint_begin() returns void: refuses where the newest block might be our own and vanish. */
Datum
pdauth_checkpoint_begin(PG_FUNCTION_ARGS)
{
	if (RecoveryInProgress())
		ereport(ERROR,
				(errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
				 errmsg("a standby issues no checkpoints"),
				 errhint("Call pdauth.checkpoint() on the primary; verify and compare here.")));
	if (TransactionIdIsValid(GetTopTransactionIdIfAny()))
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("pdauth.checkpoint() cannot run in a transaction that has written something"),
				 errdetail("What it signs must be committed."),
				 errhint("Commit first and call it as a statement of its own.")));
	PG_RETURN_VOID();
}

static int
standbys_at(XLogRecPtr position)
{
	int			count = 0;

	for (int i = 0; i < max_wal_senders; i++)
	{
		WalSnd	   *sender = &WalSndCtl->walsnds[i];

		SpinLockAcquire(&sender->mutex);
		if (sender->pid != 0 && sender->state == WALSNDSTATE_STREAMING && sender->flush >= position)
			count++;
		SpinLockRelease(&sender->mutex);
	}
	return count;
}

/* pdauth.checkpoint_confirm() returns void: what is committed now is safe afterwards. */
Datum
pdauth_checkpoint_confirm(PG_FUNCTION_ARGS)
{
	/* a record of our own marks the place, behind the commits of all blocks we can see */
	XLogRecPtr	position = compat_log_message("pdauth", "checkpoint", strlen("checkpoint"));

	XLogFlush(position);
	while (standbys_at(position) < checkpoint_standbys)
	{
		CHECK_FOR_INTERRUPTS();
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, STANDBY_POLL_MS, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
	}
	PG_RETURN_VOID();
}

/* The key file. */

static void
refuse_key(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_CONFIG_FILE_ERROR),
			 errmsg("the signing key for checkpoints cannot be used: %s", problem),
			 errhint("pdauth.checkpoint_key_file must name a file outside the data directory that holds an unencrypted Ed25519 key as \"openssl genpkey -algorithm ed25519\" writes it, owned by the server's user with mode 0600 or by root with mode 0640.")));
}

/* An encrypted key has nobody here to ask for its password. */
static int
no_password(char *buffer, int size, int writing, void *argument)
{
	return 0;
}

static EVP_PKEY *
parse_key(char *bytes, int length)
{
	BIO		   *memory = BIO_new_mem_buf(bytes, length);
	EVP_PKEY   *key = memory == NULL ? NULL : PEM_read_bio_PrivateKey(memory, NULL, no_password, NULL);

	BIO_free(memory);
	if (key != NULL && EVP_PKEY_base_id(key) != EVP_PKEY_ED25519)
	{
		EVP_PKEY_free(key);
		key = NULL;
	}
	return key;
}

static EVP_PKEY *
read_key(void)
{
	char		bytes[MOST_KEY_BYTES];
	int			length;
	const char *problem = key_file_read("pdauth.checkpoint_key_file", checkpoint_key_file, bytes, &length);
	EVP_PKEY   *key;

	if (problem != NULL)
		refuse_key(problem);
	key = length > 0 ? parse_key(bytes, length) : NULL;
	OPENSSL_cleanse(bytes, sizeof(bytes));
	if (key == NULL)
		refuse_key("it holds no unencrypted Ed25519 key in PEM form");
	return key;
}

static bool
sign(EVP_PKEY *key, const char *body, uint8 *signature, uint8 *public_key)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t		length = ED25519_SIGNATURE_SIZE;
	size_t		key_length = ED25519_KEY_SIZE;
	bool		done;

	done = context != NULL && EVP_PKEY_get_raw_public_key(key, public_key, &key_length) == 1 &&
		EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1 &&
		EVP_DigestSign(context, signature, &length, (const uint8 *) body, strlen(body)) == 1;
	EVP_MD_CTX_free(context);
	return done;
}

static void
check_origin(void)
{
	if (checkpoint_origin != NULL && *checkpoint_origin != '\0')
		return;
	ereport(ERROR,
			(errcode(ERRCODE_CONFIG_FILE_ERROR),
			 errmsg("pdauth.checkpoint_origin is not set"),
			 errhint("It is the name of this log for ever, as a URL without scheme, for example: ALTER DATABASE ... SET pdauth.checkpoint_origin = 'data.example.gov.cn/audit/office'.")));
}

/* pdauth.checkpoint_sign(tree_size bigint, root bytea, OUT note text, OUT vkey text) returns record */
Datum
pdauth_checkpoint_sign(PG_FUNCTION_ARGS)
{
	bytea	   *root = PG_GETARG_BYTEA_PP(1);
	char	   *body;
	EVP_PKEY   *private_key;
	uint8		signature[ED25519_SIGNATURE_SIZE];
	uint8		public_key[ED25519_KEY_SIZE];
	bool		done;
	VerifierKey key;
	TupleDesc	descriptor;
	Datum		values[2];
	bool		nulls[2] = {0};

	check_origin();
	body = psprintf("%s\n" INT64_FORMAT "\n%s\n", checkpoint_origin, PG_GETARG_INT64(0),
					checkpoint_base64(VARDATA_ANY(root), VARSIZE_ANY_EXHDR(root)));
	private_key = read_key();
	done = sign(private_key, body, signature, public_key);
	EVP_PKEY_free(private_key);
	if (!done)
		refuse_key("OpenSSL could not sign with it");
	key = verifier_key_make(checkpoint_origin, public_key);
	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "pdauth.checkpoint_sign() must return a row");
	values[0] = CStringGetTextDatum(checkpoint_note(body, &key, signature));
	values[1] = CStringGetTextDatum(verifier_key_text(&key));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(descriptor, values, nulls)));
}

/* The name of a key has neither spaces nor "+", and an origin no line breaks. */
static bool
check_origin_setting(char **value, void **extra, GucSource source)
{
	if (*value == NULL || strpbrk(*value, " \t\r\n\f\v+") == NULL)
		return true;
	GUC_check_errdetail("An origin has no white space and no \"+\".");
	return false;
}

void
checkpoint_issue_init(void)
{
	DefineCustomStringVariable("pdauth.checkpoint_key_file",
							   "File with the Ed25519 key that signs checkpoints of the audit log.",
							   "PEM, outside the data directory, readable by the server's user or root alone.",
							   &checkpoint_key_file, "", PGC_SUSET, GUC_SUPERUSER_ONLY, NULL, NULL, NULL);
	DefineCustomStringVariable("pdauth.checkpoint_origin",
							   "Name of the audit log in its checkpoints (C2SP tlog-checkpoint).",
							   "A URL without scheme, unique and never changed.",
							   &checkpoint_origin, "", PGC_SUSET, 0, check_origin_setting, NULL, NULL);
	DefineCustomIntVariable("pdauth.checkpoint_standbys",
							"Standbys that must have flushed a block before a checkpoint is issued for it.",
							"pdauth.checkpoint() waits for them; 0 waits for the disk of this server alone.",
							&checkpoint_standbys, 0, 0, 1000, PGC_SUSET, 0, NULL, NULL, NULL);
}
