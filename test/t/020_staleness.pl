# What ends a permission ends it everywhere at the next statement: revocation,
# expiry at midnight, a lost membership and a stricter label, felt by sessions
# that have read before: simple, prepared, in an open transaction, under
# REPEATABLE READ, inside PL/pgSQL, at the next fetch of a cursor, also WITH HOLD
# and by the protocol; on the primary and on a hot standby.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PdauthCluster;
use PostgreSQL::Test::Utils;
use RawPortal;
use Test::More;

my $primary = PdauthCluster::new_cluster('primary', init => { allows_streaming => 1, extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ] });
$primary->append_conf('postgresql.conf', "max_connections = 60\nmax_standby_streaming_delay = -1");
$primary->start;
$primary->safe_psql('postgres', 'CREATE EXTENSION pdauth CASCADE');
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;
my %server = (primary => $primary, standby => $standby);

$primary->safe_psql('postgres', q[
	GRANT pdauth_policy_admin TO CURRENT_USER;
	CREATE ROLE reader;
	CREATE ROLE member LOGIN IN ROLE reader;
	CREATE ROLE chief LOGIN SUPERUSER IN ROLE reader;
	CREATE TABLE vault (id integer, content text, division text);
	INSERT INTO vault VALUES (1, 'canary', '530100'), (2, 'canary', '530100'), (3, 'canary', '530100');
	GRANT SELECT ON vault TO reader;
	CREATE FUNCTION read_vault() RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT content FROM vault WHERE id = 1); END';
	SELECT pdauth.protect('vault', 'test/vault', region_column => 'division')]);

# How each session reads; all have read before the permission ends.
my %mode = (
	'simple statement' => [ '', 'SELECT content FROM vault WHERE id = 1' ],
	'prepared statement' => [ 'PREPARE q AS SELECT content FROM vault WHERE id = 1', 'EXECUTE q' ],
	'generic plan' => [ 'SET plan_cache_mode = force_generic_plan; PREPARE q AS SELECT content FROM vault WHERE id = 1', 'EXECUTE q' ],
	'open transaction' => [ 'BEGIN', 'SELECT content FROM vault WHERE id = 1' ],
	'repeatable read' => [ 'BEGIN ISOLATION LEVEL REPEATABLE READ', 'SELECT content FROM vault WHERE id = 1' ],
	'function' => [ '', 'SELECT read_vault()' ],
	# plancache.c looks for changes only when a transaction takes its first lock of a table
	(map { my ($name, $begin) = @$_; (
		"prepared statement, $name" => [ "$begin; PREPARE q AS SELECT content FROM vault WHERE id = 1", 'EXECUTE q' ],
		"generic plan, $name" => [ "SET plan_cache_mode = force_generic_plan; $begin; PREPARE q AS SELECT content FROM vault WHERE id = 1", 'EXECUTE q' ],
		"function, $name" => [ $begin, 'SELECT read_vault()' ]) }
		[ 'open transaction', 'BEGIN' ], [ 'repeatable read', 'BEGIN ISOLATION LEVEL REPEATABLE READ' ]),
	'cursor, repeatable read' => [ 'BEGIN ISOLATION LEVEL REPEATABLE READ; DECLARE c CURSOR FOR SELECT content FROM vault', 'FETCH 1 FROM c' ],
	'cursor' => [ 'BEGIN; DECLARE c CURSOR FOR SELECT content FROM vault', 'FETCH 1 FROM c' ],
	'scroll cursor' => [ 'BEGIN; DECLARE c SCROLL CURSOR FOR SELECT content FROM vault ORDER BY id', 'FETCH ABSOLUTE 1 FROM c' ],
	'cursor with hold' => [ 'DECLARE c CURSOR WITH HOLD FOR SELECT content FROM vault', 'FETCH 1 FROM c' ],
	'scroll cursor with hold' => [ 'BEGIN; DECLARE c SCROLL CURSOR WITH HOLD FOR SELECT content FROM vault; FETCH LAST FROM c; COMMIT', 'FETCH ABSOLUTE 1 FROM c' ],
	'cursor of a function' => [ q{BEGIN; DO $$DECLARE c refcursor := 'c'; BEGIN OPEN c FOR SELECT content FROM vault; END$$}, 'FETCH 1 FROM c' ]);

# What ends the permission, and what the reader is told.
my $license = q{INSERT INTO pdauth.license (licensee, scope, basis) VALUES ('reader', '{read on test(*) for test in 530000 during [2026-01-01,2027-01-01) level %s}', 'test')};
my %event = (
	'revocation' => {
		end => q{UPDATE pdauth.license SET revoke_reason = 'withdrawn' WHERE revoke_reason IS NULL},
		told => qr/holds no license in force/ },
	'lost membership' => {
		end => 'REVOKE reader FROM member',
		undo => q{GRANT reader TO member},
		told => qr/permission denied for table vault|holds no license in force/ },
	'stricter label' => {
		end => q{SELECT pdauth.mask('vault', 'content', 'VALUE NULL', level => 'core')},
		told => qr/^$|could not serialize access|plan/ },
	# the clock is a superuser's, set in the session itself; changing roles there would throw plans away
	'expiry at midnight' => {
		user => 'chief',
		begin => "SET pdauth.clock = '2026-12-31 23:59:59'",
		in_session => "SET pdauth.clock = '2027-01-01 00:00:00'",
		told => qr/holds no license in force/ });

