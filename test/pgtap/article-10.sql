-- Article 10: deliberation, frozen content, changes, filing.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
SELECT no_plan();
SELECT t.resource('transport/traffic_flow', 'yn_transport'), t.resource('transport/vehicle_reg', 'yn_transport'), t.resource('health/health_visit', 'yn_health');
SELECT t.at('2026-09-21 10:00');
SELECT t.draft_plan('K-1', 'km_center', '530100');
CREATE FUNCTION t.step(label text, state text, day date DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
  SELECT format('UPDATE pdauth.plan SET state = %L, act_date = %L, %s WHERE label = %L', state, day, t.document(state), label) $$;

-- R-10-1
SELECT t.submit_plan('K-1', 'km_center'), t.argue_plan('K-1', 'km_center');
SELECT t.at('2026-09-22 10:00');
SELECT t.refused('km_gov_1', t.step('K-1', 'approved'), 'R-10-1: no approval before the agency''s decision');
SELECT t.refused('km_center_1', $$UPDATE pdauth.plan SET state = 'decided'$$, 'R-10-1: a collective decision has its minutes', 'act_document');
SELECT t.act('km_center_1', t.step('K-1', 'decided', '2026-09-21'));
SELECT t.refused('km_center_1', t.step('K-1', 'deliberating', '2026-09-18'), 'R-10-1: what follows is not dated before the decision', '2026-09-18');
SELECT t.act('km_center_1', t.step('K-1', 'deliberating', '2026-09-21'));
SELECT t.refused('km_center_1', t.step('K-1', 'approved'), 'R-10-1: the agency does not approve its own plan', 'government');
SELECT t.refused('yn_gov_1', t.step('K-1', 'approved'), 'R-10-1: nor does the government of another level', 'The government of 530100');
SELECT t.refused('yn_bureau_1', t.step('K-1', 'approved'), 'R-5-2: nor the bureau');
SELECT t.act('dl_gov_1', t.step('K-1', 'approved'));
SELECT is((SELECT state FROM pdauth.plan), 'deliberating', 'R-10-1: the government of another territory does not reach it');

-- R-10-2
CREATE FUNCTION t.select(plan text) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.selection (number, plan_id, division, agency_party, method) SELECT ''X-1'', plan_id, division, agency_party, ''open tender'' FROM pdauth.plan WHERE label = %L', plan) $$;
SELECT t.refused('km_center_1', t.select('K-1'), 'R-10-2: no selection while the plan is under deliberation', 'K-1 is deliberating');
SELECT t.works('km_gov_1', t.step('K-1', 'approved', '2026-09-22'), 'R-10-1: the government of the level approves after the decision');
SAVEPOINT s;
SELECT t.works('km_center_1', t.select('K-1'), 'R-10-2: a selection begins on the approved plan');
ROLLBACK TO s;

-- R-10-3
SELECT t.refused('km_center_1', $$UPDATE pdauth.plan_item SET content = 'new' WHERE number = 6$$, 'R-10-3: the agency does not change an approved plan');
SELECT t.refused('km_center_1', $$DELETE FROM pdauth.plan_resource$$, 'R-10-3: nor take away from it');
SELECT t.refused('km_center_1', $$UPDATE pdauth.plan SET purposes = '{everything}'$$, 'R-10-3: nor its own facts');
SELECT throws_ok($$UPDATE pdauth.plan SET purposes = '{everything}'$$, 'PD004', NULL, 'R-10-3: nor does a superuser');
SET LOCAL session_replication_role = replica;
SELECT throws_ok($$UPDATE pdauth.plan SET purposes = '{everything}'$$, 'PD004', NULL, 'R-10-3: not even as a replica');
RESET session_replication_role;

SAVEPOINT v2;
SELECT t.works('km_center_1', $$INSERT INTO pdauth.plan (number, version, previous_id, classification, change_reason, division, agency_party) SELECT number, 2, plan_id, 'minor', 'typing error', division, agency_party FROM pdauth.plan$$, 'R-10-3: a change is a version of its own, a draft');
SELECT is((SELECT string_agg(state, ',' ORDER BY version) FROM pdauth.plan), 'approved,draft', 'R-10-3: ... beside the approved one');
ROLLBACK TO v2;

-- R-10-6, R-10-7
SELECT t.sees('km_center_1', $$SELECT concat_ws(' ', rule, debtor, creditor, matter, event_date, due, status) FROM pdauth.my_duty$$, 'R-10-6 km_center yn_bureau plan K-1 2026-09-22 2026-10-27 open', 'R-10-6: approval opens the duty to file within 20 working days');
SELECT t.sees('dl_bureau_1', 'SELECT count(*) FROM pdauth.my_duty', '0', 'R-10-6: others do not see it');
SELECT t.at('2026-10-27 23:59:59');
SELECT t.sees('km_gov_1', 'SELECT status FROM pdauth.my_duty WHERE rule = ''R-10-6''', 'due soon', 'R-10-6: not overdue on the last day');
SELECT t.at('2026-10-28 00:00');
SELECT t.sees(who, $$SELECT flag FROM pdauth.my_duty WHERE rule = 'R-10-6' AND status = 'overdue'$$, 'PD106', 'R-10-6: overdue from midnight, seen by ' || who) FROM unnest('{km_center_1,km_bureau_1,km_gov_1,yn_bureau_1}'::text[]) AS who;
SELECT throws_ok($$UPDATE pdauth.obligation SET event_date = '2026-10-01'$$, 'PD254', NULL, 'R-10-6: the clock is not moved');
SELECT throws_ok($$DELETE FROM pdauth.obligation$$, 'PD254', NULL, 'R-10-6: nor deleted');
CREATE FUNCTION t.file(number text, addressee text, document text DEFAULT 'approval') RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.filing (number, life_cycle, object_id, division, filer_party, addressee_party, approval_document) VALUES (%L, ''plan'', t.plan_id(''K-1''), ''530100'', t.id(''km_center''), t.id(%L), %L)', number, addressee, document) $$;
SELECT t.at('2026-10-19 09:00');
SELECT t.refused('km_center_1', t.file('F-1', 'km_bureau'), 'R-10-7: a filing addressed to the prefecture', 'goes to yn_bureau');
SELECT t.refused('km_center_1', t.file('F-1', 'yn_bureau', ' '), 'R-10-7: a filing without the approval document');
SELECT t.refused('dl_center_1', t.file('F-1', 'yn_bureau'), 'R-10-7: a filing by somebody else''s agency');
SELECT t.refused('km_bureau_1', t.file('F-1', 'yn_bureau'), 'R-10-7: a filing by the prefecture');
SELECT t.refused('km_center_1', replace(replace(t.file('F-1', 'yn_bureau'), 'approval_document)', 'approval_document, state)'), '''approval'')', '''approval'', ''received'')'), 'R-10-7: a filing that says itself that it was received');
SELECT t.works('km_center_1', t.file('F-1', 'yn_bureau'), 'R-10-7: a complete filing to the bureau');
SELECT t.sees('km_center_1', 'SELECT status FROM pdauth.my_duty WHERE rule = ''R-10-6''', 'fulfilled', 'R-10-6: filing in time closes the duty');
SELECT t.refused('km_center_1', $$UPDATE pdauth.filing SET state = 'received'$$, 'R-10-7: only the bureau receives it');
SELECT t.refused('yn_bureau_1', $$UPDATE pdauth.filing SET state = 'returned'$$, 'R-10-7: a return has reasons', 'act_reason');
SELECT t.works('yn_bureau_1', $$UPDATE pdauth.filing SET state = 'returned', act_reason = 'annex missing'$$, 'R-10-7: the bureau returns it on day 14');
SELECT t.at('2026-10-28 00:00');
SELECT t.sees('yn_bureau_1', $$SELECT flag || ' ' || due FROM pdauth.my_duty WHERE rule = 'R-10-6' AND status = 'overdue'$$, 'PD106 2026-10-27', 'R-10-6: a returned filing does not stop the clock');
SELECT t.act('km_center_1', t.file('F-2', 'yn_bureau'));
SELECT t.sees('yn_bureau_1', $$SELECT string_agg(status, ', ' ORDER BY obligation_id) FROM pdauth.my_duty WHERE rule = 'R-10-6'$$, 'fulfilled, fulfilled late', 'R-10-6: late filing is late, and valid');
SELECT t.sees('yn_bureau_1', $$SELECT state FROM pdauth.plan$$, 'approved', 'R-10-6: ... without effect on the plan');
SELECT t.act('yn_bureau_1', $$UPDATE pdauth.filing SET state = 'received' WHERE number = 'F-2'$$);
SELECT t.draft_plan('P-1', 'yn_center', '530000');
SELECT t.approve_plan('P-1', 'yn_center', 'yn_gov');
SELECT t.sees('yn_center_1', 'SELECT count(*) FROM pdauth.my_duty', '0', 'R-10-7: a provincial plan owes no filing');

-- R-10-4, R-10-5
SELECT t.draft_plan('K-1', 'km_center', '530100', '{transport/traffic_flow,transport/vehicle_reg}', 2, 'minor', 'one more');
SELECT t.refused('km_center_1', $$UPDATE pdauth.plan SET state = 'submitted' WHERE version = 2$$, 'R-10-4: a resource more is no minor change', 'resource transport/vehicle_reg');
SELECT t.act('km_center_1', $$UPDATE pdauth.plan SET classification = 'major' WHERE version = 2$$), t.submit_plan('K-1 version 2', 'km_center');
SELECT t.refused('km_center_2', $$UPDATE pdauth.plan SET state = 'approved' WHERE version = 2$$, 'R-10-4: a major change does not come into force by the agency alone');
SELECT t.refused('km_center_1', t.select('K-1 version 2'), 'R-10-2: nothing is carried out on it before it is approved');
SELECT t.selection('X-1', 'K-1', 'km_center');
SELECT t.refused('km_center_1', format($$INSERT INTO pdauth.operating_agreement (number, plan_id, selection_id, division, agency_party, operator_party, term, scope)
  VALUES ('A-2', %s, %s, '530100', t.id('km_center'), t.id('op_a'), '[2026-12-01,2031-12-01)', t.traffic_scope('530100', path => 'transport/vehicle_reg')::pdauth.license_scope)$$, t.plan_id('K-1 version 2'), t.selection_id('X-1')),
  'R-10-4: no agreement uses what only the new version allows');
SELECT lives_ok($$SELECT t.argue_plan('K-1 version 2', 'km_center'), t.send_plan('K-1 version 2', 'km_center'), t.act('km_gov_1', t.step('K-1 version 2', 'approved'))$$, 'R-10-4: through the whole procedure it is approved');
SELECT ok(NOT pdauth.plan_in_force(t.plan_id('K-1')) AND pdauth.plan_in_force(t.plan_id('K-1 version 2')), 'R-10-4: and takes the place of the old version');
SELECT is((SELECT count(*)::int FROM pdauth.my_duty WHERE matter = 'plan K-1 version 2' AND status = 'open'), 1, 'R-10-6: an approved major version has its own clock');
SELECT t.draft_plan('K-1', 'km_center', '530100', '{transport/traffic_flow,transport/vehicle_reg}', 3, 'minor');
SELECT t.act('km_center_1', $$UPDATE pdauth.plan_item SET content = 'name, without the typing error' WHERE number = 1 AND plan_id = t.plan_id('K-1 version 3')$$);
SELECT t.refused('km_center_1', $$UPDATE pdauth.plan SET state = 'submitted' WHERE version = 3$$, 'R-10-5: a minor change has a reason');
SELECT t.act('km_center_1', $$UPDATE pdauth.plan SET change_reason = 'typing error' WHERE version = 3$$), t.submit_plan('K-1 version 3', 'km_center');
SELECT t.refused('km_center_1', $$UPDATE pdauth.plan SET state = 'approved' WHERE version = 3$$, 'R-10-5: and a second person who approves it');
SELECT t.works('km_center_2', $$UPDATE pdauth.plan SET state = 'approved' WHERE version = 3$$, 'R-10-5: then it is in force');
SELECT t.sees(who, $$SELECT count(*) FROM pdauth.transition WHERE object = 'plan K-1 version 3' AND to_state = 'approved'$$, '1', 'R-10-5: ' || who || ' sees who approved it') FROM unnest('{km_gov_1,yn_bureau_1}'::text[]) AS who;
SELECT * FROM finish();
ROLLBACK;
