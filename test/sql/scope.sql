-- The type license_scope: text form, errors, algebra beyond the worked examples.
SET search_path = pdauth, pg_catalog, pg_temp;
\pset format unaligned
\pset tuples_only on

-- Canonical text: grouping, order, quoting, NFC, padded codes, ranges.
SELECT '{read on b,a,a/x(*) for p in 530000 during [2026-01-01,2027-01-01) level general}'::license_scope;
SELECT '{read on a(y) for p in 530300 during [2026-01-01,2027-01-01) level general; read on a(y) for p in 530100 during [2026-01-01,2027-01-01) level general}'::license_scope;
SELECT '{read on a(y) for p in 530000 during [2026-01-01,2026-02-01),[2026-03-01,2026-04-01) level general; read on a(y) for p in 530000 during [2026-03-01,2026-03-15) level core}'::license_scope;
SELECT '{read on "level"/"a/b"/"say ""no"""("*x",on_,"for") for "in" in * during (,) level core}'::license_scope;
SELECT '{read on *(*) for * in 530102000000,530000000,CN during (2026-01-01,2026-12-31] level core}'::license_scope;
SELECT E'{ read\n,derive on a / b ( c , d ) for p in 530102001 during [ , 2027-01-01 ) level general }'::license_scope;
SELECT E'{read on caf\u0065\u0301(*) for p in CN during [2026-01-01,) level general}'::license_scope
     = E'{read on caf\u00e9(*) for p in CN during [2026-01-01,) level general}'::license_scope AS nfc;
SELECT '{read on a(*) for p in CN during [9999-12-31,9999-12-31] level general}'::license_scope;
SELECT '{read on a(*) for p in CN during [0001-01-01,0001-01-02) level general}'::license_scope;

-- Text out is text in.
SELECT count(*), bool_and(scope::text::license_scope = scope AND scope::text::license_scope::text = scope::text)
  FROM unnest(ARRAY[
    '{read on b,a,a/x(*) for p in 530000 during [2026-01-01,2027-01-01) level general}',
    '{read on "level"/"a/b"/"say ""no"""("*x",on_,"for") for "in" in * during (,) level core}',
    '{read,trade on a(x,y) for p in 530102001,530102002003,441900003 during [2026-01-01,) level important}',
    '{publish on a(x,y) for p/q,p/r in 530100,810000 during [2026-01-01,2026-02-01),[2026-03-01,2026-04-01) level core; read on a(x) for p in * during (,2027-01-01) level general}'
  ]::license_scope[]) AS scope;

-- Errors: SQLSTATE, position, hint.
\set VERBOSITY default
\set ON_ERROR_STOP off
SELECT ''::license_scope;
SELECT '{read on a(*) for p in CN during [2026-01-01,) level general'::license_scope;
SELECT '{read on a(*) for p in CN during [2026-01-01,) level general} x'::license_scope;
SELECT '{read on a(*) for p in CN during [2026-01-01,) level secret}'::license_scope;
SELECT '{Read on a(*) for p in CN during [2026-01-01,) level general}'::license_scope;
SELECT '{* on a(*) for p in CN during [2026-01-01,) level general}'::license_scope;
SELECT '{read on a() for p in CN during [2026-01-01,) level general}'::license_scope;
SELECT '{read on a(*,x) for p in CN during [2026-01-01,) level general}'::license_scope;
SELECT '{read on a/(*) for p in CN during [2026-01-01,) level general}'::license_scope;
SELECT '{read on for(*) for p in CN during [2026-01-01,) level general}'::license_scope;
SELECT '{read on a(年龄，性别) for p in CN during [2026-01-01,) level general}'::license_scope;
SELECT '{read on a("*") for p in CN during [2026-01-01,) level general}'::license_scope;
SELECT E'{read on "a\u0001b"(*) for p in CN during [2026-01-01,) level general}'::license_scope;
SELECT E'{read on "a\u0085b"(*) for p in CN during [2026-01-01,) level general}'::license_scope;
SELECT E'{read on "a\u202Eb"(*) for p in CN during [2026-01-01,) level general}'::license_scope;
SELECT E'{read on a\u00ADb(*) for p in CN during [2026-01-01,) level general}'::license_scope;
SELECT '{read on ""(*) for p in CN during [2026-01-01,) level general}'::license_scope;
SELECT '{read on "a(*) for p in CN during [2026-01-01,) level general}'::license_scope;
SELECT '{read on a(*) for p in cn during [2026-01-01,) level general}'::license_scope;
SELECT '{read on a(*) for p in 5301021 during [2026-01-01,) level general}'::license_scope;
SELECT '{read on a(*) for p in 530000001 during [2026-01-01,) level general}'::license_scope;
SELECT '{read on a(*) for p in 030000 during [2026-01-01,) level general}'::license_scope;
SELECT '{read on a(*) for p in CN during [today,) level general}'::license_scope;
SELECT '{read on a(*) for p in CN during [2026-02-29,) level general}'::license_scope;
SELECT '{read on a(*) for p in CN during [01/02/2026,) level general}'::license_scope;
SELECT '{read on a(*) for p in CN during 2026-01-01 level general}'::license_scope;
SELECT ('{read on ' || repeat('a/', 15) || 'a(*) for p in CN during [2026-01-01,) level general}')::license_scope;
SELECT ('{read on ' || repeat('a', 256) || '(*) for p in CN during [2026-01-01,) level general}')::license_scope;
SELECT ('{read on ' || string_agg('a' || n, ',') || '(*) for p in CN during [2026-01-01,) level general}')::license_scope
  FROM generate_series(1, 513) AS n;
