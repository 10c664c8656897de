-- A register with something to report: built by the fixture of the tests, then
-- used, lawfully and not.
BEGIN;
\ir ../pgtap/include/fixture.sql
\ir ../pgtap/include/authorisation.sql
\ir ../pgtap/include/development.sql
\o /dev/null
SELECT t.at('2026-09-01 09:00'), t.license_on_agreement();
SELECT t.developer();
SELECT t.at('2026-11-23 09:00'), t.operator_product('P-1'), t.ceiling('interface', 0.5);
SELECT t.act('op_a_1', t.tariff('P-1', 1, 'industry', 0.5)), t.act('op_a_1', t.deliver('P-1', 'D-1', 'industry', 1000, 500)), t.act('op_a_1', $$UPDATE pdauth.product SET state = 'offered'$$);
SELECT t.act('op_a_1', $$INSERT INTO pdauth.charge (delivery_id, fee_kind, amount) SELECT delivery_id, 'service fee', 500 FROM pdauth.delivery$$);
SELECT t.act('op_a_1', $$INSERT INTO pdauth.blacklist_entry (number, division, operator_party, listed_party, facts, ground, evidence, notice, period, act_document, act_digest)
  VALUES ('B-1', '530100', t.id('op_a'), t.id('dev_y'), 'resold data', 'item 8', 'sha256:' || repeat('0', 64), 'letter', '[2026-11-23,2027-11-23)', 'd', 'sha256:' || repeat('0', 64))$$);
UPDATE pdauth.party SET name = v.name FROM (VALUES ('op_a', '云南数据运营有限公司'), ('dev_x', 'Insurance <by road> & Söhne'), ('km_center', '昆明市数据中心'), ('yn_transport', '云南省交通运输厅')) AS v (code, name) WHERE party = v.code;
CREATE TABLE t.traffic (a text, b text, c text, division text);
INSERT INTO t.traffic SELECT 'G' || n, 'b', 'c', CASE n % 3 WHEN 0 THEN '532901' ELSE '530102' END FROM generate_series(1, 300) AS n;
GRANT SELECT, UPDATE ON t.traffic TO op_a_1, op_a_2, op_b_1, dev_x_1, yn_audit_1;
SELECT pdauth.protect('t.traffic', 'transport/traffic_flow', region_column => 'division');
COMMIT;

\set ON_ERROR_STOP 0
SET client_min_messages = fatal;
SET pdauth.purpose = '产业发展/车险';
SET ROLE op_a_1;
SELECT count(*) FROM t.traffic;
SELECT a, count(*) FROM t.traffic GROUP BY a;
SELECT * FROM t.traffic WHERE a = 'G1';
SET pdauth.purpose = '产业发展/物流';
SELECT count(*) FROM t.traffic;
SET pdauth.purpose = '公共治理';
SELECT count(*) FROM t.traffic;
UPDATE t.traffic SET b = 'x';
RESET pdauth.purpose;
SET ROLE op_b_1;
SELECT count(*) FROM t.traffic;
SELECT count(*) FROM t.traffic;
SET ROLE dev_x_1;
SELECT count(*) FROM t.traffic;
SET ROLE yn_audit_1;
SELECT count(*) FROM t.traffic;
RESET ROLE;
\set ON_ERROR_STOP 1
SELECT pdauth.audit_wait();
SELECT pdauth.seal();
