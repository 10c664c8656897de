-- Random cases against an oracle that walks from day to day in plain SQL.
-- psql variables: cases (how many of each kind), seed (between -1 and 1).
-- Leaves nothing behind but temporary tables.  Prints what differs, and how many
-- cases of each kind had an answer and agreed.
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT setseed(:seed) \g /dev/null
-- A child calendar with days of its own, many of them odd,
-- and one whose notices end in 2014: from there on the guess follows the nation.
SET LOCAL pdauth.calendar_horizon = 'provisional';
INSERT INTO pdauth.calendar (calendar, parent, title) VALUES ('fuzz', 'CN', 'random'), ('short', 'CN', 'random');
CREATE TEMP TABLE random_day ON COMMIT DROP AS
  SELECT day::date, CASE WHEN extract(isodow FROM day) < 6 OR random() < 0.5 THEN 'off' ELSE 'work' END AS kind
    FROM generate_series(date '2004-01-01', '2026-12-28', '1 day') AS day WHERE random() < 0.07;
INSERT INTO pdauth.calendar_notice (calendar, year, rest_days, source)
  SELECT child, year,
         (SELECT count(*) FILTER (WHERE kind = 'off' AND extract(isodow FROM day) < 6) - count(*) FILTER (WHERE kind = 'work')
            FROM random_day WHERE extract(year FROM day + 3) = year), 'random'
    FROM (VALUES ('fuzz', 2026), ('short', 2014)) AS c(child, last_year), generate_series(2004, last_year) AS year;
INSERT INTO pdauth.calendar_day (calendar, version, day, kind, holiday)
  SELECT n.calendar, n.version, day, kind, 'random' FROM random_day JOIN pdauth.calendar_notice AS n ON n.year = extract(year FROM day + 3) AND n.calendar IN ('fuzz', 'short');

CREATE TEMP TABLE oracle_day ON COMMIT DROP AS
  SELECT which.calendar, walk::date AS day,
         coalesce(own.kind, nation.kind, CASE WHEN extract(isodow FROM walk) < 6 THEN 'work' ELSE 'off' END) = 'work' AS workday
    FROM unnest('{CN,fuzz,short}'::text[]) AS which(calendar)
   CROSS JOIN generate_series(date '2004-01-01', '2026-12-28', '1 day') AS walk
    LEFT JOIN random_day AS own ON own.day = walk::date AND (which.calendar = 'fuzz' OR (which.calendar = 'short' AND own.day <= '2014-12-28'))
    LEFT JOIN pdauth.calendar_day AS nation ON nation.calendar = 'CN' AND nation.version <= 1000 AND nation.day = walk::date;
CREATE UNIQUE INDEX ON oracle_day (calendar, day) WHERE workday;
CREATE UNIQUE INDEX ON oracle_day (calendar, day) INCLUDE (workday);
ANALYZE oracle_day;

CREATE TEMP TABLE random_case ON COMMIT DROP AS
  SELECT i, (ARRAY['CN', 'fuzz', 'short'])[1 + i % 3] AS calendar, date '2004-01-01' + (random() * 8397)::integer AS day,
         (random() ^ 2 * 250)::integer AS n, (random() * 400)::integer AS span,
         datemultirange(VARIADIC ARRAY(SELECT daterange(s.d, s.d + (random() * 30)::integer)
           FROM (SELECT date '2004-01-01' + (random() * 8397)::integer + 0 * i AS d FROM generate_series(1, 3)) AS s)) AS far,
         (random() * 60)::integer AS gap, (random() * 30)::integer AS length
    FROM generate_series(1, :cases) AS i;
ALTER TABLE random_case ADD suspended datemultirange;
UPDATE random_case SET suspended = datemultirange(daterange(day + gap, day + gap + length), daterange(day + 2 * gap + length, day + 2 * gap + 2 * length)) + far;
ANALYZE random_case;

CREATE FUNCTION pg_temp.rolled(wanted text, from_day date) RETURNS date LANGUAGE sql STABLE AS
  'SELECT day FROM oracle_day WHERE calendar = wanted AND workday AND day >= from_day ORDER BY day LIMIT 1';
CREATE FUNCTION pg_temp.rolled_back(wanted text, from_day date) RETURNS date LANGUAGE sql STABLE AS
  'SELECT day FROM oracle_day WHERE calendar = wanted AND workday AND day <= from_day ORDER BY day DESC LIMIT 1';

