-- Chains of scopes in one session: refusals, references, renames, privileges.
\set SHOW_CONTEXT never
SET search_path = public, pg_catalog, pg_temp;
CREATE TABLE plan (id int PRIMARY KEY, own pdauth.license_scope, grantable pdauth.license_scope, negative pdauth.license_scope);
CREATE TABLE agreement (id bigint PRIMARY KEY, plan bigint, scope pdauth.license_scope);
INSERT INTO plan VALUES (1, '{}', '{read,redevelop on a(*) for p in 530000 during [2026-01-01,2027-01-01) level important}', '{read on a/secret(*) for * in * during (,) level core}');

-- Only along a foreign key, scope columns, known rules; nothing outside already.
SELECT pdauth.add_scope_chain('agreement', 'plan', 'scope', 'plan', 'id', 'grantable', 'R-11-12');
ALTER TABLE agreement ADD FOREIGN KEY (plan) REFERENCES plan DEFERRABLE NOT VALID;
SELECT pdauth.add_scope_chain('agreement', 'plan', 'scope', 'plan', 'id', 'grantable', 'R-11-12');
ALTER TABLE agreement VALIDATE CONSTRAINT agreement_plan_fkey;
SELECT pdauth.add_scope_chain('agreement', 'plan', 'plan', 'plan', 'id', 'grantable', 'R-11-12');
SELECT pdauth.add_scope_chain('agreement', 'plan', 'scope', 'plan', 'id', 'grantable', 'R-99-9');
INSERT INTO agreement VALUES (1, 1, '{read on b(*) for p in 530100 during [2026-01-01,2026-02-01) level general}');
SELECT pdauth.add_scope_chain('agreement', 'plan', 'scope', 'plan', 'id', 'grantable', 'R-11-12', 'negative');
DELETE FROM agreement;
SELECT pdauth.add_scope_chain('agreement', 'plan', 'scope', 'plan', 'id', 'grantable', 'R-11-12', 'negative');
SELECT pdauth.add_scope_chain('agreement', 'plan', 'scope', 'plan', 'id', 'grantable', 'R-11-12', 'negative');

INSERT INTO agreement VALUES (1, 1, '{read on a/b(*) for p/q in 530100 during [2026-01-01,2026-02-01) level general}');
INSERT INTO agreement VALUES (2, 1, '{read,trade on a/b(*) for p/q in 530100,440100 during [2026-01-01,2027-02-01) level general}');
\echo :LAST_ERROR_SQLSTATE
INSERT INTO agreement VALUES (2, 1, '{read on a(*) for p/q in 530100 during [2026-01-01,2026-02-01) level general}');
INSERT INTO agreement VALUES (2, 7, '{read on a/b(*) for p/q in 530100 during [2026-01-01,2026-02-01) level general}');
INSERT INTO agreement VALUES (3, NULL, '{read on z(*) for p in CN during (,) level core}'), (4, 1, NULL), (5, 1, '{}');
UPDATE agreement SET scope = '{read on a/b(*) for p/q in 530000 during [2026-01-01,2026-02-01) level core}' WHERE id = 1;
UPDATE agreement SET plan = 1 WHERE id = 3;

-- The other side.
UPDATE plan SET grantable = '{read on a(*) for p in 530300 during [2026-01-01,2027-01-01) level important}';
UPDATE plan SET grantable = NULL;
UPDATE plan SET negative = '{read on a/b/c(*) for p/q/r in 530102 during [2026-01-31,2027-01-01) level general}';
UPDATE plan SET id = 2;
DELETE FROM plan;
UPDATE plan SET own = '{read on b(*) for p in CN during (,) level core}', negative = NULL, grantable = grantable OPERATOR(pdauth.*) '{read on a(*) for p in 530100 during [2026-01-01,2026-03-01) level general}';

-- Deferred: only the last version counts.
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
UPDATE plan SET grantable = '{}';
UPDATE plan SET grantable = '{read on a/b(*) for p/q in 530100 during [2026-01-01,2026-02-01) level general}';
INSERT INTO agreement VALUES (6, 1, '{read on b(*) for p in CN during (,) level core}');
DELETE FROM agreement WHERE id = 6;
COMMIT;
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
UPDATE plan SET grantable = '{}';
UPDATE plan SET own = NULL;
COMMIT;

