# What only somebody with a superuser's rights and all triggers off can do to the
# log, beyond the changes of entries and blocks in test/sql/audit_attack.sql: made
# anew from some block on with all later hashes, replaced as a whole, cut off,
# entries moved between segments.  Each is found and named, by a checkpoint where
# nothing in the log can tell; verify() and verify_sql() agree.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PdauthCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PdauthCluster::new_cluster('tampering');
$node->start;
my $key = PostgreSQL::Test::Utils::tempdir() . '/key.pem';
run_command([ 'openssl', 'genpkey', '-algorithm', 'ed25519', '-out', $key ]);
chmod 0600, $key;
my $off = q{SET pdauth.break_glass = 'attack'; SET session_replication_role = replica; } .
	join ' ', map { "ALTER TABLE pdauth.$_ DISABLE TRIGGER ALL;" } 'audit_entry', 'audit_block', 'audit_subtree', 'audit_segment';
my ($note, $vkey);

sub sql { return $node->safe_psql('log', shift); }

# A log of four blocks, the first two of them packed, and a checkpoint of it kept elsewhere.
sub make_log
{
	$node->safe_psql('postgres', 'DROP DATABASE IF EXISTS log');
	$node->safe_psql('postgres', "CREATE DATABASE log; ALTER DATABASE log SET pdauth.checkpoint_origin = 'example.gov.cn/log'; ALTER DATABASE log SET pdauth.checkpoint_key_file = '$key'");
	sql(q{CREATE EXTENSION pgcrypto; CREATE EXTENSION pdauth; CREATE TABLE item (id int PRIMARY KEY, note text); SELECT pdauth.audit('item')});
	for my $block (1 .. 4)
	{
		sql("INSERT INTO item SELECT $block * 10000 + g, 'block $block' FROM generate_series(1, 1500) AS g");
		sql('SELECT pdauth.seal()');
		sql('SELECT pdauth.archive()') if $block == 2;
	}
	($note, $vkey) = split /\|/, sql(q{SELECT encode(convert_to(note, 'UTF8'), 'hex'), vkey FROM pdauth.checkpoint()});
}

sub findings { return join ' / ', map { sql($_) } q{SELECT string_agg(DISTINCT kind, ', ' ORDER BY kind) FROM pdauth.verify() WHERE severity = 'finding'}, q{SELECT string_agg(DISTINCT kind, ', ' ORDER BY kind) FROM pdauth.verify_sql()}; }
sub against { return sql("SELECT kind FROM pdauth.verify_against(convert_from('\\x$note', 'UTF8'), ARRAY['$vkey'])"); }
# The same inside a transaction that is taken back; findings as counts.
my $each = q{SELECT string_agg(kind || ' ' || count, ', ' ORDER BY kind) FROM (SELECT kind, count(*) FROM (SELECT DISTINCT kind, block, epoch, xid, n FROM pdauth.verify%s WHERE kind <> 'summary') AS v GROUP BY kind) AS k};
sub attempt { return join ' / ', split /\n/, sql("BEGIN; $off " . shift . '; ' . sprintf($each, '()') . '; ' . sprintf($each, '_sql()') . '; ROLLBACK'); }

make_log();
is(findings(), ' / ', 'a log');
is(against(), 'summary', '... and its checkpoint');

# Segments are the partitions of the log.
my $first = q{(epoch, xid, n) = (SELECT epoch, xid, n FROM pdauth.audit_segment ORDER BY 1, 2, 3 LIMIT 1)};
my $second = q{(epoch, xid, n) = (SELECT epoch, xid, n FROM pdauth.audit_segment ORDER BY 1, 2, 3 OFFSET 1 LIMIT 1)};
my @columns = ('xids', 'ns', 'made_at', 'relation', 'operation', 'relation_name', 'role_name', 'session_role_name', 'image');
is(attempt("UPDATE pdauth.audit_segment AS a SET entries = a.entries - 1, salt = substr(a.salt, 1, octet_length(a.salt) - 16), " . join(', ', map { "$_ = trim_array(a.$_, 1)" } @columns, 'purpose', 'client', 'application') . " WHERE $first"),
	'altered segment 1, missing entry 1 / altered segment 1, missing entry 1', 'an entry taken out of a segment');
is(attempt("UPDATE pdauth.audit_segment AS a SET (image, salt, role_name) = (SELECT b.image, b.salt, b.role_name FROM pdauth.audit_segment AS b WHERE $second) WHERE $first"),
	'altered entry 1024 / altered entry 1024', 'the rows of one segment in another');
is(attempt("CREATE TEMP TABLE moved AS SELECT e.* FROM pdauth.audit_segment AS s, pdauth.audit_unpack(s) AS e WHERE (s.epoch, s.xid, s.n) = (SELECT epoch, xid, n FROM pdauth.audit_segment ORDER BY 1, 2, 3 LIMIT 1) ORDER BY e.xid DESC, e.n DESC LIMIT 1; UPDATE moved AS m SET role_name = 'somebody', leaf = sha256('x'); INSERT INTO pdauth.audit_entry SELECT * FROM moved"),
	'inserted entry 1 / inserted entry 1', 'a second copy of an entry, beside its segment');
