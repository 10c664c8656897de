-- Export of the audit log for an auditor who has none of our code; see doc/auditor-guide.md.

CREATE FUNCTION pdauth.exported_leaf_with_image(
  from_leaf bigint DEFAULT 0, tree_size bigint DEFAULT NULL,
  OUT leaf_index bigint, OUT data bytea, OUT salt bytea, OUT image bytea) RETURNS SETOF record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  WITH block AS (
    SELECT b AS whole, b.* FROM pdauth.audit_block AS b
     WHERE b.first_leaf + b.entries >= from_leaf AND (tree_size IS NULL OR b.first_leaf < tree_size)),
  run AS MATERIALIZED (
    SELECT c.first_leaf, i AS run, pdauth.audit_number(c.manifest, i * 32 + 1) AS epoch,
           pdauth.audit_number(c.manifest, i * 32 + 9)::text::xid8 AS xid,
           pdauth.audit_number(c.manifest, i * 32 + 17) AS n, pdauth.audit_number(c.manifest, i * 32 + 25) AS count
      FROM (SELECT b.first_leaf, b.manifest || ''::bytea AS manifest FROM block AS b OFFSET 0) AS c
     CROSS JOIN LATERAL generate_series(0, octet_length(c.manifest) / 32 - 1) AS i),
  placed AS (
    SELECT r.*, r.first_leaf + (sum(r.count) OVER (PARTITION BY r.first_leaf ORDER BY r.run) - r.count)::bigint AS begin FROM run AS r),
  leaf AS (
    SELECT p.begin + e.n - p.n AS leaf_index, pdauth.audit_leaf_data(ROW(e.*)::pdauth.audit_entry) AS data,
           CASE WHEN e.content IS NULL THEN e.salt ELSE '' END AS salt, e.image
      FROM placed AS p JOIN pdauth.audit_log AS e
        ON e.epoch = p.epoch AND e.xid = p.xid AND e.n >= p.n AND e.n < p.n + p.count
    UNION ALL
    SELECT b.first_leaf + b.entries, pdauth.audit_block_data(b.whole), NULL, NULL FROM block AS b)
  SELECT l.* FROM leaf AS l
   WHERE l.leaf_index >= from_leaf AND (tree_size IS NULL OR l.leaf_index < tree_size) ORDER BY l.leaf_index
