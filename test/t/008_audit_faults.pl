# kill -9 of backends, workers and the postmaster under load: nothing that was
# acknowledged is missing from the log, writes and reads alike, and it verifies.
# ROUNDS says how often (make crash-check: 100 times).
use strict;
use warnings;
use FindBin;
use IPC::Run ();
use lib $FindBin::RealBin;
use PdauthCluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my $rounds = $ENV{ROUNDS} || 3;
my $node = PdauthCluster::new_cluster('faults', recording => 1);
$node->append_conf('postgresql.conf', "pdauth.seal_interval = 50ms\nrestart_after_crash = on\npdauth.audit_durability = strict");
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION pdauth CASCADE;
	CREATE TABLE item (client integer, number integer, division text DEFAULT '530100', PRIMARY KEY (client, number));
	SELECT pdauth.audit('item');
	SELECT pdauth.protect('item', 'test/item', region_column => 'division');
	INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES (current_user::regrole, 'test', 'test');
});

# Each client writes a row, reads it, and notes what it was told.
sub start_client
{
	my ($client) = @_;
	my $in = $node->basedir . "/client_$client.sql";
	my $out = $node->basedir . "/client_$client.out";
	append_to_file($in, "SET application_name = 'client $client';\n" . join '', map {
		"INSERT INTO item VALUES ($client, $_) RETURNING 'written ' || number;\nSELECT 'read ' || number FROM item WHERE client = $client AND number = $_;\n" } 1 .. 5000);
	my $run = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-f', $in ], '>', $out, '2>', '/dev/null');
	return { client => $client, in => $in, out => $out, run => $run };
}

sub stop_client
{
	my ($worker) = @_;
	eval { $worker->{run}->finish };
	my $out = slurp_file($worker->{out});
	unlink $worker->{in}, $worker->{out};
	return (scalar(() = $out =~ /^written \d+$/mg), scalar(() = $out =~ /^read \d+$/mg));
}

my @victims = ('worker', 'backend', 'postmaster');
for my $round (1 .. $rounds)
{
	my $victim = $victims[ $round % 3 ];
	my @clients = map { start_client($round * 10 + $_) } 1 .. 3;
	usleep(200_000 + int(rand(400_000)));
	if ($victim eq 'postmaster')
	{
		kill 'KILL', (slurp_file($node->data_dir . '/postmaster.pid') =~ /^(\d+)/);
		$node->{_pid} = undef;
		# its children notice, and let go of shared memory
		usleep(500_000);
	}
	else
	{
		my $where = $victim eq 'worker' ? q{backend_type = 'pdauth audit worker'} : q{application_name LIKE 'client%'};
		my $pid = '';
		for (1 .. 50)
		{
			$pid = $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE $where LIMIT 1");
			last if $pid ne '';
			usleep(100_000);
		}
		like($pid, qr/^\d+$/, "round $round: a $victim to kill");
		kill 'KILL', $pid if $pid;
	}
	my %told = map { $_->{client} => [ stop_client($_) ] } @clients;
	if ($victim eq 'postmaster')
	{
		for (1 .. 100)
		{
			$node->{_pid} = undef;
			last if $node->start(fail_ok => 1);
			usleep(200_000);
		}
	}
	else
	{
		# poll_query_until() dies where the server refuses psql before it has read its input
		for (1 .. 300)
		{
			last if IPC::Run::run([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', 'SELECT true' ], '>', '/dev/null', '2>', '/dev/null');
			usleep(100_000);
		}
	}
	$node->safe_psql('postgres', 'SELECT pdauth.audit_wait()');
	for my $client (sort keys %told)
	{
		my ($written, $read) = @{ $told{$client} };
		my ($logged_writes, $logged_reads) = split /\|/, $node->safe_psql('postgres', qq{
			SELECT (SELECT count(*) FROM pdauth.audit_entry WHERE application = 'client $client' AND operation = 'I'),
			       (SELECT count(*) FROM pdauth.audit_statement WHERE application = 'client $client' AND operation = 'R' AND kind = 'SELECT')});
		cmp_ok($logged_writes, '>=', $written, "round $round, $victim: all $written writes of client $client are in the log");
		cmp_ok($logged_reads, '>=', $read, "round $round, $victim: all $read reads of client $client are in the log");
		# told, or on its way when the end came; never twice
		cmp_ok($logged_reads, '<=', $read + 1, "round $round, $victim: no read twice");
	}
	is($node->safe_psql('postgres', q{SELECT count(*) FROM pdauth.verify() WHERE severity = 'finding'}), 0, "round $round, $victim: the log is clean");
}
ok($node->poll_query_until('postgres', 'SELECT entries = 0 FROM pdauth.unsealed()'), 'all is sealed in the end');
is($node->safe_psql('postgres', 'SELECT count(*) FROM pdauth.verify_sql()'), 0, 'the log is clean by plain SQL');
$node->stop;
done_testing();
