-- Licenses and custody: who may do what with which resource.
--
-- Rows are written by plain INSERT and UPDATE.  A license is never changed and
-- never deleted: it ends by revocation or by its own validity (R-20-8:
-- approvals bind to what was approved).

CREATE TABLE pdauth.license (
  license_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  licensee      pg_catalog.regrole NOT NULL,
  scope         pdauth.license_scope NOT NULL CHECK (scope OPERATOR(pdauth.<>) '{}'),
  basis         pg_catalog.text NOT NULL CHECK (pg_catalog.btrim(basis) OPERATOR(pg_catalog.<>) ''),
  issued_at     pg_catalog.timestamptz NOT NULL,
  issued_by     pg_catalog.regrole NOT NULL,
  revoked_at    pg_catalog.timestamptz,
  revoked_by    pg_catalog.regrole,
  revoke_reason pg_catalog.text CHECK (pg_catalog.btrim(revoke_reason) OPERATOR(pg_catalog.<>) ''),
  row_filter    pg_catalog.text CHECK (pg_catalog.btrim(row_filter) OPERATOR(pg_catalog.<>) ''),
  CHECK ((revoked_at IS NULL) = (revoke_reason IS NULL) AND (revoked_at IS NULL) = (revoked_by IS NULL))
);
CREATE INDEX license_licensee_index ON pdauth.license (licensee);
COMMENT ON TABLE pdauth.license IS
  'Licenses of database roles. Insert licensee, scope, basis and, if not all rows are licensed, row_filter; set revoke_reason to revoke, with effect on the next statement of every session. Nothing else can be changed and no row can be deleted (R-20-5, R-20-6, R-20-8).';
COMMENT ON COLUMN pdauth.license.license_id IS 'Number of the license, given by the system.';
COMMENT ON COLUMN pdauth.license.licensee IS 'Database role that holds the license; roles that inherit from it hold it too.';
COMMENT ON COLUMN pdauth.license.scope IS 'What is licensed: actions, resource, columns, purposes, divisions, validity and level.';
COMMENT ON COLUMN pdauth.license.basis IS 'The approval the license rests on, such as the number of an approved data-use request (R-20-5).';
COMMENT ON COLUMN pdauth.license.issued_at IS 'When the row was inserted, by the server''s clock.';
COMMENT ON COLUMN pdauth.license.issued_by IS 'Who inserted it: the session''s login role.';
COMMENT ON COLUMN pdauth.license.revoked_at IS 'When it was revoked; NULL while it is not.';
COMMENT ON COLUMN pdauth.license.revoked_by IS 'Who revoked it: the session''s login role.';
COMMENT ON COLUMN pdauth.license.revoke_reason IS 'Why. Setting it revokes the license. Shown to the licensee when a statement is refused.';

COMMENT ON COLUMN pdauth.license.row_filter IS 'Which rows of the divisions are licensed: a condition over columns of the tables, in the language of masks (no sub-select, no volatile function, functions of superusers only); NULL for all. Where it does not fit a table, the table cannot be read. Licenses that apply together must agree on it (PD206).';

CREATE TABLE pdauth.custodian (
  custodian_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  custodian    pg_catalog.regrole NOT NULL,
  resource     pg_catalog.text NOT NULL CHECK (resource OPERATOR(pg_catalog.=) pdauth.resource_path(resource)),
  basis        pg_catalog.text NOT NULL CHECK (pg_catalog.btrim(basis) OPERATOR(pg_catalog.<>) ''),
  recorded_at  pg_catalog.timestamptz NOT NULL,
  recorded_by  pg_catalog.regrole NOT NULL,
  ended_at     pg_catalog.timestamptz,
  ended_by     pg_catalog.regrole,
  end_reason   pg_catalog.text CHECK (pg_catalog.btrim(end_reason) OPERATOR(pg_catalog.<>) ''),
  CHECK ((ended_at IS NULL) = (end_reason IS NULL) AND (ended_at IS NULL) = (ended_by IS NULL))
);
CREATE INDEX custodian_custodian_index ON pdauth.custodian (custodian);
COMMENT ON TABLE pdauth.custodian IS
  'Roles of the department that holds a resource by law (data-providing unit, 数据提供单位): its own applications and table owners. They read it in clear and write it as before; nobody else writes (R-21-4). Insert custodian, resource and basis; set end_reason to end it.';
COMMENT ON COLUMN pdauth.custodian.custodian_id IS 'Number of the record, given by the system.';
COMMENT ON COLUMN pdauth.custodian.custodian IS 'Database role; roles that inherit from it are custodians too.';
COMMENT ON COLUMN pdauth.custodian.resource IS 'Resource path in canonical form; everything below it is included.';
COMMENT ON COLUMN pdauth.custodian.basis IS 'Why this role keeps the data: the duty, system or catalogue entry.';
COMMENT ON COLUMN pdauth.custodian.recorded_at IS 'When the row was inserted, by the server''s clock.';
COMMENT ON COLUMN pdauth.custodian.recorded_by IS 'Who inserted it: the session''s login role.';
COMMENT ON COLUMN pdauth.custodian.ended_at IS 'When custody ended; NULL while it lasts.';
COMMENT ON COLUMN pdauth.custodian.ended_by IS 'Who ended it: the session''s login role.';
COMMENT ON COLUMN pdauth.custodian.end_reason IS 'Why. Setting it ends the custody.';

