-- The ledger of operators (财务管理, Article 30) and declarations of assetisation
-- (金融风险防范, Article 31).

CREATE TABLE pdauth.ledger_entry (
  entry_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  division       pdauth.division_code,
  operator_party bigint NOT NULL REFERENCES pdauth.party,
  agreement_id   bigint REFERENCES pdauth.operating_agreement,
  kind           text NOT NULL CHECK (kind IN ('cost', 'income', 'expenditure')),
  product_id     bigint REFERENCES pdauth.product,
  shared_cost    text CHECK (pdauth.has_content(shared_cost)),
  charge_id      bigint REFERENCES pdauth.charge,
  amount         numeric(14, 2) NOT NULL CHECK (amount <> 0),
  booked_on      date NOT NULL,
  document       text NOT NULL CHECK (pdauth.has_content(document)),
  reverses       bigint UNIQUE REFERENCES pdauth.ledger_entry,
  recorded_at    timestamptz NOT NULL,
  recorded_by    name NOT NULL,
  CHECK (charge_id IS NULL OR kind = 'income')
);
CREATE INDEX ledger_entry_operator_index ON pdauth.ledger_entry (operator_party, booked_on);
CREATE INDEX ledger_entry_charge_index ON pdauth.ledger_entry (charge_id);
COMMENT ON TABLE pdauth.ledger_entry IS
  'Cost, income and expenditure of operators in authorised operation, each of one product or service, or of what several share. Entries are not changed; a reversing entry undoes one (R-30-1).';
COMMENT ON COLUMN pdauth.ledger_entry.entry_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.ledger_entry.operator_party IS 'Whose ledger it is.';
COMMENT ON COLUMN pdauth.ledger_entry.agreement_id IS 'Operating agreement: authorised operation is kept apart from other business.';
COMMENT ON COLUMN pdauth.ledger_entry.kind IS 'cost, income or expenditure.';
COMMENT ON COLUMN pdauth.ledger_entry.product_id IS 'Product or service; NULL for what several share.';
COMMENT ON COLUMN pdauth.ledger_entry.shared_cost IS 'Key of a cost or expenditure that several products share; NULL if it is of one.';
COMMENT ON COLUMN pdauth.ledger_entry.charge_id IS 'Charge that an income is from (R-30-2).';
COMMENT ON COLUMN pdauth.ledger_entry.amount IS 'Amount in yuan; positive, but for a reversing entry and what is given back.';
COMMENT ON COLUMN pdauth.ledger_entry.booked_on IS 'Day it is booked: today or earlier, in a period that is not closed.';
COMMENT ON COLUMN pdauth.ledger_entry.document IS 'Voucher.';
COMMENT ON COLUMN pdauth.ledger_entry.reverses IS 'Entry that this one reverses, with the opposite amount.';

CREATE TABLE pdauth.ledger_closing (
  closing_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  division       pdauth.division_code,
  operator_party bigint NOT NULL REFERENCES pdauth.party,
  closed_until   date NOT NULL,
  document       text NOT NULL CHECK (pdauth.has_content(document)),
  recorded_at    timestamptz NOT NULL,
  recorded_by    name NOT NULL,
  UNIQUE (operator_party, closed_until)
);
COMMENT ON TABLE pdauth.ledger_closing IS 'Closed periods of ledgers: nothing is booked on or before their last day any more (R-30-1).';
COMMENT ON COLUMN pdauth.ledger_closing.closing_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.ledger_closing.operator_party IS 'Whose ledger it is.';
COMMENT ON COLUMN pdauth.ledger_closing.closed_until IS 'Last day of the period, before today.';
COMMENT ON COLUMN pdauth.ledger_closing.document IS 'Financial statement of the period.';

