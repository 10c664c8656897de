-- An index of what is packed, so that questions about a large log need not
-- unpack all of it.  It follows from the segments, is no evidence, is in no
-- dump, and pdauth.audit_index(rebuild => true) makes it anew.

CREATE TABLE pdauth.audit_activity_packed (
  epoch             bigint NOT NULL,
  xid               xid8 NOT NULL,
  n                 bigint NOT NULL,
  place             tid NOT NULL,
  day               date NOT NULL,
  operation         pg_catalog."char" NOT NULL,
  relation_name     text,
  resource          text,
  access            text,
  role_name         text,
  session_role_name text,
  purpose           text,
  entries           bigint NOT NULL,
  rows              bigint NOT NULL,
  first_at          timestamptz NOT NULL,
  last_at           timestamptz NOT NULL
);
CREATE INDEX audit_activity_packed_key ON pdauth.audit_activity_packed (epoch, xid, n);
CREATE TABLE pdauth.audit_subject_packed (
  epoch         bigint NOT NULL,
  xid           xid8 NOT NULL,
  n             bigint NOT NULL,
  place         tid NOT NULL,
  relation_name text NOT NULL,
  column_name   text NOT NULL,
  hashes        integer[] NOT NULL
);
CREATE INDEX audit_subject_packed_key ON pdauth.audit_subject_packed (epoch, xid, n);
COMMENT ON TABLE pdauth.audit_activity_packed IS 'Who did how much with what, for each segment of the log and day. Made by pdauth.audit_index(); read it through pdauth.audit_activity.';
COMMENT ON COLUMN pdauth.audit_activity_packed.epoch IS 'Key of the segment, with the two next columns.';
COMMENT ON COLUMN pdauth.audit_activity_packed.xid IS 'Key of the segment.';
COMMENT ON COLUMN pdauth.audit_activity_packed.n IS 'Key of the segment.';
COMMENT ON COLUMN pdauth.audit_activity_packed.place IS 'Where the segment stood: elsewhere, it was changed since, and the row counts no more.';
COMMENT ON COLUMN pdauth.audit_activity_packed.day IS 'Day, in Asia/Shanghai.';
COMMENT ON COLUMN pdauth.audit_activity_packed.operation IS 'As in pdauth.audit_entry.';
COMMENT ON COLUMN pdauth.audit_activity_packed.relation_name IS 'Table as it was called then.';
COMMENT ON COLUMN pdauth.audit_activity_packed.resource IS 'Its resource: of statements then, of changes when the index was made.';
COMMENT ON COLUMN pdauth.audit_activity_packed.access IS 'read or write, or both.';
COMMENT ON COLUMN pdauth.audit_activity_packed.role_name IS 'Acting role.';
COMMENT ON COLUMN pdauth.audit_activity_packed.session_role_name IS 'Role that logged in.';
COMMENT ON COLUMN pdauth.audit_activity_packed.purpose IS 'Declared purpose.';
COMMENT ON COLUMN pdauth.audit_activity_packed.entries IS 'Statements, once for each relation, or entries of other operations.';
COMMENT ON COLUMN pdauth.audit_activity_packed.rows IS 'Rows shown or changed.';
COMMENT ON COLUMN pdauth.audit_activity_packed.first_at IS 'First of them.';
COMMENT ON COLUMN pdauth.audit_activity_packed.last_at IS 'Last of them.';
COMMENT ON TABLE pdauth.audit_subject_packed IS 'Which subjects occur in a segment of the log. Made by pdauth.audit_index().';
COMMENT ON COLUMN pdauth.audit_subject_packed.epoch IS 'Key of the segment, with the two next columns.';
COMMENT ON COLUMN pdauth.audit_subject_packed.xid IS 'Key of the segment.';
COMMENT ON COLUMN pdauth.audit_subject_packed.n IS 'Key of the segment.';
COMMENT ON COLUMN pdauth.audit_subject_packed.place IS 'As in pdauth.audit_activity_packed.';
COMMENT ON COLUMN pdauth.audit_subject_packed.relation_name IS 'Table.';
COMMENT ON COLUMN pdauth.audit_subject_packed.column_name IS 'Its subject column when the index was made.';
COMMENT ON COLUMN pdauth.audit_subject_packed.hashes IS 'hashtext() of its values in the segment''s rows.';

