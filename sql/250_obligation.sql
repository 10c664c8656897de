-- Obligations: duties with a deadline, opened by an event and closed by
-- fulfilment or waiver.  They become overdue by time alone, and are computed
-- anew, visibly, when a calendar changes.

CREATE TABLE pdauth.obligation (
  obligation_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  rule             text NOT NULL CHECK (pg_catalog.btrim(rule) <> ''),
  debtor           text NOT NULL CHECK (pg_catalog.btrim(debtor) <> ''),
  creditor         text CHECK (pg_catalog.btrim(creditor) <> ''),
  matter           text NOT NULL CHECK (pg_catalog.btrim(matter) <> ''),
  event_date       date NOT NULL CHECK (pg_catalog.isfinite(event_date)),
  term             pdauth.term NOT NULL,
  closes           time NOT NULL DEFAULT '24:00',
  suspended        datemultirange NOT NULL DEFAULT '{}',
  fixed            boolean NOT NULL DEFAULT false,
  calendar         text COLLATE "C" NOT NULL DEFAULT pdauth.default_calendar() REFERENCES pdauth.calendar,
  remind_workdays  integer NOT NULL DEFAULT 5 CHECK (remind_workdays >= 0),
  due              date,
  remind_on        date,
  provisional      boolean NOT NULL,
  calendar_version integer NOT NULL,
  moved_by         text[] NOT NULL,
  opened_at        timestamptz NOT NULL,
  opened_by        name NOT NULL,
  fulfilled_at     timestamptz CHECK (pg_catalog.isfinite(fulfilled_at)),
  evidence         text CHECK (pg_catalog.btrim(evidence) <> ''),
  waive_reason     text CHECK (pg_catalog.btrim(waive_reason) <> ''),
  closed_at        timestamptz,
  closed_by        name,
  CHECK (evidence IS NULL OR fulfilled_at IS NOT NULL),
  CHECK (waive_reason IS NULL OR fulfilled_at IS NULL),
  CHECK ((closed_at IS NOT NULL) = (fulfilled_at IS NOT NULL OR waive_reason IS NOT NULL)),
  CHECK ((closed_at IS NULL) = (closed_by IS NULL))
);
CREATE INDEX obligation_open_due_index ON pdauth.obligation (due) WHERE closed_at IS NULL;
CREATE INDEX obligation_debtor_index ON pdauth.obligation (debtor);
COMMENT ON TABLE pdauth.obligation IS
  'Duties with a deadline. Insert rule, debtor, matter, event_date and term (and what else is known); set fulfilled_at, with evidence, or waive_reason to close one, suspended to stop its clock. The rest is computed. Rows are never deleted. The channel pdauth_obligation is notified of every change.';
COMMENT ON COLUMN pdauth.obligation.obligation_id IS 'Number of the obligation, given by the system.';
COMMENT ON COLUMN pdauth.obligation.rule IS 'Rule that makes the duty, such as R-10-6.';
COMMENT ON COLUMN pdauth.obligation.debtor IS 'Party that has to act.';
COMMENT ON COLUMN pdauth.obligation.creditor IS 'Party to which it is owed, or that supervises; NULL if none.';
COMMENT ON COLUMN pdauth.obligation.matter IS 'What it is about, such as the number of a plan. No protected values: it is exported and shown.';
COMMENT ON COLUMN pdauth.obligation.event_date IS 'Legal date of the event that starts the clock, also when entered later. It does not count itself.';
COMMENT ON COLUMN pdauth.obligation.term IS 'Time allowed, from the parameters of the jurisdiction pack.';
COMMENT ON COLUMN pdauth.obligation.closes IS 'Time of day in Asia/Shanghai at which the last day ends: 24:00, or the close of business (Civil Code Art. 203).';
COMMENT ON COLUMN pdauth.obligation.suspended IS 'Days on which the clock stands still.';
COMMENT ON COLUMN pdauth.obligation.fixed IS 'The last day is a date of the law, such as 31 March, or of a decision: it does not move off a rest day.';
COMMENT ON COLUMN pdauth.obligation.calendar IS 'Calendar of working days that applies to the debtor.';
COMMENT ON COLUMN pdauth.obligation.remind_workdays IS 'How many working days before it is due the obligation counts as due soon.';
COMMENT ON COLUMN pdauth.obligation.due IS 'Last day, computed; NULL while a suspension without end keeps it open.';
COMMENT ON COLUMN pdauth.obligation.remind_on IS 'First day on which it counts as due soon, computed.';
COMMENT ON COLUMN pdauth.obligation.provisional IS 'Computed on days that the calendar has not announced yet (as those above it have, else Monday to Friday): a notice may still move it.';
COMMENT ON COLUMN pdauth.obligation.calendar_version IS 'Version of the calendar it was computed with.';
COMMENT ON COLUMN pdauth.obligation.moved_by IS 'What moved the deadline last: notices, or a calendar that was given another parent, each as calendar, blank, version; empty if it was a suspension, or if it never moved.';
COMMENT ON COLUMN pdauth.obligation.opened_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.obligation.opened_by IS 'Login role that inserted it.';
COMMENT ON COLUMN pdauth.obligation.fulfilled_at IS 'Instant of fulfilment, on the day of the event or later and not in the future (22023); setting it closes the obligation.';
COMMENT ON COLUMN pdauth.obligation.evidence IS 'What shows the fulfilment, such as the number of a receipt.';
COMMENT ON COLUMN pdauth.obligation.waive_reason IS 'Why the duty fell away; setting it closes the obligation.';
COMMENT ON COLUMN pdauth.obligation.closed_at IS 'When the row was closed; NULL while open.';
COMMENT ON COLUMN pdauth.obligation.closed_by IS 'Login role that closed it.';