CREATE FUNCTION pdauth.ledger_violations(entry pdauth.ledger_entry, party_id bigint) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'X-3', 'ledger entry', format('It is booked on %s, after today.', entry.booked_on), NULL::text WHERE entry.booked_on > pdauth.clock_today()
  UNION ALL
  SELECT 'R-30-1', 'ledger entry', f.fact, NULL FROM (VALUES
    ((entry.product_id IS NULL) = (entry.shared_cost IS NULL), 'It names neither or both: a product, a shared cost.'),
    (entry.kind = 'income' AND entry.product_id IS NULL, 'An income has its product.'),
    (entry.amount < 0 AND entry.reverses IS NULL AND entry.charge_id IS NULL, 'A negative amount reverses an entry, or gives back a charge.'),
    (party_id IS DISTINCT FROM entry.operator_party, format('The ledger is of %s.', pdauth.party_code(entry.operator_party))),
    (NOT EXISTS (SELECT FROM pdauth.operating_agreement AS a WHERE a.agreement_id = entry.agreement_id AND a.operator_party = entry.operator_party AND a.state NOT IN ('draft', 'decided') AND pdauth.division_code_equal(a.division, entry.division)),
      'It names no operating agreement of the operator in this division.'),
    (entry.product_id IS NOT NULL AND NOT EXISTS (SELECT FROM pdauth.product AS p WHERE p.product_id = entry.product_id AND p.owner_party = entry.operator_party), 'The product is of another organisation.'),
    (entry.charge_id IS NOT NULL AND NOT EXISTS (SELECT FROM pdauth.charge AS c JOIN pdauth.delivery AS v USING (delivery_id) WHERE c.charge_id = entry.charge_id AND v.product_id = entry.product_id), 'The charge is of another product.'),
    (entry.reverses IS NOT NULL AND NOT EXISTS (SELECT FROM pdauth.ledger_entry AS o
        WHERE o.entry_id = entry.reverses AND o.amount = -entry.amount AND o.reverses IS NULL
          AND (o.operator_party, o.agreement_id, o.kind, o.product_id, o.shared_cost, o.charge_id) IS NOT DISTINCT FROM (entry.operator_party, entry.agreement_id, entry.kind, entry.product_id, entry.shared_cost, entry.charge_id)),
      'It is not the opposite of the entry it reverses.'),
    (EXISTS (SELECT FROM pdauth.ledger_closing AS k WHERE k.operator_party = entry.operator_party AND k.closed_until >= entry.booked_on), 'The period is closed.')) AS f (wrong, fact)
   WHERE f.wrong
