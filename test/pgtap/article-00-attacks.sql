-- Attacks on the register by those who may write it: histories invented, acts
-- dated back, content slipped in after its check, others' matters changed.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
SELECT no_plan();
SELECT t.license_on_agreement();
SELECT t.authorisation();
CREATE FUNCTION t.set_plan(label text, state text, more text DEFAULT '') RETURNS text LANGUAGE sql AS $$ SELECT format('UPDATE pdauth.plan SET state = %L%s WHERE label = %L', state, more, label) $$;
CREATE FUNCTION t.dated(day text, document text) RETURNS text LANGUAGE sql AS $$ SELECT format(', act_date = %L, %s', day, t.document(document)) $$;

-- ---- dating back (X-3) ----
SELECT t.draft_plan('K-2', 'km_center', '530100');
SELECT t.refused('km_center_1', t.set_plan('K-2', 'submitted', $$, act_date = '2026-11-20'$$), 'X-3: an act of the platform is of today: without a document it is not dated back', '2026-11-20');
SELECT t.refused('km_center_1', t.set_plan('K-2', 'submitted', t.dated('2026-11-20', 'letter')), 'X-3: nor with one where the act has none', '2026-11-20');
SELECT t.refused('km_center_1', $$INSERT INTO pdauth.plan (number, division, agency_party, act_date) VALUES ('K-0', '530100', t.id('km_center'), '2025-01-01')$$, 'X-3: nor does a row begin in the past');
SELECT t.submit_plan('K-2', 'km_center'), t.argue_plan('K-2', 'km_center');
SELECT t.refused('km_center_1', t.set_plan('K-2', 'decided', t.dated('2026-11-20', 'minutes')), 'R-10-1: a decision is not dated before the argument it follows', 'before the step it follows (2026-11-23)');
SELECT t.at('2026-11-25 09:00');
SELECT t.works('km_center_1', t.set_plan('K-2', 'decided', t.dated('2026-11-24', 'minutes')), 'X-3: an act outside the database keeps its own date, with its document');
SELECT t.sees('yn_bureau_1', $$SELECT concat_ws(' ', object, to_state, event_date, recorded_on, days_late, document) FROM pdauth.late_record$$, 'plan K-2 decided 2026-11-24 2026-11-25 1 minutes', 'X-3: that it was registered later is seen');
SELECT t.sees('dl_bureau_1', 'SELECT count(*) FROM pdauth.late_record', '0', 'X-3: ... by those who see the matter');
SELECT t.at('2026-11-23 09:00');
CREATE FUNCTION t.apply(number text) RETURNS text LANGUAGE sql AS $$
  SELECT format($q$INSERT INTO pdauth.application (number, applicant_party, operator_party, agreement_id, division, route, scenario, purpose)
    VALUES (%L, t.id('dev_x'), t.id('op_a'), t.agreement_id('A-1'), '530100', 'own', 's', '产业发展/车险')$q$, number) $$;
SELECT t.act('dev_x_1', t.apply('Q-1')), t.act('dev_x_1', $$UPDATE pdauth.application SET state = 'submitted'$$), t.act('op_a_1', $$UPDATE pdauth.application SET state = 'reviewing'$$);
SELECT t.refused('op_a_1', $$UPDATE pdauth.application SET state = 'correcting', defect = 'letter', act_date = '2026-09-01'$$, 'X-3: a notice is not dated back to a limit that has run');

