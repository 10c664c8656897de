-- X-10: of many violations the first by the order of evaluation is reported, the
-- others are named with it; as each falls away, the next one is the first.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
\ir include/development.sql
SELECT no_plan();
SELECT t.at('2026-09-01 09:00');
SELECT t.developer();
SELECT t.at('2026-11-23 09:00');
SELECT t.governed_table('traffic_raw', 'transport/traffic_flow');
INSERT INTO pdauth.license (licensee, scope, basis) VALUES ('op_a_1', '{read on transport/traffic_flow("a","b") for 产业发展,公共治理 in 530100 during [2026-09-01,2031-09-01) level general}', 'A-1');
GRANT SELECT ON t.traffic_raw TO op_a_1;
CREATE FUNCTION t.reported() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  detail text;
BEGIN
  PERFORM t.act('op_a_1', 'SELECT count(*) FROM t.traffic_raw');
  RETURN 'none';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
  RETURN concat_ws(' ', substring(detail FROM '^Rule ([-RX0-9]+)'), substring(detail FROM 'Also violated: ([-RX0-9, ]+)'));
END $$;

-- from the last of the order to the first
SELECT is(t.reported(), 'R-28-5 R-25-3', 'X-10: a license beyond the agreement, and no purpose');
SELECT t.act('km_center_1', format($$UPDATE pdauth.operating_agreement SET state = 'terminated', act_reason = 'breach', %s$$, t.document('end')));
SELECT is(t.reported(), 'R-11-13 R-28-5, R-25-3', 'X-10: before them, an agreement that has ended');
SELECT t.act('yn_bureau_1', $$INSERT INTO pdauth.negative_list (number, resource_id, division, authority_party, reason) VALUES ('N-1', t.resource_id('transport/traffic_flow'), '530000', t.id('yn_bureau'), 'military roads')$$),
       t.act('yn_gov_1', format($$UPDATE pdauth.negative_list SET state = 'listed', %s WHERE number = 'N-1'$$, t.document('approval')));
SELECT is(t.reported(), 'R-15-4 R-11-13, R-28-5, R-25-3', 'X-10: before it, the negative list');
SELECT pdauth.open_draft('digest mismatch', 'transport/traffic_flow', t.id('yn_transport'), '530100', 'B-1', 'transport/traffic_flow');
SELECT is(t.reported(), 'R-29-7 R-15-4, R-11-13, R-28-5, R-25-3', 'X-10: before it, a finding');
SELECT t.act('yn_cac_1', $$INSERT INTO pdauth.security_instruction (number, division, authority_party, kind, resources, content, act_document, act_digest) VALUES ('F-1', '530000', t.id('yn_cac'), 'freeze', '{transport/traffic_flow}', 'stop', 'order', 'sm3:' || repeat('0', 64))$$);
SELECT is(t.reported(), 'R-28-10 R-29-7, R-15-4, R-11-13, R-28-5, R-25-3', 'X-10: before it, an instruction');
SELECT t.act('km_center_1', $$INSERT INTO pdauth.incident (number, division, agency_party, operator_party, kind, summary, resources, detected_at) VALUES ('I-1', '530100', t.id('km_center'), t.id('op_a'), 'leak', 's', '{transport/traffic_flow}', '2026-11-23 08:50+08')$$);
SELECT is(t.reported(), 'R-29-3 R-28-10, R-29-7, R-15-4, R-11-13, R-28-5, R-25-3', 'X-10: before it, an incident');
SELECT t.act('yn_bureau_1', $$UPDATE pdauth.person_fact SET ended_on = '2026-11-23', end_reason = 'left' WHERE kind = 'filing' AND person_id = t.person_id('op_a_1')$$);
SELECT is(t.reported(), 'R-25-13 R-29-3, R-28-10, R-29-7, R-15-4, R-11-13, R-28-5, R-25-3', 'X-10: before it, the person');
SELECT * FROM finish();
ROLLBACK;
