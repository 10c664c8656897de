-- Parties, the capacities they act in, affiliations, persons, and the database
-- roles through which persons act (X-4).

DO $roles$
DECLARE
  existing pg_catalog.pg_roles;
BEGIN
  SELECT r.* INTO existing FROM pg_catalog.pg_roles AS r WHERE r.rolname OPERATOR(pg_catalog.=) 'pdauth_register';
  IF NOT FOUND THEN
    CREATE ROLE pdauth_register NOLOGIN NOINHERIT;
  ELSIF existing.rolcanlogin OR existing.rolsuper OR existing.rolcreaterole OR existing.rolbypassrls THEN
    RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
      MESSAGE = 'role "pdauth_register" exists but is not the plain group role that pdauth makes',
      HINT = 'Look at what the role is for; then drop it, or ALTER ROLE pdauth_register NOLOGIN NOSUPERUSER NOCREATEROLE NOBYPASSRLS.';
  END IF;
END
$roles$;
COMMENT ON ROLE pdauth_register IS
  'pdauth: may write the register. What a member sees and may do there follows from its principal (pdauth.principal).';

CREATE FUNCTION pdauth.keep_record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  new_row jsonb := to_jsonb(NEW);
  old_row jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF new_row ->> 'recorded_at' IS NOT NULL AND pdauth.break_glass_active() THEN
      RETURN NEW;  -- restored with its history
    END IF;
    RETURN jsonb_populate_record(NEW, jsonb_build_object('recorded_at', pdauth.clock_now(), 'recorded_by', pdauth.acting_role()));
  END IF;
  IF TG_OP = 'DELETE' OR new_row - coalesce(TG_ARGV, '{}') <> old_row - coalesce(TG_ARGV, '{}') THEN
    PERFORM pdauth.refuse('R-25-4', replace(TG_TABLE_NAME, '_', ' '), format('A row of pdauth.%s is not deleted, and %s.', TG_TABLE_NAME, coalesce('of it only ' || nullif(array_to_string(TG_ARGV, ', '), '') || ' can change', 'nothing of it changes')));
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.keep_record() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.keep_record() IS
  'Row trigger of records: fills recorded_at and recorded_by, lets only the columns named as arguments change, and no row go (PD254, R-25-4).';

CREATE TABLE pdauth.capacity (
  capacity text COLLATE "C" PRIMARY KEY,
  name     text NOT NULL,
  name_chinese text NOT NULL,
  sees     text NOT NULL CHECK (sees IN ('territory', 'own'))
);
COMMENT ON TABLE pdauth.capacity IS 'Capacities in which parties act.';
COMMENT ON COLUMN pdauth.capacity.capacity IS 'Code.';
COMMENT ON COLUMN pdauth.capacity.name IS 'Name in English.';
COMMENT ON COLUMN pdauth.capacity.name_chinese IS 'Name in Chinese.';
COMMENT ON COLUMN pdauth.capacity.sees IS 'territory: sees the register of its division and below; own: sees matters it is party to.';
INSERT INTO pdauth.capacity VALUES
  ('bureau', 'provincial data bureau', '省数据局', 'territory'),
  ('agency', 'implementing agency', '实施机构', 'own'),
  ('government', 'people''s government', '人民政府', 'territory'),
  ('prefecture', 'prefecture data authority', '州(市)数据主管部门', 'territory'),
  ('county', 'county data authority', '县(市、区)数据主管部门', 'territory'),
  ('provider', 'data-providing department', '数据提供单位', 'own'),
  ('operator', 'operating organisation', '运营机构', 'own'),
  ('developer', 'development entity', '开发主体', 'own'),
  ('price_authority', 'development and reform department', '发展改革部门', 'territory'),
  ('finance', 'finance department', '财政部门', 'territory'),
  ('supervisor', 'market regulation, tax, audit, financial regulation', '市场监管、税务、审计、金融监管部门', 'territory'),
  ('security', 'cyberspace, public security, state security, secrecy, cryptography', '网信、公安、国家安全、保密、密码部门', 'territory'),
  ('platform', 'platform operator', '运营平台建设运行保障机构', 'own'),
  ('evaluator', 'third-party evaluator', '第三方机构', 'own'),
  ('exchange', 'data exchange', '数据交易场所', 'own'),
  ('public', 'public', '社会公众', 'own');
