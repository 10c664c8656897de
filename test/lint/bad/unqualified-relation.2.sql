CREATE FUNCTION pdauth.f() RETURNS bigint LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$ SELECT count(*) FROM pg_class, license $$;
