-- Article 6: modes and levels.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
SELECT no_plan();
SELECT t.license_on_agreement();
SELECT t.authorisation();
CREATE FUNCTION t.submit(label text) RETURNS text LANGUAGE sql AS $$ SELECT format('UPDATE pdauth.plan SET state = ''submitted'' WHERE label = %L', label) $$;

-- R-6-1, R-6-2
SELECT t.draft_plan('K-2', 'km_center', '530100', mode => 'scene');
SELECT t.refused('km_center_1', t.submit('K-2'), 'R-6-1: authorisation by scene is not of this pack', 'scene');
SAVEPOINT overall;
SELECT t.works('km_center_1', $$UPDATE pdauth.plan SET mode = 'overall' WHERE number = 'K-2'; $$ || t.submit('K-2'), 'R-6-1: overall authorisation is the rule');
ROLLBACK TO overall;
SELECT t.act('km_center_1', $$UPDATE pdauth.plan SET mode = 'sector', sector = 'transport' WHERE number = 'K-2'$$);
SELECT t.refused('km_center_1', t.submit('K-2'), 'R-6-1: sector mode without a showing of need');
SELECT t.act('km_center_1', $$UPDATE pdauth.plan SET sector_reason = 'separate systems' WHERE number = 'K-2'$$);
SELECT t.refused('km_center_1', t.submit('K-2'), 'R-6-2: a sector plan without the department', 'transport');
CREATE FUNCTION t.confirm(party text) RETURNS text LANGUAGE sql AS $$ SELECT format('INSERT INTO pdauth.plan_confirmation (plan_id, party_id, document) VALUES (%s, t.id(%L), ''d'')', t.plan_id('K-2'), party) $$;
SELECT t.refused('yn_health_1', t.confirm('yn_health'), 'R-6-2: a department of another sector does not confirm it', 'yn_health');
SELECT t.refused('yn_health_1', format($$INSERT INTO pdauth.plan_confirmation (plan_id, party_id, document) VALUES (%s, t.id('yn_transport'), 'd')$$, t.plan_id('K-2')), 'R-6-2: nor is it given for another department');
SELECT t.act('yn_transport_1', t.confirm('yn_transport'));
-- what was confirmed is what is submitted
SAVEPOINT confirmed;
SELECT t.act('km_center_1', $$UPDATE pdauth.plan_item SET content = 'all revenue to the agency' WHERE number = 8 AND plan_id = t.plan_id('K-2')$$);
SELECT t.refused('km_center_1', t.submit('K-2'), 'R-6-2: a draft that was changed after the department confirmed it', 'not this content');
SELECT t.works('yn_transport_1', t.confirm('yn_transport'), 'R-6-2: the department confirms what it reads now');
SELECT t.works('km_center_1', t.submit('K-2'), 'R-6-2: ... which is then submitted');
ROLLBACK TO confirmed;
SELECT t.refused('km_center_1', $$UPDATE pdauth.plan SET purposes = '{公共治理}', state = 'submitted' WHERE number = 'K-2'$$, 'R-6-2: nor is it changed by the statement that submits it', 'not this content');
SELECT t.refused('km_center_1', t.submit('K-2') || $$; DELETE FROM pdauth.plan_product WHERE product = 'road index' AND plan_id = t.plan_id('K-2'); INSERT INTO pdauth.plan_product VALUES (t.plan_id('K-2'), 'another index', 'industry', 'interface')$$,
  'R-6-2: nor after it in the same transaction', 'not this content');
SELECT t.works('km_center_1', t.submit('K-2'), 'R-6-2: agency and department together submit it');
SELECT t.refused('yn_transport_1', t.confirm('yn_transport'), 'R-6-2: what was submitted is not confirmed any more', 'submitted');
SELECT is((SELECT state FROM pdauth.plan WHERE number = 'K-2'), 'submitted', 'R-6-1: with need and sector shown the sector mode stands');
SELECT t.sees('yn_transport_1', $$SELECT string_agg(number, ',') FROM pdauth.plan$$, 'K-2', 'R-6-2: the department sees the plan of its sector only');
SELECT t.argue_plan('K-2', 'km_center'), t.send_plan('K-2', 'km_center'), t.act('km_gov_1', format('UPDATE pdauth.plan SET state = ''approved'', %s WHERE number = ''K-2''', t.document('approval')));
SELECT t.selection('X-2', 'K-2', 'km_center'), t.draft_agreement('A-2', 'K-2', 'X-2', 'km_center'), t.decide_agreement('A-2', 'km_center'), t.signatures('A-2', 'km_center');
SELECT t.refused('km_center_1', t.sign('A-2'), 'R-11-5: in sector mode the department signs too', 'Not signed by: yn_transport');

-- R-6-3
SELECT t.draft_plan('C-1', 'pl_center', '530103');
SELECT t.refused('pl_center_1', t.submit('C-1'), 'R-6-3: a county alone', '530103 is a county');
SELECT t.refused('km_bureau_1', $$INSERT INTO pdauth.county_coordination (division, authority_party, conditions, decided_on, document) VALUES ('530103', t.id('km_bureau'), 'c', '2026-11-24', 'd')$$, 'R-6-3: a coordination dated tomorrow');
SELECT t.act('km_bureau_1', $$INSERT INTO pdauth.county_coordination (division, authority_party, conditions, decided_on, document) VALUES ('530103', t.id('km_bureau'), 'c', '2026-11-23', 'd')$$);
SELECT t.works('pl_center_1', t.submit('C-1'), 'R-6-3: led by its prefecture');
SELECT * FROM finish();
ROLLBACK;
