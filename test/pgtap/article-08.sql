-- Article 8: compiling the implementing plan.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
SELECT no_plan();
SELECT t.resource('transport/traffic_flow', 'yn_transport'), t.resource('transport/vehicle_reg', 'yn_transport');
SELECT t.draft_plan('K-1', 'km_center', '530100');
CREATE FUNCTION t.submit(label text DEFAULT 'K-1') RETURNS text LANGUAGE sql AS $$ SELECT format('UPDATE pdauth.plan SET state = ''submitted'' WHERE label = %L', label) $$;
CREATE FUNCTION t.items(condition text) RETURNS text LANGUAGE sql AS $$ SELECT format('DELETE FROM pdauth.plan_item WHERE plan_id = t.plan_id(''K-1'') AND %s', condition) $$;

SELECT t.refused('km_center_1', t.items($$number = 9$$) || ';' || t.submit(), 'R-8-1: a plan without item 9 is not submitted', 'item 9 (数据安全、个人信息保护和应急措施)');
SELECT t.refused('km_center_1', $$UPDATE pdauth.plan_item SET content = E' \t' WHERE number = 9;$$ || t.submit(), 'R-8-1: blank text does not count', 'item 9');
SELECT t.refused('km_center_1', $$UPDATE pdauth.plan_item SET content = 'None' WHERE number = 9;$$ || t.submit(), 'R-8-1: "none" is no answer to item 9', 'item 9');
SELECT t.refused('km_center_1', $$MERGE INTO pdauth.plan_item AS i USING (VALUES (2), (9)) AS v (n) ON i.number = v.n AND i.part = '' WHEN MATCHED THEN DELETE;$$ || t.submit(), 'R-8-1: MERGE takes items away, and the plan is held all the same', 'item 2');
SELECT t.refused('km_center_1', t.items($$number = 3 AND part = 'service'$$) || ';' || t.submit(), 'R-8-2: item 3 without service capacity', 'service');
SELECT t.refused('km_center_1', t.items($$number = 3 AND part <> ''$$) || ';' || t.submit(), 'R-8-2: item 3 without any capacity', 'funds');
SELECT t.refused('km_center_1', t.items($$number = 6 AND part = 'exit'$$) || ';' || t.submit(), 'R-8-4: item 6 without exit mechanism', 'exit');
SELECT t.refused('km_center_1', $$UPDATE pdauth.plan SET term = '[2026-01-01,)';$$ || t.submit(), 'R-8-4: a term without an end is no period', 'last day');
SELECT t.refused('km_center_1', $$DELETE FROM pdauth.plan_product WHERE use_class = 'public';$$ || t.submit(), 'R-8-5: industrial products only', 'class: public');
SELECT t.refused('km_center_1', $$UPDATE pdauth.plan_product SET form = 'raw extract' WHERE use_class = 'public';$$ || t.submit(), 'R-8-5: a form that is not on the list', 'raw extract');
SELECT t.refused('km_center_1', $$UPDATE pdauth.plan SET benefit_statement = ' ';$$ || t.submit(), 'R-8-7: no statement of benefit and practicability');

