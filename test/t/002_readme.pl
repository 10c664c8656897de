# The README's SQL works when pasted, and gives what the README shows.
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

done_testing();