GRANT SELECT ON pdauth.capacity TO PUBLIC;

CREATE TABLE pdauth.party (
  party_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  party         text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(party)),
  name          text NOT NULL CHECK (pdauth.has_content(name)),
  kind          text NOT NULL CHECK (kind IN ('legal person', 'government', 'institution', 'partnership', 'natural person')),
  credit_code   text UNIQUE CHECK (pdauth.is_uscc(credit_code) OR pdauth.is_uscc_before_2016(credit_code) AND credit_code_exception IS NOT NULL),
  credit_code_exception text CHECK (pdauth.has_content(credit_code_exception)),
  division      pdauth.division_code,
  recorded_at   timestamptz NOT NULL,
  recorded_by   name NOT NULL
);
COMMENT ON TABLE pdauth.party IS 'Organisations and natural persons that take part. Written by pdauth_policy_admin; never deleted.';
COMMENT ON COLUMN pdauth.party.party_id IS 'Number, given by the system.';
COMMENT ON COLUMN pdauth.party.party IS 'Short code, such as km_bureau.';
COMMENT ON COLUMN pdauth.party.name IS 'Full name.';
COMMENT ON COLUMN pdauth.party.kind IS 'legal person, government (department or government), institution (public institution), partnership, natural person.';
COMMENT ON COLUMN pdauth.party.credit_code IS 'Unified social credit code (GB 32100).';
COMMENT ON COLUMN pdauth.party.credit_code_exception IS 'Recorded decision to accept a code issued before 2016 that fails the check.';
COMMENT ON COLUMN pdauth.party.division IS 'Division of registration; within the territory of an installed pack (R-3-1).';
COMMENT ON COLUMN pdauth.party.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.party.recorded_by IS 'Role that inserted it.';

CREATE TABLE pdauth.party_capacity (
  capacity_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  party_id    bigint NOT NULL REFERENCES pdauth.party,
  capacity    text NOT NULL REFERENCES pdauth.capacity,
  division    pdauth.division_code,
  sector      text CHECK (pdauth.has_content(sector)),
  since       date NOT NULL,
  ended_on    date CHECK (ended_on >= since),
  basis       text NOT NULL CHECK (pdauth.has_content(basis)),
  recorded_at timestamptz NOT NULL,
  recorded_by name NOT NULL
);
-- One body of each kind for a division: the designation of R-5-1.
CREATE UNIQUE INDEX party_capacity_designation ON pdauth.party_capacity (division pdauth.division_code_ops, capacity)
  WHERE ended_on IS NULL AND capacity IN ('bureau', 'agency', 'government', 'prefecture', 'county');
CREATE INDEX party_capacity_party_index ON pdauth.party_capacity (party_id);
COMMENT ON TABLE pdauth.party_capacity IS
  'In which capacity a party acts, for which division: the designation of implementing agencies (R-5-1), governments, authorities; departments with their sector; operators, developers and others. Ends by ended_on.';
COMMENT ON COLUMN pdauth.party_capacity.capacity_id IS 'Number, given by the system.';
COMMENT ON COLUMN pdauth.party_capacity.party_id IS 'The party.';
COMMENT ON COLUMN pdauth.party_capacity.capacity IS 'The capacity.';
COMMENT ON COLUMN pdauth.party_capacity.division IS 'Territory in which it acts so.';
COMMENT ON COLUMN pdauth.party_capacity.sector IS 'Sector of an industry department, such as transport.';
COMMENT ON COLUMN pdauth.party_capacity.since IS 'First day.';
COMMENT ON COLUMN pdauth.party_capacity.ended_on IS 'First day on which it no longer acts so; NULL while it lasts.';
COMMENT ON COLUMN pdauth.party_capacity.basis IS 'Designation, law or registration it rests on.';
COMMENT ON COLUMN pdauth.party_capacity.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.party_capacity.recorded_by IS 'Role that inserted it.';

