-- Article 19: application scenarios.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
\ir include/request.sql
SELECT no_plan();
SELECT t.operation(), t.offered_product('P-1'), t.offered_product('L-1');
-- R-19-1
SELECT t.scenario('C-2'), t.scenario('C-3'), t.scenario('C-4');
SELECT t.act('op_a_1', $$INSERT INTO pdauth.scenario_product SELECT s.scenario_id, p.product_id FROM pdauth.scenario AS s, pdauth.product AS p WHERE (s.number, p.number) IN (('C-1', 'P-1'), ('C-2', 'P-1'), ('C-2', 'L-1'))$$);
SELECT t.sees('km_bureau_1', $$SELECT scenarios || ' ' || with_products FROM pdauth.scenario_report$$, '4 2', 'R-19-1: four scenarios, two with products');
SELECT t.sees('op_b_1', $$SELECT count(*) FROM pdauth.scenario_report$$, '0', 'R-19-1: another operator sees none of it');
SELECT t.refused('km_bureau_1', $$UPDATE pdauth.scenario SET need = 'other' WHERE number = 'C-1'$$, 'R-19-1: nor does an authority rewrite one');
SELECT t.refused('op_b_1', $$INSERT INTO pdauth.scenario (number, name, author_party, division, need, sector, purpose) VALUES ('C-9', 'n', t.id('op_a'), '530100', 'n', 's', 'p')$$, 'R-19-1: nor is one recorded in another''s name');
SELECT t.refused('op_a_1', $$UPDATE pdauth.scenario SET state = 'dropped' WHERE number = 'C-4'$$, 'R-19-1: nor dropped without reason');
SELECT * FROM finish();
ROLLBACK;
