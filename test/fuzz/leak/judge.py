"""Runs a script and says whether it showed what it must not.

Contract: judge() raises Found at a canary, a result or error that differs from
the role's hand-made copy, an internal error, a needless refusal or a lost
connection; otherwise it counts and returns what was seen.
"""
import collections
import re
import threading
import time

import psycopg2

import model
from world import connect

# Errors of evaluation: whether a plan comes to them is not part of a query's meaning.
EVALUATION = ("22", "21", "57014", "54")
NUMBERS = "|".join(str(7700000 + 10000 * place + 37 * row) for place in (1, 2, 3, 4) for row in range(1, 15))
CANARY = re.compile(r"canary(?:name|secret|tag|detail|extra|diagnosis|payload|label|plate)\d\d|(?<!\d)(?:%s)(?!\d)|(?<!\d)29\d\d-01-01" % NUMBERS, re.I)


STALE = "40001"                         # refused, as planned for another state of things


class Found(Exception):
    pass


class Sink(list):
    def write(self, data):
        self.append(data.decode("utf-8", "replace") if isinstance(data, bytes) else data)


class Outcome:
    """What one statement showed: rows as text, or an SQLSTATE, and all messages."""

    def __init__(self, rows=None, state=None, message=""):
        self.rows, self.state, self.message, self.again = rows, state, message, False


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


def execute_again(connection, statement, first):
    """After a refusal because the plan was made for another state: it is planned anew now."""
    connection.cursor().execute("ROLLBACK TO SAVEPOINT fuzz_stale")
    second = execute(connection, statement)
    second.message, second.again = first.message + second.message, True
    return second


class Rival(threading.Thread):
    """Another session that has moved a row out of most regions, and commits when somebody waits for it."""
    VALUES = {"division": "'530199'", "name": "'canaryname99'", "secret": "'canarysecret99'", "tags": "'{canarytag99}'", "extra": "'canaryextra99'"}
    # the values of rows.sql
    BACK = {"division": "CASE WHEN id % 2 = 0 THEN '5329' ELSE '5301' END || to_char(id % 3, 'FM00')", "name": "'canaryname' || to_char(id, 'FM00')",
            "secret": "'canarysecret' || to_char(id, 'FM00')", "tags": "ARRAY['canarytag' || to_char(id, 'FM00'), 'tag']",
            "extra": "'canaryextra' || to_char(id, 'FM00')"}

    def __init__(self, row, other):
        super().__init__()
        self.row, self.waiter = row, other.get_backend_pid()
        self.connection = connect()
        self.cursor = self.connection.cursor()
        self.cursor.execute("SET ROLE fuzz_custodian; BEGIN")
        self.update(self.VALUES)
        self.start()

    def update(self, values):
        self.cursor.execute("UPDATE lab.person SET %s WHERE id = %d" % (", ".join("%s = %s" % pair for pair in values.items()), self.row))

    def run(self):
        for _ in range(20):
            self.cursor.execute("SELECT cardinality(pg_blocking_pids(%d)) > 0" % self.waiter)
            if self.cursor.fetchone()[0]:
                break
            time.sleep(0.002)
        self.cursor.execute("COMMIT")

    def undo(self):
        self.join()
        self.update(self.BACK)
        self.connection.close()


def run(connection, script, schema):
    """Outcomes of the statements up to the first error."""
    outcomes = []
    cursor = connection.cursor()
    cursor.execute("BEGIN; SET LOCAL search_path = %s" % schema)
    if not script.session_super:
        cursor.execute("SET LOCAL SESSION AUTHORIZATION " + script.role)
    for statement in script.statements:
        if script.stale == "plan again":
            cursor.execute("SAVEPOINT fuzz_stale")
        outcomes.append(execute(connection, statement))
        if outcomes[-1].state == STALE and script.stale == "plan again":
            outcomes[-1] = execute_again(connection, statement, outcomes[-1])
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


# Roles that act in some scripts and may see everything.
OFFICES = ("fuzz_trusted", "fuzz_policy")


class Judge:
    def __init__(self):
        self.connection, self.copies = connect(), connect()
        self.readable = {role: self.canaries_of(role) for role in list(model.ROLES) + list(model.REFUSED)}
        self.kinds = collections.Counter()
        self.verdicts = collections.Counter()
        self.states = collections.Counter()

    def canaries_of(self, role):
        """What is in the role's own copy, or would be of a rival's row, and so may be shown to it."""
        cursor = self.copies.cursor()
        found = self.canaries_of_rival(role, cursor) if role in model.LICENSED else set()
        for relation in model.RELATIONS if role in model.LICENSED else ():
            cursor.execute("SELECT t::text FROM copy_%s.%s AS t" % (role, relation))
            for (row,) in cursor.fetchall():
                found |= canaries(row)
        return found

    def canaries_of_rival(self, role, cursor):
        columns = [c for c in model.TABLES["person"] if c.name in Rival.VALUES]
        cursor.execute("SELECT person::text FROM (SELECT %s FROM (SELECT %s) AS person WHERE %s) AS person" % (
            ", ".join("(%s)::text" % model.shown("person", c, model.ROLES[role]) for c in columns),
            ", ".join("%s::%s AS %s" % (Rival.VALUES[c.name], c.type, c.name) for c in columns), model.visible("person", model.ROLES[role])))
        return canaries(str(cursor.fetchall()))

    def check_leaks(self, script, outcomes):
        """Each statement is judged by the role that acts when it runs."""
        own = canaries(" ".join(script.statements))
        for statement, outcome, (role, gone) in zip(script.statements, outcomes, script.may):
            if role is None or role in OFFICES:
                continue
            may = {word for word in self.readable[role] if gone is None or gone and not word.startswith(gone)}
            leaked = canaries("%s %s" % (outcome.message, outcome.rows)) - own - may
            if leaked:
                raise Found("%s was shown %s by: %s" % (role, ", ".join(sorted(leaked)), statement))

    def check_error(self, script, last):
        self.states[last.state or "ok"] += 1
        if last.state and last.state.startswith("XX") and script.kind != "replayed":
            raise Found("internal error: " + last.message)
        if last.state == STALE and script.stale != "refuse":
            raise Found("not planned again: " + last.message)
        lawful = script.refusal or script.role in model.REFUSED
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
        rival = Rival(script.rival, self.connection) if script.rival else None
        try:
            guarded, bare = run(self.connection, script, "lab" if script.kind != "replayed" else "lab, pdauth, public"), []
        finally:
            if rival:
                rival.undo()
        self.verdicts["planned again for a new state"] += any(outcome.again for outcome in guarded)
        self.check_leaks(script, guarded)
        self.check_error(script, guarded[-1])
        if script.compare and script.role in model.LICENSED:
            bare = run(self.copies, script, "copy_" + script.role)
            self.check_same(script, guarded, bare)
        else:
            self.verdicts["searched for canaries only"] += 1
        return guarded, bare
