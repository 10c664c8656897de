-- Article 23: prices and charges.
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
CREATE FUNCTION t.delivery_id(use_class text) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT max(delivery_id) FROM pdauth.delivery JOIN pdauth.tariff AS f USING (tariff_id) WHERE f.use_class = delivery_id.use_class $$;
CREATE FUNCTION t.charge(use_class text, amount numeric, kind text DEFAULT 'service fee') RETURNS text LANGUAGE sql AS $$ SELECT format('INSERT INTO pdauth.charge (delivery_id, fee_kind, amount) VALUES (t.delivery_id(%L), %L, %s)', use_class, kind, amount) $$;

-- R-23-1
SELECT t.refused('op_a_1', t.tariff('P-1', 1, 'public welfare', 1), 'R-23-1: a tariff for public welfare', 'amount 1');
SELECT t.act('op_a_1', t.tariff('P-1', 1, 'public welfare', 0));
SELECT t.refused('op_a_1', t.deliver('P-1', 'D-1', 'public welfare', 1, 1), 'R-23-1: an amount for its delivery');
SELECT t.works('op_a_1', t.deliver('P-1', 'D-1', 'public welfare', 1, 0), 'R-23-1: it is delivered free of charge');
SELECT t.refused('op_a_1', t.charge('public welfare', 1.00), 'R-23-1: a charge of 1.00');
SELECT t.refused('op_a_1', t.charge('public welfare', 1.00, 'expenses'), 'R-23-1: nor under another label');

-- R-23-3
SELECT t.refused('op_a_1', t.tariff('P-1', 2, 'industry', 0.10), 'R-23-3: no ceiling and no trial basis', 'no ceiling');
SELECT t.refused('op_a_1', $$INSERT INTO pdauth.price_ceiling (division, form, unit, amount, document, period) VALUES ('530000', 'interface', 'calls', 9, 'own', '[2026-01-01,)')$$, 'R-5-8: an operator makes no price basis');
SELECT t.ceiling('interface', 0.50);
SELECT t.refused('op_a_1', t.tariff('P-1', 2, 'industry', 0.60), 'R-23-3: 0.60 under a ceiling of 0.50', '0.60 exceeds 0.50');
-- N65-3: for the same unit, a word of the pack
SELECT t.refused('op_a_1', replace(t.tariff('P-1', 2, 'industry', 0.50), '''calls''', unit), 'R-23-3: N65-3, no ceiling for the unit ' || unit, 'and the unit') FROM unnest(ARRAY['''service time''', 'NULL']) AS unit;
SELECT t.refused('yn_drc_1', format($$INSERT INTO pdauth.price_ceiling (division, form, unit, amount, document, period) VALUES ('530000', 'interface', %s, 9, 'notice', '[2026-01-01,)')$$, unit), 'R-23-3: N65-3, a ceiling for the unit ' || unit, 'N65-3')
  FROM unnest(ARRAY['''moods''', 'NULL']) AS unit;
-- N65-4: trial prices, until there is a full year of operation
SAVEPOINT trial;
SELECT t.act('yn_drc_1', $$INSERT INTO pdauth.price_ceiling (division, form, unit, amount, trial, document, period) VALUES ('530000', 'interface', 'calls', 0.70, true, 'notice', '[2026-01-01,)')$$);
SELECT t.works('op_a_1', t.tariff('P-1', 2, 'industry', 0.60), 'R-23-3: N65-4, 0.60 at a trial price of 0.70');
SELECT t.at('2027-11-22 23:59');
SELECT t.works('op_a_1', t.tariff('P-1', 3, 'industry', 0.60), 'R-23-3: N65-4, on the last day of the first year');
SELECT t.at('2027-11-23 00:00');
SELECT t.refused('op_a_1', t.tariff('P-1', 4, 'industry', 0.60), 'R-23-3: N65-4, after a full year the ceiling counts', '0.60 exceeds 0.50');
ROLLBACK TO trial;
SELECT t.works('op_a_1', t.tariff('P-1', 2, 'industry', 0.50), 'R-23-3: 0.50 is within it');
SELECT t.act('op_a_1', t.deliver('P-1', 'D-1', 'industry', 100, 50));
SELECT t.refused('op_a_1', t.deliver('P-1', 'D-1', 'industry', 100, 60), 'R-23-3: an amount beyond it for a delivery');
SELECT t.refused('op_a_1', t.charge('industry', 51), 'R-23-3: a charge beyond it');
SELECT t.refused('op_a_1', t.charge('industry', 25) || ';' || t.charge('industry', 26), 'R-23-3: two that exceed the delivery together', 'In all 51');
SELECT t.refused('op_a_1', replace(t.charge('industry', 20), 'VALUES (t.delivery_id(''industry''), ''service fee'', 20', 'SELECT t.delivery_id(''industry''), ''service fee'', 20 FROM generate_series(1, 3) WHERE (true'), 'R-23-3: many rows in one statement are added up');
-- R-23-2
SELECT t.refused('op_a_1', t.charge('industry', 10, 'data licence premium'), 'R-23-2: a kind of fee that does not exist', 'data licence premium');
SELECT t.works('op_a_1', t.charge('industry', 50), 'R-23-2: the service fee is charged');
SELECT t.refused('op_b_1', t.charge('industry', 0), 'R-4-6: another operator charges nothing');
SELECT t.refused('op_a_1', $$UPDATE pdauth.charge SET amount = 40$$, 'R-25-4: charges stay');

