-- Article 29: emergency plans, drills, incidents.
BEGIN;
\set unsecured 1
\ir include/fixture.sql
\unset unsecured
\ir include/authorisation.sql
\ir include/development.sql
SELECT no_plan();
SELECT t.secure(p) FROM unnest('{km_center,op_a}'::text[]) AS p;
SELECT t.at('2026-09-01 09:00');
SELECT t.license_on_agreement();
SELECT t.developer();
SELECT t.at('2026-11-23 09:00');
SELECT t.operator_product('P-1'), t.act('op_a_1', t.tariff('P-1', 1, 'public', 0));
SET LOCAL pdauth.purpose = '产业发展/车险';

-- R-29-5: before delivery
SELECT t.act('dev_x_1', $$INSERT INTO pdauth.security_document (owner_party, kind, version, document, digest, effective_from) VALUES (t.id('dev_x'), 'whole-process data security management', 1, 'rules', 'sm3:' || repeat('0', 64), '2026-01-01')$$);
SELECT t.refused('op_a_1', t.deliver('P-1', 'D-1', 'public', 1, 0), 'R-29-5: a developer without an emergency plan', 'dev_x');
SELECT t.emergency_plan('E-1', 'dev_x', '[2026-11-01,2026-11-23)');
SELECT t.refused('op_a_1', t.deliver('P-1', 'D-1', 'public', 1, 0), 'R-29-5: one that ran out yesterday is none');
SELECT t.emergency_plan('E-2', 'dev_x');
SELECT t.works('op_a_1', t.deliver('P-1', 'D-1', 'public', 1, 0), 'R-29-5: with its plan it is delivered to');

-- R-29-1
SELECT t.refused('op_b_1', $$INSERT INTO pdauth.emergency_plan (number, owner_party, division, term) VALUES ('E-3', t.id('op_a'), '530000', '[2026-11-01,)')$$, 'R-29-1: nobody makes a plan for another');
SELECT t.refused('op_b_1', $$INSERT INTO pdauth.emergency_plan (number, owner_party, division, term, state) VALUES ('E-3', t.id('op_b'), '530000', '[2026-11-01,)', 'in force')$$, 'R-29-1: a plan begins as a draft');
SELECT t.act('op_b_1', $$INSERT INTO pdauth.emergency_plan (number, owner_party, division, term) VALUES ('E-3', t.id('op_b'), '530000', '[2026-11-01,)')$$);
SELECT t.refused('op_b_1', $$UPDATE pdauth.emergency_plan SET state = 'in force' WHERE number = 'E-3'$$, 'R-29-1: without its document it is not in force', 'act_document');

-- R-29-2
SELECT t.act('op_b_1', $$UPDATE pdauth.emergency_plan SET state = 'ended', act_reason = 'r' WHERE number = 'x'$$);
SELECT t.at('2026-12-01 09:00'), t.emergency_plan('E-4', 'op_b', '[2026-12-01,2030-01-01)');
SELECT t.at('2027-12-01 23:59');
SELECT t.sees('op_b_1', $$SELECT status FROM pdauth.my_duty WHERE rule = 'R-29-2' AND matter LIKE '%E-4'$$, 'due soon', 'R-29-2: until 1 December of the next year nothing is late');
SELECT t.at('2027-12-02 00:00');
SELECT t.sees('yn_bureau_1', $$SELECT flag || ' ' || status FROM pdauth.my_duty WHERE rule = 'R-29-2' AND matter LIKE '%E-4'$$, 'PD292 overdue', 'R-29-2: then the drill is flagged, to the supervisor too');
CREATE FUNCTION t.drill(plan text, day text) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.emergency_drill (emergency_plan_id, drilled_on, scenario, participants, findings) SELECT emergency_plan_id, %L, ''leak'', ''ten'', ''none'' FROM pdauth.emergency_plan WHERE number = %L', day, plan) $$;
SELECT t.refused('yn_center_1', $$INSERT INTO pdauth.emergency_drill (emergency_plan_id, drilled_on, scenario, participants, findings) SELECT (pdauth.my_duty.obligation_id), '2027-12-01', 's', 'p', 'f' FROM pdauth.my_duty RIGHT JOIN (VALUES (1)) AS v ON false$$, 'R-29-2: nobody drills a plan of another');
SELECT throws_ok($$SELECT t.act('op_b_1', t.drill('E-4', '2027-12-03'))$$, 'PD003', NULL, 'R-29-2: a drill of tomorrow has not been held');
SELECT t.sees('yn_bureau_1', $$SELECT concat_ws(' ', emergency_plan, drill_due, drill_overdue) FROM pdauth.security_standing WHERE party = 'op_b'$$, 'E-4 2027-12-01 t', 'R-29-2: the supervisor sees it with the plan');
SELECT t.works('op_b_1', t.drill('E-4', '2027-12-02'), 'R-29-2: it is held');
SELECT t.sees('op_b_1', $$SELECT string_agg(status || ' ' || due, ', ' ORDER BY obligation_id) FROM pdauth.my_duty WHERE rule = 'R-29-2' AND matter LIKE '%E-4'$$, 'fulfilled late 2027-12-01, open 2028-12-04', 'R-29-2: late, and the next is due within twelve months of it');