-- The resource and subject column of a table by the name an entry has it under.
CREATE VIEW pdauth.audit_label AS
  SELECT pg_catalog.format('%I.%I', s.nspname, c.relname) AS relation_name, pg_catalog.min(p.resource) AS resource, pg_catalog.min(p.subject_column) AS subject_column,
         pg_catalog.min(p.region_column) AS region_column
    FROM pdauth.protected_relation AS p JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) p.relation
    JOIN pg_catalog.pg_namespace AS s ON s.oid OPERATOR(pg_catalog.=) c.relnamespace
   GROUP BY 1;
COMMENT ON VIEW pdauth.audit_label IS 'What today''s labels say of tables, by the name they have in the log. Part of pdauth.audit_index().';
COMMENT ON COLUMN pdauth.audit_label.relation_name IS 'Table, by the name it has in the log.';
COMMENT ON COLUMN pdauth.audit_label.resource IS 'Its resource.';
COMMENT ON COLUMN pdauth.audit_label.subject_column IS 'Column that says whose data a row is; NULL if none.';
COMMENT ON COLUMN pdauth.audit_label.region_column IS 'Column with the division of a row; NULL if none.';

CREATE FUNCTION pdauth.activity_of(
  operation pg_catalog."char", relation_name text, image bytea, OUT used_name text, OUT resource text, OUT access text, OUT rows bigint, OUT later interval) RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
  SELECT s.used_name, s.resource, s.access, coalesce(s.rows, 0), s.later
    FROM pdauth.statement_relation(activity_of.relation_name, activity_of.operation, activity_of.image) AS s
   WHERE activity_of.operation IN ('R', 'N', 'L')
  UNION ALL
  SELECT activity_of.relation_name, NULL, CASE WHEN activity_of.operation IN ('I', 'U', 'D', 'T') THEN 'write' END, (activity_of.operation IN ('I', 'U', 'D'))::integer, interval '0'
   WHERE activity_of.operation NOT IN ('R', 'N', 'L');
END;
COMMENT ON FUNCTION pdauth.activity_of(pg_catalog."char", text, bytea) IS
  'With which relations the statements (image: that of the entry) or the change of an entry are concerned, with how many rows, and how long after the entry''s time. Part of pdauth.audit_activity.';

-- What the index of a segment must say, by the segment itself.
CREATE FUNCTION pdauth.segment_activity(
  place tid, OUT day date, OUT operation pg_catalog."char", OUT relation_name text, OUT resource text, OUT access text, OUT role_name text,
  OUT session_role_name text, OUT purpose text, OUT entries bigint, OUT rows bigint, OUT first_at timestamptz, OUT last_at timestamptz) RETURNS SETOF record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET jit = off
AS $function$
  SELECT e.day, e.operation, a.used_name, a.resource, a.access, e.role_name, e.session_role_name, e.purpose,
         sum(e.entries)::bigint, sum(e.entries * a.rows)::bigint, min(e.first_at + a.later), max(e.last_at + a.later)
    -- changes need no look into their images: few are left once they are counted
    FROM (SELECT (u.made_at AT TIME ZONE 'Asia/Shanghai')::date AS day, u.operation, u.relation_name, u.role_name, u.session_role_name, u.purpose,
                 CASE WHEN u.operation IN ('R', 'N', 'L') THEN u.image END AS image, count(*) AS entries, min(u.made_at) AS first_at, max(u.made_at) AS last_at
            FROM pdauth.audit_segment AS s CROSS JOIN LATERAL pdauth.audit_unpack(s) AS u
           WHERE s.ctid = segment_activity.place GROUP BY 1, 2, 3, 4, 5, 6, 7) AS e
   CROSS JOIN LATERAL pdauth.activity_of(e.operation, e.relation_name, e.image) AS a
   GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
