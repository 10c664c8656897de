-- From a data-use request to the product and its review: what a licensee
-- derives bears labels, and tells under which request it was read.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
\ir include/request.sql
\ir include/development.sql
SELECT no_plan();
SELECT t.operation(term => '[2026-11-01,2031-11-01)');
SELECT t.draft_request('Q-1');
SELECT t.act('op_a_1', $$UPDATE pdauth.data_request SET actions = '{read,derive}'$$), t.act('op_a_1', t.submit_request('Q-1'));
SELECT t.act('yn_transport_1', t.approve_request('Q-1')), t.act('yn_bureau_1', t.approve_request('Q-1')), t.act('yn_bureau_1', t.grant_request('Q-1'));
CREATE TABLE t.traffic (a text, b text, c text, division text);
INSERT INTO t.traffic SELECT 'a', 'b', 'c', '530102' FROM generate_series(1, 20);
GRANT SELECT ON t.traffic TO op_a_1;
SELECT pdauth.protect('t.traffic', 'transport/traffic_flow', region_column => 'division');
CREATE SCHEMA op_a_ws AUTHORIZATION op_a_1;
SELECT t.act('yn_platform_1', $$INSERT INTO pdauth.workspace (schema, party_id) VALUES ('op_a_ws', t.id('op_a'))$$);
SELECT t.works('op_a_1', 'CREATE TABLE op_a_ws.derived AS SELECT a, b, division FROM t.traffic', 'R-22-4: an operator derives under its request');
SELECT is((SELECT resource FROM pdauth.protected_relation WHERE relation = 'op_a_ws.derived'::regclass), 'transport/traffic_flow', 'R-22-4: what it derives bears the label of its source');
SELECT t.act('op_a_1', $$CREATE VIEW op_a_ws.index AS SELECT a, count(*) AS n FROM op_a_ws.derived GROUP BY a;
  INSERT INTO pdauth.product (number, name, owner_party, division, form, relation) VALUES ('P-1', 'road index', t.id('op_a'), '530100', 'report', 'op_a_ws.index')$$);
SELECT t.sees('op_a_1', $$SELECT relation || ' ' || resource || ' ' || request || ' ' || coalesce(product, 'no product') FROM pdauth.derived_data$$, 'op_a_ws.derived transport/traffic_flow Q-1 P-1', 'R-22-4: and carries the request to the product');
SELECT t.sees('op_b_1', 'SELECT count(*) FROM pdauth.derived_data', '0', 'R-22-4: which others do not see');
SELECT is((SELECT string_agg(source || '.' || column_name, ',') FROM pdauth.product_lineage(t.product_id('P-1')) WHERE column_name IS NOT NULL), 'transport/traffic_flow.a', 'R-22-4: the lineage of the view names the columns it reads');
SELECT * FROM finish();
ROLLBACK;
