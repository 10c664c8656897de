-- Jurisdiction packs: what the rules of a territory are, as versioned data.

CREATE TABLE pdauth.jurisdiction_pack (
  pack         text COLLATE "C" PRIMARY KEY,
  title        text NOT NULL,
  title_chinese text NOT NULL,
  territory    pdauth.division_code,
  published_on date NOT NULL,
  source       text NOT NULL
);
COMMENT ON TABLE pdauth.jurisdiction_pack IS 'Packs installed. The pack of an object is the one of the smallest territory that contains its division; what it does not set comes from those of the territories around it, then from the packs of the state that it adopts.';
COMMENT ON COLUMN pdauth.jurisdiction_pack.pack IS 'Name with its version.';
COMMENT ON COLUMN pdauth.jurisdiction_pack.title IS 'Title in English.';
COMMENT ON COLUMN pdauth.jurisdiction_pack.title_chinese IS 'Title in Chinese.';
COMMENT ON COLUMN pdauth.jurisdiction_pack.territory IS 'Division it is for, with all below; NULL for a pack of the state, which counts where a territory''s pack adopts it (switch "adopts <pack>").';
COMMENT ON COLUMN pdauth.jurisdiction_pack.published_on IS 'Date of its text.';
COMMENT ON COLUMN pdauth.jurisdiction_pack.source IS 'Where the text was published.';
GRANT SELECT ON pdauth.jurisdiction_pack TO PUBLIC;

CREATE TABLE pdauth.pack_parameter (
  parameter_id   bigint GENERATED ALWAYS AS IDENTITY (START 100000) PRIMARY KEY,
  pack           text NOT NULL REFERENCES pdauth.jurisdiction_pack,
  kind           text NOT NULL CHECK (kind IN ('figure', 'switch', 'list', 'mode', 'reviewer', 'date')),
  name           text COLLATE "C" NOT NULL,
  value          jsonb NOT NULL,
  unit           text,
  source         text,
  reason         text,
  effective_from date,
  approved       boolean NOT NULL DEFAULT false,
  shipped        boolean NOT NULL DEFAULT false,
  proposed_by    bigint REFERENCES pdauth.person,
  proposed_at    timestamptz,
  approved_by    bigint REFERENCES pdauth.person CHECK (approved_by <> proposed_by),
  approved_at    timestamptz
);
CREATE INDEX pack_parameter_name_index ON pdauth.pack_parameter (pack, kind, name);
COMMENT ON TABLE pdauth.pack_parameter IS
  'Versions of the parameters of packs: figures, switches, item lists, modes of rules, reviewers, dates. A person of the bureau inserts pack, kind, name, value, source and reason; another one sets approved; the latest approved version in effect counts. Nothing is changed or deleted (X-6).';
COMMENT ON COLUMN pdauth.pack_parameter.parameter_id IS 'Number, given by the system.';
COMMENT ON COLUMN pdauth.pack_parameter.pack IS 'The pack.';
COMMENT ON COLUMN pdauth.pack_parameter.kind IS 'figure: a whole number with its unit. switch: true or false. list: items of a document, or allowed words. mode: enforce, observe or off, for the rule that name gives or for "all" of them. reviewer: the capacity that decides. date: such as the effective date.';
COMMENT ON COLUMN pdauth.pack_parameter.name IS 'What it is called in the checks.';
COMMENT ON COLUMN pdauth.pack_parameter.value IS 'The value.';
COMMENT ON COLUMN pdauth.pack_parameter.unit IS 'Unit of a figure.';
COMMENT ON COLUMN pdauth.pack_parameter.source IS 'Legal source.';
COMMENT ON COLUMN pdauth.pack_parameter.reason IS 'Why it was changed.';
COMMENT ON COLUMN pdauth.pack_parameter.effective_from IS 'First day; not in the past, so that finished periods stay as they were.';
COMMENT ON COLUMN pdauth.pack_parameter.approved IS 'Set by a second person of the bureau.';
COMMENT ON COLUMN pdauth.pack_parameter.shipped IS 'Came with pdauth.';
COMMENT ON COLUMN pdauth.pack_parameter.proposed_by IS 'Person who proposed it.';
COMMENT ON COLUMN pdauth.pack_parameter.proposed_at IS 'When.';
COMMENT ON COLUMN pdauth.pack_parameter.approved_by IS 'Person who approved it: another one.';
COMMENT ON COLUMN pdauth.pack_parameter.approved_at IS 'When.';
COMMENT ON SEQUENCE pdauth.pack_parameter_parameter_id_seq IS 'Numbers of parameter versions.';

