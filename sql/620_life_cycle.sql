-- One mechanism for the life cycles of the register.
--
-- A governed table has a column "state" and four columns for the act at hand
-- (act_date, act_document, act_digest, act_reason).  An UPDATE of state is an
-- act: it must be an allowed transition by an entitled capacity; what it rests
-- on moves to pdauth.transition, and the life cycle's check function says at
-- commit (or SET CONSTRAINTS ALL IMMEDIATE) whether its preconditions hold.

CREATE DOMAIN pdauth.document_digest AS text CONSTRAINT document_digest_check CHECK (VALUE ~ '^(sha256|sm3):[0-9a-f]{64}$');
COMMENT ON DOMAIN pdauth.document_digest IS 'Digest of a document outside the database: sha256: or sm3: and 64 hexadecimal digits.';

CREATE TABLE pdauth.life_cycle (
  life_cycle     text COLLATE "C" PRIMARY KEY,
  key_column     name NOT NULL,
  number_column  name NOT NULL,
  check_function name,
  effect_function name,
  insert_rule    text NOT NULL REFERENCES pdauth.rule,
  jump_rule      text NOT NULL REFERENCES pdauth.rule,
  freeze_rule    text NOT NULL REFERENCES pdauth.rule,
  open_states    text[] NOT NULL
);
COMMENT ON TABLE pdauth.life_cycle IS 'Life cycles, each named as its table. Data of the extension.';
COMMENT ON COLUMN pdauth.life_cycle.life_cycle IS 'Name of the life cycle and of its table in schema pdauth.';
COMMENT ON COLUMN pdauth.life_cycle.key_column IS 'Primary key of the table (bigint).';
COMMENT ON COLUMN pdauth.life_cycle.number_column IS 'Column with the number people use, such as K-1.';
COMMENT ON COLUMN pdauth.life_cycle.check_function IS 'Function of schema pdauth that takes a pdauth.transition and returns its violations; NULL if there is nothing to check.';
COMMENT ON COLUMN pdauth.life_cycle.effect_function IS 'Function of schema pdauth that takes a pdauth.transition whose checks have passed and does what follows from it (deadlines, licenses); NULL if nothing does.';
COMMENT ON COLUMN pdauth.life_cycle.insert_rule IS 'Rule that refuses rows that do not begin in a first state.';
COMMENT ON COLUMN pdauth.life_cycle.jump_rule IS 'Rule that refuses transitions that do not exist.';
COMMENT ON COLUMN pdauth.life_cycle.freeze_rule IS 'Rule that refuses changes of content in other than open states.';
COMMENT ON COLUMN pdauth.life_cycle.open_states IS 'States in which the content may be edited.';

CREATE TABLE pdauth.life_cycle_transition (
  life_cycle text NOT NULL REFERENCES pdauth.life_cycle,
  from_state text NOT NULL,
  to_state   text NOT NULL CHECK (to_state <> ''),
  capacities text[] NOT NULL CHECK (capacities <> '{}'),
  rule       text NOT NULL REFERENCES pdauth.rule,
  needs      text[] NOT NULL CHECK (needs <@ '{document,reason}'),
  PRIMARY KEY (life_cycle, from_state, to_state)
);
COMMENT ON TABLE pdauth.life_cycle_transition IS 'Allowed transitions; from_state is empty for first states. Data of the extension.';
COMMENT ON COLUMN pdauth.life_cycle_transition.life_cycle IS 'Life cycle.';
COMMENT ON COLUMN pdauth.life_cycle_transition.from_state IS 'State before; empty for a new row.';
COMMENT ON COLUMN pdauth.life_cycle_transition.to_state IS 'State after.';
COMMENT ON COLUMN pdauth.life_cycle_transition.capacities IS 'Capacities that may act.';
COMMENT ON COLUMN pdauth.life_cycle_transition.rule IS 'Rule cited when another capacity tries, or what the act needs is missing.';
COMMENT ON COLUMN pdauth.life_cycle_transition.needs IS 'document: act_document and act_digest; reason: act_reason.';

CREATE TABLE pdauth.transition (
  transition_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  life_cycle    text NOT NULL REFERENCES pdauth.life_cycle,
  object_id     bigint NOT NULL,
  object        text NOT NULL,
  division      pdauth.division_code,
  parties       bigint[] NOT NULL,
  from_state    text NOT NULL,
  to_state      text NOT NULL,
  person_id     bigint NOT NULL REFERENCES pdauth.person,
  party_id      bigint NOT NULL REFERENCES pdauth.party,
  capacity      text NOT NULL REFERENCES pdauth.capacity,
  role          name NOT NULL,
  event_date    date NOT NULL,
  document      text,
  digest        pdauth.document_digest,
  reason        text,
  recorded_at   timestamptz NOT NULL,
  recorded_in   xid8 NOT NULL
);
CREATE INDEX transition_object_index ON pdauth.transition (life_cycle, object_id);
CREATE INDEX transition_label_index ON pdauth.transition (object);
COMMENT ON TABLE pdauth.transition IS 'Every transition of every life cycle, with who, when and on what document. Written by the system, never changed (R-25-4).';
COMMENT ON COLUMN pdauth.transition.transition_id IS 'Number; later transitions of an object have greater ones.';
COMMENT ON COLUMN pdauth.transition.life_cycle IS 'Life cycle.';
COMMENT ON COLUMN pdauth.transition.object_id IS 'Key of the row.';
COMMENT ON COLUMN pdauth.transition.object IS 'The row as people call it, such as "plan K-1".';
COMMENT ON COLUMN pdauth.transition.division IS 'Division of the object.';
COMMENT ON COLUMN pdauth.transition.parties IS 'Parties of the matter.';
COMMENT ON COLUMN pdauth.transition.from_state IS 'State before; empty for a new row.';
COMMENT ON COLUMN pdauth.transition.to_state IS 'State after.';
COMMENT ON COLUMN pdauth.transition.person_id IS 'Person who acted.';
COMMENT ON COLUMN pdauth.transition.party_id IS 'Party acted for.';
COMMENT ON COLUMN pdauth.transition.capacity IS 'Capacity acted in.';
COMMENT ON COLUMN pdauth.transition.role IS 'Database role.';
COMMENT ON COLUMN pdauth.transition.event_date IS 'Legal date of the act, not in the future (X-3). Clocks run from it.';
COMMENT ON COLUMN pdauth.transition.document IS 'Number of the document it rests on.';
COMMENT ON COLUMN pdauth.transition.digest IS 'Digest of that document.';
COMMENT ON COLUMN pdauth.transition.reason IS 'Reason given.';
COMMENT ON COLUMN pdauth.transition.recorded_at IS 'System time, by pdauth''s clock.';
COMMENT ON COLUMN pdauth.transition.recorded_in IS 'Transaction.';
COMMENT ON SEQUENCE pdauth.transition_transition_id_seq IS 'Numbers of transitions.';

