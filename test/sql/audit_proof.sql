-- Proofs: known answers, and every pair of sizes of a small log, by C and by SQL.
-- The leaves are those of RFC 6962's reference tests; the roots were computed
-- with Python's hashlib from the definition in section 2.1 of the RFC.
CREATE TEMP TABLE leaf AS SELECT n, pdauth.merkle_leaf_hash(data) AS hash FROM (VALUES
  (1, ''::bytea), (2, '\x00'), (3, '\x10'), (4, '\x2021'), (5, '\x3031'), (6, '\x40414243'),
  (7, '\x5051525354555657'), (8, '\x606162636465666768696a6b6c6d6e6f')) AS l(n, data);
CREATE FUNCTION pg_temp.first_leaves(size bigint) RETURNS bytea[] LANGUAGE sql AS
  'SELECT ARRAY(SELECT hash FROM leaf WHERE n <= size ORDER BY n)';
SELECT size, encode(pdauth.merkle_root(pg_temp.first_leaves(size)), 'hex') AS root FROM generate_series(0, 8) AS size;
-- Audit paths and consistency proofs of the RFC's examples, as prefixes of their nodes.
SELECT leaf, size, ARRAY(SELECT left(encode(p, 'hex'), 8) FROM unnest(pdauth.merkle_inclusion_proof(leaf, pg_temp.first_leaves(size))) AS p) AS path
  FROM (VALUES (0, 1), (0, 8), (5, 8), (2, 3), (1, 5)) AS v(leaf, size);
SELECT old, size, ARRAY(SELECT left(encode(p, 'hex'), 8) FROM unnest(pdauth.merkle_consistency_proof(old, pg_temp.first_leaves(size))) AS p) AS proof
  FROM (VALUES (1, 1), (1, 8), (6, 8), (2, 5)) AS v(old, size);
-- All of them verify, in C and in SQL; none for another leaf, index, size or root, with a node changed, dropped or added.
CREATE TEMP TABLE inclusion AS
  SELECT leaf, size, (pg_temp.first_leaves(8))[leaf + 1] AS hash, pdauth.merkle_inclusion_proof(leaf, pg_temp.first_leaves(size)) AS proof,
         pdauth.merkle_root(pg_temp.first_leaves(size)) AS root
    FROM generate_series(1, 8) AS size, generate_series(0, size - 1) AS leaf;
SELECT count(*), count(*) FILTER (WHERE pdauth.verify_inclusion(hash, leaf, size, proof, root)) AS c,
       count(*) FILTER (WHERE pdauth.verify_inclusion_sql(hash, leaf, size, proof, root)) AS sql FROM inclusion;
CREATE TEMP TABLE wrong_inclusion AS
  SELECT sha256(hash) AS hash, leaf, size, proof, root FROM inclusion
  UNION ALL SELECT hash, other, size, proof, root FROM inclusion, generate_series(-1, 9) AS other WHERE other <> leaf
  UNION ALL SELECT hash, leaf, size, proof, sha256(root) FROM inclusion
  UNION ALL SELECT hash, leaf, size, proof || sha256('x'), root FROM inclusion
  UNION ALL SELECT hash, leaf, size, proof[2:], root FROM inclusion WHERE proof <> '{}'
  UNION ALL SELECT hash, leaf, size, proof[:cardinality(proof) - 1] || sha256('x'), root FROM inclusion WHERE proof <> '{}'
  UNION ALL SELECT hash, leaf, size, '\x00'::bytea || proof[2:], root FROM inclusion WHERE proof <> '{}';
SELECT count(*) > 300 AS many, bool_or(pdauth.verify_inclusion(hash, leaf, size, proof, root)) AS c,
       bool_or(pdauth.verify_inclusion_sql(hash, leaf, size, proof, root)) AS sql FROM wrong_inclusion;
CREATE TEMP TABLE consistency AS
  SELECT old, size, pdauth.merkle_root(pg_temp.first_leaves(old)) AS old_root, pdauth.merkle_root(pg_temp.first_leaves(size)) AS root,
         pdauth.merkle_consistency_proof(old, pg_temp.first_leaves(size)) AS proof
    FROM generate_series(1, 8) AS size, generate_series(1, size) AS old;
SELECT count(*), count(*) FILTER (WHERE pdauth.verify_consistency(old, size, old_root, root, proof)) AS c,
       count(*) FILTER (WHERE pdauth.verify_consistency_sql(old, size, old_root, root, proof)) AS sql FROM consistency;
CREATE TEMP TABLE wrong_consistency AS
  SELECT old, size, sha256(old_root) AS old_root, root, proof FROM consistency
  UNION ALL SELECT old, size, old_root, sha256(root), proof FROM consistency
  UNION ALL SELECT other, size, old_root, root, proof FROM consistency, generate_series(-1, 9) AS other WHERE other <> old
  UNION ALL SELECT old, size, old_root, root, proof || sha256('x') FROM consistency
  UNION ALL SELECT old, size, old_root, root, proof[2:] FROM consistency WHERE proof <> '{}'
  UNION ALL SELECT old, size, old_root, root, sha256('x') || proof[2:] FROM consistency WHERE proof <> '{}';
SELECT count(*) > 300 AS many, bool_or(pdauth.verify_consistency(old, size, old_root, root, proof)) AS c,
       bool_or(pdauth.verify_consistency_sql(old, size, old_root, root, proof)) AS sql FROM wrong_consistency;
