-- Registration of resources and products (登记, Article 18), which follows the
-- first provision or delivery (reading A-14).

CREATE TABLE pdauth.registration (
  registration_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number          text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  holder_party    bigint NOT NULL REFERENCES pdauth.party,
  division        pdauth.division_code,
  path            text COLLATE "C" REFERENCES pdauth.resource (path),
  product_id      bigint REFERENCES pdauth.product,
  preservation    text CHECK (pdauth.has_content(preservation)),
  query_code      text CHECK (pdauth.has_content(query_code)),
  valid_until     date,
  ground          text,
  state           text NOT NULL DEFAULT 'applied',
  act_date        date,
  act_document    text,
  act_digest      pdauth.document_digest,
  act_reason      text,
  registered_at   timestamptz,
  CHECK ((path IS NULL) <> (product_id IS NULL))
);
CREATE INDEX registration_path_index ON pdauth.registration (path);
CREATE INDEX registration_product_index ON pdauth.registration (product_id);
COMMENT ON TABLE pdauth.registration IS 'Applications to register a resource (by its department) or a product (by who made it) with the registration authority, and what came of them. An application fulfils the duty of R-18-1 and R-18-3; what comes after it is in the pack of the state (N26), see pdauth.registration_procedure_violations().';
COMMENT ON COLUMN pdauth.registration.registration_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.registration.number IS 'Number of the application.';
COMMENT ON COLUMN pdauth.registration.holder_party IS 'Who applies.';
COMMENT ON COLUMN pdauth.registration.division IS 'Division.';
COMMENT ON COLUMN pdauth.registration.path IS 'Resource, or NULL for a product.';
COMMENT ON COLUMN pdauth.registration.product_id IS 'Product, or NULL for a resource.';
COMMENT ON COLUMN pdauth.registration.preservation IS 'Where the evidence of the resource or product was preserved before the application (存证, N26-3).';
COMMENT ON COLUMN pdauth.registration.query_code IS 'Query code (查询码) given by the registration authority.';
COMMENT ON COLUMN pdauth.registration.valid_until IS 'Last day of its validity.';
COMMENT ON COLUMN pdauth.registration.ground IS 'Ground of a cancellation or revocation: a word of the pack''s list cancellation_grounds or revocation_grounds (N26-10, N26-12).';
COMMENT ON COLUMN pdauth.registration.state IS 'applied, returned (with all its defects), accepted, publicised, coded, renewing, changing, cancelling, cancelled or revoked.';
COMMENT ON COLUMN pdauth.registration.act_date IS 'Legal date of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.registration.act_document IS 'Document of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.registration.act_digest IS 'Its digest; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.registration.act_reason IS 'Reason of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.registration.registered_at IS 'When it was registered.';

CREATE TABLE pdauth.running_operation (
  operation_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number       text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  division     pdauth.division_code,
  path         text COLLATE "C" REFERENCES pdauth.resource (path),
  product_id   bigint REFERENCES pdauth.product,
  started_on   date NOT NULL,
  evidence     text NOT NULL CHECK (pdauth.has_content(evidence)),
  recorded_at  timestamptz NOT NULL,
  recorded_by  name NOT NULL,
  CHECK ((path IS NULL) <> (product_id IS NULL))
);
COMMENT ON TABLE pdauth.running_operation IS 'Resources and products whose authorised operation had begun before the measure took effect: they are registered supplementarily (补充登记, R-18-3).';
COMMENT ON COLUMN pdauth.running_operation.operation_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.running_operation.number IS 'Number.';
COMMENT ON COLUMN pdauth.running_operation.division IS 'Division.';
COMMENT ON COLUMN pdauth.running_operation.path IS 'Resource, or NULL for a product.';
COMMENT ON COLUMN pdauth.running_operation.product_id IS 'Product, or NULL for a resource.';
COMMENT ON COLUMN pdauth.running_operation.started_on IS 'When it began, before the effective date.';
COMMENT ON COLUMN pdauth.running_operation.evidence IS 'What shows it.';
COMMENT ON COLUMN pdauth.running_operation.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.running_operation.recorded_by IS 'Role that inserted it.';

