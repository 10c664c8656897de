-- The health check: what weakens the protection, and what to do about it.
--
-- Each function below answers for one field; pdauth.health_check() puts them
-- together.  Severity "error": protection does not hold or does not work;
-- "warning": somebody should look; "information": good to know.

CREATE FUNCTION pdauth.health_server()
RETURNS TABLE (severity text, object text, finding text, remedy text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'error', 'server', 'pdauth is not in shared_preload_libraries: whatever is protected is refused, to superusers and BYPASSRLS roles only where its storage is guarded',
         'ALTER SYSTEM SET shared_preload_libraries = ''pdauth'' and restart the server'
   WHERE NOT pdauth.preloaded()
  UNION ALL
  SELECT 'error', 'extension', format('the extension is version %s, the library %s', e.extversion, pdauth.version()),
         'install the matching files, restart the server, then ALTER EXTENSION pdauth UPDATE'
    FROM pg_extension AS e WHERE e.extname = 'pdauth' AND e.extversion <> pdauth.version()
  UNION ALL
  SELECT 'warning', 'session', 'pdauth.break_glass is set: this session reads and writes in clear', 'RESET pdauth.break_glass'
   WHERE pdauth.break_glass_active()
  UNION ALL
  SELECT 'warning', 'session', format('pdauth''s clock is stopped at %s', pdauth.clock_now() AT TIME ZONE 'Asia/Shanghai'), 'RESET pdauth.clock'
   WHERE pdauth.clock_stands()
  UNION ALL
  SELECT 'information', 'clock', format('last set to %s by %s at %s', c.clock, c.changed_by, c.changed_at),
         'see pdauth.clock_change; a session that is still open may decide by it'
    FROM (SELECT * FROM pdauth.clock_change ORDER BY change_id DESC LIMIT 1) AS c WHERE c.clock IS NOT NULL
  UNION ALL
  -- what handbook and auditor's guide tell to set so
  SELECT CASE WHEN s.setting ~ '^pdauth\.(purpose|checkpoint_origin|checkpoint_key_file|checkpoint_standbys|audit_sm3)=' THEN 'information' ELSE 'warning' END,
         concat_ws(' ', 'role ' || nullif(d.setrole, 0)::regrole, 'database ' || (SELECT quote_ident(b.datname) FROM pg_database AS b WHERE b.oid = d.setdatabase)),
         format('%s is set for every session', s.setting), 'ALTER ROLE or DATABASE ... RESET, unless it is meant so'
    FROM pg_db_role_setting AS d, unnest(d.setconfig) AS s(setting) WHERE s.setting LIKE 'pdauth.%'
  UNION ALL
  SELECT 'warning', 'slot ' || quote_ident(s.slot_name), 'a logical replication slot decodes rows past filters and masks', 'drop it, or see who reads it'
    FROM pg_replication_slots AS s WHERE s.slot_type = 'logical' AND s.database = current_database()
$function$;
REVOKE ALL ON FUNCTION pdauth.health_server() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.health_server() IS 'Part of pdauth.health_check(): library, versions, settings, slots.';

CREATE FUNCTION pdauth.health_role()
RETURNS TABLE (severity text, object text, finding text, remedy text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'information', 'superusers', format('%s that can log in', count(*)), 'superusers are bound while the library is loaded; keep few, and no application among them'
    FROM pg_roles AS r WHERE r.rolsuper AND r.rolcanlogin
  UNION ALL
  SELECT 'warning', 'role ' || quote_ident(r.rolname), 'has BYPASSRLS: if the server is ever started without the library, it reads what has no guarded storage', format('ALTER ROLE %I NOBYPASSRLS', r.rolname)
    FROM pg_roles AS r WHERE r.rolbypassrls AND NOT r.rolsuper AND r.rolname <> 'pdauth_masked_view'
  UNION ALL
  SELECT 'warning', 'role ' || m.member::regrole, format('is a member of %s, which reaches the server''s files', m.roleid::regrole), 'revoke the membership'
    FROM pg_auth_members AS m
   WHERE m.roleid::regrole::text IN ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program')
  UNION ALL
  SELECT 'warning', 'license ' || l.license_id, format('its licensee was dropped (role number %s, which a new role may get)', l.licensee::oid), 'UPDATE pdauth.license SET revoke_reason = ...'
    FROM pdauth.license AS l WHERE l.revoked_at IS NULL AND NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.oid = l.licensee)
  UNION ALL
  SELECT 'warning', 'custody ' || c.custodian_id, format('its custodian was dropped (role number %s, which a new role may get)', c.custodian::oid), 'UPDATE pdauth.custodian SET end_reason = ...'
    FROM pdauth.custodian AS c WHERE c.ended_at IS NULL AND NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.oid = c.custodian)
  UNION ALL
  SELECT 'information', 'license ' || l.license_id, format('of %s ends: nothing of it is in force from %s on', l.licensee, e.valid_until), 'apply for a new one in time'
    FROM pdauth.license AS l
    JOIN (SELECT DISTINCT v.license_id, v.valid_until FROM pdauth.effective_license AS v) AS e USING (license_id)
   WHERE e.valid_until <= pdauth.clock_today() + 30
  UNION ALL
  SELECT 'warning', 'role ' || quote_ident(r.rolname), 'decides about the policy and uses data under it', 'separate the duties: one role each'
    FROM pg_roles AS r
   WHERE NOT r.rolsuper AND EXISTS (SELECT FROM pdauth.inherited_roles(r.oid) AS i WHERE i::regrole::text = 'pdauth_policy_admin')
     AND EXISTS (SELECT FROM pdauth.inherited_roles(r.oid) AS i
                  WHERE i IN (SELECT l.licensee FROM pdauth.license AS l WHERE l.revoked_at IS NULL
                              UNION SELECT c.custodian FROM pdauth.custodian AS c WHERE c.ended_at IS NULL))
