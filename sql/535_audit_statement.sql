-- Recording of statements: the workers, and what they need.

CREATE TABLE pdauth.audit_queue (
  queue    pg_catalog.uuid PRIMARY KEY,
  position pg_catalog.int8 NOT NULL,
  noted_at pg_catalog.timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  chain    pg_catalog.bytea
);
COMMENT ON TABLE pdauth.audit_queue IS
  'Up to where the records of each audit queue are in the log. Written by the audit worker with the entries, in one transaction, so that none is lost and none is written twice. A server makes a new queue each time it starts.';
COMMENT ON COLUMN pdauth.audit_queue.queue IS 'Id of the queue, also part of its file''s name.';
COMMENT ON COLUMN pdauth.audit_queue.position IS 'Bytes of records taken over, since the queue was made.';
COMMENT ON COLUMN pdauth.audit_queue.noted_at IS 'When the worker last took some over, by the server''s clock.';
COMMENT ON COLUMN pdauth.audit_queue.chain IS 'Digest of the last record taken over, which the next one must continue, where the queue is a standby''s; otherwise NULL.';
GRANT SELECT ON pdauth.audit_queue TO pdauth_auditor;
-- Who moved the position would have the worker pass over records.
CREATE TRIGGER keep_writer BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON pdauth.audit_queue
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.keep_writer();
ALTER TABLE pdauth.audit_queue ENABLE ALWAYS TRIGGER keep_writer;

CREATE FUNCTION pdauth.audit_wait() RETURNS void
LANGUAGE C AS 'MODULE_PATHNAME', 'pdauth_audit_wait';
REVOKE ALL ON FUNCTION pdauth.audit_wait() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.audit_wait() TO pdauth_auditor, pdauth_policy_admin;
COMMENT ON FUNCTION pdauth.audit_wait() IS
  'Returns once all statements of this database that began before the call are in the audit log: the worker takes them over within a second, or at once when asked by this. Raises PD255 if the database has no queue.';