CREATE TEMP TABLE outcome ON COMMIT DROP AS
WITH expected AS MATERIALIZED (
  SELECT c.*,
    (SELECT o.workday FROM oracle_day AS o WHERE o.calendar = c.calendar AND o.day = c.day) AS is_workday,
    CASE WHEN n = 0 THEN day ELSE (SELECT o.day FROM oracle_day AS o WHERE o.calendar = c.calendar AND o.workday AND o.day > c.day ORDER BY o.day OFFSET greatest(n - 1, 0) LIMIT 1) END AS add,
    CASE WHEN n = 0 THEN day ELSE (SELECT o.day FROM oracle_day AS o WHERE o.calendar = c.calendar AND o.workday AND o.day < c.day ORDER BY o.day DESC OFFSET greatest(n - 1, 0) LIMIT 1) END AS subtract,
    CASE WHEN day + span <= '2026-12-28' THEN (SELECT count(*) FROM oracle_day AS o WHERE o.calendar = c.calendar AND o.workday AND o.day > c.day AND o.day <= c.day + span) END AS count,
    pg_temp.rolled(c.calendar, day + span) AS deadline_days,
    pg_temp.rolled(c.calendar, (day + n * interval '1 month')::date) AS deadline_months,
    pg_temp.rolled(c.calendar, (day + span / 40 * interval '1 year')::date) AS deadline_years,
    CASE WHEN day - span >= '2004-01-01' AND day - span <= '2026-12-28' THEN pg_temp.rolled_back(c.calendar, day - span) END AS before_days,
    CASE WHEN (day - n * interval '1 month')::date >= '2004-01-01' THEN pg_temp.rolled_back(c.calendar, (day - n * interval '1 month')::date) END AS before_months,
    (SELECT o.day FROM oracle_day AS o WHERE o.calendar = c.calendar AND o.workday AND o.day > c.day AND NOT o.day <@ c.suspended ORDER BY o.day OFFSET n LIMIT 1) AS suspended_workdays,
    (SELECT r.day FROM oracle_day AS o, LATERAL (SELECT r.day FROM oracle_day AS r WHERE r.calendar = c.calendar AND r.workday AND r.day >= o.day AND NOT r.day <@ c.suspended ORDER BY r.day LIMIT 1) AS r
      WHERE o.calendar = c.calendar AND o.day > c.day AND NOT o.day <@ c.suspended ORDER BY o.day OFFSET span LIMIT 1) AS suspended_days,
    CASE WHEN upper(suspended) <= '2026-12-29' THEN (SELECT count(*) FROM unnest(c.suspended) AS r JOIN oracle_day AS o ON o.day >= lower(r) AND o.day < upper(r) WHERE o.calendar = c.calendar AND o.workday) END AS in_ranges
    FROM random_case AS c
)
SELECT e.i, e.calendar, e.day, e.n, e.span, e.suspended, kind, expected, actual
  FROM expected AS e, LATERAL (VALUES
    ('is_workday', e.is_workday::text, CASE WHEN e.is_workday IS NOT NULL THEN pdauth.is_workday(e.day, e.calendar)::text END),
    ('workday_add', e.add::text, CASE WHEN e.add IS NOT NULL THEN pdauth.workday_add(e.day, e.n, e.calendar)::text END),
    ('workday_add backwards', e.subtract::text, CASE WHEN e.subtract IS NOT NULL THEN pdauth.workday_add(e.day, -e.n, e.calendar)::text END),
    ('workday_count', e.count::text, CASE WHEN e.count IS NOT NULL THEN pdauth.workday_count(e.day, e.day + e.span, e.calendar)::text END),
    ('workday_count backwards', (-e.count)::text, CASE WHEN e.count IS NOT NULL THEN pdauth.workday_count(e.day + e.span, e.day, e.calendar)::text END),
    ('deadline, days', e.deadline_days::text, CASE WHEN e.deadline_days IS NOT NULL THEN pdauth.deadline(e.day, e.span, 'day', e.calendar)::text END),
    ('deadline, months', e.deadline_months::text, CASE WHEN e.deadline_months IS NOT NULL THEN pdauth.deadline(e.day, e.n, 'month', e.calendar)::text END),
    ('deadline, years', e.deadline_years::text, CASE WHEN e.deadline_years IS NOT NULL THEN pdauth.deadline(e.day, e.span / 40, 'year', e.calendar)::text END),
    ('deadline_before, days', e.before_days::text, CASE WHEN e.before_days IS NOT NULL THEN pdauth.deadline_before(e.day, e.span, 'day', e.calendar)::text END),
    ('deadline_before, months', e.before_months::text, CASE WHEN e.before_months IS NOT NULL THEN pdauth.deadline_before(e.day, e.n, 'month', e.calendar)::text END),
    ('suspended, workdays', e.suspended_workdays::text, CASE WHEN e.suspended_workdays IS NOT NULL THEN pdauth.deadline_suspended(e.day, pdauth.make_term(e.n + 1, 'workday'), e.suspended, e.calendar)::text END),
    ('suspended, days', e.suspended_days::text, CASE WHEN e.suspended_days IS NOT NULL THEN pdauth.deadline_suspended(e.day, pdauth.make_term(e.span + 1, 'day'), e.suspended, e.calendar)::text END),
    ('workdays in ranges', e.in_ranges::text, CASE WHEN e.in_ranges IS NOT NULL THEN pdauth.workdays(e.suspended, e.calendar)::text END)
  ) AS v (kind, expected, actual);

SELECT calendar, kind, day, n, span, suspended, expected, actual FROM outcome WHERE expected IS DISTINCT FROM actual ORDER BY kind, i LIMIT 20;
SELECT kind, count(*) FILTER (WHERE expected = actual) AS agreed, count(*) FILTER (WHERE expected IS DISTINCT FROM actual) AS differed,
       count(*) FILTER (WHERE expected IS NULL) < count(*) / 2 AS mostly_answered
  FROM outcome GROUP BY GROUPING SETS (kind, ()) ORDER BY kind;
ROLLBACK;