-- R-29-3
SELECT t.at('2026-11-23 10:00');
SELECT t.governed_table('traffic_raw', 'transport/traffic_flow');
GRANT SELECT ON t.traffic_raw TO op_a_1, op_a_2;
SELECT t.sees('op_a_1', 'SELECT count(*) FROM t.traffic_raw', '1', 'R-29-3: before an incident the operator reads');
PREPARE before AS SELECT count(*) FROM t.traffic_raw;
SET ROLE op_a_1; EXECUTE before; RESET ROLE;
CREATE FUNCTION t.incident(number text, rest text DEFAULT '') RETURNS text LANGUAGE sql AS $$
  SELECT format($q$INSERT INTO pdauth.incident (number, division, agency_party, operator_party, kind, summary, resources, response_team, detected_at)
    VALUES (%L, '530100', t.id('km_center'), t.id('op_a'), 'leak', 'a file was found', '{transport/traffic_flow}', '{op_a_2}', '2026-11-23 09:50+08')$q$, number) || rest $$;
SELECT t.refused('op_b_1', t.incident('I-0'), 'R-29-3: an operator opens no incident of another');
SELECT t.refused('op_a_1', replace(t.incident('I-0'), 'transport/traffic_flow', 'transport/nothing'), 'R-29-3: an incident about nothing');
SELECT t.resource('health/health_visit', 'yn_health');
SELECT t.refused('op_a_1', replace(t.incident('I-0'), 'transport/traffic_flow', 'health/health_visit'), 'R-29-3: an operator freezes nothing that was not authorised to it', 'nothing to do with');
SELECT t.refused('op_a_1', replace(t.incident('I-0'), 'transport/traffic_flow', 'transport'), 'R-29-3: nor what lies around it');
SELECT t.refused('op_a_1', replace(t.incident('I-0'), 'km_center', 'dl_center'), 'R-29-3: nor is it reported to an agency of no concern', 'no operating agreement');
SELECT t.works('op_a_1', t.incident('I-1'), 'R-29-3: it is opened');
SELECT t.at('2026-11-23 10:01');
SELECT t.refused('op_a_1', 'SELECT count(*) FROM t.traffic_raw', 'R-29-3: from the next statement on the operator reads nothing');
SET ROLE op_a_1;
SELECT throws_ok('EXECUTE before', 'PD293', NULL, 'R-29-3: nor by a statement prepared before');
RESET ROLE;
SELECT t.sees('op_a_2', 'SELECT count(*) FROM t.traffic_raw', '1', 'R-29-3: the response team does');
INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES ('yn_transport_1', 'transport', 'Article 4');
GRANT SELECT, DELETE ON t.traffic_raw TO yn_transport_1;
SELECT t.refused('yn_transport_1', 'SELECT count(*) FROM t.traffic_raw', 'R-29-3: the department that keeps the data is stopped as well');
SELECT t.refused('yn_transport_1', 'DELETE FROM t.traffic_raw', 'R-29-3: and does not remove anything');
CREATE VIEW t.lent AS SELECT * FROM t.traffic_raw;
ALTER VIEW t.lent OWNER TO op_a_1;
GRANT SELECT ON t.lent TO op_a_2;
SELECT t.refused('op_a_2', 'SELECT count(*) FROM t.lent', 'R-29-3: what the response team reads with another''s rights is not its own');
SELECT t.sees('op_a_1', $$SELECT status FROM pdauth.incident_clock_status WHERE rule = 'R-29-3'$$, 'open', 'R-29-3: the plan is to be activated');
SELECT t.at('2026-11-23 10:51');
SELECT t.sees('yn_cac_1', $$SELECT flag || ' ' || status FROM pdauth.incident_clock_status WHERE rule = 'R-29-3'$$, 'PD293 overdue', 'R-29-3: an hour after the detection it is late');
SELECT throws_ok($$SELECT t.act('op_a_1', $q$UPDATE pdauth.incident SET activated_at = '2026-11-23 11:00+08'$q$)$$, 'PD003', NULL, 'R-29-3: a time to come is none');
SELECT t.act('op_a_1', $$UPDATE pdauth.incident SET activated_at = '2026-11-23 10:45+08', activation_document = 'call log'$$);
SELECT t.sees('op_a_1', $$SELECT coalesce(flag, '-') || ' ' || status FROM pdauth.incident_clock_status WHERE rule = 'R-29-3'$$, '- fulfilled', 'R-29-3: it was activated in time');
SELECT t.refused('op_a_1', $$UPDATE pdauth.incident SET resources = '{transport/vehicle_reg}'$$, 'R-29-6: what is frozen does not drop out of the record');

