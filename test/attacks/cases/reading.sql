-- One statement a line; "-- name:" opens a case.
-- name: plain select
SELECT * FROM vault.person
-- name: table command
TABLE vault.person
-- name: only
SELECT * FROM ONLY vault.person
-- name: whole row
SELECT p FROM vault.person AS p
-- name: whole row as text
SELECT p::text FROM vault.person AS p
-- name: row_to_json
SELECT row_to_json(p)::text FROM vault.person AS p
-- name: to_jsonb
SELECT to_jsonb(p)::text FROM vault.person AS p
-- name: composite field
SELECT (p).remark, (p).secret FROM vault.person AS p
-- name: tablesample
SELECT * FROM vault.person TABLESAMPLE system (100)
-- name: lateral
SELECT l.* FROM generate_series(1, 4) AS n, LATERAL (SELECT * FROM vault.person WHERE person_id = n) AS l
-- name: materialized cte
WITH c AS MATERIALIZED (SELECT * FROM vault.person) SELECT * FROM c
-- name: inlined cte
WITH c AS NOT MATERIALIZED (SELECT * FROM vault.person) SELECT * FROM c
-- name: recursive cte
WITH RECURSIVE c AS (SELECT * FROM vault.person WHERE person_id = 1 UNION ALL SELECT p.* FROM c JOIN vault.person AS p ON p.person_id = c.person_id + 1) SELECT * FROM c
-- name: sub-link in the target list
SELECT (SELECT string_agg(remark || secret || '', ',') FROM vault.person), (SELECT string_agg(remark, ',') FROM vault.person), (SELECT string_agg(secret, ',') FROM vault.person)
-- name: array sub-link
SELECT ARRAY(SELECT remark FROM vault.person), ARRAY(SELECT secret FROM vault.person)
-- name: sub-link in order by
SELECT p.* FROM vault.person AS p ORDER BY (SELECT secret FROM vault.person LIMIT 1)
-- name: union
SELECT remark, secret FROM vault.person UNION SELECT secret, remark FROM vault.person
-- name: except
SELECT * FROM vault.person EXCEPT SELECT 0, '0', '', ''
-- name: window
SELECT lag(remark) OVER w, lag(secret) OVER w, remark, secret FROM vault.person WINDOW w AS (ORDER BY person_id)
-- name: grouping sets
SELECT remark, secret FROM vault.person GROUP BY GROUPING SETS ((remark), (secret))
-- name: distinct on
SELECT DISTINCT ON (person_id) * FROM vault.person
-- name: join using
SELECT * FROM vault.person JOIN vault.person AS q USING (person_id)
-- name: semi join
SELECT * FROM vault.person AS p WHERE EXISTS (SELECT FROM vault.person AS q WHERE q.person_id = p.person_id)
-- name: outer join
SELECT p.* FROM generate_series(1, 9) AS n LEFT JOIN vault.person AS p ON p.person_id = n
-- name: full join
SELECT p.* FROM vault.person AS p FULL JOIN generate_series(1, 9) AS n ON p.person_id = n
-- name: aggregates
SELECT min(remark), max(remark), min(secret), max(secret), array_agg(remark), json_agg(secret) FROM vault.person
-- name: row lock
SELECT * FROM vault.person FOR UPDATE
-- name: share lock
SELECT * FROM vault.person FOR KEY SHARE
-- name: system columns
SELECT ctid, xmin, tableoid, remark, secret FROM vault.person
-- name: by ctid
SELECT * FROM vault.person WHERE ctid IN ('(0,1)', '(0,2)', '(0,3)', '(0,4)')
-- name: cursor
DECLARE c CURSOR FOR SELECT * FROM vault.person
FETCH ALL FROM c
-- name: scroll cursor
DECLARE c SCROLL CURSOR FOR SELECT * FROM vault.person
MOVE LAST FROM c
FETCH BACKWARD ALL FROM c
-- name: prepared
PREPARE attack_statement AS SELECT * FROM vault.person
EXECUTE attack_statement
-- name: generic plan
SET LOCAL plan_cache_mode = force_generic_plan
PREPARE attack_generic(int) AS SELECT * FROM vault.person WHERE person_id > $1
EXECUTE attack_generic(0)
-- name: query_to_xml
SELECT query_to_xml('SELECT * FROM vault.person', true, false, '')::text
-- name: table_to_xml
SELECT table_to_xml('vault.person', true, false, '')::text
-- name: schema_to_xml
SELECT schema_to_xml('vault', true, false, '')::text
-- name: ts_stat
SELECT * FROM ts_stat('SELECT to_tsvector(''simple'', coalesce(remark, '''') || '' '' || coalesce(secret, '''')) FROM vault.person')
-- name: view
SELECT * FROM vault.person_view
-- name: invoker view
SELECT * FROM vault.invoker_view
-- name: view over view
SELECT * FROM vault.person_view AS v, vault.view_of_view AS w
-- name: temporary view
CREATE TEMP VIEW mine AS SELECT * FROM vault.person
SELECT * FROM mine
-- name: sql function
SELECT * FROM vault.people()
-- name: sql function in the target list
SELECT vault.people()::text
-- name: atomic function
SELECT * FROM vault.atomic()
-- name: definer function
SELECT * FROM vault.definer()
-- name: row security off
SET LOCAL row_security = off
SELECT * FROM vault.person
-- name: parent of a protected child
SELECT * FROM vault.upper
-- name: statistics of a protected child's parent
-- roles: attack_owner attack_super
ANALYZE vault.upper
SELECT most_common_vals::text FROM pg_catalog.pg_stats WHERE schemaname = 'vault' AND tablename = 'upper'
-- name: values out of line
-- roles: attack_super
SELECT query_to_xml(format('SELECT encode(chunk_data, ''escape'') AS chunk FROM %s', reltoastrelid::regclass), true, false, '')::text FROM pg_catalog.pg_class WHERE oid = 'vault.volume'::regclass
