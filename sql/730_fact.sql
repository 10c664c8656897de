-- What Articles 21 to 26 share: records without a life cycle, and checks of
-- steps that come after those of the object's own article.

CREATE FUNCTION pdauth.describe_columns(relation regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  known record;
BEGIN
  FOR known IN
    SELECT v.name, v.description FROM (VALUES
      ('act_date', 'Legal date of the act at hand; moved to pdauth.transition.'),
      ('act_document', 'Document of the act at hand; moved to pdauth.transition.'),
      ('act_digest', 'Its digest; moved to pdauth.transition.'),
      ('act_reason', 'Reason of the act at hand; moved to pdauth.transition.'),
      ('registered_at', 'When it was registered.'),
      ('recorded_at', 'When the row was inserted.'),
      ('recorded_by', 'Role that inserted it.'),
      ('division', 'Division.')) AS v (name, description)
      JOIN pg_attribute AS a ON a.attrelid = relation AND a.attname = v.name
     WHERE col_description(relation, a.attnum) IS NULL
  LOOP
    EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', relation, known.name, known.description);
  END LOOP;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.describe_columns(regclass) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.describe_columns(regclass) IS 'For the extension script: comments on the columns that the tables of the register have in common.';

-- Sums and limits are checked against what others have committed: a snapshot of
-- the whole transaction is blind to it, and a lock alone does not tell.
CREATE FUNCTION pdauth.require_read_committed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' AND NOT pdauth.break_glass_active() THEN
    PERFORM pdauth.refuse('X-5', replace(TG_TABLE_NAME, '_', ' '), format('The transaction is %s.', current_setting('transaction_isolation')), 'Act under READ COMMITTED, the default.');
  END IF;
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.require_read_committed() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.require_read_committed() IS 'Statement trigger of records: refuses transactions that cannot see what others have committed since they began (PD005, X-5).';

CREATE FUNCTION pdauth.register_fact(relation regclass, capacities text[], rule text, check_function name DEFAULT NULL, kept text[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  PERFORM pdauth.register_table(relation, capacities, rule);
  PERFORM pdauth.describe_columns(relation);
  EXECUTE format('CREATE TRIGGER require_read_committed BEFORE INSERT OR UPDATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION pdauth.require_read_committed()', relation);
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER require_read_committed', relation);
  IF check_function IS NOT NULL THEN
    IF kept = '{}' THEN
      EXECUTE format('CREATE TRIGGER check_fact BEFORE INSERT ON %s FOR EACH ROW EXECUTE FUNCTION pdauth.%I()', relation, check_function);
    ELSE
      EXECUTE format('CREATE TRIGGER check_fact BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION pdauth.%I()', relation, check_function);
    END IF;
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER check_fact', relation);
  END IF;
  IF kept = '{}' THEN
    EXECUTE format('CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record()', relation);
  ELSE
    EXECUTE format('CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record(%L, %L)', relation, kept[1], kept[cardinality(kept)]);
  END IF;
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER keep_record', relation);
END
$function$;
REVOKE ALL ON FUNCTION pdauth.register_fact(regclass, text[], text, name, text[]) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.register_fact(regclass, text[], text, name, text[]) IS
  'For the extension script: register_table() for a record without life cycle. Rows are only added; the trigger function given checks each, and only the one or two columns named last can change later (PD254, R-25-4).';

-- Columns that belong to one side of a matter, while it is in one state.
CREATE FUNCTION pdauth.keep_side() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  side constant text := TG_ARGV[0];
  open_state constant text := TG_ARGV[1];
  rule constant text := TG_ARGV[2];
  columns constant text[] := string_to_array(TG_ARGV[3], ',');
  act constant text[] := '{state,act_date,act_document,act_digest,act_reason,registered_at}';
  new_row jsonb := to_jsonb(NEW);
  old_row jsonb := to_jsonb(OLD);
  changed boolean := CASE WHEN columns IS NULL THEN new_row - act IS DISTINCT FROM old_row - act
                          ELSE EXISTS (SELECT FROM unnest(columns) AS c WHERE new_row -> c IS DISTINCT FROM old_row -> c) END;
BEGIN
  IF changed AND NOT pdauth.break_glass_active()
     AND ((pdauth.require_actor()).party_id IS DISTINCT FROM (old_row ->> side)::bigint OR old_row ->> 'state' <> open_state) THEN
    PERFORM pdauth.refuse(rule, pdauth.object_label(TG_TABLE_NAME, old_row ->> 'number'), format('Written by %s while it is %s.', pdauth.party_code((old_row ->> side)::bigint), open_state), NULL, (old_row ->> 'division')::pdauth.division_code);
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.keep_side() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.keep_side() IS 'Row trigger: content is changed only by the party of one column (first argument), in one state (second), else refused by a rule (third). The columns it is about, comma-separated (fourth); all but those of the act if left out.';

-- A step is checked by its own article first; what other articles make of it
-- comes after, so that the report keeps the order of the catalogue (X-10).
CREATE TABLE pdauth.further_check (
  life_cycle text NOT NULL REFERENCES pdauth.life_cycle,
  check_function name NOT NULL,
  PRIMARY KEY (life_cycle, check_function)
);
COMMENT ON TABLE pdauth.further_check IS 'Check functions of other articles for the steps of a life cycle, run after its own one. Data of the extension.';
COMMENT ON COLUMN pdauth.further_check.life_cycle IS 'Life cycle.';
COMMENT ON COLUMN pdauth.further_check.check_function IS 'Function of schema pdauth that takes a pdauth.transition and returns its violations.';
GRANT SELECT ON pdauth.further_check TO PUBLIC;

CREATE TABLE pdauth.further_effect (
  life_cycle text NOT NULL REFERENCES pdauth.life_cycle,
  effect_function name NOT NULL,
  PRIMARY KEY (life_cycle, effect_function)
);
COMMENT ON TABLE pdauth.further_effect IS 'What other articles let follow from the steps of a life cycle. Data of the extension.';
COMMENT ON COLUMN pdauth.further_effect.life_cycle IS 'Life cycle.';
COMMENT ON COLUMN pdauth.further_effect.effect_function IS 'Function of schema pdauth that takes a pdauth.transition whose checks have passed.';
GRANT SELECT ON pdauth.further_effect TO PUBLIC;

CREATE FUNCTION pdauth.check_further(step pdauth.transition) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  violations pdauth.violation[] := '{}';
  found pdauth.violation[];
  further name;
BEGIN
  FOR further IN SELECT c.check_function FROM pdauth.further_check AS c WHERE c.life_cycle = step.life_cycle ORDER BY c.check_function LOOP
    EXECUTE format('SELECT array_agg(v) FROM pdauth.%I($1) AS v', further) INTO found USING step;
    violations := violations || coalesce(found, '{}');
  END LOOP;
  PERFORM pdauth.judge(violations, step.division);
  FOR further IN SELECT e.effect_function FROM pdauth.further_effect AS e WHERE e.life_cycle = step.life_cycle ORDER BY e.effect_function LOOP
    EXECUTE format('SELECT pdauth.%I($1)', further) USING step;
  END LOOP;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_further(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_further(pdauth.transition) IS 'The end of check_step(): the checks of pdauth.further_check, then the effects of pdauth.further_effect.';

CREATE FUNCTION pdauth.waive_duty(life_cycle text, object_id bigint, rule text, reason text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $function$
  UPDATE pdauth.obligation AS o SET waive_reason = reason
    FROM pdauth.register_duty AS d
   WHERE d.obligation_id = o.obligation_id AND o.closed_at IS NULL
     AND d.life_cycle = waive_duty.life_cycle AND d.object_id = waive_duty.object_id AND d.rule = waive_duty.rule
$function$;
REVOKE ALL ON FUNCTION pdauth.waive_duty(text, bigint, text, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.waive_duty(text, bigint, text, text) IS 'Waives the open obligation of a rule for an object of the register, because its ground fell away. For effect functions.';

CREATE FUNCTION pdauth.overdue(life_cycle text, object_id bigint, rule text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT EXISTS (SELECT FROM pdauth.register_duty AS d JOIN pdauth.obligation_status AS s USING (obligation_id)
                  WHERE d.life_cycle = overdue.life_cycle AND d.object_id = overdue.object_id AND d.rule = overdue.rule AND s.status = 'overdue')
$function$;
REVOKE ALL ON FUNCTION pdauth.overdue(text, bigint, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.overdue(text, bigint, text) IS 'Is an open obligation of a rule for an object of the register overdue now? False for NULL.';
