-- Article 5: who does what.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
SELECT no_plan();
SELECT t.resource('health/health_visit', 'yn_health', true);
SELECT t.authorisation();
SELECT t.draft_plan('D-1', 'dl_center', '532900'), t.approve_plan('D-1', 'dl_center', 'dl_gov'), t.selection('X-2', 'D-1', 'dl_center'), t.agreement('A-2', 'D-1', 'X-2', 'dl_center');

-- R-5-1
SELECT t.refused('yn_transport_1', $$INSERT INTO pdauth.plan (number, division, agency_party) VALUES ('P-9', '530000', t.id('yn_transport'))$$, 'R-8-6: a department makes no plan');
SELECT t.refused('km_center_1', $$INSERT INTO pdauth.plan (number, division, agency_party) VALUES ('P-9', '530000', t.id('km_center'))$$, 'R-5-1: the agency of Kunming makes no plan of the province', 'yn_center');
SELECT t.works('yn_center_1', $$INSERT INTO pdauth.plan (number, division, agency_party) VALUES ('P-9', '530000', t.id('yn_center'))$$, 'R-5-1: the designated one does');
SELECT throws_ok($$INSERT INTO pdauth.party_capacity (party_id, capacity, division, since, basis) VALUES (t.id('yn_transport'), 'agency', '530000', '2026-01-01', 'b')$$, '23505', NULL, 'R-5-1: one agency is designated for a division at a time');

-- R-5-2, R-5-3
SELECT t.sees('yn_bureau_1', $$SELECT string_agg(number, ',' ORDER BY number) FROM pdauth.operating_agreement$$, 'A-1,A-2', 'R-5-2: the bureau reads the agreements of the province');
SELECT t.refused('yn_bureau_1', $$UPDATE pdauth.operating_agreement SET clause_cited = 'x' WHERE number = 'A-2'$$, 'R-5-2: and changes none', 'agency');
SELECT t.refused('yn_bureau_1', $$DELETE FROM pdauth.plan_item$$, 'R-5-2: nor a plan');
SELECT t.sees('km_bureau_1', $$SELECT string_agg(number, ',') FROM pdauth.operating_agreement$$, 'A-1', 'R-5-3: a prefecture authority reads its territory');
CREATE FUNCTION t.lead(county text, authority text) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.county_coordination (division, authority_party, conditions, decided_on, document) VALUES (%L, t.id(%L), ''staff, platform space'', ''2026-11-20'', ''d'')', county, authority) $$;
SELECT t.refused('km_bureau_1', t.lead('532901', 'km_bureau'), 'R-5-3: it writes nothing about a county of Dali', 'acts in 530100, not in 532901');
SELECT t.works('km_bureau_1', t.lead('530103', 'km_bureau'), 'R-5-3: but about its own');

-- R-5-4, R-5-5, R-5-7
SELECT t.refused('yn_health_1', $$UPDATE pdauth.resource SET quality = 'poor' WHERE path = 'transport/traffic_flow'$$, 'R-5-4: another department''s entry');
SELECT t.refused('km_center_1', $$UPDATE pdauth.resource SET quality = 'poor'$$, 'R-5-4: an agency keeps no entries');
CREATE FUNCTION t.load(channel text, day text, batch text DEFAULT 'B-1', path text DEFAULT 'transport/traffic_flow') RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.load_batch (resource_id, batch, channel, row_count, checksum, attested, loaded_on) VALUES (t.resource_id(%L), %L, %L, 100, ''c'', ''yn_transport_1'', %L)', path, batch, channel, day) $$;
SELECT t.refused('yn_transport_1', t.load('email', '2026-11-21'), 'R-5-4: a load by email', 'Channel: email.');
SELECT t.refused('yn_health_1', t.load('public data platform', '2026-11-21'), 'R-5-4: a load by another department');
SELECT t.works('yn_transport_1', t.load('public data platform', '2026-11-21'), 'R-5-4: through the public data platform');
SELECT t.sees('yn_transport_1', $$SELECT flag || ' ' || due FROM pdauth.resource_freshness WHERE path = 'transport/traffic_flow'$$, 'PD057 2026-11-22', 'R-5-7: a daily resource loaded two days ago is flagged');
SELECT t.sees('yn_bureau_1', $$SELECT out_of_date FROM pdauth.resource_freshness WHERE path = 'transport/traffic_flow'$$, 'true', 'R-5-7: the bureau sees it too');
SELECT t.works('yn_transport_1', t.load('public data platform', '2026-11-22', 'B-2'), 'R-5-7: nothing is refused because of it');
SELECT t.sees('yn_transport_1', $$SELECT coalesce(flag, 'fresh') FROM pdauth.resource_freshness WHERE path = 'transport/traffic_flow'$$, 'fresh', 'R-5-7: a new load takes the flag away');
SELECT t.draft_plan('K-2', 'km_center', '530100', '{health/health_visit}');
CREATE FUNCTION t.submit() RETURNS text LANGUAGE sql AS $$ SELECT 'UPDATE pdauth.plan SET state = ''submitted'' WHERE number = ''K-2''' $$;
SELECT t.refused('km_center_1', t.submit(), 'R-5-5: personal information without the provider''s restrictions', 'health/health_visit');
CREATE FUNCTION t.restrict(nothing text, purposes text, who text DEFAULT 'yn_health_1') RETURNS void LANGUAGE sql AS $$
  SELECT t.act(who, format('INSERT INTO pdauth.resource_restriction (resource_id, none, forbidden_purposes, stated_on, document) VALUES (t.resource_id(''health/health_visit''), %L, %L, ''2026-11-20'', ''signed'')', nothing, purposes)) $$;
