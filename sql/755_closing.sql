-- The end of an agreement: permissions close in the same transaction, running
-- statements end, and a closing case asks for proof of deletion
-- (关闭权限、督促删除, Article 25).

CREATE TABLE pdauth.closing_case (
  case_id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number          text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  division        pdauth.division_code,
  life_cycle      text NOT NULL REFERENCES pdauth.life_cycle,
  object_id       bigint NOT NULL,
  operator_party  bigint NOT NULL REFERENCES pdauth.party,
  holder_party    bigint NOT NULL REFERENCES pdauth.party,
  ended_on        date NOT NULL,
  state           text NOT NULL DEFAULT 'open',
  act_date        date,
  act_document    text,
  act_digest      pdauth.document_digest,
  act_reason      text,
  registered_at   timestamptz,
  UNIQUE (life_cycle, object_id)
);
COMMENT ON TABLE pdauth.closing_case IS 'Closing cases: opened by the end of an agreement with an inventory of what its holder was given, noticed, certified by the holder, closed by the operator once every item is gone (R-25-11, R-25-12).';
COMMENT ON COLUMN pdauth.closing_case.case_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.closing_case.number IS 'Number: Z- and the agreement''s.';
COMMENT ON COLUMN pdauth.closing_case.life_cycle IS 'operating_agreement or development_agreement.';
COMMENT ON COLUMN pdauth.closing_case.object_id IS 'Key of the agreement.';
COMMENT ON COLUMN pdauth.closing_case.operator_party IS 'Who urges: the operator, or the agency where an operating agreement ended.';
COMMENT ON COLUMN pdauth.closing_case.holder_party IS 'Who holds the data.';
COMMENT ON COLUMN pdauth.closing_case.ended_on IS 'Day of the end.';
COMMENT ON COLUMN pdauth.closing_case.state IS 'open, noticed, certified or closed.';

CREATE TABLE pdauth.closing_item (
  item_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  case_id     bigint NOT NULL REFERENCES pdauth.closing_case,
  kind        text NOT NULL CHECK (kind IN ('license', 'role', 'component', 'delivery', 'relation', 'raw session')),
  item        text NOT NULL,
  relation    oid,
  closed_at   timestamptz,
  proof       text CHECK (pdauth.has_content(proof)),
  recorded_at timestamptz NOT NULL,
  recorded_by name NOT NULL
);
CREATE INDEX closing_item_case_index ON pdauth.closing_item (case_id);
COMMENT ON TABLE pdauth.closing_item IS 'Inventory of a closing case: licenses, roles and raw sessions closed at once, deliveries and copies to be deleted with proof.';
COMMENT ON COLUMN pdauth.closing_item.item_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.closing_item.case_id IS 'The case.';
COMMENT ON COLUMN pdauth.closing_item.kind IS 'license, role, component, raw session (closed by the database); delivery, relation (to be deleted).';
COMMENT ON COLUMN pdauth.closing_item.item IS 'Which.';
COMMENT ON COLUMN pdauth.closing_item.relation IS 'Copy in this database, if it is one: gone when it is dropped.';
COMMENT ON COLUMN pdauth.closing_item.closed_at IS 'When it was closed or its deletion proven.';
COMMENT ON COLUMN pdauth.closing_item.proof IS 'What proves the deletion.';

