-- The catalogue itself, and the cross-cutting rules of the register.
BEGIN;
\ir include/fixture.sql
\ir include/rule-index.sql
SELECT no_plan();

-- Titles that say more than the index does: the library refuses by these rules in
-- more cases than the index has in mind, and a title must not name a figure that
-- another pack sets, nor begin in the middle of a sentence.
CREATE TABLE t.title_departure (rule text PRIMARY KEY, title text, title_chinese text);
INSERT INTO t.title_departure VALUES
  ('R-13-10', 'publicity lasts at least the set working days', '公示时间'),
  ('R-13-15', 'development scope lies within the operator''s authorisation', '再开发范围不得超出授权范围'),
  ('R-21-3', 'operator takes no indirect part in re-development', '不得间接参与'),
  ('R-21-4', 'public data is not altered', '不得篡改公共数据'),
  ('R-22-4', 'product lies within the purpose and scope applied for', '产品不得超出申请的用途和范围');
SELECT is((SELECT count(*)::int FROM t.rule_index WHERE rule LIKE 'R-%'), 193, 'catalogue: its index has 193 rules of the articles');
SELECT is((SELECT count(*)::int FROM t.rule_index WHERE rule LIKE 'X-%'), 10, 'catalogue: and 10 cross-cutting ones');
SELECT set_eq('SELECT rule, sqlstate, array_to_string(kinds, '','') FROM pdauth.rule', 'SELECT rule, sqlstate, kinds FROM t.rule_index', 'catalogue: id, SQLSTATE and kinds are those of the index');
SELECT is_empty($$SELECT r.rule, r.title, i.title FROM pdauth.rule AS r JOIN t.rule_index AS i USING (rule) LEFT JOIN t.title_departure AS d USING (rule)
  WHERE r.title <> coalesce(d.title, regexp_replace(lower(left(i.title, 1)) || substr(i.title, 2), ' \(A-[0-9]+\)$', ''))$$, 'catalogue: so is the title');
SELECT is_empty($$SELECT r.rule, r.title_chinese, i.title_chinese FROM pdauth.rule AS r JOIN t.rule_index AS i USING (rule) LEFT JOIN t.title_departure AS d USING (rule)
  WHERE r.title_chinese <> coalesce(d.title_chinese, i.title_chinese, r.title_chinese)$$, 'catalogue: and the Chinese one, where the index gives it');
