-- What holds a plan back at each of its steps (Articles 6, 8, 9 and 10).

CREATE FUNCTION pdauth.plan_major_changes(plan_id bigint) RETURNS text
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $function$
  WITH version AS (
    SELECT p.division, pdauth.plan_content(p.plan_id) AS new, pdauth.plan_content(p.previous_id) AS old FROM pdauth.plan AS p WHERE p.plan_id = plan_major_changes.plan_id
  )
  SELECT string_agg(change, ', ')
    FROM version AS v CROSS JOIN LATERAL (
      SELECT format('resource %s', k) FROM jsonb_object_keys(v.new -> 'resources') AS k
       WHERE v.old -> 'resources' -> k IS NULL
          OR NOT ARRAY(SELECT jsonb_array_elements_text(v.new -> 'resources' -> k -> 'columns')) <@ ARRAY(SELECT jsonb_array_elements_text(v.old -> 'resources' -> k -> 'columns'))
          OR NOT ARRAY(SELECT jsonb_array_elements_text(v.new -> 'resources' -> k -> 'actions')) <@ ARRAY(SELECT jsonb_array_elements_text(v.old -> 'resources' -> k -> 'actions'))
      UNION ALL
      SELECT format('item %s', k) FROM (SELECT jsonb_object_keys(v.new -> 'items') UNION SELECT jsonb_object_keys(v.old -> 'items')) AS i(k)
       WHERE v.new -> 'items' -> k IS DISTINCT FROM v.old -> 'items' -> k
         AND pdauth.pack_value('list', 'major_plan_items', v.division) @> to_jsonb(split_part(k, '/', 1)::integer)
      UNION ALL
      SELECT 'mode' WHERE (v.new -> 'plan' -> 'mode', v.new -> 'plan' -> 'sector') IS DISTINCT FROM (v.old -> 'plan' -> 'mode', v.old -> 'plan' -> 'sector')
      UNION ALL
      SELECT 'agency or division' WHERE (v.new -> 'plan' -> 'agency_party', v.new -> 'plan' -> 'division') IS DISTINCT FROM (v.old -> 'plan' -> 'agency_party', v.old -> 'plan' -> 'division')
      UNION ALL
      SELECT 'purposes' WHERE NOT v.old -> 'plan' -> 'purposes' @> (v.new -> 'plan' -> 'purposes')
      UNION ALL
      SELECT 'term' WHERE NOT coalesce((v.new -> 'plan' ->> 'term')::daterange <@ (v.old -> 'plan' ->> 'term')::daterange, false)
      UNION ALL
      SELECT format('product %s', k) FROM jsonb_object_keys(v.new -> 'products') AS k
       WHERE v.old -> 'products' -> k -> 'use_class' IS DISTINCT FROM v.new -> 'products' -> k -> 'use_class'
    ) AS c(change)
