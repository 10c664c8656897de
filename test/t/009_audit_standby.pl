# Reads on a hot standby come into the primary's log, also when the primary was
# away meanwhile; after a promotion the standby writes its own.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PdauthCluster;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PdauthCluster::new_cluster('primary', recording => 1, init => { allows_streaming => 1 });
$primary->append_conf('postgresql.conf', "pdauth.seal_interval = 100ms\npdauth.audit_queue_size = 64kB\npdauth.audit_timeout = 500ms");
$primary->start;
$primary->safe_psql('postgres', q{
	CREATE EXTENSION pdauth CASCADE;
	CREATE ROLE stranger;
	CREATE TABLE item (id integer, division text DEFAULT '530100');
	INSERT INTO item VALUES (1);
	GRANT SELECT ON item TO stranger;
	SELECT pdauth.protect('item', 'test/item', region_column => 'division');
	INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES (current_user::regrole, 'test', 'test');
});
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));

sub reads
{
	my ($server, $which) = @_;
	return $server->safe_psql('postgres', qq{SELECT count(*) FROM pdauth.audit_entry AS e WHERE application = '$which' AND operation = 'R'});
}

sub read_as
{
	my ($server, $name, $times) = @_;
	return $server->psql('postgres', "SET application_name = '$name'; " . 'SELECT id FROM item; ' x $times);
}

read_as($standby, 'first', 10);
$standby->psql('postgres', 'SET ROLE stranger; SELECT id FROM item');
$standby->safe_psql('postgres', 'SELECT pdauth.audit_wait()');
is(reads($primary, 'first'), 10, 'reads on the standby are in the log of the primary');
is($primary->safe_psql('postgres', q{SELECT DISTINCT pdauth.audit_image(e) #>> '{new,standby}' FROM pdauth.audit_entry AS e WHERE application = 'first'}), 'standby', '... which says where they were');
is($primary->safe_psql('postgres', q{SELECT role_name FROM pdauth.audit_entry WHERE operation = 'N'}), 'stranger', '... refusals too');

# The primary is away: they wait, and when the queue is full nobody reads on.
$primary->stop;
is(read_as($standby, 'second', 10), 0, 'the standby is read while the primary is away');
my ($status, $out, $err) = $standby->psql('postgres', q{SET application_name = 'third'; } . 'SELECT id FROM item; ' x 1000, on_error_stop => 1, extra_params => [ '-v', 'VERBOSITY=verbose' ]);
like($err, qr/PD255/, 'what cannot be recorded any more is refused');
my $shown = () = $out =~ /^1$/mg;
$standby->stop('immediate');
$standby->start;
$primary->start;
$standby->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'pdauth audit worker'});
read_as($standby, 'fourth', 1);
$standby->safe_psql('postgres', 'SELECT pdauth.audit_wait()');
ok($primary->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pdauth.audit_entry WHERE application = 'fourth' AND operation = 'R'}), 'the primary is back');
is(reads($primary, 'second'), 10, 'what was read while it was away is in its log, once, a crash of the standby notwithstanding');
is(reads($primary, 'third'), $shown, '... and every row shown is accounted for');
is($primary->safe_psql('postgres', q{SELECT count(*) FROM pdauth.verify() WHERE severity = 'finding'}), 0, 'the log of the primary is clean');

# Promotion: what could not be sent is written by the standby itself.
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
$primary->stop;
read_as($standby, 'fifth', 5);
$standby->promote;
$standby->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()');
read_as($standby, 'sixth', 3);
$standby->safe_psql('postgres', 'SELECT pdauth.audit_wait()');
is(reads($standby, 'fifth'), 5, 'reads before the promotion are in the log of the new primary');
is(reads($standby, 'sixth'), 3, 'and those after it');
ok($standby->poll_query_until('postgres', 'SELECT entries = 0 FROM pdauth.unsealed()'), 'it seals');
is($standby->safe_psql('postgres', q{SELECT count(*) FROM pdauth.verify() WHERE severity = 'finding'}), 0, 'its log is clean');

# Records cannot be left out or changed on the way.
($status, $out, $err) = $standby->psql('postgres', q{SELECT pdauth.import_records(gen_random_uuid(), '\x00112233', 'forged')});
like($err, qr/no complete records|missing or damaged/, 'what is no record is refused');
$standby->stop;
done_testing();