SELECT throws_ok($$SELECT t.restrict('true', '{产业发展/保险定价}')$$, '23514', NULL, 'R-5-5: "none" and a restriction contradict each other');
SELECT throws_ok($$SELECT t.restrict('true', '{}', 'yn_transport_1')$$, 'PD054', NULL, 'R-5-5: only the provider states them');
SAVEPOINT stated;
SELECT t.restrict('true', '{}');
SELECT t.works('km_center_1', t.submit(), 'R-5-5: an explicit "none" is a statement');
ROLLBACK TO stated;
SELECT t.restrict('true', '{}'), t.act('yn_health_1', $$UPDATE pdauth.resource SET columns = '{a,b,c,genome}' WHERE path = 'health/health_visit'$$);
SELECT t.refused('km_center_1', t.submit(), 'R-5-5: the entry changed since it was stated');
ROLLBACK TO stated;

-- R-5-6
SELECT t.restrict('false', '{产业发展/保险定价}');
SELECT t.refused('km_center_1', t.submit(), 'R-5-6: a plan for a purpose that contains the forbidden one', '产业发展/保险定价');
SELECT t.act('km_center_1', $$UPDATE pdauth.plan SET purposes = '{产业发展/健康服务,公共治理}' WHERE number = 'K-2'$$);
SELECT t.works('km_center_1', t.submit(), 'R-5-6: for others it is planned');
SELECT t.act('dev_x_1', $$INSERT INTO pdauth.application (number, applicant_party, operator_party, agreement_id, division, route, scenario, purpose, resources)
  VALUES ('Q-1', t.id('dev_x'), t.id('op_a'), t.agreement_id('A-1'), '530100', 'own', 'premiums', '产业发展/保险定价/车险', '{health/health_visit}')$$);
SELECT t.refused('dev_x_1', $$UPDATE pdauth.application SET state = 'submitted'$$, 'R-5-6: an application for a forbidden scenario', 'must not be used for 产业发展/保险定价');
SELECT t.act('op_a_1', $$INSERT INTO pdauth.product (number, name, owner_party, division, form, purposes) VALUES ('P-1', 'risk model', t.id('op_a'), '530100', 'model', '{产业发展/保险定价}');
  INSERT INTO pdauth.product_source SELECT product_id, 'health/health_visit', 'P-0' FROM pdauth.product$$);
SELECT t.refused('op_a_1', $$UPDATE pdauth.product SET state = 'deliverable'$$, 'R-5-6: a product derived from it for that scenario');

-- R-5-8
CREATE FUNCTION t.mechanism(joint text) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.price_mechanism (division, version, joint_departments, content, document) VALUES (''530000'', 1, %L, ''c'', ''d'')', joint) $$;
SELECT t.refused('op_a_1', t.mechanism('{yn_bureau,yn_finance}'), 'R-5-8: an operator makes no price mechanism');
SELECT t.refused('yn_drc_1', t.mechanism('{yn_finance}'), 'R-5-8: the data bureau is part of it');
SELECT t.works('yn_drc_1', t.mechanism('{yn_bureau,yn_finance}'), 'R-5-8: development and reform, with both');
SELECT t.refused('yn_drc_1', $$UPDATE pdauth.price_mechanism SET content = 'cheaper'$$, 'R-25-4: a version is never overwritten');

-- R-5-9
SELECT t.sees('yn_audit_1', 'SELECT count(*) FROM pdauth.operating_agreement', '2', 'R-5-9: a supervisor reads the register');
SELECT t.refused(who, statement, 'R-5-9: and changes nothing: ' || who) FROM (VALUES
  ('yn_audit_1', $$UPDATE pdauth.operating_agreement SET term = '[2026-01-01,2027-01-01)'$$), ('yn_finance_1', $$DELETE FROM pdauth.platform_fee$$), ('yn_cac_1', $$UPDATE pdauth.plan SET state = 'approved'$$)) AS v (who, statement);
CREATE TABLE t.traffic_raw (a text, division text);
GRANT SELECT ON t.traffic_raw TO yn_audit_1;
SELECT pdauth.protect('t.traffic_raw', 'transport/traffic_flow', region_column => 'division');
SELECT throws_ok($$SELECT t.sees('yn_audit_1', 'SELECT count(*) FROM t.traffic_raw', '', '')$$, 'PD059', NULL, 'R-5-9: it reads no raw rows by its capacity');
GRANT SELECT ON t.traffic_raw TO yn_bureau_1, yn_cac_1;
SELECT throws_ok($$SELECT t.sees('yn_bureau_1', 'SELECT count(*) FROM t.traffic_raw', '', '')$$, 'PD052', NULL, 'R-5-2: nor does the bureau');
SELECT throws_ok($$SELECT t.sees('yn_cac_1', 'WITH x AS MATERIALIZED (SELECT * FROM t.traffic_raw) SELECT count(*) FROM x', '', '')$$, 'PD059', NULL, 'R-5-9: nor a security authority, by a detour');

-- R-5-10
SELECT t.sees('yn_finance_1', $$SELECT string_agg(concat_ws(':', kind, number, holder), ' ' ORDER BY kind, number) FROM pdauth.asset$$,
  'product:P-1:op_a resource:health/health_visit:yn_health resource:transport/traffic_flow:yn_transport resource:transport/vehicle_reg:yn_transport', 'R-5-10: the finance department lists resources and products with their holders');
SELECT t.sees('yn_finance_1', $$SELECT ownership_clause FROM pdauth.asset WHERE kind = 'product'$$, 'text of item 5', 'R-5-10: ... with the ownership clause of the agreement');
SELECT t.sees('op_b_1', $$SELECT count(*) FROM pdauth.asset$$, '0', 'R-5-10: others see their own');
SELECT * FROM finish();
ROLLBACK;