-- R-23-5
CREATE FUNCTION t.declare_use(use_class text, declared text, purpose text) RETURNS text LANGUAGE sql AS $$ SELECT format('INSERT INTO pdauth.use_declaration (delivery_id, use_class, statement, purpose) VALUES (t.delivery_id(%L), %L, ''ours'', %L)', use_class, declared, purpose) $$;
CREATE FUNCTION t.call(use_class text, purpose text, calls int DEFAULT 1) RETURNS text LANGUAGE sql AS $$ SELECT format('INSERT INTO pdauth.product_call (delivery_id, calls, purpose) VALUES (t.delivery_id(%L), %s, %L)', use_class, calls, purpose) $$;
SELECT t.refused('yn_platform_1', t.call('public welfare', '公共治理'), 'R-23-5: use before its class is declared', 'not declared');
SELECT t.refused('dev_x_1', t.declare_use('public welfare', 'industry', '产业发展'), 'R-23-5: another class than it was delivered for');
SELECT t.refused('dev_x_1', t.declare_use('public welfare', 'public welfare', '产业发展/车险'), 'R-23-5: an industrial purpose for free data');
SELECT t.works('dev_x_1', t.declare_use('public welfare', 'public welfare', '公共治理'), 'R-23-5: declared as it was delivered');
SELECT t.works('yn_platform_1', t.call('public welfare', '公共治理/交通'), 'R-23-5: it is used');
SELECT t.refused('dev_x_1', $$UPDATE pdauth.use_declaration SET use_class = 'industry'$$, 'R-23-5: and does not change any more');
SELECT t.refused('yn_platform_1', t.call('public welfare', '产业发展'), 'R-23-5: a session with an industrial purpose does not read it');

-- R-21-7: volume
SELECT t.refused('op_a_1', $$INSERT INTO pdauth.volume_limit VALUES (t.development_id('D-1'), t.product_id('P-1'), 10000)$$, 'R-13-13: the volume belongs to the signed text');
SELECT t.refused('op_a_1', t.deliver('P-1', 'D-1', 'industry', 100, 60), 'R-23-3: still');

-- R-23-4
SELECT t.redeveloped_product('P-2');
CREATE FUNCTION t.market_price(amount numeric, use_class text DEFAULT 'industry', version int DEFAULT 1) RETURNS text LANGUAGE sql AS $$ SELECT format('INSERT INTO pdauth.market_price (product_id, version, use_class, amount) VALUES (t.product_id(''P-2''), %s, %L, %s)', version, use_class, amount) $$;
SELECT t.refused('op_a_1', t.market_price(5), 'R-23-4: the operator sets no price of a re-developed product');
SELECT t.refused('dev_y_1', t.market_price(5), 'R-23-4: nor does another developer', 'of dev_x');
SELECT t.refused('dev_x_1', t.market_price(5, 'public welfare'), 'R-23-1: free use covers re-developed products');
SELECT t.works('dev_x_1', t.market_price(5), 'R-23-4: its developer does, at any height');
SELECT t.released('R-1', 'P-2');
SELECT t.refused('dev_x_1', t.trade('T-1', 'dev_x', use_class => 'public welfare'), 'R-23-1: a trade for public welfare at a price');
SELECT t.refused('dev_x_1', t.trade('T-1', 'dev_x', country => 'SG'), 'R-22-8: to Singapore without procedure', 'SG');
SELECT * FROM finish();
ROLLBACK;
