-- The operating platform: components, channels, fees (Article 7), and the
-- commands that would make a channel or grant past it (Articles 7, 14).

CREATE TABLE pdauth.platform_component (
  component_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  component    text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(component)),
  runner_party bigint NOT NULL REFERENCES pdauth.party,
  division     pdauth.division_code,
  state        text NOT NULL DEFAULT 'active',
  act_date       date,
  act_document   text,
  act_digest     pdauth.document_digest,
  act_reason     text,
  registered_at  timestamptz
);
COMMENT ON TABLE pdauth.platform_component IS 'Components of the operating platform through which participants act (R-7-1).';
COMMENT ON COLUMN pdauth.platform_component.component_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.platform_component.component IS 'Name.';
COMMENT ON COLUMN pdauth.platform_component.runner_party IS 'Body that runs it.';
COMMENT ON COLUMN pdauth.platform_component.division IS 'Division.';
COMMENT ON COLUMN pdauth.platform_component.state IS 'active or retired.';
COMMENT ON COLUMN pdauth.platform_component.act_date IS 'Legal date of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.platform_component.act_document IS 'Document of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.platform_component.act_digest IS 'Its digest; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.platform_component.act_reason IS 'Reason of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.platform_component.registered_at IS 'When it was registered.';
INSERT INTO pdauth.life_cycle VALUES ('platform_component', 'component_id', 'component', NULL, NULL, 'X-5', 'X-5', 'X-5', '{}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('platform_component', '', 'active', '{platform}', 'R-7-1', '{}'),
  ('platform_component', 'active', 'retired', '{platform}', 'R-7-1', '{reason}');
SELECT pdauth.register_table('pdauth.platform_component', '{platform}', 'R-7-2');
CREATE POLICY register ON pdauth.platform_component USING (true) WITH CHECK (true);

CREATE TABLE pdauth.component_access (
  role         regrole PRIMARY KEY,
  component_id bigint NOT NULL REFERENCES pdauth.platform_component,
  recorded_at  timestamptz NOT NULL,
  recorded_by  name NOT NULL
);
COMMENT ON TABLE pdauth.component_access IS 'Through which component of the platform a role of an operator or developer connects (R-7-1).';
COMMENT ON COLUMN pdauth.component_access.role IS 'Database role.';
COMMENT ON COLUMN pdauth.component_access.component_id IS 'The component.';
COMMENT ON COLUMN pdauth.component_access.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.component_access.recorded_by IS 'Role that inserted it.';
SELECT pdauth.register_table('pdauth.component_access', '{platform}', 'R-7-1');
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.component_access FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record();
ALTER TABLE pdauth.component_access ENABLE ALWAYS TRIGGER keep_record;
CREATE POLICY register ON pdauth.component_access USING (true) WITH CHECK (true);

CREATE FUNCTION pdauth.on_platform(role regrole) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT EXISTS (SELECT FROM pdauth.component_access AS a JOIN pdauth.platform_component AS c USING (component_id) WHERE a.role = on_platform.role AND c.state = 'active')
$function$;
REVOKE ALL ON FUNCTION pdauth.on_platform(regrole) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.on_platform(regrole) IS 'Does the role connect through an active component of the operating platform (R-7-1)? False for NULL.';
CREATE TRIGGER follow_role AFTER INSERT ON pdauth.component_access FOR EACH ROW EXECUTE FUNCTION pdauth.follow_role();
ALTER TABLE pdauth.component_access ENABLE ALWAYS TRIGGER follow_role;

CREATE TABLE pdauth.channel (
  channel_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  channel        text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(channel)),
  kind           text NOT NULL CHECK (kind IN ('platform', 'publication', 'subscription', 'server', 'foreign table', 'user mapping', 'slot', 'other')),
  owner_party    bigint NOT NULL REFERENCES pdauth.party,
  division       pdauth.division_code,
  existed_since  date CHECK (pg_catalog.isfinite(existed_since)),
  evidence       text,
  integration_plan text,
  integrate_by   date CHECK (pg_catalog.isfinite(integrate_by)),
  state          text NOT NULL DEFAULT 'registered',
  act_date       date,
  act_document   text,
  act_digest     pdauth.document_digest,
  act_reason     text,
  registered_at  timestamptz
);
COMMENT ON TABLE pdauth.channel IS 'Platforms and channels other than the operating platform: those that existed before, with their integration (R-7-3), and those that a special provision allows (R-7-4). No other can be registered (R-7-2).';
COMMENT ON COLUMN pdauth.channel.channel_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.channel.channel IS 'Name; of a publication and the like, its name in the database.';
COMMENT ON COLUMN pdauth.channel.kind IS 'What it is.';
COMMENT ON COLUMN pdauth.channel.owner_party IS 'Its owner.';
COMMENT ON COLUMN pdauth.channel.division IS 'Division.';
COMMENT ON COLUMN pdauth.channel.existed_since IS 'Day since which it exists or is under construction, for one older than the pack.';
COMMENT ON COLUMN pdauth.channel.evidence IS 'What shows that.';
COMMENT ON COLUMN pdauth.channel.integration_plan IS 'How it is to be integrated.';
COMMENT ON COLUMN pdauth.channel.integrate_by IS 'Last day for it; computed from the pack if left out.';
COMMENT ON COLUMN pdauth.channel.state IS 'registered, integrated (the body that runs the operating platform says so) or closed.';
COMMENT ON COLUMN pdauth.channel.act_date IS 'Legal date of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.channel.act_document IS 'Document of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.channel.act_digest IS 'Its digest; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.channel.act_reason IS 'Reason of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.channel.registered_at IS 'When it was registered.';
INSERT INTO pdauth.life_cycle VALUES ('channel', 'channel_id', 'channel', 'channel_violations', 'channel_effects', 'X-5', 'X-5', 'R-7-3', '{}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('channel', '', 'registered', '{prefecture,county,provider,operator,platform,agency}', 'R-7-2', '{}'),
  ('channel', 'registered', 'integrated', '{platform}', 'R-7-3', '{document}'),
  ('channel', 'registered', 'closed', '{prefecture,county,provider,operator,platform,agency}', 'R-7-3', '{reason}');

CREATE FUNCTION pdauth.pack_start(division pdauth.division_code) RETURNS date
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$ SELECT pdauth.pack_date('effective_date', division) $function$;
REVOKE ALL ON FUNCTION pdauth.pack_start(pdauth.division_code) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.pack_start(pdauth.division_code) IS 'Effective date of the division''s pack; NULL for NULL.';

CREATE FUNCTION pdauth.channel_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-7-2', step.object, format('It is of %s.', pdauth.party_code(c.owner_party)), NULL::text
    FROM pdauth.channel AS c WHERE c.channel_id = step.object_id AND c.owner_party <> step.party_id AND step.to_state <> 'integrated'
  UNION ALL
  SELECT CASE WHEN EXISTS (SELECT FROM pdauth.exception AS e WHERE e.rule = 'R-7-4' AND e.applicant_party = c.owner_party) THEN 'R-7-4' ELSE 'R-7-2' END, step.object, NULL, NULL
    FROM pdauth.channel AS c
   WHERE c.channel_id = step.object_id AND step.to_state = 'registered' AND NOT pdauth.has_exception('R-7-4', step.object)
     AND NOT coalesce(c.existed_since < pdauth.pack_start(c.division), false)
  UNION ALL
  SELECT 'R-7-3', step.object, 'A channel from before has evidence and an integration plan.', NULL
    FROM pdauth.channel AS c
   WHERE c.channel_id = step.object_id AND step.to_state = 'registered' AND c.existed_since IS NOT NULL AND (pdauth.is_blank(c.evidence) OR pdauth.is_blank(c.integration_plan))
$function$;
REVOKE ALL ON FUNCTION pdauth.channel_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.channel_violations(pdauth.transition) IS 'Check function of channels: only those that existed before, or under an exemption (R-7-2 to R-7-4).';

CREATE FUNCTION pdauth.channel_effects(step pdauth.transition) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  channel pdauth.channel;
BEGIN
  SELECT * INTO channel FROM pdauth.channel AS c WHERE c.channel_id = step.object_id;
  IF step.to_state = 'registered' AND channel.existed_since IS NOT NULL THEN
    PERFORM pdauth.open_duty('channel', channel.channel_id, step.object, 'R-7-3', channel.owner_party, pdauth.filing_recipient('plan_filing', channel.division), step.event_date,
                             greatest(channel.integrate_by - step.event_date, 0) || ' days');
  ELSIF step.to_state <> 'registered' THEN
    PERFORM pdauth.close_duty('channel', channel.channel_id, 'R-7-3', step.recorded_at, step.to_state);
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.channel_effects(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.channel_effects(pdauth.transition) IS 'What follows from a step of a channel: its owner owes the integration by the date (R-7-3).';

CREATE FUNCTION pdauth.compute_channel() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NEW.existed_since IS NOT NULL THEN
    NEW.integrate_by := coalesce(NEW.integrate_by, pdauth.pack_start(NEW.division) + pdauth.figure('channel_integration_days', NEW.division));
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.compute_channel() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.compute_channel() IS 'Row trigger of pdauth.channel: the day for its integration, by the pack''s days from the effective date.';
SELECT pdauth.register_table('pdauth.channel', '{prefecture,county,provider,operator,platform,agency}', 'R-7-2');
CREATE TRIGGER compute_channel BEFORE INSERT ON pdauth.channel FOR EACH ROW EXECUTE FUNCTION pdauth.compute_channel();
ALTER TABLE pdauth.channel ENABLE ALWAYS TRIGGER compute_channel;
CREATE POLICY register ON pdauth.channel USING (pdauth.may_see(division, owner_party) OR (pdauth.actor()).capacity = 'platform') WITH CHECK (true);

CREATE FUNCTION pdauth.channel_violation(channel text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT CASE
    WHEN EXISTS (SELECT FROM pdauth.channel AS c WHERE c.channel = channel_violation.channel AND c.state = 'registered'
                      AND c.existed_since < pdauth.pack_start(c.division) AND c.integrate_by >= pdauth.clock_today())
      OR EXISTS (SELECT FROM pdauth.channel AS c WHERE c.channel = channel_violation.channel AND c.state = 'integrated')
      OR pdauth.has_exception('R-7-4', 'channel ' || channel_violation.channel) THEN NULL
    WHEN EXISTS (SELECT FROM pdauth.channel AS c WHERE c.channel = channel_violation.channel AND c.state = 'registered' AND c.existed_since < pdauth.pack_start(c.division)) THEN 'R-7-3'
    WHEN EXISTS (SELECT FROM pdauth.exception AS e WHERE e.rule = 'R-7-4' AND e.state = 'approved') THEN 'R-7-4'
    ELSE 'R-7-2' END
$function$;
REVOKE ALL ON FUNCTION pdauth.channel_violation(text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.channel_violation(text) IS 'The rule that forbids a channel of this name for governed data today: R-7-2, R-7-3 once its integration date has passed, R-7-4 if exemptions exist but none for it; NULL if it is allowed.';

CREATE TABLE pdauth.channel_use (
  use_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  channel     text NOT NULL,
  matter      text NOT NULL CHECK (pdauth.has_content(matter)),
  recorded_at timestamptz NOT NULL,
  recorded_by name NOT NULL
);
COMMENT ON TABLE pdauth.channel_use IS 'Transfers of governed data through channels outside the database; entered before each, and refused if the channel may not be used (R-7-2, R-7-3).';
COMMENT ON COLUMN pdauth.channel_use.use_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.channel_use.channel IS 'Name of the channel.';
COMMENT ON COLUMN pdauth.channel_use.matter IS 'What is transferred.';
COMMENT ON COLUMN pdauth.channel_use.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.channel_use.recorded_by IS 'Role that inserted it.';
CREATE FUNCTION pdauth.check_channel_use() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF pdauth.channel_violation(NEW.channel) IS NOT NULL AND NOT pdauth.break_glass_active() THEN
    PERFORM pdauth.refuse(pdauth.channel_violation(NEW.channel), 'channel ' || NEW.channel, NULL, NULL, (pdauth.actor()).division);
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_channel_use() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_channel_use() IS 'Row trigger of pdauth.channel_use: refuses channels that are not registered, overdue or exempt (PD072, PD073, PD074).';
SELECT pdauth.register_table('pdauth.channel_use', '{prefecture,county,provider,operator,platform,agency}', 'R-7-2');
CREATE TRIGGER check_channel_use BEFORE INSERT ON pdauth.channel_use FOR EACH ROW EXECUTE FUNCTION pdauth.check_channel_use();
ALTER TABLE pdauth.channel_use ENABLE ALWAYS TRIGGER check_channel_use;
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.channel_use FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record();
ALTER TABLE pdauth.channel_use ENABLE ALWAYS TRIGGER keep_record;
CREATE POLICY register ON pdauth.channel_use USING (EXISTS (SELECT FROM pdauth.channel AS c WHERE c.channel = channel_use.channel)) WITH CHECK (true);

-- ---- fees (R-7-5) ----

CREATE TABLE pdauth.platform_tariff (
  tariff_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  version     integer NOT NULL UNIQUE,
  unit_amount numeric(14, 2) NOT NULL CHECK (unit_amount >= 0 AND unit_amount < 'Infinity'),
  cost_basis  text NOT NULL CHECK (pdauth.has_content(cost_basis)),
  recorded_at timestamptz NOT NULL,
  recorded_by name NOT NULL
);
COMMENT ON TABLE pdauth.platform_tariff IS 'Published versions of the tariff for use of the platform, one for all, on cost compensation (R-7-5).';
COMMENT ON COLUMN pdauth.platform_tariff.tariff_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.platform_tariff.version IS 'Version.';
COMMENT ON COLUMN pdauth.platform_tariff.unit_amount IS 'Amount for one unit, in yuan.';
COMMENT ON COLUMN pdauth.platform_tariff.cost_basis IS 'Costs it compensates.';
COMMENT ON COLUMN pdauth.platform_tariff.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.platform_tariff.recorded_by IS 'Role that inserted it.';
CREATE TABLE pdauth.platform_fee (
  fee_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  payer_party bigint NOT NULL REFERENCES pdauth.party,
  tariff_id   bigint NOT NULL REFERENCES pdauth.platform_tariff,
  quantity    numeric NOT NULL CHECK (quantity > 0 AND quantity < 'Infinity'),
  amount      numeric(14, 2) NOT NULL CHECK (amount < 'Infinity'),
  recorded_at timestamptz NOT NULL,
  recorded_by name NOT NULL
);
COMMENT ON TABLE pdauth.platform_fee IS 'Fees that the body running the platform charges operators, by the common tariff (R-7-5).';
COMMENT ON COLUMN pdauth.platform_fee.fee_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.platform_fee.payer_party IS 'Operator that pays.';
COMMENT ON COLUMN pdauth.platform_fee.tariff_id IS 'Tariff version.';
COMMENT ON COLUMN pdauth.platform_fee.quantity IS 'Units.';
COMMENT ON COLUMN pdauth.platform_fee.amount IS 'Amount: tariff times quantity.';
COMMENT ON COLUMN pdauth.platform_fee.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.platform_fee.recorded_by IS 'Role that inserted it.';
CREATE FUNCTION pdauth.check_platform_fee() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  END IF;
  PERFORM pdauth.judge(array_agg(ROW(v.rule, v.object, v.facts, v.hint)::pdauth.violation), (pdauth.actor()).division) FROM (
    SELECT 'R-7-5', 'platform fee', format('%s is no operator.', pdauth.party_code(NEW.payer_party)), NULL::text
     WHERE NOT EXISTS (SELECT FROM pdauth.party_capacity AS c WHERE c.party_id = NEW.payer_party AND c.capacity = 'operator' AND (c.ended_on IS NULL OR c.ended_on > pdauth.clock_today()))
    UNION ALL
    SELECT 'R-7-5', 'platform fee', format('By the tariff it is %s.', round(t.unit_amount * NEW.quantity, 2)), NULL
      FROM pdauth.platform_tariff AS t WHERE t.tariff_id = NEW.tariff_id AND NEW.amount <> round(t.unit_amount * NEW.quantity, 2)
    UNION ALL
    SELECT 'R-7-5', 'platform fee', 'A newer tariff version is in force.', NULL
      FROM pdauth.platform_tariff AS t JOIN pdauth.platform_tariff AS n ON n.version > t.version WHERE t.tariff_id = NEW.tariff_id
  ) AS v (rule, object, facts, hint) HAVING count(*) > 0;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_platform_fee() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_platform_fee() IS 'Row trigger of pdauth.platform_fee: charged to operators, by the common tariff (PD075, R-7-5).';
SELECT pdauth.register_table('pdauth.platform_tariff', '{platform}', 'R-7-5');
SELECT pdauth.register_table('pdauth.platform_fee', '{platform}', 'R-7-5');
CREATE TRIGGER check_platform_fee BEFORE INSERT ON pdauth.platform_fee FOR EACH ROW EXECUTE FUNCTION pdauth.check_platform_fee();
ALTER TABLE pdauth.platform_fee ENABLE ALWAYS TRIGGER check_platform_fee;
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.platform_tariff FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record();
ALTER TABLE pdauth.platform_tariff ENABLE ALWAYS TRIGGER keep_record;
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.platform_fee FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record();
ALTER TABLE pdauth.platform_fee ENABLE ALWAYS TRIGGER keep_record;
CREATE POLICY register ON pdauth.platform_tariff USING (true) WITH CHECK (true);
CREATE POLICY register ON pdauth.platform_fee USING (EXISTS (SELECT FROM pdauth.party AS p WHERE p.party_id = platform_fee.payer_party AND pdauth.may_see(p.division, p.party_id)) OR (pdauth.actor()).capacity = 'platform') WITH CHECK (true);

-- ---- commands ----

CREATE FUNCTION pdauth.governed_relation(relation oid) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT g.resource FROM pdauth.protected_relation AS g JOIN pdauth.resource AS r ON pdauth.path_contains(r.path, g.resource) WHERE g.relation = governed_relation.relation LIMIT 1
$function$;
REVOKE ALL ON FUNCTION pdauth.governed_relation(oid) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.governed_relation(oid) IS 'Resource of a protected relation that the catalogue knows; NULL for others.';

CREATE FUNCTION pdauth.is_outsider(role oid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT EXISTS (SELECT FROM pdauth.principal AS p JOIN pdauth.party_capacity AS y USING (capacity_id) JOIN pdauth.party AS o ON o.party_id = y.party_id
                  WHERE p.role = is_outsider.role AND p.ended_on IS NULL AND o.kind NOT IN ('government', 'institution'))
$function$;
REVOKE ALL ON FUNCTION pdauth.is_outsider(oid) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.is_outsider(oid) IS 'Is the role bound to an organisation outside government, or to a natural person? False for NULL and for roles bound to nobody.';

-- Called by the library (register_standing.c) when it refuses a role without a license.
CREATE FUNCTION pdauth.no_license_rule(role oid, resource text) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  WITH bound AS (
    SELECT p.role::regrole::text AS name, c.capacity, c.party_id
      FROM (SELECT no_license_rule.role) AS p LEFT JOIN pdauth.principal AS b ON b.role = p.role AND b.since <= pdauth.clock_today() AND (b.ended_on IS NULL OR b.ended_on > pdauth.clock_today())
      LEFT JOIN pdauth.party_capacity AS c ON c.capacity_id = b.capacity_id
     WHERE EXISTS (SELECT FROM pdauth.resource AS r WHERE pdauth.path_contains(r.path, no_license_rule.resource))
  )
  SELECT ARRAY[r.rule, v.facts, pdauth.message(r.hint)]
    FROM (SELECT CASE WHEN b.capacity = 'bureau' THEN 'R-5-2' ELSE 'R-5-9' END, format('It acts as %s.', b.capacity)
            FROM bound AS b WHERE pdauth.competence_rule(b.capacity, '') <> ''
          UNION ALL
          SELECT 'R-7-1', CASE WHEN b.capacity IS NULL THEN format('Role %s acts for nobody.', b.name) ELSE format('Role %s is bound to no component of the platform.', b.name) END
            FROM bound AS b WHERE b.capacity IS NULL OR b.capacity IN ('operator', 'developer') AND NOT pdauth.on_platform(no_license_rule.role)
          UNION ALL
          SELECT x.rule, x.facts FROM bound AS b, pdauth.operator_violations(b.party_id, NULL) AS x WHERE b.capacity = 'operator' AND x.rule = 'R-11-13') AS v (rule, facts)
    JOIN pdauth.rule AS r USING (rule) ORDER BY r.article, r.number LIMIT 1
$function$;
REVOKE ALL ON FUNCTION pdauth.no_license_rule(oid, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.no_license_rule(oid, text) IS
  'Why the register gives a role no license for a catalogued resource: rule, facts and lawful next step. Supervisors process no data (R-5-2, R-5-9), the session is none of the platform (R-7-1), the operating agreement has ended or not begun (R-11-13). NULL where it says no more than that there is no license (R-20-5), and for NULL.';

-- Called by the library when COPY TO STDOUT reads a protected relation.
CREATE FUNCTION pdauth.export_refused(role oid, resource text) RETURNS boolean
LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT EXISTS (SELECT FROM pdauth.resource AS r WHERE pdauth.path_contains(r.path, export_refused.resource)) AND pdauth.is_outsider(role)
     AND NOT EXISTS (SELECT FROM pdauth.license AS l, pdauth.grants(l.scope) AS g, unnest(g.paths) AS u(node)
                      WHERE l.licensee = export_refused.role AND l.revoked_at IS NULL AND 'export' = ANY (g.actions) AND pdauth.path_contains(u.node, export_refused.resource))
$function$;
REVOKE ALL ON FUNCTION pdauth.export_refused(oid, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.export_refused(oid, text) IS 'Is the role bound to an organisation outside government, and without a license to export the catalogued resource (R-2-1)? NULL for NULL.';

CREATE FUNCTION pdauth.channel_of(class oid, object oid) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT s.srvname::text FROM pg_foreign_server AS s
   WHERE s.oid = CASE class WHEN 'pg_foreign_server'::regclass THEN object
                            WHEN 'pg_class'::regclass THEN (SELECT f.ftserver FROM pg_foreign_table AS f WHERE f.ftrelid = object)
                            WHEN 'pg_user_mapping'::regclass THEN (SELECT m.umserver FROM pg_user_mapping AS m WHERE m.oid = object) END
  UNION ALL
  SELECT b.subname::text FROM pg_subscription AS b WHERE class = 'pg_subscription'::regclass AND b.oid = object
$function$;
REVOKE ALL ON FUNCTION pdauth.channel_of(oid, oid) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.channel_of(oid, oid) IS 'The name by which the register knows a foreign server, a foreign table or user mapping of it, or a subscription. NULL for other objects.';

CREATE FUNCTION pdauth.check_command() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  command record;
  bad text;
  channel_rule text;
BEGIN
  -- nothing is governed before the catalogue has an entry; break-glass opens
  -- tables for a backup, it does not make a channel lawful
  IF NOT EXISTS (SELECT FROM pdauth.resource) OR pdauth.break_glass_active() AND TG_TAG NOT LIKE '%PUBLICATION' THEN
    RETURN;
  END IF;
  FOR command IN SELECT * FROM pg_event_trigger_ddl_commands() AS c WHERE NOT c.in_extension LOOP
    IF TG_TAG IN ('CREATE TABLE AS', 'SELECT INTO', 'CREATE MATERIALIZED VIEW', 'REFRESH MATERIALIZED VIEW') THEN
      -- what the command has read, it has locked until the transaction ends
      SELECT DISTINCT l.relation::regclass::text INTO bad FROM pg_locks AS l
       WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.granted AND l.mode = 'AccessShareLock'
         AND l.relation <> command.objid AND pdauth.governed_relation(l.relation) IS NOT NULL LIMIT 1;
      IF bad IS NOT NULL AND pdauth.governed_relation(command.objid) IS NULL AND NOT pdauth.in_own_workspace(command.objid)
         AND pdauth.is_outsider((SELECT r.oid FROM pg_roles AS r WHERE r.rolname = pdauth.acting_role())) THEN
        PERFORM pdauth.refuse('R-2-1', format('table %s', command.object_identity), format('The transaction has read %s, and the copy would bear no label.', bad));
      END IF;
    ELSIF command.object_type IN ('publication', 'publication relation', 'publication namespace') THEN
      FOR bad IN
        SELECT DISTINCT t.pubname FROM pg_publication_tables AS t JOIN pg_class AS k ON k.relname = t.tablename AND k.relnamespace = t.schemaname::regnamespace
         WHERE pdauth.governed_relation(k.oid) IS NOT NULL ORDER BY 1
      LOOP
        channel_rule := pdauth.channel_violation(bad);
        IF channel_rule IS NOT NULL THEN
          PERFORM pdauth.refuse(channel_rule, 'channel ' || bad, 'It publishes governed tables.');
        END IF;
      END LOOP;
    ELSIF TG_TAG = 'GRANT' THEN
      PERFORM pdauth.check_grants();
    ELSIF command.object_type IN ('server', 'foreign table', 'user mapping', 'subscription') THEN
      bad := pdauth.channel_of(command.classid, command.objid);
      channel_rule := pdauth.channel_violation(bad);
      IF channel_rule IS NOT NULL THEN
        PERFORM pdauth.refuse(channel_rule, 'channel ' || bad, format('%s in a database that holds governed tables.', TG_TAG));
      END IF;
    ELSIF EXISTS (SELECT FROM pg_class AS c WHERE command.classid = 'pg_class'::regclass AND c.oid = command.objid AND pdauth.is_outsider(c.relowner))
          AND pdauth.governed_relation(command.objid) IS NOT NULL AND NOT pdauth.in_own_workspace(command.objid) THEN
      PERFORM pdauth.refuse('R-14-3', format('table %s', command.object_identity), 'Its new owner is outside government.');
    END IF;
  END LOOP;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_command() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_command() IS 'Event trigger: refuses publications of governed tables, and foreign servers, their tables and user mappings, and subscriptions in a database that has them, unless they are registered or exempt channels (PD072 to PD074), grants past the register (PD143), and copies of governed tables into tables without their label by roles bound to organisations outside government (PD021).';

CREATE FUNCTION pdauth.governed_views() RETURNS TABLE (relation oid, resource text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  -- governed tables, and what shows them: views over them, over those views, and so on
  WITH RECURSIVE shows(relation, resource) AS (
    SELECT g.relation, g.resource FROM pdauth.protected_relation AS g WHERE EXISTS (SELECT FROM pdauth.resource AS r WHERE pdauth.path_contains(r.path, g.resource))
    UNION
    SELECT w.ev_class, g.resource
      FROM shows AS g JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = g.relation AND d.classid = 'pg_rewrite'::regclass
      JOIN pg_rewrite AS w ON w.oid = d.objid JOIN pg_class AS c ON c.oid = w.ev_class AND c.relkind = 'v'
  )
  SELECT s.relation, s.resource FROM shows AS s
$function$;
REVOKE ALL ON FUNCTION pdauth.governed_views() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.governed_views() IS 'Protected relations that the catalogue knows, with their resource, and the views that show them.';

CREATE FUNCTION pdauth.check_grants() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  bad record;
BEGIN
  IF NOT EXISTS (SELECT FROM pdauth.resource) OR pdauth.break_glass_active() THEN
    RETURN;
  END IF;
  -- Of this transaction: its rows of the catalogs are as young as it is, or younger.
  -- What was granted before, and whose license has ended since, stops nobody else's grant.
  WITH member AS (
    SELECT p.role, r.oid AS through, false AS young FROM pdauth.principal AS p JOIN pg_roles AS r ON r.oid = p.role WHERE p.ended_on IS NULL AND pdauth.is_outsider(p.role)
    UNION ALL
    SELECT p.role, r.oid, EXISTS (SELECT FROM pg_auth_members AS m WHERE age(m.xmin) <= age(pg_current_xact_id()::xid) AND pg_has_role(p.role, m.member, 'MEMBER') AND pg_has_role(m.roleid, r.oid, 'MEMBER'))
      FROM pdauth.principal AS p JOIN pg_roles AS r ON r.oid <> p.role AND NOT r.rolsuper AND pg_has_role(p.role, r.oid, 'MEMBER')
     WHERE p.ended_on IS NULL AND pdauth.is_outsider(p.role) AND NOT (SELECT o.rolsuper FROM pg_roles AS o WHERE o.oid = p.role)
  )
  SELECT g.relation::regclass AS relation, CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE concat_ws(', by way of ', m.role, nullif(a.grantee, m.role)::regrole) END AS grantee INTO bad
    FROM pdauth.governed_views() AS g JOIN pg_class AS c ON c.oid = g.relation
   CROSS JOIN LATERAL (SELECT x.grantee, age(c.xmin) <= age(pg_current_xact_id()::xid) AS young FROM aclexplode(c.relacl) AS x
                       UNION ALL SELECT c.relowner, false
                       UNION ALL SELECT x.grantee, age(t.xmin) <= age(pg_current_xact_id()::xid) FROM pg_attribute AS t, aclexplode(t.attacl) AS x WHERE t.attrelid = c.oid AND t.attacl IS NOT NULL) AS a
    LEFT JOIN member AS m ON m.through = a.grantee
   WHERE a.grantee = 0 AND a.young
      OR m.role IS NOT NULL AND (a.young OR m.young) AND NOT EXISTS (SELECT FROM pdauth.license AS l WHERE l.licensee = m.role AND l.revoked_at IS NULL)
   LIMIT 1;
  IF FOUND THEN
    PERFORM pdauth.refuse('R-14-3', format('table %s', bad.relation), format('Granted to %s.', bad.grantee));
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_grants() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_grants() IS 'Refuses rights on governed tables and views over them that this transaction gives, directly or by the membership of a role, to PUBLIC or to roles bound to organisations outside government that hold no license (PD143, R-14-3). Run after GRANT of rights and of roles.';

CREATE FUNCTION pdauth.check_owners() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  bad record;
BEGIN
  IF NOT EXISTS (SELECT FROM pdauth.resource) OR pdauth.break_glass_active() THEN
    RETURN;
  END IF;
  SELECT c.oid::regclass AS relation, c.relowner::regrole AS owner INTO bad
    FROM pdauth.governed_views() AS g JOIN pg_class AS c ON c.oid = g.relation
   WHERE age(c.xmin) <= age(pg_current_xact_id()::xid) AND pdauth.is_outsider(c.relowner) AND NOT pdauth.in_own_workspace(c.oid) LIMIT 1;
  IF FOUND THEN
    PERFORM pdauth.refuse('R-14-3', format('table %s', bad.relation), format('Its new owner is %s, outside government.', bad.owner));
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_owners() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_owners() IS 'Refuses governed tables and views over them that this transaction leaves to roles bound to organisations outside government (PD143, R-14-3). Run after REASSIGN OWNED, which fires no event trigger.';

CREATE EVENT TRIGGER pdauth_check_command ON ddl_command_end
  WHEN TAG IN ('GRANT', 'ALTER TABLE', 'ALTER VIEW', 'CREATE PUBLICATION', 'ALTER PUBLICATION', 'CREATE SUBSCRIPTION', 'ALTER SUBSCRIPTION',
    'CREATE SERVER', 'ALTER SERVER', 'CREATE FOREIGN TABLE', 'IMPORT FOREIGN SCHEMA', 'CREATE USER MAPPING', 'ALTER USER MAPPING',
    'CREATE TABLE AS', 'SELECT INTO', 'CREATE MATERIALIZED VIEW', 'REFRESH MATERIALIZED VIEW') EXECUTE FUNCTION pdauth.check_command();
ALTER EVENT TRIGGER pdauth_check_command ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER pdauth_check_command IS 'Refuses unlabelled copies, channels and grants past the register (R-2-1, R-7-2, R-14-3).';
