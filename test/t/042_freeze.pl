# Freezes (Articles 28 and 29) reach live sessions: open and held cursors,
# prepared statements, old snapshots, portals, running queries, pooled
# connections; and who is refused too often is stopped without anybody's doing.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use LiveSession;
use PdauthCluster;
use PostgreSQL::Test::Utils;
use RawPortal;
use Test::More;

my $node = PdauthCluster::new_cluster('primary', recording => 1, init => { extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ] });
$node->append_conf('postgresql.conf', 'pdauth.seal_interval = 0');
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION pdauth CASCADE');
my $include = "$FindBin::RealBin/../pgtap/include";
$node->safe_psql('postgres', qq{
	BEGIN;
	\\i $include/fixture.sql
	\\i $include/authorisation.sql
	\\i $include/development.sql
	SELECT t.at('2026-09-01 09:00'), t.license_on_agreement();
	SELECT t.developer(operating => '[2026-09-01,2031-09-01)', term => '[2026-09-10,2029-09-10)');
	CREATE TABLE t.raw (a text, b text, division text);
	INSERT INTO t.raw SELECT 'canary', 'b', '530102' FROM generate_series(1, 2000);
	SELECT pdauth.protect('t.raw', 'transport/traffic_flow', region_column => 'division');
	CREATE VIEW t.road_index AS SELECT a FROM t.raw;
	CREATE FUNCTION t.by_function() RETURNS SETOF text LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT a FROM t.raw; END';
	CREATE FUNCTION t.one_by_one(n int) RETURNS text LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN (SELECT a FROM t.raw LIMIT 1); END';
	GRANT SELECT ON t.raw, t.road_index TO op_a_1, op_a_2;
	ALTER VIEW t.road_index OWNER TO op_a_1;
	SELECT t.operator_product('P-1'), t.act('op_a_1', \$\$INSERT INTO pdauth.product (number, name, owner_party, division, form, relation) VALUES ('P-2', 'road index', t.id('op_a'), '530100', 'interface', 't.road_index');
	  INSERT INTO pdauth.product_source VALUES (t.product_id('P-2'), 'transport/traffic_flow', '')\$\$);
	ALTER ROLE op_a_1 LOGIN;
	ALTER ROLE op_a_2 LOGIN;
	ALTER ROLE op_a_1 SET pdauth.purpose = '产业发展/车险';
	ALTER ROLE op_a_2 SET pdauth.purpose = '产业发展/车险';
	COMMIT});

my $number = 0;

sub act { my ($actor, $sql) = @_; $node->safe_psql('postgres', "SET client_min_messages = warning; BEGIN; SELECT t.act('$actor', \$q\$$sql\$q\$); COMMIT"); return }

sub freeze
{
	my ($what) = @_;
	my $name = 'F-' . ++$number;

	act('yn_cac_1', qq{INSERT INTO pdauth.security_instruction (number, division, authority_party, kind, $what->[0], content, act_document, act_digest)
		VALUES ('$name', '530000', t.id('yn_cac'), 'freeze', $what->[1], 'stop', 'order', 'sm3:' || repeat('0', 64))});
	return $name;
}

sub lift { my ($name) = @_; act('yn_cac_1', qq{UPDATE pdauth.security_instruction SET state = 'lifted', act_document = 'end', act_digest = 'sm3:' || repeat('0', 64) WHERE number = '$name'}); return }

my $read = 'SELECT a FROM t.raw LIMIT 1';
my %live = (
	'open cursor' => [ 'BEGIN; DECLARE c CURSOR FOR SELECT a FROM t.raw; FETCH 1 FROM c', 'FETCH 1 FROM c' ],
	'cursor over a function' => [ 'BEGIN; DECLARE c CURSOR FOR SELECT * FROM t.by_function(); FETCH 1 FROM c', 'FETCH 1 FROM c' ],
	'cursor that calls' => [ 'BEGIN; DECLARE c CURSOR FOR SELECT t.one_by_one(n) FROM generate_series(1, 100) AS n; FETCH 1 FROM c', 'FETCH 1 FROM c' ],
	'old snapshot' => [ "BEGIN ISOLATION LEVEL REPEATABLE READ; $read", $read ],
	'held cursor' => [ 'DECLARE h CURSOR WITH HOLD FOR SELECT a FROM t.raw; FETCH 1 FROM h', 'FETCH 1 FROM h' ],
	'prepared statement' => [ "PREPARE q AS $read; EXECUTE q", 'EXECUTE q' ],
	'simple statement' => [ $read, $read ],
	'view' => [ 'SELECT a FROM t.road_index LIMIT 1', 'SELECT a FROM t.road_index LIMIT 1' ]);

sub frozen
{
	my ($rule, $how, $freeze, $only) = @_;
	my %session;

	for my $name (sort grep { $_ =~ $only } keys %live)
	{
		$session{$name} = open_session($node, 'op_a_1');
		like(ask($session{$name}, $live{$name}[0]), qr/canary/, "$rule: $how: $name reads before");
	}
	my $undo = $freeze->();
	for my $name (sort keys %session)
	{
		my $answer = ask($session{$name}, $live{$name}[1]);
		my $state = $node->safe_psql('postgres', "SELECT sqlstate FROM pdauth.rule WHERE rule = '$rule'");

		unlike($answer, qr/canary/, "$rule: $how: $name reads nothing");
		like($answer, qr/$state/, '... and is told why');
	}
	$undo->();
	is(ask($session{'simple statement'}, $read), 'canary', "$rule: $how: lifted, it reads again") if $session{'simple statement'};
	return;
}

