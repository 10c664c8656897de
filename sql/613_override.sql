-- Provisions of the state or the province that prevail over a pack (从其规定, Article 36).

CREATE TABLE pdauth.pack_override (
  override_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number       text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  rule         text NOT NULL REFERENCES pdauth.rule,
  division     pdauth.division_code,
  kind         text NOT NULL CHECK (kind IN ('figure', 'switch', 'list', 'reviewer', 'date')),
  name         text COLLATE "C" NOT NULL,
  value        jsonb NOT NULL,
  unit         text,
  period       daterange NOT NULL CHECK (NOT pg_catalog.isempty(period)),
  citation     text,
  reason       text,
  approved     boolean NOT NULL DEFAULT false,
  proposed_by  bigint,
  proposed_at  timestamptz,
  approved_by  bigint CHECK (approved_by <> proposed_by),
  approved_at  timestamptz
);
CREATE INDEX pack_override_name_index ON pdauth.pack_override (kind, name);
COMMENT ON TABLE pdauth.pack_override IS
  'Higher or special provisions that differ from a pack and prevail over it: for a parameter, in a division and all below it, for a period. A person of the data bureau proposes one with its citation, another approves it; nothing is changed or deleted (R-36-2).';
COMMENT ON COLUMN pdauth.pack_override.override_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.pack_override.number IS 'Number, such as O-1.';
COMMENT ON COLUMN pdauth.pack_override.rule IS 'Rule whose figure or content it changes: refusals by this rule name the override.';
COMMENT ON COLUMN pdauth.pack_override.division IS 'Division it is for, with all below.';
COMMENT ON COLUMN pdauth.pack_override.kind IS 'Kind of the parameter: figure, switch, list, reviewer or date.';
COMMENT ON COLUMN pdauth.pack_override.name IS 'Name of the parameter.';
COMMENT ON COLUMN pdauth.pack_override.value IS 'Value that prevails.';
COMMENT ON COLUMN pdauth.pack_override.unit IS 'Unit of a figure.';
COMMENT ON COLUMN pdauth.pack_override.period IS 'Days on which it prevails; it begins today or later.';
COMMENT ON COLUMN pdauth.pack_override.citation IS 'The provision: document number and article.';
COMMENT ON COLUMN pdauth.pack_override.reason IS 'Why it prevails.';
COMMENT ON COLUMN pdauth.pack_override.approved IS 'Set by a second person of the bureau.';
COMMENT ON COLUMN pdauth.pack_override.proposed_by IS 'Person who proposed it.';
COMMENT ON COLUMN pdauth.pack_override.proposed_at IS 'When.';
COMMENT ON COLUMN pdauth.pack_override.approved_by IS 'Person who approved it: another one.';
COMMENT ON COLUMN pdauth.pack_override.approved_at IS 'When.';
COMMENT ON SEQUENCE pdauth.pack_override_override_id_seq IS 'Numbers of overrides.';

