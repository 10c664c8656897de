-- Article 7: the operating platform.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
SET LOCAL client_min_messages = error; -- publications and subscriptions warn of settings they are not going to need
SELECT no_plan();
SELECT t.license_on_agreement();
SELECT t.authorisation();

-- R-7-1
CREATE ROLE op_a_3 IN ROLE pdauth_register;
GRANT USAGE ON SCHEMA t TO op_a_3;
INSERT INTO pdauth.principal (role, person_id, capacity_id, since) SELECT 'op_a_3', p.person_id, c.capacity_id, '2026-01-01' FROM pdauth.person AS p JOIN pdauth.party_capacity AS c USING (party_id) WHERE p.person = 'op_a_1';
CREATE TABLE t.traffic_raw (a text, b text, division text);
CREATE TABLE t.uncatalogued (a text);
CREATE ROLE stranger;
GRANT USAGE ON SCHEMA t TO stranger;
GRANT SELECT ON t.traffic_raw TO op_a_3, stranger;
GRANT SELECT ON t.uncatalogued TO stranger;
SELECT pdauth.protect('t.traffic_raw', 'transport/traffic_flow', region_column => 'division');
CREATE FUNCTION t.notice() RETURNS text LANGUAGE sql AS $$ SELECT 'INSERT INTO pdauth.scenario_notice (number, operator_party, division, scenario, criteria) VALUES (''S-1'', t.id(''op_a''), ''530100'', ''s'', ''c'')' $$;
SELECT t.refused('op_a_3', t.notice(), 'R-7-1: a valid login past the platform', 'op_a_3');
SELECT throws_ok($$SELECT t.sees('op_a_3', 'SELECT a FROM t.traffic_raw', '', '')$$, 'PD071', NULL, 'R-7-1: ... reads nothing either');
SELECT throws_ok($$SELECT t.sees('stranger', 'SELECT a FROM t.traffic_raw', '', '')$$, 'PD252', NULL, 'R-25-2: nor does a login without a person');
SELECT pdauth.protect('t.uncatalogued', 'elsewhere/data', region => '530100');
SELECT throws_ok($$SELECT t.sees('stranger', 'SELECT a FROM t.uncatalogued', '', '')$$, 'PD205', NULL, 'R-7-1: what is not catalogued is a matter of licenses alone');
SELECT t.refused('op_a_1', $$INSERT INTO pdauth.component_access (role, component_id) SELECT 'op_a_3', component_id FROM pdauth.platform_component$$, 'R-7-1: an operator does not admit itself to the platform');
SELECT t.act('yn_platform_1', $$INSERT INTO pdauth.component_access (role, component_id) SELECT 'op_a_3', component_id FROM pdauth.platform_component$$);
SELECT t.works('op_a_3', t.notice(), 'R-7-1: through a registered component it acts');
SELECT t.sees('op_a_3', 'SELECT count(*) FROM t.traffic_raw', '0', 'R-7-1: ... and reads what its party is licensed for');
SELECT t.act('yn_platform_1', $$UPDATE pdauth.platform_component SET state = 'retired', act_reason = 'replaced'$$);
SELECT t.refused('op_a_3', $$UPDATE pdauth.scenario_notice SET state = 'published'$$, 'R-7-1: a retired component is none');

