-- The type term: an amount of working days, days, months or years.

CREATE TYPE pdauth.term;

CREATE FUNCTION pdauth.term_in(cstring) RETURNS pdauth.term
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_term_in';
COMMENT ON FUNCTION pdauth.term_in(cstring) IS 'Input of term. 22P02 on malformed text.';
CREATE FUNCTION pdauth.term_out(pdauth.term) RETURNS cstring
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_term_out';
COMMENT ON FUNCTION pdauth.term_out(pdauth.term) IS 'Output of term, in English.';
CREATE FUNCTION pdauth.term_recv(internal) RETURNS pdauth.term
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_term_recv';
COMMENT ON FUNCTION pdauth.term_recv(internal) IS 'Binary input of term: four bytes amount, one byte unit (0 workday, 1 day, 2 month, 3 year). 22P03 on malformed input.';
CREATE FUNCTION pdauth.term_send(pdauth.term) RETURNS bytea
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_term_send';
COMMENT ON FUNCTION pdauth.term_send(pdauth.term) IS 'Binary output of term.';
CREATE TYPE pdauth.term (
  INPUT = pdauth.term_in, OUTPUT = pdauth.term_out, RECEIVE = pdauth.term_recv, SEND = pdauth.term_send,
  LIKE = pg_catalog.int8);
COMMENT ON TYPE pdauth.term IS
  'A term of law: an amount, not negative, of workdays, days, months or years. Written ''20 workdays'', ''30 days'', ''3 months'', ''5 years'', or as Chinese laws do: ''20个工作日'', ''30日'', ''3个月'', ''五年''. Shown in English. Orders by mean length, so that 12 months sort just before the 1 year they last as long as.';

CREATE FUNCTION pdauth.make_term(amount integer, unit text) RETURNS pdauth.term
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_term_make';
COMMENT ON FUNCTION pdauth.make_term(amount integer, unit text) IS 'A term from its amount and unit (workday, day, month, year; 工作日, 日, 月, 年). 22023 for a negative amount or another unit; NULL for NULL.';
CREATE FUNCTION pdauth.term_amount(term pdauth.term) RETURNS integer
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_term_amount';
COMMENT ON FUNCTION pdauth.term_amount(term pdauth.term) IS 'Amount of the term, in its unit. NULL for NULL.';
CREATE FUNCTION pdauth.term_unit(term pdauth.term) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_term_unit';
COMMENT ON FUNCTION pdauth.term_unit(term pdauth.term) IS 'Unit of the term: workday, day, month or year. NULL for NULL.';
CREATE FUNCTION pdauth.term_multiply(term pdauth.term, factor integer) RETURNS pdauth.term
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_term_multiply';
COMMENT ON FUNCTION pdauth.term_multiply(term pdauth.term, factor integer) IS 'The term so many times. 22023 for a negative factor, 22003 out of range; NULL for NULL.';
CREATE FUNCTION pdauth.term_multiply(factor integer, term pdauth.term) RETURNS pdauth.term
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN pdauth.term_multiply(term, factor);
COMMENT ON FUNCTION pdauth.term_multiply(integer, pdauth.term) IS 'The term so many times. 22023 for a negative factor, 22003 out of range; NULL for NULL.';
CREATE OPERATOR pdauth.* (FUNCTION = pdauth.term_multiply, LEFTARG = pdauth.term, RIGHTARG = integer, COMMUTATOR = OPERATOR(pdauth.*));
COMMENT ON OPERATOR pdauth.* (pdauth.term, integer) IS 'The term so many times.';
CREATE OPERATOR pdauth.* (FUNCTION = pdauth.term_multiply, LEFTARG = integer, RIGHTARG = pdauth.term, COMMUTATOR = OPERATOR(pdauth.*));
COMMENT ON OPERATOR pdauth.* (integer, pdauth.term) IS 'The term so many times.';

