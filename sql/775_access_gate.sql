-- Conditions of access beyond a license: who is behind the session, is the
-- person cleared, may the party act, is the product released (Articles 15, 21
-- to 25).  The library asks before a statement is planned, when it starts and
-- at each fetch; licenses themselves are the engine's business (Article 20).

CREATE FUNCTION pdauth.session_person(role oid, session_role oid, attested bigint) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  -- the login is the person; a pool needs a token; a superuser who took a role acts as its person
  SELECT CASE
    WHEN attested IS NOT NULL THEN
      (SELECT n.person_id FROM pdauth.person AS n JOIN pdauth.service_role AS s ON s.party_id = n.party_id
        WHERE n.person_id = attested AND s.role = session_person.session_role AND coalesce(s.ended_on, 'infinity') > pdauth.clock_today())
    WHEN EXISTS (SELECT FROM pdauth.principal AS p WHERE p.role = session_person.session_role) THEN
      (SELECT p.person_id FROM pdauth.principal AS p WHERE p.role = session_person.session_role AND p.since <= pdauth.clock_today() AND coalesce(p.ended_on, 'infinity') > pdauth.clock_today())
    WHEN (SELECT r.rolsuper FROM pg_roles AS r WHERE r.oid = session_person.session_role) THEN
      (SELECT p.person_id FROM pdauth.principal AS p WHERE p.role = session_person.role AND p.since <= pdauth.clock_today() AND coalesce(p.ended_on, 'infinity') > pdauth.clock_today())
  END
