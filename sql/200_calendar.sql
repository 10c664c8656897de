-- Calendars: which days are working days, as data.
--
-- A calendar is a chain of notices.  One notice arranges one year completely:
-- every weekday that is off and every Saturday or Sunday that is worked.  The
-- notice of year Y speaks for Y-1-12-29 to Y-12-28, because the notices of
-- 2005, 2006, 2007, 2011 and 2018 changed the last three days of the year
-- before.  A later notice of the same year (a rearrangement, as in 2015, 2019
-- and 2020) replaces the earlier one as a whole, which stays as history.
--
-- Versions up to 1000 come with the extension and are made by its scripts;
-- versions from 1001 are the user's.  So pg_dump carries exactly the user's rows.

CREATE TABLE pdauth.calendar (
  calendar pg_catalog.text COLLATE "C" PRIMARY KEY CHECK (calendar ~ '^[^[:space:]]{1,63}$'),
  parent   pg_catalog.text COLLATE "C" REFERENCES pdauth.calendar CHECK (parent <> calendar),
  title    pg_catalog.text NOT NULL CHECK (pg_catalog.btrim(title) <> ''),
  shipped  pg_catalog.bool NOT NULL DEFAULT false,
  version  pg_catalog.int4 NOT NULL CHECK (shipped = (version <= 1000))
);
COMMENT ON TABLE pdauth.calendar IS
  'Calendars of working days. CN is the national one (State Council notices). A calendar with a parent, such as a prefecture''s, overlays its own days on the parent''s (Regulation on Public Holidays for National Annual Festivals and Memorial Days, Art. 4).';
COMMENT ON COLUMN pdauth.calendar.calendar IS 'Code of the calendar, such as CN or CN-532300.';
COMMENT ON COLUMN pdauth.calendar.parent IS 'Calendar whose days apply where this one says nothing; NULL: Monday to Friday.';
COMMENT ON COLUMN pdauth.calendar.title IS 'Name for people.';
COMMENT ON COLUMN pdauth.calendar.shipped IS 'Comes with the extension and cannot be changed; yours are false.';

COMMENT ON COLUMN pdauth.calendar.version IS 'Given by the system when the calendar is made and when its parent changes, in one count with the versions of notices.';

CREATE SEQUENCE pdauth.calendar_version_sequence AS pg_catalog.int4 START WITH 1001 MINVALUE 1001;
COMMENT ON SEQUENCE pdauth.calendar_version_sequence IS 'Versions of the notices that users load and of the calendars they make; those up to 1000 come with the extension.';

CREATE TABLE pdauth.calendar_notice (
  calendar    pg_catalog.text COLLATE "C" NOT NULL REFERENCES pdauth.calendar,
  version     pg_catalog.int4 NOT NULL,
  year        pg_catalog.int4 NOT NULL CHECK (year BETWEEN 2000 AND 2150),
  rest_days   pg_catalog.int4 NOT NULL,
  withdrawn   pg_catalog.bool NOT NULL DEFAULT false CHECK (NOT withdrawn OR rest_days = 0),
  source      pg_catalog.text NOT NULL CHECK (pg_catalog.btrim(source) <> ''),
  recorded_at pg_catalog.timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  recorded_by pg_catalog.name NOT NULL DEFAULT session_user,
  shipped     pg_catalog.bool NOT NULL DEFAULT false CHECK (shipped = (version <= 1000)),
  PRIMARY KEY (calendar, version),
  UNIQUE (calendar, version, year)
);
COMMENT ON TABLE pdauth.calendar_notice IS
  'Notices that arrange the working days of a year. In force is, per calendar and year, the one with the highest version; years without one, or whose last one is withdrawn, are unannounced. Rows and their days are inserted in one transaction and stay for good.';
