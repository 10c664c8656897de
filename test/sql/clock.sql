-- Trusted time: what it says, and that nobody but a superuser in person stops it.
SET datestyle = ISO;
SET timezone = 'America/Los_Angeles';
SELECT abs(extract(epoch FROM pdauth.clock_now() - clock_timestamp())) < 5 AS server_time, pdauth.clock_stands(),
       pdauth.clock_today() = (clock_timestamp() AT TIME ZONE 'Asia/Shanghai')::date AS shanghai;
SET pdauth.clock = '2026-10-14 00:30';
SELECT pdauth.clock_now(), pdauth.clock_today(), pdauth.clock_stands();
SET pdauth.clock = '2026-10-14T23:59:59';
SELECT pdauth.clock_now(), pdauth.clock_today();
SET pdauth.clock = '2024-02-29';
SELECT pdauth.clock_now(), pdauth.clock_today();
RESET pdauth.clock;
SELECT pdauth.clock_stands();
BEGIN;
SET LOCAL pdauth.clock = '2026-10-14';
SELECT pdauth.clock_today();
ROLLBACK;
SELECT pdauth.clock_stands();

-- Each change is evidence once its transaction commits.
SELECT clock, changed_by = session_user AS changed_by, clock_timestamp() - changed_at < interval '1 hour' AS by_server_clock
  FROM pdauth.clock_change ORDER BY change_id;
BEGIN;
SET LOCAL pdauth.clock = '2026-10-15';
SET LOCAL ROLE pdauth_auditor;
SELECT pdauth.clock_today();
COMMIT;
BEGIN;
SAVEPOINT s;
SET pdauth.clock = '2026-10-16';
ROLLBACK TO s;
COMMIT;
BEGIN READ ONLY;
SET pdauth.clock = '2026-10-17';
COMMIT;
BEGIN;
SET pdauth.clock = '2026-10-18';
SET TRANSACTION READ ONLY;
COMMIT;
SELECT pdauth.clock_stands();
SELECT clock FROM pdauth.clock_change WHERE clock >= '2026-10-15' ORDER BY change_id;
UPDATE pdauth.clock_change SET clock = NULL;
DELETE FROM pdauth.clock_change;
TRUNCATE pdauth.clock_change;

-- Malformed or with a zone.
SET pdauth.clock = 'tomorrow';
SET pdauth.clock = '2026-02-30';
SET pdauth.clock = '2026-10-14 24:00';
SET pdauth.clock = '2026-10-14 09:00+08';
SET pdauth.clock = '2026-10-14 09';
SET pdauth.clock = '2026-10-14 ';

-- Left behind by nobody.
CREATE ROLE regress_clock_clerk;
ALTER ROLE regress_clock_clerk SET pdauth.clock = '2026-10-14';
ALTER DATABASE contrib_regression SET pdauth.clock = '2026-10-14';
ALTER SYSTEM SET pdauth.clock = '2026-10-14';
CREATE FUNCTION pg_temp.back_in_time() RETURNS date LANGUAGE sql SET pdauth.clock = '2024-01-01' AS 'SELECT pdauth.clock_today()';
SET ROLE regress_clock_clerk;
SET pdauth.clock = '2026-10-14';
SELECT set_config('pdauth.clock', '2026-10-14', false);
RESET ROLE;
-- Nor through a function of a superuser, nor by a granted parameter.
CREATE FUNCTION pg_temp.stop_clock() RETURNS text LANGUAGE sql SECURITY DEFINER AS $$SELECT set_config('pdauth.clock', '2026-10-14', false)$$;
GRANT SET ON PARAMETER pdauth.clock TO regress_clock_clerk;
SET SESSION AUTHORIZATION regress_clock_clerk;
SET pdauth.clock = '2026-10-14';
SELECT pg_temp.stop_clock();
RESET SESSION AUTHORIZATION;
REVOKE SET ON PARAMETER pdauth.clock FROM regress_clock_clerk;
DROP ROLE regress_clock_clerk;
SELECT pdauth.clock_stands();

-- Parallel workers know the time of their leader.
SET pdauth.clock = '2026-10-14';
SELECT set_config(name, 'on', false) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SELECT pdauth.clock_today(), pdauth.clock_stands();
