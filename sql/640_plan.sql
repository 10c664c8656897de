-- Implementing plans (实施方案): Articles 6 and 8.

CREATE TABLE pdauth.plan (
  plan_id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number           text COLLATE "C" NOT NULL CHECK (pdauth.has_content(number)),
  version          integer NOT NULL DEFAULT 1 CHECK (version > 0),
  label            text COLLATE "C" GENERATED ALWAYS AS (number || CASE WHEN version > 1 THEN ' version ' || version::text ELSE '' END) STORED,
  previous_id      bigint REFERENCES pdauth.plan,
  classification   text CHECK (classification IN ('major', 'minor')),
  change_reason    text,
  division         pdauth.division_code,
  agency_party     bigint NOT NULL REFERENCES pdauth.party,
  mode             text,
  sector           text,
  sector_reason    text,
  purposes         text[] NOT NULL DEFAULT '{}',
  term             daterange,
  benefit_statement text,
  scope            pdauth.license_scope,
  state            text NOT NULL DEFAULT 'draft',
  act_date         date,
  act_document     text,
  act_digest       pdauth.document_digest,
  act_reason       text,
  registered_at    timestamptz,
  UNIQUE (number, version),
  CHECK ((version = 1) = (previous_id IS NULL))
);
CREATE INDEX plan_previous_index ON pdauth.plan (previous_id);
COMMENT ON TABLE pdauth.plan IS 'Implementing plans, one row for each version. Insert as draft with its items, resources and products; submit, argue, decide, deliberate, approve by UPDATE of state.';
COMMENT ON COLUMN pdauth.plan.plan_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.plan.number IS 'Number, such as K-1.';
COMMENT ON COLUMN pdauth.plan.version IS 'Version, from 1.';
COMMENT ON COLUMN pdauth.plan.label IS 'Number and version, as messages show them.';
COMMENT ON COLUMN pdauth.plan.previous_id IS 'Version that this one changes.';
COMMENT ON COLUMN pdauth.plan.classification IS 'Of a change: major or minor (R-10-4, R-10-5). The register computes what is at least major.';
COMMENT ON COLUMN pdauth.plan.change_reason IS 'Why it is changed.';
COMMENT ON COLUMN pdauth.plan.division IS 'Division it is for.';
COMMENT ON COLUMN pdauth.plan.agency_party IS 'Implementing agency.';
COMMENT ON COLUMN pdauth.plan.mode IS 'overall or sector, or what the pack allows (R-6-1).';
COMMENT ON COLUMN pdauth.plan.sector IS 'Sector, in sector mode.';
COMMENT ON COLUMN pdauth.plan.sector_reason IS 'Why sector mode is needed.';
COMMENT ON COLUMN pdauth.plan.purposes IS 'Purposes the resources may serve.';
COMMENT ON COLUMN pdauth.plan.term IS 'Term of the plan.';
COMMENT ON COLUMN pdauth.plan.benefit_statement IS 'How it balances economic and social benefit and can be carried out (R-8-7).';
COMMENT ON COLUMN pdauth.plan.scope IS 'What agreements may grant: computed from its resources when it is submitted.';
COMMENT ON COLUMN pdauth.plan.state IS 'draft, submitted, argued, decided, deliberating, approved, returned, refused, executing, closed.';
COMMENT ON COLUMN pdauth.plan.act_date IS 'Legal date of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.plan.act_document IS 'Document of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.plan.act_digest IS 'Its digest; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.plan.act_reason IS 'Reason of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.plan.registered_at IS 'When it was registered.';

CREATE TABLE pdauth.plan_item (
  plan_id bigint NOT NULL REFERENCES pdauth.plan,
  number  integer NOT NULL,
  part    text NOT NULL DEFAULT '',
  content text NOT NULL,
  PRIMARY KEY (plan_id, number, part)
);
COMMENT ON TABLE pdauth.plan_item IS 'Items of a plan (Article 8) and the parts of items 3 and 6.';
COMMENT ON COLUMN pdauth.plan_item.plan_id IS 'The plan.';
COMMENT ON COLUMN pdauth.plan_item.number IS 'Number of the item in the pack''s list plan_items.';
COMMENT ON COLUMN pdauth.plan_item.part IS 'Part of the item (list plan_item_parts); empty for the item itself.';
COMMENT ON COLUMN pdauth.plan_item.content IS 'Its text; blank does not count, "none" only where the pack allows it.';

