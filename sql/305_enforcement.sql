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
