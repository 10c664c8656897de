-- Protecting relations and masking columns: convenience over SECURITY LABEL.

-- Row security cannot close materialized views and foreign tables, so nobody
-- but the owner and masked views may have them.
CREATE FUNCTION pdauth.open_to(relation regclass) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT string_agg(DISTINCT CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END, ', ')
    FROM pg_class AS c,
         LATERAL (SELECT e.grantee, e.privilege_type FROM aclexplode(c.relacl) AS e
                  UNION ALL SELECT e.grantee, e.privilege_type FROM pg_attribute AS a, aclexplode(a.attacl) AS e WHERE a.attrelid = c.oid) AS g
   WHERE c.oid = relation AND c.relkind IN ('m', 'f') AND g.privilege_type = 'SELECT'
     AND g.grantee <> c.relowner AND g.grantee NOT IN (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = 'pdauth_masked_view')
$function$;
REVOKE ALL ON FUNCTION pdauth.open_to(regclass) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.open_to(regclass) IS
  'The roles that may select from a materialized view or foreign table besides its owner and masked views; NULL for none and for other relations. Part of pdauth.protect() and pdauth.health_check().';

CREATE FUNCTION pdauth.require_closed(relation regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  roles text := pdauth.open_to(relation);
BEGIN
  IF roles IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
      MESSAGE = format('%s may be selected from by %s, and row security cannot close it when the library is not loaded', relation, roles),
      HINT = format('REVOKE SELECT ON %s FROM %s; after protecting it, give access by pdauth.create_masked_view().', relation, roles);
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.require_closed(regclass) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.require_closed(regclass) IS
  'Raises 55000 if others than the owner and masked views may select from a materialized view or foreign table. Part of pdauth.protect().';

CREATE FUNCTION pdauth.protect(
  relation regclass, resource text, region_column name DEFAULT NULL,
  region text DEFAULT NULL, subject_column name DEFAULT NULL, mode text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  label text;
  member regclass;
  members regclass[];
  kind "char" := (SELECT c.relkind FROM pg_class AS c WHERE c.oid = relation);
BEGIN
  IF region_column IS NOT NULL AND region IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
      MESSAGE = 'give region_column or region, not both',
      HINT = 'region_column names the column of division codes; region is one code for the whole table.';
  END IF;
  IF kind NOT IN ('r', 'p', 'm', 'f') THEN
    RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
      MESSAGE = format('%s is not a table', relation),
      HINT = 'Protect the tables underneath: views over them are covered.';
  END IF;
  PERFORM pdauth.require_closed(relation);
  label := concat_ws(' ', 'RESOURCE ' || pdauth.resource_path(resource),
                     'REGION COLUMN ' || quote_ident(region_column), 'REGION ' || region,
                     'SUBJECT COLUMN ' || quote_ident(subject_column), 'MODE ' || mode);
  IF kind = 'm' THEN
    EXECUTE format('SECURITY LABEL FOR pdauth ON MATERIALIZED VIEW %s IS %L', relation, label);
    PERFORM pdauth.guard_storage(relation);
  ELSIF kind = 'f' THEN
    EXECUTE format('SECURITY LABEL FOR pdauth ON FOREIGN TABLE %s IS %L', relation, label);
  ELSE
    EXECUTE format('SECURITY LABEL FOR pdauth ON TABLE %s IS %L', relation, label);
  END IF;
  members := ARRAY(
    WITH RECURSIVE tree(oid) AS (
      SELECT relation::oid
      UNION SELECT i.inhrelid FROM pg_inherits AS i JOIN tree ON i.inhparent = tree.oid)
    SELECT c.oid FROM tree JOIN pg_class AS c USING (oid) WHERE c.relkind IN ('r', 'p') ORDER BY c.oid);
  PERFORM pdauth.progress_begin('protecting a table', relation::text, cardinality(members));
  FOREACH member IN ARRAY members LOOP
    PERFORM pdauth.guard_relation(member);
    PERFORM pdauth.progress_advance(1);
  END LOOP;
  PERFORM pdauth.progress_end();
END
$function$;
REVOKE ALL ON FUNCTION pdauth.protect(regclass, text, name, text, name, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.protect(regclass, text, name, text, name, text) TO pdauth_policy_admin;
COMMENT ON FUNCTION pdauth.protect(regclass, text, name, text, name, text) IS
  'Protects a table and its partitions and children as a resource: writes its security label, enables and forces row security, adds the guard policy and puts each under the access method pdauth (see pdauth.guard_storage()). A materialized view gets label and access method, a foreign table the label only; they must not be granted to others (55000): they read it by pdauth.create_masked_view(). region_column: column with GB/T 2260 division codes; region: one code for all rows; neither: only licenses for region * apply. subject_column: whom a row is about, not a virtual column (42809). mode: enforce (masked columns are shown masked; so too if NULL), strict (a query that names a column it would see masked is refused, PD206) or observe (everything passes; what would have been refused or masked goes to the server log and is counted). From then on only custodians and licensees read it. A further call writes the label anew: what it leaves out is gone. pdauth_policy_admin only.';

CREATE FUNCTION pdauth.guard_relation(relation regclass) RETURNS void
LANGUAGE C STRICT
AS 'MODULE_PATHNAME', 'pdauth_guard_relation';
REVOKE ALL ON FUNCTION pdauth.guard_relation(regclass) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.guard_relation(regclass) IS
  'Enables and forces row security on one table, adds the guard policy and sets the access method pdauth. Part of pdauth.protect().';

CREATE FUNCTION pdauth.mask(relation regclass, column_name name, mask text, level text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF mask IS NULL AND level IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
      MESSAGE = 'give a mask, a level or both',
      HINT = 'For example: mask => ''FUNCTION pdauth.mask_name(full_name)'', level => ''important''.';
  END IF;
  EXECUTE format('SECURITY LABEL FOR pdauth ON COLUMN %s.%I IS %L', relation, column_name,
                 concat_ws(' ', 'LEVEL ' || level, 'MASKED WITH ' || mask));
END
$function$;
REVOKE ALL ON FUNCTION pdauth.mask(regclass, name, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.mask(regclass, name, text, text) TO pdauth_policy_admin;
COMMENT ON FUNCTION pdauth.mask(regclass, name, text, text) IS
  'Writes the security label of a column of a protected table. mask: FUNCTION f(...) or VALUE expression, NULL for "shown as NULL"; level: general, important or core (GB/T 43697), important if there is a mask and no level. The column is clear only to licenses that include it and reach its level. pdauth_policy_admin only.';
