/*
 * register_command.h
 *		Statements that the register looks at and no event trigger sees.
 */
#ifndef PDAUTH_REGISTER_COMMAND_H
#define PDAUTH_REGISTER_COMMAND_H

#include "postgres.h"

#include "nodes/nodes.h"

/* After a utility statement: raises if what it did is not lawful by the register. */
extern void register_command_after(Node *statement);

#endif							/* PDAUTH_REGISTER_COMMAND_H */
