-- Arrangements begun before the measure took effect (补充要求, Article 34).

CREATE TABLE pdauth.legacy_arrangement (
  legacy_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number         text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  division       pdauth.division_code,
  agency_party   bigint NOT NULL REFERENCES pdauth.party,
  operator_party bigint REFERENCES pdauth.party,
  object         text NOT NULL CHECK (pdauth.has_content(object) AND object !~ '[*%]'),
  started_on     date NOT NULL CHECK (pg_catalog.isfinite(started_on)),
  ends_on        date NOT NULL CHECK (ends_on >= started_on AND pg_catalog.isfinite(ends_on)),
  evidence       text NOT NULL CHECK (pdauth.has_content(evidence)),
  evidence_digest pdauth.document_digest NOT NULL,
  evidence_dated date NOT NULL,
  state          text NOT NULL DEFAULT 'drafted',
  act_date       date,
  act_document   text,
  act_digest     pdauth.document_digest,
  act_reason     text,
  registered_at  timestamptz
);
CREATE INDEX legacy_arrangement_object_index ON pdauth.legacy_arrangement (object);
COMMENT ON TABLE pdauth.legacy_arrangement IS
  'Arrangements begun before the effective date, with the gaps against the rules that are tolerated until their days: drafted, entered, completed. What is not listed binds at once; a change or extension is new activity (R-34-1, R-34-2).';
COMMENT ON COLUMN pdauth.legacy_arrangement.legacy_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.legacy_arrangement.number IS 'Number.';
COMMENT ON COLUMN pdauth.legacy_arrangement.agency_party IS 'Implementing agency, which owes that the gaps are closed.';
COMMENT ON COLUMN pdauth.legacy_arrangement.operator_party IS 'Operator, which owes it, too; NULL if there is none.';
COMMENT ON COLUMN pdauth.legacy_arrangement.object IS 'The one object of the register, as messages call it: "operating agreement L-A".';
COMMENT ON COLUMN pdauth.legacy_arrangement.started_on IS 'Day it began, before the effective date.';
COMMENT ON COLUMN pdauth.legacy_arrangement.ends_on IS 'Last day of the arrangement.';
COMMENT ON COLUMN pdauth.legacy_arrangement.evidence IS 'Document that shows the beginning.';
COMMENT ON COLUMN pdauth.legacy_arrangement.evidence_digest IS 'Digest of it.';
COMMENT ON COLUMN pdauth.legacy_arrangement.evidence_dated IS 'Date of it, before the effective date.';
COMMENT ON COLUMN pdauth.legacy_arrangement.state IS 'drafted, entered or completed.';

CREATE TABLE pdauth.legacy_gap (
  legacy_id bigint NOT NULL REFERENCES pdauth.legacy_arrangement,
  rule      text NOT NULL REFERENCES pdauth.rule,
  gap       text NOT NULL CHECK (pdauth.has_content(gap)),
  until     date,
  PRIMARY KEY (legacy_id, rule)
);
COMMENT ON TABLE pdauth.legacy_gap IS 'Rules that an earlier arrangement does not meet yet, and until when that is tolerated (R-34-1).';
COMMENT ON COLUMN pdauth.legacy_gap.legacy_id IS 'The arrangement.';
COMMENT ON COLUMN pdauth.legacy_gap.rule IS 'The rule.';
COMMENT ON COLUMN pdauth.legacy_gap.gap IS 'What is missing.';
COMMENT ON COLUMN pdauth.legacy_gap.until IS 'Last day of the tolerance; computed from the pack''s legacy_grace_days if left out.';

CREATE TABLE pdauth.legacy_gap_closing (
  legacy_id   bigint NOT NULL,
  rule        text NOT NULL,
  document    text NOT NULL CHECK (pdauth.has_content(document)),
  recorded_at timestamptz NOT NULL,
  recorded_by name NOT NULL,
  PRIMARY KEY (legacy_id, rule),
  FOREIGN KEY (legacy_id, rule) REFERENCES pdauth.legacy_gap
);
COMMENT ON TABLE pdauth.legacy_gap_closing IS 'Gaps that were closed: the rule applies from then on, and the duty is met.';
COMMENT ON COLUMN pdauth.legacy_gap_closing.legacy_id IS 'The arrangement.';
COMMENT ON COLUMN pdauth.legacy_gap_closing.rule IS 'The rule.';
COMMENT ON COLUMN pdauth.legacy_gap_closing.document IS 'What shows it.';

