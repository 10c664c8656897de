-- Check digits, each by a valid example, every single wrong character, and shape.
SET search_path = pg_catalog, pdauth, pg_temp;
SELECT code, is_uscc(code), is_uscc_before_2016(code) FROM unnest(ARRAY[
  '91350100M000100Y43',	-- the standard's example
  '91350203M0001QKT19',	-- issued before 2016, fails modulus 31
  '91350100m000100y43', '91350100M000100Y4', '91350100M000100Y433', '9135O100M000100Y43', '91I50100M000100Y43', '', '云350100M000100Y43']) AS code;
SELECT count(*) AS altered, count(*) FILTER (WHERE is_uscc(overlay('91350100M000100Y43' PLACING c FROM p))) AS accepted
  FROM generate_series(1, 18) AS p, unnest(string_to_array('0123456789ABCDEFGHJKLMNPQRTUWXY', NULL)) AS c
 WHERE c <> substr('91350100M000100Y43', p, 1);
-- every remainder is reached, also the one that turns 31 into 0
SELECT count(*) FROM generate_series(0, 30) AS d
 WHERE 1 <> (SELECT count(*) FROM unnest(string_to_array('0123456789ABCDEFGHJKLMNPQRTUWXY', NULL)) AS c
              WHERE is_uscc('91350100M000100' || substr('0123456789ABCDEFGHJKLMNPQRTUWXY', d + 1, 1) || '4' || c));
SELECT number, is_citizen_id(number) FROM unnest(ARRAY[
  '34052419800101001X', '11010519491231002X', '34052419800101001x', '34052419800101001', '340524198001010010', '340524198002300013',
  '340524800101001', '04052419800101001X', '']) AS number;
SELECT count(*) AS altered, count(*) FILTER (WHERE is_citizen_id(overlay('34052419800101001X' PLACING c FROM p))) AS accepted
  FROM generate_series(1, 18) AS p, unnest(string_to_array('0123456789X', NULL)) AS c
 WHERE c <> substr('34052419800101001X', p, 1);
-- the date must exist; the check digits here are right
SELECT is_citizen_id('110105' || day || '002' || c) AS accepted, day
  FROM unnest(ARRAY['20000229', '19000229', '20010229', '20001301', '20000431']) AS day, unnest(string_to_array('0123456789X', NULL)) AS c
 WHERE is_citizen_id('110105' || day || '002' || c) ORDER BY day;

-- Domains do not print what they refuse.
CREATE TEMP TABLE organisation (code uscc, person citizen_id);
INSERT INTO organisation VALUES ('91350100M000100Y43', '34052419800101001X'), (NULL, NULL);
INSERT INTO organisation VALUES ('91350100M000100Y44', NULL);
INSERT INTO organisation VALUES (NULL, '340524198001010011');

-- Division codes: meaning, order, containment, index.
SELECT '530102000000'::division_code, 'CN'::division_code, '530102001'::division_code = '530102001000'::division_code AS same;
SELECT '530003'::division_code;
SELECT '*'::division_code;
SELECT string_agg(code::text, ' ' ORDER BY code) FROM unnest(ARRAY['810000', '530102', 'CN', '530000', '441900003', '530102001', '530100', '441900']::division_code[]) AS code;
SELECT a, string_agg(b::text, ' ' ORDER BY b) AS within
  FROM unnest(ARRAY['CN', '530000', '530100', '530102', '810000']::division_code[]) AS a, unnest(ARRAY['CN', '530000', '530100', '530102', '530102001', '440000', '810000']::division_code[]) AS b
 WHERE a @> b AND b <@ a GROUP BY a ORDER BY a;
SELECT count(*), count(DISTINCT code), count(*) FILTER (WHERE code::text LIKE '%00') AS above_county FROM division;
SELECT p.code, p.name, count(*) - 1 AS counties FROM division AS p JOIN division AS c ON p.code @> c.code
 WHERE p.code::text LIKE '5_%00' AND p.code <> '530000' GROUP BY p.code, p.name ORDER BY p.code;
SELECT bool_and((a.code @> b.code) = division_contains(a.code::text, b.code::text)) FROM division AS a, division AS b WHERE a.code::text LIKE '53_300%';
SET enable_seqscan = off;
SELECT name FROM division WHERE code = '530102000';
SELECT encode(division_code_send('530102000000'), 'escape'), division_code_hash('530102') = division_code_hash('530102000');
-- Rows of one's own replace the shipped ones, as a restore does; those are not lost.
BEGIN;
INSERT INTO division (code, name, source) VALUES ('530102', '五华', 'GB/T 2260'), ('530102001', '华山街道', 'statistics bureau');
UPDATE division SET source = 'renamed', shipped = true WHERE code = '530103';
SELECT code, name, source, shipped FROM division WHERE code::text ~ '^53010[2-3]' OR code = '530111' ORDER BY code;
DELETE FROM division WHERE code = '530102001';
DELETE FROM division WHERE code = '530111';
ROLLBACK;
