-- Scopes as JSON, as ODRL 2.2 policies, and carried over to new codes.

CREATE FUNCTION pdauth.scope_to_jsonb(scope pdauth.license_scope) RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD'
AS $function$
  SELECT coalesce(jsonb_agg(jsonb_build_object(
      'actions', to_jsonb(g.actions), 'paths', to_jsonb(g.paths), 'columns', to_jsonb(g.columns),
      'purposes', to_jsonb(g.purposes), 'regions', to_jsonb(g.regions),
      'during', (SELECT jsonb_agg(jsonb_build_object('from', lower(r)::text, 'until', upper(r)::text) ORDER BY r)
                   FROM unnest(g.validity) AS r),
      'level', g.level) ORDER BY g.ordinality), '[]')
    FROM pdauth.grants(scope) WITH ORDINALITY AS g
$function$;
COMMENT ON FUNCTION pdauth.scope_to_jsonb(pdauth.license_scope) IS
  'The grants of a scope as a JSON array of objects with the keys actions, paths, columns, purposes, regions (arrays of strings, ["*"] for everything), during (array of {from, until}, until exclusive, null where open) and level. Null if the argument is null.';

-- What both JSON readers check: an object with exactly these keys.
CREATE FUNCTION pdauth.scope_json_keys(value jsonb, required text[], optional text[], place text) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  key text;
BEGIN
  IF jsonb_typeof(value) IS DISTINCT FROM 'object' THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_text_representation',
      MESSAGE = format('malformed license_scope: %s is not a JSON object', place);
  END IF;
  FOREACH key IN ARRAY required LOOP
    IF NOT value ? key THEN
      RAISE EXCEPTION USING ERRCODE = 'invalid_text_representation',
        MESSAGE = format('malformed license_scope: %s has no "%s"', place, key),
        HINT = 'No clause may be left out.';
    END IF;
  END LOOP;
  FOR key IN SELECT jsonb_object_keys(value) LOOP
    IF key <> ALL (required || optional) THEN
      RAISE EXCEPTION USING ERRCODE = 'invalid_text_representation',
        MESSAGE = format('malformed license_scope: %s has "%s", which is not understood', place, key),
        HINT = format('Understood are %s. Nothing is ignored: it could be a restriction.', array_to_string(required || optional, ', '));
    END IF;
  END LOOP;
END
$function$;
COMMENT ON FUNCTION pdauth.scope_json_keys(jsonb, text[], text[], text) IS
  'Raises 22P02 unless the value is a JSON object that has all required and no other than the optional keys; place names it in the message.';

