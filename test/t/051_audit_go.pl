# Go's own transparency-log packages, which Go's checksum database relies on,
# verify our checkpoints and proofs, and nothing that was altered.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PdauthCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $packages = '/usr/share/gocode';		# where Debian's golang-golang-x-mod-dev is
my ($found, $version) = (0, '');
$found = eval { IPC::Run::run([ 'go', 'version' ], '>', \$version) } if -d "$packages/src/golang.org/x/mod";
plan skip_all => 'needs go and the package golang-golang-x-mod-dev' unless $found;

my $place = PostgreSQL::Test::Utils::tempdir_short();
IPC::Run::run([ 'openssl', 'genpkey', '-algorithm', 'ed25519', '-out', "$place/key" ]) or die 'openssl failed';
{
	local @ENV{qw(GO111MODULE GOPATH GOCACHE GOTOOLCHAIN)} = ('off', $packages, "$place/cache", 'local');
	command_ok([ 'go', 'build', '-o', "$place/verify", "$FindBin::RealBin/../audit/verify_checkpoint.go" ], "the verifier builds: $version");
}

my $node = PdauthCluster::new_cluster('log');
$node->start;
$node->safe_psql('postgres', qq{
	CREATE EXTENSION pdauth CASCADE;
	ALTER DATABASE postgres SET pdauth.checkpoint_origin = 'example.gov.cn/audit/office';
	ALTER DATABASE postgres SET pdauth.checkpoint_key_file = '$place/key';
	CREATE TABLE item (id int);
	SELECT pdauth.audit('item');
	INSERT INTO item SELECT generate_series(1, 300);
	SELECT pdauth.seal();});

# kept(name, query): a file of the answer as psql writes it.
sub kept
{
	my ($name, $query) = @_;
	my $path = "$place/$name";
	IPC::Run::run([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', $query ], '>', $path) or die 'psql failed';
	return $path;
}
# verified(arguments): the last line that the verifier prints.
sub verified
{
	my ($out, $err) = ('', '');
	IPC::Run::run([ "$place/verify", @_ ], '>', \$out, '2>', \$err);
	my ($last) = ($out . $err) =~ /([^\n]*)\n\z/;
	return $last;
}

my $take = q{SELECT rtrim(note, E'\n') FROM pdauth.checkpoint()};
my $early = kept('early', $take);
$node->safe_psql('postgres', 'INSERT INTO item SELECT generate_series(301, 700); SELECT pdauth.seal()');
my $late = kept('late', $take);
my $vkey = $node->safe_psql('postgres', 'SELECT vkey FROM pdauth.checkpoint_key');
my $consistency = kept('consistency', q{
	SELECT encode(hash, 'hex') FROM (SELECT min(tree_size) AS early, max(tree_size) AS late FROM pdauth.audit_checkpoint) AS c,
	       unnest(pdauth.consistency_proof(early, late)) WITH ORDINALITY AS p (hash, place) ORDER BY place});
my $proven = q{FROM pdauth.audit_trail AS e, pdauth.inclusion_proof(e.epoch, e.xid, e.n, (SELECT max(tree_size) FROM pdauth.audit_checkpoint)) AS p};
my $inclusion = kept('inclusion', qq{SELECT encode(hash, 'hex') $proven, unnest(p.proof) WITH ORDINALITY AS u (hash, place) WHERE e.image -> 'new' ->> 'id' = '7' ORDER BY place});
my ($index, $leaf) = split /\|/, $node->safe_psql('postgres', qq{SELECT p.leaf_index, encode(p.leaf_hash, 'hex') $proven WHERE e.image -> 'new' ->> 'id' = '7'});
my $size = (split /\n/, slurp_file($late))[1];

is(verified($vkey, $late), "signature of example.gov.cn/audit/office over $size leaves", 'Go verifies the signature of a checkpoint');
is(verified($vkey, $late, $inclusion, $index, $leaf), "leaf $index is in the log", '... that an entry is in the log');
like(verified($vkey, $late, $consistency, $early), qr/^the log continues that of \d+ leaves$/, '... and that the log was only added to');

is(verified($vkey, $late, $inclusion, $index + 1, $leaf), 'invalid transparency proof', 'an entry in another place is found');
is(verified($vkey, $late, $inclusion, $index, '00' x 32), 'invalid transparency proof', '... another entry');
is(verified($vkey, $late, $inclusion, $early), 'invalid transparency proof', '... another history');
my $altered = slurp_file($late);
$altered =~ s/^$size$/$size + 1/me;
open my $file, '>', "$place/altered" or die $!;
print $file $altered;
close $file;
like(verified($vkey, "$place/altered"), qr/^invalid signature/, '... and an altered checkpoint');
$node->stop;

done_testing();
