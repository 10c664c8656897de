-- What holds a data-use request back at each of its steps (Article 20).

CREATE FUNCTION pdauth.least_necessary_violations(request pdauth.data_request, object text) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-20-3', object, format('%s: no column of it is named.', r.path), NULL::text
    FROM pdauth.data_request_resource AS r
   WHERE r.request_id = request.request_id AND NOT EXISTS (SELECT FROM pdauth.data_request_column AS c WHERE c.request_id = r.request_id AND c.path = r.path)
  UNION ALL
  SELECT 'R-20-3', object, format('%s: "*" is no column; name each one that is needed.', c.path), NULL
    FROM pdauth.data_request_column AS c WHERE c.request_id = request.request_id AND c.column_name = '*'
  UNION ALL
  SELECT 'R-20-3', object, format('No reason for: %s.', string_agg(c.path || '.' || c.column_name, ', ' ORDER BY c.path, c.column_name)), NULL
    FROM pdauth.data_request_column AS c WHERE c.request_id = request.request_id AND pdauth.is_blank(c.reason) HAVING count(*) > 0
  UNION ALL
  SELECT 'R-20-3', object, format('Identifying or sensitive, without a reason of their own: %s.', string_agg(c.path || '.' || c.column_name, ', ' ORDER BY c.path, c.column_name)), NULL
    FROM pdauth.data_request_column AS c JOIN pdauth.resource AS r USING (path)
   WHERE c.request_id = request.request_id AND pdauth.is_blank(c.sensitive_reason)
     AND NOT EXISTS (SELECT FROM pdauth.resource_column AS k WHERE k.resource_id = r.resource_id AND k.column_name = c.column_name AND k.class = 'ordinary')
  HAVING count(*) > 0
  UNION ALL
  SELECT 'R-20-3', object, format('%s: %s.', r.path, m.missing), NULL
    FROM pdauth.data_request_resource AS r
   CROSS JOIN LATERAL (SELECT concat_ws(', ', CASE WHEN pdauth.is_blank(r.row_filter) THEN 'no row filter' END,
                                CASE WHEN r.time_span IS NULL OR isempty(r.time_span) OR NOT isfinite(lower(r.time_span)) OR NOT isfinite(upper(r.time_span)) OR lower_inf(r.time_span) OR upper_inf(r.time_span) THEN 'no time span with a first and a last day' END,
                                CASE WHEN r.refresh IS NULL THEN 'no refresh rate' END,
                                CASE WHEN r.level <> 'general' AND pdauth.is_blank(r.level_reason) THEN format('no reason for level %s', r.level) END,
                                CASE WHEN NOT pdauth.word_allowed('request_levels', r.level, request.division) THEN format('level %s is not given', r.level) END)) AS m (missing)
   WHERE r.request_id = request.request_id AND m.missing <> ''
  UNION ALL
  SELECT 'R-20-3', object, format('Period: %s, of the agreement: %s.', coalesce(request.period::text, 'none'), a.term), NULL
    FROM pdauth.operating_agreement AS a
   WHERE a.agreement_id = request.agreement_id
     AND NOT coalesce(NOT isempty(request.period) AND NOT lower_inf(request.period) AND NOT upper_inf(request.period) AND request.period <@ a.term, false)
  UNION ALL
  SELECT 'R-20-3', object, 'It names nobody of the operator who will use the data, or somebody else.', NULL
   WHERE NOT EXISTS (SELECT FROM pdauth.data_request_person AS p WHERE p.request_id = request.request_id)
      OR EXISTS (SELECT FROM pdauth.data_request_person AS p JOIN pdauth.person AS n USING (person_id) WHERE p.request_id = request.request_id AND n.party_id <> request.operator_party)
