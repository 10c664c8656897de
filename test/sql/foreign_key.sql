-- Foreign keys keep working on protected tables, and open no way around.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE regress_keeper NOLOGIN;
CREATE ROLE regress_thief NOLOGIN;
CREATE SCHEMA house AUTHORIZATION regress_keeper;
CREATE SCHEMA den AUTHORIZATION regress_thief;
GRANT USAGE ON SCHEMA house TO regress_thief;
GRANT USAGE ON SCHEMA den TO regress_keeper;
SET ROLE regress_keeper;
CREATE TABLE house.safe (id integer PRIMARY KEY, content text);
INSERT INTO house.safe SELECT n, 'canary ' || n FROM generate_series(1, 5) AS n;
CREATE TABLE house.label (safe_id integer REFERENCES house.safe ON UPDATE CASCADE ON DELETE SET NULL, words text);
GRANT SELECT, REFERENCES ON house.safe TO regress_thief;
SET ROLE regress_thief;
CREATE TABLE den.loot (content text);
CREATE TABLE den.hook (safe_id integer REFERENCES house.safe ON DELETE CASCADE);
CREATE FUNCTION den.steal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO den.loot SELECT s.content FROM house.safe AS s;
  RETURN OLD;
EXCEPTION WHEN OTHERS THEN
  INSERT INTO den.loot VALUES (SQLSTATE);
  RETURN OLD;
END $$;
CREATE TRIGGER steal BEFORE DELETE ON den.hook FOR EACH ROW EXECUTE FUNCTION den.steal();
INSERT INTO den.hook VALUES (1);
CREATE TYPE den.key AS (k integer);
CREATE FUNCTION den.to_integer(den.key) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RAISE WARNING '%', (SELECT string_agg(content, ',') FROM house.safe);
  RETURN $1.k;
EXCEPTION WHEN SQLSTATE 'PD205' THEN
  RAISE WARNING 'refused: %', SQLSTATE;
  RETURN $1.k;
END $$;
CREATE CAST (den.key AS integer) WITH FUNCTION den.to_integer(den.key) AS IMPLICIT;
CREATE TABLE den.hook_by_cast (k den.key REFERENCES house.safe (id));
CREATE TABLE den.late (safe_id smallint REFERENCES house.safe);
CREATE TABLE den.parted (safe_id integer REFERENCES house.safe, year integer) PARTITION BY LIST (year);
RESET ROLE;
SELECT pdauth.protect('house.safe', 'house/safe', region => '530000');
INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES ('regress_keeper', 'house', 'owner');
SET ROLE regress_thief;
SELECT * FROM house.safe;
RESET ROLE;
-- the keeper's cascade runs the thief's trigger inside a referential integrity query
SET ROLE regress_keeper;
DELETE FROM house.safe WHERE id = 1;
RESET ROLE;
SELECT * FROM den.loot;
-- and the application's own keys go on working
SET ROLE regress_keeper;
INSERT INTO house.label VALUES (2, 'two'), (3, 'three');
INSERT INTO house.label VALUES (1, 'gone');
UPDATE house.safe SET id = 20 WHERE id = 2;
DELETE FROM house.safe WHERE id = 3;
SELECT * FROM house.label ORDER BY words;
RESET ROLE;
SET ROLE regress_thief;
INSERT INTO den.hook VALUES (4);
INSERT INTO den.hook VALUES (999);
RESET ROLE;
-- nor what planning such a query folds: a cast, an index predicate
SET ROLE regress_thief;
INSERT INTO den.hook_by_cast VALUES (ROW (4)::den.key);
RESET ROLE;
-- a new key would find what is there and be handed new values; a partition brings none of its own
SET ROLE regress_thief;
CREATE TABLE den.probe (safe_id integer REFERENCES house.safe ON UPDATE CASCADE);
CREATE TABLE den.probe (safe_id integer);
ALTER TABLE den.probe ADD FOREIGN KEY (safe_id) REFERENCES house.safe NOT VALID;
-- ... another type of the column makes the key anew
ALTER TABLE den.late ALTER safe_id TYPE integer;
CREATE TABLE den.part PARTITION OF den.parted FOR VALUES IN (2026);
INSERT INTO den.parted VALUES (4, 2026);
RESET ROLE;
-- the keeper's key works, also where a trigger inside a cascade has it checked
SET ROLE regress_keeper;
CREATE TABLE house.log (safe_id integer REFERENCES house.safe);
CREATE FUNCTION house.note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO house.log VALUES (CASE OLD.words WHEN 'two' THEN 5 ELSE 999 END);
  RETURN NEW;
END $$;
CREATE TRIGGER note BEFORE UPDATE ON house.label FOR EACH ROW EXECUTE FUNCTION house.note();
DELETE FROM house.safe WHERE id = 20;
SELECT * FROM house.log;
INSERT INTO house.label VALUES (4, 'four');
DELETE FROM house.safe WHERE id = 4;
RESET ROLE;
-- ... by the rights of who owns the table: the safe's key is checked for its owner, who is no keeper then
ALTER TABLE house.safe OWNER TO regress_thief;
GRANT ALL ON house.safe TO regress_keeper;
SET ROLE regress_keeper;
INSERT INTO house.label VALUES (5, 'two');
UPDATE house.safe SET id = 50 WHERE id = 5;
RESET ROLE;
UPDATE pdauth.custodian SET end_reason = 'end of test' WHERE custodian = 'regress_keeper'::regrole;
DROP SCHEMA house, den CASCADE;
