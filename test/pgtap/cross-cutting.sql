-- The cross-cutting conditions X-1 to X-10, each by the example of the catalogue
-- and what is next to it.  (A server without the library: test/t/001_preload.pl;
-- two sessions at once: test/isolation/specs/register.spec.)
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
\ir include/request.sql
SELECT no_plan();
SELECT t.operation();
SELECT t.granted_request('Q-1', persons => '{op_a_1,op_a_2}');
CREATE TABLE t.traffic (a text UNIQUE, b text, c text, division text);
INSERT INTO t.traffic SELECT 'canary' || n, 'b', 'c', '530102' FROM generate_series(1, 20) AS n;
GRANT SELECT, INSERT ON t.traffic TO op_a_1, op_a_2, yn_transport_1;
SELECT pdauth.protect('t.traffic', 'transport/traffic_flow', region_column => 'division');
SELECT pdauth.mask('t.traffic', 'a', 'VALUE NULL', 'important');
INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES ('yn_transport_1', 'transport', 'Article 4');
SET LOCAL pdauth.purpose = '产业发展/车险';
SELECT t.sees('op_a_1', 'SELECT count(*)::text FROM t.traffic', '20', 'X-1: with the library, what is licensed is read');

-- X-1
SELECT throws_ok('SELECT pdauth.guard()', 'PD001', NULL, 'X-1: the guard that the library replaces raises where nobody does');
SELECT is((SELECT array_agg(polname::text ORDER BY polname) FROM pg_policy WHERE polrelid = 't.traffic'::regclass AND NOT polpermissive AND pg_get_expr(polqual, polrelid) ~ 'guard\('), '{pdauth_guard}', 'X-1: ... and every protected table has it');
SELECT is((SELECT a.amname::text FROM pg_class AS c JOIN pg_am AS a ON a.oid = c.relam WHERE c.oid = 't.traffic'::regclass), 'pdauth', 'X-1: and lies in a storage that a server without the library does not open');
SELECT throws_ok($$SELECT pdauth.judge(ARRAY[('R-99-9', 'a', NULL, NULL)]::pdauth.violation[], '530100')$$, 'PD001', NULL, 'X-1: a check that names an unknown rule fails closed');
SELECT throws_ok($$SELECT pdauth.figure('no_such_figure', '530100')$$, 'PD006', NULL, 'X-1: a figure that is not set is no zero');
SELECT is(pdauth.rule_mode('R-11-7', '710000'), 'enforce', 'X-1: where there is no pack, rules are enforced');

-- X-2
SET LOCAL session_replication_role = replica;
SELECT throws_ok($$UPDATE pdauth.plan SET benefit_statement = 'x' WHERE label = 'K-1'$$, 'PD004', NULL, 'X-2: a superuser changes no approved plan in the replication role');
SELECT throws_ok('SELECT * FROM t.traffic', 'PD252', NULL, 'X-2: nor reads: behind the login stands nobody');
RESET session_replication_role;
SELECT throws_ok(statement, 'PD002', NULL, 'X-2: what is enforced is not rewritten: ' || statement) FROM (VALUES
  ($$UPDATE pdauth.rule SET kinds = '{RECORD}'$$), ($$DELETE FROM pdauth.competence$$), ($$UPDATE pdauth.life_cycle_transition SET capacities = '{operator}'$$),
  ($$DELETE FROM pg_trigger WHERE tgrelid = 'pdauth.plan'::regclass$$), ('DELETE FROM pdauth.further_check'), ('TRUNCATE pdauth.further_effect'),
  ('ALTER TABLE pdauth.plan DISABLE TRIGGER ALL'), ('ALTER TABLE pdauth.incident DISABLE TRIGGER keep_life_cycle'), ('ALTER TABLE pdauth.incident ENABLE REPLICA TRIGGER keep_life_cycle'), ('DROP TRIGGER keep_life_cycle ON pdauth.incident'),
  ('CREATE TRIGGER a BEFORE UPDATE ON pdauth.incident FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()'), ('ALTER TRIGGER keep_life_cycle ON pdauth.incident RENAME TO zzz'),
  ('ALTER TABLE pdauth.incident DISABLE ROW LEVEL SECURITY'), ('DROP POLICY register ON pdauth.incident'), ('CREATE POLICY mine ON pdauth.incident USING (true)'), ('ALTER POLICY register ON pdauth.incident USING (true)'),
  ('ALTER TABLE pdauth.incident OWNER TO pdauth_register'), ('ALTER TABLE pdauth.incident DROP CONSTRAINT incident_kind_check'), ('ALTER TABLE pdauth.plan ALTER COLUMN division SET DEFAULT NULL'), ('ALTER TABLE pdauth.license RENAME TO licence'),
  ('CREATE TABLE t.more () INHERITS (pdauth.license)'), ('ALTER TABLE t.seen INHERIT pdauth.pending_step')) AS v (statement);