CREATE FUNCTION pdauth.import_records(queue uuid, records bytea, standby text) RETURNS bigint
LANGUAGE C STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'pdauth_import_records';
REVOKE ALL ON FUNCTION pdauth.import_records(uuid, bytea, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.import_records(uuid, bytea, text) IS
  'Writes records of statements that ran on a hot standby to the log; called by the standby''s audit worker. queue: id of its queue; records: as they stand in it; standby: its cluster_name, kept in the entries. Returns the number of entries written; what the log has already is passed over, and a gap, damage or a record that does not continue the chain of digests is an error. Superusers, and the role of the standby''s connection if it is granted.';

CREATE FUNCTION pdauth.record_policy(kind text, detail text) RETURNS void
LANGUAGE C AS 'MODULE_PATHNAME', 'pdauth_record_policy';
REVOKE ALL ON FUNCTION pdauth.record_policy(text, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.record_policy(text, text) IS
  'Records a change of the policy as an entry of operation L; part of pdauth.record_holding().';

CREATE FUNCTION pdauth.record_holding() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  PERFORM pdauth.record_policy(format('%s pdauth.%I', TG_OP, TG_TABLE_NAME), to_jsonb(NEW)::text);
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.record_holding() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.record_holding() IS
  'Trigger of pdauth.license, pdauth.custodian and pdauth.exclusion: records each row issued or ended. A rollback is recorded as well.';
CREATE TRIGGER record_holding AFTER INSERT OR UPDATE ON pdauth.license
  FOR EACH ROW EXECUTE FUNCTION pdauth.record_holding();
CREATE TRIGGER record_holding AFTER INSERT OR UPDATE ON pdauth.custodian
  FOR EACH ROW EXECUTE FUNCTION pdauth.record_holding();
CREATE TRIGGER record_holding AFTER INSERT OR UPDATE ON pdauth.exclusion
  FOR EACH ROW EXECUTE FUNCTION pdauth.record_holding();
ALTER TABLE pdauth.exclusion ENABLE ALWAYS TRIGGER record_holding;
ALTER TABLE pdauth.license ENABLE ALWAYS TRIGGER record_holding;
ALTER TABLE pdauth.custodian ENABLE ALWAYS TRIGGER record_holding;

CREATE FUNCTION pdauth.audit_worker_status(
  OUT database oid, OUT worker integer, OUT queued bigint, OUT capacity bigint, OUT waits bigint, OUT recorded bigint,
  OUT sealed_at timestamptz, OUT failed_at timestamptz, OUT failure text) RETURNS SETOF record
LANGUAGE C VOLATILE ROWS 5
AS 'MODULE_PATHNAME', 'pdauth_audit_worker_status';
REVOKE ALL ON FUNCTION pdauth.audit_worker_status() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.audit_worker_status() TO pdauth_auditor, pdauth_policy_admin;
COMMENT ON FUNCTION pdauth.audit_worker_status() IS
  'State of the audit queues and workers of the whole server; the view pdauth.audit_worker shows it with names. Raises PD001 unless preloaded.';

-- By key, whatever the statistics say: a monitor asks often, and the log is
-- large.  In one pass, because a standby has no key to go by (audit_key_index.h).
CREATE FUNCTION pdauth.unsealed(OUT entries bigint, OUT oldest timestamptz) RETURNS record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off
BEGIN ATOMIC
  WITH last AS (SELECT b.snapshot FROM pdauth.audit_block AS b WHERE b.epoch = pdauth.audit_epoch() ORDER BY b.block DESC LIMIT 1)
  SELECT pg_catalog.count(*), pg_catalog.min(e.made_at)
    FROM pdauth.audit_entry AS e
   WHERE e.epoch = pdauth.audit_epoch()
     AND e.xid >= coalesce((SELECT pg_catalog.pg_snapshot_xmin(l.snapshot) FROM last AS l), '0')
     AND (e.xid >= coalesce((SELECT pg_catalog.pg_snapshot_xmax(l.snapshot) FROM last AS l), '0')
          OR e.xid = ANY (ARRAY(SELECT pg_catalog.pg_snapshot_xip(l.snapshot) FROM last AS l)));
END;
REVOKE ALL ON FUNCTION pdauth.unsealed() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.unsealed() TO pdauth_auditor, pdauth_policy_admin;
COMMENT ON FUNCTION pdauth.unsealed() IS
  'Entries committed and not sealed yet, and when the oldest was made (NULL if there is none). More than a few seconds of age means that no worker seals.';

CREATE VIEW pdauth.audit_worker AS
  SELECT d.datname AS database, s.worker, s.queued, s.capacity, s.waits, s.recorded, 0::bigint AS dropped, s.sealed_at,
         u.entries AS unsealed, u.oldest AS unsealed_since, s.failed_at, s.failure
    FROM pdauth.audit_worker_status() AS s
    JOIN pg_catalog.pg_database AS d ON d.oid OPERATOR(pg_catalog.=) s.database
    LEFT JOIN LATERAL pdauth.unsealed() AS u ON d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database();
COMMENT ON VIEW pdauth.audit_worker IS
  'Audit queues and workers, one row for each database where something is recorded. pdauth_policy_admin and pdauth_auditor.';
COMMENT ON COLUMN pdauth.audit_worker.database IS 'Name of the database.';
COMMENT ON COLUMN pdauth.audit_worker.worker IS 'Process id of its audit worker, as in pg_stat_activity; NULL while none runs.';
COMMENT ON COLUMN pdauth.audit_worker.queued IS 'Bytes of records that are not in the log yet.';
COMMENT ON COLUMN pdauth.audit_worker.capacity IS 'Bytes the queue can hold (pdauth.audit_queue_size). When it is full, statements wait.';
COMMENT ON COLUMN pdauth.audit_worker.waits IS 'How often a statement had to wait for room since the server started.';
COMMENT ON COLUMN pdauth.audit_worker.recorded IS 'Entries the worker has written since the server started.';
COMMENT ON COLUMN pdauth.audit_worker.dropped IS 'Records dropped: always 0, who cannot be recorded is refused (R-25-5).';
COMMENT ON COLUMN pdauth.audit_worker.sealed_at IS 'When the worker last sealed, or found nothing to seal; NULL: not since the server started.';
COMMENT ON COLUMN pdauth.audit_worker.unsealed IS 'Entries not sealed yet; NULL for other databases than the current one.';
COMMENT ON COLUMN pdauth.audit_worker.unsealed_since IS 'When the oldest of them was made.';
COMMENT ON COLUMN pdauth.audit_worker.failed_at IS 'When a worker of this database last failed; it is started again each second.';
COMMENT ON COLUMN pdauth.audit_worker.failure IS 'Why it failed.';
GRANT SELECT ON pdauth.audit_worker TO pdauth_auditor, pdauth_policy_admin;
