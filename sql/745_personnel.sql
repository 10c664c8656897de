-- Persons who take part in processing: cleared by four dated facts, and behind
-- every session (Article 25).

CREATE TABLE pdauth.person_fact (
  fact_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  person_id   bigint NOT NULL REFERENCES pdauth.person,
  kind        text NOT NULL CHECK (kind IN ('authentication', 'filing', 'vetting', 'confidentiality')),
  dated       date NOT NULL CHECK (pg_catalog.isfinite(dated)),
  valid_until date CHECK (valid_until >= dated),
  document    text NOT NULL CHECK (pdauth.has_content(document)),
  ended_on    date CHECK (ended_on >= dated),
  end_reason  text CHECK (pdauth.has_content(end_reason)),
  recorded_at timestamptz NOT NULL,
  recorded_by name NOT NULL,
  CHECK ((ended_on IS NULL) = (end_reason IS NULL))
);
CREATE INDEX person_fact_person_index ON pdauth.person_fact (person_id);
COMMENT ON TABLE pdauth.person_fact IS 'Clearance of persons: real-name authentication (实名认证), filing (备案), vetting (审查), confidentiality agreement (保密协议). All four, valid, open governed data (R-25-1); one that ends closes it (R-25-13).';
COMMENT ON COLUMN pdauth.person_fact.fact_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.person_fact.person_id IS 'The person.';
COMMENT ON COLUMN pdauth.person_fact.kind IS 'authentication, filing, vetting or confidentiality.';
COMMENT ON COLUMN pdauth.person_fact.dated IS 'Day of the fact.';
COMMENT ON COLUMN pdauth.person_fact.valid_until IS 'Last day it is valid; NULL without end.';
COMMENT ON COLUMN pdauth.person_fact.document IS 'Document it rests on.';
COMMENT ON COLUMN pdauth.person_fact.ended_on IS 'First day it does not hold any more: the person left, the filing was withdrawn.';
COMMENT ON COLUMN pdauth.person_fact.end_reason IS 'Why.';

