-- Article 11: selecting the operator, the operating agreement.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
SELECT no_plan();
SELECT t.license_on_agreement();
SELECT t.resource('transport/traffic_flow', 'yn_transport'), t.resource('transport/vehicle_reg', 'yn_transport'), t.resource('health/health_visit', 'yn_health', true);
SELECT t.draft_plan('K-1', 'km_center', '530100'), t.approve_plan('K-1', 'km_center', 'km_gov');

-- R-11-1, R-11-2, R-11-3
CREATE FUNCTION t.select(method text, basis text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.selection (number, plan_id, division, agency_party, method, method_basis) SELECT ''X-0'', plan_id, division, agency_party, %L, %L FROM pdauth.plan WHERE label = ''K-1''', method, basis) $$;
SELECT t.refused('km_center_1', t.select('direct_award'), 'R-11-2: direct designation');
SELECT t.refused('km_center_1', t.select('other'), 'R-11-2: another method without its basis');
SELECT t.refused('km_bureau_1', t.select('open tender'), 'R-11-1: the agency selects, not the authority');
SELECT t.refused('dl_center_1', format($$INSERT INTO pdauth.selection (number, plan_id, division, agency_party, method) VALUES ('X-0', %s, '530100', t.id('dl_center'), 'open tender')$$, t.plan_id('K-1')), 'R-5-1: nor another agency');
SELECT t.selection('X-1', 'K-1', 'km_center', until => 'consulted');
SELECT t.refused('km_center_1', format($$UPDATE pdauth.selection SET state = 'issued', %s$$, t.document('documents')), 'R-11-3: documents without consultation');
SELECT t.act('km_center_1', format($$INSERT INTO pdauth.selection_consultation (selection_id, addressees, period, opinions, responses) VALUES (%s, 'enterprises', '[2026-11-20,2026-11-30)', 'o', 'r')$$, t.selection_id('X-1')));
SELECT t.refused('km_center_1', format($$UPDATE pdauth.selection SET state = 'issued', %s$$, t.document('documents')), 'R-11-3: ... nor before the round is over');
SELECT t.act('km_center_1', $$UPDATE pdauth.selection SET method = 'negotiation'$$);
SELECT t.act('km_center_1', format($$INSERT INTO pdauth.selection_consultation (selection_id, addressees, period, opinions, responses) VALUES (%s, 'enterprises', '[2026-11-10,2026-11-20)', 'o', 'r')$$, t.selection_id('X-1')));
SELECT t.act('km_center_1', format($$INSERT INTO pdauth.selection_invitation VALUES (%s, t.id('op_a'))$$, t.selection_id('X-1')));
SELECT t.refused('km_center_1', format($$UPDATE pdauth.selection SET state = 'issued', %s$$, t.document('documents')), 'R-11-2: negotiation with one organisation alone');
SELECT t.works('km_center_1', format($$UPDATE pdauth.selection SET single_reason = 'only one bidder in two open tenders', state = 'issued', %s$$, t.document('documents')), 'R-11-2: ... unless a lawful reason is on record');
SELECT is((SELECT state FROM pdauth.selection WHERE number = 'X-1'), 'issued', 'R-11-3: after a round that is over the documents are issued');
SELECT t.selection('X-2', 'K-1', 'km_center', until => 'selected');
SELECT t.refused('km_center_1', format($$UPDATE pdauth.selection_finding SET met = false WHERE condition = 'security'; UPDATE pdauth.selection SET state = 'selected', %s WHERE number = 'X-2'$$, t.document('result')), 'R-11-1: a condition of the plan without a positive finding', 'security');
SELECT t.refused('km_center_1', format($$UPDATE pdauth.selection SET state = 'selected', selected_party = t.id('op_b'), %s WHERE number = 'X-2'$$, t.document('result')), 'R-11-1: findings on another organisation do not count');
SELECT t.refused('km_center_1', format($$UPDATE pdauth.selection SET state = 'selected', selected_party = t.id('dev_y'), %s WHERE number = 'X-2'$$, t.document('result')), 'R-11-1: one that did not take part is not selected');
SELECT t.works('km_center_1', format($$UPDATE pdauth.selection SET state = 'selected', %s WHERE number = 'X-2'$$, t.document('result')), 'R-11-1: with all findings the operator is selected');
SELECT t.refused('km_center_1', $$UPDATE pdauth.selection SET selected_party = t.id('op_b') WHERE number = 'X-2'$$, 'R-11-1: the result stays');

-- R-11-7
CREATE FUNCTION t.term(days text) RETURNS text LANGUAGE sql AS $$ SELECT format('UPDATE pdauth.operating_agreement SET term = %L; UPDATE pdauth.operating_agreement SET state = ''decided'', %s', days, t.document('m')) $$;
SELECT t.draft_agreement('A-1', 'K-1', 'X-2', 'km_center', term => '[2026-12-01,2030-12-01)');
SAVEPOINT term;
SELECT t.refused('km_center_1', t.term('[2026-12-01,2031-12-01]'), 'R-11-7: to 2031-12-01 is a day too long');
SELECT t.refused('km_center_1', t.term('[2026-12-01,)'), 'R-11-7: a term without end');
SELECT t.refused('km_center_1', $$INSERT INTO pdauth.operating_agreement (number, plan_id, selection_id, division, agency_party, operator_party, term, scope)
  SELECT v.number, plan_id, selection_id, division, agency_party, operator_party, v.term, scope FROM pdauth.operating_agreement, (VALUES ('A-7', daterange('2026-12-01', '2027-12-01')), ('A-8', '[2026-12-01,2033-01-01)')) AS v (number, term)$$, 'R-11-7: one of two rows in one statement', 'at most 5 years');
SELECT t.works('km_center_1', t.term('[2026-12-01,2031-11-30]'), 'R-11-7: to 2031-11-30 is five years');
ROLLBACK TO term;
SELECT t.act('km_center_1', $$INSERT INTO pdauth.exception (number, rule, object, division, applicant_party, reason, basis, expires_on) VALUES ('E-1', 'R-11-7', 'operating agreement A-1', '530100', t.id('km_center'), 'r', 'b', '2027-01-01')$$);
SELECT t.refused('km_center_1', t.term('[2026-12-01,2032-12-01)'), 'R-11-7: an exception that is only applied for');
SELECT t.act('km_gov_1', format($$UPDATE pdauth.exception SET state = 'approved', %s$$, t.document('e')));
SELECT t.works('km_center_1', t.term('[2026-12-01,2032-12-01)'), 'R-11-7: with an approved one the longer term stands');
SELECT is((SELECT exceptional FROM pdauth.agreement_tracking), true, 'R-11-7: ... and is marked exceptional');
ROLLBACK TO term;

-- R-11-12
SELECT t.refused('km_center_1', $$UPDATE pdauth.operating_agreement SET scope = pdauth.scope_union(scope, t.traffic_scope('530100', path => 'transport/vehicle_reg')::pdauth.license_scope)$$, 'R-11-12: a resource that is not in the plan');
SELECT t.refused('km_center_1', $$UPDATE pdauth.operating_agreement SET scope = t.traffic_scope('530000')::pdauth.license_scope$$, 'R-11-12: a wider territory');
SELECT t.refused('km_center_1', $$UPDATE pdauth.operating_agreement SET scope = replace(t.traffic_scope('530100'), '"a","b"', '*')::pdauth.license_scope$$, 'R-11-12: more columns');
SELECT t.refused('km_center_1', $$INSERT INTO pdauth.operating_agreement_product VALUES (t.agreement_id('A-1'), 'health index'); UPDATE pdauth.operating_agreement SET state = 'decided', $$ || t.document('m'), 'R-11-12: a product that is not in the plan', 'health index');
SELECT throws_ok($$UPDATE pdauth.plan SET scope = '{}' WHERE label = 'K-1'$$, 'PD004', NULL, 'R-11-12: nor is the plan narrowed under the agreement');

SAVEPOINT narrow;
SELECT t.works('km_center_1', $$UPDATE pdauth.operating_agreement SET scope = replace(t.traffic_scope('530102'), '"a","b"', 'a')::pdauth.license_scope, term = '[2026-12-01,2027-12-01)'; UPDATE pdauth.operating_agreement SET state = 'decided', $$ || t.document('m'), 'R-11-12: less than the plan, in columns, territory and term, lies within it');
ROLLBACK TO narrow;

-- R-5-5 at the agreement, and the decision
SELECT t.refused('km_center_1', t.sign('A-1'), 'R-11-5: no signature before the decision');
SELECT t.decide_agreement('A-1', 'km_center');
SELECT t.refused('km_center_1', t.sign('A-1'), 'R-11-5: not signed by anybody', 'km_center, op_a');
SELECT t.refused('op_b_1', $$INSERT INTO pdauth.operating_agreement_signature (agreement_id, party_id, signed_on) VALUES (t.agreement_id('A-1'), t.id('op_a'), '2026-11-23')$$, 'R-11-5: nobody signs for another party');
SELECT t.refused('op_a_1', $$INSERT INTO pdauth.operating_agreement_signature (agreement_id, party_id, signed_on) VALUES (t.agreement_id('A-1'), t.id('op_a'), '2026-11-24')$$, 'X-3: nor tomorrow');
SELECT t.signatures('A-1', 'km_center');
SELECT t.refused('km_center_1', $$UPDATE pdauth.operating_agreement_item SET content = 'another price' WHERE number = 7 AND part = '';$$ || t.sign('A-1'), 'R-11-4: the text signed is not the text decided on');
SELECT t.refused('km_center_1', format($$DELETE FROM pdauth.operating_agreement_item WHERE number = %s AND part = %L;%s$$, n, p, t.sign('A-1')), format('%s: signed without item %s %s', r, n, p), f)
  FROM (VALUES ('R-11-4', 13, '', 'R-11-6'), ('R-11-4', 6, 'no re-development', 'R-11-8'), ('R-11-4', 8, 'risk monitoring', 'R-11-9')) AS v (r, n, p, f);
-- the same, decided on and signed as it is
CREATE FUNCTION t.redrawn(change text) RETURNS void LANGUAGE sql AS $$
  SELECT t.act('km_center_1', 'UPDATE pdauth.operating_agreement SET state = ''draft'', act_reason = ''text''; ' || change), t.decide_agreement('A-1', 'km_center'), t.signatures('A-1', 'km_center') $$;
CREATE FUNCTION t.without(n int, p text) RETURNS text LANGUAGE sql AS $$ SELECT format('DELETE FROM pdauth.operating_agreement_item WHERE number = %s AND part = %L', n, p) $$;
SAVEPOINT text;
SELECT t.redrawn(t.without(13, ''));
SELECT t.refused('km_center_1', t.sign('A-1'), 'R-11-6: an agreement without item 13', 'item 13 (保密)');
ROLLBACK TO text;
SELECT t.redrawn($$UPDATE pdauth.operating_agreement_item SET content = '无' WHERE number = 13$$);
SELECT t.refused('km_center_1', t.sign('A-1'), 'R-11-6: confidentiality is not answered by "none"', 'item 13');
ROLLBACK TO text;
SELECT t.redrawn(t.without(6, 'no re-development'));
SELECT t.refused('km_center_1', t.sign('A-1'), 'R-11-8: item 6 with disclosure only', '不得直接或间接参与再开发');
ROLLBACK TO text;
SELECT t.redrawn(t.without(6, 'disclosure'));
SELECT t.refused('km_center_1', t.sign('A-1'), 'R-11-9: item 6 without disclosure', 'disclosure');
ROLLBACK TO text;
SELECT t.redrawn(t.without(8, 'risk monitoring'));
SELECT t.refused('km_center_1', t.sign('A-1'), 'R-11-9: item 8 without risk monitoring', 'risk monitoring');
ROLLBACK TO text;
SELECT t.redrawn($$UPDATE pdauth.operating_agreement_item SET content = '无' WHERE number = 14$$);
SELECT t.works('km_center_1', t.sign('A-1'), 'R-11-6: item 14 may be "none", and a text drawn up anew is signed anew');
ROLLBACK TO text;
SELECT t.refused('km_center_1', format($$UPDATE pdauth.operating_agreement SET state = 'draft', act_reason = 'r'; UPDATE pdauth.operating_agreement SET operator_party = t.id('op_b'); UPDATE pdauth.operating_agreement SET state = 'decided', %s$$, t.document('m')), 'R-11-5: op_b where op_a was selected', 'Selected was op_a, not op_b.');
SELECT t.refused('km_center_1', format($$UPDATE pdauth.operating_agreement SET state = 'draft', act_reason = 'r'; UPDATE pdauth.operating_agreement SET operator_party = t.id('p_zhang'); UPDATE pdauth.operating_agreement SET state = 'decided', %s$$, t.document('m')), 'R-4-1: a natural person as operator', 'natural person');
SELECT t.refused('yn_bureau_1', t.sign('A-1'), 'R-5-2: the bureau does not sign in the place of an agency');
SELECT t.works('km_center_1', t.sign('A-1'), 'R-11-6: with everything in order it is signed');
SELECT is((SELECT string_agg(concat_ws('/', i.number, nullif(i.part, '')), ' ' ORDER BY i.number, i.part) FROM pdauth.operating_agreement_item AS i WHERE i.agreement_id = t.agreement_id('A-1') AND i.part <> ''),
  '3/business review 3/list 3/security review 3/technical standards 5/hardware and software 5/products and services 6/disclosure 6/no re-development 7/accounting 7/revenue distribution 8/data security 8/emergency 8/personal information 8/risk monitoring 9/evaluation 9/renewal or exit',
  r || ': what was signed has the parts of its compound items') FROM unnest('{R-11-8,R-11-9}'::text[]) AS r;
SELECT is((SELECT a.decided_digest FROM pdauth.operating_agreement AS a WHERE a.label = 'A-1'), s.content_digest, 'R-11-4: what ' || y.party || ' signed is what was decided') FROM pdauth.operating_agreement_signature AS s JOIN pdauth.party AS y USING (party_id) WHERE s.agreement_id = t.agreement_id('A-1');
SELECT is((SELECT string_agg(y.party || ' by ' || p.person, ', ' ORDER BY y.party) FROM pdauth.operating_agreement_signature AS s JOIN pdauth.party AS y USING (party_id) JOIN pdauth.person AS p USING (person_id) WHERE s.agreement_id = t.agreement_id('A-1')),
  'km_center by km_center_1, op_a by op_a_1', 'R-11-5: agency and operator have signed, each by a person of its own');
SELECT t.refused('km_center_1', $$UPDATE pdauth.operating_agreement SET term = '[2026-12-01,2031-12-01)'$$, 'R-11-14: a signed agreement is not changed in place');
SELECT t.refused('km_center_1', $$DELETE FROM pdauth.operating_agreement_item$$, 'R-11-14: nor its items');

-- R-11-10
SELECT is((SELECT concat_ws(' ', rule, debtor, creditor, matter, event_date, due) FROM pdauth.my_duty WHERE rule = 'R-11-10'), 'R-11-10 km_center yn_bureau operating agreement A-1 2026-11-23 2026-12-21', 'R-11-10: signing opens the duty to submit within 20 working days');
SAVEPOINT filed;
SELECT t.act('km_center_1', $$INSERT INTO pdauth.filing (number, life_cycle, object_id, division, filer_party, addressee_party, approval_document) VALUES ('F-1', 'operating_agreement', t.agreement_id('A-1'), '530100', t.id('km_center'), t.id('yn_bureau'), 'A-1')$$);
SELECT is((SELECT status FROM pdauth.my_duty WHERE rule = 'R-11-10'), 'fulfilled', 'R-11-10: submission fulfils it');
ROLLBACK TO filed;
SELECT t.at('2026-12-22 00:00');
SELECT is((SELECT flag FROM pdauth.my_duty WHERE rule = 'R-11-10' AND status = 'overdue'), 'PD11A', 'R-11-10: without it there is a flag');
SELECT ok(pdauth.agreement_in_force(t.agreement_id('A-1')), 'R-11-10: ... and the agreement stays valid');

-- R-11-11
SELECT t.draft_plan('P-1', 'yn_center', '530000'), t.approve_plan('P-1', 'yn_center', 'yn_gov'), t.selection('X-3', 'P-1', 'yn_center'), t.selection('X-4', 'P-1', 'yn_center');
SELECT t.agreement('A-3', 'P-1', 'X-3', 'yn_center', term => '[2027-01-01,2028-01-01)'), t.agreement('A-4', 'P-1', 'X-4', 'yn_center', term => '[2027-01-01,2029-01-01)');
SELECT t.sees('yn_bureau_1', $$SELECT count(*) || ', overdue ' || count(*) FILTER (WHERE overdue > 0) FROM pdauth.agreement_tracking$$, '3, overdue 1', 'R-11-11: the bureau tracks every agreement of the province');
SELECT t.sees('km_bureau_1', $$SELECT string_agg(agreement, ',') FROM pdauth.agreement_tracking$$, 'A-1', 'R-11-11: the prefecture its own');
SELECT t.sees('op_b_1', $$SELECT count(*) FROM pdauth.agreement_tracking$$, '0', 'R-11-11: another operator none');
SELECT t.works('yn_bureau_1', $$INSERT INTO pdauth.tracking_note (agreement_id, content) VALUES (t.agreement_id('A-1'), 'reminded')$$, 'R-11-11: the bureau notes');
SELECT t.refused('km_center_1', $$INSERT INTO pdauth.tracking_note (agreement_id, content) VALUES (t.agreement_id('A-1'), 'all is well')$$, 'R-11-11: others do not');
SELECT t.refused('yn_bureau_1', $$UPDATE pdauth.tracking_note SET content = 'forgotten'$$, 'R-25-4: and a note stays');

-- R-11-13: access follows the agreement
CREATE TABLE t.traffic (a text, b text, c text, division text);
INSERT INTO t.traffic VALUES ('G56', '08', 'x', '530102');
GRANT SELECT ON t.traffic TO op_a_1, op_a_2, op_b_1;
SELECT pdauth.protect('t.traffic', 'transport/traffic_flow', region_column => 'division');
SELECT is((SELECT count(*)::int FROM pdauth.license AS l WHERE basis = 'operating agreement A-1' AND revoked_at IS NULL AND NOT scope::text ~ 'redevelop'), 2, 'R-11-13: signing licensed the operator''s roles, without re-development');
SET LOCAL pdauth.purpose = '产业发展';
SELECT t.sees('op_a_1', 'SELECT a || b FROM t.traffic', 'G5608', 'R-11-13: in force the operator reads');
SELECT throws_ok($$SELECT t.sees('op_b_1', 'SELECT a FROM t.traffic', '', '')$$, 'PD042', NULL, 'R-11-13: another organisation does not');
SELECT t.at('2026-11-30 23:59:59');
SELECT throws_ok($$SELECT t.sees('op_a_1', 'SELECT a FROM t.traffic', '', '')$$, 'PD11D', NULL, 'R-11-13: nor the operator before the first day');
SELECT t.refused('op_a_1', $$INSERT INTO pdauth.scenario_notice (number, operator_party, division, scenario, criteria) VALUES ('S-1', t.id('op_a'), '530100', 's', 'c')$$, 'R-11-13: nor does it act as operator');
SELECT t.at('2030-11-30 23:59:59');
SELECT t.sees('op_a_1', 'SELECT a FROM t.traffic', 'G56', 'R-11-13: on the last day it still reads');
SELECT t.at('2030-12-01 00:00:01');
SELECT throws_ok($$SELECT t.sees('op_a_1', 'SELECT a FROM t.traffic', '', '')$$, 'PD11D', NULL, 'R-11-13: a second later it does not, and nothing had to run');
SELECT is((SELECT status FROM pdauth.agreement_tracking WHERE agreement = 'A-1'), 'expired', 'R-11-13: the agreement shows as expired');
SELECT t.at('2026-12-22 09:00');

-- R-11-14
CREATE FUNCTION t.amend(term text, clause text) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.operating_agreement (number, version, previous_id, clause_cited, plan_id, selection_id, division, agency_party, operator_party, term, scope)
    SELECT number, 2, agreement_id, %L, plan_id, selection_id, division, agency_party, operator_party, %L, scope FROM pdauth.operating_agreement WHERE label = ''A-1''', clause, term) $$;
