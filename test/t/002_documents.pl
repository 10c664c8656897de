# Every SQL block of the README and of doc/ works when pasted, page by page and
# in order, and gives what the page shows.  A page with SQL that nobody listed
# here fails: say what its reader has before he begins.  Each page is there in
# Chinese, with the same SQL.  Links lead to files and headings that are there.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PdauthCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $top = "$FindBin::RealBin/../..";

# A key made by openssl with these arguments, in a file outside the data directory.
sub key_file
{
	my $file = PostgreSQL::Test::Utils::tempdir_short() . '/key';
	IPC::Run::run([ 'openssl', @_, '-out', $file ]) or die 'openssl failed';
	return $file;
}

# What the reader has: SQL run before the first block.  And what the page's output must and must not show, and what it leaves behind.
my %page = (
	'README.md' => {
		before => '',
		shows => [ qr/^张三\|138\*\*\*\*5678\|532901$/m ],
		hides => [ qr/李四|13812345678/ ] },
	'doc/app-guide.md' => {
		before => 'CREATE EXTENSION pdauth CASCADE',
		shows => [ qr/^1\|张三\|138\*\*\*\*5678\|532901$/m, qr/^1\|张三\|138\*\*\*\*5678\|\n2\|李四\|139\*\*\*\*4321\|$/m, qr/^column\|mobile\|masked\|/m ],
		hides => [ qr/13812345678|13987654321/ ] },
	'doc/bi-guide.md' => {
		before => 'CREATE EXTENSION pdauth CASCADE',
		shows => [ qr/^1\|张\*\|80000\.00\|1990-01-01\|532901\n2\|王\*\|80000\.00\|1988-01-01\|532901$/m, qr/^name\|character varying\|20\|$/m, qr/^532901\|2\|160000\.00$/m, qr/^duties\|How many\.$/m ],
		hides => [ qr/李四|81250|1979/ ] },
	'doc/dba-handbook.md' => {
		before => 'CREATE EXTENSION pdauth CASCADE',
		recording => 1,
		shows => [ qr/^summary\|\d+ sealed\|0 unsealed$/m, qr/^postgres\|ticket 4711: repair of a wrong division$/m, qr/^break glass\|\|1$/m ],
		hides => [ qr/13800000001|^error/m ],
		leaves => [ q{SELECT mobile, (SELECT count(*) FROM pg_seclabels), (SELECT count(*) FROM pg_policy), (SELECT relforcerowsecurity FROM pg_class WHERE oid = tableoid) FROM office.person}, "13800000001|0|0|f\n" ] },
	'doc/audit.md' => {
		before => 'CREATE EXTENSION pdauth CASCADE; GRANT pdauth_policy_admin TO CURRENT_USER',
		recording => 1,
		shows => [ qr/^certain\|I\|department\|/m, qr/^summary\|0 unsealed$/m ],
		hides => [ qr/13800000001/ ] },
	'doc/auditor-guide.md' => {
		before => q{
			CREATE EXTENSION pdauth CASCADE;
			CREATE TABLE visit (id integer PRIMARY KEY);
			SELECT pdauth.audit('visit');
			INSERT INTO visit SELECT generate_series(1, 20);
			SELECT pdauth.seal();
			ALTER DATABASE postgres SET pdauth.checkpoint_origin = 'data.example.gov.cn/audit/office';},
		before_at => sub { "ALTER DATABASE postgres SET pdauth.checkpoint_key_file = '" . key_file('genpkey', '-algorithm', 'ed25519') . "'" },
		shows => [ qr/^t$.*^t$/ms ],
		hides => [ qr/\bfinding\b/ ] },
	'doc/masks.md' => {
		before => q{
			CREATE EXTENSION pdauth CASCADE;
			CREATE SCHEMA app;
			CREATE SCHEMA reporting;
			CREATE ROLE bi_reader;
			CREATE TABLE app.person (mobile text, salary bigint, remark text);
			SELECT pdauth.protect('app.person', 'civil/person');
			ALTER DATABASE postgres SET search_path = app;},
		shows => [],
		hides => [] },
	'doc/regulation.md' => {
		before => q{
			CREATE EXTENSION pdauth CASCADE;
			CREATE EXTENSION pgtap;
			BEGIN;
			\cd test/pgtap
			\ir include/fixture.sql
			\ir include/authorisation.sql
			SELECT t.resource('transport/traffic_flow', 'yn_transport'), t.at('2026-09-22 10:00');
			SELECT t.draft_plan('K-1', 'km_center', '530100'), t.submit_plan('K-1', 'km_center'), t.argue_plan('K-1', 'km_center'), t.send_plan('K-1', 'km_center');
			SET CONSTRAINTS ALL DEFERRED;
			SET ROLE km_gov_1;},
		together => 'SET CONSTRAINTS ALL IMMEDIATE;',    # what a commit would check
		shows => [ qr/^approved$/m ],
		hides => [] },);

