-- One statement a line; "-- name:" opens a case; "-- roles:" limits it to those who may try.
-- name: detach the partition
-- roles: attack_owner attack_super
ALTER TABLE vault.visit DETACH PARTITION vault.visit_all
SELECT * FROM vault.visit_all
-- name: detach and switch row security off
-- roles: attack_owner attack_super
ALTER TABLE vault.visit DETACH PARTITION vault.visit_all
DO $$BEGIN ALTER TABLE vault.visit_all DISABLE ROW LEVEL SECURITY; EXCEPTION WHEN OTHERS THEN NULL; END$$
SELECT * FROM vault.visit_all
-- name: no inherit
-- roles: attack_owner attack_super
ALTER TABLE vault.heir NO INHERIT vault.elder
SELECT * FROM vault.heir
-- name: attach under a table of one's own
-- roles: attack_owner attack_super
CREATE TABLE vault.mine (person_id integer NOT NULL, division char(6) NOT NULL, remark text, secret text) PARTITION BY LIST (division)
ALTER TABLE vault.mine ATTACH PARTITION vault.person DEFAULT
SELECT * FROM vault.mine
-- name: inherit from a table of one's own
-- roles: attack_owner attack_super
CREATE TABLE vault.mine (person_id integer, division char(6), remark text, secret text)
ALTER TABLE vault.person INHERIT vault.mine
SELECT * FROM vault.mine
-- name: swap by rename
-- roles: attack_owner attack_super
ALTER TABLE vault.person RENAME TO gone
CREATE TABLE vault.person (LIKE vault.gone)
INSERT INTO vault.person SELECT * FROM vault.gone
SELECT * FROM vault.person
-- name: trigger with old
CREATE FUNCTION vault.spy() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE NOTICE ''%'', OLD; RETURN NULL; END'
CREATE TRIGGER spy AFTER UPDATE ON vault.person FOR EACH ROW EXECUTE FUNCTION vault.spy()
SET SESSION AUTHORIZATION attack_keeper
UPDATE vault.person SET division = division
-- name: trigger with old and new of an insert
CREATE FUNCTION vault.spy() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE NOTICE ''%'', NEW; RETURN NULL; END'
CREATE TRIGGER spy AFTER INSERT ON vault.person FOR EACH ROW EXECUTE FUNCTION vault.spy()
SET SESSION AUTHORIZATION attack_keeper
INSERT INTO vault.person VALUES (9, '530109', 'outrow-nine', 'outcol-nine')
-- name: transition table
CREATE FUNCTION vault.spy() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE NOTICE ''%'', (SELECT string_agg(o::text, '','') FROM old_rows AS o); RETURN NULL; END'
CREATE TRIGGER spy AFTER UPDATE ON vault.person REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION vault.spy()
SET SESSION AUTHORIZATION attack_keeper
UPDATE vault.person SET division = division
-- name: trigger by a custodian's hand, function of somebody else
-- roles: attack_region attack_masked attack_stranger attack_owner attack_bypass
CREATE FUNCTION vault.spy() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE NOTICE ''%'', OLD; RETURN NULL; END'
SET SESSION AUTHORIZATION attack_keeper
CREATE TRIGGER spy AFTER UPDATE ON vault.person FOR EACH ROW EXECUTE FUNCTION vault.spy()
UPDATE vault.person SET division = division
-- name: rule
-- roles: attack_owner attack_super
CREATE RULE spy AS ON UPDATE TO vault.person DO ALSO INSERT INTO vault.shelf VALUES (OLD.remark, OLD.secret)
SET SESSION AUTHORIZATION attack_keeper
UPDATE vault.person SET division = division
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.shelf
-- name: rule with new
-- roles: attack_owner attack_super
CREATE RULE spy AS ON INSERT TO vault.person DO ALSO INSERT INTO vault.shelf VALUES (NEW.remark, NEW.secret)
SET SESSION AUTHORIZATION attack_keeper
INSERT INTO vault.person VALUES (9, '530109', 'outrow-nine', 'outcol-nine')
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.shelf
-- name: rule that tells
-- roles: attack_super
ALTER TABLE vault.person OWNER TO attack_keeper
CREATE RULE spy AS ON UPDATE TO vault.person DO ALSO SELECT vault.tell(OLD.remark, OLD.secret)
SET SESSION AUTHORIZATION attack_keeper
UPDATE vault.person SET division = division
-- name: policy that tells
-- roles: attack_owner
CREATE POLICY spy ON vault.person USING (vault.tell(remark, secret))
ALTER TABLE vault.person ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY
SET SESSION AUTHORIZATION attack_trusted
SELECT count(*) FROM vault.person
-- name: restrictive policy that tells
-- roles: attack_owner
CREATE POLICY spy ON vault.person AS RESTRICTIVE USING (vault.tell(remark, secret))
CREATE POLICY all_rows ON vault.person USING (true)
ALTER TABLE vault.person ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY
SET SESSION AUTHORIZATION attack_trusted
SELECT count(*) FROM vault.person
-- name: stored generated column
-- roles: attack_owner attack_super
ALTER TABLE vault.person ADD COLUMN twin text GENERATED ALWAYS AS (remark || ' ' || secret) STORED
SELECT twin FROM vault.person
-- name: stored generated column that tells
-- roles: attack_owner attack_super
ALTER TABLE vault.person ADD COLUMN twin boolean GENERATED ALWAYS AS (vault.tell(remark, secret)) STORED
-- name: generated column made by those who may
-- roles: attack_masked
SET SESSION AUTHORIZATION attack_super
SET pdauth.break_glass = 'attack'
ALTER TABLE vault.person ADD COLUMN twin text GENERATED ALWAYS AS (lower(secret)) STORED
RESET pdauth.break_glass
SET SESSION AUTHORIZATION :role
SELECT twin FROM vault.person
-- name: expression index
-- roles: attack_owner attack_super
CREATE INDEX ON vault.person (vault.tell(remark, secret))
-- name: partial index
-- roles: attack_owner attack_super
CREATE INDEX ON vault.person (person_id) WHERE vault.tell(remark, secret)
-- name: unique index that fails
-- roles: attack_owner attack_super
-- canary: outrow-three
CREATE FUNCTION vault.same(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ''outrow-three''::text WHERE $1 IS NOT NULL'
CREATE UNIQUE INDEX ON vault.person (vault.same(remark))
-- name: check constraint
-- roles: attack_owner attack_super
ALTER TABLE vault.person ADD CHECK (vault.tell(remark, secret))
-- name: check constraint on a new column
-- roles: attack_owner attack_super
ALTER TABLE vault.person ADD COLUMN extra integer CHECK (vault.tell(remark, secret))
-- name: check constraint on the parent of a protected child
-- roles: attack_owner attack_super
ALTER TABLE vault.upper ADD CHECK (vault.tell(remark, secret))
-- name: foreign key that fails
-- roles: attack_owner attack_super
-- canary: outcol-
CREATE TABLE vault.words (word text PRIMARY KEY)
ALTER TABLE vault.person ADD FOREIGN KEY (secret) REFERENCES vault.words
-- name: domain constraint
-- roles: attack_owner attack_super
-- canary: outrow-three
ALTER DOMAIN vault.word ADD CHECK (vault.tell(VALUE, ''))
-- name: alter type using
-- roles: attack_owner attack_super
ALTER TABLE vault.elder ALTER COLUMN remark TYPE text USING vault.tell(remark, secret)::text
-- name: extended statistics
-- roles: attack_super
CREATE STATISTICS vault.both_words (mcv) ON remark, secret FROM vault.visit_all
ANALYZE vault.visit_all
SELECT coalesce(most_common_vals::text, '') FROM pg_stats_ext WHERE schemaname = 'vault'
SELECT coalesce(histogram_bounds::text, '') FROM pg_stats WHERE schemaname = 'vault' AND tablename = 'visit_all'
-- name: statistics over an expression that tells
-- roles: attack_owner attack_super
CREATE STATISTICS vault.told ON (vault.tell(remark, secret)) FROM vault.person
ANALYZE vault.person
-- name: statistics of an expression index
-- roles: attack_super
SET pdauth.break_glass = 'attack'
CREATE INDEX ON vault.person ((remark || secret))
RESET pdauth.break_glass
ANALYZE vault.person
SELECT stavalues1::text FROM pg_statistic WHERE starelid IN (SELECT indexrelid FROM pg_index WHERE indrelid = 'vault.person'::regclass)
-- name: raw page
-- roles: attack_super
SELECT encode(get_raw_page('vault.person', 0), 'escape')
-- name: file of the table
-- roles: attack_super
SELECT encode(pg_read_binary_file(pg_relation_filepath('vault.person')), 'escape')
-- name: file into a large object
-- roles: attack_super
SELECT lo_import(current_setting('data_directory') || '/' || pg_relation_filepath('vault.person'), 4711)
SELECT encode(lo_get(4711), 'escape')
-- name: copy to a program
-- roles: attack_super
COPY (SELECT * FROM vault.person) TO PROGRAM 'cat >/dev/null'
SELECT * FROM vault.person
-- name: label deleted by hand
-- roles: attack_super
DO $$BEGIN DELETE FROM pg_catalog.pg_seclabel WHERE provider = 'pdauth'; EXCEPTION WHEN OTHERS THEN NULL; END$$
ALTER TABLE vault.person SET (fillfactor = 90)
SELECT * FROM vault.person
-- name: catalogs changed by hand
-- roles: attack_super
DO $$BEGIN UPDATE pg_catalog.pg_class SET relrowsecurity = false, relforcerowsecurity = false WHERE relname = 'person'; EXCEPTION WHEN OTHERS THEN NULL; END$$
SELECT * FROM vault.person
-- name: label for nobody
-- roles: attack_super
DO $$BEGIN EXECUTE 'SECURITY LABEL FOR pdauth ON TABLE vault.person IS ''RESOURCE public/nothing MODE observe'''; EXCEPTION WHEN OTHERS THEN NULL; END$$
SELECT * FROM vault.person
-- name: column label that shows
-- roles: attack_masked
SET SESSION AUTHORIZATION attack_super
DO $$BEGIN EXECUTE 'SECURITY LABEL FOR pdauth ON COLUMN vault.person.secret IS ''LEVEL general MASKED WITH VALUE secret'''; EXCEPTION WHEN OTHERS THEN NULL; END$$
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.person
-- name: mask function replaced
-- roles: attack_masked
SET SESSION AUTHORIZATION attack_super
DO $$BEGIN EXECUTE 'CREATE OR REPLACE FUNCTION vault.hide(text) RETURNS text LANGUAGE sql IMMUTABLE AS ''SELECT $1'''; EXCEPTION WHEN OTHERS THEN NULL; END$$
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.office
-- name: mask that calls the attacker's function
-- roles: attack_masked
CREATE FUNCTION vault.inner_hide(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT NULL::text'
CREATE FUNCTION vault.outer_hide(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT vault.inner_hide($1)'
SET SESSION AUTHORIZATION attack_policy
DO $$BEGIN PERFORM pdauth.mask('vault.person', 'secret', 'FUNCTION vault.outer_hide(secret)', level => 'important'); EXCEPTION WHEN OTHERS THEN NULL; END$$
SET SESSION AUTHORIZATION :role
CREATE OR REPLACE FUNCTION vault.inner_hide(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1'
SELECT * FROM vault.person
-- name: extension dropped
-- roles: attack_super
DO $$BEGIN DROP EXTENSION pdauth CASCADE; EXCEPTION WHEN OTHERS THEN NULL; END$$
SELECT * FROM vault.person
-- name: library loaded again
DO $$BEGIN LOAD 'pdauth'; EXCEPTION WHEN OTHERS THEN NULL; END$$
SELECT * FROM vault.person
-- name: break-glass by those who may not
-- roles: attack_region attack_masked attack_stranger attack_owner attack_bypass
DO $$BEGIN PERFORM set_config('pdauth.break_glass', 'attack', false); EXCEPTION WHEN OTHERS THEN NULL; END$$
SELECT * FROM vault.person
-- name: break-glass left behind for a role
DO $$BEGIN EXECUTE 'ALTER ROLE :role SET pdauth.break_glass = ''attack'''; EXCEPTION WHEN OTHERS THEN NULL; END$$
SELECT * FROM vault.person
-- name: break-glass in a superuser's function
-- roles: attack_region attack_masked attack_stranger attack_owner attack_bypass
SET SESSION AUTHORIZATION attack_super
CREATE FUNCTION vault.help() RETURNS SETOF vault.person LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN PERFORM set_config(''pdauth.break_glass'', ''attack'', true); RETURN QUERY SELECT * FROM vault.person; END'
SET SESSION AUTHORIZATION :role
SELECT * FROM vault.help()
-- name: rows removed by the filter
-- roles: attack_region
-- canary: Rows Removed by Filter
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT * FROM vault.person WHERE person_id + 0 = 999
-- name: rows removed, in json
-- roles: attack_region
-- canary: 'Rows Removed by Filter': 4
EXPLAIN (ANALYZE, FORMAT json) SELECT * FROM vault.person WHERE person_id + 0 = 999
-- name: rows of a bitmap
-- roles: attack_region
-- canary: Bitmap Index Scan on person_pkey (actual rows=1
SET LOCAL enable_seqscan = off
SET LOCAL enable_indexscan = off
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT * FROM vault.person WHERE person_id = 3
-- name: cursor to xml
DECLARE c CURSOR FOR SELECT * FROM vault.person
SELECT cursor_to_xml('c', 10, true, false, '')::text
-- name: cursor of a function
CREATE FUNCTION vault.open_it() RETURNS refcursor LANGUAGE plpgsql SECURITY DEFINER AS 'DECLARE c refcursor := ''c''; BEGIN OPEN c FOR SELECT * FROM vault.person; RETURN c; END'
SELECT vault.open_it()
FETCH ALL FROM c
-- name: cursor opened by somebody else
SET SESSION AUTHORIZATION attack_keeper
DECLARE c CURSOR FOR SELECT * FROM vault.person
SET SESSION AUTHORIZATION :role
FETCH ALL FROM c
-- name: prepared by somebody else
SET SESSION AUTHORIZATION attack_keeper
PREPARE attack_theirs AS SELECT * FROM vault.person
SET SESSION AUTHORIZATION :role
EXECUTE attack_theirs
-- name: partition beside the default one
-- roles: attack_owner
-- canary: would be violated by some row
CREATE TABLE vault.mine PARTITION OF vault.visit FOR VALUES IN ('530102')
-- name: foreign partition beside the default one
-- roles: attack_owner
-- canary: would be violated by some row
SELECT vault.as_superuser('GRANT USAGE ON FOREIGN SERVER elsewhere TO attack_owner')
CREATE FOREIGN TABLE vault.mine PARTITION OF vault.visit FOR VALUES IN ('530102') SERVER elsewhere OPTIONS (format 'csv')
-- name: partition attached beside the default one
-- roles: attack_owner
-- canary: would be violated by some row
CREATE TABLE vault.mine (LIKE vault.visit)
ALTER TABLE vault.visit ATTACH PARTITION vault.mine FOR VALUES IN ('530102')
-- name: bounds of a table of one's own
-- roles: attack_owner
-- canary: is violated by some row
CREATE TABLE vault.mine (person_id integer NOT NULL, division char(6) NOT NULL, remark text, secret text) PARTITION BY LIST (remark)
ALTER TABLE vault.mine ATTACH PARTITION vault.person FOR VALUES IN ('outrow-three')
-- name: other bounds for a partition that was there
-- roles: attack_owner
-- canary: is violated by some row
ALTER TABLE vault.visit DETACH PARTITION vault.visit_all
ALTER TABLE vault.visit ATTACH PARTITION vault.visit_all FOR VALUES IN ('532901', '532923', '530102')
-- name: not null
-- roles: attack_owner
-- canary: contains null values
ALTER TABLE vault.province ALTER secret SET NOT NULL
-- name: domain not null
-- roles: attack_owner
-- canary: contains null values
SET SESSION AUTHORIZATION attack_keeper
INSERT INTO vault.typed VALUES (5, '530102', '', NULL)
SET SESSION AUTHORIZATION :role
ALTER DOMAIN vault.outer_word SET NOT NULL
-- name: constraint of a domain within a domain
-- roles: attack_owner
-- canary: outcol
ALTER DOMAIN vault.inner_word ADD CHECK (vault.tell(VALUE, VALUE))
-- name: cast of the attacker, by the type of a typed table
-- roles: attack_owner
CREATE TYPE vault.told AS (t text)
CREATE FUNCTION vault.to_told(text) RETURNS vault.told LANGUAGE plpgsql AS 'BEGIN RAISE NOTICE ''%'', $1; RETURN ROW ($1)::vault.told; END'
CREATE CAST (text AS vault.told) WITH FUNCTION vault.to_told(text) AS ASSIGNMENT
ALTER TYPE vault.shape ALTER ATTRIBUTE remark TYPE vault.told CASCADE, ALTER ATTRIBUTE secret TYPE vault.told CASCADE
-- name: foreign child that leaves
-- roles: attack_owner
ALTER FOREIGN TABLE vault.outpost NO INHERIT vault.province
SELECT * FROM vault.outpost
-- name: foreign table that comes under one's own
-- roles: attack_owner
CREATE TABLE vault.mine (person_id integer, division char(6), remark text, secret text)
ALTER FOREIGN TABLE vault.abroad INHERIT vault.mine
SELECT * FROM vault.mine
-- name: order of the rows
-- roles: attack_masked
-- canary: 4,1,3,2
SET SESSION AUTHORIZATION attack_owner
CREATE INDEX by_secret ON vault.heir (secret)
CLUSTER vault.heir USING by_secret
SET SESSION AUTHORIZATION :role
SELECT string_agg(person_id::text, ',') FROM vault.elder
-- name: operator class that tells
-- roles: attack_super
CREATE FUNCTION vault.tell_order(text, text) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RAISE NOTICE ''% %'', $1, $2; RETURN bttextcmp($1, $2); END'
CREATE OPERATOR CLASS vault.tell_ops FOR TYPE text USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 vault.tell_order(text, text)
CREATE INDEX ON vault.person (remark vault.tell_ops)
CREATE INDEX ON vault.person (secret vault.tell_ops)
-- name: operator class that tells, of an index that others made
-- roles: attack_owner
SELECT vault.as_superuser($$CREATE FUNCTION vault.tell_order(text, text) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RAISE NOTICE ''% %'', $1, $2; RETURN bttextcmp($1, $2); END'$$)
SELECT vault.as_superuser('CREATE OPERATOR CLASS vault.tell_ops FOR TYPE text USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 vault.tell_order(text, text)')
CREATE INDEX ON vault.person (remark vault.tell_ops)
CREATE INDEX ON vault.person (secret vault.tell_ops)
-- name: function of an index that was there, replaced
-- roles: attack_owner attack_super
CREATE OR REPLACE FUNCTION vault.pliant(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RAISE NOTICE ''%'', $1; RETURN NULL; END'
REINDEX TABLE vault.volume