CREATE TABLE pdauth.obligation_change (
  change_id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  obligation_id        bigint NOT NULL REFERENCES pdauth.obligation,
  changed_at           timestamptz NOT NULL,
  changed_by           name NOT NULL,
  old_due              date,
  new_due              date,
  old_provisional      boolean NOT NULL,
  new_provisional      boolean NOT NULL,
  old_calendar_version integer NOT NULL,
  new_calendar_version integer NOT NULL,
  old_suspended        datemultirange NOT NULL,
  new_suspended        datemultirange NOT NULL,
  moved_by             text[] NOT NULL
);
CREATE INDEX obligation_change_obligation_index ON pdauth.obligation_change (obligation_id);
CREATE INDEX obligation_change_moved_by_index ON pdauth.obligation_change USING gin (moved_by);
COMMENT ON TABLE pdauth.obligation_change IS 'Every move of a deadline: by a calendar that changed or by a suspension. Written by the system.';
COMMENT ON COLUMN pdauth.obligation_change.change_id IS 'Number of the change.';
COMMENT ON COLUMN pdauth.obligation_change.obligation_id IS 'Obligation that moved.';
COMMENT ON COLUMN pdauth.obligation_change.changed_at IS 'When.';
COMMENT ON COLUMN pdauth.obligation_change.changed_by IS 'Login role whose statement moved it.';
COMMENT ON COLUMN pdauth.obligation_change.old_due IS 'Due date before.';
COMMENT ON COLUMN pdauth.obligation_change.new_due IS 'Due date after.';
COMMENT ON COLUMN pdauth.obligation_change.old_provisional IS 'Whether the old date was a guess.';
COMMENT ON COLUMN pdauth.obligation_change.new_provisional IS 'Whether the new date is a guess.';
COMMENT ON COLUMN pdauth.obligation_change.old_calendar_version IS 'Version of the calendar before.';
COMMENT ON COLUMN pdauth.obligation_change.new_calendar_version IS 'Version of the calendar after.';
COMMENT ON COLUMN pdauth.obligation_change.old_suspended IS 'Suspended days before.';
COMMENT ON COLUMN pdauth.obligation_change.new_suspended IS 'Suspended days after.';
COMMENT ON COLUMN pdauth.obligation_change.moved_by IS 'What moved it: notices, or a calendar that was given another parent, each as calendar, blank, version; empty if a suspension did.';

-- Duties compute provisionally where the days are not announced (only minimum
-- periods must not), whatever the session has set.
CREATE FUNCTION pdauth.obligation_due(event_date date, term pdauth.term, suspended datemultirange, calendar text, fixed boolean DEFAULT false) RETURNS date
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp SET pdauth.calendar_horizon = 'provisional'
AS $function$
BEGIN
  IF obligation_due.fixed THEN
    RETURN pdauth.term_end(obligation_due.event_date, obligation_due.term, obligation_due.calendar);
  END IF;
  RETURN pdauth.deadline_suspended(obligation_due.event_date, obligation_due.term, obligation_due.suspended, obligation_due.calendar);
END
$function$;
COMMENT ON FUNCTION pdauth.obligation_due(date, pdauth.term, datemultirange, text, boolean) IS
  'Due date of an obligation: deadline_suspended, or term_end of a fixed one, provisional where the days are not announced yet. NULL for NULL and while a suspension without end keeps it open.';

