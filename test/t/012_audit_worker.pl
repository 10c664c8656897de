# The audit workers: which databases have one, how they come back, and that
# they are in nobody's way.
use strict;
use warnings;
use FindBin;
use IPC::Run ();
use lib $FindBin::RealBin;
use PdauthCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PdauthCluster::new_cluster('worker', recording => 1);
$node->append_conf('postgresql.conf', "pdauth.seal_interval = 100ms\nmax_worker_processes = 20\nmax_prepared_transactions = 5");
$node->start;
my $setup = q{
	CREATE EXTENSION pdauth CASCADE;
	CREATE TABLE item (id integer PRIMARY KEY, content text, division text);
	SELECT pdauth.audit('item');
	SELECT pdauth.protect('item', 'test/item', region_column => 'division');
	INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES (current_user::regrole, 'test', 'test');
	INSERT INTO item VALUES (1, 'x', '530100');
};

sub worker_of
{
	my ($database) = @_;
	return $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE backend_type = 'pdauth audit worker' AND datname = '$database'");
}

sub comes
{
	my ($database, $what) = @_;
	ok($node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'pdauth audit worker' AND datname = '$database'"), $what);
}

# Without a call of pdauth.seal() everything is sealed, once.
sub sealed
{
	my ($database, $what) = @_;
	$node->safe_psql($database, 'SELECT pdauth.audit_wait()');
	ok($node->poll_query_until($database, 'SELECT entries = 0 FROM pdauth.unsealed()'), "$what: sealed by itself");
	is($node->safe_psql($database, q{SELECT count(*) FROM pdauth.verify() WHERE severity = 'finding'}), 0, "$what: clean");
	is($node->safe_psql($database, 'SELECT count(*) FROM pdauth.verify_sql()'), 0, "$what: clean by plain SQL");
}

is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'pdauth audit launcher'}), 1, 'the launcher runs');
is(worker_of('postgres'), '', 'a database without the extension has no worker');
# the launcher visits databases in this order, so that it has seen the first when the last has its worker
$node->safe_psql('postgres', 'CREATE DATABASE rows_only; CREATE DATABASE one; CREATE DATABASE two');
$node->safe_psql($_, $setup) for 'one', 'two';
comes($_, "$_: a worker comes") for 'one', 'two';
sealed($_, $_) for 'one', 'two';
is($node->safe_psql('one', q{SELECT dropped, worker IS NOT NULL, sealed_at IS NOT NULL, unsealed FROM pdauth.audit_worker WHERE database = 'one'}), '0|t|t|0', 'the view tells');

# A worker that is ended, and one whose work fails, come back.
my $pid = worker_of('one');
$node->safe_psql('postgres', "SELECT pg_terminate_backend($pid)");
ok($node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'pdauth audit worker' AND datname = 'one' AND pid <> $pid"), 'a worker that was ended comes back');
$node->safe_psql('one', "SET pdauth.break_glass = 'test'; ALTER TABLE pdauth.audit_queue RENAME TO hidden");
ok($node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'pdauth audit worker' AND datname = 'one'}), 'without its table there is nothing for it to do');
$node->safe_psql('one', "SET pdauth.break_glass = 'test'; ALTER TABLE pdauth.hidden RENAME TO audit_queue; UPDATE item SET content = content");
comes('one', 'with it, it comes back');
sealed('one', 'after that');

# Long, prepared, rolled back and sub-transactions, while it seals and others do.
$node->safe_psql('one', q{BEGIN; INSERT INTO item VALUES (2, 'x', '530100'); PREPARE TRANSACTION 'p'});
for my $round (1 .. 20)
{
	$node->safe_psql('one', "INSERT INTO item VALUES (100 + $round, 'x', '530100'); BEGIN; UPDATE item SET content = 'y'; SAVEPOINT a; DELETE FROM item; ROLLBACK TO a; " . ($round % 2 ? 'COMMIT' : 'ROLLBACK'));
	$node->safe_psql('one', 'SELECT pdauth.seal()') if $round % 5 == 0;
}
$node->safe_psql('one', q{COMMIT PREPARED 'p'});
sealed('one', 'concurrent seals');

