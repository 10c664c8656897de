-- The health check: make each weakness, see it found, repair it, see it gone.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
-- Labels are changed by policy administrators; a superuser is none by power alone.
GRANT pdauth_policy_admin TO CURRENT_USER;
-- Findings about our own objects: other tests leave theirs, and servers differ in roles and calendars.
CREATE ROLE regress_health_owner NOLOGIN;
CREATE ROLE regress_health_other NOLOGIN;
CREATE ROLE regress_health_policy NOLOGIN IN ROLE pdauth_policy_admin;
CREATE ROLE regress_health_auditor NOLOGIN IN ROLE pdauth_auditor;
CREATE SCHEMA ward AUTHORIZATION regress_health_owner;
GRANT ALL ON SCHEMA ward TO regress_health_other;
CREATE VIEW ward.health AS
  SELECT severity, regexp_replace(object, '(license|custody) \d+', '\1 N') AS object,
         regexp_replace(regexp_replace(finding, 'number \d+', 'number N'), '\d\d\d\d-\d\d-\d\d( [0-9:.+]+)?', 'DATE', 'g') AS finding, remedy
    FROM pdauth.health_check()
   WHERE (object || finding) ~ 'ward|regress_health|was dropped' AND object !~ 'ward\.health';
SET ROLE regress_health_owner;
CREATE TABLE ward.person (id integer PRIMARY KEY, full_name text, division text, extra text) PARTITION BY RANGE (id);
CREATE TABLE ward.person_1 PARTITION OF ward.person FOR VALUES FROM (0) TO (100);
INSERT INTO ward.person VALUES (1, 'canary-health', '530100');
RESET ROLE;
SELECT pdauth.protect('ward.person', 'ward/person', region_column => 'division');
SELECT pdauth.mask('ward.person', 'full_name', 'FUNCTION pdauth.mask_name(full_name)');
SELECT severity, object, finding FROM ward.health;
INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES ('regress_health_owner', 'ward', 'register');
INSERT INTO pdauth.license (licensee, scope, basis) VALUES
  ('regress_health_other', '{read on ward/person(*) for statistics in * during [2026-01-01,) level core}', 'request 1');
SELECT pdauth.audit('ward.person');
SELECT severity, object, finding FROM ward.health;

-- A partition added later is guarded; row security switched off; the guard dropped, or replaced by a harmless one.
CREATE TABLE ward.person_2 PARTITION OF ward.person FOR VALUES FROM (100) TO (200);
SELECT severity, object, finding FROM ward.health;
SELECT pdauth.protect('ward.person', 'ward/person', region_column => 'division');
SET pdauth.break_glass = 'regression test';
ALTER TABLE ward.person_1 NO FORCE ROW LEVEL SECURITY;
DROP POLICY pdauth_guard ON ward.person_2;
CREATE POLICY pdauth_guard ON ward.person_2 AS RESTRICTIVE USING (true);
RESET pdauth.break_glass;
SELECT pdauth.guard_storage('ward.person_1', false);
SELECT severity, object, finding, remedy FROM ward.health;
SELECT pdauth.protect('ward.person', 'ward/person', region_column => 'division');
SELECT * FROM ward.health;

-- What reads or copies rows: functions, views, triggers, rules, publications.
SET ROLE regress_health_other;
CREATE FUNCTION ward.spy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE FUNCTION ward.reader() RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$ SELECT full_name FROM ward.person $$;
RESET ROLE;
SET ROLE regress_health_owner;
CREATE VIEW ward.person_view AS SELECT id, full_name FROM ward.person;
RESET ROLE;
SET pdauth.break_glass = 'regression test';
CREATE TRIGGER spy AFTER INSERT ON ward.person FOR EACH STATEMENT EXECUTE FUNCTION ward.spy();
SET client_min_messages = error;	-- wal_level
CREATE SCHEMA "Odd name";
CREATE TABLE "Odd name".note (id integer);
SELECT pdauth.protect('"Odd name".note', 'other/note');
CREATE PUBLICATION regress_health_publication FOR TABLE ward.person_1, "Odd name".note;
SET client_min_messages = warning;
RESET pdauth.break_glass;
SELECT severity, object, finding FROM ward.health;
DROP PUBLICATION regress_health_publication;
DROP SCHEMA "Odd name" CASCADE;
DROP VIEW ward.person_view;
DROP TRIGGER spy ON ward.person;
DROP FUNCTION ward.reader();

