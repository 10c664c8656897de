-- Proofs about the audit log (RFC 6962, RFC 9162) and signed checkpoints (C2SP).

-- Trees over given leaves: what proofs are made of, for tests and other logs.
CREATE FUNCTION pdauth.merkle_leaf_hash(data bytea) RETURNS bytea
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_merkle_leaf_hash';
COMMENT ON FUNCTION pdauth.merkle_leaf_hash(bytea) IS 'Leaf hash of RFC 6962: SHA-256 over 0x00 and the data.';
CREATE FUNCTION pdauth.merkle_root(leaf_hashes bytea[]) RETURNS bytea
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_merkle_root';
COMMENT ON FUNCTION pdauth.merkle_root(bytea[]) IS
  'Root of the RFC 6962 tree over these leaf hashes, SHA-256 of nothing for an empty array. An error if an element is no hash of 32 bytes.';
CREATE FUNCTION pdauth.merkle_inclusion_proof(leaf_index bigint, leaf_hashes bytea[]) RETURNS bytea[]
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_merkle_inclusion_proof';
COMMENT ON FUNCTION pdauth.merkle_inclusion_proof(bigint, bytea[]) IS
  'Audit path (RFC 6962, section 2.1.1) of a leaf, counted from 0, in the tree over these leaf hashes.';
CREATE FUNCTION pdauth.merkle_consistency_proof(old_size bigint, leaf_hashes bytea[]) RETURNS bytea[]
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_merkle_consistency_proof';
COMMENT ON FUNCTION pdauth.merkle_consistency_proof(bigint, bytea[]) IS
  'Proof (RFC 6962, section 2.1.2) that the tree over the first old_size of these leaf hashes is the beginning of the tree over all.';

CREATE FUNCTION pdauth.verify_inclusion(leaf_hash bytea, leaf_index bigint, tree_size bigint, proof bytea[], root bytea) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_verify_inclusion';
COMMENT ON FUNCTION pdauth.verify_inclusion(bytea, bigint, bigint, bytea[], bytea) IS
  'Does the proof bind the leaf at this index (from 0) to the root of the tree of this size? RFC 9162, section 2.1.3.2. False also for anything malformed; NULL for NULL.';
CREATE FUNCTION pdauth.verify_consistency(old_size bigint, new_size bigint, old_root bytea, new_root bytea, proof bytea[]) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_verify_consistency';
COMMENT ON FUNCTION pdauth.verify_consistency(bigint, bigint, bytea, bytea, bytea[]) IS
  'Does the proof show that the tree with the old root is the beginning of the tree with the new one? RFC 9162, section 2.1.4.2. False also for anything malformed; NULL for NULL.';

CREATE FUNCTION pdauth.verify_inclusion_sql(leaf_hash bytea, leaf_index bigint, tree_size bigint, proof bytea[], root bytea) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  node bigint := leaf_index;
  last bigint := tree_size - 1;
  result bytea := leaf_hash;
  other bytea;
BEGIN
  IF leaf_index < 0 OR leaf_index >= tree_size THEN
    RETURN false;
  END IF;
  FOREACH other IN ARRAY proof LOOP
    IF last = 0 OR octet_length(other) IS DISTINCT FROM 32 THEN
      RETURN false;
    END IF;
    IF node % 2 = 1 OR node = last THEN
      result := pdauth.audit_digest('\x01'::bytea || other || result);
      WHILE node % 2 = 0 AND node <> 0 LOOP
        node := node / 2;
        last := last / 2;
      END LOOP;
    ELSE
      result := pdauth.audit_digest('\x01'::bytea || result || other);
    END IF;
    node := node / 2;
    last := last / 2;
  END LOOP;
  RETURN last = 0 AND result = root;
END
$function$;
COMMENT ON FUNCTION pdauth.verify_inclusion_sql(bytea, bigint, bigint, bytea[], bytea) IS
  'As pdauth.verify_inclusion(), by PL/pgSQL and pgcrypto, without pdauth''s library.';
CREATE FUNCTION pdauth.verify_consistency_sql(old_size bigint, new_size bigint, old_root bytea, new_root bytea, proof bytea[]) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  node bigint := old_size - 1;
  last bigint := new_size - 1;
  nodes bytea[] := proof;
  old_result bytea;
  result bytea;
  other bytea;
