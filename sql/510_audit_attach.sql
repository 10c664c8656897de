-- Attaching the audit triggers, now and to partitions made later.

CREATE FUNCTION pdauth.audit_attach(relation regclass) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  kind record;
  attached boolean := false;
BEGIN
  -- A partition audited earlier has a row trigger of its own, where its parent's
  -- clone must go; the log goes on without a gap, since all is one transaction.
  IF (SELECT c.relkind = 'p' FROM pg_class AS c WHERE c.oid = relation) THEN
    FOR kind IN SELECT t.member FROM pdauth.audit_tree(relation) AS t
                  JOIN pg_trigger AS g ON g.tgrelid = t.member AND g.tgparentid = 0
                   AND g.tgfoid = 'pdauth.audit_row()'::regprocedure
                 WHERE t.member <> relation
                   AND NOT EXISTS (SELECT FROM pg_trigger AS own WHERE own.tgrelid = relation
                                      AND own.tgfoid = 'pdauth.audit_row()'::regprocedure) LOOP
      EXECUTE format('DROP TRIGGER pdauth_audit_row ON %s', kind.member);
    END LOOP;
  END IF;
  -- Core clones the row trigger of a partitioned table to its partitions.  Both
  -- come before the first ALTER TABLE, which fires our own event trigger.
  FOR kind IN SELECT * FROM (VALUES
      ('pdauth_audit_row', 'INSERT OR UPDATE OR DELETE', 'ROW', 'pdauth.audit_row()'),
      ('pdauth_audit_truncate', 'TRUNCATE', 'STATEMENT', 'pdauth.audit_truncate()')) AS k(name, event, level, function)
  LOOP
    IF NOT EXISTS (SELECT FROM pg_trigger AS t
                    WHERE t.tgrelid = relation AND t.tgfoid = kind.function::regprocedure) THEN
      -- lint:allow concatenated-sql: event, level and function are those listed above
      EXECUTE format('CREATE TRIGGER %I AFTER %s ON %s FOR EACH %s EXECUTE FUNCTION %s',
                     kind.name, kind.event, relation, kind.level, kind.function);
      attached := true;
    END IF;
  END LOOP;
  IF attached THEN
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER pdauth_audit_row, ENABLE ALWAYS TRIGGER pdauth_audit_truncate', relation);
  END IF;
  RETURN attached;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.audit_attach(regclass) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.audit_attach(regclass) IS
  'Makes sure that one table has its audit triggers; true if it had not all of them. Part of pdauth.audit().';

CREATE FUNCTION pdauth.audit_tree(relation regclass) RETURNS TABLE (member regclass, is_leaf boolean)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  WITH RECURSIVE tree(member, depth) AS (
    SELECT relation::oid, 0
    UNION SELECT i.inhrelid, tree.depth + 1 FROM pg_catalog.pg_inherits AS i JOIN tree ON i.inhparent = tree.member)
  SELECT tree.member::regclass, c.relkind = 'r'
    FROM tree JOIN pg_catalog.pg_class AS c ON c.oid = tree.member
   WHERE c.relkind IN ('r', 'p')
   ORDER BY tree.depth, tree.member;
END;
COMMENT ON FUNCTION pdauth.audit_tree(regclass) IS
  'A table with its partitions and children of every level, parents first; is_leaf tells which of them hold rows.';

CREATE FUNCTION pdauth.audit(relation regclass, baseline boolean DEFAULT true) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  part record;
  baseline_rows bigint := 0;