-- Labels: without effect, broken by a dropped column, by a change of a mask's owner.
CREATE FUNCTION ward.my_mask(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT left($1, 1) $$;
SELECT pdauth.mask('ward.person', 'extra', 'FUNCTION ward.my_mask(extra)');
ALTER FUNCTION ward.my_mask(text) OWNER TO regress_health_other;
ALTER TABLE ward.person ADD COLUMN spare text;
SELECT pdauth.mask('ward.person', 'id', 'VALUE length(spare)');
ALTER TABLE ward.person DROP COLUMN spare;
SELECT severity, object, finding FROM ward.health;
SELECT pdauth.mask('ward.person', 'id', 'VALUE NULL', 'general');
SELECT pdauth.mask('ward.person', 'extra', 'VALUE NULL');
SELECT * FROM ward.health;

-- Roles: dropped licensee and custodian, BYPASSRLS, two duties in one hand, settings left behind.
CREATE ROLE regress_health_gone NOLOGIN;
INSERT INTO pdauth.license (licensee, scope, basis) VALUES
  ('regress_health_gone', '{read on ward/person(*) for statistics in * during [2026-01-01,) level core}', 'request 2');
INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES ('regress_health_gone', 'ward', 'register');
DROP ROLE regress_health_gone;
ALTER ROLE regress_health_other BYPASSRLS;
ALTER ROLE regress_health_other SET pdauth.purpose = 'statistics';
ALTER ROLE regress_health_other SET pdauth.audit_sm3 = on;
ALTER ROLE regress_health_other SET pdauth.no_license = 'empty';
GRANT pdauth_policy_admin TO regress_health_other;
SELECT severity, object, finding FROM ward.health;
UPDATE pdauth.license SET revoke_reason = 'gone' WHERE licensee::oid NOT IN (SELECT oid FROM pg_roles);
UPDATE pdauth.custodian SET end_reason = 'gone' WHERE custodian::oid NOT IN (SELECT oid FROM pg_roles);
ALTER ROLE regress_health_other NOBYPASSRLS;
ALTER ROLE regress_health_other RESET ALL;
REVOKE pdauth_policy_admin FROM regress_health_other;
SELECT * FROM ward.health;

-- The clock and the way out.
SET pdauth.clock = '2026-12-20 09:00';
SELECT severity, object, finding, remedy FROM pdauth.health_check() WHERE object IN ('session', 'calendar ' || pdauth.default_calendar());
SET pdauth.clock = '2027-01-20 09:00';
SELECT severity, object, finding FROM pdauth.health_check() WHERE object = 'calendar ' || pdauth.default_calendar();
RESET pdauth.clock;
SET pdauth.break_glass = 'regression test';
SELECT severity, object, finding, remedy FROM pdauth.health_check() WHERE object = 'session';
RESET pdauth.break_glass;

-- The views behind it.
SELECT relation, label_of, resource, region_column, owner, row_security_forced, guarded FROM pdauth.protected_relation WHERE resource = 'ward/person' ORDER BY 1;
SELECT * FROM pdauth.column_label WHERE relation = 'ward.person'::regclass ORDER BY column_name;
SELECT role, licensee, basis, valid_until FROM pdauth.effective_license WHERE licensee = 'regress_health_other'::regrole ORDER BY role::text;

-- Least privilege: who may look.
SET ROLE regress_health_other;
SELECT * FROM pdauth.health_check();
SELECT * FROM pdauth.health_role();
SELECT * FROM pdauth.protected_relation;
SELECT * FROM pdauth.column_label;
SELECT * FROM pdauth.license;
SELECT role, licensee, basis FROM pdauth.effective_license;	-- his own
SET ROLE regress_health_owner;
SELECT role, licensee, basis FROM pdauth.effective_license;	-- none
SET ROLE regress_health_auditor;
SELECT count(*) > 0 AS sees FROM pdauth.health_check();
SELECT count(*) > 0 AS sees FROM pdauth.protected_relation;
SELECT role, licensee, basis FROM pdauth.effective_license WHERE role = 'regress_health_other'::regrole;
SET ROLE regress_health_policy;
SELECT count(*) > 0 AS sees FROM pdauth.health_check();
RESET ROLE;
-- Nothing in it is data.
SELECT count(*) FROM pdauth.health_check() AS h WHERE h::text LIKE '%canary%';
UPDATE pdauth.license SET revoke_reason = 'end of test' WHERE revoked_at IS NULL AND licensee::text LIKE 'regress_health%';
UPDATE pdauth.custodian SET end_reason = 'end of test' WHERE ended_at IS NULL AND custodian::text LIKE 'regress_health%';
REVOKE pdauth_policy_admin FROM CURRENT_USER;
