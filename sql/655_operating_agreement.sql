-- Operating agreements (运营协议, Article 11): content, signatures, term, scope.

CREATE TABLE pdauth.operating_agreement (
  agreement_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number         text COLLATE "C" NOT NULL CHECK (pdauth.has_content(number)),
  version        integer NOT NULL DEFAULT 1 CHECK (version > 0),
  label          text COLLATE "C" GENERATED ALWAYS AS (number || CASE WHEN version > 1 THEN ' version ' || version::text ELSE '' END) STORED,
  previous_id    bigint REFERENCES pdauth.operating_agreement,
  renewal_of     bigint REFERENCES pdauth.operating_agreement,
  clause_cited   text,
  plan_id        bigint NOT NULL REFERENCES pdauth.plan,
  selection_id   bigint NOT NULL REFERENCES pdauth.selection,
  division       pdauth.division_code,
  agency_party   bigint NOT NULL REFERENCES pdauth.party,
  operator_party bigint NOT NULL REFERENCES pdauth.party,
  term           daterange NOT NULL,
  scope          pdauth.license_scope NOT NULL,
  decided_digest text,
  state          text NOT NULL DEFAULT 'draft',
  act_date       date,
  act_document   text,
  act_digest     pdauth.document_digest,
  act_reason     text,
  registered_at  timestamptz
  , UNIQUE (number, version), CHECK ((version = 1) = (previous_id IS NULL))
);
CREATE INDEX operating_agreement_plan_index ON pdauth.operating_agreement (plan_id);
CREATE INDEX operating_agreement_operator_index ON pdauth.operating_agreement (operator_party);
COMMENT ON TABLE pdauth.operating_agreement IS
  'Operating agreements, one row for each version: draft, decided by the agency, signed by the parties. In force from the first to the last day of a signed term (pdauth.agreement_in_force); ended early by terminated, rescinded or revoked.';
COMMENT ON COLUMN pdauth.operating_agreement.agreement_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.operating_agreement.number IS 'Number, such as A-1.';
COMMENT ON COLUMN pdauth.operating_agreement.version IS 'Version; an amendment is a new one.';
COMMENT ON COLUMN pdauth.operating_agreement.label IS 'Number and version, as messages show them.';
COMMENT ON COLUMN pdauth.operating_agreement.previous_id IS 'Version that an amendment changes.';
COMMENT ON COLUMN pdauth.operating_agreement.renewal_of IS 'Agreement that this one renews.';
COMMENT ON COLUMN pdauth.operating_agreement.clause_cited IS 'Clause an amendment (item 12) or renewal (item 9) rests on.';
COMMENT ON COLUMN pdauth.operating_agreement.plan_id IS 'Approved plan version it carries out.';
COMMENT ON COLUMN pdauth.operating_agreement.selection_id IS 'Selection of the operator.';
COMMENT ON COLUMN pdauth.operating_agreement.division IS 'Division of the plan.';
COMMENT ON COLUMN pdauth.operating_agreement.agency_party IS 'Implementing agency.';
COMMENT ON COLUMN pdauth.operating_agreement.operator_party IS 'Operating organisation.';
COMMENT ON COLUMN pdauth.operating_agreement.term IS 'First and last day; at most the pack''s years (R-11-7).';
COMMENT ON COLUMN pdauth.operating_agreement.scope IS 'What is authorised, for the operator and for developers under it; within the scope of the plan (R-11-12).';
COMMENT ON COLUMN pdauth.operating_agreement.decided_digest IS 'Digest of the text that the agency decided on, computed.';
COMMENT ON COLUMN pdauth.operating_agreement.state IS 'draft, decided, signed, terminated, rescinded, revoked or exited.';
COMMENT ON COLUMN pdauth.operating_agreement.act_date IS 'Legal date of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.operating_agreement.act_document IS 'Document of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.operating_agreement.act_digest IS 'Its digest; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.operating_agreement.act_reason IS 'Reason of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.operating_agreement.registered_at IS 'When it was registered.';

