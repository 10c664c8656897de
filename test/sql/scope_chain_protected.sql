-- Chains over protected and over partitioned tables: no row is missed by a
-- check, and no refusal tells of a row that its reader may not see.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE regress_chain_keeper NOLOGIN;
CREATE ROLE regress_chain_planner NOLOGIN;
GRANT CREATE ON SCHEMA public TO regress_chain_keeper;
GRANT pdauth_policy_admin TO regress_chain_keeper;
SET ROLE regress_chain_keeper;
SET search_path = public, pg_catalog, pg_temp;
CREATE TABLE chain_plan (id int PRIMARY KEY, scope pdauth.license_scope);
CREATE TABLE chain_agreement (id int PRIMARY KEY, plan int REFERENCES chain_plan, region text, scope pdauth.license_scope);
SELECT pdauth.add_scope_chain('chain_agreement', 'plan', 'scope', 'chain_plan', 'id', 'scope', 'R-11-12');
INSERT INTO chain_plan VALUES (1, '{read on a(*) for p in 530000 during [2026-01-01,2027-01-01) level important}');
INSERT INTO chain_agreement VALUES (1, 1, '530100', '{read on a/canary(*) for p in 530100 during [2026-01-01,2026-02-01) level general}');
GRANT SELECT, UPDATE, DELETE, TRUNCATE ON chain_plan TO regress_chain_planner;

-- Who may not read the agreement learns that there is one, not what it says.
SET ROLE regress_chain_planner;
UPDATE chain_plan SET scope = '{}';
RESET ROLE;
GRANT SELECT (scope) ON chain_agreement TO regress_chain_planner;
SET ROLE regress_chain_planner;
UPDATE chain_plan SET scope = '{}';
RESET ROLE;
GRANT SELECT ON chain_agreement TO regress_chain_planner;
SET ROLE regress_chain_planner;
UPDATE chain_plan SET scope = '{}';
RESET ROLE;
SELECT pdauth.protect('chain_agreement', 'chain/agreement', region_column => 'region');
SET ROLE regress_chain_planner;
SELECT * FROM chain_agreement;
UPDATE chain_plan SET scope = '{}';
DELETE FROM chain_plan;

RESET ROLE;
INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES ('regress_chain_keeper', 'chain', 'owner');

-- A policy of the table's own hides rows no less.
SET ROLE regress_chain_keeper;
CREATE TABLE chain_below (id int PRIMARY KEY, scope pdauth.license_scope);
CREATE TABLE chain_request (id int, agreement int REFERENCES chain_below, scope pdauth.license_scope);
INSERT INTO chain_below VALUES (1, '{}');
INSERT INTO chain_request VALUES (1, 1, '{read on b/canary(*) for p in 530100 during [2026-01-01,2026-02-01) level general}');
ALTER TABLE chain_request ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY some_rows ON chain_request USING (id > 1);
SELECT pdauth.add_scope_chain('chain_request', 'agreement', 'scope', 'chain_below', 'id', 'scope', 'R-20-6');
ALTER TABLE chain_request DISABLE ROW LEVEL SECURITY;
SELECT pdauth.add_scope_chain('chain_request', 'agreement', 'scope', 'chain_below', 'id', 'scope', 'R-20-6');

-- Partitions come and go without triggers; rows of the parent's heirs are not the parent's.
CREATE TABLE chain_product (id int, request int, scope pdauth.license_scope) PARTITION BY RANGE (id);
CREATE TABLE chain_top (id int PRIMARY KEY, scope pdauth.license_scope) PARTITION BY LIST (id);
SELECT pdauth.add_scope_chain('chain_product', 'request', 'scope', 'chain_below', 'id', 'scope', 'R-22-4');
SELECT pdauth.add_scope_chain('chain_request', 'agreement', 'scope', 'chain_top', 'id', 'scope', 'R-20-6');
UPDATE chain_request SET scope = '{}';
SELECT pdauth.add_scope_chain('chain_request', 'agreement', 'scope', 'chain_below', 'id', 'scope', 'R-20-6');
CREATE TABLE chain_heir () INHERITS (chain_below);
INSERT INTO chain_heir VALUES (2, '{read on a(*) for p in 530100 during [2026-01-01,2026-02-01) level general}');
INSERT INTO chain_request VALUES (2, 2, '{read on a(*) for p in 530100 during [2026-01-01,2026-02-01) level general}');
-- and rows of the child's heirs hold the parent
CREATE TABLE chain_request_heir () INHERITS (chain_request);
INSERT INTO chain_request_heir VALUES (3, 1, '{read on a(*) for p in 530100 during [2026-01-01,2026-02-01) level general}');
UPDATE chain_below SET scope = scope WHERE id = 1;
DELETE FROM chain_below WHERE id = 1;
RESET ROLE;
DROP TABLE chain_request_heir, chain_heir, chain_request, chain_below, chain_product, chain_top, chain_agreement, chain_plan;
UPDATE pdauth.custodian SET end_reason = 'end of test' WHERE custodian = 'regress_chain_keeper'::regrole;
