-- Article 21: bans on operators, measures against developers, blacklist.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
\ir include/development.sql
SELECT no_plan();
SELECT t.at('2026-09-01 09:00');
SELECT t.license_on_agreement();
SELECT t.developer(term => '[2026-12-01,2028-12-01)');
SELECT t.at('2026-11-30 09:00');
SELECT t.operator_product('P-1');
SELECT t.act('op_a_1', t.tariff('P-1', 1, 'public', 0));
SELECT t.ceiling('interface', 10);
SELECT t.act('op_a_1', t.tariff('P-1', 2, 'industry', 1));

-- R-21-1
SELECT t.refused('op_a_1', t.deliver('P-1', 'D-1', 'public', 1, 0), 'R-21-1: a delivery the day before the agreement begins');
SELECT t.at('2026-12-01 00:00');
SELECT t.works('op_a_1', t.deliver('P-1', 'D-1', 'industry', 1, 1), 'R-21-1: on its first day');

-- P-1 as a table of this database
CREATE SCHEMA op_a_ws;
CREATE SCHEMA op_b_ws;
GRANT USAGE, CREATE ON SCHEMA op_a_ws, op_b_ws TO op_a_1;
GRANT USAGE ON SCHEMA op_a_ws TO PUBLIC;
CREATE TABLE op_a_ws.p1 (road text, volume int);
INSERT INTO op_a_ws.p1 SELECT 'G56', n FROM generate_series(1, 20) AS n;
GRANT ALL ON op_a_ws.p1 TO op_a_1, dev_x_1, dev_y_1;
SELECT pdauth.protect('op_a_ws.p1', 'product/P-1');
CREATE TABLE t.traffic (a text, b text, division text);
INSERT INTO t.traffic VALUES ('a', 'b', '530102');
GRANT ALL ON t.traffic TO op_a_1, yn_transport_1, dev_x_1;
SELECT pdauth.protect('t.traffic', 'transport/traffic_flow', region_column => 'division');
INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES ('yn_transport_1', 'transport', 'Article 4');
SET LOCAL pdauth.purpose = '产业发展/车险';
SELECT t.sees('dev_x_1', 'SELECT count(*) FROM op_a_ws.p1', '20', 'R-21-1: what was delivered is read');
SELECT t.refused('dev_y_1', 'SELECT count(*) FROM op_a_ws.p1', 'R-21-1: by nobody without an agreement');

-- R-21-2, R-21-3
CREATE FUNCTION t.product(number text, owner text) RETURNS text LANGUAGE sql AS $$
  SELECT format($q$INSERT INTO pdauth.product (number, name, owner_party, division, form) VALUES (%1$L, 'index', t.id(%2$L), '530100', 'interface');
    INSERT INTO pdauth.product_source VALUES (t.product_id(%1$L), 'transport/traffic_flow', 'P-1')$q$, number, owner) $$;
