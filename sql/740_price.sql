-- Prices and charges (Article 23), use of products (Article 21) and trades
-- (Article 24).

CREATE TABLE pdauth.price_ceiling (
  ceiling_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  division    pdauth.division_code,
  form        text NOT NULL,
  unit        text CHECK (pdauth.has_content(unit)),
  amount      numeric(14, 2) NOT NULL CHECK (amount >= 0 AND amount < 'Infinity'),
  trial       boolean NOT NULL DEFAULT false,
  document    text NOT NULL CHECK (pdauth.has_content(document)),
  period      daterange NOT NULL CHECK (NOT pg_catalog.isempty(period)),
  recorded_at timestamptz NOT NULL,
  recorded_by name NOT NULL
);
COMMENT ON TABLE pdauth.price_ceiling IS 'Price bases for operators'' products, registered by the development and reform department: ceilings (上限收费标准) or trial prices, for a form of product and a period (R-23-3).';
COMMENT ON COLUMN pdauth.price_ceiling.ceiling_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.price_ceiling.form IS 'Form of product.';
COMMENT ON COLUMN pdauth.price_ceiling.unit IS 'What one unit is: a word of the pack''s list price_units, where it has one (N65-3).';
COMMENT ON COLUMN pdauth.price_ceiling.amount IS 'Most for one unit, in yuan.';
COMMENT ON COLUMN pdauth.price_ceiling.trial IS 'A trial price.';
COMMENT ON COLUMN pdauth.price_ceiling.document IS 'Document it rests on.';
COMMENT ON COLUMN pdauth.price_ceiling.period IS 'Days it is valid.';
CREATE FUNCTION pdauth.check_price_ceiling() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NOT pdauth.break_glass_active() AND (pdauth.require_actor()).party_id IS DISTINCT FROM pdauth.holder_of_kind('price_authority', NEW.division) THEN
    PERFORM pdauth.refuse('R-5-8', 'price ceiling', NULL, NULL, NEW.division);
  ELSIF NOT pdauth.break_glass_active() AND pdauth.pack_value('list', 'price_units', NEW.division) IS NOT NULL AND NOT pdauth.word_allowed('price_units', NEW.unit, NEW.division) THEN
    PERFORM pdauth.refuse('R-23-3', 'price ceiling', format('N65-3: the unit %s is none of the pack''s price_units.', coalesce(NEW.unit, 'is not given and')), NULL, NEW.division);
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_price_ceiling() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_price_ceiling() IS 'Row trigger of pdauth.price_ceiling: by the development and reform department of the territory (PD058, R-5-8), for a unit of the pack (PD233, N65-3).';
SELECT pdauth.register_fact('pdauth.price_ceiling', '{price_authority}', 'R-5-8', 'check_price_ceiling');
CREATE POLICY register ON pdauth.price_ceiling USING (true) WITH CHECK (true);

