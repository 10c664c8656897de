-- Masks: shapes, short and odd input, length limits.
SELECT v, pdauth.mask_name(v) FROM (VALUES ('张三'), ('欧阳建国'), ('李'), (''), ('Anna'), (' '), (NULL)) AS t (v);
SELECT v, pdauth.mask_citizen_id(v) FROM (VALUES ('34052419800101001X'), ('340524800101001'), ('1234567'), ('12345678'), (''), (NULL)) AS t (v);
SELECT v, pdauth.mask_mobile(v) FROM (VALUES ('13812345678'), ('+8613812345678'), ('1234567'), ('138'), (''), (NULL)) AS t (v);
SELECT h, t, pdauth.mask_text('云南省大理州', h, t) FROM (VALUES (0, 0), (2, 1), (3, 3), (-5, 2), (2147483647, 2147483647), (6, 0), (5, 0)) AS x (h, t);
-- The number of characters does not change, so varchar(n) and char(n) fit.
SELECT bool_and(length(pdauth.mask_name(repeat('龘', n))) = n) AS same_length FROM generate_series(0, 300) AS n;
SELECT length(pdauth.mask_citizen_id('34052419800101001X'::char(18))::char(18));
-- Telephones, cards, plates, e-mail, social credit codes.
SELECT v, pdauth.mask_landline(v) FROM (VALUES ('0871-63123456'), ('010-12345678'), ('(021) 1234567'), ('63123456'), ('+86 871 63123456'), ('0871-63123456-8001'), ('0871-631234'), ('0'), ('0871-6312345x'), ('０８７１６３１２３４５６'), (''), (NULL)) AS t (v);
SELECT v, pdauth.mask_bank_card(v) FROM (VALUES ('6222021234567890'), ('6222 0212 3456 7890 123'), ('622202-123456789'), ('1234567890123'), ('123456789012'), ('62220212345678901234'), ('6222021234567890x'), ('卡6222021234567890'), (''), (NULL)) AS t (v);
SELECT v, pdauth.mask_plate(v) FROM (VALUES ('云A12345'), ('云AD12345'), ('云A·12345'), ('云A1234'), ('ABCDEFG'), (''), (NULL)) AS t (v);
SELECT v, pdauth.mask_email(v) FROM (VALUES ('zhang.san@example.com'), ('z@example.com'), ('张三@例子.中国'), ('a@b@example.com'), ('@example.com'), ('zhang@'), ('zhang'), ('@'), (''), (NULL)) AS t (v);
SELECT v, pdauth.mask_uscc(v) FROM (VALUES ('91530100MA6K12345X'), ('91530100MA6K12345'), ('91530100MA6K12345X1'), ('91530100MA6K1234-X'), ('91530100MA6K123云'), (''), (NULL)) AS t (v);
-- A mask is never longer than its value, in characters or bytes.
SELECT count(*) AS longer FROM generate_series(0, 40) AS n, (VALUES ('1'), ('龘'), ('a@'), ('é ')) AS c (c),
  LATERAL (VALUES (repeat(c, n))) AS t (v),
  LATERAL (VALUES (pdauth.mask_landline(v)), (pdauth.mask_bank_card(v)), (pdauth.mask_plate(v)), (pdauth.mask_email(v)), (pdauth.mask_uscc(v)), (pdauth.mask_address(v, 'county'))) AS m (m)
 WHERE length(m) > length(v) OR octet_length(m) > octet_length(v);
-- Compressed and out-of-line values are masked like others.
CREATE TEMP TABLE long_text (v text);
INSERT INTO long_text VALUES (repeat('1', 100000));
ALTER TABLE long_text ALTER v SET STORAGE EXTERNAL;
INSERT INTO long_text VALUES (repeat('龘', 50000));
SELECT length(v), pdauth.mask_text(v, 1, 1) = left(v, 1) || repeat('*', length(v) - 2) || right(v, 1) AS ends_kept, pdauth.mask_name(v) = left(v, 1) || repeat('*', length(v) - 1) AS head_kept FROM long_text;

-- Dates: beginning of month, quarter, year; the ends of the range.
SELECT d, pdauth.mask_date(d, 'month') AS month, pdauth.mask_date(d, 'quarter') AS quarter, pdauth.mask_date(d, 'year') AS year
  FROM unnest('{2026-11-25,2024-02-29,2026-01-01,1969-12-31,0001-05-05 BC,4714-11-24 BC,4713-12-31 BC,5874897-12-31,infinity,-infinity,NULL}'::date[]) AS d;
