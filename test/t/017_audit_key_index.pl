# The key index of the log lags behind its table: whatever happens in between,
# who reads by key finds every entry, once.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PdauthCluster;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use IPC::Run ();

my $node = PdauthCluster::new_cluster('primary', init => { allows_streaming => 1 });
$node->append_conf('postgresql.conf', "max_prepared_transactions = 5\nautovacuum = off");
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION pdauth CASCADE;
	CREATE EXTENSION amcheck;
	CREATE TABLE item (id bigint GENERATED ALWAYS AS IDENTITY, note text UNIQUE DEFERRABLE INITIALLY DEFERRED);
	SELECT pdauth.audit('item');
	SELECT pdauth.seal();
});

# Rows that are not in the index, as amcheck sees it, which nobody completes it for.
sub lacks
{
	my ($server, $database) = @_;
	my (undef, undef, $error) = $server->psql($database // 'postgres', q{SELECT bt_index_check('pdauth.audit_entry_key', true)});
	return 0 if $error eq '';
	return 1 if $error =~ /lacks matching index tuple/;
	die $error;
}

my $by_key = q{SELECT count(*) FROM pdauth.audit_entry WHERE epoch >= 0 AND operation IN ('I', 'U', 'D')};

sub count_by_key
{
	my ($server, $database) = @_;
	return $server->safe_psql($database // 'postgres', "SET enable_seqscan = off; SET enable_bitmapscan = off; $by_key");
}

# All entries of changes are found by key, and the table has as many.
sub finds
{
	my ($expected, $what, $server, $database) = @_;
	$server //= $node;
	is(count_by_key($server, $database), $expected, "$what: found by key");
	is($server->safe_psql($database // 'postgres', "SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off; $by_key"), $expected, "$what: as many are in the table");
	is(lacks($server, $database), 0, "$what: the index has all") unless $server->safe_psql('postgres', 'SELECT pg_is_in_recovery()') eq 't';
}

my $entries = 0;

sub insert
{
	my ($times, $server) = @_;
	($server // $node)->safe_psql('postgres', q{INSERT INTO item (note) VALUES (gen_random_uuid()); } x $times);
	$entries += $times;
}

like($node->safe_psql('postgres', "SET enable_seqscan = off; SET enable_bitmapscan = off; EXPLAIN $by_key"), qr/using audit_entry_key/, 'the planner uses the index');
insert(3);
is(lacks($node), 1, 'a writer leaves its row to others');
finds($entries, 'after single rows');

# The transaction itself.
is($node->safe_psql('postgres', qq{
	SET enable_seqscan = off; SET enable_bitmapscan = off;
	BEGIN; INSERT INTO item (note) VALUES ('own');
	$by_key;
	INSERT INTO item (note) VALUES ('own 2');
	$by_key;
	COMMIT; }), join("\n", $entries + 1, $entries + 2), 'a transaction finds its own entries by key');
$entries += 2;
finds($entries, 'after it');
is($node->safe_psql('postgres', qq{
	SET enable_seqscan = off; SET enable_bitmapscan = off; SET plan_cache_mode = force_generic_plan;
	PREPARE p AS $by_key; EXECUTE p;
	INSERT INTO item (note) VALUES ('prepared'); EXECUTE p; }), join("\n", $entries, $entries + 1), 'so does a prepared statement');
$entries++;
is($node->safe_psql('postgres', qq{BEGIN; DECLARE c CURSOR FOR $by_key; INSERT INTO item (note) VALUES ('cursor'); FETCH c; COMMIT; }), $entries, 'a cursor shows what it began with');
$entries++;
finds($entries, 'after a cursor');

# A library that writes as the transaction commits, in a session that has written nothing before: our own clock.
$node->safe_psql('postgres', q{SET pdauth.break_glass = 'test'; SELECT pdauth.audit('pdauth.clock_change')});
$node->safe_psql('postgres', q{SET pdauth.clock = '2026-10-14 09:00'});
$node->safe_psql('postgres', q{BEGIN; SET pdauth.clock = '2026-10-14 10:00'; PREPARE TRANSACTION 'clock'});
$node->safe_psql('postgres', q{COMMIT PREPARED 'clock'});
$entries += 2;
finds($entries, 'after changes of the clock');

# Serializable transactions that have read what the other one writes: one of them fails.
{
	my @sessions = map { $node->background_psql('postgres', on_error_stop => 0) } 0 .. 1;
	for my $session (@sessions)
	{
		$session->query_safe(q{SET enable_seqscan = off; SET enable_bitmapscan = off; BEGIN ISOLATION LEVEL SERIALIZABLE});
		$session->query_safe(q{SELECT count(*) FROM pdauth.audit_entry WHERE epoch = pdauth.audit_epoch() AND xid >= (SELECT max(xid) FROM pdauth.audit_entry WHERE epoch = pdauth.audit_epoch())});
	}
	my $failed = 0;
	for my $command (q{INSERT INTO item (note) VALUES (gen_random_uuid())}, 'COMMIT')
	{
		for my $session (@sessions)
		{
			$session->query($command);
			$failed++ if $session->{stderr} =~ /could not serialize/;
		}
	}
	is($failed, 1, 'of two serializable transactions that read the log and write, one fails');
	$_->quit for @sessions;
}
$entries++;
finds($entries, 'after it');

# What fails leaves nothing.
$node->safe_psql('postgres', q{BEGIN; INSERT INTO item (note) VALUES ('a'); SAVEPOINT s; INSERT INTO item (note) VALUES ('b'); ROLLBACK TO s; INSERT INTO item (note) VALUES ('c'); RELEASE s; INSERT INTO item (note) VALUES ('d'); COMMIT;});
$entries += 3;
finds($entries, 'after a savepoint');
$node->safe_psql('postgres', q{BEGIN; INSERT INTO item (note) VALUES ('rolled back'); ROLLBACK;});
my (undef, undef, $error) = $node->psql('postgres', q{INSERT INTO item (note) VALUES ('a')});
like($error, qr/duplicate key/, 'a transaction fails as it commits');
$node->safe_psql('postgres', 'VACUUM pdauth.audit_entry');
insert(2);
finds($entries, 'after failures');
$node->safe_psql('postgres', q{BEGIN; } . q{INSERT INTO item (note) VALUES (gen_random_uuid()); } x 50 . q{COMMIT;});
$entries += 50;
finds($entries, 'after a transaction of many statements');

# Tables and indexes that are made anew in between.
insert(2);
$node->safe_psql('postgres', 'REINDEX INDEX pdauth.audit_entry_key');
insert(2);
finds($entries, 'after REINDEX');
insert(2);
$node->safe_psql('postgres', q{SET pdauth.break_glass = 'test'; VACUUM FULL pdauth.audit_entry});
insert(2);
finds($entries, 'after VACUUM FULL');
mkdir $node->basedir . '/space';
$node->safe_psql('postgres', "CREATE TABLESPACE space LOCATION '" . $node->basedir . "/space'");
insert(2);
$node->safe_psql('postgres', q{SET pdauth.break_glass = 'test'; ALTER TABLE pdauth.audit_entry SET TABLESPACE space});
insert(2);
finds($entries, 'after SET TABLESPACE');
is($node->safe_psql('postgres', q{
	SET pdauth.break_glass = 'test';
	BEGIN; INSERT INTO item (note) VALUES ('moved'); ALTER TABLE pdauth.audit_entry SET TABLESPACE pg_default; COMMIT;
	SELECT count(*) FROM pdauth.audit_entry WHERE operation = 'I' AND pdauth.audit_image(audit_entry) #>> '{new,note}' = 'moved';}), 1, 'a writer moves the table');
$entries++;
finds($entries, 'after that');

# CLUSTER copies what the planner says the index is good for.
insert(2);
$node->safe_psql('postgres', q{
	SET pdauth.break_glass = 'test';
	BEGIN; INSERT INTO item (note) VALUES ('clustered'); SET LOCAL enable_sort = off; CLUSTER pdauth.audit_entry USING audit_entry_key; COMMIT;});
$entries++;
finds($entries, 'after CLUSTER');

# A transaction that waits for a standby is over and still running.
$node->safe_psql('postgres', q{ALTER SYSTEM SET synchronous_standby_names = 'nobody'});
$node->reload;
# its first statement looks the index up, and keeps a lock on it
my $writer = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), map { ('-c', $_) }
	'SET synchronous_commit = local', q{INSERT INTO item (note) VALUES ('not waiting')}, 'SET synchronous_commit = on', q{INSERT INTO item (note) VALUES ('waiting')} ]);
$entries++;
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'});
$node->safe_psql('postgres', q{SET synchronous_commit = local; SET pdauth.break_glass = 'test'; ALTER INDEX pdauth.audit_entry_key SET TABLESPACE space});
is($node->safe_psql('postgres', "SET synchronous_commit = local; $by_key"), $entries, 'while a transaction waits for a standby');
$node->safe_psql('postgres', q{SET synchronous_commit = local; ALTER SYSTEM RESET synchronous_standby_names});
$node->reload;
$writer->finish;
$entries++;
finds($entries, 'once it has waited');
$node->safe_psql('postgres', q{SET pdauth.break_glass = 'test'; ALTER INDEX pdauth.audit_entry_key SET TABLESPACE pg_default});

# Nobody drops a database that is in use.
insert(1);
($node->psql('postgres', 'DROP DATABASE postgres'))[2] =~ /cannot drop/ or die;
finds($entries, 'after a DROP DATABASE that failed');

$node->safe_psql('postgres', 'DROP TABLESPACE space');

# Savepoints that take back what was done to the index.
is($node->safe_psql('postgres', qq{
	SET pdauth.break_glass = 'test'; SET enable_seqscan = off; SET enable_bitmapscan = off;
	BEGIN; INSERT INTO item (note) VALUES ('before');
	SAVEPOINT s; REINDEX INDEX pdauth.audit_entry_key; $by_key; ROLLBACK TO s;
	$by_key;
	REINDEX INDEX pdauth.audit_entry_key; $by_key;
	COMMIT; }), join("\n", ($entries + 1) x 3), 'REINDEX within the transaction, rolled back and not');
$entries++;
finds($entries, 'after REINDEX in a savepoint');
insert(2);
$node->safe_psql('postgres', 'REINDEX INDEX CONCURRENTLY pdauth.audit_entry_key');
insert(2);
finds($entries, 'after REINDEX CONCURRENTLY');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pdauth.verify() WHERE severity = 'finding'}), 0, 'nothing is wrong so far');

# An image erased before it is sealed: the row has two versions.
insert(1);
$node->safe_psql('postgres', q{SELECT pdauth.erase_image(epoch, xid, n, 'test') FROM (SELECT * FROM pdauth.audit_entry WHERE operation = 'I' ORDER BY epoch, xid DESC, n DESC LIMIT 1) AS e});
$node->restart;
finds($entries, 'after an erasure and a restart');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pdauth.verify() WHERE severity = 'finding'}), 0, '... which verification takes for what it is');