# run($node, SQL): output and errors, or die.
sub run
{
	my ($node, $sql) = @_;
	my ($out, $err) = ('', '');
	my $status = IPC::Run::run([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('postgres') ], '<', \$sql, '>', \$out, '2>', \$err);
	return ($status, $out, $err);
}

my $readme = slurp_file("$top/README.md");
like($readme, qr/^ 张三 \| 138\*\*\*\*5678 \| 532901$/m, 'the README shows what the analyst sees');

# sql_blocks(path): the SQL blocks of a page.
sub sql_blocks
{
	return slurp_file("$top/$_[0]") =~ /^```sql\n(.*?)^```/msg;
}

my $seen = 0;
for my $path ('README.md', map { "doc/$_" } sort grep { /\.md$/ } map { s{.*/}{}r } glob "$top/doc/*.md")
{
	my @blocks = sql_blocks($path) or next;
	my $page = delete $page{$path};
	ok($page, "$path is tried here") or next;
	my $node = PdauthCluster::new_cluster('page' . ++$seen, recording => $page->{recording}, init => { extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ] });
	$node->start;
	chdir $top or die;
	my $before = $page->{before};
	# one session where what the reader has lasts no longer
	@blocks = join('', $before, "\n", @blocks, $page->{together}) if $page->{together};
	unless ($page->{together})
	{
		my ($status, undef, $err) = run($node, $before);
		die "$path: $err" unless $status;
		run($node, $page->{before_at}->()) if $page->{before_at};
	}
	my $given = '';
	for my $block (@blocks)
	{
		my ($status, $out, $err) = run($node, $block);
		my ($first) = $page->{together} ? 'all of it' : split /\n/, $block;
		ok($status, "$path works: $first") or diag $err;
		$given .= $out;
	}
	like($given, $_, "$path gives $_") for @{ $page->{shows} };
	unlike($given, $_, "$path does not give $_") for @{ $page->{hides} };
	is((run($node, $page->{leaves}[0]))[1], $page->{leaves}[1], "$path leaves what it says") if $page->{leaves};
	$node->stop;
}
is(join(' ', sort keys %page), '', 'no page is listed that has no SQL');

# The Chinese pages: each of the English ones, the same statements, comments apart.
is(join(' ', grep { !-e "$top/doc/zh/$_" } map { s{.*/}{}r } "$top/README.md", glob "$top/doc/*.md"), '', 'each page is there in Chinese');
for my $path (map { s{.*/}{}r } glob "$top/doc/zh/*.md")
{
	my $english = $path eq 'README.md' ? $path : "doc/$path";
	ok(-e "$top/$english", "doc/zh/$path has an English page") or next;
	my ($here, $there) = map { join "\n", map { s/\s*--.*//gmr } sql_blocks($_) } ("doc/zh/$path", $english);
	is($here, $there, "doc/zh/$path has the SQL of $english");
}

# The lines of the server log that the handbook explains are in the sources.
my $sources = join "\n", map { slurp_file($_) } glob("$top/src/*.c $top/sql/*.sql");
$sources =~ s/\\"/"/g;
for my $page ('doc/dba-handbook.md', 'doc/zh/dba-handbook.md')
{
	my ($table) = slurp_file("$top/$page") =~ /^\| (?:line|行) \|[^\n]*\n\|---\|---\|\n((?:\|[^\n]*\n)+)/m;
	my @lines = map { (split / \| /)[0] =~ /`([^`]+)`/g } split /\n/, $table;
	cmp_ok(scalar @lines, '>=', 10, "$page explains lines of the log");
	my @unknown = grep { !in_order($sources, split / ?\.\.\. ?/) } @lines;
	is(join("\n", @unknown), '', '... that pdauth writes');
}

# in_order(text, pieces): does a line of the text hold the pieces, one after the other?
sub in_order
{
	my ($text, @pieces) = @_;
	my $pattern = join '[^\n]*?', map { quotemeta } @pieces;
	return $text =~ /$pattern/;
}

# Links, with headings as GitHub names them.
sub headings
{
	my ($text) = @_;
	my %heading;
	for my $title (slurp_file($text) =~ /^#+ (.*)$/mg)
	{
		utf8::decode($title);
		$title =~ s/[^\w\- ]//g;
		$heading{ lc($title) =~ tr/ /-/r } = 1;
	}
	return \%heading;
}
my @broken;
for my $page ("$top/README.md", glob("$top/doc/*.md"), glob("$top/doc/zh/*.md"))
{
	my ($place, $name) = $page =~ m{^(.*)/([^/]+)$};
	for my $link (slurp_file($page) =~ /\]\((?!https?:)([^)\s]+)\)/g)
	{
		my ($file, $heading) = split /#/, $link;
		my $target = "$place/" . (length $file ? $file : $name);
		utf8::decode($heading) if defined $heading;
		push @broken, "$name: $link" unless -e $target && (!defined $heading || headings($target)->{$heading});
	}
}
is(join("\n", @broken), '', 'each link leads somewhere');

done_testing();
