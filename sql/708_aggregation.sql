-- Aggregation to the public data platform (归集, Article 16).

CREATE TABLE pdauth.aggregation_request (
  aggregation_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number          text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  path            text COLLATE "C" NOT NULL REFERENCES pdauth.resource (path),
  authority_party bigint REFERENCES pdauth.party,
  content         text NOT NULL CHECK (pdauth.has_content(content)),
  requested_on    date NOT NULL,
  recorded_at     timestamptz NOT NULL,
  recorded_by     name NOT NULL
);
COMMENT ON TABLE pdauth.aggregation_request IS 'Requests of the data authority to a department to aggregate a resource (R-16-2).';
COMMENT ON COLUMN pdauth.aggregation_request.aggregation_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.aggregation_request.number IS 'Number.';
COMMENT ON COLUMN pdauth.aggregation_request.path IS 'Resource.';
COMMENT ON COLUMN pdauth.aggregation_request.authority_party IS 'Data authority that asks, filled in.';
COMMENT ON COLUMN pdauth.aggregation_request.content IS 'What is asked for.';
COMMENT ON COLUMN pdauth.aggregation_request.requested_on IS 'Date of the request.';
COMMENT ON COLUMN pdauth.aggregation_request.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.aggregation_request.recorded_by IS 'Role that inserted it.';

CREATE TABLE pdauth.aggregation_answer (
  answer_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  aggregation_id bigint NOT NULL REFERENCES pdauth.aggregation_request,
  agreed         boolean NOT NULL,
  content        text NOT NULL CHECK (pdauth.has_content(content)),
  answered_on    date NOT NULL,
  recorded_at    timestamptz NOT NULL,
  recorded_by    name NOT NULL
);
CREATE INDEX aggregation_answer_request_index ON pdauth.aggregation_answer (aggregation_id);
COMMENT ON TABLE pdauth.aggregation_answer IS 'Answers of the department; the latest counts (R-16-2).';
COMMENT ON COLUMN pdauth.aggregation_answer.answer_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.aggregation_answer.aggregation_id IS 'The request.';
COMMENT ON COLUMN pdauth.aggregation_answer.agreed IS 'Whether it will aggregate.';
COMMENT ON COLUMN pdauth.aggregation_answer.content IS 'The answer.';
COMMENT ON COLUMN pdauth.aggregation_answer.answered_on IS 'Date of the answer.';
COMMENT ON COLUMN pdauth.aggregation_answer.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.aggregation_answer.recorded_by IS 'Role that inserted it.';

CREATE TABLE pdauth.aggregation_check (
  check_id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  path              text COLLATE "C" NOT NULL REFERENCES pdauth.resource (path),
  catalogue_version integer,
  columns           text[] NOT NULL,
  declared_rows     bigint NOT NULL CHECK (declared_rows >= 0),
  loaded_rows       bigint NOT NULL CHECK (loaded_rows >= 0),
  document          text NOT NULL CHECK (pdauth.has_content(document)),
  checked_on        date NOT NULL,
  recorded_at       timestamptz NOT NULL,
  recorded_by       name NOT NULL
);
CREATE INDEX aggregation_check_path_index ON pdauth.aggregation_check (path);
COMMENT ON TABLE pdauth.aggregation_check IS 'Comparisons by the data authority of what is on the public data platform with the catalogue entry; the latest counts (R-16-1).';
COMMENT ON COLUMN pdauth.aggregation_check.check_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.aggregation_check.path IS 'Resource.';
COMMENT ON COLUMN pdauth.aggregation_check.catalogue_version IS 'Version of the entry it was compared with: the current one, filled in.';
COMMENT ON COLUMN pdauth.aggregation_check.columns IS 'Columns that are loaded.';
COMMENT ON COLUMN pdauth.aggregation_check.declared_rows IS 'Rows that the department declares to hold.';
COMMENT ON COLUMN pdauth.aggregation_check.loaded_rows IS 'Rows that are loaded.';
COMMENT ON COLUMN pdauth.aggregation_check.document IS 'Report of the comparison.';
COMMENT ON COLUMN pdauth.aggregation_check.checked_on IS 'Day of it.';
COMMENT ON COLUMN pdauth.aggregation_check.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.aggregation_check.recorded_by IS 'Role that inserted it.';

