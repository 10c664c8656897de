-- The rules of the measure as data, and the one way to refuse by them.
--
-- Layer 3.  Tables of the register are written by plain DML; their triggers
-- find violations, and pdauth.judge() decides what becomes of them: the first
-- in the order of the catalogue is raised (X-10), all are logged, and those in
-- observe mode are recorded while the statement passes (X-9).

CREATE FUNCTION pdauth.shown(content text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
  -- white space, controls, format characters, fillers: what a reader does not see (Unicode Zs, Cc, Cf, and the blank letters)
  SELECT regexp_replace(content, '[\u0001-\u0020\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]', '', 'g')
$function$;
COMMENT ON FUNCTION pdauth.shown(text) IS 'The text without what a reader does not see: white space, control and format characters, blank letters. NULL for NULL.';

CREATE FUNCTION pdauth.has_content(content text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$ SELECT pdauth.shown(content) <> '' $function$;
COMMENT ON FUNCTION pdauth.has_content(text) IS 'Does the text say anything a reader sees? NULL for NULL. For CHECK constraints.';

CREATE FUNCTION pdauth.is_blank(content text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$ SELECT NOT coalesce(pdauth.has_content(content), false) $function$;
COMMENT ON FUNCTION pdauth.is_blank(text) IS 'Is the text NULL, empty or nothing that a reader sees (pdauth.shown)?';

CREATE FUNCTION pdauth.says_none(content text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$ SELECT lower(pdauth.shown(content)) IN ('none', '无') $function$;
COMMENT ON FUNCTION pdauth.says_none(text) IS 'Does the text say "none" or 无, and nothing else? NULL for NULL.';

CREATE TABLE pdauth.rule (
  rule          text COLLATE "C" PRIMARY KEY CHECK (rule ~ '^(R-[0-9]+|X)-[0-9]+$'),
  sqlstate      text NOT NULL UNIQUE CHECK (sqlstate ~ '^PD[0-9A-Z]{3}$'),
  kinds         text[] NOT NULL CHECK (kinds <> '{}' AND kinds <@ '{DENY,HOLD,CLOSE,MASK,CLOCK,RECORD}'),
  title         text NOT NULL CHECK (pdauth.has_content(title)),
  title_chinese text NOT NULL CHECK (pdauth.has_content(title_chinese)),
  message       text NOT NULL CHECK (pdauth.has_content(message)),
  hint          text NOT NULL CHECK (pdauth.has_content(hint)),
  article       integer GENERATED ALWAYS AS (CASE WHEN rule LIKE 'R-%' THEN pg_catalog.split_part(rule, '-', 2)::integer ELSE 0 END) STORED,
  number        integer GENERATED ALWAYS AS (CASE WHEN rule LIKE 'R-%' THEN pg_catalog.split_part(rule, '-', 3)::integer ELSE pg_catalog.split_part(rule, '-', 2)::integer END) STORED
);
COMMENT ON TABLE pdauth.rule IS
  'The rules: R-<article>-<number> from the articles of the measure, X-<number> conditions of enforcement that come from no single article. Every refusal cites one.';
COMMENT ON COLUMN pdauth.rule.rule IS 'Id, never reused.';
COMMENT ON COLUMN pdauth.rule.sqlstate IS 'SQLSTATE of a refusal by this rule.';
COMMENT ON COLUMN pdauth.rule.kinds IS 'DENY: a statement is refused. HOLD: a step waits for facts. CLOSE: access ends by itself. MASK: a value is suppressed. CLOCK: a deadline is flagged when missed. RECORD: evidence and report only.';
COMMENT ON COLUMN pdauth.rule.title IS 'What it asks, in English.';
COMMENT ON COLUMN pdauth.rule.title_chinese IS 'The same in Chinese.';
COMMENT ON COLUMN pdauth.rule.message IS 'Primary message of a refusal, with the Chinese term of art.';
COMMENT ON COLUMN pdauth.rule.hint IS 'The lawful way, shown as HINT unless the case has a better one.';
COMMENT ON COLUMN pdauth.rule.article IS 'Article; 0 for cross-cutting rules.';
COMMENT ON COLUMN pdauth.rule.number IS 'Number within the article: the order in which violations are reported (X-10).';
GRANT SELECT ON pdauth.rule TO PUBLIC;

CREATE FUNCTION pdauth.chinese_number(number integer) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT CASE WHEN number BETWEEN 1 AND 99 THEN
           CASE WHEN number >= 20 THEN substr('一二三四五六七八九', number / 10, 1) ELSE '' END
           || CASE WHEN number >= 10 THEN '十' ELSE '' END
           || CASE WHEN number % 10 > 0 THEN substr('一二三四五六七八九', number % 10, 1) ELSE '' END
         END
$function$;
COMMENT ON FUNCTION pdauth.chinese_number(integer) IS 'A number from 1 to 99 as the articles of a law are counted: 13 is 十三. NULL for others and for NULL.';

CREATE FUNCTION pdauth.rule_detail(rule text) RETURNS text
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT CASE WHEN r.article > 0
              THEN format('Rule %s: Article %s, %s (第%s条 %s).', r.rule, r.article, r.title, pdauth.chinese_number(r.article), r.title_chinese)
              ELSE format('Rule %s: %s (%s).', r.rule, r.title, r.title_chinese) END
    FROM pdauth.rule AS r WHERE r.rule = rule_detail.rule
$function$;
COMMENT ON FUNCTION pdauth.rule_detail(text) IS
  'The sentence that cites a rule in the DETAIL of a refusal: id, article and title in English and Chinese. NULL for NULL or an unknown rule.';

CREATE FUNCTION pdauth.message(source text) RETURNS text
LANGUAGE C STABLE STRICT
AS 'MODULE_PATHNAME', 'pdauth_message';
COMMENT ON FUNCTION pdauth.message(text) IS
  'The message in the language of lc_messages, from the library''s catalogue of messages; itself where the catalogue has none (English). NULL for NULL.';

CREATE FUNCTION pdauth.library_rules(OUT rule text, OUT sqlstate text, OUT detail text) RETURNS SETOF record
LANGUAGE C STABLE STRICT ROWS 20
AS 'MODULE_PATHNAME', 'pdauth_library_rules';
COMMENT ON FUNCTION pdauth.library_rules() IS
  'The rules that the library itself refuses by, without a look at pdauth.rule, and the DETAIL it gives. They agree with pdauth.rule; T-1 is not of the catalogue: it is the convention on what a working day is.';

CREATE TYPE pdauth.violation AS (rule text, object text, facts text, hint text);
COMMENT ON TYPE pdauth.violation IS
  'What a check of the register found: the rule, the object (such as "plan K-1"), a sentence of facts for the DETAIL or NULL, and a better hint than the catalogue''s or NULL.';

CREATE TABLE pdauth.would_deny (
  would_deny_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  rule          text NOT NULL REFERENCES pdauth.rule,
  object        text,
  facts         text,
  role          name NOT NULL,
  recorded_at   timestamptz NOT NULL
);
COMMENT ON TABLE pdauth.would_deny IS 'What rules in observe mode would have refused (X-9). Written by the system, never changed.';
COMMENT ON COLUMN pdauth.would_deny.would_deny_id IS 'Number of the record.';
COMMENT ON COLUMN pdauth.would_deny.rule IS 'The rule.';
COMMENT ON COLUMN pdauth.would_deny.object IS 'What it was about.';
COMMENT ON COLUMN pdauth.would_deny.facts IS 'What was found.';
COMMENT ON COLUMN pdauth.would_deny.role IS 'Role that acted.';
COMMENT ON COLUMN pdauth.would_deny.recorded_at IS 'When, by pdauth''s clock.';
COMMENT ON SEQUENCE pdauth.would_deny_would_deny_id_seq IS 'Numbers of would-deny records.';
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON pdauth.would_deny
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.refuse_evidence_change();
ALTER TABLE pdauth.would_deny ENABLE ALWAYS TRIGGER refuse_change;
SELECT pg_catalog.pg_extension_config_dump('pdauth.would_deny', '');
SELECT pg_catalog.pg_extension_config_dump('pdauth.would_deny_would_deny_id_seq', '');
GRANT SELECT ON pdauth.would_deny TO pdauth_policy_admin, pdauth_auditor;

CREATE FUNCTION pdauth.acting_role() RETURNS name
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
  -- the outer role, whatever SECURITY DEFINER functions are on the way; SET ROLE asks for membership
  SELECT CASE current_setting('role') WHEN 'none' THEN session_user ELSE current_setting('role')::name END
$function$;
COMMENT ON FUNCTION pdauth.acting_role() IS 'The role in whose name the session acts: the one of SET ROLE, else of the login. SECURITY DEFINER functions do not change it.';

CREATE FUNCTION pdauth.judge(violations pdauth.violation[], division pdauth.division_code) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  found record;
  first_found record;
  others text[] := '{}';
BEGIN
  FOR found IN
    -- a gap of an earlier arrangement is recorded while it is tolerated; then, and for what is new, Article 34 refuses
    SELECT r.rule, r.sqlstate, r.message, v.object, nullif(concat_ws(' ', CASE WHEN r.rule <> v.rule THEN format('%s: tolerated for legacy arrangement %s until %s.', v.rule, g.legacy, g.until) END, v.facts), '') AS facts,
           coalesce(v.hint, r.hint) AS hint, CASE WHEN g.standing = 'tolerated' AND m.mode = 'enforce' THEN 'observe' ELSE m.mode END AS mode
      FROM unnest(violations) WITH ORDINALITY AS v (rule, object, facts, hint, place)
      LEFT JOIN LATERAL pdauth.tolerance(v.rule, v.object) AS g ON true
      LEFT JOIN pdauth.rule AS r ON r.rule = CASE g.standing WHEN 'expired' THEN 'R-34-1' WHEN 'changed' THEN 'R-34-2' ELSE v.rule END
      LEFT JOIN LATERAL pdauth.rule_mode(r.rule, judge.division) AS m(mode) ON true
     ORDER BY r.article, r.number, v.place
  LOOP
    IF found.rule IS NULL THEN
      RAISE EXCEPTION USING ERRCODE = 'PD001', MESSAGE = 'a check names a rule that is not in the catalogue', DETAIL = pdauth.rule_detail('X-1');
    END IF;
    IF found.mode = 'observe' THEN
      INSERT INTO pdauth.would_deny (rule, object, facts, role, recorded_at)
      VALUES (found.rule, found.object, found.facts, pdauth.acting_role(), pdauth.clock_now());
    ELSIF found.mode = 'enforce' THEN
      IF first_found IS NULL THEN
        first_found := found;
      ELSIF found.rule <> first_found.rule AND found.rule <> ALL (others) THEN
        others := others || found.rule;
      END IF;
    END IF;
  END LOOP;
  IF first_found IS NULL THEN
    RETURN;
  END IF;
  IF others <> '{}' THEN
    RAISE LOG USING MESSAGE = format('pdauth refused %s to "%s" by %s; also violated: %s', coalesce(first_found.object, 'an act'),
                                     pdauth.acting_role(), first_found.rule, array_to_string(others, ', '));
  END IF;
  PERFORM pdauth.count_refusal(first_found.rule);
  RAISE EXCEPTION USING ERRCODE = first_found.sqlstate,
    MESSAGE = concat_ws(': ', first_found.object, pdauth.message(first_found.message)),
    DETAIL = concat_ws(' ', pdauth.rule_detail(first_found.rule), first_found.facts,
                       'Also violated: ' || nullif(array_to_string(others, ', '), '') || '.',
                       'Pack ' || pdauth.pack_of(judge.division) || '.',
                       'Prevailing: ' || pdauth.overrides_of(first_found.rule, judge.division) || '.'),
    HINT = pdauth.message(first_found.hint);
END
$function$;
REVOKE ALL ON FUNCTION pdauth.judge(pdauth.violation[], pdauth.division_code) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.judge(pdauth.violation[], pdauth.division_code) IS
  'Decides about violations by the pack of the division (any pack''s rules if NULL): rules switched off are left out, those observed are recorded in pdauth.would_deny, and of the enforced ones the first of the catalogue is raised with its SQLSTATE, the others named (X-9, X-10). Returns if none is enforced. For triggers of the register.';

CREATE FUNCTION pdauth.refuse(rule text, object text DEFAULT NULL, facts text DEFAULT NULL, hint text DEFAULT NULL,
                              division pdauth.division_code DEFAULT NULL) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT pdauth.judge(ARRAY[ROW(refuse.rule, refuse.object, refuse.facts, refuse.hint)::pdauth.violation], refuse.division)
$function$;
REVOKE ALL ON FUNCTION pdauth.refuse(text, text, text, text, pdauth.division_code) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.refuse(text, text, text, text, pdauth.division_code) IS
  'Refuses by one rule: object: message of the catalogue, DETAIL with the rule and the facts, HINT (the catalogue''s if NULL). Returns if the rule is off or in observe mode. For triggers of the register.';
