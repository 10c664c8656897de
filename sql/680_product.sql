-- Products and services, their sources, tariffs and deliveries (Articles 4, 12, 14).

CREATE TABLE pdauth.product (
  product_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number           text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  name             text NOT NULL CHECK (pdauth.has_content(name)),
  owner_party      bigint NOT NULL REFERENCES pdauth.party,
  division         pdauth.division_code,
  form             text NOT NULL,
  form_description text,
  purposes         text[] NOT NULL DEFAULT '{}',
  relation         regclass,
  state            text NOT NULL DEFAULT 'developing',
  act_date       date,
  act_document   text,
  act_digest     pdauth.document_digest,
  act_reason     text,
  registered_at  timestamptz
);
COMMENT ON TABLE pdauth.product IS 'Products and services made from public data: by operators, developers, or departments, whose own products are not supplied outside the procedure (R-14-1). developing, deliverable, offered, withdrawn.';
COMMENT ON COLUMN pdauth.product.product_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.product.number IS 'Number, such as P-1.';
COMMENT ON COLUMN pdauth.product.name IS 'Name.';
COMMENT ON COLUMN pdauth.product.owner_party IS 'Who made it; the capacity in which it was registered tells operator, developer and department apart.';
COMMENT ON COLUMN pdauth.product.division IS 'Division.';
COMMENT ON COLUMN pdauth.product.form IS 'Form: a word of the pack''s list product_forms (R-4-4).';
COMMENT ON COLUMN pdauth.product.form_description IS 'What it is, if the form is other.';
COMMENT ON COLUMN pdauth.product.purposes IS 'Purposes it is offered for; checked against the restrictions of its sources (R-5-6).';
COMMENT ON COLUMN pdauth.product.relation IS 'Table or view it is in, if it is in this database.';
COMMENT ON COLUMN pdauth.product.state IS 'developing, deliverable, offered or withdrawn.';
COMMENT ON COLUMN pdauth.product.act_date IS 'Legal date of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.product.act_document IS 'Document of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.product.act_digest IS 'Its digest; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.product.act_reason IS 'Reason of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.product.registered_at IS 'When it was registered.';

CREATE TABLE pdauth.product_source (
  product_id  bigint NOT NULL REFERENCES pdauth.product,
  source      text NOT NULL CHECK (source = pdauth.resource_path(source)),
  part        text NOT NULL DEFAULT '',
  PRIMARY KEY (product_id, source, part)
);
COMMENT ON TABLE pdauth.product_source IS 'Lineage: the catalogued resources a product draws on, directly or by another product (part: its number).';
COMMENT ON COLUMN pdauth.product_source.product_id IS 'The product.';
COMMENT ON COLUMN pdauth.product_source.source IS 'Path of a catalogued resource.';
COMMENT ON COLUMN pdauth.product_source.part IS 'Number of the product in between; empty for a direct source.';

CREATE TABLE pdauth.product_column (
  product_id        bigint NOT NULL REFERENCES pdauth.product,
  column_name       text COLLATE "C" NOT NULL,
  direct_identifier boolean NOT NULL,
  treatment         text NOT NULL CHECK (treatment IN ('none', 'removed', 'masked', 'generalised', 'pseudonymised')),
  method            text CHECK (pdauth.has_content(method)),
  treated_on        date,
  PRIMARY KEY (product_id, column_name),
  CHECK (treatment = 'none' OR method IS NOT NULL AND treated_on IS NOT NULL)
);
COMMENT ON TABLE pdauth.product_column IS 'De-identification record of a dataset product, column by column (R-4-5).';
COMMENT ON COLUMN pdauth.product_column.product_id IS 'The product.';
COMMENT ON COLUMN pdauth.product_column.column_name IS 'The column.';
COMMENT ON COLUMN pdauth.product_column.direct_identifier IS 'Does it identify persons directly?';
COMMENT ON COLUMN pdauth.product_column.treatment IS 'none, removed, masked, generalised or pseudonymised.';
COMMENT ON COLUMN pdauth.product_column.method IS 'How.';
COMMENT ON COLUMN pdauth.product_column.treated_on IS 'When.';

