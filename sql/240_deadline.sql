-- Deadlines as the law counts them.
--
-- Each comes with a term or with amount and unit, and with or without the
-- calendar; without it the one of the setting pdauth.calendar is used.

CREATE FUNCTION pdauth.term_end(start date, term pdauth.term) RETURNS date
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_term_end';
COMMENT ON FUNCTION pdauth.term_end(date, pdauth.term) IS
  'Last day of a term, without moving it off rest days: for maximum terms, retention and review dates. The start does not count; months and years end on the corresponding day or the last of the month (Civil Code Arts. 201, 202). Working days count as in workday_add. NULL for NULL; 22008 for infinite dates. PD0T1 if a day that must be looked at is not announced yet, unless pdauth.calendar_horizon is provisional.';
CREATE FUNCTION pdauth.term_end(start date, amount integer, unit text) RETURNS date
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_term_end_units';
COMMENT ON FUNCTION pdauth.term_end(date, integer, text) IS
  'Last day of a term, without moving it off rest days: for maximum terms, retention and review dates. The start does not count; months and years end on the corresponding day or the last of the month (Civil Code Arts. 201, 202). Working days count as in workday_add. 22023 for a negative amount or an unknown unit. NULL for NULL; 22008 for infinite dates. PD0T1 if a day that must be looked at is not announced yet, unless pdauth.calendar_horizon is provisional.';
CREATE FUNCTION pdauth.term_end(start date, term pdauth.term, calendar text) RETURNS date
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_term_end';
COMMENT ON FUNCTION pdauth.term_end(date, pdauth.term, text) IS
  'Last day of a term, without moving it off rest days: for maximum terms, retention and review dates. The start does not count; months and years end on the corresponding day or the last of the month (Civil Code Arts. 201, 202). Working days count as in workday_add. 42704 for an unknown calendar. NULL for NULL; 22008 for infinite dates. PD0T1 if a day that must be looked at is not announced yet, unless pdauth.calendar_horizon is provisional.';
CREATE FUNCTION pdauth.term_end(start date, amount integer, unit text, calendar text) RETURNS date
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_term_end_units';
COMMENT ON FUNCTION pdauth.term_end(date, integer, text, text) IS
  'Last day of a term, without moving it off rest days: for maximum terms, retention and review dates. The start does not count; months and years end on the corresponding day or the last of the month (Civil Code Arts. 201, 202). Working days count as in workday_add. 22023 for a negative amount or an unknown unit. 42704 for an unknown calendar. NULL for NULL; 22008 for infinite dates. PD0T1 if a day that must be looked at is not announced yet, unless pdauth.calendar_horizon is provisional.';

CREATE FUNCTION pdauth.deadline(start date, term pdauth.term) RETURNS date
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_deadline';
COMMENT ON FUNCTION pdauth.deadline(date, pdauth.term) IS
  'Day on which a duty falls due: like term_end, but a term in days, months or years that ends on a rest day ends on the next working day (Civil Code Art. 203). NULL for NULL; 22008 for infinite dates. PD0T1 if a day that must be looked at is not announced yet, unless pdauth.calendar_horizon is provisional.';
CREATE FUNCTION pdauth.deadline(start date, amount integer, unit text) RETURNS date
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_deadline_units';
COMMENT ON FUNCTION pdauth.deadline(date, integer, text) IS
  'Day on which a duty falls due: like term_end, but a term in days, months or years that ends on a rest day ends on the next working day (Civil Code Art. 203). 22023 for a negative amount or an unknown unit. NULL for NULL; 22008 for infinite dates. PD0T1 if a day that must be looked at is not announced yet, unless pdauth.calendar_horizon is provisional.';
CREATE FUNCTION pdauth.deadline(start date, term pdauth.term, calendar text) RETURNS date
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_deadline';
COMMENT ON FUNCTION pdauth.deadline(date, pdauth.term, text) IS
  'Day on which a duty falls due: like term_end, but a term in days, months or years that ends on a rest day ends on the next working day (Civil Code Art. 203). 42704 for an unknown calendar. NULL for NULL; 22008 for infinite dates. PD0T1 if a day that must be looked at is not announced yet, unless pdauth.calendar_horizon is provisional.';
