-- Audit log: one entry per change of an audited table, sealed into blocks.
--
-- Actor and relation names are stored in each entry: an entry proves itself
-- without a join, nobody waits for a shared dictionary row, and packing
-- compresses the repetition away.

CREATE TABLE pdauth.audit_entry (
  epoch             bigint NOT NULL,
  xid               xid8 NOT NULL,
  n                 bigint NOT NULL,
  made_at           timestamptz NOT NULL,
  relation          oid NOT NULL,
  operation         pg_catalog."char" NOT NULL,
  relation_name     text,
  role_name         text,
  session_role_name text,
  purpose           text,
  client            text,
  application       text,
  salt              bytea NOT NULL,
  leaf              bytea NOT NULL,
  image             bytea,
  content           bytea
);
CREATE UNIQUE INDEX audit_entry_key ON pdauth.audit_entry (epoch, xid, n);
-- Samples that ANALYZE keeps would show images.
ALTER TABLE pdauth.audit_entry ALTER COLUMN salt SET STATISTICS 0, ALTER COLUMN image SET STATISTICS 0;
COMMENT ON TABLE pdauth.audit_entry IS
  'Audit log: one row per change of an audited table, written by its trigger. Read images with pdauth.audit_image(entry). Cannot be changed (PD254, R-25-4); pdauth.verify() finds what was changed all the same.';
COMMENT ON COLUMN pdauth.audit_entry.epoch IS 'Fingerprint of server, database and timeline the entry was made in; differs after restore into another cluster or database.';
COMMENT ON COLUMN pdauth.audit_entry.xid IS 'Top-level transaction that made the change.';
COMMENT ON COLUMN pdauth.audit_entry.n IS 'Number within the transaction. Gaps are savepoints rolled back.';
COMMENT ON COLUMN pdauth.audit_entry.made_at IS 'Server clock when the change was made, not when its transaction began or ended.';
COMMENT ON COLUMN pdauth.audit_entry.relation IS 'OID of the table or partition, as of then.';
COMMENT ON COLUMN pdauth.audit_entry.operation IS 'I insert, U update, D delete, T truncate, B baseline (row found when auditing began), A auditing began, Z auditing ended, C the table''s definition changed, X an image of the log was erased, P a segment of it was pruned; by statements: R one that uses protected relations began, or several alike, O how it ended where R does not say, N something was refused, L the policy was changed.';
COMMENT ON COLUMN pdauth.audit_entry.relation_name IS 'Schema and name of the table or partition, as of then.';
COMMENT ON COLUMN pdauth.audit_entry.role_name IS 'Role the change was made as.';
COMMENT ON COLUMN pdauth.audit_entry.session_role_name IS 'Role that logged in.';
COMMENT ON COLUMN pdauth.audit_entry.purpose IS 'Declared purpose (pdauth.purpose), NULL if none.';
COMMENT ON COLUMN pdauth.audit_entry.client IS 'Address and port of the client, NULL for a local socket.';
COMMENT ON COLUMN pdauth.audit_entry.application IS 'application_name of the session, NULL if empty. The client chooses it.';
COMMENT ON COLUMN pdauth.audit_entry.salt IS '16 random bytes, so that the leaf gives nothing away about the image.';
COMMENT ON COLUMN pdauth.audit_entry.leaf IS 'SHA-256 leaf hash over everything else in the entry (RFC 6962).';
COMMENT ON COLUMN pdauth.audit_entry.image IS 'Old and new row in canonical binary form; NULL for TRUNCATE.';
COMMENT ON COLUMN pdauth.audit_entry.content IS 'NULL; once the image was erased, what the leaf goes on proving: the SHA-256 and the SM3 hash over salt and image, and the key (epoch, xid, n) of the entry that records the erasure, 88 bytes.';

