-- Data made from protected data stays protected: labels follow, or the statement is refused.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE regress_derive_keeper NOLOGIN;
CREATE ROLE regress_derive_reader NOLOGIN;
CREATE ROLE regress_derive_maker NOLOGIN;
CREATE SCHEMA mill AUTHORIZATION regress_derive_keeper;
GRANT ALL ON SCHEMA mill TO PUBLIC;
SET ROLE regress_derive_keeper;
CREATE TABLE mill.grain (id integer, division text, name varchar(20), weight integer, note text);
INSERT INTO mill.grain VALUES (1, '532901', 'canary-in', 100, 'canary-note-in'), (2, '530102', 'canary-out', 200, 'canary-note-out');
CREATE TABLE mill.other (id integer, words text);
INSERT INTO mill.other VALUES (1, 'plain');
CREATE VIEW mill.grain_view AS SELECT id, name AS title, division FROM mill.grain;
CREATE FUNCTION mill.notes() RETURNS SETOF text LANGUAGE plpgsql STABLE AS 'BEGIN RETURN QUERY SELECT note FROM mill.grain; END';
GRANT SELECT ON ALL TABLES IN SCHEMA mill TO PUBLIC;
RESET ROLE;
SELECT pdauth.protect('mill.grain', 'mill/grain', region_column => 'division');
SELECT pdauth.mask('mill.grain', 'name', 'FUNCTION pdauth.mask_text(name, 1, 0)', level => 'important');
SELECT pdauth.mask('mill.grain', 'note', 'VALUE NULL', level => 'core');
INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES ('regress_derive_keeper', 'mill', 'owner');
INSERT INTO pdauth.license (licensee, scope, basis) VALUES
  ('regress_derive_reader', '{read on mill/grain(*) for test in 532900 during [2026-01-01,) level general}', 'request 1'),
  ('regress_derive_maker', '{read,derive on mill/grain(*) for test in 532900 during [2026-01-01,) level general}', 'request 2');
CREATE VIEW mill.labels AS
  SELECT s.objname, s.label FROM pg_seclabels AS s WHERE s.provider = 'pdauth' AND s.objname LIKE 'mill.%' AND s.objname NOT LIKE 'mill.grain%';
GRANT SELECT ON mill.labels TO PUBLIC;

-- The custodian's copies: plain columns keep label and mask, also through views, joins and other names.
SET ROLE regress_derive_keeper;
CREATE TABLE mill.copy AS SELECT division, name, note, id FROM mill.grain;
CREATE TABLE mill.named (n, t, d) AS SELECT v.id, v.title, v.division FROM mill.grain_view AS v WHERE v.id > 0;
SELECT name || '!' AS computed, weight, length(note) AS size INTO mill.computed FROM mill.grain;
CREATE TABLE mill.joined AS WITH g AS (SELECT * FROM mill.grain) SELECT g.name, o.words FROM g JOIN mill.other AS o USING (id);
CREATE TABLE mill.unioned AS SELECT name FROM mill.grain UNION ALL SELECT note FROM mill.grain UNION ALL SELECT words FROM mill.other;
CREATE TABLE mill.sublink AS SELECT id, (SELECT max(note) FROM mill.grain) AS top FROM mill.other;
CREATE TABLE mill.by_function AS SELECT n, 1 AS one FROM mill.notes() AS n;
CREATE TABLE mill.window_copy AS SELECT division, lag(id) OVER () AS before FROM mill.grain;
PREPARE again AS SELECT name, division FROM mill.grain;
CREATE TABLE mill.executed AS EXECUTE again;
\o /dev/null
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) CREATE TABLE mill.explained AS SELECT note FROM mill.grain;
\o
CREATE TEMP TABLE temporary AS SELECT note FROM mill.grain;
CREATE TABLE mill.nothing AS SELECT words FROM mill.other;
SELECT label FROM pg_seclabels WHERE objname LIKE '%temporary%' ORDER BY 1;
SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = 'mill.copy'::regclass;
GRANT SELECT ON ALL TABLES IN SCHEMA mill TO PUBLIC;
RESET ROLE;
SELECT * FROM mill.labels ORDER BY objname COLLATE "C";
-- What a licensee sees of them is what it sees of the source.
SET ROLE regress_derive_reader;
SELECT * FROM mill.copy;
SELECT * FROM mill.named;
SELECT * FROM mill.computed;
SELECT * FROM mill.joined;
RESET ROLE;
SELECT * FROM mill.copy;

