CREATE FUNCTION pdauth.f(name text) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN EXECUTE format('DROP TABLE %I.%s', 'a', name); END $$;