# In nobody's way.
is($node->psql('postgres', 'CREATE DATABASE copy TEMPLATE one'), 0, 'a database with a worker serves as template');
comes('one', '... and has its worker back');
is($node->psql('postgres', 'ALTER DATABASE copy RENAME TO twin'), 0, 'a database is renamed');
$node->safe_psql('twin', q{INSERT INTO item VALUES (3, 'x', '530100')});
comes('twin', 'the copy gets a worker of its own');
sealed('twin', 'copy');
$node->safe_psql('postgres', 'ALTER DATABASE twin ALLOW_CONNECTIONS false');
$node->restart;
comes('one', 'after a restart, without a statement');
comes('two', '... in each database');
is(worker_of('twin'), '', 'but where no connections are allowed');

# Long known without the extension, and nothing is recorded there but rows.
is(worker_of('rows_only'), '', 'a database without the extension has none after a restart either');
$node->append_conf('postgresql.conf', 'pdauth.audit_statements = off');
$node->reload;
$node->safe_psql('rows_only', q{BEGIN; CREATE EXTENSION pdauth CASCADE; CREATE TABLE item (id integer); SELECT pdauth.audit('item'); INSERT INTO item VALUES (1); COMMIT});
comes('rows_only', 'rows bring a worker where nothing else is recorded');
sealed('rows_only', 'rows only');
$node->append_conf('postgresql.conf', 'pdauth.audit_statements = on');
$node->reload;

# The extension anew, when what was recorded is in the log that goes with it.
for my $restart (0, 1)
{
	$node->safe_psql('rows_only', q{CREATE TABLE guarded (division text); SELECT pdauth.protect('guarded', 'test/guarded', region_column => 'division'); SELECT pdauth.audit_wait()});
	cmp_ok($node->safe_psql('rows_only', q{SELECT position FROM pdauth.audit_queue ORDER BY noted_at DESC LIMIT 1}), '>', 0, 'something is recorded');
	$node->safe_psql('rows_only', q{SET pdauth.break_glass = 'test'; DROP EXTENSION pdauth CASCADE; DROP TABLE guarded});
	ok($node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'pdauth audit worker' AND datname = 'rows_only'}), 'the worker leaves with the extension');
	$node->restart if $restart;
	$node->safe_psql('rows_only', q{CREATE EXTENSION pdauth CASCADE; SELECT pdauth.audit('item')});
	$node->safe_psql('rows_only', q{BEGIN; INSERT INTO item VALUES (2); PREPARE TRANSACTION 'rows'});
	comes('rows_only', '... and comes back, with a prepared transaction too');
	$node->safe_psql('rows_only', q{COMMIT PREPARED 'rows'});
	sealed('rows_only', 'the extension anew' . ($restart ? ', after a restart' : ''));
}
$node->safe_psql('postgres', 'DROP DATABASE rows_only');
is($node->psql('postgres', 'DROP DATABASE twin'), 0, 'a database without connections is dropped');
is($node->psql('postgres', 'DROP DATABASE two'), 0, 'a database with a worker is dropped');

# A worker in the middle of something long, and one that has only just connected, while DROP DATABASE waits.
$node->safe_psql('postgres', 'CREATE DATABASE busy TEMPLATE one');
$node->safe_psql('busy', q{SET pdauth.break_glass = 'test'; UPDATE item SET content = 'x'; SELECT pdauth.audit_wait();
	CREATE OR REPLACE FUNCTION pdauth.detect_incidents() RETURNS integer LANGUAGE sql AS 'SELECT pg_sleep(600); SELECT 1'; SELECT 'recorded' FROM item});
