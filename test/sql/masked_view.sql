-- Masked views: the reader's own licenses decide, types and comments stay.
\set SHOW_CONTEXT never
\set VERBOSITY terse
SET client_min_messages = warning;
-- Labels are changed by policy administrators; a superuser is none by power alone.
GRANT pdauth_policy_admin TO CURRENT_USER;
SET datestyle = 'ISO';
SET timezone = 'Asia/Shanghai';
CREATE ROLE regress_mv_owner;
CREATE ROLE regress_mv_policy NOINHERIT IN ROLE pdauth_policy_admin;
CREATE ROLE regress_mv_all;		-- licensed in clear
CREATE ROLE regress_mv_masked;	-- licensed for two columns, in one prefecture
CREATE ROLE regress_mv_region;	-- in clear in one prefecture, masked in another
CREATE ROLE regress_mv_stranger;
CREATE SCHEMA vault AUTHORIZATION regress_mv_owner;
CREATE SCHEMA reporting;
GRANT USAGE ON SCHEMA vault TO pdauth_policy_admin, regress_mv_all, regress_mv_masked, regress_mv_region, regress_mv_stranger;
GRANT USAGE ON SCHEMA reporting TO PUBLIC;
GRANT CREATE ON SCHEMA reporting TO pdauth_policy_admin;
CREATE DOMAIN vault.code AS text CHECK (VALUE ~ '^[0-9]+$');
SET ROLE regress_mv_owner;
CREATE TABLE vault.person (
  id integer PRIMARY KEY, gone text, "Full name" varchar(7) NOT NULL, short char(4), code vault.code, salary numeric(10, 2), born date,
  seen timestamptz(0), latin text COLLATE "C", tags text[], division char(6));
ALTER TABLE vault.person DROP COLUMN gone;
COMMENT ON TABLE vault.person IS 'Residents, ''quoted''';
COMMENT ON COLUMN vault.person."Full name" IS 'As registered';
COMMENT ON COLUMN vault.person.salary IS 'Monthly';
INSERT INTO vault.person VALUES
  (1, 'canaryA', 'ab', '123', 12345.67, '2026-02-14', '2026-02-14 20:00+08', 'x', '{canary1}', '530102'),
  (2, 'canaryB', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '532901'),
  (3, 'canaryC', 'cd', '9', -1, 'infinity', NULL, 'y', '{}', '110101'),
  (4, 'canaryD', 'ef', '8', 1, NULL, NULL, 'z', '{canary4}', NULL);
RESET ROLE;
SELECT pdauth.protect('vault.person', 'vault/person', region_column => 'division');
SELECT pdauth.mask('vault.person', c, m) FROM (VALUES ('Full name', 'FUNCTION pdauth.mask_name("Full name")'), ('short', 'FUNCTION pdauth.mask_text(short, 0, 0)'),
  ('code', 'FUNCTION pdauth.mask_text(code, 1, 0)'), ('salary', 'FUNCTION pdauth.mask_bucket(salary, 1000)'), ('born', 'FUNCTION pdauth.mask_date(born, ''year'')'),
  ('seen', 'FUNCTION pdauth.mask_date(seen, ''month'')'), ('latin', 'FUNCTION pdauth.mask_text(latin || "Full name", 0, 0)')) AS m (c, m);
INSERT INTO pdauth.license (licensee, scope, basis) VALUES
  ('regress_mv_all', '{read on vault(*) for test in * during [2026-01-01,) level core}', 'test'),
  ('regress_mv_masked', '{read on vault(id,division) for test in 530100 during [2026-01-01,) level general}', 'test'),
  ('regress_mv_region', '{read on vault(*) for test in 530100 during [2026-01-01,) level core; read on vault(id,division) for test in 532900 during [2026-01-01,) level general}', 'test');

-- Who may create one, of what, and where.
SET ROLE regress_mv_owner;
SELECT pdauth.create_masked_view('vault.person', 'vault.shown');
SET ROLE regress_mv_policy;
SET ROLE pdauth_policy_admin;
SELECT pdauth.create_masked_view('vault.person', 'shown');
SELECT pdauth.create_masked_view('vault.person', 'vault.shown');
SELECT pdauth.create_masked_view('vault.person', 'pdauth.shown');
SELECT pdauth.create_masked_view('vault.person', 'pg_catalog.shown');
SELECT pdauth.create_masked_view('pg_class', 'reporting.shown');
SELECT pdauth.create_masked_view('vault.person', 'reporting.person', readers => '{regress_mv_all,regress_mv_masked,regress_mv_stranger}');
SELECT pdauth.create_masked_view('vault.person', 'reporting.person');
GRANT SELECT ON reporting.person TO regress_mv_region;	-- the policy's keepers can grant it on
RESET ROLE;

-- Types, comments, owner.
SELECT a.attname, format_type(a.atttypid, a.atttypmod) AS type, a.attcollation::regcollation, col_description(a.attrelid, a.attnum)
  FROM pg_attribute AS a WHERE a.attrelid = 'reporting.person'::regclass AND a.attnum > 0 ORDER BY a.attnum;
