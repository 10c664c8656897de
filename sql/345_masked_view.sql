-- Masked views: protected relations as views of stable types, for reporting
-- tools; the only way to read materialized views and foreign tables that holds
-- without the library, too.

DO $role$
DECLARE
  existing pg_catalog.pg_roles;
BEGIN
  SELECT r.* INTO existing FROM pg_catalog.pg_roles AS r WHERE r.rolname OPERATOR(pg_catalog.=) 'pdauth_masked_view';
  IF NOT FOUND THEN
    CREATE ROLE pdauth_masked_view NOLOGIN NOINHERIT BYPASSRLS;
  ELSIF existing.rolcanlogin OR existing.rolsuper OR existing.rolcreaterole OR NOT existing.rolbypassrls
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m WHERE m.roleid OPERATOR(pg_catalog.=) existing.oid) THEN
    RAISE EXCEPTION USING
      ERRCODE = 'duplicate_object',
      MESSAGE = 'role "pdauth_masked_view" exists but is not the role without members that pdauth makes',
      HINT = 'Look at what the role is for; then DROP ROLE pdauth_masked_view, or revoke it from its members and ALTER ROLE pdauth_masked_view NOLOGIN NOSUPERUSER NOCREATEROLE BYPASSRLS.';
  END IF;
END
$role$;
COMMENT ON ROLE pdauth_masked_view IS
  'pdauth: owns masked views. Nobody may be a member: it reads the tables underneath past row security, for views that let each reader see what he is licensed to see.';

CREATE FUNCTION pdauth.masked_view_support(request internal) RETURNS internal
LANGUAGE C STRICT
AS 'MODULE_PATHNAME', 'pdauth_masked_view_support';
REVOKE ALL ON FUNCTION pdauth.masked_view_support(internal) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.masked_view_support(internal) IS
  'Planner support of the functions that masked views call: true where the preloaded library has restricted the table underneath.';

CREATE FUNCTION pdauth.masked_view_opens(relation regclass, fingerprint text) RETURNS boolean
LANGUAGE C STABLE STRICT PARALLEL RESTRICTED SUPPORT pdauth.masked_view_support
AS 'MODULE_PATHNAME', 'pdauth_masked_view_opens';
COMMENT ON FUNCTION pdauth.masked_view_opens(regclass, text) IS
  'Part of masked views: whether the reader is let in. Without the preloaded library raises what reading the relation would raise (PD205, PD216), and PD001 if the labels are not those of the fingerprint; with it always true, because the relation itself is restricted. NULL for NULL.';

CREATE FUNCTION pdauth.row_visible(relation regclass, region text) RETURNS boolean
LANGUAGE C STABLE PARALLEL RESTRICTED COST 2 SUPPORT pdauth.masked_view_support
AS 'MODULE_PATHNAME', 'pdauth_row_visible';
COMMENT ON FUNCTION pdauth.row_visible(regclass, text) IS
  'Part of masked views: whether the reader''s licenses let him see a row of that division (NULL or malformed: only if they let him see all). With the preloaded library always true, because the relation itself is restricted.';

CREATE FUNCTION pdauth.column_clear(relation regclass, column_name name, region text) RETURNS boolean
LANGUAGE C STABLE PARALLEL RESTRICTED COST 2 SUPPORT pdauth.masked_view_support
AS 'MODULE_PATHNAME', 'pdauth_column_clear';
COMMENT ON FUNCTION pdauth.column_clear(regclass, name, text) IS
  'Part of masked views: whether the reader''s licenses show that column in clear in a row of that division. With the preloaded library always true, because the relation itself is restricted.';

CREATE FUNCTION pdauth.unchecked(value "any", model anyelement) RETURNS anyelement
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_unchecked';
COMMENT ON FUNCTION pdauth.unchecked("any", anyelement) IS
  'Part of masked views: the mask of a column whose type is a domain, without the domain''s checks. 42501 with the preloaded library, where it is not needed; 42804 where value and model have different base types. NULL stays NULL.';

CREATE FUNCTION pdauth.mask_expression(relation regclass, column_name name) RETURNS text
LANGUAGE C STABLE STRICT
AS 'MODULE_PATHNAME', 'pdauth_mask_expression';
REVOKE ALL ON FUNCTION pdauth.mask_expression(regclass, name) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.mask_expression(regclass, name) IS
  'The mask of a column as SQL over the columns of its table, of the column''s type; NULL of that type where its label names none. NULL if there is no such column.';