CREATE TABLE pdauth.affiliation (
  affiliation_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  party_id        bigint NOT NULL REFERENCES pdauth.party,
  affiliate_id    bigint NOT NULL REFERENCES pdauth.party CHECK (affiliate_id <> party_id),
  kind            text NOT NULL CHECK (kind IN ('control', 'holding', 'key staff', 'beneficial owner', 'profit share', 'nominee', 'interest')),
  share_percent   numeric(5, 2) CHECK (share_percent > 0 AND share_percent <= 100),
  since           date NOT NULL,
  ended_on        date CHECK (ended_on >= since),
  source          text NOT NULL CHECK (pdauth.has_content(source)),
  recorded_at     timestamptz NOT NULL,
  recorded_by     name NOT NULL,
  CHECK ((kind = 'holding') = (share_percent IS NOT NULL))
);
CREATE INDEX affiliation_party_index ON pdauth.affiliation (party_id);
CREATE INDEX affiliation_affiliate_index ON pdauth.affiliation (affiliate_id);
COMMENT ON TABLE pdauth.affiliation IS 'Ties between parties, declared or found: party holds, controls or shares staff with affiliate (reading A-12 of indirect participation).';
COMMENT ON COLUMN pdauth.affiliation.affiliation_id IS 'Number, given by the system.';
COMMENT ON COLUMN pdauth.affiliation.party_id IS 'The holding or controlling party.';
COMMENT ON COLUMN pdauth.affiliation.affiliate_id IS 'The party held or controlled.';
COMMENT ON COLUMN pdauth.affiliation.kind IS 'control, holding (with its percentage), key staff, beneficial owner, profit share, nominee, or interest (any other that bars from review).';
COMMENT ON COLUMN pdauth.affiliation.share_percent IS 'Percentage held.';
COMMENT ON COLUMN pdauth.affiliation.since IS 'First day.';
COMMENT ON COLUMN pdauth.affiliation.ended_on IS 'First day on which it no longer holds; NULL while it lasts.';
COMMENT ON COLUMN pdauth.affiliation.source IS 'Declaration or registry it is from.';
COMMENT ON COLUMN pdauth.affiliation.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.affiliation.recorded_by IS 'Role that inserted it.';

CREATE TABLE pdauth.person (
  person_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  person      text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(person)),
  name        text NOT NULL CHECK (pdauth.has_content(name)),
  party_id    bigint NOT NULL REFERENCES pdauth.party,
  recorded_at timestamptz NOT NULL,
  recorded_by name NOT NULL
);
COMMENT ON TABLE pdauth.person IS 'Natural persons who act for parties.';
COMMENT ON COLUMN pdauth.person.person_id IS 'Number, given by the system.';
COMMENT ON COLUMN pdauth.person.person IS 'Short code, such as li_wei.';
COMMENT ON COLUMN pdauth.person.name IS 'Name.';
COMMENT ON COLUMN pdauth.person.party_id IS 'Party the person belongs to.';
COMMENT ON COLUMN pdauth.person.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.person.recorded_by IS 'Role that inserted it.';

CREATE TABLE pdauth.principal (
  principal_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  role         regrole NOT NULL,
  person_id    bigint NOT NULL REFERENCES pdauth.person,
  capacity_id  bigint NOT NULL REFERENCES pdauth.party_capacity,
  since        date NOT NULL,
  ended_on     date CHECK (ended_on >= since),
  recorded_at  timestamptz NOT NULL,
  recorded_by  name NOT NULL
);
CREATE UNIQUE INDEX principal_role_index ON pdauth.principal (role) WHERE ended_on IS NULL;
CREATE INDEX principal_capacity_index ON pdauth.principal (capacity_id);
COMMENT ON TABLE pdauth.principal IS
  'Which person acts through a database role, for which party and in which one capacity (X-4). A role without a row here acts for nobody and is refused by the register.';
