-- Incidents (Article 29): opening one stops access to what it names, reports
-- have clocks of minutes, closing needs the whole record.

CREATE TABLE pdauth.incident (
  incident_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number          text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  division        pdauth.division_code,
  agency_party    bigint NOT NULL REFERENCES pdauth.party,
  operator_party  bigint NOT NULL REFERENCES pdauth.party,
  developer_party bigint REFERENCES pdauth.party,
  kind            text NOT NULL CHECK (kind IN ('loss', 'leak', 'tampering', 'damage', 'major risk')),
  summary         text NOT NULL CHECK (pdauth.has_content(summary)),
  resources       text[] NOT NULL DEFAULT '{}',
  products        text[] NOT NULL DEFAULT '{}',
  response_team   text[] NOT NULL DEFAULT '{}',
  detected_at     timestamptz NOT NULL,
  activated_at    timestamptz CHECK (activated_at >= detected_at),
  activation_document text CHECK (pdauth.has_content(activation_document)),
  opened_at       timestamptz,
  cause           text,
  effect          text,
  measures        text,
  danger_removed_at timestamptz CHECK (danger_removed_at >= detected_at),
  state           text NOT NULL DEFAULT 'opened',
  act_date        date,
  act_document    text,
  act_digest      pdauth.document_digest,
  act_reason      text,
  registered_at   timestamptz,
  CHECK (pg_catalog.cardinality(resources) + pg_catalog.cardinality(products) > 0)
);
COMMENT ON TABLE pdauth.incident IS
  'Security incidents: opened, contained, closed. What it names is stopped for all but the response team in the same transaction, until the decision that closes it (R-29-3); its reports have clocks (incident_clock); it closes only with cause, effect, measures, reports, removal of the danger and the release decision (R-29-6).';
