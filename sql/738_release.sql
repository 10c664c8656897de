-- Release of re-developed products: application, six review points, release
-- (产品和服务审查, Article 22; compliance statements, Article 25).

CREATE TABLE pdauth.release (
  release_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number          text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  product_id      bigint NOT NULL REFERENCES pdauth.product,
  development_id  bigint NOT NULL REFERENCES pdauth.development_agreement,
  division        pdauth.division_code,
  developer_party bigint NOT NULL REFERENCES pdauth.party,
  operator_party  bigint NOT NULL REFERENCES pdauth.party,
  purpose         text NOT NULL CHECK (purpose = pdauth.resource_path(purpose)),
  recipients      text NOT NULL CHECK (pdauth.has_content(recipients)),
  group_columns   text[] NOT NULL DEFAULT '{}',
  count_column    name,
  law_statement   text,
  personal_information_statement text,
  intellectual_property_statement text,
  trade_secret_statement text,
  leaves_country  boolean,
  export_procedure text CHECK (export_procedure IN ('security assessment', 'certification', 'standard contract')),
  export_document text,
  definition      text,
  state           text NOT NULL DEFAULT 'applied',
  act_date        date,
  act_document    text,
  act_digest      pdauth.document_digest,
  act_reason      text,
  registered_at   timestamptz
);
CREATE INDEX release_product_index ON pdauth.release (product_id);
COMMENT ON TABLE pdauth.release IS 'Release applications of developers for their products, and their assessment by the operator: applied, assessing, released or refused, withdrawn. A released product whose definition changes is out of use until it is released again (R-22-10).';
COMMENT ON COLUMN pdauth.release.release_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.release.number IS 'Number.';
COMMENT ON COLUMN pdauth.release.product_id IS 'The product.';
COMMENT ON COLUMN pdauth.release.development_id IS 'Development agreement it was made under.';
COMMENT ON COLUMN pdauth.release.developer_party IS 'Developer of the product.';
COMMENT ON COLUMN pdauth.release.operator_party IS 'Operator that assesses.';
COMMENT ON COLUMN pdauth.release.purpose IS 'Purpose it is offered for.';
COMMENT ON COLUMN pdauth.release.recipients IS 'Class of recipients.';
COMMENT ON COLUMN pdauth.release.group_columns IS 'Columns whose combinations form the groups that point 3 tests.';
COMMENT ON COLUMN pdauth.release.count_column IS 'Column with the number of persons of a row, if rows are groups already.';
COMMENT ON COLUMN pdauth.release.law_statement IS 'Statement on law and standards (R-25-6).';
COMMENT ON COLUMN pdauth.release.personal_information_statement IS 'Statement on personal information.';
COMMENT ON COLUMN pdauth.release.intellectual_property_statement IS 'Statement on intellectual property.';
COMMENT ON COLUMN pdauth.release.trade_secret_statement IS 'Statement on trade secrets.';
COMMENT ON COLUMN pdauth.release.leaves_country IS 'Does data leave the country? To be said either way (R-22-8).';
COMMENT ON COLUMN pdauth.release.export_procedure IS 'Statutory procedure passed, if it does.';
COMMENT ON COLUMN pdauth.release.export_document IS 'Its document.';
COMMENT ON COLUMN pdauth.release.definition IS 'Digest of what was released, computed.';
COMMENT ON COLUMN pdauth.release.state IS 'applied, assessing, released, refused or withdrawn.';

CREATE TABLE pdauth.release_source (
  release_id bigint NOT NULL REFERENCES pdauth.release,
  source     text COLLATE "C" NOT NULL CHECK (pdauth.has_content(source)),
  public     boolean NOT NULL,
  origin     text NOT NULL,
  lawfulness text NOT NULL,
  proof      pdauth.document_digest,
  PRIMARY KEY (release_id, source)
);
COMMENT ON TABLE pdauth.release_source IS 'Sources of a product as its developer states them: resources by path, other relations by name, other data in words (R-22-5).';
COMMENT ON COLUMN pdauth.release_source.release_id IS 'The application.';
COMMENT ON COLUMN pdauth.release_source.source IS 'The source.';
COMMENT ON COLUMN pdauth.release_source.public IS 'Public data?';
COMMENT ON COLUMN pdauth.release_source.origin IS 'Where it is from.';
COMMENT ON COLUMN pdauth.release_source.lawfulness IS 'Why its use is lawful.';
COMMENT ON COLUMN pdauth.release_source.proof IS 'Digest of the proof of lawful acquisition, for what is not public.';

