# A log of many segments, whose keys overlap because transactions outlive packing:
# each block is verified by itself, each entry has its proof; the index of the
# segments is checked; a pruned log still verifies outside, gaps and all.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PdauthCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PdauthCluster::new_cluster('segments');
$node->append_conf('postgresql.conf', 'max_prepared_transactions = 20');
$node->start;
my $place = PostgreSQL::Test::Utils::tempdir();
my $checker = "$FindBin::RealBin/../../doc/auditor-check.sql";
my $python = "$FindBin::RealBin/../audit/verify_log.py";
run_command([ 'openssl', 'genpkey', '-algorithm', 'ed25519', '-out', "$place/key.pem" ]);
chmod 0600, "$place/key.pem";
$node->safe_psql('postgres', "ALTER DATABASE postgres SET pdauth.checkpoint_origin = 'example.gov.cn/log'; ALTER DATABASE postgres SET pdauth.checkpoint_key_file = '$place/key.pem'");

sub sql { return $node->safe_psql('postgres', shift); }

sql(q{CREATE EXTENSION pgcrypto; CREATE EXTENSION pdauth; GRANT pdauth_policy_admin TO CURRENT_USER;
	CREATE TABLE item (id int PRIMARY KEY, division text, card text);
	SELECT pdauth.audit('item');
	SELECT pdauth.protect('item', 'test/item', region_column => 'division', subject_column => 'card');
	INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES (session_user::regrole, 'test', 'test')});
# Transactions that commit one turn after they began: their keys lie in segments packed before.
for my $turn (1 .. 12)
{
	sql("BEGIN; INSERT INTO item SELECT $turn * 1000 + g, '530100', 'card-' || g FROM generate_series(1, 5) AS g; PREPARE TRANSACTION 'turn $turn'");
	# ten of these fill a segment
	sql("INSERT INTO item SELECT $turn * 1000 + 100 + g, '530100', repeat('x', 100000) FROM generate_series(1, 12) AS g");
	sql("COMMIT PREPARED 'turn " . ($turn - 1) . "'") if $turn > 1;
	sql('SELECT pdauth.seal()');
	sql('SELECT pdauth.archive()') if $turn % 3 != 0;
}
sql("COMMIT PREPARED 'turn 12'");
sql('SELECT pdauth.seal()');
sql('SELECT pdauth.archive()');
cmp_ok(sql('SELECT count(*) FROM pdauth.audit_segment'), '>', 15, 'many segments');
cmp_ok(sql('SELECT count(*) FROM pdauth.audit_segment AS a JOIN pdauth.audit_segment AS b ON (b.epoch, b.xid, b.n) > (a.epoch, a.xid, a.n) AND (b.epoch, b.xid, b.n) < (a.epoch, a.last_xid, a.last_n)'), '>', 3, '... that overlap');
is(sql('SELECT count(*) FROM pdauth.audit_entry'), '0', 'all is packed');

my $each = q{SELECT string_agg(concat_ws(' ', b.block, v.kind), ', ' ORDER BY b.block) FROM pdauth.audit_block AS b, pdauth.verify(b.block, b.block) AS v WHERE v.severity = 'finding'};
is(sql($each), '', 'each block verifies by itself');
is(sql(q{SELECT count(*) FROM pdauth.verify_sql()}), '0', 'the whole does by plain SQL');
is(sql(q{SELECT bool_and(p.leaf_hash = pdauth.audit_leaf(ROW(l.*)::pdauth.audit_entry) AND pdauth.verify_inclusion(p.leaf_hash, p.leaf_index, p.tree_size, p.proof, p.root)) FROM (SELECT * FROM pdauth.audit_log WHERE operation <> 'B') AS l, pdauth.inclusion_proof(l.epoch, l.xid, l.n) AS p}),
	't', 'each entry is the one that its proof is of');
# One of them changed: its block, and no other.
my $attack = q{BEGIN; SET LOCAL session_replication_role = replica; SET LOCAL pdauth.break_glass = 'attack'; ALTER TABLE pdauth.audit_segment DISABLE TRIGGER ALL;
	UPDATE pdauth.audit_segment AS s SET role_name = array_fill('somebody'::text, ARRAY[s.entries]) WHERE s.ctid = (SELECT ctid FROM pdauth.audit_segment ORDER BY epoch, xid, n OFFSET %d LIMIT 1);
	%s; ROLLBACK};
