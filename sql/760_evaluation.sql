-- Evaluation of supply, operators and developers (工作评估, Article 26).

CREATE TABLE pdauth.evaluation (
  evaluation_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number             text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  kind               text NOT NULL CHECK (kind IN ('supply', 'operator', 'developer')),
  division           pdauth.division_code,
  subject_party      bigint NOT NULL REFERENCES pdauth.party,
  evaluator_party    bigint NOT NULL REFERENCES pdauth.party,
  commissioned_party bigint REFERENCES pdauth.party,
  agreement_id       bigint REFERENCES pdauth.operating_agreement,
  development_id     bigint REFERENCES pdauth.development_agreement,
  previous_id        bigint REFERENCES pdauth.evaluation,
  period             daterange NOT NULL,
  result             text,
  notified_on        date,
  indicators         jsonb,
  rectification_plan text,
  state              text NOT NULL DEFAULT 'opened',
  act_date           date,
  act_document       text,
  act_digest         pdauth.document_digest,
  act_reason         text,
  registered_at      timestamptz,
  CHECK ((kind = 'operator') = (agreement_id IS NOT NULL) AND (kind = 'developer') = (development_id IS NOT NULL))
);
CREATE INDEX evaluation_subject_index ON pdauth.evaluation (subject_party);
COMMENT ON TABLE pdauth.evaluation IS
  'Evaluations of providers (by the data authority), operators (by the implementing agency) and developers (by the operator): opened, concluded with one of three results, rectified by the evaluated party if the result asks for it, then evaluated again by the same body (Article 26).';
COMMENT ON COLUMN pdauth.evaluation.evaluation_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.evaluation.number IS 'Number.';
COMMENT ON COLUMN pdauth.evaluation.kind IS 'supply (of a providing department), operator or developer.';
COMMENT ON COLUMN pdauth.evaluation.subject_party IS 'Evaluated party.';
COMMENT ON COLUMN pdauth.evaluation.evaluator_party IS 'Body that evaluates, and alone can evaluate again (R-26-6).';
COMMENT ON COLUMN pdauth.evaluation.commissioned_party IS 'Third party that does it on commission, if any: independent of the evaluated party (R-26-10).';
COMMENT ON COLUMN pdauth.evaluation.agreement_id IS 'Operating agreement, of an operator.';
COMMENT ON COLUMN pdauth.evaluation.development_id IS 'Development agreement, of a developer.';
COMMENT ON COLUMN pdauth.evaluation.previous_id IS 'Evaluation that this one repeats after rectification.';
COMMENT ON COLUMN pdauth.evaluation.period IS 'Period evaluated.';
COMMENT ON COLUMN pdauth.evaluation.result IS 'A word of the pack''s list evaluation_results: pass, fail or rectify.';
COMMENT ON COLUMN pdauth.evaluation.notified_on IS 'Day the evaluated party was told the result; the time for rectification runs from it.';
COMMENT ON COLUMN pdauth.evaluation.indicators IS 'Computed at the conclusion: duties of the evaluated party by rule, overdue or fulfilled late.';
COMMENT ON COLUMN pdauth.evaluation.rectification_plan IS 'How the evaluated party rectifies; needed for its report.';
COMMENT ON COLUMN pdauth.evaluation.state IS 'opened, concluded or rectified.';

