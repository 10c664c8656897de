-- Article 17: quality standards, check requests, source quality.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
\ir include/request.sql
SELECT no_plan();
SELECT t.at('2026-02-02 09:00');
SELECT t.operation(term => '[2026-02-01,2031-02-01)');

-- R-17-1
SELECT t.resource('health/health_visit', 'yn_health');
SELECT t.propose('health/health_visit', 'yn_bureau', 'nowhere');
SELECT t.refused('yn_bureau_1', t.bring_in('health/health_visit'), 'R-17-1: into scope without a quality standard');
SELECT t.standard('km_bureau', '530100', 'Z-9');
SELECT t.refused('yn_bureau_1', $$UPDATE pdauth.authorised_resource SET standard_id = (SELECT standard_id FROM pdauth.quality_standard WHERE number = 'Z-9') WHERE path = 'health/health_visit';$$ || t.bring_in('health/health_visit'), 'R-17-1: nor with the standard of another authority');
SELECT t.refused('km_bureau_1', $$INSERT INTO pdauth.quality_standard (number, version, division, monitoring, correction, objection, document) VALUES ('Z-8', 1, '530000', 'm', 'c', 'o', 'd')$$, 'R-17-1: an authority keeps standards of its own level');
SELECT t.refused('yn_bureau_1', 'UPDATE pdauth.quality_standard SET monitoring = ''never''', 'R-25-4: a version stays');
SELECT t.works('yn_bureau_1', $$UPDATE pdauth.authorised_resource SET standard_id = (SELECT standard_id FROM pdauth.quality_standard WHERE number = 'Z-1') WHERE path = 'health/health_visit';$$ || t.bring_in('health/health_visit'), 'R-17-1: with one it comes in');