$function$;
REVOKE ALL ON FUNCTION pdauth.plan_major_changes(bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.plan_major_changes(bigint) IS
  'What of a plan version is a major change of the one before (较大变更, reading A-6): resources, columns or actions added, items of the pack''s list, mode, purposes, longer term, product class. NULL if nothing is, or for a first version.';

CREATE FUNCTION pdauth.plan_submission_violations(plan pdauth.plan) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  WITH given AS (
    SELECT 'plan ' || plan.label AS object,
           (SELECT jsonb_object_agg(concat_ws('/', i.number, nullif(i.part, '')), i.content) FROM pdauth.plan_item AS i WHERE i.plan_id = plan.plan_id) AS items
  )
  SELECT 'R-6-1', g.object, format('Mode: %s.', coalesce(plan.mode, 'none')), NULL::text
    FROM given AS g
   WHERE NOT pdauth.word_allowed('modes', plan.mode, plan.division)
      OR plan.mode = 'sector' AND (pdauth.is_blank(plan.sector) OR pdauth.is_blank(plan.sector_reason))
  UNION ALL
  SELECT 'R-6-2', g.object, format('Sector: %s%s.', plan.sector, CASE WHEN EXISTS (SELECT FROM pdauth.plan_confirmation AS c WHERE c.plan_id = plan.plan_id) THEN '; what was confirmed is not this content, or not by its department' ELSE '' END), NULL
    FROM given AS g
   WHERE plan.mode = 'sector' AND NOT EXISTS (SELECT FROM pdauth.plan_departments(plan))
  UNION ALL
  SELECT 'R-6-3', g.object, format('%s is a %s.', plan.division, pdauth.division_level(plan.division)), NULL
    FROM given AS g
   WHERE pdauth.division_level(plan.division) NOT IN ('province', 'prefecture')
     AND NOT EXISTS (SELECT FROM pdauth.county_coordination AS c WHERE pdauth.division_code_equal(c.division, plan.division) AND c.decided_on <= pdauth.clock_today())
  UNION ALL
  SELECT 'R-8-1', g.object, format('Missing: %s.', m), NULL FROM given AS g, pdauth.missing_items('plan_items', plan.division, g.items) AS m WHERE m IS NOT NULL
  UNION ALL
  SELECT CASE n.number WHEN 3 THEN 'R-8-2' ELSE 'R-8-4' END, g.object, format('Missing: %s.', string_agg(format('item %s %s (%s)', n.number, n.part, n.title_chinese), ', ')), NULL
    FROM given AS g, pdauth.item_list('plan_item_parts', plan.division) AS n
   WHERE (pdauth.is_blank(g.items ->> format('%s/%s', n.number, n.part)) OR pdauth.says_none(g.items ->> format('%s/%s', n.number, n.part))) GROUP BY g.object, n.number
  UNION ALL
  SELECT 'R-8-4', g.object, 'The term is not a period with a first and a last day.', NULL
    FROM given AS g WHERE NOT pdauth.is_period(plan.term)
  UNION ALL
  SELECT 'R-8-3', g.object, 'It names no resource, or no purpose.', NULL
    FROM given AS g WHERE NOT EXISTS (SELECT FROM pdauth.plan_resource AS q WHERE q.plan_id = plan.plan_id) OR plan.purposes = '{}'
  UNION ALL
  SELECT v.* FROM given AS g, pdauth.plan_resource AS q, pdauth.resource_violations(q.resource_id, g.object, 'R-8-3') AS v WHERE q.plan_id = plan.plan_id
  UNION ALL
  SELECT v.* FROM given AS g, pdauth.plan_resource AS q JOIN pdauth.resource AS r USING (resource_id), pdauth.inclusion_violations(r, 'R-8-3', g.object) AS v WHERE q.plan_id = plan.plan_id
  UNION ALL
  SELECT 'R-8-3', g.object, format('%s has no column %s in the catalogue.', r.path, array_to_string(ARRAY(SELECT unnest(q.columns) EXCEPT SELECT unnest(r.columns) ORDER BY 1), ', ')), NULL
    FROM given AS g, pdauth.plan_resource AS q JOIN pdauth.resource AS r USING (resource_id) WHERE q.plan_id = plan.plan_id AND NOT q.columns <@ r.columns
  UNION ALL
  SELECT 'R-8-3', g.object, format('%s is about %s.', r.path, r.division), NULL
    FROM given AS g, pdauth.plan_resource AS q JOIN pdauth.resource AS r USING (resource_id)
   WHERE q.plan_id = plan.plan_id AND NOT (pdauth.division_code_contains(r.division, plan.division) OR pdauth.division_code_contains(plan.division, r.division))
  UNION ALL
  SELECT v.* FROM given AS g, pdauth.scope_restriction_violations(plan.scope, g.object) AS v
  UNION ALL
  SELECT 'R-8-5', g.object, format('No product of class: %s.', string_agg(c.class, ', ')), NULL
    FROM given AS g, jsonb_array_elements_text(pdauth.pack_value('list', 'use_classes', plan.division)) AS c(class)
   WHERE NOT EXISTS (SELECT FROM pdauth.plan_product AS d WHERE d.plan_id = plan.plan_id AND d.use_class = c.class) GROUP BY g.object
  UNION ALL
  SELECT 'R-8-5', g.object, format('Product %s: class %s, form %s.', d.product, d.use_class, d.form), NULL
    FROM given AS g, pdauth.plan_product AS d
   WHERE d.plan_id = plan.plan_id
     AND NOT (pdauth.word_allowed('product_forms', d.form, plan.division) AND pdauth.word_allowed('use_classes', d.use_class, plan.division))
  UNION ALL
  SELECT 'R-8-7', g.object, NULL, NULL FROM given AS g WHERE pdauth.is_blank(plan.benefit_statement)
  UNION ALL
  SELECT 'R-10-4', g.object, format('Major: %s.', pdauth.plan_major_changes(plan.plan_id)), NULL
    FROM given AS g WHERE plan.version > 1 AND plan.classification IS DISTINCT FROM 'major' AND pdauth.plan_major_changes(plan.plan_id) IS NOT NULL
  UNION ALL
  SELECT 'R-10-5', g.object, 'Classification or reason is missing.', NULL
    FROM given AS g WHERE plan.version > 1 AND (plan.classification IS NULL OR pdauth.is_blank(plan.change_reason))
$function$;
REVOKE ALL ON FUNCTION pdauth.plan_submission_violations(pdauth.plan) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.plan_submission_violations(pdauth.plan) IS 'What a plan lacks to be submitted: Articles 6 and 8, and the classification of changes.';

CREATE FUNCTION pdauth.plan_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-5-1', step.object, format('The agency of %s is %s.', p.division, coalesce(pdauth.party_code(pdauth.holder_of('agency', p.division)), 'not designated')), NULL::text
    FROM pdauth.plan AS p
   WHERE p.plan_id = step.object_id AND step.capacity = 'agency'
     AND (step.party_id <> p.agency_party OR p.agency_party IS DISTINCT FROM pdauth.holder_of('agency', p.division))
  UNION ALL
  SELECT v.* FROM pdauth.plan AS p, pdauth.plan_submission_violations(p) AS v WHERE p.plan_id = step.object_id AND step.to_state = 'submitted'
  UNION ALL
  SELECT v.* FROM pdauth.plan AS p, pdauth.plan_argument_violations(p) AS v
   WHERE p.plan_id = step.object_id AND step.to_state IN ('argued', 'decided', 'deliberating') AND step.from_state <> ''
  UNION ALL
  SELECT 'R-10-1', step.object, format('Dated %s, before the step it follows (%s).', step.event_date, e.event_date), NULL
    FROM pdauth.transition AS e
   WHERE e.life_cycle = 'plan' AND e.object_id = step.object_id AND e.to_state = step.from_state AND step.event_date < e.event_date
     AND step.to_state IN ('deliberating', 'approved', 'returned', 'refused')
  UNION ALL
  SELECT 'R-10-1', step.object, format('The government of %s decides, not %s.', p.division, pdauth.party_code(step.party_id)), NULL
    FROM pdauth.plan AS p
   WHERE p.plan_id = step.object_id AND step.capacity = 'government' AND step.party_id IS DISTINCT FROM pdauth.holder_of('government', p.division)
  UNION ALL
  -- the short way is for minor changes, by a second person of the agency
  SELECT CASE WHEN p.version = 1 THEN 'R-10-1' WHEN p.classification = 'minor' THEN 'R-10-5' ELSE 'R-10-4' END, step.object,
         CASE WHEN p.classification = 'minor' THEN 'Whoever submitted it cannot approve it.' ELSE 'Only minor changes come into force by the agency alone.' END, NULL
    FROM pdauth.plan AS p
   WHERE p.plan_id = step.object_id AND step.from_state = 'submitted' AND step.to_state = 'approved'
     AND (p.classification IS DISTINCT FROM 'minor' OR step.person_id = (pdauth.last_step('plan', p.plan_id, 'submitted')).person_id)
  UNION ALL
  SELECT 'R-8-6', step.object, format('It is a version of plan %s of %s.', o.number, o.division), 'Give a plan of another division a number of its own.'
    FROM pdauth.plan AS p JOIN pdauth.plan AS o ON o.plan_id = p.previous_id
   WHERE p.plan_id = step.object_id AND (o.number <> p.number OR NOT pdauth.division_code_equal(o.division, p.division))
  UNION ALL
  SELECT 'R-10-4', step.object, 'The version it changes is not the approved one in force.', NULL
    FROM pdauth.plan AS p
   WHERE p.plan_id = step.object_id AND p.version > 1 AND step.to_state IN ('submitted', 'approved')
     AND NOT EXISTS (SELECT FROM pdauth.plan AS o WHERE o.plan_id = p.previous_id AND o.number = p.number AND o.version < p.version
                      AND (o.state IN ('approved', 'executing')
                           AND NOT EXISTS (SELECT FROM pdauth.plan AS n WHERE n.number = o.number AND n.version > o.version AND n.plan_id <> p.plan_id AND n.state IN ('approved', 'executing', 'closed'))
                           OR o.state = 'returned' AND p.classification = 'major'))
$function$;
REVOKE ALL ON FUNCTION pdauth.plan_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.plan_violations(pdauth.transition) IS 'Check function of plans: what holds back each step (Articles 5, 6, 8, 9, 10).';

CREATE FUNCTION pdauth.plan_effects(step pdauth.transition) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  plan pdauth.plan;
BEGIN
  SELECT * INTO plan FROM pdauth.plan AS p WHERE p.plan_id = step.object_id;
  IF step.to_state = 'approved' AND step.from_state = 'deliberating' AND pdauth.division_level(plan.division) <> 'province' THEN
    PERFORM pdauth.open_duty('plan', plan.plan_id, step.object, 'R-10-6', plan.agency_party, pdauth.filing_recipient('plan_filing', plan.division),
                             step.event_date, pdauth.figure('plan_filing_wd', plan.division, step.event_date) || ' workdays');
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.plan_effects(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.plan_effects(pdauth.transition) IS 'What follows from a step of a plan: approval below the province opens the duty to file within the pack''s working days (R-10-6), from the date of the decision.';

-- Computed columns, and who may write at all.
CREATE FUNCTION pdauth.compute_plan() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.scope := CASE WHEN pdauth.break_glass_active() THEN NEW.scope END;
  ELSIF NEW.state = 'submitted' AND OLD.state = 'draft' THEN
    NEW.scope := pdauth.plan_scope(NEW);
  ELSE
    NEW.scope := OLD.scope;
  END IF;
  -- what is selected or signed on the version before has to come first, or see this one
  IF TG_OP = 'UPDATE' AND NEW.state = 'approved' AND OLD.state <> 'approved' THEN
    PERFORM FROM pdauth.plan WHERE plan_id = NEW.previous_id FOR UPDATE;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.compute_plan() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.compute_plan() IS 'Row trigger of pdauth.plan: computes its scope from its resources when it is submitted; locks the version that an approval supersedes.';

CREATE FUNCTION pdauth.hold_plan() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  PERFORM FROM pdauth.plan WHERE plan_id = NEW.plan_id FOR SHARE;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.hold_plan() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.hold_plan() IS 'Row trigger of selections and operating agreements: holds the plan they rest on until the transaction ends, so that it is not superseded between check and commit (X-5).';

-- The scope is of what the plan holds when the transaction commits.
CREATE FUNCTION pdauth.refresh_plan_scope() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  PERFORM pdauth.refuse('X-5', 'plan', 'Its resources changed after it was submitted: submit it after them, in the same transaction.')
    FROM pdauth.plan AS p
   WHERE p.plan_id = coalesce(NEW.plan_id, OLD.plan_id) AND p.state <> 'draft' AND NOT pdauth.break_glass_active()
     AND NOT pdauth.scope_equal(p.scope, pdauth.plan_scope(p));
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.refresh_plan_scope() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.refresh_plan_scope() IS 'Constraint trigger of pdauth.plan_resource: the scope of a submitted plan is that of its resources (X-5).';

SELECT pdauth.register_table('pdauth.plan', '{agency,government}', 'R-8-6', 'scope', 'label');
CREATE TRIGGER compute_plan BEFORE INSERT OR UPDATE ON pdauth.plan FOR EACH ROW EXECUTE FUNCTION pdauth.compute_plan();
ALTER TABLE pdauth.plan ENABLE ALWAYS TRIGGER compute_plan;
SELECT pdauth.register_table('pdauth.plan_item', '{agency}', 'R-8-6');
SELECT pdauth.register_table('pdauth.plan_resource', '{agency}', 'R-8-6');
SELECT pdauth.register_table('pdauth.plan_product', '{agency}', 'R-8-6');
SELECT pdauth.register_table('pdauth.plan_confirmation', '{provider}', 'R-6-2');
SELECT pdauth.register_table('pdauth.plan_comment', '{bureau,agency,government,prefecture,county,provider,operator,developer,platform}', 'R-8-6');
SELECT pdauth.register_table('pdauth.county_coordination', '{prefecture}', 'R-6-3');
CREATE TRIGGER keep_content BEFORE INSERT OR UPDATE ON pdauth.plan_item FOR EACH ROW WHEN (NOT pdauth.register_writes()) EXECUTE FUNCTION pdauth.keep_content('plan', 'agency_party', 'R-8-6');
CREATE TRIGGER keep_content_whole BEFORE DELETE ON pdauth.plan_item FOR EACH ROW EXECUTE FUNCTION pdauth.keep_content('plan', 'agency_party', 'R-8-6');
CREATE TRIGGER keep_content BEFORE INSERT OR UPDATE ON pdauth.plan_resource FOR EACH ROW WHEN (NOT pdauth.register_writes()) EXECUTE FUNCTION pdauth.keep_content('plan', 'agency_party', 'R-8-6');
CREATE TRIGGER keep_content_whole BEFORE DELETE ON pdauth.plan_resource FOR EACH ROW EXECUTE FUNCTION pdauth.keep_content('plan', 'agency_party', 'R-8-6');
CREATE TRIGGER keep_content BEFORE INSERT OR UPDATE ON pdauth.plan_product FOR EACH ROW WHEN (NOT pdauth.register_writes()) EXECUTE FUNCTION pdauth.keep_content('plan', 'agency_party', 'R-8-6');
CREATE TRIGGER keep_content_whole BEFORE DELETE ON pdauth.plan_product FOR EACH ROW EXECUTE FUNCTION pdauth.keep_content('plan', 'agency_party', 'R-8-6');
CREATE CONSTRAINT TRIGGER refresh_plan_scope AFTER INSERT OR UPDATE OR DELETE ON pdauth.plan_resource DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pdauth.refresh_plan_scope();
ALTER TABLE pdauth.plan_item ENABLE ALWAYS TRIGGER keep_content;
ALTER TABLE pdauth.plan_item ENABLE ALWAYS TRIGGER keep_content_whole;
ALTER TABLE pdauth.plan_resource ENABLE ALWAYS TRIGGER keep_content;
ALTER TABLE pdauth.plan_resource ENABLE ALWAYS TRIGGER keep_content_whole;
ALTER TABLE pdauth.plan_product ENABLE ALWAYS TRIGGER keep_content;
ALTER TABLE pdauth.plan_product ENABLE ALWAYS TRIGGER keep_content_whole;
ALTER TABLE pdauth.plan_resource ENABLE ALWAYS TRIGGER refresh_plan_scope;

CREATE FUNCTION pdauth.check_plan_opinion() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor;
  plan pdauth.plan;
  new_row jsonb := to_jsonb(NEW);
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  END IF;
  actor := pdauth.require_actor();
  IF TG_TABLE_NAME = 'county_coordination' THEN
    PERFORM pdauth.judge(array_agg(v), (new_row ->> 'division')::pdauth.division_code)
       FROM pdauth.territory_violation(actor, (new_row ->> 'division')::pdauth.division_code, 'county coordination') AS v;
    IF (new_row ->> 'authority_party')::bigint <> actor.party_id OR (new_row ->> 'decided_on')::date > pdauth.clock_today() THEN
      PERFORM pdauth.refuse('R-6-3', 'county coordination', 'It is recorded by the authority that decided it, not before the decision.');
    END IF;
    RETURN NEW;
  END IF;
  -- a change of the draft waits, or was made before and is confirmed with the rest
  SELECT * INTO plan FROM pdauth.plan AS p WHERE p.plan_id = (new_row ->> 'plan_id')::bigint FOR SHARE;
  IF (new_row ->> 'party_id')::bigint <> actor.party_id THEN
    PERFORM pdauth.refuse('R-6-2', 'plan confirmation', 'A department confirms for itself.');
  ELSIF plan.mode IS DISTINCT FROM 'sector' OR actor.sector IS DISTINCT FROM plan.sector THEN
    PERFORM pdauth.refuse('R-6-2', 'plan confirmation', format('%s is no department of the sector of the plan.', actor.party), NULL, plan.division);
  ELSIF plan.state <> 'draft' THEN
    PERFORM pdauth.refuse('R-6-2', 'plan ' || plan.label, format('It is %s: a plan is confirmed before it is submitted.', plan.state), NULL, plan.division);
  END IF;
  RETURN jsonb_populate_record(NEW, jsonb_build_object('content_digest', pdauth.content_digest(pdauth.plan_content(plan.plan_id))));
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_plan_opinion() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_plan_opinion() IS 'Row trigger of confirmations and coordination records: each body speaks for itself, in its territory or sector, a department about a draft as it reads (R-5-3, R-6-2, R-6-3).';
CREATE TRIGGER check_plan_opinion BEFORE INSERT ON pdauth.plan_confirmation FOR EACH ROW EXECUTE FUNCTION pdauth.check_plan_opinion();
CREATE TRIGGER check_plan_opinion BEFORE INSERT ON pdauth.county_coordination FOR EACH ROW EXECUTE FUNCTION pdauth.check_plan_opinion();
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.plan_confirmation FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record();
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.plan_comment FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record();
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.county_coordination FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record();
ALTER TABLE pdauth.plan_confirmation ENABLE ALWAYS TRIGGER check_plan_opinion;
ALTER TABLE pdauth.county_coordination ENABLE ALWAYS TRIGGER check_plan_opinion;
ALTER TABLE pdauth.plan_confirmation ENABLE ALWAYS TRIGGER keep_record;
ALTER TABLE pdauth.plan_comment ENABLE ALWAYS TRIGGER keep_record;
ALTER TABLE pdauth.county_coordination ENABLE ALWAYS TRIGGER keep_record;

-- A sector plan is seen by the departments that are to confirm it.
CREATE POLICY register ON pdauth.plan USING (pdauth.may_see(division, agency_party) OR mode = 'sector' AND sector = (pdauth.actor()).sector) WITH CHECK (true);
CREATE POLICY register ON pdauth.plan_item USING (EXISTS (SELECT FROM pdauth.plan AS p WHERE p.plan_id = plan_item.plan_id)) WITH CHECK (true);
CREATE POLICY register ON pdauth.plan_resource USING (EXISTS (SELECT FROM pdauth.plan AS p WHERE p.plan_id = plan_resource.plan_id)) WITH CHECK (true);
CREATE POLICY register ON pdauth.plan_product USING (EXISTS (SELECT FROM pdauth.plan AS p WHERE p.plan_id = plan_product.plan_id)) WITH CHECK (true);
CREATE POLICY register ON pdauth.plan_confirmation USING (EXISTS (SELECT FROM pdauth.plan AS p WHERE p.plan_id = plan_confirmation.plan_id)) WITH CHECK (true);
CREATE POLICY register ON pdauth.plan_comment USING (EXISTS (SELECT FROM pdauth.plan AS p WHERE p.plan_id = plan_comment.plan_id)) WITH CHECK (true);
CREATE POLICY register ON pdauth.county_coordination USING (pdauth.may_see(division, authority_party)) WITH CHECK (true);
