-- The feasibility argument (可行性论证, Article 9) and filings (备案、报送, Articles 10, 11).

CREATE TABLE pdauth.plan_argument (
  argument_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number         text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  plan_id        bigint NOT NULL REFERENCES pdauth.plan,
  division       pdauth.division_code,
  agency_party   bigint NOT NULL REFERENCES pdauth.party,
  participants   text NOT NULL CHECK (pdauth.has_content(participants)),
  conclusion     text CHECK (conclusion IN ('positive', 'conditional', 'negative')),
  conditions_met boolean NOT NULL DEFAULT false,
  content_digest text,
  state          text NOT NULL DEFAULT 'planned',
  act_date       date,
  act_document   text,
  act_digest     pdauth.document_digest,
  act_reason     text,
  registered_at  timestamptz
);
CREATE INDEX plan_argument_plan_index ON pdauth.plan_argument (plan_id);
COMMENT ON TABLE pdauth.plan_argument IS 'Feasibility arguments. Each examines one version of a plan: the digest of its content is kept with the conclusion (R-9-3).';
COMMENT ON COLUMN pdauth.plan_argument.argument_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.plan_argument.number IS 'Number.';
COMMENT ON COLUMN pdauth.plan_argument.plan_id IS 'Version examined.';
COMMENT ON COLUMN pdauth.plan_argument.division IS 'Division of the plan.';
COMMENT ON COLUMN pdauth.plan_argument.agency_party IS 'Implementing agency.';
COMMENT ON COLUMN pdauth.plan_argument.participants IS 'Experts and others who took part.';
COMMENT ON COLUMN pdauth.plan_argument.conclusion IS 'positive, conditional or negative.';
COMMENT ON COLUMN pdauth.plan_argument.conditions_met IS 'Whether the conditions of a conditional conclusion are met.';
COMMENT ON COLUMN pdauth.plan_argument.content_digest IS 'Digest of the plan''s content when it was concluded, computed.';
COMMENT ON COLUMN pdauth.plan_argument.state IS 'planned, held or concluded.';
COMMENT ON COLUMN pdauth.plan_argument.act_date IS 'Legal date of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.plan_argument.act_document IS 'Document of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.plan_argument.act_digest IS 'Its digest; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.plan_argument.act_reason IS 'Reason of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.plan_argument.registered_at IS 'When it was registered.';

CREATE TABLE pdauth.plan_argument_topic (
  argument_id bigint NOT NULL REFERENCES pdauth.plan_argument,
  number      integer NOT NULL,
  finding     text NOT NULL,
  PRIMARY KEY (argument_id, number)
);
COMMENT ON TABLE pdauth.plan_argument_topic IS 'Findings of an argument on the topics of the pack''s list feasibility_topics; more topics are allowed (R-9-2).';
COMMENT ON COLUMN pdauth.plan_argument_topic.argument_id IS 'The argument.';
COMMENT ON COLUMN pdauth.plan_argument_topic.number IS 'Number of the topic.';
COMMENT ON COLUMN pdauth.plan_argument_topic.finding IS 'The finding.';

