CREATE FUNCTION pdauth.f() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  held pdauth.license;
BEGIN
  held.basis := lower('X');
END $$;
