-- Chains of scopes: a child's scope stays within its parent's.

CREATE FUNCTION pdauth.scope_within_parent() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'pdauth_scope_within_parent';
COMMENT ON FUNCTION pdauth.scope_within_parent() IS
  'Constraint trigger on the child of a scope chain, made by add_scope_chain(). Refuses with the chain''s rule a scope that exceeds the parent''s or touches its negative list.';

CREATE FUNCTION pdauth.scope_covers_children() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'pdauth_scope_covers_children';
COMMENT ON FUNCTION pdauth.scope_covers_children() IS
  'Constraint trigger on the parent of a scope chain, made by add_scope_chain(). Refuses with the chain''s rule a change that leaves a child outside, or without a parent.';

-- TRUNCATE fires no constraint trigger.  After it, so that emptying parent and
-- children in one command works; which children there are is asked of the catalogue.
CREATE FUNCTION pdauth.scope_parent_truncated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET row_security = off -- rows that a policy hides are children, too
AS $function$
DECLARE
  link record;
  has_children boolean;
BEGIN
  FOR link IN
    SELECT t.tgrelid::regclass AS child,
           convert_from(substring(t.tgargs FROM 1 FOR position('\x00'::bytea IN t.tgargs) - 1), getdatabaseencoding()) AS reference
      FROM pg_trigger AS t
     WHERE t.tgconstrrelid = TG_RELID AND t.tgfoid = 'pdauth.scope_within_parent()'::regprocedure
  LOOP
    -- lint:allow concatenated-sql: a regclass quotes itself
    EXECUTE format('SELECT EXISTS (SELECT FROM %s AS c WHERE c.%I IS NOT NULL)', link.child, link.reference) INTO has_children;
    IF has_children THEN
      RAISE EXCEPTION USING ERRCODE = 'PD285',
        MESSAGE = format('%s cannot be emptied: rows of %s have their scopes within it', TG_RELID::regclass, link.child),
        DETAIL = 'Rule R-28-5: Article 28, no use beyond the authorised scope (第二十八条 不得超授权范围使用).',
        HINT = format('End or empty the rows of %s first, or truncate both in one command.', link.child);
    END IF;
  END LOOP;
  RETURN NULL;
END
$function$;
COMMENT ON FUNCTION pdauth.scope_parent_truncated() IS
  'Trigger on the parent of a scope chain, made by add_scope_chain(). Refuses TRUNCATE while a child still has a parent (PD285, R-28-5).';
REVOKE EXECUTE ON FUNCTION pdauth.scope_parent_truncated() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.scope_parent_truncated() TO pdauth_policy_admin;

-- The checks read the other table as its owner: only who may already decide
-- about scopes gets to tie tables together.
REVOKE EXECUTE ON FUNCTION pdauth.scope_within_parent(), pdauth.scope_covers_children() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.scope_within_parent(), pdauth.scope_covers_children() TO pdauth_policy_admin;

