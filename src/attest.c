/*
 * attest.c
 *		pdauth.attest(token): verifies a token and binds the transaction to its
 *		person.
 */
#include "pdauth.h"

#include <limits.h>
#include <unistd.h>

#include "access/xact.h"
#include "access/xlog.h"
#include "commands/dbcommands.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/lwlock.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "access_gate.h"
#include "attest.h"
#include "checkpoint.h"
#include "key_file.h"
#include "rule.h"
#include "shared_memory.h"

PG_FUNCTION_INFO_V1(pdauth_attest);
PG_FUNCTION_INFO_V1(pdauth_attested_person);

#define TRANCHE "pdauth tokens"

#define TOKEN_HEADER "pdauth-token/1"

/* Tokens that may be in use at once, all databases together. */
#define USED_TOKENS 8192

/* Seconds by which the clocks of who issues tokens and of the server may differ. */
#define CLOCK_DIFFERENCE 5

typedef struct Token
{
	char	   *database;
	char	   *login;
	char	   *person;
	int64		issued;			/* Unix time */
	int64		expires;
	char	   *nonce;
} Token;

/* A token works once: what was used is remembered until it would have expired. */
typedef struct UsedToken
{
	uint64		hash;
	pg_time_t	expires;		/* 0: free */
} UsedToken;

typedef struct UsedTokens
{
	LWLock		lock;
	pg_time_t	since;			/* what was used before is not known; 0: on a standby, until promoted */
	UsedToken	tokens[USED_TOKENS];
} UsedTokens;

static char *key_file = NULL;
static int	lifetime = 60;

static UsedTokens *used = NULL;
static int64 person_number = 0;
static char person_code[NAMEDATALEN * 4] = "";
static int	person_level = 0;	/* of the (sub)transaction that attested */
static uint64 generation = 1;

int64
attest_person(void)
{
	return person_number;
}

const char *
attest_person_code(void)
{
	return person_number != 0 ? person_code : NULL;
}

uint64
attest_generation(void)
{
	return generation;
}

const char *
attest_login_name(void)
{
	const char *name = GetUserNameFromId(GetAuthenticatedUserId(), true);

	return name == NULL || person_number == 0 ? name : psprintf("%s for %s", name, person_code);
}

static void
forget_person(void)
{
	if (person_number == 0)
		return;
	person_number = 0;
	person_code[0] = '\0';
	generation++;
}

static void
at_transaction_end(XactEvent event, void *argument)
{
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
		forget_person();
}

static void
at_subtransaction_end(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *argument)
{
	int			level = GetCurrentTransactionNestLevel();

	if (person_number == 0 || person_level < level)
		return;
	if (event == SUBXACT_EVENT_ABORT_SUB)
		forget_person();
	else if (event == SUBXACT_EVENT_COMMIT_SUB)
		person_level = level - 1;
}

static void
refuse_token(const char *problem)
{
	ereport(ERROR,
			(pdauth_errcode(PDAUTH_RULE_ONE_PERSON),
			 errmsg("the token attests nobody: %s", _(problem)),
			 pdauth_errdetail(PDAUTH_RULE_ONE_PERSON),
			 errhint("Have the person authenticated, and a new token signed for this database and login role.")));
}

static char *
next_field(char **text)
{
	char	   *line = *text;
	char	   *end = line ? strchr(line, '\n') : NULL;

	if (end == NULL || end == line)
		refuse_token("it does not have the form of a token");
	*end = '\0';
	*text = end + 1;
	return line;
}

static int64
time_field(char **text)
{
	char	   *line = next_field(text);
	char	   *end;
	int64		result;

	errno = 0;
	result = strtoll(line, &end, 10);
	if (errno != 0 || *end != '\0' || *line < '0' || *line > '9')
		refuse_token("it does not have the form of a token");
	return result;
}

static Token
parse_token(const char *text)
{
	char	   *rest = pstrdup(text);
	Token		token;

	if (strcmp(next_field(&rest), TOKEN_HEADER) != 0)
		refuse_token("it does not have the form of a token");
	token.database = next_field(&rest);
	token.login = next_field(&rest);
	token.person = next_field(&rest);
	token.issued = time_field(&rest);
	token.expires = time_field(&rest);
	token.nonce = next_field(&rest);
	/* the body ends here, and what follows is signatures */
	if (*rest != '\n')
		refuse_token("it does not have the form of a token");
	return token;
}

/* The file holds verifier keys, one on a line, so that a new one can be added before the old one goes. */
static bool
is_signed(const char *token)
{
	char		bytes[MOST_KEY_BYTES + 1];
	int			length;
	const char *problem = key_file_read("pdauth.attest_key_file", key_file, bytes, &length);
	char	   *line;
	char	   *rest = bytes;

	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIG_FILE_ERROR),
				 errmsg("the keys for tokens cannot be used: %s", problem),
				 errhint("pdauth.attest_key_file must name a file outside the data directory that holds verifier keys (name+id+key), one on a line, owned by the server's user with mode 0600 or by root with mode 0640.")));
	bytes[length] = '\0';
	while ((line = strsep(&rest, "\n")) != NULL)
	{
		VerifierKey key;

		if (*line == '\0' || *line == '#')
			continue;
		key = verifier_key_parse(line);
		if (checkpoint_signed_by(token, &key))
			return true;
	}
	return false;
}

