-- Reading the log: what auditors see, and the questions they ask.

CREATE FUNCTION pdauth.audit_shown(epoch bigint, relation oid, relation_name text, operation pg_catalog."char", image bytea) RETURNS jsonb
LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'pdauth_audit_shown';
REVOKE ALL ON FUNCTION pdauth.audit_shown(bigint, oid, text, pg_catalog."char", bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.audit_shown(bigint, oid, text, pg_catalog."char", bytea) TO pdauth_auditor;
COMMENT ON FUNCTION pdauth.audit_shown(bigint, oid, text, pg_catalog."char", bytea) IS
  'An image as pdauth.image_json() reads it, but what the asking role would not see in clear in the table is masked as there: by its mask, or null. Of a table that is gone all values are null. Labels and licenses are those of today. NULL if any argument but relation_name is.';
CREATE FUNCTION pdauth.image_has(image bytea, column_name text, value text) RETURNS boolean
LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_image_has';
COMMENT ON FUNCTION pdauth.image_has(bytea, text, text) IS
  'Does the old or the new row of an image hold this value, as text, in that column? False if there is no such column.';
CREATE FUNCTION pdauth.image_text(image bytea, old_row boolean, column_name text) RETURNS text
LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_image_text';
COMMENT ON FUNCTION pdauth.image_text(bytea, boolean, text) IS
  'The value of a column in the old or the new row of an image, as text; NULL if it is null or there is no such row or column.';

CREATE VIEW pdauth.audit_trail AS
  SELECT l.epoch, l.xid, l.n, l.made_at, l.operation, l.relation_name, l.role_name, l.session_role_name, l.purpose,
         l.client, l.application, pdauth.audit_shown(l.epoch, l.relation, l.relation_name, l.operation, l.image) AS image,
         l.content IS NOT NULL AS erased
    FROM pdauth.audit_stored AS l;
COMMENT ON VIEW pdauth.audit_trail IS
  'The audit log as auditors read it: who did what, when, with which rows; values that the asking role may not see in clear are masked. For a time range, a relation or a role over a large log use pdauth.audit_search().';
COMMENT ON COLUMN pdauth.audit_trail.epoch IS 'Fingerprint of server, database and timeline the entry was made in; differs after restore into another cluster or database.';
COMMENT ON COLUMN pdauth.audit_trail.xid IS 'Top-level transaction that made the change.';
COMMENT ON COLUMN pdauth.audit_trail.n IS 'Number within the transaction. Gaps are savepoints rolled back.';
COMMENT ON COLUMN pdauth.audit_trail.made_at IS 'Server clock when the change was made, not when its transaction began or ended.';
COMMENT ON COLUMN pdauth.audit_trail.operation IS 'I insert, U update, D delete, T truncate, B baseline (row found when auditing began), A auditing began, Z auditing ended, C the table''s definition changed, X an image of the log was erased, P a segment of it was pruned; by statements: R one that uses protected relations began, or several alike, O how it ended where R does not say, N something was refused, L the policy was changed.';
COMMENT ON COLUMN pdauth.audit_trail.relation_name IS 'Schema and name of the table or partition, as of then.';
COMMENT ON COLUMN pdauth.audit_trail.role_name IS 'Role the change was made as.';
COMMENT ON COLUMN pdauth.audit_trail.session_role_name IS 'Role that logged in.';
COMMENT ON COLUMN pdauth.audit_trail.purpose IS 'Declared purpose (pdauth.purpose), NULL if none.';
COMMENT ON COLUMN pdauth.audit_trail.client IS 'Address and port of the client, NULL for a local socket.';
COMMENT ON COLUMN pdauth.audit_trail.application IS 'application_name of the session, NULL if empty. The client chooses it.';
COMMENT ON COLUMN pdauth.audit_trail.image IS 'Old and new row in canonical binary form; NULL for TRUNCATE.';
COMMENT ON COLUMN pdauth.audit_trail.erased IS 'Was the image erased (pdauth.erase_image)?';
GRANT SELECT ON pdauth.audit_trail TO pdauth_auditor;

-- What a statement recorded, one row for each relation it used.
CREATE FUNCTION pdauth.json_texts(list jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ARRAY(SELECT pg_catalog.jsonb_array_elements_text(list));
COMMENT ON FUNCTION pdauth.json_texts(jsonb) IS 'The elements of a JSON array as text; NULL for NULL, an error for what is no array.';

CREATE FUNCTION pdauth.statement_relation(
  relation_name text, operation pg_catalog."char", image bytea,
  OUT kind text, OUT session text, OUT statement bigint, OUT used_name text, OUT resource text, OUT access text, OUT columns text[], OUT masked text[],
  OUT licenses bigint[], OUT custodian boolean, OUT through text, OUT rows bigint, OUT sqlstate text, OUT later interval, OUT whole jsonb) RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
  SELECT h.whole ->> 'kind', h.whole ->> 'session', e.number, coalesce(r.relation ->> 'relation', statement_relation.relation_name),
         r.relation ->> 'resource', r.relation ->> 'access', pdauth.json_texts(r.relation -> 'columns'), pdauth.json_texts(r.relation -> 'masked'),
         pdauth.json_texts(r.relation -> 'licenses')::bigint[], (r.relation -> 'custodian')::boolean, r.relation ->> 'through',
         e.rows, h.whole ->> 'sqlstate', e.began * interval '1 microsecond', h.whole
    -- read once, not once for each column, and a long list of repeats not once for each of them
    FROM (SELECT pdauth.image_json(statement_relation.image) -> 'new' AS image OFFSET 0) AS i
   CROSS JOIN LATERAL (SELECT i.image - 'repeated' AS whole OFFSET 0) AS h
   CROSS JOIN LATERAL (
      SELECT (h.whole ->> 'statement')::bigint, 0::bigint, (h.whole ->> 'rows')::bigint
       UNION ALL
      SELECT (r.execution ->> 0)::bigint, (r.execution ->> 1)::bigint, (r.execution ->> 3)::bigint
        FROM pg_catalog.jsonb_array_elements(i.image -> 'repeated') AS r(execution)) AS e(number, began, rows)
    LEFT JOIN LATERAL pg_catalog.jsonb_array_elements(h.whole -> 'relations') AS r(relation) ON true;
END;
COMMENT ON FUNCTION pdauth.statement_relation(text, pg_catalog."char", bytea) IS
  'What the image of a statement''s entry (operation R, N, L or O) says, one row for each statement and relation it used, one row if it names none. later: how long after the entry''s time a statement began that the entry repeats. whole: all of it, but the repeated ones. Part of pdauth.audit_statement.';

-- All statements of one entry begin in the same second.
CREATE FUNCTION pdauth.last_began(made_at timestamptz, image bytea) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
RETURN made_at + coalesce((pdauth.image_json(image) #>> '{new,repeated,-1,1}')::bigint, 0) * interval '1 microsecond';
COMMENT ON FUNCTION pdauth.last_began(timestamptz, bytea) IS
  'When the last statement of an entry (operation R) began, by the entry''s time and image. Part of pdauth.audit_found().';

CREATE VIEW pdauth.audit_statement AS
  SELECT l.made_at + s.later AS made_at, l.operation, s.kind, s.used_name AS relation_name, s.resource, s.access, s.columns, s.masked, s.licenses, s.custodian, s.through,
         l.role_name, s.whole ->> 'outer_role' AS outer_role, l.session_role_name, l.purpose, l.client, l.application, s.rows, s.sqlstate,
         s.whole ->> 'detail' AS detail, s.whole ->> 'break_glass' AS break_glass, s.session, s.statement, (s.whole ->> 'within')::bigint AS within,
         s.whole ->> 'standby' AS standby, l.epoch, l.xid, l.n
    FROM pdauth.audit_stored AS l CROSS JOIN LATERAL pdauth.statement_relation(l.relation_name, l.operation, l.image) AS s
   WHERE l.operation IN ('R', 'N', 'L');
COMMENT ON VIEW pdauth.audit_statement IS
  'Statements on protected relations, refusals and changes of policy: one row for each relation that one used. Over a large log use pdauth.audit_access().';
COMMENT ON COLUMN pdauth.audit_statement.made_at IS 'When it began.';
COMMENT ON COLUMN pdauth.audit_statement.operation IS 'R statement, N refusal, L change of policy.';
COMMENT ON COLUMN pdauth.audit_statement.kind IS 'Command tag; of a refusal the rule.';
COMMENT ON COLUMN pdauth.audit_statement.relation_name IS 'Table as it was called then.';
COMMENT ON COLUMN pdauth.audit_statement.resource IS 'Its resource then.';
COMMENT ON COLUMN pdauth.audit_statement.access IS 'read, write, or "read, write".';
COMMENT ON COLUMN pdauth.audit_statement.columns IS 'Columns used anywhere in the statement.';
COMMENT ON COLUMN pdauth.audit_statement.masked IS 'Those of them that were not clear in every row.';
COMMENT ON COLUMN pdauth.audit_statement.licenses IS 'Numbers of the licenses it rested on.';
COMMENT ON COLUMN pdauth.audit_statement.custodian IS 'True if it rested on custody.';
COMMENT ON COLUMN pdauth.audit_statement.through IS 'Owner of the view it read through.';
COMMENT ON COLUMN pdauth.audit_statement.role_name IS 'Acting role.';
COMMENT ON COLUMN pdauth.audit_statement.outer_role IS 'Role chosen by SET ROLE where a function acted for another.';
COMMENT ON COLUMN pdauth.audit_statement.session_role_name IS 'Role that logged in.';
COMMENT ON COLUMN pdauth.audit_statement.purpose IS 'Declared purpose.';
COMMENT ON COLUMN pdauth.audit_statement.client IS 'Address and port.';
COMMENT ON COLUMN pdauth.audit_statement.application IS 'application_name.';
COMMENT ON COLUMN pdauth.audit_statement.rows IS 'Rows shown or changed; NULL if it failed, or if that is in an entry of operation O.';
COMMENT ON COLUMN pdauth.audit_statement.sqlstate IS 'Error, if it failed.';
COMMENT ON COLUMN pdauth.audit_statement.detail IS 'Message of a refusal; of a change of policy the label, row, setting or membership.';
COMMENT ON COLUMN pdauth.audit_statement.break_glass IS 'Reason, if break-glass was on.';
COMMENT ON COLUMN pdauth.audit_statement.session IS 'Session, as %c of log_line_prefix.';
COMMENT ON COLUMN pdauth.audit_statement.statement IS 'Number of the statement in it.';
COMMENT ON COLUMN pdauth.audit_statement.within IS 'Number of the statement that ran this one.';
COMMENT ON COLUMN pdauth.audit_statement.standby IS 'Standby it ran on.';
COMMENT ON COLUMN pdauth.audit_statement.epoch IS 'Key of the entry, with the two next columns.';
COMMENT ON COLUMN pdauth.audit_statement.xid IS 'Key of the entry.';
COMMENT ON COLUMN pdauth.audit_statement.n IS 'Key of the entry.';
GRANT SELECT ON pdauth.audit_statement TO pdauth_auditor;
