-- What follows an application to register (Article 18), by the pack N26 of the
-- state; and the same where it is not adopted.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
\ir include/request.sql
SELECT no_plan();
SELECT t.operation(term => '[2026-09-01,2031-09-01)');
SELECT t.granted_request('Q-1');

CREATE FUNCTION t.register(number text, path text DEFAULT 'transport/traffic_flow', preservation text DEFAULT 'evidence platform, no. 1', product text DEFAULT NULL, holder text DEFAULT 'yn_transport', division text DEFAULT '530000') RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.registration (number, holder_party, division, path, product_id, preservation, act_document, act_digest) VALUES (%L, t.id(%L), %L, %L, (SELECT product_id FROM pdauth.product WHERE number = %L), %L, ''application'', ''sha256:%s'')',
                number, holder, division, CASE WHEN product IS NULL THEN path END, product, preservation, repeat('0', 64)) $$;
CREATE FUNCTION t.step(number text, state text, more text DEFAULT '') RETURNS text LANGUAGE sql AS $$
  SELECT format('UPDATE pdauth.registration SET state = %L, act_reason = ''reason'', %s %s WHERE number = %L', state, t.document(state), more, number) $$;
CREATE FUNCTION t.clock(act text) RETURNS text LANGUAGE sql AS $$ SELECT debtor || ' ' || due || ' ' || status FROM pdauth.my_duty WHERE rule = 'R-18-1' AND matter LIKE act || ' of registration%' ORDER BY obligation_id DESC LIMIT 1 $$;

