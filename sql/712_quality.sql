-- Data quality (数据质量管理, Article 17): measures of loads against the standard,
-- and tickets by which operators have data checked (数据校核).

CREATE TABLE pdauth.quality_limit (
  standard_id bigint NOT NULL REFERENCES pdauth.quality_standard,
  quality     text NOT NULL CHECK (quality IN ('accuracy', 'completeness', 'consistency', 'timeliness')),
  metric      text COLLATE "C" NOT NULL CHECK (pdauth.has_content(metric)),
  maximum     numeric NOT NULL CHECK (maximum < 'Infinity'),
  recorded_at timestamptz NOT NULL,
  recorded_by name NOT NULL,
  PRIMARY KEY (standard_id, metric)
);
COMMENT ON TABLE pdauth.quality_limit IS 'Limits of a quality standard: no metric of a load is to be greater (R-17-5).';
COMMENT ON COLUMN pdauth.quality_limit.standard_id IS 'Version of the standard.';
COMMENT ON COLUMN pdauth.quality_limit.quality IS 'Quality it measures: accuracy, completeness, consistency or timeliness (准确性、完整性、一致性、及时性).';
COMMENT ON COLUMN pdauth.quality_limit.metric IS 'Metric, such as null keys in percent.';
COMMENT ON COLUMN pdauth.quality_limit.maximum IS 'Greatest value that meets the standard.';
COMMENT ON COLUMN pdauth.quality_limit.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.quality_limit.recorded_by IS 'Role that inserted it.';

CREATE TABLE pdauth.quality_measure (
  load_batch_id bigint NOT NULL REFERENCES pdauth.load_batch,
  metric        text COLLATE "C" NOT NULL CHECK (pdauth.has_content(metric)),
  value         numeric NOT NULL,
  recorded_at   timestamptz NOT NULL,
  recorded_by   name NOT NULL,
  PRIMARY KEY (load_batch_id, metric)
);
COMMENT ON TABLE pdauth.quality_measure IS 'Values measured on a load, by the department or the data authority (R-17-5).';
COMMENT ON COLUMN pdauth.quality_measure.load_batch_id IS 'The load.';
COMMENT ON COLUMN pdauth.quality_measure.metric IS 'Metric of the standard.';
COMMENT ON COLUMN pdauth.quality_measure.value IS 'Value.';
COMMENT ON COLUMN pdauth.quality_measure.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.quality_measure.recorded_by IS 'Role that inserted it.';

CREATE FUNCTION pdauth.check_quality_fact() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor;
  allowed bigint[];
  division pdauth.division_code;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  END IF;
  actor := pdauth.require_actor();
  IF TG_TABLE_NAME = 'quality_limit' THEN
    SELECT ARRAY[s.authority_party], s.division INTO allowed, division FROM pdauth.quality_standard AS s WHERE s.standard_id = (to_jsonb(NEW) ->> 'standard_id')::bigint;
  ELSE
    SELECT ARRAY[r.provider_party, pdauth.data_authority(r.division)], r.division INTO allowed, division
      FROM pdauth.load_batch AS b JOIN pdauth.resource AS r USING (resource_id) WHERE b.load_batch_id = (to_jsonb(NEW) ->> 'load_batch_id')::bigint;
  END IF;
  IF NOT coalesce(actor.party_id = ANY (allowed), false) THEN
    PERFORM pdauth.refuse('R-17-5', replace(TG_TABLE_NAME, '_', ' '), format('%s is not entitled to it.', actor.party), NULL, division);
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_quality_fact() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_quality_fact() IS 'Row trigger of limits (by the authority whose standard it is) and measures (by the department or the authority) (PD175, R-17-5).';

