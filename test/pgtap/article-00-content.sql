-- Content that is changed past the step that checked it, in the articles on
-- authorisation.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
SELECT no_plan();
SELECT t.authorisation();
SELECT t.resource('health/visit', 'yn_health');

-- the scope of a plan is what its rows say as they are submitted, and no text is read into it
SELECT t.draft_plan('K-9', 'km_center', '530100');
SAVEPOINT draft;
SELECT t.works('km_center_1', $$UPDATE pdauth.plan SET state = 'submitted', purposes = '{公共治理}', term = '[2026-01-01,2027-01-01)' WHERE number = 'K-9'$$, 'R-8-3: purposes and term may be narrowed by the statement that submits');
SELECT is((SELECT scope::text FROM pdauth.plan WHERE number = 'K-9'), '{read,derive,join,model,redevelop,publish,trade on transport/traffic_flow(a,b) for 公共治理 in 530100 during [2026-01-01,2027-01-01) level general}', 'R-8-3: ... and the scope is narrowed with them');
ROLLBACK TO draft;
CREATE FUNCTION t.smuggled(change text) RETURNS text LANGUAGE sql AS $$ SELECT format('SELECT t.act(''km_center_1'', %L)', change || '; UPDATE pdauth.plan SET state = ''submitted'' WHERE number = ''K-9''') $$;
SELECT throws_ok(t.smuggled($$UPDATE pdauth.plan SET purposes = ARRAY['产业发展 in 530000 during [2026-01-01,2036-01-01) level core; read on health/visit(*) for 公共治理'] WHERE number = 'K-9'$$), '22P02', NULL, 'R-8-3: a purpose is no grant');
SELECT throws_ok(t.smuggled($$UPDATE pdauth.plan_resource SET actions = ARRAY['read on health/visit(*) for 公共治理 in 530000 during [2026-01-01,2036-01-01) level core; read'] WHERE plan_id = t.plan_id('K-9')$$), '22P02', NULL, 'R-8-3: nor is an action');
SELECT throws_ok(t.smuggled($$UPDATE pdauth.plan_resource SET columns = '{*}' WHERE plan_id = t.plan_id('K-9')$$), '23514', NULL, 'R-8-3: nor does a plan name all columns without naming them');
SELECT t.refused('km_center_1', $$UPDATE pdauth.plan SET term = '[2026-01-01,infinity)', state = 'submitted' WHERE number = 'K-9'$$, 'R-8-4: a term that never ends is no period', 'last day');
SELECT t.refused('km_center_1', $$UPDATE pdauth.plan SET term = '[-infinity,2030-01-01)', state = 'submitted' WHERE number = 'K-9'$$, 'R-8-4: nor one that never began', 'first and a last day');

