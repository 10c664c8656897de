-- Every mask on text of random bytes, whole and cut, in the encoding of this
-- database.  Give rows and seed.  Prints one row for each mask: how many values,
-- how many results break a promise (shows more characters than it may, is
-- longer than its value, is not valid text), and how many errors.
--
-- The values are random bytes, and characters of the kinds that masks look for,
-- cut at any byte; a cast that changes nothing makes text of them without the
-- check that every other way has.
\set ECHO none
SET client_min_messages = warning;
CREATE CAST (bytea AS text) WITHOUT FUNCTION;
CREATE CAST (text AS bytea) WITHOUT FUNCTION;
SELECT setseed(:seed) \gset
-- the same from run to run, whatever the plan
SET max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE fragment (n integer, bytes bytea);
-- Digits, separators and letters; and, in UTF-8 and hexadecimal, so that this
-- file can be read in every encoding: Yunnan Province, Kunming City, Wuhua
-- District, Dali City and Prefecture, Beijing City, the filler for its
-- districts, Guangxi, the endings of counties and townships, road, number,
-- compound, village, surnames, a rare character, accented letters, the
-- beginning of a plate, a wide digit.  Each as far as this encoding can write it.
DO $$
DECLARE
  word text;
BEGIN
  FOREACH word IN ARRAY string_to_array('e4ba91e58d97e79c81 e69886e6988ee5b882 e4ba94e58d8ee58cba e5a4a7e79086e5b882 '
                                                  'e5a4a7e79086e799bde6978fe887aae6b2bbe5b79e e58c97e4baace5b882 e5b882e8be96e58cba e5b9bfe8a5bf e58ebf '
                                                  'e58cba e5b882 e69797 e99587 e4b9a1 e8a197e98193 e88b8fe69ca8 e8b7af e58fb7 e5b08fe58cba e69d91 '
                                                  'e5bca0 e6aca7e998b3 e9be98 c3a9 c3b1 e4ba9141 efbc93', ' ') LOOP
    BEGIN
      INSERT INTO fragment SELECT count(*), convert(decode(word, 'hex'), 'UTF8', getdatabaseencoding()) FROM fragment;
    EXCEPTION WHEN OTHERS THEN
      NULL;	-- not in this encoding
    END;
  END LOOP;
  FOREACH word IN ARRAY string_to_array('0 1 23 138 6222021234567890 0871-63123456 91530100MA6K12345X @ . - ( ) + * a Z zhang example.com', ' ') LOOP
    INSERT INTO fragment SELECT count(*), word::text::bytea FROM fragment;
  END LOOP;
END
$$;
CREATE TEMP TABLE value AS
  SELECT i, substr(CASE i % 3 WHEN 0 THEN substr(sha512(bytes), 1, (random() * 40)::integer) ELSE bytes END, 1 + (i % 5 = 0)::integer * (random() * 3)::integer,
                   CASE WHEN i % 2 = 0 THEN (random() * 30)::integer ELSE 1000 END) AS bytes
    FROM (SELECT i, (SELECT coalesce(string_agg(f.bytes, CASE WHEN i % 7 = 0 THEN '\xff'::bytea ELSE ''::bytea END), '')
                       FROM generate_series(1, (random() * 6)::integer + 0 * i) AS g,
                            LATERAL (SELECT bytes FROM fragment WHERE n = floor((random() + 0 * (g + i)) * (SELECT count(*) FROM fragment))) AS f) || i::text::bytea AS bytes
            FROM generate_series(1, :rows) AS i) AS v;
-- no zero byte: text cannot hold one
UPDATE value SET bytes = (SELECT string_agg(CASE get_byte(bytes, k) WHEN 0 THEN '\x01'::bytea ELSE substr(bytes, k + 1, 1) END, ''::bytea ORDER BY k) FROM generate_series(0, length(bytes) - 1) AS k)
 WHERE position('\x00'::bytea IN bytes) > 0;
