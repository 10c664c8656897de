-- One statement a line; "-- name:" opens a case.
-- name: leaky function before the filter
CREATE FUNCTION pg_temp.leak(text, text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS 'BEGIN RAISE NOTICE ''% %'', $1, $2; RETURN true; END'
SELECT count(*) FROM vault.person WHERE pg_temp.leak(remark, secret)
-- name: leaky function in a join
CREATE FUNCTION pg_temp.leak(text, text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS 'BEGIN RAISE NOTICE ''% %'', $1, $2; RETURN true; END'
SELECT count(*) FROM vault.person AS p JOIN generate_series(1, 2) AS n ON pg_temp.leak(p.remark, p.secret)
-- name: leaky function in order by
CREATE FUNCTION pg_temp.tell(text, text) RETURNS text LANGUAGE plpgsql COST 0.0001 AS 'BEGIN RAISE NOTICE ''% %'', $1, $2; RETURN $1; END'
SELECT person_id FROM vault.person ORDER BY pg_temp.tell(remark, secret)
-- name: cast error
SELECT (remark || ' ' || coalesce(secret, ''))::integer FROM vault.person WHERE person_id = 3
-- name: attacker's aggregate
CREATE FUNCTION pg_temp.step(text, text) RETURNS text LANGUAGE sql AS 'SELECT concat($1, $2)'
CREATE AGGREGATE pg_temp.gather(text) (sfunc = pg_temp.step, stype = text)
SELECT pg_temp.gather(remark), pg_temp.gather(secret) FROM vault.person
-- name: whole row to a function
CREATE FUNCTION pg_temp.show(vault.person) RETURNS text LANGUAGE sql AS 'SELECT $1::text'
SELECT pg_temp.show(p) FROM vault.person AS p
-- name: plpgsql loop
DO $$DECLARE r record; BEGIN FOR r IN SELECT * FROM vault.person LOOP RAISE NOTICE '%', r; END LOOP; END$$
-- name: dynamic sql
DO $$DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT * FROM vault.person' LOOP RAISE NOTICE '%', r; END LOOP; END$$
-- name: copy query
COPY (SELECT * FROM vault.person) TO STDOUT
-- name: copy table
COPY vault.person TO STDOUT
-- name: update returning
UPDATE vault.person SET division = division RETURNING *
-- name: delete returning
DELETE FROM vault.person RETURNING *
-- name: update from a self-join
UPDATE vault.person SET division = person.division FROM vault.person AS q WHERE q.person_id = person.person_id RETURNING q.*
-- name: on conflict
INSERT INTO vault.person VALUES (3, '532901', 'x', 'y') ON CONFLICT (person_id) DO UPDATE SET division = excluded.division RETURNING *
-- name: data-modifying cte
WITH d AS (DELETE FROM vault.person RETURNING *) SELECT * FROM d
-- name: create table as
CREATE TEMP TABLE loot AS SELECT * FROM vault.person
SELECT * FROM loot
-- name: explain analyze verbose
EXPLAIN (ANALYZE, VERBOSE, COSTS OFF, TIMING OFF) SELECT person_id FROM vault.person WHERE secret = (SELECT secret FROM vault.person WHERE person_id = 3)
SELECT remark, secret FROM vault.person
-- name: foreign key that finds a key
-- canary: found-three
CREATE TABLE vault.probe (person_id integer REFERENCES vault.person)
INSERT INTO vault.probe VALUES (3)
SELECT 'found-' || 'three' FROM vault.probe
-- name: foreign key that finds a key, added later
-- canary: found-three
CREATE TABLE vault.probe (person_id integer)
INSERT INTO vault.probe VALUES (3)
ALTER TABLE vault.probe ADD FOREIGN KEY (person_id) REFERENCES vault.person
SELECT 'found-' || 'three' FROM vault.probe
-- name: foreign key that is handed new values
-- canary: 7710185
CREATE TABLE vault.probe (person_id integer REFERENCES vault.person ON UPDATE CASCADE)
INSERT INTO vault.probe VALUES (3)
SET SESSION AUTHORIZATION attack_keeper
UPDATE vault.person SET person_id = 7710 * 1000 + 185 WHERE person_id = 3
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.probe
-- name: order of an index on a masked column
-- roles: attack_masked
-- canary: 4,1,3,2
SET SESSION AUTHORIZATION attack_owner
CREATE INDEX ON vault.heir (secret, person_id, division)
SET SESSION AUTHORIZATION :role
SET LOCAL enable_seqscan = off
SET LOCAL enable_bitmapscan = off
SELECT string_agg(person_id::text, ',') FROM vault.elder
-- name: order of an expression of a masked column
-- roles: attack_masked
-- canary: 4,1,3,2
SELECT vault.as_superuser('ALTER TABLE vault.heir OWNER TO attack_keeper')
SET SESSION AUTHORIZATION attack_keeper
CREATE INDEX ON vault.heir ((secret || division), person_id, division)
SET SESSION AUTHORIZATION :role
SET LOCAL enable_seqscan = off
SET LOCAL enable_bitmapscan = off
SELECT string_agg(person_id::text, ',') FROM vault.elder