SELECT pdauth.register_table('pdauth.quality_limit', '{bureau,prefecture,county}', 'R-17-1');
SELECT pdauth.register_table('pdauth.quality_measure', '{provider,bureau,prefecture,county}', 'R-17-5');
CREATE TRIGGER check_quality_fact BEFORE INSERT ON pdauth.quality_limit FOR EACH ROW EXECUTE FUNCTION pdauth.check_quality_fact();
CREATE TRIGGER check_quality_fact BEFORE INSERT ON pdauth.quality_measure FOR EACH ROW EXECUTE FUNCTION pdauth.check_quality_fact();
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.quality_limit FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record();
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.quality_measure FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record();
ALTER TABLE pdauth.quality_limit ENABLE ALWAYS TRIGGER check_quality_fact;
ALTER TABLE pdauth.quality_measure ENABLE ALWAYS TRIGGER check_quality_fact;
ALTER TABLE pdauth.quality_limit ENABLE ALWAYS TRIGGER keep_record;
ALTER TABLE pdauth.quality_measure ENABLE ALWAYS TRIGGER keep_record;
CREATE POLICY register ON pdauth.quality_limit USING (true) WITH CHECK (true);
CREATE POLICY register ON pdauth.quality_measure USING (EXISTS (SELECT FROM pdauth.load_batch AS b WHERE b.load_batch_id = quality_measure.load_batch_id)) WITH CHECK (true);

CREATE VIEW pdauth.source_quality WITH (security_barrier) AS
  SELECT r.path, pdauth.party_code(r.provider_party) AS provider, b.batch, b.loaded_on, l.quality, l.metric, m.value, l.maximum,
         m.value > l.maximum AS below_standard, CASE WHEN m.value > l.maximum THEN 'PD175' END AS flag
    FROM pdauth.load_batch AS b
    JOIN pdauth.resource AS r USING (resource_id)
    JOIN pdauth.quality_measure AS m USING (load_batch_id)
    JOIN pdauth.authorised_resource AS a USING (path)
    JOIN pdauth.quality_limit AS l ON l.standard_id = a.standard_id AND l.metric = m.metric
   WHERE pdauth.may_see(r.division, r.provider_party);
COMMENT ON VIEW pdauth.source_quality IS 'Measures of every load against the limits of the standard that applies, load by load (R-17-5). A report.';
COMMENT ON COLUMN pdauth.source_quality.path IS 'Resource.';
COMMENT ON COLUMN pdauth.source_quality.provider IS 'Department.';
COMMENT ON COLUMN pdauth.source_quality.batch IS 'Load.';
COMMENT ON COLUMN pdauth.source_quality.loaded_on IS 'Day of the load.';
COMMENT ON COLUMN pdauth.source_quality.quality IS 'accuracy, completeness, consistency or timeliness.';
COMMENT ON COLUMN pdauth.source_quality.metric IS 'Metric.';
COMMENT ON COLUMN pdauth.source_quality.value IS 'Value measured.';
COMMENT ON COLUMN pdauth.source_quality.maximum IS 'Limit.';
COMMENT ON COLUMN pdauth.source_quality.below_standard IS 'Whether the limit is exceeded.';
COMMENT ON COLUMN pdauth.source_quality.flag IS 'SQLSTATE of R-17-5 if so.';
GRANT SELECT ON pdauth.source_quality TO pdauth_register, pdauth_policy_admin, pdauth_auditor;

-- ---- tickets ----

