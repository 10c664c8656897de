-- What a role gets, why, and what is missing: asked before the query, answered by the code that decides it.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET pdauth.clock = '2026-10-14 09:00';

CREATE ROLE regress_explain_owner NOLOGIN;
CREATE ROLE regress_explain_group NOLOGIN;
CREATE ROLE regress_explain_reader NOLOGIN IN ROLE regress_explain_group;
CREATE ROLE regress_explain_both NOLOGIN;
CREATE ROLE regress_explain_stranger NOLOGIN;
CREATE ROLE regress_explain_policy NOLOGIN IN ROLE pdauth_policy_admin;
CREATE ROLE regress_explain_auditor NOLOGIN IN ROLE pdauth_auditor;
CREATE SCHEMA desk AUTHORIZATION regress_explain_owner;
GRANT USAGE ON SCHEMA desk TO PUBLIC;
SET ROLE regress_explain_owner;
CREATE TABLE desk.person (person_id integer, division char(6), gone text, full_name varchar(12), note text);
ALTER TABLE desk.person DROP COLUMN gone;
INSERT INTO desk.person VALUES (1, '532901', '段正明', 'canary-one'), (2, '530102', '欧阳建国', 'canary-two'), (3, '440100', '李', 'canary-three');
CREATE TABLE desk.notice (id integer);
CREATE VIEW desk.person_view AS SELECT * FROM desk.person;
GRANT SELECT ON desk.person TO regress_explain_group, regress_explain_both, regress_explain_policy;
RESET ROLE;
SET ROLE regress_explain_policy;
SELECT pdauth.protect('desk.person', 'desk/person', region_column => 'division');
SELECT pdauth.mask('desk.person', 'full_name', 'FUNCTION pdauth.mask_name(full_name)', level => 'important');
SELECT pdauth.mask('desk.person', 'note', 'VALUE NULL', level => 'core');
INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES ('regress_explain_owner', 'desk', 'register');
INSERT INTO pdauth.license (licensee, scope, basis) VALUES
  ('regress_explain_group', '{read on desk/person(*) for statistics in 530000 during [2026-01-01,2027-01-01) level general}', 'request 1'),
  ('regress_explain_group', '{read on desk/person(full_name) for statistics in 532900 during [2026-01-01,2027-01-01) level important}', 'request 2'),
  ('regress_explain_both', '{read on desk(*) for statistics in * during [2026-01-01,2027-01-01) level important}', 'request 3'),
  ('regress_explain_both', '{read on desk/person(person_id,division) for insurance/car in 530000 during [2026-01-01,2027-01-01) level general}', 'request 4');
RESET ROLE;

\pset null '-'
-- Licenses are numbered by the system: show them as the requests they rest on.
CREATE FUNCTION desk.explain(about name, purpose text DEFAULT NULL, day date DEFAULT NULL)
  RETURNS TABLE (part text, column_name name, access text, regions text[], level text, mask text, basis text[], rule text, missing text, purposes text[])
  LANGUAGE sql SECURITY DEFINER BEGIN ATOMIC
  SELECT e.part, e.column_name, e.access, e.regions, e.level, e.mask,
         (SELECT array_agg(l.basis ORDER BY l.basis) FROM pdauth.license AS l WHERE l.license_id = ANY (e.licenses)),
         e.rule, e.missing::text, e.purposes
    FROM pdauth.explain_access('desk.person', about, purpose, day) AS e;
