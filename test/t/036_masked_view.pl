# Masked views on a server that did not load the library: the same decisions,
# taken while the query runs; what is not a masked view stays closed.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PdauthCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PdauthCluster::new_cluster('masked_view', init => { extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ] });
$node->start;
my @readers = qw(reader_all reader_masked reader_region reader_stranger postgres);
my @queries = ('SELECT * FROM reporting.person ORDER BY id', 'SELECT * FROM reporting.empty', 'SELECT * FROM reporting.summary ORDER BY id',
	q{SELECT count(*) FROM reporting.person WHERE full_name = 'canary1' OR salary = 12345.67});

sub ask
{
	my ($role, $sql, $database) = @_;
	my ($status, $out, $err) = $node->psql($database // 'postgres', "SET ROLE $role; $sql", extra_params => [ '-v', 'VERBOSITY=verbose' ]);
	return ($status ? ($err =~ /ERROR:\s+(\w{5}):/)[0] : $out, "$out\n$err");
}

sub answers
{
	my ($database) = @_;
	my %answers;
	for my $role (@readers)
	{
		$answers{"$role: $_"} = (ask($role, $_, $database))[0] for @queries;
	}
	return \%answers;
}

$node->safe_psql('postgres', q{
	CREATE EXTENSION pdauth CASCADE;
	GRANT pdauth_policy_admin TO CURRENT_USER;
	CREATE ROLE owner; CREATE ROLE policy IN ROLE pdauth_policy_admin;
	CREATE ROLE reader_all; CREATE ROLE reader_masked; CREATE ROLE reader_region; CREATE ROLE reader_stranger;
	CREATE SCHEMA vault AUTHORIZATION owner; CREATE SCHEMA reporting;
	GRANT USAGE ON SCHEMA vault, reporting TO PUBLIC;
	CREATE DOMAIN vault.code AS text CHECK (VALUE ~ '^[0-9]+$');
	SET ROLE owner;
	CREATE TABLE vault.person (id integer PRIMARY KEY, gone text, full_name varchar(7), code vault.code, salary numeric(10, 2), secret text, division char(6));
	ALTER TABLE vault.person DROP COLUMN gone;
	INSERT INTO vault.person VALUES (1, 'canary1', '123', 12345.67, 'canary', '530102'), (2, 'canary2', '45', -12345.67, 'canary', '532901'),
		(3, 'canary3', '6', 1, 'canary', '110101'), (4, 'canary4', NULL, NULL, NULL, NULL), (5, 'canary5', '7', 7, 'canary', '5301x2');
	CREATE TABLE vault.empty (id integer);
	CREATE MATERIALIZED VIEW vault.summary AS SELECT i AS id, ('canary' || i)::varchar(7) AS full_name, d::char(6) AS division
	  FROM (VALUES (1, '530102'), (2, '532901'), (3, '110101'), (4, NULL), (5, '5301x2')) AS v (i, d);
	RESET ROLE;
	SELECT pdauth.protect('vault.person', 'vault/person', region_column => 'division');
	SELECT pdauth.protect('vault.summary', 'vault/summary', region_column => 'division');
	SELECT pdauth.protect('vault.empty', 'vault/empty', region => '530102');
	SELECT pdauth.mask('vault.person', 'full_name', 'FUNCTION pdauth.mask_name(full_name)');
	SELECT pdauth.mask('vault.person', 'code', 'FUNCTION pdauth.mask_text(code, 1, 0)');
	SELECT pdauth.mask('vault.person', 'salary', 'FUNCTION pdauth.mask_bucket(salary, 1000)');
	SELECT pdauth.mask('vault.person', 'secret', NULL, 'core');
	SELECT pdauth.mask('vault.summary', 'full_name', 'FUNCTION pdauth.mask_name(full_name)');
	INSERT INTO pdauth.license (licensee, scope, basis) VALUES
	('reader_all', '{read on vault(*) for test in * during [2026-01-01,) level core}', 'test'),
	('reader_masked', '{read on vault(id,division) for test in 530000 during [2026-01-01,) level general}', 'test'),
	('reader_region', '{read on vault(*) for test in 530100 during [2026-01-01,) level important; read on vault(id,division) for test in 532900 during [2026-01-01,) level general}', 'test');
	SELECT pdauth.create_masked_view('vault.' || name, 'reporting.' || name, '{reader_all,reader_masked,reader_region,reader_stranger}')
	  FROM unnest('{person,summary,empty}'::text[]) AS name;
	GRANT SELECT ON vault.person TO reader_all, reader_masked;
	-- or no masked view would open them without the library
	SELECT pdauth.guard_storage(relation, false) FROM pdauth.protected_relation;
});
my $expected = answers();
is($expected->{'reader_all: SELECT * FROM reporting.person ORDER BY id'} =~ tr/\n//, 4, 'with the library: one reads all');
like($expected->{'reader_region: SELECT * FROM reporting.person ORDER BY id'}, qr/^1\|canary1\|123\|12345\.67\|\|530102\n2\|c\*{6}\|4\*\|-12000\.00\|\|532901$/, '... one by region');
is($expected->{'reader_stranger: SELECT * FROM reporting.empty'}, 'PD205', '... a stranger is refused, even where there is no row');
is($expected->{'postgres: SELECT * FROM reporting.person ORDER BY id'}, 'PD205', '... a superuser too');

# A dump that somebody restores elsewhere keeps working views.
my $dump = "$ENV{TESTDATADIR}/masked_view.sql";
local $ENV{PGOPTIONS} = '-c pdauth.break_glass=test';
$node->command_ok([ 'pg_dump', '-f', $dump, $node->connstr('postgres') ], 'dumped');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $dump, $node->connstr('restored') ], 'restored');
delete $ENV{PGOPTIONS};
is_deeply(answers('restored'), $expected, 'the restored views answer the same');