-- R-29-4
SELECT t.at('2026-11-23 10:59');
CREATE FUNCTION t.report(recipient text, incident text DEFAULT 'I-1') RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.incident_report (incident_id, recipient_party, content) SELECT incident_id, t.id(%L), ''what happened'' FROM pdauth.incident WHERE number = %L', recipient, incident) $$;
SELECT t.sees('km_center_1', $$SELECT string_agg(recipient || ' ' || status || ' ' || to_char(due_at AT TIME ZONE 'Asia/Shanghai', 'HH24:MI'), ', ' ORDER BY recipient) FROM pdauth.incident_clock_status WHERE rule = 'R-29-4'$$,
  'km_bureau open 14:00, km_center open 11:00, yn_cac open 14:00, yn_transport open 14:00', 'R-29-4: one clock for each recipient');
SELECT t.at('2026-11-23 11:00:01');
SELECT t.sees('km_center_1', $$SELECT flag FROM pdauth.incident_clock_status WHERE recipient = 'km_center'$$, 'PD294', 'R-29-4: an hour after the opening the report to the agency is flagged');
SELECT t.at('2026-11-23 11:30');
SELECT throws_ok($$SELECT t.act('km_center_1', t.report('km_center'))$$, 'PD294', NULL, 'R-29-4: nobody reports for the operator');
SELECT t.works('op_a_1', t.report('km_center'), 'R-29-4: the operator reports');
SELECT t.sees('op_a_1', $$SELECT flag || ' ' || status FROM pdauth.incident_clock_status WHERE recipient = 'km_center'$$, 'PD294 fulfilled late', 'R-29-4: late, and the flag stays');

SELECT t.sees('km_center_1', $$SELECT concat_ws(' ', incident, operator, state, overdue_clocks) FROM pdauth.incident_status$$, 'I-1 op_a opened 0', 'R-29-4: the agency sees where it stands');
SELECT t.sees('op_b_1', 'SELECT count(*) FROM pdauth.incident_status', '0', 'R-29-4: others do not');
-- a figure that is changed does not move a clock that runs
SELECT t.act('yn_bureau_1', $$INSERT INTO pdauth.pack_parameter (pack, kind, name, value, unit, source, reason, effective_from) VALUES ('yn-draft-2025-07-24', 'figure', 'report_authority_minutes', '30', 'minutes', 's', 'r', '2026-11-23')$$),
       t.act('yn_bureau_2', $$UPDATE pdauth.pack_parameter SET approved = true WHERE name = 'report_authority_minutes' AND value = '30'$$);
SELECT t.sees('op_a_1', $$SELECT string_agg(DISTINCT status, ',') FROM pdauth.incident_clock_status WHERE recipient <> 'km_center'$$, 'open', 'R-29-4: clocks that run keep their figure');
SELECT t.act('op_a_1', t.incident('I-2'));
SELECT t.sees('op_a_1', $$SELECT to_char(due_at AT TIME ZONE 'Asia/Shanghai', 'HH24:MI') FROM pdauth.incident_clock_status WHERE incident = 'I-2' AND recipient = 'yn_cac'$$, '12:00', 'R-29-4: new ones have the new one');

