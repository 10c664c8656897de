-- Builders for data-use requests: resources in the authorised scope, a scenario,
-- a request with everything that Article 20 asks for.  Include it after
-- authorisation.sql.

CREATE FUNCTION t.request_id(number text) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT request_id FROM pdauth.data_request AS p WHERE p.number = request_id.number $$;
CREATE FUNCTION t.digest(number text) RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT content_digest FROM pdauth.data_request AS p WHERE p.number = digest.number $$;

-- A quality standard: what a classified and harmless resource still needs to come into scope.
CREATE FUNCTION t.standard(authority text, division text DEFAULT '530000', number text DEFAULT 'Z-1') RETURNS void LANGUAGE sql AS $$
  SELECT t.act(authority || '_1', format('INSERT INTO pdauth.quality_standard (number, version, division, monitoring, correction, objection, document) VALUES (%L, 1, %L, ''monthly'', ''by the provider'', ''by ticket'', ''standard'')', number, division))
$$;
CREATE FUNCTION t.propose(path text, authority text, standard text DEFAULT 'Z-1') RETURNS void LANGUAGE sql AS $$
  SELECT t.act(authority || '_1', format('INSERT INTO pdauth.authorised_resource (path, division, authority_party, standard_id) SELECT path, division, t.id(%L), (SELECT standard_id FROM pdauth.quality_standard WHERE number = %L) FROM pdauth.resource WHERE path = %L', authority, standard, path))
$$;
CREATE FUNCTION t.bring_in(path text) RETURNS text LANGUAGE sql AS $$
  SELECT format('UPDATE pdauth.authorised_resource SET state = ''in scope'', %s WHERE path = %L', t.document('inclusion'), path)
$$;
CREATE FUNCTION t.aggregate(path text, authority text DEFAULT 'yn_bureau') RETURNS void LANGUAGE sql AS $$
  SELECT t.act(authority || '_1', format('INSERT INTO pdauth.aggregation_check (path, columns, declared_rows, loaded_rows, document, checked_on) SELECT path, columns, 3, 3, ''report'', pdauth.clock_today() FROM pdauth.resource WHERE path = %L', path))
$$;
CREATE FUNCTION t.in_scope(path text, provider text, authority text DEFAULT 'yn_bureau') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.propose(path, authority);
  PERFORM t.act(authority || '_1', t.bring_in(path));
  PERFORM t.aggregate(path, authority);
END $$;

CREATE FUNCTION t.scenario(number text, author text DEFAULT 'op_a', purpose text DEFAULT '产业发展') RETURNS void LANGUAGE sql AS $$
  SELECT t.act(author || '_1', format('INSERT INTO pdauth.scenario (number, name, author_party, division, need, sector, purpose) VALUES (%L, ''insurance by road'', t.id(%L), ''530100'', ''fair prices'', ''insurance'', %L)', number, author, purpose))
$$;

