-- Loading notices and child calendars; refusing data that cannot be right.
SET datestyle = ISO;
CREATE FUNCTION pg_temp.days(VARIADIC spans text[]) RETURNS jsonb
LANGUAGE sql AS $$
  -- 'off 2027-01-01 2027-01-03': the weekdays of the span are off
  SELECT jsonb_agg(jsonb_build_object('day', day::date, 'kind', part[1], 'holiday', 'festival', 'statutory', false))
    FROM unnest(spans) AS span, regexp_split_to_array(span, ' ') AS part,
         generate_series(part[2]::date, part[3]::date, '1 day') AS day
   WHERE part[1] = 'work' OR extract(isodow FROM day) < 6
$$;

-- A fictional year to come.
BEGIN;
SELECT pdauth.load_calendar_year('CN', 2027, 12, 'test',
         pg_temp.days('off 2026-12-31 2027-01-01', 'off 2027-02-05 2027-02-12', 'off 2027-04-05 2027-04-05',
                      'off 2027-05-03 2027-05-05', 'off 2027-06-09 2027-06-09', 'off 2027-10-01 2027-10-07',
                      'work 2027-01-02 2027-01-02', 'work 2027-02-13 2027-02-14', 'work 2027-05-08 2027-05-09', 'work 2027-10-09 2027-10-09')) > 1000 AS loaded;
SELECT pdauth.calendar_period('CN'), pdauth.workday_add('2026-12-15', 20), pdauth.day_kind('2026-12-31');
ROLLBACK;
SELECT pdauth.calendar_period('CN'), pdauth.is_confirmed('2026-12-31');

-- A rearrangement during the year, and its withdrawal.
SELECT pdauth.is_workday('2026-11-25') AS before;
BEGIN;
SAVEPOINT rearranged;
WITH old AS (
  SELECT jsonb_agg(to_jsonb(d) - 'version' - 'calendar') AS days FROM pdauth.calendar_day_in_force AS d WHERE d.calendar = 'CN' AND d.version = 23)
SELECT pdauth.load_calendar_year('CN', 2026, 14, 'test', old.days || pg_temp.days('off 2026-11-25 2026-11-25')) > 1000 AS loaded FROM old;
SELECT pdauth.is_workday('2026-11-25') AS rearranged, pdauth.is_workday('2026-10-01') AS as_before;
ROLLBACK TO rearranged;
SELECT pdauth.is_workday('2026-11-25') AS withdrawn;
COMMIT;

-- What cannot be right is refused.
\set SHOW_CONTEXT never
\set VERBOSITY terse
SELECT pdauth.load_calendar_year('CN', 2027, 14, 'test', pg_temp.days('off 2027-01-01 2027-01-01'));
\echo :LAST_ERROR_SQLSTATE
SELECT pdauth.load_calendar_year('CN', 2027, 0, 'test', pg_temp.days('work 2027-01-01 2027-01-01'));
SELECT pdauth.load_calendar_year('CN', 2027, 2, 'test', pg_temp.days('off 2027-01-01 2027-01-01', 'off 2027-01-01 2027-01-01'));
SELECT pdauth.load_calendar_year('CN', 2027, 1, 'test', pg_temp.days('off 2027-12-29 2027-12-29'));
SELECT pdauth.load_calendar_year('CN', 2027, 1, ' ', pg_temp.days('off 2027-01-01 2027-01-01'));
SELECT pdauth.load_calendar_year('XX', 2027, 1, 'test', pg_temp.days('off 2027-01-01 2027-01-01'));
INSERT INTO pdauth.calendar (calendar, parent, title) VALUES ('self', 'self', 'x');