-- ---- who writes content (R-8-6, R-13-3, R-13-8) ----
SELECT t.draft_plan('K-3', 'km_center', '530100');
SELECT t.refused('km_gov_1', $$UPDATE pdauth.plan SET benefit_statement = 'as the government likes it' WHERE label = 'K-3'$$, 'R-8-6: the government does not edit a draft that it sees');
SELECT t.refused('op_a_1', $$UPDATE pdauth.application SET correction_wd = 1$$, 'R-13-5: a limit is set with the notice, not before');
SELECT t.act('op_a_1', $$UPDATE pdauth.application SET state = 'correcting', defect = 'letter missing'$$);
SELECT t.refused('dev_x_1', $$UPDATE pdauth.application SET defect = 'nothing is missing'$$, 'R-13-5: the applicant does not rewrite the notice');
SELECT t.refused('op_a_1', $$UPDATE pdauth.application SET defect = 'everything is missing'$$, 'R-13-5: nor does the operator once it was given');
SELECT t.refused('op_a_1', $$UPDATE pdauth.application SET refusal_ground = 'other'$$, 'R-13-5: a ground is stated with the refusal');
SELECT t.act('dev_x_1', t.apply('Q-2'));
SELECT t.refused('op_a_1', $$UPDATE pdauth.application SET scenario = 'what suits us' WHERE number = 'Q-2'$$, 'R-13-3: the operator does not write the application of another');
SELECT t.refused('dev_x_1', $$UPDATE pdauth.application SET applicant_party = t.id('dev_y') WHERE number = 'Q-2'$$, 'R-13-3: nor is an application left in the name of another');
SELECT t.act('dev_x_1', replace(replace(t.apply('Q-3'), 'purpose)', 'purpose, correction_wd, defect)'), '产业发展/车险''', '产业发展/车险'', 9999, ''none'''));
SELECT is((SELECT (correction_wd, defect) FROM pdauth.application WHERE number = 'Q-3'), ROW(NULL::int, NULL::text), 'R-13-5: an applicant sets no limit for its own corrections');

-- ---- evidence and identity of rows (X-5) ----
SELECT t.refused('km_center_1', $$UPDATE pdauth.plan SET registered_at = '2020-01-01' WHERE label = 'K-3'$$, 'X-5: the instant of registration is the system''s');
SELECT t.refused('km_center_1', $$UPDATE pdauth.plan SET number = 'K-4' WHERE label = 'K-3'$$, 'X-5: a plan keeps its number');
SELECT t.act('km_center_1', $$INSERT INTO pdauth.plan (number, division, agency_party) VALUES ('K-5', '530100', t.id('km_center'))$$);
SELECT t.refused('km_center_1', $$UPDATE pdauth.plan SET plan_id = DEFAULT WHERE label = 'K-5'$$, 'X-5: and its key, which its evidence hangs on');
SELECT t.refused('yn_transport_1', $$UPDATE pdauth.resource SET path = 'elsewhere/traffic_flow' WHERE path = 'transport/traffic_flow'$$, 'X-5: a resource does not slip out of its path');
SELECT t.refused('km_center_1', $$INSERT INTO pdauth.plan (plan_id, number, division, agency_party) OVERRIDING SYSTEM VALUE VALUES (1000000, 'K-6', '530100', t.id('km_center'))$$, 'X-5: a key is not chosen');
SELECT t.refused('km_center_1', format($$INSERT INTO pdauth.plan (plan_id, number, division, agency_party) OVERRIDING SYSTEM VALUE VALUES (%s, 'K-1', '530100', t.id('km_center')) ON CONFLICT (plan_id) DO UPDATE SET state = 'closed'$$, t.plan_id('K-1')), 'X-5: nor does a conflict carry a step past its evidence');
SELECT t.refused('km_center_1', $$INSERT INTO pdauth.plan (number, division, agency_party) VALUES ('K-3', '530100', t.id('km_center')) ON CONFLICT (number, version) DO UPDATE SET state = 'approved'$$, 'R-10-1: ON CONFLICT DO UPDATE jumps no step');
SELECT t.refused('km_center_1', $$WITH n AS (INSERT INTO pdauth.plan (number, division, agency_party) VALUES ('K-7', '530100', t.id('km_center')) RETURNING plan_id) UPDATE pdauth.plan AS p SET state = 'approved' FROM n WHERE p.label = 'K-3'$$, 'R-10-1: nor does a writable CTE');
SELECT t.refused('km_center_1', $$MERGE INTO pdauth.plan AS p USING (VALUES ('K-3'), ('K-8')) AS v (number) ON p.number = v.number WHEN MATCHED THEN UPDATE SET state = 'approved'
  WHEN NOT MATCHED THEN INSERT (number, division, agency_party) VALUES (v.number, '530100', t.id('km_center'))$$, 'R-10-1: nor MERGE, where it matches');