CREATE TABLE pdauth.plan_resource (
  plan_id          bigint NOT NULL REFERENCES pdauth.plan,
  resource_id      bigint NOT NULL REFERENCES pdauth.resource,
  columns          text[] NOT NULL CHECK (pg_catalog.cardinality(columns) > 0 AND NOT '*' = ANY (columns)),
  actions          text[] NOT NULL DEFAULT '{read,derive,join,model,redevelop,publish,trade}' CHECK (pg_catalog.cardinality(actions) > 0),
  update_frequency pdauth.term NOT NULL,
  quality          text NOT NULL CHECK (pdauth.has_content(quality)),
  PRIMARY KEY (plan_id, resource_id)
);
COMMENT ON TABLE pdauth.plan_resource IS 'Item 5 of a plan: catalogue entries in its scope (R-8-3).';
COMMENT ON COLUMN pdauth.plan_resource.plan_id IS 'The plan.';
COMMENT ON COLUMN pdauth.plan_resource.resource_id IS 'The resource.';
COMMENT ON COLUMN pdauth.plan_resource.columns IS 'Columns of it; each is one of the catalogue entry.';
COMMENT ON COLUMN pdauth.plan_resource.actions IS 'Actions of license scopes that agreements may grant.';
COMMENT ON COLUMN pdauth.plan_resource.update_frequency IS 'Update frequency promised.';
COMMENT ON COLUMN pdauth.plan_resource.quality IS 'Quality status.';

CREATE TABLE pdauth.plan_product (
  plan_id   bigint NOT NULL REFERENCES pdauth.plan,
  product   text COLLATE "C" NOT NULL CHECK (pdauth.has_content(product)),
  use_class text NOT NULL,
  form      text NOT NULL,
  PRIMARY KEY (plan_id, product)
);
COMMENT ON TABLE pdauth.plan_product IS 'Item 7 of a plan: products and services with class and expected form (R-8-5).';
COMMENT ON COLUMN pdauth.plan_product.plan_id IS 'The plan.';
COMMENT ON COLUMN pdauth.plan_product.product IS 'Name of the product.';
COMMENT ON COLUMN pdauth.plan_product.use_class IS 'public (public governance, public welfare) or industry (industrial, sector development).';
COMMENT ON COLUMN pdauth.plan_product.form IS 'Expected form: a word of the pack''s list product_forms.';

CREATE TABLE pdauth.plan_confirmation (
  plan_id     bigint NOT NULL REFERENCES pdauth.plan,
  party_id    bigint NOT NULL REFERENCES pdauth.party,
  document    text NOT NULL CHECK (pdauth.has_content(document)),
  content_digest text COLLATE "C" NOT NULL,
  recorded_at timestamptz NOT NULL,
  recorded_by name NOT NULL,
  PRIMARY KEY (plan_id, party_id, content_digest)
);
COMMENT ON TABLE pdauth.plan_confirmation IS 'Confirmation of a sector plan, as it reads, by the industry department (R-6-2). Of a draft that changes afterwards it says nothing: the department confirms again.';
COMMENT ON COLUMN pdauth.plan_confirmation.plan_id IS 'The plan.';
COMMENT ON COLUMN pdauth.plan_confirmation.party_id IS 'The department.';
COMMENT ON COLUMN pdauth.plan_confirmation.document IS 'Document of confirmation.';
COMMENT ON COLUMN pdauth.plan_confirmation.content_digest IS 'Digest of the plan''s content that was confirmed, computed.';
COMMENT ON COLUMN pdauth.plan_confirmation.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.plan_confirmation.recorded_by IS 'Role that inserted it.';

CREATE TABLE pdauth.plan_comment (
  comment_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  plan_id     bigint NOT NULL REFERENCES pdauth.plan,
  content     text NOT NULL CHECK (pdauth.has_content(content)),
  recorded_at timestamptz NOT NULL,
  recorded_by name NOT NULL
);
COMMENT ON TABLE pdauth.plan_comment IS 'Comments of others on a plan: they comment, the agency writes (R-8-6).';
COMMENT ON COLUMN pdauth.plan_comment.comment_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.plan_comment.plan_id IS 'The plan.';
COMMENT ON COLUMN pdauth.plan_comment.content IS 'The comment.';
COMMENT ON COLUMN pdauth.plan_comment.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.plan_comment.recorded_by IS 'Role that inserted it.';

