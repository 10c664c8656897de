# Fail closed when the library is not preloaded (rule X-1).
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PdauthCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PdauthCluster::new_cluster('preload', preload => 0);
$node->start;

my ($status, $out, $err) = $node->psql('postgres', 'CREATE EXTENSION pdauth CASCADE', extra_params => [ '-v', 'VERBOSITY=verbose' ]);
isnt($status, 0, 'CREATE EXTENSION is refused without preload');
like($err, qr/PD001/, '... with the SQLSTATE of rule X-1');
like($err, qr/HINT:.*shared_preload_libraries/, '... and says how to fix it');

PdauthCluster::preload($node, 1);
$node->restart;
($status, $out, $err) = $node->psql('postgres', 'CREATE EXTENSION pdauth');
isnt($status, 0, 'CREATE EXTENSION without pgcrypto is refused');
like($err, qr/required extension "pgcrypto" is not installed.*CASCADE/s, '... and says how to fix it');

# attempt(role, sql): everything the client gets.
sub attempt
{
	my ($role, $sql) = @_;
	my ($status, $out, $err) = $node->psql('postgres', "SET ROLE $role; $sql", extra_params => [ '-v', 'VERBOSITY=verbose' ]);

	return "$out\n$err";
}

# dump_as(options, tables): what pg_dump writes and says.
sub dump_as
{
	my ($options, @tables) = @_;
	my ($out, $err) = ('', '');

	local $ENV{PGOPTIONS} = $options;
	IPC::Run::run([ 'pg_dump', '-a', (map { ('-t', $_) } @tables), $node->connstr('postgres') ], '>', \$out, '2>', \$err);
	return "$out\n$err";
}

sub server_with_library
{
	PdauthCluster::preload($node, $_[0]);
	$node->restart;
}

append_to_file($node->data_dir . '/remote.csv', "canary\n");
$node->safe_psql('postgres', q{
	CREATE EXTENSION pdauth CASCADE;
	CREATE EXTENSION file_fdw;
	CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
	CREATE ROLE reader;
	CREATE ROLE narrow;
	CREATE ROLE keeper;
	CREATE ROLE passer BYPASSRLS;
	CREATE ROLE stranger;
	GRANT CREATE ON SCHEMA public TO keeper;
	CREATE TABLE secret (id integer, content text, division text);
	INSERT INTO secret SELECT 1, 'canary', '530100' FROM generate_series(1, 10);
	ANALYZE secret;
	CREATE TABLE tree (id integer, content text, division text) PARTITION BY LIST (id);
	CREATE TABLE leaf PARTITION OF tree FOR VALUES IN (1);
	CREATE TABLE joins (id integer, content text, division text);
	CREATE MATERIALIZED VIEW summary AS SELECT content FROM secret;
	CREATE FOREIGN TABLE remote (content text) SERVER files OPTIONS (filename 'remote.csv');
	GRANT SELECT ON secret, tree, leaf, joins TO reader, narrow, passer, stranger;
	ALTER TABLE secret OWNER TO keeper;
	ALTER TABLE tree OWNER TO keeper;
	ALTER TABLE leaf OWNER TO keeper;
	ALTER TABLE joins OWNER TO keeper;
	ALTER MATERIALIZED VIEW summary OWNER TO keeper;
	-- planted by an owner who hopes that ours is then not made
	CREATE POLICY pdauth_guard ON secret USING (true);
	INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES ('keeper', 'test', 'test');
	SELECT pdauth.protect('secret', 'test/secret', region_column => 'division');
	SELECT pdauth.mask('secret', 'content', 'VALUE NULL', level => 'important');
	SELECT pdauth.protect('tree', 'test/tree', region_column => 'division');
	SELECT pdauth.protect('summary', 'test/summary');
	SELECT pdauth.protect('remote', 'test/remote');
	SELECT pdauth.create_masked_view('secret', 'public.shown', '{reader}');
	INSERT INTO pdauth.license (licensee, scope, basis) VALUES
	('reader', '{read on test(*) for test in 530000 during [2026-01-01,) level core}', 'test'),
	('narrow', '{read on test(*) for test in 530000 during [2026-01-01,) level general}', 'test');
	SET ROLE keeper;
	CREATE TABLE later PARTITION OF tree FOR VALUES IN (2);
	ALTER TABLE tree ATTACH PARTITION joins FOR VALUES IN (3);
	INSERT INTO tree VALUES (1, 'canary', '530100'), (2, 'canary', '530100'), (3, 'canary', '530100');
	CREATE TABLE copy AS TABLE secret;
});
is($node->safe_psql('postgres', 'SET ROLE reader; SELECT DISTINCT content FROM secret'), 'canary', 'the licensee reads');
is($node->safe_psql('postgres', 'SELECT relation FROM pdauth.protected_relation WHERE storage_guarded ORDER BY relation::text'),
	"copy\njoins\nlater\nleaf\nsecret\nsummary", 'what is stored is guarded: copies, partitions made or attached later, materialized views');

