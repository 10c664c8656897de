-- The audit log's part of the health check.

CREATE FUNCTION pdauth.preloaded() RETURNS boolean
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_preloaded';
COMMENT ON FUNCTION pdauth.preloaded() IS
  'Whether the server loaded the library at start (shared_preload_libraries), so that pdauth protects.';

CREATE FUNCTION pdauth.health_audit()
RETURNS TABLE (severity text, object text, finding text, remedy text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  WITH
  setting AS MATERIALIZED (
    SELECT coalesce(nullif(current_setting('pdauth.seal_interval', true), '0')::interval, '0') AS seal_interval),
  newest AS MATERIALIZED (
    SELECT k.block, k.sealed_at, k.first_leaf + k.entries + 1 AS tree_size FROM pdauth.audit_block AS k ORDER BY k.block DESC LIMIT 1)
  SELECT 'warning', 'audit log', format('%s entries are not sealed, the oldest since %s: until then they can be altered without a trace', u.entries, u.oldest),
         CASE WHEN s.seal_interval > '0' THEN 'SELECT * FROM pdauth.audit_worker tells why the worker does not seal' ELSE 'SELECT pdauth.seal(), regularly, or set pdauth.seal_interval' END
    FROM setting AS s CROSS JOIN pdauth.unsealed() AS u
   WHERE u.oldest < clock_timestamp() - CASE WHEN s.seal_interval > '0' THEN greatest(s.seal_interval * 10, '1 minute') ELSE interval '1 hour' END
  UNION ALL
  SELECT 'warning', 'audit log', 'no checkpoint was ever issued: its end can be cut off, or all of it made anew, without a trace',
         'doc/auditor-guide.md: set pdauth.checkpoint_origin and pdauth.checkpoint_key_file, and store pdauth.checkpoint() elsewhere, regularly'
    FROM newest AS k WHERE NOT EXISTS (SELECT FROM pdauth.audit_checkpoint)
  UNION ALL
  SELECT 'warning', 'audit log', format('the newest checkpoint is of %s, block %s; block %s was sealed at %s', c.issued_at, c.block, k.block, k.sealed_at),
         'store pdauth.checkpoint() elsewhere, regularly: what came later can be made anew without a trace'
    FROM newest AS k CROSS JOIN (SELECT c.* FROM pdauth.audit_checkpoint AS c ORDER BY c.tree_size DESC, c.issued_at DESC LIMIT 1) AS c
   WHERE c.tree_size < k.tree_size AND c.issued_at < clock_timestamp() - interval '1 day'
  UNION ALL
  SELECT 'error', 'audit log', 'the newest checkpoint is of a log that was longer than this one: its end was cut off, or this is an older copy',
         'SELECT * FROM pdauth.verify_against() the checkpoints stored elsewhere'
    FROM newest AS k WHERE (SELECT max(c.tree_size) FROM pdauth.audit_checkpoint AS c) > k.tree_size
  UNION ALL
  -- keys ascend with time
  SELECT 'information', 'audit log', format('entries since %s are not packed: they take more space and are slower to search', e.made_at),
         'SELECT pdauth.archive(now() - interval ''1 day''), daily'
    FROM (SELECT a.made_at FROM pdauth.audit_entry AS a ORDER BY a.epoch, a.xid, a.n LIMIT 1) AS e
   WHERE e.made_at < clock_timestamp() - interval '62 days'
  UNION ALL
  SELECT 'warning', 'audit worker', w.finding, 'SELECT * FROM pdauth.audit_worker, and the server log'
    FROM unnest(CASE WHEN pdauth.preloaded() THEN ARRAY(
           SELECT CASE WHEN s.worker IS NULL AND s.queued > 0
                       THEN format('none runs, while %s bytes of records wait to be written: they are not sealed, and when the queue is full, statements are refused', s.queued)
                       WHEN s.queued > s.capacity / 2 THEN format('its queue holds %s of %s bytes: when it is full, statements are refused', s.queued, s.capacity)
                       ELSE format('failed at %s: %s', s.failed_at, s.failure) END
             FROM pdauth.audit_worker_status() AS s
            WHERE s.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
              AND (s.worker IS NULL AND s.queued > 0 OR s.queued > s.capacity / 2 OR s.failed_at > clock_timestamp() - interval '1 hour')) END) AS w(finding)
$function$;
REVOKE ALL ON FUNCTION pdauth.health_audit() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.health_audit() IS 'Part of pdauth.health_check(): sealing, checkpoints, packing and the worker of the audit log.';