CREATE TABLE pdauth.county_coordination (
  coordination_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  division        pdauth.division_code,
  authority_party bigint NOT NULL REFERENCES pdauth.party,
  conditions      text NOT NULL CHECK (pdauth.has_content(conditions)),
  decided_on      date NOT NULL,
  document        text NOT NULL CHECK (pdauth.has_content(document)),
  recorded_at     timestamptz NOT NULL,
  recorded_by     name NOT NULL
);
COMMENT ON TABLE pdauth.county_coordination IS 'Record of a prefecture data authority that it leads and coordinates authorised operation of a county that has the conditions (R-6-3).';
COMMENT ON COLUMN pdauth.county_coordination.coordination_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.county_coordination.division IS 'The county.';
COMMENT ON COLUMN pdauth.county_coordination.authority_party IS 'The prefecture data authority.';
COMMENT ON COLUMN pdauth.county_coordination.conditions IS 'What shows that the county has the conditions.';
COMMENT ON COLUMN pdauth.county_coordination.decided_on IS 'Day of the decision.';
COMMENT ON COLUMN pdauth.county_coordination.document IS 'Document of it.';
COMMENT ON COLUMN pdauth.county_coordination.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.county_coordination.recorded_by IS 'Role that inserted it.';

INSERT INTO pdauth.life_cycle VALUES ('plan', 'plan_id', 'label', 'plan_violations', 'plan_effects', 'X-5', 'X-5', 'R-10-3', '{draft}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('plan', '', 'draft', '{agency}', 'R-5-1', '{}'),
  ('plan', 'draft', 'submitted', '{agency}', 'R-8-6', '{}'),
  ('plan', 'submitted', 'argued', '{agency}', 'R-9-1', '{}'),
  ('plan', 'argued', 'decided', '{agency}', 'R-10-1', '{document}'),
  ('plan', 'decided', 'deliberating', '{agency}', 'R-10-1', '{document}'),
  ('plan', 'deliberating', 'approved', '{government}', 'R-10-1', '{document}'),
  ('plan', 'deliberating', 'returned', '{government}', 'R-10-1', '{reason}'),
  ('plan', 'deliberating', 'refused', '{government}', 'R-10-1', '{reason}'),
  ('plan', 'submitted', 'approved', '{agency}', 'R-10-5', '{}'),
  ('plan', 'approved', 'executing', '{agency}', 'R-10-2', '{}'),
  ('plan', 'executing', 'closed', '{agency}', 'R-10-2', '{reason}');

CREATE FUNCTION pdauth.division_level(division pdauth.division_code) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT CASE WHEN d IN ('CN') THEN 'state' WHEN d LIKE '__0000' THEN 'province' WHEN d LIKE '____00' THEN 'prefecture' WHEN length(d) = 6 THEN 'county' ELSE 'township' END
    FROM (SELECT division::text) AS v(d)
$function$;
COMMENT ON FUNCTION pdauth.division_level(pdauth.division_code) IS 'state, province, prefecture, county or township, by the form of the code. NULL for NULL.';

CREATE FUNCTION pdauth.is_period(term daterange) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$ SELECT coalesce(NOT isempty(term) AND isfinite(lower(term)) AND isfinite(upper(term)), false) $function$;
COMMENT ON FUNCTION pdauth.is_period(daterange) IS 'Does the range have a first and a last day of the calendar? False for NULL, empty, open and infinite ones.';

CREATE FUNCTION pdauth.plan_scope(plan pdauth.plan) RETURNS pdauth.license_scope
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT coalesce(pdauth.scope_agg(pdauth.make_scope(q.actions, ARRAY[r.path], q.columns, plan.purposes, ARRAY[plan.division::text], datemultirange(plan.term), r.level)), '{}')
    FROM pdauth.plan_resource AS q JOIN pdauth.resource AS r USING (resource_id)
   WHERE q.plan_id = plan.plan_id AND pdauth.is_period(plan.term) AND plan.purposes <> '{}'
$function$;
REVOKE ALL ON FUNCTION pdauth.plan_scope(pdauth.plan) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.plan_scope(pdauth.plan) IS 'What the resources of a plan permit, for the purposes, division and term of this row of it. Empty without them. 22P02 for an action or purpose that is none.';

CREATE FUNCTION pdauth.plan_content(plan_id bigint) RETURNS jsonb
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD'
AS $function$
  SELECT jsonb_build_object(
           'plan', (SELECT to_jsonb(v) FROM (SELECT p.division, p.agency_party, p.mode, p.sector, p.sector_reason, p.purposes, p.term, p.benefit_statement) AS v),
           'items', (SELECT jsonb_object_agg(concat_ws('/', i.number, nullif(i.part, '')), i.content) FROM pdauth.plan_item AS i WHERE i.plan_id = p.plan_id),
           'resources', (SELECT jsonb_object_agg(r.path, to_jsonb(q) - 'plan_id') FROM pdauth.plan_resource AS q JOIN pdauth.resource AS r USING (resource_id) WHERE q.plan_id = p.plan_id),
           'products', (SELECT jsonb_object_agg(d.product, to_jsonb(d) - 'plan_id') FROM pdauth.plan_product AS d WHERE d.plan_id = p.plan_id))
    FROM pdauth.plan AS p WHERE p.plan_id = plan_content.plan_id
$function$;
REVOKE ALL ON FUNCTION pdauth.plan_content(bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.plan_content(bigint) IS 'Everything a plan version says, as one document. NULL for NULL.';

CREATE FUNCTION pdauth.content_digest(content jsonb) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$ SELECT 'sha256:' || encode(sha256(convert_to(content::text, 'UTF8')), 'hex') $function$;
COMMENT ON FUNCTION pdauth.content_digest(jsonb) IS 'Digest of a document of the register. NULL for NULL.';

CREATE FUNCTION pdauth.missing_items(list text, division pdauth.division_code, given jsonb) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT string_agg(format('item %s%s (%s)', l.number, CASE WHEN l.part <> '' THEN ' ' || l.part ELSE '' END, l.title_chinese), ', ' ORDER BY l.number, l.part)
    FROM pdauth.item_list(list, division) AS l
   CROSS JOIN LATERAL (SELECT given ->> concat_ws('/', l.number, nullif(l.part, ''))) AS g(content)
   WHERE pdauth.is_blank(g.content) OR NOT l.none_allowed AND pdauth.says_none(g.content)
$function$;
REVOKE ALL ON FUNCTION pdauth.missing_items(text, pdauth.division_code, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.missing_items(text, pdauth.division_code, jsonb) IS
  'Items of a list of the pack that a document lacks; NULL if none. given: content by "number" or "number/part". Blank does not count; "none" (无) counts only where the pack allows it.';

CREATE FUNCTION pdauth.plan_in_force(plan_id bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT coalesce((SELECT p.state IN ('approved', 'executing')
                          AND NOT EXISTS (SELECT FROM pdauth.plan AS n WHERE n.number = p.number AND n.version > p.version AND n.state IN ('approved', 'executing', 'closed'))
                     FROM pdauth.plan AS p WHERE p.plan_id = plan_in_force.plan_id), false)
$function$;
REVOKE ALL ON FUNCTION pdauth.plan_in_force(bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.plan_in_force(bigint) IS 'Is the plan version approved, and no later one was? One that is closed does not bring back the one before. False for NULL.';

CREATE FUNCTION pdauth.plan_departments(plan pdauth.plan) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT DISTINCT c.party_id
    FROM pdauth.plan_confirmation AS c JOIN pdauth.party_capacity AS y ON y.party_id = c.party_id AND y.capacity = 'provider' AND y.sector = plan.sector
   WHERE c.plan_id = plan.plan_id AND c.party_id <> plan.agency_party AND c.content_digest = pdauth.content_digest(pdauth.plan_content(plan.plan_id))
$function$;
REVOKE ALL ON FUNCTION pdauth.plan_departments(pdauth.plan) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.plan_departments(pdauth.plan) IS 'Departments of a sector plan''s sector that have confirmed exactly its content (R-6-2).';
