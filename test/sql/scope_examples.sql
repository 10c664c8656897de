-- The worked examples of the type, each evaluated from the file.  A note in
-- brackets is the reason that the error message must give.
\getenv abs_srcdir PG_ABS_SRCDIR
\set examples :abs_srcdir '/data/scope_examples.csv'
SET search_path = pdauth, pg_catalog, pg_temp;
CREATE TEMP TABLE example (id text, category text, expression text, expected text, note text);
COPY example FROM :'examples' (FORMAT csv, HEADER);
SELECT count(*) FROM example;

CREATE FUNCTION pg_temp.evaluate(expression text, expected text, note text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  actual text;
BEGIN
  EXECUTE format('SELECT format(''%%s'', (%s))', expression) INTO actual;
  RETURN actual;
EXCEPTION WHEN invalid_text_representation THEN
  IF position(substring(note FROM '\[([^]]+)\]$') IN SQLERRM) > 0 THEN
    RETURN 'ERROR';
  END IF;
  RETURN SQLERRM;
END
$$;

SELECT id, category, expected, actual, note
  FROM example, pg_temp.evaluate(expression, expected, note) AS actual
 WHERE actual IS DISTINCT FROM expected ORDER BY id;
SELECT category, count(*) AS passed
  FROM example WHERE pg_temp.evaluate(expression, expected, note) = expected
 GROUP BY category ORDER BY category;
