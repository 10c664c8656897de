-- Who sees what: row filters and column masks on plain SQL.
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;

CREATE ROLE regress_super NOLOGIN SUPERUSER;
CREATE ROLE regress_owner NOLOGIN;
CREATE ROLE regress_app NOLOGIN;
CREATE ROLE regress_reader NOLOGIN;
CREATE ROLE regress_stranger NOLOGIN;
CREATE ROLE regress_bypass NOLOGIN BYPASSRLS;
CREATE ROLE regress_policy NOLOGIN IN ROLE pdauth_policy_admin;

CREATE SCHEMA town AUTHORIZATION regress_owner;
GRANT USAGE ON SCHEMA town TO PUBLIC;
SET ROLE regress_owner;
CREATE TABLE town.person (
  person_id integer PRIMARY KEY,
  division  char(6) NOT NULL,
  full_name varchar(12) NOT NULL,
  id_number char(18),
  mobile    text,
  note      text,
  born      date
);
INSERT INTO town.person VALUES
  (1, '532901', '段正明', '532901198001011234', '13800000001', 'canary-one', '1980-01-01'),
  (2, '532901', '杨雪', '532901199002022345', '13800000002', 'canary-two', '1990-02-02'),
  (3, '530102', '欧阳建国', '530102197003033456', '13800000003', 'canary-three', '1970-03-03'),
  (4, '532923', '李', NULL, '123', NULL, '2001-04-04');
CREATE TABLE town.visit (
  visit_id integer PRIMARY KEY,
  person_id integer NOT NULL REFERENCES town.person,
  division char(6) NOT NULL
);
INSERT INTO town.visit SELECT n, 1 + n % 4, '532901' FROM generate_series(1, 8) AS n;
CREATE VIEW town.person_view AS SELECT person_id, full_name, mobile FROM town.person WHERE born < '2000-01-01';
CREATE FUNCTION town.people(of_division text) RETURNS SETOF town.person LANGUAGE sql STABLE
  AS $$ SELECT * FROM town.person WHERE division = $1 $$;
CREATE FUNCTION town.name_of(integer) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$ SELECT full_name FROM town.person WHERE person_id = $1 $$;
GRANT SELECT ON ALL TABLES IN SCHEMA town TO regress_reader, regress_stranger, regress_bypass;
GRANT ALL ON ALL TABLES IN SCHEMA town TO regress_app;
RESET ROLE;

-- Attack first: everybody with SELECT reads everything.
SET ROLE regress_stranger;
SELECT count(*) FROM town.person WHERE note LIKE 'canary%';
RESET ROLE;

-- Owning the table is not enough to decide about it.
SET ROLE regress_owner;
SECURITY LABEL FOR pdauth ON TABLE town.person IS 'RESOURCE civil/person';
RESET ROLE;

SET ROLE regress_policy;
SELECT pdauth.protect('town.person', resource => 'civil/person', region_column => 'division', subject_column => 'person_id');
SELECT pdauth.mask('town.person', 'full_name', 'FUNCTION pdauth.mask_name(full_name)', level => 'important');
SELECT pdauth.mask('town.person', 'id_number', 'FUNCTION pdauth.mask_citizen_id(id_number)', level => 'important');
SELECT pdauth.mask('town.person', 'mobile', 'FUNCTION pdauth.mask_mobile(mobile)');
SELECT pdauth.mask('town.person', 'note', 'VALUE NULL', level => 'core');
INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES
  ('regress_app', 'civil', 'register of the town'), ('regress_owner', 'civil', 'owner of the tables');
INSERT INTO pdauth.license (licensee, scope, basis) VALUES
  ('regress_reader', '{read on civil/person(*) for statistics in 532900 during [2026-01-01,) level general}', 'request 1')
  RETURNING license_id, licensee, revoked_at;
RESET ROLE;
SELECT provider, objname, label FROM pg_seclabels WHERE objname LIKE 'town.%' ORDER BY 2;

