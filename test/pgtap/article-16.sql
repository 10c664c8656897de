-- Article 16: aggregation, and back-flow to prefectures.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
\ir include/request.sql
SELECT no_plan();
SELECT t.operation();
CREATE FUNCTION t.compared(columns text, declared int, loaded int, path text DEFAULT 'transport/traffic_flow') RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.aggregation_check (path, columns, declared_rows, loaded_rows, document, checked_on) VALUES (%L, %L, %s, %s, ''report'', pdauth.clock_today())', path, columns, declared, loaded) $$;

-- R-16-1
SELECT t.draft_request('Q-1'), t.act('op_a_1', t.submit_request('Q-1')), t.act('yn_transport_1', t.approve_request('Q-1')), t.act('yn_bureau_1', t.approve_request('Q-1'));
SELECT t.act('yn_bureau_1', t.compared('{a,b}', 100, 100));
SELECT t.refused('yn_bureau_1', t.grant_request('Q-1'), 'R-16-1: a grant opens nothing while 2 of 3 columns are loaded', '2 of 3 columns loaded, missing: c');
SELECT t.act('yn_bureau_1', t.compared('{a,b,c}', 100, 99));
SELECT t.refused('yn_bureau_1', t.grant_request('Q-1'), 'R-16-1: nor while 99 of 100 rows are', '99 of 100 rows loaded');
SELECT t.sees('yn_transport_1', $$SELECT gap || ' ' || flag FROM pdauth.aggregation_report WHERE path = 'transport/traffic_flow'$$, '99 of 100 rows loaded PD161', 'R-16-1: the gap is flagged to the department');
SELECT t.refused('yn_transport_1', t.compared('{a,b,c}', 1, 1), 'R-16-1: the department does not attest itself');
SELECT t.refused('km_bureau_1', t.compared('{a,b,c}', 1, 1), 'R-16-1: nor another authority', 'This is for yn_bureau.');
SELECT t.act('yn_bureau_1', t.compared('{a,b,c}', 100, 100));
SELECT t.works('yn_bureau_1', t.grant_request('Q-1'), 'R-16-1: fully aggregated, the grant opens it');
SELECT t.refused('yn_bureau_1', 'UPDATE pdauth.aggregation_check SET loaded_rows = 100', 'R-25-4: a comparison stays');

-- R-16-2
SELECT t.refused('yn_health_1', $$INSERT INTO pdauth.aggregation_request (number, path, content, requested_on) VALUES ('G-1', 'transport/vehicle_reg', 'all of it', '2026-11-23')$$, 'R-16-2: a department does not ask another one');
SELECT t.works('yn_bureau_1', $$INSERT INTO pdauth.aggregation_request (number, path, content, requested_on) VALUES ('G-1', 'transport/vehicle_reg', 'all of it', '2026-11-23'), ('G-2', 'transport/traffic_flow', 'since 2020', '2026-11-23')$$, 'R-16-2: the data authority does');
SELECT t.act('yn_transport_1', $$INSERT INTO pdauth.aggregation_answer (aggregation_id, agreed, content, answered_on) SELECT aggregation_id, true, 'in January', '2026-11-23' FROM pdauth.aggregation_request WHERE number = 'G-2'$$);
SELECT t.at('2026-12-07 09:00');
SELECT t.sees('yn_bureau_1', $$SELECT string_agg(concat_ws(' ', request, answer, workdays_waiting, flag), ', ' ORDER BY request) FROM pdauth.aggregation_report$$, 'G-1 unanswered 10 PD162, G-2 agreed', 'R-16-2: after ten working days silence shows as such');
SELECT t.act('yn_transport_1', $$INSERT INTO pdauth.aggregation_answer (aggregation_id, agreed, content, answered_on) SELECT aggregation_id, false, 'no system', '2026-12-07' FROM pdauth.aggregation_request WHERE number = 'G-1'$$);
SELECT t.sees('yn_bureau_1', $$SELECT answer || ' ' || flag FROM pdauth.aggregation_report WHERE request = 'G-1'$$, 'refused PD162', 'R-16-2: and so does a refusal');
SELECT t.at('2026-11-23 09:00');

