-- Article 28: security management, and what combining data gives away.
BEGIN;
\set unsecured 1
\ir include/fixture.sql
\unset unsecured
\ir include/authorisation.sql
\ir include/development.sql
SELECT no_plan();
SELECT t.at('2026-09-01 09:00');
SELECT t.developer();
SELECT t.at('2026-11-23 09:00');
SELECT t.operator_product('P-1'), t.act('op_a_1', t.tariff('P-1', 1, 'public', 0));
SET LOCAL pdauth.purpose = '产业发展/车险';

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
SELECT t.works('yn_bureau_1', t.test('2025-11-03'), 'R-28-9: the bureau tests it');
SELECT t.at('2026-11-03 23:59');
SELECT t.refused('yn_platform_1', t.test('2025-11-03'), 'R-28-9: the platform does not test itself');
SELECT t.sees('yn_bureau_1', $$SELECT status FROM pdauth.my_duty WHERE rule = 'R-28-9' AND matter = 'platform component vault' AND status NOT LIKE 'fulfilled%'$$, 'due soon', 'R-28-9: for a year');
SELECT t.at('2026-11-04 00:00');
SELECT t.sees('yn_bureau_1', $$SELECT flag || ' ' || status FROM pdauth.my_duty WHERE rule = 'R-28-9' AND matter = 'platform component vault' AND status NOT LIKE 'fulfilled%'$$, 'PD289 overdue', 'R-28-9: then a test is overdue');
SELECT t.at(day || ' 09:00'), t.act('yn_bureau_1', $$INSERT INTO pdauth.platform_monitoring (component_id, monitored_on, findings) SELECT component_id, pdauth.clock_today(), 'none' FROM pdauth.platform_component WHERE component = 'vault'$$) FROM unnest('{2026-11-01,2026-11-03}'::text[]) AS day;
SELECT t.at('2026-11-04 00:00');
SELECT t.sees('yn_platform_1', $$SELECT string_agg(component || ' ' || day || ' ' || flag, ',') FROM pdauth.platform_monitoring_gap WHERE component = 'vault' AND day >= '2026-11-01'$$, 'vault 2026-11-02 PD289', 'R-28-9: a day without monitoring is seen');

-- R-28-11
SELECT t.at('2026-11-23 09:00');
SELECT t.act('yn_health_1', $$INSERT INTO pdauth.risk_notice (number, division, provider_party, kind, content, concerned_party, found_on) VALUES ('N-1', '530000', t.id('yn_health'), 'provision', 'copies at op_a', t.id('op_a'), '2026-11-20')$$);
SELECT t.sees(who, $$SELECT string_agg(number, ',') FROM pdauth.risk_notice$$, expected, 'R-28-11: a risk notice, read by ' || who) FROM (VALUES ('yn_bureau_1', 'N-1'), ('yn_cac_1', 'N-1'), ('yn_health_1', 'N-1'), ('op_a_1', NULL)) AS v (who, expected);
SELECT t.refused('yn_transport_1', $$INSERT INTO pdauth.risk_notice (number, division, provider_party, kind, content, found_on) VALUES ('N-2', '530000', t.id('yn_health'), 'other', 'c', '2026-11-20')$$, 'R-28-11: nobody gives one for another');

-- R-28-2
SELECT t.at('2026-11-23 09:00');
SELECT t.resource('health/health_visit', 'yn_health');
SELECT t.governed_table('traffic_raw', 'transport/traffic_flow'), t.governed_table('traffic_table', 'transport/traffic_flow'), t.governed_table('vehicle_raw', 'transport/vehicle_reg'), t.governed_table('health_raw', 'health/health_visit');
CREATE VIEW t.traffic_all AS SELECT * FROM t.traffic_raw;
CREATE VIEW t.traffic_few AS SELECT a, b, division FROM t.traffic_all WHERE a < '5';
CREATE VIEW t.traffic_index AS SELECT a, count(*) AS n FROM t.traffic_raw GROUP BY a;
SELECT t.act('op_a_1', format($q$INSERT INTO pdauth.product (number, name, owner_party, division, form, relation) VALUES (%1$L, %1$L, t.id('op_a'), '530100', 'interface', %2$L);
  INSERT INTO pdauth.product_source VALUES (t.product_id(%1$L), 'transport/traffic_flow', '')$q$, n, 't.' || r)) FROM (VALUES ('P-3', 'traffic_table'), ('P-4', 'traffic_all'), ('P-5', 'traffic_few'), ('P-6', 'traffic_index')) AS v (n, r);
