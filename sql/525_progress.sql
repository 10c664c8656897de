-- What takes long, while it runs.

CREATE FUNCTION pdauth.progress_begin(command text, object text, total bigint) RETURNS void
LANGUAGE C STRICT
AS 'MODULE_PATHNAME', 'pdauth_progress_begin';
REVOKE ALL ON FUNCTION pdauth.progress_begin(text, text, bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.progress_begin(text, text, bigint) IS
  'From now on pdauth.progress shows what this session does (command), on what (object, or empty) and of how many units (0: nobody knows), until pdauth.progress_end() or the end of the (sub)transaction. Works within another one do not show. Part of long functions.';

CREATE FUNCTION pdauth.progress_advance(units bigint) RETURNS void
LANGUAGE C STRICT
AS 'MODULE_PATHNAME', 'pdauth_progress_advance';
REVOKE ALL ON FUNCTION pdauth.progress_advance(bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.progress_advance(bigint) IS 'So many more units are done. Part of long functions.';

CREATE FUNCTION pdauth.progress_end() RETURNS void
LANGUAGE C STRICT
AS 'MODULE_PATHNAME', 'pdauth_progress_end';
REVOKE ALL ON FUNCTION pdauth.progress_end() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.progress_end() IS 'What pdauth.progress_begin() began has ended. Part of long functions.';

CREATE FUNCTION pdauth.progress_status(
  OUT pid integer, OUT database oid, OUT command text, OUT object text, OUT started_at timestamptz,
  OUT done bigint, OUT total bigint) RETURNS SETOF record
LANGUAGE C VOLATILE ROWS 5
AS 'MODULE_PATHNAME', 'pdauth_progress_status';
REVOKE ALL ON FUNCTION pdauth.progress_status() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.progress_status() TO pdauth_policy_admin, pdauth_auditor;
COMMENT ON FUNCTION pdauth.progress_status() IS
  'What runs now on this server (64 works at most are shown), verifications aside; the view pdauth.progress shows all of it with names. Empty unless preloaded.';

CREATE VIEW pdauth.progress AS
  SELECT p.pid, d.datname AS database, p.command, p.object, p.started_at, p.done, p.total
    FROM (SELECT s.pid, s.database, s.command, s.object, s.started_at, s.done, s.total FROM pdauth.progress_status() AS s
          UNION ALL
          SELECT v.pid, v.database, 'verifying the audit log: '::text OPERATOR(pg_catalog.||) v.phase, NULL, v.started_at, v.blocks_done,
                 v.last_block OPERATOR(pg_catalog.-) v.first_block OPERATOR(pg_catalog.+) 1
            FROM pdauth.verify_progress() AS v) AS p
    LEFT JOIN pg_catalog.pg_database AS d ON d.oid OPERATOR(pg_catalog.=) p.database;
COMMENT ON VIEW pdauth.progress IS
  'Long functions of pdauth that run now, on the whole server. pdauth_policy_admin and pdauth_auditor. To end one: pg_cancel_backend(pid); what it did is undone, but for a verification, which pdauth.verify_progress() tells where to go on.';
COMMENT ON COLUMN pdauth.progress.pid IS 'Process, as in pg_stat_activity.';
COMMENT ON COLUMN pdauth.progress.database IS 'Name of its database.';
COMMENT ON COLUMN pdauth.progress.command IS
  'What it does, which says what is counted: protecting a table, auditing a table (relations of its tree); sealing the audit log, packing the audit log (entries); indexing the audit log, pruning the audit log (segments); verifying the audit log and its phase (blocks); verifying a table (changes in the log, and rows in the table).';
COMMENT ON COLUMN pdauth.progress.object IS 'Table; NULL where it is about the log.';
COMMENT ON COLUMN pdauth.progress.started_at IS 'Since when.';
COMMENT ON COLUMN pdauth.progress.done IS 'How many are done.';
COMMENT ON COLUMN pdauth.progress.total IS 'Of how many; NULL where that is not known before.';
GRANT SELECT ON pdauth.progress TO pdauth_policy_admin, pdauth_auditor;
