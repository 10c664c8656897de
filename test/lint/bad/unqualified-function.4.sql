DO $$ BEGIN PERFORM lower('X'); END $$;
