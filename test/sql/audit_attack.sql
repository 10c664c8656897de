-- Whoever owns the server can change the audit log.  Verification names what
-- was changed, and the path in plain SQL names the same.
CREATE SCHEMA attack_app;
CREATE TABLE attack_app.item (id int PRIMARY KEY, name text, price numeric);
-- Both trees, and enough leaves for one that is complete.
SET pdauth.audit_sm3 = on;
CREATE TABLE attack_app.bulk (id int PRIMARY KEY);
INSERT INTO attack_app.bulk SELECT generate_series(1, 260);
SELECT pdauth.audit('attack_app.bulk');
SELECT pdauth.seal() >= 260 AS sealed;
SELECT pdauth.audit('attack_app.item');
INSERT INTO attack_app.item VALUES (1, 'one', 1);
INSERT INTO attack_app.item VALUES (2, 'two', 2);
INSERT INTO attack_app.item VALUES (3, 'three', 3), (4, 'four', 4), (5, 'five', 5);
SELECT pdauth.seal();
INSERT INTO attack_app.item VALUES (6, 'six', 6);
INSERT INTO attack_app.item VALUES (7, 'seven', 7);
SELECT pdauth.seal();
INSERT INTO attack_app.item VALUES (8, 'eight', 8);
SELECT pdauth.seal();
INSERT INTO attack_app.item VALUES (9, 'nine, not sealed', 9);