server_with_library(0);
my @tables = ('secret', 'tree', 'leaf', 'later', 'joins', 'copy', 'summary');
my @queries = ('SELECT content FROM secret', 'SELECT count(*) FROM secret', 'COPY secret TO STDOUT', 'SELECT s FROM secret AS s',
	'UPDATE secret SET id = 2 RETURNING content', 'SELECT content FROM shown', 'ALTER TABLE secret DISABLE ROW LEVEL SECURITY',
	'ALTER TABLE secret SET ACCESS METHOD heap', 'CREATE INDEX ON secret (content)', q{LOAD 'pdauth'; SELECT content FROM secret},
	map { "SELECT content FROM $_" } @tables);
for my $role ('reader', 'narrow', 'stranger', 'keeper', 'passer', 'pdauth_policy_admin', 'postgres')
{
	for my $query (@queries)
	{
		my $answer = attempt($role, $query);

		like($answer, qr/ERROR:/, "without the library, $role: $query fails");
		unlike($answer, qr/canary/, '... and shows nothing');
	}
}
for my $role ('reader', 'passer', 'postgres')
{
	like(attempt($role, 'SELECT content FROM secret'), qr/PD001: pdauth is not loaded by the server.*DETAIL:.*X-1.*HINT:.*shared_preload_libraries/s,
		"... $role is told why, and how to mend it");
}
for my $table (@tables)
{
	my $dump = dump_as('', $table);

	unlike($dump, qr/canary/, "pg_dump of $table as superuser gets nothing");
	like($dump, qr/pdauth is not loaded by the server/, '... and is told why') unless $table eq 'summary' || $table eq 'tree';
}
like(dump_as("-c pdauth.break_glass=backup", 'secret'), qr/canary/, 'pg_dump under break-glass works');
is($node->safe_psql('postgres', q{SET pdauth.break_glass = 'emergency 3'; SELECT DISTINCT content FROM secret}), 'canary', 'break-glass opens');
like(slurp_file($node->logfile), qr/break_glass opens protected tables of a server without the library to "postgres": emergency 3/, '... and is recorded');
unlike(attempt('passer', q{SELECT set_config('pdauth.break_glass', 'mine', false); SELECT content FROM secret}), qr/canary/, '... not to others');

# What stays open, as doc/security-limits.md says.
like(attempt('postgres', 'SELECT content FROM remote'), qr/canary/, 'pinned: foreign tables, to superusers');
like(attempt('postgres', q{SELECT most_common_vals FROM pg_stats WHERE tablename = 'secret'}), qr/canary/, 'pinned: planner statistics, to superusers');
unlike(attempt('keeper', q{SELECT most_common_vals FROM pg_stats WHERE tablename = 'secret'}), qr/canary/, '... not to the owner');

