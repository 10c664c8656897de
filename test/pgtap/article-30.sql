-- Article 30: finance.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
\ir include/request.sql
\ir include/development.sql
SELECT no_plan();
SELECT t.developer();
SELECT t.at('2026-11-23 09:00');
SELECT t.operator_product('P-1');
SELECT t.ceiling('interface', 0.50);
SELECT t.act('op_a_1', t.tariff('P-1', 1, 'industry', 0.50)), t.act('op_a_1', t.deliver('P-1', 'D-1', 'industry', 1000, 500));
CREATE FUNCTION t.entry(kind text, amount numeric, product text DEFAULT 'P-1', shared text DEFAULT NULL, charge bigint DEFAULT NULL, reverses bigint DEFAULT NULL, booked date DEFAULT pdauth.clock_today(), agreement text DEFAULT 'A-1', operator text DEFAULT 'op_a') RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.ledger_entry (division, operator_party, agreement_id, kind, product_id, shared_cost, charge_id, amount, booked_on, document, reverses)
    VALUES (''530100'', t.id(%L), t.agreement_id(%L), %L, t.product_id(%L), %L, %L, %s, %L, ''voucher'', %L)', operator, agreement, kind, product, shared, charge, amount, booked, reverses) $$;
CREATE FUNCTION t.last_entry() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT max(entry_id) FROM pdauth.ledger_entry $$;
CREATE FUNCTION t.last_charge() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT max(charge_id) FROM pdauth.charge $$;
CREATE FUNCTION t.charge(amount numeric) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.act('op_a_1', format('INSERT INTO pdauth.charge (delivery_id, fee_kind, amount) SELECT max(delivery_id), ''service fee'', %s FROM pdauth.delivery', amount));
  RETURN t.last_charge();
END $$;

-- R-30-1
SELECT t.refused('op_a_1', t.entry('income', 100, NULL), 'R-30-1: an income without a product', 'neither or both');
SELECT t.refused('op_a_1', t.entry('income', 100, NULL, 'staff'), 'R-30-1: ... nor one that is shared', 'An income has its product');
SELECT t.refused('op_a_1', t.entry('cost', 100, 'P-1', 'staff'), 'R-30-1: a cost of one product and of several');
SELECT t.refused('op_a_1', t.entry('cost', 100, agreement => 'A-9'), 'R-30-1: a cost outside authorised operation', 'no operating agreement');
SELECT t.refused('op_a_1', t.entry('cost', -5), 'R-30-1: a negative one that reverses nothing');
SELECT t.refused('op_b_1', t.entry('cost', 5), 'R-30-1: an entry in the ledger of another', 'of op_a');
SELECT t.refused('op_a_1', t.entry('cost', 5, booked => '2026-11-24'), 'X-3: an entry of tomorrow');
SELECT t.refused('dev_x_1', t.entry('cost', 5), 'R-30-1: a developer keeps no ledger of authorised operation');
SELECT t.works('op_a_1', t.entry('cost', 70), 'R-30-1: a cost of a product');
SELECT t.works('op_a_1', t.entry('expenditure', 30, NULL, 'staff'), 'R-30-1: an expenditure that several share');
SELECT t.refused('op_a_1', statement, 'R-30-1: what is booked stays: ' || statement)
  FROM (VALUES ('UPDATE pdauth.ledger_entry SET amount = 1'), ('DELETE FROM pdauth.ledger_entry')) AS v (statement);
SELECT throws_ok(statement, 'PD004', NULL, 'R-30-1: nor does a superuser, who acts for nobody: ' || statement) FROM (VALUES ('UPDATE pdauth.ledger_entry SET amount = 1'), ('DELETE FROM pdauth.ledger_entry')) AS v (statement);
SELECT throws_ok('TRUNCATE pdauth.ledger_entry', 'PD254', NULL, 'R-30-1: nor is the ledger emptied');
SELECT t.refused('op_a_1', t.entry('expenditure', -20, NULL, 'staff', reverses => t.last_entry()), 'R-30-1: a reversal of a part', 'not the opposite');
SELECT t.refused('op_a_1', t.entry('expenditure', -30, NULL, 'rent', reverses => t.last_entry()), 'R-30-1: a reversal under another key');
SELECT t.last_entry() AS staff \gset
SELECT t.works('op_a_1', t.entry('expenditure', -30, NULL, 'staff', reverses => :staff), 'R-30-1: a reversal');
SELECT t.refused('op_a_1', t.entry('expenditure', 30, NULL, 'staff', reverses => t.last_entry()), 'R-30-1: no reversal of a reversal');
SELECT throws_ok(format('SELECT t.act(''op_a_1'', t.entry(''expenditure'', -30, NULL, ''staff'', reverses => %s))', :staff), '23505', NULL, 'R-30-1: nor a second one');
SELECT t.refused('op_a_1', $$INSERT INTO pdauth.ledger_closing (division, operator_party, closed_until, document) VALUES ('530100', t.id('op_a'), '2026-11-23', 's')$$, 'R-30-1: a period that is not over is not closed');
SELECT t.refused('op_b_1', $$INSERT INTO pdauth.ledger_closing (division, operator_party, closed_until, document) VALUES ('530100', t.id('op_a'), '2026-10-31', 's')$$, 'R-30-1: nor does another close it');
SELECT t.works('op_a_1', $$INSERT INTO pdauth.ledger_closing (division, operator_party, closed_until, document) VALUES ('530100', t.id('op_a'), '2026-10-31', 's')$$, 'R-30-1: October is closed');
SELECT t.refused('op_a_1', t.entry('cost', 5, booked => '2026-10-31'), 'R-30-1: nothing is booked in a closed period', 'closed');
SELECT t.works('op_a_1', t.entry('cost', 5, booked => '2026-11-01'), 'R-30-1: the next day is open');

