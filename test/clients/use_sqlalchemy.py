#!/usr/bin/python3
"""SQLAlchemy, the ground of BI tools such as Superset: reflects a masked view and reports from it."""
import os
import sqlalchemy as sa
import tap

admin = tap.superuser()
clear = tap.clear_values(admin)
expected = tap.expected_people(admin)

engine = sa.create_engine(sa.engine.URL.create("postgresql+psycopg2", username=tap.READER, password=os.environ["PGPASSWORD"],
                                               host=os.environ["PGHOST"], port=int(os.environ["PGPORT"]), database="postgres"))
inspector = sa.inspect(engine)
tap.equal(inspector.get_view_names("reporting"), ["person"], "the view is found")
shown, stored = ({column["name"]: str(column["type"]) for column in inspector.get_columns("person", schema=schema)}
                 for schema in ("reporting", "office"))
tap.equal(shown, stored, "its columns have the types of the table's")
tap.equal(inspector.get_table_comment("person", schema="reporting")["text"][:9], "Residents", "and its comment")
person = sa.Table("person", sa.MetaData(), schema="reporting", autoload_with=engine)
with engine.connect() as connection:
    rows = [tuple(row) for row in connection.execute(
        sa.select(person.c.person_id, person.c.mobile, person.c.division).order_by(person.c.person_id))]
    tap.equal(rows, expected, "the licensed rows, masked")
    tap.equal(tap.leaked(connection.execute(sa.select(person)), clear), [], "no clear value in all columns")
    report = connection.execute(sa.select(person.c.division, sa.func.count()).group_by(person.c.division).order_by(person.c.division))
    tap.equal([tuple(row) for row in report],
              [(division, sum(row[2] == division for row in expected)) for division in sorted({row[2] for row in expected})],
              "a report by division")
    tap.equal(len(connection.execution_options(stream_results=True, max_row_buffer=5).execute(sa.select(person)).all()),
              len(expected), "streamed by a server-side cursor")
tap.done()
