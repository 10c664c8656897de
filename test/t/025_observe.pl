# Observe mode: data passes, and the server log says what would have been
# refused or masked, without a value in it.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use JSON::PP;
use PdauthCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PdauthCluster::new_cluster('observe');
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION pdauth CASCADE;
	GRANT pdauth_policy_admin TO CURRENT_USER;
	CREATE ROLE reader;
	CREATE ROLE "odd ""role""";
	CREATE TABLE secret (id integer, content text, division text);
	INSERT INTO secret VALUES (1, 'canary', '530100');
	GRANT SELECT, UPDATE ON secret TO reader, "odd ""role""";
	INSERT INTO pdauth.license (licensee, scope, basis)
	VALUES ('reader', '{read on test(id) for test in 530000 during [2026-01-01,) level core}', 'test');
});

# The lines that $sql, run in one session, adds to the server log.
sub observed
{
	my ($sql) = @_;
	my $start = -s $node->logfile;
	my $out = $node->safe_psql('postgres', $sql);
	my $log = substr(PostgreSQL::Test::Utils::slurp_file($node->logfile), $start);
	unlike($log =~ s/^.*statement:.*$//mgr, qr/canary/, 'no value in the log');
	return ($out, map { decode_json($_) } $log =~ /pdauth observe: (\{.*\})/g);
}

my ($out, @lines) = observed(q{SELECT pdauth.protect('secret', 'test/secret', region_column => 'division', mode => 'observe')});
is(@lines, 0, 'switching it on is no access');
($out, @lines) = observed('SET ROLE reader; SELECT content FROM secret');
is($out, 'canary', 'data passes');
is(@lines, 1, '... with one line');
is_deeply([ @{ $lines[0] }{qw(relation access would rule sqlstate role times)} ],
	[ 'public.secret', 'read', 'restrict', 'R-20-6', 'PD206', 'reader', 1 ], '... that says what would have happened');
($out, @lines) = observed(q{SET ROLE "odd ""role"""; SET pdauth.purpose = '"a b"'; SELECT content FROM secret});
is($out, 'canary', 'without a license too');
is_deeply([ @{ $lines[0] }{qw(would rule sqlstate role purpose)} ], [ 'refuse', 'R-20-5', 'PD205', 'odd "role"', '"a b"' ], '... with the rule');
($out, @lines) = observed(q{SET ROLE reader; UPDATE secret SET id = 2});
is_deeply([ map { @$_{qw(access would rule)} } @lines ], [ 'write', 'refuse', 'R-21-4' ], 'a write');
($out, @lines) = observed('SET ROLE reader; ' . 'SELECT content FROM secret; ' x 50);
is(@lines, 1, 'a session that reads often writes one line at a time');
is($node->safe_psql('postgres', q{SELECT value FROM pdauth.statistics() WHERE counter = 'observed'}), 53, 'the counter counts all');
($out, @lines) = observed(q{SELECT pdauth.protect('secret', 'test/secret', region_column => 'division')});
my ($status, undef, $err) = $node->psql('postgres', 'SET ROLE "odd ""role"""; SELECT content FROM secret', extra_params => [ '-v', 'VERBOSITY=verbose' ]);
like($err, qr/PD205/, 'enforced, it is refused');
$node->stop;

done_testing();
