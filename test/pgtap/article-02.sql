-- Article 2: usable but not visible; and the public reads what is published.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
SELECT no_plan();
SELECT t.authorisation();
CREATE TABLE t.health_raw (id_number text, district text, division text);
INSERT INTO t.health_raw SELECT '53010219900101001X', 'Wuhua', '530102' FROM generate_series(1, 20);
GRANT SELECT ON t.health_raw TO op_a_1;
SELECT pdauth.protect('t.health_raw', 'transport/traffic_flow', region_column => 'division'), pdauth.mask('t.health_raw', 'id_number', 'FUNCTION pdauth.mask_citizen_id(id_number)', 'important');
SET LOCAL pdauth.purpose = '产业发展';

-- R-2-2
SELECT t.sees('op_a_1', 'SELECT DISTINCT id_number FROM t.health_raw', '530***********001X', 'R-2-2: a column outside the license is not shown, but its mask');
SELECT t.act('km_center_1', format($$UPDATE pdauth.operating_agreement SET state = 'terminated', act_reason = 'r', %s$$, t.document('n')));
INSERT INTO pdauth.license (licensee, scope, basis) VALUES ('op_a_1', '{read on transport/traffic_flow(id_number,district) for 产业发展 in 530100 during [2026-01-01,) level general}', 'Q-1');
SELECT t.sees('op_a_1', 'SELECT DISTINCT id_number FROM t.health_raw', '530***********001X', 'R-2-2: nor one above its level, but the mask');
SELECT t.sees('op_a_1', $$SELECT count(*) FROM t.health_raw WHERE id_number = '53010219900101001X'$$, '0', 'R-2-2: probing finds nothing');
SELECT t.sees('op_a_1', 'SELECT count(*) FROM t.health_raw GROUP BY district', '20', 'R-2-2: results computed inside the domain are given');
SELECT * FROM finish();
ROLLBACK;
