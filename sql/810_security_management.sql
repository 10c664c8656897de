-- Who is responsible (Article 27) and what has to be in place before data flows
-- (Articles 28 and 29): security documents, emergency plans and drills, audits
-- of operators, tests of the platform, notices of risks.

CREATE TABLE pdauth.security_document (
  document_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  owner_party    bigint NOT NULL REFERENCES pdauth.party,
  capacity       text REFERENCES pdauth.capacity,
  kind           text NOT NULL,
  version        integer NOT NULL CHECK (version > 0),
  document       text NOT NULL CHECK (pdauth.has_content(document)),
  digest         pdauth.document_digest NOT NULL,
  effective_from date NOT NULL,
  valid_until    date CHECK (valid_until >= effective_from),
  recorded_at    timestamptz NOT NULL,
  recorded_by    name NOT NULL,
  UNIQUE (owner_party, capacity, kind, version)
);
COMMENT ON TABLE pdauth.security_document IS 'Versions of the security management documents of implementing agencies, operators, developers and departments, each of a kind that the pack lists for their capacity; the latest version counts (R-28-1, R-28-4, R-28-8, R-28-11).';
COMMENT ON COLUMN pdauth.security_document.document_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.security_document.owner_party IS 'Whose it is.';
COMMENT ON COLUMN pdauth.security_document.capacity IS 'Capacity it is for: that of the session, filled in.';
COMMENT ON COLUMN pdauth.security_document.kind IS 'Kind: a title of the pack''s list security_documents_<capacity>.';
COMMENT ON COLUMN pdauth.security_document.version IS 'Version.';
COMMENT ON COLUMN pdauth.security_document.document IS 'Number or name of the document.';
COMMENT ON COLUMN pdauth.security_document.digest IS 'Digest of it.';
COMMENT ON COLUMN pdauth.security_document.effective_from IS 'First day.';
COMMENT ON COLUMN pdauth.security_document.valid_until IS 'Last day; NULL: until replaced.';

CREATE FUNCTION pdauth.check_security_document() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor;
  rule text;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  END IF;
  actor := pdauth.require_actor();
  NEW.capacity := actor.capacity;
  rule := CASE actor.capacity WHEN 'agency' THEN 'R-28-1' WHEN 'operator' THEN 'R-28-4' WHEN 'developer' THEN 'R-28-8' ELSE 'R-28-11' END;
  IF NEW.owner_party <> actor.party_id THEN
    PERFORM pdauth.refuse(rule, 'security document', format('%s does not record documents of %s.', actor.party, pdauth.party_code(NEW.owner_party)), NULL, actor.division);
  ELSIF NOT EXISTS (SELECT FROM pdauth.item_list('security_documents_' || actor.capacity, actor.division) AS i WHERE i.title = NEW.kind) THEN
    PERFORM pdauth.refuse(rule, 'security document', format('There is no kind "%s" for %s.', NEW.kind, actor.capacity), NULL, actor.division);
  ELSIF NEW.effective_from > pdauth.clock_today() THEN
    PERFORM pdauth.refuse('X-3', 'security document', 'It takes effect after today.');
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_security_document() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_security_document() IS 'Row trigger of pdauth.security_document: each party records its own documents, of the kinds of the pack (PD281, PD284, PD288).';
SELECT pdauth.register_fact('pdauth.security_document', '{agency,operator,developer,provider}', 'R-28-4', 'check_security_document');
CREATE POLICY register ON pdauth.security_document USING (pdauth.may_see((SELECT p.division FROM pdauth.party AS p WHERE p.party_id = owner_party), owner_party)) WITH CHECK (true);

CREATE FUNCTION pdauth.missing_security_documents(party_id bigint, capacity text, division pdauth.division_code, day date DEFAULT pdauth.clock_today()) RETURNS text
LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT string_agg(format('%s (%s)', i.title, i.title_chinese), ', ' ORDER BY i.number)
    FROM pdauth.item_list('security_documents_' || missing_security_documents.capacity, division) AS i
   WHERE NOT EXISTS (SELECT FROM (SELECT d.effective_from, d.valid_until FROM pdauth.security_document AS d
                                   WHERE d.owner_party = missing_security_documents.party_id AND d.capacity = missing_security_documents.capacity AND d.kind = i.title
                                   ORDER BY d.version DESC LIMIT 1) AS v
                      WHERE v.effective_from <= day AND coalesce(v.valid_until, 'infinity') >= day)
$function$;
REVOKE ALL ON FUNCTION pdauth.missing_security_documents(bigint, text, pdauth.division_code, date) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.missing_security_documents(bigint, text, pdauth.division_code, date) IS 'Titles of the security documents of the pack''s list that a party has not on record, in force on the day; NULL if none is missing, and for NULL.';

-- ---- emergency plans and drills (R-29-1, R-29-2, R-29-5) ----

