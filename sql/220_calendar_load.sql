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

CREATE FUNCTION pdauth.check_notice_sum(calendar text, version integer) RETURNS void
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  notice pdauth.calendar_notice;
  counted integer := pdauth.notice_counts(check_notice_sum.calendar, check_notice_sum.version);
BEGIN
  SELECT n.* INTO notice FROM pdauth.calendar_notice AS n
   WHERE n.calendar = check_notice_sum.calendar AND n.version = check_notice_sum.version;
  IF FOUND AND counted <> notice.rest_days THEN
    RAISE EXCEPTION USING ERRCODE = 'PD0T2',
      MESSAGE = format('the days that calendar "%s" names for %s make %s rest days, but the notice says %s',
                       notice.calendar, notice.year, counted, notice.rest_days),
      DETAIL = 'Rule T-2: a calendar''s days agree with its notice (日历须与节假日安排通知一致).',
      HINT = 'List every weekday that is off and every Saturday or Sunday that is worked, from 29 December of the year before to 28 December, in one transaction.';
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_notice_sum(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.check_notice_sum(text, integer) TO pdauth_policy_admin;
COMMENT ON FUNCTION pdauth.check_notice_sum(text, integer) IS
  'Refuses a notice whose days do not add up to its rest_days (PD0T2). Silent for an unknown notice and for NULL.';

CREATE FUNCTION pdauth.check_calendar_gap(calendar text) RETURNS void
LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  before integer;
  after integer;
BEGIN
  SELECT s.before, s.year INTO before, after
    FROM (SELECT n.year, lag(n.year) OVER (ORDER BY n.year) AS before
            FROM pdauth.calendar_notice AS n
           WHERE n.calendar = check_calendar_gap.calendar AND pdauth.notice_counts(n.calendar, n.version) = n.rest_days) AS s
   WHERE s.year > s.before + 1 ORDER BY s.year LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'PD0T2',
      MESSAGE = format('calendar "%s" would have a gap between the notices of %s and %s', check_calendar_gap.calendar, before, after),
      DETAIL = 'Rule T-2: a calendar''s days agree with its notice (日历须与节假日安排通知一致).',
      HINT = 'Load the years one after the other: later ones from the earliest on, earlier ones from the latest back.';
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_calendar_gap(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.check_calendar_gap(text) TO pdauth_policy_admin;
COMMENT ON FUNCTION pdauth.check_calendar_gap(text) IS
  'Refuses a calendar whose complete notices do not arrange years that follow each other (PD0T2): announced time would end at the gap. Silent for NULL.';

CREATE FUNCTION pdauth.check_calendar_notice() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  changed record := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
  -- a dump brings notices and their days one table after the other
  IF pdauth.break_glass_active() THEN
    RETURN NULL;
  END IF;
  -- one after the other, or two that are right alone leave a gap together
  PERFORM FROM pdauth.calendar AS c WHERE c.calendar = changed.calendar FOR NO KEY UPDATE;
  IF TG_TABLE_NAME = 'calendar_day' OR TG_OP = 'UPDATE' THEN
    PERFORM pdauth.check_notice_sum(changed.calendar, changed.version);
  END IF;
  PERFORM pdauth.check_calendar_gap(changed.calendar);
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_calendar_notice() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_calendar_notice() IS
  'Trigger: at commit the days of a changed notice add up to its rest_days, and the years of complete notices follow each other (PD0T2). A notice whose days are still missing is not in force. Not checked under break-glass, for restores.';

CREATE CONSTRAINT TRIGGER check_calendar_notice AFTER INSERT OR UPDATE ON pdauth.calendar_day
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.version > 1000) EXECUTE FUNCTION pdauth.check_calendar_notice();
CREATE CONSTRAINT TRIGGER check_calendar_notice_left AFTER DELETE ON pdauth.calendar_day
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pdauth.check_calendar_notice();
-- A new notice may wait for its days: dumps bring it in a transaction of its own.
CREATE CONSTRAINT TRIGGER check_calendar_notice AFTER INSERT OR UPDATE ON pdauth.calendar_notice
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.version > 1000) EXECUTE FUNCTION pdauth.check_calendar_notice();
CREATE CONSTRAINT TRIGGER check_calendar_notice_left AFTER DELETE ON pdauth.calendar_notice
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
  -- now, not at commit: the caller reads the result
  PERFORM pdauth.check_notice_sum(load_calendar_year.calendar, new_version);
  PERFORM pdauth.check_calendar_gap(load_calendar_year.calendar);
  RETURN new_version;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.load_calendar_year(text, integer, integer, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.load_calendar_year(text, integer, integer, text, jsonb) TO pdauth_policy_admin;
COMMENT ON FUNCTION pdauth.load_calendar_year(text, integer, integer, text, jsonb) IS
  'Loads a notice: calendar code, year, its total of rest days (the checksum: weekdays off less weekend days worked), where it was published, and its days as [{"day": "2027-01-01", "kind": "off" or "work", "holiday": "元旦", "statutory": true}, ...]. It replaces an earlier notice of that year as a whole. Returns its version. PD0T2 if the days do not add up or the year does not follow or precede those loaded, 23503 for a day outside the year (29 December of the year before to 28 December), 23505 for a day given twice, 23514 for a weekday marked work. pdauth_policy_admin only.';