my $count = sql('SELECT count(*) FROM pdauth.audit_segment');
for my $which (0, int($count / 2), $count - 1)
{
	my ($blocks, $all, $in_sql) = split /\n/, sql(sprintf $attack, $which, join '; ',
		q{SELECT count(*) FROM pdauth.audit_block AS b, pdauth.verify(b.block, b.block) AS v WHERE v.kind = 'altered entry'},
		q{SELECT count(*) FROM pdauth.verify() WHERE kind = 'altered entry'},
		q{SELECT count(*) FROM pdauth.verify_sql() WHERE kind = 'altered entry'});
	is("$blocks $all $in_sql", join(' ', (sql("SELECT entries FROM pdauth.audit_segment ORDER BY epoch, xid, n OFFSET $which LIMIT 1")) x 3), "an altered segment, number $which");
}

# The index.
is(sql('SELECT count(*) FROM pdauth.verify_index()'), '0', 'the index says what the segments do');
for my $case ([ 'a subject left out', q{UPDATE pdauth.audit_subject_packed SET hashes = hashes[2:] WHERE cardinality(hashes) > 1} ],
	[ 'another role', q{UPDATE pdauth.audit_activity_packed SET role_name = 'somebody'} ],
	[ 'less of it', q{UPDATE pdauth.audit_activity_packed SET entries = entries - 1} ],
	[ 'a row left out', q{DELETE FROM pdauth.audit_activity_packed AS a USING pdauth.audit_activity_packed AS b WHERE (a.epoch, a.xid, a.n) = (b.epoch, b.xid, b.n) AND a.ctid > b.ctid} ])
{
	my ($name, $change) = @$case;
	cmp_ok(sql("BEGIN; $change; SELECT count(*) FROM pdauth.verify_index() WHERE kind = 'wrong index'; ROLLBACK"), '>', 0, "the index with $name is found");
}
is(sql('BEGIN; DELETE FROM pdauth.audit_activity_packed; SELECT count(*) FROM pdauth.verify_index(); ROLLBACK'), '0', 'what is not indexed is read');