CREATE TABLE pdauth.release_review (
  review_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  release_id  bigint NOT NULL REFERENCES pdauth.release,
  point       integer NOT NULL CHECK (point > 0),
  result      text NOT NULL CHECK (result IN ('ok', 'not ok', 'not applicable')),
  reason      text NOT NULL CHECK (pdauth.has_content(reason)),
  document    text,
  digest      pdauth.document_digest,
  method      text,
  legal_basis text,
  person_id   bigint REFERENCES pdauth.person,
  recorded_at timestamptz NOT NULL,
  recorded_by name NOT NULL
);
CREATE INDEX release_review_release_index ON pdauth.release_review (release_id);
COMMENT ON TABLE pdauth.release_review IS 'Conclusions of the assessment, point by point (评估审核要点); the latest of a point counts. Points 1 to 5 are computed as far as the database can, whatever a person says (R-22-3 to R-22-8).';
COMMENT ON COLUMN pdauth.release_review.review_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.release_review.release_id IS 'The application.';
COMMENT ON COLUMN pdauth.release_review.point IS 'Number in the pack''s list review_points; more may be added.';
COMMENT ON COLUMN pdauth.release_review.result IS 'ok, not ok or not applicable.';
COMMENT ON COLUMN pdauth.release_review.reason IS 'Why.';
COMMENT ON COLUMN pdauth.release_review.document IS 'Assessment document; point 4 needs it where personal information is touched.';
COMMENT ON COLUMN pdauth.release_review.digest IS 'Its digest.';
COMMENT ON COLUMN pdauth.release_review.method IS 'Method of de-identification.';
COMMENT ON COLUMN pdauth.release_review.legal_basis IS 'Legal basis.';
COMMENT ON COLUMN pdauth.release_review.person_id IS 'Person who concludes, filled in.';

