-- Builders for the examples: an authorisation in order up to the point an
-- example is about.  Include it after fixture.sql.

CREATE FUNCTION t.catalogued(path text, provider text, personal boolean DEFAULT false, division text DEFAULT '530000') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.act(provider || '_1', format('INSERT INTO pdauth.resource (path, name, provider_party, division, holder_level, personal_information, level, columns, update_frequency, quality)
    VALUES (%L, %L, %s, %L, ''province'', %L, ''general'', ''{a,b,c}'', ''1 day'', ''good'')', path, path, t.id(provider), division, personal));
  PERFORM t.act(provider || '_1', format('UPDATE pdauth.resource SET state = ''eligible'', %s WHERE path = %L', t.document('catalogue'), path));
END $$;

-- Classification and findings: what a resource needs for a plan, and to come into scope.
CREATE FUNCTION t.classify(path text, provider text, columns text[] DEFAULT '{a,b,c}') RETURNS void LANGUAGE sql AS $$
  SELECT t.act(provider || '_1', format('INSERT INTO pdauth.resource_column (resource_id, column_name, class, level) SELECT t.resource_id(%L), c, ''ordinary'', ''general'' FROM unnest(%L::text[]) AS c', path, columns))
$$;
CREATE FUNCTION t.find_harmless(path text, finder text) RETURNS void LANGUAGE sql AS $$
  SELECT t.act(finder || '_1', format($q$INSERT INTO pdauth.harm_finding (resource_id, subject, harmless, found_on, document)
    SELECT t.resource_id(%L), s, true, pdauth.clock_today(), 'finding' FROM unnest('{national security,public interest,trade secrets,privacy,personal information}'::text[]) AS s$q$, path))
$$;
CREATE FUNCTION t.resource(path text, provider text, personal boolean DEFAULT false, division text DEFAULT '530000') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.catalogued(path, provider, personal, division), t.classify(path, provider), t.find_harmless(path, provider),
          t.find_harmless(path, pdauth.party_code(pdauth.data_authority(division::pdauth.division_code)));
END $$;

CREATE FUNCTION t.plan_id(label text) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT plan_id FROM pdauth.plan AS p WHERE p.label = plan_id.label $$;
CREATE FUNCTION t.agreement_id(label text) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT agreement_id FROM pdauth.operating_agreement AS p WHERE p.label = agreement_id.label $$;
CREATE FUNCTION t.selection_id(number text) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT selection_id FROM pdauth.selection AS p WHERE p.number = selection_id.number $$;
CREATE FUNCTION t.application_id(number text) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT application_id FROM pdauth.application AS p WHERE p.number = application_id.number $$;
CREATE FUNCTION t.development_id(number text) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT development_id FROM pdauth.development_agreement AS p WHERE p.number = development_id.number $$;
CREATE FUNCTION t.resource_id(path text) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT resource_id FROM pdauth.resource AS p WHERE p.path = resource_id.path $$;
CREATE FUNCTION t.publicity_id(number text) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT publicity_id FROM pdauth.publicity AS p WHERE p.number = publicity_id.number $$;

-- A draft plan with everything that Article 8 asks for; version 2 and later change the one before.
CREATE FUNCTION t.draft_plan(number text, agency text, division text, resources text[] DEFAULT '{transport/traffic_flow}',
                             version int DEFAULT 1, classification text DEFAULT NULL, reason text DEFAULT NULL, mode text DEFAULT 'overall') RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  label text := number || CASE WHEN version > 1 THEN ' version ' || version ELSE '' END;
BEGIN
  PERFORM t.act(agency || '_1', format($q$INSERT INTO pdauth.plan (number, version, previous_id, classification, change_reason, division, agency_party, mode, sector, sector_reason, purposes, term, benefit_statement)
    VALUES (%L, %s, %L, %L, %L, %L, %s, %L, NULL, NULL, '{产业发展,公共治理}', '[2026-01-01,2036-01-01)', 'balanced')$q$,
    number, version, CASE WHEN version > 1 THEN t.plan_id(number || CASE WHEN version > 2 THEN ' version ' || version - 1 ELSE '' END) END, classification, reason, division, t.id(agency), mode));
  PERFORM t.act(agency || '_1', format($q$
    INSERT INTO pdauth.plan_item (plan_id, number, content) SELECT %1$s, n, 'text of item ' || n FROM generate_series(1, 12) AS n;
    INSERT INTO pdauth.plan_item (plan_id, number, part, content)
      SELECT %1$s, 3, p, 'text' FROM unnest('{funds,management,technology,service,security}'::text[]) AS p
      UNION ALL SELECT %1$s, 6, p, 'text' FROM unnest('{term,construction,technical support,schedule,evaluation standard,exit,assets}'::text[]) AS p;
    INSERT INTO pdauth.plan_resource (plan_id, resource_id, columns, update_frequency, quality) SELECT %1$s, t.resource_id(r), '{a,b}', '1 day', 'good' FROM unnest(%2$L::text[]) AS r;
    INSERT INTO pdauth.plan_product (plan_id, product, use_class, form) VALUES (%1$s, 'road index', 'industry', 'interface'), (%1$s, 'road report', 'public', 'report')$q$,
    t.plan_id(label), resources));
END $$;

CREATE FUNCTION t.submit_plan(label text, agency text) RETURNS void LANGUAGE sql AS $$
  SELECT t.act(agency || '_1', format('UPDATE pdauth.plan SET state = ''submitted'' WHERE label = %L', label))
$$;

CREATE FUNCTION t.argue_plan(label text, agency text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.act(agency || '_1', format($q$INSERT INTO pdauth.plan_argument (number, plan_id, division, agency_party, participants, conclusion)
    SELECT 'L-' || %L, plan_id, division, agency_party, 'five experts', 'positive' FROM pdauth.plan WHERE label = %1$L$q$, label));
  PERFORM t.act(agency || '_1', format($q$UPDATE pdauth.plan_argument SET state = 'held' WHERE number = 'L-' || %1$L;
    INSERT INTO pdauth.plan_argument_topic SELECT a.argument_id, n, 'finding' FROM pdauth.plan_argument AS a, generate_series(1, 6) AS n WHERE a.number = 'L-' || %1$L;
    UPDATE pdauth.plan_argument SET state = 'concluded', %2$s WHERE number = 'L-' || %1$L$q$, label, t.document('argument')));
  PERFORM t.act(agency || '_1', format('UPDATE pdauth.plan SET state = ''argued'' WHERE label = %L', label));
END $$;

CREATE FUNCTION t.send_plan(label text, agency text, day date DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.act(agency || '_1', format('UPDATE pdauth.plan SET state = ''decided'', act_date = %L, %s WHERE label = %L', day, t.document('minutes'), label));
  PERFORM t.act(agency || '_1', format('UPDATE pdauth.plan SET state = ''deliberating'', act_date = %L, %s WHERE label = %L', day, t.document('letter'), label));
END $$;

CREATE FUNCTION t.approve_plan(label text, agency text, government text, day date DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.submit_plan(label, agency);
  PERFORM t.argue_plan(label, agency);
  PERFORM t.send_plan(label, agency, day);
  PERFORM t.act(government || '_1', format('UPDATE pdauth.plan SET state = ''approved'', act_date = %L, %s WHERE label = %L', day, t.document('approval'), label));
END $$;

-- A selection in which op_a and op_b took part; stops before the state given.
CREATE FUNCTION t.selection(number text, plan text, agency text, operator text DEFAULT 'op_a', until text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.act(agency || '_1', format($q$INSERT INTO pdauth.selection (number, plan_id, division, agency_party, method) SELECT %L, plan_id, division, agency_party, 'open tender' FROM pdauth.plan WHERE label = %L$q$, number, plan));
  IF until = 'consulted' THEN RETURN; END IF;
  PERFORM t.act(agency || '_1', format($q$
    INSERT INTO pdauth.selection_consultation (selection_id, addressees, period, opinions, responses) VALUES (%1$s, 'departments and enterprises', '[2026-01-05,2026-01-10)', 'three opinions', 'two adopted');
    INSERT INTO pdauth.selection_invitation VALUES (%1$s, t.id('op_a')), (%1$s, t.id('op_b'));
    UPDATE pdauth.selection SET state = 'issued', %2$s WHERE number = %3$L;
    INSERT INTO pdauth.selection_finding SELECT %1$s, t.id(%4$L), c, true, 'established' FROM unnest('{funds,management,technology,service,security,management and technical capability,business and credit,security compliance}'::text[]) AS c;
    UPDATE pdauth.selection SET state = 'evaluated', selected_party = t.id(%4$L) WHERE number = %3$L$q$, t.selection_id(number), t.document('documents'), number, operator));
  IF until = 'selected' THEN RETURN; END IF;
  PERFORM t.act(agency || '_1', format('UPDATE pdauth.selection SET state = ''selected'', %s WHERE number = %L', t.document('result'), number));
END $$;

CREATE FUNCTION t.traffic_scope(division text, term daterange DEFAULT '[2026-12-01,2031-12-01)', path text DEFAULT 'transport/traffic_flow') RETURNS text LANGUAGE sql AS $$
  SELECT format('{read,derive,model,redevelop on %s("a","b") for 产业发展 in %s during [%s,%s) level general}', path, division, lower(term), upper(term))
$$;

-- A draft operating agreement with all its items, and the signing of one.
CREATE FUNCTION t.draft_agreement(number text, plan text, selection text, agency text, operator text DEFAULT 'op_a', term daterange DEFAULT '[2026-12-01,2031-12-01)', scope text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.act(agency || '_1', format($q$INSERT INTO pdauth.operating_agreement (number, plan_id, selection_id, division, agency_party, operator_party, term, scope)
    SELECT %1$L, p.plan_id, s.selection_id, p.division, p.agency_party, t.id(%2$L), %3$L, coalesce(%4$L, t.traffic_scope(p.division::text, %3$L))::pdauth.license_scope FROM pdauth.plan AS p, pdauth.selection AS s WHERE p.label = %5$L AND s.number = %6$L$q$,
    number, operator, term, scope, plan, selection));
  PERFORM t.agreement_items(number, agency);
END $$;
CREATE FUNCTION t.agreement_items(label text, agency text) RETURNS void LANGUAGE sql AS $$
  SELECT t.act(agency || '_1', format($q$
    INSERT INTO pdauth.operating_agreement_item (agreement_id, number, content) SELECT %1$s, n, 'text of item ' || n FROM generate_series(1, 14) AS n;
    INSERT INTO pdauth.operating_agreement_item (agreement_id, number, part, content) SELECT %1$s, number, part, 'text' FROM (VALUES
      (3, 'list'), (3, 'technical standards'), (3, 'security review'), (3, 'business review'), (5, 'hardware and software'), (5, 'products and services'), (6, 'disclosure'), (6, 'no re-development'),
      (7, 'accounting'), (7, 'revenue distribution'), (8, 'data security'), (8, 'personal information'), (8, 'risk monitoring'), (8, 'emergency'), (9, 'evaluation'), (9, 'renewal or exit')) AS v (number, part);
    INSERT INTO pdauth.operating_agreement_product VALUES (%1$s, 'road index')$q$, t.agreement_id(label)))
$$;
CREATE FUNCTION t.decide_agreement(label text, agency text) RETURNS void LANGUAGE sql AS $$
  SELECT t.act(agency || '_1', format('UPDATE pdauth.operating_agreement SET state = ''decided'', %s WHERE label = %L', t.document('minutes'), label))
$$;
CREATE FUNCTION t.signatures(label text, agency text, operator text DEFAULT 'op_a', day date DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.act(party || '_1', format('INSERT INTO pdauth.operating_agreement_signature (agreement_id, party_id, signed_on) VALUES (%s, t.id(%L), %L)', t.agreement_id(label), party, coalesce(day, pdauth.clock_today())))
     FROM unnest(ARRAY[agency, operator]) AS party;
END $$;
CREATE FUNCTION t.sign(label text) RETURNS text LANGUAGE sql AS $$
  SELECT format('UPDATE pdauth.operating_agreement SET state = ''signed'', %s WHERE label = %L', t.document('agreement'), label)
$$;
CREATE FUNCTION t.agreement(number text, plan text, selection text, agency text, operator text DEFAULT 'op_a', term daterange DEFAULT '[2026-12-01,2031-12-01)', scope text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.draft_agreement(number, plan, selection, agency, operator, term, scope);
  PERFORM t.decide_agreement(number, agency);
  PERFORM t.signatures(number, agency, operator);
  PERFORM t.act(agency || '_1', t.sign(number));
END $$;

-- The authorisation of the examples: resources, plan K-1 of Kunming, selection, agreement A-1 with op_a in force from 2026-11-01.
CREATE FUNCTION t.authorisation(term daterange DEFAULT '[2026-11-01,2031-11-01)') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.resource('transport/traffic_flow', 'yn_transport');
  PERFORM t.resource('transport/vehicle_reg', 'yn_transport');
  PERFORM t.draft_plan('K-1', 'km_center', '530100');
  PERFORM t.approve_plan('K-1', 'km_center', 'km_gov');
  PERFORM t.selection('X-1', 'K-1', 'km_center');
  PERFORM t.agreement('A-1', 'K-1', 'X-1', 'km_center', term => term);
END $$;

-- A price basis for a form of product.
CREATE FUNCTION t.ceiling(form text, amount numeric) RETURNS void LANGUAGE sql AS $$
  SELECT t.act('yn_drc_1', format('INSERT INTO pdauth.price_ceiling (division, form, unit, amount, document, period) VALUES (''530000'', %L, ''calls'', %s, ''notice'', ''[2026-01-01,)'')', form, amount)) $$;

-- An application of an own scenario under an agreement, reviewed and passed.
CREATE FUNCTION t.selected_developer(number text, developer text, agreement text, until text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.act(developer || '_1', format($q$INSERT INTO pdauth.application (number, applicant_party, operator_party, agreement_id, division, route, scenario, purpose)
    VALUES (%L, t.id(%L), t.id('op_a'), t.agreement_id(%L), '530100', 'own', 'insurance by road', '产业发展/车险')$q$, number, developer, agreement));
  PERFORM t.act(developer || '_1', format($q$INSERT INTO pdauth.application_material (application_id, number, part, content, digest, dated)
    SELECT t.application_id(%1$L), k, p, 'document', 'sm3:' || repeat('0', 64), date '2026-08-20' FROM (SELECT n, '' FROM generate_series(1, 5) AS n UNION ALL SELECT 4, unnest('{management,technology,security}'::text[])) AS v (k, p);
    UPDATE pdauth.application SET state = 'submitted' WHERE number = %1$L$q$, number));
  PERFORM t.act('op_a_1', format($q$UPDATE pdauth.application SET state = 'reviewing' WHERE number = %1$L;
    INSERT INTO pdauth.application_finding (application_id, list, number, met, evidence) SELECT t.application_id(%1$L), 'scenario_assessments', n, true, 'report' FROM generate_series(1, 4) AS n;
    INSERT INTO pdauth.application_review (application_id, method, held_on, participants, conclusion) VALUES (t.application_id(%1$L), 'documents', pdauth.clock_today(), 'op_a_1', 'fit')$q$, number));
  IF until = 'findings' THEN RETURN; END IF;
  PERFORM t.act('op_a_1', format($q$INSERT INTO pdauth.application_finding (application_id, list, number, met, evidence) SELECT t.application_id(%1$L), 'qualification_conditions', n, true, 'report' FROM generate_series(1, 5) AS n;
    UPDATE pdauth.application SET state = 'passed' WHERE number = %1$L$q$, number));
END $$;

-- A development agreement on an application of the same number, publicised now and signed at an instant after the publicity.
CREATE FUNCTION t.sign_development(number text) RETURNS text LANGUAGE sql AS $$ SELECT format('UPDATE pdauth.development_agreement SET state = ''signed'', %s WHERE number = %L', t.document('D'), number) $$;
CREATE FUNCTION t.development(number text, developer text, agreement text, at text, term daterange DEFAULT '[2027-01-01,2028-01-01)', scope text DEFAULT NULL, until text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.selected_developer(number, developer, agreement);
  PERFORM t.act('op_a_1', format($q$INSERT INTO pdauth.publicity (number, application_id, operator_party, division, content, place, channel) VALUES ('G-' || %1$L, t.application_id(%1$L), t.id('op_a'), '530100', %2$L, 'portal', 'post box 9');
    UPDATE pdauth.application SET state = 'publicity' WHERE number = %1$L$q$, number, developer));
  PERFORM t.at(at);
  PERFORM t.act('op_a_1', format($q$UPDATE pdauth.application SET state = 'cleared' WHERE number = %1$L;
    INSERT INTO pdauth.development_agreement (number, application_id, agreement_id, division, operator_party, developer_party, term, scope)
      VALUES (%1$L, t.application_id(%1$L), t.agreement_id(%3$L), '530100', t.id('op_a'), t.id(%2$L), %4$L, %5$L);
    INSERT INTO pdauth.development_agreement_matter (development_id, number, content) SELECT t.development_id(%1$L), n, 'text' FROM generate_series(1, 11) AS n$q$, number, developer, agreement, term,
    coalesce(scope, format('{redevelop on transport/traffic_flow("a") for 产业发展/车险 in 530100 during %s level general}', term))));
  PERFORM t.act(party || '_1', format('INSERT INTO pdauth.development_agreement_signature (development_id, party_id, signed_on) VALUES (t.development_id(%L), t.id(%L), pdauth.clock_today())', number, party))
     FROM unnest(ARRAY['op_a', developer]) AS party;
  IF until = 'signatures' THEN RETURN; END IF;
  PERFORM t.act('op_a_1', t.sign_development(number));
END $$;

-- From here on agreements issue licenses without data-use requests, as the pack can allow.
CREATE FUNCTION t.license_on_agreement() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.act('yn_bureau_1', $q$INSERT INTO pdauth.pack_parameter (pack, kind, name, value, source, reason, effective_from)
    VALUES ('yn-draft-2025-07-24', 'switch', 'license_on_agreement', 'true', 'decision of the bureau', 'example', pdauth.clock_today())$q$);
  PERFORM t.act('yn_bureau_2', $q$UPDATE pdauth.pack_parameter SET approved = true WHERE name = 'license_on_agreement' AND NOT approved$q$);
END $$;
