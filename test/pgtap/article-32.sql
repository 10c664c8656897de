-- Article 32: disclosure.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
\ir include/request.sql
\ir include/development.sql
SELECT no_plan();
SELECT t.party('reader', 'natural person', '530100', 'public', '530000');
SELECT t.party('rival', 'legal person', '530100', 'public', '530000');
SELECT t.developer();
SELECT t.at('2026-11-23 09:00');
SELECT t.operator_product('P-1');
SELECT t.ceiling('interface', 0.50);
SELECT t.act('op_a_1', t.tariff('P-1', 1, 'industry', 0.50)), t.act('op_a_1', t.deliver('P-1', 'D-1', 'industry', 1000, 500));
CREATE FUNCTION t.disclose(number text, kind text, publisher text, year int DEFAULT NULL, content jsonb DEFAULT NULL, correction text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.disclosure (number, division, publisher_party, kind, year, content, correction) VALUES (%L, ''530100'', t.id(%L), %L, %L, %L, %L)', number, publisher, kind, year, content, correction) $$;
CREATE FUNCTION t.owed(matter text) RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT string_agg(concat_ws(' ', due, status, flag), ', ' ORDER BY due) FROM pdauth.disclosure_status AS s WHERE s.matter LIKE owed.matter || '%' AND status NOT LIKE 'fulfilled%' $$;

-- R-32-1
SELECT is(t.owed('agency disclosure of km_center'), '2027-03-31 open', 'R-32-1: an agreement in force in 2026 is disclosed by 31 March 2027');
SELECT is(pdauth.obligation_due('2028-10-01', '181 days', '{}', 'CN', true), date '2029-03-31', 'R-32-1: a fixed date does not move, though 31 March 2029 is a Saturday');
SELECT is(pdauth.obligation_due('2028-10-01', '181 days', '{}', 'CN'), date '2029-04-02', 'R-32-1: ... as a term of days would');
SELECT t.refused('km_center_1', t.disclose('W-1', 'agency', 'km_center', 2026), 'R-32-3: a year that is not over', 'not over');
SELECT t.at('2027-03-31 23:59');
SELECT isnt(t.owed('agency disclosure of km_center'), '2027-03-31 overdue PD321', 'R-32-1: on the last day it is not overdue');
SELECT t.at('2027-04-01 00:00');
SET ROLE reader_1;
SELECT is((SELECT string_agg(concat_ws(' ', due, status, flag), ', ') FROM pdauth.disclosure_status WHERE matter = 'agency disclosure of km_center in 530100 for 2026'), '2027-03-31 overdue PD321', 'R-32-1: then it is flagged, where everybody sees it');
RESET ROLE;
SELECT t.refused('op_a_1', t.disclose('W-1', 'agency', 'km_center', 2026), 'R-32-3: nobody publishes for another');
SELECT t.refused('op_a_1', t.disclose('W-1', 'agency', 'op_a', 2026), 'R-32-3: nor in a capacity it does not act in');
CREATE FUNCTION t.draft(kind text, year int) RETURNS jsonb LANGUAGE sql AS $$ SELECT pdauth.disclosure_draft(kind, '530100', year) $$;
SELECT t.refused('km_center_1', t.disclose('W-1', 'agency', 'km_center', 2026, jsonb_set(content, '{agreements,0,until}', '"2033-08-31"')), 'R-32-3: a term that was edited by hand', 'not what the register says')
  FROM (SELECT set_config('role', 'km_center_1', true) IS NOT NULL AS role, t.draft('agency', 2026) AS content, set_config('role', 'none', true) AS back) AS d;
RESET ROLE;
SELECT t.works('km_center_1', t.disclose('W-1', 'agency', 'km_center', 2026), 'R-32-1: the agency publishes what the register says');
SELECT is((SELECT content -> 'agreements' FROM pdauth.published_disclosure WHERE number = 'W-1'),
  jsonb_build_array(jsonb_build_object('number', 'A-1', 'agency', 'km_center', 'operator', 'op_a', 'operator_credit_code', (SELECT credit_code FROM pdauth.party WHERE party = 'op_a'),
    'from', '2026-09-01', 'until', '2031-08-31', 'state', 'signed', 'products', '["road index"]'::jsonb, 'resources', '["transport/traffic_flow"]'::jsonb, 'purposes', '["产业发展"]'::jsonb)),
  'R-32-1: parties, content, scope and term');
SELECT is((SELECT array_agg(k ORDER BY k) FROM pdauth.published_disclosure, jsonb_object_keys(content) AS k WHERE number = 'W-1'), '{agreements,cut_off,division,exceptions,fee_ceilings,kind,publisher,resources,year}', 'R-32-1: and what the list of the pack asks for');
SELECT is(t.owed('agency disclosure of km_center'), '2028-03-31 open', 'R-32-1: the duty is met, and the one for the next year begins');
SELECT is((SELECT status FROM pdauth.disclosure_status WHERE matter LIKE 'agency disclosure of km_center%2026'), 'fulfilled late', 'R-32-1: ... late, as it was');

-- R-32-3
SELECT t.refused('km_center_1', statement, 'R-32-3: what was published stays: ' || statement) FROM (VALUES ($$UPDATE pdauth.disclosure SET content = '{}'$$), ($$DELETE FROM pdauth.disclosure$$)) AS v (statement);
SELECT t.refused('km_center_1', t.disclose('W-2', 'agency', 'km_center', 2026), 'R-32-3: another version without a reason', 'version 2');
SELECT t.works('km_center_1', t.disclose('W-2', 'agency', 'km_center', 2026, correction => 'a ceiling was missing'), 'R-32-3: a correction is a new version');
SELECT is((SELECT string_agg(number || ' ' || version, ', ' ORDER BY version) FROM pdauth.published_disclosure), 'W-1 1, W-2 2', 'R-32-3: ... beside the first');
SELECT ok(bool_and(digest = 'sha256:' || encode(sha256(convert_to(content::text, 'UTF8')), 'hex')), 'R-32-3: the digest is that of the content') FROM pdauth.published_disclosure;
SELECT t.refused('km_center_1', t.disclose('W-3', 'agency', 'km_center', 2026, correction => 'ask 13812345678'), 'R-32-3: nothing with a mobile number', 'personal identifier');
SELECT is(pdauth.names_a_person(content), expected, 'R-32-3: ' || content::text) FROM (VALUES
  ('["张三 11010519491231002X"]'::jsonb, true), ('["11010519491231002Y"]', false), ('{"a": [{"b": "tel. 13812345678"}]}', true), ('["138123456789", 13812345678]', false), ('{"credit_code": "91530000M00000001X"}', false)) AS v (content, expected);

-- R-32-2
SELECT is(t.owed('operator disclosure of op_a'), '2027-03-31 overdue PD322', 'R-32-2: so is the operator''s disclosure of use');
SELECT t.works('op_a_1', t.disclose('W-4', 'operator', 'op_a', 2026), 'R-32-2: it publishes it');
SELECT is((SELECT content -> 'use' FROM pdauth.published_disclosure WHERE number = 'W-4'), '[{"calls": 0, "product": "P-1", "deliveries": 1, "developers": 1}]', 'R-32-2: with the use of each product');
SELECT is((SELECT content -> 'fees' FROM pdauth.published_disclosure WHERE number = 'W-4'), '[{"unit": "calls", "charged": 0, "product": "P-1", "version": 1, "use_class": "industry", "unit_amount": 0.50}]', 'R-32-2: and its fees');
SELECT t.at('2026-11-23 09:00');
SELECT is(t.owed('product list'), NULL, 'R-32-2: nothing is owed before something is offered');
SELECT t.act('op_a_1', $$UPDATE pdauth.product SET state = 'offered' WHERE number = 'P-1'$$);
SELECT is(t.owed('product list'), '2026-11-30 due soon', 'R-32-2: P-1, offered on Monday 23 November, is on a list by 30 November');
SET ROLE reader_1;
SELECT is((SELECT string_agg(number || ' ' || name || ' ' || operator, ', ') FROM pdauth.product_list), 'P-1 road index op_a', 'R-32-2: the list as it is can always be read');
RESET ROLE;
SELECT t.sees('reader_1', $$SELECT concat_ws(' ', operator, number, use_class, unit_amount, unit) FROM pdauth.published_tariff$$, 'op_a P-1 industry 0.50 calls', 'R-32-2: with its tariff (N65-7)');
SELECT t.at('2026-11-30 23:59');
SELECT is(t.owed('product list'), '2026-11-30 due soon', 'R-32-2: until the day is over');
SELECT t.at('2026-12-01 00:00');
SELECT is(t.owed('product list'), '2026-11-30 overdue PD322', 'R-32-2: then it is overdue');
SELECT t.works('op_a_1', t.disclose('W-5', 'product list', 'op_a'), 'R-32-2: published');
SELECT is((SELECT content - '{cut_off,publisher,division}'::text[] FROM pdauth.published_disclosure WHERE number = 'W-5'),
  '{"kind": "product list", "fees": [{"unit": "calls", "product": "P-1", "use_class": "industry", "unit_amount": 0.50, "version": 1}], "products": [{"form": "interface", "name": "road index", "state": "offered", "number": "P-1"}]}', 'R-32-2: the products and their tariffs');
SELECT is(t.owed('product list'), NULL, 'R-32-2: ... it is owed no more');
SELECT t.act('op_a_1', $$UPDATE pdauth.product SET state = 'withdrawn', act_reason = 'old' WHERE number = 'P-1'$$);
SELECT is(t.owed('product list'), '2026-12-08 due soon', 'R-32-2: taken off it, there is another one to publish');
SELECT t.works('op_a_1', t.disclose('W-6', 'product list', 'op_a'), 'R-32-2: which needs no reason');
SELECT is((SELECT content -> 'products' FROM pdauth.published_disclosure WHERE number = 'W-6'), '[]', 'R-32-2: with nothing on it');

-- exports
SELECT is((SELECT content FROM pdauth.published_disclosure WHERE number = 'W-1'), pdauth.disclosure_json('W-1')::jsonb -> 'content', 'R-32-1: exported as JSON');
SELECT matches(pdauth.disclosure_csv('W-1'), E'\r\n"agreements","1","until","2031-08-31"\r\n', 'R-32-1: and as CSV');
SELECT is(pdauth.csv_field(field), expected, 'R-32-1: a field of it: ' || field) FROM (VALUES ('a"b', '"a""b"'), ('=1+1', '"''=1+1"'), (' @x', '"'' @x"'), (E'a\nb', E'"a\nb"')) AS v (field, expected);
SELECT is(pdauth.disclosure_csv('W-0'), NULL, 'R-32-1: of what there is not, nothing');

-- R-32-4
SELECT t.at('2026-11-23 09:00');
SELECT t.selected_developer('Q-7', 'dev_y', 'A-1');
SELECT t.act('op_a_1', $$INSERT INTO pdauth.publicity (number, application_id, operator_party, division, content, place, channel) VALUES ('G-7', t.application_id('Q-7'), t.id('op_a'), '530100', 'dev_y', 'portal', 'post box 9')$$);
SELECT t.sees('reader_1', $$SELECT string_agg(content, ', ' ORDER BY content) FROM pdauth.published_selection$$, 'dev_x, dev_y', 'R-32-4: the public reads publicity');
SELECT t.sees('reader_1', $$SELECT count(*)::text FROM pdauth.published_disclosure$$, '5', 'R-32-4: and disclosures');
SELECT t.refused('reader_1', 'SELECT FROM pdauth.' || relation, 'R-32-4: but not ' || relation, 'acts for the public')
  FROM unnest('{application,product,delivery,operating_agreement,plan,resource}'::text[]) AS relation;
SELECT is_empty($$SELECT c.relation FROM pdauth.competence AS c WHERE c.relation NOT IN ('publicity', 'objection', 'disclosure', 'public_report')
  AND NOT EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = ('pdauth.' || c.relation)::regclass AND p.polname = 'public_reads_disclosure')$$, 'R-32-4: nor any table of the register');
