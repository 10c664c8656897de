-- Disclosure (信息披露, Article 32): generated from the register, published once,
-- read by everybody.

CREATE TABLE pdauth.disclosure (
  disclosure_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number          text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  division        pdauth.division_code,
  publisher_party bigint NOT NULL REFERENCES pdauth.party,
  kind            text NOT NULL CHECK (kind IN ('agency', 'operator', 'product list')),
  year            integer,
  version         integer,
  correction      text CHECK (pdauth.has_content(correction)),
  content         jsonb,
  digest          pdauth.document_digest,
  published_on    date,
  recorded_at     timestamptz NOT NULL,
  recorded_by     name NOT NULL,
  CHECK ((kind = 'product list') = (year IS NULL))
);
CREATE UNIQUE INDEX disclosure_version_index ON pdauth.disclosure (publisher_party, kind, (coalesce(year, 0)), division pdauth.division_code_ops, version);
COMMENT ON TABLE pdauth.disclosure IS
  'What implementing agencies and operators disclose: for a year, and product lists. Insert number, division, publisher_party, kind and year; the content is what the register says. A correction is a new version; nothing is changed (R-32-1 to R-32-3).';
COMMENT ON COLUMN pdauth.disclosure.disclosure_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.disclosure.number IS 'Number.';
COMMENT ON COLUMN pdauth.disclosure.publisher_party IS 'Who publishes it.';
COMMENT ON COLUMN pdauth.disclosure.kind IS 'agency or operator: disclosure for a year that is over. product list: what the operator offers now.';
COMMENT ON COLUMN pdauth.disclosure.year IS 'Year disclosed; NULL for a product list.';
COMMENT ON COLUMN pdauth.disclosure.version IS 'Version, counted by the system.';
COMMENT ON COLUMN pdauth.disclosure.correction IS 'Why there is another version for the year.';
COMMENT ON COLUMN pdauth.disclosure.content IS 'Generated. If given, it has to be what the register says: pdauth.disclosure_draft().';
COMMENT ON COLUMN pdauth.disclosure.digest IS 'SHA-256 of the content as text, computed.';
COMMENT ON COLUMN pdauth.disclosure.published_on IS 'Day of publication, and cut-off of the content.';

-- ---- what the register says ----

CREATE FUNCTION pdauth.disclosed_agreement(publisher bigint, division pdauth.division_code, year integer) RETURNS SETOF pdauth.operating_agreement
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT a.* FROM pdauth.operating_agreement AS a
   WHERE publisher IN (a.agency_party, a.operator_party) AND pdauth.division_code_equal(a.division, disclosed_agreement.division) AND a.state NOT IN ('draft', 'decided')
     AND CASE WHEN year IS NULL THEN pdauth.agreement_in_force(a.agreement_id)
              ELSE a.term && daterange(make_date(year, 1, 1), make_date(year + 1, 1, 1))
                   AND NOT EXISTS (SELECT FROM pdauth.transition AS t WHERE t.life_cycle = 'operating_agreement' AND t.object_id = a.agreement_id
                                    AND t.to_state IN ('terminated', 'rescinded', 'revoked', 'exited') AND t.event_date < make_date(year, 1, 1)) END
$function$;
REVOKE ALL ON FUNCTION pdauth.disclosed_agreement(bigint, pdauth.division_code, integer) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.disclosed_agreement(bigint, pdauth.division_code, integer) IS 'Operating agreements of a party in a division that were in force in a year, or are now if it is NULL.';

