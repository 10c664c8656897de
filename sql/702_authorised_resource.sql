-- The authorised data scope (授权数据范围, Article 15): classification, findings
-- that nobody is harmed, the quality standard, and the entries of the
-- authorised-operation catalogue that data-use requests name.

CREATE TABLE pdauth.resource_column (
  resource_id bigint NOT NULL REFERENCES pdauth.resource,
  column_name text COLLATE "C" NOT NULL CHECK (pdauth.has_content(column_name)),
  class       text NOT NULL CHECK (class IN ('ordinary', 'identifying', 'sensitive')),
  level       text NOT NULL CHECK (level IN ('general', 'important', 'core')),
  PRIMARY KEY (resource_id, column_name)
);
COMMENT ON TABLE pdauth.resource_column IS 'Classification and grading (分类分级) of the columns of a catalogue entry, by its providing department (R-15-1).';
COMMENT ON COLUMN pdauth.resource_column.resource_id IS 'The resource.';
COMMENT ON COLUMN pdauth.resource_column.column_name IS 'Column of it.';
COMMENT ON COLUMN pdauth.resource_column.class IS 'ordinary, identifying (of persons or enterprises) or sensitive; the last two need a reason of their own in a request (R-20-3).';
COMMENT ON COLUMN pdauth.resource_column.level IS 'Grade: general, important or core (GB/T 43697).';

CREATE TABLE pdauth.harm_finding (
  finding_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  resource_id       bigint NOT NULL REFERENCES pdauth.resource,
  catalogue_version integer,
  subject           text NOT NULL,
  harmless          boolean NOT NULL,
  part              text NOT NULL CHECK (part IN ('provider', 'authority')),
  found_on          date NOT NULL,
  document          text NOT NULL CHECK (pdauth.has_content(document)),
  recorded_at       timestamptz NOT NULL,
  recorded_by       name NOT NULL
);
CREATE INDEX harm_finding_resource_index ON pdauth.harm_finding (resource_id);
COMMENT ON TABLE pdauth.harm_finding IS 'Findings of the providing department and of the data authority that operation of a resource does not harm: one for each subject of the pack''s list harm_subjects; the latest counts (R-15-1).';
COMMENT ON COLUMN pdauth.harm_finding.finding_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.harm_finding.resource_id IS 'The resource.';
COMMENT ON COLUMN pdauth.harm_finding.catalogue_version IS 'Version of the entry it is about: the current one, filled in.';
COMMENT ON COLUMN pdauth.harm_finding.subject IS 'A word of the pack''s list harm_subjects, such as national security.';
COMMENT ON COLUMN pdauth.harm_finding.harmless IS 'Whether it is not harmed.';
COMMENT ON COLUMN pdauth.harm_finding.part IS 'provider or authority: who found, filled in.';
COMMENT ON COLUMN pdauth.harm_finding.found_on IS 'Date of the finding.';
COMMENT ON COLUMN pdauth.harm_finding.document IS 'Document of it.';
COMMENT ON COLUMN pdauth.harm_finding.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.harm_finding.recorded_by IS 'Role that inserted it.';

