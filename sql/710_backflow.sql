-- Back-flow of provincially aggregated data to prefectures in raw format
-- (原始格式回流, Article 16): only with the consent of the providing department.

CREATE TABLE pdauth.backflow (
  backflow_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number         text COLLATE "C" NOT NULL UNIQUE CHECK (pdauth.has_content(number)),
  path           text COLLATE "C" NOT NULL REFERENCES pdauth.resource (path),
  provider_party bigint REFERENCES pdauth.party,
  receiver_party bigint NOT NULL REFERENCES pdauth.party,
  division       pdauth.division_code,
  plan_id        bigint NOT NULL REFERENCES pdauth.plan,
  need           text NOT NULL CHECK (pdauth.has_content(need)),
  columns        text[] NOT NULL CHECK (pg_catalog.cardinality(columns) > 0),
  row_filter     text NOT NULL CHECK (pdauth.has_content(row_filter)),
  period         daterange NOT NULL CHECK (NOT pg_catalog.isempty(period) AND NOT pg_catalog.lower_inf(period) AND NOT pg_catalog.upper_inf(period)),
  relation       regclass,
  state          text NOT NULL DEFAULT 'requested',
  act_date       date,
  act_document   text,
  act_digest     pdauth.document_digest,
  act_reason     text,
  registered_at  timestamptz
);
COMMENT ON TABLE pdauth.backflow IS 'Back-flow of a resource to a prefecture: requested by its data authority, consented or refused by the providing department, ended (by either), disposed. Silence is not consent (reading A-16).';
COMMENT ON COLUMN pdauth.backflow.backflow_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.backflow.number IS 'Number, such as B-1.';
COMMENT ON COLUMN pdauth.backflow.path IS 'Resource.';
COMMENT ON COLUMN pdauth.backflow.provider_party IS 'Providing department, filled in.';
COMMENT ON COLUMN pdauth.backflow.receiver_party IS 'Prefecture data authority that receives.';
COMMENT ON COLUMN pdauth.backflow.division IS 'Its prefecture.';
COMMENT ON COLUMN pdauth.backflow.plan_id IS 'Approved plan of the prefecture that it supports.';
COMMENT ON COLUMN pdauth.backflow.need IS 'Why it is needed.';
COMMENT ON COLUMN pdauth.backflow.columns IS 'Columns.';
COMMENT ON COLUMN pdauth.backflow.row_filter IS 'Rows.';
COMMENT ON COLUMN pdauth.backflow.period IS 'First and last day.';
COMMENT ON COLUMN pdauth.backflow.relation IS 'Table that receives it, if it is in this database: labelled with the same resource path.';
COMMENT ON COLUMN pdauth.backflow.state IS 'requested, consented, refused, ended or disposed.';
COMMENT ON COLUMN pdauth.backflow.act_date IS 'Legal date of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.backflow.act_document IS 'Document of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.backflow.act_digest IS 'Its digest; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.backflow.act_reason IS 'Reason of the act at hand; moved to pdauth.transition.';
COMMENT ON COLUMN pdauth.backflow.registered_at IS 'When it was registered.';

CREATE TABLE pdauth.backflow_batch (
  batch_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  backflow_id    bigint NOT NULL REFERENCES pdauth.backflow,
  batch          text NOT NULL CHECK (pdauth.has_content(batch)),
  receiver_party bigint NOT NULL REFERENCES pdauth.party,
  columns        text[] NOT NULL CHECK (pg_catalog.cardinality(columns) > 0),
  row_count      bigint NOT NULL CHECK (row_count >= 0),
  checksum       text NOT NULL CHECK (pdauth.has_content(checksum)),
  recorded_at    timestamptz NOT NULL,
  recorded_by    name NOT NULL,
  UNIQUE (backflow_id, batch)
);
COMMENT ON TABLE pdauth.backflow_batch IS 'Batches that flowed back, each held to the consent as it is at that moment (R-16-3, R-16-4, R-16-5). Entered by the authority that runs the public data platform, or by the receiver.';
COMMENT ON COLUMN pdauth.backflow_batch.batch_id IS 'Key, given by the system.';
COMMENT ON COLUMN pdauth.backflow_batch.backflow_id IS 'Back-flow it is part of.';
COMMENT ON COLUMN pdauth.backflow_batch.batch IS 'Number of the batch.';
COMMENT ON COLUMN pdauth.backflow_batch.receiver_party IS 'Who receives it.';
COMMENT ON COLUMN pdauth.backflow_batch.columns IS 'Columns in it.';
COMMENT ON COLUMN pdauth.backflow_batch.row_count IS 'Rows in it.';
COMMENT ON COLUMN pdauth.backflow_batch.checksum IS 'Checksum of it.';
COMMENT ON COLUMN pdauth.backflow_batch.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.backflow_batch.recorded_by IS 'Role that inserted it.';