-- The application writes and reads as before.
SET ROLE regress_app;
INSERT INTO town.person VALUES (5, '532901', '董青', '532901200105055678', '13900000005', 'canary-five', '2001-05-05');
UPDATE town.person SET mobile = '13900000006' WHERE person_id = 5 RETURNING mobile;
INSERT INTO town.visit VALUES (9, 5, '532901');
SELECT person_id, full_name, note FROM town.person ORDER BY 1;
EXPLAIN (COSTS OFF) SELECT * FROM town.person WHERE person_id = 5;
RESET ROLE;

-- The licensee runs the same SELECT and gets licensed rows, masked.
SET ROLE regress_reader;
SELECT * FROM town.person ORDER BY person_id;
EXPLAIN (COSTS OFF, VERBOSE) SELECT full_name FROM town.person WHERE person_id = 2;
-- ... also in WHERE, ORDER BY, joins, grouping and whole rows.
SELECT person_id FROM town.person WHERE full_name = '段正明';
SELECT person_id FROM town.person WHERE mobile LIKE '138%0001';
SELECT person_id FROM town.person WHERE note = 'canary-one';
SELECT full_name, count(*) FROM town.person GROUP BY full_name ORDER BY full_name;
SELECT p FROM town.person AS p ORDER BY person_id;
SELECT row_to_json(p) FROM town.person AS p WHERE person_id = 1;
SELECT v.visit_id, p.full_name FROM town.visit AS v LEFT JOIN town.person AS p USING (person_id) WHERE v.visit_id < 4 ORDER BY 1;
SELECT ctid, tableoid::regclass, person_id FROM town.person WHERE person_id = 2;
SELECT ctid, p FROM town.person AS p;
SELECT * FROM town.person_view ORDER BY 1;
SELECT full_name FROM town.people('532901') ORDER BY 1;
SELECT town.name_of(1);
WITH all_people AS MATERIALIZED (SELECT * FROM town.person) SELECT full_name FROM all_people WHERE person_id = 1;
SELECT (SELECT full_name FROM town.person WHERE person_id = 1) AS by_sub_select;
SELECT full_name FROM ONLY town.person WHERE person_id = 1;
SELECT full_name FROM town.person TABLESAMPLE system (100) WHERE person_id = 1;
SELECT percent, (SELECT count(full_name) FROM town.person TABLESAMPLE bernoulli (percent)) FROM (VALUES (0), (100)) AS s(percent);
COPY town.person (person_id, full_name, note) TO STDOUT;
COPY (SELECT person_id, full_name FROM town.person) TO STDOUT;
DO $$ DECLARE found_name text; BEGIN SELECT full_name INTO found_name FROM town.person WHERE person_id = 1; RAISE WARNING '%', found_name; END $$;
-- It cannot write.
INSERT INTO town.person (person_id, division, full_name) VALUES (6, '532901', 'x');
UPDATE town.person SET note = full_name;
DELETE FROM town.person;
RESET ROLE;
GRANT ALL ON town.person TO regress_reader;
SET ROLE regress_reader;
UPDATE town.person SET full_name = full_name RETURNING note;
DELETE FROM town.person WHERE note = 'canary-one';
INSERT INTO town.person (person_id, division, full_name) VALUES (1, '532901', 'x') ON CONFLICT (person_id) DO UPDATE SET mobile = town.person.note RETURNING mobile;
TRUNCATE town.person CASCADE;
SELECT full_name FROM town.person WHERE person_id = 1 FOR UPDATE;
SELECT ctid, full_name FROM town.person WHERE person_id = 1 FOR UPDATE;
SELECT p.ctid, p.tableoid::regclass, p.full_name, v.ctid FROM town.person AS p JOIN town.visit AS v USING (person_id) WHERE visit_id = 1 FOR SHARE OF p;
-- A whole row to sort by below the copy of it that the lock keeps.
SET enable_hashjoin = off; SET enable_nestloop = off;
SELECT p.full_name FROM town.person AS p WHERE (p.person_id, p::text) IN (SELECT q.person_id, q::text FROM town.person AS q OFFSET 0) ORDER BY 1 FOR SHARE OF p;
RESET enable_hashjoin; RESET enable_nestloop;
RESET ROLE;
-- TRUNCATE does not reach a protected table by CASCADE either.
SET ROLE regress_owner;
CREATE TABLE town.list (id integer PRIMARY KEY);
ALTER TABLE town.person ADD COLUMN list_id integer REFERENCES town.list;
GRANT ALL ON town.list, town.visit TO regress_reader;
CREATE VIEW town.rows_before AS SELECT p FROM town.person AS p;
ALTER TABLE town.person ADD COLUMN zip text DEFAULT 'zip';
GRANT SELECT ON town.rows_before TO regress_reader;
RESET ROLE;
SET ROLE regress_reader;
TRUNCATE town.list CASCADE;
-- A column added after a view took the whole row.
SELECT (p).person_id, (p).full_name, (p).zip FROM town.rows_before ORDER BY 1;
-- The same function twice, and in a set operation.
SELECT count(*) FROM town.person AS p, town.people('532901') AS q;
SELECT full_name FROM town.people('532901') UNION ALL SELECT full_name FROM town.people('532923') ORDER BY 1;
RESET ROLE;
-- Out-of-line values are not read past the table.
SET ROLE regress_owner;
ALTER TABLE town.person ALTER COLUMN note SET STORAGE EXTERNAL;
RESET ROLE;
SELECT reltoastrelid::regclass AS toast FROM pg_class WHERE oid = 'town.person'::regclass \gset
\set VERBOSITY sqlstate
SELECT count(*) FROM :toast;
\set VERBOSITY default
-- row_security = off asks for everything or an error.
SET row_security = off;
SET ROLE regress_reader;
SELECT full_name FROM town.person;
RESET ROLE;
ALTER ROLE regress_reader BYPASSRLS;
SET ROLE regress_reader;
SELECT full_name FROM town.person;
RESET ROLE;
ALTER ROLE regress_reader NOBYPASSRLS;
RESET row_security;

