# Ways out of SQL and of the session: logical decoding, loopback connections,
# publications, the server log, notifications, settings left behind.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PdauthCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PdauthCluster::new_cluster('doors', init => { allows_streaming => 'logical', extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ] });
$node->append_conf('postgresql.conf', "session_preload_libraries = 'auto_explain'\nauto_explain.log_min_duration = 0\nauto_explain.log_analyze = on\nauto_explain.log_verbose = on\nauto_explain.log_nested_statements = on\ndebug_print_plan = on\ndebug_print_rewritten = on\nlog_statement = all");
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION pdauth CASCADE;
	CREATE EXTENSION dblink;
	CREATE EXTENSION postgres_fdw;
	CREATE ROLE attacker LOGIN;
	CREATE ROLE root LOGIN SUPERUSER;
	CREATE ROLE shipper LOGIN REPLICATION;
	CREATE TABLE vault (id integer, content text, division text);
	INSERT INTO vault SELECT n, chr(99) || 'anary-' || n, '530100' FROM generate_series(1, 3) AS n;
	CREATE TABLE plain (id integer);
	GRANT SELECT ON vault TO attacker});

# attempt(user, sql): everything the client gets.
sub attempt
{
	my ($user, $sql, %options) = @_;
	my ($status, $out, $err) = $node->psql('postgres', $sql, connstr => $node->connstr('postgres') . " user=$user" . ($options{also} // ''),
		extra_params => [ '-v', 'VERBOSITY=verbose' ]);

	return $out . $err;
}

my $socket = $node->host;
my $port = $node->port;
my $slot = q{SELECT pg_create_logical_replication_slot('%s', 'test_decoding')};
my $decode = q{SELECT data FROM pg_logical_slot_peek_changes('%s', NULL, NULL)};
my $change = q{INSERT INTO vault VALUES (9, chr(99) || 'anary-9', '530100')};
my %attack = (
	'logical decoding as superuser' => [ 'root', sprintf($decode, 'before') ],
	'logical decoding as replication role' => [ 'shipper', sprintf($decode, 'before') ],
	'dblink by a superuser as oneself' => [ 'root', "SELECT * FROM dblink('host=$socket port=$port dbname=postgres user=root', 'SELECT content FROM vault') AS t(content text)" ],
	'foreign table over a loopback' => [ 'root', "SELECT * FROM loop" ],
	'notification' => [ 'attacker', "LISTEN attack; SELECT pg_notify('attack', string_agg(content, ',')) FROM vault" ],
	'event trigger' => [ 'root', q{CREATE FUNCTION spy() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN RAISE NOTICE '%', (SELECT string_agg(content, ',') FROM vault); END$$; CREATE EVENT TRIGGER spy ON ddl_command_end EXECUTE FUNCTION spy(); CREATE TABLE seen (id integer)} ]);

$node->safe_psql('postgres', sprintf($slot, 'before'));
$node->safe_psql('postgres', $change);
$node->safe_psql('postgres', qq{
	CREATE SERVER loopback FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$socket', port '$port', dbname 'postgres');
	CREATE USER MAPPING FOR root SERVER loopback OPTIONS (user 'root', password_required 'false');
	CREATE FOREIGN TABLE loop (content text) SERVER loopback OPTIONS (table_name 'vault');
	GRANT ALL ON loop TO root});
for my $name (sort keys %attack)
{
	like(attempt(@{ $attack{$name} }), qr/canary/, "$name: leaks without the defence");
}
$node->safe_psql('postgres', 'DROP EVENT TRIGGER spy; DROP FUNCTION spy; DROP TABLE IF EXISTS seen');
$node->safe_psql('postgres', q{SELECT pdauth.protect('vault', 'test/vault', region_column => 'division')});
$node->safe_psql('postgres', q{INSERT INTO pdauth.license (licensee, scope, basis) VALUES ('attacker', '{read on test(*) for test in 310000 during [2026-01-01,) level general}', 'test')});
my $before = -s $node->logfile;
for my $name (sort keys %attack)
{
	unlike(attempt(@{ $attack{$name} }), qr/canary/, "$name: not with it");
}
$node->safe_psql('postgres', 'DROP EVENT TRIGGER IF EXISTS spy');
attempt('attacker', 'SELECT content FROM vault; EXPLAIN (ANALYZE, VERBOSE) SELECT * FROM vault');
unlike(slurp_file($node->logfile, $before), qr/canary/, 'no value in the server log, whatever is logged of plans and statements');

# What is refused, and how: PD002 and the way out.
$node->safe_psql('postgres', 'CREATE SCHEMA shown; CREATE PUBLICATION shows FOR TABLES IN SCHEMA shown');
my %refused = (
	'a slot' => sprintf($slot, 'late'),
	'a publication of the table' => 'CREATE PUBLICATION p FOR TABLE vault',
	'a publication of everything' => 'CREATE PUBLICATION p FOR ALL TABLES',
	'a publication of the schema' => 'CREATE PUBLICATION p FOR TABLES IN SCHEMA public',
	'a publication of the present schema' => 'CREATE PUBLICATION p FOR TABLES IN SCHEMA CURRENT_SCHEMA',
	'a move into a published schema' => 'ALTER TABLE vault SET SCHEMA shown',
	'a partition in a published schema' => 'CREATE TABLE shown.part () INHERITS (vault)',
	'a copy in a published schema' => q{SET pdauth.purpose = 'test'; INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES ('root', 'test/vault', 'test'); CREATE TABLE shown.copy AS SELECT * FROM vault},
	'a publication that grows' => 'CREATE PUBLICATION q FOR TABLE plain; ALTER PUBLICATION q ADD TABLE vault');
for my $name (sort keys %refused)
{
	like(attempt('root', $refused{$name}), qr/PD002.*HINT:.*pdauth\.break_glass/s, "$name: refused with the way out");
}
like(attempt('root', q{SET search_path = ''; CREATE PUBLICATION p FOR TABLES IN SCHEMA CURRENT_SCHEMA}), qr/no schema has been selected/,
	'a publication of no schema: refused by the server');
for my $setting (q{ALTER SYSTEM SET pdauth.break_glass = 'x'}, q{ALTER DATABASE postgres SET pdauth.break_glass = 'x'},
	q{ALTER ROLE root SET pdauth.break_glass = 'x'}, q{ALTER ROLE ALL SET pdauth.clock = '2026-10-14 09:00'})
{
	like(attempt('root', $setting), qr/ERROR/, "$setting: no way to leave it behind");
}
unlike(attempt('attacker', 'SELECT content FROM vault', also => q{ options='-c pdauth.break_glass=x'}), qr/canary/, 'break-glass in the connection options of an ordinary role');

# Break-glass opens these doors, and the log says so.
like(attempt('root', q{SET pdauth.break_glass = 'migration 7'; CREATE PUBLICATION p FOR TABLE vault; SELECT pubname FROM pg_publication}), qr/^p$/m, 'break-glass opens');
like(slurp_file($node->logfile), qr/pdauth\.break_glass opens a publication of vault to "root": migration 7/, '... and is recorded');
$node->stop;
done_testing();