ok($node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'pdauth audit worker' AND datname = 'busy' AND wait_event = 'PgSleep'}), 'a worker is busy');
$node->safe_psql('postgres', 'CREATE ROLE maker LOGIN CREATEDB');
for my $database ('busy', 'one')
{
	comes($database, "$database has a worker");
	$pid = worker_of($database);
	for my $statement ("DROP DATABASE $database", "ALTER DATABASE $database RENAME TO idle", "CREATE DATABASE stolen TEMPLATE $database")
	{
		my ($status, $out, $err) = $node->psql('postgres', $statement, extra_params => [ '-U', 'maker' ]);
		like($err, qr/must be owner|permission denied/, "not everybody: $statement");
	}
	is(worker_of($database), $pid, '... and the worker is not disturbed');
}
is($node->psql('postgres', 'DROP DATABASE busy'), 0, 'its database is dropped');
$node->safe_psql('postgres', 'CREATE DATABASE fresh TEMPLATE one');
my $locking = $node->background_psql('fresh');
$locking->query_safe('BEGIN; LOCK TABLE pg_namespace IN ACCESS EXCLUSIVE MODE');
ok($node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'pdauth audit worker' AND datname = 'fresh' AND wait_event_type = 'Lock'}), 'a worker has come to a new database and knows nothing of it yet');
my $dropping = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', 'DROP DATABASE fresh' ], '2>', \my $refusal);
ok($node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_locks WHERE locktype = 'object' AND classid = 'pg_database'::regclass AND mode = 'AccessExclusiveLock' AND granted}), '... whose DROP DATABASE waits');
$locking->quit;
$dropping->finish;
is($refusal, '', '... and is done');

# The queue, of which much has been written already, goes on after the extension was made anew.
$node->safe_psql('one', q{SELECT 'recorded' FROM item; SELECT pdauth.audit_wait(); SET pdauth.break_glass = 'test'; DROP EXTENSION pdauth CASCADE});
ok($node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'pdauth audit worker'}), 'DROP EXTENSION: the worker leaves');
$node->safe_psql('one', 'DROP TABLE item');
$node->safe_psql('one', $setup);
comes('one', 'CREATE EXTENSION again: it comes back');
sealed('one', 'the new log');

# Refusals of a standby are imported by a session of their own: whoever looks for incidents meanwhile does not pass them over.
my $counted = q{SELECT count(*) FROM pdauth.denied_attempt WHERE role_name = 'on a standby'};
my $import = q{SET pdauth.break_glass = 'test'; BEGIN; INSERT INTO pdauth.detection_due VALUES (pdauth.audit_epoch(), pg_current_xact_id());
	SET LOCAL session_replication_role = replica;
	INSERT INTO pdauth.audit_entry (epoch, xid, n, made_at, relation, operation, role_name, salt, leaf)
	VALUES (pdauth.audit_epoch(), pg_current_xact_id(), 1, clock_timestamp(), 0, 'N', 'on a standby', '', '')};
$node->safe_psql('one', "$import; PREPARE TRANSACTION 'import'");
$node->safe_psql('one', q{INSERT INTO item VALUES (77, 'later, and committed before', '530100'); SELECT pdauth.detect_incidents()});
is($node->safe_psql('one', $counted), '0', 'a refusal that is not committed does not count');
$node->safe_psql('one', q{COMMIT PREPARED 'import'; SELECT pdauth.detect_incidents()});
ok($node->poll_query_until('one', "SELECT ($counted) = 1"), '... and does when it is');
$node->safe_psql('one', 'SELECT pdauth.detect_incidents()');
is($node->safe_psql('one', $counted), '1', '... once');

# Who holds what is to be looked at does not hold up the worker.
my $alone = 'DO $$BEGIN PERFORM FROM pdauth.detection FOR UPDATE; END$$';	# the worker does not look meanwhile
$node->safe_psql('one', "BEGIN; $alone; PREPARE TRANSACTION 'alone'");
$node->safe_psql('one', "$import; COMMIT");
like($node->safe_psql('one', q{SET pdauth.break_glass = 'test'; BEGIN; WITH gone AS (DELETE FROM pdauth.detection_due RETURNING 1) SELECT count(*) FROM gone; PREPARE TRANSACTION 'holding'}),
	qr/^[1-9]/, 'a transaction holds what is to be looked at');
