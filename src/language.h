/*
 * language.h
 *		Messages in the language of lc_messages, from the catalogues of src/po.
 *
 * As the server's own modules do it (plpgsql.h): everything that ereport(),
 * errmsg() and their like are given is looked up in our domain.  A text that is
 * put together before it reaches ereport() is passed through _() by whoever
 * puts it together; a text that is kept for later is marked by gettext_noop().
 * Texts that are records (of the audit log, of verify()) stay as they are.
 *
 * pdauth.h includes this before anything that raises.
 */
#ifndef PDAUTH_LANGUAGE_H
#define PDAUTH_LANGUAGE_H

#include "postgres.h"

/* The name of our domain, ready to be used in this process. */
extern const char *pdauth_text_domain(void);

/* The text in the language of lc_messages and the encoding of the database; itself if there is none. */
extern const char *pdauth_gettext(const char *text) pg_attribute_format_arg(1);

#undef TEXTDOMAIN
#define TEXTDOMAIN pdauth_text_domain()

#undef _
#define _(text) pdauth_gettext(text)

/* Tells gettext where the server keeps catalogues; from _PG_init. */
extern void language_init(void);

#endif							/* PDAUTH_LANGUAGE_H */
