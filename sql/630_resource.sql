-- Resources of the catalogue, the provider's restrictions, loads, and the
-- negative list: what a plan may take into its scope (Articles 4, 5, 15).

CREATE TABLE pdauth.resource (
  resource_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  path             text COLLATE "C" NOT NULL UNIQUE CHECK (path = pdauth.resource_path(path)),
  name             text NOT NULL CHECK (pdauth.has_content(name)),
  provider_party   bigint NOT NULL REFERENCES pdauth.party,
  division         pdauth.division_code,
  holder_level     text NOT NULL CHECK (holder_level IN ('state', 'province', 'prefecture', 'county', 'township', 'utility', 'private')),
  personal_information boolean NOT NULL,
  level            text NOT NULL CHECK (level IN ('general', 'important', 'core')),
  columns          text[] NOT NULL CHECK (pg_catalog.cardinality(columns) > 0),
  update_frequency pdauth.term NOT NULL,
  quality          text NOT NULL CHECK (pdauth.has_content(quality)),
  ownership        text,
  catalogue_version integer NOT NULL DEFAULT 1,
  state            text NOT NULL DEFAULT 'catalogued',
  act_date         date,
  act_document     text,
  act_digest       pdauth.document_digest,
  act_reason       text,
  registered_at    timestamptz
);
COMMENT ON TABLE pdauth.resource IS 'Catalogue entries of public data resources, kept by the providing department. catalogued, then eligible once classified and found harmless, or withdrawn.';
COMMENT ON COLUMN pdauth.resource.resource_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.resource.path IS 'Resource path, as in license scopes and security labels.';
COMMENT ON COLUMN pdauth.resource.name IS 'Name.';
COMMENT ON COLUMN pdauth.resource.provider_party IS 'Data-providing department (数据提供单位).';
COMMENT ON COLUMN pdauth.resource.division IS 'Division whose government holds it.';
COMMENT ON COLUMN pdauth.resource.holder_level IS 'Level of the holder; only those of the pack''s list can be authorised (R-4-3).';
COMMENT ON COLUMN pdauth.resource.personal_information IS 'Does it involve personal information (R-5-5)?';
COMMENT ON COLUMN pdauth.resource.level IS 'Grade: general, important or core (GB/T 43697).';
COMMENT ON COLUMN pdauth.resource.columns IS 'Columns it has.';
COMMENT ON COLUMN pdauth.resource.update_frequency IS 'Time from one load to the next that the entry promises (R-5-7).';
COMMENT ON COLUMN pdauth.resource.quality IS 'Quality status.';
COMMENT ON COLUMN pdauth.resource.ownership IS 'Ownership clause, for the asset view (R-5-10).';
COMMENT ON COLUMN pdauth.resource.catalogue_version IS 'Raised by each change of what the provider''s restrictions rest on: columns, personal information, level.';
COMMENT ON COLUMN pdauth.resource.state IS 'catalogued, eligible or withdrawn.';
COMMENT ON COLUMN pdauth.resource.act_date IS 'Legal date of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.resource.act_document IS 'Document of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.resource.act_digest IS 'Its digest; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.resource.act_reason IS 'Reason of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.resource.registered_at IS 'When it was registered.';

CREATE FUNCTION pdauth.keep_resource() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  END IF;
  actor := pdauth.require_actor();
  IF actor.party_id IS DISTINCT FROM coalesce(OLD.provider_party, NEW.provider_party) OR actor.party_id <> NEW.provider_party THEN
    PERFORM pdauth.refuse('R-5-4', 'resource ' || NEW.path, format('%s is not its providing department.', actor.party), NULL, NEW.division);
  END IF;
  IF TG_OP = 'UPDATE' AND (NEW.columns, NEW.personal_information, NEW.level) IS DISTINCT FROM (OLD.columns, OLD.personal_information, OLD.level) THEN
    NEW.catalogue_version := OLD.catalogue_version + 1;
  ELSE
    NEW.catalogue_version := coalesce(OLD.catalogue_version, 1);
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.keep_resource() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.keep_resource() IS 'Row trigger of pdauth.resource: only the providing department writes its entries (PD054, R-5-4); counts catalogue versions.';