CREATE TABLE pdauth.operating_agreement_item (
  agreement_id bigint NOT NULL REFERENCES pdauth.operating_agreement,
  number       integer NOT NULL,
  part         text NOT NULL DEFAULT '',
  content      text NOT NULL,
  PRIMARY KEY (agreement_id, number, part)
);
COMMENT ON TABLE pdauth.operating_agreement_item IS 'Items of an operating agreement and the parts of compound ones.';
COMMENT ON COLUMN pdauth.operating_agreement_item.agreement_id IS 'The agreement.';
COMMENT ON COLUMN pdauth.operating_agreement_item.number IS 'Number of the item in the pack''s list operating_agreement_items.';
COMMENT ON COLUMN pdauth.operating_agreement_item.part IS 'Part (list operating_agreement_parts); empty for the item itself.';
COMMENT ON COLUMN pdauth.operating_agreement_item.content IS 'Its text; blank does not count, "none" only where the pack allows it.';

CREATE TABLE pdauth.operating_agreement_product (
  agreement_id bigint NOT NULL REFERENCES pdauth.operating_agreement,
  product      text COLLATE "C" NOT NULL CHECK (pdauth.has_content(product)),
  PRIMARY KEY (agreement_id, product)
);
COMMENT ON TABLE pdauth.operating_agreement_product IS 'Products and services of an agreement; each is one of the plan (R-11-12).';
COMMENT ON COLUMN pdauth.operating_agreement_product.agreement_id IS 'The agreement.';
COMMENT ON COLUMN pdauth.operating_agreement_product.product IS 'Name of the product.';

CREATE TABLE pdauth.operating_agreement_signature (
  agreement_id bigint NOT NULL REFERENCES pdauth.operating_agreement,
  party_id     bigint NOT NULL REFERENCES pdauth.party,
  person_id    bigint REFERENCES pdauth.person,
  signed_on    date NOT NULL,
  content_digest text COLLATE "C" NOT NULL,
  recorded_at  timestamptz NOT NULL,
  recorded_by  name NOT NULL,
  PRIMARY KEY (agreement_id, party_id, content_digest)
);
COMMENT ON TABLE pdauth.operating_agreement_signature IS 'Signatures; each is entered by a person of the party that signs (R-11-5).';
COMMENT ON COLUMN pdauth.operating_agreement_signature.agreement_id IS 'The agreement.';
COMMENT ON COLUMN pdauth.operating_agreement_signature.party_id IS 'Party that signs.';
COMMENT ON COLUMN pdauth.operating_agreement_signature.person_id IS 'Person who signs, filled in.';
COMMENT ON COLUMN pdauth.operating_agreement_signature.signed_on IS 'Date of the signature.';
COMMENT ON COLUMN pdauth.operating_agreement_signature.content_digest IS 'Digest of the text that was signed, computed when the signature is entered.';
COMMENT ON COLUMN pdauth.operating_agreement_signature.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.operating_agreement_signature.recorded_by IS 'Role that inserted it.';