$function$;
REVOKE ALL ON FUNCTION pdauth.session_person(oid, oid, bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.session_person(oid, oid, bigint) IS
  'The natural person behind a session (R-25-2): whom a token attests, if the login is a service role of that person''s party; else whom the login is bound to; a superuser who has taken a bound role acts as its person. NULL if there is none.';

CREATE FUNCTION pdauth.person_violations(role oid, session_role oid, attested bigint, object text) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  WITH who AS (SELECT pdauth.session_person(role, session_role, attested) AS person_id),
  acting AS (SELECT n.party_id FROM pdauth.principal AS p JOIN pdauth.person AS n USING (person_id) WHERE p.role = person_violations.role AND coalesce(p.ended_on, 'infinity') > pdauth.clock_today()
             UNION SELECT s.party_id FROM pdauth.service_role AS s WHERE s.role = person_violations.role AND coalesce(s.ended_on, 'infinity') > pdauth.clock_today())
  SELECT 'R-25-2', object, format('Login "%s" acts for no natural person.', session_role::regrole), 'Log in as one person; behind a pool, SELECT pdauth.attest(token) in each transaction.'
    FROM who WHERE who.person_id IS NULL
  UNION ALL
  SELECT v.* FROM who, pdauth.clearance_violations(who.person_id, object) AS v WHERE who.person_id IS NOT NULL
  UNION ALL
  SELECT 'R-21-5', object, format('%s of %s acts as role "%s" of another organisation.', n.person, pdauth.party_code(n.party_id), role::regrole), NULL
    FROM who JOIN pdauth.person AS n USING (person_id)
   WHERE EXISTS (SELECT FROM acting) AND NOT EXISTS (SELECT FROM acting AS a WHERE a.party_id = n.party_id)
$function$;
REVOKE ALL ON FUNCTION pdauth.person_violations(oid, oid, bigint, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.person_violations(oid, oid, bigint, text) IS 'Why the person behind a session has no access: none (R-25-2), not cleared (R-25-1, R-25-13), in another organisation''s role (R-21-5).';

CREATE FUNCTION pdauth.party_capacity_of(role oid, OUT party_id bigint, OUT capacity text) RETURNS record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT c.party_id, c.capacity FROM pdauth.principal AS p JOIN pdauth.party_capacity AS c USING (capacity_id) WHERE p.role = party_capacity_of.role AND coalesce(p.ended_on, 'infinity') > pdauth.clock_today()
  UNION ALL
  SELECT c.party_id, c.capacity FROM pdauth.service_role AS s JOIN pdauth.party_capacity AS c USING (party_id)
   WHERE s.role = party_capacity_of.role AND coalesce(s.ended_on, 'infinity') > pdauth.clock_today() AND coalesce(c.ended_on, 'infinity') > pdauth.clock_today()
   LIMIT 1
$function$;
REVOKE ALL ON FUNCTION pdauth.party_capacity_of(oid) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.party_capacity_of(oid) IS 'Party and capacity a role acts in, as a principal or as a service role; NULLs if it does not.';

-- Development agreements under which a developer could use a resource or product.
CREATE FUNCTION pdauth.developer_use_violations(party_id bigint, resource text, object text) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  WITH under AS (
    SELECT d.development_id, EXISTS (SELECT FROM pdauth.use_violations(d.development_id, object)) AS barred
      FROM pdauth.development_agreement AS d
     WHERE d.developer_party = developer_use_violations.party_id AND d.state <> 'draft'
       AND CASE WHEN resource LIKE 'product/%'
                THEN EXISTS (SELECT FROM pdauth.delivery AS v JOIN pdauth.product AS p USING (product_id) WHERE v.development_id = d.development_id AND pdauth.path_contains('product/' || p.number, resource))
                ELSE EXISTS (SELECT FROM pdauth.grants(d.scope) AS g, unnest(g.paths) AS u(path) WHERE pdauth.path_contains(u.path, resource)) END)
  SELECT 'R-21-1', object, 'No development agreement covers it.', NULL::text WHERE NOT EXISTS (SELECT FROM under)
  UNION ALL
  SELECT v.* FROM (SELECT u.development_id FROM under AS u ORDER BY u.development_id DESC LIMIT 1) AS u, pdauth.use_violations(u.development_id, object) AS v
   WHERE NOT EXISTS (SELECT FROM under AS o WHERE NOT o.barred)
$function$;
REVOKE ALL ON FUNCTION pdauth.developer_use_violations(bigint, text, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.developer_use_violations(bigint, text, text) IS 'Why a developer may not use a resource or product now: no agreement that covers it (R-21-1), or the reasons of use_violations() for the latest.';

-- Who has a license is the engine's business, and so is who has asked for none (R-20-5).
CREATE FUNCTION pdauth.half_approved_violations(role oid, party_id bigint, resource text, object text) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT v.rule, object, concat_ws(' ', format('Request %s:', q.number), v.facts), v.hint
    FROM pdauth.data_request AS q CROSS JOIN LATERAL pdauth.data_request_approval_violations(q, object) AS v
   WHERE q.operator_party = half_approved_violations.party_id AND q.state = 'submitted' AND v.rule IN ('R-20-4', 'R-20-7')
     AND EXISTS (SELECT FROM pdauth.data_request_resource AS d WHERE d.request_id = q.request_id AND pdauth.path_contains(d.path, resource))
     AND EXISTS (SELECT FROM pdauth.data_request_approval AS p WHERE p.request_id = q.request_id AND p.submission = q.submission AND p.content_digest = q.content_digest)
     AND NOT EXISTS (SELECT FROM pdauth.license AS l CROSS JOIN LATERAL pdauth.grants(l.scope) AS g CROSS JOIN LATERAL unnest(g.paths) AS u(path)
                      WHERE l.licensee = half_approved_violations.role AND l.revoked_at IS NULL AND pdauth.path_contains(u.path, resource))
$function$;
REVOKE ALL ON FUNCTION pdauth.half_approved_violations(oid, bigint, text, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.half_approved_violations(oid, bigint, text, text) IS
  'Approvals missing from requests of a party for a resource that somebody has approved already (R-20-4, R-20-7), for a role without any license of it. No rows without such a request: that there is no access at all (R-20-5) is for the engine to say.';

CREATE FUNCTION pdauth.raw_use_violations(role oid, person_id bigint, resource text, client inet, exports boolean, object text) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  WITH sessions AS (
    SELECT s.*, e.network, e.ended_on AS environment_ended FROM pdauth.raw_session AS s JOIN pdauth.controlled_environment AS e USING (environment_id)
     WHERE s.role = raw_use_violations.role AND s.person_id = raw_use_violations.person_id
       AND EXISTS (SELECT FROM pdauth.grants(s.scope) AS g, unnest(g.paths) AS u(path) WHERE pdauth.path_contains(u.path, resource))),
  open AS (SELECT s.* FROM sessions AS s WHERE s.state = 'open' AND s.period @> pdauth.clock_now())
  SELECT 'R-25-7', object, 'No raw session was ever assessed and opened for it.', NULL::text WHERE NOT EXISTS (SELECT FROM sessions)
  UNION ALL
  SELECT 'R-20-5', object, 'The operator has no granted request for it any more.', NULL
   WHERE EXISTS (SELECT FROM open)
     AND NOT EXISTS (SELECT FROM open AS o JOIN pdauth.raw_session AS s USING (session_id) WHERE pdauth.not_obtained(s) IS NULL)
  UNION ALL
  SELECT 'R-25-7', object, 'The assessment of the session is not valid any more.', NULL
   WHERE EXISTS (SELECT FROM open) AND NOT EXISTS (SELECT FROM open AS o WHERE pdauth.assessed_until(o.assessment_id) >= pdauth.clock_today())
  UNION ALL
  SELECT 'R-25-8', object, format('Client: %s.', coalesce(host(client), 'none')), NULL
   WHERE EXISTS (SELECT FROM open) AND NOT EXISTS (SELECT FROM open AS o WHERE client <<= o.network AND coalesce(o.environment_ended, 'infinity') > pdauth.clock_today())
  UNION ALL
  SELECT 'R-25-8', object, 'Results of a raw session are shown, not copied.', 'Have results reviewed and released.' WHERE EXISTS (SELECT FROM open) AND exports
  UNION ALL
  SELECT 'R-25-9', object, (SELECT format('Session %s is %s, for %s.', s.number, s.state, s.period) FROM sessions AS s ORDER BY s.session_id DESC LIMIT 1), NULL
   WHERE EXISTS (SELECT FROM sessions) AND NOT EXISTS (SELECT FROM open)
$function$;
REVOKE ALL ON FUNCTION pdauth.raw_use_violations(oid, bigint, text, inet, boolean, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.raw_use_violations(oid, bigint, text, inet, boolean, text) IS 'Why a developer''s person may not read raw data now: no assessed session (R-25-7), nothing the operator has obtained (R-20-5), from elsewhere or taking copies (R-25-8), not open (R-25-9).';

CREATE FUNCTION pdauth.licensed_purposes(role oid, resource text) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT ARRAY(
    SELECT DISTINCT u.purpose FROM pdauth.license AS l CROSS JOIN LATERAL pdauth.grants(l.scope) AS g CROSS JOIN LATERAL unnest(g.purposes) AS u (purpose)
     WHERE l.revoked_at IS NULL AND pg_has_role(licensed_purposes.role, l.licensee, 'USAGE') AND g.validity @> pdauth.clock_today()
       AND EXISTS (SELECT FROM unnest(g.paths) AS p (path) WHERE pdauth.path_contains(p.path, resource)) ORDER BY u.purpose)
$function$;
REVOKE ALL ON FUNCTION pdauth.licensed_purposes(oid, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.licensed_purposes(oid, text) IS 'Purposes that the licenses of a role in force today permit for a resource; "*" for any. Empty if there are none.';

CREATE FUNCTION pdauth.effective_purpose(role oid, resource text, declared text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT coalesce(declared, (SELECT min(p) FROM unnest(pdauth.licensed_purposes(role, resource)) AS p WHERE p <> '*' HAVING count(*) = 1))
$function$;
REVOKE ALL ON FUNCTION pdauth.effective_purpose(oid, text, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.effective_purpose(oid, text, text) IS 'What a statement on a resource is for: the purpose declared, else the only one that the licenses of the role name. NULL if neither tells (R-25-3).';

CREATE FUNCTION pdauth.purpose_violations(role oid, resource text, purpose text, object text) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-25-3', object, concat_ws(' ', 'No purpose is bound.', 'Licensed for: ' || nullif(array_to_string(pdauth.licensed_purposes(role, resource), ', '), '') || '.'), 'SET pdauth.purpose to the one that this is for.'
   WHERE pdauth.effective_purpose(role, resource, purpose) IS NULL
$function$;
REVOKE ALL ON FUNCTION pdauth.purpose_violations(oid, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.purpose_violations(oid, text, text, text) IS 'Why a statement on governed data could not be recorded with its purpose (R-25-3): none is declared, and the licenses of the role for the resource do not leave a single one.';

CREATE FUNCTION pdauth.lent_license_violations(role oid, person_id bigint, resource text, object text) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-20-6', object, format('A license of role "%s" is for %s, whom request %s names.', l.licensee, n.person, q.number), 'Have the membership revoked, and request for each person who uses the data.'
    FROM pdauth.license AS l JOIN pdauth.agreement_license AS a ON a.license_id = l.license_id AND a.life_cycle = 'data_request' JOIN pdauth.data_request AS q ON q.request_id = a.object_id
    JOIN pdauth.principal AS p ON p.role = l.licensee AND coalesce(p.ended_on, 'infinity') > pdauth.clock_today() JOIN pdauth.person AS n ON n.person_id = p.person_id
   WHERE l.revoked_at IS NULL AND p.person_id <> lent_license_violations.person_id AND pg_has_role(lent_license_violations.role, l.licensee, 'USAGE')
     AND NOT (SELECT r.rolsuper FROM pg_roles AS r WHERE r.oid = lent_license_violations.role)
     AND EXISTS (SELECT FROM pdauth.grants(l.scope) AS g, unnest(g.paths) AS u (path) WHERE pdauth.path_contains(u.path, resource))
   ORDER BY l.license_id LIMIT 1
$function$;
REVOKE ALL ON FUNCTION pdauth.lent_license_violations(oid, bigint, text, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.lent_license_violations(oid, bigint, text, text) IS 'R-20-6 for a person who comes by membership or SET ROLE to a license that a request issued for somebody else it names; of a superuser, who is a member of all, only the role taken counts.';

CREATE FUNCTION pdauth.judgement(violations pdauth.violation[], division pdauth.division_code) RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  found record;
  result text[];
  others text[] := '{}';
BEGIN
  -- in the order given: that of a statement (X-10), not of the rules' numbers
  FOR found IN
    SELECT r.rule, r.sqlstate, r.message, v.object, v.facts, coalesce(v.hint, r.hint) AS hint, pdauth.rule_mode(r.rule, judgement.division) AS mode
      FROM unnest(violations) WITH ORDINALITY AS v (rule, object, facts, hint, place) JOIN pdauth.rule AS r ON r.rule = v.rule ORDER BY v.place
  LOOP
    IF found.mode = 'observe' THEN
      RAISE LOG USING MESSAGE = format('pdauth would refuse %s to "%s" by %s', found.object, pdauth.acting_role(), found.rule);
    ELSIF found.mode = 'enforce' AND result IS NULL THEN
      result := ARRAY[found.sqlstate, concat_ws(': ', found.object, pdauth.message(found.message)), concat_ws(' ', pdauth.rule_detail(found.rule), found.facts), pdauth.message(found.hint), '', found.rule];
    ELSIF found.mode = 'enforce' AND found.rule <> result[6] AND found.rule <> ALL (others) THEN
      others := others || found.rule;
    END IF;
  END LOOP;
  IF others <> '{}' THEN
    result[3] := concat_ws(' ', result[3], 'Also violated: ' || array_to_string(others, ', ') || '.');
    result[5] := array_to_string(others, ', ');
  END IF;
  RETURN result;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.judgement(pdauth.violation[], pdauth.division_code) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.judgement(pdauth.violation[], pdauth.division_code) IS 'What becomes of violations found before a statement: SQLSTATE, message, DETAIL, HINT, other rules violated, rule; NULL if it passes.';

CREATE FUNCTION pdauth.access_gate(resource text, relation oid, role oid, session_role oid, attested bigint, purpose text, client inet, exports boolean, custodian boolean,
                                   OUT before text[], OUT after text[], OUT until timestamptz, OUT row_limit integer) RETURNS record
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  product pdauth.product;
  entry pdauth.resource;
  acting record;
  object text;
  territory pdauth.division_code;
  person bigint;
  used_for text;
  first_part pdauth.violation[] := '{}';
  second_part pdauth.violation[] := '{}';
BEGIN
  SELECT p.* INTO product FROM pdauth.product AS p WHERE p.relation = access_gate.relation OR resource IS NOT NULL AND pdauth.path_contains('product/' || p.number, resource) LIMIT 1;
  SELECT r.* INTO entry FROM pdauth.resource AS r WHERE pdauth.path_contains(r.path, access_gate.resource) LIMIT 1;
  IF product.product_id IS NULL AND entry.resource_id IS NULL THEN
    RETURN;  -- not of the register
  END IF;
  territory := coalesce(entry.division, product.division);
  object := coalesce('resource ' || entry.path, 'product ' || product.number);
  person := pdauth.session_person(role, session_role, attested);
  SELECT c.party_id, c.capacity INTO acting FROM pdauth.party_capacity_of(role) AS c;
  until := pdauth.instant_at(pdauth.clock_today(), '24:00');
  IF custodian THEN
    -- the department reads its own data; but nobody becomes it by changing roles
    first_part := ARRAY(SELECT v FROM pdauth.person_violations(role, session_role, attested, object) AS v WHERE v.rule = 'R-21-5'
                        UNION ALL SELECT v FROM pdauth.hold_violations('{R-29-3,R-28-10,R-29-7}', resource, relation, role, session_role, person, acting.party_id, object) AS v);
    before := pdauth.judgement(first_part, territory);
    RETURN;
  END IF;
  first_part := ARRAY(
    SELECT v FROM pdauth.person_violations(role, session_role, attested, object) AS v WHERE v.rule = 'R-25-2'
    UNION ALL
    SELECT ROW('R-7-1', object, format('Role "%s" is bound to no component of the platform.', role::regrole), NULL)::pdauth.violation
     WHERE acting.capacity IN ('operator', 'developer') AND NOT pdauth.on_platform(role::regrole) AND NOT EXISTS (SELECT FROM pdauth.service_role AS s WHERE s.role = access_gate.role AND s.ended_on IS NULL)
    UNION ALL
    SELECT v FROM pdauth.person_violations(role, session_role, attested, object) AS v WHERE v.rule <> 'R-25-2'
    UNION ALL
    SELECT v FROM pdauth.hold_violations('{R-29-3,R-28-10,R-29-7}', resource, relation, role, session_role, person, acting.party_id, object) AS v
    UNION ALL
    SELECT ROW('R-15-4', object, 'It is on the negative list.', NULL)::pdauth.violation WHERE pdauth.negative_listed(entry.resource_id));
  IF acting.capacity = 'developer' AND (entry.resource_id IS NOT NULL OR product.owner_party <> acting.party_id) THEN
    first_part := first_part || ARRAY(SELECT v FROM pdauth.developer_use_violations(acting.party_id, coalesce(resource, 'product/' || product.number), object) AS v
                                      ORDER BY v.rule <> 'R-21-10', v.rule);
  ELSIF acting.capacity = 'operator' AND product.owner_party IS DISTINCT FROM acting.party_id THEN
    first_part := first_part || ARRAY(SELECT v FROM pdauth.operator_violations(acting.party_id, object) AS v)
                             || ARRAY(SELECT v FROM pdauth.hold_violations('{R-28-5}', resource, relation, role, session_role, person, acting.party_id, object) AS v)
                             || ARRAY(SELECT v FROM pdauth.half_approved_violations(role, acting.party_id, resource, object) AS v ORDER BY v.rule);
  END IF;
  IF acting.capacity = 'developer' AND entry.resource_id IS NOT NULL AND exports THEN
    first_part := first_part || ARRAY(SELECT v FROM pdauth.raw_use_violations(role, person, resource, client, exports, object) AS v WHERE v.rule = 'R-25-8');
  END IF;
  -- ---- beyond what a request or agreement gives ----
  used_for := pdauth.effective_purpose(role, coalesce(resource, 'product/' || product.number), purpose);
  IF product.product_id IS NOT NULL AND product.owner_party IS DISTINCT FROM acting.party_id THEN
    second_part := second_part || ARRAY(
      SELECT ROW('R-23-5', object, 'It was delivered free of charge, for public use only.', NULL)::pdauth.violation
       WHERE acting.capacity = 'developer' AND pdauth.is_industrial(used_for, territory)
         AND NOT EXISTS (SELECT FROM pdauth.delivery AS v JOIN pdauth.development_agreement AS d USING (development_id) JOIN pdauth.tariff AS t USING (tariff_id)
                          WHERE v.product_id = product.product_id AND d.developer_party = acting.party_id AND NOT pdauth.word_allowed('free_use_classes', t.use_class, territory))
      UNION ALL
      -- the assessor looks at what it is to release
      SELECT v FROM pdauth.released_violations(product.product_id, object, 'R-22-9') AS v
       WHERE pdauth.is_redeveloped(product.product_id)
         AND NOT EXISTS (SELECT FROM pdauth.release AS r WHERE r.product_id = product.product_id AND r.state = 'assessing' AND r.operator_party = acting.party_id)
      UNION ALL
      SELECT ROW('R-22-9', object, format('It is %s.', product.state), NULL)::pdauth.violation
       WHERE NOT pdauth.is_redeveloped(product.product_id) AND product.state NOT IN ('deliverable', 'offered'));
  END IF;
  IF entry.resource_id IS NOT NULL THEN
    second_part := second_part || ARRAY(SELECT v FROM pdauth.lent_license_violations(role, person, resource, object) AS v) || ARRAY(
      SELECT ROW('R-5-6', object, format('It must not be used for %s.', used_for), NULL)::pdauth.violation WHERE used_for IS NOT NULL AND pdauth.purpose_forbidden(entry.path, used_for) IS NOT NULL
      UNION ALL
      SELECT v FROM pdauth.raw_use_violations(role, person, resource, client, exports, object) AS v WHERE acting.capacity = 'developer');
    IF acting.capacity = 'developer' THEN
      row_limit := pdauth.figure('raw_display_rows', territory);
      until := least(until, (SELECT min(b) FROM pdauth.raw_session AS s CROSS JOIN LATERAL unnest(ARRAY[lower(s.period), upper(s.period)]) AS b WHERE s.role = access_gate.role AND s.state = 'open' AND b > pdauth.clock_now()));
    END IF;
  END IF;
  -- of an assessment, the application names the purpose
  IF acting.capacity IN ('operator', 'developer') AND product.owner_party IS DISTINCT FROM acting.party_id
     AND NOT EXISTS (SELECT FROM pdauth.release AS r WHERE r.product_id = product.product_id AND r.state = 'assessing' AND r.operator_party = acting.party_id) THEN
    second_part := second_part || ARRAY(SELECT v FROM pdauth.purpose_violations(role, coalesce(resource, 'product/' || product.number), purpose, object) AS v);
  END IF;
  after := pdauth.judgement(first_part || second_part, territory);
  -- what comes first is raised first, and the other part is named with it
  IF after[6] = ANY (ARRAY(SELECT v.rule FROM unnest(first_part) AS v)) THEN
    before := after;
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.access_gate(text, oid, oid, oid, bigint, text, inet, boolean, boolean) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.access_gate(text, oid, oid, oid, bigint, text, inet, boolean, boolean) IS
  'Asked by the library about a catalogued resource or a product: what refuses the session before its licenses are looked at, and after, in the order of the catalogue (X-10); until when this holds if nothing changes; and the most rows a statement shows. NULLs if nothing refuses.';

CREATE FUNCTION pdauth.gate_is_open() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$ SELECT NOT EXISTS (SELECT FROM pdauth.resource) AND NOT EXISTS (SELECT FROM pdauth.product) $function$;
REVOKE ALL ON FUNCTION pdauth.gate_is_open() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.gate_is_open() IS 'Is the register empty, so that licenses alone decide? Asked by the library.';

CREATE FUNCTION pdauth.raw_session_open() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT EXISTS (SELECT FROM pdauth.raw_session AS s JOIN pg_roles AS r ON r.oid = s.role WHERE r.rolname IN (pdauth.acting_role(), session_user) AND s.state = 'open' AND s.period @> pdauth.clock_now())
$function$;
REVOKE ALL ON FUNCTION pdauth.raw_session_open() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.raw_session_open() IS 'Has the session a raw-data session open now? Asked by the library before NOTIFY (R-25-8).';

CREATE FUNCTION pdauth.forget_access() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'pdauth_forget_access';
REVOKE ALL ON FUNCTION pdauth.forget_access() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.forget_access() IS 'Statement trigger of what access_gate() reads: every session asks anew.';
DO $triggers$
DECLARE
  relation pg_catalog.regclass;
BEGIN
  FOREACH relation IN ARRAY ARRAY['pdauth.person_fact', 'pdauth.service_role', 'pdauth.principal', 'pdauth.person', 'pdauth.party_capacity', 'pdauth.component_access', 'pdauth.platform_component',
    'pdauth.measure', 'pdauth.affiliation', 'pdauth.affiliation_decision', 'pdauth.development_agreement', 'pdauth.operating_agreement', 'pdauth.delivery', 'pdauth.negative_list',
    'pdauth.resource', 'pdauth.resource_restriction', 'pdauth.product', 'pdauth.product_source', 'pdauth.release', 'pdauth.raw_session', 'pdauth.raw_assessment', 'pdauth.controlled_environment',
    'pdauth.data_request', 'pdauth.data_request_approval', 'pdauth.pack_parameter', 'pdauth.pack_override']::pg_catalog.regclass[] LOOP
    EXECUTE pg_catalog.format('CREATE TRIGGER forget_access AFTER INSERT OR UPDATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION pdauth.forget_access()', relation);
    EXECUTE pg_catalog.format('ALTER TABLE %s ENABLE ALWAYS TRIGGER forget_access', relation);
  END LOOP;
END
$triggers$;

CREATE FUNCTION pdauth.cancel_at_commit(roles oid[]) RETURNS void
LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'pdauth_cancel_at_commit';
REVOKE ALL ON FUNCTION pdauth.cancel_at_commit(oid[]) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.cancel_at_commit(oid[]) IS 'When this transaction commits, the statements running in this database under these logins are cancelled, but not the own one. Part of the end of agreements (R-25-11).';

CREATE FUNCTION pdauth.attest(token text) RETURNS text
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'pdauth_attest';
COMMENT ON FUNCTION pdauth.attest(text) IS
  'For connection pools: the rest of this transaction acts for the person that the token names, and the audit log says so. Returns the person. A token is signed with the key whose public half is in pdauth.attest_key_file, for one database and one login role, lives at most pdauth.attest_lifetime seconds, was issued more than five seconds after the server started and works once, on no standby; anything else is refused (PD252, R-25-2). NULL for NULL.';
CREATE FUNCTION pdauth.attested_person() RETURNS text
LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'pdauth_attested_person';
COMMENT ON FUNCTION pdauth.attested_person() IS 'The person that a token attests in this transaction; NULL if none does.';
CREATE FUNCTION pdauth.person_number(person text) RETURNS bigint
LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$ SELECT n.person_id FROM pdauth.person AS n WHERE n.person = person_number.person $function$;
REVOKE ALL ON FUNCTION pdauth.person_number(text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.person_number(text) IS 'Number of a person; NULL if there is none, and for NULL. Part of pdauth.attest().';

-- ---- copies into another party's schema (R-21-6) ----

CREATE FUNCTION pdauth.check_workspace() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  made record;
  actor pdauth.actor := pdauth.actor();
BEGIN
  IF actor.party_id IS NULL OR pdauth.break_glass_active() THEN
    RETURN;
  END IF;
  FOR made IN
    SELECT c.object_identity, w.party_id FROM pg_event_trigger_ddl_commands() AS c
      JOIN pg_class AS k ON k.oid = c.objid AND c.classid = 'pg_class'::regclass JOIN pg_namespace AS n ON n.oid = k.relnamespace
      JOIN pdauth.workspace AS w ON w.schema = n.nspname
     WHERE w.party_id <> actor.party_id
       -- what the command has read, it has locked until the transaction ends
       AND EXISTS (SELECT FROM pg_locks AS l WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.granted AND l.mode = 'AccessShareLock'
                    AND EXISTS (SELECT FROM pdauth.protected_relation AS g WHERE g.relation = l.relation AND g.relation <> k.oid))
  LOOP
    PERFORM pdauth.refuse('R-21-6', format('table %s', made.object_identity), format('The schema is of %s.', pdauth.party_code(made.party_id)), 'Keep what you derive in a schema of your own organisation.', actor.division);
  END LOOP;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_workspace() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_workspace() IS 'Event trigger: refuses copies of protected data into the workspace of another party (PD216, R-21-6).';
CREATE EVENT TRIGGER pdauth_a_check_workspace ON ddl_command_end WHEN TAG IN ('CREATE TABLE AS', 'SELECT INTO', 'CREATE MATERIALIZED VIEW') EXECUTE FUNCTION pdauth.check_workspace();
ALTER EVENT TRIGGER pdauth_a_check_workspace ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER pdauth_a_check_workspace IS 'Refuses copies into another party''s workspace (R-21-6).';

CREATE FUNCTION pdauth.keep_workspace() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  renamed record;
BEGIN
  FOR renamed IN
    SELECT w.schema, w.party_id FROM pg_event_trigger_ddl_commands() AS c JOIN pg_namespace AS n ON c.classid = 'pg_namespace'::regclass AND n.oid = c.objid
      JOIN pdauth.workspace AS w ON NOT EXISTS (SELECT FROM pg_namespace AS m WHERE m.nspname = w.schema)
     WHERE n.nspowner IN (SELECT pdauth.party_roles(w.party_id)) AND NOT pdauth.break_glass_active()
  LOOP
    PERFORM pdauth.refuse('R-21-6', format('schema %I', renamed.schema), format('It is a workspace of %s, and known by its name.', pdauth.party_code(renamed.party_id)), 'Have the platform record a new schema, and move what is in this one.');
  END LOOP;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.keep_workspace() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.keep_workspace() IS 'Event trigger: a party does not rename its workspace, which would be none any more (PD216, R-21-6).';
CREATE EVENT TRIGGER pdauth_a_keep_workspace ON ddl_command_end WHEN TAG IN ('ALTER SCHEMA') EXECUTE FUNCTION pdauth.keep_workspace();
ALTER EVENT TRIGGER pdauth_a_keep_workspace ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER pdauth_a_keep_workspace IS 'Refuses to rename a workspace (R-21-6).';

CREATE FUNCTION pdauth.in_own_workspace(relation oid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT EXISTS (SELECT FROM pg_class AS k JOIN pg_namespace AS n ON n.oid = k.relnamespace JOIN pdauth.workspace AS w ON w.schema = n.nspname WHERE k.oid = in_own_workspace.relation AND w.party_id = (pdauth.actor()).party_id)
$function$;
REVOKE ALL ON FUNCTION pdauth.in_own_workspace(oid) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.in_own_workspace(oid) IS 'Does a relation lie in the workspace of the acting party? What is derived there bears the labels of its sources.';

-- ---- lineage back to requests (Articles 20 to 22) ----

CREATE VIEW pdauth.derived_data WITH (security_barrier) AS
  SELECT k.oid::regclass AS relation, k.relowner::regrole AS owner, g.resource, q.number AS request, q.purpose, p.number AS product, r.number AS release
    FROM pdauth.protected_relation AS g JOIN pg_catalog.pg_class AS k ON k.oid = g.relation
    JOIN pdauth.principal AS o ON o.role = k.relowner AND o.ended_on IS NULL
    JOIN pdauth.license AS l ON l.licensee = k.relowner
    JOIN pdauth.agreement_license AS a ON a.license_id = l.license_id AND a.life_cycle = 'data_request'
    JOIN pdauth.data_request AS q ON q.request_id = a.object_id
    LEFT JOIN pdauth.product AS p ON p.relation = k.oid OR EXISTS (SELECT FROM pdauth.product_reads(p.relation) AS x WHERE x.source = k.oid)
    LEFT JOIN pdauth.release AS r ON r.product_id = p.product_id
   WHERE EXISTS (SELECT FROM pdauth.data_request_resource AS d WHERE d.request_id = q.request_id AND pdauth.path_contains(d.path, g.resource))
     AND pdauth.may_see(q.division, q.operator_party, p.owner_party);
COMMENT ON VIEW pdauth.derived_data IS 'Tables that licensees derived from catalogued data: by their labels, the resource; by the licenses of their owner, the data-use request; and the products and releases made of them.';
COMMENT ON COLUMN pdauth.derived_data.relation IS 'Derived table.';
COMMENT ON COLUMN pdauth.derived_data.owner IS 'Role that owns it.';
COMMENT ON COLUMN pdauth.derived_data.resource IS 'Resource whose labels it bears.';
COMMENT ON COLUMN pdauth.derived_data.request IS 'Data-use request under which its owner read the resource.';
COMMENT ON COLUMN pdauth.derived_data.purpose IS 'Purpose of the request.';
COMMENT ON COLUMN pdauth.derived_data.product IS 'Product in it or on it.';
COMMENT ON COLUMN pdauth.derived_data.release IS 'Release application of that product.';
GRANT SELECT ON pdauth.derived_data TO pdauth_register, pdauth_policy_admin, pdauth_auditor;
