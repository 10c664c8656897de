-- What EXPLAIN tells: to those who may see everything what it tells of an
-- unprotected table, to others nothing about the rows they do not see.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET max_parallel_workers_per_gather = 0;
CREATE ROLE regress_plan_owner NOLOGIN;
CREATE ROLE regress_plan_custodian NOLOGIN;
CREATE ROLE regress_plan_licensee NOLOGIN;
CREATE ROLE regress_plan_region NOLOGIN;
CREATE SCHEMA bare;
CREATE SCHEMA guarded;
GRANT USAGE ON SCHEMA bare, guarded TO PUBLIC;
SELECT format($$
  CREATE TABLE %1$I.person (person_id integer PRIMARY KEY, division char(6) NOT NULL, secret text, height integer);
  INSERT INTO %1$I.person SELECT n, CASE WHEN n %% 2 = 0 THEN '532901' ELSE '530102' END, 'canary' || n, n %% 50 FROM generate_series(1, 1000) AS n;
  CREATE INDEX person_secret ON %1$I.person (secret);
  CREATE TABLE %1$I.visit (visit_id integer PRIMARY KEY, person_id integer REFERENCES %1$I.person, division char(6) NOT NULL, at date NOT NULL) ;
  INSERT INTO %1$I.visit SELECT n, 1 + n %% 1000, '532901', date '2026-01-01' + n %% 90 FROM generate_series(1, 3000) AS n;
  CREATE INDEX visit_person ON %1$I.visit (person_id);
  CREATE TABLE %1$I.event (event_id integer, at date NOT NULL, division char(6) NOT NULL, PRIMARY KEY (event_id, at)) PARTITION BY RANGE (at);
  CREATE TABLE %1$I.event_1 PARTITION OF %1$I.event FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
  CREATE TABLE %1$I.event_2 PARTITION OF %1$I.event FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
  INSERT INTO %1$I.event SELECT n, date '2026-01-01' + n %% 50, '532901' FROM generate_series(1, 500) AS n;
  CREATE VIEW %1$I.adult AS SELECT * FROM %1$I.person WHERE height > 10;
  CREATE FUNCTION %1$I.people(lowest integer) RETURNS SETOF %1$I.person LANGUAGE sql STABLE AS 'SELECT * FROM %1$I.person WHERE person_id >= lowest';
  GRANT ALL ON ALL TABLES IN SCHEMA %1$I TO PUBLIC;
  ALTER VIEW %1$I.adult OWNER TO regress_plan_owner;
$$, schema) FROM (VALUES ('bare'), ('guarded')) AS s(schema) \gexec
VACUUM ANALYZE bare.person, bare.visit, bare.event, guarded.person, guarded.visit, guarded.event;
SELECT pdauth.protect('guarded.person', 'explain/person', region_column => 'division');
SELECT pdauth.mask('guarded.person', 'secret', 'VALUE NULL', level => 'important');
SELECT pdauth.protect('guarded.visit', 'explain/visit', region_column => 'division');
SELECT pdauth.protect('guarded.event', 'explain/event', region_column => 'division');
INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES
  ('regress_plan_custodian', 'explain', 'test'), ('regress_plan_owner', 'explain', 'test');
INSERT INTO pdauth.license (licensee, scope, basis) VALUES
  ('regress_plan_licensee', '{read on explain(*) for test in * during [2026-01-01,) level core}', 'test'),
  ('regress_plan_region', '{read on explain(*) for test in 532900 during [2026-01-01,) level core}', 'test');

