-- Row filters of licenses: whatever a licensee asks, only rows that meet the
-- condition come, and what cannot be filtered so is refused.
SET client_min_messages = warning;
GRANT pdauth_policy_admin TO CURRENT_USER;
CREATE ROLE regress_filter_keeper;
CREATE ROLE regress_filter_reader;
CREATE ROLE regress_filter_both;
CREATE SCHEMA filtered;
GRANT USAGE, CREATE ON SCHEMA filtered TO PUBLIC;
CREATE TABLE filtered.visit (id int PRIMARY KEY, clinic text, day date, patient text, division text) PARTITION BY RANGE (id);
CREATE TABLE filtered.visit_1 PARTITION OF filtered.visit FOR VALUES FROM (1) TO (3);
-- columns in another order
CREATE TABLE filtered.visit_2 (patient text, division text, clinic text, id int NOT NULL, day date);
ALTER TABLE filtered.visit ATTACH PARTITION filtered.visit_2 FOR VALUES FROM (3) TO (9);
INSERT INTO filtered.visit VALUES (1, 'A', '2026-01-05', '张三', '530102'), (2, 'B', '2026-01-06', '李四', '530102'), (3, 'A', '2025-12-31', '王五', '530102'), (4, 'A', '2026-02-01', '赵六', '530103'), (5, 'A', '2026-02-02', '钱七', '532901');
ALTER TABLE filtered.visit OWNER TO regress_filter_keeper;
GRANT SELECT ON ALL TABLES IN SCHEMA filtered TO regress_filter_reader, regress_filter_both;
SELECT pdauth.protect('filtered.visit', 'health/visit', region_column => 'division');
SELECT pdauth.mask('filtered.visit', 'patient', 'FUNCTION pdauth.mask_name(patient)', 'important');
INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES ('regress_filter_keeper', 'health/visit', 'duty');
INSERT INTO pdauth.license (licensee, scope, basis, row_filter) VALUES
  ('regress_filter_reader', '{read,derive on health/visit(id,clinic,patient,division) for p in 530100 during [2020-01-01,) level general}', 'Q-1', 'clinic = ''A'' AND day >= ''2026-01-01''');

