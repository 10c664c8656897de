# Recovery from a base backup and the archive to a named point: the log verifies,
# licenses of later are not there, revocations of later have to be made again,
# and a checkpoint kept from after the point says that the log went back.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin, "$FindBin::RealBin/../t";
use Office;
use PdauthCluster;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $first = PdauthCluster::new_cluster('first', recording => 1, init => { has_archiving => 1, allows_streaming => 1, extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ] });
$first->start;
open_office($first);
my $key = PostgreSQL::Test::Utils::tempdir() . '/key.pem';
run_command([ 'openssl', 'genpkey', '-algorithm', 'ed25519', '-out', $key ]);
chmod 0600, $key;
$first->safe_psql('postgres', "ALTER DATABASE postgres SET pdauth.checkpoint_origin = 'example.gov.cn/audit'; ALTER DATABASE postgres SET pdauth.checkpoint_key_file = '$key'");

# Seals all that was recorded; the checkpoint is kept elsewhere.
sub checkpoint
{
	my ($server) = @_;

	$server->safe_psql('postgres', 'SELECT pdauth.audit_wait()');
	$server->safe_psql('postgres', 'SELECT pdauth.seal()');
	return $server->safe_psql('postgres', 'SELECT note FROM pdauth.checkpoint()');
}

sub compare
{
	my ($server, $note) = @_;
	return $server->safe_psql('postgres', "SELECT kind FROM pdauth.verify_against('$note')");
}

$first->backup('base');
answer_of($first, 'keeper', q{INSERT INTO person VALUES (13, 'before', '530102')});
my $early = checkpoint($first);
$first->safe_psql('postgres', q{SELECT pg_create_restore_point('then')});
answer_of($first, 'keeper', q{INSERT INTO person VALUES (14, 'after', '530102')});
$first->safe_psql('postgres', q{INSERT INTO pdauth.license (licensee, scope, basis) VALUES ('stranger', '{read on civil/person(*) for statistics in 530000 during [2026-01-01,) level core}', 'request 2')});
$first->safe_psql('postgres', q{UPDATE pdauth.license SET revoke_reason = 'later' WHERE licensee = 'analyst'::regrole});
is(answer_of($first, 'stranger', 'SELECT name FROM person WHERE id = 14'), 'after', 'a license of after the point');
is(answer_of($first, 'analyst', 'SELECT name FROM person WHERE id = 14'), 'PD205', '... and a revocation');
my $late = checkpoint($first);
is(compare($first, $_), 'summary', 'the log agrees with its checkpoints') for $early, $late;
$first->safe_psql('postgres', 'SELECT pg_switch_wal()');
$first->stop;

my $recovered = PostgreSQL::Test::Cluster->new('recovered');
$recovered->init_from_backup($first, 'base', has_restoring => 1);
$recovered->append_conf('postgresql.conf', "recovery_target_name = 'then'\nrecovery_target_action = pause");
$recovered->start;
$recovered->poll_query_until('postgres', q{SELECT pg_get_wal_replay_pause_state() = 'paused'}) or die;
rules_hold($recovered, 'before it is opened');
log_is_clean($recovered, 'before it is opened');
is(compare($recovered, $early), 'summary', 'before it is opened: the log agrees with the checkpoint of before the point');
is(compare($recovered, $late), 'truncated log', '... and the one of after it says that its end is missing');
is(answer_of($recovered, 'analyst', q{SET application_name = 'paused'; SELECT name FROM person WHERE id = 1}), 'c*****', 'before it is opened: it is read');
# what doc/audit.md says is to be done: the revocations of later, before anybody comes in
$recovered->safe_psql('postgres', 'SELECT pg_wal_replay_resume()');
$recovered->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()') or die;

rules_hold($recovered, 'recovered');
is(answer_of($recovered, 'stranger', 'SELECT name FROM person WHERE id = 13'), 'PD205', 'recovered: the license of later is not there');
is(answer_of($recovered, 'analyst', 'SELECT name FROM person WHERE id = 13'), 'b*****', '... nor is the revocation: it has to be made again');
$recovered->safe_psql('postgres', q{UPDATE pdauth.license SET revoke_reason = 'again' WHERE licensee = 'analyst'::regrole});
is(answer_of($recovered, 'analyst', 'SELECT name FROM person WHERE id = 13'), 'PD205', '... which is felt');
read_is_logged($recovered, 'paused', 'recovered: what was read before it was opened is in its log');
log_goes_on($recovered, 'recovered');
is(compare($recovered, $early), 'summary', 'recovered: the log continues the checkpoint of before the point');
# Longer than the log was that is lost: only what was kept can tell.
$recovered->safe_psql('postgres', 'SELECT pdauth.audit_wait()');
answer_of($recovered, 'keeper', "INSERT INTO person SELECT n, 'more', '530102' FROM generate_series(1000, 1100) AS n");
my $new = checkpoint($recovered);
log_is_clean($recovered, 'grown');
is(compare($recovered, $late), 'rewritten log', '... and does not contain the one of after it, however long it grows');
is(compare($recovered, $new), 'summary', '... its own it does');
$recovered->stop;
done_testing();