\set VERBOSITY default
-- A notice without a predecessor leaves a gap, one without its days is none.
BEGIN;
INSERT INTO pdauth.calendar_notice (calendar, year, rest_days, source) VALUES ('CN', 2027, 13, 'test');
SELECT pdauth.calendar_period('CN');
SELECT pdauth.load_calendar_year('CN', 2028, 1, 'test', pg_temp.days('off 2028-01-03 2028-01-03'));
ROLLBACK;
-- Plain SQL cannot leave one either: not after, not before, not in the middle.
BEGIN;
INSERT INTO pdauth.calendar_notice (calendar, year, rest_days, source) VALUES ('CN', 2001, 0, 'moves the horizon to 2001');
SELECT pdauth.calendar_period('CN') AS until_commit;
COMMIT;
SELECT pdauth.calendar_period('CN');
BEGIN;
COPY pdauth.calendar_notice (calendar, version, year, rest_days, source) FROM STDIN (FORMAT csv);
CN,5001,2001,1,test
\.
COPY pdauth.calendar_day (calendar, version, day, kind, holiday) FROM STDIN (FORMAT csv);
CN,5001,2001-01-01,off,festival
\.
COMMIT;
SELECT pdauth.calendar_period('CN');
BEGIN;
INSERT INTO pdauth.calendar (calendar, title) VALUES ('test', 'x');
INSERT INTO pdauth.calendar_notice (calendar, version, year, rest_days, source)
  VALUES ('test', 5001, 2024, 0, 'x'), ('test', 5002, 2025, 0, 'x'), ('test', 5003, 2026, 0, 'x');
SET CONSTRAINTS ALL IMMEDIATE;
SAVEPOINT s;
DELETE FROM pdauth.calendar_notice WHERE version = 5002;
ROLLBACK TO s;
UPDATE pdauth.calendar_notice SET year = 2030 WHERE version = 5003;
ROLLBACK TO s;
UPDATE pdauth.calendar_notice SET rest_days = 1 WHERE version = 5002;
ROLLBACK TO s;
DELETE FROM pdauth.calendar_notice WHERE version IN (5002, 5003);
SELECT pdauth.calendar_period('test');
ROLLBACK;
-- A transaction that cannot see what others store cannot change calendars.
BEGIN ISOLATION LEVEL REPEATABLE READ;
INSERT INTO pdauth.calendar_notice (calendar, year, rest_days, source) VALUES ('CN', 2027, 13, 'test');
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
INSERT INTO pdauth.calendar (calendar, parent, title) VALUES ('test', 'CN', 'x');
ROLLBACK;

-- Plain SQL and COPY load too; the sum is checked at commit.
BEGIN;
INSERT INTO pdauth.calendar_notice (calendar, version, year, rest_days, source) VALUES ('CN', 5001, 2027, 2, 'test');
COPY pdauth.calendar_day (calendar, version, day, kind, holiday, statutory) FROM STDIN (FORMAT csv);
CN,5001,2027-01-01,off,festival,true
CN,5001,2027-01-04,off,festival,
\.
SELECT pdauth.calendar_period('CN'), pdauth.day_kind('2027-01-01'), pdauth.day_kind('2027-01-04');
DELETE FROM pdauth.calendar_day WHERE day = '2027-01-04';
SELECT pdauth.calendar_period('CN') AS incomplete_is_not_in_force;
COMMIT;
\echo :LAST_ERROR_SQLSTATE

-- A prefecture's own days over the national ones.
BEGIN;
INSERT INTO pdauth.calendar (calendar, parent, title) VALUES ('CN-532800', 'CN', 'prefecture'), ('CN-532822', 'CN-532800', 'county');
SELECT pdauth.workday_add('2025-04-11', 2, 'CN-532800') AS nothing_of_its_own;
SELECT pdauth.load_calendar_year('CN-532800', 2025, 2, 'test', pg_temp.days('off 2025-04-14 2025-04-16', 'work 2025-04-19 2025-04-19')) > 1000 AS loaded;
SELECT pdauth.workday_add('2025-04-11', 2, 'CN-532800') AS prefecture, pdauth.workday_add('2025-04-11', 2, 'CN-532822') AS county,
       pdauth.workday_add('2025-04-11', 2) AS nation, pdauth.is_workday('2025-04-19', 'CN-532822'), pdauth.day_kind('2025-10-01', 'CN-532822');
SELECT pdauth.calendar_period('CN-532822') AS own_horizon;
SELECT * FROM pdauth.workday_explain('2025-04-11', 2, 'CN-532822');
SET LOCAL pdauth.calendar = 'CN-532800';
SELECT pdauth.workday_add('2025-04-11', 2) AS by_setting;
SET LOCAL pdauth.calendar = 'nowhere';
SELECT pdauth.workday_add('2025-04-11', 2);
ROLLBACK;

