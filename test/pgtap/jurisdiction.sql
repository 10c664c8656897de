-- A sample of rules under the pack of Yunnan and under an invented one: what
-- differs is data.  And packs of the state, adopted or not.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
\ir include/development.sql
\ir include/other-jurisdiction.sql
SELECT no_plan();
SELECT t.at('2026-11-23 09:00');
-- the invented measure takes effect
SELECT t.act('qx_bureau_1', $$INSERT INTO pdauth.pack_parameter (pack, kind, name, value, source, reason, effective_from) VALUES ('qx-test', 'date', 'effective_date', '"2026-11-01"', 'promulgation', 'r', '2026-11-23')$$),
       t.act('qx_bureau_2', $$UPDATE pdauth.pack_parameter SET approved = true WHERE NOT approved$$);

-- the same statements, with the parties of the one or the other
CREATE FUNCTION t.qx(code text, qx boolean) RETURNS text LANGUAGE sql AS $$
  SELECT CASE WHEN NOT qx THEN code ELSE coalesce((SELECT v.other FROM (VALUES ('km_center', 'qx_center'), ('km_gov', 'qx_gov'), ('yn_transport', 'qx_transport'), ('op_a', 'qx_op'), ('530100', '630100'), ('530000', '630000'), ('K-1', 'QK-1'), ('X-1', 'QX-1'), ('A-1', 'QA-1'), ('A-2', 'QA-2')) AS v (code, other) WHERE v.code = qx.code), code) END $$;
CREATE FUNCTION t.territory(label text) RETURNS boolean LANGUAGE sql AS $$ SELECT label = 'qx' $$;

