-- Article 24: who trades which products, and where.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
\ir include/request.sql
\ir include/development.sql
\ir include/trade.sql
SELECT no_plan();
SELECT t.developer();
SELECT t.at('2026-11-23 09:00');
SELECT t.operator_product('P-1');
SELECT t.act('op_a_1', t.tariff('P-1', 1, 'public welfare', 0)), t.act('op_a_1', t.deliver('P-1', 'D-1', 'public welfare', 1, 0));
SELECT t.redeveloped_product('P-2');

-- R-24-1, R-24-2
SELECT t.refused('op_a_1', t.trade('T-1', 'op_a'), 'R-24-1: the operator as seller');
SELECT t.refused('dev_x_1', t.trade('T-1', 'dev_x'), 'R-24-2: a product that is not released', 'no release');
SELECT t.refused('dev_x_1', t.trade('T-1', 'dev_x', 'P-1'), 'R-24-1: an operator''s product');
SELECT t.released('R-1', 'P-2');
SELECT t.refused('op_a_1', t.trade('T-1', 'op_a'), 'R-24-1: released, the operator does not sell it either');
SELECT t.refused('dev_y_1', t.trade('T-1', 'dev_y'), 'R-24-1: another developer as seller', 'of dev_x');
SELECT t.refused('dev_y_1', t.trade('T-1', 'dev_x'), 'R-24-1: or in the name of the right one');
SELECT t.refused('dev_x_1', t.trade('T-1', 'dev_x', 'P-1'), 'R-24-1: nor is an operator''s product sold by its recipient');

-- R-24-3
SELECT t.refused('dev_x_1', t.trade('T-1', 'dev_x', venue_kind => 'exchange', venue => 'somewhere'), 'R-24-3: an exchange that is not on the list', 'somewhere');
SELECT t.refused('dev_x_1', t.trade('T-1', 'dev_x', venue_kind => 'exchange', venue => 'op_b'), 'R-24-3: nor is any organisation one');
SELECT t.party('km_exchange', 'legal person', '530100', 'exchange', '530000');
SELECT t.works('dev_x_1', t.trade('T-1', 'dev_x', venue_kind => 'exchange', venue => 'km_exchange'), 'R-24-3: a lawful one is');
SELECT t.works('dev_x_1', t.trade('T-2', 'dev_x'), 'R-24-3: bilateral trade is accepted');
SELECT is((SELECT count(*)::int FROM pdauth.trade WHERE seller_party = t.id('dev_x')), 2, 'R-24-1: the developer sells its own product');
SELECT t.sees('yn_audit_1', $$SELECT string_agg(venue_kind || ' ' || share_percent, ', ' ORDER BY venue_kind) FROM pdauth.trade_venue$$, 'bilateral 50.00, exchange 50.00', 'R-24-3: and its share is reported');
SELECT t.works('dev_x_1', format($$UPDATE pdauth.trade SET state = 'concluded', %s WHERE number = 'T-2'$$, t.document('contract')), 'R-24-2: a released product is traded');
SELECT t.act('op_a_1', $$UPDATE pdauth.release SET state = 'withdrawn', act_reason = 'complaint'$$);
SELECT t.refused('dev_x_1', $$UPDATE pdauth.trade SET state = 'delivered' WHERE number = 'T-2'$$, 'R-24-2: withdrawn, it is delivered no more');
SELECT * FROM finish();
ROLLBACK;