CREATE FUNCTION t.step(number text, state text) RETURNS text LANGUAGE sql AS $$ SELECT format('UPDATE pdauth.product SET state = %L WHERE number = %L', state, number) $$;
CREATE FUNCTION t.transformation(number text) RETURNS text LANGUAGE sql AS $$ SELECT format('INSERT INTO pdauth.product_transformation (product_id, kind, method, checked_by) VALUES (t.product_id(%L), ''aggregation'', ''cars of each road counted'', ''data officer of op_a'')', number) $$;
SELECT t.refused('op_a_1', t.step(p, 'deliverable'), 'R-28-2: raw data as a product: ' || p) FROM unnest('{P-3,P-4,P-5,P-6}'::text[]) AS p;
SELECT t.refused('dev_x_1', t.transformation('P-6'), 'R-28-2: nobody records what is done to a product of another');
SELECT t.act('op_a_1', t.transformation(p)) FROM unnest('{P-3,P-6}'::text[]) AS p;
SELECT t.refused('op_a_1', t.step('P-3', 'deliverable'), 'R-28-2: a governed table is raw, whatever is recorded', 'itself');
SELECT t.works('op_a_1', t.step('P-6', 'deliverable'), 'R-28-2: an aggregate on record is a product');
SELECT t.act('op_a_1', t.tariff('P-4', 1, 'public', 0));
SELECT t.refused('op_a_1', t.deliver('P-4', 'D-1', 'public', 1, 0), 'R-28-2: raw data is not delivered to a developer');

-- R-28-5
INSERT INTO pdauth.license (licensee, scope, basis) SELECT r, '{read on transport/traffic_flow("a","b") for 产业发展 in 530100 during [2026-09-01,2031-09-01) level general}', 'A-1' FROM unnest('{op_a_1,op_a_2}'::regrole[]) AS r;
GRANT SELECT ON t.traffic_raw, t.vehicle_raw, t.health_raw TO op_a_1, op_a_2, yn_cac_1;
SELECT t.sees('op_a_1', 'SELECT count(*) FROM t.traffic_raw', '1', 'R-28-5: within the agreement');
INSERT INTO pdauth.license (licensee, scope, basis) VALUES ('op_a_1', '{read on transport/vehicle_reg("a","b") for 产业发展/车险 in 530100 during [2026-11-01,2027-01-01) level general}', 'request Q-3, approved by mistake');
SELECT t.refused('op_a_1', 'SELECT count(*) FROM t.vehicle_raw', 'R-28-5: a license that no agreement covers gives nothing');
SELECT t.sees('op_a_1', 'SELECT count(*) FROM t.traffic_raw', '1', 'R-28-5: and takes nothing');
UPDATE pdauth.license SET revoke_reason = 'mistake' WHERE basis LIKE 'request Q-3%';
SELECT t.refused('op_a_1', 'SELECT count(*) FROM t.vehicle_raw', 'R-20-5: revoked, it is no license at all');
INSERT INTO pdauth.license (licensee, scope, basis) VALUES ('op_a_2', '{read on transport/traffic_flow("a") for 产业发展/车险 in 530100 during [2026-11-01,2027-01-01) level general}', 'Q-4');
SELECT t.sees('op_a_2', 'SELECT count(*) FROM t.traffic_raw', '1', 'R-28-5: one within it is no excess');