$function$;
REVOKE ALL ON FUNCTION pdauth.ledger_violations(pdauth.ledger_entry, bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.ledger_violations(pdauth.ledger_entry, bigint) IS 'Why a party cannot make an entry (R-30-1): incomplete, of somebody else, no true reversal, in a closed period or the future.';

CREATE FUNCTION pdauth.check_ledger() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor;
BEGIN
  IF pdauth.break_glass_active() AND TG_OP = 'INSERT' THEN
    RETURN NEW;
  ELSIF TG_OP <> 'INSERT' THEN
    PERFORM pdauth.refuse('R-30-1', replace(TG_TABLE_NAME, '_', ' '), 'What is booked stays.', NULL, OLD.division);
  END IF;
  actor := pdauth.require_actor();
  -- one writer of a ledger after the other: a closing comes before an entry, or after
  PERFORM pg_advisory_xact_lock(hashtextextended('pdauth.ledger', NEW.operator_party));
  IF TG_TABLE_NAME = 'ledger_entry' THEN
    PERFORM pdauth.judge(ARRAY(SELECT v FROM pdauth.ledger_violations(jsonb_populate_record(NULL::pdauth.ledger_entry, to_jsonb(NEW)), actor.party_id) AS v), NEW.division);
  ELSIF actor.party_id <> NEW.operator_party OR (to_jsonb(NEW) ->> 'closed_until')::date >= pdauth.clock_today() THEN
    PERFORM pdauth.refuse('R-30-1', 'ledger closing', format('%s closes its own ledger, for a period that is over.', pdauth.party_code(NEW.operator_party)), NULL, NEW.division);
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_ledger() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_ledger() IS 'Row trigger of ledger entries and closings: complete, one''s own, never changed (PD301, R-30-1).';

SELECT pdauth.register_fact('pdauth.ledger_entry', '{operator}', 'R-30-1');
SELECT pdauth.register_fact('pdauth.ledger_closing', '{operator}', 'R-30-1');
CREATE TRIGGER check_fact BEFORE INSERT OR UPDATE OR DELETE ON pdauth.ledger_entry FOR EACH ROW EXECUTE FUNCTION pdauth.check_ledger();
CREATE TRIGGER check_fact BEFORE INSERT OR UPDATE OR DELETE ON pdauth.ledger_closing FOR EACH ROW EXECUTE FUNCTION pdauth.check_ledger();
ALTER TABLE pdauth.ledger_entry ENABLE ALWAYS TRIGGER check_fact;
ALTER TABLE pdauth.ledger_closing ENABLE ALWAYS TRIGGER check_fact;
-- The implementing agency and the supervisors of the territory read it (R-30-3).
CREATE POLICY register ON pdauth.ledger_entry USING (pdauth.may_see(division, operator_party, (SELECT a.agency_party FROM pdauth.operating_agreement AS a WHERE a.agreement_id = ledger_entry.agreement_id))) WITH CHECK (true);
CREATE POLICY register ON pdauth.ledger_closing USING (pdauth.may_see(division, VARIADIC operator_party || ARRAY(SELECT a.agency_party FROM pdauth.operating_agreement AS a WHERE a.operator_party = ledger_closing.operator_party AND pdauth.division_code_equal(a.division, ledger_closing.division)))) WITH CHECK (true);

-- ---- charges and income agree (R-30-2) ----

CREATE FUNCTION pdauth.charge_matter(charge_id bigint, product_id bigint) RETURNS text
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $function$ SELECT format('charge %s of product %s', charge_id, p.number) FROM pdauth.product AS p WHERE p.product_id = charge_matter.product_id $function$;
REVOKE ALL ON FUNCTION pdauth.charge_matter(bigint, bigint) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.charge_matter(bigint, bigint) IS 'A charge as duties name it. NULL for NULL.';

CREATE FUNCTION pdauth.follow_charge() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  charge record;
  owed text;
BEGIN
  IF pdauth.break_glass_active() OR to_jsonb(NEW) ->> 'charge_id' IS NULL THEN
    RETURN NULL;
  END IF;
  SELECT c.charge_id, c.amount, p.product_id, p.owner_party, p.division, a.agency_party,
         (SELECT coalesce(sum(e.amount), 0) FROM pdauth.ledger_entry AS e WHERE e.charge_id = c.charge_id) AS booked INTO charge
    FROM pdauth.charge AS c JOIN pdauth.delivery AS v USING (delivery_id) JOIN pdauth.product AS p USING (product_id)
    JOIN pdauth.development_agreement AS d USING (development_id) JOIN pdauth.operating_agreement AS a ON a.agreement_id = d.agreement_id
   WHERE c.charge_id = (to_jsonb(NEW) ->> 'charge_id')::bigint;
  owed := pdauth.charge_matter(charge.charge_id, charge.product_id);
  IF charge.booked = charge.amount THEN
    UPDATE pdauth.obligation AS o SET fulfilled_at = pdauth.clock_now(), evidence = 'ledger' WHERE o.rule = 'R-30-2' AND o.matter = owed AND o.closed_at IS NULL;
  ELSIF NOT EXISTS (SELECT FROM pdauth.obligation AS o WHERE o.rule = 'R-30-2' AND o.matter = owed AND o.closed_at IS NULL) THEN
    PERFORM pdauth.open_duty('product', charge.product_id, owed, 'R-30-2', charge.owner_party, charge.agency_party, pdauth.clock_today(), pdauth.figure('ledger_match_days', charge.division) || ' days');
  END IF;
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.follow_charge() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.follow_charge() IS 'Row trigger of charges and ledger entries: a charge opens the duty to enter its income within the pack''s days; entries that add up to it fulfil the duty, a reversal opens it again (R-30-2).';
CREATE TRIGGER follow_charge AFTER INSERT ON pdauth.charge FOR EACH ROW EXECUTE FUNCTION pdauth.follow_charge();
CREATE TRIGGER follow_charge AFTER INSERT ON pdauth.ledger_entry FOR EACH ROW EXECUTE FUNCTION pdauth.follow_charge();
ALTER TABLE pdauth.charge ENABLE ALWAYS TRIGGER follow_charge;
ALTER TABLE pdauth.ledger_entry ENABLE ALWAYS TRIGGER follow_charge;

CREATE VIEW pdauth.ledger_difference WITH (security_barrier) AS
  SELECT pdauth.party_code(p.owner_party) AS operator, p.number AS product, c.charge_id, (c.recorded_at AT TIME ZONE 'Asia/Shanghai')::date AS charged_on, c.amount::numeric(20, 2) AS charged, coalesce(e.amount, 0)::numeric(20, 2) AS booked,
         (SELECT pg_catalog.max(o.due) FROM pdauth.obligation AS o WHERE o.rule = 'R-30-2' AND o.matter = pg_catalog.format('charge %s of product %s', c.charge_id, p.number)) AS due, 'PD302' AS flag
    FROM pdauth.charge AS c JOIN pdauth.delivery AS v USING (delivery_id) JOIN pdauth.product AS p USING (product_id)
    LEFT JOIN LATERAL (SELECT pg_catalog.sum(x.amount) AS amount FROM pdauth.ledger_entry AS x WHERE x.charge_id = c.charge_id) AS e ON true
   WHERE c.amount <> coalesce(e.amount, 0) AND pdauth.may_see(p.division, p.owner_party)
  UNION ALL
  SELECT pdauth.party_code(e.operator_party), p.number, NULL, e.booked_on, 0::numeric(20, 2), pg_catalog.sum(e.amount)::numeric(20, 2), NULL, 'PD302'
    FROM pdauth.ledger_entry AS e JOIN pdauth.product AS p USING (product_id)
   WHERE e.kind = 'income' AND e.charge_id IS NULL AND pdauth.may_see(e.division, e.operator_party)
   GROUP BY e.operator_party, p.number, e.booked_on HAVING pg_catalog.sum(e.amount) <> 0;
COMMENT ON VIEW pdauth.ledger_difference IS 'Charges whose income is not booked, or with another amount, and income without a charge, for the operator and its supervisors (R-30-2).';
COMMENT ON COLUMN pdauth.ledger_difference.operator IS 'Operator.';
COMMENT ON COLUMN pdauth.ledger_difference.product IS 'Product.';
COMMENT ON COLUMN pdauth.ledger_difference.charge_id IS 'The charge; NULL for income without one.';
COMMENT ON COLUMN pdauth.ledger_difference.charged_on IS 'Day of the charge, or of the booking.';
COMMENT ON COLUMN pdauth.ledger_difference.charged IS 'Amount charged, in yuan.';
COMMENT ON COLUMN pdauth.ledger_difference.booked IS 'Amount booked as income, in yuan.';
COMMENT ON COLUMN pdauth.ledger_difference.due IS 'Last day for the entry; NULL for income without a charge.';
COMMENT ON COLUMN pdauth.ledger_difference.flag IS 'SQLSTATE of R-30-2.';

CREATE VIEW pdauth.ledger_balance WITH (security_barrier) AS
  SELECT pdauth.party_code(e.operator_party) AS operator, pg_catalog.date_trunc('month', e.booked_on)::date AS month, coalesce(p.number, e.shared_cost) AS item, p.number IS NULL AS shared,
         coalesce(pg_catalog.sum(e.amount) FILTER (WHERE e.kind = 'cost'), 0)::numeric(20, 2) AS cost,
         coalesce(pg_catalog.sum(e.amount) FILTER (WHERE e.kind = 'income'), 0)::numeric(20, 2) AS income,
         coalesce(pg_catalog.sum(e.amount) FILTER (WHERE e.kind = 'expenditure'), 0)::numeric(20, 2) AS expenditure
    FROM pdauth.ledger_entry AS e LEFT JOIN pdauth.product AS p USING (product_id)
    JOIN pdauth.operating_agreement AS a USING (agreement_id)
   WHERE pdauth.may_see(e.division, e.operator_party, a.agency_party)
   GROUP BY 1, 2, 3, 4;
COMMENT ON VIEW pdauth.ledger_balance IS 'Cost, income and expenditure of operators by month and product, in yuan, for the operator, its implementing agency and supervisors (Article 30).';
COMMENT ON COLUMN pdauth.ledger_balance.operator IS 'Operator.';
COMMENT ON COLUMN pdauth.ledger_balance.month IS 'First day of the month.';
COMMENT ON COLUMN pdauth.ledger_balance.item IS 'Number of the product, or key of what several share.';
COMMENT ON COLUMN pdauth.ledger_balance.shared IS 'Whether several share it.';
COMMENT ON COLUMN pdauth.ledger_balance.cost IS 'Cost.';
COMMENT ON COLUMN pdauth.ledger_balance.income IS 'Income.';
COMMENT ON COLUMN pdauth.ledger_balance.expenditure IS 'Expenditure.';
GRANT SELECT ON pdauth.ledger_difference, pdauth.ledger_balance TO pdauth_register, pdauth_policy_admin, pdauth_auditor;

-- ---- open to supervision (R-30-3) ----

CREATE FUNCTION pdauth.check_ledger_revocation(relation regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF relation IN ('pdauth.ledger_entry'::regclass, 'pdauth.ledger_closing'::regclass, 'pdauth.ledger_balance'::regclass, 'pdauth.ledger_difference'::regclass) AND NOT pdauth.break_glass_active() THEN
    PERFORM pdauth.refuse('R-30-3', format('table %s', relation), 'Its rights are managed by the extension.');
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_ledger_revocation(regclass) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_ledger_revocation(regclass) IS 'Refuses REVOKE on a ledger, also one that would do nothing (PD303, R-30-3). Run by the library before REVOKE.';

CREATE FUNCTION pdauth.check_ledger_policy() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  ledger constant oid[] := ARRAY['pdauth.ledger_entry'::regclass, 'pdauth.ledger_closing'::regclass];
BEGIN
  -- a changed policy is named by the command; one that is gone, or too many, show in what is left
  IF NOT pdauth.break_glass_active() AND (
     EXISTS (SELECT FROM pg_event_trigger_ddl_commands() AS c JOIN pg_policy AS p ON c.classid = 'pg_policy'::regclass AND p.oid = c.objid WHERE p.polrelid = ANY (ledger) AND NOT c.in_extension)
     OR EXISTS (SELECT FROM unnest(ledger) AS l(relation) WHERE NOT EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = l.relation AND p.polname = 'register'))) THEN
    PERFORM pdauth.refuse('R-30-3', 'ledger', 'Who sees which entries is a matter of the extension.');
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_ledger_policy() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_ledger_policy() IS 'Event trigger: row rules of ledgers stay as they are (PD303, R-30-3).';
CREATE EVENT TRIGGER pdauth_check_ledger_policy ON ddl_command_end WHEN TAG IN ('CREATE POLICY', 'ALTER POLICY', 'DROP POLICY') EXECUTE FUNCTION pdauth.check_ledger_policy();
ALTER EVENT TRIGGER pdauth_check_ledger_policy ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER pdauth_check_ledger_policy IS 'pdauth: supervisors read ledgers (R-30-3).';

-- ---- declarations of assetisation and capitalisation (R-31-1) ----

CREATE TABLE pdauth.asset_declaration (
  declaration_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number         text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  division       pdauth.division_code,
  declarant_party bigint NOT NULL REFERENCES pdauth.party,
  kind           text NOT NULL CHECK (kind IN ('balance sheet', 'pledge', 'contribution in kind', 'securitisation', 'other')),
  path           text COLLATE "C" REFERENCES pdauth.resource (path),
  product_id     bigint REFERENCES pdauth.product,
  value          numeric(16, 2) NOT NULL CHECK (value >= 0),
  basis          text NOT NULL CHECK (pdauth.has_content(basis)),
  risk_review    text NOT NULL CHECK (pdauth.has_content(risk_review)),
  declared_on    date NOT NULL,
  recorded_at    timestamptz NOT NULL,
  recorded_by    name NOT NULL,
  CHECK ((path IS NULL) <> (product_id IS NULL))
);
COMMENT ON TABLE pdauth.asset_declaration IS 'Declarations that data is entered on a balance sheet, pledged, contributed or securitised, with value, basis and risk review. One about a raw resource is flagged; the risk itself lies outside the database (R-31-1).';
COMMENT ON COLUMN pdauth.asset_declaration.declaration_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.asset_declaration.number IS 'Number.';
COMMENT ON COLUMN pdauth.asset_declaration.declarant_party IS 'Who declares it.';
COMMENT ON COLUMN pdauth.asset_declaration.kind IS 'balance sheet, pledge, contribution in kind, securitisation or other.';
COMMENT ON COLUMN pdauth.asset_declaration.path IS 'Raw resource, or NULL for a product.';
COMMENT ON COLUMN pdauth.asset_declaration.product_id IS 'Product, or NULL for a raw resource.';
COMMENT ON COLUMN pdauth.asset_declaration.value IS 'Value in yuan.';
COMMENT ON COLUMN pdauth.asset_declaration.basis IS 'Basis of the valuation.';
COMMENT ON COLUMN pdauth.asset_declaration.risk_review IS 'Risk review.';
COMMENT ON COLUMN pdauth.asset_declaration.declared_on IS 'Date of the act declared.';
CREATE FUNCTION pdauth.check_asset_declaration() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  ELSIF NEW.declarant_party <> (pdauth.require_actor()).party_id THEN
    PERFORM pdauth.refuse('X-4', 'asset declaration ' || NEW.number, 'One declares one''s own acts.');
  ELSIF NEW.declared_on > pdauth.clock_today() THEN
    PERFORM pdauth.refuse('X-3', 'asset declaration ' || NEW.number, 'The act is dated after today.');
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_asset_declaration() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_asset_declaration() IS 'Row trigger of pdauth.asset_declaration: one''s own acts (PD004), not in the future (PD003).';
SELECT pdauth.register_fact('pdauth.asset_declaration', '{operator,developer,provider}', 'R-31-1', 'check_asset_declaration');
CREATE POLICY register ON pdauth.asset_declaration USING (pdauth.may_see(division, declarant_party)) WITH CHECK (true);

CREATE VIEW pdauth.financial_risk WITH (security_barrier) AS
  SELECT d.number, d.division, pdauth.party_code(d.declarant_party) AS declarant, d.kind, coalesce('resource ' || d.path, 'product ' || p.number) AS object,
         d.value, d.basis, d.risk_review, d.declared_on, CASE WHEN d.path IS NOT NULL THEN 'PD311' END AS flag
    FROM pdauth.asset_declaration AS d LEFT JOIN pdauth.product AS p USING (product_id)
   WHERE pdauth.may_see(d.division, d.declarant_party);
COMMENT ON VIEW pdauth.financial_risk IS 'Declarations of assetisation and capitalisation, for the declarant, the finance department and the financial regulators of the territory; those of raw resources are flagged (R-31-1).';
COMMENT ON COLUMN pdauth.financial_risk.number IS 'Number.';
COMMENT ON COLUMN pdauth.financial_risk.division IS 'Division.';
COMMENT ON COLUMN pdauth.financial_risk.declarant IS 'Who declares it.';
COMMENT ON COLUMN pdauth.financial_risk.kind IS 'What was done with it.';
COMMENT ON COLUMN pdauth.financial_risk.object IS 'Resource or product.';
COMMENT ON COLUMN pdauth.financial_risk.value IS 'Value in yuan.';
COMMENT ON COLUMN pdauth.financial_risk.basis IS 'Basis of the valuation.';
COMMENT ON COLUMN pdauth.financial_risk.risk_review IS 'Risk review.';
COMMENT ON COLUMN pdauth.financial_risk.declared_on IS 'Date of the act.';
COMMENT ON COLUMN pdauth.financial_risk.flag IS 'SQLSTATE of R-31-1 for a raw resource.';
GRANT SELECT ON pdauth.financial_risk TO pdauth_register, pdauth_policy_admin, pdauth_auditor;