-- the lawful neighbours of these
CREATE FUNCTION t.neighbour(change text, name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  answer text;
BEGIN
  BEGIN
    PERFORM t.act('km_center_1', change || ';' || t.submit());
    RAISE division_by_zero;
  EXCEPTION WHEN division_by_zero THEN answer := 'submitted'; WHEN OTHERS THEN answer := SQLERRM;
  END;
  RETURN is(answer, 'submitted', name);
END $$;
SELECT t.neighbour(change, name) FROM (VALUES
  ($$INSERT INTO pdauth.plan_item SELECT plan_id, 13, '', 'an annex' FROM pdauth.plan$$, 'R-8-1: more than twelve items are not too many'),
  ($$UPDATE pdauth.plan_item SET content = '无' WHERE number = 12$$, 'R-8-1: "none" answers item 12'),
  ($$INSERT INTO pdauth.plan_item SELECT plan_id, 3, 'reputation', 'text' FROM pdauth.plan$$, 'R-8-2: with a sixth capacity it is submitted'),
  ($$UPDATE pdauth.plan_resource SET columns = '{c}'$$, 'R-8-3: any column of the entry may be named'),
  ($$UPDATE pdauth.plan SET term = '[2026-01-01,2026-12-31]'$$, 'R-8-4: a shorter term is a period'),
  ($$UPDATE pdauth.plan_product SET form = 'dataset'$$, 'R-8-5: both classes, in another form'),
  ($$UPDATE pdauth.plan SET benefit_statement = '可实施'$$, 'R-8-7: another statement')) AS v (change, name);

-- R-8-3
SELECT t.refused('km_center_1', $$DELETE FROM pdauth.plan_resource;$$ || t.submit(), 'R-8-3: a plan names its resources');
SELECT throws_ok($$SELECT t.act('km_center_1', $q$UPDATE pdauth.plan_resource SET resource_id = 4711$q$)$$, '23503', NULL, 'R-8-3: what is not catalogued cannot be named');
SELECT t.refused('km_center_1', $$UPDATE pdauth.plan_resource SET columns = '{a,z}';$$ || t.submit(), 'R-8-3: nor a column that the entry has not', 'no column z');
SELECT t.act('yn_bureau_1', format($$INSERT INTO pdauth.negative_list (number, resource_id, division, authority_party, reason) VALUES ('N-1', t.resource_id('transport/traffic_flow'), '530000', %s, 'road safety')$$, t.id('yn_bureau')));
SAVEPOINT listed;
SELECT t.act('yn_gov_1', format($$UPDATE pdauth.negative_list SET state = 'listed', %s$$, t.document('list')));
SELECT t.refused('km_center_1', t.submit(), 'R-8-3: a resource on the negative list', 'transport/traffic_flow is on the negative list');
ROLLBACK TO listed;

SELECT t.act('km_center_1', $$UPDATE pdauth.plan_resource SET columns = '{a}'$$);
SAVEPOINT classified;
SELECT t.act('yn_transport_1', $$DELETE FROM pdauth.resource_column WHERE column_name = 'c' AND resource_id = t.resource_id('transport/traffic_flow')$$);
SELECT t.refused('km_center_1', t.submit(), 'R-8-3: a resource with a column that is not classified (R-15-1)', 'Classification of transport/traffic_flow: c not classified');
ROLLBACK TO classified;
SELECT t.act('yn_bureau_1', $$INSERT INTO pdauth.harm_finding (resource_id, subject, harmless, found_on, document) VALUES (t.resource_id('transport/traffic_flow'), 'privacy', false, '2026-11-23', 'd')$$);
SELECT t.refused('km_center_1', t.submit(), 'R-8-3: one that its data authority finds harmful', 'privacy (authority)');
ROLLBACK TO classified;
SELECT t.act('yn_transport_1', $$UPDATE pdauth.resource SET level = 'important' WHERE path = 'transport/traffic_flow'$$);
SELECT t.refused('km_center_1', t.submit(), 'R-8-3: nor do findings about another version of the entry count', 'not found harmless');
ROLLBACK TO classified;
SELECT t.act('km_center_1', $$UPDATE pdauth.plan_resource SET columns = '{a,b}'$$);

-- R-8-6
SELECT t.refused('op_a_1', $$UPDATE pdauth.plan_item SET content = 'better for us' WHERE number = 8$$, 'R-8-6: an operator does not edit a plan');
SELECT t.refused('pl_center_1', format($$INSERT INTO pdauth.plan_item VALUES (%s, 8, 'x', 'text')$$, t.plan_id('K-1')), 'R-8-6: nor does the agency of another division');
SELECT t.refused('km_gov_1', $$DELETE FROM pdauth.plan_item$$, 'R-8-6: nor the government');
SELECT t.works('op_a_1', format($$INSERT INTO pdauth.plan_comment (plan_id, content) VALUES (%s, 'item 8 is unclear')$$, t.plan_id('K-1')), 'R-8-6: others comment');
SELECT t.refused('km_center_1', $$UPDATE pdauth.plan_comment SET content = 'never said'$$, 'R-25-4: a comment stays as it was');

SELECT t.works('km_center_1', t.items('number = 9') || ';' || t.submit() || $$; INSERT INTO pdauth.plan_item VALUES (t.plan_id('K-1'), 9, '', 'text')$$, 'R-8-1: the missing item may follow in the same transaction');
SELECT is((SELECT scope FROM pdauth.plan)::text, '{read,derive,join,model,redevelop,publish,trade on transport/traffic_flow(a,b) for 产业发展,公共治理 in 530100 during [2026-01-01,2036-01-01) level general}'::pdauth.license_scope::text, 'R-8-3: the scope of the plan is that of its resources');
SELECT is_empty('SELECT * FROM pdauth.pending_step', 'X-5: a checked step is no longer pending');
SELECT t.refused('km_center_1', t.items('number = 9'), 'R-10-3: after submission the content is locked');
SELECT t.refused('km_center_1', $$UPDATE pdauth.plan_item SET content = 'other'$$, 'R-10-3: ... all of it');
SELECT t.refused('km_center_1', $$UPDATE pdauth.plan SET term = '[2026-01-01,2046-01-01)'$$, 'R-10-3: ... and the plan''s own facts');
-- a statement put into a trigger of the writer's own is the writer's all the same
CREATE FUNCTION t.trapped(name text, statement text) RETURNS text LANGUAGE sql AS $f$ SELECT format($q$
  CREATE TEMP TABLE %1$I (x int);
  CREATE FUNCTION pg_temp.%1$I() RETURNS trigger LANGUAGE plpgsql AS $b$BEGIN %2$s; RETURN NEW; END$b$;
  CREATE TRIGGER g BEFORE INSERT ON %1$I FOR EACH ROW EXECUTE FUNCTION pg_temp.%1$I();
  INSERT INTO %1$I VALUES (1)$q$, name, statement) $f$;
SELECT t.refused('km_center_1', t.trapped('a', $$UPDATE pdauth.plan_item SET content = 'other'$$), 'R-10-3: ... also from a trigger of one''s own');
SELECT t.refused('op_a_1', t.trapped('b', format($$INSERT INTO pdauth.plan_item VALUES (%s, 9, 'x', 'text')$$, t.plan_id('K-1'))), 'R-8-6: an operator does not edit from a trigger of its own either');
SELECT t.refused('km_center_1', t.trapped('c', $$UPDATE pdauth.plan SET term = '[2026-01-01,2046-01-01)'$$), 'R-10-3: ... nor are the plan''s own facts changed so');
SELECT t.sees('km_bureau_1', 'SELECT count(*) FROM pdauth.plan_item', '24', 'R-5-3: the authority of the territory sees the plan');
SELECT t.sees('dl_bureau_1', 'SELECT count(*) FROM pdauth.plan_item', '0', 'R-5-3: that of another does not');
SELECT t.sees('op_a_1', 'SELECT count(*) FROM pdauth.plan', '0', 'R-8-6: operators see no plan they are not party to');
SELECT * FROM finish();
ROLLBACK;