SELECT count(*) FROM grants((SELECT ('{read on ' || string_agg('a' || n, ',') || '(*) for p in CN during [2026-01-01,) level general}')::license_scope
  FROM generate_series(1, 512) AS n));
SELECT ('{read on a(' || string_agg('c' || n, ',') || ') for p in CN during [2026-01-01,) level general}')::license_scope FROM generate_series(1, 8193) AS n;
SELECT length(('{read on a(' || string_agg('"c ' || n || '"', ',') || ') for p in CN during [2026-01-01,) level general}')::license_scope::text) FROM generate_series(1, 5000) AS n;
SELECT '{read on a(*) for p in CN during (5874897-12-31,] level general}'::license_scope;
SELECT '{read on a(*) for p in CN during [,5874897-12-31] level general}'::license_scope;
SELECT '{read on "a""(*) for p in CN during [2026-01-01,) level general}'::license_scope;

-- A value does not depend on the session's date settings.
SET DateStyle = 'German, DMY';
SET TimeZone = 'America/New_York';
SELECT '{read on a(*) for p in CN during [2026-01-02,2026-03-04) level general}'::license_scope;
RESET DateStyle;
RESET TimeZone;

-- Trees: the mainland, the world, cities without counties.
SELECT code, division_contains('*', code) AS world, division_contains('CN', code) AS mainland,
       division_contains('530000', code) AS yunnan, division_contains('441900', code) AS dongguan
  FROM unnest(ARRAY['*', 'CN', '530000', '530102', '530102001', '530102001002', '530102000000', '441900003', '710000', '810000', '820000', '910000', '530003', '53010', 'x', '']) AS code;
SELECT division_contains(ARRAY['530100', NULL, 'bad', '440000'], code) AS listed
  FROM unnest(ARRAY['530102', '530300', '441900003', 'bad', NULL]) AS code;
SELECT code FROM unnest(ARRAY['530102', '530300', '441900003', 'bad']) AS code
 WHERE division_contains((SELECT array_agg(d) FROM unnest(ARRAY['530300']) AS d), code);
SELECT division_contains(ancestors, '530102')
  FROM (VALUES (ARRAY['530100']), (ARRAY['440000']), (ARRAY['530000'])) AS v (ancestors);
-- ... a variable of PL/pgSQL is none: the call site stays while it changes
DO $$
DECLARE
  one text;
  many text[];
BEGIN
  FOREACH one IN ARRAY '{110000,530000,bad,CN}'::text[] LOOP
    many := ARRAY[one];
    RAISE NOTICE '%: % %', one, division_contains(one, '530102'), division_contains(many, '530102');
  END LOOP;
END $$;