$node->safe_psql('one', q{COMMIT PREPARED 'alone'});
$node->safe_psql('one', q{SELECT 'recorded' FROM item LIMIT 1; SELECT pdauth.audit_wait()});
is($node->safe_psql('one', q{SET statement_timeout = '60s'; SELECT pdauth.detect_incidents()}), '0', 'whoever looks passes over what another transaction holds');
$node->safe_psql('one', q{ROLLBACK PREPARED 'holding'});
ok($node->poll_query_until('one', "SELECT ($counted) = 2"), '... and comes back to it');

# Whoever looks reads what was taken over since, and not the rows that others have written.
$node->safe_psql('one', q{INSERT INTO item SELECT n, 'one of many', '530100' FROM generate_series(1000, 4000) AS n});
my $misled = 'SET random_page_cost = 1000000';	# as statistics can mislead the planner
is($node->safe_psql('one', "$misled; $import; $alone; SELECT pdauth.detect_incidents();" . q{
	SELECT sum(pg_stat_get_xact_tuples_returned(c)) BETWEEN 1 AND 99 FROM unnest('{pdauth.audit_entry,pdauth.audit_entry_key}'::regclass[]) AS c; ROLLBACK}),
	"0\nt", 'few entries of many are read to find a refusal');
$node->safe_psql('one', 'SELECT pdauth.audit_wait()');
ok($node->poll_query_until('one', 'SELECT entries = 0 FROM pdauth.unsealed()'), '... which are sealed');
is($node->safe_psql('one', "$misled;" . q{BEGIN; SELECT entries FROM pdauth.unsealed();
	SELECT sum(pg_stat_get_xact_tuples_returned(c)) < 100 FROM unnest('{pdauth.audit_entry,pdauth.audit_entry_key}'::regclass[]) AS c}),
	"0\nt", '... and none to see that all is sealed');

