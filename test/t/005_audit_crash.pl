# The audit log after crashes, and after dump and restore: nothing acknowledged
# is missing, verification is clean, a new epoch says so.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use FindBin;
use IPC::Run ();
use lib $FindBin::RealBin;
use Time::HiRes qw(usleep);
use PdauthCluster;

my $node = PdauthCluster::new_cluster('audit');
$node->append_conf('postgresql.conf', "restart_after_crash = on\nmax_prepared_transactions = 5");
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION pgcrypto; CREATE EXTENSION pdauth;
	CREATE TABLE item (client int, number int, note text, PRIMARY KEY (client, number));
	SELECT pdauth.audit('item');
});

sub findings
{
	my ($server, $database) = @_;
	my $c = $server->safe_psql($database, q{SELECT kind || ' ' || coalesce(block::text, '') FROM pdauth.verify() WHERE severity = 'finding' ORDER BY 1});
	my $sql = $server->safe_psql($database, q{SELECT kind || ' ' || coalesce(block::text, '') FROM pdauth.verify_sql() ORDER BY 1});
	my $table = $server->safe_psql($database, q{SELECT kind || key FROM pdauth.verify_relation('item')});
	return join '; ', grep { $_ ne '' } $c, $sql, $table;
}

# Each client inserts row after row, and notes the last number acknowledged.
sub start_client
{
	my ($client) = @_;
	my $in = $node->basedir . "/client_$client.sql";
	my $out = $node->basedir . "/client_$client.out";
	append_to_file($in, join '', map { "SELECT FROM pg_sleep(0.002);\nINSERT INTO item VALUES ($client, $_, 'x') RETURNING number;\nUPDATE item SET note = 'y' WHERE client = $client AND number = $_;\n" } 1 .. 5000);
	# files, because a pipe would only move while somebody pumps it
	my $run = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-f', $in ], '>', $out, '2>', '/dev/null');
	return { client => $client, out => $out, run => $run };
}

sub stop_client
{
	my ($worker) = @_;
	eval { $worker->{run}->finish; };
	my @numbers = slurp_file($worker->{out}) =~ /^(\d+)$/mg;
	return $numbers[-1] // 0;
}

