-- Column masks.  All keep NULL as NULL and never raise on a value: what is not
-- of the expected shape is hidden whole.  doc/masks.md has the table.

CREATE FUNCTION pdauth.mask_text(value text, keep_head integer, keep_tail integer) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_mask_text';
COMMENT ON FUNCTION pdauth.mask_text(text, integer, integer) IS
  'The value with all characters but the first keep_head and the last keep_tail replaced by *. A value of at most keep_head + keep_tail characters is hidden whole; negative counts are taken as 0. NULL stays NULL; never raises.';

CREATE FUNCTION pdauth.mask_name(value text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_mask_name';
COMMENT ON FUNCTION pdauth.mask_name(text) IS
  'Masks a personal name: the first character stays (张**), a single character is hidden. Common practice, not from a standard. NULL stays NULL; never raises.';

CREATE FUNCTION pdauth.mask_citizen_id(value text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_mask_citizen_id';
COMMENT ON FUNCTION pdauth.mask_citizen_id(text) IS
  'Masks a citizen identification number (GB 11643): the first three and last four characters stay. Common practice, not from a standard. Up to seven characters are hidden whole. NULL stays NULL; never raises.';

CREATE FUNCTION pdauth.mask_mobile(value text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_mask_mobile';
COMMENT ON FUNCTION pdauth.mask_mobile(text) IS
  'Masks a mobile number: the first three and last four digits stay (138****5678). Common practice, not from a standard. Up to seven characters are hidden whole. NULL stays NULL; never raises.';

CREATE FUNCTION pdauth.mask_landline(value text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_mask_landline';
COMMENT ON FUNCTION pdauth.mask_landline(text) IS
  'Masks a fixed telephone number: area code (three digits if they begin with 01 or 02, otherwise four that begin with 0) and the last two digits stay, with blanks, hyphens, brackets and + (0871-******56). Fewer than seven digits besides the area code, or any other character: hidden whole. Common practice, not from a standard. NULL stays NULL; never raises.';

CREATE FUNCTION pdauth.mask_bank_card(value text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_mask_bank_card';
COMMENT ON FUNCTION pdauth.mask_bank_card(text) IS
  'Masks a payment card number (ISO/IEC 7812): of 16 to 19 digits the first six and the last four stay, of 13 to 15 the last four; blanks and hyphens stay. Any other length or character: hidden whole. NULL stays NULL; never raises.';

CREATE FUNCTION pdauth.mask_plate(value text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_mask_plate';
COMMENT ON FUNCTION pdauth.mask_plate(text) IS
  'Masks a licence plate (GA 36): province, letter of the issuing authority and the last character stay (云A****5). Fewer than seven characters: hidden whole. Common practice, not from a standard. NULL stays NULL; never raises.';

CREATE FUNCTION pdauth.mask_email(value text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_mask_email';
COMMENT ON FUNCTION pdauth.mask_email(text) IS
  'Masks an e-mail address: the first character and the domain after the last @ stay (z****@example.com); a name of one character is hidden. Without @, name or domain: hidden whole. NULL stays NULL; never raises.';

CREATE FUNCTION pdauth.mask_uscc(value text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_mask_uscc';
COMMENT ON FUNCTION pdauth.mask_uscc(text) IS
  'Masks a unified social credit code (GB 32100): the first eight characters stay, which say authority, kind and division; the ten that identify the organisation are hidden. Anything but 18 ASCII letters and digits: hidden whole. NULL stays NULL; never raises.';

CREATE FUNCTION pdauth.mask_address(value text, level text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_mask_address';
COMMENT ON FUNCTION pdauth.mask_address(text, text) IS
  'Cuts a Chinese address down to level province, prefecture, county or township. Provinces and prefectures are known by name (GB/T 2260), counties and townships by suffix; a level that is missing or not recognised is left out, so the result is never finer than asked. An address that does not begin with a division known by name (of a province, for that level) becomes ***, as do all in encodings other than UTF8 and EUC_CN and for any other level. NULL stays NULL; never raises.';

CREATE FUNCTION pdauth.mask_date(value date, unit text) RETURNS date
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_mask_date';
COMMENT ON FUNCTION pdauth.mask_date(date, text) IS
  'The first day of the month, quarter or year (unit) that a date belongs to. Infinite dates stay. NULL for NULL, for any other unit, and where that day is before the first date; never raises.';

CREATE FUNCTION pdauth.mask_date(value timestamp, unit text) RETURNS timestamp
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_mask_timestamp';
COMMENT ON FUNCTION pdauth.mask_date(timestamp, text) IS
  'The beginning of the month, quarter or year (unit) that a time belongs to. Infinite values stay. NULL for NULL, for any other unit, and where the beginning is before the first timestamp; never raises.';

CREATE FUNCTION pdauth.mask_date(value timestamptz, unit text) RETURNS timestamptz
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_mask_timestamptz';
COMMENT ON FUNCTION pdauth.mask_date(timestamptz, text) IS
  'The beginning of the month, quarter or year (unit) that an instant belongs to in Asia/Shanghai (UTC+8), whatever the session''s time zone. Infinite values stay. NULL for NULL, for any other unit, and where the beginning is before the first timestamp; never raises.';

CREATE FUNCTION pdauth.mask_bucket(value smallint, width integer) RETURNS smallint
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_mask_bucket_int2';
COMMENT ON FUNCTION pdauth.mask_bucket(smallint, integer) IS
  'The number cut towards zero to a multiple of width, so that it always fits its type. NULL for NULL and for a width that is not positive; never raises.';

CREATE FUNCTION pdauth.mask_bucket(value integer, width integer) RETURNS integer
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_mask_bucket_int4';
COMMENT ON FUNCTION pdauth.mask_bucket(integer, integer) IS
  'The number cut towards zero to a multiple of width, so that it always fits its type. NULL for NULL and for a width that is not positive; never raises.';

CREATE FUNCTION pdauth.mask_bucket(value bigint, width bigint) RETURNS bigint
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_mask_bucket_int8';
COMMENT ON FUNCTION pdauth.mask_bucket(bigint, bigint) IS
  'The number cut towards zero to a multiple of width, so that it always fits its type. NULL for NULL and for a width that is not positive; never raises.';

CREATE FUNCTION pdauth.mask_bucket(value numeric, width numeric) RETURNS numeric
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_mask_bucket_numeric';
COMMENT ON FUNCTION pdauth.mask_bucket(numeric, numeric) IS
  'The number cut towards zero to a multiple of width, so that it fits the precision of its column. Infinity and NaN stay. NULL for NULL and for a width that is not positive and finite; never raises.';

CREATE FUNCTION pdauth.mask_bucket(value real, width double precision) RETURNS real
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_mask_bucket_float4';
COMMENT ON FUNCTION pdauth.mask_bucket(real, double precision) IS
  'The number cut towards zero to a multiple of width, in binary arithmetic. Infinity and NaN stay. NULL for NULL and for a width that is not positive and finite; never raises.';

CREATE FUNCTION pdauth.mask_bucket(value double precision, width double precision) RETURNS double precision
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_mask_bucket_float8';
COMMENT ON FUNCTION pdauth.mask_bucket(double precision, double precision) IS
  'The number cut towards zero to a multiple of width, in binary arithmetic. Infinity and NaN stay. NULL for NULL and for a width that is not positive and finite; never raises.';

CREATE FUNCTION pdauth.mask_ip(value inet, v4_bits integer DEFAULT 24, v6_bits integer DEFAULT 48) RETURNS inet
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_mask_ip';
COMMENT ON FUNCTION pdauth.mask_ip(inet, integer, integer) IS
  'The network that an address belongs to: the first v4_bits (0 to 32) or v6_bits (0 to 128; numbers outside are taken as the nearest) of it, never more than the value''s own netmask. NULL stays NULL; never raises.';

-- Pseudonyms: executable by all, because masks run with the reader's rights,
-- but they refuse to work outside a mask (src/pseudonym.c).
CREATE FUNCTION pdauth.pseudonym(value text, domain text) RETURNS text
LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 20
AS 'MODULE_PATHNAME', 'pdauth_pseudonym_text';
CREATE FUNCTION pdauth.pseudonym(value text, domain text, key_id text) RETURNS text
LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 20
AS 'MODULE_PATHNAME', 'pdauth_pseudonym_text';
CREATE FUNCTION pdauth.pseudonym(value integer, domain text) RETURNS integer
LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 200
AS 'MODULE_PATHNAME', 'pdauth_pseudonym_int4';
CREATE FUNCTION pdauth.pseudonym(value integer, domain text, key_id text) RETURNS integer
LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 200
AS 'MODULE_PATHNAME', 'pdauth_pseudonym_int4';
CREATE FUNCTION pdauth.pseudonym(value bigint, domain text) RETURNS bigint
LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 200
AS 'MODULE_PATHNAME', 'pdauth_pseudonym_int8';
CREATE FUNCTION pdauth.pseudonym(value bigint, domain text, key_id text) RETURNS bigint
LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 200
AS 'MODULE_PATHNAME', 'pdauth_pseudonym_int8';
CREATE FUNCTION pdauth.pseudonym(value uuid, domain text) RETURNS uuid
LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 20
AS 'MODULE_PATHNAME', 'pdauth_pseudonym_uuid';
CREATE FUNCTION pdauth.pseudonym(value uuid, domain text, key_id text) RETURNS uuid
LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 20
AS 'MODULE_PATHNAME', 'pdauth_pseudonym_uuid';
COMMENT ON FUNCTION pdauth.pseudonym(text, text) IS
  'Mask: a pseudonym of 26 letters and digits, the same for the same value, domain and key in every table, by HMAC (RFC 2104) with the current key of pdauth.pseudonym_key_file. Cut to n characters by varchar(n) or char(n) it keeps 5n bits. NULL stays NULL. Raises PD001 without a key and 42501 outside a mask (but for pdauth_policy_admin); no message shows the value.';
COMMENT ON FUNCTION pdauth.pseudonym(text, text, text) IS
  'The same with the key of that id, so that pseudonyms stay what they are when the current key changes. Raises PD001 if the key file has none of that id.';
COMMENT ON FUNCTION pdauth.pseudonym(integer, text) IS
  'Mask: the number permuted among all integers, by HMAC with the current key of pdauth.pseudonym_key_file: different values of a domain get different pseudonyms, the same in every table. NULL stays NULL. Raises PD001 without a key and 42501 outside a mask (but for pdauth_policy_admin).';
COMMENT ON FUNCTION pdauth.pseudonym(integer, text, text) IS
  'The same with the key of that id. Raises PD001 if the key file has none of that id.';
COMMENT ON FUNCTION pdauth.pseudonym(bigint, text) IS
  'Mask: the number permuted among all bigints, by HMAC with the current key of pdauth.pseudonym_key_file: different values of a domain get different pseudonyms, the same in every table (an integer and a bigint column do not join). NULL stays NULL. Raises PD001 without a key and 42501 outside a mask (but for pdauth_policy_admin).';
COMMENT ON FUNCTION pdauth.pseudonym(bigint, text, text) IS
  'The same with the key of that id. Raises PD001 if the key file has none of that id.';
COMMENT ON FUNCTION pdauth.pseudonym(uuid, text) IS
  'Mask: a UUID of version 8 (RFC 9562), the same for the same value, domain and key in every table, by HMAC with the current key of pdauth.pseudonym_key_file. NULL stays NULL. Raises PD001 without a key and 42501 outside a mask (but for pdauth_policy_admin).';
COMMENT ON FUNCTION pdauth.pseudonym(uuid, text, text) IS
  'The same with the key of that id. Raises PD001 if the key file has none of that id.';

CREATE FUNCTION pdauth.pseudonym_keys(OUT key_id text, OUT algorithm text, OUT current boolean) RETURNS SETOF record
LANGUAGE C STABLE ROWS 2
AS 'MODULE_PATHNAME', 'pdauth_pseudonym_keys';
REVOKE ALL ON FUNCTION pdauth.pseudonym_keys() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.pseudonym_keys() TO pdauth_policy_admin, pdauth_auditor;
COMMENT ON FUNCTION pdauth.pseudonym_keys() IS
  'The keys that pdauth.pseudonym_key_file holds, by id and algorithm (HMAC with sha256 or sm3), never the keys themselves; current: the one that masks use which name none. No row without keys. pdauth_policy_admin and pdauth_auditor.';
