-- Data-use requests (用数申请, Article 20): what an operator asks for, for which
-- scenario, and who has approved exactly that.

CREATE TABLE pdauth.data_request (
  request_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number         text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  previous_id    bigint REFERENCES pdauth.data_request,
  operator_party bigint NOT NULL REFERENCES pdauth.party,
  agreement_id   bigint NOT NULL REFERENCES pdauth.operating_agreement,
  division       pdauth.division_code,
  scenario_id    bigint REFERENCES pdauth.scenario,
  purpose        text NOT NULL CHECK (purpose = pdauth.resource_path(purpose)),
  actions        text[] NOT NULL DEFAULT '{read}' CHECK (pg_catalog.cardinality(actions) > 0),
  period         daterange,
  submission     integer NOT NULL DEFAULT 0,
  scope          pdauth.license_scope,
  content_digest text,
  state          text NOT NULL DEFAULT 'draft',
  act_date       date,
  act_document   text,
  act_digest     pdauth.document_digest,
  act_reason     text,
  registered_at  timestamptz
);
CREATE INDEX data_request_agreement_index ON pdauth.data_request (agreement_id);
CREATE INDEX data_request_previous_index ON pdauth.data_request (previous_id);
COMMENT ON TABLE pdauth.data_request IS 'Data-use requests of operators (用数申请). Insert as draft with its resources, columns and persons, submit, have it approved by the data authority and by each providing department (data_request_approval), then granted by one of them. A granted request issues licenses; it is never changed: an extension is a new request.';
COMMENT ON COLUMN pdauth.data_request.request_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.data_request.number IS 'Number, such as Q-1.';
COMMENT ON COLUMN pdauth.data_request.previous_id IS 'Granted request of the same operator that this one replaces once it is granted; NULL if none.';
COMMENT ON COLUMN pdauth.data_request.operator_party IS 'Operating organisation.';
COMMENT ON COLUMN pdauth.data_request.agreement_id IS 'Operating agreement it is under.';
COMMENT ON COLUMN pdauth.data_request.division IS 'Division of the agreement.';
COMMENT ON COLUMN pdauth.data_request.scenario_id IS 'Application scenario.';
COMMENT ON COLUMN pdauth.data_request.purpose IS 'Purpose of use, as in license scopes: that of the scenario or below.';
COMMENT ON COLUMN pdauth.data_request.actions IS 'Actions of license scopes that are asked for, of the pack''s list operator_actions.';
COMMENT ON COLUMN pdauth.data_request.period IS 'First and last day of the use.';
COMMENT ON COLUMN pdauth.data_request.submission IS 'How often it was submitted: approvals are of one submission (R-20-8). Counted by the system.';
COMMENT ON COLUMN pdauth.data_request.scope IS 'What it asks for, computed when it is submitted; within the agreement''s scope (R-20-6).';
COMMENT ON COLUMN pdauth.data_request.content_digest IS 'Digest of everything it says, computed when it is submitted: approvals cite it.';
COMMENT ON COLUMN pdauth.data_request.state IS 'draft, submitted, granted, refused, withdrawn, revoked (by an approver) or ended (by the operator). A granted one expires with its period, and is superseded by a granted one that names it.';
COMMENT ON COLUMN pdauth.data_request.act_date IS 'Legal date of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.data_request.act_document IS 'Document of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.data_request.act_digest IS 'Its digest; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.data_request.act_reason IS 'Reason of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.data_request.registered_at IS 'When it was registered.';