CREATE FUNCTION pdauth.policy_fingerprint(relation regclass) RETURNS text
LANGUAGE C STABLE STRICT
AS 'MODULE_PATHNAME', 'pdauth_policy_fingerprint';
REVOKE ALL ON FUNCTION pdauth.policy_fingerprint(regclass) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.policy_fingerprint(regclass) IS
  'A number for the labels, columns and types of a relation, the same after dump and restore. Tells whether a masked view is up to date.';

-- One column of a masked view, as SQL.
CREATE FUNCTION pdauth.masked_column(relation regclass, attribute smallint, region text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  a pg_attribute;
  mask text;
BEGIN
  SELECT t.* INTO STRICT a FROM pg_attribute AS t WHERE t.attrelid = relation AND t.attnum = attribute;
  mask := pdauth.mask_expression(relation, a.attname);
  IF (SELECT t.typtype = 'd' FROM pg_type AS t WHERE t.oid = a.atttypid) THEN
    mask := format('pdauth.unchecked(%s, base.%I)', mask, a.attname);
  END IF;
  RETURN format('CASE WHEN pdauth.column_clear(%L::regclass, %L, %s) THEN base.%I ELSE %s END%s AS %I',
                relation, a.attname, region, a.attname, mask,
                CASE WHEN a.attcollation <> 0 THEN ' COLLATE ' || a.attcollation::pg_catalog.regcollation END, a.attname);
END
$function$;
REVOKE ALL ON FUNCTION pdauth.masked_column(regclass, smallint, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.masked_column(regclass, smallint, text) IS 'Part of pdauth.create_masked_view().';

CREATE FUNCTION pdauth.masked_view_command(relation regclass, parts text[], existing regclass) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  region text := 'NULL::text';
BEGIN
  SELECT format('base.%I::text', l.region_column) INTO region
    FROM pg_seclabel AS s, pdauth.table_label(s.label) AS l
   WHERE s.objoid = relation AND s.objsubid = 0 AND s.provider = 'pdauth' AND s.classoid = 'pg_class'::regclass
     AND l.region_column IS NOT NULL;
  region := coalesce(region, 'NULL::text');
  -- replaced is only what create_masked_view() found to be a masked view
  RETURN format('CREATE%s VIEW %I.%I WITH (security_barrier) AS SELECT %s FROM %s AS base WHERE pdauth.masked_view_opens(%L::regclass, %L) AND pdauth.row_visible(%L::regclass, %s)',
                CASE WHEN existing IS NOT NULL THEN concat_ws(' ', '', 'OR', 'REPLACE') END, parts[1], parts[2],
                (SELECT string_agg(pdauth.masked_column(relation, a.attnum, region), ', ' ORDER BY a.attnum)
                   FROM pg_attribute AS a WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped),
                relation, relation, pdauth.policy_fingerprint(relation), relation, region);
END
$function$;
REVOKE ALL ON FUNCTION pdauth.masked_view_command(regclass, text[], regclass) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.masked_view_command(regclass, text[], regclass) IS 'Part of pdauth.create_masked_view(): the command that creates the view, or replaces an existing one.';

CREATE FUNCTION pdauth.require_masked_view_base(relation regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  mode text;
  policy name;
BEGIN
  SELECT l.mode INTO mode FROM pg_seclabel AS s, pdauth.table_label(s.label) AS l
   WHERE s.objoid = relation AND s.objsubid = 0 AND s.provider = 'pdauth' AND s.classoid = 'pg_class'::regclass;
  IF mode IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
      MESSAGE = format('%s has no pdauth label of its own', relation),
      HINT = 'First: SELECT pdauth.protect(...). Of partitions and children, take the parent.';
  ELSIF mode = 'strict' THEN
    RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
      MESSAGE = format('%s is in strict mode, which shows no masked values', relation),
      HINT = 'Protect it with mode => ''enforce'', or have readers name the columns they are licensed for.';
  END IF;
  SELECT p.polname INTO policy FROM pg_policy AS p
   WHERE p.polrelid = relation AND p.polname NOT IN ('pdauth_guard', 'pdauth_permit') LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
      MESSAGE = format('%s has a row security policy of its own, "%s", which a masked view would pass by', relation, policy),
      HINT = 'Let readers query the table itself, or express the policy by licenses and drop it.';
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.require_masked_view_base(regclass) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.require_masked_view_base(regclass) IS 'Part of pdauth.create_masked_view(): raises if the relation cannot have one.';

CREATE FUNCTION pdauth.require_masked_view_place(parts text[]) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  -- inside a definer function neither current_user nor session_user is who SET ROLE chose
  caller name := coalesce(nullif(current_setting('role'), 'none'), session_user);
BEGIN
  IF cardinality(parts) <> 2 THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
      MESSAGE = 'the name of a masked view needs its schema', HINT = 'For example: reporting.person.';
  END IF;
  IF parts[1] IN ('pdauth', 'pg_catalog', 'information_schema') OR parts[1] LIKE 'pg\_%' OR NOT has_schema_privilege(caller, parts[1], 'CREATE') THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
      MESSAGE = format('permission denied to create a masked view in schema "%s"', parts[1]),
      HINT = format('GRANT CREATE ON SCHEMA %I TO %I, or choose another schema.', parts[1], caller);
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.require_masked_view_place(text[]) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.require_masked_view_place(text[]) IS 'Part of pdauth.create_masked_view(): raises if the caller may not create a view of that name.';

CREATE FUNCTION pdauth.copy_comments(source regclass, target regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  a pg_attribute;
BEGIN
  EXECUTE format('COMMENT ON VIEW %s IS %L', target, obj_description(source, 'pg_class'));
  FOR a IN SELECT t.* FROM pg_attribute AS t WHERE t.attrelid = source AND t.attnum > 0 AND NOT t.attisdropped LOOP
    EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', target, a.attname, col_description(source, a.attnum));
  END LOOP;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.copy_comments(regclass, regclass) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.copy_comments(regclass, regclass) IS 'Part of pdauth.create_masked_view(): the comments of a relation and its columns, on a view of the same columns.';

CREATE FUNCTION pdauth.create_masked_view(
  relation regclass, view_name text, readers name[] DEFAULT NULL, replace boolean DEFAULT false) RETURNS regclass
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  parts text[] := parse_ident(view_name);
  existing regclass;
  command text;
  reader name;
BEGIN
  PERFORM pdauth.require_masked_view_place(parts);
  PERFORM pdauth.require_masked_view_base(relation);
  existing := CASE WHEN replace THEN to_regclass(format('%I.%I', parts[1], parts[2])) END;
  IF (SELECT c.relkind <> 'v' OR c.relowner <> 'pdauth_masked_view'::regrole FROM pg_class AS c WHERE c.oid = existing) THEN
    RAISE EXCEPTION USING ERRCODE = 'duplicate_table',
      MESSAGE = format('%s is not a masked view, and is not replaced', existing), HINT = 'Choose another name.';
  END IF;
  command := pdauth.masked_view_command(relation, parts, existing);
  EXECUTE command;
  existing := to_regclass(format('%I.%I', parts[1], parts[2]));
  EXECUTE format('ALTER VIEW %s OWNER TO pdauth_masked_view', existing);
  EXECUTE format('GRANT SELECT ON %s TO pdauth_masked_view', relation);
  EXECUTE format('GRANT SELECT ON %s TO pdauth_policy_admin WITH GRANT OPTION', existing);
  FOREACH reader IN ARRAY coalesce(readers, '{}') LOOP
    EXECUTE format('GRANT SELECT ON %s TO %I', existing, reader);
  END LOOP;
  PERFORM pdauth.copy_comments(relation, existing);
  RETURN existing;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.create_masked_view(regclass, text, name[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.create_masked_view(regclass, text, name[], boolean) TO pdauth_policy_admin;
COMMENT ON FUNCTION pdauth.create_masked_view(regclass, text, name[], boolean) IS
  'Creates a view (name with schema) of a protected table, materialized view or foreign table in which each reader sees the rows and columns of his own licenses, with the column types and comments of the relation. readers get SELECT on it; pdauth_policy_admin can grant it to more. replace: make it anew after the labels changed, keeping its grants. It works on servers that could not load the library, too. Raises 55000 if the relation has no label of its own, is in strict mode or has row security policies of its own, 42501 without CREATE on the schema. pdauth_policy_admin only.';