-- R-28-6: columns
GRANT pdauth_policy_admin TO CURRENT_USER;
ALTER TABLE t.traffic_raw ADD COLUMN owner_phone text DEFAULT '13800138000';
SELECT t.sees('op_a_1', 'SELECT min(owner_phone) FROM t.traffic_raw', NULL, 'R-28-6: a new column shows nothing');
SELECT t.sees('op_a_1', $$SELECT string_agg(x::text, ' ') FROM t.traffic_raw AS x$$, '(1,x,,)', 'R-28-6: by whole rows neither');
SELECT pdauth.mask('t.traffic_raw', 'b', NULL, 'important');
SELECT t.sees('op_a_1', 'SELECT min(b) FROM t.traffic_raw', NULL, 'R-28-6: a raised grade takes effect at once');
SELECT pdauth.protect('t.traffic_raw', 'transport/traffic_flow', region_column => 'division', mode => 'strict');
SELECT t.refused('op_a_1', 'SELECT min(b) FROM t.traffic_raw', 'R-28-6: in strict mode a grade above the license is refused');
SELECT t.refused('op_a_1', 'SELECT min(owner_phone) FROM t.traffic_raw', 'R-20-6: ... and a column that no license names before that');
INSERT INTO pdauth.license (licensee, scope, basis) VALUES ('yn_cac_1', '{read on transport/traffic_flow(*) for 产业发展/车险 in 530100 during [2026-11-01,2027-01-01) level general}', 'Q-0');
SELECT t.refused('yn_cac_1', 'SELECT min(b) FROM t.traffic_raw', 'R-28-6: who is licensed for all columns does not see one above the grade either');
UPDATE pdauth.license SET revoke_reason = 'end' WHERE basis = 'Q-0';
SELECT t.sees('op_a_1', 'SELECT min(a) FROM t.traffic_raw', '1', 'R-28-6: what is licensed is read');
SELECT pdauth.protect('t.traffic_raw', 'transport/traffic_flow', region_column => 'division');

-- R-28-7
INSERT INTO pdauth.license (licensee, scope, basis) SELECT r, '{read on health/health_visit("a","b","division") for 产业发展/车险 in 530100 during [2026-11-01,2027-01-01) level general}', 'Q-2' FROM unnest('{yn_cac_1}'::regrole[]) AS r;
INSERT INTO pdauth.license (licensee, scope, basis) VALUES ('yn_cac_1', '{read on transport/traffic_flow("a","division") for 产业发展/车险 in 530100 during [2026-11-01,2027-01-01) level general}', 'Q-1');
CREATE FUNCTION t.joined() RETURNS text LANGUAGE sql AS $$ SELECT 'SELECT count(*) FROM t.traffic_raw AS r JOIN t.health_raw AS h USING (division)' $$;
SELECT t.sees('yn_cac_1', 'SELECT count(*) FROM t.traffic_raw', '1', 'R-28-7: each alone is read');
SELECT t.sees('yn_cac_1', 'SELECT count(*) FROM t.health_raw', '1', 'R-28-7: ... and so is the other');
SELECT t.refused('yn_cac_1', t.joined(), 'R-28-7: their join is not');
SELECT t.refused('yn_cac_1', 'SELECT (SELECT count(*) FROM t.traffic_raw) + count(*) FROM t.health_raw', 'R-28-7: nor by a sub-select');
SELECT t.refused('yn_cac_1', 'WITH x AS (SELECT a FROM t.traffic_raw) SELECT count(*) FROM x UNION ALL SELECT count(*) FROM t.health_raw', 'R-28-7: nor by a set operation');
CREATE VIEW t.both_of_them AS SELECT r.a, h.b FROM t.traffic_raw AS r JOIN t.health_raw AS h USING (division);
ALTER VIEW t.both_of_them OWNER TO yn_cac_1;
SELECT t.refused('yn_cac_1', 'SELECT count(*) FROM t.both_of_them', 'R-28-7: nor by a view');
CREATE FUNCTION t.assessment(number text, minimum int DEFAULT 10, resources text DEFAULT '{transport/traffic_flow,health/health_visit}') RETURNS text LANGUAGE sql AS $$
  SELECT format($q$INSERT INTO pdauth.linkage_assessment (number, division, assessor_party, user_party, resources, valid, group_minimum, conclusion)
    VALUES (%L, '530000', t.id('yn_bureau'), t.id('yn_cac'), %L, '[2026-11-01,2026-12-01)', %s, 'acceptable');
    UPDATE pdauth.linkage_assessment SET state = 'concluded', %s WHERE number = %1$L$q$, number, resources, minimum, t.document('L')) $$;
