-- Re-developed products, their release and trade.  Include it after request.sql and development.sql.

-- A product of dev_x from traffic_flow, of what P-1 delivered.
CREATE FUNCTION t.redeveloped_product(number text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.act('dev_x_1', format($q$INSERT INTO pdauth.product (number, name, owner_party, division, form, purposes) VALUES (%1$L, 'insurance index', t.id('dev_x'), '530100', 'interface', '{产业发展/车险}');
    INSERT INTO pdauth.product_source VALUES (t.product_id(%1$L), 'transport/traffic_flow', 'P-1')$q$, number));
  PERFORM t.act('dev_x_1', format('UPDATE pdauth.product SET state = ''deliverable'' WHERE number = %L', number));
END $$;

-- Its release by op_a (the assessment itself: article-22).
CREATE FUNCTION t.released(number text, product text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.approved_data();
  PERFORM t.act('dev_x_1', format($q$INSERT INTO pdauth.release (number, product_id, development_id, division, developer_party, operator_party, purpose, recipients, law_statement, personal_information_statement, intellectual_property_statement, trade_secret_statement, leaves_country)
    VALUES (%L, t.product_id(%L), t.development_id('D-1'), '530100', t.id('dev_x'), t.id('op_a'), '产业发展/车险', 'insurers', 'a', 'b', 'c', 'd', false);
    INSERT INTO pdauth.release_source SELECT release_id, 'transport/traffic_flow', true, 'catalogue', 'D-1' FROM pdauth.release$q$, number, product));
  PERFORM t.act('op_a_1', $q$UPDATE pdauth.release SET state = 'assessing';
    INSERT INTO pdauth.release_review (release_id, point, result, reason) SELECT release_id, n, 'ok', 'seen' FROM pdauth.release, generate_series(1, 6) AS n$q$);
  PERFORM t.act('op_a_1', format('UPDATE pdauth.release SET state = ''released'', %s', t.document('assessment')));
END $$;

CREATE FUNCTION t.trade(number text, seller text, product text DEFAULT 'P-2', venue_kind text DEFAULT 'bilateral', venue text DEFAULT NULL, country text DEFAULT 'CN', use_class text DEFAULT 'industry', amount numeric DEFAULT 5) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.trade (number, division, product_id, seller_party, buyer, recipient_country, venue_kind, venue, use_class, amount) VALUES (%L, ''530100'', t.product_id(%L), t.id(%L), ''an insurer'', %L, %L, %L, %L, %s)', number, product, seller, country, venue_kind, venue, use_class, amount) $$;