SELECT is_empty($$SELECT rule FROM pdauth.rule
  WHERE sqlstate <> 'PD' || lpad(article::text, 2, '0') || substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', number + 1, 1)$$, 'catalogue: the SQLSTATE follows from the id');
SELECT is_empty($$SELECT rule FROM pdauth.rule WHERE title_chinese !~ '[一-鿿]' OR title ~ '[一-鿿]'$$, 'catalogue: every rule has a title in both languages');
SELECT results_eq($$SELECT rule FROM pdauth.library_rules() WHERE rule NOT IN (SELECT rule FROM pdauth.rule)$$, $$VALUES ('T-1')$$,
  'catalogue: the library knows no other rule but the convention on working days');
SELECT is_empty($$SELECT l.* FROM pdauth.library_rules() AS l JOIN pdauth.rule AS r USING (rule)
  WHERE l.sqlstate <> r.sqlstate OR l.detail <> pdauth.rule_detail(r.rule)$$, 'catalogue: and cites the others as the catalogue does');
SELECT is(pdauth.rule_detail('R-13-10'), 'Rule R-13-10: Article 13, publicity lasts at least the set working days (第十三条 公示时间).', 'catalogue: a rule is cited in both languages');
SELECT is(ARRAY(SELECT pdauth.chinese_number(n) FROM unnest('{1,10,11,20,36,99}'::int[]) AS n), '{一,十,十一,二十,三十六,九十九}'::text[], 'catalogue: articles are counted in Chinese');
SELECT is_empty($$SELECT life_cycle, to_state FROM pdauth.life_cycle_transition
  WHERE capacities <> ALL (SELECT array_agg(capacity) FROM pdauth.capacity) AND NOT capacities <@ (SELECT array_agg(capacity) FROM pdauth.capacity)$$, 'catalogue: transitions name known capacities');

-- X-3, X-4
CREATE ROLE nobody_1 IN ROLE pdauth_register;
SELECT t.refused('nobody_1', $$INSERT INTO pdauth.exception (number, rule, object, division, applicant_party, reason, basis, expires_on)
  VALUES ('E-0', 'R-11-7', 'operating agreement A-1', '530100', 1, 'r', 'b', '2030-01-01')$$, 'X-4: a role that is bound to nobody acts for nobody');
SELECT t.sees('nobody_1', 'SELECT count(*) FROM pdauth.transition', '0', 'X-4: ... and sees nothing');
SELECT throws_ok($$INSERT INTO pdauth.exception (number, rule, object, division, applicant_party, reason, basis, expires_on)
  VALUES ('E-0', 'R-11-7', 'operating agreement A-1', '530100', 1, 'r', 'b', '2030-01-01')$$, 'PD004', NULL, 'X-4: neither does a superuser');
SELECT t.refused('km_center_1', format($$INSERT INTO pdauth.exception (number, rule, object, division, applicant_party, reason, basis, expires_on, act_date)
  VALUES ('E-0', 'R-11-7', 'operating agreement A-1', '530100', %s, 'r', 'b', '2030-01-01', '2026-11-24')$$, t.id('km_center')), 'X-3: an act dated tomorrow is refused');

-- X-7, with the life cycle's own conditions
SELECT t.works('km_center_1', format($$INSERT INTO pdauth.exception (number, rule, object, division, applicant_party, reason, basis, expires_on)
  VALUES ('E-1', 'R-11-7', 'operating agreement A-9', '530100', %s, 'long amortisation', '云府〔2026〕9号', '2030-01-01')$$, t.id('km_center')), 'X-7: an exception is applied for');
SELECT t.refused('km_center_1', format($$INSERT INTO pdauth.exception (number, rule, object, division, applicant_party, reason, basis, expires_on, state)
  VALUES ('E-2', 'R-11-7', 'operating agreement A-9', '530100', %s, 'r', 'b', '2030-01-01', 'approved')$$, t.id('km_center')), 'X-7: ... and not entered as approved');
SELECT ok(NOT pdauth.has_exception('R-11-7', 'operating agreement A-9'), 'X-7: it does not count before it is approved');
SELECT t.refused('km_center_1', format($$UPDATE pdauth.exception SET state = 'approved', %s WHERE number = 'E-1'$$, t.document('D-1')), 'X-7: the applicant does not approve it', 'decided by: government');
SELECT t.act('dl_gov_1', format($$UPDATE pdauth.exception SET state = 'approved', %s$$, t.document('D-1')));
SELECT is((SELECT state FROM pdauth.exception), 'applied', 'X-7: nor the government of another territory');
SELECT t.sees('dl_gov_1', $$SELECT count(*) FROM pdauth.exception$$, '0', 'X-7: ... which does not even see it');
SELECT t.refused('km_gov_1', $$UPDATE pdauth.exception SET state = 'approved' WHERE number = 'E-1'$$, 'X-7: an approval has a document', 'act_document');
SELECT t.works('km_gov_1', format($$UPDATE pdauth.exception SET state = 'approved', %s WHERE number = 'E-1'$$, t.document('昆政复〔2026〕7号')), 'X-7: the government of the level approves');
SELECT ok(pdauth.has_exception('R-11-7', 'operating agreement A-9'), 'X-7: then it counts');
SELECT ok(NOT pdauth.has_exception('R-11-7', 'operating agreement A-8') AND NOT pdauth.has_exception('R-13-14', 'operating agreement A-9'), 'X-7: for this object and rule only');
SELECT ok(NOT pdauth.has_exception('R-11-7', 'operating agreement A-9', '2030-01-02') AND NOT pdauth.has_exception('R-11-7', 'operating agreement A-9', '2026-11-22'), 'X-7: and neither before approval nor after expiry');
SELECT t.refused('km_center_1', $$UPDATE pdauth.exception SET expires_on = '2040-01-01' WHERE number = 'E-1'$$, 'X-7: its content is frozen');

-- X-5 and R-25-4: the trace of acts
SELECT is((SELECT string_agg(concat_ws(',', t.from_state, t.to_state, p.person, y.party, t.capacity, t.role, t.event_date, t.document, t.digest IS NOT NULL, t.recorded_at = '2026-11-23 09:00+08'), ' ' ORDER BY t.transition_id)
             FROM pdauth.transition AS t JOIN pdauth.person AS p USING (person_id) JOIN pdauth.party AS y ON y.party_id = t.party_id WHERE t.object = 'exception E-1'),
  ',applied,km_center_1,km_center,agency,km_center_1,2026-11-23,f,t applied,approved,km_gov_1,km_gov,government,km_gov_1,2026-11-23,昆政复〔2026〕7号,t,t',
  'X-5: each act leaves person, organisation, capacity, dates and document');
SELECT t.refused('km_center_1', $$DELETE FROM pdauth.exception$$, 'R-25-4: what was registered is not deleted');
SELECT throws_ok($$INSERT INTO pdauth.transition (life_cycle, object_id, object, parties, from_state, to_state, person_id, party_id, capacity, role, event_date, recorded_at, recorded_in)
  SELECT life_cycle, object_id, object, parties, to_state, 'ended', person_id, party_id, capacity, role, event_date, recorded_at, recorded_in FROM pdauth.transition LIMIT 1$$,
  'PD254', NULL, 'X-5: evidence without an act is refused, to a superuser too');
SELECT throws_ok($$UPDATE pdauth.transition SET event_date = '2026-01-01'$$, 'PD254', NULL, 'X-5: evidence is not changed');
SELECT throws_ok($$DELETE FROM pdauth.transition$$, 'PD254', NULL, 'X-5: nor removed');
SELECT throws_ok($$TRUNCATE pdauth.transition$$, 'PD254', NULL, 'X-5: nor emptied');
SELECT t.refused('km_center_1', format($$INSERT INTO pdauth.exception (number, rule, object, division, applicant_party, reason, basis, expires_on)
  VALUES ('E-1', 'R-11-7', 'operating agreement A-9', '530100', %s, 'r', 'b', '2030-01-01') ON CONFLICT DO NOTHING$$, t.id('km_center')), 'X-5: an act that does not happen leaves no evidence');
SELECT t.sees('km_center_1', $$SELECT count(*) FROM pdauth.transition$$, '2', 'X-5: a party sees the acts of its matters');
SELECT t.sees('km_bureau_1', $$SELECT count(*) FROM pdauth.transition$$, '2', 'X-5: ... so does the authority of the territory');
SELECT t.sees('dl_bureau_1', $$SELECT count(*) FROM pdauth.transition$$, '0', 'X-5: ... not that of another');

-- X-6
SELECT is(pdauth.figure('operator_term_max_years', '530100'), 5, 'X-6: a figure comes from the pack of the division');
SELECT throws_ok($$SELECT pdauth.figure('operator_term_max_years', '510100')$$, 'PD006', NULL, 'X-6: a figure without a pack is an error');
SELECT t.works('yn_bureau_1', $$INSERT INTO pdauth.pack_parameter (pack, kind, name, value, unit, source, reason, effective_from)
  VALUES ('yn-draft-2025-07-24', 'figure', 'operator_term_max_years', '10', 'years', '云府发〔2026〕1号', 'promulgated text', '2026-12-01')$$, 'X-6: a change is proposed with its source');
SELECT is(pdauth.figure('operator_term_max_years', '530100', '2026-12-01'), 5, 'X-6: ... and does nothing yet');
SELECT t.refused('yn_bureau_1', $$UPDATE pdauth.pack_parameter SET approved = true WHERE value = '10' AND name = 'operator_term_max_years'$$, 'X-6: one approver is not enough');
SELECT throws_ok($$SELECT t.act('op_a_1', $q$UPDATE pdauth.pack_parameter SET approved = true WHERE value = '10' AND name = 'operator_term_max_years'$q$)$$, 'PD006', NULL, 'X-6: an operator approves nothing');
SELECT throws_ok($$SELECT t.act('yn_bureau_2', $q$UPDATE pdauth.pack_parameter SET value = '7', approved = true WHERE value = '10'$q$)$$, '42501', NULL, 'X-6: a proposal is not changed');
SELECT t.works('yn_bureau_2', $$UPDATE pdauth.pack_parameter SET approved = true WHERE value = '10' AND name = 'operator_term_max_years'$$, 'X-6: a second person approves');
SELECT is(pdauth.figure('operator_term_max_years', '530100', d), f, 'X-6: it counts from its day: ' || d) FROM (VALUES (date '2026-11-30', 5), ('2026-12-01', 10)) AS v (d, f);
SELECT t.refused('yn_bureau_1', $$INSERT INTO pdauth.pack_parameter (pack, kind, name, value, unit, source, reason, effective_from)
  VALUES ('yn-draft-2025-07-24', 'figure', 'publicity_min_wd', '3', 'working days', ' ', 'haste', '2026-12-01')$$, 'X-6: no change without a source');
SELECT t.refused('yn_bureau_1', $$INSERT INTO pdauth.pack_parameter (pack, kind, name, value, unit, source, reason, effective_from)
  VALUES ('yn-draft-2025-07-24', 'figure', 'publicity_min_wd', '3', 'working days', 's', 'r', '2026-11-22')$$, 'X-6: no change of finished periods');
SELECT t.refused('yn_bureau_1', $$INSERT INTO pdauth.pack_parameter (pack, kind, name, value, unit, source, reason, effective_from)
  VALUES ('yn-draft-2025-07-24', 'figure', 'publicity_min_wd', '0', 'working days', 's', 'r', '2026-12-01')$$, 'X-6: a figure is a positive whole number');
SELECT t.refused('yn_bureau_1', $$INSERT INTO pdauth.pack_parameter (pack, kind, name, value, unit, source, reason, effective_from)
  VALUES ('yn-draft-2025-07-24', 'figure', 'publicity_minimum', '3', 'working days', 's', 'r', '2026-12-01')$$, 'X-6: a misspelt figure is not a new one');
SELECT throws_ok($$DELETE FROM pdauth.pack_parameter$$, 'PD006', NULL, 'X-6: versions are not deleted');
SELECT throws_ok($$UPDATE pdauth.pack_parameter SET value = '9' WHERE name = 'operator_term_max_years'$$, 'PD004', NULL, 'X-6: not even a superuser rewrites one');
SELECT is_empty($$SELECT name FROM pdauth.pack_parameter WHERE source IS NULL OR kind = 'figure' AND unit IS NULL$$, 'X-6: every parameter has its source, every figure its unit');

-- X-8, X-9, X-10
SELECT t.refused('yn_bureau_1', $$INSERT INTO pdauth.pack_parameter (pack, kind, name, value, source, reason, effective_from)
  VALUES ('yn-draft-2025-07-24', 'mode', 'R-25-4', '"observe"', 's', 'r', '2026-11-23')$$, 'X-9: evidence holds in every mode');
SELECT lives_ok($$SELECT t.act('yn_bureau_1', $q$INSERT INTO pdauth.pack_parameter (pack, kind, name, value, source, reason, effective_from)
  VALUES ('yn-draft-2025-07-24', 'mode', 'R-11-7', '"observe"', 's', 'migration', '2026-11-23')$q$), t.act('yn_bureau_2', $q$UPDATE pdauth.pack_parameter SET approved = true WHERE kind = 'mode' AND name = 'R-11-7'$q$)$$, 'X-9: a rule is put in observe mode by two persons');
SELECT lives_ok($$SELECT pdauth.refuse('R-11-7', 'operating agreement A-1', 'f', NULL, '530100')$$, 'X-9: then it refuses nothing');
SELECT results_eq($$SELECT rule, object FROM pdauth.would_deny$$, $$VALUES ('R-11-7', 'operating agreement A-1')$$, 'X-9: ... and leaves a would-deny record');
SELECT throws_like($$SELECT pdauth.judge(ARRAY[('R-13-10', 'a', 'f', NULL), ('R-2-1', 'b', 'g', NULL), ('R-11-12', 'c', NULL, NULL), ('R-11-7', 'd', NULL, NULL)]::pdauth.violation[], '530100')$$,
  'b: raw data may not leave the domain (原始数据不出域)', 'X-10: of several violations the first of the catalogue is reported');
CREATE TABLE t.answer (detail text);
DO $$ DECLARE d text; BEGIN
  PERFORM pdauth.judge(ARRAY[('R-13-10', 'a', 'f', NULL), ('R-2-1', 'b', 'g', NULL), ('R-11-12', 'c', NULL, NULL)]::pdauth.violation[], '530100');
EXCEPTION WHEN SQLSTATE 'PD021' THEN GET STACKED DIAGNOSTICS d = PG_EXCEPTION_DETAIL; INSERT INTO t.answer VALUES (d); END $$;
SELECT is(detail, 'Rule R-2-1: Article 2, raw data stays inside the domain (第二条 原始数据不出域). g Also violated: R-11-12, R-13-10. Pack yn-draft-2025-07-24.', 'X-10: ... and the others are named') FROM t.answer;
SELECT is_empty($$SELECT rule FROM pdauth.rule WHERE hint = '' OR message = ''$$, 'X-8: every rule has a message and a lawful next step');
SELECT throws_ok($$SELECT pdauth.judge(ARRAY[('R-99-9', 'a', NULL, NULL)]::pdauth.violation[], '530100')$$, 'PD001', NULL, 'X-1: a check that names an unknown rule fails closed');
SELECT * FROM finish();
ROLLBACK;
