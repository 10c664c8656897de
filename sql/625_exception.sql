-- Exceptions: what "in principle" and special provisions allow beyond a rule (X-7).

CREATE TABLE pdauth.exception (
  exception_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number        text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  rule          text NOT NULL REFERENCES pdauth.rule,
  object        text NOT NULL CHECK (pdauth.has_content(object) AND object !~ '[*%]'),
  division      pdauth.division_code,
  applicant_party bigint NOT NULL REFERENCES pdauth.party,
  reason        text NOT NULL CHECK (pdauth.has_content(reason)),
  basis         text NOT NULL CHECK (pdauth.has_content(basis)),
  conditions    text,
  expires_on    date NOT NULL CHECK (pg_catalog.isfinite(expires_on)),
  state         text NOT NULL DEFAULT 'applied',
  act_date      date,
  act_document  text,
  act_digest    pdauth.document_digest,
  act_reason    text,
  registered_at timestamptz
);
CREATE INDEX exception_object_index ON pdauth.exception (rule, object);
COMMENT ON TABLE pdauth.exception IS
  'Exceptions of one rule for one object: applied for with reason and basis, approved by the reviewer of the pack before use, until a day (X-7, A-2). They are part of disclosure and tracking.';
COMMENT ON COLUMN pdauth.exception.exception_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.exception.number IS 'Number, such as E-1.';
COMMENT ON COLUMN pdauth.exception.rule IS 'Rule it is about.';
COMMENT ON COLUMN pdauth.exception.object IS 'The one object, as messages call it: "operating agreement A-1", "channel pub_1".';
COMMENT ON COLUMN pdauth.exception.division IS 'Division of the object.';
COMMENT ON COLUMN pdauth.exception.applicant_party IS 'Party that applies.';
COMMENT ON COLUMN pdauth.exception.reason IS 'Why.';
COMMENT ON COLUMN pdauth.exception.basis IS 'Provision or facts it rests on, with citation.';
COMMENT ON COLUMN pdauth.exception.conditions IS 'Conditions, if any.';
COMMENT ON COLUMN pdauth.exception.expires_on IS 'Last day on which it may be used.';
COMMENT ON COLUMN pdauth.exception.state IS 'applied, approved, refused or ended.';
COMMENT ON COLUMN pdauth.exception.act_date IS 'Legal date of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.exception.act_document IS 'Document of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.exception.act_digest IS 'Its digest; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.exception.act_reason IS 'Reason of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.exception.registered_at IS 'When it was registered.';

INSERT INTO pdauth.life_cycle VALUES ('exception', 'exception_id', 'number', 'exception_violations', NULL, 'X-7', 'X-7', 'X-7', '{}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('exception', '', 'applied', '{agency,operator,developer,provider,prefecture,county,platform}', 'X-7', '{}'),
  ('exception', 'applied', 'approved', '{government,agency,bureau}', 'X-7', '{document}'),
  ('exception', 'applied', 'refused', '{government,agency,bureau}', 'X-7', '{reason}'),
  ('exception', 'approved', 'ended', '{government,agency,bureau}', 'X-7', '{reason}');

CREATE FUNCTION pdauth.exception_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'X-7', step.object, format('An exception of %s is decided by: %s.', e.rule, coalesce(w.reviewer, 'nobody in this pack')), NULL::text
    FROM pdauth.exception AS e CROSS JOIN LATERAL (SELECT pdauth.pack_value('reviewer', 'exception ' || e.rule, e.division) #>> '{}') AS w(reviewer)
   WHERE e.exception_id = step.object_id AND step.to_state IN ('approved', 'refused') AND step.capacity IS DISTINCT FROM w.reviewer
  UNION ALL
  SELECT 'X-7', step.object, 'Whoever applied for it cannot approve it.', NULL
    FROM pdauth.exception AS e
   WHERE e.exception_id = step.object_id AND step.to_state = 'approved'
     AND (pdauth.last_step('exception', e.exception_id, 'applied')).person_id = step.person_id
  UNION ALL
  SELECT 'X-7', step.object, format('The applicant is %s, not the party acting.', pdauth.party_code(e.applicant_party)), NULL
    FROM pdauth.exception AS e WHERE e.exception_id = step.object_id AND step.to_state = 'applied' AND e.applicant_party <> step.party_id
  UNION ALL
  SELECT 'X-7', step.object, format('%s does not decide in %s.', pdauth.party_code(step.party_id), e.division), NULL
    FROM pdauth.exception AS e
   WHERE e.exception_id = step.object_id AND step.to_state IN ('approved', 'refused', 'ended')
     AND step.party_id IS DISTINCT FROM CASE WHEN step.capacity = 'bureau' THEN pdauth.holder_of_kind('bureau', e.division) ELSE pdauth.holder_of(step.capacity, e.division) END
$function$;
REVOKE ALL ON FUNCTION pdauth.exception_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.exception_violations(pdauth.transition) IS 'Check function of exceptions: decided by the pack''s reviewer of the object''s division, not by the applicant (X-7).';

CREATE FUNCTION pdauth.has_exception(rule text, object text, day date DEFAULT pdauth.clock_today()) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT EXISTS (SELECT FROM pdauth.exception AS e
                  WHERE e.rule = has_exception.rule AND e.object = has_exception.object AND e.state = 'approved' AND e.expires_on >= has_exception.day
                    AND (pdauth.last_step('exception', e.exception_id, 'approved')).event_date <= has_exception.day
                    -- decided for the division of the object, as far as it is registered
                    AND NOT EXISTS (SELECT FROM pdauth.transition AS t WHERE t.object = e.object AND NOT pdauth.division_code_equal(t.division, e.division)))
$function$;
REVOKE ALL ON FUNCTION pdauth.has_exception(text, text, date) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.has_exception(text, text, date) IS 'Is there an exception of the rule for exactly this object, approved for its division and not expired on the day (X-7)? False for NULL.';

SELECT pdauth.register_table('pdauth.exception', '{agency,operator,developer,provider,prefecture,county,platform,government,bureau}', 'X-7');
CREATE POLICY register ON pdauth.exception USING (pdauth.may_see(division, applicant_party)) WITH CHECK (true);
