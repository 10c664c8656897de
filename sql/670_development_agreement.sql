-- Development agreements (开发利用协议, Article 13).

CREATE TABLE pdauth.development_agreement (
  development_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number          text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  application_id  bigint NOT NULL REFERENCES pdauth.application,
  agreement_id    bigint NOT NULL REFERENCES pdauth.operating_agreement,
  division        pdauth.division_code,
  operator_party  bigint NOT NULL REFERENCES pdauth.party,
  developer_party bigint NOT NULL REFERENCES pdauth.party,
  term            daterange NOT NULL,
  scope           pdauth.license_scope NOT NULL,
  state           text NOT NULL DEFAULT 'draft',
  act_date       date,
  act_document   text,
  act_digest     pdauth.document_digest,
  act_reason     text,
  registered_at  timestamptz
);
CREATE INDEX development_agreement_agreement_index ON pdauth.development_agreement (agreement_id);
CREATE INDEX development_agreement_application_index ON pdauth.development_agreement (application_id);
COMMENT ON TABLE pdauth.development_agreement IS 'Agreements between operator and selected developer: draft, signed after publicity, ended by suspended, terminated, rescinded or revoked, or with their term.';
COMMENT ON COLUMN pdauth.development_agreement.development_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.development_agreement.number IS 'Number, such as D-1.';
COMMENT ON COLUMN pdauth.development_agreement.application_id IS 'Application that was selected and publicised.';
COMMENT ON COLUMN pdauth.development_agreement.agreement_id IS 'Operating agreement it rests on.';
COMMENT ON COLUMN pdauth.development_agreement.division IS 'Division.';
COMMENT ON COLUMN pdauth.development_agreement.operator_party IS 'Operating organisation.';
COMMENT ON COLUMN pdauth.development_agreement.developer_party IS 'Development entity.';
COMMENT ON COLUMN pdauth.development_agreement.term IS 'First and last day; at most the pack''s years, within the operating agreement.';
COMMENT ON COLUMN pdauth.development_agreement.scope IS 'What is granted; within the scope of the operating agreement (R-13-15).';
COMMENT ON COLUMN pdauth.development_agreement.state IS 'draft, signed, terminated, rescinded, revoked or closed.';
COMMENT ON COLUMN pdauth.development_agreement.act_date IS 'Legal date of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.development_agreement.act_document IS 'Document of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.development_agreement.act_digest IS 'Its digest; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.development_agreement.act_reason IS 'Reason of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.development_agreement.registered_at IS 'When it was registered.';

CREATE TABLE pdauth.development_agreement_matter (
  development_id bigint NOT NULL REFERENCES pdauth.development_agreement,
  number         integer NOT NULL,
  part           text NOT NULL DEFAULT '' CHECK (part = ''),
  content        text NOT NULL,
  PRIMARY KEY (development_id, number)
);
COMMENT ON TABLE pdauth.development_agreement_matter IS 'Matters of a development agreement (R-13-13).';
COMMENT ON COLUMN pdauth.development_agreement_matter.development_id IS 'The agreement.';
COMMENT ON COLUMN pdauth.development_agreement_matter.number IS 'Number in the pack''s list development_agreement_matters.';
COMMENT ON COLUMN pdauth.development_agreement_matter.part IS 'Always empty: matters have no parts.';
COMMENT ON COLUMN pdauth.development_agreement_matter.content IS 'Its text; blank does not count.';

