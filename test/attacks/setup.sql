-- The table under attack. Every protected value carries a canary: outrow in
-- rows outside the licensee's region, outcol in columns above the level.
CREATE SCHEMA vault AUTHORIZATION attack_owner;
GRANT ALL ON SCHEMA vault TO PUBLIC;
SET ROLE attack_owner;
CREATE TABLE vault.person (person_id integer PRIMARY KEY, division char(6) NOT NULL, remark text, secret text);
INSERT INTO vault.person VALUES
  (1, '532901', 'inside', 'outcol-one'), (2, '532923', 'inside', 'outcol-two'),
  (3, '530102', 'outrow-three', 'outcol-three'), (4, '530103', 'outrow-four', 'outcol-four');
CREATE DOMAIN vault.word AS text;
CREATE TABLE vault.visit (person_id integer, division char(6), remark vault.word, secret text) PARTITION BY LIST (division);
CREATE TABLE vault.visit_all PARTITION OF vault.visit DEFAULT;
INSERT INTO vault.visit SELECT * FROM vault.person;
CREATE TABLE vault.elder (person_id integer, division char(6), remark text, secret text);
CREATE TABLE vault.heir () INHERITS (vault.elder);
INSERT INTO vault.heir SELECT * FROM vault.person;
CREATE TABLE vault.office (person_id integer, remark text, secret text);
INSERT INTO vault.office VALUES (1, 'outrow-office', 'outcol-office');
CREATE TABLE vault.upper (person_id integer, remark text, secret text);
CREATE TABLE vault.lower () INHERITS (vault.upper);
INSERT INTO vault.lower SELECT 1, 'outrow-lower', 'outcol-lower' FROM generate_series(1, 2);
CREATE TABLE vault.volume (division char(6), content text);
ALTER TABLE vault.volume ALTER content SET STORAGE EXTERNAL;
INSERT INTO vault.volume VALUES ('530102', repeat('outrow-volume outcol-volume ', 200));
CREATE FUNCTION vault.pliant(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN NULL; END';
CREATE INDEX ON vault.volume (vault.pliant(content));
CREATE TABLE vault.shelf (taken text, other text);
CREATE DOMAIN vault.inner_word AS text;
CREATE DOMAIN vault.outer_word AS vault.inner_word;
CREATE TYPE vault.shape AS (person_id integer, division char(6), remark text, secret vault.outer_word);
CREATE TABLE vault.typed OF vault.shape;
INSERT INTO vault.typed SELECT * FROM vault.person;
CREATE TABLE vault.province (person_id integer, division char(6), remark text, secret text);
INSERT INTO vault.province VALUES (5, '530102', NULL, NULL);
-- Each attacker's own, whose foreign keys are older than the protection.
CREATE TYPE vault.key AS (k integer);
GRANT ALL ON ALL TABLES IN SCHEMA vault TO PUBLIC;
RESET ROLE;
-- Rows that are kept elsewhere.
CREATE EXTENSION file_fdw;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE vault.outpost () INHERITS (vault.province) SERVER elsewhere OPTIONS (program 'printf "3\t530102\toutrow-three\toutcol-three\n"');
CREATE FOREIGN TABLE vault.abroad (person_id integer, division char(6), remark text, secret text) SERVER elsewhere OPTIONS (program 'printf "3\t530102\toutrow-three\toutcol-three\n"');
ALTER FOREIGN TABLE vault.outpost OWNER TO attack_owner;
ALTER FOREIGN TABLE vault.abroad OWNER TO attack_owner;
CREATE FUNCTION vault.to_integer(vault.key) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RAISE NOTICE ''%'', (SELECT string_agg(p::text, '','') FROM vault.person AS p); RETURN $1.k; END';
CREATE CAST (vault.key AS integer) WITH FUNCTION vault.to_integer(vault.key) AS IMPLICIT;
DO $$DECLARE r text; BEGIN FOR r IN SELECT rolname FROM pg_roles WHERE rolname ~ '^attack_' LOOP
  EXECUTE format('SET ROLE %1$I; CREATE TABLE vault.%2$I (person_id integer REFERENCES vault.person ON DELETE CASCADE);
    CREATE TABLE vault.%3$I (k vault.key REFERENCES vault.person (person_id)); INSERT INTO vault.%2$I VALUES (2); GRANT ALL ON vault.%2$I, vault.%3$I TO PUBLIC; RESET ROLE', r, 'hook_' || r, 'nested_' || r);
END LOOP; END$$;
SET ROLE attack_owner;
CREATE FUNCTION vault.tell(text, text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.0001 AS 'BEGIN RAISE NOTICE ''% %'', $1, $2; RETURN true; END';
GRANT ALL ON ALL TABLES IN SCHEMA vault TO PUBLIC;
-- Views and functions of a role that may see everything: they must lend it to nobody.
SET SESSION AUTHORIZATION attack_trusted;
CREATE VIEW vault.person_view AS SELECT * FROM vault.person;
CREATE VIEW vault.invoker_view WITH (security_invoker) AS SELECT * FROM vault.person;
CREATE VIEW vault.view_of_view AS SELECT remark || secret AS both_values FROM vault.person_view;
CREATE FUNCTION vault.people() RETURNS SETOF vault.person LANGUAGE sql STABLE AS 'SELECT * FROM vault.person';
CREATE FUNCTION vault.atomic() RETURNS SETOF vault.person LANGUAGE sql STABLE BEGIN ATOMIC SELECT * FROM vault.person; END;
CREATE FUNCTION vault.definer() RETURNS SETOF vault.person LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT * FROM vault.person';
CREATE FUNCTION vault.tell_all() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN string_agg(p::text, '','') FROM vault.person AS p; END';
GRANT ALL ON ALL TABLES IN SCHEMA vault TO PUBLIC;
RESET SESSION AUTHORIZATION;
CREATE FUNCTION vault.hide(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ''hidden''::text';
CREATE FUNCTION vault.as_superuser(command text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN EXECUTE command; END';
-- Of a role without a license: they give less to those with more rights, too.
SET SESSION AUTHORIZATION attack_stranger;
CREATE VIEW vault.narrow_view AS SELECT * FROM vault.person;
CREATE FUNCTION vault.narrow_function() RETURNS SETOF vault.person LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT * FROM vault.person';
GRANT ALL ON vault.narrow_view TO PUBLIC;
RESET SESSION AUTHORIZATION;
-- What the defence replaces by a masked view.
CREATE VIEW vault.masked AS SELECT * FROM vault.person;
ALTER VIEW vault.masked OWNER TO pdauth_masked_view;
GRANT ALL ON vault.masked TO PUBLIC;
REVOKE ALL ON vault.abroad FROM PUBLIC;
ANALYZE vault.person;
ANALYZE vault.visit;
CHECKPOINT;