-- Nobody without a license: not the stranger, not BYPASSRLS, not the superuser.
SET ROLE regress_stranger;
SELECT * FROM town.person;
SELECT * FROM town.person_view;
SELECT full_name FROM town.people('532901');
SELECT town.name_of(1);
COPY town.person TO STDOUT;
RESET ROLE;
SET ROLE regress_bypass;
SELECT * FROM town.person;
COPY town.person TO STDOUT;
SET ROLE regress_super;
SELECT * FROM town.person;
COPY town.person TO STDOUT;
-- The superuser's way out is explicit.
SET pdauth.break_glass = 'regression test';
SELECT count(*) FROM town.person WHERE note LIKE 'canary%';
RESET pdauth.break_glass;
SELECT count(*) FROM town.person;
RESET ROLE;
ALTER SYSTEM SET pdauth.break_glass = 'for ever';
ALTER ROLE regress_stranger SET pdauth.break_glass = 'for ever';

-- A purpose can only narrow; several licenses need one to be declared.
SET ROLE regress_reader;
SET pdauth.purpose = 'marketing';
SELECT count(*) FROM town.person;
SET pdauth.purpose = 'statistics/yearly';
SELECT count(*) FROM town.person;
RESET pdauth.purpose;
RESET ROLE;
INSERT INTO pdauth.license (licensee, scope, basis) VALUES
  ('regress_reader', '{read on civil/person(person_id,division,full_name) for insurance in 530100 during [2026-01-01,) level important}', 'request 2');
SET ROLE regress_reader;
SELECT count(*) FROM town.person;
SET pdauth.purpose = 'insurance';
SELECT * FROM town.person;
SET pdauth.purpose = 'statistics';
SELECT person_id, full_name, born FROM town.person ORDER BY 1;
RESET ROLE;
RESET pdauth.purpose;

-- Two licenses for the same purpose: each row is clear as far as its own license goes.
INSERT INTO pdauth.license (licensee, scope, basis) VALUES
  ('regress_stranger', '{read on civil/person(person_id,division,full_name) for research in 532901 during [2026-01-01,) level important}', 'request 3'),
  ('regress_stranger', '{read on civil(*) for research in 530000 during [2026-01-01,) level general}', 'request 4');
