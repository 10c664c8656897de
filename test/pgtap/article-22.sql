-- Article 22: release of re-developed products.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
\ir include/request.sql
\ir include/development.sql
SELECT no_plan();
SELECT t.developer();
SELECT t.at('2026-11-23 09:00');
SELECT t.operator_product('P-1');
SELECT t.act('op_a_1', t.tariff('P-1', 1, 'public', 0));

-- P-2 of dev_x: a view on a table that it made of P-1
CREATE SCHEMA dev_x_ws;
GRANT USAGE ON SCHEMA dev_x_ws TO PUBLIC;
CREATE TABLE dev_x_ws.base (road text, plate_no text, persons int);
INSERT INTO dev_x_ws.base SELECT 'G56', 'A' || n, 12 FROM generate_series(1, 12) AS n;
CREATE TABLE dev_x_ws.weather (road text, rain int);
CREATE VIEW dev_x_ws.p2 AS SELECT road, sum(persons) AS persons FROM dev_x_ws.base GROUP BY road;
GRANT SELECT ON ALL TABLES IN SCHEMA dev_x_ws TO PUBLIC;
CREATE FUNCTION t.release_id(number text) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT release_id FROM pdauth.release AS r WHERE r.number = release_id.number $$;
CREATE FUNCTION t.apply(number text, developer text DEFAULT 'dev_x', more text DEFAULT '') RETURNS text LANGUAGE sql AS $$
  SELECT format($q$INSERT INTO pdauth.release (number, product_id, development_id, division, developer_party, operator_party, purpose, recipients, count_column, law_statement, personal_information_statement, intellectual_property_statement, trade_secret_statement, leaves_country)
    VALUES (%1$L, t.product_id('P-2'), t.development_id('D-1'), '530100', t.id(%2$L), t.id('op_a'), '产业发展/车险', 'insurers', 'persons', 'a', 'b', %3$s, 'd', false)$q$, number, developer, CASE more WHEN '' THEN '''c''' ELSE more END) $$;
CREATE FUNCTION t.source(number text, source text, public boolean DEFAULT true, proof text DEFAULT 'NULL') RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.release_source VALUES (t.release_id(%L), %L, %L, ''origin'', ''agreement'', %s)', number, source, public, proof) $$;
CREATE FUNCTION t.point(number text, point int, result text DEFAULT 'ok', more text DEFAULT '') RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.release_review (release_id, point, result, reason%s) VALUES (t.release_id(%L), %s, %L, ''seen''%s)', CASE more WHEN '' THEN '' ELSE ', document, digest, method, legal_basis' END, number, point, result, more) $$;
CREATE FUNCTION t.release(number text, state text) RETURNS text LANGUAGE sql AS $$ SELECT format('UPDATE pdauth.release SET state = %L, act_reason = ''r'', %s WHERE number = %L', state, t.document('assessment'), number) $$;

-- R-22-1
SELECT t.act('dev_x_1', $$INSERT INTO pdauth.product (number, name, owner_party, division, form, purposes, relation) VALUES ('P-2', 'insurance index', t.id('dev_x'), '530100', 'interface', '{产业发展/车险}', 'dev_x_ws.p2')$$);
SELECT t.refused('dev_x_1', t.apply('R-1'), 'R-22-1: a product that draws on nothing delivered', 'no product that was delivered');
SELECT t.act('dev_x_1', $$INSERT INTO pdauth.product_source VALUES (t.product_id('P-2'), 'transport/traffic_flow', 'P-1')$$);
SELECT t.refused('dev_x_1', t.apply('R-1'), 'R-22-1: P-1 was not delivered yet');
SELECT t.act('op_a_1', t.deliver('P-1', 'D-1', 'public', 1, 0));
SELECT t.refused('dev_y_1', t.apply('R-1', 'dev_y'), 'R-22-1: an application of another developer', 'of dev_x');
SELECT t.refused('dev_y_1', t.apply('R-1'), 'R-22-1: or in the name of the right one');
SELECT t.refused('op_a_1', t.apply('R-1'), 'R-22-1: or of the operator');
SELECT t.refused('dev_x_1', replace(replace(t.apply('R-1'), 'leaves_country)', 'leaves_country, state)'), 'false)', 'false, ''released'')'), 'R-22-1: or entered as released');
-- R-25-6
SELECT t.refused('dev_x_1', t.apply('R-1', more => 'NULL'), 'R-25-6: without a statement on intellectual property', 'intellectual property');
SELECT t.refused('dev_x_1', t.apply('R-1', more => ''' '''), 'R-25-6: a blank one is none');
SELECT t.works('dev_x_1', t.apply('R-1'), 'R-22-1: the developer of the product applies, with its statements');
SELECT t.works('dev_x_1', t.source('R-1', 'transport/traffic_flow'), 'R-25-6: they are complete');

