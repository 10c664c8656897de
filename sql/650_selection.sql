-- Selecting the operator (运营机构选择, Article 11).

CREATE TABLE pdauth.selection (
  selection_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number         text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  plan_id        bigint NOT NULL REFERENCES pdauth.plan,
  division       pdauth.division_code,
  agency_party   bigint NOT NULL REFERENCES pdauth.party,
  method         text NOT NULL,
  method_basis   text,
  single_reason  text,
  renewal_announced boolean NOT NULL DEFAULT false,
  selected_party bigint REFERENCES pdauth.party,
  state          text NOT NULL DEFAULT 'prepared',
  act_date       date,
  act_document   text,
  act_digest     pdauth.document_digest,
  act_reason     text,
  registered_at  timestamptz
);
CREATE INDEX selection_plan_index ON pdauth.selection (plan_id);
COMMENT ON TABLE pdauth.selection IS 'Procedures by which an implementing agency selects an operator, on an approved plan, by fair competition.';
COMMENT ON COLUMN pdauth.selection.selection_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.selection.number IS 'Number.';
COMMENT ON COLUMN pdauth.selection.plan_id IS 'Approved plan version it carries out (R-10-2, R-11-1).';
COMMENT ON COLUMN pdauth.selection.division IS 'Division of the plan.';
COMMENT ON COLUMN pdauth.selection.agency_party IS 'Implementing agency.';
COMMENT ON COLUMN pdauth.selection.method IS 'Method, a word of the pack''s list selection_methods (R-11-2).';
COMMENT ON COLUMN pdauth.selection.method_basis IS 'Legal basis; needed for method other.';
COMMENT ON COLUMN pdauth.selection.single_reason IS 'Lawful reason why only one organisation was invited.';
COMMENT ON COLUMN pdauth.selection.renewal_announced IS 'Whether the documents announced an option to renew.';
COMMENT ON COLUMN pdauth.selection.selected_party IS 'Organisation selected.';
COMMENT ON COLUMN pdauth.selection.state IS 'prepared, issued, evaluated, selected or cancelled.';
COMMENT ON COLUMN pdauth.selection.act_date IS 'Legal date of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.selection.act_document IS 'Document of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.selection.act_digest IS 'Its digest; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.selection.act_reason IS 'Reason of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.selection.registered_at IS 'When it was registered.';

CREATE TABLE pdauth.selection_consultation (
  consultation_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  selection_id    bigint NOT NULL REFERENCES pdauth.selection,
  addressees      text NOT NULL CHECK (pdauth.has_content(addressees)),
  period          daterange NOT NULL CHECK (pdauth.is_period(period)),
  opinions        text NOT NULL CHECK (pdauth.has_content(opinions)),
  responses       text NOT NULL CHECK (pdauth.has_content(responses))
);
COMMENT ON TABLE pdauth.selection_consultation IS 'Rounds in which the draft agreement was put to the parties concerned (R-11-3).';
COMMENT ON COLUMN pdauth.selection_consultation.consultation_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.selection_consultation.selection_id IS 'The selection.';
COMMENT ON COLUMN pdauth.selection_consultation.addressees IS 'Who was asked.';
COMMENT ON COLUMN pdauth.selection_consultation.period IS 'When.';
COMMENT ON COLUMN pdauth.selection_consultation.opinions IS 'Their opinions.';
COMMENT ON COLUMN pdauth.selection_consultation.responses IS 'The responses.';

CREATE TABLE pdauth.selection_invitation (
  selection_id bigint NOT NULL REFERENCES pdauth.selection,
  party_id     bigint NOT NULL REFERENCES pdauth.party,
  PRIMARY KEY (selection_id, party_id)
);
COMMENT ON TABLE pdauth.selection_invitation IS 'Organisations that take part in a selection.';
COMMENT ON COLUMN pdauth.selection_invitation.selection_id IS 'The selection.';
COMMENT ON COLUMN pdauth.selection_invitation.party_id IS 'The organisation.';

