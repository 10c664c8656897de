-- The policy in force, as views: what is protected, how, and who holds what.

CREATE FUNCTION pdauth.table_label(
  label text, OUT resource text, OUT region_column text, OUT region text, OUT subject_column text,
  OUT mode text)
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_table_label';
COMMENT ON FUNCTION pdauth.table_label(text) IS
  'The parts of a table''s security label. Raises 22P02 on a malformed one; NULL for NULL.';

CREATE FUNCTION pdauth.column_label(label text, OUT level text, OUT mask text)
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_column_label';
COMMENT ON FUNCTION pdauth.column_label(text) IS
  'The parts of a column''s security label; mask is NULL where the column is shown as NULL. Raises 22P02 on a malformed one; NULL for NULL.';

CREATE FUNCTION pdauth.check_label(relation regclass, attribute integer, label text) RETURNS void
LANGUAGE C STABLE STRICT
AS 'MODULE_PATHNAME', 'pdauth_check_label';
REVOKE ALL ON FUNCTION pdauth.check_label(regclass, integer, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_label(regclass, integer, text) IS
  'Raises what SECURITY LABEL would raise if this label were set now on a relation (attribute 0) or column. Part of pdauth.health_check().';

CREATE FUNCTION pdauth.check_row_filter(relation regclass, filter text) RETURNS void
LANGUAGE C STABLE STRICT
AS 'MODULE_PATHNAME', 'pdauth_check_row_filter';
REVOKE ALL ON FUNCTION pdauth.check_row_filter(regclass, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_row_filter(regclass, text) IS
  'Raises if a license could not filter the rows of the relation by this condition: not one boolean expression over its columns, a sub-select, a function that is volatile or that an ordinary role could replace.';

CREATE FUNCTION pdauth.inherited_roles(role oid) RETURNS SETOF oid
LANGUAGE C STABLE STRICT ROWS 4
AS 'MODULE_PATHNAME', 'pdauth_inherited_roles';
COMMENT ON FUNCTION pdauth.inherited_roles(oid) IS
  'The role and every role whose licenses and custody count for it: memberships with inheritance, for superusers too. No row for NULL.';

CREATE VIEW pdauth.protected_relation AS
  WITH RECURSIVE tree(oid, source) AS (
    SELECT l.objoid, l.objoid
      FROM pg_catalog.pg_seclabel AS l
     WHERE l.provider OPERATOR(pg_catalog.=) 'pdauth' AND l.objsubid OPERATOR(pg_catalog.=) 0
       AND l.classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
    UNION
    SELECT i.inhrelid, t.source
      FROM tree AS t JOIN pg_catalog.pg_inherits AS i ON i.inhparent OPERATOR(pg_catalog.=) t.oid
  )
  SELECT c.oid::pg_catalog.regclass AS relation, t.source::pg_catalog.regclass AS label_of,
         p.resource, p.region_column, p.region, p.subject_column, p.mode, c.relowner::pg_catalog.regrole AS owner,
         c.relrowsecurity AND c.relforcerowsecurity AS row_security_forced,
         EXISTS (SELECT FROM pg_catalog.pg_policy AS g
                   JOIN pg_catalog.pg_depend AS d ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_policy'::pg_catalog.regclass
                    AND d.objid OPERATOR(pg_catalog.=) g.oid
                    AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
                    AND d.refobjid OPERATOR(pg_catalog.=) 'pdauth.guard()'::pg_catalog.regprocedure
                  WHERE g.polrelid OPERATOR(pg_catalog.=) c.oid AND NOT g.polpermissive
                    AND g.polcmd OPERATOR(pg_catalog.=) '*' AND g.polroles OPERATOR(pg_catalog.=) '{0}'
                    -- the whole condition is that call; pg_get_expr() would open the table, and without the library it does not open
                    AND g.polqual::pg_catalog.text OPERATOR(pg_catalog.~~)
                        pg_catalog.format('{FUNCEXPR :funcid %s %%', 'pdauth.guard()'::pg_catalog.regprocedure::pg_catalog.oid)) AS guarded,
         CASE WHEN c.relkind OPERATOR(pg_catalog.=) ANY ('{r,m}') THEN EXISTS (SELECT FROM pg_catalog.pg_am AS m
            WHERE m.oid OPERATOR(pg_catalog.=) c.relam AND m.amname OPERATOR(pg_catalog.=) 'pdauth') END AS storage_guarded
    FROM tree AS t
    JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) t.oid
    JOIN pg_catalog.pg_seclabel AS l ON l.objoid OPERATOR(pg_catalog.=) t.source AND l.objsubid OPERATOR(pg_catalog.=) 0
     AND l.provider OPERATOR(pg_catalog.=) 'pdauth'
     AND l.classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
   CROSS JOIN LATERAL pdauth.table_label(l.label) AS p;
COMMENT ON VIEW pdauth.protected_relation IS
  'Relations under protection: one row for each labelled table, materialized view and foreign table and each partition or child. pdauth_policy_admin and pdauth_auditor.';
COMMENT ON COLUMN pdauth.protected_relation.relation IS 'The table, partition or child.';
COMMENT ON COLUMN pdauth.protected_relation.label_of IS 'Where the label is: the table itself or an ancestor. Two rows for one relation mean two labels, and the relation is refused to everybody.';
COMMENT ON COLUMN pdauth.protected_relation.resource IS 'Resource path that licenses name.';
COMMENT ON COLUMN pdauth.protected_relation.region_column IS 'Column of division codes (GB/T 2260) that rows are filtered by, or NULL.';
COMMENT ON COLUMN pdauth.protected_relation.region IS 'Division of all rows, or NULL.';
COMMENT ON COLUMN pdauth.protected_relation.subject_column IS 'Column that says whom a row is about, or NULL.';
COMMENT ON COLUMN pdauth.protected_relation.mode IS 'enforce: masked columns are shown masked; strict: naming one is refused; observe: everything passes and is recorded in the server log.';
COMMENT ON COLUMN pdauth.protected_relation.owner IS 'Owner of the relation.';
COMMENT ON COLUMN pdauth.protected_relation.row_security_forced IS 'Whether row security is enabled and forced, so that the relation stays closed when the library is not loaded; always false for materialized views and foreign tables, which have none.';
COMMENT ON COLUMN pdauth.protected_relation.guarded IS 'Whether the guard policy is in place, for the same purpose.';
COMMENT ON COLUMN pdauth.protected_relation.storage_guarded IS 'Whether it is under the access method pdauth, which closes it then to superusers, BYPASSRLS roles and masked views, too; NULL for partitioned and foreign tables, which store nothing.';

CREATE VIEW pdauth.column_label AS
  SELECT l.objoid::pg_catalog.regclass AS relation, a.attname AS column_name, p.level, p.mask,
         EXISTS (SELECT FROM pg_catalog.pg_seclabel AS t
                  WHERE t.objoid OPERATOR(pg_catalog.=) l.objoid AND t.objsubid OPERATOR(pg_catalog.=) 0
                    AND t.classoid OPERATOR(pg_catalog.=) l.classoid AND t.provider OPERATOR(pg_catalog.=) 'pdauth') AS effective
    FROM pg_catalog.pg_seclabel AS l
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid OPERATOR(pg_catalog.=) l.objoid AND a.attnum OPERATOR(pg_catalog.=) l.objsubid
   CROSS JOIN LATERAL pdauth.column_label(l.label) AS p
   WHERE l.provider OPERATOR(pg_catalog.=) 'pdauth' AND l.objsubid OPERATOR(pg_catalog.>) 0
     AND l.classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass;
COMMENT ON VIEW pdauth.column_label IS
  'Columns with a label of their own. Other columns of a protected table are of level general and shown as NULL where no license includes them. pdauth_policy_admin and pdauth_auditor.';
COMMENT ON COLUMN pdauth.column_label.relation IS 'The table.';
COMMENT ON COLUMN pdauth.column_label.column_name IS 'The column.';
COMMENT ON COLUMN pdauth.column_label.level IS 'general, important or core (GB/T 43697).';
COMMENT ON COLUMN pdauth.column_label.mask IS 'SQL expression shown instead, NULL for "shown as NULL".';
COMMENT ON COLUMN pdauth.column_label.effective IS 'False where the table has no label of its own: then this one means nothing.';

CREATE VIEW pdauth.effective_license WITH (security_barrier) AS
  SELECT r.oid::pg_catalog.regrole AS role, l.license_id, l.licensee, l.scope, l.basis,
         (SELECT CASE WHEN NOT pg_catalog.bool_or(pg_catalog.upper_inf(g.validity)) THEN pg_catalog.max(pg_catalog.upper(g.validity)) END
            FROM pdauth.grants(l.scope) AS g) AS valid_until, l.row_filter
    FROM pg_catalog.pg_roles AS r
   CROSS JOIN LATERAL pdauth.inherited_roles(r.oid) AS holder
    JOIN pdauth.license AS l ON l.licensee OPERATOR(pg_catalog.=) holder
   WHERE l.revoked_at IS NULL
     AND (pg_catalog.pg_has_role(r.oid, 'USAGE') OR pg_catalog.pg_has_role('pdauth_policy_admin', 'USAGE')
          OR pg_catalog.pg_has_role('pdauth_auditor', 'USAGE'))
     AND EXISTS (SELECT FROM pdauth.grants(l.scope) AS g WHERE g.validity OPERATOR(pg_catalog.@>) pdauth.clock_today());
COMMENT ON VIEW pdauth.effective_license IS
  'Licenses in force today (Asia/Shanghai), for each role that holds them itself or through membership. Everybody sees the rows of the roles whose rights they have; pdauth_policy_admin and pdauth_auditor see all.';
COMMENT ON COLUMN pdauth.effective_license.role IS 'The role that has the use of the license.';
COMMENT ON COLUMN pdauth.effective_license.license_id IS 'Number of the license.';
COMMENT ON COLUMN pdauth.effective_license.licensee IS 'The role it was issued to: the same, or one that the role inherits from.';
COMMENT ON COLUMN pdauth.effective_license.scope IS 'What is licensed; parts of it may begin later or have ended.';
COMMENT ON COLUMN pdauth.effective_license.basis IS 'The approval it rests on.';
COMMENT ON COLUMN pdauth.effective_license.valid_until IS 'First day on which nothing of it is in force; NULL while it is open.';

COMMENT ON COLUMN pdauth.effective_license.row_filter IS 'Condition that the rows must meet as well; NULL if none.';

GRANT SELECT ON pdauth.protected_relation, pdauth.column_label TO pdauth_policy_admin, pdauth_auditor;
GRANT SELECT ON pdauth.effective_license TO PUBLIC;
