-- Working-day calendars: rest days are data, announced year by year.

CREATE TABLE pdauth.calendar (
  calendar  pg_catalog.text PRIMARY KEY CHECK (calendar OPERATOR(pg_catalog.<>) '' AND pg_catalog.octet_length(calendar) OPERATOR(pg_catalog.<) 64),
  parent    pg_catalog.text REFERENCES pdauth.calendar,
  title     pg_catalog.text NOT NULL,
  first_day pg_catalog.date CHECK (pg_catalog.isfinite(first_day)),
  last_day  pg_catalog.date CHECK (pg_catalog.isfinite(last_day)),
  shipped   pg_catalog.bool NOT NULL DEFAULT false,
  CHECK (parent IS NOT NULL OR (first_day IS NOT NULL AND last_day IS NOT NULL)),
  CHECK (first_day OPERATOR(pg_catalog.<=) last_day)
);
COMMENT ON TABLE pdauth.calendar IS
  'Calendars of working days. A child calendar (a prefecture''s own holidays) overlays the days of its parent.';
COMMENT ON COLUMN pdauth.calendar.calendar IS 'Short name, used as the last argument of date functions and in the setting pdauth.calendar.';
COMMENT ON COLUMN pdauth.calendar.parent IS 'Calendar whose days hold where this one says nothing.';
COMMENT ON COLUMN pdauth.calendar.title IS 'Name for people.';
COMMENT ON COLUMN pdauth.calendar.first_day IS 'First day that is known; NULL: the parent''s.';
COMMENT ON COLUMN pdauth.calendar.last_day IS 'Horizon: last day that is announced. A year''s notice is safe up to 28 December, because the next one has changed the days after. NULL: the parent''s; the earlier of both holds.';
COMMENT ON COLUMN pdauth.calendar.shipped IS 'Comes with the extension; your own calendars leave it false so that pg_dump carries them.';

CREATE TABLE pdauth.calendar_day (
  calendar  pg_catalog.text NOT NULL REFERENCES pdauth.calendar ON DELETE CASCADE,
  day       pg_catalog.date NOT NULL CHECK (pg_catalog.isfinite(day)),
  kind      pg_catalog.text NOT NULL CHECK (kind IN ('off', 'work')),
  holiday   pg_catalog.text NOT NULL,
  statutory pg_catalog.bool,
  shipped   pg_catalog.bool NOT NULL DEFAULT false,
  PRIMARY KEY (calendar, day),
  -- an ordinary weekday needs no row to be worked; no statutory day is ever worked
  CHECK (kind OPERATOR(pg_catalog.<>) 'work' OR
         (pg_catalog.date_part('isodow', day) OPERATOR(pg_catalog.>=) 6 AND NOT coalesce(statutory, false)))
);
COMMENT ON TABLE pdauth.calendar_day IS
  'Exceptions to the Monday-to-Friday week: weekdays off, weekend days worked (调休上班), and statutory days on weekends. Other days have no row. National days 2004 to 2026 follow the annual notices of the General Office of the State Council.';
COMMENT ON COLUMN pdauth.calendar_day.calendar IS 'Which calendar.';
COMMENT ON COLUMN pdauth.calendar_day.day IS 'The day.';
COMMENT ON COLUMN pdauth.calendar_day.kind IS 'off: not a working day; work: a weekend day that is worked.';
COMMENT ON COLUMN pdauth.calendar_day.holiday IS 'The holiday the row belongs to.';
COMMENT ON COLUMN pdauth.calendar_day.statutory IS 'true: one of the days that article 2 of the regulation on public holidays (全国年节及纪念日放假办法) names; false: moved by notice; NULL: unknown.';
COMMENT ON COLUMN pdauth.calendar_day.shipped IS 'Comes with the extension; your own rows leave it false so that pg_dump carries them.';

CREATE FUNCTION pdauth.forget_calendar() RETURNS trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'pdauth_forget_calendar';
REVOKE ALL ON FUNCTION pdauth.forget_calendar() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.forget_calendar() IS
  'Trigger of the calendar tables: makes every backend load them again when the change commits.';
CREATE TRIGGER forget_calendar AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pdauth.calendar
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.forget_calendar();
CREATE TRIGGER forget_calendar AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pdauth.calendar_day
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.forget_calendar();
ALTER TABLE pdauth.calendar ENABLE ALWAYS TRIGGER forget_calendar;
ALTER TABLE pdauth.calendar_day ENABLE ALWAYS TRIGGER forget_calendar;

SELECT pg_catalog.pg_extension_config_dump('pdauth.calendar', 'WHERE NOT shipped');
SELECT pg_catalog.pg_extension_config_dump('pdauth.calendar_day', 'WHERE NOT shipped');
GRANT SELECT ON pdauth.calendar, pdauth.calendar_day TO PUBLIC;
GRANT INSERT, UPDATE, DELETE ON pdauth.calendar, pdauth.calendar_day TO pdauth_policy_admin;

-- Primitives.  STABLE, because the calendar can change; never IMMUTABLE.

CREATE FUNCTION pdauth.is_workday(day date) RETURNS boolean
LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_is_workday';
CREATE FUNCTION pdauth.is_workday(day date, calendar text) RETURNS boolean
LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_is_workday';
COMMENT ON FUNCTION pdauth.is_workday(date) IS
  'Whether the day is a working day of the calendar in setting pdauth.calendar. NULL gives NULL; PDH01 outside the calendar.';
