-- Verification: in C for speed, and in plain SQL so that nobody has to trust it.

CREATE FUNCTION pdauth.audit_epoch() RETURNS bigint
LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'pdauth_audit_epoch';
COMMENT ON FUNCTION pdauth.audit_epoch() IS
  'Epoch of this server and database: the first 63 bits of SHA-256 over system identifier, database OID and WAL timeline.';

CREATE FUNCTION pdauth.verify(
  OUT severity text, OUT kind text, OUT block bigint, OUT epoch bigint, OUT xid xid8, OUT n bigint,
  OUT relation text, OUT expected text, OUT found text, OUT explanation text) RETURNS SETOF record
LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'pdauth_verify';
REVOKE ALL ON FUNCTION pdauth.verify() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.verify() TO pdauth_auditor;
COMMENT ON FUNCTION pdauth.verify() IS
  'Checks the whole audit log: one row of severity "finding" per altered, missing, moved or inserted entry, altered or missing block, broken chain or wrong root; then one row of severity "information" and kind "summary", which also counts the entries not sealed yet. Clean means: no row WHERE severity = ''finding''. It cannot see entries removed from the end together with their blocks, nor a log rewritten as a whole: keep the last root somewhere else.';

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
END
$install$;
COMMENT ON FUNCTION pdauth.audit_digest(bytea) IS 'SHA-256 by pgcrypto, independent of pdauth''s library.';

CREATE FUNCTION pdauth.audit_leaf(entry pdauth.audit_entry) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT pdauth.audit_digest('\x004501'::bytea || pg_catalog.int8send((entry).epoch) || pg_catalog.xid8send((entry).xid)
    || pg_catalog.int8send((entry).n) || pg_catalog.timestamptz_send((entry).made_at) || pg_catalog.oidsend((entry).relation)
    || pg_catalog.charsend((entry).operation) || pdauth.audit_piece((entry).relation_name)
    || pdauth.audit_piece((entry).role_name) || pdauth.audit_piece((entry).session_role_name)
    || pdauth.audit_piece((entry).purpose) || pdauth.audit_piece((entry).client)
    || pdauth.audit_piece((entry).application)
    || coalesce(pg_catalog.substr((entry).content, 1, 32), pdauth.audit_digest(pdauth.audit_piece((entry).salt) || pdauth.audit_piece((entry).image))));
END;
COMMENT ON FUNCTION pdauth.audit_leaf(pdauth.audit_entry) IS
  'The leaf hash an entry must have, in plain SQL: the specification of it.';

CREATE FUNCTION pdauth.audit_block_hash(block pdauth.audit_block) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT pdauth.audit_digest('\x005301'::bytea || pg_catalog.int8send((block).block) || pg_catalog.timestamptz_send((block).sealed_at)
    || pg_catalog.int8send((block).epoch) || pg_catalog.int8send((block).system_identifier) || pg_catalog.oidsend((block).database)
    || pg_catalog.int4send((block).timeline) || pg_catalog.int8send((block).first_leaf) || pg_catalog.int8send((block).entries)
    || pdauth.audit_piece((block).snapshot::text) || pdauth.audit_piece((block).previous_hash)
    || pdauth.audit_digest((block).manifest) || pdauth.audit_digest((block).leaves));
END;
COMMENT ON FUNCTION pdauth.audit_block_hash(pdauth.audit_block) IS
  'The hash a block must have, in plain SQL: the specification of it.';

CREATE FUNCTION pdauth.verify_sql_tree(OUT kind text, OUT block bigint) RETURNS SETOF record
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  b pdauth.audit_block;
  frontier bytea[] := '{}';
  height integer := 0;
  size bigint := 0;
  carry bigint;
  leaf bytea;
  root bytea;
  joined bytea;