-- The acts of the registration authority (登记机构) rest on its documents; the
-- holder or the data authority enters them.
INSERT INTO pdauth.life_cycle VALUES ('registration', 'registration_id', 'number', 'registration_violations', 'registration_effects', 'R-18-1', 'R-18-1', 'R-18-1', '{returned}');
INSERT INTO pdauth.life_cycle_transition
  SELECT 'registration', v.from_state, v.to_state, CASE v.actor WHEN 'holder' THEN h.holder WHEN 'authority' THEN h.authority ELSE h.holder || h.authority END, 'R-18-1', v.needs
    FROM (SELECT '{provider,operator,developer}'::text[] AS holder, '{bureau,prefecture,county}'::text[] AS authority) AS h,
   (VALUES
    ('', 'applied', 'holder', '{document}'::text[]),
    ('applied', 'returned', 'either', '{document,reason}'),
    ('returned', 'applied', 'holder', '{document}'),
    ('applied', 'accepted', 'either', '{document}'),
    ('accepted', 'publicised', 'either', '{document}'),
    ('accepted', 'coded', 'either', '{document}'),
    ('publicised', 'coded', 'either', '{document}'),
    ('coded', 'renewing', 'holder', '{document}'),
    ('renewing', 'coded', 'either', '{document}'),
    ('coded', 'changing', 'holder', '{document,reason}'),
    ('changing', 'coded', 'either', '{document}'),
    ('coded', 'cancelling', 'holder', '{document,reason}'),
    ('cancelling', 'cancelled', 'either', '{document}'),
    ('applied', 'cancelled', 'either', '{reason}'),
    ('returned', 'cancelled', 'either', '{reason}'),
    ('accepted', 'cancelled', 'either', '{reason}'),
    ('publicised', 'cancelled', 'either', '{reason}'),
    ('coded', 'cancelled', 'either', '{reason}'),
    ('renewing', 'cancelled', 'either', '{reason}'),
    ('coded', 'revoked', 'authority', '{document,reason}'),
    ('renewing', 'revoked', 'authority', '{document,reason}'),
    ('changing', 'revoked', 'authority', '{document,reason}'),
    ('cancelling', 'revoked', 'authority', '{document,reason}')) AS v (from_state, to_state, actor, needs);

CREATE FUNCTION pdauth.registration_object(path text, product_id bigint, OUT life_cycle text, OUT object_id bigint, OUT object text, OUT holder_party bigint, OUT division pdauth.division_code) RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'resource', r.resource_id, 'resource ' || r.path, r.provider_party, r.division FROM pdauth.resource AS r WHERE r.path = registration_object.path
  UNION ALL
  SELECT 'product', p.product_id, 'product ' || p.number, p.owner_party, p.division FROM pdauth.product AS p WHERE p.product_id = registration_object.product_id