SELECT count(*) AS different FROM pg_attribute AS a FULL JOIN pg_attribute AS b
    ON b.attrelid = 'reporting.person'::regclass AND b.attname = a.attname
 WHERE a.attrelid = 'vault.person'::regclass AND a.attnum > 0 AND NOT a.attisdropped
   AND (a.atttypid, a.atttypmod, a.attcollation) IS DISTINCT FROM (b.atttypid, b.atttypmod, b.attcollation);
SELECT obj_description('reporting.person'::regclass), relowner::regrole, reloptions FROM pg_class WHERE oid = 'reporting.person'::regclass;

-- Each reader sees what the table itself would show him.
CREATE FUNCTION pg_temp.same_as_table() RETURNS boolean LANGUAGE sql AS
  $$ SELECT NOT EXISTS (SELECT v::text FROM reporting.person AS v EXCEPT ALL SELECT t::text FROM vault.person AS t)
        AND NOT EXISTS (SELECT t::text FROM vault.person AS t EXCEPT ALL SELECT v::text FROM reporting.person AS v) $$;
GRANT SELECT ON vault.person TO regress_mv_all, regress_mv_masked, regress_mv_region;
SET ROLE regress_mv_all;
SELECT * FROM reporting.person ORDER BY id;
SELECT pg_temp.same_as_table();
SET ROLE regress_mv_masked;
SELECT * FROM reporting.person ORDER BY id;
SELECT pg_temp.same_as_table();
SET ROLE regress_mv_region;
SELECT * FROM reporting.person ORDER BY id;
SELECT pg_temp.same_as_table();
SET ROLE regress_mv_stranger;
SELECT * FROM reporting.person;
SET ROLE regress_mv_owner;
SELECT * FROM reporting.person;	-- no grant
RESET ROLE;
SELECT * FROM reporting.person;	-- superusers are bound too
REVOKE SELECT ON vault.person FROM regress_mv_all, regress_mv_masked, regress_mv_region;