INSERT INTO pdauth.life_cycle VALUES ('operating_agreement', 'agreement_id', 'label', 'operating_agreement_violations', 'operating_agreement_effects', 'X-5', 'X-5', 'R-11-14', '{draft,decided}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('operating_agreement', '', 'draft', '{agency}', 'R-5-1', '{}'),
  ('operating_agreement', 'draft', 'decided', '{agency}', 'R-11-4', '{document}'),
  ('operating_agreement', 'decided', 'draft', '{agency}', 'R-11-4', '{reason}'),
  ('operating_agreement', 'decided', 'signed', '{agency}', 'R-11-5', '{document}'),
  ('operating_agreement', 'signed', 'terminated', '{agency}', 'R-11-14', '{document,reason}'),
  ('operating_agreement', 'signed', 'rescinded', '{agency}', 'R-11-14', '{document,reason}'),
  ('operating_agreement', 'signed', 'revoked', '{agency}', 'R-11-14', '{document,reason}'),
  ('operating_agreement', 'signed', 'exited', '{agency}', 'R-11-14', '{document}'),
  ('operating_agreement', 'terminated', 'exited', '{agency}', 'R-11-14', '{document}'),
  ('operating_agreement', 'rescinded', 'exited', '{agency}', 'R-11-14', '{document}'),
  ('operating_agreement', 'revoked', 'exited', '{agency}', 'R-11-14', '{document}');

CREATE FUNCTION pdauth.agreement_in_force(agreement_id bigint, day date DEFAULT pdauth.clock_today()) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT coalesce((SELECT a.state = 'signed' AND a.term @> day
                          AND NOT EXISTS (SELECT FROM pdauth.operating_agreement AS n WHERE n.number = a.number AND n.version > a.version AND n.state NOT IN ('draft', 'decided') AND lower(n.term) <= day)
                     FROM pdauth.operating_agreement AS a WHERE a.agreement_id = agreement_in_force.agreement_id), false)
$function$;
REVOKE ALL ON FUNCTION pdauth.agreement_in_force(bigint, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.agreement_in_force(bigint, date) TO pdauth_register, pdauth_policy_admin, pdauth_auditor;
COMMENT ON FUNCTION pdauth.agreement_in_force(bigint, date) IS 'Is the agreement signed, not ended, within its term on the day, and not replaced by a later version whose term has begun? One that ended or was cut short does not bring back the one before, and no job has to run for any to expire (R-11-13). False for NULL.';

CREATE FUNCTION pdauth.operator_violations(operator bigint, object text) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT CASE WHEN EXISTS (SELECT FROM pdauth.operating_agreement AS a WHERE a.operator_party = operator AND a.state NOT IN ('draft', 'decided')) THEN 'R-11-13' ELSE 'R-4-2' END,
         object, format('%s has no operating agreement in force on %s.', pdauth.party_code(operator), pdauth.clock_today()), NULL::text
   WHERE NOT EXISTS (SELECT FROM pdauth.operating_agreement AS a WHERE a.operator_party = operator AND pdauth.agreement_in_force(a.agreement_id))
$function$;
REVOKE ALL ON FUNCTION pdauth.operator_violations(bigint, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.operator_violations(bigint, text) IS 'Whether an organisation may act as operator today: R-4-2 if it never had an agreement, R-11-13 if none is in force.';

CREATE FUNCTION pdauth.agreement_content(agreement_id bigint) RETURNS jsonb
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD'
AS $function$
  SELECT jsonb_build_object(
           'agreement', (SELECT to_jsonb(v) FROM (SELECT a.number, a.version, a.previous_id, a.renewal_of, a.clause_cited, a.plan_id, a.selection_id, a.operator_party, a.term, a.scope::text AS scope) AS v),
           'items', (SELECT jsonb_object_agg(concat_ws('/', i.number, nullif(i.part, '')), i.content) FROM pdauth.operating_agreement_item AS i WHERE i.agreement_id = a.agreement_id),
           'products', (SELECT jsonb_agg(p.product ORDER BY p.product) FROM pdauth.operating_agreement_product AS p WHERE p.agreement_id = a.agreement_id))
    FROM pdauth.operating_agreement AS a WHERE a.agreement_id = agreement_content.agreement_id
$function$;
REVOKE ALL ON FUNCTION pdauth.agreement_content(bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.agreement_content(bigint) IS 'Everything an agreement says, as one document. NULL for NULL.';

CREATE FUNCTION pdauth.agreement_signatures(agreement_id bigint) RETURNS SETOF pdauth.operating_agreement_signature
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT s FROM pdauth.operating_agreement_signature AS s
   WHERE s.agreement_id = agreement_signatures.agreement_id AND s.content_digest = pdauth.content_digest(pdauth.agreement_content(agreement_signatures.agreement_id))
$function$;
REVOKE ALL ON FUNCTION pdauth.agreement_signatures(bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.agreement_signatures(bigint) IS 'Signatures under the text of an operating agreement as it is now. No rows for NULL.';

CREATE FUNCTION pdauth.term_too_long(term daterange, figure text, division pdauth.division_code) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT NOT pdauth.is_period(term)
         OR upper(term) > (lower(term) + make_interval(years => pdauth.figure(figure, division, lower(term))))::date
$function$;
REVOKE ALL ON FUNCTION pdauth.term_too_long(daterange, text, pdauth.division_code) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.term_too_long(daterange, text, pdauth.division_code) IS 'Does a term exceed the figure of the pack: a last day later than start + years - 1 day, or no last day at all?';

CREATE FUNCTION pdauth.required_signatories(agreement_id bigint) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT pdauth.party_code(a.agency_party) FROM pdauth.operating_agreement AS a WHERE a.agreement_id = required_signatories.agreement_id
  UNION
  SELECT pdauth.party_code(a.operator_party) FROM pdauth.operating_agreement AS a WHERE a.agreement_id = required_signatories.agreement_id
  UNION
  SELECT pdauth.party_code(d) FROM pdauth.operating_agreement AS a JOIN pdauth.plan AS p USING (plan_id), pdauth.plan_departments(p) AS d
   WHERE a.agreement_id = required_signatories.agreement_id AND p.mode = 'sector'
$function$;
REVOKE ALL ON FUNCTION pdauth.required_signatories(bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.required_signatories(bigint) IS 'Parties that have to sign an operating agreement: agency, operator, and in sector mode the department that confirmed the plan.';

CREATE FUNCTION pdauth.agreement_text_violations(agreement pdauth.operating_agreement, object text) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  WITH given AS (
    SELECT (SELECT jsonb_object_agg(concat_ws('/', i.number, nullif(i.part, '')), i.content) FROM pdauth.operating_agreement_item AS i WHERE i.agreement_id = agreement.agreement_id) AS items
  )
  SELECT 'R-11-6', object, format('Missing: %s.', m), NULL::text FROM given AS g, pdauth.missing_items('operating_agreement_items', agreement.division, g.items) AS m WHERE m IS NOT NULL
  UNION ALL
  SELECT CASE WHEN n.part = 'no re-development' THEN 'R-11-8' ELSE 'R-11-9' END, object,
         format('Missing: %s.', string_agg(format('item %s %s (%s)', n.number, n.part, n.title_chinese), ', ' ORDER BY n.number, n.part)), NULL
    FROM given AS g, pdauth.item_list('operating_agreement_parts', agreement.division) AS n
   WHERE (pdauth.is_blank(g.items ->> format('%s/%s', n.number, n.part)) OR pdauth.says_none(g.items ->> format('%s/%s', n.number, n.part))) GROUP BY n.part = 'no re-development'
$function$;
REVOKE ALL ON FUNCTION pdauth.agreement_text_violations(pdauth.operating_agreement, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.agreement_text_violations(pdauth.operating_agreement, text) IS 'What the text of an operating agreement lacks (R-11-6, R-11-8, R-11-9).';

CREATE FUNCTION pdauth.operating_agreement_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT v.* FROM pdauth.operating_agreement AS a, pdauth.agency_violations(a.plan_id, a.agency_party, a.division, step) AS v WHERE a.agreement_id = step.object_id
  UNION ALL
  SELECT 'R-4-1', step.object, format('%s: %s.', y.party, y.kind), NULL
    FROM pdauth.operating_agreement AS a JOIN pdauth.party AS y ON y.party_id = a.operator_party
   WHERE a.agreement_id = step.object_id AND (y.kind <> 'legal person' OR y.credit_code IS NULL)
  UNION ALL
  SELECT CASE WHEN p.version > 1 AND p.classification = 'major' THEN 'R-10-4' ELSE 'R-10-2' END, step.object,
         format('Plan %s is %s.', p.label, CASE WHEN p.state IN ('approved', 'executing') THEN 'superseded' ELSE p.state END), NULL
    FROM pdauth.operating_agreement AS a JOIN pdauth.plan AS p USING (plan_id)
   WHERE a.agreement_id = step.object_id AND step.to_state IN ('draft', 'decided', 'signed') AND NOT pdauth.plan_in_force(p.plan_id)
  UNION ALL
  SELECT v.* FROM pdauth.operating_agreement AS a, pdauth.grants(a.scope) AS g, unnest(g.paths) AS u(node)
    JOIN pdauth.resource AS r ON pdauth.path_contains(u.node, r.path), pdauth.resource_violations(r.resource_id, step.object, 'R-15-4') AS v
   WHERE a.agreement_id = step.object_id AND step.to_state IN ('draft', 'decided', 'signed')
  UNION ALL
  SELECT v.* FROM pdauth.operating_agreement AS a, pdauth.scope_restriction_violations(a.scope, step.object) AS v
   WHERE a.agreement_id = step.object_id AND step.to_state IN ('decided', 'signed')
  UNION ALL
  SELECT 'R-11-4', step.object, format('Decided was %s, the text now is %s.', coalesce(a.decided_digest, 'nothing'), pdauth.content_digest(pdauth.agreement_content(a.agreement_id))), NULL
    FROM pdauth.operating_agreement AS a
   WHERE a.agreement_id = step.object_id AND step.to_state = 'signed' AND a.decided_digest IS DISTINCT FROM pdauth.content_digest(pdauth.agreement_content(a.agreement_id))
  UNION ALL
  SELECT 'R-11-4', step.object, format('Decided on %s, signed on %s.', d.event_date, s.signed_on), NULL
    FROM pdauth.last_step('operating_agreement', step.object_id, 'decided') AS d
   CROSS JOIN LATERAL pdauth.agreement_signatures(step.object_id) AS s
   WHERE step.to_state = 'signed' AND s.signed_on < d.event_date
  UNION ALL
  SELECT 'R-11-5', step.object, format('Selected was %s, not %s.', coalesce(pdauth.party_code(s.selected_party), 'nobody'), pdauth.party_code(a.operator_party)), NULL
    FROM pdauth.operating_agreement AS a JOIN pdauth.selection AS s USING (selection_id)
   WHERE a.agreement_id = step.object_id AND step.to_state IN ('draft', 'decided', 'signed')
     AND (s.state <> 'selected' OR s.selected_party <> a.operator_party
          OR NOT EXISTS (SELECT FROM pdauth.plan AS p JOIN pdauth.plan AS q USING (number) WHERE p.plan_id = s.plan_id AND q.plan_id = a.plan_id))
  UNION ALL
  SELECT 'R-11-5', step.object, format('Not signed by: %s.', string_agg(r || CASE WHEN EXISTS (SELECT FROM pdauth.operating_agreement_signature AS s
             WHERE s.agreement_id = step.object_id AND pdauth.party_code(s.party_id) = r) THEN ' (who signed another text)' ELSE '' END, ', ' ORDER BY r)), NULL
    FROM pdauth.required_signatories(step.object_id) AS r
   WHERE step.to_state = 'signed' AND NOT EXISTS (SELECT FROM pdauth.agreement_signatures(step.object_id) AS s WHERE pdauth.party_code(s.party_id) = r)
  HAVING count(*) > 0
  UNION ALL
  SELECT v.* FROM pdauth.operating_agreement AS a, pdauth.agreement_text_violations(a, step.object) AS v WHERE a.agreement_id = step.object_id AND step.to_state = 'signed'
  UNION ALL
  SELECT 'R-11-7', step.object, format('Term: %s, at most %s years.', a.term, pdauth.figure('operator_term_max_years', a.division, lower(a.term))), NULL
    FROM pdauth.operating_agreement AS a
   WHERE a.agreement_id = step.object_id AND step.to_state IN ('draft', 'decided', 'signed') AND pdauth.term_too_long(a.term, 'operator_term_max_years', a.division)
     AND (NOT pdauth.is_period(a.term) OR NOT pdauth.has_exception('R-11-7', step.object))
  UNION ALL
  SELECT 'R-11-12', step.object, concat_ws(' ', 'Beyond the plan:', nullif(pdauth.scope_excess(a.scope, p.scope)::text, '{}'),
           CASE WHEN NOT a.term <@ p.term THEN format('term %s beyond %s', a.term, p.term) END,
           (SELECT 'products ' || string_agg(d.product, ', ') FROM pdauth.operating_agreement_product AS d WHERE d.agreement_id = a.agreement_id AND NOT EXISTS (SELECT FROM pdauth.plan_product AS q WHERE q.plan_id = a.plan_id AND q.product = d.product))) || '.', NULL
    FROM pdauth.operating_agreement AS a JOIN pdauth.plan AS p USING (plan_id)
   WHERE a.agreement_id = step.object_id AND step.to_state IN ('draft', 'decided', 'signed')
     AND (NOT coalesce(pdauth.scope_contains(p.scope, a.scope), false) OR NOT a.term <@ p.term
          OR EXISTS (SELECT FROM pdauth.operating_agreement_product AS d WHERE d.agreement_id = a.agreement_id AND NOT EXISTS (SELECT FROM pdauth.plan_product AS q WHERE q.plan_id = a.plan_id AND q.product = d.product)))
  UNION ALL
  SELECT 'R-11-14', step.object, 'It cites no clause.', NULL
    FROM pdauth.operating_agreement AS a
   WHERE a.agreement_id = step.object_id AND step.to_state = 'signed' AND (a.version > 1 OR a.renewal_of IS NOT NULL) AND pdauth.is_blank(a.clause_cited)
  UNION ALL
  SELECT 'R-11-14', step.object, format('From %s to %s in all, at most %s years.', lower(f.term), upper(a.term) - 1, pdauth.figure('operator_term_max_years', a.division, lower(f.term))), NULL
    FROM pdauth.operating_agreement AS a JOIN pdauth.operating_agreement AS f ON f.number = a.number AND f.version = 1
   WHERE a.agreement_id = step.object_id AND step.to_state IN ('decided', 'signed') AND a.version > 1
     AND pdauth.term_too_long(daterange(least(lower(f.term), lower(a.term)), upper(a.term)), 'operator_term_max_years', a.division)
     AND NOT pdauth.has_exception('R-11-7', step.object)
  UNION ALL
  SELECT 'R-11-14', step.object, 'The version it amends is not a signed one of the same agreement and parties.', NULL
    FROM pdauth.operating_agreement AS a
   WHERE a.agreement_id = step.object_id AND step.to_state IN ('draft', 'signed') AND a.version > 1
     AND NOT EXISTS (SELECT FROM pdauth.operating_agreement AS o WHERE o.agreement_id = a.previous_id AND o.number = a.number AND o.version = a.version - 1
                      AND o.state = 'signed' AND o.operator_party = a.operator_party AND o.agency_party = a.agency_party)
  UNION ALL
  SELECT 'R-11-14', step.object, 'The agreement it renews is not one of the same agency and operator that was signed.', NULL
    FROM pdauth.operating_agreement AS a JOIN pdauth.operating_agreement AS o ON o.agreement_id = a.renewal_of
   WHERE a.agreement_id = step.object_id AND step.to_state IN ('draft', 'signed')
     AND (o.state IN ('draft', 'decided') OR o.operator_party <> a.operator_party OR o.agency_party <> a.agency_party)
  UNION ALL
  SELECT 'R-11-14', step.object, format('%s, which it renews, has not begun.', o.label), NULL
    FROM pdauth.operating_agreement AS a JOIN pdauth.operating_agreement AS o ON o.agreement_id = a.renewal_of
   WHERE a.agreement_id = step.object_id AND step.to_state = 'signed' AND lower(o.term) > pdauth.clock_today()
  UNION ALL
  SELECT DISTINCT 'R-11-14', step.object, format('Selection %s has led to %s: what follows on it is a renewal.', s.number, o.label), NULL
    FROM pdauth.operating_agreement AS a JOIN pdauth.operating_agreement AS o ON o.selection_id = a.selection_id AND o.number <> a.number JOIN pdauth.selection AS s ON s.selection_id = a.selection_id
   WHERE a.agreement_id = step.object_id AND step.to_state = 'signed' AND a.version = 1 AND a.renewal_of IS NULL
     AND o.state NOT IN ('draft', 'decided') AND upper(a.term) > upper(o.term)
  UNION ALL
  SELECT 'R-11-14', step.object, 'A renewal needs a new selection, or one whose documents announced it.', NULL
    FROM pdauth.operating_agreement AS a JOIN pdauth.operating_agreement AS o ON o.agreement_id = a.renewal_of JOIN pdauth.selection AS s ON s.selection_id = a.selection_id
   WHERE a.agreement_id = step.object_id AND step.to_state = 'signed' AND a.selection_id = o.selection_id AND NOT s.renewal_announced
$function$;
REVOKE ALL ON FUNCTION pdauth.operating_agreement_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.operating_agreement_violations(pdauth.transition) IS 'Check function of operating agreements (Articles 4, 5, 10 and 11).';