-- Laws that hold for every pair.
CREATE TEMP TABLE sample AS SELECT row_number() OVER () AS id, scope FROM unnest(ARRAY[
  '{}',
  '{read on a(*) for p in CN during [2026-01-01,2027-01-01) level general}',
  '{read on a/b(x,y) for p/q in 530000 during [2026-01-01,2027-01-01) level important}',
  '{read,derive on a/b(x) for p/q in 530100 during [2026-06-01,2028-01-01) level core; read on a/c(*) for p in 530100 during [2026-01-01,) level general}',
  '{derive on *(y,z) for * in * during (,) level core}',
  '{read,export on a(x,y) for p in 530100,810000 during [2026-01-01,2026-02-01),[2026-03-01,2026-04-01) level core}',
  '{read on a(*) for p/q in 530100,530300 during [2026-01-01,2026-05-01) level core}'
]::license_scope[]) AS scope;
SELECT count(*) AS pairs,
       bool_and(a + b = b + a) AS union_commutes,
       bool_and(a * b = b * a) AS intersection_commutes,
       bool_and((a + b) @> a AND (a + b) @> b) AS union_contains,
       bool_and((a * b) <@ a AND (a * b) <@ b) AS intersection_contained,
       bool_and((a && b) = NOT scope_is_empty(a * b)) AS overlap_is_intersection,
       bool_and((a @> b) = (a + b = a)) AS containment_is_absorption,
       bool_and((a @> b) = (a * b = b)) AS containment_is_meet,
       bool_and((a @> b) = scope_is_empty(scope_excess(b, a))) AS excess_is_not_contained,
       bool_and(a + scope_excess(b, a) @> b AND b @> scope_excess(b, a)) AS excess_completes,
       bool_and(a + (a * b) = a AND a * (a + b) = a) AS absorption,
       bool_and((a = b) = (a @> b AND b @> a)) AS antisymmetric,
       bool_and(a <> b OR scope_hash(a) = scope_hash(b)) AS hash_agrees
  FROM (SELECT x.scope AS a, y.scope AS b FROM sample AS x, sample AS y) AS pair;
SELECT bool_and(a * (b + c) = (a * b) + (a * c)) AS distributes
  FROM (SELECT x.scope AS a, y.scope AS b, z.scope AS c FROM sample AS x, sample AS y, sample AS z) AS triple;

-- What is missing.
SELECT scope_excess('{read,export on a(x,y) for p in 530000 during [2026-01-01,2027-01-01) level general}',
                    '{read on a(x,y) for p in 530000 during [2026-01-01,2026-07-01) level general; export on a(x) for p in CN during (,) level core}');

-- Accessors, one point.
\pset tuples_only off
\x on
SELECT * FROM grants('{publish on a,"b c"(x,"y z") for p/q,p/r in 530100,810000 during [2026-01-01,2026-02-01),[2026-03-01,2026-04-01) level core; read on a(*) for p in * during (,2027-01-01) level general}');
\x off
\pset tuples_only on
SELECT scope_point('a/b', ARRAY['y z', 'x', 'x'], 'read', 'p', '530102', '2026-06-01', 'general');
SELECT scope_point('*', ARRAY['*'], 'trade', '*', '*', '2026-06-01', 'core');
SELECT scope_point('a/b', ARRAY[]::text[], 'read', 'p', '530102', '2026-06-01', 'general');
SELECT scope_point('a/b', ARRAY[NULL], 'read', 'p', '530102', '2026-06-01', 'general');
SELECT scope_point('a/b', ARRAY['x'], 'drop', 'p', '530102', '2026-06-01', 'general');
SELECT scope_point('a//b', ARRAY['x'], 'read', 'p', '530102', '2026-06-01', 'general');
SELECT scope_point('a', ARRAY['x'], 'read', 'p', '53', '2026-06-01', 'general');
SELECT scope_point('a', ARRAY['x'], 'read', 'p', '530000', 'infinity', 'general');
SELECT scope_point('a', ARRAY['x'], 'read', 'p', '530000', '2026-06-01', 'Core');
SELECT scope_point('a', ARRAY['x'], 'read', 'p', '530000', '2026-06-01', NULL) IS NULL;

-- Sorting, grouping, uniqueness.
SET enable_seqscan = off;
CREATE UNIQUE INDEX ON sample USING btree (scope);
CREATE INDEX ON sample USING hash (scope);
SELECT count(*) FROM sample WHERE scope = '{derive on *(z,y) for * in * during (,) level core}';
SELECT count(DISTINCT scope) FROM (TABLE sample UNION ALL TABLE sample) AS twice;
RESET enable_seqscan;