BEGIN
  IF old_size < 0 OR old_size > new_size THEN
    RETURN false;
  ELSIF old_size = new_size THEN
    RETURN cardinality(proof) = 0 AND old_root = new_root;
  ELSIF old_size = 0 THEN
    RETURN cardinality(proof) = 0 AND old_root = pdauth.audit_digest('');
  ELSIF cardinality(proof) = 0 THEN
    RETURN false;
  END IF;
  IF old_size & (old_size - 1) = 0 THEN
    nodes := old_root || nodes;
  END IF;
  WHILE node % 2 = 1 LOOP
    node := node / 2;
    last := last / 2;
  END LOOP;
  old_result := nodes[1];
  result := nodes[1];
  FOREACH other IN ARRAY nodes[2:] LOOP
    IF last = 0 OR octet_length(other) IS DISTINCT FROM 32 THEN
      RETURN false;
    END IF;
    IF node % 2 = 1 OR node = last THEN
      old_result := pdauth.audit_digest('\x01'::bytea || other || old_result);
      result := pdauth.audit_digest('\x01'::bytea || other || result);
      WHILE node % 2 = 0 AND node <> 0 LOOP
        node := node / 2;
        last := last / 2;
      END LOOP;
    ELSE
      result := pdauth.audit_digest('\x01'::bytea || result || other);
    END IF;
    node := node / 2;
    last := last / 2;
  END LOOP;
  RETURN last = 0 AND old_result = old_root AND result = new_root;
END
$function$;
COMMENT ON FUNCTION pdauth.verify_consistency_sql(bigint, bigint, bytea, bytea, bytea[]) IS
  'As pdauth.verify_consistency(), by PL/pgSQL and pgcrypto, without pdauth''s library.';

