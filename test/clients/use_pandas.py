#!/usr/bin/python3
"""pandas, the ground of notebooks: frames of a masked view have the types of the table's, and its licensed rows."""
import os
import pandas
import sqlalchemy as sa
import tap

admin = tap.superuser()
clear = tap.clear_values(admin)
expected = tap.expected_people(admin)


def connect(user, **options):
    return sa.create_engine(sa.engine.URL.create("postgresql+psycopg2", username=user, password=os.environ["PGPASSWORD"],
                                                 host=os.environ["PGHOST"], port=int(os.environ["PGPORT"]), database="postgres"), **options).connect()


PEOPLE = "SELECT * FROM {} ORDER BY person_id"
reader = connect(tap.READER)
stored = pandas.read_sql(sa.text(PEOPLE.format("office.person")),
                         connect(os.environ["PGUSER"], connect_args={"options": "-c pdauth.break_glass=compare"}))
masked = pandas.read_sql(sa.text(PEOPLE.format("reporting.person")), reader)
tap.equal(dict(masked.dtypes), dict(stored.dtypes), "the view's columns have the types of the table's")
tap.equal([tuple(row) for row in masked[["person_id", "mobile", "division"]].itertuples(index=False)], expected, "the licensed rows, masked")
tap.equal(tap.leaked(masked.itertuples(index=False), clear), [], "no clear value in all columns")
parts = list(pandas.read_sql(sa.text(PEOPLE.format("reporting.person")), reader, chunksize=7))
tap.ok(len(parts) > 1 and pandas.concat(parts, ignore_index=True).equals(masked), "the same in pieces")
tap.equal(masked.groupby("division").size().to_dict(),
          {division: sum(row[2] == division for row in expected) for division in {row[2] for row in expected}}, "a report by division")
joined = masked.merge(pandas.read_sql(sa.text("SELECT * FROM office.vehicle"), reader), left_on="person_id", right_on="owner_id")
tap.ok(len(joined) > 0 and not tap.leaked(joined.itertuples(index=False), clear), "joined with another masked table")
tap.done()
