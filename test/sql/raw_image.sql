-- Images of the log as they are stored: closed without break-glass to all but what
-- shows of them what the table would.
\set SHOW_CONTEXT never
CREATE SCHEMA raw_app;
CREATE ROLE raw_auditor;
CREATE ROLE raw_clerk;
GRANT pdauth_auditor TO raw_auditor;
SET client_min_messages = warning;
GRANT pdauth_policy_admin TO CURRENT_USER;
RESET client_min_messages;
GRANT USAGE ON SCHEMA raw_app TO raw_clerk, raw_auditor;
CREATE TABLE raw_app.person (id int PRIMARY KEY, division text, card text);
CREATE TABLE raw_app.plain (id int PRIMARY KEY, note text);
SELECT pdauth.audit('raw_app.person'), pdauth.audit('raw_app.plain');
INSERT INTO raw_app.person SELECT g, '530100', 'card-' || g FROM generate_series(1, 30) AS g;
INSERT INTO raw_app.person VALUES (100, '530100', (SELECT string_agg(md5(g::text), 'card-') FROM generate_series(1, 200) AS g));
INSERT INTO raw_app.plain VALUES (1, 'open');
SELECT pdauth.protect('raw_app.person', 'raw/person', region_column => 'division', subject_column => 'card');
SECURITY LABEL FOR pdauth ON COLUMN raw_app.person.card IS 'LEVEL important';
INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES ('raw_clerk', 'raw', 'test');
-- Samples for the planner are none.
ANALYZE pdauth.audit_entry, pdauth.audit_segment;
SELECT count(*) FROM pg_stats WHERE schemaname = 'pdauth' AND tablename IN ('audit_entry', 'audit_segment') AND attname IN ('image', 'salt');

-- What tells of no protected row stays open: other columns, other tables, statements and notes.
CREATE VIEW raw_app.entries AS SELECT e.epoch, e.xid, e.n, e.operation, e.relation_name, e.leaf FROM pdauth.audit_entry AS e;
SELECT count(*) > 30 AS entries FROM raw_app.entries WHERE relation_name = 'raw_app.person';
SELECT pdauth.audit_image(e) FROM pdauth.audit_entry AS e WHERE relation_name = 'raw_app.plain' AND operation = 'I';
SELECT pdauth.image_json(image), octet_length(salt) FROM pdauth.audit_log WHERE relation_name = 'raw_app.plain' AND operation = 'I';
SELECT DISTINCT pdauth.image_json(image) -> 'new' -> 'note' AS note FROM pdauth.audit_log WHERE relation_name = 'raw_app.person' AND operation = 'A';

