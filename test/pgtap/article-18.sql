-- Article 18: registration and catalogue.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
\ir include/request.sql
SELECT no_plan();
SELECT t.operation(term => '[2026-09-01,2031-09-01)');

-- R-18-1: resources
CREATE FUNCTION t.register(number text, holder text, path text DEFAULT NULL, product text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.registration (number, holder_party, division, path, product_id, preservation, act_document, act_digest) SELECT %L, t.id(%L), ''530000'', %L, %s, ''evidence platform, no. 1'', ''application'', ''sha256:%s''', number, holder, path,
                CASE WHEN product IS NULL THEN 'NULL' ELSE format('(SELECT product_id FROM pdauth.product WHERE number = %L)', product) END, repeat('0', 64)) $$;
SELECT is((SELECT count(*)::int FROM pdauth.my_duty WHERE rule = 'R-18-1'), 0, 'R-18-1: nothing is due before the first provision');
SELECT t.granted_request('Q-1');
SELECT is((SELECT matter || ' ' || due || ' ' || debtor FROM pdauth.my_duty WHERE rule = 'R-18-1'), 'resource transport/traffic_flow 2026-12-21 yn_transport', 'R-18-1: provided for the first time, the resource is to be registered');
SELECT t.granted_request('Q-2');
SELECT is((SELECT count(*)::int FROM pdauth.my_duty WHERE rule = 'R-18-1'), 1, 'R-18-1: the second provision begins nothing anew');
SELECT t.refused('yn_health_1', t.register('RG-1', 'yn_health', 'transport/traffic_flow'), 'R-18-1: another department does not register it', 'registered by yn_transport');
SELECT t.refused('op_a_1', t.register('RG-1', 'op_a', 'transport/traffic_flow'), 'R-18-1: nor does the operator');
SELECT t.refused('yn_transport_1', $$INSERT INTO pdauth.registration (number, holder_party, division, path, state, act_document, act_digest) VALUES ('RG-1', t.id('yn_transport'), '530000', 'transport/traffic_flow', 'coded', 'd', 'sha256:' || repeat('0', 64))$$, 'R-18-1: nor does anything begin with a code');
SELECT t.works('yn_transport_1', t.register('RG-1', 'yn_transport', 'transport/traffic_flow'), 'R-18-1: the department applies');
SELECT is((SELECT status FROM pdauth.my_duty WHERE rule = 'R-18-1' AND debtor = 'yn_transport'), 'fulfilled', 'R-18-1: in time');
SELECT t.act('yn_transport_1', format($$UPDATE pdauth.registration SET state = 'accepted', %s$$, t.document('a'))), t.act('yn_transport_1', format($$UPDATE pdauth.registration SET state = 'publicised', %s$$, t.document('p')));
SELECT t.at('2026-12-08 09:00');
SELECT t.refused('yn_transport_1', format($$UPDATE pdauth.registration SET state = 'coded', %s$$, t.document('c')), 'R-18-1: coded without a query code', 'query code or its validity is missing');
SELECT t.works('yn_transport_1', format($$UPDATE pdauth.registration SET state = 'coded', query_code = '5300-1', valid_until = '2029-12-07', %s$$, t.document('c')), 'R-18-1: and the code completes it');
SELECT t.refused('yn_transport_1', $$UPDATE pdauth.registration SET query_code = '5300-2'$$, 'R-18-1: which stays');
SELECT t.at('2026-11-23 09:00');

-- R-18-1: products
SELECT t.offered_product('P-1'), t.offered_product('L-1'), t.development();
SELECT t.act('op_a_1', t.deliver('P-1'));
SELECT is((SELECT matter || ' ' || due || ' ' || debtor FROM pdauth.my_duty WHERE rule = 'R-18-1' AND matter LIKE 'product%'), 'product P-1 2026-12-21 op_a', 'R-18-1: first delivered on Monday 23 November, to be registered by 21 December');
SELECT t.at('2026-12-21 23:59:59');
SELECT isnt((SELECT status FROM pdauth.my_duty WHERE rule = 'R-18-1' AND matter = 'product P-1'), 'overdue', 'R-18-1: on that day it is in time');
SELECT t.at('2026-12-22 00:00');
SELECT is((SELECT flag FROM pdauth.my_duty WHERE rule = 'R-18-1' AND matter = 'product P-1' AND status = 'overdue'), 'PD181', 'R-18-1: the day after there is a flag');
SELECT t.works('op_a_1', t.deliver('P-1'), 'R-18-1: ... and no hold, as the pack has it');
SELECT t.act('yn_bureau_1', $$INSERT INTO pdauth.pack_parameter (pack, kind, name, value, source, reason, effective_from) VALUES ('yn-draft-2025-07-24', 'switch', 'registration_gate', 'true', 'decision', 'too many late', '2026-12-22')$$),
       t.act('yn_bureau_2', $$UPDATE pdauth.pack_parameter SET approved = true WHERE NOT approved$$);
SELECT t.refused('op_a_1', t.deliver('P-1'), 'R-18-1: with registration_gate on a delivery on 22 December fails');
SELECT t.works('op_a_1', t.deliver('L-1'), 'R-18-1: but not that of another product');
SELECT t.works('op_a_1', t.register('RG-2', 'op_a', product => 'P-1'), 'R-18-1: it is registered late');
SELECT t.works('op_a_1', t.deliver('P-1'), 'R-18-1: and delivered again');
SELECT is((SELECT status FROM pdauth.my_duty WHERE rule = 'R-18-1' AND matter = 'product P-1'), 'fulfilled late', 'R-18-1: late stays late');

-- R-15-4 at the delivery
SAVEPOINT listed;
SELECT t.act('yn_bureau_1', $$INSERT INTO pdauth.negative_list (number, resource_id, division, authority_party, reason) VALUES ('N-1', t.resource_id('transport/traffic_flow'), '530000', t.id('yn_bureau'), 'r')$$), t.act('yn_gov_1', format($$UPDATE pdauth.negative_list SET state = 'listed', %s$$, t.document('n')));
SELECT t.refused('op_a_1', t.deliver('L-1'), 'R-15-4: no delivery of what draws on a listed resource', 'transport/traffic_flow');
ROLLBACK TO listed;

-- R-18-2
SELECT t.refused('op_a_1', $$INSERT INTO pdauth.product_source SELECT product_id, 'transport/unknown' FROM pdauth.product WHERE number = 'P-1'$$, 'R-18-2: a product of something that is not catalogued', 'transport/unknown');
SELECT t.draft_request('Q-9');
SELECT t.refused('op_a_1', format($$INSERT INTO pdauth.data_request_resource (request_id, path, divisions) VALUES (%s, 'transport/t', '{530100}')$$, t.request_id('Q-9')), 'R-18-2: a request for it', 'transport/t');
SELECT t.refused('op_a_1', $$UPDATE pdauth.data_request_resource SET path = 'transport/t' WHERE false; INSERT INTO pdauth.data_request_resource (request_id, path, divisions) SELECT request_id, p, '{530100}' FROM pdauth.data_request, unnest('{transport/vehicle_reg,transport/t}'::text[]) AS p WHERE number = 'Q-9'$$, 'R-18-2: one of two rows of a statement');
SELECT t.works('op_a_1', format($$INSERT INTO pdauth.data_request_resource (request_id, path, divisions) VALUES (%s, 'transport/vehicle_reg', '{530100}')$$, t.request_id('Q-9')), 'R-18-2: what is catalogued can be named');

-- R-18-3
CREATE FUNCTION t.running(number text, product text, started date DEFAULT '2024-03-01') RETURNS text LANGUAGE sql AS $$ SELECT format('INSERT INTO pdauth.running_operation (number, division, product_id, started_on, evidence) SELECT %L, division, product_id, %L, ''contract of 2024'' FROM pdauth.product WHERE number = %L', number, started, product) $$;
SELECT t.at('2026-11-23 09:00');
SELECT t.offered_product('L-2');
SELECT t.refused('op_a_1', t.running('O-1', 'L-2'), 'R-18-3: an operator does not record it itself');
SELECT t.refused('yn_bureau_1', t.running('O-1', 'L-2', '2026-01-01'), 'R-18-3: what began under the measure is no running operation');
SELECT t.refused('km_bureau_1', t.running('O-1', 'L-2'), 'R-18-3: nor does another territory');
SELECT t.works('yn_bureau_1', t.running('O-1', 'L-2'), 'R-18-3: the authority does');
SELECT is((SELECT due || ' ' || debtor || ' ' || status || ' ' || flag FROM pdauth.my_duty WHERE rule = 'R-18-3'), '2026-02-12 op_a overdue PD183', 'R-18-3: 30 working days from 1 January 2026 without application, a flag');
SELECT t.act('op_a_1', t.register('RG-3', 'op_a', product => 'L-2'));
SELECT is((SELECT status FROM pdauth.my_duty WHERE rule = 'R-18-3'), 'fulfilled late', 'R-18-3: an application fulfils it');
SELECT t.works('yn_bureau_1', t.running('O-2', 'P-1'), 'R-18-3: of what is registered');
SELECT is((SELECT count(*)::int FROM pdauth.my_duty WHERE rule = 'R-18-3'), 1, 'R-18-3: ... nothing more is owed');

SELECT * FROM finish();
ROLLBACK;
