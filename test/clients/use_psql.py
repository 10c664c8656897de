#!/usr/bin/python3
"""psql: its describe commands, FETCH_COUNT, \\copy, \\gset, and what it prints of a refusal."""
import re
import subprocess
import tap

admin = tap.superuser()
clear = tap.clear_values(admin)
expected = tap.expected_people(admin)
PEOPLE = "SELECT person_id, mobile, division FROM office.person ORDER BY person_id"


def psql(script, *options):
    return subprocess.run(["psql", "-X", "-U", tap.READER, "-d", "postgres", *options], input=script,
                          capture_output=True, text=True)


def rows_of(text, separator="|"):
    return [tuple(line.split(separator)) for line in text.splitlines()]


wanted = [(str(i), m or "", d) for i, m, d in expected]
tap.equal(rows_of(psql(PEOPLE, "-At").stdout), wanted, "the licensed rows, masked")
tap.equal(rows_of(psql("\\set FETCH_COUNT 7\n" + PEOPLE + ";", "-At").stdout), wanted, "FETCH_COUNT")
tap.equal(rows_of(psql(f"\\copy ({PEOPLE}) TO STDOUT (NULL '')").stdout, "\t"), wanted, "\\copy of a query")
copied = psql("\\copy office.person TO STDOUT")
tap.equal((len(copied.stdout.splitlines()), copied.stderr), (len(expected), ""), "\\copy of the table: the licensed rows")
tap.equal([value for value in clear if value in copied.stdout], [], "\\copy of the table: nothing clear")
tap.equal(psql(PEOPLE + " LIMIT 1 \\gset\n\\echo :mobile", "-At").stdout.strip(), expected[0][1], "\\gset")
described = psql("\\d+ office.person")
tap.ok("mobile" in described.stdout and "Policies" in described.stdout and not described.stderr, "\\d+", described.stderr)
tap.ok("pdauth" in psql("\\dp office.person").stdout, "\\dp names the guard")
tap.equal(rows_of(psql(PEOPLE.replace("office", "reporting"), "-At").stdout), wanted, "the masked view")
described = [re.findall(r"(?m)^ (\w+) +\| ([\w() ]+?) *\|", psql("\\d " + place).stdout) for place in tap.PLACES]
tap.ok(len(described[0]) > 5 and described[0] == described[1], "\\d of the masked view: names and types of the table's", described)
tap.equal(rows_of(psql(f"{PEOPLE} \\gdesc", "-At").stdout), [("person_id", "bigint"), ("mobile", "text"), ("division", "text")],
          "\\gdesc: the types of masked columns are their own")
tap.set_license(admin, False)
refused = psql(PEOPLE + ";").stderr
for line in ("ERROR:", "DETAIL:  Rule R-20-5: Article 20", "第二十条", "HINT:"):
    tap.ok(line in refused, "a refusal says: " + line, refused)
tap.equal(psql(PEOPLE + ";", "-v", "VERBOSITY=sqlstate").stderr.strip().split()[-1], "PD205", "and its SQLSTATE")
tap.set_license(admin, True)
tap.done()
