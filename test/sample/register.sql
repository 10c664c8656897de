-- The register for the demo: the bodies of the rule catalogue's fixture, the
-- vehicle register as a catalogued resource, and a draft plan of Kunming that
-- lacks one item.  Run by a superuser after office.sql and CREATE EXTENSION.
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
\ir ../pgtap/include/fixture.sql
\ir ../pgtap/include/authorisation.sql
-- the privilege alone shows nothing; once the table is a catalogued resource it may not be given any more (R-14-3)
GRANT USAGE ON SCHEMA office TO op_a_1;
GRANT SELECT ON office.vehicle TO op_a_1;
SELECT t.at('2026-09-01 09:00');
SELECT t.license_on_agreement();
SELECT t.catalogued('transport/vehicle_register', 'yn_transport');
SELECT t.act('yn_transport_1', format('UPDATE pdauth.resource SET columns = %L',
  (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute AS a WHERE a.attrelid = 'office.vehicle'::regclass AND a.attnum > 0 AND NOT a.attisdropped)));
SELECT t.classify('transport/vehicle_register', 'yn_transport', (SELECT columns FROM pdauth.resource)), t.find_harmless('transport/vehicle_register', 'yn_transport'), t.find_harmless('transport/vehicle_register', 'yn_bureau');
SELECT t.draft_plan('K-1', 'km_center', '530100', '{transport/vehicle_register}');
SELECT t.act('km_center_1', $$UPDATE pdauth.plan_resource SET columns = '{plate_no,division,model,energy}'; DELETE FROM pdauth.plan_item WHERE number = 9$$);
COMMIT;