CREATE FUNCTION t.amended(term text, clause text) RETURNS void LANGUAGE sql AS $$
  SELECT t.act('km_center_1', t.amend(term, clause)), t.agreement_items('A-1 version 2', 'km_center') $$;
SAVEPOINT amend;
SELECT t.amended('[2030-12-01,2032-12-01)', 'item 12');
SELECT t.refused('km_center_1', format($$UPDATE pdauth.operating_agreement SET state = 'decided', %s WHERE version = 2$$, t.document('m')), 'R-11-14: four years amended by two are six', 'to 2032-11-30 in all');
ROLLBACK TO amend;
SELECT t.amended('[2026-12-01,2031-12-01)', NULL), t.decide_agreement('A-1 version 2', 'km_center'), t.signatures('A-1 version 2', 'km_center');
SELECT t.refused('km_center_1', t.sign('A-1 version 2'), 'R-11-14: an amendment cites the clause', 'cites no clause');
ROLLBACK TO amend;
SELECT t.amended('[2026-12-01,2031-12-01)', 'item 12'), t.decide_agreement('A-1 version 2', 'km_center'), t.signatures('A-1 version 2', 'km_center');
SELECT t.act('km_center_1', $$INSERT INTO pdauth.evaluation (number, kind, division, subject_party, evaluator_party, agreement_id, period) VALUES ('E-1', 'operator', '530100', t.id('op_a'), t.id('km_center'), t.agreement_id('A-1'), '[2026-12-01,2026-12-22)')$$);
SELECT t.act('km_center_1', format($$UPDATE pdauth.evaluation SET state = 'concluded', result = 'pass', notified_on = pdauth.clock_today(), act_reason = 'good', %s$$, t.document('e')));
SELECT t.works('km_center_1', t.sign('A-1 version 2'), 'R-11-14: within the cap, with clause, decision and signatures it is amended');
SELECT ok(NOT pdauth.agreement_in_force(t.agreement_id('A-1')) AND pdauth.agreement_in_force(t.agreement_id('A-1 version 2')), 'R-11-14: the version takes the place of the old one');
SELECT is((SELECT string_agg(DISTINCT basis, ', ') FROM pdauth.license WHERE revoked_at IS NULL AND basis LIKE '%A-1%'), 'operating agreement A-1 version 2', 'R-11-13: ... and so do its licenses');
SELECT is((SELECT count(*)::int FROM pdauth.my_duty WHERE rule = 'R-11-10' AND matter = 'operating agreement A-1 version 2'), 1, 'R-11-10: an amendment has its own clock');
ROLLBACK TO amend;
SELECT t.works('km_center_1', format($$UPDATE pdauth.operating_agreement SET state = 'terminated', act_reason = 'breach, item 10', %s WHERE label = 'A-1'$$, t.document('notice')), 'R-11-13: the agency ends the agreement');
SELECT throws_ok($$SELECT t.sees('op_a_1', 'SELECT a FROM t.traffic', '', '')$$, 'PD11D', NULL, 'R-11-13: the next statement is refused');
SELECT is((SELECT DISTINCT revoke_reason FROM pdauth.license WHERE basis = 'operating agreement A-1'), 'operating agreement A-1 terminated on 2026-12-22', 'R-11-13: and the license says why');
SELECT * FROM finish();
ROLLBACK;
