-- Masks in labels: what is refused and why, lengths and precisions, renames.
\set SHOW_CONTEXT never
\set VERBOSITY terse
-- Labels are changed by policy administrators; a superuser is none by power alone.
GRANT pdauth_policy_admin TO CURRENT_USER;
CREATE ROLE regress_mask_reader;
CREATE ROLE regress_mask_owner;
CREATE SCHEMA mint AUTHORIZATION regress_mask_owner;
GRANT USAGE ON SCHEMA mint TO regress_mask_reader;
CREATE DOMAIN mint.code AS text CHECK (VALUE ~ '^[0-9]+$');
CREATE DOMAIN mint.small AS varchar(3);
SET ROLE regress_mask_owner;
CREATE TABLE mint.person (
  id integer PRIMARY KEY, full_name varchar(4), short_name char(2), salary numeric(10, 2), pay bigint, grade smallint,
  code mint.code, tag mint.small, born date, seen timestamptz(0), host cidr, address varchar(12), "Odd ""col" text, division char(6));
INSERT INTO mint.person VALUES
  (1, '欧阳建国', '李', 99999999.99, 12345, 32767, '123', 'abc', '2026-02-14', '2026-02-14 20:00+08', '10.2.3.0/24', '云南省昆明市五华区某街', 'odd', '530102'),
  (2, NULL, NULL, -99999999.99, -12345, -32768, NULL, NULL, 'infinity', NULL, NULL, NULL, NULL, '530102');
GRANT SELECT ON mint.person TO regress_mask_reader;
RESET ROLE;
SELECT pdauth.protect('mint.person', 'mint/person', region_column => 'division');
INSERT INTO pdauth.license (licensee, scope, basis) VALUES
  ('regress_mask_reader', '{read on mint/person(*) for test in 530000 during [2026-01-01,) level general}', 'test');

-- Refused: what could fail on some value, and so print it or tell of it.
SELECT pdauth.mask('mint.person', 'grade', 'FUNCTION pdauth.mask_bucket(pay, 10)');
SELECT pdauth.mask('mint.person', 'grade', 'VALUE (pay / 1000)::smallint');
SELECT pdauth.mask('mint.person', 'salary', 'FUNCTION pdauth.mask_bucket(pay::numeric, 10)');
SELECT pdauth.mask('mint.person', 'salary', 'VALUE salary * 2');
SELECT pdauth.mask('mint.person', 'pay', 'VALUE full_name::bigint');
SELECT pdauth.mask('mint.person', 'grade', 'VALUE 40000');
SELECT pdauth.mask('mint.person', 'full_name', 'VALUE address::mint.code::text');
-- ... what cannot follow a rename, or shows more than its column
SELECT pdauth.mask('mint.person', 'full_name', 'FUNCTION pdauth.mask_name(person.full_name)');
SELECT pdauth.mask('mint.person', 'full_name', 'VALUE person::text');
SELECT pdauth.mask('mint.person', 'full_name', 'VALUE person.*::text');
-- ... what is not a mask for this type or at all
SELECT pdauth.mask('mint.person', 'born', 'FUNCTION pdauth.mask_name(full_name)');
SELECT pdauth.mask('mint.person', 'full_name', 'FUNCTION pdauth.mask_nothing(full_name)');
SELECT pdauth.mask('mint.person', 'full_name', 'FUNCTION pdauth.mask_name(nothing)');
\set SHOW_CONTEXT errors
\set VERBOSITY default
SECURITY LABEL FOR pdauth ON COLUMN mint.person.full_name IS 'MASKED WITH FUNCTION mask_name(full_name)';
\set SHOW_CONTEXT never
\set VERBOSITY terse

-- Accepted: constants, other columns of the row, and all types.
SELECT pdauth.mask('mint.person', column_name, mask) FROM (VALUES
  ('id', 'VALUE 0'), ('full_name', 'FUNCTION pdauth.mask_text(full_name || address, 1, 0)'), ('short_name', 'FUNCTION pdauth.mask_name(full_name)'),
  ('salary', 'FUNCTION pdauth.mask_bucket(salary, 1000)'), ('pay', 'FUNCTION pdauth.mask_bucket(pay, 1000)'), ('grade', 'FUNCTION pdauth.mask_bucket(grade, 1000)'),
  ('code', 'FUNCTION pdauth.mask_text(code, 1, 0)'), ('tag', 'VALUE ''long constant'''), ('born', 'FUNCTION pdauth.mask_date(born, ''quarter'')'),
  ('seen', 'FUNCTION pdauth.mask_date(seen, ''month'')'), ('host', 'FUNCTION pdauth.mask_ip(host, 16)'), ('address', 'FUNCTION pdauth.mask_address(address, ''county'')'),
  ('Odd "col', 'FUNCTION pdauth.mask_text("Odd ""col" || pay || full_name, 1, 0)')) AS m (column_name, mask);
