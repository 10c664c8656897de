-- What auditors see of the log: everything but what they may not see in the table.
CREATE ROLE trail_auditor;
CREATE ROLE trail_keeper;
GRANT pdauth_auditor TO trail_auditor, trail_keeper;
CREATE SCHEMA trail_app;
CREATE TABLE trail_app.person (id int PRIMARY KEY, name text, mobile text, division text, born date);
CREATE TABLE trail_app.open (id int PRIMARY KEY, name text);
SELECT pdauth.audit('trail_app.person'), pdauth.audit('trail_app.open');
SELECT pdauth.protect('trail_app.person', 'trail/person', region_column => 'division', subject_column => 'mobile');
SELECT pdauth.mask('trail_app.person', 'mobile', 'FUNCTION pdauth.mask_mobile(mobile)', level => 'important');
INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES ('trail_keeper', 'trail', 'duty');
SET pdauth.break_glass = 'test';
INSERT INTO trail_app.person VALUES (1, '张三', '13812345678', '532901', '1990-01-02'), (2, '李四', '13987654321', '530102', NULL);
UPDATE trail_app.person SET mobile = '13700000000' WHERE id = 1;
INSERT INTO trail_app.open VALUES (1, 'everybody knows');
RESET pdauth.break_glass;
SELECT pdauth.seal() > 0 AS sealed;
SELECT pdauth.archive() > 0 AS packed;
INSERT INTO trail_app.open VALUES (2, 'not packed');

-- Without a license: masked by the column's mask, everything else null.
SET ROLE trail_auditor;
SELECT operation, relation_name, image FROM pdauth.audit_trail WHERE relation_name LIKE 'trail_app.%' AND operation IN ('I', 'U') ORDER BY made_at;
-- With one for general columns, and as custodian.
RESET ROLE;
INSERT INTO pdauth.license (licensee, scope, basis) VALUES ('trail_auditor', '{read on trail/person(*) for audit in 530000 during [2026-01-01,) level general}', 'order 1');
SET ROLE trail_auditor;
SELECT operation, image FROM pdauth.audit_trail WHERE relation_name = 'trail_app.person' AND operation IN ('I', 'U') ORDER BY made_at;
SET ROLE trail_keeper;
SELECT operation, image FROM pdauth.audit_trail WHERE relation_name = 'trail_app.person' AND operation IN ('I', 'U') ORDER BY made_at;
-- By subject, role, relation and time; packed or not.
SET ROLE trail_auditor;
SELECT operation, image FROM pdauth.audit_search(relation_name => 'trail_app.person', subject_column => 'mobile', subject_value => '13812345678');
SELECT operation, image FROM pdauth.audit_search(relation_name => 'trail_app.person', subject_column => 'id', subject_value => '2');
-- By a column that is neither the subject's nor seen in clear: not even whether there is such a value.
SELECT operation, image FROM pdauth.audit_search(relation_name => 'trail_app.person', subject_column => 'born', subject_value => '1990-01-02');
SELECT operation, image FROM pdauth.audit_search(relation_name => 'trail_app.open', made_from => now() - interval '1 hour');
SELECT count(*) FROM pdauth.audit_search(relation_name => 'trail_app.open', made_before => '2000-01-01');
SELECT count(*) FROM pdauth.audit_search(role_name => 'trail_auditor', relation_name => 'trail_app.open');
-- No way to the raw images and salts.
SELECT image FROM pdauth.audit_entry;
SELECT salt FROM pdauth.audit_log;
SELECT e FROM pdauth.audit_entry e;
SELECT image FROM pdauth.audit_segment;
SELECT count(*) > 0 AS but_to_all_else FROM pdauth.audit_log WHERE leaf IS NOT NULL;
SELECT count(*) FROM pdauth.verify_sql();
RESET ROLE;
-- Notes are for auditors; all of a table that is gone is hidden, and so is a column that was renamed.
ALTER TABLE trail_app.open RENAME name TO title;
SET ROLE trail_auditor;
SELECT operation, image FROM pdauth.audit_search(relation_name => 'trail_app.open');
RESET ROLE;
DROP TABLE trail_app.open;
SET pdauth.break_glass = 'test';
ALTER TABLE trail_app.person RENAME mobile TO phone;
RESET pdauth.break_glass;
SET ROLE trail_auditor;
SELECT operation, image FROM pdauth.audit_search(relation_name => 'trail_app.open') WHERE operation = 'I';
SELECT operation, image FROM pdauth.audit_search(relation_name => 'trail_app.person') WHERE operation = 'U';
RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA trail_app CASCADE;
UPDATE pdauth.custodian SET end_reason = 'test' WHERE resource = 'trail';
DROP ROLE trail_keeper;