CREATE FUNCTION pdauth.deadline(start date, amount integer, unit text, calendar text) RETURNS date
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_deadline_units';
COMMENT ON FUNCTION pdauth.deadline(date, integer, text, text) IS
  'Day on which a duty falls due: like term_end, but a term in days, months or years that ends on a rest day ends on the next working day (Civil Code Art. 203). 22023 for a negative amount or an unknown unit. 42704 for an unknown calendar. NULL for NULL; 22008 for infinite dates. PD0T1 if a day that must be looked at is not announced yet, unless pdauth.calendar_horizon is provisional.';

CREATE FUNCTION pdauth.deadline_before(day date, term pdauth.term) RETURNS date
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_deadline_before';
COMMENT ON FUNCTION pdauth.deadline_before(date, pdauth.term) IS
  'Last day for something due so long before a day, such as an application for renewal: counted backwards; a rest day moves to the working day before. NULL for NULL; 22008 for infinite dates. PD0T1 if a day that must be looked at is not announced yet, unless pdauth.calendar_horizon is provisional.';
CREATE FUNCTION pdauth.deadline_before(day date, amount integer, unit text) RETURNS date
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_deadline_before_units';
COMMENT ON FUNCTION pdauth.deadline_before(date, integer, text) IS
  'Last day for something due so long before a day, such as an application for renewal: counted backwards; a rest day moves to the working day before. 22023 for a negative amount or an unknown unit. NULL for NULL; 22008 for infinite dates. PD0T1 if a day that must be looked at is not announced yet, unless pdauth.calendar_horizon is provisional.';
CREATE FUNCTION pdauth.deadline_before(day date, term pdauth.term, calendar text) RETURNS date
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_deadline_before';
COMMENT ON FUNCTION pdauth.deadline_before(date, pdauth.term, text) IS
  'Last day for something due so long before a day, such as an application for renewal: counted backwards; a rest day moves to the working day before. 42704 for an unknown calendar. NULL for NULL; 22008 for infinite dates. PD0T1 if a day that must be looked at is not announced yet, unless pdauth.calendar_horizon is provisional.';
CREATE FUNCTION pdauth.deadline_before(day date, amount integer, unit text, calendar text) RETURNS date
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_deadline_before_units';
COMMENT ON FUNCTION pdauth.deadline_before(date, integer, text, text) IS
  'Last day for something due so long before a day, such as an application for renewal: counted backwards; a rest day moves to the working day before. 22023 for a negative amount or an unknown unit. 42704 for an unknown calendar. NULL for NULL; 22008 for infinite dates. PD0T1 if a day that must be looked at is not announced yet, unless pdauth.calendar_horizon is provisional.';

CREATE FUNCTION pdauth.date_plus_term(start date, term pdauth.term) RETURNS date
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_term_end';
COMMENT ON FUNCTION pdauth.date_plus_term(date, pdauth.term) IS 'Operator date + term: the same as term_end(date, term).';
CREATE OPERATOR pdauth.+ (FUNCTION = pdauth.date_plus_term, LEFTARG = date, RIGHTARG = pdauth.term);
COMMENT ON OPERATOR pdauth.+ (date, pdauth.term) IS 'Last day of the term that starts with the date, not moved off rest days (term_end).';

CREATE FUNCTION pdauth.deadline_suspended(start date, term pdauth.term, suspended datemultirange) RETURNS date
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_deadline_suspended';
COMMENT ON FUNCTION pdauth.deadline_suspended(date, pdauth.term, datemultirange) IS
  'Deadline with the clock stopped on the suspended days, such as hearings, tests and expert review (Administrative Licensing Law Art. 45). A term in months or years is lengthened by the suspended days it meets. NULL while a suspension without end keeps it open, and for NULL. PD0T1 if a day that must be looked at is not announced yet, unless pdauth.calendar_horizon is provisional.';
CREATE FUNCTION pdauth.publicity_end(posted date, workdays integer) RETURNS date
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_publicity_end';
COMMENT ON FUNCTION pdauth.publicity_end(date, integer) IS
  'Last day of a publicity of not less than so many working days; the day of posting does not count (R-13-10). 22023 for less than one; NULL for NULL. PD13A where the days are not announced yet: a minimum period is never computed provisionally.';
CREATE FUNCTION pdauth.publicity_next(posted date, workdays integer) RETURNS date
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_publicity_next';
COMMENT ON FUNCTION pdauth.publicity_next(date, integer) IS
  'First working day on which the step after such a publicity may be taken. 22023 for less than one; NULL for NULL. PD13A where the days are not announced yet.';