COMMENT ON COLUMN pdauth.principal.principal_id IS 'Number, given by the system.';
COMMENT ON COLUMN pdauth.principal.role IS 'Database role: exactly this one, not its members.';
COMMENT ON COLUMN pdauth.principal.person_id IS 'The person.';
COMMENT ON COLUMN pdauth.principal.capacity_id IS 'The party and capacity.';
COMMENT ON COLUMN pdauth.principal.since IS 'First day.';
COMMENT ON COLUMN pdauth.principal.ended_on IS 'First day on which the role no longer acts so; NULL while it lasts.';
COMMENT ON COLUMN pdauth.principal.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.principal.recorded_by IS 'Role that inserted it.';

CREATE FUNCTION pdauth.check_principal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NOT pdauth.break_glass_active()
     AND EXISTS (SELECT FROM pdauth.person AS n JOIN pdauth.party AS o USING (party_id), pdauth.party_capacity AS c JOIN pdauth.party AS y USING (party_id)
                  WHERE n.person_id = NEW.person_id AND c.capacity_id = NEW.capacity_id AND o.party_id <> y.party_id
                    AND NOT (o.kind IN ('government', 'institution') AND y.kind IN ('government', 'institution'))) THEN
    PERFORM pdauth.refuse('X-4', format('role %s', NEW.role), 'The person is of another party than the capacity.', 'Bind a person of the party that acts.');
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_principal() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_principal() IS 'Row trigger of pdauth.principal: enterprises act by persons of their own, and government bodies by none of theirs (X-4), so that nobody reviews, signs or decides for the other side (R-11-5, R-13-8, R-13-12). Bodies of government may lend each other persons; rules of two persons count persons.';
CREATE TRIGGER check_principal BEFORE INSERT ON pdauth.principal FOR EACH ROW EXECUTE FUNCTION pdauth.check_principal();
ALTER TABLE pdauth.principal ENABLE ALWAYS TRIGGER check_principal;

CREATE TYPE pdauth.actor AS (
  role name, person_id bigint, person text, party_id bigint, party text, kind text, capacity text, division pdauth.division_code, sector text);
COMMENT ON TYPE pdauth.actor IS 'Who acts: role, person, party, capacity, territory and sector.';

CREATE FUNCTION pdauth.actor() RETURNS pdauth.actor
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT ROW(pdauth.acting_role(), n.person_id, n.person, y.party_id, y.party, y.kind, c.capacity, c.division, c.sector)::pdauth.actor
    FROM pdauth.principal AS p
    JOIN pdauth.person AS n USING (person_id)
    JOIN pdauth.party_capacity AS c USING (capacity_id)
    JOIN pdauth.party AS y ON y.party_id = c.party_id
   WHERE p.role = (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = pdauth.acting_role())
     AND p.since <= pdauth.clock_today() AND (p.ended_on IS NULL OR p.ended_on > pdauth.clock_today())
     AND c.since <= pdauth.clock_today() AND (c.ended_on IS NULL OR c.ended_on > pdauth.clock_today())
     -- SET ROLE makes nobody another person: a pool's login is bound to none, that of a person to itself
     AND (pdauth.acting_role() = session_user
          OR NOT EXISTS (SELECT FROM pdauth.principal AS s JOIN pg_roles AS l ON l.oid = s.role
                          WHERE l.rolname = session_user AND s.person_id <> p.person_id AND (s.ended_on IS NULL OR s.ended_on > pdauth.clock_today())))
$function$;
COMMENT ON FUNCTION pdauth.actor() IS 'Who the session acts for now, by its role; NULL if the role is bound to nobody, or to another person than the login (X-4).';

CREATE FUNCTION pdauth.require_actor() RETURNS pdauth.actor
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor := pdauth.actor();
BEGIN
  IF actor.person_id IS NULL THEN
    PERFORM pdauth.refuse('X-4', NULL, format('Role "%s" acts for nobody%s.', pdauth.acting_role(),
      CASE WHEN pdauth.acting_role() <> session_user THEN format(' in a session of "%s"', session_user) ELSE '' END));
  END IF;
  RETURN actor;