CREATE FUNCTION pdauth.territory_packs(division pdauth.division_code, OUT pack text, OUT place bigint) RETURNS SETOF record
LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT p.pack, row_number() OVER (ORDER BY (SELECT count(*) FROM pdauth.jurisdiction_pack AS o WHERE pdauth.division_code_contains(o.territory, p.territory)) DESC, p.published_on DESC, p.pack)
    FROM pdauth.jurisdiction_pack AS p WHERE pdauth.division_code_contains(p.territory, territory_packs.division)
$function$;
REVOKE ALL ON FUNCTION pdauth.territory_packs(pdauth.division_code) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.territory_packs(pdauth.division_code) IS 'Packs of the territories around a division, the smallest first. No rows if there is none, and for NULL.';

CREATE FUNCTION pdauth.pack_of(division pdauth.division_code) RETURNS text
LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$ SELECT t.pack FROM pdauth.territory_packs(pack_of.division) AS t WHERE t.place = 1 $function$;
REVOKE ALL ON FUNCTION pdauth.pack_of(pdauth.division_code) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.pack_of(pdauth.division_code) IS 'The pack of a division: the installed one of the smallest territory around it. NULL if there is none (R-3-1), and for NULL.';

CREATE FUNCTION pdauth.holder_of_kind(capacity text, division pdauth.division_code) RETURNS bigint
LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  -- a prefecture may have a pack of its own; the bureau is the province's
  SELECT h.party_id FROM pdauth.territory_packs(division) AS t JOIN pdauth.jurisdiction_pack AS p USING (pack)
   CROSS JOIN LATERAL pdauth.holder_of(capacity, p.territory) AS h(party_id) WHERE h.party_id IS NOT NULL ORDER BY t.place LIMIT 1
$function$;
REVOKE ALL ON FUNCTION pdauth.holder_of_kind(text, pdauth.division_code) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.holder_of_kind(text, pdauth.division_code) IS 'The party that has a capacity for the whole territory of a pack around the division, the smallest that has one; NULL if none, and for NULL.';

CREATE FUNCTION pdauth.pack_value(kind text, name text, division pdauth.division_code, day date DEFAULT pdauth.clock_today()) RETURNS jsonb
LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  WITH territorial AS (SELECT t.pack, t.place FROM pdauth.territory_packs(pack_value.division) AS t)
  SELECT c.value FROM (
    -- what prevails; the smallest scope first
    SELECT o.value, 0::bigint AS place, (SELECT count(*) FROM pdauth.pack_override AS w WHERE w.kind = o.kind AND w.name = o.name AND pdauth.division_code_contains(w.division, o.division)) AS depth, o.override_id AS id
      FROM pdauth.pack_override AS o
     WHERE o.kind = pack_value.kind AND o.name = pack_value.name AND o.approved AND o.period @> pack_value.day AND pdauth.division_code_contains(o.division, pack_value.division)
    UNION ALL
    (SELECT DISTINCT ON (p.pack) p.value, t.place, 0, p.parameter_id
       FROM pdauth.pack_parameter AS p JOIN territorial AS t USING (pack)
      WHERE p.kind = pack_value.kind AND p.name = pack_value.name AND p.approved AND coalesce(p.effective_from, '-infinity') <= pack_value.day
      ORDER BY p.pack, p.effective_from DESC NULLS LAST, p.parameter_id DESC)
    UNION ALL
    (SELECT DISTINCT ON (p.pack) p.value, 1000, 0, p.parameter_id
       FROM pdauth.pack_parameter AS p JOIN pdauth.jurisdiction_pack AS n ON n.pack = p.pack AND n.territory IS NULL
      WHERE p.kind = pack_value.kind AND p.name = pack_value.name AND p.approved AND coalesce(p.effective_from, '-infinity') <= pack_value.day
        AND (SELECT a.value FROM pdauth.pack_parameter AS a JOIN territorial AS t USING (pack)
              WHERE a.kind = 'switch' AND a.name = 'adopts ' || p.pack AND a.approved AND coalesce(a.effective_from, '-infinity') <= pack_value.day
              ORDER BY t.place, a.effective_from DESC NULLS LAST, a.parameter_id DESC LIMIT 1) = 'true'
      ORDER BY p.pack, p.effective_from DESC NULLS LAST, p.parameter_id DESC)) AS c
   ORDER BY c.place, c.depth DESC, c.id DESC LIMIT 1