CREATE FUNCTION pdauth.workdays(days daterange) RETURNS integer
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_workdays_range';
COMMENT ON FUNCTION pdauth.workdays(daterange) IS
  'Working days in the range; 0 if it is empty, 22008 if unbounded, NULL for NULL. PD0T1 if a day that must be looked at is not announced yet, unless pdauth.calendar_horizon is provisional.';
CREATE FUNCTION pdauth.workdays(days datemultirange) RETURNS integer
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_workdays_multirange';
COMMENT ON FUNCTION pdauth.workdays(datemultirange) IS
  'Working days in the ranges; 0 if there are none, 22008 if unbounded, NULL for NULL. PD0T1 if a day that must be looked at is not announced yet, unless pdauth.calendar_horizon is provisional.';

CREATE FUNCTION pdauth.deadline_suspended(start date, term pdauth.term, suspended datemultirange, calendar text) RETURNS date
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_deadline_suspended';
COMMENT ON FUNCTION pdauth.deadline_suspended(date, pdauth.term, datemultirange, text) IS
  'Deadline with the clock stopped on the suspended days, such as hearings, tests and expert review (Administrative Licensing Law Art. 45). A term in months or years is lengthened by the suspended days it meets. NULL while a suspension without end keeps it open, and for NULL. 42704 for an unknown calendar. PD0T1 if a day that must be looked at is not announced yet, unless pdauth.calendar_horizon is provisional.';
CREATE FUNCTION pdauth.publicity_end(posted date, workdays integer, calendar text) RETURNS date
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_publicity_end';
COMMENT ON FUNCTION pdauth.publicity_end(date, integer, text) IS
  'Last day of a publicity of not less than so many working days; the day of posting does not count (R-13-10). 22023 for less than one; NULL for NULL. 42704 for an unknown calendar. PD13A where the days are not announced yet: a minimum period is never computed provisionally.';
CREATE FUNCTION pdauth.publicity_next(posted date, workdays integer, calendar text) RETURNS date
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_publicity_next';
COMMENT ON FUNCTION pdauth.publicity_next(date, integer, text) IS
  'First working day on which the step after such a publicity may be taken. 22023 for less than one; NULL for NULL. 42704 for an unknown calendar. PD13A where the days are not announced yet.';
CREATE FUNCTION pdauth.workdays(days daterange, calendar text) RETURNS integer
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_workdays_range';
COMMENT ON FUNCTION pdauth.workdays(daterange, text) IS
  'Working days in the range; 0 if it is empty, 22008 if unbounded, NULL for NULL. 42704 for an unknown calendar. PD0T1 if a day that must be looked at is not announced yet, unless pdauth.calendar_horizon is provisional.';
CREATE FUNCTION pdauth.workdays(days datemultirange, calendar text) RETURNS integer
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_workdays_multirange';
COMMENT ON FUNCTION pdauth.workdays(datemultirange, text) IS
  'Working days in the ranges; 0 if there are none, 22008 if unbounded, NULL for NULL. 42704 for an unknown calendar. PD0T1 if a day that must be looked at is not announced yet, unless pdauth.calendar_horizon is provisional.';

CREATE FUNCTION pdauth.instant_at(day date, closes time) RETURNS timestamptz
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_instant_at';
COMMENT ON FUNCTION pdauth.instant_at(date, time) IS
  'The instant of a time of day in Asia/Shanghai, whatever the session''s zone; 24:00 is the midnight that ends the day. 22008 out of range; NULL for NULL.';

CREATE FUNCTION pdauth.deadline_at(start date, term pdauth.term, closes time, calendar text DEFAULT pdauth.default_calendar()) RETURNS timestamptz
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN pdauth.instant_at(pdauth.deadline(start, term, calendar), closes);
COMMENT ON FUNCTION pdauth.deadline_at(date, pdauth.term, time, text) IS
  'Instant at which the period is over: the close of business of the deadline, or 24:00 (Civil Code Art. 203), in Asia/Shanghai. NULL for NULL; otherwise as deadline.';
