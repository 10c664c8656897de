# Reads on a hot standby come into the primary's log, also when the primary was
# away meanwhile; after a promotion the standby writes its own.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PdauthCluster;
use Digest::SHA qw(sha256);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PdauthCluster::new_cluster('primary', recording => 1, init => { allows_streaming => 1 });
$primary->append_conf('postgresql.conf', "pdauth.seal_interval = 100ms\npdauth.audit_queue_size = 64kB\npdauth.audit_timeout = 500ms");
$primary->start;
$primary->safe_psql('postgres', q{
	CREATE EXTENSION pdauth CASCADE;
	CREATE ROLE stranger;
	CREATE ROLE forwarder LOGIN;
	GRANT EXECUTE ON FUNCTION pdauth.import_records(uuid, bytea, text) TO forwarder;
	CREATE TABLE item (id integer, division text DEFAULT '530100');
	INSERT INTO item VALUES (1);
	GRANT SELECT ON item TO stranger;
	SELECT pdauth.protect('item', 'test/item', region_column => 'division');
	INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES (current_user::regrole, 'test', 'test');
});
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
# what the documentation says of its role is enough
$standby->append_conf('postgresql.conf', "pdauth.audit_primary_conninfo = '" . $primary->connstr . " user=forwarder'");
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

# The file in which they wait: whoever changes it is found, also if the checksums
# are made anew, and while the server runs also if all digests are.
sub crc32c
{
	my $crc = 0xffffffff;
	for my $byte (unpack 'C*', shift)
	{
		$crc ^= $byte;
		$crc = $crc & 1 ? ($crc >> 1) ^ 0x82f63b78 : $crc >> 1 for 1 .. 8;
	}
	return $crc ^ 0xffffffff;
}

sub spool
{
	my ($file) = grep { -s $_ } glob $standby->data_dir . '/pdauth_audit/*';
	return $file;
}

# Another byte in place of the first one of $what; with_digests: of all records after it, too.
sub forge
{
	my ($what, $with_digests) = @_;
	my $content = slurp_file(spool());
	my ($capacity, $taken) = unpack 'x12 L Q', $content;
	my $id = substr $content, 24, 16;
	my $at = index $content, $what;
	die "nothing to forge" if $at < 0;
	substr($content, $at, 1) = 'X';
	my ($position, $digest) = (0, sha256($id));
	while ($position < $capacity - 32)
	{
		my $record = 4096 + $position;
		my ($length, $crc, $place) = unpack 'L L Q', substr($content, $record, 16);
		last if $length < 32 || $place != $position;
		my $fresh = sha256($digest . substr($content, $record, 4) . substr($content, $record + 8, $length - 40));
		substr($content, $record + $length - 32, 32) = $fresh if $with_digests;
		$digest = substr $content, $record + $length - 32, 32;
		substr($content, $record + 4, 4) = pack 'L', crc32c(substr $content, $record + 16, $length - 16);
		$position += $length;
	}
	open my $out, '+<:raw', spool() or die $!;
	print $out $content;
	close $out;
}

sub logged
{
	my ($server, $what) = @_;
	for (1 .. 100)
	{
		return 1 if slurp_file($server->logfile) =~ $what;
		select undef, undef, undef, 0.1;
	}
	return 0;
}
$primary->stop;
read_as($standby, $_, 2) for 'spooled-a', 'spooled-b', 'spooled-c';
my $original = slurp_file(spool());
sub put_back { open my $out, '+<:raw', spool() or die $!; print $out $original; close $out; }
forge('spooled-b', 1);
$primary->start;
ok(logged($standby, qr/records in the audit queue were changed or taken out at or after position/), 'a spool that was rewritten with all its digests is found by the server that runs');
is(reads($primary, 'spooled-a'), 0, '... before any of it is in the log');
put_back();
$standby->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'pdauth audit worker'});
$standby->safe_psql('postgres', 'SELECT pdauth.audit_wait()');
is(join(' ', map { reads($primary, $_) } 'spooled-a', 'spooled-b', 'spooled-c'), '2 2 2', '... and put back as it was, it is taken');
$primary->stop;
read_as($standby, $_, 2) for 'spooled-d', 'spooled-e';
$standby->stop;
$original = slurp_file(spool());
forge('spooled-d', 0);
$primary->start;
$standby->start;
ok(logged($primary, qr/records of an audit queue were changed or exchanged after position/), 'one that was changed while the server was down is found by the primary');
is(reads($primary, 'Xpooled-d') + reads($primary, 'spooled-e'), 0, '... and is not in its log');
put_back();
ok($primary->poll_query_until('postgres', q{SELECT count(*) = 4 FROM pdauth.audit_entry WHERE application IN ('spooled-d', 'spooled-e') AND operation = 'R'}), '... until it is as it was');

# Promotion: what could not be sent is written by the standby itself.
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
$primary->stop;
read_as($standby, 'fifth', 5);
my $survivor = $standby->background_psql('postgres');
my $epoch = $survivor->query_safe('SELECT pdauth.audit_epoch()');
$standby->promote;
$standby->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()');
my $survived = $survivor->query_safe('SELECT pdauth.audit_epoch()');
isnt($survived, $epoch, 'a session that was there before the promotion has another epoch after it');
is($survived, $standby->safe_psql('postgres', 'SELECT pdauth.audit_epoch()'), '... that of new ones');
$survivor->quit;
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
