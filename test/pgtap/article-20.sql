-- Article 20: data-use requests, from application to access.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
\ir include/request.sql
SELECT no_plan();
SELECT t.operation();
SELECT t.resource('health/health_visit', 'yn_health'), t.in_scope('health/health_visit', 'yn_health');
CREATE TABLE t.traffic_raw (a text, b text, c text, division text);
INSERT INTO t.traffic_raw VALUES ('G56', '08', '云A12345', '530102'), ('G80', '09', '云A54321', '530103'), ('G56', '08', '云L11111', '532901');
GRANT SELECT ON t.traffic_raw TO op_a_1, op_a_2, op_b_1, dev_x_1;
CREATE FUNCTION t.new_request(number text, operator text DEFAULT 'op_a') RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.data_request (number, operator_party, agreement_id, division, scenario_id, purpose, period) VALUES (%L, t.id(%L), t.agreement_id(''A-1''), ''530100'', NULL, ''产业发展'', ''[2026-12-01,2027-12-01)'')', number, operator) $$;
CREATE FUNCTION t.changed(number text, change text) RETURNS text LANGUAGE sql AS $$ SELECT replace(change, '%n', t.request_id(number)::text) || ';' || t.submit_request(number) $$;

-- R-20-1
SELECT t.refused('dev_x_1', t.new_request('Q-0', 'dev_x'), 'R-20-1: a developer does not request resources');
SELECT t.refused('yn_transport_1', t.new_request('Q-0'), 'R-20-1: nor a department for an operator');
SELECT t.refused('op_b_1', t.new_request('Q-0', 'op_a'), 'R-20-1: nor another organisation in its name');
SELECT t.refused('op_a_1', $$INSERT INTO pdauth.data_request (number, operator_party, agreement_id, division, purpose, state) VALUES ('Q-0', t.id('op_a'), t.agreement_id('A-1'), '530100', 'p', 'granted')$$, 'R-20-1: nothing begins as granted');
-- the same person, bound to the department as well
CREATE ROLE yn_bureau_1_transport IN ROLE pdauth_register;
GRANT USAGE ON SCHEMA t TO yn_bureau_1_transport;
INSERT INTO pdauth.principal (role, person_id, capacity_id, since)
  SELECT 'yn_bureau_1_transport', (SELECT person_id FROM pdauth.person WHERE person = 'yn_bureau_1'), capacity_id, '2026-01-01' FROM pdauth.party_capacity WHERE party_id = t.id('yn_transport');
CREATE ROLE op_a_9 IN ROLE pdauth_register;
GRANT USAGE ON SCHEMA t TO op_a_9;
INSERT INTO pdauth.principal (role, person_id, capacity_id, since) SELECT 'op_a_9', p.person_id, c.capacity_id, '2026-01-01' FROM pdauth.person AS p JOIN pdauth.party_capacity AS c USING (party_id) WHERE p.person = 'op_a_1';
SELECT t.refused('op_a_9', t.new_request('Q-0'), 'R-7-1: nor is a request filed past the platform');
SELECT t.works('op_a_1', t.new_request('Q-0'), 'R-20-1: the operator files it');
SELECT t.refused('yn_bureau_1', $$UPDATE pdauth.data_request SET purpose = '产业发展/车险' WHERE number = 'Q-0'$$, 'R-5-2: an authority does not write it');

-- R-18-2
SELECT t.refused('op_a_1', format($$INSERT INTO pdauth.data_request_resource (request_id, path, divisions) VALUES (%s, 'transport/unknown', '{530100}')$$, t.request_id('Q-0')), 'R-18-2: a table without a catalogue entry', 'transport/unknown');

