# The backup and restore commands of the README and of the handbook do what they
# say, on a server that records and seals as by default.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PdauthCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $top = "$FindBin::RealBin/../..";
my $node = PdauthCluster::new_cluster('restore', recording => 1, init => { extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ] });
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE office');
$node->safe_psql('office', q{
	CREATE EXTENSION pdauth CASCADE;
	CREATE TABLE person (card text PRIMARY KEY, division text);
	SELECT pdauth.audit('person');
	INSERT INTO person SELECT g, '530102' FROM generate_series(1, 100) AS g;
	SELECT pdauth.protect('person', 'civil/person', region_column => 'division');
	SELECT pdauth.seal();});

# a backup's session does not keep the log from being sealed, only a restore's does
my $blocks = $node->safe_psql('office', 'SELECT count(*) FROM pdauth.audit_block');
my @seen = split /\n/, $node->safe_psql('office', "SET pdauth.break_glass = 'backup'; INSERT INTO person VALUES ('backed up', '530102');"
	. 'SELECT pg_sleep(0.5); SELECT count(*) FROM pdauth.audit_block;' x 20);
cmp_ok($seen[-1], '>', $blocks, 'a log of its own is sealed while a session has break-glass');

for my $case ([ 'README.md', '## Backup and restore' ], [ 'doc/dba-handbook.md', '## Backup, restore' ])
{
	my ($page, $heading) = @$case;
	my ($commands) = slurp_file("$top/$page") =~ /^\Q$heading\E.*?^```\n(.*?)^```/ms;
	like($commands, qr/pg_dump .* office$/m, "$page says how to make a backup");
	$node->safe_psql('postgres', 'CREATE DATABASE office_restored');
	my $place = PostgreSQL::Test::Utils::tempdir_short();
	# what takes longer than pdauth.seal_interval in a database of some size
	$commands =~ s{^(PGOPTIONS="[^"]*" psql.*)}{sed -i 's/^COPY pdauth.audit_block /SELECT pg_sleep(3);\\n&/' office.sql\n$1}m;
	my ($out, $err) = ('', '');
	{
		local @ENV{qw(PGHOST PGPORT PGDATABASE)} = ($node->host, $node->port, 'postgres');
		ok(IPC::Run::run([ 'sh', '-ec', "cd '$place'\n$commands" ], '>', \$out, '2>', \$err), "the commands of $page work") or diag $err;
	}
	is($node->safe_psql('postgres', q{SELECT setting FROM pg_settings WHERE name = 'pdauth.seal_interval'}), '1000', '... and leave the server as it was');
	is($node->safe_psql('office_restored', q{SELECT pdauth.audit_wait(); SELECT pdauth.seal() >= 0; SELECT count(*) FROM pdauth.verify() WHERE severity = 'finding'}), "\nt\n0", 'the restored log verifies');
	is($node->safe_psql('office_restored', q{SELECT count(*) > 1 FROM pdauth.audit_epoch_range}), 't', '... and goes on');
	is($node->safe_psql('office_restored', q{SELECT resource FROM pdauth.protected_relation WHERE relation = 'person'::regclass}), 'civil/person', 'the table is protected');
	my (undef, undef, $refused) = $node->psql('office_restored', 'SELECT * FROM person');
	like($refused, qr/holds no license/, '... from superusers, too');
	$node->safe_psql('postgres', 'DROP DATABASE office_restored WITH (FORCE)');
}
$node->stop;

done_testing();