/*
 * Which tokens were used is known in shared memory alone, so tokens of before
 * that memory began could be used twice.  A standby hears nothing of those that
 * its primary has used, and when it is promoted begins at its first token.
 */
static void
require_memory_of(const Token *token)
{
	pg_time_t	since;

	if (RecoveryInProgress())
		refuse_token("a standby cannot tell whether it was used before");
	LWLockAcquire(&used->lock, LW_EXCLUSIVE);
	if (used->since == 0)
		used->since = time(NULL);
	since = used->since;
	LWLockRelease(&used->lock);
	if (token->issued <= since + CLOCK_DIFFERENCE)
		refuse_token("it is from before the server began to remember which were used; ask for a new one");
}

/* Returns whether the token was not used before; then it is now. */
static bool
use_once(const char *text, int64 expires)
{
	uint64		hash = hash_bytes_extended((const unsigned char *) text, strstr(text, "\n\n") - text, 0);
	pg_time_t	now = time(NULL);
	int			place = -1;
	bool		fresh = true;

	LWLockAcquire(&used->lock, LW_EXCLUSIVE);
	for (int i = 0; i < USED_TOKENS && fresh; i++)
	{
		if (used->tokens[i].expires < now)
			place = place < 0 ? i : place;
		else if (used->tokens[i].hash == hash)
			fresh = false;
	}
	if (fresh && place >= 0)
	{
		used->tokens[place].hash = hash;
		used->tokens[place].expires = expires;
	}
	LWLockRelease(&used->lock);
	return fresh && place >= 0;
}

static void
check_token(const Token *token, const char *text)
{
	int64		now = time(NULL);

	if (!is_signed(text))
		refuse_token("no registered key has signed it");
	if (strcmp(token->database, get_database_name(MyDatabaseId)) != 0)
		refuse_token("it is for another database");
	if (strcmp(token->login, GetUserNameFromId(GetSessionUserId(), false)) != 0)
		refuse_token("it is for another login role");
	if (token->expires <= now)
		refuse_token("it has expired");
	if (token->issued > now + CLOCK_DIFFERENCE || token->expires - token->issued > lifetime)
		refuse_token("it lives longer than pdauth.attest_lifetime allows");
	if (strlen(token->nonce) < 16)
		refuse_token("its nonce is too short");
	if (strlen(token->person) >= sizeof(person_code))
		refuse_token("the person is not registered");
}

/* pdauth.attest(token text) returns text: the person */
Datum
pdauth_attest(PG_FUNCTION_ARGS)
{
	static bool registered = false;
	char	   *note = text_to_cstring(PG_GETARG_TEXT_PP(0));
	Token		token;
	int64		number;

	pdauth_require_preload();
	token = parse_token(note);
	check_token(&token, note);
	number = access_gate_person(token.person);
	if (number == 0)
		refuse_token("the person is not registered");
	if (person_number != 0 && person_number != number)
		refuse_token("this transaction acts for another person already");
	require_memory_of(&token);
	if (!use_once(note, token.expires))
		refuse_token("it was used before");
	pdauth_register_at_end(&registered, at_transaction_end, at_subtransaction_end);
	person_number = number;
	strlcpy(person_code, token.person, sizeof(person_code));
	person_level = GetCurrentTransactionNestLevel();
	generation++;
	PG_RETURN_TEXT_P(cstring_to_text(token.person));
}

/* pdauth.attested_person() returns text */
Datum
pdauth_attested_person(PG_FUNCTION_ARGS)
{
	if (person_number == 0)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(person_code));
}

static Size
tokens_size(void)
{
	return sizeof(UsedTokens);
}

static void
attach_memory(void *memory, bool is_new)
{
	used = memory;
	if (!is_new)
		return;
	memset(used, 0, sizeof(UsedTokens));
	used->since = access("standby.signal", F_OK) == 0 ? 0 : time(NULL);
	LWLockInitialize(&used->lock, GetNamedLWLockTranche(TRANCHE)->lock.tranche);
}

static const SharedPiece piece = {TRANCHE, tokens_size, attach_memory, TRANCHE};

void
attest_init(bool preloaded)
{
	DefineCustomStringVariable("pdauth.attest_key_file",
							   "File with the keys that verify tokens for pdauth.attest().",
							   "Verifier keys (name+id+key), one on a line, outside the data directory, readable by the server's user or root alone.",
							   &key_file, "", PGC_SIGHUP, GUC_SUPERUSER_ONLY, NULL, NULL, NULL);
	DefineCustomIntVariable("pdauth.attest_lifetime",
							"Longest life of a token for pdauth.attest().",
							NULL, &lifetime, 60, 1, 3600, PGC_SIGHUP, GUC_UNIT_S, NULL, NULL, NULL);
	if (!preloaded)
		return;
	shared_memory_need(&piece);
}
