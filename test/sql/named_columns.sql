-- Masks that a query does not ask for cost nothing: its plan is that of a table without protection.
-- However it does name such a column, it gets the mask.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET pdauth.clock = '2026-10-14 09:00';
CREATE ROLE regress_named_reader NOLOGIN;
CREATE SCHEMA hospice;
GRANT USAGE ON SCHEMA hospice TO PUBLIC;
CREATE TABLE hospice.patient (id integer PRIMARY KEY, illness text, room integer);
CREATE TABLE hospice.word (word text, illness text, id integer);
INSERT INTO hospice.patient SELECT n, 'canary-' || n, n % 3 FROM generate_series(1, 9) AS n;
INSERT INTO hospice.word SELECT 'guess', 'canary-' || n, n FROM generate_series(1, 9) AS n;
GRANT SELECT ON hospice.patient, hospice.word TO regress_named_reader;
GRANT UPDATE (word) ON hospice.word TO regress_named_reader;
SELECT pdauth.protect('hospice.patient', 'hospice/patient');
SELECT pdauth.mask('hospice.patient', 'illness', 'VALUE ''***''', level => 'important');
INSERT INTO pdauth.license (licensee, scope, basis) VALUES ('regress_named_reader',
  '{read on hospice(*) for test in * during [2026-01-01,) level general}', 'request 1');
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET ROLE regress_named_reader;
EXPLAIN (VERBOSE, COSTS OFF) SELECT room FROM hospice.patient WHERE id = 3;
EXPLAIN (VERBOSE, COSTS OFF) SELECT illness, room FROM hospice.patient WHERE id = 3;

-- The list of a join names every column, and only what is used of it counts.
EXPLAIN (VERBOSE, COSTS OFF) SELECT p.room, w.word FROM hospice.patient AS p JOIN hospice.word AS w ON p.id = w.id WHERE p.id = 3;

-- Attack: the column by way of a join.
SELECT j.illness FROM (hospice.patient AS p JOIN (SELECT 1 AS one) AS o ON true) AS j ORDER BY 1 LIMIT 1;
SELECT j::text FROM (hospice.patient AS p CROSS JOIN (SELECT 1 AS one) AS o) AS j WHERE j.id = 3;
SELECT illness, count(*) FROM hospice.patient JOIN hospice.word USING (illness) GROUP BY illness;
SELECT illness FROM hospice.patient FULL JOIN hospice.word USING (illness) GROUP BY illness ORDER BY illness LIMIT 2;
SELECT count(*) FROM hospice.patient NATURAL JOIN hospice.word;
SELECT k.illness FROM ((hospice.patient AS p JOIN (SELECT 2 AS two) AS t ON true) AS j LEFT JOIN (SELECT 1 AS one) AS o ON true) AS k WHERE k.id = 3;

-- Attack: from a sub-query, at its own level and from further inside.
SELECT (SELECT j.illness) FROM (hospice.patient AS p JOIN (SELECT 1 AS one) AS o ON true) AS j WHERE id = 3;
SELECT l.x FROM hospice.patient AS p, LATERAL (SELECT (SELECT p.illness) AS x) AS l WHERE p.id = 3;
SELECT l.x FROM (hospice.patient AS p JOIN (SELECT 1 AS one) AS o ON true) AS j, LATERAL (SELECT a.x FROM (SELECT j.illness AS x) AS a JOIN (SELECT 1 AS y) AS b ON true) AS l WHERE j.id = 3;
WITH c AS MATERIALIZED (SELECT * FROM hospice.patient) SELECT illness FROM c WHERE id = 3;
SELECT count(*) FROM hospice.word AS w WHERE EXISTS (SELECT FROM hospice.patient AS p WHERE p.illness = w.illness);

-- Attack: in a clause that shows nothing, so that the rows tell.
SELECT id FROM hospice.patient WHERE illness = 'canary-3';
SELECT id FROM hospice.patient ORDER BY illness DESC, id LIMIT 1;
SELECT count(*) FROM hospice.patient GROUP BY illness;
SELECT DISTINCT ON (illness) id FROM hospice.patient ORDER BY illness, id;
SELECT sum(id) FILTER (WHERE illness = 'canary-3') FROM hospice.patient;
SELECT id, rank() OVER (ORDER BY illness) FROM hospice.patient ORDER BY id DESC LIMIT 1;
SELECT id FROM hospice.patient ORDER BY id LIMIT (SELECT count(*) FROM hospice.patient WHERE illness = 'canary-3');
SELECT x FROM hospice.patient AS p, unnest(ARRAY[p.illness]) AS x WHERE p.id = 3;
SELECT v FROM hospice.patient AS p, LATERAL (VALUES (p.illness)) AS t(v) WHERE p.id = 3;
SELECT p FROM hospice.patient AS p WHERE id = 3;
SELECT p IS NULL, count(p) FROM hospice.patient AS p WHERE id = 3 GROUP BY 1;
UPDATE hospice.word AS w SET word = p.illness FROM hospice.patient AS p WHERE p.id = w.id AND w.id = 3;
RESET ROLE;
SELECT word FROM hospice.word WHERE id = 3;

UPDATE pdauth.license SET revoke_reason = 'end of test' WHERE revoked_at IS NULL AND licensee = 'regress_named_reader'::regrole;
RESET pdauth.clock;
