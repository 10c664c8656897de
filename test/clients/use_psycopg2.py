#!/usr/bin/python3
"""psycopg2: text protocol, simple queries, named cursors, COPY."""
import io
import psycopg2
import tap

admin = tap.superuser()
clear = tap.clear_values(admin)
expected = tap.expected_people(admin)
reader = psycopg2.connect(dbname="postgres", user=tap.READER)
PEOPLE = "SELECT person_id, mobile, division FROM office.person"

rows = tap.query(reader, PEOPLE + " ORDER BY person_id")
tap.equal(rows, expected, "the licensed rows, masked")
tap.equal(tap.query(reader, PEOPLE.replace("office", "reporting") + " ORDER BY person_id"), expected, "the masked view")
for place in tap.PLACES:
    tap.equal(tap.leaked(tap.query(reader, "SELECT * FROM " + place), clear), [], "no clear value in all columns of " + place)
tap.equal(tap.query(reader, PEOPLE + " WHERE mobile = ANY (%s)", [m for m in clear if m.startswith("1")]), [],
          "the clear number finds nobody")

with reader.cursor("scrolling", scrollable=True) as cursor:
    cursor.itersize = 7
    cursor.execute(PEOPLE + " ORDER BY person_id")
    tap.equal(cursor.fetchmany(7) + cursor.fetchall(), expected, "a named cursor in portions")
    cursor.scroll(0, mode="absolute")
    tap.equal(cursor.fetchmany(3), expected[:3], "scrolled back")

text = io.StringIO()
with reader.cursor() as cursor:
    cursor.copy_expert(f"COPY ({PEOPLE} ORDER BY person_id) TO STDOUT", text)
tap.equal([tuple(line.split("\t")) for line in text.getvalue().splitlines()],
          [(str(i), m or r"\N", d) for i, m, d in expected], "COPY of a query")
data = io.BytesIO()
with reader.cursor() as cursor:
    cursor.copy_expert("COPY office.person TO STDOUT (FORMAT binary)", data)
tap.ok(expected[0][1].encode() in data.getvalue(), "COPY of the table in binary")
tap.equal([value for value in clear if value.encode() in data.getvalue()], [], "... nothing clear")
reader.commit()

cursor = reader.cursor("open")
cursor.itersize = 5
cursor.execute(PEOPLE)
cursor.fetchmany(5)
tap.set_license(admin, False)
try:
    cursor.fetchmany(5)
    tap.ok(False, "revoked: the next fetch is refused")
except psycopg2.Error as error:
    tap.equal(error.pgcode, "PD205", "revoked: the next fetch is refused")
    tap.ok("第二十条" in error.diag.message_detail, "the detail names the article", error.diag.message_detail)
    tap.ok(error.diag.message_hint, "the hint says what to do")
reader.rollback()
tap.set_license(admin, True)
tap.equal(tap.query(reader, PEOPLE + " ORDER BY person_id"), expected, "licensed again: the next statement shows it")
tap.done()
