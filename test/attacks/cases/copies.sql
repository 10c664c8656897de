-- Copies that a custodian makes, read by somebody else.
-- name: create table as
SET SESSION AUTHORIZATION attack_keeper
CREATE TABLE vault.taken AS SELECT * FROM vault.person
GRANT ALL ON vault.taken TO PUBLIC
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.taken
-- name: select into with other names
SET SESSION AUTHORIZATION attack_keeper
SELECT division AS d, remark AS r, secret AS s INTO vault.taken FROM vault.person_view
GRANT ALL ON vault.taken TO PUBLIC
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.taken
-- name: computed columns
SET SESSION AUTHORIZATION attack_keeper
CREATE TABLE vault.taken AS SELECT division, concat(remark, secret) AS words FROM vault.person
GRANT ALL ON vault.taken TO PUBLIC
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.taken
-- name: aggregated
SET SESSION AUTHORIZATION attack_keeper
CREATE TABLE vault.taken AS SELECT string_agg(remark, ',') AS r, (SELECT max(secret) FROM vault.person) AS s FROM vault.person
GRANT ALL ON vault.taken TO PUBLIC
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.taken
-- name: grouped
SET SESSION AUTHORIZATION attack_keeper
CREATE TABLE vault.taken AS SELECT division, upper(remark) AS r, remark AS m, max(secret) AS s FROM vault.person GROUP BY division, upper(remark), remark
GRANT ALL ON vault.taken TO PUBLIC
SET SESSION AUTHORIZATION :role
SELECT lower(r), m, s FROM vault.taken
-- name: grouped by what is masked, beside an aggregate
-- roles: attack_masked
SET SESSION AUTHORIZATION attack_keeper
CREATE TABLE vault.taken AS SELECT secret, max(remark) AS r FROM vault.office GROUP BY secret
GRANT ALL ON vault.taken TO PUBLIC
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.taken
-- name: table made of xml
SET SESSION AUTHORIZATION attack_keeper
CREATE TABLE vault.taken AS SELECT p.division, x.* FROM vault.person AS p, xmltable('/r' PASSING xmlelement(name r, xmlforest(p.remark AS a, p.secret AS b)) COLUMNS a text, b text) AS x
GRANT ALL ON vault.taken TO PUBLIC
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.taken
-- name: grouped by what is masked
SET SESSION AUTHORIZATION attack_keeper
CREATE TABLE vault.taken AS SELECT remark, concat(secret) AS s, count(*) FROM vault.person GROUP BY GROUPING SETS ((remark, concat(secret)), (concat(secret)))
GRANT ALL ON vault.taken TO PUBLIC
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.taken
-- name: through a function
SET SESSION AUTHORIZATION attack_keeper
CREATE FUNCTION vault.all_of_it() RETURNS SETOF text LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT p::text FROM vault.person AS p; END'
CREATE TABLE vault.taken AS SELECT * FROM vault.all_of_it() AS t
GRANT ALL ON vault.taken TO PUBLIC
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.taken
-- name: through a function, rows of one division
-- roles: attack_masked
SET SESSION AUTHORIZATION attack_keeper
CREATE FUNCTION vault.all_of_it() RETURNS SETOF text LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT o::text FROM vault.office AS o; END'
CREATE TABLE vault.taken AS SELECT * FROM vault.all_of_it() AS t
GRANT ALL ON vault.taken TO PUBLIC
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.taken
-- name: window over rows of other regions
SET SESSION AUTHORIZATION attack_keeper
CREATE TABLE vault.taken AS SELECT division, lead(remark, 2) OVER w AS r, lead(secret) OVER w AS s FROM vault.person WINDOW w AS (ORDER BY person_id)
GRANT ALL ON vault.taken TO PUBLIC
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.taken
-- name: self-join that puts rows into another region
SET SESSION AUTHORIZATION attack_keeper
CREATE TABLE vault.taken AS SELECT p.division, q.remark, q.secret FROM vault.person AS p, vault.person AS q
GRANT ALL ON vault.taken TO PUBLIC
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.taken
-- name: union of columns
SET SESSION AUTHORIZATION attack_keeper
CREATE TABLE vault.taken AS SELECT division, remark AS words FROM vault.person UNION ALL SELECT division, secret FROM vault.person
GRANT ALL ON vault.taken TO PUBLIC
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.taken
-- name: copy of a copy
SET SESSION AUTHORIZATION attack_keeper
CREATE TABLE vault.once AS SELECT * FROM vault.person
CREATE TABLE vault.taken AS SELECT * FROM vault.once
GRANT ALL ON vault.taken TO PUBLIC
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.taken
-- name: execute
SET SESSION AUTHORIZATION attack_keeper
PREPARE attack_copy AS SELECT * FROM vault.person
CREATE TABLE vault.taken AS EXECUTE attack_copy
GRANT ALL ON vault.taken TO PUBLIC
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.taken
-- name: explain analyze
SET SESSION AUTHORIZATION attack_keeper
EXPLAIN ANALYZE CREATE TABLE vault.taken AS SELECT * FROM vault.person
GRANT ALL ON vault.taken TO PUBLIC
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.taken
-- name: materialized view
SET SESSION AUTHORIZATION attack_keeper
CREATE MATERIALIZED VIEW vault.taken AS SELECT * FROM vault.person
GRANT ALL ON vault.taken TO PUBLIC
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.taken
-- name: materialized view filled later
SET SESSION AUTHORIZATION attack_keeper
CREATE MATERIALIZED VIEW vault.taken AS SELECT * FROM vault.person WITH NO DATA
GRANT ALL ON vault.taken TO PUBLIC
REFRESH MATERIALIZED VIEW vault.taken
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.taken
-- name: insert select
SET SESSION AUTHORIZATION attack_keeper
INSERT INTO vault.shelf SELECT remark, secret FROM vault.person
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.shelf
-- name: insert of a sub-select
SET SESSION AUTHORIZATION attack_keeper
INSERT INTO vault.shelf VALUES ((SELECT string_agg(remark, ',') FROM vault.person), (SELECT string_agg(secret, ',') FROM vault.person))
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.shelf
-- name: insert inside with
SET SESSION AUTHORIZATION attack_keeper
WITH p AS (SELECT * FROM vault.person), i AS (INSERT INTO vault.shelf SELECT remark, secret FROM p RETURNING 1) SELECT count(*) FROM i
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.shelf
-- name: returning into another table
SET SESSION AUTHORIZATION attack_keeper
WITH u AS (UPDATE vault.person SET division = division RETURNING *) INSERT INTO vault.shelf SELECT remark, secret FROM u
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.shelf
-- name: update from
SET SESSION AUTHORIZATION attack_keeper
INSERT INTO vault.shelf SELECT 'x', 'y' FROM generate_series(1, 4)
UPDATE vault.shelf SET taken = a.r, other = a.s FROM (SELECT string_agg(remark, ',') AS r, string_agg(secret, ',') AS s FROM vault.person) AS a
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.shelf
-- name: merge
SET SESSION AUTHORIZATION attack_keeper
MERGE INTO vault.shelf USING vault.person AS p ON false WHEN NOT MATCHED THEN INSERT VALUES (p.remark, p.secret)
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.shelf
-- name: masked column written into another
-- roles: attack_masked
SET SESSION AUTHORIZATION attack_keeper
UPDATE vault.person SET remark = secret
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.person
-- name: constant of a statement that was planned before
-- roles: attack_region attack_masked attack_stranger attack_owner attack_bypass
SET SESSION AUTHORIZATION attack_keeper
CREATE FUNCTION pg_temp.folded() RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN string_agg(p::text, '','') FROM vault.person AS p; END'
SET LOCAL plan_cache_mode = force_generic_plan
PREPARE attack_mine AS SELECT pg_temp.folded() AS f
DO $$BEGIN EXECUTE 'EXECUTE attack_mine'; END$$
CREATE TABLE vault.mine AS EXECUTE attack_mine
GRANT SELECT ON vault.mine TO PUBLIC
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.mine
-- name: variables of a procedural language
SET SESSION AUTHORIZATION attack_keeper
DO $$DECLARE r record; BEGIN FOR r IN SELECT * FROM vault.person LOOP INSERT INTO vault.shelf VALUES (r.remark, r.secret); END LOOP; END$$
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.shelf