CREATE FUNCTION pdauth.disclosed_section(section text, publisher bigint, division pdauth.division_code, year integer) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD'
AS $function$
  WITH agreement AS (SELECT * FROM pdauth.disclosed_agreement(publisher, division, year)),
       days AS (SELECT daterange(make_date(year, 1, 1), make_date(year + 1, 1, 1)) AS range),
       -- what the log says that the publisher read
       logged AS (SELECT r.path AS resource, sum(o.reads) AS reads, sum(o.rows_read) AS rows_read
                    FROM pdauth.audit_by_organisation AS o JOIN pdauth.resource AS r ON pdauth.path_contains(r.path, o.resource)
                   WHERE section = 'resources' AND o.party = pdauth.party_code(publisher) AND o.day <@ (SELECT range FROM days) GROUP BY r.path)
  SELECT coalesce(jsonb_agg(jsonb_strip_nulls(to_jsonb(s) - 'place') ORDER BY s.place), '[]') FROM (
    SELECT a.label AS place, jsonb_build_object('number', a.label, 'agency', g.name, 'operator', o.name, 'operator_credit_code', o.credit_code, 'from', lower(a.term), 'until', upper(a.term) - 1, 'state', a.state,
             'products', (SELECT jsonb_agg(p.product ORDER BY p.product) FROM pdauth.operating_agreement_product AS p WHERE p.agreement_id = a.agreement_id),
             'resources', (SELECT jsonb_agg(DISTINCT u.path) FROM pdauth.grants(a.scope) AS n, unnest(n.paths) AS u(path)),
             'purposes', (SELECT jsonb_agg(DISTINCT u.purpose) FROM pdauth.grants(a.scope) AS n, unnest(n.purposes) AS u(purpose))) AS entry
      FROM agreement AS a JOIN pdauth.party AS g ON g.party_id = a.agency_party JOIN pdauth.party AS o ON o.party_id = a.operator_party WHERE section = 'agreements'
    UNION ALL
    SELECT DISTINCT r.path, jsonb_build_object('path', r.path, 'name', r.name, 'provider', y.name)
      FROM agreement AS a CROSS JOIN LATERAL pdauth.grants(a.scope) AS n CROSS JOIN LATERAL unnest(n.paths) AS u(path) JOIN pdauth.resource AS r ON pdauth.path_contains(u.path, r.path) JOIN pdauth.party AS y ON y.party_id = r.provider_party
     WHERE section = 'resources' AND a.agency_party = publisher
    UNION ALL
    -- an operator discloses what it has obtained
    SELECT r.path, jsonb_build_object('path', r.path, 'name', r.name, 'provider', y.name, 'requests', count(*), 'reads', coalesce(l.reads, 0), 'rows_read', coalesce(l.rows_read, 0))
      FROM agreement AS a JOIN pdauth.data_request AS q USING (agreement_id) JOIN pdauth.data_request_resource AS d USING (request_id) JOIN pdauth.resource AS r USING (path) JOIN pdauth.party AS y ON y.party_id = r.provider_party
      LEFT JOIN logged AS l ON l.resource = r.path
     WHERE section = 'resources' AND a.operator_party = publisher AND q.state NOT IN ('draft', 'submitted', 'refused', 'withdrawn') AND (year IS NULL OR q.period && (SELECT range FROM days)) GROUP BY r.path, r.name, y.name, l.reads, l.rows_read
    UNION ALL
    SELECT DISTINCT c.form || ' ' || c.ceiling_id, jsonb_build_object('form', c.form, 'unit', c.unit, 'amount', c.amount, 'trial', c.trial, 'document', c.document, 'from', lower(c.period), 'until', upper(c.period) - 1)
      FROM pdauth.price_ceiling AS c WHERE section = 'fee_ceilings' AND pdauth.division_code_contains(c.division, disclosed_section.division) AND c.period && (SELECT range FROM days)
    UNION ALL
    SELECT e.number, jsonb_build_object('number', e.number, 'rule', e.rule, 'object', e.object, 'basis', e.basis, 'expires', e.expires_on)
      FROM pdauth.exception AS e WHERE section = 'exceptions' AND e.state IN ('approved', 'ended') AND pdauth.division_code_equal(e.division, disclosed_section.division)
       AND EXISTS (SELECT FROM pdauth.last_step('exception', e.exception_id, 'approved') AS t WHERE t.event_date < make_date(year + 1, 1, 1)) AND e.expires_on >= make_date(year, 1, 1)
    UNION ALL
    SELECT p.number, jsonb_build_object('number', p.number, 'name', p.name, 'form', p.form, 'state', p.state)
      FROM pdauth.product AS p WHERE section = 'products' AND p.owner_party = publisher AND pdauth.division_code_equal(p.division, disclosed_section.division)
       AND (p.state = 'offered' OR year IS NOT NULL AND EXISTS (SELECT FROM pdauth.last_step('product', p.product_id, 'offered') AS t WHERE t.event_date < make_date(year + 1, 1, 1)))
    UNION ALL
    SELECT format('%s %s %s', p.number, f.use_class, f.version), jsonb_build_object('product', p.number, 'use_class', f.use_class, 'unit_amount', f.unit_amount, 'unit', f.unit, 'version', f.version,
             'charged', (SELECT CASE WHEN year IS NOT NULL THEN coalesce(sum(c.amount), 0) END FROM pdauth.delivery AS v JOIN pdauth.charge AS c USING (delivery_id) WHERE v.tariff_id = f.tariff_id AND (c.recorded_at AT TIME ZONE 'Asia/Shanghai')::date <@ (SELECT range FROM days)))
      FROM pdauth.product AS p JOIN pdauth.tariff AS f USING (product_id)
     WHERE section = 'fees' AND p.owner_party = publisher AND pdauth.division_code_equal(p.division, disclosed_section.division) 
       AND CASE WHEN year IS NOT NULL THEN (f.recorded_at AT TIME ZONE 'Asia/Shanghai')::date < make_date(year + 1, 1, 1)
                ELSE p.state = 'offered' AND NOT EXISTS (SELECT FROM pdauth.tariff AS n WHERE n.product_id = f.product_id AND n.use_class = f.use_class AND n.version > f.version) END
    UNION ALL
    SELECT p.number, jsonb_build_object('product', p.number, 'deliveries', count(*), 'developers', count(DISTINCT d.developer_party), 'calls', coalesce(sum(l.calls), 0))
      FROM pdauth.delivery AS v JOIN pdauth.product AS p USING (product_id) JOIN pdauth.development_agreement AS d USING (development_id)
      LEFT JOIN LATERAL (SELECT sum(c.calls) AS calls FROM pdauth.product_call AS c WHERE c.delivery_id = v.delivery_id AND (c.recorded_at AT TIME ZONE 'Asia/Shanghai')::date <@ (SELECT range FROM days)) AS l ON true
     WHERE section = 'use' AND p.owner_party = publisher AND pdauth.division_code_equal(p.division, disclosed_section.division) AND (v.recorded_at AT TIME ZONE 'Asia/Shanghai')::date < make_date(year + 1, 1, 1) GROUP BY p.number) AS x(place, entry)
   CROSS JOIN LATERAL (SELECT x.place, x.entry) AS s