CREATE TEMP TABLE known AS
  SELECT e.epoch, e.xid, e.n, (pdauth.image_json(e.image) #>> '{new,id}')::int AS id, e.ctid AS place
    FROM pdauth.audit_entry e WHERE e.relation_name = 'attack_app.item' AND e.operation = 'I';
CREATE TEMP TABLE last_block AS SELECT max(block) AS block FROM pdauth.audit_block;

-- Runs statements as an attacker with all triggers off, verifies, and takes
-- everything back.  Blocks are counted from the last one; entries by item id.
CREATE FUNCTION pg_temp.attack(statements text) RETURNS TABLE (kind text, block bigint, item int, sql_agrees boolean)
LANGUAGE plpgsql AS $$
DECLARE
  findings jsonb;
BEGIN
  BEGIN
    SET LOCAL jit = off;
    SET LOCAL session_replication_role = replica;
    SET LOCAL pdauth.break_glass = 'attack';
    ALTER TABLE pdauth.audit_entry DISABLE TRIGGER ALL;
    ALTER TABLE pdauth.audit_block DISABLE TRIGGER ALL;
    ALTER TABLE pdauth.audit_subtree DISABLE TRIGGER ALL;
    EXECUTE statements;
    WITH c AS MATERIALIZED (SELECT DISTINCT v.kind, v.block, v.epoch, v.xid, v.n FROM pdauth.verify() v WHERE v.severity = 'finding'),
         s AS MATERIALIZED (SELECT DISTINCT v.* FROM pdauth.verify_sql() v),
         d AS (SELECT count(*) = 0 AS agrees FROM ((SELECT * FROM c EXCEPT SELECT * FROM s) UNION ALL (SELECT * FROM s EXCEPT SELECT * FROM c)) x)
    SELECT jsonb_agg(jsonb_build_object('kind', c.kind, 'block', c.block - l.block, 'item', k.id, 'agrees', d.agrees)
                     ORDER BY c.kind COLLATE "C", c.block, k.id)
      INTO findings
      FROM d, last_block l, c LEFT JOIN known k USING (epoch, xid, n);
    RAISE EXCEPTION 'take it back' USING ERRCODE = 'XX999';
  EXCEPTION WHEN SQLSTATE 'XX999' THEN
    NULL;
  END;
  IF findings IS NULL THEN
    RETURN QUERY SELECT 'NOTHING FOUND', NULL::bigint, NULL::int, NULL::boolean;
  END IF;
  RETURN QUERY SELECT f ->> 'kind', (f ->> 'block')::bigint, (f ->> 'item')::int, (f ->> 'agrees')::boolean
    FROM jsonb_array_elements(findings) AS f;
END
$$;
-- The shortest way to say "the entry of item 4".
CREATE FUNCTION pg_temp.where_item(item int) RETURNS text LANGUAGE sql AS
  $$ SELECT format('ctid = %L', place) FROM known WHERE id = item $$;

-- No attack, nothing found: the function itself does not cry wolf.
SELECT * FROM pg_temp.attack('SELECT 1');

-- Each column of an entry.
SELECT c.change, a.* FROM (VALUES
  ('epoch = epoch + 1'), ('xid = (xid::text::bigint + 1000000)::text::xid8'), ('n = n + 100'),
  ('made_at = made_at + interval ''1 microsecond'''), ('relation = 1'), ('operation = ''U'''),
  ('relation_name = ''attack_app.other'''), ('role_name = ''somebody'''), ('session_role_name = NULL'),
  ('purpose = '''''), ('client = ''192.0.2.1 port 5'''), ('application = ''other'''),
  ('salt = ''\x00'''), ('leaf = sha256(''x'')'), ('leaf = ''\x00'''),
  ('image = overlay(image placing ''\x00'' from octet_length(image))'), ('image = NULL')) AS c(change),
  LATERAL pg_temp.attack(format('UPDATE pdauth.audit_entry SET %s WHERE %s', c.change, pg_temp.where_item(4))) AS a;
-- The same by one who knows how leaves are made.
SELECT * FROM pg_temp.attack(format('UPDATE pdauth.audit_entry SET role_name = ''somebody'' WHERE %1$s; UPDATE pdauth.audit_entry e SET leaf = pdauth.audit_leaf(e) WHERE (e.epoch, e.xid, e.n) = (SELECT k.epoch, k.xid, k.n FROM known k WHERE k.id = 4)', pg_temp.where_item(4)));
-- Not sealed yet: found only if the leaf is left alone.
SELECT * FROM pg_temp.attack(format('UPDATE pdauth.audit_entry SET role_name = ''somebody'' WHERE %s', pg_temp.where_item(9)));

-- Deleted: one, neighbours, all of a block.
SELECT * FROM pg_temp.attack(format('DELETE FROM pdauth.audit_entry WHERE %s', pg_temp.where_item(2)));
SELECT * FROM pg_temp.attack(format('DELETE FROM pdauth.audit_entry WHERE %s OR %s', pg_temp.where_item(3), pg_temp.where_item(4)));
SELECT * FROM pg_temp.attack(format('DELETE FROM pdauth.audit_entry WHERE %s OR %s', pg_temp.where_item(3), pg_temp.where_item(5)));
SELECT * FROM pg_temp.attack(format('DELETE FROM pdauth.audit_entry WHERE %s OR %s', pg_temp.where_item(6), pg_temp.where_item(7)));

-- Swapped: two keys in one block, two keys of two blocks.
SELECT * FROM pg_temp.attack(format('UPDATE pdauth.audit_entry SET n = 1001 WHERE %s; UPDATE pdauth.audit_entry SET n = 1 WHERE ctid IN (SELECT place FROM known WHERE id = 4); UPDATE pdauth.audit_entry SET n = 2 WHERE n = 1001', pg_temp.where_item(3)));
SELECT * FROM pg_temp.attack(format('UPDATE pdauth.audit_entry SET n = 1001 WHERE %s; UPDATE pdauth.audit_entry SET (epoch, xid, n) = (SELECT epoch, xid, n FROM known WHERE id = 2) WHERE %s; UPDATE pdauth.audit_entry SET (epoch, xid, n) = (SELECT epoch, xid, n FROM known WHERE id = 6) WHERE n = 1001', pg_temp.where_item(2), pg_temp.where_item(6)));

-- Inserted: into a sealed transaction, before all of them, ahead of time, into a foreign epoch.
SELECT c.place, a.* FROM (VALUES
  ('in a sealed transaction', 'e.xid', 'e.n + 50'), ('before all', '''3''::xid8', '1'),
  ('in the future', '''9000000000''::xid8', '1')) AS c(place, xid, n),
  LATERAL pg_temp.attack(format('WITH f AS (INSERT INTO pdauth.audit_entry SELECT e.epoch, %s, %s, e.made_at, e.relation, ''I'', e.relation_name, e.role_name, e.session_role_name, e.purpose, e.client, e.application, e.salt, e.leaf, NULL FROM pdauth.audit_entry e WHERE %s RETURNING *) SELECT 1; UPDATE pdauth.audit_entry e SET leaf = pdauth.audit_leaf(e) WHERE e.image IS NULL AND e.operation = ''I''', c.xid, c.n, pg_temp.where_item(4))) AS a;
SELECT * FROM pg_temp.attack(format('INSERT INTO pdauth.audit_entry SELECT 1, e.xid, e.n, e.made_at, e.relation, ''I'', e.relation_name, e.role_name, e.session_role_name, e.purpose, e.client, e.application, e.salt, e.leaf, NULL FROM pdauth.audit_entry e WHERE %s; UPDATE pdauth.audit_entry e SET leaf = pdauth.audit_leaf(e) WHERE e.epoch = 1', pg_temp.where_item(4)));

-- Put in with the attacker's own transaction number, but a time long past: before the
-- last seal, which had not seen the transaction begin.
SELECT c.age, a.* FROM (VALUES ('1 day'), ('1 minute'), ('0')) AS c(age),
  LATERAL pg_temp.attack(format('INSERT INTO pdauth.audit_entry SELECT e.epoch, pg_current_xact_id(), 1000, clock_timestamp() - interval %L, e.relation, ''I'', e.relation_name, e.role_name, e.session_role_name, e.purpose, e.client, e.application, e.salt, e.leaf, NULL FROM pdauth.audit_entry e WHERE %s; UPDATE pdauth.audit_entry e SET leaf = pdauth.audit_leaf(e) WHERE xid = pg_current_xact_id() AND n = 1000', c.age, pg_temp.where_item(4))) AS a;

-- Blocks: each column.
SELECT c.change, a.* FROM (VALUES
  ('sealed_at = sealed_at - interval ''1 day'''), ('epoch = epoch + 1'), ('system_identifier = 1'), ('database = 1'),
  ('timeline = 99'), ('first_leaf = first_leaf + 1'), ('entries = entries + 1'), ('snapshot = ''1:1:'''),
  ('previous_hash = NULL'), ('previous_hash = sha256(''x'')'), ('hash = sha256(''x'')'), ('root = sha256(''x'')'),
  ('frontier = ''\x00'''), ('manifest = manifest || manifest'),
  ('sm3_first_leaf = sm3_first_leaf + 1'), ('sm3_previous_hash = sha256(''x'')'), ('sm3_hash = sha256(''x'')'), ('sm3_root = sha256(''x'')'),
  ('sm3_frontier = ''\x00'''), ('sm3_leaves = overlay(sm3_leaves placing ''\x0000'' from 1)'),
  ('(sm3_first_leaf, sm3_previous_hash, sm3_hash, sm3_root, sm3_frontier, sm3_leaves) = (NULL, NULL, NULL, NULL, NULL, NULL)'),
  ('manifest = overlay(manifest placing ''\x77'' from 24)'), ('leaves = overlay(leaves placing ''\x0000'' from 1)'), ('leaves = ''''')) AS c(change),
  LATERAL pg_temp.attack(format('UPDATE pdauth.audit_block SET %s WHERE block = (SELECT block - 1 FROM last_block)', c.change)) AS a;
-- A block rewritten to fit an altered entry, hash and all: what follows gives it away.
SELECT * FROM pg_temp.attack(format('UPDATE pdauth.audit_entry SET role_name = ''somebody'' WHERE %1$s;
  UPDATE pdauth.audit_entry e SET leaf = pdauth.audit_leaf(e) WHERE (e.epoch, e.xid, e.n) = (SELECT k.epoch, k.xid, k.n FROM known k WHERE k.id = 6);
  UPDATE pdauth.audit_block b SET leaves = overlay(b.leaves placing e.leaf from 1) FROM pdauth.audit_entry e
    WHERE b.block = (SELECT block - 1 FROM last_block) AND (e.epoch, e.xid, e.n) = (SELECT k.epoch, k.xid, k.n FROM known k WHERE k.id = 6);
  UPDATE pdauth.audit_block b SET hash = pdauth.audit_block_hash(b) WHERE b.block = (SELECT block - 1 FROM last_block)', pg_temp.where_item(6)));
SELECT * FROM pg_temp.attack('DELETE FROM pdauth.audit_block WHERE block = (SELECT block - 1 FROM last_block)');

-- Tiles: they hold no evidence of their own, but proofs would fail.
SELECT * FROM pg_temp.attack('UPDATE pdauth.audit_subtree SET hash = sha256(''x'') WHERE (level, position) = (1, 0)');
SELECT * FROM pg_temp.attack('DELETE FROM pdauth.audit_subtree WHERE (level, position) = (1, 0)');
SELECT * FROM pg_temp.attack('INSERT INTO pdauth.audit_subtree VALUES (1, 1000000, sha256(''x''))');
SELECT * FROM pg_temp.attack('INSERT INTO pdauth.audit_subtree VALUES (0, 0, sha256(''x''))');

-- The table itself, behind the trigger's back: named by key and column, no value.
BEGIN;
SET LOCAL session_replication_role = replica;
SET pdauth.break_glass = 'attack';
ALTER TABLE attack_app.item DISABLE TRIGGER ALL;
RESET pdauth.break_glass;
UPDATE attack_app.item SET name = 'forged', price = 0 WHERE id = 3;
DELETE FROM attack_app.item WHERE id = 4;
INSERT INTO attack_app.item VALUES (99, 'smuggled', 0);
SELECT severity, kind, relation, key, columns FROM pdauth.verify_relation('attack_app.item');
ROLLBACK;
SELECT * FROM pdauth.verify_relation('attack_app.item');
-- Rows that exchange their keys, and one made and gone in one transaction, are no findings.
CREATE TABLE attack_app.seat (id int PRIMARY KEY DEFERRABLE, name text);
INSERT INTO attack_app.seat VALUES (1, 'a'), (2, 'b'), (3, 'c');
SELECT pdauth.audit('attack_app.seat');
UPDATE attack_app.seat SET id = id % 3 + 1;
UPDATE attack_app.seat SET id = id + 1;
BEGIN;
INSERT INTO attack_app.seat VALUES (9, 'x');
DELETE FROM attack_app.seat WHERE id = 9;
COMMIT;
ALTER TABLE attack_app.seat ADD COLUMN colour text DEFAULT 'red', ALTER COLUMN name TYPE varchar(20);
SELECT * FROM pdauth.verify_relation('attack_app.seat');
-- Without a baseline older rows are told apart.
CREATE TABLE attack_app.older (id int PRIMARY KEY, name text);
INSERT INTO attack_app.older VALUES (1, 'a'), (2, 'b');
SELECT pdauth.audit('attack_app.older', baseline => false);
UPDATE attack_app.older SET name = 'c' WHERE id = 2;
SELECT severity, kind, key FROM pdauth.verify_relation('attack_app.older');
-- Clear errors.
CREATE TABLE attack_app.keyless (id int);
SELECT * FROM pdauth.verify_relation('attack_app.keyless');
ALTER TABLE attack_app.keyless ADD PRIMARY KEY (id);
SELECT * FROM pdauth.verify_relation('attack_app.keyless');
SELECT pdauth.unaudit('attack_app.older', 'test');
SELECT * FROM pdauth.verify_relation('attack_app.older');

-- All attacks were taken back.
SELECT severity, kind FROM pdauth.verify();
DROP SCHEMA attack_app CASCADE;
RESET pdauth.audit_sm3;
