# Checkpoints and proofs: signing keys, what a whole-log rewrite cannot hide, and
# an export that is checked without pdauth: by Python's standard library, by
# openssl, and by pgcrypto in a database that has never heard of us.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PdauthCluster;
use Digest::SHA qw(sha256);
use MIME::Base64;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PdauthCluster::new_cluster('proof', init => { extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ] });
$node->append_conf('postgresql.conf', 'max_prepared_transactions = 5');
$node->start;
my $verifier = "$FindBin::RealBin/../audit/verify_log.py";
my $checker = "$FindBin::RealBin/../../doc/auditor-check.sql";
my $place = PostgreSQL::Test::Utils::tempdir();

sub sql { return $node->safe_psql('postgres', shift); }
sub error { my ($status, $out, $err) = $node->psql('postgres', shift); return $err; }

sub verify_log
{
	my ($out, $err) = run_command([ '/usr/bin/python3', $verifier, @_ ]);
	return $out eq '' ? (split /\n/, $err)[-1] : $out;
}

sub write_file
{
	my ($name, $content, $mode) = @_;
	my $path = "$place/$name";
	unlink $path;
	append_to_file($path, $content);
	chmod $mode // 0600, $path;
	return $path;
}

sub make_key
{
	my ($name, @algorithm) = @_;
	run_command([ 'openssl', 'genpkey', '-out', "$place/$name", @algorithm ]);
	chmod 0600, "$place/$name";
	return "$place/$name";
}

sub findings { return sql(q{SELECT string_agg(DISTINCT kind, ', ' ORDER BY kind) FROM pdauth.verify() WHERE severity = 'finding'}); }

sql(q{
	CREATE EXTENSION pgcrypto; CREATE EXTENSION pdauth;
	CREATE ROLE auditor LOGIN; GRANT pdauth_auditor TO auditor; ALTER ROLE auditor INHERIT;
	CREATE TABLE item (id int PRIMARY KEY, note text);
	SELECT pdauth.audit('item');
});

# Keys.
like(error('SELECT pdauth.checkpoint()'), qr/nothing is sealed yet/, 'no checkpoint of nothing');
sql('INSERT INTO item SELECT g, g::text FROM generate_series(1, 600) AS g');
sql('SELECT pdauth.seal()');
like(error('SELECT pdauth.checkpoint()'), qr/checkpoint_origin is not set/, 'an origin is needed');
like(error(q{SET pdauth.checkpoint_origin = 'two words'}), qr/no white space/, '... without spaces');
sql(q{ALTER DATABASE postgres SET pdauth.checkpoint_origin = 'example.gov.cn/audit/office'});
like(error('SELECT pdauth.checkpoint()'), qr/checkpoint_key_file is not set/, 'a key is needed');
# the key of RFC 8032, section 7.1, test 1, as PKCS #8
my $key = write_file('first.pem', "-----BEGIN PRIVATE KEY-----\n" . encode_base64(pack 'H*', '302e020100300506032b657004220420' .
	'9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60') . "-----END PRIVATE KEY-----\n");