COMMENT ON COLUMN pdauth.calendar_notice.calendar IS 'Calendar the notice belongs to.';
COMMENT ON COLUMN pdauth.calendar_notice.version IS 'Given by the system in the order in which notices take effect: up to 1000 with the extension, from 1001 loaded by users. Stored deadlines name the highest version they were computed with: if pdauth.calendar_version() is no higher now, nothing has changed.';
COMMENT ON COLUMN pdauth.calendar_notice.year IS 'Year arranged: 29 December of the year before to 28 December.';
COMMENT ON COLUMN pdauth.calendar_notice.rest_days IS 'Checksum: weekdays off less weekend days worked. 13 for the national calendar from 2025.';
COMMENT ON COLUMN pdauth.calendar_notice.withdrawn IS 'Takes back the earlier notices of the year and names no days: the year is unannounced again.';
COMMENT ON COLUMN pdauth.calendar_notice.source IS 'Where it was published, such as the notice''s number or address.';
COMMENT ON COLUMN pdauth.calendar_notice.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.calendar_notice.recorded_by IS 'Login role that inserted it.';
COMMENT ON COLUMN pdauth.calendar_notice.shipped IS 'Comes with the extension and cannot be changed; yours are false.';

CREATE TABLE pdauth.calendar_day (
  calendar  pg_catalog.text COLLATE "C" NOT NULL,
  version   pg_catalog.int4 NOT NULL,
  day       pg_catalog.date NOT NULL,
  kind      pg_catalog.text COLLATE "C" NOT NULL CHECK (kind IN ('off', 'work')),
  holiday   pg_catalog.text NOT NULL CHECK (pg_catalog.btrim(holiday) <> ''),
  statutory pg_catalog.bool,
  year      pg_catalog.int4 NOT NULL GENERATED ALWAYS AS (EXTRACT(year FROM day + 3)) STORED,
  PRIMARY KEY (calendar, version, day),
  FOREIGN KEY (calendar, version, year) REFERENCES pdauth.calendar_notice (calendar, version, year),
  CONSTRAINT calendar_day_weekday_is_never_work CHECK (kind = 'off' OR EXTRACT(isodow FROM day) >= 6),
  CONSTRAINT calendar_day_statutory_is_never_work CHECK (kind = 'off' OR statutory IS NOT TRUE)
);
COMMENT ON TABLE pdauth.calendar_day IS
  'Days that a notice names: weekdays off, weekend days worked, and statutory days on weekends. Any other day is as in the parent calendar, or a working day from Monday to Friday.';
COMMENT ON COLUMN pdauth.calendar_day.calendar IS 'Calendar of the notice.';
COMMENT ON COLUMN pdauth.calendar_day.version IS 'Version of the notice.';
COMMENT ON COLUMN pdauth.calendar_day.day IS 'The day.';
COMMENT ON COLUMN pdauth.calendar_day.kind IS 'off: not a working day. work: a Saturday or Sunday turned into a working day (调休上班).';
COMMENT ON COLUMN pdauth.calendar_day.holiday IS 'Holiday the day belongs to.';
COMMENT ON COLUMN pdauth.calendar_day.statutory IS 'True: the regulation itself names the day (法定节假日). False: rest by arrangement (调休). NULL: not settled.';
COMMENT ON COLUMN pdauth.calendar_day.year IS 'Year of the notice that may name this day, computed.';

-- Two kinds of triggers: the first tells every backend that its copy is old,
-- the second keeps the shipped rows.  Both fire whatever the replication role.
-- The first also before the statement, so that a row trigger of the same
-- statement that asks for a working day does not get an old answer.
CREATE FUNCTION pdauth.keep_shipped_calendar() RETURNS trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'pdauth_keep_shipped_calendar';
REVOKE ALL ON FUNCTION pdauth.keep_shipped_calendar() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.keep_shipped_calendar() IS
  'Trigger of the calendar tables: rows that come with the extension are written by its scripts only, the tables cannot be emptied (PD006, rule X-6), and they are changed in READ COMMITTED transactions only (0A000), which see every stored deadline.';

