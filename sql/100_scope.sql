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

CREATE FUNCTION pdauth.license_scope_recv(internal) RETURNS pdauth.license_scope
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_scope_recv';
COMMENT ON FUNCTION pdauth.license_scope_recv(internal) IS
  'Binary input of license_scope: checked like text and brought to canonical form. Malformed bytes: 22P03; a character that the server''s encoding has not: 22P05; more than 512 grants: 22P03 or 54000.';

CREATE FUNCTION pdauth.license_scope_send(pdauth.license_scope) RETURNS bytea
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_scope_send';
COMMENT ON FUNCTION pdauth.license_scope_send(pdauth.license_scope) IS
  'Binary output of license_scope, names in the client encoding; the same bytes for equal sets.';

CREATE TYPE pdauth.license_scope (
  INPUT = pdauth.license_scope_in,
  OUTPUT = pdauth.license_scope_out,
  RECEIVE = pdauth.license_scope_recv,
  SEND = pdauth.license_scope_send,
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

CREATE FUNCTION pdauth.scope_selectivity(internal, oid, internal, integer) RETURNS double precision
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_scope_selectivity';
COMMENT ON FUNCTION pdauth.scope_selectivity(internal, oid, internal, integer) IS
  'Planner support: share of rows that @>, <@ or && keeps, from the values that ANALYZE sampled.';

CREATE OPERATOR pdauth.@> (
  FUNCTION = pdauth.scope_contains, LEFTARG = pdauth.license_scope, RIGHTARG = pdauth.license_scope,
  COMMUTATOR = OPERATOR(pdauth.<@), RESTRICT = pdauth.scope_selectivity, JOIN = contjoinsel
);
COMMENT ON OPERATOR pdauth.@> (pdauth.license_scope, pdauth.license_scope) IS 'permits all of (see scope_contains)';
CREATE OPERATOR pdauth.<@ (
  FUNCTION = pdauth.scope_contained, LEFTARG = pdauth.license_scope, RIGHTARG = pdauth.license_scope,
  COMMUTATOR = OPERATOR(pdauth.@>), RESTRICT = pdauth.scope_selectivity, JOIN = contjoinsel
);
COMMENT ON OPERATOR pdauth.<@ (pdauth.license_scope, pdauth.license_scope) IS 'is permitted by (see scope_contains)';
CREATE OPERATOR pdauth.&& (
  FUNCTION = pdauth.scope_overlaps, LEFTARG = pdauth.license_scope, RIGHTARG = pdauth.license_scope,
  COMMUTATOR = OPERATOR(pdauth.&&), RESTRICT = pdauth.scope_selectivity, JOIN = contjoinsel
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

-- The index that answers "which licenses permit this request".

CREATE FUNCTION pdauth.scope_gin_extract_value(pdauth.license_scope, internal) RETURNS internal
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_scope_gin_extract_value';
COMMENT ON FUNCTION pdauth.scope_gin_extract_value(pdauth.license_scope, internal) IS 'GIN support: one key for each grant.';
CREATE FUNCTION pdauth.scope_gin_extract_query(pdauth.license_scope, internal, smallint, internal, internal, internal, internal) RETURNS internal
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_scope_gin_extract_query';
COMMENT ON FUNCTION pdauth.scope_gin_extract_query(pdauth.license_scope, internal, smallint, internal, internal, internal, internal) IS
  'GIN support: the nodes above one point of the request.';
CREATE FUNCTION pdauth.scope_gin_consistent(internal, smallint, pdauth.license_scope, integer, internal, internal, internal, internal) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_scope_gin_consistent';
COMMENT ON FUNCTION pdauth.scope_gin_consistent(internal, smallint, pdauth.license_scope, integer, internal, internal, internal, internal) IS
  'GIN support: may the license contain the request?';
CREATE FUNCTION pdauth.scope_gin_triconsistent(internal, smallint, pdauth.license_scope, integer, internal, internal, internal) RETURNS pg_catalog."char"
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_scope_gin_triconsistent';
COMMENT ON FUNCTION pdauth.scope_gin_triconsistent(internal, smallint, pdauth.license_scope, integer, internal, internal, internal) IS
  'GIN support: may the license contain the request? (three-valued)';
CREATE FUNCTION pdauth.scope_gin_compare_partial(uuid, uuid, smallint, internal) RETURNS integer
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_scope_gin_compare_partial';
COMMENT ON FUNCTION pdauth.scope_gin_compare_partial(uuid, uuid, smallint, internal) IS
  'GIN support: does a key at the node cover the day, the action and the level looked for?';

CREATE OPERATOR CLASS pdauth.license_scope_gin_ops DEFAULT FOR TYPE pdauth.license_scope USING gin AS
  OPERATOR 7 pdauth.@>,
  FUNCTION 1 pg_catalog.uuid_cmp(uuid, uuid),
  FUNCTION 2 pdauth.scope_gin_extract_value(pdauth.license_scope, internal),
  FUNCTION 3 pdauth.scope_gin_extract_query(pdauth.license_scope, internal, smallint, internal, internal, internal, internal),
  FUNCTION 4 pdauth.scope_gin_consistent(internal, smallint, pdauth.license_scope, integer, internal, internal, internal, internal),
  FUNCTION 5 pdauth.scope_gin_compare_partial(uuid, uuid, smallint, internal),
  FUNCTION 6 pdauth.scope_gin_triconsistent(internal, smallint, pdauth.license_scope, integer, internal, internal, internal),
  STORAGE uuid;
COMMENT ON OPERATOR CLASS pdauth.license_scope_gin_ops USING gin IS
  'Finds the licenses that permit a request: CREATE INDEX ON license USING gin (scope) WITH (fastupdate = off); WHERE scope @> request.';

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

CREATE FUNCTION pdauth.make_scope(
  actions text[], paths text[], columns text[], purposes text[], regions text[], validity datemultirange, level text
) RETURNS pdauth.license_scope
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_scope_make';
COMMENT ON FUNCTION pdauth.make_scope(text[], text[], text[], text[], text[], datemultirange, text) IS
  'A scope of one grant from arrays; ARRAY[''*''] for everything (not for actions). Paths and purposes as in the text form, columns as plain names. Malformed elements: 22P02; an empty array: 22023; a null element: 22004. Null if an argument is null. Combine several with + or scope_agg.';

CREATE AGGREGATE pdauth.scope_agg(pdauth.license_scope) (
  SFUNC = pdauth.scope_union, STYPE = pdauth.license_scope, COMBINEFUNC = pdauth.scope_union, PARALLEL = 'safe'
);
COMMENT ON AGGREGATE pdauth.scope_agg(pdauth.license_scope) IS
  'What any of the scopes permits (their union). Nulls are skipped; null if there are no rows. More than 512 grants: 54000.';
CREATE AGGREGATE pdauth.scope_intersect_agg(pdauth.license_scope) (
  SFUNC = pdauth.scope_intersection, STYPE = pdauth.license_scope, COMBINEFUNC = pdauth.scope_intersection, PARALLEL = 'safe'
);
COMMENT ON AGGREGATE pdauth.scope_intersect_agg(pdauth.license_scope) IS
  'What all of the scopes permit (their intersection). Nulls are skipped; null if there are no rows.';

CREATE FUNCTION pdauth.path_canonical(path text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_path_canonical';
COMMENT ON FUNCTION pdauth.path_canonical(text) IS
  'A resource path or purpose in canonical text: NFC, components quoted only where needed. Malformed: 22P02 with the position. Null if the argument is null.';
CREATE FUNCTION pdauth.path_contains(ancestor text, path text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_path_contains';
COMMENT ON FUNCTION pdauth.path_contains(text, text) IS
  'Does the path (or purpose) equal the ancestor or lie below it, component by component? * contains everything. Malformed: 22P02. Null if an argument is null.';

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

COMMENT ON OPERATOR CLASS pdauth.license_scope_ops USING btree IS
  'Sorts scopes by their bytes, for DISTINCT and ORDER BY; the order means nothing, and a long scope exceeds what a btree row can hold.';
COMMENT ON OPERATOR CLASS pdauth.license_scope_ops USING hash IS
  'Equality of scopes: equal sets are equal bytes.';