CREATE TABLE pdauth.tariff (
  tariff_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  product_id  bigint NOT NULL REFERENCES pdauth.product,
  version     integer NOT NULL,
  use_class   text NOT NULL,
  unit_amount numeric(14, 2) NOT NULL CHECK (unit_amount >= 0 AND unit_amount < 'Infinity'),
  unit        text CHECK (pdauth.has_content(unit)),
  criteria    text NOT NULL CHECK (pdauth.has_content(criteria)),
  recorded_at timestamptz NOT NULL,
  recorded_by name NOT NULL,
  UNIQUE (product_id, version, use_class)
);
COMMENT ON TABLE pdauth.tariff IS 'Versions of tariff and admission criteria of a product, the same for all developers (R-4-6).';
COMMENT ON COLUMN pdauth.tariff.tariff_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.tariff.product_id IS 'The product.';
COMMENT ON COLUMN pdauth.tariff.version IS 'Version.';
COMMENT ON COLUMN pdauth.tariff.use_class IS 'public or industry.';
COMMENT ON COLUMN pdauth.tariff.unit_amount IS 'Amount for one unit, in yuan.';
COMMENT ON COLUMN pdauth.tariff.unit IS 'What one unit is: the unit of the price ceiling it is held against (N65-3).';
COMMENT ON COLUMN pdauth.tariff.criteria IS 'Admission criteria.';
COMMENT ON COLUMN pdauth.tariff.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.tariff.recorded_by IS 'Role that inserted it.';

CREATE TABLE pdauth.delivery (
  delivery_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  product_id      bigint NOT NULL REFERENCES pdauth.product,
  development_id  bigint NOT NULL REFERENCES pdauth.development_agreement,
  tariff_id       bigint NOT NULL REFERENCES pdauth.tariff,
  quantity        numeric NOT NULL CHECK (quantity > 0 AND quantity < 'Infinity'),
  amount          numeric(14, 2) NOT NULL CHECK (amount >= 0 AND amount < 'Infinity'),
  deviation_reason text CHECK (pdauth.has_content(deviation_reason)),
  recorded_at     timestamptz NOT NULL,
  recorded_by     name NOT NULL
);
CREATE INDEX delivery_product_index ON pdauth.delivery (product_id);
COMMENT ON TABLE pdauth.delivery IS 'Deliveries of products to developers under their agreements.';
COMMENT ON COLUMN pdauth.delivery.delivery_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.delivery.product_id IS 'The product.';
COMMENT ON COLUMN pdauth.delivery.development_id IS 'Development agreement it is under.';
COMMENT ON COLUMN pdauth.delivery.tariff_id IS 'Tariff version.';
COMMENT ON COLUMN pdauth.delivery.quantity IS 'Units.';
COMMENT ON COLUMN pdauth.delivery.amount IS 'Amount charged, in yuan.';
COMMENT ON COLUMN pdauth.delivery.deviation_reason IS 'Why it deviates from the tariff, if it does.';
COMMENT ON COLUMN pdauth.delivery.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.delivery.recorded_by IS 'Role that inserted it.';