$function$;
REVOKE ALL ON FUNCTION pdauth.pack_value(text, text, pdauth.division_code, date) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.pack_value(text, text, pdauth.division_code, date) IS
  'Value of a parameter in effect in a division on a day: of an override (R-36-2), else of the pack of the smallest territory that sets it, else of a pack of the state that is adopted. NULL if none has it, and for NULL.';

CREATE FUNCTION pdauth.figure(name text, division pdauth.division_code, day date DEFAULT pdauth.clock_today()) RETURNS integer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  value jsonb := pdauth.pack_value('figure', figure.name, figure.division, figure.day);
BEGIN
  IF value IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'PD006', MESSAGE = format('figure %s is not set for this division', figure.name),
      DETAIL = pdauth.rule_detail('X-6'), HINT = 'Install the pack of the division, or propose the figure with its source.';
  END IF;
  RETURN value::integer;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.figure(text, pdauth.division_code, date) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.figure(text, pdauth.division_code, date) IS 'A figure of the law in effect on a day. Raises PD006 (X-6) if it is not set: never a guess.';

CREATE FUNCTION pdauth.item_list(name text, division pdauth.division_code,
                                 OUT number integer, OUT part text, OUT title text, OUT title_chinese text, OUT none_allowed boolean) RETURNS SETOF record
LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT (i ->> 0)::integer, coalesce(i ->> 1, ''), i ->> 2, i ->> 3, coalesce((i ->> 4)::boolean, false)
    FROM jsonb_array_elements(pdauth.pack_value('list', item_list.name, item_list.division)) AS i
$function$;
REVOKE ALL ON FUNCTION pdauth.item_list(text, pdauth.division_code) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.item_list(text, pdauth.division_code) IS
  'Items that a document must have by the pack: number, part (empty for the item as a whole), titles, and whether "none" answers it. No rows for an unknown list and for NULL.';

CREATE FUNCTION pdauth.word_allowed(name text, word text, division pdauth.division_code) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$ SELECT coalesce(pdauth.pack_value('list', word_allowed.name, word_allowed.division) ? word_allowed.word, false) $function$;
REVOKE ALL ON FUNCTION pdauth.word_allowed(text, text, pdauth.division_code) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.word_allowed(text, text, pdauth.division_code) IS 'Is the word on a list of allowed words of the pack? False for an unknown list and for NULL.';

CREATE FUNCTION pdauth.switched_on(name text, division pdauth.division_code) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$ SELECT coalesce(pdauth.pack_value('switch', switched_on.name, switched_on.division)::boolean, false) $function$;
REVOKE ALL ON FUNCTION pdauth.switched_on(text, pdauth.division_code) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.switched_on(text, pdauth.division_code) IS 'Is a switch of the pack on? False for an unknown one and for NULL.';