INSERT INTO pdauth.life_cycle VALUES ('legacy_arrangement', 'legacy_id', 'number', 'legacy_violations', 'legacy_effects', 'R-34-1', 'R-34-1', 'R-34-1', '{drafted}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('legacy_arrangement', '', 'drafted', '{agency}', 'R-34-1', '{}'),
  ('legacy_arrangement', 'drafted', 'entered', '{agency}', 'R-34-1', '{document}'),
  ('legacy_arrangement', 'entered', 'completed', '{agency}', 'R-34-1', '{document}');

CREATE FUNCTION pdauth.never_tolerated(rule text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$ SELECT rule ~ '^(X|R-2|R-21|R-34|R-36)-' OR rule IN ('R-3-1', 'R-20-5', 'R-25-1', 'R-25-2', 'R-25-3', 'R-25-4', 'R-25-5', 'R-28-2', 'R-28-5') $function$;
COMMENT ON FUNCTION pdauth.never_tolerated(text) IS 'Rules that bind earlier arrangements from the first day (R-34-1). NULL for NULL.';

-- What the register itself knows of the beginning: an agreement that begins under the measure is new activity.
CREATE FUNCTION pdauth.begins_on(object text) RETURNS date
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT max(b.begins) FROM (
    SELECT lower(a.term) FROM pdauth.operating_agreement AS a WHERE begins_on.object = pdauth.object_label('operating_agreement', a.label)
    UNION ALL
    SELECT lower(d.term) FROM pdauth.development_agreement AS d WHERE begins_on.object = pdauth.object_label('development_agreement', d.number)) AS b (begins)
$function$;
REVOKE ALL ON FUNCTION pdauth.begins_on(text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.begins_on(text) IS 'First day of the term of an agreement of the register, as messages call it; NULL for anything else, and for NULL.';

CREATE FUNCTION pdauth.legacy_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-34-1', step.object, format('It is of %s.', pdauth.party_code(l.agency_party)), NULL::text
    FROM pdauth.legacy_arrangement AS l WHERE l.legacy_id = step.object_id AND l.agency_party <> step.party_id
  UNION ALL
  SELECT 'R-34-1', step.object, format('%s is not of %s.', l.object, pdauth.party_code(l.agency_party)), NULL
    FROM pdauth.legacy_arrangement AS l
   WHERE l.legacy_id = step.object_id AND EXISTS (SELECT FROM pdauth.transition AS t WHERE t.object = l.object AND NOT l.agency_party = ANY (t.parties || t.party_id))
  UNION ALL
  SELECT 'R-34-1', step.object, format('%s is not of %s.', l.object, l.division), NULL
    FROM pdauth.legacy_arrangement AS l
   WHERE l.legacy_id = step.object_id
     AND (EXISTS (SELECT FROM pdauth.transition AS t WHERE t.object = l.object AND NOT pdauth.division_code_equal(t.division, l.division))
          OR NOT EXISTS (SELECT FROM pdauth.party_capacity AS c
                          WHERE c.party_id = l.agency_party AND c.capacity = 'agency' AND coalesce(c.ended_on, 'infinity') > pdauth.clock_today() AND pdauth.division_code_contains(c.division, l.division)))
  UNION ALL
  SELECT 'R-34-2', step.object, format('%s begins on %s.', l.object, b.begins), NULL
    FROM pdauth.legacy_arrangement AS l CROSS JOIN LATERAL pdauth.begins_on(l.object) AS b (begins)
   WHERE l.legacy_id = step.object_id AND step.to_state <> 'completed' AND b.begins >= pdauth.pack_start(l.division)
  UNION ALL
  SELECT 'R-34-2', step.object, format('Begun on %s, shown by a document of %s; the measure took effect on %s.', l.started_on, l.evidence_dated, coalesce(pdauth.pack_start(l.division)::text, 'no day yet')), NULL
    FROM pdauth.legacy_arrangement AS l
   WHERE l.legacy_id = step.object_id AND NOT coalesce(l.started_on < pdauth.pack_start(l.division) AND l.evidence_dated < pdauth.pack_start(l.division), false)
  UNION ALL
  SELECT 'R-34-2', step.object, format('%s was changed or extended since: %s.', l.object, t.object), NULL
    FROM pdauth.legacy_arrangement AS l JOIN pdauth.transition AS t ON starts_with(t.object, l.object || ' version ')
   WHERE l.legacy_id = step.object_id AND step.to_state <> 'completed' AND t.from_state = ''
  UNION ALL
  SELECT 'R-34-1', step.object, format('%s binds earlier arrangements, too.', g.rule), NULL
    FROM pdauth.legacy_gap AS g WHERE g.legacy_id = step.object_id AND step.to_state = 'entered' AND pdauth.never_tolerated(g.rule)
  UNION ALL
  SELECT 'R-34-1', step.object, format('%s is tolerated until %s, at most until %s.', g.rule, g.until, m.last), NULL
    FROM pdauth.legacy_arrangement AS l JOIN pdauth.legacy_gap AS g USING (legacy_id)
   CROSS JOIN LATERAL (SELECT least(l.ends_on, pdauth.pack_start(l.division) + pdauth.figure('legacy_grace_days', l.division))) AS m(last)
   WHERE l.legacy_id = step.object_id AND step.to_state = 'entered' AND g.until > m.last
  UNION ALL
  SELECT 'R-34-1', step.object, format('Open: %s.', g.rule), NULL
    FROM pdauth.legacy_gap AS g
   WHERE g.legacy_id = step.object_id AND step.to_state = 'completed' AND NOT EXISTS (SELECT FROM pdauth.legacy_gap_closing AS c WHERE (c.legacy_id, c.rule) = (g.legacy_id, g.rule))
$function$;
REVOKE ALL ON FUNCTION pdauth.legacy_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.legacy_violations(pdauth.transition) IS 'Check function of earlier arrangements: of the agency''s own, begun before the effective date by a document of before it and by the register (R-34-2); gaps of rules that can be tolerated, for no longer than the pack allows (R-34-1).';

CREATE FUNCTION pdauth.gap_matter(legacy_id bigint, rule text) RETURNS text
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $function$ SELECT format('legacy arrangement %s: %s', l.number, gap_matter.rule) FROM pdauth.legacy_arrangement AS l WHERE l.legacy_id = gap_matter.legacy_id $function$;
REVOKE ALL ON FUNCTION pdauth.gap_matter(bigint, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.gap_matter(bigint, text) IS 'A gap as duties name it. NULL for NULL.';

CREATE FUNCTION pdauth.legacy_effects(step pdauth.transition) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT pdauth.open_fixed_duty('legacy_arrangement', l.legacy_id, pdauth.gap_matter(l.legacy_id, g.rule), 'R-34-1', d.party_id, pdauth.holder_of_kind('bureau', l.division), g.until)
    FROM pdauth.legacy_arrangement AS l JOIN pdauth.legacy_gap AS g USING (legacy_id) CROSS JOIN LATERAL unnest(ARRAY[l.agency_party, l.operator_party]) AS d(party_id)
   WHERE l.legacy_id = step.object_id AND step.to_state = 'entered' AND d.party_id IS NOT NULL
$function$;
REVOKE ALL ON FUNCTION pdauth.legacy_effects(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.legacy_effects(pdauth.transition) IS 'What follows when an earlier arrangement is entered: agency and operator owe that each gap is closed by its day (R-34-1).';

CREATE FUNCTION pdauth.keep_legacy_gap() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  arrangement pdauth.legacy_arrangement;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  END IF;
  SELECT * INTO arrangement FROM pdauth.legacy_arrangement AS l WHERE l.legacy_id = NEW.legacy_id;
  IF TG_TABLE_NAME = 'legacy_gap' THEN
    RETURN jsonb_populate_record(NEW, jsonb_build_object('until', coalesce((to_jsonb(NEW) ->> 'until')::date,
             least(arrangement.ends_on, pdauth.pack_start(arrangement.division) + pdauth.figure('legacy_grace_days', arrangement.division)))));
  ELSIF (pdauth.require_actor()).party_id <> arrangement.agency_party OR arrangement.state <> 'entered' THEN
    PERFORM pdauth.refuse('R-34-1', pdauth.object_label('legacy_arrangement', arrangement.number), format('%s closes gaps of an arrangement that is entered.', pdauth.party_code(arrangement.agency_party)), NULL, arrangement.division);
  END IF;
  UPDATE pdauth.obligation AS o SET fulfilled_at = pdauth.clock_now(), evidence = to_jsonb(NEW) ->> 'document'
   WHERE o.rule = 'R-34-1' AND o.matter = pdauth.gap_matter(NEW.legacy_id, NEW.rule) AND o.closed_at IS NULL;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.keep_legacy_gap() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.keep_legacy_gap() IS 'Row trigger of gaps and their closings: fills in the last day; a closing, by the agency, fulfils the duty (R-34-1).';

SELECT pdauth.register_table('pdauth.legacy_arrangement', '{agency}', 'R-34-1');
SELECT pdauth.describe_columns('pdauth.legacy_arrangement');
SELECT pdauth.register_table('pdauth.legacy_gap', '{agency}', 'R-34-1');
SELECT pdauth.register_fact('pdauth.legacy_gap_closing', '{agency}', 'R-34-1', 'keep_legacy_gap');
CREATE TRIGGER keep_content BEFORE INSERT OR UPDATE OR DELETE ON pdauth.legacy_gap FOR EACH ROW EXECUTE FUNCTION pdauth.keep_content('legacy_arrangement', 'agency_party', 'R-34-1');
CREATE TRIGGER keep_legacy_gap BEFORE INSERT OR UPDATE ON pdauth.legacy_gap FOR EACH ROW EXECUTE FUNCTION pdauth.keep_legacy_gap();
ALTER TABLE pdauth.legacy_gap ENABLE ALWAYS TRIGGER keep_content;
ALTER TABLE pdauth.legacy_gap ENABLE ALWAYS TRIGGER keep_legacy_gap;
CREATE POLICY register ON pdauth.legacy_arrangement USING (pdauth.may_see(division, agency_party, operator_party)) WITH CHECK (true);
CREATE POLICY register ON pdauth.legacy_gap USING (EXISTS (SELECT FROM pdauth.legacy_arrangement AS o WHERE o.legacy_id = legacy_gap.legacy_id)) WITH CHECK (true);
CREATE POLICY register ON pdauth.legacy_gap_closing USING (EXISTS (SELECT FROM pdauth.legacy_arrangement AS o WHERE o.legacy_id = legacy_gap_closing.legacy_id)) WITH CHECK (true);

-- Asked by judge() for each violation.
CREATE FUNCTION pdauth.tolerance(rule text, object text, OUT standing text, OUT legacy text, OUT until date) RETURNS record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT CASE WHEN pdauth.begins_on(tolerance.object) >= pdauth.pack_start(l.division) AND tolerance.object = l.object THEN 'changed'
              WHEN g.until < pdauth.clock_today() THEN 'expired' WHEN tolerance.object = l.object THEN 'tolerated' ELSE 'changed' END, l.number, g.until
    FROM pdauth.legacy_arrangement AS l JOIN pdauth.legacy_gap AS g USING (legacy_id)
   WHERE l.state = 'entered' AND g.rule = tolerance.rule AND (tolerance.object = l.object OR starts_with(tolerance.object, l.object || ' version '))
     AND NOT EXISTS (SELECT FROM pdauth.legacy_gap_closing AS c WHERE (c.legacy_id, c.rule) = (g.legacy_id, g.rule))
   ORDER BY g.until DESC LIMIT 1
$function$;
REVOKE ALL ON FUNCTION pdauth.tolerance(text, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.tolerance(text, text) IS
  'How a gap of an earlier arrangement stands today: tolerated; expired; or changed, for a later version of the object or an agreement that begins under the measure, which is new activity. NULLs if there is none (R-34-1, R-34-2).';
