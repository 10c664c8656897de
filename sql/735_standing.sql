-- Who may take part: blacklist, measures, referrals, affiliation with the
-- operator (Article 21), and the checks that rest on them.

CREATE TABLE pdauth.blacklist_entry (
  entry_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number         text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  division       pdauth.division_code,
  operator_party bigint NOT NULL REFERENCES pdauth.party,
  listed_party   bigint NOT NULL REFERENCES pdauth.party,
  facts          text,
  ground         text,
  evidence       pdauth.document_digest,
  notice         text,
  period         daterange,
  state          text NOT NULL DEFAULT 'listed',
  act_date       date,
  act_document   text,
  act_digest     pdauth.document_digest,
  act_reason     text,
  registered_at  timestamptz
);
CREATE INDEX blacklist_entry_listed_index ON pdauth.blacklist_entry (listed_party);
COMMENT ON TABLE pdauth.blacklist_entry IS 'Blacklist of developers (黑名单), kept by operators: listed organisations and their affiliates cannot apply, sign or receive while an entry is in force (R-21-8). Entries are ended, never deleted.';
COMMENT ON COLUMN pdauth.blacklist_entry.entry_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.blacklist_entry.number IS 'Number.';
COMMENT ON COLUMN pdauth.blacklist_entry.operator_party IS 'Operator that lists.';
COMMENT ON COLUMN pdauth.blacklist_entry.listed_party IS 'Organisation listed.';
COMMENT ON COLUMN pdauth.blacklist_entry.facts IS 'What happened.';
COMMENT ON COLUMN pdauth.blacklist_entry.ground IS 'Provision of law or agreement.';
COMMENT ON COLUMN pdauth.blacklist_entry.evidence IS 'Digest of the evidence.';
COMMENT ON COLUMN pdauth.blacklist_entry.notice IS 'How and when the organisation was told.';
COMMENT ON COLUMN pdauth.blacklist_entry.period IS 'First and last day.';
COMMENT ON COLUMN pdauth.blacklist_entry.state IS 'listed or ended.';
INSERT INTO pdauth.life_cycle VALUES ('blacklist_entry', 'entry_id', 'number', 'blacklist_entry_violations', NULL, 'R-21-8', 'R-21-8', 'R-21-8', '{}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('blacklist_entry', '', 'listed', '{operator}', 'R-21-8', '{document}'),
  ('blacklist_entry', 'listed', 'ended', '{operator}', 'R-21-8', '{reason}');

CREATE FUNCTION pdauth.blacklist_entry_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-21-8', step.object, 'Facts, ground, evidence, notice or period is missing.', NULL::text
    FROM pdauth.blacklist_entry AS b
   WHERE b.entry_id = step.object_id AND (pdauth.is_blank(b.facts) OR pdauth.is_blank(b.ground) OR b.evidence IS NULL OR pdauth.is_blank(b.notice)
          OR NOT coalesce(isfinite(lower(b.period)) AND isfinite(upper(b.period)), false))
  UNION ALL
  SELECT 'R-21-8', step.object, format('It is kept by %s.', pdauth.party_code(b.operator_party)), NULL
    FROM pdauth.blacklist_entry AS b WHERE b.entry_id = step.object_id AND b.operator_party <> step.party_id
  UNION ALL
  SELECT v.* FROM pdauth.blacklist_entry AS b, pdauth.operator_violations(b.operator_party, step.object) AS v WHERE b.entry_id = step.object_id
$function$;
REVOKE ALL ON FUNCTION pdauth.blacklist_entry_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.blacklist_entry_violations(pdauth.transition) IS 'Check function of blacklist entries: complete, of the operator itself (R-21-8).';
SELECT pdauth.register_table('pdauth.blacklist_entry', '{operator}', 'R-21-8');
SELECT pdauth.describe_columns('pdauth.blacklist_entry');
CREATE POLICY register ON pdauth.blacklist_entry USING (pdauth.may_see(division, operator_party, listed_party)) WITH CHECK (true);

CREATE FUNCTION pdauth.blacklisted(party_id bigint, division pdauth.division_code, day date DEFAULT pdauth.clock_today()) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT b.number FROM pdauth.blacklist_entry AS b
   WHERE b.state = 'listed' AND b.period @> day
     AND pdauth.affiliated(b.listed_party, blacklisted.party_id, pdauth.figure('affiliate_share_percent', division)) ORDER BY b.entry_id LIMIT 1
$function$;
REVOKE ALL ON FUNCTION pdauth.blacklisted(bigint, pdauth.division_code, date) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.blacklisted(bigint, pdauth.division_code, date) IS 'Number of the entry that lists an organisation or one it is affiliated with, on a day; NULL if there is none (R-21-8).';

-- ---- measures (R-21-9, R-21-10) ----

CREATE TABLE pdauth.measure (
  measure_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number          text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  division        pdauth.division_code,
  operator_party  bigint NOT NULL REFERENCES pdauth.party,
  developer_party bigint NOT NULL REFERENCES pdauth.party,
  kind            text NOT NULL,
  description     text,
  violation       text,
  evidence        pdauth.document_digest,
  gravity         text,
  notice          text,
  answer          text,
  urgent          boolean NOT NULL DEFAULT false,
  ends_on         date,
  end_condition   text,
  state           text NOT NULL DEFAULT 'decided',
  act_date        date,
  act_document    text,
  act_digest      pdauth.document_digest,
  act_reason      text,
  registered_at   timestamptz
);
CREATE INDEX measure_developer_index ON pdauth.measure (developer_party);
COMMENT ON TABLE pdauth.measure IS 'Measures of an operator against a developer (提醒约谈、暂停、取消、限制): in force from their decision to their last day, or until they are lifted (R-21-9, R-21-10).';
COMMENT ON COLUMN pdauth.measure.measure_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.measure.number IS 'Number.';
COMMENT ON COLUMN pdauth.measure.operator_party IS 'Operator that decides.';
COMMENT ON COLUMN pdauth.measure.developer_party IS 'Developer.';
COMMENT ON COLUMN pdauth.measure.kind IS 'A word of the pack''s list measures: talk, suspension, cancellation, restriction or other.';
COMMENT ON COLUMN pdauth.measure.description IS 'What it is, if the kind is other.';
COMMENT ON COLUMN pdauth.measure.violation IS 'Facts.';
COMMENT ON COLUMN pdauth.measure.evidence IS 'Digest of the evidence.';
COMMENT ON COLUMN pdauth.measure.gravity IS 'A word of the pack''s list gravities.';
COMMENT ON COLUMN pdauth.measure.notice IS 'How and when the developer was told.';
COMMENT ON COLUMN pdauth.measure.answer IS 'What the developer answered, or that it did not (A-17).';
COMMENT ON COLUMN pdauth.measure.urgent IS 'Suspended first, heard within the pack''s working days.';
COMMENT ON COLUMN pdauth.measure.ends_on IS 'Last day.';
COMMENT ON COLUMN pdauth.measure.end_condition IS 'Or what ends it.';
COMMENT ON COLUMN pdauth.measure.state IS 'decided or lifted.';
INSERT INTO pdauth.life_cycle VALUES ('measure', 'measure_id', 'number', 'measure_violations', 'measure_effects', 'R-21-9', 'R-21-9', 'R-21-9', '{}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('measure', '', 'decided', '{operator}', 'R-21-9', '{document,reason}'),
  ('measure', 'decided', 'lifted', '{operator}', 'R-21-9', '{reason}');

CREATE FUNCTION pdauth.measure_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-21-9', step.object, format('Missing: %s.', m.missing), NULL::text
    FROM pdauth.measure AS x
   CROSS JOIN LATERAL (SELECT concat_ws(', ',
     CASE WHEN NOT pdauth.word_allowed('measures', x.kind, x.division) THEN 'a kind of the list' END,
     CASE WHEN x.kind = 'other' AND pdauth.is_blank(x.description) THEN 'description' END,
     CASE WHEN pdauth.is_blank(x.violation) THEN 'facts' END,
     CASE WHEN x.evidence IS NULL THEN 'evidence' END,
     CASE WHEN NOT pdauth.word_allowed('gravities', x.gravity, x.division) THEN 'gravity' END,
     CASE WHEN pdauth.is_blank(x.notice) THEN 'notice' END,
     CASE WHEN pdauth.is_blank(x.answer) AND NOT (x.urgent AND x.kind = 'suspension') THEN 'answer of the developer' END,
     CASE WHEN x.kind IN ('suspension', 'restriction') AND NOT coalesce(isfinite(x.ends_on), false) AND pdauth.is_blank(x.end_condition) THEN 'end' END)) AS m(missing)
   WHERE x.measure_id = step.object_id AND step.to_state = 'decided' AND m.missing <> ''
  UNION ALL
  SELECT 'R-21-9', step.object, format('%s has no development agreement or application with %s.', pdauth.party_code(x.developer_party), pdauth.party_code(x.operator_party)), NULL
    FROM pdauth.measure AS x
   WHERE x.measure_id = step.object_id
     AND (x.operator_party <> step.party_id
          OR NOT EXISTS (SELECT FROM pdauth.application AS a WHERE a.applicant_party = x.developer_party AND a.operator_party = x.operator_party AND a.state <> 'withdrawn'))
$function$;
REVOKE ALL ON FUNCTION pdauth.measure_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.measure_violations(pdauth.transition) IS 'Check function of measures: complete, by the operator of the developer (R-21-9).';

CREATE FUNCTION pdauth.measure_effects(step pdauth.transition) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  measure pdauth.measure;
  development record;
BEGIN
  SELECT * INTO measure FROM pdauth.measure AS m WHERE m.measure_id = step.object_id;
  IF step.to_state = 'decided' AND pdauth.is_blank(measure.answer) THEN
    PERFORM pdauth.open_duty('measure', measure.measure_id, step.object, 'R-21-9', measure.operator_party, measure.developer_party, step.event_date,
                             pdauth.figure('hearing_wd', measure.division) || ' workdays');
  ELSIF step.to_state = 'lifted' THEN
    PERFORM pdauth.waive_duty('measure', measure.measure_id, 'R-21-9', 'lifted');
  END IF;
  IF step.to_state = 'decided' AND measure.kind IN ('suspension', 'cancellation') THEN
    PERFORM pdauth.cancel_statements(measure.developer_party);
  END IF;
  IF step.to_state = 'decided' AND measure.kind = 'cancellation' THEN
    FOR development IN SELECT d.development_id, d.number FROM pdauth.development_agreement AS d
                        WHERE d.developer_party = measure.developer_party AND d.operator_party = measure.operator_party AND d.state = 'signed' LOOP
      PERFORM pdauth.close_permissions(development.development_id, step);
    END LOOP;
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.measure_effects(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.measure_effects(pdauth.transition) IS 'What follows from a measure: running statements end; cancellation closes permissions and opens deletion cases (R-21-10); an urgent suspension is to be heard.';
SELECT pdauth.register_table('pdauth.measure', '{operator}', 'R-21-9');
SELECT pdauth.describe_columns('pdauth.measure');
CREATE POLICY register ON pdauth.measure USING (pdauth.may_see(division, operator_party, developer_party)) WITH CHECK (true);

CREATE TABLE pdauth.measure_hearing (
  measure_id  bigint PRIMARY KEY REFERENCES pdauth.measure,
  answer      text NOT NULL CHECK (pdauth.has_content(answer)),
  recorded_at timestamptz NOT NULL,
  recorded_by name NOT NULL
);
COMMENT ON TABLE pdauth.measure_hearing IS 'Hearings after urgent suspensions (A-17).';
COMMENT ON COLUMN pdauth.measure_hearing.measure_id IS 'The measure.';
COMMENT ON COLUMN pdauth.measure_hearing.answer IS 'What the developer answered, or that it did not.';
CREATE FUNCTION pdauth.check_hearing() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  measure pdauth.measure;
BEGIN
  IF NOT pdauth.break_glass_active() THEN
    SELECT * INTO measure FROM pdauth.measure AS m WHERE m.measure_id = NEW.measure_id;
    IF measure.operator_party IS DISTINCT FROM (pdauth.require_actor()).party_id THEN
      PERFORM pdauth.refuse('R-21-9', pdauth.object_label('measure', measure.number), 'Another operator decided it.', NULL, measure.division);
    END IF;
    PERFORM pdauth.close_duty('measure', NEW.measure_id, 'R-21-9', pdauth.clock_now(), 'heard');
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_hearing() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_hearing() IS 'Row trigger of pdauth.measure_hearing: by the operator that decided the measure; meets its duty to hear.';
SELECT pdauth.register_fact('pdauth.measure_hearing', '{operator}', 'R-21-9', 'check_hearing');
CREATE POLICY register ON pdauth.measure_hearing USING (EXISTS (SELECT FROM pdauth.measure AS o WHERE o.measure_id = measure_hearing.measure_id)) WITH CHECK (true);

CREATE FUNCTION pdauth.measure_in_force(developer bigint, kinds text[]) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT format('%s: %s%s', m.number, m.kind, CASE WHEN m.ends_on IS NOT NULL THEN ' until ' || m.ends_on ELSE '' END) FROM pdauth.measure AS m
   WHERE m.developer_party = developer AND m.state = 'decided' AND m.kind = ANY (kinds) AND coalesce(m.ends_on, 'infinity') >= pdauth.clock_today()
   ORDER BY m.measure_id LIMIT 1
$function$;
REVOKE ALL ON FUNCTION pdauth.measure_in_force(bigint, text[]) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.measure_in_force(bigint, text[]) IS 'A measure of these kinds in force against a developer, in words; NULL if there is none. It ends with its last day by itself (R-21-10).';

-- ---- affiliation found later (R-21-3) ----

CREATE TABLE pdauth.affiliation_decision (
  decision_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  development_id bigint NOT NULL REFERENCES pdauth.development_agreement,
  independent    boolean NOT NULL,
  reason         text NOT NULL CHECK (pdauth.has_content(reason)),
  document       text NOT NULL CHECK (pdauth.has_content(document)),
  recorded_at    timestamptz NOT NULL,
  recorded_by    name NOT NULL
);
COMMENT ON TABLE pdauth.affiliation_decision IS 'Decisions of the implementing agency on a development agreement that an affiliation with the operator has suspended (R-21-3, A-12). One covers the ties recorded before it.';
COMMENT ON COLUMN pdauth.affiliation_decision.decision_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.affiliation_decision.development_id IS 'The development agreement.';
COMMENT ON COLUMN pdauth.affiliation_decision.independent IS 'Is the developer found independent of the operator all the same?';
COMMENT ON COLUMN pdauth.affiliation_decision.reason IS 'Why.';
COMMENT ON COLUMN pdauth.affiliation_decision.document IS 'Document.';
CREATE FUNCTION pdauth.check_affiliation_decision() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  agency bigint := (SELECT a.agency_party FROM pdauth.development_agreement AS d JOIN pdauth.operating_agreement AS a USING (agreement_id) WHERE d.development_id = NEW.development_id);
BEGIN
  IF NOT pdauth.break_glass_active() AND agency IS DISTINCT FROM (pdauth.require_actor()).party_id THEN
    PERFORM pdauth.refuse('R-21-3', 'affiliation decision', format('It is for %s to decide.', pdauth.party_code(agency)), NULL, (pdauth.actor()).division);
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_affiliation_decision() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_affiliation_decision() IS 'Row trigger of pdauth.affiliation_decision: by the implementing agency of the operating agreement (PD213, R-21-3).';
SELECT pdauth.register_fact('pdauth.affiliation_decision', '{agency}', 'R-21-3', 'check_affiliation_decision');
CREATE POLICY register ON pdauth.affiliation_decision USING (EXISTS (SELECT FROM pdauth.development_agreement AS o WHERE o.development_id = affiliation_decision.development_id)) WITH CHECK (true);

CREATE FUNCTION pdauth.suspended_for_affiliation(development_id bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT coalesce((SELECT pdauth.affiliated(d.operator_party, d.developer_party, pdauth.figure('affiliate_share_percent', d.division))
      AND NOT coalesce((SELECT x.independent AND NOT EXISTS (SELECT FROM pdauth.affiliation AS a WHERE a.recorded_at > x.recorded_at)
                          FROM pdauth.affiliation_decision AS x WHERE x.development_id = d.development_id ORDER BY x.decision_id DESC LIMIT 1), false)
    FROM pdauth.development_agreement AS d WHERE d.development_id = suspended_for_affiliation.development_id), false)
$function$;
REVOKE ALL ON FUNCTION pdauth.suspended_for_affiliation(bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.suspended_for_affiliation(bigint) IS 'Are operator and developer tied today, and has the agency not decided since that it is harmless (R-21-3)? False for NULL.';

-- ---- ties are confirmed every year (R-21-3) ----

CREATE TABLE pdauth.affiliation_confirmation (
  confirmation_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  declarant_party bigint NOT NULL REFERENCES pdauth.party,
  confirmed_on   date NOT NULL CHECK (pg_catalog.isfinite(confirmed_on)),
  document       text NOT NULL CHECK (pdauth.has_content(document)),
  digest         pdauth.document_digest NOT NULL,
  recorded_at    timestamptz NOT NULL,
  recorded_by    name NOT NULL
);
COMMENT ON TABLE pdauth.affiliation_confirmation IS 'Statements of operators and developers that their ties on record (pdauth.affiliation) are complete and current; each fulfils the duty and begins the next period (R-21-3).';
COMMENT ON COLUMN pdauth.affiliation_confirmation.confirmation_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.affiliation_confirmation.declarant_party IS 'Who states it.';
COMMENT ON COLUMN pdauth.affiliation_confirmation.confirmed_on IS 'Day of the statement, today or earlier.';
COMMENT ON COLUMN pdauth.affiliation_confirmation.document IS 'The statement.';
COMMENT ON COLUMN pdauth.affiliation_confirmation.digest IS 'Its digest.';
CREATE FUNCTION pdauth.check_affiliation_confirmation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  END IF;
  actor := pdauth.require_actor();
  IF NEW.declarant_party <> actor.party_id THEN
    PERFORM pdauth.refuse('R-21-3', 'affiliation confirmation', format('%s does not confirm the ties of %s.', actor.party, pdauth.party_code(NEW.declarant_party)), 'Each party confirms its own ties.', actor.division);
  ELSIF NEW.confirmed_on > pdauth.clock_today() THEN
    PERFORM pdauth.refuse('X-3', 'affiliation confirmation', 'It is dated after today.');
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_affiliation_confirmation() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_affiliation_confirmation() IS 'Row trigger of pdauth.affiliation_confirmation: one''s own (PD213, R-21-3), not in the future (PD003).';
SELECT pdauth.register_fact('pdauth.affiliation_confirmation', '{operator,developer}', 'R-21-3', 'check_affiliation_confirmation');
CREATE POLICY register ON pdauth.affiliation_confirmation USING (pdauth.may_see((SELECT p.division FROM pdauth.party AS p WHERE p.party_id = declarant_party), declarant_party)) WITH CHECK (true);

CREATE FUNCTION pdauth.await_confirmation(life_cycle text, object_id bigint, object text, debtor bigint, creditor bigint, division pdauth.division_code, since date) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT pdauth.open_duty(life_cycle, object_id, object, 'R-21-3', debtor, creditor, since, pdauth.figure('affiliation_confirmation_months', division, since) || ' months')
$function$;
REVOKE ALL ON FUNCTION pdauth.await_confirmation(text, bigint, text, bigint, bigint, pdauth.division_code, date) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.await_confirmation(text, bigint, text, bigint, bigint, pdauth.division_code, date) IS 'Opens the duty to confirm ties within the pack''s months. For effect functions.';

CREATE FUNCTION pdauth.follow_confirmation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  owed record;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NULL;
  END IF;
  FOR owed IN
    SELECT d.life_cycle, d.object_id, o.matter, z.party_id AS creditor, coalesce(z.division, y.division) AS division
      FROM pdauth.register_duty AS d JOIN pdauth.obligation AS o USING (obligation_id) JOIN pdauth.party AS y ON y.party = o.debtor LEFT JOIN pdauth.party AS z ON z.party = o.creditor
     WHERE d.rule = 'R-21-3' AND o.closed_at IS NULL AND y.party_id = NEW.declarant_party AND o.event_date <= NEW.confirmed_on ORDER BY o.obligation_id
  LOOP
    PERFORM pdauth.close_duty(owed.life_cycle, owed.object_id, 'R-21-3', least(pdauth.instant_at(NEW.confirmed_on, '23:59:59'), pdauth.clock_now()), 'affiliation confirmation ' || NEW.document);
    PERFORM pdauth.await_confirmation(owed.life_cycle, owed.object_id, owed.matter, NEW.declarant_party, owed.creditor, owed.division, NEW.confirmed_on);
  END LOOP;
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.follow_confirmation() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.follow_confirmation() IS 'Row trigger of pdauth.affiliation_confirmation: fulfils the duties of the party, under each of its agreements, and opens the next ones (R-21-3).';
CREATE TRIGGER follow_fact AFTER INSERT ON pdauth.affiliation_confirmation FOR EACH ROW EXECUTE FUNCTION pdauth.follow_confirmation();
ALTER TABLE pdauth.affiliation_confirmation ENABLE ALWAYS TRIGGER follow_fact;

CREATE FUNCTION pdauth.agreement_confirmation_effects(step pdauth.transition) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  agreement record;
BEGIN
  IF step.life_cycle = 'operating_agreement' THEN
    SELECT a.operator_party AS debtor, a.agency_party AS creditor, a.previous_id INTO agreement FROM pdauth.operating_agreement AS a WHERE a.agreement_id = step.object_id;
  ELSE
    SELECT d.developer_party AS debtor, d.operator_party AS creditor, NULL::bigint AS previous_id INTO agreement FROM pdauth.development_agreement AS d WHERE d.development_id = step.object_id;
  END IF;
  IF step.to_state = 'signed' THEN
    PERFORM pdauth.waive_duty(step.life_cycle, agreement.previous_id, 'R-21-3', 'replaced by ' || step.object);
    PERFORM pdauth.await_confirmation(step.life_cycle, step.object_id, step.object, agreement.debtor, agreement.creditor, step.division, step.event_date);
  ELSIF step.from_state = 'signed' THEN
    PERFORM pdauth.waive_duty(step.life_cycle, step.object_id, 'R-21-3', format('%s %s on %s', step.object, step.to_state, step.event_date));
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.agreement_confirmation_effects(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.agreement_confirmation_effects(pdauth.transition) IS 'What follows from a step of an operating or development agreement: signed, operator or developer owes a yearly confirmation of its ties (R-21-3).';
INSERT INTO pdauth.further_effect VALUES ('operating_agreement', 'agreement_confirmation_effects'), ('development_agreement', 'agreement_confirmation_effects');

-- ---- referrals (R-21-11) ----

CREATE TABLE pdauth.referral (
  referral_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number         text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  division       pdauth.division_code,
  reporter_party bigint NOT NULL REFERENCES pdauth.party,
  suspect_party  bigint NOT NULL REFERENCES pdauth.party,
  recipient      text NOT NULL CHECK (pdauth.has_content(recipient)),
  facts          text NOT NULL CHECK (pdauth.has_content(facts)),
  evidence       pdauth.document_digest NOT NULL,
  referred_on    date NOT NULL CHECK (pg_catalog.isfinite(referred_on)),
  log_range      tstzrange NOT NULL CHECK (NOT pg_catalog.isempty(log_range)),
  hold_id        bigint REFERENCES pdauth.legal_hold,
  release_reason text CHECK (pdauth.has_content(release_reason)),
  recorded_at    timestamptz NOT NULL,
  recorded_by    name NOT NULL
);
COMMENT ON TABLE pdauth.referral IS 'Violations of law referred to who prosecutes them; the audit log of the range is on legal hold until the referral is released (R-21-11).';
COMMENT ON COLUMN pdauth.referral.referral_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.referral.number IS 'Number.';
COMMENT ON COLUMN pdauth.referral.reporter_party IS 'Who refers.';
COMMENT ON COLUMN pdauth.referral.suspect_party IS 'Whom it is about.';
COMMENT ON COLUMN pdauth.referral.recipient IS 'Authority that receives it.';
COMMENT ON COLUMN pdauth.referral.facts IS 'Facts.';
COMMENT ON COLUMN pdauth.referral.evidence IS 'Digest of the evidence.';
COMMENT ON COLUMN pdauth.referral.referred_on IS 'Day of the referral.';
COMMENT ON COLUMN pdauth.referral.log_range IS 'Time of the log entries that are evidence.';
COMMENT ON COLUMN pdauth.referral.hold_id IS 'The legal hold, filled in.';
COMMENT ON COLUMN pdauth.referral.release_reason IS 'Why the hold ended; setting it ends the hold.';
CREATE FUNCTION pdauth.check_referral() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  ELSIF NEW.reporter_party IS DISTINCT FROM (pdauth.require_actor()).party_id THEN
    PERFORM pdauth.refuse('R-21-11', pdauth.object_label('referral', NEW.number), 'It is of another party.', NULL, NEW.division);
  ELSIF TG_OP = 'INSERT' AND NEW.referred_on > pdauth.clock_today() THEN
    PERFORM pdauth.refuse('X-3', pdauth.object_label('referral', NEW.number), 'It is dated after today.');
  END IF;
  IF TG_OP = 'INSERT' THEN
    INSERT INTO pdauth.legal_hold (made, basis) VALUES (NEW.log_range, 'referral ' || NEW.number) RETURNING legal_hold.hold_id INTO NEW.hold_id;
  ELSIF OLD.release_reason IS NOT NULL AND NEW.release_reason IS DISTINCT FROM OLD.release_reason THEN
    PERFORM pdauth.refuse('R-21-11', pdauth.object_label('referral', NEW.number), 'Its hold has ended.', NULL, NEW.division);
  ELSIF NEW.release_reason IS NOT NULL THEN
    UPDATE pdauth.legal_hold AS h SET release_reason = NEW.release_reason WHERE h.hold_id = NEW.hold_id AND h.released_at IS NULL;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_referral() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_referral() IS 'Row trigger of pdauth.referral: puts the log of the range on legal hold, and ends it with the release (R-21-11).';
SELECT pdauth.register_fact('pdauth.referral', '{operator,agency,provider,prefecture,county}', 'R-21-11', 'check_referral', '{release_reason}');
CREATE POLICY register ON pdauth.referral USING (pdauth.may_see(division, reporter_party)) WITH CHECK (true);

-- ---- what standing is asked for ----

CREATE FUNCTION pdauth.standing_violations(party_id bigint, division pdauth.division_code, object text) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-21-8', object, format('Entry %s.', b), NULL::text FROM pdauth.blacklisted(standing_violations.party_id, standing_violations.division) AS b WHERE b IS NOT NULL
  UNION ALL
  SELECT 'R-21-10', object, format('Measure %s.', m), NULL FROM pdauth.measure_in_force(standing_violations.party_id, '{suspension,cancellation,restriction}') AS m WHERE m IS NOT NULL
  UNION ALL
  SELECT v.* FROM pdauth.hold_violations(standing_violations.party_id, object) AS v
$function$;
REVOKE ALL ON FUNCTION pdauth.standing_violations(bigint, pdauth.division_code, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.standing_violations(bigint, pdauth.division_code, text) IS 'Why a party may begin nothing new: blacklisted (R-21-8), under a measure (R-21-10), held by an evaluation (R-26-7).';

CREATE FUNCTION pdauth.application_standing_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT v.* FROM pdauth.application AS a, pdauth.standing_violations(a.applicant_party, a.division, step.object) AS v
   WHERE a.application_id = step.object_id AND step.to_state NOT IN ('withdrawn', 'refused', 'lapsed')
$function$;
REVOKE ALL ON FUNCTION pdauth.application_standing_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.application_standing_violations(pdauth.transition) IS 'Further check of applications (R-21-8, R-21-10, R-26-7).';
INSERT INTO pdauth.further_check VALUES ('application', 'application_standing_violations');

CREATE FUNCTION pdauth.development_standing_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT v.* FROM pdauth.development_agreement AS d, pdauth.standing_violations(d.developer_party, d.division, step.object) AS v
   WHERE d.development_id = step.object_id AND step.to_state IN ('draft', 'signed') AND v.rule <> 'R-26-7'
$function$;
REVOKE ALL ON FUNCTION pdauth.development_standing_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.development_standing_violations(pdauth.transition) IS 'Further check of development agreements (R-21-8, R-21-10).';
INSERT INTO pdauth.further_check VALUES ('development_agreement', 'development_standing_violations');

CREATE FUNCTION pdauth.check_standing() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  development pdauth.development_agreement;
  object text;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  END IF;
  SELECT * INTO development FROM pdauth.development_agreement AS d WHERE d.development_id = NEW.development_id;
  object := pdauth.object_label('delivery', 'to ' || pdauth.party_code(development.developer_party));
  PERFORM pdauth.judge(ARRAY(
    SELECT ROW('R-21-3', object, 'Operator and developer are affiliated; the agency has not decided.', NULL)::pdauth.violation WHERE pdauth.suspended_for_affiliation(NEW.development_id)
    UNION ALL
    SELECT v FROM pdauth.standing_violations(development.developer_party, development.division, object) AS v
    UNION ALL
    SELECT v FROM pdauth.hold_violations(development.operator_party, object) AS v), development.division);
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_standing() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_standing() IS 'Row trigger of deliveries, after check_delivery: the developer is neither affiliated with the operator, blacklisted, under a measure nor held (R-21-3, R-21-8, R-21-10, R-26-7).';
CREATE TRIGGER check_standing BEFORE INSERT ON pdauth.delivery FOR EACH ROW EXECUTE FUNCTION pdauth.check_standing();
ALTER TABLE pdauth.delivery ENABLE ALWAYS TRIGGER check_standing;

-- ---- re-developed products (R-21-2, R-21-3) ----

CREATE FUNCTION pdauth.product_participation_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  -- whoever re-develops is no operator of what the product draws on, nor tied to one
  SELECT CASE WHEN a.operator_party = p.owner_party THEN 'R-21-2' ELSE 'R-21-3' END, step.object,
         format('%s is operator of %s.', pdauth.party_code(a.operator_party), min(s.source)), NULL::text
    FROM pdauth.product AS p JOIN pdauth.product_source AS s USING (product_id)
    JOIN pdauth.operating_agreement AS a ON a.state NOT IN ('draft', 'decided')
    JOIN LATERAL (SELECT u.node FROM pdauth.grants(a.scope) AS g, unnest(g.paths) AS u(node) WHERE pdauth.path_contains(u.node, s.source) LIMIT 1) AS covered ON true
   WHERE p.product_id = step.object_id AND step.to_state IN ('developing', 'deliverable', 'offered')
     AND (step.capacity = 'developer' OR s.part <> '')
     AND pdauth.affiliated(a.operator_party, p.owner_party, pdauth.figure('affiliate_share_percent', p.division))
   GROUP BY a.operator_party, p.owner_party
$function$;
REVOKE ALL ON FUNCTION pdauth.product_participation_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.product_participation_violations(pdauth.transition) IS 'Further check of products: a re-developed one is not of an operator of its sources nor of an affiliate (R-21-2, R-21-3).';
INSERT INTO pdauth.further_check VALUES ('product', 'product_participation_violations');

-- Persons of an operator have no place in a developer's roles, nor the other way round.
CREATE FUNCTION pdauth.check_memberships() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  bad record;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN;
  END IF;
  FOR bad IN
    WITH RECURSIVE bound AS (
      SELECT p.role::oid AS role, c.party_id, c.capacity, c.division FROM pdauth.principal AS p JOIN pdauth.party_capacity AS c USING (capacity_id)
       WHERE p.ended_on IS NULL AND c.capacity IN ('operator', 'developer')),
    reached AS (
      SELECT b.role AS member, m.roleid AS role FROM bound AS b JOIN pg_auth_members AS m ON m.member = b.role
      UNION
      SELECT r.member, m.roleid FROM reached AS r JOIN pg_auth_members AS m ON m.member = r.role)
    SELECT m.role::regrole AS member, g.role::regrole AS granted, pdauth.party_code(m.party_id) AS party, pdauth.party_code(g.party_id) AS other,
           CASE WHEN m.capacity <> g.capacity THEN 'R-21-3' ELSE 'R-21-6' END AS rule, g.division
      FROM reached AS r JOIN bound AS m ON m.role = r.member JOIN bound AS g ON g.role = r.role
     WHERE m.party_id <> g.party_id
  LOOP
    PERFORM pdauth.refuse(bad.rule, format('role "%s"', bad.granted), format('It acts for %s; its member "%s" acts for %s.', bad.other, bad.member, bad.party), 'Give each person a role of the own organisation.', bad.division);
  END LOOP;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_memberships() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_memberships() IS 'Refuses memberships of persons of operators in roles of developers (PD213, R-21-3), and of either in roles of another organisation of their kind (PD216, R-21-6). Called after each change of memberships and principals.';
CREATE FUNCTION pdauth.check_memberships_trigger() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  PERFORM pdauth.check_memberships();
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_memberships_trigger() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_memberships_trigger() IS 'Statement trigger of pdauth.principal: check_memberships().';
CREATE TRIGGER check_memberships AFTER INSERT OR UPDATE ON pdauth.principal FOR EACH STATEMENT EXECUTE FUNCTION pdauth.check_memberships_trigger();
ALTER TABLE pdauth.principal ENABLE ALWAYS TRIGGER check_memberships;