-- R-29-6
SELECT t.act('op_a_1', $$UPDATE pdauth.incident SET state = 'contained', effect = 'one file', measures = 'keys revoked', danger_removed_at = '2026-11-23 11:00+08' WHERE number = 'I-1'$$);
CREATE FUNCTION t.close() RETURNS text LANGUAGE sql AS $$ SELECT 'UPDATE pdauth.incident SET state = ''closed'', act_reason = ''release'', ' || t.document('release') || ' WHERE number = ''I-1''' $$;
SELECT t.refused('op_a_1', t.close(), 'R-29-6: cause and reports are missing', 'Missing: cause, report to');
SELECT t.act('op_a_1', t.report(r)) FROM unnest('{km_bureau,yn_cac,yn_transport}'::text[]) AS r;
SELECT t.refused('op_a_1', $$UPDATE pdauth.incident SET state = 'closed' WHERE number = 'I-1'$$, 'R-29-6: without a release decision', 'act_document');
SELECT t.refused('op_a_1', $$DELETE FROM pdauth.incident_report$$, 'R-25-4: a report stays');
SELECT t.refused('op_a_1', $$DELETE FROM pdauth.incident$$, 'R-25-4: an incident stays');
SELECT t.refused('op_a_1', $$UPDATE pdauth.incident SET cause = ' ' WHERE number = 'I-1'; $$ || t.close(), 'R-29-6: a blank cause is none', 'Missing: cause');
SELECT t.act('op_a_1', $$UPDATE pdauth.incident SET cause = 'a lost disk' WHERE number = 'I-1'$$);
SELECT t.works('op_a_1', t.close(), 'R-29-6: with everything on record it is closed');
SELECT t.refused('op_a_1', 'SELECT count(*) FROM t.traffic_raw', 'R-29-3: the other incident still holds');
SELECT t.act('op_a_1', $$UPDATE pdauth.incident SET state = 'contained', activated_at = '2026-11-23 11:00+08', activation_document = 'call log', cause = 'c', effect = 'e', measures = 'm', danger_removed_at = '2026-11-23 11:10+08' WHERE number = 'I-2'$$);
SELECT t.act('op_a_1', t.report(r, 'I-2')) FROM unnest('{km_center,km_bureau,yn_cac,yn_transport}'::text[]) AS r;
SELECT t.act('km_center_1', replace(t.close(), 'I-1', 'I-2'));
SELECT t.sees('op_a_1', 'SELECT count(*) FROM t.traffic_raw', '1', 'R-29-6: released, it is read again');

-- R-29-5: an incident at a developer
SELECT t.act('dev_x_1', $$INSERT INTO pdauth.incident (number, division, agency_party, operator_party, developer_party, kind, summary, products, detected_at)
  VALUES ('I-3', '530100', t.id('km_center'), t.id('op_a'), t.id('dev_x'), 'leak', 's', '{P-1}', '2026-11-23 11:20+08')$$);
SELECT t.sees('op_a_1', $$SELECT string_agg(concat_ws(' ', rule, debtor, recipient), ', ' ORDER BY recipient) FROM pdauth.incident_clock_status WHERE incident = 'I-3'$$, 'R-29-5 dev_x op_a, R-29-5 dev_x', 'R-29-5: the developer acts, and reports to the operator');
SELECT t.at('2026-11-23 12:31');
SELECT t.sees('dev_x_1', $$SELECT flag FROM pdauth.incident_clock_status WHERE incident = 'I-3' AND recipient = 'op_a'$$, 'PD295', 'R-29-5: a report that is not made is flagged');
SELECT t.act('dev_x_1', t.report('op_a', 'I-3'));
SELECT t.sees('op_a_1', $$SELECT string_agg(to_char(due_at AT TIME ZONE 'Asia/Shanghai', 'HH24:MI'), ',') FROM pdauth.incident_clock_status WHERE incident = 'I-3' AND recipient = 'km_center'$$, '13:31', 'R-29-5: with it the operator''s own clocks begin');