CREATE TABLE pdauth.audit_block (
  block             bigint NOT NULL,
  sealed_at         timestamptz NOT NULL,
  epoch             bigint NOT NULL,
  system_identifier bigint NOT NULL,
  database          oid NOT NULL,
  timeline          integer NOT NULL,
  first_leaf        bigint NOT NULL,
  entries           bigint NOT NULL,
  snapshot          pg_snapshot NOT NULL,
  previous_hash     bytea,
  hash              bytea NOT NULL,
  root              bytea NOT NULL,
  frontier          bytea NOT NULL,
  manifest          bytea NOT NULL,
  leaves            bytea NOT NULL,
  sm3_first_leaf    bigint,
  sm3_previous_hash bytea,
  sm3_hash          bytea,
  sm3_root          bytea,
  sm3_frontier      bytea,
  sm3_leaves        bytea
);
CREATE UNIQUE INDEX audit_block_key ON pdauth.audit_block (block);
CREATE UNIQUE INDEX audit_block_leaf ON pdauth.audit_block (first_leaf);
CREATE INDEX audit_block_time ON pdauth.audit_block (sealed_at);
-- Hashes do not compress, and uncompressed a tile of 256 can be read by itself.
ALTER TABLE pdauth.audit_block ALTER COLUMN leaves SET STORAGE EXTERNAL, ALTER COLUMN sm3_leaves SET STORAGE EXTERNAL;
COMMENT ON TABLE pdauth.audit_block IS
  'Seals of the audit log, made by pdauth.seal(): which entries, their hashes, chained and bound in one Merkle tree (RFC 6962). Cannot be changed (PD254, R-25-4).';
COMMENT ON COLUMN pdauth.audit_block.block IS 'Number of the block, from 1 without gaps.';
COMMENT ON COLUMN pdauth.audit_block.sealed_at IS 'Server clock just before the snapshot was taken: entries of transactions that the snapshot had not seen begin are younger.';
COMMENT ON COLUMN pdauth.audit_block.epoch IS 'Epoch it was sealed in; the entries of a restored log may be of older ones.';
COMMENT ON COLUMN pdauth.audit_block.system_identifier IS 'System identifier of the cluster (pg_control_system()), part of the epoch.';
COMMENT ON COLUMN pdauth.audit_block.database IS 'OID of the database, part of the epoch.';
COMMENT ON COLUMN pdauth.audit_block.timeline IS 'WAL timeline, part of the epoch.';
COMMENT ON COLUMN pdauth.audit_block.first_leaf IS 'Position in the tree of the first entry, from 0.';
COMMENT ON COLUMN pdauth.audit_block.entries IS 'Number of entries sealed.';
COMMENT ON COLUMN pdauth.audit_block.snapshot IS 'What was committed when it was sealed: the evidence that the manifest is complete.';
COMMENT ON COLUMN pdauth.audit_block.previous_hash IS 'Hash of the block before; NULL for the first.';
COMMENT ON COLUMN pdauth.audit_block.hash IS 'Hash of this block; also the leaf after its entries.';
COMMENT ON COLUMN pdauth.audit_block.root IS 'Root of the whole tree up to and including this block.';
COMMENT ON COLUMN pdauth.audit_block.frontier IS 'Roots of the perfect subtrees, largest first: the tree goes on from here.';
COMMENT ON COLUMN pdauth.audit_block.manifest IS 'Entries sealed, as runs of four 8-byte integers: epoch, xid, first n, count.';
COMMENT ON COLUMN pdauth.audit_block.leaves IS 'Leaf hashes of the entries in order, 32 bytes each.';
COMMENT ON COLUMN pdauth.audit_block.sm3_first_leaf IS 'As first_leaf, in the tree made with SM3; this and all sm3_ columns are NULL unless pdauth.audit_sm3 was on.';
COMMENT ON COLUMN pdauth.audit_block.sm3_previous_hash IS 'As previous_hash; NULL if the block before has no SM3: the SM3 tree begins here.';
COMMENT ON COLUMN pdauth.audit_block.sm3_hash IS 'As hash, made with SM3; the SHA-256 hash binds it.';
COMMENT ON COLUMN pdauth.audit_block.sm3_root IS 'As root, of the tree made with SM3.';
COMMENT ON COLUMN pdauth.audit_block.sm3_frontier IS 'As frontier, of the tree made with SM3.';
COMMENT ON COLUMN pdauth.audit_block.sm3_leaves IS 'SM3 leaf hashes of the entries in order, 32 bytes each.';

CREATE TABLE pdauth.audit_subtree (
  level    smallint NOT NULL,
  position bigint NOT NULL,
  hash     bytea NOT NULL
);
CREATE UNIQUE INDEX audit_subtree_key ON pdauth.audit_subtree (level, position);
COMMENT ON TABLE pdauth.audit_subtree IS
  'Roots of the complete subtrees of the audit log''s Merkle tree, so that proofs need not read every leaf. Written by pdauth.seal(), follows from audit_block.leaves, checked by pdauth.verify(). Cannot be changed (PD254, R-25-4).';
