-- What the trigger records, and what sealing binds.
SET timezone = 'Asia/Shanghai';
CREATE ROLE audit_writer;
CREATE ROLE audit_reader;
CREATE ROLE audit_admin;
GRANT pdauth_auditor TO audit_reader;
GRANT pdauth_policy_admin TO audit_admin;
CREATE SCHEMA audit_app;
GRANT USAGE ON SCHEMA audit_app TO audit_writer, audit_admin, audit_reader;
CREATE TABLE audit_app.vehicle (
  id int PRIMARY KEY, plate text, mark char(4), price numeric(10,2), weight real, built date,
  seen timestamptz, at time, active bool, tags text[], extra jsonb, raw bytea, token uuid, span int4range);
INSERT INTO audit_app.vehicle (id, plate) VALUES (1, '云A00001');
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON audit_app.vehicle TO audit_writer;

-- What happened since the last look, without what differs from run to run.
CREATE TEMP TABLE looked (made_at timestamptz);
INSERT INTO looked VALUES ('-infinity');
CREATE FUNCTION pg_temp.look() RETURNS TABLE (n bigint, operation "char", relation text, role text, purpose text, image jsonb)
LANGUAGE sql AS $$
  WITH shown AS (SELECT e AS entry, e.* FROM pdauth.audit_entry e WHERE e.made_at > (SELECT max(made_at) FROM looked)),
       mark AS (INSERT INTO looked SELECT max(made_at) FROM shown HAVING count(*) > 0)
  SELECT n, operation, relation_name, CASE role_name WHEN session_user THEN 'superuser' ELSE role_name END, purpose, pdauth.audit_image(entry) FROM shown ORDER BY made_at, xid, n
$$;

-- Only the policy administrator may begin or end an audit.
SET ROLE audit_writer;
SELECT pdauth.audit('audit_app.vehicle');
SELECT pdauth.unaudit('audit_app.vehicle', 'because');
SELECT pdauth.seal();
SELECT count(*) FROM pdauth.verify();
SELECT count(*) FROM pdauth.audit_entry;
RESET ROLE;
SET ROLE audit_admin;
SELECT pdauth.audit('audit_app.vehicle') AS baseline_rows;
SELECT pdauth.audit('audit_app.vehicle') AS harmless_again;
RESET ROLE;
SELECT * FROM pg_temp.look();

-- Every kind of value reads back, whatever the settings of the writer.
SET ROLE audit_writer;
SET pdauth.purpose = '产业发展/车险';
SET datestyle = 'SQL, DMY';
SET bytea_output = 'escape';
INSERT INTO audit_app.vehicle VALUES
  (2, '云A00002', 'ab', 12.50, 1.5, '2026-02-03', '2026-02-03 04:05:06.789+08', '07:08', true,
   ARRAY['a,b', NULL, '"c"'], '{"k": [1, null]}', '\x00ff', '00000000-0000-4000-8000-000000000001', '[1,5)');
UPDATE audit_app.vehicle SET price = 'NaN', seen = 'infinity', plate = NULL WHERE id = 2;
RESET datestyle;
RESET bytea_output;
RESET pdauth.purpose;
DELETE FROM audit_app.vehicle WHERE id = 1;
RESET ROLE;
SELECT * FROM pg_temp.look();
SELECT pdauth.audit_image(e) -> 'new' ->> 'plate' IS NULL AND (e).session_role_name = session_user AS as_logged_in
  FROM pdauth.audit_entry e ORDER BY made_at DESC OFFSET 1 LIMIT 1;

-- Values out of line, and columns added and dropped.
INSERT INTO audit_app.vehicle (id, plate, raw)
  SELECT 3, string_agg(md5(g::text), ''), decode(string_agg(md5(g::text), ''), 'hex') FROM generate_series(1, 400) g;
SELECT pdauth.audit_image(e) -> 'new' ->> 'plate' = v.plate AND pdauth.audit_image(e) -> 'new' ->> 'raw' = v.raw::text AS reads_back,
       octet_length(e.image) > 12800 AS is_long
  FROM pdauth.audit_entry e, audit_app.vehicle v WHERE v.id = 3 ORDER BY e.made_at DESC LIMIT 1;
ALTER TABLE audit_app.vehicle DROP COLUMN raw, DROP COLUMN tags, ADD COLUMN colour text DEFAULT 'red';
DELETE FROM audit_app.vehicle WHERE id = 3;
SELECT pdauth.audit_image(e) -> 'old' ? 'raw' AS has_dropped, pdauth.audit_image(e) -> 'old' ->> 'colour' AS colour
  FROM pdauth.audit_entry e ORDER BY made_at DESC LIMIT 1;
SELECT count(*) FROM pg_temp.look();

-- Savepoints: what was rolled back leaves a gap and nothing else.
BEGIN;
INSERT INTO audit_app.vehicle (id) VALUES (10);
SAVEPOINT a;
INSERT INTO audit_app.vehicle (id) VALUES (11);
ROLLBACK TO a;
INSERT INTO audit_app.vehicle (id) VALUES (12);
SAVEPOINT b;
INSERT INTO audit_app.vehicle (id) VALUES (13);
RELEASE b;
COMMIT;
BEGIN;
INSERT INTO audit_app.vehicle (id) VALUES (14);
ROLLBACK;
SELECT n, operation, image -> 'new' -> 'id' AS id FROM pg_temp.look();
SELECT count(DISTINCT (epoch, xid)) AS one_transaction FROM pdauth.audit_entry WHERE (pdauth.image_json(image) -> 'new' ->> 'id')::int IN (10, 12, 13);

