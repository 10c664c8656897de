-- Checks an exported audit log with PostgreSQL and pgcrypto alone, in a database
-- that has never heard of pdauth; see auditor-guide.md.
--	psql -v leaves=leaves.csv -v size=SIZE -v root=HEX -f auditor-check.sql
-- SIZE and HEX are tree size and root of a checkpoint whose signature was verified.
-- Prints one row: each of its columns must be t.  Afterwards, in the same session
-- (a further -f or -c), the view read has the values of all images.
\set ON_ERROR_STOP on
CREATE TEMP TABLE leaf (leaf_index bigint PRIMARY KEY, data bytea, salt bytea, image bytea);
CREATE TEMP TABLE exported (leaf_index bigint, data text, salt text, image text);
\set import '\\copy exported FROM ' :'leaves' ' (FORMAT csv)'
:import
INSERT INTO leaf SELECT leaf_index, decode(data, 'hex'), decode(nullif(salt, '-'), 'hex'), decode(image, 'hex') FROM exported WHERE salt <> 'gone';

-- Leaf hashes: SHA-256(0x00 || data), RFC 6962 section 2.1; of what is gone there is nothing else.
CREATE TEMP TABLE node AS
  SELECT 0 AS height, leaf_index AS position, digest('\x00'::bytea || data, 'sha256') AS hash FROM leaf
  UNION ALL SELECT 0, leaf_index, decode(data, 'hex') FROM exported WHERE salt = 'gone';
CREATE INDEX ON node (height, position);
-- Inner nodes of the tree of SIZE leaves: SHA-256(0x01 || left || right); a node without a right sibling goes up as it is.
CREATE FUNCTION pg_temp.climb(size bigint) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
  level integer := 0;
BEGIN
  DELETE FROM node WHERE position >= size;
  WHILE (SELECT count(*) FROM node WHERE height = level) > 1 LOOP
    INSERT INTO node
      SELECT level + 1, l.position / 2, CASE WHEN r.hash IS NULL THEN l.hash ELSE digest('\x01'::bytea || l.hash || r.hash, 'sha256') END
        FROM node AS l LEFT JOIN node AS r ON r.height = level AND r.position = l.position + 1
       WHERE l.height = level AND l.position % 2 = 0;
    level := level + 1;
  END LOOP;
  RETURN (SELECT hash FROM node WHERE height = level);
