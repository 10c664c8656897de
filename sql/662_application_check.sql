-- What holds an application back at each of its steps.

CREATE FUNCTION pdauth.application_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT v.* FROM pdauth.application AS a, pdauth.applicant_violations(a.applicant_party, a.operator_party, a.division, step.object) AS v
   WHERE a.application_id = step.object_id AND step.to_state NOT IN ('withdrawn', 'refused', 'lapsed')
  UNION ALL
  SELECT v.* FROM pdauth.application AS a, pdauth.operator_violations(a.operator_party, step.object) AS v
   WHERE a.application_id = step.object_id AND step.capacity = 'operator'
  UNION ALL
  SELECT CASE WHEN step.capacity = 'operator' THEN 'R-13-8' ELSE 'R-13-3' END, step.object, format('It is between %s and %s.', pdauth.party_code(a.applicant_party), pdauth.party_code(a.operator_party)), NULL
    FROM pdauth.application AS a
   WHERE a.application_id = step.object_id AND step.to_state <> 'registered' AND step.party_id <> CASE step.capacity WHEN 'operator' THEN a.operator_party ELSE a.applicant_party END
  UNION ALL
  SELECT 'R-13-3', step.object, format('%s is not the applicant.', pdauth.party_code(step.party_id)), NULL
    FROM pdauth.application AS a WHERE a.application_id = step.object_id AND step.to_state = 'registered' AND step.party_id <> a.applicant_party
  UNION ALL
  SELECT 'R-13-12', step.object, 'The operating agreement is of another operator or division.', NULL
    FROM pdauth.application AS a JOIN pdauth.operating_agreement AS g USING (agreement_id)
   WHERE a.application_id = step.object_id AND (g.operator_party <> a.operator_party OR NOT pdauth.division_code_contains(g.division, a.division))
  UNION ALL
  SELECT v.* FROM pdauth.application AS a,
    LATERAL (SELECT DISTINCT 'R-5-6', step.object, format('%s must not be used for %s.', r, pdauth.purpose_forbidden(r, a.purpose)), NULL::text
               FROM unnest(a.resources) AS r WHERE pdauth.purpose_forbidden(r, a.purpose) IS NOT NULL) AS v
   WHERE a.application_id = step.object_id AND step.to_state = 'submitted'
  UNION ALL
  SELECT 'R-13-1', step.object, CASE WHEN n.notice_id IS NULL THEN 'It names no notice.' ELSE format('Notice %s is %s.', n.number, n.state) END, NULL
    FROM pdauth.application AS a LEFT JOIN pdauth.scenario_notice AS n USING (notice_id)
   WHERE a.application_id = step.object_id AND step.to_state = 'submitted' AND a.route = 'notice'
     AND (n.notice_id IS NULL OR n.state <> 'published' OR n.operator_party <> a.operator_party)
  UNION ALL
  SELECT 'R-13-2', step.object, 'It states no scenario of its own.', NULL
    FROM pdauth.application AS a WHERE a.application_id = step.object_id AND step.to_state = 'submitted' AND a.route = 'own' AND a.scenario IS NULL
  UNION ALL
  SELECT v.* FROM pdauth.application AS a, pdauth.application_review_violations(a, step) AS v WHERE a.application_id = step.object_id AND step.to_state IN ('passed', 'refused')
  UNION ALL
  SELECT 'R-13-5', step.object, 'No defect is stated.', NULL
    FROM pdauth.application AS a WHERE a.application_id = step.object_id AND step.to_state = 'correcting' AND pdauth.is_blank(a.defect)
  UNION ALL
  SELECT 'R-13-6', step.object, format('Corrections were due on %s.', a.correction_due), NULL
    FROM pdauth.application AS a WHERE a.application_id = step.object_id AND step.from_state = 'correcting' AND step.to_state = 'reviewing' AND pdauth.clock_today() > a.correction_due
  UNION ALL
  SELECT 'R-13-6', step.object, format('The limit runs until %s.', a.correction_due), 'Wait until it has run.'
    FROM pdauth.application AS a WHERE a.application_id = step.object_id AND step.to_state = 'lapsed' AND pdauth.clock_today() <= a.correction_due
  UNION ALL
  SELECT v.* FROM pdauth.application AS a, pdauth.publicity_violations(a.application_id, step.object, step.event_date) AS v
   WHERE a.application_id = step.object_id AND step.to_state IN ('publicity', 'cleared') AND (step.to_state = 'cleared' OR v.rule = 'R-13-9')
  UNION ALL
  SELECT 'R-13-12', step.object, 'No development agreement is signed on it.', NULL
   WHERE step.to_state = 'contracted' AND NOT EXISTS (SELECT FROM pdauth.development_agreement AS d WHERE d.application_id = step.object_id AND d.state = 'signed')
