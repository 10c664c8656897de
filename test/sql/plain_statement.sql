-- Plans that read nothing protected go the short way past our hooks, and leave
-- it as soon as they do.  One session, so that no new transaction asks anew.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
GRANT pdauth_policy_admin TO CURRENT_USER;
CREATE ROLE regress_plain NOLOGIN;
CREATE SCHEMA plain;
GRANT USAGE, CREATE ON SCHEMA plain TO regress_plain;
CREATE TABLE plain.person (id integer, secret text);
INSERT INTO plain.person SELECT n, 'canary' FROM generate_series(1, 3) AS n;
GRANT SELECT ON plain.person TO regress_plain;
CREATE FUNCTION plain.label_person() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$BEGIN
  EXECUTE 'SECURITY LABEL FOR pdauth ON TABLE plain.person IS ''RESOURCE plain/person''';
  RETURN 'labelled';
END$$;
CREATE FUNCTION plain.outcome(command text) RETURNS text LANGUAGE plpgsql AS $$BEGIN
  EXECUTE command;
  RETURN 'shown';
EXCEPTION WHEN OTHERS THEN
  RETURN 'refused';
END$$;
-- up to 17 planned as a whole before its first statement runs
CREATE FUNCTION plain.label_and_read() RETURNS text LANGUAGE sql AS 'SELECT plain.label_person(); SELECT secret FROM plain.person LIMIT 1';
-- asked for row by row
CREATE FUNCTION plain.read_lazily() RETURNS SETOF text LANGUAGE sql AS 'SELECT secret FROM plain.person';
SET ROLE regress_plain;
SELECT plain.read_lazily();
SELECT plain.outcome('SELECT plain.label_and_read()');
-- the first row is open; then comes the label
SELECT plain.read_lazily(), plain.label_person();
RESET ROLE;
SELECT plain.label_person();
INSERT INTO pdauth.license (licensee, scope, basis) VALUES
  ('regress_plain', '{read on plain(*) for statistics in * during [2026-01-01,) level core}', 'test');
SET ROLE regress_plain;
SELECT plain.read_lazily();
-- a plan with a tag, asked for row by row
\set VERBOSITY terse
SELECT plain.read_lazily(), set_config('pdauth.purpose', 'marketing', true);
RESET ROLE;
DROP SCHEMA plain CASCADE;
DROP ROLE regress_plain;
REVOKE pdauth_policy_admin FROM CURRENT_USER;
