# Logical replication: of policy and register into another pdauth nothing comes,
# as half of it would (licenses, but no revocations); into plain tables for
# reports all of it does.  A subscription writes protected tables under
# break-glass only.  The log and audited tables: test/t/007_audit_epochs.pl.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin, "$FindBin::RealBin/../t";
use Office;
use PdauthCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my %init = (init => { allows_streaming => 'logical', extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ] });
my $publisher = PdauthCluster::new_cluster('publisher', %init);
my $subscriber = PdauthCluster::new_cluster('subscriber', %init);
$subscriber->append_conf('postgresql.conf', "max_worker_processes = 20\nmax_logical_replication_workers = 10\nwal_retrieve_retry_interval = 100ms");
for my $node ($publisher, $subscriber)
{
	$node->start;
	open_office($node);
}
$publisher->safe_psql('postgres', 'CREATE PUBLICATION policy FOR TABLE pdauth.license, pdauth.custodian; CREATE PUBLICATION register FOR TABLE pdauth.plan, pdauth.party; CREATE PUBLICATION notes FOR TABLE pdauth.would_deny');
$publisher->safe_psql('postgres', q{SET pdauth.break_glass = 'test'; CREATE PUBLICATION persons FOR TABLE person});
my $connection = $publisher->connstr . ' dbname=postgres';

sub subscribe
{
	my ($publication, $prefix, $options) = @_;
	return "${prefix}CREATE SUBSCRIPTION $publication CONNECTION '$connection' PUBLICATION $publication WITH (copy_data = " . ($options // 'false') . ')';
}

# The door, and what stays open without it.
my ($status, $out, $err) = $subscriber->psql('postgres', subscribe('persons', ''), extra_params => [ '-v', 'VERBOSITY=verbose' ]);
like($err, qr/PD002: .*a subscription of a database with protected tables is not open without break-glass/, 'no subscription without break-glass');
like($err, qr/DETAIL:  Rule X-2.*HINT/s, '... and it says why and what to do');
$subscriber->safe_psql('postgres', subscribe($_, q{SET pdauth.break_glass = 'test'; })) for 'persons', 'policy';
($status, $out, $err) = $subscriber->psql('postgres', "ALTER SUBSCRIPTION persons $_") and like($err, qr/not open without break-glass/, "nor $_") for 'REFRESH PUBLICATION', 'SET PUBLICATION persons', "CONNECTION '$connection'", 'SET (binary = false)', 'ENABLE';

# Protected and audited rows, under break-glass.
is(answer_of($publisher, 'keeper', q{INSERT INTO person VALUES (50, 'canary', '530102')}), '', 'a row of the publisher');
$publisher->wait_for_catchup('persons');
is(answer_of($subscriber, 'keeper', 'SELECT name FROM person WHERE id = 50'), 'canary', '... comes');
is(answer_of($subscriber, 'analyst', 'SELECT name FROM person WHERE id = 50'), 'c*****', '... and is masked there, too');
is($subscriber->safe_psql('postgres', q{SELECT finding FROM pdauth.health_check() WHERE object = 'subscription persons'}), 'writes rows of public.person, whoever may write them', '... and the health check tells of it');
$subscriber->safe_psql('postgres', 'SELECT pdauth.seal()');
log_is_clean($subscriber, 'subscriber');
rules_hold($subscriber, 'subscriber');

# Neither a license nor a revocation comes, also for the initial copy.
sub refused
{
	my ($table, $change) = @_;
	my $offset = -s $subscriber->logfile;

	$publisher->safe_psql('postgres', $change) if $change;
	$subscriber->wait_for_log(qr/PD002|rows of pdauth\.$table do not come by logical replication/, $offset);
	like(slurp_file($subscriber->logfile, $offset), qr/rows of pdauth\.$table do not come by logical replication/, "pdauth.$table: refused");
	return;
}
my $licenses = q{SELECT count(*), count(revoked_at) FROM pdauth.license};
my $before = $subscriber->safe_psql('postgres', $licenses);
refused('license', q{INSERT INTO pdauth.license (licensee, scope, basis) VALUES ('stranger', '{read on civil/person(*) for statistics in 530000 during [2026-01-01,) level core}', 'request 2')});
is(answer_of($subscriber, 'stranger', 'SELECT name FROM person'), 'PD205', 'a license of the publisher opens nothing');
$subscriber->safe_psql('postgres', 'DROP SUBSCRIPTION policy');
$subscriber->safe_psql('postgres', subscribe('policy', q{SET pdauth.break_glass = 'test'; }));
refused('license', q{UPDATE pdauth.license SET revoke_reason = 'test' WHERE licensee = 'analyst'::regrole});
is($subscriber->safe_psql('postgres', $licenses), $before, 'no license came and none was changed');
$subscriber->safe_psql('postgres', 'DROP SUBSCRIPTION policy');
$subscriber->safe_psql('postgres', subscribe('register', q{SET pdauth.break_glass = 'test'; }, 'true'));
refused('(?:plan|party)');
$subscriber->safe_psql('postgres', 'DROP SUBSCRIPTION register');

# Evidence: statement triggers, which keep it, do not fire in the worker.
$_->safe_psql('postgres', q{INSERT INTO pdauth.would_deny (rule, object, facts, role, recorded_at) VALUES ('R-20-5', 'x', 'x', 'x', now())}) for $publisher, $subscriber;
$publisher->safe_psql('postgres', q{SET pdauth.break_glass = 'test'; ALTER TABLE pdauth.would_deny DISABLE TRIGGER refuse_change});
$subscriber->safe_psql('postgres', subscribe('notes', q{SET pdauth.break_glass = 'test'; }));
refused('would_deny', 'DELETE FROM pdauth.would_deny');
is($subscriber->safe_psql('postgres', 'SELECT count(*) FROM pdauth.would_deny'), 1, 'evidence stays');
$subscriber->safe_psql('postgres', 'DROP SUBSCRIPTION notes');

# Every table but those of the log.
is($subscriber->safe_psql('postgres', q{SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class AS c WHERE relnamespace = 'pdauth'::regnamespace AND relkind IN ('r', 'p')
	AND (SELECT count(*) FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND t.tgfoid = 'pdauth.refuse_replication'::regproc AND t.tgenabled = 'R') < 2}),
	'audit_activity_packed audit_block audit_checkpoint audit_entry audit_queue audit_segment audit_subject_packed audit_subtree', 'no other table takes rows');

# A database for reports: no extension, tables of the same names.
$subscriber->safe_psql('postgres', 'CREATE DATABASE reports');
$subscriber->safe_psql('reports', q{CREATE SCHEMA pdauth;
	CREATE TABLE pdauth.license (license_id bigint PRIMARY KEY, licensee text, scope text, basis text, issued_at timestamptz, revoked_at timestamptz)});
$publisher->safe_psql('postgres', 'CREATE PUBLICATION reports FOR TABLE pdauth.license (license_id, licensee, scope, basis, issued_at, revoked_at)');
$subscriber->safe_psql('reports', subscribe('reports', '', 'true'));
$subscriber->wait_for_subscription_sync($publisher, 'reports', 'reports');
$publisher->safe_psql('postgres', q{UPDATE pdauth.license SET revoke_reason = 'test' WHERE licensee = 'stranger'::regrole});
$publisher->wait_for_catchup('reports');
my $all = q{SELECT license_id, licensee, scope, basis, issued_at, revoked_at FROM pdauth.license ORDER BY 1};
is($subscriber->safe_psql('reports', $all), $publisher->safe_psql('postgres', $all), 'licenses and revocations come into plain tables');
$_->stop for $subscriber, $publisher;
done_testing();
