-- Article 4: operators, what is authorised, products.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
SELECT no_plan();

-- R-4-3
SELECT t.resource('transport/traffic_flow', 'yn_transport');
SELECT t.act('yn_transport_1', $$UPDATE pdauth.resource SET holder_level = 'township'$$);
SELECT t.draft_plan('K-1', 'km_center', '530100');
SELECT t.refused('km_center_1', $$UPDATE pdauth.plan SET state = 'submitted' WHERE number = 'K-1'$$, 'R-4-3: a resource held by a township', 'township');
SELECT t.act('yn_transport_1', $$UPDATE pdauth.resource SET holder_level = 'county'$$);
SELECT t.works('km_center_1', $$UPDATE pdauth.plan SET state = 'submitted' WHERE number = 'K-1'$$, 'R-4-3: one held by a county');
SELECT throws_ok($$SELECT t.act('yn_transport_1', $q$UPDATE pdauth.resource SET holder_level = 'friends'$q$)$$, '23514', NULL, 'R-4-3: a level is one of the list');

-- R-4-1 and R-4-2
SELECT t.argue_plan('K-1', 'km_center'), t.send_plan('K-1', 'km_center'), t.act('km_gov_1', format('UPDATE pdauth.plan SET state = ''approved'', %s WHERE number = ''K-1''', t.document('approval')));
SELECT t.selection('X-1', 'K-1', 'km_center');
SELECT t.refused('km_center_1', format($$INSERT INTO pdauth.operating_agreement (number, plan_id, selection_id, division, agency_party, operator_party, term, scope)
  VALUES ('A-%s', t.plan_id('K-1'), t.selection_id('X-1'), '530100', t.id('km_center'), t.id(%L), '[2026-12-01,2027-12-01)', t.traffic_scope('530100', '[2026-12-01,2027-12-01)')::pdauth.license_scope)$$, who, who), 'R-4-1: as operator: ' || who, kind)
  FROM (VALUES ('p_zhang', 'natural person'), ('yn_transport', 'government')) AS v (who, kind);
SELECT throws_ok($$INSERT INTO pdauth.party (party, name, kind, credit_code, division) VALUES ('fake', 'fake', 'legal person', '91350100M000100Y44', '530100')$$, '23514', NULL, 'R-4-1: a credit code with a wrong check character');
SELECT t.works('km_center_1', $$INSERT INTO pdauth.operating_agreement (number, plan_id, selection_id, division, agency_party, operator_party, term, scope)
  VALUES ('A-0', t.plan_id('K-1'), t.selection_id('X-1'), '530100', t.id('km_center'), t.id('op_a'), '[2026-12-01,2027-12-01)', t.traffic_scope('530100', '[2026-12-01,2027-12-01)')::pdauth.license_scope)$$, 'R-4-1: a legal person');
CREATE FUNCTION t.notice(operator text) RETURNS text LANGUAGE sql AS $$ SELECT format('INSERT INTO pdauth.scenario_notice (number, operator_party, division, scenario, criteria) VALUES (%L, t.id(%1$L), ''530100'', ''s'', ''c'')', operator) $$;
SELECT t.refused('op_b_1', t.notice('op_b'), 'R-4-2: an organisation without an agreement admits no developers', 'op_b has no operating agreement');
SELECT t.refused('op_b_1', $$INSERT INTO pdauth.product (number, name, owner_party, division, form) VALUES ('P-0', 'x', t.id('op_b'), '530100', 'model')$$, 'R-4-2: nor makes products');
SELECT t.refused('op_a_1', t.notice('op_a'), 'R-4-2: a draft agreement is none');
SELECT t.agreement('A-1', 'K-1', 'X-1', 'km_center', term => '[2026-11-01,2031-11-01)');
SELECT t.works('op_a_1', t.notice('op_a'), 'R-4-2: with an agreement in force the operator acts');