-- R-20-2, R-20-3
SELECT t.draft_request('Q-1');
SELECT t.refused('op_a_1', t.changed('Q-1', change), name, facts) FROM (VALUES
  ('UPDATE pdauth.data_request SET scenario_id = NULL WHERE request_id = %n', 'R-20-2: a request without scenario', 'scenario'),
  ('UPDATE pdauth.data_request SET purpose = ''公共治理'' WHERE request_id = %n', 'R-20-2: a purpose that is not the scenario''s', 'C-1'),
  ('DELETE FROM pdauth.data_request_column WHERE request_id = %n; DELETE FROM pdauth.data_request_resource WHERE request_id = %n', 'R-20-2: a request for nothing', 'no resource'),
  ('INSERT INTO pdauth.data_request_column VALUES (%n, ''transport/traffic_flow'', ''nowhere'', ''r'')', 'R-20-2: a column that the entry does not have', 'nowhere'),
  ('INSERT INTO pdauth.data_request_column VALUES (%n, ''transport/traffic_flow'', ''c'', ''r'')', 'R-20-2: a column beyond the agreement', 'Beyond operating agreement A-1'),
  ('UPDATE pdauth.data_request_resource SET divisions = ''{530000}'' WHERE request_id = %n', 'R-20-2: rows beyond the agreement', 'Beyond'),
  ('INSERT INTO pdauth.data_request_column VALUES (%n, ''transport/traffic_flow'', ''*'', ''r'')', 'R-20-3: every column', '"*" is no column'),
  ('UPDATE pdauth.data_request_column SET reason = '' '' WHERE request_id = %n AND column_name = ''b''', 'R-20-3: a column without reason', 'transport/traffic_flow.b'),
  ('DELETE FROM pdauth.data_request_column WHERE request_id = %n', 'R-20-3: no column named', 'no column'),
  ('UPDATE pdauth.data_request_resource SET row_filter = NULL WHERE request_id = %n', 'R-20-3: no row filter', 'no row filter'),
  ('UPDATE pdauth.data_request_resource SET time_span = ''[2026-01-01,)'' WHERE request_id = %n', 'R-20-3: no time span', 'no time span'),
  ('UPDATE pdauth.data_request_resource SET refresh = NULL WHERE request_id = %n', 'R-20-3: no refresh rate', 'no refresh rate'),
  ('UPDATE pdauth.data_request_resource SET level = ''important'' WHERE request_id = %n', 'R-20-2: clear values beyond the agreement, without reason', 'Also violated: R-20-3'),
  ('UPDATE pdauth.data_request_resource SET level = ''core'', level_reason = ''r'' WHERE request_id = %n', 'R-20-2: a level that nobody is given', 'Also violated: R-20-3'),
  ('UPDATE pdauth.data_request SET period = NULL WHERE request_id = %n', 'R-20-3: no period', 'Period: none'),
  ('UPDATE pdauth.data_request SET period = ''[2026-12-01,)'' WHERE request_id = %n', 'R-20-2: a period without end is beyond any agreement', 'Also violated: R-20-3'),
  ('DELETE FROM pdauth.data_request_person WHERE request_id = %n', 'R-20-3: nobody named', 'nobody'),
  ('INSERT INTO pdauth.data_request_person SELECT %n, person_id FROM t.person WHERE person = ''dev_x_1''', 'R-20-3: a person of another organisation', 'somebody else'),
  ('UPDATE pdauth.data_request SET actions = ''{read,redevelop}'' WHERE request_id = %n', 'R-21-2: an operator does not ask for re-development', 'redevelop')) AS v (change, name, facts);
