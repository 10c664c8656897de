-- Nobody switches the audit off unseen: refused, or recorded.
\set SHOW_CONTEXT never
CREATE ROLE guard_owner;
CREATE SCHEMA guard_app AUTHORIZATION guard_owner;
SET search_path = guard_app;
SET ROLE guard_owner;
CREATE TABLE item (id int PRIMARY KEY, price numeric);
INSERT INTO item VALUES (1, 1), (2, 2);
RESET ROLE;
CREATE TEMP TABLE began AS SELECT clock_timestamp() AS at;
CREATE VIEW pg_temp.recorded AS
  SELECT e.operation, e.relation_name, CASE e.role_name WHEN session_user THEN 'superuser' ELSE e.role_name END AS role, pdauth.image_json(e.image) -> 'new' AS image
    FROM pdauth.audit_log e, began WHERE e.made_at > began.at ORDER BY e.made_at, e.xid, e.n;
SELECT pdauth.audit('item');

-- Triggers, by their owner and by a superuser.
SET ROLE guard_owner;
SELECT tgname AS row_trigger FROM pg_trigger WHERE tgrelid = 'item'::regclass AND tgname LIKE '%row%' \gset
ALTER TABLE item DISABLE TRIGGER ALL;
ALTER TABLE item DISABLE TRIGGER USER;
ALTER TABLE item DISABLE TRIGGER :"row_trigger";
ALTER TABLE item ENABLE TRIGGER :"row_trigger";
ALTER TABLE item ENABLE REPLICA TRIGGER :"row_trigger";
ALTER TABLE item ENABLE ALWAYS TRIGGER :"row_trigger";
DROP TRIGGER :"row_trigger" ON item;
DROP TRIGGER IF EXISTS none ON item;
CREATE TABLE own (id int);
CREATE TRIGGER own AFTER INSERT ON own FOR EACH ROW EXECUTE FUNCTION pdauth.audit_row();
RESET ROLE;
ALTER TABLE item DISABLE TRIGGER ALL;
DROP TRIGGER :"row_trigger" ON guard_app.item;
SELECT count(*) AS always FROM pg_trigger WHERE tgrelid = 'item'::regclass AND tgenabled = 'A';
-- Under break-glass, with its reason.
BEGIN;
SET LOCAL pdauth.break_glass = 'repair 7';
ALTER TABLE item DISABLE TRIGGER USER;
SELECT operation, role, image FROM recorded WHERE image ? 'break_glass';
ROLLBACK;

-- Definitions are recorded; a rewrite begins with a new baseline.
SET ROLE guard_owner;
ALTER TABLE item ALTER price TYPE text USING 'p' || price;
ALTER TABLE item ADD COLUMN words json;
CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER quiet BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION quiet();
CREATE RULE quiet AS ON DELETE TO item DO ALSO NOTHING;
-- What jsonb cannot hold.
INSERT INTO item VALUES (3, 'x', '{"a": "\u0000"}');
RESET ROLE;
SELECT * FROM recorded;
SELECT * FROM pdauth.verify_relation('item');

