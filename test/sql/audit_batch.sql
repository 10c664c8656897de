-- Entries of one statement are inserted together; nobody must be able to tell.
SET client_min_messages = warning;
CREATE TABLE batch_item (id integer PRIMARY KEY, note text);
CREATE TABLE batch_other (id integer PRIMARY KEY);
SELECT pdauth.audit('batch_item'), pdauth.audit('batch_other');
CREATE VIEW batch_log AS
  SELECT xid, n, relation_name, operation, image #>> '{new,id}' AS id, length(image #>> '{new,note}') AS note
    FROM (SELECT e.xid, e.n, e.relation_name, e.operation, pdauth.audit_image(ROW(e.*)::pdauth.audit_entry) AS image FROM pdauth.audit_log AS e) AS l
   WHERE relation_name LIKE 'public.batch%' AND operation IN ('I', 'U', 'D');

-- More than a batch, rows too large for a page, COPY.
INSERT INTO batch_item SELECT i, 'x' FROM generate_series(1, 200) i;
INSERT INTO batch_item SELECT i, (SELECT string_agg(md5(j::text), '') FROM generate_series(1, 400) j) FROM generate_series(201, 210) i;
COPY batch_item FROM STDIN;
211	a
212	b
\.
SELECT operation, count(*), count(DISTINCT n), min(n), max(n), max(note) FROM batch_log GROUP BY xid, operation ORDER BY xid;
UPDATE batch_item SET note = 'y' WHERE id <= 3;
WITH gone AS (DELETE FROM batch_item WHERE id > 210 RETURNING id) INSERT INTO batch_other SELECT id FROM gone;
SELECT relation_name, operation, id FROM batch_log ORDER BY xid DESC, n DESC LIMIT 7;

-- The next statement sees them, also one of a trigger in the middle.
CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE WARNING 'row %: % logged', NEW.id, (SELECT count(*) FROM batch_log WHERE relation_name = 'public.batch_item' AND id::integer BETWEEN 300 AND 399);
  RETURN NULL;
END $$;
CREATE TRIGGER zz_see AFTER INSERT ON batch_item FOR EACH ROW EXECUTE FUNCTION see();
BEGIN;
INSERT INTO batch_item VALUES (301), (302), (303);
SELECT count(*) FROM batch_log WHERE id::integer BETWEEN 300 AND 399;
COMMIT;
DROP TRIGGER zz_see ON batch_item;

-- A trigger whose subtransaction fails takes its own entries with it, and no others.
CREATE FUNCTION try_other() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO batch_other VALUES (NEW.id), (NEW.id + 1000);
  IF NEW.id % 2 = 0 THEN
    RAISE EXCEPTION 'even';
  END IF;
  RETURN NULL;
EXCEPTION WHEN raise_exception THEN
  RETURN NULL;
END $$;
CREATE TRIGGER zz_try AFTER INSERT ON batch_item FOR EACH ROW EXECUTE FUNCTION try_other();
INSERT INTO batch_item VALUES (401), (402), (403), (404);
SELECT relation_name, id FROM batch_log WHERE id::integer % 1000 BETWEEN 400 AND 499 ORDER BY 1, 2;
-- without a query in it, in its own subtransaction
CREATE OR REPLACE FUNCTION try_other() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id % 2 = 0 THEN
    RAISE EXCEPTION 'even';
  END IF;
  RETURN NULL;
EXCEPTION WHEN raise_exception THEN
  RETURN NULL;
END $$;
INSERT INTO batch_item VALUES (501), (502), (503), (504);
SELECT relation_name, id FROM batch_log WHERE id::integer BETWEEN 500 AND 599 ORDER BY 1, 2;
DROP TRIGGER zz_try ON batch_item;

-- A statement that fails in the middle leaves nothing.
DO $$
BEGIN
  BEGIN
    INSERT INTO batch_item SELECT i / (i - 700) FROM generate_series(690, 710) i;
  EXCEPTION WHEN division_by_zero THEN
    INSERT INTO batch_item VALUES (601), (602);
  END;
END $$;
CREATE FUNCTION fail_late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id = 705 THEN RAISE EXCEPTION 'late'; END IF; RETURN NULL; END $$;
CREATE TRIGGER zz_fail AFTER INSERT ON batch_item FOR EACH ROW EXECUTE FUNCTION fail_late();
BEGIN;
INSERT INTO batch_item VALUES (701);
SAVEPOINT before;
INSERT INTO batch_item SELECT generate_series(702, 710);
ROLLBACK TO before;
INSERT INTO batch_item VALUES (711), (712);
COMMIT;
SELECT id FROM batch_log WHERE id::integer BETWEEN 600 AND 799 ORDER BY id;
DROP TRIGGER zz_fail ON batch_item;

-- Written when the transaction ends.
CREATE FUNCTION at_end() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO batch_other VALUES (NEW.id + 5000); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER zz_end AFTER INSERT ON batch_item DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION at_end();
INSERT INTO batch_item VALUES (801), (802);
BEGIN;
INSERT INTO batch_item VALUES (803);
PREPARE TRANSACTION 'batch';
COMMIT PREPARED 'batch';
SELECT relation_name, id FROM batch_log WHERE id::integer % 5000 BETWEEN 800 AND 899 ORDER BY 1, 2;
DROP TRIGGER zz_end ON batch_item;

-- Rows of a statement stand together, not in what is left at the end of each page that larger rows filled ...
\set ECHO none
SELECT format('INSERT INTO batch_item VALUES (%s, repeat(%L, 500))', i, 'w') FROM generate_series(1001, 1300) AS i \gexec
\set ECHO all
INSERT INTO batch_item SELECT generate_series(1501, 1900);
SELECT count(*), count(DISTINCT (ctid::text::point)[0]) < 20 AS together
  FROM pdauth.audit_entry AS e WHERE relation_name = 'public.batch_item' AND operation = 'I' AND (pdauth.audit_image(e) #>> '{new,id}')::integer > 1500;
-- ... but on pages that packing has emptied.
SELECT pdauth.seal() > 0 AS sealed, pdauth.archive(now()) > 0 AS packed;
VACUUM (TRUNCATE off) pdauth.audit_entry;
SELECT pg_relation_size('pdauth.audit_entry') AS before \gset
\set ECHO none
SELECT format('INSERT INTO batch_item VALUES (%s)', i) FROM generate_series(2001, 2100) AS i \gexec
\set ECHO all
INSERT INTO batch_item SELECT generate_series(2101, 2200);
SELECT count(*), pg_relation_size('pdauth.audit_entry') = :before AS same_size, count(DISTINCT (ctid::text::point)[0]) < 10 AS together
  FROM pdauth.audit_entry AS e WHERE relation_name = 'public.batch_item' AND operation = 'I';

-- Every row has its entry, and the log is as it was sealed.
SELECT count(*) FROM batch_item WHERE NOT EXISTS (SELECT FROM batch_log AS l WHERE l.relation_name = 'public.batch_item' AND l.operation = 'I' AND l.id = batch_item.id::text);
SELECT pdauth.seal() > 0 AS sealed;
SELECT kind, explanation FROM pdauth.verify() WHERE severity = 'finding';
SELECT count(*) FROM pdauth.verify_sql();
SET pdauth.break_glass = 'the test is over';
DROP VIEW batch_log;
DROP TABLE batch_item, batch_other CASCADE;
DROP FUNCTION see(), try_other(), fail_late(), at_end();
