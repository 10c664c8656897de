-- Searching the log.

-- Where in the rows of pdauth.audit_entry to look for a time: a block says of
-- each transaction whether it was over at a time, so the key is an index of
-- time as well.
CREATE FUNCTION pdauth.audit_range(made_from timestamptz, made_before timestamptz, OUT epoch bigint, OUT low xid8, OUT high xid8) RETURNS SETOF record
LANGUAGE sql STABLE ROWS 3 SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  WITH RECURSIVE
  known(epoch) AS (
    SELECT pg_catalog.min(e.epoch) FROM pdauth.audit_entry AS e
    UNION ALL
    SELECT (SELECT pg_catalog.min(e.epoch) FROM pdauth.audit_entry AS e WHERE e.epoch > k.epoch) FROM known AS k WHERE k.epoch IS NOT NULL)
  -- clocks are not trusted by a minute; entries of older epochs are few, and looked through
  SELECT k.epoch,
         coalesce((SELECT pg_catalog.pg_snapshot_xmin(b.snapshot) FROM pdauth.audit_block AS b
                    WHERE b.epoch = k.epoch AND k.epoch = pdauth.audit_epoch() AND b.sealed_at < audit_range.made_from - interval '1 minute' ORDER BY b.sealed_at DESC LIMIT 1), '0'),
         coalesce((SELECT pg_catalog.pg_snapshot_xmax(b.snapshot) FROM pdauth.audit_block AS b
                    WHERE b.epoch = k.epoch AND k.epoch = pdauth.audit_epoch() AND b.sealed_at > audit_range.made_before + interval '1 minute' ORDER BY b.sealed_at LIMIT 1), '9223372036854775807')
    FROM known AS k WHERE k.epoch IS NOT NULL;
