# Masks: pseudonyms and their keys, and all masks in other server encodings.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PdauthCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PdauthCluster::new_cluster('mask', init => { extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ] });
$node->append_conf('postgresql.conf', "log_statement = 'all'\nlog_min_messages = debug1\nautovacuum = off");
$node->start;

my $directory = PostgreSQL::Test::Utils::tempdir;
my $file = "$directory/pseudonym.keys";
my $old = 'c0ffee' . '1' x 58;
my $new = 'beef' . '2' x 60;

sub write_keys
{
	my ($mode, @lines) = @_;
	unlink $file;
	PostgreSQL::Test::Utils::append_to_file($file, join("\n", @lines) . "\n");
	chmod $mode, $file or die $!;
}

# Every way a statement can fail, as psql shows it.
sub refused
{
	my ($sql, $pattern, $name) = @_;
	my ($status, $out, $err) = $node->psql('postgres', $sql, extra_params => [ '-v', 'VERBOSITY=verbose' ]);
	isnt($status, 0, "$name: refused");
	like($err, $pattern, '... and says why');
	unlike($out . $err, qr/1381234567|canary|c0ffee|beef/, '... without a value or key');
}

$node->safe_psql('postgres', q{
	CREATE EXTENSION pdauth CASCADE;
	GRANT pdauth_policy_admin TO CURRENT_USER;
	CREATE ROLE reader;
	CREATE ROLE policy IN ROLE pdauth_policy_admin;
	CREATE TABLE person (id integer, mobile varchar(11), whole text, ref uuid, big bigint);
	CREATE TABLE phone (mobile char(20), owner integer);
	INSERT INTO person SELECT i, '1381234567' || i, 'canary' || i, ('00000000-0000-0000-0000-00000000000' || i)::uuid, i FROM generate_series(0, 9) AS i;
	INSERT INTO phone SELECT mobile, id FROM person;
	GRANT SELECT ON person, phone TO reader;
	SELECT pdauth.protect('person', 'test/person', region => '530100');
	SELECT pdauth.protect('phone', 'test/phone', region => '530100');
	INSERT INTO pdauth.license (licensee, scope, basis)
	VALUES ('reader', '{read on test(*) for test in 530000 during [2026-01-01,) level general}', 'test');
});
my ($status, $out, $err) = $node->psql('postgres', q{SELECT pdauth.mask('person', c, format('FUNCTION pdauth.pseudonym(%s, %L)', c, d))
	FROM (VALUES ('mobile', 'mobile'), ('whole', 'whole'), ('id', 'person'), ('ref', 'ref'), ('big', 'person')) AS m (c, d)});
is($status, 0, 'without a key a label can be set, so that a restore keeps it');
like($err, qr/WARNING:.*no pseudonym key/, '... with a warning');
$node->safe_psql('postgres', q{SELECT pdauth.mask('phone', 'mobile', 'FUNCTION pdauth.pseudonym(rtrim(mobile), ''mobile'')'),
	pdauth.mask('phone', 'owner', 'FUNCTION pdauth.pseudonym(owner, ''person'')')});
refused('SET ROLE reader; SELECT mobile FROM person', qr/PD001.*no pseudonym key.*HINT:.*pdauth\.pseudonym_key_file/s, 'no key');
is($node->safe_psql('postgres', q{SELECT severity, object FROM pdauth.health_check() WHERE finding LIKE '%pseudonym%' ORDER BY 2}),
	"error|column public.person.big\nerror|column public.person.id\nerror|column public.person.mobile\nerror|column public.person.ref\nerror|column public.person.whole\nerror|column public.phone.mobile\nerror|column public.phone.owner",
	'the health check names the columns that need a key');