-- R-17-2
SELECT t.at('2026-02-13 09:00');
CREATE FUNCTION t.ticket(number text, more text DEFAULT '', given text DEFAULT '', operator text DEFAULT 'op_a', path text DEFAULT 'transport/traffic_flow', columns text DEFAULT '{a}') RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.quality_ticket (number, path, operator_party, columns, problem, evidence%s) VALUES (%L, %L, t.id(%L), %L, ''hour 25'', ''report 7 in the lab''%s)', more, number, path, operator, columns, given) $$;
SELECT t.refused('op_a_1', t.ticket('T-1'), 'R-17-2: an operator without the data', 'no granted request');
SELECT t.granted_request('Q-1', period => '[2026-02-01,2027-02-01)') FROM (SELECT t.act('op_a_1', 'SELECT 1')) AS v;
SELECT t.refused('dev_x_1', t.ticket('T-1', operator => 'dev_x'), 'R-17-2: a developer raises none');
SELECT t.refused('op_a_1', t.ticket('T-1', path => 'transport/vehicle_reg'), 'R-17-2: nor does an operator about another resource');
SELECT t.refused('op_a_1', t.ticket('T-1', columns => '{a,z}'), 'R-17-2: nor about a column that is not there', 'z');
SELECT t.refused('op_a_1', t.ticket('T-1', ', received_at', ', ''2026-02-01 09:00+08'''), 'R-17-2: a time of receipt that is given');
SELECT t.works('op_a_1', t.ticket('T-1'), 'R-17-2: the operator raises it');
SELECT is((SELECT to_char(received_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI') || ' ' || pdauth.party_code(provider_party) FROM pdauth.quality_ticket), '2026-02-13 09:00 yn_transport', 'R-17-2: received by the system''s clock, for the department');
SELECT t.refused('op_a_1', $$UPDATE pdauth.quality_ticket SET received_at = '2026-01-01'$$, 'R-17-2: nor is it changed later');
SELECT t.refused('yn_transport_1', $$UPDATE pdauth.quality_ticket SET problem = 'none'$$, 'R-17-2: nor is the problem');

-- R-17-3
SELECT is((SELECT due || ' ' || debtor || ' ' || creditor FROM pdauth.my_duty WHERE rule = 'R-17-3'), '2026-03-05 yn_transport yn_bureau', 'R-17-3: due on the tenth working day after Friday 13 February');
SELECT t.at('2026-03-05 23:59:59');
SELECT isnt((SELECT status FROM pdauth.my_duty WHERE rule = 'R-17-3'), 'overdue', 'R-17-3: on that day it is in time');
SELECT t.at('2026-03-06 00:00');
SELECT t.sees('yn_transport_1', $$SELECT flag FROM pdauth.my_duty WHERE rule = 'R-17-3' AND status = 'overdue'$$, 'PD173', 'R-17-3: the day after there is a flag');
SELECT throws_ok($$SELECT t.act('yn_transport_1', 'UPDATE pdauth.obligation SET suspended = ''{[2026-02-13,2026-04-01)}''')$$, '42501', NULL, 'R-17-3: the department does not extend it');
SELECT t.at('2026-03-02 09:00');

-- R-17-4
CREATE FUNCTION t.answer(columns text) RETURNS text LANGUAGE sql AS $$ SELECT format('UPDATE pdauth.quality_ticket SET %s WHERE number = ''T-1''', columns) $$;
SELECT t.refused('yn_transport_1', t.answer('verification = ''so it is'''), 'R-17-4: an answer before verification has begun');
SELECT t.refused('op_a_1', t.answer('state = ''verifying'''), 'R-17-4: the operator does not verify itself');
SELECT t.act('yn_transport_1', t.answer('state = ''verifying'''));
SELECT t.refused('op_a_1', t.answer('feedback = ''thank you'''), 'R-17-4: nor answer itself');
SELECT t.refused('yn_transport_1', t.answer('state = ''closed'''), 'R-17-4: closed without an answer', 'verification (核实), correction or finding of no error (更正), feedback (反馈)');
SELECT t.act('yn_transport_1', $$INSERT INTO pdauth.load_batch (resource_id, batch, channel, row_count, checksum, attested, loaded_on) VALUES (t.resource_id('transport/traffic_flow'), 'L-1', 'public data platform', 10, 'x', 'officer', '2026-03-01'), (t.resource_id('transport/vehicle_reg'), 'L-2', 'public data platform', 10, 'x', 'officer', '2026-03-01')$$);
SELECT t.act('yn_transport_1', t.answer('verification = ''hour 25 is 1'', correction_batch = (SELECT load_batch_id FROM pdauth.load_batch WHERE batch = ''L-1'')'));
SELECT t.refused('yn_transport_1', t.answer('state = ''closed'''), 'R-17-4: closed without feedback', 'Missing: feedback (反馈).');
SELECT is((SELECT status FROM pdauth.my_duty WHERE rule = 'R-17-3'), 'due soon', 'R-17-4: ... and the clock runs on');
SELECT t.refused('yn_transport_1', t.answer('correction_batch = (SELECT load_batch_id FROM pdauth.load_batch WHERE batch = ''L-2''), feedback = ''done'', state = ''closed'''), 'R-17-4: a correction of another resource');
SELECT t.refused('yn_transport_1', $$UPDATE pdauth.quality_ticket SET state = 'raised'$$, 'R-17-4: nor is it handed back');
SELECT t.works('yn_transport_1', t.answer('feedback = ''done'', state = ''closed'''), 'R-17-4: with all three parts it is closed');
SELECT is((SELECT status FROM pdauth.my_duty WHERE rule = 'R-17-3'), 'fulfilled', 'R-17-3: which fulfils the duty');
SELECT t.refused('yn_transport_1', t.answer('feedback = ''something else'''), 'R-17-4: closed, the answer stays');
SELECT t.works('op_a_1', t.ticket('T-2', ', previous_id', ', (SELECT ticket_id FROM pdauth.quality_ticket)'), 'R-17-2: taken up again, it is a new ticket');
SELECT is((SELECT count(*)::int FROM pdauth.my_duty WHERE rule = 'R-17-3' AND status <> 'fulfilled'), 1, 'R-17-3: with a clock of its own');

-- R-17-5
SELECT t.act('yn_bureau_1', $$INSERT INTO pdauth.quality_limit (standard_id, quality, metric, maximum) SELECT standard_id, 'completeness', 'null keys, percent', 1 FROM pdauth.quality_standard WHERE number = 'Z-1'$$);
CREATE FUNCTION t.measure(batch text, value numeric) RETURNS text LANGUAGE sql AS $$ SELECT format('INSERT INTO pdauth.quality_measure (load_batch_id, metric, value) SELECT load_batch_id, ''null keys, percent'', %s FROM pdauth.load_batch WHERE batch = %L', value, batch) $$;
SELECT t.refused('op_a_1', 'INSERT INTO pdauth.quality_measure (load_batch_id, metric, value) VALUES (1, ''m'', 1)', 'R-17-5: an operator measures nothing');
SELECT t.works('yn_transport_1', t.measure('L-1', 3), 'R-17-5: the provider does');
SELECT t.works('yn_bureau_1', t.measure('L-2', 1), 'R-17-5: and the data authority');
SELECT t.sees('yn_bureau_1', $$SELECT string_agg(concat_ws(' ', batch, flag), ', ' ORDER BY batch) FROM pdauth.source_quality$$, 'L-1 PD175, L-2', 'R-17-5: 3 percent against a limit of 1 are below standard, 1 percent is not');
SELECT t.refused('yn_transport_1', 'UPDATE pdauth.quality_measure SET value = 0', 'R-25-4: a measure stays');
SELECT * FROM finish();
ROLLBACK;
