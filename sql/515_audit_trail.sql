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

CREATE VIEW pdauth.audit_trail AS
  SELECT l.epoch, l.xid, l.n, l.made_at, l.operation, l.relation_name, l.role_name, l.session_role_name, l.purpose,
         l.client, l.application, pdauth.audit_shown(l.epoch, l.relation, l.relation_name, l.operation, l.image) AS image,
         l.content IS NOT NULL AS erased
    FROM pdauth.audit_log AS l;
COMMENT ON VIEW pdauth.audit_trail IS
  'The audit log as auditors read it: who did what, when, with which rows; values that the asking role may not see in clear are masked. For a time range, a relation or a role over a large log use pdauth.audit_search().';
GRANT SELECT ON pdauth.audit_trail TO pdauth_auditor;

CREATE FUNCTION pdauth.audit_search(
  made_from timestamptz DEFAULT '-infinity', made_before timestamptz DEFAULT 'infinity', relation_name text DEFAULT NULL,
  role_name text DEFAULT NULL, purpose text DEFAULT NULL, subject_column text DEFAULT NULL, subject_value text DEFAULT NULL)
RETURNS SETOF pdauth.audit_trail
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT l.epoch, l.xid, l.n, l.made_at, l.operation, l.relation_name, l.role_name, l.session_role_name, l.purpose,
         l.client, l.application, pdauth.audit_shown(l.epoch, l.relation, l.relation_name, l.operation, l.image), l.content IS NOT NULL
    FROM (SELECT e.* FROM pdauth.audit_entry AS e
          UNION ALL
          -- headers and the short arrays tell which segments to unpack
          SELECT u.* FROM pdauth.audit_segment AS s CROSS JOIN LATERAL pdauth.audit_unpack(s) AS u
           WHERE s.last_made_at >= audit_search.made_from AND s.first_made_at < audit_search.made_before
             AND (audit_search.relation_name IS NULL OR audit_search.relation_name = ANY (s.relation_name))
             AND (audit_search.role_name IS NULL OR audit_search.role_name = ANY (s.role_name || s.session_role_name))
             AND (audit_search.purpose IS NULL OR audit_search.purpose = ANY (s.purpose))) AS l
   WHERE l.made_at >= audit_search.made_from AND l.made_at < audit_search.made_before
     AND (audit_search.relation_name IS NULL OR l.relation_name = audit_search.relation_name)
     AND (audit_search.role_name IS NULL OR audit_search.role_name IN (l.role_name, l.session_role_name))
     AND (audit_search.purpose IS NULL OR l.purpose = audit_search.purpose)
     AND (audit_search.subject_value IS NULL OR l.operation IN ('I', 'U', 'D', 'B')
          AND pdauth.image_has(l.image, audit_search.subject_column, audit_search.subject_value))
   ORDER BY l.made_at, l.epoch, l.xid, l.n;
END;
REVOKE ALL ON FUNCTION pdauth.audit_search(timestamptz, timestamptz, text, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.audit_search(timestamptz, timestamptz, text, text, text, text, text) TO pdauth_auditor;
COMMENT ON FUNCTION pdauth.audit_search(timestamptz, timestamptz, text, text, text, text, text) IS
  'Entries of pdauth.audit_trail in order of time: made from (included) and before (not included) a time, about a relation (schema and name as entries have it), by a role (as current or login role), for a purpose, with a value of a subject column in the old or new row, as text. NULL: any. Segments without an entry in question are not unpacked. pdauth_auditor only.';