CREATE FUNCTION pdauth.obligation_remind_on(due date, remind_workdays integer, calendar text) RETURNS date
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp SET pdauth.calendar_horizon = 'provisional'
AS $function$
BEGIN
  RETURN pdauth.workday_add(obligation_remind_on.due, -obligation_remind_on.remind_workdays, obligation_remind_on.calendar);
END
$function$;
COMMENT ON FUNCTION pdauth.obligation_remind_on(date, integer, text) IS
  'So many working days before the due date, provisional where the days are not announced yet. NULL for NULL.';

CREATE FUNCTION pdauth.keep_obligation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  computed constant text[] := '{due,remind_on,provisional,calendar_version,moved_by,closed_at,closed_by}';
  settable constant text[] := '{fulfilled_at,evidence,waive_reason,suspended,remind_workdays}';
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION USING ERRCODE = 'PD254', MESSAGE = 'an obligation cannot be deleted',
      DETAIL = 'Rule R-25-4: Article 25, evidence cannot be altered (第二十五条 操作记录不得篡改).',
      HINT = 'Close it with UPDATE pdauth.obligation SET waive_reason = ''...''.';
  END IF;
  IF TG_OP = 'INSERT' AND NEW.opened_at IS NOT NULL THEN
    -- a restore brings rows with their history; only break-glass may claim to be one
    IF pdauth.break_glass_active() THEN
      RETURN NEW;
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'PD254', MESSAGE = 'the history of an obligation cannot be given',
      DETAIL = 'Rule R-25-4: Article 25, evidence cannot be altered (第二十五条 操作记录不得篡改).',
      HINT = 'Leave opened_at out. To restore a dump: PGOPTIONS=''-c pdauth.break_glass=restore'', as superuser.';
  END IF;
  IF TG_OP = 'INSERT' THEN
    NEW.opened_at := clock_timestamp();
    NEW.opened_by := session_user;
    NEW.moved_by := '{}';
  ELSIF OLD.closed_at IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'PD254', MESSAGE = 'a closed obligation cannot be changed',
      DETAIL = 'Rule R-25-4: Article 25, evidence cannot be altered (第二十五条 操作记录不得篡改).',
      HINT = 'Open a new obligation if the duty came back.';
  ELSIF to_jsonb(NEW) - computed - settable <> to_jsonb(OLD) - computed - settable THEN
    RAISE EXCEPTION USING ERRCODE = 'PD254', MESSAGE = 'the grounds of an obligation cannot be changed',
      DETAIL = 'Rule R-25-4: Article 25, evidence cannot be altered (第二十五条 操作记录不得篡改).',
      HINT = 'Waive it with its reason and open another one.';
  END IF;
  IF NEW.fulfilled_at > pdauth.clock_now() THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'an obligation cannot be fulfilled in the future',
      HINT = 'Enter the fulfilment when it has happened.';
  END IF;
  IF isfinite(NEW.fulfilled_at) AND NEW.fulfilled_at < pdauth.instant_at(NEW.event_date, time '00:00') THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'an obligation cannot be fulfilled before the event that starts it',
      HINT = 'Correct the time. If the duty was met before it began, set waive_reason instead.';
  END IF;
  -- by the calendar as it is: whoever changes one waits for us (serialize_calendar_changes)
  NEW.due := pdauth.obligation_due(NEW.event_date, NEW.term, NEW.suspended, NEW.calendar, NEW.fixed);
  -- what has no instant cannot be compared with the clock: it would break the views for all
  PERFORM pdauth.instant_at(NEW.due, NEW.closes);
  NEW.remind_on := pdauth.obligation_remind_on(NEW.due, NEW.remind_workdays, NEW.calendar);
  NEW.provisional := coalesce(NOT NEW.fixed AND NOT pdauth.is_confirmed(NEW.due, NEW.calendar), false);
  NEW.calendar_version := pdauth.calendar_version(NEW.calendar);
  IF TG_OP = 'UPDATE' AND NEW.suspended <> OLD.suspended THEN
    NEW.moved_by := '{}';
  ELSIF TG_OP = 'UPDATE' AND (NEW.due, NEW.provisional) IS NOT DISTINCT FROM (OLD.due, OLD.provisional) THEN
    NEW.moved_by := OLD.moved_by;
  END IF;
  NEW.closed_at := CASE WHEN NEW.fulfilled_at IS NOT NULL OR NEW.waive_reason IS NOT NULL THEN clock_timestamp() END;
  NEW.closed_by := CASE WHEN NEW.closed_at IS NOT NULL THEN session_user END;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.keep_obligation() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.keep_obligation() IS
  'Trigger of pdauth.obligation: computes due date, version and closing; lets nothing but fulfilment, waiver and suspension change, and no row go (PD254, R-25-4).';