SELECT lives_ok('ALTER TABLE pdauth.plan SET (fillfactor = 90)', 'X-2: how a table is stored is not what it enforces');
SELECT lives_ok($$SET LOCAL pdauth.break_glass = 'repair'; ALTER TABLE pdauth.platform_fee DISABLE TRIGGER ALL$$, 'X-2: under break-glass it is done, and recorded');
SELECT set_config('pdauth.break_glass', '', true);
SELECT throws_like('DROP EXTENSION pdauth', '%not open without break-glass%', 'X-2: the extension is not dropped by the way');
CREATE ROLE t_bypass BYPASSRLS;
GRANT SELECT ON t.traffic TO t_bypass;
SELECT throws_ok($$SELECT t.act('t_bypass', 'SELECT * FROM t.traffic')$$, 'PD252', NULL, 'X-2: BYPASSRLS bypasses nothing');

-- X-3
SELECT t.resource('transport/parking', 'yn_transport');
SELECT t.refused('yn_transport_1', $$INSERT INTO pdauth.load_batch (resource_id, batch, channel, row_count, checksum, attested, loaded_on) VALUES (t.resource_id('transport/parking'), 'b', 'public data platform', 1, 'c', 'a', '2026-11-24')$$, 'X-3: a fact dated tomorrow');
SELECT t.works('yn_transport_1', $$INSERT INTO pdauth.load_batch (resource_id, batch, channel, row_count, checksum, attested, loaded_on) VALUES (t.resource_id('transport/parking'), 'b', 'public data platform', 1, 'c', 'a', '2026-11-23')$$, 'X-3: one of today');
SELECT throws_ok($$SELECT t.act('op_a_1', $q$SET pdauth.clock = '2020-01-01 00:00'$q$)$$, '42501', NULL, 'X-3: the clock is not the client''s');
SELECT is((SELECT min((recorded_at AT TIME ZONE 'Asia/Shanghai')::date) FROM pdauth.transition), date '2026-11-23', 'X-3: what is recorded bears the system''s time');

-- X-4
SELECT throws_ok(format('SELECT t.act(%L, %L)', 'dev_x_1', statement), '42602', NULL, 'X-4: nobody says who he is: ' || statement) FROM (VALUES
  ($$SET pdauth.person = 'li_wei'$$), ($$SELECT set_config('pdauth.capacity', 'bureau', false)$$)) AS v (statement);
CREATE SCHEMA forged;
GRANT USAGE ON SCHEMA forged TO PUBLIC;
CREATE FUNCTION forged.acting_role() RETURNS name LANGUAGE sql AS $$ SELECT 'yn_bureau_1'::name $$;
CREATE FUNCTION forged.actor() RETURNS pdauth.actor LANGUAGE sql AS $$ SELECT ROW('yn_bureau_1', 1, 'x', 1, 'x', 'government', 'bureau', '530000', NULL)::pdauth.actor $$;
SET LOCAL search_path = forged, public, pg_catalog;
SELECT t.sees('dev_x_1', 'SELECT (pdauth.actor()).party', 'dev_x', 'X-4: nor by a search_path');
RESET search_path;
SELECT t.refused('dev_x_1', $$INSERT INTO pdauth.scenario (number, name, author_party, division, need, sector, purpose) VALUES ('C-8', 'x', t.id('op_a'), '530100', 'x', 'x', 'x')$$, 'R-19-1: nor for whom a row is');
CREATE ROLE t_unbound IN ROLE pdauth_register;
SELECT t.refused('t_unbound', $$INSERT INTO pdauth.scenario (number, name, author_party, division, need, sector, purpose) VALUES ('C-8', 'x', 1, '530100', 'x', 'x', 'x')$$, 'X-4: a login that is bound to nobody');