SELECT t.act('yn_bureau_1', $$UPDATE pdauth.authorised_resource SET state = 'proposed', act_reason = 'new classification' WHERE path = 'transport/traffic_flow'$$);
SELECT t.refused('op_a_1', t.submit_request('Q-1'), 'R-20-2: a resource out of the authorised scope', 'not in the authorised scope');
SELECT t.act('yn_transport_1', $$UPDATE pdauth.resource_column SET class = 'identifying' WHERE resource_id = t.resource_id('transport/traffic_flow') AND column_name = 'b'$$), t.act('yn_bureau_1', t.bring_in('transport/traffic_flow'));
SELECT t.refused('op_a_1', t.submit_request('Q-1'), 'R-20-3: an identifying column without a reason of its own', 'transport/traffic_flow.b');
SELECT t.works('op_a_1', t.changed('Q-1', 'UPDATE pdauth.data_request_column SET sensitive_reason = ''to join'' WHERE request_id = %n AND column_name = ''b'''), 'R-20-2: with everything it needs it is submitted');
SELECT is((SELECT scope::text FROM pdauth.data_request WHERE number = 'Q-1'), '{read on transport/traffic_flow(a,b) for 产业发展/车险 in 530100 during [2026-11-01,2027-11-01) level general}', 'R-20-3: and asks for exactly that');

-- R-20-5: submitted is not granted
SELECT pdauth.protect('t.traffic_raw', 'transport/traffic_flow', region_column => 'division', mode => 'strict');
SELECT throws_ok(format($$SELECT t.sees('op_a_1', %L, '', '')$$, q), 'PD205', NULL, 'R-20-5: before the grant no ' || q)
  FROM unnest('{SELECT count(*) FROM t.traffic_raw,SELECT max(a) FROM t.traffic_raw,SELECT a FROM t.traffic_raw FOR SHARE,EXPLAIN SELECT FROM t.traffic_raw}'::text[]) AS q;
SELECT is_empty($$SELECT FROM pg_stats WHERE tablename = 'traffic_raw'$$, 'R-20-5: nor statistics of its values');

-- R-20-4, R-20-8
SELECT t.refused('yn_bureau_1', t.grant_request('Q-1'), 'R-20-4: without any approval', 'Not approved by yn_bureau (authority), yn_transport (provider).');
SELECT t.refused('km_bureau_1', t.approve_request('Q-1'), 'R-20-4: approval by another authority');
SELECT t.refused('yn_health_1', t.approve_request('Q-1'), 'R-20-7: approval by a department that provides none of it');
SELECT t.refused('op_a_1', t.approve_request('Q-1'), 'R-20-4: the operator approves nothing');
SELECT t.refused('km_center_1', t.approve_request('Q-1'), 'R-20-4: nor the implementing agency');
SELECT t.refused('yn_bureau_1', t.approve_request('Q-1', 'sha256:' || repeat('0', 64)), 'R-20-8: approval of another content');
SELECT t.refused('yn_bureau_1', replace(t.approve_request('Q-1'), 'pdauth.clock_today()', 'pdauth.clock_today() + 1'), 'X-3: approval dated tomorrow');
SELECT t.works('yn_bureau_1', t.approve_request('Q-1'), 'R-20-4: the data authority approves');
SELECT t.refused('yn_bureau_1', t.grant_request('Q-1'), 'R-20-4: approval by the bureau only', 'Not approved by yn_transport (provider).');
SELECT t.refused('op_a_1', 'SELECT a FROM t.traffic_raw', 'R-20-4: nor is anything read on one approval', 'Not approved by yn_transport (provider).');
SELECT t.sees('yn_transport_1', $$SELECT approved_by || ' / ' || waits_for FROM pdauth.request_status$$, 'yn_bureau / yn_transport', 'R-20-4: who is missing shows');
SELECT t.refused('yn_bureau_1_transport', t.approve_request('Q-1'), 'R-20-4: both approvals by the same person', 'yn_bureau_1 has approved it');
SELECT t.works('yn_transport_1', t.approve_request('Q-1'), 'R-20-4: the department approves');
SELECT t.refused('op_a_1', 'SELECT a FROM t.traffic_raw', 'R-20-5: approved by both, but not granted');
SELECT t.refused('yn_transport_1', 'DELETE FROM pdauth.data_request_approval', 'R-25-4: an approval stays');
SELECT t.refused('op_a_1', change, name) FROM (VALUES
  (format('INSERT INTO pdauth.data_request_column VALUES (%s, ''transport/traffic_flow'', ''c'', ''r'')', t.request_id('Q-1')), 'R-20-8: a column added after approval'),
  (format('DELETE FROM pdauth.data_request_column WHERE request_id = %s AND column_name = ''a''', t.request_id('Q-1')), 'R-20-8: a column left out after approval'),
  (format('UPDATE pdauth.data_request_column SET reason = ''other'' WHERE request_id = %s', t.request_id('Q-1')), 'R-20-8: another reason after approval'),
  (format('INSERT INTO pdauth.data_request_person SELECT %s, person_id FROM t.person WHERE person = ''op_a_2''', t.request_id('Q-1')), 'R-20-8: another person after approval'),
  ('UPDATE pdauth.data_request SET period = ''[2026-11-01,2031-11-01)'' WHERE number = ''Q-1''', 'R-20-8: a longer period after approval')) AS v (change, name);
