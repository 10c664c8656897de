/*
 * register_standing.h
 *		Why the register gives a role no license: what it is bound to.
 */
#ifndef PDAUTH_REGISTER_STANDING_H
#define PDAUTH_REGISTER_STANDING_H

#include "postgres.h"

#include "rule.h"

typedef struct RegisterStanding
{
	PdauthRule	rule;
	char	   *facts;
	char	   *hint;
} RegisterStanding;

/*
 * Does the standing of a role in the register say more than that it has no
 * license for the resource?  False where the catalogue does not know the
 * resource, and for roles whose standing is in order.
 */
extern bool register_standing(Oid role, const char *resource, RegisterStanding *standing);

/* Is the role bound to a party outside government, and holds no license to export the catalogued resource? */
extern bool register_refuses_export(Oid role, const char *resource);

#endif							/* PDAUTH_REGISTER_STANDING_H */