CREATE FUNCTION pdauth.refuse_notice_change() RETURNS trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'pdauth_refuse_notice_change';
REVOKE ALL ON FUNCTION pdauth.refuse_notice_change() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.refuse_notice_change() IS
  'Trigger of notices and their days: they are not changed or deleted (PD006, rule X-6), a later notice replaces them.';
CREATE FUNCTION pdauth.keep_day_with_notice() RETURNS trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'pdauth_keep_day_with_notice';
REVOKE ALL ON FUNCTION pdauth.keep_day_with_notice() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.keep_day_with_notice() IS
  'Trigger of pdauth.calendar_day: days come in the transaction of their notice (PD006, rule X-6), except under break-glass, for restores.';

CREATE TRIGGER forget_calendar_before BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON pdauth.calendar
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.forget_cached_rows();
CREATE TRIGGER forget_calendar_after AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pdauth.calendar
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.forget_cached_rows();
CREATE TRIGGER keep_shipped_calendar BEFORE INSERT OR UPDATE OR DELETE ON pdauth.calendar
  FOR EACH ROW EXECUTE FUNCTION pdauth.keep_shipped_calendar();
CREATE TRIGGER keep_shipped_calendar_whole BEFORE TRUNCATE ON pdauth.calendar
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.keep_shipped_calendar();
CREATE TRIGGER forget_calendar_before BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON pdauth.calendar_notice
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.forget_cached_rows();
CREATE TRIGGER forget_calendar_after AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pdauth.calendar_notice
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.forget_cached_rows();
CREATE TRIGGER keep_shipped_calendar BEFORE INSERT OR UPDATE OR DELETE ON pdauth.calendar_notice
  FOR EACH ROW EXECUTE FUNCTION pdauth.keep_shipped_calendar();
CREATE TRIGGER keep_shipped_calendar_whole BEFORE TRUNCATE ON pdauth.calendar_notice
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.keep_shipped_calendar();
CREATE TRIGGER forget_calendar_before BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON pdauth.calendar_day
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.forget_cached_rows();
CREATE TRIGGER forget_calendar_after AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pdauth.calendar_day
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.forget_cached_rows();
CREATE TRIGGER keep_shipped_calendar BEFORE INSERT OR UPDATE OR DELETE ON pdauth.calendar_day
  FOR EACH ROW EXECUTE FUNCTION pdauth.keep_shipped_calendar();
CREATE TRIGGER keep_shipped_calendar_whole BEFORE TRUNCATE ON pdauth.calendar_day
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.keep_shipped_calendar();
-- Named so as to fire after keep_shipped_calendar, which knows more about its rows.
CREATE TRIGGER refuse_notice_change BEFORE UPDATE OR DELETE ON pdauth.calendar_notice
  FOR EACH ROW EXECUTE FUNCTION pdauth.refuse_notice_change();
CREATE TRIGGER refuse_notice_change BEFORE UPDATE OR DELETE ON pdauth.calendar_day
  FOR EACH ROW EXECUTE FUNCTION pdauth.refuse_notice_change();
CREATE TRIGGER keep_with_notice BEFORE INSERT ON pdauth.calendar_day
  FOR EACH ROW EXECUTE FUNCTION pdauth.keep_day_with_notice();
