-- Set-returning SQL functions are inlined by the planner after its hook; those
-- whose body reads something protected are inlined by the hook itself, and
-- come out as the planner would have made them.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE regress_inline NOLOGIN;
CREATE ROLE regress_inline_owner NOLOGIN;
CREATE SCHEMA inlined;
GRANT USAGE ON SCHEMA inlined TO PUBLIC;
CREATE TABLE inlined.person (person_id integer PRIMARY KEY, name text, secret text);
INSERT INTO inlined.person SELECT n, 'name-' || n, 'canary-' || n FROM generate_series(1, 1000) AS n;
ANALYZE inlined.person;
CREATE FUNCTION inlined.people() RETURNS SETOF inlined.person LANGUAGE sql STABLE AS 'SELECT * FROM inlined.person';
CREATE FUNCTION inlined.people_from(lowest integer, highest integer DEFAULT 3) RETURNS SETOF inlined.person LANGUAGE sql STABLE
  AS 'SELECT * FROM inlined.people() AS p WHERE p.person_id BETWEEN lowest AND highest';
CREATE FUNCTION inlined.atomic(wanted integer DEFAULT 1) RETURNS TABLE (id integer, content text) LANGUAGE sql STABLE
  BEGIN ATOMIC SELECT p.person_id, p.secret FROM inlined.people_from(highest => wanted, lowest => wanted) AS p; END;
CREATE FUNCTION inlined.polymorphic(anyelement) RETURNS TABLE (argument anyelement, content text) LANGUAGE sql STABLE
  AS 'SELECT $1, secret FROM inlined.person WHERE person_id = 1';
CREATE FUNCTION inlined.records() RETURNS SETOF record LANGUAGE sql STABLE AS 'SELECT person_id, secret FROM inlined.person WHERE person_id < 3';
CREATE FUNCTION inlined.unprotected(n integer) RETURNS SETOF integer LANGUAGE sql STABLE AS 'SELECT generate_series(1, n)';
-- these are not inlined: they plan their bodies when they run
CREATE FUNCTION inlined.volatile_people() RETURNS SETOF inlined.person LANGUAGE sql AS 'SELECT * FROM inlined.person WHERE person_id = 1';
CREATE FUNCTION inlined.strict_people(integer) RETURNS SETOF inlined.person LANGUAGE sql STABLE STRICT AS 'SELECT * FROM inlined.person WHERE person_id = $1';
CREATE FUNCTION inlined.definer_people() RETURNS SETOF inlined.person LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT * FROM inlined.person WHERE person_id = 1';
ALTER FUNCTION inlined.definer_people() OWNER TO regress_inline_owner;
GRANT SELECT ON inlined.person TO PUBLIC;
SELECT pdauth.protect('inlined.person', 'inlined/person', region => '530000');
SELECT pdauth.mask('inlined.person', 'secret', 'FUNCTION pdauth.mask_text(secret, 1, 0)', level => 'important');
INSERT INTO pdauth.license (licensee, scope, basis) VALUES
  ('regress_inline', '{read on inlined(*) for test in 530000 during [2026-01-01,) level general}', 'test');
SET ROLE regress_inline;
SELECT * FROM inlined.people() WHERE person_id = 7;
EXPLAIN (COSTS OFF) SELECT * FROM inlined.people() WHERE person_id = 7;
SELECT p, (p).secret FROM inlined.people_from(2) AS p;
EXPLAIN (COSTS OFF) SELECT secret FROM inlined.people_from(highest => 5, lowest => 4);
SELECT * FROM inlined.atomic();
SELECT a.* FROM inlined.person AS p, inlined.atomic(wanted => p.person_id + 1) AS a WHERE p.person_id IN (4, 5);
SELECT * FROM inlined.polymorphic(2.5);
SELECT * FROM inlined.records() AS r (id integer, content text);
SELECT * FROM inlined.people_from((SELECT 2));
SELECT * FROM ROWS FROM (inlined.people_from(1, 1), inlined.unprotected(2)) WITH ORDINALITY;
SELECT (inlined.people_from(1, 2)).secret;
EXPLAIN (COSTS OFF) SELECT * FROM inlined.unprotected(2);
SELECT * FROM inlined.volatile_people();
SELECT * FROM inlined.strict_people(1);
SELECT * FROM inlined.definer_people();
RESET ROLE;
INSERT INTO pdauth.license (licensee, scope, basis) VALUES
  ('regress_inline_owner', '{read on inlined(*) for test in 530000 during [2026-01-01,) level core}', 'test');
SET ROLE regress_inline_owner;
SELECT secret FROM inlined.definer_people();
SET ROLE regress_inline;
SELECT secret FROM inlined.definer_people();
-- a plan into which a function went is made again when the function changes
-- (the reader replaces it: a change of role would forget all plans)
RESET ROLE;
GRANT CREATE ON SCHEMA inlined TO regress_inline;
ALTER FUNCTION inlined.people() OWNER TO regress_inline;
SET ROLE regress_inline;
SET plan_cache_mode = force_generic_plan;
PREPARE one AS SELECT person_id, secret FROM inlined.people() AS p WHERE person_id < 3;
PREPARE through_another AS SELECT person_id, secret FROM inlined.people_from(1);
EXECUTE one;
EXECUTE through_another;
CREATE OR REPLACE FUNCTION inlined.people() RETURNS SETOF inlined.person LANGUAGE sql STABLE AS 'SELECT * FROM inlined.person WHERE person_id = 2';
EXECUTE one;
EXECUTE through_another;
CREATE OR REPLACE FUNCTION inlined.people() RETURNS SETOF inlined.person LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT * FROM inlined.person WHERE person_id = 1';
EXECUTE one;
EXECUTE through_another;
RESET ROLE;
UPDATE pdauth.license SET revoke_reason = 'end of test' WHERE revoked_at IS NULL AND licensee::text LIKE 'regress_inline%';