-- The plan as a role gets it, with costs and all, without the schema's name.
CREATE FUNCTION plan_of(query text, schema text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  line text;
  plan text := '';
BEGIN
  PERFORM set_config('search_path', schema, true);
  FOR line IN EXECUTE 'EXPLAIN (VERBOSE) ' || query LOOP
    plan := plan || replace(line, schema || '.', '') || E'\n';
  END LOOP;
  RETURN plan;
END
$$;
CREATE TEMP TABLE queries (number serial, query text);
GRANT SELECT ON queries TO PUBLIC;
INSERT INTO queries (query) VALUES
  ('SELECT * FROM person'),
  ('SELECT * FROM person WHERE person_id = 3'),
  ('SELECT secret FROM person WHERE secret = ''canary7'' AND height < 3'),
  ('SELECT * FROM person WHERE secret LIKE ''canary1%'' ORDER BY secret LIMIT 5'),
  ('SELECT p FROM person AS p ORDER BY height'),
  ('SELECT ctid, tableoid, * FROM person WHERE ctid = ''(0,1)'''),
  ('SELECT * FROM person JOIN visit USING (person_id) WHERE at = ''2026-02-02'''),
  ('SELECT p.secret, v.at FROM person AS p LEFT JOIN visit AS v ON v.person_id = p.person_id AND v.at > ''2026-03-01'' WHERE p.height = 3'),
  ('SELECT division, count(*) FROM person GROUP BY ROLLUP (division)'),
  ('SELECT * FROM person WHERE person_id IN (SELECT person_id FROM visit WHERE at < ''2026-01-03'')'),
  ('SELECT (SELECT max(at) FROM visit AS v WHERE v.person_id = p.person_id) FROM person AS p'),
  ('WITH p AS MATERIALIZED (SELECT * FROM person) SELECT * FROM p WHERE height = 1'),
  ('SELECT rank() OVER (PARTITION BY division ORDER BY height) FROM person'),
  ('SELECT * FROM person TABLESAMPLE system (10)'),
  ('SELECT * FROM event WHERE at = ''2026-02-03'''),
  ('SELECT * FROM event ORDER BY event_id, at'),
  ('SELECT * FROM event_1 WHERE event_id = 3'),
  ('SELECT * FROM adult WHERE person_id = 3'),
  ('SELECT * FROM people(990) WHERE height = 3'),
  ('SELECT * FROM person WHERE height = 3 FOR UPDATE'),
  ('SELECT secret FROM person UNION SELECT division FROM visit');
SET ROLE regress_plan_custodian;
SELECT query FROM queries WHERE plan_of(query, 'bare') <> plan_of(query, 'guarded') ORDER BY number;
SET ROLE regress_plan_licensee;
SELECT query FROM queries WHERE plan_of(query, 'bare') <> plan_of(query, 'guarded') ORDER BY number;
-- the comparison can fail
SET ROLE regress_plan_region;
SELECT count(*) FROM queries WHERE plan_of(query, 'bare') <> plan_of(query, 'guarded');

-- A hidden row with a known key: nothing says that it is there.
RESET ROLE;
CREATE FUNCTION analyzed(query text, options text DEFAULT '') RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  line text;
BEGIN
  FOR line IN EXECUTE format('EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF %s) ', options) || query LOOP
    -- 18 counts rows with decimals and searches of an index, and shows buffers
    CONTINUE WHEN line LIKE '%Index Searches: %' OR line LIKE '%Buffers: %' OR line = 'Planning:';
    RETURN NEXT regexp_replace(line, 'rows=(\d+)\.00', 'rows=\1');
  END LOOP;
END
$$;
CREATE FUNCTION counted(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  plan text;
BEGIN
  EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, SUMMARY OFF, FORMAT json) ' || query INTO plan;
  RETURN QUERY SELECT m[1] FROM regexp_matches(split_part(plan, '"Planning"', 1), '("[A-Z][A-Za-z ]*": [1-9]\d*)', 'g') AS m;
END
$$;
SET ROLE regress_plan_region;
SELECT analyzed('SELECT person_id FROM bare.person WHERE person_id = 3 AND division LIKE ''5329%''');
SELECT analyzed('SELECT person_id FROM guarded.person WHERE person_id = 3');
SELECT analyzed('SELECT person_id FROM guarded.person WHERE person_id = 100003');
SELECT count(*) > 5 AS of_others FROM counted('SELECT * FROM bare.person WHERE person_id = 3');
SELECT counted('SELECT * FROM guarded.person WHERE person_id = 3');
SET enable_indexscan = off;
SET enable_seqscan = off;
SELECT analyzed('SELECT person_id FROM guarded.person WHERE person_id = 3');
SELECT counted('SELECT person_id FROM guarded.person WHERE person_id = 3');
RESET enable_indexscan;
RESET enable_seqscan;
SELECT analyzed('SELECT count(*) FROM guarded.person');
-- a plan in the cache keeps its estimates for those who execute it
SET plan_cache_mode = force_generic_plan;
PREPARE by_key (integer) AS SELECT person_id FROM guarded.person WHERE person_id = $1;
EXPLAIN EXECUTE by_key (3);
SELECT analyzed('EXECUTE by_key (3)');
EXECUTE by_key (4);
RESET plan_cache_mode;
-- what other tables of the plan count is shown
SELECT analyzed('SELECT person_id FROM guarded.person JOIN bare.visit USING (person_id) WHERE person_id = 4 AND visit.visit_id % 2000 = 3');
-- in parallel workers
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 1;
SELECT analyzed('SELECT count(*) FROM guarded.person WHERE height = 7', ', VERBOSE');
RESET ROLE;
UPDATE pdauth.license SET revoke_reason = 'end of test' WHERE revoked_at IS NULL AND licensee::text LIKE 'regress_plan_%';
UPDATE pdauth.custodian SET end_reason = 'end of test' WHERE ended_at IS NULL AND custodian::text LIKE 'regress_plan_%';
