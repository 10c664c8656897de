-- Every value that some role must not see carries a canary: canary<place><row>
-- as text, 77<place>0000 + 37 * row as number (a sum with small numbers is none), the
-- first day of a year after 2900 as date.
INSERT INTO person (id, division, name, secret, salary, born, tags, detail, extra)
SELECT n, CASE WHEN n % 2 = 0 THEN '5329' || to_char(n % 3, 'FM00') ELSE '5301' || to_char(n % 3, 'FM00') END,
       'canaryname' || to_char(n, 'FM00'), 'canarysecret' || to_char(n, 'FM00'), 7710000 + 37 * n, make_date(2900 + n, 1, 1),
       ARRAY['canarytag' || to_char(n, 'FM00'), 'tag'], jsonb_build_object('key', 'canarydetail' || to_char(n, 'FM00')),
       'canaryextra' || to_char(n, 'FM00')
  FROM generate_series(1, 10) AS n;
INSERT INTO visit SELECT n, 1 + n % 12, '532900', 7720000 + 37 * n, 'canarydiagnosis' || to_char(n, 'FM00'), make_date(2026, 1, n)
  FROM generate_series(1, 14) AS n;
INSERT INTO event SELECT n, make_date(2025 + n % 2, 1, 1 + n), CASE WHEN n % 3 = 0 THEN '532901' ELSE '530102' END,
       'canarypayload' || to_char(n, 'FM00'), 7730000 + 37 * n
  FROM generate_series(1, 12) AS n;
INSERT INTO asset SELECT n, CASE WHEN n % 2 = 0 THEN '532900' ELSE '110000' END, 'canarylabel' || to_char(n, 'FM00'), 7740000 + 37 * n
  FROM generate_series(1, 5) AS n;
INSERT INTO asset_car SELECT n, CASE WHEN n % 2 = 0 THEN '532923' ELSE '110101' END, 'canarylabel' || to_char(n, 'FM00'), 7740000 + 37 * n,
       'canaryplate' || to_char(n, 'FM00')
  FROM generate_series(6, 10) AS n;