my $in_data = $node->data_dir . '/key.pem';
append_to_file($in_data, slurp_file($key));
chmod 0600, $in_data;
symlink $in_data, "$place/link.pem";
for my $case (
	[ $in_data, qr/lies in the data directory/ ], [ "$place/link.pem", qr/lies in the data directory/ ],
	[ "$place/none.pem", qr/no such file/ ], [ 'first.pem', qr/absolute path/ ], [ $place, qr/not a regular file/ ],
	[ write_file('open.pem', slurp_file($key), 0644), qr/others than the server's user/ ],
	[ write_file('text.pem', 'no key'), qr/no unencrypted Ed25519 key/ ],
	[ make_key('rsa.pem', '-algorithm', 'rsa'), qr/no unencrypted Ed25519 key/ ],
	[ make_key('encrypted.pem', '-algorithm', 'ed25519', '-aes256', '-pass', 'pass:x'), qr/no unencrypted Ed25519 key/ ])
{
	my $message = error("SET pdauth.checkpoint_key_file = '$case->[0]'; SELECT pdauth.checkpoint()");
	like($message, $case->[1], "refused key: $case->[0]");
	unlike($message, qr/PRIVATE|MC4CAQ/, '... and nothing of it is shown');
}
unlink $in_data;
sql("ALTER DATABASE postgres SET pdauth.checkpoint_key_file = '$key'");
my $as_auditor = sub { my ($s, $o, $e) = $node->psql('postgres', shift, extra_params => [ '-U', 'auditor' ]); return $s ? $e : $o; };
like($as_auditor->('SHOW pdauth.checkpoint_key_file'), qr/must be superuser|permission denied/, 'where the key is, auditors do not see');
like($as_auditor->("SET pdauth.checkpoint_key_file = '/x'"), qr/permission denied/, '... nor set');
like($as_auditor->("SELECT pdauth.checkpoint_sign(1, sha256('x'))"), qr/permission denied/, '... nor sign what they like');
like(error('BEGIN; INSERT INTO item VALUES (-1); SELECT pdauth.checkpoint()'), qr/has written something/, 'only what is committed is signed');
sql('INSERT INTO item VALUES (601)');
like(error('BEGIN; SELECT pdauth.seal(); SELECT pdauth.checkpoint()'), qr/has written something/, '... and sealed before');
sql('SELECT pdauth.seal()');

# A checkpoint, as everybody else reads it.
my $note = $as_auditor->('SELECT note FROM pdauth.checkpoint()');
my $vkey = sql('SELECT vkey FROM pdauth.checkpoint_key');
my ($size, $root) = split /\|/, sql(q{SELECT first_leaf + entries + 1, encode(root, 'hex') FROM pdauth.audit_block ORDER BY block DESC LIMIT 1});
my $base64 = sql("SELECT encode(decode('$root', 'hex'), 'base64')");
like($note, qr/\Aexample\.gov\.cn\/audit\/office\n$size\n\Q$base64\E\n\n\x{e2}\x{80}\x{94} example\.gov\.cn\/audit\/office \S+\n\z/, 'the form is that of C2SP');
my ($body, $line) = split /\n\n/, $note;
my $signature = pack 'H*', sql(sprintf q{SELECT encode(substr(decode('%s', 'base64'), 5), 'hex')}, (split ' ', $line)[2]);
run_command([ 'openssl', 'pkey', '-in', $key, '-pubout', '-out', "$place/public.pem" ]);
my ($verified) = run_command([ 'openssl', 'pkeyutl', '-verify', '-pubin', '-inkey', "$place/public.pem", '-rawin',
		'-in', write_file('body', "$body\n"), '-sigfile', write_file('signature', $signature) ]);
like($verified, qr/Verified Successfully/, 'openssl verifies the signature');
is(sql("SELECT pdauth.verify_checkpoint(note, '$vkey') FROM pdauth.audit_checkpoint"), 't', 'so do we');
is(sql("SELECT pdauth.verify_checkpoint(replace(note, E'\\n$size\\n', E'\\n1\\n'), '$vkey') FROM pdauth.audit_checkpoint"), 'f', '... not if it was changed');
is(sql("SELECT pdauth.verify_checkpoint('x', '$vkey')"), 'f', '... nor what is no checkpoint');
like(error("SELECT pdauth.verify_checkpoint('x', 'x')"), qr/not a verifier key/, 'a malformed key is an error');
like(error(q{SELECT pdauth.verify_checkpoint('x', overlay(vkey placing '0000' from position('+' in vkey) + 1)) FROM pdauth.checkpoint_key}), qr/not a verifier key/, '... also one with a wrong id');
# Ed25519 is deterministic: openssl and RFC 8032's public key of this seed give the very same note.
run_command([ 'openssl', 'pkeyutl', '-sign', '-inkey', $key, '-rawin', '-in', "$place/body", '-out', "$place/signed" ]);
my $typed = "\1" . pack('H*', 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
my $name = 'example.gov.cn/audit/office';
my $id = substr sha256("$name\n$typed"), 0, 4;
is($vkey, "$name+" . unpack('H*', $id) . '+' . encode_base64($typed, ''), 'the verifier key is that of C2SP signed-note');
is($note, "$body\n\n\xe2\x80\x94 $name " . encode_base64($id . slurp_file("$place/signed"), '') . "\n", 'the note is the one that openssl signs');
my $other = "$name\n1\n" . encode_base64(sha256('x'), '') . "\nextension\n";
run_command([ 'openssl', 'pkeyutl', '-sign', '-inkey', $key, '-rawin', '-in', write_file('other', $other), '-out', "$place/signed" ]);
my $foreign = "$other\n\xe2\x80\x94 witness AAAA\n\xe2\x80\x94 $name " . encode_base64($id . slurp_file("$place/signed"), '') . "\n";
is(sql("SELECT (o).origin, (o).tree_size, (o).signed_by = '$vkey' FROM pdauth.checkpoint_open('$foreign', ARRAY['$vkey']) AS o"), "$name|1|t", 'a note with extension lines and other signatures is read');

# Without our code.
sub export
{
	my $file = "$place/leaves.csv";
	$node->command_ok([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c',
			qq{\\copy (SELECT leaf_index, encode(data, 'hex'), coalesce(encode(salt, 'hex'), '-'), encode(image, 'hex') FROM pdauth.exported_leaf_with_image() ORDER BY leaf_index) TO '$file' (FORMAT csv)} ], 'export');
	return $file;
}

sub check_by_pgcrypto
{
	my ($leaves) = @_;
	my ($out, $err) = run_command([ 'psql', '-XAtq', '-d', $node->connstr('stranger'), '-v', "leaves=$leaves", '-v', "size=$size", '-v', "root=$root", '-f', $checker ]);
	return $out . $err;
}
like($as_auditor->('SELECT count(*) FROM pdauth.exported_leaf()'), qr/^$size$/, 'auditors export the leaves');
like($as_auditor->('SELECT pdauth.exported_leaf_with_image()'), qr/permission denied/, '... without the images');
my $noted = write_file('note', $note);
my $leaves = export();
sql('CREATE DATABASE stranger');
$node->safe_psql('stranger', 'CREATE EXTENSION pgcrypto');
is($node->safe_psql('stranger', q{SELECT count(*) FROM pg_extension WHERE extname = 'pdauth'}), '0', 'a database without pdauth');
is(verify_log($leaves, $noted, $vkey), '602 entries in 2 blocks, 0 erased, 0 gone, 1 checkpoints: verified', 'Python verifies the export against the checkpoint');
is(check_by_pgcrypto($leaves), 't|t|t|t|t', 'pgcrypto alone does, too');
my $csv = slurp_file($leaves);
for my $case ([ 'an altered image', sub { s/^(300,\w+,\w+,\w*)\w$/$1f/m or s/^(300,.*)0$/${1}1/m }, qr/salt and image/, 't|f|t|t|t' ],
	[ 'an image whose salt is left out', sub { s/^(300,\w+),\w+,/$1,-,/m }, qr/image without its salt/, 't|f|t|t|t' ],
	[ 'an image that is said to be erased', sub { s/^(300,\w+),\w+,/$1,"",/m }, qr/salt and image/, 't|f|t|t|t' ],
	[ 'an altered entry', sub { s/^(300,4501\w{40})\w\w/${1}ee/m }, qr/seals other entries/, 't|t|t|t|f' ],
	[ 'a deleted entry', sub { s/^300,.*\n//m }, qr/leaf 300 is missing/, 'f|t|t|t|f' ])
{
	my ($name, $change, $python, $pgcrypto) = @$case;
	local $_ = $csv;
	ok($change->(), $name);
	my $file = write_file('altered.csv', $_);
	like(verify_log($file, $noted, $vkey), $python, '... is found by Python');
	is(check_by_pgcrypto($file), $pgcrypto, '... and by pgcrypto');
}
# A standard transparency log.
for my $file (split /\n/, sql(q{SELECT path || ' ' || encode(content, 'hex') FROM pdauth.tlog_files()}))
{
	my ($path, $content) = split / /, $file;
	my ($directory) = "$place/tlog/$path" =~ m{(.*)/};
	system_or_bail('mkdir', '-p', $directory);
	append_to_file("$place/tlog/$path", pack('H*', $content));
}
is(verify_log('--tiles', "$place/tlog", $vkey), '602 entries in 2 blocks, 0 erased, 0 gone, 1 checkpoints: verified', 'the tiles of a tlog-tiles log verify');
is(sql('SELECT pdauth.tlog_path(n) FROM unnest(ARRAY[0, 999, 1000, 1234067]) AS n'), "000\n999\nx001/000\nx001/x234/067", 'tile paths');

# Workers find what one process finds, and an interrupted one says how far it was.
for my $i (2000 .. 2060) { sql("INSERT INTO item VALUES ($i, 'one by one')"); sql('SELECT pdauth.seal()') if $i % 3 == 0; }
my $attack = q{BEGIN; SET LOCAL pdauth.break_glass = 'attack'; SET LOCAL session_replication_role = replica; ALTER TABLE pdauth.audit_entry DISABLE TRIGGER ALL;
	UPDATE pdauth.audit_entry SET role_name = 'x' WHERE xid::text::bigint % 2 = 0 AND operation = 'I';
	DELETE FROM pdauth.audit_entry WHERE xid::text::bigint % 3 = 0 AND operation = 'I'; };
my $found = q{SELECT md5(string_agg(v::text, ';')), count(*) > 20 FROM (SELECT DISTINCT kind, block, epoch, xid, n FROM pdauth.verify%s ORDER BY 1, 2, 4, 5) AS v WHERE kind <> 'summary'; ROLLBACK};
my @answers = map { sql($attack . sprintf($found, $_)) } '(workers => 0)', '(workers => 3)', '_sql()';
like($answers[0], qr/\|t$/, 'there is much to find');
is($answers[1], $answers[0], 'workers find the same');
is($answers[2], $answers[0], 'plain SQL finds the same');

# A superuser who rewrites everything.
my $tamper = q{SET pdauth.break_glass = 'attack'; SET session_replication_role = replica; ALTER TABLE pdauth.audit_entry DISABLE TRIGGER ALL; ALTER TABLE pdauth.audit_block DISABLE TRIGGER ALL;
	ALTER TABLE pdauth.audit_subtree DISABLE TRIGGER ALL; };
is(sql('SELECT kind FROM pdauth.verify_against((SELECT note FROM pdauth.audit_checkpoint))'), 'summary', 'the log is what was signed');
my $latest = $as_auditor->('SELECT note FROM pdauth.checkpoint()');
my $against = sub { my $n = shift; return sql("SELECT kind FROM pdauth.verify_against('$n', ARRAY['$vkey'])"); };
sub attempt
{
	my ($statements, @queries) = @_;
	my @answers = split /\n/, sql("BEGIN; $tamper $statements; " . join('; ', @queries) . '; ROLLBACK');
	return join ', ', @answers;
}
my $quoted = "SELECT kind FROM pdauth.verify_against('$latest', ARRAY['$vkey'])";
my $clean = q{SELECT count(*) FROM pdauth.verify() WHERE severity = 'finding'};
is(attempt(q{DELETE FROM pdauth.audit_entry AS e USING pdauth.audit_block AS b WHERE b.block = (SELECT max(block) FROM pdauth.audit_block)
		AND e.xid = pdauth.audit_number(b.manifest, 9)::text::xid8 OR b.block = (SELECT max(block) FROM pdauth.audit_block) AND e.xid > pdauth.audit_number(b.manifest, 9)::text::xid8;
	DELETE FROM pdauth.audit_block WHERE block = (SELECT max(block) FROM pdauth.audit_block)}, $clean, $quoted),
	'0, truncated log', 'a lost end is found against the checkpoint, and only there');
# Committed, because seal() is a transaction of its own: the whole log made anew with one entry changed.
my $original = sql('SELECT count(*) FROM pdauth.audit_entry');
sql(qq{$tamper DELETE FROM pdauth.audit_block; DELETE FROM pdauth.audit_subtree;
	UPDATE pdauth.audit_entry SET role_name = 'somebody else' WHERE n = 300 AND operation = 'I';
	UPDATE pdauth.audit_entry AS e SET leaf = pdauth.audit_leaf(e) WHERE role_name = 'somebody else'});
cmp_ok(sql('SELECT pdauth.seal()'), '>=', $original, 'the log is sealed anew');
sql(q{INSERT INTO item SELECT g, 'filler' FROM generate_series(10000, 10200) AS g}); # not shorter than it was
sql('SELECT pdauth.seal()');
is(findings(), '', 'a log rewritten as a whole verifies by itself');
is($against->($latest), 'rewritten log', 'but not against the checkpoint');
is($against->($note), 'rewritten log', 'nor against the older one');
is(verify_log(export(), $noted, $vkey), 'ValueError: rewritten: the first ' . $size . ' leaves are not those example.gov.cn/audit/office signed', 'Python finds it in the export');
like(error('SELECT pdauth.checkpoint()'), qr/does not agree with itself or with its last checkpoint/, 'no second history is signed');
is(sql("SELECT kind FROM pdauth.verify_against(replace('$latest', 'office', 'other'), ARRAY['$vkey'])"), 'bad checkpoint', 'a forged checkpoint is named');
like(sql("SELECT explanation FROM pdauth.verify_against(rtrim('$latest', E'\n'), ARRAY['$vkey'])"), qr/^The line break at its end is missing/, 'a note whose last line break a shell took says so');

# Keys are replaced; what the old one signed remains.
my $fresh = PdauthCluster::new_cluster('rotation');
$fresh->start;
$fresh->safe_psql('postgres', qq{CREATE EXTENSION pgcrypto; CREATE EXTENSION pdauth; CREATE TABLE item (id int PRIMARY KEY); SELECT pdauth.audit('item');
	ALTER DATABASE postgres SET pdauth.checkpoint_origin = 'example.gov.cn/audit/rotation'; ALTER DATABASE postgres SET pdauth.checkpoint_key_file = '$key'});
$fresh->safe_psql('postgres', 'SELECT pdauth.seal()');
$fresh->safe_psql('postgres', 'SELECT pdauth.checkpoint()') for 1 .. 2;
my $second = make_key('second.pem', '-algorithm', 'ed25519');
$fresh->safe_psql('postgres', "ALTER DATABASE postgres SET pdauth.checkpoint_key_file = '$second'");
$fresh->safe_psql('postgres', 'SELECT pdauth.checkpoint()');
$fresh->safe_psql('postgres', 'INSERT INTO item VALUES (1)');
$fresh->safe_psql('postgres', 'SELECT pdauth.seal()');
$fresh->safe_psql('postgres', 'SELECT pdauth.checkpoint()');
is($fresh->safe_psql('postgres', q{SELECT count(*), count(DISTINCT vkey), bool_and(pdauth.verify_checkpoint(note, VARIADIC ARRAY(SELECT vkey FROM pdauth.checkpoint_key))), bool_and(pdauth.verify_checkpoint(note, vkey)) FROM pdauth.audit_checkpoint}),
	'3|2|t|t', 'checkpoints of both keys verify; asking twice gives one');
is($fresh->safe_psql('postgres', q{SELECT DISTINCT v.kind FROM pdauth.audit_checkpoint AS c, pdauth.verify_against(c.note) AS v}), 'summary', 'the log agrees with all of them');
for my $table ('audit_checkpoint', 'checkpoint_key', 'audit_subtree')
{
	my ($status, $out, $err) = $fresh->psql('postgres', "DELETE FROM pdauth.$table");
	like($err, qr/is evidence: DELETE is refused/, "nobody deletes from $table");
}
# What images say is read without our code, too: columns an UPDATE left alone, NULLs, long values, each type.
$fresh->safe_psql('postgres', q{CREATE TYPE mood AS ENUM ('low', 'high'); CREATE DOMAIN plate AS varchar(12);
	CREATE TABLE kinds (id int PRIMARY KEY, b bool, s smallint, l bigint, o oid, n numeric, m numeric(10, 2), t text, c char(3), d date, u uuid, e mood, p plate, a int[]);
	SELECT pdauth.audit('kinds');
	INSERT INTO kinds VALUES (1, true, -2, -9000000000, 77, 12345678901234.5678901, -0.05, repeat(U&'\957F', 200), 'x', '1999-12-31', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'high', 'YA', '{1,2}'),
		(3, false, 0, 0, 0, 0, 0, '', '', '2000-01-01', NULL, 'low', '', '{}'), (4, false, 32767, 1, 1, 10000, 100, repeat('x', 253), 'yy', '2100-01-01', NULL, NULL, NULL, NULL);
	INSERT INTO kinds (id, n, m) VALUES (2, NULL, NULL), (5, 'NaN', 1e7), (6, 1e-9, 1);
	UPDATE kinds SET t = 'changed' WHERE id IN (1, 2); UPDATE kinds SET n = - n, id = id + 10; DELETE FROM kinds WHERE id = 11});
$fresh->safe_psql('postgres', 'SELECT pdauth.seal(); CREATE DATABASE stranger');
$fresh->safe_psql('stranger', 'CREATE EXTENSION pgcrypto');
($size, $root) = split /\|/, $fresh->safe_psql('postgres', q{SELECT first_leaf + entries + 1, encode(root, 'hex') FROM pdauth.audit_block ORDER BY block DESC LIMIT 1});
run_command([ 'psql', '-XAtq', '-d', $fresh->connstr('postgres'), '-c',
	qq{\\copy (SELECT leaf_index, encode(data, 'hex'), coalesce(encode(salt, 'hex'), '-'), encode(image, 'hex') FROM pdauth.exported_leaf_with_image() ORDER BY leaf_index) TO '$place/kinds.csv' (FORMAT csv)} ]);
my ($read) = run_command([ 'psql', '-XAtq', '-d', $fresh->connstr('stranger'), '-v', "leaves=$place/kinds.csv", '-v', "size=$size", '-v', "root=$root", '-f', $checker, '-c', 'SELECT * FROM read ORDER BY leaf_index, row, name COLLATE "C"' ]);
my $expected = $fresh->safe_psql('postgres', q{SELECT l.leaf_index, r.key, v.key, v.value FROM pdauth.exported_leaf_with_image() AS l, jsonb_each(pdauth.image_json(l.image)) AS r, jsonb_each_text(r.value) AS v ORDER BY l.leaf_index, r.key, v.key COLLATE "C"});
cmp_ok(scalar(() = $expected =~ /^/mg), '>', 200, 'many values');
is($read, "t|t|t|t|t\n$expected", '... are read from the export as pdauth reads them');
# With an old transaction put in afterwards: found once it is sealed, too.
$fresh->safe_psql('postgres', q{SET pdauth.break_glass = 'attack'; INSERT INTO pdauth.audit_entry SELECT e.epoch, pg_current_xact_id(), 1, e.made_at - interval '1 day', e.relation, e.operation, e.relation_name, e.role_name, e.session_role_name, e.purpose, e.client, e.application, e.salt, e.leaf, e.image FROM pdauth.audit_entry AS e WHERE e.operation = 'I' LIMIT 1;
	ALTER TABLE pdauth.audit_entry DISABLE TRIGGER ALL; UPDATE pdauth.audit_entry AS e SET leaf = pdauth.audit_leaf(e) WHERE made_at < now() - interval '1 hour'; ALTER TABLE pdauth.audit_entry ENABLE ALWAYS TRIGGER keep_evidence});
$fresh->safe_psql('postgres', 'SELECT pdauth.seal()');
is($fresh->safe_psql('postgres', q{SELECT kind FROM pdauth.verify() WHERE severity = 'finding'}), 'impossible time', 'a back-dated entry with a new transaction is found after it was sealed');
is($fresh->safe_psql('postgres', q{SELECT kind FROM pdauth.verify_sql()}), 'impossible time', '... by plain SQL too');

done_testing();
