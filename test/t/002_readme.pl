# The SQL of the README and of doc/audit.md works when pasted, and the README's
# gives what it shows.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PdauthCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $readme = slurp_file("$FindBin::RealBin/../../README.md");
my ($sql) = $readme =~ /^```sql\n(.*?)^```/ms or die 'README has no SQL block';
my ($shown) = $readme =~ /^```\n( name .*?)^```/ms or die 'README shows no result';

my $node = PdauthCluster::new_cluster('readme', init => { extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ] });
$node->start;
my ($out, $err) = ('', '');
my $status = IPC::Run::run([ 'psql', '-X', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('postgres') ],
	'<', \$sql, '>', \$out, '2>', \$err);
ok($status, 'every statement succeeds') or diag $err;
like($out, qr/\Q$shown\E\(1 row\)/, 'the analyst sees what the README says');
$node->stop;

my $page = slurp_file("$FindBin::RealBin/../../doc/audit.md");
my @blocks = $page =~ /^```sql\n(.*?)^```/msg;
cmp_ok(scalar @blocks, '>=', 5, 'doc/audit.md has SQL');
$node = PdauthCluster::new_cluster('audit_page', recording => 1, init => { extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ] });
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION pdauth CASCADE; GRANT pdauth_policy_admin TO CURRENT_USER');
my $given = '';
for my $block (@blocks)
{
	($out, $err) = ('', '');
	ok(IPC::Run::run([ 'psql', '-XAt', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('postgres') ], '<', \$block, '>', \$out, '2>', \$err),
		'works: ' . (split /\n/, $block)[0]) or diag $err;
	$given .= $out;
}
like($given, qr/^certain\|I\|department\|/m, 'who wrote the row of a person is found');
like($given, qr/^summary\|0 unsealed$/m, 'the log is sealed and clean');
unlike($given, qr/13800000001/, 'the auditor sees no value that is masked in the table');
$node->stop;

done_testing();
