-- Images: what is written reads back, older forms do, and what is no image is refused.
SET client_min_messages = warning;
CREATE DOMAIN image_code AS varchar(8);
CREATE TYPE image_state AS ENUM ('open', 'shut');
CREATE TABLE image_item (id integer PRIMARY KEY, short varchar(10), code image_code, state image_state, long text, raw bytea, at timestamptz(0), price numeric(10,2), extra jsonb, gone text, list integer[]);
ALTER TABLE image_item DROP COLUMN gone;
SELECT pdauth.audit('image_item');
INSERT INTO image_item VALUES (1, 'abc', 'c-1', 'open', repeat('x', 253), '\x00ff', '2026-01-02 03:04:05+08', 1.5, '{"a": [1, null]}', '{1,NULL,3}');
INSERT INTO image_item VALUES (2, '', NULL, 'shut', repeat('y', 254), repeat('z', 70000)::bytea);
SELECT jsonb_pretty(pdauth.audit_image(e) -> 'new') FROM pdauth.audit_entry AS e WHERE relation_name = 'public.image_item' AND operation = 'I' AND pdauth.audit_image(e) #>> '{new,id}' = '1';
SELECT length(image), length(pdauth.audit_image(e) #>> '{new,long}') AS long, length(pdauth.audit_image(e) #>> '{new,raw}') AS raw,
       pdauth.audit_image(e) #>> '{new,short}' = '' AS empty, pdauth.audit_image(e) #> '{new,code}' AS code
  FROM pdauth.audit_entry AS e WHERE relation_name = 'public.image_item' AND operation = 'I' AND pdauth.audit_image(e) #>> '{new,id}' = '2';

-- What an update leaves as it is stands in the image once, also where it is large and out of line.
UPDATE image_item SET short = 'abcd', price = price + 1, list = NULL WHERE id = 1;
UPDATE image_item SET code = 'c-2', long = long || 'y' WHERE id = 2;
UPDATE image_item SET code = NULL WHERE id = 2;
SELECT i.id, length(image) AS length, i.old, i.new, (pdauth.audit_image(e) -> 'old') - '{raw,long}'::text[] AS old_row, (pdauth.audit_image(e) -> 'new') - '{raw,long}'::text[] AS new_row
  FROM pdauth.audit_entry AS e,
       LATERAL (SELECT pdauth.audit_image(e) #>> '{new,id}' AS id, length(pdauth.audit_image(e) #>> '{old,raw}') AS old, length(pdauth.audit_image(e) #>> '{new,raw}') AS new) AS i
 WHERE relation_name = 'public.image_item' AND operation = 'U' ORDER BY made_at;
SELECT count(*) FROM pdauth.audit_entry AS e JOIN image_item AS i ON i.id::text = pdauth.audit_image(e) #>> '{new,id}'
 WHERE relation_name = 'public.image_item' AND operation = 'U' AND pdauth.audit_image(e) #>> '{old,raw}' = i.raw::text AND pdauth.audit_image(e) #>> '{new,raw}' = i.raw::text;

-- Version 1: a row (id bigint, note text) as it was written before.
SELECT pdauth.image_json('\x0102'::bytea || '\x0002'
  || '\x00000002' || 'id'::bytea || '\x00000006' || 'bigint'::bytea || '\x00000014'
  || '\x00000004' || 'note'::bytea || '\x00000004' || 'text'::bytea || '\x00000000'
  || '\x00000008' || '\x000000000000002a' || '\xffffffff');
-- Version 2: a statement.
SELECT pdauth.image_json('\x0202'::bytea || '\x00000412' || '\x00000008' || '\x0000000000000007' || '\x00000006' || 'SELECT'::bytea || '\x00000008' || '\x0000000000000003');
-- ... and those of its entry that repeat it: number, beginning and end after the entry's time, rows.
SELECT pdauth.image_json('\x0202'::bytea || '\x00008412' || '\x00000008' || '\x0000000000000007' || '\x00000006' || 'SELECT'::bytea || '\x00000008' || '\x0000000000000003'
  || '\x0000000a' || '\x0105ac0200' || '\x027f018001');

-- Cut anywhere, or longer than it says, nothing is an image.
CREATE FUNCTION pg_temp.reads(image bytea) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pdauth.image_json(image);
  RETURN true;
EXCEPTION WHEN data_corrupted OR invalid_binary_representation OR protocol_violation THEN
  RETURN false;
END $$;
WITH image AS (
  SELECT image FROM pdauth.audit_entry AS e WHERE relation_name = 'public.image_item' AND operation = 'I' AND pdauth.audit_image(e) #>> '{new,id}' = '1'
  UNION ALL SELECT '\x0202'::bytea || '\x00000412' || '\x00000008' || '\x0000000000000007' || '\x00000006' || 'SELECT'::bytea || '\x00000008' || '\x0000000000000003'
  UNION ALL SELECT '\x0202'::bytea || '\x00008002' || '\x00000008' || '\x0000000000000007' || '\x00000004' || '\x01020304'
)
SELECT get_byte(image, 0) AS version, count(*) FILTER (WHERE pg_temp.reads(substr(image, 1, n))) AS cut, bool_or(pg_temp.reads(image || '\x00')) AS longer
  FROM image, generate_series(0, length(image) - 1) AS n GROUP BY image ORDER BY 1;
SELECT v AS version, pg_temp.reads(set_byte('\x0002', 0, v) || '\x0000') AS reads FROM (VALUES (0), (1), (2), (3), (4), (255)) AS t (v);
-- a field that no library knows, old and new rows of a statement, a type that is not built in
SELECT pg_temp.reads('\x0202'::bytea || '\x00010000' || '\x00000000'), pg_temp.reads('\x0203'::bytea || '\x00000000'),
       pg_temp.reads('\x0302'::bytea || '\x0001' || '\x0161' || '\x01' || '\x00000000' || '\x00ffffff' || '\x0178' || '\x0101');
-- "unchanged" in the new row; without an old one, in the old row, as a name, of a NULL (which says NULL)
SELECT image, pg_temp.reads('\x03'::bytea || image)
  FROM (VALUES ('\x03'::bytea || '\x0001' || '\x016101' || '\x00000017' || '\x040000002a' || '\xfd'),
               ('\x02'::bytea || '\x0001' || '\x016101' || '\x00000017' || '\xfd'),
               ('\x03'::bytea || '\x0001' || '\x016101' || '\x00000017' || '\xfd' || '\x040000002a'),
               ('\x02'::bytea || '\x0001' || '\xfd01' || '\x00000017' || '\x040000002a'),
               ('\x03'::bytea || '\x0001' || '\x016101' || '\x00000017' || '\xff' || '\xfd')) AS t (image);
-- lists of repeated statements: empty, whole, cut within a statement and within a number, too large a number, too large a sum
SELECT list, pg_temp.reads('\x0202'::bytea || '\x00008002' || '\x00000008' || '\x7ffffffffffffff0' || int4send(length(list)) || list)
  FROM (VALUES ('\x'::bytea), ('\x0f020304'), ('\x010203'), ('\x01020380'), ('\x01020381808080808080808001'), ('\x010203ffffffffffffffff7f'), ('\x10020304'), ('\x01ffffffffffffffff7f0103')) AS t (list);

SET pdauth.break_glass = 'the test is over';
DROP TABLE image_item;
DROP DOMAIN image_code;
DROP TYPE image_state;
