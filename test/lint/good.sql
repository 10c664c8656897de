-- Everything here is as it should be: the lint must be silent.
\echo Use "CREATE EXTENSION pdauth" to load this file. \quit
CREATE SCHEMA pdauth;
GRANT USAGE ON SCHEMA pdauth TO PUBLIC;
CREATE TABLE pdauth.t (a bigint GENERATED ALWAYS AS IDENTITY, b timestamptz DEFAULT pg_catalog.now(), c pdauth.license_scope, d character varying(3)[]);
CREATE VIEW pdauth.v AS WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT r.n + 1 FROM r) SELECT r.n, EXTRACT(year FROM t.b) FROM r JOIN pdauth.t AS t ON true;
CREATE FUNCTION pdauth.f(relation regclass, name text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held pdauth.t;	-- FROM comment
BEGIN
  IF NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = relation) THEN RETURN; END IF;
  held.a := extract(day FROM now());
  SELECT t.* INTO STRICT held FROM pdauth.t AS t WHERE t.a IS DISTINCT FROM held.a FOR UPDATE OF t;
  INSERT INTO pdauth.t (b) SELECT b FROM unnest(ARRAY[now()]) AS u (b) ON CONFLICT DO NOTHING;
  EXECUTE format('ALTER TABLE %s RENAME TO %I', relation, name || '_old');
END $$;
REVOKE ALL ON FUNCTION pdauth.f(regclass, text) FROM PUBLIC;
CREATE FUNCTION pdauth.g() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE pdauth.t SET b = n.b FROM new_rows AS n WHERE n.a = t.a;
  RETURN NULL;
END $$;
CREATE TRIGGER g AFTER INSERT ON pdauth.t REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION pdauth.g();
CREATE OPERATOR pdauth.@> (LEFTARG = pdauth.license_scope, RIGHTARG = pdauth.license_scope, FUNCTION = pdauth.contains, RESTRICT = contsel);
CREATE OPERATOR CLASS pdauth.o DEFAULT FOR TYPE pdauth.license_scope USING btree AS OPERATOR 1 pdauth.<, FUNCTION 1 pdauth.cmp(pdauth.license_scope, pdauth.license_scope);
-- lint:allow outside-schema: shows that an exception is possible
CREATE CAST (pdauth.license_scope AS jsonb) WITH FUNCTION pdauth.to_jsonb(pdauth.license_scope);
DO $$ BEGIN PERFORM pg_catalog.set_config('a.b', 'c', false); END $$;
