-- Modes of a resource: enforce, strict, observe; and what "no license" looks like.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
-- Labels are changed by policy administrators; a superuser is none by power alone.
GRANT pdauth_policy_admin TO CURRENT_USER;
SET pdauth.clock = '2026-10-14 09:00';
CREATE ROLE regress_mode_owner NOLOGIN;
CREATE ROLE regress_mode_reader NOLOGIN;
CREATE ROLE regress_mode_stranger NOLOGIN;
CREATE ROLE regress_mode_policy NOLOGIN IN ROLE pdauth_policy_admin;
CREATE SCHEMA shop AUTHORIZATION regress_mode_owner;
GRANT USAGE ON SCHEMA shop TO PUBLIC;
SET ROLE regress_mode_owner;
CREATE TABLE shop.client (id integer PRIMARY KEY, full_name text, phone text, division text);
CREATE TABLE shop.sale (client_id integer, amount integer);
CREATE TABLE shop.letter (id integer, phone text);
INSERT INTO shop.client VALUES (1, 'canary-one', '13800000001', '530102'), (2, 'canary-two', '13800000002', '532901'), (3, 'canary-three', '13800000003', '440100');
INSERT INTO shop.sale VALUES (1, 10), (2, 20);
INSERT INTO shop.letter VALUES (1, '13800000001');
CREATE VIEW shop.client_view AS SELECT id, full_name FROM shop.client;
CREATE VIEW shop.id_view AS SELECT id FROM shop.client;
CREATE FUNCTION shop.phones() RETURNS SETOF text LANGUAGE sql STABLE AS $$ SELECT phone FROM shop.client $$;
GRANT SELECT ON ALL TABLES IN SCHEMA shop TO regress_mode_reader, regress_mode_stranger;
GRANT INSERT, UPDATE ON shop.client TO regress_mode_stranger;
RESET ROLE;
INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES ('regress_mode_owner', 'shop', 'register');
INSERT INTO pdauth.license (licensee, scope, basis) VALUES
  ('regress_mode_reader', '{read on shop(*) for test in 530000 during [2026-01-01,) level general}', 'test'),
  ('regress_mode_reader', '{read on shop(phone) for test in 530100 during [2026-01-01,) level important}', 'test');

SET ROLE regress_mode_policy;
SELECT pdauth.protect('shop.client', 'shop/client', region_column => 'division', mode => 'lenient');
SELECT pdauth.protect('shop.client', 'shop/client', region_column => 'division', mode => 'strict');
SELECT pdauth.mask('shop.client', 'full_name', 'FUNCTION pdauth.mask_name(full_name)', level => 'important');
SELECT pdauth.mask('shop.client', 'phone', 'VALUE NULL', level => 'important');
RESET ROLE;
SELECT label FROM pg_seclabels WHERE objname = 'shop.client';

-- Strict: other columns work; one that would be masked, even in some rows, is refused wherever it is named.
SET ROLE regress_mode_reader;
SELECT id, division FROM shop.client ORDER BY id;
SELECT count(*) FROM shop.client;
SELECT s.amount, c.id FROM shop.client AS c JOIN shop.sale AS s ON s.client_id = c.id ORDER BY 1;
SELECT c.id FROM shop.client AS c FULL JOIN shop.letter AS l USING (id) WHERE c.id = 1;
SELECT id FROM shop.id_view ORDER BY 1;
SELECT full_name FROM shop.client;
\set VERBOSITY terse
SELECT * FROM shop.client;
SELECT phone FROM shop.client WHERE division = '530102';
SELECT id FROM shop.client WHERE full_name = 'canary-one';
SELECT id FROM shop.client ORDER BY phone;
SELECT count(*) FROM shop.client GROUP BY full_name;
SELECT count(*) FILTER (WHERE phone LIKE '138%') FROM shop.client;
SELECT c FROM shop.client AS c;
SELECT row_to_json(c) FROM shop.client AS c;
SELECT s.amount FROM shop.sale AS s WHERE EXISTS (SELECT FROM shop.client AS c WHERE c.id = s.client_id AND c.phone IS NOT NULL);
SELECT (SELECT c.phone) FROM shop.client AS c;
SELECT x.phone FROM shop.client AS c CROSS JOIN LATERAL (SELECT c.phone) AS x;
SELECT phone FROM shop.client AS c FULL JOIN shop.letter AS l USING (phone);
SELECT j FROM (shop.client AS c JOIN shop.sale AS s ON s.client_id = c.id) AS j;
SELECT id FROM shop.client AS c FULL JOIN shop.letter AS l USING (id, phone);
SELECT id FROM shop.client_view;
SELECT * FROM shop.phones();
WITH w AS (SELECT full_name FROM shop.client) SELECT 1 FROM w;
COPY shop.client TO STDOUT;
COPY shop.client (id, division) TO STDOUT;
EXPLAIN (COSTS OFF) SELECT full_name FROM shop.client;
PREPARE names AS SELECT full_name FROM shop.client;
\set VERBOSITY default
SELECT part, column_name, access, mask, rule, missing FROM pdauth.explain_access('shop.client') WHERE part = 'column';
SELECT reason FROM pdauth.explain_access('shop.client') WHERE column_name = 'phone';
RESET ROLE;
SET ROLE regress_mode_owner;
SELECT count(full_name) FROM shop.client;
RESET ROLE;
-- A statement prepared under one mode is not run under another.
SELECT pdauth.protect('shop.client', 'shop/client', region_column => 'division');
SET ROLE regress_mode_reader;
PREPARE all_names AS SELECT id, full_name, phone FROM shop.client ORDER BY id;
EXECUTE all_names;
RESET ROLE;
SELECT pdauth.protect('shop.client', 'shop/client', region_column => 'division', mode => 'strict');
SET ROLE regress_mode_reader;
\set VERBOSITY terse
EXECUTE all_names;
\set VERBOSITY default
RESET ROLE;

