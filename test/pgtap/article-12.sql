-- Article 12: the qualification of developers.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
SELECT no_plan();
SELECT t.authorisation();
CREATE FUNCTION t.apply(number text, who text) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.application (number, applicant_party, operator_party, agreement_id, division, route, scenario, purpose)
    VALUES (%L, t.id(%L), t.id(''op_a''), t.agreement_id(''A-1''), ''530100'', ''own'', ''insurance by road'', ''产业发展/车险'')', number, who) $$;
CREATE FUNCTION t.findings(number text, points int[], met boolean DEFAULT true, until date DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.application_finding (application_id, list, number, met, evidence, evidence_until) SELECT t.application_id(%L), ''qualification_conditions'', n, %L, ''report'', %L FROM unnest(%L::int[]) AS n', number, met, until, points) $$;
CREATE FUNCTION t.pass(number text) RETURNS text LANGUAGE sql AS $$ SELECT format('UPDATE pdauth.application SET state = ''passed'' WHERE number = %L', number) $$;

-- R-12-1
SELECT t.refused('p_zhang_1', t.apply('Q-0', 'p_zhang'), 'R-12-1: a natural person', 'natural person');
INSERT INTO pdauth.party (party, name, kind, division) VALUES ('no_code', 'no_code', 'legal person', '530100'), ('partners', 'partners', 'partnership', '530100');
INSERT INTO pdauth.party_capacity (party_id, capacity, division, since, basis) SELECT t.id(p), 'developer', '530000', '2025-01-01', 'fixture' FROM unnest('{no_code,partners}'::text[]) AS p;
INSERT INTO pdauth.person (person, name, party_id) SELECT p || '_1', p, t.id(p) FROM unnest('{no_code,partners}'::text[]) AS p;
CREATE ROLE no_code_1 IN ROLE pdauth_register;
CREATE ROLE partners_1 IN ROLE pdauth_register;
GRANT USAGE ON SCHEMA t TO no_code_1, partners_1;
INSERT INTO pdauth.principal (role, person_id, capacity_id, since) SELECT p.person::regrole, p.person_id, c.capacity_id, '2026-01-01' FROM pdauth.person AS p JOIN pdauth.party_capacity AS c USING (party_id) WHERE p.person IN ('no_code_1', 'partners_1');
SELECT t.act('yn_platform_1', $$INSERT INTO pdauth.component_access (role, component_id) SELECT r, component_id FROM pdauth.platform_component, unnest('{no_code_1,partners_1}'::regrole[]) AS r$$);
SELECT t.refused('no_code_1', t.apply('Q-0', 'no_code'), 'R-12-1: one without a credit code', 'no_code: legal person');
SELECT t.refused('partners_1', t.apply('Q-0', 'partners'), 'R-12-1: a partnership without legal personality', 'partnership');
SELECT t.works('dev_x_1', t.apply('Q-0', 'dev_x'), 'R-12-1: a legal person registers its application');

-- R-12-2
SELECT t.selected_developer('Q-1', 'dev_x', 'A-1', until => 'findings');
SELECT t.act('op_a_1', t.findings('Q-1', '{1,2,3,5}'));
SELECT t.refused('op_a_1', t.pass('Q-1'), 'R-12-2: condition 4 is not established', '4 (成熟的数据安全保障能力)');
SELECT t.act('op_a_1', t.findings('Q-1', '{4}', met => false));
SELECT t.refused('op_a_1', t.pass('Q-1'), 'R-12-2: a negative finding establishes nothing');
SELECT t.act('op_a_1', t.findings('Q-1', '{4}', until => '2026-11-22'));
SELECT t.refused('op_a_1', t.pass('Q-1'), 'R-12-2: nor does evidence of yesterday');
SELECT t.refused('dev_x_1', t.findings('Q-1', '{4}'), 'R-13-8: the applicant finds nothing about itself');
SELECT t.act('op_a_1', t.findings('Q-1', '{4}'));
SELECT t.works('op_a_1', t.pass('Q-1'), 'R-12-2: with all five established the review passes');

-- R-12-3
SELECT t.development('D-1', 'dev_y', 'A-1', '2026-12-02 09:00', until => 'signatures');
SAVEPOINT expired;
SELECT t.act('op_a_1', t.findings('D-1', '{1}', until => '2026-12-01'));
SELECT t.refused('op_a_1', t.sign_development('D-1'), 'R-12-3: evidence that expired yesterday stops the signing');
ROLLBACK TO expired;
SELECT t.act('op_a_1', t.sign_development('D-1'));
SELECT t.act('op_a_1', t.findings('D-1', '{1}', until => '2027-06-30'));
SELECT t.ceiling('interface', 200);
SELECT t.act('op_a_1', $$INSERT INTO pdauth.product (number, name, owner_party, division, form) VALUES ('P-1', 'road index', t.id('op_a'), '530100', 'interface')$$),
       t.act('op_a_1', $$INSERT INTO pdauth.product_source SELECT product_id, 'transport/traffic_flow' FROM pdauth.product$$),
       t.act('op_a_1', $$INSERT INTO pdauth.tariff (product_id, version, use_class, unit_amount, unit, criteria) SELECT product_id, 3, 'industry', 100, 'calls', 'developers' FROM pdauth.product$$);
CREATE FUNCTION t.deliver() RETURNS text LANGUAGE sql AS $$
  SELECT 'INSERT INTO pdauth.delivery (product_id, development_id, tariff_id, quantity, amount) SELECT product_id, t.development_id(''D-1''), tariff_id, 2, 200 FROM pdauth.tariff' $$;
SELECT t.at('2027-06-30 23:59');
SELECT t.works('op_a_1', t.deliver(), 'R-12-3: while the credit report is valid, products are delivered');
SELECT t.at('2027-07-01 00:00');
SELECT t.refused('op_a_1', t.deliver(), 'R-12-3: the day after, nothing is delivered', '1 (经营和信用状况良好)');
SELECT t.sees('op_a_1', $$SELECT flag FROM pdauth.developer_condition WHERE number = 1 AND application = 'D-1'$$, 'PD123', 'R-12-3: and the condition is flagged');
SELECT ok(pdauth.development_in_force(t.development_id('D-1')), 'R-12-3: what the developer holds goes on meanwhile');
SELECT t.act('op_a_1', t.findings('D-1', '{1}', until => '2028-06-30'));
SELECT t.works('op_a_1', t.deliver(), 'R-12-3: until it is examined anew');
SELECT t.act('op_a_1', t.findings('D-1', '{3}', met => false));
SELECT t.refused('op_a_1', t.deliver(), 'R-12-3: a new negative finding stops deliveries too', '3 (成熟的数据管理能力)');
SELECT * FROM finish();
ROLLBACK;
