-- Article 2: usable but not visible; and the public reads what is published.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
SELECT no_plan();
SELECT t.license_on_agreement();
SELECT t.authorisation();
-- licenses are made by hand here, of columns that A-1 does not name
SELECT t.act('yn_bureau_1', $$INSERT INTO pdauth.pack_parameter (pack, kind, name, value, source, reason, effective_from) VALUES ('yn-draft-2025-07-24', 'mode', 'R-28-5', '"off"', 'decision of the bureau', 'example', pdauth.clock_today())$$);
SELECT t.act('yn_bureau_2', $$UPDATE pdauth.pack_parameter SET approved = true WHERE name = 'R-28-5'$$);
-- R-2-1
CREATE SCHEMA lab;
GRANT ALL ON SCHEMA lab TO op_a_1, yn_transport_1;
CREATE TABLE lab.own (a text);
GRANT SELECT ON lab.own TO op_a_1;
CREATE FUNCTION t.tries(actor text, command text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('role', actor, true);
  EXECUTE command;
  PERFORM set_config('role', 'none', true);
END $$;
SELECT lives_ok($$SELECT t.tries('op_a_1', 'CREATE TABLE lab.copy AS SELECT * FROM lab.own')$$, 'R-2-1: ungoverned data is copied as ever');
CREATE TABLE t.health_raw (id_number text, district text, division text);
INSERT INTO t.health_raw SELECT '53010219900101001X', 'Wuhua', '530102' FROM generate_series(1, 20);
GRANT SELECT ON t.health_raw TO op_a_1;
SELECT pdauth.protect('t.health_raw', 'transport/traffic_flow', region_column => 'division'), pdauth.mask('t.health_raw', 'id_number', 'FUNCTION pdauth.mask_citizen_id(id_number)', 'important');
SET LOCAL pdauth.purpose = '产业发展';

SELECT throws_ok(format('SELECT t.tries(%L, %L)', 'op_a_1', command), 'PD021', NULL, 'R-2-1: no copy past the labels: ' || command) FROM (VALUES
  ('CREATE TABLE lab.scratch AS SELECT * FROM t.health_raw'), ('CREATE MATERIALIZED VIEW lab.scratch AS SELECT district FROM t.health_raw'),
  ('CREATE TEMP TABLE scratch AS SELECT h.district FROM t.health_raw AS h, lab.own')) AS v (command);
SELECT hasnt_table('lab', 'scratch', 'R-2-1: and nothing of it stays');
SELECT results_eq($$SELECT count(*)::int FROM pg_class WHERE relname = 'scratch'$$, 'VALUES (0)', 'R-2-1: not even a temporary table');

-- COPY to the client: psql runs it, so its SQLSTATE is looked at there
\set ON_ERROR_STOP 0
SAVEPOINT copied;
SET ROLE op_a_1;
COPY (SELECT * FROM t.health_raw) TO STDOUT;
\set state :SQLSTATE
ROLLBACK TO copied;
SELECT is(:'state'::text, 'PD021', 'R-2-1: COPY (SELECT ...) TO STDOUT by an operator without the action export');
SET ROLE op_a_1;
COPY t.health_raw TO STDOUT;
\set state :SQLSTATE
ROLLBACK TO copied;
SELECT is(:'state'::text, 'PD021', 'R-2-1: nor COPY of the table');
SET ROLE op_a_1;
COPY (SELECT a FROM lab.own) TO STDOUT;
\set state :SQLSTATE
ROLLBACK TO copied;
SELECT is(:'state'::text, '00000', 'R-2-1: ungoverned data is copied as ever');
INSERT INTO pdauth.license (licensee, scope, basis) VALUES ('op_a_1', '{read,export on transport/traffic_flow(district) for 产业发展 in 530100 during [2026-01-01,) level general}', 'Q-9');
SET ROLE op_a_1;
COPY (SELECT '# ' || district FROM t.health_raw LIMIT 1) TO STDOUT;
\set state :SQLSTATE
ROLLBACK TO copied;
SELECT is(:'state'::text, '00000', 'R-2-1: what may be exported is copied');
\set ON_ERROR_STOP 1

-- R-2-2
SELECT t.sees('op_a_1', 'SELECT DISTINCT id_number FROM t.health_raw', '530***********001X', 'R-2-2: a column outside the license is not shown, but its mask');
UPDATE pdauth.license SET revoke_reason = 'another scope';
INSERT INTO pdauth.license (licensee, scope, basis) VALUES ('op_a_1', '{read on transport/traffic_flow(id_number,district) for 产业发展 in 530100 during [2026-01-01,) level general}', 'Q-1');
SELECT t.sees('op_a_1', 'SELECT DISTINCT id_number FROM t.health_raw', '530***********001X', 'R-2-2: nor one above its level, but the mask');
SELECT t.sees('op_a_1', $$SELECT count(*) FROM t.health_raw WHERE id_number = '53010219900101001X'$$, '0', 'R-2-2: probing finds nothing');
SELECT t.sees('op_a_1', 'SELECT count(*) FROM t.health_raw GROUP BY district', '20', 'R-2-2: results computed inside the domain are given');
SELECT * FROM finish();
ROLLBACK;
