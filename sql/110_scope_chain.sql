-- Chains of scopes: a child's scope stays within its parent's.

CREATE FUNCTION pdauth.scope_within_parent() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'pdauth_scope_within_parent';
COMMENT ON FUNCTION pdauth.scope_within_parent() IS
  'Constraint trigger on the child of a scope chain, made by add_scope_chain(). Refuses with the chain''s rule a scope that exceeds the parent''s or touches its negative list.';

CREATE FUNCTION pdauth.scope_covers_children() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'pdauth_scope_covers_children';
COMMENT ON FUNCTION pdauth.scope_covers_children() IS
  'Constraint trigger on the parent of a scope chain, made by add_scope_chain(). Refuses with the chain''s rule a change that leaves a child outside, or without a parent.';

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
  within_name name;
  covers_name name;
  arguments text;
  parent_collation text;
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
  SELECT left('pdauth_scope_within_' || p.relname || '_' || child_reference, 63),
         left('pdauth_scope_covers_' || c.relname || '_' || child_reference, 63)
    INTO within_name, covers_name FROM pg_class AS c, pg_class AS p WHERE c.oid = child AND p.oid = parent;
  FOR wanted IN
    SELECT * FROM (VALUES (child, child_reference, false), (child, child_scope, true),
                          (parent, parent_key, false), (parent, parent_scope, true),
                          (parent, parent_negative, true)) AS v (relation, attribute, is_scope)
     WHERE attribute IS NOT NULL
  LOOP
    PERFORM FROM pg_attribute AS a
      WHERE a.attrelid = wanted.relation AND a.attname = wanted.attribute AND a.attnum > 0 AND NOT a.attisdropped
        AND (a.atttypid = 'pdauth.license_scope'::regtype OR NOT wanted.is_scope)
        AND a.attgenerated <> 'v'; -- triggers see NULL there (PostgreSQL 18)
    IF NOT FOUND THEN
      RAISE EXCEPTION USING ERRCODE = 'undefined_column',
        MESSAGE = format('table %s has no stored column "%s"%s', wanted.relation, wanted.attribute,
                         CASE WHEN wanted.is_scope THEN ' of type pdauth.license_scope' ELSE '' END);
    END IF;
  END LOOP;
  -- The foreign key keeps what the chain rests on: the parent's key unique, the
  -- parent in place (DROP, TRUNCATE), children with a parent.
  PERFORM FROM pg_constraint AS k
    WHERE k.contype = 'f' AND k.conrelid = child AND k.confrelid = parent AND k.convalidated
      AND to_jsonb(k) ->> 'conenforced' IS DISTINCT FROM 'false' -- PostgreSQL 18
      AND k.conkey = ARRAY(SELECT a.attnum FROM pg_attribute AS a WHERE a.attrelid = child AND a.attname = child_reference)
      AND k.confkey = ARRAY(SELECT a.attnum FROM pg_attribute AS a WHERE a.attrelid = parent AND a.attname = parent_key);
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_foreign_key',
      MESSAGE = format('column "%s" of %s does not refer to column "%s" of %s', child_reference, child, parent_key, parent),
      HINT = format('A scope chain follows a foreign key, so that every child has one parent: ALTER TABLE %s ADD FOREIGN KEY (%I) REFERENCES %s (%I).',
                    child, child_reference, parent, parent_key);
  END IF;
  PERFORM FROM pg_trigger AS t WHERE t.tgname IN (within_name, covers_name) AND t.tgrelid IN (child, parent);
  IF FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
      MESSAGE = format('column "%s" of %s is part of a scope chain to %s already', child_reference, child, parent),
      HINT = format('To make it anew, drop the triggers %I and %I first.', within_name, covers_name);
  END IF;

  -- Nothing may slip in between the check of what is there and the triggers.
  EXECUTE format('LOCK TABLE %s, %s IN SHARE ROW EXCLUSIVE MODE', child, parent);
  arguments := concat_ws(', ', quote_literal(child_reference), quote_literal(child_scope), quote_literal(parent_key),
                         quote_literal(parent_scope), quote_literal(rule), quote_literal(parent_negative));
  -- The conditions are true of every row that is to be checked.  What they name
  -- the triggers depend on: ALTER COLUMN ... TYPE, which fires none, is refused.
  -- lint:allow concatenated-sql: arguments are literals
  EXECUTE format(
    'CREATE CONSTRAINT TRIGGER %I AFTER INSERT OR UPDATE ON %s FROM %s DEFERRABLE FOR EACH ROW
       WHEN (NEW.%I IS NOT NULL AND NEW.%I IS NOT NULL) EXECUTE FUNCTION pdauth.scope_within_parent(%s)',
    within_name, child, parent, child_reference, child_scope, arguments);
  -- lint:allow concatenated-sql: arguments are literals
  EXECUTE format(
    'CREATE CONSTRAINT TRIGGER %I AFTER UPDATE OR DELETE ON %s FROM %s DEFERRABLE FOR EACH ROW
       WHEN (OLD.%I IS NOT NULL OR OLD.%I IS NULL OR OLD.%I IS NULL) EXECUTE FUNCTION pdauth.scope_covers_children(%s)',
    covers_name, parent, child, parent_key, parent_scope, coalesce(parent_negative, parent_scope), arguments);
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', child, within_name);
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', parent, covers_name);

  SELECT coalesce((SELECT format(' COLLATE %I.%I', n.nspname, l.collname) FROM pg_attribute AS a
                     JOIN pg_collation AS l ON l.oid = a.attcollation JOIN pg_namespace AS n ON n.oid = l.collnamespace
                    WHERE a.attrelid = parent AND a.attname = parent_key), '')
    INTO parent_collation;
  -- lint:allow concatenated-sql: a regclass and format() quote themselves
  EXECUTE format(
    'SELECT count(*) FROM %1$s AS c LEFT JOIN ONLY %2$s AS p ON p.%3$I = c.%4$I%9$s
      WHERE c.%4$I IS NOT NULL AND c.%5$I IS NOT NULL
        AND (NOT coalesce(p.%6$I OPERATOR(pdauth.@>) c.%5$I, false)
             OR %7$L::boolean AND coalesce(p.%8$I OPERATOR(pdauth.&&) c.%5$I, false))',
    child, parent, parent_key, child_reference, child_scope, parent_scope,
    parent_negative IS NOT NULL, coalesce(parent_negative, parent_scope), parent_collation)
  INTO outside;
  IF outside > 0 THEN
    RAISE EXCEPTION USING ERRCODE = 'check_violation',
      MESSAGE = format('%s rows of %s lie outside their parents in %s', outside, child, parent),
      HINT = 'Find them with NOT parent.scope @> child.scope and correct them first.';
  END IF;
END
$function$;

COMMENT ON FUNCTION pdauth.add_scope_chain(regclass, name, name, regclass, name, name, text, name) IS
  'Keeps child_scope of every row of child within parent_scope of the row of parent that child_reference names, whatever sessions do at the same time and also under session_replication_role = replica. Both are plain tables, and a foreign key leads from child_reference to parent_key (42830 if not); tables that inherit from them are not checked when written, but their rows below hold the parent. rule is the id that refusals cite: R-11-12, R-13-15, R-20-6 or R-22-4. parent_negative names a scope of the parent that no child may touch. Call as owner of both tables; rows already outside: 23514. To undo, drop the triggers pdauth_scope_within_... and pdauth_scope_covers_....';
REVOKE EXECUTE ON FUNCTION pdauth.add_scope_chain(regclass, name, name, regclass, name, name, text, name) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.add_scope_chain(regclass, name, name, regclass, name, name, text, name) TO pdauth_policy_admin;
