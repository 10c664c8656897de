-- The GIN operator class finds exactly what a sequential scan finds.
SET search_path = pg_catalog, pdauth, pg_temp;
CREATE TEMP TABLE licensed AS
SELECT n AS id,
       make_scope(CASE n % 4 WHEN 0 THEN ARRAY['read', 'trade'] WHEN 1 THEN ARRAY['derive'] ELSE ARRAY['read'] END,
                  CASE n % 11 WHEN 0 THEN ARRAY['*'] ELSE ARRAY['a' || n % 3 || CASE n % 5 WHEN 0 THEN '' ELSE '/b' || n % 7 END] END,
                  CASE n % 3 WHEN 0 THEN ARRAY['*'] WHEN 1 THEN ARRAY['x'] ELSE ARRAY['x', 'y'] END,
                  CASE n % 13 WHEN 0 THEN ARRAY['*'] ELSE ARRAY['p' || n % 2, 'p' || n % 2 || '/q' || n % 5] END,
                  CASE n % 17 WHEN 0 THEN ARRAY['*'] WHEN 1 THEN ARRAY['CN'] WHEN 2 THEN ARRAY['530000'] WHEN 3 THEN ARRAY['810000']
                              WHEN 4 THEN ARRAY['441900', '530102001'] ELSE ARRAY['53010' || n % 3, '530' || 1 + n % 9 || '00'] END,
                  CASE n % 6 WHEN 0 THEN '{(,)}' WHEN 1 THEN '{(,2026-06-01)}' WHEN 2 THEN '{[2026-03-01,)}'
                             ELSE '{[2026-01-01,2026-04-01),[2026-05-01,2026-08-01)}' END::datemultirange,
                  CASE n % 5 WHEN 0 THEN 'core' WHEN 1 THEN 'important' ELSE 'general' END)
       + CASE n % 2 WHEN 0 THEN '{derive on a1/b1(y) for p1 in 530100 during [2026-01-01,) level general}' ELSE '{}' END::license_scope AS scope
  FROM generate_series(1, 3000) AS n;
INSERT INTO licensed VALUES (0, '{}'), (-1, NULL);
CREATE TEMP TABLE request AS
SELECT row_number() OVER () AS id, request FROM (
  SELECT scope_point(path, ARRAY[col], action, purpose, region, day, level) AS request
    FROM unnest(ARRAY['a1', 'a1/b1', 'a2/b3/c', 'a11', '*']) AS path, unnest(ARRAY['x', '*']) AS col,
         unnest(ARRAY['read', 'derive', 'trade']) AS action, unnest(ARRAY['p1', 'p0/q2/r', '*']) AS purpose,
         unnest(ARRAY['*', 'CN', '530000', '530102001002', '441900003', '810000']) AS region,
         unnest(ARRAY[date '2026-01-01', '2026-04-15', '2030-01-01', '0001-01-01', '60000-01-01']) AS day,
         unnest(ARRAY['general', 'core']) AS level
  UNION ALL SELECT '{}'
  UNION ALL SELECT '{read on a1(*) for p1 in 530102 during (,) level general}'
  UNION ALL SELECT '{read,derive on a1/b1(x,y) for p1 in 530102 during [2026-01-01,2026-03-01) level general}'
  UNION ALL SELECT '{read on a1(x) for p1 in 530102 during [2026-01-01,2026-03-01) level general; derive on a1/b1(y) for p1/q1 in 530100 during [2026-02-01,2026-03-01) level general}'
) AS requests;

-- What the sequential scan says.
SET enable_seqscan = on;
CREATE TEMP TABLE truth AS
SELECT r.id, count(*) AS licenses, sum(l.id) AS checksum FROM request AS r JOIN licensed AS l ON l.scope @> r.request GROUP BY r.id;
SELECT count(*) AS requests, count(t.id) AS permitted, max(t.licenses) AS most FROM request AS r LEFT JOIN truth AS t USING (id);

CREATE INDEX licensed_scope ON licensed USING gin (scope) WITH (fastupdate = off);
ANALYZE licensed;
SET enable_seqscan = off;
EXPLAIN (COSTS off) SELECT id FROM licensed WHERE scope @> '{read on a1/b1(x) for p1 in 530102 during [2026-01-02,2026-01-03) level general}';
EXPLAIN (COSTS off) SELECT id FROM licensed WHERE '{read on a1/b1(x) for p1 in 530102 during [2026-01-02,2026-01-03) level general}' <@ scope;
CREATE TEMP TABLE found AS
SELECT r.id, l.licenses, l.checksum
  FROM request AS r, LATERAL (SELECT count(*) AS licenses, sum(id) AS checksum FROM licensed WHERE scope @> r.request OFFSET 0) AS l
 WHERE l.licenses > 0;
(TABLE truth EXCEPT TABLE found) UNION ALL (TABLE found EXCEPT TABLE truth);

-- New and changed licenses are found, revoked ones are not.
INSERT INTO licensed VALUES (5000, '{publish on z/z(z) for z in 530102 during [2026-01-01,2026-02-01) level general}');
SELECT id FROM licensed WHERE scope @> scope_point('z/z', ARRAY['z'], 'publish', 'z', '530102', '2026-01-31', 'general');
UPDATE licensed SET scope = scope * '{publish on *(*) for * in * during (,2026-01-31) level core}' WHERE id = 5000;
SELECT id FROM licensed WHERE scope @> scope_point('z/z', ARRAY['z'], 'publish', 'z', '530102', '2026-01-31', 'general');
SELECT id FROM licensed WHERE scope @> scope_point('z/z', ARRAY['z'], 'publish', 'z', '530102', '2026-01-30', 'general');

-- The planner expects few rows for a narrow request and many for the empty one.
CREATE FUNCTION pg_temp.expected_rows(query text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
  RETURN plan -> 0 -> 'Plan' ->> 'Plan Rows';
END $$;
SELECT pg_temp.expected_rows($$SELECT * FROM licensed WHERE scope @> '{trade on z(*) for z in 530102 during [2026-01-02,2026-01-03) level core}'$$) < 100 AS narrow,
       pg_temp.expected_rows($$SELECT * FROM licensed WHERE scope @> '{}'$$) > 1000 AS all_of_them;