-- Nothing raw underneath: predicates, leaky functions, plans, writes.
SET ROLE regress_mv_masked;
CREATE FUNCTION pg_temp.spy(value text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$ BEGIN RAISE NOTICE 'saw %', value; RETURN true; END $$;
SET client_min_messages = notice;
SELECT id FROM reporting.person WHERE pg_temp.spy("Full name") AND pg_temp.spy(short) AND pg_temp.spy(tags::text);
SET client_min_messages = warning;
SELECT count(*) FROM reporting.person WHERE "Full name" = 'canaryA' OR salary = 12345.67 OR id = 2;
SELECT * FROM reporting.person AS p WHERE p::text LIKE '%canary%';
SELECT "Full name"::integer FROM reporting.person;
EXPLAIN (VERBOSE, COSTS OFF) SELECT id, "Full name" FROM reporting.person WHERE id = 1;
DELETE FROM reporting.person;
UPDATE reporting.person SET id = 5;
SELECT * FROM vault.person;
-- the parts of a view tell and open nothing by themselves
SELECT pdauth.unchecked('bad'::text, NULL::vault.code);
SELECT pdauth.mask_expression('vault.person', 'Full name');
RESET ROLE;

-- Nobody is the owner; a view of that role lends nothing.
SET SESSION AUTHORIZATION regress_mv_policy;
SET ROLE pdauth_masked_view;
RESET SESSION AUTHORIZATION;
GRANT USAGE ON SCHEMA vault TO pdauth_masked_view;
SET ROLE pdauth_masked_view;
SELECT * FROM vault.person;
RESET ROLE;
CREATE VIEW reporting.plain AS SELECT * FROM vault.person;
ALTER VIEW reporting.plain OWNER TO pdauth_masked_view;
GRANT SELECT ON reporting.plain TO regress_mv_masked, regress_mv_stranger;
SET ROLE regress_mv_masked;
SELECT id, "Full name" FROM reporting.plain;
SET ROLE regress_mv_stranger;
SELECT id, "Full name" FROM reporting.plain;
RESET ROLE;
DROP VIEW reporting.plain;

-- Labels change: the view follows, and the health check asks to make it anew, for servers without the library.
SELECT pdauth.mask('vault.person', 'Full name', 'VALUE ''hidden''');
SET ROLE regress_mv_masked;
SELECT "Full name" FROM reporting.person;
RESET ROLE;
CREATE VIEW reporting.health AS SELECT severity, object, finding, remedy FROM pdauth.health_check()
 WHERE object ~ 'masked.view|vault' AND object !~ 'reporting.health' AND finding !~ 'audited|custodian|no license';
SELECT * FROM reporting.health;
SET ROLE pdauth_policy_admin;
SELECT pdauth.create_masked_view('vault.person', 'reporting.person', replace => true);
RESET ROLE;
SELECT * FROM reporting.health;
SET pdauth.break_glass = 'regression test';
ALTER TABLE vault.person RENAME COLUMN "Full name" TO full_name;
RESET pdauth.break_glass;
SET ROLE regress_mv_masked;
SELECT "Full name" FROM reporting.person;
RESET ROLE;
SELECT severity, object, finding FROM reporting.health;
DROP VIEW reporting.person;
SELECT pdauth.create_masked_view('vault.person', 'reporting.person', '{regress_mv_masked}');
-- a policy of the application's own would not hold in the view
SET pdauth.break_glass = 'regression test';
CREATE POLICY own ON vault.person FOR SELECT USING (id > 1);
RESET pdauth.break_glass;
SELECT severity, object, finding FROM reporting.health;
SET ROLE regress_mv_masked;
SELECT count(*) FROM reporting.person;
RESET ROLE;
SELECT pdauth.create_masked_view('vault.person', 'reporting.other');
SET pdauth.break_glass = 'regression test';
DROP POLICY own ON vault.person;
RESET pdauth.break_glass;
-- strict mode shows no masked values
SELECT pdauth.protect('vault.person', 'vault/person', region_column => 'division', mode => 'strict');
SELECT pdauth.create_masked_view('vault.person', 'reporting.other');
SELECT pdauth.protect('vault.person', 'vault/person', region_column => 'division');
-- not protected any more: nobody reads the view
BEGIN;
SET LOCAL pdauth.break_glass = 'regression test';
SECURITY LABEL FOR pdauth ON TABLE vault.person IS NULL;
SET LOCAL ROLE regress_mv_masked;
SELECT * FROM reporting.person;
ROLLBACK;
-- what replace must not take over
CREATE VIEW reporting.mine AS SELECT 1 AS one;
SELECT pdauth.create_masked_view('vault.person', 'reporting.mine', replace => true);

-- Materialized views and foreign tables.
SET pdauth.break_glass = 'regression test';
CREATE MATERIALIZED VIEW vault.summary AS SELECT id, full_name, division FROM vault.person;
RESET pdauth.break_glass;
ALTER MATERIALIZED VIEW vault.summary OWNER TO regress_mv_owner;
GRANT SELECT ON vault.summary TO regress_mv_masked;
SELECT pdauth.protect('vault.summary', 'vault/summary', region_column => 'division');
REVOKE SELECT ON vault.summary FROM regress_mv_masked;
GRANT SELECT (id) ON vault.summary TO PUBLIC;
SELECT pdauth.protect('vault.summary', 'vault/summary', region_column => 'division');
REVOKE SELECT (id) ON vault.summary FROM PUBLIC;
SELECT pdauth.protect('vault.summary', 'vault/summary', region_column => 'division');
SELECT pdauth.mask('vault.summary', 'full_name', 'FUNCTION pdauth.mask_name(full_name)');
SELECT pdauth.create_masked_view('vault.summary', 'reporting.summary', '{regress_mv_masked,regress_mv_stranger}');
SET ROLE regress_mv_masked;
SELECT * FROM reporting.summary;
SELECT * FROM vault.summary;
SET ROLE regress_mv_stranger;
SELECT * FROM reporting.summary;
RESET ROLE;
-- its owner reads it no more than others, but refreshes it as far as he may read what it is built from
SET ROLE regress_mv_owner;
SELECT * FROM vault.summary;
REFRESH MATERIALIZED VIEW vault.summary;
RESET ROLE;
INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES ('regress_mv_owner', 'vault/person', 'register');
SET ROLE regress_mv_owner;
REFRESH MATERIALIZED VIEW vault.summary;
RESET ROLE;
UPDATE pdauth.custodian SET end_reason = 'end of test' WHERE custodian = 'regress_mv_owner'::regrole;
SELECT count(*) FROM vault.summary;	-- superusers too
-- a grant made later is enforced while the library is loaded, and found
GRANT SELECT ON vault.summary TO regress_mv_masked;
SET ROLE regress_mv_masked;
SELECT * FROM vault.summary;
RESET ROLE;
SELECT severity, object, finding, remedy FROM reporting.health WHERE object ~ 'summary';
REVOKE SELECT ON vault.summary FROM regress_mv_masked;
CREATE FOREIGN DATA WRAPPER regress_mv_wrapper;
CREATE SERVER regress_mv_server FOREIGN DATA WRAPPER regress_mv_wrapper;
CREATE FOREIGN TABLE vault.remote (id integer, full_name varchar(5), division text) SERVER regress_mv_server;
SELECT pdauth.protect('vault.remote', 'vault/remote', region_column => 'division');
SELECT pdauth.mask('vault.remote', 'full_name', 'FUNCTION pdauth.mask_name(full_name)');
SELECT pdauth.create_masked_view('vault.remote', 'reporting.remote', '{regress_mv_stranger}');
SET ROLE regress_mv_stranger;
SELECT * FROM reporting.remote;
SELECT * FROM vault.remote;
RESET ROLE;
SELECT severity, object, finding FROM reporting.health;
DROP SERVER regress_mv_server CASCADE;
DROP FOREIGN DATA WRAPPER regress_mv_wrapper;
UPDATE pdauth.license SET revoke_reason = 'end of test' WHERE revoked_at IS NULL AND licensee::text LIKE 'regress_mv%';
DROP SCHEMA reporting CASCADE;
REVOKE pdauth_policy_admin FROM CURRENT_USER;