# Functions run by parallel workers cannot complete it.
$node->safe_psql('postgres', qq{
	CREATE FUNCTION by_key() RETURNS bigint STABLE PARALLEL SAFE LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off AS \$q\$BEGIN RETURN ($by_key); END\$q\$});
insert(1);
my $parallel = $node->pg_version < 16 ? 'force_parallel_mode' : 'debug_parallel_query';
is($node->safe_psql('postgres', "SET $parallel = on; SELECT by_key()"), $entries, 'a parallel worker finds all');
finds($entries, 'after it');

# More than there is room for.
$node->safe_psql('postgres', q{DO $$ BEGIN FOR i IN 1 .. 20000 LOOP INSERT INTO item (note) VALUES (i); COMMIT; END LOOP; END $$});
$entries += 20000;
is(lacks($node), 1, 'many are left');
finds($entries, 'after more than there is room for');
is($node->safe_psql('postgres', q{SELECT pdauth.seal() > 20000}), 't', 'they are sealed');

# The server stops, or the machine, before anybody took up what was left.
for my $mode ('fast', 'immediate')
{
	insert(3);
	$node->safe_psql('postgres', q{BEGIN; INSERT INTO item (note) VALUES ('} . $mode . q{'); PREPARE TRANSACTION 'p'});
	is(lacks($node), 1, "$mode: rows are left");
	$node->stop($mode);
	$node->start;
	insert(2);
	$node->safe_psql('postgres', q{COMMIT PREPARED 'p'});
	$entries++;
	finds($entries, $mode);
	is($node->safe_psql('postgres', 'SELECT pdauth.seal()'), 6, "$mode: each is sealed");
}
insert(2);
$node->stop('immediate');
$node->start;
is($node->safe_psql('postgres', 'SELECT pdauth.seal()'), 2, 'what a crash left is sealed by the first seal');
finds($entries, 'after it');

