-- jsonb, ODRL and recoding.
SET search_path = pg_catalog, pdauth, pg_temp;
\pset format unaligned
\pset tuples_only on
\set SHOW_CONTEXT never
SELECT jsonb_pretty('{read,export on 卫生/"住院(2025)",b(x,"y ""z""") for p/q in 530100,810000 during [2026-01-01,2026-02-01),[2026-03-01,) level core}'::license_scope::jsonb);
SELECT jsonb_pretty(scope_to_odrl('{read,export on 卫生/"50% of (a b)"(x) for p/q in 530100 during [2026-01-01,2026-02-01),[2026-03-01,) level core}', 'urn:example:1'));
SELECT '{}'::license_scope::jsonb, scope_to_odrl('{}', 'urn:x') -> 'permission';

-- Both ways for every kind of value, whatever DateStyle says.
SET DateStyle = 'SQL, DMY';
SELECT count(*), bool_and(scope::jsonb::license_scope = scope) AS jsonb, bool_and(scope_to_odrl(scope, 'urn:x')::license_scope = scope) AS odrl
  FROM unnest(ARRAY[
    '{}', '{trade on *(*) for * in * during (,) level core}',
    '{read on "a/b"/"say ""no""%41"("*x","for") for "in" in CN during (,2027-01-01) level important}',
    '{read,derive on a(x,y) for p,q in 530102001,441900003 during [2026-01-01,2026-02-01),[2026-03-01,2026-04-01) level general; publish on a/b(*) for p in 530000 during [2026-02-03,) level core}'
  ]::license_scope[]) AS scope;
SELECT '{read on a(*) for p in CN during [2026-01-02,300000-03-04) level general}'::license_scope::jsonb -> 0 -> 'during',
       scope_to_odrl('{read on a(*) for p in CN during [2026-01-02,300000-03-04) level general}', 'urn:x')::license_scope;
RESET DateStyle;

