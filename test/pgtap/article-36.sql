-- Article 36: effective date, and provisions that prevail.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
\ir include/development.sql
\ir include/other-jurisdiction.sql
SELECT no_plan();
CREATE FUNCTION t.parameter(who text, pack text, kind text, name text, value text, since date DEFAULT pdauth.clock_today()) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.pack_parameter (pack, kind, name, value, unit, source, reason, effective_from) VALUES (%L, %L, %L, %L, ''unit'', ''promulgation document'', ''decision'', %L)', pack, kind, name, value, since) $$;
CREATE FUNCTION t.approve(kind text, name text) RETURNS text LANGUAGE sql AS $$ SELECT format('UPDATE pdauth.pack_parameter SET approved = true WHERE kind = %L AND name = %L AND NOT approved', kind, name) $$;

-- R-36-1
SELECT t.refused('qx_bureau_1', t.parameter('qx_bureau_1', 'qx-test', 'mode', 'R-11-7', '"enforce"'), 'R-36-1: a pack without effective date is not enforced', 'Effective date of the pack: none');
SELECT is(pdauth.rule_mode('R-11-7', '630100'), 'observe', 'R-36-1: it is observed, though its mode says otherwise');
SELECT is(pdauth.rule_mode('R-25-4', '630100'), 'enforce', 'R-36-1: but for evidence');
SELECT lives_ok($$SELECT pdauth.refuse('R-11-7', 'operating agreement A-1', NULL, NULL, '630100')$$, 'R-36-1: nothing is refused');
SELECT t.act('qx_bureau_1', t.parameter('qx_bureau_1', 'qx-test', 'date', 'effective_date', '"2027-01-01"')), t.act('qx_bureau_2', t.approve('date', 'effective_date'));
SELECT t.refused('qx_bureau_1', t.parameter('qx_bureau_1', 'qx-test', 'mode', 'R-11-7', '"enforce"', '2026-12-31'), 'R-36-1: nor before that day', 'Effective date of the pack: 2027-01-01');
SELECT t.works('qx_bureau_1', t.parameter('qx_bureau_1', 'qx-test', 'mode', 'R-11-7', '"enforce"', '2027-01-01'), 'R-36-1: from that day it is');
SELECT t.at('2026-12-31 23:59');
SELECT is(pdauth.rule_mode('R-11-6', '630100'), 'observe', 'R-36-1: on the last day before');
SELECT t.at('2027-01-01 00:00');
SELECT is(pdauth.rule_mode('R-11-6', '630100'), 'enforce', 'R-36-1: and on the day');
SELECT throws_ok($$SELECT pdauth.refuse('R-11-7', 'operating agreement A-1', NULL, NULL, '630100')$$, 'PD117', NULL, 'R-36-1: then it refuses');

-- R-36-2
SELECT t.at('2026-08-20 09:00');
CREATE FUNCTION t.prevail(number text, value text, division text DEFAULT '530100', citation text DEFAULT '昆政规〔2026〕3号 第五条', name text DEFAULT 'publicity_min_wd', period text DEFAULT '[2026-08-20,)') RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.pack_override (number, rule, division, kind, name, value, unit, period, citation, reason) VALUES (%L, ''R-13-10'', %L, ''figure'', %L, %L, ''working days'', %L, %L, ''local provision'')', number, division, name, value, period, citation) $$;
SELECT t.refused('yn_bureau_1', t.prevail('O-1', '7', citation => NULL), 'R-36-2: an override without citation', 'citation');
SELECT t.refused('yn_bureau_1', t.prevail('O-1', '7', division => NULL), 'R-36-2: or without scope', 'Scope: none');
SELECT t.refused('yn_bureau_1', t.prevail('O-1', '7', period => '[2026-08-19,)'), 'R-36-2: or for a period that is over');
SELECT t.refused('yn_bureau_1', t.prevail('O-1', '7', name => 'publicity'), 'R-36-2: of a figure that there is not');
SELECT t.refused('yn_bureau_1', t.prevail('O-1', '0'), 'R-36-2: a figure that is none');
SELECT t.refused('yn_bureau_1', t.prevail('O-1', '7', division => '630000'), 'R-36-2: in another province');
SELECT throws_ok($$SELECT t.act('km_bureau_1', t.prevail('O-1', '7'))$$, 'PD362', NULL, 'R-36-2: a prefecture authority enters none');
SELECT t.act('yn_bureau_1', t.prevail('O-1', '7'));
SELECT is(pdauth.figure('publicity_min_wd', '530100'), 5, 'R-36-2: a proposal does nothing');
SELECT t.refused('yn_bureau_1', $$UPDATE pdauth.pack_override SET approved = true$$, 'R-36-2: who proposed it does not approve it');
SELECT t.works('yn_bureau_2', $$UPDATE pdauth.pack_override SET approved = true$$, 'R-36-2: a second person does');
SELECT is(pdauth.figure('publicity_min_wd', division::pdauth.division_code), days, 'R-36-2: it prevails where it applies: ' || division) FROM (VALUES ('530100', 7), ('530103', 7), ('532900', 5), ('530000', 5)) AS v (division, days);
SELECT is(pdauth.figure('publicity_min_wd', '530100', '2026-08-19'), 5, 'R-36-2: and not before');
SELECT throws_ok($$UPDATE pdauth.pack_override SET value = '3'$$, 'PD004', NULL, 'R-36-2: nobody changes it');
SELECT throws_ok($$DELETE FROM pdauth.pack_override$$, 'PD362', NULL, 'R-36-2: nor deletes it');
SELECT t.at('2026-08-30 09:00');
SELECT t.authorisation(term => '[2026-08-30,2031-08-30)');
SELECT t.at('2026-09-02 09:00');
SELECT t.selected_developer('D-1', 'dev_x', 'A-1');
SELECT t.act('op_a_1', $$INSERT INTO pdauth.publicity (number, application_id, operator_party, division, content, place, channel) VALUES ('G-1', t.application_id('D-1'), t.id('op_a'), '530100', 'dev_x', 'portal', 'box');
  UPDATE pdauth.application SET state = 'publicity' WHERE number = 'D-1'$$);
SELECT t.at('2026-09-10 09:00');
SELECT t.refused('op_a_1', $$UPDATE pdauth.application SET state = 'cleared' WHERE number = 'D-1'$$, 'R-13-10: after five working days in Kunming', 'Prevailing: O-1: publicity_min_wd = 7 (昆政规〔2026〕3号 第五条).');
SELECT t.at('2026-09-14 00:00');
SELECT t.works('op_a_1', $$UPDATE pdauth.application SET state = 'cleared' WHERE number = 'D-1'$$, 'R-36-2: after seven it goes on');
SELECT * FROM finish();
ROLLBACK;
