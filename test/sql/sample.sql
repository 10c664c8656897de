-- The sample office loads, and its identifiers are valid by an independent
-- computation.  Everything is rolled back, the roles too.
\getenv abs_srcdir PG_ABS_SRCDIR
\set office :abs_srcdir '/sample/office.sql'
\set check :abs_srcdir '/sample/check.sql'
\set rows 1000
SET client_min_messages = warning;
BEGIN;
\set ECHO none
\i :office
\i :check
\set ECHO all

-- Its contents are the same on every server, whatever the session's settings:
-- it was loaded in a time zone that changes its clocks (pg_regress sets one).
SELECT timestamptz '2026-01-15 00:00Z' + interval '200 days' <> timestamptz '2026-01-15 00:00Z' + interval '4800 hours' AS clocks_change;
SET LOCAL DateStyle = 'ISO';
SET LOCAL TimeZone = 'Asia/Shanghai';
SELECT 'division' AS relation, md5(string_agg(d::text, E'\n' ORDER BY code)) AS contents FROM office.division AS d
UNION ALL
SELECT 'person', md5(string_agg(p::text, E'\n' ORDER BY person_id)) FROM office.person AS p
UNION ALL
SELECT 'enterprise', md5(string_agg(e::text, E'\n' ORDER BY uscc)) FROM office.enterprise AS e
UNION ALL
SELECT 'vehicle', md5(string_agg(v::text, E'\n' ORDER BY vehicle_id)) FROM office.vehicle AS v
UNION ALL
SELECT 'clinic_visit', md5(string_agg(c::text, E'\n' ORDER BY visit_id)) FROM office.clinic_visit AS c;

-- Its own roles read and write it; the reader only reads.
SET LOCAL ROLE office_app;
UPDATE office.person SET mobile = '13900000000' WHERE person_id = 1 RETURNING updated_at IS NOT NULL AS trigger_fired;
INSERT INTO office.vehicle (registered_on, plate_no, owner_id, division, model, energy, mileage)
  VALUES ('2026-07-01', '云LZZ999', 1, '532901', '小型轿车', '汽油', 0) RETURNING vehicle_id, tableoid::regclass;
SELECT office.holder_of('云LZZ999') = full_name AS holder_found FROM office.person WHERE person_id = 1;
SELECT office.visits_of(p.citizen_id) = count(*) AS visits_counted
  FROM office.person AS p JOIN office.clinic_visit AS v ON v.patient_id = p.person_id
 WHERE p.person_id = (SELECT patient_id FROM office.clinic_visit WHERE visit_id = 1) GROUP BY p.citizen_id;
SELECT count(*) = (SELECT count(*) FROM office.vehicle WHERE division = '532901') AS counts_agree FROM office.vehicles_in('532901');
SELECT sum(vehicles) FROM office.vehicle_holder_by_county;
SET LOCAL ROLE bi_reader;
SELECT count(*) FROM office.enterprise_contact;
SAVEPOINT before_refusal;
UPDATE office.person SET mobile = NULL;
ROLLBACK TO before_refusal;
RESET ROLE;

-- The self-check finds each thing it looks for.
ALTER TABLE office.person DROP CONSTRAINT person_citizen_id_key;
UPDATE office.person SET citizen_id = translate(citizen_id, '0123456789', '1234567890') WHERE person_id = 17;
UPDATE office.person SET citizen_id = (SELECT citizen_id FROM office.person WHERE person_id = 19) WHERE person_id = 18;
UPDATE office.person SET mobile = NULL, full_name = 'Li' WHERE person_id = 20;
UPDATE office.enterprise SET uscc = translate(uscc, 'MA', 'AM') WHERE uscc = (SELECT min(uscc) FROM office.enterprise);
UPDATE office.enterprise SET division = '530000' WHERE uscc = (SELECT max(uscc) FROM office.enterprise);
UPDATE office.vehicle SET plate_no = '云Q12345' WHERE vehicle_id IN (5, 6);
UPDATE office.vehicle SET registered_on = '1999-01-01' WHERE vehicle_id = 7;
UPDATE office.division SET parent = '530100' WHERE code = '532901';
UPDATE office.clinic_visit SET clinic_id = 1 + clinic_id % 18 WHERE visit_id = 9;
\set ECHO none
\i :check
\set ECHO all
ROLLBACK;