$function$;
REVOKE ALL ON FUNCTION pdauth.disclosed_section(text, bigint, pdauth.division_code, integer) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.disclosed_section(text, bigint, pdauth.division_code, integer) IS 'One section of a disclosure, as the register has it: agreements, resources, fee_ceilings, exceptions, products, fees or use; an empty array for others.';

CREATE FUNCTION pdauth.disclosed_content(kind text, publisher bigint, division pdauth.division_code, year integer) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD'
AS $function$
  SELECT jsonb_strip_nulls(jsonb_build_object('kind', disclosed_content.kind, 'year', year, 'division', disclosed_content.division::text, 'cut_off', pdauth.clock_today(),
           'publisher', jsonb_build_object('party', p.party, 'name', p.name, 'credit_code', p.credit_code)))
         || coalesce((SELECT jsonb_object_agg(s.section, (SELECT coalesce(jsonb_agg(e -> 'entry'), '[]') FROM jsonb_array_elements(pdauth.disclosed_section(s.section, publisher, disclosed_content.division, year)) AS e))
                        FROM jsonb_array_elements_text(CASE disclosed_content.kind WHEN 'product list' THEN '["products", "fees"]' ELSE pdauth.pack_value('list', disclosed_content.kind || '_disclosure', disclosed_content.division) END) AS s(section)), '{}')
    FROM pdauth.party AS p WHERE p.party_id = publisher
$function$;
REVOKE ALL ON FUNCTION pdauth.disclosed_content(text, bigint, pdauth.division_code, integer) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.disclosed_content(text, bigint, pdauth.division_code, integer) IS 'Content of a disclosure as the register has it today: who publishes, and the sections of the pack''s list agency_disclosure or operator_disclosure.';