ALTER TABLE pdauth.calendar_notice ENABLE ALWAYS TRIGGER refuse_notice_change;
ALTER TABLE pdauth.calendar_day ENABLE ALWAYS TRIGGER refuse_notice_change;
ALTER TABLE pdauth.calendar_day ENABLE ALWAYS TRIGGER keep_with_notice;
ALTER TABLE pdauth.calendar ENABLE ALWAYS TRIGGER forget_calendar_before;
ALTER TABLE pdauth.calendar ENABLE ALWAYS TRIGGER forget_calendar_after;
ALTER TABLE pdauth.calendar ENABLE ALWAYS TRIGGER keep_shipped_calendar;
ALTER TABLE pdauth.calendar ENABLE ALWAYS TRIGGER keep_shipped_calendar_whole;
ALTER TABLE pdauth.calendar_notice ENABLE ALWAYS TRIGGER forget_calendar_before;
ALTER TABLE pdauth.calendar_notice ENABLE ALWAYS TRIGGER forget_calendar_after;
ALTER TABLE pdauth.calendar_notice ENABLE ALWAYS TRIGGER keep_shipped_calendar;
ALTER TABLE pdauth.calendar_notice ENABLE ALWAYS TRIGGER keep_shipped_calendar_whole;
ALTER TABLE pdauth.calendar_day ENABLE ALWAYS TRIGGER forget_calendar_before;
ALTER TABLE pdauth.calendar_day ENABLE ALWAYS TRIGGER forget_calendar_after;
ALTER TABLE pdauth.calendar_day ENABLE ALWAYS TRIGGER keep_shipped_calendar;
ALTER TABLE pdauth.calendar_day ENABLE ALWAYS TRIGGER keep_shipped_calendar_whole;

SELECT pg_catalog.pg_extension_config_dump('pdauth.calendar', 'WHERE NOT shipped');
SELECT pg_catalog.pg_extension_config_dump('pdauth.calendar_notice', 'WHERE NOT shipped');
SELECT pg_catalog.pg_extension_config_dump('pdauth.calendar_day', 'WHERE version > 1000');
SELECT pg_catalog.pg_extension_config_dump('pdauth.calendar_version_sequence', '');

-- Calendars are public knowledge; loading one is for those who keep the policy.
GRANT SELECT ON pdauth.calendar, pdauth.calendar_notice, pdauth.calendar_day TO PUBLIC;
-- Versions, times and names of notices are the system's to give.
GRANT INSERT (calendar, parent, title), UPDATE (parent, title), DELETE ON pdauth.calendar TO pdauth_policy_admin;
GRANT INSERT (calendar, year, rest_days, withdrawn, source) ON pdauth.calendar_notice TO pdauth_policy_admin;
GRANT INSERT (calendar, version, day, kind, holiday, statutory) ON pdauth.calendar_day TO pdauth_policy_admin;

-- Working-day functions.  Without the calendar argument they use the calendar
-- named by the setting pdauth.calendar.  STABLE, never IMMUTABLE: calendars change.

CREATE FUNCTION pdauth.is_workday(day date) RETURNS boolean
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_is_workday';
COMMENT ON FUNCTION pdauth.is_workday(date) IS
  'Whether the day is a working day in the calendar of the setting pdauth.calendar. NULL for NULL. PD0T1 where the days are not announced yet, unless pdauth.calendar_horizon is provisional.';
CREATE FUNCTION pdauth.is_workday(day date, calendar text) RETURNS boolean
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_is_workday';
COMMENT ON FUNCTION pdauth.is_workday(date, text) IS
  'Whether the day is a working day in the named calendar. 42704 for an unknown calendar; otherwise as is_workday(date).';

CREATE FUNCTION pdauth.day_kind(day date) RETURNS text
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_day_kind';
COMMENT ON FUNCTION pdauth.day_kind(date) IS
  'workday, weekend, statutory_holiday (法定节假日), adjusted_rest_day (调休放假) or makeup_workday (调休上班), in the calendar of the setting pdauth.calendar. NULL for NULL. PD0T1 where the days are not announced yet, unless pdauth.calendar_horizon is provisional.';
CREATE FUNCTION pdauth.day_kind(day date, calendar text) RETURNS text
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_day_kind';
COMMENT ON FUNCTION pdauth.day_kind(date, text) IS
  'The kind of the day in the named calendar. 42704 for an unknown calendar; otherwise as day_kind(date).';