-- Proofs about the log.
CREATE FUNCTION pdauth.tree_root(tree_size bigint DEFAULT NULL) RETURNS bytea
LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'pdauth_tree_root';
REVOKE ALL ON FUNCTION pdauth.tree_root(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.tree_root(bigint) TO pdauth_auditor;
COMMENT ON FUNCTION pdauth.tree_root(bigint) IS
  'Root of the log''s Merkle tree when it had this many leaves (NULL: now), from its tiles. An error if it never had so many.';
CREATE FUNCTION pdauth.recomputed_root(tree_size bigint) RETURNS bytea
LANGUAGE C STABLE STRICT AS 'MODULE_PATHNAME', 'pdauth_recomputed_root';
REVOKE ALL ON FUNCTION pdauth.recomputed_root(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.recomputed_root(bigint) TO pdauth_auditor;
COMMENT ON FUNCTION pdauth.recomputed_root(bigint) IS
  'As pdauth.tree_root(), but from every leaf and every block''s contents; NULL if there are not so many. Part of pdauth.verify_against().';
CREATE FUNCTION pdauth.leaf_index(epoch bigint, xid xid8, n bigint) RETURNS bigint
LANGUAGE C STABLE STRICT AS 'MODULE_PATHNAME', 'pdauth_leaf_index';
REVOKE ALL ON FUNCTION pdauth.leaf_index(bigint, xid8, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.leaf_index(bigint, xid8, bigint) TO pdauth_auditor;
COMMENT ON FUNCTION pdauth.leaf_index(bigint, xid8, bigint) IS
  'Position of an entry''s leaf in the tree, from 0; NULL if no block seals it (yet).';
CREATE FUNCTION pdauth.leaf_proof(leaf_index bigint, tree_size bigint) RETURNS bytea[]
LANGUAGE C STABLE STRICT AS 'MODULE_PATHNAME', 'pdauth_leaf_proof';
REVOKE ALL ON FUNCTION pdauth.leaf_proof(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.leaf_proof(bigint, bigint) TO pdauth_auditor;
COMMENT ON FUNCTION pdauth.leaf_proof(bigint, bigint) IS
  'Audit path (RFC 6962, section 2.1.1) of a leaf of the log, counted from 0, in its tree of the given size.';
CREATE FUNCTION pdauth.consistency_proof(old_size bigint, new_size bigint DEFAULT NULL) RETURNS bytea[]
LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'pdauth_consistency_proof';
REVOKE ALL ON FUNCTION pdauth.consistency_proof(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.consistency_proof(bigint, bigint) TO pdauth_auditor;
COMMENT ON FUNCTION pdauth.consistency_proof(bigint, bigint) IS
  'Proof (RFC 6962, section 2.1.2) that the log of old_size leaves is the beginning of the log of new_size leaves (NULL: now). Verify it with the roots of two checkpoints, with pdauth.verify_consistency() or any other tool.';
CREATE FUNCTION pdauth.tile(level integer, number bigint, tree_size bigint) RETURNS bytea
LANGUAGE C STABLE STRICT AS 'MODULE_PATHNAME', 'pdauth_tile';
REVOKE ALL ON FUNCTION pdauth.tile(integer, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.tile(integer, bigint, bigint) TO pdauth_auditor;
COMMENT ON FUNCTION pdauth.tile(integer, bigint, bigint) IS
  'A tile of the log as C2SP tlog-tiles defines it: up to 256 hashes of 32 bytes, of the subtrees of 256^level leaves from number * 256 on, as far as they are complete in the tree of this size; NULL if none is.';

CREATE FUNCTION pdauth.inclusion_proof(
  epoch bigint, xid xid8, n bigint, at_size bigint DEFAULT NULL,
  OUT leaf_index bigint, OUT tree_size bigint, OUT leaf_hash bytea, OUT proof bytea[], OUT root bytea) RETURNS record
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  leaf_index := pdauth.leaf_index(epoch, xid, n);
  IF leaf_index IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
      MESSAGE = format('entry (%s, %s, %s) is not sealed', epoch, xid, n),
      HINT = 'SELECT pdauth.seal() first; if that does not help, the entry was put in behind pdauth''s back: see pdauth.verify().';
  END IF;
  tree_size := coalesce(at_size, (SELECT b.first_leaf + b.entries + 1 FROM pdauth.audit_block AS b ORDER BY b.block DESC LIMIT 1));
  proof := pdauth.leaf_proof(leaf_index, tree_size);
  leaf_hash := substr(pdauth.tile(0, leaf_index / 256, tree_size), (leaf_index % 256 * 32 + 1)::integer, 32);
  root := pdauth.tree_root(tree_size);
END
$function$;
REVOKE ALL ON FUNCTION pdauth.inclusion_proof(bigint, xid8, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.inclusion_proof(bigint, xid8, bigint, bigint) TO pdauth_auditor;
COMMENT ON FUNCTION pdauth.inclusion_proof(bigint, xid8, bigint, bigint) IS
  'Proof that an entry, archived or not, is in the log: its position in the tree, the tree''s size (at_size, or now: take that of a checkpoint you hold), the leaf hash sealed for it, the audit path (RFC 6962) and the root. An error if the entry is not sealed. The entry is the one proved if pdauth.audit_leaf() of it is that leaf hash; its column leaf says the same.';

-- Checkpoints.
CREATE TABLE pdauth.checkpoint_key (
  vkey          text PRIMARY KEY,
  first_used_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
COMMENT ON TABLE pdauth.checkpoint_key IS
  'Verifier keys of this log''s checkpoints; a new one is added when pdauth.checkpoint() first signs with it, old ones remain so that old checkpoints can be verified. Whoever does not trust this server keeps the verifier keys elsewhere. Cannot be changed (PD254, R-25-4).';
COMMENT ON COLUMN pdauth.checkpoint_key.vkey IS 'Verifier key as C2SP signed-note writes it: name+id+key.';
COMMENT ON COLUMN pdauth.checkpoint_key.first_used_at IS 'When it was first used.';
CREATE TABLE pdauth.audit_checkpoint (
  issued_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  block     bigint NOT NULL,
  tree_size bigint NOT NULL,
  root      bytea NOT NULL,
  vkey      text NOT NULL REFERENCES pdauth.checkpoint_key,
  note      text NOT NULL,
  PRIMARY KEY (tree_size, vkey)
);
COMMENT ON TABLE pdauth.audit_checkpoint IS
  'Checkpoints of the audit log that were issued. They prove something only where a copy is kept out of reach of this server. Cannot be changed (PD254, R-25-4).';
COMMENT ON COLUMN pdauth.audit_checkpoint.issued_at IS 'When it was issued.';
COMMENT ON COLUMN pdauth.audit_checkpoint.block IS 'The newest block then.';
COMMENT ON COLUMN pdauth.audit_checkpoint.tree_size IS 'Leaves in the tree up to and including that block.';
COMMENT ON COLUMN pdauth.audit_checkpoint.root IS 'Root of the tree.';
COMMENT ON COLUMN pdauth.audit_checkpoint.vkey IS 'Verifier key of the signature.';
COMMENT ON COLUMN pdauth.audit_checkpoint.note IS 'The checkpoint itself (C2SP tlog-checkpoint).';
CREATE TRIGGER keep_evidence BEFORE UPDATE OR DELETE OR TRUNCATE ON pdauth.checkpoint_key
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.keep_evidence();
CREATE TRIGGER keep_evidence BEFORE UPDATE OR DELETE OR TRUNCATE ON pdauth.audit_checkpoint
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.keep_evidence();
ALTER TABLE pdauth.checkpoint_key ENABLE ALWAYS TRIGGER keep_evidence;
ALTER TABLE pdauth.audit_checkpoint ENABLE ALWAYS TRIGGER keep_evidence;
SELECT pg_catalog.pg_extension_config_dump('pdauth.checkpoint_key', '');
SELECT pg_catalog.pg_extension_config_dump('pdauth.audit_checkpoint', '');
GRANT SELECT ON pdauth.checkpoint_key, pdauth.audit_checkpoint TO pdauth_auditor;

CREATE FUNCTION pdauth.checkpoint_begin() RETURNS void
LANGUAGE C AS 'MODULE_PATHNAME', 'pdauth_checkpoint_begin';
REVOKE ALL ON FUNCTION pdauth.checkpoint_begin() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.checkpoint_begin() IS 'Refuses on a standby and in a transaction that has written something. Part of pdauth.checkpoint().';
CREATE FUNCTION pdauth.checkpoint_confirm() RETURNS void
LANGUAGE C AS 'MODULE_PATHNAME', 'pdauth_checkpoint_confirm';
REVOKE ALL ON FUNCTION pdauth.checkpoint_confirm() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.checkpoint_confirm() IS
  'Waits until everything committed so far is on disk here and on as many standbys as pdauth.checkpoint_standbys says. Part of pdauth.checkpoint().';
CREATE FUNCTION pdauth.checkpoint_sign(tree_size bigint, root bytea, OUT note text, OUT vkey text) RETURNS record
LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'pdauth_checkpoint_sign';
REVOKE ALL ON FUNCTION pdauth.checkpoint_sign(bigint, bytea) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.checkpoint_sign(bigint, bytea) IS
  'Signs a checkpoint with the key in pdauth.checkpoint_key_file; returns it and the key''s verifier key. Part of pdauth.checkpoint().';
CREATE FUNCTION pdauth.checkpoint_open(
  note text, vkeys text[], OUT origin text, OUT tree_size bigint, OUT root bytea, OUT signed_by text) RETURNS record
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_checkpoint_open';
COMMENT ON FUNCTION pdauth.checkpoint_open(text, text[]) IS
  'Reads a checkpoint (C2SP tlog-checkpoint): its origin, tree size and root, all NULL if it is none; signed_by is the first of the verifier keys whose signature it carries, NULL if there is no good one. An error if a verifier key is malformed.';

CREATE FUNCTION pdauth.checkpoint(OUT note text, OUT tree_size bigint, OUT root bytea, OUT vkey text) RETURNS record
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
DECLARE
  newest record;
  before record;
  signed record;
BEGIN
  PERFORM pdauth.checkpoint_begin();
  LOCK TABLE pdauth.audit_checkpoint IN SHARE ROW EXCLUSIVE MODE;
  SELECT b.block, b.root, b.first_leaf + b.entries + 1 AS tree_size INTO newest
    FROM pdauth.audit_block AS b ORDER BY b.block DESC LIMIT 1;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
      MESSAGE = 'nothing is sealed yet', HINT = 'SELECT pdauth.seal() first.';
  END IF;
  -- never sign two histories: what was signed before must be the beginning of this one
  SELECT c.tree_size, c.root INTO before FROM pdauth.audit_checkpoint AS c ORDER BY c.tree_size DESC LIMIT 1;
  IF newest.root <> pdauth.tree_root(newest.tree_size)
     OR before.tree_size > newest.tree_size
     OR before.tree_size > 0 AND before.root <> pdauth.tree_root(before.tree_size) THEN
    RAISE EXCEPTION USING ERRCODE = 'data_corrupted',
      MESSAGE = 'the audit log does not agree with itself or with its last checkpoint: it was altered',
      HINT = 'SELECT * FROM pdauth.verify(), and pdauth.verify_against() the last checkpoint, say what was.';
  END IF;
  PERFORM pdauth.checkpoint_confirm();
  SELECT s.note, s.vkey INTO signed FROM pdauth.checkpoint_sign(newest.tree_size, newest.root) AS s;
  INSERT INTO pdauth.checkpoint_key (vkey) VALUES (signed.vkey) ON CONFLICT DO NOTHING;
  INSERT INTO pdauth.audit_checkpoint (block, tree_size, root, vkey, note)
    VALUES (newest.block, newest.tree_size, newest.root, signed.vkey, signed.note) ON CONFLICT DO NOTHING;
  note := signed.note;
  tree_size := newest.tree_size;
  root := newest.root;
  vkey := signed.vkey;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.checkpoint() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.checkpoint() TO pdauth_auditor;
COMMENT ON FUNCTION pdauth.checkpoint() IS
  'Issues a checkpoint of the sealed log: a note in the form of C2SP tlog-checkpoint, signed with the Ed25519 key in pdauth.checkpoint_key_file under the name pdauth.checkpoint_origin, once the log is on disk and on pdauth.checkpoint_standbys standbys (waits for them; statement_timeout limits that). Refused on a standby, in a transaction that has written something, and if the log contradicts its last checkpoint. Store the note where no administrator of this server can write. pdauth_auditor only.';

CREATE FUNCTION pdauth.verify_checkpoint(note text, VARIADIC vkeys text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (pdauth.checkpoint_open(note, vkeys)).signed_by IS NOT NULL;
COMMENT ON FUNCTION pdauth.verify_checkpoint(text, text[]) IS
  'Is the note a checkpoint with a good signature by one of the verifier keys? An error if a key is malformed; NULL for NULL.';

CREATE FUNCTION pdauth.verify_against(
  note text, vkeys text[] DEFAULT NULL,
  OUT severity text, OUT kind text, OUT expected text, OUT found text, OUT explanation text) RETURNS SETOF record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  WITH
  opened AS MATERIALIZED (
    SELECT o.* FROM pdauth.checkpoint_open(note, coalesce(vkeys, ARRAY(SELECT k.vkey FROM pdauth.checkpoint_key AS k))) AS o),
  log AS MATERIALIZED (
    SELECT o.*, coalesce((SELECT b.first_leaf + b.entries + 1 FROM pdauth.audit_block AS b ORDER BY b.block DESC LIMIT 1), 0) AS size,
           CASE WHEN o.signed_by IS NOT NULL THEN pdauth.recomputed_root(o.tree_size) END AS now_root FROM opened AS o)
  SELECT 'finding', 'bad checkpoint', NULL, l.origin,
         CASE WHEN l.origin IS NULL THEN 'The note does not have the form of a checkpoint.'
              WHEN note NOT LIKE E'%\n' THEN 'The line break at its end is missing, without which no signature counts: $(...) in a shell takes it away.'
              ELSE 'None of the verifier keys has signed the note.' END
    FROM log AS l WHERE l.signed_by IS NULL
  UNION ALL
  SELECT 'finding', 'truncated log', l.tree_size::text, l.size::text,
         'The log has fewer leaves than the checkpoint vouches for: its end was cut off, or this is an older copy.'
    FROM log AS l WHERE l.signed_by IS NOT NULL AND l.now_root IS NULL
  UNION ALL
  SELECT 'finding', 'rewritten log', encode(l.root, 'hex'), encode(l.now_root, 'hex'),
         'The log had another content when the checkpoint was issued: it was rewritten since, or this is another log.'
    FROM log AS l WHERE l.now_root <> l.root
  UNION ALL
  SELECT 'information', 'summary', l.tree_size::text, l.size::text,
         format('The first %s leaves are those that %s signed; %s came later. That they still match the entries, pdauth.verify() tells.',
                l.tree_size, l.origin, l.size - l.tree_size)
    FROM log AS l WHERE l.now_root = l.root
$function$;
REVOKE ALL ON FUNCTION pdauth.verify_against(text, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.verify_against(text, text[]) TO pdauth_auditor;
COMMENT ON FUNCTION pdauth.verify_against(text, text[]) IS
  'Compares the log with a checkpoint that was kept elsewhere: one row of severity "finding" if the note is not signed by one of the verifier keys (bad checkpoint; NULL: those in pdauth.checkpoint_key, which whoever controls this server can replace), if the end of the log is gone (truncated log) or if it was replaced (rewritten log), otherwise one of severity "information". The root is computed anew from every leaf.';