CREATE FUNCTION pdauth.term_compare(pdauth.term, pdauth.term) RETURNS integer
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_term_compare';
COMMENT ON FUNCTION pdauth.term_compare(pdauth.term, pdauth.term) IS '-1, 0 or 1: order of terms by mean length, then unit.';
CREATE FUNCTION pdauth.term_equal(pdauth.term, pdauth.term) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_term_equal';
COMMENT ON FUNCTION pdauth.term_equal(pdauth.term, pdauth.term) IS 'Operator = of term: same order as btree indexes.';
CREATE OPERATOR pdauth.= (FUNCTION = pdauth.term_equal, LEFTARG = pdauth.term, RIGHTARG = pdauth.term,
  COMMUTATOR = OPERATOR(pdauth.=), NEGATOR = OPERATOR(pdauth.<>), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
COMMENT ON OPERATOR pdauth.= (pdauth.term, pdauth.term) IS 'Order of terms by mean length, then unit.';
CREATE FUNCTION pdauth.term_not_equal(pdauth.term, pdauth.term) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_term_not_equal';
COMMENT ON FUNCTION pdauth.term_not_equal(pdauth.term, pdauth.term) IS 'Operator <> of term: same order as btree indexes.';
CREATE OPERATOR pdauth.<> (FUNCTION = pdauth.term_not_equal, LEFTARG = pdauth.term, RIGHTARG = pdauth.term,
  COMMUTATOR = OPERATOR(pdauth.<>), NEGATOR = OPERATOR(pdauth.=), RESTRICT = neqsel, JOIN = neqjoinsel);
COMMENT ON OPERATOR pdauth.<> (pdauth.term, pdauth.term) IS 'Order of terms by mean length, then unit.';
CREATE FUNCTION pdauth.term_less(pdauth.term, pdauth.term) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_term_less';
COMMENT ON FUNCTION pdauth.term_less(pdauth.term, pdauth.term) IS 'Operator < of term: same order as btree indexes.';
CREATE OPERATOR pdauth.< (FUNCTION = pdauth.term_less, LEFTARG = pdauth.term, RIGHTARG = pdauth.term,
  COMMUTATOR = OPERATOR(pdauth.>), NEGATOR = OPERATOR(pdauth.>=), RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
COMMENT ON OPERATOR pdauth.< (pdauth.term, pdauth.term) IS 'Order of terms by mean length, then unit.';
CREATE FUNCTION pdauth.term_less_or_equal(pdauth.term, pdauth.term) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_term_less_or_equal';
COMMENT ON FUNCTION pdauth.term_less_or_equal(pdauth.term, pdauth.term) IS 'Operator <= of term: same order as btree indexes.';
CREATE OPERATOR pdauth.<= (FUNCTION = pdauth.term_less_or_equal, LEFTARG = pdauth.term, RIGHTARG = pdauth.term,
  COMMUTATOR = OPERATOR(pdauth.>=), NEGATOR = OPERATOR(pdauth.>), RESTRICT = scalarlesel, JOIN = scalarlejoinsel);
COMMENT ON OPERATOR pdauth.<= (pdauth.term, pdauth.term) IS 'Order of terms by mean length, then unit.';
CREATE FUNCTION pdauth.term_greater(pdauth.term, pdauth.term) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_term_greater';
COMMENT ON FUNCTION pdauth.term_greater(pdauth.term, pdauth.term) IS 'Operator > of term: same order as btree indexes.';
CREATE OPERATOR pdauth.> (FUNCTION = pdauth.term_greater, LEFTARG = pdauth.term, RIGHTARG = pdauth.term,
  COMMUTATOR = OPERATOR(pdauth.<), NEGATOR = OPERATOR(pdauth.<=), RESTRICT = scalargtsel, JOIN = scalargtjoinsel);
COMMENT ON OPERATOR pdauth.> (pdauth.term, pdauth.term) IS 'Order of terms by mean length, then unit.';
CREATE FUNCTION pdauth.term_greater_or_equal(pdauth.term, pdauth.term) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_term_greater_or_equal';
COMMENT ON FUNCTION pdauth.term_greater_or_equal(pdauth.term, pdauth.term) IS 'Operator >= of term: same order as btree indexes.';
CREATE OPERATOR pdauth.>= (FUNCTION = pdauth.term_greater_or_equal, LEFTARG = pdauth.term, RIGHTARG = pdauth.term,
  COMMUTATOR = OPERATOR(pdauth.<=), NEGATOR = OPERATOR(pdauth.<), RESTRICT = scalargesel, JOIN = scalargejoinsel);
COMMENT ON OPERATOR pdauth.>= (pdauth.term, pdauth.term) IS 'Order of terms by mean length, then unit.';
CREATE FUNCTION pdauth.term_hash(pdauth.term) RETURNS integer
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_term_hash';
COMMENT ON FUNCTION pdauth.term_hash(pdauth.term) IS 'Hash of term for hash indexes and joins.';
CREATE FUNCTION pdauth.term_hash_extended(pdauth.term, bigint) RETURNS bigint
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'pdauth_term_hash_extended';
COMMENT ON FUNCTION pdauth.term_hash_extended(pdauth.term, bigint) IS 'Seeded hash of term, for hash partitioning.';
CREATE OPERATOR CLASS pdauth.term_ops DEFAULT FOR TYPE pdauth.term USING btree AS
  OPERATOR 1 pdauth.<, OPERATOR 2 pdauth.<=, OPERATOR 3 pdauth.=, OPERATOR 4 pdauth.>=, OPERATOR 5 pdauth.>,
  FUNCTION 1 pdauth.term_compare(pdauth.term, pdauth.term);
CREATE OPERATOR CLASS pdauth.term_ops DEFAULT FOR TYPE pdauth.term USING hash AS
  OPERATOR 1 pdauth.=,
  FUNCTION 1 pdauth.term_hash(pdauth.term),
  FUNCTION 2 pdauth.term_hash_extended(pdauth.term, bigint);

CREATE FUNCTION pdauth.term_to_jsonb(term pdauth.term) RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN pg_catalog.jsonb_build_object('amount', pdauth.term_amount(term), 'unit', pdauth.term_unit(term));
COMMENT ON FUNCTION pdauth.term_to_jsonb(pdauth.term) IS 'The term as {"amount": 20, "unit": "workday"}. NULL for NULL.';
CREATE FUNCTION pdauth.term_from_jsonb(value jsonb) RETURNS pdauth.term
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF jsonb_typeof(value -> 'amount') IS DISTINCT FROM 'number' OR jsonb_typeof(value -> 'unit') IS DISTINCT FROM 'string'
     OR (value ->> 'amount')::numeric NOT BETWEEN 0 AND 2147483647 OR (value ->> 'amount')::numeric % 1 <> 0 THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
      MESSAGE = 'not a term',
      HINT = 'A term in JSON is {"amount": 20, "unit": "workday"}.';
  END IF;
  RETURN pdauth.make_term((value ->> 'amount')::numeric::integer, value ->> 'unit');
END
$function$;
COMMENT ON FUNCTION pdauth.term_from_jsonb(jsonb) IS 'The term from {"amount": 20, "unit": "workday"}. 22023 for anything else; NULL for NULL.';
CREATE CAST (pdauth.term AS jsonb) WITH FUNCTION pdauth.term_to_jsonb(pdauth.term);
CREATE CAST (jsonb AS pdauth.term) WITH FUNCTION pdauth.term_from_jsonb(jsonb);

COMMENT ON OPERATOR CLASS pdauth.term_ops USING btree IS
  'Sorts terms by mean length, then unit; which of two terms really ends first depends on the calendar and the start.';
COMMENT ON OPERATOR CLASS pdauth.term_ops USING hash IS 'Equality of terms.';
COMMENT ON CAST (pdauth.term AS jsonb) IS 'As pdauth.term_to_jsonb(term).';
COMMENT ON CAST (jsonb AS pdauth.term) IS 'As pdauth.term_from_jsonb(jsonb); raises 22023 for anything else.';
