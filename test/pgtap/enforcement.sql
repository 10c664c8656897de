-- Refusals and masks of the engine, by rule id.
BEGIN;
SET client_min_messages = warning;
SELECT plan(25);

CREATE ROLE tap_department NOLOGIN;
CREATE ROLE tap_operator NOLOGIN;
CREATE ROLE tap_analyst NOLOGIN IN ROLE tap_operator;
CREATE ROLE tap_loner NOLOGIN NOINHERIT IN ROLE tap_operator;
CREATE SCHEMA office AUTHORIZATION tap_department;
GRANT USAGE ON SCHEMA office TO PUBLIC;
SET ROLE tap_department;
CREATE TABLE office.vehicle (plate text PRIMARY KEY, owner_name varchar(20), owner_phone varchar(11), division text, road text);
INSERT INTO office.vehicle VALUES
  ('云L12345', '段正明', '13812345678', '532901', 'G56'),
  ('云A54321', '张三', '13987654321', '530103', 'G85'),
  ('云L00000', '李四', '13700000000', NULL, 'G56');
GRANT SELECT, UPDATE ON office.vehicle TO tap_operator, tap_loner;
RESET ROLE;
SELECT pdauth.protect('office.vehicle', 'transport/vehicle_register', region_column => 'division');
SELECT pdauth.mask('office.vehicle', 'owner_name', 'FUNCTION pdauth.mask_name(owner_name)', 'important');
SELECT pdauth.mask('office.vehicle', 'owner_phone', 'FUNCTION pdauth.mask_mobile(owner_phone)', 'important');
INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES ('tap_department', 'transport', 'Article 4');

SET ROLE tap_operator;
SELECT throws_ok('SELECT * FROM office.vehicle', 'PD205', NULL, 'R-20-5: no access before approval');
SELECT throws_ok('SELECT count(*) FROM office.vehicle', 'PD205', NULL, 'R-20-5: not even a count');
SELECT throws_ok('UPDATE office.vehicle SET road = ''x''', 'PD214', NULL, 'R-21-4: no alteration by an operator');
RESET ROLE;
SELECT throws_ok('SELECT * FROM office.vehicle', 'PD205', NULL, 'X-2: a superuser is bound too');
SELECT throws_ok('COPY office.vehicle TO ''/dev/null''', 'PD205', NULL, 'X-2: COPY by a superuser is bound too');

SELECT lives_ok($$INSERT INTO pdauth.license (licensee, scope, basis) VALUES ('tap_operator',
  '{read on transport/vehicle_register(plate,owner_name,owner_phone,division) for 产业发展/车险 in 532900 during [2026-01-01,) level general}', 'Q-1')$$,
  'R-20-5: approval issues a license');
SELECT throws_ok($$INSERT INTO pdauth.license (licensee, scope, basis) VALUES ('tap_operator', '{}', 'Q-2')$$,
  '23514', NULL, 'R-20-5: an empty license is refused');
SELECT throws_ok($$INSERT INTO pdauth.license (licensee, scope, basis) VALUES ('tap_operator',
  '{read on transport(*) for 产业发展 in 532900 during [2026-01-01,) level core}', ' ')$$,
  '23514', NULL, 'R-20-5: a license without a basis is refused');

SET ROLE tap_operator;
SELECT results_eq('SELECT plate, owner_name::text, owner_phone::text FROM office.vehicle',
  $$VALUES ('云L12345', '段**', '138****5678')$$, 'R-28-6: licensed rows only, masked above the level');
SELECT is_empty($$SELECT * FROM office.vehicle WHERE owner_phone = '13812345678'$$, 'R-2-2: the raw value finds nothing');
SELECT is_empty($$SELECT road FROM office.vehicle WHERE road IS NOT NULL$$, 'R-20-6: a column outside the license is NULL');
SELECT is_empty($$SELECT * FROM office.vehicle WHERE division IS NULL$$, 'R-20-6: a row that does not say where it belongs is not shown');
RESET ROLE;
SET ROLE tap_analyst;
SELECT results_eq('SELECT count(*) FROM office.vehicle', 'VALUES (1::bigint)', 'membership that inherits counts');
RESET ROLE;
SET ROLE tap_loner;
SELECT throws_ok('SELECT * FROM office.vehicle', 'PD205', NULL, 'membership that does not inherit does not count');
RESET ROLE;
SET ROLE tap_operator;
SET LOCAL pdauth.purpose = '产业发展/车险/定价';
SELECT results_eq('SELECT count(*) FROM office.vehicle', 'VALUES (1::bigint)', 'R-21-6: a narrower purpose is covered');
SET LOCAL pdauth.purpose = '产业发展';
SELECT throws_ok('SELECT * FROM office.vehicle', 'PD216', NULL, 'R-21-6: a wider purpose is not');
RESET pdauth.purpose;
SELECT throws_ok($$SET pdauth.break_glass = 'curious'$$, '42501', NULL, 'X-2: break-glass is for superusers');
RESET ROLE;

SET ROLE tap_department;
SELECT results_eq('SELECT count(*) FROM office.vehicle', 'VALUES (3::bigint)', 'the custodian reads every row');
SELECT results_eq($$SELECT owner_phone::text FROM office.vehicle WHERE plate = '云L12345'$$, $$VALUES ('13812345678')$$, '... in clear');
SELECT lives_ok($$UPDATE office.vehicle SET road = 'G5611' WHERE plate = '云L12345'$$, '... and writes');
RESET ROLE;

SELECT lives_ok($$UPDATE pdauth.license SET revoke_reason = 'agreement ended' WHERE licensee = 'tap_operator'::regrole$$, 'R-11-13: access ends with the agreement');
SET ROLE tap_operator;
SELECT throws_ok('SELECT * FROM office.vehicle', 'PD205', NULL, 'R-11-13: ... at the next statement');
RESET ROLE;
SELECT throws_ok('DELETE FROM pdauth.license', 'PD208', NULL, 'R-20-8: licenses are evidence');
SELECT throws_ok('TRUNCATE pdauth.license', 'PD208', NULL, 'R-20-8: ... all of them');

-- virtual columns (18): the audit log could not say whose data a row is
SELECT current_setting('server_version_num')::integer >= 180000 AS has_virtual \gset
\if :has_virtual
CREATE TABLE office.visit (visit_id text, person_id text GENERATED ALWAYS AS (left(visit_id, 18)) VIRTUAL);
SELECT throws_ok($$SELECT pdauth.protect('office.visit', 'transport/visit', subject_column => 'person_id')$$,
  '42809', NULL, 'a virtual column is no subject column');
\else
SELECT skip('virtual columns came with 18');
\endif
SELECT * FROM finish();
ROLLBACK;
