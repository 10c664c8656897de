-- Views and functions over the tables, made in each schema by a role that may
-- see everything (and, in a copy, by the same role over what another may see).
CREATE VIEW person_view AS SELECT id, division, name, secret AS hidden, salary FROM person;
CREATE VIEW barrier_view WITH (security_barrier) AS SELECT id, name, salary, born FROM person WHERE salary IS NOT NULL;
CREATE VIEW invoker_view WITH (security_invoker) AS SELECT p.id, p.name, v.diagnosis, v.fee FROM person AS p LEFT JOIN visit AS v ON v.person_id = p.id;
CREATE VIEW view_of_view AS SELECT v.id, v.hidden || coalesce(v.name, '') AS both_values, e.payload FROM person_view AS v LEFT JOIN event AS e USING (id);
CREATE VIEW total_view AS SELECT division, count(*)::integer AS number, max(name) AS last_name, sum(salary)::integer AS total FROM person GROUP BY division;
CREATE VIEW union_view AS SELECT id, name AS word, born AS day FROM person UNION ALL SELECT id, payload, at FROM event UNION ALL SELECT id, label, NULL FROM asset;
CREATE FUNCTION people() RETURNS SETOF person LANGUAGE sql STABLE AS 'SELECT * FROM person';
CREATE FUNCTION people_from(lowest integer, word text DEFAULT 'canary') RETURNS TABLE (id integer, name text, secret text) LANGUAGE sql STABLE
  AS $$ SELECT p.id, p.name, p.secret FROM person AS p WHERE p.id >= lowest AND (p.name ^@ word OR p.name IS NULL) $$;
CREATE FUNCTION atomic_visits(lowest integer DEFAULT 0) RETURNS TABLE (id integer, person_id integer, fee integer, diagnosis varchar) LANGUAGE sql STABLE
  BEGIN ATOMIC SELECT v.id, v.person_id, v.fee, v.diagnosis FROM visit AS v WHERE v.id >= lowest; END;
CREATE FUNCTION nested_people(lowest integer) RETURNS TABLE (id integer, secret text, diagnosis varchar) LANGUAGE sql STABLE
  AS $$ SELECT p.id, p.secret, v.diagnosis FROM people_from(word => 'can', lowest => lowest) AS p LEFT JOIN atomic_visits() AS v ON v.person_id = p.id $$;
CREATE FUNCTION definer_people() RETURNS SETOF person LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT * FROM person';
CREATE FUNCTION definer_events(lowest integer) RETURNS TABLE (id integer, at date, payload text, amount integer) LANGUAGE plpgsql STABLE SECURITY DEFINER
  AS $$ BEGIN RETURN QUERY SELECT e.id, e.at, e.payload, e.amount FROM event AS e WHERE e.id >= lowest; END $$;
CREATE FUNCTION volatile_people() RETURNS SETOF person LANGUAGE sql VOLATILE AS 'SELECT * FROM person';
CREATE FUNCTION loop_people() RETURNS SETOF person LANGUAGE plpgsql AS
  $$ DECLARE one person; BEGIN FOR one IN SELECT * FROM person LOOP RETURN NEXT one; END LOOP; END $$;
CREATE FUNCTION name_of(wanted integer) RETURNS text LANGUAGE sql STABLE AS 'SELECT name FROM person WHERE id = wanted';
CREATE FUNCTION definer_name_of(wanted integer) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT secret FROM person WHERE id = wanted';
CREATE FUNCTION dynamic_name_of(wanted integer) RETURNS text LANGUAGE plpgsql STABLE AS
  $$ DECLARE found text; BEGIN EXECUTE 'SELECT name FROM person WHERE id = $1' INTO found USING wanted; RETURN found; END $$;
CREATE FUNCTION exists_above(amount integer) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT EXISTS (SELECT FROM person WHERE salary > amount)';
-- Cheap and leaky: a planner that runs it before the row filter shows what it is given.
CREATE FUNCTION leak(value text) RETURNS text LANGUAGE plpgsql COST 0.000001 AS $$ BEGIN RAISE NOTICE 'given %', value; RETURN value; END $$;
CREATE FUNCTION leaks(value integer) RETURNS boolean LANGUAGE plpgsql COST 0.000001 AS $$ BEGIN RAISE NOTICE 'given %', value; RETURN value IS NOT NULL; END $$;