SELECT pdauth.merkle_root(ARRAY['\x00'::bytea]);
SELECT pdauth.merkle_inclusion_proof(8, pg_temp.first_leaves(8));
SELECT pdauth.merkle_consistency_proof(0, pg_temp.first_leaves(8));

-- The log: entries of one seal and of several, more than one tile.
CREATE SCHEMA proof_app;
CREATE TABLE proof_app.item (id int PRIMARY KEY);
SELECT pdauth.audit('proof_app.item');
INSERT INTO proof_app.item SELECT generate_series(1, 700);
SELECT pdauth.seal() >= 700 AS sealed;
INSERT INTO proof_app.item VALUES (701);
SELECT pdauth.seal();
INSERT INTO proof_app.item VALUES (702);
-- Each entry's proof holds now and, where it was there already, at the size before.
WITH size AS (SELECT first_leaf + entries + 1 AS old FROM pdauth.audit_block ORDER BY block DESC OFFSET 1 LIMIT 1)
SELECT count(*), bool_and(p.leaf_hash = e.leaf AND pdauth.verify_inclusion(p.leaf_hash, p.leaf_index, p.tree_size, p.proof, p.root)) AS c,
       bool_and(pdauth.verify_inclusion_sql(p.leaf_hash, p.leaf_index, p.tree_size, p.proof, p.root)) AS sql,
       bool_and(p.root = (SELECT root FROM pdauth.audit_block ORDER BY block DESC LIMIT 1)) AS newest,
       bool_and(pdauth.verify_inclusion(o.leaf_hash, o.leaf_index, o.tree_size, o.proof, o.root)) AS before
  FROM pdauth.audit_entry e CROSS JOIN LATERAL pdauth.inclusion_proof(e.epoch, e.xid, e.n) p CROSS JOIN size
 CROSS JOIN LATERAL pdauth.inclusion_proof(e.epoch, e.xid, e.n, greatest(old, p.leaf_index + 1)) AS o
 WHERE e.relation = 'proof_app.item'::regclass AND pdauth.image_json(e.image) #>> '{new,id}' <> '702';
\set VERBOSITY sqlstate
SELECT p.* FROM pdauth.audit_entry e, pdauth.inclusion_proof(e.epoch, e.xid, e.n) p
 WHERE e.relation = 'proof_app.item'::regclass AND pdauth.image_json(e.image) #>> '{new,id}' = '702' \gset
SELECT regexp_replace(:'LAST_ERROR_MESSAGE', '\(.*\)', '(...)') AS refused;
\set VERBOSITY default
-- Roots from tiles, from the leaves and as stored are one; each block follows from each earlier one.
SELECT bool_and(b.root = pdauth.tree_root(b.first_leaf + b.entries + 1)) AS tiles,
       bool_and(b.root = pdauth.recomputed_root(b.first_leaf + b.entries + 1)) AS leaves FROM pdauth.audit_block b;
WITH b AS (SELECT block, root, first_leaf + entries + 1 AS size FROM pdauth.audit_block)
SELECT bool_and(pdauth.verify_consistency(o.size, n.size, o.root, n.root, p.proof)) AS c,
       bool_and(pdauth.verify_consistency_sql(o.size, n.size, o.root, n.root, p.proof)) AS sql
  FROM b AS o JOIN b AS n ON n.block >= o.block CROSS JOIN LATERAL pdauth.consistency_proof(o.size, n.size) AS p(proof);
-- Sizes between blocks, too, are trees: both ends of a tile.
SELECT bool_and(pdauth.verify_consistency(o, n, pdauth.tree_root(o), pdauth.tree_root(n), pdauth.consistency_proof(o, n)))
  FROM unnest(ARRAY[1, 2, 3, 255, 256, 257, 511, 512, 513, 700]) o JOIN unnest(ARRAY[1, 2, 3, 255, 256, 257, 511, 512, 513, 700]) n ON o <= n;
-- A tile is 256 leaves; the incomplete last one has as many as there are.
SELECT level, number, octet_length(pdauth.tile(level, number, 600)) / 32 AS hashes FROM (VALUES (0, 0), (0, 2), (0, 3), (1, 0), (2, 0)) AS t(level, number);
\set VERBOSITY sqlstate
SELECT pdauth.tree_root(-1);
\set VERBOSITY default
SELECT pdauth.consistency_proof(0, 1);
SELECT pdauth.leaf_index(1, '3', 1) IS NULL AS not_there;
-- Auditors only.
CREATE ROLE regress_proof_nobody;
SET ROLE regress_proof_nobody;
SELECT pdauth.tree_root(1);
SELECT pdauth.checkpoint();
SELECT pdauth.checkpoint_sign(1, '\x00');
RESET ROLE;
DROP ROLE regress_proof_nobody;

-- Verification of parts: what is asked for is named, what is outside is not.
SELECT regexp_replace(explanation, '\d+', 'N', 'g') FROM pdauth.verify((SELECT max(block) FROM pdauth.audit_block));
SELECT regexp_replace(explanation, '\d+', 'N', 'g') FROM pdauth.verify(NULL, 1);
SELECT regexp_replace(explanation, '\d+', 'N', 'g') FROM pdauth.verify(workers => 0);
SELECT pdauth.verify(workers => -1);
SELECT * FROM pdauth.verify_progress();
SELECT is_here, is_current, first_block, last_block = (SELECT max(block) FROM pdauth.audit_block) AS to_the_last,
       entries = (SELECT sum(entries) FROM pdauth.audit_block) AS all_entries FROM pdauth.audit_epoch_range;
DROP SCHEMA proof_app CASCADE;