INSERT INTO pdauth.life_cycle VALUES ('plan_argument', 'argument_id', 'number', 'plan_argument_step_violations', NULL, 'X-5', 'X-5', 'R-9-3', '{planned,held}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('plan_argument', '', 'planned', '{agency}', 'R-9-1', '{}'),
  ('plan_argument', 'planned', 'held', '{agency}', 'R-9-1', '{}'),
  ('plan_argument', 'held', 'concluded', '{agency}', 'R-9-1', '{document}');

CREATE FUNCTION pdauth.plan_argument_step_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-8-6', step.object, format('The agency of the plan is %s.', pdauth.party_code(p.agency_party)), NULL::text
    FROM pdauth.plan_argument AS a JOIN pdauth.plan AS p USING (plan_id)
   WHERE a.argument_id = step.object_id AND (a.agency_party <> step.party_id OR p.agency_party <> step.party_id OR NOT pdauth.division_code_equal(a.division, p.division))
  UNION ALL
  SELECT 'R-9-1', step.object, 'It has no conclusion.', NULL
    FROM pdauth.plan_argument AS a WHERE a.argument_id = step.object_id AND step.to_state = 'concluded' AND a.conclusion IS NULL
  UNION ALL
  SELECT 'R-9-2', step.object, format('Missing: %s.', m), NULL
    FROM pdauth.plan_argument AS a
   CROSS JOIN LATERAL pdauth.missing_items('feasibility_topics', a.division,
     (SELECT jsonb_object_agg(t.number, t.finding) FROM pdauth.plan_argument_topic AS t WHERE t.argument_id = a.argument_id)) AS m
   WHERE a.argument_id = step.object_id AND step.to_state = 'concluded' AND m IS NOT NULL
  UNION ALL
  SELECT 'R-9-3', step.object, format('The plan is %s: it is argued after it was submitted.', p.state), NULL
    FROM pdauth.plan_argument AS a JOIN pdauth.plan AS p USING (plan_id)
   WHERE a.argument_id = step.object_id AND step.to_state = 'concluded' AND p.state = 'draft'
$function$;
REVOKE ALL ON FUNCTION pdauth.plan_argument_step_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.plan_argument_step_violations(pdauth.transition) IS 'Check function of arguments: by the plan''s agency, concluded with a finding on each topic, on a version that is not a draft any more (Article 9).';

CREATE FUNCTION pdauth.plan_argument_violations(plan pdauth.plan) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  WITH argument AS (
    SELECT a.content_digest = pdauth.content_digest(pdauth.plan_content(plan.plan_id)) AS matches, p.label
      FROM pdauth.plan_argument AS a JOIN pdauth.plan AS p USING (plan_id)
     WHERE p.number = plan.number AND a.state = 'concluded' AND (a.conclusion = 'positive' OR a.conclusion = 'conditional' AND a.conditions_met)
  )
  SELECT 'R-9-1', 'plan ' || plan.label, NULL::text, NULL::text WHERE NOT EXISTS (SELECT FROM argument)
  UNION ALL
  SELECT 'R-9-3', 'plan ' || plan.label, format('Argued was plan %s.', (SELECT string_agg(DISTINCT g.label, ', ') FROM argument AS g)), NULL
   WHERE EXISTS (SELECT FROM argument) AND NOT EXISTS (SELECT FROM argument AS g WHERE g.matches)
$function$;
REVOKE ALL ON FUNCTION pdauth.plan_argument_violations(pdauth.plan) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.plan_argument_violations(pdauth.plan) IS 'Whether a plan version rests on a concluded, not negative argument (R-9-1) of exactly its content (R-9-3).';

CREATE FUNCTION pdauth.compute_plan_argument() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.content_digest := CASE WHEN pdauth.break_glass_active() THEN NEW.content_digest END;
  ELSIF NEW.state = 'concluded' AND OLD.state <> 'concluded' THEN
    NEW.content_digest := pdauth.content_digest(pdauth.plan_content(NEW.plan_id));
  ELSE
    NEW.content_digest := OLD.content_digest;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.compute_plan_argument() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.compute_plan_argument() IS 'Row trigger of pdauth.plan_argument: keeps the digest of the plan''s content with the conclusion.';

SELECT pdauth.register_table('pdauth.plan_argument', '{agency}', 'R-8-6', 'conditions_met');
SELECT pdauth.register_table('pdauth.plan_argument_topic', '{agency}', 'R-8-6');
CREATE TRIGGER zz_compute_plan_argument BEFORE INSERT OR UPDATE ON pdauth.plan_argument FOR EACH ROW EXECUTE FUNCTION pdauth.compute_plan_argument();
CREATE TRIGGER keep_content BEFORE INSERT OR UPDATE ON pdauth.plan_argument_topic FOR EACH ROW WHEN (NOT pdauth.register_writes()) EXECUTE FUNCTION pdauth.keep_content('plan_argument', 'agency_party', 'R-8-6');
CREATE TRIGGER keep_content_whole BEFORE DELETE ON pdauth.plan_argument_topic FOR EACH ROW EXECUTE FUNCTION pdauth.keep_content('plan_argument', 'agency_party', 'R-8-6');
ALTER TABLE pdauth.plan_argument ENABLE ALWAYS TRIGGER zz_compute_plan_argument;
ALTER TABLE pdauth.plan_argument_topic ENABLE ALWAYS TRIGGER keep_content;
ALTER TABLE pdauth.plan_argument_topic ENABLE ALWAYS TRIGGER keep_content_whole;
CREATE POLICY register ON pdauth.plan_argument USING (pdauth.may_see(division, agency_party)) WITH CHECK (true);
CREATE POLICY register ON pdauth.plan_argument_topic USING (EXISTS (SELECT FROM pdauth.plan_argument AS a WHERE a.argument_id = plan_argument_topic.argument_id)) WITH CHECK (true);

-- ---- filings ----

CREATE TABLE pdauth.filing (
  filing_id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number            text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  life_cycle        text NOT NULL,
  object_id         bigint NOT NULL,
  division          pdauth.division_code,
  filer_party       bigint NOT NULL REFERENCES pdauth.party,
  addressee_party   bigint NOT NULL REFERENCES pdauth.party,
  approval_document text,
  state             text NOT NULL DEFAULT 'submitted',
  act_date          date,
  act_document      text,
  act_digest        pdauth.document_digest,
  act_reason        text,
  registered_at     timestamptz
);
CREATE INDEX filing_object_index ON pdauth.filing (life_cycle, object_id);
COMMENT ON TABLE pdauth.filing IS 'Filings of approved plans (备案, Article 10) and submissions of signed agreements (报送, Article 11) to the provincial data bureau, which receives or returns them.';
COMMENT ON COLUMN pdauth.filing.filing_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.filing.number IS 'Number.';
COMMENT ON COLUMN pdauth.filing.life_cycle IS 'plan or operating_agreement.';
COMMENT ON COLUMN pdauth.filing.object_id IS 'Key of what is filed.';
COMMENT ON COLUMN pdauth.filing.division IS 'Division of it.';
COMMENT ON COLUMN pdauth.filing.filer_party IS 'Implementing agency that files.';
COMMENT ON COLUMN pdauth.filing.addressee_party IS 'Addressee.';
COMMENT ON COLUMN pdauth.filing.approval_document IS 'Approval of the plan, or the signed agreement.';
COMMENT ON COLUMN pdauth.filing.state IS 'submitted, received or returned.';
COMMENT ON COLUMN pdauth.filing.act_date IS 'Legal date of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.filing.act_document IS 'Document of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.filing.act_digest IS 'Its digest; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.filing.act_reason IS 'Reason of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.filing.registered_at IS 'When it was submitted.';

INSERT INTO pdauth.life_cycle VALUES ('filing', 'filing_id', 'number', 'filing_violations', 'filing_effects', 'R-10-7', 'R-10-7', 'R-10-7', '{}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('filing', '', 'submitted', '{agency}', 'R-10-7', '{}'),
  ('filing', 'submitted', 'received', '{bureau}', 'R-10-7', '{}'),
  ('filing', 'submitted', 'returned', '{bureau}', 'R-10-7', '{reason}');

CREATE FUNCTION pdauth.filing_recipient(name text, division pdauth.division_code) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT pdauth.holder_of_kind(pdauth.pack_value('reviewer', name, division) #>> '{}', division)
$function$;
REVOKE ALL ON FUNCTION pdauth.filing_recipient(text, pdauth.division_code) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.filing_recipient(text, pdauth.division_code) IS 'Party that receives filings of a kind by the pack: the provincial data bureau. NULL if it is not designated.';

CREATE FUNCTION pdauth.filing_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  WITH filing AS (
    SELECT f.*, o.agency, o.approved, o.object_division, pdauth.filing_recipient(CASE f.life_cycle WHEN 'plan' THEN 'plan_filing' ELSE 'agreement_submission' END, f.division) AS recipient
      FROM pdauth.filing AS f
      LEFT JOIN LATERAL (
        SELECT p.agency_party, p.state IN ('approved', 'executing', 'closed'), p.division FROM pdauth.plan AS p WHERE f.life_cycle = 'plan' AND p.plan_id = f.object_id
        UNION ALL
        SELECT a.agency_party, a.state NOT IN ('draft', 'decided'), a.division FROM pdauth.operating_agreement AS a WHERE f.life_cycle = 'operating_agreement' AND a.agreement_id = f.object_id
      ) AS o(agency, approved, object_division) ON true
     WHERE f.filing_id = step.object_id
  )
  SELECT 'R-10-7', step.object, 'What is filed does not exist, is not approved or signed, or is of another agency or division.', NULL::text
    FROM filing AS f
   WHERE step.to_state = 'submitted' AND NOT coalesce(f.approved AND f.agency = f.filer_party AND f.filer_party = step.party_id AND pdauth.division_code_equal(f.division, f.object_division), false)
  UNION ALL
  SELECT 'R-10-7', step.object, format('It goes to %s, not to %s.', coalesce(pdauth.party_code(f.recipient), 'nobody'), pdauth.party_code(f.addressee_party)), NULL
    FROM filing AS f WHERE f.addressee_party IS DISTINCT FROM f.recipient
  UNION ALL
  SELECT 'R-10-7', step.object, 'The approval document is missing.', NULL
    FROM filing AS f WHERE pdauth.is_blank(f.approval_document)
  UNION ALL
  SELECT 'R-10-7', step.object, 'Its addressee decides it.', NULL
    FROM filing AS f WHERE step.to_state IN ('received', 'returned') AND step.party_id <> f.addressee_party
$function$;
REVOKE ALL ON FUNCTION pdauth.filing_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.filing_violations(pdauth.transition) IS 'Check function of filings: complete, of an approved plan or signed agreement, to the recipient of the pack, which decides (R-10-7).';

CREATE FUNCTION pdauth.filing_effects(step pdauth.transition) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  filing pdauth.filing;
  fulfilled_rule text;
  duty pdauth.obligation;
BEGIN
  SELECT * INTO filing FROM pdauth.filing AS f WHERE f.filing_id = step.object_id;
  fulfilled_rule := CASE filing.life_cycle WHEN 'plan' THEN 'R-10-6' ELSE 'R-11-10' END;
  IF step.to_state IN ('submitted', 'received') THEN  -- received: after another one was returned
    PERFORM pdauth.close_duty(filing.life_cycle, filing.object_id, fulfilled_rule, filing.registered_at, step.object);
  ELSIF step.to_state = 'returned' THEN
    -- the duty goes on as if nothing had been filed: same event, same term
    SELECT o.* INTO duty FROM pdauth.obligation AS o JOIN pdauth.register_duty AS d USING (obligation_id)
     WHERE d.life_cycle = filing.life_cycle AND d.object_id = filing.object_id AND d.rule = fulfilled_rule ORDER BY o.obligation_id DESC LIMIT 1;
    IF duty.evidence = step.object THEN
      PERFORM pdauth.open_duty(filing.life_cycle, filing.object_id, duty.matter, fulfilled_rule, filing.filer_party, filing.addressee_party, duty.event_date, duty.term::text);
    END IF;
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.filing_effects(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.filing_effects(pdauth.transition) IS 'What follows from a filing: it fulfils the duty at its submission; returned, the same duty is open again with its old due date (R-10-6, R-10-7, R-11-10).';

SELECT pdauth.register_table('pdauth.filing', '{agency,bureau}', 'R-10-7');
CREATE POLICY register ON pdauth.filing USING (pdauth.may_see(division, filer_party, addressee_party)) WITH CHECK (true);