PdauthCluster::preload($node, 0);
$node->restart;
is_deeply(answers(), $expected, 'without the library: the same answers');
is_deeply(answers('restored'), $expected, '... in the restored database');
for my $role (@readers)
{
	my ($answer, $all) = ask($role, 'SELECT * FROM vault.person');
	like($answer, $role eq 'postgres' ? qr/canary/ : $role =~ /all|masked/ ? qr/^PD001$/ : qr/^42501$/, "$role: the table itself");
}
my ($answer, $all) = ask('owner', 'SELECT * FROM vault.person');
is($answer, 'PD001', 'the owner does not read it either');
($answer, $all) = ask('reader_masked', q{CREATE FUNCTION pg_temp.spy(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$ BEGIN RAISE NOTICE 'saw %', $1; RETURN true; END $$;
	SELECT id FROM reporting.person WHERE pg_temp.spy(full_name) AND pg_temp.spy(secret) AND pg_temp.spy(division)});
like($all, qr/saw c\*{6}/, 'a leaky function sees masked values');
unlike($all, qr/canary|110101/, '... and no value or row beyond the license');
($answer, $all) = ask('reader_masked', 'EXPLAIN (ANALYZE, VERBOSE) SELECT * FROM reporting.person');
unlike($all, qr/canary/, 'EXPLAIN shows no value');
($answer, $all) = ask('reader_masked', 'SELECT full_name::integer FROM reporting.person');
unlike($all, qr/canary/, 'an error shows no value');
($answer) = ask('reader_masked', 'DELETE FROM reporting.person');
is($answer, '42501', 'nothing can be deleted through it');

# A revocation, a membership, a purpose and a day count at once, in an open transaction and for a prepared statement, too.
($answer, $all) = ask('reader_masked', q{PREPARE p AS SELECT count(*) FROM reporting.person; EXECUTE p; BEGIN; EXECUTE p; RESET ROLE;
	UPDATE pdauth.license SET revoke_reason = 'test' WHERE licensee = 'reader_masked'::regrole; SET ROLE reader_masked; EXECUTE p; ROLLBACK});
is($answer, 'PD205', 'revoked in the same transaction: refused');
$node->safe_psql('postgres', 'GRANT reader_masked TO reader_stranger');
($answer) = ask('reader_stranger', 'SELECT count(*) FROM reporting.person');
is($answer, '2', 'a member of a licensed role reads');
$node->safe_psql('postgres', 'REVOKE reader_masked FROM reader_stranger');
($answer) = ask('reader_stranger', 'SELECT count(*) FROM reporting.person');
is($answer, 'PD205', '... until he is none');
($answer) = ask('reader_masked', "SET pdauth.purpose = 'other'; SELECT count(*) FROM reporting.person");
is($answer, 'PD216', 'a declared purpose narrows');
($answer) = ask('postgres', "SET pdauth.break_glass = 'test'; SELECT count(*) FROM reporting.person");
is($answer, '5', 'break-glass opens');

# Labels changed since: refused, as the view cannot know what they hide now.
PdauthCluster::preload($node, 1);
$node->restart;
$node->safe_psql('postgres', q{SELECT pdauth.mask('vault.person', 'full_name', 'VALUE NULL')});
is((ask('reader_masked', 'SELECT full_name FROM reporting.person WHERE id = 1'))[0], '', 'with the library a new mask holds at once');
PdauthCluster::preload($node, 0);
$node->restart;
is((ask('reader_masked', 'SELECT full_name FROM reporting.person'))[0], 'PD001', 'without it the view is refused');
like((ask('reader_masked', 'SELECT full_name FROM reporting.person'))[1], qr/HINT:.*create_masked_view/, '... and says what to do');
is((ask('postgres', q{SELECT count(*) FROM pdauth.health_check() WHERE object = 'masked view reporting.person'}))[0], '1', '... and so does the health check');
$node->safe_psql('postgres', q{SELECT pdauth.create_masked_view('vault.person', 'reporting.person', replace => true)});
is((ask('reader_masked', 'SELECT full_name FROM reporting.person WHERE id = 1'))[0], '', 'made anew it answers again');
$node->stop;

done_testing();