CREATE TABLE pdauth.development_agreement_signature (
  development_id bigint NOT NULL REFERENCES pdauth.development_agreement,
  party_id       bigint NOT NULL REFERENCES pdauth.party,
  person_id      bigint REFERENCES pdauth.person,
  signed_on      date NOT NULL,
  content_digest text COLLATE "C" NOT NULL,
  recorded_at    timestamptz NOT NULL,
  recorded_by    name NOT NULL,
  PRIMARY KEY (development_id, party_id, content_digest)
);
COMMENT ON TABLE pdauth.development_agreement_signature IS 'Signatures; each is entered by a person of the party that signs (R-13-12).';
COMMENT ON COLUMN pdauth.development_agreement_signature.development_id IS 'The agreement.';
COMMENT ON COLUMN pdauth.development_agreement_signature.party_id IS 'Party that signs.';
COMMENT ON COLUMN pdauth.development_agreement_signature.person_id IS 'Person who signs, filled in.';
COMMENT ON COLUMN pdauth.development_agreement_signature.signed_on IS 'Date of the signature.';
COMMENT ON COLUMN pdauth.development_agreement_signature.content_digest IS 'Digest of the text that was signed, computed when the signature is entered.';
COMMENT ON COLUMN pdauth.development_agreement_signature.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.development_agreement_signature.recorded_by IS 'Role that inserted it.';