-- Renamed tables stay tied; renamed columns are told, not passed.
ALTER TABLE plan RENAME TO "Plan ""of"" work";
INSERT INTO agreement VALUES (7, 1, '{read on b(*) for p in CN during (,) level core}');
ALTER TABLE "Plan ""of"" work" RENAME TO plan;
ALTER TABLE agreement RENAME COLUMN scope TO licensed;
INSERT INTO agreement VALUES (7, 1, '{read on b(*) for p in CN during (,) level core}');
ALTER TABLE agreement RENAME COLUMN licensed TO scope;

-- Not walked around as a replica, nor by row security on the parent.
SET session_replication_role = replica;
INSERT INTO agreement VALUES (7, 1, '{read on b(*) for p in CN during (,) level core}');
RESET session_replication_role;
-- A row without a parent: the foreign key does not look then, the chain does.
SET session_replication_role = replica;
INSERT INTO agreement VALUES (7, 8, '{}');
DELETE FROM plan;
RESET session_replication_role;
-- What fires no trigger of ours is refused while the chain stands.
TRUNCATE plan;
BEGIN;
TRUNCATE plan, agreement;
ROLLBACK;
DROP TABLE plan;
ALTER TABLE plan DROP CONSTRAINT plan_pkey;
ALTER TABLE plan ALTER COLUMN grantable TYPE pdauth.license_scope USING '{}'::pdauth.license_scope;
ALTER TABLE plan ALTER COLUMN negative TYPE pdauth.license_scope USING '{read on a(*) for * in * during (,) level core}'::pdauth.license_scope;
ALTER TABLE agreement ALTER COLUMN scope TYPE pdauth.license_scope USING '{read on z(*) for p in CN during (,) level core}'::pdauth.license_scope;
ALTER TABLE agreement ALTER COLUMN plan TYPE int;
ALTER TABLE agreement DROP COLUMN scope;
CREATE ROLE regress_scope_clerk;
GRANT SELECT, INSERT, UPDATE ON agreement TO regress_scope_clerk;
GRANT UPDATE, SELECT ON plan TO regress_scope_clerk;
ALTER TABLE agreement ENABLE ROW LEVEL SECURITY;
CREATE POLICY nothing_old ON agreement FOR SELECT USING (false);
CREATE POLICY anything_new ON agreement FOR INSERT WITH CHECK (true);
SET ROLE regress_scope_clerk;
UPDATE plan SET grantable = '{}';
RESET ROLE;
REVOKE ALL ON plan FROM regress_scope_clerk;
SET ROLE regress_scope_clerk;
INSERT INTO agreement VALUES (8, 1, '{read on a/b(*) for p/q in 530100 during [2026-01-01,2026-02-01) level general}');
INSERT INTO agreement VALUES (9, 1, '{read on b(*) for p in CN during (,) level core}');
CREATE TEMP TABLE mine (id int PRIMARY KEY, scope pdauth.license_scope);
SELECT pdauth.add_scope_chain('mine', 'id', 'scope', 'plan', 'id', 'grantable', 'R-11-12');
CREATE CONSTRAINT TRIGGER t AFTER INSERT ON mine FROM plan FOR EACH ROW EXECUTE FUNCTION pdauth.scope_within_parent('id', 'scope', 'id', 'grantable', 'R-11-12');
CREATE CONSTRAINT TRIGGER t AFTER INSERT ON mine FROM mine FOR EACH ROW EXECUTE FUNCTION pdauth.scope_within_parent('id', 'scope', 'id', 'grantable', 'R-11-12');
DROP TABLE mine;
RESET ROLE;

-- Misuse is refused, not ignored.
CREATE TABLE misused (id int, scope pdauth.license_scope);
CREATE TRIGGER t BEFORE INSERT ON misused FOR EACH ROW EXECUTE FUNCTION pdauth.scope_within_parent('id', 'scope', 'id', 'grantable', 'R-11-12');
INSERT INTO misused VALUES (1, '{}');
DROP TRIGGER t ON misused;
CREATE TRIGGER t AFTER INSERT ON misused FOR EACH ROW EXECUTE FUNCTION pdauth.scope_within_parent('id', 'scope', 'id', 'grantable', 'R-11-12');
INSERT INTO misused VALUES (1, '{}');
DROP TABLE misused, agreement, plan;
DROP ROLE regress_scope_clerk;