CREATE TABLE pdauth.quality_standard (
  standard_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number          text COLLATE "C" NOT NULL CHECK (pdauth.has_content(number)),
  version         integer NOT NULL CHECK (version > 0),
  division        pdauth.division_code,
  authority_party bigint REFERENCES pdauth.party,
  monitoring      text NOT NULL CHECK (pdauth.has_content(monitoring)),
  correction      text NOT NULL CHECK (pdauth.has_content(correction)),
  objection       text NOT NULL CHECK (pdauth.has_content(objection)),
  document        text NOT NULL CHECK (pdauth.has_content(document)),
  recorded_at     timestamptz NOT NULL,
  recorded_by     name NOT NULL,
  UNIQUE (number, version)
);
COMMENT ON TABLE pdauth.quality_standard IS 'Versions of quality standards of a data authority, with the mechanisms for monitoring, error correction and objections (R-17-1).';
COMMENT ON COLUMN pdauth.quality_standard.standard_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.quality_standard.number IS 'Number.';
COMMENT ON COLUMN pdauth.quality_standard.version IS 'Version.';
COMMENT ON COLUMN pdauth.quality_standard.division IS 'Division.';
COMMENT ON COLUMN pdauth.quality_standard.authority_party IS 'Data authority, filled in.';
COMMENT ON COLUMN pdauth.quality_standard.monitoring IS 'How quality is monitored.';
COMMENT ON COLUMN pdauth.quality_standard.correction IS 'How errors are corrected.';
COMMENT ON COLUMN pdauth.quality_standard.objection IS 'How objections are handled.';
COMMENT ON COLUMN pdauth.quality_standard.document IS 'Document.';
COMMENT ON COLUMN pdauth.quality_standard.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.quality_standard.recorded_by IS 'Role that inserted it.';

CREATE TABLE pdauth.authorised_resource (
  entry_id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  path              text COLLATE "C" NOT NULL UNIQUE REFERENCES pdauth.resource (path),
  division          pdauth.division_code,
  authority_party   bigint NOT NULL REFERENCES pdauth.party,
  standard_id       bigint REFERENCES pdauth.quality_standard,
  catalogue_version integer,
  state             text NOT NULL DEFAULT 'proposed',
  act_date          date,
  act_document      text,
  act_digest        pdauth.document_digest,
  act_reason        text,
  registered_at     timestamptz
);
COMMENT ON TABLE pdauth.authorised_resource IS 'Catalogue of authorised operation: the resources in the authorised scope, kept by the data authority. proposed, in scope or removed. A new catalogue version of the resource takes it out of the scope until it has been examined again.';
COMMENT ON COLUMN pdauth.authorised_resource.entry_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.authorised_resource.path IS 'Path of the resource.';
COMMENT ON COLUMN pdauth.authorised_resource.division IS 'Division of the resource.';
COMMENT ON COLUMN pdauth.authorised_resource.authority_party IS 'Data authority of that division.';
COMMENT ON COLUMN pdauth.authorised_resource.standard_id IS 'Version of the quality standard that applies (R-17-1).';
COMMENT ON COLUMN pdauth.authorised_resource.catalogue_version IS 'Version of the catalogue entry that was examined, filled in when it comes into scope.';
COMMENT ON COLUMN pdauth.authorised_resource.state IS 'proposed, in scope or removed.';
COMMENT ON COLUMN pdauth.authorised_resource.act_date IS 'Legal date of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.authorised_resource.act_document IS 'Document of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.authorised_resource.act_digest IS 'Its digest; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.authorised_resource.act_reason IS 'Reason of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.authorised_resource.registered_at IS 'When it was registered.';