# Statements that the worker wrote much later than they ran, after seals that had not seen them, are no forgeries:
# they say themselves when they were written.  Who puts one into the past without saying so is found.
$node->safe_psql('postgres', 'ALTER SYSTEM SET pdauth.seal_interval = 0; SELECT pg_reload_conf()');
$node->safe_psql('one', 'SELECT pdauth.audit_wait(); SELECT pdauth.seal()');
$pid = worker_of('one');
kill 'STOP', $pid;
$node->safe_psql('one', q{SELECT 'waits' FROM item; INSERT INTO item VALUES (88, 'x', '530100'); SELECT pg_sleep(6); SELECT pdauth.seal()});
kill 'CONT', $pid;
$node->safe_psql('one', 'SELECT pdauth.audit_wait()');
my $found = q{SELECT (SELECT string_agg(kind, ',') FROM pdauth.verify() WHERE kind = 'impossible time'), (SELECT string_agg(kind, ',') FROM pdauth.verify_sql() WHERE kind = 'impossible time')};
is($node->safe_psql('one', $found), '|', 'statements written late: clean');
$node->safe_psql('one', 'SELECT pdauth.seal()');
is($node->safe_psql('one', $found), '|', '... and sealed');
is($node->safe_psql('one', q{SET pdauth.break_glass = 'look'; SELECT bool_and(late > interval '2 seconds'), bool_or(late > interval '5 seconds')
	FROM (SELECT (pdauth.audit_image(e) #>> '{new,written_at}')::timestamptz - e.made_at AS late FROM pdauth.audit_entry AS e WHERE pdauth.audit_image(e) -> 'new' ? 'written_at') AS w}), 't|t', '... which they say, as others do that came late on a busy machine');
$node->safe_psql('one', q{SET pdauth.break_glass = 'attack'; SET session_replication_role = replica; INSERT INTO pdauth.audit_entry SELECT e.epoch, pg_current_xact_id(), 1, e.made_at - interval '1 hour', e.relation, e.operation, e.relation_name, e.role_name, e.session_role_name, e.purpose, e.client, e.application, e.salt, e.leaf, e.image FROM pdauth.audit_entry AS e WHERE e.operation = 'R' AND get_bit(e.image, 24) = 0 LIMIT 1;
	ALTER TABLE pdauth.audit_entry DISABLE TRIGGER ALL; UPDATE pdauth.audit_entry AS e SET leaf = pdauth.audit_leaf(e) WHERE made_at < now() - interval '50 minutes'; ALTER TABLE pdauth.audit_entry ENABLE ALWAYS TRIGGER keep_evidence, ENABLE ALWAYS TRIGGER keep_writer});
is($node->safe_psql('one', $found), 'impossible time|impossible time', 'a statement put into the past');

# Nobody adds to the log, nor has the worker pass over records: not without break-glass, and with it the worker stops.
for my $statement (q{INSERT INTO pdauth.audit_entry (epoch, xid, n, made_at, relation, operation, salt, leaf) VALUES (1, '1', 1, now(), 0, 'R', '', '')}, q{INSERT INTO pdauth.audit_block SELECT * FROM pdauth.audit_block LIMIT 1}, q{INSERT INTO pdauth.audit_subtree VALUES (1, 1, '')},
	q{INSERT INTO pdauth.audit_segment (epoch, xid, n, last_xid, last_n, entries, first_made_at, last_made_at) VALUES (1, '1', 1, '1', 1, 1, now(), now())},
	q{INSERT INTO pdauth.audit_queue VALUES (gen_random_uuid(), 0)}, q{UPDATE pdauth.audit_queue SET position = position + 8}, q{DELETE FROM pdauth.audit_queue}, q{TRUNCATE pdauth.audit_queue},
	q{SET session_replication_role = replica; UPDATE pdauth.audit_queue SET position = position + 8}, q{ALTER TABLE pdauth.audit_queue DISABLE TRIGGER keep_writer}, q{CREATE RULE keep AS ON UPDATE TO pdauth.audit_queue DO INSTEAD NOTHING})
{
	my ($status, $out, $err) = $node->psql('one', "\\set VERBOSITY verbose\n$statement");
	like($err, qr/PD254/, "refused: $statement");
}
$node->safe_psql('one', q{SET pdauth.break_glass = 'attack'; SELECT pdauth.audit_wait(); UPDATE pdauth.audit_queue SET position = position + 100000});
$node->safe_psql('one', q{SET application_name = 'passed over'; SELECT 'seen' FROM item});
ok($node->poll_query_until('one', q{SELECT failure LIKE 'the position in pdauth.audit_queue is %, where % was noted' FROM pdauth.audit_worker WHERE database = 'one'}), 'a position that was moved stops the worker');
$node->safe_psql('one', q{SET pdauth.break_glass = 'attack'; UPDATE pdauth.audit_queue SET position = position - 100000});
$node->safe_psql('one', 'SELECT pdauth.audit_wait()');
is($node->safe_psql('one', q{SELECT count(*) FROM pdauth.audit_entry WHERE application = 'passed over'}), '1', '... until it is put back, and then nothing is missing');

# Two slots: the server's launcher of logical replication and ours have them.
$node->append_conf('postgresql.conf', 'max_worker_processes = 2');
$node->restart;
$node->safe_psql('one', 'UPDATE item SET content = content');
ok($node->poll_query_until('one', q{SELECT count(*) = 1 FROM pdauth.health_check() WHERE object = 'audit worker' AND finding LIKE 'none runs, while % bytes of records wait%'}),
	'the health check says that no worker runs');
ok($node->wait_for_log(qr/cannot start an audit worker for database "one": no background worker slot is free/), '... and the log names the database');
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|was terminated by signal/, 'nothing crashed');
$node->stop;
done_testing();