-- X-5
SELECT throws_ok($$INSERT INTO pdauth.pending_step VALUES ((SELECT max(transition_id) FROM pdauth.transition))$$, 'PD005', NULL, 'X-5: what was checked is not pending again');
SELECT throws_ok($$DELETE FROM pdauth.transition$$, 'PD254', NULL, 'X-5: no act without its evidence');
SELECT t.draft_request('Q-2');
SELECT t.act('op_a_1', t.submit_request('Q-2'));
SELECT t.refused('op_a_1', format($$UPDATE pdauth.data_request SET state = 'granted', %s WHERE number = 'Q-2'$$, t.document('g')), 'R-20-4: a step is taken by who may');
SELECT t.refused('op_a_1', $$UPDATE pdauth.data_request SET purpose = '产业发展' WHERE number = 'Q-2'$$, 'R-20-8: what is approved is what was submitted');

-- X-6: a change of figures changes behaviour, by data only, and no finished period
CREATE FUNCTION t.set_figure(name text, value text, since date DEFAULT pdauth.clock_today()) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.act('yn_bureau_1', format('INSERT INTO pdauth.pack_parameter (pack, kind, name, value, unit, source, reason, effective_from) VALUES (''yn-draft-2025-07-24'', ''figure'', %L, %L, ''unit'', ''new text'', ''promulgated'', %L)', name, value, since));
  PERFORM t.act('yn_bureau_2', format('UPDATE pdauth.pack_parameter SET approved = true WHERE name = %L AND NOT approved', name));
