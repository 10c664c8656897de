DO $$ DECLARE name text := 'x'; BEGIN EXECUTE 'DROP TABLE ' || name; END $$;
