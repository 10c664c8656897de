-- Who reads by what two parties have approved: not more, not others, not on
-- something rewritten since (Articles 20 to 26).
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
\ir include/request.sql
\ir include/development.sql
\ir include/trade.sql
SELECT no_plan();
SELECT t.developer();
SELECT t.at('2026-11-23 09:00');
SELECT t.standard('yn_bureau'), t.in_scope('transport/traffic_flow', 'yn_transport'), t.scenario('C-1');
GRANT op_a_1 TO op_a_2;
CREATE TABLE t.traffic (a text, b text, division text);
INSERT INTO t.traffic SELECT 'a', 'b', '530102' FROM generate_series(1, 20);
GRANT SELECT ON t.traffic TO op_a_1, op_a_2, dev_x_1;
SELECT pdauth.protect('t.traffic', 'transport/traffic_flow', region_column => 'division');
SET LOCAL pdauth.purpose = '产业发展/车险';

-- a developer sees no raw data that its operator has not been granted
SELECT t.act('yn_platform_1', $$INSERT INTO pdauth.controlled_environment (name, component_id, network) SELECT 'laboratory', component_id, '10.9.0.0/16' FROM pdauth.platform_component$$);
CREATE FUNCTION t.raw_scope(columns text) RETURNS text LANGUAGE sql AS $$ SELECT format('{read on transport/traffic_flow(%s) for 产业发展/车险 in 530100 during [2026-11-23,2027-06-01) level general}', columns) $$;
CREATE FUNCTION t.need(columns text) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.raw_assessment (number, development_id, division, developer_party, operator_party, need, scope) VALUES (''W-1'', t.development_id(''D-1''), ''530100'', t.id(''dev_x''), t.id(''op_a''), ''outliers'', %L)', t.raw_scope(columns)) $$;
CREATE FUNCTION t.open_session() RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.raw_session (number, assessment_id, development_id, division, operator_party, person_id, role, environment_id, scope, period)
    SELECT ''S-1'', r.assessment_id, r.development_id, r.division, r.operator_party, %s, ''dev_x_1'', e.environment_id, r.scope, ''[2026-11-23 09:00+08,2026-11-23 12:00+08)'' FROM pdauth.raw_assessment AS r, pdauth.controlled_environment AS e', t.person_id('dev_x_1')) $$;
SELECT t.refused('dev_x_1', t.need('a,b'), 'R-21-7: no need of columns that the development agreement does not have', 'Beyond development agreement D-1');
SELECT t.act('dev_x_1', t.need('a'));
SELECT t.act('op_a_1', $$UPDATE pdauth.raw_assessment SET findings = 'f'; UPDATE pdauth.raw_assessment SET state = 'positive', $$ || t.document('assessment'));
SELECT t.refused('op_a_1', t.open_session(), 'R-20-5: nothing was requested of department and bureau, so there is nothing to show', 'No granted request');
CREATE FUNCTION t.raw_use() RETURNS text LANGUAGE sql AS $$ SELECT string_agg(rule, ',') FROM pdauth.raw_use_violations('dev_x_1'::regrole, t.person_id('dev_x_1'), 'transport/traffic_flow', '10.9.0.1', false, 'x') $$;
SAVEPOINT filtered;
SELECT t.draft_request('Q-1');
SELECT t.act('op_a_1', $$UPDATE pdauth.data_request_resource SET row_filter = 'a <> ''x'''$$), t.act('op_a_1', t.submit_request('Q-1'));
SELECT t.act('yn_transport_1', t.approve_request('Q-1')), t.act('yn_bureau_1', t.approve_request('Q-1')), t.act('yn_bureau_1', t.grant_request('Q-1'));
SELECT t.refused('op_a_1', t.open_session(), 'R-20-5: nor of rows that the request leaves out', 'No granted request');
ROLLBACK TO filtered;

-- approvals
SELECT t.draft_request('Q-1');
SELECT t.refused('op_a_1', $$UPDATE pdauth.data_request_resource SET time_span = '[-infinity,infinity)'; $$ || t.submit_request('Q-1'), 'R-20-3: eternity has no first and last day', 'no time span');
SELECT t.act('op_a_1', t.submit_request('Q-1'));
SELECT t.refused('yn_transport_1', replace(t.approve_request('Q-1'), 'pdauth.clock_today()', day), 'R-20-8: nobody approved it before it was submitted: ' || day) FROM unnest(ARRAY[$$'-infinity'$$, $$'2026-11-22'$$]) AS day;
SELECT t.works('yn_transport_1', t.approve_request('Q-1'), 'R-20-8: on the day it may be');
SELECT t.act('yn_bureau_1', t.approve_request('Q-1')), t.act('yn_bureau_1', t.grant_request('Q-1'));
SELECT t.works('op_a_1', t.open_session(), 'R-20-5: granted, it is shown to the developer');
SELECT is(t.raw_use(), NULL, 'R-20-5: and read');
SELECT t.refused('op_a_1', $$UPDATE pdauth.scenario SET need = 'sell to lenders'$$, 'R-20-8: what it was granted for is not rewritten', 'Q-1 was granted');
SELECT t.refused('op_a_1', $$UPDATE pdauth.scenario SET purpose = '公共治理'$$, 'R-20-8: nor turned to another purpose');