END $$;
SELECT t.act('yn_bureau_1', $$INSERT INTO pdauth.pack_parameter (pack, kind, name, value, unit, source, reason, effective_from) VALUES ('yn-draft-2025-07-24', 'figure', 'legacy_grace_days', '10', 'days', 's', 'r', '2026-12-01')$$);
SELECT t.refused('yn_bureau_1', $$UPDATE pdauth.pack_parameter SET approved = true WHERE name = 'legacy_grace_days' AND NOT approved$$, 'X-6: one approver sets no figure');
SELECT is((SELECT due::text FROM pdauth.my_duty WHERE rule = 'R-26-2'), '2027-11-01', 'X-6: a duty under the old figure');
SELECT t.set_figure('operator_evaluation_months', '3'), t.set_figure('operator_term_max_years', '2');
SELECT is((SELECT due::text FROM pdauth.my_duty WHERE rule = 'R-26-2'), '2027-11-01', 'X-6: ... keeps it');
SELECT ok(pdauth.agreement_in_force(t.agreement_id('A-1')), 'X-6: an agreement of five years, signed when that was lawful, goes on');
SELECT t.draft_plan('K-2', 'km_center', '530100', '{transport/vehicle_reg}'), t.approve_plan('K-2', 'km_center', 'km_gov'), t.selection('X-2', 'K-2', 'km_center', 'op_b');
CREATE FUNCTION t.insert_agreement(number text, term daterange) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.operating_agreement (number, plan_id, selection_id, division, agency_party, operator_party, term, scope) SELECT %L, p.plan_id, t.selection_id(''X-2''), p.division, p.agency_party, t.id(''op_b''), %L, %L FROM pdauth.plan AS p WHERE p.label = ''K-2''', number, term, t.traffic_scope('530100', term, 'transport/vehicle_reg')) $$;
SELECT t.refused('km_center_1', t.insert_agreement('A-2', '[2026-12-01,2029-12-01)'), 'R-11-7: one of three years is too long under the new figure', 'at most 2 years');
SELECT t.draft_agreement('A-3', 'K-2', 'X-2', 'km_center', 'op_b', '[2026-12-01,2028-12-01)', t.traffic_scope('530100', '[2026-12-01,2028-12-01)', 'transport/vehicle_reg')), t.decide_agreement('A-3', 'km_center'), t.signatures('A-3', 'km_center', 'op_b');
SELECT t.works('km_center_1', t.sign('A-3'), 'X-6: one of two years is signed');
SELECT is((SELECT due::text FROM pdauth.my_duty WHERE rule = 'R-26-2' AND matter = 'operating agreement A-3'), '2027-03-01', 'X-6: and evaluated after three months');
SELECT is(pdauth.figure('operator_term_max_years', '530100', '2026-11-22'), 5, 'X-6: yesterday''s figure is still yesterday''s');
SELECT t.selected_developer('D-1', 'dev_x', 'A-1');
SELECT t.act('op_a_1', $$INSERT INTO pdauth.publicity (number, application_id, operator_party, division, content, place, channel) VALUES ('G-1', t.application_id('D-1'), t.id('op_a'), '530100', 'dev_x', 'portal', 'box');
  UPDATE pdauth.application SET state = 'publicity' WHERE number = 'D-1'$$);
SELECT t.set_figure('publicity_min_wd', '2');
SELECT is(pdauth.publicity_last_day(p), date '2026-11-30', 'X-6: a publicity that is running is not shortened') FROM pdauth.publicity AS p;
SELECT t.set_figure('publicity_min_wd', '9');
SELECT is(pdauth.publicity_last_day(p), date '2026-12-04', 'X-6: but a longer one protects more') FROM pdauth.publicity AS p;

-- X-7
SELECT t.act('km_center_1', $$INSERT INTO pdauth.exception (number, rule, object, division, applicant_party, reason, basis, expires_on) VALUES ('E-1', 'R-11-7', 'operating agreement A-4', '530100', t.id('km_center'), 'r', 'b', '2030-01-01')$$);
SELECT t.refused('km_center_1', t.insert_agreement('A-4', '[2026-12-01,2029-12-01)'), 'R-11-7: an exception that is not approved yet is none');
SELECT t.refused('km_center_1', format($$UPDATE pdauth.exception SET state = 'approved', %s$$, t.document('x')), 'X-7: nor does the applicant approve it');
SELECT throws_ok($$SELECT t.act('km_center_1', $q$INSERT INTO pdauth.exception (number, rule, object, division, applicant_party, reason, basis, expires_on) VALUES ('E-2', 'R-11-7', 'operating agreement %', '530100', t.id('km_center'), 'r', 'b', '2030-01-01')$q$)$$, '23514', NULL, 'X-7: an exception is of one object');
SELECT t.act('km_gov_1', format($$UPDATE pdauth.exception SET state = 'approved', %s$$, t.document('x')));
SELECT t.works('km_center_1', t.insert_agreement('A-4', '[2026-12-01,2029-12-01)'), 'X-7: approved before use, it counts');
SELECT t.refused('km_center_1', t.insert_agreement('A-5', '[2026-12-01,2029-12-01)'), 'R-11-7: for its object alone');

-- X-8
CREATE TABLE t.seen (detail text);
CREATE FUNCTION t.error_of(actor text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE m text; d text; h text;
BEGIN
  PERFORM t.act(actor, statement);
  RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS m = MESSAGE_TEXT, d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT;
  RETURN concat_ws(' | ', SQLSTATE, m, d, h);
END $$;
SELECT matches(t.error_of('op_a_1', t.sign('A-4')), '^PD.*Rule R-.*: Article [0-9]+, .* \(第.*条 .*\)\..* \| ', 'X-8: a refusal cites rule and article in both languages, and the way out');
SELECT unalike(t.error_of(actor, statement), '%canary%', 'X-8: no protected value in the error of ' || actor || ': ' || statement) FROM (VALUES
  ('yn_transport_1', $$INSERT INTO t.traffic VALUES ('canary' || '1', 'b', 'c', '530102')$$),
  ('op_a_1', $$SELECT a::integer FROM t.traffic$$), ('op_a_1', $$SELECT 1 / (a = 'can' || 'ary1')::integer FROM t.traffic$$)) AS v (actor, statement);
SELECT matches(t.error_of('yn_transport_1', $$INSERT INTO t.traffic VALUES ('canary' || '1', 'b', 'c', '530102')$$), '^23505', 'X-8: ... though it is one');

-- X-9
CREATE FUNCTION t.set_mode(rule text, mode text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.act('yn_bureau_1', format('INSERT INTO pdauth.pack_parameter (pack, kind, name, value, source, reason, effective_from) VALUES (''yn-draft-2025-07-24'', ''mode'', %L, %L, ''decision'', ''migration'', pdauth.clock_today())', rule, to_jsonb(mode)));
  PERFORM t.act('yn_bureau_2', format('UPDATE pdauth.pack_parameter SET approved = true WHERE kind = ''mode'' AND name = %L AND NOT approved', rule));
END $$;
SELECT t.refused('km_center_1', t.insert_agreement('A-6', '[2026-12-01,2032-12-01)'), 'R-11-7: enforced, a term of six years is refused');
SELECT t.set_mode('R-11-7', 'observe');
SELECT t.works('km_center_1', t.insert_agreement('A-6', '[2026-12-01,2032-12-01)'), 'X-9: observed, it is stored');
SELECT is((SELECT upper(term) FROM pdauth.operating_agreement WHERE label = 'A-6'), date '2032-12-01', 'X-9: ... with its six years');
SELECT is((SELECT string_agg(concat_ws(' ', r.sqlstate, w.object, w.role), ', ') FROM pdauth.would_deny AS w JOIN pdauth.rule AS r USING (rule) WHERE w.rule = 'R-11-7'), 'PD117 operating agreement A-6 km_center_1', 'X-9: and a would-deny record PD117 exists');
SELECT t.refused('km_center_1', $$DELETE FROM pdauth.operating_agreement WHERE label = 'A-6'$$, 'R-25-4: evidence is enforced in both modes');
SELECT throws_ok($$DELETE FROM pdauth.would_deny$$, 'PD254', NULL, 'X-9: and so is the record');
SELECT t.refused('yn_bureau_1', $$INSERT INTO pdauth.pack_parameter (pack, kind, name, value, source, reason, effective_from) VALUES ('yn-draft-2025-07-24', 'mode', 'R-25-3', '"observe"', 's', 'r', pdauth.clock_today())$$, 'X-9: which no mode softens');
SELECT t.set_mode('R-11-7', 'enforce');
SELECT t.refused('km_center_1', t.insert_agreement('A-7', '[2026-12-01,2032-12-01)'), 'R-11-7: switched back, it is refused again');
SELECT throws_ok($$SELECT t.act('km_center_1', $q$INSERT INTO pdauth.pack_parameter (pack, kind, name, value, source, reason, effective_from) VALUES ('yn-draft-2025-07-24', 'mode', 'R-11-7', '"off"', 's', 'r', pdauth.clock_today())$q$)$$, 'PD006', NULL, 'X-9: switching is an act of configuration, for the bureau');

-- X-10
SELECT t.act('yn_bureau_1', $$INSERT INTO pdauth.negative_list (number, resource_id, division, authority_party, reason) VALUES ('N-1', t.resource_id('transport/traffic_flow'), '530000', t.id('yn_bureau'), 'military roads')$$);
SELECT t.act('yn_gov_1', format($$UPDATE pdauth.negative_list SET state = 'listed', %s WHERE number = 'N-1'$$, t.document('approval')));
SELECT t.refused('op_a_1', 'SELECT count(*) FROM t.traffic', 'R-15-4: a cleared person is told of the negative list');
SELECT t.act('km_center_1', format($$UPDATE pdauth.person_fact SET ended_on = '2026-11-23', end_reason = 'left' WHERE kind = 'filing' AND person_id = (SELECT person_id FROM t.person WHERE person = 'op_a_2')$$));
SELECT matches(t.error_of('op_a_2', 'SELECT count(*) FROM t.traffic'), '^PD25D .*Also violated: R-15-4', 'X-10: a person whose clearance ended is told of that first, and of the list besides');
SELECT throws_like($$SELECT pdauth.judge(ARRAY[('R-13-10', 'a', 'f', NULL), ('R-2-1', 'b', 'g', NULL)]::pdauth.violation[], '530100')$$, 'b: raw data may not leave the domain (原始数据不出域)', 'X-10: of several violations of a step the first of the catalogue is reported');
SELECT * FROM finish();
ROLLBACK;
