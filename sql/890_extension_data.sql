-- Last, when all modules have entered theirs: what the register enforces is
-- closed to changes by hand (X-2).
DO $tables$
DECLARE
  relation pg_catalog.regclass;
BEGIN
  FOREACH relation IN ARRAY ARRAY['pdauth.rule', 'pdauth.capacity', 'pdauth.jurisdiction_pack', 'pdauth.life_cycle', 'pdauth.life_cycle_transition', 'pdauth.competence']::pg_catalog.regclass[] LOOP
    EXECUTE pg_catalog.format('CREATE TRIGGER keep_extension_data BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION pdauth.keep_extension_data()', relation);
    EXECUTE pg_catalog.format('ALTER TABLE %s ENABLE ALWAYS TRIGGER keep_extension_data', relation);
  END LOOP;
END
$tables$;
