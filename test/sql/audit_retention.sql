-- Packed, erased, pruned: what becomes of entries later, and what stays provable.
CREATE SCHEMA archive_app;
CREATE ROLE archive_admin;
CREATE ROLE archive_second;
CREATE ROLE archive_reader;
GRANT pdauth_policy_admin TO archive_admin, archive_second;
GRANT pdauth_auditor TO archive_reader;
SELECT pdauth.seal() >= 0 AS sealed;
CREATE TABLE archive_app.person (id int PRIMARY KEY, name text, card text, photo bytea);
SELECT pdauth.audit('archive_app.person');
INSERT INTO archive_app.person VALUES (1, '张三', '110101199001011234');
INSERT INTO archive_app.person SELECT g, 'name ' || g, NULL, NULL FROM generate_series(2, 1100) g;
INSERT INTO archive_app.person VALUES (3000, 'large', NULL, decode(repeat('00ff', 100000), 'hex'));
UPDATE archive_app.person SET name = NULL WHERE id = 2;
SET pdauth.purpose = '审计';
SET application_name = 'archive';
DELETE FROM archive_app.person WHERE id = 3;
RESET pdauth.purpose;
RESET application_name;

-- Every entry as text, so that nothing can differ unseen; leaves are kept by blocks alone.
CREATE FUNCTION pg_temp.fingerprint() RETURNS text LANGUAGE sql AS $$
  SELECT count(*) || ' ' || md5(string_agg(md5(ROW(epoch, xid, n, made_at, relation, operation, relation_name, role_name,
           session_role_name, purpose, client, application, salt, image, content)::text), '' ORDER BY epoch, xid, n))
    FROM pdauth.audit_log $$;
CREATE FUNCTION pg_temp.findings() RETURNS TABLE (kind text, by_c bigint, by_sql bigint) LANGUAGE sql AS $$
  SELECT kind, c.count, s.count
    FROM (SELECT kind, count(*) FROM (SELECT DISTINCT v.kind, v.block, v.epoch, v.xid, v.n FROM pdauth.verify() v WHERE severity = 'finding') x GROUP BY kind) c
    FULL JOIN (SELECT kind, count(*) FROM pdauth.verify_sql() GROUP BY kind) s USING (kind) ORDER BY kind COLLATE "C" $$;

