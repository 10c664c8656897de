#!/usr/bin/python3
"""psycopg 3: extended protocol, binary results, server-side preparation, pipelines, COPY in binary."""
import psycopg
import tap

admin = tap.superuser()
clear = tap.clear_values(admin)
expected = tap.expected_people(admin)
reader = psycopg.connect(dbname="postgres", user=tap.READER, autocommit=True)
PEOPLE = "SELECT person_id, mobile, division FROM office.person ORDER BY person_id"


def rows_of(result):
    return [tuple(row) for row in result]


tap.equal(rows_of(reader.execute(PEOPLE, binary=True)), expected, "binary results")
tap.equal(rows_of(reader.execute(PEOPLE.replace("office", "reporting"), binary=True, prepare=True)), expected, "... of the masked view")
for place in tap.PLACES:
    tap.equal(tap.leaked(rows_of(reader.execute("SELECT * FROM " + place, binary=True)), clear), [], "no clear value in all columns of " + place)
for turn in range(8):
    found = rows_of(reader.execute("SELECT person_id, mobile, division FROM office.person WHERE person_id = %s",
                                   [expected[turn][0]], prepare=True))
    tap.equal(found, [expected[turn]], f"prepared on the server, execution {turn + 1}")
tap.equal(rows_of(reader.execute("SELECT person_id FROM office.person WHERE person_id = ANY (%s) ORDER BY 1",
                                 [[row[0] for row in expected]])), [row[:1] for row in expected], "an array parameter")
with reader.transaction(), reader.cursor(name="portal", binary=True) as cursor:
    cursor.execute(PEOPLE)
    tap.equal(rows_of(cursor.fetchmany(10)) + rows_of(cursor.fetchall()), expected, "a server-side cursor in binary")
with reader.pipeline():
    results = [reader.execute(PEOPLE) for _ in range(3)]
    tap.equal([rows_of(result) for result in results], [expected] * 3, "a pipeline")
with reader.cursor().copy(f"COPY ({PEOPLE}) TO STDOUT (FORMAT binary)") as copy:
    copy.set_types(["int8", "text", "text"])
    tap.equal(rows_of(copy.rows()), expected, "COPY in binary")
column = reader.execute("SELECT mobile, person_id FROM office.person").description[0]
tap.equal((column.name, column.type_code), ("mobile", 25), "description: name and type of a masked column")

tap.set_license(admin, False)
for statement in (PEOPLE, "SELECT person_id, mobile, division FROM office.person WHERE person_id = %s"):
    try:
        reader.execute(statement, [expected[0][0]] if "%s" in statement else None, prepare=True)
        tap.ok(False, "revoked: prepared statements are refused")
    except psycopg.Error as error:
        tap.equal(error.sqlstate, "PD205", "revoked: prepared statements are refused")
        tap.equal([v for v in clear if v in str(error.diag.message_primary) + str(error.diag.message_detail)], [],
                  "no clear value in the message")
tap.set_license(admin, True)
tap.equal(rows_of(reader.execute(PEOPLE, prepare=True)), expected, "licensed again: the prepared statement works")
try:
    reader.execute("INSERT INTO office.person SELECT * FROM office.person LIMIT 1")
    tap.ok(False, "a licensee does not write")
except psycopg.Error as error:
    tap.equal(error.sqlstate, "PD214", "a licensee does not write")
tap.done()