-- R-4-4, R-4-5
CREATE FUNCTION t.product(number text, form text, description text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.product (number, name, owner_party, division, form, form_description) VALUES (%L, ''road index'', t.id(''op_a''), ''530100'', %L, %L)', number, form, description) $$;
CREATE FUNCTION t.deliverable(number text) RETURNS text LANGUAGE sql AS $$ SELECT format('UPDATE pdauth.product SET state = ''deliverable'' WHERE number = %L', number) $$;
SELECT t.refused('op_a_1', t.product('P-1', 'raw extract'), 'R-4-4: raw extract is no form');
SELECT t.refused('op_a_1', t.product('P-1', 'other'), 'R-4-4: other without description');
SELECT t.works('op_a_1', t.product('P-1', 'dataset'), 'R-4-4: a dataset');
SELECT t.refused('op_a_1', t.deliverable('P-1'), 'R-4-4: a product without a public source');
SELECT t.act('op_a_1', $$INSERT INTO pdauth.product_source SELECT product_id, 'transport/traffic_flow' FROM pdauth.product$$);
SELECT t.refused('op_a_1', t.deliverable('P-1'), 'R-4-5: a dataset without de-identification record');
SELECT t.act('op_a_1', $$INSERT INTO pdauth.product_column SELECT product_id, 'phone', true, 'none' FROM pdauth.product$$);
SELECT t.refused('op_a_1', t.deliverable('P-1'), 'R-4-5: a direct identifier in clear', 'In clear: phone.');
CREATE TABLE t.road_index (phone text, plate text, speed int);
SELECT pdauth.protect('t.road_index', 'product/road_index', region => '530100'), pdauth.mask('t.road_index', 'plate', 'VALUE NULL', 'important');
SELECT t.act('op_a_1', $$UPDATE pdauth.product_column SET treatment = 'masked', method = 'last four digits', treated_on = '2026-11-20'; UPDATE pdauth.product SET relation = 't.road_index'$$);
SELECT t.refused('op_a_1', t.deliverable('P-1'), 'R-4-5: a column that its label grades important, and nobody treated', 'In clear: plate.');
SELECT t.act('op_a_1', $$INSERT INTO pdauth.product_column SELECT product_id, 'plate', true, 'removed', 'dropped', '2026-11-20' FROM pdauth.product$$);
SELECT t.works('op_a_1', t.deliverable('P-1'), 'R-4-5: with all of them treated it is deliverable');
SELECT t.refused('op_a_1', $$UPDATE pdauth.product_column SET treatment = 'none'$$, 'X-5: the record of a deliverable product stays');
ALTER TABLE t.road_index ADD COLUMN owner text;
SELECT t.act('op_a_1', replace(t.product('P-2', 'dataset'), ''');', ''')')), t.act('op_a_1', $$INSERT INTO pdauth.product_source SELECT product_id, 'transport/traffic_flow' FROM pdauth.product WHERE number = 'P-2';
  INSERT INTO pdauth.product_column SELECT product_id, c, true, 'removed', 'dropped', '2026-11-20' FROM pdauth.product, unnest('{phone,plate}'::text[]) AS c WHERE number = 'P-2'; UPDATE pdauth.product SET relation = 't.road_index' WHERE number = 'P-2'$$);
SELECT pdauth.mask('t.road_index', 'owner', 'VALUE NULL', 'important');
SELECT t.refused('op_a_1', t.deliverable('P-2'), 'R-4-5: a column that was added and labelled later counts too', 'In clear: owner.');

-- R-4-6
SELECT t.development('D-1', 'dev_x', 'A-1', '2026-12-02 09:00'), t.development('D-2', 'dev_y', 'A-1', '2026-12-11 09:00');
SELECT t.at('2027-01-04 09:00');
SELECT t.ceiling('dataset', 200);
SELECT t.act('op_a_1', $$INSERT INTO pdauth.tariff (product_id, version, use_class, unit_amount, unit, criteria) SELECT product_id, 3, 'industry', 100, 'calls', 'developers' FROM pdauth.product WHERE number = 'P-1'$$);
CREATE FUNCTION t.deliver(development text, amount numeric, reason text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.delivery (product_id, development_id, tariff_id, quantity, amount, deviation_reason) SELECT product_id, t.development_id(%L), tariff_id, 2, %s, %L FROM pdauth.tariff WHERE version = 3', development, amount, reason) $$;
SELECT t.works('op_a_1', t.deliver('D-1', 200), 'R-4-6: a delivery by the tariff');
SELECT is((SELECT count(*)::int FROM pdauth.unequal_treatment), 0, 'R-4-6: ... has nothing to report');
SELECT t.act('op_a_1', t.deliver('D-2', 250)), t.act('op_a_1', t.deliver('D-2', 150, 'pilot'));
SELECT t.sees('yn_audit_1', $$SELECT string_agg(concat_ws(' ', flag, developer, amount, 'instead of', tariff_amount), ',') FROM pdauth.unequal_treatment$$, 'PD046 dev_y 250.00 instead of 200.00', 'R-4-6: a higher amount for another developer without a reason is flagged, one with a reason not');
SELECT t.sees('dev_x_1', 'SELECT count(*) FROM pdauth.unequal_treatment', '0', 'R-4-6: the report is for the operator and its supervisors');
SELECT t.refused('op_b_1', format('INSERT INTO pdauth.tariff (product_id, version, use_class, unit_amount, criteria) VALUES (%s, 9, ''industry'', 1, ''all'')', product_id), 'R-4-2: nobody sets fees without an agreement of its own') FROM pdauth.product WHERE number = 'P-1';
SELECT * FROM finish();
ROLLBACK;