CREATE TABLE pdauth.backflow_disposition (
  backflow_id bigint NOT NULL REFERENCES pdauth.backflow,
  party_id    bigint NOT NULL REFERENCES pdauth.party,
  decision    text NOT NULL CHECK (pdauth.has_content(decision)),
  document    text NOT NULL CHECK (pdauth.has_content(document)),
  recorded_at timestamptz NOT NULL,
  recorded_by name NOT NULL,
  PRIMARY KEY (backflow_id, party_id)
);
COMMENT ON TABLE pdauth.backflow_disposition IS 'What the providing department and the prefecture authority decide about data already received, once consent has ended (R-16-5).';
COMMENT ON COLUMN pdauth.backflow_disposition.backflow_id IS 'The back-flow.';
COMMENT ON COLUMN pdauth.backflow_disposition.party_id IS 'Party that decides: the one acting.';
COMMENT ON COLUMN pdauth.backflow_disposition.decision IS 'The decision.';
COMMENT ON COLUMN pdauth.backflow_disposition.document IS 'Document of it.';
COMMENT ON COLUMN pdauth.backflow_disposition.recorded_at IS 'When the row was inserted.';
COMMENT ON COLUMN pdauth.backflow_disposition.recorded_by IS 'Role that inserted it.';

INSERT INTO pdauth.life_cycle VALUES ('backflow', 'backflow_id', 'number', 'backflow_violations', NULL, 'R-16-3', 'R-16-3', 'R-16-3', '{requested}');
INSERT INTO pdauth.life_cycle_transition VALUES
  ('backflow', '', 'requested', '{prefecture}', 'R-16-4', '{}'),
  ('backflow', 'requested', 'consented', '{provider}', 'R-16-3', '{document}'),
  ('backflow', 'requested', 'refused', '{provider}', 'R-16-3', '{reason}'),
  ('backflow', 'consented', 'ended', '{provider,prefecture}', 'R-16-5', '{reason}'),
  ('backflow', 'ended', 'disposed', '{provider,prefecture}', 'R-16-5', '{document}');

CREATE FUNCTION pdauth.backflow_label_lost(backflow pdauth.backflow) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT backflow.relation IS NOT NULL
     AND NOT EXISTS (SELECT FROM pdauth.protected_relation AS p WHERE p.relation = backflow.relation AND pdauth.path_contains(backflow.path, p.resource) AND p.mode <> 'observe' AND p.guarded)
$function$;
REVOKE ALL ON FUNCTION pdauth.backflow_label_lost(pdauth.backflow) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.backflow_label_lost(pdauth.backflow) IS 'Is the copy in this database without the label of the resource, or not enforced? False if it is elsewhere.';

