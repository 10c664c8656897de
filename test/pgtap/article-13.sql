-- Article 13: developers, from notice to agreement.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
SELECT no_plan();
SELECT t.at('2026-09-01 09:00');
SELECT t.license_on_agreement();
SELECT t.authorisation(term => '[2026-09-01,2028-07-01)');
CREATE FUNCTION t.notice_id(number text) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT notice_id FROM pdauth.scenario_notice AS n WHERE n.number = notice_id.number $$;
CREATE FUNCTION t.apply(number text, who text, route text DEFAULT 'notice', state text DEFAULT 'registered', scenario text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.application (number, applicant_party, operator_party, agreement_id, division, route, notice_id, scenario, purpose, state)
    VALUES (%1$L, t.id(%2$L), t.id(''op_a''), t.agreement_id(''A-1''), ''530100'', %3$L, CASE WHEN %3$L = ''notice'' THEN t.notice_id(''S-1'') END, %4$L, ''产业发展/车险'', %5$L)', number, who, route, scenario, state) $$;
CREATE FUNCTION t.set_state(number text, state text, more text DEFAULT '') RETURNS text LANGUAGE sql AS $$ SELECT format('UPDATE pdauth.application SET state = %L%s WHERE number = %L', state, more, number) $$;
CREATE FUNCTION t.material(number text, kinds int[], parts text[] DEFAULT '{management,technology,security}') RETURNS text LANGUAGE sql AS $$
  SELECT format($q$INSERT INTO pdauth.application_material (application_id, number, part, content, digest, dated)
    SELECT t.application_id(%1$L), k, '', 'document ' || k, 'sm3:' || repeat('0', 64), date '2026-08-20' FROM unnest(%2$L::int[]) AS k WHERE k <> 5
    UNION ALL SELECT t.application_id(%1$L), 5, '', 'none', NULL, '2026-08-20' WHERE 5 = ANY (%2$L::int[])
    UNION ALL SELECT t.application_id(%1$L), 4, p, 'shown', 'sm3:' || repeat('1', 64), '2026-08-20' FROM unnest(%3$L::text[]) AS p$q$, number, kinds, parts) $$;
CREATE FUNCTION t.findings(number text, points int[], list text DEFAULT 'qualification_conditions', met boolean DEFAULT true, until date DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.application_finding (application_id, list, number, met, evidence, evidence_until) SELECT t.application_id(%L), %L, n, %L, ''report'', %L FROM unnest(%L::int[]) AS n', number, list, met, until, points) $$;
CREATE FUNCTION t.reviewed(number text) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.application_review (application_id, method, held_on, participants, conclusion) VALUES (t.application_id(%L), ''documents'', pdauth.clock_today(), ''li_wei'', ''fit'')', number) $$;

-- R-13-3, R-21-2, R-21-3
SELECT t.refused('op_a_sub_1', t.apply('Q-0', 'op_a_sub'), 'R-21-3: a subsidiary of the operator');
SELECT t.refused('op_a_1', t.apply('Q-0', 'op_a'), 'R-21-2: the operator itself');
SELECT t.refused('dev_y_1', t.apply('Q-0', 'dev_x'), 'R-13-3: nobody applies for another organisation');

-- R-13-1
SELECT t.act('dev_x_1', t.apply('Q-0', 'dev_x'));
SELECT t.refused('dev_x_1', t.set_state('Q-0', 'submitted'), 'R-13-1: an application on no notice');
SELECT t.act('op_a_1', $$INSERT INTO pdauth.scenario_notice (number, operator_party, division, scenario, criteria) VALUES ('S-1', t.id('op_a'), '530100', 'insurance', 'three years of business')$$);
SELECT t.act('dev_x_1', t.apply('Q-1', 'dev_x'));
SELECT t.refused('dev_x_1', t.set_state('Q-1', 'submitted'), 'R-13-1: a notice that is not published');
SELECT t.act('op_a_1', $$UPDATE pdauth.scenario_notice SET state = 'published'$$);
SELECT t.refused('op_a_1', $$UPDATE pdauth.scenario_notice SET criteria = 'ten years'$$, 'R-13-1: criteria are frozen after publication');
SELECT t.sees('dev_y_1', 'SELECT criteria FROM pdauth.scenario_notice', 'three years of business', 'R-13-1: everybody sees a published notice');
SELECT t.refused('dev_x_1', t.apply('Q-9', 'dev_x', state => s), 'R-13-17: an application in state ' || s) FROM unnest('{publicity,cleared,publicity_done}'::text[]) AS s;

-- R-13-3, R-13-5: incomplete
SELECT t.act('dev_x_1', t.material('Q-1', '{1,3,4,5}'));
SELECT t.works('dev_x_1', t.set_state('Q-1', 'submitted'), 'R-13-3: without the commitment letter it is stored');
SELECT t.sees('dev_x_1', $$SELECT missing FROM pdauth.application_status WHERE application = 'Q-1'$$, 'item 2 (数据安全承诺书)', 'R-13-3: ... as incomplete, with what is missing');
SELECT t.sees('op_a_1', $$SELECT concat_ws(' ', debtor, due, status) FROM pdauth.my_duty WHERE rule = 'R-13-5'$$, 'op_a 2026-09-08 due soon', 'R-13-5: ... and the operator''s clock runs');
SELECT t.act('op_a_1', t.set_state('Q-1', 'reviewing')), t.act('op_a_1', t.findings('Q-1', '{1,2,3,4,5}')), t.act('op_a_1', t.reviewed('Q-1'));
SELECT t.refused('op_a_1', t.set_state('Q-1', 'passed'), 'R-13-3: incomplete it does not pass', 'item 2 (数据安全承诺书)');
SELECT t.refused('op_a_1', t.set_state('Q-1', 'refused', $$, refusal_ground = 'material', act_reason = 'incomplete'$$), 'R-13-5: nor is it refused before the defect was notified', 'No defect was notified');
SELECT t.refused('op_a_1', t.set_state('Q-1', 'refused', $$, act_reason = 'no'$$), 'R-13-5: a refusal has a ground');
SELECT t.refused('dev_x_1', t.material('Q-1', '{2}', '{}'), 'R-13-6: no material while nobody asked for it');
SELECT t.refused('op_a_1', t.set_state('Q-1', 'correcting'), 'R-13-5: a notice says what is missing');
SELECT t.act('op_a_1', t.set_state('Q-1', 'correcting', $$, defect = 'commitment letter missing'$$));
SELECT t.sees('op_a_1', $$SELECT status FROM pdauth.my_duty WHERE rule = 'R-13-5'$$, 'fulfilled', 'R-13-5: the notice fulfils the duty');
SELECT t.refused('op_a_1', t.set_state('Q-1', 'refused', $$, refusal_ground = 'material', act_reason = 'incomplete'$$), 'R-13-5: nor is it refused while the limit runs', 'runs until 2026-09-08');
SELECT t.refused('op_a_1', t.set_state('Q-1', 'lapsed'), 'R-13-6: nor does it lapse');
SELECT t.at('2026-09-09 00:00');
SELECT t.refused('dev_x_1', t.material('Q-1', '{2}', '{}'), 'R-13-6: after the limit nothing is added', 'due on 2026-09-08');
SELECT t.refused('dev_x_1', t.set_state('Q-1', 'reviewing'), 'R-13-6: nor is it handed in again');
SELECT t.sees('dev_x_1', $$SELECT status FROM pdauth.application_status WHERE application = 'Q-1'$$, 'lapsed', 'R-13-6: it has lapsed by time alone');
SELECT t.works('op_a_1', t.set_state('Q-1', 'lapsed'), 'R-13-6: which the operator records');
-- the example of the catalogue: a notice of 23 November, five working days
SELECT t.at('2026-11-23 09:00');
SELECT t.act('dev_x_1', t.apply('Q-2', 'dev_x')), t.act('dev_x_1', t.material('Q-2', '{1,3,4,5}', '{management,technology}')), t.act('dev_x_1', t.set_state('Q-2', 'submitted')),
       t.act('op_a_1', t.set_state('Q-2', 'reviewing')), t.act('op_a_1', t.set_state('Q-2', 'correcting', $$, defect = 'letter', correction_wd = 5$$));
SELECT t.at('2026-11-30 23:59');
SELECT t.works('dev_x_1', t.material('Q-2', '{2}', '{}') || ';' || t.set_state('Q-2', 'reviewing'), 'R-13-6: material of 30 November is in time');
SELECT t.sees('dev_x_1', $$SELECT status FROM pdauth.my_duty WHERE rule = 'R-13-6' AND matter = 'application Q-2'$$, 'fulfilled', 'R-13-6: and fulfils the applicant''s duty');
SELECT t.act('op_a_1', t.set_state('Q-2', 'correcting', $$, defect = 'proof'$$));
SELECT t.act('dev_x_1', t.set_state('Q-2', 'reviewing'));

-- R-13-2, R-13-4, R-13-7, R-13-8
SELECT t.at('2026-09-10 09:00');
SELECT t.act('dev_x_1', t.apply('Q-3', 'dev_x', 'own', scenario => 'insurance by road')), t.act('dev_x_1', t.material('Q-3', '{1,2,3,4,5}', '{management,technology}')), t.act('dev_x_1', t.set_state('Q-3', 'submitted')), t.act('op_a_1', t.set_state('Q-3', 'reviewing'));
SELECT t.refused('dev_x_1', t.findings('Q-3', '{1}'), 'R-13-8: the applicant finds nothing about itself');
SELECT t.refused('op_b_1', t.findings('Q-3', '{1}'), 'R-13-8: nor does another operator', 'op_b is not the operator');
INSERT INTO pdauth.affiliation (party_id, affiliate_id, kind, since, source) SELECT t.id('dev_y'), t.id('op_b'), 'interest', '2026-01-01', 'declaration';
CREATE FUNCTION t.person_id(code text) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT person_id FROM pdauth.person WHERE person = code $$;
SELECT t.act('op_a_1', $$INSERT INTO pdauth.application_interest (application_id, person_id, reason) VALUES (t.application_id('Q-3'), t.person_id('op_a_2'), 'spouse works there')$$);
SELECT t.refused('op_a_2', t.findings('Q-3', '{1}'), 'R-13-8: nor a person with an interest', 'op_a_2 has an interest');
SELECT t.act('op_a_1', t.findings('Q-3', '{1,2,3,4,5}')), t.act('op_a_1', t.findings('Q-3', '{1,2,3}', 'scenario_assessments'));
SELECT t.refused('op_a_1', t.set_state('Q-3', 'passed'), 'R-13-2: three of four assessments', '4 (安全风险性)');
SELECT t.act('op_a_1', t.findings('Q-3', '{4}', 'scenario_assessments'));
SELECT t.refused('op_a_1', t.set_state('Q-3', 'passed'), 'R-13-4: a proof of management and technology only', 'item 4 security (安全服务能力)');
SELECT t.act('op_a_1', t.set_state('Q-3', 'correcting', $$, defect = 'proof'$$)), t.act('dev_x_1', t.material('Q-3', '{}', '{security}') || ';' || t.set_state('Q-3', 'reviewing'));
SELECT t.refused('op_a_1', t.set_state('Q-3', 'passed'), 'R-13-7: a review that nobody documented');
SELECT t.refused('op_a_1', replace(t.reviewed('Q-3'), 'documents', 'telepathy'), 'R-13-7: a method is one of the list');
SELECT t.act('op_a_1', t.reviewed('Q-3'));
SELECT t.refused('op_a_2', t.set_state('Q-3', 'passed'), 'R-13-8: a person with an interest decides nothing');
SELECT t.works('op_a_1', t.set_state('Q-3', 'passed'), 'R-13-7: with findings, assessments, proof and review it passes');
SELECT is((SELECT state || ' by ' || (SELECT p.person FROM pdauth.person AS p WHERE p.person_id = (pdauth.last_step('application', a.application_id, 'passed')).person_id) FROM pdauth.application AS a WHERE number = 'Q-3'), 'passed by op_a_1', r) FROM (VALUES
  ('R-13-2: so it does with the fourth assessment'), ('R-13-4: with the third capability'), ('R-13-8: by a person of the operator without an interest'), ('R-13-17: step by step on the platform')) AS v (r);
SELECT t.refused('op_a_1', $$UPDATE pdauth.application_finding SET met = false$$, 'R-25-4: findings stay');

-- R-13-9
SELECT t.at('2026-09-23 09:00');
CREATE FUNCTION t.publish(number text, application text DEFAULT 'Q-3') RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.publicity (number, application_id, operator_party, division, content, place, channel) VALUES (%L, t.application_id(%L), t.id(''op_a''), ''530100'', ''dev_x, insurance by road'', ''portal'', ''post box 9'')', number, application) $$;
SELECT t.refused('op_a_1', t.set_state('Q-3', 'publicity'), 'R-13-9: without a publicity');
SELECT t.refused('op_a_1', replace(replace(t.publish('G-1'), 'channel)', 'channel, published_at)'), '''post box 9'')', '''post box 9'', ''2026-09-01'')'), 'R-13-9: one that began before it was entered');
SELECT t.refused('op_a_1', t.publish('G-1', 'Q-2'), 'R-13-9: before the review has passed');
SELECT t.works('op_a_1', t.publish('G-1'), 'R-13-9: it begins when it is entered');
SELECT t.refused('op_a_1', $$UPDATE pdauth.publicity SET content = 'dev_y'$$, 'R-13-9: its content is frozen');
SELECT t.refused('op_a_1', $$UPDATE pdauth.publicity SET published_at = '2026-09-01'$$, 'R-13-9: and its beginning');
SELECT t.act('op_a_1', t.set_state('Q-3', 'publicity'));

-- R-13-10 and the agreement
CREATE FUNCTION t.draft_development(number text, term daterange, developer text DEFAULT 'dev_x', scope text DEFAULT NULL, application text DEFAULT 'Q-3') RETURNS text LANGUAGE sql AS $$
  SELECT format($q$INSERT INTO pdauth.development_agreement (number, application_id, agreement_id, division, operator_party, developer_party, term, scope)
    VALUES (%L, t.application_id(%L), t.agreement_id('A-1'), '530100', t.id('op_a'), t.id(%L), %L, %L)$q$, number, application, developer, term,
    coalesce(scope, format('{redevelop on transport/traffic_flow("a") for 产业发展/车险 in 530100 during [%s,%s) level general}', lower(term), upper(term)))) $$;
CREATE FUNCTION t.matters(number text) RETURNS text LANGUAGE sql AS $$ SELECT format('INSERT INTO pdauth.development_agreement_matter (development_id, number, content) SELECT t.development_id(%L), n, ''text'' FROM generate_series(1, 11) AS n', number) $$;
CREATE FUNCTION t.signed_by(number text, who text) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.development_agreement_signature (development_id, party_id, signed_on) VALUES (t.development_id(%L), t.id(%L), pdauth.clock_today())', number, who) $$;
SELECT t.refused('op_a_1', t.draft_development('D-1', '[2026-12-01,2028-01-01)', 'dev_y'), 'R-13-12: an agreement with dev_y on the clearance of dev_x', 'of dev_x');
SELECT t.refused('op_a_1', t.draft_development('D-1', '[2026-12-01,2029-01-01)', scope => '{redevelop on transport/traffic_flow("a") for 产业发展/车险 in 530100 during [2026-12-01,2028-01-01) level general}'), 'R-13-16: a term that outlives the operating agreement', 'beyond [2026-09-01,2028-07-01)');
SELECT t.refused('op_a_1', t.draft_development('D-1', '[2026-12-01,2028-01-01)', scope => '{redevelop on transport/vehicle_reg("a") for 产业发展/车险 in 530100 during [2026-12-01,2028-01-01) level general}'), 'R-13-15: a resource that the operator was not given');
SELECT t.refused('op_a_1', t.draft_development('D-1', '[2026-12-01,2028-01-01)', scope => '{trade on transport/traffic_flow("a") for 产业发展/车险 in 530100 during [2026-12-01,2028-01-01) level general}'), 'R-13-15: an action that it was not given');
SELECT t.refused('op_a_1', replace(replace(t.draft_development('D-1', '[2026-12-01,2028-01-01)'), 'term, scope)', 'term, scope, state)'), 'level general}''', 'level general}'', ''signed'''), 'R-13-17: an agreement entered as signed');
SELECT t.works('op_a_1', t.draft_development('D-1', '[2026-12-01,2028-01-01)') || ';' || t.matters('D-1'), 'R-13-15: one that lies within');
SELECT t.at('2026-10-08 09:00');
SELECT t.act('op_a_1', t.signed_by('D-1', 'op_a')), t.act('dev_x_1', t.signed_by('D-1', 'dev_x'));
SELECT t.refused('op_a_1', t.sign_development('D-1'), 'R-13-10: publicity from 23 September, signing on 8 October', 'G-1 runs until 2026-10-08');
SELECT t.refused('op_a_1', t.set_state('Q-3', 'cleared'), 'R-13-10: nor is it cleared');
SELECT t.at('2026-10-09 00:00');
SELECT t.refused('op_a_1', t.sign_development('D-1'), 'R-13-10: signatures of 8 October, too early, are not cured by waiting');
SAVEPOINT redo;
SELECT is(pdauth.publicity_last_day(p), d, 'R-13-10: begun on ' || s) FROM (VALUES (timestamptz '2026-11-23 10:00+08', date '2026-11-30')) AS v (s, d), LATERAL (SELECT jsonb_populate_record(p, jsonb_build_object('published_at', s)) AS p FROM pdauth.publicity AS p) AS w;
SELECT throws_ok($$SELECT pdauth.publicity_last_day(jsonb_populate_record(p, '{"published_at": "2027-01-05 10:00+08"}')) FROM pdauth.publicity AS p$$, 'PD13A', NULL, 'R-13-10: in a year whose calendar is not loaded nothing is guessed');
-- a new draft, signed on 9 October
SELECT t.act('op_a_1', t.draft_development('D-2', '[2026-12-01,2028-01-01)') || ';' || t.matters('D-2')), t.act('op_a_1', t.signed_by('D-2', 'op_a'));
-- R-13-11
SELECT t.at('2026-09-28 09:00');
SELECT t.act('dev_y_1', $$INSERT INTO pdauth.objection (number, publicity_id, objector_party, content) VALUES ('B-1', t.publicity_id('G-1'), t.id('dev_y'), 'no experience')$$);
SELECT t.refused('dev_y_1', $$INSERT INTO pdauth.objection (number, publicity_id, objector_party, content) VALUES ('B-2', t.publicity_id('G-1'), t.id('dev_x'), 'no experience')$$, 'R-13-11: nobody objects in another''s name');
SELECT t.refused('dev_y_1', $$UPDATE pdauth.objection SET state = 'upheld', act_reason = 'yes'$$, 'R-13-11: nor decides the own objection');
SELECT t.at('2026-10-09 09:00');
SELECT t.refused('op_a_1', t.set_state('Q-3', 'cleared'), 'R-13-11: an objection of the third day is open', 'B-1 is open');
SELECT t.refused('op_a_1', $$UPDATE pdauth.objection SET state = 'rejected'$$, 'R-13-11: it is decided with reasons', 'act_reason');
SAVEPOINT upheld;
SELECT t.act('op_a_1', $$UPDATE pdauth.objection SET state = 'upheld', act_reason = 'founded'$$);
SELECT t.refused('op_a_1', t.set_state('Q-3', 'cleared'), 'R-13-11: an upheld one ends the selection', 'B-1 is upheld');
ROLLBACK TO upheld;
SELECT t.act('op_a_1', $$UPDATE pdauth.objection SET state = 'rejected', act_reason = 'three projects are on record'$$);
SELECT t.act('dev_y_1', $$INSERT INTO pdauth.objection (number, publicity_id, objector_party, content) VALUES ('B-3', t.publicity_id('G-1'), t.id('dev_y'), 'still none')$$);
SELECT is((SELECT in_period FROM pdauth.objection WHERE number = 'B-3'), false, 'R-13-11: a late one is recorded and stops nothing');
SAVEPOINT interrupted;
SELECT t.act('op_a_1', $$UPDATE pdauth.publicity SET state = 'interrupted', act_reason = 'portal was down'$$);
SELECT t.refused('op_a_1', t.set_state('Q-3', 'cleared'), 'R-13-9: an interrupted publicity is none');
SELECT t.act('op_a_1', t.publish('G-2'));
SELECT t.refused('op_a_1', t.set_state('Q-3', 'cleared'), 'R-13-10: a restarted one runs the full period', 'G-2 runs until');
ROLLBACK TO interrupted;
SELECT t.refused('op_a_1', t.signed_by('D-2', 'dev_x'), 'R-13-12: the operator does not sign for the developer') ;
SELECT t.refused('op_a_1', t.sign_development('D-2'), 'R-13-12: not cleared, and not signed by the developer', 'Q-3 is publicity');
SELECT t.works('op_a_1', t.set_state('Q-3', 'cleared'), 'R-13-11: rejected with reasons, after the period, it is cleared');
SELECT t.refused('op_a_1', t.sign_development('D-2'), 'R-13-12: the developer''s signature is missing', 'Not signed by: dev_x');
SELECT t.act('dev_x_1', t.signed_by('D-2', 'dev_x'));
SAVEPOINT matters;
CREATE FUNCTION t.redrawn(change text) RETURNS void LANGUAGE sql AS $$ SELECT t.act('op_a_1', change), t.act('op_a_1', t.signed_by('D-2', 'op_a')), t.act('dev_x_1', t.signed_by('D-2', 'dev_x')) $$;
SELECT t.redrawn($$DELETE FROM pdauth.development_agreement_matter WHERE number = 9 AND development_id = t.development_id('D-2')$$);
SELECT t.refused('op_a_1', t.sign_development('D-2'), 'R-13-13: without credit commitment', 'item 9 (信用承诺)');
ROLLBACK TO matters;
CREATE FUNCTION t.redrawn(change text) RETURNS void LANGUAGE sql AS $$ SELECT t.act('op_a_1', change), t.act('op_a_1', t.signed_by('D-2', 'op_a')), t.act('dev_x_1', t.signed_by('D-2', 'dev_x')) $$;
SELECT t.redrawn($$UPDATE pdauth.development_agreement_matter SET content = '　' WHERE number = 11$$);
SELECT t.refused('op_a_1', t.sign_development('D-2'), 'R-13-13: an ideographic space states no liability', 'item 11');
ROLLBACK TO matters;
SELECT t.works('op_a_1', t.sign_development('D-2'), 'R-13-10: on 9 October it is signed');
SELECT is((SELECT count(*)::int FROM pdauth.development_agreement_matter WHERE development_id = t.development_id('D-2')), 11, 'R-13-13: ... with its eleven matters');
SELECT t.works('op_a_1', t.set_state('Q-3', 'contracted'), 'R-13-12: and the application ends in it');
SELECT t.refused('op_a_1', $$UPDATE pdauth.development_agreement SET term = '[2026-12-01,2028-06-01)' WHERE number = 'D-2'$$, 'R-13-13: a signed agreement is not changed');
SELECT is((SELECT string_agg(licensee::text || ' ' || scope::text, ',') FROM pdauth.license WHERE basis = 'development agreement D-2'), 'dev_x_1 {redevelop on transport/traffic_flow(a) for 产业发展/车险 in 530100 during [2026-12-01,2028-01-01) level general}', 'R-13-15: it licenses the developer''s role for its scope');

SELECT t.at('2026-12-01 09:00');
-- R-13-14, R-13-16
SELECT ok(pdauth.term_too_long('[2026-12-01,2029-12-01]', 'developer_term_max_years', '530100') AND NOT pdauth.term_too_long('[2026-12-01,2029-11-30]', 'developer_term_max_years', '530100'), 'R-13-14: three years end on 2029-11-30');
SELECT t.refused('op_a_1', t.draft_development('D-3', '[2026-12-01,2029-12-02)', scope => '{redevelop on transport/traffic_flow("a") for 产业发展/车险 in 530100 during [2026-12-01,2028-01-01) level general}'), 'R-13-14: a day more than three years', 'at most 3 years');
SELECT ok(pdauth.development_in_force(t.development_id('D-2')), 'R-13-16: in force with the operating agreement');
SELECT t.act('km_center_1', format($$UPDATE pdauth.operating_agreement SET state = 'terminated', act_reason = 'breach', %s$$, t.document('n')));
SELECT ok(NOT pdauth.development_in_force(t.development_id('D-2')), 'R-13-16: it ends for access with the operating agreement');
SELECT is((SELECT count(*)::int FROM pdauth.license WHERE revoked_at IS NULL AND licensee IN ('op_a_1'::regrole, 'dev_x_1'::regrole)), 0, 'R-13-16: every license under it ends in the same transaction');
SELECT * FROM finish();
ROLLBACK;
