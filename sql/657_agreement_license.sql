-- What agreements in force give: licenses of the operator's roles, and duties.

CREATE TABLE pdauth.agreement_license (
  license_id bigint PRIMARY KEY,
  life_cycle text NOT NULL REFERENCES pdauth.life_cycle,
  object_id  bigint NOT NULL
);
CREATE INDEX agreement_license_object_index ON pdauth.agreement_license (life_cycle, object_id);
COMMENT ON TABLE pdauth.agreement_license IS 'Which license rests on which agreement or request. Written by the system.';
COMMENT ON COLUMN pdauth.agreement_license.license_id IS 'The license.';
COMMENT ON COLUMN pdauth.agreement_license.life_cycle IS 'operating_agreement, development_agreement or data_request.';
COMMENT ON COLUMN pdauth.agreement_license.object_id IS 'Key of the agreement or request.';
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON pdauth.agreement_license
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.refuse_evidence_change();
ALTER TABLE pdauth.agreement_license ENABLE ALWAYS TRIGGER refuse_change;
SELECT pg_catalog.pg_extension_config_dump('pdauth.agreement_license', '');
GRANT SELECT ON pdauth.agreement_license TO pdauth_policy_admin, pdauth_auditor;

CREATE FUNCTION pdauth.issue_license(life_cycle text, object_id bigint, object text, party bigint, capacity text, scope pdauth.license_scope, only_role regrole DEFAULT NULL, row_filter text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  holder regrole;
  issued bigint;
BEGIN
  IF pdauth.scope_is_empty(scope) THEN
    RETURN;
  END IF;
  FOR holder IN
    SELECT p.role FROM pdauth.principal AS p JOIN pdauth.party_capacity AS c USING (capacity_id) JOIN pg_roles AS r ON r.oid = p.role
     WHERE c.party_id = party AND c.capacity = issue_license.capacity AND p.ended_on IS NULL AND c.ended_on IS NULL AND (only_role IS NULL OR p.role = only_role) AND pdauth.on_platform(p.role)
     ORDER BY p.principal_id
  LOOP
    INSERT INTO pdauth.license (licensee, scope, basis, row_filter) VALUES (holder, scope, object, row_filter) RETURNING license_id INTO issued;
    INSERT INTO pdauth.agreement_license (license_id, life_cycle, object_id) VALUES (issued, life_cycle, object_id);
  END LOOP;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.issue_license(text, bigint, text, bigint, text, pdauth.license_scope, regrole, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.issue_license(text, bigint, text, bigint, text, pdauth.license_scope, regrole, text) IS 'Issues a license that rests on an agreement to each role bound to the party in the capacity, or to one of them. For effect functions.';

CREATE FUNCTION pdauth.end_licenses(life_cycle text, object_id bigint, reason text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $function$
  UPDATE pdauth.license AS l SET revoke_reason = reason
    FROM pdauth.agreement_license AS a
   WHERE a.license_id = l.license_id AND a.life_cycle = end_licenses.life_cycle AND a.object_id = end_licenses.object_id AND l.revoked_at IS NULL
$function$;
REVOKE ALL ON FUNCTION pdauth.end_licenses(text, bigint, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.end_licenses(text, bigint, text) IS 'Revokes every license that rests on an agreement, with effect on the next statement of every session. For effect functions.';

CREATE FUNCTION pdauth.operator_scope(agreement pdauth.operating_agreement) RETURNS pdauth.license_scope
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD'
AS $function$
  SELECT pdauth.scope_intersection(agreement.scope,
    format('{%s on *(*) for * in * during [%s,%s) level core}',
      (SELECT string_agg(a, ',') FROM jsonb_array_elements_text(pdauth.pack_value('list', 'operator_actions', agreement.division)) AS a), lower(agreement.term), upper(agreement.term))::pdauth.license_scope)
$function$;
REVOKE ALL ON FUNCTION pdauth.operator_scope(pdauth.operating_agreement) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.operator_scope(pdauth.operating_agreement) IS
  'What of an agreement''s scope the operator itself may do: the pack''s operator actions, within the term. Re-development is for developers (Article 21).';

CREATE FUNCTION pdauth.operating_agreement_effects(step pdauth.transition) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  agreement pdauth.operating_agreement;
BEGIN
  SELECT * INTO agreement FROM pdauth.operating_agreement AS a WHERE a.agreement_id = step.object_id;
  IF step.to_state = 'signed' THEN
    PERFORM pdauth.end_licenses('operating_agreement', agreement.previous_id, format('replaced by %s', step.object));
    -- what an amendment takes from the operator, its developers do not keep (R-13-15, R-13-16)
    PERFORM pdauth.end_licenses('development_agreement', d.development_id, format('not covered by %s', step.object))
       FROM pdauth.development_agreement AS d JOIN pdauth.operating_agreement AS a USING (agreement_id)
      WHERE a.number = agreement.number AND a.version < agreement.version AND NOT (d.term <@ agreement.term AND pdauth.scope_contains(agreement.scope, d.scope));
    IF pdauth.switched_on('license_on_agreement', agreement.division) THEN
      PERFORM pdauth.issue_license('operating_agreement', agreement.agreement_id, step.object, agreement.operator_party, 'operator', pdauth.operator_scope(agreement));
    END IF;
    IF pdauth.division_level(agreement.division) <> 'province' THEN
      PERFORM pdauth.open_duty('operating_agreement', agreement.agreement_id, step.object, 'R-11-10', agreement.agency_party,
        pdauth.filing_recipient('agreement_submission', agreement.division),
        (SELECT max(s.signed_on) FROM pdauth.agreement_signatures(agreement.agreement_id) AS s),
        pdauth.figure('agreement_submission_wd', agreement.division, step.event_date) || ' workdays');
    END IF;
  ELSIF step.to_state IN ('terminated', 'rescinded', 'revoked', 'exited') THEN
    PERFORM pdauth.end_licenses('operating_agreement', agreement.agreement_id, format('%s %s on %s', step.object, step.to_state, step.event_date));
    -- development agreements under it, or under the versions it replaced, end for access the same instant (R-13-16, A-29)
    PERFORM pdauth.end_licenses('development_agreement', d.development_id, format('%s %s on %s', step.object, step.to_state, step.event_date))
       FROM pdauth.development_agreement AS d JOIN pdauth.operating_agreement AS a USING (agreement_id)
      WHERE a.number = agreement.number AND d.state = 'signed' AND NOT pdauth.development_in_force(d.development_id);
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.operating_agreement_effects(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.operating_agreement_effects(pdauth.transition) IS
  'What follows from a step of an operating agreement: signed, it issues licenses to the operator''s roles and, below the province, opens the duty to submit it (R-11-10); ended, its licenses and those of development agreements under it end in the same transaction (R-11-13, R-13-16).';

CREATE FUNCTION pdauth.compute_operating_agreement() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.decided_digest := CASE WHEN pdauth.break_glass_active() THEN NEW.decided_digest END;
  ELSE
    NEW.decided_digest := OLD.decided_digest;
  END IF;
  -- of two agreements on one selection, the one signed later sees the other (X-5)
  IF TG_OP = 'UPDATE' AND NEW.state = 'signed' AND OLD.state <> 'signed' THEN
    PERFORM FROM pdauth.selection AS s WHERE s.selection_id = NEW.selection_id FOR NO KEY UPDATE;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.compute_operating_agreement() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.compute_operating_agreement() IS 'Row trigger of pdauth.operating_agreement: the digest of what was decided is not for users to write; holds the selection that it is signed on.';

-- After the row, so that the digest is of the row as it is.
CREATE FUNCTION pdauth.keep_decided_digest() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  NEW.decided_digest := CASE WHEN NEW.state = 'decided' AND OLD.state = 'draft' THEN pdauth.content_digest(pdauth.agreement_content(NEW.agreement_id)) ELSE NEW.decided_digest END;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.keep_decided_digest() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.keep_decided_digest() IS 'Row trigger of pdauth.operating_agreement: keeps the digest of the text, as it was before this statement, when the agency decides on it (R-11-4).';

CREATE FUNCTION pdauth.check_signature() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor;
  agreement record;
  rule constant text := TG_ARGV[1];
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  END IF;
  actor := pdauth.require_actor();
  EXECUTE format('SELECT o.state, o.division FROM pdauth.%I AS o WHERE o.%I = $1 FOR SHARE', TG_ARGV[0], TG_ARGV[2])
     INTO agreement USING (to_jsonb(NEW) ->> TG_ARGV[2])::bigint;
  EXECUTE format('SELECT pdauth.content_digest(pdauth.%I($1))', TG_ARGV[3]) INTO NEW.content_digest USING (to_jsonb(NEW) ->> TG_ARGV[2])::bigint;
  IF NEW.party_id <> actor.party_id THEN
    PERFORM pdauth.refuse(rule, replace(TG_TABLE_NAME, '_', ' '), format('%s cannot sign for %s.', actor.party, pdauth.party_code(NEW.party_id)), NULL, agreement.division);
  ELSIF agreement.state NOT IN ('draft', 'decided') THEN
    PERFORM pdauth.refuse(rule, replace(TG_TABLE_NAME, '_', ' '), format('The agreement is %s.', agreement.state), NULL, agreement.division);
  ELSIF NEW.signed_on > pdauth.clock_today() THEN
    PERFORM pdauth.refuse('X-3', replace(TG_TABLE_NAME, '_', ' '), 'The signature is dated after today.');
  END IF;
  NEW.person_id := actor.person_id;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_signature() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_signature() IS 'Row trigger of signatures: each party signs for itself, by a person of its own, before the agreement is signed; the digest of the text is kept with the signature. Arguments: table of the agreement, rule, its key, function that gives its text.';

SELECT pdauth.register_table('pdauth.operating_agreement', '{agency}', 'R-11-5', 'decided_digest', 'label');
CREATE TRIGGER hold_plan BEFORE INSERT OR UPDATE ON pdauth.operating_agreement FOR EACH ROW EXECUTE FUNCTION pdauth.hold_plan();
ALTER TABLE pdauth.operating_agreement ENABLE ALWAYS TRIGGER hold_plan;
SELECT pdauth.register_table('pdauth.operating_agreement_item', '{agency}', 'R-11-5');
SELECT pdauth.register_table('pdauth.operating_agreement_product', '{agency}', 'R-11-5');
SELECT pdauth.register_table('pdauth.operating_agreement_signature', '{agency,operator,provider}', 'R-11-5');
CREATE TRIGGER compute_operating_agreement BEFORE INSERT OR UPDATE ON pdauth.operating_agreement FOR EACH ROW EXECUTE FUNCTION pdauth.compute_operating_agreement();
CREATE TRIGGER keep_decided_digest BEFORE UPDATE ON pdauth.operating_agreement FOR EACH ROW EXECUTE FUNCTION pdauth.keep_decided_digest();
CREATE TRIGGER check_signature BEFORE INSERT ON pdauth.operating_agreement_signature FOR EACH ROW EXECUTE FUNCTION pdauth.check_signature('operating_agreement', 'R-11-5', 'agreement_id', 'agreement_content');
ALTER TABLE pdauth.operating_agreement ENABLE ALWAYS TRIGGER compute_operating_agreement;
ALTER TABLE pdauth.operating_agreement ENABLE ALWAYS TRIGGER keep_decided_digest;
ALTER TABLE pdauth.operating_agreement_signature ENABLE ALWAYS TRIGGER check_signature;
CREATE TRIGGER keep_content BEFORE INSERT OR UPDATE ON pdauth.operating_agreement_item FOR EACH ROW WHEN (NOT pdauth.register_writes()) EXECUTE FUNCTION pdauth.keep_content('operating_agreement', 'agency_party', 'R-11-5');
CREATE TRIGGER keep_content_whole BEFORE DELETE ON pdauth.operating_agreement_item FOR EACH ROW EXECUTE FUNCTION pdauth.keep_content('operating_agreement', 'agency_party', 'R-11-5');
ALTER TABLE pdauth.operating_agreement_item ENABLE ALWAYS TRIGGER keep_content;
ALTER TABLE pdauth.operating_agreement_item ENABLE ALWAYS TRIGGER keep_content_whole;
CREATE TRIGGER keep_content BEFORE INSERT OR UPDATE ON pdauth.operating_agreement_product FOR EACH ROW WHEN (NOT pdauth.register_writes()) EXECUTE FUNCTION pdauth.keep_content('operating_agreement', 'agency_party', 'R-11-5');
CREATE TRIGGER keep_content_whole BEFORE DELETE ON pdauth.operating_agreement_product FOR EACH ROW EXECUTE FUNCTION pdauth.keep_content('operating_agreement', 'agency_party', 'R-11-5');
ALTER TABLE pdauth.operating_agreement_product ENABLE ALWAYS TRIGGER keep_content;
ALTER TABLE pdauth.operating_agreement_product ENABLE ALWAYS TRIGGER keep_content_whole;
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.operating_agreement_signature FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record();
ALTER TABLE pdauth.operating_agreement_signature ENABLE ALWAYS TRIGGER keep_record;
CREATE POLICY register ON pdauth.operating_agreement USING (pdauth.may_see(division, agency_party, operator_party)
  OR EXISTS (SELECT FROM pdauth.plan AS p WHERE p.plan_id = operating_agreement.plan_id AND p.mode = 'sector' AND p.sector = (pdauth.actor()).sector)) WITH CHECK (true);
CREATE POLICY register ON pdauth.operating_agreement_item USING (EXISTS (SELECT FROM pdauth.operating_agreement AS o WHERE o.agreement_id = operating_agreement_item.agreement_id)) WITH CHECK (true);
CREATE POLICY register ON pdauth.operating_agreement_product USING (EXISTS (SELECT FROM pdauth.operating_agreement AS o WHERE o.agreement_id = operating_agreement_product.agreement_id)) WITH CHECK (true);
CREATE POLICY register ON pdauth.operating_agreement_signature USING (EXISTS (SELECT FROM pdauth.operating_agreement AS o WHERE o.agreement_id = operating_agreement_signature.agreement_id)) WITH CHECK (true);

SELECT pdauth.add_scope_chain('pdauth.operating_agreement', 'plan_id', 'scope', 'pdauth.plan', 'plan_id', 'scope', 'R-11-12');

CREATE FUNCTION pdauth.hold_agreements(party bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  -- every version: what is signed or ended next may be a draft or a replaced one now
  PERFORM FROM pdauth.operating_agreement AS a
    WHERE a.number IN (SELECT o.number FROM pdauth.operating_agreement AS o
                        WHERE o.operator_party = party OR EXISTS (SELECT FROM pdauth.development_agreement AS d WHERE d.agreement_id = o.agreement_id AND d.developer_party = party))
    ORDER BY a.agreement_id FOR SHARE;
  PERFORM FROM pdauth.development_agreement AS d WHERE d.developer_party = party ORDER BY d.development_id FOR SHARE;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.hold_agreements(bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.hold_agreements(bigint) IS 'Holds the agreements under which a party has licenses until the transaction ends: none is signed or ended between a look at them and the commit (X-5).';

-- A role that is bound to an operator later holds what its party holds; one
-- that is released holds it no longer.
CREATE FUNCTION pdauth.follow_role() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  -- whoever signs or ends one has done so, or waits and then sees what we did
  PERFORM pdauth.hold_agreements(c.party_id)
     FROM pdauth.principal AS p JOIN pdauth.party_capacity AS c USING (capacity_id) WHERE p.role = NEW.role AND NOT pdauth.break_glass_active();
  IF TG_OP = 'UPDATE' THEN
    IF to_jsonb(NEW) ->> 'ended_on' IS NOT NULL AND to_jsonb(OLD) ->> 'ended_on' IS NULL THEN
      UPDATE pdauth.license AS l SET revoke_reason = 'the role acts for nobody any more'
        FROM pdauth.agreement_license AS a WHERE a.license_id = l.license_id AND l.licensee = NEW.role AND l.revoked_at IS NULL;
    END IF;
  ELSIF NOT pdauth.break_glass_active() THEN
    PERFORM pdauth.issue_license('operating_agreement', a.agreement_id, 'operating agreement ' || a.label, c.party_id, c.capacity, pdauth.operator_scope(a), NEW.role)
       FROM pdauth.principal AS p JOIN pdauth.party_capacity AS c USING (capacity_id) JOIN pdauth.operating_agreement AS a ON a.operator_party = c.party_id
      WHERE p.role = NEW.role AND p.ended_on IS NULL AND c.capacity = 'operator'
        AND a.state = 'signed' AND upper(a.term) > pdauth.clock_today() AND pdauth.switched_on('license_on_agreement', a.division)
        AND NOT EXISTS (SELECT FROM pdauth.operating_agreement AS n WHERE n.number = a.number AND n.version > a.version AND n.state NOT IN ('draft', 'decided'));
    PERFORM pdauth.issue_license('development_agreement', d.development_id, 'development agreement ' || d.number, c.party_id, c.capacity, pdauth.developer_scope(d), NEW.role)
       FROM pdauth.principal AS p JOIN pdauth.party_capacity AS c USING (capacity_id) JOIN pdauth.development_agreement AS d ON d.developer_party = c.party_id
      WHERE p.role = NEW.role AND p.ended_on IS NULL AND c.capacity = 'developer'
        AND d.state = 'signed' AND upper(d.term) > pdauth.clock_today() AND pdauth.switched_on('license_on_agreement', d.division)
        AND pdauth.development_in_force(d.development_id, greatest(lower(d.term), pdauth.clock_today()));
  END IF;
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.follow_role() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.follow_role() IS 'Row trigger of pdauth.principal and pdauth.component_access: a role bound to a party with agreements, and to a component of the platform, receives the licenses that rest on them; one that is released loses them.';
CREATE TRIGGER follow_role AFTER INSERT OR UPDATE ON pdauth.principal FOR EACH ROW EXECUTE FUNCTION pdauth.follow_role();
ALTER TABLE pdauth.principal ENABLE ALWAYS TRIGGER follow_role;

-- ---- tracking by the bureau (R-11-11) ----

CREATE TABLE pdauth.tracking_note (
  note_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agreement_id bigint NOT NULL REFERENCES pdauth.operating_agreement,
  content      text NOT NULL CHECK (pdauth.has_content(content)),
  recorded_at  timestamptz NOT NULL,
  recorded_by  name NOT NULL
);
COMMENT ON TABLE pdauth.tracking_note IS 'Tracking entries of the provincial data bureau on operating agreements (动态跟踪, R-11-11).';
COMMENT ON COLUMN pdauth.tracking_note.note_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.tracking_note.agreement_id IS 'The agreement.';
COMMENT ON COLUMN pdauth.tracking_note.content IS 'The entry.';
COMMENT ON COLUMN pdauth.tracking_note.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.tracking_note.recorded_by IS 'Role that inserted it.';
SELECT pdauth.register_table('pdauth.tracking_note', '{bureau}', 'R-11-11');
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.tracking_note FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record();
ALTER TABLE pdauth.tracking_note ENABLE ALWAYS TRIGGER keep_record;
CREATE POLICY register ON pdauth.tracking_note USING (EXISTS (SELECT FROM pdauth.operating_agreement AS o WHERE o.agreement_id = tracking_note.agreement_id)) WITH CHECK (true);

CREATE VIEW pdauth.agreement_tracking WITH (security_barrier) AS
  SELECT a.label AS agreement, a.division, pdauth.party_code(a.agency_party) AS agency, pdauth.party_code(a.operator_party) AS operator,
         CASE WHEN a.state <> 'signed' THEN a.state
              WHEN pdauth.clock_today() < pg_catalog.lower(a.term) THEN 'signed'
              WHEN pdauth.clock_today() >= pg_catalog.upper(a.term) THEN 'expired'
              WHEN pdauth.agreement_in_force(a.agreement_id) THEN 'in force' ELSE 'replaced' END AS status,
         pg_catalog.lower(a.term) AS first_day, pg_catalog.upper(a.term) - 1 AS last_day,
         CASE WHEN a.state = 'signed' THEN GREATEST(pg_catalog.upper(a.term) - pdauth.clock_today(), 0) END AS days_left,
         (SELECT pg_catalog.count(*) FROM pdauth.register_duty AS d JOIN pdauth.obligation_status AS s USING (obligation_id)
           WHERE d.life_cycle = 'operating_agreement' AND d.object_id = a.agreement_id AND s.status = 'overdue') AS overdue,
         EXISTS (SELECT FROM pdauth.exception AS e WHERE e.object = 'operating agreement ' || a.label AND e.state = 'approved') AS exceptional,
         (SELECT pg_catalog.count(*) FROM pdauth.tracking_note AS n WHERE n.agreement_id = a.agreement_id) AS notes
    FROM pdauth.operating_agreement AS a
   WHERE pdauth.may_see(a.division, a.agency_party, a.operator_party);
COMMENT ON VIEW pdauth.agreement_tracking IS 'Operating agreements with state, term left, overdue duties and exceptions: for the provincial bureau all of the province, for others their own territory or matters (R-11-11).';
COMMENT ON COLUMN pdauth.agreement_tracking.agreement IS 'Number and version.';
COMMENT ON COLUMN pdauth.agreement_tracking.division IS 'Division.';
COMMENT ON COLUMN pdauth.agreement_tracking.agency IS 'Implementing agency.';
COMMENT ON COLUMN pdauth.agreement_tracking.operator IS 'Operating organisation.';
COMMENT ON COLUMN pdauth.agreement_tracking.status IS 'draft, decided, signed (not begun), in force, replaced, expired, terminated, rescinded, revoked or exited.';
COMMENT ON COLUMN pdauth.agreement_tracking.first_day IS 'First day.';
COMMENT ON COLUMN pdauth.agreement_tracking.last_day IS 'Last day.';
COMMENT ON COLUMN pdauth.agreement_tracking.days_left IS 'Days left, today included.';
COMMENT ON COLUMN pdauth.agreement_tracking.overdue IS 'How many of its duties are overdue.';
COMMENT ON COLUMN pdauth.agreement_tracking.exceptional IS 'Whether an exception was approved for it.';
COMMENT ON COLUMN pdauth.agreement_tracking.notes IS 'Tracking entries.';
GRANT SELECT ON pdauth.agreement_tracking TO pdauth_register, pdauth_policy_admin, pdauth_auditor;