CREATE TABLE pdauth.quality_ticket (
  ticket_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number          text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  previous_id     bigint REFERENCES pdauth.quality_ticket,
  path            text COLLATE "C" NOT NULL REFERENCES pdauth.resource (path),
  operator_party  bigint NOT NULL REFERENCES pdauth.party,
  provider_party  bigint REFERENCES pdauth.party,
  division        pdauth.division_code,
  columns         text[] NOT NULL CHECK (pg_catalog.cardinality(columns) > 0),
  problem         text NOT NULL CHECK (pdauth.has_content(problem)),
  evidence        text NOT NULL CHECK (pdauth.has_content(evidence)),
  received_at     timestamptz,
  verification    text,
  correction_batch bigint REFERENCES pdauth.load_batch,
  no_error_reason text,
  feedback        text,
  state           text NOT NULL DEFAULT 'raised',
  act_date        date,
  act_document    text,
  act_digest      pdauth.document_digest,
  act_reason      text,
  registered_at   timestamptz
);
COMMENT ON TABLE pdauth.quality_ticket IS 'Check requests of operators (数据校核需求): raised by an operator that uses the resource, verified and closed by the department that provides it within the pack''s working days. Reopening is a new ticket with previous_id.';
COMMENT ON COLUMN pdauth.quality_ticket.ticket_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.quality_ticket.number IS 'Number.';
COMMENT ON COLUMN pdauth.quality_ticket.previous_id IS 'Ticket that it takes up again.';
COMMENT ON COLUMN pdauth.quality_ticket.path IS 'Resource.';
COMMENT ON COLUMN pdauth.quality_ticket.operator_party IS 'Operator that raised it.';
COMMENT ON COLUMN pdauth.quality_ticket.provider_party IS 'Department that has to answer, filled in.';
COMMENT ON COLUMN pdauth.quality_ticket.division IS 'Division of the resource, filled in.';
COMMENT ON COLUMN pdauth.quality_ticket.columns IS 'Columns it is about.';
COMMENT ON COLUMN pdauth.quality_ticket.problem IS 'The problem.';
COMMENT ON COLUMN pdauth.quality_ticket.evidence IS 'Where the evidence is, inside the platform: no rows of the data here.';
COMMENT ON COLUMN pdauth.quality_ticket.received_at IS 'When it was received: the system''s time, never given.';
COMMENT ON COLUMN pdauth.quality_ticket.verification IS 'Result of the verification (核实).';
COMMENT ON COLUMN pdauth.quality_ticket.correction_batch IS 'Load that corrects it (更正).';
COMMENT ON COLUMN pdauth.quality_ticket.no_error_reason IS 'Or why there is no error.';
COMMENT ON COLUMN pdauth.quality_ticket.feedback IS 'Answer to the operator (反馈).';
COMMENT ON COLUMN pdauth.quality_ticket.state IS 'raised, verifying or closed.';
COMMENT ON COLUMN pdauth.quality_ticket.act_date IS 'Legal date of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.quality_ticket.act_document IS 'Document of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.quality_ticket.act_digest IS 'Its digest; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.quality_ticket.act_reason IS 'Reason of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.quality_ticket.registered_at IS 'When it was registered.';

