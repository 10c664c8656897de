-- Article 9: the feasibility argument.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
SELECT no_plan();
SELECT t.resource('transport/traffic_flow', 'yn_transport');
SELECT t.draft_plan('K-1', 'km_center', '530100');
CREATE FUNCTION t.argue(label text DEFAULT 'K-1') RETURNS text LANGUAGE sql AS $$ SELECT format('UPDATE pdauth.plan SET state = ''argued'' WHERE label = %L', label) $$;
CREATE FUNCTION t.argument(number text, label text, conclusion text DEFAULT 'positive') RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.plan_argument (number, plan_id, division, agency_party, participants, conclusion) SELECT %L, plan_id, division, agency_party, ''five experts'', %L FROM pdauth.plan WHERE label = %L', number, conclusion, label) $$;
CREATE FUNCTION t.conclude(number text) RETURNS text LANGUAGE sql AS $$ SELECT format('UPDATE pdauth.plan_argument SET state = ''concluded'', %s WHERE number = %L', t.document('argument'), number) $$;
CREATE FUNCTION t.topics(number text, topics int[]) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.plan_argument_topic SELECT argument_id, n, ''finding'' FROM pdauth.plan_argument, unnest(%L::int[]) AS n WHERE number = %L', topics, number) $$;

SELECT t.act('km_center_1', t.argument('L-0', 'K-1')), t.act('km_center_1', $$UPDATE pdauth.plan_argument SET state = 'held'$$), t.act('km_center_1', t.topics('L-0', '{1,2,3,4,5,6}'));
SELECT t.refused('km_center_1', t.conclude('L-0'), 'R-9-3: a draft is not argued to the end: it can still change');
SELECT t.submit_plan('K-1', 'km_center');
SELECT t.refused('km_center_1', t.argue(), 'R-9-1: a plan without argument is not sent on');
SELECT t.act('km_center_1', t.argument('L-1', 'K-1', 'negative')), t.act('km_center_1', $$UPDATE pdauth.plan_argument SET state = 'held' WHERE number = 'L-1'$$);
SELECT t.act('km_center_1', t.topics('L-1', '{1,2,4,5,6}'));
SELECT t.refused('km_center_1', t.conclude('L-1'), 'R-9-2: an argument without application scenarios is not concluded', 'item 3 (应用场景)');
SELECT t.works('km_center_1', t.topics('L-1', '{3,7}') || ';' || t.conclude('L-1'), 'R-9-2: with all six, and one more, it is');
SELECT t.refused('km_center_1', t.argue(), 'R-9-1: a negative argument carries nothing');
SELECT t.refused('km_center_1', $$UPDATE pdauth.plan_argument SET conclusion = 'positive' WHERE number = 'L-1'$$, 'R-9-3: a conclusion is not changed afterwards');
SELECT t.refused('km_center_1', $$UPDATE pdauth.plan_argument_topic SET finding = 'fine' WHERE number = 4$$ || $$ AND argument_id = (SELECT argument_id FROM pdauth.plan_argument WHERE number = 'L-1')$$, 'R-9-3: nor are its findings');
SELECT t.refused('dl_center_1', replace(t.argument('L-2', 'K-1'), 'FROM pdauth.plan WHERE label = ''K-1''', format('FROM (VALUES (%s, ''530100''::pdauth.division_code, %s)) AS v (plan_id, division, agency_party)', t.plan_id('K-1'), t.id('dl_center'))), 'R-8-6: another agency argues its own plans');
SELECT t.act('km_center_1', t.argument('L-3', 'K-1', 'conditional')), t.act('km_center_1', $$UPDATE pdauth.plan_argument SET state = 'held' WHERE number = 'L-3'$$),
       t.act('km_center_1', t.topics('L-3', '{1,2,3,4,5,6}')), t.act('km_center_1', t.conclude('L-3'));
SELECT t.refused('km_center_1', t.argue(), 'R-9-1: conditions that are not met carry nothing');
SELECT t.act('km_center_1', $$UPDATE pdauth.plan_argument SET conditions_met = true WHERE number = 'L-3'$$);
SELECT t.works('km_center_1', t.argue(), 'R-9-1: once they are met the plan goes on');
SELECT t.refused('km_center_1', $$UPDATE pdauth.plan SET state = 'approved'$$, 'R-10-1: steps are not jumped');
SELECT t.send_plan('K-1', 'km_center');
SELECT t.act('km_gov_1', format('UPDATE pdauth.plan SET state = ''approved'', %s', t.document('approval')));

SELECT t.draft_plan('K-1', 'km_center', '530100', version => 2, classification => 'major', reason => 'wider use');
SELECT t.act('km_center_1', format($$UPDATE pdauth.plan_item SET content = 'another scope' WHERE number = 5 AND plan_id = %s$$, t.plan_id('K-1 version 2')));
SELECT t.submit_plan('K-1 version 2', 'km_center');
SELECT t.refused('km_center_1', t.argue('K-1 version 2'), 'R-9-3: the argument on version 1 does not carry a changed version 2', 'Argued was plan K-1.');
SELECT t.draft_plan('K-2', 'km_center', '530100');
SELECT t.submit_plan('K-2', 'km_center');
SELECT t.refused('km_center_1', t.argue('K-2'), 'R-9-1: nor any version of another plan');
SELECT lives_ok($$SELECT t.argue_plan('K-1 version 2', 'km_center')$$, 'R-9-3: its own argument does');
SELECT * FROM finish();
ROLLBACK;