$function$;
REVOKE ALL ON FUNCTION pdauth.exported_leaf_with_image(bigint, bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.exported_leaf_with_image(bigint, bigint) IS
  'As pdauth.exported_leaf(), with salt and image of entries, whose hash ends their data (an erased image is NULL, its salt empty). Images hold rows in clear: superusers only, and where something is or was protected under break-glass (PD002).';
CREATE FUNCTION pdauth.exported_leaf(
  from_leaf bigint DEFAULT 0, tree_size bigint DEFAULT NULL, OUT leaf_index bigint, OUT data bytea) RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT l.leaf_index, l.data FROM pdauth.exported_leaf_with_image(from_leaf, tree_size) AS l ORDER BY l.leaf_index
$function$;
REVOKE ALL ON FUNCTION pdauth.exported_leaf(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.exported_leaf(bigint, bigint) TO pdauth_auditor;
COMMENT ON FUNCTION pdauth.exported_leaf(bigint, bigint) IS
  'The sealed log as an auditor needs it, in the order of the tree: position, and the bytes whose leaf hash is SHA-256(0x00 || data) as RFC 6962 has it; of images they hold a salted hash. from_leaf, tree_size: only this part (NULL: to the end). A sealed entry that is gone, pruned or not, leaves a gap: pdauth.exported_gap().';

CREATE FUNCTION pdauth.exported_gap(
  from_leaf bigint DEFAULT 0, tree_size bigint DEFAULT NULL, OUT leaf_index bigint, OUT leaf_hash bytea) RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  WITH block AS (
    SELECT b.first_leaf, b.manifest FROM pdauth.audit_block AS b
     WHERE b.first_leaf + b.entries >= from_leaf AND (tree_size IS NULL OR b.first_leaf < tree_size)),
  run AS MATERIALIZED (
    SELECT c.first_leaf, i AS run, pdauth.audit_number(c.manifest, i * 32 + 1) AS epoch,
           pdauth.audit_number(c.manifest, i * 32 + 9)::text::xid8 AS xid,
           pdauth.audit_number(c.manifest, i * 32 + 17) AS n, pdauth.audit_number(c.manifest, i * 32 + 25) AS count
      FROM (SELECT b.first_leaf, b.manifest || ''::bytea AS manifest FROM block AS b OFFSET 0) AS c
     CROSS JOIN LATERAL generate_series(0, octet_length(c.manifest) / 32 - 1) AS i),
  placed AS (
    SELECT r.*, (sum(r.count) OVER (PARTITION BY r.first_leaf ORDER BY r.run) - r.count)::bigint AS before FROM run AS r),
  sealed AS (
    SELECT p.first_leaf, p.before + i AS place, p.epoch, p.xid, p.n + i AS n FROM placed AS p CROSS JOIN LATERAL generate_series(0, p.count - 1) AS i)
  SELECT s.first_leaf + s.place, substr(b.leaves, (s.place * 32 + 1)::integer, 32)
    FROM sealed AS s JOIN pdauth.audit_block AS b USING (first_leaf)
   WHERE NOT EXISTS (SELECT FROM pdauth.audit_log AS l WHERE (l.epoch, l.xid, l.n) = (s.epoch, s.xid, s.n))
     AND s.first_leaf + s.place >= from_leaf AND (tree_size IS NULL OR s.first_leaf + s.place < tree_size)
   ORDER BY 1
$function$;
REVOKE ALL ON FUNCTION pdauth.exported_gap(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.exported_gap(bigint, bigint) TO pdauth_auditor;
COMMENT ON FUNCTION pdauth.exported_gap(bigint, bigint) IS
  'Positions that pdauth.exported_leaf() leaves out because the entry is gone, and the leaf hash that was sealed for it: with it the tree can still be computed. That it was pruned lawfully the entries of operation P say, each with the number removed. from_leaf, tree_size: as there.';

CREATE FUNCTION pdauth.tlog_path(number bigint) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
RETURN CASE WHEN number < 1000 THEN pg_catalog.lpad(number::text, 3, '0')
            ELSE pg_catalog.regexp_replace(pg_catalog.lpad((number / 1000)::text, (pg_catalog.length((number / 1000)::text) + 2) / 3 * 3, '0'), '(\d{3})', 'x\1/', 'g')
                 || pg_catalog.lpad((number % 1000)::text, 3, '0') END;
COMMENT ON FUNCTION pdauth.tlog_path(bigint) IS 'A tile number as C2SP tlog-tiles writes it in paths: 1234067 is x001/x234/067.';

CREATE FUNCTION pdauth.tlog_files(from_size bigint DEFAULT 0, OUT path text, OUT content bytea) RETURNS SETOF record
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  newest record;
  complete bigint;
  bundle record;
BEGIN
  SELECT c.tree_size, c.note INTO newest FROM pdauth.audit_checkpoint AS c ORDER BY c.tree_size DESC, c.issued_at DESC LIMIT 1;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
      MESSAGE = 'no checkpoint was issued yet', HINT = 'SELECT pdauth.checkpoint() first.';
  END IF;
  FOR level IN 0 .. 7 LOOP
    complete := newest.tree_size >> (8 * level);
    EXIT WHEN complete = 0;
    FOR number IN (from_size >> (8 * level)) / 256 .. (complete - 1) / 256 LOOP
      path := format('tile/%s/%s', level, pdauth.tlog_path(number))
              || CASE WHEN complete - number * 256 < 256 THEN '.p/' || complete - number * 256 ELSE '' END;
      content := pdauth.tile(level, number, newest.tree_size);
      RETURN NEXT;
    END LOOP;
  END LOOP;
  FOR bundle IN
    SELECT l.leaf_index / 256 AS number, count(*) AS width, max(octet_length(l.data)) AS longest,
           string_agg(substr(int4send(octet_length(l.data)), 3) || l.data, '' ORDER BY l.leaf_index) AS entries
      FROM pdauth.exported_leaf(from_size / 256 * 256, newest.tree_size) AS l GROUP BY l.leaf_index / 256
    HAVING count(*) = least(256, newest.tree_size - l.leaf_index / 256 * 256) ORDER BY 1 LOOP
    IF bundle.longest > 65535 THEN
      RAISE EXCEPTION USING ERRCODE = 'program_limit_exceeded',
        MESSAGE = format('an entry in bundle %s is longer than the 65535 bytes that tlog-tiles allows', bundle.number),
        HINT = 'Export with pdauth.exported_leaf() instead.';
    END IF;
    path := 'tile/entries/' || pdauth.tlog_path(bundle.number) || CASE WHEN bundle.width < 256 THEN '.p/' || bundle.width ELSE '' END;
    content := bundle.entries;
    RETURN NEXT;
  END LOOP;
  path := 'checkpoint';
  content := convert_to(newest.note, 'UTF8');
  RETURN NEXT;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.tlog_files(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.tlog_files(bigint) TO pdauth_auditor;
COMMENT ON FUNCTION pdauth.tlog_files(bigint) IS
  'The log up to its newest checkpoint as the files of a C2SP tlog-tiles log, for standard transparency-log tools: path and content of each; the checkpoint comes last and is to be written last. from_size: tree size of the checkpoint exported before, to get only what is new. Images are not among them, nor are bundles of which an entry was pruned. An error without a checkpoint.';
