-- Article 28: security management, and what combining data gives away.
BEGIN;
\set unsecured 1
\ir include/fixture.sql
\unset unsecured
\ir include/authorisation.sql
\ir include/development.sql
SELECT no_plan();
SELECT t.at('2026-09-01 09:00');
SELECT t.license_on_agreement();
SELECT t.developer();
SELECT t.at('2026-11-23 09:00');
SELECT t.operator_product('P-1'), t.act('op_a_1', t.tariff('P-1', 1, 'public', 0));
SET LOCAL pdauth.purpose = '产业发展/车险';
SELECT t.resource('health/health_visit', 'yn_health');

-- R-28-1, R-28-4, R-28-8: documents before the first delivery
SELECT t.emergency_plan('E-1', 'dev_x');
CREATE FUNCTION t.documents(party text, kinds text[], version int DEFAULT 1, until date DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
  SELECT t.act(party || '_1', format($q$INSERT INTO pdauth.security_document (owner_party, kind, version, document, digest, effective_from, valid_until) SELECT t.id(%L), k, %s, 'rules', 'sm3:' || repeat('0', 64), '2026-01-01', %L FROM unnest(%L::text[]) AS k$q$, party, version, until, kinds)) $$;
SELECT t.documents('km_center', '{compliance review,monitoring and warning,emergency response}');
SELECT t.refused('op_a_1', t.deliver('P-1', 'D-1', 'public', 1, 0), 'R-28-1: an agency without risk assessment', 'Missing of km_center: risk assessment (风险评估)');
SELECT t.documents('km_center', '{risk assessment}', 1, '2026-11-22');
SELECT t.refused('op_a_1', t.deliver('P-1', 'D-1', 'public', 1, 0), 'R-28-1: with one that ended yesterday');
SELECT t.documents('km_center', '{risk assessment}', 2);
SELECT t.documents('op_a', '{security organisation,management rules,classification and grading,internal control,technical measures}');
SELECT t.refused('op_a_1', t.deliver('P-1', 'D-1', 'public', 1, 0), 'R-28-4: an operator without personnel rules', 'personnel measures (人员管理)');
SELECT t.documents('op_a', '{personnel measures}');
SELECT t.refused('op_a_1', t.deliver('P-1', 'D-1', 'public', 1, 0), 'R-28-8: a developer without rules of its own', 'Missing of dev_x');
SELECT t.refused('op_a_1', $$INSERT INTO pdauth.security_document (owner_party, kind, version, document, digest, effective_from) VALUES (t.id('dev_x'), 'whole-process data security management', 1, 'd', 'sm3:' || repeat('0', 64), '2026-01-01')$$, 'R-28-4: nobody writes them for another');
SELECT t.refused('op_a_1', $$INSERT INTO pdauth.security_document (owner_party, kind, version, document, digest, effective_from) VALUES (t.id('op_a'), 'personell', 1, 'd', 'sm3:' || repeat('0', 64), '2026-01-01')$$, 'R-28-4: of a kind that the pack knows');
SELECT t.refused('km_center_1', $$INSERT INTO pdauth.security_document (owner_party, kind, version, document, digest, effective_from) VALUES (t.id('op_a'), 'risk assessment', 3, 'd', 'sm3:' || repeat('0', 64), '2026-01-01')$$, 'R-28-1: an agency records its own');
SELECT t.refused('dev_x_1', $$INSERT INTO pdauth.security_document (owner_party, kind, version, document, digest, effective_from) VALUES (t.id('dev_x'), 'rules', 1, 'd', 'sm3:' || repeat('0', 64), '2026-01-01')$$, 'R-28-8: of its kind');
SELECT t.documents('dev_x', '{whole-process data security management}');
SELECT t.works('op_a_1', t.deliver('P-1', 'D-1', 'public', 1, 0), 'R-28-1: with the documents of the agency it is delivered');
SELECT ok(pdauth.missing_security_documents(t.id('op_a'), 'operator', '530100') IS NULL, 'R-28-4: those of the operator are complete');
SELECT ok(pdauth.missing_security_documents(t.id('dev_x'), 'developer', '530100') IS NULL, 'R-28-8: and those of the developer');
SELECT t.refused('op_a_1', $$UPDATE pdauth.security_document SET document = 'other'$$, 'R-25-4: a version is not rewritten');

-- R-28-3
SELECT t.at('2027-09-01 09:00');
SELECT t.sees('km_center_1', $$SELECT coalesce(nullif(status, 'due soon'), flag || ' due') || ' ' || due FROM pdauth.my_duty WHERE rule = 'R-28-3'$$, 'PD283 due 2027-09-01', 'R-28-3: the audit is due within twelve months of the first day');
SELECT t.at('2027-09-02 00:00');
SELECT t.sees('yn_bureau_1', $$SELECT flag || ' ' || status FROM pdauth.my_duty WHERE rule = 'R-28-3'$$, 'PD283 overdue', 'R-28-3: then it is flagged');
CREATE FUNCTION t.audit(day text) RETURNS text LANGUAGE sql AS $$ SELECT format('INSERT INTO pdauth.operator_audit (agreement_id, audited_on, log_period, findings, document, digest) VALUES (t.agreement_id(''A-1''), %L, ''[2026-09-01,2027-09-01)'', ''none'', ''report'', ''sm3:'' || repeat(''0'', 64))', day) $$;
SELECT t.refused('yn_center_1', t.audit('2027-09-02'), 'R-28-3: another agency does not audit');
SELECT t.refused('op_a_1', t.audit('2027-09-02'), 'R-28-3: nor the operator itself');
SELECT t.works('km_center_1', t.audit('2027-09-02'), 'R-28-3: it is audited');
SELECT t.sees('km_center_1', $$SELECT string_agg(status || ' ' || due, ', ' ORDER BY obligation_id) FROM pdauth.my_duty WHERE rule = 'R-28-3'$$, 'fulfilled late 2027-09-01, open 2028-09-04', 'R-28-3: late, and the next twelve months run');
SELECT t.sees('op_a_1', $$SELECT findings FROM pdauth.operator_audit$$, 'none', 'R-28-3: the operator reads what was found');

-- R-28-9
SELECT t.at('2025-11-03 09:00');
SELECT t.act('yn_platform_1', $$INSERT INTO pdauth.platform_component (component, runner_party, division) VALUES ('vault', t.id('yn_platform'), '530000')$$);
CREATE FUNCTION t.test(day text, component text DEFAULT 'vault') RETURNS text LANGUAGE sql AS $$ SELECT format('INSERT INTO pdauth.platform_test (component_id, tested_on, findings, responsible_party, document) SELECT component_id, %L, ''none'', t.id(''yn_platform''), ''report'' FROM pdauth.platform_component WHERE component = %L', day, component) $$;
SELECT t.refused('yn_platform_1', t.test('2025-11-03'), 'R-28-9: the platform does not test itself');
SELECT t.works('yn_bureau_1', t.test('2025-11-03'), 'R-28-9: the bureau tests it');
SELECT t.at('2026-11-03 23:59');
SELECT t.sees('yn_bureau_1', $$SELECT status FROM pdauth.my_duty WHERE rule = 'R-28-9' AND matter = 'platform component vault' AND status NOT LIKE 'fulfilled%'$$, 'due soon', 'R-28-9: for a year');
SELECT t.at('2026-11-04 00:00');
SELECT t.sees('yn_bureau_1', $$SELECT flag || ' ' || status FROM pdauth.my_duty WHERE rule = 'R-28-9' AND matter = 'platform component vault' AND status NOT LIKE 'fulfilled%'$$, 'PD289 overdue', 'R-28-9: then a test is overdue');
SELECT t.act('yn_bureau_1', $$INSERT INTO pdauth.platform_monitoring (component_id, monitored_on, findings) SELECT component_id, d, 'none' FROM pdauth.platform_component, unnest('{2026-11-01,2026-11-03}'::date[]) AS d WHERE component = 'vault'$$);
SELECT t.sees('yn_platform_1', $$SELECT string_agg(component || ' ' || day || ' ' || flag, ',') FROM pdauth.platform_monitoring_gap$$, 'vault 2026-11-02 PD289', 'R-28-9: a day without monitoring is seen');

-- R-28-11
SELECT t.at('2026-11-23 09:00');
SELECT t.act('yn_health_1', $$INSERT INTO pdauth.risk_notice (number, division, provider_party, kind, content, concerned_party, found_on) VALUES ('N-1', '530000', t.id('yn_health'), 'provision', 'copies at op_a', t.id('op_a'), '2026-11-20')$$);
SELECT t.sees(who, $$SELECT string_agg(number, ',') FROM pdauth.risk_notice$$, expected, 'R-28-11: a risk notice, read by ' || who) FROM (VALUES ('yn_bureau_1', 'N-1'), ('yn_cac_1', 'N-1'), ('yn_health_1', 'N-1'), ('op_a_1', NULL)) AS v (who, expected);
SELECT t.refused('yn_transport_1', $$INSERT INTO pdauth.risk_notice (number, division, provider_party, kind, content, found_on) VALUES ('N-2', '530000', t.id('yn_health'), 'other', 'c', '2026-11-20')$$, 'R-28-11: nobody gives one for another');

-- R-28-10
SELECT t.governed_table('traffic_raw', 'transport/traffic_flow');
CREATE TABLE t.p1 (road text, division text);
INSERT INTO t.p1 VALUES ('1', '530100');
SELECT pdauth.protect('t.p1', 'product/P-1', region_column => 'division');
CREATE VIEW t.road_index AS SELECT a, count(*) AS n FROM t.traffic_raw GROUP BY a;
GRANT SELECT ON t.p1, t.traffic_raw, t.road_index TO dev_x_1, op_a_1;
ALTER VIEW t.road_index OWNER TO op_a_1;
INSERT INTO pdauth.license (licensee, scope, basis) VALUES ('dev_x_1', '{read on product/P-1(*) for 产业发展/车险 in 530100 during [2026-11-01,2027-01-01) level general}', 'order 1');
SELECT t.act('op_a_1', $$INSERT INTO pdauth.product (number, name, owner_party, division, form, relation) VALUES ('P-2', 'road index', t.id('op_a'), '530100', 'interface', 't.road_index');
  INSERT INTO pdauth.product_source VALUES (t.product_id('P-2'), 'transport/traffic_flow', '')$$);
SELECT t.ceiling('interface', 1), t.act('op_a_1', t.tariff('P-1', 2, 'industry', 1)), t.act('op_a_1', t.deliver('P-1', 'D-1', 'industry', 1, 1));
SELECT t.sees('dev_x_1', 'SELECT count(*) FROM t.p1', '1', 'R-28-10: a buyer reads');
SELECT t.party('km_cac', 'government', '530100', 'security', '530100');
CREATE FUNCTION t.freeze(number text, products text DEFAULT '{}', addressee text DEFAULT NULL, resources text DEFAULT '{}', authority text DEFAULT 'yn_cac') RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.security_instruction (number, division, authority_party, kind, products, addressee_party, resources, content, act_document, act_digest)
    VALUES (%L, ''530000'', t.id(%L), ''freeze'', %L, t.id(%L), %L, ''stop'', ''order'', ''sm3:'' || repeat(''0'', 64))', number, authority, products, addressee, resources) $$;
CREATE FUNCTION t.lift(number text) RETURNS text LANGUAGE sql AS $$ SELECT format('UPDATE pdauth.security_instruction SET state = ''lifted'', %s WHERE number = %L', t.document('end'), number) $$;
SELECT t.refused('yn_bureau_1', t.freeze('F-1', '{P-1}'), 'R-5-2: a freeze is for security authorities');
SELECT t.refused('km_cac_1', t.freeze('F-1', '{P-1}'), 'R-28-10: nobody orders in the name of another authority');
SELECT t.refused('km_cac_1', t.freeze('F-1', '{P-1}', authority => 'km_cac'), 'R-28-10: nor beyond the own territory', 'no territory');
SELECT t.works('yn_cac_1', t.freeze('F-1', '{P-1}'), 'R-28-10: it orders a freeze');
SELECT t.refused('dev_x_1', 'SELECT count(*) FROM t.p1', 'R-28-10: with effect on the next statement', 'Stopped by security instruction F-1');
SELECT t.refused('op_a_1', t.deliver('P-1', 'D-1', 'public', 1, 0), 'R-28-10: nor is it delivered any more');
SELECT t.refused('op_a_1', t.lift('F-1'), 'R-28-10: an operator does not lift it');
SELECT t.refused('yn_cac_1', $$UPDATE pdauth.security_instruction SET state = 'lifted' WHERE number = 'F-1'$$, 'R-28-10: nor the authority without a document');
SELECT t.act('op_a_1', $$INSERT INTO pdauth.incident (number, division, agency_party, operator_party, developer_party, kind, summary, products, detected_at)
  VALUES ('I-1', '530100', t.id('km_center'), t.id('op_a'), t.id('dev_x'), 'leak', 's', '{P-1}', '2026-11-23 08:50+08')$$);
SET ROLE dev_x_1;
SELECT throws_ok('SELECT count(*) FROM t.p1', 'PD293', NULL, 'X-10: of two holds the incident is reported');
RESET ROLE;
SELECT t.works('yn_cac_1', t.lift('F-1'), 'R-28-10: the authority lifts it');
SELECT t.refused('dev_x_1', 'SELECT count(*) FROM t.p1', 'R-29-3: ... which ends nothing else');
SELECT t.sees('op_a_1', 'SELECT count(*) FROM t.road_index', '1', 'R-28-10: a view is a product');
SELECT t.act('yn_cac_1', t.freeze('F-2', '{P-2}'));
SELECT t.refused('op_a_1', 'SELECT count(*) FROM t.road_index', 'R-28-10: ... and is frozen, to its operator as well');
SELECT t.sees('op_a_1', 'SELECT count(*) FROM t.traffic_raw', '1', 'R-28-10: ... and nothing else');
SELECT t.act('yn_cac_1', t.freeze('F-3', addressee => 'op_b', resources => '{transport}'));
SELECT t.sees('op_a_1', 'SELECT count(*) FROM t.traffic_raw', '1', 'R-28-10: a freeze for one party is none for others');
SELECT t.act('yn_cac_1', t.freeze('F-4', addressee => 'op_a'));
SELECT t.refused('op_a_1', 'SELECT count(*) FROM t.traffic_raw', 'R-28-10: a party can be stopped as a whole');
INSERT INTO pdauth.person (person, name, party_id) VALUES ('li_wei', 'li_wei', t.id('op_a'));
CREATE ROLE li_wei IN ROLE pdauth_register;
GRANT USAGE ON SCHEMA t TO li_wei;
INSERT INTO pdauth.principal (role, person_id, capacity_id, since) SELECT 'li_wei', t.person_id('li_wei'), c.capacity_id, '2026-01-01' FROM pdauth.party_capacity AS c WHERE c.party_id = t.id('op_a');
SELECT t.clear('yn_bureau_1', $$person = 'li_wei'$$), t.act('yn_platform_1', $$INSERT INTO pdauth.component_access (role, component_id) SELECT 'li_wei', component_id FROM pdauth.platform_component WHERE component = 'portal'$$);
GRANT SELECT ON t.traffic_raw TO li_wei;
SELECT t.refused('li_wei', 'SELECT count(*) FROM t.traffic_raw', 'R-28-10: ... with a person who joins it later');
SELECT t.sees('op_a_1', 'SELECT string_agg(number, $q$,$q$) FROM pdauth.security_instruction', 'F-4', 'R-28-10: it sees the instruction that concerns it');
SELECT * FROM finish();
ROLLBACK;