CREATE FUNCTION pdauth.deadline_at(start date, amount integer, unit text, closes time, calendar text DEFAULT pdauth.default_calendar()) RETURNS timestamptz
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN pdauth.instant_at(pdauth.deadline(start, amount, unit, calendar), closes);
COMMENT ON FUNCTION pdauth.deadline_at(date, integer, text, time, text) IS
  'Instant at which the period is over: the close of business of the deadline, or 24:00 (Civil Code Art. 203), in Asia/Shanghai. NULL for NULL; otherwise as deadline.';


CREATE FUNCTION pdauth.on_time(start date, term pdauth.term, done timestamptz, closes time, calendar text DEFAULT pdauth.default_calendar()) RETURNS boolean
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN CASE WHEN closes = time '24:00' THEN done < pdauth.deadline_at(start, term, closes, calendar)
            ELSE done <= pdauth.deadline_at(start, term, closes, calendar) END;
COMMENT ON FUNCTION pdauth.on_time(date, pdauth.term, timestamptz, time, text) IS
  'Whether something done at that instant was within the term: before 24:00 of the deadline, or not after the close of business. NULL for NULL; otherwise as deadline.';
CREATE FUNCTION pdauth.on_time(start date, term pdauth.term, done timestamp, closes time, calendar text DEFAULT pdauth.default_calendar()) RETURNS boolean
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN CASE WHEN closes = time '24:00' THEN done AT TIME ZONE 'Asia/Shanghai' < pdauth.deadline_at(start, term, closes, calendar)
            ELSE done AT TIME ZONE 'Asia/Shanghai' <= pdauth.deadline_at(start, term, closes, calendar) END;
COMMENT ON FUNCTION pdauth.on_time(date, pdauth.term, timestamp, time, text) IS
  'Whether something done at that wall-clock time in Asia/Shanghai was within the term: before 24:00 of the deadline, or not after the close of business. NULL for NULL; otherwise as deadline.';
CREATE FUNCTION pdauth.on_time(start date, amount integer, unit text, done timestamptz, closes time, calendar text DEFAULT pdauth.default_calendar()) RETURNS boolean
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN CASE WHEN closes = time '24:00' THEN done < pdauth.deadline_at(start, amount, unit, closes, calendar)
            ELSE done <= pdauth.deadline_at(start, amount, unit, closes, calendar) END;
COMMENT ON FUNCTION pdauth.on_time(date, integer, text, timestamptz, time, text) IS
  'Whether something done at that instant was within the term: before 24:00 of the deadline, or not after the close of business. NULL for NULL; otherwise as deadline.';
CREATE FUNCTION pdauth.on_time(start date, amount integer, unit text, done timestamp, closes time, calendar text DEFAULT pdauth.default_calendar()) RETURNS boolean
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN CASE WHEN closes = time '24:00' THEN done AT TIME ZONE 'Asia/Shanghai' < pdauth.deadline_at(start, amount, unit, closes, calendar)
            ELSE done AT TIME ZONE 'Asia/Shanghai' <= pdauth.deadline_at(start, amount, unit, closes, calendar) END;
COMMENT ON FUNCTION pdauth.on_time(date, integer, text, timestamp, time, text) IS
  'Whether something done at that wall-clock time in Asia/Shanghai was within the term: before 24:00 of the deadline, or not after the close of business. NULL for NULL; otherwise as deadline.';

CREATE FUNCTION pdauth.receipt_day(received timestamptz, policy text, closes time DEFAULT time '17:30', calendar text DEFAULT pdauth.default_calendar()) RETURNS date
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_receipt_day';
COMMENT ON FUNCTION pdauth.receipt_day(timestamptz, text, time, text) IS
  'Day on which something counts as received, in Asia/Shanghai. Policy calendar: the day it arrived (Electronic Signature Law Art. 11). Policy business: after the close of business, or on a rest day, the next working day. 22023 for another policy; NULL for NULL.';
CREATE FUNCTION pdauth.receipt_day(received timestamp, policy text, closes time DEFAULT time '17:30', calendar text DEFAULT pdauth.default_calendar()) RETURNS date
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN pdauth.receipt_day(received AT TIME ZONE 'Asia/Shanghai', policy, closes, calendar);
COMMENT ON FUNCTION pdauth.receipt_day(timestamp, text, time, text) IS
  'Day of receipt for a wall-clock time in Asia/Shanghai; otherwise as receipt_day(timestamptz, text, time, text).';