CREATE FUNCTION pdauth.scope_json_strings(value jsonb, place text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF jsonb_typeof(value) = 'string' THEN
    value := jsonb_build_array(value);
  END IF;
  IF jsonb_typeof(value) IS DISTINCT FROM 'array' OR value = '[]' OR value @? 'strict $[*] ? (@.type() != "string")' THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_text_representation',
      MESSAGE = format('malformed license_scope: %s is not a list of strings', place);
  END IF;
  RETURN ARRAY(SELECT jsonb_array_elements_text(value));
END
$function$;
COMMENT ON FUNCTION pdauth.scope_json_strings(jsonb, text) IS
  'The strings of a JSON string or array of strings; otherwise, or if there are none, 22P02 with place in the message.';

CREATE FUNCTION pdauth.scope_json_date(value jsonb, place text) RETURNS date
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF value IS NULL OR jsonb_typeof(value) = 'null' THEN
    RETURN NULL;
  END IF;
  IF jsonb_typeof(value) = 'string' AND value #>> '{}' ~ '^[0-9]{4,7}-[0-9]{2}-[0-9]{2}$' THEN
    RETURN make_date(split_part(value #>> '{}', '-', 1)::int, split_part(value #>> '{}', '-', 2)::int, split_part(value #>> '{}', '-', 3)::int);
  END IF;
  RAISE EXCEPTION USING ERRCODE = 'invalid_text_representation',
    MESSAGE = format('malformed license_scope: %s is not a date', place),
    HINT = 'Dates are written "YYYY-MM-DD"; null where open.';
EXCEPTION WHEN datetime_field_overflow THEN
  RAISE EXCEPTION USING ERRCODE = 'invalid_text_representation',
    MESSAGE = format('malformed license_scope: %s is not a date', place),
    HINT = 'The day does not exist.';
END
$function$;
COMMENT ON FUNCTION pdauth.scope_json_date(jsonb, text) IS
  'The date of a JSON string YYYY-MM-DD, whatever DateStyle says; null for JSON null or if missing; otherwise 22P02 with place in the message.';

CREATE FUNCTION pdauth.scope_json_range(lower_bound date, upper_bound date, place text) RETURNS datemultirange
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF lower_bound > upper_bound THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_text_representation',
      MESSAGE = format('malformed license_scope: %s ends before it begins', place);
  END IF;
  RETURN datemultirange(daterange(lower_bound, upper_bound));
END
$function$;
COMMENT ON FUNCTION pdauth.scope_json_range(date, date, text) IS
  'The days from lower_bound until before upper_bound, open where null; reversed: 22P02 with place in the message.';

CREATE FUNCTION pdauth.scope_from_grants_json(value jsonb) RETURNS pdauth.license_scope
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  item record;
  span record;
  place text;
  during datemultirange;
  parts pdauth.license_scope[] := '{}';
BEGIN
  FOR item IN SELECT g.value AS granted, g.ordinality AS number FROM jsonb_array_elements(value) WITH ORDINALITY AS g LOOP
    place := format('grant %s', item.number);
    PERFORM pdauth.scope_json_keys(item.granted, ARRAY['actions', 'paths', 'columns', 'purposes', 'regions', 'during', 'level'], '{}', place);
    IF jsonb_typeof(item.granted -> 'during') <> 'array' OR item.granted -> 'during' = '[]' OR jsonb_typeof(item.granted -> 'level') <> 'string' THEN
      RAISE EXCEPTION USING ERRCODE = 'invalid_text_representation',
        MESSAGE = format('malformed license_scope: %s has no list of ranges in "during" or no string in "level"', place);
    END IF;
    during := '{}';
    FOR span IN SELECT d.value AS days FROM jsonb_array_elements(item.granted -> 'during') AS d LOOP
      PERFORM pdauth.scope_json_keys(span.days, ARRAY['from', 'until'], '{}', place || ', during');
      during := during + pdauth.scope_json_range(pdauth.scope_json_date(span.days -> 'from', place || ', from'),
                                                 pdauth.scope_json_date(span.days -> 'until', place || ', until'), place || ', during');
    END LOOP;
    parts := parts || pdauth.make_scope(
      pdauth.scope_json_strings(item.granted -> 'actions', place || ', actions'),
      pdauth.scope_json_strings(item.granted -> 'paths', place || ', paths'),
      pdauth.scope_json_strings(item.granted -> 'columns', place || ', columns'),
      pdauth.scope_json_strings(item.granted -> 'purposes', place || ', purposes'),
      pdauth.scope_json_strings(item.granted -> 'regions', place || ', regions'),
      during, item.granted ->> 'level');
  END LOOP;
  RETURN coalesce((SELECT pdauth.scope_agg(p) FROM unnest(parts) AS p), '{}');
END
$function$;
COMMENT ON FUNCTION pdauth.scope_from_grants_json(jsonb) IS
  'The scope of a JSON array as scope_to_jsonb() writes it. Missing or unknown keys, wrong types: 22P02 with the number of the grant. Null if the argument is null.';

-- ODRL 2.2, profile urn:pdauth:odrl:1.

CREATE FUNCTION pdauth.scope_iri(path text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT 'urn:pdauth:resource:' || string_agg(
    CASE WHEN c ~ '[]%"<>{}|\\^`[ #?]' THEN '%' || upper(to_hex(ascii(c))) ELSE c END, '' ORDER BY n)
    FROM regexp_split_to_table(path, '') WITH ORDINALITY AS t (c, n)
$function$;
COMMENT ON FUNCTION pdauth.scope_iri(text) IS
  'The IRI that stands for a resource path in ODRL: urn:pdauth:resource: and the path, characters that an IRI cannot hold percent-encoded (RFC 3987).';

CREATE FUNCTION pdauth.scope_iri_path(iri text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  path text := '';
  part text;
BEGIN
  IF NOT starts_with(iri, 'urn:pdauth:resource:') THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_text_representation',
      MESSAGE = format('malformed license_scope: target "%s" is not a resource of this profile', iri),
      HINT = 'Targets are urn:pdauth:resource: and a resource path.';
  END IF;
  FOR part IN SELECT m[1] FROM regexp_matches(substr(iri, 21), '(%[2-7][0-9A-F]|[^%]+|%)', 'g') AS m LOOP
    IF part = '%' THEN
      RAISE EXCEPTION USING ERRCODE = 'invalid_text_representation',
        MESSAGE = format('malformed license_scope: target "%s" has a wrong percent-encoding', iri);
    END IF;
    path := path || CASE WHEN part LIKE '\%%' THEN convert_from(decode(substr(part, 2), 'hex'), 'SQL_ASCII') ELSE part END;
  END LOOP;
  RETURN path;
END
$function$;
COMMENT ON FUNCTION pdauth.scope_iri_path(text) IS
  'The resource path of an IRI that scope_iri() made. Others: 22P02. Null if the argument is null.';

CREATE FUNCTION pdauth.scope_to_odrl(scope pdauth.license_scope, uid text) RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD'
AS $function$
  SELECT jsonb_build_object(
    '@context', jsonb_build_array('http://www.w3.org/ns/odrl.jsonld', jsonb_build_object('pdauth', 'urn:pdauth:odrl:')),
    '@type', 'Set', 'uid', uid, 'profile', 'urn:pdauth:odrl:1',
    'permission', coalesce(jsonb_agg(jsonb_build_object(
      'target', (SELECT jsonb_agg(pdauth.scope_iri(p) ORDER BY n) FROM unnest(g.paths) WITH ORDINALITY AS u (p, n)),
      'action', (SELECT jsonb_agg(CASE WHEN a IN ('read', 'derive') THEN a ELSE 'pdauth:' || a END ORDER BY n) FROM unnest(g.actions) WITH ORDINALITY AS u (a, n)),
      'constraint', jsonb_build_array(
        jsonb_build_object('leftOperand', 'pdauth:column', 'operator', 'isAnyOf', 'rightOperand', to_jsonb(g.columns)),
        jsonb_build_object('leftOperand', 'purpose', 'operator', 'isAnyOf', 'rightOperand', to_jsonb(g.purposes)),
        jsonb_build_object('leftOperand', 'spatial', 'operator', 'isAnyOf', 'rightOperand', to_jsonb(g.regions)),
        jsonb_build_object('leftOperand', 'pdauth:level', 'operator', 'lteq', 'rightOperand', g.level))
        || CASE WHEN lower_inf(r) THEN '[]' ELSE jsonb_build_array(jsonb_build_object('leftOperand', 'dateTime', 'operator', 'gteq',
             'rightOperand', jsonb_build_object('@value', lower(r)::text, '@type', 'xsd:date'))) END
        || CASE WHEN upper_inf(r) THEN '[]' ELSE jsonb_build_array(jsonb_build_object('leftOperand', 'dateTime', 'operator', 'lt',
             'rightOperand', jsonb_build_object('@value', upper(r)::text, '@type', 'xsd:date'))) END
      ) ORDER BY g.ordinality, r), '[]'))
    FROM pdauth.grants(scope) WITH ORDINALITY AS g, unnest(g.validity) AS r
$function$;
COMMENT ON FUNCTION pdauth.scope_to_odrl(pdauth.license_scope, text) IS
  'A scope as an ODRL 2.2 policy of type Set with the given uid (an IRI), profile urn:pdauth:odrl:1: one permission for each grant and date range; target urn:pdauth:resource:...; actions read and derive of ODRL, the others prefixed pdauth:; constraints pdauth:column, purpose and spatial with isAnyOf, pdauth:level with lteq, dateTime with gteq and lt. Null if an argument is null.';

CREATE FUNCTION pdauth.scope_odrl_constraints(permission jsonb, place text,
  OUT columns text[], OUT purposes text[], OUT regions text[], OUT level text, OUT validity datemultirange)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  item jsonb;
  kind text;
  kinds text[] := '{}';
  value jsonb;
  date_from date;
  date_until date;
BEGIN
  IF jsonb_typeof(permission -> 'constraint') <> 'array' THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_text_representation',
      MESSAGE = format('malformed license_scope: %s, constraint is not an array', place);
  END IF;
  FOR item IN SELECT c.value FROM jsonb_array_elements(permission -> 'constraint') AS c LOOP
    PERFORM pdauth.scope_json_keys(item, ARRAY['leftOperand', 'operator', 'rightOperand'], '{}', place || ', constraint');
    kind := (item ->> 'leftOperand') || ' ' || (item ->> 'operator');
    IF kind = ANY (kinds) THEN
      RAISE EXCEPTION USING ERRCODE = 'invalid_text_representation',
        MESSAGE = format('malformed license_scope: %s has two constraints "%s"', place, kind);
    END IF;
    kinds := kinds || kind;
    value := item -> 'rightOperand';
    IF starts_with(kind, 'dateTime ') THEN
      PERFORM pdauth.scope_json_keys(value, ARRAY['@value', '@type'], '{}', place || ', dateTime');
      IF value ->> '@type' IS DISTINCT FROM 'xsd:date' OR jsonb_typeof(value -> '@value') <> 'string' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_text_representation',
          MESSAGE = format('malformed license_scope: %s, dateTime is not an xsd:date', place);
      END IF;
    END IF;
    CASE kind
      WHEN 'pdauth:column isAnyOf' THEN columns := pdauth.scope_json_strings(value, place || ', pdauth:column');
      WHEN 'purpose isAnyOf' THEN purposes := pdauth.scope_json_strings(value, place || ', purpose');
      WHEN 'spatial isAnyOf' THEN regions := pdauth.scope_json_strings(value, place || ', spatial');
      WHEN 'pdauth:level lteq' THEN
        IF jsonb_typeof(value) <> 'string' THEN
          RAISE EXCEPTION USING ERRCODE = 'invalid_text_representation',
            MESSAGE = format('malformed license_scope: %s, pdauth:level is not a string', place);
        END IF;
        level := value #>> '{}';
      WHEN 'dateTime gteq' THEN date_from := pdauth.scope_json_date(value -> '@value', place || ', dateTime');
      WHEN 'dateTime lt' THEN date_until := pdauth.scope_json_date(value -> '@value', place || ', dateTime');
      ELSE
        RAISE EXCEPTION USING ERRCODE = 'invalid_text_representation',
          MESSAGE = format('malformed license_scope: %s has the constraint "%s", which is not understood', place, kind),
          HINT = 'Understood are pdauth:column, purpose and spatial with isAnyOf, pdauth:level with lteq, dateTime with gteq and lt. Nothing is ignored: it is a restriction.';
    END CASE;
  END LOOP;
  IF columns IS NULL OR purposes IS NULL OR regions IS NULL OR level IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_text_representation',
      MESSAGE = format('malformed license_scope: %s lacks a constraint on pdauth:column, purpose, spatial or pdauth:level', place),
      HINT = 'No clause may be left out; ["*"] stands for everything.';
  END IF;
  validity := pdauth.scope_json_range(date_from, date_until, place || ', dateTime');
END
$function$;
COMMENT ON FUNCTION pdauth.scope_odrl_constraints(jsonb, text) IS
  'The constraints of one ODRL permission of the profile as clauses of a grant; a missing, doubled or unknown one: 22P02 with place in the message.';

CREATE FUNCTION pdauth.scope_from_odrl(policy jsonb) RETURNS pdauth.license_scope
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  item record;
  place text;
  clauses record;
  parts pdauth.license_scope[] := '{}';
BEGIN
  PERFORM pdauth.scope_json_keys(policy, ARRAY['@context', '@type', 'uid', 'profile', 'permission'], ARRAY['assigner', 'assignee'], 'policy');
  -- another context could give the words another meaning
  IF policy -> '@context' <> (pdauth.scope_to_odrl('{}', '') -> '@context') OR policy ->> 'profile' IS DISTINCT FROM 'urn:pdauth:odrl:1'
     OR (policy ->> '@type' = ANY (ARRAY['Set', 'Offer', 'Agreement'])) IS NOT TRUE OR jsonb_typeof(policy -> 'permission') <> 'array' THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_text_representation',
      MESSAGE = 'malformed license_scope: not an ODRL policy of the profile urn:pdauth:odrl:1',
      HINT = 'Take @context, @type and profile as pdauth.scope_to_odrl() writes them; permission is an array.';
  END IF;
  FOR item IN SELECT p.value AS permission, p.ordinality AS number FROM jsonb_array_elements(policy -> 'permission') WITH ORDINALITY AS p LOOP
    place := format('permission %s', item.number);
    PERFORM pdauth.scope_json_keys(item.permission, ARRAY['target', 'action', 'constraint'], '{}', place);
    clauses := pdauth.scope_odrl_constraints(item.permission, place);
    parts := parts || pdauth.make_scope(
      ARRAY(SELECT CASE WHEN a IN ('read', 'derive') THEN a
                        WHEN starts_with(a, 'pdauth:') AND a NOT IN ('pdauth:read', 'pdauth:derive') THEN substr(a, 8)
                        ELSE a || ' (as an ODRL action)' END
              FROM unnest(pdauth.scope_json_strings(item.permission -> 'action', place || ', action')) AS a),
      ARRAY(SELECT pdauth.scope_iri_path(t) FROM unnest(pdauth.scope_json_strings(item.permission -> 'target', place || ', target')) AS t),
      clauses.columns, clauses.purposes, clauses.regions, clauses.validity, clauses.level);
  END LOOP;
  RETURN coalesce((SELECT pdauth.scope_agg(p) FROM unnest(parts) AS p), '{}');
END
$function$;
COMMENT ON FUNCTION pdauth.scope_from_odrl(jsonb) IS
  'The scope of an ODRL 2.2 policy of the profile urn:pdauth:odrl:1 (see scope_to_odrl). The parties (assigner, assignee) are accepted and are no part of a scope. Prohibitions, obligations, duties, other contexts, operands and operators: refused with 22P02, never ignored. Null if the argument is null.';

CREATE FUNCTION pdauth.scope_from_jsonb(value jsonb) RETURNS pdauth.license_scope
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  CASE jsonb_typeof(value)
    WHEN 'array' THEN RETURN pdauth.scope_from_grants_json(value);
    WHEN 'object' THEN RETURN pdauth.scope_from_odrl(value);
    ELSE
      RAISE EXCEPTION USING ERRCODE = 'invalid_text_representation',
        MESSAGE = 'malformed license_scope: neither an array of grants nor an ODRL policy';
  END CASE;
END
$function$;
COMMENT ON FUNCTION pdauth.scope_from_jsonb(jsonb) IS
  'The scope of a JSON array of grants (scope_to_jsonb) or of an ODRL policy object (scope_to_odrl). Otherwise 22P02. Null if the argument is null.';

CREATE CAST (pdauth.license_scope AS jsonb) WITH FUNCTION pdauth.scope_to_jsonb(pdauth.license_scope);
COMMENT ON CAST (pdauth.license_scope AS jsonb) IS 'the grants as a JSON array';
CREATE CAST (jsonb AS pdauth.license_scope) WITH FUNCTION pdauth.scope_from_jsonb(jsonb);
COMMENT ON CAST (jsonb AS pdauth.license_scope) IS 'from a JSON array of grants or an ODRL policy';

-- New codes for old.

CREATE FUNCTION pdauth.division_significant(code text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT CASE WHEN code LIKE '__0000' THEN left(code, 2) WHEN code LIKE '____00' THEN left(code, 4) ELSE code END
$function$;
COMMENT ON FUNCTION pdauth.division_significant(text) IS
  'The digits of a canonical division code without the zeros that fill it: a code lies within another if it begins with the other''s digits.';

-- targets of one node: keys of map are canonical.
CREATE FUNCTION pdauth.rebase_node(node text, dimension text, map jsonb) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  is_region boolean := dimension = 'regions';
  above text;
  targets text[];
  old_digits text;
BEGIN
  IF node = '*' THEN
    RETURN ARRAY[node];
  END IF;
  -- the nearest recoded node at or above this one
  SELECT key INTO above FROM jsonb_object_keys(map) AS key
    WHERE CASE WHEN is_region THEN pdauth.division_contains(key, node)
               WHEN dimension = 'columns' THEN key = node
               ELSE pdauth.path_contains(key, node) END
    ORDER BY length(CASE WHEN is_region THEN pdauth.division_significant(key) ELSE key END) DESC LIMIT 1;
  IF above IS NULL THEN
    -- what moved out of this node stays permitted where it is now
    RETURN node || ARRAY(
      SELECT jsonb_array_elements_text(v) FROM jsonb_each(map) AS m (k, v)
       WHERE CASE WHEN is_region THEN pdauth.division_contains(node, k)
                  WHEN dimension = 'columns' THEN false
                  ELSE pdauth.path_contains(node, k) END);
  END IF;
  targets := ARRAY(SELECT jsonb_array_elements_text(map -> above));
  IF above = node THEN
    RETURN targets;
  END IF;
  old_digits := pdauth.division_significant(above);
  IF cardinality(targets) <> 1 OR
     (is_region AND length(pdauth.division_significant(targets[1])) <> length(old_digits)) THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
      MESSAGE = format('the mapping does not say where "%s" below "%s" belongs now', node, above),
      HINT = format('Add a mapping of "%s" itself.', node);
  END IF;
  IF is_region THEN
    RETURN ARRAY[rpad(pdauth.division_significant(targets[1]) || substr(pdauth.division_significant(node), length(old_digits) + 1),
                      greatest(6, length(pdauth.division_significant(node))), '0')];
  END IF;
  RETURN ARRAY[targets[1] || substr(node, length(above) + 1)];
END
$function$;
COMMENT ON FUNCTION pdauth.rebase_node(text, text, jsonb) IS
  'Where one node of a dimension (paths, purposes, regions, columns) is after a recoding; map has canonical nodes and arrays of canonical nodes. See scope_rebase.';

CREATE FUNCTION pdauth.scope_rebase(scope pdauth.license_scope, mapping jsonb) RETURNS pdauth.license_scope
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  maps jsonb := '{"paths": {}, "purposes": {}, "regions": {}, "columns": {}}';
  entry record;
  result pdauth.license_scope;
BEGIN
  PERFORM pdauth.scope_json_keys(mapping, '{}', ARRAY['paths', 'purposes', 'regions', 'columns'], 'mapping');
  FOR entry IN
    SELECT d.key AS dimension, m.key AS old, m.value AS new
      FROM jsonb_each(mapping) AS d,
           jsonb_each(CASE jsonb_typeof(d.value) WHEN 'object' THEN d.value ELSE '{"*": "*"}' END) AS m
  LOOP
    IF entry.old = '*' OR '*' = ANY (pdauth.scope_json_strings(entry.new, entry.dimension))
       OR entry.dimension = 'regions' AND (entry.old = 'CN' OR 'CN' = ANY (pdauth.scope_json_strings(entry.new, entry.dimension))) THEN
      RAISE EXCEPTION USING ERRCODE = 'invalid_text_representation',
        MESSAGE = format('malformed mapping: "%s" is not an object of old and new nodes', entry.dimension),
        HINT = 'Write {"regions": {"530122": "530115"}, "paths": {"a/b": ["c", "d"]}}; "*" and the region CN cannot be recoded.';
    END IF;
    maps := jsonb_set(maps, ARRAY[entry.dimension, pdauth.canonical_node(entry.dimension, entry.old)],
      (SELECT jsonb_agg(pdauth.canonical_node(entry.dimension, t)) FROM unnest(pdauth.scope_json_strings(entry.new, entry.dimension)) AS t));
  END LOOP;
  SELECT coalesce(pdauth.scope_agg(pdauth.make_scope(g.actions,
           pdauth.rebase_list(g.paths, 'paths', maps), pdauth.rebase_list(g.columns, 'columns', maps),
           pdauth.rebase_list(g.purposes, 'purposes', maps), pdauth.rebase_list(g.regions, 'regions', maps),
           g.validity, g.level)), '{}')
    INTO result FROM pdauth.grants(scope) AS g;
  RETURN result;
END
$function$;
COMMENT ON FUNCTION pdauth.scope_rebase(pdauth.license_scope, jsonb) IS
  'The scope after resources, purposes, divisions or columns were recoded. mapping: {"paths": {old: new or [new, ...]}, "purposes": ..., "regions": ..., "columns": ...}. A node at or below an old one moves; a node above keeps its name and gains the new ones, so that data stays as permitted as it was. A node below one that was split needs a mapping of its own (22023). Unknown dimensions or malformed nodes: 22P02. Null if an argument is null.';

CREATE FUNCTION pdauth.canonical_node(dimension text, node text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT CASE dimension WHEN 'columns' THEN CASE getdatabaseencoding() WHEN 'UTF8' THEN normalize(node) ELSE node END WHEN 'regions' THEN node::pdauth.division_code::text ELSE pdauth.path_canonical(node) END
$function$;
COMMENT ON FUNCTION pdauth.canonical_node(text, text) IS
  'A node of a dimension (paths, purposes, regions, columns) as the text form shows it. Malformed: 22P02.';

CREATE FUNCTION pdauth.rebase_list(nodes text[], dimension text, maps jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
  SELECT array_agg(DISTINCT target) FROM unnest(nodes) AS node, unnest(pdauth.rebase_node(node, dimension, maps -> dimension)) AS target
$function$;
COMMENT ON FUNCTION pdauth.rebase_list(text[], text, jsonb) IS
  'Where the nodes of a dimension are after a recoding, without repetition. See scope_rebase.';