-- No license: refused, or, by a superuser's setting only, no rows.
SET ROLE regress_mode_stranger;
SET pdauth.no_license = 'empty';
PREPARE ids AS SELECT id FROM shop.client;
\set VERBOSITY terse
EXECUTE ids;
RESET ROLE;
SET pdauth.no_license = 'empty';
SET ROLE regress_mode_stranger;
SELECT * FROM shop.client;
EXECUTE ids;
SELECT count(*), max(phone) FROM shop.client;
SELECT s.amount, c.phone FROM shop.sale AS s LEFT JOIN shop.client AS c ON c.id = s.client_id ORDER BY 1;
SELECT * FROM shop.phones();
COPY shop.client TO STDOUT;
EXPLAIN (COSTS OFF) SELECT * FROM shop.client;
INSERT INTO shop.client VALUES (4, 'x', 'x', 'x');
UPDATE shop.client SET phone = phone;
SELECT part, access FROM pdauth.explain_access('shop.client') WHERE part = 'relation';
-- a wrong purpose is still refused
SET ROLE regress_mode_reader;
SET pdauth.purpose = 'other';
SELECT id FROM shop.client;
RESET pdauth.purpose;
RESET ROLE;
RESET pdauth.no_license;
SET ROLE regress_mode_stranger;
EXECUTE ids;
\set VERBOSITY default
RESET ROLE;

-- Observe: everything passes, and is counted.  The owner of the table cannot switch it on.
SET ROLE regress_mode_owner;
SECURITY LABEL FOR pdauth ON TABLE shop.client IS 'RESOURCE shop/client REGION COLUMN division MODE observe';
SELECT pdauth.protect('shop.client', 'shop/client', mode => 'observe');
RESET ROLE;
SELECT pdauth.protect('shop.client', 'shop/client', region_column => 'division', mode => 'observe');
SELECT pdauth.statistics_reset();
SET ROLE regress_mode_stranger;
SELECT id, full_name, phone FROM shop.client ORDER BY id;
EXPLAIN (COSTS OFF) SELECT id, full_name FROM shop.client WHERE id = 1;
UPDATE shop.client SET phone = '139' WHERE id = 1;
SET ROLE regress_mode_reader;
SELECT id, full_name, phone FROM shop.client ORDER BY id;
EXECUTE all_names;
SELECT part, column_name, access FROM pdauth.explain_access('shop.client');
SELECT reason FROM pdauth.explain_access('shop.client') WHERE part = 'relation';
SET ROLE regress_mode_owner;
SELECT count(*) FROM shop.client;	-- nothing to observe
RESET ROLE;
SELECT counter, value FROM pdauth.statistics() WHERE counter IN ('observed', 'empty', 'restricted', 'refusals') AND value > 0;
SELECT severity, object, finding FROM pdauth.health_check() WHERE object = 'shop.client' AND finding ~ 'observe';
SELECT relation, mode FROM pdauth.protected_relation WHERE resource = 'shop/client';
-- Enforced again: the next statement is refused, prepared or not.
SELECT pdauth.protect('shop.client', 'shop/client', region_column => 'division', mode => 'enforce');
SET ROLE regress_mode_reader;
EXECUTE all_names;
SET ROLE regress_mode_stranger;
\set VERBOSITY terse
EXECUTE ids;
RESET ROLE;
UPDATE pdauth.license SET revoke_reason = 'end of test' WHERE revoked_at IS NULL AND licensee::text LIKE 'regress_mode%';
UPDATE pdauth.custodian SET end_reason = 'end of test' WHERE ended_at IS NULL AND custodian::text LIKE 'regress_mode%';
RESET pdauth.clock;
REVOKE pdauth_policy_admin FROM CURRENT_USER;