CREATE TABLE pdauth.data_request_resource (
  request_id   bigint NOT NULL REFERENCES pdauth.data_request,
  path         text COLLATE "C" NOT NULL REFERENCES pdauth.resource (path),
  divisions    pdauth.division_code[] NOT NULL CHECK (pg_catalog.cardinality(divisions) > 0),
  row_filter   text,
  time_span    daterange,
  refresh      pdauth.term,
  level        text NOT NULL DEFAULT 'general' CHECK (level IN ('general', 'important', 'core')),
  level_reason text,
  PRIMARY KEY (request_id, path)
);
COMMENT ON TABLE pdauth.data_request_resource IS 'Catalogue entries that a request asks for, and which rows of them (R-20-2, R-20-3).';
COMMENT ON COLUMN pdauth.data_request_resource.request_id IS 'The request.';
COMMENT ON COLUMN pdauth.data_request_resource.path IS 'Path of the catalogue entry.';
COMMENT ON COLUMN pdauth.data_request_resource.divisions IS 'Division codes whose rows are asked for.';
COMMENT ON COLUMN pdauth.data_request_resource.row_filter IS 'Which of these rows: a condition over the columns of the resource''s tables, which its license carries as row_filter, or "none" (无) if all are needed.';
COMMENT ON COLUMN pdauth.data_request_resource.time_span IS 'Days that the data asked for is about. Stated and approved; to hold rows to it, give the condition as row_filter.';
COMMENT ON COLUMN pdauth.data_request_resource.refresh IS 'How often it has to be refreshed.';
COMMENT ON COLUMN pdauth.data_request_resource.level IS 'Columns up to this level are shown in clear, those above masked (reading A-40: masked unless named persons need to inspect in clear).';
COMMENT ON COLUMN pdauth.data_request_resource.level_reason IS 'Why more than level general is needed.';

CREATE TABLE pdauth.data_request_column (
  request_id       bigint NOT NULL,
  path             text COLLATE "C" NOT NULL,
  column_name      text COLLATE "C" NOT NULL CHECK (pdauth.has_content(column_name)),
  reason           text,
  sensitive_reason text,
  PRIMARY KEY (request_id, path, column_name),
  FOREIGN KEY (request_id, path) REFERENCES pdauth.data_request_resource
);
COMMENT ON TABLE pdauth.data_request_column IS 'Columns that a request asks for, each with the reason it is needed (最小必要, R-20-3).';
COMMENT ON COLUMN pdauth.data_request_column.request_id IS 'The request.';
COMMENT ON COLUMN pdauth.data_request_column.path IS 'Path of the catalogue entry.';
COMMENT ON COLUMN pdauth.data_request_column.column_name IS 'Column of it; "*" is not accepted.';
COMMENT ON COLUMN pdauth.data_request_column.reason IS 'Why it is needed.';
COMMENT ON COLUMN pdauth.data_request_column.sensitive_reason IS 'Why it is needed although it is classified as identifying or sensitive.';

CREATE TABLE pdauth.data_request_person (
  request_id bigint NOT NULL REFERENCES pdauth.data_request,
  person_id  bigint NOT NULL REFERENCES pdauth.person,
  PRIMARY KEY (request_id, person_id)
);
COMMENT ON TABLE pdauth.data_request_person IS 'Persons of the operator who will use the data: only their roles are licensed (R-20-6).';
COMMENT ON COLUMN pdauth.data_request_person.request_id IS 'The request.';
COMMENT ON COLUMN pdauth.data_request_person.person_id IS 'The person.';

CREATE TABLE pdauth.data_request_approval (
  approval_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  request_id     bigint NOT NULL REFERENCES pdauth.data_request,
  submission     integer NOT NULL,
  part           text NOT NULL CHECK (part IN ('authority', 'provider')),
  party_id       bigint NOT NULL REFERENCES pdauth.party,
  person_id      bigint NOT NULL REFERENCES pdauth.person,
  content_digest text NOT NULL,
  document       text NOT NULL CHECK (pdauth.has_content(document)),
  approved_on    date NOT NULL,
  recorded_at    timestamptz NOT NULL,
  recorded_by    name NOT NULL,
  UNIQUE (request_id, submission, part, party_id)
);
COMMENT ON TABLE pdauth.data_request_approval IS 'Approvals of requests: by the data authority and by each providing department, of exactly the content whose digest they cite (R-20-4, R-20-7, R-20-8). Insert request_id, content_digest, document and approved_on. Approvals of an earlier submission are void. A refusal is the step to refused.';
COMMENT ON COLUMN pdauth.data_request_approval.approval_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.data_request_approval.request_id IS 'The request.';
COMMENT ON COLUMN pdauth.data_request_approval.submission IS 'Submission that was approved, filled in.';
COMMENT ON COLUMN pdauth.data_request_approval.part IS 'authority or provider, filled in: the capacity acted in.';
COMMENT ON COLUMN pdauth.data_request_approval.party_id IS 'Party that approves, filled in.';
COMMENT ON COLUMN pdauth.data_request_approval.person_id IS 'Person who approves, filled in.';
COMMENT ON COLUMN pdauth.data_request_approval.content_digest IS 'Digest of the content that the person has seen and approves.';
COMMENT ON COLUMN pdauth.data_request_approval.document IS 'Number of the document of approval.';
COMMENT ON COLUMN pdauth.data_request_approval.approved_on IS 'Date of the approval.';
COMMENT ON COLUMN pdauth.data_request_approval.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.data_request_approval.recorded_by IS 'Role that inserted it.';