-- Nothing missing, nothing ignored.
CREATE FUNCTION pg_temp.verdict(value jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RETURN value::license_scope::text;
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
CREATE TEMP TABLE good AS SELECT '{"actions": ["read"], "paths": ["a"], "columns": ["*"], "purposes": ["p"], "regions": ["CN"], "during": [{"from": "2026-01-02", "until": null}], "level": "general"}'::jsonb AS g,
  scope_to_odrl('{read on a(*) for p in CN during [2026-01-02,) level general}', 'urn:x') AS o;
SELECT pg_temp.verdict(jsonb_build_array(g)), pg_temp.verdict(o) FROM good;
SELECT key, pg_temp.verdict(jsonb_build_array(g - key)) FROM good, jsonb_object_keys(g) AS key;
SELECT key, pg_temp.verdict(jsonb_build_array(jsonb_set(g, ARRAY[key], '[]'))) FROM good, jsonb_object_keys(g) AS key;
SELECT change, pg_temp.verdict(jsonb_build_array(g || change)) FROM good, unnest(ARRAY[
  '{"duty": []}', '{"actions": ["read", "delete"]}', '{"actions": [1]}', '{"paths": ["*", "a"]}', '{"paths": ["a//b"]}', '{"columns": ["*", "x"]}', '{"regions": ["53"]}',
  '{"regions": "530000"}', '{"during": {"from": null, "until": null}}', '{"during": [{"from": "2026-01-02"}]}', '{"during": [{"from": "today", "until": null}]}',
  '{"during": [{"from": "2026-02-30", "until": null}]}', '{"during": [{"from": "2026-02-03", "until": "2026-02-02"}]}', '{"during": [{"from": 3, "until": null}]}',
  '{"during": [{"from": null, "until": null, "note": ""}]}', '{"level": null}', '{"level": "secret"}', '{"level": 1}', '{"columns": [["*"]]}', '{"columns": [[]]}', '{"paths": [["a"], "b"]}']::jsonb[]) AS change;
SELECT value, pg_temp.verdict(value) FROM unnest(ARRAY['null', '1', '"{}"', '[1]', '[null]', '[[]]', '{}']::jsonb[]) AS value;
SELECT key, pg_temp.verdict(o - key) FROM good, jsonb_object_keys(o) AS key;
SELECT change, pg_temp.verdict(o || change) FROM good, unnest(ARRAY[
  '{"prohibition": []}', '{"obligation": []}', '{"inheritFrom": "urn:y"}', '{"assignee": "urn:party:1"}', '{"@type": "Request"}', '{"profile": "urn:other"}',
  '{"@context": "http://www.w3.org/ns/odrl.jsonld"}', '{"permission": {}}', '{"permission": []}', '{"@type": null}', '{"profile": null}', '{"@context": null}', '{"permission": null}']::jsonb[]) AS change;
SELECT path, value, pg_temp.verdict(jsonb_set(o, path::text[], value)) FROM good, (VALUES
  ('{permission,0,duty}', '[]'::jsonb), ('{permission,0,target}', '"http://example.org/a"'), ('{permission,0,target}', '"urn:pdauth:resource:a%2"'), ('{permission,0,target}', '"urn:pdauth:resource:a%2F"'),
  ('{permission,0,action}', '["use"]'), ('{permission,0,action}', '["pdauth:read"]'), ('{permission,0,action}', '"pdauth:trade"'), ('{permission,0,constraint}', '[]'), ('{permission,0,constraint}', '{}'),
  ('{permission,0,constraint,0,leftOperand}', '"count"'), ('{permission,0,constraint,0,operator}', '"isNoneOf"'), ('{permission,0,constraint,0,leftOperand}', '"purpose"'),
  ('{permission,0,constraint,0,unit}', '"x"'), ('{permission,0,constraint,3,operator}', '"gteq"'), ('{permission,0,constraint,3,rightOperand}', '["core", "general"]'), ('{permission,0,constraint,4,rightOperand}', '"2026-01-01"'),
  ('{permission,0,constraint,4,rightOperand,@value}', '"2026-13-01"'), ('{permission,0,constraint,4,rightOperand,@value}', 'null'), ('{permission,0,constraint,4,rightOperand,@type}', '"xsd:string"'), ('{permission,0,constraint,4,rightOperand,@type}', 'null'), ('{permission,0,constraint,4,rightOperand}', 'null'), ('{permission,0,target}', 'null'),
  ('{permission,0,constraint,4,leftOperand}', 'null')) AS v (path, value);

-- Recoding: at, below and above the old node; split; swap; nothing.
CREATE FUNCTION pg_temp.rebased(scope text, mapping jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RETURN scope_rebase(scope::license_scope, mapping)::text;
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT pg_temp.rebased('{read on a/b(*) for p in 530122,530122001,530100,440000 during (,) level general}', '{"regions": {"530122": "530215"}}');
SELECT pg_temp.rebased('{read on a/b(*) for p in 441900,441900003 during (,) level general}', '{"regions": {"441900": "442000"}}');
SELECT pg_temp.rebased('{read on a/b(*) for p in 530121 during (,) level general}', '{"regions": {"530121": ["530114", "530115"]}}');
SELECT pg_temp.rebased('{read on a/b(*) for p in 530121001 during (,) level general}', '{"regions": {"530121": ["530114", "530115"]}}');
SELECT pg_temp.rebased('{read on a/b(*) for p in 530121001 during (,) level general}', '{"regions": {"530121": ["530114", "530115"], "530121001": "530114001"}}');
SELECT pg_temp.rebased('{read on a(x) for p in CN during (,) level general; derive on a/b/c(y) for p/q in CN during (,) level core}',
                       '{"paths": {"a/b": "n/\"m o\""}, "purposes": {"p": "q", "q": "p"}, "columns": {"x": ["x1", "x2"]}}');
SELECT pg_temp.rebased('{read on *(*) for * in * during (,) level general}', '{"paths": {"a": "b"}, "regions": {"530000": "540000"}, "columns": {"x": "y"}}');
SELECT pg_temp.rebased('{read on ab(*) for p in CN during (,) level general}', '{"paths": {"a": "z"}}');
SELECT pg_temp.rebased('{}', '{"paths": {"a": "z"}}'), pg_temp.rebased('{read on a(*) for p in CN during (,) level general}', '{}');
SELECT m, pg_temp.rebased('{read on a(*) for p in CN during (,) level general}', m)
  FROM unnest(ARRAY['[]', '{"path": {}}', '{"paths": []}', '{"paths": {"a": 1}}', '{"paths": {"*": "a"}}', '{"paths": {"a": "*"}}', '{"regions": {"530003": "530000"}}', '{"regions": {"CN": "530000"}}', '{"regions": {"530000": "CN"}}', '{"paths": {"a//": "b"}}']::jsonb[]) AS m;

SELECT pg_temp.rebased('{read on a(été) for p in CN during (,) level general}', U&'{"columns": {"e\0301te\0301": "summer"}}');

-- Constructors and aggregates.
SELECT make_scope(ARRAY['read', 'trade'], ARRAY['a/b', 'c'], ARRAY['y', 'x'], ARRAY['p'], ARRAY['530000', '530100'], '{[2026-01-01,2026-02-01),[2026-03-01,)}', 'core');
SELECT make_scope(ARRAY['read'], ARRAY['a'], ARRAY['*'], ARRAY['p'], ARRAY['CN'], '{}', 'core');
SELECT make_scope(ARRAY[]::text[], ARRAY['a'], ARRAY['*'], ARRAY['p'], ARRAY['CN'], '{(,)}', 'core');
SELECT make_scope(ARRAY['read'], ARRAY['a', '*'], ARRAY['*'], ARRAY['p'], ARRAY['CN'], '{(,)}', 'core');
SELECT make_scope(ARRAY['read'], ARRAY['a'], ARRAY['*'], ARRAY['p'], ARRAY['CN'], datemultirange(daterange('0044-03-15 BC', NULL)), 'core');
SELECT make_scope(ARRAY['read'], ARRAY['a'], ARRAY['*'], ARRAY['p'], ARRAY['CN'], datemultirange(daterange('-infinity', 'infinity')), 'core');
SELECT scope_agg(s), scope_intersect_agg(s) FROM unnest(ARRAY['{read on a(*) for p in CN during (,2026-01-01) level general}', NULL, '{read on a/b(*) for p in CN during (,2027-01-01) level general}']::license_scope[]) AS s;
SELECT scope_agg(s) IS NULL, scope_intersect_agg(s) IS NULL FROM (SELECT '{}'::license_scope WHERE false) AS v (s);