CREATE FUNCTION pdauth.overrides_of(rule text, division pdauth.division_code, day date DEFAULT pdauth.clock_today()) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT string_agg(format('%s: %s = %s (%s)', o.number, o.name, o.value #>> '{}', o.citation), '; ' ORDER BY o.override_id)
    FROM pdauth.pack_override AS o
   WHERE o.rule = overrides_of.rule AND o.approved AND o.period @> overrides_of.day AND pdauth.division_code_contains(o.division, overrides_of.division)
$function$;
REVOKE ALL ON FUNCTION pdauth.overrides_of(text, pdauth.division_code, date) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.overrides_of(text, pdauth.division_code, date) IS
  'Overrides of a rule in force in a division on a day, with their citations, for the DETAIL of a refusal; NULL if there are none, and for NULL.';

CREATE FUNCTION pdauth.keep_pack_override() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor;
  object text;
BEGIN
  IF TG_OP = 'INSERT' AND NEW.proposed_at IS NOT NULL AND pdauth.break_glass_active() THEN
    RETURN NEW;  -- restored
  ELSIF TG_OP = 'DELETE' THEN
    PERFORM pdauth.refuse('R-36-2', 'override ' || OLD.number, 'Overrides are not deleted.');
  END IF;
  object := 'override ' || NEW.number;
  actor := pdauth.require_actor();
  IF actor.capacity <> 'bureau' OR NOT coalesce(pdauth.division_code_contains(actor.division, NEW.division), false) THEN
    PERFORM pdauth.refuse('R-36-2', object, format('Scope: %s. Overrides are entered by the data bureau, for its territory.', coalesce(NEW.division::text, 'none')));
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.approved THEN
      PERFORM pdauth.refuse('R-36-2', object, 'It begins as a proposal, not approved yet.');
    ELSIF pdauth.is_blank(NEW.citation) OR pdauth.is_blank(NEW.reason) THEN
      PERFORM pdauth.refuse('R-36-2', object, 'The citation or the reason is missing.');
    ELSIF coalesce(lower(NEW.period), '-infinity') < pdauth.clock_today() THEN
      PERFORM pdauth.refuse('R-36-2', object, 'It must not begin before today: finished periods stay as they were.');
    ELSIF NOT EXISTS (SELECT FROM pdauth.pack_parameter AS p WHERE p.kind = NEW.kind AND p.name = NEW.name) THEN
      PERFORM pdauth.refuse('R-36-2', object, format('No pack has a %s of the name %s.', NEW.kind, NEW.name));
    ELSIF NOT pdauth.parameter_allowed(NEW.kind, NEW.name, NEW.value) THEN
      PERFORM pdauth.refuse('R-36-2', object, format('The value is no %s.', NEW.kind));
    END IF;
    NEW.proposed_by := actor.person_id;
    NEW.proposed_at := pdauth.clock_now();
    NEW.approved_by := NULL;
    NEW.approved_at := NULL;
    RETURN NEW;
  END IF;
  IF OLD.approved OR NOT NEW.approved OR to_jsonb(NEW) - 'approved' <> to_jsonb(OLD) - 'approved' THEN
    PERFORM pdauth.refuse('R-36-2', object, 'An override is not changed. Only the approval of a proposal is recorded here.');
  ELSIF actor.person_id = OLD.proposed_by THEN
    PERFORM pdauth.refuse('R-36-2', object, 'The person who proposed it cannot approve it.');
  ELSIF lower(NEW.period) < pdauth.clock_today() THEN
    PERFORM pdauth.refuse('R-36-2', object, 'Its first day has passed before it was approved.');
  END IF;
  NEW.approved_by := actor.person_id;
  NEW.approved_at := pdauth.clock_now();
  IF NEW.kind = 'figure' AND NEW.name = 'log_retention_years' THEN
    INSERT INTO pdauth.retention (keep_for, basis, statutory)
    VALUES (make_interval(years => NEW.value::integer), format('R-25-10: override %s from %s on, %s', NEW.number, lower(NEW.period), NEW.citation), true);
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.keep_pack_override() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.keep_pack_override() IS
  'Trigger of pdauth.pack_override: proposed with citation and scope by one person of the bureau and approved by another, in effect not before today, never changed (PD362, R-36-2); years of retention are those of the whole log from the approval on (R-25-10).';
CREATE TRIGGER keep_pack_override BEFORE INSERT OR UPDATE OR DELETE ON pdauth.pack_override
  FOR EACH ROW EXECUTE FUNCTION pdauth.keep_pack_override();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON pdauth.pack_override
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.refuse_evidence_change();
ALTER TABLE pdauth.pack_override ENABLE ALWAYS TRIGGER keep_pack_override;
ALTER TABLE pdauth.pack_override ENABLE ALWAYS TRIGGER refuse_truncate;
SELECT pg_catalog.pg_extension_config_dump('pdauth.pack_override', '');
SELECT pg_catalog.pg_extension_config_dump('pdauth.pack_override_override_id_seq', '');
-- Provisions that prevail are public law, as the packs are.
GRANT SELECT ON pdauth.pack_override TO PUBLIC;
GRANT INSERT (number, rule, division, kind, name, value, unit, period, citation, reason), UPDATE (approved) ON pdauth.pack_override TO pdauth_register;
