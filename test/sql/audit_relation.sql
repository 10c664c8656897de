-- pdauth.verify_relation() does not cry wolf: what changed lawfully is no finding.
\set SHOW_CONTEXT never
CREATE SCHEMA relation_app;
SET search_path = relation_app;
CREATE VIEW pg_temp.reasons AS
  SELECT e.operation, e.relation_name, pdauth.image_json(e.image) #>> '{new,note}' AS note FROM pdauth.audit_entry AS e
   WHERE e.relation_name LIKE 'relation\_app.%' AND e.operation IN ('A', 'B', 'C') ORDER BY e.made_at, e.xid, e.n;

-- A trigger of one's own fires before ours and changes the same row again, so
-- that the second change is in the log before the first.
CREATE TABLE item (id int PRIMARY KEY, price numeric, seen int DEFAULT 0);
CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() = 1 THEN
    UPDATE relation_app.item SET seen = seen + 1 WHERE id = NEW.id;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER aaa AFTER INSERT OR UPDATE ON item FOR EACH ROW EXECUTE FUNCTION again();
SELECT pdauth.audit('item');
INSERT INTO item VALUES (1, 10);
SELECT operation, pdauth.image_json(image) FROM pdauth.audit_entry WHERE relation = 'item'::regclass AND operation <> 'A' ORDER BY xid, n;
SELECT * FROM pdauth.verify_relation('item');
UPDATE item SET price = 11;
BEGIN;
UPDATE item SET price = 12;
UPDATE item SET price = 11, seen = 0;
COMMIT;
SELECT * FROM item;
SELECT * FROM pdauth.verify_relation('item');
-- What is no change counts, too: the row is still there.
UPDATE item SET seen = seen;
SELECT * FROM pdauth.verify_relation('item');
-- And the row put back to what it was in between is found.
SET pdauth.break_glass = 'attack';
BEGIN;
ALTER TABLE item DISABLE TRIGGER ALL;
UPDATE item SET seen = 1;
ALTER TABLE item ENABLE TRIGGER ALL;
RESET pdauth.break_glass;
SELECT kind, key, columns FROM pdauth.verify_relation('item');
ROLLBACK;
RESET pdauth.break_glass;

-- Values of an enum renamed, wherever they are held.
CREATE TYPE colour AS ENUM ('red', 'green');
CREATE DOMAIN shade AS colour;
CREATE TYPE pair AS (first colour, second int);
CREATE TABLE paint (id int PRIMARY KEY, main colour, others colour[], domain shade, both_of pair);
CREATE TABLE plain (id int PRIMARY KEY, words text);
INSERT INTO paint VALUES (1, 'red', '{red,green}', 'red', '(red,1)');
SELECT pdauth.audit(t) FROM unnest(ARRAY['paint', 'plain']::regclass[]) AS t;
INSERT INTO paint VALUES (2, 'green', '{}', NULL, NULL);
INSERT INTO plain VALUES (1, 'red');
ALTER TYPE colour RENAME VALUE 'red' TO 'crimson';
SELECT * FROM pdauth.verify_relation('paint');
SELECT * FROM pdauth.verify_relation('plain');
ALTER TYPE colour ADD VALUE 'blue';
ALTER TYPE pair RENAME TO couple;
ALTER TYPE couple ADD ATTRIBUTE third int;
SELECT * FROM pdauth.verify_relation('paint');
SELECT * FROM reasons WHERE relation_name LIKE '%p%';