SELECT t.act('op_a_1', $$UPDATE pdauth.data_request SET submission = 0, content_digest = 'x', scope = '{}' WHERE number = 'Q-1'$$);
SELECT is((SELECT submission FROM pdauth.data_request WHERE number = 'Q-1' AND content_digest LIKE 'sha256:%'), 1, 'R-20-8: what the system computes nobody writes');
SAVEPOINT approved;
SELECT t.act('op_a_1', $$UPDATE pdauth.data_request SET state = 'draft', act_reason = 'one column less' WHERE number = 'Q-1'; DELETE FROM pdauth.data_request_column WHERE column_name = 'b'$$), t.act('op_a_1', t.submit_request('Q-1'));
SELECT t.sees('yn_bureau_1', $$SELECT coalesce(approved_by, 'nobody') || ' / ' || waits_for FROM pdauth.request_status WHERE request = 'Q-1'$$, 'nobody / yn_bureau, yn_transport', 'R-20-8: as a new submission both approvals are open again');
SELECT t.refused('yn_bureau_1', t.grant_request('Q-1'), 'R-20-4: ... and it is not granted');
ROLLBACK TO approved;
SELECT t.act('yn_health_1', t.grant_request('Q-1'));
SELECT is((SELECT state FROM pdauth.data_request WHERE number = 'Q-1'), 'submitted', 'R-20-7: a department that is no part of it does not even see it');
SELECT t.refused('op_a_1', t.grant_request('Q-1'), 'R-20-4: nor does the operator');
SELECT t.refused('yn_bureau_1', $$UPDATE pdauth.data_request SET state = 'granted' WHERE number = 'Q-1'$$, 'R-20-4: nor anybody without a document');
SELECT t.works('yn_bureau_1', t.grant_request('Q-1'), 'R-20-4: with both it is granted');

-- R-20-6
SELECT is((SELECT string_agg(licensee::text || ' ' || scope::text, ', ') FROM pdauth.license WHERE revoked_at IS NULL), 'op_a_1 {read on transport/traffic_flow(a,b) for 产业发展/车险 in 530100 during [2026-11-01,2027-11-01) level general}',
  'R-20-6: it licenses exactly columns, rows, purpose, person and period');
SELECT t.sees('op_a_1', $$SELECT string_agg(a || b, ',' ORDER BY a) FROM t.traffic_raw$$, 'G5608,G8009', 'R-20-5: granted, the approved columns and rows are read');
SELECT throws_ok(format($$SELECT t.sees('op_a_1', %L, '', '')$$, q), 'PD206', NULL, 'R-20-6: not approved: ' || q)
  FROM (VALUES ('SELECT c FROM t.traffic_raw'), ('SELECT a FROM t.traffic_raw WHERE c = ''云A12345'''), ('SELECT a FROM t.traffic_raw ORDER BY c'), ('SELECT x.a FROM t.traffic_raw AS x JOIN t.traffic_raw AS y USING (c)'),
               ('SELECT count(*) FROM t.traffic_raw GROUP BY c'), ('SELECT length(c) FROM t.traffic_raw'), ('SELECT t FROM t.traffic_raw AS t'), ('SELECT a FROM t.traffic_raw WHERE EXISTS (SELECT FROM t.traffic_raw AS i WHERE i.c = traffic_raw.c)')) AS v (q);
