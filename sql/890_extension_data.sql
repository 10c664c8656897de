-- Last, when all modules have entered theirs: what the register enforces is
-- closed to changes by hand (X-2).
DO $tables$
DECLARE
  relation pg_catalog.regclass;
BEGIN
  FOREACH relation IN ARRAY ARRAY['pdauth.rule', 'pdauth.capacity', 'pdauth.jurisdiction_pack', 'pdauth.life_cycle', 'pdauth.life_cycle_transition', 'pdauth.competence', 'pdauth.further_check', 'pdauth.further_effect']::pg_catalog.regclass[] LOOP
    EXECUTE pg_catalog.format('CREATE TRIGGER keep_extension_data BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION pdauth.keep_extension_data()', relation);
    EXECUTE pg_catalog.format('ALTER TABLE %s ENABLE ALWAYS TRIGGER keep_extension_data', relation);
  END LOOP;
END
$tables$;

-- The log's own tables do come by logical replication, to be kept elsewhere.
CREATE FUNCTION pdauth.refuse_replication() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'pdauth_refuse_replication';
REVOKE ALL ON FUNCTION pdauth.refuse_replication() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.refuse_replication() IS
  'Trigger of policy, register and calendars: their rows do not come by logical replication, whose workers fire no statement triggers (PD002, X-2).';
DO $tables$
DECLARE
  relation pg_catalog.regclass;
BEGIN
  FOR relation IN SELECT c.oid FROM pg_catalog.pg_class AS c
                   WHERE c.relnamespace OPERATOR(pg_catalog.=) 'pdauth'::pg_catalog.regnamespace AND c.relkind OPERATOR(pg_catalog.=) 'r' AND c.relname OPERATOR(pg_catalog.!~~) 'audit\_%' LOOP
    -- before the others, as it knows better what to say
    EXECUTE pg_catalog.format('CREATE TRIGGER a_refuse_replication BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION pdauth.refuse_replication()', relation);
    EXECUTE pg_catalog.format('CREATE TRIGGER a_refuse_replicated_truncate BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION pdauth.refuse_replication()', relation);
    EXECUTE pg_catalog.format('ALTER TABLE %s ENABLE REPLICA TRIGGER a_refuse_replication, ENABLE REPLICA TRIGGER a_refuse_replicated_truncate', relation);
  END LOOP;
END
$tables$;