CREATE FUNCTION pdauth.workday_add(day date, workdays integer) RETURNS date
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_workday_add';
COMMENT ON FUNCTION pdauth.workday_add(date, integer) IS
  'The n-th working day strictly after the day (n > 0) or before it (n < 0); 0 gives the day itself. The day of the event does not count (Civil Code Art. 201). NULL for NULL. PD0T1 if a day that must be counted is not announced yet, unless pdauth.calendar_horizon is provisional.';
CREATE FUNCTION pdauth.workday_add(day date, workdays integer, calendar text) RETURNS date
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_workday_add';
COMMENT ON FUNCTION pdauth.workday_add(date, integer, text) IS
  'The n-th working day after or before the day in the named calendar. 42704 for an unknown calendar; otherwise as workday_add(date, integer).';

CREATE FUNCTION pdauth.workday_count(after date, through date) RETURNS integer
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_workday_count';
COMMENT ON FUNCTION pdauth.workday_count(date, date) IS
  'Working days after the first date, up to and including the second; negative when the second is earlier. NULL for NULL. PD0T1 if a day of the span is not announced yet, unless pdauth.calendar_horizon is provisional.';
CREATE FUNCTION pdauth.workday_count(after date, through date, calendar text) RETURNS integer
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_workday_count';
COMMENT ON FUNCTION pdauth.workday_count(date, date, text) IS
  'Working days after the first date through the second in the named calendar. 42704 for an unknown calendar; otherwise as workday_count(date, date).';

CREATE FUNCTION pdauth.workday_adjust(day date, convention text) RETURNS date
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_workday_adjust';
COMMENT ON FUNCTION pdauth.workday_adjust(date, text) IS
  'The day itself if it is a working day, else the next (following) or previous (preceding) one; modified_following and modified_preceding go the other way rather than into another month. 22023 for another convention. NULL for NULL. PD0T1 if a day that must be looked at is not announced yet, unless pdauth.calendar_horizon is provisional.';
CREATE FUNCTION pdauth.workday_adjust(day date, convention text, calendar text) RETURNS date
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_workday_adjust';
COMMENT ON FUNCTION pdauth.workday_adjust(date, text, text) IS
  'The adjusted day in the named calendar. 42704 for an unknown calendar; otherwise as workday_adjust(date, text).';

CREATE FUNCTION pdauth.is_confirmed(day date) RETURNS boolean
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_is_confirmed';
COMMENT ON FUNCTION pdauth.is_confirmed(date) IS
  'Whether the working days up to this day are announced in the calendar of the setting pdauth.calendar (and the day is not before its first). NULL for NULL; false for infinite dates.';
CREATE FUNCTION pdauth.is_confirmed(day date, calendar text) RETURNS boolean
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_is_confirmed';
COMMENT ON FUNCTION pdauth.is_confirmed(date, text) IS
  'Whether the working days up to this day are announced in the named calendar. 42704 for an unknown calendar; otherwise as is_confirmed(date).';

CREATE FUNCTION pdauth.calendar_period(calendar text) RETURNS daterange
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_calendar_period';
COMMENT ON FUNCTION pdauth.calendar_period(text) IS
  'The days for which the calendar is announced without a gap. It ends on a 28 December: the next year''s notice may still change the last three days of the year. NULL for NULL; 42704 for an unknown calendar.';

CREATE FUNCTION pdauth.calendar_version(calendar text) RETURNS integer
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_calendar_version';
COMMENT ON FUNCTION pdauth.calendar_version(text) IS
  'Highest version of the calendar, its notices and those of its parents: what stored deadlines were computed with. It rises whenever an answer may change, and never falls. NULL for NULL; 42704 for an unknown calendar.';

CREATE FUNCTION pdauth.notice_in_force(calendar text, day date) RETURNS integer
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_notice_in_force';
COMMENT ON FUNCTION pdauth.notice_in_force(text, date) IS
  'Version of the calendar''s own notice that arranges the day; NULL for NULL and where no notice of the calendar does. 42704 for an unknown calendar.';

