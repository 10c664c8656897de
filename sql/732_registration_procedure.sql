-- What comes after the application to register, by the interim measure of the
-- state (公共数据资源登记管理暂行办法, 发改数据规〔2025〕26号), whose articles are
-- given below.  Every figure is of the pack N26: where it is not adopted, and
-- the territory sets none of its own, nothing of this is asked.

CREATE TABLE pdauth.registration_objection (
  objection_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number          text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  registration_id bigint NOT NULL REFERENCES pdauth.registration,
  division        pdauth.division_code,
  objector        text NOT NULL CHECK (pdauth.has_content(objector)),
  content         text NOT NULL CHECK (pdauth.has_content(content)),
  evidence        text NOT NULL CHECK (pdauth.has_content(evidence)),
  state           text NOT NULL DEFAULT 'open',
  act_date        date,
  act_document    text,
  act_digest      pdauth.document_digest,
  act_reason      text,
  registered_at   timestamptz
);
CREATE INDEX registration_objection_registration_index ON pdauth.registration_objection (registration_id);
COMMENT ON TABLE pdauth.registration_objection IS 'Objections to a registration in publicity, under real name and with evidence, entered and decided by the data authority: open, rejected, or upheld, which ends the registration (N26-6, Art. 12).';
COMMENT ON COLUMN pdauth.registration_objection.objection_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.registration_objection.number IS 'Number.';
COMMENT ON COLUMN pdauth.registration_objection.registration_id IS 'The registration.';
COMMENT ON COLUMN pdauth.registration_objection.division IS 'Division, the one of the registration.';
COMMENT ON COLUMN pdauth.registration_objection.objector IS 'Who objects, by real name.';
COMMENT ON COLUMN pdauth.registration_objection.content IS 'The objection.';
COMMENT ON COLUMN pdauth.registration_objection.evidence IS 'Evidence that came with it.';
COMMENT ON COLUMN pdauth.registration_objection.state IS 'open, rejected or upheld.';
SELECT pdauth.describe_columns('pdauth.registration_objection');

