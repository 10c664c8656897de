-- Publicity of the selected developers and objections (公示、异议, Article 13).

CREATE TABLE pdauth.publicity (
  publicity_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number         text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  application_id bigint NOT NULL REFERENCES pdauth.application,
  operator_party bigint NOT NULL REFERENCES pdauth.party,
  division       pdauth.division_code,
  content        text NOT NULL CHECK (pdauth.has_content(content)),
  place          text NOT NULL CHECK (pdauth.has_content(place)),
  channel        text NOT NULL CHECK (pdauth.has_content(channel)),
  published_at   timestamptz,
  minimum_wd     integer,
  state          text NOT NULL DEFAULT 'running',
  act_date       date,
  act_document   text,
  act_digest     pdauth.document_digest,
  act_reason     text,
  registered_at  timestamptz
);
CREATE INDEX publicity_application_index ON pdauth.publicity (application_id);
COMMENT ON TABLE pdauth.publicity IS 'Publicity of selected developers to society. It starts when it is entered and its content is frozen; after an interruption or change a new one runs the full period (R-13-9, R-13-10).';
COMMENT ON COLUMN pdauth.publicity.publicity_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.publicity.number IS 'Number.';
COMMENT ON COLUMN pdauth.publicity.application_id IS 'Application whose result is publicised.';
COMMENT ON COLUMN pdauth.publicity.operator_party IS 'Operator.';
COMMENT ON COLUMN pdauth.publicity.division IS 'Division.';
COMMENT ON COLUMN pdauth.publicity.content IS 'Organisation, scenario and period.';
COMMENT ON COLUMN pdauth.publicity.place IS 'Where it is shown.';
COMMENT ON COLUMN pdauth.publicity.channel IS 'How to object.';
COMMENT ON COLUMN pdauth.publicity.published_at IS 'When it began: system time, not to be given.';
COMMENT ON COLUMN pdauth.publicity.minimum_wd IS 'Working days it has to last, by the pack when it began.';
COMMENT ON COLUMN pdauth.publicity.state IS 'running or interrupted; whether it is over follows from the calendar.';
COMMENT ON COLUMN pdauth.publicity.act_date IS 'Legal date of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.publicity.act_document IS 'Document of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.publicity.act_digest IS 'Its digest; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.publicity.act_reason IS 'Reason of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.publicity.registered_at IS 'When it was registered.';
INSERT INTO pdauth.life_cycle VALUES ('publicity', 'publicity_id', 'number', 'publicity_step_violations', NULL, 'R-13-17', 'R-13-17', 'R-13-9', '{}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('publicity', '', 'running', '{operator}', 'R-13-9', '{}'),
  ('publicity', 'running', 'interrupted', '{operator}', 'R-13-9', '{reason}');

CREATE TABLE pdauth.objection (
  objection_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number         text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  publicity_id   bigint NOT NULL REFERENCES pdauth.publicity,
  objector_party bigint NOT NULL REFERENCES pdauth.party,
  content        text NOT NULL CHECK (pdauth.has_content(content)),
  in_period      boolean,
  state          text NOT NULL DEFAULT 'open',
  act_date       date,
  act_document   text,
  act_digest     pdauth.document_digest,
  act_reason     text,
  registered_at  timestamptz
);
CREATE INDEX objection_publicity_index ON pdauth.objection (publicity_id);
COMMENT ON TABLE pdauth.objection IS 'Objections to a publicity. Anyone may object; the operator decides with reasons. One that is open or upheld and came in the period stops signing (R-13-11).';
COMMENT ON COLUMN pdauth.objection.objection_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.objection.number IS 'Number.';
COMMENT ON COLUMN pdauth.objection.publicity_id IS 'The publicity.';
COMMENT ON COLUMN pdauth.objection.objector_party IS 'Who objects.';
COMMENT ON COLUMN pdauth.objection.content IS 'The objection.';
COMMENT ON COLUMN pdauth.objection.in_period IS 'Whether it came while the publicity ran, computed; later ones are recorded and do not stop.';
COMMENT ON COLUMN pdauth.objection.state IS 'open, rejected or upheld.';
COMMENT ON COLUMN pdauth.objection.act_date IS 'Legal date of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.objection.act_document IS 'Document of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.objection.act_digest IS 'Its digest; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.objection.act_reason IS 'Reason of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.objection.registered_at IS 'When it was registered.';
INSERT INTO pdauth.life_cycle VALUES ('objection', 'objection_id', 'number', 'objection_violations', NULL, 'R-13-11', 'R-13-11', 'R-25-4', '{}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('objection', '', 'open', '{bureau,agency,government,prefecture,county,provider,operator,developer,price_authority,finance,supervisor,security,platform,evaluator,exchange,public}', 'R-13-11', '{}'),
  ('objection', 'open', 'rejected', '{operator}', 'R-13-11', '{reason}'),
  ('objection', 'open', 'upheld', '{operator}', 'R-13-11', '{reason}');

CREATE FUNCTION pdauth.publicity_last_day(publicity pdauth.publicity) RETURNS date
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  -- a longer figure that came later favours protection; a shorter one does not count
  SELECT pdauth.publicity_end((publicity.published_at AT TIME ZONE 'Asia/Shanghai')::date, greatest(publicity.minimum_wd, pdauth.figure('publicity_min_wd', publicity.division)))
$function$;
REVOKE ALL ON FUNCTION pdauth.publicity_last_day(pdauth.publicity) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.publicity_last_day(pdauth.publicity) IS 'Last day of a publicity: the day it began does not count. PD13A where the calendar is not loaded: a minimum period is never guessed.';

CREATE FUNCTION pdauth.publicity_violations(application_id bigint, object text, day date) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  WITH latest AS (
    SELECT p FROM pdauth.publicity AS p WHERE p.application_id = publicity_violations.application_id AND p.state = 'running' ORDER BY p.publicity_id DESC LIMIT 1
  )
  SELECT 'R-13-9', object, NULL::text, NULL::text WHERE NOT EXISTS (SELECT FROM latest)
  UNION ALL
  SELECT 'R-13-10', object, format('Publicity %s runs until %s.', (l.p).number, pdauth.publicity_last_day(l.p)), NULL
    FROM latest AS l WHERE least(day, pdauth.clock_today()) <= pdauth.publicity_last_day(l.p)
  UNION ALL
  SELECT 'R-13-11', object, format('Objection %s is %s.', b.number, b.state), NULL
    FROM pdauth.publicity AS p JOIN pdauth.objection AS b USING (publicity_id)
   WHERE p.application_id = publicity_violations.application_id AND b.in_period
     AND (b.state = 'open'
          -- an upheld one ends the selection; one that was changed since is publicised anew
          OR b.state = 'upheld' AND NOT coalesce((pdauth.last_step('application', p.application_id, 'passed')).transition_id > (pdauth.last_step('objection', b.objection_id, 'upheld')).transition_id, false))
$function$;
REVOKE ALL ON FUNCTION pdauth.publicity_violations(bigint, text, date) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.publicity_violations(bigint, text, date) IS 'Why an act on a day cannot rest on the publicity of an application: there is none (R-13-9), it still runs (R-13-10), an objection to this or an earlier one is open, or upheld and the selection not changed since (R-13-11).';

CREATE FUNCTION pdauth.publicity_step_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT v.* FROM pdauth.publicity AS p, pdauth.operator_violations(p.operator_party, step.object) AS v WHERE p.publicity_id = step.object_id AND step.to_state = 'running'
  UNION ALL
  SELECT 'R-13-9', step.object, format('Application %s is %s, of operator %s.', a.number, a.state, pdauth.party_code(a.operator_party)), NULL
    FROM pdauth.publicity AS p JOIN pdauth.application AS a USING (application_id)
   WHERE p.publicity_id = step.object_id
     AND (step.party_id <> p.operator_party OR a.operator_party <> p.operator_party OR NOT pdauth.division_code_equal(a.division, p.division)
          OR step.to_state = 'running' AND a.state NOT IN ('passed', 'publicity'))
  UNION ALL
  SELECT 'R-13-9', step.object, format('Publicity %s of the application is running.', o.number), 'Interrupt it with the reason; the new one runs the full period.'
    FROM pdauth.publicity AS p JOIN pdauth.publicity AS o USING (application_id)
   WHERE p.publicity_id = step.object_id AND step.to_state = 'running' AND o.publicity_id <> p.publicity_id AND o.state = 'running'
$function$;
REVOKE ALL ON FUNCTION pdauth.publicity_step_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.publicity_step_violations(pdauth.transition) IS 'Check function of publicities: by the operator, after a passed review (R-13-9).';

CREATE FUNCTION pdauth.objection_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-13-11', step.object, CASE step.to_state WHEN 'open' THEN 'One objects for oneself.' ELSE 'The operator of the publicity decides it.' END, NULL::text
    FROM pdauth.objection AS b JOIN pdauth.publicity AS p USING (publicity_id)
   WHERE b.objection_id = step.object_id AND step.party_id <> CASE step.to_state WHEN 'open' THEN b.objector_party ELSE p.operator_party END
$function$;
REVOKE ALL ON FUNCTION pdauth.objection_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.objection_violations(pdauth.transition) IS 'Check function of objections: entered by the objector, decided by the operator (R-13-11).';

CREATE FUNCTION pdauth.compute_publicity() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  publicity pdauth.publicity;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  END IF;
  IF TG_TABLE_NAME = 'publicity' THEN
    IF NEW.published_at IS NOT NULL THEN
      PERFORM pdauth.refuse('R-13-9', 'publicity ' || NEW.number, 'Its beginning is system time and cannot be given.', 'Leave published_at out.', NEW.division);
    END IF;
    NEW.published_at := pdauth.clock_now();
    NEW.minimum_wd := pdauth.figure('publicity_min_wd', NEW.division);
    RETURN NEW;
  END IF;
  -- signing holds the publicity: an objection comes before it, or after
  SELECT * INTO publicity FROM pdauth.publicity AS p WHERE p.publicity_id = (to_jsonb(NEW) ->> 'publicity_id')::bigint FOR UPDATE;
  RETURN jsonb_populate_record(NEW, jsonb_build_object('in_period', publicity.state = 'running' AND pdauth.clock_today() <= pdauth.publicity_last_day(publicity)));
END
$function$;
REVOKE ALL ON FUNCTION pdauth.compute_publicity() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.compute_publicity() IS 'Row trigger of publicities and objections: a publicity begins when it is entered (PD139 if a time is given); an objection came in the period or not.';

SELECT pdauth.register_table('pdauth.publicity', '{operator}', 'R-13-9');
SELECT pdauth.register_table('pdauth.objection', '{bureau,agency,government,prefecture,county,provider,operator,developer,price_authority,finance,supervisor,security,platform,evaluator,exchange,public}', 'R-13-11');
CREATE TRIGGER compute_publicity BEFORE INSERT ON pdauth.publicity FOR EACH ROW EXECUTE FUNCTION pdauth.compute_publicity();
CREATE TRIGGER compute_publicity BEFORE INSERT ON pdauth.objection FOR EACH ROW EXECUTE FUNCTION pdauth.compute_publicity();
ALTER TABLE pdauth.publicity ENABLE ALWAYS TRIGGER compute_publicity;
ALTER TABLE pdauth.objection ENABLE ALWAYS TRIGGER compute_publicity;
-- Publicity is for everybody who can log in to the register, and by the view for everybody.
CREATE POLICY register ON pdauth.publicity USING (true) WITH CHECK (true);
CREATE POLICY register ON pdauth.objection USING (
  objector_party = (pdauth.actor()).party_id OR EXISTS (SELECT FROM pdauth.publicity AS p WHERE p.publicity_id = objection.publicity_id AND pdauth.may_see(p.division, p.operator_party))) WITH CHECK (true);

CREATE VIEW pdauth.published_selection WITH (security_barrier) AS
  SELECT p.number AS publicity, y.name AS developer, coalesce(a.scenario, n.scenario) AS scenario, p.content, p.place, p.channel, p.published_at, p.state
    FROM pdauth.publicity AS p JOIN pdauth.application AS a USING (application_id) JOIN pdauth.party AS y ON y.party_id = a.applicant_party
    LEFT JOIN pdauth.scenario_notice AS n USING (notice_id);
COMMENT ON VIEW pdauth.published_selection IS 'Publicity of selected developers, for everybody (R-13-9).';
COMMENT ON COLUMN pdauth.published_selection.publicity IS 'Number.';
COMMENT ON COLUMN pdauth.published_selection.developer IS 'Who was selected, as registered.';
COMMENT ON COLUMN pdauth.published_selection.scenario IS 'For which scenario, as applied for.';
COMMENT ON COLUMN pdauth.published_selection.content IS 'Organisation, scenario and period.';
COMMENT ON COLUMN pdauth.published_selection.place IS 'Where it is shown.';
COMMENT ON COLUMN pdauth.published_selection.channel IS 'How to object.';
COMMENT ON COLUMN pdauth.published_selection.published_at IS 'When it began.';
COMMENT ON COLUMN pdauth.published_selection.state IS 'running or interrupted.';
GRANT SELECT ON pdauth.published_selection TO PUBLIC;
