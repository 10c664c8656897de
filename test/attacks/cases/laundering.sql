-- One statement a line; "-- name:" opens a case.
-- name: select into
SELECT * INTO TEMP loot FROM vault.person
SELECT * FROM loot
-- name: materialized view
CREATE MATERIALIZED VIEW vault.loot AS SELECT * FROM vault.person
SELECT * FROM vault.loot
-- name: insert select
CREATE TEMP TABLE loot (LIKE vault.person)
INSERT INTO loot SELECT * FROM vault.person
SELECT * FROM loot
-- name: create table as execute
PREPARE attack_loot AS SELECT * FROM vault.person
CREATE TEMP TABLE loot AS EXECUTE attack_loot
SELECT * FROM loot
-- name: large object
SELECT lo_from_bytea(424242, convert_to(string_agg(concat(remark, secret), ' '), 'UTF8')) FROM vault.person
SELECT convert_from(lo_get(424242), 'UTF8')
-- name: setting
SELECT set_config('attack.loot', string_agg(concat(remark, secret), ' '), true) FROM vault.person
SELECT current_setting('attack.loot')
-- name: merge source
CREATE TEMP TABLE loot (LIKE vault.person)
MERGE INTO loot USING vault.person AS p ON false WHEN NOT MATCHED THEN INSERT VALUES (p.person_id, p.division, p.remark, p.secret)
SELECT * FROM loot
-- name: update a copy from the table
CREATE TEMP TABLE loot AS SELECT n AS person_id, ''::text AS taken FROM generate_series(1, 4) AS n
UPDATE loot SET taken = concat(p.remark, p.secret) FROM vault.person AS p WHERE p.person_id = loot.person_id
SELECT * FROM loot
-- name: merge target
CREATE TEMP TABLE loot (taken text)
CREATE FUNCTION pg_temp.take(text, text) RETURNS text LANGUAGE plpgsql AS 'BEGIN INSERT INTO loot VALUES ($1), ($2); RETURN $1; END'
MERGE INTO vault.person AS p USING generate_series(1, 4) AS n ON p.person_id = n WHEN MATCHED THEN UPDATE SET remark = pg_temp.take(p.remark, p.secret)
SELECT * FROM loot
-- name: caught error text
DO $$DECLARE r record; BEGIN FOR r IN SELECT concat(remark, ' ', secret) AS t FROM vault.person LOOP BEGIN PERFORM (r.t || '')::integer; EXCEPTION WHEN others THEN RAISE NOTICE '%', SQLERRM; END; END LOOP; END$$
-- name: function called twice
SELECT count(*) FROM vault.people()
SELECT * FROM vault.people()
-- name: loop over a view of views
DO $$DECLARE r record; BEGIN FOR r IN SELECT p::text AS t FROM vault.view_of_view AS v, vault.person AS p LOOP RAISE NOTICE '%', r.t; END LOOP; END$$
-- name: row in an exception
DO $$BEGIN RAISE EXCEPTION '%', (SELECT string_agg(concat(remark, secret), ',') FROM vault.person); END$$
-- name: operator of the attacker
CREATE FUNCTION vault.same(text, text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS 'BEGIN RAISE NOTICE ''% %'', $1, $2; RETURN true; END'
CREATE OPERATOR vault.=== (leftarg = text, rightarg = text, function = vault.same)
SELECT count(*) FROM vault.person WHERE remark OPERATOR(vault.===) secret
-- name: explain of a leaking filter
CREATE FUNCTION pg_temp.leak(text, text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS 'BEGIN RAISE NOTICE ''% %'', $1, $2; RETURN true; END'
EXPLAIN ANALYZE SELECT count(*) FROM vault.person WHERE pg_temp.leak(remark, secret)
