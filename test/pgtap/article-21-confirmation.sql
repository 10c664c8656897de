-- R-21-3: ties on record are confirmed every year.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
\ir include/development.sql
SELECT no_plan();
SELECT t.developer();
CREATE FUNCTION t.confirmation(day text, party text) RETURNS text LANGUAGE sql AS $$ SELECT format('INSERT INTO pdauth.affiliation_confirmation (declarant_party, confirmed_on, document, digest) VALUES (t.id(%L), %L, ''statement'', ''sm3:'' || repeat(''0'', 64))', party, day) $$;
CREATE FUNCTION t.confirmations(party text) RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT string_agg(concat_ws(' ', due, replace(status, 'due soon', 'open')), ', ' ORDER BY obligation_id) FROM pdauth.my_duty WHERE rule = 'R-21-3' AND debtor = confirmations.party $$;
SELECT is(t.confirmations('op_a'), '2027-09-01 open', 'R-21-3: an operator confirms its ties within twelve months of the signing');
SELECT is(t.confirmations('dev_x'), '2027-09-10 open', 'R-21-3: and so does a developer');
SELECT t.at('2027-09-01 23:59');
SELECT is(t.confirmations('op_a'), '2027-09-01 open', 'R-21-3: until the day is over');
SELECT t.at('2027-09-02 00:00');
SELECT t.sees('km_center_1', $$SELECT flag || ' ' || status FROM pdauth.my_duty WHERE rule = 'R-21-3' AND debtor = 'op_a'$$, 'PD213 overdue', 'R-21-3: then it is flagged, to the agency, too');
SELECT t.refused('op_a_1', t.confirmation('2027-09-02', 'dev_x'), 'R-21-3: nobody confirms the ties of another', 'does not confirm');
SELECT t.refused('km_center_1', t.confirmation('2027-09-02', 'op_a'), 'R-21-3: nor does the agency for its operator');
SELECT t.refused('op_a_1', t.confirmation('2027-09-03', 'op_a'), 'X-3: nor what will be');
SELECT t.works('op_a_1', t.confirmation('2027-09-02', 'op_a'), 'R-21-3: it confirms them');
SELECT is(t.confirmations('op_a'), '2027-09-01 fulfilled late, 2028-09-04 open', 'R-21-3: late, and the next twelve months run (2 September 2028 is a Saturday)');
SELECT t.refused('op_a_1', $$UPDATE pdauth.affiliation_confirmation SET confirmed_on = '2027-09-01'$$, 'R-25-4: what was stated stays');
SELECT t.act('yn_bureau_1', $$INSERT INTO pdauth.pack_parameter (pack, kind, name, value, unit, source, reason, effective_from) VALUES ('yn-draft-2025-07-24', 'figure', 'affiliation_confirmation_months', '6', 'months', 's', 'r', '2027-09-02')$$),
       t.act('yn_bureau_2', $$UPDATE pdauth.pack_parameter SET approved = true WHERE name = 'affiliation_confirmation_months' AND value = '6'$$);
SELECT is(t.confirmations('op_a'), '2027-09-01 fulfilled late, 2028-09-04 open', 'X-6: a period that runs keeps its figure');
SELECT t.act('dev_x_1', t.confirmation('2027-09-02', 'dev_x'));
SELECT is(t.confirmations('dev_x'), '2027-09-10 fulfilled, 2028-03-02 open', 'R-21-3: a new one has the new one');
SELECT t.act('op_a_1', format($$UPDATE pdauth.development_agreement SET state = 'terminated', act_reason = 'r', %s$$, t.document('end')));
SELECT is(t.confirmations('dev_x'), '2027-09-10 fulfilled, 2028-03-02 waived', 'R-21-3: it ends with the agreement');
SELECT * FROM finish();
ROLLBACK;