$function$;
REVOKE ALL ON FUNCTION pdauth.segment_activity(tid) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.segment_activity(tid) IS 'The rows of pdauth.audit_activity_packed for the segment at a place; resource as statements have it, NULL for what has the resource of its label. Part of pdauth.audit_index().';
CREATE FUNCTION pdauth.segment_subject(place tid, relation_names text[], columns text[], OUT relation_name text, OUT column_name text, OUT hashes integer[]) RETURNS SETOF record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET jit = off
AS $function$
  SELECT u.relation_name, k.column_name, coalesce(array_agg(DISTINCT h.hash ORDER BY h.hash) FILTER (WHERE h.hash IS NOT NULL), '{}')
    FROM pdauth.audit_segment AS s CROSS JOIN LATERAL pdauth.audit_unpack(s) AS u
    JOIN ROWS FROM (unnest(relation_names), unnest(columns)) AS k(relation_name, column_name) ON k.relation_name = u.relation_name
    LEFT JOIN LATERAL (SELECT hashtext(v.value) FROM (VALUES (true), (false)) AS o(old_row)
                        CROSS JOIN LATERAL pdauth.image_text(u.image, o.old_row, k.column_name) AS v(value)) AS h(hash) ON true
   WHERE s.ctid = segment_subject.place AND u.operation IN ('I', 'U', 'D', 'B')
   GROUP BY u.relation_name, k.column_name
$function$;
REVOKE ALL ON FUNCTION pdauth.segment_subject(tid, text[], text[]) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.segment_subject(tid, text[], text[]) IS 'The rows of pdauth.audit_subject_packed for the segment at a place, for tables and a subject column of each. Part of pdauth.audit_index().';

CREATE FUNCTION pdauth.audit_index(rebuild boolean DEFAULT false) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $function$
DECLARE
  relation_names constant text[] := ARRAY(SELECT l.relation_name FROM pdauth.audit_label AS l WHERE l.subject_column IS NOT NULL ORDER BY 1);
  subject_columns constant text[] := ARRAY(SELECT l.subject_column FROM pdauth.audit_label AS l WHERE l.subject_column IS NOT NULL ORDER BY l.relation_name);
  segment record;
  indexed bigint := 0;
