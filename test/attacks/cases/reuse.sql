-- Plans, functions and cursors made under one state of things and used under another.
-- vault.as_superuser(): what a superuser does meanwhile, without a SET ROLE that tells anybody.
-- name: cursor over a function, opened by somebody else
SET SESSION AUTHORIZATION attack_trusted
DECLARE c CURSOR FOR SELECT * FROM vault.definer()
MOVE 1 FROM c
SET SESSION AUTHORIZATION :role
FETCH ALL FROM c
-- name: held cursor over a function, opened by somebody else
SET SESSION AUTHORIZATION attack_trusted
DECLARE c CURSOR WITH HOLD FOR SELECT * FROM vault.definer()
COMMIT
SET SESSION AUTHORIZATION :role
FETCH ALL FROM c
-- name: held cursor opened by somebody else
SET SESSION AUTHORIZATION attack_trusted
DECLARE c CURSOR WITH HOLD FOR SELECT * FROM vault.person
COMMIT
SET SESSION AUTHORIZATION :role
FETCH ALL FROM c
-- name: held cursor of somebody else, by a procedural language
SET SESSION AUTHORIZATION attack_trusted
DECLARE c CURSOR WITH HOLD FOR SELECT * FROM vault.person
COMMIT
SET SESSION AUTHORIZATION :role
DO $$DECLARE c refcursor := 'c'; r record; BEGIN LOOP FETCH c INTO r; EXIT WHEN NOT FOUND; RAISE NOTICE '%', r; END LOOP; END$$
-- name: held cursor of somebody else, to xml
SET SESSION AUTHORIZATION attack_trusted
DECLARE c CURSOR WITH HOLD FOR SELECT * FROM vault.person
COMMIT
SET SESSION AUTHORIZATION :role
SELECT cursor_to_xml('c', 100, false, false, '')
-- name: cursor inside a function of somebody else
SET SESSION AUTHORIZATION attack_trusted
DO $$DECLARE c refcursor := 'c'; BEGIN OPEN c FOR SELECT * FROM vault.person_view, vault.people(); MOVE c; END$$
SET SESSION AUTHORIZATION :role
FETCH ALL FROM c
-- name: where current of a cursor of somebody else
SET SESSION AUTHORIZATION attack_keeper
DECLARE c CURSOR FOR SELECT * FROM vault.person ORDER BY person_id DESC FOR UPDATE
MOVE 1 FROM c
SET SESSION AUTHORIZATION :role
UPDATE vault.person SET division = division WHERE CURRENT OF c RETURNING *
-- name: delete where current of a cursor of somebody else
SET SESSION AUTHORIZATION attack_keeper
DECLARE c CURSOR FOR SELECT * FROM vault.person ORDER BY person_id DESC FOR UPDATE
MOVE 1 FROM c
SET SESSION AUTHORIZATION :role
DELETE FROM vault.person WHERE CURRENT OF c RETURNING *
-- name: plan inside a function of somebody who sees all, the outer role changed by set_config
RESET SESSION AUTHORIZATION
SET LOCAL ROLE attack_trusted
DO $$BEGIN PERFORM vault.tell_all(); END$$
SELECT set_config('role', ':role', true)
SELECT vault.tell_all()
-- name: plan inside a function, the outer role taken back by a rollback
RESET SESSION AUTHORIZATION
SET LOCAL ROLE :role
SAVEPOINT s
SET LOCAL ROLE attack_trusted
DO $$BEGIN PERFORM vault.tell_all(); END$$
ROLLBACK TO SAVEPOINT s
SELECT vault.tell_all()
-- name: prepared, the role changed by set_config
RESET SESSION AUTHORIZATION
SET LOCAL plan_cache_mode = force_generic_plan
SET LOCAL ROLE attack_trusted
PREPARE attack_theirs AS SELECT * FROM vault.person
DO $$BEGIN EXECUTE 'EXECUTE attack_theirs'; END$$
SELECT set_config('role', ':role', true)
EXECUTE attack_theirs
-- name: prepared, license revoked since
-- roles: attack_region attack_masked
-- canary: inside
PREPARE attack_mine AS SELECT * FROM vault.person
DO $$BEGIN EXECUTE 'EXECUTE attack_mine'; END$$
SELECT vault.as_superuser($$UPDATE pdauth.license SET revoke_reason = 'attack' WHERE licensee = ':role'::regrole$$)
EXECUTE attack_mine
-- name: prepared, membership lost since
-- roles: attack_member
-- canary: inside
PREPARE attack_mine AS SELECT * FROM vault.person
DO $$BEGIN EXECUTE 'EXECUTE attack_mine'; END$$
SELECT vault.as_superuser('REVOKE attack_team FROM attack_member')
EXECUTE attack_mine
-- name: prepared, expired since
-- roles: attack_region attack_masked attack_member
-- canary: inside
RESET SESSION AUTHORIZATION
SET LOCAL ROLE :role
PREPARE attack_mine AS SELECT * FROM vault.person
DO $$BEGIN EXECUTE 'EXECUTE attack_mine'; END$$
SELECT vault.as_superuser('SET LOCAL pdauth.clock = ''2100-01-01''')
EXECUTE attack_mine
-- name: prepared, another purpose declared since
-- roles: attack_region attack_masked attack_member
-- canary: inside
PREPARE attack_mine AS SELECT * FROM vault.person
DO $$BEGIN EXECUTE 'EXECUTE attack_mine'; END$$
SELECT set_config('pdauth.purpose', 'marketing', true)
EXECUTE attack_mine
-- name: prepared, label stricter since
-- roles: attack_region
-- canary: outcol-one
PREPARE attack_mine AS SELECT * FROM vault.person
DO $$BEGIN EXECUTE 'EXECUTE attack_mine'; END$$
SET SESSION AUTHORIZATION attack_policy
DO $$BEGIN PERFORM pdauth.mask('vault.person', 'secret', 'VALUE NULL', level => 'core'); EXCEPTION WHEN OTHERS THEN NULL; END$$
SET SESSION AUTHORIZATION :role
EXECUTE attack_mine
-- name: open cursor, license revoked since
-- roles: attack_region attack_masked
-- canary: inside
DECLARE c SCROLL CURSOR FOR SELECT * FROM vault.person
MOVE ALL FROM c
SELECT vault.as_superuser($$UPDATE pdauth.license SET revoke_reason = 'attack' WHERE licensee = ':role'::regrole$$)
FETCH BACKWARD ALL FROM c
-- name: open cursor over a function, membership lost since
-- roles: attack_member
-- canary: inside
DECLARE c CURSOR FOR SELECT * FROM vault.definer()
MOVE 1 FROM c
SELECT vault.as_superuser('REVOKE attack_team FROM attack_member')
FETCH ALL FROM c
-- name: open cursor, expired since
-- roles: attack_region attack_masked attack_member
-- canary: inside
RESET SESSION AUTHORIZATION
SET LOCAL ROLE :role
DECLARE c CURSOR FOR SELECT * FROM vault.person
MOVE 1 FROM c
SELECT vault.as_superuser('SET LOCAL pdauth.clock = ''2100-01-01''')
FETCH ALL FROM c
-- name: where current of inside a definer function of somebody else
SET SESSION AUTHORIZATION attack_keeper
CREATE FUNCTION vault.touch() RETURNS SETOF vault.person LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN QUERY UPDATE vault.person SET division = division WHERE CURRENT OF c RETURNING *; END'
DECLARE c CURSOR FOR SELECT * FROM vault.person ORDER BY person_id DESC FOR UPDATE
MOVE 1 FROM c
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.touch()
-- name: where current of one's own table, joined
CREATE TABLE vault.mine (words text)
INSERT INTO vault.mine VALUES ('')
DECLARE c CURSOR FOR SELECT * FROM vault.mine, vault.person ORDER BY person_id DESC FOR UPDATE
MOVE 1 FROM c
UPDATE vault.mine SET words = p.r || p.s FROM (SELECT string_agg(remark, ',') AS r, string_agg(secret, ',') AS s FROM vault.person) AS p WHERE CURRENT OF c RETURNING words
-- name: trigger of the attacker in a keeper's cascade
CREATE FUNCTION vault.steal() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE NOTICE ''%'', (SELECT string_agg(p::text, '','') FROM vault.person AS p); RETURN OLD; END'
CREATE TRIGGER steal BEFORE DELETE ON vault.hook_:role FOR EACH ROW EXECUTE FUNCTION vault.steal()
SET SESSION AUTHORIZATION attack_keeper
DELETE FROM vault.person WHERE person_id = 2
-- name: cast of the attacker folded for a foreign key's query
INSERT INTO vault.nested_:role VALUES (ROW (3)::vault.key)
-- name: foreign key checked inside a keeper's cascade
CREATE FUNCTION vault.steal() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN EXECUTE ''INSERT INTO vault.nested_:role VALUES (ROW (3)::vault.key)''; RETURN OLD; END'
CREATE TRIGGER steal BEFORE DELETE ON vault.hook_:role FOR EACH ROW EXECUTE FUNCTION vault.steal()
SET SESSION AUTHORIZATION attack_keeper
DELETE FROM vault.person WHERE person_id = 2
-- name: foreign key between open tables, whose cast reads another
CREATE TYPE vault.own AS (k integer)
CREATE FUNCTION vault.own_integer(vault.own) RETURNS integer LANGUAGE plpgsql VOLATILE AS 'BEGIN RAISE NOTICE ''%'', (SELECT string_agg(p::text, '','') FROM vault.person AS p); RETURN $1.k; END'
CREATE CAST (vault.own AS integer) WITH FUNCTION vault.own_integer(vault.own) AS IMPLICIT
CREATE TABLE vault.parent (id integer PRIMARY KEY)
CREATE TABLE vault.child (k vault.own REFERENCES vault.parent)
INSERT INTO vault.parent VALUES (3)
INSERT INTO vault.child VALUES (ROW (3)::vault.own)
-- What the planner runs for itself: a function that says it is immutable, and reads.
-- name: constant of a cursor opened by somebody else
SET SESSION AUTHORIZATION attack_trusted
CREATE FUNCTION vault.folded() RETURNS text LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER AS 'BEGIN RETURN string_agg(p::text, '','') FROM vault.person AS p; END'
DECLARE c CURSOR FOR SELECT vault.folded()
SET SESSION AUTHORIZATION :role
FETCH ALL FROM c
-- name: constant of a held cursor opened by somebody else
SET SESSION AUTHORIZATION attack_trusted
CREATE OR REPLACE FUNCTION vault.folded_and_held() RETURNS text LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER AS 'BEGIN RETURN string_agg(p::text, '','') FROM vault.person AS p; END'
DECLARE c CURSOR WITH HOLD FOR SELECT vault.folded_and_held()
COMMIT
SET SESSION AUTHORIZATION :role
FETCH ALL FROM c
-- name: constant prepared by somebody else
RESET SESSION AUTHORIZATION
SET LOCAL ROLE attack_trusted
CREATE FUNCTION vault.folded() RETURNS text LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER AS 'BEGIN RETURN string_agg(p::text, '','') FROM vault.person AS p; END'
PREPARE attack_theirs AS SELECT vault.folded()
DO $$BEGIN EXECUTE 'EXECUTE attack_theirs'; END$$
SELECT set_config('role', ':role', true)
EXECUTE attack_theirs
-- name: constant prepared, license revoked since
-- roles: attack_region attack_masked
-- canary: inside
CREATE FUNCTION pg_temp.folded() RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN string_agg(p::text, '','') FROM vault.person AS p; END'
PREPARE attack_mine AS SELECT pg_temp.folded()
DO $$BEGIN EXECUTE 'EXECUTE attack_mine'; END$$
SELECT vault.as_superuser($$UPDATE pdauth.license SET revoke_reason = 'attack' WHERE licensee = ':role'::regrole$$)
EXECUTE attack_mine
-- name: constant kept by a procedural language, license revoked since
-- roles: attack_region attack_masked
-- canary: inside
CREATE FUNCTION pg_temp.folded() RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN string_agg(p::text, '','') FROM vault.person AS p; END'
CREATE FUNCTION pg_temp.again() RETURNS text LANGUAGE plpgsql AS 'DECLARE t text; BEGIN t := pg_temp.folded(); RETURN t; END'
DO $$BEGIN PERFORM pg_temp.again(); END$$
SELECT vault.as_superuser($$UPDATE pdauth.license SET revoke_reason = 'attack' WHERE licensee = ':role'::regrole$$)
SELECT pg_temp.again()
