-- Checks an exported audit log with PostgreSQL and pgcrypto alone, in a database
-- that has never heard of pdauth; see auditor-guide.md.
--	psql -v leaves=leaves.csv -v size=SIZE -v root=HEX -f auditor-check.sql
-- SIZE and HEX are tree size and root of a checkpoint whose signature was verified.
-- Prints one row: each of its columns must be t.
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

SELECT
  (SELECT count(*) = max(leaf_index) + 1 FROM exported) AS no_gap,
  -- salt and image of each entry are those it was made with; an erased image is known by its empty salt, and nothing else has an image
  (SELECT coalesce(bool_and(CASE WHEN substr(data, 1, 2) = '\x4501' AND octet_length(salt) > 0
                                 THEN substr(data, octet_length(data) - 31) = digest(pg_temp.piece(salt) || pg_temp.piece(image), 'sha256')
                                 ELSE image IS NULL END), true) FROM leaf)
    AND NOT EXISTS (SELECT FROM exported WHERE salt = 'gone' AND image IS NOT NULL) AS images,
  -- blocks count on without gaps and begin where the one before ends
  (SELECT bool_and(pg_temp.number(data, 2) = n AND pg_temp.number(data, 42) + pg_temp.number(data, 50) = leaf_index
                   AND pg_temp.number(data, 42) = before + 1)
     FROM (SELECT data, leaf_index, row_number() OVER w AS n, lag(leaf_index, 1, -1::bigint) OVER w AS before
             FROM leaf WHERE substr(data, 1, 2) = '\x5301' WINDOW w AS (ORDER BY leaf_index)) AS b) AS blocks,
  -- what was signed is what is here
  (SELECT pg_temp.climb(:size) = decode(:'root', 'hex')) AS root;
