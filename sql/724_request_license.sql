-- What a granted request gives: licenses of exactly what was approved, for the
-- roles of exactly the persons named (R-20-5, R-20-6).

CREATE FUNCTION pdauth.issue_request_license(request pdauth.data_request, only_role regrole DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  holder regrole;
BEGIN
  -- a role that is being released is waited for, and one released later loses what we issue (X-5)
  FOR holder IN
    SELECT p.role FROM pdauth.principal AS p
     WHERE p.person_id IN (SELECT n.person_id FROM pdauth.data_request_person AS n WHERE n.request_id = request.request_id)
       AND p.ended_on IS NULL AND (only_role IS NULL OR p.role = only_role) ORDER BY p.principal_id FOR SHARE
  LOOP
    -- one license for all that shares a row filter, or has none
    PERFORM pdauth.issue_license('data_request', request.request_id, pdauth.object_label('data_request', request.number), request.operator_party, 'operator',
                                 pdauth.data_request_scope(request.request_id, f.paths), holder, f.row_filter)
       FROM (SELECT CASE WHEN NOT pdauth.says_none(r.row_filter) THEN r.row_filter END AS row_filter, array_agg(r.path) AS paths
               FROM pdauth.data_request_resource AS r WHERE r.request_id = request.request_id GROUP BY 1) AS f;
  END LOOP;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.issue_request_license(pdauth.data_request, regrole) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.issue_request_license(pdauth.data_request, regrole) IS 'Issues the licenses of a granted request to the roles of its persons that act for the operator on the platform, or to one of them.';

CREATE FUNCTION pdauth.data_request_effects(step pdauth.transition) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  request pdauth.data_request;
BEGIN
  IF step.to_state = 'submitted' THEN
    UPDATE pdauth.data_request AS q
       SET scope = pdauth.data_request_scope(q.request_id), content_digest = pdauth.content_digest(pdauth.data_request_content(q.request_id))
     WHERE q.request_id = step.object_id AND q.state = 'submitted';
    RETURN;
  END IF;
  SELECT * INTO request FROM pdauth.data_request AS q WHERE q.request_id = step.object_id;
  IF step.to_state = 'granted' THEN
    -- the scenario is rewritten before us, and then it is not what was approved, or not at all
    PERFORM FROM pdauth.scenario AS s WHERE s.scenario_id = request.scenario_id FOR SHARE;
    IF request.content_digest IS DISTINCT FROM pdauth.content_digest(pdauth.data_request_content(request.request_id)) THEN
      PERFORM pdauth.refuse('R-20-8', step.object, 'Its scenario was rewritten just now.', NULL, request.division);
    END IF;
    PERFORM pdauth.end_licenses('data_request', request.previous_id, 'replaced by ' || step.object);
    PERFORM pdauth.issue_request_license(request);
    PERFORM pdauth.open_registration(r.path, NULL, step.event_date, 'R-18-1') FROM pdauth.data_request_resource AS r WHERE r.request_id = request.request_id;
  ELSIF step.from_state = 'granted' THEN
    PERFORM pdauth.end_licenses('data_request', request.request_id, format('%s %s on %s', step.object, step.to_state, step.event_date));
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.data_request_effects(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.data_request_effects(pdauth.transition) IS
  'What follows from a step of a request: submitted, its scope and digest are computed; granted, it issues licenses, replaces the one before, and its resources are to be registered (R-18-1); ended, its licenses end in the same transaction.';

-- Licenses end with the agreement, or with a version of it that no longer covers them.
CREATE FUNCTION pdauth.end_requests() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NEW.state <> OLD.state AND NEW.state IN ('signed', 'terminated', 'rescinded', 'revoked', 'exited') THEN
    PERFORM pdauth.end_licenses('data_request', q.request_id, format('operating agreement %s %s', NEW.label, NEW.state))
       FROM pdauth.data_request AS q JOIN pdauth.operating_agreement AS a USING (agreement_id)
      WHERE a.number = NEW.number AND q.state = 'granted' AND (NEW.state <> 'signed' OR NOT pdauth.scope_contains(NEW.scope, q.scope));
  END IF;
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.end_requests() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.end_requests() IS 'Row trigger of pdauth.operating_agreement: its end revokes the licenses of requests under it, and a new version those of requests that it does not cover, in the same transaction (R-11-13, R-20-6).';
CREATE TRIGGER end_requests AFTER UPDATE ON pdauth.operating_agreement FOR EACH ROW EXECUTE FUNCTION pdauth.end_requests();
ALTER TABLE pdauth.operating_agreement ENABLE ALWAYS TRIGGER end_requests;

CREATE FUNCTION pdauth.follow_request_role() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  request pdauth.data_request;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NULL;
  END IF;
  -- neither request nor agreement ends before we commit, and whoever ends it then sees our license (X-5)
  FOR request IN
    SELECT q.* FROM pdauth.data_request AS q
     WHERE q.state = 'granted'
       AND q.request_id IN (SELECT d.request_id FROM pdauth.data_request_person AS d JOIN pdauth.principal AS p USING (person_id) WHERE p.role = NEW.role AND p.ended_on IS NULL)
     ORDER BY q.request_id FOR SHARE
  LOOP
    PERFORM FROM pdauth.operating_agreement AS a WHERE a.number = (SELECT o.number FROM pdauth.operating_agreement AS o WHERE o.agreement_id = request.agreement_id) FOR SHARE;
    IF pdauth.data_request_in_force(request.request_id) THEN
      PERFORM pdauth.issue_request_license(request, NEW.role);
    END IF;
  END LOOP;
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.follow_request_role() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.follow_request_role() IS 'Row trigger of pdauth.principal and pdauth.component_access: a role bound later to a person of a granted request, or to the platform, receives its licenses.';
CREATE TRIGGER follow_request_role AFTER INSERT ON pdauth.principal FOR EACH ROW EXECUTE FUNCTION pdauth.follow_request_role();
CREATE TRIGGER follow_request_role AFTER INSERT ON pdauth.component_access FOR EACH ROW EXECUTE FUNCTION pdauth.follow_request_role();
ALTER TABLE pdauth.principal ENABLE ALWAYS TRIGGER follow_request_role;
ALTER TABLE pdauth.component_access ENABLE ALWAYS TRIGGER follow_request_role;

CREATE VIEW pdauth.request_status WITH (security_barrier) AS
  SELECT q.number AS request, pdauth.party_code(q.operator_party) AS operator, q.division, q.purpose, q.period,
         CASE WHEN q.state = 'granted' AND q.period << pg_catalog.daterange(pdauth.clock_today(), NULL) THEN 'expired'
              WHEN q.state = 'granted' AND EXISTS (SELECT FROM pdauth.data_request AS n WHERE n.previous_id = q.request_id AND n.state IN ('granted', 'revoked', 'ended')) THEN 'superseded'
              WHEN q.state = 'granted' AND NOT pdauth.data_request_in_force(q.request_id) THEN 'not in force' ELSE q.state END AS status,
         q.submission, q.content_digest,
         (SELECT pg_catalog.string_agg(pdauth.party_code(p.party_id), ', ' ORDER BY p.approval_id) FROM pdauth.data_request_approval AS p
           WHERE p.request_id = q.request_id AND p.submission = q.submission AND p.content_digest = q.content_digest) AS approved_by,
         (SELECT pg_catalog.string_agg(DISTINCT pdauth.party_code(a.party_id), ', ') FROM pdauth.data_request_resource AS d JOIN pdauth.resource AS r USING (path)
           CROSS JOIN LATERAL (SELECT 'authority', pdauth.data_authority(r.division) UNION ALL SELECT 'provider', r.provider_party
                               UNION ALL SELECT 'authority', b.receiver_party FROM pdauth.backflow AS b
                                          WHERE b.path = r.path AND b.state IN ('consented', 'ended') AND pdauth.division_code_contains(b.division, q.division)) AS a (part, party_id)
           WHERE d.request_id = q.request_id AND q.state = 'submitted'
             AND NOT EXISTS (SELECT FROM pdauth.data_request_approval AS p WHERE p.request_id = q.request_id AND p.submission = q.submission AND p.content_digest = q.content_digest
                              AND p.part = a.part AND p.party_id = a.party_id)) AS waits_for,
         CASE WHEN q.state = 'submitted' THEN pdauth.workdays_since((SELECT pg_catalog.max(t.event_date) FROM pdauth.transition AS t WHERE t.life_cycle = 'data_request' AND t.object_id = q.request_id AND t.to_state = 'submitted')) END AS workdays_waiting,
         (SELECT pg_catalog.count(*) FROM pdauth.agreement_license AS a JOIN pdauth.license AS l USING (license_id)
           WHERE a.life_cycle = 'data_request' AND a.object_id = q.request_id AND l.revoked_at IS NULL) AS licenses
    FROM pdauth.data_request AS q
   WHERE pdauth.may_see_request(q.request_id, q.division, q.operator_party);
COMMENT ON VIEW pdauth.request_status IS 'Data-use requests with the approvals that count and those they wait for; silence is no approval (reading A-16), its age is shown.';
COMMENT ON COLUMN pdauth.request_status.request IS 'Number.';
COMMENT ON COLUMN pdauth.request_status.operator IS 'Operator.';
COMMENT ON COLUMN pdauth.request_status.division IS 'Division.';
COMMENT ON COLUMN pdauth.request_status.purpose IS 'Purpose.';
COMMENT ON COLUMN pdauth.request_status.period IS 'Period.';
COMMENT ON COLUMN pdauth.request_status.status IS 'draft, submitted, granted, expired, not in force (its agreement is not), superseded, refused, withdrawn, revoked or ended.';
COMMENT ON COLUMN pdauth.request_status.submission IS 'Submission that counts.';
COMMENT ON COLUMN pdauth.request_status.content_digest IS 'Digest that approvals cite.';
COMMENT ON COLUMN pdauth.request_status.approved_by IS 'Parties that have approved exactly this content.';
COMMENT ON COLUMN pdauth.request_status.waits_for IS 'Parties whose approval is missing.';
COMMENT ON COLUMN pdauth.request_status.workdays_waiting IS 'Working days since it was submitted.';
COMMENT ON COLUMN pdauth.request_status.licenses IS 'Licenses in force that it has issued.';
GRANT SELECT ON pdauth.request_status TO pdauth_register, pdauth_policy_admin, pdauth_auditor;
