# A hot standby and one behind it: the same rules, a revocation reaches both,
# what is read there is in the primary's log; after the promotion the new primary
# goes on, and the old one comes back as its standby by pg_rewind.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin, "$FindBin::RealBin/../t";
use Office;
use PdauthCluster;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $first = PdauthCluster::new_cluster('first', recording => 1, init => { allows_streaming => 1, extra => [ '--encoding=UTF8', '--locale=C.UTF-8', '--data-checksums' ] });
$first->append_conf('postgresql.conf', "pdauth.seal_interval = 100ms\nwal_keep_size = 1GB");
$first->start;
open_office($first);
$first->backup('base');

my ($second, $third) = map { PostgreSQL::Test::Cluster->new($_) } 'second', 'third';
$second->init_from_backup($first, 'base', has_streaming => 1);
$second->start;
$second->backup('base', backup_options => [ '-X', 'stream' ]);
$third->init_from_backup($second, 'base', has_streaming => 1);
$third->start;

sub catch_up
{
	my ($from, @standbys) = @_;

	for my $standby (@standbys)
	{
		$from->wait_for_catchup($standby, 'replay', $first->lsn('insert')) if $from == $first;
		$from->wait_for_catchup($standby, 'replay', $from->lsn('replay')) if $from != $first;
	}
	return;
}
catch_up($first, $second);
catch_up($second, $third);

rules_hold($_, $_->name) for $first, $second, $third;
log_is_clean($_, $_->name) for $second, $third;
like(answer_of($second, 'keeper', q{INSERT INTO person VALUES (3, 'x', '530102')}), qr/25006/, 'a standby writes nothing');

# A license given and taken away.
for my $standby ($second, $third)
{
	my $grant = q{INSERT INTO pdauth.license (licensee, scope, basis) VALUES ('stranger', '{read on civil/person(*) for statistics in 530000 during [2026-01-01,) level core}', 'request 2')};
	$first->safe_psql('postgres', $grant);
	catch_up($first, $second);
	catch_up($second, $third);
	is(answer_of($standby, 'stranger', 'SELECT name FROM person WHERE id = 1'), 'canary', $standby->name . ': a license given on the primary shows');
	$first->safe_psql('postgres', q{UPDATE pdauth.license SET revoke_reason = 'end' WHERE licensee = 'stranger'::regrole AND revoked_at IS NULL});
	catch_up($first, $second);
	catch_up($second, $third);
	is(answer_of($standby, 'stranger', 'SELECT name FROM person WHERE id = 1'), 'PD205', $standby->name . ': and taken away it shows nothing');
}

# What is read on standbys is in the primary's log.  The third has to be told
# which servers that can be: its primary_conninfo names a standby.
answer_of($third, 'analyst', q{SET application_name = 'too far'; SELECT name FROM person});
$third->wait_for_log(qr/pdauth cannot send records of statements to the primary: connecting: .*read-only/);
$third->append_conf('postgresql.conf', 'pdauth.audit_primary_conninfo = \'host=' . join(',', map { $_->host } $first, $second) . ' port=' . join(',', map { $_->port } $first, $second) . "'");
$third->reload;
for my $standby ($second, $third)
{
	my $name = 'read on ' . $standby->name;

	is(answer_of($standby, 'analyst', "SET application_name = '$name'; SELECT name FROM person"), 'c*****', $standby->name . ': it is read');
	read_is_logged($first, $name, '... which is in the log of the primary');
}

read_is_logged($first, 'too far', '... and so is what waited');

# Failover: the second is the primary now, the third follows it.
$first->stop;
$second->promote;
rules_hold($second, 'promoted');
log_goes_on($second, 'promoted');
$third->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_wal_receiver WHERE status = 'streaming'}) or die;
$second->wait_for_catchup($third, 'replay', $second->lsn('insert'));
rules_hold($third, 'behind the promoted one');
log_is_clean($third, 'behind the promoted one');
is(answer_of($third, 'analyst', q{SET application_name = 'after the failover'; SELECT name FROM person WHERE id = 1}), 'c*****', 'behind the promoted one: it is read');
read_is_logged($second, 'after the failover', '... which is in the log of the new primary');

# Failback: the old primary had gone on by itself for a while, unseen.
$first->start;
is(answer_of($first, 'keeper', q{INSERT INTO person VALUES (100, 'lost', '530102')}), '', 'the old primary starts, not knowing, and writes');
$first->safe_psql('postgres', 'SELECT pdauth.audit_wait()');
$first->stop;
$second->safe_psql('postgres', 'CHECKPOINT');
my @rewind = ('pg_rewind', '-D', $first->data_dir, '--no-sync', '--source-server');
command_fails_like([ @rewind, $second->connstr('postgres') ], qr/pg_read_binary_file is not open without break-glass/, 'pg_rewind reads files of the new primary, which takes break-glass');
command_ok([ @rewind, $second->connstr('postgres') . q{ options='-c pdauth.break_glass=failback'} ], '... with it, the old one is taken back');
$first->append_conf('postgresql.conf', 'port = ' . $first->port);
$first->enable_streaming($second);
$first->set_standby_mode;
$first->start;
$second->wait_for_catchup($first, 'replay', $second->lsn('insert'));
rules_hold($first, 'rewound');
log_is_clean($first, 'rewound');
is($first->safe_psql('postgres', q{SET pdauth.break_glass = 'test'; SELECT count(*) FROM person WHERE id = 100}), 0, 'rewound: what it wrote alone is gone');
is(answer_of($first, 'analyst', q{SET application_name = 'rewound'; SELECT name FROM person WHERE id = 1}), 'c*****', 'rewound: it is read');
read_is_logged($second, 'rewound', '... which is in the log of the new primary');
log_goes_on($second, 'in the end');
$_->stop for $first, $third, $second;
done_testing();
