-- Working days: the shipped calendar, its worked examples, its horizon, and
-- that nobody gets an old or half a calendar.
\getenv abs_srcdir PG_ABS_SRCDIR
\set examples :abs_srcdir '/data/calendar_examples.csv'
SET datestyle = ISO;
CREATE TEMP TABLE example (line integer GENERATED ALWAYS AS IDENTITY, function text, args text, expected text);
COPY example (function, args, expected) FROM :'examples' (FORMAT csv, HEADER);
SELECT count(*) FROM example;

-- Calls the function with its arguments; numbers are written as numbers.
CREATE FUNCTION pg_temp.evaluate(function text, args text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  actual text;
BEGIN
  EXECUTE format('SELECT pdauth.%I(%s)::text', function,
    (SELECT string_agg(CASE WHEN argument ~ '^-?[0-9]+$' THEN argument
                            WHEN argument ~ 'T[0-9]' THEN format('timestamp %L', argument)
                            ELSE quote_literal(argument) END, ', ')
       FROM regexp_split_to_table(args, ';') AS argument)) INTO actual;
  RETURN CASE actual WHEN 'true' THEN 't' WHEN 'false' THEN 'f' ELSE actual END;
EXCEPTION WHEN SQLSTATE 'PD0T1' THEN
  RETURN 'ERROR';
END
$$;
-- The session's zone must not matter: an instant is shown in another one.
SET timezone = 'America/Los_Angeles';
SELECT e.*, actual FROM example AS e, pg_temp.evaluate(function, args) AS actual
 WHERE CASE WHEN function = 'deadline_at' THEN actual::timestamptz AT TIME ZONE 'Asia/Shanghai' IS DISTINCT FROM expected::timestamp
            ELSE actual IS DISTINCT FROM expected END;
SELECT function, count(*) AS passed FROM example, pg_temp.evaluate(function, args) AS actual
 WHERE CASE WHEN function = 'deadline_at' THEN actual::timestamptz AT TIME ZONE 'Asia/Shanghai' = expected::timestamp
            ELSE actual = expected END
 GROUP BY function ORDER BY function;

-- What the shipped data says, in figures that are known otherwise.
SELECT pdauth.calendar_period('CN'), pdauth.calendar_version('CN'), pdauth.default_calendar();
SELECT year, pdauth.workday_count(make_date(year - 1, 12, 31), make_date(year, 12, 31)) AS workdays
  FROM generate_series(2023, 2025) AS year;
SELECT year, rest_days FROM pdauth.calendar_notice WHERE calendar = 'CN' AND rest_days NOT IN (10, 11, 13);
SELECT day, holiday FROM pdauth.calendar_day_in_force WHERE calendar = 'CN' AND statutory IS NULL;

-- Edges.
SELECT pdauth.workday_add('2026-12-28', -1), pdauth.workday_add('2026-12-29', -1), pdauth.workday_add('2030-01-01', 0),
       pdauth.workday_count('2030-01-01', '2030-01-01'), pdauth.workday_count('2003-12-31', '2004-01-02');
SELECT pdauth.is_workday(NULL), pdauth.workday_add(NULL, 1), pdauth.workday_add('2026-01-01', NULL), pdauth.workday_add('2026-01-01', 1, NULL);
SELECT day, pdauth.is_confirmed(day) FROM unnest('{-infinity,2003-12-31,2004-01-01,2026-12-28,2026-12-29,infinity}'::date[]) AS day;
SELECT pdauth.is_workday('2026-12-29');
\echo :LAST_ERROR_SQLSTATE
SELECT pdauth.is_workday('2003-12-31');
\echo :LAST_ERROR_SQLSTATE
SELECT pdauth.workday_add('2004-01-02', -1);
SELECT pdauth.workday_add('2003-12-30', 5);
SELECT pdauth.workday_add('2026-01-01', 2147483647);
\echo :LAST_ERROR_SQLSTATE
SELECT pdauth.workday_add('2026-01-01', -2147483648);
SELECT pdauth.workday_add('infinity', 1);
\echo :LAST_ERROR_SQLSTATE
SELECT pdauth.workday_count('-infinity', '2026-01-01');
SELECT pdauth.day_kind('infinity');
SELECT pdauth.workday_adjust('2026-01-01', 'nearest');
\echo :LAST_ERROR_SQLSTATE
SELECT pdauth.is_workday('2026-01-01', 'CN-000000');
\echo :LAST_ERROR_SQLSTATE

-- Provisional: Monday to Friday beyond the horizon, and said so.
SET pdauth.calendar_horizon = 'provisional';
SELECT pdauth.workday_add('2026-12-15', 20), pdauth.workday_add('2027-01-10', -12), pdauth.workday_count('2026-12-15', '2027-01-12'),
       pdauth.day_kind('2027-01-01'), pdauth.day_kind('2027-01-02'), pdauth.is_confirmed('2027-01-12');
SELECT pdauth.workday_add('2026-01-01', 2147483647);
SELECT * FROM pdauth.workday_explain('2026-12-25', 3);
RESET pdauth.calendar_horizon;

-- How the days were counted.
SELECT * FROM pdauth.workday_explain('2026-09-10', 20);
SELECT * FROM pdauth.workday_explain('2026-10-03', -1);
SELECT * FROM pdauth.workday_explain('2026-10-03', 0);

-- The shipped rows stay as they are.
DELETE FROM pdauth.calendar_day WHERE day = '2026-10-01';
UPDATE pdauth.calendar_notice SET rest_days = 12 WHERE year = 2026;
INSERT INTO pdauth.calendar_day VALUES ('CN', 23, '2026-11-24', 'off', 'x');
INSERT INTO pdauth.calendar VALUES ('XX', NULL, 'x', true);
TRUNCATE pdauth.calendar CASCADE;
SET session_replication_role = replica;
DELETE FROM pdauth.calendar_day WHERE day = '2026-10-01';
RESET session_replication_role;