-- persons
CREATE FUNCTION t.reads(login text, role text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  found text;
BEGIN
  PERFORM set_config('session_authorization', login, true), set_config('role', role, true);
  EXECUTE 'SELECT count(*) FROM t.traffic' INTO found;
  RAISE EXCEPTION USING MESSAGE = found, ERRCODE = 'ZZ000';
EXCEPTION WHEN SQLSTATE 'ZZ000' THEN RETURN SQLERRM;
  WHEN OTHERS THEN RETURN SQLSTATE;
END $$;
SELECT is(t.reads('op_a_1', 'none'), '20', 'R-20-6: who is named reads');
SELECT is(t.reads('op_a_2', 'none'), 'PD206', 'R-20-6: a member of that role, who is not, does not');
SELECT is(t.reads('op_a_2', 'op_a_1'), 'PD206', 'R-20-6: nor having taken it');

SELECT t.act('yn_bureau_1', $$UPDATE pdauth.data_request SET state = 'revoked', act_reason = 'complaints'$$);
SELECT is(t.raw_use(), 'R-20-5', 'R-20-5: with the request, what it gave on ends');

-- days that are none, and texts that say nothing
SELECT t.act('op_a_1', $$INSERT INTO pdauth.evaluation (number, kind, division, subject_party, evaluator_party, development_id, period) VALUES ('E-1', 'developer', '530100', t.id('dev_x'), t.id('op_a'), t.development_id('D-1'), '[2026-09-10,2026-11-01)')$$);
SELECT t.refused('op_a_1', format($$UPDATE pdauth.evaluation SET result = 'rectify', notified_on = %L, state = 'concluded', act_reason = 'r', %s$$, day, t.document('evaluation')), 'R-26-4: nobody was notified of a result before the evaluation: ' || day, 'before the evaluation') FROM unnest('{-infinity,2026-10-01}'::text[]) AS day;
SELECT t.refused('op_a_1', format($$INSERT INTO pdauth.measure (number, division, operator_party, developer_party, kind, violation, evidence, gravity, notice, answer, ends_on, act_document, act_digest, act_reason)
  VALUES ('M-1', '530100', t.id('op_a'), t.id('dev_x'), 'suspension', 'copies', 'sm3:%1$s', 'serious', 'letter', 'denied', 'infinity', 'd', 'sm3:%1$s', 'grave')$$, repeat('0', 64)), 'R-21-9: a suspension does not end at infinity', 'end');
SELECT t.refused('op_a_1', format($$INSERT INTO pdauth.blacklist_entry (number, division, operator_party, listed_party, facts, ground, evidence, notice, period, act_document, act_digest)
  VALUES ('B-1', '530100', t.id('op_a'), t.id('dev_x'), 'f', 'g', 'sm3:%1$s', 'n', '[2026-11-01,infinity)', 'd', 'sm3:%1$s')$$, repeat('0', 64)), 'R-21-8: nor an entry of the blacklist');
SELECT throws_ok(format('SELECT t.act(%L, %L)', actor, statement), '23514', NULL, rule || ': ' || name) FROM (VALUES
  ('R-25-1', 'km_center_1', $$INSERT INTO pdauth.person_fact (person_id, kind, dated, document) VALUES (t.person_id('op_a_1'), 'vetting', '2026-11-23', U&'\200B')$$, 'a document whose name nobody can see'),
  ('R-25-1', 'km_center_1', $$INSERT INTO pdauth.person_fact (person_id, kind, dated, document) VALUES (t.person_id('op_a_1'), 'vetting', '-infinity', 'd')$$, 'a vetting of all times'),
  ('R-23-3', 'yn_drc_1', $$INSERT INTO pdauth.price_ceiling (division, form, unit, amount, document, period) VALUES ('530000', 'interface', 'calls', 5, U&'\200B', '[2026-01-01,)')$$, 'a price basis in no document'),
  ('R-21-11', 'op_a_1', $$INSERT INTO pdauth.referral (number, division, reporter_party, suspect_party, recipient, facts, evidence, referred_on, log_range) VALUES ('F-1', '530100', t.id('op_a'), t.id('dev_x'), U&'\200B', 'f', 'sm3:$$ || repeat('0', 64) || $$', '2026-11-23', '[2026-01-01,2026-02-01)')$$, 'a referral to nobody'),
  ('R-21-11', 'op_a_1', $$INSERT INTO pdauth.referral (number, division, reporter_party, suspect_party, recipient, facts, evidence, referred_on, log_range) VALUES ('F-1', '530100', t.id('op_a'), t.id('dev_x'), 'prosecutor', 'f', 'sm3:$$ || repeat('0', 64) || $$', '-infinity', '[2026-01-01,2026-02-01)')$$, 'or before all time')) AS v (rule, actor, statement, name);
SELECT * FROM finish();
ROLLBACK;