BEGIN
  IF (SELECT c.relkind NOT IN ('r', 'p') OR c.relpersistence <> 'p' FROM pg_class AS c WHERE c.oid = relation) THEN
    RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
      MESSAGE = format('%s is not a permanent table', relation),
      HINT = 'Audit the tables underneath a view; temporary and unlogged tables do not survive to be evidence.';
  END IF;
  IF (SELECT c.relnamespace = 'pdauth'::regnamespace AND c.relname LIKE 'audit\_%' FROM pg_class AS c WHERE c.oid = relation) THEN
    RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
      MESSAGE = 'the audit log cannot audit itself',
      HINT = 'pdauth.verify() guards it.';
  END IF;
  FOR part IN SELECT t.* FROM pdauth.audit_tree(relation) AS t LOOP
    IF pdauth.audit_attach(part.member) THEN
      PERFORM pdauth.audit_note(part.member, 'A', CASE WHEN baseline THEN 'with baseline' ELSE 'without baseline' END);
      IF baseline AND part.is_leaf THEN
        baseline_rows := baseline_rows + pdauth.audit_baseline_rows(part.member);
      END IF;
    END IF;
  END LOOP;
  RETURN baseline_rows;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.audit(regclass, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.audit(regclass, boolean) TO pdauth_policy_admin;
COMMENT ON FUNCTION pdauth.audit(regclass, boolean) IS
  'Records every later change of a table and of its partitions and children, present and future. baseline: also record the rows it holds now (writers wait meanwhile), so that pdauth.verify_relation() can vouch for them; returns their number. Harmless if the table is audited already. pdauth_policy_admin only.';

CREATE FUNCTION pdauth.unaudit(relation regclass, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  part record;
  own name;
BEGIN
  IF coalesce(btrim(reason), '') = '' THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
      MESSAGE = 'ending an audit needs a reason',
      HINT = 'It becomes the last entry about the table, for example: pdauth.unaudit(''app.person'', ''moved to the archive, decision 2026-17'').';
  END IF;
  FOR part IN SELECT t.* FROM pdauth.audit_tree(relation) AS t LOOP
    PERFORM pdauth.audit_note(part.member, 'Z', reason);
  END LOOP;
  FOR part IN SELECT t.* FROM pdauth.audit_tree(relation) AS t LOOP
    -- a clone goes with its parent's trigger
    FOR own IN SELECT t.tgname FROM pg_trigger AS t
                WHERE t.tgrelid = part.member AND t.tgparentid = 0
                  AND t.tgfoid IN ('pdauth.audit_row()'::regprocedure, 'pdauth.audit_truncate()'::regprocedure) LOOP
      -- lint:allow concatenated-sql: a regclass quotes itself
      EXECUTE format('DROP TRIGGER %I ON %s', own, part.member);
    END LOOP;
  END LOOP;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.unaudit(regclass, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.unaudit(regclass, text) TO pdauth_policy_admin;
COMMENT ON FUNCTION pdauth.unaudit(regclass, text) IS
  'Ends the audit of a table and of its partitions and children. That it ended, when, by whom and why is itself the last entry; what was recorded stays. pdauth_policy_admin only.';

-- Partitions and children made or attached later.
CREATE FUNCTION pdauth.audit_extend() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  member record;
BEGIN
  FOR member IN
    SELECT DISTINCT t.member, t.is_leaf
      FROM pg_event_trigger_ddl_commands() AS d
      CROSS JOIN LATERAL pdauth.audit_tree(d.objid) AS t
     WHERE d.classid = 'pg_class'::regclass
       AND EXISTS (SELECT FROM pg_inherits AS i JOIN pg_trigger AS g ON g.tgrelid = i.inhparent
                    WHERE i.inhrelid = t.member AND g.tgfoid = 'pdauth.audit_row()'::regprocedure)
  LOOP
    IF pdauth.audit_attach(member.member) THEN
      PERFORM pdauth.audit_note(member.member, 'A', 'with baseline');
      IF member.is_leaf THEN
        PERFORM pdauth.audit_baseline_rows(member.member);
      END IF;
    END IF;
  END LOOP;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.audit_extend() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.audit_extend() IS
  'Called by the event trigger: extends the audit of a table to partitions and children created or attached later, with a baseline of the rows they bring.';

CREATE FUNCTION pdauth.audit_new_members() RETURNS event_trigger
LANGUAGE C SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'pdauth_audit_new_members';
REVOKE ALL ON FUNCTION pdauth.audit_new_members() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.audit_new_members() IS
  'Event trigger: calls pdauth.audit_extend() after commands that can add a partition or child, and after no others, so that a restore can make its triggers itself.';
CREATE EVENT TRIGGER pdauth_audit_new_members ON ddl_command_end
  WHEN TAG IN ('CREATE SCHEMA', 'CREATE TABLE', 'ALTER TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'IMPORT FOREIGN SCHEMA')
  EXECUTE FUNCTION pdauth.audit_new_members();
ALTER EVENT TRIGGER pdauth_audit_new_members ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER pdauth_audit_new_members IS 'pdauth: partitions and children of audited tables are audited too.';
