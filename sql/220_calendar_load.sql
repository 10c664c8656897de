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
  statutory pdauth.statutory_rest_days;
  counted integer := pdauth.notice_counts(check_notice_sum.calendar, check_notice_sum.version);
BEGIN
  SELECT n.* INTO notice FROM pdauth.calendar_notice AS n
   WHERE n.calendar = check_notice_sum.calendar AND n.version = check_notice_sum.version;
  IF counted <> notice.rest_days
     OR (notice.withdrawn AND EXISTS (SELECT FROM pdauth.calendar_day AS d WHERE d.calendar = notice.calendar AND d.version = notice.version)) THEN
    RAISE EXCEPTION USING ERRCODE = 'PD0T2',
      MESSAGE = format('the days that calendar "%s" names for %s make %s rest days, but the notice says %s',
                       notice.calendar, notice.year, counted, CASE WHEN notice.withdrawn THEN 'that it is withdrawn' ELSE notice.rest_days::text END),
      DETAIL = 'Rule T-2: a calendar''s days agree with its notice (日历须与节假日安排通知一致).',
      HINT = 'List every weekday that is off and every Saturday or Sunday that is worked, from 29 December of the year before to 28 December, in one transaction.';
  END IF;
  SELECT s.* INTO statutory FROM pdauth.statutory_rest_days AS s
   WHERE s.calendar = notice.calendar AND s.from_year <= notice.year ORDER BY s.from_year DESC LIMIT 1;
  IF notice.rest_days < statutory.rest_days AND NOT notice.withdrawn THEN
    RAISE EXCEPTION USING ERRCODE = 'PD0T2',
      MESSAGE = format('the notice of calendar "%s" for %s gives %s rest days, but the regulation grants %s',
                       notice.calendar, notice.year, notice.rest_days, statutory.rest_days),
      DETAIL = format('Rule T-2: a calendar''s days agree with its notice (日历须与节假日安排通知一致). Source of the figure: %s.', statutory.source),
      HINT = 'Load the notice as it was published. If the regulation has changed, insert its figure and source into pdauth.statutory_rest_days first.';
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_notice_sum(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.check_notice_sum(text, integer) TO pdauth_policy_admin;
COMMENT ON FUNCTION pdauth.check_notice_sum(text, integer) IS
  'Refuses a notice whose days do not add up to its rest_days, or that gives fewer than pdauth.statutory_rest_days (PD0T2). Silent for an unknown notice and for NULL.';

CREATE FUNCTION pdauth.check_calendar_gap(calendar text) RETURNS void
LANGUAGE plpgsql VOLATILE STRICT SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  before integer;
  after integer;
BEGIN
  SELECT s.before, s.year INTO before, after
    FROM (SELECT last.year, lag(last.year) OVER (ORDER BY last.year) AS before
            FROM (SELECT DISTINCT ON (n.year) n.year, n.withdrawn
                    FROM pdauth.calendar_notice AS n
                   WHERE n.calendar = check_calendar_gap.calendar
                     AND (n.withdrawn OR pdauth.notice_counts(n.calendar, n.version) = n.rest_days)
                   ORDER BY n.year, n.version DESC) AS last
           WHERE NOT last.withdrawn) AS s
   WHERE s.year > s.before + 1 ORDER BY s.year LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'PD0T2',
      MESSAGE = format('calendar "%s" would have a gap between the notices of %s and %s', check_calendar_gap.calendar, before, after),
      DETAIL = 'Rule T-2: a calendar''s days agree with its notice (日历须与节假日安排通知一致).',
      HINT = 'Load the years one after the other: later ones from the earliest on, earlier ones from the latest back; withdraw them the other way round.';
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
BEGIN
  -- a dump brings notices and their days one table after the other
  IF pdauth.break_glass_active() THEN
    RETURN NULL;
  END IF;
  -- those who change calendars come one after the other (serialize_calendar_changes):
  -- two that are right alone cannot leave a gap together
  PERFORM pdauth.check_notice_sum(NEW.calendar, NEW.version);
  PERFORM pdauth.check_calendar_gap(NEW.calendar);
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_calendar_notice() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_calendar_notice() IS
  'Trigger: at commit the days of a new notice add up to its rest_days, and the years of notices follow each other (PD0T2). Not checked under break-glass, for restores.';

CREATE CONSTRAINT TRIGGER check_calendar_notice AFTER INSERT ON pdauth.calendar_day
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.version > 1000) EXECUTE FUNCTION pdauth.check_calendar_notice();
CREATE CONSTRAINT TRIGGER check_calendar_notice AFTER INSERT ON pdauth.calendar_notice
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.version > 1000) EXECUTE FUNCTION pdauth.check_calendar_notice();

