-- One label covers a whole partition or inheritance tree, also what is added later.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
-- Labels are changed by policy administrators; a superuser is none by power alone.
GRANT pdauth_policy_admin TO CURRENT_USER;
CREATE ROLE regress_partition_reader;
CREATE SCHEMA tree;
GRANT USAGE ON SCHEMA tree TO regress_partition_reader;
CREATE TABLE tree.register (id integer, year integer, content text, division text) PARTITION BY RANGE (year);
CREATE TABLE tree.register_2025 PARTITION OF tree.register FOR VALUES FROM (2025) TO (2026);
INSERT INTO tree.register VALUES (1, 2025, 'canary-2025', '530100');
SELECT pdauth.protect('tree.register', 'tree/register', region_column => 'division');
SELECT pdauth.mask('tree.register', 'content', 'FUNCTION pdauth.mask_text(content, 1, 0)', level => 'important');
INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES (current_user::regrole, 'tree', 'owner');
INSERT INTO pdauth.license (licensee, scope, basis) VALUES
  ('regress_partition_reader', '{read on tree(*) for test in 530000 during [2026-01-01,) level general}', 'test');
-- later: created, attached with another column order, and a default partition
CREATE TABLE tree.register_2026 PARTITION OF tree.register FOR VALUES FROM (2026) TO (2027);
CREATE TABLE tree.register_2027 (gone integer, division text, content text, year integer, id integer);
ALTER TABLE tree.register_2027 DROP COLUMN gone;
INSERT INTO tree.register_2027 VALUES ('530100', 'canary-2027', 2027, 3);
GRANT SELECT ON ALL TABLES IN SCHEMA tree TO regress_partition_reader;
SET ROLE regress_partition_reader;
SELECT * FROM tree.register_2027;	-- not attached yet: not part of the register
RESET ROLE;
ALTER TABLE tree.register ATTACH PARTITION tree.register_2027 FOR VALUES FROM (2027) TO (2028);
INSERT INTO tree.register VALUES (2, 2026, 'canary-2026', '530100');
SET ROLE regress_partition_reader;
SELECT * FROM tree.register ORDER BY id;
SELECT * FROM tree.register_2025;
SELECT * FROM tree.register_2026;
SELECT * FROM tree.register_2027;
SELECT r FROM tree.register_2027 AS r;
RESET ROLE;
-- a child labelled alone would leave the parent open: both are refused
CREATE TABLE tree.parent (id integer, content text);
CREATE TABLE tree.child () INHERITS (tree.parent);
INSERT INTO tree.child VALUES (1, 'canary-child');
GRANT SELECT ON ALL TABLES IN SCHEMA tree TO regress_partition_reader;
SELECT pdauth.protect('tree.child', 'tree/child', region => '530100');
SET ROLE regress_partition_reader;
SELECT * FROM tree.child;
SELECT * FROM tree.parent;
RESET ROLE;
SELECT pdauth.protect('tree.parent', 'tree/parent', region => '530100');
SECURITY LABEL FOR pdauth ON TABLE tree.child IS NULL;
SELECT pdauth.protect('tree.parent', 'tree/parent', region => '530100');
SELECT pdauth.protect('tree.child', 'tree/child', region => '530100');
SET ROLE regress_partition_reader;
SELECT * FROM tree.parent;
SELECT * FROM tree.child;
RESET ROLE;
-- renaming keeps the protection; a dropped column that a mask names makes its label wrong, which refuses
ALTER TABLE tree.register RENAME TO renamed;
SET ROLE regress_partition_reader;
SELECT id, content FROM tree.renamed ORDER BY id;
RESET ROLE;
ALTER TABLE tree.renamed RENAME COLUMN content TO words;
SET ROLE regress_partition_reader;
SELECT * FROM tree.renamed ORDER BY id;
RESET ROLE;
ALTER TABLE tree.renamed ADD COLUMN other text;
SELECT pdauth.mask('tree.renamed', 'words', 'FUNCTION pdauth.mask_text(other, 1, 0)', level => 'important');
ALTER TABLE tree.renamed DROP COLUMN other;
SET ROLE regress_partition_reader;
\set SHOW_CONTEXT errors
SELECT * FROM tree.renamed;
\set SHOW_CONTEXT never
RESET ROLE;
SELECT pdauth.mask('tree.renamed', 'words', 'FUNCTION pdauth.mask_text(words, 1, 0)', level => 'important');
ALTER TABLE tree.renamed ADD COLUMN spare text;
ALTER TABLE tree.renamed DROP COLUMN spare;
ALTER TABLE tree.renamed ADD COLUMN added text DEFAULT 'x';
SET ROLE regress_partition_reader;
SELECT * FROM tree.renamed ORDER BY id;
RESET ROLE;
DROP SCHEMA tree CASCADE;
UPDATE pdauth.license SET revoke_reason = 'end of test' WHERE licensee = 'regress_partition_reader'::regrole;
UPDATE pdauth.custodian SET end_reason = 'end of test' WHERE custodian = current_user::regrole AND end_reason IS NULL;
DROP ROLE regress_partition_reader;
REVOKE pdauth_policy_admin FROM CURRENT_USER;
