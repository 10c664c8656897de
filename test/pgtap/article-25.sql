-- Article 25: people, raw-data sessions, records, the end of agreements.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
\ir include/development.sql
SELECT no_plan();
SELECT t.at('2026-09-01 09:00');
SELECT t.license_on_agreement();
SELECT t.developer(term => '[2026-09-10,2028-07-01)');
SELECT t.at('2026-11-23 09:00');
CREATE TABLE t.traffic (a text, b text, division text);
INSERT INTO t.traffic SELECT 'a', 'b', '530102' FROM generate_series(1, 20);
GRANT SELECT ON t.traffic TO op_a_1, dev_x_1;
SELECT pdauth.protect('t.traffic', 'transport/traffic_flow', region_column => 'division');
SET LOCAL pdauth.purpose = '产业发展/车险';

-- R-25-1, R-25-13
CREATE FUNCTION t.fact(person text, kind text, until date DEFAULT NULL) RETURNS text LANGUAGE sql AS $$ SELECT format('INSERT INTO pdauth.person_fact (person_id, kind, dated, valid_until, document) VALUES (%s, %L, pdauth.clock_today(), %L, ''d'')', t.person_id(person), kind, until) $$;
SELECT t.sees('op_a_1', 'SELECT count(*) FROM t.traffic', '20', 'R-25-1: a cleared person reads what is licensed');
INSERT INTO pdauth.person (person, name, party_id) VALUES ('li_wei', '李伟', t.id('op_a'));
CREATE ROLE li_wei IN ROLE pdauth_register;
GRANT USAGE ON SCHEMA t TO li_wei;
INSERT INTO pdauth.principal (role, person_id, capacity_id, since) SELECT 'li_wei', t.person_id('li_wei'), c.capacity_id, '2026-01-01' FROM pdauth.party_capacity AS c WHERE c.party_id = t.id('op_a');
SELECT t.act('yn_platform_1', $$INSERT INTO pdauth.component_access (role, component_id) SELECT 'li_wei', component_id FROM pdauth.platform_component$$);
GRANT SELECT ON t.traffic TO li_wei;
SELECT t.refused('li_wei', 'SELECT count(*) FROM t.traffic', 'R-25-1: a person of whom nothing is known', 'authentication (实名认证), filing (备案), vetting (审查), confidentiality (保密协议)');
SELECT t.refused('op_a_1', t.fact('li_wei', 'vetting'), 'R-25-1: an operator does not vet its own staff');
SELECT t.refused('op_b_1', t.fact('li_wei', 'vetting'), 'R-25-1: nor another one');
SELECT t.refused('dev_x_1', t.fact('dev_x_1', 'vetting'), 'R-25-1: nor anybody the own person');
SELECT t.act('km_center_1', t.fact('li_wei', k)) FROM unnest('{authentication,filing,vetting}'::text[]) AS k;
SELECT t.refused('li_wei', 'SELECT count(*) FROM t.traffic', 'R-25-1: three facts and no confidentiality agreement', 'Missing: confidentiality (保密协议)');
SELECT t.refused('li_wei', 'SELECT count(*) FROM t.traffic WHERE false', 'R-25-1: not even what returns nothing');
SELECT t.act('km_center_1', t.fact('li_wei', 'confidentiality', '2026-12-31'));
SELECT t.sees('li_wei', 'SELECT count(*) FROM t.traffic', '20', 'R-25-1: with all four, access is there at once');
SELECT t.refused('km_center_1', format($$UPDATE pdauth.person_fact SET dated = '2020-01-01' WHERE person_id = %s$$, t.person_id('li_wei')), 'R-25-4: facts are not changed');
SAVEPOINT masked;
SELECT pdauth.mask('t.traffic', 'b', 'VALUE NULL', level => 'core');
CREATE FUNCTION t.day_after() RETURNS void LANGUAGE sql SECURITY DEFINER AS $$ SELECT set_config('pdauth.clock', '2027-01-01 00:00', true) $$;
CREATE FUNCTION t.read_twice() RETURNS text LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  PERFORM set_config('role', 'li_wei', true);
  FOR day IN 1..2 LOOP
    PERFORM p FROM t.traffic AS p;
    PERFORM t.day_after();
  END LOOP;
  RETURN 'reads';
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE;
END $$;
SELECT is(t.read_twice(), (SELECT sqlstate FROM pdauth.rule WHERE rule = 'R-25-13'), 'R-25-13: masked rows as a whole, planned the day before');
ROLLBACK TO masked;
SELECT t.at('2027-01-01 00:00');
SELECT t.refused('li_wei', 'SELECT count(*) FROM t.traffic', 'R-25-13: the day after the confidentiality agreement ran out', 'confidentiality');
SELECT t.act('km_center_1', t.fact('li_wei', 'confidentiality'));
SELECT t.sees('li_wei', 'SELECT count(*) FROM t.traffic', '20', 'R-25-13: a new one opens access again');
SELECT t.act('km_center_1', format($$UPDATE pdauth.person_fact SET ended_on = '2027-01-01', end_reason = 'left' WHERE kind = 'filing' AND person_id = %s$$, t.person_id('li_wei')));
SELECT t.refused('li_wei', 'SELECT count(*) FROM t.traffic', 'R-25-13: who left has none', 'filing');
SELECT t.sees('km_center_1', $$SELECT count(*) FROM pdauth.clearance WHERE person = 'li_wei' AND valid$$, '3', 'R-25-1: those who clear see the facts');
SELECT t.at('2026-11-23 09:00');
SAVEPOINT administrator;
SELECT t.act('yn_bureau_1', $$INSERT INTO pdauth.negative_list (number, resource_id, division, authority_party, reason) VALUES ('N-1', t.resource_id('transport/traffic_flow'), '530000', t.id('yn_bureau'), 'military roads')$$);
SELECT t.act('yn_gov_1', format($$UPDATE pdauth.negative_list SET state = 'listed', %s WHERE number = 'N-1'$$, t.document('approval')));
INSERT INTO pdauth.person (person, name, party_id) VALUES ('admin', 'admin', t.id('yn_platform'));
INSERT INTO pdauth.principal (role, person_id, capacity_id, since) SELECT session_user::regrole, t.person_id('admin'), c.capacity_id, '2026-01-01' FROM pdauth.party_capacity AS c WHERE c.party_id = t.id('yn_platform');
SELECT throws_ok('SELECT * FROM t.traffic', 'PD251', NULL, 'R-25-1: an administrator without clearance, superuser or not');
-- X-10
CREATE FUNCTION t.detail(statement text) RETURNS text LANGUAGE plpgsql AS $$ DECLARE d text; BEGIN EXECUTE statement; RETURN 'none'; EXCEPTION WHEN OTHERS THEN GET STACKED DIAGNOSTICS d = PG_EXCEPTION_DETAIL; RETURN SQLSTATE || ' ' || d; END $$;
SELECT matches(t.detail('SELECT * FROM t.traffic'), '^PD251 .*Also violated: R-15-4', 'X-10: of a person not cleared and a negative-listed resource the person is reported, the other named');
ROLLBACK TO administrator;
SAVEPOINT listed;
SELECT t.act('yn_bureau_1', $$INSERT INTO pdauth.negative_list (number, resource_id, division, authority_party, reason) VALUES ('N-1', t.resource_id('transport/traffic_flow'), '530000', t.id('yn_bureau'), 'military roads')$$);
SELECT t.act('yn_gov_1', format($$UPDATE pdauth.negative_list SET state = 'listed', %s WHERE number = 'N-1'$$, t.document('approval')));
SELECT t.refused('op_a_1', 'SELECT * FROM t.traffic', 'R-15-4: for a cleared person the list is what is reported');
ROLLBACK TO listed;

