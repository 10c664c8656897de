-- The type license_scope and its algebra.

CREATE TYPE pdauth.license_scope;

CREATE FUNCTION pdauth.license_scope_in(cstring) RETURNS pdauth.license_scope
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_scope_in';
COMMENT ON FUNCTION pdauth.license_scope_in(cstring) IS
  'Text input of license_scope. Malformed text: 22P02 with the position; more than 512 grants in canonical form: 54000.';

CREATE FUNCTION pdauth.license_scope_out(pdauth.license_scope) RETURNS cstring
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_scope_out';
COMMENT ON FUNCTION pdauth.license_scope_out(pdauth.license_scope) IS
  'Text output of license_scope: the canonical text, the same for equal sets.';

CREATE TYPE pdauth.license_scope (
  INPUT = pdauth.license_scope_in,
  OUTPUT = pdauth.license_scope_out,
  INTERNALLENGTH = VARIABLE,
  ALIGNMENT = double,
  STORAGE = extended
);
COMMENT ON TYPE pdauth.license_scope IS
  'A set of permitted uses: {actions on resources(columns) for purposes in regions during [from,until) level ceiling; ...}. Every clause is mandatory; {} permits nothing. A resource, purpose or division stands for itself and all below it; * for everything.';

-- Set algebra.

CREATE FUNCTION pdauth.scope_contains(license pdauth.license_scope, request pdauth.license_scope) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_scope_contains';
COMMENT ON FUNCTION pdauth.scope_contains(pdauth.license_scope, pdauth.license_scope) IS
  'Does the license permit all of the request? Exact, also when several grants cover it only together. True for an empty request: callers must reject those (scope_is_empty). Null if an argument is null.';

CREATE FUNCTION pdauth.scope_contained(request pdauth.license_scope, license pdauth.license_scope) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_scope_contained';
COMMENT ON FUNCTION pdauth.scope_contained(pdauth.license_scope, pdauth.license_scope) IS
  'Does the license permit all of the request? scope_contains with its arguments exchanged.';

CREATE FUNCTION pdauth.scope_overlaps(a pdauth.license_scope, b pdauth.license_scope) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_scope_overlaps';
COMMENT ON FUNCTION pdauth.scope_overlaps(pdauth.license_scope, pdauth.license_scope) IS
  'Is any use permitted by both? Use it to test a request against a negative list. Null if an argument is null.';

CREATE FUNCTION pdauth.scope_union(a pdauth.license_scope, b pdauth.license_scope) RETURNS pdauth.license_scope
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_scope_union';
COMMENT ON FUNCTION pdauth.scope_union(pdauth.license_scope, pdauth.license_scope) IS
  'What either permits. Which of the two permitted it is lost: keep licenses as separate rows. More than 512 grants: 54000. Null if an argument is null.';

CREATE FUNCTION pdauth.scope_intersection(a pdauth.license_scope, b pdauth.license_scope) RETURNS pdauth.license_scope
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_scope_intersection';
COMMENT ON FUNCTION pdauth.scope_intersection(pdauth.license_scope, pdauth.license_scope) IS
  'What both permit. More than 512 grants: 54000. Null if an argument is null.';

CREATE FUNCTION pdauth.scope_excess(request pdauth.license_scope, license pdauth.license_scope) RETURNS pdauth.license_scope
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_scope_excess';
COMMENT ON FUNCTION pdauth.scope_excess(pdauth.license_scope, pdauth.license_scope) IS
  'The parts of the request that the license lacks: {} exactly when license @> request, and license + scope_excess(request, license) always contains the request. A part is named whole, so it may include divisions or resources below it that the license does permit. Null if an argument is null.';

CREATE FUNCTION pdauth.scope_is_empty(scope pdauth.license_scope) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_scope_is_empty';
COMMENT ON FUNCTION pdauth.scope_is_empty(pdauth.license_scope) IS
  'Does the scope permit nothing? Every scope contains the empty one, so requests should carry CHECK (NOT pdauth.scope_is_empty(request)). Null if the argument is null.';

-- Order and equality: canonical bytes decide.