-- Versions rise in the order of commits, also over the calendars: those who
-- change one come one after the other, and the number is given when it is the
-- turn (before the row, after serialize_calendar_changes before the statement).
CREATE FUNCTION pdauth.give_calendar_version() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  next_version integer;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF (NEW.calendar, NEW.parent, NEW.version) IS NOT DISTINCT FROM (OLD.calendar, OLD.parent, OLD.version) THEN
      RETURN NEW;
    END IF;
  END IF;
  IF (CASE TG_OP WHEN 'INSERT' THEN NEW.version IS NOT NULL ELSE NEW.version <> OLD.version END) THEN
    -- shipped ones are the business of keep_shipped_calendar; a restore brings its own
    IF NEW.version <= 1000 OR pdauth.break_glass_active() THEN
      RETURN NEW;
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'generated_always', MESSAGE = 'the version of a calendar or notice is given by the system',
      HINT = 'Leave the column version out; INSERT ... RETURNING version tells it. To restore a dump: PGOPTIONS=''-c pdauth.break_glass=restore'', as superuser.';
  END IF;
  -- a restore may have brought versions above the sequence
  SELECT greatest(nextval('pdauth.calendar_version_sequence'),
                  1 + (SELECT max(n.version) FROM pdauth.calendar_notice AS n), 1 + (SELECT max(c.version) FROM pdauth.calendar AS c))
    INTO next_version;
  NEW.version := setval('pdauth.calendar_version_sequence', next_version);
  IF TG_TABLE_NAME = 'calendar_notice' THEN
    NEW.recorded_at := clock_timestamp();
    NEW.recorded_by := session_user;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.give_calendar_version() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.give_calendar_version() IS
  'Trigger: gives new notices and calendars, and calendars with another parent, a version higher than any other. 428C9 for a version that is given by the user, except under break-glass, for restores.';
CREATE TRIGGER give_version BEFORE INSERT ON pdauth.calendar_notice
  FOR EACH ROW EXECUTE FUNCTION pdauth.give_calendar_version();
CREATE TRIGGER give_version BEFORE INSERT OR UPDATE ON pdauth.calendar
  FOR EACH ROW EXECUTE FUNCTION pdauth.give_calendar_version();
ALTER TABLE pdauth.calendar_notice ENABLE ALWAYS TRIGGER give_version;
ALTER TABLE pdauth.calendar ENABLE ALWAYS TRIGGER give_version;

CREATE FUNCTION pdauth.check_calendar_lineage() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  too_deep text;
BEGIN
  -- calendar.c refuses what is deeper (MAX_ANCESTORS); a cycle is
  WITH RECURSIVE lineage(calendar, ancestor, depth) AS (
    SELECT c.calendar, c.parent, 1 FROM pdauth.calendar AS c WHERE c.parent IS NOT NULL
    UNION ALL
    SELECT l.calendar, c.parent, l.depth + 1 FROM lineage AS l JOIN pdauth.calendar AS c ON c.calendar = l.ancestor
     WHERE c.parent IS NOT NULL AND l.depth <= 8
  )
  SELECT min(l.calendar) INTO too_deep FROM lineage AS l WHERE l.depth > 8;
  IF too_deep IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'check_violation',
      MESSAGE = format('calendar "%s" would be its own ancestor, or more than 8 generations below the first', too_deep),
      HINT = 'Choose another parent in pdauth.calendar.';
  END IF;
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_calendar_lineage() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_calendar_lineage() IS
  'Trigger of pdauth.calendar: no calendar is its own ancestor or more than 8 generations below the first (23514).';
CREATE TRIGGER check_calendar_lineage AFTER INSERT OR UPDATE ON pdauth.calendar
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.check_calendar_lineage();
ALTER TABLE pdauth.calendar ENABLE ALWAYS TRIGGER check_calendar_lineage;

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
  'Loads a notice: calendar code, year, its total of rest days (the checksum: weekdays off less weekend days worked), where it was published, and its days as [{"day": "2027-01-01", "kind": "off" or "work", "holiday": "元旦", "statutory": true}, ...]. It replaces an earlier notice of that year as a whole. Returns its version. PD0T2 if the days do not add up, are fewer than pdauth.statutory_rest_days, or the year does not follow or precede those loaded, 23503 for a day outside the year (29 December of the year before to 28 December), 23505 for a day given twice, 23514 for a weekday marked work. pdauth_policy_admin only.';

CREATE FUNCTION pdauth.withdraw_calendar_year(calendar text, year integer, source text) RETURNS integer
LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  new_version integer;
BEGIN
  INSERT INTO pdauth.calendar_notice (calendar, year, rest_days, withdrawn, source)
  VALUES (withdraw_calendar_year.calendar, withdraw_calendar_year.year, 0, true, withdraw_calendar_year.source)
  RETURNING version INTO new_version;
  PERFORM pdauth.check_calendar_gap(withdraw_calendar_year.calendar);
  RETURN new_version;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.withdraw_calendar_year(text, integer, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.withdraw_calendar_year(text, integer, text) TO pdauth_policy_admin;
COMMENT ON FUNCTION pdauth.withdraw_calendar_year(text, integer, text) IS
  'Takes back the notices of a year, such as one loaded by mistake, and says why: the year is unannounced again, its notices stay as history. Returns the version of the withdrawal. To go back to an earlier notice, load that one again. PD0T2 if years announced before and after would remain. NULL for NULL. pdauth_policy_admin only.';