-- Partitions come and go, and stay audited.
UPDATE began SET at = clock_timestamp();
SET ROLE guard_owner;
CREATE TABLE visit (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE visit_1 PARTITION OF visit FOR VALUES FROM (0) TO (10);
CREATE TABLE visit_2 PARTITION OF visit FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (id);
CREATE TABLE visit_2a PARTITION OF visit_2 FOR VALUES FROM (10) TO (20);
RESET ROLE;
SELECT pdauth.audit('visit');
SET ROLE guard_owner;
ALTER TABLE visit DETACH PARTITION visit_1;
INSERT INTO visit_1 VALUES (5);
ALTER TABLE visit ATTACH PARTITION visit_1 FOR VALUES FROM (0) TO (10);
INSERT INTO visit_1 VALUES (6);
ALTER TABLE visit DETACH PARTITION visit_1 CONCURRENTLY;
INSERT INTO visit_1 VALUES (7);
ALTER TABLE visit ATTACH PARTITION visit_1 FOR VALUES FROM (0) TO (10);
ALTER TABLE visit DETACH PARTITION visit_2;
INSERT INTO visit_2 VALUES (15);
ALTER TABLE visit ATTACH PARTITION visit_2 FOR VALUES FROM (10) TO (20);
INSERT INTO visit VALUES (16);
TRUNCATE visit_1;
RESET ROLE;
SELECT operation, relation_name, role, image -> 'id' AS id, image -> 'note' AS note FROM recorded;
SELECT * FROM pdauth.verify_relation('visit');
UPDATE began SET at = clock_timestamp();
SET ROLE guard_owner;
DROP TABLE visit;
RESET ROLE;
SELECT * FROM recorded;

-- The log itself, and what keeps it.
ALTER TABLE pdauth.audit_entry DISABLE TRIGGER ALL;
ALTER TABLE pdauth.audit_block ADD COLUMN more int;
CREATE INDEX ON pdauth.audit_entry (made_at);
CREATE RULE quiet AS ON INSERT TO pdauth.audit_segment DO INSTEAD NOTHING;
ALTER TABLE pdauth.audit_entry RENAME TO elsewhere;
ALTER TABLE pdauth.retention SET SCHEMA public;
CREATE STATISTICS guard_app.samples ON image, role_name FROM pdauth.audit_entry;
DROP INDEX pdauth.audit_entry_key;
DROP TRIGGER keep_evidence ON pdauth.audit_entry;
ALTER TABLE pdauth.legal_hold DISABLE TRIGGER ALL;
-- By way of another table: as its partition, UPDATE would not fire the triggers of the log.
CREATE TABLE whole (LIKE pdauth.audit_entry) PARTITION BY LIST (operation);
ALTER TABLE whole ATTACH PARTITION pdauth.audit_entry DEFAULT;
CREATE TABLE more () INHERITS (pdauth.audit_entry);
CREATE TABLE more (LIKE pdauth.audit_entry);
ALTER TABLE more INHERIT pdauth.audit_entry;
DROP TABLE whole, more;
-- The code that keeps it, and that shows it.
CREATE OR REPLACE FUNCTION pdauth.keep_evidence() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
ALTER FUNCTION pdauth.keep_evidence() RENAME TO keep_nothing;
CREATE OR REPLACE VIEW pdauth.audit_trail AS
  SELECT l.epoch, l.xid, l.n, l.made_at, l.operation, l.relation_name, l.role_name, l.session_role_name, l.purpose, l.client, l.application, pdauth.image_json(l.image) AS image, false AS erased
    FROM pdauth.audit_log AS l;
CREATE RULE nothing AS ON INSERT TO pdauth.license DO INSTEAD NOTHING;
-- What leaves it as it is.
REINDEX INDEX CONCURRENTLY pdauth.audit_entry_key;
CLUSTER pdauth.audit_entry USING audit_entry_key;
BEGIN;
SET LOCAL pdauth.break_glass = 'repair 8';
DROP TRIGGER keep_evidence ON pdauth.audit_entry;
ALTER FUNCTION pdauth.keep_evidence() COST 10;
ROLLBACK;
DROP EVENT TRIGGER pdauth_audit_dropped;
ALTER EVENT TRIGGER pdauth_audit_new_members DISABLE;
ALTER EXTENSION pdauth DROP FUNCTION pdauth.audit_row();
\set VERBOSITY terse
DROP EXTENSION pdauth CASCADE;
DROP SCHEMA pdauth CASCADE;
\set VERBOSITY default

-- The lawful end.
SELECT pdauth.unaudit('item', 'moved to the archive');
SELECT operation, relation_name, role, image FROM recorded WHERE operation = 'Z' AND image ->> 'note' LIKE 'moved%';
SELECT count(*) FROM pdauth.verify() WHERE severity = 'finding';
\set VERBOSITY terse
RESET search_path;
DROP SCHEMA guard_app CASCADE;
DROP ROLE guard_owner;