INSERT INTO pdauth.life_cycle VALUES ('resource', 'resource_id', 'path', NULL, NULL, 'X-5', 'X-5', 'X-5', '{catalogued,eligible}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('resource', '', 'catalogued', '{provider}', 'R-5-4', '{}'),
  ('resource', 'catalogued', 'eligible', '{provider}', 'R-15-1', '{document}'),
  ('resource', 'eligible', 'withdrawn', '{provider}', 'R-5-4', '{reason}'),
  ('resource', 'catalogued', 'withdrawn', '{provider}', 'R-5-4', '{reason}');
SELECT pdauth.register_table('pdauth.resource', '{provider}', 'R-5-4', 'catalogue_version');
CREATE TRIGGER keep_resource BEFORE INSERT OR UPDATE ON pdauth.resource FOR EACH ROW EXECUTE FUNCTION pdauth.keep_resource();
ALTER TABLE pdauth.resource ENABLE ALWAYS TRIGGER keep_resource;
-- The catalogue is there to be found by those who take part.
CREATE POLICY register ON pdauth.resource USING (true) WITH CHECK (true);

CREATE TABLE pdauth.resource_restriction (
  restriction_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  resource_id        bigint NOT NULL REFERENCES pdauth.resource,
  catalogue_version  integer,
  none               boolean NOT NULL,
  forbidden_purposes text[] NOT NULL DEFAULT '{}',
  conditions         text,
  stated_on          date NOT NULL,
  document           text NOT NULL CHECK (pdauth.has_content(document)),
  recorded_at        timestamptz NOT NULL,
  recorded_by        name NOT NULL,
  CHECK (none = (forbidden_purposes = '{}' AND conditions IS NULL)),
  UNIQUE (resource_id, catalogue_version)
);
COMMENT ON TABLE pdauth.resource_restriction IS 'What the provider of a resource forbids or asks of its use (限制性场景或使用要求): one statement for each catalogue version; "none" is said explicitly (R-5-5, R-5-6).';
COMMENT ON COLUMN pdauth.resource_restriction.restriction_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.resource_restriction.resource_id IS 'The resource.';
COMMENT ON COLUMN pdauth.resource_restriction.catalogue_version IS 'Version of the entry it is about: the current one, filled in.';
COMMENT ON COLUMN pdauth.resource_restriction.none IS 'The provider states that there are no restrictions.';
COMMENT ON COLUMN pdauth.resource_restriction.forbidden_purposes IS 'Purposes for which it must not be used, with all below them.';
COMMENT ON COLUMN pdauth.resource_restriction.conditions IS 'Other conditions of use.';
COMMENT ON COLUMN pdauth.resource_restriction.stated_on IS 'Date of the statement.';
COMMENT ON COLUMN pdauth.resource_restriction.document IS 'Signed document.';
COMMENT ON COLUMN pdauth.resource_restriction.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.resource_restriction.recorded_by IS 'Role that inserted it.';

CREATE TABLE pdauth.load_batch (
  load_batch_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  resource_id   bigint NOT NULL REFERENCES pdauth.resource,
  batch         text NOT NULL CHECK (pdauth.has_content(batch)),
  channel       text NOT NULL,
  row_count     bigint NOT NULL CHECK (row_count >= 0),
  checksum      text NOT NULL CHECK (pdauth.has_content(checksum)),
  attested      text NOT NULL CHECK (pdauth.has_content(attested)),
  loaded_on     date NOT NULL,
  recorded_at   timestamptz NOT NULL,
  recorded_by   name NOT NULL,
  UNIQUE (resource_id, batch)
);
COMMENT ON TABLE pdauth.load_batch IS 'Loads of resources by their providers, through the public data platform only (R-5-4), with the attestation of the four qualities (R-5-7).';
COMMENT ON COLUMN pdauth.load_batch.load_batch_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.load_batch.resource_id IS 'The resource.';
COMMENT ON COLUMN pdauth.load_batch.batch IS 'Number of the batch.';
COMMENT ON COLUMN pdauth.load_batch.channel IS 'Channel it came by; the pack lists those allowed.';
COMMENT ON COLUMN pdauth.load_batch.row_count IS 'Rows in it.';
COMMENT ON COLUMN pdauth.load_batch.checksum IS 'Checksum of it.';
COMMENT ON COLUMN pdauth.load_batch.attested IS 'Attestation of truth, accuracy, completeness and timeliness: by whom.';
COMMENT ON COLUMN pdauth.load_batch.loaded_on IS 'Day of the load.';
COMMENT ON COLUMN pdauth.load_batch.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.load_batch.recorded_by IS 'Role that inserted it.';

CREATE FUNCTION pdauth.check_provider_fact() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor;
  resource pdauth.resource;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  END IF;
  actor := pdauth.require_actor();
  -- a change of the entry has to wait until its restrictions are stated for a known version
  SELECT * INTO resource FROM pdauth.resource AS r WHERE r.resource_id = NEW.resource_id FOR SHARE;
  IF resource.provider_party IS DISTINCT FROM actor.party_id THEN
    PERFORM pdauth.refuse('R-5-4', 'resource ' || resource.path, format('%s is not its providing department.', actor.party), NULL, resource.division);
  END IF;
  IF (CASE TG_TABLE_NAME WHEN 'load_batch' THEN to_jsonb(NEW) ->> 'loaded_on' ELSE to_jsonb(NEW) ->> 'stated_on' END)::date > pdauth.clock_today() THEN
    PERFORM pdauth.refuse('X-3', 'resource ' || resource.path, 'The fact is dated after today.');
  END IF;
  IF TG_TABLE_NAME = 'load_batch' THEN
    IF NOT pdauth.word_allowed('load_channels', to_jsonb(NEW) ->> 'channel', resource.division) THEN
      PERFORM pdauth.refuse('R-5-4', 'resource ' || resource.path, format('Channel: %s.', to_jsonb(NEW) ->> 'channel'), NULL, resource.division);
    END IF;
    RETURN NEW;
  END IF;
  RETURN jsonb_populate_record(NEW, jsonb_build_object('catalogue_version', resource.catalogue_version));
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_provider_fact() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_provider_fact() IS 'Row trigger of restrictions and loads: by the providing department, through an allowed channel (PD054, R-5-4), not dated in the future.';

SELECT pdauth.register_table('pdauth.resource_restriction', '{provider}', 'R-5-4');
SELECT pdauth.register_table('pdauth.load_batch', '{provider}', 'R-5-4');
CREATE POLICY register ON pdauth.resource_restriction USING (true) WITH CHECK (true);
CREATE POLICY register ON pdauth.load_batch USING (EXISTS (SELECT FROM pdauth.resource AS r WHERE r.resource_id = load_batch.resource_id AND pdauth.may_see(r.division, r.provider_party))) WITH CHECK (true);
CREATE TRIGGER check_provider_fact BEFORE INSERT ON pdauth.resource_restriction FOR EACH ROW EXECUTE FUNCTION pdauth.check_provider_fact();
CREATE TRIGGER check_provider_fact BEFORE INSERT ON pdauth.load_batch FOR EACH ROW EXECUTE FUNCTION pdauth.check_provider_fact();
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.resource_restriction FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record();
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.load_batch FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record();
ALTER TABLE pdauth.resource_restriction ENABLE ALWAYS TRIGGER check_provider_fact;
ALTER TABLE pdauth.load_batch ENABLE ALWAYS TRIGGER check_provider_fact;
ALTER TABLE pdauth.resource_restriction ENABLE ALWAYS TRIGGER keep_record;
ALTER TABLE pdauth.load_batch ENABLE ALWAYS TRIGGER keep_record;

CREATE TABLE pdauth.negative_list (
  entry_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number          text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  resource_id     bigint NOT NULL REFERENCES pdauth.resource,
  division        pdauth.division_code,
  authority_party bigint NOT NULL REFERENCES pdauth.party,
  reason          text NOT NULL CHECK (pdauth.has_content(reason)),
  state           text NOT NULL DEFAULT 'proposed',
  act_date        date,
  act_document    text,
  act_digest      pdauth.document_digest,
  act_reason      text,
  registered_at   timestamptz
);
CREATE INDEX negative_list_resource_index ON pdauth.negative_list (resource_id);
COMMENT ON TABLE pdauth.negative_list IS 'Resources excluded from authorised operation, with reason and the approval of the government of the level (Article 15).';
COMMENT ON COLUMN pdauth.negative_list.entry_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.negative_list.number IS 'Number of the entry.';
COMMENT ON COLUMN pdauth.negative_list.resource_id IS 'The resource.';
COMMENT ON COLUMN pdauth.negative_list.division IS 'Division whose list it is on.';
COMMENT ON COLUMN pdauth.negative_list.authority_party IS 'Data authority that keeps the list.';
COMMENT ON COLUMN pdauth.negative_list.reason IS 'Why.';
COMMENT ON COLUMN pdauth.negative_list.state IS 'proposed, listed or removed.';
COMMENT ON COLUMN pdauth.negative_list.act_date IS 'Legal date of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.negative_list.act_document IS 'Document of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.negative_list.act_digest IS 'Its digest; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.negative_list.act_reason IS 'Reason of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.negative_list.registered_at IS 'When it was registered.';
INSERT INTO pdauth.life_cycle VALUES ('negative_list', 'entry_id', 'number', 'negative_list_violations', NULL, 'R-15-3', 'R-15-5', 'R-15-5', '{}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('negative_list', '', 'proposed', '{bureau,prefecture}', 'R-15-5', '{}'),
  ('negative_list', 'proposed', 'listed', '{government}', 'R-15-3', '{document}'),
  ('negative_list', 'listed', 'removed', '{bureau,prefecture}', 'R-15-5', '{document,reason}');

CREATE FUNCTION pdauth.negative_list_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-15-3', step.object, format('The government of %s decides.', n.division), NULL::text
    FROM pdauth.negative_list AS n
   WHERE n.entry_id = step.object_id AND step.to_state = 'listed' AND step.party_id IS DISTINCT FROM pdauth.holder_of('government', n.division)
  UNION ALL
  SELECT 'R-15-5', step.object, format('The list is kept by %s.', pdauth.party_code(n.authority_party)), NULL
    FROM pdauth.negative_list AS n
   WHERE n.entry_id = step.object_id AND step.to_state <> 'listed'
     AND (step.party_id <> n.authority_party OR step.party_id IS DISTINCT FROM pdauth.holder_of(step.capacity, n.division))
$function$;
REVOKE ALL ON FUNCTION pdauth.negative_list_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.negative_list_violations(pdauth.transition) IS 'Check function of the negative list: the government of the division lists, its data authority proposes and removes (R-15-3, R-15-5).';
SELECT pdauth.register_table('pdauth.negative_list', '{bureau,prefecture,government}', 'R-15-5');
CREATE POLICY register ON pdauth.negative_list USING (state = 'listed' OR pdauth.may_see(division, authority_party)) WITH CHECK (true);

CREATE FUNCTION pdauth.negative_listed(resource_id bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT EXISTS (SELECT FROM pdauth.negative_list AS n WHERE n.resource_id = negative_listed.resource_id AND n.state = 'listed')
$function$;
REVOKE ALL ON FUNCTION pdauth.negative_listed(bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.negative_listed(bigint) IS 'Is the resource on a negative list in force? False for NULL.';

-- ---- public utilities by reference (R-34-3) ----

CREATE TABLE pdauth.utility_decision (
  decision_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  resource_id   bigint NOT NULL REFERENCES pdauth.resource,
  consents      boolean NOT NULL,
  opts_in       boolean NOT NULL DEFAULT false,
  document      text NOT NULL CHECK (pdauth.has_content(document)),
  decided_on    date NOT NULL,
  recorded_at   timestamptz NOT NULL,
  recorded_by   name NOT NULL
);
CREATE INDEX utility_decision_resource_index ON pdauth.utility_decision (resource_id);
COMMENT ON TABLE pdauth.utility_decision IS 'Decisions of water, gas, heat, power and public-transport enterprises on the use of their data by the procedures of the measure; the latest of a resource counts (R-34-3).';
COMMENT ON COLUMN pdauth.utility_decision.decision_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.utility_decision.resource_id IS 'The resource, of holder level utility.';
COMMENT ON COLUMN pdauth.utility_decision.consents IS 'Does the holder decide to take part?';
COMMENT ON COLUMN pdauth.utility_decision.opts_in IS 'Does it also opt in to inclusion by default, full aggregation and the negative list?';
COMMENT ON COLUMN pdauth.utility_decision.document IS 'Document of the decision.';
COMMENT ON COLUMN pdauth.utility_decision.decided_on IS 'Date of the decision.';
COMMENT ON COLUMN pdauth.utility_decision.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.utility_decision.recorded_by IS 'Role that inserted it.';

CREATE FUNCTION pdauth.check_utility_decision() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  resource pdauth.resource;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  END IF;
  SELECT * INTO resource FROM pdauth.resource AS r WHERE r.resource_id = NEW.resource_id FOR SHARE;
  IF resource.holder_level IS DISTINCT FROM 'utility' OR resource.provider_party <> (pdauth.require_actor()).party_id THEN
    PERFORM pdauth.refuse('R-34-3', 'resource ' || resource.path, format('It is held by %s, at the level: %s.', pdauth.party_code(resource.provider_party), resource.holder_level), 'The enterprise that holds the data decides.', resource.division);
  ELSIF NEW.decided_on > pdauth.clock_today() THEN
    PERFORM pdauth.refuse('X-3', 'resource ' || resource.path, 'The decision is dated after today.');
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_utility_decision() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_utility_decision() IS 'Row trigger of pdauth.utility_decision: by the enterprise that holds the data, not dated in the future (PD343, R-34-3).';
SELECT pdauth.register_table('pdauth.utility_decision', '{provider}', 'R-34-3');
CREATE TRIGGER check_utility_decision BEFORE INSERT ON pdauth.utility_decision FOR EACH ROW EXECUTE FUNCTION pdauth.check_utility_decision();
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.utility_decision FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record();
ALTER TABLE pdauth.utility_decision ENABLE ALWAYS TRIGGER check_utility_decision;
ALTER TABLE pdauth.utility_decision ENABLE ALWAYS TRIGGER keep_record;
CREATE POLICY register ON pdauth.utility_decision USING (true) WITH CHECK (true);

CREATE FUNCTION pdauth.by_reference(resource pdauth.resource) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT coalesce(resource.holder_level = 'utility' AND NOT coalesce((SELECT d.opts_in FROM pdauth.utility_decision AS d WHERE d.resource_id = resource.resource_id ORDER BY d.decision_id DESC LIMIT 1), false), false)
$function$;
REVOKE ALL ON FUNCTION pdauth.by_reference(pdauth.resource) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.by_reference(pdauth.resource) TO pdauth_register, pdauth_policy_admin, pdauth_auditor;
COMMENT ON FUNCTION pdauth.by_reference(pdauth.resource) IS 'Is it data of a public utility that has not opted in to inclusion by default, full aggregation and the negative list (R-34-3)? False for NULL.';

CREATE FUNCTION pdauth.resource_violations(resource_id bigint, object text, listed_rule text) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-4-3', object, format('%s is held at the level: %s.', r.path, r.holder_level), NULL::text
    FROM pdauth.resource AS r WHERE r.resource_id = resource_violations.resource_id AND r.holder_level <> 'utility' AND NOT pdauth.word_allowed('holder_levels', r.holder_level, r.division)
  UNION ALL
  SELECT 'R-34-3', object, format('%s of %s: %s.', r.path, pdauth.party_code(r.provider_party), CASE WHEN d.consents IS NULL THEN 'the holder has not decided' ELSE 'the holder does not consent' END), NULL
    FROM pdauth.resource AS r
    LEFT JOIN LATERAL (SELECT x.consents FROM pdauth.utility_decision AS x WHERE x.resource_id = r.resource_id ORDER BY x.decision_id DESC LIMIT 1) AS d ON true
   WHERE r.resource_id = resource_violations.resource_id AND r.holder_level = 'utility' AND d.consents IS NOT TRUE
  UNION ALL
  SELECT 'R-5-5', object, format('%s involves personal information.', r.path), NULL
    FROM pdauth.resource AS r
   WHERE r.resource_id = resource_violations.resource_id AND r.personal_information
     AND NOT EXISTS (SELECT FROM pdauth.resource_restriction AS s WHERE s.resource_id = r.resource_id AND s.catalogue_version = r.catalogue_version)
  UNION ALL
  SELECT listed_rule, object, format('%s is %s.', r.path, CASE WHEN pdauth.negative_listed(r.resource_id) THEN 'on the negative list' ELSE r.state END), NULL
    FROM pdauth.resource AS r
   WHERE r.resource_id = resource_violations.resource_id AND (r.state <> 'eligible' OR pdauth.negative_listed(r.resource_id))
$function$;
REVOKE ALL ON FUNCTION pdauth.resource_violations(bigint, text, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.resource_violations(bigint, text, text) IS
  'Why a resource cannot be part of an authorised scope: its holder (R-4-3, R-34-3), restrictions not stated (R-5-5), not eligible or negative-listed (the rule given). No rows if it can.';

CREATE FUNCTION pdauth.purpose_forbidden(path text, purpose text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT f FROM pdauth.resource AS r
    JOIN pdauth.resource_restriction AS s ON s.resource_id = r.resource_id AND s.catalogue_version = r.catalogue_version
   CROSS JOIN LATERAL unnest(s.forbidden_purposes) AS f
   WHERE (pdauth.path_contains(r.path, purpose_forbidden.path) OR pdauth.path_contains(purpose_forbidden.path, r.path))
     AND (pdauth.path_contains(f, purpose_forbidden.purpose) OR pdauth.path_contains(purpose_forbidden.purpose, f)) LIMIT 1
$function$;
REVOKE ALL ON FUNCTION pdauth.purpose_forbidden(text, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.purpose_forbidden(text, text) IS 'A purpose that the provider of a resource at, above or below the path forbids and that meets the purpose; NULL if there is none (R-5-6).';

CREATE FUNCTION pdauth.scope_restriction_violations(scope pdauth.license_scope, object text) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT DISTINCT 'R-5-6', object, format('%s must not be used for %s.', path, pdauth.purpose_forbidden(path, purpose)), NULL::text
    FROM pdauth.grants(scope) AS g CROSS JOIN LATERAL unnest(g.paths) AS path CROSS JOIN LATERAL unnest(g.purposes) AS purpose
   WHERE pdauth.purpose_forbidden(path, purpose) IS NOT NULL
$function$;
REVOKE ALL ON FUNCTION pdauth.scope_restriction_violations(pdauth.license_scope, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.scope_restriction_violations(pdauth.license_scope, text) IS 'Purposes of a scope that conflict with a restriction stated by a provider (R-5-6).';

CREATE VIEW pdauth.resource_freshness WITH (security_barrier) AS
  SELECT r.path, pdauth.party_code(r.provider_party) AS provider, l.loaded_on AS last_load, u.due,
         u.due < pdauth.clock_today() AS out_of_date, CASE WHEN u.due < pdauth.clock_today() THEN 'PD057' END AS flag
    FROM pdauth.resource AS r
    LEFT JOIN LATERAL (SELECT pg_catalog.max(b.loaded_on) AS loaded_on FROM pdauth.load_batch AS b WHERE b.resource_id = r.resource_id) AS l ON true
   CROSS JOIN LATERAL (SELECT pdauth.term_end(l.loaded_on, r.update_frequency) AS due) AS u
   WHERE r.state <> 'withdrawn' AND pdauth.may_see(r.division, r.provider_party);
COMMENT ON VIEW pdauth.resource_freshness IS 'Is each resource as fresh as its catalogue entry promises (R-5-7)? A flag for the provider and its supervisors; nothing is refused because of it.';
COMMENT ON COLUMN pdauth.resource_freshness.path IS 'The resource.';
COMMENT ON COLUMN pdauth.resource_freshness.provider IS 'Department that owes the load.';
COMMENT ON COLUMN pdauth.resource_freshness.last_load IS 'Day of the last load; NULL if there was none.';
COMMENT ON COLUMN pdauth.resource_freshness.due IS 'Last day for the next one.';
COMMENT ON COLUMN pdauth.resource_freshness.out_of_date IS 'Whether it has passed.';
COMMENT ON COLUMN pdauth.resource_freshness.flag IS 'SQLSTATE of R-5-7 if so.';
GRANT SELECT ON pdauth.resource_freshness TO pdauth_register, pdauth_policy_admin, pdauth_auditor;
