-- Article 26: evaluation.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
\ir include/development.sql
SELECT no_plan();
SELECT t.developer();
CREATE FUNCTION t.evaluation_id(number text) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT evaluation_id FROM pdauth.evaluation AS e WHERE e.number = evaluation_id.number $$;
CREATE FUNCTION t.evaluate(number text, kind text, subject text, evaluator text, previous text DEFAULT NULL, commissioned text DEFAULT NULL, result text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.evaluation (number, kind, division, subject_party, evaluator_party, commissioned_party, agreement_id, development_id, previous_id, period, result)
    VALUES (%L, %L, %L, t.id(%L), t.id(%L), %s, %s, %s, t.evaluation_id(%L), daterange(pdauth.clock_today() - 365, pdauth.clock_today() + 1), %L)', number, kind, CASE kind WHEN 'supply' THEN '530000' ELSE '530100' END, subject, evaluator,
    coalesce(format('t.id(%L)', commissioned), 'NULL'), CASE kind WHEN 'operator' THEN 't.agreement_id(''A-1'')' ELSE 'NULL' END, CASE kind WHEN 'developer' THEN 't.development_id(''D-1'')' ELSE 'NULL' END, previous, result) $$;
CREATE FUNCTION t.conclude(number text, result text, notified date DEFAULT pdauth.clock_today()) RETURNS text LANGUAGE sql AS $$
  SELECT format('UPDATE pdauth.evaluation SET state = ''concluded'', result = %L, notified_on = %L, act_reason = ''as found'', %s WHERE number = %L', result, notified, t.document('report'), number) $$;
CREATE FUNCTION t.rectify(number text) RETURNS text LANGUAGE sql AS $$
  SELECT format('UPDATE pdauth.evaluation SET rectification_plan = ''two steps'' WHERE number = %1$L; UPDATE pdauth.evaluation SET state = ''rectified'', %2$s WHERE number = %1$L', number, t.document('done')) $$;
CREATE FUNCTION t.duty(rule text, debtor text) RETURNS text LANGUAGE sql SECURITY DEFINER AS $$
  SELECT string_agg(due || ' ' || status, ', ' ORDER BY obligation_id) FROM pdauth.obligation_status AS s WHERE s.rule = duty.rule AND s.debtor = duty.debtor AND s.status NOT IN ('fulfilled', 'fulfilled late', 'waived') $$;

-- R-26-1
SELECT t.sees('yn_bureau_1', $$SELECT due::text FROM pdauth.my_duty WHERE rule = 'R-26-1' AND matter = 'supply of yn_transport'$$, '2027-09-01', 'R-26-1: the data authority owes the first evaluation of a department twelve months after its first resource');
SELECT t.at('2026-11-20 09:00');
SELECT t.act('yn_bureau_1', t.evaluate('E-1', 'supply', 'yn_transport', 'yn_bureau'));
SELECT t.act('yn_bureau_1', t.conclude('E-1', 'pass'));
SELECT ok(indicators ? 'duties' OR indicators ? 'out_of_date', 'R-26-1: with computed indicators') FROM pdauth.evaluation WHERE number = 'E-1';
SELECT t.at('2027-11-22 23:00');
SELECT t.sees('yn_bureau_1', $$SELECT flag || ' ' || status FROM pdauth.my_duty WHERE rule = 'R-26-1' AND status IN ('overdue', 'due soon', 'open')$$, 'PD261 due soon', 'R-26-1: until the twelfth month ends (20 November 2027 is a Saturday) nothing is flagged');
SELECT t.at('2027-11-23 00:00');
SELECT t.sees('yn_bureau_1', $$SELECT flag || ' ' || status FROM pdauth.my_duty WHERE rule = 'R-26-1' AND status IN ('overdue', 'due soon', 'open')$$, 'PD261 overdue', 'R-26-1: then it is');
SELECT is(pdauth.deadline('2025-11-20', '12 months'::pdauth.term), date '2026-11-20', 'R-26-1: the last one on 2025-11-20 counts until 2026-11-20');
-- R-26-2, R-26-3
SELECT is(t.duty('R-26-2', 'km_center'), '2027-09-01 overdue', 'R-26-2: the agency owes the operator''s evaluation twelve months after the start');
SELECT is(t.duty('R-26-3', 'op_a'), '2027-09-10 overdue', 'R-26-3: the operator owes its developers''');
SELECT t.sees('km_center_1', $$SELECT DISTINCT flag FROM pdauth.my_duty WHERE rule = 'R-26-2' AND status = 'overdue'$$, 'PD262', 'R-26-2: with its flag');
SELECT t.sees('op_a_1', $$SELECT DISTINCT flag FROM pdauth.my_duty WHERE rule = 'R-26-3' AND status = 'overdue'$$, 'PD263', 'R-26-3: with its flag');
SELECT t.at('2027-09-01 23:00');
SELECT isnt(t.duty('R-26-2', 'km_center'), '2027-09-01 overdue', 'R-26-2: on the last day it is not overdue');
SELECT t.at('2027-09-10 23:00');
SELECT isnt(t.duty('R-26-3', 'op_a'), '2027-09-10 overdue', 'R-26-3: nor is that');
SELECT t.at('2026-11-23 09:00');