SELECT throws_ok($$SELECT t.sees('op_a_2', 'SELECT a FROM t.traffic_raw', '', '')$$, 'PD205', NULL, 'R-20-6: a person who is not named reads nothing');
SET LOCAL pdauth.purpose = '公共治理';
SELECT throws_ok($$SELECT t.sees('op_a_1', 'SELECT a FROM t.traffic_raw', '', '')$$, 'PD216', NULL, 'R-20-6: nor the one who is, for another purpose');
RESET pdauth.purpose;
SELECT t.at('2027-10-31 23:59:59');
SELECT t.sees('op_a_1', 'SELECT count(*) FROM t.traffic_raw', '2', 'R-20-6: on the last day of the period it is open');
SELECT t.at('2027-11-01 00:00');
SELECT throws_ok($$SELECT t.sees('op_a_1', 'SELECT a FROM t.traffic_raw', '', '')$$, 'PD205', NULL, 'R-20-6: the day after it is not');
SELECT t.sees('op_a_1', $$SELECT status FROM pdauth.request_status WHERE request = 'Q-1'$$, 'expired', 'R-20-6: it has expired');
SELECT t.at('2026-11-23 09:00');
SELECT t.act('yn_platform_1', $$INSERT INTO pdauth.component_access (role, component_id) SELECT 'op_a_9', component_id FROM pdauth.platform_component$$);
SELECT is((SELECT count(*)::int FROM pdauth.license WHERE licensee = 'op_a_9'::regrole AND revoked_at IS NULL), 1, 'R-20-6: a role that the named person receives later is licensed too');
SELECT t.refused('op_a_1', format('INSERT INTO pdauth.data_request_column VALUES (%s, ''transport/traffic_flow'', ''c'', ''r'')', t.request_id('Q-1')), 'R-20-8: a granted request is not changed');
SELECT t.refused('op_a_1', $$UPDATE pdauth.data_request SET period = '[2026-11-01,2028-11-01)' WHERE number = 'Q-1'$$, 'R-20-8: nor extended');

-- rows by a condition
SAVEPOINT filtered;
SELECT t.draft_request('Q-4', columns => '{a}');
SELECT t.refused('op_a_1', t.changed('Q-4', format('UPDATE pdauth.data_request_resource SET row_filter = %L WHERE request_id = %%n', filter)), 'R-20-6: no row filter like ' || filter, 'row filter')
  FROM unnest('{a = b = c,nowhere = 1,a IN (SELECT a FROM t.traffic_raw),random() < 0.5,count(*) > 1,a = ''x''); DROP TABLE t.traffic_raw; --,1,t.traffic_raw.a = ''x'',b::integer > 8}'::text[]) AS filter;