-- R-16-3, R-16-4
CREATE FUNCTION t.backflow(number text DEFAULT 'B-1', receiver text DEFAULT 'km_bureau', division text DEFAULT '530100', columns text DEFAULT '{a,b}', plan text DEFAULT 'K-1', path text DEFAULT 'transport/traffic_flow') RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.backflow (number, path, receiver_party, division, plan_id, need, columns, row_filter, period) VALUES (%L, %L, t.id(%L), %L, t.plan_id(%L), ''roads of the city'', %L, ''division 530100'', ''[2026-11-01,2027-11-01)'')', number, path, receiver, division, plan, columns) $$;
CREATE FUNCTION t.batch(batch text, receiver text DEFAULT 'km_bureau', columns text DEFAULT '{a,b}', number text DEFAULT 'B-1') RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.backflow_batch (backflow_id, batch, receiver_party, columns, row_count, checksum) SELECT backflow_id, %L, t.id(%L), %L, 10, ''x'' FROM pdauth.backflow WHERE number = %L', batch, receiver, columns, number) $$;
SELECT t.refused('pl_center_1', t.backflow(receiver => 'pl_center', division => '530103'), 'R-16-4: a county does not ask for back-flow');
SELECT t.refused('km_bureau_1', t.backflow(division => '530103'), 'R-16-3: back-flow to 530103 (Panlong)', 'Also violated: R-16-4');
SELECT t.refused('op_a_1', t.backflow(receiver => 'op_a'), 'R-16-4: nor does an operator');
SELECT t.refused('dl_bureau_1', t.backflow(receiver => 'dl_bureau', division => '532900'), 'R-16-3: without a plan of its own a prefecture does not', 'Plan K-1 of 530100 does not cover it.');
SELECT t.refused('km_bureau_1', t.backflow(columns => '{a,b,c}'), 'R-16-3: nor for columns that the plan does not have');
SELECT t.refused('km_bureau_1', t.backflow(receiver => 'dl_bureau'), 'R-16-4: nor for another receiver', 'not dl_bureau');
SELECT t.works('km_bureau_1', t.backflow(), 'R-16-3: the prefecture asks');
SELECT t.refused('yn_bureau_1', t.batch('1'), 'R-16-3: silence is not consent', 'It is requested.');
SELECT t.refused('km_bureau_1', format($$UPDATE pdauth.backflow SET state = 'consented', %s$$, t.document('c')), 'R-16-3: nor does the receiver consent');
SELECT t.refused('yn_transport_1', format($$UPDATE pdauth.backflow SET columns = '{a}', state = 'consented', %s$$, t.document('c')), 'R-16-4: nor does the department rewrite what it consents to');
SELECT t.works('yn_transport_1', format($$UPDATE pdauth.backflow SET state = 'consented', %s$$, t.document('c')), 'R-16-3: the department consents');
SELECT t.works('yn_bureau_1', t.batch('1'), 'R-16-3: within the consent a batch flows');
SELECT t.refused('yn_bureau_1', t.batch('2', columns => '{a,b,c}'), 'R-16-3: back-flow of a column without consent', 'No consent for: c.');
SELECT t.refused('yn_bureau_1', t.batch('2', receiver => 'dl_bureau'), 'R-16-3: back-flow to Dali', 'No consent for dl_bureau.');
SELECT t.refused('yn_bureau_1', replace(t.batch('2'), 'SELECT backflow_id, ''2''', 'SELECT backflow_id, unnest(''{2,3}''::text[])') || $$ AND false; INSERT INTO pdauth.backflow_batch (backflow_id, batch, receiver_party, columns, row_count, checksum) SELECT backflow_id, v.batch, receiver_party, v.columns::text[], 1, 'x' FROM pdauth.backflow, (VALUES ('2', '{a}'), ('3', '{a,c}')) AS v (batch, columns)$$, 'R-16-3: one of two batches in one statement');
SELECT t.refused('km_bureau_1', $$UPDATE pdauth.backflow SET columns = '{a,b,c}'$$, 'R-16-3: what was consented to is not widened');
GRANT pdauth_policy_admin TO CURRENT_USER;
CREATE TABLE t.copy (a text, b text);
SELECT t.act('km_bureau_1', t.backflow('B-2'));
SELECT t.act('km_bureau_1', $$UPDATE pdauth.backflow SET relation = 't.copy' WHERE number = 'B-2'$$), t.act('yn_transport_1', format($$UPDATE pdauth.backflow SET state = 'consented', %s WHERE number = 'B-2'$$, t.document('c')));
SELECT t.refused('km_bureau_1', t.batch('1', number => 'B-2'), 'R-16-4: no batch into a table without the label', 't.copy is not labelled transport/traffic_flow.');
SELECT t.refused('km_bureau_1', $$UPDATE pdauth.backflow SET state = 'ended', act_reason = 'done' WHERE number = 'B-2'$$, 'R-16-4: nor is it closed so', 't.copy is not labelled');
SELECT pdauth.protect('t.copy', 'transport/vehicle_reg');
SELECT t.refused('km_bureau_1', t.batch('1', number => 'B-2'), 'R-16-4: nor with the label of another resource');
SELECT pdauth.protect('t.copy', 'transport/traffic_flow');
SELECT t.works('km_bureau_1', t.batch('1', number => 'B-2'), 'R-16-4: labelled as the original it receives');

