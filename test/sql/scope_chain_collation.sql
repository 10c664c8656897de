-- Chains over keys whose collation takes different bytes for equal (needs ICU).
\set SHOW_CONTEXT never
SET search_path = public, pg_catalog, pg_temp;
-- Keys are equal as the parent's collation says.
CREATE COLLATION regress_any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE plan (id text COLLATE regress_any_case PRIMARY KEY, scope pdauth.license_scope);
-- From 18 on, a key refers to another collation only if both are deterministic.
SELECT CASE WHEN current_setting('server_version_num')::int < 180000 THEN 'default' ELSE 'regress_any_case' END AS collation \gset
CREATE TABLE agreement (id int PRIMARY KEY, plan text COLLATE :"collation" REFERENCES plan, scope pdauth.license_scope);
INSERT INTO plan VALUES ('ABC', '{read on a(*) for p in 530000 during [2026-01-01,2027-01-01) level important}');
SELECT pdauth.add_scope_chain('agreement', 'plan', 'scope', 'plan', 'id', 'scope', 'R-11-12');
INSERT INTO agreement VALUES (1, 'abc', '{read on b(*) for p in 530000 during [2026-01-01,2027-01-01) level important}');
INSERT INTO agreement VALUES (1, 'abc', '{read on a(*) for p in 530000 during [2026-01-01,2027-01-01) level important}');
UPDATE plan SET scope = '{}';
SET session_replication_role = replica;
DELETE FROM plan;
RESET session_replication_role;
DROP TABLE agreement, plan;
DROP COLLATION regress_any_case;