END;
-- Through a group, two licenses: one column by region, one masked everywhere.
SELECT * FROM desk.explain('regress_explain_reader');
SELECT part, column_name, reason FROM pdauth.explain_access('desk.person', 'regress_explain_reader');
-- It says what the statement then does.
SET ROLE regress_explain_reader;
SELECT * FROM desk.person ORDER BY person_id;
RESET ROLE;
-- Two purposes: one has to be declared, and these are the choices.
SELECT * FROM desk.explain('regress_explain_both') WHERE part <> 'column';
SELECT reason FROM pdauth.explain_access('desk.person', 'regress_explain_both') WHERE part = 'relation';
SET ROLE regress_explain_both;
SELECT * FROM desk.person;
RESET ROLE;
SELECT * FROM desk.explain('regress_explain_both', 'insurance/car');
SELECT * FROM desk.explain('regress_explain_both', 'statistics/yearly');
SELECT * FROM desk.explain('regress_explain_both', 'marketing') WHERE part <> 'column';
-- Custodian, stranger, the day after the licenses end.
SELECT part, column_name, access, rule, reason FROM pdauth.explain_access('desk.person', 'regress_explain_owner');
SELECT part, column_name, access, rule, reason, missing FROM pdauth.explain_access('desk.person', 'regress_explain_stranger');
SELECT * FROM desk.explain('regress_explain_reader', day => '2027-01-01') WHERE part = 'relation';
SELECT regexp_replace(reason, 'License \d+', 'License N') AS reason FROM pdauth.explain_access('desk.person', 'regress_explain_reader', day => '2027-01-01') WHERE part = 'relation';
SELECT access FROM pdauth.explain_access('desk.person', 'regress_explain_reader', day => 'infinity') WHERE part = 'relation';
-- What is not protected, and what is not a table.
SELECT part, access, reason FROM pdauth.explain_access('desk.notice', 'regress_explain_reader');
SELECT part, access, reason FROM pdauth.explain_access('desk.person_view', 'regress_explain_reader');
-- The missing part, once licensed, is no longer missing.
INSERT INTO pdauth.license (licensee, scope, basis)
  SELECT 'regress_explain_reader', missing, 'request 5' FROM pdauth.explain_access('desk.person', 'regress_explain_reader') WHERE part = 'relation';
SELECT part, column_name, access, missing FROM pdauth.explain_access('desk.person', 'regress_explain_reader');
UPDATE pdauth.license SET revoke_reason = 'test' WHERE basis = 'request 5';

-- Who may ask about whom.  Attack: a stranger asks what others hold.
SET ROLE regress_explain_stranger;
SELECT part, access FROM pdauth.explain_access('desk.person') WHERE part = 'relation';
SELECT * FROM pdauth.explain_access('desk.person', 'regress_explain_reader');
SELECT * FROM pdauth.explain_access('desk.person', 'regress_explain_owner');
SELECT * FROM pdauth.explain_access('desk.notice', 'regress_explain_owner');
SELECT * FROM pdauth.explain_access('desk.person', 'regress_nobody');
SET ROLE regress_explain_reader;
SELECT part, access FROM pdauth.explain_access('desk.person') WHERE part = 'relation';
SELECT part, access FROM pdauth.explain_access('desk.person', 'regress_explain_group') WHERE part = 'relation';
-- his own declared purpose counts, not for his group
SET pdauth.purpose = 'marketing';
SELECT part, access, rule FROM pdauth.explain_access('desk.person') WHERE part = 'relation';
SELECT part, access, rule FROM pdauth.explain_access('desk.person', purpose => '') WHERE part = 'relation';
RESET pdauth.purpose;
SET ROLE regress_explain_group;
SELECT * FROM pdauth.explain_access('desk.person', 'regress_explain_reader');
SET ROLE regress_explain_policy;
SELECT part, access FROM pdauth.explain_access('desk.person', 'regress_explain_reader') WHERE part = 'relation';
SET ROLE regress_explain_auditor;
SELECT part, access, reason FROM pdauth.explain_access('desk.person', 'regress_explain_reader') WHERE part = 'relation';
SELECT * FROM pdauth.explain_access('desk.person', NULL);
SELECT * FROM pdauth.explain_access(NULL);
SELECT * FROM pdauth.explain_access('desk.person', purpose => 'a//b');
RESET ROLE;
-- A superuser is bound like anybody, until the way out is taken in this session.
SELECT part, access FROM pdauth.explain_access('desk.person') WHERE part IN ('relation', 'write');
SET pdauth.break_glass = 'regression test';
SELECT part, access, reason FROM pdauth.explain_access('desk.person') WHERE part IN ('relation', 'write');
SELECT part, access FROM pdauth.explain_access('desk.person', 'regress_explain_reader') WHERE part IN ('relation', 'write');
RESET pdauth.break_glass;

DROP FUNCTION desk.explain(name, text, date);
UPDATE pdauth.license SET revoke_reason = 'end of test' WHERE revoked_at IS NULL AND licensee::text LIKE 'regress_explain%';
UPDATE pdauth.custodian SET end_reason = 'end of test' WHERE custodian::text LIKE 'regress_explain%';
RESET pdauth.clock;