# What is no key file: each refused when it is set, with a reason.
for my $case (
	[ 'relative.keys', 0600, [ "k sha256 $old" ], qr/absolute path/ ],
	[ "$directory/missing", 0600, [ "k sha256 $old" ], qr/cannot open/ ],
	[ $file, 0640, [ "k sha256 $old" ], qr/Others than the server's user/ ],
	[ $file, 0604, [ "k sha256 $old" ], qr/Others than the server's user/ ],
	[ $file, 0600, [ "k md5 $old" ], qr/Line 1/ ],
	[ $file, 0600, [ '# comment', "k sha256 $old", "k sm3 $new" ], qr/Line 3/ ],
	[ $file, 0600, [ 'k sha256 ' . substr($old, 2) ], qr/Line 1/ ],
	[ $file, 0600, [ "k sha256 ${old}x" ], qr/Line 1/ ],
	[ $file, 0600, [ "k sha256 $old extra" ], qr/Line 1/ ],
	[ $file, 0600, [ "k'k sha256 $old" ], qr/Line 1/ ],
	[ $file, 0600, [ '# nothing' ], qr/no key/ ],
	[ $file, 0600, [ map { "k$_ sha256 $old" } 1 .. 33 ], qr/Line 33/ ],
	[ $directory, 0600, [ "k sha256 $old" ], qr/not a regular file/ ])
{
	my ($path, $mode, $lines, $pattern) = @$case;
	write_keys($mode, @$lines);
	refused("ALTER SYSTEM SET pdauth.pseudonym_key_file = '$path'", $pattern, "key file $path, " . sprintf('%o', $mode));
}
write_keys(0600, "k sha256 $old");
system('cp', '-p', $file, $node->data_dir . '/keys') == 0 or die;
symlink $node->data_dir . '/keys', "$directory/link" or die;
refused("ALTER SYSTEM SET pdauth.pseudonym_key_file = '" . $node->data_dir . "/keys'", qr/inside the data directory/, 'key file in the data directory');
refused("ALTER SYSTEM SET pdauth.pseudonym_key_file = '$directory/link'", qr/inside the data directory/, 'link into the data directory');
unlink $node->data_dir . '/keys';
refused("SET ROLE policy; SET pdauth.pseudonym_key_file = '$file'", qr/55P02|42501/, 'setting it in a session');

# With a key.
write_keys(0600, '# keys', '', "2026 sha256 $old");
$node->safe_psql('postgres', "ALTER SYSTEM SET pdauth.pseudonym_key_file = '$file'");
$node->reload;
$node->poll_query_until('postgres', 'SELECT count(*) = 1 FROM pdauth.pseudonym_keys()') or die;
is($node->safe_psql('postgres', 'SELECT * FROM pdauth.pseudonym_keys()'), '2026|sha256|t', 'the key is listed, without itself');
my $first = $node->safe_psql('postgres', 'SET ROLE reader; SELECT mobile, whole, id, ref, big FROM person ORDER BY mobile');
unlike($first, qr/1381234567|canary/, 'the reader sees pseudonyms');
like($first, qr/^[a-z2-7]{11}\|[a-z2-7]{26}\|-?\d+\|[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\|-?\d+$/m, '... of the shape of their columns');
is($node->safe_psql('postgres', q{SET ROLE reader; SELECT count(*), count(DISTINCT p.id) FROM person AS p JOIN phone AS q ON q.owner = p.id AND left(q.mobile, 11) = p.mobile}),
	'10|10', 'they join across tables');
is($node->safe_psql('postgres', q{SET ROLE reader; SELECT count(*) FROM person WHERE mobile = '13812345671' OR whole = 'canary1' OR id = 1}), '0', '... and raw values find nothing');

# Another implementation gives the same: kind, domain and value, with a zero byte between.
my $hmac = qx(printf 'text\\0whole\\0canary1' | openssl dgst -sha256 -mac HMAC -macopt hexkey:$old -hex);
my ($hex) = $hmac =~ /([0-9a-f]{64})\s*$/;
my $bits = unpack('B*', pack('H*', $hex));
my $expected = join '', map { ('a' .. 'z', 2 .. 7)[ oct("0b" . substr($bits, $_ * 5, 5)) ] } 0 .. 25;
is($node->safe_psql('postgres', q{SET ROLE policy; SELECT pdauth.pseudonym('canary1', 'whole')}), $expected, "HMAC-SHA-256 agrees with openssl's own");

# Nobody but the policy's keepers makes pseudonyms of values of his choice.
for my $call (q{pdauth.pseudonym('13812345671', 'mobile')}, q{pdauth.pseudonym(1, 'person')}, q{pdauth.pseudonym(1::bigint, 'person')},
	q{pdauth.pseudonym('00000000-0000-0000-0000-000000000001'::uuid, 'ref')}, q{pdauth.pseudonym('x', 'mobile', '2026')})
{
	refused("SET ROLE reader; SELECT $call", qr/42501.*only as the mask/s, $call);
}
$node->safe_psql('postgres', q{GRANT CREATE ON SCHEMA public TO reader; SET ROLE reader;
	CREATE VIEW made AS SELECT pdauth.pseudonym('13812345671', 'mobile') AS p;
	CREATE TABLE mine (mobile text DEFAULT pdauth.pseudonym('13812345671', 'mobile'))});
refused('SET ROLE reader; SELECT * FROM made', qr/42501/, 'through a view');
refused('SET ROLE reader; INSERT INTO mine DEFAULT VALUES', qr/42501/, 'through a default');
refused(q{SET ROLE reader; SELECT pdauth.mask('mine', 'mobile', 'FUNCTION pdauth.pseudonym(mobile, ''mobile'')')}, qr/42501/, 'through an own label');
refused('SET ROLE reader; SHOW pdauth.pseudonym_key_file', qr/42501/, 'the place of the file');
refused('SET ROLE reader; SELECT * FROM pdauth.pseudonym_keys()', qr/42501/, 'the list of keys');

# Plans show the call, not the key; parallel plans work too, and prepared ones.
my $plan = $node->safe_psql('postgres', q{SET ROLE reader; EXPLAIN (VERBOSE, COSTS OFF) SELECT mobile FROM person});
like($plan, qr/pseudonym/, 'EXPLAIN shows the mask');
unlike($plan, qr/c0ffee/, '... without the key');
is($node->safe_psql('postgres', q{SET ROLE reader; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
	SELECT mobile, whole, id, ref, big FROM person ORDER BY mobile}), $first, 'a parallel plan gives the same');

# Rotation: the new key becomes the current one, masks that name the old one keep their pseudonyms, open sessions follow.
$node->safe_psql('postgres', q{SELECT pdauth.mask('person', 'whole', 'FUNCTION pdauth.pseudonym(whole, ''whole'', ''2026'')')});
write_keys(0600, "2027 sm3 $new", "2026 sha256 $old");
$node->reload;
$node->poll_query_until('postgres', 'SELECT count(*) = 2 FROM pdauth.pseudonym_keys()') or die;
my $second = $node->safe_psql('postgres', 'SET ROLE reader; SELECT mobile, whole FROM person ORDER BY whole');
is(join("\n", map { (split /\|/)[1] } split /\n/, $second), join("\n", sort map { (split /\|/)[1] } split /\n/, $first), 'a mask that names the old key keeps its pseudonyms');
isnt((split /\|/, $second)[0], (split /\|/, $first)[0], 'one that names none gets those of the new key');
$hmac = qx(printf 'text\\0mobile\\0x' | openssl dgst -sm3 -mac HMAC -macopt hexkey:$new -hex);
($hex) = $hmac =~ /([0-9a-f]{64})\s*$/;
$bits = unpack('B*', pack('H*', $hex));
$expected = join '', map { ('a' .. 'z', 2 .. 7)[ oct("0b" . substr($bits, $_ * 5, 5)) ] } 0 .. 25;
is($node->safe_psql('postgres', q{SELECT pdauth.pseudonym('x', 'mobile')}), $expected, "HMAC-SM3 agrees with openssl's own");

# A file that got lost or loose is not taken over: the keys read before stay, and the log says why.
chmod 0644, $file;
$node->reload;
is($node->safe_psql('postgres', 'SELECT count(*) FROM pdauth.pseudonym_keys()'), '2', 'a loose file is not read; the keys read before stay');
write_keys(0600, "2027 sm3 $new");
$node->restart;
refused('SET ROLE reader; SELECT whole FROM person', qr/PD001.*no key of the given id/s, 'a mask whose key is gone');
is($node->safe_psql('postgres', 'SET ROLE reader; SELECT count(mobile) FROM person'), '10', '... and the others go on');
unlink $file;
$node->restart;
refused('SET ROLE reader; SELECT mobile FROM person', qr/PD001.*no pseudonym key/s, 'a server started without the file');

# Neither key nor values were written anywhere.
my $log = PostgreSQL::Test::Utils::slurp_file($node->logfile);
unlike($log, qr/c0ffee1111|beef2222/, 'no key in the server log');
like($log, qr/The server cannot open the file/, '... but why there is none');
write_keys(0600, "2027 sm3 $new");
my ($dump) = run_command([ 'pg_dumpall', '-h', $node->host, '-p', $node->port, '--schema-only' ]);
unlike($dump, qr/c0ffee1111|beef2222/, 'no key in a dump');

# All masks in four encodings, on random bytes (make fuzz-mask does this longer).
local $ENV{PGHOST} = $node->host;
local $ENV{PGPORT} = $node->port;
my $fuzz = qx("$FindBin::RealBin/../fuzz/mask_run" 150 0.5 2>&1);
is($?, 0, 'masks keep their promises in UTF8, EUC_CN, LATIN1 and SQL_ASCII') or diag $fuzz;
$node->stop;

done_testing();