SELECT t.refused('km_center_1', $$MERGE INTO pdauth.plan AS p USING (VALUES ('K-8')) AS v (number) ON p.number = v.number
  WHEN NOT MATCHED THEN INSERT (number, division, agency_party, state) VALUES (v.number, '530100', t.id('km_center'), 'approved')$$, 'X-5: nor where it does not');
SELECT t.refused('km_center_1', $$INSERT INTO pdauth.plan (number, division, agency_party) SELECT 'K-9' || n, CASE n WHEN 2 THEN '510100' ELSE '530100' END::pdauth.division_code, t.id('km_center') FROM generate_series(1, 3) AS n$$, 'R-3-1: one row of three in one statement');
GRANT CREATE ON SCHEMA t TO km_center_1;
SELECT t.refused('km_center_1', $$CREATE VIEW t.my_plan AS SELECT * FROM pdauth.plan; CREATE TABLE t.box (label text); CREATE RULE r AS ON INSERT TO t.box DO INSTEAD UPDATE pdauth.plan SET state = 'approved' WHERE label = NEW.label;
  INSERT INTO t.box VALUES ('K-3')$$, 'R-10-1: nor a rule on a table of one''s own');
SELECT t.refused('km_center_1', $$CREATE VIEW t.my_plan AS SELECT * FROM pdauth.plan; UPDATE t.my_plan SET state = 'approved' WHERE label = 'K-3'$$, 'R-10-1: nor a view of one''s own');
DO $$ BEGIN
  BEGIN
    PERFORM t.act('km_center_1', 'INSERT INTO pdauth.plan (number, division, agency_party) VALUES (''K-10'', ''530100'', t.id(''km_center''))');
    RAISE division_by_zero;
  EXCEPTION WHEN division_by_zero THEN NULL;
  END;
END $$;
SELECT is_empty($$SELECT FROM pdauth.transition WHERE object = 'plan K-10'$$, 'X-5: an act rolled back to a savepoint leaves no evidence');
-- COPY: for ordinary roles the server refuses it on tables with row security; for others the rules hold
SELECT throws_ok($$SELECT t.act('km_center_1', $q$COPY pdauth.plan (number, division, agency_party) FROM PROGRAM 'true'$q$)$$, '42501', NULL, 'X-5: COPY FROM PROGRAM is not for those who write the register');
CREATE ROLE copyist IN ROLE pdauth_register, pg_execute_server_program BYPASSRLS;
GRANT USAGE ON SCHEMA t TO copyist;
INSERT INTO pdauth.principal (role, person_id, capacity_id, since) SELECT 'copyist', p.person_id, c.capacity_id, '2026-01-01' FROM pdauth.person AS p JOIN pdauth.party_capacity AS c USING (party_id) WHERE p.person = 'km_center_1';
CREATE FUNCTION t.copy(VARIADIC rows text[]) RETURNS text LANGUAGE sql AS $$
  SELECT format('COPY pdauth.plan (number, division, agency_party, state) FROM PROGRAM %L (FORMAT csv)', format('printf "%s"', string_agg(r || '\n', ''))) FROM unnest(rows) AS r $$;
SELECT t.refused('copyist', t.copy('K-11,530100,' || t.id('km_center') || ',draft', 'K-12,510100,' || t.id('km_center') || ',draft'), 'R-3-1: COPY brings no plan of Chengdu among others');
SELECT t.refused('copyist', t.copy('K-11,530100,' || t.id('km_center') || ',approved'), 'X-5: nor an approved one');
SELECT t.refused('copyist', t.copy('K-11,530100,' || t.id('dl_center') || ',draft'), 'R-5-1: nor one of another agency');
SELECT t.works('copyist', t.copy('K-11,530100,' || t.id('km_center') || ',draft', 'K-12,530100,' || t.id('km_center') || ',draft'), 'X-5: lawful drafts come by COPY');
SELECT is((SELECT count(*)::int FROM pdauth.transition WHERE object IN ('plan K-11', 'plan K-12') AND role = 'copyist'), 2, 'X-5: ... with their evidence');