SELECT t.refused('op_a_1', $$UPDATE pdauth.release SET leaves_country = true$$, 'R-22-10: the operator writes nothing into it');
-- R-22-2
SELECT t.refused('dev_x_1', t.release('R-1', 'assessing'), 'R-22-2: the developer does not assess');
SELECT t.refused('op_b_1', t.point('R-1', 1), 'R-22-2: nor another operator', 'assessed by op_a');
SELECT t.refused('op_a_1', t.point('R-1', 1), 'R-22-2: no point before the assessment begins');
SELECT t.act('op_a_1', t.release('R-1', 'assessing'));
SELECT t.refused('dev_x_1', t.release('R-1', 'released'), 'R-22-2: the developer releases nothing');
SELECT t.refused('dev_x_1', t.point('R-1', 1), 'R-22-2: nor concludes points');
-- R-22-3
SELECT t.refused('op_a_1', t.release('R-1', 'released'), 'R-22-3: no point is concluded', '1 (符合申请的用途和范围)');
SELECT t.refused('op_a_1', t.point('R-1', 2), 'R-22-5: dev_x_ws.base, which the view reads, is not stated', 'dev_x_ws.base');
-- R-22-5
SELECT t.refused('dev_x_1', t.source('R-1', 'dev_x_ws.base', false), 'R-22-10: sources are stated with the application, not during the assessment');
SAVEPOINT undeclared;
SELECT t.act('op_a_1', t.release('R-1', 'refused'));
SELECT t.act('dev_x_1', t.apply('R-2') || ';' || t.source('R-2', 'transport/traffic_flow') || ';' || t.source('R-2', 'dev_x_ws.base', false));
SELECT t.act('op_a_1', t.release('R-2', 'assessing'));
SELECT t.refused('op_a_1', t.point('R-2', 2), 'R-22-5: a source that is not public needs proof of lawful acquisition', 'dev_x_ws.base');
ROLLBACK TO undeclared;
SELECT t.act('op_a_1', t.release('R-1', 'refused'));
SELECT t.act('dev_x_1', t.apply('R-3') || ';' || t.source('R-3', 'transport/traffic_flow') || ';' || t.source('R-3', 'dev_x_ws.base', false, '''sm3:' || repeat('a', 64) || ''''));
SELECT t.act('op_a_1', t.release('R-3', 'assessing'));
SELECT t.works('op_a_1', t.point('R-3', 2), 'R-22-5: stated and proven');
-- R-22-4
SELECT t.refused('op_a_1', t.point('R-3', 1), 'R-22-4: a resource that no granted request of the operator gives', 'Not in a granted data-use request: transport/traffic_flow.');
SELECT t.approved_data('{b}');
SAVEPOINT beyond;
-- the table is labelled as raw data, and the view reads one column
ALTER TABLE dev_x_ws.base RENAME road TO a;
CREATE OR REPLACE VIEW dev_x_ws.p2 AS SELECT a AS road, 12::bigint AS persons FROM dev_x_ws.base;
SELECT pdauth.protect('dev_x_ws.base', 'transport/traffic_flow');
SELECT t.refused('op_a_1', t.point('R-3', 1), 'R-22-4: a column of the development agreement that no request gives', 'Not in a granted data-use request: transport/traffic_flow.a.');
SELECT t.draft_request('Q-2', columns => '{a}');
SELECT t.act('op_a_1', t.submit_request('Q-2')), t.act('yn_transport_1', t.approve_request('Q-2')), t.act('yn_bureau_1', t.approve_request('Q-2'));
SELECT t.refused('op_a_1', t.point('R-3', 1), 'R-22-4: approved by both is not granted', 'transport/traffic_flow.a.');
SELECT t.act('yn_bureau_1', t.grant_request('Q-2'));
SELECT t.works('op_a_1', t.point('R-3', 1), 'R-22-4: one that both give');
SELECT t.act('yn_bureau_1', $$UPDATE pdauth.data_request SET state = 'revoked', act_reason = 'misuse' WHERE number = 'Q-2'$$);
SELECT t.refused('op_a_1', t.release('R-3', 'released'), 'R-22-3: of the six points one was concluded, on a request that was revoked since', 'Also violated: R-22-4.');
ROLLBACK TO beyond;
-- a column that nobody approved
SELECT pdauth.protect('dev_x_ws.base', 'transport/traffic_flow');
INSERT INTO pdauth.license (licensee, scope, basis) SELECT r, '{read on transport/traffic_flow(road,plate_no,persons) for 产业发展 in * during [2026-01-01,) level general}', 'Q' FROM unnest('{op_a_1,dev_x_1}'::regrole[]) AS r;
SELECT t.refused('op_a_1', t.point('R-3', 1), 'R-22-4: columns that the development agreement does not give', 'transport/traffic_flow.persons');
SELECT t.refused('op_a_1', t.point('R-3', 1) || ';' || t.release('R-3', 'released'), 'R-22-4: and a manual ok does not get past it');
ROLLBACK TO beyond;
SELECT t.works('op_a_1', t.point('R-3', 1), 'R-22-4: within it, point 1 is ok');
-- R-22-6
SAVEPOINT small;
UPDATE dev_x_ws.base SET persons = 0;
UPDATE dev_x_ws.base SET persons = 3 WHERE plate_no = 'A1';
SELECT t.refused('op_a_1', t.point('R-3', 3), 'R-22-6: a group of three persons', 'smaller than 10');
SELECT t.works('op_a_1', t.point('R-3', 3, 'not ok'), 'R-22-6: which the assessor may find as well');
ROLLBACK TO small;
SELECT t.works('op_a_1', t.point('R-3', 3), 'R-22-6: a group of 144 passes');
SAVEPOINT clear;
SELECT pdauth.protect('dev_x_ws.base', 'transport/traffic_flow'), pdauth.mask('dev_x_ws.base', 'persons', 'VALUE 0', 'important');
INSERT INTO pdauth.license (licensee, scope, basis) SELECT r, '{read on transport/traffic_flow(*) for 产业发展 in * during [2026-01-01,) level core}', 'Q' FROM unnest('{op_a_1,dev_x_1}'::regrole[]) AS r;
SELECT t.refused('op_a_1', t.point('R-3', 3), 'R-22-6: a column graded important that nobody treated', 'persons');
ROLLBACK TO clear;
-- R-22-7
SELECT t.works('op_a_1', t.point('R-3', 4, 'not applicable'), 'R-22-7: without personal information there is nothing to assess');
SAVEPOINT personal;
SELECT t.resource('health/health_visit', 'yn_health', true);
SELECT t.act('yn_transport_1', $$UPDATE pdauth.resource SET personal_information = true WHERE path = 'transport/traffic_flow'$$);
SELECT t.refused('op_a_1', t.point('R-3', 4), 'R-22-7: personal information in the lineage, and no document', 'legal basis');
SELECT t.refused('op_a_1', t.point('R-3', 1) || ';' || t.point('R-3', 5) || ';' || t.point('R-3', 6) || ';' || t.release('R-3', 'released'), 'R-22-3: then point 4 is not "not applicable"', '4 (');
SELECT t.works('op_a_1', t.point('R-3', 4, more => format(', ''impact 1'', %L, ''aggregation'', ''consent''', 'sm3:' || repeat('b', 64))), 'R-22-7: with document, method and legal basis it is ok');
ROLLBACK TO personal;
-- R-22-8
SELECT t.works('op_a_1', t.point('R-3', 5), 'R-22-8: it was said that no data leaves the country');
SAVEPOINT abroad;
SELECT t.act('op_a_1', t.release('R-3', 'refused'));
SELECT t.act('dev_x_1', replace(t.apply('R-4'), 'false)', 'NULL)') || ';' || t.source('R-4', 'transport/traffic_flow')), t.act('op_a_1', t.release('R-4', 'assessing'));
SELECT t.refused('op_a_1', t.point('R-4', 5), 'R-22-8: nothing was said', 'Not said');
SELECT t.act('op_a_1', t.release('R-4', 'refused')), t.act('dev_x_1', replace(t.apply('R-5'), 'false)', 'true)')), t.act('op_a_1', t.release('R-5', 'assessing'));
SELECT t.refused('op_a_1', t.point('R-5', 5), 'R-22-8: it leaves without procedure');
ROLLBACK TO abroad;
-- R-22-3
SELECT t.refused('op_a_1', t.release('R-3', 'released'), 'R-22-3: five points of six', '6 (其他安全合规风险)');
SELECT t.act('op_a_1', t.point('R-3', 6, 'not ok'));
SELECT t.refused('op_a_1', t.release('R-3', 'released'), 'R-22-3: a negative one');
SELECT t.act('op_a_1', t.point('R-3', 6) || ';' || t.point('R-3', 7, 'not ok'));
SELECT t.refused('op_a_1', t.release('R-3', 'released'), 'R-22-3: a further point counts as well', 'point 7');
SELECT t.act('op_a_1', t.point('R-3', 7));

-- R-22-9: a buyer with every license
SELECT t.party('insurer', 'legal person', '530000', 'public', '530000');
SELECT t.clear('yn_bureau_1', $$person LIKE 'insurer%'$$);
GRANT USAGE ON SCHEMA dev_x_ws TO insurer_1;
SELECT t.refused('insurer_1', 'SELECT * FROM dev_x_ws.p2', 'R-22-9: a product in assessment is read by no consumer', 'no release in force');
SELECT t.works('op_a_1', 'SELECT * FROM dev_x_ws.p2', 'R-22-9: but by its assessor');
SELECT t.works('dev_x_1', 'SELECT * FROM dev_x_ws.p2', 'R-22-9: and its developer');
SELECT t.works('op_a_1', t.release('R-3', 'released'), 'R-22-2: with six points concluded the operator releases');
SELECT is((SELECT state FROM pdauth.release WHERE number = 'R-3'), 'released', 'R-22-3: six points that are ok suffice');
SELECT t.sees('insurer_1', 'SELECT persons FROM dev_x_ws.p2', '144', 'R-22-9: released, it is read');
SELECT t.refused('op_a_1', $$UPDATE pdauth.release SET definition = 'x'$$, 'R-22-10: nobody writes the digest of a release');
-- R-22-10
SAVEPOINT changed;
CREATE OR REPLACE VIEW dev_x_ws.p2 AS SELECT road, sum(persons) AS persons, count(*) AS plates FROM dev_x_ws.base GROUP BY road;
SELECT t.refused('insurer_1', 'SELECT persons FROM dev_x_ws.p2', 'R-22-10: one more column, and reads fail', 'R-3 covers was changed');
SELECT t.act('dev_x_1', t.apply('R-6') || ';' || t.source('R-6', 'transport/traffic_flow') || ';' || t.source('R-6', 'dev_x_ws.base', false, '''sm3:' || repeat('a', 64) || ''''));
SELECT t.act('op_a_1', t.release('R-6', 'assessing')), t.act('op_a_1', t.point('R-6', n)) FROM generate_series(1, 6) AS n WHERE n = 1;
SELECT t.act('op_a_1', t.point('R-6', n)) FROM generate_series(2, 6) AS n;
SELECT t.act('op_a_1', t.release('R-6', 'released'));
SELECT t.sees('insurer_1', 'SELECT plates FROM dev_x_ws.p2', '12', 'R-22-10: until it is released again');
ROLLBACK TO changed;
CREATE INDEX ON dev_x_ws.base (road);
SELECT t.sees('insurer_1', 'SELECT persons FROM dev_x_ws.p2', '144', 'R-22-10: a technical change has no such effect');
SELECT t.act('op_a_1', t.release('R-3', 'withdrawn'));
SELECT t.refused('insurer_1', 'SELECT persons FROM dev_x_ws.p2', 'R-22-9: withdrawn, it stops at once');
SELECT * FROM finish();
ROLLBACK;