SELECT t.act('op_a_1', t.changed('Q-4', 'UPDATE pdauth.data_request SET previous_id = t.request_id(''Q-1'') WHERE request_id = %n; UPDATE pdauth.data_request_resource SET row_filter = ''c = ''''云A12345'''''' WHERE request_id = %n'));
SELECT t.act('yn_transport_1', t.approve_request('Q-4')), t.act('yn_bureau_1', t.approve_request('Q-4')), t.act('yn_bureau_1', t.grant_request('Q-4'));
SELECT t.sees('op_a_1', $$SELECT string_agg(a, ',') FROM t.traffic_raw$$, 'G56', 'R-20-6: only the rows that meet the approved condition, which names a column that is not shown');
SELECT t.sees('op_a_1', $$SELECT count(*) FROM t.traffic_raw WHERE a = 'G80'$$, '0', 'R-20-6: ... whatever is asked');
SELECT t.sees('op_a_1', $$SELECT access || ': ' || reason FROM pdauth.explain_access('t.traffic_raw') WHERE part = 'rows'$$, 'by region: rows whose division lies in these divisions, and of these rows where c = ''云A12345''', 'R-20-6: ... and is told why');
SELECT throws_ok($$SELECT t.sees('op_a_1', 'SELECT c FROM t.traffic_raw', '', '')$$, 'PD206', NULL, 'R-20-6: ... nor is the column shown by it');
SELECT t.granted_request('Q-6', columns => '{a}');
SELECT throws_ok($$SELECT t.sees('op_a_1', 'SELECT a FROM t.traffic_raw', '', '')$$, 'PD206', NULL, 'R-20-6: two requests for different rows are not added up');
ROLLBACK TO filtered;

-- an extension is a new request; the old one ends with its grant
SAVEPOINT extended;
SELECT t.granted_request('Q-3', columns => '{a}', period => '[2026-11-01,2028-11-01)', previous => 'Q-1');
SELECT is((SELECT string_agg(DISTINCT basis, ', ') FROM pdauth.license WHERE revoked_at IS NULL), 'data request Q-3', 'R-20-8: an extension is a new request, which replaces the old one');
SELECT t.sees('op_a_1', $$SELECT status FROM pdauth.request_status WHERE request = 'Q-1'$$, 'superseded', 'R-20-8: ... in the same transaction');
ROLLBACK TO extended;

-- the end of a request, of a role, of the agreement
SAVEPOINT ended;
SELECT t.act('yn_transport_1', $$UPDATE pdauth.data_request SET state = 'revoked', act_reason = 'misuse' WHERE number = 'Q-1'$$);
SELECT throws_ok($$SELECT t.sees('op_a_1', 'SELECT a FROM t.traffic_raw', '', '')$$, 'PD205', NULL, 'R-20-6: revoked by an approver, it opens nothing any more');
ROLLBACK TO ended;
SELECT t.act('op_a_1', $$UPDATE pdauth.data_request SET state = 'ended', act_reason = 'not needed' WHERE number = 'Q-1'$$);
SELECT is((SELECT count(*)::int FROM pdauth.license WHERE revoked_at IS NULL), 0, 'R-20-6: ended by the operator, neither');
ROLLBACK TO ended;
SELECT t.act('km_center_1', format($$UPDATE pdauth.operating_agreement SET state = 'terminated', act_reason = 'breach', %s WHERE number = 'A-1'$$, t.document('end')));
SELECT is((SELECT string_agg(DISTINCT revoke_reason, ', ') FROM pdauth.license), 'operating agreement A-1 terminated', 'R-20-6: the end of the agreement ends what rests on it in the same transaction');
SELECT t.sees('yn_bureau_1', $$SELECT status || licenses FROM pdauth.request_status WHERE request = 'Q-1'$$, 'not in force0', 'R-20-6: the request shows it');
SELECT t.refused('op_a_1', t.submit_request('Q-0'), 'R-11-13: and no other is submitted');
ROLLBACK TO ended;

-- R-20-7: two departments
SELECT t.draft_request('Q-2', '{transport/traffic_flow}');
SELECT t.refused('op_a_1', t.changed('Q-2', $$UPDATE pdauth.data_request_column SET sensitive_reason = 'to join' WHERE request_id = %n; INSERT INTO pdauth.data_request_resource VALUES (%n, 'health/health_visit', '{530100}', 'none', '[2026-01-01,2027-01-01)', '1 day'); INSERT INTO pdauth.data_request_column VALUES (%n, 'health/health_visit', 'a', 'to link')$$), 'R-20-2: a linkage beyond the agreement');
SELECT * FROM finish();
ROLLBACK;