$function$;
REVOKE ALL ON FUNCTION pdauth.registration_object(text, bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.registration_object(text, bigint) IS 'A resource (by path) or product (by key) as the register''s duties name it, and who registers it. No rows for NULL.';

CREATE FUNCTION pdauth.open_registration(path text, product_id bigint, day date, rule text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  found record;
BEGIN
  SELECT * INTO found FROM pdauth.registration_object(path, product_id) AS o;
  IF product_id IS NOT NULL AND NOT pdauth.switched_on('product_registration_mandatory', found.division) THEN
    RETURN;
  END IF;
  IF EXISTS (SELECT FROM pdauth.registration AS g WHERE (g.path = open_registration.path OR g.product_id = open_registration.product_id) AND g.state NOT IN ('cancelled', 'revoked'))
     OR EXISTS (SELECT FROM pdauth.register_duty AS d WHERE d.life_cycle = found.life_cycle AND d.object_id = found.object_id AND d.rule IN ('R-18-1', 'R-18-3')) THEN
    RETURN;  -- only the first provision begins it
  END IF;
  PERFORM pdauth.open_duty(found.life_cycle, found.object_id, found.object, rule, found.holder_party, pdauth.data_authority(found.division), day,
    pdauth.figure(CASE rule WHEN 'R-18-1' THEN 'registration_first_wd' ELSE 'registration_legacy_wd' END, found.division, day) || ' workdays');
END
$function$;
REVOKE ALL ON FUNCTION pdauth.open_registration(text, bigint, date, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.open_registration(text, bigint, date, text) IS 'Opens the duty to register a resource or product within the pack''s working days, unless it is open or met already (R-18-1, R-18-3), or it is a product and the pack has the switch product_registration_mandatory off.';

CREATE FUNCTION pdauth.registration_overdue(path text, product_id bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT EXISTS (SELECT FROM pdauth.registration_object(path, product_id) AS o JOIN pdauth.register_duty AS d ON d.life_cycle = o.life_cycle AND d.object_id = o.object_id
                   JOIN pdauth.obligation_status AS s USING (obligation_id)
                  WHERE d.rule = 'R-18-1' AND s.status = 'overdue' AND pdauth.switched_on('registration_gate', o.division))
$function$;
REVOKE ALL ON FUNCTION pdauth.registration_overdue(text, bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.registration_overdue(text, bigint) IS 'Is the registration of a resource or product overdue, and does the pack''s switch registration_gate hold deliveries back for it (R-18-1)?';

CREATE FUNCTION pdauth.registration_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-18-1', step.object, format('%s is registered by %s.', o.object, pdauth.party_code(o.holder_party)), NULL::text
    FROM pdauth.registration AS g, pdauth.registration_object(g.path, g.product_id) AS o
   WHERE g.registration_id = step.object_id
     AND (o.holder_party <> g.holder_party OR NOT pdauth.division_code_equal(g.division, o.division)
          OR step.party_id <> CASE WHEN step.capacity IN ('bureau', 'prefecture', 'county') THEN pdauth.data_authority(g.division) ELSE g.holder_party END)
  UNION ALL
  SELECT 'R-18-2', step.object, format('%s is withdrawn.', g.path), NULL
    FROM pdauth.registration AS g JOIN pdauth.resource AS r USING (path) WHERE g.registration_id = step.object_id AND step.to_state = 'applied' AND r.state = 'withdrawn'
  UNION ALL
  SELECT 'R-18-1', step.object, 'The query code or its validity is missing.', NULL
    FROM pdauth.registration AS g WHERE g.registration_id = step.object_id AND step.to_state = 'coded' AND (g.query_code IS NULL OR g.valid_until IS NULL)
$function$;
REVOKE ALL ON FUNCTION pdauth.registration_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.registration_violations(pdauth.transition) IS 'Check function of registrations: by the holder, of what is catalogued, completed by the query code (R-18-1, R-18-2).';

CREATE FUNCTION pdauth.registration_effects(step pdauth.transition) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT pdauth.close_duty(o.life_cycle, o.object_id, d.rule, LEAST(pdauth.clock_now(), pdauth.instant_at(step.event_date, time '24:00')), step.object)
    FROM pdauth.registration AS g, pdauth.registration_object(g.path, g.product_id) AS o, (VALUES ('R-18-1'), ('R-18-3')) AS d (rule)
   WHERE g.registration_id = step.object_id AND step.to_state = 'applied'
$function$;
REVOKE ALL ON FUNCTION pdauth.registration_effects(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.registration_effects(pdauth.transition) IS 'What follows from an application to register: the duty is fulfilled (R-18-1, R-18-3).';

CREATE FUNCTION pdauth.registration_figure(name text, division pdauth.division_code, day date DEFAULT pdauth.clock_today()) RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$ SELECT pdauth.pack_value('figure', name, division, day)::integer $function$;
REVOKE ALL ON FUNCTION pdauth.registration_figure(text, pdauth.division_code, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.registration_figure(text, pdauth.division_code, date) TO pdauth_register, pdauth_policy_admin, pdauth_auditor;
COMMENT ON FUNCTION pdauth.registration_figure(text, pdauth.division_code, date) IS 'A figure of the procedure of registration on a day; NULL where no pack in effect has it (N26 is not adopted): then nothing is asked.';

CREATE FUNCTION pdauth.keep_registration() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  object constant text := pdauth.object_label('registration', OLD.number);
  renewal_years constant integer := CASE WHEN OLD.state = 'renewing' AND NEW.state = 'coded' THEN pdauth.registration_figure('registration_validity_years', OLD.division) END;
BEGIN
  IF (NEW.path, NEW.product_id, NEW.holder_party) IS DISTINCT FROM (OLD.path, OLD.product_id, OLD.holder_party) THEN
    PERFORM pdauth.refuse('R-18-1', object, 'What it registers, and for whom, stays.', 'Apply anew.', OLD.division);
  ELSIF NEW.query_code IS DISTINCT FROM OLD.query_code AND NOT (NEW.state = 'coded' AND OLD.state IN ('accepted', 'publicised'))
     OR NEW.valid_until IS DISTINCT FROM OLD.valid_until AND NOT (NEW.state = 'coded' AND OLD.state IN ('accepted', 'publicised', 'renewing')) THEN
    PERFORM pdauth.refuse('R-18-1', object, 'The query code and its validity come with the step to coded.', NULL, OLD.division);
  ELSIF NEW.ground IS DISTINCT FROM OLD.ground AND NOT (NEW.state IN ('cancelling', 'revoked') AND OLD.state <> NEW.state) THEN
    PERFORM pdauth.refuse('R-18-1', object, 'The ground comes with the step to cancelling or revoked.', NULL, OLD.division);
  ELSIF OLD.state = 'renewing' AND NEW.state = 'coded' AND NOT coalesce(NEW.valid_until > OLD.valid_until AND NEW.valid_until <= coalesce((OLD.valid_until + make_interval(years => renewal_years))::date, 'infinity'), false) THEN
    PERFORM pdauth.refuse('R-18-1', object, format('N26-9 (Art. 15): it is valid until %s, and renewed for at most %s years from the day after.', OLD.valid_until, renewal_years), NULL, OLD.division);
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.keep_registration() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.keep_registration() IS 'Row trigger of pdauth.registration: object and holder stay, the code is given once, with its evidence, and a renewal follows on what it renews (PD181, R-18-1, N26-9).';

CREATE FUNCTION pdauth.check_running_operation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  effective date;
  found record;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NULL;
  END IF;
  SELECT * INTO found FROM pdauth.registration_object(NEW.path, NEW.product_id) AS o;
  effective := (pdauth.pack_value('date', 'effective_date', found.division) #>> '{}')::date;
  IF NEW.started_on >= effective OR NOT pdauth.division_code_contains((pdauth.require_actor()).division, found.division) THEN
    PERFORM pdauth.refuse('R-18-3', 'running operation ' || NEW.number, format('The measure took effect on %s; %s is of %s.', effective, found.object, found.division), NULL, found.division);
  END IF;
  PERFORM pdauth.open_registration(NEW.path, NEW.product_id, effective, 'R-18-3');
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_running_operation() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_running_operation() IS 'Row trigger of running operations: begun before the effective date, in the territory of who records it; opens the duty to register supplementarily (R-18-3).';

-- First delivery of a product; later ones wait where the pack says so.
CREATE FUNCTION pdauth.follow_delivery() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  found record;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NULL;
  END IF;
  SELECT * INTO found FROM pdauth.registration_object(NULL, NEW.product_id) AS o;
  IF pdauth.registration_overdue(NULL, NEW.product_id) THEN
    PERFORM pdauth.refuse('R-18-1', 'delivery of ' || found.object, 'It was delivered before and has not been registered in time.', NULL, found.division);
  END IF;
  PERFORM pdauth.open_registration(NULL, NEW.product_id, pdauth.clock_today(), 'R-18-1');
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.follow_delivery() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.follow_delivery() IS 'Row trigger of deliveries: the first one opens the duty to register the product; with registration_gate on, none is made while it is overdue (PD181, R-18-1).';

-- What draws on something uncatalogued is no product of authorised operation.
CREATE FUNCTION pdauth.check_source_catalogued() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NOT pdauth.break_glass_active() AND NOT EXISTS (SELECT FROM pdauth.resource AS r WHERE r.path = NEW.source AND r.state <> 'withdrawn') THEN
    PERFORM pdauth.refuse('R-18-2', 'product ' || p.number, format('There is no catalogue entry %s.', NEW.source), NULL, p.division) FROM pdauth.product AS p WHERE p.product_id = NEW.product_id;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_source_catalogued() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_source_catalogued() IS 'Row trigger of pdauth.product_source: sources are catalogued (PD182, R-18-2).';

SELECT pdauth.register_table('pdauth.registration', '{provider,operator,developer,bureau,prefecture,county}', 'R-18-1', 'query_code', 'valid_until', 'ground');
SELECT pdauth.register_table('pdauth.running_operation', '{agency,bureau,prefecture,county}', 'R-18-3');
CREATE TRIGGER check_registration BEFORE UPDATE ON pdauth.registration FOR EACH ROW EXECUTE FUNCTION pdauth.keep_registration();
ALTER TABLE pdauth.registration ENABLE ALWAYS TRIGGER check_registration;
CREATE TRIGGER check_running_operation AFTER INSERT ON pdauth.running_operation FOR EACH ROW EXECUTE FUNCTION pdauth.check_running_operation();
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.running_operation FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record();
CREATE TRIGGER follow_delivery AFTER INSERT ON pdauth.delivery FOR EACH ROW EXECUTE FUNCTION pdauth.follow_delivery();
CREATE TRIGGER check_source_catalogued BEFORE INSERT OR UPDATE ON pdauth.product_source FOR EACH ROW EXECUTE FUNCTION pdauth.check_source_catalogued();
ALTER TABLE pdauth.running_operation ENABLE ALWAYS TRIGGER check_running_operation;
ALTER TABLE pdauth.running_operation ENABLE ALWAYS TRIGGER keep_record;
ALTER TABLE pdauth.delivery ENABLE ALWAYS TRIGGER follow_delivery;
ALTER TABLE pdauth.product_source ENABLE ALWAYS TRIGGER check_source_catalogued;
CREATE POLICY register ON pdauth.registration USING (pdauth.may_see(division, holder_party)) WITH CHECK (true);
CREATE POLICY register ON pdauth.running_operation USING (pdauth.may_see(division, (SELECT r.provider_party FROM pdauth.resource AS r WHERE r.path = running_operation.path), (SELECT p.owner_party FROM pdauth.product AS p WHERE p.product_id = running_operation.product_id))) WITH CHECK (true);
