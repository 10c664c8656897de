-- A second jurisdiction, invented: other figures, other words, no effective date
-- yet.  Its bodies, operator and developer are those of the fixture with qx_ and
-- division 63 for 53.  Include it after fixture.sql.
SET LOCAL pdauth.break_glass = 'install a pack';
INSERT INTO pdauth.jurisdiction_pack (pack, title, title_chinese, territory, published_on, source)
  VALUES ('qx-test', 'invented measure', '虚构办法', '630000', '2026-05-01', 'invented');
INSERT INTO pdauth.pack_parameter (pack, kind, name, value, unit, source, approved, proposed_at)
  SELECT 'qx-test', p.kind, p.name, coalesce(o.value::jsonb, p.value), p.unit, 'invented measure', true, pdauth.clock_now()
    FROM pdauth.pack_parameter AS p
    LEFT JOIN (VALUES ('operator_term_max_years', '2'), ('developer_term_max_years', '1'), ('publicity_min_wd', '8'), ('plan_filing_wd', '7'), ('agreement_submission_wd', '9'),
      ('negative_review_months', '6'), ('quality_answer_wd', '3'), ('rectification_days', '15'), ('operator_evaluation_months', '4'), ('product_list_wd', '2'), ('ledger_match_days', '10'),
      ('legacy_grace_days', '30'), ('raw_session_max_hours', '2'), ('disclosure_due', '"02-15"'), ('effective_date', 'null'),
      ('evaluation_results', '["good", "bad", "rectify"]'), ('product_forms', '["table", "interface"]'), ('operator_fee_kinds', '["toll"]'), ('selection_methods', '["auction"]'),
      ('feasibility_topics', '[[1, "", "need", "需求"]]'), ('plan_items', '[[1, "", "name", "名称"], [2, "", "scope", "范围"], [3, "", "other", "其他", true]]'), ('plan_item_parts', '[]'), ('major_plan_items', '[2]')) AS o (name, value) USING (name)
   WHERE p.pack = 'yn-draft-2025-07-24' AND p.shipped AND p.name NOT LIKE 'adopts %';
RESET pdauth.break_glass;
SELECT t.party(v.code, v.kind, v.division, v.capacity, v.territory, v.sector, v.persons) FROM (VALUES
  ('qx_bureau', 'government', '630000', 'bureau', '630000', NULL::text, 2),
  ('qx_gov', 'government', '630100', 'government', '630100', NULL, 1),
  ('qx_center', 'institution', '630100', 'agency', '630100', NULL, 1),
  ('qx_transport', 'government', '630000', 'provider', '630000', 'transport', 1),
  ('qx_op', 'legal person', '630000', 'operator', '630000', NULL, 1),
  ('qx_dev', 'legal person', '630000', 'developer', '630000', NULL, 1)) AS v (code, kind, division, capacity, territory, sector, persons);
SELECT t.clear('qx_bureau_1', $$person LIKE 'qx_%' AND person <> 'qx_bureau_1'$$), t.clear('qx_bureau_2', $$person = 'qx_bureau_1'$$);
SELECT t.party('qx_platform', 'institution', '630000', 'platform', '630000');
SELECT t.act('qx_platform_1', format($$INSERT INTO pdauth.platform_component (component, runner_party, division) VALUES ('qx_portal', %s, '630000')$$, t.id('qx_platform')));
SELECT t.act('qx_platform_1', $$INSERT INTO pdauth.component_access (role, component_id)
  SELECT r::regrole, component_id FROM pdauth.platform_component, unnest('{qx_op_1,qx_dev_1}'::text[]) AS r WHERE component = 'qx_portal'$$);