my $round = 0;
for my $victim ('backend', 'postmaster', 'backend', 'postmaster')
{
	$round++;
	my @workers = map { start_client($round * 10 + $_) } 1 .. 3;
	for (1 .. 6)
	{
		usleep(150_000);
		$node->psql('postgres', 'SELECT pdauth.seal()');
	}
	if ($victim eq 'backend')
	{
		my $pid = $node->safe_psql('postgres', q{SELECT pid FROM pg_stat_activity WHERE query LIKE 'INSERT INTO item%' OR query LIKE 'UPDATE item%' OR query LIKE 'SELECT FROM pg_sleep%' LIMIT 1});
		like($pid, qr/^\d+$/, "round $round: a writing backend to kill");
		kill 'KILL', $pid;
	}
	else
	{
		$node->stop('immediate');
	}
	my %acknowledged = map { $_->{client} => stop_client($_) } @workers;
	$victim eq 'backend' ? $node->poll_query_until('postgres', 'SELECT true') : $node->start;
	for my $client (sort keys %acknowledged)
	{
		my $last = $acknowledged{$client};
		cmp_ok($last, '>', 0, "round $round: client $client had written");
		my $logged = $node->safe_psql('postgres', qq{SELECT count(*) >= $last FROM pdauth.audit_entry e WHERE e.operation = 'I'
			AND pdauth.audit_image(e) #>> '{new,client}' = '$client' AND (pdauth.audit_image(e) #>> '{new,number}')::int <= $last});
		is($logged, 't', "round $round: every acknowledged row of client $client is in the log");
	}
	$node->safe_psql('postgres', 'SELECT pdauth.seal()');
	is(findings($node, 'postgres'), '', "round $round: clean after killing the $victim");
	is($node->safe_psql('postgres', 'SELECT pdauth.seal()'), '0', "round $round: nothing left to seal");
}

# A prepared transaction survives the crash and is sealed after it.
$node->safe_psql('postgres', q{BEGIN; INSERT INTO item VALUES (0, 0, 'prepared'); PREPARE TRANSACTION 'p';});
$node->safe_psql('postgres', 'SELECT pdauth.seal()');
$node->stop('immediate');
$node->start;
is($node->safe_psql('postgres', 'SELECT pdauth.seal()'), '0', 'a prepared transaction is not sealed');
$node->safe_psql('postgres', q{COMMIT PREPARED 'p'});
is($node->safe_psql('postgres', 'SELECT pdauth.seal()'), '1', 'a transaction prepared before the crash is sealed once it commits');

# Dump and restore elsewhere: sealed and unsealed entries come along.
$node->safe_psql('postgres', q{INSERT INTO item VALUES (-1, 1, 'not sealed when dumped')});
my $file = $node->basedir . '/dump.sql';
$node->command_ok([ 'pg_dump', '-d', $node->connstr('postgres'), '-f', $file ], 'pg_dump');
my $other = PdauthCluster::new_cluster('restored');
$other->start;
$other->safe_psql('postgres', 'CREATE DATABASE restored');
$other->command_fails([ 'psql', '-Xq', '--single-transaction', '-v', 'ON_ERROR_STOP=1', '-d', $other->connstr('restored'), '-f', $file ], 'a log is not restored without break-glass');
{
	local $ENV{PGOPTIONS} = '-c pdauth.break_glass=restore';
	$other->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $other->connstr('restored'), '-f', $file ], 'restore');
}
is($other->safe_psql('restored', q{SELECT found FROM pdauth.verify() WHERE kind = 'summary'}), '2 unsealed', 'the unsealed entry is counted, and the one that tells of the restore');
is(findings($other, 'restored'), '', 'clean after restore, before the first seal');
is($other->safe_psql('restored', q{INSERT INTO item VALUES (-2, 1, 'in the new cluster'); SELECT 1}), '1', 'the restored application writes');
is($other->safe_psql('restored', 'SELECT pdauth.seal()'), '3', 'the first seal takes over the old unsealed entry and the new ones');
is(findings($other, 'restored'), '', 'clean after it');
is($other->safe_psql('restored', 'SELECT count(DISTINCT epoch) FROM pdauth.audit_block'), '2', 'a new epoch is open');
is($other->safe_psql('restored', q{SELECT count(DISTINCT epoch) FROM pdauth.audit_entry}), '2', 'entries say which epoch they are of');
is($other->safe_psql('restored', 'SELECT pdauth.seal()'), '0', 'and nothing is sealed again');
# What turns up later under the old epoch is a forgery.
$other->safe_psql('restored', q{SET pdauth.break_glass = 'attack'; INSERT INTO pdauth.audit_entry SELECT (SELECT epoch FROM pdauth.audit_block ORDER BY block LIMIT 1), '900000000', 1,
	e.made_at, e.relation, 'I', e.relation_name, e.role_name, e.session_role_name, e.purpose, e.client, e.application, e.salt, e.leaf, NULL FROM pdauth.audit_entry e LIMIT 1;
	ALTER TABLE pdauth.audit_entry DISABLE TRIGGER ALL; UPDATE pdauth.audit_entry e SET leaf = pdauth.audit_leaf(e) WHERE xid = '900000000'});
is($other->safe_psql('restored', q{SELECT kind FROM pdauth.verify() WHERE severity = 'finding'}), 'inserted entry', 'an entry forged into the old epoch is found');
is($other->safe_psql('restored', q{SELECT kind FROM pdauth.verify_sql()}), 'inserted entry', 'by plain SQL too');

# A copy inside the cluster is another database, hence another epoch.
$node->safe_psql('postgres', 'SELECT pdauth.seal()');
$node->safe_psql('template1', 'CREATE DATABASE twin TEMPLATE postgres');
$node->safe_psql('twin', q{INSERT INTO item VALUES (-3, 1, 'in the twin')});
is($node->safe_psql('twin', 'SELECT pdauth.seal()'), '1', 'a copied database seals its own entry');
is(findings($node, 'twin'), '', 'and is clean');

done_testing();