-- Each way in which a column can hold them, by itself.
CREATE TYPE metal AS ENUM ('tin', 'zinc');
CREATE DOMAIN ore AS metal;
CREATE DOMAIN ores AS metal[];
CREATE TYPE lode AS (of metal, mass int);
CREATE TYPE metal_range AS RANGE (subtype = metal, multirange_type_name = metal_ranges);
CREATE TABLE alloy_base (id int PRIMARY KEY, held metal);
CREATE TABLE alloy_array (id int PRIMARY KEY, held metal[]);
CREATE TABLE alloy_domain (id int PRIMARY KEY, held ore);
CREATE TABLE alloy_domain_array (id int PRIMARY KEY, held ores);
CREATE TABLE alloy_lode (id int PRIMARY KEY, held lode[]);
CREATE TABLE alloy_range (id int PRIMARY KEY, held metal_range);
CREATE TABLE alloy_ranges (id int PRIMARY KEY, held metal_ranges);
CREATE TABLE alloy_row (id int PRIMARY KEY, held alloy_base);
CREATE TABLE alloy_none (id int PRIMARY KEY, held colour);
SELECT count(pdauth.audit(oid)) FROM pg_class WHERE relname LIKE 'alloy\_%' AND relkind = 'r';
ALTER TYPE metal RENAME VALUE 'tin' TO 'stannum';
SELECT relation_name FROM reasons WHERE operation = 'C' AND relation_name LIKE '%alloy%' ORDER BY relation_name;

-- JSON that jsonb cannot hold is shown as text.
CREATE TABLE document (id int PRIMARY KEY, body json);
SELECT pdauth.audit('document');
INSERT INTO document VALUES (1, '{"a": "\u0000"}'), (2, '{"a": "\ud800"}'), (3, '[1e200000]'), (4, ('[' || repeat('9', 140000) || ']')::json),
  (5, '{"a": [1.5e3, "e\\u0000", true], "b": "\u4e91"}');
SELECT pdauth.image_json(image) #>> '{new,id}' AS id, left(pdauth.image_json(image) #>> '{new,body}', 40) AS body, jsonb_typeof(pdauth.image_json(image) #> '{new,body}')
  FROM pdauth.audit_entry WHERE relation = 'document'::regclass AND operation = 'I' ORDER BY n;
SELECT * FROM pdauth.verify_relation('document');

-- Keys are masked for auditors who would see them masked in the table.
CREATE ROLE relation_auditor;
GRANT pdauth_auditor TO relation_auditor;
SET client_min_messages = warning;
GRANT pdauth_policy_admin TO CURRENT_USER;
RESET client_min_messages;
CREATE TABLE holder (card text PRIMARY KEY, serial int, division text);
SELECT pdauth.audit('holder');
SELECT pdauth.protect('holder', 'relation/holder', region_column => 'division');
SELECT pdauth.mask('holder', 'card', 'FUNCTION pdauth.mask_text(card, 1, 0)', level => 'important');
INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES (CURRENT_USER::regrole, 'relation', 'test');
INSERT INTO holder VALUES ('canary-one', 1, '530100'), ('canary-two', 2, '530100');
SET pdauth.break_glass = 'attack';
ALTER TABLE holder DISABLE TRIGGER ALL;
UPDATE holder SET serial = 7 WHERE serial = 1;
DELETE FROM holder WHERE serial = 2;
RESET pdauth.break_glass;
GRANT USAGE ON SCHEMA relation_app TO relation_auditor;
SET ROLE relation_auditor;
SELECT kind, key, columns FROM pdauth.verify_relation('relation_app.holder');
RESET ROLE;
SELECT kind, key, columns FROM pdauth.verify_relation('holder');
-- A table of the same name does not open the log of the one that is gone.
SET ROLE relation_auditor;
SELECT image FROM pdauth.audit_trail WHERE relation_name = 'relation_app.holder' AND operation = 'I';
RESET ROLE;
DROP TABLE holder;
CREATE TABLE holder (card text PRIMARY KEY, serial int, division text);
GRANT SELECT ON holder TO relation_auditor;
SET ROLE relation_auditor;
SELECT image FROM pdauth.audit_trail WHERE relation_name = 'relation_app.holder' AND operation = 'I';
RESET ROLE;
UPDATE pdauth.custodian SET end_reason = 'test' WHERE resource = 'relation';
SELECT kind FROM pdauth.verify() WHERE severity = 'finding';
SELECT kind FROM pdauth.verify_sql();
\set VERBOSITY terse
RESET search_path;
DROP SCHEMA relation_app CASCADE;
DROP ROLE relation_auditor;