INSERT INTO pdauth.life_cycle VALUES ('release', 'release_id', 'number', 'release_violations', NULL, 'R-22-1', 'R-22-2', 'R-22-10', '{applied}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('release', '', 'applied', '{developer}', 'R-22-1', '{}'),
  ('release', 'applied', 'assessing', '{operator}', 'R-22-2', '{}'),
  ('release', 'assessing', 'released', '{operator}', 'R-22-2', '{document}'),
  ('release', 'assessing', 'refused', '{operator}', 'R-22-2', '{reason}'),
  ('release', 'released', 'withdrawn', '{operator,developer}', 'R-22-9', '{reason}'),
  ('release', 'applied', 'withdrawn', '{developer}', 'R-22-1', '{}');

-- ---- lineage of a product ----

CREATE FUNCTION pdauth.product_reads(relation regclass, OUT source regclass, OUT column_name name) RETURNS SETOF record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  -- what views on the way depend on; a table stands for itself
  WITH RECURSIVE read(relation, attribute) AS (
    SELECT c.oid, a.attnum FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped WHERE c.oid = product_reads.relation
    UNION
    SELECT d.refobjid, d.refobjsubid::int2
      FROM read AS r JOIN pg_rewrite AS w ON w.ev_class = r.relation
      JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.relation
  )
  SELECT r.relation::regclass, a.attname FROM read AS r JOIN pg_class AS c ON c.oid = r.relation
    LEFT JOIN pg_attribute AS a ON a.attrelid = r.relation AND a.attnum = r.attribute AND r.attribute > 0
   WHERE c.relkind IN ('r', 'p', 'f', 'm') AND product_reads.relation IS NOT NULL
$function$;
REVOKE ALL ON FUNCTION pdauth.product_reads(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.product_reads(regclass) TO pdauth_register, pdauth_policy_admin, pdauth_auditor;  -- of the system catalogs alone
COMMENT ON FUNCTION pdauth.product_reads(regclass) IS 'Tables and columns that a view reads, through other views too; a table''s own columns. No rows for NULL. What a function reads inside is not seen.';

CREATE FUNCTION pdauth.product_lineage(product_id bigint, OUT source text, OUT column_name name, OUT governed boolean) RETURNS SETOF record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT coalesce(g.resource, r.source::text), r.column_name, g.resource IS NOT NULL
    FROM pdauth.product AS p CROSS JOIN LATERAL pdauth.product_reads(p.relation) AS r
    LEFT JOIN pdauth.protected_relation AS g ON g.relation = r.source
   WHERE p.product_id = product_lineage.product_id AND (r.source <> p.relation OR g.resource IS NOT NULL)
     AND coalesce(g.resource, '') IS DISTINCT FROM 'product/' || p.number
  UNION
  SELECT s.source, NULL, true FROM pdauth.product_source AS s WHERE s.product_id = product_lineage.product_id
$function$;
REVOKE ALL ON FUNCTION pdauth.product_lineage(bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.product_lineage(bigint) IS 'What a product draws on: resources by path with their columns, other relations by name, from its view and its stated sources.';

CREATE FUNCTION pdauth.touches_personal_information(product_id bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT EXISTS (SELECT FROM pdauth.product_lineage(touches_personal_information.product_id) AS l JOIN pdauth.resource AS r ON pdauth.path_contains(r.path, l.source) OR pdauth.path_contains(l.source, r.path) WHERE r.personal_information)
$function$;
REVOKE ALL ON FUNCTION pdauth.touches_personal_information(bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.touches_personal_information(bigint) IS 'Does the lineage of a product meet a resource with personal information?';

CREATE FUNCTION pdauth.product_definition(product_id bigint) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT pdauth.content_digest(jsonb_build_object(
      'relation', p.relation::oid, 'view', CASE WHEN c.relkind = 'v' THEN pg_get_viewdef(c.oid) END,
      'columns', (SELECT jsonb_agg(jsonb_build_array(a.attname, format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum) FROM pg_attribute AS a WHERE a.attrelid = p.relation AND a.attnum > 0 AND NOT a.attisdropped),
      'lineage', (SELECT jsonb_agg(jsonb_build_array(l.source, l.column_name) ORDER BY l.source, l.column_name) FROM pdauth.product_lineage(p.product_id) AS l),
      'purposes', p.purposes))
    FROM pdauth.product AS p LEFT JOIN pg_class AS c ON c.oid = p.relation WHERE p.product_id = product_definition.product_id
$function$;
REVOKE ALL ON FUNCTION pdauth.product_definition(bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.product_definition(bigint) IS 'Digest of relation, output columns, lineage and purposes of a product: it changes when a new release is needed (R-22-10).';

CREATE FUNCTION pdauth.release_in_force(product_id bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT r.release_id FROM pdauth.release AS r WHERE r.product_id = release_in_force.product_id AND r.state = 'released' ORDER BY r.release_id DESC LIMIT 1
$function$;
REVOKE ALL ON FUNCTION pdauth.release_in_force(bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.release_in_force(bigint) IS 'The latest release of a product that is not withdrawn; NULL if there is none.';

CREATE FUNCTION pdauth.released_violations(product_id bigint, object text, rule text) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT rule, object, format('Product %s has no release in force.', p.number), NULL::text
    FROM pdauth.product AS p WHERE p.product_id = released_violations.product_id AND (p.state = 'withdrawn' OR pdauth.release_in_force(p.product_id) IS NULL)
  UNION ALL
  SELECT 'R-22-10', object, format('What release %s covers was changed.', r.number), NULL
    FROM pdauth.release AS r WHERE r.release_id = pdauth.release_in_force(released_violations.product_id) AND r.definition IS DISTINCT FROM pdauth.product_definition(r.product_id)
$function$;
REVOKE ALL ON FUNCTION pdauth.released_violations(bigint, text, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.released_violations(bigint, text, text) IS 'Why a re-developed product may not be used or traded: not released (the rule given), or changed since (R-22-10).';

-- ---- points ----

CREATE FUNCTION pdauth.release_point_violations(release pdauth.release, point integer, review pdauth.release_review, object text) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD'
AS $function$
  SELECT 'R-22-4', object, format('Not in the development agreement: %s.', string_agg(DISTINCT concat_ws('.', l.source, l.column_name), ', ')), NULL::text
    FROM pdauth.product_lineage(release.product_id) AS l JOIN pdauth.development_agreement AS d ON d.development_id = release.development_id
   WHERE point = 1 AND l.governed AND l.source NOT LIKE 'product/%'
     AND NOT EXISTS (SELECT FROM pdauth.grants(d.scope) AS g, unnest(g.paths) AS u(node) CROSS JOIN LATERAL unnest(g.purposes) AS q(purpose)
                      WHERE pdauth.path_contains(u.node, l.source) AND pdauth.path_contains(q.purpose, release.purpose)
                        AND (l.column_name IS NULL OR g.columns = '{*}' OR l.column_name = ANY (g.columns)))
  HAVING count(*) > 0
  UNION ALL
  -- a request whose period is over was approved, too; a revoked one gives nothing
  SELECT 'R-22-4', object, format('Not in a granted data-use request: %s.', string_agg(DISTINCT concat_ws('.', l.source, l.column_name), ', ')), NULL
    FROM pdauth.product_lineage(release.product_id) AS l
   WHERE point = 1 AND l.governed AND l.source NOT LIKE 'product/%'
     AND NOT EXISTS (SELECT FROM pdauth.data_request AS q CROSS JOIN LATERAL pdauth.grants(q.scope) AS g CROSS JOIN LATERAL unnest(g.paths) AS u(node) CROSS JOIN LATERAL unnest(g.purposes) AS w(purpose)
                      WHERE q.operator_party = release.operator_party AND q.state = 'granted' AND pdauth.path_contains(u.node, l.source) AND pdauth.path_contains(w.purpose, release.purpose)
                        AND (l.column_name IS NULL OR l.column_name = ANY (g.columns)))
  HAVING count(*) > 0
  UNION ALL
  SELECT 'R-22-5', object, format('Not stated, or its lawfulness not shown: %s.', string_agg(DISTINCT l.source, ', ')), NULL
    FROM pdauth.product_lineage(release.product_id) AS l
   WHERE point = 2
     AND NOT EXISTS (SELECT FROM pdauth.release_source AS s WHERE s.release_id = release.release_id AND s.source = l.source
                      AND NOT pdauth.is_blank(s.origin) AND NOT pdauth.is_blank(s.lawfulness) AND s.public >= l.governed AND (s.public AND l.governed OR s.proof IS NOT NULL))
  HAVING count(*) > 0
  UNION ALL
  SELECT 'R-22-5', object, format('Without proof of lawful acquisition: %s.', string_agg(s.source, ', ')), NULL
    FROM pdauth.release_source AS s
   WHERE point = 2 AND s.release_id = release.release_id AND (pdauth.is_blank(s.origin) OR pdauth.is_blank(s.lawfulness) OR NOT s.public AND s.proof IS NULL)
  HAVING count(*) > 0
  UNION ALL
  SELECT 'R-22-5', object, 'Its lineage is empty.', NULL
   WHERE point = 2 AND NOT EXISTS (SELECT FROM pdauth.product_lineage(release.product_id))
  UNION ALL
  SELECT 'R-22-6', object, format('In clear: %s.', string_agg(DISTINCT c.column_name, ', ')), NULL
    FROM pdauth.product AS p CROSS JOIN LATERAL pdauth.product_reads(p.relation) AS r JOIN pdauth.column_label AS c ON c.relation = r.source AND c.column_name = r.column_name
   WHERE point = 3 AND p.product_id = release.product_id AND c.level <> 'general'
     AND NOT EXISTS (SELECT FROM pdauth.product_column AS t WHERE t.product_id = p.product_id AND t.column_name = r.column_name AND t.treatment <> 'none')
  HAVING count(*) > 0
  UNION ALL
  SELECT 'R-22-6', object, 'Neither group columns nor a count column are named to test its groups.', NULL
    FROM pdauth.product AS p
   WHERE point = 3 AND p.product_id = release.product_id AND p.relation IS NOT NULL AND release.group_columns = '{}' AND release.count_column IS NULL
     AND pdauth.touches_personal_information(p.product_id)
  UNION ALL
  SELECT 'R-22-6', object, format('It has no column %s.', string_agg(c, ', ')), NULL
    FROM pdauth.product AS p CROSS JOIN LATERAL unnest(release.group_columns || release.count_column::text) AS c
   WHERE point = 3 AND p.product_id = release.product_id AND p.relation IS NOT NULL
     AND NOT EXISTS (SELECT FROM pg_attribute AS t WHERE t.attrelid = p.relation AND t.attname = c AND t.attnum > 0 AND NOT t.attisdropped) AND c IS NOT NULL
  HAVING count(*) > 0
  UNION ALL
  SELECT 'R-22-7', object, 'Document, method of de-identification or legal basis is missing.', NULL
   WHERE point = 4 AND pdauth.touches_personal_information(release.product_id)
     AND (pdauth.is_blank(review.document) OR review.digest IS NULL OR pdauth.is_blank(review.method) OR pdauth.is_blank(review.legal_basis))
  UNION ALL
  SELECT 'R-22-8', object, CASE WHEN release.leaves_country THEN 'Procedure or document is missing.' ELSE 'Not said whether data leaves the country.' END, NULL
   WHERE point = 5 AND (release.leaves_country IS NULL OR release.leaves_country AND (release.export_procedure IS NULL OR pdauth.is_blank(release.export_document)))
$function$;
REVOKE ALL ON FUNCTION pdauth.release_point_violations(pdauth.release, integer, pdauth.release_review, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.release_point_violations(pdauth.release, integer, pdauth.release_review, text) IS 'What the database itself finds on a review point (R-22-4 to R-22-8); a person''s "ok" does not override it.';

CREATE FUNCTION pdauth.release_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  WITH subject AS (SELECT r AS release, r.* FROM pdauth.release AS r WHERE r.release_id = step.object_id)
  SELECT 'R-21-1', step.object, 'The development agreement is not in force.', NULL::text
    FROM subject AS r WHERE step.to_state IN ('applied', 'assessing', 'released') AND NOT pdauth.development_in_force(r.development_id)
  UNION ALL
  SELECT v.* FROM subject AS r, pdauth.standing_violations(r.developer_party, r.division, step.object) AS v WHERE step.to_state IN ('applied', 'assessing', 'released')
  UNION ALL
  SELECT 'R-22-1', step.object, format('%s is of %s, the agreement of %s with %s.', p.number, pdauth.party_code(p.owner_party), pdauth.party_code(d.developer_party), pdauth.party_code(d.operator_party)), NULL
    FROM subject AS r JOIN pdauth.product AS p USING (product_id) JOIN pdauth.development_agreement AS d USING (development_id)
   WHERE p.owner_party <> r.developer_party OR d.developer_party <> r.developer_party OR d.operator_party <> r.operator_party OR NOT pdauth.division_code_equal(d.division, r.division)
      OR step.to_state = 'applied' AND step.party_id <> r.developer_party
  UNION ALL
  SELECT 'R-22-1', step.object, 'It draws on no product that was delivered under the agreement.', NULL
    FROM subject AS r
   WHERE step.to_state IN ('applied', 'released')
     AND NOT EXISTS (SELECT FROM pdauth.product_source AS s JOIN pdauth.product AS o ON o.number = s.part JOIN pdauth.delivery AS v ON v.product_id = o.product_id AND v.development_id = r.development_id
                      WHERE s.product_id = r.product_id)
  UNION ALL
  SELECT 'R-22-2', step.object, format('It is for %s to assess, and for another person than the applicant.', pdauth.party_code(r.operator_party)), NULL
    FROM subject AS r
   WHERE step.to_state IN ('assessing', 'released', 'refused')
     AND (step.party_id <> r.operator_party OR step.person_id = (pdauth.last_step('release', r.release_id, 'applied')).person_id
          OR pdauth.affiliated(r.operator_party, r.developer_party, pdauth.figure('affiliate_share_percent', r.division)))
  UNION ALL
  SELECT 'R-22-3', step.object, format('Missing or not ok: %s.', string_agg(format('%s (%s)', n.number, n.title_chinese), ', ' ORDER BY n.number)), NULL
    FROM subject AS r CROSS JOIN LATERAL pdauth.item_list('review_points', r.division) AS n
    LEFT JOIN LATERAL (SELECT x.* FROM pdauth.release_review AS x WHERE x.release_id = r.release_id AND x.point = n.number ORDER BY x.review_id DESC LIMIT 1) AS x ON true
   WHERE step.to_state = 'released'
     AND (x.result IS NULL OR x.result = 'not ok' OR x.result = 'not applicable' AND n.number IN (3, 4) AND pdauth.touches_personal_information(r.product_id))
  HAVING count(*) > 0
  UNION ALL
  SELECT 'R-22-3', step.object, format('Further point %s is not ok.', x.point), NULL
    FROM subject AS r CROSS JOIN LATERAL (SELECT DISTINCT ON (x.point) x.point, x.result FROM pdauth.release_review AS x WHERE x.release_id = r.release_id ORDER BY x.point, x.review_id DESC) AS x
   WHERE step.to_state = 'released' AND x.result = 'not ok' AND NOT EXISTS (SELECT FROM pdauth.item_list('review_points', r.division) AS n WHERE n.number = x.point)
  UNION ALL
  SELECT v.* FROM subject AS r CROSS JOIN generate_series(1, 5) AS n(point)
    LEFT JOIN LATERAL (SELECT x FROM pdauth.release_review AS x WHERE x.release_id = r.release_id AND x.point = n.point ORDER BY x.review_id DESC LIMIT 1) AS x(review) ON true,
    pdauth.release_point_violations(r.release, n.point, x.review, step.object) AS v WHERE step.to_state = 'released'
  UNION ALL
  SELECT 'R-25-6', step.object, format('Missing: %s.', m.missing), NULL
    FROM subject AS r CROSS JOIN LATERAL (SELECT concat_ws(', ',
      CASE WHEN pdauth.is_blank(r.law_statement) THEN 'law and standards' END, CASE WHEN pdauth.is_blank(r.personal_information_statement) THEN 'personal information' END,
      CASE WHEN pdauth.is_blank(r.intellectual_property_statement) THEN 'intellectual property' END, CASE WHEN pdauth.is_blank(r.trade_secret_statement) THEN 'trade secrets' END)) AS m(missing)
   WHERE step.to_state IN ('applied', 'released') AND m.missing <> ''
$function$;
REVOKE ALL ON FUNCTION pdauth.release_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.release_violations(pdauth.transition) IS 'Check function of releases (R-21-1, R-21-8, R-21-10, R-22-1 to R-22-8, R-25-6, R-26-7).';

CREATE FUNCTION pdauth.compute_release() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NOT pdauth.break_glass_active() THEN
    IF TG_OP = 'UPDATE' AND NEW.definition IS DISTINCT FROM OLD.definition THEN
      PERFORM pdauth.refuse('R-22-10', pdauth.object_label('release', NEW.number), 'The digest is computed at the release.', NULL, NEW.division);
    END IF;
    NEW.definition := CASE WHEN TG_OP = 'UPDATE' AND NEW.state = 'released' AND OLD.state = 'assessing' THEN pdauth.product_definition(NEW.product_id)
                           WHEN TG_OP = 'UPDATE' THEN OLD.definition END;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.compute_release() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.compute_release() IS 'Row trigger of pdauth.release: keeps the digest of what is released.';

-- Not SECURITY DEFINER: the groups are counted with the reviewer's own rights.
CREATE FUNCTION pdauth.test_groups() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  release record;
  relation regclass;
  smallest numeric;
BEGIN
  IF NEW.point <> 3 OR NEW.result <> 'ok' THEN
    RETURN NEW;
  END IF;
  SELECT * INTO STRICT release FROM pdauth.release_test(NEW.release_id);
  relation := release.relation;
  IF relation IS NULL OR release.count_column IS NULL AND release.group_columns = '{}' THEN
    RETURN NEW;
  ELSIF release.count_column IS NOT NULL THEN
    EXECUTE format('SELECT min(r.%I) FROM %s AS r', release.count_column, relation) INTO smallest;
  ELSE
    EXECUTE format('SELECT min(g.members) FROM (SELECT count(*) AS members FROM (SELECT ARRAY(SELECT to_jsonb(r) ->> c FROM unnest($1) AS c) AS k FROM %s AS r) AS v GROUP BY v.k) AS g', relation)
       INTO smallest USING release.group_columns;
  END IF;
  PERFORM pdauth.judge_groups(NEW.release_id, smallest);
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.test_groups() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.test_groups() IS 'Row trigger of pdauth.release_review: counts the smallest group of the product''s relation when point 3 is to be ok (PD226, R-22-6).';

CREATE FUNCTION pdauth.release_test(release_id bigint, OUT relation regclass, OUT group_columns text[], OUT count_column name) RETURNS record
LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT p.relation, r.group_columns, r.count_column FROM pdauth.release AS r JOIN pdauth.product AS p USING (product_id) WHERE r.release_id = release_test.release_id
$function$;
REVOKE ALL ON FUNCTION pdauth.release_test(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.release_test(bigint) TO pdauth_register;
COMMENT ON FUNCTION pdauth.release_test(bigint) IS 'What the group test of a release looks at. Part of pdauth.test_groups().';

CREATE FUNCTION pdauth.judge_groups(release_id bigint, smallest numeric) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  release pdauth.release;
BEGIN
  SELECT * INTO release FROM pdauth.release AS r WHERE r.release_id = judge_groups.release_id;
  IF smallest < pdauth.figure('min_group_size', release.division) THEN
    PERFORM pdauth.refuse('R-22-6', pdauth.object_label('release', release.number), format('A group is smaller than %s.', pdauth.figure('min_group_size', release.division)), NULL, release.division);
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.judge_groups(bigint, numeric) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.judge_groups(bigint, numeric) TO pdauth_register;
COMMENT ON FUNCTION pdauth.judge_groups(bigint, numeric) IS 'Refuses groups smaller than the pack''s figure (PD226). Part of pdauth.test_groups().';

CREATE FUNCTION pdauth.check_release_review() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor;
  release pdauth.release;
  object text;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  END IF;
  actor := pdauth.require_actor();
  SELECT * INTO release FROM pdauth.release AS r WHERE r.release_id = NEW.release_id FOR SHARE;
  object := pdauth.object_label('release', release.number);
  IF actor.party_id IS DISTINCT FROM release.operator_party OR release.state <> 'assessing' THEN
    PERFORM pdauth.refuse('R-22-2', object, format('It is assessed by %s, and is %s.', pdauth.party_code(release.operator_party), release.state), NULL, release.division);
  END IF;
  NEW.person_id := actor.person_id;
  IF NEW.result = 'ok' THEN
    PERFORM pdauth.judge(ARRAY(SELECT v FROM pdauth.release_point_violations(release, NEW.point, NEW, object) AS v), release.division);
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_release_review() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_release_review() IS 'Row trigger of pdauth.release_review: by the operator while it assesses; what the database finds cannot be called ok (R-22-2, R-22-4 to R-22-8).';

SELECT pdauth.register_table('pdauth.release', '{developer,operator}', 'R-22-1', 'definition');
SELECT pdauth.describe_columns('pdauth.release');
CREATE TRIGGER compute_release BEFORE INSERT OR UPDATE ON pdauth.release FOR EACH ROW EXECUTE FUNCTION pdauth.compute_release();
ALTER TABLE pdauth.release ENABLE ALWAYS TRIGGER compute_release;
CREATE TRIGGER a_keep_side BEFORE UPDATE ON pdauth.release FOR EACH ROW EXECUTE FUNCTION pdauth.keep_side('developer_party', 'applied', 'R-22-10',
  'number,product_id,development_id,division,developer_party,operator_party,purpose,recipients,group_columns,count_column,law_statement,personal_information_statement,intellectual_property_statement,trade_secret_statement,leaves_country,export_procedure,export_document');
ALTER TABLE pdauth.release ENABLE ALWAYS TRIGGER a_keep_side;
SELECT pdauth.register_table('pdauth.release_source', '{developer}', 'R-22-5');
CREATE TRIGGER keep_content BEFORE INSERT OR UPDATE OR DELETE ON pdauth.release_source FOR EACH ROW EXECUTE FUNCTION pdauth.keep_content('release', 'developer_party', 'R-22-5');
ALTER TABLE pdauth.release_source ENABLE ALWAYS TRIGGER keep_content;
SELECT pdauth.register_fact('pdauth.release_review', '{operator}', 'R-22-2', 'check_release_review');
CREATE TRIGGER test_groups BEFORE INSERT ON pdauth.release_review FOR EACH ROW EXECUTE FUNCTION pdauth.test_groups();
ALTER TABLE pdauth.release_review ENABLE ALWAYS TRIGGER test_groups;
CREATE POLICY register ON pdauth.release USING (state = 'released' OR pdauth.may_see(division, developer_party, operator_party)) WITH CHECK (true);
CREATE POLICY register ON pdauth.release_source USING (EXISTS (SELECT FROM pdauth.release AS o WHERE o.release_id = release_source.release_id AND pdauth.may_see(o.division, o.developer_party, o.operator_party))) WITH CHECK (true);
CREATE POLICY register ON pdauth.release_review USING (EXISTS (SELECT FROM pdauth.release AS o WHERE o.release_id = release_review.release_id AND pdauth.may_see(o.division, o.developer_party, o.operator_party))) WITH CHECK (true);