COMMENT ON COLUMN pdauth.audit_subtree.level IS 'The subtree has 256^level leaves; 1 or more.';
COMMENT ON COLUMN pdauth.audit_subtree.position IS 'Which of them, from 0: its first leaf is position * 256^level.';
COMMENT ON COLUMN pdauth.audit_subtree.hash IS 'Its root (RFC 6962).';

-- Evidence is not changed by SQL, not even under session_replication_role.
CREATE FUNCTION pdauth.keep_evidence() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'PD254',
    MESSAGE = format('pdauth.%I is evidence: %s is refused', TG_TABLE_NAME, TG_OP),
    DETAIL = 'Rule R-25-4: Article 25, evidence cannot be altered (第二十五条 操作记录不得篡改).',
    HINT = 'Correct the data itself; the correction is recorded as a further entry.';
END
$function$;
REVOKE ALL ON FUNCTION pdauth.keep_evidence() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.keep_evidence() IS 'Trigger of the audit log: refuses UPDATE, DELETE and TRUNCATE (PD254, R-25-4).';
CREATE TRIGGER keep_evidence BEFORE UPDATE OR DELETE OR TRUNCATE ON pdauth.audit_entry
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.keep_evidence();
CREATE TRIGGER keep_evidence BEFORE UPDATE OR DELETE OR TRUNCATE ON pdauth.audit_block
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.keep_evidence();
ALTER TABLE pdauth.audit_entry ENABLE ALWAYS TRIGGER keep_evidence;
ALTER TABLE pdauth.audit_block ENABLE ALWAYS TRIGGER keep_evidence;
CREATE TRIGGER keep_evidence BEFORE UPDATE OR DELETE OR TRUNCATE ON pdauth.audit_subtree
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.keep_evidence();
ALTER TABLE pdauth.audit_subtree ENABLE ALWAYS TRIGGER keep_evidence;

-- Nor does anybody add to it: who could, would put words into the mouths of others.
CREATE FUNCTION pdauth.keep_writer() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'pdauth_keep_writer';
REVOKE ALL ON FUNCTION pdauth.keep_writer() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.keep_writer() IS 'Trigger of the tables that only pdauth''s library writes to: refuses statements without break-glass (PD254, R-25-4).';
CREATE TRIGGER keep_writer BEFORE INSERT ON pdauth.audit_entry FOR EACH ROW EXECUTE FUNCTION pdauth.keep_writer();
CREATE TRIGGER keep_writer BEFORE INSERT ON pdauth.audit_block FOR EACH ROW EXECUTE FUNCTION pdauth.keep_writer();
CREATE TRIGGER keep_writer BEFORE INSERT ON pdauth.audit_subtree FOR EACH ROW EXECUTE FUNCTION pdauth.keep_writer();
ALTER TABLE pdauth.audit_entry ENABLE ALWAYS TRIGGER keep_writer;
ALTER TABLE pdauth.audit_block ENABLE ALWAYS TRIGGER keep_writer;
ALTER TABLE pdauth.audit_subtree ENABLE ALWAYS TRIGGER keep_writer;

SELECT pg_catalog.pg_extension_config_dump('pdauth.audit_entry', '');
SELECT pg_catalog.pg_extension_config_dump('pdauth.audit_block', '');
SELECT pg_catalog.pg_extension_config_dump('pdauth.audit_subtree', '');
GRANT SELECT ON pdauth.audit_block, pdauth.audit_subtree TO pdauth_auditor;
-- Images hold values that auditors may have no clearance for, and salts would
-- let them try values out: pdauth.audit_trail shows images masked.
GRANT SELECT (epoch, xid, n, made_at, relation, operation, relation_name, role_name, session_role_name, purpose, client,
              application, leaf, content) ON pdauth.audit_entry TO pdauth_auditor;