-- Only what is sealed is packed, and packing loses nothing.
SELECT pdauth.archive('infinity') >= 0 AS packed_before;
SELECT count(*) > 1100 AS not_sealed_stay FROM pdauth.audit_entry;
SELECT pdauth.seal() > 1100 AS sealed;
INSERT INTO archive_app.person VALUES (4000, 'not sealed');
SET pdauth.break_glass = 'test';
SELECT pg_temp.fingerprint() AS before \gset
RESET pdauth.break_glass;
SELECT pdauth.archive('-infinity') AS nothing_so_old;
SET ROLE archive_reader;
SELECT pdauth.archive() > 1100 AS packed;
SELECT pdauth.archive() AS again;
SELECT count(*) > 1100 AS auditor_reads FROM pdauth.audit_log;
RESET ROLE;
SET pdauth.break_glass = 'test';
SELECT pg_temp.fingerprint() = :'before' AS the_same;
RESET pdauth.break_glass;
SELECT count(*) AS rows_left FROM pdauth.audit_entry;
SELECT max(entries) AS most, count(*) > 1 AS several FROM pdauth.audit_segment;
SELECT * FROM pg_temp.findings();
SELECT * FROM pdauth.verify_relation('archive_app.person');
-- A transaction that outlived the packing comes later than its key says.
BEGIN;
INSERT INTO archive_app.person VALUES (5000, 'prepared');
PREPARE TRANSACTION 'archive_prepared';
INSERT INTO archive_app.person VALUES (5001, 'meanwhile');
SELECT pdauth.seal();
SELECT pdauth.archive();
COMMIT PREPARED 'archive_prepared';
SELECT * FROM pg_temp.findings();
SELECT pdauth.seal();
SELECT pdauth.archive();
SELECT * FROM pg_temp.findings();
SELECT count(*) FROM pdauth.audit_entry;
SELECT jsonb_agg(pdauth.image_json(image) #> '{new,id}' ORDER BY epoch, xid, n) AS by_key FROM pdauth.audit_log WHERE relation_name = 'archive_app.person' AND pdauth.image_json(image) #>> '{new,id}' IN ('4000', '5000', '5001');

-- Tampering with a segment is found like tampering with rows.
CREATE FUNCTION pg_temp.attack(statements text) RETURNS TABLE (kind text, by_c bigint, by_sql bigint) LANGUAGE plpgsql AS $$
DECLARE
  found jsonb;
BEGIN
  BEGIN
    SET LOCAL session_replication_role = replica;
    SET LOCAL pdauth.break_glass = 'attack';
    ALTER TABLE pdauth.audit_segment DISABLE TRIGGER ALL;
    EXECUTE statements;
    found := (SELECT jsonb_agg(f) FROM pg_temp.findings() f);
    RAISE EXCEPTION 'take it back' USING ERRCODE = 'XX999';
  EXCEPTION WHEN SQLSTATE 'XX999' THEN
    NULL;
  END;
  RETURN QUERY SELECT f.* FROM jsonb_to_recordset(coalesce(found, '[{"kind": "NOTHING FOUND"}]')) AS f(kind text, by_c bigint, by_sql bigint);
END $$;
SELECT c.change, a.* FROM (VALUES
  ('xids[1] = ''9''::xid8'), ('ns[2] = 1000000'), ('made_at[1] = ''2020-01-01'''), ('relation[1] = 1'), ('operation[1] = ''D'''),
  ('relation_name[1] = ''other'''), ('role_name[1] = ''other'''), ('session_role_name[1] = NULL'), ('purpose[1] = ''other'''),
  ('client[1] = ''other'''), ('application[1] = ''other'''), ('salt = overlay(salt placing ''\x00000000'' from 1)'),
  ('image[3] = NULL'), ('content[1] = ''\x00''')) AS c(change),
  LATERAL pg_temp.attack(format('UPDATE pdauth.audit_segment SET %s WHERE (epoch, xid, n) IN (SELECT epoch, xid, n FROM pdauth.audit_segment ORDER BY 1, 2, 3 OFFSET 1 LIMIT 1)', c.change)) AS a;
SELECT kind FROM pg_temp.attack('DELETE FROM pdauth.audit_segment WHERE (epoch, xid, n) IN (SELECT epoch, xid, n FROM pdauth.audit_segment ORDER BY 1, 2, 3 OFFSET 1 LIMIT 1)');
-- Plainly refused.
UPDATE pdauth.audit_segment SET entries = 0;
DELETE FROM pdauth.audit_segment;
TRUNCATE pdauth.audit_segment;

-- Erasing an image: the proof stays, and the log says who did it and why.
CREATE TEMP TABLE personal AS
  SELECT epoch, xid, n FROM pdauth.audit_log WHERE relation_name = 'archive_app.person' AND pdauth.image_json(image) #>> '{new,card}' = '110101199001011234';
SET ROLE archive_reader;
SELECT pdauth.erase_image(1, '1', 1, 'not for auditors');
RESET ROLE;
GRANT SELECT ON pg_temp.personal TO archive_admin;
SET ROLE archive_admin;
SELECT pdauth.erase_image(epoch, xid, n, ' ') FROM personal;
SELECT pdauth.erase_image(1, '1', 1, 'no such entry');
SELECT pdauth.erase_image(epoch, xid, n, 'request 2026-17 of the person concerned') FROM personal;
\set VERBOSITY sqlstate
SELECT pdauth.erase_image(epoch, xid, n, 'twice') FROM personal;
\set VERBOSITY default
RESET ROLE;
SELECT l.image, l.salt, octet_length(l.content), pdauth.audit_image(ROW(l.*)::pdauth.audit_entry) FROM pdauth.audit_log l JOIN personal USING (epoch, xid, n);
SELECT l.operation, l.relation_name, l.role_name, pdauth.image_json(l.image) #>> '{new,reason}' AS reason,
       pdauth.image_json(l.image) #>> '{new,entry}' = format('(%s,%s,%s)', p.epoch, p.xid, p.n) AS names_it
  FROM pdauth.audit_log l, personal p WHERE l.operation = 'X';
SELECT count(*) AS left_in_the_log FROM pdauth.audit_log WHERE relation_name = 'archive_app.person' AND position('110101199001011234'::bytea IN image) > 0;
SELECT * FROM pg_temp.findings();
-- An entry that is not packed yet.
INSERT INTO archive_app.person VALUES (6000, 'row', 'secret');
SELECT pdauth.erase_image(epoch, xid, n, 'request 2026-18') FROM pdauth.audit_entry WHERE relation_name = 'archive_app.person' AND position('secret'::bytea IN image) > 0;
SELECT * FROM pg_temp.findings();
SELECT pdauth.seal();
SELECT pdauth.archive();
SELECT * FROM pg_temp.findings();
SELECT severity, kind, key FROM pdauth.verify_relation('archive_app.person');

-- Retention: refused for everyone before its time.
SELECT pdauth.kept_until('archive_app.person', '2026-11-23 12:00+08') AS five_years, pdauth.kept_until(NULL, '2026-11-22 16:00+00') AS day_of_shanghai;
SET ROLE archive_admin;
SELECT pdauth.prune('2000-01-01', 'nothing so old');
\set VERBOSITY sqlstate
SELECT pdauth.prune('infinity', 'too early');
\set VERBOSITY default
INSERT INTO pdauth.retention (relation_name, keep_until, basis) VALUES ('archive_app.person', '2033-06-30', 'agreement D-1 ended 2028-06-30');
-- The law's own five years are not withdrawn, and nobody takes them away by hand.
UPDATE pdauth.retention SET withdraw_reason = 'test' WHERE rule_id = 0;
INSERT INTO pdauth.retention (relation_name, keep_for, basis, statutory) VALUES ('*', '100 years', 'mine', true);
UPDATE pdauth.retention SET keep_for = '0' WHERE rule_id = 0;
DELETE FROM pdauth.retention;
RESET ROLE;
UPDATE pdauth.retention SET keep_for = '0' WHERE rule_id > 0;
DELETE FROM pdauth.retention;
SELECT pdauth.kept_until('archive_app.person', '2028-06-29 23:00+08'), pdauth.kept_until('archive_app.person', '2026-01-01 12:00+08'), pdauth.kept_until('archive_app.other', '2026-01-01 12:00+08');
\set VERBOSITY sqlstate
SELECT pdauth.prune('infinity', 'too early');
\set VERBOSITY default
UPDATE pdauth.retention SET withdraw_reason = 'test' WHERE rule_id > 0;
-- What the law asks for only under break-glass.
SET pdauth.break_glass = 'test';
UPDATE pdauth.retention SET withdrawn_at = now(), withdraw_reason = 'test' WHERE rule_id = 0;
RESET pdauth.break_glass;
INSERT INTO pdauth.retention (keep_until, basis) VALUES ('2026-01-01', 'test');
-- Two persons approve the same pruning; before that nobody prunes, by whatever function.
-- whole seconds are pruned
SELECT clock_timestamp() AS day FROM pg_sleep(1) \gset
SELECT pdauth.prune(:'day', ' ');
SELECT pdauth.prune(:'day', 'decision 2033-7');
SET SESSION AUTHORIZATION archive_admin;
\set VERBOSITY terse
INSERT INTO pdauth.prune_approval (before, reason) VALUES ('infinity', 'for ever');
INSERT INTO pdauth.prune_approval (before, reason) VALUES (now() + interval '1 day', 'what is not written yet');
\set VERBOSITY default
INSERT INTO pdauth.prune_approval (before, reason, approved_by) VALUES (:'day', 'decision 2033-7', 'archive_second');
INSERT INTO pdauth.prune_approval (before, reason) VALUES (:'day', 'decision 2033-7'), (:'day', 'decision 2033-7');
SELECT pdauth.prune(:'day', 'decision 2033-7');
SET SESSION AUTHORIZATION archive_second;
INSERT INTO pdauth.prune_approval (before, reason) VALUES (:'day', 'decision 2033-8'), (:'day'::timestamptz - interval '1 second', 'decision 2033-7');
SELECT pdauth.prune(:'day', 'decision 2033-7');
UPDATE pdauth.prune_approval SET reason = 'decision 2033-7';
RESET SESSION AUTHORIZATION;
UPDATE pdauth.prune_approval SET approved_by = 'archive_second';
DELETE FROM pdauth.prune_approval;
SELECT pdauth.prune_segment(ctid, :'day', 'decision 2033-7') FROM pdauth.audit_segment;
SET SESSION AUTHORIZATION archive_second;
INSERT INTO pdauth.prune_approval (before, reason) VALUES (:'day', 'decision 2033-7');
RESET SESSION AUTHORIZATION;
SELECT pdauth.prune_segment(ctid, 'infinity', 'decision 2033-7') FROM pdauth.audit_segment;
SELECT count(*) AS kept FROM pdauth.audit_log \gset
SET SESSION AUTHORIZATION archive_admin;
SELECT pdauth.prune(:'day', 'decision 2033-7') = :kept AS pruned;
SELECT pdauth.prune(:'day', 'decision 2033-7');
RESET SESSION AUTHORIZATION;
SELECT operation, session_role_name, pdauth.image_json(image) #>> '{new,reason}' AS reason FROM pdauth.audit_log WHERE operation = 'P' LIMIT 1;
SELECT * FROM pg_temp.findings();
INSERT INTO archive_app.person VALUES (7000, 'goes on');
SELECT pdauth.seal() > 0 AS sealed;
SELECT pdauth.archive() > 0 AS packed;
SELECT * FROM pg_temp.findings();
-- Pruned or erased behind the log's back.
SELECT c.attack, a.kind, a.by_c = a.by_sql AS agree FROM (VALUES
  ('key of a pruned entry', 'UPDATE pdauth.audit_segment SET ns[1] = 1000000 WHERE pruned_xid IS NOT NULL AND entries = 1024'),
  ('record of a pruning', 'UPDATE pdauth.audit_segment SET pruned_n = pruned_n + 1000 WHERE pruned_xid IS NOT NULL AND entries = 1024'),
  ('number of pruned entries', 'UPDATE pdauth.audit_segment SET entries = entries - 1, xids = xids[1:1023], ns = ns[1:1023] WHERE entries = 1024'),
  ('pruned without a record', 'UPDATE pdauth.audit_segment g SET salt = NULL, image = NULL, (pruned_epoch, pruned_xid, pruned_n) = (SELECT p.pruned_epoch, p.pruned_xid, p.pruned_n FROM pdauth.audit_segment p WHERE entries = 1024 LIMIT 1) WHERE pruned_xid IS NULL'),
  ('erased without a record', 'UPDATE pdauth.audit_segment SET image[1] = NULL, salt = overlay(salt placing repeat(''0'', 16)::bytea from 1), content[1] = sha256(pdauth.audit_piece(substr(salt, 1, 16)) || pdauth.audit_piece(image[1])) || repeat(''0'', 56)::bytea WHERE pruned_xid IS NULL')) AS c(attack, change),
  LATERAL pg_temp.attack(c.change) AS a;

DROP SCHEMA archive_app CASCADE;
DROP TABLE personal;
DROP ROLE archive_admin, archive_second, archive_reader;