BEGIN
  FOR b IN SELECT x.* FROM pdauth.audit_block AS x ORDER BY x.block LOOP
    block := b.block;
    FOR i IN 0 .. octet_length(b.leaves) / 32 LOOP
      leaf := CASE WHEN i < octet_length(b.leaves) / 32 THEN substr(b.leaves, i * 32 + 1, 32)
                   ELSE pdauth.audit_block_hash(b) END;
      carry := size;
      WHILE carry % 2 = 1 LOOP
        leaf := pdauth.audit_digest('\x01'::bytea || frontier[height] || leaf);
        height := height - 1;
        carry := carry / 2;
      END LOOP;
      height := height + 1;
      frontier[height] := leaf;
      size := size + 1;
    END LOOP;
    root := frontier[height];
    joined := frontier[1];
    FOR i IN REVERSE height - 1 .. 1 LOOP
      root := pdauth.audit_digest('\x01'::bytea || frontier[i] || root);
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
    -- go on from what the block says, so that the next finding is about the next block
    IF octet_length(b.frontier) = 32 * bit_count(int8send(b.first_leaf + b.entries + 1)) THEN
      height := octet_length(b.frontier) / 32;
      size := b.first_leaf + b.entries + 1;
      frontier := ARRAY(SELECT substr(b.frontier, i * 32 + 1, 32) FROM generate_series(0, height - 1) AS i);
    END IF;
  END LOOP;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.verify_sql_tree() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.verify_sql_tree() TO pdauth_auditor;
COMMENT ON FUNCTION pdauth.verify_sql_tree() IS 'Blocks whose Merkle root or frontier is wrong. Part of pdauth.verify_sql().';

CREATE FUNCTION pdauth.verify_sql(OUT kind text, OUT block bigint, OUT epoch bigint, OUT xid xid8, OUT n bigint) RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS $function$
  WITH
  chain AS (
    SELECT b AS whole, b.*, lag(b.block, 1, 0::bigint) OVER w AS last_block, lag(b.hash) OVER w AS last_hash,
           octet_length(b.manifest) % 32 = 0 AND octet_length(b.leaves) = b.entries * 32
           AND b.entries = coalesce((SELECT sum(pdauth.audit_number(b.manifest, i * 32 + 25))
                             FROM generate_series(0, octet_length(b.manifest) / 32 - 1) AS i), 0) AS adds_up
      FROM pdauth.audit_block AS b WINDOW w AS (ORDER BY b.block)),
  run AS (
    SELECT c.block, i AS run, pdauth.audit_number(c.manifest, i * 32 + 1) AS epoch,
           pdauth.audit_number(c.manifest, i * 32 + 9)::text::xid8 AS xid,
           pdauth.audit_number(c.manifest, i * 32 + 17) AS n,
           pdauth.audit_number(c.manifest, i * 32 + 25) AS count,
           least(c.entries, octet_length(c.leaves) / 32) AS leaf_limit, c.leaves
      -- decompress each manifest once, not once per run
      FROM (SELECT b.block, b.entries, b.leaves, b.manifest || ''::bytea AS manifest FROM chain AS b OFFSET 0) AS c
     CROSS JOIN LATERAL generate_series(0, octet_length(c.manifest) / 32 - 1) AS i),
  summed AS (
    SELECT r.*, sum(r.count) OVER (PARTITION BY r.block ORDER BY r.run) - r.count AS before FROM run AS r),
  placed AS (
    SELECT s.*, bool_and(s.count > 0 AND s.before + s.count <= s.leaf_limit) OVER (PARTITION BY s.block ORDER BY s.run) AS fits
      FROM summed AS s),
  sealed AS (
    SELECT p.block, p.run, p.epoch, p.xid, p.n + i AS n, substr(p.leaves, ((p.before + i) * 32 + 1)::integer, 32) AS leaf
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
    SELECT e.epoch, e.xid, e.n, e.leaf AS stored,
           CASE WHEN e.content IS NULL OR EXISTS (SELECT FROM erased AS x WHERE (x.epoch, x.xid, x.n) = (e.epoch, e.xid, e.n))
             THEN pdauth.audit_leaf(e) ELSE '\x' END AS computed
      FROM pdauth.audit_entry AS e
    UNION ALL
    -- a segment keeps no leaves: that of the block decides
    SELECT u.epoch, u.xid, u.n, u.leaf, u.leaf
      FROM (SELECT e.epoch, e.xid, e.n,
                   CASE WHEN e.content IS NULL OR EXISTS (SELECT FROM erased AS x WHERE (x.epoch, x.xid, x.n) = (e.epoch, e.xid, e.n))
                     THEN pdauth.audit_leaf(e) ELSE '\x' END AS leaf
              FROM pdauth.audit_segment AS g CROSS JOIN LATERAL pdauth.audit_unpack(g) AS e OFFSET 0) AS u
    UNION ALL
    SELECT epoch, xid, n, s.leaf, s.leaf FROM sealed AS s JOIN pruned AS p USING (epoch, xid, n)),
  matched AS (
    SELECT s.block, s.run, epoch, xid, n, s.leaf, e.stored, e.computed
      FROM sealed AS s FULL JOIN entry AS e USING (epoch, xid, n)),
  last_snapshot AS (
    SELECT DISTINCT ON (c.epoch) c.epoch, c.snapshot FROM chain AS c ORDER BY c.epoch, c.block DESC)
  SELECT 'missing block', c.last_block + 1, NULL::bigint, NULL::xid8, NULL::bigint FROM chain AS c WHERE c.block <> c.last_block + 1
  UNION ALL
  SELECT 'broken chain', c.block, NULL, NULL, NULL FROM chain AS c
   WHERE c.block = c.last_block + 1 AND c.previous_hash IS DISTINCT FROM c.last_hash
  UNION
  SELECT 'altered block', c.block, NULL, NULL, NULL FROM chain AS c
   WHERE c.hash <> pdauth.audit_block_hash(c.whole) OR NOT c.adds_up
      OR c.epoch <> pdauth.audit_number(pdauth.audit_digest(
           int8send(c.system_identifier) || oidsend(c.database) || int4send(c.timeline)), 1) & 9223372036854775807
  UNION
  SELECT t.kind, t.block, NULL, NULL, NULL FROM pdauth.verify_sql_tree() AS t
  UNION
  SELECT 'missing entry', m.block, m.epoch, m.xid, min(m.n)
    FROM (SELECT m.*, m.n - row_number() OVER (PARTITION BY m.block, m.run ORDER BY m.n) AS island
            FROM matched AS m WHERE m.stored IS NULL) AS m
   GROUP BY m.block, m.run, m.epoch, m.xid, m.island
  UNION
  SELECT CASE WHEN m.stored <> m.leaf AND m.computed <> m.leaf
               AND EXISTS (SELECT FROM sealed AS s WHERE s.leaf = m.stored) THEN 'moved entry' ELSE 'altered entry' END,
         m.block, m.epoch, m.xid, m.n
    FROM matched AS m WHERE m.leaf IS NOT NULL AND (m.stored <> m.leaf OR m.computed <> m.leaf)
  UNION
  SELECT x.kind, NULL, x.epoch, x.xid, x.n
    FROM (SELECT CASE
            WHEN m.stored <> m.computed AND EXISTS (SELECT FROM sealed AS s WHERE s.leaf = m.stored) THEN 'moved entry'
            WHEN pg_visible_in_snapshot(m.xid, l.snapshot) THEN 'inserted entry'
            WHEN m.epoch = pdauth.audit_epoch() AND m.xid >= pg_snapshot_xmax(pg_current_snapshot())
                 AND m.xid IS DISTINCT FROM pg_current_xact_id_if_assigned() THEN 'inserted entry'
            WHEN m.epoch <> pdauth.audit_epoch()
                 AND EXISTS (SELECT FROM chain AS c WHERE c.epoch = pdauth.audit_epoch()) THEN 'inserted entry'
            WHEN m.stored <> m.computed THEN 'altered entry' END AS kind, m.*
            FROM matched AS m LEFT JOIN last_snapshot AS l USING (epoch) WHERE m.leaf IS NULL) AS x
   WHERE x.kind IS NOT NULL
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