-- R-29-7; refusals of other tests do not count
SELECT pdauth.audit_wait();
-- the worker does not look meanwhile
UPDATE pdauth.detection SET looked_at = clock_timestamp();
DELETE FROM pdauth.detection_due;
DELETE FROM pdauth.denied_attempt;
INSERT INTO pdauth.denied_attempt SELECT 'op_a_1', 'postgres', clock_timestamp() - make_interval(secs => n) FROM generate_series(1, 49) AS n;
INSERT INTO pdauth.denied_attempt SELECT 'op_a_1', 'postgres', clock_timestamp() - make_interval(mins => 11);
INSERT INTO pdauth.denied_attempt SELECT 'somebody', 'postgres', clock_timestamp() - make_interval(days => n) FROM unnest('{2,30,32}'::int[]) AS n;
SELECT is(pdauth.detect_incidents(), 0, 'R-29-7: 49 refusals in ten minutes and one before');
SELECT is((SELECT count(*) FROM pdauth.denied_attempt WHERE role_name = 'somebody'), 2::bigint, 'R-29-7: refusals are remembered as long as a pack may count, and no longer');
SELECT t.sees('op_a_1', 'SELECT count(*) FROM t.traffic_raw', '1', 'R-29-7: ... stop nobody');
INSERT INTO pdauth.denied_attempt VALUES ('op_a_1', 'postgres', clock_timestamp());
SELECT is(pdauth.detect_incidents(), 1, 'R-29-7: the fiftieth makes a draft');
SELECT pdauth.detect_incidents();
SELECT t.sees('km_center_1', $$SELECT string_agg(concat_ws(' ', kind, subject, finding), '; ') FROM pdauth.incident_draft$$, 'denied attempts op_a_1 50 attempts refused in 10 minutes.', 'R-29-7: one, which the agency sees');
SELECT t.refused('op_a_1', 'SELECT count(*) FROM t.traffic_raw', 'R-29-7: the next statement of the person is stopped');
SELECT t.sees('op_a_2', 'SELECT count(*) FROM t.traffic_raw', '1', 'R-29-7: that of others is not');
SELECT t.sees('km_center_1', $$SELECT concat_ws(' ', kind, concerned) FROM pdauth.hold_status WHERE kind = 'denied attempts'$$, 'denied attempts op_a', 'R-29-7: what stops access is seen');
SELECT t.refused('op_a_1', $$UPDATE pdauth.incident_draft SET decision = 'no incident', decision_reason = 'it was me'$$, 'R-29-7: the person does not decide');
SELECT t.act('op_b_1', $$UPDATE pdauth.incident_draft SET decision = 'no incident', decision_reason = 'why not'$$);
SELECT is((SELECT decision FROM pdauth.incident_draft), NULL, 'R-29-7: nor another operator');
SELECT t.refused('op_a_2', $$UPDATE pdauth.incident_draft SET decision = 'incident', decision_reason = 'I-99'$$, 'R-29-7: an incident is opened before it is named');
SELECT t.refused('op_a_2', $$UPDATE pdauth.incident_draft SET finding = 'nothing'$$, 'R-29-6: a finding is not rewritten');
SELECT throws_ok($$SELECT t.act('op_a_2', $q$INSERT INTO pdauth.incident_draft (division, kind, subject, finding, decide_by) VALUES ('530000', 'broken chain', 's', 'f', now())$q$)$$, '42501', NULL, 'R-29-7: nor made up');
SELECT t.works('op_a_2', $$UPDATE pdauth.incident_draft SET decision = 'no incident', decision_reason = 'a broken client'$$, 'R-29-7: a colleague decides');
SELECT t.sees('op_a_1', 'SELECT count(*) FROM t.traffic_raw', '1', 'R-29-7: ... and access is released');
SELECT is(pdauth.detect_incidents(), 1, 'R-29-7: by the test''s clock the refusals are younger than the decision');
SELECT t.act('yn_transport_1', $$INSERT INTO pdauth.load_batch (resource_id, batch, channel, row_count, checksum, attested, loaded_on) VALUES (t.resource_id('transport/traffic_flow'), 'B-1', 'public data platform', 100, 'c1', 'y', '2026-11-23')$$);
SELECT t.refused('op_a_2', $$SELECT pdauth.verify_batch('transport/traffic_flow', 'B-1', 'c2')$$, 'R-29-7: an operator checks no batches');
SELECT t.sees('yn_platform_1', $$SELECT pdauth.verify_batch('transport/traffic_flow', 'B-1', 'c1')$$, 'true', 'R-29-7: a batch that is what it was');
SELECT t.sees('yn_platform_1', $$SELECT pdauth.verify_batch('transport/traffic_flow', 'B-1', 'c2')$$, 'false', 'R-29-7: one that is not');
SELECT t.refused('op_a_2', 'SELECT count(*) FROM t.traffic_raw', 'R-29-7: ... stops the resource for all');

-- Holds themselves
SELECT throws_ok($$DELETE FROM pdauth.access_hold$$, 'PD254', NULL, 'R-25-4: a hold is not deleted, by a superuser either');
SELECT throws_ok($$UPDATE pdauth.access_hold SET resource = 'x', end_reason = 'r' WHERE ended_at IS NULL$$, 'PD254', NULL, 'R-25-4: nor changed');
SELECT throws_ok($$TRUNCATE pdauth.access_hold$$, 'PD254', NULL, 'R-25-4: nor emptied');
SELECT throws_ok($$SELECT t.act('op_a_1', 'INSERT INTO pdauth.incident_clock (incident_id, rule, debtor_party, due_at) SELECT incident_id, ''R-29-4'', operator_party, now() FROM pdauth.incident')$$, '42501', NULL, 'R-29-4: clocks are not written by hand');
SELECT throws_ok($$SELECT t.act('op_a_1', 'SELECT * FROM pdauth.access_hold')$$, '42501', NULL, 'R-25-4: who is held does not read the holds');
SELECT * FROM finish();
ROLLBACK;
