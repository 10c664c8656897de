CREATE FUNCTION pdauth.f(number integer) RETURNS integer LANGUAGE c SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'f';
GRANT EXECUTE ON FUNCTION pdauth.f(integer) TO pdauth_auditor;