-- One trigger function serves both tables: the names of their three "ended"
-- columns are its arguments.  It fills what the system knows, lets nothing but
-- the ending change, and never lets a row go.
CREATE FUNCTION pdauth.keep_holding() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  new_row jsonb := to_jsonb(NEW);
  old_row jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
  time_column text := TG_ARGV[0];
  role_column text := TG_ARGV[1];
  reason_column text := TG_ARGV[2];
  ends jsonb;
BEGIN
  IF TG_OP = 'INSERT' THEN
    -- a restore brings rows with their history; only break-glass may claim to be one
    IF new_row ->> TG_ARGV[3] IS NOT NULL AND pdauth.break_glass_active() THEN
      RETURN NEW;
    END IF;
    IF new_row ->> reason_column IS NOT NULL THEN
      RAISE EXCEPTION USING ERRCODE = 'PD208',
        MESSAGE = format('a new row of pdauth.%I cannot have ended already', TG_TABLE_NAME),
        DETAIL = 'Rule R-20-8: Article 20, approvals bind to what was approved (第二十条 审核同意仅对所审核内容有效).',
        HINT = format('Leave %I out; set it later to end the row.', reason_column);
    END IF;
    RETURN jsonb_populate_record(NEW, jsonb_build_object(
      TG_ARGV[3], clock_timestamp(), TG_ARGV[4], session_user::regrole, time_column, NULL, role_column, NULL));
  END IF;
  IF TG_OP = 'UPDATE' AND old_row ->> reason_column IS NULL AND new_row ->> reason_column IS NOT NULL
     AND new_row - time_column - role_column - reason_column = old_row - time_column - role_column - reason_column THEN
    ends := jsonb_build_object(time_column, clock_timestamp(), role_column, session_user::regrole);
    RETURN jsonb_populate_record(NEW, ends);
  END IF;
  RAISE EXCEPTION USING ERRCODE = 'PD208',
    MESSAGE = format('a row of pdauth.%I cannot be changed or deleted', TG_TABLE_NAME),
    DETAIL = 'Rule R-20-8: Article 20, approvals bind to what was approved (第二十条 审核同意仅对所审核内容有效).',
    HINT = format('End it with UPDATE pdauth.%I SET %I = ''...'', then insert a new row.', TG_TABLE_NAME, reason_column);
END
$function$;
REVOKE ALL ON FUNCTION pdauth.keep_holding() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.keep_holding() IS
  'Trigger of pdauth.license, pdauth.custodian and pdauth.exclusion: fills time and role, allows only the ending of a row (PD208, R-20-8).';

CREATE TRIGGER keep_holding BEFORE INSERT OR UPDATE OR DELETE ON pdauth.license
  FOR EACH ROW EXECUTE FUNCTION pdauth.keep_holding('revoked_at', 'revoked_by', 'revoke_reason', 'issued_at', 'issued_by');
CREATE TRIGGER keep_holding BEFORE INSERT OR UPDATE OR DELETE ON pdauth.custodian
  FOR EACH ROW EXECUTE FUNCTION pdauth.keep_holding('ended_at', 'ended_by', 'end_reason', 'recorded_at', 'recorded_by');
CREATE TRIGGER forget_holdings AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pdauth.license
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.forget_cached_rows();
CREATE TRIGGER forget_holdings AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pdauth.custodian
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.forget_cached_rows();
CREATE FUNCTION pdauth.refuse_truncate() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'PD208',
    MESSAGE = format('pdauth.%I cannot be emptied', TG_TABLE_NAME),
    DETAIL = 'Rule R-20-8: Article 20, approvals bind to what was approved (第二十条 审核同意仅对所审核内容有效).',
    HINT = 'End single rows by their reason column; they stay as evidence.';
END
$function$;
REVOKE ALL ON FUNCTION pdauth.refuse_truncate() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.refuse_truncate() IS 'Trigger: refuses TRUNCATE (PD208, R-20-8).';
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON pdauth.license
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON pdauth.custodian
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.refuse_truncate();
-- Replication and session_replication_role = replica must not get around them.
ALTER TABLE pdauth.license ENABLE ALWAYS TRIGGER keep_holding;
ALTER TABLE pdauth.license ENABLE ALWAYS TRIGGER forget_holdings;
ALTER TABLE pdauth.license ENABLE ALWAYS TRIGGER refuse_truncate;
ALTER TABLE pdauth.custodian ENABLE ALWAYS TRIGGER keep_holding;
ALTER TABLE pdauth.custodian ENABLE ALWAYS TRIGGER forget_holdings;
ALTER TABLE pdauth.custodian ENABLE ALWAYS TRIGGER refuse_truncate;

-- The rows are the user's, not the extension's: pg_dump must carry them.
SELECT pg_catalog.pg_extension_config_dump('pdauth.license', '');
SELECT pg_catalog.pg_extension_config_dump('pdauth.license_license_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('pdauth.custodian', '');
SELECT pg_catalog.pg_extension_config_dump('pdauth.custodian_custodian_id_seq', '');

GRANT SELECT, INSERT (licensee, scope, basis, row_filter), UPDATE (revoke_reason) ON pdauth.license TO pdauth_policy_admin;
GRANT SELECT, INSERT (custodian, resource, basis), UPDATE (end_reason) ON pdauth.custodian TO pdauth_policy_admin;
GRANT SELECT ON pdauth.license, pdauth.custodian TO pdauth_auditor;

COMMENT ON SEQUENCE pdauth.license_license_id_seq IS 'Numbers of licenses.';
COMMENT ON SEQUENCE pdauth.custodian_custodian_id_seq IS 'Numbers of custody records.';
