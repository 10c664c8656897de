#!/usr/bin/python3
"""psqlodbc through unixODBC: its catalog functions, prepared statements, and fetch in portions by cursors."""
import glob
import os
import pyodbc
import tap

admin = tap.superuser()
clear = tap.clear_values(admin)
expected = tap.expected_people(admin)
DRIVER = glob.glob("/usr/lib/*/odbc/psqlodbcw.so")[0]


def connect(**options):
    settings = dict(DRIVER=DRIVER, SERVER=os.environ["PGHOST"], PORT=os.environ["PGPORT"], DATABASE="postgres",
                    UID=tap.READER, PWD=os.environ["PGPASSWORD"], **options)
    return pyodbc.connect(";".join(f"{name}={value}" for name, value in settings.items()), autocommit=True)


def rows_of(cursor):
    return [tuple(row) for row in cursor]


PEOPLE = "SELECT person_id, mobile, division FROM office.person"
for name, options in (("statements prepared on the server", dict(UseServerSidePrepare=1)),
                      ("statements filled in by the driver", dict(UseServerSidePrepare=0)),
                      ("cursors in portions of 5", dict(UseDeclareFetch=1, Fetch=5))):
    reader = connect(**options)
    tap.equal(rows_of(reader.execute(PEOPLE + " ORDER BY person_id")), expected, name)
    tap.equal(rows_of(reader.execute(PEOPLE + " WHERE person_id = ?", expected[3][0])), [expected[3]], name + ", a parameter")
    tap.equal(rows_of(reader.execute(PEOPLE.replace("office", "reporting") + " ORDER BY person_id")), expected, name + ", the masked view")
    for place in tap.PLACES:
        tap.equal(tap.leaked(rows_of(reader.execute("SELECT * FROM " + place)), clear), [], f"{name}, no clear value of {place}")
    tap.set_license(admin, False)
    try:
        reader.execute(PEOPLE).fetchall()
        tap.ok(False, name + ", revoked")
    except pyodbc.Error as error:
        tap.ok("holds no license in force" in str(error), name + ", revoked", str(error))
        tap.equal([value for value in clear if value in str(error)], [], name + ", nothing clear in the message")
    tap.set_license(admin, True)
    reader.close()

reader = connect()
columns, shown = ([(row.column_name, row.type_name, row.column_size) for row in reader.cursor().columns(schema=schema, table="person")]
                  for schema in ("office", "reporting"))
tap.ok(("mobile", "text") in [column[:2] for column in columns], "SQLColumns: the type of a masked column is its own", columns)
tap.equal(shown, columns, "SQLColumns of the masked view: names, types and sizes of the table's")
tap.ok("person" in {row.table_name for row in reader.cursor().tables(schema="office")}, "SQLTables")
tap.equal([(row.table_name, row.table_type) for row in reader.cursor().tables(schema="reporting")], [("person", "VIEW")],
          "SQLTables: the masked view")
tap.equal([row.column_name for row in reader.cursor().primaryKeys(schema="office", table="person")], ["person_id"], "SQLPrimaryKeys")
tap.ok("person_pkey" in {row.index_name for row in reader.cursor().statistics("person", schema="office", unique=True)},
       "SQLStatistics")
tap.done()