-- The rest does not, to a superuser.
SELECT image FROM pdauth.audit_entry WHERE relation_name = 'raw_app.person' AND operation = 'I' LIMIT 1;
\set VERBOSITY terse
SELECT salt FROM pdauth.audit_entry WHERE relation_name = 'raw_app.person' AND operation = 'I' LIMIT 1;
SELECT e FROM pdauth.audit_entry AS e WHERE relation_name = 'raw_app.person' AND operation = 'I' LIMIT 1;
SELECT count(*) FROM pdauth.audit_entry AS e WHERE relation_name = 'raw_app.person' AND position('card-7'::bytea IN image) > 0;
SELECT count(*) FROM pdauth.audit_entry AS a JOIN pdauth.audit_entry AS b USING (relation_name, image) WHERE relation_name = 'raw_app.person';
SELECT (SELECT x.i FROM (SELECT e.image AS i OFFSET 0) AS x) FROM pdauth.audit_entry AS e WHERE relation_name = 'raw_app.person' AND operation = 'I' LIMIT 1;
SELECT image FROM pdauth.audit_stored WHERE relation_name = 'raw_app.person' AND operation = 'I' LIMIT 1;
UPDATE pdauth.audit_entry AS e SET leaf = sha256(e.image) WHERE relation_name = 'raw_app.person';
INSERT INTO pdauth.audit_entry SELECT e.* FROM pdauth.audit_entry AS e WHERE relation_name = 'raw_app.person' AND operation = 'I' RETURNING image;
SELECT count(*) FROM pdauth.audit_found('-infinity', 'infinity', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
SELECT count(*) FROM pdauth.exported_leaf_with_image();
SELECT count(*) FROM pdauth.audit_live_row('raw_app.person');
COPY pdauth.audit_entry TO STDOUT;
COPY pdauth.audit_entry (epoch, salt) TO STDOUT;
COPY pdauth.audit_segment TO STDOUT;
CREATE TEMP TABLE chunks (data bytea);
DO $$ BEGIN EXECUTE format('INSERT INTO chunks SELECT chunk_data FROM %s', (SELECT reltoastrelid::regclass FROM pg_class WHERE oid = 'pdauth.audit_entry'::regclass)); EXCEPTION WHEN SQLSTATE 'PD002' THEN RAISE NOTICE 'closed'; END $$;
CREATE PUBLICATION raw_log FOR TABLE pdauth.audit_entry;
CREATE PUBLICATION raw_log FOR TABLES IN SCHEMA pdauth;
\set VERBOSITY default

-- A plan made under break-glass does not open anything after it.
PREPARE raw_plan AS SELECT octet_length(image) > 0 AS shown FROM pdauth.audit_entry WHERE relation_name = 'raw_app.person' AND operation = 'I' LIMIT 1;
SET plan_cache_mode = force_generic_plan;
SET pdauth.break_glass = 'repair 9';
EXECUTE raw_plan;
SELECT count(*) FROM pdauth.audit_found('-infinity', 'infinity', '{raw_app.person}', NULL, '{I}', NULL, NULL, NULL, NULL);
RESET pdauth.break_glass;
EXECUTE raw_plan;
SELECT count(*) FROM pdauth.audit_found('-infinity', 'infinity', '{raw_app.person}', NULL, '{I}', NULL, NULL, NULL, NULL);

-- What shows them as the table would, or hashes them, goes on.
SELECT pdauth.seal() > 30 AS sealed;
SELECT count(*) FROM pdauth.verify() WHERE severity = 'finding';
SELECT count(*) FROM pdauth.verify_sql();
SELECT count(*) FROM pdauth.verify_relation('raw_app.person');
SELECT count(*) > 30 AS leaves FROM pdauth.exported_leaf();
SET ROLE raw_auditor;
SELECT image FROM pdauth.audit_trail WHERE relation_name = 'raw_app.person' AND operation = 'I' ORDER BY n LIMIT 1;
SELECT pdauth.archive() > 30 AS packed;
SELECT image FROM pdauth.audit_trail WHERE relation_name = 'raw_app.person' AND operation = 'I' ORDER BY n LIMIT 1;
SELECT image FROM pdauth.audit_search(relation_name => 'raw_app.person') WHERE operation = 'I' ORDER BY n LIMIT 1;
SELECT count(*) FROM pdauth.audit_subject('raw_app.person', 'card-7');
SELECT count(*) FROM pdauth.verify_sql();
SELECT count(*) > 30 AS counted FROM pdauth.audit_log;
SELECT image FROM pdauth.audit_log;
RESET ROLE;
\set VERBOSITY terse
SELECT image FROM pdauth.audit_segment;
SELECT u.image FROM pdauth.audit_segment AS s, pdauth.audit_unpack(s) AS u;
SELECT image FROM pdauth.audit_log WHERE relation_name = 'raw_app.person';
\set VERBOSITY default
SELECT pdauth.image_json(image) FROM pdauth.audit_log WHERE relation_name = 'raw_app.plain' AND operation = 'I';
-- A custodian who was given the table reads it as he reads his own.
GRANT SELECT ON pdauth.audit_log TO raw_clerk;
SET ROLE raw_clerk;
SELECT pdauth.image_json(image) FROM pdauth.audit_log WHERE relation_name = 'raw_app.person' AND operation = 'I' ORDER BY n LIMIT 1;
RESET ROLE;
REVOKE SELECT ON pdauth.audit_log FROM raw_clerk;

-- Code that the table's owner put into one of those functions sees nothing by it.
CREATE TABLE raw_app.seen (what text);
CREATE FUNCTION raw_app.look() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO raw_app.seen SELECT pdauth.image_json(e.image)::text FROM pdauth.audit_log AS e WHERE e.relation_name = 'raw_app.person' AND e.operation = 'I' LIMIT 1;
  RETURN true;
EXCEPTION WHEN SQLSTATE 'PD002' THEN
  RAISE NOTICE 'closed';
  RETURN true;
END $$;
CREATE FUNCTION raw_app.word_mask(text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT CASE WHEN raw_app.look() THEN '***' END $$;
CREATE TABLE raw_app.trap (id int PRIMARY KEY, division text, word text);
SELECT pdauth.audit('raw_app.trap');
INSERT INTO raw_app.trap VALUES (1, '530100', 'word');
SELECT pdauth.protect('raw_app.trap', 'raw/trap', region_column => 'division');
SECURITY LABEL FOR pdauth ON COLUMN raw_app.trap.word IS 'LEVEL important MASKED WITH FUNCTION raw_app.word_mask(word)';
SET ROLE raw_auditor;
SELECT image FROM pdauth.audit_search(relation_name => 'raw_app.trap') WHERE operation = 'I';
RESET ROLE;
SELECT * FROM raw_app.seen;

-- Nor does it run at all where a type brings it: as an auditor, or as pdauth's owner, a superuser.
CREATE ROLE raw_owner;
GRANT CREATE, USAGE ON SCHEMA raw_app TO raw_owner;
SET ROLE raw_owner;
CREATE FUNCTION raw_app.told(value text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '% sees %', current_user, value; RETURN true; END $$;
CREATE DOMAIN raw_app.word AS text CHECK (raw_app.told(VALUE));
CREATE TYPE raw_app.pair AS (one raw_app.word, two text);
SET client_min_messages = warning;
CREATE TABLE raw_app.telling (id int PRIMARY KEY, division text, word raw_app.word, words raw_app.word[], pair raw_app.pair, card text);
INSERT INTO raw_app.telling VALUES (1, '530100', 'one', '{two}', '(three,four)', 'five');
RESET client_min_messages;
RESET ROLE;
SELECT pdauth.audit('raw_app.telling');
SELECT pdauth.protect('raw_app.telling', 'raw/telling', region_column => 'division');
SECURITY LABEL FOR pdauth ON COLUMN raw_app.telling.card IS 'LEVEL important MASKED WITH VALUE upper(left(word, 1))';
SET ROLE raw_auditor;
SELECT image FROM pdauth.audit_search(relation_name => 'raw_app.telling') WHERE operation = 'B';
SELECT image FROM pdauth.audit_trail WHERE relation_name = 'raw_app.telling' AND operation = 'B';
RESET ROLE;

DROP SCHEMA raw_app CASCADE;
DROP OWNED BY raw_clerk, raw_owner;
DROP ROLE raw_auditor, raw_clerk, raw_owner;