COMMENT ON COLUMN pdauth.incident.incident_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.incident.number IS 'Number, such as I-1.';
COMMENT ON COLUMN pdauth.incident.agency_party IS 'Implementing agency to which it is reported.';
COMMENT ON COLUMN pdauth.incident.operator_party IS 'Operator that is responsible, or whose developer is.';
COMMENT ON COLUMN pdauth.incident.developer_party IS 'Developer at which it happened; NULL if at the operator.';
COMMENT ON COLUMN pdauth.incident.kind IS 'loss, leak, tampering, damage or major risk.';
COMMENT ON COLUMN pdauth.incident.summary IS 'What happened, only added to later. No protected values.';
COMMENT ON COLUMN pdauth.incident.resources IS 'Paths of the affected resources, with all below them.';
COMMENT ON COLUMN pdauth.incident.products IS 'Numbers of the affected products.';
COMMENT ON COLUMN pdauth.incident.response_team IS 'Persons (pdauth.person.person) of the response team: their roles keep access.';
COMMENT ON COLUMN pdauth.incident.detected_at IS 'When it was detected.';
COMMENT ON COLUMN pdauth.incident.activated_at IS 'When the emergency plan was activated: now, or earlier by activation_document (X-3).';
COMMENT ON COLUMN pdauth.incident.activation_document IS 'What shows an activation that is entered later; NULL: it was entered at once.';
COMMENT ON COLUMN pdauth.incident.opened_at IS 'When it was opened here, filled in; clocks run from it.';
COMMENT ON COLUMN pdauth.incident.cause IS 'Cause, only added to later; so effect and measures.';
COMMENT ON COLUMN pdauth.incident.effect IS 'Effect.';
COMMENT ON COLUMN pdauth.incident.measures IS 'Measures taken.';
COMMENT ON COLUMN pdauth.incident.danger_removed_at IS 'When the danger was removed.';
COMMENT ON COLUMN pdauth.incident.state IS 'opened, contained or closed.';
INSERT INTO pdauth.life_cycle VALUES ('incident', 'incident_id', 'number', 'incident_violations', 'incident_effects', 'R-29-6', 'R-29-6', 'R-29-6', '{opened,contained}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('incident', '', 'opened', '{operator,developer,agency}', 'R-29-3', '{}'),
  ('incident', 'opened', 'contained', '{operator,developer,agency}', 'R-29-3', '{}'),
  ('incident', 'contained', 'closed', '{operator,agency}', 'R-29-6', '{document,reason}');

CREATE TABLE pdauth.incident_report (
  report_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  incident_id     bigint NOT NULL REFERENCES pdauth.incident,
  sender_party    bigint REFERENCES pdauth.party,
  recipient_party bigint NOT NULL REFERENCES pdauth.party,
  content         text NOT NULL CHECK (pdauth.has_content(content)),
  sent_at         timestamptz,
  recorded_at     timestamptz NOT NULL,
  recorded_by     name NOT NULL
);
CREATE INDEX incident_report_incident_index ON pdauth.incident_report (incident_id);
COMMENT ON TABLE pdauth.incident_report IS 'Reports of incidents: content, time, sender, recipient. The first to a recipient stops its clock (R-29-4, R-29-5).';
COMMENT ON COLUMN pdauth.incident_report.report_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.incident_report.incident_id IS 'Incident.';
COMMENT ON COLUMN pdauth.incident_report.sender_party IS 'Who reports: the party of the session, filled in.';
COMMENT ON COLUMN pdauth.incident_report.recipient_party IS 'To whom.';
COMMENT ON COLUMN pdauth.incident_report.content IS 'What is reported.';
COMMENT ON COLUMN pdauth.incident_report.sent_at IS 'When: the time of the record, filled in.';

CREATE TABLE pdauth.incident_clock (
  clock_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  incident_id     bigint NOT NULL REFERENCES pdauth.incident,
  rule            text NOT NULL REFERENCES pdauth.rule,
  debtor_party    bigint NOT NULL REFERENCES pdauth.party,
  recipient_party bigint REFERENCES pdauth.party,
  due_at          timestamptz NOT NULL,
  recorded_at     timestamptz NOT NULL,
  recorded_by     name NOT NULL
);
CREATE INDEX incident_clock_incident_index ON pdauth.incident_clock (incident_id);
COMMENT ON TABLE pdauth.incident_clock IS 'Clocks of incidents in minutes, with the figure of the pack at the time they began. Written by the system; their status is in incident_clock_status.';
COMMENT ON COLUMN pdauth.incident_clock.clock_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.incident_clock.incident_id IS 'Incident.';
COMMENT ON COLUMN pdauth.incident_clock.rule IS 'R-29-3 activation, R-29-4 report of the operator, R-29-5 report of the developer.';
COMMENT ON COLUMN pdauth.incident_clock.debtor_party IS 'Who has to act.';
COMMENT ON COLUMN pdauth.incident_clock.recipient_party IS 'To whom it reports; NULL for the activation.';
COMMENT ON COLUMN pdauth.incident_clock.due_at IS 'Until when.';

CREATE FUNCTION pdauth.incident_recipients(incident pdauth.incident) RETURNS SETOF bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  -- the competent authorities (有关主管部门) of reading A-7, as the pack lists them
  SELECT c.party_id FROM pdauth.party_capacity AS c
   WHERE pdauth.word_allowed('incident_recipients', 'security', incident.division) AND c.capacity = 'security'
     AND pdauth.division_code_contains(c.division, incident.division) AND (c.ended_on IS NULL OR c.ended_on > pdauth.clock_today())
  UNION
  SELECT a.party_id FROM (SELECT coalesce(pdauth.holder_of('county', incident.division), pdauth.holder_of('prefecture', incident.division), pdauth.holder_of_kind('bureau', incident.division))) AS a (party_id)
   WHERE pdauth.word_allowed('incident_recipients', 'data_authority', incident.division) AND a.party_id IS NOT NULL
  UNION
  SELECT r.provider_party FROM unnest(incident.resources) AS u (node) JOIN pdauth.resource AS r ON pdauth.path_contains(u.node, r.path)
   WHERE pdauth.word_allowed('incident_recipients', 'provider', incident.division)
$function$;
REVOKE ALL ON FUNCTION pdauth.incident_recipients(pdauth.incident) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.incident_recipients(pdauth.incident) IS 'Authorities to which an incident is reported besides the implementing agency: the pack''s list incident_recipients of data_authority, security and provider (reading A-7).';

CREATE FUNCTION pdauth.incident_exempt(incident pdauth.incident) RETURNS regrole[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT coalesce(array_agg(p.role ORDER BY p.role), '{}') FROM unnest(incident.response_team) AS t JOIN pdauth.person AS n ON n.person = t JOIN pdauth.principal AS p USING (person_id)
   WHERE p.ended_on IS NULL
$function$;
REVOKE ALL ON FUNCTION pdauth.incident_exempt(pdauth.incident) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.incident_exempt(pdauth.incident) IS 'Roles of the response team of an incident.';

CREATE FUNCTION pdauth.start_report_clocks(incident pdauth.incident, since timestamptz) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $function$
  INSERT INTO pdauth.incident_clock (incident_id, rule, debtor_party, recipient_party, due_at)
  SELECT incident.incident_id, 'R-29-4', incident.operator_party, c.party_id, since + make_interval(mins => pdauth.figure(c.figure, incident.division))
    FROM (SELECT incident.agency_party, 'report_agency_minutes'
          UNION ALL SELECT r, 'report_authority_minutes' FROM pdauth.incident_recipients(incident) AS r WHERE r <> incident.agency_party) AS c (party_id, figure)
$function$;
REVOKE ALL ON FUNCTION pdauth.start_report_clocks(pdauth.incident, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.start_report_clocks(pdauth.incident, timestamptz) IS 'Starts the operator''s clocks: one for the implementing agency and one for each competent authority (R-29-4). For effect functions.';

CREATE FUNCTION pdauth.beyond_incident(incident pdauth.incident, party_id bigint, capacity text) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  WITH scope (path) AS (
    SELECT u.path FROM pdauth.operating_agreement AS a CROSS JOIN LATERAL pdauth.grants(a.scope) AS g CROSS JOIN LATERAL unnest(g.paths) AS u (path)
     WHERE capacity <> 'developer' AND a.operator_party = incident.operator_party AND a.state <> 'draft'
    UNION ALL
    SELECT u.path FROM pdauth.development_agreement AS d CROSS JOIN LATERAL pdauth.grants(d.scope) AS g CROSS JOIN LATERAL unnest(g.paths) AS u (path)
     WHERE capacity = 'developer' AND d.developer_party = beyond_incident.party_id AND d.state <> 'draft'),
  territory (division) AS (
    SELECT c.division FROM pdauth.party_capacity AS c
     WHERE capacity = 'agency' AND c.capacity = 'agency' AND c.party_id = beyond_incident.party_id AND coalesce(c.ended_on, 'infinity') > pdauth.clock_today())
  SELECT r FROM unnest(incident.resources) AS r
   WHERE NOT EXISTS (SELECT FROM scope AS s WHERE pdauth.path_contains(s.path, pdauth.resource_path(r)))
     AND NOT EXISTS (SELECT FROM territory AS t
                      WHERE NOT EXISTS (SELECT FROM pdauth.resource AS k WHERE pdauth.path_contains(pdauth.resource_path(r), k.path) AND NOT pdauth.division_code_contains(t.division, k.division)))
  UNION ALL
  SELECT n FROM unnest(incident.products) AS n
   WHERE NOT EXISTS (
     SELECT FROM pdauth.product AS p
      WHERE p.number = n
        AND (p.owner_party = beyond_incident.party_id
             OR EXISTS (SELECT FROM territory AS t WHERE pdauth.division_code_contains(t.division, p.division))
             OR capacity = 'developer' AND EXISTS (SELECT FROM pdauth.delivery AS v JOIN pdauth.development_agreement AS d USING (development_id) WHERE v.product_id = p.product_id AND d.developer_party = beyond_incident.party_id)
             OR capacity <> 'developer' AND (p.owner_party = incident.operator_party
                  OR EXISTS (SELECT FROM pdauth.development_agreement AS d WHERE d.developer_party = p.owner_party AND d.operator_party = incident.operator_party AND d.state <> 'draft'))))
$function$;
REVOKE ALL ON FUNCTION pdauth.beyond_incident(pdauth.incident, bigint, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.beyond_incident(pdauth.incident, bigint, text) IS
  'What an incident names that its party has nothing to do with: a developer, beyond its development agreements, its products and those delivered to it; an operator, beyond its agreements, its products and those of its developers; an agency, beyond these and its territory.';

CREATE FUNCTION pdauth.incident_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-29-3', step.object, format('It is an incident of %s.', pdauth.party_code(coalesce(i.developer_party, i.operator_party))), NULL::text
    FROM pdauth.incident AS i
   WHERE i.incident_id = step.object_id AND NOT step.party_id IN (SELECT p FROM unnest(ARRAY[i.agency_party, i.operator_party, i.developer_party]) AS p WHERE p IS NOT NULL)
  UNION ALL
  SELECT 'R-29-3', step.object, format('%s has no operating agreement with %s.', pdauth.party_code(i.operator_party), pdauth.party_code(i.agency_party)), NULL
    FROM pdauth.incident AS i
   WHERE i.incident_id = step.object_id AND step.to_state = 'opened'
     AND NOT EXISTS (SELECT FROM pdauth.operating_agreement AS a
                      WHERE a.operator_party = i.operator_party AND a.agency_party = i.agency_party AND a.state <> 'draft' AND pdauth.division_code_equal(a.division, i.division))
  UNION ALL
  SELECT 'R-29-3', step.object, format('%s has no development agreement with %s.', pdauth.party_code(i.developer_party), pdauth.party_code(i.operator_party)), NULL
    FROM pdauth.incident AS i
   WHERE i.incident_id = step.object_id AND step.to_state = 'opened' AND i.developer_party IS NOT NULL
     AND NOT EXISTS (SELECT FROM pdauth.development_agreement AS d WHERE d.operator_party = i.operator_party AND d.developer_party = i.developer_party AND d.state <> 'draft')
  UNION ALL
  -- who could freeze the data of others would have a way to stop them
  SELECT 'R-29-3', step.object, format('%s has nothing to do with %s.', pdauth.party_code(step.party_id), f.o), 'Tell the department that provides it, or the security authority.'
    FROM pdauth.incident AS i CROSS JOIN LATERAL pdauth.beyond_incident(i, step.party_id, step.capacity) AS f (o)
   WHERE i.incident_id = step.object_id AND step.to_state = 'opened'
  UNION ALL
  SELECT 'R-29-3', step.object, format('There is no resource or product %s, or it has nothing that can be stopped.', o), 'Name catalogued resources, and products by their numbers.'
    FROM pdauth.incident AS i, unnest(i.resources || i.products) AS o
   WHERE i.incident_id = step.object_id AND step.to_state = 'opened'
     AND NOT (o = ANY (i.resources) AND EXISTS (SELECT FROM pdauth.resource AS r WHERE pdauth.path_contains(pdauth.resource_path(o), r.path))
              OR o = ANY (i.products) AND EXISTS (SELECT FROM pdauth.product AS p WHERE p.number = o))
  UNION ALL
  SELECT 'R-29-6', step.object, format('Missing: %s.', string_agg(f.fact, ', ' ORDER BY f.place)), NULL
    FROM pdauth.incident AS i
   CROSS JOIN LATERAL (
     SELECT v.place, v.fact FROM (VALUES (1, 'cause', i.cause), (2, 'effect', i.effect), (3, 'measures', i.measures), (4, 'activation', i.activated_at::text), (5, 'removal of the danger', i.danger_removed_at::text)) AS v (place, fact, value)
      WHERE pdauth.is_blank(v.value)
     UNION ALL
     SELECT 6, 'report to ' || pdauth.party_code(c.recipient_party) FROM pdauth.incident_clock AS c
      WHERE c.incident_id = i.incident_id AND c.recipient_party IS NOT NULL
        AND NOT EXISTS (SELECT FROM pdauth.incident_report AS r WHERE r.incident_id = i.incident_id AND r.sender_party = c.debtor_party AND r.recipient_party = c.recipient_party)) AS f (place, fact)
   WHERE i.incident_id = step.object_id AND step.to_state = 'closed'
  HAVING count(*) > 0
$function$;
REVOKE ALL ON FUNCTION pdauth.incident_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.incident_violations(pdauth.transition) IS 'Check function of incidents: by those concerned, about objects that exist (R-29-3), closed with every fact on record (R-29-6).';

CREATE FUNCTION pdauth.incident_effects(step pdauth.transition) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  incident pdauth.incident;
BEGIN
  SELECT * INTO incident FROM pdauth.incident AS i WHERE i.incident_id = step.object_id;
  IF step.to_state = 'opened' THEN
    INSERT INTO pdauth.incident_clock (incident_id, rule, debtor_party, due_at)
    VALUES (incident.incident_id, CASE WHEN incident.developer_party IS NULL THEN 'R-29-3' ELSE 'R-29-5' END, coalesce(incident.developer_party, incident.operator_party),
            incident.detected_at + make_interval(mins => pdauth.figure('activation_minutes', incident.division)));
    -- the operator's clocks start with the developer's report, unless it knows already
    IF incident.developer_party IS DISTINCT FROM step.party_id THEN
      PERFORM pdauth.start_report_clocks(incident, incident.opened_at);
    END IF;
    IF incident.developer_party IS NOT NULL THEN
      INSERT INTO pdauth.incident_clock (incident_id, rule, debtor_party, recipient_party, due_at)
      VALUES (incident.incident_id, 'R-29-5', incident.developer_party, incident.operator_party,
              incident.opened_at + make_interval(mins => pdauth.figure('report_agency_minutes', incident.division)));
    END IF;
  ELSIF step.to_state = 'closed' THEN
    PERFORM pdauth.lift_holds(step.object, format('released by %s on %s', step.document, step.event_date));
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.incident_effects(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.incident_effects(pdauth.transition) IS 'What follows from a step of an incident: opened, the clocks of activation and reports run (R-29-3, R-29-4, R-29-5); closed, what it names is released.';

CREATE FUNCTION pdauth.keep_incident() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  object text := pdauth.object_label('incident', NEW.number);
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.registered_at IS NOT NULL AND pdauth.break_glass_active() THEN
      RETURN NEW;  -- restored
    END IF;
    NEW.opened_at := pdauth.clock_now();
    NEW.resources := ARRAY(SELECT pdauth.resource_path(r) FROM unnest(NEW.resources) AS r);
  ELSE
    NEW.opened_at := OLD.opened_at;
    IF NOT (NEW.resources @> OLD.resources AND NEW.products @> OLD.products)
       OR (NEW.number, NEW.division::text, NEW.operator_party, NEW.agency_party, NEW.developer_party, NEW.kind, NEW.detected_at)
          IS DISTINCT FROM (OLD.number, OLD.division::text, OLD.operator_party, OLD.agency_party, OLD.developer_party, OLD.kind, OLD.detected_at)
       OR OLD.activated_at IS NOT NULL AND (NEW.activated_at, NEW.activation_document) IS DISTINCT FROM (OLD.activated_at, OLD.activation_document)
       OR OLD.danger_removed_at IS NOT NULL AND NEW.danger_removed_at IS DISTINCT FROM OLD.danger_removed_at
       OR EXISTS (SELECT FROM (VALUES (OLD.summary, NEW.summary), (OLD.cause, NEW.cause), (OLD.effect, NEW.effect), (OLD.measures, NEW.measures)) AS v (before, now)
                   WHERE NOT coalesce(starts_with(v.now, v.before), v.before IS NULL)) THEN
      PERFORM pdauth.refuse('R-29-6', object, 'What was recorded of an incident stays: objects and texts are only added to.', NULL, OLD.division);
    END IF;
  END IF;
  IF NOT isfinite(NEW.detected_at) THEN
    PERFORM pdauth.refuse('X-3', object, 'It was detected at no time.');
  -- "now" is any time of this transaction
  ELSIF NEW.activated_at < pdauth.clock_now() - (clock_timestamp() - transaction_timestamp()) AND NEW.activation_document IS NULL AND (TG_OP = 'INSERT' OR OLD.activated_at IS NULL) THEN
    PERFORM pdauth.refuse('X-3', object, 'The activation is dated before now, and has no activation_document.', 'Set activated_at = pdauth.clock_now(), or name the document as activation_document.');
  END IF;
  IF greatest(NEW.detected_at, NEW.activated_at, NEW.danger_removed_at) > pdauth.clock_now() THEN
    PERFORM pdauth.refuse('X-3', object, 'A time is in the future.');
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.keep_incident() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.keep_incident() IS 'Row trigger of pdauth.incident: fills the time of opening, lets objects and texts only be added to, and times neither be in the future nor, without a document, in the past (PD296, PD003).';

-- At once, not at commit: the freeze is there before the transaction does anything else.
CREATE FUNCTION pdauth.freeze_incident() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  object text := pdauth.object_label('incident', NEW.number);
BEGIN
  IF NEW.state = 'closed' OR TG_OP = 'INSERT' AND pdauth.break_glass_active() THEN
    RETURN NULL;
  ELSIF TG_OP = 'UPDATE' THEN
    IF (NEW.resources, NEW.products, NEW.response_team) IS NOT DISTINCT FROM (OLD.resources, OLD.products, OLD.response_team) THEN
      RETURN NULL;
    END IF;
    PERFORM pdauth.lift_holds(object, 'placed anew with the objects and the response team that it has now');
  END IF;
  PERFORM pdauth.hold_objects('R-29-3', object, NEW.division, NEW.resources, NEW.products, exempt => pdauth.incident_exempt(NEW));
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.freeze_incident() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.freeze_incident() IS 'Row trigger of pdauth.incident: stops access to what it names for all but the response team (R-29-3).';

SELECT pdauth.register_table('pdauth.incident', '{operator,developer,agency}', 'R-29-3', 'opened_at');
SELECT pdauth.describe_columns('pdauth.incident');
CREATE TRIGGER keep_incident BEFORE INSERT OR UPDATE ON pdauth.incident FOR EACH ROW EXECUTE FUNCTION pdauth.keep_incident();
CREATE TRIGGER freeze_incident AFTER INSERT OR UPDATE ON pdauth.incident FOR EACH ROW EXECUTE FUNCTION pdauth.freeze_incident();
ALTER TABLE pdauth.incident ENABLE ALWAYS TRIGGER keep_incident;
ALTER TABLE pdauth.incident ENABLE ALWAYS TRIGGER freeze_incident;
CREATE POLICY register ON pdauth.incident USING (pdauth.may_see(division, agency_party, operator_party, developer_party)) WITH CHECK (true);

CREATE FUNCTION pdauth.check_incident_report() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor;
  incident pdauth.incident;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  END IF;
  actor := pdauth.require_actor();
  SELECT * INTO incident FROM pdauth.incident AS i WHERE i.incident_id = NEW.incident_id FOR SHARE;
  IF actor.party_id <> ALL (ARRAY[incident.operator_party, coalesce(incident.developer_party, incident.operator_party)]) THEN
    PERFORM pdauth.refuse('R-29-4', pdauth.object_label('incident', incident.number), format('%s has no part in it.', actor.party), NULL, incident.division);
  END IF;
  NEW.sender_party := actor.party_id;
  NEW.sent_at := pdauth.clock_now();
  IF incident.developer_party = actor.party_id AND NEW.recipient_party = incident.operator_party
     AND NOT EXISTS (SELECT FROM pdauth.incident_clock AS c WHERE c.incident_id = incident.incident_id AND c.rule = 'R-29-4') THEN
    PERFORM pdauth.start_report_clocks(incident, NEW.sent_at);
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_incident_report() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_incident_report() IS 'Row trigger of pdauth.incident_report: by operator or developer, at the time of the record; the developer''s report to the operator starts the operator''s clocks (R-29-5).';
SELECT pdauth.register_fact('pdauth.incident_report', '{operator,developer}', 'R-29-4', 'check_incident_report');
SELECT pdauth.register_fact('pdauth.incident_clock', '{}', 'R-29-4');
-- Clocks are the system's: nobody writes them, and it acts for nobody.
REVOKE INSERT, UPDATE, DELETE ON pdauth.incident_clock FROM pdauth_register;
DROP TRIGGER check_bound ON pdauth.incident_clock;
DROP TRIGGER check_competence ON pdauth.incident_clock;
CREATE POLICY register ON pdauth.incident_report USING (pdauth.may_see((SELECT i.division FROM pdauth.incident AS i WHERE i.incident_id = incident_report.incident_id), sender_party, recipient_party)) WITH CHECK (true);
CREATE POLICY register ON pdauth.incident_clock USING (EXISTS (SELECT FROM pdauth.incident AS i WHERE i.incident_id = incident_clock.incident_id)) WITH CHECK (true);

CREATE VIEW pdauth.incident_clock_status WITH (security_barrier) AS
  SELECT i.number AS incident, c.rule, pdauth.party_code(c.debtor_party) AS debtor, pdauth.party_code(c.recipient_party) AS recipient, c.due_at, f.fulfilled_at,
         CASE WHEN f.fulfilled_at <= c.due_at THEN 'fulfilled' WHEN f.fulfilled_at IS NOT NULL THEN 'fulfilled late' WHEN pdauth.clock_now() > c.due_at THEN 'overdue' ELSE 'open' END AS status,
         CASE WHEN coalesce(f.fulfilled_at, pdauth.clock_now()) > c.due_at THEN r.sqlstate END AS flag
    FROM pdauth.incident_clock AS c JOIN pdauth.incident AS i USING (incident_id) JOIN pdauth.rule AS r USING (rule)
   CROSS JOIN LATERAL (SELECT CASE WHEN c.recipient_party IS NULL THEN i.activated_at
                                   ELSE (SELECT pg_catalog.min(p.sent_at) FROM pdauth.incident_report AS p
                                          WHERE p.incident_id = c.incident_id AND p.sender_party = c.debtor_party AND p.recipient_party = c.recipient_party) END AS fulfilled_at) AS f
   WHERE pdauth.may_see(i.division, i.agency_party, i.operator_party, i.developer_party, c.recipient_party);
COMMENT ON VIEW pdauth.incident_clock_status IS 'Clocks of incidents with their status now; a late one keeps its flag, visible to both sides and to the supervisors (R-29-3, R-29-4, R-29-5).';
COMMENT ON COLUMN pdauth.incident_clock_status.incident IS 'Incident.';
COMMENT ON COLUMN pdauth.incident_clock_status.rule IS 'Rule that makes the duty.';
COMMENT ON COLUMN pdauth.incident_clock_status.debtor IS 'Who has to act.';
COMMENT ON COLUMN pdauth.incident_clock_status.recipient IS 'To whom it reports; NULL for the activation of the plan.';
COMMENT ON COLUMN pdauth.incident_clock_status.due_at IS 'Until when.';
COMMENT ON COLUMN pdauth.incident_clock_status.fulfilled_at IS 'When it was done.';
COMMENT ON COLUMN pdauth.incident_clock_status.status IS 'open, overdue, fulfilled or fulfilled late.';
COMMENT ON COLUMN pdauth.incident_clock_status.flag IS 'SQLSTATE of the rule if it is or was overdue.';

CREATE VIEW pdauth.incident_attribution WITH (security_barrier) AS
  SELECT i.number AS incident, i.kind, r.object, r.manages, r.holds, coalesce(pdauth.party_code(i.developer_party), r.uses) AS uses, coalesce(r.operates, pdauth.party_code(i.operator_party)) AS operates
    FROM pdauth.incident AS i JOIN pdauth.responsible_party AS r
      ON r.kind = 'resource' AND r.object IN (SELECT k.path FROM pdauth.resource AS k, pg_catalog.unnest(i.resources) AS p WHERE pdauth.path_contains(p, k.path))
      OR r.kind = 'product' AND r.object = ANY (i.products)
   WHERE pdauth.may_see(i.division, i.agency_party, i.operator_party, i.developer_party);
COMMENT ON VIEW pdauth.incident_attribution IS 'Incidents with the parties responsible for what they concern (R-27-1).';
COMMENT ON COLUMN pdauth.incident_attribution.incident IS 'Incident.';
COMMENT ON COLUMN pdauth.incident_attribution.kind IS 'Its kind.';
COMMENT ON COLUMN pdauth.incident_attribution.object IS 'Resource or product.';
COMMENT ON COLUMN pdauth.incident_attribution.manages IS 'Who manages it.';
COMMENT ON COLUMN pdauth.incident_attribution.holds IS 'Who holds the data.';
COMMENT ON COLUMN pdauth.incident_attribution.uses IS 'Who uses it.';
COMMENT ON COLUMN pdauth.incident_attribution.operates IS 'Who operates it.';
GRANT SELECT ON pdauth.incident_clock_status, pdauth.incident_attribution TO pdauth_register, pdauth_policy_admin, pdauth_auditor;

-- ---- instructions of security authorities (R-28-10) ----

CREATE TABLE pdauth.security_instruction (
  instruction_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number          text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  division        pdauth.division_code,
  authority_party bigint NOT NULL REFERENCES pdauth.party,
  kind            text NOT NULL CHECK (kind IN ('freeze', 'joint inspection', 'other')),
  resources       text[] NOT NULL DEFAULT '{}',
  products        text[] NOT NULL DEFAULT '{}',
  addressee_party bigint REFERENCES pdauth.party,
  content         text NOT NULL CHECK (pdauth.has_content(content)),
  state           text NOT NULL DEFAULT 'issued',
  act_date        date,
  act_document    text,
  act_digest      pdauth.document_digest,
  act_reason      text,
  registered_at   timestamptz,
  CHECK (kind <> 'freeze' OR pg_catalog.cardinality(resources) + pg_catalog.cardinality(products) > 0 OR addressee_party IS NOT NULL)
);
COMMENT ON TABLE pdauth.security_instruction IS 'Instructions of cyberspace, public security, state security, secrecy and cryptography authorities: a freeze stops access to what it names, or of the party it is addressed to, from the next statement on, until it is lifted (R-28-10).';
COMMENT ON COLUMN pdauth.security_instruction.instruction_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.security_instruction.number IS 'Number.';
COMMENT ON COLUMN pdauth.security_instruction.authority_party IS 'Authority.';
COMMENT ON COLUMN pdauth.security_instruction.kind IS 'freeze, joint inspection or other.';
COMMENT ON COLUMN pdauth.security_instruction.resources IS 'Paths of resources, with all below them.';
COMMENT ON COLUMN pdauth.security_instruction.products IS 'Numbers of products.';
COMMENT ON COLUMN pdauth.security_instruction.addressee_party IS 'Party it is addressed to. A freeze without objects stops all access of its roles; with objects, their access to these.';
COMMENT ON COLUMN pdauth.security_instruction.content IS 'What is ordered.';
COMMENT ON COLUMN pdauth.security_instruction.state IS 'issued or lifted.';
INSERT INTO pdauth.life_cycle VALUES ('security_instruction', 'instruction_id', 'number', 'security_instruction_violations', 'security_instruction_effects', 'R-28-10', 'R-28-10', 'R-28-10', '{}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('security_instruction', '', 'issued', '{security}', 'R-28-10', '{document}'),
  ('security_instruction', 'issued', 'lifted', '{security}', 'R-28-10', '{document}');

CREATE FUNCTION pdauth.security_instruction_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-28-10', step.object, format('It is an instruction of %s.', pdauth.party_code(i.authority_party)), NULL::text
    FROM pdauth.security_instruction AS i WHERE i.instruction_id = step.object_id AND i.authority_party <> step.party_id
  UNION ALL
  SELECT 'R-28-10', step.object, format('%s has no territory around %s.', pdauth.party_code(step.party_id), i.division), NULL
    FROM pdauth.security_instruction AS i
   WHERE i.instruction_id = step.object_id
     AND NOT EXISTS (SELECT FROM pdauth.party_capacity AS c WHERE c.party_id = step.party_id AND c.capacity = 'security' AND (c.ended_on IS NULL OR c.ended_on > pdauth.clock_today())
                        AND pdauth.division_code_contains(c.division, i.division))
  UNION ALL
  SELECT 'R-28-10', step.object, format('There is no resource or product %s.', o), 'Name resources by their paths, and products by their numbers.'
    FROM pdauth.security_instruction AS i, unnest(i.resources || i.products) AS o
   WHERE i.instruction_id = step.object_id AND step.to_state = 'issued'
     AND NOT (o = ANY (i.resources) AND (EXISTS (SELECT FROM pdauth.resource AS r WHERE pdauth.path_contains(pdauth.resource_path(o), r.path))
                                         OR EXISTS (SELECT FROM pdauth.protected_relation AS g WHERE pdauth.path_contains(pdauth.resource_path(o), g.resource)))
              OR o = ANY (i.products) AND EXISTS (SELECT FROM pdauth.product AS p WHERE p.number = o))
  UNION ALL
  SELECT 'R-28-10', step.object, format('%s lies outside the territory of %s.', f.o, pdauth.party_code(step.party_id)), NULL
    FROM pdauth.security_instruction AS i
   CROSS JOIN LATERAL (SELECT r.path, r.division FROM pdauth.resource AS r, unnest(i.resources) AS u (node) WHERE pdauth.path_contains(pdauth.resource_path(u.node), r.path)
                       UNION ALL SELECT p.number, p.division FROM pdauth.product AS p WHERE p.number = ANY (i.products)
                       UNION ALL SELECT y.party, y.division FROM pdauth.party AS y WHERE y.party_id = i.addressee_party AND cardinality(i.resources) + cardinality(i.products) = 0) AS f (o, division)
   WHERE i.instruction_id = step.object_id AND step.to_state = 'issued'
     AND NOT EXISTS (SELECT FROM pdauth.party_capacity AS c WHERE c.party_id = step.party_id AND c.capacity = 'security' AND (c.ended_on IS NULL OR c.ended_on > pdauth.clock_today())
                        AND pdauth.division_code_contains(c.division, f.division))
$function$;
REVOKE ALL ON FUNCTION pdauth.security_instruction_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.security_instruction_violations(pdauth.transition) IS 'Check function of security instructions: issued and lifted by the authority itself, about what there is in its territory (R-28-10).';

CREATE FUNCTION pdauth.security_instruction_effects(step pdauth.transition) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF step.to_state = 'lifted' THEN
    PERFORM pdauth.lift_holds(step.object, format('lifted by %s on %s', step.document, step.event_date));
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.security_instruction_effects(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.security_instruction_effects(pdauth.transition) IS 'What follows from a step of a security instruction: lifted, its freeze ends.';

CREATE FUNCTION pdauth.freeze_instruction() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  object text := pdauth.object_label('security_instruction', NEW.number);
BEGIN
  IF NEW.kind <> 'freeze' OR NEW.registered_at IS NOT NULL AND pdauth.break_glass_active() THEN
    RETURN NULL;
  END IF;
  PERFORM pdauth.hold_objects('R-28-10', object, NEW.division, NEW.resources, NEW.products, NEW.addressee_party);
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.freeze_instruction() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.freeze_instruction() IS 'Row trigger of pdauth.security_instruction: a freeze stops access at once (PD28A, R-28-10).';
SELECT pdauth.register_table('pdauth.security_instruction', '{security}', 'R-28-10');
SELECT pdauth.describe_columns('pdauth.security_instruction');
CREATE TRIGGER freeze_instruction AFTER INSERT ON pdauth.security_instruction FOR EACH ROW EXECUTE FUNCTION pdauth.freeze_instruction();
ALTER TABLE pdauth.security_instruction ENABLE ALWAYS TRIGGER freeze_instruction;
CREATE POLICY register ON pdauth.security_instruction USING (pdauth.may_see(division, authority_party, addressee_party)) WITH CHECK (true);

-- ---- incidents found by the database itself (R-29-7) ----

CREATE TABLE pdauth.incident_draft (
  draft_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  division    pdauth.division_code,
  kind        text NOT NULL CHECK (kind IN ('denied attempts', 'repeated linkage', 'broken chain', 'digest mismatch', 'enforcement disabled')),
  subject     text NOT NULL CHECK (pdauth.has_content(subject)),
  concerned_party bigint REFERENCES pdauth.party,
  finding     text NOT NULL CHECK (pdauth.has_content(finding)),
  decide_by   timestamptz NOT NULL,
  decision    text CHECK (decision IN ('incident', 'no incident')),
  decision_reason text CHECK (pdauth.has_content(decision_reason)),
  decided_by  bigint REFERENCES pdauth.person,
  decided_at  timestamptz,
  recorded_at timestamptz NOT NULL,
  recorded_by name NOT NULL,
  CHECK ((decision IS NULL) = (decision_reason IS NULL))
);
CREATE INDEX incident_draft_open_index ON pdauth.incident_draft (kind, subject) WHERE decision IS NULL;
COMMENT ON TABLE pdauth.incident_draft IS 'What the database found by itself (pdauth.detect_incidents): mass denied attempts, as many statements on one combination of resources as tell single rows by their differences (R-28-7), a broken chain of evidence, a batch that is not what its digest says, enforcement found disabled. The operator concerned or its implementing agency decides by decision and decision_reason; until then access is stopped (R-29-7).';
COMMENT ON COLUMN pdauth.incident_draft.draft_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.incident_draft.kind IS 'denied attempts, repeated linkage, broken chain, digest mismatch or enforcement disabled.';
COMMENT ON COLUMN pdauth.incident_draft.subject IS 'What it is about: the person, the resource, the log.';
COMMENT ON COLUMN pdauth.incident_draft.concerned_party IS 'Party of the person, if it is about one.';
COMMENT ON COLUMN pdauth.incident_draft.finding IS 'What was found.';
COMMENT ON COLUMN pdauth.incident_draft.decide_by IS 'Until when it is to be decided: the pack''s activation_minutes.';
COMMENT ON COLUMN pdauth.incident_draft.decision IS 'incident: an incident is opened for it; no incident: access is released.';
COMMENT ON COLUMN pdauth.incident_draft.decision_reason IS 'Why; for an incident, its number.';
COMMENT ON COLUMN pdauth.incident_draft.decided_by IS 'Person who decided, filled in.';
COMMENT ON COLUMN pdauth.incident_draft.decided_at IS 'When, filled in.';

CREATE FUNCTION pdauth.decide_incident_draft() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor;
BEGIN
  IF TG_OP = 'INSERT' THEN
    RETURN NEW;
  END IF;
  actor := pdauth.require_actor();
  IF OLD.decision IS NOT NULL OR NEW.decision IS NULL THEN
    PERFORM pdauth.refuse('R-29-6', 'incident draft ' || OLD.draft_id, 'It is decided once, by decision and decision_reason.', NULL, OLD.division);
  ELSIF EXISTS (SELECT FROM pdauth.person AS n WHERE n.person_id = actor.person_id AND n.person = OLD.subject) THEN
    PERFORM pdauth.refuse('R-29-7', 'incident draft ' || OLD.draft_id, 'Nobody decides about attempts of one''s own.', NULL, OLD.division);
  ELSIF actor.capacity = 'operator' AND actor.party_id IS DISTINCT FROM OLD.concerned_party
        AND NOT EXISTS (SELECT FROM pdauth.development_agreement AS d WHERE d.operator_party = actor.party_id AND d.developer_party = OLD.concerned_party) THEN
    PERFORM pdauth.refuse('R-29-7', 'incident draft ' || OLD.draft_id, format('%s has no part in it.', actor.party), NULL, OLD.division);
  ELSIF NEW.decision = 'incident'
        AND NOT EXISTS (SELECT FROM pdauth.incident AS i
                         WHERE i.number = NEW.decision_reason AND i.state <> 'closed'
                           -- the freeze goes on under the incident
                           AND NOT EXISTS (SELECT FROM pdauth.access_hold AS h
                                            WHERE h.object = 'incident draft ' || OLD.draft_id AND h.ended_at IS NULL AND h.resource <> '*'
                                              AND NOT EXISTS (SELECT FROM unnest(i.resources) AS r WHERE pdauth.path_contains(r, h.resource)))) THEN
    PERFORM pdauth.refuse('R-29-7', 'incident draft ' || OLD.draft_id, format('There is no open incident %s that covers it.', NEW.decision_reason), 'Open the incident first, with the resource, and give its number as decision_reason.', OLD.division);
  END IF;
  NEW.decided_by := actor.person_id;
  NEW.decided_at := pdauth.clock_now();
  PERFORM pdauth.lift_holds('incident draft ' || OLD.draft_id, format('decided: %s', NEW.decision));
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.decide_incident_draft() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.decide_incident_draft() IS 'Row trigger of pdauth.incident_draft: decided once, by the operator concerned or an implementing agency, not by the person it is about; the decision releases access (PD297, R-29-7).';
SELECT pdauth.register_fact('pdauth.incident_draft', '{operator,agency}', 'R-29-7', 'decide_incident_draft', '{decision,decided_at}');
DROP TRIGGER keep_record ON pdauth.incident_draft;
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.incident_draft FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record('decision', 'decision_reason', 'decided_by', 'decided_at');
ALTER TABLE pdauth.incident_draft ENABLE ALWAYS TRIGGER keep_record;
CREATE POLICY register ON pdauth.incident_draft USING (pdauth.may_see(division, VARIADIC ARRAY[concerned_party, pdauth.supervisor_of(concerned_party, division), pdauth.holder_of('agency', division)])) WITH CHECK (true);
-- Findings are the system's: nobody inserts them, and it acts for nobody.
REVOKE INSERT ON pdauth.incident_draft FROM pdauth_register;
DROP TRIGGER check_bound ON pdauth.incident_draft;
DROP TRIGGER check_competence ON pdauth.incident_draft;
CREATE TRIGGER check_competence BEFORE UPDATE OR DELETE ON pdauth.incident_draft FOR EACH STATEMENT EXECUTE FUNCTION pdauth.check_competence();
ALTER TABLE pdauth.incident_draft ENABLE ALWAYS TRIGGER check_competence;

CREATE FUNCTION pdauth.open_draft(kind text, subject text, concerned_party bigint, division pdauth.division_code, finding text, resource text DEFAULT NULL, person_id bigint DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  opened text;
BEGIN
  -- one finding at a time about the same
  IF EXISTS (SELECT FROM pdauth.incident_draft AS d WHERE d.kind = open_draft.kind AND d.subject = open_draft.subject AND d.decision IS NULL) THEN
    RETURN;
  END IF;
  INSERT INTO pdauth.incident_draft (division, kind, subject, concerned_party, finding, decide_by)
  VALUES (division, kind, subject, concerned_party, finding, pdauth.clock_now() + make_interval(mins => pdauth.figure('activation_minutes', division)))
  RETURNING 'incident draft ' || draft_id INTO opened;
  IF resource IS NOT NULL THEN
    PERFORM pdauth.place_hold('R-29-7', opened, division, resource);
  END IF;
  IF person_id IS NOT NULL THEN
    PERFORM pdauth.hold_person('R-29-7', opened, division, person_id);
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.open_draft(text, text, bigint, pdauth.division_code, text, text, bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.open_draft(text, text, bigint, pdauth.division_code, text, text, bigint) IS 'Enters a finding of the database, and stops access to a resource or of a person until it is decided (PD297, R-29-7). For detectors.';

CREATE TABLE pdauth.denied_attempt (
  role_name text NOT NULL,
  session_role_name text NOT NULL,
  made_at   timestamptz NOT NULL
);
CREATE INDEX denied_attempt_index ON pdauth.denied_attempt (made_at);
COMMENT ON TABLE pdauth.denied_attempt IS 'Refused statements of the last 31 days, taken over from the audit log to be counted (R-29-7). Written and emptied by pdauth.detect_incidents().';
COMMENT ON COLUMN pdauth.denied_attempt.role_name IS 'Role that was refused.';
COMMENT ON COLUMN pdauth.denied_attempt.session_role_name IS 'Login, with the person it was attested to act for.';
COMMENT ON COLUMN pdauth.denied_attempt.made_at IS 'When.';
CREATE TABLE pdauth.linked_statement (
  role_name text NOT NULL,
  session_role_name text NOT NULL,
  combination text NOT NULL,
  made_at   timestamptz NOT NULL
);
CREATE INDEX linked_statement_index ON pdauth.linked_statement (made_at);
COMMENT ON TABLE pdauth.linked_statement IS 'Statements of the last 31 days that combined resources under an assessment, taken over from the audit log to be counted: groups that overlap tell by their differences what no group tells (R-28-7). Written and emptied by pdauth.detect_incidents().';
COMMENT ON COLUMN pdauth.linked_statement.role_name IS 'Role that ran it.';
COMMENT ON COLUMN pdauth.linked_statement.session_role_name IS 'Login, with the person it was attested to act for.';
COMMENT ON COLUMN pdauth.linked_statement.combination IS 'The resources combined.';
COMMENT ON COLUMN pdauth.linked_statement.made_at IS 'When.';
CREATE TABLE pdauth.detection (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  looked_at timestamptz
);
COMMENT ON TABLE pdauth.detection IS 'When the audit log was last looked through for refusals and combinations; who looks locks the row.';
INSERT INTO pdauth.detection (looked_at) VALUES (NULL);
COMMENT ON COLUMN pdauth.detection.singleton IS 'There is one row.';
COMMENT ON COLUMN pdauth.detection.looked_at IS 'When, by the server''s clock; NULL: never.';
-- Without an index, so that what writes the log adds nothing but a row.
CREATE TABLE pdauth.detection_due (
  epoch bigint NOT NULL,
  xid xid8 NOT NULL
);
-- A publication of all tables must not stop what deletes from them.
ALTER TABLE pdauth.detection_due REPLICA IDENTITY FULL;
ALTER TABLE pdauth.denied_attempt REPLICA IDENTITY FULL;
ALTER TABLE pdauth.linked_statement REPLICA IDENTITY FULL;
COMMENT ON TABLE pdauth.detection_due IS 'Transactions that took statements over into the audit log and have not been looked through: their entries are read by key, and not all that has been written. Filled with the entries, in one transaction; emptied by pdauth.detect_incidents().';
COMMENT ON COLUMN pdauth.detection_due.epoch IS 'Epoch of the entries.';
COMMENT ON COLUMN pdauth.detection_due.xid IS 'Number of the transaction.';

CREATE FUNCTION pdauth.person_of_login(role_name text, session_role_name text) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT coalesce(
    -- as src/attest.c names a pool's login and the person it was attested to act for
    (SELECT n.person_id FROM pdauth.service_role AS s JOIN pg_roles AS r ON r.oid = s.role JOIN pdauth.person AS n USING (party_id)
      WHERE session_role_name = r.rolname || ' for ' || n.person LIMIT 1),
    (SELECT p.person_id FROM pdauth.principal AS p JOIN pg_roles AS r ON r.oid = p.role WHERE r.rolname = session_role_name AND p.ended_on IS NULL LIMIT 1),
    (SELECT p.person_id FROM pdauth.principal AS p JOIN pg_roles AS r ON r.oid = p.role WHERE r.rolname = role_name AND p.ended_on IS NULL LIMIT 1))
$function$;
REVOKE ALL ON FUNCTION pdauth.person_of_login(text, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.person_of_login(text, text) IS 'The person behind an entry of the audit log: whom its login was attested to act for, or is bound to, or else whom the acting role is bound to; NULL if there is none.';

-- By key, whatever statistics of another time say of the log: it is large, and grows while we look.
CREATE FUNCTION pdauth.detect_incidents() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off
AS $function$
DECLARE
  suspect record;
  drafts integer := 0;
BEGIN
  -- nobody makes the audit worker wait
  PERFORM FROM pdauth.detection FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  WITH due AS (
    DELETE FROM pdauth.detection_due AS d
     WHERE d.ctid = ANY (ARRAY(SELECT l.ctid FROM pdauth.detection_due AS l FOR UPDATE SKIP LOCKED)) RETURNING d.epoch, d.xid),
  fresh AS (
    -- OFFSET: transaction by transaction, not a join that reads all
    SELECT e.* FROM (SELECT DISTINCT d.epoch, d.xid FROM due AS d) AS d
           CROSS JOIN LATERAL (
             SELECT n.* FROM pdauth.audit_entry AS n
              WHERE n.epoch = d.epoch AND n.xid = d.xid AND n.role_name IS NOT NULL
                -- of others in the same transaction nobody opens the image
                AND (n.operation = 'N' OR n.operation = 'R' AND EXISTS (SELECT FROM pdauth.linkage_assessment AS a WHERE a.state = 'concluded'))
             OFFSET 0) AS e),
  refused AS (
    INSERT INTO pdauth.denied_attempt (role_name, session_role_name, made_at)
    SELECT e.role_name, coalesce(e.session_role_name, ''), e.made_at FROM fresh AS e WHERE e.operation = 'N'),
  linked AS (
    INSERT INTO pdauth.linked_statement (role_name, session_role_name, combination, made_at)
    SELECT e.role_name, coalesce(e.session_role_name, ''), string_agg(DISTINCT s.resource, ', ' ORDER BY s.resource), e.made_at + coalesce(min(s.later), interval '0')
      FROM fresh AS e CROSS JOIN LATERAL pdauth.statement_relation(e.relation_name, e.operation, e.image) AS s
     WHERE e.operation = 'R' AND s.resource IS NOT NULL AND s.custodian IS NOT TRUE
     GROUP BY e.epoch, e.xid, e.n, e.role_name, e.session_role_name, e.made_at, s.statement
    HAVING EXISTS (SELECT FROM pdauth.linkage_assessment AS a
                    WHERE a.state = 'concluded' AND count(DISTINCT s.resource) > 1
                      AND NOT EXISTS (SELECT FROM unnest(array_agg(s.resource)) AS r WHERE NOT EXISTS (SELECT FROM unnest(a.resources) AS u (node) WHERE pdauth.path_contains(pdauth.resource_path(u.node), r)))))
  UPDATE pdauth.detection SET looked_at = clock_timestamp();
  DELETE FROM pdauth.denied_attempt AS a WHERE a.made_at < clock_timestamp() - interval '31 days';
  DELETE FROM pdauth.linked_statement AS l WHERE l.made_at < clock_timestamp() - interval '31 days';
  FOR suspect IN
    SELECT n.person_id, n.person, n.party_id, y.division, count(*) AS attempts, pdauth.figure('denied_attempts_minutes', y.division) AS minutes
      FROM pdauth.denied_attempt AS a JOIN pdauth.person AS n ON n.person_id = pdauth.person_of_login(a.role_name, a.session_role_name)
      JOIN pdauth.party AS y USING (party_id)
     WHERE a.made_at >= clock_timestamp() - make_interval(mins => pdauth.figure('denied_attempts_minutes', y.division))
       -- what has been decided about is not found again
       AND a.made_at > coalesce((SELECT max(d.decided_at) FROM pdauth.incident_draft AS d WHERE d.kind = 'denied attempts' AND d.subject = n.person), '-infinity')
     GROUP BY n.person_id, n.person, n.party_id, y.division HAVING count(*) >= pdauth.figure('denied_attempts_limit', y.division)
  LOOP
    PERFORM pdauth.open_draft('denied attempts', suspect.person, suspect.party_id, suspect.division,
      format('%s attempts refused in %s minutes.', suspect.attempts, suspect.minutes), person_id => suspect.person_id);
    drafts := drafts + 1;
  END LOOP;
  FOR suspect IN
    SELECT n.person_id, n.person, n.party_id, y.division, l.combination, count(*) AS attempts, pdauth.figure('linkage_statements_minutes', y.division) AS minutes
      FROM pdauth.linked_statement AS l JOIN pdauth.person AS n ON n.person_id = pdauth.person_of_login(l.role_name, l.session_role_name) JOIN pdauth.party AS y USING (party_id)
     WHERE l.made_at >= clock_timestamp() - make_interval(mins => pdauth.figure('linkage_statements_minutes', y.division))
       AND l.made_at > coalesce((SELECT max(d.decided_at) FROM pdauth.incident_draft AS d WHERE d.kind = 'repeated linkage' AND d.subject = n.person), '-infinity')
     GROUP BY n.person_id, n.person, n.party_id, y.division, l.combination HAVING count(*) >= pdauth.figure('linkage_statements_limit', y.division)
  LOOP
    PERFORM pdauth.open_draft('repeated linkage', suspect.person, suspect.party_id, suspect.division,
      format('%s statements on %s in %s minutes.', suspect.attempts, suspect.combination, suspect.minutes), person_id => suspect.person_id);
    drafts := drafts + 1;
  END LOOP;
  RETURN drafts;
EXCEPTION WHEN OTHERS THEN
  -- the audit worker goes on writing the log whatever the register says
  RAISE WARNING 'pdauth could not look for incidents: %', SQLERRM;
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.detect_incidents() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.detect_incidents() TO pdauth_auditor, pdauth_policy_admin;
COMMENT ON FUNCTION pdauth.detect_incidents() IS
  'Looks through what is new in the audit log for persons who were refused as often in as many minutes as the pack says, or who ran as many statements on one assessed combination of resources, and enters a draft that stops them (R-29-7, R-28-7). The audit worker calls it after it has written. Number of persons found; NULL, with a warning, if it failed.';

CREATE FUNCTION pdauth.verify_and_report() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  found record;
  drafts integer := 0;
  territory pdauth.division_code := (SELECT p.territory FROM pdauth.jurisdiction_pack AS p WHERE p.territory IS NOT NULL ORDER BY p.pack LIMIT 1);
BEGIN
  FOR found IN
    SELECT coalesce(v.relation, 'the log') AS relation, count(*) AS findings, min(v.kind) AS kind, min(g.resource) AS resource
      FROM pdauth.verify() AS v LEFT JOIN pdauth.protected_relation AS g ON g.relation::oid = to_regclass(v.relation)
     WHERE v.severity = 'finding' GROUP BY v.relation
  LOOP
    PERFORM pdauth.open_draft('broken chain', found.relation, NULL, territory, format('%s findings, such as: %s.', found.findings, found.kind), coalesce(found.resource, '*'));
    drafts := drafts + 1;
  END LOOP;
  FOR found IN SELECT h.object, h.finding FROM pdauth.health_check() AS h WHERE h.severity = 'error' LOOP
    PERFORM pdauth.open_draft('enforcement disabled', found.object, NULL, territory, found.finding,
      (SELECT g.resource FROM pdauth.protected_relation AS g WHERE g.relation::text = found.object LIMIT 1));
    drafts := drafts + 1;
  END LOOP;
  RETURN drafts;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.verify_and_report() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.verify_and_report() TO pdauth_auditor;
COMMENT ON FUNCTION pdauth.verify_and_report() IS
  'Verifies the audit log and looks at the health of the protection; each broken relation of the log stops access to its resource (to everything, if no relation can be named), each error of the protection to the resource it is about, until an agency decides (R-29-7). Number of findings. Reads the whole log: for a job at night. pdauth_auditor.';

CREATE FUNCTION pdauth.verify_batch(path text, batch text, checksum text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor := pdauth.require_actor();
  loaded record;
BEGIN
  SELECT b.checksum, r.division, r.provider_party INTO loaded FROM pdauth.load_batch AS b JOIN pdauth.resource AS r USING (resource_id) WHERE r.path = verify_batch.path AND b.batch = verify_batch.batch;
  IF NOT FOUND OR actor.capacity <> 'platform' AND actor.party_id <> loaded.provider_party THEN
    PERFORM pdauth.refuse('R-29-7', 'batch ' || batch, format('%s cannot check a batch of %s.', actor.party, path), 'The providing department and the platform check batches.', actor.division);
  ELSIF loaded.checksum <> checksum THEN
    PERFORM pdauth.open_draft('digest mismatch', path, loaded.provider_party, loaded.division, format('Batch %s is not what its checksum says.', batch), path);
  END IF;
  RETURN loaded.checksum = checksum;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.verify_batch(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.verify_batch(text, text, text) TO pdauth_register;
COMMENT ON FUNCTION pdauth.verify_batch(text, text, text) IS 'Compares the checksum of a batch as it is stored now with the one recorded at its load; if they differ, access to the resource is stopped until it is decided (R-29-7). By the providing department or the platform; returns whether they agree.';
