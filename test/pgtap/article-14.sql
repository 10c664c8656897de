-- Article 14: prohibited operation.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
SELECT no_plan();
SELECT t.license_on_agreement();
SELECT t.authorisation();
CREATE FUNCTION t.product(number text, owner text, source text DEFAULT 'transport/traffic_flow') RETURNS void LANGUAGE sql AS $$
  SELECT t.act(owner || '_1', format('INSERT INTO pdauth.product (number, name, owner_party, division, form) VALUES (%L, ''traffic'', t.id(%L), ''530000'', ''report'');
    INSERT INTO pdauth.product_source SELECT product_id, %L FROM pdauth.product WHERE number = %1$L', number, owner, source)),
    t.act(owner || '_1', format('UPDATE pdauth.product SET state = ''deliverable'' WHERE number = %L', number)) $$;
CREATE FUNCTION t.offer(number text) RETURNS text LANGUAGE sql AS $$ SELECT format('UPDATE pdauth.product SET state = ''offered'' WHERE number = %L', number) $$;

-- R-14-1, R-14-2
SELECT t.product('P-8', 'yn_transport'), t.product('P-9', 'yn_transport'), t.product('P-1', 'op_a'), t.product('P-2', 'op_a', 'transport/vehicle_reg');
SELECT t.refused('yn_transport_1', t.offer('P-9'), 'R-14-1: a department''s own product');
SELECT t.refused('op_a_1', t.offer('P-2'), 'R-14-1: a product of an operator whose agreement does not cover its source', 'transport/vehicle_reg');
SELECT t.works('op_a_1', t.offer('P-1'), 'R-14-1: one that it covers is offered');
SELECT t.product('P-3', 'dev_x');
SELECT t.refused('dev_x_1', t.offer('P-3'), 'R-14-1: a developer offers nothing past the release');
SELECT t.act('yn_transport_1', $$INSERT INTO pdauth.exception (number, rule, object, division, applicant_party, reason, basis, expires_on) VALUES ('E-8', 'R-14-2', 'product P-8', '530000', t.id('yn_transport'), 'public safety', '道路交通安全法', '2027-12-31')$$);
SELECT t.refused('yn_transport_1', t.offer('P-8'), 'R-14-2: a special provision that is only claimed');
SELECT t.act('yn_bureau_1', format($$UPDATE pdauth.exception SET state = 'approved', %s$$, t.document('e')));
SELECT t.refused('yn_transport_1', t.offer('P-9'), 'R-14-2: the exemption of P-8 does not carry P-9');
SELECT t.works('yn_transport_1', t.offer('P-8'), 'R-14-2: but P-8');
SELECT throws_ok($$SELECT t.act('yn_transport_1', $q$INSERT INTO pdauth.exception (number, rule, object, division, applicant_party, reason, basis, expires_on) VALUES ('E-9', 'R-14-2', 'product *', '530000', t.id('yn_transport'), 'r', 'b', '2027-12-31')$q$)$$, '23514', NULL, 'X-7: no exemption for everything');

-- R-14-3
CREATE TABLE t.traffic_raw (a text, division text);
CREATE TABLE t.other (a text);
CREATE ROLE yn_transport_dba;
GRANT ALL ON SCHEMA t TO yn_transport_dba;
ALTER TABLE t.traffic_raw OWNER TO yn_transport_dba;
ALTER TABLE t.other OWNER TO yn_transport_dba;
SELECT pdauth.protect('t.traffic_raw', 'transport/traffic_flow', region_column => 'division');
SET ROLE yn_transport_dba;
SELECT throws_ok('GRANT SELECT ON t.traffic_raw TO dev_x_1', 'PD143', NULL, 'R-14-3: no grant to a developer');
SELECT throws_ok('GRANT SELECT ON t.traffic_raw TO PUBLIC', 'PD143', NULL, 'R-14-3: nor to everybody');
SELECT throws_ok('GRANT INSERT (a) ON t.traffic_raw TO dev_x_1', 'PD143', NULL, 'R-14-3: nor of a column');
SELECT lives_ok('GRANT SELECT ON t.other TO PUBLIC', 'R-14-3: ungoverned tables are free');
SELECT lives_ok('GRANT SELECT ON t.traffic_raw TO yn_health_1', 'R-14-3: grants inside government are');
SELECT lives_ok('GRANT SELECT ON t.traffic_raw TO op_a_1', 'R-14-3: and to a licensee, who reads what is licensed');
RESET ROLE;
SELECT throws_ok('ALTER TABLE t.traffic_raw OWNER TO dev_x_1', 'PD143', NULL, 'R-14-3: nor does the table change hands');
SELECT throws_ok('GRANT SELECT ON ALL TABLES IN SCHEMA t TO dev_x_1', 'PD143', NULL, 'R-14-3: nor with all tables of its schema');
-- by way of views and roles
CREATE VIEW t.shown AS SELECT a FROM t.traffic_raw;
CREATE VIEW t.shown_again AS SELECT * FROM t.shown;
SELECT throws_ok('GRANT SELECT ON t.shown TO dev_x_1', 'PD143', NULL, 'R-14-3: nor a view of it');
SELECT throws_ok('GRANT SELECT ON t.shown_again TO PUBLIC', 'PD143', NULL, 'R-14-3: nor a view of the view, to everybody');
SELECT lives_ok('GRANT SELECT ON t.shown TO yn_health_1', 'R-14-3: inside government a view is granted');
CREATE ROLE readers;
CREATE ROLE readers_of_readers;
GRANT SELECT ON t.traffic_raw TO readers;
GRANT readers TO readers_of_readers;
SELECT throws_ok('GRANT readers TO dev_x_1', 'PD143', NULL, 'R-14-3: nor a role that reads it');
SELECT throws_ok('GRANT readers_of_readers TO dev_x_1', 'PD143', NULL, 'R-14-3: nor one that is a member of it');
SELECT throws_ok('GRANT yn_transport_dba TO dev_x_1', 'PD143', NULL, 'R-14-3: nor the owner itself');
SELECT throws_ok('CREATE ROLE bridge IN ROLE readers ROLE dev_x_1', 'PD143', NULL, 'R-14-3: nor by a new role between them');
SELECT throws_ok('ALTER GROUP readers ADD USER dev_x_1', 'PD143', NULL, 'R-14-3: nor in the old words');
SELECT lives_ok('GRANT readers TO yn_health_1, op_a_1', 'R-14-3: departments and licensees are members');
CREATE ROLE others;
SELECT lives_ok('GRANT others TO dev_x_1', 'R-14-3: and a role that reads nothing governed is for everybody');
SELECT throws_ok('GRANT SELECT ON t.traffic_raw TO others', 'PD143', NULL, 'R-14-3: until it would');
SELECT * FROM finish();
ROLLBACK;
