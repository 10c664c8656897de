-- A body that libpg_query parses.
CREATE FUNCTION pdauth.f() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO license (basis) VALUES ('x');
END $$;