# Whoever wants masked views to work there chooses the lesser guard, table by table.
server_with_library(1);
unlike(attempt('keeper', q{SELECT pdauth.guard_storage('secret', false)}), qr/^f$/m, 'the owner does not choose it');
like(attempt('postgres', q{SELECT pdauth.guard_storage('secret', false)}), qr/PD002.*HINT:.*break_glass/s, '... nor does a superuser');
like(attempt('pdauth_policy_admin', q{SELECT pdauth.guard_storage('secret', false)}), qr/^f$/m, '... but a policy administrator');
is($node->safe_psql('postgres', q{SELECT object FROM pdauth.health_check() WHERE finding ~ 'storage is not guarded'}), 'public.secret', '... and the health check says so');
server_with_library(0);
like(attempt('reader', 'SELECT DISTINCT content FROM shown'), qr/^canary$/m, 'then masked views answer');
# they ask about one row's division, so a condition on other columns cannot be tested
my $license = q{UPDATE pdauth.license SET revoke_reason = 'next' WHERE licensee = 'reader'::regrole AND revoked_at IS NULL;
	INSERT INTO pdauth.license (licensee, scope, basis, row_filter) VALUES ('reader', '{read on test(*) for test in 530000 during [2026-01-01,) level core}', 'test', %s)};
$node->safe_psql('postgres', sprintf($license, q{'id > 0'}));
unlike(attempt('reader', 'SELECT content FROM shown'), qr/canary/, '... with no row under a row filter');
$node->safe_psql('postgres', sprintf($license, 'NULL'));
like(attempt('reader', 'SELECT DISTINCT content FROM shown'), qr/^canary$/m, '... and with all again without it');
for my $role ('reader', 'narrow', 'stranger', 'keeper')
{
	unlike(attempt($role, $_), qr/canary/, "... and the guard policy refuses $role: $_")
		for 'SELECT content FROM secret', 'COPY secret TO STDOUT', 'UPDATE secret SET id = 2 RETURNING content';
}
like(attempt('passer', 'SELECT content FROM secret'), qr/canary/, '... not BYPASSRLS');
like(attempt('postgres', 'SELECT content FROM secret'), qr/canary/, '... nor superusers');

is($node->safe_psql('postgres', q{SELECT severity, object FROM pdauth.health_check() WHERE finding ~ 'shared_preload_libraries'}),
	'error|server', 'the health check works without the library and says so');
like($node->safe_psql('postgres', 'SELECT relation, guarded FROM pdauth.protected_relation'), qr/^secret\|t$/m, '... and so do the views');

server_with_library(1);
is($node->safe_psql('postgres', q{SET ROLE pdauth_policy_admin; SELECT pdauth.guard_storage('secret')}), 't', 'guarded again');
is($node->safe_psql('postgres', 'SET ROLE reader; SELECT DISTINCT content FROM secret'), 'canary', 'with the library back the licensee reads again');
($status, $out, $err) = $node->psql('postgres', 'DROP EXTENSION pdauth CASCADE', extra_params => [ '-v', 'VERBOSITY=verbose' ]);
like($err, qr/PD002.*break_glass/s, 'dropping the extension over protected tables needs break-glass');
$node->safe_psql('postgres', q{SET pdauth.break_glass = 'test'; DROP EXTENSION pdauth CASCADE});
($status, $out, $err) = $node->psql('postgres', 'SELECT content FROM secret', extra_params => [ '-v', 'VERBOSITY=verbose' ]);
like($err, qr/PD205/, 'dropping the extension opens nothing: the label stays');
is($node->safe_psql('postgres', q{SET pdauth.break_glass = 'test'; SELECT DISTINCT content FROM secret}), 'canary', '... and drops no data');
is($node->safe_psql('postgres', q{SELECT DISTINCT m.amname FROM pg_class AS c JOIN pg_am AS m ON m.oid = c.relam WHERE c.relname IN ('secret', 'leaf', 'summary')}), 'heap', '... which are stored as before');
$node->stop;

done_testing();
