-- What newer servers add; "-- since:" says which one.
-- name: merge returning
-- since: 17
MERGE INTO vault.person AS p USING vault.person AS q ON p.person_id = q.person_id WHEN MATCHED THEN UPDATE SET division = p.division RETURNING merge_action(), p, q
-- name: merge returning, inside with
-- since: 17
WITH m AS (MERGE INTO vault.person AS p USING (VALUES (3), (4)) AS v (id) ON p.person_id = v.id WHEN MATCHED THEN DELETE RETURNING p.*) SELECT * FROM m
-- name: merge by a keeper, returning into a table
-- since: 17
SET SESSION AUTHORIZATION attack_keeper
WITH m AS (MERGE INTO vault.person AS p USING (VALUES (1), (2), (3), (4)) AS v (id) ON p.person_id = v.id WHEN MATCHED THEN UPDATE SET division = p.division RETURNING p.*) INSERT INTO vault.shelf SELECT remark, secret FROM m
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.shelf
-- name: merge by source
-- since: 17
MERGE INTO vault.shelf AS s USING vault.person AS p ON s.taken = p.remark WHEN NOT MATCHED THEN INSERT VALUES (p.remark, p.secret) WHEN NOT MATCHED BY SOURCE THEN DELETE RETURNING s.*, p.*
-- name: rows that a merge does not match by source
-- since: 17
MERGE INTO vault.person AS p USING (SELECT 1 AS id) AS v ON p.person_id = v.id WHEN NOT MATCHED BY SOURCE THEN DELETE RETURNING p.*
-- name: merge into a view
-- since: 17
MERGE INTO vault.person_view AS p USING (VALUES (3), (4)) AS v (id) ON p.person_id = v.id WHEN MATCHED THEN UPDATE SET division = p.division RETURNING p.*
-- name: merge into an invoker view
-- since: 17
MERGE INTO vault.invoker_view AS p USING (VALUES (3), (4)) AS v (id) ON p.person_id = v.id WHEN MATCHED THEN UPDATE SET division = p.division RETURNING p.*
-- name: returning old and new of an update
-- since: 18
UPDATE vault.person SET division = division RETURNING old.*, new.*
-- name: returning old as a row
-- since: 18
UPDATE vault.person SET remark = 'x', secret = 'y' RETURNING old, old::text
-- name: returning old of a delete
-- since: 18
DELETE FROM vault.person RETURNING old.remark, old.secret, new.remark
-- name: returning old by another name
-- since: 18
UPDATE vault.person AS p SET remark = 'x', secret = 'y' RETURNING WITH (OLD AS o, NEW AS n) o.remark || o.secret, n.remark
-- name: returning old of a conflict
-- since: 18
INSERT INTO vault.person VALUES (3, '532901', 'x', 'y') ON CONFLICT (person_id) DO UPDATE SET remark = 'x', secret = 'y' RETURNING old.*
-- name: returning old of a merge
-- since: 18
MERGE INTO vault.person AS p USING (VALUES (3), (4)) AS v (id) ON p.person_id = v.id WHEN MATCHED THEN UPDATE SET remark = 'x', secret = 'y' RETURNING old.*, old
-- name: returning old of a view
-- since: 18
UPDATE vault.person_view SET remark = 'x', secret = 'y' RETURNING old.*
-- name: returning old, in a sub-link
-- since: 18
UPDATE vault.person SET remark = 'x', secret = 'y' RETURNING (SELECT string_agg(concat(old.remark, old.secret, q.remark), ',') FROM vault.person AS q)
-- name: old by a keeper into a table
-- since: 18
SET SESSION AUTHORIZATION attack_keeper
WITH u AS (UPDATE vault.person SET remark = 'x', secret = 'y' RETURNING old.*) INSERT INTO vault.shelf SELECT remark, secret FROM u
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.shelf
-- name: old of a whole row by a keeper into a table
-- since: 18
SET SESSION AUTHORIZATION attack_keeper
WITH u AS (UPDATE vault.person SET remark = 'x', secret = 'y' RETURNING old::text AS o) INSERT INTO vault.shelf SELECT o, o FROM u
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.shelf
-- name: virtual generated column
-- since: 18
-- roles: attack_owner attack_super
ALTER TABLE vault.person ADD COLUMN twin text GENERATED ALWAYS AS (remark || ' ' || secret) VIRTUAL
SELECT twin FROM vault.person
-- name: virtual generated column made by those who may
-- since: 18
SET SESSION AUTHORIZATION attack_super
SET pdauth.break_glass = 'attack'
ALTER TABLE vault.person ADD COLUMN twin text GENERATED ALWAYS AS (remark || ' ' || secret) VIRTUAL
RESET pdauth.break_glass
SET SESSION AUTHORIZATION :role
SELECT twin FROM vault.person
SELECT p FROM vault.person AS p
-- name: virtual generated column in conditions and returning
-- since: 18
SET SESSION AUTHORIZATION attack_super
SET pdauth.break_glass = 'attack'
ALTER TABLE vault.person ADD COLUMN twin text GENERATED ALWAYS AS (remark || ' ' || secret) VIRTUAL
RESET pdauth.break_glass
SET SESSION AUTHORIZATION :role
UPDATE vault.person SET division = division WHERE vault.tell(twin, twin) RETURNING old.twin, new.twin, old
-- name: stored generated column of a child, another than the parent's
-- since: 17
SET SESSION AUTHORIZATION attack_super
SET pdauth.break_glass = 'attack'
ALTER TABLE vault.elder ADD COLUMN twin text GENERATED ALWAYS AS (upper(division)) STORED
CREATE TABLE vault.offspring (person_id integer, division char(6), remark text, secret text, twin text GENERATED ALWAYS AS (remark || secret) STORED) INHERITS (vault.elder)
RESET pdauth.break_glass
SET SESSION AUTHORIZATION attack_keeper
SELECT vault.as_superuser('GRANT ALL ON vault.offspring TO attack_keeper')
INSERT INTO vault.offspring VALUES (1, '532901', 'inside', 'outcol-one'), (3, '530102', 'outrow-three', 'outcol-three')
SET SESSION AUTHORIZATION :role
SELECT twin FROM vault.elder
-- name: expression of a generated column changed
-- since: 17
-- roles: attack_owner attack_super
SET SESSION AUTHORIZATION attack_super
SET pdauth.break_glass = 'attack'
ALTER TABLE vault.person ADD COLUMN twin text GENERATED ALWAYS AS (upper(division)) STORED
RESET pdauth.break_glass
SET SESSION AUTHORIZATION :role
ALTER TABLE vault.person ALTER COLUMN twin SET EXPRESSION AS (vault.tell(remark, secret)::text)
SELECT twin FROM vault.person
-- name: expression of a generated column changed by those who may
-- since: 17
-- roles: attack_masked
SET SESSION AUTHORIZATION attack_super
SET pdauth.break_glass = 'attack'
ALTER TABLE vault.person ADD COLUMN twin text GENERATED ALWAYS AS (upper(division)) STORED
SET SESSION AUTHORIZATION :role
SELECT twin FROM vault.person
SET SESSION AUTHORIZATION attack_super
SET pdauth.break_glass = 'attack'
ALTER TABLE vault.person ALTER COLUMN twin SET EXPRESSION AS (lower(secret))
RESET pdauth.break_glass
SET SESSION AUTHORIZATION :role
SELECT twin FROM vault.person
-- name: json_table
-- since: 17
SELECT t.* FROM vault.person AS p, JSON_TABLE(to_jsonb(p), '$' COLUMNS (remark text PATH '$.remark', secret text PATH '$.secret')) AS t
-- name: json_table with a passed value
-- since: 17
SELECT t.* FROM vault.person AS p, JSON_TABLE(jsonb '{}', '$' PASSING p.remark AS r, p.secret AS s COLUMNS (remark text PATH '$r', secret text PATH '$s')) AS t
-- name: json_value and json_query
-- since: 17
SELECT JSON_VALUE(to_jsonb(p), '$.remark'), JSON_QUERY(to_jsonb(p), '$.secret'), JSON_EXISTS(to_jsonb(p), '$.secret') FROM vault.person AS p
-- name: json_value that fails
-- since: 17
-- canary: outrow-three
-- roles: attack_region attack_stranger attack_owner attack_bypass attack_super attack_lifted
SELECT JSON_VALUE(to_jsonb(p), '$.remark' RETURNING integer ERROR ON ERROR) FROM vault.person AS p WHERE person_id = 3
-- name: json_value that fails on a masked value
-- since: 17
-- canary: outcol-three
SELECT JSON_VALUE(to_jsonb(p), '$.secret' RETURNING integer ERROR ON ERROR) FROM vault.person AS p WHERE person_id = 3
-- name: json constructors
-- since: 17
SELECT JSON_ARRAYAGG(p.remark), JSON_OBJECTAGG(p.person_id: p.secret), JSON_ARRAY(SELECT remark FROM vault.person), JSON_SERIALIZE(JSON_OBJECT('s': max(p.secret))) FROM vault.person AS p
-- name: any_value
-- since: 17
SELECT any_value(remark), any_value(secret) FROM vault.person WHERE person_id = 3
-- name: order of the rows by one who may maintain
-- since: 17
-- roles: attack_masked
-- canary: 4,1,3,2
SET SESSION AUTHORIZATION attack_owner
CREATE INDEX by_secret ON vault.heir (secret)
GRANT MAINTAIN ON vault.heir TO PUBLIC
SET SESSION AUTHORIZATION :role
CLUSTER vault.heir USING by_secret
SELECT string_agg(person_id::text, ',') FROM vault.elder
-- name: reads of all data
-- since: 17
SELECT vault.as_superuser('GRANT pg_read_all_data, pg_write_all_data, pg_maintain, pg_monitor, pg_read_all_stats TO ' || current_user)
ANALYZE vault.person
SELECT coalesce(most_common_vals::text, '') || coalesce(histogram_bounds::text, '') FROM pg_stats WHERE schemaname = 'vault' AND tablename = 'person'
SELECT * FROM vault.person
-- name: materialized view of another, copied out
-- since: 18
SET SESSION AUTHORIZATION attack_keeper
CREATE MATERIALIZED VIEW vault.taken AS SELECT * FROM vault.person
GRANT ALL ON vault.taken TO PUBLIC
SET SESSION AUTHORIZATION :role
COPY vault.taken TO STDOUT
-- name: materialized view refreshed by one who may maintain
-- since: 17
CREATE MATERIALIZED VIEW vault.taken AS SELECT * FROM vault.person WITH NO DATA
GRANT ALL ON vault.taken TO PUBLIC
SET SESSION AUTHORIZATION attack_keeper
REFRESH MATERIALIZED VIEW vault.taken
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.taken
-- name: write-ahead log
-- since: 17
-- roles: attack_super
CREATE EXTENSION pg_walinspect
SET SESSION AUTHORIZATION attack_keeper
SELECT set_config('attack.lsn', pg_current_wal_insert_lsn()::text, true)
INSERT INTO vault.person VALUES (9, '530109', 'outrow-nine', 'outcol-nine')
SET SESSION AUTHORIZATION :role
SELECT pg_current_xact_id() IS NOT NULL, pg_switch_wal() IS NOT NULL
SELECT string_agg(encode(concat(block_data, block_fpi_data)::bytea, 'escape'), '') FROM pg_get_wal_block_info(current_setting('attack.lsn')::pg_lsn, pg_current_wal_flush_lsn())
-- name: not null not valid, validated
-- since: 18
-- roles: attack_owner
-- canary: contains null values
ALTER TABLE vault.province ADD CONSTRAINT filled NOT NULL secret NOT VALID
ALTER TABLE vault.province VALIDATE CONSTRAINT filled
-- name: not null made by those who may, validated by the owner
-- since: 18
-- roles: attack_owner
-- canary: contains null values
SET SESSION AUTHORIZATION attack_super
SET pdauth.break_glass = 'attack'
ALTER TABLE vault.province ADD CONSTRAINT filled NOT NULL secret NOT VALID
RESET pdauth.break_glass
SET SESSION AUTHORIZATION :role
ALTER TABLE vault.province VALIDATE CONSTRAINT filled
-- name: not null handed down
-- since: 18
-- roles: attack_owner
-- canary: contains null values
SET SESSION AUTHORIZATION attack_super
SET pdauth.break_glass = 'attack'
INSERT INTO vault.heir VALUES (5, '530102', NULL, NULL)
ALTER TABLE vault.elder ADD CONSTRAINT filled NOT NULL secret NO INHERIT
RESET pdauth.break_glass
SET SESSION AUTHORIZATION :role
ALTER TABLE vault.elder ALTER CONSTRAINT filled INHERIT
-- name: foreign key not enforced, enforced by the owner
-- since: 18
-- roles: attack_owner
-- canary: outcol-
CREATE TABLE vault.words (word text PRIMARY KEY)
GRANT ALL ON vault.words TO PUBLIC
SET SESSION AUTHORIZATION attack_super
SET pdauth.break_glass = 'attack'
ALTER TABLE vault.person ADD CONSTRAINT known FOREIGN KEY (secret) REFERENCES vault.words NOT ENFORCED
RESET pdauth.break_glass
SET SESSION AUTHORIZATION :role
ALTER TABLE vault.person ALTER CONSTRAINT known ENFORCED
-- name: foreign key that finds a key, not enforced at first
-- since: 18
-- canary: found-three
CREATE TABLE vault.probe (person_id integer REFERENCES vault.person NOT ENFORCED)
INSERT INTO vault.probe VALUES (3)
ALTER TABLE vault.probe ALTER CONSTRAINT probe_person_id_fkey ENFORCED
SELECT 'found-' || 'three' FROM vault.probe
-- name: plan and its range table in full
-- since: 18
-- roles: attack_super
LOAD 'pg_overexplain'
EXPLAIN (ANALYZE, DEBUG, RANGE_TABLE, VERBOSE) SELECT * FROM vault.person WHERE remark = 'outrow-three' OR secret = 'outcol-three'
-- name: searches of an index by its second column
-- since: 18
-- roles: attack_region
-- canary: searched again
SELECT vault.as_superuser('CREATE INDEX ON vault.person (division, remark)')
SET SESSION AUTHORIZATION attack_keeper
INSERT INTO vault.person SELECT n, 530100 + n % 3, n FROM generate_series(1000, 4000) AS n
SET SESSION AUTHORIZATION :role
SET LOCAL enable_seqscan = off
SET LOCAL enable_bitmapscan = off
DO $$DECLARE line text; BEGIN FOR line IN EXECUTE 'EXPLAIN ANALYZE SELECT * FROM vault.person WHERE remark = ''absent''' LOOP IF line ~ 'Index Searches: [2-9]' THEN RAISE NOTICE 'searched again'; END IF; END LOOP; END$$
-- name: searches of an index, by a worker
-- since: 18
-- roles: attack_region
-- canary: searched again
SELECT vault.as_superuser('CREATE INDEX ON vault.person (division, remark)')
SET SESSION AUTHORIZATION attack_keeper
INSERT INTO vault.person SELECT n, 530100 + n % 3, n FROM generate_series(1000, 4000) AS n
SET SESSION AUTHORIZATION :role
SET LOCAL enable_seqscan = off
SET LOCAL enable_bitmapscan = off
SET LOCAL debug_parallel_query = on
DO $$DECLARE line text; BEGIN FOR line IN EXECUTE 'EXPLAIN ANALYZE SELECT * FROM vault.person WHERE remark = ''absent''' LOOP IF line ~ 'Index Searches: [2-9]' THEN RAISE NOTICE 'searched again'; END IF; END LOOP; END$$
-- name: size of what is serialized
-- since: 17
-- roles: attack_region
-- canary: output=1kB
EXPLAIN (ANALYZE, SERIALIZE, COSTS OFF, TIMING OFF) SELECT * FROM vault.person WHERE person_id = 3
-- name: copy by json_table
-- since: 17
SET SESSION AUTHORIZATION attack_keeper
CREATE TABLE vault.taken AS SELECT p.division, t.* FROM vault.person AS p, JSON_TABLE(to_jsonb(p), '$' COLUMNS (remark text PATH '$.remark', secret text PATH '$.secret')) AS t
GRANT ALL ON vault.taken TO PUBLIC
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.taken
-- name: copy by json_table with a passed value
-- since: 17
SET SESSION AUTHORIZATION attack_keeper
CREATE TABLE vault.taken AS SELECT t.* FROM vault.person AS p, JSON_TABLE(jsonb '{}', '$' PASSING p.remark AS r, p.secret AS s COLUMNS (r text PATH '$r', s text PATH '$s')) AS t
GRANT ALL ON vault.taken TO PUBLIC
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.taken
-- name: copy of a virtual generated column
-- since: 18
SET SESSION AUTHORIZATION attack_super
SET pdauth.break_glass = 'attack'
ALTER TABLE vault.person ADD COLUMN twin text GENERATED ALWAYS AS (remark || ' ' || secret) VIRTUAL
RESET pdauth.break_glass
SET SESSION AUTHORIZATION attack_keeper
CREATE TABLE vault.taken AS SELECT division, twin FROM vault.person
GRANT ALL ON vault.taken TO PUBLIC
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.taken
-- name: old of a virtual generated column by a keeper into a table
-- since: 18
SET SESSION AUTHORIZATION attack_super
SET pdauth.break_glass = 'attack'
ALTER TABLE vault.person ADD COLUMN twin text GENERATED ALWAYS AS (remark || ' ' || secret) VIRTUAL
RESET pdauth.break_glass
SET SESSION AUTHORIZATION attack_keeper
WITH u AS (UPDATE vault.person SET remark = 'x' RETURNING old.twin, new.twin AS n) INSERT INTO vault.shelf SELECT twin, n FROM u
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.shelf