CREATE FUNCTION pdauth.aggregation_gap(path text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT CASE WHEN pdauth.by_reference(r) THEN NULL
              WHEN c.check_id IS NULL THEN 'not compared with the catalogue entry as it is'
              WHEN NOT r.columns <@ c.columns THEN format('%s of %s columns loaded, missing: %s', cardinality(r.columns) - (SELECT count(*) FROM unnest(r.columns) AS u (n) WHERE NOT u.n = ANY (c.columns)), cardinality(r.columns),
                                                         (SELECT string_agg(u.n, ', ') FROM unnest(r.columns) AS u (n) WHERE NOT u.n = ANY (c.columns)))
              WHEN c.loaded_rows < c.declared_rows THEN format('%s of %s rows loaded', c.loaded_rows, c.declared_rows) END
    FROM pdauth.resource AS r
    LEFT JOIN LATERAL (SELECT k.check_id, k.columns, k.loaded_rows, k.declared_rows FROM pdauth.aggregation_check AS k
                        WHERE k.path = r.path AND k.catalogue_version = r.catalogue_version ORDER BY k.check_id DESC LIMIT 1) AS c ON true
   WHERE r.path = aggregation_gap.path
$function$;
REVOKE ALL ON FUNCTION pdauth.aggregation_gap(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.aggregation_gap(text) TO pdauth_register, pdauth_policy_admin, pdauth_auditor;
COMMENT ON FUNCTION pdauth.aggregation_gap(text) IS 'What a resource lacks to be fully aggregated (全量归集); NULL if it is, or need not be (R-34-3), or is not catalogued.';

CREATE FUNCTION pdauth.check_aggregation_fact() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor;
  resource pdauth.resource;
  fact jsonb := to_jsonb(NEW);
  owner bigint;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  END IF;
  actor := pdauth.require_actor();
  SELECT r.* INTO resource FROM pdauth.resource AS r
   WHERE r.path = coalesce(fact ->> 'path', (SELECT a.path FROM pdauth.aggregation_request AS a WHERE a.aggregation_id = (fact ->> 'aggregation_id')::bigint)) FOR SHARE;
  owner := CASE TG_TABLE_NAME WHEN 'aggregation_answer' THEN resource.provider_party ELSE pdauth.data_authority(resource.division) END;
  IF actor.party_id IS DISTINCT FROM owner THEN
    PERFORM pdauth.refuse(CASE TG_TABLE_NAME WHEN 'aggregation_check' THEN 'R-16-1' ELSE 'R-16-2' END, 'resource ' || resource.path,
                          format('This is for %s.', coalesce(pdauth.party_code(owner), 'the data authority, which is not recorded')), NULL, resource.division);
  ELSIF coalesce(fact ->> 'requested_on', fact ->> 'answered_on', fact ->> 'checked_on')::date > pdauth.clock_today() THEN
    PERFORM pdauth.refuse('X-3', 'resource ' || resource.path, 'The fact is dated after today.');
  END IF;
  RETURN jsonb_populate_record(NEW, jsonb_build_object('authority_party', actor.party_id, 'catalogue_version', resource.catalogue_version));
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_aggregation_fact() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_aggregation_fact() IS 'Row trigger of aggregation requests and comparisons (by the data authority) and answers (by the department), not dated in the future (R-16-1, R-16-2).';

SELECT pdauth.register_table('pdauth.aggregation_request', '{bureau,prefecture,county}', 'R-16-2');
SELECT pdauth.register_table('pdauth.aggregation_answer', '{provider}', 'R-16-2');
SELECT pdauth.register_table('pdauth.aggregation_check', '{bureau,prefecture,county}', 'R-16-1');
DO $facts$
DECLARE
  fact name;
BEGIN
  FOREACH fact IN ARRAY ARRAY['aggregation_request', 'aggregation_answer', 'aggregation_check'] LOOP
    EXECUTE pg_catalog.format('CREATE TRIGGER check_aggregation_fact BEFORE INSERT ON pdauth.%I FOR EACH ROW EXECUTE FUNCTION pdauth.check_aggregation_fact()', fact);
    EXECUTE pg_catalog.format('CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.%I FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record()', fact);
    EXECUTE pg_catalog.format('ALTER TABLE pdauth.%I ENABLE ALWAYS TRIGGER check_aggregation_fact', fact);
    EXECUTE pg_catalog.format('ALTER TABLE pdauth.%I ENABLE ALWAYS TRIGGER keep_record', fact);
  END LOOP;
END
$facts$;
CREATE POLICY register ON pdauth.aggregation_request USING (EXISTS (SELECT FROM pdauth.resource AS r WHERE r.path = aggregation_request.path AND pdauth.may_see(r.division, r.provider_party))) WITH CHECK (true);
CREATE POLICY register ON pdauth.aggregation_answer USING (EXISTS (SELECT FROM pdauth.aggregation_request AS a WHERE a.aggregation_id = aggregation_answer.aggregation_id)) WITH CHECK (true);
CREATE POLICY register ON pdauth.aggregation_check USING (EXISTS (SELECT FROM pdauth.resource AS r WHERE r.path = aggregation_check.path AND pdauth.may_see(r.division, r.provider_party))) WITH CHECK (true);

CREATE VIEW pdauth.aggregation_report WITH (security_barrier) AS
  SELECT r.path, pdauth.party_code(r.provider_party) AS provider, q.number AS request, q.requested_on,
         CASE WHEN a.agreed THEN 'agreed' WHEN NOT a.agreed THEN 'refused' WHEN q.number IS NOT NULL THEN 'unanswered' END AS answer,
         CASE WHEN a.agreed IS NULL THEN pdauth.workdays_since(q.requested_on) END AS workdays_waiting,
         pdauth.aggregation_gap(r.path) AS gap,
         CASE WHEN q.number IS NOT NULL AND a.agreed IS NOT TRUE THEN 'PD162' WHEN pdauth.in_authorised_scope(r.path) AND pdauth.aggregation_gap(r.path) IS NOT NULL THEN 'PD161' END AS flag
    FROM pdauth.resource AS r
    LEFT JOIN pdauth.aggregation_request AS q USING (path)
    LEFT JOIN LATERAL (SELECT x.agreed FROM pdauth.aggregation_answer AS x WHERE x.aggregation_id = q.aggregation_id ORDER BY x.answer_id DESC LIMIT 1) AS a ON true
   WHERE r.state <> 'withdrawn' AND pdauth.may_see(r.division, r.provider_party);
COMMENT ON VIEW pdauth.aggregation_report IS 'How far resources are aggregated, and whether departments answer when asked (R-16-1, R-16-2). For the department and its data authority.';
COMMENT ON COLUMN pdauth.aggregation_report.path IS 'Resource.';
COMMENT ON COLUMN pdauth.aggregation_report.provider IS 'Department.';
COMMENT ON COLUMN pdauth.aggregation_report.request IS 'Number of a request to aggregate it, one row each; NULL if there was none.';
COMMENT ON COLUMN pdauth.aggregation_report.requested_on IS 'Date of the request.';
COMMENT ON COLUMN pdauth.aggregation_report.answer IS 'agreed, refused or unanswered.';
COMMENT ON COLUMN pdauth.aggregation_report.workdays_waiting IS 'Working days since the request, while it is unanswered.';
COMMENT ON COLUMN pdauth.aggregation_report.gap IS 'What is missing; NULL if it is fully aggregated.';
COMMENT ON COLUMN pdauth.aggregation_report.flag IS 'SQLSTATE of R-16-2 if a request was refused or is unanswered, of R-16-1 if it is in the authorised scope with a gap.';
GRANT SELECT ON pdauth.aggregation_report TO pdauth_register, pdauth_policy_admin, pdauth_auditor;