SET datestyle = 'ISO';
SET timezone = 'Asia/Shanghai';
SET ROLE regress_mask_reader;
SELECT * FROM mint.person ORDER BY born;
-- the masked columns keep type, length and precision
CREATE TEMP VIEW shown AS SELECT * FROM mint.person;
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'shown'::regclass ORDER BY attnum;
DROP VIEW shown;
RESET ROLE;

-- Custodians rename columns: labels follow, and everybody sees what he saw.
INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES ('regress_mask_owner', 'mint', 'test'), (CURRENT_USER::regrole, 'mint', 'test');
SET ROLE regress_mask_owner;
ALTER TABLE mint.person RENAME COLUMN full_name TO "select";
ALTER TABLE mint.person RENAME COLUMN "Odd ""col" TO odd;
ALTER TABLE mint.person RENAME COLUMN pay TO "Pay ""2026""";
ALTER TABLE mint.person RENAME COLUMN grade TO level;
RESET ROLE;
SELECT objsubid, label FROM pg_seclabel WHERE objoid = 'mint.person'::regclass AND provider = 'pdauth' ORDER BY objsubid;
SET ROLE regress_mask_reader;
SELECT * FROM mint.person ORDER BY born;
RESET ROLE;
-- the region and subject columns too, whatever the case and spacing of the label; a rename rolled back leaves them
SECURITY LABEL FOR pdauth ON TABLE mint.person IS ' resource  mint/person region column  division   subject column id mode enforce ';
BEGIN;
ALTER TABLE mint.person RENAME COLUMN division TO region;
ALTER TABLE mint.person RENAME COLUMN id TO "Person";
SELECT label FROM pg_seclabel WHERE objoid = 'mint.person'::regclass AND provider = 'pdauth' AND objsubid = 0;
SET LOCAL ROLE regress_mask_reader;
SELECT count(*) FROM mint.person;
ROLLBACK;
SELECT label FROM pg_seclabel WHERE objoid = 'mint.person'::regclass AND provider = 'pdauth' AND objsubid = 0;
-- a function, a keyword or a string of the same name is left alone
SELECT pdauth.mask('mint.person', 'address', 'FUNCTION pdauth.mask_text(address || $$address$$ || ''address'', /* address */ 1, 0)');
ALTER TABLE mint.person RENAME COLUMN address TO mask_text;
ALTER TABLE mint.person RENAME COLUMN mask_text TO pdauth;
SELECT label FROM pg_seclabel WHERE objoid = 'mint.person'::regclass AND provider = 'pdauth' AND objsubid = 12;
-- partitions and children follow their parent
CREATE TABLE mint.child (extra text) INHERITS (mint.person);
ALTER TABLE mint.person RENAME COLUMN pdauth TO address;
SELECT objoid::regclass, label FROM pg_seclabel WHERE provider = 'pdauth' AND objsubid = 12 AND objoid IN ('mint.person'::regclass, 'mint.child'::regclass);
ALTER TABLE mint.person RENAME TO people;
SET ROLE regress_mask_reader;
SELECT level, odd, address FROM mint.people ORDER BY born;
RESET ROLE;
-- what cannot follow is refused, and says what to do
SELECT pdauth.mask('mint.people', 'odd', 'VALUE U&"\006Fdd" || ''x''');
ALTER TABLE mint.people RENAME COLUMN odd TO even;
SELECT count(*) FROM pdauth.health_check() WHERE object LIKE 'mint.%' AND finding LIKE '%label does not work%';
-- A dropped column is no member of the whole row.
CREATE TABLE mint.gapped (gone text, id integer, note text, division text);
ALTER TABLE mint.gapped DROP COLUMN gone;
INSERT INTO mint.gapped VALUES (1, 'a', '530102');
GRANT SELECT ON mint.gapped TO regress_mask_reader;
SELECT pdauth.protect('mint.gapped', 'mint/person', region_column => 'division');
SELECT pdauth.mask('mint.gapped', 'id', 'VALUE 0');
SET ROLE regress_mask_reader;
SELECT row, row IS NOT NULL AS is_full, row IS NULL AS is_empty FROM mint.gapped AS row;
RESET ROLE;
-- A label's words mean the same whoever parses it.
CREATE FUNCTION mint.upper(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
SELECT pdauth.mask('mint.gapped', 'note', 'FUNCTION upper(note)');
SET search_path = mint, pg_catalog;
SET ROLE regress_mask_reader;
SELECT note FROM mint.gapped;
RESET ROLE;
RESET search_path;
UPDATE pdauth.license SET revoke_reason = 'end of test' WHERE revoked_at IS NULL AND licensee = 'regress_mask_reader'::regrole;
REVOKE pdauth_policy_admin FROM CURRENT_USER;
