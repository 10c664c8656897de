-- What time it is for pdauth's decisions (rule X-3, trusted time).

CREATE FUNCTION pdauth.clock_now() RETURNS timestamptz
LANGUAGE C VOLATILE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_clock_now';
COMMENT ON FUNCTION pdauth.clock_now() IS
  'The instant by which pdauth decides: the server''s clock, moving on inside a transaction, or the instant of the setting pdauth.clock.';

CREATE FUNCTION pdauth.clock_today() RETURNS date
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_clock_today';
COMMENT ON FUNCTION pdauth.clock_today() IS
  'The date in Asia/Shanghai by which pdauth decides, whatever the session''s zone.';

CREATE FUNCTION pdauth.clock_stands() RETURNS boolean
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_clock_stands';
COMMENT ON FUNCTION pdauth.clock_stands() IS
  'Whether a superuser has stopped pdauth''s time in this session by SET pdauth.clock = ''2026-10-14 09:00'', a time of Asia/Shanghai. For tests and rehearsals; each setting is written to the server log.';
