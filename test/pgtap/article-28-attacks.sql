-- Articles 28 and 29 under attack: data that flows without what it rests on,
-- acts outside one's territory, facts dated as it suits.
BEGIN;
\set unsecured 1
\ir include/fixture.sql
\unset unsecured
\ir include/authorisation.sql
\ir include/request.sql
\ir include/development.sql
SELECT no_plan();
SELECT t.at('2026-09-01 09:00');
SELECT t.developer();
SELECT t.at('2026-11-23 09:00');

-- R-28-1, R-28-4, R-29-1: a granted request delivers data to the operator
SELECT t.standard('yn_bureau'), t.in_scope('transport/traffic_flow', 'yn_transport'), t.scenario('C-1'), t.draft_request('Q-1');
SELECT t.act('op_a_1', t.submit_request('Q-1')), t.act('yn_transport_1', t.approve_request('Q-1')), t.act('yn_bureau_1', t.approve_request('Q-1'));
SELECT t.refused('yn_bureau_1', t.grant_request('Q-1'), 'R-28-1: no data for the operator before the agency has its documents', 'Missing of km_center');
SELECT t.secure('km_center');
CREATE TABLE t.operator_document AS SELECT i.title FROM pdauth.item_list('security_documents_operator', '530100') AS i;
GRANT SELECT ON t.operator_document TO op_a_1;
SELECT t.refused('yn_bureau_1', t.grant_request('Q-1'), 'R-28-4: nor before the operator has', 'Missing of op_a');
SELECT t.act('op_a_1', $$INSERT INTO pdauth.security_document (owner_party, kind, version, document, digest, effective_from) SELECT t.id('op_a'), i.title, 1, 'rules', 'sm3:' || repeat('0', 64), '2026-01-01' FROM t.operator_document AS i$$);
SELECT t.refused('yn_bureau_1', t.grant_request('Q-1'), 'R-29-1: nor without an emergency plan', 'op_a has no emergency plan');
SELECT t.emergency_plan('E-1', 'op_a', '[2026-11-01,2026-11-23)');
SELECT t.refused('yn_bureau_1', t.grant_request('Q-1'), 'R-29-1: one that ran out yesterday is none');
SELECT t.emergency_plan('E-2', 'op_a');
SELECT t.works('yn_bureau_1', t.grant_request('Q-1'), 'R-29-1: with it the data flows');
SELECT isnt((SELECT count(*)::int FROM pdauth.license), 0, 'R-29-1: ... by a license');

