-- Article 15: the authorised scope and the negative list.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
\ir include/request.sql
SELECT no_plan();
SELECT t.catalogued('transport/traffic_flow', 'yn_transport'), t.catalogued('transport/vehicle_reg', 'yn_transport'), t.resource('health/health_visit', 'yn_health');
SELECT t.standard('yn_bureau'), t.propose('transport/traffic_flow', 'yn_bureau');

-- R-15-1
SELECT t.classify('transport/traffic_flow', 'yn_transport', '{a,b}');
SELECT t.refused('yn_bureau_1', t.bring_in('transport/traffic_flow'), 'R-15-1: a column that is not classified', 'c not classified');
SELECT t.classify('transport/traffic_flow', 'yn_transport', '{c}'), t.find_harmless('transport/traffic_flow', 'yn_transport');
SELECT t.refused('yn_bureau_1', t.bring_in('transport/traffic_flow'), 'R-15-1: without findings of the data authority', 'national security (authority)');
SELECT t.refused('yn_health_1', $$INSERT INTO pdauth.harm_finding (resource_id, subject, harmless, found_on, document) VALUES (t.resource_id('transport/traffic_flow'), 'privacy', true, '2026-11-23', 'd')$$, 'R-15-1: another department finds nothing');
SELECT t.refused('km_bureau_1', $$INSERT INTO pdauth.harm_finding (resource_id, subject, harmless, found_on, document) VALUES (t.resource_id('transport/traffic_flow'), 'privacy', true, '2026-11-23', 'd')$$, 'R-15-1: nor another authority');
SELECT t.find_harmless('transport/traffic_flow', 'yn_bureau');
SELECT t.act('yn_transport_1', $$INSERT INTO pdauth.harm_finding (resource_id, subject, harmless, found_on, document) VALUES (t.resource_id('transport/traffic_flow'), 'privacy', false, '2026-11-23', 'd')$$);
SELECT t.refused('yn_bureau_1', t.bring_in('transport/traffic_flow'), 'R-15-1: with a finding of harm', 'privacy (provider)');
SELECT t.find_harmless('transport/traffic_flow', 'yn_transport');
SELECT t.refused('km_bureau_1', replace(t.bring_in('transport/traffic_flow'), 'UPDATE', 'INSERT INTO pdauth.authorised_resource (path, division, authority_party) SELECT path, division, t.id(''km_bureau'') FROM pdauth.resource WHERE path LIKE ''health%''; UPDATE'), 'R-5-3: another authority brings nothing in');
SELECT t.refused('yn_transport_1', t.bring_in('transport/traffic_flow'), 'R-15-1: nor does the department itself');
SELECT t.refused('yn_bureau_1', format($$INSERT INTO pdauth.authorised_resource (path, division, authority_party, state) VALUES ('transport/vehicle_reg', '530000', t.id('yn_bureau'), 'in scope')$$), 'R-15-1: nor does anything begin in scope');
-- a table of it in this database
CREATE TABLE t.traffic_raw (a text, b text, c text, d text);
SELECT pdauth.protect('t.traffic_raw', 'transport/traffic_flow', region => '530100');
SELECT t.refused('yn_bureau_1', t.bring_in('transport/traffic_flow'), 'R-15-1: a table with a column that is not catalogued', 'd of t.traffic_raw not catalogued');
ALTER TABLE t.traffic_raw DROP COLUMN d;
SELECT t.act('yn_transport_1', $$UPDATE pdauth.resource_column SET level = 'important', class = 'identifying' WHERE column_name = 'c' AND resource_id = t.resource_id('transport/traffic_flow')$$);
SELECT t.refused('yn_bureau_1', t.bring_in('transport/traffic_flow'), 'R-15-1: a column labelled lower than it is graded', 'c of t.traffic_raw not labelled important');
SELECT pdauth.mask('t.traffic_raw', 'c', NULL, 'important');
SELECT t.works('yn_bureau_1', t.bring_in('transport/traffic_flow'), 'R-15-1: classified, labelled and harmless it comes into scope');
SELECT t.refused('yn_transport_1', $$UPDATE pdauth.resource_column SET class = 'ordinary'$$, 'R-15-1: in scope the classification stays');
SELECT t.refused('yn_transport_1', $$DELETE FROM pdauth.resource_column$$, 'R-15-1: ... all of it');
SELECT ok(pdauth.in_authorised_scope('transport/traffic_flow'), 'R-15-1: it is in scope');
SAVEPOINT changed;
SELECT t.act('yn_transport_1', $$UPDATE pdauth.resource SET columns = '{a,b,c,d}' WHERE path = 'transport/traffic_flow'$$);
SELECT ok(NOT pdauth.in_authorised_scope('transport/traffic_flow'), 'R-15-1: a changed entry is out of it until it is examined again');
ROLLBACK TO changed;