CREATE TABLE pdauth.emergency_plan (
  emergency_plan_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number        text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  owner_party   bigint NOT NULL REFERENCES pdauth.party,
  division      pdauth.division_code,
  term          daterange NOT NULL CHECK (NOT pg_catalog.isempty(term) AND NOT pg_catalog.lower_inf(term)),
  state         text NOT NULL DEFAULT 'drafted',
  act_date      date,
  act_document  text,
  act_digest    pdauth.document_digest,
  act_reason    text,
  registered_at timestamptz
);
COMMENT ON TABLE pdauth.emergency_plan IS 'Emergency plans (应急处置预案) of operators, developers, agencies and the platform: drafted, in force, ended. No data is delivered to an operator or developer without one in force (R-29-1, R-29-5).';
COMMENT ON COLUMN pdauth.emergency_plan.emergency_plan_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.emergency_plan.number IS 'Number.';
COMMENT ON COLUMN pdauth.emergency_plan.owner_party IS 'Whose plan it is.';
COMMENT ON COLUMN pdauth.emergency_plan.term IS 'Days for which it is made.';
COMMENT ON COLUMN pdauth.emergency_plan.state IS 'drafted, in force or ended.';
INSERT INTO pdauth.life_cycle VALUES ('emergency_plan', 'emergency_plan_id', 'number', 'emergency_plan_violations', 'emergency_plan_effects', 'R-29-1', 'R-29-1', 'R-29-1', '{drafted}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('emergency_plan', '', 'drafted', '{operator,developer,agency,platform}', 'R-29-1', '{}'),
  ('emergency_plan', 'drafted', 'in force', '{operator,developer,agency,platform}', 'R-29-1', '{document}'),
  ('emergency_plan', 'in force', 'ended', '{operator,developer,agency,platform}', 'R-29-1', '{reason}');

CREATE FUNCTION pdauth.emergency_plan_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-29-1', step.object, format('It is the plan of %s.', pdauth.party_code(p.owner_party)), NULL::text
    FROM pdauth.emergency_plan AS p WHERE p.emergency_plan_id = step.object_id AND p.owner_party <> step.party_id
$function$;
REVOKE ALL ON FUNCTION pdauth.emergency_plan_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.emergency_plan_violations(pdauth.transition) IS 'Check function of emergency plans: each party keeps its own (R-29-1).';

CREATE FUNCTION pdauth.supervisor_of(party_id bigint, division pdauth.division_code) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT coalesce((SELECT d.operator_party FROM pdauth.development_agreement AS d WHERE d.developer_party = supervisor_of.party_id AND d.state = 'signed' ORDER BY d.development_id DESC LIMIT 1),
                  (SELECT a.agency_party FROM pdauth.operating_agreement AS a WHERE a.operator_party = supervisor_of.party_id AND a.state = 'signed' ORDER BY a.agreement_id DESC LIMIT 1),
                  pdauth.holder_of_kind('bureau', division))
$function$;
REVOKE ALL ON FUNCTION pdauth.supervisor_of(bigint, pdauth.division_code) FROM PUBLIC;
-- Who is designated is published; policies and views ask for it as their reader.
GRANT EXECUTE ON FUNCTION pdauth.supervisor_of(bigint, pdauth.division_code), pdauth.holder_of_kind(text, pdauth.division_code), pdauth.holder_of(text, pdauth.division_code)
  TO pdauth_register, pdauth_policy_admin, pdauth_auditor;
COMMENT ON FUNCTION pdauth.supervisor_of(bigint, pdauth.division_code) IS 'To whom a party answers: a developer to its operator, an operator to its implementing agency, others to the data bureau of the territory.';

CREATE FUNCTION pdauth.emergency_plan_effects(step pdauth.transition) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  plan pdauth.emergency_plan;
BEGIN
  SELECT * INTO plan FROM pdauth.emergency_plan AS p WHERE p.emergency_plan_id = step.object_id;
  IF step.to_state = 'in force' THEN
    PERFORM pdauth.open_duty('emergency_plan', plan.emergency_plan_id, step.object, 'R-29-2', plan.owner_party, pdauth.supervisor_of(plan.owner_party, plan.division),
      lower(plan.term), pdauth.figure('drill_months', plan.division, step.event_date) || ' months');
  ELSIF step.to_state = 'ended' THEN
    PERFORM pdauth.waive_duty('emergency_plan', plan.emergency_plan_id, 'R-29-2', format('%s ended on %s', step.object, step.event_date));
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.emergency_plan_effects(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.emergency_plan_effects(pdauth.transition) IS 'What follows from a step of an emergency plan: in force, its owner owes a drill in the months of the pack (R-29-2).';
SELECT pdauth.register_table('pdauth.emergency_plan', '{operator,developer,agency,platform}', 'R-29-1');
SELECT pdauth.describe_columns('pdauth.emergency_plan');
CREATE POLICY register ON pdauth.emergency_plan USING (pdauth.may_see(division, VARIADIC ARRAY[owner_party, pdauth.supervisor_of(owner_party, division)])) WITH CHECK (true);

CREATE FUNCTION pdauth.has_emergency_plan(party_id bigint, day date DEFAULT pdauth.clock_today()) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT EXISTS (SELECT FROM pdauth.emergency_plan AS p WHERE p.owner_party = has_emergency_plan.party_id AND p.state = 'in force' AND p.term @> day)
$function$;
REVOKE ALL ON FUNCTION pdauth.has_emergency_plan(bigint, date) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.has_emergency_plan(bigint, date) IS 'Has the party an emergency plan in force on the day? False for NULL.';

CREATE TABLE pdauth.emergency_drill (
  drill_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  emergency_plan_id bigint NOT NULL REFERENCES pdauth.emergency_plan,
  drilled_on   date NOT NULL,
  scenario     text NOT NULL CHECK (pdauth.has_content(scenario)),
  participants text NOT NULL CHECK (pdauth.has_content(participants)),
  findings     text NOT NULL CHECK (pdauth.has_content(findings)),
  document     text CHECK (pdauth.has_content(document)),
  recorded_at  timestamptz NOT NULL,
  recorded_by  name NOT NULL
);
COMMENT ON TABLE pdauth.emergency_drill IS 'Drills of emergency plans (应急演练); each fulfils the duty and begins the next period (R-29-2).';
COMMENT ON COLUMN pdauth.emergency_drill.drill_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.emergency_drill.emergency_plan_id IS 'The plan.';
COMMENT ON COLUMN pdauth.emergency_drill.drilled_on IS 'Day.';
COMMENT ON COLUMN pdauth.emergency_drill.scenario IS 'What was assumed.';
COMMENT ON COLUMN pdauth.emergency_drill.participants IS 'Who took part.';
COMMENT ON COLUMN pdauth.emergency_drill.findings IS 'What was found.';
COMMENT ON COLUMN pdauth.emergency_drill.document IS 'Minutes; a drill that is entered on a later day rests on them (X-3).';

-- ---- audits of operators (R-28-3) ----

CREATE TABLE pdauth.operator_audit (
  audit_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agreement_id bigint NOT NULL REFERENCES pdauth.operating_agreement,
  audited_on   date NOT NULL,
  log_period   tstzrange NOT NULL CHECK (NOT pg_catalog.isempty(log_period)),
  findings     text NOT NULL CHECK (pdauth.has_content(findings)),
  document     text NOT NULL CHECK (pdauth.has_content(document)),
  digest       pdauth.document_digest NOT NULL,
  recorded_at  timestamptz NOT NULL,
  recorded_by  name NOT NULL
);
COMMENT ON TABLE pdauth.operator_audit IS 'Audits of the internal control of operators (内控审计) by the implementing agency, with the range of the audit log they rest on (R-28-3).';
COMMENT ON COLUMN pdauth.operator_audit.audit_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.operator_audit.agreement_id IS 'Operating agreement.';
COMMENT ON COLUMN pdauth.operator_audit.audited_on IS 'Day of the audit.';
COMMENT ON COLUMN pdauth.operator_audit.log_period IS 'Range of the audit log examined: with a beginning and an end that has passed.';
COMMENT ON COLUMN pdauth.operator_audit.findings IS 'What was found.';
COMMENT ON COLUMN pdauth.operator_audit.document IS 'Report.';
COMMENT ON COLUMN pdauth.operator_audit.digest IS 'Its digest.';

-- ---- tests and monitoring of the platform (R-28-9) ----

CREATE TABLE pdauth.platform_test (
  test_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  component_id bigint NOT NULL REFERENCES pdauth.platform_component,
  tested_on    date NOT NULL,
  findings     text NOT NULL CHECK (pdauth.has_content(findings)),
  responsible_party bigint NOT NULL REFERENCES pdauth.party,
  mend_by      date,
  document     text NOT NULL CHECK (pdauth.has_content(document)),
  recorded_at  timestamptz NOT NULL,
  recorded_by  name NOT NULL
);
COMMENT ON TABLE pdauth.platform_test IS 'Security tests of components of the platform by the data bureau (安全检测); each begins the next period (R-28-9).';
COMMENT ON COLUMN pdauth.platform_test.test_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.platform_test.component_id IS 'Component.';
COMMENT ON COLUMN pdauth.platform_test.tested_on IS 'Day.';
COMMENT ON COLUMN pdauth.platform_test.findings IS 'What was found.';
COMMENT ON COLUMN pdauth.platform_test.responsible_party IS 'Who mends it.';
COMMENT ON COLUMN pdauth.platform_test.mend_by IS 'Until when; NULL if there is nothing to mend.';
COMMENT ON COLUMN pdauth.platform_test.document IS 'Report.';

CREATE TABLE pdauth.platform_monitoring (
  component_id bigint NOT NULL REFERENCES pdauth.platform_component,
  monitored_on date NOT NULL,
  findings     text NOT NULL CHECK (pdauth.has_content(findings)),
  recorded_at  timestamptz NOT NULL,
  recorded_by  name NOT NULL,
  PRIMARY KEY (component_id, monitored_on)
);
COMMENT ON TABLE pdauth.platform_monitoring IS 'The daily monitoring of the platform by the data bureau: one row a day for each component; the view platform_monitoring_gap shows missing days (R-28-9).';
COMMENT ON COLUMN pdauth.platform_monitoring.component_id IS 'Component.';
COMMENT ON COLUMN pdauth.platform_monitoring.monitored_on IS 'Day: that of the record.';
COMMENT ON COLUMN pdauth.platform_monitoring.findings IS 'What was found; "none" is a finding.';

-- ---- notices of risks (R-28-11) ----

CREATE TABLE pdauth.risk_notice (
  notice_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number         text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  division       pdauth.division_code,
  provider_party bigint NOT NULL REFERENCES pdauth.party,
  kind           text NOT NULL CHECK (kind IN ('aggregation', 'governance', 'provision', 'violation', 'other')),
  content        text NOT NULL CHECK (pdauth.has_content(content)),
  concerned_party bigint REFERENCES pdauth.party,
  found_on       date NOT NULL,
  recorded_at    timestamptz NOT NULL,
  recorded_by    name NOT NULL
);
COMMENT ON TABLE pdauth.risk_notice IS 'Risks and violations that industry departments pass on; the data authority and the security authorities of the territory see them (R-28-11).';
COMMENT ON COLUMN pdauth.risk_notice.notice_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.risk_notice.number IS 'Number.';
COMMENT ON COLUMN pdauth.risk_notice.provider_party IS 'Department that gives it.';
COMMENT ON COLUMN pdauth.risk_notice.kind IS 'aggregation, governance, provision, violation or other.';
COMMENT ON COLUMN pdauth.risk_notice.content IS 'What was found.';
COMMENT ON COLUMN pdauth.risk_notice.concerned_party IS 'Party it is about, if any; it does not see the notice.';
COMMENT ON COLUMN pdauth.risk_notice.found_on IS 'When.';

CREATE FUNCTION pdauth.check_security_fact() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor;
  new_row jsonb := to_jsonb(NEW);
  day date := coalesce(new_row ->> 'drilled_on', new_row ->> 'audited_on', new_row ->> 'tested_on', new_row ->> 'monitored_on', new_row ->> 'found_on')::date;
  owner bigint;
  rule text := TG_ARGV[0];
  division pdauth.division_code;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  END IF;
  actor := pdauth.require_actor();
  CASE TG_TABLE_NAME
    WHEN 'emergency_drill' THEN
      SELECT p.owner_party, p.division INTO owner, division FROM pdauth.emergency_plan AS p WHERE p.emergency_plan_id = (new_row ->> 'emergency_plan_id')::bigint AND p.state = 'in force' FOR SHARE;
    WHEN 'operator_audit' THEN
      SELECT a.agency_party, a.division INTO owner, division FROM pdauth.operating_agreement AS a WHERE a.agreement_id = (new_row ->> 'agreement_id')::bigint FOR SHARE;
    WHEN 'risk_notice' THEN
      owner := (new_row ->> 'provider_party')::bigint;
      division := (new_row ->> 'division')::pdauth.division_code;
    ELSE
      SELECT pdauth.holder_of_kind('bureau', c.division), c.division INTO owner, division FROM pdauth.platform_component AS c WHERE c.component_id = (new_row ->> 'component_id')::bigint;
  END CASE;
  IF owner IS DISTINCT FROM actor.party_id THEN
    PERFORM pdauth.refuse(rule, replace(TG_TABLE_NAME, '_', ' '), format('This is for %s, not for %s.', coalesce(pdauth.party_code(owner), 'the owner of a plan in force'), actor.party), NULL, actor.division);
  ELSIF day > pdauth.clock_today() THEN
    PERFORM pdauth.refuse('X-3', replace(TG_TABLE_NAME, '_', ' '), format('It is dated %s, after today.', day));
  ELSIF day < pdauth.clock_today() AND TG_TABLE_NAME = 'platform_monitoring' THEN
    PERFORM pdauth.refuse('X-3', 'platform monitoring', format('It is dated %s, but it is an act of today.', day), 'A day that was missed stays missed (pdauth.platform_monitoring_gap).');
  ELSIF day < pdauth.clock_today() AND TG_TABLE_NAME = 'emergency_drill' AND new_row ->> 'document' IS NULL THEN
    PERFORM pdauth.refuse('X-3', 'emergency drill', format('It is dated %s, before today, and has no document.', day), 'Name its minutes as document.');
  ELSIF TG_TABLE_NAME = 'operator_audit'
        AND NOT coalesce(isfinite(lower((new_row ->> 'log_period')::tstzrange)) AND upper((new_row ->> 'log_period')::tstzrange) <= pdauth.clock_now(), false) THEN
    PERFORM pdauth.refuse(rule, 'operator audit', 'The range of the log has a beginning, and an end that has passed.', NULL, division);
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_security_fact() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_security_fact() IS 'Row trigger of drills, audits, tests, monitoring and risk notices: by the party whose duty it is; not dated in the future, earlier only what rests on a document (X-3); an audit names a range of the log that is there (R-28-3). Argument: the rule.';

CREATE FUNCTION pdauth.follow_security_fact() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  new_row jsonb := to_jsonb(NEW);
  cycle constant text := TG_ARGV[0];
  key_column name := TG_ARGV[1];
  duty_rule constant text := TG_ARGV[2];
  figure text := TG_ARGV[3];
  concerned constant bigint := (new_row ->> key_column)::bigint;
  day date := (new_row ->> TG_ARGV[4])::date;
  open record;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NULL;
  END IF;
  SELECT o.matter, o.event_date, y.party_id AS debtor, z.party_id AS creditor, coalesce(z.division, y.division) AS division INTO open
    FROM pdauth.register_duty AS d JOIN pdauth.obligation AS o USING (obligation_id)
    JOIN pdauth.party AS y ON y.party = o.debtor LEFT JOIN pdauth.party AS z ON z.party = o.creditor
   WHERE d.life_cycle = cycle AND d.object_id = concerned AND d.rule = duty_rule AND o.closed_at IS NULL;
  -- an older fact that is entered late does not shorten what runs
  IF FOUND AND day >= open.event_date THEN
    PERFORM pdauth.close_duty(cycle, concerned, duty_rule, least(pdauth.instant_at(day, '23:59:59'), pdauth.clock_now()), format('%s of %s', replace(TG_TABLE_NAME, '_', ' '), day));
    PERFORM pdauth.open_duty(cycle, concerned, open.matter, duty_rule, open.debtor, open.creditor, day, pdauth.figure(figure, open.division, day) || ' months');
  END IF;
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.follow_security_fact() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.follow_security_fact() IS 'Row trigger of periodic facts: fulfils the duty and opens the next. Arguments: life cycle and key column of its object, rule, figure of months, column of the day.';

SELECT pdauth.register_fact('pdauth.emergency_drill', '{operator,developer,agency,platform}', 'R-29-2');
SELECT pdauth.register_fact('pdauth.operator_audit', '{agency}', 'R-28-3');
SELECT pdauth.register_fact('pdauth.platform_test', '{bureau}', 'R-28-9');
SELECT pdauth.register_fact('pdauth.platform_monitoring', '{bureau}', 'R-28-9');
SELECT pdauth.register_fact('pdauth.risk_notice', '{provider}', 'R-28-11');
DO $facts$
DECLARE
  fact record;
BEGIN
  FOR fact IN SELECT * FROM (VALUES
    ('emergency_drill', 'R-29-2', 'emergency_plan', 'emergency_plan_id', 'drill_months', 'drilled_on'),
    ('operator_audit', 'R-28-3', 'operating_agreement', 'agreement_id', 'operator_audit_months', 'audited_on'),
    ('platform_test', 'R-28-9', 'platform_component', 'component_id', 'platform_test_months', 'tested_on'),
    ('platform_monitoring', 'R-28-9', NULL, NULL, NULL, NULL),
    ('risk_notice', 'R-28-11', NULL, NULL, NULL, NULL)) AS v (relation, rule, life_cycle, key_column, figure, day_column) LOOP
    EXECUTE pg_catalog.format('CREATE TRIGGER check_fact BEFORE INSERT ON pdauth.%I FOR EACH ROW EXECUTE FUNCTION pdauth.check_security_fact(%L)', fact.relation, fact.rule);
    EXECUTE pg_catalog.format('ALTER TABLE pdauth.%I ENABLE ALWAYS TRIGGER check_fact', fact.relation);
    IF fact.figure IS NOT NULL THEN
      EXECUTE pg_catalog.format('CREATE TRIGGER follow_fact AFTER INSERT ON pdauth.%I FOR EACH ROW EXECUTE FUNCTION pdauth.follow_security_fact(%L, %L, %L, %L, %L)',
                                fact.relation, fact.life_cycle, fact.key_column, fact.rule, fact.figure, fact.day_column);
      EXECUTE pg_catalog.format('ALTER TABLE pdauth.%I ENABLE ALWAYS TRIGGER follow_fact', fact.relation);
    END IF;
  END LOOP;
END
$facts$;
CREATE POLICY register ON pdauth.emergency_drill USING (EXISTS (SELECT FROM pdauth.emergency_plan AS o WHERE o.emergency_plan_id = emergency_drill.emergency_plan_id)) WITH CHECK (true);
CREATE POLICY register ON pdauth.operator_audit USING (EXISTS (SELECT FROM pdauth.operating_agreement AS o WHERE o.agreement_id = operator_audit.agreement_id)) WITH CHECK (true);
CREATE POLICY register ON pdauth.platform_test USING (pdauth.may_see((SELECT c.division FROM pdauth.platform_component AS c WHERE c.component_id = platform_test.component_id), responsible_party)) WITH CHECK (true);
CREATE POLICY register ON pdauth.platform_monitoring USING (EXISTS (SELECT FROM pdauth.platform_component AS c WHERE c.component_id = platform_monitoring.component_id AND pdauth.may_see(c.division, c.runner_party))) WITH CHECK (true);
CREATE POLICY register ON pdauth.risk_notice USING (pdauth.may_see(division, provider_party)) WITH CHECK (true);

CREATE FUNCTION pdauth.agreement_security_effects(step pdauth.transition) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  agreement pdauth.operating_agreement;
BEGIN
  SELECT * INTO agreement FROM pdauth.operating_agreement AS a WHERE a.agreement_id = step.object_id;
  IF step.to_state = 'signed' THEN
    PERFORM pdauth.waive_duty('operating_agreement', agreement.previous_id, 'R-28-3', 'replaced by ' || step.object);
    PERFORM pdauth.open_duty('operating_agreement', agreement.agreement_id, step.object, 'R-28-3', agreement.agency_party, pdauth.holder_of_kind('bureau', agreement.division),
      lower(agreement.term), pdauth.figure('operator_audit_months', agreement.division, step.event_date) || ' months');
  ELSIF step.to_state IN ('terminated', 'rescinded', 'revoked', 'exited') THEN
    PERFORM pdauth.waive_duty('operating_agreement', agreement.agreement_id, 'R-28-3', format('%s %s on %s', step.object, step.to_state, step.event_date));
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.agreement_security_effects(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.agreement_security_effects(pdauth.transition) IS 'What Article 28 lets follow from a step of an operating agreement: the agency owes an audit of the operator in the months of the pack, from the first day of the term (R-28-3).';

CREATE FUNCTION pdauth.component_security_effects(step pdauth.transition) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF step.to_state = 'active' THEN
    PERFORM pdauth.open_duty('platform_component', step.object_id, step.object, 'R-28-9', pdauth.holder_of_kind('bureau', step.division), NULL,
      step.event_date, pdauth.figure('platform_test_months', step.division, step.event_date) || ' months');
  ELSE
    PERFORM pdauth.waive_duty('platform_component', step.object_id, 'R-28-9', format('%s %s on %s', step.object, step.to_state, step.event_date));
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.component_security_effects(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.component_security_effects(pdauth.transition) IS 'What Article 28 lets follow from a step of a platform component: the bureau owes a security test in the months of the pack (R-28-9).';
INSERT INTO pdauth.further_effect VALUES ('operating_agreement', 'agreement_security_effects'), ('platform_component', 'component_security_effects');

CREATE VIEW pdauth.platform_monitoring_gap WITH (security_barrier) AS
  SELECT c.component, day::date AS day, 'PD289' AS flag
    FROM pdauth.platform_component AS c
   CROSS JOIN LATERAL (SELECT t.event_date AS first FROM pdauth.transition AS t
                        WHERE t.life_cycle = 'platform_component' AND t.object_id = c.component_id AND t.to_state = 'active' ORDER BY t.transition_id DESC LIMIT 1) AS f
   CROSS JOIN LATERAL pg_catalog.generate_series(f.first::timestamp, (pdauth.clock_today() - 1)::timestamp, '1 day') AS day
   WHERE c.state = 'active' AND pdauth.may_see(c.division, c.runner_party)
     AND NOT EXISTS (SELECT FROM pdauth.platform_monitoring AS m WHERE m.component_id = c.component_id AND m.monitored_on = day::date);
COMMENT ON VIEW pdauth.platform_monitoring_gap IS 'Days on which a component of the platform was not monitored, since it became active (R-28-9).';
COMMENT ON COLUMN pdauth.platform_monitoring_gap.component IS 'Component.';
COMMENT ON COLUMN pdauth.platform_monitoring_gap.day IS 'Day.';
COMMENT ON COLUMN pdauth.platform_monitoring_gap.flag IS 'SQLSTATE of R-28-9.';
GRANT SELECT ON pdauth.platform_monitoring_gap TO pdauth_register, pdauth_policy_admin, pdauth_auditor;

-- ---- responsible parties (R-27-1) and what a delivery rests on ----

CREATE FUNCTION pdauth.check_responsibility() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  new_row jsonb := to_jsonb(NEW);
  missing text;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  END IF;
  missing := (SELECT string_agg(c, ', ') FROM unnest(TG_ARGV) AS c WHERE new_row ->> c IS NULL);
  IF missing IS NOT NULL THEN
    PERFORM pdauth.refuse('R-27-1', replace(TG_TABLE_NAME, '_', ' '), format('Missing: %s.', missing), NULL, (pdauth.actor()).division);
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_responsibility() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_responsibility() IS 'Row trigger: the columns that name a responsible party are filled (PD271, R-27-1). Arguments: the columns.';
CREATE TRIGGER a_responsible BEFORE INSERT ON pdauth.delivery FOR EACH ROW EXECUTE FUNCTION pdauth.check_responsibility('development_id', 'product_id');
CREATE TRIGGER a_responsible BEFORE INSERT ON pdauth.product FOR EACH ROW EXECUTE FUNCTION pdauth.check_responsibility('owner_party');
CREATE TRIGGER a_responsible BEFORE INSERT ON pdauth.resource FOR EACH ROW EXECUTE FUNCTION pdauth.check_responsibility('provider_party');
ALTER TABLE pdauth.delivery ENABLE ALWAYS TRIGGER a_responsible;
ALTER TABLE pdauth.product ENABLE ALWAYS TRIGGER a_responsible;
ALTER TABLE pdauth.resource ENABLE ALWAYS TRIGGER a_responsible;

CREATE VIEW pdauth.responsible_party WITH (security_barrier) AS
  SELECT 'resource' AS kind, r.path AS object, pdauth.party_code(pdauth.holder_of_kind('bureau', r.division)) AS manages, pdauth.party_code(r.provider_party) AS holds,
         NULL::text AS uses, NULL::text AS operates
    FROM pdauth.resource AS r WHERE r.state <> 'withdrawn' AND pdauth.may_see(r.division, r.provider_party)
  UNION ALL
  SELECT 'product', p.number, pdauth.party_code(pdauth.supervisor_of(p.owner_party, p.division)),
         (SELECT pg_catalog.string_agg(DISTINCT pdauth.party_code(r.provider_party), ', ') FROM pdauth.product_source AS s JOIN pdauth.resource AS r ON r.path = s.source WHERE s.product_id = p.product_id),
         pdauth.party_code(p.owner_party), pdauth.party_code(p.owner_party)
    FROM pdauth.product AS p WHERE p.state <> 'withdrawn' AND pdauth.may_see(p.division, p.owner_party)
  UNION ALL
  SELECT 'delivery', v.delivery_id::text, pdauth.party_code(a.agency_party),
         (SELECT pg_catalog.string_agg(DISTINCT pdauth.party_code(r.provider_party), ', ') FROM pdauth.product_source AS s JOIN pdauth.resource AS r ON r.path = s.source WHERE s.product_id = v.product_id),
         pdauth.party_code(d.developer_party), pdauth.party_code(d.operator_party)
    FROM pdauth.delivery AS v JOIN pdauth.development_agreement AS d USING (development_id) JOIN pdauth.operating_agreement AS a USING (agreement_id)
   WHERE pdauth.may_see(a.division, a.agency_party, d.operator_party, d.developer_party);
COMMENT ON VIEW pdauth.responsible_party IS 'Who manages, holds, uses and operates each resource, product and delivery (谁管理、谁持有、谁使用、谁运营): to them incidents and violations are attributed (R-27-1).';
COMMENT ON COLUMN pdauth.responsible_party.kind IS 'resource, product or delivery.';
COMMENT ON COLUMN pdauth.responsible_party.object IS 'Path, number or key.';
COMMENT ON COLUMN pdauth.responsible_party.manages IS 'Who manages it: data bureau, implementing agency or operator.';
COMMENT ON COLUMN pdauth.responsible_party.holds IS 'Departments that hold the data.';
COMMENT ON COLUMN pdauth.responsible_party.uses IS 'Who uses it.';
COMMENT ON COLUMN pdauth.responsible_party.operates IS 'Who operates it.';
GRANT SELECT ON pdauth.responsible_party TO pdauth_register, pdauth_policy_admin, pdauth_auditor;

-- Before data flows to an operator.
CREATE FUNCTION pdauth.operator_security_violations(operator bigint, agency bigint, division pdauth.division_code, object text) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT v.rule, object, format('Missing of %s: %s.', pdauth.party_code(v.party), v.missing), NULL::text
    FROM (VALUES ('R-28-1', agency, pdauth.missing_security_documents(agency, 'agency', division)),
                 ('R-28-4', operator, pdauth.missing_security_documents(operator, 'operator', division))) AS v (rule, party, missing)
   WHERE v.missing IS NOT NULL AND pdauth.switched_on('security_docs_gate', division)
$function$;
REVOKE ALL ON FUNCTION pdauth.operator_security_violations(bigint, bigint, pdauth.division_code, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.operator_security_violations(bigint, bigint, pdauth.division_code, text) IS 'Security documents of agency and operator that are missing before data is delivered under their agreement (R-28-1, R-28-4), if the pack has the gate on.';

-- A granted request delivers data to the operator; so does an agreement, where the pack lets it issue licenses.
CREATE FUNCTION pdauth.operator_delivery_violations(operator bigint, agency bigint, division pdauth.division_code, object text) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT v.* FROM pdauth.operator_security_violations(operator, agency, division, object) AS v
  UNION ALL
  SELECT 'R-29-1', object, format('%s has no emergency plan in force.', pdauth.party_code(operator)), NULL WHERE NOT pdauth.has_emergency_plan(operator)
$function$;
REVOKE ALL ON FUNCTION pdauth.operator_delivery_violations(bigint, bigint, pdauth.division_code, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.operator_delivery_violations(bigint, bigint, pdauth.division_code, text) IS 'What is missing before data is delivered to an operator: security documents (R-28-1, R-28-4), its emergency plan in force (R-29-1).';

CREATE FUNCTION pdauth.request_security_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT v.* FROM pdauth.data_request AS q JOIN pdauth.operating_agreement AS a USING (agreement_id), pdauth.operator_delivery_violations(q.operator_party, a.agency_party, q.division, step.object) AS v
   WHERE q.request_id = step.object_id AND step.to_state = 'granted'
$function$;
REVOKE ALL ON FUNCTION pdauth.request_security_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.request_security_violations(pdauth.transition) IS 'What Articles 28 and 29 ask of the steps of a data-use request: nothing is granted to an operator before its documents and emergency plan are on record (R-28-1, R-28-4, R-29-1).';

CREATE FUNCTION pdauth.agreement_security_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT v.* FROM pdauth.operating_agreement AS a, pdauth.operator_delivery_violations(a.operator_party, a.agency_party, a.division, step.object) AS v
   WHERE a.agreement_id = step.object_id AND step.to_state = 'signed' AND pdauth.switched_on('license_on_agreement', a.division)
$function$;
REVOKE ALL ON FUNCTION pdauth.agreement_security_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.agreement_security_violations(pdauth.transition) IS 'The same for an agreement whose signing issues licenses by itself (R-28-1, R-28-4, R-29-1).';

CREATE FUNCTION pdauth.developer_delivery_violations(developer bigint, division pdauth.division_code, object text) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-28-8', object, format('Missing of %s: %s.', pdauth.party_code(developer), m), NULL::text
    FROM pdauth.missing_security_documents(developer, 'developer', division) AS m
   WHERE m IS NOT NULL AND pdauth.switched_on('security_docs_gate', division)
  UNION ALL
  SELECT 'R-29-5', object, format('%s has no emergency plan in force.', pdauth.party_code(developer)), 'The developer puts its emergency plan on record first.'
   WHERE NOT pdauth.has_emergency_plan(developer)
$function$;
REVOKE ALL ON FUNCTION pdauth.developer_delivery_violations(bigint, pdauth.division_code, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.developer_delivery_violations(bigint, pdauth.division_code, text) IS 'What is missing before anything is delivered to a developer, or shown to it raw: security documents (R-28-8), its emergency plan in force (R-29-5).';

CREATE FUNCTION pdauth.raw_session_security_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT v.* FROM pdauth.raw_session AS s JOIN pdauth.development_agreement AS d USING (development_id), pdauth.developer_delivery_violations(d.developer_party, s.division, step.object) AS v
   WHERE s.session_id = step.object_id AND step.to_state = 'open'
$function$;
REVOKE ALL ON FUNCTION pdauth.raw_session_security_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.raw_session_security_violations(pdauth.transition) IS 'What Articles 28 and 29 ask before a developer is shown raw data (R-28-8, R-29-5).';
INSERT INTO pdauth.further_check VALUES ('data_request', 'request_security_violations'), ('operating_agreement', 'agreement_security_violations'), ('raw_session', 'raw_session_security_violations');

CREATE FUNCTION pdauth.check_delivery_security() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  object text;
  violations pdauth.violation[];
  division pdauth.division_code;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  END IF;
  object := pdauth.object_label('delivery', 'of product ' || (SELECT p.number FROM pdauth.product AS p WHERE p.product_id = NEW.product_id));
  SELECT array_agg(v), min(d.division::text)::pdauth.division_code INTO violations, division
    FROM pdauth.development_agreement AS d JOIN pdauth.operating_agreement AS a USING (agreement_id)
   CROSS JOIN LATERAL (
     SELECT s FROM pdauth.operator_security_violations(d.operator_party, a.agency_party, d.division, object) AS s
     UNION ALL
     SELECT s FROM pdauth.developer_delivery_violations(d.developer_party, d.division, object) AS s
     UNION ALL
     SELECT h FROM pdauth.product AS p CROSS JOIN LATERAL pdauth.hold_violations('{R-28-10,R-29-3,R-29-7}', 'product/' || p.number, p.relation, NULL, NULL, NULL, d.developer_party, object) AS h
      WHERE p.product_id = NEW.product_id) AS x (v)
   WHERE d.development_id = NEW.development_id;
  IF violations IS NOT NULL THEN
    PERFORM pdauth.judge(violations, division);
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_delivery_security() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_delivery_security() IS 'Row trigger of pdauth.delivery: security documents and emergency plans are on record before a product is delivered to a developer (PD281, PD284, PD288, PD295), and it is not frozen (PD28A, PD293, PD297).';
CREATE TRIGGER check_delivery_security BEFORE INSERT ON pdauth.delivery FOR EACH ROW EXECUTE FUNCTION pdauth.check_delivery_security();
ALTER TABLE pdauth.delivery ENABLE ALWAYS TRIGGER check_delivery_security;