CREATE FUNCTION pdauth.tell_obligation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  moved boolean := TG_OP = 'UPDATE' AND (NEW.due, NEW.provisional, NEW.suspended) IS DISTINCT FROM (OLD.due, OLD.provisional, OLD.suspended);
BEGIN
  IF TG_OP = 'INSERT' AND NEW.opened_at < transaction_timestamp() THEN
    RETURN NULL;  -- restored: no news
  END IF;
  IF moved THEN
    INSERT INTO pdauth.obligation_change (obligation_id, changed_at, changed_by, old_due, new_due, old_provisional, new_provisional,
                                          old_calendar_version, new_calendar_version, old_suspended, new_suspended, moved_by)
    VALUES (NEW.obligation_id, clock_timestamp(), session_user, OLD.due, NEW.due, OLD.provisional, NEW.provisional,
            OLD.calendar_version, NEW.calendar_version, OLD.suspended, NEW.suspended, NEW.moved_by);
  END IF;
  IF TG_OP = 'INSERT' OR moved OR NEW.closed_at IS NOT NULL THEN
    -- any role may listen: no more than that something happened, the table tells those who may read it
    PERFORM pg_notify('pdauth_obligation', json_build_object(
      'obligation_id', NEW.obligation_id,
      'event', CASE WHEN NEW.fulfilled_at IS NOT NULL THEN 'fulfilled' WHEN NEW.waive_reason IS NOT NULL THEN 'waived'
                    WHEN TG_OP = 'INSERT' THEN 'opened' ELSE 'moved' END)::text);
  END IF;
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.tell_obligation() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.tell_obligation() IS
  'Trigger of pdauth.obligation: records each move in pdauth.obligation_change and notifies the channel pdauth_obligation with obligation_id and event (opened, moved, fulfilled, waived) as JSON, and no more: any role can listen.';

CREATE TRIGGER keep_obligation BEFORE INSERT OR UPDATE OR DELETE ON pdauth.obligation
  FOR EACH ROW EXECUTE FUNCTION pdauth.keep_obligation();
CREATE TRIGGER tell_obligation AFTER INSERT OR UPDATE ON pdauth.obligation
  FOR EACH ROW EXECUTE FUNCTION pdauth.tell_obligation();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON pdauth.obligation
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.refuse_evidence_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON pdauth.obligation_change
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.refuse_evidence_change();
ALTER TABLE pdauth.obligation ENABLE ALWAYS TRIGGER keep_obligation;
ALTER TABLE pdauth.obligation ENABLE ALWAYS TRIGGER tell_obligation;
ALTER TABLE pdauth.obligation ENABLE ALWAYS TRIGGER refuse_truncate;
ALTER TABLE pdauth.obligation_change ENABLE ALWAYS TRIGGER refuse_change;

CREATE FUNCTION pdauth.calendar_lineage(calendar text) RETURNS SETOF text
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $function$
  WITH RECURSIVE lineage(calendar) AS (
    SELECT c.calendar FROM pdauth.calendar AS c WHERE c.calendar = calendar_lineage.calendar
    UNION
    SELECT c.parent FROM lineage AS l JOIN pdauth.calendar AS c ON c.calendar = l.calendar WHERE c.parent IS NOT NULL
  )
  SELECT l.calendar FROM lineage AS l
$function$;
COMMENT ON FUNCTION pdauth.calendar_lineage(text) IS
  'The calendar and those above it. No rows for NULL or an unknown calendar.';

-- Who changes a calendar waits for all who write obligations, and they for him;
-- so also for the next who changes one.  It is the first lock that matters on
-- either side (obligations are written under ROW EXCLUSIVE, locked by SELECT FOR
-- UPDATE under ROW SHARE), hence neither waits for the other in a circle.
CREATE FUNCTION pdauth.serialize_calendar_changes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  LOCK TABLE pdauth.obligation IN EXCLUSIVE MODE;
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.serialize_calendar_changes() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.serialize_calendar_changes() IS
  'Trigger before each statement on the calendar tables: locks pdauth.obligation against writers to the end of the transaction, so that calendars change one after the other and no obligation is computed meanwhile.';
