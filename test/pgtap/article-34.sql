-- Article 34: earlier arrangements, new ones, public utilities.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
\ir include/request.sql
SELECT no_plan();
SELECT t.resource('transport/traffic_flow', 'yn_transport'), t.draft_plan('K-1', 'km_center', '530100'), t.act('km_center_1', $$UPDATE pdauth.plan SET term = '[2025-03-01,2036-01-01)' WHERE label = 'K-1'$$), t.approve_plan('K-1', 'km_center', 'km_gov'), t.selection('X-1', 'K-1', 'km_center');
CREATE FUNCTION t.legacy_id(number text) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT legacy_id FROM pdauth.legacy_arrangement AS l WHERE l.number = legacy_id.number $$;
CREATE FUNCTION t.legacy(number text, object text, started date DEFAULT '2025-03-01', dated date DEFAULT '2025-03-01') RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.legacy_arrangement (number, division, agency_party, operator_party, object, started_on, ends_on, evidence, evidence_digest, evidence_dated)
    VALUES (%L, ''530100'', t.id(''km_center''), t.id(''op_a''), %L, %L, ''2031-11-30'', ''contract'', ''sha256:%s'', %L)', number, object, started, repeat('0', 64), dated) $$;
CREATE FUNCTION t.gap(number text, rule text, until text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$ SELECT format('INSERT INTO pdauth.legacy_gap (legacy_id, rule, gap, until) VALUES (t.legacy_id(%L), %L, ''missing'', %L)', number, rule, until) $$;
CREATE FUNCTION t.enter(number text) RETURNS text LANGUAGE sql AS $$ SELECT format('UPDATE pdauth.legacy_arrangement SET state = ''entered'', %s WHERE number = %L', t.document('list'), number) $$;
-- A draft agreement with ten of the fourteen items, decided and signed by the parties.
CREATE FUNCTION t.ten_items(label text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.act('km_center_1', format('DELETE FROM pdauth.operating_agreement_item WHERE agreement_id = %s AND number > 10', t.agreement_id(label)));
  PERFORM t.decide_agreement(label, 'km_center'), t.signatures(label, 'km_center');
END $$;

-- R-34-2
SELECT t.refused('km_center_1', t.legacy('L-0', 'operating agreement N-1', '2026-01-01', '2025-12-01'), 'R-34-2: an agreement signed on the effective date is no earlier arrangement', 'took effect on 2026-01-01');
SELECT t.refused('km_center_1', t.legacy('L-0', 'operating agreement N-1', '2025-12-31', '2026-01-01'), 'R-34-2: nor one that no document of before shows');
SELECT t.works('km_center_1', t.legacy('L-1', 'operating agreement L-A', '2025-12-31', '2025-12-31'), 'R-34-2: one of the day before is');
SELECT t.refused('op_a_1', t.legacy('L-2', 'operating agreement L-B'), 'R-34-1: an operator does not enter it');
SELECT t.refused('dl_center_1', t.legacy('L-2', 'operating agreement L-B'), 'R-34-1: nor another agency');

-- R-34-1
SELECT t.act('km_center_1', t.gap('L-1', 'R-21-2', '2026-12-31'));
SELECT t.refused('km_center_1', t.enter('L-1'), 'R-34-1: some rules bind from the first day', 'R-21-2 binds');
SELECT is(pdauth.never_tolerated(rule), NOT rule IN ('R-11-6', 'R-20-6', 'R-25-6'), 'R-34-1: ' || rule) FROM unnest('{R-2-1,R-2-2,R-20-5,R-21-10,R-25-1,R-25-5,R-28-2,R-28-5,X-1,R-34-1,R-11-6,R-20-6,R-25-6}'::text[]) AS rule;
SELECT t.act('km_center_1', $$DELETE FROM pdauth.legacy_gap$$), t.act('km_center_1', t.gap('L-1', 'R-11-6', '2027-01-02'));
SELECT t.refused('km_center_1', t.enter('L-1'), 'R-34-1: no longer than the pack allows: 365 days from 1 January 2026', 'at most until 2027-01-01');
SELECT t.act('km_center_1', $$DELETE FROM pdauth.legacy_gap$$), t.act('km_center_1', t.gap('L-1', 'R-11-6'));
SELECT is((SELECT until FROM pdauth.legacy_gap), date '2027-01-01', 'R-34-1: which is the day if none is given');
SELECT t.draft_agreement('L-A', 'K-1', 'X-1', 'km_center', term => '[2025-12-31,2030-12-31)'), t.ten_items('L-A');
SELECT t.refused('km_center_1', t.sign('L-A'), 'R-11-6: while it is a draft, nothing is tolerated');
SELECT t.works('km_center_1', t.enter('L-1'), 'R-34-1: the arrangement is entered with its gap');
SELECT is((SELECT string_agg(concat_ws(' ', debtor, due, status), ', ' ORDER BY debtor) FROM pdauth.my_duty WHERE rule = 'R-34-1'), 'km_center 2027-01-01 open, op_a 2027-01-01 open', 'R-34-1: agency and operator owe that it is closed, by a day that does not move though it is a holiday');
SELECT t.refused('km_center_1', t.gap('L-1', 'R-11-9'), 'R-34-1: gaps are not added later');
SAVEPOINT signing;
SELECT t.works('km_center_1', t.sign('L-A'), 'R-34-1: an agreement with ten items is tolerated');
SELECT results_eq($$SELECT rule, object FROM pdauth.would_deny$$, $$VALUES ('R-11-6', 'operating agreement L-A')$$, 'R-34-1: ... and recorded');
SELECT t.act('km_center_1', $$INSERT INTO pdauth.operating_agreement (number, version, previous_id, clause_cited, plan_id, selection_id, division, agency_party, operator_party, term, scope)
  SELECT number, 2, agreement_id, 'item 12', plan_id, selection_id, division, agency_party, operator_party, term, scope FROM pdauth.operating_agreement WHERE label = 'L-A'$$);
SELECT t.agreement_items('L-A version 2', 'km_center'), t.ten_items('L-A version 2');
SELECT t.refused('km_center_1', t.sign('L-A version 2'), 'R-34-2: an amendment is new activity', 'R-11-6');
SELECT t.at('2027-01-01 23:59');
SELECT t.refused('km_center_1', t.sign('L-A version 2'), 'R-34-2: to the last day of the tolerance');
SELECT t.at('2027-01-02 00:00');
SET LOCAL pdauth.calendar_horizon = 'provisional';
SELECT t.refused('km_center_1', t.sign('L-A version 2'), 'R-34-1: an amendment with ten items after it', 'R-11-6: tolerated for legacy arrangement L-1 until 2027-01-01');
SELECT is((SELECT string_agg(concat_ws(' ', debtor, flag, status), ', ' ORDER BY debtor) FROM pdauth.my_duty WHERE rule = 'R-34-1'), 'km_center PD341 overdue, op_a PD341 overdue', 'R-34-1: and there is a flag');
ROLLBACK TO signing;
SAVEPOINT expired;
SELECT t.at('2027-01-02 00:00');
SET LOCAL pdauth.calendar_horizon = 'provisional';
SELECT t.refused('km_center_1', t.sign('L-A'), 'R-34-1: signed a day late, the arrangement itself is refused, too');
ROLLBACK TO expired;
SELECT t.refused('km_center_1', format($$UPDATE pdauth.legacy_arrangement SET state = 'completed', %s$$, t.document('report')), 'R-34-1: with an open gap it is not completed', 'Open: R-11-6');
SELECT t.refused('dl_center_1', $$INSERT INTO pdauth.legacy_gap_closing (legacy_id, rule, document) VALUES (t.legacy_id('L-1'), 'R-11-6', 'amendment')$$, 'R-34-1: another agency closes no gap');
SELECT t.works('km_center_1', $$INSERT INTO pdauth.legacy_gap_closing (legacy_id, rule, document) VALUES (t.legacy_id('L-1'), 'R-11-6', 'amendment')$$, 'R-34-1: the gap is closed');
SELECT is((SELECT string_agg(DISTINCT status, ', ') FROM pdauth.my_duty WHERE rule = 'R-34-1'), 'fulfilled', 'R-34-1: the duty is met');
SELECT t.refused('km_center_1', t.sign('L-A'), 'R-11-6: and the rule applies at once');
SELECT t.works('km_center_1', format($$UPDATE pdauth.legacy_arrangement SET state = 'completed', %s$$, t.document('report')), 'R-34-1: the arrangement is in line');

-- R-34-3
SELECT t.party('km_water', 'legal person', '530100', 'provider', '530100');
SELECT t.act('km_water_1', $$INSERT INTO pdauth.resource (path, name, provider_party, division, holder_level, personal_information, level, columns, update_frequency, quality)
  VALUES ('utility/water_use', 'water use', t.id('km_water'), '530100', 'utility', false, 'general', '{a,b}', '1 month', 'good')$$),
       t.act('km_water_1', format($$UPDATE pdauth.resource SET state = 'eligible', %s WHERE path = 'utility/water_use'$$, t.document('c')));
SELECT t.classify('utility/water_use', 'km_water', '{a,b}'), t.find_harmless('utility/water_use', 'km_water'), t.find_harmless('utility/water_use', 'km_bureau');
CREATE FUNCTION t.decide(consents boolean, opts_in boolean DEFAULT false, path text DEFAULT 'utility/water_use') RETURNS text LANGUAGE sql AS $$ SELECT format('INSERT INTO pdauth.utility_decision (resource_id, consents, opts_in, document, decided_on) VALUES (t.resource_id(%L), %L, %L, ''minutes'', pdauth.clock_today())', path, consents, opts_in) $$;
SELECT t.draft_plan('K-2', 'km_center', '530100', '{utility/water_use}');
SELECT t.refused('km_center_1', $$UPDATE pdauth.plan SET state = 'submitted' WHERE label = 'K-2'$$, 'R-34-3: data of a utility without its decision', 'has not decided');
SELECT t.refused('yn_transport_1', t.decide(true), 'R-34-3: nobody decides for it');
SELECT t.refused('yn_transport_1', t.decide(true, path => 'transport/traffic_flow'), 'R-34-3: nor is the decision of a department one');
SELECT t.act('km_water_1', t.decide(false));
SELECT t.refused('km_center_1', $$UPDATE pdauth.plan SET state = 'submitted' WHERE label = 'K-2'$$, 'R-34-3: nor against it', 'does not consent');
SELECT t.act('km_water_1', t.decide(true));
SELECT t.works('km_center_1', $$UPDATE pdauth.plan SET state = 'submitted' WHERE label = 'K-2'$$, 'R-34-3: with its decision it is planned');
SELECT is(pdauth.aggregation_gap('utility/water_use'), NULL, 'R-34-3: though it is not aggregated in full');
SELECT is((SELECT count(*)::int FROM pdauth.unexplained_exclusion WHERE path = 'utility/water_use'), 0, 'R-34-3: nor included by default');
SELECT t.refused('km_bureau_1', $$INSERT INTO pdauth.negative_list (number, resource_id, division, authority_party, reason) VALUES ('N-9', t.resource_id('utility/water_use'), '530100', t.id('km_bureau'), 'r')$$, 'R-34-3: and the negative list does not apply');
SELECT t.act('km_water_1', t.decide(true, true));
SELECT isnt(pdauth.aggregation_gap('utility/water_use'), NULL, 'R-34-3: unless the holder opts in');
SELECT t.works('km_bureau_1', $$INSERT INTO pdauth.negative_list (number, resource_id, division, authority_party, reason) VALUES ('N-9', t.resource_id('utility/water_use'), '530100', t.id('km_bureau'), 'r')$$, 'R-34-3: ... to that, too');
SELECT * FROM finish();
ROLLBACK;
