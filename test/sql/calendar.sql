-- Working days on the national calendar.
\set SHOW_CONTEXT never
SET datestyle = iso;
\getenv abs_srcdir PG_ABS_SRCDIR
CREATE TABLE calendar_example (line integer GENERATED ALWAYS AS IDENTITY, function text, args text, expected text);
\set examples :abs_srcdir '/data/calendar_examples.csv'
COPY calendar_example (function, args, expected) FROM :'examples' (FORMAT csv, HEADER);
CREATE FUNCTION run_example(function text, args text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
  EXECUTE format('SELECT pdauth.%I(%s)::text', function,
    (SELECT string_agg(quote_literal(a), ', ' ORDER BY n) FROM unnest(string_to_array(args, ';')) WITH ORDINALITY AS t (a, n)))
    INTO result;
  RETURN CASE result WHEN 'true' THEN 't' WHEN 'false' THEN 'f' ELSE result END;
EXCEPTION WHEN SQLSTATE 'PDH01' THEN
  RETURN 'ERROR';
END $$;
-- Every example whose function exists must give what it says; the count is of the file.
SELECT count(*) AS examples, count(*) FILTER (WHERE run_example(function, args) IS NOT DISTINCT FROM expected) AS passed
  FROM calendar_example WHERE function IN ('is_workday', 'day_kind', 'workday_add', 'workday_count', 'workday_adjust');
SELECT e.*, run_example(function, args) AS got FROM calendar_example AS e
 WHERE function IN ('is_workday', 'day_kind', 'workday_add', 'workday_count', 'workday_adjust')
   AND run_example(function, args) IS DISTINCT FROM expected;

-- The data keeps the sums of the notices: weekdays off less weekend days worked.
SELECT date_part('year', day) AS year, count(*) FILTER (WHERE kind = 'off' AND date_part('isodow', day) < 6)
       - count(*) FILTER (WHERE kind = 'work') AS days
  FROM pdauth.calendar_day WHERE calendar = 'CN' AND date_part('year', day) IN (2023, 2024, 2025, 2026) GROUP BY 1 ORDER BY 1;
SELECT date_part('year', d) AS year, count(*) FILTER (WHERE pdauth.is_workday(d::date)) AS workdays
  FROM generate_series('2023-01-01'::date, '2025-12-31', '1 day') AS d GROUP BY 1 ORDER BY 1;

-- A filing deadline over National Day, with its reasons.
SELECT pdauth.workday_add('2026-09-10', 20);
SELECT * FROM pdauth.workday_explain('2026-09-24', 5);
SELECT * FROM pdauth.workday_explain('2026-10-03', -2);
SELECT day, counted FROM pdauth.workday_explain('2026-10-12', -3);
SELECT count(*) FROM pdauth.workday_explain('2026-10-12', 0);

-- Against counting day by day: both directions, from working and rest days.
WITH days AS (SELECT d::date AS day FROM generate_series('2019-12-01'::date, '2020-12-01', '1 day') AS d),
     cases AS (SELECT day, n FROM days, unnest(ARRAY[-30, -5, -1, 1, 2, 5, 30]) AS n)
SELECT count(*) AS cases, count(*) FILTER (WHERE pdauth.workday_add(day, n) IS DISTINCT FROM (
  SELECT x::date FROM generate_series(day + sign(n)::integer, day + n * 3 + 20 * sign(n)::integer, sign(n) * interval '1 day') AS x
   WHERE coalesce((SELECT kind = 'work' FROM pdauth.calendar_day AS c WHERE c.calendar = 'CN' AND c.day = x),
                  date_part('isodow', x) < 6)
  OFFSET abs(n) - 1 LIMIT 1)) AS wrong FROM cases;

-- Edges.
SELECT pdauth.is_workday(NULL), pdauth.workday_add(NULL, 1), pdauth.workday_add('2026-01-05', NULL);
SELECT pdauth.is_workday('2026-12-28');
SELECT pdauth.is_workday('2026-12-29');
SELECT pdauth.is_workday('2003-12-31');
SELECT pdauth.is_workday('infinity');
SELECT pdauth.workday_add('-infinity', 1);
SELECT pdauth.workday_add('2026-01-05', 2147483647);
SELECT pdauth.workday_add('2026-01-05', -2147483648);
SELECT pdauth.is_workday('2026-01-05', 'nowhere');
SELECT pdauth.workday_adjust('2026-01-05', 'backwards');

-- A prefecture's calendar overlays the national one; changes are seen at once and undone by rollback.
INSERT INTO pdauth.calendar (calendar, parent, title) VALUES ('CN-532300', 'CN', '楚雄');
SELECT pdauth.is_workday('2026-07-16', 'CN-532300');
BEGIN;
INSERT INTO pdauth.calendar_day (calendar, day, kind, holiday) VALUES ('CN-532300', '2026-07-16', 'off', '火把节');
SELECT pdauth.is_workday('2026-07-16', 'CN-532300') AS local, pdauth.is_workday('2026-07-16') AS national;
SAVEPOINT one;
DELETE FROM pdauth.calendar_day WHERE calendar = 'CN-532300';
SELECT pdauth.is_workday('2026-07-16', 'CN-532300');
ROLLBACK TO one;
SELECT pdauth.is_workday('2026-07-16', 'CN-532300');
SET LOCAL pdauth.calendar = 'CN-532300';
SELECT * FROM pdauth.workday_explain('2026-07-15', 1);
ROLLBACK;
SELECT pdauth.is_workday('2026-07-16', 'CN-532300');
-- What no notice can say is refused.
INSERT INTO pdauth.calendar_day (calendar, day, kind, holiday) VALUES ('CN-532300', '2026-07-16', 'work', 'a weekday');
INSERT INTO pdauth.calendar_day (calendar, day, kind, holiday, statutory) VALUES ('CN-532300', '2026-07-18', 'work', 'x', true);
INSERT INTO pdauth.calendar_day (calendar, day, kind, holiday) VALUES ('CN', '2026-10-01', 'off', 'twice');
INSERT INTO pdauth.calendar (calendar, title) VALUES ('empty', 'no days');
DELETE FROM pdauth.calendar WHERE calendar = 'CN-532300';
DROP FUNCTION run_example(text, text);
DROP TABLE calendar_example;
