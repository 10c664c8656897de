-- Puts the sample office under protection, as the data bureau's policy officer
-- would: resources and masks, the department's own roles as custodians, and one
-- license for the reporting tool of an operator.
SELECT pdauth.protect('office.person', resource => 'civil/person', region_column => 'division', subject_column => 'person_id');
SELECT pdauth.mask('office.person', 'full_name', 'FUNCTION pdauth.mask_name(full_name)', level => 'important');
SELECT pdauth.mask('office.person', 'citizen_id', 'FUNCTION pdauth.mask_citizen_id(citizen_id)', level => 'important');
SELECT pdauth.mask('office.person', 'mobile', 'FUNCTION pdauth.mask_mobile(mobile)', level => 'important');
SELECT pdauth.protect('office.vehicle', resource => 'transport/vehicle_register', region_column => 'division', subject_column => 'owner_id');
SELECT pdauth.protect('office.clinic_visit', resource => 'health/clinic_visit', region_column => 'division', subject_column => 'patient_id');
SELECT pdauth.mask('office.clinic_visit', 'diagnosis', 'VALUE NULL', level => 'core');
INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES
  ('office_app', '*', 'The office''s own application'),
  ('office_owner', '*', 'Owner of the schema: its views run as this role');
INSERT INTO pdauth.license (licensee, scope, basis) VALUES
  ('bi_reader', '{read on civil/person,transport/vehicle_register(*) for 产业发展/车险 in 532900 during [2026-01-01,) level general}', 'Data-use request 2026-017');