CREATE TABLE pdauth.pending_step (
  transition_id bigint PRIMARY KEY
);
COMMENT ON TABLE pdauth.pending_step IS 'Steps of this transaction that are not checked yet: their rows may still come. Empty for everybody else: a row is gone before its transaction commits.';
COMMENT ON COLUMN pdauth.pending_step.transition_id IS 'The step.';


CREATE FUNCTION pdauth.keep_pending_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  -- a step is pending before it is written; one that was checked does not become so again
  IF TG_OP = 'UPDATE' OR EXISTS (SELECT FROM pdauth.transition AS t WHERE t.transition_id = NEW.transition_id) THEN
    PERFORM pdauth.refuse('X-5', 'pending step', 'Steps become pending as they are taken.');
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.keep_pending_step() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.keep_pending_step() IS 'Row trigger of pdauth.pending_step: no step becomes pending after it was taken (PD005, X-5).';
CREATE TRIGGER keep_pending_step BEFORE INSERT OR UPDATE ON pdauth.pending_step FOR EACH ROW EXECUTE FUNCTION pdauth.keep_pending_step();
ALTER TABLE pdauth.pending_step ENABLE ALWAYS TRIGGER keep_pending_step;

CREATE FUNCTION pdauth.step_pending(life_cycle text, object_id bigint, from_states text[] DEFAULT NULL) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT EXISTS (SELECT FROM pdauth.pending_step AS p JOIN pdauth.transition AS t USING (transition_id) JOIN pdauth.life_cycle AS c USING (life_cycle)
                  WHERE t.life_cycle = step_pending.life_cycle AND t.object_id = step_pending.object_id AND t.recorded_in = pg_current_xact_id()
                    AND t.from_state = ANY (coalesce(from_states, c.open_states)))
$function$;
REVOKE ALL ON FUNCTION pdauth.step_pending(text, bigint, text[]) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.step_pending(text, bigint, text[]) IS
  'Has this transaction taken a step of the object, out of one of these states (default: those in which its content is open), that is still to be checked? What belongs to the step may follow it. False for NULL.';