-- a version is of one division
CREATE FUNCTION t.version(number text) RETURNS text LANGUAGE sql AS $$ SELECT format('INSERT INTO pdauth.plan (number, version, previous_id, classification, change_reason, division, agency_party, mode)
  VALUES (%L, 2, %s, ''major'', ''r'', ''532900'', %s, ''overall'')', number, t.plan_id('K-1'), t.id('dl_center')) $$;
SELECT t.refused('dl_center_1', t.version('K-1'), 'R-8-6: no agency of another division supersedes the plan of Kunming', 'plan K-1 of 530100');
SELECT t.refused('dl_center_1', t.version('K-8'), 'R-8-6: nor does a version name the plan of another number', 'plan K-1 of 530100');
SELECT ok(pdauth.plan_in_force(t.plan_id('K-1')), 'R-8-6: it is in force');

-- what the documents of a selection rest on stays
SELECT t.selection('X-9', 'K-1', 'km_center', until => 'selected');
SELECT t.refused('km_center_1', $$DELETE FROM pdauth.selection_consultation WHERE selection_id = t.selection_id('X-9')$$, 'R-11-1: opinions do not vanish once the documents are issued');
SELECT t.refused('km_center_1', $$UPDATE pdauth.selection_consultation SET responses = 'all adopted' WHERE selection_id = t.selection_id('X-9')$$, 'R-11-1: nor are they rewritten');
SELECT t.refused('km_center_1', $$UPDATE pdauth.selection SET renewal_announced = true WHERE number = 'X-9'$$, 'R-11-1: nor is a renewal announced afterwards');
SELECT t.refused('km_center_1', format($$UPDATE pdauth.selection SET method = 'negotiation', state = 'selected', %s WHERE number = 'X-9'$$, t.document('result')), 'R-11-1: nor the method changed with the result');
SELECT t.works('km_center_1', $$UPDATE pdauth.selection SET selected_party = t.id('op_b') WHERE number = 'X-9'$$, 'R-11-1: who is selected is still open');
SELECT t.refused('km_center_1', $$INSERT INTO pdauth.selection (number, plan_id, division, agency_party, method) SELECT 'X-10', plan_id, division, agency_party, 'open tender' FROM pdauth.plan WHERE label = 'K-1';
  INSERT INTO pdauth.selection_consultation (selection_id, addressees, period, opinions, responses) VALUES (t.selection_id('X-10'), 'all', '[2026-01-05,2026-01-10)', 'o', 'r');
  $$ || format($$UPDATE pdauth.selection SET state = 'issued', %s WHERE number = 'X-10'; SET CONSTRAINTS ALL IMMEDIATE; DELETE FROM pdauth.selection_consultation WHERE selection_id = t.selection_id('X-10')$$, t.document('d')), 'R-11-1: nor do they vanish between an early check and the commit');
SELECT throws_ok($$SELECT t.act('km_center_1', $q$INSERT INTO pdauth.selection (number, plan_id, division, agency_party, method) SELECT 'X-10', plan_id, division, agency_party, 'open tender' FROM pdauth.plan WHERE label = 'K-1';
  INSERT INTO pdauth.selection_consultation (selection_id, addressees, period, opinions, responses) VALUES (t.selection_id('X-10'), 'all', '(,2026-01-10)', 'o', 'r')$q$)$$, '23514', NULL, 'R-11-3: opinions are sought from a first to a last day');

-- material stays with the application it was reviewed with
SELECT t.selected_developer('P-1', 'dev_x', 'A-1');
SELECT t.act('dev_x_1', $$INSERT INTO pdauth.application (number, applicant_party, operator_party, agreement_id, division, route, scenario, purpose)
  VALUES ('P-2', t.id('dev_x'), t.id('op_a'), t.agreement_id('A-1'), '530100', 'own', 's', '产业发展/车险')$$);
SELECT t.refused('dev_x_1', $$UPDATE pdauth.application_material SET application_id = t.application_id('P-2') WHERE application_id = t.application_id('P-1')$$, 'X-5: material of a passed application does not move to another one');
SELECT t.refused('op_a_1', $$INSERT INTO pdauth.application_review (application_id, method, held_on, participants, conclusion) VALUES (t.application_id('P-1'), 'documents', '-infinity', 'op_a_1', 'fit')$$, 'R-13-7: nor was it reviewed before it was registered', 'before the application');

-- whatever the text of a publicity leaves out, everybody sees who was selected for what
SAVEPOINT publicity;
SELECT t.act('op_a_1', $$INSERT INTO pdauth.publicity (number, application_id, operator_party, division, content, place, channel) VALUES ('G-1', t.application_id('P-1'), t.id('op_a'), '530100', 'a selection', 'portal', 'post box 9')$$);
CREATE ROLE anybody;
GRANT USAGE ON SCHEMA t TO anybody;
SELECT t.sees('anybody', $$SELECT concat_ws(', ', publicity, developer, scenario, content, state) FROM pdauth.published_selection$$, 'G-1, dev_x, insurance by road, a selection, running', 'R-13-9: society sees organisation and scenario');
SELECT throws_ok($$SELECT t.sees('anybody', 'SELECT count(*) FROM pdauth.application', '', '')$$, '42501', NULL, 'R-13-9: ... and no more of the application');
ROLLBACK TO publicity;

-- an operator that is tied to an applicant by interest does not review it
SAVEPOINT interested;
SELECT t.selected_developer('P-3', 'dev_y', 'A-1', until => 'findings');
INSERT INTO pdauth.affiliation (party_id, affiliate_id, kind, since, source) VALUES (t.id('dev_y'), t.id('op_a'), 'interest', '2026-11-23', 'declaration of a common project');
SELECT t.refused('op_a_1', $$INSERT INTO pdauth.application_finding (application_id, list, number, met, evidence) SELECT t.application_id('P-3'), 'qualification_conditions', n, true, 'report' FROM generate_series(1, 5) AS n;
  UPDATE pdauth.application SET state = 'passed' WHERE number = 'P-3'$$, 'R-13-8: nor does an operator with an interest in the applicant pass it', 'declaration of a common project');
UPDATE pdauth.affiliation SET ended_on = '2026-11-23' WHERE kind = 'interest';
SELECT t.works('op_a_1', $$INSERT INTO pdauth.application_finding (application_id, list, number, met, evidence) SELECT t.application_id('P-3'), 'qualification_conditions', n, true, 'report' FROM generate_series(1, 5) AS n;
  UPDATE pdauth.application SET state = 'passed' WHERE number = 'P-3'$$, 'R-13-8: once it has ended it does');
ROLLBACK TO interested;

-- a party acts by persons of its own
SELECT throws_ok($$INSERT INTO pdauth.principal (role, person_id, capacity_id, since) SELECT 'dev_y_1', p.person_id, c.capacity_id, '2026-01-01' FROM pdauth.person AS p, pdauth.party_capacity AS c WHERE p.person = 'dev_x_1' AND c.party_id = t.id('op_a')$$,
  'PD004', NULL, 'X-4: nobody of the applicant reviews in the name of the operator');
SELECT throws_ok($$INSERT INTO pdauth.principal (role, person_id, capacity_id, since) SELECT 'dev_y_1', p.person_id, c.capacity_id, '2026-01-01' FROM pdauth.person AS p, pdauth.party_capacity AS c WHERE p.person = 'op_a_1' AND c.party_id = t.id('km_center')$$,
  'PD004', NULL, 'X-4: nor anybody of the operator signs in the name of the agency');
-- and nobody becomes another person by SET ROLE
CREATE FUNCTION t.state_of(login text, role text, statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('session_authorization', login, true), set_config('role', role, true);
  EXECUTE statement;
  RAISE 'done' USING ERRCODE = 'ZZ000';
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE;
END $$;
CREATE ROLE pool;
GRANT km_gov_1 TO km_center_2, pool;
GRANT USAGE ON SCHEMA t TO pool;
SELECT is(t.state_of(login, 'km_gov_1', $$INSERT INTO pdauth.plan_comment (plan_id, content) VALUES (t.plan_id('K-1'), 'c')$$), state, 'X-4: ' || name) FROM (VALUES
  ('km_center_2', 'PD004', 'a person of the agency does not act as the government, member of its role or not'),
  ('pool', 'ZZ000', 'a pool does, whose login is nobody''s'),
  ('km_gov_1', 'ZZ000', 'and the login of the person itself')) AS v (login, state, name);
SELECT is(t.state_of('km_center_2', 'km_gov_1', $$SELECT 1 / count(*) FROM pdauth.plan$$), '22012', 'X-4: nor does it see what the government sees');

-- what follows on one selection is a renewal
SELECT t.draft_agreement('A-9', 'K-1', 'X-1', 'km_center', term => '[2031-11-01,2036-01-01)'), t.decide_agreement('A-9', 'km_center'), t.signatures('A-9', 'km_center');
SELECT t.refused('km_center_1', t.sign('A-9'), 'R-11-14: a second agreement on a selection is a renewal of the first', 'has led to A-1');
SELECT t.refused('km_center_1', $$INSERT INTO pdauth.operating_agreement (number, renewal_of, plan_id, selection_id, division, agency_party, operator_party, term, scope)
  SELECT 'A-10', agreement_id, plan_id, selection_id, division, agency_party, operator_party, term, scope FROM pdauth.operating_agreement WHERE number = 'A-9'$$, 'R-11-14: nor does it renew one that was never signed', 'was signed');

-- no cap is passed by agreements that follow each other before the first begins
SELECT t.selection('X-11', 'K-1', 'km_center', until => 'consulted'), t.act('km_center_1', $$UPDATE pdauth.selection SET renewal_announced = true WHERE number = 'X-11'$$),
       t.act('km_center_1', format($$INSERT INTO pdauth.selection_consultation (selection_id, addressees, period, opinions, responses) VALUES (t.selection_id('X-11'), 'all', '[2026-01-05,2026-01-10)', 'o', 'r');
         INSERT INTO pdauth.selection_invitation VALUES (t.selection_id('X-11'), t.id('op_b'));
         UPDATE pdauth.selection SET state = 'issued', %1$s WHERE number = 'X-11';
         INSERT INTO pdauth.selection_finding SELECT t.selection_id('X-11'), t.id('op_b'), c, true, 'established' FROM unnest('{funds,management,technology,service,security,management and technical capability,business and credit,security compliance}'::text[]) AS c;
         UPDATE pdauth.selection SET state = 'evaluated', selected_party = t.id('op_b') WHERE number = 'X-11'$$, t.document('d'))),
       t.act('km_center_1', format($$UPDATE pdauth.selection SET state = 'selected', %s WHERE number = 'X-11'$$, t.document('d')));
SELECT t.agreement('A-11', 'K-1', 'X-11', 'km_center', 'op_b', '[2026-12-01,2031-12-01)'), t.draft_agreement('A-12', 'K-1', 'X-11', 'km_center', 'op_b', '[2031-12-01,2035-12-01)');
SELECT t.act('km_center_1', $$UPDATE pdauth.operating_agreement SET renewal_of = t.agreement_id('A-11'), clause_cited = 'item 9' WHERE number = 'A-12'$$), t.decide_agreement('A-12', 'km_center'), t.signatures('A-12', 'km_center', 'op_b');
SELECT t.refused('km_center_1', replace(t.sign('A-12'), 'SET ', 'SET clause_cited = ''item 12'', '), 'R-11-4: the clause an agreement rests on is part of what was decided and signed', 'the text now is');
SELECT t.refused('km_center_1', t.sign('A-12'), 'R-11-14: an agreement that has not begun is not renewed', 'has not begun');
SAVEPOINT development;
SELECT t.development('D-1', 'dev_y', 'A-1', '2026-12-01 10:00', term => '[2027-01-01,2030-01-01)');
CREATE FUNCTION t.another(number text, term daterange) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.act('op_a_1', format($q$INSERT INTO pdauth.development_agreement (number, application_id, agreement_id, division, operator_party, developer_party, term, scope)
      SELECT %1$L, application_id, agreement_id, division, operator_party, developer_party, %2$L, '{redevelop on transport/traffic_flow("a") for 产业发展/车险 in 530100 during %3$s level general}' FROM pdauth.development_agreement WHERE number = 'D-1';
    INSERT INTO pdauth.development_agreement_matter (development_id, number, content) SELECT t.development_id(%1$L), n, 'text' FROM generate_series(1, 11) AS n$q$, number, term, term));
  PERFORM t.act(party || '_1', format('INSERT INTO pdauth.development_agreement_signature (development_id, party_id, signed_on) VALUES (t.development_id(%L), t.id(%L), pdauth.clock_today())', number, party))
     FROM unnest(ARRAY['op_a', 'dev_y']) AS party;
END $$;
SELECT t.another('D-2', '[2030-01-01,2031-11-01)'), t.another('D-3', '[2028-01-01,2029-01-01)');
SELECT t.refused('op_a_1', t.sign_development('D-2'), 'R-13-14: nor do two development agreements on one application make a longer one', 'With D-1 on the same application');
SELECT t.works('op_a_1', t.sign_development('D-3'), 'R-13-14: within the term of the first there may be a second');
ROLLBACK TO development;

-- a filing that is received fulfils the duty that the return of another one opened again
CREATE FUNCTION t.file(number text) RETURNS text LANGUAGE sql AS $$ SELECT format('INSERT INTO pdauth.filing (number, life_cycle, object_id, division, filer_party, addressee_party, approval_document) VALUES (%L, ''plan'', t.plan_id(''K-1''), ''530100'', t.id(''km_center''), t.id(''yn_bureau''), ''approval'')', number) $$;
SELECT t.act('km_center_1', t.file('F-1')), t.act('km_center_1', t.file('F-2')),
       t.act('yn_bureau_1', $$UPDATE pdauth.filing SET state = 'returned', act_reason = 'annex missing' WHERE number = 'F-1'$$);
SELECT t.sees('km_center_1', $$SELECT count(*) FROM pdauth.my_duty WHERE rule = 'R-10-6' AND status NOT LIKE 'fulfilled%'$$, '1', 'R-10-6: a returned filing leaves the duty open');
SELECT t.act('yn_bureau_1', $$UPDATE pdauth.filing SET state = 'received' WHERE number = 'F-2'$$);
SELECT t.sees('km_center_1', $$SELECT count(*) FROM pdauth.my_duty WHERE rule = 'R-10-6' AND status NOT LIKE 'fulfilled%'$$, '0', 'R-10-6: the one that was received fulfils it');

-- a governed table changes hands by no other way
CREATE TABLE t.traffic_raw (a text, b text, division text);
SELECT pdauth.protect('t.traffic_raw', 'transport/traffic_flow', region_column => 'division');
CREATE ROLE dept_dba;
ALTER TABLE t.traffic_raw OWNER TO dept_dba;
SELECT throws_ok('REASSIGN OWNED BY dept_dba TO dev_x_1', 'PD143', NULL, 'R-14-3: nor does REASSIGN OWNED give it to a developer');
SELECT lives_ok('REASSIGN OWNED BY dept_dba TO yn_transport_1', 'R-14-3: to a department it does');
SELECT * FROM finish();
ROLLBACK;