CREATE TRIGGER serialize_calendar_changes BEFORE INSERT OR UPDATE OR DELETE ON pdauth.calendar
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.serialize_calendar_changes();
CREATE TRIGGER serialize_calendar_changes BEFORE INSERT ON pdauth.calendar_notice
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.serialize_calendar_changes();
CREATE TRIGGER serialize_calendar_changes BEFORE INSERT ON pdauth.calendar_day
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.serialize_calendar_changes();
ALTER TABLE pdauth.calendar ENABLE ALWAYS TRIGGER serialize_calendar_changes;
ALTER TABLE pdauth.calendar_notice ENABLE ALWAYS TRIGGER serialize_calendar_changes;
ALTER TABLE pdauth.calendar_day ENABLE ALWAYS TRIGGER serialize_calendar_changes;

CREATE FUNCTION pdauth.recompute_obligations() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  -- what the statement brought: calendar, version, and of a notice the year
  calendars text[];
  versions integer[];
  years integer[];
BEGIN
  IF TG_TABLE_NAME = 'calendar' THEN
    SELECT array_agg(c.calendar), array_agg(c.version), array_agg(NULL::integer) INTO calendars, versions, years
      FROM changed AS c JOIN before AS b USING (calendar) WHERE c.version <> b.version;
  ELSE
    -- a notice that is being restored is no news: its deadlines come as they were
    SELECT array_agg(n.calendar), array_agg(n.version), array_agg(n.year) INTO calendars, versions, years
      FROM pdauth.calendar_notice AS n
     WHERE EXISTS (SELECT FROM changed AS c WHERE (c.calendar, c.version) = (n.calendar, n.version))
       AND NOT (pdauth.break_glass_active() AND n.recorded_at < transaction_timestamp());
  END IF;
  IF calendars IS NULL THEN
    RETURN NULL;
  END IF;
  UPDATE pdauth.obligation AS o
     -- A notice, of a calendar at or above the obligation's own, moves dates by the
     -- days of its year, and makes dates in and after it a guess or certain: a
     -- calendar's first notice is also the start of its own horizon.
     SET moved_by = ARRAY(
           SELECT format('%s %s', n.calendar, n.version) FROM unnest(calendars, versions, years) AS n(calendar, version, year)
            WHERE n.calendar IN (SELECT pdauth.calendar_lineage(o.calendar))
              AND (n.year IS NULL
                   OR (make_date(n.year - 1, 12, 28) < greatest(coalesce(o.due, 'infinity'), recomputed.due)
                       AND (make_date(n.year, 12, 28) > o.event_date
                            OR o.provisional = (o.fixed OR pdauth.is_confirmed(recomputed.due, o.calendar)))))
            ORDER BY 1)
    FROM (SELECT p.obligation_id, pdauth.obligation_due(p.event_date, p.term, p.suspended, p.calendar, p.fixed) AS due
            FROM pdauth.obligation AS p WHERE p.closed_at IS NULL) AS recomputed
   WHERE o.obligation_id = recomputed.obligation_id AND o.closed_at IS NULL
     AND (o.due IS DISTINCT FROM recomputed.due
          OR o.remind_on IS DISTINCT FROM pdauth.obligation_remind_on(o.due, o.remind_workdays, o.calendar)
          OR o.provisional = (o.fixed OR pdauth.is_confirmed(o.due, o.calendar)));
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.recompute_obligations() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.recompute_obligations() IS
  'Trigger of the calendar tables: computes open obligations anew and records those that move, with the notices (or the calendar with another parent) that moved them, in pdauth.obligation_change.';
-- Named so as to fire after forget_calendar_after.
CREATE TRIGGER recompute_obligations AFTER INSERT ON pdauth.calendar_day
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION pdauth.recompute_obligations();
CREATE TRIGGER recompute_obligations AFTER INSERT ON pdauth.calendar_notice
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION pdauth.recompute_obligations();
CREATE TRIGGER recompute_obligations AFTER UPDATE ON pdauth.calendar
  REFERENCING NEW TABLE AS changed OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION pdauth.recompute_obligations();
ALTER TABLE pdauth.calendar_day ENABLE ALWAYS TRIGGER recompute_obligations;
ALTER TABLE pdauth.calendar_notice ENABLE ALWAYS TRIGGER recompute_obligations;
ALTER TABLE pdauth.calendar ENABLE ALWAYS TRIGGER recompute_obligations;