sub catch_up { $primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert')) }

sub open_session
{
	my ($server, $name, $user) = @_;
	my %session = (in => '', out => '', name => $name);

	$session{run} = IPC::Run::start([ 'psql', '-XAtq', '-v', 'VERBOSITY=terse', '-d', $server->connstr('postgres') . $user ],
		'<', \$session{in}, '>', \$session{out}, '2>&1');
	return \%session;
}

sub ask
{
	my ($session, $sql) = @_;

	$session->{out} = '';
	$session->{in} .= "$sql;\n\\echo done\n";
	$session->{run}->pump until $session->{out} =~ /done\n/;
	my $answer = $session->{out};
	$answer =~ s/done\n//;
	chomp $answer;
	return $answer;
}

for my $event (sort keys %event)
{
	my %about = %{ $event{$event} };

	$primary->safe_psql('postgres', sprintf($license, 'general'));
	catch_up();
	my @sessions;
	for my $place (sort keys %server)
	{
		for my $mode (sort keys %mode)
		{
			my $session = open_session($server{$place}, "$event, $place, $mode", ' user=' . ($about{user} // 'member'));

			push @sessions, [ $session, $mode{$mode}[1] ];
			ask($session, $about{begin}) if $about{begin};
			ask($session, $mode{$mode}[0]);
			is(ask($session, $mode{$mode}[1]), 'canary', "$session->{name}: read before");
		}
	}
	$primary->safe_psql('postgres', $about{end}) if $about{end};
	catch_up();
	for (@sessions)
	{
		my ($session, $read) = @$_;
		ask($session, $about{in_session}) if $about{in_session};
		my $answer = ask($session, $read);

		unlike($answer, qr/canary/, "$session->{name}: not read after");
		like($answer, $about{told}, "$session->{name}: told why");
		$session->{in} .= "\\q\n";
		$session->{run}->finish;
	}
	$primary->safe_psql('postgres', $about{undo}) if $about{undo};
	$primary->safe_psql('postgres', q{UPDATE pdauth.license SET revoke_reason = 'next' WHERE revoke_reason IS NULL});
}

# Drivers fetch a portal a few rows at a time, with no FETCH statement at all.
$primary->safe_psql('postgres', q{
	CREATE ROLE driver LOGIN;
	GRANT SELECT ON vault TO driver;
	CREATE TABLE mark (id integer);
	GRANT INSERT, SELECT ON mark TO driver;
	CREATE TABLE later (content text);
	INSERT INTO later VALUES ('canary'), ('canary');
	GRANT SELECT ON later TO driver;
	SELECT pdauth.mask('vault', 'content', 'VALUE NULL', level => 'general');
	INSERT INTO pdauth.license (licensee, scope, basis)
	VALUES ('driver', '{read on test(*) for test in 530000 during [2026-01-01,) level general}', 'test')});
catch_up();
my %driver;
for my $place (sort keys %server)
{
	my $open = $driver{$place} = RawPortal->connect($server{$place}, 'driver');

	$open->query('BEGIN');
	$open->open('SELECT content FROM vault');
	like($open->fetch, qr/canary/, "portal, $place: read before");
	my $held = $driver{"$place held"} = RawPortal->connect($server{$place}, 'driver');
	$held->query('DECLARE c CURSOR WITH HOLD FOR SELECT content FROM vault');
	like($held->query('FETCH 1 FROM c'), qr/canary/, "held portal, $place: read before");
	like($held->fetch('c'), qr/cannot be run/, "held portal, $place: by FETCH only");
	$held->query('ROLLBACK');
	like($held->query('FETCH 1 FROM c'), qr/canary/, "held portal, $place: the refusal did no harm");
}
# What was computed in full or stored before goes on (doc/security-limits.md).
my $computed = RawPortal->connect($primary, 'driver');
$computed->query('BEGIN');
$computed->open('WITH w AS (INSERT INTO mark VALUES (1) RETURNING id) SELECT content FROM vault, w');
like($computed->fetch, qr/canary/, 'portal that writes: read before');
my $stored = RawPortal->connect($primary, 'driver');
$stored->query('DECLARE c CURSOR WITH HOLD FOR SELECT content FROM later');
$primary->safe_psql('postgres', q{UPDATE pdauth.license SET revoke_reason = 'end' WHERE licensee = 'driver'::regrole;
	SELECT pdauth.protect('later', 'test/later')});
like($computed->fetch, qr/canary/, 'portal that writes: what it has computed is still fetched');
like($stored->fetch('c'), qr/canary/, 'held before the label: still read by the protocol');
like($stored->query('FETCH 1 FROM c'), qr/has changed since/, 'held before the label: not by FETCH');
catch_up();
for my $place (sort keys %server)
{
	my $told = $driver{$place}->fetch;

	unlike($told, qr/canary/, "portal, $place: not read after");
	like($told, qr/holds no license in force/, "portal, $place: told why");
	unlike($driver{"$place held"}->fetch('c'), qr/canary/, "held portal, $place: not read after");
	$driver{"$place held"}->query('ROLLBACK');
	like($driver{"$place held"}->query('FETCH 1 FROM c'), qr/holds no license in force/, "held portal, $place: told why");
}
$standby->stop;
$primary->stop;
done_testing();