CREATE FUNCTION pdauth.object_label(relation name, number text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$ SELECT concat_ws(' ', replace(relation, '_', ' '), number) $function$;
COMMENT ON FUNCTION pdauth.object_label(name, text) IS 'What an object of the register is called in messages, exceptions and obligations, such as "plan K-1".';

CREATE FUNCTION pdauth.parties_of(new_row jsonb) RETURNS bigint[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT coalesce(array_agg(DISTINCT e.value::bigint), '{}') FROM jsonb_each_text(new_row) AS e WHERE e.key LIKE '%\_party' AND e.value IS NOT NULL
$function$;
COMMENT ON FUNCTION pdauth.parties_of(jsonb) IS 'The parties of a row of the register: the values of its columns ending in _party.';

CREATE FUNCTION pdauth.territory_violation(actor pdauth.actor, division pdauth.division_code, object text) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'R-5-3', object, format('%s acts in %s, not in %s.', actor.party, actor.division, division), NULL::text
   WHERE actor.capacity IN ('prefecture', 'county') AND NOT pdauth.division_code_contains(actor.division, division)
$function$;
COMMENT ON FUNCTION pdauth.territory_violation(pdauth.actor, pdauth.division_code, text) IS 'R-5-3 if a prefecture or county authority acts outside its territory.';

CREATE FUNCTION pdauth.competence_rule(capacity text, rule text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT CASE WHEN capacity = 'bureau' THEN 'R-5-2'
              WHEN capacity IN ('price_authority', 'finance', 'supervisor', 'security') THEN 'R-5-9'
              ELSE rule END
$function$;
COMMENT ON FUNCTION pdauth.competence_rule(text, text) IS 'The rule that refuses an act of a capacity that is not entitled to it: R-5-2 for the bureau, R-5-9 for supervisors, else the one given.';

CREATE FUNCTION pdauth.key_violation(relation oid, cycle pdauth.life_cycle, new_row jsonb, object text) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  -- OVERRIDING SYSTEM VALUE: a key that had another history, or that the sequence has yet to give
  SELECT 'X-5', object, 'Its key is given by the system.', NULL::text
   WHERE (new_row ->> cycle.key_column)::bigint > coalesce(pg_sequence_last_value(pg_get_serial_sequence(relation::regclass::text, cycle.key_column)::regclass), 0)
      OR EXISTS (SELECT FROM pdauth.transition AS t WHERE t.life_cycle = cycle.life_cycle AND t.object_id = (new_row ->> cycle.key_column)::bigint)
$function$;
REVOKE ALL ON FUNCTION pdauth.key_violation(oid, pdauth.life_cycle, jsonb, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.key_violation(oid, pdauth.life_cycle, jsonb, text) IS 'X-5 if a new row of the register has a key that was chosen for it.';

CREATE FUNCTION pdauth.content_violations(cycle pdauth.life_cycle, actor pdauth.actor, old_content jsonb, new_content jsonb, old_state text, object text) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  WITH change AS (
    SELECT ARRAY(SELECT k FROM unnest(ARRAY[cycle.key_column, cycle.number_column, 'number', 'version', 'registered_at']::text[]) AS k
                  WHERE new_content -> k IS DISTINCT FROM old_content -> k) AS identity,
           (SELECT t.party_id FROM pdauth.transition AS t
             WHERE t.life_cycle = cycle.life_cycle AND t.object_id = (old_content ->> cycle.key_column)::bigint ORDER BY t.transition_id LIMIT 1) AS registrant
     WHERE new_content IS DISTINCT FROM old_content
  )
  SELECT 'X-5', object, format('It keeps its %s.', array_to_string(c.identity, ', ')), NULL::text FROM change AS c WHERE c.identity <> '{}'
  UNION ALL
  SELECT cycle.freeze_rule, object, format('Its content cannot change while it is %s.', old_state), NULL FROM change AS c WHERE NOT old_state = ANY (cycle.open_states)
  UNION ALL
  SELECT pdauth.competence_rule(actor.capacity, p.rule), object, format('Its content is of %s, not of %s.', pdauth.party_code(coalesce(c.registrant, actor.party_id)), actor.party), NULL
    FROM change AS c JOIN pdauth.competence AS p ON p.relation = cycle.life_cycle
   WHERE old_state = ANY (cycle.open_states)
     AND (actor.party_id IS DISTINCT FROM coalesce(c.registrant, actor.party_id)
          OR NOT actor.party_id = ANY (pdauth.parties_of(old_content)) OR NOT actor.party_id = ANY (pdauth.parties_of(new_content)))
$function$;
REVOKE ALL ON FUNCTION pdauth.content_violations(pdauth.life_cycle, pdauth.actor, jsonb, jsonb, text, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.content_violations(pdauth.life_cycle, pdauth.actor, jsonb, jsonb, text, text) IS
  'What is wrong with a change of a row''s content: its key, number and instant of registration stay (X-5); the rest changes in open states, by the party that registered it and remains one of its parties.';

CREATE FUNCTION pdauth.date_violations(day date, has_document boolean, life_cycle text, object_id bigint, rule text, object text) RETURNS SETOF pdauth.violation
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'X-3', object, format('The act is dated %s, after today.', day), NULL::text WHERE day > pdauth.clock_today()
  UNION ALL
  SELECT 'X-3', object, format('The act is dated %s, but it is an act of the platform, of today.', day), 'Leave act_date out: only acts that rest on a document have a date of their own.'
   WHERE day < pdauth.clock_today() AND NOT has_document
  UNION ALL
  SELECT coalesce(date_violations.rule, 'X-3'), object, format('Dated %s, before the step it follows (%s).', day, e.event_date), NULL
    FROM (SELECT t.event_date FROM pdauth.transition AS t
           WHERE t.life_cycle = date_violations.life_cycle AND t.object_id = date_violations.object_id ORDER BY t.transition_id DESC LIMIT 1) AS e
   WHERE day < e.event_date AND has_document
$function$;
REVOKE ALL ON FUNCTION pdauth.date_violations(date, boolean, text, bigint, text, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.date_violations(date, boolean, text, bigint, text, text) IS
  'What is wrong with the date of an act: it is not after today, earlier only for acts that rest on a document (X-3), and not before the step it follows (the rule of the step). No rows for NULL.';

CREATE FUNCTION pdauth.keep_life_cycle() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  act constant text[] := '{act_date,act_document,act_digest,act_reason}';
  kept constant text[] := string_to_array(coalesce(TG_ARGV[0], ''), ',');
  cycle pdauth.life_cycle;
  step pdauth.life_cycle_transition;
  actor pdauth.actor;
  new_row jsonb := to_jsonb(NEW);
  old_row jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
  old_state text := coalesce(old_row ->> 'state', '');
  act_day date := (new_row ->> 'act_date')::date;
  division pdauth.division_code := (coalesce(new_row, old_row) ->> 'division')::pdauth.division_code;
  object text;
  violations pdauth.violation[] := '{}';
BEGIN
  SELECT * INTO STRICT cycle FROM pdauth.life_cycle AS c WHERE c.life_cycle = TG_TABLE_NAME;
  -- a generated label is not computed yet for a new row
  object := pdauth.object_label(TG_TABLE_NAME, coalesce(old_row ->> cycle.number_column, new_row ->> cycle.number_column,
    (new_row ->> 'number') || CASE WHEN (new_row ->> 'version')::integer > 1 THEN ' version ' || (new_row ->> 'version') ELSE '' END));
  IF TG_OP = 'INSERT' AND new_row ->> 'registered_at' IS NOT NULL AND pdauth.break_glass_active() THEN
    RETURN NEW;  -- restored with its history
  ELSIF TG_OP = 'DELETE' THEN
    PERFORM pdauth.refuse('R-25-4', object, 'What was registered is never deleted.');
    RETURN OLD;
  END IF;
  -- a snapshot of the whole transaction is blind to what others have decided since
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    PERFORM pdauth.refuse('X-5', object, format('The transaction is %s.', current_setting('transaction_isolation')), 'Act under READ COMMITTED, the default.');
  END IF;
  actor := pdauth.require_actor();
  violations := ARRAY(SELECT v FROM pdauth.territory_violation(actor, division, object) AS v);
  IF TG_OP = 'INSERT' THEN
    new_row := new_row || jsonb_build_object('registered_at', pdauth.clock_now());
    violations := violations || ARRAY(SELECT v FROM pdauth.key_violation(TG_RELID, cycle, new_row, object) AS v);
  ELSE
    violations := violations || ARRAY(SELECT v FROM pdauth.content_violations(cycle, actor, old_row - act - kept - 'state', new_row - act - kept - 'state', old_state, object) AS v);
  END IF;
  IF TG_OP = 'INSERT' OR old_state IS DISTINCT FROM new_row ->> 'state' THEN
    SELECT * INTO step FROM pdauth.life_cycle_transition AS t
     WHERE t.life_cycle = cycle.life_cycle AND t.from_state = old_state AND t.to_state = new_row ->> 'state';
    IF NOT FOUND THEN
      violations := violations || ROW(CASE WHEN TG_OP = 'INSERT' THEN cycle.insert_rule
                                 ELSE coalesce((SELECT t.rule FROM pdauth.life_cycle_transition AS t
                                                 WHERE t.life_cycle = cycle.life_cycle AND t.to_state = new_row ->> 'state' AND t.from_state <> '' ORDER BY t.rule LIMIT 1), cycle.jump_rule) END,
        object, format('There is no step from %s to %s.', coalesce(nullif(old_state, ''), 'nothing'), coalesce(new_row ->> 'state', 'nothing')), NULL)::pdauth.violation;
    ELSIF NOT actor.capacity = ANY (step.capacities) THEN
      violations := violations || ROW(pdauth.competence_rule(actor.capacity, step.rule), object,
        format('The step to %s is for: %s; %s acts as %s.', step.to_state, array_to_string(step.capacities, ', '), actor.party, actor.capacity), NULL)::pdauth.violation;
    ELSIF 'document' = ANY (step.needs) AND (pdauth.is_blank(new_row ->> 'act_document') OR new_row ->> 'act_digest' IS NULL) THEN
      violations := violations || ROW(step.rule, object, format('The step to %s needs a document: act_document and act_digest.', step.to_state), NULL)::pdauth.violation;
    ELSIF 'reason' = ANY (step.needs) AND pdauth.is_blank(new_row ->> 'act_reason') THEN
      violations := violations || ROW(step.rule, object, format('The step to %s needs a reason: act_reason.', step.to_state), NULL)::pdauth.violation;
    END IF;
    violations := violations || ARRAY(SELECT v FROM pdauth.date_violations(act_day, coalesce('document' = ANY (step.needs), false), cycle.life_cycle, (new_row ->> cycle.key_column)::bigint, step.rule, object) AS v);
    PERFORM pdauth.judge(violations, division);
    INSERT INTO pdauth.transition (life_cycle, object_id, object, division, parties, from_state, to_state, person_id, party_id, capacity, role,
                                   event_date, document, digest, reason, recorded_at, recorded_in)
    VALUES (cycle.life_cycle, (new_row ->> cycle.key_column)::bigint, object, division, pdauth.parties_of(new_row), old_state, new_row ->> 'state',
            actor.person_id, actor.party_id, actor.capacity, actor.role, coalesce(act_day, pdauth.clock_today()),
            new_row ->> 'act_document', new_row ->> 'act_digest', new_row ->> 'act_reason', pdauth.clock_now(), pg_current_xact_id());
  ELSE
    -- somebody else took the step first, or it was meant for another row
    IF EXISTS (SELECT FROM unnest(act) AS a WHERE new_row ->> a IS NOT NULL) THEN
      violations := violations || ROW('X-5', object, format('It is %s already: there is no step to record.', old_state), NULL)::pdauth.violation;
    END IF;
    PERFORM pdauth.judge(violations, division);
  END IF;
  RETURN jsonb_populate_record(NEW, jsonb_build_object('act_date', NULL, 'act_document', NULL, 'act_digest', NULL, 'act_reason', NULL, 'registered_at', new_row -> 'registered_at'));
END
$function$;
REVOKE ALL ON FUNCTION pdauth.keep_life_cycle() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.keep_life_cycle() IS
  'Row trigger of tables with a life cycle: only allowed transitions by entitled capacities, each recorded in pdauth.transition; content frozen outside the open states except for the columns its argument lists; no row goes. PD005 and the rules of pdauth.life_cycle_transition.';

-- Evidence appears only as the trace of an act, and the act has to be there at
-- commit: INSERT ... ON CONFLICT DO NOTHING leaves the one without the other.
CREATE FUNCTION pdauth.check_step(step pdauth.transition) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  cycle pdauth.life_cycle;
  state text;
BEGIN
  DELETE FROM pdauth.pending_step AS p WHERE p.transition_id = step.transition_id;
  IF step.recorded_in <> pg_current_xact_id() OR pdauth.break_glass_active() THEN
    RETURN;  -- restored: checked when it was made
  END IF;
  SELECT * INTO STRICT cycle FROM pdauth.life_cycle AS c WHERE c.life_cycle = step.life_cycle;
  EXECUTE format('SELECT o.state FROM pdauth.%I AS o WHERE o.%I = $1', cycle.life_cycle, cycle.key_column) INTO state USING step.object_id;
  IF state IS DISTINCT FROM (SELECT t.to_state FROM pdauth.transition AS t
                              WHERE t.life_cycle = step.life_cycle AND t.object_id = step.object_id ORDER BY t.transition_id DESC LIMIT 1) THEN
    PERFORM pdauth.refuse('X-5', step.object, format('Its state is %s, its evidence says %s.', coalesce(state, 'nothing'), step.to_state));
  END IF;
  IF cycle.check_function IS NOT NULL THEN
    PERFORM pdauth.check_now(step);
  END IF;
  IF cycle.effect_function IS NOT NULL THEN
    EXECUTE format('SELECT pdauth.%I($1)', cycle.effect_function) USING step;
  END IF;
  PERFORM pdauth.check_further(step);
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_step(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_step(pdauth.transition) IS 'What check_transition() does at commit: the object is in the state of its last transition (PD005, X-5) and the life cycle''s check function finds no violation; then its effects follow.';

CREATE FUNCTION pdauth.check_transition() RETURNS trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'pdauth_check_transition';
REVOKE ALL ON FUNCTION pdauth.check_transition() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_transition() IS 'Constraint trigger of pdauth.transition, deferred to commit: runs check_step(). While it runs, what the owner of the extension writes is the register''s own (register_writes).';

CREATE FUNCTION pdauth.register_writes() RETURNS boolean
LANGUAGE C STABLE
AS 'MODULE_PATHNAME', 'pdauth_register_writes';
COMMENT ON FUNCTION pdauth.register_writes() IS
  'In the condition of a trigger: is the statement one of the register''s own, an effect of a step that is being checked? Statements of users are not, whatever trigger or function they put them into.';

CREATE FUNCTION pdauth.check_now(step pdauth.transition) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  violations pdauth.violation[];
BEGIN
  EXECUTE format('SELECT array_agg(v) FROM pdauth.%I($1) AS v', (SELECT c.check_function FROM pdauth.life_cycle AS c WHERE c.life_cycle = step.life_cycle))
     INTO violations USING step;
  IF violations IS NOT NULL THEN
    PERFORM pdauth.judge(violations, step.division);
  END IF;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_now(pdauth.transition) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_now(pdauth.transition) IS 'Runs the check function of a life cycle on a transition and judges what it finds.';

CREATE FUNCTION pdauth.refuse_forged_transition() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor := pdauth.actor();
  last pdauth.transition;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF pdauth.break_glass_active() THEN
      RETURN NEW;  -- restored
    END IF;
    SELECT * INTO last FROM pdauth.transition AS t WHERE t.life_cycle = NEW.life_cycle AND t.object_id = NEW.object_id ORDER BY t.transition_id DESC LIMIT 1;
    -- Whoever writes it: one step on from the last, now, by the actor, who may take it.  At
    -- commit the object has to be there, in that state, and to pass the checks of the step.
    IF NEW.recorded_in = pg_current_xact_id()
       AND (NEW.person_id, NEW.party_id, NEW.capacity, NEW.role) = (actor.person_id, actor.party_id, actor.capacity, actor.role)
       AND NEW.from_state = coalesce(last.to_state, NEW.from_state) AND NEW.event_date BETWEEN coalesce(last.event_date, NEW.event_date) AND pdauth.clock_today()
       AND EXISTS (SELECT FROM pdauth.life_cycle_transition AS t
                    WHERE t.life_cycle = NEW.life_cycle AND t.from_state = NEW.from_state AND t.to_state = NEW.to_state AND NEW.capacity = ANY (t.capacities)
                      AND (NEW.event_date = pdauth.clock_today() OR 'document' = ANY (t.needs)) AND ('document' <> ALL (t.needs) OR NEW.digest IS NOT NULL)) THEN
      NEW.recorded_at := pdauth.clock_now();
      INSERT INTO pdauth.pending_step (transition_id) VALUES (NEW.transition_id);
      RETURN NEW;
    END IF;
  END IF;
  PERFORM pdauth.refuse('R-25-4', 'transition', 'Transitions are recorded by the acts themselves.');
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.refuse_forged_transition() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.refuse_forged_transition() IS 'Trigger of pdauth.transition: refuses changes, removals, and rows that are not the next step of the object, taken now by who acts (PD254, R-25-4).';
CREATE CONSTRAINT TRIGGER check_transition AFTER INSERT ON pdauth.transition DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION pdauth.check_transition();
CREATE TRIGGER refuse_forged_transition BEFORE INSERT ON pdauth.transition
  FOR EACH ROW EXECUTE FUNCTION pdauth.refuse_forged_transition();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON pdauth.transition
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.refuse_forged_transition();
ALTER TABLE pdauth.transition ENABLE ALWAYS TRIGGER refuse_change;
ALTER TABLE pdauth.transition ENABLE ALWAYS TRIGGER check_transition;
ALTER TABLE pdauth.transition ENABLE ALWAYS TRIGGER refuse_forged_transition;
ALTER TABLE pdauth.transition ENABLE ROW LEVEL SECURITY;
CREATE POLICY register ON pdauth.transition FOR SELECT USING (pdauth.may_see(division, VARIADIC parties || party_id));
GRANT SELECT ON pdauth.transition TO pdauth_register, pdauth_policy_admin, pdauth_auditor;
SELECT pg_catalog.pg_extension_config_dump('pdauth.transition', '');
SELECT pg_catalog.pg_extension_config_dump('pdauth.transition_transition_id_seq', '');

CREATE VIEW pdauth.late_record WITH (security_barrier) AS
  SELECT t.object, t.from_state, t.to_state, pdauth.party_code(t.party_id) AS party, t.role, t.event_date, r.recorded_on, r.recorded_on - t.event_date AS days_late, t.document
    FROM pdauth.transition AS t CROSS JOIN LATERAL (SELECT (t.recorded_at AT TIME ZONE 'Asia/Shanghai')::date AS recorded_on) AS r
   WHERE t.event_date < r.recorded_on AND pdauth.may_see(t.division, VARIADIC t.parties || t.party_id);
COMMENT ON VIEW pdauth.late_record IS 'Acts that were registered on a later day than the one they are dated (X-3), for the parties and supervisors of the matter. Deadlines run from the date of the act; how it came to be known is seen here.';
COMMENT ON COLUMN pdauth.late_record.object IS 'The row as people call it.';
COMMENT ON COLUMN pdauth.late_record.from_state IS 'State before.';
COMMENT ON COLUMN pdauth.late_record.to_state IS 'State after.';
COMMENT ON COLUMN pdauth.late_record.party IS 'Party acted for.';
COMMENT ON COLUMN pdauth.late_record.role IS 'Database role.';
COMMENT ON COLUMN pdauth.late_record.event_date IS 'Legal date of the act, as given.';
COMMENT ON COLUMN pdauth.late_record.recorded_on IS 'Day of registration, by pdauth''s clock.';
COMMENT ON COLUMN pdauth.late_record.days_late IS 'Calendar days between the two.';
COMMENT ON COLUMN pdauth.late_record.document IS 'Document it rests on.';
GRANT SELECT ON pdauth.late_record TO pdauth_register, pdauth_policy_admin, pdauth_auditor;

CREATE TABLE pdauth.register_duty (
  obligation_id bigint PRIMARY KEY REFERENCES pdauth.obligation,
  life_cycle    text NOT NULL REFERENCES pdauth.life_cycle,
  object_id     bigint NOT NULL,
  rule          text NOT NULL REFERENCES pdauth.rule
);
CREATE INDEX register_duty_object_index ON pdauth.register_duty (life_cycle, object_id);
COMMENT ON TABLE pdauth.register_duty IS 'Which obligation came from which object of the register. Written by the system.';
COMMENT ON COLUMN pdauth.register_duty.obligation_id IS 'The obligation.';
COMMENT ON COLUMN pdauth.register_duty.life_cycle IS 'Life cycle of the object.';
COMMENT ON COLUMN pdauth.register_duty.object_id IS 'Key of the object.';
COMMENT ON COLUMN pdauth.register_duty.rule IS 'Rule that makes the duty.';
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON pdauth.register_duty
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.refuse_evidence_change();
ALTER TABLE pdauth.register_duty ENABLE ALWAYS TRIGGER refuse_change;
SELECT pg_catalog.pg_extension_config_dump('pdauth.register_duty', '');
GRANT SELECT ON pdauth.register_duty TO pdauth_policy_admin, pdauth_auditor;

CREATE FUNCTION pdauth.open_duty(life_cycle text, object_id bigint, object text, rule text, debtor bigint, creditor bigint, event_date date, term text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  opened bigint;
BEGIN
  INSERT INTO pdauth.obligation (rule, debtor, creditor, matter, event_date, term)
  VALUES (rule, pdauth.party_code(debtor), pdauth.party_code(creditor), object, event_date, term::pdauth.term) RETURNING obligation_id INTO opened;
  INSERT INTO pdauth.register_duty (obligation_id, life_cycle, object_id, rule) VALUES (opened, life_cycle, object_id, rule);
END
$function$;
REVOKE ALL ON FUNCTION pdauth.open_duty(text, bigint, text, text, bigint, bigint, date, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.open_duty(text, bigint, text, text, bigint, bigint, date, text) IS 'Opens an obligation of a party for an object of the register. For effect functions.';

CREATE FUNCTION pdauth.close_duty(life_cycle text, object_id bigint, rule text, fulfilled_at timestamptz, evidence text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $function$
  UPDATE pdauth.obligation AS o SET fulfilled_at = close_duty.fulfilled_at, evidence = close_duty.evidence
    FROM pdauth.register_duty AS d
   WHERE d.obligation_id = o.obligation_id AND o.closed_at IS NULL
     AND d.life_cycle = close_duty.life_cycle AND d.object_id = close_duty.object_id AND d.rule = close_duty.rule
$function$;
REVOKE ALL ON FUNCTION pdauth.close_duty(text, bigint, text, timestamptz, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.close_duty(text, bigint, text, timestamptz, text) IS 'Fulfils the open obligation of a rule for an object of the register. For effect functions.';

CREATE FUNCTION pdauth.open_fixed_duty(life_cycle text, object_id bigint, object text, rule text, debtor bigint, creditor bigint, due date) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  opened bigint;
  today constant date := least(pdauth.clock_today(), open_fixed_duty.due);
BEGIN
  INSERT INTO pdauth.obligation (rule, debtor, creditor, matter, event_date, term, fixed)
  VALUES (rule, pdauth.party_code(debtor), pdauth.party_code(creditor), object, today, pdauth.make_term(open_fixed_duty.due - today, 'days'), true) RETURNING obligation_id INTO opened;
  INSERT INTO pdauth.register_duty (obligation_id, life_cycle, object_id, rule) VALUES (opened, life_cycle, object_id, rule);
END
$function$;
REVOKE ALL ON FUNCTION pdauth.open_fixed_duty(text, bigint, text, text, bigint, bigint, date) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.open_fixed_duty(text, bigint, text, text, bigint, bigint, date) IS 'Opens an obligation of a party for an object of the register whose last day is a fixed date, which does not move off a rest day. For effect functions.';

CREATE VIEW pdauth.my_duty WITH (security_barrier) AS
  SELECT s.obligation_id, s.rule, r.sqlstate AS flag, s.debtor, s.creditor, s.matter, s.event_date, s.due, s.provisional, s.status
    FROM pdauth.obligation_status AS s
    JOIN pdauth.rule AS r ON r.rule = s.rule
    JOIN pdauth.party AS p ON p.party = s.debtor
    LEFT JOIN pdauth.party AS c ON c.party = s.creditor
   WHERE pdauth.may_see(p.division, p.party_id, c.party_id);
COMMENT ON VIEW pdauth.my_duty IS 'Obligations that one owes, is owed or supervises, with their status now. An overdue one is the flag of its rule; it blocks nobody.';
COMMENT ON COLUMN pdauth.my_duty.obligation_id IS 'Number of the obligation.';
COMMENT ON COLUMN pdauth.my_duty.rule IS 'Rule that makes the duty.';
COMMENT ON COLUMN pdauth.my_duty.flag IS 'SQLSTATE of the rule, for reports.';
COMMENT ON COLUMN pdauth.my_duty.debtor IS 'Party that has to act.';
COMMENT ON COLUMN pdauth.my_duty.creditor IS 'Party it is owed to.';
COMMENT ON COLUMN pdauth.my_duty.matter IS 'Object it is about.';
COMMENT ON COLUMN pdauth.my_duty.event_date IS 'Legal date of the event that started the clock.';
COMMENT ON COLUMN pdauth.my_duty.due IS 'Last day.';
COMMENT ON COLUMN pdauth.my_duty.provisional IS 'Computed on days not announced yet.';
COMMENT ON COLUMN pdauth.my_duty.status IS 'open, due soon, overdue, suspended, fulfilled, fulfilled late or waived.';
GRANT SELECT ON pdauth.my_duty TO pdauth_register, pdauth_policy_admin, pdauth_auditor;

CREATE FUNCTION pdauth.last_step(life_cycle text, object_id bigint, to_state text) RETURNS pdauth.transition
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT t FROM pdauth.transition AS t
   WHERE t.life_cycle = last_step.life_cycle AND t.object_id = last_step.object_id AND t.to_state = last_step.to_state
   ORDER BY t.transition_id DESC LIMIT 1
$function$;
REVOKE ALL ON FUNCTION pdauth.last_step(text, bigint, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.last_step(text, bigint, text) IS 'The last transition of an object into a state; NULL if there was none.';

-- Rows that belong to an object: its items, its scope.
CREATE FUNCTION pdauth.keep_content() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  parent constant name := TG_ARGV[0];
  owner_column constant name := TG_ARGV[1];
  rule constant text := TG_ARGV[2];
  cycle pdauth.life_cycle;
  open_states text[];
  actor pdauth.actor;
  item jsonb := coalesce(to_jsonb(NEW), to_jsonb(OLD));
  held record;
  object text;
BEGIN
  IF TG_OP = 'INSERT' AND pdauth.break_glass_active() THEN
    RETURN NEW;  -- restored
  END IF;
  SELECT * INTO STRICT cycle FROM pdauth.life_cycle AS c WHERE c.life_cycle = parent;
  open_states := coalesce(TG_ARGV[3]::text[], cycle.open_states);
  actor := pdauth.require_actor();
  IF TG_OP = 'UPDATE' AND to_jsonb(NEW) -> cycle.key_column IS DISTINCT FROM to_jsonb(OLD) -> cycle.key_column THEN
    PERFORM pdauth.refuse('X-5', replace(TG_TABLE_NAME, '_', ' '), 'A row cannot move to another object.');
  END IF;
  -- A step of the object waits for us, or we for it and then see its new state.
  EXECUTE format('SELECT to_jsonb(o) AS o, o.state FROM pdauth.%I AS o WHERE o.%I = $1 FOR SHARE', parent, cycle.key_column)
     INTO held USING (item ->> cycle.key_column)::bigint;
  object := pdauth.object_label(parent, held.o ->> cycle.number_column);
  IF (held.o ->> owner_column)::bigint IS DISTINCT FROM actor.party_id THEN
    PERFORM pdauth.refuse(pdauth.competence_rule(actor.capacity, rule), object, format('%s is no party that writes it.', actor.party), NULL, (held.o ->> 'division')::pdauth.division_code);
  ELSIF NOT held.state = ANY (open_states)
        AND NOT pdauth.step_pending(parent, (item ->> cycle.key_column)::bigint, open_states) THEN  -- what belongs to a step may follow it in the same transaction
    PERFORM pdauth.refuse(cycle.freeze_rule, object, format('Its content cannot change while it is %s.', held.state), NULL, (held.o ->> 'division')::pdauth.division_code);
  END IF;
  RETURN coalesce(NEW, OLD);
END
$function$;
REVOKE ALL ON FUNCTION pdauth.keep_content() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.keep_content() IS
  'Row trigger of rows that belong to an object with a life cycle. Arguments: its table, the column of the party that writes it, the rule that refuses others, and the states in which it is open if they are not all of the object''s. Writes only by that party and in the open states, or in the transaction of the step that closes them.';

-- ---- making a table part of the register ----

CREATE TABLE pdauth.competence (
  relation   name PRIMARY KEY,
  capacities text[] NOT NULL,
  rule       text NOT NULL REFERENCES pdauth.rule
);
COMMENT ON TABLE pdauth.competence IS 'Which capacities may write a table of the register at all. Data of the extension, made by register_table().';
COMMENT ON COLUMN pdauth.competence.relation IS 'Table in schema pdauth.';
COMMENT ON COLUMN pdauth.competence.capacities IS 'Capacities that may write it.';
COMMENT ON COLUMN pdauth.competence.rule IS 'Rule that refuses others (R-5-2 for the bureau, R-5-9 for supervisors).';
GRANT SELECT ON pdauth.life_cycle, pdauth.life_cycle_transition, pdauth.competence TO PUBLIC;

CREATE FUNCTION pdauth.keep_extension_data() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF NOT pdauth.break_glass_active() THEN
    PERFORM pdauth.refuse('X-2', TG_TABLE_NAME, 'The rules, their life cycles and who may act are data of the extension.', 'They change with a version of pdauth; what a territory decides is in pdauth.pack_parameter.');
  END IF;
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.keep_extension_data() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.keep_extension_data() IS 'Statement trigger of tables that hold what the register enforces: nobody changes them by hand, but under break-glass (PD002, X-2).';

CREATE FUNCTION pdauth.check_competence() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  allowed pdauth.competence;
  actor pdauth.actor;
BEGIN
  -- a restore writes on nobody's behalf
  IF pdauth.break_glass_active() THEN
    RETURN NULL;
  END IF;
  SELECT * INTO STRICT allowed FROM pdauth.competence AS c WHERE c.relation = TG_TABLE_NAME;
  actor := pdauth.actor();
  -- a role bound to nobody may restore an empty table; a row it brings is refused
  IF actor.capacity IS NULL AND TG_OP = 'INSERT' THEN
    RETURN NULL;
  END IF;
  actor := pdauth.require_actor();
  IF NOT actor.capacity = ANY (allowed.capacities) THEN
    PERFORM pdauth.refuse(pdauth.competence_rule(actor.capacity, allowed.rule), replace(TG_TABLE_NAME, '_', ' '),
      format('%s acts as %s; this is for: %s.', actor.party, actor.capacity, array_to_string(allowed.capacities, ', ')), NULL, actor.division);
  END IF;
  IF actor.capacity IN ('operator', 'developer') AND NOT pdauth.on_platform(quote_ident(actor.role)::regrole) THEN
    PERFORM pdauth.refuse('R-7-1', replace(TG_TABLE_NAME, '_', ' '), format('Role "%s" is bound to no component of the platform.', actor.role), NULL, actor.division);
  END IF;
  RETURN NULL;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_competence() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_competence() IS 'Statement trigger of every table of the register: refuses capacities that may not write it (pdauth.competence), also where the statement would find no row, and participants past the platform (PD071, R-7-1).';

CREATE FUNCTION pdauth.check_bound() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  actor pdauth.actor;
BEGIN
  IF NOT pdauth.break_glass_active() THEN
    actor := pdauth.require_actor();
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.check_bound() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.check_bound() IS 'Row trigger of every table of the register: whoever brings a row is bound to a person (PD004, X-4).';

CREATE FUNCTION pdauth.register_table(relation regclass, capacities text[], rule text, VARIADIC kept text[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  table_name name := (SELECT c.relname FROM pg_class AS c WHERE c.oid = relation);
  has_life_cycle boolean := EXISTS (SELECT FROM pdauth.life_cycle AS l WHERE l.life_cycle = table_name);
  sequence regclass;
BEGIN
  INSERT INTO pdauth.competence (relation, capacities, rule) VALUES (table_name, capacities, rule);
  EXECUTE format('CREATE TRIGGER check_competence BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH STATEMENT WHEN (NOT pdauth.register_writes()) EXECUTE FUNCTION pdauth.check_competence()', relation);
  EXECUTE format('CREATE TRIGGER check_bound BEFORE INSERT ON %s FOR EACH ROW WHEN (NOT pdauth.register_writes()) EXECUTE FUNCTION pdauth.check_bound()', relation);
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER check_bound', relation);
  EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION pdauth.refuse_evidence_change()', relation);
  IF has_life_cycle THEN
    EXECUTE format('CREATE TRIGGER keep_life_cycle BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION pdauth.keep_life_cycle(%L)', relation, array_to_string(kept, ','));
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER keep_life_cycle', relation);
  END IF;
  IF EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = relation AND a.attname = 'division' AND NOT a.attisdropped) THEN
    EXECUTE format('CREATE TRIGGER check_territory BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION pdauth.check_territory()', relation);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER check_territory', relation);
  END IF;
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER check_competence', relation);
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER refuse_truncate', relation);
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', relation);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO pdauth_register', relation);
  EXECUTE format('GRANT SELECT ON %s TO pdauth_policy_admin, pdauth_auditor', relation);
  PERFORM pg_extension_config_dump(relation, '');
  FOR sequence IN SELECT d.objid FROM pg_depend AS d JOIN pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
                   WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = relation AND d.deptype = 'i' LOOP
    PERFORM pg_extension_config_dump(sequence, '');
    EXECUTE format('COMMENT ON SEQUENCE %s IS %L', sequence, format('Numbers of rows of pdauth.%s.', table_name));
  END LOOP;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.register_table(regclass, text[], text, text[]) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.register_table(regclass, text[], text, text[]) IS
  'For the extension script: makes a table part of the register. Who may write it at all, and the rule that refuses others; its life cycle if it has one, with the columns that may change in every state; territory if it has a division; no TRUNCATE; rights of pdauth_register; row-level security, to which the caller adds the policy FOR ALL, USING what is seen, WITH CHECK (true); dumping of its rows.';
