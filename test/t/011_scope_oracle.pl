# The algebra of license_scope against plain enumeration; make fuzz-scope runs
# a million pairs with a seed of the day.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PdauthCluster;
use Test::More;

my $node = PdauthCluster::new_cluster('oracle', init => { extra => [ '--encoding=UTF8', '--locale=C' ] });
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION pdauth CASCADE');
$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;
$ENV{PGDATABASE} = 'postgres';
$ENV{PYTHONUTF8} = 1;
my $report = `/usr/bin/python3 $FindBin::RealBin/../fuzz/scope_oracle.py --pairs 10000 --seed 20260101 2>&1`;
is($?, 0, 'the oracle agrees');
like($report, qr/^1\d{4} pairs, 0 mismatches/, '... on all pairs') or diag($report);
done_testing();
