-- Article 29 under attack: incidents as a weapon, and records that suit.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
\ir include/request.sql
\ir include/development.sql
SELECT no_plan();
SELECT t.developer();
SELECT t.at('2026-11-23 09:00');
SELECT t.operator_product('P-1'), t.act('op_a_1', t.tariff('P-1', 1, 'public', 0));
SELECT t.at('2026-11-23 10:00');
CREATE FUNCTION t.incident(number text, rest text DEFAULT '', division text DEFAULT '530100', developer text DEFAULT NULL, resources text DEFAULT '{transport/traffic_flow}', products text DEFAULT '{}', detected text DEFAULT '2026-11-23 09:50+08', operator text DEFAULT 'op_a') RETURNS text LANGUAGE sql AS $$
  SELECT format($q$INSERT INTO pdauth.incident (number, division, agency_party, operator_party, developer_party, kind, summary, resources, products, detected_at)
    VALUES (%L, %L, t.id('km_center'), t.id(%L), t.id(%L), 'leak', 'a file was found', %L, %L, %L)$q$, number, division, operator, developer, resources, products, detected) || rest $$;

-- R-29-3: who stops what
SELECT t.resource('health/health_visit', 'yn_health');
SELECT t.refused('km_center_1', t.incident('I-0', resources => '{health/health_visit}'), 'R-29-3: an agency does not freeze what lies outside its territory and its agreements', 'nothing to do with');
SELECT t.refused('dev_x_1', t.incident('I-0', developer => 'dev_x', resources => '{transport/vehicle_reg}'), 'R-29-3: a developer does not freeze what it was never given', 'nothing to do with');
SELECT t.refused('dev_x_1', t.incident('I-0', developer => 'dev_x', resources => '{}', products => '{P-1}'), 'R-29-3: nor a product that was not delivered to it', 'nothing to do with');
SELECT t.refused('op_a_1', t.incident('I-0', developer => 'dev_y'), 'R-29-3: a developer of no concern is not named', 'no development agreement');
SELECT t.refused('op_a_1', t.incident('I-0', division => '532900'), 'R-29-3: nor a division whose figures would suit better', 'no operating agreement');
SELECT throws_ok($$SELECT t.act('op_a_1', t.incident('I-0', detected => '-infinity'))$$, 'PD003', NULL, 'X-3: an incident of all times has no clock');
SELECT t.act('op_a_1', t.deliver('P-1', 'D-1', 'public', 1, 0));
SELECT t.works('dev_x_1', t.incident('I-1', developer => 'dev_x', resources => '{}', products => '{P-1}'), 'R-29-3: what was delivered to it, it stops');

-- R-29-4: who knows of it reports it
SELECT t.sees('op_a_1', $$SELECT count(*)::text FROM pdauth.incident_clock_status WHERE incident = 'I-1' AND rule = 'R-29-4'$$, '0', 'R-29-4: an operator that was not told yet owes nothing');
SELECT t.works('op_a_1', t.incident('I-2', developer => 'dev_x'), 'R-29-3: an operator opens an incident of its developer');
SELECT t.sees('op_a_1', $$SELECT string_agg(recipient || ' ' || to_char(due_at AT TIME ZONE 'Asia/Shanghai', 'HH24:MI'), ', ' ORDER BY recipient) FROM pdauth.incident_clock_status WHERE incident = 'I-2' AND rule = 'R-29-4'$$,
  'km_bureau 14:00, km_center 11:00, yn_cac 14:00, yn_transport 14:00', 'R-29-4: it knows, so its own clocks run, whatever the developer reports');
SELECT t.act('dev_x_1', $$INSERT INTO pdauth.incident_report (incident_id, recipient_party, content) SELECT incident_id, t.id('op_a'), 'what happened' FROM pdauth.incident WHERE number = 'I-2'$$);
SELECT t.sees('op_a_1', $$SELECT count(*)::text FROM pdauth.incident_clock_status WHERE incident = 'I-2' AND rule = 'R-29-4'$$, '4', 'R-29-4: ... and do not start twice');

-- R-29-3: the time of activation
SELECT t.at('2026-11-23 11:30');
SELECT t.refused('op_a_1', $$UPDATE pdauth.incident SET activated_at = '2026-11-23 10:05+08' WHERE number = 'I-2'$$, 'X-3: an activation of an hour ago without a document', 'activation_document');
SELECT t.works('op_a_1', $$UPDATE pdauth.incident SET activated_at = pdauth.clock_now() WHERE number = 'I-2'$$, 'R-29-3: of now it is recorded');
SELECT t.sees('op_a_1', $$SELECT flag || ' ' || status FROM pdauth.incident_clock_status WHERE incident = 'I-2' AND recipient IS NULL$$, 'PD295 fulfilled late', 'R-29-3: late, as it is');

-- R-29-6: what is recorded stays
SELECT t.refused('op_a_1', 'UPDATE pdauth.incident SET ' || change || $$ WHERE number = 'I-2'$$, 'R-29-6: ' || change) FROM unnest(ARRAY[
  $$division = '530000'$$, $$kind = 'major risk'$$, $$summary = 'nothing'$$, $$activated_at = '2026-11-23 11:00+08'$$, $$activation_document = 'x'$$, $$products = '{}', resources = '{}'$$]) AS change;
SELECT t.works('op_a_1', $$UPDATE pdauth.incident SET cause = 'a lost disk', summary = summary || '; it was a disk', danger_removed_at = '2026-11-23 11:00+08' WHERE number = 'I-2'$$, 'R-29-6: it is added to');
SELECT t.refused('op_a_1', 'UPDATE pdauth.incident SET ' || change || $$ WHERE number = 'I-2'$$, 'R-29-6: nor is what was added rewritten: ' || change) FROM unnest(ARRAY[
  $$cause = 'an attack'$$, $$cause = NULL$$, $$summary = 'a file was found'$$, $$danger_removed_at = NULL$$]) AS change;
SELECT t.refused('op_a_1', $$UPDATE pdauth.incident SET state = 'closed', act_reason = 'r' WHERE number = 'I-2'$$, 'R-29-6: nor is it closed without having been contained');

-- R-29-7: a finding does not end by an incident about something else
SELECT pdauth.open_draft('digest mismatch', 'transport/traffic_flow', t.id('yn_transport'), '530100', 'Batch B-1 is not what its checksum says.', 'transport/traffic_flow');
SELECT t.act('op_a_1', t.incident('I-3', resources => '{}', products => '{P-1}'));
SELECT t.refused('km_center_1', $$UPDATE pdauth.incident_draft SET decision = 'incident', decision_reason = 'I-3' WHERE kind = 'digest mismatch'$$, 'R-29-7: an incident that freezes something else releases nothing', 'I-3');
SELECT t.works('km_center_1', $$UPDATE pdauth.incident_draft SET decision = 'incident', decision_reason = 'I-2' WHERE kind = 'digest mismatch'$$, 'R-29-7: one that freezes it does');
SELECT t.refused('km_center_1', $$UPDATE pdauth.incident_draft SET decision = 'no incident', decision_reason = 'on second thoughts'$$, 'R-29-6: it is decided once');
SELECT * FROM finish();
ROLLBACK;
