-- What the loaded tables do: keys between them, indexes, views, functions,
-- a trigger, and who may use them.
SET ROLE office_owner;

ALTER TABLE office.division ADD FOREIGN KEY (parent) REFERENCES office.division;
ALTER TABLE office.person ADD UNIQUE (citizen_id), ADD FOREIGN KEY (division) REFERENCES office.division;
ALTER TABLE office.enterprise ADD FOREIGN KEY (representative_id) REFERENCES office.person,
	ADD FOREIGN KEY (division) REFERENCES office.division;
ALTER TABLE office.vehicle ADD UNIQUE (plate_no, registered_on), ADD FOREIGN KEY (owner_id) REFERENCES office.person,
	ADD FOREIGN KEY (division) REFERENCES office.division;
ALTER TABLE office.clinic ADD FOREIGN KEY (division) REFERENCES office.division;
ALTER TABLE office.clinic_visit ADD FOREIGN KEY (patient_id) REFERENCES office.person,
	ADD FOREIGN KEY (clinic_id) REFERENCES office.clinic, ADD FOREIGN KEY (division) REFERENCES office.division;

CREATE INDEX person_division ON office.person (division);
CREATE INDEX person_full_name ON office.person (full_name);
CREATE INDEX enterprise_name ON office.enterprise (name);
CREATE INDEX enterprise_representative ON office.enterprise (representative_id);
CREATE INDEX vehicle_owner ON office.vehicle (owner_id);
CREATE INDEX vehicle_division ON office.vehicle (division, registered_on);
CREATE INDEX clinic_visit_patient ON office.clinic_visit (patient_id, visited_at);

CREATE VIEW office.vehicle_holder AS
	SELECT v.plate_no, v.model, v.registered_on, v.division, p.full_name, p.citizen_id, p.mobile
	  FROM office.vehicle AS v JOIN office.person AS p ON p.person_id = v.owner_id;
COMMENT ON VIEW office.vehicle_holder IS 'Vehicles with their holders.';

-- A view over a view.
CREATE VIEW office.vehicle_holder_by_county AS
	SELECT d.name AS county, count(*) AS vehicles, count(DISTINCT h.citizen_id) AS holders
	  FROM office.vehicle_holder AS h JOIN office.division AS d ON d.code = h.division
	 GROUP BY d.code, d.name;
COMMENT ON VIEW office.vehicle_holder_by_county IS 'How many vehicles and holders each county has.';

CREATE VIEW office.enterprise_contact AS
	SELECT e.uscc, e.name, e.division, p.full_name AS representative, p.mobile
	  FROM office.enterprise AS e JOIN office.person AS p ON p.person_id = e.representative_id;
COMMENT ON VIEW office.enterprise_contact IS 'Whom to call in an enterprise.';

-- A body that is parsed once and stored.
CREATE FUNCTION office.holder_of(plate text) RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT h.full_name FROM office.vehicle_holder AS h WHERE h.plate_no = plate ORDER BY h.registered_on DESC LIMIT 1;
END;
COMMENT ON FUNCTION office.holder_of(text) IS 'Name of the holder of a number plate.';

-- A set-returning body kept as text, which the planner may inline.
CREATE FUNCTION office.vehicles_in(county text) RETURNS SETOF office.vehicle
LANGUAGE sql STABLE
AS $$ SELECT v.* FROM office.vehicle AS v WHERE v.division = county $$;
COMMENT ON FUNCTION office.vehicles_in(text) IS 'Vehicles registered in a county.';

-- Runs with its owner's rights.
CREATE FUNCTION office.visits_of(number text) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	visits bigint;
BEGIN
	SELECT count(*) INTO visits
	  FROM office.clinic_visit AS c JOIN office.person AS p ON p.person_id = c.patient_id
	 WHERE p.citizen_id = number;
	RETURN visits;
END
$$;
COMMENT ON FUNCTION office.visits_of(text) IS 'How often the holder of a citizen id number was at a clinic.';
REVOKE ALL ON FUNCTION office.visits_of(text) FROM PUBLIC;

CREATE FUNCTION office.note_update() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
	NEW.updated_at := clock_timestamp();
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION office.note_update() IS 'Trigger: notes when a row was changed.';

CREATE TRIGGER note_update BEFORE UPDATE ON office.person FOR EACH ROW EXECUTE FUNCTION office.note_update();
CREATE TRIGGER note_update BEFORE UPDATE ON office.enterprise FOR EACH ROW EXECUTE FUNCTION office.note_update();
CREATE TRIGGER note_update BEFORE UPDATE ON office.vehicle FOR EACH ROW EXECUTE FUNCTION office.note_update();
CREATE TRIGGER note_update BEFORE UPDATE ON office.clinic_visit FOR EACH ROW EXECUTE FUNCTION office.note_update();

GRANT USAGE ON SCHEMA office TO office_app, bi_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA office TO office_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA office TO office_app;
GRANT EXECUTE ON FUNCTION office.visits_of(text) TO office_app;
GRANT SELECT ON ALL TABLES IN SCHEMA office TO bi_reader;

RESET ROLE;
ANALYZE office.division, office.person, office.enterprise, office.vehicle, office.clinic, office.clinic_visit;