for my $what ([ 'resource', [ 'resources', q{'{transport}'} ], qr/./ ], [ 'party', [ 'addressee_party', q{t.id('op_a')} ], qr/./ ])
{
	frozen('R-28-10', "freeze of a $what->[0]", sub { my $name = freeze($what->[1]); return sub { lift($name) } }, $what->[2]);
}

# ---- a product that is a view: kept rows, too ----

$live{'held cursor over the view'} = [ 'DECLARE h CURSOR WITH HOLD FOR SELECT a FROM t.road_index; FETCH 1 FROM h', 'FETCH 1 FROM h' ];
$live{'cursor over the view'} = [ 'BEGIN; DECLARE c CURSOR FOR SELECT a FROM t.road_index; FETCH 1 FROM c', 'FETCH 1 FROM c' ];
frozen('R-28-10', 'freeze of a product', sub { my $name = freeze([ 'products', q{'{P-2}'} ]); return sub { lift($name) } }, qr/view/);

# ---- a statement that runs, and a portal read bit by bit ----

my $running = open_session($node, 'op_a_1');
my $team = open_session($node, 'op_a_2');
my $sleeper = q{SELECT count(*) > 0 FROM pg_stat_activity WHERE usename = 'op_a_1' AND state = 'active' AND query LIKE '%pg_sleep%'};
start($running, 'SELECT count(pg_sleep(0.5)) FROM t.raw');
$node->poll_query_until('postgres', $sleeper) or die;
my $incident = q{INSERT INTO pdauth.incident (number, division, agency_party, operator_party, kind, summary, resources, response_team, detected_at)
	VALUES ('I-1', '530100', t.id('km_center'), t.id('op_a'), 'leak', 'a file was found', '{transport/traffic_flow}', '{op_a_2}', pdauth.clock_now())};
$node->safe_psql('postgres', "SET client_min_messages = warning; BEGIN; SELECT t.act('op_a_1', \$q\$$incident\$q\$); ROLLBACK");
is($node->safe_psql('postgres', $sleeper), 't', 'R-29-3: an incident that is taken back cancels nothing');
my $portal = RawPortal->connect($node, 'op_a_1');
$portal->query('BEGIN');
$portal->open('SELECT a FROM t.raw');
like($portal->fetch, qr/canary/, 'R-29-3: a portal reads before');
act('op_a_1', $incident);
like(answer($running), qr/57014|PD293/, 'R-29-3: a running statement is cancelled by the commit');
like(ask($running, $read), qr/PD293/, 'R-29-3: the next one is refused');
like($portal->fetch, qr/PD293|57014/, '... and the next row of a portal');
is(ask($team, $read), 'canary', 'R-29-3: the response team reads');
like(ask($team, 'SELECT a FROM t.road_index LIMIT 1'), qr/PD293/, 'R-29-3: but not by what the operator lends it');
act('op_a_1', q{UPDATE pdauth.incident SET response_team = '{}'});
like(ask($team, $read), qr/PD293/, 'R-29-3: until it is none any more');

# ---- R-29-7: the database finds it itself ----

my $guesser = open_session($node, 'op_a_2');
ask($guesser, $read) for 1 .. 60;
$node->safe_psql('postgres', 'SELECT pdauth.audit_wait()');
ok($node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pdauth.incident_draft WHERE subject = 'op_a_2' AND decision IS NULL}), 'R-29-7: sixty refusals make a draft by themselves');
act('op_a_1', q{UPDATE pdauth.incident SET state = 'contained', activated_at = pdauth.clock_now(), cause = 'c', effect = 'e', measures = 'm', danger_removed_at = pdauth.clock_now()});
act('op_a_1', q{INSERT INTO pdauth.incident_report (incident_id, recipient_party, content) SELECT incident_id, recipient_party, 'r' FROM pdauth.incident_clock WHERE recipient_party IS NOT NULL});
act('km_center_1', q{UPDATE pdauth.incident SET state = 'closed', act_reason = 'release', act_document = 'release', act_digest = 'sm3:' || repeat('0', 64)});
is(ask($running, $read), 'canary', 'R-29-6: released, others read again');
like(ask($guesser, $read), qr/PD297/, 'R-29-7: the person is stopped');
act('km_center_1', q{UPDATE pdauth.incident_draft SET decision = 'no incident', decision_reason = 'a broken client'});
is(ask($guesser, $read), 'canary', 'R-29-7: until it is decided');

$node->safe_psql('postgres', 'SELECT pdauth.audit_wait(); SELECT pdauth.seal()');
is($node->safe_psql('postgres', 'SELECT pdauth.verify_and_report()'), '0', 'R-29-7: a log that is whole makes no finding');
$node->safe_psql('postgres', q{SET pdauth.break_glass = 'attack'; SET session_replication_role = replica; ALTER TABLE pdauth.audit_entry DISABLE TRIGGER ALL;
	UPDATE pdauth.audit_entry SET role_name = 'somebody else' WHERE operation = 'N' AND role_name = 'op_a_2'; ALTER TABLE pdauth.audit_entry ENABLE TRIGGER ALL});
isnt($node->safe_psql('postgres', 'SELECT pdauth.verify_and_report()'), '0', 'R-29-7: one that was changed does');
like(ask($running, $read), qr/PD297/, 'R-29-7: ... and stops access by itself');
act('yn_center_1', q{UPDATE pdauth.incident_draft SET decision = 'no incident', decision_reason = 'restored from the copy' WHERE decision IS NULL});
is(ask($running, $read), 'canary', 'R-29-7: until it is decided');
done_testing();
