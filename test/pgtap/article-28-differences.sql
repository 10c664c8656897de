-- R-28-7: groups that overlap tell by their differences; who asks too often is stopped.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
\ir include/development.sql
SELECT no_plan();
SELECT t.at('2026-11-23 09:00');
SELECT t.resource('transport/traffic_flow', 'yn_transport'), t.resource('health/health_visit', 'yn_health');
SELECT t.governed_table('traffic_raw', 'transport/traffic_flow'), t.governed_table('health_raw', 'health/health_visit');
INSERT INTO pdauth.license (licensee, scope, basis) SELECT 'yn_cac_1', s::pdauth.license_scope, 'Q-1' FROM unnest(ARRAY['{read on health/health_visit("a","b","division") for 产业发展/车险 in 530100 during [2026-11-01,2027-01-01) level general}',
  '{read on transport/traffic_flow("a","division") for 产业发展/车险 in 530100 during [2026-11-01,2027-01-01) level general}']) AS s;
GRANT SELECT ON t.traffic_raw, t.health_raw TO yn_cac_1;
SET LOCAL pdauth.purpose = '产业发展/车险';
SELECT t.act('yn_bureau_1', format($q$INSERT INTO pdauth.linkage_assessment (number, division, assessor_party, user_party, resources, valid, group_minimum, conclusion)
    VALUES ('L-1', '530000', t.id('yn_bureau'), t.id('yn_cac'), '{transport/traffic_flow,health/health_visit}', '[2026-11-01,2026-12-01)', 10, 'acceptable');
    UPDATE pdauth.linkage_assessment SET state = 'concluded', %s WHERE number = 'L-1'$q$, t.document('L')));
CREATE FUNCTION t.joined() RETURNS text LANGUAGE sql AS $$ SELECT 'SELECT count(*)::text FROM t.traffic_raw AS r JOIN t.health_raw AS h USING (division)' $$;

-- statements of other tests do not count
SELECT pdauth.audit_wait();
-- the worker does not look meanwhile
UPDATE pdauth.detection SET looked_at = clock_timestamp();
DELETE FROM pdauth.detection_due;
DELETE FROM pdauth.denied_attempt;
DELETE FROM pdauth.linked_statement;
SELECT t.sees('yn_cac_1', t.joined(), NULL, 'R-28-7: a join under its assessment') FROM generate_series(1, 2);
SELECT t.sees('yn_cac_1', 'SELECT count(*)::text FROM t.traffic_raw', '1', 'R-28-7: one resource alone');
SELECT pdauth.audit_wait();
SELECT is(pdauth.detect_incidents(), 0, 'R-28-7: two statements are no attack');
SELECT is((SELECT string_agg(role_name || ' ' || combination, '; ') FROM pdauth.linked_statement), 'yn_cac_1 health/health_visit, transport/traffic_flow; yn_cac_1 health/health_visit, transport/traffic_flow', 'R-28-7: they are counted, and no others');
INSERT INTO pdauth.linked_statement SELECT 'yn_cac_1', 'postgres', 'health/health_visit, transport/traffic_flow', clock_timestamp() - make_interval(secs => n) FROM generate_series(1, 97) AS n;
INSERT INTO pdauth.linked_statement SELECT 'yn_cac_1', 'postgres', 'health/health_visit, transport/traffic_flow', clock_timestamp() - interval '25 hours' FROM generate_series(1, 9);
INSERT INTO pdauth.linked_statement SELECT 'yn_cac_1', 'postgres', 'health/health_visit, health/other', clock_timestamp() FROM generate_series(1, 9);
SELECT is(pdauth.detect_incidents(), 0, 'R-28-7: 99 in a day, and others of another day and combination');
SELECT t.sees('yn_cac_1', t.joined(), NULL, 'R-28-7: ... stop nobody');
SELECT pdauth.audit_wait();
SELECT is(pdauth.detect_incidents(), 1, 'R-28-7: the hundredth makes a draft');
SELECT is((SELECT concat_ws(' ', kind, subject, finding) FROM pdauth.incident_draft), 'repeated linkage yn_cac_1 100 statements on health/health_visit, transport/traffic_flow in 1440 minutes.', 'R-28-7: ... which says what was found');
SELECT t.refused('yn_cac_1', t.joined(), 'R-29-7: and stops the person');
SELECT * FROM finish();
ROLLBACK;
