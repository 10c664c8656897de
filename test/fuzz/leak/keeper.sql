-- Objects of the custodian, who reads and writes everything: they must lend it to nobody.
CREATE VIEW keeper_view AS SELECT * FROM person;
CREATE FUNCTION keeper_update(wanted integer) RETURNS SETOF person LANGUAGE sql SECURITY DEFINER
  AS 'UPDATE person SET extra = extra WHERE id >= wanted AND leak(secret) IS NOT NULL RETURNING *';
CREATE FUNCTION keeper_delete(wanted integer) RETURNS SETOF text LANGUAGE plpgsql SECURITY DEFINER
  AS $$ BEGIN RETURN QUERY DELETE FROM person AS p WHERE p.id >= wanted RETURNING p::text; END $$;
CREATE FUNCTION keeper_merge() RETURNS void LANGUAGE sql SECURITY DEFINER
  AS 'MERGE INTO person AS p USING visit AS v ON v.person_id = p.id AND leaks(v.fee) WHEN MATCHED AND leak(p.secret) IS NOT NULL THEN UPDATE SET extra = v.diagnosis';
