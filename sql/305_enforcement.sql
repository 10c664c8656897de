-- The guard and other functions of the enforcement engine that the tables need.

CREATE FUNCTION pdauth.guard() RETURNS boolean
LANGUAGE C VOLATILE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_guard';
COMMENT ON FUNCTION pdauth.guard() IS
  'Placeholder for the row filter in the catalog policy of protected tables. The preloaded library replaces it while planning; executed, it raises PD001 (rule X-1, fail closed).';

CREATE FUNCTION pdauth.resource_path(path text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_resource_path';
COMMENT ON FUNCTION pdauth.resource_path(text) IS
  'Canonical form of a resource path or purpose, as license scopes write it. Raises 22P02 on malformed input; NULL stays NULL.';

CREATE FUNCTION pdauth.break_glass_active() RETURNS boolean
LANGUAGE C STABLE PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'pdauth_break_glass_active';
COMMENT ON FUNCTION pdauth.break_glass_active() IS
  'Whether this session has left the protection: pdauth.break_glass is set and session, outer and current role are superusers.';

CREATE FUNCTION pdauth.statistics_shown(catalog oid, object oid) RETURNS boolean
LANGUAGE C STABLE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'pdauth_statistics_shown';
COMMENT ON FUNCTION pdauth.statistics_shown(oid, oid) IS
  'Whether this session may see planner statistics of a table, index (catalog pg_statistic) or statistics object (pg_statistic_ext_data): those of protected tables show only to roles that read them in clear. The library puts it into every query on these catalogs. Object 0: chunks of large statistics, shown under break-glass only.';

CREATE FUNCTION pdauth.guarded_heap(internal) RETURNS table_am_handler
LANGUAGE C
AS 'MODULE_PATHNAME', 'pdauth_guarded_heap';
REVOKE ALL ON FUNCTION pdauth.guarded_heap(internal) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.guarded_heap(internal) IS
  'Handler of the access method pdauth: the server''s own heap where the library is preloaded or break-glass is in force, else PD001 (rule X-1, fail closed), for superusers too.';

CREATE ACCESS METHOD pdauth TYPE TABLE HANDLER pdauth.guarded_heap;
COMMENT ON ACCESS METHOD pdauth IS
  'Heap of protected tables: the same as heap in content and speed, but not opened by a server without the library. pdauth.protect() sets it without a rewrite, pdauth.guard_storage(relation, false) and DROP EXTENSION set it back.';

CREATE FUNCTION pdauth.guard_storage(relation regclass, guarded boolean DEFAULT true) RETURNS boolean
LANGUAGE C STRICT
AS 'MODULE_PATHNAME', 'pdauth_guard_storage';
REVOKE ALL ON FUNCTION pdauth.guard_storage(regclass, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.guard_storage(regclass, boolean) TO pdauth_policy_admin;
COMMENT ON FUNCTION pdauth.guard_storage(regclass, boolean) IS
  'Puts a protected table or materialized view under the access method pdauth, as pdauth.protect() does, so that a server without the library opens it to nobody, superusers and masked views included, but by break-glass; guarded => false: back to heap, which such a server opens to superusers, BYPASSRLS roles and masked views. Nothing is rewritten. True if it is under it now; false for partitioned and foreign tables, which store nothing, and for other access methods than heap. 55000 if it is not protected. pdauth_policy_admin only (PD002).';