# Pruned: all but what is written from here on.
sql(q{INSERT INTO pdauth.retention (keep_until, basis) VALUES ('2026-01-01', 'test'); SET pdauth.break_glass = 'test'; UPDATE pdauth.retention SET withdrawn_at = now(), withdraw_reason = 'test' WHERE rule_id = 0});
my $last = sql('SELECT max(last_made_at) FROM pdauth.audit_segment');
my $before = sql("SELECT '$last'::timestamptz + interval '1 microsecond'");
sql(qq{CREATE ROLE pruner_$_ IN ROLE pdauth_policy_admin; SET SESSION AUTHORIZATION pruner_$_; INSERT INTO pdauth.prune_approval (before, reason) VALUES ('$before', 'decision 6')}) for 1, 2;
my $pruned = sql(qq{SELECT pdauth.prune('$before', 'decision 6')});
is(sql("SELECT count(*) FROM pdauth.audit_segment WHERE last_made_at = '$last' AND pruned_xid IS NULL"), '1', 'an entry can repeat statements that began later in its second: what is of the last second stays');
$before = sql("SELECT date_trunc('second', '$last'::timestamptz) + interval '1 second' FROM pg_sleep(1)");
sql(qq{SET SESSION AUTHORIZATION pruner_$_; INSERT INTO pdauth.prune_approval (before, reason) VALUES ('$before', 'decision 7')}) for 1, 2;
$pruned += sql(qq{SELECT pdauth.prune('$before', 'decision 7')});
sql('SELECT pdauth.seal()');
sql("INSERT INTO item VALUES ($_, '530100', 'after')") for 1 .. 300;
sql('SELECT pdauth.seal()');
my $note = sql('SELECT note FROM pdauth.checkpoint()');
my ($size, $root, $vkey) = split /\|/, sql(q{SELECT c.tree_size, encode(c.root, 'hex'), c.vkey FROM pdauth.audit_checkpoint AS c});
is(sql(q{SELECT count(*) FROM pdauth.verify() WHERE severity = 'finding'}) . sql('SELECT count(*) FROM pdauth.verify_sql()'), '00', 'pruned, the log verifies');
is(sql('SELECT count(*) FROM pdauth.exported_gap()'), $pruned, 'as many gaps as were pruned');
is(sql(q{SELECT sum((image #>> '{new,entries}')::int) FROM pdauth.audit_trail WHERE operation = 'P'}), $pruned, '... and as the log says');
my $export = q{SELECT leaf_index, encode(data, 'hex'), '-', NULL FROM pdauth.exported_leaf() UNION ALL SELECT leaf_index, encode(leaf_hash, 'hex'), 'gone', NULL FROM pdauth.exported_gap() ORDER BY leaf_index};
$node->command_ok([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', qq{\\copy ($export) TO '$place/leaves.csv' (FORMAT csv)} ], 'the export');
sql('CREATE DATABASE stranger');
$node->safe_psql('stranger', 'CREATE EXTENSION pgcrypto');
sub by_pgcrypto { my ($out, $err) = run_command([ 'psql', '-XAtq', '-d', $node->connstr('stranger'), '-v', 'leaves=' . shift, '-v', "size=$size", '-v', "root=$root", '-f', $checker ]); return $out . $err; }
sub by_python { my ($out, $err) = run_command([ 'python3', $python, @_ ]); return (split /\n/, $out . $err)[-1]; }
append_to_file("$place/note", $note);
is(by_pgcrypto("$place/leaves.csv"), 't|t|t|t|t', 'pgcrypto alone verifies the export');
like(by_python("$place/leaves.csv", "$place/note", $vkey), qr/ $pruned gone, 1 checkpoints: verified$/, 'Python does, too');
my $csv = slurp_file("$place/leaves.csv");
(my $without = $csv) =~ s/^\d+,\w+,gone,\n//m;
(my $altered = $csv) =~ s/^(\d+,)\w\w(\w+,gone,)$/$1ee$2/m;
append_to_file("$place/without.csv", $without);
append_to_file("$place/altered.csv", $altered);
like(by_pgcrypto("$place/without.csv"), qr/^f\|/, 'a gap left out is found');
is(by_pgcrypto("$place/altered.csv"), 't|t|t|t|f', 'another hash in one is found');
like(by_python("$place/altered.csv", "$place/note", $vkey), qr/seals other entries/, '... by Python, too');
# Bundles of a tlog-tiles log are whole or not there.
is(sql(q{SELECT count(*) FROM pdauth.tlog_files() WHERE path = 'tile/entries/000'}), '0', 'a bundle with a pruned entry is not served');
is(sql(q{SELECT string_agg(path, ' ' ORDER BY path) FROM pdauth.tlog_files() WHERE path LIKE 'tile/entries/%'}),
	sql(q{SELECT string_agg(format('tile/entries/%s', pdauth.tlog_path(b)) || CASE WHEN t.tree_size - b * 256 < 256 THEN '.p/' || t.tree_size - b * 256 ELSE '' END, ' ' ORDER BY b)
		FROM (SELECT max(tree_size) AS tree_size FROM pdauth.audit_checkpoint) AS t, generate_series(0, (t.tree_size - 1) / 256) AS b
		WHERE NOT EXISTS (SELECT FROM pdauth.exported_gap(b * 256, least((b + 1) * 256, t.tree_size)))}), '... all others are');
$node->stop;

# SM3 is libgcrypt's, which has none in FIPS mode: then whoever asks for it is told so, and all else works.
my $approved = PdauthCluster::new_cluster('approved');
sub approved { my ($status, $out, $err) = $approved->psql('postgres', shift); return $status ? $err : $out; }
sub start_approved { local $ENV{LIBGCRYPT_FORCE_FIPS_MODE} = '1'; return $approved->start; }
my $kinds = q{SELECT string_agg(kind, ', ') FROM pdauth.verify(workers => 1)};
start_approved();
approved(q{CREATE EXTENSION pgcrypto; CREATE EXTENSION pdauth; CREATE TABLE item (id int PRIMARY KEY); SELECT pdauth.audit('item'); INSERT INTO item SELECT generate_series(1, 70000)});
like(approved('SET pdauth.audit_sm3 = on; SELECT pdauth.seal()'), qr/SM3 is not available from libgcrypt.*FIPS mode/s, 'no SM3 in FIPS mode');
is(approved('SELECT pdauth.seal() > 70000'), 't', '... sealing without it works');
is(approved($kinds), 'summary', '... and verifying');
$approved->stop;
$approved->start;
is(approved('INSERT INTO item SELECT generate_series(70001, 150000); SET pdauth.audit_sm3 = on; SELECT pdauth.seal() > 70000'), 't', 'out of it there is SM3');
is(approved($kinds), 'summary', '... verified by several processes');
$approved->stop;
start_approved();
like(approved($kinds), qr/SM3 is not available from libgcrypt/, 'a second root that cannot be verified is not passed over');
$approved->stop;
done_testing();