$function$;
REVOKE ALL ON FUNCTION pdauth.least_necessary_violations(pdauth.data_request, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.least_necessary_violations(pdauth.data_request, text) IS 'How a request fails to say what it needs and why, or asks for more than can be needed (R-20-3).';

CREATE FUNCTION pdauth.row_filter_problem(path text, row_filter text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  protected regclass;
BEGIN
  IF pdauth.is_blank(row_filter) OR pdauth.says_none(row_filter) THEN
    RETURN NULL;
  END IF;
  FOR protected IN SELECT p.relation FROM pdauth.protected_relation AS p WHERE p.relation = p.label_of AND p.resource = path LOOP
    BEGIN
      PERFORM pdauth.check_row_filter(protected, row_filter);
    EXCEPTION WHEN OTHERS THEN
      RETURN format('%s (%s)', SQLERRM, protected);
    END;
  END LOOP;
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.row_filter_problem(text, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.row_filter_problem(text, text) IS 'Why the tables of a resource in this database could not be filtered so; NULL if they can, or there are none, or the filter says none.';

CREATE FUNCTION pdauth.data_request_content_violations(request pdauth.data_request, object text) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT v.* FROM pdauth.operator_violations(request.operator_party, object) AS v
  UNION ALL
  SELECT 'R-20-1', object, format('Operating agreement %s of %s is not in force.', a.label, pdauth.party_code(a.operator_party)), NULL::text
    FROM pdauth.operating_agreement AS a
   WHERE a.agreement_id = request.agreement_id
     AND (a.operator_party <> request.operator_party OR NOT pdauth.agreement_in_force(a.agreement_id) OR NOT pdauth.division_code_equal(a.division, request.division))
  UNION ALL
  SELECT 'R-20-1', object, 'What it replaces is not a granted request of the same operator.', NULL
   WHERE request.previous_id IS NOT NULL
     AND NOT EXISTS (SELECT FROM pdauth.data_request AS p WHERE p.request_id = request.previous_id AND p.operator_party = request.operator_party AND p.state IN ('granted', 'revoked', 'ended'))
  UNION ALL
  SELECT 'R-20-2', object, 'It names no application scenario.', NULL WHERE request.scenario_id IS NULL
  UNION ALL
  SELECT 'R-20-2', object, format('Scenario %s is %s, for %s.', s.number, s.state, s.purpose), NULL
    FROM pdauth.scenario AS s
   WHERE s.scenario_id = request.scenario_id AND (s.state = 'dropped' OR NOT pdauth.path_contains(s.purpose, request.purpose))
  UNION ALL
  SELECT 'R-20-2', object, 'It names no resource.', NULL WHERE NOT EXISTS (SELECT FROM pdauth.data_request_resource AS r WHERE r.request_id = request.request_id)
  UNION ALL
  SELECT 'R-20-2', object, format('%s is not in the authorised scope.', r.path), NULL
    FROM pdauth.data_request_resource AS r WHERE r.request_id = request.request_id AND NOT pdauth.in_authorised_scope(r.path)
  UNION ALL
  SELECT 'R-20-2', object, format('%s has no column: %s.', c.path, string_agg(c.column_name, ', ' ORDER BY c.column_name)), NULL
    FROM pdauth.data_request_column AS c JOIN pdauth.resource AS r USING (path)
   WHERE c.request_id = request.request_id AND c.column_name <> '*' AND NOT c.column_name = ANY (r.columns) GROUP BY c.path
  UNION ALL
  SELECT 'R-20-2', object, format('Beyond operating agreement %s: %s.', a.label, pdauth.scope_excess(s.scope, a.scope)), NULL
    FROM pdauth.operating_agreement AS a CROSS JOIN LATERAL pdauth.data_request_scope(request.request_id) AS s (scope)
   WHERE a.agreement_id = request.agreement_id AND NOT coalesce(pdauth.scope_contains(a.scope, s.scope), false)
  UNION ALL
  SELECT v.* FROM pdauth.data_request_resource AS q JOIN pdauth.resource AS r USING (path), pdauth.resource_violations(r.resource_id, object, 'R-15-4') AS v
   WHERE q.request_id = request.request_id
  UNION ALL
  SELECT v.* FROM pdauth.scope_restriction_violations(pdauth.data_request_scope(request.request_id), object) AS v
  UNION ALL
  SELECT 'R-21-2', object, format('Actions: %s.', array_to_string(request.actions, ', ')), NULL
   WHERE EXISTS (SELECT FROM unnest(request.actions) AS u (action) WHERE NOT pdauth.word_allowed('operator_actions', u.action, request.division))
  UNION ALL
  SELECT 'R-20-6', object, format('%s: row filter "%s": %s.', r.path, r.row_filter, p.problem), 'Give one condition over columns of the table, or "none".'
    FROM pdauth.data_request_resource AS r CROSS JOIN LATERAL pdauth.row_filter_problem(r.path, r.row_filter) AS p (problem)
   WHERE r.request_id = request.request_id AND p.problem IS NOT NULL
  UNION ALL
  SELECT v.* FROM pdauth.least_necessary_violations(request, object) AS v
$function$;
REVOKE ALL ON FUNCTION pdauth.data_request_content_violations(pdauth.data_request, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.data_request_content_violations(pdauth.data_request, text) IS 'What is wrong with a request as it stands today: its operator and agreement, scenario, resources, what it asks for (R-5-6, R-15-4, R-20-1, R-20-2, R-20-3, R-20-6, R-21-2).';

CREATE FUNCTION pdauth.data_request_approval_violations(request pdauth.data_request, object text) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  WITH given AS (
    SELECT p.part, p.party_id, p.person_id FROM pdauth.data_request_approval AS p
     WHERE p.request_id = request.request_id AND p.submission = request.submission AND p.content_digest = request.content_digest
  ), needed AS (
    SELECT DISTINCT a.part, a.party_id FROM pdauth.data_request_approver(request.request_id) AS a
  ), missing AS (
    SELECT n.part, n.party_id FROM needed AS n WHERE NOT EXISTS (SELECT FROM given AS g WHERE g.part = n.part AND g.party_id = n.party_id)
     ORDER BY n.part, n.party_id
  )
  -- some departments have approved: another one's part is open (R-20-7)
  SELECT CASE WHEN m.part = 'provider' AND EXISTS (SELECT FROM given AS g WHERE g.part = 'provider') THEN 'R-20-7' ELSE 'R-20-4' END,
         object, format('Not approved by %s.', string_agg(format('%s (%s)', coalesce(pdauth.party_code(m.party_id), 'the data authority, which is not recorded'), m.part), ', ' ORDER BY m.part, pdauth.party_code(m.party_id))), NULL::text
    FROM missing AS m GROUP BY 1
  UNION ALL
  SELECT 'R-20-4', object, format('%s is both data authority and provider.', pdauth.party_code(n.party_id)), NULL
    FROM needed AS n WHERE n.part = 'authority' AND EXISTS (SELECT FROM needed AS o WHERE o.part = 'provider' AND o.party_id = n.party_id)
  UNION ALL
  SELECT 'R-20-4', object, 'One person has approved for two parties.', NULL WHERE EXISTS (SELECT FROM given AS g GROUP BY g.person_id HAVING count(*) > 1)
  UNION ALL
  SELECT 'R-20-8', object, format('Approved was another content than %s.', coalesce(request.content_digest, 'none')), NULL
   WHERE request.content_digest IS DISTINCT FROM pdauth.content_digest(pdauth.data_request_content(request.request_id))
$function$;
REVOKE ALL ON FUNCTION pdauth.data_request_approval_violations(pdauth.data_request, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.data_request_approval_violations(pdauth.data_request, text) IS 'Which approvals of exactly this content are missing: of each data authority and each provider, by two organisations and two persons (R-20-4, R-20-7, R-20-8).';

CREATE FUNCTION pdauth.data_request_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-20-1', step.object, format('The request is of %s.', pdauth.party_code(q.operator_party)), NULL::text
    FROM pdauth.data_request AS q WHERE q.request_id = step.object_id AND step.capacity = 'operator' AND q.operator_party <> step.party_id
  UNION ALL
  SELECT v.* FROM pdauth.data_request AS q, pdauth.operator_violations(q.operator_party, step.object) AS v WHERE q.request_id = step.object_id AND step.from_state = ''
  UNION ALL
  SELECT 'R-20-1', step.object, format('Operating agreement %s is of %s.', a.label, pdauth.party_code(a.operator_party)), NULL
    FROM pdauth.data_request AS q JOIN pdauth.operating_agreement AS a USING (agreement_id)
   WHERE q.request_id = step.object_id AND step.from_state = '' AND (a.operator_party <> q.operator_party OR NOT pdauth.division_code_equal(a.division, q.division))
  UNION ALL
  SELECT v.* FROM pdauth.data_request AS q, pdauth.data_request_content_violations(q, step.object) AS v
   WHERE q.request_id = step.object_id AND step.to_state IN ('submitted', 'granted')
  UNION ALL
  SELECT v.* FROM pdauth.data_request AS q, pdauth.data_request_approval_violations(q, step.object) AS v WHERE q.request_id = step.object_id AND step.to_state = 'granted'
  UNION ALL
  -- the grant provides: its licenses open the data
  SELECT 'R-16-1', step.object, format('%s: %s.', r.path, pdauth.aggregation_gap(r.path)), NULL
    FROM pdauth.data_request_resource AS r WHERE r.request_id = step.object_id AND step.to_state = 'granted' AND pdauth.aggregation_gap(r.path) IS NOT NULL
  UNION ALL
  SELECT 'R-18-1', step.object, format('%s was provided before and has not been registered in time.', r.path), NULL
    FROM pdauth.data_request_resource AS r WHERE r.request_id = step.object_id AND step.to_state = 'granted' AND pdauth.registration_overdue(r.path, NULL)
  UNION ALL
  SELECT CASE step.capacity WHEN 'provider' THEN 'R-20-7' ELSE 'R-20-4' END, step.object, format('%s is none of those who approve it.', pdauth.party_code(step.party_id)), NULL
   WHERE step.to_state IN ('granted', 'refused', 'revoked')
     AND NOT EXISTS (SELECT FROM pdauth.data_request_approver(step.object_id) AS a
                      WHERE a.party_id = step.party_id AND a.part = CASE step.capacity WHEN 'provider' THEN 'provider' ELSE 'authority' END)
$function$;
REVOKE ALL ON FUNCTION pdauth.data_request_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.data_request_violations(pdauth.transition) IS 'Check function of data-use requests (Article 20); granted, they provide data, which is to be fully aggregated (R-16-1) and, where the pack says so, registered in time (R-18-1).';
