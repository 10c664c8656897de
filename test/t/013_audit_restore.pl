# The audit log in a dump restored into another cluster, whose transaction numbers
# begin anew, and from there into a third: it verifies, says which range was
# sealed where, and vouches for tables that were renamed on the way.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PdauthCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my @clusters = map { my $node = PdauthCluster::new_cluster($_, init => { extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ] }); $node->start; $node } 'first', 'second', 'third';
my ($first, $second, $third) = @clusters;
$_->safe_psql('postgres', 'CREATE ROLE keeper; CREATE DATABASE office; CREATE DATABASE annex') for @clusters;

sub findings
{
	my ($server, @relations) = @_;
	return join '; ', grep { $_ ne '' } map { $server->safe_psql('office', $_) }
		q{SELECT kind || ' ' || coalesce(block::text, '') FROM pdauth.verify() WHERE severity = 'finding' ORDER BY 1},
		q{SELECT kind || ' ' || coalesce(block::text, '') FROM pdauth.verify_sql() ORDER BY 1},
		map { "SELECT kind || key FROM pdauth.verify_relation('$_') WHERE severity = 'finding'" } @relations;
}

# Each entry once, in whichever block.
sub sealed_once
{
	my ($server, $database) = @_;
	$server->safe_psql($database // 'office', 'SELECT pdauth.seal()');
	return $server->safe_psql($database // 'office', 'SELECT sum(entries) = (SELECT count(*) FROM pdauth.audit_log) FROM pdauth.audit_block');
}

sub ranges
{
	return shift->safe_psql('office', q{SELECT string_agg(concat_ws(' ', first_block || '-' || last_block, CASE WHEN is_here THEN 'here' ELSE 'elsewhere' END, CASE WHEN is_current THEN 'now' END), ', ' ORDER BY first_block) FROM pdauth.audit_epoch_range});
}

sub copy
{
	my ($from, $to, $database) = @_;
	$database //= 'office';
	local $ENV{PGOPTIONS} = q{-c pdauth.break_glass=move\ to\ another\ server};
	my $file = "$PostgreSQL::Test::Utils::tmp_check/" . $from->name . ".$database.dump";
	$from->command_ok([ 'pg_dump', '-Fc', '-f', $file, $from->connstr($database) ], "dump of $database of " . $from->name);
	$to->command_ok([ 'pg_restore', '--exit-on-error', '-d', $to->connstr($database), $file ], '... restores into ' . $to->name);
}

$first->safe_psql('office', q{
	CREATE EXTENSION pgcrypto; CREATE EXTENSION pdauth;
	CREATE TABLE item (id int PRIMARY KEY, note text);
	CREATE TABLE visit (id int, year int, PRIMARY KEY (id, year)) PARTITION BY LIST (year);
	CREATE TABLE visit_1 PARTITION OF visit FOR VALUES IN (1);
	SELECT pdauth.audit('item'); SELECT pdauth.audit('visit');
	INSERT INTO visit VALUES (1, 1), (2, 1)});
$first->safe_psql('office', "INSERT INTO item VALUES ($_, 'first')") for 1 .. 20;
$first->safe_psql('office', 'ALTER TABLE item RENAME TO article');
$first->safe_psql('office', 'SELECT pdauth.seal()');
$first->safe_psql('office', 'SELECT pdauth.archive()');
$first->safe_psql('office', q{UPDATE article SET note = 'second' WHERE id < 5; DELETE FROM article WHERE id = 20});
$first->safe_psql('office', 'SELECT pdauth.seal()');
$first->safe_psql('office', q{INSERT INTO article VALUES (21, 'not sealed when the dump was made')});
is(findings($first, 'article', 'visit'), '', 'the original is clean');
my $key = PostgreSQL::Test::Utils::tempdir() . '/key.pem';
run_command([ 'openssl', 'genpkey', '-algorithm', 'ed25519', '-out', $key ]);
chmod 0600, $key;
my $note = $first->safe_psql('office', "SET pdauth.checkpoint_origin = 'example.gov.cn/audit'; SET pdauth.checkpoint_key_file = '$key'; SELECT note FROM pdauth.checkpoint()");
my $root = $first->safe_psql('office', 'SELECT root FROM pdauth.audit_block ORDER BY block DESC LIMIT 1');

copy($first, $second);
is(findings($second, 'article', 'visit'), '', 'the copy is clean');
is(ranges($second), '1-2 elsewhere', '... and was sealed elsewhere');
is($second->safe_psql('office', 'SELECT root FROM pdauth.audit_block ORDER BY block DESC LIMIT 1'), $root, '... with the same root');
is($second->safe_psql('office', "SELECT kind FROM pdauth.verify_against('$note')"), 'summary', '... as the checkpoint of the original says');
$second->safe_psql('office', q{ALTER TABLE article RENAME TO ware; ALTER TABLE visit_1 RENAME TO visit_first});
$second->safe_psql('office', q{INSERT INTO ware VALUES (22, 'in the copy'); UPDATE ware SET note = 'third' WHERE id = 1; INSERT INTO visit VALUES (3, 1)});
is(findings($second, 'ware', 'visit'), '', 'renamed there, its rows still have their history');
cmp_ok($second->safe_psql('office', 'SELECT pdauth.seal()'), '>=', 4, 'what was not sealed when it came is sealed with what is new');
is(findings($second, 'ware', 'visit'), '', 'clean');
is(ranges($second), '1-2 elsewhere, 3-3 here now', 'a second range says so');

copy($second, $third);
$third->safe_psql('office', 'CREATE SCHEMA moved; ALTER TABLE ware SET SCHEMA moved; ALTER SCHEMA moved RENAME TO settled');
$third->safe_psql('office', q{UPDATE settled.ware SET note = 'fourth' WHERE id = 2});
$third->safe_psql('office', 'SELECT pdauth.seal()');
is(findings($third, 'settled.ware', 'visit'), '', 'a second move, too');
is(ranges($third), '1-2 elsewhere, 3-3 elsewhere, 4-4 here now', '... is in the ranges');
$third->safe_psql('office', q{SET pdauth.break_glass = 'attack'; ALTER TABLE settled.ware DISABLE TRIGGER ALL;
	UPDATE settled.ware SET note = 'forged' WHERE id = 3; DELETE FROM settled.ware WHERE id = 4; INSERT INTO settled.ware VALUES (20, 'back')});
is(findings($third, 'settled.ware'), join("\n", map { "$_->[0]" . qq({"id": $_->[1]}) } [ 'altered row', 3 ], [ 'deleted row', 4 ], [ 'inserted row', 20 ]),
	'what is done behind the triggers is found by the history from three servers');
is(sealed_once($third), 't', 'each entry was sealed once');
# An entry of a server that is not this one, made here.
$third->safe_psql('office', q{SET pdauth.break_glass = 'attack'; INSERT INTO pdauth.audit_entry SELECT e.epoch, e.xid, e.n + 1000, e.made_at, e.relation, e.operation, e.relation_name, e.role_name, e.session_role_name, e.purpose, e.client, e.application, e.salt, e.leaf, e.image
	FROM pdauth.audit_entry AS e WHERE e.epoch = (SELECT epoch FROM pdauth.audit_block WHERE block = 2) LIMIT 1});
like(findings($third), qr/^(\w+ entry) ; \1 $/, 'a forged entry of a server before is found');

# What was never sealed where it was made is sealed where it comes first, and not again further on.
$first->safe_psql('annex', q{CREATE EXTENSION pgcrypto; CREATE EXTENSION pdauth; CREATE TABLE item (id int PRIMARY KEY); SELECT pdauth.audit('item'); INSERT INTO item VALUES (1)});
copy($first, $second, 'annex');
is(sealed_once($second, 'annex'), 't', 'a log that was not sealed before is sealed once');
$second->safe_psql('annex', 'INSERT INTO item VALUES (2)');
copy($second, $third, 'annex');
$third->safe_psql('annex', 'INSERT INTO item VALUES (3)');
is(sealed_once($third, 'annex'), 't', '... on the next server, too');
is($third->safe_psql('annex', q{SELECT count(*) FROM pdauth.verify() WHERE severity = 'finding'}), '0', '... and clean');
is($third->safe_psql('annex', q{SELECT count(*) FROM pdauth.verify_relation('item')}), '0', '... with the history of its rows');
$_->stop for @clusters;
done_testing();