INSERT INTO pdauth.life_cycle VALUES ('authorised_resource', 'entry_id', 'path', 'authorised_resource_violations', NULL, 'R-15-1', 'R-15-1', 'R-15-1', '{proposed}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('authorised_resource', '', 'proposed', '{bureau,prefecture,county}', 'R-15-1', '{}'),
  ('authorised_resource', 'proposed', 'in scope', '{bureau,prefecture,county}', 'R-15-1', '{document}'),
  ('authorised_resource', 'in scope', 'removed', '{bureau,prefecture,county}', 'R-15-1', '{document,reason}'),
  ('authorised_resource', 'in scope', 'proposed', '{bureau,prefecture,county}', 'R-15-1', '{reason}'),
  ('authorised_resource', 'removed', 'proposed', '{bureau,prefecture,county}', 'R-15-1', '{reason}');

CREATE FUNCTION pdauth.data_authority(division pdauth.division_code) RETURNS bigint
LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT pdauth.holder_of(CASE pdauth.division_level(division) WHEN 'province' THEN 'bureau' WHEN 'prefecture' THEN 'prefecture' WHEN 'county' THEN 'county' END, division)
$function$;
REVOKE ALL ON FUNCTION pdauth.data_authority(pdauth.division_code) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.data_authority(pdauth.division_code) TO pdauth_register, pdauth_policy_admin, pdauth_auditor;
COMMENT ON FUNCTION pdauth.data_authority(pdauth.division_code) IS 'The data authority (数据主管部门) of exactly this division: bureau, prefecture or county authority; NULL if none is recorded, and for NULL.';

CREATE FUNCTION pdauth.workdays_since(day date) RETURNS integer
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp SET pdauth.calendar_horizon = 'provisional'
AS $function$
BEGIN
  RETURN pdauth.workday_count(day, pdauth.clock_today());
END
$function$;
COMMENT ON FUNCTION pdauth.workdays_since(date) IS 'Working days after a day up to today, provisional where the days are not announced yet: the age of what has no deadline. NULL for NULL.';

CREATE FUNCTION pdauth.classification_gaps(resource pdauth.resource) RETURNS text
LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT string_agg(gap, ', ')
    FROM (SELECT c || ' not classified' AS gap FROM unnest(resource.columns) AS c
           WHERE NOT EXISTS (SELECT FROM pdauth.resource_column AS k WHERE k.resource_id = resource.resource_id AND k.column_name = c)
          UNION ALL
          -- what is in this database has to be labelled as it is graded
          SELECT format('%s of %s not labelled %s', a.attname, p.relation, k.level)
            FROM pdauth.protected_relation AS p JOIN pg_attribute AS a ON a.attrelid = p.label_of AND a.attnum > 0 AND NOT a.attisdropped
            JOIN pdauth.resource_column AS k ON k.resource_id = resource.resource_id AND k.column_name = a.attname
            LEFT JOIN pdauth.column_label AS l ON l.relation = p.label_of AND l.column_name = a.attname
           WHERE p.resource = resource.path AND p.relation = p.label_of
             AND array_position('{general,important,core}', coalesce(l.level, 'general')) < array_position('{general,important,core}', k.level)
          UNION ALL
          SELECT format('%s of %s not catalogued', a.attname, p.relation)
            FROM pdauth.protected_relation AS p JOIN pg_attribute AS a ON a.attrelid = p.label_of AND a.attnum > 0 AND NOT a.attisdropped
           WHERE p.resource = resource.path AND p.relation = p.label_of AND NOT a.attname = ANY (resource.columns)) AS g(gap)
$function$;
REVOKE ALL ON FUNCTION pdauth.classification_gaps(pdauth.resource) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.classification_gaps(pdauth.resource) IS 'What the classification of a resource lacks: columns of its entry not classified, and columns of protected tables in this database that are not catalogued or not labelled as high as they are graded. NULL if nothing.';

CREATE FUNCTION pdauth.inclusion_violations(resource pdauth.resource, rule text, object text) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT rule, object, format('Classification of %s: %s.', resource.path, pdauth.classification_gaps(resource)), NULL::text WHERE pdauth.classification_gaps(resource) IS NOT NULL
  UNION ALL
  SELECT rule, object, format('%s not found harmless: %s.', resource.path, string_agg(format('%s (%s)', s.subject, w.part), ', ' ORDER BY s.place, w.part)), NULL
    FROM jsonb_array_elements_text(pdauth.pack_value('list', 'harm_subjects', resource.division)) WITH ORDINALITY AS s (subject, place)
   CROSS JOIN (VALUES ('provider'), ('authority')) AS w (part)
   WHERE NOT coalesce((SELECT f.harmless FROM pdauth.harm_finding AS f
                        WHERE f.resource_id = resource.resource_id AND f.catalogue_version = resource.catalogue_version AND f.subject = s.subject AND f.part = w.part
                        ORDER BY f.finding_id DESC LIMIT 1), false)
  HAVING count(*) > 0
$function$;
REVOKE ALL ON FUNCTION pdauth.inclusion_violations(pdauth.resource, text, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.inclusion_violations(pdauth.resource, text, text) IS 'What keeps a resource, as it is catalogued now, out of authorised operation: columns not classified, findings of its provider or data authority missing or adverse (R-15-1), as violations of the rule given.';

CREATE FUNCTION pdauth.in_authorised_scope(path text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT EXISTS (SELECT FROM pdauth.authorised_resource AS a JOIN pdauth.resource AS r USING (path)
                  WHERE a.path = in_authorised_scope.path AND a.state = 'in scope' AND a.catalogue_version = r.catalogue_version AND r.state = 'eligible')
$function$;
REVOKE ALL ON FUNCTION pdauth.in_authorised_scope(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.in_authorised_scope(text) TO pdauth_register, pdauth_policy_admin, pdauth_auditor;
COMMENT ON FUNCTION pdauth.in_authorised_scope(text) IS 'Is the resource in the authorised scope, as it is catalogued now? False for NULL. The negative list is another matter.';

CREATE FUNCTION pdauth.authorised_resource_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-15-1', step.object, format('The data authority of %s is %s.', r.division, coalesce(pdauth.party_code(pdauth.data_authority(r.division)), 'not recorded')), NULL::text
    FROM pdauth.authorised_resource AS a JOIN pdauth.resource AS r USING (path)
   WHERE a.entry_id = step.object_id
     AND (a.authority_party IS DISTINCT FROM pdauth.data_authority(r.division) OR step.party_id <> a.authority_party OR NOT pdauth.division_code_equal(a.division, r.division))
  UNION ALL
  SELECT v.* FROM pdauth.authorised_resource AS a JOIN pdauth.resource AS r USING (path), pdauth.inclusion_violations(r, 'R-15-1', step.object) AS v
   WHERE a.entry_id = step.object_id AND step.to_state = 'in scope'
  UNION ALL
  SELECT v.* FROM pdauth.authorised_resource AS a JOIN pdauth.resource AS r USING (path), pdauth.resource_violations(r.resource_id, step.object, 'R-15-4') AS v
   WHERE a.entry_id = step.object_id AND step.to_state = 'in scope'
  UNION ALL
  SELECT 'R-17-1', step.object, NULL, NULL
    FROM pdauth.authorised_resource AS a
   WHERE a.entry_id = step.object_id AND step.to_state = 'in scope'
     AND NOT EXISTS (SELECT FROM pdauth.quality_standard AS s WHERE s.standard_id = a.standard_id AND s.authority_party = a.authority_party)
$function$;
REVOKE ALL ON FUNCTION pdauth.authorised_resource_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.authorised_resource_violations(pdauth.transition) IS 'Check function of the authorised-operation catalogue: kept by the data authority, of classified and harmless resources with a quality standard (R-15-1, R-15-4, R-17-1).';

CREATE FUNCTION pdauth.keep_authorised_resource() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.catalogue_version := CASE WHEN pdauth.break_glass_active() THEN NEW.catalogue_version END;
  ELSIF NEW.state = 'in scope' AND OLD.state <> 'in scope' THEN
    -- a change of the entry waits until it is known which version was examined (X-5)
    SELECT r.catalogue_version INTO NEW.catalogue_version FROM pdauth.resource AS r WHERE r.path = NEW.path FOR SHARE;
  ELSE
    NEW.catalogue_version := OLD.catalogue_version;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.keep_authorised_resource() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.keep_authorised_resource() IS 'Row trigger of pdauth.authorised_resource: notes the catalogue version that comes into scope.';

CREATE FUNCTION pdauth.check_scope_fact() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor;
  resource pdauth.resource;
  fact jsonb := to_jsonb(NEW);
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  END IF;
  actor := pdauth.require_actor();
  IF TG_TABLE_NAME = 'quality_standard' THEN
    IF actor.party_id IS DISTINCT FROM pdauth.data_authority((fact ->> 'division')::pdauth.division_code) THEN
      PERFORM pdauth.refuse('R-17-1', 'quality standard', format('%s is not the data authority of %s.', actor.party, fact ->> 'division'), NULL, actor.division);
    END IF;
    RETURN jsonb_populate_record(NEW, jsonb_build_object('authority_party', actor.party_id));
  END IF;
  SELECT * INTO resource FROM pdauth.resource AS r WHERE r.resource_id = (fact ->> 'resource_id')::bigint FOR SHARE;
  IF actor.party_id IS DISTINCT FROM (CASE WHEN actor.capacity = 'provider' THEN resource.provider_party ELSE pdauth.data_authority(resource.division) END) THEN
    PERFORM pdauth.refuse('R-15-1', 'resource ' || resource.path, format('%s is neither its provider nor its data authority.', actor.party), NULL, resource.division);
  ELSIF NOT pdauth.word_allowed('harm_subjects', fact ->> 'subject', resource.division) THEN
    PERFORM pdauth.refuse('R-15-1', 'resource ' || resource.path, format('Subject: %s.', fact ->> 'subject'), NULL, resource.division);
  ELSIF (fact ->> 'found_on')::date > pdauth.clock_today() THEN
    PERFORM pdauth.refuse('X-3', 'resource ' || resource.path, 'The finding is dated after today.');
  END IF;
  RETURN jsonb_populate_record(NEW, jsonb_build_object('catalogue_version', resource.catalogue_version,
    'part', CASE WHEN actor.capacity = 'provider' THEN 'provider' ELSE 'authority' END));
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_scope_fact() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_scope_fact() IS 'Row trigger of findings and quality standards: by the providing department or the data authority, for the entry as it is now (R-15-1, R-17-1).';

SELECT pdauth.register_table('pdauth.resource_column', '{provider}', 'R-15-1');
SELECT pdauth.register_table('pdauth.harm_finding', '{provider,bureau,prefecture,county}', 'R-15-1');
SELECT pdauth.register_table('pdauth.quality_standard', '{bureau,prefecture,county}', 'R-17-1');
SELECT pdauth.register_table('pdauth.authorised_resource', '{bureau,prefecture,county}', 'R-15-1', 'catalogue_version');
CREATE TRIGGER keep_content BEFORE INSERT OR UPDATE ON pdauth.resource_column FOR EACH ROW WHEN (NOT pdauth.register_writes()) EXECUTE FUNCTION pdauth.keep_content('resource', 'provider_party', 'R-15-1');
CREATE TRIGGER keep_content_whole BEFORE DELETE ON pdauth.resource_column FOR EACH ROW EXECUTE FUNCTION pdauth.keep_content('resource', 'provider_party', 'R-15-1');
ALTER TABLE pdauth.resource_column ENABLE ALWAYS TRIGGER keep_content;
ALTER TABLE pdauth.resource_column ENABLE ALWAYS TRIGGER keep_content_whole;
CREATE TRIGGER keep_authorised_resource BEFORE INSERT OR UPDATE ON pdauth.authorised_resource FOR EACH ROW EXECUTE FUNCTION pdauth.keep_authorised_resource();
ALTER TABLE pdauth.authorised_resource ENABLE ALWAYS TRIGGER keep_authorised_resource;
CREATE TRIGGER check_scope_fact BEFORE INSERT ON pdauth.harm_finding FOR EACH ROW EXECUTE FUNCTION pdauth.check_scope_fact();
CREATE TRIGGER check_scope_fact BEFORE INSERT ON pdauth.quality_standard FOR EACH ROW EXECUTE FUNCTION pdauth.check_scope_fact();
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.harm_finding FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record();
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.quality_standard FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record();
ALTER TABLE pdauth.harm_finding ENABLE ALWAYS TRIGGER check_scope_fact;
ALTER TABLE pdauth.quality_standard ENABLE ALWAYS TRIGGER check_scope_fact;
ALTER TABLE pdauth.harm_finding ENABLE ALWAYS TRIGGER keep_record;
ALTER TABLE pdauth.quality_standard ENABLE ALWAYS TRIGGER keep_record;
CREATE FUNCTION pdauth.hold_classification() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  entry pdauth.authorised_resource;
BEGIN
  SELECT a.* INTO entry FROM pdauth.authorised_resource AS a
   WHERE a.path = (SELECT r.path FROM pdauth.resource AS r WHERE r.resource_id = (coalesce(to_jsonb(NEW), to_jsonb(OLD)) ->> 'resource_id')::bigint) FOR SHARE;
  IF entry.state = 'in scope' AND NOT pdauth.break_glass_active() THEN
    PERFORM pdauth.refuse('R-15-1', 'resource ' || entry.path, 'It is in the authorised scope as it was classified.', 'Have the data authority take the entry back to proposed first.', entry.division);
  END IF;
  RETURN coalesce(NEW, OLD);
END
$function$;
REVOKE ALL ON FUNCTION pdauth.hold_classification() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.hold_classification() IS 'Row trigger of pdauth.resource_column: no other classification while the resource is in scope on this one (PD151, R-15-1).';
CREATE TRIGGER hold_classification BEFORE INSERT OR UPDATE OR DELETE ON pdauth.resource_column FOR EACH ROW EXECUTE FUNCTION pdauth.hold_classification();
ALTER TABLE pdauth.resource_column ENABLE ALWAYS TRIGGER hold_classification;
-- What can be asked for is there to be found by those who take part.
CREATE POLICY register ON pdauth.resource_column USING (true) WITH CHECK (true);
CREATE POLICY register ON pdauth.quality_standard USING (true) WITH CHECK (true);
CREATE POLICY register ON pdauth.authorised_resource USING (true) WITH CHECK (true);
CREATE POLICY register ON pdauth.harm_finding USING (EXISTS (SELECT FROM pdauth.resource AS r WHERE r.resource_id = harm_finding.resource_id AND pdauth.may_see(r.division, r.provider_party))) WITH CHECK (true);

CREATE VIEW pdauth.unexplained_exclusion WITH (security_barrier) AS
  SELECT r.path, r.name, pdauth.party_code(r.provider_party) AS provider, pdauth.party_code(pdauth.data_authority(r.division)) AS authority, r.division, 'PD152' AS flag
    FROM pdauth.resource AS r
   WHERE r.state = 'eligible' AND NOT pdauth.in_authorised_scope(r.path) AND NOT pdauth.by_reference(r)
     AND NOT EXISTS (SELECT FROM pdauth.negative_list AS n WHERE n.resource_id = r.resource_id AND n.state = 'listed')
     AND pdauth.may_see(r.division, r.provider_party);
COMMENT ON VIEW pdauth.unexplained_exclusion IS 'Eligible resources that are neither in the authorised scope nor on a negative list (R-15-2). A flag for the data authority and the provider; nothing is refused because of it.';
COMMENT ON COLUMN pdauth.unexplained_exclusion.path IS 'The resource.';
COMMENT ON COLUMN pdauth.unexplained_exclusion.name IS 'Its name.';
COMMENT ON COLUMN pdauth.unexplained_exclusion.provider IS 'Providing department.';
COMMENT ON COLUMN pdauth.unexplained_exclusion.authority IS 'Data authority that should include or list it.';
COMMENT ON COLUMN pdauth.unexplained_exclusion.division IS 'Division.';
COMMENT ON COLUMN pdauth.unexplained_exclusion.flag IS 'SQLSTATE of R-15-2.';
GRANT SELECT ON pdauth.unexplained_exclusion TO pdauth_register, pdauth_policy_admin, pdauth_auditor;