-- Core demands EXECUTE of whoever makes a partition, since that clones the
-- trigger.  CREATE TRIGGER itself is refused to all but superusers (audit_guard.c).
CREATE FUNCTION pdauth.audit_row() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'pdauth_audit_row';
COMMENT ON FUNCTION pdauth.audit_row() IS 'Trigger of audited tables: writes the entry of one changed row.';
CREATE FUNCTION pdauth.audit_truncate() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'pdauth_audit_truncate';
COMMENT ON FUNCTION pdauth.audit_truncate() IS 'Trigger of audited tables: writes the entry of a TRUNCATE.';
CREATE FUNCTION pdauth.audit_note(relation regclass, operation pg_catalog."char", note text) RETURNS void
LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'pdauth_audit_note';
REVOKE ALL ON FUNCTION pdauth.audit_note(regclass, pg_catalog."char", text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.audit_note(regclass, pg_catalog."char", text) IS
  'Writes an entry that is not about a row, with a note. Part of pdauth.audit() and pdauth.unaudit().';
CREATE FUNCTION pdauth.audit_baseline_rows(relation regclass) RETURNS bigint
LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'pdauth_audit_baseline';
REVOKE ALL ON FUNCTION pdauth.audit_baseline_rows(regclass) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.audit_baseline_rows(regclass) IS
  'Writes one baseline entry per row of one table while writers wait; returns their number. Part of pdauth.audit().';
CREATE FUNCTION pdauth.audit_live_row(relation regclass) RETURNS SETOF bytea
LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'pdauth_audit_live_row';
REVOKE ALL ON FUNCTION pdauth.audit_live_row(regclass) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.audit_live_row(regclass) IS
  'Images of the rows of one table as they are now, past row security. Part of pdauth.verify_relation().';

-- Images are closed to all that does not show of them what the table would
-- (audit_raw.c): the planner puts these around the columns of the log's tables.
CREATE FUNCTION pdauth.image_open(epoch bigint, relation oid, relation_name text, operation pg_catalog."char", bytes bytea) RETURNS bytea
LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'pdauth_image_open';
COMMENT ON FUNCTION pdauth.image_open(bigint, oid, text, pg_catalog."char", bytea) IS
  'The bytes, an image or a salt of an entry that the other arguments are of; PD002 if the asking role would not see the whole row in clear in the table and is not under break-glass. Of a table that is gone: only where nothing is or was protected. NULL for NULL.';
CREATE FUNCTION pdauth.entry_open(entry pdauth.audit_entry) RETURNS pdauth.audit_entry
LANGUAGE C STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'pdauth_entry_open';
COMMENT ON FUNCTION pdauth.entry_open(pdauth.audit_entry) IS 'As pdauth.image_open(), for a whole entry.';
CREATE FUNCTION pdauth.log_open(value anyelement) RETURNS anyelement
LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'pdauth_log_open';
COMMENT ON FUNCTION pdauth.log_open(anyelement) IS 'As pdauth.image_open(), for what holds many images: a segment of the log, a piece of a large value. PD002 without break-glass, where something is or was protected. NULL for NULL.';

CREATE FUNCTION pdauth.image_json(image bytea) RETURNS jsonb
LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_image_json';
COMMENT ON FUNCTION pdauth.image_json(bytea) IS
  'Reads an image of the audit log: an object with the rows "old" and "new", as far as it holds them. Numbers, booleans and JSON as such, everything else as its text. NULL for NULL; an error if the bytes are no image.';
CREATE FUNCTION pdauth.image_key(image bytea, old_row boolean, columns text[]) RETURNS jsonb
LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_image_key';
COMMENT ON FUNCTION pdauth.image_key(bytea, boolean, text[]) IS
  'The named columns of the old or the new row of an image; NULL if it has no such row or column.';
CREATE FUNCTION pdauth.image_difference(logged bytea, live bytea) RETURNS text[]
LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_image_difference';
COMMENT ON FUNCTION pdauth.image_difference(bytea, bytea) IS
  'Names of the columns whose values differ between the new rows of two images; columns that only one of them has do not count.';
CREATE FUNCTION pdauth.audit_image(entry pdauth.audit_entry) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
RETURN pdauth.image_json((entry).image);
COMMENT ON FUNCTION pdauth.audit_image(pdauth.audit_entry) IS
  'What an entry recorded: {"old": {column: value}, "new": {column: value}}, whatever has become of the table since. NULL for TRUNCATE.';

CREATE FUNCTION pdauth.seal() RETURNS bigint
LANGUAGE C AS 'MODULE_PATHNAME', 'pdauth_seal';
REVOKE ALL ON FUNCTION pdauth.seal() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.seal() TO pdauth_auditor, pdauth_policy_admin;
COMMENT ON FUNCTION pdauth.seal() IS
  'Seals all entries committed since the last seal and returns their number. Writers go on meanwhile; a second caller waits for the first. A statement of its own: refused in a transaction that has written something. What is not sealed yet can be altered without a trace by whoever controls the server.';