CREATE FUNCTION pdauth.disclosure_draft(kind text, division pdauth.division_code, year integer DEFAULT NULL) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$ SELECT pdauth.disclosed_content(kind, (pdauth.require_actor()).party_id, division, year) $function$;
REVOKE ALL ON FUNCTION pdauth.disclosure_draft(text, pdauth.division_code, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.disclosure_draft(text, pdauth.division_code, integer) TO pdauth_register;
COMMENT ON FUNCTION pdauth.disclosure_draft(text, pdauth.division_code, integer) IS 'What a disclosure of one''s own would say if it were published now. PD004 for a role that is bound to nobody.';

CREATE FUNCTION pdauth.names_a_person(content jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
  -- digits of any width, grouped as people group them
  SELECT EXISTS (SELECT FROM jsonb_path_query(content, 'strict $.** ? (@.type() == "string")') AS s(value)
                  CROSS JOIN LATERAL (SELECT regexp_replace(normalize(s.value #>> '{}', NFKC), U&'[\00AD\200B-\200F\2060\FEFF]', '', 'g')) AS t(text)
                  WHERE t.text ~ '(?<![0-9A-Za-z])((00|\+)?86[ -]?)?1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}(?![0-9A-Za-z])'
                     OR EXISTS (SELECT FROM regexp_matches(t.text, '(?<![0-9A-Za-z])([0-9]{6}[ -]?[0-9]{8}[ -]?[0-9]{3}[0-9Xx])(?![0-9A-Za-z])', 'g') AS m WHERE pdauth.is_citizen_id(translate(m[1], ' -', ''))))
$function$;
COMMENT ON FUNCTION pdauth.names_a_person(jsonb) IS 'Does a text in the document hold a valid citizen number or something that looks like a mobile number, also grouped, full-width or with invisible characters in it? NULL for NULL.';

CREATE FUNCTION pdauth.names_on_record(content jsonb) RETURNS boolean
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT EXISTS (SELECT FROM jsonb_path_query(content, 'strict $.** ? (@.type() == "string")') AS s(value) JOIN pdauth.person AS n ON strpos(s.value #>> '{}', n.name) > 0)
$function$;
REVOKE ALL ON FUNCTION pdauth.names_on_record(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.names_on_record(jsonb) IS 'Does a text in the document hold the name of a person of the register? NULL for NULL.';

CREATE FUNCTION pdauth.check_disclosure() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor;
  content jsonb;
  object text;
  this_year constant integer := extract(year FROM pdauth.clock_today());
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM pdauth.refuse('R-32-3', pdauth.object_label(TG_TABLE_NAME, OLD.number), 'What was published stays; a correction is a new version.', NULL, OLD.division);
  ELSIF pdauth.break_glass_active() THEN
    RETURN NEW;
  END IF;
  actor := pdauth.require_actor();
  object := pdauth.object_label(TG_TABLE_NAME, NEW.number);
  PERFORM pg_advisory_xact_lock(hashtextextended('pdauth.disclosure', NEW.publisher_party));  -- versions one after the other
  content := pdauth.disclosed_content(NEW.kind, NEW.publisher_party, NEW.division, NEW.year);
  SELECT coalesce(max(d.version), 0) + 1 INTO NEW.version FROM pdauth.disclosure AS d
   WHERE d.publisher_party = NEW.publisher_party AND d.kind = NEW.kind AND d.year IS NOT DISTINCT FROM NEW.year AND pdauth.division_code_equal(d.division, NEW.division);
  IF actor.party_id <> NEW.publisher_party OR (actor.capacity = 'agency') <> (NEW.kind = 'agency') THEN
    PERFORM pdauth.refuse('R-32-3', object, format('%s does not publish for %s.', actor.party, pdauth.party_code(NEW.publisher_party)), NULL, NEW.division);
  ELSIF NEW.year >= this_year THEN
    PERFORM pdauth.refuse('R-32-3', object, format('The year %s is not over.', NEW.year), NULL, NEW.division);
  ELSIF NEW.version > 1 AND NEW.year IS NOT NULL AND NEW.correction IS NULL THEN
    PERFORM pdauth.refuse('R-32-3', object, format('It is version %s, and says nothing of what it corrects.', NEW.version), NULL, NEW.division);
  ELSIF NEW.content IS NOT NULL AND NEW.content <> content THEN
    PERFORM pdauth.refuse('R-32-3', object, 'The content is not what the register says.', 'Leave content out: it is generated.', NEW.division);
  ELSIF pdauth.names_a_person(content || jsonb_build_object('correction', NEW.correction)) THEN
    PERFORM pdauth.refuse('R-32-3', object, 'It holds a personal identifier.', 'Have the entry of the register put right first.', NEW.division);
  ELSIF pdauth.names_on_record(content || jsonb_build_object('correction', NEW.correction)) THEN
    PERFORM pdauth.refuse('R-32-3', object, 'It holds the name of a person of the register.', 'Name the organisation, not the person.', NEW.division);
  END IF;
  NEW.content := content;
  NEW.digest := 'sha256:' || encode(sha256(convert_to(content::text, 'UTF8')), 'hex');
  NEW.published_on := pdauth.clock_today();
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_disclosure() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_disclosure() IS 'Row trigger of pdauth.disclosure: one''s own, generated, without personal identifiers, never changed (PD323, R-32-3).';

-- ---- when it is due (R-32-1, R-32-2) ----

CREATE FUNCTION pdauth.disclosure_matter(kind text, party_id bigint, division pdauth.division_code, year integer) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT CASE disclosure_matter.kind WHEN 'product list' THEN format('product list of %s in %s', p.party, disclosure_matter.division)
                   ELSE format('%s disclosure of %s in %s for %s', disclosure_matter.kind, p.party, disclosure_matter.division, year) END
    FROM pdauth.party AS p WHERE p.party_id = disclosure_matter.party_id
$function$;
REVOKE ALL ON FUNCTION pdauth.disclosure_matter(text, bigint, pdauth.division_code, integer) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.disclosure_matter(text, bigint, pdauth.division_code, integer) IS 'A disclosure as duties name it.';

CREATE FUNCTION pdauth.await_disclosure(kind text, agreement_id bigint, party_id bigint, division pdauth.division_code, year integer) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  owed text := pdauth.disclosure_matter(kind, party_id, division, year);
  due date := (format('%s-%s', year + 1, pdauth.pack_value('date', 'disclosure_due', division) #>> '{}'))::date;
BEGIN
  IF NOT EXISTS (SELECT FROM pdauth.obligation AS o WHERE o.matter = owed AND o.waive_reason IS NULL) THEN
    PERFORM pdauth.open_fixed_duty('operating_agreement', agreement_id, owed, CASE kind WHEN 'agency' THEN 'R-32-1' ELSE 'R-32-2' END, party_id, pdauth.holder_of_kind('bureau', division), due);
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.await_disclosure(text, bigint, bigint, pdauth.division_code, integer) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.await_disclosure(text, bigint, bigint, pdauth.division_code, integer) IS 'Opens the duty to disclose a year by the pack''s day of the next one, unless there is one. For effect functions.';

CREATE FUNCTION pdauth.agreement_disclosure_effects(step pdauth.transition) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT pdauth.await_disclosure('agency', a.agreement_id, a.agency_party, a.division, extract(year FROM lower(a.term))::integer),
         pdauth.await_disclosure('operator', a.agreement_id, a.operator_party, a.division, extract(year FROM lower(a.term))::integer)
    FROM pdauth.operating_agreement AS a WHERE a.agreement_id = step.object_id AND step.to_state = 'signed'
$function$;
REVOKE ALL ON FUNCTION pdauth.agreement_disclosure_effects(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.agreement_disclosure_effects(pdauth.transition) IS 'What follows from the signing of an operating agreement: agency and operator owe the disclosure of its first year (R-32-1, R-32-2); each disclosure opens the duty for the next.';
INSERT INTO pdauth.further_effect VALUES ('operating_agreement', 'agreement_disclosure_effects');

CREATE FUNCTION pdauth.product_disclosure_effects(step pdauth.transition) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT pdauth.open_duty('product', p.product_id, m.owed, 'R-32-2', p.owner_party, pdauth.holder_of_kind('bureau', p.division), step.event_date, pdauth.figure('product_list_wd', p.division) || ' workdays')
    FROM pdauth.product AS p CROSS JOIN LATERAL (SELECT pdauth.disclosure_matter('product list', p.owner_party, p.division, NULL)) AS m(owed)
   WHERE p.product_id = step.object_id AND 'offered' IN (step.from_state, step.to_state) AND step.capacity = 'operator'
     AND NOT EXISTS (SELECT FROM pdauth.obligation AS o WHERE o.rule = 'R-32-2' AND o.matter = m.owed AND o.closed_at IS NULL)
$function$;
REVOKE ALL ON FUNCTION pdauth.product_disclosure_effects(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.product_disclosure_effects(pdauth.transition) IS 'What follows when a product comes on offer or off it: the operator owes its product list within the pack''s working days (R-32-2).';
INSERT INTO pdauth.further_effect VALUES ('product', 'product_disclosure_effects');

CREATE FUNCTION pdauth.follow_disclosure() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  next_agreement bigint;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NULL;
  END IF;
  UPDATE pdauth.obligation AS o SET fulfilled_at = pdauth.clock_now(), evidence = 'disclosure ' || NEW.number
   WHERE o.rule IN ('R-32-1', 'R-32-2') AND o.matter = pdauth.disclosure_matter(NEW.kind, NEW.publisher_party, NEW.division, NEW.year) AND o.closed_at IS NULL AND o.event_date <= pdauth.clock_today();
  IF NEW.year IS NOT NULL THEN
    SELECT min(a.agreement_id) INTO next_agreement FROM pdauth.disclosed_agreement(NEW.publisher_party, NEW.division, NEW.year + 1) AS a;
    IF next_agreement IS NOT NULL THEN
      PERFORM pdauth.await_disclosure(NEW.kind, next_agreement, NEW.publisher_party, NEW.division, NEW.year + 1);
    END IF;
  END IF;
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.follow_disclosure() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.follow_disclosure() IS 'Row trigger of pdauth.disclosure: the duty is met, and the one for the next year opens while an agreement goes on (R-32-1, R-32-2).';

SELECT pdauth.register_fact('pdauth.disclosure', '{agency,operator}', 'R-32-3');
CREATE TRIGGER check_fact BEFORE INSERT OR UPDATE OR DELETE ON pdauth.disclosure FOR EACH ROW EXECUTE FUNCTION pdauth.check_disclosure();
CREATE TRIGGER follow_disclosure AFTER INSERT ON pdauth.disclosure FOR EACH ROW EXECUTE FUNCTION pdauth.follow_disclosure();
ALTER TABLE pdauth.disclosure ENABLE ALWAYS TRIGGER check_fact;
ALTER TABLE pdauth.disclosure ENABLE ALWAYS TRIGGER follow_disclosure;
CREATE POLICY register ON pdauth.disclosure USING (true) WITH CHECK (true);

-- ---- what everybody reads (R-32-4) ----

CREATE VIEW pdauth.published_disclosure AS
  SELECT d.number, p.name AS publisher, d.division, d.kind, d.year, d.version, d.correction, d.published_on, d.digest, d.content
    FROM pdauth.disclosure AS d JOIN pdauth.party AS p ON p.party_id = d.publisher_party;
COMMENT ON VIEW pdauth.published_disclosure IS 'Disclosures of implementing agencies and operators in all versions, for everybody (Article 32).';
COMMENT ON COLUMN pdauth.published_disclosure.number IS 'Number.';
COMMENT ON COLUMN pdauth.published_disclosure.publisher IS 'Name of who publishes it.';
COMMENT ON COLUMN pdauth.published_disclosure.division IS 'Division.';
COMMENT ON COLUMN pdauth.published_disclosure.kind IS 'agency, operator or product list.';
COMMENT ON COLUMN pdauth.published_disclosure.year IS 'Year disclosed; NULL for a product list.';
COMMENT ON COLUMN pdauth.published_disclosure.version IS 'Version; the greatest counts.';
COMMENT ON COLUMN pdauth.published_disclosure.correction IS 'What a later version corrects.';
COMMENT ON COLUMN pdauth.published_disclosure.published_on IS 'Day of publication.';
COMMENT ON COLUMN pdauth.published_disclosure.digest IS 'SHA-256 of the content as text.';
COMMENT ON COLUMN pdauth.published_disclosure.content IS 'The content.';

CREATE VIEW pdauth.product_list AS
  SELECT o.name AS operator, p.number, p.name, p.form, p.purposes, p.division
    FROM pdauth.product AS p JOIN pdauth.party AS o ON o.party_id = p.owner_party WHERE p.state = 'offered';
COMMENT ON VIEW pdauth.product_list IS 'Products and services on offer now, for everybody (R-32-2).';
COMMENT ON COLUMN pdauth.product_list.operator IS 'Name of the operator.';
COMMENT ON COLUMN pdauth.product_list.number IS 'Number of the product.';
COMMENT ON COLUMN pdauth.product_list.name IS 'Its name.';
COMMENT ON COLUMN pdauth.product_list.form IS 'Its form.';
COMMENT ON COLUMN pdauth.product_list.purposes IS 'What it is for.';
COMMENT ON COLUMN pdauth.product_list.division IS 'Division.';

CREATE VIEW pdauth.published_tariff AS
  SELECT o.name AS operator, p.number, p.name, f.use_class, f.unit_amount, f.unit, f.criteria, f.recorded_at AS since
    FROM pdauth.product AS p JOIN pdauth.party AS o ON o.party_id = p.owner_party JOIN pdauth.tariff AS f USING (product_id)
   WHERE p.state = 'offered' AND NOT EXISTS (SELECT FROM pdauth.tariff AS n WHERE n.product_id = f.product_id AND n.use_class = f.use_class AND n.version > f.version);
COMMENT ON VIEW pdauth.published_tariff IS 'Tariffs of the products and services on offer now, for everybody (N65-7).';
COMMENT ON COLUMN pdauth.published_tariff.operator IS 'Name of the operator.';
COMMENT ON COLUMN pdauth.published_tariff.number IS 'Number of the product.';
COMMENT ON COLUMN pdauth.published_tariff.name IS 'Its name.';
COMMENT ON COLUMN pdauth.published_tariff.use_class IS 'Use class.';
COMMENT ON COLUMN pdauth.published_tariff.unit_amount IS 'Amount for one unit, in yuan.';
COMMENT ON COLUMN pdauth.published_tariff.unit IS 'What one unit is; NULL if nothing is charged.';
COMMENT ON COLUMN pdauth.published_tariff.criteria IS 'Admission criteria.';
COMMENT ON COLUMN pdauth.published_tariff.since IS 'When this version was entered.';

CREATE VIEW pdauth.disclosure_status AS
  SELECT p.name AS debtor, s.matter, s.due, s.status, CASE WHEN s.status = 'overdue' THEN r.sqlstate END AS flag
    FROM pdauth.obligation_status AS s JOIN pdauth.rule AS r ON r.rule = s.rule JOIN pdauth.party AS p ON p.party = s.debtor WHERE s.rule IN ('R-32-1', 'R-32-2');
COMMENT ON VIEW pdauth.disclosure_status IS 'Who owes which disclosure until when, for everybody; an overdue one is flagged (R-32-1, R-32-2).';
COMMENT ON COLUMN pdauth.disclosure_status.debtor IS 'Name of who owes it.';
COMMENT ON COLUMN pdauth.disclosure_status.matter IS 'What is owed.';
COMMENT ON COLUMN pdauth.disclosure_status.due IS 'Last day.';
COMMENT ON COLUMN pdauth.disclosure_status.status IS 'open, due soon, overdue, fulfilled, fulfilled late or waived.';
COMMENT ON COLUMN pdauth.disclosure_status.flag IS 'SQLSTATE of the rule if it is overdue.';
GRANT SELECT ON pdauth.published_disclosure, pdauth.product_list, pdauth.published_tariff, pdauth.disclosure_status TO PUBLIC;

CREATE FUNCTION pdauth.disclosure_json(number text) RETURNS text
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT jsonb_pretty(jsonb_build_object('number', d.number, 'version', d.version, 'published_on', d.published_on, 'digest', d.digest, 'content', d.content))
    FROM pdauth.published_disclosure AS d WHERE d.number = disclosure_json.number
$function$;
COMMENT ON FUNCTION pdauth.disclosure_json(text) IS 'A published disclosure as a JSON document. NULL if there is none, and for NULL.';

CREATE FUNCTION pdauth.csv_field(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
  -- a spreadsheet takes what begins like this for a formula
  SELECT '"' || CASE WHEN value ~ '^\s*[-=+@|%\t\r]' THEN '''' ELSE '' END || replace(coalesce(value, ''), '"', '""') || '"'
$function$;
COMMENT ON FUNCTION pdauth.csv_field(text) IS 'A field of a CSV file (RFC 4180), quoted; an apostrophe goes before what a spreadsheet would take for a formula. Empty for NULL.';

CREATE FUNCTION pdauth.disclosure_csv(number text) RETURNS text
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT '"section","entry","field","value"' || E'\r\n' || string_agg(concat_ws(',', pdauth.csv_field(f.section), pdauth.csv_field(f.entry), pdauth.csv_field(f.field), pdauth.csv_field(f.value)), E'\r\n' ORDER BY f.section, f.entry::bigint NULLS FIRST, f.field)
    FROM pdauth.published_disclosure AS d
   CROSS JOIN LATERAL (
     SELECT k.key AS section, NULL::text AS entry, '' AS field, k.value #>> '{}' AS value FROM jsonb_each(d.content) AS k WHERE jsonb_typeof(k.value) NOT IN ('array', 'object')
     UNION ALL
     SELECT k.key, NULL, f.key, f.value #>> '{}' FROM jsonb_each(d.content) AS k CROSS JOIN LATERAL jsonb_each(k.value) AS f WHERE jsonb_typeof(k.value) = 'object'
     UNION ALL
     SELECT k.key, e.place::text, f.key, CASE jsonb_typeof(f.value) WHEN 'array' THEN (SELECT string_agg(v, '; ') FROM jsonb_array_elements_text(f.value) AS v) ELSE f.value #>> '{}' END
       FROM jsonb_each(d.content) AS k CROSS JOIN LATERAL jsonb_array_elements(CASE jsonb_typeof(k.value) WHEN 'array' THEN k.value ELSE '[]' END) WITH ORDINALITY AS e(entry, place) CROSS JOIN LATERAL jsonb_each(e.entry) AS f) AS f
   WHERE d.number = disclosure_csv.number
$function$;
COMMENT ON FUNCTION pdauth.disclosure_csv(text) IS 'A published disclosure as a CSV file, one line for each field of each entry, without the line break at the end: psql -XAtq -o adds it. NULL if there is none, and for NULL.';

CREATE TABLE pdauth.public_report (
  report_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  division       pdauth.division_code,
  reporter_party bigint REFERENCES pdauth.party,
  about          text NOT NULL CHECK (pdauth.has_content(about)),
  content        text NOT NULL CHECK (pdauth.has_content(content)),
  recorded_at    timestamptz NOT NULL,
  recorded_by    name NOT NULL
);
COMMENT ON TABLE pdauth.public_report IS 'Reports of the public on authorised operation (接受社会监督), for the supervisors of the territory and who made them (R-32-4).';
COMMENT ON COLUMN pdauth.public_report.report_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.public_report.reporter_party IS 'Who reports, filled in.';
COMMENT ON COLUMN pdauth.public_report.about IS 'What it is about.';
COMMENT ON COLUMN pdauth.public_report.content IS 'The report.';
CREATE FUNCTION pdauth.check_public_report() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NOT pdauth.break_glass_active() THEN
    NEW.reporter_party := (pdauth.require_actor()).party_id;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_public_report() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_public_report() IS 'Row trigger of pdauth.public_report: it is by who enters it.';
SELECT pdauth.register_fact('pdauth.public_report', '{public,developer,operator,provider,evaluator,exchange}', 'R-32-4', 'check_public_report');
CREATE POLICY register ON pdauth.public_report USING (pdauth.may_see(division, reporter_party)) WITH CHECK (true);

CREATE FUNCTION pdauth.lodge(kind text, about text, content text, division pdauth.division_code DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor := pdauth.require_actor();
BEGIN
  IF kind = 'objection' THEN
    INSERT INTO pdauth.objection (number, publicity_id, objector_party, content)
    SELECT 'OB-' || gen_random_uuid(), p.publicity_id, actor.party_id, lodge.content FROM pdauth.publicity AS p WHERE p.number = lodge.about;
  ELSIF kind = 'report' THEN
    INSERT INTO pdauth.public_report (division, about, content) VALUES (coalesce(lodge.division, actor.division), lodge.about, lodge.content);
  END IF;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'no_data_found', MESSAGE = 'there is nothing of this name to object to', HINT = 'An objection names the number of a publicity in pdauth.published_selection.';
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.lodge(text, text, text, pdauth.division_code) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.lodge(text, text, text, pdauth.division_code) TO pdauth_register;
COMMENT ON FUNCTION pdauth.lodge(text, text, text, pdauth.division_code) IS
  'What the public writes: kind objection, about the number of a publicity (R-13-11), or report, about anything, in a division (one''s own if NULL). P0002 for another kind or an unknown publicity; PD004 for a role that is bound to nobody.';