-- each mask, and how many characters besides * and separators it may show (NULL: its own check)
CREATE TEMP TABLE mask (name text, call text, shows integer);
INSERT INTO mask VALUES
  ('mask_text 2 1', 'pdauth.mask_text(v, 2, 1)', 3), ('mask_text 0 0', 'pdauth.mask_text(v, 0, 0)', 0), ('mask_text 3 3', 'pdauth.mask_text(v, 3, 3)', 6),
  ('mask_name', 'pdauth.mask_name(v)', 1), ('mask_citizen_id', 'pdauth.mask_citizen_id(v)', 7), ('mask_mobile', 'pdauth.mask_mobile(v)', 7),
  ('mask_landline', 'translate(pdauth.mask_landline(v), '' -()+'', '''')', 6), ('mask_bank_card', 'translate(pdauth.mask_bank_card(v), '' -'', '''')', 10),
  ('mask_plate', 'pdauth.mask_plate(v)', 3), ('mask_email', 'pdauth.mask_email(v)', NULL), ('mask_uscc', 'pdauth.mask_uscc(v)', 8),
  ('mask_address province', 'pdauth.mask_address(v, ''province'')', NULL), ('mask_address prefecture', 'pdauth.mask_address(v, ''prefecture'')', NULL),
  ('mask_address county', 'pdauth.mask_address(v, ''county'')', NULL), ('mask_address township', 'pdauth.mask_address(v, ''township'')', NULL);
CREATE TEMP TABLE outcome (name text, bytes bytea, broken text);
DO $$
DECLARE
  m record;
  v record;
  masked text;
  valid text;
BEGIN
  FOR m IN SELECT * FROM mask LOOP
    FOR v IN EXECUTE format('SELECT bytes FROM value') LOOP
      BEGIN
        EXECUTE replace(format('SELECT %s', m.call), 'v', '$1::text') INTO masked USING v.bytes;
        -- raises where the result is not valid text
        valid := convert_from(masked::bytea, getdatabaseencoding());
        INSERT INTO outcome SELECT m.name, v.bytes,
          CASE WHEN octet_length(masked) > length(v.bytes) THEN 'longer'
               WHEN m.shows IS NOT NULL AND length(replace(valid, '*', '')) > m.shows THEN 'shows too much'
               WHEN m.name = 'mask_email' AND length(replace(regexp_replace(valid, '@[^@]*$', ''), '*', '')) > 1 THEN 'shows too much'
               WHEN m.name LIKE 'mask_address%' AND valid !~ '^\*{0,3}$' AND position(convert_to(valid, getdatabaseencoding()) IN v.bytes) = 0 THEN 'not of the value' END;
      EXCEPTION WHEN OTHERS THEN
        INSERT INTO outcome VALUES (m.name, v.bytes, 'error: ' || SQLERRM);
      END;
    END LOOP;
  END LOOP;
END
$$;
-- Numbers, times and networks: all over their range and at its ends.
CREATE TEMP TABLE number AS
  SELECT i, CASE i % 4 WHEN 0 THEN (random() * 20000 - 10000)::bigint WHEN 1 THEN (('x' || substr(md5(i::text || :seed::text), 1, 16))::bit(64))::bigint
                       WHEN 2 THEN 9223372036854775807 - i ELSE -9223372036854775808 + i END AS n, 1 + (random() * 100000)::bigint AS width
    FROM generate_series(1, :rows) AS i;
