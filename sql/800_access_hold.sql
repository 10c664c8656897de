-- Holds: what stops access to a resource, a relation or a role whatever the
-- licenses say, with effect on the next statement of every session.  The
-- library reads this table (src/access_hold.c); triggers of the register write
-- it, from incidents, instructions of authorities and findings of its own.

CREATE TABLE pdauth.access_hold (
  hold_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  resource   text CHECK (resource = pdauth.resource_path(resource)),
  relation   regclass,
  role       regrole,
  person_id  bigint REFERENCES pdauth.person,
  party_id   bigint REFERENCES pdauth.party,
  rule       text NOT NULL REFERENCES pdauth.rule,
  object     text NOT NULL CHECK (pdauth.has_content(object)),
  exempt     regrole[] NOT NULL DEFAULT '{}',
  ended_at   timestamptz,
  ended_by   name,
  end_reason text CHECK (pdauth.has_content(end_reason)),
  recorded_at timestamptz NOT NULL,
  recorded_by name NOT NULL,
  CHECK (pg_catalog.num_nonnulls(resource, relation, role, person_id, party_id) > 0),
  CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE INDEX access_hold_object_index ON pdauth.access_hold (object) WHERE ended_at IS NULL;
COMMENT ON TABLE pdauth.access_hold IS
  'What stops access now, whatever licenses say: by a rule, for an object of the register. A row stops reading and writing of what it names (resource with all below it, relation, role, person, party: those given together) for everybody but the exempt roles, custodians and superusers included: their statements that run are cancelled when it commits, the next ones and fetches are refused. Written by the system; ended by end_reason, never deleted.';
COMMENT ON COLUMN pdauth.access_hold.hold_id IS 'Number, given by the system.';
COMMENT ON COLUMN pdauth.access_hold.resource IS 'Resource path, with all below it; NULL: any.';
COMMENT ON COLUMN pdauth.access_hold.relation IS 'Protected relation, with its partitions; NULL: any.';
COMMENT ON COLUMN pdauth.access_hold.role IS 'Role and those that inherit from it; NULL: all.';
COMMENT ON COLUMN pdauth.access_hold.person_id IS 'Person, by whatever login; NULL: all.';
COMMENT ON COLUMN pdauth.access_hold.party_id IS 'Party, with all its persons; NULL: all.';
COMMENT ON COLUMN pdauth.access_hold.rule IS 'Rule that a refusal cites.';
COMMENT ON COLUMN pdauth.access_hold.object IS 'What stops it, as messages call it, such as "incident I-1".';
COMMENT ON COLUMN pdauth.access_hold.exempt IS 'Roles it does not stop: exactly these, not their members.';
COMMENT ON COLUMN pdauth.access_hold.ended_at IS 'When it ended; NULL while it holds.';
COMMENT ON COLUMN pdauth.access_hold.ended_by IS 'Role that ended it.';
COMMENT ON COLUMN pdauth.access_hold.end_reason IS 'Why. Setting it ends the hold.';
COMMENT ON COLUMN pdauth.access_hold.recorded_at IS 'When it began.';
COMMENT ON COLUMN pdauth.access_hold.recorded_by IS 'Role whose act made it.';
COMMENT ON SEQUENCE pdauth.access_hold_hold_id_seq IS 'Numbers of holds.';

CREATE FUNCTION pdauth.keep_access_hold() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.recorded_at IS NOT NULL AND pdauth.break_glass_active() THEN
      RETURN NEW;  -- restored with its history
    END IF;
    IF NEW.end_reason IS NOT NULL THEN
      PERFORM pdauth.refuse('X-5', 'access hold', 'A hold does not begin as ended.');
    END IF;
    NEW.recorded_at := pdauth.clock_now();
    NEW.recorded_by := pdauth.acting_role();
    NEW.ended_at := NULL;
    NEW.ended_by := NULL;
    RETURN NEW;
  END IF;
  IF TG_OP = 'UPDATE' AND OLD.ended_at IS NULL AND NEW.end_reason IS NOT NULL
     AND to_jsonb(NEW) - '{end_reason,ended_at,ended_by}'::text[] = to_jsonb(OLD) - '{end_reason,ended_at,ended_by}'::text[] THEN
    NEW.ended_at := pdauth.clock_now();
    NEW.ended_by := pdauth.acting_role();
    RETURN NEW;
  END IF;
  PERFORM pdauth.refuse('R-25-4', 'access hold', 'A hold can only be ended; it is neither changed nor deleted.');
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.keep_access_hold() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.keep_access_hold() IS 'Row trigger of pdauth.access_hold: fills time and role, lets a hold only be ended (PD254, R-25-4).';
CREATE TRIGGER keep_access_hold BEFORE INSERT OR UPDATE OR DELETE ON pdauth.access_hold
  FOR EACH ROW EXECUTE FUNCTION pdauth.keep_access_hold();
CREATE TRIGGER forget_holds AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pdauth.access_hold
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.forget_cached_rows();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON pdauth.access_hold
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.refuse_evidence_change();
CREATE TRIGGER record_holding AFTER INSERT OR UPDATE ON pdauth.access_hold
  FOR EACH ROW EXECUTE FUNCTION pdauth.record_holding();
ALTER TABLE pdauth.access_hold ENABLE ALWAYS TRIGGER keep_access_hold;
ALTER TABLE pdauth.access_hold ENABLE ALWAYS TRIGGER forget_holds;
ALTER TABLE pdauth.access_hold ENABLE ALWAYS TRIGGER refuse_truncate;
ALTER TABLE pdauth.access_hold ENABLE ALWAYS TRIGGER record_holding;
SELECT pg_catalog.pg_extension_config_dump('pdauth.access_hold', '');
SELECT pg_catalog.pg_extension_config_dump('pdauth.access_hold_hold_id_seq', '');
GRANT SELECT ON pdauth.access_hold TO pdauth_policy_admin, pdauth_auditor;

CREATE FUNCTION pdauth.readers_of(resource text, relation regclass) RETURNS SETOF oid
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT r.oid FROM pg_roles AS r
   WHERE EXISTS (SELECT FROM pdauth.inherited_roles(r.oid) AS i (role)
                  WHERE i.role IN (SELECT l.licensee FROM pdauth.license AS l CROSS JOIN LATERAL pdauth.grants(l.scope) AS g CROSS JOIN LATERAL unnest(g.paths) AS u (path)
                                    WHERE l.revoked_at IS NULL AND (pdauth.path_contains(u.path, readers_of.resource) OR pdauth.path_contains(readers_of.resource, u.path))))
  UNION
  SELECT a.usesysid FROM pg_locks AS k JOIN pg_stat_activity AS a USING (pid)
   WHERE k.locktype = 'relation' AND (k.relation = readers_of.relation
     OR k.relation IN (SELECT p.relation FROM pdauth.protected_relation AS p WHERE pdauth.path_contains(readers_of.resource, p.resource)))
$function$;
REVOKE ALL ON FUNCTION pdauth.readers_of(text, regclass) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.readers_of(text, regclass) IS 'Logins that may be reading a resource or a relation: by a license, or because they hold a lock on it.';

CREATE FUNCTION pdauth.cancel_held() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  PERFORM pdauth.cancel_at_commit(ARRAY(SELECT o FROM (SELECT NEW.role::oid WHERE NEW.role IS NOT NULL
                                                        UNION ALL SELECT r FROM pdauth.readers_of(NEW.resource, NEW.relation) AS r WHERE num_nonnulls(NEW.role, NEW.person_id, NEW.party_id) = 0) AS s (o)
                                         WHERE o::regrole <> ALL (NEW.exempt)));
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.cancel_held() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.cancel_held() IS 'Row trigger of pdauth.access_hold: when the hold commits, the statements of the logins it concerns are cancelled, whatever they do.';
CREATE TRIGGER cancel_held AFTER INSERT ON pdauth.access_hold FOR EACH ROW EXECUTE FUNCTION pdauth.cancel_held();
ALTER TABLE pdauth.access_hold ENABLE ALWAYS TRIGGER cancel_held;

CREATE FUNCTION pdauth.place_hold(rule text, object text, division pdauth.division_code, resource text DEFAULT NULL, relation regclass DEFAULT NULL, role regrole DEFAULT NULL,
                                  person_id bigint DEFAULT NULL, party_id bigint DEFAULT NULL, exempt regrole[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF pdauth.rule_mode(rule, division) = 'enforce' THEN
    INSERT INTO pdauth.access_hold (rule, object, resource, relation, role, person_id, party_id, exempt) VALUES (rule, object, resource, relation, role, person_id, party_id, coalesce(exempt, '{}'));
  ELSE
    PERFORM pdauth.refuse(rule, object, format('Access to %s would be stopped.', coalesce(resource, relation::text, role::text, 'data')), NULL, division);
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.place_hold(text, text, pdauth.division_code, text, regclass, regrole, bigint, bigint, regrole[]) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.place_hold(text, text, pdauth.division_code, text, regclass, regrole, bigint, bigint, regrole[]) IS
  'Stops access by a rule for an object of the register: to a resource path, to a relation, for a role, person or party (those given together), but for the exempt roles. In observe mode it leaves a would-deny record instead. For effect functions.';

CREATE FUNCTION pdauth.hold_person(rule text, object text, division pdauth.division_code, person_id bigint) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT pdauth.place_hold(rule, object, division, person_id => hold_person.person_id);
  SELECT pdauth.place_hold(rule, object, division, role => p.role) FROM pdauth.principal AS p WHERE p.person_id = hold_person.person_id AND p.ended_on IS NULL;
$function$;
REVOKE ALL ON FUNCTION pdauth.hold_person(text, text, pdauth.division_code, bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.hold_person(text, text, pdauth.division_code, bigint) IS 'Stops a person: by whatever login, and what others read with its roles'' rights. For effect functions.';

CREATE FUNCTION pdauth.hold_party(rule text, object text, division pdauth.division_code, party_id bigint, resource text, relation regclass) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT pdauth.place_hold(rule, object, division, resource, relation, party_id => hold_party.party_id);
  SELECT pdauth.place_hold(rule, object, division, resource, relation, r.role)
    FROM (SELECT p.role FROM pdauth.principal AS p JOIN pdauth.party_capacity AS c USING (capacity_id) WHERE c.party_id = hold_party.party_id AND p.ended_on IS NULL
          UNION SELECT s.role FROM pdauth.service_role AS s WHERE s.party_id = hold_party.party_id AND s.ended_on IS NULL) AS r;
$function$;
REVOKE ALL ON FUNCTION pdauth.hold_party(text, text, pdauth.division_code, bigint, text, regclass) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.hold_party(text, text, pdauth.division_code, bigint, text, regclass) IS 'Stops a party at a resource or relation (NULL: any): its persons, also those who come later, and what others read with its roles'' rights. For effect functions.';

CREATE FUNCTION pdauth.hold_objects(rule text, object text, division pdauth.division_code, resources text[], products text[], party_id bigint DEFAULT NULL, exempt regrole[] DEFAULT '{}') RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $function$
  WITH named(path, relation) AS (
    SELECT pdauth.resource_path(r), NULL::regclass FROM unnest(resources) AS r
    UNION ALL SELECT pdauth.resource_path('product/' || p), NULL FROM unnest(products) AS p
    UNION ALL SELECT NULL, p.relation FROM pdauth.product AS p WHERE p.number = ANY (products) AND p.relation IS NOT NULL
    UNION ALL SELECT NULL, NULL WHERE hold_objects.party_id IS NOT NULL AND cardinality(resources) + cardinality(products) = 0)
  SELECT CASE WHEN hold_objects.party_id IS NULL THEN pdauth.place_hold(rule, object, division, n.path, n.relation, exempt => hold_objects.exempt)
              ELSE pdauth.hold_party(rule, object, division, hold_objects.party_id, n.path, n.relation) END
    FROM named AS n;
$function$;
REVOKE ALL ON FUNCTION pdauth.hold_objects(text, text, pdauth.division_code, text[], text[], bigint, regrole[]) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.hold_objects(text, text, pdauth.division_code, text[], text[], bigint, regrole[]) IS
  'Stops access to resources and products, for all but the exempt roles or for one party only; for a party without objects, to everything. For effect functions.';

CREATE FUNCTION pdauth.lift_holds(object text, reason text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $function$
  UPDATE pdauth.access_hold AS h SET end_reason = reason WHERE h.object = lift_holds.object AND h.ended_at IS NULL
$function$;
REVOKE ALL ON FUNCTION pdauth.lift_holds(text, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.lift_holds(text, text) IS 'Ends every hold of an object of the register, with effect on the next statement. For effect functions.';

CREATE FUNCTION pdauth.hold_violations(rules text[], resource text, relation oid, role oid, session_role oid, person_id bigint, party_id bigint, object text) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT h.rule, hold_violations.object, format('Stopped by %s.', h.object), NULL::text
    FROM pdauth.access_hold AS h
   WHERE h.ended_at IS NULL AND h.rule = ANY (rules)
     AND (h.resource IS NULL OR pdauth.path_contains(h.resource, hold_violations.resource))
     AND (h.relation IS NULL OR h.relation::oid = hold_violations.relation)
     AND (h.role IS NULL OR h.role::oid IN (SELECT pdauth.inherited_roles(hold_violations.role) UNION ALL SELECT hold_violations.session_role))
     AND (h.person_id IS NULL OR h.person_id = hold_violations.person_id)
     AND (h.party_id IS NULL OR h.party_id = hold_violations.party_id OR h.party_id = (SELECT n.party_id FROM pdauth.person AS n WHERE n.person_id = hold_violations.person_id))
     AND (hold_violations.role IS NULL OR hold_violations.role::regrole <> ALL (h.exempt))
   ORDER BY array_position(rules, h.rule), h.hold_id
$function$;
REVOKE ALL ON FUNCTION pdauth.hold_violations(text[], text, oid, oid, oid, bigint, bigint, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.hold_violations(text[], text, oid, oid, oid, bigint, bigint, text) IS
  'Holds by some rules that stop a session at a resource or relation, in the order of the rules given. The library stops the same by itself where no statement is checked against the register: at fetches, and for rights that views and functions lend (src/access_hold.c).';
CREATE TRIGGER forget_access AFTER INSERT OR UPDATE ON pdauth.access_hold FOR EACH STATEMENT EXECUTE FUNCTION pdauth.forget_access();
ALTER TABLE pdauth.access_hold ENABLE ALWAYS TRIGGER forget_access;
