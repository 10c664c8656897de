# Persons behind sessions, raw-data sessions, and the end of a development
# agreement with live sessions: open cursor, prepared statement, running query,
# pooled connection.  Nothing is readable after the commit, and a closing case
# with its inventory is there.
use strict;
use warnings;
use File::Temp;
use FindBin;
use lib $FindBin::RealBin;
use LiveSession;
use PdauthCluster;
use PostgreSQL::Test::Utils;
use RawPortal;
use Test::More;
use TokenIssuer;

my $node = PdauthCluster::new_cluster('primary', recording => 1, init => { extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ] });
my $keys = File::Temp->newdir('pdauth_keys_XXXXXX', TMPDIR => 1);
$node->append_conf('postgresql.conf', "listen_addresses = 'localhost'\npdauth.attest_key_file = '$keys/verifier'\npdauth.seal_interval = 0");

my $issuer = TokenIssuer->new($keys, 'issuer');
my $stranger = TokenIssuer->new($keys, 'stranger');
TokenIssuer::publish("$keys/verifier", $issuer);

sub token { my ($key, %field) = @_; return $key->token(%field) }

# ---- the register: D-1 of dev_x, product P-1 delivered, traffic_flow raw ----

$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION pdauth CASCADE');
my $include = "$FindBin::RealBin/../pgtap/include";
$node->safe_psql('postgres', qq{
	BEGIN;
	\\i $include/delivery.sql
	INSERT INTO t.p1 SELECT 'canary' FROM generate_series(1, 2000);
	GRANT SELECT ON t.p1 TO PUBLIC;
	SELECT pdauth.protect('t.p1', 'product/P-1');
	CREATE FUNCTION t.p1_roads() RETURNS TABLE (road text) LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT p.road FROM t.p1 AS p; END';
	CREATE TABLE t.unlabelled (road text);
	INSERT INTO t.unlabelled SELECT 'canary' FROM generate_series(1, 2000);
	CREATE VIEW t.p3 AS SELECT road FROM t.unlabelled;
	GRANT SELECT ON t.p3 TO PUBLIC;
	SELECT t.act('op_a_1', 'INSERT INTO pdauth.product (number, name, owner_party, division, form, relation) VALUES (''P-3'', ''road list'', t.id(''op_a''), ''530100'', ''interface'', ''t.p3'');
		INSERT INTO pdauth.product_source VALUES (t.product_id(''P-3''), ''transport/traffic_flow'')');
	SELECT t.act('op_a_1', 'UPDATE pdauth.product SET state = ''deliverable'' WHERE number = ''P-3''');
	SELECT t.act('op_a_1', t.tariff('P-3', 1, 'industry', 1)), t.act('op_a_1', t.deliver('P-3', 'D-1', 'industry', 1, 1));
	INSERT INTO pdauth.person (person, name, party_id) VALUES ('dev_x_2', 'dev_x_2', t.id('dev_x'));
	SELECT t.clear('yn_bureau_1', 'person = ''dev_x_2''');
	CREATE TABLE t.raw (a text, division text);
	INSERT INTO t.raw SELECT 'canary', '530102' FROM generate_series(1, 2000);
	SELECT pdauth.protect('t.raw', 'transport/traffic_flow', region_column => 'division');
	CREATE SCHEMA dev_x_ws AUTHORIZATION dev_x_1;
	SELECT t.act('yn_platform_1', 'INSERT INTO pdauth.workspace (schema, party_id) VALUES (''dev_x_ws'', t.id(''dev_x''))');
	ALTER ROLE dev_x_1 LOGIN;
	ALTER ROLE yn_platform_1 LOGIN;
	CREATE ROLE app_pool LOGIN;
	CREATE ROLE other_pool LOGIN;
	SELECT t.act('yn_platform_1', 'INSERT INTO pdauth.service_role (role, party_id, component_id, responsible_person) SELECT ''app_pool'', t.id(''dev_x''), component_id, t.person_id(''dev_x_1'') FROM pdauth.platform_component');
	INSERT INTO pdauth.license (licensee, scope, basis) SELECT r, format('{read on product/%s(*) for 产业发展/车险 in * during [2026-01-01,) level general}', p)::pdauth.license_scope, 'pool' FROM unnest('{app_pool,other_pool}'::regrole[]) AS r, unnest('{P-1,P-3}'::text[]) AS p;
	GRANT USAGE ON SCHEMA t TO app_pool, other_pool;
	SELECT set_config('pdauth.clock', '', true);
	SELECT t.act('yn_platform_1', 'INSERT INTO pdauth.controlled_environment (name, component_id, network) SELECT ''laboratory'', component_id, ''127.0.0.0/8'' FROM pdauth.platform_component');
	SELECT t.act('dev_x_1', 'INSERT INTO pdauth.raw_assessment (number, development_id, division, developer_party, operator_party, need, scope)
	  VALUES (''W-1'', t.development_id(''D-1''), ''530100'', t.id(''dev_x''), t.id(''op_a''), ''outliers'', ''{read on transport/traffic_flow("a") for 产业发展/车险 in 530100 during [2026-10-01,2029-01-01) level general}'')');
	SELECT t.act('op_a_1', format('UPDATE pdauth.raw_assessment SET findings = ''f'' WHERE number = ''W-1''; UPDATE pdauth.raw_assessment SET state = ''positive'', %s WHERE number = ''W-1''', t.document('a')));
	SELECT t.act('op_a_1', 'INSERT INTO pdauth.raw_session (number, assessment_id, development_id, division, operator_party, person_id, role, environment_id, scope, period)
	  SELECT ''S-1'', r.assessment_id, r.development_id, r.division, r.operator_party, t.person_id(''dev_x_1''), ''dev_x_1'', e.environment_id, r.scope, tstzrange(now() - interval ''1 minute'', now() + interval ''1 hour'') FROM pdauth.raw_assessment AS r, pdauth.controlled_environment AS e');
	GRANT SELECT ON t.raw TO dev_x_1;
	COMMIT});

sub literal { my ($text) = @_; $text =~ s/'/''/g; return "'$text'" }

my $read = 'SELECT road FROM t.p1 LIMIT 1';

# ---- R-25-2: a pool acts for a person in each transaction ----

my $pool = open_session($node, 'app_pool');
TokenIssuer::wait_for_memory($node);
like(ask($pool, $read), qr/PD252/, 'R-25-2: a pool without a token reads nothing');
my $good = token($issuer);
is(ask($pool, 'BEGIN; SELECT pdauth.attest(' . literal($good) . "); $read; COMMIT"), "dev_x_1\ncanary", 'R-25-2: with a token it reads for the person');
like(ask($pool, $read), qr/PD252/, 'R-25-2: in that transaction only');
# cursors held from that transaction: over a table, over a function that reads it, over a product that is a view of an unlabelled table
for my $from ('t.p1', 't.p1_roads()', 't.p3')
{
	my $for = sub { my ($person, $sql) = @_; my $answer = ask($pool, 'BEGIN; SELECT pdauth.attest(' . literal(token($issuer, person => $person)) . "); $sql"); ask($pool, 'ROLLBACK'); return $answer };

	ask($pool, 'BEGIN; SELECT pdauth.attest(' . literal(token($issuer)) . "); DECLARE kept CURSOR WITH HOLD FOR SELECT road FROM $from; COMMIT");
	is($for->('dev_x_1', 'FETCH 1 FROM kept'), "dev_x_1\ncanary", "R-25-2: a held cursor over $from, with a new token of the same person");
	for my $way ('FETCH 1 FROM kept', 'FETCH ALL FROM kept', 'MOVE 1 IN kept', 'BEGIN; FETCH 1 FROM kept')
	{
		my $answer = ask($pool, $way);

		like($answer, qr/PD252/, "R-25-2: $way over $from without a token");
		unlike($answer, qr/canary/, '... gives nothing');
		ask($pool, 'ROLLBACK');
	}
	unlike($for->($_, 'FETCH 1 FROM kept'), qr/canary/, "R-25-2: nor with one of $_") for 'dev_x_2', 'dev_y_1';
	is($for->('dev_x_1', 'FETCH 1 FROM kept'), "dev_x_1\ncanary", '... and the refusals have not spoilt it for its person');
	ask($pool, 'CLOSE kept');
	is(ask($pool, 'BEGIN; DECLARE early CURSOR FOR SELECT road FROM ' . $from . '; SAVEPOINT s; SELECT pdauth.attest(' . literal(token($issuer)) . ')') =~ /canary/, '', "R-25-2: a cursor over $from declared before the token");
	ask($pool, 'FETCH 1 FROM early; ROLLBACK TO s');
	unlike(ask($pool, 'FETCH 1 FROM early'), qr/canary/, '... gives nothing when a savepoint has taken the token back');
	ask($pool, 'ROLLBACK');
}
my $taken_back = token($issuer);
is(ask($pool, 'BEGIN; SELECT pdauth.attest(' . literal($taken_back) . "); $read; ROLLBACK"), "dev_x_1\ncanary", 'R-25-2: a token in a transaction that is rolled back');
for my $bad (
	[ 'used before', $good ],
	[ 'used in a transaction that was rolled back', $taken_back ],
	[ 'signed by a stranger', token($stranger) ],
	[ 'for another database', token($issuer, database => 'template1') ],
	[ 'for another login role', token($issuer, login => 'other_pool') ],
	[ 'expired', token($issuer, issued => time - 60, expires => time - 30) ],
	[ 'that lives too long', token($issuer, expires => time + 3000) ],
	[ 'of tomorrow', token($issuer, issued => time + 86400, expires => time + 86430) ],
	[ 'of nobody', token($issuer, person => 'nobody') ],
	[ 'altered', do { my $t = token($issuer); $t =~ s/\ndev_x_1\n/\ndev_y_1\n/; $t } ],
	[ 'cut off', substr(token($issuer), 0, 60) ],
	[ 'empty', '' ])
{
	like(ask($pool, 'BEGIN; SELECT pdauth.attest(' . literal($bad->[1]) . "); $read"), qr/PD252/, "R-25-2: a token $bad->[0]");
	unlike(ask($pool, "ROLLBACK; $read"), qr/canary/, '... opens nothing');
}
like(ask($pool, 'BEGIN; SELECT pdauth.attest(' . literal(token($issuer, person => 'op_a_1')) . "); $read"), qr/PD252/, "R-25-2: nor does one of another organisation's person");
ask($pool, 'ROLLBACK');
ask($pool, 'BEGIN; SAVEPOINT s; SELECT pdauth.attest(' . literal(token($issuer)) . '); ROLLBACK TO s');
like(ask($pool, $read), qr/PD252/, 'R-25-2: what a savepoint took back attests nobody');
ask($pool, 'ROLLBACK');
my $other = open_session($node, 'other_pool');
like(ask($other, 'BEGIN; SELECT pdauth.attest(' . literal(token($issuer, login => 'other_pool')) . "); $read"), qr/PD252/, 'R-25-2: a pool that is not registered attests nobody');
chmod 0644, "$keys/verifier";
like(ask($pool, 'SELECT pdauth.attest(' . literal(token($issuer)) . ')'), qr/F0000/, 'R-25-2: a key that others can read is used no more');
chmod 0600, "$keys/verifier";
$node->safe_psql('postgres', 'SELECT pdauth.audit_wait()');
is($node->safe_psql('postgres', q{SELECT DISTINCT session_role_name FROM pdauth.audit_log WHERE role_name = 'app_pool' AND operation = 'R' AND session_role_name LIKE '% for %'}), 'app_pool for dev_x_1', 'R-25-2: the audit log names the person');
# R-25-3
is(ask($pool, "BEGIN; $read; ROLLBACK") =~ /PD252/, 1, 'R-25-3: a refusal inside a transaction that is rolled back');
$node->safe_psql('postgres', 'SELECT pdauth.audit_wait()');
is($node->safe_psql('postgres', q{SELECT count(*) > 0 FROM pdauth.audit_log WHERE role_name = 'app_pool' AND operation = 'N'}), 't', '... is on record');

# X-10: one rule is reported, the log holds the others
$node->safe_psql('postgres', q[BEGIN; SELECT t.act('op_a_1', format('INSERT INTO pdauth.measure (number, division, operator_party, developer_party, kind, violation, evidence, gravity, notice, answer, ends_on, act_document, act_digest, act_reason)
	VALUES (''M-1'', ''530100'', t.id(''op_a''), t.id(''dev_x''), ''suspension'', ''copies'', ''sm3:%1$s'', ''serious'', ''letter'', ''denied'', pdauth.clock_today() + 10, ''d'', ''sm3:%1$s'', ''grave'')', repeat('0', 64))); COMMIT]);
like(ask($pool, $read), qr/PD252/, 'X-10: of no person and a suspended developer, the person is reported');
$node->safe_psql('postgres', q[BEGIN; SELECT t.act('op_a_1', 'UPDATE pdauth.measure SET state = ''lifted'', act_reason = ''r'''); COMMIT]);
$node->safe_psql('postgres', 'SELECT pdauth.audit_wait()');
is($node->safe_psql('postgres', q{SELECT DISTINCT image #>> '{new,detail}' FROM pdauth.audit_trail WHERE role_name = 'app_pool' AND image #>> '{new,kind}' = 'also violated'}), 'R-21-10', '... and the other rule is in the log');

# ---- R-25-8: raw data in the controlled environment ----

my $raw = 'SELECT a FROM t.raw LIMIT 1';
my $inside = open_session($node, 'dev_x_1', '127.0.0.1');
is(ask($inside, $raw), 'canary', 'R-25-8: a raw session from its environment reads');
like(ask(open_session($node, 'dev_x_1'), $raw), qr/PD258/, 'R-25-8: from elsewhere it does not');
for my $way ('COPY (SELECT a FROM t.raw) TO STDOUT', '\\copy (SELECT a FROM t.raw) to stdout', 'CREATE TABLE dev_x_ws.t AS SELECT a FROM t.raw', 'SELECT a INTO TEMP x FROM t.raw',
	'BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT a FROM t.raw', q{SELECT pg_notify('x', a) FROM t.raw LIMIT 1}, q{NOTIFY x, 'y'}, 'LISTEN x')
{
	my $answer = ask($inside, $way);

	like($answer, qr/PD258/, "R-25-8: $way");
	unlike($answer, qr/canary/, '... gives nothing');
	ask($inside, 'ROLLBACK');
}
my $many = ask($inside, 'SELECT a FROM t.raw');
like($many, qr/PD258/, 'R-25-8: more rows than can be shown are refused');
unlike($many, qr/canary/, '... before any is sent');
my $figure = $node->safe_psql('postgres', q{SELECT pdauth.figure('raw_display_rows', '530100')});
is(scalar(() = ask($inside, "SELECT a FROM t.raw LIMIT $figure") =~ /canary/g), $figure, 'R-25-8: as many as can be are shown');
ask($inside, 'BEGIN; DECLARE c CURSOR FOR SELECT a FROM t.raw');
is(ask($inside, 'FETCH 1 FROM c'), 'canary', 'R-25-9: a cursor of the session reads');
$node->safe_psql('postgres', q[BEGIN; SELECT t.act('op_a_1', 'UPDATE pdauth.raw_session SET state = ''closed'''); COMMIT]);
unlike(ask($inside, 'FETCH 1 FROM c'), qr/canary/, 'R-25-9: until the operator closes the session');
ask($inside, 'ROLLBACK');
like(ask($inside, $raw), qr/PD205|PD259/, 'R-25-9: nor does the next statement: its license ended with it');

# X-5: a limit is not outrun with a snapshot from before
my $platform = open_session($node, 'yn_platform_1');
like(ask($platform, q{BEGIN ISOLATION LEVEL REPEATABLE READ; INSERT INTO pdauth.product_call (delivery_id, calls, purpose) VALUES (1, 1, '公共治理')}), qr/PD005/, 'X-5: calls are not entered under a snapshot of before');

# ---- R-25-11: the end ----

ask($_, 'ROLLBACK') for $pool;
my %live = (
	cursor => [ 'BEGIN; DECLARE c CURSOR FOR SELECT road FROM t.p1; FETCH 1 FROM c', 'FETCH 1 FROM c' ],
	'repeatable read' => [ "BEGIN ISOLATION LEVEL REPEATABLE READ; $read", $read ],
	'held cursor' => [ 'DECLARE h CURSOR WITH HOLD FOR SELECT road FROM t.p1; FETCH 1 FROM h', 'FETCH 1 FROM h' ],
	'prepared statement' => [ "PREPARE q AS $read; EXECUTE q", 'EXECUTE q' ],
	'simple statement' => [ $read, $read ],
	'copied table' => [ 'CREATE TABLE dev_x_ws.kept AS SELECT road FROM t.p1; SELECT road FROM dev_x_ws.kept LIMIT 1', 'SELECT road FROM dev_x_ws.kept LIMIT 1' ]);
for my $name (sort keys %live)
{
	$live{$name}[2] = open_session($node, 'dev_x_1');
	like(ask($live{$name}[2], $live{$name}[0]), qr/canary/, "R-25-11: $name reads before the end");
}
like(ask($pool, 'BEGIN; SELECT pdauth.attest(' . literal(token($issuer)) . "); $read"), qr/canary/, 'R-25-11: so does a pooled connection');
my $running = open_session($node, 'dev_x_1');
start($running, 'SELECT count(pg_sleep(0.5)) FROM t.p1');
$node->poll_query_until('postgres', q{SELECT count(*) > 0 FROM pg_stat_activity WHERE usename = 'dev_x_1' AND state = 'active' AND query LIKE '%pg_sleep%'}) or die;
my $rolled = q[BEGIN; SAVEPOINT s; SELECT t.act('op_a_1', format('UPDATE pdauth.development_agreement SET state = ''rescinded'', act_reason = ''breach'', %s', t.document('n'))); ];
$node->safe_psql('postgres', "$rolled ROLLBACK TO s; COMMIT");
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE usename = 'dev_x_1' AND state = 'active' AND query LIKE '%pg_sleep%'}), '1', 'R-25-11: an end that is taken back cancels nothing');
$node->safe_psql('postgres', "$rolled COMMIT");
like(answer($running), qr/57014|PD25B/, 'R-25-11: a running statement is cancelled by the commit');
for my $name (sort keys %live)
{
	my $answer = ask($live{$name}[2], $live{$name}[1]);

	unlike($answer, qr/canary/, "R-25-11: $name reads nothing after it");
	like($answer, qr/PD25B|PD205|40001/, "R-25-11: $name is told why");
}
my $answer = ask($pool, $read);
unlike($answer, qr/canary/, 'R-25-11: nor does the pooled connection, with its person attested');
like($answer, qr/PD25B/, '... which is told why');
is($node->safe_psql('postgres', q{SELECT string_agg(DISTINCT kind, ',' ORDER BY kind) FROM pdauth.closing_item JOIN pdauth.closing_case USING (case_id) WHERE number = 'Z-D-1'}),
	'component,delivery,license,raw session,relation,role', 'R-25-12: a closing case with its inventory is there');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pdauth.closing_item WHERE kind = 'role' AND item IN ('dev_x_1', 'app_pool')}), '2', '... with the pool among the roles');
done_testing();
