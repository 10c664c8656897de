"""Runs a script and says whether it showed what it must not.

Contract: judge() raises Found at a canary, a result or error that differs from
the role's hand-made copy, an internal error, a needless refusal or a lost
connection; otherwise it counts and returns what was seen.
"""
import collections
import re

import psycopg2

import model
from world import connect

# Errors of evaluation: whether a plan comes to them is not part of a query's meaning.
EVALUATION = ("22", "21", "57014", "54")
NUMBERS = "|".join(str(7700000 + 10000 * place + 37 * row) for place in (1, 2, 3, 4) for row in range(1, 15))
CANARY = re.compile(r"canary(?:name|secret|tag|detail|extra|diagnosis|payload|label|plate)\d\d|(?<!\d)(?:%s)(?!\d)|(?<!\d)29\d\d-01-01" % NUMBERS, re.I)


class Found(Exception):
    pass


class Sink(list):
    def write(self, data):
        self.append(data.decode("utf-8", "replace") if isinstance(data, bytes) else data)


class Outcome:
    """What one statement showed: rows as text, or an SQLSTATE, and all messages."""

    def __init__(self, rows=None, state=None, message=""):
        self.rows, self.state, self.message = rows, state, message


def canaries(text):
    return {word.lower() for word in CANARY.findall(text)}


def fields(error):
    d = error.diag
    return " ".join(filter(None, (str(error), d.message_primary, d.message_detail, d.message_hint, d.context, d.internal_query,
                                  d.schema_name, d.table_name, d.column_name, d.constraint_name, d.datatype_name)))


def execute(connection, statement):
    outcome = Outcome()
    del connection.notices[:]
    cursor = connection.cursor()
    try:
        if statement.startswith("COPY"):
            outcome.rows = Sink()
            cursor.copy_expert(statement, outcome.rows)
        else:
            cursor.execute(statement)
            if cursor.description:
                outcome.rows = [repr(row) for row in cursor.fetchall()]
    except psycopg2.Error as error:
        outcome = Outcome(None, error.pgcode, fields(error))
        if error.pgcode is None or connection.closed:
            raise Found("the connection was lost: %s" % error) from error
    outcome.rows = sorted(outcome.rows) if outcome.rows is not None else None
    outcome.message += "".join(connection.notices)
    return outcome


def run(connection, script, schema):
    """Outcomes of the statements up to the first error."""
    outcomes = []
    cursor = connection.cursor()
    cursor.execute("BEGIN; SET LOCAL search_path = %s" % schema)
    if not script.session_super:
        cursor.execute("SET LOCAL SESSION AUTHORIZATION " + script.role)
    for statement in script.statements:
        outcomes.append(execute(connection, statement))
        if outcomes[-1].state:
            break
    cursor.execute("ROLLBACK; RESET SESSION AUTHORIZATION; DEALLOCATE ALL")
    return outcomes


def comparable(script, outcomes):
    last = outcomes[-1]
    if script.kind == "cursor":         # which rows the first FETCH gets is open
        return [Outcome(sorted(row for o in outcomes for row in o.rows or []), last.state, last.message)]
    if script.session_super:            # the roles before the last see other rows
        return [last]
    return outcomes


class Judge:
    def __init__(self):
        self.connection, self.copies = connect(), connect()
        self.readable = {role: self.canaries_of(role) for role in list(model.ROLES) + list(model.REFUSED)}
        self.kinds = collections.Counter()
        self.verdicts = collections.Counter()
        self.states = collections.Counter()

    def canaries_of(self, role):
        """What is in the role's own copy, and so may be shown to it."""
        found = set()
        cursor = self.copies.cursor()
        for relation in model.RELATIONS if role in model.LICENSED else ():
            cursor.execute("SELECT t::text FROM copy_%s.%s AS t" % (role, relation))
            for (row,) in cursor.fetchall():
                found |= canaries(row)
        return found

    def check_leaks(self, script, outcomes):
        """Each statement is judged by the role that acts when it runs."""
        role = None if script.session_super else script.role
        own = canaries(" ".join(script.statements))
        for i, outcome in enumerate(outcomes):
            statement = script.statements[i]
            if statement.startswith("SET LOCAL ROLE "):
                role = statement.split()[-1]
            elif statement == "RESET ROLE":
                role = None
            if role is None:
                continue
            may = self.readable[role] if script.ended_after is None or i < script.ended_after else set()
            leaked = canaries("%s %s" % (outcome.message, outcome.rows)) - own - may
            if leaked:
                raise Found("%s was shown %s by: %s" % (role, ", ".join(sorted(leaked)), statement))

    def check_error(self, script, last):
        self.states[last.state or "ok"] += 1
        if last.state and last.state.startswith("XX") and script.kind != "replayed":
            raise Found("internal error: " + last.message)
        lawful = script.refusal or script.ended_after is not None or script.role in model.REFUSED
        if last.state and last.state.startswith("PD") and not lawful:
            raise Found("refused without need: " + last.message)

    def check_same(self, script, guarded, bare):
        for got, want in zip(comparable(script, guarded), comparable(script, bare)):
            for state in (got.state, want.state):
                if state and (state.startswith(EVALUATION) or (script.refusal and state.startswith("PD"))):
                    self.verdicts["error of evaluation or lawful refusal"] += 1
                    return
            if got.state != want.state:
                raise Found("differs from the copy: %s against %s" % (got.message or "rows", want.message or "rows"))
            if got.rows != want.rows:
                raise Found("wrong result: %s against %s" % (got.rows, want.rows))
        self.verdicts["the same as in the copy" + (", an error" if guarded[-1].state else "")] += 1

    def judge(self, script):
        self.kinds[script.kind] += 1
        guarded, bare = run(self.connection, script, "lab" if script.kind != "replayed" else "lab, pdauth, public"), []
        self.check_leaks(script, guarded)
        self.check_error(script, guarded[-1])
        if script.compare and script.role in model.LICENSED:
            bare = run(self.copies, script, "copy_" + script.role)
            self.check_same(script, guarded, bare)
        else:
            self.verdicts["searched for canaries only"] += 1
        return guarded, bare