CREATE FUNCTION pdauth.backflow_violations(step pdauth.transition) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-16-3', step.object, format('Plan %s of %s does not cover it.', p.label, p.division), NULL::text
    FROM pdauth.backflow AS b JOIN pdauth.plan AS p USING (plan_id)
   WHERE b.backflow_id = step.object_id AND step.to_state IN ('requested', 'consented')
     AND NOT (pdauth.plan_in_force(p.plan_id) AND pdauth.division_code_equal(p.division, b.division) AND p.term @> b.period
              AND EXISTS (SELECT FROM pdauth.plan_resource AS q JOIN pdauth.resource AS r USING (resource_id) WHERE q.plan_id = p.plan_id AND r.path = b.path AND b.columns <@ q.columns))
  UNION ALL
  SELECT 'R-16-3', step.object, format('%s is provided by %s.', b.path, pdauth.party_code(r.provider_party)), NULL
    FROM pdauth.backflow AS b JOIN pdauth.resource AS r USING (path)
   WHERE b.backflow_id = step.object_id AND step.capacity = 'provider' AND step.party_id <> r.provider_party
  UNION ALL
  SELECT v.* FROM pdauth.backflow AS b JOIN pdauth.resource AS r USING (path), pdauth.resource_violations(r.resource_id, step.object, 'R-15-4') AS v
   WHERE b.backflow_id = step.object_id AND step.to_state IN ('requested', 'consented')
  UNION ALL
  SELECT 'R-16-4', step.object, format('The receiver is to be the data authority of a prefecture, not %s in %s.', pdauth.party_code(b.receiver_party), b.division), NULL
    FROM pdauth.backflow AS b
   WHERE b.backflow_id = step.object_id AND step.to_state IN ('requested', 'consented')
     AND (pdauth.division_level(b.division) <> 'prefecture' OR b.receiver_party IS DISTINCT FROM pdauth.holder_of('prefecture', b.division))
  UNION ALL
  SELECT 'R-16-4', step.object, format('%s is not the receiver.', pdauth.party_code(step.party_id)), NULL
    FROM pdauth.backflow AS b WHERE b.backflow_id = step.object_id AND step.capacity = 'prefecture' AND b.receiver_party <> step.party_id
  UNION ALL
  -- a department can always withdraw; a prefecture closes only what is in order
  SELECT 'R-16-4', step.object, format('%s is not labelled %s.', b.relation, b.path), NULL
    FROM pdauth.backflow AS b
   WHERE b.backflow_id = step.object_id AND (step.to_state = 'ended' AND step.capacity = 'prefecture' OR step.to_state = 'disposed') AND pdauth.backflow_label_lost(b)
  UNION ALL
  SELECT 'R-16-5', step.object, format('%s has not decided about the data received.', pdauth.party_code(w.party_id)), NULL
    FROM pdauth.backflow AS b CROSS JOIN LATERAL (VALUES (b.provider_party), (b.receiver_party)) AS w (party_id)
   WHERE b.backflow_id = step.object_id AND step.to_state = 'disposed'
     AND NOT EXISTS (SELECT FROM pdauth.backflow_disposition AS d WHERE d.backflow_id = b.backflow_id AND d.party_id = w.party_id)
