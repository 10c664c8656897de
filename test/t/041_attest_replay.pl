# R-25-2: a token attests once, also where the memory of used tokens is gone:
# after a restart, after a crash, on a standby and after its promotion.
use strict;
use warnings;
use File::Temp;
use FindBin;
use lib $FindBin::RealBin;
use PdauthCluster;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use TokenIssuer;

my $keys = File::Temp->newdir('pdauth_keys_XXXXXX', TMPDIR => 1);
my $issuer = TokenIssuer->new($keys, 'issuer');
TokenIssuer::publish("$keys/verifier", $issuer);
my $primary = PdauthCluster::new_cluster('primary', init => { allows_streaming => 1, extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ] });
$primary->append_conf('postgresql.conf', "pdauth.attest_key_file = '$keys/verifier'\npdauth.attest_lifetime = 300");
$primary->start;
$primary->safe_psql('postgres', 'CREATE EXTENSION pdauth CASCADE');
my $include = "$FindBin::RealBin/../pgtap/include";
$primary->safe_psql('postgres', "BEGIN;\n\\i $include/fixture.sql\nCREATE ROLE app_pool LOGIN; COMMIT");

# It lives longer than anything here takes: what refuses it is not its age.
sub token { return $issuer->token(expires => time + 280) }

# What a server says to a token, to the application's login: the person, or the message.
sub attest
{
	my ($node, $token) = @_;
	my ($status, $out, $err) = $node->psql('postgres', "SELECT pdauth.attest('$token')", extra_params => [ '-U', 'app_pool', '-v', 'VERBOSITY=verbose' ]);

	return $status == 0 ? $out : $err;
}

# The above can take longer than the seconds in question.
$primary->restart;
my $early = token();
like(attest($primary, $early), qr/PD252.*ask for a new one/, 'a token from the first seconds of the server is refused');
TokenIssuer::wait_for_memory($primary);
my $used = token();
is(attest($primary, $used), 'dev_x_1', 'a later one attests');
like(attest($primary, $used), qr/PD252.*used before/, '... once');

for my $mode ('fast', 'immediate')
{
	my $unused = token();

	$primary->stop($mode);
	$primary->start;
	like(attest($primary, $used), qr/PD252.*ask for a new one/, "after a stop ($mode): used, it attests nobody");
	like(attest($primary, $unused), qr/PD252.*ask for a new one/, '... nor does one that could have been used');
	TokenIssuer::wait_for_memory($primary);
	like(attest($primary, $used), qr/PD252.*ask for a new one/, '... nor later');
	$used = token();
	is(attest($primary, $used), 'dev_x_1', '... a new one does');
}

# A crash that the postmaster survives: only shared memory begins anew.
$primary->append_conf('postgresql.conf', 'restart_after_crash = on');
$primary->reload;
my $checkpointer = q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'};
my $pid = $primary->safe_psql('postgres', $checkpointer);
kill 'KILL', $pid;
$primary->poll_query_until('postgres', "SELECT count(*) = 1 FROM ($checkpointer) AS c WHERE pid <> $pid") or die;
my $renewed = time;
like(attest($primary, $used), qr/PD252.*ask for a new one/, 'after a crash of a process: used, it attests nobody');
sleep 1 while time <= $renewed + 6;
$used = token();
is(attest($primary, $used), 'dev_x_1', '... a new one does');

$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
$used = token();
is(attest($primary, $used), 'dev_x_1', 'a token used on the primary');
like(attest($standby, $used), qr/PD252.*a standby cannot tell/, '... attests nobody on its standby');
TokenIssuer::wait_for_memory($standby);
$used = token();
is(attest($primary, $used), 'dev_x_1', 'another, when the standby has been there for long');
$primary->stop('immediate');
$standby->promote;
$standby->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()') or die;
like(attest($standby, $used), qr/PD252.*ask for a new one/, '... attests nobody after its promotion');
my $promoted = time;
sleep 1 while time <= $promoted + 6;
like(attest($standby, $used), qr/PD252.*ask for a new one/, '... nor later');
is(attest($standby, token()), 'dev_x_1', '... a new one does');
done_testing();