INSERT INTO pdauth.life_cycle VALUES ('registration_objection', 'objection_id', 'number', 'registration_objection_violations', NULL, 'R-18-1', 'R-18-1', 'R-25-4', '{}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('registration_objection', '', 'open', '{bureau,prefecture,county}', 'R-18-1', '{document}'),
  ('registration_objection', 'open', 'rejected', '{bureau,prefecture,county}', 'R-18-1', '{reason}'),
  ('registration_objection', 'open', 'upheld', '{bureau,prefecture,county}', 'R-18-1', '{reason}');

CREATE FUNCTION pdauth.registration_objection_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-18-1', step.object, format('N26-6 (Art. 12): registration %s of %s is %s; its data authority enters and decides objections while it is in publicity.', g.number, g.division, g.state), NULL::text
    FROM pdauth.registration_objection AS o JOIN pdauth.registration AS g USING (registration_id)
   WHERE o.objection_id = step.object_id
     AND (NOT pdauth.division_code_equal(o.division, g.division) OR step.party_id IS DISTINCT FROM pdauth.data_authority(g.division) OR g.state <> 'publicised')
$function$;
REVOKE ALL ON FUNCTION pdauth.registration_objection_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.registration_objection_violations(pdauth.transition) IS 'Check function of objections to registrations: by the data authority of the registration, while it is in publicity (N26-6).';

CREATE FUNCTION pdauth.registration_publicity_violations(registration pdauth.registration, object text, day date) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  WITH publicity AS (
    -- a longer figure that came later favours protection; a shorter one does not count
    SELECT t.event_date AS since, greatest(pdauth.registration_figure('registration_publicity_wd', registration.division, t.event_date), pdauth.registration_figure('registration_publicity_wd', registration.division, day)) AS workdays
      FROM (SELECT) AS always LEFT JOIN LATERAL pdauth.last_step('registration', registration.registration_id, 'publicised') AS t ON t.transition_id IS NOT NULL
  )
  SELECT 'R-18-1', object, format('N26-6 (Art. 12): it was not in publicity, which lasts %s working days.', pdauth.registration_figure('registration_publicity_wd', registration.division, day)), NULL::text
    FROM publicity AS p WHERE p.since IS NULL AND pdauth.registration_figure('registration_publicity_wd', registration.division, day) IS NOT NULL
  UNION ALL
  SELECT 'R-18-1', object, format('N26-6 (Art. 12): it is in publicity from %s, for %s working days, until %s.', p.since, p.workdays, pdauth.publicity_end(p.since, p.workdays)), NULL
    FROM publicity AS p WHERE p.workdays IS NOT NULL AND p.since IS NOT NULL AND day <= pdauth.publicity_end(p.since, p.workdays)
  UNION ALL
  SELECT 'R-18-1', object, format('N26-6 (Art. 12): objection %s is %s.', o.number, o.state), CASE o.state WHEN 'open' THEN 'Have the objection decided first.' ELSE 'The registration has ended: cancel it, and apply anew.' END
    FROM pdauth.registration_objection AS o WHERE o.registration_id = registration.registration_id AND o.state <> 'rejected'
$function$;
REVOKE ALL ON FUNCTION pdauth.registration_publicity_violations(pdauth.registration, text, date) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.registration_publicity_violations(pdauth.registration, text, date) IS 'Why a registration gets no code on a day: its publicity has not lasted the working days of the pack, or an objection is open or upheld (N26-6).';

CREATE FUNCTION pdauth.operating_last_day(product_id bigint, years integer) RETURNS date
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT CASE WHEN NOT bool_or(upper(a.term) > (lower(a.term) + make_interval(years => years))::date) THEN max(upper(a.term) - 1) END
    FROM pdauth.product AS p JOIN pdauth.operating_agreement AS a
      ON a.operator_party = p.owner_party OR EXISTS (SELECT FROM pdauth.development_agreement AS d WHERE d.agreement_id = a.agreement_id AND d.developer_party = p.owner_party)
   WHERE p.product_id = operating_last_day.product_id AND pdauth.agreement_in_force(a.agreement_id)
     AND EXISTS (SELECT FROM pdauth.product_source AS s CROSS JOIN LATERAL pdauth.grants(a.scope) AS n CROSS JOIN LATERAL unnest(n.paths) AS u(path) WHERE s.product_id = p.product_id AND pdauth.path_contains(u.path, s.source))
$function$;
REVOKE ALL ON FUNCTION pdauth.operating_last_day(bigint, integer) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.operating_last_day(bigint, integer) IS 'Last day of the operating agreements in force that a product rests on, if none of them is for longer than so many years; else NULL, and for NULL.';

CREATE FUNCTION pdauth.registration_procedure_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  WITH subject AS (SELECT g AS registration, g.*, step.object AS object, step.event_date AS day FROM pdauth.registration AS g WHERE g.registration_id = step.object_id)
  SELECT 'R-18-1', object, 'N26-3 (Art. 7): it does not say where the evidence was preserved.', NULL::text
    FROM subject WHERE step.to_state = 'applied' AND preservation IS NULL AND pdauth.switched_on('evidence_preservation', division)
  UNION ALL
  SELECT 'R-18-1', object, 'N26-4 (Art. 10): it was returned before; defects are told once.', 'Accept it, or refuse it with reasons (cancelled).'
    FROM subject WHERE step.to_state = 'returned' AND pdauth.registration_figure('registration_acceptance_wd', division, day) IS NOT NULL
     AND (SELECT count(*) FROM pdauth.transition AS t WHERE t.life_cycle = 'registration' AND t.object_id = registration_id AND t.to_state = 'returned') > 1
  UNION ALL
  SELECT v.* FROM subject CROSS JOIN LATERAL pdauth.registration_publicity_violations(registration, object, day) AS v
   WHERE step.to_state = 'coded' AND step.from_state IN ('accepted', 'publicised')
  UNION ALL
  SELECT 'R-18-1', object, format('N26-8 (Art. 15): valid until %s; coded on %s it is valid until %s at most.', valid_until, day, l.last_day), NULL
    FROM subject CROSS JOIN LATERAL (SELECT pdauth.registration_figure('registration_validity_years', division, day) AS years) AS f
   CROSS JOIN LATERAL (SELECT least((day + make_interval(years => f.years))::date - 1, pdauth.operating_last_day(product_id, f.years)) AS last_day) AS l
   WHERE step.to_state = 'coded' AND step.from_state IN ('accepted', 'publicised') AND (valid_until < day OR f.years IS NOT NULL AND valid_until > l.last_day)
  UNION ALL
  SELECT 'R-18-1', object, format('N26-9 (Art. 15): valid until %s; it is renewed in the %s days before.', valid_until, f.days), NULL
    FROM subject CROSS JOIN LATERAL (SELECT pdauth.registration_figure('registration_renewal_days', division, day) AS days) AS f
   WHERE step.to_state = 'renewing' AND f.days IS NOT NULL AND NOT day BETWEEN valid_until - f.days AND valid_until
  UNION ALL
  SELECT 'R-18-1', object, format('N26-10 (Art. 9): the ground %s is none of the pack''s %s.', coalesce(ground, 'is not given and'), w.list), NULL
    FROM subject CROSS JOIN LATERAL (SELECT CASE step.to_state WHEN 'cancelling' THEN 'cancellation_grounds' ELSE 'revocation_grounds' END AS list) AS w
   WHERE step.to_state IN ('cancelling', 'revoked') AND pdauth.pack_value('list', w.list, division, day) IS NOT NULL AND NOT pdauth.word_allowed(w.list, ground, division)
  UNION ALL
  SELECT 'R-18-1', object, format('N26-10 (Art. 9): it is valid until %s; before that it is cancelled on application, with its ground.', valid_until), 'Take the step to cancelling first.'
    FROM subject WHERE step.to_state = 'cancelled' AND step.from_state IN ('coded', 'renewing') AND day <= valid_until AND pdauth.registration_figure('registration_cancellation_wd', division, day) IS NOT NULL
$function$;
REVOKE ALL ON FUNCTION pdauth.registration_procedure_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.registration_procedure_violations(pdauth.transition) IS
  'Check function of registrations by the pack N26, as R-18-1 (PD181): evidence preserved (N26-3), defects told once (N26-4), publicity and objections (N26-6), validity (N26-8), renewal in time (N26-9), grounds of cancellation and revocation (N26-10, N26-12).';
INSERT INTO pdauth.further_check VALUES ('registration', 'registration_procedure_violations');

CREATE FUNCTION pdauth.registration_procedure_effects(step pdauth.transition) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  registration pdauth.registration;
  authority bigint;
  clock record;
BEGIN
  SELECT * INTO STRICT registration FROM pdauth.registration AS g WHERE g.registration_id = step.object_id;
  authority := pdauth.data_authority(registration.division);
  PERFORM pdauth.close_duty('registration', registration.registration_id, 'R-18-1', least(pdauth.clock_now(), pdauth.instant_at(step.event_date, '24:00')), step.object || ' ' || step.to_state);
  FOR clock IN SELECT v.act, pdauth.registration_figure(v.figure, registration.division, step.event_date) AS workdays
                 FROM (VALUES ('applied', 'acceptance', 'registration_acceptance_wd'), ('accepted', 'formal review', 'registration_review_wd'), ('cancelling', 'cancellation', 'registration_cancellation_wd')) AS v (to_state, act, figure)
                WHERE v.to_state = step.to_state LOOP
    IF clock.workdays IS NOT NULL AND authority IS NOT NULL THEN
      PERFORM pdauth.open_duty('registration', registration.registration_id, clock.act || ' of ' || step.object, 'R-18-1', authority, registration.holder_party, step.event_date, clock.workdays || ' workdays');
    END IF;
  END LOOP;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.registration_procedure_effects(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.registration_procedure_effects(pdauth.transition) IS
  'What follows from the steps of a registration by the pack N26: the data authority, for its registration authority, owes the acceptance of an application (N26-4), the formal review (N26-5) and a cancellation (N26-10) within their working days; the next step ends the clock.';
INSERT INTO pdauth.further_effect VALUES ('registration', 'registration_procedure_effects');

SELECT pdauth.register_table('pdauth.registration_objection', '{bureau,prefecture,county}', 'R-18-1');
CREATE POLICY register ON pdauth.registration_objection USING (pdauth.may_see(division, (SELECT g.holder_party FROM pdauth.registration AS g WHERE g.registration_id = registration_objection.registration_id))) WITH CHECK (true);

CREATE VIEW pdauth.registration_status WITH (security_barrier) AS
  SELECT g.number, pdauth.party_code(g.holder_party) AS holder, g.division, coalesce(g.path, p.number) AS object, g.state, g.query_code, g.valid_until,
         CASE WHEN g.state IN ('coded', 'renewing', 'changing', 'cancelling') THEN g.valid_until >= pdauth.clock_today() ELSE false END AS valid,
         g.valid_until - pdauth.registration_figure('registration_renewal_days', g.division) AS renewable_from
    FROM pdauth.registration AS g LEFT JOIN pdauth.product AS p USING (product_id) WHERE pdauth.may_see(g.division, g.holder_party);
COMMENT ON VIEW pdauth.registration_status IS 'Registrations and whether they are valid today, for holders and the supervisors of the territory. One whose validity is over waits for its cancellation (N26-9).';
COMMENT ON COLUMN pdauth.registration_status.number IS 'Number of the application.';
COMMENT ON COLUMN pdauth.registration_status.holder IS 'Party that registers.';
COMMENT ON COLUMN pdauth.registration_status.division IS 'Division.';
COMMENT ON COLUMN pdauth.registration_status.object IS 'Path of the resource or number of the product.';
COMMENT ON COLUMN pdauth.registration_status.state IS 'State.';
COMMENT ON COLUMN pdauth.registration_status.query_code IS 'Query code; NULL before it is given.';
COMMENT ON COLUMN pdauth.registration_status.valid_until IS 'Last day of its validity; NULL before the code is given.';
COMMENT ON COLUMN pdauth.registration_status.valid IS 'Has it a code that is valid today?';
COMMENT ON COLUMN pdauth.registration_status.renewable_from IS 'First day on which it can be renewed; NULL without a code, or where no pack sets it.';
GRANT SELECT ON pdauth.registration_status TO pdauth_register, pdauth_policy_admin, pdauth_auditor;

CREATE VIEW pdauth.published_registration AS
  SELECT g.number, y.name AS holder, g.division, coalesce(r.name, p.name) AS name, coalesce(r.path, p.number) AS object,
         (SELECT pg_catalog.max(t.event_date) FROM pdauth.transition AS t WHERE t.life_cycle = 'registration' AND t.object_id = g.registration_id AND t.to_state = 'publicised') AS since
    FROM pdauth.registration AS g JOIN pdauth.party AS y ON y.party_id = g.holder_party LEFT JOIN pdauth.resource AS r USING (path) LEFT JOIN pdauth.product AS p USING (product_id)
   WHERE g.state = 'publicised';
COMMENT ON VIEW pdauth.published_registration IS 'Registrations in publicity, for everybody: who objects turns to the data authority, by real name and with evidence (N26-6).';
COMMENT ON COLUMN pdauth.published_registration.number IS 'Number of the application.';
COMMENT ON COLUMN pdauth.published_registration.holder IS 'Name of who registers.';
COMMENT ON COLUMN pdauth.published_registration.division IS 'Division.';
COMMENT ON COLUMN pdauth.published_registration.name IS 'Name of the resource or product.';
COMMENT ON COLUMN pdauth.published_registration.object IS 'Path of the resource or number of the product.';
COMMENT ON COLUMN pdauth.published_registration.since IS 'Day the publicity began.';
GRANT SELECT ON pdauth.published_registration TO PUBLIC;
