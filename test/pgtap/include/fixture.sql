-- The fixture of the rule catalogue: 23 November 2026, Yunnan, its bodies,
-- operators and developers, and one database role for each person (yn_center_1
-- is person yn_center_1 of party yn_center).  Include it after BEGIN.
SET client_min_messages = warning;
SET LOCAL pdauth.clock = '2026-11-23 09:00';
CREATE SCHEMA t;
GRANT USAGE ON SCHEMA t TO PUBLIC;

-- Acts as a person, as one transaction would: deferred checks come at its end.
CREATE FUNCTION t.act(actor text, statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  SET CONSTRAINTS ALL DEFERRED;
  PERFORM set_config('role', actor, true);
  EXECUTE statement;
  SET CONSTRAINTS ALL IMMEDIATE;
  PERFORM set_config('role', 'none', true);
END $$;

-- The rule that the name begins with refuses: its SQLSTATE, DETAIL with the rule
-- in both languages (and the facts, if given), a HINT.
CREATE FUNCTION t.refused(actor text, statement text, name text, facts text DEFAULT '') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  rule pdauth.rule;
  state text := 'no error';
  message text;
  detail text;
  hint text;
BEGIN
  SELECT * INTO STRICT rule FROM pdauth.rule AS r WHERE r.rule = substring(name FROM '^([RX][-0-9]+):');
  BEGIN
    PERFORM t.act(actor, statement);
  EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  END;
  RETURN ok(state = rule.sqlstate AND starts_with(detail, pdauth.rule_detail(rule.rule)) AND strpos(detail, facts) + 1 > (facts <> '')::int AND hint <> '', name)
         || CASE WHEN state = rule.sqlstate AND strpos(detail, facts) > 0 AND hint <> '' THEN '' ELSE E'\n' || diag(concat_ws(' | ', state, message, detail, hint)) END;
END $$;

CREATE FUNCTION t.works(actor text, statement text, name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  message text;
  detail text;
BEGIN
  PERFORM t.act(actor, statement);
  RETURN ok(true, name);
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
  RETURN ok(false, name) || E'\n' || diag(concat_ws(' | ', SQLSTATE, message, detail));
END $$;

CREATE FUNCTION t.sees(actor text, statement text, expected text, name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  found text;
BEGIN
  PERFORM set_config('role', actor, true);
  EXECUTE statement INTO found;
  PERFORM set_config('role', 'none', true);
  RETURN is(found, expected, name);
END $$;

CREATE FUNCTION t.at(instant text) RETURNS void LANGUAGE sql AS $$ SELECT set_config('pdauth.clock', instant, true) $$;

-- The four columns of an act that rests on a document.
CREATE FUNCTION t.document(number text) RETURNS text LANGUAGE sql AS $$
  SELECT format('act_document = %L, act_digest = %L', number, 'sha256:' || encode(sha256(convert_to(number, 'UTF8')), 'hex'))
$$;

-- A party with one capacity and persons 1 to n, each with a role of the same name.
CREATE FUNCTION t.party(code text, kind text, division text, capacity text, territory text, sector text DEFAULT NULL, persons int DEFAULT 1) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  party bigint;
  held bigint;
  person bigint;
  serial text := lpad((SELECT count(*) + 1 FROM pdauth.party)::text, 8, '0');
  body text := '9153' || '0000' || 'M' || serial;
BEGIN
  INSERT INTO pdauth.party (party, name, kind, credit_code, division)
  VALUES (code, code, kind,
          CASE WHEN kind IN ('legal person', 'institution', 'government') THEN
            (SELECT body || c FROM unnest(string_to_array('0,1,2,3,4,5,6,7,8,9,A,B,C,D,E,F,G,H,J,K,L,M,N,P,Q,R,T,U,W,X,Y', ',')) AS c WHERE pdauth.is_uscc(body || c)) END, division::pdauth.division_code) RETURNING party_id INTO party;
  INSERT INTO pdauth.party_capacity (party_id, capacity, division, sector, since, basis)
  VALUES (party, capacity, territory::pdauth.division_code, sector, '2025-01-01', 'fixture') RETURNING capacity_id INTO held;
  FOR n IN 1..persons LOOP
    INSERT INTO pdauth.person (person, name, party_id) VALUES (code || '_' || n, code || '_' || n, party) RETURNING person_id INTO person;
    EXECUTE format('CREATE ROLE %I IN ROLE pdauth_register', code || '_' || n);
    EXECUTE format('GRANT USAGE ON SCHEMA t TO %I', code || '_' || n);
    INSERT INTO pdauth.principal (role, person_id, capacity_id, since) VALUES ((code || '_' || n)::regrole, person, held, '2025-01-01');
  END LOOP;
END $$;
CREATE FUNCTION t.id(code text) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT party_id FROM pdauth.party WHERE party = code $$;

SELECT t.party(v.code, v.kind, v.division, v.capacity, v.territory, v.sector, v.persons) FROM (VALUES
  ('yn_bureau', 'government', '530000', 'bureau', '530000', NULL::text, 3),
  ('yn_center', 'institution', '530000', 'agency', '530000', NULL, 2),
  ('yn_gov', 'government', '530000', 'government', '530000', NULL, 1),
  ('km_bureau', 'government', '530100', 'prefecture', '530100', NULL, 1),
  ('km_center', 'institution', '530100', 'agency', '530100', NULL, 2),
  ('km_gov', 'government', '530100', 'government', '530100', NULL, 1),
  ('pl_center', 'institution', '530103', 'agency', '530103', NULL, 1),
  ('pl_gov', 'government', '530103', 'government', '530103', NULL, 1),
  ('dl_bureau', 'government', '532900', 'prefecture', '532900', NULL, 1),
  ('dl_center', 'institution', '532900', 'agency', '532900', NULL, 1),
  ('dl_gov', 'government', '532900', 'government', '532900', NULL, 1),
  ('yn_transport', 'government', '530000', 'provider', '530000', 'transport', 1),
  ('yn_health', 'government', '530000', 'provider', '530000', 'health', 1),
  ('yn_drc', 'government', '530000', 'price_authority', '530000', NULL, 1),
  ('yn_finance', 'government', '530000', 'finance', '530000', NULL, 1),
  ('yn_audit', 'government', '530000', 'supervisor', '530000', NULL, 1),
  ('yn_cac', 'government', '530000', 'security', '530000', NULL, 1),
  ('yn_platform', 'institution', '530000', 'platform', '530000', NULL, 1),
  ('op_a', 'legal person', '530000', 'operator', '530000', NULL, 2),
  ('op_a_sub', 'legal person', '530000', 'developer', '530000', NULL, 1),
  ('op_b', 'legal person', '530000', 'operator', '530000', NULL, 1),
  ('dev_x', 'legal person', '530100', 'developer', '530000', NULL, 1),
  ('dev_y', 'legal person', '530100', 'developer', '530000', NULL, 1),
  ('p_zhang', 'natural person', '530100', 'developer', '530000', NULL, 1)) AS v (code, kind, division, capacity, territory, sector, persons);
INSERT INTO pdauth.affiliation (party_id, affiliate_id, kind, share_percent, since, source)
  VALUES (t.id('op_a'), t.id('op_a_sub'), 'holding', 51, '2025-01-01', 'company register');

SELECT t.act('yn_platform_1', format($$INSERT INTO pdauth.platform_component (component, runner_party, division) VALUES ('portal', %s, '530000')$$, t.id('yn_platform')));
SELECT t.act('yn_platform_1', $$INSERT INTO pdauth.component_access (role, component_id)
  SELECT r::regrole, component_id FROM pdauth.platform_component, unnest('{op_a_1,op_a_2,op_a_sub_1,op_b_1,dev_x_1,dev_y_1,p_zhang_1}'::text[]) AS r$$);

-- Everybody is cleared (Article 25) until an example says otherwise.
CREATE FUNCTION t.clear(by_whom text, condition text) RETURNS void LANGUAGE sql AS $$
  SELECT t.act(by_whom, format('INSERT INTO pdauth.person_fact (person_id, kind, dated, document)
    SELECT person_id, k, ''2025-01-01'', ''fixture'' FROM pdauth.person, unnest(''{authentication,filing,vetting,confidentiality}''::text[]) AS k WHERE %s', condition)) $$;
SELECT t.clear('yn_bureau_1', $$person <> 'yn_bureau_1'$$), t.clear('yn_bureau_2', $$person = 'yn_bureau_1'$$);

-- What has to be on record before data flows: security documents of the pack's
-- kinds, and an emergency plan.  \set unsecured before this file leaves it to the test.
CREATE FUNCTION t.secure(party text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  held record;
BEGIN
  SELECT c.capacity, y.division, y.party_id INTO held FROM pdauth.party AS y JOIN pdauth.party_capacity AS c USING (party_id) WHERE y.party = secure.party;
  PERFORM t.act(party || '_1', format($q$INSERT INTO pdauth.security_document (owner_party, kind, version, document, digest, effective_from) SELECT %s, k, 1, 'rules', 'sm3:' || repeat('0', 64), '2026-01-01' FROM unnest(%L::text[]) AS k$q$,
    held.party_id, ARRAY(SELECT i.title FROM pdauth.item_list('security_documents_' || held.capacity, held.division) AS i)));
  IF held.capacity IN ('operator', 'developer') THEN
    PERFORM t.emergency_plan('plan of ' || party, party);
  END IF;
END $$;
CREATE FUNCTION t.emergency_plan(number text, party text, term daterange DEFAULT '[2026-01-01,2040-01-01)') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.act(party || '_1', format('INSERT INTO pdauth.emergency_plan (number, owner_party, division, term) VALUES (%L, t.id(%L), ''530000'', %L)', number, party, term));
  PERFORM t.act(party || '_1', format('UPDATE pdauth.emergency_plan SET state = ''in force'', %s WHERE number = %L', t.document('emergency plan'), number));
END $$;
\if :{?unsecured}
\else
SELECT t.secure(y.party) FROM pdauth.party AS y JOIN pdauth.party_capacity AS c USING (party_id) WHERE c.capacity IN ('agency', 'operator', 'developer') ORDER BY y.party_id;
\endif
