-- Another path is not the pinned one.
CREATE FUNCTION pdauth.f() RETURNS trigger LANGUAGE c SECURITY DEFINER SET search_path = pdauth, pg_temp AS 'MODULE_PATHNAME', 'f';