END $$;
-- A value as hashed: its length in 4 bytes, then itself; -1 for NULL.
CREATE FUNCTION pg_temp.piece(value bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS
  $$ SELECT CASE WHEN value IS NULL THEN '\xffffffff'::bytea ELSE int4send(octet_length(value)) || value END $$;
CREATE FUNCTION pg_temp.number(bytes bytea, place integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS
  $$ SELECT ('x' || encode(substr(bytes, place + 1, 8), 'hex'))::bit(64)::bigint $$;

-- Images, as auditor-guide.md describes them: one row for each value.
CREATE TYPE pg_temp.image_value AS (row text, name text, type oid, value bytea);
CREATE FUNCTION pg_temp.short(bytes bytea, INOUT place integer, OUT value bytea, OUT unchanged boolean) LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  mark constant integer := get_byte(bytes, place);
  length integer := mark;
BEGIN
  place := place + 1;
  unchanged := mark = 253;
  IF mark = 254 THEN
    length := ('x' || encode(substr(bytes, place + 1, 4), 'hex'))::bit(32)::integer;
    place := place + 4;
  END IF;
  IF mark NOT IN (253, 255) THEN
    value := substr(bytes, place + 1, length);
    place := place + length;
  END IF;
END $$;
CREATE FUNCTION pg_temp.long(bytes bytea, INOUT place integer, OUT value bytea) LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  length constant integer := ('x' || encode(substr(bytes, place + 1, 4), 'hex'))::bit(32)::integer;
BEGIN
  place := place + 4;
  IF length >= 0 THEN
    value := substr(bytes, place + 1, length);
    place := place + length;
  END IF;
END $$;
CREATE FUNCTION pg_temp.image_values(image bytea) RETURNS SETOF pg_temp.image_value LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  version constant integer := get_byte(image, 0);
  fields constant text[] := '{session,statement,within,query_id,kind,relations,outer_role,break_glass,clock,detail,rows,sqlstate,ended_at,rolled_back_from,standby,repeated,written_at}';
  numbers constant text[] := '{statement,within,query_id,rows,rolled_back_from}';
  times constant text[] := '{ended_at,written_at}';
  place integer := 4;
  columns pg_temp.image_value[] := '{}';
  part bytea;
  unchanged boolean;
  binary_form boolean;
BEGIN
  IF version = 2 THEN
    place := 6;
    FOR i IN 0 .. cardinality(fields) - 1 LOOP
      CONTINUE WHEN get_bit(substr(image, 3, 4), 8 * (3 - i / 8) + i % 8) = 0;
      SELECT * INTO place, part FROM pg_temp.long(image, place);
      RETURN NEXT ('new', fields[i + 1], CASE WHEN fields[i + 1] = ANY (numbers) THEN 20 WHEN fields[i + 1] = ANY (times) THEN 1184 WHEN fields[i + 1] = 'repeated' THEN 17 ELSE 0 END, part);
    END LOOP;
  ELSIF version IN (1, 3) THEN
    FOR i IN 1 .. get_byte(image, 2) * 256 + get_byte(image, 3) LOOP
      columns[i] := ('', '', 0, NULL);
      IF version = 1 THEN
        SELECT * INTO place, part FROM pg_temp.long(image, place);
        columns[i].name := convert_from(part, 'UTF8');
        SELECT l.place INTO place FROM pg_temp.long(image, place) AS l;    -- the type's name
        columns[i].type := ('x' || encode(substr(image, place + 1, 4), 'hex'))::bit(32)::bigint::oid;
        place := place + 4;
      ELSE
        SELECT * INTO place, part, unchanged FROM pg_temp.short(image, place);
        columns[i].name := convert_from(part, 'UTF8');
        binary_form := get_byte(image, place) = 1;
        columns[i].type := ('x' || encode(substr(image, place + 2, 4), 'hex'))::bit(32)::bigint::oid;
        place := place + 5;
        IF columns[i].type = 0 THEN
          columns[i].type := ('x' || encode(substr(image, place + 1, 4), 'hex'))::bit(32)::bigint::oid;
          SELECT s.place INTO place FROM pg_temp.short(image, place + 4) AS s;    -- the type's name
        END IF;
        IF NOT binary_form THEN
          columns[i].type := 0;
        END IF;
      END IF;
    END LOOP;
    FOR r IN 1 .. 2 LOOP
      CONTINUE WHEN get_byte(image, 1) & r = 0;
      FOR i IN 1 .. cardinality(columns) LOOP
        IF version = 1 THEN
          SELECT * INTO place, part FROM pg_temp.long(image, place);
          unchanged := false;
        ELSE
          SELECT * INTO place, part, unchanged FROM pg_temp.short(image, place);
        END IF;
        IF unchanged AND (r = 1 OR get_byte(image, 1) & 1 = 0) THEN
          RAISE 'unchanged, without an old row';
        ELSIF NOT unchanged THEN
          columns[i].value := part;
        END IF;    -- else that of the old row is still there
        RETURN NEXT (CASE r WHEN 1 THEN 'old' ELSE 'new' END, columns[i].name, columns[i].type, columns[i].value);
      END LOOP;
    END LOOP;
  END IF;
  IF version NOT IN (1, 2, 3) OR place <> octet_length(image) THEN
    RAISE 'no image of a version that is described';
  END IF;
END $$;
CREATE FUNCTION pg_temp.readable(image bytea) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  PERFORM pg_temp.image_values(image);
  RETURN true;
EXCEPTION WHEN OTHERS THEN
  RETURN false;
END $$;
CREATE FUNCTION pg_temp.numeric_of(value bytea) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE get_byte(value, 4) WHEN 192 THEN 'NaN' WHEN 208 THEN 'Infinity' WHEN 240 THEN '-Infinity' ELSE
    CASE get_byte(value, 4) WHEN 64 THEN -1 ELSE 1 END * round(coalesce(
      (SELECT sum((get_byte(value, 8 + 2 * i) * 256 + get_byte(value, 9 + 2 * i)) * 10000::numeric ^ (('x' || encode(substr(value, 3, 2), 'hex'))::bit(16)::bit(32)::integer >> 16) / 10000::numeric ^ i)
         FROM generate_series(0, get_byte(value, 0) * 256 + get_byte(value, 1) - 1) AS i), 0), get_byte(value, 6) * 256 + get_byte(value, 7)) END $$;
-- A value of a type in its binary form, as far as it is easily told; else in hexadecimal.
CREATE FUNCTION pg_temp.shown(type oid, value bytea) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN value IS NULL THEN NULL
    WHEN type IN (0, 25, 1042, 1043, 114) THEN convert_from(value, 'UTF8')
    WHEN type = 16 THEN (get_byte(value, 0) <> 0)::text
    WHEN type = 1082 AND octet_length(value) = 4 THEN (date '2000-01-01' + ('x' || encode(value, 'hex'))::bit(32)::integer)::text
    WHEN type IN (21, 23, 26) THEN (('x' || lpad(encode(value, 'hex'), 8, CASE WHEN get_byte(value, 0) > 127 THEN 'f' ELSE '0' END))::bit(32)::integer)::text
    WHEN type = 20 THEN pg_temp.number(value, 0)::text
    WHEN type = 1700 THEN pg_temp.numeric_of(value)::text
    WHEN type = 2950 THEN encode(value, 'hex')::uuid::text
    WHEN type = 1114 THEN (timestamp '2000-01-01' + pg_temp.number(value, 0) * interval '1 microsecond')::text
    WHEN type = 1184 THEN to_char((timestamptz '2000-01-01 00:00+00' + pg_temp.number(value, 0) * interval '1 microsecond') AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US+00')
    ELSE encode(value, 'hex') END $$;
CREATE TEMP VIEW read AS
  SELECT l.leaf_index, v.row, v.name, pg_temp.shown(v.type, v.value) AS value FROM leaf AS l CROSS JOIN LATERAL pg_temp.image_values(l.image) AS v WHERE l.image IS NOT NULL;

SELECT
  (SELECT count(*) = max(leaf_index) + 1 FROM exported) AS no_gap,
  -- salt and image of each entry are those it was made with; an erased image is known by its empty salt, and nothing else has an image
  (SELECT coalesce(bool_and(CASE WHEN substr(data, 1, 2) = '\x4501' AND octet_length(salt) > 0
                                 THEN substr(data, octet_length(data) - 31) = digest(pg_temp.piece(salt) || pg_temp.piece(image), 'sha256')
                                 ELSE image IS NULL END), true) FROM leaf)
    AND NOT EXISTS (SELECT FROM exported WHERE salt = 'gone' AND image IS NOT NULL) AS images,
  -- each can be read to its end
  (SELECT coalesce(bool_and(pg_temp.readable(image)), true) FROM leaf WHERE image IS NOT NULL) AS readable,
  -- blocks count on without gaps and begin where the one before ends
  (SELECT bool_and(pg_temp.number(data, 2) = n AND pg_temp.number(data, 42) + pg_temp.number(data, 50) = leaf_index
                   AND pg_temp.number(data, 42) = before + 1)
     FROM (SELECT data, leaf_index, row_number() OVER w AS n, lag(leaf_index, 1, -1::bigint) OVER w AS before
             FROM leaf WHERE substr(data, 1, 2) = '\x5301' WINDOW w AS (ORDER BY leaf_index)) AS b) AS blocks,
  -- what was signed is what is here
  (SELECT pg_temp.climb(:size) = decode(:'root', 'hex')) AS root;