COMMENT ON FUNCTION pdauth.is_workday(date, text) IS
  'Whether the day is a working day of the named calendar. NULL gives NULL; PDH01 outside the calendar, 42704 if there is none of that name.';

CREATE FUNCTION pdauth.day_kind(day date) RETURNS text
LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_day_kind';
CREATE FUNCTION pdauth.day_kind(day date, calendar text) RETURNS text
LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_day_kind';
COMMENT ON FUNCTION pdauth.day_kind(date) IS
  'workday, weekend, statutory_holiday, adjusted_rest_day (weekday off by notice) or makeup_workday (weekend day worked by notice), by the calendar in setting pdauth.calendar. NULL gives NULL; PDH01 outside the calendar.';
COMMENT ON FUNCTION pdauth.day_kind(date, text) IS
  'workday, weekend, statutory_holiday, adjusted_rest_day (weekday off by notice) or makeup_workday (weekend day worked by notice), by the named calendar. NULL gives NULL; PDH01 outside the calendar, 42704 if there is none of that name.';

CREATE FUNCTION pdauth.workday_add(day date, workdays integer) RETURNS date
LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_workday_add';
CREATE FUNCTION pdauth.workday_add(day date, workdays integer, calendar text) RETURNS date
LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_workday_add';
COMMENT ON FUNCTION pdauth.workday_add(date, integer) IS
  'The n-th working day strictly after day (n > 0) or strictly before it (n < 0); day itself for 0. Within n working days of an event: the event''s day does not count (Civil Code Art. 201). Calendar by setting pdauth.calendar. NULL gives NULL; PDH01 outside the calendar.';
COMMENT ON FUNCTION pdauth.workday_add(date, integer, text) IS
  'The n-th working day strictly after day (n > 0) or strictly before it (n < 0) of the named calendar; day itself for 0. NULL gives NULL; PDH01 outside the calendar, 42704 if there is none of that name.';

CREATE FUNCTION pdauth.workday_count(from_day date, until_day date) RETURNS integer
LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_workday_count';
CREATE FUNCTION pdauth.workday_count(from_day date, until_day date, calendar text) RETURNS integer
LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_workday_count';
COMMENT ON FUNCTION pdauth.workday_count(date, date) IS
  'Working days after from_day up to and including until_day; negative if until_day is earlier. Calendar by setting pdauth.calendar. NULL gives NULL; PDH01 outside the calendar.';
COMMENT ON FUNCTION pdauth.workday_count(date, date, text) IS
  'Working days of the named calendar after from_day up to and including until_day; negative if until_day is earlier. NULL gives NULL; PDH01 outside the calendar, 42704 if there is none of that name.';

CREATE FUNCTION pdauth.workday_adjust(day date, convention text) RETURNS date
LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_workday_adjust';
CREATE FUNCTION pdauth.workday_adjust(day date, convention text, calendar text) RETURNS date
LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_workday_adjust';
COMMENT ON FUNCTION pdauth.workday_adjust(date, text) IS
  'A working day as it is; a rest day moved by convention: following, preceding, or modified_following and modified_preceding, which turn round rather than leave the month. Calendar by setting pdauth.calendar. NULL gives NULL; PDH01 outside the calendar; 22023 for another convention.';
COMMENT ON FUNCTION pdauth.workday_adjust(date, text, text) IS
  'As workday_adjust(day, convention), by the named calendar; 42704 if there is none of that name.';

CREATE FUNCTION pdauth.workday_explain(
  start date, workdays integer, calendar text DEFAULT pg_catalog.current_setting('pdauth.calendar'))
RETURNS TABLE (day date, weekday text, kind text, holiday text, counted integer)
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
  WITH RECURSIVE lineage (calendar, parent, depth) AS (
    SELECT c.calendar, c.parent, 0 FROM pdauth.calendar AS c WHERE c.calendar = workday_explain.calendar
    UNION ALL
    SELECT c.calendar, c.parent, l.depth + 1 FROM lineage AS l JOIN pdauth.calendar AS c ON c.calendar = l.parent)
  SELECT d.day,
         (ARRAY['周一', '周二', '周三', '周四', '周五', '周六', '周日'])[pg_catalog.date_part('isodow', d.day)::integer],
         pdauth.day_kind(d.day, workday_explain.calendar),
         (SELECT x.holiday FROM lineage AS l JOIN pdauth.calendar_day AS x USING (calendar)
           WHERE x.day = d.day ORDER BY l.depth LIMIT 1),
         CASE WHEN pdauth.is_workday(d.day, workday_explain.calendar)
              THEN pg_catalog.abs(pdauth.workday_count(start, d.day, workday_explain.calendar))
                   + (workdays < 0 AND pdauth.is_workday(start, workday_explain.calendar) IS FALSE)::integer END
    FROM pg_catalog.generate_series(1, pg_catalog.abs(pdauth.workday_add(start, workdays, workday_explain.calendar) - start)) AS step
   CROSS JOIN LATERAL (SELECT start + step * pg_catalog.sign(workdays)::integer) AS d (day)
   ORDER BY step;
END;
COMMENT ON FUNCTION pdauth.workday_explain(date, integer, text) IS
  'How workday_add(start, workdays) counts: one row per day from the day after start to the result, with its kind, the holiday it belongs to and, for working days, its number. NULL gives no rows; PDH01 outside the calendar, 42704 for an unknown calendar.';