-- A prepared transaction is sealed when it commits, not before.
SELECT pdauth.seal() > 0 AS sealed;
BEGIN;
INSERT INTO audit_app.vehicle (id) VALUES (20);
PREPARE TRANSACTION 'audit_prepared';
INSERT INTO audit_app.vehicle (id) VALUES (21);
SELECT pdauth.seal();
COMMIT PREPARED 'audit_prepared';
SELECT pdauth.seal();
BEGIN;
INSERT INTO audit_app.vehicle (id) VALUES (22);
PREPARE TRANSACTION 'audit_prepared';
ROLLBACK PREPARED 'audit_prepared';
SELECT pdauth.seal();
SELECT n, operation, image -> 'new' -> 'id' AS id FROM pg_temp.look();

-- Sealing where it could not be exact is refused.
BEGIN;
INSERT INTO audit_app.vehicle (id) VALUES (30);
SELECT pdauth.seal();
ROLLBACK;
-- Entries written after the seal in the same transaction belong to the next one.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) > 0 AS old_snapshot FROM audit_app.vehicle;
SELECT pdauth.seal();
INSERT INTO audit_app.vehicle (id) VALUES (31);
COMMIT;
SELECT pdauth.seal();
SELECT pdauth.seal();

-- Partitions, now and later, and rows that move between them.
CREATE TABLE audit_app.visit (id int PRIMARY KEY, note text) PARTITION BY RANGE (id);
CREATE TABLE audit_app.visit_1 PARTITION OF audit_app.visit FOR VALUES FROM (0) TO (10);
INSERT INTO audit_app.visit VALUES (1, 'first');
SELECT pdauth.audit('audit_app.visit');
CREATE TABLE audit_app.visit_2 PARTITION OF audit_app.visit FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (id);
CREATE TABLE audit_app.visit_2a PARTITION OF audit_app.visit_2 FOR VALUES FROM (10) TO (15);
CREATE TABLE audit_app.visit_3 (id int PRIMARY KEY, note text);
INSERT INTO audit_app.visit_3 VALUES (20, 'brought along');
ALTER TABLE audit_app.visit ATTACH PARTITION audit_app.visit_3 FOR VALUES FROM (20) TO (30);
UPDATE audit_app.visit SET id = 11 WHERE id = 1;
INSERT INTO audit_app.visit_2a VALUES (12, 'into the leaf');
SET session_replication_role = replica;
INSERT INTO audit_app.visit VALUES (21, 'as a replica');
TRUNCATE audit_app.visit_3;
RESET session_replication_role;
TRUNCATE audit_app.visit;
SELECT n, operation, relation, image FROM pg_temp.look() WHERE relation LIKE '%visit%';
-- Children by inheritance too.
CREATE TABLE audit_app.parent (id int PRIMARY KEY);
SELECT pdauth.audit('audit_app.parent');
CREATE TABLE audit_app.child () INHERITS (audit_app.parent);
INSERT INTO audit_app.child VALUES (7);
SELECT n, operation, relation, image FROM pg_temp.look();

-- Ending an audit is the last entry.
SELECT pdauth.unaudit('audit_app.parent', ' ');
SELECT pdauth.unaudit('audit_app.parent', 'moved to the archive');
INSERT INTO audit_app.child VALUES (8);
SELECT operation, relation, image FROM pg_temp.look();

-- Not for these.
CREATE VIEW audit_app.seen AS SELECT id FROM audit_app.vehicle;
CREATE TEMP TABLE passing (id int);
SELECT pdauth.audit('audit_app.seen');
SELECT pdauth.audit('passing');
SELECT pdauth.audit('pdauth.audit_entry');
INSERT INTO audit_app.vehicle (id) SELECT 100 + g FROM generate_series(1, 3) g;

-- Evidence cannot be changed by SQL, and only auditors read it.
UPDATE pdauth.audit_entry SET made_at = now();
DELETE FROM pdauth.audit_block;
TRUNCATE pdauth.audit_entry;
SET session_replication_role = replica;
DELETE FROM pdauth.audit_entry;
RESET session_replication_role;
SET ROLE audit_reader;
SELECT count(*) > 0 AS auditor_reads FROM pdauth.audit_entry;
SELECT pdauth.seal() AS auditor_seals;
SELECT kind FROM pdauth.verify();
SELECT count(*) AS sql_findings FROM pdauth.verify_sql();
SELECT * FROM pdauth.verify_relation('audit_app.vehicle');
SELECT * FROM pdauth.verify_relation('audit_app.visit');
SELECT * FROM pdauth.verify_relation('audit_app.parent');
RESET ROLE;

-- Bytes that are no image.
SELECT pdauth.image_json('\x');
SELECT pdauth.image_json('\x0102000100000001610000000474657874000000007fffffff');
-- Both implementations of the block hash.
SELECT bool_and(b.hash = pdauth.audit_block_hash(b)) AS hashes_agree FROM pdauth.audit_block b;

DROP SCHEMA audit_app CASCADE;
DROP ROLE audit_writer, audit_reader, audit_admin;