is(attempt("SET allow_system_table_mods = on; UPDATE pg_catalog.pg_index SET indisready = false WHERE indexrelid = 'pdauth.audit_entry_key'::regclass; INSERT INTO pdauth.audit_entry SELECT epoch, '3', 1, made_at, relation, operation, relation_name, role_name, session_role_name, purpose, client, application, salt, leaf, image, content FROM pdauth.audit_entry LIMIT 1"),
	'moved entry 1 / moved entry 1', 'a copy of an entry put in past the index');
is(attempt("SET allow_system_table_mods = on; UPDATE pg_catalog.pg_index SET indisready = false WHERE indexrelid = 'pdauth.audit_entry_key'::regclass; INSERT INTO pdauth.audit_entry SELECT epoch, '3', 1, made_at, relation, operation, relation_name, role_name, session_role_name, purpose, client, application, salt, sha256('x'), image, content FROM pdauth.audit_entry LIMIT 1"),
	'inserted entry 1 / inserted entry 1', 'another one put in past the index');
is(attempt("DELETE FROM pdauth.audit_segment WHERE $second"), 'missing entry 2 / missing entry 2', 'a segment taken out');

# What a segment says of its entries, by which searches and pruning go.
for my $change ('xid = (xid::text::bigint - 1)::text::xid8', 'n = n + 1', 'last_xid = (last_xid::text::bigint + 1)::text::xid8', 'last_n = last_n - 1', 'entries = entries - 1',
	q{first_made_at = first_made_at - interval '10 years'}, q{(first_made_at, last_made_at) = (first_made_at - interval '10 years', last_made_at - interval '10 years')})
{
	is(attempt("UPDATE pdauth.audit_segment SET $change WHERE $first"), 'altered segment 1 / altered segment 1', "a segment that lies: $change");
}
my ($status, $out, $refusal) = $node->psql('log', "BEGIN; $off UPDATE pdauth.audit_segment SET first_made_at = first_made_at - interval '10 years', last_made_at = last_made_at - interval '10 years' WHERE $first;
	INSERT INTO pdauth.prune_approval (before, reason, approved_by, approved_at) VALUES ('2020-01-01', 'lie', 'one', now()), ('2020-01-01', 'lie', 'two', now()); SELECT pdauth.prune('2020-01-01', 'lie'); ROLLBACK", on_error_stop => 0);
like($refusal, qr/says something else than its entries and is not pruned/, '... is not pruned by what it says');

# From some block on, with all later hashes.
sql(qq{$off DELETE FROM pdauth.audit_block WHERE block >= 3;
	DELETE FROM pdauth.audit_subtree AS s USING pdauth.audit_block AS b WHERE b.block = 2 AND (s.position + 1) * 256 ^ s.level > b.first_leaf + b.entries + 1;
	UPDATE pdauth.audit_entry SET role_name = 'somebody else' WHERE xid = (SELECT min(xid) FROM pdauth.audit_entry) AND n = 7;
	UPDATE pdauth.audit_entry AS e SET leaf = pdauth.audit_leaf(e) WHERE role_name = 'somebody else'});
cmp_ok(sql('SELECT pdauth.seal()'), '>=', 3000, 'sealed anew from the third block on');
sql(q{INSERT INTO item VALUES (1, 'goes on')});
sql('SELECT pdauth.seal()');
is(findings(), ' / ', '... it verifies by itself');
is(against(), 'rewritten log', '... and not against the checkpoint');

# As a whole: another log in its place.
sql(qq{$off TRUNCATE pdauth.audit_entry, pdauth.audit_block, pdauth.audit_subtree, pdauth.audit_segment; SET session_replication_role = origin;
	INSERT INTO item SELECT 100000 + g, 'another history' FROM generate_series(1, 10000) AS g});
sql('SELECT pdauth.seal()');
is(findings(), ' / ', 'a log put in place of all of it verifies by itself');
is(against(), 'rewritten log', '... and not against the checkpoint');
make_log();
sql(qq{$off DELETE FROM pdauth.audit_block WHERE block = 4; DELETE FROM pdauth.audit_entry WHERE xid = (SELECT max(xid) FROM pdauth.audit_entry);
	DELETE FROM pdauth.audit_subtree AS s USING pdauth.audit_block AS b WHERE b.block = 3 AND (s.position + 1) * 256 ^ s.level > b.first_leaf + b.entries + 1});
is(findings(), ' / ', 'a log whose end was cut off verifies by itself');
is(against(), 'truncated log', '... and not against the checkpoint');
$node->stop;
done_testing();