INSERT INTO pdauth.life_cycle VALUES ('closing_case', 'case_id', 'number', 'closing_case_violations', 'closing_case_effects', 'R-25-12', 'R-25-12', 'R-25-12', '{}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('closing_case', '', 'open', '{operator,agency,platform,bureau}', 'R-25-12', '{}'),
  ('closing_case', 'open', 'noticed', '{operator,agency}', 'R-25-12', '{document}'),
  ('closing_case', 'noticed', 'certified', '{developer,operator}', 'R-25-12', '{document}'),
  ('closing_case', 'certified', 'closed', '{operator,agency}', 'R-25-12', '{}');

CREATE FUNCTION pdauth.closing_case_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-25-12', step.object, format('It is for %s.', pdauth.party_code(p)), NULL::text
    FROM pdauth.closing_case AS c CROSS JOIN LATERAL (SELECT CASE step.to_state WHEN 'certified' THEN c.holder_party ELSE c.operator_party END) AS v(p)
   WHERE c.case_id = step.object_id AND step.to_state <> 'open' AND step.party_id <> p
  UNION ALL
  SELECT 'R-25-12', step.object, format('Not deleted or not proven: %s.', string_agg(concat_ws(' ', i.kind, i.item), ', ' ORDER BY i.item_id)), NULL
    FROM pdauth.closing_item AS i
   WHERE i.case_id = step.object_id AND step.to_state = 'closed'
     AND (i.closed_at IS NULL OR i.kind = 'relation' AND EXISTS (SELECT FROM pg_class AS k WHERE k.oid = i.relation))
  HAVING count(*) > 0
$function$;
REVOKE ALL ON FUNCTION pdauth.closing_case_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.closing_case_violations(pdauth.transition) IS 'Check function of closing cases: noticed and closed by the operator, certified by the holder, not closed with an open item (R-25-12).';

CREATE FUNCTION pdauth.closing_case_effects(step pdauth.transition) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF step.to_state = 'noticed' THEN
    PERFORM pdauth.close_duty('closing_case', step.object_id, 'R-25-11', step.recorded_at, step.document);
  ELSIF step.to_state = 'certified' THEN
    PERFORM pdauth.close_duty('closing_case', step.object_id, 'R-25-12', step.recorded_at, step.document);
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.closing_case_effects(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.closing_case_effects(pdauth.transition) IS 'What follows from a step of a closing case: notice and certificate meet their duties.';

CREATE FUNCTION pdauth.check_closing_item() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  closing pdauth.closing_case;
  actor pdauth.actor;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  END IF;
  actor := pdauth.require_actor();
  SELECT * INTO closing FROM pdauth.closing_case AS c WHERE c.case_id = NEW.case_id FOR SHARE;
  IF actor.party_id IS DISTINCT FROM closing.operator_party OR closing.state = 'closed' THEN
    PERFORM pdauth.refuse('R-25-12', pdauth.object_label('closing case', closing.number), format('Its inventory is kept by %s until it is closed.', pdauth.party_code(closing.operator_party)), NULL, closing.division);
  ELSIF TG_OP = 'UPDATE' AND OLD.closed_at IS NOT NULL THEN
    PERFORM pdauth.refuse('R-25-12', pdauth.object_label('closing case', closing.number), 'The item is closed.', NULL, closing.division);
  ELSIF TG_OP = 'UPDATE' AND OLD.kind = 'relation' AND EXISTS (SELECT FROM pg_class AS k WHERE k.oid = OLD.relation) THEN
    PERFORM pdauth.refuse('R-25-12', pdauth.object_label('closing case', closing.number), format('%s still exists.', OLD.item), 'Drop the copy first.', closing.division);
  END IF;
  NEW.closed_at := CASE WHEN TG_OP = 'UPDATE' AND NEW.proof IS NOT NULL THEN pdauth.clock_now() ELSE OLD.closed_at END;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_closing_item() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_closing_item() IS 'Row trigger of pdauth.closing_item: the operator proves each deletion; a copy in this database has to be dropped first (PD25C, R-25-12).';

SELECT pdauth.register_table('pdauth.closing_case', '{operator,agency,developer}', 'R-25-12');
SELECT pdauth.describe_columns('pdauth.closing_case');
SELECT pdauth.register_fact('pdauth.closing_item', '{operator,agency}', 'R-25-12', NULL, '{closed_at,proof}');
CREATE TRIGGER check_fact BEFORE INSERT OR UPDATE ON pdauth.closing_item FOR EACH ROW WHEN (NOT pdauth.register_writes()) EXECUTE FUNCTION pdauth.check_closing_item();
ALTER TABLE pdauth.closing_item ENABLE ALWAYS TRIGGER check_fact;
CREATE POLICY register ON pdauth.closing_case USING (pdauth.may_see(division, operator_party, holder_party)) WITH CHECK (true);
CREATE POLICY register ON pdauth.closing_item USING (EXISTS (SELECT FROM pdauth.closing_case AS o WHERE o.case_id = closing_item.case_id)) WITH CHECK (true);

-- ---- closing ----

CREATE FUNCTION pdauth.party_roles(party_id bigint) RETURNS SETOF oid
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  -- roles bound to the party, its service roles, and logins that could become one of them
  WITH own AS (
    SELECT p.role::oid AS role FROM pdauth.principal AS p JOIN pdauth.party_capacity AS c USING (capacity_id) WHERE c.party_id = party_roles.party_id AND p.ended_on IS NULL
    UNION SELECT s.role::oid FROM pdauth.service_role AS s WHERE s.party_id = party_roles.party_id AND s.ended_on IS NULL)
  SELECT o.role FROM own AS o
  UNION SELECT r.oid FROM pg_roles AS r JOIN own AS o ON NOT r.rolsuper AND EXISTS (SELECT FROM pg_roles AS k WHERE k.oid = o.role) AND pg_has_role(r.oid, o.role, 'MEMBER') WHERE r.rolcanlogin
$function$;
REVOKE ALL ON FUNCTION pdauth.party_roles(bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.party_roles(bigint) IS 'Roles through which persons of a party act: bound ones, service roles, and logins that are members of them.';

CREATE FUNCTION pdauth.cancel_statements(party_id bigint) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $function$ SELECT pdauth.cancel_at_commit(ARRAY(SELECT r FROM pdauth.party_roles(cancel_statements.party_id) AS r)) $function$;
REVOKE ALL ON FUNCTION pdauth.cancel_statements(bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.cancel_statements(bigint) IS 'Lets running statements of a party''s sessions be cancelled when this transaction commits.';

-- What an agreement gave, as the inventory of its case.
CREATE FUNCTION pdauth.take_inventory(case_id bigint, life_cycle text, object_id bigint, holder bigint) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $function$
  INSERT INTO pdauth.closing_item (case_id, kind, item, relation, closed_at)
  SELECT take_inventory.case_id, v.kind, v.item, v.relation, CASE WHEN v.kind IN ('license', 'role', 'component', 'raw session') THEN pdauth.clock_now() END FROM (
    SELECT 'license' AS kind, format('%s of %s', l.license_id, l.licensee) AS item, NULL::oid AS relation
      FROM pdauth.agreement_license AS a JOIN pdauth.license AS l USING (license_id) WHERE a.life_cycle = take_inventory.life_cycle AND a.object_id = take_inventory.object_id
    UNION ALL
    SELECT 'role', r::regrole::text, NULL FROM pdauth.party_roles(holder) AS r
    UNION ALL
    SELECT 'component', format('%s for %s', c.component, a.role), NULL
      FROM pdauth.component_access AS a JOIN pdauth.platform_component AS c USING (component_id) WHERE a.role::oid IN (SELECT pdauth.party_roles(holder))
    UNION ALL
    SELECT 'raw session', s.number, NULL FROM pdauth.raw_session AS s WHERE s.development_id = take_inventory.object_id AND take_inventory.life_cycle = 'development_agreement'
    UNION ALL
    SELECT 'delivery', format('%s of product %s on %s', v.delivery_id, p.number, (v.recorded_at AT TIME ZONE 'Asia/Shanghai')::date), NULL
      FROM pdauth.delivery AS v JOIN pdauth.product AS p USING (product_id) WHERE v.development_id = take_inventory.object_id AND take_inventory.life_cycle = 'development_agreement'
    UNION ALL
    -- copies in the database: protected tables that the holder's roles own
    SELECT 'relation', g.relation::regclass::text, g.relation FROM pdauth.protected_relation AS g JOIN pg_class AS k ON k.oid = g.relation
     WHERE k.relowner IN (SELECT pdauth.party_roles(holder)) AND k.relkind IN ('r', 'p', 'm')) AS v
$function$;
REVOKE ALL ON FUNCTION pdauth.take_inventory(bigint, text, bigint, bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.take_inventory(bigint, text, bigint, bigint) IS 'Writes the inventory of a closing case: licenses, roles, components and raw sessions as closed, deliveries and copies as open.';

CREATE FUNCTION pdauth.open_closing_case(life_cycle text, object_id bigint, object text, number text, division pdauth.division_code, operator bigint, holder bigint, ended_on date) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  opened bigint;
BEGIN
  IF EXISTS (SELECT FROM pdauth.closing_case AS c WHERE c.life_cycle = open_closing_case.life_cycle AND c.object_id = open_closing_case.object_id) THEN
    RETURN;
  END IF;
  -- its row follows its evidence, whatever the session has set
  SET CONSTRAINTS pdauth.check_transition DEFERRED;
  INSERT INTO pdauth.closing_case (number, division, life_cycle, object_id, operator_party, holder_party, ended_on)
  VALUES ('Z-' || number, division, life_cycle, object_id, operator, holder, ended_on) RETURNING closing_case.case_id INTO opened;
  PERFORM pdauth.take_inventory(opened, life_cycle, object_id, holder);
  -- what lies outside the database: platform permissions, and the holder's own copies
  PERFORM pdauth.open_duty('closing_case', opened, 'closing case Z-' || number, 'R-25-11', operator, NULL, ended_on, pdauth.figure('close_platform_wd', division, ended_on) || ' workdays');
  PERFORM pdauth.open_duty('closing_case', opened, 'closing case Z-' || number, 'R-25-12', holder, operator, ended_on, pdauth.figure('deletion_wd', division, ended_on) || ' workdays');
  -- logs of an agreement are kept for the years of the pack beyond its end (R-25-10, A-11)
  INSERT INTO pdauth.retention (relation_name, keep_until, basis, statutory)
  SELECT '*', (ended_on + make_interval(years => pdauth.figure('log_retention_years', division, ended_on)))::date, 'R-25-10: ' || object || ' ended on ' || ended_on, true;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.open_closing_case(text, bigint, text, text, pdauth.division_code, bigint, bigint, date) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.open_closing_case(text, bigint, text, text, pdauth.division_code, bigint, bigint, date) IS 'Opens the closing case of an agreement that ended, with its inventory and duties, and lengthens the retention of its logs. For effect functions.';

CREATE FUNCTION pdauth.close_permissions(development_id bigint, step pdauth.transition) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  development pdauth.development_agreement;
BEGIN
  SELECT * INTO development FROM pdauth.development_agreement AS d WHERE d.development_id = close_permissions.development_id;
  PERFORM pdauth.end_licenses('development_agreement', development.development_id, format('%s %s on %s', step.object, step.to_state, step.event_date));
  PERFORM pdauth.open_closing_case('development_agreement', development.development_id, 'development agreement ' || development.number, development.number,
                                   development.division, development.operator_party, development.developer_party, step.event_date);
  PERFORM pdauth.cancel_statements(development.developer_party);
END
$function$;
REVOKE ALL ON FUNCTION pdauth.close_permissions(bigint, pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.close_permissions(bigint, pdauth.transition) IS 'Closes what a development agreement gave, in this transaction: licenses, running statements, and a closing case (R-25-11, R-25-12).';

CREATE FUNCTION pdauth.development_closing_effects(step pdauth.transition) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF step.to_state IN ('terminated', 'rescinded', 'revoked', 'closed') THEN
    PERFORM pdauth.close_permissions(step.object_id, step);
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.development_closing_effects(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.development_closing_effects(pdauth.transition) IS 'What follows from the end of a development agreement (R-25-11, R-25-12).';
INSERT INTO pdauth.further_effect VALUES ('development_agreement', 'development_closing_effects');

CREATE FUNCTION pdauth.agreement_closing_effects(step pdauth.transition) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  agreement pdauth.operating_agreement;
  dependent record;
BEGIN
  IF step.to_state IN ('terminated', 'rescinded', 'revoked', 'exited') THEN
    SELECT * INTO agreement FROM pdauth.operating_agreement AS a WHERE a.agreement_id = step.object_id;
    PERFORM pdauth.open_closing_case('operating_agreement', agreement.agreement_id, step.object, agreement.label, agreement.division,
                                     agreement.agency_party, agreement.operator_party, step.event_date);
    PERFORM pdauth.cancel_statements(agreement.operator_party);
    FOR dependent IN SELECT d.development_id FROM pdauth.development_agreement AS d WHERE d.agreement_id = agreement.agreement_id AND d.state = 'signed' LOOP
      PERFORM pdauth.close_permissions(dependent.development_id, step);
    END LOOP;
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.agreement_closing_effects(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.agreement_closing_effects(pdauth.transition) IS 'What follows from the end of an operating agreement, by analogy (A-29): a closing case of its own, and those of the development agreements under it.';
INSERT INTO pdauth.further_effect VALUES ('operating_agreement', 'agreement_closing_effects');

-- Expiry needs no act, but somebody has to look for the day to open its case.
CREATE TABLE pdauth.expiry_check (
  check_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number        text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  division      pdauth.division_code,
  state         text NOT NULL DEFAULT 'done',
  act_date      date,
  act_document  text,
  act_digest    pdauth.document_digest,
  act_reason    text,
  registered_at timestamptz
);
COMMENT ON TABLE pdauth.expiry_check IS 'Insert a row (daily) to open the closing cases of development agreements of a division that have expired, dated by their last day; access has ended by itself (A-47).';
COMMENT ON COLUMN pdauth.expiry_check.check_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.expiry_check.number IS 'Number, such as the day.';
COMMENT ON COLUMN pdauth.expiry_check.state IS 'done.';
INSERT INTO pdauth.life_cycle VALUES ('expiry_check', 'check_id', 'number', NULL, 'open_expired_cases', 'X-5', 'X-5', 'X-5', '{}');
INSERT INTO pdauth.life_cycle_transition VALUES ('expiry_check', '', 'done', '{operator,agency,platform,bureau}', 'R-25-12', '{}');
CREATE FUNCTION pdauth.open_expired_cases(step pdauth.transition) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  expired pdauth.development_agreement;
BEGIN
  FOR expired IN
    SELECT d.* FROM pdauth.development_agreement AS d
     WHERE d.state = 'signed' AND upper(d.term) <= pdauth.clock_today() AND pdauth.division_code_contains(step.division, d.division)
       AND NOT EXISTS (SELECT FROM pdauth.closing_case AS c WHERE c.life_cycle = 'development_agreement' AND c.object_id = d.development_id) FOR UPDATE
  LOOP
    PERFORM pdauth.end_licenses('development_agreement', expired.development_id, format('development agreement %s expired', expired.number));
    PERFORM pdauth.open_closing_case('development_agreement', expired.development_id, 'development agreement ' || expired.number, expired.number,
                                     expired.division, expired.operator_party, expired.developer_party, upper(expired.term) - 1);
    PERFORM pdauth.cancel_statements(expired.developer_party);
  END LOOP;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.open_expired_cases(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.open_expired_cases(pdauth.transition) IS 'What follows from a row of pdauth.expiry_check: the closing cases of expired development agreements (R-25-11, R-25-12).';
SELECT pdauth.register_table('pdauth.expiry_check', '{operator,agency,platform,bureau}', 'R-25-12');
SELECT pdauth.describe_columns('pdauth.expiry_check');
CREATE POLICY register ON pdauth.expiry_check USING (true) WITH CHECK (true);

-- Cases and inventories are opened by the end of an agreement, not by hand.
CREATE FUNCTION pdauth.refuse_own_case() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NOT pdauth.break_glass_active() THEN
    PERFORM pdauth.refuse('R-25-12', 'closing case', 'The end of an agreement opens it.', NULL, NEW.division);
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.refuse_own_case() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.refuse_own_case() IS 'Row trigger of pdauth.closing_case: refuses cases that no end of an agreement opens (PD25C, R-25-12).';
CREATE TRIGGER refuse_own_case BEFORE INSERT ON pdauth.closing_case FOR EACH ROW WHEN (NOT pdauth.register_writes()) EXECUTE FUNCTION pdauth.refuse_own_case();
ALTER TABLE pdauth.closing_case ENABLE ALWAYS TRIGGER refuse_own_case;

CREATE VIEW pdauth.closing_status WITH (security_barrier) AS
  SELECT c.number, pdauth.party_code(c.operator_party) AS operator, pdauth.party_code(c.holder_party) AS holder, c.ended_on, c.state,
         (SELECT pg_catalog.count(*) FROM pdauth.closing_item AS i WHERE i.case_id = c.case_id) AS items,
         (SELECT pg_catalog.count(*) FROM pdauth.closing_item AS i WHERE i.case_id = c.case_id AND i.closed_at IS NULL) AS open_items,
         CASE WHEN c.state <> 'closed' AND EXISTS (SELECT FROM pdauth.register_duty AS d JOIN pdauth.obligation_status AS s USING (obligation_id)
           WHERE d.life_cycle = 'closing_case' AND d.object_id = c.case_id AND d.rule = 'R-25-12' AND s.status = 'overdue') THEN 'PD25C' END AS flag
    FROM pdauth.closing_case AS c WHERE pdauth.may_see(c.division, c.operator_party, c.holder_party);
COMMENT ON VIEW pdauth.closing_status IS 'Closing cases with what is still open; one whose certificate is overdue is flagged, and its holder proposed for the blacklist (R-25-12).';
COMMENT ON COLUMN pdauth.closing_status.number IS 'Number.';
COMMENT ON COLUMN pdauth.closing_status.operator IS 'Who urges.';
COMMENT ON COLUMN pdauth.closing_status.holder IS 'Who holds the data.';
COMMENT ON COLUMN pdauth.closing_status.ended_on IS 'Day of the end.';
COMMENT ON COLUMN pdauth.closing_status.state IS 'open, noticed, certified or closed.';
COMMENT ON COLUMN pdauth.closing_status.items IS 'Items of the inventory.';
COMMENT ON COLUMN pdauth.closing_status.open_items IS 'Of these, not closed or proven.';
COMMENT ON COLUMN pdauth.closing_status.flag IS 'SQLSTATE of R-25-12 if deletion is not proven in time.';
GRANT SELECT ON pdauth.closing_status TO pdauth_register, pdauth_policy_admin, pdauth_auditor;
