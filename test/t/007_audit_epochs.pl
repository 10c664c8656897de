# The audit log over promotions, recoveries and copies: verification is clean and
# says which range was sealed where; a transaction prepared before a promotion
# and committed after it is sealed, and no forgery.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PdauthCluster;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PdauthCluster::new_cluster('primary', init => { allows_streaming => 'logical', has_archiving => 1 });
$primary->append_conf('postgresql.conf', "max_prepared_transactions = 5\nmax_wal_senders = 8");
$primary->start;

sub findings
{
	my ($server, $database) = @_;
	$database //= 'postgres';
	return join '; ', grep { $_ ne '' } map { $server->safe_psql($database, $_) }
		q{SELECT kind || ' ' || coalesce(block::text, '') FROM pdauth.verify() WHERE severity = 'finding' ORDER BY 1},
		q{SELECT kind || ' ' || coalesce(block::text, '') FROM pdauth.verify_sql() ORDER BY 1},
		q{SELECT kind || key FROM pdauth.verify_relation('item')};
}

sub ranges
{
	my ($server, $database) = @_;
	return $server->safe_psql($database // 'postgres', q{SELECT string_agg(concat_ws(' ', first_block || '-' || last_block, 'timeline', timeline, CASE WHEN is_here THEN 'here' ELSE 'elsewhere' END, CASE WHEN is_current THEN 'now' END), ', ' ORDER BY first_block) FROM pdauth.audit_epoch_range});
}

sub seal { my ($server, $database) = @_; return $server->safe_psql($database // 'postgres', 'SELECT pdauth.seal()'); }

$primary->safe_psql('postgres', q{
	CREATE EXTENSION pgcrypto; CREATE EXTENSION pdauth;
	CREATE TABLE item (id int PRIMARY KEY, note text);
	SELECT pdauth.audit('item');
});
$primary->safe_psql('postgres', "INSERT INTO item VALUES ($_, 'first')") for 1 .. 3;
seal($primary);
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;

# A checkpoint waits for the standby that must have it.
my $key = PostgreSQL::Test::Utils::tempdir() . '/key.pem';
run_command([ 'openssl', 'genpkey', '-algorithm', 'ed25519', '-out', $key ]);
chmod 0600, $key;
$primary->safe_psql('postgres', "ALTER DATABASE postgres SET pdauth.checkpoint_origin = 'example.gov.cn/audit'; ALTER DATABASE postgres SET pdauth.checkpoint_key_file = '$key'");
my ($status, $out, $err) = $primary->psql('postgres', q{SET pdauth.checkpoint_standbys = 2; SET statement_timeout = '1s'; SELECT pdauth.checkpoint()});
like($err, qr/statement timeout/, 'no checkpoint until so many standbys have it');
is($primary->safe_psql('postgres', 'SELECT count(*) FROM pdauth.audit_checkpoint'), '0', '... and none is kept');
$primary->safe_psql('postgres', 'SET pdauth.checkpoint_standbys = 1; SELECT pdauth.checkpoint()');
is($primary->safe_psql('postgres', 'SELECT count(*) FROM pdauth.audit_checkpoint'), '1', 'one standby confirms');

# On a standby.
$primary->safe_psql('postgres', q{BEGIN; INSERT INTO item VALUES (100, 'prepared'); PREPARE TRANSACTION 'p'});
$primary->safe_psql('postgres', q{INSERT INTO item VALUES (4, 'sealed after the prepare')});
seal($primary);
$primary->safe_psql('postgres', q{INSERT INTO item VALUES (5, 'not sealed before the promotion')});
$primary->wait_for_catchup($standby);
is(findings($standby), '', 'a standby verifies');
is($standby->safe_psql('postgres', 'SELECT found FROM pdauth.verify(workers => 2) WHERE kind = \'summary\''), '1 unsealed', '... also with workers');
is(ranges($standby), ranges($primary), '... and says the same of what was sealed where');
is($standby->safe_psql('postgres', q{SELECT v.kind FROM pdauth.audit_checkpoint AS c, pdauth.verify_against(c.note) AS v}), 'summary', '... and compares with a checkpoint');
($status, $out, $err) = $standby->psql('postgres', 'SELECT pdauth.checkpoint()');
like($err, qr/a standby issues no checkpoints/, '... but issues none');

# Time travel for later.
$primary->safe_psql('postgres', q{SELECT pg_create_restore_point('then')});
$primary->safe_psql('postgres', q{INSERT INTO item VALUES (6, 'after the point of recovery')});
seal($primary);
$primary->safe_psql('postgres', 'SELECT pg_switch_wal()');
$primary->wait_for_catchup($standby);
$primary->stop;

# Promotion.
$standby->promote;
is(findings($standby), '', 'clean after the promotion');
$standby->safe_psql('postgres', q{INSERT INTO item VALUES (7, 'on the new timeline')});
is(seal($standby), '1', 'the new entry is sealed; the prepared transaction is not over');
is(findings($standby), '', 'clean');
is(ranges($standby), '1-3 timeline 1 here, 4-4 timeline 2 here now', 'a second range says so');
$standby->safe_psql('postgres', q{COMMIT PREPARED 'p'});
is(findings($standby), '', 'a transaction prepared before and committed after it is no forgery');
is(seal($standby), '1', 'it is sealed');
is(findings($standby), '', 'and clean');
is(seal($standby), '0', 'once');
is($standby->safe_psql('postgres', q{SELECT bool_and(pdauth.verify_inclusion(p.leaf_hash, p.leaf_index, p.tree_size, p.proof, p.root)) FROM pdauth.audit_entry AS e, pdauth.inclusion_proof(e.epoch, e.xid, e.n) AS p}), 't', 'every entry has a proof');
# Whoever uses that for a forgery is found.
$standby->safe_psql('postgres', q{SET pdauth.break_glass = 'attack'; INSERT INTO pdauth.audit_entry SELECT e.epoch, pg_current_xact_id(), 1, now(), e.relation, e.operation, e.relation_name, e.role_name, e.session_role_name, e.purpose, e.client, e.application, e.salt, e.leaf, e.image
	FROM pdauth.audit_entry AS e WHERE e.epoch = (SELECT epoch FROM pdauth.audit_block ORDER BY block LIMIT 1) LIMIT 1;
	ALTER TABLE pdauth.audit_entry DISABLE TRIGGER ALL; UPDATE pdauth.audit_entry AS e SET leaf = pdauth.audit_leaf(e)
	WHERE ctid = (SELECT f.ctid FROM pdauth.audit_entry AS f WHERE f.epoch = (SELECT epoch FROM pdauth.audit_block ORDER BY block LIMIT 1) ORDER BY f.xid DESC LIMIT 1)});
is($standby->safe_psql('postgres', q{SELECT kind FROM pdauth.verify() WHERE severity = 'finding'}), 'inserted entry', 'a new transaction on the timeline that ended is a forgery');
is($standby->safe_psql('postgres', q{SELECT kind FROM pdauth.verify_sql()}), 'inserted entry', '... for plain SQL too');
$standby->stop;

# Recovery to a point in time: part of the log, and a timeline of its own.
my $recovered = PostgreSQL::Test::Cluster->new('recovered');
$recovered->init_from_backup($primary, 'base', has_restoring => 1);
$recovered->append_conf('postgresql.conf', "recovery_target_name = 'then'\nrecovery_target_action = promote");
$recovered->start;
$recovered->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()');
is($recovered->safe_psql('postgres', 'SELECT max(id) FROM item WHERE id < 100'), '5', 'recovered to the point');
is(findings($recovered), '', 'clean after the recovery');
$recovered->safe_psql('postgres', q{COMMIT PREPARED 'p'; });
$recovered->safe_psql('postgres', q{INSERT INTO item VALUES (8, 'in another history')});
is(seal($recovered), '3', 'sealed: what was not yet, the prepared one, the new one');
is(findings($recovered), '', 'clean');
like(ranges($recovered), qr/^1-2 timeline 1 here, 3-3 timeline \d+ here now$/, 'the ranges say so');
is($recovered->safe_psql('postgres', q{SELECT v.kind FROM pdauth.audit_checkpoint AS c, pdauth.verify_against(c.note) AS v}), 'summary', 'it agrees with the checkpoint issued before');

# Logical replication: the audited table, audited again by the subscriber, and the log itself, to be kept elsewhere.
my $subscriber = PdauthCluster::new_cluster('subscriber');
$subscriber->append_conf('postgresql.conf', "max_logical_replication_workers = 10\nmax_worker_processes = 20");
$subscriber->start;
$subscriber->safe_psql('postgres', "CREATE DATABASE $_") for 'copy', 'keeper';
$subscriber->safe_psql($_, 'CREATE EXTENSION pgcrypto; CREATE EXTENSION pdauth') for 'copy', 'keeper';
$subscriber->safe_psql('copy', q{CREATE TABLE item (id int PRIMARY KEY, note text); SELECT pdauth.audit('item')});
$recovered->safe_psql('postgres', 'CREATE PUBLICATION items FOR TABLE item; CREATE PUBLICATION log FOR TABLE pdauth.audit_entry, pdauth.audit_block, pdauth.audit_subtree');
my $connection = $recovered->connstr . ' dbname=postgres';
$subscriber->safe_psql('copy', "CREATE SUBSCRIPTION items CONNECTION '$connection' PUBLICATION items");
$subscriber->safe_psql('keeper', "CREATE SUBSCRIPTION log CONNECTION '$connection' PUBLICATION log");
$subscriber->wait_for_subscription_sync($recovered, 'items', 'copy');
$subscriber->wait_for_subscription_sync($recovered, 'log', 'keeper');
$recovered->safe_psql('postgres', q{INSERT INTO item VALUES (9, 'replicated'); UPDATE item SET note = 'changed' WHERE id = 1});
seal($recovered);
$recovered->wait_for_catchup($_) for 'items', 'log';
is($subscriber->safe_psql('copy', q{SELECT count(*) FROM pdauth.audit_entry WHERE operation IN ('I', 'U')}), '9', 'what replication brings, seven rows copied and two changes, is audited by the subscriber');
seal($subscriber, 'copy');
is(findings($subscriber, 'copy'), '', '... and clean');
is($subscriber->safe_psql('keeper', q{SELECT count(*) FROM pdauth.verify() WHERE severity = 'finding'}), '0', 'a replicated log verifies where it is kept');
is($subscriber->safe_psql('keeper', q{SELECT count(*) FROM pdauth.verify_sql()}), '0', '... by plain SQL too');
like(ranges($subscriber, 'keeper'), qr/elsewhere.*elsewhere$/, '... and says that it was sealed elsewhere');
is($subscriber->safe_psql('keeper', 'SELECT root FROM pdauth.audit_block ORDER BY block DESC LIMIT 1'),
	$recovered->safe_psql('postgres', 'SELECT root FROM pdauth.audit_block ORDER BY block DESC LIMIT 1'), '... with the same root');
# Once something is protected, the log leaves under break-glass only: its publication, and the copy that a subscription begins with.
$recovered->safe_psql('postgres', q{CREATE TABLE secret (id int PRIMARY KEY, division text); SELECT pdauth.audit('secret'); SELECT pdauth.protect('secret', 'test/secret', region_column => 'division');
	INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES (session_user::regrole, 'test', 'test'); INSERT INTO secret VALUES (1, '530100')});
seal($recovered);
my $publish = 'CREATE PUBLICATION guarded FOR TABLE pdauth.audit_entry, pdauth.audit_block, pdauth.audit_subtree';
($status, $out, $err) = $recovered->psql('postgres', $publish);
like($err, qr/a publication of audit_entry is not open without break-glass/, 'no publication of a log with protected rows');
$recovered->safe_psql('postgres', "SET pdauth.break_glass = 'copy for the auditor'; $publish");
$subscriber->safe_psql('copy', 'DROP SUBSCRIPTION items');
$subscriber->safe_psql('keeper', 'DROP SUBSCRIPTION log');
$subscriber->safe_psql('postgres', "CREATE DATABASE $_") for 'refused', 'permitted';
$subscriber->safe_psql($_, 'CREATE EXTENSION pgcrypto; CREATE EXTENSION pdauth') for 'refused', 'permitted';
my $offset = -s $recovered->logfile;
$subscriber->safe_psql('refused', "CREATE SUBSCRIPTION refused CONNECTION '$connection' PUBLICATION guarded");
$recovered->wait_for_log(qr/COPY of the audit log is not open without break-glass/, $offset);
is($subscriber->safe_psql('refused', 'SELECT count(*) FROM pdauth.audit_entry'), '0', 'nor a copy of it by a subscription');
$subscriber->safe_psql('refused', 'DROP SUBSCRIPTION refused');
$subscriber->safe_psql('permitted', "CREATE SUBSCRIPTION permitted CONNECTION '$connection options=''-c pdauth.break_glass=copy''' PUBLICATION guarded");
$subscriber->wait_for_subscription_sync($recovered, 'permitted', 'permitted');
is($subscriber->safe_psql('permitted', q{SELECT count(*) FROM pdauth.verify() WHERE severity = 'finding'}), '0', '... under break-glass there is, and it verifies');
is($subscriber->safe_psql('permitted', 'SELECT root FROM pdauth.audit_block ORDER BY block DESC LIMIT 1'),
	$recovered->safe_psql('postgres', 'SELECT root FROM pdauth.audit_block ORDER BY block DESC LIMIT 1'), '... with the same root');
$_->stop for $subscriber, $recovered;

done_testing();
