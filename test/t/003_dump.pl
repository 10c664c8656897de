# pg_dump and restore: never a masked copy by accident, and licenses keep their history.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PdauthCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PdauthCluster::new_cluster('dump', init => { extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ] });
$node->start;
$node->safe_psql('postgres', q{
	CREATE DATABASE original;
	CREATE DATABASE restored;
	CREATE ROLE reader LOGIN;
	CREATE ROLE sleepy LOGIN BYPASSRLS;
	CREATE ROLE keeper LOGIN;
});
$node->safe_psql('original', q{
	CREATE EXTENSION pdauth CASCADE;
	CREATE TABLE secret (id integer, content text, division text);
	INSERT INTO secret VALUES (1, 'canary', '530100');
	GRANT SELECT ON secret TO reader, sleepy, keeper;
	SELECT pdauth.protect('secret', 'test/secret', region_column => 'division');
	SELECT pdauth.mask('secret', 'content', 'FUNCTION pdauth.mask_text(content, 1, 0)', level => 'important');
	INSERT INTO pdauth.license (licensee, scope, basis) VALUES
	  ('reader', '{read on test(*) for test in 530000 during [2026-01-01,) level general}', 'Q-1'),
	  ('reader', '{read on test(*) for other in 530000 during [2026-01-01,) level core}', 'Q-2'),
	  ('sleepy', '{read on test(*) for test in 530000 during [2026-01-01,) level general}', 'Q-3');
	UPDATE pdauth.license SET revoke_reason = 'withdrawn' WHERE basis = 'Q-2';
	CREATE TABLE visit (id integer, year integer, PRIMARY KEY (id, year)) PARTITION BY LIST (year);
	CREATE TABLE visit_1 PARTITION OF visit FOR VALUES IN (1);
	SELECT pdauth.audit('visit');
	INSERT INTO visit VALUES (1, 1);
	INSERT INTO pdauth.retention (relation_name, keep_until, basis) VALUES ('public.visit', '2040-01-01', 'agreement D-1');
	INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES ('keeper', 'test', 'duty');
	CREATE TABLE trip (id integer, division text, year integer) PARTITION BY LIST (year);
	CREATE TABLE trip_1 PARTITION OF trip FOR VALUES IN (1);
	CREATE TABLE trip_2 PARTITION OF trip FOR VALUES IN (2);
	ALTER TABLE trip_2 ENABLE ROW LEVEL SECURITY;
	CREATE POLICY application ON trip_2 USING (id > 1);
	SELECT pdauth.protect('trip', 'test/trip', region_column => 'division');
});

for my $role ('reader', 'sleepy', $node->safe_psql('original', 'SELECT current_user'))
{
	for my $style ('', '--inserts')
	{
		my ($out, $err) = run_command([ 'pg_dump', '-h', $node->host, '-p', $node->port, '-U', $role, '-t', 'secret', ($style || ()), 'original' ]);
		unlike($out, qr/canary|c\*\*\*/, "pg_dump $style as $role holds neither raw nor masked values");
		like($err, qr/row-level security|row filter|license/, '... and says why');
	}
}

# Packed entries and rows, and an erased image.
$node->safe_psql('original', 'SELECT pdauth.seal()');
$node->safe_psql('original', 'SELECT pdauth.archive()');
$node->safe_psql('original', q{SELECT pdauth.erase_image(epoch, xid, n, 'request') FROM pdauth.audit_log WHERE operation = 'I' AND relation_name = 'public.visit_1'});
my $log = q{SELECT epoch, xid, n, leaf IS NULL AS packed, md5(ROW(l.*)::text) FROM pdauth.audit_log l WHERE epoch = '%s' ORDER BY epoch, xid, n};
$log = sprintf $log, $node->safe_psql('original', 'SELECT pdauth.audit_epoch()');
my $logged = $node->safe_psql('original', $log);
like($logged, qr/\|t\|.*\|f\|/s, 'the log has packed entries and others');

my $columns = 'license_id, licensee, scope, basis, issued_at, issued_by, revoked_at, revoked_by, revoke_reason';
my $before = $node->safe_psql('original', "SELECT $columns FROM pdauth.license ORDER BY 1");
local $ENV{PGOPTIONS} = q{-c pdauth.break_glass=nightly\ backup};
my ($dump, $err) = run_command([ 'pg_dump', '-h', $node->host, '-p', $node->port, 'original' ]);
like($dump, qr/canary/, 'with break-glass the backup is complete');
my $file = "$PostgreSQL::Test::Utils::tmp_check/dump.sql";
append_to_file($file, $dump);
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $file, $node->connstr('restored') ], 'it restores under break-glass');
delete $ENV{PGOPTIONS};
is($node->safe_psql('restored', "SELECT $columns FROM pdauth.license ORDER BY 1"), $before, 'licenses come back with their history');
my $policies = 'SELECT polrelid::regclass, polname, polpermissive, pg_get_expr(polqual, polrelid) FROM pg_policy ORDER BY 1, 2';
is($node->safe_psql('restored', $policies), $node->safe_psql('original', $policies), 'partitions come back with their own policies, each once');
is($node->safe_psql('restored', $log), $logged, 'the log comes back, packed or not');
is($node->safe_psql('restored', q{SELECT string_agg(DISTINCT relation_name || ' ' || operation::text, ', ') FROM pdauth.audit_entry WHERE epoch = pdauth.audit_epoch()}), 'public.visit C, public.visit_1 C', '... and notes by which name tables came');
is($node->safe_psql('restored', q{SELECT string_agg(kind, ',') FROM pdauth.verify() WHERE severity = 'finding'}), '', '... and verifies');
is($node->safe_psql('restored', q{SELECT count(*) FROM pdauth.verify_sql()}), '0', '... by plain SQL too');
is($node->safe_psql('restored', q{SELECT basis, set_by FROM pdauth.retention WHERE relation_name <> '*'}),
	$node->safe_psql('original', q{SELECT basis, set_by FROM pdauth.retention WHERE relation_name <> '*'}), 'rules of retention come back');
is($node->safe_psql('restored', 'SET ROLE reader; SELECT content FROM secret'), 'c*****', 'the restored table is protected');
is($node->safe_psql('restored', 'SET ROLE keeper; SELECT content FROM secret'), 'canary', '... and its custodian reads it');
$node->safe_psql('restored', 'INSERT INTO visit VALUES (2, 1)');
is($node->safe_psql('restored', q{SELECT count(*) FROM pdauth.audit_log WHERE operation = 'I'}), '2', 'the audit of a partitioned table goes on after a restore');
is($node->safe_psql('restored', q{SELECT count(*) FROM pdauth.verify_relation('visit') WHERE severity = 'finding'}), '0', '... and vouches for its rows');
like(slurp_file($node->logfile), qr/pdauth.break_glass opens public\.secret to .*: nightly backup/, 'the server log says who opened it and why');
my ($status, $out, $refused) = $node->psql('restored', q{
	INSERT INTO pdauth.license (licensee, scope, basis, issued_at, issued_by, revoked_at, revoked_by, revoke_reason)
	VALUES ('reader', '{read on test(*) for x in 530000 during [2026-01-01,) level core}', 'forged', '2020-01-01', 'reader', NULL, NULL, NULL) RETURNING issued_at < '2026-01-01'});
is($out, 'f', 'without break-glass nobody writes history');
$node->stop;

done_testing();