END;
REVOKE ALL ON FUNCTION pdauth.audit_range(timestamptz, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.audit_range(timestamptz, timestamptz) IS
  'For each epoch of entries that are not packed, the transactions (low included, high not) that can have made entries in a time. Part of pdauth.audit_found().';

CREATE FUNCTION pdauth.audit_found(
  made_from timestamptz, made_before timestamptz, relation_names text[], resource text, operations pg_catalog."char"[],
  role_names text[], purpose text, subject_column text, subject_value text) RETURNS SETOF pdauth.audit_entry
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp SET jit = off
AS $function$
DECLARE
  -- statements name relations and resources in JSON
  patterns constant bytea[] := ARRAY(SELECT convert_to('"relation": ' || to_json(n), getdatabaseencoding()) FROM unnest(relation_names) AS n);
  by_index constant boolean := num_nonnulls(relation_names, resource, operations, role_names, purpose, subject_value) > 0;
BEGIN
  RETURN QUERY
  SELECT l.*
    FROM (SELECT e.* FROM pdauth.audit_range(made_from, made_before) AS r
            JOIN pdauth.audit_entry AS e ON e.epoch = r.epoch AND e.xid >= r.low AND e.xid < r.high
          UNION ALL
          SELECT u.* FROM pdauth.audit_segment AS s CROSS JOIN LATERAL pdauth.audit_unpack(s) AS u
           WHERE s.pruned_xid IS NULL AND s.last_made_at >= date_trunc('second', made_from) AND s.first_made_at < made_before
             AND (NOT by_index
                  OR NOT EXISTS (SELECT FROM pdauth.audit_activity_packed AS a WHERE (a.epoch, a.xid, a.n) = (s.epoch, s.xid, s.n) AND a.place = s.ctid)
                  OR EXISTS (SELECT FROM pdauth.audit_activity_packed AS a
                              WHERE (a.epoch, a.xid, a.n) = (s.epoch, s.xid, s.n)
                                AND (relation_names IS NULL OR a.relation_name = ANY (relation_names))
                                AND (audit_found.resource IS NULL OR pdauth.path_contains(audit_found.resource, a.resource))
                                AND (operations IS NULL OR a.operation = ANY (operations))
                                AND (role_names IS NULL OR a.role_name = ANY (role_names) OR a.session_role_name = ANY (role_names))
                                AND (audit_found.purpose IS NULL OR a.purpose = audit_found.purpose)
                                AND (subject_value IS NULL
                                     OR a.operation IN ('I', 'U', 'D', 'B')
                                        AND NOT EXISTS (SELECT FROM pdauth.audit_subject_packed AS p
                                                         WHERE (p.epoch, p.xid, p.n) = (s.epoch, s.xid, s.n) AND p.place = s.ctid
                                                           AND p.relation_name = a.relation_name AND p.column_name = subject_column
                                                           AND hashtext(subject_value) <> ALL (p.hashes)))))) AS l
   WHERE l.made_at < made_before
     AND (l.made_at >= made_from
          OR l.operation = 'R' AND l.made_at >= date_trunc('second', made_from) AND pdauth.last_began(l.made_at, l.image) >= made_from)
     AND (operations IS NULL OR l.operation = ANY (operations))
     AND (role_names IS NULL OR l.role_name = ANY (role_names) OR l.session_role_name = ANY (role_names))
     AND (audit_found.purpose IS NULL OR l.purpose = audit_found.purpose)
     AND (relation_names IS NULL OR l.relation_name = ANY (relation_names)
          OR l.operation IN ('R', 'N') AND EXISTS (SELECT FROM unnest(patterns) AS p WHERE position(p IN l.image) > 0))
     AND (subject_value IS NULL OR l.operation IN ('I', 'U', 'D', 'B') AND pdauth.image_has(l.image, subject_column, subject_value));
END
$function$;
REVOKE ALL ON FUNCTION pdauth.audit_found(timestamptz, timestamptz, text[], text, pg_catalog."char"[], text[], text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.audit_found(timestamptz, timestamptz, text[], text, pg_catalog."char"[], text[], text, text, text) IS
  'Entries as they are, by time (of statements: if one of the entry''s began in it), relations (of statements: any that they use), resource (whoever calls must look again: it only tells which segments to unpack), operations, roles (current or login), purpose, and a value in a column of the old or new row. NULL: any. Part of pdauth.audit_search(), pdauth.audit_access() and pdauth.audit_subject().';

CREATE FUNCTION pdauth.audit_search(
  made_from timestamptz DEFAULT '-infinity', made_before timestamptz DEFAULT 'infinity', relation_name text DEFAULT NULL,
  role_name text DEFAULT NULL, purpose text DEFAULT NULL, subject_column text DEFAULT NULL, subject_value text DEFAULT NULL)
RETURNS SETOF pdauth.audit_trail
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT l.epoch, l.xid, l.n, l.made_at, l.operation, l.relation_name, l.role_name, l.session_role_name, l.purpose,
         l.client, l.application, shown.image, l.content IS NOT NULL
    FROM pdauth.audit_found(audit_search.made_from, audit_search.made_before,
                            CASE WHEN audit_search.relation_name IS NOT NULL THEN ARRAY[audit_search.relation_name] END, NULL, NULL,
                            CASE WHEN audit_search.role_name IS NOT NULL THEN ARRAY[audit_search.role_name] END, audit_search.purpose,
                            audit_search.subject_column, audit_search.subject_value) AS l
   CROSS JOIN LATERAL (SELECT pdauth.audit_shown(l.epoch, l.relation, l.relation_name, l.operation, l.image) AS image OFFSET 0) AS shown
   -- whoever does not see a column must not find out about it by searching
   WHERE audit_search.subject_value IS NULL
      OR EXISTS (SELECT FROM pdauth.audit_label AS b WHERE b.relation_name = l.relation_name AND b.subject_column = audit_search.subject_column)
      OR shown.image = pdauth.image_json(l.image)
      OR EXISTS (SELECT FROM (VALUES ('old', true), ('new', false)) AS o(version, old_row)
                  WHERE pdauth.image_text(l.image, o.old_row, audit_search.subject_column) = audit_search.subject_value
                    AND shown.image -> o.version -> audit_search.subject_column = pdauth.image_json(l.image) -> o.version -> audit_search.subject_column)
   ORDER BY l.made_at, l.epoch, l.xid, l.n;
END;
REVOKE ALL ON FUNCTION pdauth.audit_search(timestamptz, timestamptz, text, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.audit_search(timestamptz, timestamptz, text, text, text, text, text) TO pdauth_auditor;
COMMENT ON FUNCTION pdauth.audit_search(timestamptz, timestamptz, text, text, text, text, text) IS
  'Entries of pdauth.audit_trail in order of time: made from (included) and before (not included) a time, about a relation (schema and name as entries have it; of statements, any relation they use), by a role (as current or login role), for a purpose, with a value of a column in the old or new row, as text: the subject column of the table''s label, or one that the asking role sees in clear. NULL: any. Segments without an entry in question are not unpacked. pdauth_auditor only.';

CREATE FUNCTION pdauth.audit_access(
  made_from timestamptz DEFAULT '-infinity', made_before timestamptz DEFAULT 'infinity', resource text DEFAULT NULL,
  relation_name text DEFAULT NULL, role_names text[] DEFAULT NULL, purpose text DEFAULT NULL)
RETURNS SETOF pdauth.audit_statement
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  WITH
  found AS MATERIALIZED (
    SELECT l.* FROM pdauth.audit_found(audit_access.made_from, audit_access.made_before,
                                       CASE WHEN audit_access.relation_name IS NOT NULL THEN ARRAY[audit_access.relation_name] END, audit_access.resource,
                                       '{R,N}', audit_access.role_names, audit_access.purpose, NULL, NULL) AS l),
  -- how the long ones ended
  outcome AS (
    SELECT s.session, s.statement, s.rows, s.sqlstate
      FROM pdauth.audit_found(audit_access.made_from, audit_access.made_before + interval '1 day', NULL, NULL, '{O}', audit_access.role_names, NULL, NULL, NULL) AS l
     CROSS JOIN LATERAL pdauth.statement_relation(l.relation_name, l.operation, l.image) AS s
     WHERE s.whole ->> 'rolled_back_from' IS NULL)
  SELECT l.made_at + s.later, l.operation, s.kind, s.used_name, coalesce(s.resource, b.resource), s.access, s.columns, s.masked, s.licenses, s.custodian, s.through,
         l.role_name, s.whole ->> 'outer_role', l.session_role_name, l.purpose, l.client, l.application,
         coalesce(s.rows, o.rows), coalesce(s.sqlstate, o.sqlstate),
         s.whole ->> 'detail', s.whole ->> 'break_glass', s.session, s.statement, (s.whole ->> 'within')::bigint, s.whole ->> 'standby',
         l.epoch, l.xid, l.n
    FROM found AS l CROSS JOIN LATERAL pdauth.statement_relation(l.relation_name, l.operation, l.image) AS s
    LEFT JOIN pdauth.audit_label AS b ON b.relation_name = s.used_name
    LEFT JOIN outcome AS o ON o.session = s.session AND o.statement = s.statement
   WHERE l.made_at + s.later >= audit_access.made_from AND l.made_at + s.later < audit_access.made_before
     AND (audit_access.relation_name IS NULL OR s.used_name = audit_access.relation_name)
     AND (audit_access.resource IS NULL OR pdauth.path_contains(audit_access.resource, coalesce(s.resource, b.resource)))
   ORDER BY l.made_at + s.later, l.epoch, l.xid, l.n, s.statement;
END;
REVOKE ALL ON FUNCTION pdauth.audit_access(timestamptz, timestamptz, text, text, text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.audit_access(timestamptz, timestamptz, text, text, text[], text) TO pdauth_auditor;
COMMENT ON FUNCTION pdauth.audit_access(timestamptz, timestamptz, text, text, text[], text) IS
  'Statements and refusals in order of time, one row for each relation used, as pdauth.audit_statement has them, with the outcome of long ones, and of refusals the resource of today: begun from (included) and before (not included) a time, on a resource and all below it, on a relation, by one of several roles (as current or login role), for a purpose. NULL: any. Outcomes more than a day after made_before are not looked for. pdauth_auditor only.';

CREATE FUNCTION pdauth.audit_subject(
  relation_name text, subject_value text, made_from timestamptz DEFAULT '-infinity', made_before timestamptz DEFAULT 'infinity',
  OUT made_at timestamptz, OUT certainty text, OUT operation pg_catalog."char", OUT used_name text, OUT access text, OUT columns text[], OUT masked text[], OUT licenses bigint[],
  OUT role_name text, OUT session_role_name text, OUT purpose text, OUT client text, OUT application text, OUT rows bigint,
  OUT epoch bigint, OUT xid xid8, OUT n bigint) RETURNS SETOF record
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $function$
#variable_conflict use_column
DECLARE
  asked constant regclass := to_regclass(audit_subject.relation_name);
  label record;
  names text[];
  held_in text[];
  held_from timestamptz[];
  held_until timestamptz[];
BEGIN
  SELECT p.* INTO label FROM pdauth.protected_relation AS p WHERE p.relation = asked;
  IF label.subject_column IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
      MESSAGE = format('%s has no label that names a subject column', audit_subject.relation_name),
      HINT = 'pdauth.protect(..., subject_column => ...) sets it; pdauth.audit_access() tells who read the table at all.';
  END IF;
  -- rows are in the log under their partition, statements under the table they named
  names := ARRAY(SELECT format('%I.%I', s.nspname, c.relname)
                   FROM (SELECT t.member::oid FROM pdauth.audit_tree(label.label_of) AS t) AS m(oid)
                   JOIN pg_class AS c ON c.oid = m.oid JOIN pg_namespace AS s ON s.oid = c.relnamespace
                  WHERE m.oid = asked OR EXISTS (SELECT FROM pdauth.audit_tree(asked) AS t WHERE t.member = m.oid)
                     OR EXISTS (SELECT FROM pdauth.audit_tree(m.oid) AS t WHERE t.member = asked));
  -- when the table held rows of the subject, and of which divisions
  WITH
  event AS MATERIALIZED (
    SELECT l.made_at, l.epoch, l.xid, l.n, CASE WHEN o.old_row THEN -1 ELSE 1 END AS change, pdauth.image_text(l.image, o.old_row, label.region_column::text) AS region
      FROM pdauth.audit_found('-infinity', 'infinity', names, NULL, '{I,U,D,B}', NULL, NULL, label.subject_column::text, audit_subject.subject_value) AS l
     CROSS JOIN (VALUES (true), (false)) AS o(old_row)
     WHERE pdauth.image_text(l.image, o.old_row, label.subject_column::text) = audit_subject.subject_value),
  -- rows after each event; below none: there were some before the log begins
  counted AS (
    SELECT e.made_at, sum(e.change) OVER (ORDER BY e.made_at, e.epoch, e.xid, e.n, e.change) AS rows FROM event AS e),
  before AS (
    SELECT CASE WHEN EXISTS (SELECT FROM pdauth.audit_found('-infinity', 'infinity', names, NULL, '{A}', NULL, NULL, NULL, NULL) AS a
                              WHERE pdauth.image_json(a.image) #>> '{new,note}' = 'with baseline') THEN - least(min(c.rows), 0) ELSE 1 END AS rows
      FROM counted AS c),
  presence AS (
    SELECT p.made_at AS since, lead(p.made_at, 1, 'infinity') OVER (ORDER BY p.made_at) AS until, p.rows + b.rows AS rows
      FROM (SELECT '-infinity'::timestamptz AS made_at, 0 AS rows UNION ALL SELECT c.made_at, max(c.rows) FROM counted AS c GROUP BY c.made_at) AS p CROSS JOIN before AS b)
  SELECT array_agg(p.since), array_agg(p.until), (SELECT array_agg(DISTINCT coalesce(e.region, '*')) FROM event AS e)
    INTO held_from, held_until, held_in FROM presence AS p WHERE p.rows > 0;
  RETURN QUERY
  WITH statement AS (
    SELECT l.made_at + s.later AS made_at, l.operation, l.role_name, l.session_role_name, l.purpose, l.client, l.application, l.epoch, l.xid, l.n, s.*
      FROM pdauth.audit_found(greatest(audit_subject.made_from, (SELECT min(t) FROM unnest(held_from) AS t)), least(audit_subject.made_before, (SELECT max(t) FROM unnest(held_until) AS t)),
                              names, NULL, '{R}', NULL, NULL, NULL, NULL) AS l
     CROSS JOIN LATERAL pdauth.statement_relation(l.relation_name, l.operation, l.image) AS s
     WHERE held_from IS NOT NULL AND s.used_name = ANY (names) AND s.access LIKE '%read%' AND s.rows IS DISTINCT FROM 0)
  SELECT l.made_at, 'certain', l.operation, l.relation_name, 'write', NULL::text[], NULL::text[], NULL::bigint[],
         l.role_name, l.session_role_name, l.purpose, l.client, l.application, 1::bigint, l.epoch, l.xid, l.n
    FROM pdauth.audit_found(audit_subject.made_from, audit_subject.made_before, names, NULL, '{I,U,D,B}', NULL, NULL, label.subject_column::text, audit_subject.subject_value) AS l
  UNION ALL
  SELECT t.made_at, 'possible', t.operation, t.used_name, t.access, t.columns, t.masked, t.licenses,
         t.role_name, t.session_role_name, t.purpose, t.client, t.application, t.rows, t.epoch, t.xid, t.n
    FROM statement AS t
   WHERE t.made_at >= audit_subject.made_from AND t.made_at < audit_subject.made_before
     AND EXISTS (SELECT FROM ROWS FROM (unnest(held_from), unnest(held_until)) AS p(since, until) WHERE t.made_at >= p.since AND t.made_at < p.until)
     AND (t.custodian OR t.licenses IS NULL OR t.licenses = '{}' OR t.whole ? 'break_glass' OR held_in IS NULL OR '*' = ANY (held_in)
          OR EXISTS (SELECT FROM pdauth.license AS l CROSS JOIN LATERAL pdauth.grants(l.scope) AS g
                      WHERE l.license_id = ANY (t.licenses) AND EXISTS (SELECT FROM unnest(g.paths) AS p(path) WHERE pdauth.path_contains(p.path, t.resource))
                        AND EXISTS (SELECT FROM unnest(held_in) AS r(region) WHERE pdauth.division_contains(g.regions, r.region))))
   ORDER BY 1, 15, 16, 17;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.audit_subject(text, text, timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.audit_subject(text, text, timestamptz, timestamptz) TO pdauth_auditor;
COMMENT ON FUNCTION pdauth.audit_subject(text, text, timestamptz, timestamptz) IS
  'Who had to do with the rows of a data subject (a value of the subject column in the table''s label, as text) from (included) and before (not included) a time. certainty "certain": this very entry wrote such a row. "possible": a statement read the table while such a row was in it, showed or changed rows, and rested on custody, break-glass or a license for a division the row had; which rows it showed is not recorded, so whoever saw the subject''s data is among these, and others are too. Not among them: readers of copies, of the table under an earlier name, of rows deleted meanwhile under an older snapshot. rows: of the whole statement; NULL: see its outcome (operation O). A table that is not audited, or without baseline, counts as holding such rows from the beginning. An error without a subject column. pdauth_auditor only.';

CREATE VIEW pdauth.audit_activity AS
  SELECT p.day, p.operation, p.relation_name, p.resource, p.access, p.role_name, p.session_role_name, p.purpose, p.entries, p.rows, p.first_at, p.last_at
    FROM pdauth.audit_activity_packed AS p JOIN pdauth.audit_segment AS s ON (s.epoch, s.xid, s.n) = (p.epoch, p.xid, p.n) AND s.ctid = p.place
  UNION ALL
  SELECT e.day, e.operation, a.used_name, coalesce(a.resource, b.resource), a.access, e.role_name, e.session_role_name, e.purpose,
         pg_catalog.sum(e.entries)::bigint, pg_catalog.sum(e.entries * a.rows)::bigint, pg_catalog.min(e.first_at + a.later), pg_catalog.max(e.last_at + a.later)
    -- as pdauth.segment_activity() does
    FROM (SELECT (r.made_at AT TIME ZONE 'Asia/Shanghai')::date AS day, r.operation, r.relation_name, r.role_name, r.session_role_name, r.purpose,
                 CASE WHEN r.operation IN ('R', 'N', 'L') THEN r.image END AS image, pg_catalog.count(*) AS entries, pg_catalog.min(r.made_at) AS first_at, pg_catalog.max(r.made_at) AS last_at
            FROM (SELECT k.* FROM pdauth.audit_entry AS k
                  UNION ALL
                  SELECT u.* FROM pdauth.audit_segment AS s CROSS JOIN LATERAL pdauth.audit_unpack(s) AS u
                   WHERE s.pruned_xid IS NULL
                     AND NOT EXISTS (SELECT FROM pdauth.audit_activity_packed AS p WHERE (p.epoch, p.xid, p.n) = (s.epoch, s.xid, s.n) AND p.place = s.ctid)) AS r
           GROUP BY 1, 2, 3, 4, 5, 6, 7) AS e
   CROSS JOIN LATERAL pdauth.activity_of(e.operation, e.relation_name, e.image) AS a
    LEFT JOIN pdauth.audit_label AS b ON b.relation_name = a.used_name
   GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;
COMMENT ON VIEW pdauth.audit_activity IS
  'Who did how much with what on which day (Asia/Shanghai): the whole log counted, a statement once for each relation it used. The views audit_by_... add it up. Fast as far as the log is packed. pdauth_auditor only.';
COMMENT ON COLUMN pdauth.audit_activity.day IS 'Day.';
COMMENT ON COLUMN pdauth.audit_activity.operation IS 'As in pdauth.audit_entry: R statement, N refusal, L change of policy, I, U, D changes of rows, and so on.';
COMMENT ON COLUMN pdauth.audit_activity.relation_name IS 'Table as it was called then.';
COMMENT ON COLUMN pdauth.audit_activity.resource IS 'Its resource: of statements then, of changes as labelled when they were counted.';
COMMENT ON COLUMN pdauth.audit_activity.access IS 'read, write or both.';
COMMENT ON COLUMN pdauth.audit_activity.role_name IS 'Acting role.';
COMMENT ON COLUMN pdauth.audit_activity.session_role_name IS 'Role that logged in.';
COMMENT ON COLUMN pdauth.audit_activity.purpose IS 'Declared purpose.';
COMMENT ON COLUMN pdauth.audit_activity.entries IS 'Statements, or entries of other operations.';
COMMENT ON COLUMN pdauth.audit_activity.rows IS 'Rows that statements showed or changed, or changes recorded; outcomes in entries of operation O are not in it.';
COMMENT ON COLUMN pdauth.audit_activity.first_at IS 'First of them.';
COMMENT ON COLUMN pdauth.audit_activity.last_at IS 'Last of them.';

CREATE VIEW pdauth.audit_by_resource AS
  SELECT a.day, a.resource, a.relation_name,
         coalesce(pg_catalog.sum(a.entries) FILTER (WHERE a.operation = 'R' AND a.access LIKE '%read%'), 0)::bigint AS reads,
         coalesce(pg_catalog.sum(a.rows) FILTER (WHERE a.operation = 'R' AND a.access = 'read'), 0)::bigint AS rows_read,
         coalesce(pg_catalog.sum(a.entries) FILTER (WHERE a.operation IN ('I', 'U', 'D', 'T')), 0)::bigint AS changes,
         coalesce(pg_catalog.sum(a.entries) FILTER (WHERE a.operation = 'N'), 0)::bigint AS refusals,
         pg_catalog.count(DISTINCT a.role_name) AS roles, pg_catalog.min(a.first_at) AS first_at, pg_catalog.max(a.last_at) AS last_at
    FROM pdauth.audit_activity AS a WHERE a.operation IN ('N', 'I', 'U', 'D', 'T') OR a.operation = 'R' AND a.access IS NOT NULL GROUP BY 1, 2, 3;
COMMENT ON VIEW pdauth.audit_by_resource IS 'Per day, resource and table: statements that read it, rows they showed, changes of rows, refusals, and how many roles. pdauth_auditor only.';
COMMENT ON COLUMN pdauth.audit_by_resource.day IS 'Day, in Asia/Shanghai.';
COMMENT ON COLUMN pdauth.audit_by_resource.resource IS 'Resource; NULL where none was concerned.';
COMMENT ON COLUMN pdauth.audit_by_resource.relation_name IS 'Table as it was called then.';
COMMENT ON COLUMN pdauth.audit_by_resource.reads IS 'Statements that read.';
COMMENT ON COLUMN pdauth.audit_by_resource.rows_read IS 'Rows that they showed.';
COMMENT ON COLUMN pdauth.audit_by_resource.changes IS 'Changes of rows.';
COMMENT ON COLUMN pdauth.audit_by_resource.refusals IS 'Refusals.';
COMMENT ON COLUMN pdauth.audit_by_resource.roles IS 'Number of acting roles.';
COMMENT ON COLUMN pdauth.audit_by_resource.first_at IS 'First of all these.';
COMMENT ON COLUMN pdauth.audit_by_resource.last_at IS 'Last of all these.';
CREATE VIEW pdauth.audit_by_role AS
  SELECT a.day, a.role_name, a.session_role_name, a.resource, a.purpose,
         coalesce(pg_catalog.sum(a.entries) FILTER (WHERE a.operation = 'R' AND a.access LIKE '%read%'), 0)::bigint AS reads,
         coalesce(pg_catalog.sum(a.rows) FILTER (WHERE a.operation = 'R' AND a.access = 'read'), 0)::bigint AS rows_read,
         coalesce(pg_catalog.sum(a.entries) FILTER (WHERE a.operation IN ('I', 'U', 'D', 'T')), 0)::bigint AS changes,
         coalesce(pg_catalog.sum(a.entries) FILTER (WHERE a.operation = 'N'), 0)::bigint AS refusals,
         pg_catalog.min(a.first_at) AS first_at, pg_catalog.max(a.last_at) AS last_at
    FROM pdauth.audit_activity AS a WHERE a.operation IN ('N', 'I', 'U', 'D', 'T') OR a.operation = 'R' AND a.access IS NOT NULL GROUP BY 1, 2, 3, 4, 5;
COMMENT ON VIEW pdauth.audit_by_role IS 'The same per day, acting role, login role, resource and purpose. pdauth_auditor only.';
COMMENT ON COLUMN pdauth.audit_by_role.day IS 'Day, in Asia/Shanghai.';
COMMENT ON COLUMN pdauth.audit_by_role.role_name IS 'Acting role.';
COMMENT ON COLUMN pdauth.audit_by_role.session_role_name IS 'Role that logged in.';
COMMENT ON COLUMN pdauth.audit_by_role.resource IS 'Resource; NULL where none was concerned.';
COMMENT ON COLUMN pdauth.audit_by_role.purpose IS 'Declared purpose; NULL if none.';
COMMENT ON COLUMN pdauth.audit_by_role.reads IS 'Statements that read.';
COMMENT ON COLUMN pdauth.audit_by_role.rows_read IS 'Rows that they showed.';
COMMENT ON COLUMN pdauth.audit_by_role.changes IS 'Changes of rows.';
COMMENT ON COLUMN pdauth.audit_by_role.refusals IS 'Refusals.';
COMMENT ON COLUMN pdauth.audit_by_role.first_at IS 'First of all these.';
COMMENT ON COLUMN pdauth.audit_by_role.last_at IS 'Last of all these.';
CREATE VIEW pdauth.audit_by_purpose AS
  SELECT a.day, a.purpose, a.resource,
         coalesce(pg_catalog.sum(a.entries) FILTER (WHERE a.operation = 'R' AND a.access LIKE '%read%'), 0)::bigint AS reads,
         coalesce(pg_catalog.sum(a.rows) FILTER (WHERE a.operation = 'R' AND a.access = 'read'), 0)::bigint AS rows_read,
         coalesce(pg_catalog.sum(a.entries) FILTER (WHERE a.operation IN ('I', 'U', 'D', 'T')), 0)::bigint AS changes,
         coalesce(pg_catalog.sum(a.entries) FILTER (WHERE a.operation = 'N'), 0)::bigint AS refusals,
         pg_catalog.count(DISTINCT a.role_name) AS roles, pg_catalog.min(a.first_at) AS first_at, pg_catalog.max(a.last_at) AS last_at
    FROM pdauth.audit_activity AS a WHERE a.operation IN ('N', 'I', 'U', 'D', 'T') OR a.operation = 'R' AND a.access IS NOT NULL GROUP BY 1, 2, 3;
COMMENT ON VIEW pdauth.audit_by_purpose IS 'The same per day, declared purpose (NULL: none) and resource. pdauth_auditor only.';
COMMENT ON COLUMN pdauth.audit_by_purpose.day IS 'Day, in Asia/Shanghai.';
COMMENT ON COLUMN pdauth.audit_by_purpose.purpose IS 'Declared purpose; NULL if none.';
COMMENT ON COLUMN pdauth.audit_by_purpose.resource IS 'Resource; NULL where none was concerned.';
COMMENT ON COLUMN pdauth.audit_by_purpose.reads IS 'Statements that read.';
COMMENT ON COLUMN pdauth.audit_by_purpose.rows_read IS 'Rows that they showed.';
COMMENT ON COLUMN pdauth.audit_by_purpose.changes IS 'Changes of rows.';
COMMENT ON COLUMN pdauth.audit_by_purpose.refusals IS 'Refusals.';
COMMENT ON COLUMN pdauth.audit_by_purpose.roles IS 'Number of acting roles.';
COMMENT ON COLUMN pdauth.audit_by_purpose.first_at IS 'First of all these.';
COMMENT ON COLUMN pdauth.audit_by_purpose.last_at IS 'Last of all these.';
GRANT SELECT ON pdauth.audit_activity, pdauth.audit_by_resource, pdauth.audit_by_role, pdauth.audit_by_purpose TO pdauth_auditor;
