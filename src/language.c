/*
 * language.c
 *		Finds messages in the catalogue of our text domain.
 */
#include "pdauth.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(pdauth_message);

static const char *const domain = PG_TEXTDOMAIN("pdauth");

/*
 * The postmaster loads us before there is a database, and a backend that gets
 * one rebinds only the server's own domain (SetMessageEncoding).  So look at
 * each use whether the encoding is another now.  SQL_ASCII says nothing, and in
 * the locale C gettext would answer by question marks: what is Chinese in our
 * texts is UTF-8 then, as in pdauth_server_text().
 */
const char *
pdauth_text_domain(void)
{
	static int	bound = -1;

	if (bound != GetMessageEncoding())
	{
		bound = GetMessageEncoding();
#ifdef ENABLE_NLS
		if (bound == PG_SQL_ASCII)
			(void) bind_textdomain_codeset(domain, "UTF-8");
		else
			(void) pg_bind_textdomain_codeset(domain);
#endif
	}
	return domain;
}

const char *
pdauth_gettext(const char *text)
{
	/* gettext answers the empty text with the head of its catalogue */
	return text[0] == '\0' ? text : dgettext(pdauth_text_domain(), text);
}

/* pdauth.message(text) returns text: the catalogue is written in UTF-8, the database perhaps not */
Datum
pdauth_message(PG_FUNCTION_ARGS)
{
	char	   *source = text_to_cstring(PG_GETARG_TEXT_PP(0));
	char	   *key = pg_server_to_any(source, strlen(source), PG_UTF8);
	const char *message = pdauth_gettext(key);

	PG_RETURN_TEXT_P(cstring_to_text(message == key ? source : message));
}

void
language_init(void)
{
	pg_bindtextdomain(domain);
}
