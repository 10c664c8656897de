-- Articles 34 and 36 under attack: what is new called old, and figures that suit.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
\ir include/request.sql
SELECT no_plan();
SELECT t.resource('transport/traffic_flow', 'yn_transport'), t.draft_plan('K-1', 'km_center', '530100'), t.approve_plan('K-1', 'km_center', 'km_gov'), t.selection('X-1', 'K-1', 'km_center');
CREATE FUNCTION t.legacy_id(number text) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT legacy_id FROM pdauth.legacy_arrangement AS l WHERE l.number = legacy_id.number $$;
CREATE FUNCTION t.legacy(number text, object text, agency text DEFAULT 'km_center', division text DEFAULT '530100', ends date DEFAULT '2031-11-30') RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.legacy_arrangement (number, division, agency_party, operator_party, object, started_on, ends_on, evidence, evidence_digest, evidence_dated)
    VALUES (%L, %L, t.id(%L), t.id(''op_a''), %L, ''2025-03-01'', %L, ''contract'', ''sha256:%s'', ''2025-03-01'')', number, division, agency, object, ends, repeat('0', 64)) $$;
CREATE FUNCTION t.gap(number text, rule text, until text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$ SELECT format('INSERT INTO pdauth.legacy_gap (legacy_id, rule, gap, until) VALUES (t.legacy_id(%L), %L, ''missing'', %L)', number, rule, until) $$;
CREATE FUNCTION t.enter(number text) RETURNS text LANGUAGE sql AS $$ SELECT format('UPDATE pdauth.legacy_arrangement SET state = ''entered'', %s WHERE number = %L', t.document('list'), number) $$;

-- R-34-1: whose arrangement it is
SELECT t.refused('dl_center_1', t.legacy('L-1', 'plan K-1', 'dl_center', '532900'), 'R-34-1: an agency calls nothing of another an earlier arrangement', 'not of dl_center');
SELECT t.refused('km_center_1', t.legacy('L-2', 'plan K-1', division => '532900'), 'R-34-1: nor its own one of another division', 'not of 532900');
SELECT t.refused('km_center_1', t.legacy('L-3', 'operating agreement A-9', division => '532900'), 'R-34-1: nor anything outside its territory, whose pack may grant more', 'not of 532900');

-- R-34-2: an agreement that begins under the measure is new, whatever a document says
SELECT t.draft_agreement('N-1', 'K-1', 'X-1', 'km_center');
SELECT t.refused('km_center_1', t.legacy('L-4', 'operating agreement N-1'), 'R-34-2: an agreement whose term begins later is no earlier arrangement', 'begins on 2026-12-01');
-- ... also where the arrangement is entered before the agreement is there
SELECT t.act('km_center_1', t.legacy('L-5', 'operating agreement N-2')), t.act('km_center_1', t.gap('L-5', 'R-11-6')), t.act('km_center_1', t.enter('L-5'));
SELECT t.draft_agreement('N-2', 'K-1', 'X-1', 'km_center');
SELECT t.act('km_center_1', format('DELETE FROM pdauth.operating_agreement_item WHERE agreement_id = %s AND number > 10', t.agreement_id('N-2')));
SELECT t.decide_agreement('N-2', 'km_center'), t.signatures('N-2', 'km_center');
SELECT t.refused('km_center_1', t.sign('N-2'), 'R-34-2: nor is one tolerated that was announced as such', 'R-11-6');
SELECT throws_ok($$SELECT t.act('km_center_1', t.legacy('L-6', 'plan K-9', ends => 'infinity'))$$, '23514', NULL, 'R-34-1: an arrangement ends');

-- R-36-2: overrides
CREATE FUNCTION t.prevail(number text, name text, value text, kind text DEFAULT 'figure', citation text DEFAULT '昆政规〔2026〕3号', division text DEFAULT '530000', rule text DEFAULT 'R-13-10') RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.pack_override (number, rule, division, kind, name, value, unit, period, citation, reason) VALUES (%L, %L, %L, %L, %L, %L, ''unit'', ''[2026-11-23,)'', %L, ''law'')', number, rule, division, kind, name, value, citation) $$;
CREATE FUNCTION t.agree(number text) RETURNS text LANGUAGE sql AS $$ SELECT format('UPDATE pdauth.pack_override SET approved = true WHERE number = %L', number) $$;
SELECT t.refused('yn_bureau_1', t.prevail('O-1', 'publicity_min_wd', '7', citation => chr(8203) || chr(65279) || chr(12288)), 'R-36-2: a citation that only looks like one', 'citation');
SELECT t.refused('yn_bureau_1', t.prevail('O-1', 'effective_date', v, 'date'), 'R-36-2: a date that is none: ' || v, 'no date') FROM unnest('{"\"soon\"","\"2026-02-30\"","\"03-31\"","\"2026-3-31\""}'::text[]) AS v;
SELECT t.refused('yn_bureau_1', t.prevail('O-1', 'disclosure_due', v, 'date'), 'R-36-2: a day of the year that is none: ' || v, 'no date') FROM unnest('{"\"02-30\"","\"2027-03-31\""}'::text[]) AS v;
SELECT t.refused('yn_bureau_1', t.prevail('O-1', 'plan_filing', '"office"', 'reviewer'), 'R-36-2: a reviewer that is no capacity', 'no reviewer');
SELECT t.works('yn_bureau_1', t.prevail('O-1', 'disclosure_due', '"02-28"', 'date'), 'R-36-2: a date that is one');
SELECT t.refused('yn_bureau_1', $$INSERT INTO pdauth.pack_parameter (pack, kind, name, value, source, reason, effective_from) VALUES ('yn-draft-2025-07-24', 'date', 'effective_date', '"soon"', 's', 'r', '2026-11-23')$$, 'X-6: a pack''s date neither', 'no date');
SELECT t.act('yn_bureau_1', t.prevail('O-2', 'log_retention_years', '7', rule => 'R-25-10')), t.act('yn_bureau_2', t.agree('O-2'));
SELECT isnt((SELECT count(*)::int FROM pdauth.retention WHERE keep_for = interval '7 years' AND statutory), 0, 'R-25-10: a longer retention of a prevailing provision is one of the log');

-- X-6: nor does a prevailing figure shorten what runs
SELECT t.at('2026-11-23 09:00'), t.draft_agreement('A-1', 'K-1', 'X-1', 'km_center', term => '[2026-11-23,2031-11-23)'), t.decide_agreement('A-1', 'km_center'), t.signatures('A-1', 'km_center'), t.act('km_center_1', t.sign('A-1'));
SELECT t.selected_developer('D-1', 'dev_x', 'A-1');
SELECT t.act('op_a_1', $$INSERT INTO pdauth.publicity (number, application_id, operator_party, division, content, place, channel) VALUES ('G-1', t.application_id('D-1'), t.id('op_a'), '530100', 'dev_x', 'portal', 'box');
  UPDATE pdauth.application SET state = 'publicity' WHERE number = 'D-1'$$);
SELECT t.act('yn_bureau_1', t.prevail('O-3', 'publicity_min_wd', '2')), t.act('yn_bureau_2', t.agree('O-3'));
SELECT is(pdauth.publicity_last_day(p), date '2026-11-30', 'X-6: a publicity that is running is not shortened by an override') FROM pdauth.publicity AS p;
SELECT * FROM finish();
ROLLBACK;