CREATE FUNCTION pdauth.default_calendar() RETURNS text
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_default_calendar';
COMMENT ON FUNCTION pdauth.default_calendar() IS 'Calendar of the setting pdauth.calendar: the one used where a function is given none.';

CREATE VIEW pdauth.calendar_day_in_force AS
  SELECT d.calendar, d.day, d.kind, d.holiday, d.statutory, d.version
    FROM pdauth.calendar_day AS d
   WHERE d.version = pdauth.notice_in_force(d.calendar, d.day);
COMMENT ON VIEW pdauth.calendar_day_in_force IS
  'Days named by the notices in force, per calendar, without those of parent calendars.';
COMMENT ON COLUMN pdauth.calendar_day_in_force.calendar IS 'Calendar of the notice.';
COMMENT ON COLUMN pdauth.calendar_day_in_force.day IS 'The day.';
COMMENT ON COLUMN pdauth.calendar_day_in_force.kind IS 'off or work.';
COMMENT ON COLUMN pdauth.calendar_day_in_force.holiday IS 'Holiday the day belongs to.';
COMMENT ON COLUMN pdauth.calendar_day_in_force.statutory IS 'Whether the regulation itself names the day.';
COMMENT ON COLUMN pdauth.calendar_day_in_force.version IS 'Version of the notice.';
GRANT SELECT ON pdauth.calendar_day_in_force TO PUBLIC;

CREATE FUNCTION pdauth.workday_explain(start date, days integer, calendar text DEFAULT pdauth.default_calendar())
RETURNS TABLE (day date, weekday text, kind text, holiday text, counted integer)
LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
  WITH RECURSIVE lineage(calendar, depth) AS (
    SELECT workday_explain.calendar COLLATE "C", 0
    UNION ALL
    SELECT c.parent, l.depth + 1
      FROM lineage AS l JOIN pdauth.calendar AS c ON c.calendar = l.calendar
     WHERE c.parent IS NOT NULL
  ), span AS (
    SELECT workday_explain.start + step.distance AS day
      FROM (SELECT pdauth.workday_add(workday_explain.start, workday_explain.days, workday_explain.calendar) - workday_explain.start AS length) AS result,
           LATERAL generate_series(sign(result.length)::integer, result.length, CASE WHEN result.length < 0 THEN -1 ELSE 1 END) AS step(distance)
     WHERE workday_explain.days <> 0
  )
  SELECT span.day,
         (ARRAY['星期一 Monday', '星期二 Tuesday', '星期三 Wednesday', '星期四 Thursday', '星期五 Friday', '星期六 Saturday', '星期日 Sunday'])[EXTRACT(isodow FROM span.day)::integer],
         pdauth.day_kind(span.day, workday_explain.calendar)
           || CASE WHEN pdauth.is_confirmed(span.day, workday_explain.calendar) THEN '' ELSE ' (provisional)' END,
         named.holiday,
         CASE WHEN NOT pdauth.is_workday(span.day, workday_explain.calendar) THEN NULL
              WHEN workday_explain.days > 0 THEN pdauth.workday_count(workday_explain.start, span.day, workday_explain.calendar)
              ELSE pdauth.workday_count(workday_explain.start - 1, span.day - 1, workday_explain.calendar)
         END
    FROM span LEFT JOIN LATERAL (
      SELECT f.holiday FROM pdauth.calendar_day_in_force AS f JOIN lineage AS l ON l.calendar = f.calendar
       WHERE f.day = span.day ORDER BY l.depth LIMIT 1) AS named ON true
   ORDER BY CASE WHEN workday_explain.days < 0 THEN -1 ELSE 1 END * (span.day - workday_explain.start)
$function$;
COMMENT ON FUNCTION pdauth.workday_explain(date, integer, text) IS
  'How workday_add(start, days, calendar) counted: one row per day after start (before it, if days is negative) up to the result, with weekday, kind, holiday and the number of the working day; NULL where the day does not count. Days not announced yet are marked provisional. No rows for NULL or 0 days.';