CREATE FUNCTION pdauth.is_redeveloped(product_id bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT coalesce((SELECT t.capacity = 'developer' FROM pdauth.transition AS t WHERE t.life_cycle = 'product' AND t.object_id = is_redeveloped.product_id AND t.from_state = ''), false)
$function$;
REVOKE ALL ON FUNCTION pdauth.is_redeveloped(bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.is_redeveloped(bigint) IS 'Was the product registered by a developer? False for NULL.';

CREATE FUNCTION pdauth.on_trial(product pdauth.product) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  -- the years of operation are those of the operator's products of the form, not of one product (N65-4)
  SELECT pdauth.switched_on('trial_prices', product.division)
     AND coalesce(pdauth.clock_today() < (min(v.recorded_at AT TIME ZONE 'Asia/Shanghai') + make_interval(months => pdauth.figure('trial_price_months', product.division)))::date, true)
    FROM pdauth.delivery AS v JOIN pdauth.product AS p USING (product_id) WHERE p.owner_party = product.owner_party AND p.form = product.form
$function$;
REVOKE ALL ON FUNCTION pdauth.on_trial(pdauth.product) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.on_trial(pdauth.product) IS 'May a product be sold at a trial price: does the pack have them, and is there no full year of operation with products of its form yet (N65-4)?';

CREATE FUNCTION pdauth.price_violations(product pdauth.product, use_class text, unit text, unit_amount numeric, object text, charged boolean) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-23-1', object, format('Use class %s, amount %s.', use_class, unit_amount), NULL::text
   WHERE unit_amount <> 0 AND pdauth.word_allowed('free_use_classes', use_class, product.division)
     AND (NOT pdauth.is_redeveloped(product.product_id) OR pdauth.switched_on('free_use_covers_redeveloped', product.division))
  UNION ALL
  SELECT 'R-23-3', object,
         CASE WHEN c.amount IS NULL THEN format('There is no ceiling or trial price in force for the form %s and the unit %s.', product.form, coalesce(unit, 'none')) ELSE format('%s exceeds %s.', unit_amount, c.amount) END, NULL
    FROM (SELECT) AS always
    LEFT JOIN LATERAL (SELECT x.amount FROM pdauth.price_ceiling AS x
                        WHERE x.form = product.form AND x.unit IS NOT DISTINCT FROM price_violations.unit AND x.period @> pdauth.clock_today() AND pdauth.division_code_contains(x.division, product.division)
                          AND (NOT x.trial OR pdauth.on_trial(product))
                        ORDER BY x.ceiling_id DESC LIMIT 1) AS c ON true
   WHERE NOT pdauth.is_redeveloped(product.product_id) AND unit_amount > coalesce(c.amount, 0) AND NOT pdauth.word_allowed('free_use_classes', use_class, product.division)
  UNION ALL
  SELECT 'R-23-4', object, 'It is a re-developed product.', NULL WHERE pdauth.is_redeveloped(product.product_id) AND NOT charged
$function$;
REVOKE ALL ON FUNCTION pdauth.price_violations(pdauth.product, text, text, numeric, text, boolean) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.price_violations(pdauth.product, text, text, numeric, text, boolean) IS 'Why an amount for one unit cannot be asked: free use (R-23-1), beyond the price basis (R-23-3), a tariff for a re-developed product (R-23-4).';

-- after check_delivery, which knows product and agreement
CREATE FUNCTION pdauth.check_tariff() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  product pdauth.product;
  use_class text;
  unit text;
  unit_amount numeric;
BEGIN
  IF NOT pdauth.break_glass_active() THEN
    SELECT * INTO product FROM pdauth.product AS p WHERE p.product_id = NEW.product_id;
    IF TG_TABLE_NAME = 'tariff' THEN
      use_class := to_jsonb(NEW) ->> 'use_class';
      unit := to_jsonb(NEW) ->> 'unit';
      unit_amount := (to_jsonb(NEW) ->> 'unit_amount')::numeric;
    ELSE
      SELECT t.use_class, t.unit INTO use_class, unit FROM pdauth.tariff AS t WHERE t.tariff_id = (to_jsonb(NEW) ->> 'tariff_id')::bigint;
      unit_amount := (to_jsonb(NEW) ->> 'amount')::numeric / (to_jsonb(NEW) ->> 'quantity')::numeric;
    END IF;
    PERFORM pdauth.judge(ARRAY(SELECT v FROM pdauth.price_violations(product, use_class, unit, unit_amount, pdauth.object_label(TG_TABLE_NAME, 'of product ' || product.number), false) AS v), product.division);
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_tariff() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_tariff() IS 'Row trigger of tariffs and deliveries: free for public use, within the price basis for industry (R-23-1, R-23-3, R-23-4).';
CREATE TRIGGER check_tariff BEFORE INSERT ON pdauth.tariff FOR EACH ROW EXECUTE FUNCTION pdauth.check_tariff();
ALTER TABLE pdauth.tariff ENABLE ALWAYS TRIGGER check_tariff;
CREATE TRIGGER check_tariff BEFORE INSERT ON pdauth.delivery FOR EACH ROW EXECUTE FUNCTION pdauth.check_tariff();
ALTER TABLE pdauth.delivery ENABLE ALWAYS TRIGGER check_tariff;

-- A delivery is a right recorded here, not a GRANT: it licenses the developer's
-- roles for the product, for the purposes and the term of the agreement.
CREATE FUNCTION pdauth.license_delivery() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD'
AS $function$
DECLARE
  development pdauth.development_agreement;
  path text := pdauth.resource_path('product/' || (SELECT p.number FROM pdauth.product AS p WHERE p.product_id = NEW.product_id));
  purposes text;
BEGIN
  SELECT * INTO development FROM pdauth.development_agreement AS d WHERE d.development_id = NEW.development_id;
  SELECT string_agg(DISTINCT q.purpose, ',') INTO purposes FROM pdauth.grants(development.scope) AS g CROSS JOIN LATERAL unnest(g.purposes) AS q(purpose);
  IF NOT pdauth.break_glass_active()
     AND NOT EXISTS (SELECT FROM pdauth.delivery AS v WHERE v.product_id = NEW.product_id AND v.development_id = NEW.development_id AND v.delivery_id <> NEW.delivery_id) THEN
    PERFORM pdauth.issue_license('development_agreement', development.development_id, pdauth.object_label('development_agreement', development.number), development.developer_party, 'developer',
      format('{read,derive,redevelop on %s(*) for %s in * during [%s,%s) level general}', path, purposes, lower(development.term), upper(development.term))::pdauth.license_scope);
  END IF;
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.license_delivery() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.license_delivery() IS 'Row trigger of pdauth.delivery: the first delivery of a product licenses the developer''s roles for resource product/<number>, with which its table is labelled (R-21-1).';
CREATE TRIGGER license_delivery AFTER INSERT ON pdauth.delivery FOR EACH ROW EXECUTE FUNCTION pdauth.license_delivery();
ALTER TABLE pdauth.delivery ENABLE ALWAYS TRIGGER license_delivery;

CREATE TABLE pdauth.charge (
  charge_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  delivery_id bigint NOT NULL REFERENCES pdauth.delivery,
  fee_kind    text NOT NULL,
  amount      numeric(14, 2) NOT NULL CHECK (amount < 'Infinity'),
  recorded_at timestamptz NOT NULL,
  recorded_by name NOT NULL
);
CREATE INDEX charge_delivery_index ON pdauth.charge (delivery_id);
COMMENT ON TABLE pdauth.charge IS 'What an operator charges for its deliveries; in all no more than the amount of the delivery (R-23-1 to R-23-3).';
COMMENT ON COLUMN pdauth.charge.charge_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.charge.delivery_id IS 'The delivery.';
COMMENT ON COLUMN pdauth.charge.fee_kind IS 'A word of the pack''s list operator_fee_kinds: service fee (公共数据运营服务费).';
COMMENT ON COLUMN pdauth.charge.amount IS 'Amount in yuan; negative if it is given back.';
CREATE FUNCTION pdauth.check_charge() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  delivery record;
  charged numeric;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  END IF;
  PERFORM FROM pdauth.delivery AS v WHERE v.delivery_id = NEW.delivery_id FOR UPDATE;  -- one charge after the other
  SELECT v.amount, v.quantity, t.use_class, t.unit, p.owner_party, p.division, p AS product INTO delivery
    FROM pdauth.delivery AS v JOIN pdauth.tariff AS t USING (tariff_id) JOIN pdauth.product AS p ON p.product_id = v.product_id
   WHERE v.delivery_id = NEW.delivery_id;
  SELECT coalesce(sum(c.amount), 0) + NEW.amount INTO charged FROM pdauth.charge AS c WHERE c.delivery_id = NEW.delivery_id;
  PERFORM pdauth.judge(ARRAY(
    SELECT ROW('R-4-6', 'charge', 'The delivery is of another operator.', NULL)::pdauth.violation WHERE delivery.owner_party IS DISTINCT FROM (pdauth.require_actor()).party_id
    UNION ALL
    SELECT v FROM pdauth.price_violations(delivery.product, delivery.use_class, delivery.unit, NEW.amount / delivery.quantity, 'charge', true) AS v
    UNION ALL
    SELECT ROW('R-23-2', 'charge', format('Fee kind: %s.', NEW.fee_kind), NULL)::pdauth.violation WHERE NOT pdauth.word_allowed('operator_fee_kinds', NEW.fee_kind, delivery.division)
    UNION ALL
    SELECT ROW('R-23-3', 'charge', format('In all %s, the delivery is for %s.', charged, delivery.amount), NULL)::pdauth.violation WHERE charged > delivery.amount OR charged < 0), delivery.division);
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_charge() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_charge() IS 'Row trigger of pdauth.charge: none for public use (PD231), the service fee only (PD232), within the price basis and the delivery (PD233).';
SELECT pdauth.register_fact('pdauth.charge', '{operator}', 'R-23-2', 'check_charge');
CREATE POLICY register ON pdauth.charge USING (EXISTS (SELECT FROM pdauth.delivery AS o WHERE o.delivery_id = charge.delivery_id)) WITH CHECK (true);

CREATE TABLE pdauth.market_price (
  price_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  product_id   bigint NOT NULL REFERENCES pdauth.product,
  version      integer NOT NULL,
  use_class    text NOT NULL,
  amount       numeric(14, 2) NOT NULL CHECK (amount >= 0 AND amount < 'Infinity'),
  recorded_at  timestamptz NOT NULL,
  recorded_by  name NOT NULL,
  UNIQUE (product_id, version, use_class)
);
COMMENT ON TABLE pdauth.market_price IS 'Prices of re-developed products, formed by the market and recorded by their developers (R-23-4).';
COMMENT ON COLUMN pdauth.market_price.price_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.market_price.product_id IS 'The product.';
COMMENT ON COLUMN pdauth.market_price.version IS 'Version.';
COMMENT ON COLUMN pdauth.market_price.use_class IS 'Use class.';
COMMENT ON COLUMN pdauth.market_price.amount IS 'Price of one unit, in yuan.';
CREATE FUNCTION pdauth.check_market_price() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  product pdauth.product;
  object text;
BEGIN
  IF NOT pdauth.break_glass_active() THEN
    SELECT * INTO product FROM pdauth.product AS p WHERE p.product_id = NEW.product_id;
    object := 'price of product ' || product.number;
    PERFORM pdauth.judge(ARRAY(
      SELECT v FROM pdauth.price_violations(product, NEW.use_class, NULL, NEW.amount, object, true) AS v WHERE v.rule = 'R-23-1'
      UNION ALL
      SELECT ROW('R-23-4', object, format('It is of %s.', pdauth.party_code(product.owner_party)), NULL)::pdauth.violation
       WHERE product.owner_party IS DISTINCT FROM (pdauth.require_actor()).party_id OR NOT pdauth.is_redeveloped(product.product_id)), product.division);
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_market_price() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_market_price() IS 'Row trigger of pdauth.market_price: by the developer of a re-developed product (PD234), free for public use (PD231).';
SELECT pdauth.register_fact('pdauth.market_price', '{developer}', 'R-23-4', 'check_market_price');
CREATE POLICY register ON pdauth.market_price USING (EXISTS (SELECT FROM pdauth.product AS o WHERE o.product_id = market_price.product_id)) WITH CHECK (true);

-- ---- use (R-21-7, R-23-5) ----

CREATE TABLE pdauth.use_declaration (
  delivery_id bigint PRIMARY KEY REFERENCES pdauth.delivery,
  use_class   text NOT NULL,
  statement   text NOT NULL CHECK (pdauth.has_content(statement)),
  purpose     text NOT NULL CHECK (purpose = pdauth.resource_path(purpose)),
  recorded_at timestamptz NOT NULL,
  recorded_by name NOT NULL
);
COMMENT ON TABLE pdauth.use_declaration IS 'What a delivery is used for, as its user declares before the first use; never changed (R-23-5, A-21).';
COMMENT ON COLUMN pdauth.use_declaration.delivery_id IS 'The delivery.';
COMMENT ON COLUMN pdauth.use_declaration.use_class IS 'Use class, the one of the tariff.';
COMMENT ON COLUMN pdauth.use_declaration.statement IS 'Statement of the user.';
COMMENT ON COLUMN pdauth.use_declaration.purpose IS 'Purpose, as sessions declare it.';

CREATE TABLE pdauth.volume_limit (
  development_id bigint NOT NULL REFERENCES pdauth.development_agreement,
  product_id     bigint NOT NULL REFERENCES pdauth.product,
  monthly_calls  bigint NOT NULL CHECK (monthly_calls > 0),
  PRIMARY KEY (development_id, product_id)
);
COMMENT ON TABLE pdauth.volume_limit IS 'Products of a development agreement and how many calls of them it allows in a calendar month (R-21-7).';
COMMENT ON COLUMN pdauth.volume_limit.development_id IS 'The agreement.';
COMMENT ON COLUMN pdauth.volume_limit.product_id IS 'The product.';
COMMENT ON COLUMN pdauth.volume_limit.monthly_calls IS 'Calls in a month.';
SELECT pdauth.register_table('pdauth.volume_limit', '{operator}', 'R-21-7');
CREATE TRIGGER keep_content BEFORE INSERT OR UPDATE OR DELETE ON pdauth.volume_limit FOR EACH ROW EXECUTE FUNCTION pdauth.keep_content('development_agreement', 'operator_party', 'R-21-7');
ALTER TABLE pdauth.volume_limit ENABLE ALWAYS TRIGGER keep_content;
CREATE POLICY register ON pdauth.volume_limit USING (EXISTS (SELECT FROM pdauth.development_agreement AS o WHERE o.development_id = volume_limit.development_id)) WITH CHECK (true);

CREATE TABLE pdauth.product_call (
  call_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  delivery_id bigint NOT NULL REFERENCES pdauth.delivery,
  calls       bigint NOT NULL DEFAULT 1 CHECK (calls > 0),
  purpose     text NOT NULL CHECK (purpose = pdauth.resource_path(purpose)),
  recorded_at timestamptz NOT NULL,
  recorded_by name NOT NULL
);
CREATE INDEX product_call_delivery_index ON pdauth.product_call (delivery_id, recorded_at);
COMMENT ON TABLE pdauth.product_call IS 'Calls of delivered products, entered by the platform before it answers them; refused beyond the agreement (R-21-7).';
COMMENT ON COLUMN pdauth.product_call.call_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.product_call.delivery_id IS 'The delivery that is used.';
COMMENT ON COLUMN pdauth.product_call.calls IS 'Number of calls.';
COMMENT ON COLUMN pdauth.product_call.purpose IS 'Purpose of the session.';

CREATE FUNCTION pdauth.check_use() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  delivery record;
  declared pdauth.use_declaration;
  made bigint;
  object text;
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN coalesce(NEW, OLD);
  END IF;
  PERFORM FROM pdauth.delivery AS v WHERE v.delivery_id = coalesce(NEW.delivery_id, OLD.delivery_id) FOR UPDATE;  -- calls count one after the other
  SELECT v.delivery_id, v.product_id, d.*, t.use_class, p.number AS product, p AS whole_product, l.monthly_calls INTO delivery
    FROM pdauth.delivery AS v JOIN pdauth.development_agreement AS d USING (development_id) JOIN pdauth.tariff AS t USING (tariff_id) JOIN pdauth.product AS p ON p.product_id = v.product_id
    LEFT JOIN pdauth.volume_limit AS l ON l.development_id = v.development_id AND l.product_id = v.product_id
   WHERE v.delivery_id = coalesce(NEW.delivery_id, OLD.delivery_id);
  object := pdauth.object_label('delivery', 'of product ' || delivery.product);
  IF TG_OP <> 'INSERT' THEN
    PERFORM pdauth.refuse('R-23-5', object, 'What was declared stays.', 'Take another delivery for another use.', delivery.division);
  ELSIF TG_TABLE_NAME = 'use_declaration' THEN
    PERFORM pdauth.judge(ARRAY(
      SELECT ROW('R-21-7', object, format('It is of %s.', pdauth.party_code(delivery.developer_party)), NULL)::pdauth.violation WHERE delivery.developer_party IS DISTINCT FROM (pdauth.require_actor()).party_id
      UNION ALL
      SELECT ROW('R-23-5', object, format('It was delivered for %s.', delivery.use_class), NULL)::pdauth.violation
       WHERE to_jsonb(NEW) ->> 'use_class' IS DISTINCT FROM delivery.use_class
          OR pdauth.word_allowed('free_use_classes', delivery.use_class, delivery.division) AND pdauth.is_industrial(to_jsonb(NEW) ->> 'purpose', delivery.division)), delivery.division);
  ELSE
    SELECT * INTO declared FROM pdauth.use_declaration AS u WHERE u.delivery_id = NEW.delivery_id;
    -- deliveries of one product under one agreement share the volume
    PERFORM FROM pdauth.volume_limit AS l WHERE l.development_id = delivery.development_id AND l.product_id = delivery.product_id FOR UPDATE;
    SELECT coalesce(sum(c.calls), 0) + (to_jsonb(NEW) ->> 'calls')::bigint INTO made
      FROM pdauth.product_call AS c JOIN pdauth.delivery AS v USING (delivery_id)
     WHERE v.development_id = delivery.development_id AND v.product_id = delivery.product_id
       AND date_trunc('month', c.recorded_at AT TIME ZONE 'Asia/Shanghai') = date_trunc('month', pdauth.clock_now() AT TIME ZONE 'Asia/Shanghai');
    PERFORM pdauth.judge(ARRAY(
      SELECT ROW('R-21-7', object, format('%s calls in this month; %s are allowed.', made, delivery.monthly_calls), NULL)::pdauth.violation WHERE made > delivery.monthly_calls
      UNION ALL
      SELECT v FROM pdauth.use_violations(delivery.development_id, object) AS v
      UNION ALL
      SELECT ROW('R-23-5', object, CASE WHEN declared.use_class IS NULL THEN 'Its use was not declared.' ELSE format('It was declared for %s.', declared.purpose) END, NULL)::pdauth.violation
       WHERE declared.use_class IS NULL OR NOT pdauth.path_contains(declared.purpose, to_jsonb(NEW) ->> 'purpose')), delivery.division);
  END IF;
  RETURN coalesce(NEW, OLD);
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_use() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_use() IS 'Row trigger of declarations and calls: declared by the user before use and never changed (PD235), within the volume of the agreement (PD217), while it is in force.';

CREATE FUNCTION pdauth.is_industrial(purpose text, division pdauth.division_code) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT EXISTS (SELECT FROM jsonb_array_elements_text(pdauth.pack_value('list', 'industrial_purposes', division)) AS i WHERE pdauth.path_contains(i, purpose))
$function$;
REVOKE ALL ON FUNCTION pdauth.is_industrial(text, pdauth.division_code) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.is_industrial(text, pdauth.division_code) IS 'Does a purpose lie below one of the pack''s industrial_purposes? False for NULL.';

CREATE FUNCTION pdauth.use_violations(development_id bigint, object text) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  -- why a developer may use nothing of its agreement now
  SELECT 'R-21-3', object, 'Operator and developer are affiliated; the agency has not decided.', NULL::text WHERE pdauth.suspended_for_affiliation(use_violations.development_id)
  UNION ALL
  SELECT 'R-21-10', object, format('Measure %s.', m), NULL FROM pdauth.development_agreement AS d, pdauth.measure_in_force(d.developer_party, '{suspension,cancellation}') AS m
   WHERE d.development_id = use_violations.development_id AND m IS NOT NULL
  UNION ALL
  SELECT CASE WHEN d.state = 'signed' AND d.term @> pdauth.clock_today() THEN 'R-13-16' WHEN lower(d.term) > pdauth.clock_today() OR d.state = 'draft' THEN 'R-21-1' ELSE 'R-25-11' END,
         object, format('Development agreement %s is %s, from %s to %s.', d.number, d.state, lower(d.term), upper(d.term) - 1), NULL
    FROM pdauth.development_agreement AS d WHERE d.development_id = use_violations.development_id AND NOT pdauth.development_in_force(d.development_id)
$function$;
REVOKE ALL ON FUNCTION pdauth.use_violations(bigint, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.use_violations(bigint, text) IS 'Why nothing of a development agreement can be used now: affiliation (R-21-3), measures (R-21-10), not begun (R-21-1), ended (R-25-11), operating agreement ended (R-13-16).';

SELECT pdauth.register_fact('pdauth.use_declaration', '{developer}', 'R-23-5');
SELECT pdauth.register_fact('pdauth.product_call', '{platform}', 'R-21-7', 'check_use');
CREATE TRIGGER check_fact BEFORE INSERT OR UPDATE OR DELETE ON pdauth.use_declaration FOR EACH ROW EXECUTE FUNCTION pdauth.check_use();
ALTER TABLE pdauth.use_declaration ENABLE ALWAYS TRIGGER check_fact;
CREATE POLICY register ON pdauth.use_declaration USING (EXISTS (SELECT FROM pdauth.delivery AS o WHERE o.delivery_id = use_declaration.delivery_id)) WITH CHECK (true);
CREATE POLICY register ON pdauth.product_call USING (EXISTS (SELECT FROM pdauth.delivery AS o WHERE o.delivery_id = product_call.delivery_id) OR (pdauth.actor()).capacity = 'platform') WITH CHECK (true);

-- ---- trades (Article 24) ----

CREATE TABLE pdauth.trade (
  trade_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number       text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  division     pdauth.division_code,
  product_id   bigint NOT NULL REFERENCES pdauth.product,
  seller_party bigint NOT NULL REFERENCES pdauth.party,
  buyer        text NOT NULL CHECK (pdauth.has_content(buyer)),
  buyer_code   text,
  recipient_country text NOT NULL DEFAULT 'CN' CHECK (recipient_country ~ '^[A-Z]{2}$'),
  venue_kind   text NOT NULL CHECK (venue_kind IN ('exchange', 'bilateral', 'platform')),
  venue        text,
  use_class    text NOT NULL,
  amount       numeric(14, 2) NOT NULL CHECK (amount >= 0 AND amount < 'Infinity'),
  state        text NOT NULL DEFAULT 'offered',
  act_date     date,
  act_document text,
  act_digest   pdauth.document_digest,
  act_reason   text,
  registered_at timestamptz
);
CREATE INDEX trade_product_index ON pdauth.trade (product_id);
COMMENT ON TABLE pdauth.trade IS 'Trades of released re-developed products by their developers: offered, concluded, delivered, settled or cancelled (Article 24).';
COMMENT ON COLUMN pdauth.trade.trade_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.trade.number IS 'Number.';
COMMENT ON COLUMN pdauth.trade.product_id IS 'The product.';
COMMENT ON COLUMN pdauth.trade.seller_party IS 'Seller: the developer (R-24-1).';
COMMENT ON COLUMN pdauth.trade.buyer IS 'Buyer.';
COMMENT ON COLUMN pdauth.trade.buyer_code IS 'Credit code of the buyer.';
COMMENT ON COLUMN pdauth.trade.recipient_country IS 'ISO 3166 code of the country that receives the product.';
COMMENT ON COLUMN pdauth.trade.venue_kind IS 'exchange, bilateral or platform.';
COMMENT ON COLUMN pdauth.trade.venue IS 'Name of the exchange: the code of a party with that capacity (R-24-3).';
COMMENT ON COLUMN pdauth.trade.use_class IS 'Use class the buyer declares.';
COMMENT ON COLUMN pdauth.trade.amount IS 'Amount in yuan.';
COMMENT ON COLUMN pdauth.trade.state IS 'offered, concluded, delivered, settled or cancelled.';
INSERT INTO pdauth.life_cycle VALUES ('trade', 'trade_id', 'number', 'trade_violations', NULL, 'R-24-2', 'R-24-2', 'R-24-2', '{offered}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('trade', '', 'offered', '{developer}', 'R-24-1', '{}'),
  ('trade', 'offered', 'concluded', '{developer}', 'R-24-1', '{document}'),
  ('trade', 'concluded', 'delivered', '{developer}', 'R-24-1', '{}'),
  ('trade', 'delivered', 'settled', '{developer}', 'R-24-1', '{}'),
  ('trade', 'offered', 'cancelled', '{developer}', 'R-24-1', '{}'),
  ('trade', 'concluded', 'cancelled', '{developer}', 'R-24-1', '{reason}');
CREATE FUNCTION pdauth.trade_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  WITH subject AS (SELECT t.*, p.owner_party, p.number AS product, p AS whole FROM pdauth.trade AS t JOIN pdauth.product AS p USING (product_id) WHERE t.trade_id = step.object_id AND step.to_state IN ('offered', 'concluded', 'delivered'))
  SELECT 'R-22-8', step.object, format('It goes to %s.', t.recipient_country), NULL::text
    FROM subject AS t WHERE t.recipient_country <> 'CN'
     AND NOT EXISTS (SELECT FROM pdauth.release AS r WHERE r.release_id = pdauth.release_in_force(t.product_id) AND r.leaves_country AND r.export_procedure IS NOT NULL AND NOT pdauth.is_blank(r.export_document))
  UNION ALL
  SELECT v.* FROM subject AS t, pdauth.released_violations(t.product_id, step.object, 'R-24-2') AS v
  UNION ALL
  SELECT 'R-24-2', step.object, 'It is no re-developed product.', NULL FROM subject AS t WHERE NOT pdauth.is_redeveloped(t.product_id)
  UNION ALL
  SELECT 'R-23-1', step.object, format('Use class %s, amount %s.', t.use_class, t.amount), NULL
    FROM subject AS t WHERE t.amount <> 0 AND pdauth.word_allowed('free_use_classes', t.use_class, t.division) AND pdauth.switched_on('free_use_covers_redeveloped', t.division)
  UNION ALL
  SELECT 'R-24-1', step.object, format('%s is of %s; the seller is %s.', t.product, pdauth.party_code(t.owner_party), pdauth.party_code(t.seller_party)), NULL
    FROM subject AS t WHERE t.seller_party <> t.owner_party OR step.party_id <> t.seller_party
  UNION ALL
  SELECT 'R-24-3', step.object, format('Venue: %s.', coalesce(t.venue, 'none')), NULL
    FROM subject AS t
   WHERE t.venue_kind = 'exchange'
     AND NOT EXISTS (SELECT FROM pdauth.party AS y JOIN pdauth.party_capacity AS c USING (party_id) WHERE y.party = t.venue AND c.capacity = 'exchange' AND c.since <= pdauth.clock_today() AND coalesce(c.ended_on, 'infinity') > pdauth.clock_today())
$function$;
REVOKE ALL ON FUNCTION pdauth.trade_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.trade_violations(pdauth.transition) IS 'Check function of trades (R-22-8, R-22-10, R-23-1, R-24-1 to R-24-3).';
SELECT pdauth.register_table('pdauth.trade', '{developer}', 'R-24-1');
SELECT pdauth.describe_columns('pdauth.trade');
CREATE POLICY register ON pdauth.trade USING (pdauth.may_see(division, seller_party) OR venue = (pdauth.actor()).party) WITH CHECK (true);

CREATE VIEW pdauth.trade_venue WITH (security_barrier) AS
  SELECT t.venue_kind, t.venue, pg_catalog.count(*) AS trades, pg_catalog.sum(t.amount)::numeric(20, 2) AS amount,
         (100.0 * pg_catalog.count(*) / pg_catalog.sum(pg_catalog.count(*)) OVER ())::numeric(5, 2) AS share_percent
    FROM pdauth.trade AS t WHERE t.state <> 'cancelled' AND pdauth.may_see(t.division, t.seller_party) GROUP BY t.venue_kind, t.venue;
COMMENT ON VIEW pdauth.trade_venue IS 'Trades by venue, for the seller and its supervisors: how much is traded on exchanges (R-24-3).';
COMMENT ON COLUMN pdauth.trade_venue.venue_kind IS 'exchange, bilateral or platform.';
COMMENT ON COLUMN pdauth.trade_venue.venue IS 'Exchange.';
COMMENT ON COLUMN pdauth.trade_venue.trades IS 'Trades.';
COMMENT ON COLUMN pdauth.trade_venue.amount IS 'Amount in yuan.';
COMMENT ON COLUMN pdauth.trade_venue.share_percent IS 'Share of all trades.';
GRANT SELECT ON pdauth.trade_venue TO pdauth_register, pdauth_policy_admin, pdauth_auditor;
