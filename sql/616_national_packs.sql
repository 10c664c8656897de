-- Packs of the state, which the pack of a territory adopts or not: what it does
-- not set itself then comes from them.  Where one of them has to prevail over
-- the territory's figure, that is an override with its citation (R-36-2).

INSERT INTO pdauth.jurisdiction_pack (pack, title, title_chinese, territory, published_on, source) VALUES
  ('N27', 'Implementing rules on the authorised operation of public data resources (trial)', '公共数据资源授权运营实施规范(试行)', NULL, '2025-01-08', '发改数据规〔2025〕27号, in force from 2025-03-01'),
  ('N26', 'Interim measure on the registration of public data resources', '公共数据资源登记管理暂行办法', NULL, '2025-01-08', '发改数据规〔2025〕26号, in force from 2025-03-01'),
  ('N65', 'Notice on the price mechanism of authorised operation of public data resources', '关于建立公共数据资源授权运营价格形成机制的通知', NULL, '2025-01-16', '发改价格〔2025〕65号, in force from 2025-03-01'),
  ('NDISC', 'Notice on the disclosure of authorised operation', '公共数据资源授权运营信息披露的通知', NULL, '2026-02-10', 'NDA general office notice of 2026-02-10, known by excerpt'),
  ('NINC', 'National measure on reporting network-security incidents', '国家网络安全事件报告管理办法', NULL, '2025-09-11', 'in force from 2025-11-01, known by excerpt');

INSERT INTO pdauth.pack_parameter (parameter_id, pack, kind, name, value, unit, source, approved, shipped)
OVERRIDING SYSTEM VALUE
SELECT 10000 + pg_catalog.row_number() OVER (), v.pack, v.kind, v.name, v.value::pg_catalog.jsonb, v.unit, v.source, true, true FROM (VALUES
  ('N27', 'switch', 'sharing_provider_consent', 'true', NULL, 'N27 Art. 5: data got by government sharing needs the consent of the sharing provider (N27-1)'),
  ('N27', 'list', 'modes', '["overall", "sector", "scene"]', NULL, 'N27 Art. 9'),
  ('N27', 'list', 'operator_conditions', '["management and technical capability", "business and credit", "security compliance"]', NULL, 'N27 Art. 12 (N27-2)'),
  ('N27', 'list', 'feasibility_topics', '[[1, "", "full life-cycle data management service", "数据全生命周期管理服务"],
     [2, "", "social demand", "社会需求"],
     [3, "", "market size", "市场规模"],
     [4, "", "expected results", "预期成效"],
     [5, "", "risk prevention", "风险防控"]]', NULL, 'N27: five topics'),
  ('N26', 'figure', 'registration_first_wd', '20', 'working days', 'N26-1'),
  ('N26', 'figure', 'registration_legacy_wd', '30', 'working days', 'N26-2'),
  ('N26', 'switch', 'evidence_preservation', 'true', NULL, 'N26-3, Art. 7: 存证'),
  ('N26', 'figure', 'registration_acceptance_wd', '3', 'working days', 'N26-4'),
  ('N26', 'figure', 'registration_review_wd', '20', 'working days', 'N26-5'),
  ('N26', 'figure', 'registration_publicity_wd', '10', 'working days', 'N26-6'),
  ('N26', 'figure', 'registration_validity_years', '3', 'years', 'N26-8, in principle'),
  ('N26', 'figure', 'registration_renewal_days', '60', 'days', 'N26-9'),
  ('N26', 'figure', 'registration_cancellation_wd', '10', 'working days', 'N26-10'),
  ('N26', 'list', 'cancellation_grounds', '["lost", "renounced or expired", "holder ended", "other law"]', NULL, 'N26-10, Art. 9: 不可复原或灭失, 放弃权益或期限届满, 终止存续, 法律法规规定的其他情形'),
  ('N26', 'list', 'revocation_grounds', '["false material", "altered result", "improper gain", "other law"]', NULL, 'N26-12, Art. 20: 虚假材料, 篡改伪造登记结果, 不当获利, 其他违反法律法规'),
  ('N26', 'switch', 'product_registration_mandatory', 'false', NULL, 'N26: registration of products is encouraged'),
  ('N65', 'figure', 'permitted_profit_points', '6', 'percentage points', 'N65-1, above the average ten-year treasury yield'),
  ('N65', 'list', 'price_units', '["product count", "service times", "service time", "calls"]', NULL, 'N65-3'),
  ('N65', 'switch', 'trial_prices', 'true', NULL, 'N65-4, section 2'),
  ('N65', 'figure', 'trial_price_months', '12', 'months', 'N65-4, section 2: while there is no full year of operation (尚无完整年度运营情况)'),
  ('N65', 'figure', 'price_cycle_years', '3', 'years', 'N65-5, at most'),
  ('N65', 'figure', 'price_deviation_percent', '10', 'percent', 'N65-6'),
  ('N65', 'date', 'price_report_due', '"03-31"', NULL, 'N65-8, for the previous year'),
  ('NDISC', 'date', 'disclosure_due', '"03-31"', NULL, 'NDA notice of 2026-02-10, for the previous year'),
  ('NDISC', 'list', 'agency_disclosure', '["agreements", "resources", "fee_ceilings", "exceptions"]', NULL, 'NDA notice of 2026-02-10; Art. 32; X-7'),
  ('NDISC', 'list', 'operator_disclosure', '["agreements", "resources", "products", "fees", "use"]', NULL, 'NDA notice of 2026-02-10; Art. 32'),
  ('NINC', 'figure', 'report_authority_minutes', '240', 'minutes', 'NINC: other operators, to the provincial cyberspace authority'),
  ('NINC', 'figure', 'report_infrastructure_minutes', '60', 'minutes', 'NINC: critical infrastructure'),
  ('NINC', 'figure', 'report_state_organ_minutes', '120', 'minutes', 'NINC: central and state organs, inside their system')
) AS v (pack, kind, name, value, unit, source);