-- ---- content slipped in after its check (X-5) ----
SELECT t.draft_plan('K-1', 'km_center', '530100', version => 2, classification => 'minor', reason => 'typing error');
SELECT t.submit_plan('K-1 version 2', 'km_center');
SELECT t.refused('km_center_2', t.set_plan('K-1 version 2', 'approved') || $$; DELETE FROM pdauth.plan_item WHERE plan_id = t.plan_id('K-1 version 2') AND number > 3$$, 'R-10-3: content checked at submission does not change with the approval');
SELECT t.refused('km_center_2', t.set_plan('K-1 version 2', 'approved') || $$; INSERT INTO pdauth.plan_product VALUES (t.plan_id('K-1 version 2'), 'secret service', 'industry', 'report')$$, 'R-10-3: nor is anything added');
SELECT t.refused('km_center_1', t.set_plan('K-3', 'submitted') || $$; SET CONSTRAINTS ALL IMMEDIATE; DELETE FROM pdauth.plan_item WHERE plan_id = t.plan_id('K-3') AND number = 9$$, 'R-10-3: nor between an early check and the commit');
SELECT t.refused('km_center_1', t.set_plan('K-3', 'submitted') || $$; SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED; $$ || t.set_plan('K-3', 'argued') || $$; DELETE FROM pdauth.plan_item WHERE plan_id = t.plan_id('K-3') AND number = 9$$, 'R-10-3: nor under the next step');
SELECT t.refused('km_center_1', $$CREATE TEMP TABLE late (x int); CREATE FUNCTION pg_temp.late() RETURNS trigger LANGUAGE plpgsql AS $f$BEGIN DELETE FROM pdauth.plan_item WHERE plan_id = t.plan_id('K-3') AND number = 9; RETURN NULL; END$f$;
  CREATE CONSTRAINT TRIGGER late AFTER INSERT ON late DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pg_temp.late();$$ || t.set_plan('K-3', 'submitted') || '; INSERT INTO late VALUES (1)', 'R-10-3: nor by a deferred trigger that runs after the check');

-- ---- versions (R-10-4, R-11-13, R-11-14) ----
SELECT t.act('km_center_2', t.set_plan('K-1 version 2', 'approved'));
SELECT t.act('km_center_1', $$INSERT INTO pdauth.plan (number, version, previous_id, classification, change_reason, division, agency_party, mode, purposes, term, benefit_statement)
  SELECT number, 3, plan_id, 'minor', 'back to the old text', division, agency_party, mode, purposes, term, benefit_statement FROM pdauth.plan WHERE label = 'K-1';
  INSERT INTO pdauth.plan_item SELECT t.plan_id('K-1 version 3'), number, part, content FROM pdauth.plan_item WHERE plan_id = t.plan_id('K-1');
  INSERT INTO pdauth.plan_resource SELECT t.plan_id('K-1 version 3'), resource_id, columns, actions, update_frequency, quality FROM pdauth.plan_resource WHERE plan_id = t.plan_id('K-1');
  INSERT INTO pdauth.plan_product SELECT t.plan_id('K-1 version 3'), product, use_class, form FROM pdauth.plan_product WHERE plan_id = t.plan_id('K-1')$$);
SELECT t.refused('km_center_1', t.set_plan('K-1 version 3', 'submitted'), 'R-10-4: a superseded version is not the ground of a minor change');
SELECT t.act('km_center_1', t.set_plan('K-1 version 2', 'executing')), t.act('km_center_1', t.set_plan('K-1 version 2', 'closed', $$, act_reason = 'done'$$));
SELECT ok(NOT pdauth.plan_in_force(t.plan_id('K-1')), 'R-10-2: when the last version is closed the one before does not come back');