-- R-28-3: an audit rests on a part of the log that is there
CREATE FUNCTION t.audit(period text) RETURNS text LANGUAGE sql AS $$ SELECT format('INSERT INTO pdauth.operator_audit (agreement_id, audited_on, log_period, findings, document, digest) VALUES (t.agreement_id(''A-1''), ''2026-11-23'', %L, ''none'', ''report'', ''sm3:'' || repeat(''0'', 64))', period) $$;
SELECT t.refused('km_center_1', t.audit(p), 'R-28-3: an audit of the log of ' || p, 'range of the log') FROM unnest('{"(,)","[2026-09-01,)","[,2026-10-01)","[2026-09-01,2027-09-01)","[-infinity,2026-10-01)"}'::text[]) AS p;
SELECT t.works('km_center_1', t.audit('[2026-09-01,2026-11-01)'), 'R-28-3: of two months that are over');
SELECT throws_ok($$SELECT t.act('km_center_1', replace(t.audit('[2026-09-01,2026-11-01)'), '''none''', '''' || chr(8203) || chr(12288) || ''''))$$, '23514', NULL, 'R-28-3: what looks empty is no finding');

-- R-28-9: monitoring of each day, on the day
CREATE FUNCTION t.monitored(day text) RETURNS text LANGUAGE sql AS $$ SELECT format('INSERT INTO pdauth.platform_monitoring (component_id, monitored_on, findings) SELECT component_id, %L, ''none'' FROM pdauth.platform_component WHERE component = ''portal''', day) $$;
SELECT t.at('2026-11-26 09:00');
SELECT t.sees('yn_bureau_1', $$SELECT string_agg(day::text, ', ' ORDER BY day) FROM pdauth.platform_monitoring_gap WHERE component = 'portal'$$, '2026-11-23, 2026-11-24, 2026-11-25', 'R-28-9: a component that nobody ever looked at has gaps from its first day');
SELECT t.refused('yn_bureau_1', t.monitored('2026-11-25'), 'X-3: what was not monitored is not filled in later');
SELECT t.works('yn_bureau_1', t.monitored('2026-11-26'), 'R-28-9: today it is');
SELECT t.at('2026-11-27 09:00');
SELECT t.sees('yn_bureau_1', $$SELECT count(*)::text FROM pdauth.platform_monitoring_gap WHERE component = 'portal'$$, '3', 'R-28-9: ... and leaves no gap');

-- R-29-2: a drill of another day rests on a document
SELECT t.refused('op_a_1', $$INSERT INTO pdauth.emergency_drill (emergency_plan_id, drilled_on, scenario, participants, findings) SELECT emergency_plan_id, '2026-11-20', 'leak', 'ten', 'none' FROM pdauth.emergency_plan WHERE number = 'E-2'$$, 'X-3: a drill of last week without a document', 'document');
SELECT t.works('op_a_1', $$INSERT INTO pdauth.emergency_drill (emergency_plan_id, drilled_on, scenario, participants, findings, document) SELECT emergency_plan_id, '2026-11-20', 'leak', 'ten', 'none', 'minutes' FROM pdauth.emergency_plan WHERE number = 'E-2'$$, 'R-29-2: with one it counts');

-- R-28-10: an authority acts in its territory, on what there is
SELECT t.party('dl_cac', 'government', '532900', 'security', '532900');
CREATE FUNCTION t.freeze(number text, authority text, division text, objects text, addressee text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.security_instruction (number, division, authority_party, kind, %s, addressee_party, content, act_document, act_digest) VALUES (%L, %L, t.id(%L), ''freeze'', %L, t.id(%L), ''stop'', ''order'', ''sm3:'' || repeat(''0'', 64))',
    CASE WHEN objects LIKE 'P%' THEN 'products' ELSE 'resources' END, number, division, authority, coalesce(nullif('{' || objects || '}', '{}'), '{}'), addressee) $$;
SELECT t.operator_product('P-1');
SELECT t.refused('dl_cac_1', t.freeze('F-1', 'dl_cac', '532900', 'transport/traffic_flow'), 'R-28-10: the authority of Dali freezes nothing of the province', 'outside');
SELECT t.refused('dl_cac_1', t.freeze('F-1', 'dl_cac', '532900', 'P-1'), 'R-28-10: nor a product of Kunming', 'outside');
SELECT t.refused('dl_cac_1', t.freeze('F-1', 'dl_cac', '532900', '', 'op_a'), 'R-28-10: nor a party of the province altogether', 'outside');
SELECT t.refused('yn_cac_1', t.freeze('F-1', 'yn_cac', '530000', 'P1'), 'R-28-10: a freeze of what there is not would stop nothing', 'no resource or product P1');
SELECT t.refused('yn_cac_1', t.freeze('F-1', 'yn_cac', '530000', 'transport/traffic'), 'R-28-10: ... by a path neither');
SELECT t.works('yn_cac_1', t.freeze('F-1', 'yn_cac', '530000', 'P-1'), 'R-28-10: the authority of the province freezes it');
SELECT t.works('yn_cac_1', t.freeze('F-2', 'yn_cac', '530000', '', 'op_a'), 'R-28-10: and a party of its territory');

-- R-28-7: who assesses, for whom, and by which figure
SELECT t.resource('health/health_visit', 'yn_health');
CREATE FUNCTION t.assessment(number text, assessor text, division text, beneficiary text DEFAULT 'op_a', minimum int DEFAULT 10) RETURNS text LANGUAGE sql AS $$
  SELECT format($q$INSERT INTO pdauth.linkage_assessment (number, division, assessor_party, user_party, resources, valid, group_minimum, conclusion)
    VALUES (%L, %L, t.id(%L), t.id(%L), '{transport/traffic_flow,health/health_visit}', '[2026-11-01,2026-12-15)', %s, 'acceptable');
    UPDATE pdauth.linkage_assessment SET state = 'concluded', %s WHERE number = %1$L$q$, number, division, assessor, beneficiary, minimum, t.document('L')) $$;
SELECT t.refused('dl_bureau_1', t.assessment('L-1', 'dl_bureau', '532900'), 'R-28-7: an authority does not assess data of others', 'does not assess');
SELECT t.refused('dl_center_1', t.assessment('L-1', 'dl_center', '532900'), 'R-28-7: nor does an agency for an operator that is not its own', 'does not assess');
SELECT t.act('yn_bureau_1', $$INSERT INTO pdauth.pack_override (number, rule, division, kind, name, value, unit, period, citation, reason) VALUES ('O-1', 'R-28-7', '532900', 'figure', 'min_group_size', '2', 'persons', '[2026-11-27,)', 'law', 'local')$$),
       t.act('yn_bureau_2', $$UPDATE pdauth.pack_override SET approved = true$$);
SELECT t.refused('yn_bureau_1', t.assessment('L-1', 'yn_bureau', '532900', minimum => 2), 'R-28-7: the figure is that of the data, not of the division written down', 'at least 10');
SELECT t.works('km_center_1', t.assessment('L-1', 'km_center', '530100'), 'R-28-7: the agency assesses for its operator');
SELECT is(pdauth.linkage_assessed('{health/health_visit,transport/traffic_flow}', t.id('op_a')), 10, 'R-28-7: groups of ten');
SELECT t.act('yn_bureau_1', $$INSERT INTO pdauth.pack_parameter (pack, kind, name, value, unit, source, reason, effective_from) VALUES ('yn-draft-2025-07-24', 'figure', 'min_group_size', '20', 'persons', 's', 'r', '2026-11-28')$$),
       t.act('yn_bureau_2', $$UPDATE pdauth.pack_parameter SET approved = true WHERE name = 'min_group_size' AND value = '20'$$);
SELECT is(pdauth.linkage_assessed('{health/health_visit,transport/traffic_flow}', t.id('op_a')), 10, 'R-28-7: until the new figure counts');
SELECT t.at('2026-11-28 09:00');
SELECT is(pdauth.linkage_assessed('{health/health_visit,transport/traffic_flow}', t.id('op_a')), 20, 'X-6: a figure that protects more counts for assessments made before it');
SELECT * FROM finish();
ROLLBACK;