INSERT INTO pdauth.life_cycle VALUES ('evaluation', 'evaluation_id', 'number', 'evaluation_violations', 'evaluation_effects', 'R-26-4', 'R-26-6', 'R-26-6', '{opened}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('evaluation', '', 'opened', '{bureau,prefecture,county,agency,operator}', 'R-26-10', '{}'),
  ('evaluation', 'opened', 'concluded', '{bureau,prefecture,county,agency,operator}', 'R-26-6', '{document,reason}'),
  ('evaluation', 'concluded', 'rectified', '{provider,operator,developer}', 'R-26-5', '{document}');

CREATE TABLE pdauth.evaluation_request (
  request_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  evaluation_id bigint NOT NULL REFERENCES pdauth.evaluation,
  matter        text NOT NULL CHECK (pdauth.has_content(matter)),
  requested_on  date NOT NULL,
  recorded_at   timestamptz NOT NULL,
  recorded_by   name NOT NULL
);
COMMENT ON TABLE pdauth.evaluation_request IS 'Material that the evaluating body asks for (R-26-9).';
COMMENT ON COLUMN pdauth.evaluation_request.request_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.evaluation_request.evaluation_id IS 'The evaluation.';
COMMENT ON COLUMN pdauth.evaluation_request.matter IS 'What is asked for.';
COMMENT ON COLUMN pdauth.evaluation_request.requested_on IS 'Day of the request; the pack''s working days run from it.';

CREATE TABLE pdauth.evaluation_material (
  material_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  evaluation_id bigint NOT NULL REFERENCES pdauth.evaluation,
  figure        text NOT NULL CHECK (pdauth.has_content(figure)),
  value         numeric,
  content       text,
  digest        pdauth.document_digest,
  recorded_at   timestamptz NOT NULL,
  recorded_by   name NOT NULL,
  UNIQUE (evaluation_id, figure), CHECK (value IS NOT NULL OR content IS NOT NULL)
);
COMMENT ON TABLE pdauth.evaluation_material IS 'Material that the evaluated party submits; frozen once it is there (R-26-9).';
COMMENT ON COLUMN pdauth.evaluation_material.material_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.evaluation_material.evaluation_id IS 'The evaluation.';
COMMENT ON COLUMN pdauth.evaluation_material.figure IS 'What it says: deliveries, products and amount are compared with the register.';
COMMENT ON COLUMN pdauth.evaluation_material.value IS 'Value of a figure.';
COMMENT ON COLUMN pdauth.evaluation_material.content IS 'Text or place of a document.';
COMMENT ON COLUMN pdauth.evaluation_material.digest IS 'Digest of the document.';

CREATE TABLE pdauth.evaluation_decision (
  decision_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  evaluation_id bigint NOT NULL REFERENCES pdauth.evaluation,
  continues     boolean NOT NULL,
  reason        text NOT NULL CHECK (pdauth.has_content(reason)),
  document      text NOT NULL CHECK (pdauth.has_content(document)),
  recorded_at   timestamptz NOT NULL,
  recorded_by   name NOT NULL
);
COMMENT ON TABLE pdauth.evaluation_decision IS 'Express decisions of the contracting body after a failed evaluation or a rectification not made: they end the hold (R-26-7) and let an agreement continue (R-26-8).';
COMMENT ON COLUMN pdauth.evaluation_decision.decision_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.evaluation_decision.evaluation_id IS 'The evaluation it follows.';
COMMENT ON COLUMN pdauth.evaluation_decision.continues IS 'Does the party continue? If not, the hold stays.';
COMMENT ON COLUMN pdauth.evaluation_decision.reason IS 'Why.';
COMMENT ON COLUMN pdauth.evaluation_decision.document IS 'Document of the decision.';

-- Which party is to evaluate an agreement or department.
CREATE FUNCTION pdauth.evaluation_body(evaluation pdauth.evaluation) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT CASE evaluation.kind
    WHEN 'operator' THEN (SELECT a.agency_party FROM pdauth.operating_agreement AS a WHERE a.agreement_id = evaluation.agreement_id)
    WHEN 'developer' THEN (SELECT d.operator_party FROM pdauth.development_agreement AS d WHERE d.development_id = evaluation.development_id)
    ELSE pdauth.supply_authority(evaluation.division) END
$function$;
REVOKE ALL ON FUNCTION pdauth.evaluation_body(pdauth.evaluation) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.evaluation_body(pdauth.evaluation) IS 'The body that evaluates: implementing agency of the agreement, operator of the development agreement, data authority of the division.';

CREATE FUNCTION pdauth.supply_authority(division pdauth.division_code) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$ SELECT coalesce(pdauth.holder_of('prefecture', division), pdauth.holder_of('county', division), pdauth.holder_of_kind('bureau', division)) $function$;
REVOKE ALL ON FUNCTION pdauth.supply_authority(pdauth.division_code) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.supply_authority(pdauth.division_code) IS 'The data authority that evaluates the supply of departments of a division (R-26-1).';

CREATE FUNCTION pdauth.evaluation_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-26-4', step.object, format('Result: %s.', coalesce(e.result, 'none')), NULL::text
    FROM pdauth.evaluation AS e
   WHERE e.evaluation_id = step.object_id AND (e.result IS NOT NULL OR step.to_state = 'concluded') AND NOT pdauth.word_allowed('evaluation_results', e.result, e.division)
  UNION ALL
  SELECT 'R-26-4', step.object, 'The day of its notification is missing, after today, or before the evaluation was opened.', NULL
    FROM pdauth.evaluation AS e
   WHERE e.evaluation_id = step.object_id AND step.to_state = 'concluded'
     AND NOT coalesce(e.notified_on BETWEEN (pdauth.last_step('evaluation', e.evaluation_id, 'opened')).event_date AND pdauth.clock_today(), false)
  UNION ALL
  SELECT 'R-26-5', step.object, format('The result is %s; the rectification plan is %s.', e.result, CASE WHEN pdauth.is_blank(e.rectification_plan) THEN 'missing' ELSE 'there' END), NULL
    FROM pdauth.evaluation AS e
   WHERE e.evaluation_id = step.object_id AND step.to_state = 'rectified' AND (e.result <> 'rectify' OR pdauth.is_blank(e.rectification_plan) OR step.party_id <> e.subject_party)
  UNION ALL
  SELECT 'R-26-6', step.object, format('Evaluation %s was made by %s and is %s.', p.number, pdauth.party_code(p.evaluator_party), p.state), NULL
    FROM pdauth.evaluation AS e JOIN pdauth.evaluation AS p ON p.evaluation_id = e.previous_id
   WHERE e.evaluation_id = step.object_id AND step.to_state <> 'rectified'
     AND (p.evaluator_party <> e.evaluator_party OR step.party_id <> p.evaluator_party OR p.subject_party <> e.subject_party OR p.kind <> e.kind
          OR (p.agreement_id, p.development_id) IS DISTINCT FROM (e.agreement_id, e.development_id) OR p.state <> 'rectified')
  UNION ALL
  -- while a rectification is open nothing but its re-evaluation changes the status
  SELECT 'R-26-6', step.object, format('Evaluation %s asks for rectification; this one does not follow it.', p.number), NULL
    FROM pdauth.evaluation AS e JOIN pdauth.evaluation AS p ON p.subject_party = e.subject_party AND p.kind = e.kind AND p.evaluation_id < e.evaluation_id
     AND (p.agreement_id, p.development_id) IS NOT DISTINCT FROM (e.agreement_id, e.development_id)
   WHERE e.evaluation_id = step.object_id AND step.to_state <> 'rectified' AND p.state IN ('concluded', 'rectified') AND p.result = 'rectify' AND e.previous_id IS DISTINCT FROM p.evaluation_id
     AND NOT EXISTS (SELECT FROM pdauth.evaluation AS n WHERE n.previous_id = p.evaluation_id AND n.state <> 'opened')
  UNION ALL
  SELECT 'R-26-10', step.object, format('%s evaluates, %s is evaluated.', pdauth.party_code(p), pdauth.party_code(e.subject_party)), NULL
    FROM pdauth.evaluation AS e, unnest(ARRAY[e.evaluator_party, e.commissioned_party]) AS p
   WHERE e.evaluation_id = step.object_id AND step.to_state <> 'rectified'
     AND (p = e.subject_party OR p = e.commissioned_party AND pdauth.affiliated(e.subject_party, p, pdauth.figure('affiliate_share_percent', e.division)))
  UNION ALL
  SELECT 'R-26-10', step.object, format('To evaluate is for %s.', coalesce(pdauth.party_code(pdauth.evaluation_body(e)), 'nobody')), NULL
    FROM pdauth.evaluation AS e
   WHERE e.evaluation_id = step.object_id AND step.to_state <> 'rectified'
     AND (step.party_id <> e.evaluator_party OR e.evaluator_party IS DISTINCT FROM pdauth.evaluation_body(e) OR NOT pdauth.is_evaluated(e))
$function$;
REVOKE ALL ON FUNCTION pdauth.evaluation_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.evaluation_violations(pdauth.transition) IS 'Check function of evaluations (R-26-4 to R-26-6, R-26-10).';

CREATE FUNCTION pdauth.is_evaluated(evaluation pdauth.evaluation) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT CASE evaluation.kind
    WHEN 'operator' THEN EXISTS (SELECT FROM pdauth.operating_agreement AS a WHERE a.agreement_id = evaluation.agreement_id AND a.operator_party = evaluation.subject_party AND pdauth.division_code_equal(a.division, evaluation.division))
    WHEN 'developer' THEN EXISTS (SELECT FROM pdauth.development_agreement AS d WHERE d.development_id = evaluation.development_id AND d.developer_party = evaluation.subject_party AND pdauth.division_code_equal(d.division, evaluation.division))
    ELSE EXISTS (SELECT FROM pdauth.party_capacity AS c WHERE c.party_id = evaluation.subject_party AND c.capacity = 'provider' AND pdauth.division_code_equal(c.division, evaluation.division)) END
$function$;
REVOKE ALL ON FUNCTION pdauth.is_evaluated(pdauth.evaluation) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.is_evaluated(pdauth.evaluation) IS 'Is the evaluated party the one of the agreement, or a providing department of the division?';

CREATE FUNCTION pdauth.evaluation_indicators(evaluation pdauth.evaluation) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT jsonb_strip_nulls(jsonb_build_object(
    'duties', (SELECT jsonb_object_agg(d.rule, d.counts) FROM (
                 SELECT s.rule, jsonb_build_object('owed', count(*), 'overdue', count(*) FILTER (WHERE s.status = 'overdue'), 'late', count(*) FILTER (WHERE s.status = 'fulfilled late')) AS counts
                   FROM pdauth.obligation_status AS s WHERE s.debtor = pdauth.party_code(evaluation.subject_party) AND s.event_date <@ evaluation.period GROUP BY s.rule) AS d),
    'out_of_date', CASE WHEN evaluation.kind = 'supply' THEN
      (SELECT count(*) FROM pdauth.resource AS r
        WHERE r.provider_party = evaluation.subject_party AND r.state <> 'withdrawn'
          AND pdauth.term_end((SELECT max(b.loaded_on) FROM pdauth.load_batch AS b WHERE b.resource_id = r.resource_id), r.update_frequency) < pdauth.clock_today()) END,
    'discrepancies', (SELECT jsonb_object_agg(m.figure, jsonb_build_object('reported', m.value, 'registered', f.value))
                        FROM pdauth.evaluation_material AS m CROSS JOIN LATERAL (SELECT pdauth.registered_figure(evaluation, m.figure)) AS f(value)
                       WHERE m.evaluation_id = evaluation.evaluation_id AND f.value <> m.value)))
$function$;
REVOKE ALL ON FUNCTION pdauth.evaluation_indicators(pdauth.evaluation) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.evaluation_indicators(pdauth.evaluation) IS 'What the register says of the evaluated party in the period: duties by rule, resources out of date, figures that differ from those it reported (R-26-1, R-26-9).';

CREATE FUNCTION pdauth.registered_figure(evaluation pdauth.evaluation, figure text) RETURNS numeric
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT CASE figure WHEN 'deliveries' THEN count(*) WHEN 'amount' THEN coalesce(sum(v.amount), 0) WHEN 'products' THEN count(DISTINCT v.product_id) END
    FROM pdauth.delivery AS v JOIN pdauth.development_agreement AS d USING (development_id)
   WHERE evaluation.subject_party IN (d.operator_party, d.developer_party) AND (v.recorded_at AT TIME ZONE 'Asia/Shanghai')::date <@ evaluation.period
     AND (evaluation.development_id IS NULL OR d.development_id = evaluation.development_id)
$function$;
REVOKE ALL ON FUNCTION pdauth.registered_figure(pdauth.evaluation, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.registered_figure(pdauth.evaluation, text) IS 'A figure as the register has it: deliveries, products, amount; NULL for others.';

-- ---- when evaluations are due (R-26-1 to R-26-3) ----

CREATE FUNCTION pdauth.await_evaluation(life_cycle text, object_id bigint, object text, rule text, debtor bigint, creditor bigint, since date, division pdauth.division_code) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT pdauth.open_duty(life_cycle, object_id, object, rule, debtor, creditor, since,
    pdauth.figure(CASE rule WHEN 'R-26-1' THEN 'supply' WHEN 'R-26-2' THEN 'operator' ELSE 'developer' END || '_evaluation_months', division) || ' months')
$function$;
REVOKE ALL ON FUNCTION pdauth.await_evaluation(text, bigint, text, text, bigint, bigint, date, pdauth.division_code) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.await_evaluation(text, bigint, text, text, bigint, bigint, date, pdauth.division_code) IS 'Opens the duty to evaluate within the months of the pack. For effect functions.';

CREATE FUNCTION pdauth.agreement_evaluation_effects(step pdauth.transition) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  agreement pdauth.operating_agreement;
BEGIN
  SELECT * INTO agreement FROM pdauth.operating_agreement AS a WHERE a.agreement_id = step.object_id;
  IF step.to_state = 'signed' THEN
    PERFORM pdauth.waive_duty('operating_agreement', agreement.previous_id, 'R-26-2', 'replaced by ' || step.object);
    PERFORM pdauth.await_evaluation('operating_agreement', agreement.agreement_id, step.object, 'R-26-2', agreement.agency_party,
                                    pdauth.holder_of_kind('bureau', agreement.division), lower(agreement.term), agreement.division);
  ELSIF step.to_state IN ('terminated', 'rescinded', 'revoked', 'exited') THEN
    PERFORM pdauth.waive_duty('operating_agreement', agreement.agreement_id, 'R-26-2', step.object || ' ended');
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.agreement_evaluation_effects(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.agreement_evaluation_effects(pdauth.transition) IS 'What follows from a step of an operating agreement: the agency owes the operator''s evaluation (R-26-2).';
INSERT INTO pdauth.further_effect VALUES ('operating_agreement', 'agreement_evaluation_effects');

CREATE FUNCTION pdauth.development_evaluation_effects(step pdauth.transition) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  development pdauth.development_agreement;
BEGIN
  SELECT * INTO development FROM pdauth.development_agreement AS d WHERE d.development_id = step.object_id;
  IF step.to_state = 'signed' THEN
    PERFORM pdauth.await_evaluation('development_agreement', development.development_id, step.object, 'R-26-3', development.operator_party,
      (SELECT a.agency_party FROM pdauth.operating_agreement AS a WHERE a.agreement_id = development.agreement_id), lower(development.term), development.division);
  ELSIF step.to_state IN ('terminated', 'rescinded', 'revoked', 'closed') THEN
    PERFORM pdauth.waive_duty('development_agreement', development.development_id, 'R-26-3', step.object || ' ended');
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.development_evaluation_effects(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.development_evaluation_effects(pdauth.transition) IS 'What follows from a step of a development agreement: the operator owes the developer''s evaluation (R-26-3).';
INSERT INTO pdauth.further_effect VALUES ('development_agreement', 'development_evaluation_effects');

CREATE FUNCTION pdauth.resource_evaluation_effects(step pdauth.transition) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $function$
  -- the first supply evaluation of a department runs from its first eligible resource
  SELECT pdauth.await_evaluation('resource', r.resource_id, 'supply of ' || pdauth.party_code(r.provider_party), 'R-26-1', pdauth.supply_authority(r.division), NULL, step.event_date, r.division)
    FROM pdauth.resource AS r
   WHERE r.resource_id = step.object_id AND step.to_state = 'eligible'
     AND NOT EXISTS (SELECT FROM pdauth.obligation AS o WHERE o.rule = 'R-26-1' AND o.matter = 'supply of ' || pdauth.party_code(r.provider_party))
$function$;
REVOKE ALL ON FUNCTION pdauth.resource_evaluation_effects(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.resource_evaluation_effects(pdauth.transition) IS 'What follows from a step of a resource: the data authority owes the first evaluation of its department''s supply (R-26-1).';
INSERT INTO pdauth.further_effect VALUES ('resource', 'resource_evaluation_effects');

CREATE FUNCTION pdauth.evaluation_effects(step pdauth.transition) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  evaluation pdauth.evaluation;
  due_rule text;
  owed text;
BEGIN
  SELECT * INTO evaluation FROM pdauth.evaluation AS e WHERE e.evaluation_id = step.object_id;
  IF step.to_state = 'concluded' THEN
    due_rule := CASE evaluation.kind WHEN 'supply' THEN 'R-26-1' WHEN 'operator' THEN 'R-26-2' ELSE 'R-26-3' END;
    owed := CASE evaluation.kind WHEN 'supply' THEN 'supply of ' || pdauth.party_code(evaluation.subject_party)
                 WHEN 'operator' THEN (SELECT 'operating agreement ' || a.label FROM pdauth.operating_agreement AS a WHERE a.agreement_id = evaluation.agreement_id)
                 ELSE (SELECT 'development agreement ' || d.number FROM pdauth.development_agreement AS d WHERE d.development_id = evaluation.development_id) END;
    UPDATE pdauth.obligation AS o SET fulfilled_at = greatest(step.recorded_at, pdauth.instant_at(o.event_date, '00:00')), evidence = step.object
     WHERE o.rule = due_rule AND o.matter = owed AND o.closed_at IS NULL AND o.event_date <= pdauth.clock_today();
    UPDATE pdauth.obligation AS o SET waive_reason = 'evaluated early: ' || step.object WHERE o.rule = due_rule AND o.matter = owed AND o.closed_at IS NULL;
    PERFORM pdauth.await_evaluation('evaluation', evaluation.evaluation_id, owed, due_rule, evaluation.evaluator_party,
      CASE evaluation.kind WHEN 'operator' THEN pdauth.holder_of_kind('bureau', evaluation.division) WHEN 'developer' THEN (SELECT a.agency_party FROM pdauth.development_agreement AS d JOIN pdauth.operating_agreement AS a USING (agreement_id) WHERE d.development_id = evaluation.development_id) END,
      step.event_date, evaluation.division);
    IF evaluation.result = 'rectify' THEN
      PERFORM pdauth.open_duty('evaluation', evaluation.evaluation_id, step.object, 'R-26-5', evaluation.subject_party, evaluation.evaluator_party, evaluation.notified_on,
                               pdauth.figure('rectification_days', evaluation.division, evaluation.notified_on) || ' days');
    END IF;
    PERFORM pdauth.close_duty('evaluation', evaluation.previous_id, 'R-26-6', step.recorded_at, step.object);
  ELSIF step.to_state = 'rectified' THEN
    PERFORM pdauth.close_duty('evaluation', evaluation.evaluation_id, 'R-26-5', step.recorded_at, step.document);
    PERFORM pdauth.open_duty('evaluation', evaluation.evaluation_id, step.object, 'R-26-6', evaluation.evaluator_party, evaluation.subject_party, step.event_date,
                             pdauth.figure('reevaluation_wd', evaluation.division) || ' workdays');
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.evaluation_effects(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.evaluation_effects(pdauth.transition) IS 'What follows from a step of an evaluation: the duty is met and the next one runs (R-26-1 to R-26-3), rectification in the pack''s days (R-26-5), re-evaluation (R-26-6).';

-- ---- material (R-26-9) ----

CREATE FUNCTION pdauth.check_evaluation_fact() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor;
  evaluation pdauth.evaluation;
  object text;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN coalesce(NEW, OLD);
  END IF;
  actor := pdauth.require_actor();
  SELECT * INTO evaluation FROM pdauth.evaluation AS e WHERE e.evaluation_id = (to_jsonb(coalesce(NEW, OLD)) ->> 'evaluation_id')::bigint FOR SHARE;
  object := pdauth.object_label('evaluation', evaluation.number);
  IF TG_OP <> 'INSERT' THEN
    PERFORM pdauth.refuse('R-26-9', object, NULL, 'Submit what is new under another figure; what was submitted stays.', evaluation.division);
  ELSIF TG_TABLE_NAME = 'evaluation_material' AND (actor.party_id <> evaluation.subject_party OR evaluation.state <> 'opened') THEN
    PERFORM pdauth.refuse('R-26-9', object, format('Material is submitted by %s before the conclusion.', pdauth.party_code(evaluation.subject_party)), NULL, evaluation.division);
  ELSIF TG_TABLE_NAME = 'evaluation_request' AND actor.party_id <> evaluation.evaluator_party THEN
    PERFORM pdauth.refuse('R-26-9', object, format('Material is asked for by %s.', pdauth.party_code(evaluation.evaluator_party)), NULL, evaluation.division);
  ELSIF TG_TABLE_NAME = 'evaluation_request' AND (to_jsonb(NEW) ->> 'requested_on')::date > pdauth.clock_today() THEN
    PERFORM pdauth.refuse('X-3', object, 'The request is dated after today.');
  ELSIF TG_TABLE_NAME = 'evaluation_decision' AND actor.party_id IS DISTINCT FROM evaluation.evaluator_party THEN
    PERFORM pdauth.refuse('R-26-7', object, format('It is for %s to decide.', pdauth.party_code(evaluation.evaluator_party)), NULL, evaluation.division);
  END IF;
  RETURN coalesce(NEW, OLD);
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_evaluation_fact() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_evaluation_fact() IS 'Row trigger of requests, material and decisions of evaluations: asked for and decided by the evaluating body, supplied by the evaluated party, never changed (PD269, R-26-9).';

CREATE FUNCTION pdauth.follow_material() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  evaluation pdauth.evaluation;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NULL;
  END IF;
  SELECT * INTO evaluation FROM pdauth.evaluation AS e WHERE e.evaluation_id = NEW.evaluation_id;
  IF TG_TABLE_NAME = 'evaluation_request' THEN
    PERFORM pdauth.open_duty('evaluation', evaluation.evaluation_id, pdauth.object_label('evaluation', evaluation.number), 'R-26-9', evaluation.subject_party, evaluation.evaluator_party,
                             (to_jsonb(NEW) ->> 'requested_on')::date, pdauth.figure('material_wd', evaluation.division) || ' workdays');
  ELSE
    PERFORM pdauth.close_duty('evaluation', evaluation.evaluation_id, 'R-26-9', pdauth.clock_now(), 'material ' || (to_jsonb(NEW) ->> 'figure'));
  END IF;
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.follow_material() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.follow_material() IS 'Row trigger of requests and material of evaluations: opens and closes the duty to supply it (R-26-9).';

-- The conclusion keeps what the register said that day; a result cannot be written by others.
CREATE FUNCTION pdauth.compute_evaluation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  ELSIF TG_OP = 'INSERT' THEN
    NEW.indicators := NULL;
  ELSIF NEW.state = 'concluded' AND OLD.state = 'opened' THEN
    NEW.indicators := pdauth.evaluation_indicators(NEW);
  ELSE
    NEW.indicators := OLD.indicators;
    IF NEW.state = 'opened' AND NEW.evaluator_party IS DISTINCT FROM (pdauth.require_actor()).party_id THEN
      PERFORM pdauth.refuse('R-26-6', pdauth.object_label('evaluation', NEW.number), format('It is of %s.', pdauth.party_code(NEW.evaluator_party)), NULL, NEW.division);
    END IF;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.compute_evaluation() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.compute_evaluation() IS 'Row trigger of pdauth.evaluation: computes the indicators at the conclusion; the draft is the evaluating body''s.';

SELECT pdauth.register_table('pdauth.evaluation', '{bureau,prefecture,county,agency,operator,developer,provider}', 'R-26-10', 'indicators', 'rectification_plan');
SELECT pdauth.describe_columns('pdauth.evaluation');
CREATE TRIGGER a_keep_side BEFORE UPDATE ON pdauth.evaluation FOR EACH ROW EXECUTE FUNCTION pdauth.keep_side('subject_party', 'concluded', 'R-26-5', 'rectification_plan');
ALTER TABLE pdauth.evaluation ENABLE ALWAYS TRIGGER a_keep_side;
CREATE TRIGGER compute_evaluation BEFORE INSERT OR UPDATE ON pdauth.evaluation FOR EACH ROW EXECUTE FUNCTION pdauth.compute_evaluation();
ALTER TABLE pdauth.evaluation ENABLE ALWAYS TRIGGER compute_evaluation;
SELECT pdauth.register_fact('pdauth.evaluation_request', '{bureau,prefecture,county,agency,operator}', 'R-26-9', 'check_evaluation_fact');
SELECT pdauth.register_fact('pdauth.evaluation_material', '{provider,operator,developer}', 'R-26-9');
SELECT pdauth.register_fact('pdauth.evaluation_decision', '{bureau,prefecture,county,agency,operator}', 'R-26-7', 'check_evaluation_fact');
CREATE TRIGGER check_fact BEFORE INSERT OR UPDATE OR DELETE ON pdauth.evaluation_material FOR EACH ROW EXECUTE FUNCTION pdauth.check_evaluation_fact();
ALTER TABLE pdauth.evaluation_material ENABLE ALWAYS TRIGGER check_fact;
CREATE TRIGGER follow_material AFTER INSERT ON pdauth.evaluation_request FOR EACH ROW EXECUTE FUNCTION pdauth.follow_material();
ALTER TABLE pdauth.evaluation_request ENABLE ALWAYS TRIGGER follow_material;
CREATE TRIGGER follow_material AFTER INSERT ON pdauth.evaluation_material FOR EACH ROW EXECUTE FUNCTION pdauth.follow_material();
ALTER TABLE pdauth.evaluation_material ENABLE ALWAYS TRIGGER follow_material;
CREATE POLICY register ON pdauth.evaluation USING (pdauth.may_see(division, subject_party, evaluator_party, commissioned_party)) WITH CHECK (true);
CREATE POLICY register ON pdauth.evaluation_request USING (EXISTS (SELECT FROM pdauth.evaluation AS o WHERE o.evaluation_id = evaluation_request.evaluation_id)) WITH CHECK (true);
CREATE POLICY register ON pdauth.evaluation_material USING (EXISTS (SELECT FROM pdauth.evaluation AS o WHERE o.evaluation_id = evaluation_material.evaluation_id)) WITH CHECK (true);
CREATE POLICY register ON pdauth.evaluation_decision USING (EXISTS (SELECT FROM pdauth.evaluation AS o WHERE o.evaluation_id = evaluation_decision.evaluation_id)) WITH CHECK (true);

-- ---- what results mean (R-26-7, R-26-8) ----

CREATE FUNCTION pdauth.evaluation_hold(party_id bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT e.number FROM pdauth.evaluation AS e
   WHERE e.subject_party = evaluation_hold.party_id
     AND (e.state = 'concluded' AND e.result = 'rectify' AND pdauth.overdue('evaluation', e.evaluation_id, 'R-26-5')
          OR e.state = 'concluded' AND e.result = 'fail' AND e.previous_id IS NOT NULL)
     AND NOT EXISTS (SELECT FROM pdauth.evaluation_decision AS d WHERE d.evaluation_id = e.evaluation_id AND d.continues)
   ORDER BY e.evaluation_id LIMIT 1
$function$;
REVOKE ALL ON FUNCTION pdauth.evaluation_hold(bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.evaluation_hold(bigint) IS
  'Number of the evaluation that holds a party: a rectification overdue, or failed in the re-evaluation, and no decision of the contracting body to go on; NULL if there is none (R-26-7).';

CREATE FUNCTION pdauth.hold_violations(party_id bigint, object text) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-26-7', object, format('%s is held by evaluation %s.', pdauth.party_code(hold_violations.party_id), h), NULL::text
    FROM pdauth.evaluation_hold(hold_violations.party_id) AS h WHERE h IS NOT NULL
$function$;
REVOKE ALL ON FUNCTION pdauth.hold_violations(bigint, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.hold_violations(bigint, text) IS 'R-26-7 for a party that is held: no new requests, deliveries, applications, extensions or releases.';

CREATE FUNCTION pdauth.continuation_violations(kind text, object_id bigint, object text, division pdauth.division_code, earlier bigint[]) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-26-8', object,
         CASE WHEN e.evaluation_id IS NULL THEN 'There is no evaluation of what it continues.'
              ELSE format('Evaluation %s: %s, notified on %s.', e.number, e.result, e.notified_on) END, NULL::text
    FROM (SELECT) AS always
    LEFT JOIN LATERAL (SELECT x.* FROM pdauth.evaluation AS x
                        WHERE x.kind = continuation_violations.kind AND x.state IN ('concluded', 'rectified')
                          AND CASE x.kind WHEN 'operator' THEN x.agreement_id ELSE x.development_id END = ANY (earlier)
                        ORDER BY x.evaluation_id DESC LIMIT 1) AS e ON true
   WHERE cardinality(earlier) > 0
     AND (e.evaluation_id IS NULL
          OR pdauth.clock_today() > (e.notified_on + make_interval(months => pdauth.figure('evaluation_validity_months', division)))::date
          OR e.result <> 'pass' AND NOT EXISTS (SELECT FROM pdauth.evaluation_decision AS d WHERE d.evaluation_id = e.evaluation_id AND d.continues))
$function$;
REVOKE ALL ON FUNCTION pdauth.continuation_violations(text, bigint, text, pdauth.division_code, bigint[]) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.continuation_violations(text, bigint, text, pdauth.division_code, bigint[]) IS 'R-26-8: what continues earlier agreements needs their latest evaluation, not older than the pack''s months; unless it was passed, a reasoned decision to go on.';

CREATE FUNCTION pdauth.agreement_continuation_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  WITH signed AS (SELECT a.* FROM pdauth.operating_agreement AS a WHERE a.agreement_id = step.object_id AND step.to_state = 'signed')
  SELECT v.* FROM signed AS a, pdauth.continuation_violations('operator', a.agreement_id, step.object, a.division,
    ARRAY(SELECT o.agreement_id FROM pdauth.operating_agreement AS o
           WHERE o.operator_party = a.operator_party AND o.agreement_id <> a.agreement_id AND o.state NOT IN ('draft', 'decided')
             -- what has not begun has nothing to evaluate; an amendment continues only what it makes longer; another agreement what it overlaps and outlasts
             AND upper(a.term) > upper(o.term) AND lower(o.term) <= pdauth.clock_today() AND (o.agreement_id = a.renewal_of OR o.agreement_id = a.previous_id
                  OR pdauth.division_code_equal(o.division, a.division) AND pdauth.same_matter(o.scope, a.scope)))) AS v
  UNION ALL
  SELECT v.* FROM signed AS a, pdauth.hold_violations(a.operator_party, step.object) AS v
$function$;
REVOKE ALL ON FUNCTION pdauth.agreement_continuation_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.agreement_continuation_violations(pdauth.transition) IS 'Further check of operating agreements: renewals, extensions and new ones for the same scope rest on an evaluation (R-26-7, R-26-8).';
INSERT INTO pdauth.further_check VALUES ('operating_agreement', 'agreement_continuation_violations');

CREATE FUNCTION pdauth.same_matter(a pdauth.license_scope, b pdauth.license_scope) RETURNS boolean
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT EXISTS (SELECT FROM pdauth.grants(a) AS g CROSS JOIN LATERAL unnest(g.paths) AS p, pdauth.grants(b) AS h CROSS JOIN LATERAL unnest(h.paths) AS q
                  WHERE pdauth.path_contains(p, q) OR pdauth.path_contains(q, p))
$function$;
REVOKE ALL ON FUNCTION pdauth.same_matter(pdauth.license_scope, pdauth.license_scope) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.same_matter(pdauth.license_scope, pdauth.license_scope) IS 'Do two scopes share a resource, whatever their periods? NULL for NULL.';

CREATE FUNCTION pdauth.development_continuation_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  WITH signed AS (SELECT d.* FROM pdauth.development_agreement AS d WHERE d.development_id = step.object_id AND step.to_state = 'signed')
  SELECT v.* FROM signed AS d, pdauth.continuation_violations('developer', d.development_id, step.object, d.division,
    ARRAY(SELECT o.development_id FROM pdauth.development_agreement AS o
           WHERE o.developer_party = d.developer_party AND o.operator_party = d.operator_party AND o.development_id <> d.development_id AND o.state <> 'draft'
             AND upper(d.term) > upper(o.term) AND lower(o.term) <= pdauth.clock_today() AND pdauth.same_matter(o.scope, d.scope))) AS v
  UNION ALL
  SELECT v.* FROM signed AS d, pdauth.hold_violations(d.developer_party, step.object) AS v
$function$;
REVOKE ALL ON FUNCTION pdauth.development_continuation_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.development_continuation_violations(pdauth.transition) IS 'Further check of development agreements: extensions and new ones for the same scope rest on an evaluation (R-26-7, R-26-8).';
INSERT INTO pdauth.further_check VALUES ('development_agreement', 'development_continuation_violations');

CREATE VIEW pdauth.evaluation_status WITH (security_barrier) AS
  SELECT e.number, e.kind, pdauth.party_code(e.subject_party) AS subject, pdauth.party_code(e.evaluator_party) AS evaluator, e.result, e.notified_on, e.state,
         (SELECT s.due FROM pdauth.register_duty AS d JOIN pdauth.obligation_status AS s USING (obligation_id)
           WHERE d.life_cycle = 'evaluation' AND d.object_id = e.evaluation_id AND d.rule = 'R-26-5') AS rectify_until,
         e.state = 'concluded' AND (e.result = 'fail' AND e.previous_id IS NOT NULL OR e.result = 'rectify' AND EXISTS (SELECT FROM pdauth.register_duty AS d JOIN pdauth.obligation_status AS s USING (obligation_id)
           WHERE d.life_cycle = 'evaluation' AND d.object_id = e.evaluation_id AND d.rule = 'R-26-5' AND s.status = 'overdue'))
           AND NOT EXISTS (SELECT FROM pdauth.evaluation_decision AS x WHERE x.evaluation_id = e.evaluation_id AND x.continues) AS holds, e.indicators -> 'discrepancies' AS discrepancies,
         CASE WHEN e.indicators ? 'discrepancies' THEN 'PD269' END AS flag
    FROM pdauth.evaluation AS e WHERE pdauth.may_see(e.division, e.subject_party, e.evaluator_party);
COMMENT ON VIEW pdauth.evaluation_status IS 'Evaluations with result, the day by which to rectify, whether the party is held (R-26-7), and figures it reported that the register contradicts (R-26-9).';
COMMENT ON COLUMN pdauth.evaluation_status.number IS 'Number.';
COMMENT ON COLUMN pdauth.evaluation_status.kind IS 'supply, operator or developer.';
COMMENT ON COLUMN pdauth.evaluation_status.subject IS 'Evaluated party.';
COMMENT ON COLUMN pdauth.evaluation_status.evaluator IS 'Evaluating body.';
COMMENT ON COLUMN pdauth.evaluation_status.result IS 'pass, fail or rectify.';
COMMENT ON COLUMN pdauth.evaluation_status.notified_on IS 'Day of notification.';
COMMENT ON COLUMN pdauth.evaluation_status.state IS 'opened, concluded or rectified.';
COMMENT ON COLUMN pdauth.evaluation_status.rectify_until IS 'Last day for the rectification.';
COMMENT ON COLUMN pdauth.evaluation_status.holds IS 'Whether it holds the party.';
COMMENT ON COLUMN pdauth.evaluation_status.discrepancies IS 'Figures reported and registered, where they differ.';
COMMENT ON COLUMN pdauth.evaluation_status.flag IS 'SQLSTATE of R-26-9 if there are any.';
GRANT SELECT ON pdauth.evaluation_status TO pdauth_register, pdauth_policy_admin, pdauth_auditor;
