-- Raw-data sessions of developers: need, security assessment, a bounded session
-- in a controlled environment (原始数据探查利用, Article 25).

CREATE TABLE pdauth.raw_assessment (
  assessment_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number          text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  development_id  bigint NOT NULL REFERENCES pdauth.development_agreement,
  division        pdauth.division_code,
  developer_party bigint NOT NULL REFERENCES pdauth.party,
  operator_party  bigint NOT NULL REFERENCES pdauth.party,
  need            text NOT NULL,
  scope           pdauth.license_scope NOT NULL,
  findings        text,
  state           text NOT NULL DEFAULT 'stated',
  act_date        date,
  act_document    text,
  act_digest      pdauth.document_digest,
  act_reason      text,
  registered_at   timestamptz
);
COMMENT ON TABLE pdauth.raw_assessment IS 'Needs of developers to explore or use raw data, and the operator''s security assessment: stated, positive or negative (R-25-7).';
COMMENT ON COLUMN pdauth.raw_assessment.assessment_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.raw_assessment.number IS 'Number.';
COMMENT ON COLUMN pdauth.raw_assessment.development_id IS 'Development agreement.';
COMMENT ON COLUMN pdauth.raw_assessment.developer_party IS 'Developer that states the need.';
COMMENT ON COLUMN pdauth.raw_assessment.operator_party IS 'Operator that assesses.';
COMMENT ON COLUMN pdauth.raw_assessment.need IS 'Why raw data is needed.';
COMMENT ON COLUMN pdauth.raw_assessment.scope IS 'What exactly: resources, columns, purpose, divisions, period; action read only.';
COMMENT ON COLUMN pdauth.raw_assessment.findings IS 'What the assessment found.';
COMMENT ON COLUMN pdauth.raw_assessment.state IS 'stated, positive or negative.';
INSERT INTO pdauth.life_cycle VALUES ('raw_assessment', 'assessment_id', 'number', 'raw_assessment_violations', NULL, 'R-25-7', 'R-25-7', 'R-25-7', '{}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('raw_assessment', '', 'stated', '{developer}', 'R-25-7', '{}'),
  ('raw_assessment', 'stated', 'positive', '{operator}', 'R-25-7', '{document}'),
  ('raw_assessment', 'stated', 'negative', '{operator}', 'R-25-7', '{reason}');
CREATE FUNCTION pdauth.read_scope(scope pdauth.license_scope) RETURNS pdauth.license_scope
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT coalesce(pdauth.scope_agg(pdauth.make_scope('{read}', g.paths, g.columns, g.purposes, g.regions, g.validity, g.level)), '{}') FROM pdauth.grants(read_scope.scope) AS g
$function$;
REVOKE ALL ON FUNCTION pdauth.read_scope(pdauth.license_scope) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.read_scope(pdauth.license_scope) IS 'The same with action read alone, whatever the actions were. Empty for NULL.';

CREATE FUNCTION pdauth.raw_assessment_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT v.* FROM pdauth.raw_assessment AS r, pdauth.use_violations(r.development_id, step.object) AS v WHERE r.assessment_id = step.object_id AND step.to_state <> 'negative'
  UNION ALL
  SELECT 'R-25-7', step.object, 'It is between the parties of the development agreement; the need is stated, the findings are given.', NULL::text
    FROM pdauth.raw_assessment AS r JOIN pdauth.development_agreement AS d USING (development_id)
   WHERE r.assessment_id = step.object_id
     AND (d.developer_party <> r.developer_party OR d.operator_party <> r.operator_party OR NOT pdauth.division_code_equal(d.division, r.division)
          OR step.party_id <> CASE step.to_state WHEN 'stated' THEN r.developer_party ELSE r.operator_party END
          OR pdauth.is_blank(r.need) OR step.to_state <> 'stated' AND pdauth.is_blank(r.findings))
  UNION ALL
  SELECT 'R-25-7', step.object, 'Columns, purposes and period are to be named, for reading only.', NULL
    FROM pdauth.raw_assessment AS r
   WHERE r.assessment_id = step.object_id
     AND EXISTS (SELECT FROM pdauth.grants(r.scope) AS g WHERE g.actions <> '{read}' OR g.columns = '{*}' OR g.purposes = '{*}' OR g.paths = '{*}' OR upper_inf(g.validity))
  UNION ALL
  SELECT v.* FROM pdauth.raw_assessment AS r, pdauth.scope_restriction_violations(r.scope, step.object) AS v WHERE r.assessment_id = step.object_id AND step.to_state = 'positive'
  UNION ALL
  SELECT 'R-13-15', step.object, format('Beyond the operating agreement: %s.', pdauth.scope_excess(r.scope, a.scope)), NULL
    FROM pdauth.raw_assessment AS r JOIN pdauth.development_agreement AS d USING (development_id) JOIN pdauth.operating_agreement AS a USING (agreement_id)
   WHERE r.assessment_id = step.object_id AND NOT pdauth.scope_contains(a.scope, r.scope)
  UNION ALL
  SELECT 'R-21-7', step.object, format('Beyond development agreement %s: %s.', d.number, pdauth.scope_excess(pdauth.read_scope(r.scope), pdauth.read_scope(d.scope))), NULL
    FROM pdauth.raw_assessment AS r JOIN pdauth.development_agreement AS d USING (development_id)
   WHERE r.assessment_id = step.object_id AND NOT pdauth.scope_contains(pdauth.read_scope(d.scope), pdauth.read_scope(r.scope))
$function$;
REVOKE ALL ON FUNCTION pdauth.raw_assessment_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.raw_assessment_violations(pdauth.transition) IS 'Check function of raw-data assessments (R-25-7): for this developer, these relations, columns, purpose and period, within the operating agreement and the development agreement (R-21-7).';
SELECT pdauth.register_table('pdauth.raw_assessment', '{developer,operator}', 'R-25-7', 'findings');
SELECT pdauth.describe_columns('pdauth.raw_assessment');
CREATE TRIGGER a_keep_side BEFORE UPDATE ON pdauth.raw_assessment FOR EACH ROW EXECUTE FUNCTION pdauth.keep_side('operator_party', 'stated', 'R-25-7', 'findings');
ALTER TABLE pdauth.raw_assessment ENABLE ALWAYS TRIGGER a_keep_side;
CREATE POLICY register ON pdauth.raw_assessment USING (pdauth.may_see(division, developer_party, operator_party)) WITH CHECK (true);

CREATE TABLE pdauth.raw_session (
  session_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number         text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  assessment_id  bigint NOT NULL REFERENCES pdauth.raw_assessment,
  development_id bigint NOT NULL REFERENCES pdauth.development_agreement,
  division       pdauth.division_code,
  operator_party bigint NOT NULL REFERENCES pdauth.party,
  person_id      bigint NOT NULL REFERENCES pdauth.person,
  role           regrole NOT NULL,
  environment_id bigint NOT NULL REFERENCES pdauth.controlled_environment,
  scope          pdauth.license_scope NOT NULL,
  period         tstzrange NOT NULL,
  output_review  text,
  state          text NOT NULL DEFAULT 'open',
  act_date       date,
  act_document   text,
  act_digest     pdauth.document_digest,
  act_reason     text,
  registered_at  timestamptz
);
CREATE INDEX raw_session_role_index ON pdauth.raw_session (role);
COMMENT ON TABLE pdauth.raw_session IS 'Raw-data sessions, opened by the operator for one person, scope, environment and time: open, closed, emptied after the review of its output (R-25-8, R-25-9).';
COMMENT ON COLUMN pdauth.raw_session.session_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.raw_session.number IS 'Number.';
COMMENT ON COLUMN pdauth.raw_session.assessment_id IS 'Positive assessment it rests on.';
COMMENT ON COLUMN pdauth.raw_session.development_id IS 'Development agreement.';
COMMENT ON COLUMN pdauth.raw_session.operator_party IS 'Operator.';
COMMENT ON COLUMN pdauth.raw_session.person_id IS 'Person.';
COMMENT ON COLUMN pdauth.raw_session.role IS 'Role of the person.';
COMMENT ON COLUMN pdauth.raw_session.environment_id IS 'Controlled environment it takes place in.';
COMMENT ON COLUMN pdauth.raw_session.scope IS 'What of the assessment it opens.';
COMMENT ON COLUMN pdauth.raw_session.period IS 'From when until when; at most the pack''s hours.';
COMMENT ON COLUMN pdauth.raw_session.output_review IS 'Review of what is to leave the environment.';
COMMENT ON COLUMN pdauth.raw_session.state IS 'open, closed or emptied.';
INSERT INTO pdauth.life_cycle VALUES ('raw_session', 'session_id', 'number', 'raw_session_violations', 'raw_session_effects', 'R-25-9', 'R-25-9', 'R-25-9', '{}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('raw_session', '', 'open', '{operator}', 'R-25-9', '{}'),
  ('raw_session', 'open', 'closed', '{operator}', 'R-25-9', '{}'),
  ('raw_session', 'closed', 'emptied', '{operator}', 'R-25-9', '{document}');

CREATE FUNCTION pdauth.assessed_until(assessment_id bigint) RETURNS date
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT (pdauth.last_step('raw_assessment', r.assessment_id, 'positive')).event_date + pdauth.figure('raw_assessment_days', r.division)
    FROM pdauth.raw_assessment AS r WHERE r.assessment_id = assessed_until.assessment_id AND r.state = 'positive'
$function$;
REVOKE ALL ON FUNCTION pdauth.assessed_until(bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.assessed_until(bigint) IS 'Last day on which a positive assessment is valid, by the pack''s days; NULL if it is not positive.';

CREATE FUNCTION pdauth.not_obtained(session pdauth.raw_session) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT CASE WHEN NOT pdauth.switched_on('license_on_agreement', session.division) AND NOT pdauth.scope_contains(o.obtained, session.scope)
              THEN pdauth.scope_excess(session.scope, o.obtained)::text END
    FROM (SELECT coalesce(pdauth.scope_agg(pdauth.read_scope(pdauth.data_request_scope(q.request_id,
                   ARRAY(SELECT r.path FROM pdauth.data_request_resource AS r WHERE r.request_id = q.request_id AND pdauth.says_none(r.row_filter))))), '{}')
            FROM pdauth.data_request AS q WHERE q.operator_party = session.operator_party AND 'read' = ANY (q.actions) AND pdauth.data_request_in_force(q.request_id)) AS o (obtained)
$function$;
REVOKE ALL ON FUNCTION pdauth.not_obtained(pdauth.raw_session) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.not_obtained(pdauth.raw_session) IS
  'What of a raw session''s scope its operator may not read itself today: in no granted request, or only in one with a row filter, which a session would not carry (R-20-5). NULL if there is nothing, or if the agreement itself licenses.';

CREATE FUNCTION pdauth.raw_session_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  WITH subject AS (SELECT s.*, r.state AS assessed, r.scope AS assessed_scope, r.developer_party, r.operator_party AS assessor FROM pdauth.raw_session AS s JOIN pdauth.raw_assessment AS r USING (assessment_id) WHERE s.session_id = step.object_id)
  SELECT v.* FROM subject AS s, pdauth.use_violations(s.development_id, step.object) AS v WHERE step.to_state = 'open'
  UNION ALL
  SELECT v.* FROM subject AS s, pdauth.clearance_violations(s.person_id, step.object) AS v WHERE step.to_state = 'open'
  UNION ALL
  SELECT 'R-25-7', step.object, format('Assessment is %s, valid until %s; not assessed: %s.', s.assessed, coalesce(pdauth.assessed_until(s.assessment_id)::text, 'never'), pdauth.scope_excess(s.scope, s.assessed_scope)), NULL::text
    FROM subject AS s
   WHERE step.to_state = 'open' AND (coalesce(pdauth.assessed_until(s.assessment_id), '-infinity') < pdauth.clock_today() OR NOT pdauth.scope_contains(s.assessed_scope, s.scope))
  UNION ALL
  -- the operator gives on what both approvals have given it, nothing else
  SELECT 'R-20-5', step.object, format('No granted request of the operator covers: %s.', pdauth.not_obtained(s)), NULL
    FROM pdauth.raw_session AS s WHERE s.session_id = step.object_id AND step.to_state = 'open' AND pdauth.not_obtained(s) IS NOT NULL
  UNION ALL
  SELECT 'R-25-8', step.object, 'The environment has been given up.', NULL
    FROM subject AS s JOIN pdauth.controlled_environment AS e USING (environment_id) WHERE step.to_state = 'open' AND e.ended_on <= pdauth.clock_today()
  UNION ALL
  SELECT 'R-25-9', step.object, format('Period: %s, at most %s hours.', s.period, pdauth.figure('raw_session_max_hours', s.division)), NULL
    FROM subject AS s
   WHERE step.to_state = 'open' AND (isempty(s.period) OR lower_inf(s.period) OR upper_inf(s.period) OR upper(s.period) - lower(s.period) > make_interval(hours => pdauth.figure('raw_session_max_hours', s.division)))
  UNION ALL
  SELECT 'R-25-9', step.object, 'Person, role and operator do not belong to the assessment.', NULL
    FROM subject AS s
   WHERE s.assessor <> s.operator_party OR step.party_id <> s.operator_party OR (SELECT r.development_id FROM pdauth.raw_assessment AS r WHERE r.assessment_id = s.assessment_id) <> s.development_id
      OR NOT EXISTS (SELECT FROM pdauth.principal AS p JOIN pdauth.party_capacity AS c USING (capacity_id) WHERE p.role = s.role AND p.person_id = s.person_id AND p.ended_on IS NULL AND c.party_id = s.developer_party)
  UNION ALL
  SELECT 'R-25-9', step.object, 'The output is not reviewed, or a relation of the workspace still exists.', NULL
    FROM subject AS s
   WHERE step.to_state = 'emptied'
     AND (pdauth.is_blank(s.output_review)
          OR EXISTS (SELECT FROM pg_class AS c JOIN pdauth.protected_relation AS g ON g.relation = c.oid, pdauth.grants(s.scope) AS t, unnest(t.paths) AS u(path) WHERE c.relowner = s.role AND pdauth.path_contains(u.path, g.resource)))
$function$;
REVOKE ALL ON FUNCTION pdauth.raw_session_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.raw_session_violations(pdauth.transition) IS 'Check function of raw-data sessions (R-25-7 to R-25-9, R-25-1), of data that the operator has obtained (R-20-5).';

CREATE FUNCTION pdauth.raw_session_effects(step pdauth.transition) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  session pdauth.raw_session;
  issued bigint;
BEGIN
  SELECT * INTO session FROM pdauth.raw_session AS s WHERE s.session_id = step.object_id;
  IF step.to_state = 'open' THEN
    INSERT INTO pdauth.license (licensee, scope, basis) VALUES (session.role, session.scope, step.object) RETURNING license_id INTO issued;
    INSERT INTO pdauth.agreement_license (license_id, life_cycle, object_id) VALUES (issued, 'raw_session', session.session_id);
  ELSE
    PERFORM pdauth.end_licenses('raw_session', session.session_id, step.object || ' ' || step.to_state);
    PERFORM pdauth.cancel_at_commit(ARRAY[session.role::oid]);
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.raw_session_effects(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.raw_session_effects(pdauth.transition) IS 'What follows from a step of a raw-data session: open, its person is licensed for its scope; closed, the license and running statements end (R-25-9).';
SELECT pdauth.register_table('pdauth.raw_session', '{operator}', 'R-25-9', 'output_review');
SELECT pdauth.describe_columns('pdauth.raw_session');
CREATE TRIGGER a_keep_side BEFORE UPDATE ON pdauth.raw_session FOR EACH ROW EXECUTE FUNCTION pdauth.keep_side('operator_party', 'closed', 'R-25-9', 'output_review');
ALTER TABLE pdauth.raw_session ENABLE ALWAYS TRIGGER a_keep_side;
CREATE POLICY register ON pdauth.raw_session USING (pdauth.may_see(division, operator_party, (SELECT n.party_id FROM pdauth.person AS n WHERE n.person_id = raw_session.person_id))) WITH CHECK (true);