$function$;
REVOKE ALL ON FUNCTION pdauth.application_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.application_violations(pdauth.transition) IS 'Check function of applications (Articles 12, 13; R-5-6, R-21-2, R-21-3).';

CREATE FUNCTION pdauth.application_review_violations(application pdauth.application, step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT v.* FROM pdauth.finding_violations(application, 'qualification_conditions', 'R-12-2', step.object) AS v WHERE step.to_state = 'passed'
  UNION ALL
  SELECT v.* FROM pdauth.finding_violations(application, 'scenario_assessments', 'R-13-2', step.object) AS v WHERE step.to_state = 'passed' AND application.route = 'own'
  UNION ALL
  SELECT 'R-13-3', step.object, format('Missing: %s.', m), NULL FROM pdauth.application_missing(application, 'material_kinds') AS m WHERE step.to_state = 'passed' AND m IS NOT NULL
  UNION ALL
  SELECT 'R-13-4', step.object, format('Missing: %s.', m), NULL FROM pdauth.application_missing(application, 'qualification_proof_parts') AS m WHERE step.to_state = 'passed' AND m IS NOT NULL
  UNION ALL
  SELECT 'R-13-5', step.object, CASE WHEN application.correction_due IS NULL THEN 'No defect was notified.' ELSE format('The limit runs until %s.', application.correction_due) END, NULL
   WHERE step.to_state = 'refused' AND application.refusal_ground = 'material' AND coalesce(application.correction_due, 'infinity') >= pdauth.clock_today()
  UNION ALL
  SELECT 'R-13-5', step.object, 'A refusal states its ground.', NULL WHERE step.to_state = 'refused' AND application.refusal_ground IS NULL
  UNION ALL
  SELECT 'R-13-7', step.object, NULL, NULL WHERE NOT EXISTS (SELECT FROM pdauth.application_review AS r WHERE r.application_id = application.application_id)
     AND NOT (step.to_state = 'refused' AND application.refusal_ground IS NOT DISTINCT FROM 'material')
  UNION ALL
  SELECT 'R-13-8', step.object, 'The person has an interest in it.', NULL
   WHERE EXISTS (SELECT FROM pdauth.application_interest AS i WHERE i.application_id = application.application_id AND i.person_id = step.person_id)
  UNION ALL
  SELECT 'R-13-8', step.object, format('%s has an interest in %s, or the other way round: %s.', pdauth.party_code(application.operator_party), pdauth.party_code(application.applicant_party), t.source), NULL
    FROM pdauth.affiliation AS t
   WHERE t.kind = 'interest' AND t.since <= pdauth.clock_today() AND (t.ended_on IS NULL OR t.ended_on > pdauth.clock_today())
     AND (t.party_id, t.affiliate_id) IN ((application.operator_party, application.applicant_party), (application.applicant_party, application.operator_party))
$function$;
REVOKE ALL ON FUNCTION pdauth.application_review_violations(pdauth.application, pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.application_review_violations(pdauth.application, pdauth.transition) IS 'What holds back the result of a review (R-12-2, R-13-2 to R-13-5, R-13-7, R-13-8).';

CREATE FUNCTION pdauth.application_effects(step pdauth.transition) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  application pdauth.application;
BEGIN
  SELECT * INTO application FROM pdauth.application AS a WHERE a.application_id = step.object_id;
  IF step.to_state = 'submitted' AND (pdauth.application_missing(application, 'material_kinds') IS NOT NULL OR pdauth.application_missing(application, 'qualification_proof_parts') IS NOT NULL) THEN
    PERFORM pdauth.open_duty('application', application.application_id, step.object, 'R-13-5', application.operator_party, application.applicant_party, step.event_date,
                             pdauth.figure('deficiency_notice_wd', application.division, step.event_date) || ' workdays');
  ELSIF step.to_state = 'correcting' THEN
    PERFORM pdauth.close_duty('application', application.application_id, 'R-13-5', step.recorded_at, 'notice of ' || step.event_date);
    PERFORM pdauth.open_duty('application', application.application_id, step.object, 'R-13-6', application.applicant_party, application.operator_party, step.event_date, application.correction_wd || ' workdays');
  ELSIF step.from_state = 'correcting' AND step.to_state = 'reviewing' THEN
    PERFORM pdauth.close_duty('application', application.application_id, 'R-13-6', step.recorded_at, 'correction of ' || step.event_date);
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.application_effects(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.application_effects(pdauth.transition) IS 'What follows from a step of an application: incomplete material starts the operator''s clock for the notice (R-13-5), the notice starts the applicant''s (R-13-6).';

CREATE FUNCTION pdauth.compute_application() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NOT pdauth.break_glass_active() THEN
      NEW.defect := NULL;
      NEW.correction_wd := NULL;
      NEW.correction_due := NULL;
      NEW.refusal_ground := NULL;
    END IF;
    RETURN NEW;
  END IF;
  -- the notice and the refusal say so once, as they are given
  IF (NEW.defect, NEW.correction_wd) IS DISTINCT FROM (OLD.defect, OLD.correction_wd) AND NOT (NEW.state = 'correcting' AND OLD.state = 'reviewing') THEN
    PERFORM pdauth.refuse('R-13-5', 'application ' || OLD.number, 'A defect and its limit are stated with the notice: the step from reviewing to correcting.', NULL, OLD.division);
  ELSIF NEW.refusal_ground IS DISTINCT FROM OLD.refusal_ground AND NOT (NEW.state = 'refused' AND OLD.state <> 'refused') THEN
    PERFORM pdauth.refuse('R-13-5', 'application ' || OLD.number, 'A ground is stated with the refusal.', NULL, OLD.division);
  END IF;
  IF NEW.state = 'correcting' AND OLD.state = 'reviewing' THEN
    NEW.correction_wd := coalesce(NEW.correction_wd, pdauth.figure('correction_wd', NEW.division));
    NEW.correction_due := pdauth.obligation_due(pdauth.clock_today(), (NEW.correction_wd || ' workdays')::pdauth.term, '{}', pdauth.default_calendar());
  ELSE
    NEW.correction_due := OLD.correction_due;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.compute_application() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.compute_application() IS 'Row trigger of pdauth.application: the operator states a defect with the notice and a ground with the refusal, and not otherwise (R-13-5); computes the last day for a correction when it is asked for (R-13-6).';

CREATE FUNCTION pdauth.check_application_fact() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor;
  fact jsonb := coalesce(to_jsonb(NEW), to_jsonb(OLD));
  application pdauth.application;
  object text;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN coalesce(NEW, OLD);
  END IF;
  actor := pdauth.require_actor();
  IF TG_OP = 'UPDATE' AND fact -> 'application_id' <> to_jsonb(OLD) -> 'application_id' THEN
    PERFORM pdauth.refuse('X-5', replace(TG_TABLE_NAME, '_', ' '), 'A row cannot move to another object.');
  END IF;
  SELECT * INTO application FROM pdauth.application AS a WHERE a.application_id = (fact ->> 'application_id')::bigint FOR SHARE;
  object := 'application ' || application.number;
  IF TG_TABLE_NAME = 'application_material' THEN
    IF actor.party_id IS DISTINCT FROM application.applicant_party THEN
      PERFORM pdauth.refuse('R-13-3', object, format('%s is not the applicant.', actor.party), NULL, application.division);
    ELSIF application.state = 'correcting' AND pdauth.clock_today() > application.correction_due THEN
      PERFORM pdauth.refuse('R-13-6', object, format('Corrections were due on %s.', application.correction_due), NULL, application.division);
    ELSIF application.state NOT IN ('registered', 'correcting')
          AND NOT pdauth.step_pending('application', application.application_id, '{registered,correcting}') THEN
      PERFORM pdauth.refuse('R-13-6', object, format('It is %s: no correction was asked for.', application.state), 'Wait for the operator''s notice.', application.division);
    END IF;
    RETURN coalesce(NEW, OLD);
  END IF;
  IF actor.party_id IS DISTINCT FROM application.operator_party THEN
    PERFORM pdauth.refuse('R-13-8', object, format('%s is not the operator.', actor.party), NULL, application.division);
  ELSIF EXISTS (SELECT FROM pdauth.application_interest AS i WHERE i.application_id = application.application_id AND i.person_id = actor.person_id) AND TG_TABLE_NAME <> 'application_interest' THEN
    PERFORM pdauth.refuse('R-13-8', object, format('%s has an interest in it.', actor.person), NULL, application.division);
  ELSIF TG_TABLE_NAME = 'application_review' AND NOT pdauth.word_allowed('review_methods', fact ->> 'method', application.division) THEN
    PERFORM pdauth.refuse('R-13-7', object, format('Method: %s.', fact ->> 'method'), NULL, application.division);
  ELSIF TG_TABLE_NAME = 'application_review' AND (fact ->> 'held_on')::date > pdauth.clock_today() THEN
    PERFORM pdauth.refuse('X-3', object, 'The review is dated after today.');
  ELSIF TG_TABLE_NAME = 'application_review' AND (fact ->> 'held_on')::date < (application.registered_at AT TIME ZONE 'Asia/Shanghai')::date THEN
    PERFORM pdauth.refuse('R-13-7', object, format('The review is dated %s, before the application.', fact ->> 'held_on'), NULL, application.division);
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_application_fact() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_application_fact() IS 'Row trigger of material, findings, reviews and interests: material by the applicant while it may be handed in (R-13-3, R-13-6), the rest by persons of the operator without an interest (R-13-7, R-13-8).';

SELECT pdauth.register_table('pdauth.application', '{developer,operator}', 'R-13-3', 'defect', 'correction_wd', 'correction_due', 'refusal_ground');
SELECT pdauth.register_table('pdauth.application_material', '{developer}', 'R-13-3');
SELECT pdauth.register_table('pdauth.application_finding', '{operator}', 'R-13-8');
SELECT pdauth.register_table('pdauth.application_review', '{operator}', 'R-13-8');
SELECT pdauth.register_table('pdauth.application_interest', '{operator}', 'R-13-8');
CREATE TRIGGER compute_application BEFORE INSERT OR UPDATE ON pdauth.application FOR EACH ROW EXECUTE FUNCTION pdauth.compute_application();
ALTER TABLE pdauth.application ENABLE ALWAYS TRIGGER compute_application;
CREATE TRIGGER check_application_fact BEFORE INSERT OR UPDATE OR DELETE ON pdauth.application_material FOR EACH ROW EXECUTE FUNCTION pdauth.check_application_fact();
CREATE TRIGGER check_application_fact BEFORE INSERT ON pdauth.application_finding FOR EACH ROW EXECUTE FUNCTION pdauth.check_application_fact();
CREATE TRIGGER check_application_fact BEFORE INSERT ON pdauth.application_review FOR EACH ROW EXECUTE FUNCTION pdauth.check_application_fact();
CREATE TRIGGER check_application_fact BEFORE INSERT ON pdauth.application_interest FOR EACH ROW EXECUTE FUNCTION pdauth.check_application_fact();
ALTER TABLE pdauth.application_material ENABLE ALWAYS TRIGGER check_application_fact;
ALTER TABLE pdauth.application_finding ENABLE ALWAYS TRIGGER check_application_fact;
ALTER TABLE pdauth.application_review ENABLE ALWAYS TRIGGER check_application_fact;
ALTER TABLE pdauth.application_interest ENABLE ALWAYS TRIGGER check_application_fact;
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.application_finding FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record();
ALTER TABLE pdauth.application_finding ENABLE ALWAYS TRIGGER keep_record;
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.application_review FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record();
ALTER TABLE pdauth.application_review ENABLE ALWAYS TRIGGER keep_record;
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.application_interest FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record();
ALTER TABLE pdauth.application_interest ENABLE ALWAYS TRIGGER keep_record;
CREATE POLICY register ON pdauth.application USING (pdauth.may_see(division, applicant_party, operator_party)) WITH CHECK (true);
CREATE POLICY register ON pdauth.application_material USING (EXISTS (SELECT FROM pdauth.application AS o WHERE o.application_id = application_material.application_id)) WITH CHECK (true);
CREATE POLICY register ON pdauth.application_finding USING (EXISTS (SELECT FROM pdauth.application AS o WHERE o.application_id = application_finding.application_id)) WITH CHECK (true);
CREATE POLICY register ON pdauth.application_review USING (EXISTS (SELECT FROM pdauth.application AS o WHERE o.application_id = application_review.application_id)) WITH CHECK (true);
CREATE POLICY register ON pdauth.application_interest USING (EXISTS (SELECT FROM pdauth.application AS o WHERE o.application_id = application_interest.application_id)) WITH CHECK (true);

CREATE FUNCTION pdauth.material_missing(application_id bigint, OUT kinds text, OUT parts text)
LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT pdauth.application_missing(a, 'material_kinds'), pdauth.application_missing(a, 'qualification_proof_parts')
    FROM pdauth.application AS a WHERE a.application_id = material_missing.application_id
$function$;
REVOKE ALL ON FUNCTION pdauth.material_missing(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.material_missing(bigint) TO pdauth_register, pdauth_policy_admin, pdauth_auditor;
COMMENT ON FUNCTION pdauth.material_missing(bigint) IS 'Kinds of material and parts of the qualification proof that an application lacks; NULL each if complete.';

CREATE VIEW pdauth.application_status WITH (security_barrier) AS
  SELECT a.number AS application, pdauth.party_code(a.applicant_party) AS applicant, pdauth.party_code(a.operator_party) AS operator,
         CASE WHEN a.state = 'correcting' AND pdauth.clock_today() > a.correction_due THEN 'lapsed' ELSE a.state END AS status,
         pg_catalog.concat_ws(', ', m.kinds, m.parts) AS missing, a.correction_due
    FROM pdauth.application AS a
   CROSS JOIN LATERAL pdauth.material_missing(a.application_id) AS m(kinds, parts)
   WHERE pdauth.may_see(a.division, a.applicant_party, a.operator_party);
COMMENT ON VIEW pdauth.application_status IS 'Applications with their status now, lapsed by time included, and what their material lacks.';
COMMENT ON COLUMN pdauth.application_status.application IS 'Number.';
COMMENT ON COLUMN pdauth.application_status.applicant IS 'Applicant.';
COMMENT ON COLUMN pdauth.application_status.operator IS 'Operator.';
COMMENT ON COLUMN pdauth.application_status.status IS 'State; lapsed once the time for a correction is over.';
COMMENT ON COLUMN pdauth.application_status.missing IS 'What the material lacks; empty if nothing.';
COMMENT ON COLUMN pdauth.application_status.correction_due IS 'Last day for a correction.';
GRANT SELECT ON pdauth.application_status TO pdauth_register, pdauth_policy_admin, pdauth_auditor;
