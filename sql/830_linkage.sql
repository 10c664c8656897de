-- Combining resources (R-28-7), and use beyond the agreement (R-28-5).

CREATE TABLE pdauth.linkage_assessment (
  assessment_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number        text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  division      pdauth.division_code,
  assessor_party bigint NOT NULL REFERENCES pdauth.party,
  user_party    bigint NOT NULL REFERENCES pdauth.party,
  resources     text[] NOT NULL CHECK (pg_catalog.cardinality(resources) > 1),
  valid         daterange NOT NULL CHECK (NOT pg_catalog.isempty(valid) AND NOT pg_catalog.upper_inf(valid)),
  group_minimum integer NOT NULL CHECK (group_minimum > 1),
  conclusion    text NOT NULL CHECK (conclusion IN ('acceptable', 'not acceptable')),
  state         text NOT NULL DEFAULT 'draft',
  act_date      date,
  act_document  text,
  act_digest    pdauth.document_digest,
  act_reason    text,
  registered_at timestamptz
);
COMMENT ON TABLE pdauth.linkage_assessment IS 'Assessments of the risk of linking resources (数据关联汇聚风险): which a party may combine, how long, and how many persons each group of a result has at least. draft, concluded, withdrawn. A statement that combines resources of several requests or providers without one is refused (R-28-7).';
COMMENT ON COLUMN pdauth.linkage_assessment.assessment_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.linkage_assessment.number IS 'Number.';
COMMENT ON COLUMN pdauth.linkage_assessment.assessor_party IS 'Implementing agency or data authority that assesses.';
COMMENT ON COLUMN pdauth.linkage_assessment.user_party IS 'Party that may combine them.';
COMMENT ON COLUMN pdauth.linkage_assessment.resources IS 'Paths, each with all below it: a combination is covered if each of its resources is.';
COMMENT ON COLUMN pdauth.linkage_assessment.valid IS 'Days on which it counts.';
COMMENT ON COLUMN pdauth.linkage_assessment.group_minimum IS 'Rows that a group of an aggregate over the combination has at least; smaller ones are left out. Not below the pack''s min_group_size.';
COMMENT ON COLUMN pdauth.linkage_assessment.conclusion IS 'acceptable or not acceptable.';
COMMENT ON COLUMN pdauth.linkage_assessment.state IS 'draft, concluded or withdrawn.';
INSERT INTO pdauth.life_cycle VALUES ('linkage_assessment', 'assessment_id', 'number', 'linkage_assessment_violations', NULL, 'R-28-7', 'R-28-7', 'R-28-7', '{draft}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('linkage_assessment', '', 'draft', '{agency,bureau,prefecture}', 'R-28-7', '{}'),
  ('linkage_assessment', 'draft', 'concluded', '{agency,bureau,prefecture}', 'R-28-7', '{document}'),
  ('linkage_assessment', 'concluded', 'withdrawn', '{agency,bureau,prefecture}', 'R-28-7', '{reason}');

CREATE FUNCTION pdauth.least_group(resources text[], division pdauth.division_code DEFAULT NULL) RETURNS integer
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  -- of each division that the data is of, and of the one given
  SELECT max(pdauth.figure('min_group_size', d.division::pdauth.division_code))
    FROM (SELECT least_group.division::text WHERE least_group.division IS NOT NULL
          UNION SELECT r.division::text FROM unnest(resources) AS u (node) JOIN pdauth.resource AS r
             ON pdauth.path_contains(pdauth.resource_path(u.node), r.path) OR pdauth.path_contains(r.path, pdauth.resource_path(u.node))) AS d (division)
$function$;
REVOKE ALL ON FUNCTION pdauth.least_group(text[], pdauth.division_code) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.least_group(text[], pdauth.division_code) IS 'Rows that a group over these resources has at least today by the packs of their divisions, and of the one given: the strictest. NULL if there is none.';

CREATE FUNCTION pdauth.linkage_assessment_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-28-7', step.object, format('It is an assessment of %s.', pdauth.party_code(a.assessor_party)), NULL::text
    FROM pdauth.linkage_assessment AS a WHERE a.assessment_id = step.object_id AND a.assessor_party <> step.party_id
  UNION ALL
  SELECT 'R-28-7', step.object, format('%s does not assess %s for %s.', pdauth.party_code(step.party_id), u.node, pdauth.party_code(a.user_party)),
         'The data authority of the resources assesses, or the implementing agency of the operator.'
    FROM pdauth.linkage_assessment AS a, unnest(a.resources) AS u (node)
   WHERE a.assessment_id = step.object_id AND step.to_state <> 'withdrawn'
     AND NOT (step.capacity <> 'agency'
              AND NOT EXISTS (SELECT FROM pdauth.resource AS r
                               WHERE pdauth.path_contains(pdauth.resource_path(u.node), r.path)
                                 AND NOT EXISTS (SELECT FROM pdauth.party_capacity AS c
                                                  WHERE c.party_id = step.party_id AND c.capacity = step.capacity AND coalesce(c.ended_on, 'infinity') > pdauth.clock_today() AND pdauth.division_code_contains(c.division, r.division)))
              OR step.capacity = 'agency'
              AND EXISTS (SELECT FROM pdauth.operating_agreement AS o LEFT JOIN pdauth.development_agreement AS d ON d.agreement_id = o.agreement_id AND d.state <> 'draft'
                           WHERE o.agency_party = step.party_id AND o.state <> 'draft' AND a.user_party IN (o.operator_party, d.developer_party)))
  UNION ALL
  SELECT 'R-28-7', step.object, format('A group has at least %s, not %s.', m.least, a.group_minimum), NULL
    FROM pdauth.linkage_assessment AS a, pdauth.least_group(a.resources, a.division) AS m (least)
   WHERE a.assessment_id = step.object_id AND step.to_state = 'concluded' AND a.group_minimum < m.least
  UNION ALL
  SELECT 'R-28-7', step.object, format('There is no resource %s.', u.node), NULL
    FROM pdauth.linkage_assessment AS a, unnest(a.resources) AS u (node)
   WHERE a.assessment_id = step.object_id AND NOT EXISTS (SELECT FROM pdauth.resource AS r WHERE pdauth.path_contains(pdauth.resource_path(u.node), r.path))
$function$;
REVOKE ALL ON FUNCTION pdauth.linkage_assessment_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.linkage_assessment_violations(pdauth.transition) IS 'Check function of linkage assessments: by the data authority of the resources or the agency of the operator, about catalogued resources, with no smaller groups than their packs say (R-28-7).';
SELECT pdauth.register_table('pdauth.linkage_assessment', '{agency,bureau,prefecture}', 'R-28-7');
SELECT pdauth.describe_columns('pdauth.linkage_assessment');
CREATE POLICY register ON pdauth.linkage_assessment USING (pdauth.may_see(division, assessor_party, user_party)) WITH CHECK (true);
CREATE TRIGGER forget_linkage AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pdauth.linkage_assessment
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.forget_cached_rows();
ALTER TABLE pdauth.linkage_assessment ENABLE ALWAYS TRIGGER forget_linkage;
CREATE TRIGGER forget_linkage AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pdauth.pack_parameter
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.forget_cached_rows();
CREATE TRIGGER forget_linkage AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pdauth.pack_override
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.forget_cached_rows();
ALTER TABLE pdauth.pack_parameter ENABLE ALWAYS TRIGGER forget_linkage;
ALTER TABLE pdauth.pack_override ENABLE ALWAYS TRIGGER forget_linkage;

CREATE FUNCTION pdauth.linkage_assessed(resources text[], party_id bigint, OUT group_minimum integer) RETURNS integer
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $function$
  -- of several assessments the strictest; a figure that was raised since protects, too (X-6)
  SELECT greatest(max(a.group_minimum), pdauth.least_group(linkage_assessed.resources)) FROM pdauth.linkage_assessment AS a
   WHERE a.user_party = linkage_assessed.party_id AND a.state = 'concluded' AND a.conclusion = 'acceptable' AND a.valid @> pdauth.clock_today()
     AND NOT EXISTS (SELECT FROM unnest(linkage_assessed.resources) AS r WHERE NOT EXISTS (SELECT FROM unnest(a.resources) AS u (node) WHERE pdauth.path_contains(pdauth.resource_path(u.node), r)))
  HAVING count(*) > 0
$function$;
REVOKE ALL ON FUNCTION pdauth.linkage_assessed(text[], bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.linkage_assessed(text[], bigint) IS 'Rows that a group has at least by the assessment that lets a party combine these resources today; NULL if there is none, and for NULL.';

CREATE FUNCTION pdauth.linkage_needed(resources text[], role oid, OUT governed text[], OUT party_id bigint, OUT territory pdauth.division_code) RETURNS record
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  providers bigint;
BEGIN
  SELECT array_agg(DISTINCT g.path ORDER BY g.path), count(DISTINCT r.provider_party), min(r.division::text)::pdauth.division_code
    INTO governed, providers, territory
    FROM unnest(resources) AS g (path) JOIN pdauth.resource AS r ON pdauth.path_contains(r.path, g.path);
  IF coalesce(cardinality(governed), 0) < 2 OR NOT pdauth.switched_on('linkage_gate', territory)
     -- one provider, and one approval that covers them all
     OR providers = 1 AND EXISTS (
          SELECT FROM pdauth.license AS l
           WHERE l.revoked_at IS NULL AND l.licensee::oid IN (SELECT pdauth.inherited_roles(linkage_needed.role))
             AND NOT EXISTS (SELECT FROM unnest(governed) AS n (path)
                              WHERE NOT EXISTS (SELECT FROM pdauth.grants(l.scope) AS s, unnest(s.paths) AS u (node) WHERE pdauth.path_contains(u.node, n.path)))) THEN
    governed := NULL;
  END IF;
  SELECT a.party_id INTO party_id FROM pdauth.party_capacity_of(role) AS a;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.linkage_needed(text[], oid) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.linkage_needed(text[], oid) IS
  'Of resources that a role combines, the catalogued ones, if their linkage needs an assessment: they come from several providers or approvals, and the pack has the gate on; governed is NULL if not. With the party of the role and the division.';

CREATE FUNCTION pdauth.linkage_finding(resources text[], role oid, nested boolean) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  needed record;
  finding text;
BEGIN
  SELECT n.* INTO needed FROM pdauth.linkage_needed(resources, role) AS n;
  -- what a function adds cannot be grouped
  IF needed.governed IS NULL OR NOT nested AND pdauth.linkage_assessed(needed.governed, needed.party_id) IS NOT NULL THEN
    RETURN NULL;
  END IF;
  finding := format('Combined%s: %s, for %s.', CASE WHEN nested THEN ' by a function' ELSE '' END, array_to_string(needed.governed, ', '), coalesce(pdauth.party_code(needed.party_id), 'nobody'));
  CASE pdauth.rule_mode('R-28-7', needed.territory)
    WHEN 'enforce' THEN RETURN finding;
    WHEN 'observe' THEN RAISE LOG 'pdauth would refuse by R-28-7: %', finding;
    ELSE NULL;
  END CASE;
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.linkage_finding(text[], oid, boolean) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.linkage_finding(text[], oid, boolean) IS
  'Why a role must not combine these resources in one statement: a sentence for the refusal, or NULL if it may. nested: some are read by functions that the statement calls, which no assessment covers. The library asks it when a statement that reads several resources begins (R-28-7).';

CREATE FUNCTION pdauth.linkage_minimum(resources text[], role oid) RETURNS integer
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT pdauth.linkage_assessed(n.governed, n.party_id) FROM pdauth.linkage_needed(resources, role) AS n WHERE n.governed IS NOT NULL AND pdauth.rule_mode('R-28-7', n.territory) = 'enforce'
$function$;
REVOKE ALL ON FUNCTION pdauth.linkage_minimum(text[], oid) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.linkage_minimum(text[], oid) IS
  'Rows that a group of an aggregate over these resources has at least, for a role, by the assessment of their linkage; NULL if none limits it. The library asks it before a statement that reads several resources is planned (R-28-7).';

-- ---- use beyond the agreement (R-28-5) ----

CREATE FUNCTION pdauth.scope_extent(scope pdauth.license_scope) RETURNS pdauth.license_scope
LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT coalesce(pdauth.scope_agg(pdauth.make_scope('{read}', g.paths, g.columns, g.purposes, g.regions, '{(,)}', g.level)), '{}') FROM pdauth.grants(scope) AS g
$function$;
REVOKE ALL ON FUNCTION pdauth.scope_extent(pdauth.license_scope) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.scope_extent(pdauth.license_scope) IS 'Resources, columns, purposes, regions and levels of a scope, whatever it lets do with them, and when. NULL for NULL.';

CREATE FUNCTION pdauth.hold_beyond_scope(license pdauth.license) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD'
AS $function$
DECLARE
  operator bigint;
  territory pdauth.division_code;
  allowed pdauth.license_scope;
  excess pdauth.license_scope;
BEGIN
  SELECT c.party_id, c.division INTO operator, territory FROM pdauth.principal AS p JOIN pdauth.party_capacity AS c USING (capacity_id)
   WHERE p.role = license.licensee AND p.ended_on IS NULL AND c.capacity = 'operator';
  IF operator IS NULL OR license.revoked_at IS NOT NULL THEN
    RETURN;
  END IF;
  SELECT coalesce(pdauth.scope_agg(pdauth.scope_extent(a.scope)), '{}') INTO allowed
    FROM pdauth.operating_agreement AS a WHERE a.operator_party = operator AND a.state = 'signed'
     AND NOT EXISTS (SELECT FROM pdauth.operating_agreement AS n WHERE n.number = a.number AND n.version > a.version AND n.state = 'signed');
  -- the period is that of the agreement itself (PD11D), actions are for the chains of scopes
  excess := pdauth.scope_excess(pdauth.scope_extent(license.scope), allowed);
  PERFORM pdauth.place_hold('R-28-5', format('license %s beyond the agreements of %s', license.license_id, pdauth.party_code(operator)), territory, e.node, role => license.licensee)
     FROM (SELECT DISTINCT u.node FROM pdauth.grants(excess) AS g, unnest(g.paths) AS u (node)) AS e;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.hold_beyond_scope(pdauth.license) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.hold_beyond_scope(pdauth.license) IS 'Stops a role of an operator at each resource for which its license goes beyond the operating agreements of its party (PD285, R-28-5).';

CREATE FUNCTION pdauth.follow_license() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NULL;
  END IF;
  IF TG_OP = 'UPDATE' AND NEW.revoked_at IS NOT NULL THEN
    UPDATE pdauth.access_hold AS h SET end_reason = 'the license was revoked'
     WHERE h.object LIKE format('license %s beyond %%', NEW.license_id) AND h.rule = 'R-28-5' AND h.ended_at IS NULL;
  ELSIF TG_OP = 'INSERT' THEN
    PERFORM pdauth.hold_beyond_scope(NEW);
  END IF;
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.follow_license() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.follow_license() IS 'Row trigger of pdauth.license: what a license of an operator grants beyond its agreements is stopped, until the license is revoked (PD285, R-28-5).';
CREATE TRIGGER follow_license AFTER INSERT OR UPDATE ON pdauth.license FOR EACH ROW EXECUTE FUNCTION pdauth.follow_license();
ALTER TABLE pdauth.license ENABLE ALWAYS TRIGGER follow_license;

-- An agreement that is signed anew, or ends, changes what is beyond it.
CREATE FUNCTION pdauth.agreement_scope_effects(step pdauth.transition) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF step.to_state NOT IN ('signed', 'terminated', 'rescinded', 'revoked', 'exited') THEN
    RETURN;
  END IF;
  UPDATE pdauth.access_hold AS h SET end_reason = format('%s %s', step.object, step.to_state)
    FROM pdauth.operating_agreement AS a JOIN pdauth.party_capacity AS c ON c.party_id = a.operator_party JOIN pdauth.principal AS p USING (capacity_id)
   WHERE a.agreement_id = step.object_id AND h.role = p.role AND h.rule = 'R-28-5' AND h.ended_at IS NULL;
  PERFORM pdauth.hold_beyond_scope(l)
     FROM pdauth.operating_agreement AS a JOIN pdauth.party_capacity AS c ON c.party_id = a.operator_party JOIN pdauth.principal AS p USING (capacity_id) JOIN pdauth.license AS l ON l.licensee = p.role
    WHERE a.agreement_id = step.object_id AND l.revoked_at IS NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.agreement_scope_effects(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.agreement_scope_effects(pdauth.transition) IS 'What Article 28 lets follow from a step of an operating agreement: licenses of the operator are compared with its agreements anew (R-28-5).';
INSERT INTO pdauth.further_effect VALUES ('operating_agreement', 'agreement_scope_effects');

-- ---- raw data does not enter the market (R-28-2) ----

CREATE TABLE pdauth.product_transformation (
  transformation_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  product_id   bigint NOT NULL REFERENCES pdauth.product,
  kind         text NOT NULL CHECK (kind IN ('aggregation', 'de-identification', 'model', 'verification', 'other')),
  method       text NOT NULL CHECK (pdauth.has_content(method)),
  checked_by   text NOT NULL CHECK (pdauth.has_content(checked_by)),
  recorded_at  timestamptz NOT NULL,
  recorded_by  name NOT NULL
);
CREATE INDEX product_transformation_product_index ON pdauth.product_transformation (product_id);
COMMENT ON TABLE pdauth.product_transformation IS 'Steps that make a product of raw data (reading A-19): what was done, how, and who checked it. A product that reads governed tables of this database has one at least (R-28-2).';
COMMENT ON COLUMN pdauth.product_transformation.transformation_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.product_transformation.product_id IS 'Product.';
COMMENT ON COLUMN pdauth.product_transformation.kind IS 'aggregation, de-identification, model, verification or other. Taking names out alone is none.';
COMMENT ON COLUMN pdauth.product_transformation.method IS 'How.';
COMMENT ON COLUMN pdauth.product_transformation.checked_by IS 'Who checked the result.';

CREATE FUNCTION pdauth.check_transformation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor;
BEGIN
  IF NOT pdauth.break_glass_active() THEN
    actor := pdauth.require_actor();
    PERFORM pdauth.refuse('R-28-2', 'product ' || p.number, format('The product is of %s.', pdauth.party_code(p.owner_party)), NULL, p.division)
       FROM pdauth.product AS p WHERE p.product_id = NEW.product_id AND p.owner_party <> actor.party_id;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_transformation() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_transformation() IS 'Row trigger of pdauth.product_transformation: by the owner of the product.';
SELECT pdauth.register_fact('pdauth.product_transformation', '{operator,developer,provider}', 'R-28-2', 'check_transformation');
CREATE POLICY register ON pdauth.product_transformation USING (EXISTS (SELECT FROM pdauth.product AS o WHERE o.product_id = product_transformation.product_id)) WITH CHECK (true);

CREATE FUNCTION pdauth.raw_product_violations(product pdauth.product, object text) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-28-2', object, format('%s is a governed table itself.', product.relation), NULL::text
   WHERE pdauth.governed_relation(product.relation) IS NOT NULL
  UNION ALL
  SELECT 'R-28-2', object, format('Between %s and the product no transformation is on record.', g.relation), 'Record what is done to the data and who checked it (pdauth.product_transformation).'
    FROM (SELECT r.source AS relation FROM pdauth.product_reads(product.relation) AS r WHERE pdauth.governed_relation(r.source) IS NOT NULL LIMIT 1) AS g
   WHERE pdauth.governed_relation(product.relation) IS NULL
     AND NOT EXISTS (SELECT FROM pdauth.product_transformation AS f WHERE f.product_id = product.product_id)
$function$;
REVOKE ALL ON FUNCTION pdauth.raw_product_violations(pdauth.product, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.raw_product_violations(pdauth.product, text) IS 'Whether a product is raw data: its relation is a governed table, or reads one with no transformation on record (R-28-2).';

CREATE FUNCTION pdauth.product_market_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT v.* FROM pdauth.product AS p, pdauth.raw_product_violations(p, step.object) AS v
   WHERE p.product_id = step.object_id AND step.to_state NOT IN ('developing', 'withdrawn')
$function$;
REVOKE ALL ON FUNCTION pdauth.product_market_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.product_market_violations(pdauth.transition) IS 'What Article 28 asks of the steps of a product: raw data does not become one (R-28-2).';
INSERT INTO pdauth.further_check VALUES ('product', 'product_market_violations');

CREATE FUNCTION pdauth.check_delivery_raw() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NOT pdauth.break_glass_active() THEN
    PERFORM pdauth.judge(ARRAY[v], p.division)
       FROM pdauth.product AS p, pdauth.raw_product_violations(p, pdauth.object_label('delivery', 'of product ' || p.number)) AS v
      WHERE p.product_id = NEW.product_id;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_delivery_raw() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_delivery_raw() IS 'Row trigger of pdauth.delivery: raw data is not delivered to developers (PD282, R-28-2).';
CREATE TRIGGER check_delivery_raw BEFORE INSERT ON pdauth.delivery FOR EACH ROW EXECUTE FUNCTION pdauth.check_delivery_raw();
ALTER TABLE pdauth.delivery ENABLE ALWAYS TRIGGER check_delivery_raw;
