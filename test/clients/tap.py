"""What the clients in Python share: lines of TAP, and the data as it really is.

Every client connects as bi_reader of the sample office (test/sample), who is
licensed for two resources in one prefecture, sees names, ids and numbers masked,
and must never get a value of clear_values(): neither from the table nor from its masked view.
"""
import sys
import psycopg2

READER = "bi_reader"
PREFECTURE = "5329"
PLACES = ("office.person", "reporting.person")    # the table, and its masked view made by run
_count = 0


def ok(condition, name, *found):
    global _count
    _count += 1
    print(f"{'ok' if condition else 'not ok'} {_count} - {name}", flush=True)
    if not condition:
        for value in found:
            print(f"# {value!r}"[:2000], file=sys.stderr)


def equal(found, expected, name):
    ok(found == expected, name, found, expected)


def done():
    print(f"1..{_count}")


def superuser():
    """Of the throw-away cluster, by PGUSER; says why it looks at protected tables."""
    connection = psycopg2.connect(dbname="postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SET pdauth.break_glass = 'what the clients should see'")
    return connection


def query(connection, statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else None


def clear_values(connection):
    """Names, ids and numbers of everybody: none may reach a reader."""
    return {value for row in query(connection, "SELECT citizen_id, mobile, full_name FROM office.person")
            for value in row if value}


def expected_people(connection):
    """What the license leaves of office.person, by SQL of its own."""
    return query(connection, """
        SELECT person_id, overlay(mobile PLACING '****' FROM 4 FOR 4), division FROM office.person
         WHERE division LIKE %s ORDER BY person_id""", PREFECTURE + "%")


def set_license(connection, on):
    """Gives READER the license of the sample, or revokes all it has."""
    if on:
        query(connection, """INSERT INTO pdauth.license (licensee, scope, basis) VALUES (%s,
            '{read on civil/person,transport/vehicle_register(*) for 产业发展/车险 in 532900 during [2026-01-01,) level general}',
            'clients')""", READER)
    else:
        query(connection, "UPDATE pdauth.license SET revoke_reason = 'clients' WHERE licensee = %s::regrole AND revoked_at IS NULL",
              READER)


def leaked(rows, clear):
    """Values of the rows that are clear ones; rows there must be."""
    rows = list(rows)
    return [value for row in rows for value in row if value in clear] if rows else ["no rows"]