SELECT t, pdauth.mask_date(t, 'month') AS month, pdauth.mask_date(t, 'year') AS year
  FROM unnest('{2026-11-25 13:14:15.5,1999-12-31 23:59:59.999999,4714-11-24 00:00:00 BC,4713-12-31 00:00:00 BC,294276-12-31 23:59:59.999999,infinity,-infinity,NULL}'::timestamp[]) AS t;
SET timezone = 'America/New_York';
-- an instant belongs to the month it has in China, whatever the session's zone
SELECT pdauth.mask_date(timestamptz '2026-11-30 15:59:59.999999+00', 'month') AT TIME ZONE 'Asia/Shanghai' AS november,
       pdauth.mask_date(timestamptz '2026-11-30 16:00:00+00', 'month') AT TIME ZONE 'Asia/Shanghai' AS december,
       pdauth.mask_date(timestamptz '2026-12-31 16:00:00+00', 'quarter') AT TIME ZONE 'Asia/Shanghai' AS next_year,
       pdauth.mask_date(timestamptz 'infinity', 'month') AS infinite,
       pdauth.mask_date(timestamptz '294276-12-31 23:59:59+00', 'year') IS NOT NULL AS last_year;
RESET timezone;
SELECT pdauth.mask_date(date '2026-11-25', unit) AS of_date, pdauth.mask_date(timestamp '2026-11-25', unit) AS of_timestamp FROM (VALUES ('Month'), ('week'), (''), (NULL)) AS u (unit);

-- Numbers: cut towards zero, so that the result always fits.
SELECT v, pdauth.mask_bucket(v::smallint, 1000) FROM unnest('{0,999,1000,-999,-1500,32767,-32768,NULL}'::integer[]) AS v;
SELECT v, pdauth.mask_bucket(v, 1000), pdauth.mask_bucket(v, 2147483647) AS wide FROM unnest('{0,12345,-12345,2147483647,-2147483648,NULL}'::integer[]) AS v;
SELECT v, pdauth.mask_bucket(v, 1000), pdauth.mask_bucket(v, 9223372036854775807) AS wide FROM unnest('{12345,9223372036854775807,-9223372036854775808,NULL}'::bigint[]) AS v;
SELECT v, pdauth.mask_bucket(v, 1000), pdauth.mask_bucket(v, 0.25) AS quarter FROM unnest('{0,12345.67,-99999999.99,0.30,-0.30,1e40,NaN,Infinity,-Infinity,NULL}'::numeric[]) AS v;
SELECT v, pdauth.mask_bucket(v, 1000) FROM unnest('{0,12345.67,-12345.67,1e308,-1e308,NaN,Infinity,-Infinity,NULL}'::float8[]) AS v;
SELECT v, pdauth.mask_bucket(v, 1000) FROM unnest('{12345.67,3.4e38,NaN,Infinity,NULL}'::real[]) AS v;
SELECT width, pdauth.mask_bucket(1::smallint, width) AS int2, pdauth.mask_bucket(1, width) AS int4, pdauth.mask_bucket(1::bigint, width) AS int8,
       pdauth.mask_bucket(1::numeric, width) AS numeric, pdauth.mask_bucket(1::float8, width) AS float8, pdauth.mask_bucket(1::real, width) AS real
  FROM (VALUES (0), (-1), (NULL)) AS w (width);
SELECT pdauth.mask_bucket(1::numeric, w) FROM unnest('{NaN,Infinity,-Infinity}'::numeric[]) AS w;
SELECT pdauth.mask_bucket(1::float8, w), pdauth.mask_bucket(1::real, w) FROM unnest('{NaN,Infinity,-Infinity}'::float8[]) AS w;

-- Networks.
SELECT v, pdauth.mask_ip(v), pdauth.mask_ip(v, 16, 32), pdauth.mask_ip(v, -1, 1000) FROM unnest('{192.168.77.88,10.0.0.0/8,255.255.255.255,2001:db8:1:2:3:4:5:6,2001:db8::/20,::,NULL}'::inet[]) AS v;
SELECT host(pdauth.mask_ip('255.255.255.255', bits)) FROM generate_series(21, 27) AS bits;
SELECT pdauth.mask_ip(cidr '10.1.2.0/24', 16)::cidr;