-- R-30-2
CREATE FUNCTION t.unmatched() RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT string_agg(due || ' ' || status, ', ' ORDER BY matter) FROM pdauth.my_duty WHERE rule = 'R-30-2' AND status NOT LIKE 'fulfilled%' $$;
CREATE TABLE t.charged AS SELECT n, t.charge(10) AS charge_id FROM generate_series(1, 12) AS n;
SELECT t.act('op_a_1', t.entry('income', 10, charge => charge_id)) FROM t.charged WHERE n < 12;
SELECT is(t.unmatched(), '2026-12-23 open', 'R-30-2: of 12 charges and 11 entries one is owed, within thirty days');
SELECT t.at('2026-12-23 23:59');
SELECT isnt(t.unmatched(), '2026-12-23 overdue', 'R-30-2: on the last day it is not overdue');
SELECT t.at('2026-12-24 00:00');
SELECT t.sees('yn_audit_1', $$SELECT string_agg(flag || ' ' || debtor || ' ' || status, ', ') FROM pdauth.my_duty WHERE rule = 'R-30-2' AND status = 'overdue'$$, 'PD302 op_a overdue', 'R-30-2: then there is a flag for one');
SELECT t.sees('km_center_1', $$SELECT string_agg(flag || ' ' || debtor || ' ' || status, ', ') FROM pdauth.my_duty WHERE rule = 'R-30-2' AND status = 'overdue'$$, 'PD302 op_a overdue', 'R-30-2: ... which the agency sees');
SELECT t.sees('yn_finance_1', $$SELECT string_agg(product || ' ' || charged || ' ' || booked || ' ' || due || ' ' || flag, ', ') FROM pdauth.ledger_difference$$, 'P-1 10.00 0.00 2026-12-23 PD302', 'R-30-2: the difference is reported');
SELECT t.refused('op_a_1', t.entry('income', 10, charge => (SELECT charge_id FROM t.charged WHERE n = 12), agreement => 'A-2'), 'R-30-1: income under no agreement');
SELECT t.works('op_a_1', t.entry('income', 4, charge => (SELECT charge_id FROM t.charged WHERE n = 12)), 'R-30-2: a part of it');
SELECT is(t.unmatched(), '2026-12-23 overdue', 'R-30-2: ... is not all of it');
SELECT t.act('op_a_1', t.entry('income', 6, charge => (SELECT charge_id FROM t.charged WHERE n = 12)));
SELECT is(t.unmatched(), NULL, 'R-30-2: with the rest they agree');
SELECT is((SELECT count(*)::int FROM pdauth.ledger_difference), 0, 'R-30-2: ... and nothing differs');
SELECT t.act('op_a_1', t.entry('income', -6, charge => (SELECT charge_id FROM t.charged WHERE n = 12), reverses => t.last_entry()));
SELECT is(t.unmatched(), '2027-01-25 open', 'R-30-2: a reversal opens the duty again (23 January 2027 is a Saturday)');
SELECT t.act('op_a_1', t.entry('income', 8));
SELECT t.sees('yn_finance_1', $$SELECT booked::text FROM pdauth.ledger_difference WHERE charge_id IS NULL$$, '8.00', 'R-30-2: income without a charge is a difference, too');
SELECT t.sees('op_a_1', $$SELECT string_agg(concat_ws(' ', item, shared, cost, income, expenditure), ', ' ORDER BY item) FROM pdauth.ledger_balance WHERE month = '2026-11-01'$$, 'P-1 f 75.00 110.00 0.00, staff t 0.00 0.00 0.00', 'R-30-1: the ledger adds up by product');

-- R-30-3
SELECT t.sees(person, 'SELECT (count(*) > 0)::text FROM pdauth.ledger_entry', sees, format('R-30-3: the ledger is %s to %s', CASE sees WHEN 'true' THEN 'open' ELSE 'closed' END, person))
  FROM (VALUES ('km_center_1', 'true'), ('yn_audit_1', 'true'), ('yn_finance_1', 'true'), ('yn_drc_1', 'true'), ('op_b_1', 'false'), ('dev_x_1', 'false'), ('dl_bureau_1', 'false')) AS v (person, sees);
SELECT t.refused('yn_audit_1', t.entry('cost', 5), 'R-5-9: who supervises does not write it');
SET LOCAL client_min_messages = error;  -- that nothing could be revoked
SELECT t.refused('op_a_1', statement, 'R-30-3: ' || statement) FROM (VALUES
  ('REVOKE SELECT ON pdauth.ledger_entry FROM yn_audit_1'), ('REVOKE SELECT ON pdauth.ledger_entry FROM pdauth_register')) AS v (statement);
SELECT throws_ok(statement, 'PD303', NULL, 'R-30-3: nor does a superuser: ' || statement) FROM (VALUES
  ('REVOKE SELECT ON pdauth.ledger_entry FROM pdauth_register'), ('REVOKE SELECT ON pdauth.ledger_balance FROM pdauth_auditor'), ('REVOKE ALL ON ALL TABLES IN SCHEMA pdauth FROM yn_audit_1'),
  ('CREATE POLICY mine ON pdauth.ledger_entry AS RESTRICTIVE USING (operator_party = 0)'), ('ALTER POLICY register ON pdauth.ledger_entry USING (false)'), ('DROP POLICY register ON pdauth.ledger_entry')) AS v (statement);
SELECT lives_ok('REVOKE SELECT ON t.charged FROM PUBLIC', 'R-30-3: other rights are of no concern');
SELECT * FROM finish();
ROLLBACK;