CREATE FUNCTION pdauth.add_scope_chain(
  child regclass, child_reference name, child_scope name,
  parent regclass, parent_key name, parent_scope name,
  rule text, parent_negative name DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET row_security = off -- rows that a policy hides must lie within, too
AS $function$
DECLARE
  within_name name := left('pdauth_scope_within_' || child_reference, 63);
  covers_name name;
  wanted record;
  outside bigint;
  partitioned regclass;
BEGIN
  IF rule NOT IN ('R-11-12', 'R-13-15', 'R-20-6', 'R-22-4') THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
      MESSAGE = format('rule %s is not about scopes within scopes', rule),
      HINT = 'Give R-11-12, R-13-15, R-20-6 or R-22-4.';
  END IF;
  -- Emptying or detaching a partition fires no trigger of the whole, and
  -- attaching one brings rows that met none.
  SELECT c.oid::regclass INTO partitioned FROM pg_class AS c WHERE c.oid IN (child, parent) AND c.relkind = 'p' LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
      MESSAGE = format('%s is partitioned and cannot be part of a scope chain', partitioned),
      HINT = 'Keep instruments and their scopes in plain tables.';
  END IF;
  SELECT left('pdauth_scope_covers_' || c.relname || '_' || child_reference, 63) INTO covers_name FROM pg_class AS c WHERE c.oid = child;
  FOR wanted IN
    SELECT * FROM (VALUES (child, child_reference, false), (child, child_scope, true),
                          (parent, parent_key, false), (parent, parent_scope, true),
                          (parent, parent_negative, true)) AS v (relation, attribute, is_scope)
     WHERE attribute IS NOT NULL
  LOOP
    PERFORM FROM pg_attribute AS a
      WHERE a.attrelid = wanted.relation AND a.attname = wanted.attribute AND a.attnum > 0 AND NOT a.attisdropped
        AND (a.atttypid = 'pdauth.license_scope'::regtype OR NOT wanted.is_scope);
    IF NOT FOUND THEN
      RAISE EXCEPTION USING ERRCODE = 'undefined_column',
        MESSAGE = format('table %s has no column "%s"%s', wanted.relation, wanted.attribute,
                         CASE WHEN wanted.is_scope THEN ' of type pdauth.license_scope' ELSE '' END);
    END IF;
  END LOOP;
  PERFORM FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    WHERE i.indrelid = parent AND i.indisunique AND i.indimmediate AND i.indpred IS NULL AND i.indnkeyatts = 1 AND a.attname = parent_key;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_foreign_key',
      MESSAGE = format('column "%s" of %s is not unique', parent_key, parent),
      HINT = 'A scope chain needs a primary key or unique constraint on the parent key, so that a child has one parent.';
  END IF;

  -- Nothing may slip in between the check of what is there and the triggers.
  EXECUTE format('LOCK TABLE %s, %s IN SHARE ROW EXCLUSIVE MODE', child, parent);
  IF parent_negative IS NULL THEN
    EXECUTE format(
      'CREATE CONSTRAINT TRIGGER %I AFTER INSERT OR UPDATE ON %s FROM %s DEFERRABLE FOR EACH ROW EXECUTE FUNCTION pdauth.scope_within_parent(%L, %L, %L, %L, %L)',
      within_name, child, parent, child_reference, child_scope, parent_key, parent_scope, rule);
    EXECUTE format(
      'CREATE CONSTRAINT TRIGGER %I AFTER UPDATE OR DELETE ON %s FROM %s DEFERRABLE FOR EACH ROW EXECUTE FUNCTION pdauth.scope_covers_children(%L, %L, %L, %L, %L)',
      covers_name, parent, child, child_reference, child_scope, parent_key, parent_scope, rule);
  ELSE
    EXECUTE format(
      'CREATE CONSTRAINT TRIGGER %I AFTER INSERT OR UPDATE ON %s FROM %s DEFERRABLE FOR EACH ROW EXECUTE FUNCTION pdauth.scope_within_parent(%L, %L, %L, %L, %L, %L)',
      within_name, child, parent, child_reference, child_scope, parent_key, parent_scope, rule, parent_negative);
    EXECUTE format(
      'CREATE CONSTRAINT TRIGGER %I AFTER UPDATE OR DELETE ON %s FROM %s DEFERRABLE FOR EACH ROW EXECUTE FUNCTION pdauth.scope_covers_children(%L, %L, %L, %L, %L, %L)',
      covers_name, parent, child, child_reference, child_scope, parent_key, parent_scope, rule, parent_negative);
  END IF;
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', child, within_name);
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', parent, covers_name);
  PERFORM FROM pg_trigger AS t WHERE t.tgrelid = parent AND t.tgfoid = 'pdauth.scope_parent_truncated()'::regprocedure;
  IF NOT FOUND THEN
    EXECUTE format('CREATE TRIGGER pdauth_scope_parent_truncated AFTER TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION pdauth.scope_parent_truncated()', parent);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER pdauth_scope_parent_truncated', parent);
  END IF;

  EXECUTE format(
    'SELECT count(*) FROM %1$s AS c LEFT JOIN ONLY %2$s AS p ON p.%3$I = c.%4$I
      WHERE c.%4$I IS NOT NULL AND c.%5$I IS NOT NULL
        AND (NOT coalesce(p.%6$I OPERATOR(pdauth.@>) c.%5$I, false)
             OR %7$L::boolean AND coalesce(p.%8$I OPERATOR(pdauth.&&) c.%5$I, false))',
    child, parent, parent_key, child_reference, child_scope, parent_scope,
    parent_negative IS NOT NULL, coalesce(parent_negative, parent_scope))
  INTO outside;
  IF outside > 0 THEN
    RAISE EXCEPTION USING ERRCODE = 'check_violation',
      MESSAGE = format('%s rows of %s lie outside their parents in %s', outside, child, parent),
      HINT = 'Find them with NOT parent.scope @> child.scope and correct them first.';
  END IF;
END
$function$;

COMMENT ON FUNCTION pdauth.add_scope_chain(regclass, name, name, regclass, name, name, text, name) IS
  'Keeps child_scope of every row of child within parent_scope of the row of parent that child_reference names, whatever sessions do at the same time and also under session_replication_role = replica. Both are plain tables and parent_key is unique; tables that inherit from them are not checked when written, but their rows below hold the parent. rule is the id that refusals cite: R-11-12, R-13-15, R-20-6 or R-22-4. parent_negative names a scope of the parent that no child may touch. Call as owner of both tables; rows already outside: 23514. To undo, drop the triggers pdauth_scope_within_..., pdauth_scope_covers_... and pdauth_scope_parent_truncated.';
REVOKE EXECUTE ON FUNCTION pdauth.add_scope_chain(regclass, name, name, regclass, name, name, text, name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.add_scope_chain(regclass, name, name, regclass, name, name, text, name) TO pdauth_policy_admin;