-- R-26-4
SELECT t.refused('km_center_1', t.evaluate('E-2', 'operator', 'op_a', 'km_center', result => 'good'), 'R-26-4: a result that is none of the three', 'good');
SELECT t.act('km_center_1', t.evaluate('E-2', 'operator', 'op_a', 'km_center'));
SELECT t.refused('km_center_1', t.conclude('E-2', 'good'), 'R-26-4: nor at the conclusion');
SELECT t.refused('km_center_1', t.conclude('E-2', NULL), 'R-26-4: nor none');
SELECT t.refused('km_center_1', t.conclude('E-2', 'pass', '2026-11-24'), 'R-26-4: notified tomorrow');
SELECT t.refused('km_center_1', replace(t.evaluate('E-9', 'operator', 'op_a', 'km_center', result => 'pass'), 'period, result)', 'period, state)') , 'R-26-4: nor one entered as concluded');

-- R-26-9
SELECT t.act('km_center_1', $$INSERT INTO pdauth.evaluation_request (evaluation_id, matter, requested_on) VALUES (t.evaluation_id('E-2'), 'deliveries', '2026-11-23')$$);
SELECT is(t.duty('R-26-9', 'op_a'), '2026-12-07 open', 'R-26-9: material within ten working days');
SELECT t.act('op_a_1', $$INSERT INTO pdauth.evaluation_material (evaluation_id, figure, value) VALUES (t.evaluation_id('E-2'), 'deliveries', 100)$$);
SELECT is(t.duty('R-26-9', 'op_a'), NULL, 'R-26-9: supplied, the duty is met');
SELECT t.refused('op_a_1', statement, 'R-26-9: what was submitted stays: ' || statement) FROM (VALUES ('UPDATE pdauth.evaluation_material SET value = 140'), ('DELETE FROM pdauth.evaluation_material')) AS v (statement);
SELECT t.refused('dev_x_1', $$INSERT INTO pdauth.evaluation_material (evaluation_id, figure, value) VALUES (t.evaluation_id('E-2'), 'amount', 1)$$, 'R-26-9: nobody else submits it');
SELECT t.operator_product('P-1');
SELECT t.act('op_a_1', t.tariff('P-1', 1, 'public', 0));
SELECT t.act('op_a_1', t.deliver('P-1', 'D-1', 'public', 1, 0)) FROM generate_series(1, 3);
SELECT t.works('km_center_1', t.conclude('E-2', 'fail'), 'R-26-4: one of the three, with reason and notification');
SELECT t.sees('km_center_1', $$SELECT flag || ' ' || discrepancies FROM pdauth.evaluation_status WHERE number = 'E-2'$$, 'PD269 {"deliveries": {"reported": 100, "registered": 3}}', 'R-26-9: what the register contradicts is attached');
SELECT t.refused('op_a_1', $$INSERT INTO pdauth.evaluation_material (evaluation_id, figure, value) VALUES (t.evaluation_id('E-2'), 'amount', 1)$$, 'R-26-9: nothing is submitted after the conclusion');
SELECT t.refused('km_center_1', $$UPDATE pdauth.evaluation SET result = 'pass' WHERE number = 'E-2'$$, 'R-26-6: nor does the body itself change a result');
SELECT is(t.duty('R-26-2', 'km_center'), '2027-11-23 open', 'R-26-2: the next evaluation runs from this one');