-- Existing tables, materialized views and files do not get labels by themselves.
SET ROLE regress_derive_keeper;
CREATE TABLE mill.loot (id integer, words text);
INSERT INTO mill.loot SELECT id, note FROM mill.grain;
INSERT INTO mill.loot SELECT 1, title FROM mill.grain_view;
INSERT INTO mill.loot VALUES (1, (SELECT max(note) FROM mill.grain));
WITH moved AS (INSERT INTO mill.loot SELECT id, name FROM mill.grain RETURNING id) SELECT * FROM moved;
UPDATE mill.loot SET words = g.note FROM mill.grain AS g;
MERGE INTO mill.loot AS l USING mill.grain AS g ON l.id = g.id WHEN NOT MATCHED THEN INSERT VALUES (g.id, g.note);
INSERT INTO mill.loot VALUES (1, 'x') ON CONFLICT DO NOTHING;
INSERT INTO mill.loot SELECT 2, 'constant' FROM mill.grain WHERE id = 1;
CREATE MATERIALIZED VIEW mill.stored AS SELECT note FROM mill.grain;
CREATE MATERIALIZED VIEW mill.stored AS SELECT words FROM mill.other;
CREATE MATERIALIZED VIEW mill.later AS SELECT note FROM mill.grain WITH NO DATA;
REFRESH MATERIALIZED VIEW mill.later;
-- the same resource takes them, if its columns are of a level as high
INSERT INTO mill.copy (name, note) SELECT name, note FROM mill.grain;
INSERT INTO mill.copy (division) SELECT note FROM mill.grain;
UPDATE mill.grain SET division = note WHERE id = 1;
RESET ROLE;
SET pdauth.break_glass = 'test';
COPY mill.grain TO '/dev/null';
INSERT INTO mill.loot SELECT 3, note FROM mill.grain WHERE id = 1;
RESET pdauth.break_glass;
INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES (current_user::regrole, 'mill', 'test');
COPY mill.grain TO '/dev/null';
COPY (SELECT * FROM mill.grain) TO PROGRAM 'cat';
COPY (SELECT * FROM mill.notes()) TO '/dev/null';
UPDATE pdauth.custodian SET end_reason = 'end' WHERE custodian = current_user::regrole AND ended_at IS NULL;

-- A licensee makes tables only with the action derive, of what it sees.
SET ROLE regress_derive_reader;
CREATE TEMP TABLE mine AS SELECT * FROM mill.grain;
SELECT * INTO TEMP mine FROM mill.grain;
CREATE TEMP TABLE mine AS SELECT words FROM mill.other;
RESET ROLE;
SET ROLE regress_derive_maker;
CREATE TABLE mill.made AS SELECT * FROM mill.grain;
CREATE TABLE mill.counted AS SELECT count(*) AS n, max(weight) AS w FROM mill.grain;
SELECT * FROM mill.made;
SELECT * FROM mill.counted;
ALTER TABLE mill.made DISABLE ROW LEVEL SECURITY;
INSERT INTO mill.made SELECT * FROM mill.grain;
RESET ROLE;
SELECT * FROM mill.labels WHERE objname ~ 'made|counted' ORDER BY objname COLLATE "C";
-- two resources have no label in common
SELECT pdauth.protect('mill.other', 'mill/other', region => '530000');
SET ROLE regress_derive_keeper;
CREATE TABLE mill.both_resources AS SELECT name, words FROM mill.grain JOIN mill.other USING (id);
RESET ROLE;
-- Observe mode lets it pass, and the copy observes too.
GRANT pdauth_policy_admin TO CURRENT_USER;
SELECT pdauth.protect('mill.other', 'mill/other', region => '530000', mode => 'observe');
SET ROLE regress_derive_keeper;
INSERT INTO mill.loot SELECT id, words FROM mill.other;
CREATE TABLE mill.observed AS SELECT words FROM mill.other;
RESET ROLE;
SELECT * FROM mill.labels WHERE objname ~ 'observed' ORDER BY 1;

DROP SCHEMA mill CASCADE;
UPDATE pdauth.license SET revoke_reason = 'end of test' WHERE revoked_at IS NULL AND licensee::text LIKE 'regress_derive%';
UPDATE pdauth.custodian SET end_reason = 'end of test' WHERE ended_at IS NULL AND custodian::text LIKE 'regress_derive%';
REVOKE pdauth_policy_admin FROM CURRENT_USER;