-- A draft request of op_a under A-1: columns a and b of each resource, for person op_a_1, in Kunming, for 2027.
CREATE FUNCTION t.draft_request(number text, resources text[] DEFAULT '{transport/traffic_flow}', columns text[] DEFAULT '{a,b}', persons text[] DEFAULT '{op_a_1}',
                                period daterange DEFAULT '[2026-11-01,2027-11-01)', scenario text DEFAULT 'C-1', previous text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.act('op_a_1', format($q$INSERT INTO pdauth.data_request (number, previous_id, operator_party, agreement_id, division, scenario_id, purpose, period)
    VALUES (%L, %L, t.id('op_a'), t.agreement_id('A-1'), '530100', (SELECT scenario_id FROM pdauth.scenario WHERE number = %L), '产业发展/车险', %L)$q$, number, t.request_id(previous), scenario, period));
  PERFORM t.act('op_a_1', format($q$
    INSERT INTO pdauth.data_request_resource (request_id, path, divisions, row_filter, time_span, refresh) SELECT %1$s, r, '{530100}', 'none', '[2026-01-01,2027-11-01)', '1 day' FROM unnest(%2$L::text[]) AS r;
    INSERT INTO pdauth.data_request_column (request_id, path, column_name, reason) SELECT %1$s, r, c, 'the price depends on it' FROM unnest(%2$L::text[]) AS r, unnest(%3$L::text[]) AS c;
    INSERT INTO pdauth.data_request_person SELECT %1$s, person_id FROM unnest(%4$L::text[]) AS n (person) JOIN t.person USING (person)$q$, t.request_id(number), resources, columns, persons));
END $$;
CREATE VIEW t.person AS SELECT person, person_id FROM pdauth.person;
GRANT SELECT ON t.person TO PUBLIC;
CREATE FUNCTION t.submit_request(number text) RETURNS text LANGUAGE sql AS $$ SELECT format('UPDATE pdauth.data_request SET state = ''submitted'' WHERE number = %L', number) $$;
CREATE FUNCTION t.approve_request(number text, digest text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.data_request_approval (request_id, content_digest, document, approved_on) VALUES (%s, %L, ''approval'', pdauth.clock_today())', t.request_id(number), coalesce(digest, t.digest(number)))
$$;
CREATE FUNCTION t.grant_request(number text) RETURNS text LANGUAGE sql AS $$ SELECT format('UPDATE pdauth.data_request SET state = ''granted'', %s WHERE number = %L', t.document('grant'), number) $$;
CREATE FUNCTION t.granted_request(number text, resources text[] DEFAULT '{transport/traffic_flow}', columns text[] DEFAULT '{a,b}', persons text[] DEFAULT '{op_a_1}',
                                  period daterange DEFAULT '[2026-11-01,2027-11-01)', provider text DEFAULT 'yn_transport', previous text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.draft_request(number, resources, columns, persons, period, previous => previous);
  PERFORM t.act('op_a_1', t.submit_request(number));
  PERFORM t.act(provider || '_1', t.approve_request(number));
  PERFORM t.act('yn_bureau_1', t.approve_request(number));
  PERFORM t.act('yn_bureau_1', t.grant_request(number));
END $$;

-- The authorisation of the examples with both resources of transport in scope, and scenario C-1.
CREATE FUNCTION t.operation(term daterange DEFAULT '[2026-11-01,2031-11-01)') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.authorisation(term);
  PERFORM t.standard('yn_bureau');
  PERFORM t.in_scope('transport/traffic_flow', 'yn_transport'), t.in_scope('transport/vehicle_reg', 'yn_transport');
  PERFORM t.scenario('C-1');
END $$;

-- Under an agreement that is there: traffic_flow in scope, and Q-1 of op_a granted for it.
CREATE FUNCTION t.approved_data(columns text[] DEFAULT '{a,b}') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.standard('yn_bureau');
  PERFORM t.in_scope('transport/traffic_flow', 'yn_transport');
  PERFORM t.scenario('C-1');
  PERFORM t.granted_request('Q-1', columns => columns);
END $$;

-- A development agreement D-1 of op_a with dev_x under A-1, signed on 2026-11-23 after publicity from 2026-11-02.
CREATE FUNCTION t.development(term daterange DEFAULT '[2026-11-23,2027-11-23)') RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  now_at text := current_setting('pdauth.clock');
BEGIN
  PERFORM t.at('2026-11-02 09:00'), t.selected_developer('D-1', 'dev_x', 'A-1');
  PERFORM t.act('op_a_1', $q$INSERT INTO pdauth.publicity (number, application_id, operator_party, division, content, place, channel) SELECT 'G-1', application_id, operator_party, division, 'dev_x', 'portal', 'post box 9' FROM pdauth.application$q$);
  PERFORM t.act('op_a_1', $q$UPDATE pdauth.application SET state = 'publicity'$q$);
  PERFORM t.at('2026-11-23 09:00');
  PERFORM t.act('op_a_1', $q$UPDATE pdauth.application SET state = 'cleared'$q$);
  PERFORM t.act('op_a_1', format($q$INSERT INTO pdauth.development_agreement (number, application_id, agreement_id, division, operator_party, developer_party, term, scope)
    VALUES ('D-1', t.application_id('D-1'), t.agreement_id('A-1'), '530100', t.id('op_a'), t.id('dev_x'), %L, '{redevelop on transport/traffic_flow("a") for 产业发展/车险 in 530100 during [%s,%s) level general}')$q$, term, lower(term), upper(term)));
  PERFORM t.act('op_a_1', $q$INSERT INTO pdauth.development_agreement_matter (development_id, number, content) SELECT t.development_id('D-1'), n, 'text' FROM generate_series(1, 11) AS n;
    INSERT INTO pdauth.development_agreement_signature (development_id, party_id, signed_on) VALUES (t.development_id('D-1'), t.id('op_a'), pdauth.clock_today())$q$);
  PERFORM t.act('dev_x_1', $q$INSERT INTO pdauth.development_agreement_signature (development_id, party_id, signed_on) VALUES (t.development_id('D-1'), t.id('dev_x'), pdauth.clock_today())$q$);
  PERFORM t.act('op_a_1', format($q$UPDATE pdauth.development_agreement SET state = 'signed', %s$q$, t.document('D')));
  PERFORM t.at(now_at);
END $$;
-- A product of op_a, offered under a tariff of version 1, and its delivery under D-1.
CREATE FUNCTION t.offered_product(number text, source text DEFAULT 'transport/traffic_flow') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.act('op_a_1', format($q$INSERT INTO pdauth.product (number, name, owner_party, division, form) VALUES (%L, 'road index', t.id('op_a'), '530000', 'report');
    INSERT INTO pdauth.product_source SELECT product_id, %L FROM pdauth.product WHERE number = %1$L$q$, number, source));
  PERFORM t.act('op_a_1', format($q$UPDATE pdauth.product SET state = 'deliverable' WHERE number = %L$q$, number)), t.act('op_a_1', format($q$UPDATE pdauth.product SET state = 'offered' WHERE number = %L$q$, number));
  PERFORM t.ceiling('report', 100);
  PERFORM t.act('op_a_1', format($q$INSERT INTO pdauth.tariff (product_id, version, use_class, unit_amount, unit, criteria) SELECT product_id, 1, 'industry', 1, 'calls', 'all alike' FROM pdauth.product WHERE number = %L$q$, number));
END $$;
CREATE FUNCTION t.deliver(product text) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.delivery (product_id, development_id, tariff_id, quantity, amount) SELECT product_id, t.development_id(''D-1''), tariff_id, 1, 1 FROM pdauth.product JOIN pdauth.tariff USING (product_id) WHERE number = %L', product)
$$;