-- R-26-10
SELECT t.refused('op_a_1', t.evaluate('E-3', 'operator', 'op_a', 'op_a'), 'R-26-10: an operator that evaluates itself');
SELECT t.refused('km_center_1', t.evaluate('E-3', 'operator', 'op_a', 'km_center', commissioned => 'op_a'), 'R-26-10: or is commissioned to');
SELECT t.refused('km_center_1', t.evaluate('E-3', 'operator', 'op_a', 'km_center', commissioned => 'op_a_sub'), 'R-26-10: or its subsidiary');
SELECT t.refused('op_b_1', t.evaluate('E-3', 'developer', 'dev_x', 'op_b'), 'R-26-10: another operator has nothing to evaluate', 'for op_a');
SELECT t.refused('dev_x_1', t.evaluate('E-3', 'developer', 'dev_x', 'dev_x'), 'R-26-10: nor has a developer');
SELECT t.works('km_center_1', t.evaluate('E-3', 'operator', 'op_a', 'km_center', commissioned => 'op_b'), 'R-26-10: an independent third party may');

-- R-26-5, R-26-6
SELECT t.act('op_a_1', t.evaluate('E-4', 'developer', 'dev_x', 'op_a')), t.act('op_a_1', t.conclude('E-4', 'rectify'));
SELECT is(t.duty('R-26-5', 'dev_x'), '2026-12-23 open', 'R-26-5: notified on 23 November, due on 23 December');
SELECT is(pdauth.deadline('2026-09-01', (pdauth.figure('rectification_days', '530100') || ' days')::pdauth.term), date '2026-10-08', 'R-26-5: notified on 1 September, the holiday moves it to 8 October');
SELECT t.refused('dev_x_1', format('UPDATE pdauth.evaluation SET state = ''rectified'', %s WHERE number = ''E-4''', t.document('done')), 'R-26-5: a report without a plan', 'plan is missing');
SELECT t.refused('op_a_1', $$UPDATE pdauth.evaluation SET rectification_plan = 'theirs' WHERE number = 'E-4'$$, 'R-26-5: the plan is the evaluated party''s');
SELECT t.refused('dev_x_1', $$UPDATE pdauth.evaluation SET result = 'pass' WHERE number = 'E-4'$$, 'R-26-6: the evaluated party sets no result');
SELECT t.refused('op_a_1', t.evaluate('E-5', 'developer', 'dev_x', 'op_a', 'E-4'), 'R-26-6: no re-evaluation before the report');
SELECT t.refused('op_a_1', t.evaluate('E-5', 'developer', 'dev_x', 'op_a'), 'R-26-6: nor a fresh evaluation past it');
SAVEPOINT overdue;
SELECT t.at('2026-12-23 23:59');
SELECT t.works('op_a_1', t.deliver('P-1', 'D-1', 'public', 1, 0), 'R-26-7: until the day is over nothing is held');
SELECT t.at('2026-12-24 00:00');
SELECT t.sees('dev_x_1', $$SELECT flag || ' ' || status FROM pdauth.my_duty WHERE rule = 'R-26-5'$$, 'PD265 overdue', 'R-26-5: then it is flagged');
SELECT t.refused('op_a_1', t.deliver('P-1', 'D-1', 'public', 1, 0), 'R-26-7: and deliveries are held', 'E-4');
SELECT t.sees('dev_x_1', $$SELECT holds::text FROM pdauth.evaluation_status WHERE number = 'E-4'$$, 'true', 'R-26-7: which the party can see');
SELECT t.refused('dev_x_1', $$INSERT INTO pdauth.application (number, applicant_party, operator_party, agreement_id, division, route, scenario, purpose) VALUES ('Q-5', t.id('dev_x'), t.id('op_a'), t.agreement_id('A-1'), '530100', 'own', 'x', '产业发展')$$, 'R-26-7: applications, too');
SELECT is((SELECT count(*)::int FROM pdauth.license WHERE licensee = 'dev_x_1'::regrole AND revoked_at IS NULL), 1, 'R-26-7: what was delivered before stays licensed');
SELECT t.refused('dev_x_1', $$INSERT INTO pdauth.evaluation_decision (evaluation_id, continues, reason, document) VALUES (t.evaluation_id('E-4'), true, 'r', 'd')$$, 'R-26-7: the party itself does not lift it');
SELECT t.act('op_a_1', $$INSERT INTO pdauth.evaluation_decision (evaluation_id, continues, reason, document) VALUES (t.evaluation_id('E-4'), true, 'nearly done', 'd')$$);
SELECT t.works('op_a_1', t.deliver('P-1', 'D-1', 'public', 1, 0), 'R-26-7: a reasoned decision does');
ROLLBACK TO overdue;
SELECT t.act('dev_x_1', t.rectify('E-4'));
SELECT is(t.duty('R-26-5', 'dev_x'), NULL, 'R-26-5: reported in time, the duty is met');
SELECT is(t.duty('R-26-6', 'op_a'), '2026-12-21 open', 'R-26-6: the re-evaluation is due in twenty working days');
SELECT t.refused('op_b_1', t.evaluate('E-5', 'developer', 'dev_x', 'op_b', 'E-4'), 'R-26-6: not by another body', 'made by op_a');
SELECT t.refused('dev_x_1', $$UPDATE pdauth.evaluation SET rectification_plan = 'other' WHERE number = 'E-4'$$, 'R-26-5: a reported plan stays');
SELECT t.works('op_a_1', t.evaluate('E-5', 'developer', 'dev_x', 'op_a', 'E-4'), 'R-26-6: by the same one it is');
SAVEPOINT failed;
SELECT t.act('op_a_1', t.conclude('E-5', 'fail'));
SELECT t.refused('op_a_1', t.deliver('P-1', 'D-1', 'public', 1, 0), 'R-26-7: failed again, the party is held', 'E-5');
ROLLBACK TO failed;
SELECT t.act('op_a_1', t.conclude('E-5', 'pass'));
SELECT is(t.duty('R-26-6', 'op_a'), NULL, 'R-26-6: and that ends it');