INSERT INTO pdauth.life_cycle VALUES ('quality_ticket', 'ticket_id', 'number', 'quality_ticket_violations', 'quality_ticket_effects', 'R-17-2', 'R-17-4', 'R-17-2', '{}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('quality_ticket', '', 'raised', '{operator}', 'R-17-2', '{}'),
  ('quality_ticket', 'raised', 'verifying', '{provider}', 'R-17-4', '{}'),
  ('quality_ticket', 'verifying', 'closed', '{provider}', 'R-17-4', '{}');

CREATE FUNCTION pdauth.keep_quality_ticket() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor;
  object text := pdauth.object_label('quality_ticket', NEW.number);
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  END IF;
  actor := pdauth.require_actor();
  IF TG_OP = 'INSERT' THEN
    SELECT r.provider_party, r.division INTO NEW.provider_party, NEW.division FROM pdauth.resource AS r WHERE r.path = NEW.path;
    IF NEW.received_at IS NOT NULL THEN
      PERFORM pdauth.refuse('R-17-2', object, 'The time of receipt was given.', 'Leave received_at out.', NEW.division);
    END IF;
    NEW.received_at := pdauth.clock_now();
    RETURN NEW;
  END IF;
  -- the answer is the department's while it works on it
  IF (NEW.verification, NEW.correction_batch, NEW.no_error_reason, NEW.feedback) IS DISTINCT FROM (OLD.verification, OLD.correction_batch, OLD.no_error_reason, OLD.feedback)
     AND (actor.party_id <> OLD.provider_party OR OLD.state <> 'verifying') THEN
    PERFORM pdauth.refuse('R-17-4', object, format('It is %s; %s answers it while it verifies.', OLD.state, pdauth.party_code(OLD.provider_party)), NULL, OLD.division);
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.keep_quality_ticket() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.keep_quality_ticket() IS 'Row trigger of tickets: receipt by the system''s clock (PD172, R-17-2); the answer by the department that provides the resource, before closing (PD174, R-17-4).';

CREATE FUNCTION pdauth.quality_ticket_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-17-2', step.object, format('%s has no granted request for %s.', pdauth.party_code(q.operator_party), q.path), NULL::text
    FROM pdauth.quality_ticket AS q
   WHERE q.ticket_id = step.object_id AND step.to_state = 'raised'
     AND (q.operator_party <> step.party_id
          OR NOT EXISTS (SELECT FROM pdauth.data_request AS d JOIN pdauth.data_request_resource AS r USING (request_id)
                          WHERE d.operator_party = q.operator_party AND r.path = q.path AND pdauth.data_request_in_force(d.request_id)))
  UNION ALL
  SELECT 'R-17-2', step.object, format('%s has no column: %s.', q.path, array_to_string(ARRAY(SELECT unnest(q.columns) EXCEPT SELECT unnest(r.columns)), ', ')), NULL
    FROM pdauth.quality_ticket AS q JOIN pdauth.resource AS r USING (path) WHERE q.ticket_id = step.object_id AND step.to_state = 'raised' AND NOT q.columns <@ r.columns
  UNION ALL
  SELECT 'R-17-2', step.object, 'The ticket it takes up is not a closed one on the same resource.', NULL
    FROM pdauth.quality_ticket AS q
   WHERE q.ticket_id = step.object_id AND step.to_state = 'raised' AND q.previous_id IS NOT NULL
     AND NOT EXISTS (SELECT FROM pdauth.quality_ticket AS p WHERE p.ticket_id = q.previous_id AND p.path = q.path AND p.state = 'closed')
  UNION ALL
  SELECT 'R-17-4', step.object, format('It is for %s.', pdauth.party_code(q.provider_party)), NULL
    FROM pdauth.quality_ticket AS q WHERE q.ticket_id = step.object_id AND step.capacity = 'provider' AND q.provider_party <> step.party_id
  UNION ALL
  SELECT 'R-17-4', step.object, format('Missing: %s.', m.missing), NULL
    FROM pdauth.quality_ticket AS q
   CROSS JOIN LATERAL (SELECT concat_ws(', ', CASE WHEN pdauth.is_blank(q.verification) THEN 'verification (核实)' END,
                                CASE WHEN q.correction_batch IS NULL AND pdauth.is_blank(q.no_error_reason) THEN 'correction or finding of no error (更正)' END,
                                CASE WHEN pdauth.is_blank(q.feedback) THEN 'feedback (反馈)' END)) AS m (missing)
   WHERE q.ticket_id = step.object_id AND step.to_state = 'closed' AND m.missing <> ''
  UNION ALL
  SELECT 'R-17-4', step.object, 'The correcting load is of another resource.', NULL
    FROM pdauth.quality_ticket AS q JOIN pdauth.load_batch AS b ON b.load_batch_id = q.correction_batch JOIN pdauth.resource AS r USING (resource_id)
   WHERE q.ticket_id = step.object_id AND step.to_state = 'closed' AND r.path <> q.path
$function$;
REVOKE ALL ON FUNCTION pdauth.quality_ticket_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.quality_ticket_violations(pdauth.transition) IS 'Check function of tickets: by an operator that has the resource (R-17-2), closed with all three parts of an answer (R-17-4).';

CREATE FUNCTION pdauth.quality_ticket_effects(step pdauth.transition) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  ticket pdauth.quality_ticket;
  received date;
BEGIN
  SELECT * INTO ticket FROM pdauth.quality_ticket AS q WHERE q.ticket_id = step.object_id;
  IF step.to_state = 'raised' THEN
    received := (ticket.received_at AT TIME ZONE 'Asia/Shanghai')::date;
    PERFORM pdauth.open_duty('quality_ticket', ticket.ticket_id, step.object, 'R-17-3', ticket.provider_party, pdauth.data_authority(ticket.division),
                             received, pdauth.figure('quality_answer_wd', ticket.division, received) || ' workdays');
  ELSIF step.to_state = 'closed' THEN
    PERFORM pdauth.close_duty('quality_ticket', ticket.ticket_id, 'R-17-3', pdauth.clock_now(), coalesce('load ' || ticket.correction_batch, 'no error found'));
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.quality_ticket_effects(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.quality_ticket_effects(pdauth.transition) IS 'What follows from a step of a ticket: raised, the department owes an answer within the pack''s working days of receipt (R-17-3); closed, it is fulfilled.';

SELECT pdauth.register_table('pdauth.quality_ticket', '{operator,provider}', 'R-17-2', 'verification', 'correction_batch', 'no_error_reason', 'feedback');
CREATE TRIGGER check_quality_ticket BEFORE INSERT OR UPDATE ON pdauth.quality_ticket FOR EACH ROW EXECUTE FUNCTION pdauth.keep_quality_ticket();
ALTER TABLE pdauth.quality_ticket ENABLE ALWAYS TRIGGER check_quality_ticket;
CREATE POLICY register ON pdauth.quality_ticket USING (pdauth.may_see(division, operator_party, provider_party)) WITH CHECK (true);
