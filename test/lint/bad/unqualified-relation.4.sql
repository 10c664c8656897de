-- A body that it does not (a field of a composite variable).
CREATE FUNCTION pdauth.f() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held pdauth.license;
BEGIN
  held.basis := 'x';
  INSERT INTO license SELECT held.*;
END $$;