SELECT t.sees('dev_y_1', 'SELECT count(*)::text FROM pdauth.application', '1', 'R-32-4: who takes part reads what is its own');
SELECT t.sees('reader_1', 'SELECT count(*)::text FROM pdauth.my_duty', '0', 'R-32-4: nor does the public see duties');
SELECT t.works('rival_1', $$SELECT pdauth.lodge('objection', 'G-7', 'not qualified')$$, 'R-32-4: it objects');
SELECT t.works('reader_1', $$SELECT pdauth.lodge('report', 'op_a', 'sells lists')$$, 'R-32-4: and reports');
SELECT throws_ok($$SELECT t.act('reader_1', $q$SELECT pdauth.lodge('objection', 'G-9', 'x')$q$)$$, 'P0002', NULL, 'R-32-4: ... what there is');
SELECT t.sees('km_bureau_1', $$SELECT string_agg(about || ': ' || content, ', ') FROM pdauth.public_report$$, NULL, 'R-32-4: a report is for the supervisors of its division');
SELECT t.sees('yn_bureau_1', $$SELECT string_agg(about || ': ' || content, ', ') FROM pdauth.public_report$$, 'op_a: sells lists', 'R-32-4: ... who read it');
SELECT t.sees('op_a_1', $$SELECT string_agg(content, ', ') FROM pdauth.objection$$, 'not qualified', 'R-32-4: an objection for the operator');
SELECT t.refused('reader_1', $$INSERT INTO pdauth.scenario (number, name, author_party, division, need, sector, purpose) VALUES ('C-9', 'x', t.id('reader'), '530100', 'x', 'x', 'x')$$, 'R-19-1: the public writes nothing else');
-- R-32-2: what was obtained, and what the log says was read of it
SELECT t.approved_data();
SELECT t.sees('op_a_1', $$SELECT string_agg((r - 'reads' - 'rows_read')::text, ', ') FROM jsonb_array_elements(pdauth.disclosure_draft('operator', '530100', 2026) -> 'resources') AS r$$, '{"name": "transport/traffic_flow", "path": "transport/traffic_flow", "provider": "yn_transport", "requests": 1}', 'R-32-2: the resources obtained ...');
-- the log keeps what is rolled back, so other tests' reads count as well
SELECT t.sees('op_a_1', $$SELECT bool_and((r ->> 'reads')::bigint >= 0 AND (r ->> 'rows_read')::bigint >= 0)::text FROM jsonb_array_elements(pdauth.disclosure_draft('operator', '530100', 2026) -> 'resources') AS r$$, 'true', 'R-32-2: ... and how often they were read');
SELECT * FROM finish();
ROLLBACK;
