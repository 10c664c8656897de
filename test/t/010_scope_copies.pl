# A scope means the same, byte for byte, after COPY BINARY, dump and restore,
# and logical replication; so does a chain of scopes.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PdauthCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $source = PdauthCluster::new_cluster('source', init => { allows_streaming => 'logical', extra => [ '--encoding=UTF8', '--locale=C' ] });
my $target = PdauthCluster::new_cluster('target', init => { allows_streaming => 'logical', extra => [ '--encoding=UTF8', '--locale=C' ] });
$_->start for $source, $target;

$source->safe_psql('postgres', q{
	CREATE EXTENSION pdauth CASCADE;
	CREATE TABLE plan (id int PRIMARY KEY, scope pdauth.license_scope, place pdauth.division_code);
	CREATE TABLE agreement (id int PRIMARY KEY, plan int REFERENCES plan, scope pdauth.license_scope);
	CREATE INDEX plan_scope ON plan USING gin (scope) WITH (fastupdate = off);
	CREATE UNIQUE INDEX plan_scope_unique ON plan (scope);
	SELECT pdauth.add_scope_chain('agreement', 'plan', 'scope', 'plan', 'id', 'scope', 'R-11-12');
	INSERT INTO plan VALUES (0, '{}', 'CN'), (1, NULL, NULL),
		(2, '{read,trade on 卫生/"住院(2025)"(年龄,"*x") for p/q,p/r in 530102001,810000 during (,2026-02-01),[2026-03-01,) level core; read on *(*) for * in * during [2026-01-01,9999-12-31] level general}', '530102001');
	INSERT INTO plan SELECT n, pdauth.make_scope(ARRAY['read', 'join'], ARRAY['a' || n, 'b'], ARRAY(SELECT 'column' || c FROM generate_series(1, n % 70 + 1) AS c),
		ARRAY['p'], ARRAY['530' || n % 9 + 1 || '00', '540000'], '{[2026-01-01,2027-01-01)}', 'important'), ('530' || n % 9 + 1 || '00')::pdauth.division_code FROM generate_series(3, 200) AS n;
	INSERT INTO agreement SELECT id, id, scope FROM plan;
	INSERT INTO pdauth.division VALUES ('530102999', '某街道', 'GB/T 2260');
	UPDATE pdauth.division SET name = '五华新区' WHERE code::text = '530102';
});

my $fingerprint = q{SELECT md5(string_agg(concat_ws('|', id, scope, place, pdauth.scope_hash_extended(scope, 42), md5(pdauth.license_scope_send(scope))), E'\n' ORDER BY id)) FROM };
my $expected = $source->safe_psql('postgres', $fingerprint . 'plan');

# COPY BINARY, out and in
my $file = PostgreSQL::Test::Utils::tempdir . '/plan.copy';
$source->safe_psql('postgres', qq{COPY plan TO '$file' (FORMAT binary); CREATE TABLE copied (LIKE plan); COPY copied FROM '$file' (FORMAT binary)});
is($source->safe_psql('postgres', $fingerprint . 'copied'), $expected, 'COPY BINARY keeps scopes');

# every single altered byte is refused or read as a sound value, and the server lives
my $bytes = slurp_file($file);
my ($refused, $read) = (0, 0);
for my $position (map { 19 + 7 * $_ } 0 .. 60)
{
	my $altered = $bytes;
	substr($altered, $position, 1) = chr(ord(substr($altered, $position, 1)) ^ 0x41);
	open my $handle, '>:raw', "$file.altered" or die $!;
	print $handle $altered;
	close $handle;
	my ($status, $out, $err) = $source->psql('postgres', qq{TRUNCATE copied; COPY copied FROM '$file.altered' (FORMAT binary); SELECT count(scope::text::pdauth.license_scope) FROM copied});
	$status == 0 ? $read++ : $refused++;
	unlike($err, qr/terminated|server closed/, "altered byte $position") if $err =~ /terminated|server closed/;
}
cmp_ok($refused, '>', 0, "altered bytes were refused $refused times, read as something else $read times");
is($source->safe_psql('postgres', 'SELECT 1'), '1', '... and the server lives');

# dump and restore
my $dump = PostgreSQL::Test::Utils::tempdir . '/dump';
for my $format ('custom', 'plain')
{
	$source->command_ok([ 'pg_dump', "--format=$format", "--file=$dump.$format", 'postgres' ], "pg_dump --format=$format");
	$target->safe_psql('postgres', "CREATE DATABASE restored_$format");
	$target->command_ok($format eq 'custom' ?
		[ 'pg_restore', '--exit-on-error', '-d', 'restored_custom', "$dump.custom" ] :
		[ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'restored_plain', '-f', "$dump.plain" ], "restore of $format");
	is($target->safe_psql("restored_$format", $fingerprint . 'plan'), $expected, '... keeps scopes');
	is($target->safe_psql("restored_$format", q{SELECT string_agg(name, ' ' ORDER BY code) FROM pdauth.division WHERE code::text IN ('530102', '530102999')}), '五华新区 某街道', '... and divisions of our own');
	is($target->safe_psql("restored_$format", q{SET enable_seqscan = off; SELECT count(*) FROM plan WHERE scope OPERATOR(pdauth.@>) '{join on a7(column1) for p/x in 530802 during [2026-05-05,2026-05-06) level general}'}), '1', '... the index finds');
	my ($status, $out, $err) = $target->psql("restored_$format", q{SET session_replication_role = replica; INSERT INTO agreement VALUES (1000, 3, '{trade on a3(*) for p in 530000 during (,) level core}')});
	like($err, qr/exceeds that of "plan"/, '... and the chain holds, also for a replica role');
}

# logical replication, text and binary
$source->safe_psql('postgres', 'CREATE PUBLICATION scopes FOR TABLE plan');
for my $binary ('false', 'true')
{
	$target->safe_psql('postgres', "CREATE DATABASE replica_$binary");
	$target->safe_psql("replica_$binary", q{CREATE EXTENSION pdauth CASCADE; CREATE TABLE plan (id int PRIMARY KEY, scope pdauth.license_scope, place pdauth.division_code)});
	my $connection = $source->connstr . ' dbname=postgres';
	$target->safe_psql("replica_$binary", "CREATE SUBSCRIPTION scopes_$binary CONNECTION '$connection' PUBLICATION scopes WITH (binary = $binary)");
}
$target->wait_for_subscription_sync($source, "scopes_$_", "replica_$_") for 'false', 'true';
$source->safe_psql('postgres', q{
	UPDATE plan SET scope = scope OPERATOR(pdauth.+) '{model on z/"q q"(*) for 用途 in CN during (,) level core}' WHERE id < 5;
	INSERT INTO plan VALUES (300, '{publish on new(*) for p in 441900003 during (,2030-01-01) level important}', '441900003')});
$source->wait_for_catchup("scopes_$_") for 'false', 'true';
$expected = $source->safe_psql('postgres', $fingerprint . 'plan');
is($target->safe_psql("replica_$_", $fingerprint . 'plan'), $expected, "logical replication with binary = $_ keeps scopes") for 'false', 'true';
$target->safe_psql("replica_$_", "DROP SUBSCRIPTION scopes_$_") for 'false', 'true';

done_testing();