SELECT t.refused('op_a_1', t.assessment('L-0'), 'R-28-7: an operator does not assess');
SELECT t.refused('yn_bureau_1', t.assessment('L-0', 9), 'R-28-7: no smaller groups than the pack''s', 'at least 10, not 9');
SELECT t.act('yn_bureau_1', t.assessment('L-1', resources => '{transport/traffic_flow,transport/vehicle_reg}'));
SELECT t.refused('yn_cac_1', t.joined(), 'R-28-7: an assessment of another combination is none');
-- a function that reads the other
CREATE FUNCTION t.visits(text) RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM t.health_raw AS h WHERE h.division = $1); END';
CREATE FUNCTION t.visits_inlined(text) RETURNS TABLE (n bigint) LANGUAGE sql STABLE AS 'SELECT count(*) FROM t.health_raw AS h WHERE h.division = $1';
SELECT t.refused('yn_cac_1', 'SELECT sum(t.visits(division)) FROM t.traffic_raw', 'R-28-7: nor by a function');
CREATE FUNCTION t.roads() RETURNS SETOF t.traffic_raw LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT * FROM t.traffic_raw; END';
CREATE FUNCTION t.patients() RETURNS SETOF t.health_raw LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT * FROM t.health_raw; END';
SELECT t.sees('yn_cac_1', 'SELECT count(*) FROM t.roads()', '1', 'R-28-7: a function that reads one is let');
SELECT t.sees('yn_cac_1', 'SELECT count(*) FROM t.patients()', '1', 'R-28-7: ... as is the other');
SELECT t.refused('yn_cac_1', 'SELECT r.a, p.b FROM t.roads() AS r JOIN t.patients() AS p USING (division)', 'R-28-7: their join is not, planned before or not');
SELECT t.refused('yn_cac_1', 'SELECT r.a, query_to_xml(''SELECT b FROM t.health_raw'', true, true, '''')::text FROM t.roads() AS r', 'R-28-7: nor by a built-in function that runs a query');
SELECT t.refused('yn_cac_1', 'SELECT sum(n) FROM t.traffic_raw, t.visits_inlined(division)', 'R-28-7: nor by one that is inlined');
SELECT t.works('yn_bureau_1', t.assessment('L-2'), 'R-28-7: it is assessed');
SELECT t.refused('yn_cac_1', 'SELECT r.a, p.b FROM t.roads() AS r JOIN t.patients() AS p USING (division)', 'R-28-7: ... which makes no functions join');
SELECT t.refused('yn_cac_1', 'SELECT sum(t.visits(division)) FROM t.traffic_raw', 'R-28-7: ... which does not cover what a function adds');
SELECT t.sees('yn_cac_1', t.joined(), NULL, 'R-28-7: a join runs, but a group of one is left out');
SELECT set_config('pdauth.break_glass', 'test', true);
INSERT INTO t.health_raw SELECT n, 'x', '530100' FROM generate_series(2, 10) AS n;
SELECT set_config('pdauth.break_glass', '', true);
SELECT t.sees('yn_cac_1', t.joined(), NULL, 'R-28-7: ten visits on one road are a group of one road');
SELECT set_config('pdauth.break_glass', 'test', true);
INSERT INTO t.traffic_raw (a, b, division) SELECT n, 'x', '530100' FROM generate_series(2, 10) AS n;
SELECT set_config('pdauth.break_glass', '', true);
SELECT t.sees('yn_cac_1', t.joined(), '100', 'R-28-7: ten of each are shown');
SELECT t.sees('yn_cac_1', 'SELECT count(*) || '' '' || sum(n) FROM (SELECT h.b, count(h.a) AS n FROM t.traffic_raw AS r JOIN t.health_raw AS h USING (division) GROUP BY h.b) AS g', '1 100', 'R-28-7: by groups as well, counted again');
SELECT t.sees('yn_cac_1', 'SELECT sum(n) OVER () FROM (SELECT r.division, count(*) AS n FROM (SELECT division FROM t.traffic_raw) AS r JOIN (SELECT division FROM t.health_raw) AS h USING (division) GROUP BY 1) AS g LIMIT 1', '100', 'R-28-7: through sub-selects, and as groups like');
SELECT t.sees('yn_cac_1', 'SELECT count(*) FROM t.traffic_raw AS r JOIN t.health_raw AS h USING (division) GROUP BY h.a ORDER BY 1 LIMIT 1', NULL, 'R-28-7: groups of one are left out');
SELECT t.sees('yn_cac_1', 'SELECT count(*) FROM t.both_of_them', '100', 'R-28-7: a view of rows is counted');
SELECT t.sees('yn_cac_1', q, NULL, 'R-28-7: too few: ' || q) FROM unnest(ARRAY[
  'SELECT count(*) FROM t.traffic_raw AS r JOIN t.health_raw AS h USING (division) WHERE h.a = ''5''',
  'SELECT count(*) FROM t.traffic_raw AS r JOIN t.health_raw AS h USING (division), generate_series(1, 1000) WHERE h.a = ''5''',
  'SELECT count(*) FROM t.traffic_raw AS r JOIN (t.health_raw AS h CROSS JOIN (SELECT a AS x FROM t.health_raw) AS i) USING (division) WHERE h.a = ''5''',
  'SELECT count(*) FROM t.traffic_raw AS r JOIN t.health_raw AS h USING (division) GROUP BY h.a HAVING count(*) > 0',
  'SELECT count(*) FROM t.traffic_raw AS r JOIN t.health_raw AS h USING (division) GROUP BY CUBE (h.a, r.a) HAVING GROUPING(h.a, r.a) < 3',
  'SELECT count(*) FROM t.traffic_raw AS r JOIN LATERAL (SELECT h.division, h.a FROM t.health_raw AS h WHERE h.a = r.a AND h.a = ''5'') AS h USING (division)',
  'SELECT count(*) OVER () FROM t.traffic_raw AS r JOIN t.health_raw AS h USING (division) GROUP BY h.a']) AS q;
