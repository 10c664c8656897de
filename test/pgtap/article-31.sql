-- Article 31: financial risk.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
\ir include/development.sql
SELECT no_plan();
SELECT t.developer();
SELECT t.at('2026-11-23 09:00');
SELECT t.operator_product('P-1');
CREATE FUNCTION t.declare_asset(number text, declarant text, kind text, path text DEFAULT NULL, product text DEFAULT NULL, declared date DEFAULT pdauth.clock_today()) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.asset_declaration (number, division, declarant_party, kind, path, product_id, value, basis, risk_review, declared_on) VALUES (%L, ''530100'', t.id(%L), %L, %L, t.product_id(%L), 1000000, ''appraisal'', ''reviewed'', %L)', number, declarant, kind, path, product, declared) $$;

-- R-31-1
SELECT t.works('op_a_1', t.declare_asset('F-1', 'op_a', 'balance sheet', product => 'P-1'), 'R-31-1: a product on the balance sheet is declared');
SELECT t.works('op_a_1', t.declare_asset('F-2', 'op_a', 'pledge', 'transport/traffic_flow'), 'R-31-1: so is a pledge of a raw resource, which is not refused');
SELECT t.sees(person, $$SELECT string_agg(concat_ws(' ', number, declarant, kind, object, flag), ', ' ORDER BY number) FROM pdauth.financial_risk$$,
  'F-1 op_a balance sheet product P-1, F-2 op_a pledge resource transport/traffic_flow PD311', 'R-31-1: ... but marked, as is seen by ' || person) FROM unnest('{yn_finance_1,yn_audit_1,op_a_1}'::text[]) AS person;
SELECT t.sees('op_b_1', 'SELECT count(*)::text FROM pdauth.financial_risk', '0', 'R-31-1: competitors see nothing of it');
SELECT t.refused('op_b_1', t.declare_asset('F-3', 'op_a', 'pledge', product => 'P-1'), 'X-4: nobody declares for another');
SELECT t.refused('op_a_1', t.declare_asset('F-3', 'op_a', 'pledge', product => 'P-1', declared => '2026-11-24'), 'X-3: nor what will be');
SELECT throws_ok(format('SELECT t.act(''op_a_1'', %L)', replace(t.declare_asset('F-3', 'op_a', 'pledge', product => 'P-1'), '''reviewed''', 'NULL')), '23502', NULL, 'R-31-1: a declaration has its risk review');
SELECT t.refused('op_a_1', $$UPDATE pdauth.asset_declaration SET value = 0$$, 'R-25-4: declarations stay');
SELECT * FROM finish();
ROLLBACK;