CREATE FUNCTION pdauth.may_clear(actor pdauth.actor, person_id bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  -- A-46: operators' staff by the agency, developers' by the operator, all others by the bureau; nobody by themselves
  SELECT actor.person_id <> n.person_id AND CASE actor.capacity
      WHEN 'bureau' THEN true
      WHEN 'agency' THEN EXISTS (SELECT FROM pdauth.operating_agreement AS a WHERE a.agency_party = actor.party_id AND a.operator_party = n.party_id)
      WHEN 'operator' THEN n.party_id <> actor.party_id AND EXISTS (SELECT FROM pdauth.application AS a WHERE a.operator_party = actor.party_id AND a.applicant_party = n.party_id AND a.state <> 'withdrawn')
      ELSE false END
    FROM pdauth.person AS n WHERE n.person_id = may_clear.person_id
$function$;
REVOKE ALL ON FUNCTION pdauth.may_clear(pdauth.actor, bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.may_clear(pdauth.actor, bigint) IS 'Who files and vets a person (A-46): the agency for operators'' staff, the operator for developers'', the bureau for all others. NULL for an unknown person.';

CREATE FUNCTION pdauth.clears(person_id bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$ SELECT coalesce(pdauth.may_clear(pdauth.actor(), clears.person_id), false) $function$;
REVOKE ALL ON FUNCTION pdauth.clears(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.clears(bigint) TO pdauth_register, pdauth_policy_admin, pdauth_auditor;
COMMENT ON FUNCTION pdauth.clears(bigint) IS 'Is it for the session to file and vet this person (A-46)? False for NULL.';

CREATE FUNCTION pdauth.check_person_fact() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor;
  object text;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  END IF;
  actor := pdauth.require_actor();
  object := 'person ' || (SELECT n.person FROM pdauth.person AS n WHERE n.person_id = NEW.person_id);
  IF pdauth.may_clear(actor, NEW.person_id) IS NOT TRUE THEN
    PERFORM pdauth.refuse('R-25-1', object, format('%s does not clear it.', actor.party), NULL, actor.division);
  ELSIF greatest(NEW.dated, NEW.ended_on) > pdauth.clock_today() THEN
    PERFORM pdauth.refuse('X-3', object, 'The fact is dated after today.');
  ELSIF TG_OP = 'INSERT' AND NEW.ended_on IS NOT NULL OR TG_OP = 'UPDATE' AND OLD.ended_on IS NOT NULL THEN
    PERFORM pdauth.refuse('R-25-4', object, 'A fact ends once, after it was recorded.', NULL, actor.division);
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_person_fact() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_person_fact() IS 'Row trigger of pdauth.person_fact: by the body that clears the person, not by the person (PD251, R-25-1).';
SELECT pdauth.register_fact('pdauth.person_fact', '{bureau,agency,operator}', 'R-25-1', 'check_person_fact', '{ended_on,end_reason}');
CREATE POLICY register ON pdauth.person_fact USING (EXISTS (SELECT FROM pdauth.person AS n WHERE n.person_id = person_fact.person_id)) WITH CHECK (true);
-- Persons are known to their party, to those who clear them, and to the platform.
CREATE POLICY register ON pdauth.person FOR SELECT TO pdauth_register USING (party_id = (pdauth.actor()).party_id OR (pdauth.actor()).capacity = 'platform' OR pdauth.clears(person_id));
GRANT SELECT ON pdauth.person TO pdauth_register;

CREATE FUNCTION pdauth.clearance_violations(person_id bigint, object text) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  WITH kinds AS (
    SELECT k.kind, k.chinese,
           EXISTS (SELECT FROM pdauth.person_fact AS f WHERE f.person_id = clearance_violations.person_id AND f.kind = k.kind) AS known,
           EXISTS (SELECT FROM pdauth.person_fact AS f WHERE f.person_id = clearance_violations.person_id AND f.kind = k.kind AND f.dated <= pdauth.clock_today()
                    AND coalesce(f.valid_until, 'infinity') >= pdauth.clock_today() AND coalesce(f.ended_on, 'infinity') > pdauth.clock_today()) AS valid
      FROM (VALUES ('authentication', '实名认证'), ('filing', '备案'), ('vetting', '审查'), ('confidentiality', '保密协议')) AS k (kind, chinese))
  SELECT CASE WHEN bool_and(k.known) THEN 'R-25-13' ELSE 'R-25-1' END, object,
         format(CASE WHEN bool_and(k.known) THEN 'Not valid any more: %s.' ELSE 'Missing: %s.' END,
                string_agg(format('%s (%s)', k.kind, k.chinese), ', ') FILTER (WHERE NOT k.known OR bool_known.all_known)), NULL::text
    FROM kinds AS k CROSS JOIN (SELECT bool_and(known) AS all_known FROM kinds) AS bool_known
   WHERE NOT k.valid
  HAVING count(*) > 0
$function$;
REVOKE ALL ON FUNCTION pdauth.clearance_violations(bigint, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.clearance_violations(bigint, text) IS 'Why a person is not cleared today: a fact that never was (R-25-1), or one that ended (R-25-13).';

CREATE VIEW pdauth.clearance WITH (security_barrier) AS
  SELECT n.person, pdauth.party_code(n.party_id) AS party, f.kind, f.dated, f.valid_until, f.ended_on, f.end_reason,
         f.ended_on IS NULL AND coalesce(f.valid_until, 'infinity') >= pdauth.clock_today() AS valid
    FROM pdauth.person_fact AS f JOIN pdauth.person AS n USING (person_id)
   WHERE pdauth.may_see((SELECT y.division FROM pdauth.party AS y WHERE y.party_id = n.party_id), n.party_id) OR pdauth.clears(n.person_id);
COMMENT ON VIEW pdauth.clearance IS 'Facts of clearance, for the person''s party, those who clear it, and supervisors (R-25-1).';
COMMENT ON COLUMN pdauth.clearance.person IS 'Person.';
COMMENT ON COLUMN pdauth.clearance.party IS 'Party.';
COMMENT ON COLUMN pdauth.clearance.kind IS 'authentication, filing, vetting or confidentiality.';
COMMENT ON COLUMN pdauth.clearance.dated IS 'Day of the fact.';
COMMENT ON COLUMN pdauth.clearance.valid_until IS 'Last day.';
COMMENT ON COLUMN pdauth.clearance.ended_on IS 'First day it does not hold any more.';
COMMENT ON COLUMN pdauth.clearance.end_reason IS 'Why.';
COMMENT ON COLUMN pdauth.clearance.valid IS 'Valid today?';
GRANT SELECT ON pdauth.clearance TO pdauth_register, pdauth_policy_admin, pdauth_auditor;

-- ---- roles of applications, workspaces, environments ----

CREATE TABLE pdauth.service_role (
  service_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  role        regrole NOT NULL,
  party_id    bigint NOT NULL REFERENCES pdauth.party,
  component_id bigint NOT NULL REFERENCES pdauth.platform_component,
  responsible_person bigint NOT NULL REFERENCES pdauth.person,
  ended_on    date,
  recorded_at timestamptz NOT NULL,
  recorded_by name NOT NULL
);
CREATE UNIQUE INDEX service_role_role_index ON pdauth.service_role (role) WHERE ended_on IS NULL;
COMMENT ON TABLE pdauth.service_role IS 'Roles that connection pools log in with, each for one party. They touch governed data only for a person whom a token attests (pdauth.attest, R-25-2).';
COMMENT ON COLUMN pdauth.service_role.service_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.service_role.role IS 'Database role.';
COMMENT ON COLUMN pdauth.service_role.party_id IS 'Party whose persons it serves.';
COMMENT ON COLUMN pdauth.service_role.component_id IS 'Component of the platform it belongs to.';
COMMENT ON COLUMN pdauth.service_role.responsible_person IS 'Person responsible for it.';
COMMENT ON COLUMN pdauth.service_role.ended_on IS 'First day it serves nobody any more.';
CREATE FUNCTION pdauth.check_service_role() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NOT pdauth.break_glass_active() AND EXISTS (SELECT FROM pdauth.principal AS p WHERE p.role = NEW.role AND p.ended_on IS NULL) THEN
    PERFORM pdauth.refuse('R-25-2', format('role "%s"', NEW.role), 'It is bound to one person already.', NULL, (pdauth.actor()).division);
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_service_role() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_service_role() IS 'Row trigger of pdauth.service_role: a role serves a pool or a person, not both (PD252, R-25-2).';
SELECT pdauth.register_fact('pdauth.service_role', '{platform}', 'R-25-2', 'check_service_role', '{ended_on}');
CREATE POLICY register ON pdauth.service_role USING (true) WITH CHECK (true);

-- A name: pg_upgrade refuses databases with columns of type regnamespace.
CREATE TABLE pdauth.workspace (
  schema      name PRIMARY KEY,
  party_id    bigint NOT NULL REFERENCES pdauth.party,
  recorded_at timestamptz NOT NULL,
  recorded_by name NOT NULL
);
COMMENT ON TABLE pdauth.workspace IS 'Schemas in which parties keep what they derive; nobody puts data into another party''s (R-21-6).';
COMMENT ON COLUMN pdauth.workspace.schema IS 'Schema.';
COMMENT ON COLUMN pdauth.workspace.party_id IS 'Party.';
CREATE FUNCTION pdauth.check_workspace_schema() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_namespace AS n WHERE n.nspname = NEW.schema) AND NOT pdauth.break_glass_active() THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_schema_name', MESSAGE = format('schema %I does not exist', NEW.schema), HINT = 'Create it first: CREATE SCHEMA ... AUTHORIZATION the role of the party.';
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_workspace_schema() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_workspace_schema() IS 'Row trigger of pdauth.workspace: the schema exists (3F000).';
SELECT pdauth.register_fact('pdauth.workspace', '{platform}', 'R-21-6', 'check_workspace_schema');
CREATE POLICY register ON pdauth.workspace USING (true) WITH CHECK (true);

CREATE TABLE pdauth.controlled_environment (
  environment_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name        text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(name)),
  component_id bigint NOT NULL REFERENCES pdauth.platform_component,
  network     cidr NOT NULL,
  ended_on    date,
  recorded_at timestamptz NOT NULL,
  recorded_by name NOT NULL
);
COMMENT ON TABLE pdauth.controlled_environment IS 'Controlled environments (受控环境): client networks from which raw-data sessions come (R-25-8).';
COMMENT ON COLUMN pdauth.controlled_environment.environment_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.controlled_environment.name IS 'Name.';
COMMENT ON COLUMN pdauth.controlled_environment.component_id IS 'Component of the platform.';
COMMENT ON COLUMN pdauth.controlled_environment.network IS 'Client network.';
COMMENT ON COLUMN pdauth.controlled_environment.ended_on IS 'First day it is none any more.';
SELECT pdauth.register_fact('pdauth.controlled_environment', '{platform}', 'R-25-8', NULL, '{ended_on}');
CREATE POLICY register ON pdauth.controlled_environment USING (true) WITH CHECK (true);