CREATE FUNCTION pdauth.deadlines_changed(calendar text, version integer)
RETURNS TABLE (obligation_id bigint, rule text, debtor text, matter text, old_due date, new_due date, was_provisional boolean)
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT o.obligation_id, o.rule, o.debtor, o.matter, c.old_due, c.new_due, c.old_provisional
    FROM pdauth.obligation_change AS c JOIN pdauth.obligation AS o USING (obligation_id)
   WHERE c.moved_by @> ARRAY[format('%s %s', deadlines_changed.calendar, deadlines_changed.version)]
     AND c.old_due IS DISTINCT FROM c.new_due
   ORDER BY o.obligation_id, c.change_id
$function$;
COMMENT ON FUNCTION pdauth.deadlines_changed(text, integer) IS
  'Obligations that this notice of the calendar has moved, also those of calendars below it, one row per move in order; with the version of a calendar that was given another parent, what that moved. To look before deciding, load the notice in a transaction, call this, and roll back. No rows for NULL. Needs the right to read pdauth.obligation.';

CREATE VIEW pdauth.obligation_status AS
  SELECT o.obligation_id, o.rule, o.debtor, o.creditor, o.matter, o.event_date, o.term, o.due, o.provisional, o.fulfilled_at, o.waive_reason,
         CASE WHEN o.waive_reason IS NOT NULL THEN 'waived'
              WHEN o.fulfilled_at IS NOT NULL AND (o.due IS NULL OR o.fulfilled_at < pdauth.instant_at(o.due, o.closes)
                   OR (o.closes <> time '24:00' AND o.fulfilled_at = pdauth.instant_at(o.due, o.closes))) THEN 'fulfilled'
              WHEN o.fulfilled_at IS NOT NULL THEN 'fulfilled late'
              WHEN o.due IS NULL THEN 'suspended'
              WHEN pdauth.clock_now() > pdauth.instant_at(o.due, o.closes)
                   OR (o.closes = time '24:00' AND pdauth.clock_now() = pdauth.instant_at(o.due, o.closes)) THEN 'overdue'
              WHEN pdauth.clock_today() >= o.remind_on THEN 'due soon'
              ELSE 'open' END AS status
    FROM pdauth.obligation AS o;
COMMENT ON VIEW pdauth.obligation_status IS
  'Obligations with their status now: open, due soon, overdue, suspended, fulfilled, fulfilled late or waived.';
COMMENT ON COLUMN pdauth.obligation_status.obligation_id IS 'Number of the obligation, given by the system.';
COMMENT ON COLUMN pdauth.obligation_status.rule IS 'Rule that makes the duty, such as R-10-6.';
COMMENT ON COLUMN pdauth.obligation_status.debtor IS 'Party that has to act.';
COMMENT ON COLUMN pdauth.obligation_status.creditor IS 'Party to which it is owed, or that supervises; NULL if none.';
COMMENT ON COLUMN pdauth.obligation_status.matter IS 'What it is about, such as the number of a plan. No protected values: it is exported and shown.';
COMMENT ON COLUMN pdauth.obligation_status.event_date IS 'Legal date of the event that starts the clock, also when entered later. It does not count itself.';
COMMENT ON COLUMN pdauth.obligation_status.term IS 'Time allowed, from the parameters of the jurisdiction pack.';
COMMENT ON COLUMN pdauth.obligation_status.due IS 'Last day, computed; NULL while a suspension without end keeps it open.';
COMMENT ON COLUMN pdauth.obligation_status.provisional IS 'Computed on days that the calendar has not announced yet (as those above it have, else Monday to Friday): a notice may still move it.';
COMMENT ON COLUMN pdauth.obligation_status.fulfilled_at IS 'Instant of fulfilment, on the day of the event or later and not in the future (22023); setting it closes the obligation.';
COMMENT ON COLUMN pdauth.obligation_status.waive_reason IS 'Why the duty fell away; setting it closes the obligation.';
COMMENT ON COLUMN pdauth.obligation_status.status IS 'open, due soon, overdue, suspended, fulfilled, fulfilled late or waived.';
CREATE VIEW pdauth.due_soon AS
  SELECT s.obligation_id, s.rule, s.debtor, s.creditor, s.matter, s.event_date, s.term, s.due, s.provisional
    FROM pdauth.obligation_status AS s WHERE s.status = 'due soon';
