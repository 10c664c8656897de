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
SELECT pdauth.load_calendar_year('CN', 2027, 13, 'test',
         pg_temp.days('off 2026-12-31 2027-01-01', 'off 2027-02-05 2027-02-12', 'off 2027-04-05 2027-04-05',
                      'off 2027-05-03 2027-05-05', 'off 2027-06-09 2027-06-09', 'off 2027-10-01 2027-10-08',
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
SELECT pdauth.load_calendar_year('CN', 2028, 13, 'test', pg_temp.days('off 2028-01-03 2028-01-19'));
ROLLBACK;
-- Plain SQL cannot leave one either: not after, not before, not in the middle.
BEGIN;
WITH notice AS (INSERT INTO pdauth.calendar_notice (calendar, year, rest_days, source) VALUES ('CN', 2001, 10, 'moves the horizon to 2001') RETURNING version)
INSERT INTO pdauth.calendar_day (calendar, version, day, kind, holiday)
SELECT 'CN', version, day, 'off', 'festival' FROM notice, generate_series(date '2001-01-01', '2001-01-12', '1 day') AS day WHERE extract(isodow FROM day) < 6;
SELECT pdauth.calendar_period('CN') AS until_commit;
COMMIT;
SELECT pdauth.calendar_period('CN');
BEGIN;
INSERT INTO pdauth.calendar (calendar, title) VALUES ('test', 'x');
INSERT INTO pdauth.calendar_notice (calendar, year, rest_days, source) VALUES ('test', 2024, 0, 'x'), ('test', 2025, 0, 'x'), ('test', 2026, 0, 'x');
SET CONSTRAINTS ALL IMMEDIATE;
SAVEPOINT s;
SELECT pdauth.withdraw_calendar_year('test', 2025, 'a mistake');
ROLLBACK TO s;
INSERT INTO pdauth.calendar_notice (calendar, year, rest_days, withdrawn, source) VALUES ('test', 2025, 0, true, 'a mistake');
ROLLBACK TO s;
SELECT pdauth.calendar_version('test') AS before \gset
SELECT pdauth.withdraw_calendar_year('test', 2026, 'a mistake') = pdauth.calendar_version('test') AS in_force, pdauth.calendar_version('test') > :before AS visible;
SELECT pdauth.withdraw_calendar_year('test', 2025, 'another') > 1000 AS withdrawn;
SELECT pdauth.calendar_period('test'), pdauth.notice_in_force('test', '2025-06-01');
SET CONSTRAINTS ALL DEFERRED;
SELECT pdauth.load_calendar_year('test', 2025, 1, 'once more', pg_temp.days('off 2025-06-02 2025-06-02')) > 1000 AS loaded;
SELECT pdauth.calendar_period('test'), pdauth.is_workday('2025-06-02', 'test');
ROLLBACK;

-- What has been loaded stays as it was loaded, whoever asks.
BEGIN;
INSERT INTO pdauth.calendar (calendar, parent, title) VALUES ('test', 'CN', 'x');
SELECT pdauth.load_calendar_year('test', 2026, 1, 'test', pg_temp.days('off 2026-11-25 2026-11-25')) AS v \gset
COMMIT;
UPDATE pdauth.calendar_day SET day = '2026-11-26' WHERE version = :v;
\echo :LAST_ERROR_SQLSTATE
DELETE FROM pdauth.calendar_day WHERE version = :v;
UPDATE pdauth.calendar_notice SET year = 2027 WHERE version = :v;
DELETE FROM pdauth.calendar_notice WHERE version = :v;
SET session_replication_role = replica;
DELETE FROM pdauth.calendar_notice WHERE version = :v;
RESET session_replication_role;
-- not even by days that leave the sum as it was
BEGIN;
INSERT INTO pdauth.calendar_day (calendar, version, day, kind, holiday) VALUES ('test', :v, '2026-11-26', 'off', 'x'), ('test', :v, '2026-11-28', 'work', 'x');
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
SET ROLE pdauth_policy_admin;
UPDATE pdauth.calendar_day SET day = '2026-11-26' WHERE version = :v;
DELETE FROM pdauth.calendar_notice WHERE version = :v;
RESET ROLE;
SELECT pdauth.is_workday('2026-11-25', 'test'), pdauth.is_workday('2026-11-26', 'test'), pdauth.calendar_version('test') = :v AS version;
-- A later notice replaces it; so its version always tells.
SELECT pdauth.load_calendar_year('test', 2026, 1, 'corrected', pg_temp.days('off 2026-11-26 2026-11-26')) > :v AS later;
SELECT pdauth.is_workday('2026-11-25', 'test'), pdauth.is_workday('2026-11-26', 'test'), pdauth.calendar_version('test') > :v AS newer;
-- Another parent too is a change that the version shows.
SELECT pdauth.calendar_version('test') AS v \gset
INSERT INTO pdauth.calendar (calendar, parent, title) VALUES ('between', 'CN', 'x');
UPDATE pdauth.calendar SET title = 'y' WHERE calendar = 'test';
SELECT pdauth.calendar_version('test') = :v AS same;
UPDATE pdauth.calendar SET parent = 'between' WHERE calendar = 'test';
SELECT pdauth.calendar_version('test') > :v AS newer;
-- The parent's notices as well, in the order in which they are loaded.
BEGIN;
SELECT pdauth.calendar_version('test') AS v \gset
SELECT pdauth.load_calendar_year('CN', 2027, 13, 'test', pg_temp.days('off 2027-01-01 2027-01-19')) > :v AS later;
SELECT pdauth.calendar_version('test') > :v AS newer;
ROLLBACK;

-- Versions are the system's to give, or one given too high would stay in force for ever.
INSERT INTO pdauth.calendar_notice (calendar, version, year, rest_days, source) VALUES ('test', 5001, 2026, 0, 'test');
\echo :LAST_ERROR_SQLSTATE
COPY pdauth.calendar_notice (calendar, version, year, rest_days, source) FROM STDIN (FORMAT csv);
test,5001,2026,0,test
\.
INSERT INTO pdauth.calendar (calendar, title, version) VALUES ('test2', 'x', 5001);
UPDATE pdauth.calendar SET version = 5001 WHERE calendar = 'test';
COPY pdauth.calendar_notice (calendar, year, rest_days, source) FROM STDIN (FORMAT csv);
test,2026,0,by COPY
\.
SELECT pdauth.is_workday('2026-11-26', 'test') AS the_latest_is_in_force;
-- What a restore brings does not stand in the way of later ones.
BEGIN;
SET LOCAL pdauth.break_glass = 'restore';
INSERT INTO pdauth.calendar_notice (calendar, version, year, rest_days, source) VALUES ('test', 5001, 2026, 0, 'test');
SET LOCAL pdauth.break_glass = '';
SELECT pdauth.load_calendar_year('test', 2026, 1, 'test', pg_temp.days('off 2026-11-26 2026-11-26')) AS version;
SELECT pdauth.is_workday('2026-11-26', 'test');
ROLLBACK;

-- The regulation's figure is data: a national notice cannot give less.
SELECT * FROM pdauth.statutory_rest_days;
SELECT pdauth.load_calendar_year('CN', 2027, 0, 'x', '[]');
\echo :LAST_ERROR_SQLSTATE
SELECT pdauth.load_calendar_year('CN', 2027, 12, 'x', pg_temp.days('off 2027-01-01 2027-01-18'));
UPDATE pdauth.statutory_rest_days SET rest_days = 0;
BEGIN;
SET LOCAL ROLE pdauth_policy_admin;
INSERT INTO pdauth.statutory_rest_days (calendar, from_year, rest_days, source) VALUES ('CN', 2027, 14, 'a later revision');
SAVEPOINT s;
SELECT pdauth.load_calendar_year('CN', 2027, 13, 'x', pg_temp.days('off 2027-01-01 2027-01-19'));
ROLLBACK TO s;
SELECT pdauth.load_calendar_year('CN', 2027, 14, 'x', pg_temp.days('off 2027-01-01 2027-01-20')) > 1000 AS loaded;
ROLLBACK;

-- A transaction that cannot see what others store cannot change calendars.
BEGIN ISOLATION LEVEL REPEATABLE READ;
INSERT INTO pdauth.calendar_notice (calendar, year, rest_days, source) VALUES ('CN', 2027, 13, 'test');
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
INSERT INTO pdauth.calendar (calendar, parent, title) VALUES ('test', 'CN', 'x');
ROLLBACK;

-- Plain SQL loads too; the sum is checked at commit.
BEGIN;
INSERT INTO pdauth.calendar_notice (calendar, year, rest_days, source) VALUES ('CN', 2027, 13, 'test') RETURNING version AS v \gset
INSERT INTO pdauth.calendar_day (calendar, version, day, kind, holiday, statutory)
SELECT 'CN', :v, day, 'off', 'festival', CASE WHEN day < '2027-01-02' THEN true END FROM generate_series(date '2027-01-01', '2027-01-19', '1 day') AS day WHERE extract(isodow FROM day) < 6;
SELECT pdauth.calendar_period('CN'), pdauth.day_kind('2027-01-01'), pdauth.day_kind('2027-01-04');
ROLLBACK;
BEGIN;
INSERT INTO pdauth.calendar_notice (calendar, year, rest_days, source) VALUES ('CN', 2027, 13, 'without its days');
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

-- Two calendars cannot be each other's parent, nor a chain too long.
INSERT INTO pdauth.calendar (calendar, parent, title) VALUES ('a', 'b', 'x'), ('b', 'a', 'x');
\echo :LAST_ERROR_SQLSTATE
BEGIN;
INSERT INTO pdauth.calendar (calendar, parent, title) VALUES ('a', 'CN', 'x'), ('b', 'a', 'x'), ('c', 'b', 'x');
SAVEPOINT s;
UPDATE pdauth.calendar SET parent = 'c' WHERE calendar = 'a';
ROLLBACK TO s;
INSERT INTO pdauth.calendar (calendar, parent, title) VALUES ('d', 'c', 'x'), ('e', 'd', 'x'), ('f', 'e', 'x'), ('g', 'f', 'x'), ('h', 'g', 'x');
SELECT pdauth.is_workday('2026-10-01', 'h');
INSERT INTO pdauth.calendar (calendar, parent, title) VALUES ('i', 'h', 'x');
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
SELECT pdauth.load_calendar_year('CN', 2027, 13, 'test', pg_temp.days('off 2027-01-01 2027-01-19')) > 1000 AS loaded;
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
SELECT pdauth.load_calendar_year('CN', 2001, 10, 'test', pg_temp.days('off 2001-05-01 2001-05-14'));
ROLLBACK TO s;
SELECT pdauth.load_calendar_year('CN', 2003, 10, 'test', pg_temp.days('off 2003-05-01 2003-05-14')) > 1000 AS loaded;
SELECT pdauth.calendar_period('CN');
ROLLBACK;
