-- Through a masked view (without the defence: a plain view of the same owner).
-- name: plain select
SELECT * FROM vault.masked
-- name: whole row as text
SELECT m::text FROM vault.masked AS m
-- name: leaky function
CREATE FUNCTION pg_temp.spy(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS 'BEGIN RAISE NOTICE ''saw %'', $1; RETURN true; END'
SELECT person_id FROM vault.masked WHERE pg_temp.spy(remark) AND pg_temp.spy(secret)
-- name: error that prints the value
CREATE FUNCTION pg_temp.complain(text) RETURNS integer LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''saw %'', $1; END'
SELECT pg_temp.complain(string_agg(remark || coalesce(secret, ''), ',')) FROM vault.masked
-- name: ordered and grouped
SELECT secret, min(remark), max(remark) FROM vault.masked GROUP BY secret ORDER BY secret
-- name: joined with the table
SELECT m.remark, m.secret, p.remark, p.secret FROM vault.masked AS m FULL JOIN vault.person AS p USING (person_id)
-- name: materialized cte
WITH c AS MATERIALIZED (SELECT * FROM vault.masked) SELECT * FROM c
-- name: view over it
CREATE TEMP VIEW mine AS SELECT * FROM vault.masked
SELECT * FROM mine
-- name: definer function over it
CREATE FUNCTION pg_temp.definer() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER AS 'SELECT remark || coalesce(secret, '''') FROM vault.masked'
SELECT pg_temp.definer()
-- name: copied out
COPY (SELECT * FROM vault.masked) TO STDOUT
-- name: by cursor
DECLARE c CURSOR FOR SELECT * FROM vault.masked
FETCH ALL FROM c
