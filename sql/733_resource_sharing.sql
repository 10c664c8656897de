-- Resources that a department holds because another region or department shared
-- them: authorised use needs the consent of who shared (N27-1, Article 5 of
-- 发改数据规〔2025〕27号), where the pack has the switch sharing_provider_consent.

CREATE TABLE pdauth.resource_sharing (
  sharing_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number         text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  path           text COLLATE "C" NOT NULL REFERENCES pdauth.resource (path),
  division       pdauth.division_code,
  provider_party bigint NOT NULL REFERENCES pdauth.party,
  origin         text NOT NULL CHECK (pdauth.has_content(origin)),
  state          text NOT NULL DEFAULT 'stated',
  act_date       date,
  act_document   text,
  act_digest     pdauth.document_digest,
  act_reason     text,
  registered_at  timestamptz,
  UNIQUE (path, origin)
);
COMMENT ON TABLE pdauth.resource_sharing IS 'Who shared a resource with its providing department, as that department states it, and whether they consent to its authorised operation: stated, consented or withdrawn. Without consent no data-use request for it is granted (N27-1); what was granted before a consent is withdrawn is revoked by its approvers.';
COMMENT ON COLUMN pdauth.resource_sharing.sharing_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.resource_sharing.number IS 'Number.';
COMMENT ON COLUMN pdauth.resource_sharing.path IS 'Path of the resource.';
COMMENT ON COLUMN pdauth.resource_sharing.division IS 'Division of the resource.';
COMMENT ON COLUMN pdauth.resource_sharing.provider_party IS 'Providing department of the resource.';
COMMENT ON COLUMN pdauth.resource_sharing.origin IS 'Region or department that shared it.';
COMMENT ON COLUMN pdauth.resource_sharing.state IS 'stated, consented or withdrawn.';
SELECT pdauth.describe_columns('pdauth.resource_sharing');

INSERT INTO pdauth.life_cycle VALUES ('resource_sharing', 'sharing_id', 'number', 'resource_sharing_violations', NULL, 'R-20-7', 'R-20-7', 'R-20-7', '{}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('resource_sharing', '', 'stated', '{provider}', 'R-20-7', '{document}'),
  ('resource_sharing', 'stated', 'consented', '{provider}', 'R-20-7', '{document}'),
  ('resource_sharing', 'consented', 'withdrawn', '{provider}', 'R-20-7', '{document}'),
  ('resource_sharing', 'withdrawn', 'consented', '{provider}', 'R-20-7', '{document}');

CREATE FUNCTION pdauth.resource_sharing_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-5-4', step.object, format('%s of %s is provided by %s.', r.path, r.division, pdauth.party_code(r.provider_party)), NULL::text
    FROM pdauth.resource_sharing AS s JOIN pdauth.resource AS r USING (path)
   WHERE s.sharing_id = step.object_id AND (r.provider_party <> step.party_id OR s.provider_party <> r.provider_party OR NOT pdauth.division_code_equal(s.division, r.division))
$function$;
REVOKE ALL ON FUNCTION pdauth.resource_sharing_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.resource_sharing_violations(pdauth.transition) IS 'Check function of what was shared: stated by the providing department of the resource (PD054, R-5-4).';

CREATE FUNCTION pdauth.sharing_consent_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-20-7', step.object, format('N27-1 (Art. 5): %s was shared by %s, whose consent is %s.', s.path, s.origin, CASE s.state WHEN 'stated' THEN 'missing' ELSE s.state END), 'Have the consent entered by the providing department: resource_sharing, state consented.'
    FROM pdauth.data_request_resource AS q JOIN pdauth.resource_sharing AS s USING (path)
   WHERE q.request_id = step.object_id AND step.to_state = 'granted' AND s.state <> 'consented' AND pdauth.switched_on('sharing_provider_consent', s.division)
$function$;
REVOKE ALL ON FUNCTION pdauth.sharing_consent_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.sharing_consent_violations(pdauth.transition) IS 'Further check of data-use requests: who shared a resource consents before it is granted (PD207, N27-1).';
INSERT INTO pdauth.further_check VALUES ('data_request', 'sharing_consent_violations');

SELECT pdauth.register_table('pdauth.resource_sharing', '{provider}', 'R-20-7');
CREATE POLICY register ON pdauth.resource_sharing USING (pdauth.may_see(division, provider_party)) WITH CHECK (true);
