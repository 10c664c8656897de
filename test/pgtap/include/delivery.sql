-- An office up to its first delivery: D-1 of dev_x, whose product P-1 is on the
-- market and delivered for industry; a table t.p1 for the product's rows.
\ir fixture.sql
\ir authorisation.sql
\ir request.sql
\ir development.sql
SELECT t.developer(operating => '[2026-09-01,2031-09-01)', term => '[2026-09-10,2029-09-10)');
SELECT t.standard('yn_bureau'), t.in_scope('transport/traffic_flow', 'yn_transport'), t.scenario('C-1'), t.ceiling('interface', 1);
SELECT t.granted_request('Q-1', columns => '{a}', period => '[2026-10-01,2029-01-01)');
SELECT t.operator_product('P-1'), t.act('op_a_1', t.tariff('P-1', 1, 'industry', 1)), t.act('op_a_1', t.deliver('P-1', 'D-1', 'industry', 1, 1));
CREATE TABLE t.p1 (road text);
