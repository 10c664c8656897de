-- A masked column reached without a plain mention of it, or beside a relation that is left as it is because nobody asks.
-- name: natural join that merges it
SELECT secret, remark FROM vault.person NATURAL JOIN (SELECT secret, remark FROM vault.person) AS q
-- name: merged column of a full join
SELECT j.remark, j.secret FROM (vault.person AS p FULL JOIN vault.person AS q USING (person_id, secret, remark)) AS j
-- name: alias of a join using
SELECT j.* FROM vault.person JOIN vault.person AS q USING (remark, secret) AS j
-- name: whole row of a join
SELECT j FROM (vault.person AS p JOIN generate_series(1, 9) AS n ON n = p.person_id) AS j
-- name: whole row of a join within a join
SELECT k FROM ((vault.person AS p JOIN generate_series(1, 9) AS n ON n = p.person_id) AS j CROSS JOIN (VALUES (1)) AS v) AS k
-- name: merged column of a join, in a lateral sub-query
SELECT l.* FROM (vault.person AS p JOIN vault.person AS q USING (person_id, remark, secret)) AS j, LATERAL (SELECT j.remark || '', j.secret || '') AS l
-- name: whole row of a join, two sub-queries down
SELECT (SELECT (SELECT j::text)) FROM (vault.person AS p LEFT JOIN vault.person AS q USING (person_id)) AS j
-- name: column of an outer query's join in a lateral join's list
SELECT s.* FROM (vault.person AS p JOIN (VALUES (1), (2), (3), (4)) AS v (person_id) USING (person_id)) AS j, LATERAL (SELECT * FROM (SELECT j.secret AS s, j.remark AS r) AS a JOIN (SELECT j.secret AS s) AS b USING (s)) AS s
-- name: order by position
SELECT * FROM vault.person ORDER BY 4, 3
-- name: functional dependency of a group
SELECT p.* FROM vault.person AS p GROUP BY p.person_id
-- name: whole row of a group
SELECT p FROM vault.person AS p GROUP BY p.person_id
-- name: having
SELECT max(vault.tell(remark, secret)::text) FROM vault.person GROUP BY person_id HAVING bool_or(vault.tell(remark, secret))
-- name: row comparison
SELECT c FROM (VALUES ('outrow-three'), ('outcol-one'), ('outcol-three')) AS v (c) WHERE EXISTS (SELECT FROM vault.person AS p WHERE (p.person_id, p.secret) = (1, c) OR (p.person_id, p.secret) = (3, c) OR (p.person_id, p.remark) = (3, c))
-- name: row compared as a whole
SELECT c FROM (VALUES (ROW (1, '532901', 'inside', 'outcol-one')::vault.person), (ROW (3, '530102', 'outrow-three', 'outcol-three')::vault.person)) AS v (c) WHERE c IN (SELECT p FROM vault.person AS p)
-- name: table function over its rows
SELECT j.* FROM vault.person AS p, LATERAL json_each_text(row_to_json(p)) AS j
-- name: columns of its json
SELECT r.* FROM vault.person AS p, LATERAL jsonb_populate_record(NULL::vault.person, to_jsonb(p)) AS r
-- name: record set
SELECT r.* FROM jsonb_populate_recordset(NULL::vault.person, (SELECT jsonb_agg(p) FROM vault.person AS p)) AS r
-- name: xmltable
SELECT x.* FROM vault.person AS p, LATERAL xmltable('/r' PASSING xmlelement(name r, xmlforest(p.remark AS a, p.secret AS b)) COLUMNS a text, b text) AS x
-- name: unnest of rows
SELECT u.* FROM unnest((SELECT array_agg(p) FROM vault.person AS p)) AS u
-- name: rows from
SELECT * FROM ROWS FROM (unnest((SELECT array_agg(remark) FROM vault.person)), unnest((SELECT array_agg(secret) FROM vault.person)))
-- name: values
VALUES ((SELECT string_agg(remark, ',') FROM vault.person), (SELECT string_agg(secret, ',') FROM vault.person))
-- name: limit
SELECT 1 LIMIT (SELECT count(*) FROM vault.person WHERE vault.tell(remark, secret))
-- name: window frame
SELECT last_value(p) OVER (ORDER BY person_id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM vault.person AS p
-- name: filter of an aggregate
SELECT count(*) FILTER (WHERE vault.tell(remark, secret)) FROM vault.person
-- name: ordered-set aggregate
SELECT percentile_disc(0.99) WITHIN GROUP (ORDER BY secret), percentile_disc(0.99) WITHIN GROUP (ORDER BY remark) FROM vault.person
-- name: sample of a sub-query's argument
SELECT p.* FROM (VALUES (100)) AS v (n), LATERAL (SELECT * FROM vault.person TABLESAMPLE bernoulli (100) REPEATABLE ((SELECT count(*) FROM vault.person WHERE vault.tell(remark, secret)))) AS p
-- name: lock of one, rows of another
SELECT q.* FROM vault.shelf AS s RIGHT JOIN vault.person AS q ON true
-- name: nested views that merge
CREATE TEMPORARY VIEW a AS SELECT p.secret, q.remark FROM vault.person AS p JOIN vault.person AS q USING (person_id)
CREATE TEMPORARY VIEW b AS SELECT a.*, p.person_id FROM a JOIN vault.person AS p ON p.remark = a.remark
SELECT DISTINCT remark, secret FROM b
-- name: view of whole rows
CREATE TEMPORARY VIEW a AS SELECT p FROM vault.person AS p
SELECT (a.p).remark, (a.p).secret FROM a
-- name: search and cycle of a recursive query
WITH RECURSIVE c AS (SELECT person_id, remark, secret FROM vault.person WHERE person_id = 1 UNION ALL SELECT p.person_id, p.remark, p.secret FROM c JOIN vault.person AS p ON p.person_id = c.person_id + 1) SEARCH DEPTH FIRST BY secret, remark SET o CYCLE person_id SET y USING z SELECT o, z FROM c
-- name: SQL function with a row for argument
CREATE FUNCTION pg_temp.f(p vault.person) RETURNS text LANGUAGE sql STABLE AS 'SELECT p.remark || p.secret'
SELECT pg_temp.f(p) || '', remark FROM vault.person AS p
-- name: attribute notation of a function
CREATE FUNCTION pg_temp.f(p vault.person) RETURNS text LANGUAGE sql STABLE AS 'SELECT p.remark || p.secret'
SELECT pg_temp.f(p.*), (p.*)::text FROM vault.person AS p
-- name: SQL function inlined beside it, with its column for argument
CREATE FUNCTION pg_temp.f(a text, b text) RETURNS TABLE (x text, y text) LANGUAGE sql STABLE AS 'SELECT a, b FROM vault.person LIMIT 1'
SELECT f.* FROM vault.person AS p, LATERAL pg_temp.f(p.remark, p.secret) AS f
-- name: function that returns a record
CREATE FUNCTION pg_temp.f() RETURNS SETOF record LANGUAGE sql STABLE AS 'SELECT * FROM vault.person'
SELECT * FROM pg_temp.f() AS f (a integer, b char(6), c text, d text)
-- name: default of a column
CREATE FUNCTION pg_temp.f() RETURNS text LANGUAGE sql STABLE AS 'SELECT string_agg(p::text, '','') FROM vault.person AS p'
CREATE TEMPORARY TABLE t (a integer, b text DEFAULT pg_temp.f())
INSERT INTO t (a) VALUES (1) RETURNING b
-- name: anonymous block
DO $$DECLARE r record; BEGIN FOR r IN SELECT * FROM vault.person LOOP RAISE NOTICE '%', r; END LOOP; END$$
-- name: procedure
CREATE PROCEDURE pg_temp.f(INOUT t text) LANGUAGE plpgsql AS $$BEGIN SELECT string_agg(p::text, ',') INTO t FROM vault.person AS p; END$$
CALL pg_temp.f('')
-- name: argument of a procedure
CREATE PROCEDURE pg_temp.f(INOUT t text) LANGUAGE plpgsql AS $$BEGIN END$$
CREATE FUNCTION pg_temp.g() RETURNS text LANGUAGE plpgsql AS $$BEGIN RETURN string_agg(p::text, ',') FROM vault.person AS p; END$$
CALL pg_temp.f(pg_temp.g())
-- name: parameter of execute
PREPARE q (text) AS SELECT $1
CREATE FUNCTION pg_temp.g() RETURNS text LANGUAGE plpgsql AS $$BEGIN RETURN string_agg(p::text, ',') FROM vault.person AS p; END$$
EXECUTE q (pg_temp.g())
-- name: explain of execute
PREPARE q AS SELECT * FROM vault.person WHERE vault.tell(remark, secret)
EXPLAIN ANALYZE EXECUTE q
-- name: plain expression of a procedural language
DO $$DECLARE t text := (SELECT string_agg(p::text, ',') FROM vault.person AS p); BEGIN RAISE NOTICE '%', t; END$$
-- name: parallel
SET LOCAL parallel_setup_cost = 0
SET LOCAL parallel_tuple_cost = 0
SET LOCAL min_parallel_table_scan_size = 0
SELECT string_agg(p::text, ',') FROM vault.person AS p
-- name: parallel, forced
SELECT set_config(name, 'regress', true) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query')
SELECT p.person_id, q.remark, q.secret FROM vault.person AS p JOIN vault.person AS q USING (person_id)
-- name: key found by an index only
CREATE TEMPORARY TABLE t AS SELECT c FROM (VALUES ('outrow-three'), ('outcol-three')) AS v (c)
SELECT c FROM t WHERE EXISTS (SELECT FROM vault.person WHERE remark = c) OR EXISTS (SELECT FROM vault.person WHERE secret = c)
-- name: fetched to the end by a cursor that cannot go back
DECLARE c NO SCROLL CURSOR FOR SELECT p FROM vault.person AS p
FETCH ALL FROM c
-- name: read row by row by an SQL function
CREATE FUNCTION pg_temp.f() RETURNS SETOF vault.person LANGUAGE sql VOLATILE AS 'SELECT * FROM vault.person'
DECLARE c NO SCROLL CURSOR FOR SELECT pg_temp.f()
FETCH 1 FROM c
FETCH ALL FROM c
-- name: sub-select beside a relation that is dealt with
SELECT (SELECT string_agg(q::text, ',') FROM vault.person AS q) FROM vault.person AS p
