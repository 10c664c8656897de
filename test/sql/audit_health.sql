-- What the health check says about the audit log.
CREATE SCHEMA log_health;
CREATE TABLE log_health.item (id int PRIMARY KEY);
SELECT pdauth.audit('log_health.item');
SELECT pdauth.seal() > 0 AS sealed;
CREATE VIEW pg_temp.health AS
  SELECT severity, object, regexp_replace(regexp_replace(finding, '\d\d\d\d-\d\d-\d\d [0-9:.+]+', 'TIME', 'g'), '\d+', 'N', 'g') AS finding, remedy
    FROM pdauth.health_check() WHERE object LIKE 'audit %';
\x on
-- Sealed and without a checkpoint.
SELECT * FROM pg_temp.health;
-- Entries that nobody seals; a moment is no lag.
BEGIN;
SET LOCAL pdauth.break_glass = 'test';
INSERT INTO log_health.item VALUES (1);
SELECT count(*) AS lag FROM pg_temp.health WHERE finding LIKE '%not sealed%';
ALTER TABLE pdauth.audit_entry DISABLE TRIGGER ALL;
UPDATE pdauth.audit_entry SET made_at = made_at - interval '2 hours' WHERE xid = pg_current_xact_id();
RESET pdauth.break_glass;
SELECT * FROM pg_temp.health WHERE finding LIKE '%not sealed%';
ROLLBACK;
-- Checkpoints: a new one, an old one, one of a longer log.
BEGIN;
INSERT INTO pdauth.checkpoint_key (vkey) VALUES ('test');
INSERT INTO pdauth.audit_checkpoint (block, tree_size, root, vkey, note) VALUES (1, 1, '\x00', 'test', 'test');
SELECT count(*) AS new_one FROM pg_temp.health;
ROLLBACK;
BEGIN;
INSERT INTO pdauth.checkpoint_key (vkey) VALUES ('test');
INSERT INTO pdauth.audit_checkpoint (issued_at, block, tree_size, root, vkey, note) VALUES (now() - interval '2 days', 1, 1, '\x00', 'test', 'test');
SELECT * FROM pg_temp.health;
INSERT INTO pdauth.audit_checkpoint (block, tree_size, root, vkey, note) VALUES (1, 1000000000000, '\x00', 'test', 'test');
SELECT * FROM pg_temp.health;
ROLLBACK;
-- Nothing packed for months.
BEGIN;
SET LOCAL pdauth.break_glass = 'test';
ALTER TABLE pdauth.audit_entry DISABLE TRIGGER ALL;
UPDATE pdauth.audit_entry SET made_at = made_at - interval '100 days' WHERE (epoch, xid, n) IN (SELECT epoch, xid, n FROM pdauth.audit_entry ORDER BY epoch, xid, n LIMIT 1);
RESET pdauth.break_glass;
SELECT * FROM pg_temp.health WHERE severity = 'information';
ROLLBACK;
\x off
DROP SCHEMA log_health CASCADE;
