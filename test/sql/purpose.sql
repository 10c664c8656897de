-- Purposes: data licensed for different purposes is not put together, and a refusal lists what may be declared.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET pdauth.clock = '2026-10-14 09:00';
CREATE ROLE regress_purpose_group NOLOGIN;
CREATE ROLE regress_purpose_reader NOLOGIN IN ROLE regress_purpose_group;
CREATE SCHEMA mill;
GRANT USAGE ON SCHEMA mill TO PUBLIC;
CREATE TABLE mill.person (id integer, income text, illness text, division text);
INSERT INTO mill.person VALUES (1, 'canary-income', 'canary-illness', '530102'), (2, 'canary-income', 'canary-illness', '532901');
GRANT SELECT ON mill.person TO regress_purpose_group;
SELECT pdauth.protect('mill.person', 'mill/person', region_column => 'division');
SELECT pdauth.mask('mill.person', 'income', 'VALUE NULL', level => 'important');
SELECT pdauth.mask('mill.person', 'illness', 'VALUE NULL', level => 'important');

-- Attack: one license, two purposes with a column each.  Nobody may see both columns side by side.
INSERT INTO pdauth.license (licensee, scope, basis) VALUES ('regress_purpose_group',
  '{read on mill(id,income) for credit in 530000 during [2026-01-01,) level important; read on mill(id,illness) for "insurance car"/risk in 530000 during [2026-01-01,) level important}', 'request 1');
SET ROLE regress_purpose_reader;
SELECT income, illness FROM mill.person;
SET pdauth.purpose = 'credit';
SELECT id, income, illness FROM mill.person ORDER BY id;
SET pdauth.purpose = '"insurance car"/risk/2026';
SELECT id, income, illness FROM mill.person ORDER BY id;
RESET pdauth.purpose;
SELECT access, rule, purposes, missing FROM pdauth.explain_access('mill.person') WHERE part = 'relation';
RESET ROLE;
UPDATE pdauth.license SET revoke_reason = 'next' WHERE basis = 'request 1' AND revoked_at IS NULL AND licensee = 'regress_purpose_group'::regrole;

-- One license, two purposes that permit the same: nothing to choose.
INSERT INTO pdauth.license (licensee, scope, basis) VALUES ('regress_purpose_group',
  '{read on mill(id,income) for credit,research in 530000 during [2026-01-01,) level important}', 'request 2');
SET ROLE regress_purpose_reader;
SELECT id, income, illness FROM mill.person ORDER BY id;
RESET ROLE;

-- A purpose below another that permits more, or elsewhere.
INSERT INTO pdauth.license (licensee, scope, basis) VALUES ('regress_purpose_reader',
  '{read on mill(id,income,illness) for credit/fraud in 530102 during [2026-01-01,) level important}', 'request 3');
SET ROLE regress_purpose_reader;
SELECT id, income, illness FROM mill.person ORDER BY id;
SET pdauth.purpose = 'credit/fraud';
SELECT id, income, illness FROM mill.person ORDER BY id;
SET pdauth.purpose = 'credit';
SELECT id, income, illness FROM mill.person ORDER BY id;
-- narrowing only: a purpose that nothing was licensed for, and one above all that was
SET pdauth.purpose = 'marketing';
SELECT id FROM mill.person;
SET pdauth.purpose = '*';
SELECT id FROM mill.person;
RESET pdauth.purpose;
-- what has ended is no longer a choice
RESET ROLE;
UPDATE pdauth.license SET revoke_reason = 'next' WHERE basis = 'request 3' AND revoked_at IS NULL AND licensee = 'regress_purpose_reader'::regrole;
SET ROLE regress_purpose_reader;
SELECT id, income FROM mill.person ORDER BY id;
RESET ROLE;
UPDATE pdauth.license SET revoke_reason = 'end of test' WHERE revoked_at IS NULL AND licensee::text LIKE 'regress_purpose%';
RESET pdauth.clock;
