-- Developers: scenario notices, applications, material, review (Articles 12, 13).

CREATE TABLE pdauth.scenario_notice (
  notice_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number         text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  operator_party bigint NOT NULL REFERENCES pdauth.party,
  division       pdauth.division_code,
  scenario       text NOT NULL CHECK (pdauth.has_content(scenario)),
  criteria       text NOT NULL CHECK (pdauth.has_content(criteria)),
  state          text NOT NULL DEFAULT 'draft',
  act_date       date,
  act_document   text,
  act_digest     pdauth.document_digest,
  act_reason     text,
  registered_at  timestamptz
);
COMMENT ON TABLE pdauth.scenario_notice IS 'Notices by which an operator invites developers for a scenario (应用场景开发利用公告); criteria are frozen once published (R-13-1).';
COMMENT ON COLUMN pdauth.scenario_notice.notice_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.scenario_notice.number IS 'Number, such as S-1.';
COMMENT ON COLUMN pdauth.scenario_notice.operator_party IS 'Operating organisation.';
COMMENT ON COLUMN pdauth.scenario_notice.division IS 'Division.';
COMMENT ON COLUMN pdauth.scenario_notice.scenario IS 'The scenario.';
COMMENT ON COLUMN pdauth.scenario_notice.criteria IS 'Admission criteria, the same for all.';
COMMENT ON COLUMN pdauth.scenario_notice.state IS 'draft, published or closed.';
COMMENT ON COLUMN pdauth.scenario_notice.act_date IS 'Legal date of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.scenario_notice.act_document IS 'Document of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.scenario_notice.act_digest IS 'Its digest; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.scenario_notice.act_reason IS 'Reason of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.scenario_notice.registered_at IS 'When it was registered.';
INSERT INTO pdauth.life_cycle VALUES ('scenario_notice', 'notice_id', 'number', 'scenario_notice_violations', NULL, 'R-13-17', 'R-13-17', 'R-13-1', '{draft}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('scenario_notice', '', 'draft', '{operator}', 'R-13-1', '{}'),
  ('scenario_notice', 'draft', 'published', '{operator}', 'R-13-1', '{}'),
  ('scenario_notice', 'published', 'closed', '{operator}', 'R-13-1', '{}');
CREATE FUNCTION pdauth.scenario_notice_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT v.* FROM pdauth.scenario_notice AS n, pdauth.operator_violations(n.operator_party, step.object) AS v WHERE n.notice_id = step.object_id AND step.to_state <> 'closed'
  UNION ALL
  SELECT 'R-13-8', step.object, format('The notice is of %s.', pdauth.party_code(n.operator_party)), NULL
    FROM pdauth.scenario_notice AS n WHERE n.notice_id = step.object_id AND n.operator_party <> step.party_id
$function$;
REVOKE ALL ON FUNCTION pdauth.scenario_notice_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.scenario_notice_violations(pdauth.transition) IS 'Check function of scenario notices: by an operator with an agreement in force (R-4-2, R-11-13).';
SELECT pdauth.register_table('pdauth.scenario_notice', '{operator}', 'R-13-1');
CREATE POLICY register ON pdauth.scenario_notice USING (state = 'published' OR pdauth.may_see(division, operator_party)) WITH CHECK (true);

CREATE TABLE pdauth.application (
  application_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number          text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  applicant_party bigint NOT NULL REFERENCES pdauth.party,
  operator_party  bigint NOT NULL REFERENCES pdauth.party,
  agreement_id    bigint NOT NULL REFERENCES pdauth.operating_agreement,
  division        pdauth.division_code,
  route           text NOT NULL CHECK (route IN ('notice', 'own')),
  notice_id       bigint REFERENCES pdauth.scenario_notice,
  scenario        text CHECK (pdauth.has_content(scenario)),
  purpose         text NOT NULL CHECK (purpose = pdauth.resource_path(purpose)),
  resources       text[] NOT NULL DEFAULT '{}',
  defect          text,
  correction_wd   integer CHECK (correction_wd > 0),
  correction_due  date,
  refusal_ground  text CHECK (refusal_ground IN ('material', 'qualification', 'scenario', 'other')),
  state           text NOT NULL DEFAULT 'registered',
  act_date       date,
  act_document   text,
  act_digest     pdauth.document_digest,
  act_reason     text,
  registered_at  timestamptz
);
CREATE INDEX application_applicant_index ON pdauth.application (applicant_party);
COMMENT ON TABLE pdauth.application IS 'Applications of organisations to become developers, on a notice of the operator or with a scenario of their own, and their review.';
COMMENT ON COLUMN pdauth.application.application_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.application.number IS 'Number.';
COMMENT ON COLUMN pdauth.application.applicant_party IS 'Applicant: a legal person (R-12-1), neither the operator nor its affiliate.';
COMMENT ON COLUMN pdauth.application.operator_party IS 'Operator that reviews.';
COMMENT ON COLUMN pdauth.application.agreement_id IS 'Operating agreement it is under.';
COMMENT ON COLUMN pdauth.application.division IS 'Division.';
COMMENT ON COLUMN pdauth.application.route IS 'notice (on a published scenario notice) or own (scenario of its own).';
COMMENT ON COLUMN pdauth.application.notice_id IS 'The notice.';
COMMENT ON COLUMN pdauth.application.scenario IS 'Scenario of its own.';
COMMENT ON COLUMN pdauth.application.purpose IS 'Purpose, as in license scopes.';
COMMENT ON COLUMN pdauth.application.resources IS 'Resources or products wanted, as paths: checked against the restrictions of their providers.';
COMMENT ON COLUMN pdauth.application.defect IS 'What is missing or irregular in the material.';
COMMENT ON COLUMN pdauth.application.correction_wd IS 'Working days the notice gives; the pack''s figure if left out.';
COMMENT ON COLUMN pdauth.application.correction_due IS 'Last day for the correction, computed.';
COMMENT ON COLUMN pdauth.application.refusal_ground IS 'Ground of a refusal.';
COMMENT ON COLUMN pdauth.application.state IS 'registered, submitted, reviewing, correcting, lapsed, passed, refused, publicity, cleared, contracted or withdrawn.';
COMMENT ON COLUMN pdauth.application.act_date IS 'Legal date of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.application.act_document IS 'Document of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.application.act_digest IS 'Its digest; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.application.act_reason IS 'Reason of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.application.registered_at IS 'When it was registered.';

INSERT INTO pdauth.life_cycle VALUES ('application', 'application_id', 'number', 'application_violations', 'application_effects', 'R-13-17', 'R-13-17', 'X-5', '{registered}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('application', '', 'registered', '{developer,operator}', 'R-13-3', '{}'),
  ('application', 'registered', 'submitted', '{developer}', 'R-13-3', '{}'),
  ('application', 'submitted', 'reviewing', '{operator}', 'R-13-8', '{}'),
  ('application', 'reviewing', 'correcting', '{operator}', 'R-13-8', '{}'),
  ('application', 'correcting', 'reviewing', '{developer}', 'R-13-6', '{}'),
  ('application', 'correcting', 'lapsed', '{operator}', 'R-13-6', '{}'),
  ('application', 'reviewing', 'passed', '{operator}', 'R-13-8', '{}'),
  ('application', 'reviewing', 'refused', '{operator}', 'R-13-8', '{reason}'),
  ('application', 'correcting', 'refused', '{operator}', 'R-13-8', '{reason}'),
  ('application', 'passed', 'publicity', '{operator}', 'R-13-9', '{}'),
  ('application', 'publicity', 'cleared', '{operator}', 'R-13-10', '{}'),
  ('application', 'publicity', 'passed', '{operator}', 'R-13-11', '{reason}'),
  ('application', 'cleared', 'contracted', '{operator}', 'R-13-12', '{}'),
  ('application', 'registered', 'withdrawn', '{developer}', 'R-13-3', '{}'),
  ('application', 'submitted', 'withdrawn', '{developer}', 'R-13-3', '{}'),
  ('application', 'reviewing', 'withdrawn', '{developer}', 'R-13-3', '{}'),
  ('application', 'correcting', 'withdrawn', '{developer}', 'R-13-3', '{}'),
  ('application', 'passed', 'withdrawn', '{developer}', 'R-13-3', '{}'),
  ('application', 'publicity', 'withdrawn', '{developer}', 'R-13-3', '{}'),
  ('application', 'cleared', 'withdrawn', '{developer}', 'R-13-3', '{}');

CREATE TABLE pdauth.application_material (
  application_id bigint NOT NULL REFERENCES pdauth.application,
  number         integer NOT NULL,
  part           text NOT NULL DEFAULT '',
  content        text NOT NULL CHECK (pdauth.has_content(content)),
  digest         pdauth.document_digest,
  dated          date NOT NULL,
  PRIMARY KEY (application_id, number, part)
);
COMMENT ON TABLE pdauth.application_material IS 'Material of an application: the kinds of the pack''s list material_kinds, and the capabilities that the qualification proof shows (R-13-3, R-13-4).';
COMMENT ON COLUMN pdauth.application_material.application_id IS 'The application.';
COMMENT ON COLUMN pdauth.application_material.number IS 'Kind of material.';
COMMENT ON COLUMN pdauth.application_material.part IS 'Part of the qualification proof; empty for the document itself.';
COMMENT ON COLUMN pdauth.application_material.content IS 'What it is, or "none" where the pack allows it.';
COMMENT ON COLUMN pdauth.application_material.digest IS 'Digest of the document; needed unless it is "none".';
COMMENT ON COLUMN pdauth.application_material.dated IS 'Date of the document.';

CREATE TABLE pdauth.application_finding (
  finding_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  application_id bigint NOT NULL REFERENCES pdauth.application,
  list           text NOT NULL CHECK (list IN ('qualification_conditions', 'scenario_assessments')),
  number         integer NOT NULL,
  met            boolean NOT NULL,
  evidence       text NOT NULL CHECK (pdauth.has_content(evidence)),
  evidence_until date,
  recorded_at    timestamptz NOT NULL,
  recorded_by    name NOT NULL
);
CREATE INDEX application_finding_application_index ON pdauth.application_finding (application_id);
COMMENT ON TABLE pdauth.application_finding IS 'Findings of the operator on qualification conditions (R-12-2) and, for a scenario of one''s own, the four assessments (R-13-2). The latest on a point counts; a new one can be recorded at any time (R-12-3).';
COMMENT ON COLUMN pdauth.application_finding.finding_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.application_finding.application_id IS 'The application.';
COMMENT ON COLUMN pdauth.application_finding.list IS 'qualification_conditions or scenario_assessments.';
COMMENT ON COLUMN pdauth.application_finding.number IS 'Point of that list of the pack.';
COMMENT ON COLUMN pdauth.application_finding.met IS 'Whether it is met.';
COMMENT ON COLUMN pdauth.application_finding.evidence IS 'What shows it.';
COMMENT ON COLUMN pdauth.application_finding.evidence_until IS 'Last day on which the evidence is valid; NULL if it does not expire.';
COMMENT ON COLUMN pdauth.application_finding.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.application_finding.recorded_by IS 'Role that inserted it.';

CREATE TABLE pdauth.application_review (
  review_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  application_id bigint NOT NULL REFERENCES pdauth.application,
  method         text NOT NULL,
  held_on        date NOT NULL,
  participants   text NOT NULL CHECK (pdauth.has_content(participants)),
  conclusion     text NOT NULL CHECK (pdauth.has_content(conclusion)),
  recorded_at    timestamptz NOT NULL,
  recorded_by    name NOT NULL
);
CREATE INDEX application_review_application_index ON pdauth.application_review (application_id);
COMMENT ON TABLE pdauth.application_review IS 'How an application was reviewed: documents, on-site defence, experts (R-13-7).';
COMMENT ON COLUMN pdauth.application_review.review_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.application_review.application_id IS 'The application.';
COMMENT ON COLUMN pdauth.application_review.method IS 'A word of the pack''s list review_methods.';
COMMENT ON COLUMN pdauth.application_review.held_on IS 'Day.';
COMMENT ON COLUMN pdauth.application_review.participants IS 'Who took part.';
COMMENT ON COLUMN pdauth.application_review.conclusion IS 'What was concluded.';
COMMENT ON COLUMN pdauth.application_review.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.application_review.recorded_by IS 'Role that inserted it.';

CREATE TABLE pdauth.application_interest (
  application_id bigint NOT NULL REFERENCES pdauth.application,
  person_id      bigint NOT NULL REFERENCES pdauth.person,
  reason         text NOT NULL CHECK (pdauth.has_content(reason)),
  recorded_at    timestamptz NOT NULL,
  recorded_by    name NOT NULL,
  PRIMARY KEY (application_id, person_id)
);
COMMENT ON TABLE pdauth.application_interest IS 'Persons who have an interest in an application and may not review it (R-13-8).';
COMMENT ON COLUMN pdauth.application_interest.application_id IS 'The application.';
COMMENT ON COLUMN pdauth.application_interest.person_id IS 'The person.';
COMMENT ON COLUMN pdauth.application_interest.reason IS 'The interest.';
COMMENT ON COLUMN pdauth.application_interest.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.application_interest.recorded_by IS 'Role that inserted it.';

CREATE FUNCTION pdauth.application_missing(application pdauth.application, list text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT pdauth.missing_items(list, application.division,
    (SELECT jsonb_object_agg(concat_ws('/', m.number, nullif(m.part, '')), m.content) FROM pdauth.application_material AS m
      WHERE m.application_id = application.application_id AND (m.digest IS NOT NULL OR pdauth.says_none(m.content))))
$function$;
REVOKE ALL ON FUNCTION pdauth.application_missing(pdauth.application, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.application_missing(pdauth.application, text) IS 'What the material of an application lacks of a list of the pack; NULL if nothing. A document counts with its digest.';

CREATE FUNCTION pdauth.finding_violations(application pdauth.application, list text, rule text, object text) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT rule, object, format('Not established: %s.', string_agg(format('%s (%s)', l.number, l.title_chinese), ', ' ORDER BY l.number)), NULL::text
    FROM pdauth.item_list(list, application.division) AS l
    LEFT JOIN LATERAL (SELECT f.met, f.evidence_until FROM pdauth.application_finding AS f
                        WHERE f.application_id = application.application_id AND f.list = finding_violations.list AND f.number = l.number
                        ORDER BY f.finding_id DESC LIMIT 1) AS f ON true
   WHERE NOT coalesce(f.met AND coalesce(f.evidence_until, 'infinity') >= pdauth.clock_today(), false)
  HAVING count(*) > 0
$function$;
REVOKE ALL ON FUNCTION pdauth.finding_violations(pdauth.application, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.finding_violations(pdauth.application, text, text, text) IS 'Points of a list on which the latest finding is missing, negative, or rests on expired evidence, as a violation of the rule given.';

CREATE FUNCTION pdauth.applicant_violations(applicant bigint, operator bigint, division pdauth.division_code, object text) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-12-1', object, format('%s: %s.', y.party, y.kind), NULL::text FROM pdauth.party AS y WHERE y.party_id = applicant AND (y.kind <> 'legal person' OR y.credit_code IS NULL)
  UNION ALL
  SELECT 'R-21-2', object, NULL, NULL WHERE applicant = operator
  UNION ALL
  SELECT 'R-21-3', object, format('%s is affiliated with %s.', pdauth.party_code(applicant), pdauth.party_code(operator)), NULL
   WHERE applicant <> operator AND pdauth.affiliated(operator, applicant, pdauth.figure('affiliate_share_percent', division))
$function$;
REVOKE ALL ON FUNCTION pdauth.applicant_violations(bigint, bigint, pdauth.division_code, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.applicant_violations(bigint, bigint, pdauth.division_code, text) IS 'Why an organisation cannot be a developer under an operator: no legal person (R-12-1), the operator itself (R-21-2), an affiliate of it (R-21-3).';