-- N26-3: evidence first
SELECT t.refused('yn_transport_1', t.register('RG-1', preservation => NULL), 'R-18-1: N26-3, the evidence was preserved nowhere', 'N26-3');
SELECT t.works('yn_transport_1', t.register('RG-1'), 'R-18-1: N26-3, it was');
-- N26-4: accepted in 3 working days, defects told once
SELECT is(t.clock('acceptance'), 'yn_bureau 2026-11-26 due soon', 'R-18-1: N26-4, the authority has 3 working days to accept');
SELECT t.refused('yn_audit_1', t.step('RG-1', 'accepted'), 'R-5-9: N26-4, a supervisor sees it and does not accept');
SELECT t.sees('km_bureau_1', 'SELECT count(*)::text FROM pdauth.registration', '0', 'R-18-1: N26-4, another authority sees nothing to accept');
SELECT t.at('2026-11-27 00:00');
SELECT is(t.clock('acceptance'), 'yn_bureau 2026-11-26 overdue', 'R-18-1: N26-4, on the fourth there is a flag');
SELECT t.at('2026-11-24 09:00');
SELECT t.works('yn_bureau_1', t.step('RG-1', 'returned'), 'R-18-1: N26-4, the authority tells its defects');
SELECT is(t.clock('acceptance'), 'yn_bureau 2026-11-26 fulfilled', 'R-18-1: N26-4, ... and has acted');
SELECT t.works('yn_transport_1', $$UPDATE pdauth.registration SET preservation = 'evidence platform, no. 2' WHERE number = 'RG-1'$$, 'R-18-1: N26-4, what was returned is completed');
SELECT t.refused('yn_transport_1', $$UPDATE pdauth.registration SET path = 'transport/vehicle_reg' WHERE number = 'RG-1'$$, 'R-18-1: N26-4, but stays what it is');
SELECT t.works('yn_transport_1', t.step('RG-1', 'applied'), 'R-18-1: N26-4, submitted again');
SELECT is(t.clock('acceptance'), 'yn_bureau 2026-11-27 due soon', 'R-18-1: N26-4, the clock starts again on that day');
SELECT t.refused('yn_bureau_1', t.step('RG-1', 'returned'), 'R-18-1: N26-4, defects are told once', 'told once');
SELECT t.works('yn_bureau_1', t.step('RG-1', 'accepted'), 'R-18-1: N26-4, it is accepted');
-- N26-5: reviewed in 20 working days
SELECT is(t.clock('formal review'), 'yn_bureau 2026-12-22 open', 'R-18-1: N26-5, the formal review has 20 working days');
-- N26-6: publicity of 10 working days, objections
SELECT t.refused('yn_bureau_1', t.step('RG-1', 'coded', $$, query_code = 'c', valid_until = '2029-11-23'$$), 'R-18-1: N26-6, no code without publicity', 'N26-6');
SELECT t.works('yn_bureau_1', t.step('RG-1', 'publicised'), 'R-18-1: N26-6, in publicity');
SELECT is(t.clock('formal review'), 'yn_bureau 2026-12-22 fulfilled', 'R-18-1: N26-5, ... which ends the review');
SELECT t.party('reader', 'natural person', '530100', 'public', '530000');
SELECT t.sees('reader_1', $$SELECT concat_ws(' ', number, holder, object, since) FROM pdauth.published_registration$$, 'RG-1 yn_transport transport/traffic_flow 2026-11-24', 'R-18-1: N26-6, everybody sees it');
SELECT t.at('2026-12-08 23:59:59');
SELECT t.refused('yn_bureau_1', t.step('RG-1', 'coded', $$, query_code = 'c', valid_until = '2029-12-07'$$), 'R-18-1: N26-6, on the tenth working day it still runs', 'until 2026-12-08');
CREATE FUNCTION t.object(number text, authority text DEFAULT '530000', evidence text DEFAULT 'contract') RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.registration_objection (number, registration_id, division, objector, content, evidence, act_document, act_digest) VALUES (%L, (SELECT registration_id FROM pdauth.registration WHERE number = ''RG-1''), %L, ''Wang Fang'', ''it is ours'', %L, ''letter'', ''sha256:%s'')', number, authority, evidence, repeat('0', 64)) $$;
SELECT throws_ok(format($$SELECT t.act('yn_bureau_1', %L)$$, t.object('OB-1', evidence => '')), '23514', NULL, 'R-18-1: N26-6, an objection without evidence');
SELECT t.refused('op_a_1', t.object('OB-1'), 'R-18-1: N26-6, the authority enters them');
SELECT t.works('yn_bureau_1', t.object('OB-1'), 'R-18-1: N26-6, an objection with name and evidence');
SELECT t.at('2026-12-09 00:00');
SELECT t.refused('yn_bureau_1', t.step('RG-1', 'coded', $$, query_code = 'c', valid_until = '2029-12-08'$$), 'R-18-1: N26-6, it is open', 'OB-1 is open');
SAVEPOINT decision;
SELECT t.act('yn_bureau_1', $$UPDATE pdauth.registration_objection SET state = 'upheld', act_reason = 'it is theirs'$$);
SELECT t.refused('yn_bureau_1', t.step('RG-1', 'coded', $$, query_code = 'c', valid_until = '2029-12-08'$$), 'R-18-1: N26-6, upheld, it ends the registration', 'OB-1 is upheld');
SELECT t.works('yn_bureau_1', $$UPDATE pdauth.registration SET state = 'cancelled', act_reason = 'objection upheld' WHERE number = 'RG-1'$$, 'R-18-1: N26-6, which is cancelled');
ROLLBACK TO decision;
SELECT t.act('yn_bureau_1', $$UPDATE pdauth.registration_objection SET state = 'rejected', act_reason = 'it is not'$$);
-- a longer publicity prevails over the one that runs, a shorter one does not
CREATE FUNCTION t.publicity(days int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.act('yn_bureau_1', format($q$INSERT INTO pdauth.pack_parameter (pack, kind, name, value, unit, source, reason, effective_from) VALUES ('yn-draft-2025-07-24', 'figure', 'registration_publicity_wd', '%s', 'working days', 's', 'r', pdauth.clock_today())$q$, days)),
          t.act('yn_bureau_2', $q$UPDATE pdauth.pack_parameter SET approved = true WHERE NOT approved$q$);
END $$;
SAVEPOINT figure;
SELECT t.publicity(12);
SELECT t.refused('yn_bureau_1', t.step('RG-1', 'coded', $$, query_code = 'c', valid_until = '2029-12-08'$$), 'R-18-1: N26-6, twelve working days from now on hold for the one that runs', 'until 2026-12-10');
ROLLBACK TO figure;
SELECT t.at('2026-12-08 09:00'), t.publicity(2);
SELECT t.refused('yn_bureau_1', t.step('RG-1', 'coded', $$, query_code = 'c', valid_until = '2029-12-07'$$), 'R-18-1: N26-6, two do not', 'until 2026-12-08');
ROLLBACK TO figure;
-- N26-8: validity
SELECT t.refused('yn_bureau_1', t.step('RG-1', 'coded', $$, query_code = 'c', valid_until = '2029-12-09'$$), 'R-18-1: N26-8, three years and a day', 'until 2029-12-08 at most');
SELECT t.refused('yn_bureau_1', t.step('RG-1', 'coded', $$, query_code = 'c', valid_until = '2026-12-08'$$), 'R-18-1: N26-8, valid until yesterday');
SELECT t.works('yn_bureau_1', t.step('RG-1', 'coded', $$, query_code = 'c', valid_until = '2029-12-08'$$), 'R-18-1: N26-8, three years from the code');
SELECT t.sees('yn_bureau_1', $$SELECT concat_ws(' ', number, holder, object, state, query_code, valid_until, valid, renewable_from) FROM pdauth.registration_status$$, 'RG-1 yn_transport transport/traffic_flow coded c 2029-12-08 t 2029-10-09', 'R-18-1: its status');
-- N26-11: change
SELECT t.refused('yn_transport_1', $$UPDATE pdauth.registration SET valid_until = '2035-01-01' WHERE number = 'RG-1'$$, 'R-18-1: N26-11, no change by the way');
SELECT t.act('yn_transport_1', t.step('RG-1', 'changing'));
SELECT t.refused('yn_bureau_1', t.step('RG-1', 'coded', $$, valid_until = '2035-01-01'$$), 'R-18-1: N26-11, a change of content does not lengthen it');
SELECT t.works('yn_bureau_1', t.step('RG-1', 'coded'), 'R-18-1: N26-11, it is changed by application');
-- N26-9: renewal
SELECT t.refused('yn_transport_1', t.step('RG-1', 'renewing'), 'R-18-1: N26-9, renewed too early', 'in the 60 days before');
SELECT t.at('2029-10-09 09:00');
SELECT t.works('yn_transport_1', t.step('RG-1', 'renewing'), 'R-18-1: N26-9, sixty days before its end');
SELECT t.refused('yn_bureau_1', t.step('RG-1', 'coded', $$, valid_until = '2032-12-09'$$), 'R-18-1: N26-9, for more than three years from the day after', 'at most 3 years');
SELECT t.refused('yn_bureau_1', t.step('RG-1', 'coded', $$, valid_until = '2029-12-08'$$), 'R-18-1: N26-9, for nothing');
SELECT t.refused('yn_bureau_1', t.step('RG-1', 'coded', $$, query_code = 'd', valid_until = '2032-12-08'$$), 'R-18-1: N26-9, the code stays');
SELECT t.works('yn_bureau_1', t.step('RG-1', 'coded', $$, valid_until = '2032-12-08'$$), 'R-18-1: N26-9, for three years');
SAVEPOINT expired;
SELECT t.at('2032-12-09 09:00');
SELECT t.sees('yn_bureau_1', 'SELECT valid::text FROM pdauth.registration_status', 'false', 'R-18-1: N26-9, not renewed, it is valid no more');
SELECT t.refused('yn_transport_1', t.step('RG-1', 'renewing'), 'R-18-1: N26-9, nor renewed afterwards', 'in the 60 days before');
SELECT t.works('yn_bureau_1', $$UPDATE pdauth.registration SET state = 'cancelled', act_reason = 'not renewed' WHERE number = 'RG-1'$$, 'R-18-1: N26-9, but cancelled');
ROLLBACK TO expired;
-- N26-10: cancellation
SELECT t.refused('yn_transport_1', $$UPDATE pdauth.registration SET state = 'cancelled', act_reason = 'enough' WHERE number = 'RG-1'$$, 'R-18-1: N26-10, cancelled without application', 'N26-10');
SELECT t.refused('yn_transport_1', t.step('RG-1', 'cancelling'), 'R-18-1: N26-10, without a ground', 'N26-10');
SELECT t.refused('yn_transport_1', t.step('RG-1', 'cancelling', $$, ground = 'bored'$$), 'R-18-1: N26-10, on another ground', 'bored');
SELECT t.works('yn_transport_1', t.step('RG-1', 'cancelling', $$, ground = 'lost'$$), 'R-18-1: N26-10, because the resource is lost');
SELECT is(t.clock('cancellation'), 'yn_bureau 2029-10-23 open', 'R-18-1: N26-10, the authority has 10 working days');
-- N26-12: revocation
SAVEPOINT revoked;
SELECT t.refused('yn_transport_1', t.step('RG-1', 'revoked', $$, ground = 'false material'$$), 'R-18-1: N26-12, the holder does not revoke');
SELECT t.refused('yn_bureau_1', t.step('RG-1', 'revoked'), 'R-18-1: N26-12, on a ground of cancellation');
SELECT t.works('yn_bureau_1', t.step('RG-1', 'revoked', $$, ground = 'false material'$$), 'R-18-1: N26-12, for false material');
ROLLBACK TO revoked;
SELECT t.works('yn_bureau_1', t.step('RG-1', 'cancelled'), 'R-18-1: N26-10, it is cancelled');
SELECT is(t.clock('cancellation'), 'yn_bureau 2029-10-23 fulfilled', 'R-18-1: N26-10, in time');

-- N26-8: a product under an operating agreement of three years at most
SELECT t.at('2026-11-23 09:00');
SELECT t.offered_product('P-1');
SAVEPOINT encouraged;
SELECT t.act('yn_bureau_1', $$INSERT INTO pdauth.pack_parameter (pack, kind, name, value, source, reason, effective_from) VALUES ('yn-draft-2025-07-24', 'switch', 'product_registration_mandatory', 'false', 's', 'r', '2026-11-23')$$),
       t.act('yn_bureau_2', $$UPDATE pdauth.pack_parameter SET approved = true WHERE NOT approved$$);
SELECT t.development(), t.act('op_a_1', t.deliver('P-1'));
SELECT is_empty($$SELECT matter FROM pdauth.my_duty WHERE rule = 'R-18-1' AND matter = 'product P-1'$$, 'R-18-1: where registration of products is encouraged only, a delivery opens no duty');
ROLLBACK TO encouraged;
SELECT t.act('op_a_1', t.register('RG-2', product => 'P-1', holder => 'op_a'));
SELECT t.act('yn_bureau_1', t.step('RG-2', 'accepted')), t.act('yn_bureau_1', t.step('RG-2', 'publicised'));
SELECT t.at('2026-12-08 09:00');
SELECT t.works('yn_bureau_1', t.step('RG-2', 'coded', $$, query_code = 'p', valid_until = '2029-12-07'$$), 'R-18-1: N26-8, a product under an agreement of five years');
SELECT is((SELECT pdauth.operating_last_day(product_id, years)::text FROM pdauth.product WHERE number = 'P-1'), expected, format('R-18-1: N26-8, agreements of at most %s years', years)) FROM (VALUES (3, NULL), (5, '2031-08-31')) AS v (years, expected);

-- where N26 is not adopted, nothing of it is asked
SELECT t.act('yn_bureau_1', $$INSERT INTO pdauth.pack_parameter (pack, kind, name, value, source, reason, effective_from) VALUES ('yn-draft-2025-07-24', 'switch', 'adopts N26', 'false', 's', 'r', '2026-12-08')$$),
       t.act('yn_bureau_2', $$UPDATE pdauth.pack_parameter SET approved = true WHERE NOT approved$$);
SELECT t.works('yn_transport_1', t.register('RG-3', 'transport/vehicle_reg', NULL), 'R-18-1: without N26, an application without preserved evidence');
SELECT is(t.clock('acceptance'), 'yn_bureau 2026-11-26 fulfilled', 'R-18-1: without N26, no clock');
SELECT t.act('yn_transport_1', t.step('RG-3', 'accepted'));
SELECT t.works('yn_transport_1', t.step('RG-3', 'coded', $$, query_code = 'h', valid_until = '2040-01-01'$$), 'R-18-1: without N26, coded at once, for many years');
SELECT t.works('yn_transport_1', $$UPDATE pdauth.registration SET state = 'cancelled', act_reason = 'enough' WHERE number = 'RG-3'$$, 'R-18-1: without N26, and cancelled');
SELECT * FROM finish();
ROLLBACK;