CREATE FUNCTION pdauth.scope_equal(pdauth.license_scope, pdauth.license_scope) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_scope_equal';
COMMENT ON FUNCTION pdauth.scope_equal(pdauth.license_scope, pdauth.license_scope) IS 'Do both permit exactly the same?';
CREATE FUNCTION pdauth.scope_not_equal(pdauth.license_scope, pdauth.license_scope) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_scope_not_equal';
COMMENT ON FUNCTION pdauth.scope_not_equal(pdauth.license_scope, pdauth.license_scope) IS 'Does one permit what the other does not?';
CREATE FUNCTION pdauth.scope_less(pdauth.license_scope, pdauth.license_scope) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_scope_less';
COMMENT ON FUNCTION pdauth.scope_less(pdauth.license_scope, pdauth.license_scope) IS 'Sorting order without meaning; for containment use @>.';
CREATE FUNCTION pdauth.scope_less_or_equal(pdauth.license_scope, pdauth.license_scope) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_scope_less_or_equal';
COMMENT ON FUNCTION pdauth.scope_less_or_equal(pdauth.license_scope, pdauth.license_scope) IS 'Sorting order without meaning; for containment use @>.';
CREATE FUNCTION pdauth.scope_greater(pdauth.license_scope, pdauth.license_scope) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_scope_greater';
COMMENT ON FUNCTION pdauth.scope_greater(pdauth.license_scope, pdauth.license_scope) IS 'Sorting order without meaning; for containment use @>.';
CREATE FUNCTION pdauth.scope_greater_or_equal(pdauth.license_scope, pdauth.license_scope) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_scope_greater_or_equal';
COMMENT ON FUNCTION pdauth.scope_greater_or_equal(pdauth.license_scope, pdauth.license_scope) IS 'Sorting order without meaning; for containment use @>.';
CREATE FUNCTION pdauth.scope_compare(pdauth.license_scope, pdauth.license_scope) RETURNS integer
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_scope_compare';
COMMENT ON FUNCTION pdauth.scope_compare(pdauth.license_scope, pdauth.license_scope) IS 'Negative, zero or positive: the btree sorting order, without meaning.';
CREATE FUNCTION pdauth.scope_hash(pdauth.license_scope) RETURNS integer
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_scope_hash';
COMMENT ON FUNCTION pdauth.scope_hash(pdauth.license_scope) IS 'Hash of the canonical bytes; equal scopes have equal hashes.';
CREATE FUNCTION pdauth.scope_hash_extended(pdauth.license_scope, bigint) RETURNS bigint
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_scope_hash_extended';
COMMENT ON FUNCTION pdauth.scope_hash_extended(pdauth.license_scope, bigint) IS 'Seeded 64-bit hash of the canonical bytes.';