SELECT t.refused('yn_cac_1', q, 'R-28-7: not by ' || q, 'assessment') FROM unnest(ARRAY[
  'SELECT r.a, h.b FROM t.traffic_raw AS r JOIN t.health_raw AS h USING (division)',
  'SELECT DISTINCT h.b FROM t.traffic_raw AS r JOIN t.health_raw AS h USING (division)',
  'SELECT * FROM t.both_of_them',
  'SELECT max(h.a) FROM t.traffic_raw AS r JOIN t.health_raw AS h USING (division)',
  'SELECT string_agg(h.b, '','') FROM t.traffic_raw AS r JOIN t.health_raw AS h USING (division)',
  'SELECT array_agg(h) FROM t.traffic_raw AS r JOIN t.health_raw AS h USING (division)',
  'SELECT json_agg(h.a) FROM t.traffic_raw AS r JOIN t.health_raw AS h USING (division)',
  'SELECT percentile_disc(0) WITHIN GROUP (ORDER BY h.a) FROM t.traffic_raw AS r JOIN t.health_raw AS h USING (division)',
  'SELECT count(*) FILTER (WHERE h.a = ''5'') FROM t.traffic_raw AS r JOIN t.health_raw AS h USING (division)',
  'SELECT sum(CASE WHEN h.a = ''5'' THEN 1 END) FROM t.traffic_raw AS r JOIN t.health_raw AS h USING (division)',
  'SELECT count(nullif(h.a = ''5'', false)) FROM t.traffic_raw AS r JOIN t.health_raw AS h USING (division)',
  'SELECT sum(x) FROM t.traffic_raw AS r JOIN (SELECT division, (a = ''5'')::int AS x FROM t.health_raw) AS h USING (division)',
  'SELECT count(*) FROM t.traffic_raw AS r JOIN (SELECT division FROM t.health_raw LIMIT 11) AS h USING (division)',
  'SELECT count(*) FROM t.traffic_raw AS r JOIN (SELECT division FROM t.health_raw OFFSET 3) AS h USING (division)',
  'SELECT count(*) FROM t.traffic_raw AS r JOIN (SELECT DISTINCT ON (division) division, a FROM t.health_raw) AS h USING (division)',
  'SELECT count(*) FROM t.traffic_raw AS r JOIN (SELECT division, lag(a) OVER () FROM t.health_raw) AS h USING (division)',
  'SELECT count(*) FROM t.traffic_raw AS r LEFT JOIN t.health_raw AS h ON h.a = ''5''',
  'SELECT count(*) FROM t.traffic_raw AS r JOIN t.health_raw AS h TABLESAMPLE BERNOULLI (50) USING (division)',
  'SELECT count(*) FROM t.traffic_raw WHERE EXISTS (SELECT FROM t.health_raw WHERE a = ''5'')',
  'SELECT count(*) FROM t.traffic_raw WHERE division IN (SELECT division FROM t.health_raw WHERE a = ''5'')',
  'SELECT count(*), (SELECT b FROM t.health_raw LIMIT 1) FROM t.traffic_raw',
  'SELECT count(*) FROM t.traffic_raw HAVING (SELECT a = ''5'' FROM t.health_raw LIMIT 1)',
  'SELECT count(*) FROM t.traffic_raw ORDER BY (SELECT a FROM t.health_raw LIMIT 1)',
  'WITH h AS (SELECT * FROM t.health_raw) SELECT count(*) FROM t.traffic_raw AS r JOIN h USING (division)',
  'WITH RECURSIVE h AS (SELECT a, division FROM t.health_raw UNION SELECT h.a, h.division FROM h JOIN t.traffic_raw AS r ON r.a = h.a) SELECT count(*) FROM h',
  'SELECT a FROM t.traffic_raw UNION ALL SELECT a FROM t.health_raw',
  'SELECT count(*) FROM (SELECT a FROM t.traffic_raw INTERSECT SELECT a FROM t.health_raw WHERE a = ''5'') AS x',
  'CREATE TEMP TABLE x AS SELECT h.a FROM t.traffic_raw AS r JOIN t.health_raw AS h USING (division)',
  'SELECT count(*) FROM t.traffic_raw AS r JOIN t.health_raw AS h USING (division) WHERE t.visits(r.division) > 0']) AS q;
