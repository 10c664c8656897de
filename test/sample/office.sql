-- The sample: a fictional prefecture's data office, as the application schema
-- "office" that knows nothing of pdauth.  Run by a superuser:
--	psql -v ON_ERROR_STOP=1 -v rows=10000 -f test/sample/office.sql
-- rows (100 to 5000000, default 10000) is the number of persons, of vehicles
-- and of clinic visits; there is one enterprise for ten of them.
--
-- No record is about a real person or enterprise.  Identifiers are computed
-- from a counter and only look real: check digits, division codes and number
-- prefixes are valid, so that validating software accepts them.
\encoding UTF8
\if :{?rows}
\else
\set rows 10000
\endif
\ir roles.sql
\ir schema.sql
\ir data.sql
\ir behaviour.sql