END
$function$;
COMMENT ON FUNCTION pdauth.require_actor() IS 'The same as actor(), but raises PD004 (X-4) if the role is bound to nobody.';

CREATE FUNCTION pdauth.holder_of(capacity text, division pdauth.division_code) RETURNS bigint
LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT c.party_id FROM pdauth.party_capacity AS c
   WHERE c.capacity = holder_of.capacity AND pdauth.division_code_equal(c.division, holder_of.division)
     AND c.since <= pdauth.clock_today() AND (c.ended_on IS NULL OR c.ended_on > pdauth.clock_today())
   ORDER BY c.since DESC LIMIT 1
$function$;
REVOKE ALL ON FUNCTION pdauth.holder_of(text, pdauth.division_code) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.holder_of(text, pdauth.division_code) IS 'The party that has a capacity for exactly this division today; NULL if none, and for NULL.';

CREATE FUNCTION pdauth.party_code(party_id bigint) RETURNS text
LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$ SELECT p.party FROM pdauth.party AS p WHERE p.party_id = party_code.party_id $function$;
REVOKE ALL ON FUNCTION pdauth.party_code(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.party_code(bigint) TO pdauth_register, pdauth_policy_admin, pdauth_auditor;
COMMENT ON FUNCTION pdauth.party_code(bigint) IS 'Short code of a party; NULL if there is none, and for NULL.';

CREATE FUNCTION pdauth.affiliated(party_id bigint, other_id bigint, share_percent numeric) RETURNS boolean
LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  -- ties in either direction, through any number of parties: common control is two steps
  WITH RECURSIVE tied(party_id) AS (
    SELECT affiliated.party_id
    UNION
    SELECT CASE WHEN a.party_id = t.party_id THEN a.affiliate_id ELSE a.party_id END
      FROM tied AS t JOIN pdauth.affiliation AS a ON t.party_id IN (a.party_id, a.affiliate_id)
     WHERE a.since <= pdauth.clock_today() AND (a.ended_on IS NULL OR a.ended_on > pdauth.clock_today())
       AND a.kind <> 'interest' AND (a.kind <> 'holding' OR a.share_percent >= affiliated.share_percent)
  )
  SELECT EXISTS (SELECT FROM tied AS t WHERE t.party_id = affiliated.other_id)
$function$;
REVOKE ALL ON FUNCTION pdauth.affiliated(bigint, bigint, numeric) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.affiliated(bigint, bigint, numeric) IS
  'Are both parties the same or tied today, directly or through others, by control, shared staff, benefit, or holdings of at least so many percent? NULL for NULL.';

CREATE FUNCTION pdauth.may_see(division pdauth.division_code, VARIADIC parties bigint[]) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor := pdauth.actor();
BEGIN
  RETURN CASE WHEN pg_has_role(pdauth.acting_role(), 'pdauth_auditor', 'USAGE') OR pg_has_role(pdauth.acting_role(), 'pdauth_policy_admin', 'USAGE') THEN true
              WHEN actor.capacity IS NULL THEN false
              WHEN actor.party_id = ANY (parties) THEN true
              WHEN (SELECT c.sees FROM pdauth.capacity AS c WHERE c.capacity = actor.capacity) = 'territory'
                THEN pdauth.division_code_contains(actor.division, may_see.division)
              ELSE false END;
END
$function$;
COMMENT ON FUNCTION pdauth.may_see(pdauth.division_code, bigint[]) IS
  'Whether the session sees a matter of this division and these parties: a party to it, an authority or supervisor of the territory, pdauth_policy_admin and pdauth_auditor. For row-level policies of the register.';

-- A trigger of everything that has a division.
CREATE FUNCTION pdauth.check_territory() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  division pdauth.division_code := (to_jsonb(NEW) ->> 'division')::pdauth.division_code;
BEGIN
  IF pdauth.pack_of(division) IS NULL THEN
    PERFORM pdauth.refuse('R-3-1', replace(TG_TABLE_NAME, '_', ' '), 'Division: ' || coalesce(division::text, 'none') || '.');
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_territory() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_territory() IS 'Row trigger: refuses a row whose division is missing or outside the territory of every installed pack (PD031, R-3-1).';

CREATE TRIGGER check_territory BEFORE INSERT OR UPDATE ON pdauth.party FOR EACH ROW EXECUTE FUNCTION pdauth.check_territory();
CREATE TRIGGER check_territory BEFORE INSERT OR UPDATE ON pdauth.party_capacity FOR EACH ROW EXECUTE FUNCTION pdauth.check_territory();
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.party FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record('name');
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.party_capacity FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record('ended_on');
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.affiliation FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record('ended_on');
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.person FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record('name');
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.principal FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record('ended_on');

DO $tables$
DECLARE
  relation pg_catalog.regclass;
BEGIN
  FOREACH relation IN ARRAY ARRAY['pdauth.party', 'pdauth.party_capacity', 'pdauth.affiliation', 'pdauth.person', 'pdauth.principal']::pg_catalog.regclass[] LOOP
    EXECUTE pg_catalog.format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION pdauth.refuse_evidence_change()', relation);
    EXECUTE pg_catalog.format('ALTER TABLE %s ENABLE ALWAYS TRIGGER refuse_truncate', relation);
    EXECUTE pg_catalog.format('ALTER TABLE %s ENABLE ALWAYS TRIGGER keep_record', relation);
    EXECUTE pg_catalog.format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', relation);
    EXECUTE pg_catalog.format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO pdauth_policy_admin', relation);
    EXECUTE pg_catalog.format('GRANT SELECT ON %s TO pdauth_auditor', relation);
    EXECUTE pg_catalog.format('CREATE POLICY administration ON %s TO pdauth_policy_admin USING (true) WITH CHECK (true)', relation);
    EXECUTE pg_catalog.format('CREATE POLICY audit ON %s FOR SELECT TO pdauth_auditor USING (true)', relation);
    PERFORM pg_catalog.pg_extension_config_dump(relation, '');
  END LOOP;
END
$tables$;
ALTER TABLE pdauth.party ENABLE ALWAYS TRIGGER check_territory;
ALTER TABLE pdauth.party_capacity ENABLE ALWAYS TRIGGER check_territory;
-- Organisations and what they are designated for are published; persons are not.
GRANT SELECT ON pdauth.party, pdauth.party_capacity, pdauth.affiliation TO pdauth_register;
CREATE POLICY register ON pdauth.party FOR SELECT TO pdauth_register USING (kind <> 'natural person' OR pdauth.may_see(division, party_id));
CREATE POLICY register ON pdauth.party_capacity FOR SELECT TO pdauth_register USING (true);
CREATE POLICY register ON pdauth.affiliation FOR SELECT TO pdauth_register USING (
  pdauth.may_see((SELECT p.division FROM pdauth.party AS p WHERE p.party_id = affiliation.party_id), party_id, affiliate_id));
SELECT pg_catalog.pg_extension_config_dump('pdauth.party_party_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('pdauth.party_capacity_capacity_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('pdauth.affiliation_affiliation_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('pdauth.person_person_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('pdauth.principal_principal_id_seq', '');
COMMENT ON SEQUENCE pdauth.party_party_id_seq IS 'Numbers of parties.';
COMMENT ON SEQUENCE pdauth.party_capacity_capacity_id_seq IS 'Numbers of capacities.';
COMMENT ON SEQUENCE pdauth.affiliation_affiliation_id_seq IS 'Numbers of affiliations.';
COMMENT ON SEQUENCE pdauth.person_person_id_seq IS 'Numbers of persons.';
COMMENT ON SEQUENCE pdauth.principal_principal_id_seq IS 'Numbers of principals.';
