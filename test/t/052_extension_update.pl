# ALTER EXTENSION pdauth UPDATE: from each released version the database becomes
# what a fresh one is, object by object and row by row.  As long as none is
# released, a next version made up here shows that this is so, and that whatever
# its update script forgets is found.
use strict;
use warnings;
use File::Basename qw(dirname);
use File::Copy qw(copy);
use File::Path qw(make_path);
use FindBin;
use lib $FindBin::RealBin, "$FindBin::RealBin/../topology";
use Office;
use PdauthCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $top = "$FindBin::RealBin/../..";
my ($version) = slurp_file("$top/pdauth.control") =~ /^default_version = '(.*)'$/m;
like(slurp_file("$top/sql/000_schema.sql"), qr/\A-- pdauth \Q$version\E\n/, 'the script names the version');
like(slurp_file("$top/debian/changelog"), qr/\Apdauth \(\Q$version\E-/, 'the Debian package, too');

# A directory of extensions of our own, to which scripts can be added.
my ($setting, $root) = $ENV{PDAUTH_EXTENSION_SETTING} =~ /^(\w+)=([^:]*)/;
my $node = PdauthCluster::new_cluster('updated', init => { extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ] });
my $shared = $setting eq 'extension_destdir' ? $node->config_data('--sharedir') : '';
my ($place, $library) = (PostgreSQL::Test::Utils::tempdir(), $node->config_data('--pkglibdir'));
my $scripts = "$place$shared/extension";
make_path($scripts, dirname("$place$library"));
symlink "$root$library", "$place$library" or die "$!" if $shared;    # one file, which is loaded once
copy($_, $scripts) or die "$_: $!" for glob("$root$shared/extension/pdauth*"), glob("$top/test/upgrade/pdauth--*.sql");
$node->append_conf('postgresql.conf', "$setting = '" . ($shared ? $place : "$place:\$system") . "'");
my $installed = slurp_file("$scripts/pdauth--$version.sql");

