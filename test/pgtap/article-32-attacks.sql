-- Article 32 under attack: persons in disclosures, and what the public reads.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
\ir include/request.sql
\ir include/development.sql
SELECT no_plan();
SELECT t.party('reader', 'natural person', '530100', 'public', '530000');
SELECT t.developer();
SELECT t.at('2027-03-01 09:00');
CREATE FUNCTION t.disclose(number text, correction text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.disclosure (number, division, publisher_party, kind, year, correction) VALUES (%L, ''530100'', t.id(''km_center''), ''agency'', 2026, %L)', number, correction) $$;
SELECT t.act('km_center_1', t.disclose('W-1'));

-- R-32-3: identifiers in disguise, and names of persons on record
SELECT t.refused('km_center_1', t.disclose('W-2', text), 'R-32-3: a correction with ' || encode(convert_to(text, 'UTF8'), 'escape'), 'personal identifier') FROM unnest(ARRAY[
  'call 138 1234 5678', 'call 138-1234-5678', 'call １３８１２３４５６７８', 'call 138' || chr(8203) || '12345678', 'call +8613812345678', '110105 19491231 002X', '１１０１０５１９４９１２３１００２Ｘ']) AS text;
UPDATE pdauth.person SET name = '李伟国' WHERE person = 'op_a_1';
SELECT t.refused('km_center_1', t.disclose('W-2', 'as 李伟国 asked'), 'R-32-3: the name of a person', 'name of a person');
SELECT t.works('km_center_1', t.disclose('W-2', '2026-12-01 to 2027-11-30, 1000 1234 5678'), 'R-32-3: dates and amounts are none');
SELECT t.refused('km_center_1', statement, 'R-32-3: by ' || statement) FROM unnest(ARRAY[
  $$INSERT INTO pdauth.disclosure (number, division, publisher_party, kind, year, correction) VALUES ('W-1', '530100', t.id('km_center'), 'agency', 2026, 'c') ON CONFLICT (number) DO UPDATE SET correction = 'x'$$,
  $$MERGE INTO pdauth.disclosure AS d USING (SELECT 1) AS s ON d.number = 'W-1' WHEN MATCHED THEN UPDATE SET content = '{}'$$,
  $$MERGE INTO pdauth.disclosure AS d USING (SELECT 1) AS s ON d.number = 'W-1' WHEN MATCHED THEN DELETE$$,
  $$WITH x AS (UPDATE pdauth.disclosure SET published_on = '2027-01-01' RETURNING 1) SELECT count(*) FROM x$$]) AS statement;
SELECT throws_ok(statement, 'PD004', NULL, 'R-32-3: nor by a superuser: ' || statement) FROM unnest(ARRAY[$$UPDATE pdauth.disclosure SET content = '{}'$$, 'DELETE FROM pdauth.disclosure']) AS statement;

-- R-32-4: of every relation of the schema, the public reads law, disclosures and publicity
CREATE FUNCTION t.read_by_public() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  relation regclass;
  found bigint;
  seen text[] := '{}';
BEGIN
  FOR relation IN SELECT c.oid FROM pg_class AS c WHERE c.relnamespace = 'pdauth'::regnamespace AND c.relkind IN ('r', 'v', 'p', 'm') AND has_table_privilege(c.oid, 'SELECT') ORDER BY c.relname LOOP
    BEGIN
      EXECUTE format('SELECT count(*) FROM %s', relation) INTO found;
    EXCEPTION WHEN SQLSTATE 'PD324' OR insufficient_privilege THEN
      found := 0;
    END;
    IF found > 0 THEN
      seen := seen || relation::text;
    END IF;
  END LOOP;
  RETURN array_to_string(seen, ' ');
END $$;
SELECT t.sees('reader_1', 'SELECT t.read_by_public()',
  'pdauth.calendar pdauth.calendar_day pdauth.calendar_day_in_force pdauth.calendar_notice pdauth.capacity pdauth.competence pdauth.disclosure pdauth.disclosure_status pdauth.division pdauth.further_check pdauth.further_effect '
  'pdauth.jurisdiction_pack pdauth.life_cycle pdauth.life_cycle_transition pdauth.pack_parameter pdauth.publicity pdauth.published_disclosure pdauth.published_selection pdauth.rule pdauth.statutory_rest_days',
  'R-32-4: no organisations, persons or ties besides');
SELECT t.works('reader_1', $$SELECT pdauth.lodge('report', 'op_a', 'sells lists')$$, 'R-32-4: it can still report');
SELECT * FROM finish();
ROLLBACK;
