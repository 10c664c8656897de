-- Loading a year's notice, and refusing days that do not agree with it.

CREATE FUNCTION pdauth.notice_counts(calendar text, version integer) RETURNS integer
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT (count(*) FILTER (WHERE d.kind = 'off' AND EXTRACT(isodow FROM d.day) < 6)
          - count(*) FILTER (WHERE d.kind = 'work'))::integer
    FROM pdauth.calendar_day AS d
   WHERE d.calendar = notice_counts.calendar AND d.version = notice_counts.version
$function$;
COMMENT ON FUNCTION pdauth.notice_counts(text, integer) IS
  'Rest days that the rows of a notice add up to: weekdays off less weekend days worked. To be compared with rest_days of pdauth.calendar_notice. 0 for an unknown notice; NULL for NULL.';

CREATE FUNCTION pdauth.check_calendar_notice() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  changed record := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
  notice pdauth.calendar_notice;
  counted integer;
BEGIN
  SELECT n.* INTO notice FROM pdauth.calendar_notice AS n
   WHERE n.calendar = changed.calendar AND n.version = changed.version;
  counted := pdauth.notice_counts(changed.calendar, changed.version);
  IF FOUND AND counted <> notice.rest_days THEN
    RAISE EXCEPTION USING ERRCODE = 'PD0T2',
      MESSAGE = format('the days of notice %s of calendar "%s" for %s make %s rest days, but the notice says %s',
                       notice.version, notice.calendar, notice.year, counted, notice.rest_days),
      DETAIL = 'Rule T-2: a calendar''s days agree with its notice (日历须与节假日安排通知一致).',
      HINT = 'List every weekday that is off and every Saturday or Sunday that is worked, from 29 December of the year before to 28 December, in one transaction.';
  END IF;
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_calendar_notice() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_calendar_notice() IS
  'Trigger: at commit the days of a changed notice add up to its rest_days (PD0T2). A notice that does not is not in force in any case.';

CREATE CONSTRAINT TRIGGER check_calendar_notice AFTER INSERT OR UPDATE ON pdauth.calendar_day
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.version > 1000) EXECUTE FUNCTION pdauth.check_calendar_notice();
CREATE CONSTRAINT TRIGGER check_calendar_notice_left AFTER DELETE ON pdauth.calendar_day
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pdauth.check_calendar_notice();
-- A new notice may wait for its days: dumps bring it in a transaction of its own.
CREATE CONSTRAINT TRIGGER check_calendar_notice AFTER UPDATE ON pdauth.calendar_notice
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pdauth.check_calendar_notice();

CREATE FUNCTION pdauth.load_calendar_year(calendar text, year integer, rest_days integer, source text, days jsonb) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  new_version integer;
BEGIN
  INSERT INTO pdauth.calendar_notice (calendar, year, rest_days, source)
  VALUES (load_calendar_year.calendar, load_calendar_year.year, load_calendar_year.rest_days, load_calendar_year.source)
  RETURNING version INTO new_version;
  INSERT INTO pdauth.calendar_day (calendar, version, day, kind, holiday, statutory)
  SELECT load_calendar_year.calendar, new_version, d.day, d.kind, d.holiday, d.statutory
    FROM jsonb_to_recordset(load_calendar_year.days) AS d (day date, kind text, holiday text, statutory boolean);
  IF pdauth.notice_counts(load_calendar_year.calendar, new_version) <> load_calendar_year.rest_days THEN
    RAISE EXCEPTION USING ERRCODE = 'PD0T2',
      MESSAGE = format('the days given for %s make %s rest days, but the notice says %s', load_calendar_year.year,
                       pdauth.notice_counts(load_calendar_year.calendar, new_version), load_calendar_year.rest_days),
      DETAIL = 'Rule T-2: a calendar''s days agree with its notice (日历须与节假日安排通知一致).',
      HINT = 'List every weekday that is off and every Saturday or Sunday that is worked, from 29 December of the year before to 28 December.';
  END IF;
  IF EXISTS (SELECT FROM pdauth.calendar_notice AS n
              WHERE n.calendar = load_calendar_year.calendar AND n.year > load_calendar_year.year + 1
                AND pdauth.notice_counts(n.calendar, n.version) = n.rest_days)
     AND NOT EXISTS (SELECT FROM pdauth.calendar_notice AS n
                      WHERE n.calendar = load_calendar_year.calendar AND n.version <> new_version
                        AND n.year BETWEEN load_calendar_year.year AND load_calendar_year.year + 1
                        AND pdauth.notice_counts(n.calendar, n.version) = n.rest_days) THEN
    RAISE EXCEPTION USING ERRCODE = 'PD0T2',
      MESSAGE = format('a notice for %s would leave a gap before the later years of calendar "%s"',
                       load_calendar_year.year, load_calendar_year.calendar),
      DETAIL = 'Rule T-2: a calendar''s days agree with its notice (日历须与节假日安排通知一致).',
      HINT = 'Announcements end at the first year missing. Load earlier years from the latest to the earliest.';
  END IF;
  RETURN new_version;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.load_calendar_year(text, integer, integer, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.load_calendar_year(text, integer, integer, text, jsonb) TO pdauth_policy_admin;
COMMENT ON FUNCTION pdauth.load_calendar_year(text, integer, integer, text, jsonb) IS
  'Loads a notice: calendar code, year, its total of rest days (the checksum: weekdays off less weekend days worked), where it was published, and its days as [{"day": "2027-01-01", "kind": "off" or "work", "holiday": "元旦", "statutory": true}, ...]. It replaces an earlier notice of that year as a whole. Returns its version. PD0T2 if the days do not add up or the year lies before a gap, 23503 for a day outside the year (29 December of the year before to 28 December), 23505 for a day given twice, 23514 for a weekday marked work. pdauth_policy_admin only.';
