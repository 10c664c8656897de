-- One statement a line; "-- name:" opens a case; "-- roles:" limits it to those who may try.
-- name: disable row security
-- roles: attack_owner attack_super
ALTER TABLE vault.person DISABLE ROW LEVEL SECURITY
SELECT * FROM vault.person
-- name: no force row security
-- roles: attack_owner attack_super
ALTER TABLE vault.person NO FORCE ROW LEVEL SECURITY
SELECT * FROM vault.person
-- name: own permissive policy
-- roles: attack_owner attack_super
CREATE POLICY open_all ON vault.person USING (true)
SELECT * FROM vault.person
-- name: rename
-- roles: attack_owner attack_super
ALTER TABLE vault.person RENAME TO human
SELECT * FROM vault.human
-- name: rename the columns
-- roles: attack_owner attack_super
ALTER TABLE vault.person RENAME COLUMN secret TO plain
SELECT * FROM vault.person
-- name: move to another schema
-- roles: attack_super
ALTER TABLE vault.person SET SCHEMA public
SELECT * FROM public.person
-- name: replica role
-- roles: attack_super
SET LOCAL session_replication_role = replica
SELECT * FROM vault.person
-- name: statistics
-- roles: attack_owner attack_super
SELECT coalesce(most_common_vals::text, '') || coalesce(histogram_bounds::text, '') FROM pg_catalog.pg_stats WHERE schemaname = 'vault' AND tablename = 'person'
-- name: raw statistics
-- roles: attack_super
SELECT stavalues1::text, stavalues2::text FROM pg_catalog.pg_statistic WHERE starelid = 'vault.person'::regclass
-- name: drop the guard policy
-- roles: attack_owner attack_super
DO $$DECLARE p name; BEGIN FOR p IN SELECT polname FROM pg_policy WHERE polrelid = 'vault.person'::regclass LOOP EXECUTE format('DROP POLICY %I ON vault.person', p); END LOOP; END$$
SELECT * FROM vault.person
-- name: drop the label
-- roles: attack_super
SECURITY LABEL FOR pdauth ON TABLE vault.person IS NULL
SELECT * FROM vault.person