COMMENT ON VIEW pdauth.due_soon IS 'Open obligations whose due date is at most remind_workdays working days away.';
COMMENT ON COLUMN pdauth.due_soon.obligation_id IS 'Number of the obligation, given by the system.';
COMMENT ON COLUMN pdauth.due_soon.rule IS 'Rule that makes the duty, such as R-10-6.';
COMMENT ON COLUMN pdauth.due_soon.debtor IS 'Party that has to act.';
COMMENT ON COLUMN pdauth.due_soon.creditor IS 'Party to which it is owed, or that supervises; NULL if none.';
COMMENT ON COLUMN pdauth.due_soon.matter IS 'What it is about, such as the number of a plan. No protected values: it is exported and shown.';
COMMENT ON COLUMN pdauth.due_soon.event_date IS 'Legal date of the event that starts the clock, also when entered later. It does not count itself.';
COMMENT ON COLUMN pdauth.due_soon.term IS 'Time allowed, from the parameters of the jurisdiction pack.';
COMMENT ON COLUMN pdauth.due_soon.due IS 'Last day, computed; NULL while a suspension without end keeps it open.';
COMMENT ON COLUMN pdauth.due_soon.provisional IS 'Computed on days that the calendar has not announced yet (as those above it have, else Monday to Friday): a notice may still move it.';
CREATE VIEW pdauth.overdue AS
  SELECT s.obligation_id, s.rule, s.debtor, s.creditor, s.matter, s.event_date, s.term, s.due, s.provisional,
         pdauth.clock_today() - s.due AS days_late
    FROM pdauth.obligation_status AS s WHERE s.status = 'overdue';
COMMENT ON VIEW pdauth.overdue IS 'Open obligations whose time has run out, with the calendar days since.';
COMMENT ON COLUMN pdauth.overdue.obligation_id IS 'Number of the obligation, given by the system.';
COMMENT ON COLUMN pdauth.overdue.rule IS 'Rule that makes the duty, such as R-10-6.';
COMMENT ON COLUMN pdauth.overdue.debtor IS 'Party that has to act.';
COMMENT ON COLUMN pdauth.overdue.creditor IS 'Party to which it is owed, or that supervises; NULL if none.';
COMMENT ON COLUMN pdauth.overdue.matter IS 'What it is about, such as the number of a plan. No protected values: it is exported and shown.';
COMMENT ON COLUMN pdauth.overdue.event_date IS 'Legal date of the event that starts the clock, also when entered later. It does not count itself.';
COMMENT ON COLUMN pdauth.overdue.term IS 'Time allowed, from the parameters of the jurisdiction pack.';
COMMENT ON COLUMN pdauth.overdue.due IS 'Last day, computed; NULL while a suspension without end keeps it open.';
COMMENT ON COLUMN pdauth.overdue.provisional IS 'Computed on days that the calendar has not announced yet (as those above it have, else Monday to Friday): a notice may still move it.';
COMMENT ON COLUMN pdauth.overdue.days_late IS 'Calendar days since the last day.';
CREATE VIEW pdauth.obligation_summary AS
  SELECT s.debtor, s.rule, pg_catalog.count(*) FILTER (WHERE s.status IN ('open', 'suspended')) AS open,
         pg_catalog.count(*) FILTER (WHERE s.status = 'due soon') AS due_soon, pg_catalog.count(*) FILTER (WHERE s.status = 'overdue') AS overdue,
         pg_catalog.count(*) FILTER (WHERE s.status = 'fulfilled') AS fulfilled, pg_catalog.count(*) FILTER (WHERE s.status = 'fulfilled late') AS fulfilled_late,
         pg_catalog.count(*) FILTER (WHERE s.status = 'waived') AS waived
    FROM pdauth.obligation_status AS s GROUP BY s.debtor, s.rule;
COMMENT ON VIEW pdauth.obligation_summary IS 'Obligations per party and rule, counted by status.';
COMMENT ON COLUMN pdauth.obligation_summary.debtor IS 'Party that has to act.';
COMMENT ON COLUMN pdauth.obligation_summary.rule IS 'Rule that makes the duty, such as R-10-6.';
COMMENT ON COLUMN pdauth.obligation_summary.open IS 'Open, with time left.';
COMMENT ON COLUMN pdauth.obligation_summary.due_soon IS 'Open, and due soon.';
COMMENT ON COLUMN pdauth.obligation_summary.overdue IS 'Open, and overdue.';
COMMENT ON COLUMN pdauth.obligation_summary.fulfilled IS 'Met in time.';
COMMENT ON COLUMN pdauth.obligation_summary.fulfilled_late IS 'Met, but late.';
COMMENT ON COLUMN pdauth.obligation_summary.waived IS 'Waived.';

