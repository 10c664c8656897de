CREATE FUNCTION pdauth.f() RETURNS text LANGUAGE sql AS $$ SELECT lower('X') $$;