-- what no single statement shows: pinned, see security-limits
SELECT set_config('pdauth.break_glass', 'test', true);
INSERT INTO t.health_raw VALUES ('11', 'x', '530100');
SELECT set_config('pdauth.break_glass', '', true);
SELECT t.sees('yn_cac_1', t.joined(), '110', 'R-28-7: two groups that differ in one row ...');
SELECT t.sees('yn_cac_1', t.joined() || ' WHERE h.a <> ''11''', '100', 'R-28-7: ... tell of it');
SET ROLE yn_cac_1;
PREPARE combined AS SELECT count(*) FROM t.traffic_raw AS r JOIN t.health_raw AS h USING (division);
EXECUTE combined;
RESET ROLE;
SELECT t.act('yn_bureau_1', t.assessment('L-3', 11));
SET ROLE yn_cac_1;
SELECT is_empty('EXECUTE combined', 'R-28-7: of two assessments the stricter counts, also for a prepared statement');
RESET ROLE;
SELECT t.act('yn_bureau_1', $$UPDATE pdauth.linkage_assessment SET state = 'withdrawn', act_reason = 'too strict' WHERE number = 'L-3'$$);
SET ROLE yn_cac_1;
DECLARE c CURSOR FOR SELECT count(*) FROM t.traffic_raw AS r JOIN t.health_raw AS h USING (division) GROUP BY GROUPING SETS ((), (h.division));
FETCH c;
RESET ROLE;
SELECT t.act('yn_bureau_1', $$UPDATE pdauth.linkage_assessment SET state = 'withdrawn', act_reason = 'new facts' WHERE number = 'L-2'$$);
SELECT t.refused('yn_cac_1', t.joined(), 'R-28-7: withdrawn, it does not count');
SET ROLE yn_cac_1;
SELECT throws_ok('EXECUTE combined', 'PD287', NULL, 'R-28-7: nor for a prepared statement');
SELECT throws_ok('FETCH c', 'PD287', NULL, 'R-28-7: nor for the next row of a cursor');
RESET ROLE;

