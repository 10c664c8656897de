-- Rules that the pack N27 of the state adds where it is adopted.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
\ir include/request.sql
SELECT no_plan();
CREATE FUNCTION t.adopts_n27(adopted boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.act('yn_bureau_1', format($q$INSERT INTO pdauth.pack_parameter (pack, kind, name, value, source, reason, effective_from) VALUES ('yn-draft-2025-07-24', 'switch', 'adopts N27', %L, 's', 'r', pdauth.clock_today())$q$, adopted::text)),
          t.act('yn_bureau_2', $q$UPDATE pdauth.pack_parameter SET approved = true WHERE NOT approved$q$);
END $$;
SELECT t.operation();

-- N27-1: what was shared needs the consent of who shared it
CREATE FUNCTION t.shared(number text, path text DEFAULT 'transport/traffic_flow', provider text DEFAULT 'yn_transport') RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.resource_sharing (number, path, division, provider_party, origin, act_document, act_digest) VALUES (%L, %L, ''530000'', t.id(%L), ''四川省交通运输厅'', ''sharing agreement'', ''sha256:%s'')', number, path, provider, repeat('0', 64)) $$;
CREATE FUNCTION t.consent(state text) RETURNS text LANGUAGE sql AS $$ SELECT format('UPDATE pdauth.resource_sharing SET state = %L, %s', state, t.document('letter')) $$;
SELECT t.refused('yn_health_1', t.shared('SH-1'), 'R-5-4: N27-1, another department states nothing of it', 'provided by yn_transport');
SELECT t.refused('op_a_1', t.shared('SH-1'), 'R-20-7: N27-1, nor does the operator');
SELECT t.draft_request('Q-0'), t.act('op_a_1', t.submit_request('Q-0')), t.act('yn_transport_1', t.approve_request('Q-0')), t.act('yn_bureau_1', t.approve_request('Q-0'));
SELECT t.works('yn_bureau_1', t.grant_request('Q-0'), 'R-20-7: N27-1, what was not shared needs no consent');
SELECT t.works('yn_transport_1', t.shared('SH-1'), 'R-20-7: N27-1, the providing department says that it was shared');
SELECT t.draft_request('Q-1'), t.act('op_a_1', t.submit_request('Q-1')), t.act('yn_transport_1', t.approve_request('Q-1')), t.act('yn_bureau_1', t.approve_request('Q-1'));
SELECT t.refused('yn_bureau_1', t.grant_request('Q-1'), 'R-20-7: N27-1, without the consent of who shared it nothing is granted', 'whose consent is missing');
SAVEPOINT adopted;
SELECT t.adopts_n27(false);
SELECT t.works('yn_bureau_1', t.grant_request('Q-1'), 'R-20-7: N27-1, where N27 is not adopted it is granted');
ROLLBACK TO adopted;
SELECT t.refused('yn_transport_1', $$UPDATE pdauth.resource_sharing SET state = 'consented'$$, 'R-20-7: N27-1, consent is a document');
SELECT t.act('yn_transport_1', t.consent('consented'));
SAVEPOINT withdrawn;
SELECT t.act('yn_transport_1', t.consent('withdrawn'));
SELECT t.refused('yn_bureau_1', t.grant_request('Q-1'), 'R-20-7: N27-1, a consent that was withdrawn is none', 'whose consent is withdrawn');
ROLLBACK TO withdrawn;
SELECT t.works('yn_bureau_1', t.grant_request('Q-1'), 'R-20-7: N27-1, with consent it is granted');
-- N27-2: three conditions of an operator
SELECT t.selection('X-2', 'K-1', 'km_center', until => 'selected');
CREATE FUNCTION t.select_operator() RETURNS text LANGUAGE sql AS $$ SELECT format('UPDATE pdauth.selection SET state = ''selected'', %s WHERE number = ''X-2''', t.document('result')) $$;
SELECT t.refused('km_center_1', $$DELETE FROM pdauth.selection_finding WHERE condition = 'business and credit' AND selection_id = t.selection_id('X-2'); $$ || t.select_operator(), 'R-11-1: N27-2, no finding on business and credit', 'business and credit');
SELECT t.refused('km_center_1', $$UPDATE pdauth.selection_finding SET met = false WHERE condition = 'security compliance' AND selection_id = t.selection_id('X-2'); $$ || t.select_operator(), 'R-11-1: N27-2, a negative one on security', 'security compliance');
SAVEPOINT adopted;
SELECT t.adopts_n27(false);
SELECT t.works('km_center_1', $$DELETE FROM pdauth.selection_finding WHERE condition = 'business and credit' AND selection_id = t.selection_id('X-2'); $$ || t.select_operator(), 'R-11-1: N27-2, where N27 is not adopted there are those of the plan');
ROLLBACK TO adopted;
SELECT t.works('km_center_1', t.select_operator(), 'R-11-1: N27-2, with all three the operator is selected');
SELECT * FROM finish();
ROLLBACK;
