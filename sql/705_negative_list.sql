-- The negative list at work (负面清单, Article 15): what is listed is out of
-- operation at once, whatever was approved, and is reviewed every year.

CREATE TABLE pdauth.listed_exclusion (
  exclusion_id bigint PRIMARY KEY,
  entry_id     bigint NOT NULL REFERENCES pdauth.negative_list
);
CREATE INDEX listed_exclusion_entry_index ON pdauth.listed_exclusion (entry_id);
COMMENT ON TABLE pdauth.listed_exclusion IS 'Which exclusion of the engine rests on which entry of the negative list. Written by the system.';
COMMENT ON COLUMN pdauth.listed_exclusion.exclusion_id IS 'The exclusion.';
COMMENT ON COLUMN pdauth.listed_exclusion.entry_id IS 'The entry.';
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON pdauth.listed_exclusion
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.refuse_evidence_change();
ALTER TABLE pdauth.listed_exclusion ENABLE ALWAYS TRIGGER refuse_change;
SELECT pg_catalog.pg_extension_config_dump('pdauth.listed_exclusion', '');
GRANT SELECT ON pdauth.listed_exclusion TO pdauth_policy_admin, pdauth_auditor;

CREATE TABLE pdauth.negative_list_review (
  review_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entry_id    bigint NOT NULL REFERENCES pdauth.negative_list,
  decision    text NOT NULL CHECK (decision IN ('confirm', 'remove')),
  reason      text NOT NULL CHECK (pdauth.has_content(reason)),
  document    text NOT NULL CHECK (pdauth.has_content(document)),
  reviewed_on date NOT NULL,
  recorded_at timestamptz NOT NULL,
  recorded_by name NOT NULL
);
CREATE INDEX negative_list_review_entry_index ON pdauth.negative_list_review (entry_id);
COMMENT ON TABLE pdauth.negative_list_review IS 'Reviews of negative-list entries by the data authority, at least once a year; an entry is removed only after a review that says so (R-15-5, R-15-6).';
COMMENT ON COLUMN pdauth.negative_list_review.review_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.negative_list_review.entry_id IS 'The entry.';
COMMENT ON COLUMN pdauth.negative_list_review.decision IS 'confirm or remove.';
COMMENT ON COLUMN pdauth.negative_list_review.reason IS 'Why.';
COMMENT ON COLUMN pdauth.negative_list_review.document IS 'Document of the decision.';
COMMENT ON COLUMN pdauth.negative_list_review.reviewed_on IS 'Day of the review.';
COMMENT ON COLUMN pdauth.negative_list_review.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.negative_list_review.recorded_by IS 'Role that inserted it.';

CREATE FUNCTION pdauth.keep_negative_list() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF pdauth.is_blank(NEW.reason) THEN
    PERFORM pdauth.refuse('R-15-3', pdauth.object_label('negative_list', NEW.number), 'It states no reason.', NULL, NEW.division);
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.keep_negative_list() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.keep_negative_list() IS 'Row trigger of pdauth.negative_list: no entry without reason (PD153, R-15-3).';
CREATE TRIGGER keep_negative_list BEFORE INSERT OR UPDATE ON pdauth.negative_list FOR EACH ROW EXECUTE FUNCTION pdauth.keep_negative_list();
ALTER TABLE pdauth.negative_list ENABLE ALWAYS TRIGGER keep_negative_list;

CREATE FUNCTION pdauth.negative_list_step_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT v.* FROM pdauth.negative_list_violations(step) AS v
  UNION ALL
  -- only what a government of its own level has excluded, or a higher one
  SELECT 'R-15-5', step.object, format('%s is of %s, the list of %s.', r.path, r.division, n.division), NULL
    FROM pdauth.negative_list AS n JOIN pdauth.resource AS r USING (resource_id)
   WHERE n.entry_id = step.object_id AND step.to_state = 'proposed' AND NOT pdauth.division_code_contains(n.division, r.division)
  UNION ALL
  SELECT 'R-34-3', step.object, format('%s is data of a public utility, which has not opted in to the negative list.', r.path), 'The holder excludes it by its own decision.'
    FROM pdauth.negative_list AS n JOIN pdauth.resource AS r USING (resource_id)
   WHERE n.entry_id = step.object_id AND step.to_state IN ('proposed', 'listed') AND pdauth.by_reference(r)
  UNION ALL
  SELECT 'R-15-5', step.object, 'Its latest review does not say that it be removed.', NULL
   WHERE step.to_state = 'removed'
     AND (SELECT v.decision FROM pdauth.negative_list_review AS v WHERE v.entry_id = step.object_id ORDER BY v.review_id DESC LIMIT 1) IS DISTINCT FROM 'remove'