-- R-8-1, R-9-2: item lists
CREATE FUNCTION t.short_plan(qx boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  agency text := t.qx('km_center', qx);
  number text := t.qx('K-1', qx);
BEGIN
  PERFORM t.resource(CASE WHEN qx THEN 'qx/roads' ELSE 'transport/traffic_flow' END, t.qx('yn_transport', qx), false, t.qx('530000', qx));
  PERFORM t.act(agency || '_1', format($q$INSERT INTO pdauth.plan (number, division, agency_party, mode, purposes, term, benefit_statement) VALUES (%L, %L, t.id(%L), 'overall', '{产业发展}', '[2026-01-01,2036-01-01)', 'b');
    INSERT INTO pdauth.plan_item (plan_id, number, content) SELECT max(plan_id), n, 'text' FROM pdauth.plan, generate_series(1, 3) AS n GROUP BY n;
    INSERT INTO pdauth.plan_resource (plan_id, resource_id, columns, update_frequency, quality) SELECT max(plan_id), t.resource_id(%L), '{a,b}', '1 day', 'good' FROM pdauth.plan;
    INSERT INTO pdauth.plan_product (plan_id, product, use_class, form) SELECT max(plan_id), p, c, f FROM pdauth.plan, (VALUES ('road index', 'industry', 'interface'), ('road table', 'public', %L)) AS v (p, c, f) GROUP BY p, c, f$q$,
    number, t.qx('530100', qx), agency, CASE WHEN qx THEN 'qx/roads' ELSE 'transport/traffic_flow' END, CASE WHEN qx THEN 'table' ELSE 'report' END));
  RETURN format('UPDATE pdauth.plan SET state = ''submitted'' WHERE label = %L', number);
END $$;
SAVEPOINT yunnan;
SELECT t.refused('km_center_1', t.short_plan(false), 'R-8-1: a plan of three items is not whole in Yunnan', 'Missing: item 4');
ROLLBACK TO yunnan;
SELECT t.works('qx_center_1', t.short_plan(true), 'R-8-1: in the other jurisdiction it is');
SELECT t.act('qx_center_1', $$INSERT INTO pdauth.plan_argument (number, plan_id, division, agency_party, participants, conclusion) SELECT 'L-1', plan_id, division, agency_party, 'five', 'positive' FROM pdauth.plan WHERE label = 'QK-1'$$);
SELECT t.act('qx_center_1', format($$UPDATE pdauth.plan_argument SET state = 'held'; INSERT INTO pdauth.plan_argument_topic SELECT argument_id, 1, 'finding' FROM pdauth.plan_argument; UPDATE pdauth.plan_argument SET state = 'concluded', %s$$, t.document('a')));
SELECT t.works('qx_center_1', $$UPDATE pdauth.plan SET state = 'argued' WHERE label = 'QK-1'$$, 'R-9-2: one topic is all that its pack asks for');
SELECT t.send_plan('QK-1', 'qx_center');
SELECT t.act('qx_gov_1', format($$UPDATE pdauth.plan SET state = 'approved', %s WHERE label = 'QK-1'$$, t.document('approval')));
-- R-10-6: the clock
SELECT is((SELECT due::text FROM pdauth.my_duty WHERE rule = 'R-10-6' AND matter = 'plan QK-1'), '2026-12-02', 'R-10-6: seven working days for its filing');
SELECT t.resource('transport/traffic_flow', 'yn_transport');
SELECT t.draft_plan('K-1', 'km_center', '530100'), t.approve_plan('K-1', 'km_center', 'km_gov');
SELECT is((SELECT due::text FROM pdauth.my_duty WHERE rule = 'R-10-6' AND matter = 'plan K-1'), '2026-12-21', 'R-10-6: twenty in Yunnan');
-- R-11-2: words
SELECT t.refused(agency || '_1', format($$INSERT INTO pdauth.selection (number, plan_id, division, agency_party, method) SELECT 'S-9', plan_id, division, agency_party, %L FROM pdauth.plan WHERE label = %L$$, method, plan), 'R-11-2: ' || method || ' under plan ' || plan)
  FROM (VALUES ('km_center', 'K-1', 'auction'), ('qx_center', 'QK-1', 'open tender')) AS v (agency, plan, method);
SELECT t.works('qx_center_1', $$INSERT INTO pdauth.selection (number, plan_id, division, agency_party, method) SELECT 'QX-1', plan_id, division, agency_party, 'auction' FROM pdauth.plan WHERE label = 'QK-1'$$, 'R-11-2: auction is a method of the other pack');
SELECT t.selection('X-1', 'K-1', 'km_center');
SELECT t.act('qx_center_1', format($q$
    INSERT INTO pdauth.selection_consultation (selection_id, addressees, period, opinions, responses) VALUES (%1$s, 'departments and enterprises', '[2026-01-05,2026-01-10)', 'three opinions', 'two adopted');
    INSERT INTO pdauth.selection_invitation VALUES (%1$s, t.id('qx_op'));
    UPDATE pdauth.selection SET state = 'issued', %2$s WHERE number = 'QX-1';
    INSERT INTO pdauth.selection_finding SELECT %1$s, t.id('qx_op'), c, true, 'established' FROM unnest('{funds,management,technology,service,security}'::text[]) AS c;
    UPDATE pdauth.selection SET state = 'evaluated', selected_party = t.id('qx_op') WHERE number = 'QX-1'$q$, t.selection_id('QX-1'), t.document('documents')));
SELECT t.act('qx_center_1', format('UPDATE pdauth.selection SET state = ''selected'', %s WHERE number = ''QX-1''', t.document('result')));
-- R-11-7: a cap
CREATE FUNCTION t.insert_agreement(number text, plan text, selection text, operator text, scope text) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.operating_agreement (number, plan_id, selection_id, division, agency_party, operator_party, term, scope) SELECT %L, p.plan_id, t.selection_id(%L), p.division, p.agency_party, t.id(%L), ''[2026-12-01,2029-12-01)'', %L FROM pdauth.plan AS p WHERE p.label = %L', number, selection, operator, scope, plan) $$;
SELECT t.refused('qx_center_1', t.insert_agreement('QA-1', 'QK-1', 'QX-1', 'qx_op', t.traffic_scope('630100', '[2026-12-01,2029-12-01)', 'qx/roads')), 'R-11-7: three years are too long where two are the most', 'at most 2 years');
SELECT t.works('km_center_1', t.insert_agreement('A-1', 'K-1', 'X-1', 'op_a', t.traffic_scope('530100', '[2026-12-01,2029-12-01)')), 'R-11-7: and lawful in Yunnan');
SELECT t.agreement_items('A-1', 'km_center'), t.decide_agreement('A-1', 'km_center'), t.signatures('A-1', 'km_center');
SELECT t.act('km_center_1', t.sign('A-1'));
SELECT t.draft_agreement('QA-2', 'QK-1', 'QX-1', 'qx_center', 'qx_op', '[2026-11-23,2028-11-23)', t.traffic_scope('630100', '[2026-11-23,2028-11-23)', 'qx/roads')), t.decide_agreement('QA-2', 'qx_center'), t.signatures('QA-2', 'qx_center', 'qx_op');
SELECT t.works('qx_center_1', t.sign('QA-2'), 'R-11-7: two years are lawful there');
SELECT is((SELECT string_agg(matter || ' ' || due, ', ' ORDER BY matter) FROM pdauth.my_duty WHERE rule = 'R-11-10'), 'operating agreement A-1 2026-12-21, operating agreement QA-2 2026-12-04', 'R-11-10: nine working days, or twenty');
SELECT is((SELECT string_agg(matter || ' ' || due, ', ' ORDER BY matter) FROM pdauth.my_duty WHERE rule = 'R-26-2'), 'operating agreement A-1 2027-12-01, operating agreement QA-2 2027-03-23', 'R-26-2: four months, or twelve');
SELECT is((SELECT string_agg(debtor || ' ' || due, ', ' ORDER BY debtor) FROM pdauth.my_duty WHERE rule = 'R-32-1'), 'km_center 2027-03-31, qx_center 2027-02-15', 'R-32-1: by 15 February, or 31 March');
SELECT is((SELECT string_agg(DISTINCT c, ',') FROM pdauth.transition AS t CROSS JOIN LATERAL (SELECT pdauth.pack_of(t.division)) AS p(c) WHERE t.object IN ('plan K-1', 'plan QK-1')), 'qx-test,yn-draft-2025-07-24', 'R-3-1: each under its own pack');
-- R-4-4, R-23-2, R-26-4: words
SELECT t.refused(op || '_1', format($$INSERT INTO pdauth.product (number, name, owner_party, division, form) VALUES (%L, 'x', t.id(%L), %L, %L)$$, number, op, division, form), 'R-4-4: ' || form || ' is no form in ' || division)
  FROM (VALUES ('qx_op', 'QP-1', '630100', 'report')) AS v (op, number, division, form);
SELECT t.works('qx_op_1', $$INSERT INTO pdauth.product (number, name, owner_party, division, form) VALUES ('QP-1', 'x', t.id('qx_op'), '630100', 'table')$$, 'R-4-4: table is one');
SELECT t.refused('qx_center_1', $$INSERT INTO pdauth.evaluation (number, kind, division, subject_party, evaluator_party, agreement_id, period, result) VALUES ('QE-1', 'operator', '630100', t.id('qx_op'), t.id('qx_center'), t.agreement_id('QA-2'), '[2026-11-01,2026-11-23)', 'pass')$$, 'R-26-4: pass is no result of the other pack');
SELECT t.works('qx_center_1', $$INSERT INTO pdauth.evaluation (number, kind, division, subject_party, evaluator_party, agreement_id, period, result) VALUES ('QE-1', 'operator', '630100', t.id('qx_op'), t.id('qx_center'), t.agreement_id('QA-2'), '[2026-11-01,2026-11-23)', 'good')$$, 'R-26-4: good is one');
SELECT t.act('qx_center_1', format($$UPDATE pdauth.evaluation SET state = 'concluded', result = 'rectify', notified_on = '2026-11-23', act_reason = 'r', %s WHERE number = 'QE-1'$$, t.document('report')));
SELECT is((SELECT due::text FROM pdauth.my_duty WHERE rule = 'R-26-5'), '2026-12-08', 'R-26-5: fifteen days to rectify');
-- R-5-3, R-3-1: territories do not mix
SELECT t.sees('yn_bureau_1', $$SELECT count(*)::text FROM pdauth.plan WHERE number = 'QK-1'$$, '0', 'R-5-3: the one bureau does not see the other''s plans');
SELECT t.refused('qx_bureau_1', $$INSERT INTO pdauth.pack_parameter (pack, kind, name, value, unit, source, reason, effective_from) VALUES ('yn-draft-2025-07-24', 'figure', 'publicity_min_wd', '1', 'working days', 's', 'r', '2026-11-23')$$, 'X-6: nor sets its figures');

-- packs of the state
SELECT is(pdauth.figure('registration_publicity_wd', '530100'), 10, 'X-6: Yunnan adopts N26, which sets what its own pack does not');
SELECT is(pdauth.figure('operator_term_max_years', '530100'), 5, 'X-6: and not what it does');
SELECT is(jsonb_array_length(pdauth.pack_value('list', 'feasibility_topics', '530100')), 6, 'X-6: Yunnan asks for a topic more than N27');
SELECT throws_ok($$SELECT pdauth.figure('registration_publicity_wd', '630100')$$, 'PD006', NULL, 'X-6: who has not adopted N26 has no figure of it');
SELECT t.act('yn_bureau_1', $$INSERT INTO pdauth.pack_parameter (pack, kind, name, value, source, reason, effective_from) VALUES ('yn-draft-2025-07-24', 'switch', 'adopts N26', 'false', 's', 'r', '2026-11-24')$$),
       t.act('yn_bureau_2', $$UPDATE pdauth.pack_parameter SET approved = true WHERE NOT approved$$);
SELECT is(pdauth.figure('registration_publicity_wd', '530100'), 10, 'X-6: until the day it is given up');
SELECT throws_ok($$SELECT pdauth.figure('registration_publicity_wd', '530100', '2026-11-24')$$, 'PD006', NULL, 'X-6: from that day on it has none');
SELECT t.refused('yn_bureau_1', $$INSERT INTO pdauth.pack_parameter (pack, kind, name, value, unit, source, reason, effective_from) VALUES ('N26', 'figure', 'registration_publicity_wd', '1', 'working days', 's', 'r', '2026-11-23')$$, 'X-6: no bureau changes a pack of the state');
SELECT is((SELECT string_agg(pack, ',' ORDER BY pack) FROM pdauth.jurisdiction_pack WHERE territory IS NULL), 'N26,N27,N65,NDISC,NINC', 'X-6: five packs of the state');
-- a prefecture with figures of its own
SET LOCAL pdauth.break_glass = 'install a pack';
INSERT INTO pdauth.jurisdiction_pack (pack, title, title_chinese, territory, published_on, source) VALUES ('km-test', 'invented', '虚构', '530100', '2026-06-01', 'invented');
INSERT INTO pdauth.pack_parameter (pack, kind, name, value, unit, source, approved, proposed_at) VALUES ('km-test', 'figure', 'publicity_min_wd', '6', 'working days', 'invented', true, pdauth.clock_now());
RESET pdauth.break_glass;
SELECT is(pdauth.figure('publicity_min_wd', division::pdauth.division_code), days, 'X-6: a prefecture''s own figure counts in ' || division) FROM (VALUES ('530100', 6), ('530103', 6), ('532900', 5)) AS v (division, days);
SELECT is(pdauth.figure('plan_filing_wd', '530103'), 20, 'X-6: what it does not set, the province does');
SELECT is(pdauth.party_code(pdauth.holder_of_kind('bureau', '530103')), 'yn_bureau', 'X-6: whose bureau it still is');
SELECT is(pdauth.rule_mode('R-11-7', '530103'), 'enforce', 'X-6: and whose effective date');
SELECT * FROM finish();
ROLLBACK;
