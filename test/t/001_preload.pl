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

$node->safe_psql('postgres', q{
	CREATE EXTENSION pdauth CASCADE;
	CREATE ROLE reader;
	CREATE ROLE keeper;
	CREATE ROLE passer BYPASSRLS;
	CREATE ROLE stranger;
	CREATE TABLE secret (id integer, content text, division text);
	INSERT INTO secret VALUES (1, 'canary', '530100');
	GRANT SELECT ON secret TO reader, passer, stranger;
	ALTER TABLE secret OWNER TO keeper;
	-- planted by an owner who hopes that ours is then not made
	CREATE POLICY pdauth_guard ON secret USING (true);
	SELECT pdauth.protect('secret', 'test/secret', region_column => 'division');
	INSERT INTO pdauth.license (licensee, scope, basis)
	VALUES ('reader', '{read on test(*) for test in 530000 during [2026-01-01,) level core}', 'test');
});
is($node->safe_psql('postgres', 'SET ROLE reader; SELECT content FROM secret'), 'canary', 'the licensee reads');

PdauthCluster::preload($node, 0);
$node->restart;
for my $query ('SELECT content FROM secret', 'SELECT count(*) FROM secret', 'COPY secret TO STDOUT',
	'SELECT s FROM secret AS s', 'UPDATE secret SET id = 2 RETURNING content')
{
	($status, $out, $err) = $node->psql('postgres', "SET ROLE reader; $query", extra_params => [ '-v', 'VERBOSITY=verbose' ]);
	isnt($status, 0, "without the library: $query fails");
	unlike($out . $err, qr/canary/, '... and shows nothing');
}
($status, $out, $err) = $node->psql('postgres', 'SET ROLE reader; SELECT content FROM secret', extra_params => [ '-v', 'VERBOSITY=verbose' ]);
like($err, qr/PD001.*HINT:.*shared_preload_libraries/s, 'the guard says how to fix it');
($status, $out, $err) = $node->psql('postgres', "SET ROLE reader; LOAD 'pdauth'; SELECT content FROM secret", extra_params => [ '-v', 'VERBOSITY=verbose' ]);
unlike($out, qr/canary/, 'LOAD in the middle of a session does not help');

# Superusers and BYPASSRLS roles are subject to no policy: the limit that
# doc/security-limits.md states, and the storage that closes it.
like($node->safe_psql('postgres', 'SET ROLE passer; SELECT content FROM secret'), qr/canary/, 'without the library: open to BYPASSRLS, as documented');
like($node->safe_psql('postgres', 'SELECT content FROM secret'), qr/canary/, 'without the library: open to superusers, as documented');
PdauthCluster::preload($node, 1);
$node->restart;
is($node->safe_psql('postgres', q{SELECT pdauth.guard_storage('secret')}), 't', 'the storage is guarded');
is($node->safe_psql('postgres', 'SET ROLE reader; SELECT content FROM secret'), 'canary', 'with the library the licensee reads as before');
PdauthCluster::preload($node, 0);
$node->restart;
# All six kinds of role, superusers and BYPASSRLS among them: the storage does not open.
for my $role ('keeper', 'passer', 'stranger', 'pdauth_policy_admin', 'postgres')
{
	for my $query ('SELECT content FROM secret', 'COPY secret TO STDOUT', 'ALTER TABLE secret DISABLE ROW LEVEL SECURITY', 'ALTER TABLE secret SET ACCESS METHOD heap')
	{
		($status, $out, $err) = $node->psql('postgres', "SET ROLE $role; $query", extra_params => [ '-v', 'VERBOSITY=verbose' ]);
		isnt($status, 0, "without the library, $role: $query fails");
		unlike($out . $err, qr/canary/, '... and shows nothing');
	}
}
($status, $out, $err) = $node->psql('postgres', 'SELECT content FROM secret', extra_params => [ '-v', 'VERBOSITY=verbose' ]);
like($err, qr/PD001.*HINT:.*shared_preload_libraries/s, '... a superuser is told how to fix it');
is($node->safe_psql('postgres', q{SET pdauth.break_glass = 'emergency 3'; SELECT content FROM secret}), 'canary', 'but break-glass opens');
like(slurp_file($node->logfile), qr/break_glass opens protected tables of a server without the library to "postgres": emergency 3/, '... and is recorded');
($status, $out, $err) = $node->psql('postgres', q{SET ROLE passer; SELECT set_config('pdauth.break_glass', 'mine', false); SELECT content FROM secret});
unlike($out . $err, qr/canary/, '... not to others');

is($node->safe_psql('postgres', q{SELECT severity, object FROM pdauth.health_check() WHERE finding ~ 'shared_preload_libraries'}),
	'error|server', 'the health check works without the library and says so');
like($node->safe_psql('postgres', 'SELECT relation, guarded FROM pdauth.protected_relation'), qr/^secret\|t$/, '... and so do the views');

PdauthCluster::preload($node, 1);
$node->restart;
is($node->safe_psql('postgres', 'SET ROLE reader; SELECT content FROM secret'), 'canary', 'with the library back the licensee reads again');
($status, $out, $err) = $node->psql('postgres', 'DROP EXTENSION pdauth CASCADE', extra_params => [ '-v', 'VERBOSITY=verbose' ]);
like($err, qr/PD002.*break_glass/s, 'dropping the extension over protected tables needs break-glass');
$node->safe_psql('postgres', q{SET pdauth.break_glass = 'test'; DROP EXTENSION pdauth CASCADE});
($status, $out, $err) = $node->psql('postgres', 'SELECT content FROM secret', extra_params => [ '-v', 'VERBOSITY=verbose' ]);
like($err, qr/PD205/, 'dropping the extension opens nothing: the label stays');
is($node->safe_psql('postgres', q{SET pdauth.break_glass = 'test'; SELECT content FROM secret}), 'canary', '... and drops no data');
$node->stop;

done_testing();
