-- What once crashed the server or escaped the audit.
CREATE SCHEMA review_app;
CREATE TABLE review_app.item (id int PRIMARY KEY);
SELECT pdauth.audit('review_app.item');
CREATE SCHEMA review_kid CREATE TABLE kid () INHERITS (review_app.item);
INSERT INTO review_kid.kid VALUES (1);
SELECT operation FROM pdauth.audit_entry WHERE relation = 'review_kid.kid'::regclass ORDER BY made_at, n;
CREATE VIEW review_app.seen AS SELECT id FROM review_app.item;
SELECT pdauth.audit_live_row('review_app.seen');
BEGIN;
SET LOCAL pdauth.break_glass = 'test';
ALTER TABLE pdauth.audit_entry ADD COLUMN extra1 text, ADD COLUMN extra2 text, ADD COLUMN extra3 text, ADD COLUMN extra4 text;
SAVEPOINT a;
INSERT INTO review_app.item VALUES (2);
ROLLBACK TO a;
SELECT severity, kind FROM pdauth.verify();
ROLLBACK;
DROP SCHEMA review_app, review_kid CASCADE;
-- An index that the direct insert would not keep up to date is refused, not crashed on.
CREATE TABLE plain_item (id int PRIMARY KEY);
SELECT pdauth.audit('plain_item');
BEGIN;
SET LOCAL pdauth.break_glass = 'test';
CREATE INDEX ON pdauth.audit_entry (lower(role_name));
INSERT INTO plain_item VALUES (1);
ROLLBACK;
DROP TABLE plain_item;
-- Partitions audited before their parent.
CREATE TABLE reading (id int, year int, PRIMARY KEY (id, year)) PARTITION BY LIST (year);
CREATE TABLE reading_1 PARTITION OF reading FOR VALUES IN (1);
SELECT pdauth.audit('reading_1');
SELECT pdauth.audit('reading');
INSERT INTO reading VALUES (1, 1);
SELECT operation FROM pdauth.audit_entry WHERE relation = 'reading_1'::regclass AND operation = 'I';
SELECT * FROM pdauth.verify_relation('reading');
DROP TABLE reading;
-- Inheritance children have keys of their own.
CREATE TABLE parent_item (id int PRIMARY KEY, words text);
CREATE TABLE child_item (PRIMARY KEY (id)) INHERITS (parent_item);
SELECT pdauth.audit('parent_item');
INSERT INTO parent_item VALUES (1, 'same');
INSERT INTO child_item VALUES (1, 'same');
SELECT * FROM pdauth.verify_relation('parent_item');
SET pdauth.break_glass = 'test';
ALTER TABLE child_item DISABLE TRIGGER ALL;
RESET pdauth.break_glass;
DELETE FROM child_item;
SELECT kind, relation, key FROM pdauth.verify_relation('parent_item');
DROP TABLE parent_item CASCADE;