CREATE TEMP TABLE result AS
  SELECT 'mask_bucket bigint' AS name, m % width = 0 AND n / width = m / width AND (m BETWEEN 0 AND n OR m BETWEEN n AND 0) AS kept FROM number, pdauth.mask_bucket(n, width) AS m
  UNION ALL SELECT 'mask_bucket integer', m % w = 0 AND (m BETWEEN 0 AND v OR m BETWEEN v AND 0) FROM number, LATERAL (SELECT (n::bit(64)::bit(32))::integer, width::integer) AS x (v, w), pdauth.mask_bucket(v, w) AS m
  UNION ALL SELECT 'mask_bucket smallint', m % w = 0 AND (m BETWEEN 0 AND v OR m BETWEEN v AND 0) FROM number, LATERAL (SELECT (n % 32769)::smallint, width::integer) AS x (v, w), pdauth.mask_bucket(v, w) AS m
  UNION ALL SELECT 'mask_bucket numeric', mod(m, w) = 0 AND (m BETWEEN 0 AND v OR m BETWEEN v AND 0) FROM number, LATERAL (SELECT n::numeric / 1000, width::numeric / 100) AS x (v, w), pdauth.mask_bucket(v, w) AS m
  UNION ALL SELECT 'mask_bucket double', m BETWEEN least(v, 0) AND greatest(v, 0) FROM number, LATERAL (SELECT n::float8 * power(10, i % 280), width::float8) AS x (v, w), pdauth.mask_bucket(v, w) AS m
  UNION ALL SELECT 'mask_date date', m <= d AND extract(day FROM m) = 1 AND d - m < CASE u WHEN 'month' THEN 31 WHEN 'quarter' THEN 92 ELSE 366 END FROM number, (VALUES ('month'), ('quarter'), ('year')) AS k (u), LATERAL (SELECT '4713-01-01 BC'::date + abs(n % 2147400000)::integer) AS x (d), pdauth.mask_date(d, u) AS m
  UNION ALL SELECT 'mask_date timestamptz', m <= t AND date_trunc(u, t AT TIME ZONE '-08') = m AT TIME ZONE '-08' FROM number, (VALUES ('month'), ('quarter'), ('year')) AS k (u), LATERAL (SELECT timestamptz '2026-01-01' + (n % 100000000000) * interval '1 second') AS x (t), pdauth.mask_date(t, u) AS m
  UNION ALL SELECT 'mask_ip', m >>= v OR masklen(m) > masklen(v) FROM number, LATERAL (SELECT ((ARRAY['0.0.0.0/0', '::/0'])[1 + i % 2])::inet + abs(n % 4294967296)) AS y (base), LATERAL (SELECT set_masklen(base, (width % CASE WHEN family(base) = 4 THEN 33 ELSE 129 END)::integer)) AS x (v), pdauth.mask_ip(v, (width % 33)::integer, (width % 129)::integer) AS m;
-- A real address (Wuhua District of Kunming City, Yunnan Province, and a street) where the encoding is known to write it.
INSERT INTO result
  SELECT 'mask_address real', pdauth.mask_address((a || b)::text, 'county')::bytea = CASE WHEN getdatabaseencoding() IN ('UTF8', 'EUC_CN') THEN a ELSE '***'::text::bytea END
    FROM (SELECT CASE getdatabaseencoding() WHEN 'EUC_CN' THEN convert(x, 'UTF8', 'EUC_CN') ELSE x END, CASE getdatabaseencoding() WHEN 'EUC_CN' THEN convert(y, 'UTF8', 'EUC_CN') ELSE y END
            FROM (VALUES ('\xe4ba91e58d97e79c81e69886e6988ee5b882e4ba94e58d8ee58cba'::bytea, '\xe7bfa0e6b996e58d97e8b7af'::bytea)) AS v (x, y)) AS w (a, b);
SELECT name, count(*) AS values, count(broken) FILTER (WHERE broken NOT LIKE 'error%') AS broken, count(broken) FILTER (WHERE broken LIKE 'error%') AS errors FROM outcome GROUP BY name
UNION ALL SELECT name, count(*), count(*) FILTER (WHERE kept IS NOT TRUE), 0 FROM result GROUP BY name ORDER BY 1;
SELECT name, bytes, broken FROM outcome WHERE broken IS NOT NULL LIMIT 10;