-- R-15-2
SELECT t.sees('yn_bureau_1', $$SELECT string_agg(path || ' ' || flag, ', ' ORDER BY path) FROM pdauth.unexplained_exclusion$$, 'health/health_visit PD152, transport/vehicle_reg PD152', 'R-15-2: eligible and nowhere');
SELECT t.sees('yn_health_1', $$SELECT string_agg(path, ', ' ORDER BY path) FROM pdauth.unexplained_exclusion$$, 'health/health_visit', 'R-15-2: each department sees its own');

-- R-15-3
CREATE FUNCTION t.list(number text, path text, reason text DEFAULT 'privacy of patients', division text DEFAULT '530000', authority text DEFAULT 'yn_bureau') RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.negative_list (number, resource_id, division, authority_party, reason) VALUES (%L, t.resource_id(%L), %L, t.id(%L), %L)', number, path, division, authority, reason) $$;
CREATE FUNCTION t.listed(number text) RETURNS text LANGUAGE sql AS $$ SELECT format('UPDATE pdauth.negative_list SET state = ''listed'', %s WHERE number = %L', t.document('approval'), number) $$;
SELECT t.refused('yn_bureau_1', t.list('N-1', 'health/health_visit', ' '), 'R-15-3: an entry without reason');
SELECT t.act('yn_bureau_1', t.list('N-1', 'health/health_visit'));
SELECT t.refused('yn_bureau_1', t.listed('N-1'), 'R-5-2: the bureau does not approve in the place of the government');
SELECT t.refused('yn_gov_1', $$UPDATE pdauth.negative_list SET state = 'listed' WHERE number = 'N-1'$$, 'R-15-3: nor is it listed without evidence of the deliberation');
SELECT t.act('km_gov_1', t.listed('N-1'));
SELECT is((SELECT state FROM pdauth.negative_list WHERE number = 'N-1'), 'proposed', 'R-15-3: the government of another level does not even see it');
SELECT t.refused('yn_bureau_1', $$INSERT INTO pdauth.negative_list (number, resource_id, division, authority_party, reason, state) VALUES ('N-2', t.resource_id('transport/vehicle_reg'), '530000', t.id('yn_bureau'), 'r', 'listed')$$, 'R-15-3: nothing begins as listed');
SELECT ok(NOT pdauth.negative_listed(t.resource_id('health/health_visit')), 'R-15-3: proposed is not listed');

-- R-15-5
SELECT t.refused('yn_health_1', $$DELETE FROM pdauth.negative_list$$, 'R-15-5: a department does not delete an entry');
SELECT t.refused('yn_health_1', t.list('N-3', 'health/health_visit'), 'R-15-5: nor make one');
SELECT t.refused('km_bureau_1', t.list('N-3', 'health/health_visit', division => '530100', authority => 'km_bureau'), 'R-15-5: nor does a prefecture for what the province holds');
SELECT t.refused('yn_bureau_1', $$DELETE FROM pdauth.negative_list$$, 'R-25-4: nor does the authority delete one');
SELECT t.refused('yn_bureau_1', $$UPDATE pdauth.negative_list SET reason = 'other' WHERE number = 'N-1'$$, 'R-15-5: nor change its reason without a new entry');

