-- Attaching the audit triggers, now and to partitions made later.

CREATE FUNCTION pdauth.audit_drop_triggers(relation regclass, row_only boolean, operation pg_catalog."char", note text) RETURNS void
LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'pdauth_audit_drop_triggers';
REVOKE ALL ON FUNCTION pdauth.audit_drop_triggers(regclass, boolean, pg_catalog."char", text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.audit_drop_triggers(regclass, boolean, pg_catalog."char", text) IS
  'Writes an entry with a note and drops the audit triggers of one table (row_only: not that of TRUNCATE), which is refused otherwise. Part of pdauth.unaudit().';

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
      PERFORM pdauth.audit_drop_triggers(kind.member, true, 'C', 'the trigger of its parent goes on');
    END LOOP;
  END IF;
  -- Core clones the row trigger of a partitioned table to its partitions, under
  -- its name: one of the table's own, so that it finds room beside theirs.  Both
  -- come before the first ALTER TABLE, which fires our own event trigger.
  FOR kind IN SELECT * FROM (VALUES
      (format('pdauth_audit_row_%s', relation::oid), 'INSERT OR UPDATE OR DELETE', 'ROW', 'pdauth.audit_row()'),
      (format('pdauth_audit_truncate_%s', relation::oid), 'TRUNCATE', 'STATEMENT', 'pdauth.audit_truncate()')) AS k(name, event, level, function)
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
    EXECUTE (SELECT format('ALTER TABLE %s %s', relation, string_agg(format('ENABLE ALWAYS TRIGGER %I', t.tgname), ', '))
               FROM pg_trigger AS t WHERE t.tgrelid = relation
                AND t.tgfoid IN ('pdauth.audit_row()'::regprocedure, 'pdauth.audit_truncate()'::regprocedure));
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
  PERFORM pdauth.progress_begin('auditing a table', relation::text, (SELECT count(*) FROM pdauth.audit_tree(relation)));
  FOR part IN SELECT t.* FROM pdauth.audit_tree(relation) AS t LOOP
    IF pdauth.audit_attach(part.member) THEN
      PERFORM pdauth.audit_note(part.member, 'A', CASE WHEN baseline THEN 'with baseline' ELSE 'without baseline' END);
      IF baseline AND part.is_leaf THEN
        baseline_rows := baseline_rows + pdauth.audit_baseline_rows(part.member);
      END IF;
    END IF;
    PERFORM pdauth.progress_advance(1);
  END LOOP;
  PERFORM pdauth.progress_end();
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
BEGIN
  IF coalesce(btrim(reason), '') = '' THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
      MESSAGE = 'ending an audit needs a reason',
      HINT = 'It becomes the last entry about the table, for example: pdauth.unaudit(''app.person'', ''moved to the archive, decision 2026-17'').';
  END IF;
  FOR part IN SELECT t.* FROM pdauth.audit_tree(relation) AS t LOOP
    -- a clone goes with its parent's trigger
    PERFORM pdauth.audit_drop_triggers(part.member, false, 'Z', reason);
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
    -- audited before it was attached: its own trigger and its parent's would both write
    IF (SELECT count(*) > 1 FROM pg_trigger AS t WHERE t.tgrelid = member.member AND t.tgfoid = 'pdauth.audit_row()'::regprocedure) THEN
      PERFORM pdauth.audit_drop_triggers(member.member, true, 'C', 'the trigger of its parent goes on');
    END IF;
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

CREATE FUNCTION pdauth.audit_definition() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  changed record;
BEGIN
  FOR changed IN
    SELECT DISTINCT d.command_tag, c.oid::regclass AS relation
      FROM pg_event_trigger_ddl_commands() AS d
      LEFT JOIN pg_trigger AS t ON d.classid = 'pg_trigger'::regclass AND t.oid = d.objid
      LEFT JOIN pg_rewrite AS r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
      LEFT JOIN pg_policy AS p ON d.classid = 'pg_policy'::regclass AND p.oid = d.objid
      JOIN pg_class AS c ON c.oid = coalesce(t.tgrelid, r.ev_class, p.polrelid, d.objid)
     WHERE d.classid IN ('pg_class'::regclass, 'pg_trigger'::regclass, 'pg_rewrite'::regclass, 'pg_policy'::regclass)
       AND EXISTS (SELECT FROM pg_trigger AS g WHERE g.tgrelid = c.oid AND g.tgfoid = 'pdauth.audit_row()'::regprocedure)
  LOOP
    PERFORM pdauth.audit_note(changed.relation, 'C', left(current_query(), 10000));
  END LOOP;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.audit_definition() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.audit_definition() IS
  'Called by the event trigger: records commands that change an audited table, or its triggers, rules and policies, with their text.';

CREATE FUNCTION pdauth.audit_rewritten(relation regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF EXISTS (SELECT FROM pg_trigger AS g WHERE g.tgrelid = relation AND g.tgfoid = 'pdauth.audit_row()'::regprocedure) THEN
    PERFORM pdauth.audit_note(relation, 'A', 'with baseline');
    PERFORM pdauth.audit_baseline_rows(relation);
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.audit_rewritten(regclass) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.audit_rewritten(regclass) IS
  'Called by the event trigger: a rewritten audited table begins anew with a baseline, since its rows changed without a trigger.';

CREATE FUNCTION pdauth.audit_type_changed() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  changed regclass;
BEGIN
  FOR changed IN
    -- the type, and what is made of it: arrays, domains, ranges, composites
    WITH RECURSIVE changed(type) AS (
      SELECT CASE WHEN d.classid = 'pg_class'::regclass THEN (SELECT c.reltype FROM pg_class AS c WHERE c.oid = d.objid) ELSE d.objid END
        FROM pg_event_trigger_ddl_commands() AS d WHERE d.classid IN ('pg_type'::regclass, 'pg_class'::regclass)
      UNION
      SELECT o.type
        FROM changed AS c
        JOIN (SELECT t.typelem, t.oid FROM pg_type AS t WHERE t.typelem <> 0
              UNION ALL SELECT t.typbasetype, t.oid FROM pg_type AS t WHERE t.typbasetype <> 0
              UNION ALL SELECT r.rngsubtype, r.rngtypid FROM pg_range AS r
              UNION ALL SELECT r.rngtypid, r.rngmultitypid FROM pg_range AS r
              UNION ALL SELECT a.atttypid, k.reltype FROM pg_attribute AS a JOIN pg_class AS k ON k.oid = a.attrelid
                         WHERE NOT a.attisdropped AND k.reltype <> 0) AS o(part, type) ON o.part = c.type)
    SELECT DISTINCT a.attrelid::regclass
      FROM changed AS c JOIN pg_attribute AS a ON a.atttypid = c.type AND NOT a.attisdropped
      JOIN pg_class AS r ON r.oid = a.attrelid AND r.relkind = 'r'
  LOOP
    IF EXISTS (SELECT FROM pg_trigger AS g WHERE g.tgrelid = changed AND g.tgfoid = 'pdauth.audit_row()'::regprocedure) THEN
      PERFORM pdauth.audit_note(changed, 'C', left(current_query(), 10000));
      PERFORM pdauth.audit_rewritten(changed);
    END IF;
  END LOOP;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.audit_type_changed() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.audit_type_changed() IS
  'Called by the event trigger: after ALTER TYPE that renames a value of an enum or changes a composite, audited tables with such columns begin anew with a baseline, since their rows read otherwise without having changed.';

CREATE FUNCTION pdauth.audit_resumed() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  here constant bigint := pdauth.audit_epoch();
  member regclass;
BEGIN
  IF here = ALL (SELECT v.epoch FROM (VALUES ((SELECT min(e.epoch) FROM pdauth.audit_entry AS e)), ((SELECT max(e.epoch) FROM pdauth.audit_entry AS e)),
                                             ((SELECT min(s.epoch) FROM pdauth.audit_segment AS s)), ((SELECT max(s.epoch) FROM pdauth.audit_segment AS s))) AS v(epoch)
                  WHERE v.epoch IS NOT NULL) THEN
    RETURN;
  END IF;
  FOR member IN
    SELECT DISTINCT t.member
      FROM pg_event_trigger_ddl_commands() AS d JOIN pg_trigger AS g ON d.classid = 'pg_trigger'::regclass AND g.oid = d.objid
     CROSS JOIN LATERAL pdauth.audit_tree(g.tgrelid) AS t
     WHERE NOT EXISTS (SELECT FROM pdauth.audit_entry AS e WHERE e.epoch = here AND e.relation = t.member)
  LOOP
    PERFORM pdauth.audit_note(member, 'C', 'the audit goes on in another database');
  END LOOP;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.audit_resumed() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.audit_resumed() IS
  'Called by the event trigger: in a log that came from another database, records by which name a table was restored, so that its history is found whatever it is called later.';

CREATE FUNCTION pdauth.audit_detached() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  detached regclass;
BEGIN
  -- detaching took the clone of the parent's row trigger and left that of TRUNCATE
  FOR detached IN
    SELECT t.tgrelid::regclass FROM pg_trigger AS t
     WHERE t.tgfoid = 'pdauth.audit_truncate()'::regprocedure
       AND NOT EXISTS (SELECT FROM pg_trigger AS g WHERE g.tgrelid = t.tgrelid AND g.tgfoid = 'pdauth.audit_row()'::regprocedure)
     ORDER BY pg_partition_root(t.tgrelid) IS DISTINCT FROM t.tgrelid
  LOOP
    IF pdauth.audit_attach(detached) THEN
      PERFORM pdauth.audit_note(detached, 'C', left(current_query(), 10000));
    END IF;
  END LOOP;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.audit_detached() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.audit_detached() IS
  'Called by the event trigger: a partition detached from an audited table stays audited.';

CREATE FUNCTION pdauth.audit_dropped() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  gone record;
BEGIN
  FOR gone IN
    SELECT t.objid, t.object_identity
      FROM pg_event_trigger_dropped_objects() AS t
     WHERE t.object_type = 'table' AND NOT t.is_temporary AND EXISTS (
       SELECT FROM pg_event_trigger_dropped_objects() AS g
        WHERE g.object_type = 'trigger' AND g.address_names[1:2] = t.address_names
          AND g.object_name IS NOT DISTINCT FROM NULL AND g.address_names[3] LIKE 'pdauth\_audit\_%')
  LOOP
    PERFORM pdauth.audit_gone(gone.objid, gone.object_identity, left(current_query(), 10000));
  END LOOP;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.audit_dropped() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.audit_dropped() IS 'Event trigger: records that an audited table was dropped, with the text of the command.';
CREATE FUNCTION pdauth.audit_gone(relation oid, relation_name text, note text) RETURNS void
LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'pdauth_audit_gone';
REVOKE ALL ON FUNCTION pdauth.audit_gone(oid, text, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.audit_gone(oid, text, text) IS 'Writes the entry that ends the audit of a dropped table. Part of pdauth.audit_dropped().';
CREATE EVENT TRIGGER pdauth_audit_dropped ON sql_drop EXECUTE FUNCTION pdauth.audit_dropped();
ALTER EVENT TRIGGER pdauth_audit_dropped ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER pdauth_audit_dropped IS 'pdauth: dropping an audited table is recorded.';

CREATE FUNCTION pdauth.audit_rewrite() RETURNS event_trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'pdauth_audit_rewrite';
REVOKE ALL ON FUNCTION pdauth.audit_rewrite() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.audit_rewrite() IS 'Event trigger: notes which tables the command rewrites, for pdauth.audit_new_members().';
CREATE EVENT TRIGGER pdauth_audit_rewrite ON table_rewrite EXECUTE FUNCTION pdauth.audit_rewrite();
ALTER EVENT TRIGGER pdauth_audit_rewrite ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER pdauth_audit_rewrite IS 'pdauth: a rewritten audited table gets a new baseline.';

CREATE FUNCTION pdauth.audit_new_members() RETURNS event_trigger
LANGUAGE C SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'pdauth_audit_new_members';
REVOKE ALL ON FUNCTION pdauth.audit_new_members() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.audit_new_members() IS
  'Event trigger: calls pdauth.audit_extend() after commands that can add a partition or child, and after no others, so that a restore can make its triggers itself; pdauth.audit_definition() after those that change a table otherwise.';
CREATE EVENT TRIGGER pdauth_audit_new_members ON ddl_command_end
  WHEN TAG IN ('CREATE SCHEMA', 'CREATE TABLE', 'ALTER TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'IMPORT FOREIGN SCHEMA',
               'CREATE TRIGGER', 'ALTER TRIGGER', 'ALTER TYPE', 'CREATE RULE', 'ALTER RULE', 'CREATE POLICY', 'ALTER POLICY')
  EXECUTE FUNCTION pdauth.audit_new_members();
ALTER EVENT TRIGGER pdauth_audit_new_members ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER pdauth_audit_new_members IS 'pdauth: partitions and children of audited tables are audited too.';
