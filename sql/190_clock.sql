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
  'Whether a superuser has stopped pdauth''s time in this session by SET pdauth.clock = ''2026-10-14 09:00'', a time of Asia/Shanghai. For tests and rehearsals; each setting is written to the server log and to pdauth.clock_change.';

CREATE FUNCTION pdauth.refuse_evidence_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'PD254', MESSAGE = format('pdauth.%I cannot be emptied or rewritten', TG_TABLE_NAME),
    DETAIL = 'Rule R-25-4: Article 25, evidence cannot be altered (第二十五条 操作记录不得篡改).',
    HINT = 'Evidence is only ever added to.';
END
$function$;
REVOKE ALL ON FUNCTION pdauth.refuse_evidence_change() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.refuse_evidence_change() IS 'Statement trigger of tables that are evidence: refuses what it is attached to, such as UPDATE, DELETE and TRUNCATE (PD254, R-25-4).';

CREATE TABLE pdauth.clock_change (
  change_id      pg_catalog.int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  clock          pg_catalog.text,
  changed_at     pg_catalog.timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  changed_by     pg_catalog.name NOT NULL DEFAULT session_user,
  client_address pg_catalog.inet DEFAULT pg_catalog.inet_client_addr()
);
COMMENT ON TABLE pdauth.clock_change IS
  'Every time a superuser stopped pdauth''s time in this database by the setting pdauth.clock, or let it go on by resetting it (rule X-3, trusted time). Written by the system when the transaction commits; the end of SET LOCAL or of the session is not a row.';
COMMENT ON COLUMN pdauth.clock_change.change_id IS 'Number of the change.';
COMMENT ON COLUMN pdauth.clock_change.clock IS 'Time of Asia/Shanghai at which the clock was stopped, as written; NULL: the server''s clock again.';
COMMENT ON COLUMN pdauth.clock_change.changed_at IS 'When it was recorded, by the server''s clock.';
COMMENT ON COLUMN pdauth.clock_change.changed_by IS 'Login role of the session.';
COMMENT ON COLUMN pdauth.clock_change.client_address IS 'Address of the client; NULL on a Unix socket.';
COMMENT ON SEQUENCE pdauth.clock_change_change_id_seq IS 'Numbers of changes of the clock.';
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON pdauth.clock_change
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.refuse_evidence_change();
ALTER TABLE pdauth.clock_change ENABLE ALWAYS TRIGGER refuse_change;
SELECT pg_catalog.pg_extension_config_dump('pdauth.clock_change', '');
SELECT pg_catalog.pg_extension_config_dump('pdauth.clock_change_change_id_seq', '');
GRANT SELECT ON pdauth.clock_change TO pdauth_policy_admin, pdauth_auditor;