INSERT INTO pdauth.life_cycle VALUES ('data_request', 'request_id', 'number', 'data_request_violations', 'data_request_effects', 'R-20-1', 'R-20-8', 'R-20-8', '{draft}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('data_request', '', 'draft', '{operator}', 'R-20-1', '{}'),
  ('data_request', 'draft', 'submitted', '{operator}', 'R-20-1', '{}'),
  ('data_request', 'submitted', 'draft', '{operator}', 'R-20-8', '{reason}'),
  ('data_request', 'submitted', 'granted', '{bureau,prefecture,county,provider}', 'R-20-4', '{document}'),
  ('data_request', 'submitted', 'refused', '{bureau,prefecture,county,provider}', 'R-20-4', '{reason}'),
  ('data_request', 'draft', 'withdrawn', '{operator}', 'R-20-1', '{}'),
  ('data_request', 'submitted', 'withdrawn', '{operator}', 'R-20-1', '{}'),
  ('data_request', 'granted', 'ended', '{operator}', 'R-20-1', '{reason}'),
  ('data_request', 'granted', 'revoked', '{bureau,prefecture,county,provider}', 'R-20-4', '{reason}');

CREATE FUNCTION pdauth.data_request_approver(request_id bigint, OUT part text, OUT path text, OUT party_id bigint) RETURNS SETOF record
LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT a.part, r.path, a.party_id
    FROM pdauth.data_request_resource AS q JOIN pdauth.resource AS r USING (path)
   CROSS JOIN LATERAL (VALUES ('authority', pdauth.data_authority(r.division)), ('provider', r.provider_party)) AS a (part, party_id)
   WHERE q.request_id = data_request_approver.request_id
  UNION ALL
  SELECT 'authority', b.path, b.receiver_party
    FROM pdauth.data_request AS d JOIN pdauth.data_request_resource AS q USING (request_id) JOIN pdauth.backflow AS b USING (path)
   WHERE d.request_id = data_request_approver.request_id AND b.state IN ('consented', 'ended') AND pdauth.division_code_contains(b.division, d.division)
$function$;
REVOKE ALL ON FUNCTION pdauth.data_request_approver(bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.data_request_approver(bigint) IS 'Who has to approve a request: for each resource the data authority of the level whose platform space holds it (NULL if there is none), for what has flowed back to the prefecture its authority as well (reading A-15), and the providing department. No rows for NULL.';

CREATE FUNCTION pdauth.data_request_scope(request_id bigint, paths text[] DEFAULT NULL) RETURNS pdauth.license_scope
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD'
AS $function$
DECLARE
  result pdauth.license_scope := '{}';
  part record;
BEGIN
  FOR part IN
    SELECT q.actions, r.path, q.purpose, r.divisions, q.period, r.level,
           (SELECT string_agg(format('"%s"', replace(c.column_name, '"', '""')), ',' ORDER BY c.column_name)
              FROM pdauth.data_request_column AS c WHERE c.request_id = q.request_id AND c.path = r.path AND c.column_name <> '*') AS columns
      FROM pdauth.data_request AS q JOIN pdauth.data_request_resource AS r USING (request_id)
     WHERE q.request_id = data_request_scope.request_id AND NOT isempty(q.period) AND (paths IS NULL OR r.path = ANY (paths)) ORDER BY r.path
  LOOP
    IF part.columns IS NOT NULL THEN
      result := pdauth.scope_union(result, format('{%s on %s(%s) for %s in %s during %s level %s}',
        array_to_string(part.actions, ','), part.path, part.columns, part.purpose, array_to_string(part.divisions, ','), part.period, part.level)::pdauth.license_scope);
    END IF;
  END LOOP;
  RETURN result;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.data_request_scope(bigint, text[]) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.data_request_scope(bigint, text[]) IS 'What a request asks for of these resources (all if NULL), as a license scope: exactly its columns, divisions, purpose and period. Empty without columns or period.';

CREATE FUNCTION pdauth.data_request_content(request_id bigint) RETURNS jsonb
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD'
AS $function$
  SELECT jsonb_build_object(
           'request', (SELECT to_jsonb(v) FROM (SELECT q.number, q.submission, q.previous_id, q.operator_party, q.agreement_id, q.division, q.scenario_id, q.purpose, q.actions, q.period) AS v),
           'scenario', (SELECT to_jsonb(v) FROM (SELECT s.number, s.name, s.need, s.sector, s.purpose FROM pdauth.scenario AS s WHERE s.scenario_id = q.scenario_id) AS v),
           'resources', (SELECT jsonb_object_agg(r.path, to_jsonb(r) - 'request_id') FROM pdauth.data_request_resource AS r WHERE r.request_id = q.request_id),
           'columns', (SELECT jsonb_agg(to_jsonb(c) - 'request_id' ORDER BY c.path, c.column_name) FROM pdauth.data_request_column AS c WHERE c.request_id = q.request_id),
           'persons', (SELECT jsonb_agg(n.person ORDER BY n.person) FROM pdauth.data_request_person AS p JOIN pdauth.person AS n USING (person_id) WHERE p.request_id = q.request_id))
    FROM pdauth.data_request AS q WHERE q.request_id = data_request_content.request_id
$function$;
REVOKE ALL ON FUNCTION pdauth.data_request_content(bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.data_request_content(bigint) IS 'Everything a request says, as one document. NULL for NULL.';

CREATE FUNCTION pdauth.data_request_in_force(request_id bigint, day date DEFAULT pdauth.clock_today()) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT coalesce((SELECT q.state = 'granted' AND q.period @> day AND NOT EXISTS (SELECT FROM pdauth.data_request AS n WHERE n.previous_id = q.request_id AND n.state IN ('granted', 'revoked', 'ended'))
                          AND EXISTS (
                            SELECT FROM pdauth.operating_agreement AS a JOIN pdauth.operating_agreement AS n USING (number)
                             WHERE a.agreement_id = q.agreement_id AND n.version >= a.version AND pdauth.agreement_in_force(n.agreement_id, day) AND pdauth.scope_contains(n.scope, q.scope))
                     FROM pdauth.data_request AS q WHERE q.request_id = data_request_in_force.request_id), false)
$function$;
REVOKE ALL ON FUNCTION pdauth.data_request_in_force(bigint, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.data_request_in_force(bigint, date) TO pdauth_register, pdauth_policy_admin, pdauth_auditor;
COMMENT ON FUNCTION pdauth.data_request_in_force(bigint, date) IS 'Is the request granted, not superseded by one that was granted later, within its period on the day, and its operating agreement (or a later version that covers it) in force? False for NULL.';

-- What the system computes is not for users to write, and a step counts.
CREATE FUNCTION pdauth.compute_data_request() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NOT pdauth.break_glass_active() THEN
      NEW.submission := 0;
      NEW.scope := NULL;
      NEW.content_digest := NULL;
    END IF;
    RETURN NEW;
  END IF;
  NEW.submission := OLD.submission;
  NEW.scope := OLD.scope;
  NEW.content_digest := OLD.content_digest;
  IF NEW.state = 'submitted' AND OLD.state = 'draft' THEN
    NEW.submission := OLD.submission + 1;
    NEW.scope := NULL;  -- computed at commit, from the rows that are there then
    NEW.content_digest := NULL;
  ELSIF NEW.state = 'granted' AND OLD.state = 'submitted' THEN
    -- neither ends before we commit, and whoever ends it then sees our licenses (X-5)
    PERFORM FROM pdauth.operating_agreement AS a WHERE a.agreement_id = NEW.agreement_id FOR SHARE;
    PERFORM FROM pdauth.data_request AS q WHERE q.request_id = NEW.previous_id FOR UPDATE;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.compute_data_request() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.compute_data_request() IS 'Row trigger of pdauth.data_request: counts submissions; scope and digest are computed when a submission is checked. A grant holds the agreement and the request it replaces.';

CREATE FUNCTION pdauth.check_data_request_path() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NOT pdauth.break_glass_active() AND NOT EXISTS (SELECT FROM pdauth.resource AS r WHERE r.path = NEW.path AND r.state <> 'withdrawn') THEN
    PERFORM pdauth.refuse('R-18-2', 'data request', format('There is no catalogue entry %s.', NEW.path), NULL,
                          (SELECT q.division FROM pdauth.data_request AS q WHERE q.request_id = NEW.request_id));
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_data_request_path() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_data_request_path() IS 'Row trigger of pdauth.data_request_resource: what is asked for is catalogued (PD182, R-18-2).';

CREATE FUNCTION pdauth.check_data_request_approval() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor;
  request pdauth.data_request;
  object text;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  END IF;
  actor := pdauth.require_actor();
  -- changes, other approvals and the grant wait for us, or we for them
  SELECT * INTO request FROM pdauth.data_request AS q WHERE q.request_id = NEW.request_id FOR UPDATE;
  object := pdauth.object_label('data_request', request.number);
  NEW.submission := request.submission;
  NEW.part := CASE WHEN actor.capacity = 'provider' THEN 'provider' ELSE 'authority' END;
  NEW.party_id := actor.party_id;
  NEW.person_id := actor.person_id;
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    PERFORM pdauth.refuse('X-5', object, format('The transaction is %s.', current_setting('transaction_isolation')), 'Act under READ COMMITTED, the default.');
  END IF;
  PERFORM pdauth.judge(ARRAY(
    SELECT ROW('R-20-4', object, format('%s is no data authority of it.', actor.party), NULL)::pdauth.violation
     WHERE NEW.part = 'authority' AND NOT EXISTS (SELECT FROM pdauth.data_request_approver(request.request_id) AS a WHERE a.part = 'authority' AND a.party_id = actor.party_id)
    UNION ALL
    SELECT ROW('R-20-7', object, format('%s provides none of its resources.', actor.party), NULL)::pdauth.violation
     WHERE NEW.part = 'provider' AND NOT EXISTS (SELECT FROM pdauth.data_request_approver(request.request_id) AS a WHERE a.part = 'provider' AND a.party_id = actor.party_id)
    UNION ALL
    SELECT ROW('R-20-4', object, format('%s has approved it for %s already.', actor.person, pdauth.party_code(p.party_id)), 'Leave it to another person.')::pdauth.violation
      FROM pdauth.data_request_approval AS p
     WHERE p.request_id = request.request_id AND p.submission = request.submission AND p.person_id = actor.person_id
    UNION ALL
    SELECT ROW('R-20-8', object, format('It is %s.', request.state), NULL)::pdauth.violation WHERE request.state <> 'submitted'
    UNION ALL
    SELECT ROW('R-20-8', object, 'The digest is not that of its content as submitted last.', 'Read the request again, and approve the content that it has now.')::pdauth.violation
     WHERE request.state = 'submitted' AND NEW.content_digest IS DISTINCT FROM request.content_digest
    UNION ALL
    SELECT ROW('X-3', object, 'The approval is dated after today.', NULL)::pdauth.violation WHERE NEW.approved_on > pdauth.clock_today()
    UNION ALL
    SELECT ROW('R-20-8', object, 'It was submitted after the date of the approval.', NULL)::pdauth.violation
     WHERE NEW.approved_on < (pdauth.last_step('data_request', request.request_id, 'submitted')).event_date), request.division);
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_data_request_approval() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_data_request_approval() IS 'Row trigger of approvals: each competent party for itself, another person each, of the content as submitted last (PD204, PD207, PD208).';

SELECT pdauth.register_table('pdauth.data_request', '{operator,bureau,prefecture,county,provider}', 'R-20-1', 'submission', 'scope', 'content_digest');
SELECT pdauth.register_table('pdauth.data_request_resource', '{operator}', 'R-20-1');
SELECT pdauth.register_table('pdauth.data_request_column', '{operator}', 'R-20-1');
SELECT pdauth.register_table('pdauth.data_request_person', '{operator}', 'R-20-1');
SELECT pdauth.register_table('pdauth.data_request_approval', '{bureau,prefecture,county,provider}', 'R-20-4');
CREATE TRIGGER compute_data_request BEFORE INSERT OR UPDATE ON pdauth.data_request FOR EACH ROW WHEN (NOT pdauth.register_writes()) EXECUTE FUNCTION pdauth.compute_data_request();
ALTER TABLE pdauth.data_request ENABLE ALWAYS TRIGGER compute_data_request;
CREATE TRIGGER check_data_request_path BEFORE INSERT OR UPDATE ON pdauth.data_request_resource FOR EACH ROW EXECUTE FUNCTION pdauth.check_data_request_path();
ALTER TABLE pdauth.data_request_resource ENABLE ALWAYS TRIGGER check_data_request_path;
CREATE TRIGGER check_data_request_approval BEFORE INSERT ON pdauth.data_request_approval FOR EACH ROW EXECUTE FUNCTION pdauth.check_data_request_approval();
ALTER TABLE pdauth.data_request_approval ENABLE ALWAYS TRIGGER check_data_request_approval;
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.data_request_approval FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record();
ALTER TABLE pdauth.data_request_approval ENABLE ALWAYS TRIGGER keep_record;
DO $content$
DECLARE
  content name;
BEGIN
  FOREACH content IN ARRAY ARRAY['data_request_resource', 'data_request_column', 'data_request_person'] LOOP
    EXECUTE pg_catalog.format('CREATE TRIGGER keep_content BEFORE INSERT OR UPDATE ON pdauth.%I FOR EACH ROW WHEN (NOT pdauth.register_writes()) EXECUTE FUNCTION pdauth.keep_content(''data_request'', ''operator_party'', ''R-20-1'')', content);
    EXECUTE pg_catalog.format('CREATE TRIGGER keep_content_whole BEFORE DELETE ON pdauth.%I FOR EACH ROW EXECUTE FUNCTION pdauth.keep_content(''data_request'', ''operator_party'', ''R-20-1'')', content);
    EXECUTE pg_catalog.format('ALTER TABLE pdauth.%I ENABLE ALWAYS TRIGGER keep_content', content);
    EXECUTE pg_catalog.format('ALTER TABLE pdauth.%I ENABLE ALWAYS TRIGGER keep_content_whole', content);
    EXECUTE pg_catalog.format('CREATE POLICY register ON pdauth.%I USING (EXISTS (SELECT FROM pdauth.data_request AS q WHERE q.request_id = %I.request_id)) WITH CHECK (true)', content, content);
  END LOOP;
END
$content$;
CREATE FUNCTION pdauth.may_see_request(request_id bigint, division pdauth.division_code, operator bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT pdauth.may_see(division, VARIADIC ARRAY[operator] || ARRAY(SELECT a.party_id FROM pdauth.data_request_approver(request_id) AS a WHERE a.party_id IS NOT NULL))
$function$;
REVOKE ALL ON FUNCTION pdauth.may_see_request(bigint, pdauth.division_code, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.may_see_request(bigint, pdauth.division_code, bigint) TO pdauth_register, pdauth_policy_admin, pdauth_auditor;
COMMENT ON FUNCTION pdauth.may_see_request(bigint, pdauth.division_code, bigint) IS 'Whether the session sees a request: its operator, those who approve it, authorities and supervisors of the territory. For row-level policies.';
CREATE POLICY register ON pdauth.data_request USING (pdauth.may_see_request(request_id, division, operator_party)) WITH CHECK (true);
CREATE POLICY register ON pdauth.data_request_approval USING (EXISTS (SELECT FROM pdauth.data_request AS q WHERE q.request_id = data_request_approval.request_id)) WITH CHECK (true);

SELECT pdauth.add_scope_chain('pdauth.data_request', 'agreement_id', 'scope', 'pdauth.operating_agreement', 'agreement_id', 'scope', 'R-20-6');

-- What the approvals have read of the scenario stays with the request.
CREATE FUNCTION pdauth.keep_requested_scenario() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  request text := (SELECT min(q.number) FROM pdauth.data_request AS q WHERE q.scenario_id = OLD.scenario_id AND q.state = 'granted');
BEGIN
  IF request IS NOT NULL AND (NEW.number, NEW.name, NEW.need, NEW.sector, NEW.purpose) IS DISTINCT FROM (OLD.number, OLD.name, OLD.need, OLD.sector, OLD.purpose)
     AND NOT pdauth.break_glass_active() THEN
    PERFORM pdauth.refuse('R-20-8', pdauth.object_label('scenario', OLD.number), format('Request %s was granted for it as it is.', request), 'Register another scenario, and request for that.', OLD.division);
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.keep_requested_scenario() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.keep_requested_scenario() IS 'Row trigger of pdauth.scenario: what a granted request says of it is not rewritten (PD208, R-20-8).';
CREATE TRIGGER keep_requested_scenario BEFORE UPDATE ON pdauth.scenario FOR EACH ROW EXECUTE FUNCTION pdauth.keep_requested_scenario();
ALTER TABLE pdauth.scenario ENABLE ALWAYS TRIGGER keep_requested_scenario;