# A copy of the database has the rows but nobody's word of them.  A worker that
# starts may read the log, in either of the two, and be quicker than we are.
sub copies_with_rows_left
{
	my ($options) = @_;
	for (1 .. 10)
	{
		insert(2);
		$node->safe_psql('postgres', "CREATE DATABASE copy TEMPLATE postgres $options");
		return 1 if lacks($node, 'copy');
		$node->safe_psql('postgres', 'DROP DATABASE copy');
	}
	return 0;
}

ok(copies_with_rows_left(''), 'rows were left in a copied database');
finds($entries, 'the copy', $node, 'copy');
finds($entries, 'the original');
my $oid = $node->safe_psql('postgres', q{SELECT oid FROM pg_database WHERE datname = 'copy'});
$node->safe_psql('postgres', 'DROP DATABASE copy');
ok(copies_with_rows_left("OID $oid"), 'rows were left in a database of the same number');
finds($entries, 'it', $node, 'copy');

# A standby cannot insert, and finds them all the same; promoted it does.
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
# the worker may read the log as it starts
for (1 .. 10)
{
	insert(1);
	$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
	last if lacks($standby);
	sleep 1;
}
my $unsealed = $node->safe_psql('postgres', q{SELECT entries FROM pdauth.unsealed()});
insert(1);
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
is(lacks($standby), 1, 'a standby has rows that its index lacks');
$unsealed++;
unlike($standby->safe_psql('postgres', "SET enable_seqscan = off; EXPLAIN $by_key"), qr/audit_entry_key/, '... so its planner does not use it');
finds($entries, 'the standby', $standby);
is($standby->safe_psql('postgres', q{SELECT found, count(*) OVER () FROM pdauth.verify()}), "$unsealed unsealed|1", '... and verification counts them');
is($node->safe_psql('postgres', q{SELECT found FROM pdauth.verify()}), "$unsealed unsealed", '... as on the primary');
$node->stop('immediate');
$standby->promote;
insert(1, $standby);
finds($entries, 'once it is promoted', $standby);
is($standby->safe_psql('postgres', q{SELECT pdauth.seal()}), $unsealed + 1, '... they are sealed');
is($standby->safe_psql('postgres', q{SELECT found, count(*) OVER () FROM pdauth.verify()}), '0 unsealed|1', '... and verification is clean');
$standby->stop;

done_testing();