$function$;
REVOKE ALL ON FUNCTION pdauth.negative_list_step_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.negative_list_step_violations(pdauth.transition) IS 'Check function of the negative list: the government of the division lists, its data authority proposes, and removes after a review (R-15-3, R-15-5).';

CREATE FUNCTION pdauth.open_review_duty(entry pdauth.negative_list, day date) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT pdauth.open_duty('negative_list', entry.entry_id, pdauth.object_label('negative_list', entry.number), 'R-15-6', entry.authority_party,
           pdauth.holder_of('government', entry.division), day, pdauth.figure('negative_review_months', entry.division, day) || ' months')
$function$;
REVOKE ALL ON FUNCTION pdauth.open_review_duty(pdauth.negative_list, date) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.open_review_duty(pdauth.negative_list, date) IS 'Opens the duty to review an entry within the pack''s months (R-15-6, reading A-23).';

CREATE FUNCTION pdauth.negative_list_effects(step pdauth.transition) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  entry pdauth.negative_list;
  written bigint;
BEGIN
  SELECT * INTO entry FROM pdauth.negative_list AS n WHERE n.entry_id = step.object_id;
  IF step.to_state = 'listed' THEN
    INSERT INTO pdauth.exclusion (resource, basis) SELECT r.path, step.object FROM pdauth.resource AS r WHERE r.resource_id = entry.resource_id RETURNING exclusion_id INTO written;
    INSERT INTO pdauth.listed_exclusion (exclusion_id, entry_id) VALUES (written, entry.entry_id);
    PERFORM pdauth.open_review_duty(entry, step.event_date);
  ELSIF step.to_state = 'removed' THEN
    UPDATE pdauth.exclusion AS x SET end_reason = format('%s removed on %s', step.object, step.event_date)
      FROM pdauth.listed_exclusion AS l WHERE l.entry_id = entry.entry_id AND x.exclusion_id = l.exclusion_id AND x.ended_at IS NULL;
    PERFORM pdauth.close_duty('negative_list', entry.entry_id, 'R-15-6', pdauth.clock_now(), 'removed');
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.negative_list_effects(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.negative_list_effects(pdauth.transition) IS
  'What follows from a step of the negative list: listed, the resource is excluded from every license in the same transaction (R-15-4) and the duty of yearly review opens (R-15-6); removed, licenses count again.';
UPDATE pdauth.life_cycle SET check_function = 'negative_list_step_violations', effect_function = 'negative_list_effects' WHERE life_cycle = 'negative_list';

CREATE FUNCTION pdauth.check_negative_list_review() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor;
  entry pdauth.negative_list;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NULL;
  END IF;
  actor := pdauth.require_actor();
  SELECT * INTO entry FROM pdauth.negative_list AS n WHERE n.entry_id = NEW.entry_id FOR SHARE;
  IF actor.party_id <> entry.authority_party OR actor.party_id IS DISTINCT FROM pdauth.holder_of(actor.capacity, entry.division) THEN
    PERFORM pdauth.refuse('R-15-5', pdauth.object_label('negative_list', entry.number), format('The list is kept by %s.', pdauth.party_code(entry.authority_party)), NULL, entry.division);
  ELSIF entry.state <> 'listed' THEN
    PERFORM pdauth.refuse('R-15-5', pdauth.object_label('negative_list', entry.number), format('It is %s.', entry.state), NULL, entry.division);
  ELSIF NEW.reviewed_on > pdauth.clock_today() OR NEW.reviewed_on < (pdauth.last_step('negative_list', entry.entry_id, 'listed')).event_date THEN
    PERFORM pdauth.refuse('X-3', pdauth.object_label('negative_list', entry.number), 'The review is dated after today, or before the listing.');
  END IF;
  -- a review that removes leaves the duty open until the entry is removed
  IF NEW.decision = 'confirm' THEN
    PERFORM pdauth.close_duty('negative_list', entry.entry_id, 'R-15-6', LEAST(pdauth.clock_now(), pdauth.instant_at(NEW.reviewed_on, time '24:00')), NEW.document);
    PERFORM pdauth.open_review_duty(entry, NEW.reviewed_on);
  END IF;
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_negative_list_review() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_negative_list_review() IS 'Row trigger of reviews: by the data authority that keeps the list (PD155, R-15-5); a confirmation fulfils the duty and opens that of the next year (R-15-6).';

SELECT pdauth.register_table('pdauth.negative_list_review', '{bureau,prefecture}', 'R-15-5');
CREATE TRIGGER check_negative_list_review AFTER INSERT ON pdauth.negative_list_review FOR EACH ROW EXECUTE FUNCTION pdauth.check_negative_list_review();
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.negative_list_review FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record();
ALTER TABLE pdauth.negative_list_review ENABLE ALWAYS TRIGGER check_negative_list_review;
ALTER TABLE pdauth.negative_list_review ENABLE ALWAYS TRIGGER keep_record;
CREATE POLICY register ON pdauth.negative_list_review USING (EXISTS (SELECT FROM pdauth.negative_list AS n WHERE n.entry_id = negative_list_review.entry_id)) WITH CHECK (true);

CREATE FUNCTION pdauth.check_delivery_listed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  PERFORM pdauth.refuse('R-15-4', 'delivery of product ' || p.number, format('It draws on %s.', s.source), NULL, p.division)
     FROM pdauth.product AS p JOIN pdauth.product_source AS s USING (product_id) JOIN pdauth.resource AS r ON pdauth.path_contains(r.path, s.source) OR pdauth.path_contains(s.source, r.path)
    WHERE p.product_id = NEW.product_id AND pdauth.negative_listed(r.resource_id) AND NOT pdauth.break_glass_active();
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_delivery_listed() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_delivery_listed() IS 'Row trigger of deliveries: no product made from a negative-listed resource is delivered (PD154, R-15-4).';
CREATE TRIGGER check_delivery_listed BEFORE INSERT ON pdauth.delivery FOR EACH ROW EXECUTE FUNCTION pdauth.check_delivery_listed();
ALTER TABLE pdauth.delivery ENABLE ALWAYS TRIGGER check_delivery_listed;

CREATE VIEW pdauth.listed_product WITH (security_barrier) AS
  SELECT p.number AS product, pdauth.party_code(p.owner_party) AS owner, p.state, r.path, n.number AS entry, 'PD154' AS flag
    FROM pdauth.negative_list AS n
    JOIN pdauth.resource AS r USING (resource_id)
    JOIN pdauth.product_source AS s ON pdauth.path_contains(r.path, s.source) OR pdauth.path_contains(s.source, r.path)
    JOIN pdauth.product AS p USING (product_id)
   WHERE n.state = 'listed' AND p.state <> 'withdrawn' AND pdauth.may_see(p.division, p.owner_party, n.authority_party);
COMMENT ON VIEW pdauth.listed_product IS 'Products made from resources that were put on the negative list: to be decided about (R-15-4).';
COMMENT ON COLUMN pdauth.listed_product.product IS 'Number of the product.';
COMMENT ON COLUMN pdauth.listed_product.owner IS 'Who made it.';
COMMENT ON COLUMN pdauth.listed_product.state IS 'State of the product.';
COMMENT ON COLUMN pdauth.listed_product.path IS 'The listed resource.';
COMMENT ON COLUMN pdauth.listed_product.entry IS 'The entry.';
COMMENT ON COLUMN pdauth.listed_product.flag IS 'SQLSTATE of R-15-4.';
GRANT SELECT ON pdauth.listed_product TO pdauth_register, pdauth_policy_admin, pdauth_auditor;
