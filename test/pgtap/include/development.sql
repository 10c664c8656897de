-- A developer with its agreement, and products delivered.
-- Include it after authorisation.sql.

CREATE FUNCTION t.product_id(number text) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT product_id FROM pdauth.product AS p WHERE p.number = product_id.number $$;
CREATE FUNCTION t.person_id(code text) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT person_id FROM pdauth.person WHERE person = code $$;

-- A-1 of op_a from 2026-09-01 and D-1 of dev_x under it, signed on 2026-09-10.
CREATE FUNCTION t.developer(operating daterange DEFAULT '[2026-09-01,2031-09-01)', term daterange DEFAULT '[2026-09-10,2028-09-10)') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.at('2026-09-01 09:00');
  PERFORM t.authorisation(term => operating);
  PERFORM t.at('2026-09-02 09:00');
  PERFORM t.development('D-1', 'dev_x', 'A-1', '2026-09-10 09:00', term);
END $$;

-- A product of op_a from traffic_flow.
CREATE FUNCTION t.operator_product(number text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM t.act('op_a_1', format($q$INSERT INTO pdauth.product (number, name, owner_party, division, form) VALUES (%1$L, 'road index', t.id('op_a'), '530100', 'interface');
    INSERT INTO pdauth.product_source VALUES (t.product_id(%1$L), 'transport/traffic_flow', '')$q$, number));
  PERFORM t.act('op_a_1', format('UPDATE pdauth.product SET state = ''deliverable'' WHERE number = %L', number));
END $$;
CREATE FUNCTION t.tariff(number text, version int, use_class text, amount numeric) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.tariff (product_id, version, use_class, unit_amount, unit, criteria) VALUES (t.product_id(%L), %s, %L, %s, ''calls'', ''developers'')', number, version, use_class, amount) $$;
CREATE FUNCTION t.deliver(number text, development text, use_class text, quantity numeric, amount numeric) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.delivery (product_id, development_id, tariff_id, quantity, amount) SELECT product_id, t.development_id(%L), tariff_id, %s, %s FROM pdauth.tariff WHERE product_id = t.product_id(%L) AND use_class = %L ORDER BY version DESC LIMIT 1', development, quantity, amount, number, use_class) $$;

-- A table with a row of Kunming and one of Dali, protected as a resource.
CREATE FUNCTION t.governed_table(name text, resource text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TABLE t.%I (a text, b text, division text)', name);
  EXECUTE format('INSERT INTO t.%I VALUES (''1'', ''x'', ''530100''), (''2'', ''y'', ''532900'')', name);
  PERFORM pdauth.protect(format('t.%I', name)::regclass, resource, region_column => 'division');
END $$;
