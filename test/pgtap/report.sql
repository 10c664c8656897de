-- Supervision views and the report; names in it are hostile.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
\ir include/development.sql
SELECT no_plan();
UPDATE pdauth.party SET name = $$<script>alert('op')</script> & "Söhne" 运营$$ WHERE party = 'op_a';
SELECT t.developer();
SELECT t.at('2026-11-23 09:00');
SELECT t.act('yn_bureau_1', $$INSERT INTO pdauth.pack_parameter (pack, kind, name, value, source, reason, effective_from) VALUES ('yn-draft-2025-07-24', 'mode', 'R-23-3', '"observe"', 's', 'r', '2026-11-23')$$),
       t.act('yn_bureau_2', $$UPDATE pdauth.pack_parameter SET approved = true WHERE kind = 'mode' AND NOT approved$$);
SELECT t.operator_product('P-1');
SELECT t.act('op_a_1', t.tariff('P-1', 1, 'industry', 5)), t.act('op_a_1', $$UPDATE pdauth.product SET state = 'offered'$$);
INSERT INTO pdauth.obligation (rule, debtor, creditor, matter, event_date, term) VALUES ('R-30-2', 'op_a', 'km_center', $$"><img src=x onerror=alert(1)>$$, '2026-11-23', '30 days');

-- views, each with the eyes of who may see it
SELECT t.at('2027-01-04 09:00');
SELECT t.sees('yn_bureau_1', $$SELECT string_agg(concat_ws(' ', debtor, rule, flag, duties, oldest_due, days_late), ', ' ORDER BY rule) FROM pdauth.supervision_overdue WHERE rule <> 'R-29-2'$$,
  'km_center R-10-6 PD106 1 2026-09-29 97, km_center R-11-10 PD11A 1 2026-09-29 97, op_a R-30-2 PD302 1 2026-12-23 12, op_a R-32-2 PD322 1 2026-11-30 35', 'supervision: overdue duties by debtor and rule');
SELECT t.sees('dl_bureau_1', 'SELECT count(*)::text FROM pdauth.supervision_deadline', '0', 'supervision: nothing of another territory');
SELECT t.sees('dev_x_1', $$SELECT count(*)::text FROM pdauth.supervision_deadline WHERE debtor <> 'dev_x' AND creditor <> 'dev_x'$$, '0', 'supervision: nothing of others');
SELECT t.sees('yn_bureau_1', $$SELECT bool_and(due IS NOT NULL AND title <> '' AND title_chinese <> '')::text FROM pdauth.supervision_deadline$$, 'true', 'supervision: each with its day and its rule in both languages');
SELECT t.act('op_a_1', $$INSERT INTO pdauth.blacklist_entry (number, division, operator_party, listed_party, facts, ground, evidence, notice, period, act_document, act_digest)
  VALUES ('B-1', '530100', t.id('op_a'), t.id('dev_y'), 'resold data', 'item 8', 'sha256:' || repeat('0', 64), 'letter', '[2027-01-04,2028-01-04)', 'd', 'sha256:' || repeat('0', 64))$$);
SELECT t.sees('km_bureau_1', $$SELECT concat_ws(' ', kind, number, party, decided_by, sanction, state, since) FROM pdauth.supervision_sanction$$, 'blacklist B-1 dev_y op_a blacklisted listed 2027-01-04', 'supervision: sanctions');
SELECT t.sees('op_b_1', 'SELECT count(*)::text FROM pdauth.supervision_sanction', '0', 'supervision: ... not those of others');
SELECT is((SELECT string_agg(concat_ws(' ', day, rule, flag, acts), ', ') FROM pdauth.supervision_would_deny), '2026-11-23 R-23-3 PD233 1', 'supervision: what observed rules let pass');
SELECT is_empty($$SELECT c.relname, a.attname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
  WHERE c.relnamespace = 'pdauth'::regnamespace AND c.relkind = 'v' AND (col_description(c.oid, a.attnum) IS NULL OR obj_description(c.oid) IS NULL)$$, 'supervision: every column of every view is described');
CREATE VIEW t.supervision_view AS SELECT c.oid::regclass AS relation FROM pg_class AS c WHERE c.relnamespace = 'pdauth'::regnamespace AND c.relkind = 'v'
  AND (c.relname LIKE 'supervision%' OR c.relname IN ('agreement_tracking', 'evaluation_status', 'registration_status', 'my_duty', 'ledger_balance', 'ledger_difference', 'financial_risk', 'disclosure_status', 'incident_clock_status', 'platform_monitoring_gap'));
SELECT is_empty($$SELECT v.relation, a.attname, format_type(a.atttypid, a.atttypmod) FROM (SELECT relation FROM t.supervision_view UNION ALL SELECT 'pdauth.audit_by_organisation') AS v JOIN pg_attribute AS a ON a.attrelid = v.relation AND a.attnum > 0
  WHERE NOT (a.atttypid::regtype = ANY ('{text,date,timestamptz,bigint,integer,boolean,jsonb,pdauth.division_code}'::regtype[]) OR a.atttypid = 'numeric'::regtype AND a.atttypmod > 0)$$, 'supervision: types are stable');
-- their plans read the register, not the log; but for the entries that are not sealed yet (pdauth.unsealed)
CREATE FUNCTION t.plan(relation regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE format('EXPLAIN (FORMAT json) SELECT * FROM %s', relation) INTO plan;
  RETURN plan;
END $$;
SELECT cmp_ok((SELECT count(*)::int FROM t.supervision_view), '>=', 15, 'supervision: the views');
SELECT is_empty($$SELECT relation FROM t.supervision_view WHERE t.plan(relation) ~ '"Relation Name": "audit_(entry|segment|activity)'$$, 'supervision: no view scans the log');
SELECT matches(t.plan('pdauth.audit_log'), '"Relation Name": "audit_entry"', 'supervision: ... as one of them would be seen to');
SELECT ok((SELECT count(*) = 1 FROM pdauth.supervision_chain), 'supervision: where the chain ends');
SELECT throws_ok($$SELECT t.act('yn_bureau_1', 'SELECT * FROM pdauth.supervision_chain')$$, '42501', NULL, 'supervision: ... for auditors');

-- the report
CREATE ROLE t_auditor IN ROLE pdauth_auditor;
GRANT USAGE ON SCHEMA t TO t_auditor;
SELECT throws_ok($$SELECT t.act('yn_bureau_1', $q$SELECT pdauth.report_html('[2026-01-01,2027-01-01)')$q$)$$, '42501', NULL, 'report: for auditors only');
SELECT throws_ok($$SELECT pdauth.report_html('[2026-01-01,)')$$, '22023', NULL, 'report: for a period');
CREATE TABLE t.report (html text);
GRANT INSERT ON t.report TO t_auditor;
SELECT t.act('t_auditor', $$INSERT INTO t.report SELECT pdauth.report_html('[2026-01-01,2027-01-01)')$$);
SELECT ok(xml_is_well_formed_document(replace(html, '<!DOCTYPE html>', '')), 'report: its markup is whole') FROM t.report;
SELECT unalike(html, '%' || bad || '%', 'report: hostile names are text: ' || bad) FROM t.report, unnest(ARRAY['<script', '<img', 'onerror=alert(1)>']) AS bad;
SELECT alike(html, '%&lt;img src=x onerror=alert(1)&gt;%', 'report: ... and legible') FROM t.report;
SELECT unalike(html, '%' || bad || '%', 'report: nothing is fetched: ' || bad) FROM t.report, unnest(ARRAY['http://', 'https://', 'src="', 'url(', 'href', '@import']) AS bad;
SELECT ok((xpath('count(//svg)', replace(html, '<!DOCTYPE html>', '')::xml))[1]::text::int >= 1, 'report: charts are in it') FROM t.report;
SELECT is((xpath('//section/@id', replace(html, '<!DOCTYPE html>', '')::xml))::text, '{chain,deadlines,refusals,access,agreements,sanctions}', 'report: all its sections') FROM t.report;
SELECT is((xpath('//section[@id="deadlines"]//tbody/tr[1]/td/text()', replace(html, '<!DOCTYPE html>', '')::xml))::text[], '{R-10-6,"plan filing of prefectures and counties 20个工作日",km_center,"plan K-1",2026-09-29,97}'::text[], 'report: overdue duties') FROM t.report;
SELECT is(pdauth.html_text(value), expected, 'report: ' || expected) FROM (VALUES
  ('<a b="c">&''', '&lt;a b=&quot;c&quot;&gt;&amp;&#39;'), (E'a\u202Eb', 'a?b'), (E'x\u0007', 'x?'), (NULL, ''), ('运营', '运营')) AS v (value, expected);
SELECT ok(xml_is_well_formed_content(pdauth.svg_bars('<t>', '{<a>,b&c}', '{0,NULL}')), 'report: a chart of nothing');
SELECT is(pdauth.shortened(value, 6), expected, 'report: a label of six letters: ' || value) FROM (VALUES ('abcdef', 'abcdef'), ('abcdefg', 'abcde…'), ('数据运', '数据运'), ('数据运营', '数据…'), ('', '')) AS v (value, expected);
SELECT is(pdauth.report_limit(200, found), expected, 'report: ' || found || ' lines') FROM (VALUES (200, ''), (201, '<p class="none">The first 200 of 201. 共 201 条,列出前 200 条。</p>')) AS v (found, expected);
SELECT is_empty($$SELECT w FROM unnest('{overdue,due soon,open,suspended,fulfilled,fulfilled late,waived}'::text[]) AS w WHERE pdauth.report_word(w) = w$$, 'report: statuses in both languages');
SELECT is(pdauth.svg_bars('t', '{}', '{}'), '<p class="none">None. 无。</p>', 'report: and of no bars');
SELECT * FROM finish();
ROLLBACK;