CREATE FUNCTION pdauth.ics_line(name text, value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  -- RFC 5545 section 3.3.11: backslash, semicolon, comma and line ends are escaped.
  -- Other control characters but the tab may not occur: a blank stands for each.
  line text := name || ':' || regexp_replace(regexp_replace(regexp_replace(value, '([\\;,])', '\\\1', 'g'),
                 '\r\n|\r|\n', '\\n', 'g'), '[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f]', ' ', 'g');
  result text := '';
  room integer := 75;
  character_ text;
BEGIN
  -- Section 3.1: at most 75 octets in each line, continued after a blank.
  FOREACH character_ IN ARRAY regexp_split_to_array(line, '') LOOP
    IF octet_length(convert_to(character_, 'UTF8')) > room THEN
      result := result || E'\r\n ';
      room := 74;
    END IF;
    result := result || character_;
    room := room - octet_length(convert_to(character_, 'UTF8'));
  END LOOP;
  RETURN result || E'\r\n';
END
$function$;
COMMENT ON FUNCTION pdauth.ics_line(text, text) IS 'A content line of iCalendar (RFC 5545) with a text value: escaped, blanks for control characters, folded at 75 octets of UTF-8, ended by CR LF. NULL for NULL.';

CREATE FUNCTION pdauth.obligations_ics(party text) RETURNS text
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT E'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//pdauth//obligations//EN\r\n'
         || coalesce(string_agg(
              E'BEGIN:VEVENT\r\n'
              || pdauth.ics_line('UID', format('obligation-%s@pdauth', s.obligation_id))
              || format(E'DTSTAMP:%s\r\n', to_char(least(pdauth.clock_now(), timestamptz '9999-12-31 00:00Z') AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MISS"Z"'))
              || format(E'DTSTART;VALUE=DATE:%s\r\nDTEND;VALUE=DATE:%s\r\n', to_char(s.due, 'YYYYMMDD'), to_char(s.due + 1, 'YYYYMMDD'))
              || format(E'SEQUENCE:%s\r\n', (SELECT count(*) FROM pdauth.obligation_change AS c WHERE c.obligation_id = s.obligation_id))
              || pdauth.ics_line('SUMMARY', concat_ws(' ', s.rule, s.matter, CASE WHEN s.status = 'overdue' THEN '(逾期 overdue)' WHEN s.provisional THEN '(暂定 provisional)' END))
              || pdauth.ics_line('DESCRIPTION', format('%s of %s, term %s%s', s.rule, s.event_date, s.term, '; owed to ' || s.creditor))
              || E'TRANSP:TRANSPARENT\r\nEND:VEVENT\r\n', '' ORDER BY s.due, s.obligation_id), '')
         || E'END:VCALENDAR\r\n'
    FROM pdauth.obligation_status AS s
   WHERE s.debtor = obligations_ics.party AND s.status IN ('open', 'due soon', 'overdue')
     -- section 3.3.4: a year has four digits, also that of the day after
     AND s.due < date '9999-12-31'
$function$;
COMMENT ON FUNCTION pdauth.obligations_ics(text) IS
  'Open obligations of a party as an iCalendar file (RFC 5545), one all-day event on each due date, to be subscribed to or imported by a calendar program, which knows no years after 9999: what is due later is left out. An empty calendar for an unknown party, NULL for NULL. Needs the right to read pdauth.obligation.';

SELECT pg_catalog.pg_extension_config_dump('pdauth.obligation', '');
SELECT pg_catalog.pg_extension_config_dump('pdauth.obligation_obligation_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('pdauth.obligation_change', '');
SELECT pg_catalog.pg_extension_config_dump('pdauth.obligation_change_change_id_seq', '');

GRANT SELECT, INSERT (rule, debtor, creditor, matter, event_date, term, closes, suspended, calendar, remind_workdays, fulfilled_at, evidence),
      UPDATE (fulfilled_at, evidence, waive_reason, suspended, remind_workdays) ON pdauth.obligation TO pdauth_policy_admin;
GRANT SELECT ON pdauth.obligation_change, pdauth.obligation_status, pdauth.due_soon, pdauth.overdue, pdauth.obligation_summary TO pdauth_policy_admin;
GRANT SELECT ON pdauth.obligation, pdauth.obligation_change, pdauth.obligation_status, pdauth.due_soon, pdauth.overdue, pdauth.obligation_summary TO pdauth_auditor;

COMMENT ON SEQUENCE pdauth.obligation_obligation_id_seq IS 'Numbers of obligations.';
COMMENT ON SEQUENCE pdauth.obligation_change_change_id_seq IS 'Numbers of changes of obligations.';
