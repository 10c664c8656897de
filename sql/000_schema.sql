-- pdauth 0.1.0
--
-- This file is one of the numbered modules that the Makefile concatenates into
-- the extension script.  Load it with CREATE EXTENSION pdauth.

\echo Use "CREATE EXTENSION pdauth" to load this file. \quit

CREATE SCHEMA pdauth;
COMMENT ON SCHEMA pdauth IS
  'Authorised operation of public data: license scopes, row filters, column masks, working-day deadlines and a hash-chained audit log.';

CREATE FUNCTION pdauth.version() RETURNS text
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_version';
COMMENT ON FUNCTION pdauth.version() IS
  'Version of the loaded pdauth library. Compare with pg_extension.extversion after an upgrade: they must be equal.';

CREATE FUNCTION pdauth.check_preload() RETURNS void
LANGUAGE C STABLE
AS 'MODULE_PATHNAME', 'pdauth_check_preload';
COMMENT ON FUNCTION pdauth.check_preload() IS
  'Does nothing when the server loaded pdauth at start. Otherwise raises PD001 (rule X-1, fail closed) with the way to fix it.';

-- Without the hooks nothing would be enforced: say so now, not at the first leak.
SELECT pdauth.check_preload();

CREATE FUNCTION pdauth.forget_cached_rows() RETURNS trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'pdauth_forget_cached_rows';
REVOKE ALL ON FUNCTION pdauth.forget_cached_rows() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.forget_cached_rows() IS
  'Statement trigger of tables that backends keep copies of (calendars, licenses, custodians): this backend reads the table anew at its next command and every other one when the change commits.';

-- Roles are cluster-wide, so a second database finds them there already.  One
-- that can log in or holds powers was not made by us: refuse to trust it.
DO $roles$
DECLARE
  wanted text;
  existing pg_catalog.pg_roles;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['pdauth_policy_admin', 'pdauth_auditor'] LOOP
    SELECT r.* INTO existing FROM pg_catalog.pg_roles AS r WHERE r.rolname OPERATOR(pg_catalog.=) wanted;
    IF NOT FOUND THEN
      EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN NOINHERIT', wanted);
    ELSIF existing.rolcanlogin OR existing.rolsuper OR existing.rolcreaterole OR existing.rolbypassrls THEN
      RAISE EXCEPTION USING
        ERRCODE = 'duplicate_object',
        MESSAGE = pg_catalog.format('role "%s" exists but is not the plain group role that pdauth makes', wanted),
        HINT = pg_catalog.format('Look at what the role is for; then DROP ROLE %I or ALTER ROLE %I NOLOGIN NOSUPERUSER NOCREATEROLE NOBYPASSRLS.', wanted, wanted);
    END IF;
  END LOOP;
END
$roles$;

COMMENT ON ROLE pdauth_policy_admin IS
  'pdauth: may protect relations, set masks, and issue and revoke licenses. Grant it to persons, not to applications.';
COMMENT ON ROLE pdauth_auditor IS
  'pdauth: may read and verify the audit log.';

GRANT USAGE ON SCHEMA pdauth TO PUBLIC;
