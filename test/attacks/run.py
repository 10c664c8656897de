#!/usr/bin/python3
"""Run every attack as every kind of role, without the defence and with it.

":role" in a statement is the attacker's name, for attacks that begin as somebody
else; "-- since:" is the server version that has what the attack needs.  Contract: an attack must show its canary where the table carries no label
(otherwise the test is broken) and must not where it does, except for the
pairs pinned in open.txt, which must leak until they are closed.  Output is TAP.
With --mutant (mutate.py) only the second is asked, and the first leak is enough.
"""
import glob
import os
import sys

import psycopg2

HERE = os.path.dirname(os.path.abspath(__file__))
BOTH = ("outrow", "outcol")
ROLES = {"attack_region": ("outrow",), "attack_masked": ("outcol",), "attack_stranger": BOTH,
         "attack_owner": BOTH, "attack_bypass": BOTH, "attack_super": BOTH,
         "attack_lifted": ("outrow",)}  # licensed as attack_region is, and no guard in what it reads

# Offices, and who holds a license that lacks one thing.
OTHER_ROLES = ["attack_" + name for name in (
    "policy", "trusted", "keeper", "team", "member", "distant", "mixed", "columns", "deriver", "elsewhere", "early", "late", "revoked", "purposes")]


def connect(database):
    connection = psycopg2.connect(dbname=database, options="-c log_min_messages=panic")
    connection.set_client_encoding("UTF8")
    connection.autocommit = True
    return connection


def cases(version):
    for path in sorted(glob.glob(os.path.join(HERE, "cases", "*.sql"))):
        area, name, statements, roles, canaries, since = os.path.basename(path)[:-4], None, [], list(ROLES), None, 0
        with open(path, encoding="utf-8") as lines:
            for line in list(lines) + ["-- name: end"]:
                if line.startswith("-- name:"):
                    if name and version >= since:
                        yield area + ": " + name, statements, {r: canaries or ROLES.get(r, BOTH) for r in roles}
                    name, statements, roles, canaries, since = line[8:].strip(), [], list(ROLES), None, 0
                elif line.startswith("-- roles:"):
                    roles = line[9:].split()
                elif line.startswith("-- since:"):
                    since = int(line[9:]) * 10000
                elif line.startswith("-- canary:"):
                    canaries = (line[10:].strip(),)
                elif name and line.strip() and not line.startswith("--"):
                    statements.append(line.strip())


class Sink(list):
    def write(self, data):
        self.append(data.decode("utf-8", "replace") if isinstance(data, bytes) else data)


def attack(connection, role, statements):
    """All the attacker sees: rows, notices, COPY data and every field of an error."""
    seen = Sink()
    del connection.notices[:]
    cursor = connection.cursor()
    cursor.execute("SET SESSION AUTHORIZATION " + role)
    cursor.execute("BEGIN")
    try:
        for statement in (s.replace(":role", role) for s in statements):
            if statement.startswith("COPY"):
                cursor.copy_expert(statement, seen)
            else:
                cursor.execute(statement)
                if cursor.description:
                    seen.append(repr(cursor.fetchall()))
    except psycopg2.Error as error:
        d = error.diag
        seen.append(" ".join(filter(None, (str(error), d.message_detail, d.message_hint, d.context))))
    seen.extend(connection.notices)
    for statement in ("ROLLBACK", "RESET SESSION AUTHORIZATION", "CLOSE ALL", "DEALLOCATE ALL"):
        cursor.execute(statement)
    return "\n".join(seen)


def set_up(databases):
    connection = connect("postgres")
    cursor = connection.cursor()
    for role in list(ROLES) + OTHER_ROLES:
        option = {"attack_super": " SUPERUSER", "attack_bypass": " BYPASSRLS", "attack_lifted": " BYPASSRLS", "attack_distant": " NOINHERIT"}.get(role, "")
        cursor.execute("CREATE ROLE " + role + option)
    cursor.execute("GRANT attack_team TO attack_member; GRANT attack_trusted TO attack_distant")
    for database in databases:
        cursor.execute("CREATE DATABASE " + database)
        on = connect(database)
        worker = on.cursor()
        worker.execute("CREATE EXTENSION pgcrypto; CREATE EXTENSION pdauth; CREATE EXTENSION pageinspect")
        if database == "attack_on":
            worker.execute("GRANT pdauth_policy_admin TO attack_policy")
        for script in ("setup.sql", "protect.sql")[:2 if database == "attack_on" else 1]:
            with open(os.path.join(HERE, script), encoding="utf-8") as text:
                worker.execute(text.read())
        on.close()


def control(on):
    """The guarded table is readable where it should be: refusing everything proves nothing."""
    select = ["SELECT remark, secret FROM vault.person"]
    expected = {"attack_region": ("inside", "outcol-two"), "attack_lifted": ("inside", "outcol-two"), "attack_masked": ("inside", "outrow-four"),
                "attack_trusted": ("outrow-four", "outcol-four")}
    broken = [role for role, words in expected.items()
              if any(word not in attack(on, role, select) for word in words)]
    if broken:
        sys.exit("Bail out! the lawful rows do not reach " + ", ".join(broken))


def main():
    mutant = sys.argv[1:] == ["--mutant"]
    set_up(["attack_on"] if mutant else ["attack_off", "attack_on"])
    with open(os.path.join(HERE, "open.txt"), encoding="utf-8") as text:
        pinned = {line.split("|")[0].strip() for line in text if line.strip() and line[0] != "#"}
    on = connect("attack_on")
    if not mutant:    # one in which a defence is off may refuse more, too
        off = connect("attack_off")
        control(on)
    number = failed = 0
    for name, statements, roles in cases(on.server_version):
        for role, canaries in roles.items():
            number += 1
            label = name + " as " + role
            bare, guarded = None if mutant else attack(off, role, statements), attack(on, role, statements)
            missing = [] if mutant else [c for c in canaries if c not in bare]
            leaked = [c for c in canaries if c in guarded]
            good = not missing and bool(leaked) == (label in pinned)
            failed += not good
            print(("ok %d - %s" if good else "not ok %d - %s") % (number, label))
            if missing:
                print("# broken test: no %s without the defence: %s" % (missing, bare[:300]))
            elif not good:
                print("# leaked %s, pinned %s: %s" % (leaked, label in pinned, guarded[:300]))
                if mutant and leaked:
                    return 1
            pinned.discard(label)
    for label in sorted(pinned):
        failed += 1
        number += 1
        print("not ok %d - open.txt names no case: %s" % (number, label))
    print("1..%d" % number)
    return 1 if failed else 0


sys.exit(main())