$function$;
REVOKE ALL ON FUNCTION pdauth.backflow_violations(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.backflow_violations(pdauth.transition) IS 'Check function of back-flow: for an approved plan of a prefecture, with the consent of the providing department, labelled as the original (R-16-3 to R-16-5).';

CREATE FUNCTION pdauth.keep_backflow() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NOT pdauth.break_glass_active() THEN
    NEW.provider_party := (SELECT r.provider_party FROM pdauth.resource AS r WHERE r.path = NEW.path);
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.keep_backflow() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.keep_backflow() IS 'Row trigger of pdauth.backflow: fills in the department that provides the resource.';

CREATE FUNCTION pdauth.check_backflow_record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor;
  backflow pdauth.backflow;
  object text;
  fact jsonb := to_jsonb(NEW);
  given text[];
BEGIN
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  END IF;
  actor := pdauth.require_actor();
  -- a withdrawal waits for us, or we see it
  SELECT * INTO backflow FROM pdauth.backflow AS b WHERE b.backflow_id = NEW.backflow_id FOR SHARE;
  object := pdauth.object_label('backflow', backflow.number);
  IF TG_TABLE_NAME = 'backflow_disposition' THEN
    IF actor.party_id NOT IN (backflow.provider_party, backflow.receiver_party) OR backflow.state <> 'ended' THEN
      PERFORM pdauth.refuse('R-16-5', object, format('It is %s; provider and receiver decide once it has ended.', backflow.state), NULL, backflow.division);
    END IF;
    RETURN jsonb_populate_record(NEW, jsonb_build_object('party_id', actor.party_id));
  END IF;
  given := ARRAY(SELECT jsonb_array_elements_text(fact -> 'columns'));
  PERFORM pdauth.judge(ARRAY(
    SELECT ROW('R-15-4', object, format('%s is on the negative list.', backflow.path), NULL)::pdauth.violation
      FROM pdauth.resource AS r WHERE r.path = backflow.path AND pdauth.negative_listed(r.resource_id)
    UNION ALL
    SELECT ROW('R-16-3', object, format('It is %s.', backflow.state), NULL)::pdauth.violation WHERE backflow.state NOT IN ('consented', 'ended', 'disposed')
    UNION ALL
    SELECT ROW('R-16-3', object, concat_ws(' ', CASE WHEN NOT given <@ backflow.columns THEN format('No consent for: %s.', array_to_string(ARRAY(SELECT unnest(given) EXCEPT SELECT unnest(backflow.columns)), ', ')) END,
                                 CASE WHEN (fact ->> 'receiver_party')::bigint <> backflow.receiver_party THEN format('No consent for %s.', pdauth.party_code((fact ->> 'receiver_party')::bigint)) END,
                                 CASE WHEN NOT pdauth.plan_in_force(backflow.plan_id) THEN 'The plan is not in force.' END), NULL)::pdauth.violation
     WHERE NOT given <@ backflow.columns OR (fact ->> 'receiver_party')::bigint <> backflow.receiver_party OR NOT pdauth.plan_in_force(backflow.plan_id)
    UNION ALL
    SELECT ROW('R-16-4', object, format('%s neither runs the platform nor receives it.', actor.party), NULL)::pdauth.violation
      FROM pdauth.resource AS r WHERE r.path = backflow.path AND actor.party_id IS DISTINCT FROM pdauth.data_authority(r.division) AND actor.party_id <> backflow.receiver_party
    UNION ALL
    SELECT ROW('R-16-4', object, format('%s is not labelled %s.', backflow.relation, backflow.path), NULL)::pdauth.violation WHERE pdauth.backflow_label_lost(backflow)
    UNION ALL
    SELECT ROW('R-16-5', object, format('Consent: %s, for %s.', backflow.state, backflow.period), NULL)::pdauth.violation
     WHERE backflow.state IN ('ended', 'disposed') OR backflow.state = 'consented' AND NOT backflow.period @> pdauth.clock_today()), backflow.division);
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_backflow_record() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_backflow_record() IS 'Row trigger of batches (within the consent in force now) and of decisions about data received (R-16-3 to R-16-5).';

SELECT pdauth.register_table('pdauth.backflow', '{prefecture,provider}', 'R-16-4');
SELECT pdauth.register_table('pdauth.backflow_batch', '{bureau,prefecture}', 'R-16-4');
SELECT pdauth.register_table('pdauth.backflow_disposition', '{prefecture,provider}', 'R-16-5');
CREATE TRIGGER keep_backflow BEFORE INSERT OR UPDATE ON pdauth.backflow FOR EACH ROW EXECUTE FUNCTION pdauth.keep_backflow();
ALTER TABLE pdauth.backflow ENABLE ALWAYS TRIGGER keep_backflow;
CREATE TRIGGER check_backflow_record BEFORE INSERT ON pdauth.backflow_batch FOR EACH ROW EXECUTE FUNCTION pdauth.check_backflow_record();
CREATE TRIGGER check_backflow_record BEFORE INSERT ON pdauth.backflow_disposition FOR EACH ROW EXECUTE FUNCTION pdauth.check_backflow_record();
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.backflow_batch FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record();
CREATE TRIGGER keep_record BEFORE INSERT OR UPDATE OR DELETE ON pdauth.backflow_disposition FOR EACH ROW EXECUTE FUNCTION pdauth.keep_record();
ALTER TABLE pdauth.backflow_batch ENABLE ALWAYS TRIGGER check_backflow_record;
ALTER TABLE pdauth.backflow_disposition ENABLE ALWAYS TRIGGER check_backflow_record;
ALTER TABLE pdauth.backflow_batch ENABLE ALWAYS TRIGGER keep_record;
ALTER TABLE pdauth.backflow_disposition ENABLE ALWAYS TRIGGER keep_record;
CREATE POLICY register ON pdauth.backflow USING (pdauth.may_see(division, provider_party, receiver_party)) WITH CHECK (true);
CREATE POLICY register ON pdauth.backflow_batch USING (EXISTS (SELECT FROM pdauth.backflow AS b WHERE b.backflow_id = backflow_batch.backflow_id)) WITH CHECK (true);
CREATE POLICY register ON pdauth.backflow_disposition USING (EXISTS (SELECT FROM pdauth.backflow AS b WHERE b.backflow_id = backflow_disposition.backflow_id)) WITH CHECK (true);
