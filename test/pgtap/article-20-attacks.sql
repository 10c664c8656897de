-- Attacks on data-use requests by those who may write the register: more than
-- was approved, approvals of what nobody read, others' requests ended.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
\ir include/request.sql
SELECT no_plan();
SELECT t.operation();
SELECT t.resource('health/health_visit', 'yn_health');
CREATE TABLE t.traffic_raw (a text, b text, c text, division text);
INSERT INTO t.traffic_raw VALUES ('G56', '08', '云A12345', '530102'), ('G80', '09', '云L54321', '532901');
GRANT SELECT ON t.traffic_raw TO op_a_1, op_a_2;
SELECT pdauth.protect('t.traffic_raw', 'transport/traffic_flow', region_column => 'division');

-- more than it says
SELECT t.draft_request('Q-1');
SELECT throws_ok(format($$SELECT t.act('op_a_1', %L)$$, format('UPDATE pdauth.data_request_resource SET divisions = ARRAY[''530100 during [2026-11-01,2027-11-01) level general; read on * (*) for * in CN''] WHERE request_id = %s', t.request_id('Q-1'))), NULL, NULL, 'R-20-6: a division is a code, not a grant');
SELECT throws_ok(format($$SELECT t.act('op_a_1', %L)$$, q), NULL, NULL, 'R-20-6: nor is ' || q) FROM unnest(ARRAY[
  'UPDATE pdauth.data_request SET purpose = ''产业发展 in CN''', format('INSERT INTO pdauth.data_request_resource (request_id, path, divisions) VALUES (%s, ''*'', ''{530100}'')', t.request_id('Q-1')),
  format('INSERT INTO pdauth.data_request_resource (request_id, path, divisions) VALUES (%s, ''transport'', ''{530100}'')', t.request_id('Q-1'))]) AS q;
SELECT t.refused('op_a_1', $$UPDATE pdauth.data_request SET purpose = '*';$$ || t.submit_request('Q-1'), 'R-20-2: any purpose');
SELECT t.refused('op_a_1', format($$INSERT INTO pdauth.data_request_column VALUES (%s, 'transport/traffic_flow', 'a","c', 'r'); $$, t.request_id('Q-1')) || t.submit_request('Q-1'), 'R-20-2: a column name that hides another', 'a","c');
SELECT t.refused('op_a_1', t.submit_request('Q-1') || $$; UPDATE pdauth.data_request_resource SET level = 'important', level_reason = 'r'$$, 'R-20-2: what follows the step in its transaction is checked with it', 'Beyond');
SELECT t.works('op_a_1', t.submit_request('Q-1') || $$; DELETE FROM pdauth.data_request_column WHERE column_name = 'b'$$, 'R-20-8: ... and is part of what is approved');
SELECT is((SELECT scope::text FROM pdauth.data_request), '{read on transport/traffic_flow(a) for 产业发展/车险 in 530100 during [2026-11-01,2027-11-01) level general}', 'R-20-8: the scope is of the rows at commit');
SELECT is((SELECT content_digest FROM pdauth.data_request), pdauth.content_digest(pdauth.data_request_content(t.request_id('Q-1'))), 'R-20-8: and so is the digest');
SELECT t.refused('op_a_1', $$INSERT INTO pdauth.data_request_column (request_id, path, column_name, reason) SELECT request_id, 'transport/traffic_flow', c, 'r' FROM pdauth.data_request, unnest('{b,c}'::text[]) AS c ON CONFLICT DO NOTHING$$, 'R-20-8: nothing slips in afterwards');
SELECT t.refused('op_a_1', $$MERGE INTO pdauth.data_request_column AS c USING pdauth.data_request AS q ON c.request_id = q.request_id AND c.column_name = 'b' WHEN NOT MATCHED THEN INSERT (request_id, path, column_name, reason) VALUES (q.request_id, 'transport/traffic_flow', 'b', 'r')$$, 'R-20-8: nor by MERGE');
SELECT t.refused('op_a_1', $$UPDATE pdauth.data_request_resource SET time_span = '[2020-01-01,2030-01-01)'$$, 'R-20-8: nor does the time span grow');

-- approvals
CREATE FUNCTION t.forged(columns text, given text) RETURNS text LANGUAGE sql AS $$ SELECT format('INSERT INTO pdauth.data_request_approval (request_id, content_digest, document, approved_on, %s) VALUES (%s, %L, ''d'', ''2026-11-23'', %s)', columns, t.request_id('Q-1'), t.digest('Q-1'), given) $$;
SELECT t.act('yn_bureau_1', t.forged('part, party_id, person_id, submission', $$'provider', t.id('yn_transport'), 1, 7$$));
SELECT is((SELECT part || ' ' || pdauth.party_code(party_id) || ' ' || submission FROM pdauth.data_request_approval), 'authority yn_bureau 1', 'R-20-4: an approval is of who acts, of the submission that is there');
SELECT t.refused('yn_bureau_2', $$UPDATE pdauth.data_request_approval SET part = 'provider'$$, 'R-25-4: nor does it become another one');
SELECT throws_ok(format($$SELECT t.act('yn_bureau_2', %L)$$, t.approve_request('Q-1')), '23505', NULL, 'R-20-4: a second person of the authority is no second party');
SELECT t.refused('yn_health_1', t.approve_request('Q-1') , 'R-20-7: a department for another one''s resource');
SELECT t.refused('yn_bureau_2', t.grant_request('Q-1'), 'R-20-4: nor do two persons of the bureau replace the department');
SELECT t.act('yn_transport_1', t.approve_request('Q-1'));
-- what was read changes its meaning
SELECT t.act('op_a_1', $$UPDATE pdauth.scenario SET need = 'sell to lenders' WHERE number = 'C-1'$$);
SELECT t.refused('yn_bureau_1', t.grant_request('Q-1'), 'R-20-8: the scenario was rewritten after the approvals', 'Approved was another content');
SELECT t.act('op_a_1', $$UPDATE pdauth.scenario SET need = 'fair prices' WHERE number = 'C-1'$$);
SELECT t.act('yn_transport_1', $$UPDATE pdauth.resource SET columns = '{a,b,c,d}' WHERE path = 'transport/traffic_flow'$$);
SELECT t.refused('yn_bureau_1', t.grant_request('Q-1'), 'R-16-1: or the resource was, since', 'Also violated: R-20-2');
SELECT t.act('yn_transport_1', $$UPDATE pdauth.resource SET columns = '{a,b,c}' WHERE path = 'transport/traffic_flow'$$);
SELECT t.refused('yn_bureau_1', t.grant_request('Q-1'), 'R-16-1: nor is it what it was because it looks the same', 'Also violated: R-20-2');
SELECT t.act('yn_bureau_1', $$UPDATE pdauth.authorised_resource SET state = 'proposed', act_reason = 'changed' WHERE path = 'transport/traffic_flow'$$), t.find_harmless('transport/traffic_flow', 'yn_transport'), t.find_harmless('transport/traffic_flow', 'yn_bureau');
SELECT t.refused('yn_bureau_1', t.bring_in('transport/traffic_flow'), 'R-15-1: a region column is classified like any other', 'division of t.traffic_raw not catalogued');
SELECT * FROM finish();
ROLLBACK;