-- X-10: one thing wrong after the other, from the last of the catalogue's order to the
-- first: the latest is reported, and all others are named
SAVEPOINT everything;
CREATE FUNCTION t.answer(role text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  detail text;
BEGIN
  PERFORM set_config('role', role, true);
  EXECUTE 'SELECT a FROM t.traffic';
  PERFORM set_config('role', 'none', true);
  RETURN 'reads';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
  RETURN concat_ws(' ', SQLSTATE, 'also ' || substring(detail FROM 'Also violated: ([^.]*)\.'));
END $$;
INSERT INTO pdauth.license (licensee, scope, basis) VALUES ('dev_x_1', '{read on transport/traffic_flow(a) for 产业发展,公共治理 in 530100 during [2026-01-01,) level general}', 'Q');
RESET pdauth.purpose;
SELECT is(t.answer('dev_x_1'), 'PD257 also R-25-3', 'X-10: no raw session comes before no purpose');
SELECT t.act('op_a_1', format($$INSERT INTO pdauth.measure (number, division, operator_party, developer_party, kind, violation, evidence, gravity, notice, answer, ends_on, act_document, act_digest, act_reason)
  VALUES ('M-1', '530100', t.id('op_a'), t.id('dev_x'), 'suspension', 'copies', 'sm3:%1$s', 'serious', 'letter', 'denied', '2026-12-10', 'd', 'sm3:%1$s', 'grave')$$, repeat('0', 64)));
SELECT is(t.answer('dev_x_1'), 'PD21A also R-25-7, R-25-3', 'X-10: a measure before them');
SELECT t.act('yn_bureau_1', $$INSERT INTO pdauth.negative_list (number, resource_id, division, authority_party, reason) VALUES ('N-1', t.resource_id('transport/traffic_flow'), '530000', t.id('yn_bureau'), 'military roads')$$);
SELECT t.act('yn_gov_1', format($$UPDATE pdauth.negative_list SET state = 'listed', %s WHERE number = 'N-1'$$, t.document('approval')));
SELECT is(t.answer('dev_x_1'), 'PD154 also R-21-10, R-25-7, R-25-3', 'X-10: the negative list before a measure');
SELECT t.act('yn_bureau_1', format($$UPDATE pdauth.person_fact SET ended_on = '2026-11-23', end_reason = 'left' WHERE kind = 'vetting' AND person_id = %s$$, t.person_id('dev_x_1')));
SELECT is(t.answer('dev_x_1'), 'PD25D also R-15-4, R-21-10, R-25-7, R-25-3', 'X-10: the person before all of it');
ROLLBACK TO everything;
SET LOCAL pdauth.purpose = '产业发展/车险';

-- R-25-2
CREATE ROLE app_pool IN ROLE pdauth_register;
CREATE ROLE stranger;
GRANT USAGE ON SCHEMA t TO app_pool, stranger;
INSERT INTO pdauth.license (licensee, scope, basis) SELECT r, '{read on transport/traffic_flow(a,b) for 产业发展 in 530100 during [2026-01-01,) level general}', 'Q' FROM unnest('{app_pool,stranger}'::regrole[]) AS r;
GRANT SELECT ON t.traffic TO app_pool, stranger;
SELECT t.act('yn_platform_1', $$INSERT INTO pdauth.service_role (role, party_id, component_id, responsible_person) SELECT 'app_pool', t.id('op_a'), component_id, t.person_id('op_a_1') FROM pdauth.platform_component$$);
SET SESSION AUTHORIZATION app_pool;
SELECT throws_ok('SELECT * FROM t.traffic', 'PD252', NULL, 'R-25-2: a pool without a person');
SELECT throws_ok($$SELECT pdauth.attest('li_wei')$$, 'PD252', NULL, 'R-25-2: a token that is none');
SELECT throws_ok($$SET pdauth.person = 'li_wei'$$, NULL, NULL, 'R-25-2: nor can the client name one');
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION stranger;
SELECT throws_ok('SELECT * FROM t.traffic', 'PD252', NULL, 'R-25-2: a licensed role that is nobody''s');
RESET SESSION AUTHORIZATION;
SELECT throws_ok('SELECT * FROM t.traffic', 'PD252', NULL, 'R-25-2: or a superuser');
SELECT throws_ok($$COPY t.traffic TO '/dev/null'$$, 'PD252', NULL, 'R-25-2: by COPY');
SELECT throws_ok('TRUNCATE t.traffic', 'PD252', NULL, 'R-25-2: or TRUNCATE');
SET SESSION AUTHORIZATION op_a_1;
SELECT lives_ok('SELECT * FROM t.traffic', 'R-25-2: a login of one person reads');
RESET SESSION AUTHORIZATION;
SELECT t.refused('yn_platform_1', $$INSERT INTO pdauth.service_role (role, party_id, component_id, responsible_person) SELECT 'op_a_1', t.id('op_a'), component_id, t.person_id('op_a_1') FROM pdauth.platform_component$$, 'R-25-2: a person''s role is no pool''s');

-- R-25-3, R-25-4, R-25-5; that statements are on record, refused and rolled back
-- ones included, and that none runs without: t/004_audit_statement.pl, t/008_audit_faults.pl
RESET pdauth.purpose;
SELECT t.sees('op_a_1', 'SELECT count(*) FROM t.traffic', '20', 'R-25-3: licensed for one purpose, a statement is for that one');
SAVEPOINT purposes;
-- the licenses made by hand here last longer than A-1, and the second is for any purpose
SELECT t.act('yn_bureau_1', $$INSERT INTO pdauth.pack_parameter (pack, kind, name, value, source, reason, effective_from) VALUES ('yn-draft-2025-07-24', 'mode', 'R-28-5', '"off"', 'decision of the bureau', 'example', pdauth.clock_today())$$);
SELECT t.act('yn_bureau_2', $$UPDATE pdauth.pack_parameter SET approved = true WHERE name = 'R-28-5'$$);
UPDATE pdauth.license SET revoked_at = now(), revoke_reason = 'test' WHERE licensee = 'op_a_1'::regrole;
INSERT INTO pdauth.license (licensee, scope, basis) SELECT 'op_a_1'::regrole, '{read on transport/traffic_flow(a,b) for 产业发展,公共治理 in 530100 during [2026-01-01,) level general}', 'Q';
SELECT t.refused('op_a_1', 'SELECT count(*) FROM t.traffic', 'R-25-3: licensed for two, and none declared, no record could name it', 'Licensed for: 产业发展, 公共治理');
SET LOCAL pdauth.purpose = '公共治理';
SELECT t.sees('op_a_1', 'SELECT count(*) FROM t.traffic', '20', 'R-25-3: declared, it reads');
RESET pdauth.purpose;
UPDATE pdauth.license SET revoked_at = now(), revoke_reason = 'test' WHERE licensee = 'op_a_1'::regrole AND revoked_at IS NULL;
INSERT INTO pdauth.license (licensee, scope, basis) SELECT 'op_a_1'::regrole, '{read on transport/traffic_flow(a,b) for * in 530100 during [2026-01-01,) level general}', 'Q';
SELECT t.refused('op_a_1', 'SELECT count(*) FROM t.traffic', 'R-25-3: nor a license for any purpose');
ROLLBACK TO purposes;
SET LOCAL pdauth.purpose = '产业发展/车险';
SELECT is((SELECT count(*)::int FROM pdauth.transition WHERE person_id IS NULL OR party_id IS NULL OR capacity IS NULL OR role IS NULL OR recorded_at IS NULL), 0, 'R-25-3: every act is recorded with person, party, capacity, role and time');
SELECT ok((SELECT count(*) FROM pdauth.transition WHERE life_cycle = 'development_agreement') >= 2, 'R-25-3: step by step');
SELECT t.works('yn_bureau_1', t.fact('dev_x_1', 'vetting'), 'R-25-4: a further record can be added');
SELECT throws_ok('UPDATE pdauth.transition SET reason = NULL', 'PD254', NULL, 'R-25-4: evidence is not changed');
SELECT throws_ok('DELETE FROM pdauth.person_fact', 'PD004', NULL, 'X-4: nobody deletes for nobody');
SELECT t.refused('km_center_1', 'DELETE FROM pdauth.person_fact', 'R-25-4: nor deleted, by a superuser''s session either');
SELECT is((SELECT sqlstate FROM pdauth.library_rules() WHERE rule = 'R-25-5'), 'PD255', 'R-25-5: the library knows its error (raised in t/004_audit_statement.pl)');

-- R-25-7 to R-25-9
SELECT t.act('yn_platform_1', $$INSERT INTO pdauth.controlled_environment (name, component_id, network) SELECT 'laboratory', component_id, '10.9.0.0/16' FROM pdauth.platform_component$$);
SELECT t.act('yn_platform_1', $$INSERT INTO pdauth.controlled_environment (name, component_id, network) SELECT 'elsewhere', component_id, '10.1.0.0/16' FROM pdauth.platform_component$$);
CREATE FUNCTION t.raw_scope(columns text DEFAULT 'a') RETURNS text LANGUAGE sql AS $$ SELECT format('{read on transport/traffic_flow(%s) for 产业发展/车险 in 530100 during [2026-11-23,2027-06-01) level general}', columns) $$;
CREATE FUNCTION t.need(number text, scope text DEFAULT t.raw_scope(), need text DEFAULT 'outliers') RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.raw_assessment (number, development_id, division, developer_party, operator_party, need, scope) VALUES (%L, t.development_id(''D-1''), ''530100'', t.id(''dev_x''), t.id(''op_a''), %L, %L)', number, need, scope) $$;
CREATE FUNCTION t.assess(number text, state text) RETURNS text LANGUAGE sql AS $$ SELECT format('UPDATE pdauth.raw_assessment SET findings = ''f'' WHERE number = %1$L; UPDATE pdauth.raw_assessment SET state = %2$L, act_reason = ''r'', %3$s WHERE number = %1$L', number, state, t.document('assessment')) $$;
CREATE FUNCTION t.session(number text, assessment text, period text DEFAULT '[2026-11-23 14:00+08,2026-11-23 18:00+08)', scope text DEFAULT t.raw_scope(), environment text DEFAULT 'laboratory', person text DEFAULT 'dev_x_1') RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.raw_session (number, assessment_id, development_id, division, operator_party, person_id, role, environment_id, scope, period)
    SELECT %L, r.assessment_id, r.development_id, r.division, r.operator_party, %s, %L, e.environment_id, %L, %L FROM pdauth.raw_assessment AS r, pdauth.controlled_environment AS e WHERE r.number = %L AND e.name = %L', number, t.person_id(person), person, scope, period, assessment, environment) $$;
SELECT t.refused('dev_x_1', t.need('W-1', need => ''), 'R-25-7: no need is stated');
SELECT t.refused('dev_x_1', t.need('W-1', replace(t.raw_scope(), 'read', 'read,derive')), 'R-25-7: more than reading');
SELECT t.refused('dev_y_1', t.need('W-1'), 'R-25-7: another developer');
SELECT t.act('dev_x_1', t.need('W-1'));
SELECT t.refused('dev_x_1', $$UPDATE pdauth.raw_assessment SET findings = 'harmless'$$, 'R-25-7: nor writes findings');
SELECT t.refused('dev_x_1', t.assess('W-1', 'positive'), 'R-25-7: the developer does not assess itself');
SELECT t.refused('op_a_1', t.session('S-1', 'W-1'), 'R-25-7: a session before the assessment', 'valid until never');
SAVEPOINT negative;
SELECT t.act('op_a_1', t.assess('W-1', 'negative'));
SELECT t.refused('op_a_1', t.session('S-1', 'W-1'), 'R-25-7: or on a negative one');
ROLLBACK TO negative;
SELECT t.act('op_a_1', t.assess('W-1', 'positive'));
SELECT t.refused('op_a_1', t.session('S-1', 'W-1', scope => t.raw_scope('a,b')), 'R-25-7: columns that were not assessed', 'b');
SELECT t.refused('op_a_1', t.session('S-1', 'W-1', '[2026-11-23 09:00+08,2026-11-23 17:00:01+08)'), 'R-25-9: a second more than eight hours');
SELECT t.refused('op_a_1', t.session('S-1', 'W-1', '[2026-11-23 09:00+08,)'), 'R-25-9: or without end');
SELECT t.refused('op_a_1', t.session('S-1', 'W-1', person => 'dev_y_1'), 'R-25-9: or for a person of another developer');
SELECT t.refused('dev_x_1', t.session('S-1', 'W-1'), 'R-25-9: a session is opened by the operator');
SAVEPOINT late;
SELECT t.at('2027-02-22 09:00');
SELECT t.refused('op_a_1', t.session('S-1', 'W-1', '[2027-02-22 09:00+08,2027-02-22 10:00+08)'), 'R-25-7: the assessment is valid for ninety days', 'valid until 2027-02-21');
ROLLBACK TO late;
SELECT t.works('op_a_1', t.session('S-1', 'W-1'), 'R-25-7: on a positive assessment of the same scope');
SELECT t.at('2026-11-23 13:59:59');
SELECT t.refused('dev_x_1', 'SELECT a FROM t.traffic', 'R-25-9: a second before its time', 'S-1 is open');
SELECT t.at('2026-11-23 14:00');
-- this client has no address of the laboratory
SELECT t.refused('dev_x_1', 'SELECT a FROM t.traffic', 'R-25-8: from a client outside the environment', 'Client: ');
SELECT ok(NOT EXISTS (SELECT FROM pdauth.raw_use_violations('dev_x_1'::regrole, t.person_id('dev_x_1'), 'transport/traffic_flow', '10.9.0.1', false, 'x')), 'R-25-8: from within it is open');
SELECT is((SELECT string_agg(rule, ',') FROM pdauth.raw_use_violations('dev_x_1'::regrole, t.person_id('dev_x_1'), 'transport/traffic_flow', '10.9.0.1', true, 'x')), 'R-25-8', 'R-25-8: but takes no copies');
SELECT is((SELECT string_agg(rule, ',') FROM pdauth.raw_use_violations('dev_x_1'::regrole, t.person_id('dev_x_1'), 'transport/traffic_flow', '10.1.0.1', false, 'x')), 'R-25-8', 'R-25-8: nor is another network of the list the right one');
SELECT t.refused('dev_x_1', statement, 'R-25-8: nothing leaves: ' || statement) FROM (VALUES ('NOTIFY x, ''row'''), ('SELECT pg_notify(''x'', ''row'')'), ('LISTEN x')) AS v (statement);
SELECT t.at('2026-11-23 18:00');
SELECT t.refused('dev_x_1', 'SELECT a FROM t.traffic', 'R-25-9: at its end it is over by itself');
SELECT t.refused('op_a_1', $$UPDATE pdauth.raw_session SET state = 'emptied' WHERE number = 'S-1'$$, 'R-25-9: it is closed before it is emptied');
SELECT t.act('op_a_1', $$UPDATE pdauth.raw_session SET state = 'closed' WHERE number = 'S-1'$$);
SELECT is((SELECT count(*)::int FROM pdauth.license WHERE basis = 'raw session S-1' AND revoked_at IS NULL), 0, 'R-25-9: closed, its license ends');
SELECT t.refused('op_a_1', format($$UPDATE pdauth.raw_session SET state = 'emptied', %s WHERE number = 'S-1'$$, t.document('empty')), 'R-25-9: emptied after the review of its output', 'not reviewed');
SELECT t.works('op_a_1', format($$UPDATE pdauth.raw_session SET output_review = 'two figures' WHERE number = 'S-1'; UPDATE pdauth.raw_session SET state = 'emptied', %s WHERE number = 'S-1'$$, t.document('empty')), 'R-25-9: then it is done');
SELECT t.at('2026-11-23 09:00');

-- R-25-10
CREATE FUNCTION t.approve_prune(reason text) RETURNS text LANGUAGE sql AS $$ SELECT format('INSERT INTO pdauth.prune_approval (before, reason) VALUES (%L, %L)', now(), reason) $$;
CREATE FUNCTION t.prune(reason text) RETURNS text LANGUAGE sql AS $$ SELECT format('SELECT pdauth.prune(%L, %L)', now(), reason) $$;
GRANT pdauth_policy_admin TO yn_bureau_1, yn_bureau_2;
CREATE ROLE bureau_spare IN ROLE pdauth_policy_admin;
INSERT INTO pdauth.principal (role, person_id, capacity_id, since) SELECT 'bureau_spare', p.person_id, p.capacity_id, p.since FROM pdauth.principal AS p WHERE p.role = 'yn_bureau_1'::regrole;
SAVEPOINT young;
SET pdauth.break_glass = 'test';
INSERT INTO pdauth.audit_segment (epoch, xid, n, last_xid, last_n, entries, first_made_at, last_made_at) VALUES (1, '10', 1, '10', 1, 1, now() - interval '4 years 11 months', now() - interval '4 years 11 months');
RESET pdauth.break_glass;
SELECT t.act(r, t.approve_prune('early')) FROM unnest('{yn_bureau_1,yn_bureau_2}'::text[]) AS r;
SELECT throws_like(t.prune('early'), 'entries made from % must be kept until %', 'R-25-10: nothing is pruned before five years, whoever approves');
SELECT throws_ok(t.prune('early'), 'PD25A', NULL, 'R-25-10: with its error');
ROLLBACK TO young;
SET pdauth.break_glass = 'test';
INSERT INTO pdauth.audit_segment (epoch, xid, n, last_xid, last_n, entries, first_made_at, last_made_at, xids, ns, made_at, relation, operation, salt)
  VALUES (1, '10', 1, '10', 1, 1, now() - interval '6 years', now() - interval '6 years', '{10}', '{1}', ARRAY[now() - interval '6 years'], '{0}', '{A}', decode(repeat('00', 16), 'hex'));
RESET pdauth.break_glass;
SELECT throws_ok(t.prune('decision 7'), 'PD25A', NULL, 'R-25-10: after five years pruning needs approval');
SELECT throws_like(t.prune('decision 7'), 'pruning the log needs the approval of two persons; approved by: nobody', 'R-25-10: of two persons');
SELECT throws_ok(t.approve_prune('decision 7'), 'PD004', NULL, 'X-4: a superuser who is nobody approves nothing');
SELECT t.act('yn_bureau_1', t.approve_prune('decision 7')), t.act('yn_bureau_1', t.approve_prune('decision 7')), t.act('bureau_spare', t.approve_prune('decision 7')), t.act('yn_bureau_2', t.approve_prune('decision 8'));
SELECT throws_like(t.prune('decision 7'), 'pruning the log needs the approval of two persons; approved by: yn_bureau_1', 'R-25-10: one person is not two, by another role neither; nor does another decision count');
SELECT throws_like(format('SELECT pdauth.prune_segment(ctid, %L, ''decision 7'') FROM pdauth.audit_segment', now()), 'pruning the log needs %', 'R-25-10: a superuser is not let around it');
SELECT throws_ok('DELETE FROM pdauth.prune_approval', 'PD254', NULL, 'R-25-4: approvals are evidence');
SELECT t.act('yn_bureau_2', t.approve_prune('decision 7'));
SELECT t.sees('yn_bureau_2', t.prune('decision 7'), '1', 'R-25-10: with both it is done');
SET LOCAL pdauth.break_glass = 'read the image';
SELECT is((SELECT pdauth.image_json(image) #>> '{new,reason}' FROM pdauth.audit_entry WHERE operation = 'P'), 'decision 7 (approved by yn_bureau_1, yn_bureau_2)', 'R-25-10: and the log says so');
RESET pdauth.break_glass;
SELECT throws_ok($$DELETE FROM pdauth.audit_segment$$, 'PD254', NULL, 'R-25-4: nor past pdauth.prune()');
SELECT is(pdauth.kept_until(NULL, '2026-11-23 10:00+08'), date '2031-11-23', 'R-25-10: a record is kept for five years');

SELECT is((SELECT keep_for FROM pdauth.retention WHERE rule_id = 0), make_interval(years => pdauth.figure('log_retention_years', '530100')), 'R-25-10: which is the figure of the pack');
SAVEPOINT longer;
SELECT t.act('yn_bureau_1', $$INSERT INTO pdauth.pack_parameter (pack, kind, name, value, unit, source, reason, effective_from)
  VALUES ('yn-draft-2025-07-24', 'figure', 'log_retention_years', '8', 'years', '云府发〔2026〕1号', 'promulgated text', '2026-12-01')$$);
SELECT is(pdauth.kept_until(NULL, '2026-11-23 10:00+08'), date '2031-11-23', 'R-25-10: more years that are only proposed change nothing');
SELECT t.act('yn_bureau_2', $$UPDATE pdauth.pack_parameter SET approved = true WHERE name = 'log_retention_years' AND value = '8'$$);
SELECT is(pdauth.kept_until(NULL, '2026-11-23 10:00+08'), date '2034-11-23', 'R-25-10: approved, they lengthen it');
SELECT throws_ok($$UPDATE pdauth.retention SET withdraw_reason = 'space'$$, 'PD25A', NULL, 'R-25-10: and nobody withdraws what the law asks for');
ROLLBACK TO longer;

-- R-25-11, R-25-12
SELECT t.operator_product('P-1');
SELECT t.act('op_a_1', t.tariff('P-1', 1, 'public', 0)), t.act('op_a_1', t.deliver('P-1', 'D-1', 'public', 1, 0));
CREATE TABLE t.p1 (road text);
INSERT INTO t.p1 SELECT 'G56' FROM generate_series(1, 20);
GRANT SELECT ON t.p1 TO PUBLIC;
SELECT pdauth.protect('t.p1', 'product/P-1');
CREATE SCHEMA dev_x_ws AUTHORIZATION dev_x_1;
SELECT t.act('yn_platform_1', $$INSERT INTO pdauth.workspace (schema, party_id) VALUES ('dev_x_ws', t.id('dev_x'))$$);
SELECT t.refused('dev_x_1', 'SELECT * FROM t.p1', 'R-23-5: data delivered for public use is not used for industry');
RESET pdauth.purpose;
SELECT t.refused('dev_x_1', 'SELECT * FROM t.p1', 'R-23-5: nor is it if none is declared, and industry is all that the license names');
SELECT t.ceiling('interface', 1);
SELECT t.act('op_a_1', t.tariff('P-1', 2, 'industry', 1)), t.act('op_a_1', t.deliver('P-1', 'D-1', 'industry', 1, 1));
SELECT t.sees('dev_x_1', 'SELECT count(*) FROM t.p1', '20', 'R-25-11: while the agreement lasts, products are read');
SELECT t.works('dev_x_1', 'CREATE TABLE dev_x_ws.kept AS SELECT * FROM t.p1', 'R-25-12: and copied');
SELECT t.refused('op_a_1', $$INSERT INTO pdauth.closing_case (number, division, life_cycle, object_id, operator_party, holder_party, ended_on) VALUES ('Z-9', '530100', 'development_agreement', 1, t.id('op_a'), t.id('dev_x'), '2026-11-23')$$, 'R-25-12: no case without an end');
SAVEPOINT ended;
SET ROLE dev_x_1;
DECLARE c CURSOR FOR SELECT road FROM t.p1;
FETCH 1 FROM c;
DECLARE d CURSOR FOR SELECT road FROM t.p1;
FETCH 1 FROM d;
RESET ROLE;
SAVEPOINT operating;
SELECT t.act('km_center_1', format($$UPDATE pdauth.operating_agreement SET state = 'terminated', act_reason = 'breach', %s WHERE number = 'A-1'$$, t.document('n')));
SET ROLE dev_x_1;
SELECT throws_ok('FETCH d', 'PD13G', NULL, 'R-13-16: an open cursor of a developer reads nothing once the operating agreement has ended');
SELECT throws_ok('SELECT count(*) FROM t.p1', 'PD13G', NULL, 'R-13-16: nor does the next statement');
ROLLBACK TO operating;
SELECT t.act('op_a_1', format($$UPDATE pdauth.development_agreement SET state = 'rescinded', act_reason = 'breach', %s WHERE number = 'D-1'$$, t.document('n')));
SET ROLE dev_x_1;
SELECT throws_ok('FETCH c', 'PD25B', NULL, 'R-25-11: an open cursor reads nothing more');
SELECT throws_ok('SELECT count(*) FROM t.p1', 'PD25B', NULL, 'R-25-11: nor does the next statement');
RESET ROLE;
SELECT t.sees('op_a_1', $$SELECT string_agg(DISTINCT kind, ',' ORDER BY kind) FROM pdauth.closing_item$$, 'component,delivery,license,raw session,relation,role', 'R-25-11: the case lists what was closed and what is to be deleted');
SELECT is((SELECT string_agg(due || ' ' || rule, ', ' ORDER BY rule) FROM pdauth.my_duty WHERE matter = 'closing case Z-D-1'), '2026-11-24 R-25-11, 2026-12-07 R-25-12', 'R-25-11: a working day for the platform, ten for the certificate');
SELECT is(pdauth.kept_until(NULL, '2026-11-23 10:00+08'), date '2031-11-23', 'R-25-10: its logs for five years from its end');
SELECT t.refused('op_a_1', $$UPDATE pdauth.closing_case SET holder_party = t.id('dev_y')$$, 'R-25-12: the case is not turned to another holder');
SELECT t.at('2026-12-07 23:59');
SELECT t.sees('op_a_1', 'SELECT flag FROM pdauth.closing_status', NULL, 'R-25-12: until the tenth day ends there is no flag');
SELECT t.at('2026-12-08 00:00');
SELECT t.sees('op_a_1', 'SELECT flag FROM pdauth.closing_status', 'PD25C', 'R-25-12: then there is');
SELECT t.refused('dev_x_1', format($$UPDATE pdauth.closing_case SET state = 'noticed', %s$$, t.document('n')), 'R-25-12: the holder urges nobody');
SELECT t.act('op_a_1', format($$UPDATE pdauth.closing_case SET state = 'noticed', %s$$, t.document('n')));
SELECT t.refused('op_a_1', format($$UPDATE pdauth.closing_case SET state = 'certified', %s$$, t.document('c')), 'R-25-12: nor does the operator certify');
SELECT t.act('dev_x_1', format($$UPDATE pdauth.closing_case SET state = 'certified', %s$$, t.document('c')));
SELECT t.refused('op_a_1', $$UPDATE pdauth.closing_case SET state = 'closed'$$, 'R-25-12: not closed with an undeleted copy', 'relation dev_x_ws.kept');
SELECT t.refused('op_a_1', $$UPDATE pdauth.closing_item SET proof = 'believe me' WHERE kind = 'relation'$$, 'R-25-12: a copy that is there is not proven gone');
SELECT t.refused('dev_x_1', $$UPDATE pdauth.closing_item SET proof = 'done'$$, 'R-25-12: proof is for the operator to accept');
DROP TABLE dev_x_ws.kept;
SELECT t.act('op_a_1', $$UPDATE pdauth.closing_item SET proof = 'certificate' WHERE closed_at IS NULL$$);
SELECT t.works('op_a_1', $$UPDATE pdauth.closing_case SET state = 'closed'$$, 'R-25-12: with everything gone it is closed');
ROLLBACK TO ended;
SELECT t.at('2028-06-30 23:59');
SELECT t.sees('dev_x_1', 'SELECT count(*) FROM t.p1', '20', 'R-25-11: on the last day');
SELECT t.at('2028-07-01 00:00');
SELECT t.refused('dev_x_1', 'SELECT count(*) FROM t.p1', 'R-25-11: the day after it has expired by itself');
SELECT t.act('yn_platform_1', $$INSERT INTO pdauth.expiry_check (number, division) VALUES ('2028-07-01', '530000')$$);
SELECT is((SELECT number || ' ' || ended_on FROM pdauth.closing_case), 'Z-D-1 2028-06-30', 'R-25-12: and its case is opened, dated by its last day');
SELECT is(pdauth.kept_until(NULL, '2026-11-23 10:00+08'), date '2033-06-30', 'R-25-10: a record of 2026-11-23 under D-1, ended on 2028-06-30, is kept until 2033-06-30');

-- R-25-6: article-22
SELECT is((SELECT count(*)::int FROM pdauth.life_cycle_transition WHERE life_cycle = 'release' AND from_state = '' AND capacities <> '{developer}'), 0, 'R-25-6: statements come with the application of a developer, nobody else''s');
SELECT * FROM finish();
ROLLBACK;