$function$;
REVOKE ALL ON FUNCTION pdauth.health_role() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.health_role() IS 'Part of pdauth.health_check(): roles, licenses and custody.';

CREATE FUNCTION pdauth.is_custodian(role oid, resource text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT EXISTS (SELECT FROM pdauth.custodian AS c
                  WHERE c.ended_at IS NULL AND pdauth.path_contains(c.resource, is_custodian.resource)
                    AND c.custodian::oid IN (SELECT pdauth.inherited_roles(role)))
$function$;
REVOKE ALL ON FUNCTION pdauth.is_custodian(oid, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.is_custodian(oid, text) IS 'Whether a role keeps a resource now, itself or through membership. Part of pdauth.health_check().';

CREATE FUNCTION pdauth.is_user(role oid, resource text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT pdauth.is_custodian(role, resource)
      OR EXISTS (SELECT FROM pdauth.license AS l, pdauth.grants(l.scope) AS g, unnest(g.paths) AS path
                  WHERE l.revoked_at IS NULL AND l.licensee::oid IN (SELECT pdauth.inherited_roles(role))
                    AND 'read' = ANY (g.actions) AND g.validity @> pdauth.clock_today()
                    AND pdauth.path_contains(path, is_user.resource))
$function$;
REVOKE ALL ON FUNCTION pdauth.is_user(oid, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.is_user(oid, text) IS 'Whether a role keeps a resource or is licensed to read some of it today. Part of pdauth.health_check().';

CREATE FUNCTION pdauth.health_relation()
RETURNS TABLE (severity text, object text, finding text, remedy text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'error', p.relation::text, 'row security is not enabled and forced, or the guard policy is missing: without the library the table would be open',
         format('SELECT pdauth.protect(%L, ...) again, with the arguments it had', p.label_of)
    FROM pdauth.protected_relation AS p JOIN pg_class AS c ON c.oid = p.relation AND c.relkind IN ('r', 'p')
   WHERE NOT p.row_security_forced OR NOT p.guarded
  UNION ALL
  SELECT 'warning', p.relation::text, 'its storage is not guarded: without the library superusers, BYPASSRLS roles and masked views read it',
         format('SELECT pdauth.guard_storage(%L), unless masked views are to work there', p.relation)
    FROM pdauth.protected_relation AS p WHERE NOT p.storage_guarded
  UNION ALL
  SELECT 'information', p.relation::text, 'a foreign table cannot be closed to its owner and superusers without the library', 'let nobody own it who may not read it'
    FROM pdauth.protected_relation AS p JOIN pg_class AS c ON c.oid = p.relation AND c.relkind = 'f'
  UNION ALL
  SELECT 'error', p.relation::text, format('may be selected from by %s: without the library it would be open', pdauth.open_to(p.relation)),
         format('REVOKE SELECT ON %s from them; give access by pdauth.create_masked_view()', p.relation)
    FROM pdauth.protected_relation AS p WHERE pdauth.open_to(p.relation) IS NOT NULL
  UNION ALL
  SELECT 'warning', p.label_of::text, 'is in observe mode: everything passes, and is only written to the server log', 'look at the log; then SELECT pdauth.protect(..., mode => ''enforce'')'
    FROM pdauth.protected_relation AS p WHERE p.mode = 'observe' AND p.relation = p.label_of
  UNION ALL
  SELECT 'error', p.relation::text, 'has labels from more than one ancestor and is refused to everybody', 'keep one label, at the topmost parent'
    FROM pdauth.protected_relation AS p GROUP BY p.relation HAVING count(*) > 1
  UNION ALL
  SELECT 'warning', format('publication %I', b.pubname), format('sends the rows of %s in clear', p.relation), 'take the table out of the publication'
    FROM pdauth.protected_relation AS p JOIN pg_class AS c ON c.oid = p.relation JOIN pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_publication_tables AS b ON b.schemaname = n.nspname AND b.tablename = c.relname
  UNION ALL
  SELECT 'warning', format('subscription %I', s.subname), format('writes rows of %s, whoever may write them', p.relation), 'drop it, or see where its rows come from'
    FROM pdauth.protected_relation AS p JOIN pg_subscription_rel AS r ON r.srrelid = p.relation JOIN pg_subscription AS s ON s.oid = r.srsubid
  UNION ALL
  SELECT 'warning', format('trigger %I on %s', t.tgname, p.relation), format('its function belongs to %s, who is no custodian, and sees whole rows', f.proowner::regrole), 'drop it, or give the function to a custodian after reading it'
    FROM pdauth.protected_relation AS p JOIN pg_trigger AS t ON t.tgrelid = p.relation AND NOT t.tgisinternal
    JOIN pg_proc AS f ON f.oid = t.tgfoid JOIN pg_roles AS o ON o.oid = f.proowner
   WHERE NOT o.rolsuper AND NOT pdauth.is_custodian(o.oid, p.resource)
  UNION ALL
  SELECT 'warning', format('rule %I on %s', w.rulename, p.relation), 'runs with the rows of other roles'' statements', 'drop it, or read what it does'
    FROM pdauth.protected_relation AS p JOIN pg_rewrite AS w ON w.ev_class = p.relation AND w.rulename <> '_RETURN'
  UNION ALL
  SELECT 'warning', p.label_of::text, format('%s of %s tables are not audited', count(*) FILTER (WHERE t.tgrelid IS NULL), count(*)), format('SELECT pdauth.audit(%L)', p.label_of)
    FROM pdauth.protected_relation AS p JOIN pg_class AS c ON c.oid = p.relation AND c.relkind = 'r'
    LEFT JOIN pg_trigger AS t ON t.tgrelid = p.relation AND t.tgfoid = 'pdauth.audit_row()'::regprocedure
   GROUP BY p.label_of HAVING count(*) > count(t.tgrelid)
  UNION ALL
  SELECT CASE WHEN d.relkind = 'm' THEN 'warning' ELSE 'information' END,
         CASE WHEN d.relkind = 'm' THEN 'materialized view ' ELSE 'view ' END || d.view,
         CASE WHEN d.relkind = 'm' THEN format('holds a copy of rows of %s, outside its protection', d.relation)
              ELSE format('of %s, who keeps or is licensed for %s; it lends nothing: whoever asks needs a license too', d.owner, d.relation) END,
         CASE WHEN d.relkind = 'm' THEN 'drop it, or protect what it is built from otherwise' ELSE 'nothing' END
    FROM (SELECT DISTINCT p.relation, v.oid::regclass AS view, v.relkind, v.relowner::regrole AS owner
            FROM pdauth.protected_relation AS p
            JOIN pg_depend AS x ON x.refclassid = 'pg_class'::regclass AND x.refobjid = p.relation AND x.classid = 'pg_rewrite'::regclass
            JOIN pg_rewrite AS w ON w.oid = x.objid JOIN pg_class AS v ON v.oid = w.ev_class
           WHERE v.relkind = 'm' AND NOT EXISTS (SELECT FROM pdauth.protected_relation AS q WHERE q.relation = v.oid)
              OR v.relkind = 'v' AND pdauth.is_user(v.relowner, p.resource)) AS d
$function$;
REVOKE ALL ON FUNCTION pdauth.health_relation() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.health_relation() IS 'Part of pdauth.health_check(): protected tables and what hangs on them.';

CREATE FUNCTION pdauth.health_masked_view()
RETURNS TABLE (severity text, object text, finding text, remedy text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  WITH masked_view AS (
    SELECT v.oid::regclass AS view, b.oid::regclass AS base, pg_get_viewdef(v.oid) AS definition
      FROM pg_class AS v JOIN pg_rewrite AS w ON w.ev_class = v.oid
      JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> v.oid
      JOIN pg_class AS b ON b.oid = d.refobjid AND b.relkind <> 'v'
     WHERE v.relkind = 'v' AND v.relowner = 'pdauth_masked_view'::regrole
     GROUP BY v.oid, b.oid)
  SELECT 'warning', 'masked view ' || m.view, format('is older than the labels of %s: without the library it is refused', m.base),
         format('SELECT pdauth.create_masked_view(%L, %L, replace => true)', m.base, m.view)
    FROM masked_view AS m WHERE strpos(m.definition, quote_literal(pdauth.policy_fingerprint(m.base))) = 0
  UNION ALL
  SELECT 'warning', 'masked view ' || m.view, format('%s is not protected any more, so nobody reads the view', m.base),
         'protect the table again, or drop the view'
    FROM masked_view AS m WHERE NOT EXISTS (SELECT FROM pdauth.protected_relation AS p WHERE p.relation = m.base)
  UNION ALL
  SELECT 'error', 'masked view ' || m.view, format('passes by the policy %I of %s', p.polname, m.base), 'drop the policy or the view'
    FROM masked_view AS m JOIN pg_policy AS p ON p.polrelid = m.base AND p.polname NOT IN ('pdauth_guard', 'pdauth_permit')
  UNION ALL
  SELECT 'error', 'role pdauth_masked_view', 'is no longer the role that pdauth made: it can log in, has members, or lost BYPASSRLS',
         'revoke it from its members; ALTER ROLE pdauth_masked_view NOLOGIN BYPASSRLS'
    FROM pg_roles AS r
   WHERE r.rolname = 'pdauth_masked_view'
     AND (r.rolcanlogin OR NOT r.rolbypassrls OR EXISTS (SELECT FROM pg_auth_members AS a WHERE a.roleid = r.oid AND a.member <> 10))
$function$;
REVOKE ALL ON FUNCTION pdauth.health_masked_view() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.health_masked_view() IS 'Part of pdauth.health_check(): masked views and their owner.';

CREATE FUNCTION pdauth.health_policy()
RETURNS TABLE (severity text, object text, finding text, remedy text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'warning', format('%s.%I', l.relation, l.column_name), 'has a label without effect: its table has none of its own',
         'label the column of the topmost parent, and drop this label'
    FROM pdauth.column_label AS l WHERE NOT l.effective
  UNION ALL
  SELECT 'error', format('column %s.%I', l.relation, l.column_name), 'its mask makes pseudonyms, and the server has no key for it: every query that is to show it fails',
         'name the key file in pdauth.pseudonym_key_file, with a key of that id, and reload the configuration'
    FROM pdauth.column_label AS l
   WHERE l.effective AND l.mask ~ '\mpdauth\.pseudonym\('
     AND NOT EXISTS (SELECT FROM pdauth.pseudonym_keys() AS k
                      WHERE k.current AND l.mask !~ ',[^(),]*,' OR strpos(l.mask, quote_literal(k.key_id)) > 0)
  UNION ALL
  SELECT 'warning', 'resource ' || r.resource, 'has no custodian: nobody may write it', 'INSERT INTO pdauth.custodian'
    FROM (SELECT DISTINCT p.resource FROM pdauth.protected_relation AS p) AS r
   WHERE NOT EXISTS (SELECT FROM pdauth.custodian AS c WHERE c.ended_at IS NULL AND pdauth.path_contains(c.resource, r.resource))
  UNION ALL
  SELECT 'information', 'resource ' || r.resource, 'no license in force covers it: nobody but custodians reads it', 'nothing, or issue a license'
    FROM (SELECT DISTINCT p.resource FROM pdauth.protected_relation AS p) AS r
   WHERE NOT EXISTS (SELECT FROM pdauth.effective_license AS l, pdauth.grants(l.scope) AS g, unnest(g.paths) AS path
                      WHERE 'read' = ANY (g.actions) AND g.validity @> pdauth.clock_today() AND pdauth.path_contains(path, r.resource))
  UNION ALL
  SELECT 'information', format('function %s', f.oid::regprocedure),
         format('SECURITY DEFINER of %s, and it may read %s; it lends nothing: whoever calls it needs a license too', f.proowner::regrole, p.relation), 'nothing'
    FROM pdauth.protected_relation AS p JOIN pg_class AS c ON c.oid = p.relation
    JOIN pg_proc AS f ON f.prosecdef
     AND (EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass AND d.objid = f.oid
                     AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid)
          OR strpos(lower(f.prosrc), lower(c.relname)) > 0)
   WHERE f.pronamespace <> 'pdauth'::regnamespace AND f.pronamespace <> 'pg_catalog'::regnamespace
     AND pdauth.is_user(f.proowner, p.resource)
$function$;
REVOKE ALL ON FUNCTION pdauth.health_policy() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.health_policy() IS 'Part of pdauth.health_check(): labels, resources, functions that read protected tables.';

CREATE FUNCTION pdauth.health_label()
RETURNS TABLE (severity text, object text, finding text, remedy text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  label record;
BEGIN
  FOR label IN
    SELECT l.objoid, l.objsubid, l.label, a.attname FROM pg_seclabel AS l
      LEFT JOIN pg_attribute AS a ON a.attrelid = l.objoid AND a.attnum = l.objsubid AND l.objsubid > 0
     WHERE l.provider = 'pdauth' AND l.classoid = 'pg_class'::regclass
       AND EXISTS (SELECT FROM pg_seclabel AS t WHERE t.objoid = l.objoid AND t.objsubid = 0 AND t.provider = 'pdauth' AND t.classoid = l.classoid)
     ORDER BY l.objoid, l.objsubid
  LOOP
    BEGIN
      PERFORM pdauth.check_label(label.objoid::regclass, label.objsubid, label.label);
    EXCEPTION WHEN OTHERS THEN
      severity := 'error';
      object := label.objoid::regclass || coalesce('.' || quote_ident(label.attname), '');
      finding := 'its label does not work any more, and every query that reads the table fails: ' || SQLERRM;
      remedy := 'set the label again; masks must be functions that a superuser owns';
      RETURN NEXT;
    END;
  END LOOP;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.health_label() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.health_label() IS 'Part of pdauth.health_check(): labels that a rename, a dropped column or a change of owner has broken.';

CREATE FUNCTION pdauth.health_operation()
RETURNS TABLE (severity text, object text, finding text, remedy text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT CASE WHEN c.days < 0 THEN 'error' ELSE 'warning' END, 'calendar ' || c.name,
         CASE WHEN c.days < 0 THEN format('ended %s days ago: deadlines raise an error', -c.days)
              ELSE format('ends in %s days: later deadlines raise an error', c.days) END,
         'load the next year''s notice of the State Council: pdauth.load_calendar_year()'
    FROM (SELECT pdauth.default_calendar(), (upper(pdauth.calendar_period(pdauth.default_calendar())) - 1) - pdauth.clock_today()) AS c(name, days)
   WHERE c.days < 60
$function$;
REVOKE ALL ON FUNCTION pdauth.health_operation() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.health_operation() IS 'Part of pdauth.health_check(): the calendar''s horizon.';

CREATE FUNCTION pdauth.health_check()
RETURNS TABLE (severity text, object text, finding text, remedy text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET datestyle = 'ISO, YMD' SET timezone = 'Asia/Shanghai'
AS $function$
  SELECT h.*
    FROM (SELECT * FROM pdauth.health_server()
          UNION ALL SELECT * FROM pdauth.health_role()
          UNION ALL SELECT * FROM pdauth.health_relation()
          UNION ALL SELECT * FROM pdauth.health_masked_view()
          UNION ALL SELECT * FROM pdauth.health_policy()
          UNION ALL SELECT * FROM pdauth.health_label()
          UNION ALL SELECT * FROM pdauth.health_operation()
          UNION ALL SELECT * FROM pdauth.health_audit()) AS h
   ORDER BY array_position(ARRAY['error', 'warning', 'information'], h.severity), h.object, h.finding
$function$;
REVOKE ALL ON FUNCTION pdauth.health_check() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.health_check() TO pdauth_policy_admin, pdauth_auditor;
COMMENT ON FUNCTION pdauth.health_check() IS
  'What weakens or hinders the protection of this database, worst first. severity: error (it does not hold or does not work), warning (somebody should look), information. remedy: what to do. Shows names of objects, roles and licenses, never data. pdauth_policy_admin and pdauth_auditor only.';