INSERT INTO pdauth.life_cycle VALUES ('product', 'product_id', 'number', 'product_violations', NULL, 'X-5', 'X-5', 'X-5', '{developing}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('product', '', 'developing', '{operator,developer,provider}', 'R-4-4', '{}'),
  ('product', 'developing', 'deliverable', '{operator,developer,provider}', 'R-4-5', '{}'),
  ('product', 'deliverable', 'offered', '{operator,provider}', 'R-14-1', '{}'),
  ('product', 'developing', 'withdrawn', '{operator,developer,provider}', 'R-4-4', '{reason}'),
  ('product', 'deliverable', 'withdrawn', '{operator,developer,provider}', 'R-4-4', '{reason}'),
  ('product', 'offered', 'withdrawn', '{operator,provider}', 'R-4-4', '{reason}');

CREATE FUNCTION pdauth.product_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT v.* FROM pdauth.product AS p, pdauth.operator_violations(p.owner_party, step.object) AS v
   WHERE p.product_id = step.object_id AND step.capacity = 'operator' AND step.to_state <> 'withdrawn'
  UNION ALL
  SELECT 'R-4-4', step.object, format('The product is of %s.', pdauth.party_code(p.owner_party)), NULL
    FROM pdauth.product AS p WHERE p.product_id = step.object_id AND p.owner_party <> step.party_id
  UNION ALL
  SELECT 'R-4-4', step.object, format('Form: %s.', p.form), NULL
    FROM pdauth.product AS p
   WHERE p.product_id = step.object_id AND (NOT pdauth.word_allowed('product_forms', p.form, p.division) OR p.form = 'other' AND pdauth.is_blank(p.form_description))
  UNION ALL
  SELECT 'R-4-4', step.object, 'It names no catalogued source.', NULL
   WHERE step.to_state IN ('deliverable', 'offered')
     AND NOT EXISTS (SELECT FROM pdauth.product_source AS s JOIN pdauth.resource AS r ON r.path = s.source WHERE s.product_id = step.object_id)
  UNION ALL
  SELECT 'R-4-5', step.object, 'It has no de-identification record.', NULL
    FROM pdauth.product AS p
   WHERE p.product_id = step.object_id AND p.form = 'dataset' AND step.to_state IN ('deliverable', 'offered')
     AND NOT EXISTS (SELECT FROM pdauth.product_column AS c WHERE c.product_id = p.product_id)
  UNION ALL
  SELECT 'R-4-5', step.object, format('In clear: %s.', string_agg(c.column_name, ', ' ORDER BY c.column_name)), NULL
    FROM pdauth.product AS p
   CROSS JOIN LATERAL (
     SELECT c.column_name FROM pdauth.product_column AS c WHERE c.product_id = p.product_id AND c.direct_identifier AND c.treatment = 'none'
     UNION
     -- what the labels grade important is in the relation, and nobody says how it was treated
     SELECT l.column_name FROM pdauth.column_label AS l
      WHERE l.relation = p.relation AND l.level <> 'general'
        AND NOT EXISTS (SELECT FROM pdauth.product_column AS c WHERE c.product_id = p.product_id AND c.column_name = l.column_name AND c.treatment <> 'none')) AS c(column_name)
   WHERE p.product_id = step.object_id AND p.form = 'dataset' AND step.to_state IN ('deliverable', 'offered') HAVING count(*) > 0
  UNION ALL
  SELECT 'R-5-6', step.object, format('%s must not be used for %s.', s.source, pdauth.purpose_forbidden(s.source, u)), NULL
    FROM pdauth.product AS p CROSS JOIN LATERAL unnest(p.purposes) AS u JOIN pdauth.product_source AS s USING (product_id)
   WHERE p.product_id = step.object_id AND step.to_state IN ('deliverable', 'offered') AND pdauth.purpose_forbidden(s.source, u) IS NOT NULL
  UNION ALL
  SELECT CASE WHEN EXISTS (SELECT FROM pdauth.exception AS e WHERE e.rule = 'R-14-2' AND e.applicant_party = p.owner_party) THEN 'R-14-2' ELSE 'R-14-1' END,
         step.object, format('It was made by %s outside an operating agreement.', pdauth.party_code(p.owner_party)), NULL
    FROM pdauth.product AS p
   WHERE p.product_id = step.object_id AND step.to_state = 'offered' AND step.capacity <> 'operator' AND NOT pdauth.has_exception('R-14-2', step.object)
  UNION ALL
  SELECT 'R-14-1', step.object, format('No agreement of %s in force covers %s.', pdauth.party_code(p.owner_party), s.source), NULL
    FROM pdauth.product AS p JOIN pdauth.product_source AS s USING (product_id)
   WHERE p.product_id = step.object_id AND step.to_state = 'offered' AND step.capacity = 'operator'
     AND NOT EXISTS (SELECT FROM pdauth.operating_agreement AS a, pdauth.grants(a.scope) AS g, unnest(g.paths) AS u(node)
                      WHERE a.operator_party = p.owner_party AND pdauth.agreement_in_force(a.agreement_id) AND pdauth.path_contains(u.node, s.source))
$function$;
REVOKE ALL ON FUNCTION pdauth.product_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.product_violations(pdauth.transition) IS 'Check function of products (R-4-2, R-4-4, R-4-5, R-5-6, R-14-1, R-14-2).';

CREATE FUNCTION pdauth.check_delivery() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor;
  product pdauth.product;
  violations pdauth.violation[] := '{}';
  object text;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  END IF;
  actor := pdauth.require_actor();
  SELECT * INTO product FROM pdauth.product AS p WHERE p.product_id = NEW.product_id FOR SHARE;
  object := pdauth.object_label(TG_TABLE_NAME, 'of product ' || product.number);
  violations := ARRAY(SELECT v FROM pdauth.operator_violations(actor.party_id, object) AS v);
  IF product.owner_party <> actor.party_id THEN
    violations := violations || ROW('R-4-6', object, 'The product is of another organisation.', NULL)::pdauth.violation;
  END IF;
  IF TG_TABLE_NAME = 'delivery' THEN
    PERFORM FROM pdauth.development_agreement AS d WHERE d.development_id = (to_jsonb(NEW) ->> 'development_id')::bigint FOR SHARE;
    violations := violations || ARRAY(
      SELECT v FROM pdauth.development_agreement AS d JOIN pdauth.application AS a USING (application_id), pdauth.finding_violations(a, 'qualification_conditions', 'R-12-3', object) AS v
       WHERE d.development_id = (to_jsonb(NEW) ->> 'development_id')::bigint
      UNION ALL
      SELECT ROW('R-21-1', object, 'No development agreement of this operator in force covers it.', NULL)::pdauth.violation
        FROM pdauth.development_agreement AS d
       WHERE d.development_id = (to_jsonb(NEW) ->> 'development_id')::bigint AND (d.operator_party <> actor.party_id OR NOT pdauth.development_in_force(d.development_id))
      UNION ALL
      SELECT ROW('R-4-6', object, 'The tariff is of another product.', NULL)::pdauth.violation
        FROM pdauth.tariff AS f WHERE f.tariff_id = (to_jsonb(NEW) ->> 'tariff_id')::bigint AND f.product_id <> product.product_id
      UNION ALL
      SELECT ROW('R-13-15', object, format('The agreement does not cover %s.', s.source), NULL)::pdauth.violation
        FROM pdauth.development_agreement AS d, pdauth.product_source AS s
       WHERE d.development_id = (to_jsonb(NEW) ->> 'development_id')::bigint AND s.product_id = product.product_id
         AND NOT EXISTS (SELECT FROM pdauth.grants(d.scope) AS g, unnest(g.paths) AS u(node) WHERE pdauth.path_contains(u.node, s.source)));
  END IF;
  PERFORM pdauth.judge(violations, product.division);
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_delivery() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_delivery() IS 'Row trigger of tariffs and deliveries: by the operator that made the product, under an agreement in force, to a developer that still meets its conditions (R-4-2, R-12-3, R-13-15, R-21-1).';

SELECT pdauth.register_table('pdauth.product', '{operator,developer,provider}', 'R-4-4');
SELECT pdauth.register_table('pdauth.product_source', '{operator,developer,provider}', 'R-4-4');
SELECT pdauth.register_table('pdauth.product_column', '{operator,developer,provider}', 'R-4-5');
SELECT pdauth.register_table('pdauth.tariff', '{operator}', 'R-4-6');
SELECT pdauth.register_table('pdauth.delivery', '{operator}', 'R-4-6');
CREATE TRIGGER keep_content BEFORE INSERT OR UPDATE ON pdauth.product_source FOR EACH ROW WHEN (NOT pdauth.register_writes()) EXECUTE FUNCTION pdauth.keep_content('product', 'owner_party', 'R-4-4');
CREATE TRIGGER keep_content_whole BEFORE DELETE ON pdauth.product_source FOR EACH ROW EXECUTE FUNCTION pdauth.keep_content('product', 'owner_party', 'R-4-4');
ALTER TABLE pdauth.product_source ENABLE ALWAYS TRIGGER keep_content;
ALTER TABLE pdauth.product_source ENABLE ALWAYS TRIGGER keep_content_whole;
CREATE TRIGGER keep_content BEFORE INSERT OR UPDATE ON pdauth.product_column FOR EACH ROW WHEN (NOT pdauth.register_writes()) EXECUTE FUNCTION pdauth.keep_content('product', 'owner_party', 'R-4-5');
CREATE TRIGGER keep_content_whole BEFORE DELETE ON pdauth.product_column FOR EACH ROW EXECUTE FUNCTION pdauth.keep_content('product', 'owner_party', 'R-4-5');
ALTER TABLE pdauth.product_column ENABLE ALWAYS TRIGGER keep_content;
ALTER TABLE pdauth.product_column ENABLE ALWAYS TRIGGER keep_content_whole;
CREATE TRIGGER check_delivery BEFORE INSERT ON pdauth.tariff FOR EACH ROW EXECUTE FUNCTION pdauth.check_delivery();
CREATE TRIGGER check_delivery BEFORE INSERT ON pdauth.delivery FOR EACH ROW EXECUTE FUNCTION pdauth.check_delivery();
ALTER TABLE pdauth.tariff ENABLE ALWAYS TRIGGER check_delivery;
ALTER TABLE pdauth.delivery ENABLE ALWAYS TRIGGER check_delivery;
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.tariff FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record();
ALTER TABLE pdauth.tariff ENABLE ALWAYS TRIGGER keep_record;
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.delivery FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record();
ALTER TABLE pdauth.delivery ENABLE ALWAYS TRIGGER keep_record;
CREATE POLICY register ON pdauth.product USING (state = 'offered' OR pdauth.may_see(division, owner_party)) WITH CHECK (true);
CREATE POLICY register ON pdauth.product_source USING (EXISTS (SELECT FROM pdauth.product AS o WHERE o.product_id = product_source.product_id)) WITH CHECK (true);
CREATE POLICY register ON pdauth.product_column USING (EXISTS (SELECT FROM pdauth.product AS o WHERE o.product_id = product_column.product_id)) WITH CHECK (true);
CREATE POLICY register ON pdauth.tariff USING (EXISTS (SELECT FROM pdauth.product AS o WHERE o.product_id = tariff.product_id)) WITH CHECK (true);
CREATE POLICY register ON pdauth.delivery USING (EXISTS (SELECT FROM pdauth.development_agreement AS o WHERE o.development_id = delivery.development_id)) WITH CHECK (true);

CREATE VIEW pdauth.unequal_treatment WITH (security_barrier) AS
  SELECT p.number AS product, pdauth.party_code(a.developer_party) AS developer, f.use_class, f.version AS tariff_version, d.quantity, d.amount,
         d.quantity * f.unit_amount AS tariff_amount, 'PD046' AS flag
    FROM pdauth.delivery AS d
    JOIN pdauth.tariff AS f USING (tariff_id)
    JOIN pdauth.product AS p ON p.product_id = d.product_id
    JOIN pdauth.development_agreement AS a USING (development_id)
   WHERE d.deviation_reason IS NULL
     AND (d.amount <> d.quantity * f.unit_amount
          OR EXISTS (SELECT FROM pdauth.tariff AS n WHERE n.product_id = f.product_id AND n.use_class = f.use_class AND n.version > f.version AND n.recorded_at < d.recorded_at))
     AND pdauth.may_see(p.division, p.owner_party);
COMMENT ON VIEW pdauth.unequal_treatment IS 'Deliveries that deviate from the tariff in force without a reason, for the operator and its supervisors (R-4-6).';
COMMENT ON COLUMN pdauth.unequal_treatment.product IS 'The product.';
COMMENT ON COLUMN pdauth.unequal_treatment.developer IS 'Who received it.';
COMMENT ON COLUMN pdauth.unequal_treatment.use_class IS 'Use class.';
COMMENT ON COLUMN pdauth.unequal_treatment.tariff_version IS 'Tariff version.';
COMMENT ON COLUMN pdauth.unequal_treatment.quantity IS 'Units.';
COMMENT ON COLUMN pdauth.unequal_treatment.amount IS 'Amount charged.';
COMMENT ON COLUMN pdauth.unequal_treatment.tariff_amount IS 'Amount by the tariff.';
COMMENT ON COLUMN pdauth.unequal_treatment.flag IS 'SQLSTATE of R-4-6.';

CREATE VIEW pdauth.developer_condition WITH (security_barrier) AS
  SELECT pdauth.party_code(a.applicant_party) AS developer, a.number AS application, f.number, f.met, f.evidence, f.evidence_until,
         CASE WHEN NOT f.met OR f.evidence_until < pdauth.clock_today() THEN 'PD123' END AS flag
    FROM pdauth.application AS a
   CROSS JOIN LATERAL (SELECT DISTINCT ON (x.number) x.number, x.met, x.evidence, x.evidence_until FROM pdauth.application_finding AS x
                        WHERE x.application_id = a.application_id AND x.list = 'qualification_conditions' ORDER BY x.number, x.finding_id DESC) AS f
   WHERE a.state IN ('passed', 'publicity', 'cleared', 'contracted') AND pdauth.may_see(a.division, a.applicant_party, a.operator_party);
COMMENT ON VIEW pdauth.developer_condition IS 'Qualification conditions of developers with the evidence that counts; expired or negative ones are flagged, and new deliveries are held (R-12-3).';
COMMENT ON COLUMN pdauth.developer_condition.developer IS 'Developer.';
COMMENT ON COLUMN pdauth.developer_condition.application IS 'Application.';
COMMENT ON COLUMN pdauth.developer_condition.number IS 'Condition.';
COMMENT ON COLUMN pdauth.developer_condition.met IS 'Latest finding.';
COMMENT ON COLUMN pdauth.developer_condition.evidence IS 'What shows it.';
COMMENT ON COLUMN pdauth.developer_condition.evidence_until IS 'Last day of the evidence.';
COMMENT ON COLUMN pdauth.developer_condition.flag IS 'SQLSTATE of R-12-3 if it does not count any more.';

-- ---- pricing mechanism and asset view (R-5-8, R-5-10) ----

CREATE TABLE pdauth.price_mechanism (
  mechanism_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  division     pdauth.division_code,
  version      integer NOT NULL,
  joint_departments text[] NOT NULL,
  content      text NOT NULL CHECK (pdauth.has_content(content)),
  document     text NOT NULL CHECK (pdauth.has_content(document)),
  recorded_at  timestamptz NOT NULL,
  recorded_by  name NOT NULL,
  UNIQUE (division, version)
);
COMMENT ON TABLE pdauth.price_mechanism IS 'Versions of the price and revenue-sharing mechanism, made by development and reform together with data, finance and industry departments (R-5-8).';
COMMENT ON COLUMN pdauth.price_mechanism.mechanism_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.price_mechanism.division IS 'Division.';
COMMENT ON COLUMN pdauth.price_mechanism.version IS 'Version.';
COMMENT ON COLUMN pdauth.price_mechanism.joint_departments IS 'Codes of the departments it was made with: the data bureau and the finance department at least.';
COMMENT ON COLUMN pdauth.price_mechanism.content IS 'The mechanism.';
COMMENT ON COLUMN pdauth.price_mechanism.document IS 'Document.';
COMMENT ON COLUMN pdauth.price_mechanism.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.price_mechanism.recorded_by IS 'Role that inserted it.';
CREATE FUNCTION pdauth.check_price_mechanism() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NOT pdauth.break_glass_active() AND (
     (pdauth.require_actor()).party_id IS DISTINCT FROM pdauth.holder_of_kind('price_authority', NEW.division)
     OR NOT EXISTS (SELECT FROM unnest(NEW.joint_departments) AS j WHERE j = pdauth.party_code(pdauth.holder_of_kind('bureau', NEW.division)))
     OR NOT EXISTS (SELECT FROM unnest(NEW.joint_departments) AS j WHERE j = pdauth.party_code(pdauth.holder_of_kind('finance', NEW.division)))) THEN
    PERFORM pdauth.refuse('R-5-8', 'price mechanism', format('Made with: %s.', array_to_string(NEW.joint_departments, ', ')), NULL, NEW.division);
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_price_mechanism() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_price_mechanism() IS 'Row trigger of pdauth.price_mechanism: by the development and reform department of the territory, naming data bureau and finance department (PD058, R-5-8).';
SELECT pdauth.register_table('pdauth.price_mechanism', '{price_authority}', 'R-5-8');
CREATE TRIGGER check_price_mechanism BEFORE INSERT ON pdauth.price_mechanism FOR EACH ROW EXECUTE FUNCTION pdauth.check_price_mechanism();
ALTER TABLE pdauth.price_mechanism ENABLE ALWAYS TRIGGER check_price_mechanism;
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.price_mechanism FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record();
ALTER TABLE pdauth.price_mechanism ENABLE ALWAYS TRIGGER keep_record;
CREATE POLICY register ON pdauth.price_mechanism USING (true) WITH CHECK (true);

CREATE VIEW pdauth.asset WITH (security_barrier) AS
  SELECT 'resource' AS kind, r.path AS number, r.name, pdauth.party_code(r.provider_party) AS holder, r.holder_level, r.ownership AS ownership_clause, r.division
    FROM pdauth.resource AS r WHERE r.state <> 'withdrawn' AND pdauth.may_see(r.division, r.provider_party)
  UNION ALL
  SELECT 'product', p.number, p.name, pdauth.party_code(p.owner_party), NULL,
         (SELECT i.content FROM pdauth.operating_agreement AS a JOIN pdauth.operating_agreement_item AS i USING (agreement_id)
           WHERE a.operator_party = p.owner_party AND a.state = 'signed' AND i.number = 5 AND i.part = '' ORDER BY a.agreement_id DESC LIMIT 1), p.division
    FROM pdauth.product AS p WHERE p.state <> 'withdrawn' AND pdauth.may_see(p.division, p.owner_party);
COMMENT ON VIEW pdauth.asset IS 'Asset view of the finance department: resources and products with holder and ownership clause (R-5-10).';
COMMENT ON COLUMN pdauth.asset.kind IS 'resource or product.';
COMMENT ON COLUMN pdauth.asset.number IS 'Path or number.';
COMMENT ON COLUMN pdauth.asset.name IS 'Name.';
COMMENT ON COLUMN pdauth.asset.holder IS 'Holder.';
COMMENT ON COLUMN pdauth.asset.holder_level IS 'Level of the holder of a resource.';
COMMENT ON COLUMN pdauth.asset.ownership_clause IS 'Ownership: of the catalogue entry, or item 5 of the operating agreement.';
COMMENT ON COLUMN pdauth.asset.division IS 'Division.';
GRANT SELECT ON pdauth.unequal_treatment, pdauth.developer_condition, pdauth.asset TO pdauth_register, pdauth_policy_admin, pdauth_auditor;
