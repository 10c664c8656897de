-- Application scenarios (应用场景, Article 19): what data-use requests are for.

CREATE TABLE pdauth.scenario (
  scenario_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number        text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  name          text NOT NULL CHECK (pdauth.has_content(name)),
  author_party  bigint NOT NULL REFERENCES pdauth.party,
  division      pdauth.division_code,
  need          text NOT NULL CHECK (pdauth.has_content(need)),
  sector        text NOT NULL CHECK (pdauth.has_content(sector)),
  purpose       text NOT NULL CHECK (purpose = pdauth.resource_path(purpose)),
  state         text NOT NULL DEFAULT 'proposed',
  act_date      date,
  act_document  text,
  act_digest    pdauth.document_digest,
  act_reason    text,
  registered_at timestamptz
);
COMMENT ON TABLE pdauth.scenario IS 'Application scenarios: operators explore them, society is encouraged to (Article 19). proposed, exploring, realised or dropped.';
COMMENT ON COLUMN pdauth.scenario.scenario_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.scenario.number IS 'Number, such as C-1.';
COMMENT ON COLUMN pdauth.scenario.name IS 'Name.';
COMMENT ON COLUMN pdauth.scenario.author_party IS 'Who thought of it.';
COMMENT ON COLUMN pdauth.scenario.division IS 'Division.';
COMMENT ON COLUMN pdauth.scenario.need IS 'Need it meets.';
COMMENT ON COLUMN pdauth.scenario.sector IS 'Sector, such as transport.';
COMMENT ON COLUMN pdauth.scenario.purpose IS 'Purpose of the data in it, as in license scopes; that of a request is the same or below.';
COMMENT ON COLUMN pdauth.scenario.state IS 'proposed, exploring, realised or dropped.';
COMMENT ON COLUMN pdauth.scenario.act_date IS 'Legal date of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.scenario.act_document IS 'Document of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.scenario.act_digest IS 'Its digest; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.scenario.act_reason IS 'Reason of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.scenario.registered_at IS 'When it was registered.';

CREATE TABLE pdauth.scenario_product (
  scenario_id bigint NOT NULL REFERENCES pdauth.scenario,
  product_id  bigint NOT NULL REFERENCES pdauth.product,
  PRIMARY KEY (scenario_id, product_id)
);
COMMENT ON TABLE pdauth.scenario_product IS 'Products that came of a scenario, linked by the organisation that owns the product.';
COMMENT ON COLUMN pdauth.scenario_product.scenario_id IS 'The scenario.';
COMMENT ON COLUMN pdauth.scenario_product.product_id IS 'The product.';

INSERT INTO pdauth.life_cycle VALUES ('scenario', 'scenario_id', 'number', 'scenario_violations', NULL, 'R-19-1', 'R-19-1', 'R-19-1', '{proposed,exploring}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('scenario', '', 'proposed', '{operator,developer,provider,agency,bureau,prefecture,county}', 'R-19-1', '{}'),
  ('scenario', 'proposed', 'exploring', '{operator,developer,provider,agency,bureau,prefecture,county}', 'R-19-1', '{}'),
  ('scenario', 'exploring', 'realised', '{operator,developer,provider,agency,bureau,prefecture,county}', 'R-19-1', '{}'),
  ('scenario', 'proposed', 'dropped', '{operator,developer,provider,agency,bureau,prefecture,county}', 'R-19-1', '{reason}'),
  ('scenario', 'exploring', 'dropped', '{operator,developer,provider,agency,bureau,prefecture,county}', 'R-19-1', '{reason}');

CREATE FUNCTION pdauth.scenario_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-19-1', step.object, format('The scenario is of %s.', pdauth.party_code(s.author_party)), NULL::text
    FROM pdauth.scenario AS s WHERE s.scenario_id = step.object_id AND s.author_party <> step.party_id
$function$;
REVOKE ALL ON FUNCTION pdauth.scenario_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.scenario_violations(pdauth.transition) IS 'Check function of scenarios: each author keeps its own (R-19-1).';

CREATE FUNCTION pdauth.check_scenario_product() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NOT pdauth.break_glass_active() AND (pdauth.require_actor()).party_id IS DISTINCT FROM
     (SELECT p.owner_party FROM pdauth.product AS p WHERE p.product_id = coalesce(NEW.product_id, OLD.product_id)) THEN
    PERFORM pdauth.refuse('R-19-1', 'scenario product', 'The product is of another organisation.');
  END IF;
  RETURN coalesce(NEW, OLD);
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_scenario_product() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_scenario_product() IS 'Row trigger of pdauth.scenario_product: a product is linked by who owns it (PD191, R-19-1).';

SELECT pdauth.register_table('pdauth.scenario', '{operator,developer,provider,agency,bureau,prefecture,county}', 'R-19-1');
SELECT pdauth.register_table('pdauth.scenario_product', '{operator,developer}', 'R-19-1');
CREATE TRIGGER check_scenario_product BEFORE INSERT OR UPDATE OR DELETE ON pdauth.scenario_product FOR EACH ROW EXECUTE FUNCTION pdauth.check_scenario_product();
ALTER TABLE pdauth.scenario_product ENABLE ALWAYS TRIGGER check_scenario_product;
CREATE POLICY register ON pdauth.scenario USING (pdauth.may_see(division, author_party)) WITH CHECK (true);
CREATE POLICY register ON pdauth.scenario_product USING (EXISTS (SELECT FROM pdauth.scenario AS s WHERE s.scenario_id = scenario_product.scenario_id)) WITH CHECK (true);

CREATE VIEW pdauth.scenario_report WITH (security_barrier) AS
  SELECT pdauth.party_code(s.author_party) AS author, s.sector, pg_catalog.count(*) AS scenarios,
         pg_catalog.count(*) FILTER (WHERE EXISTS (SELECT FROM pdauth.scenario_product AS p WHERE p.scenario_id = s.scenario_id)) AS with_products,
         pg_catalog.count(*) FILTER (WHERE s.state = 'realised') AS realised, pg_catalog.count(*) FILTER (WHERE s.state = 'dropped') AS dropped
    FROM pdauth.scenario AS s
   WHERE pdauth.may_see(s.division, s.author_party)
   GROUP BY s.author_party, s.sector;
COMMENT ON VIEW pdauth.scenario_report IS 'How far scenarios are explored, by author and sector (R-19-1). A report; no minimum is enforced.';
COMMENT ON COLUMN pdauth.scenario_report.author IS 'Author.';
COMMENT ON COLUMN pdauth.scenario_report.sector IS 'Sector.';
COMMENT ON COLUMN pdauth.scenario_report.scenarios IS 'Scenarios.';
COMMENT ON COLUMN pdauth.scenario_report.with_products IS 'Of these, with a product.';
COMMENT ON COLUMN pdauth.scenario_report.realised IS 'Of these, realised.';
COMMENT ON COLUMN pdauth.scenario_report.dropped IS 'Of these, dropped.';
GRANT SELECT ON pdauth.scenario_report TO pdauth_register, pdauth_policy_admin, pdauth_auditor;