SET ROLE regress_stranger;
SELECT person_id, division, full_name, born FROM town.person ORDER BY 1;
RESET ROLE;

-- Revocation reaches a prepared statement, also inside an open transaction.
SET ROLE regress_stranger;
PREPARE people AS SELECT person_id, full_name FROM town.person ORDER BY 1;
EXECUTE people;
RESET ROLE;
UPDATE pdauth.license SET revoke_reason = 'request withdrawn' WHERE licensee = 'regress_stranger'::regrole;
SET ROLE regress_stranger;
\set VERBOSITY terse
EXECUTE people;
\set VERBOSITY default
-- the refusal says which license ended, when and why
DO $$
DECLARE said text;
BEGIN
  PERFORM * FROM town.person;
EXCEPTION WHEN SQLSTATE 'PD205' THEN
  GET STACKED DIAGNOSTICS said = PG_EXCEPTION_DETAIL;
  RAISE WARNING '%', replace(said, to_char(now() AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD'), 'TODAY');
END $$;
RESET ROLE;
SET ROLE regress_app;
EXECUTE people;
RESET ROLE;

-- A license ends with its last day, also for plans made while it held.
INSERT INTO pdauth.license (licensee, scope, basis) VALUES
  ('regress_super', '{read on civil/person(person_id) for research in 530000 during [2026-01-01,2027-01-01) level general}', 'request 5');
SET ROLE regress_super;
SET pdauth.clock = '2026-12-31 23:59:59';
PREPARE until_new_year AS SELECT count(*) FROM town.person;
EXECUTE until_new_year;
EXECUTE until_new_year;
BEGIN;
EXECUTE until_new_year;
SET pdauth.clock = '2027-01-01 00:00:00';
EXECUTE until_new_year;
ROLLBACK;
EXECUTE until_new_year;
SET pdauth.clock = '2027-01-01 00:00:00';
EXECUTE until_new_year;
RESET pdauth.clock;
RESET ROLE;

-- Licenses cannot be rewritten.
UPDATE pdauth.license SET scope = '{read on *(*) for * in * during [2026-01-01,) level core}';
DELETE FROM pdauth.license;
TRUNCATE pdauth.license;
UPDATE pdauth.license SET revoked_at = NULL, revoked_by = NULL, revoke_reason = NULL WHERE revoked_at IS NOT NULL;
SET session_replication_role = replica;
DELETE FROM pdauth.license;
RESET session_replication_role;

-- Bad labels teach.
SET ROLE regress_policy;
SELECT pdauth.mask('town.person', 'mobile', 'FUNCTION mask_mobile(mobile)');
SELECT pdauth.mask('town.person', 'mobile', 'FUNCTION pdauth.mask_mobile(mobile), note');
SELECT pdauth.mask('town.person', 'mobile', 'VALUE (SELECT note FROM town.person LIMIT 1)');
SELECT pdauth.mask('town.person', 'mobile', 'VALUE random()::text');
SELECT pdauth.mask('town.person', 'born', 'VALUE true');
SELECT pdauth.mask('town.person', 'mobile', 'VALUE town.name_of(1)');
SELECT pdauth.mask('town.person', 'person_id', 'FUNCTION pdauth.mask_text(person_id::text || ''x'', 2, 0)');
SELECT pdauth.mask('town.person', 'mobile', NULL, level => 'secret');
SELECT pdauth.mask('town.visit', 'person_id', 'VALUE 0');
SELECT pdauth.protect('town.visit', resource => 'civil//visit');
SELECT pdauth.protect('town.visit', resource => 'civil/visit', region_column => 'nowhere');
SELECT pdauth.protect('town.visit', resource => 'civil/visit', region_column => 'visit_id');
SELECT pdauth.protect('town.person_view', resource => 'civil/visit');
RESET ROLE;

-- Without the library, row security alone gives no row: the guard raises.
SELECT pdauth.guard();
