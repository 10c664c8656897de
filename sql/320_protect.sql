-- Protecting relations and masking columns: convenience over SECURITY LABEL.

CREATE FUNCTION pdauth.protect(
  relation regclass, resource text, region_column name DEFAULT NULL,
  region text DEFAULT NULL, subject_column name DEFAULT NULL, mode text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  label text;
  member regclass;
BEGIN
  IF region_column IS NOT NULL AND region IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
      MESSAGE = 'give region_column or region, not both',
      HINT = 'region_column names the column of division codes; region is one code for the whole table.';
  END IF;
  IF (SELECT c.relkind NOT IN ('r', 'p') FROM pg_class AS c WHERE c.oid = relation) THEN
    RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
      MESSAGE = format('%s is not a table', relation),
      HINT = 'Protect the tables underneath: views over them are covered.';
  END IF;
  label := concat_ws(' ', 'RESOURCE ' || pdauth.resource_path(resource),
                     'REGION COLUMN ' || quote_ident(region_column), 'REGION ' || region,
                     'SUBJECT COLUMN ' || quote_ident(subject_column), 'MODE ' || mode);
  EXECUTE format('SECURITY LABEL FOR pdauth ON TABLE %s IS %L', relation, label);
  FOR member IN
    WITH RECURSIVE tree(oid) AS (
      SELECT relation::oid
      UNION SELECT i.inhrelid FROM pg_inherits AS i JOIN tree ON i.inhparent = tree.oid)
    SELECT c.oid FROM tree JOIN pg_class AS c USING (oid) WHERE c.relkind IN ('r', 'p')
  LOOP
    PERFORM pdauth.guard_relation(member);
  END LOOP;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.protect(regclass, text, name, text, name, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.protect(regclass, text, name, text, name, text) TO pdauth_policy_admin;
COMMENT ON FUNCTION pdauth.protect(regclass, text, name, text, name, text) IS
  'Protects a table and its partitions and children as a resource: writes its security label, enables and forces row security and adds the guard policy. region_column: column with GB/T 2260 division codes; region: one code for all rows; neither: only licenses for region * apply. subject_column: whom a row is about. mode: enforce (masked columns are shown masked; so too if NULL), strict (a query that names a column it would see masked is refused, PD206) or observe (everything passes; what would have been refused or masked goes to the server log and is counted). From then on only custodians and licensees read it. pdauth_policy_admin only.';

CREATE FUNCTION pdauth.guard_relation(relation regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  -- One that is there already may be the owner's, with our name and a harmless condition.
  IF EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = relation AND p.polname = 'pdauth_guard') THEN
    EXECUTE format('DROP POLICY pdauth_guard ON %s', relation);
  END IF;
  -- Without a permissive policy core shows no row at all; where the application
  -- has policies of its own, theirs stay the permissive ones.
  IF NOT EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = relation AND p.polpermissive)
     AND NOT (SELECT c.relrowsecurity FROM pg_class AS c WHERE c.oid = relation) THEN
    EXECUTE format('CREATE POLICY pdauth_permit ON %s AS PERMISSIVE USING (true)', relation);
  END IF;
  EXECUTE format('CREATE POLICY pdauth_guard ON %s AS RESTRICTIVE USING (pdauth.guard())', relation);
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', relation);
END
$function$;
REVOKE ALL ON FUNCTION pdauth.guard_relation(regclass) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.guard_relation(regclass) IS
  'Enables and forces row security on one table and adds the guard policy. Part of pdauth.protect().';

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