CREATE FUNCTION pdauth.always_enforced(rule text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$ SELECT rule LIKE 'X-%' OR rule IN ('R-3-1', 'R-25-3', 'R-25-4') $function$;
COMMENT ON FUNCTION pdauth.always_enforced(text) IS 'Rules that no mode softens: the cross-cutting ones, the territory and evidence (X-9). NULL for NULL.';

CREATE FUNCTION pdauth.pack_date(name text, division pdauth.division_code, day date DEFAULT pdauth.clock_today()) RETURNS date
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$ SELECT (pdauth.pack_value('date', name, division, day) #>> '{}')::date $function$;
REVOKE ALL ON FUNCTION pdauth.pack_date(text, pdauth.division_code, date) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.pack_date(text, pdauth.division_code, date) IS 'A date of the division''s pack, such as effective_date; NULL if it is open, and for NULL.';

CREATE FUNCTION pdauth.rule_mode(rule text, division pdauth.division_code) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT CASE WHEN pdauth.always_enforced(rule_mode.rule) OR rule_mode.division IS NULL OR pdauth.pack_of(rule_mode.division) IS NULL THEN 'enforce'
              -- before its effective date a pack is observed (R-36-1)
              WHEN m.mode = 'enforce' AND NOT coalesce(pdauth.pack_date('effective_date', rule_mode.division) <= pdauth.clock_today(), false) THEN 'observe'
              ELSE m.mode END
    FROM (SELECT coalesce(pdauth.pack_value('mode', rule_mode.rule, rule_mode.division) #>> '{}',
                          pdauth.pack_value('mode', 'all', rule_mode.division) #>> '{}', 'enforce')) AS m(mode)
$function$;
REVOKE ALL ON FUNCTION pdauth.rule_mode(text, pdauth.division_code) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.rule_mode(text, pdauth.division_code) IS
  'Mode of a rule in a division: enforce, observe or off; its own, else the one of the whole pack, and observe while the pack has no effective date or it has not come (R-36-1). enforce where no pack says otherwise, and for NULL.';

CREATE FUNCTION pdauth.is_date_text(value text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT CASE WHEN value ~ '^([1-9][0-9]{3}-)?(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$'
              THEN right(value, 2)::integer <= extract(day FROM make_date(CASE length(value) WHEN 10 THEN left(value, 4)::integer ELSE 2001 END, left(right(value, 5), 2)::integer, 1) + interval '1 month - 1 day')
              ELSE false END
$function$;
COMMENT ON FUNCTION pdauth.is_date_text(text) IS 'Is the text a date such as 2026-03-31, or a day of every year such as 03-31? NULL for NULL.';

CREATE FUNCTION pdauth.is_parameter_value(kind text, value jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT CASE kind
    WHEN 'figure' THEN CASE WHEN jsonb_typeof(value) = 'number' THEN value::numeric > 0 AND value::numeric = trunc(value::numeric) AND value::numeric < 100000 ELSE false END
    WHEN 'switch' THEN jsonb_typeof(value) = 'boolean'
    WHEN 'list' THEN jsonb_typeof(value) = 'array'
    WHEN 'mode' THEN jsonb_typeof(value) = 'string' AND value #>> '{}' IN ('enforce', 'observe', 'off')
    WHEN 'date' THEN jsonb_typeof(value) = 'string' AND pdauth.is_date_text(value #>> '{}')
    ELSE jsonb_typeof(value) = 'string' END
$function$;
COMMENT ON FUNCTION pdauth.is_parameter_value(text, jsonb) IS 'Can a parameter of this kind have the value? Figures are whole numbers from 1 to 99999, dates are as is_date_text() says. NULL for a value that is NULL.';

CREATE FUNCTION pdauth.parameter_allowed(kind text, name text, value jsonb) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT coalesce(pdauth.is_parameter_value(kind, value), false)
     AND (kind <> 'reviewer' OR EXISTS (SELECT FROM pdauth.capacity AS c WHERE c.capacity = value #>> '{}'))
     -- a date has the form of the one it replaces: of a year, or of every year
     AND (kind <> 'date' OR EXISTS (SELECT FROM pdauth.pack_parameter AS p WHERE p.kind = 'date' AND p.name = parameter_allowed.name AND length(p.value #>> '{}') = length(parameter_allowed.value #>> '{}')))
$function$;
REVOKE ALL ON FUNCTION pdauth.parameter_allowed(text, text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.parameter_allowed(text, text, jsonb) IS 'Can the parameter of this kind and name have the value: is it one of the kind, a reviewer a capacity, a date of the form that the parameter has? False for NULL.';

CREATE FUNCTION pdauth.keep_pack_parameter() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor;
  object text;
BEGIN
  IF TG_OP = 'INSERT' AND NEW.proposed_at IS NOT NULL AND pdauth.break_glass_active() THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE' THEN
    PERFORM pdauth.refuse('X-6', 'parameter ' || OLD.name, 'Versions of parameters are not deleted.');
  END IF;
  object := 'parameter ' || NEW.name;
  actor := pdauth.require_actor();
  IF actor.capacity <> 'bureau' OR NOT coalesce(pdauth.division_code_contains(actor.division, (SELECT p.territory FROM pdauth.jurisdiction_pack AS p WHERE p.pack = NEW.pack)), false) THEN
    PERFORM pdauth.refuse('X-6', object, 'Parameters are kept by the data bureau of the pack''s territory.');
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.approved OR NEW.shipped THEN
      PERFORM pdauth.refuse('X-6', object, 'A change begins as a proposal, not approved yet.');
    ELSIF NOT EXISTS (SELECT FROM pdauth.pack_parameter AS p WHERE p.kind = NEW.kind AND p.name = NEW.name)
          AND NOT (NEW.kind = 'mode' AND EXISTS (SELECT FROM pdauth.rule AS r WHERE r.rule = NEW.name)) THEN
      PERFORM pdauth.refuse('X-6', object, format('No pack has a %s of this name.', NEW.kind));
    ELSIF pdauth.is_blank(NEW.source) OR pdauth.is_blank(NEW.reason) THEN
      PERFORM pdauth.refuse('X-6', object, 'The source or the reason is missing.');
    ELSIF coalesce(NEW.effective_from, '-infinity') < pdauth.clock_today() THEN
      PERFORM pdauth.refuse('X-6', object, 'It must not take effect before today: finished periods stay as they were.');
    ELSIF NOT pdauth.parameter_allowed(NEW.kind, NEW.name, NEW.value) THEN
      PERFORM pdauth.refuse('X-6', object, format('The value is no %s.', NEW.kind));
    ELSIF NEW.kind = 'mode' AND pdauth.always_enforced(NEW.name) THEN
      PERFORM pdauth.refuse('X-9', object, 'This rule holds in every mode.');
    ELSIF NEW.kind = 'mode' AND NEW.value = '"enforce"' AND NOT coalesce(NEW.effective_from >= pdauth.pack_date('effective_date', (SELECT p.territory FROM pdauth.jurisdiction_pack AS p WHERE p.pack = NEW.pack), NEW.effective_from), false) THEN
      PERFORM pdauth.refuse('R-36-1', object, format('Effective date of the pack: %s.', coalesce(pdauth.pack_date('effective_date', (SELECT p.territory FROM pdauth.jurisdiction_pack AS p WHERE p.pack = NEW.pack), NEW.effective_from)::text, 'none')));
    END IF;
    NEW.proposed_by := actor.person_id;
    NEW.proposed_at := pdauth.clock_now();
    NEW.approved_by := NULL;
    NEW.approved_at := NULL;
    RETURN NEW;
  END IF;
  IF OLD.approved OR NOT NEW.approved OR to_jsonb(NEW) - 'approved' <> to_jsonb(OLD) - 'approved' THEN
    PERFORM pdauth.refuse('X-6', object, 'A version is not changed; a new one is proposed. Only the approval of a proposal is recorded here.');
  ELSIF actor.person_id = OLD.proposed_by THEN
    PERFORM pdauth.refuse('X-6', object, 'The person who proposed it cannot approve it.');
  ELSIF NEW.effective_from < pdauth.clock_today() THEN
    PERFORM pdauth.refuse('X-6', object, 'Its first day has passed before it was approved.');
  END IF;
  NEW.approved_by := actor.person_id;
  NEW.approved_at := pdauth.clock_now();
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.keep_pack_parameter() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.keep_pack_parameter() IS
  'Trigger of pdauth.pack_parameter: versions only, proposed with source and reason by one person of the bureau and approved by another, in effect not before today (PD006, X-6).';

CREATE FUNCTION pdauth.lengthen_retention() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  INSERT INTO pdauth.retention (keep_for, basis, statutory)
  VALUES (make_interval(years => NEW.value::integer), format('R-25-10: pack %s from %s on, %s', NEW.pack, coalesce(NEW.effective_from, pdauth.clock_today()), NEW.source), true);
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.lengthen_retention() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.lengthen_retention() IS
  'Trigger of pdauth.pack_parameter: once more years of retention are approved (figure log_retention_years), the whole log is kept for them (R-25-10). Fewer years change nothing: what was promised longer is kept longer.';