CREATE FUNCTION t.apply(number text, who text) RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.application (number, applicant_party, operator_party, agreement_id, division, route, scenario, purpose) VALUES (%L, t.id(%L), t.id(''op_a''), t.agreement_id(''A-1''), ''530100'', ''own'', ''x'', ''产业发展'')', number, who) $$;
SELECT t.refused('op_a_1', t.apply('Q-2', 'op_a'), 'R-21-2: the operator of A-1 applies for a product of A-1');
SELECT t.refused('op_a_1', t.product('P-3', 'op_a'), 'R-21-2: or registers a product re-developed from its own', 'op_a is operator');
SELECT t.works('dev_y_1', t.product('P-3', 'dev_y'), 'R-21-2: a developer does');
SELECT t.refused('op_a_sub_1', t.apply('Q-2', 'op_a_sub'), 'R-21-3: a subsidiary held by 51 percent', 'affiliated');
SELECT t.refused('op_a_sub_1', t.product('P-4', 'op_a_sub'), 'R-21-3: nor does it re-develop', 'op_a is operator');
CREATE FUNCTION t.grants(granted text, member text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN EXECUTE format('GRANT %I TO %I', granted, member); RETURN 'granted'; END $$;
SELECT throws_ok($$SELECT t.grants('dev_x_1', 'op_a_1')$$, 'PD213', NULL, 'R-21-3: a person of the operator gets no role of a developer');
SELECT throws_ok($$CREATE ROLE go_between IN ROLE dev_x_1 ROLE op_a_1$$, 'PD213', NULL, 'R-21-3: not through a role between, either');
SELECT throws_ok($$SELECT t.grants('op_b_1', 'op_a_1')$$, 'PD216', NULL, 'R-21-6: nor one of another operator');
SELECT lives_ok($$SELECT t.grants('op_a_2', 'op_a_1')$$, 'R-21-3: colleagues share what they like');
SAVEPOINT tied;
INSERT INTO pdauth.party (party, name, kind, credit_code, division) SELECT 'holding', 'holding', 'institution', NULL, '530000';
INSERT INTO pdauth.affiliation (party_id, affiliate_id, kind, share_percent, since, source) VALUES (t.id('holding'), t.id('op_a'), 'control', NULL, '2026-11-01', 'register'), (t.id('holding'), t.id('dev_x'), 'holding', 30, '2026-11-01', 'register');
SELECT t.refused('dev_x_1', 'SELECT count(*) FROM op_a_ws.p1', 'R-21-3: ties found later suspend, through a common holder', 'agency has not decided');
SELECT t.refused('op_a_1', t.deliver('P-1', 'D-1', 'public', 1, 0), 'R-21-3: nothing is delivered');
SELECT t.refused('op_a_1', $$INSERT INTO pdauth.affiliation_decision (development_id, independent, reason, document) VALUES (t.development_id('D-1'), true, 'r', 'd')$$, 'R-21-3: not decided by the operator');
SELECT t.at('2026-12-02 09:00');
SELECT t.act('km_center_1', $$INSERT INTO pdauth.affiliation_decision (development_id, independent, reason, document) VALUES (t.development_id('D-1'), true, 'a fund without vote', 'd')$$);
SELECT t.sees('dev_x_1', 'SELECT count(*) FROM op_a_ws.p1', '20', 'R-21-3: until the agency has');
ROLLBACK TO tied;
INSERT INTO pdauth.affiliation (party_id, affiliate_id, kind, share_percent, since, source) VALUES (t.id('op_b'), t.id('dev_x'), 'holding', 24, '2026-11-01', 'register');
SELECT t.sees('dev_x_1', 'SELECT count(*) FROM op_a_ws.p1', '20', 'R-21-3: a holding below the pack''s percentage is no tie');

-- R-21-4
SELECT t.refused('op_a_1', statement, 'R-21-4: ' || statement) FROM (VALUES ('UPDATE t.traffic SET b = ''0'''), ('DELETE FROM t.traffic'), ('INSERT INTO t.traffic VALUES (''x'')'), ('UPDATE op_a_ws.p1 SET volume = 0')) AS v (statement);
SAVEPOINT owned;
ALTER TABLE op_a_ws.p1 OWNER TO op_a_1;
SELECT t.refused('op_a_1', 'UPDATE op_a_ws.p1 SET volume = 0', 'R-21-4: not even as the owner of the table');
ROLLBACK TO owned;
SELECT t.works('yn_transport_1', $$UPDATE t.traffic SET b = 'c'$$, 'R-21-4: the department corrects its data');

-- R-21-5
CREATE ROLE spy IN ROLE pdauth_register;
INSERT INTO pdauth.person (person, name, party_id) VALUES ('spy', 'spy', t.id('op_b'));
SAVEPOINT switched;
SELECT lives_ok($$SELECT t.grants('yn_transport_1', 'op_a_1')$$, 'R-21-5: a careless grant');
SET SESSION AUTHORIZATION op_a_1;
SET ROLE yn_transport_1;
SELECT throws_ok('SELECT * FROM t.traffic', 'PD215', NULL, 'R-21-5: a person of the operator in the department''s role reads nothing');
SELECT throws_ok('UPDATE t.traffic SET a = a', 'PD215', NULL, 'R-21-5: and writes nothing');
RESET ROLE;
RESET SESSION AUTHORIZATION;
ROLLBACK TO switched;
SET SESSION AUTHORIZATION yn_transport_1;
SELECT lives_ok('SELECT * FROM t.traffic', 'R-21-5: the department itself does');
RESET SESSION AUTHORIZATION;

-- R-21-6
SET LOCAL pdauth.purpose = '公共治理';
SELECT t.refused('dev_x_1', 'SELECT count(*) FROM op_a_ws.p1', 'R-21-6: another purpose than it was delivered for');
SET LOCAL pdauth.purpose = '产业发展/车险';
SELECT t.act('yn_platform_1', $$INSERT INTO pdauth.workspace (schema, party_id) VALUES ('op_a_ws', t.id('op_a')), ('op_b_ws', t.id('op_b'))$$);
SELECT t.refused('op_a_1', 'CREATE TABLE op_b_ws.copy AS SELECT * FROM t.traffic', 'R-21-6: a copy into another party''s schema', 'of op_b');
SELECT t.works('op_a_1', 'CREATE TABLE op_a_ws.derived AS SELECT * FROM t.traffic', 'R-21-6: into the own one');
SELECT is((SELECT resource FROM pdauth.protected_relation WHERE relation = 'op_a_ws.derived'::regclass), 'transport/traffic_flow', 'R-21-6: where it bears its labels');
SELECT throws_ok($$SELECT t.act('yn_platform_1', $q$INSERT INTO pdauth.workspace (schema, party_id) VALUES ('nowhere', t.id('op_a'))$q$)$$, '3F000', NULL, 'R-21-6: a workspace is a schema that there is');
SAVEPOINT renamed;
SELECT format('GRANT CREATE ON DATABASE %I TO op_a_1', current_database()) \gexec
ALTER SCHEMA op_a_ws OWNER TO op_a_1;
SELECT t.refused('op_a_1', 'ALTER SCHEMA op_a_ws RENAME TO elsewhere', 'R-21-6: which keeps its name', 'known by its name');
ROLLBACK TO renamed;
SELECT throws_ok($$SELECT t.act('op_a_1', 'GRANT SELECT ON op_a_ws.derived TO dev_y_1')$$, 'PD143', NULL, 'R-14-3: and is not passed on');

-- R-21-7
SAVEPOINT volume;
SELECT t.at('2026-12-02 09:00');
SELECT t.development('D-9', 'dev_x', 'A-1', '2026-12-10 09:00', '[2026-12-10,2028-01-01)', until => 'signatures');
SELECT t.act('op_a_1', $$INSERT INTO pdauth.volume_limit VALUES (t.development_id('D-9'), t.product_id('P-1'), 10000)$$);
ROLLBACK TO volume;
-- the volume is part of the agreement: it is agreed on before the signing, so D-9 begins anew
SELECT t.act('op_a_1', t.deliver('P-1', 'D-1', 'industry', 1, 1));
CREATE FUNCTION t.calls(n bigint, purpose text DEFAULT '产业发展/车险') RETURNS text LANGUAGE sql AS $$ SELECT format('INSERT INTO pdauth.product_call (delivery_id, calls, purpose) SELECT max(delivery_id), %s, %L FROM t.delivery', n, purpose) $$;
CREATE VIEW t.delivery AS SELECT delivery_id FROM pdauth.delivery;
GRANT SELECT ON t.delivery TO PUBLIC;
SELECT t.act('dev_x_1', $$INSERT INTO pdauth.use_declaration (delivery_id, use_class, statement, purpose) SELECT max(delivery_id), 'industry', 'ours', '产业发展' FROM t.delivery$$);
SET LOCAL pdauth.break_glass = 'restore an agreement with its volume';
INSERT INTO pdauth.volume_limit VALUES (t.development_id('D-1'), t.product_id('P-1'), 10000);
RESET pdauth.break_glass;
SELECT t.act('yn_platform_1', t.calls(9999));
SELECT t.works('yn_platform_1', t.calls(1), 'R-21-7: call 10 000 of the month');
SELECT t.refused('yn_platform_1', t.calls(1), 'R-21-7: call 10 001', '10000 are allowed');
SELECT t.refused('yn_platform_1', 'INSERT INTO pdauth.product_call (delivery_id, calls, purpose) SELECT max(delivery_id), 1, ''产业发展'' FROM t.delivery, generate_series(1, 3) GROUP BY generate_series', 'R-21-7: many in one statement');
SELECT t.at('2027-01-01 00:00');
SELECT t.works('yn_platform_1', t.calls(1), 'R-21-7: the next month begins anew');
SELECT t.refused('dev_x_1', t.calls(1), 'R-21-7: calls are entered by the platform');
SELECT t.at('2026-12-01 09:00');

-- R-21-8
CREATE FUNCTION t.list(number text, party text, facts text DEFAULT 'sold data') RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.blacklist_entry (number, division, operator_party, listed_party, facts, ground, evidence, notice, period, act_document, act_digest) VALUES (%L, ''530100'', t.id(''op_a''), t.id(%L), %L, ''item 8'', ''sm3:%s'', ''letter'', ''[2026-11-01,2027-10-31]'', ''d'', ''sm3:%s'')', number, party, facts, repeat('0', 64), repeat('0', 64)) $$;
SELECT t.refused('op_a_1', t.list('B-1', 'dev_y', ''), 'R-21-8: an entry without facts');
SELECT t.refused('op_b_1', t.list('B-1', 'dev_y'), 'R-21-8: or of another operator');
SELECT t.act('op_a_1', t.list('B-1', 'dev_y'));
SELECT t.refused('op_a_1', $$DELETE FROM pdauth.blacklist_entry$$, 'R-25-4: it is not deleted');
SELECT t.refused('op_a_1', $$UPDATE pdauth.blacklist_entry SET period = '[2026-11-01,2026-11-02]'$$, 'R-21-8: nor changed');
SELECT t.at('2027-10-31 09:00');
SELECT t.refused('dev_y_1', t.apply('Q-4', 'dev_y'), 'R-21-8: dev_y applies on the last day', 'B-1');
SAVEPOINT covert;
SELECT t.party('dev_y_child', 'legal person', '530100', 'developer', '530000');
SELECT t.act('yn_platform_1', $$INSERT INTO pdauth.component_access (role, component_id) SELECT 'dev_y_child_1', component_id FROM pdauth.platform_component$$);
INSERT INTO pdauth.affiliation (party_id, affiliate_id, kind, since, source) VALUES (t.id('dev_y'), t.id('dev_y_child'), 'control', '2026-11-01', 'register');
SELECT t.refused('dev_y_child_1', t.apply('Q-4', 'dev_y_child'), 'R-21-8: or through a company it controls');
ROLLBACK TO covert;
SELECT t.at('2027-11-01 00:00');
SELECT t.works('dev_y_1', t.apply('Q-4', 'dev_y'), 'R-21-8: the day after it may');
SELECT t.at('2026-12-01 09:00');

-- R-21-9
CREATE FUNCTION t.measure(number text, kind text, evidence text DEFAULT 'sm3:' || repeat('0', 64), ends date DEFAULT '2026-12-10', answer text DEFAULT 'denied', who text DEFAULT 'dev_x', more text DEFAULT 'false') RETURNS text LANGUAGE sql AS $$
  SELECT format('INSERT INTO pdauth.measure (number, division, operator_party, developer_party, kind, violation, evidence, gravity, notice, answer, urgent, ends_on, act_document, act_digest, act_reason) VALUES (%L, ''530100'', t.id(''op_a''), t.id(%L), %L, ''copies'', %L, ''serious'', ''letter'', %L, %s, %L, ''d'', ''sm3:%s'', ''grave'')', number, who, kind, evidence, answer, more, ends, repeat('0', 64)) $$;
SELECT t.refused('op_a_1', t.measure('M-1', 'suspension', evidence => NULL), 'R-21-9: a suspension without evidence', 'evidence');
SELECT t.refused('op_a_1', t.measure('M-1', 'suspension', ends => NULL), 'R-21-9: or without end', 'end');
SELECT t.refused('op_a_1', t.measure('M-1', 'suspension', answer => NULL), 'R-21-9: or without a hearing', 'answer');
SELECT t.refused('op_a_1', t.measure('M-1', 'flogging'), 'R-21-9: a measure that does not exist');
SELECT t.refused('op_a_1', t.measure('M-1', 'talk', who => 'op_b'), 'R-21-9: against who is no developer');
SELECT t.refused('op_b_1', t.measure('M-1', 'talk'), 'R-21-9: by who is not its operator');
SELECT t.works('op_a_1', t.measure('M-1', 'talk', ends => NULL), 'R-21-9: a reminder talk');
SELECT t.sees('dev_x_1', 'SELECT count(*) FROM op_a_ws.p1', '20', 'R-21-10: which has no effect on access');
-- R-21-10
SAVEPOINT measures;


SET ROLE dev_x_1;
DECLARE c CURSOR FOR SELECT volume FROM op_a_ws.p1;
FETCH 2 FROM c;
RESET ROLE;
SELECT t.works('op_a_1', t.measure('M-2', 'suspension', answer => NULL, more => 'true'), 'R-21-10: an urgent suspension comes first');
SELECT is((SELECT due FROM pdauth.my_duty WHERE rule = 'R-21-9'), date '2026-12-08', 'R-21-9: and is heard within five working days');
SET ROLE dev_x_1;
SELECT throws_ok('FETCH c', 'PD21A', NULL, 'R-21-10: the next fetch of an open cursor is refused');
SELECT throws_ok('SELECT count(*) FROM op_a_ws.p1', 'PD21A', NULL, 'R-21-10: and every statement');
RESET ROLE;
SELECT t.refused('op_a_1', t.deliver('P-1', 'D-1', 'public', 1, 0), 'R-21-10: and deliveries', 'M-2');
SELECT t.at('2026-12-11 00:00');
SELECT t.sees('dev_x_1', 'SELECT count(*) FROM op_a_ws.p1', '20', 'R-21-10: the day after its end access returns by itself');
ROLLBACK TO measures;
SELECT t.act('op_a_1', t.measure('M-3', 'restriction'));
SELECT t.refused('dev_x_1', t.apply('Q-5', 'dev_x'), 'R-21-10: a restriction refuses new applications', 'M-3');
SELECT t.sees('dev_x_1', 'SELECT count(*) FROM op_a_ws.p1', '20', 'R-21-10: but not what is agreed on');
SELECT t.act('op_a_1', $$UPDATE pdauth.measure SET state = 'lifted', act_reason = 'mended' WHERE number = 'M-3'$$);
SELECT t.works('dev_x_1', t.apply('Q-5', 'dev_x'), 'R-21-10: until it is lifted');
SELECT t.act('op_a_1', t.measure('M-4', 'cancellation', ends => NULL));
SELECT t.refused('dev_x_1', 'SELECT count(*) FROM op_a_ws.p1', 'R-21-10: cancellation closes', 'M-4');
SELECT is((SELECT count(*)::int FROM pdauth.license WHERE licensee = 'dev_x_1'::regrole AND revoked_at IS NULL), 0, 'R-21-10: the licenses');
SELECT is((SELECT state FROM pdauth.closing_case WHERE number = 'Z-D-1'), 'open', 'R-21-10: and opens a deletion case');

-- R-21-11
CREATE TABLE t.audited (a int);
CREATE FUNCTION t.audit_day() RETURNS tstzrange LANGUAGE sql AS $$ SELECT tstzrange(now() - interval '1 day', now() + interval '1 day') $$;
INSERT INTO pdauth.legal_hold (made, basis) VALUES ('[2020-01-01,2020-01-02)', 'other matter');
SELECT t.refused('op_b_1', $$INSERT INTO pdauth.referral (number, division, reporter_party, suspect_party, recipient, facts, evidence, referred_on, log_range) VALUES ('F-1', '530100', t.id('op_a'), t.id('dev_x'), 'public security', 'f', 'sm3:$$ || repeat('0', 64) || $$', '2026-12-01', t.audit_day())$$, 'R-21-11: in the name of another');
SELECT t.act('op_a_1', $$INSERT INTO pdauth.referral (number, division, reporter_party, suspect_party, recipient, facts, evidence, referred_on, log_range) VALUES ('F-1', '530100', t.id('op_a'), t.id('dev_x'), 'public security', 'f', 'sm3:$$ || repeat('0', 64) || $$', '2026-12-01', t.audit_day())$$);
SELECT is((SELECT basis FROM pdauth.legal_hold WHERE released_at IS NULL AND made @> now()), 'referral F-1', 'R-21-11: a referral puts its range of the log on hold');
SELECT throws_ok('DELETE FROM pdauth.legal_hold', 'PD254', NULL, 'R-25-4: a hold is not deleted');
SELECT throws_ok($$UPDATE pdauth.legal_hold SET made = '[2020-01-01,2020-01-02)'$$, 'PD254', NULL, 'R-25-4: nor moved');
SET pdauth.break_glass = 'test';
INSERT INTO pdauth.audit_segment (epoch, xid, n, last_xid, last_n, entries, first_made_at, last_made_at) VALUES (1, '10', 1, '10', 1, 1, now() - interval '6 years', now());
RESET pdauth.break_glass;
SELECT throws_ok($$SELECT pdauth.prune('infinity', 'approval')$$, 'PD21B', NULL, 'R-21-11: and the log is not pruned there, whatever its age');
SELECT t.refused('dev_x_1', $$UPDATE pdauth.referral SET release_reason = 'dropped'$$, 'R-21-11: nobody else releases it');
SELECT t.act('op_a_1', $$UPDATE pdauth.referral SET release_reason = 'judgement'$$);
SELECT is_empty($$SELECT FROM pdauth.legal_hold WHERE released_at IS NULL AND made @> now()$$, 'R-21-11: its release ends the hold');
SELECT * FROM finish();
ROLLBACK;