INSERT INTO pdauth.life_cycle VALUES ('development_agreement', 'development_id', 'number', 'development_agreement_violations', 'development_agreement_effects', 'R-13-17', 'R-13-17', 'R-13-13', '{draft}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('development_agreement', '', 'draft', '{operator}', 'R-13-12', '{}'),
  ('development_agreement', 'draft', 'signed', '{operator}', 'R-13-12', '{document}'),
  ('development_agreement', 'signed', 'terminated', '{operator}', 'R-13-13', '{document,reason}'),
  ('development_agreement', 'signed', 'rescinded', '{operator}', 'R-13-13', '{document,reason}'),
  ('development_agreement', 'signed', 'revoked', '{operator}', 'R-13-13', '{document,reason}'),
  ('development_agreement', 'signed', 'closed', '{operator}', 'R-13-13', '{document}'),
  ('development_agreement', 'terminated', 'closed', '{operator}', 'R-13-13', '{document}'),
  ('development_agreement', 'rescinded', 'closed', '{operator}', 'R-13-13', '{document}'),
  ('development_agreement', 'revoked', 'closed', '{operator}', 'R-13-13', '{document}');

CREATE FUNCTION pdauth.development_in_force(development_id bigint, day date DEFAULT pdauth.clock_today()) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT coalesce((SELECT d.state = 'signed' AND d.term @> day AND (pdauth.agreement_in_force(d.agreement_id, day)
                          OR EXISTS (SELECT FROM pdauth.operating_agreement AS a JOIN pdauth.operating_agreement AS n USING (number)
                                      WHERE a.agreement_id = d.agreement_id AND n.version > a.version AND pdauth.agreement_in_force(n.agreement_id, day) AND pdauth.scope_contains(n.scope, d.scope)))
                     FROM pdauth.development_agreement AS d WHERE d.development_id = development_in_force.development_id), false)
$function$;
REVOKE ALL ON FUNCTION pdauth.development_in_force(bigint, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.development_in_force(bigint, date) TO pdauth_register, pdauth_policy_admin, pdauth_auditor;
COMMENT ON FUNCTION pdauth.development_in_force(bigint, date) IS 'Is the development agreement signed, within its term on the day, and its operating agreement (or a later version that covers it) in force (R-13-16)? False for NULL.';

CREATE FUNCTION pdauth.development_content(development_id bigint) RETURNS jsonb
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD'
AS $function$
  SELECT jsonb_build_object(
           'agreement', (SELECT to_jsonb(v) FROM (SELECT d.number, d.application_id, d.agreement_id, d.operator_party, d.developer_party, d.term, d.scope::text AS scope) AS v),
           'matters', (SELECT jsonb_object_agg(m.number, m.content) FROM pdauth.development_agreement_matter AS m WHERE m.development_id = d.development_id))
    FROM pdauth.development_agreement AS d WHERE d.development_id = development_content.development_id
$function$;
REVOKE ALL ON FUNCTION pdauth.development_content(bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.development_content(bigint) IS 'Everything a development agreement says, as one document. NULL for NULL.';

CREATE FUNCTION pdauth.development_signatures(development_id bigint) RETURNS SETOF pdauth.development_agreement_signature
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT s FROM pdauth.development_agreement_signature AS s
   WHERE s.development_id = development_signatures.development_id AND s.content_digest = pdauth.content_digest(pdauth.development_content(development_signatures.development_id))
$function$;
REVOKE ALL ON FUNCTION pdauth.development_signatures(bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.development_signatures(bigint) IS 'Signatures under the text of a development agreement as it is now. No rows for NULL.';

CREATE FUNCTION pdauth.development_agreement_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT v.* FROM pdauth.development_agreement AS d, pdauth.operator_violations(d.operator_party, step.object) AS v
   WHERE d.development_id = step.object_id AND step.to_state IN ('draft', 'signed')
  UNION ALL
  SELECT v.* FROM pdauth.development_agreement AS d, pdauth.applicant_violations(d.developer_party, d.operator_party, d.division, step.object) AS v
   WHERE d.development_id = step.object_id AND step.to_state IN ('draft', 'signed')
  UNION ALL
  SELECT v.* FROM pdauth.development_agreement AS d JOIN pdauth.application AS a USING (application_id), pdauth.finding_violations(a, 'qualification_conditions', 'R-12-3', step.object) AS v
   WHERE d.development_id = step.object_id AND step.to_state = 'signed'
  UNION ALL
  SELECT v.* FROM pdauth.development_agreement AS d, pdauth.publicity_violations(d.application_id, step.object,
      (SELECT coalesce(min(s.signed_on), step.event_date) FROM pdauth.development_signatures(d.development_id) AS s)) AS v
   WHERE d.development_id = step.object_id AND step.to_state = 'signed'
  UNION ALL
  SELECT 'R-13-12', step.object, format('Application %s is %s, of %s with %s.', a.number, a.state, pdauth.party_code(a.applicant_party), pdauth.party_code(a.operator_party)), NULL
    FROM pdauth.development_agreement AS d JOIN pdauth.application AS a USING (application_id)
   WHERE d.development_id = step.object_id AND step.to_state IN ('draft', 'signed')
     AND (a.applicant_party <> d.developer_party OR a.operator_party <> d.operator_party OR a.agreement_id <> d.agreement_id OR NOT pdauth.division_code_equal(a.division, d.division)
          OR step.party_id <> d.operator_party OR step.to_state = 'signed' AND a.state NOT IN ('cleared', 'contracted'))
  UNION ALL
  SELECT 'R-13-12', step.object, format('Not signed by: %s%s.', pdauth.party_code(p), CASE WHEN EXISTS (SELECT FROM pdauth.development_agreement_signature AS s
           WHERE s.development_id = d.development_id AND s.party_id = p) THEN ' (who signed another text)' ELSE '' END), NULL
    FROM pdauth.development_agreement AS d, unnest(ARRAY[d.operator_party, d.developer_party]) AS p
   WHERE d.development_id = step.object_id AND step.to_state = 'signed'
     AND NOT EXISTS (SELECT FROM pdauth.development_signatures(d.development_id) AS s WHERE s.party_id = p)
  UNION ALL
  SELECT 'R-13-13', step.object, format('Missing: %s.', m), NULL
    FROM pdauth.development_agreement AS d
   CROSS JOIN LATERAL pdauth.missing_items('development_agreement_matters', d.division,
     (SELECT jsonb_object_agg(x.number, x.content) FROM pdauth.development_agreement_matter AS x WHERE x.development_id = d.development_id)) AS m
   WHERE d.development_id = step.object_id AND step.to_state = 'signed' AND m IS NOT NULL
  UNION ALL
  SELECT 'R-13-14', step.object, format('Term: %s, at most %s years.', d.term, pdauth.figure('developer_term_max_years', d.division, lower(d.term))), NULL
    FROM pdauth.development_agreement AS d
   WHERE d.development_id = step.object_id AND step.to_state IN ('draft', 'signed') AND pdauth.term_too_long(d.term, 'developer_term_max_years', d.division)
     AND (NOT pdauth.is_period(d.term) OR NOT pdauth.has_exception('R-13-14', step.object))
  UNION ALL
  -- what has begun is evaluated before it is continued (R-26-8); what has not is part of one term
  SELECT 'R-13-14', step.object, format('With %s on the same application from %s to %s, at most %s years.', o.numbers, o.first_day, o.last_day, pdauth.figure('developer_term_max_years', d.division, o.first_day)), NULL
    FROM pdauth.development_agreement AS d
   CROSS JOIN LATERAL (SELECT string_agg(x.number, ', ' ORDER BY x.number) AS numbers, least(min(lower(x.term)), lower(d.term)) AS first_day, greatest(max(upper(x.term)), upper(d.term)) - 1 AS last_day
                         FROM pdauth.development_agreement AS x
                        WHERE x.application_id = d.application_id AND x.development_id <> d.development_id AND x.state <> 'draft' AND lower(x.term) > pdauth.clock_today()) AS o
   WHERE d.development_id = step.object_id AND step.to_state = 'signed' AND o.numbers IS NOT NULL
     AND pdauth.term_too_long(daterange(o.first_day, o.last_day, '[]'), 'developer_term_max_years', d.division) AND NOT pdauth.has_exception('R-13-14', step.object)
  UNION ALL
  SELECT 'R-13-15', step.object, format('Beyond the operating agreement: %s.', pdauth.scope_excess(d.scope, a.scope)), NULL
    FROM pdauth.development_agreement AS d JOIN pdauth.operating_agreement AS a USING (agreement_id)
   WHERE d.development_id = step.object_id AND step.to_state IN ('draft', 'signed') AND NOT pdauth.scope_contains(a.scope, d.scope)
  UNION ALL
  SELECT v.* FROM pdauth.development_agreement AS d, pdauth.scope_restriction_violations(d.scope, step.object) AS v WHERE d.development_id = step.object_id AND step.to_state = 'signed'
  UNION ALL
  SELECT 'R-13-16', step.object, format('Term %s beyond %s of %s.', d.term, a.term, a.label), NULL
    FROM pdauth.development_agreement AS d JOIN pdauth.operating_agreement AS a USING (agreement_id)
   WHERE d.development_id = step.object_id AND step.to_state IN ('draft', 'signed') AND (NOT d.term <@ a.term OR a.state <> 'signed')
$function$;
REVOKE ALL ON FUNCTION pdauth.development_agreement_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.development_agreement_violations(pdauth.transition) IS 'Check function of development agreements (R-13-9 to R-13-16, R-12-1, R-12-3, R-21-2, R-21-3).';

CREATE FUNCTION pdauth.developer_scope(development pdauth.development_agreement) RETURNS pdauth.license_scope
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD'
AS $function$
  SELECT pdauth.scope_intersection(development.scope, format('{read,derive,join,model,export,redevelop,publish,trade on *(*) for * in * during [%s,%s) level core}', lower(development.term), upper(development.term))::pdauth.license_scope)
$function$;
REVOKE ALL ON FUNCTION pdauth.developer_scope(pdauth.development_agreement) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.developer_scope(pdauth.development_agreement) IS 'What a development agreement grants within its term.';

CREATE FUNCTION pdauth.development_agreement_effects(step pdauth.transition) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  development pdauth.development_agreement;
BEGIN
  SELECT * INTO development FROM pdauth.development_agreement AS d WHERE d.development_id = step.object_id;
  IF step.to_state = 'signed' THEN
    IF pdauth.switched_on('license_on_agreement', development.division) THEN
      PERFORM pdauth.issue_license('development_agreement', development.development_id, step.object, development.developer_party, 'developer',
        pdauth.developer_scope(development));
    END IF;
  ELSIF step.to_state <> 'draft' THEN
    PERFORM pdauth.end_licenses('development_agreement', development.development_id, format('%s %s on %s', step.object, step.to_state, step.event_date));
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.development_agreement_effects(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.development_agreement_effects(pdauth.transition) IS 'What follows from a step of a development agreement: signed, it issues licenses to the developer''s roles; ended, they end in the same transaction.';

-- The signing holds what it rests on, so that no objection, end or change
-- slips in between its check and its commit.
CREATE FUNCTION pdauth.hold_grounds() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NEW.state = 'signed' AND OLD.state = 'draft' THEN
    PERFORM FROM pdauth.operating_agreement AS a WHERE a.agreement_id = NEW.agreement_id FOR SHARE;
    PERFORM FROM pdauth.application AS a WHERE a.application_id = NEW.application_id FOR SHARE;
    PERFORM FROM pdauth.publicity AS p WHERE p.application_id = NEW.application_id FOR UPDATE;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.hold_grounds() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.hold_grounds() IS 'Row trigger of pdauth.development_agreement: locks operating agreement, application and publicity when it is signed (X-5).';

SELECT pdauth.register_table('pdauth.development_agreement', '{operator}', 'R-13-12');
SELECT pdauth.register_table('pdauth.development_agreement_matter', '{operator}', 'R-13-12');
SELECT pdauth.register_table('pdauth.development_agreement_signature', '{operator,developer}', 'R-13-12');
CREATE TRIGGER hold_grounds BEFORE UPDATE ON pdauth.development_agreement FOR EACH ROW EXECUTE FUNCTION pdauth.hold_grounds();
ALTER TABLE pdauth.development_agreement ENABLE ALWAYS TRIGGER hold_grounds;
CREATE TRIGGER check_signature BEFORE INSERT ON pdauth.development_agreement_signature FOR EACH ROW EXECUTE FUNCTION pdauth.check_signature('development_agreement', 'R-13-12', 'development_id', 'development_content');
ALTER TABLE pdauth.development_agreement_signature ENABLE ALWAYS TRIGGER check_signature;
CREATE TRIGGER keep_content BEFORE INSERT OR UPDATE ON pdauth.development_agreement_matter FOR EACH ROW WHEN (NOT pdauth.register_writes()) EXECUTE FUNCTION pdauth.keep_content('development_agreement', 'operator_party', 'R-13-12');
CREATE TRIGGER keep_content_whole BEFORE DELETE ON pdauth.development_agreement_matter FOR EACH ROW EXECUTE FUNCTION pdauth.keep_content('development_agreement', 'operator_party', 'R-13-12');
ALTER TABLE pdauth.development_agreement_matter ENABLE ALWAYS TRIGGER keep_content;
ALTER TABLE pdauth.development_agreement_matter ENABLE ALWAYS TRIGGER keep_content_whole;
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.development_agreement_signature FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record();
ALTER TABLE pdauth.development_agreement_signature ENABLE ALWAYS TRIGGER keep_record;
CREATE POLICY register ON pdauth.development_agreement USING (pdauth.may_see(division, operator_party, developer_party)) WITH CHECK (true);
CREATE POLICY register ON pdauth.development_agreement_matter USING (EXISTS (SELECT FROM pdauth.development_agreement AS o WHERE o.development_id = development_agreement_matter.development_id)) WITH CHECK (true);
CREATE POLICY register ON pdauth.development_agreement_signature USING (EXISTS (SELECT FROM pdauth.development_agreement AS o WHERE o.development_id = development_agreement_signature.development_id)) WITH CHECK (true);

SELECT pdauth.add_scope_chain('pdauth.development_agreement', 'agreement_id', 'scope', 'pdauth.operating_agreement', 'agreement_id', 'scope', 'R-13-15');
