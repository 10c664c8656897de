-- Column masks.  All are pure, never raise, and keep NULL as NULL.

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