-- R-15-4: listing closes
SELECT t.draft_plan('K-1', 'km_center', '530100', '{health/health_visit,transport/traffic_flow}'), t.approve_plan('K-1', 'km_center', 'km_gov'), t.selection('X-1', 'K-1', 'km_center');
SELECT t.agreement('A-1', 'K-1', 'X-1', 'km_center', term => '[2026-11-01,2031-11-01)', scope => format('{read on health/health_visit,transport/traffic_flow(a,b) for 产业发展 in 530100 during [2026-11-01,2031-11-01) level general}'));
SELECT t.in_scope('health/health_visit', 'yn_health'), t.scenario('C-1'), t.granted_request('Q-1', '{health/health_visit}', provider => 'yn_health');
SELECT t.draft_request('Q-2', '{health/health_visit}');
CREATE TABLE t.visit (a text, b text, c text);
INSERT INTO t.visit SELECT n, n, n FROM generate_series(1, 3) AS n;
GRANT SELECT ON t.visit TO op_a_1;
SELECT pdauth.protect('t.visit', 'health/health_visit', region => '530100');
SELECT t.act('op_a_1', $$INSERT INTO pdauth.product (number, name, owner_party, division, form) VALUES ('P-1', 'visits', t.id('op_a'), '530000', 'report'); INSERT INTO pdauth.product_source SELECT product_id, 'health/health_visit' FROM pdauth.product$$);
SET LOCAL ROLE op_a_1;
DECLARE open_cursor CURSOR FOR SELECT a FROM t.visit;
PREPARE prepared AS SELECT count(*) FROM t.visit;
FETCH open_cursor;
EXECUTE prepared;
RESET ROLE;
SELECT t.works('yn_gov_1', t.listed('N-1'), 'R-15-4: the government lists the resource');
SET LOCAL ROLE op_a_1;
SAVEPOINT closed;
SELECT throws_ok('FETCH open_cursor', 'PD154', NULL, 'R-15-4: the next row of an open cursor is refused');
ROLLBACK TO closed;
SELECT throws_ok('EXECUTE prepared', 'PD154', NULL, 'R-15-4: and a prepared statement');
SELECT throws_ok('SELECT count(*) FROM t.visit', 'PD154', NULL, 'R-15-4: and a new one, although the request is granted');
RESET ROLE;
SELECT t.sees('op_a_1', $$SELECT access || ' ' || rule FROM pdauth.explain_access('t.visit') WHERE part = 'relation'$$, 'refused R-15-4', 'R-15-4: explain_access() says so');
SELECT is((SELECT count(*)::int FROM pdauth.license WHERE revoked_at IS NULL), 1, 'R-15-4: the license is suspended, not revoked');
SELECT t.refused('op_a_1', t.submit_request('Q-2'), 'R-15-4: no request for it', 'health/health_visit is on the negative list');
SELECT t.draft_plan('K-2', 'km_center', '530100', '{health/health_visit}');
SELECT t.refused('km_center_1', 'UPDATE pdauth.plan SET state = ''submitted'' WHERE label = ''K-2''', 'R-8-3: no plan of it', 'negative list');
SELECT t.draft_agreement('A-2', 'K-1', 'X-1', 'km_center', scope => t.traffic_scope('530100'));
SELECT t.refused('km_center_1', format($$UPDATE pdauth.operating_agreement SET scope = t.traffic_scope('530100', path => 'health/health_visit')::pdauth.license_scope WHERE label = 'A-2'; UPDATE pdauth.operating_agreement SET state = 'decided', %s WHERE label = 'A-2'$$, t.document('m')), 'R-15-4: no agreement on it', 'health/health_visit');
SELECT t.sees('yn_bureau_1', $$SELECT product || ' ' || flag FROM pdauth.listed_product$$, 'P-1 PD154', 'R-15-4: products made from it are flagged');
SELECT t.sees('yn_bureau_1', $$SELECT string_agg(path, ', ') FROM pdauth.unexplained_exclusion$$, 'transport/vehicle_reg', 'R-15-2: what is listed is explained');

-- R-15-6
SELECT is((SELECT due FROM pdauth.my_duty WHERE rule = 'R-15-6'), '2027-11-23', 'R-15-6: to be reviewed within a year');
SELECT t.at('2027-11-23 23:59:59');
SELECT is((SELECT status FROM pdauth.my_duty WHERE rule = 'R-15-6'), 'due soon', 'R-15-6: the last day is in time');
SELECT t.at('2027-11-24 00:00');
SELECT is((SELECT flag || ' ' || debtor FROM pdauth.my_duty WHERE rule = 'R-15-6' AND status = 'overdue'), 'PD156 yn_bureau', 'R-15-6: the day after there is a flag');
SELECT ok(pdauth.negative_listed(t.resource_id('health/health_visit')), 'R-15-6: ... and the resource is still blocked');
CREATE FUNCTION t.review(decision text, day text DEFAULT '2027-11-24') RETURNS text LANGUAGE sql AS $$ SELECT format('INSERT INTO pdauth.negative_list_review (entry_id, decision, reason, document, reviewed_on) SELECT entry_id, %L, ''reason'', ''review'', %L FROM pdauth.negative_list WHERE number = ''N-1''', decision, day) $$;
SELECT t.refused('yn_health_1', t.review('remove'), 'R-15-5: a department does not review');
SELECT t.refused('yn_bureau_1', t.review('confirm', '2027-11-25'), 'X-3: nor is a review dated tomorrow');
SELECT t.works('yn_bureau_1', t.review('confirm'), 'R-15-6: the authority confirms it');
SELECT is((SELECT string_agg(status || ' ' || due, ', ' ORDER BY due) FROM pdauth.my_duty WHERE rule = 'R-15-6'), 'fulfilled late 2027-11-23, open 2028-11-24', 'R-15-6: and the next year begins');
CREATE FUNCTION t.remove() RETURNS text LANGUAGE sql AS $$ SELECT format('UPDATE pdauth.negative_list SET state = ''removed'', act_reason = ''anonymised'', %s WHERE number = ''N-1''', t.document('removal')) $$;
SELECT t.refused('yn_bureau_1', t.remove(), 'R-15-5: no removal without a review that says so');
SELECT t.act('yn_bureau_1', t.review('remove'));
SELECT t.refused('yn_health_1', t.remove(), 'R-15-5: nor by another party');
SELECT t.works('yn_bureau_1', t.remove(), 'R-15-5: after it the authority removes it');
SELECT t.at('2026-11-23 09:00');
SELECT t.sees('op_a_1', 'SELECT count(*) FROM t.visit', '3', 'R-15-4: removed, the license counts again');
SELECT * FROM finish();
ROLLBACK;