-- Beyond the prefecture's own notices the guess follows what the nation has
-- announced, then the prefecture's own days again, and else Monday to Friday.
BEGIN;
INSERT INTO pdauth.calendar (calendar, parent, title) VALUES ('CN-532800', 'CN', 'prefecture');
SELECT pdauth.load_calendar_year('CN-532800', 2025, 1, 'test', pg_temp.days('off 2025-04-14 2025-04-14')) > 1000 AS loaded;
SELECT pdauth.calendar_period('CN-532800'), pdauth.is_confirmed('2026-10-01', 'CN-532800');
SAVEPOINT s;
SELECT pdauth.is_workday('2026-10-01', 'CN-532800');
ROLLBACK TO s;
SET LOCAL pdauth.calendar_horizon = 'provisional';
SAVEPOINT s;
SELECT pdauth.publicity_end('2026-09-28', 5, 'CN-532800');
ROLLBACK TO s;
SELECT pdauth.workday_add('2026-09-28', 5, 'CN-532800'), pdauth.workday_add('2026-10-12', -2, 'CN-532800'), pdauth.workday_count('2025-04-11', '2026-10-10', 'CN-532800'),
       pdauth.workday_count('2025-04-11', '2026-10-10') AS nation, pdauth.day_kind('2026-10-10', 'CN-532800'), pdauth.day_kind('2027-01-01', 'CN-532800');
SELECT * FROM pdauth.workday_explain('2026-09-30', 1, 'CN-532800');
SELECT pdauth.load_calendar_year('CN-532800', 2026, 0, 'test', '[]') > 1000 AS loaded;
SELECT pdauth.load_calendar_year('CN-532800', 2027, 1, 'test', pg_temp.days('off 2027-04-14 2027-04-14')) > 1000 AS loaded;
SELECT pdauth.calendar_period('CN-532800'), pdauth.workday_add('2027-04-13', 1, 'CN-532800'), pdauth.day_kind('2027-04-14', 'CN-532800'),
       pdauth.notice_in_force('CN-532800', '2027-04-14') IS NOT NULL AS arranged, pdauth.workday_add('2027-12-28', 1, 'CN-532800');
ROLLBACK;

-- Two calendars cannot be each other's parent for long.
BEGIN;
INSERT INTO pdauth.calendar (calendar, parent, title) VALUES ('a', 'b', 'x'), ('b', 'a', 'x');
SELECT pdauth.is_workday('2026-01-05', 'a');
ROLLBACK;

-- Only those who keep the policy load calendars; everybody reads them.
CREATE ROLE regress_calendar_clerk;
SET ROLE regress_calendar_clerk;
SELECT pdauth.workday_add('2026-09-10', 20), (SELECT count(*) FROM pdauth.workday_explain('2026-09-10', 20));
SELECT pdauth.load_calendar_year('CN', 2027, 1, 'test', '[]');
INSERT INTO pdauth.calendar (calendar, title) VALUES ('mine', 'x');
RESET ROLE;
GRANT pdauth_policy_admin TO regress_calendar_clerk;
SET ROLE pdauth_policy_admin;
BEGIN;
SELECT pdauth.load_calendar_year('CN', 2027, 1, 'test', pg_temp.days('off 2027-01-01 2027-01-01')) > 1000 AS loaded;
ROLLBACK;
INSERT INTO pdauth.calendar_notice (calendar, version, year, rest_days, source) VALUES ('CN', 2147483647, 2027, 1, 'test');
RESET ROLE;
DROP ROLE regress_calendar_clerk;

-- A notice of an early year that waits for its days takes nothing away; a
-- complete one that would leave a gap before later years is refused.
BEGIN;
INSERT INTO pdauth.calendar_notice (calendar, year, rest_days, source) VALUES ('CN', 2001, 10, 'waits for its days');
SELECT pdauth.calendar_period('CN');
SAVEPOINT s;
SELECT pdauth.load_calendar_year('CN', 2001, 0, 'test', '[]');
ROLLBACK TO s;
SELECT pdauth.load_calendar_year('CN', 2003, 0, 'test', '[]') > 1000 AS loaded;
SELECT pdauth.calendar_period('CN');
ROLLBACK;