BEGIN
  LOCK TABLE pdauth.audit_activity_packed IN SHARE ROW EXCLUSIVE MODE;
  DELETE FROM pdauth.audit_activity_packed AS a
   WHERE rebuild OR NOT EXISTS (SELECT FROM pdauth.audit_segment AS s WHERE (s.epoch, s.xid, s.n) = (a.epoch, a.xid, a.n) AND s.ctid = a.place AND s.pruned_xid IS NULL);
  DELETE FROM pdauth.audit_subject_packed AS a
   WHERE rebuild OR NOT EXISTS (SELECT FROM pdauth.audit_segment AS s WHERE (s.epoch, s.xid, s.n) = (a.epoch, a.xid, a.n) AND s.ctid = a.place AND s.pruned_xid IS NULL);
  PERFORM pdauth.progress_begin('indexing the audit log', '', (
    SELECT count(*) FROM pdauth.audit_segment AS s
     WHERE s.pruned_xid IS NULL AND NOT EXISTS (SELECT FROM pdauth.audit_activity_packed AS a WHERE (a.epoch, a.xid, a.n) = (s.epoch, s.xid, s.n))));
  FOR segment IN
    SELECT s.ctid AS place, s.epoch, s.xid, s.n FROM pdauth.audit_segment AS s
     WHERE s.pruned_xid IS NULL AND NOT EXISTS (SELECT FROM pdauth.audit_activity_packed AS a WHERE (a.epoch, a.xid, a.n) = (s.epoch, s.xid, s.n)) LOOP
    INSERT INTO pdauth.audit_activity_packed
    SELECT segment.epoch, segment.xid, segment.n, segment.place, a.day, a.operation, a.relation_name, coalesce(a.resource, l.resource), a.access,
           a.role_name, a.session_role_name, a.purpose, a.entries, a.rows, a.first_at, a.last_at
      FROM pdauth.segment_activity(segment.place) AS a LEFT JOIN pdauth.audit_label AS l ON l.relation_name = a.relation_name;
    INSERT INTO pdauth.audit_subject_packed
    SELECT segment.epoch, segment.xid, segment.n, segment.place, h.* FROM pdauth.segment_subject(segment.place, relation_names, subject_columns) AS h;
    indexed := indexed + 1;
    PERFORM pdauth.progress_advance(1);
  END LOOP;
  PERFORM pdauth.progress_end();
  RETURN indexed;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.audit_index(boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.audit_index(boolean) TO pdauth_auditor, pdauth_policy_admin;
COMMENT ON FUNCTION pdauth.audit_index(boolean) IS
  'Indexes the segments that are not indexed yet, for pdauth.audit_activity and the functions that search the log, and returns their number; pdauth.archive() calls it. Segments without an index are read in full, so answers do not depend on it. rebuild: all of them, for whoever does not trust the index (pdauth.verify_index() checks it), after a restore, and after a change of subject columns.';

CREATE FUNCTION pdauth.verify_index(OUT kind text, OUT epoch bigint, OUT xid xid8, OUT n bigint) RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $function$
  SELECT 'wrong index', s.epoch, s.xid, s.n
    FROM pdauth.audit_segment AS s
   WHERE s.pruned_xid IS NULL
     -- without any row it would be read in full
     AND EXISTS (SELECT FROM pdauth.audit_activity_packed AS a WHERE (a.epoch, a.xid, a.n) = (s.epoch, s.xid, s.n) AND a.place = s.ctid)
     AND ((SELECT count(*) FROM pdauth.audit_activity_packed AS a WHERE (a.epoch, a.xid, a.n) = (s.epoch, s.xid, s.n) AND a.place = s.ctid)
            <> (SELECT count(*) FROM pdauth.segment_activity(s.ctid))
          OR EXISTS (SELECT FROM pdauth.segment_activity(s.ctid) AS c
                      WHERE NOT EXISTS (SELECT FROM pdauth.audit_activity_packed AS a
                                         WHERE (a.epoch, a.xid, a.n) = (s.epoch, s.xid, s.n) AND a.place = s.ctid AND (c.resource IS NULL OR a.resource = c.resource)
                                           AND (a.day, a.operation, a.relation_name, a.access, a.role_name, a.session_role_name, a.purpose, a.entries, a.rows, a.first_at, a.last_at)
                                               IS NOT DISTINCT FROM (c.day, c.operation, c.relation_name, c.access, c.role_name, c.session_role_name, c.purpose, c.entries, c.rows, c.first_at, c.last_at)))
          OR EXISTS (SELECT FROM pdauth.audit_subject_packed AS p
                      WHERE (p.epoch, p.xid, p.n) = (s.epoch, s.xid, s.n) AND p.place = s.ctid
                        AND NOT EXISTS (SELECT FROM pdauth.segment_subject(s.ctid, ARRAY[p.relation_name], ARRAY[p.column_name]) AS c WHERE c.hashes = p.hashes)))
   ORDER BY 2, 3, 4
$function$;
REVOKE ALL ON FUNCTION pdauth.verify_index() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.verify_index() TO pdauth_auditor;
COMMENT ON FUNCTION pdauth.verify_index() IS
  'Segments whose index says anything else than they do, by their keys: searches could pass over what is in them. pdauth.audit_index(rebuild => true) mends it. Unpacks the whole packed log. Resources of changes, which are those of labels when the index was made, are not compared. pdauth_auditor only.';

CREATE FUNCTION pdauth.archive(before timestamptz DEFAULT pg_catalog.now()) RETURNS bigint
LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  packed constant bigint := pdauth.archive_entries(before);
BEGIN
  PERFORM pdauth.audit_index();
  RETURN packed;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.archive(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.archive(timestamptz) TO pdauth_auditor, pdauth_policy_admin;
COMMENT ON FUNCTION pdauth.archive(timestamptz) IS
  'Packs the sealed entries made before a time into segments, indexes them, and returns their number. Nothing is lost, and verification, reading and proofs go on as before; space comes back with the next VACUUM. Writers and readers do not wait. An entry that was altered is left as it is, with a warning.';