SAVEPOINT amendments;
SELECT t.draft_plan('K-9', 'km_center', '530100', '{transport/traffic_flow,transport/vehicle_reg}'), t.approve_plan('K-9', 'km_center', 'km_gov'), t.selection('X-9', 'K-9', 'km_center');
CREATE FUNCTION t.both(term text) RETURNS text LANGUAGE sql AS $$ SELECT format('{read,derive,redevelop on transport/traffic_flow("a") for 产业发展 in 530100 during %1$s level general;read,derive,redevelop on transport/vehicle_reg("a") for 产业发展 in 530100 during %1$s level general}', term) $$;
SELECT t.agreement('A-9', 'K-9', 'X-9', 'km_center', term => '[2026-11-01,2031-11-01)', scope => t.both('[2026-11-01,2031-11-01)'));
SELECT t.selected_developer('Q-9', 'dev_x', 'A-9');
SELECT t.act('op_a_1', $$INSERT INTO pdauth.publicity (number, application_id, operator_party, division, content, place, channel) VALUES ('G-9', t.application_id('Q-9'), t.id('op_a'), '530100', 'dev_x', 'portal', 'post'); UPDATE pdauth.application SET state = 'publicity' WHERE number = 'Q-9'$$);
CREATE FUNCTION t.draft_development(number text) RETURNS text LANGUAGE sql AS $$
  SELECT format($q$INSERT INTO pdauth.development_agreement (number, application_id, agreement_id, division, operator_party, developer_party, term, scope)
      VALUES (%1$L, t.application_id('Q-9'), t.agreement_id('A-9'), '530100', t.id('op_a'), t.id('dev_x'), '[2026-12-01,2028-01-01)', replace(replace(t.both('[2026-12-01,2028-01-01)'), 'read,derive,', ''), '产业发展', '产业发展/车险')::pdauth.license_scope);
    INSERT INTO pdauth.development_agreement_matter (development_id, number, content) SELECT t.development_id(%1$L), n, 'text' FROM generate_series(1, 11) AS n$q$, number) $$;
CREATE FUNCTION t.sign_by(who text, development text) RETURNS void LANGUAGE sql AS $$
  SELECT t.act(who || '_1', format('INSERT INTO pdauth.development_agreement_signature (development_id, party_id, signed_on) VALUES (t.development_id(%L), t.id(%L), pdauth.clock_today())', development, who)) $$;
SELECT t.act('op_a_1', t.draft_development('D-9'));

-- ---- objections (R-13-11) ----
SAVEPOINT objected;
SELECT t.act('dev_y_1', $$INSERT INTO pdauth.objection (number, publicity_id, objector_party, content) VALUES ('B-9', t.publicity_id('G-9'), t.id('dev_y'), 'forged references')$$);
CREATE FUNCTION t.again() RETURNS text LANGUAGE sql AS $$ SELECT $q$INSERT INTO pdauth.publicity (number, application_id, operator_party, division, content, place, channel) VALUES ('G-10', t.application_id('Q-9'), t.id('op_a'), '530100', 'dev_x', 'portal', 'post')$q$ $$;
SELECT t.refused('op_a_1', t.again(), 'R-13-9: a second publicity does not run beside the first');
SELECT t.act('op_a_1', $$UPDATE pdauth.publicity SET state = 'interrupted', act_reason = 'portal was down'; $$ || t.again());
SELECT t.at('2026-12-02 09:00');
SELECT t.refused('op_a_1', $$UPDATE pdauth.application SET state = 'cleared' WHERE number = 'Q-9'$$, 'R-13-11: an objection does not go with the publicity it was raised against', 'B-9 is open');
SELECT t.act('op_a_1', $$UPDATE pdauth.objection SET state = 'upheld', act_reason = 'founded'$$);
SELECT t.refused('op_a_1', $$UPDATE pdauth.application SET state = 'cleared' WHERE number = 'Q-9'$$, 'R-13-11: nor an upheld one', 'B-9 is upheld');
SELECT t.act('op_a_1', $$UPDATE pdauth.application SET state = 'passed', act_reason = 'references replaced' WHERE number = 'Q-9'; UPDATE pdauth.publicity SET state = 'interrupted', act_reason = 'changed' WHERE number = 'G-10'$$),
       t.act('op_a_1', replace(t.again(), 'G-10', 'G-11')), t.act('op_a_1', $$UPDATE pdauth.application SET state = 'publicity' WHERE number = 'Q-9'$$);