CREATE OPERATOR pdauth.@> (
  FUNCTION = pdauth.scope_contains, LEFTARG = pdauth.license_scope, RIGHTARG = pdauth.license_scope,
  COMMUTATOR = OPERATOR(pdauth.<@), RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR pdauth.@> (pdauth.license_scope, pdauth.license_scope) IS 'permits all of (see scope_contains)';
CREATE OPERATOR pdauth.<@ (
  FUNCTION = pdauth.scope_contained, LEFTARG = pdauth.license_scope, RIGHTARG = pdauth.license_scope,
  COMMUTATOR = OPERATOR(pdauth.@>), RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR pdauth.<@ (pdauth.license_scope, pdauth.license_scope) IS 'is permitted by (see scope_contains)';
CREATE OPERATOR pdauth.&& (
  FUNCTION = pdauth.scope_overlaps, LEFTARG = pdauth.license_scope, RIGHTARG = pdauth.license_scope,
  COMMUTATOR = OPERATOR(pdauth.&&), RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR pdauth.&& (pdauth.license_scope, pdauth.license_scope) IS 'permits some of the same';
CREATE OPERATOR pdauth.+ (
  FUNCTION = pdauth.scope_union, LEFTARG = pdauth.license_scope, RIGHTARG = pdauth.license_scope,
  COMMUTATOR = OPERATOR(pdauth.+)
);
COMMENT ON OPERATOR pdauth.+ (pdauth.license_scope, pdauth.license_scope) IS 'what either permits';
CREATE OPERATOR pdauth.* (
  FUNCTION = pdauth.scope_intersection, LEFTARG = pdauth.license_scope, RIGHTARG = pdauth.license_scope,
  COMMUTATOR = OPERATOR(pdauth.*)
);
COMMENT ON OPERATOR pdauth.* (pdauth.license_scope, pdauth.license_scope) IS 'what both permit';
CREATE OPERATOR pdauth.= (
  FUNCTION = pdauth.scope_equal, LEFTARG = pdauth.license_scope, RIGHTARG = pdauth.license_scope,
  COMMUTATOR = OPERATOR(pdauth.=), NEGATOR = OPERATOR(pdauth.<>), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR pdauth.= (pdauth.license_scope, pdauth.license_scope) IS 'permits exactly the same as';
CREATE OPERATOR pdauth.<> (
  FUNCTION = pdauth.scope_not_equal, LEFTARG = pdauth.license_scope, RIGHTARG = pdauth.license_scope,
  COMMUTATOR = OPERATOR(pdauth.<>), NEGATOR = OPERATOR(pdauth.=), RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR pdauth.<> (pdauth.license_scope, pdauth.license_scope) IS 'does not permit exactly the same as';
CREATE OPERATOR pdauth.< (
  FUNCTION = pdauth.scope_less, LEFTARG = pdauth.license_scope, RIGHTARG = pdauth.license_scope,
  COMMUTATOR = OPERATOR(pdauth.>), NEGATOR = OPERATOR(pdauth.>=), RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR pdauth.< (pdauth.license_scope, pdauth.license_scope) IS 'sorts before (no meaning beyond sorting)';
CREATE OPERATOR pdauth.<= (
  FUNCTION = pdauth.scope_less_or_equal, LEFTARG = pdauth.license_scope, RIGHTARG = pdauth.license_scope,
  COMMUTATOR = OPERATOR(pdauth.>=), NEGATOR = OPERATOR(pdauth.>), RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR pdauth.<= (pdauth.license_scope, pdauth.license_scope) IS 'sorts before or is equal (no meaning beyond sorting)';
CREATE OPERATOR pdauth.> (
  FUNCTION = pdauth.scope_greater, LEFTARG = pdauth.license_scope, RIGHTARG = pdauth.license_scope,
  COMMUTATOR = OPERATOR(pdauth.<), NEGATOR = OPERATOR(pdauth.<=), RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR pdauth.> (pdauth.license_scope, pdauth.license_scope) IS 'sorts after (no meaning beyond sorting)';
CREATE OPERATOR pdauth.>= (
  FUNCTION = pdauth.scope_greater_or_equal, LEFTARG = pdauth.license_scope, RIGHTARG = pdauth.license_scope,
  COMMUTATOR = OPERATOR(pdauth.<=), NEGATOR = OPERATOR(pdauth.<), RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR pdauth.>= (pdauth.license_scope, pdauth.license_scope) IS 'sorts after or is equal (no meaning beyond sorting)';

CREATE OPERATOR CLASS pdauth.license_scope_ops DEFAULT FOR TYPE pdauth.license_scope USING btree AS
  OPERATOR 1 pdauth.<, OPERATOR 2 pdauth.<=, OPERATOR 3 pdauth.=, OPERATOR 4 pdauth.>=, OPERATOR 5 pdauth.>,
  FUNCTION 1 pdauth.scope_compare(pdauth.license_scope, pdauth.license_scope);
CREATE OPERATOR CLASS pdauth.license_scope_ops DEFAULT FOR TYPE pdauth.license_scope USING hash AS
  OPERATOR 1 pdauth.=,
  FUNCTION 1 pdauth.scope_hash(pdauth.license_scope),
  FUNCTION 2 pdauth.scope_hash_extended(pdauth.license_scope, bigint);

-- Reading and making scopes.

CREATE FUNCTION pdauth.grants(
  scope pdauth.license_scope,
  OUT actions text[], OUT paths text[], OUT columns text[], OUT purposes text[], OUT regions text[],
  OUT validity datemultirange, OUT level text
) RETURNS SETOF record
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 8
AS 'MODULE_PATHNAME', 'pdauth_scope_grants';
COMMENT ON FUNCTION pdauth.grants(pdauth.license_scope) IS
  'The grants of a scope as rows, one for each that the text form shows, in its order. {*} in an array means everything. Paths and purposes are canonical text (components that need it are quoted), columns are plain names. No rows for an empty scope or null.';

CREATE FUNCTION pdauth.scope_point(
  resource text, columns text[], action text, purpose text, region text, on_date date, level text
) RETURNS pdauth.license_scope
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_scope_point';
COMMENT ON FUNCTION pdauth.scope_point(text, text[], text, text, text, date, text) IS
  'One use on one day as a scope, to check against a license with @>: resource path, column names (ARRAY[''*''] for all), one action, purpose path, division (*, CN or digits), the day (decide it in Asia/Shanghai), level of the data. Malformed arguments: 22P02; no columns: 22023; infinite date: 22008. Null if an argument is null.';

CREATE FUNCTION pdauth.division_contains(ancestor text, code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_division_contains';
COMMENT ON FUNCTION pdauth.division_contains(text, text) IS
  'Does the division (*, CN or 6, 9 or 12 digits; GB/T 2260) contain the code or equal it? CN is the mainland: 71, 81 and 82 lie outside it. Never raises: malformed is false. Null if an argument is null.';

CREATE FUNCTION pdauth.division_contains(ancestors text[], code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_division_contains_any';
COMMENT ON FUNCTION pdauth.division_contains(text[], text) IS
  'Does any of the divisions contain the code? As division_contains(text, text); malformed and null elements contain nothing. A constant array is read once per query.';