CREATE FUNCTION pdauth.verify_relation(
  audited regclass, OUT severity text, OUT kind text, OUT relation regclass, OUT key jsonb, OUT columns text[], OUT explanation text)
RETURNS SETOF record
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
DECLARE
  key_columns text[] := pdauth.audit_key_columns(audited);
  current_epoch bigint := pdauth.audit_epoch();
  with_baseline boolean;
  has_ended boolean;
BEGIN
  IF key_columns IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
      MESSAGE = format('%s has no primary key to find its rows in the log by', audited),
      HINT = 'Add a primary key, or a unique index and ALTER TABLE ... REPLICA IDENTITY USING INDEX.';
  END IF;
  SELECT bool_and(pdauth.image_json(begun.image) #>> '{new,note}' = 'with baseline'), bool_or(begun.operation = 'Z')
    INTO with_baseline, has_ended
    FROM pdauth.audit_tree(audited) AS t
    LEFT JOIN LATERAL (
      SELECT e.image, e.operation FROM pdauth.audit_log AS e
       WHERE e.operation IN ('A', 'Z') AND (e.relation = t.member AND e.epoch = current_epoch
              OR e.epoch <> current_epoch AND e.relation_name = (SELECT format('%I.%I', c.relnamespace::regnamespace::text, c.relname) FROM pg_class AS c WHERE c.oid = t.member))
       ORDER BY e.made_at DESC LIMIT 1) AS begun ON true
   WHERE t.is_leaf;
  IF with_baseline IS NULL OR has_ended THEN
    RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
      MESSAGE = format('%s is not audited', audited),
      HINT = format('SELECT pdauth.audit(%L);', audited);
  END IF;
  RETURN QUERY
  WITH
  member AS (
    -- rows move between partitions, so their keys are one set; inheritance children have keys of their own
    SELECT t.member, CASE WHEN c.relispartition THEN 0::oid ELSE c.oid END AS place, format('%I.%I', s.nspname, c.relname) AS name
      FROM pdauth.audit_tree(audited) AS t JOIN pg_class AS c ON c.oid = t.member
      JOIN pg_namespace AS s ON s.oid = c.relnamespace WHERE t.is_leaf),
  log AS MATERIALIZED (
    SELECT m.member, m.place, e.made_at, e.xid, e.n, e.operation, e.image, e.content IS NOT NULL AS is_erased
      FROM pdauth.audit_log AS e JOIN member AS m
        ON e.relation_name = m.name AND e.epoch <> current_epoch OR e.relation = m.member AND e.epoch = current_epoch),
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
           first_value(e.change) OVER (PARTITION BY e.place, e.key ORDER BY e.made_at DESC, e.xid DESC, e.n DESC, e.change DESC) AS last_change
      FROM event AS e),
  logged AS (
    SELECT DISTINCT ON (r.place, r.key) r.place, r.key, r.member, r.image,
           CASE WHEN with_baseline THEN r.present > 0 ELSE r.last_change > 0 END AS present
      FROM ranked AS r ORDER BY r.place, r.key, r.change DESC, r.made_at DESC, r.xid DESC, r.n DESC),
  live AS (
    SELECT m.member, m.place, pdauth.image_key(i.image, false, key_columns) AS key, i.image
      FROM member AS m CROSS JOIN LATERAL pdauth.audit_live_row(m.member) AS i(image)),
  compared AS (
    SELECT coalesce(v.member, g.member) AS member, key, g.key IS NOT NULL AS is_logged, g.present,
           v.image IS NOT NULL AS is_live, pdauth.image_difference(g.image, v.image) AS different
      FROM logged AS g FULL JOIN live AS v USING (place, key)),
  judged AS (
    SELECT c.*, CASE
      WHEN c.is_live AND NOT c.is_logged AND (NOT with_baseline OR (SELECT bool_or(l.is_erased) FROM log AS l)) THEN 'row without history'
      WHEN c.is_live AND (NOT c.is_logged OR NOT c.present) THEN 'inserted row'
      WHEN c.is_live AND c.different <> '{}' THEN 'altered row'
      WHEN c.present AND NOT c.is_live THEN 'deleted row' END AS judgement
      FROM compared AS c)
  SELECT CASE j.judgement WHEN 'row without history' THEN 'information' ELSE 'finding' END,
         j.judgement, j.member, j.key, CASE j.judgement WHEN 'altered row' THEN j.different END,
         CASE j.judgement
           WHEN 'row without history' THEN 'Older than the audit, which began without a baseline, or its image was erased from the log: nothing vouches for it.'
           WHEN 'inserted row' THEN 'The row is in the table, but by the log it should not be: it was put in behind the audit trigger.'
           WHEN 'altered row' THEN 'The row differs from its newest image in the log in these columns: it was changed behind the audit trigger.'
           WHEN 'deleted row' THEN 'By the log the row should be in the table: it was deleted behind the audit trigger.' END
    FROM judged AS j WHERE j.judgement IS NOT NULL ORDER BY j.member, j.key;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.verify_relation(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.verify_relation(regclass) TO pdauth_auditor;
COMMENT ON FUNCTION pdauth.verify_relation(regclass) IS
  'Compares each row of an audited table (with partitions and children) with its newest image in the log, by primary key or replica identity: one row of severity "finding" per row altered, inserted or deleted behind the triggers, with its key and the names of the columns that differ, never their values; "information" for rows older than an audit without baseline. No row means the table is what the log says. Reads the whole table and the whole log once. Trust its answer as far as pdauth.verify() is clean. Columns added or dropped since the entry do not count.';