-- R-28-10
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
SELECT t.sees('op_a_1', 'SELECT count(*) > 0 FROM t.road_index', 'true', 'R-28-10: a view is a product');
SELECT t.act('yn_cac_1', t.freeze('F-2', '{P-2}'));
SELECT t.refused('op_a_1', 'SELECT count(*) FROM t.road_index', 'R-28-10: ... and is frozen, to its operator as well');
SELECT t.sees('op_a_1', 'SELECT count(*) > 0 FROM t.traffic_raw', 'true', 'R-28-10: ... and nothing else');
SELECT t.act('yn_cac_1', t.freeze('F-3', addressee => 'op_b', resources => '{transport}'));
SELECT t.sees('op_a_1', 'SELECT count(*) > 0 FROM t.traffic_raw', 'true', 'R-28-10: a freeze for one party is none for others');
SELECT t.act('yn_cac_1', t.freeze('F-4', addressee => 'op_a'));
SELECT t.refused('op_a_1', 'SELECT count(*) FROM t.traffic_raw', 'R-28-10: a party can be stopped as a whole');
INSERT INTO pdauth.person (person, name, party_id) VALUES ('li_wei', 'li_wei', t.id('op_a'));
CREATE ROLE li_wei IN ROLE pdauth_register;
GRANT USAGE ON SCHEMA t TO li_wei;
INSERT INTO pdauth.principal (role, person_id, capacity_id, since) SELECT 'li_wei', t.person_id('li_wei'), c.capacity_id, '2026-01-01' FROM pdauth.party_capacity AS c WHERE c.party_id = t.id('op_a');
SELECT t.clear('yn_bureau_1', $$person = 'li_wei'$$), t.act('yn_platform_1', $$INSERT INTO pdauth.component_access (role, component_id) SELECT 'li_wei', component_id FROM pdauth.platform_component WHERE component = 'portal'$$);
INSERT INTO pdauth.license (licensee, scope, basis) VALUES ('li_wei', '{read on transport/traffic_flow("a") for 产业发展 in 530100 during [2026-09-01,2031-09-01) level general}', 'A-1');
GRANT SELECT ON t.traffic_raw TO li_wei;
SELECT t.refused('li_wei', 'SELECT count(*) FROM t.traffic_raw', 'R-28-10: ... with a person who joins it later');
SELECT t.sees('op_a_1', 'SELECT string_agg(number, $q$,$q$) FROM pdauth.security_instruction', 'F-4', 'R-28-10: it sees the instruction that concerns it');
SELECT * FROM finish();
ROLLBACK;
