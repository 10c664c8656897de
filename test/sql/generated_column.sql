-- A generated column tells what its sources hold: it is as protected as they
-- are, unless it has a label of its own.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE regress_generated NOLOGIN;
CREATE SCHEMA generated;
GRANT USAGE ON SCHEMA generated TO PUBLIC;
CREATE TABLE generated.person (
  person_id integer,
  income integer,
  height integer,
  monthly integer GENERATED ALWAYS AS (income / 12) STORED,
  tall boolean GENERATED ALWAYS AS (height > 180) STORED,
  class integer GENERATED ALWAYS AS (income / 100000) STORED);
INSERT INTO generated.person VALUES (1, 1200012, 190);
GRANT SELECT ON generated.person TO PUBLIC;
SELECT pdauth.protect('generated.person', 'generated/person', region => '530000');
SELECT pdauth.mask('generated.person', 'income', 'VALUE 0', level => 'important');
SELECT pdauth.mask('generated.person', 'class', 'VALUE -1', level => 'general');
INSERT INTO pdauth.license (licensee, scope, basis) VALUES
  ('regress_generated', '{read on generated(*) for test in 530000 during [2026-01-01,) level general}', 'test');
SET ROLE regress_generated;
SELECT * FROM generated.person;
SELECT count(*) FROM generated.person WHERE monthly = 100001;
RESET ROLE;
-- virtual ones (18) are computed at each reading, from the stored values
SELECT current_setting('server_version_num')::integer >= 180000 AS has_virtual \gset
SET pdauth.break_glass = 'regression test';
\if :has_virtual
ALTER TABLE generated.person ADD COLUMN weekly integer GENERATED ALWAYS AS (income / 52) VIRTUAL;
\else
ALTER TABLE generated.person ADD COLUMN weekly integer GENERATED ALWAYS AS (income / 52) STORED;
\endif
RESET pdauth.break_glass;
SELECT weekly FROM generated.person;
SET pdauth.break_glass = 'regression test';
SELECT weekly FROM generated.person;
RESET pdauth.break_glass;
SET ROLE regress_generated;
SELECT weekly, p, (SELECT max(weekly) FROM generated.person) FROM generated.person AS p;
RESET ROLE;
SELECT pdauth.mask('generated.person', 'weekly', 'VALUE 52', level => 'important');
SET ROLE regress_generated;
SELECT weekly FROM generated.person;
SELECT count(*) FROM generated.person WHERE weekly = 23077;
RESET ROLE;
UPDATE pdauth.license SET revoke_reason = 'end of test' WHERE revoked_at IS NULL AND licensee::text LIKE 'regress_generated%';