# What the update script to the next version has to do, and how the difference
# shows if it forgets it.
my @next = (
	[ q{CREATE FUNCTION pdauth.next_step(step integer) RETURNS integer LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS 'SELECT $1 + 1'}, qr/^CREATE FUNCTION pdauth\.next_step\(/m ],
	[ q{CREATE OR REPLACE FUNCTION pdauth.refuse_truncate() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS 'BEGIN RAISE EXCEPTION ''next''; END'}, qr/RAISE EXCEPTION 'next'/ ],
	[ 'GRANT EXECUTE ON FUNCTION pdauth.seal() TO PUBLIC', qr/Name: FUNCTION seal\(\); Type: ACL/ ],
	[ q{COMMENT ON FUNCTION pdauth.version() IS 'The next version.'}, qr/^COMMENT ON FUNCTION pdauth\.version\(\) IS 'The next version\.'/m ],
	[ 'ALTER TABLE pdauth.license ADD COLUMN next_note text', qr/^CREATE TABLE pdauth\.license \(.*^\s+next_note text/ms ],
	[ q{ALTER TABLE pdauth.license ADD CONSTRAINT next_basis CHECK (basis <> 'next')}, qr/CONSTRAINT next_basis CHECK/ ],
	[ q{ALTER TABLE pdauth.custodian ALTER COLUMN basis SET DEFAULT 'next'}, qr/^CREATE TABLE pdauth\.custodian \(.*basis text DEFAULT 'next'/ms ],
	[ 'CREATE INDEX license_next ON pdauth.license (issued_at)', qr/^CREATE INDEX license_next /m ],
	[ 'CREATE TABLE pdauth.next_table (id integer PRIMARY KEY)', qr/^CREATE TABLE pdauth\.next_table /m ],
	[ q{SELECT pg_catalog.pg_extension_config_dump('pdauth.next_table', '')}, qr/^> dumped pdauth\.next_table$/m ],
	[ 'CREATE TRIGGER next_trigger AFTER INSERT ON pdauth.license FOR EACH STATEMENT EXECUTE FUNCTION pdauth.forget_cached_rows()', qr/^CREATE TRIGGER next_trigger /m ],
	[ 'ALTER TABLE pdauth.exclusion ENABLE TRIGGER refuse_truncate', qr/Name: exclusion refuse_truncate; Type: TRIGGER/ ],
	[ 'CREATE POLICY next_policy ON pdauth.plan AS RESTRICTIVE USING (true)', qr/^CREATE POLICY next_policy /m ],
	[ 'CREATE VIEW pdauth.next_view AS SELECT 1 AS one', qr/^CREATE VIEW pdauth\.next_view /m ],
	[ 'DROP FUNCTION pdauth.check_preload()', qr/^CREATE FUNCTION pdauth\.check_preload\(/m ],
	[ q{ALTER TABLE pdauth.capacity DISABLE TRIGGER keep_extension_data; INSERT INTO pdauth.capacity SELECT (jsonb_populate_record(c, '{"capacity": "next"}')).* FROM pdauth.capacity AS c LIMIT 1; ALTER TABLE pdauth.capacity ENABLE ALWAYS TRIGGER keep_extension_data}, qr/^> pdauth\.capacity \{.*"next"/m ]);

# script(name, what comes before, forgotten): with all statements but that one.
sub script
{
	my ($name, $before, $forgotten) = @_;
	open my $file, '>', "$scripts/$name.sql" or die $!;
	print {$file} $before, map { $next[$_][0] . ";\n" } grep { $_ != ($forgotten // -1) } 0 .. $#next;
	close $file or die $!;
	return;
}
script('pdauth--9.0.0', $installed);
script("pdauth--$version--9.0.0", '');
my $forgotten = 3;
script("pdauth--$version--9.0.1", '', $forgotten);

$node->start;
sub install { my ($database, $wanted) = @_; $node->safe_psql('postgres', "CREATE DATABASE $database"); $node->safe_psql($database, "CREATE EXTENSION pgcrypto; CREATE EXTENSION pdauth VERSION '$wanted'"); return }

# All members of the extension, as pg_upgrade makes them anew: each an entry of a
# dump, without numbers that differ from database to database.
sub objects
{
	my ($database) = @_;
	my ($out, $err) = run_command([ 'pg_dump', '--schema-only', '--binary-upgrade', $node->connstr($database) ]);
	die $err unless $out =~ /database dump complete/;
	my @entries = split /^--\n(?=-- Name: )/m, $out;
	for (@entries)
	{
		s/^SELECT pg_catalog\.binary_upgrade_.*\n//mg;
		s/^SET default_t.*\n//mg;
		s/^UPDATE pg_catalog\.pg_class\n.*?;\n//msg;    # relfrozenxid
		s/^-- (?:For binary upgrade|Started|Dumped).*\n//mg;
		s/^\\(?:un)?restrict .*\n//mg;
	}
	# which tables are dumped, and what the extension has put into its own, but for how far the worker has got
	push @entries, split /\n/, $node->safe_psql($database, q{SELECT 'dumped ' || unnest(extconfig)::regclass FROM pg_extension WHERE extname = 'pdauth' ORDER BY 1});
	my @tables = split /\n/, $node->safe_psql($database, q{SELECT c.oid::regclass FROM pg_class AS c WHERE c.relnamespace = 'pdauth'::regnamespace AND c.relkind = 'r' AND c.relname NOT LIKE 'audit\_%' AND c.relname <> 'detection' ORDER BY 1});
	my $moment = q{SELECT coalesce(array_agg(attname::text), '{}') FROM pg_attribute WHERE attrelid = '%1$s'::regclass AND atttypid = 'timestamptz'::regtype};
	push @entries, split /\n/, $node->safe_psql($database, join "\nUNION ALL\n", map { "SELECT '$_ ' || (to_jsonb(t) - (" . sprintf($moment, $_) . "))::text FROM $_ AS t" } @tables);
	return \@entries;
}

# What one has and the other has not.
sub differences
{
	my ($left, $right) = @_;
	my %count;

	$count{$_}++ for @$left;
	$count{$_}-- for @$right;
	return map { ($count{$_} > 0 ? '< ' : '> ') . $_ } sort grep { $count{$_} } keys %count;
}

# from(version): an office at work is updated, and is then what a fresh one is.
sub from
{
	my ($old, $new, $fresh) = @_;
	$node->safe_psql('postgres', 'CREATE DATABASE work');
	open_office($node, 'work', $old);
	$node->safe_psql('work', 'SELECT pdauth.seal()');
	$node->safe_psql('work', "ALTER EXTENSION pdauth UPDATE TO '$new'");
	rules_hold($node, "from $old", 'work');
	log_goes_on($node, "from $old", 'work');
	install('updated', $old);
	$node->safe_psql('updated', "ALTER EXTENSION pdauth UPDATE TO '$new'");
	is(join("\n", differences(objects('updated'), $fresh)), '', "from $old to $new: the same as fresh");
	$node->safe_psql('postgres', "DROP DATABASE $_") for 'work', 'updated';
	return;
}

install('fresh', $version);
my $fresh = objects('fresh');
is($node->safe_psql('fresh', q{SELECT pdauth.version() = extversion FROM pg_extension WHERE extname = 'pdauth'}), 't', 'library and script are of one version');
for my $old (map { m{/pdauth--([^/]*)\.sql$} } glob "$top/test/upgrade/pdauth--*.sql")
{
	from($old, $version, $fresh);
}

install('next', '9.0.0');
my $next = objects('next');
my $found = join "\n", differences($fresh, $next);
like($found, $_->[1], "found: $_->[0]") for @next;
from($version, '9.0.0', $next);
$node->safe_psql('fresh', "ALTER EXTENSION pdauth UPDATE TO '9.0.1'");
my @lacking = differences(objects('fresh'), $next);
like(join("\n", @lacking), $next[$forgotten][1], 'what an update script forgot is found');
is(join("\n", grep { !/FUNCTION version\(\); Type: COMMENT/ } @lacking), '', '... and nothing else');
like($node->safe_psql('next', 'SELECT finding FROM pdauth.health_check()'), qr/9\.0\.0/, 'a library of another version than the script is reported');
$node->stop;
done_testing();
