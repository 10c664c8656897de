# doc/law-guide.md and its Chinese page are what the catalogue of rules and the
# sources say; make law-guide writes them.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PdauthCluster;
use RuleCatalogue;
use Test::More;

my $tree = "$FindBin::RealBin/../..";
my $node = PdauthCluster::new_cluster('guide', init => { extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ] });
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION pdauth CASCADE');
my $ask = RuleCatalogue::asker('psql', '-d', $node->connstr('postgres'));
for my $page ([ 'doc/law-guide.md', 'en' ], [ 'doc/zh/law-guide.md', 'zh' ])
{
	my ($path, $language) = @$page;
	my $written = RuleCatalogue::content("$tree/$path");
	my $now = RuleCatalogue::law_guide($ask, $tree, $language);
	my @lines = split /\n/, $now;
	is(scalar(grep { /^\| [RX]-/ } @lines), ($ask->('SELECT count(*) FROM pdauth.rule'))[0], "$path has a line for each rule");
	ok($written eq $now, "$path is up to date") or diag "run make law-guide; it would write, among others: ", grep { index($written, $_) < 0 } @lines;
	is(join("\n", grep { /\|\s*\|$/ } @lines), '', "each rule of $path lives somewhere");
}
$node->stop;

done_testing();