SET ROLE regress_filter_reader;
SELECT * FROM filtered.visit ORDER BY id;	-- day is in the condition, not in the license
SELECT tableoid::regclass, id FROM filtered.visit_1 UNION ALL SELECT tableoid::regclass, id FROM filtered.visit_2 ORDER BY 2;
SELECT count(*), max(id) FROM filtered.visit;
SELECT v.id, w.id FROM filtered.visit AS v LEFT JOIN filtered.visit AS w ON w.id = v.id + 1 ORDER BY 1;
SELECT id FROM filtered.visit WHERE patient = '赵六';	-- the mask holds
CREATE FUNCTION filtered.spy(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN RAISE WARNING 'seen %', $1; RETURN true; END $$;
SELECT id FROM filtered.visit WHERE filtered.spy(clinic) ORDER BY id;	-- runs after the condition
COPY (SELECT id FROM filtered.visit ORDER BY id) TO STDOUT;
COPY filtered.visit_2 (id, patient) TO STDOUT;
CREATE VIEW filtered.mine AS SELECT id FROM filtered.visit;
PREPARE visits AS SELECT array_agg(id ORDER BY id) FROM filtered.visit;
EXECUTE visits;
CREATE TABLE filtered.copy AS SELECT id, clinic, division FROM filtered.visit;
SELECT * FROM filtered.copy;	-- the condition does not fit the copy: closed
RESET ROLE;
SELECT part, access, regions, reason FROM pdauth.explain_access('filtered.visit', 'regress_filter_reader') WHERE part IN ('relation', 'rows');
SELECT relation, resource, region FROM pdauth.protected_relation WHERE relation::text LIKE 'filtered.copy';
GRANT SELECT ON filtered.mine TO regress_filter_both;
SET ROLE regress_filter_keeper;
SELECT count(*) FROM filtered.visit;
RESET ROLE;

-- who reads through the licensee's view is held to both
INSERT INTO pdauth.license (licensee, scope, basis, row_filter) VALUES
  ('regress_filter_both', '{read on health/visit(id,clinic) for p in CN during [2020-01-01,) level general}', 'Q-2', 'id > 1');
SET ROLE regress_filter_both;
SELECT id FROM filtered.visit ORDER BY id;
SELECT id FROM filtered.mine ORDER BY id;
RESET ROLE;

-- different conditions are not added up, but for a declared purpose
INSERT INTO pdauth.license (licensee, scope, basis) VALUES
  ('regress_filter_reader', '{read on health/visit(id) for q in 530100 during [2020-01-01,) level general}', 'Q-3');
SET ROLE regress_filter_reader;
SELECT count(*) FROM filtered.visit;
SET pdauth.purpose = 'q';
SELECT count(*) FROM filtered.visit;
SET pdauth.purpose = 'p';
SELECT count(*) FROM filtered.visit;
RESET pdauth.purpose;
RESET ROLE;
UPDATE pdauth.license SET revoke_reason = 'over' WHERE basis = 'Q-3';
INSERT INTO pdauth.license (licensee, scope, basis) VALUES
  ('regress_filter_reader', '{read on health/visit(id) for p in 530100 during [2020-01-01,) level general}', 'Q-4');
SET ROLE regress_filter_reader;
SELECT count(*) FROM filtered.visit;
EXECUTE visits;
RESET ROLE;
UPDATE pdauth.license SET revoke_reason = 'over' WHERE basis = 'Q-4';
SET ROLE regress_filter_reader;
EXECUTE visits;
RESET ROLE;

-- a condition that does not fit, or does too much, closes the table
UPDATE pdauth.license SET revoke_reason = 'over' WHERE basis IN ('Q-1', 'Q-2');
CREATE FUNCTION filtered.forge(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
ALTER FUNCTION filtered.forge(text) OWNER TO regress_filter_reader;
CREATE FUNCTION filtered.try(condition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE issued bigint; answer text;
BEGIN
  INSERT INTO pdauth.license (licensee, scope, basis, row_filter) VALUES ('regress_filter_reader', '{read on health/visit(id) for p in CN during [2020-01-01,) level general}', 'try', condition) RETURNING license_id INTO issued;
  PERFORM set_config('role', 'regress_filter_reader', true);
  BEGIN
    EXECUTE 'SELECT count(*)::text FROM filtered.visit' INTO answer;
  EXCEPTION WHEN OTHERS THEN answer := SQLSTATE || ' ' || SQLERRM;
  END;
  PERFORM set_config('role', 'none', true);
  UPDATE pdauth.license SET revoke_reason = 'tried' WHERE license_id = issued;
  RETURN answer;
END $$;
SELECT c, filtered.try(c) FROM unnest(ARRAY['true', 'clinic IS NOT NULL', 'nowhere = 1', 'true) OR (true', 'true; DROP TABLE filtered.visit', '1', 'random() < 1', 'EXISTS (SELECT FROM filtered.visit)', 'filtered.forge(clinic)', 'count(*) > 0', 'visit.id = 1', 'patient::int > 0', 'NULL']) AS c;
\set VERBOSITY terse
INSERT INTO pdauth.license (licensee, scope, basis, row_filter) VALUES ('regress_filter_reader', '{read on health/visit(id) for p in CN during [2020-01-01,) level general}', 'Q', ' ');
UPDATE pdauth.license SET row_filter = 'true' WHERE basis = 'Q-1';
\set VERBOSITY default

-- materialized views are read by masked views
CREATE MATERIALIZED VIEW filtered.summary AS SELECT 1 AS id, 'A'::text AS clinic UNION ALL SELECT 2, 'B';
SELECT pdauth.protect('filtered.summary', 'health/summary', region => '530100');
SELECT pdauth.create_masked_view('filtered.summary', 'filtered.summary_view');
GRANT SELECT ON filtered.summary_view TO regress_filter_reader;
INSERT INTO pdauth.license (licensee, scope, basis, row_filter) VALUES ('regress_filter_reader', '{read on health/summary(*) for p in CN during [2020-01-01,) level general}', 'Q-5', 'clinic = ''B''');
SET ROLE regress_filter_reader;
SELECT * FROM filtered.summary_view;
RESET ROLE;

UPDATE pdauth.license SET revoke_reason = 'end of test' WHERE revoked_at IS NULL AND licensee::text LIKE 'regress_filter%';
UPDATE pdauth.custodian SET end_reason = 'end of test' WHERE ended_at IS NULL AND custodian::text LIKE 'regress_filter%';
DROP SCHEMA filtered CASCADE;
