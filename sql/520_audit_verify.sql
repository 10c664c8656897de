-- Verification: in C for speed, and in plain SQL so that nobody has to trust it.

CREATE FUNCTION pdauth.audit_epoch() RETURNS bigint
LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'pdauth_audit_epoch';
COMMENT ON FUNCTION pdauth.audit_epoch() IS
  'Epoch of this server and database: the first 63 bits of SHA-256 over system identifier, database OID and WAL timeline.';

CREATE FUNCTION pdauth.audit_origin(
  OUT system_identifier bigint, OUT database oid, OUT timeline integer) RETURNS record
LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'pdauth_audit_origin';
COMMENT ON FUNCTION pdauth.audit_origin() IS
  'What the epoch of this server and database is made of: system identifier, database OID and WAL timeline (on a standby the one being replayed).';

CREATE FUNCTION pdauth.verify(
  from_block bigint DEFAULT NULL, to_block bigint DEFAULT NULL, workers integer DEFAULT NULL,
  OUT severity text, OUT kind text, OUT block bigint, OUT epoch bigint, OUT xid xid8, OUT n bigint,
  OUT relation text, OUT expected text, OUT found text, OUT explanation text) RETURNS SETOF record
LANGUAGE C STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'pdauth_verify';
REVOKE ALL ON FUNCTION pdauth.verify(bigint, bigint, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.verify(bigint, bigint, integer) TO pdauth_auditor;
COMMENT ON FUNCTION pdauth.verify(bigint, bigint, integer) IS
  'Checks the audit log: one row of severity "finding" per altered, missing, moved or inserted entry, impossible time, altered segment (what it says of its entries), altered or missing block, broken chain, wrong root or wrong tile; then one row of severity "information" and kind "summary", which also counts the entries not sealed yet. Clean means: no row WHERE severity = ''finding''. from_block, to_block: only these blocks (NULL: from the first, to the last); with a to_block entries that no block seals are not looked for. workers: processes besides this one (NULL: max_parallel_maintenance_workers, fewer for a small log; an error if negative). pdauth.verify_progress() shows how far it is; verify(from_block) goes on where one was interrupted. Works on a standby. It cannot see entries removed from the end together with their blocks, nor a log rewritten as a whole: pdauth.verify_against() a checkpoint kept elsewhere does.';

CREATE FUNCTION pdauth.verify_progress(
  OUT pid integer, OUT database oid, OUT started_at timestamptz, OUT phase text, OUT workers integer,
  OUT first_block bigint, OUT last_block bigint, OUT blocks_done bigint, OUT entries_done bigint,
  OUT findings bigint, OUT complete_to bigint) RETURNS SETOF record
LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'pdauth_verify_progress';
REVOKE ALL ON FUNCTION pdauth.verify_progress() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.verify_progress() TO pdauth_auditor, pdauth_policy_admin;
COMMENT ON FUNCTION pdauth.verify_progress() IS
  'Verifications running now on this server (16 at most are shown): the process, its database, since when, what it does ("counting entries", "checking blocks", "searching for inserted entries"), its workers, the blocks asked for, blocks and entries done and findings so far. complete_to: all blocks up to this one were checked, NULL if none; an interrupted verification can go on from the next.';

CREATE VIEW pdauth.audit_epoch_range AS
  SELECT g.epoch, g.system_identifier, g.database, g.timeline,
         (g.system_identifier, g.database) = (h.system_identifier, h.database) AS is_here,
         g.epoch = pdauth.audit_epoch() AS is_current,
         pg_catalog.min(g.block) AS first_block, pg_catalog.max(g.block) AS last_block,
         pg_catalog.min(g.first_leaf) AS first_leaf, pg_catalog.max(g.first_leaf + g.entries) AS last_leaf,
         pg_catalog.sum(g.entries)::bigint AS entries, pg_catalog.min(g.sealed_at) AS sealed_from, pg_catalog.max(g.sealed_at) AS sealed_to
    FROM (SELECT b.block, b.epoch, b.system_identifier, b.database, b.timeline, b.first_leaf, b.entries, b.sealed_at,
                 b.block - pg_catalog.row_number() OVER (PARTITION BY b.epoch ORDER BY b.block) AS island
            FROM pdauth.audit_block AS b) AS g
   CROSS JOIN pdauth.audit_origin() AS h
   GROUP BY g.epoch, g.system_identifier, g.database, g.timeline, h.system_identifier, h.database, g.island
   ORDER BY first_block;
GRANT SELECT ON pdauth.audit_epoch_range TO pdauth_auditor;
COMMENT ON VIEW pdauth.audit_epoch_range IS
  'Which part of the audit log was sealed where: one row per run of blocks of one epoch. A second row appears after a restore into another cluster or database, a promotion or a point-in-time recovery. Entries not sealed yet are in no row.';
COMMENT ON COLUMN pdauth.audit_epoch_range.epoch IS 'Fingerprint of the three next columns.';
COMMENT ON COLUMN pdauth.audit_epoch_range.system_identifier IS 'Cluster (pg_control_system()).';
COMMENT ON COLUMN pdauth.audit_epoch_range.database IS 'OID of the database in it.';
COMMENT ON COLUMN pdauth.audit_epoch_range.timeline IS 'WAL timeline: a promotion or recovery begins a new one.';
COMMENT ON COLUMN pdauth.audit_epoch_range.is_here IS 'Sealed in this cluster and database, whatever the timeline.';
COMMENT ON COLUMN pdauth.audit_epoch_range.is_current IS 'The epoch that entries are made in now.';
COMMENT ON COLUMN pdauth.audit_epoch_range.first_block IS 'First block of the range.';
COMMENT ON COLUMN pdauth.audit_epoch_range.last_block IS 'Last block of the range.';
COMMENT ON COLUMN pdauth.audit_epoch_range.first_leaf IS 'Position of its first leaf in the tree.';
COMMENT ON COLUMN pdauth.audit_epoch_range.last_leaf IS 'Position of its last leaf, the hash of its last block.';
COMMENT ON COLUMN pdauth.audit_epoch_range.entries IS 'Entries sealed.';
COMMENT ON COLUMN pdauth.audit_epoch_range.sealed_from IS 'Time of its first seal.';
COMMENT ON COLUMN pdauth.audit_epoch_range.sealed_to IS 'Time of its last seal.';

CREATE FUNCTION pdauth.audit_piece(value bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value IS NULL THEN '\xffffffff'::bytea ELSE pg_catalog.int4send(pg_catalog.octet_length(value)) || value END;
COMMENT ON FUNCTION pdauth.audit_piece(bytea) IS 'A value as hashed: 4 bytes of length (-1 for NULL), then its bytes.';
CREATE FUNCTION pdauth.audit_piece(value text) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE
RETURN pdauth.audit_piece(pg_catalog.convert_to(value, pg_catalog.getdatabaseencoding()));
COMMENT ON FUNCTION pdauth.audit_piece(text) IS 'A text as hashed: 4 bytes of length (-1 for NULL), then its bytes in the database''s encoding.';
CREATE FUNCTION pdauth.audit_number(bytes bytea, place integer) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ('x' || pg_catalog.encode(pg_catalog.substr(bytes, place, 8), 'hex'))::bit(64)::bigint;
COMMENT ON FUNCTION pdauth.audit_number(bytea, integer) IS 'The 8-byte integer at a place (from 1) of a manifest.';

-- pgcrypto may live in any schema; bind its digest() once, by name.
DO $install$
BEGIN
  EXECUTE pg_catalog.format($create$
    CREATE FUNCTION pdauth.audit_digest(data bytea) RETURNS bytea
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN %I.digest(data, 'sha256')
    $create$, (SELECT e.extnamespace::pg_catalog.regnamespace::pg_catalog.text FROM pg_catalog.pg_extension AS e
                WHERE e.extname OPERATOR(pg_catalog.=) 'pgcrypto'));
  EXECUTE pg_catalog.format($create$
    CREATE FUNCTION pdauth.audit_digest(data bytea, function text) RETURNS bytea
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN %I.digest(data, function)
    $create$, (SELECT e.extnamespace::pg_catalog.regnamespace::pg_catalog.text FROM pg_catalog.pg_extension AS e
                WHERE e.extname OPERATOR(pg_catalog.=) 'pgcrypto'));
END
$install$;
COMMENT ON FUNCTION pdauth.audit_digest(bytea, text) IS 'Digest by pgcrypto with the function named, "sha256" or "sm3", independent of pdauth''s library.';
COMMENT ON FUNCTION pdauth.audit_digest(bytea) IS 'SHA-256 by pgcrypto, independent of pdauth''s library.';

CREATE FUNCTION pdauth.audit_leaf_data(entry pdauth.audit_entry, function text DEFAULT 'sha256') RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT '\x4501'::bytea || pg_catalog.int8send((entry).epoch) || pg_catalog.xid8send((entry).xid)
    || pg_catalog.int8send((entry).n) || pg_catalog.timestamptz_send((entry).made_at) || pg_catalog.oidsend((entry).relation)
    || pg_catalog.charsend((entry).operation) || pdauth.audit_piece((entry).relation_name)
    || pdauth.audit_piece((entry).role_name) || pdauth.audit_piece((entry).session_role_name)
    || pdauth.audit_piece((entry).purpose) || pdauth.audit_piece((entry).client)
    || pdauth.audit_piece((entry).application)
    || coalesce(pg_catalog.substr((entry).content, CASE function WHEN 'sm3' THEN 33 ELSE 1 END, 32),
         pdauth.audit_digest(pdauth.audit_piece((entry).salt) || pdauth.audit_piece((entry).image), function));
END;
COMMENT ON FUNCTION pdauth.audit_leaf_data(pdauth.audit_entry, text) IS
  'What an entry puts into the tree, in plain SQL: the specification of it. function: "sha256", or "sm3" for the second tree.';
CREATE FUNCTION pdauth.audit_leaf(entry pdauth.audit_entry, function text DEFAULT 'sha256') RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE
RETURN pdauth.audit_digest('\x00'::bytea || pdauth.audit_leaf_data(entry, function), function);
COMMENT ON FUNCTION pdauth.audit_leaf(pdauth.audit_entry, text) IS
  'The leaf hash an entry must have, in plain SQL: digest of 0x00 and pdauth.audit_leaf_data() (RFC 6962).';

CREATE FUNCTION pdauth.audit_written_at(entry pdauth.audit_entry) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT CASE
      WHEN (entry).operation NOT IN ('R', 'O', 'N', 'L') THEN (entry).made_at
      WHEN (entry).content IS NOT NULL THEN NULL
      -- field 16 of an image of version 2 (audit_fields.h), the last one
      WHEN pg_catalog.substr((entry).image, 1, 1) = '\x02'::bytea AND pg_catalog.get_bit((entry).image, 24) = 1
      THEN timestamptz '2000-01-01 00:00:00+00' + interval '1 microsecond'
           * ('x' || pg_catalog.encode(pg_catalog.substr((entry).image, pg_catalog.octet_length((entry).image) - 7), 'hex'))::bit(64)::bigint
      ELSE (entry).made_at END;
END;
COMMENT ON FUNCTION pdauth.audit_written_at(pdauth.audit_entry) IS
  'When an entry came into the log: when it was made, unless it is about a statement and says in field written_at that it was written much later. NULL where that was erased. In plain SQL.';

CREATE FUNCTION pdauth.audit_block_data(block pdauth.audit_block, function text DEFAULT 'sha256') RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT '\x5301'::bytea || pg_catalog.int8send((block).block) || pg_catalog.timestamptz_send((block).sealed_at)
    || pg_catalog.int8send((block).epoch) || pg_catalog.int8send((block).system_identifier) || pg_catalog.oidsend((block).database)
    || pg_catalog.int4send((block).timeline)
    || pg_catalog.int8send(CASE function WHEN 'sm3' THEN (block).sm3_first_leaf ELSE (block).first_leaf END)
    || pg_catalog.int8send((block).entries) || pdauth.audit_piece((block).snapshot::text)
    || pdauth.audit_piece(CASE function WHEN 'sm3' THEN (block).sm3_previous_hash ELSE (block).previous_hash END)
    || pdauth.audit_digest((block).manifest, function)
    || pdauth.audit_digest(CASE function WHEN 'sm3' THEN (block).sm3_leaves ELSE (block).leaves END, function)
    || CASE function WHEN 'sm3' THEN ''::bytea ELSE pdauth.audit_piece((block).sm3_hash) END;
END;
COMMENT ON FUNCTION pdauth.audit_block_data(pdauth.audit_block, text) IS
  'What a block puts into the tree, in plain SQL: the specification of it. function: "sha256", or "sm3" for the second tree (NULL where the block has none).';
CREATE FUNCTION pdauth.audit_block_hash(block pdauth.audit_block, function text DEFAULT 'sha256') RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE
RETURN pdauth.audit_digest('\x00'::bytea || pdauth.audit_block_data(block, function), function);
COMMENT ON FUNCTION pdauth.audit_block_hash(pdauth.audit_block, text) IS
  'The hash a block must have, in plain SQL: digest of 0x00 and pdauth.audit_block_data() (RFC 6962).';

CREATE FUNCTION pdauth.verify_sql_tree(function text, OUT kind text, OUT block bigint) RETURNS SETOF record
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  whole pdauth.audit_block;
  b record;
  last_block bigint := 0;
  last_end bigint := 0;
  last_frontier bytea;
  frontier bytea[];
  height integer;
  size bigint;
  carry bigint;
  bits integer;
  leaf bytea;
  root bytea;
  joined bytea;
BEGIN
  FOR whole IN SELECT x.* FROM pdauth.audit_block AS x ORDER BY x.block LOOP
    block := whole.block;
    SELECT x.* INTO b FROM (VALUES
      ('sha256', whole.first_leaf, whole.root, whole.frontier, whole.leaves, pdauth.audit_block_hash(whole), whole.entries),
      ('sm3', whole.sm3_first_leaf, whole.sm3_root, whole.sm3_frontier, whole.sm3_leaves, pdauth.audit_block_hash(whole, 'sm3'), whole.entries))
      AS x(function, first_leaf, root, frontier, leaves, hash, entries) WHERE x.function = verify_sql_tree.function;
    -- the tree as the block before left it
    size := last_end;
    frontier := ARRAY(SELECT substr(last_frontier, i * 32 + 1, 32) FROM generate_series(0, octet_length(last_frontier) / 32 - 1) AS i);
    height := cardinality(frontier);
    IF b.root IS NOT NULL AND b.first_leaf <> last_end AND block = last_block + 1 THEN
      kind := 'altered block';
      RETURN NEXT;
    ELSIF b.root IS NOT NULL AND block = last_block + 1 AND coalesce(octet_length(last_frontier), 0) = 32 * bit_count(int8send(size)) THEN
      FOR i IN 0 .. octet_length(b.leaves) / 32 LOOP
        leaf := CASE WHEN i < octet_length(b.leaves) / 32 THEN substr(b.leaves, i * 32 + 1, 32) ELSE b.hash END;
        carry := size;
        bits := 0;
        WHILE carry % 2 = 1 LOOP
          leaf := pdauth.audit_digest('\x01'::bytea || frontier[height] || leaf, function);
          height := height - 1;
          carry := carry / 2;
          bits := bits + 1;
          IF bits % 8 = 0 AND function = 'sha256'
             AND NOT EXISTS (SELECT FROM pdauth.audit_subtree AS s WHERE s.level = bits / 8 AND s.position = size >> bits AND s.hash = leaf) THEN
            kind := 'wrong tile';
            RETURN NEXT;
          END IF;
        END LOOP;
        height := height + 1;
        frontier[height] := leaf;
        size := size + 1;
      END LOOP;
      root := frontier[height];
      joined := frontier[1];
      FOR i IN REVERSE height - 1 .. 1 LOOP
        root := pdauth.audit_digest('\x01'::bytea || frontier[i] || root, function);
      END LOOP;
      FOR i IN 2 .. height LOOP
        joined := joined || frontier[i];
      END LOOP;
      IF root <> b.root THEN
        kind := 'wrong root';
        RETURN NEXT;
      ELSIF joined <> b.frontier OR size <> b.first_leaf + b.entries + 1 THEN
        kind := 'altered block';
        RETURN NEXT;
      END IF;
    END IF;
    last_block := block;
    last_end := coalesce(b.first_leaf + b.entries + 1, 0);
    last_frontier := b.frontier;
  END LOOP;
  IF function = 'sha256' AND EXISTS (
    SELECT FROM pdauth.audit_subtree AS s
     WHERE s.level NOT BETWEEN 1 AND 7 OR s.position >= last_end >> (8 * s.level)) THEN
    kind := 'wrong tile';
    RETURN NEXT;
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.verify_sql_tree(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.verify_sql_tree(text) TO pdauth_auditor;
COMMENT ON FUNCTION pdauth.verify_sql_tree(text) IS
  'Blocks whose Merkle root, frontier or subtrees are wrong, in the tree of one hash function ("sha256" or "sm3"). Part of pdauth.verify_sql().';

CREATE FUNCTION pdauth.audit_epoch_sql(system_identifier bigint, database oid, timeline integer) RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
RETURN pdauth.audit_number(pdauth.audit_digest(pg_catalog.int8send(system_identifier) || pg_catalog.oidsend(database) || pg_catalog.int4send(timeline)), 1)
       & 9223372036854775807;
COMMENT ON FUNCTION pdauth.audit_epoch_sql(bigint, oid, integer) IS
  'The epoch of a database on a timeline, in plain SQL: the specification of it.';

CREATE FUNCTION pdauth.verify_sql_blocks(OUT kind text, OUT block bigint) RETURNS SETOF record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  WITH chain AS (
    SELECT b AS whole, b.*, lag(b.block, 1, 0::bigint) OVER w AS last_block, lag(b.hash) OVER w AS last_hash,
           lag(b.sm3_hash) OVER w AS last_sm3_hash,
           octet_length(b.manifest) % 32 = 0 AND octet_length(b.leaves) = b.entries * 32
           AND (b.sm3_hash IS NULL OR coalesce(octet_length(b.sm3_leaves) = b.entries * 32, false))
           AND b.entries = coalesce((
             SELECT sum(pdauth.audit_number(m.manifest, i * 32 + 25))
               -- decompress it once, not once per run
               FROM (SELECT b.manifest || ''::bytea AS manifest OFFSET 0) AS m CROSS JOIN LATERAL generate_series(0, octet_length(m.manifest) / 32 - 1) AS i), 0) AS adds_up
      FROM pdauth.audit_block AS b WINDOW w AS (ORDER BY b.block))
  SELECT 'missing block', c.last_block + 1 FROM chain AS c WHERE c.block <> c.last_block + 1
  UNION ALL
  SELECT 'broken chain', c.block FROM chain AS c
   WHERE c.block = c.last_block + 1
     AND (c.previous_hash IS DISTINCT FROM c.last_hash
          OR c.sm3_hash IS NOT NULL AND c.sm3_previous_hash IS DISTINCT FROM c.last_sm3_hash)
  UNION
  SELECT 'altered block', c.block FROM chain AS c
   WHERE c.hash <> pdauth.audit_block_hash(c.whole) OR NOT c.adds_up
      OR c.sm3_hash IS DISTINCT FROM CASE WHEN c.sm3_hash IS NOT NULL THEN coalesce(pdauth.audit_block_hash(c.whole, 'sm3'), '') END
      OR c.epoch <> pdauth.audit_epoch_sql(c.system_identifier, c.database, c.timeline)
  UNION
  SELECT t.kind, t.block FROM pdauth.verify_sql_tree('sha256') AS t
  UNION
  SELECT t.kind, t.block FROM pdauth.verify_sql_tree('sm3') AS t
$function$;
REVOKE ALL ON FUNCTION pdauth.verify_sql_blocks() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.verify_sql_blocks() TO pdauth_auditor;
COMMENT ON FUNCTION pdauth.verify_sql_blocks() IS 'Blocks that are missing, altered, out of the chain or wrong in a tree. Part of pdauth.verify_sql().';

CREATE FUNCTION pdauth.verify_sql(OUT kind text, OUT block bigint, OUT epoch bigint, OUT xid xid8, OUT n bigint) RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $function$
  WITH
  here AS (SELECT o.* FROM pdauth.audit_origin() AS o),
  bad AS MATERIALIZED (SELECT b.* FROM pdauth.verify_sql_blocks() AS b),
  whole AS MATERIALIZED (
    SELECT b.*, b.hash = pdauth.audit_block_hash(b)
           AND b.epoch = pdauth.audit_epoch_sql(b.system_identifier, b.database, b.timeline) AS intact FROM pdauth.audit_block AS b),
  -- materialized, or the sorts above would carry the manifest along with each of its runs
  run AS MATERIALIZED (
    SELECT c.block, i AS run, pdauth.audit_number(c.manifest, i * 32 + 1) AS epoch,
           pdauth.audit_number(c.manifest, i * 32 + 9)::text::xid8 AS xid,
           pdauth.audit_number(c.manifest, i * 32 + 17) AS n,
           pdauth.audit_number(c.manifest, i * 32 + 25) AS count,
           least(c.entries, octet_length(c.leaves) / 32) AS leaf_limit, c.leaves,
           CASE WHEN octet_length(c.sm3_leaves) = octet_length(c.leaves) THEN c.sm3_leaves END AS sm3_leaves
      -- decompress each manifest once, not once per run
      FROM (SELECT b.block, b.entries, b.leaves, b.sm3_leaves, b.manifest || ''::bytea AS manifest FROM whole AS b OFFSET 0) AS c
     CROSS JOIN LATERAL generate_series(0, octet_length(c.manifest) / 32 - 1) AS i),
  summed AS (
    SELECT r.*, sum(r.count) OVER (PARTITION BY r.block ORDER BY r.run) - r.count AS before FROM run AS r),
  placed AS (
    SELECT s.*, bool_and(s.count > 0 AND s.before + s.count <= s.leaf_limit) OVER (PARTITION BY s.block ORDER BY s.run) AS fits
      FROM summed AS s),
  sealed AS (
    SELECT p.block, p.run, p.epoch, p.xid, p.n + i AS n, substr(p.leaves, ((p.before + i) * 32 + 1)::integer, 32) AS leaf,
           substr(p.sm3_leaves, ((p.before + i) * 32 + 1)::integer, 32) AS sm3_leaf
      FROM placed AS p CROSS JOIN LATERAL generate_series(0, p.count - 1) AS i WHERE p.fits),
  -- an image may be gone, and so may an entry, if the log says so
  erasure AS (
    SELECT l.epoch, l.xid, l.n, l.image FROM pdauth.audit_log AS l WHERE l.operation = 'X'),
  erased AS (
    SELECT e.epoch, e.xid, e.n FROM pdauth.audit_log AS e
      JOIN erasure AS x ON x.epoch = pdauth.audit_number(e.content, 65) AND x.xid = pdauth.audit_number(e.content, 73)::text::xid8
       AND x.n = pdauth.audit_number(e.content, 81)
       AND position(convert_to(format('(%s,%s,%s)', e.epoch, e.xid, e.n), 'SQL_ASCII') IN x.image) > 0
     WHERE octet_length(e.content) = 88),
  pruned AS (
    SELECT g.epoch, k.xid, k.n
      FROM pdauth.audit_segment AS g CROSS JOIN LATERAL ROWS FROM (unnest(g.xids), unnest(g.ns)) AS k(xid, n)
     WHERE EXISTS (
       SELECT FROM pdauth.audit_log AS p
        WHERE p.operation = 'P' AND (p.epoch, p.xid, p.n) = (g.pruned_epoch, g.pruned_xid, g.pruned_n)
          AND position(convert_to(format('(%s,%s,%s)', g.epoch, g.xid, g.n), 'SQL_ASCII') IN p.image) > 0
          AND position(convert_to(format('(%s,%s,%s)', g.epoch, g.last_xid, g.last_n), 'SQL_ASCII')
                       || pdauth.audit_piece(g.entries::text) IN p.image) > 0)),
  entry AS (
    SELECT e.epoch, e.xid, e.n, e.made_at, pdauth.audit_written_at(e) AS written_at, e.leaf AS stored,
           CASE WHEN e.content IS NULL OR EXISTS (SELECT FROM erased AS x WHERE (x.epoch, x.xid, x.n) = (e.epoch, e.xid, e.n))
             THEN pdauth.audit_leaf(e) ELSE '\x' END AS computed, e AS whole, 1 AS source
      FROM pdauth.audit_entry AS e
    UNION ALL
    -- a segment keeps no leaves: that of the block decides
    SELECT (u.whole).epoch, (u.whole).xid, (u.whole).n, (u.whole).made_at, pdauth.audit_written_at(u.whole), u.leaf, u.leaf, u.whole, 0
      FROM (SELECT e AS whole,
                   CASE WHEN e.content IS NULL OR EXISTS (SELECT FROM erased AS x WHERE (x.epoch, x.xid, x.n) = (e.epoch, e.xid, e.n))
                     THEN pdauth.audit_leaf(e) ELSE '\x' END AS leaf
              FROM pdauth.audit_segment AS g CROSS JOIN LATERAL pdauth.audit_unpack(g) AS e OFFSET 0) AS u
    UNION ALL
    SELECT epoch, xid, n, NULL, NULL, s.leaf, s.leaf, NULL, 0 FROM sealed AS s JOIN pruned AS p USING (epoch, xid, n)),
  -- a row beside a segment that has its key is no entry
  once AS (SELECT DISTINCT ON (e.epoch, e.xid, e.n) e.* FROM entry AS e ORDER BY e.epoch, e.xid, e.n, e.source),
  matched AS (
    SELECT s.block, s.run, epoch, xid, n, s.leaf, e.stored, e.computed, e.made_at, e.written_at,
           s.sm3_leaf IS NOT NULL AND s.sm3_leaf <> pdauth.audit_leaf(e.whole, 'sm3') AS sm3_differs
      FROM sealed AS s FULL JOIN once AS e USING (epoch, xid, n)),
  -- of each database the newest block that can be believed; see audit_origin.h
  origin AS (
    SELECT DISTINCT ON (b.system_identifier, b.database) b.system_identifier, b.database, b.timeline, b.snapshot,
           (b.system_identifier, b.database) = (h.system_identifier, h.database) AS is_here
      FROM whole AS b CROSS JOIN here AS h WHERE b.intact ORDER BY b.system_identifier, b.database, b.block DESC),
  sealed_here AS (SELECT EXISTS (SELECT FROM origin AS o WHERE o.is_here) AS yes),
  known_epoch AS (
    SELECT DISTINCT ON (epoch) pdauth.audit_epoch_sql(o.system_identifier, o.database, t::integer) AS epoch, t AS timeline, o.is_here,
           o.snapshot, o.timeline AS last_timeline
      FROM (SELECT o.system_identifier, o.database, o.snapshot, o.timeline, o.is_here,
                   CASE WHEN o.is_here THEN h.timeline ELSE o.timeline END AS newest FROM origin AS o CROSS JOIN here AS h
            UNION ALL
            SELECT h.system_identifier, h.database, NULL, NULL, true, h.timeline FROM here AS h
             WHERE NOT EXISTS (SELECT FROM origin AS o WHERE o.is_here)) AS o
     CROSS JOIN LATERAL generate_series(1, o.newest) AS t
     ORDER BY epoch, o.is_here DESC),
  extra AS (
    SELECT m.*, coalesce(
             NOT coalesce(k.is_here, false) AND (SELECT s.yes FROM sealed_here AS s)
             OR k.is_here AND m.xid >= pg_snapshot_xmax(pg_current_snapshot()) AND m.xid IS DISTINCT FROM pg_current_xact_id_if_assigned()
             OR pg_visible_in_snapshot(m.xid, k.snapshot)
             OR k.timeline < k.last_timeline AND m.xid >= pg_snapshot_xmax(k.snapshot), false) AS must_be_sealed
      FROM matched AS m LEFT JOIN known_epoch AS k USING (epoch) WHERE m.leaf IS NULL),
  judged AS (
    SELECT x.*, CASE
             WHEN x.stored <> x.computed AND EXISTS (SELECT FROM sealed AS s WHERE s.leaf = x.stored) THEN 'moved entry'
             WHEN x.must_be_sealed THEN 'inserted entry'
             WHEN x.stored <> x.computed THEN 'altered entry' END AS kind
      FROM extra AS x),
  timed AS (
    SELECT m.block, m.epoch, m.xid, m.n, m.made_at, m.written_at FROM matched AS m
     WHERE m.leaf = m.stored AND m.leaf = m.computed AND NOT m.sm3_differs
    UNION ALL
    SELECT NULL, j.epoch, j.xid, j.n, j.made_at, j.written_at FROM judged AS j WHERE j.kind IS NULL)
  SELECT b.kind, b.block, NULL::bigint, NULL::xid8, NULL::bigint FROM bad AS b
  UNION
  SELECT 'missing entry', m.block, m.epoch, m.xid, min(m.n)
    FROM (SELECT m.*, m.n - row_number() OVER (PARTITION BY m.block, m.run ORDER BY m.n) AS island
            FROM matched AS m WHERE m.stored IS NULL) AS m
   GROUP BY m.block, m.run, m.epoch, m.xid, m.island
  UNION
  SELECT CASE WHEN m.stored <> m.leaf AND m.computed <> m.leaf
               AND EXISTS (SELECT FROM sealed AS s WHERE s.leaf = m.stored) THEN 'moved entry' ELSE 'altered entry' END,
         m.block, m.epoch, m.xid, m.n
    FROM matched AS m WHERE m.leaf IS NOT NULL AND (m.stored <> m.leaf OR m.computed <> m.leaf OR m.sm3_differs)
  UNION
  SELECT j.kind, NULL, j.epoch, j.xid, j.n FROM judged AS j WHERE j.kind IS NOT NULL
  UNION
  SELECT 'inserted entry', NULL, e.epoch, e.xid, e.n FROM entry AS e GROUP BY e.epoch, e.xid, e.n HAVING count(*) > 1
  UNION
  -- what a segment says of itself, by which searches and pruning go
  SELECT 'altered segment', NULL, g.epoch, g.xid, g.n FROM pdauth.audit_segment AS g
   WHERE (g.xid, g.n, g.last_xid, g.last_n, g.entries, g.entries)
         IS DISTINCT FROM (g.xids[1], g.ns[1], g.xids[cardinality(g.xids)], g.ns[cardinality(g.ns)], cardinality(g.xids), cardinality(g.ns))
      OR CASE WHEN num_nulls(g.pruned_epoch, g.pruned_xid, g.pruned_n) = 0 THEN g.made_at IS NOT NULL
              ELSE NOT EXISTS (SELECT FROM unnest(g.made_at) AS m(at) HAVING (g.entries, g.first_made_at, g.last_made_at) = (count(*), min(m.at), max(m.at))) END
  UNION
  -- written before a seal that the transaction had not begun at, or made after it was sealed
  SELECT 'impossible time', t.block, t.epoch, t.xid, t.n
    FROM timed AS t
    LEFT JOIN whole AS own ON own.block = t.block AND own.intact AND own.epoch = t.epoch
   WHERE greatest(t.made_at, t.written_at) > own.sealed_at + interval '5 seconds'
      OR t.written_at < (SELECT b.sealed_at FROM whole AS b
                       WHERE b.intact AND b.epoch = t.epoch AND pg_snapshot_xmax(b.snapshot) <= t.xid AND (b.block < t.block OR t.block IS NULL)
                       ORDER BY b.block DESC LIMIT 1) - interval '5 seconds'
$function$;
REVOKE ALL ON FUNCTION pdauth.verify_sql() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.verify_sql() TO pdauth_auditor;
COMMENT ON FUNCTION pdauth.verify_sql() IS
  'The findings of pdauth.verify() computed by plain SQL and pgcrypto, without pdauth''s library: slower, but every step can be read. No row means clean.';

CREATE FUNCTION pdauth.audit_key_columns(relation regclass) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(i.indkey) WITH ORDINALITY AS k(attnum, place)
                 JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
                WHERE k.place <= i.indnkeyatts ORDER BY k.place)
    FROM pg_catalog.pg_index AS i WHERE i.indrelid = relation AND (i.indisprimary OR i.indisreplident)
   ORDER BY i.indisreplident DESC LIMIT 1;
END;
COMMENT ON FUNCTION pdauth.audit_key_columns(regclass) IS
  'Columns that identify a row: those of the replica identity index or the primary key; NULL if there is neither.';

CREATE FUNCTION pdauth.audit_history(members regclass[]) RETURNS TABLE (member regclass, epoch bigint, relation oid)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET jit = off
AS $function$
  WITH RECURSIVE
  known(epoch) AS (
    SELECT least((SELECT min(e.epoch) FROM pdauth.audit_entry AS e), (SELECT min(s.epoch) FROM pdauth.audit_segment AS s))
    UNION ALL
    SELECT least((SELECT min(e.epoch) FROM pdauth.audit_entry AS e WHERE e.epoch > k.epoch),
                 (SELECT min(s.epoch) FROM pdauth.audit_segment AS s WHERE s.epoch > k.epoch))
      FROM known AS k WHERE k.epoch IS NOT NULL),
  -- a table has one OID in a database, whatever the timeline
  here AS (
    SELECT pdauth.audit_epoch_sql(o.system_identifier, o.database, t) AS epoch
      FROM pdauth.audit_origin() AS o CROSS JOIN LATERAL generate_series(1, o.timeline) AS t),
  origin AS (
    SELECT k.epoch, CASE WHEN EXISTS (SELECT FROM here AS h WHERE h.epoch = k.epoch) THEN 'here'
                         ELSE coalesce((SELECT concat(b.system_identifier, '/', b.database) FROM pdauth.audit_block AS b WHERE b.epoch = k.epoch LIMIT 1),
                                       k.epoch::text) END AS origin
      FROM known AS k WHERE k.epoch IS NOT NULL),
  -- in another database it is known by its name, and by the name it had when it was brought from there
  named AS MATERIALIZED (
    SELECT o.origin, l.relation, l.relation_name, min(l.made_at) AS first_at, max(l.made_at) AS last_at
      FROM pdauth.audit_log AS l JOIN origin AS o ON o.epoch = l.epoch
     WHERE EXISTS (SELECT FROM origin AS f WHERE f.origin <> 'here') AND l.operation IN ('I', 'U', 'D', 'T', 'B', 'A', 'Z', 'C')
     GROUP BY o.origin, l.relation, l.relation_name),
  begun AS (SELECT DISTINCT ON (n.origin, n.relation) n.* FROM named AS n ORDER BY n.origin, n.relation, n.first_at),
  ended AS (SELECT DISTINCT ON (n.origin, n.relation) n.* FROM named AS n ORDER BY n.origin, n.relation, n.last_at DESC),
  walk(member, origin, relation, name, since) AS (
    SELECT m.member, 'here', m.member::oid, coalesce(b.relation_name, format('%I.%I', s.nspname, c.relname)), coalesce(b.first_at, 'infinity')
      FROM unnest(members) AS m(member) JOIN pg_class AS c ON c.oid = m.member JOIN pg_namespace AS s ON s.oid = c.relnamespace
      LEFT JOIN begun AS b ON b.origin = 'here' AND b.relation = m.member
    UNION
    SELECT w.member, e.origin, e.relation, b.relation_name, b.first_at
      FROM walk AS w JOIN ended AS e ON e.origin <> w.origin AND e.relation_name = w.name AND e.last_at <= w.since
      JOIN begun AS b ON b.origin = e.origin AND b.relation = e.relation)
  SELECT w.member, o.epoch, w.relation FROM walk AS w JOIN origin AS o ON o.origin = w.origin
$function$;
REVOKE ALL ON FUNCTION pdauth.audit_history(regclass[]) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.audit_history(regclass[]) IS
  'By which OID each of these tables goes in which epoch of the log: its own wherever this database made the entry, and before a restore that of the table whose name it came with. Part of pdauth.verify_relation().';

CREATE FUNCTION pdauth.verify_relation(
  audited regclass, OUT severity text, OUT kind text, OUT relation regclass, OUT key jsonb, OUT columns text[], OUT explanation text)
RETURNS SETOF record
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $function$
#variable_conflict use_column
DECLARE
  key_columns text[] := pdauth.audit_key_columns(audited);
  with_baseline boolean;
  has_ended boolean;
BEGIN
  IF key_columns IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
      MESSAGE = format('%s has no primary key to find its rows in the log by', audited),
      HINT = 'Add a primary key, or a unique index and ALTER TABLE ... REPLICA IDENTITY USING INDEX.';
  END IF;
  WITH history AS MATERIALIZED (
    SELECT h.* FROM pdauth.audit_history(ARRAY(SELECT t.member FROM pdauth.audit_tree(audited) AS t WHERE t.is_leaf)) AS h)
  SELECT bool_and(pdauth.image_json(begun.image) #>> '{new,note}' = 'with baseline'), bool_or(begun.operation = 'Z')
    INTO with_baseline, has_ended
    FROM pdauth.audit_tree(audited) AS t
    LEFT JOIN LATERAL (
      SELECT e.image, e.operation FROM pdauth.audit_log AS e JOIN history AS h ON h.epoch = e.epoch AND h.relation = e.relation
       WHERE e.operation IN ('A', 'Z') AND h.member = t.member
       ORDER BY e.made_at DESC LIMIT 1) AS begun ON true
   WHERE t.is_leaf;
  IF with_baseline IS NULL OR has_ended THEN
    RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
      MESSAGE = format('%s is not audited', audited),
      HINT = format('SELECT pdauth.audit(%L);', audited);
  END IF;
  PERFORM pdauth.progress_begin('verifying a table', audited::text, 0);
  RETURN QUERY
  WITH
  member AS (
    -- rows move between partitions, so their keys are one set; inheritance children have keys of their own
    SELECT t.member, CASE WHEN c.relispartition THEN 0::oid ELSE c.oid END AS place, format('%I.%I', s.nspname, c.relname) AS name
      FROM pdauth.audit_tree(audited) AS t JOIN pg_class AS c ON c.oid = t.member
      JOIN pg_namespace AS s ON s.oid = c.relnamespace WHERE t.is_leaf),
  history AS MATERIALIZED (
    SELECT h.* FROM pdauth.audit_history(ARRAY(SELECT m.member FROM member AS m)) AS h),
  log AS MATERIALIZED (
    SELECT m.member, m.place, e.epoch, e.made_at, e.xid, e.n, e.operation, e.image, e.content IS NOT NULL AS is_erased
      FROM pdauth.audit_log AS e JOIN history AS h ON h.epoch = e.epoch AND h.relation = e.relation JOIN member AS m USING (member)),
  -- what was before the last TRUNCATE or the last beginning no longer counts
  since AS (
    SELECT DISTINCT ON (l.member) l.member, l.made_at, l.xid, l.n FROM log AS l
     WHERE l.operation IN ('T', 'A') ORDER BY l.member, l.made_at DESC, l.xid DESC, l.n DESC),
  counted AS (
    SELECT l.* FROM log AS l JOIN since AS s USING (member)
     WHERE (l.made_at, l.xid, l.n) > (s.made_at, s.xid, s.n) AND NOT l.is_erased),
  event AS (
    SELECT pdauth.image_key(c.image, false, key_columns) AS key, 1 AS change, c.* FROM counted AS c WHERE c.operation IN ('I', 'U', 'B')
    UNION ALL
    SELECT pdauth.image_key(c.image, true, key_columns), -1, c.* FROM counted AS c WHERE c.operation IN ('U', 'D')),
  -- Rows that exchange keys make "gone" and "present" events of one key in any
  -- order.  With a baseline their sum is exact; without one the last event decides.
  ranked AS (
    SELECT e.*, sum(e.change) OVER (PARTITION BY e.place, e.key) AS present,
           first_value(e.change) OVER latest AS last_change,
           (e.epoch, e.xid) = (first_value(e.epoch) OVER latest, first_value(e.xid) OVER latest) AS is_last
      FROM event AS e
    WINDOW latest AS (PARTITION BY e.place, e.key ORDER BY e.made_at DESC, e.xid DESC, e.n DESC, e.change DESC)),
  -- A trigger that fires before ours and changes the row again puts the second
  -- change into the log before the first.  Of the last transaction that touched
  -- a key, what is left is therefore the row that no later change started from.
  crowded AS (
    SELECT r.place, r.key FROM ranked AS r WHERE r.is_last AND r.change > 0 GROUP BY r.place, r.key HAVING count(*) > 1),
  versioned AS (
    SELECT r.*, CASE WHEN c.key IS NOT NULL AND r.is_last THEN pdauth.image_json(r.image) -> CASE WHEN r.change > 0 THEN 'new' ELSE 'old' END END AS row_json
      FROM ranked AS r LEFT JOIN crowded AS c USING (place, key)),
  remaining AS (
    SELECT r.place, r.key, r.row_json FROM versioned AS r
     WHERE r.row_json IS NOT NULL GROUP BY r.place, r.key, r.row_json HAVING sum(r.change) > 0),
  logged AS (
    SELECT DISTINCT ON (place, key) place, key, r.member, r.image,
           CASE WHEN with_baseline THEN r.present > 0 ELSE r.last_change > 0 END AS present
      FROM versioned AS r LEFT JOIN remaining AS m USING (place, key, row_json)
     ORDER BY place, key, r.change DESC, r.is_last DESC, m.place IS NULL, r.made_at DESC, r.xid DESC, r.n DESC),
  live AS (
    SELECT m.member, m.place, pdauth.image_key(i.image, false, key_columns) AS key, i.image
      FROM member AS m CROSS JOIN LATERAL pdauth.audit_live_row(m.member) AS i(image)),
  compared AS (
    SELECT coalesce(v.member, g.member) AS member, key, g.key IS NOT NULL AS is_logged, g.present,
           v.image IS NOT NULL AS is_live, coalesce(v.image, g.image) AS image, pdauth.image_difference(g.image, v.image) AS different
      FROM logged AS g FULL JOIN live AS v USING (place, key)),
  judged AS (
    SELECT c.*, CASE
      WHEN c.is_live AND NOT c.is_logged AND (NOT with_baseline OR (SELECT bool_or(l.is_erased) FROM log AS l)) THEN 'row without history'
      WHEN c.is_live AND (NOT c.is_logged OR NOT c.present) THEN 'inserted row'
      WHEN c.is_live AND c.different <> '{}' THEN 'altered row'
      WHEN c.present AND NOT c.is_live THEN 'deleted row' END AS judgement
      FROM compared AS c)
  SELECT CASE j.judgement WHEN 'row without history' THEN 'information' ELSE 'finding' END,
         j.judgement, j.member,
         -- masked for whoever may not see it in the table
         (SELECT jsonb_object_agg(k.name, pdauth.audit_shown(pdauth.audit_epoch(), j.member, m.name, 'I', j.image) -> 'new' -> k.name)
            FROM unnest(key_columns) AS k(name) JOIN member AS m ON m.member = j.member),
         CASE j.judgement WHEN 'altered row' THEN j.different END,
         CASE j.judgement
           WHEN 'row without history' THEN 'Older than the audit, which began without a baseline, or its image was erased from the log: nothing vouches for it.'
           WHEN 'inserted row' THEN 'The row is in the table, but by the log it should not be: it was put in behind the audit trigger.'
           WHEN 'altered row' THEN 'The row differs from its newest image in the log in these columns: it was changed behind the audit trigger.'
           WHEN 'deleted row' THEN 'By the log the row should be in the table: it was deleted behind the audit trigger.' END
    FROM judged AS j WHERE j.judgement IS NOT NULL ORDER BY j.member, j.key;
  PERFORM pdauth.progress_end();
END
$function$;
REVOKE ALL ON FUNCTION pdauth.verify_relation(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.verify_relation(regclass) TO pdauth_auditor;
COMMENT ON FUNCTION pdauth.verify_relation(regclass) IS
  'Compares each row of an audited table (with partitions and children) with its newest image in the log, by primary key or replica identity: one row of severity "finding" per row altered, inserted or deleted behind the triggers, with its key (masked for those who would see it masked in the table) and the names of the columns that differ, never their values; "information" for rows older than an audit without baseline. No row means the table is what the log says. Reads the whole table and the whole log once, after a restore from another database twice. Trust its answer as far as pdauth.verify() is clean. Columns added or dropped since the entry do not count; a column of an OID alias type such as regclass differs once the object it names is renamed.';