CREATE TABLE pdauth.selection_finding (
  selection_id bigint NOT NULL REFERENCES pdauth.selection,
  party_id     bigint NOT NULL REFERENCES pdauth.party,
  condition    text NOT NULL,
  met          boolean NOT NULL,
  finding      text NOT NULL CHECK (pdauth.has_content(finding)),
  PRIMARY KEY (selection_id, party_id, condition)
);
COMMENT ON TABLE pdauth.selection_finding IS 'Findings on the conditions of item 3 of the plan and of the pack, for each organisation (R-11-1, N27-2).';
COMMENT ON COLUMN pdauth.selection_finding.selection_id IS 'The selection.';
COMMENT ON COLUMN pdauth.selection_finding.party_id IS 'The organisation.';
COMMENT ON COLUMN pdauth.selection_finding.condition IS 'Condition: the part of item 3 of the plan, or a word of the pack''s list operator_conditions (N27-2).';
COMMENT ON COLUMN pdauth.selection_finding.met IS 'Whether it meets it.';
COMMENT ON COLUMN pdauth.selection_finding.finding IS 'What was found.';

INSERT INTO pdauth.life_cycle VALUES ('selection', 'selection_id', 'number', 'selection_violations', NULL, 'X-5', 'X-5', 'R-11-1', '{prepared,issued,evaluated}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('selection', '', 'prepared', '{agency}', 'R-11-1', '{}'),
  ('selection', 'prepared', 'issued', '{agency}', 'R-11-3', '{document}'),
  ('selection', 'issued', 'evaluated', '{agency}', 'R-11-1', '{}'),
  ('selection', 'evaluated', 'selected', '{agency}', 'R-11-1', '{document}'),
  ('selection', 'prepared', 'cancelled', '{agency}', 'R-11-1', '{reason}'),
  ('selection', 'issued', 'cancelled', '{agency}', 'R-11-1', '{reason}'),
  ('selection', 'evaluated', 'cancelled', '{agency}', 'R-11-1', '{reason}');

CREATE FUNCTION pdauth.agency_violations(plan_id bigint, agency bigint, division pdauth.division_code, step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-5-1', step.object, format('The agency of %s is %s.', p.division, coalesce(pdauth.party_code(pdauth.holder_of('agency', p.division)), 'not designated')), NULL::text
    FROM pdauth.plan AS p
   WHERE p.plan_id = agency_violations.plan_id
     AND (agency <> p.agency_party OR agency IS DISTINCT FROM pdauth.holder_of('agency', p.division) OR NOT pdauth.division_code_equal(p.division, agency_violations.division)
          OR step.capacity = 'agency' AND step.party_id <> agency)
$function$;
REVOKE ALL ON FUNCTION pdauth.agency_violations(bigint, bigint, pdauth.division_code, pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.agency_violations(bigint, bigint, pdauth.division_code, pdauth.transition) IS 'R-5-1 unless the agency named is the designated one of the plan and division, and the one that acts.';

CREATE FUNCTION pdauth.selection_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT v.* FROM pdauth.selection AS s, pdauth.agency_violations(s.plan_id, s.agency_party, s.division, step) AS v WHERE s.selection_id = step.object_id
  UNION ALL
  SELECT 'R-10-2', step.object, format('Plan %s is %s.', p.label, CASE WHEN p.state IN ('approved', 'executing') THEN 'superseded' ELSE p.state END), NULL
    FROM pdauth.selection AS s JOIN pdauth.plan AS p USING (plan_id)
   WHERE s.selection_id = step.object_id AND step.to_state <> 'cancelled' AND NOT pdauth.plan_in_force(p.plan_id)
  UNION ALL
  SELECT 'R-11-2', step.object, format('Method: %s.', s.method), NULL
    FROM pdauth.selection AS s
   WHERE s.selection_id = step.object_id
     AND (NOT pdauth.word_allowed('selection_methods', s.method, s.division) OR s.method = 'other' AND pdauth.is_blank(s.method_basis))
  UNION ALL
  SELECT 'R-11-2', step.object, 'Fewer than two organisations were invited, and no lawful reason is given.', NULL
    FROM pdauth.selection AS s
   WHERE s.selection_id = step.object_id AND step.to_state IN ('issued', 'evaluated', 'selected') AND s.method IN ('invited tender', 'negotiation')
     AND pdauth.is_blank(s.single_reason) AND (SELECT count(*) FROM pdauth.selection_invitation AS i WHERE i.selection_id = s.selection_id) < 2
  UNION ALL
  SELECT 'R-11-3', step.object, NULL, NULL
   WHERE step.to_state = 'issued' AND NOT EXISTS (SELECT FROM pdauth.selection_consultation AS c WHERE c.selection_id = step.object_id AND upper(c.period) - 1 <= step.event_date)
  UNION ALL
  SELECT 'R-11-1', step.object, CASE WHEN s.selected_party IS NULL THEN 'No organisation is named.' ELSE 'The organisation did not take part.' END, NULL
    FROM pdauth.selection AS s
   WHERE s.selection_id = step.object_id AND step.to_state = 'selected'
     AND NOT EXISTS (SELECT FROM pdauth.selection_invitation AS i WHERE i.selection_id = s.selection_id AND i.party_id = s.selected_party)
  UNION ALL
  SELECT 'R-11-1', step.object, format('No positive finding on %s: %s.', pdauth.party_code(s.selected_party), string_agg(i.part, ', ' ORDER BY i.part)), NULL
    FROM pdauth.selection AS s JOIN pdauth.plan_item AS i ON i.plan_id = s.plan_id AND i.number = 3 AND i.part <> ''
   WHERE s.selection_id = step.object_id AND step.to_state = 'selected'
     AND NOT EXISTS (SELECT FROM pdauth.selection_finding AS f WHERE f.selection_id = s.selection_id AND f.party_id = s.selected_party AND f.condition = i.part AND f.met)
   GROUP BY s.selected_party
  UNION ALL
  SELECT 'R-11-1', step.object, format('N27-2 (Art. 12): no positive finding on %s: %s.', pdauth.party_code(s.selected_party), string_agg(i.condition, ', ' ORDER BY i.condition)), NULL
    FROM pdauth.selection AS s CROSS JOIN LATERAL jsonb_array_elements_text(pdauth.pack_value('list', 'operator_conditions', s.division)) AS i(condition)
   WHERE s.selection_id = step.object_id AND step.to_state = 'selected' AND s.selected_party IS NOT NULL
     AND NOT EXISTS (SELECT FROM pdauth.selection_finding AS f WHERE f.selection_id = s.selection_id AND f.party_id = s.selected_party AND f.condition = i.condition AND f.met)
   GROUP BY s.selected_party
  UNION ALL
  SELECT 'R-4-1', step.object, format('%s: %s.', y.party, y.kind), NULL
    FROM pdauth.selection AS s JOIN pdauth.party AS y ON y.party_id = s.selected_party
   WHERE s.selection_id = step.object_id AND (y.kind <> 'legal person' OR y.credit_code IS NULL)
$function$;
REVOKE ALL ON FUNCTION pdauth.selection_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.selection_violations(pdauth.transition) IS 'Check function of selections (R-4-1, R-5-1, R-10-2, R-11-1 to R-11-3).';

CREATE FUNCTION pdauth.keep_issued() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  still_open constant text[] := '{state,selected_party,act_date,act_document,act_digest,act_reason}';
BEGIN
  IF OLD.state <> 'prepared' AND to_jsonb(NEW) - still_open <> to_jsonb(OLD) - still_open THEN
    PERFORM pdauth.refuse('R-11-1', 'selection ' || OLD.number, format('It is %s: what its documents say does not change.', OLD.state), 'Cancel it and begin another.', OLD.division);
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.keep_issued() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.keep_issued() IS 'Row trigger of pdauth.selection: plan, method and announcements stay as they were when the documents were issued; only who is selected is still open (R-11-1).';

SELECT pdauth.register_table('pdauth.selection', '{agency}', 'R-11-1');
CREATE TRIGGER keep_issued BEFORE UPDATE ON pdauth.selection FOR EACH ROW EXECUTE FUNCTION pdauth.keep_issued();
ALTER TABLE pdauth.selection ENABLE ALWAYS TRIGGER keep_issued;
CREATE TRIGGER hold_plan BEFORE INSERT OR UPDATE ON pdauth.selection FOR EACH ROW EXECUTE FUNCTION pdauth.hold_plan();
ALTER TABLE pdauth.selection ENABLE ALWAYS TRIGGER hold_plan;
SELECT pdauth.register_table('pdauth.selection_consultation', '{agency}', 'R-11-1');
SELECT pdauth.register_table('pdauth.selection_invitation', '{agency}', 'R-11-1');
SELECT pdauth.register_table('pdauth.selection_finding', '{agency}', 'R-11-1');
-- Who was consulted was so before the documents were issued (R-11-3).
CREATE TRIGGER keep_content BEFORE INSERT OR UPDATE ON pdauth.selection_consultation FOR EACH ROW WHEN (NOT pdauth.register_writes()) EXECUTE FUNCTION pdauth.keep_content('selection', 'agency_party', 'R-11-1', '{prepared}');
CREATE TRIGGER keep_content_whole BEFORE DELETE ON pdauth.selection_consultation FOR EACH ROW EXECUTE FUNCTION pdauth.keep_content('selection', 'agency_party', 'R-11-1', '{prepared}');
ALTER TABLE pdauth.selection_consultation ENABLE ALWAYS TRIGGER keep_content;
ALTER TABLE pdauth.selection_consultation ENABLE ALWAYS TRIGGER keep_content_whole;
CREATE TRIGGER keep_content BEFORE INSERT OR UPDATE ON pdauth.selection_invitation FOR EACH ROW WHEN (NOT pdauth.register_writes()) EXECUTE FUNCTION pdauth.keep_content('selection', 'agency_party', 'R-11-1');
CREATE TRIGGER keep_content_whole BEFORE DELETE ON pdauth.selection_invitation FOR EACH ROW EXECUTE FUNCTION pdauth.keep_content('selection', 'agency_party', 'R-11-1');
ALTER TABLE pdauth.selection_invitation ENABLE ALWAYS TRIGGER keep_content;
ALTER TABLE pdauth.selection_invitation ENABLE ALWAYS TRIGGER keep_content_whole;
CREATE TRIGGER keep_content BEFORE INSERT OR UPDATE ON pdauth.selection_finding FOR EACH ROW WHEN (NOT pdauth.register_writes()) EXECUTE FUNCTION pdauth.keep_content('selection', 'agency_party', 'R-11-1');
CREATE TRIGGER keep_content_whole BEFORE DELETE ON pdauth.selection_finding FOR EACH ROW EXECUTE FUNCTION pdauth.keep_content('selection', 'agency_party', 'R-11-1');
ALTER TABLE pdauth.selection_finding ENABLE ALWAYS TRIGGER keep_content;
ALTER TABLE pdauth.selection_finding ENABLE ALWAYS TRIGGER keep_content_whole;
CREATE POLICY register ON pdauth.selection USING (pdauth.may_see(division, agency_party, selected_party)) WITH CHECK (true);
CREATE POLICY register ON pdauth.selection_consultation USING (EXISTS (SELECT FROM pdauth.selection AS o WHERE o.selection_id = selection_consultation.selection_id)) WITH CHECK (true);
CREATE POLICY register ON pdauth.selection_invitation USING (EXISTS (SELECT FROM pdauth.selection AS o WHERE o.selection_id = selection_invitation.selection_id)) WITH CHECK (true);
CREATE POLICY register ON pdauth.selection_finding USING (EXISTS (SELECT FROM pdauth.selection AS o WHERE o.selection_id = selection_finding.selection_id)) WITH CHECK (true);