SELECT t.refused('op_a_1', $$UPDATE pdauth.application SET state = 'cleared' WHERE number = 'Q-9'$$, 'R-13-10: a changed selection is publicised anew', 'G-11 runs');
SELECT t.at('2026-12-10 09:00');
SELECT t.works('op_a_1', $$UPDATE pdauth.application SET state = 'cleared' WHERE number = 'Q-9'$$, 'R-13-11: for a full period, and then cleared');
ROLLBACK TO objected;

-- ---- texts changed under a signature (R-11-5, R-13-12) ----
SELECT t.at('2026-12-02 09:00');
SELECT t.act('op_a_1', $$UPDATE pdauth.application SET state = 'cleared' WHERE number = 'Q-9'$$), t.sign_by('dev_x', 'D-9');
SELECT t.act('op_a_1', $$UPDATE pdauth.development_agreement_matter SET content = 'the developer pays for everything' WHERE number = 6$$), t.sign_by('op_a', 'D-9');
SELECT t.refused('op_a_1', t.sign_development('D-9'), 'R-13-12: the developer has not signed the text as it is now', 'dev_x');
SELECT t.act('op_a_1', $$UPDATE pdauth.development_agreement_matter SET content = 'text' WHERE number = 6$$);
SELECT t.refused('op_a_1', t.sign_development('D-9'), 'R-13-12: nor the operator the text as it was', 'op_a');
SELECT t.act('op_a_1', t.draft_development('D-10')), t.sign_by('op_a', 'D-10'), t.sign_by('dev_x', 'D-10');
SELECT t.works('op_a_1', t.sign_development('D-10'), 'R-13-12: one text, two signatures');
SELECT t.draft_agreement('A-10', 'K-9', 'X-9', 'km_center', term => '[2026-11-01,2031-11-01)', scope => t.both('[2026-11-01,2031-11-01)')), t.decide_agreement('A-10', 'km_center'), t.signatures('A-10', 'km_center');
SELECT t.act('km_center_1', $$UPDATE pdauth.operating_agreement SET state = 'draft', act_reason = 'small change' WHERE label = 'A-10'; UPDATE pdauth.operating_agreement_item SET content = 'all revenue to the agency' WHERE agreement_id = t.agreement_id('A-10') AND number = 7 AND part = ''$$), t.decide_agreement('A-10', 'km_center');
SELECT t.refused('km_center_1', t.sign('A-10'), 'R-11-5: a text changed after the operator signed is not signed by it', 'op_a (who signed another text)');