-- R-7-2, R-7-3, R-7-4
CREATE FUNCTION t.channel(name text, since text DEFAULT NULL, until text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.channel (channel, kind, owner_party, division, existed_since, evidence, integration_plan, integrate_by) VALUES (%L, ''platform'', t.id(''yn_transport''), ''530000'', %L, %L, %3$L, %4$L)', name, since, 'e', until) $$;
SELECT t.refused('yn_transport_1', t.channel('transport portal'), 'R-7-2: a department opens no platform of its own');
SELECT t.refused('yn_bureau_1', t.channel('transport portal'), 'R-5-2: nor does the bureau for it');
SELECT t.refused('yn_transport_1', t.channel('transport portal', '2026-03-01'), 'R-7-2: one begun after the measure is not from before');
SELECT t.works('yn_transport_1', t.channel('C-1', '2020-01-01', '2027-06-30'), 'R-7-3: one from before is registered with its integration');
SELECT t.sees('yn_transport_1', $$SELECT due FROM pdauth.my_duty WHERE rule = 'R-7-3'$$, '2027-06-30', 'R-7-3: its owner owes the integration');
CREATE FUNCTION t.use(name text) RETURNS text LANGUAGE sql AS $$ SELECT format('INSERT INTO pdauth.channel_use (channel, matter) VALUES (%L, ''monthly extract'')', name) $$;
SELECT t.works('yn_transport_1', t.use('C-1'), 'R-7-3: until then it may be used');
SELECT t.refused('yn_transport_1', t.use('C-2'), 'R-7-2: an unknown one may not');
SELECT t.at('2027-07-01 00:00');
SELECT t.refused('yn_transport_1', t.use('C-1'), 'R-7-3: after its date it is closed for governed data');
SELECT t.at('2026-11-23 09:00');
SELECT t.works('yn_transport_1', t.channel('C-3', '2020-01-01'), 'R-7-3: without a date of its own ...');
SELECT is((SELECT integrate_by FROM pdauth.channel WHERE channel = 'C-3'), '2026-06-30', 'R-7-3: ... the pack''s 180 days from the effective date count');
SELECT t.refused('yn_transport_1', t.use('C-3'), 'R-7-3: ... which have passed');
CREATE FUNCTION t.integrated() RETURNS text LANGUAGE sql AS $$ SELECT format('UPDATE pdauth.channel SET state = ''integrated'', %s WHERE channel = ''C-3''', t.document('d')) $$;
SELECT t.refused('yn_transport_1', t.integrated(), 'R-7-3: its owner does not declare it integrated', 'for: platform');
SELECT t.works('yn_platform_1', t.integrated(), 'R-7-3: the body that runs the platform does');
SELECT t.works('yn_transport_1', t.use('C-3'), 'R-7-3: ... and it is part of the platform');
SELECT throws_ok(format($$SELECT t.act('yn_transport_1', %L)$$, t.channel('C-4', '2020-01-01', 'infinity')), '23514', NULL, 'R-7-3: a date for the integration that never comes is none');
SELECT throws_ok(format($$SELECT t.act('yn_transport_1', %L)$$, t.channel('C-4', '-infinity', '2027-06-30')), '23514', NULL, 'R-7-3: nor is a day that never was the day since which it exists');
SELECT throws_ok($$SELECT t.act('yn_transport_1', $q$INSERT INTO pdauth.exception (number, rule, object, division, applicant_party, reason, basis, expires_on) VALUES ('E-0', 'R-7-4', 'channel pub_0', '530000', t.id('yn_transport'), 'r', 'b', 'infinity')$q$)$$,
  '23514', NULL, 'X-7: an exception has a last day');
-- in the database itself, where break-glass opens tables but makes no channel
SET LOCAL pdauth.break_glass = 'publications';
CREATE TABLE t.other (a text);
SELECT lives_ok('CREATE PUBLICATION pub_0 FOR TABLE t.other', 'R-7-2: a publication of an ungoverned table');
SELECT throws_ok('CREATE PUBLICATION pub_1 FOR TABLE t.traffic_raw', 'PD072', NULL, 'R-7-2: one of a governed table');
SELECT throws_ok('ALTER PUBLICATION pub_0 ADD TABLE t.traffic_raw', 'PD072', NULL, 'R-7-2: nor is it added later');
SELECT throws_ok('CREATE PUBLICATION pub_1 FOR ALL TABLES', 'PD072', NULL, 'R-7-2: nor by all tables');
RESET pdauth.break_glass;
SAVEPOINT servers;
CREATE FOREIGN DATA WRAPPER elsewhere;
SELECT throws_ok('CREATE SERVER warehouse FOREIGN DATA WRAPPER elsewhere', 'PD072', NULL, 'R-7-2: no foreign server beside the platform');
CREATE FUNCTION t.subscription(name text) RETURNS text LANGUAGE sql AS $$ SELECT format('CREATE SUBSCRIPTION %I CONNECTION ''dbname=elsewhere'' PUBLICATION p WITH (connect = false, enabled = false, create_slot = false, slot_name = NONE)', name) $$;
SELECT throws_ok(t.subscription('sub_1'), 'PD002', NULL, 'R-7-2: no subscription beside protected tables ...');
GRANT pdauth_policy_admin TO CURRENT_USER;
DO $$
DECLARE
  l record;
BEGIN
  FOR l IN SELECT objtype, objname FROM pg_seclabels WHERE provider = 'pdauth' AND objsubid > 0 OR provider = 'pdauth' AND objtype IN ('table', 'view', 'materialized view') ORDER BY objsubid DESC LOOP
    EXECUTE format('SECURITY LABEL FOR pdauth ON %s %s IS NULL', l.objtype, l.objname);
  END LOOP;
END $$;
SELECT throws_ok(t.subscription('sub_1'), 'PD072', NULL, 'R-7-2: ... nor where none is protected yet');
SET LOCAL pdauth.break_glass = 'a subscription from before';
SELECT lives_ok(t.subscription('sub_1'), 'R-7-2: one that is there all the same ...');
RESET pdauth.break_glass;
SELECT throws_ok($$ALTER SUBSCRIPTION sub_1 CONNECTION 'dbname=further'$$, 'PD072', NULL, 'R-7-2: ... is not turned elsewhere');
SELECT throws_ok('ALTER SUBSCRIPTION sub_1 RENAME TO sub_2', 'PD072', NULL, 'R-7-2: ... nor renamed');
ROLLBACK TO servers;
SELECT t.act('yn_transport_1', $$INSERT INTO pdauth.exception (number, rule, object, division, applicant_party, reason, basis, expires_on) VALUES ('E-1', 'R-7-4', 'channel pub_1', '530000', t.id('yn_transport'), 'r', '国务院令第711号', '2027-12-31')$$);
SET LOCAL pdauth.break_glass = 'publications';
SELECT throws_ok('CREATE PUBLICATION pub_1 FOR TABLE t.traffic_raw', 'PD072', NULL, 'R-7-2: an exemption applied for is none');
RESET pdauth.break_glass;
SELECT t.act('yn_bureau_1', format($$UPDATE pdauth.exception SET state = 'approved', %s$$, t.document('e')));
SET LOCAL pdauth.break_glass = 'publications';
SELECT throws_ok('CREATE PUBLICATION pub_2 FOR TABLE t.traffic_raw', 'PD074', NULL, 'R-7-4: an exemption for pub_1 is too narrow for pub_2');
SELECT lives_ok('CREATE PUBLICATION pub_1 FOR TABLE t.traffic_raw', 'R-7-4: pub_1 itself is covered');
RESET pdauth.break_glass;
SELECT t.refused('yn_transport_1', t.channel('pub_3'), 'R-7-4: nor does it cover another registration');
SELECT t.works('yn_transport_1', t.channel('pub_1', until => '2099-12-31'), 'R-7-4: pub_1 is registered under it');
SELECT t.works('yn_transport_1', t.use('pub_1'), 'R-7-4: ... and used');
-- servers, their tables and mappings
CREATE FOREIGN DATA WRAPPER elsewhere;
GRANT USAGE ON FOREIGN DATA WRAPPER elsewhere TO op_a_1, yn_transport_1;
CREATE FUNCTION t.runs(actor text, statement text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('role', actor, true); EXECUTE statement; PERFORM set_config('role', 'none', true); END $$;
SELECT throws_ok($$SELECT t.runs('op_a_1', 'CREATE SERVER warehouse FOREIGN DATA WRAPPER elsewhere')$$, 'PD074', NULL, 'R-7-4: nor for a foreign server of an operator');
SELECT throws_ok('CREATE SERVER warehouse FOREIGN DATA WRAPPER elsewhere', 'PD074', NULL, 'R-7-4: nor for one of a superuser');
SELECT t.act('yn_transport_1', t.channel('legacy', '2020-01-01', '2027-06-30'));
SELECT lives_ok($$SELECT t.runs('yn_transport_1', 'CREATE SERVER legacy FOREIGN DATA WRAPPER elsewhere')$$, 'R-7-3: a server that is a channel from before, until its day');
SELECT lives_ok($$SELECT t.runs('yn_transport_1', 'CREATE USER MAPPING FOR yn_transport_1 SERVER legacy')$$, 'R-7-3: ... with its user mapping');
SET LOCAL pdauth.break_glass = 'servers';
CREATE SERVER warehouse FOREIGN DATA WRAPPER elsewhere;
RESET pdauth.break_glass;
SELECT throws_ok('CREATE FOREIGN TABLE t.away (a text) SERVER warehouse', 'PD074', NULL, 'R-7-2: a foreign table of a server that is no channel');
SELECT throws_ok('CREATE USER MAPPING FOR op_a_1 SERVER warehouse', 'PD074', NULL, 'R-7-2: nor a user mapping of it');
SELECT t.at('2027-07-01 00:00');
SELECT throws_ok('CREATE FOREIGN TABLE t.away (a text) SERVER legacy', 'PD073', NULL, 'R-7-3: after its day nothing is added to a channel from before');
SELECT t.at('2028-01-01 00:00');
SELECT t.refused('yn_transport_1', t.use('pub_1'), 'R-7-4: expired it covers nothing, whatever date the owner gave');
SELECT t.refused('yn_transport_1', $$UPDATE pdauth.channel SET integrate_by = '2099-12-31' WHERE channel = 'C-1'$$, 'R-7-3: nor is the day of a channel moved');
SELECT t.at('2026-11-23 09:00');

-- R-7-5
SELECT t.act('yn_platform_1', $$INSERT INTO pdauth.platform_tariff (version, unit_amount, cost_basis) VALUES (1, 12.50, 'servers and staff 2026')$$);
CREATE FUNCTION t.fee(payer text, amount numeric) RETURNS text LANGUAGE sql AS $$ SELECT format('INSERT INTO pdauth.platform_fee (payer_party, tariff_id, quantity, amount) SELECT t.id(%L), tariff_id, 4, %s FROM pdauth.platform_tariff', payer, amount) $$;
SELECT t.refused('yn_platform_1', t.fee('dev_x', 50), 'R-7-5: a developer pays no platform fee', 'dev_x is no operator');
SELECT t.refused('yn_platform_1', t.fee('op_a', 49), 'R-7-5: no discount', 'By the tariff it is 50.00');
SELECT t.refused('op_a_1', t.fee('op_b', 50), 'R-7-5: an operator charges none');
SELECT t.works('yn_platform_1', t.fee('op_a', 50), 'R-7-5: by the tariff');
SELECT throws_ok($$SELECT t.act('yn_platform_1', $q$INSERT INTO pdauth.platform_tariff (version, unit_amount, cost_basis) VALUES (2, 'NaN', 'costs')$q$)$$, '23514', NULL, 'R-7-5: a tariff is a number');
SELECT throws_ok($$SELECT t.act('yn_platform_1', $q$INSERT INTO pdauth.platform_tariff (version, unit_amount, cost_basis) VALUES (2, 10, ' ')$q$)$$, '23514', NULL, 'R-7-5: a tariff has its cost basis');
SELECT * FROM finish();
ROLLBACK;
