-- Article 27: whoever manages, holds, uses and operates is responsible.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
\ir include/development.sql
SELECT no_plan();
SELECT t.developer();
SELECT t.at('2026-11-23 09:00');
SELECT t.operator_product('P-1'), t.act('op_a_1', t.tariff('P-1', 1, 'public', 0));

SELECT t.refused('op_a_1', $$INSERT INTO pdauth.delivery (product_id, tariff_id, quantity, amount) SELECT product_id, tariff_id, 1, 0 FROM pdauth.tariff$$, 'R-27-1: a delivery without its user', 'development_id');
SELECT t.refused('yn_transport_1', $$INSERT INTO pdauth.resource (path, name, division, holder_level, personal_information, level, columns, update_frequency, quality)
  VALUES ('transport/bus', 'bus', '530000', 'province', false, 'general', '{a}', '1 day', 'good')$$, 'R-27-1: a resource that nobody holds', 'provider_party');
SELECT t.refused('op_a_1', $$INSERT INTO pdauth.product (number, name, division, form) VALUES ('P-9', 'p', '530100', 'report')$$, 'R-27-1: a product that nobody operates', 'owner_party');
SELECT t.works('op_a_1', t.deliver('P-1', 'D-1', 'public', 1, 0), 'R-27-1: with all four it is recorded');
SELECT t.sees('km_center_1', $$SELECT concat_ws(' ', manages, holds, uses, operates) FROM pdauth.responsible_party WHERE kind = 'delivery'$$, 'km_center yn_transport dev_x op_a', 'R-27-1: who manages, holds, uses and operates it');
SELECT t.sees('yn_bureau_1', $$SELECT concat_ws(' ', manages, holds) FROM pdauth.responsible_party WHERE object = 'transport/traffic_flow'$$, 'yn_bureau yn_transport', 'R-27-1: a resource is managed and held');
SELECT t.sees('op_b_1', $$SELECT count(*) FROM pdauth.responsible_party$$, '0', 'R-27-1: others do not see it');
SELECT t.act('op_a_1', $$INSERT INTO pdauth.incident (number, division, agency_party, operator_party, developer_party, kind, summary, products, detected_at)
  VALUES ('I-1', '530100', t.id('km_center'), t.id('op_a'), t.id('dev_x'), 'leak', 's', '{P-1}', '2026-11-23 08:50+08')$$);
SELECT t.sees('yn_cac_1', $$SELECT concat_ws(' ', object, manages, holds, uses, operates) FROM pdauth.incident_attribution$$, 'P-1 km_center yn_transport dev_x op_a', 'R-27-1: an incident is attributed to them');
SELECT * FROM finish();
ROLLBACK;