-- R-26-8
SELECT t.at('2026-12-01 09:00');
SELECT t.development('D-2', 'dev_x', 'A-1', '2026-12-10 09:00', '[2026-12-10,2029-12-10)');
SELECT ok(pdauth.development_in_force(t.development_id('D-2')), 'R-26-8: with a passed evaluation the next agreement on the same matter is signed');
SELECT t.at('2028-01-03 09:00');
SET LOCAL pdauth.calendar_horizon = 'provisional';
SAVEPOINT stale;
SELECT ok(NOT EXISTS (SELECT FROM pdauth.continuation_violations('developer', 0, 'x', '530100', ARRAY[]::bigint[])), 'R-26-8: what continues nothing needs none');
SELECT results_eq($$SELECT rule FROM pdauth.continuation_violations('developer', 0, 'x', '530100', ARRAY[t.development_id('D-1')])$$, $$VALUES ('R-26-8')$$, 'R-26-8: one of more than twelve months ago is not usable');
SELECT results_eq($$SELECT rule FROM pdauth.continuation_violations('developer', 0, 'x', '530100', ARRAY[t.development_id('D-2')])$$, $$VALUES ('R-26-8')$$, 'R-26-8: nor is none');
-- A-1 has the latest result fail (E-2, of 2026-11-23)
SELECT t.at('2026-12-14 09:00');
SELECT t.selection('X-2', 'K-1', 'km_center');
SELECT t.draft_agreement('A-3', 'K-1', 'X-2', 'km_center', term => '[2031-09-01,2035-09-01)'), t.decide_agreement('A-3', 'km_center'), t.signatures('A-3', 'km_center');
SELECT t.refused('km_center_1', t.sign('A-3'), 'R-26-8: a new agreement after a failed evaluation', 'E-2: fail');
SELECT t.refused('op_a_1', $$INSERT INTO pdauth.evaluation_decision (evaluation_id, continues, reason, document) VALUES (t.evaluation_id('E-2'), true, 'r', 'd')$$, 'R-26-7: not decided by the operator');
SELECT t.act('km_center_1', $$INSERT INTO pdauth.evaluation_decision (evaluation_id, continues, reason, document) VALUES (t.evaluation_id('E-2'), true, 'new management', 'm')$$);
SELECT t.works('km_center_1', t.sign('A-3'), 'R-26-8: with an express decision it is signed');
SELECT * FROM finish();
ROLLBACK;