-- a request of the prefecture's operator now needs its authority, too (A-15)
SELECT t.draft_request('Q-5'), t.act('op_a_1', t.submit_request('Q-5')), t.act('yn_transport_1', t.approve_request('Q-5')), t.act('yn_bureau_1', t.approve_request('Q-5'));
SELECT t.refused('yn_bureau_1', t.grant_request('Q-5'), 'R-20-4: what has flowed back is approved by the prefecture as well', 'Not approved by km_bureau (authority).');
SELECT t.works('km_bureau_1', t.approve_request('Q-5') || ';' || t.grant_request('Q-5'), 'R-20-4: with its approval it is granted');

-- R-16-5
SELECT t.act('yn_transport_1', $$UPDATE pdauth.backflow SET state = 'ended', act_reason = 'withdrawn', act_date = '2026-11-23' WHERE number = 'B-1'$$);
SELECT t.refused('yn_bureau_1', t.batch('9'), 'R-16-5: a batch after consent was withdrawn', 'Consent: ended');
SELECT t.refused('yn_transport_1', format($$UPDATE pdauth.backflow SET state = 'disposed', %s WHERE number = 'B-1'$$, t.document('d')), 'R-16-5: nothing is disposed of without both decisions', 'has not decided');
SELECT t.act(p, $$INSERT INTO pdauth.backflow_disposition (backflow_id, party_id, decision, document) SELECT backflow_id, receiver_party, 'deleted', 'd' FROM pdauth.backflow WHERE number = 'B-1'$$) FROM unnest('{yn_transport_1,km_bureau_1}'::text[]) AS p;
SELECT t.works('km_bureau_1', format($$UPDATE pdauth.backflow SET state = 'disposed', %s WHERE number = 'B-1'$$, t.document('d')), 'R-16-5: with both it is');
SELECT t.at('2027-10-31 12:00');
SELECT t.works('yn_bureau_1', t.batch('2', number => 'B-2'), 'R-16-5: on the last day consent holds');
SELECT t.at('2027-11-01 00:00');
SELECT t.refused('yn_bureau_1', t.batch('3', number => 'B-2'), 'R-16-5: the day after it is over', 'Consent: consented, for [2026-11-01,2027-11-01).');
SELECT * FROM finish();
ROLLBACK;