-- ---- amendments ----
CREATE FUNCTION t.amend(term text, scope text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.act('km_center_1', format('INSERT INTO pdauth.operating_agreement (number, version, previous_id, clause_cited, plan_id, selection_id, division, agency_party, operator_party, term, scope)
    SELECT number, 2, agreement_id, ''item 12'', plan_id, selection_id, division, agency_party, operator_party, %L, %L FROM pdauth.operating_agreement WHERE label = ''A-9''', term, scope));
  PERFORM t.agreement_items('A-9 version 2', 'km_center'), t.decide_agreement('A-9 version 2', 'km_center'), t.signatures('A-9 version 2', 'km_center'), t.act('km_center_1', t.sign('A-9 version 2'));
END $$;
SAVEPOINT amend;
SELECT t.amend('[2026-11-01,2027-11-01)', t.both('[2026-11-01,2027-11-01)'));
SELECT is((SELECT count(*)::int FROM pdauth.license WHERE basis LIKE '%D-10' AND revoked_at IS NULL), 0, 'R-13-16: an amendment that ends before a development agreement takes its licenses');
SELECT t.at('2027-11-02 09:00');
SELECT ok(NOT pdauth.agreement_in_force(t.agreement_id('A-9')), 'R-11-13: a term cut short by an amendment does not run on in the old version');
ROLLBACK TO amend;
SELECT t.amend('[2026-11-01,2031-11-01)', replace(t.both('[2026-11-01,2031-11-01)'), 'transport/vehicle_reg', 'transport/traffic_flow'));
SELECT is((SELECT count(*)::int FROM pdauth.license WHERE basis LIKE '%D-10' AND revoked_at IS NULL), 0, 'R-13-15: nor does a developer keep what an amendment takes from the operator');
ROLLBACK TO amend;
SELECT t.amend('[2026-11-01,2031-11-01)', t.both('[2026-11-01,2031-11-01)'));
SELECT is((SELECT count(*)::int FROM pdauth.license WHERE basis LIKE '%D-10' AND revoked_at IS NULL), 1, 'R-13-15: one that leaves it all leaves the developer''s too');
SELECT t.act('km_center_1', format($$UPDATE pdauth.operating_agreement SET state = 'terminated', act_reason = 'breach', %s WHERE label = 'A-9 version 2'$$, t.document('n')));
SELECT ok(NOT pdauth.agreement_in_force(t.agreement_id('A-9')), 'R-11-13: when the last version is ended the one before does not come back');
SELECT is((SELECT count(*)::int FROM pdauth.license WHERE (basis LIKE '%A-9%' OR basis LIKE '%D-10') AND revoked_at IS NULL), 0, 'R-13-16: ... nor do development agreements under it keep their licenses');
SELECT ok(NOT pdauth.development_in_force(t.development_id('D-10')), 'R-13-16: ... nor are they in force');
INSERT INTO pdauth.principal (role, person_id, capacity_id, since) SELECT 'copyist', p.person_id, c.capacity_id, '2026-01-01' FROM pdauth.person AS p JOIN pdauth.party_capacity AS c USING (party_id) WHERE false;
CREATE ROLE op_a_9 IN ROLE pdauth_register;
SELECT t.act('yn_platform_1', $$INSERT INTO pdauth.component_access (role, component_id) SELECT 'op_a_9', component_id FROM pdauth.platform_component$$);
INSERT INTO pdauth.principal (role, person_id, capacity_id, since) SELECT 'op_a_9', p.person_id, c.capacity_id, '2026-01-01' FROM pdauth.person AS p JOIN pdauth.party_capacity AS c USING (party_id) WHERE p.person = 'op_a_1';
SELECT is((SELECT count(*)::int FROM pdauth.license WHERE licensee = 'op_a_9'::regrole AND basis LIKE '%A-9%'), 0, 'R-11-13: a new role is licensed by no version of an ended agreement');
ROLLBACK TO amendments;
SELECT t.at('2026-11-23 09:00');

-- ---- exceptions (X-7) ----
SELECT t.act('km_center_1', $$INSERT INTO pdauth.exception (number, rule, object, division, applicant_party, reason, basis, expires_on) VALUES ('E-1', 'R-11-7', 'operating agreement A-20', '530103', t.id('km_center'), 'r', 'b', '2030-01-01')$$);
SELECT t.act('pl_gov_1', format($$UPDATE pdauth.exception SET state = 'approved', %s$$, t.document('e')));
SELECT t.draft_plan('K-20', 'km_center', '530100'), t.approve_plan('K-20', 'km_center', 'km_gov'), t.selection('X-20', 'K-20', 'km_center');
SELECT throws_ok($$SELECT t.draft_agreement('A-20', 'K-20', 'X-20', 'km_center', term => '[2026-12-01,2033-01-01)')$$, 'PD117', NULL, 'X-7: an exception that the government of another division approved carries nothing');

-- ---- blank content ----
SELECT is(ARRAY(SELECT c FROM unnest(ARRAY[U&'\200B', U&'\FEFF', U&'\3000', U&'\00A0', U&'\2060', U&'\180E', U&'\200D\200E', U&'\2003', U&'\2800', U&'\00AD', U&'\3164', E'\t\n', '', NULL]) WITH ORDINALITY AS u (c, n) WHERE NOT pdauth.is_blank(c)), '{}'::text[], 'R-8-1: characters that show nothing are no content');
SELECT ok(NOT pdauth.is_blank(c), 'R-8-1: what shows is: ' || c) FROM unnest('{a,无,0,-,。}'::text[]) AS c;
SELECT t.refused('km_center_1', $$UPDATE pdauth.plan_item SET content = U&'\200B' WHERE plan_id = t.plan_id('K-3') AND number = 9; $$ || t.set_plan('K-3', 'submitted'), 'R-8-1: a zero-width space is no item 9', 'item 9');
SELECT t.refused('km_center_1', $$UPDATE pdauth.plan_item SET content = U&'None\200B' WHERE plan_id = t.plan_id('K-3') AND number = 9; $$ || t.set_plan('K-3', 'submitted'), 'R-8-1: nor is "none" beside one', 'item 9');
SELECT throws_ok($$SELECT t.act('km_center_1', $q$INSERT INTO pdauth.plan_comment (plan_id, content) VALUES (t.plan_id('K-3'), U&'\3000')$q$)$$, '23514', NULL, 'R-8-6: nor is an ideographic space a comment');

-- ---- power (X-2): a superuser without break-glass ----
CREATE FUNCTION t.trap(statement text) RETURNS text LANGUAGE sql AS $f$ SELECT format($q$
  CREATE TEMP TABLE trap (x int);
  CREATE FUNCTION pg_temp.trap() RETURNS trigger SECURITY DEFINER LANGUAGE plpgsql AS $b$BEGIN %s; RETURN NEW; END$b$;
  CREATE TRIGGER g BEFORE INSERT ON trap FOR EACH ROW EXECUTE FUNCTION pg_temp.trap();
  GRANT INSERT ON trap TO PUBLIC;
  SET ROLE km_center_1;
  INSERT INTO trap VALUES (1)$q$, statement) $f$;
SELECT throws_ok(t.trap($$INSERT INTO pdauth.transition (life_cycle, object_id, object, division, parties, from_state, to_state, person_id, party_id, capacity, role, event_date, document, recorded_at, recorded_in)
  SELECT life_cycle, object_id, object, division, parties, from_state, to_state, person_id, party_id, capacity, role, '2026-01-01', 'another', recorded_at, recorded_in FROM pdauth.transition WHERE object = 'plan K-1' AND to_state = 'approved'$$), 'PD254', NULL, 'R-25-4: a trigger of the superuser''s own forges no transition');
SELECT throws_ok(t.trap($$INSERT INTO pdauth.transition (life_cycle, object_id, object, division, parties, from_state, to_state, person_id, party_id, capacity, role, event_date, recorded_at, recorded_in)
  SELECT 'plan', plan_id, 'plan K-3', division, ARRAY[agency_party], '', 'draft', (pdauth.actor()).person_id, (pdauth.actor()).party_id, 'agency', 'km_center_1', '2026-01-01', pdauth.clock_now(), pg_current_xact_id() FROM pdauth.plan WHERE label = 'K-3'$$), 'PD254', NULL, 'R-25-4: nor a second beginning');
SELECT throws_ok(t.trap(format($$INSERT INTO pdauth.plan_item VALUES (%s, 13, '', 'slipped in')$$, t.plan_id('K-1'))), 'PD103', NULL, 'R-10-3: nor does it write content into an approved plan');
SELECT throws_ok(t.trap(format($$INSERT INTO pdauth.pending_step SELECT transition_id FROM pdauth.transition WHERE object = 'plan K-1'; INSERT INTO pdauth.plan_item VALUES (%s, 13, '', 'slipped in')$$, t.plan_id('K-1'))), 'PD005', NULL, 'X-5: ... nor does a step that was checked become pending again');
SELECT throws_ok(statement, 'PD002', NULL, 'X-2: what the register rests on is not changed by hand: ' || statement) FROM (VALUES
  ($$UPDATE pdauth.life_cycle_transition SET capacities = '{agency,operator}'$$), ($$INSERT INTO pdauth.life_cycle_transition VALUES ('plan', 'draft', 'approved', '{agency}', 'R-10-1', '{}')$$), ($$UPDATE pdauth.life_cycle SET check_function = NULL$$),
  ($$DELETE FROM pdauth.life_cycle$$), ($$UPDATE pdauth.competence SET capacities = '{operator}'$$), ($$DELETE FROM pdauth.rule WHERE rule = 'R-2-1'$$), ($$UPDATE pdauth.jurisdiction_pack SET territory = '510000'$$), ($$INSERT INTO pdauth.capacity VALUES ('king', 'k', '王', 'territory')$$),
  ($$TRUNCATE pdauth.competence$$)) AS v (statement);
SELECT * FROM finish();
ROLLBACK;
