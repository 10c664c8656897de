-- Owners who are no custodians change columns: nobody sees more by it.
\set SHOW_CONTEXT never
-- Labels are changed by policy administrators; a superuser is none by power alone.
GRANT pdauth_policy_admin TO CURRENT_USER;
CREATE ROLE regress_column_owner;
CREATE ROLE regress_column_keeper;
CREATE ROLE regress_column_reader;
CREATE SCHEMA shelf AUTHORIZATION regress_column_owner;
GRANT USAGE ON SCHEMA shelf TO regress_column_reader;
CREATE DOMAIN shelf.code AS text;
CREATE TYPE shelf.shape AS (id integer, shown text, hidden text, division text);
GRANT regress_column_owner TO regress_column_keeper;
ALTER DOMAIN shelf.code OWNER TO regress_column_owner;
ALTER TYPE shelf.shape OWNER TO regress_column_owner;
SET ROLE regress_column_owner;
CREATE TABLE shelf.book (id integer, shown text, hidden text, division shelf.code, subject integer);
CREATE TABLE shelf.page () INHERITS (shelf.book);
CREATE TABLE shelf.typed OF shelf.shape;
INSERT INTO shelf.book VALUES (1, 'shown', 'canary hidden', '530100', 1), (2, 'canary elsewhere', 'canary hidden', '110100', 2);
INSERT INTO shelf.page VALUES (3, 'shown', 'canary hidden', '530100', 3);
INSERT INTO shelf.typed VALUES (1, 'shown', 'canary hidden', '530100');
GRANT SELECT ON ALL TABLES IN SCHEMA shelf TO regress_column_reader;
RESET ROLE;
SELECT pdauth.protect('shelf.book', 'shelf/book', region_column => 'division', subject_column => 'subject'),
       pdauth.protect('shelf.typed', 'shelf/typed', region_column => 'division');
INSERT INTO pdauth.license (licensee, scope, basis) VALUES
  ('regress_column_reader', '{read on shelf(id,shown,division) for test in 530100 during [2026-01-01,) level general}', 'test');
INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES ('regress_column_keeper', 'shelf', 'test');
CREATE FUNCTION shelf.seen(relation regclass) RETURNS SETOF text LANGUAGE plpgsql AS
  $$ BEGIN RETURN QUERY EXECUTE format('SELECT to_jsonb(t)::text FROM %s AS t ORDER BY id', relation); END $$;
GRANT EXECUTE ON FUNCTION shelf.seen TO regress_column_reader;
SET ROLE regress_column_reader;
SELECT * FROM shelf.seen('shelf.book');

-- Licenses name columns: another column under the name of one.
SET ROLE regress_column_owner;
ALTER TABLE shelf.book RENAME COLUMN shown TO was;
ALTER TABLE shelf.book RENAME COLUMN hidden TO shown;
ALTER TYPE shelf.shape RENAME ATTRIBUTE shown TO was CASCADE;
SET ROLE regress_column_reader;
SELECT * FROM shelf.seen('shelf.book');
-- Labels name columns: gone, one of the same name would take their place.
SET ROLE regress_column_owner;
ALTER TABLE shelf.book DROP COLUMN division;
ALTER TABLE shelf.book ADD COLUMN division text DEFAULT '530100';
SET ROLE regress_column_reader;
SELECT * FROM shelf.seen('shelf.book');
SET ROLE regress_column_owner;
ALTER TABLE shelf.book DROP COLUMN subject;
DROP DOMAIN shelf.code CASCADE;
ALTER TYPE shelf.shape DROP ATTRIBUTE division CASCADE;
-- ... also for custodians and superusers, under break-glass or not: the label comes first
RESET ROLE;
ALTER TABLE shelf.book DROP COLUMN division;
SET pdauth.break_glass = 'regression test';
ALTER TABLE shelf.book DROP COLUMN division;
RESET pdauth.break_glass;
-- Other columns come and go.
SET ROLE regress_column_owner;
ALTER TABLE shelf.book ADD COLUMN extra text DEFAULT 'extra';
ALTER TABLE shelf.book DROP COLUMN extra;
-- Custodians rename: they could write the values there as well.  Labels follow.
SET ROLE regress_column_keeper;
ALTER TABLE shelf.book RENAME COLUMN division TO region;
ALTER TABLE shelf.book RENAME COLUMN hidden TO secret;
SET ROLE regress_column_reader;
SELECT * FROM shelf.seen('shelf.book');
-- With another label the column may go.
RESET ROLE;
SELECT pdauth.protect('shelf.book', 'shelf/book', region => '530100', subject_column => 'subject');
ALTER TABLE shelf.book DROP COLUMN region;
DROP TABLE shelf.book CASCADE;
DROP SCHEMA shelf CASCADE;
SET client_min_messages = error;
SET pdauth.break_glass = 'regression test';
REVOKE pdauth_policy_admin FROM CURRENT_USER;
