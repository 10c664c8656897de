# What is recorded of statements: reads at their beginning with the outcome,
# refusals, utility statements, changes of policy, whatever becomes of the
# transaction, and never a value.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use JSON::PP;
use PdauthCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PdauthCluster::new_cluster('statement', recording => 1);
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION pdauth CASCADE;
	CREATE ROLE reader; CREATE ROLE stranger; CREATE ROLE keeper;
	CREATE TABLE secret (id integer, content text, division text);
	INSERT INTO secret SELECT i, 'canary', '530100' FROM generate_series(1, 100) AS i;
	CREATE TABLE plain (id integer);
	GRANT ALL ON secret, plain TO reader, stranger, keeper;
	CREATE VIEW shown AS SELECT content FROM secret;
	GRANT SELECT ON shown TO reader;
	CREATE FUNCTION peek() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM secret); END';
	SELECT pdauth.protect('secret', 'test/secret', region_column => 'division');
	INSERT INTO pdauth.license (licensee, scope, basis)
	VALUES ('reader', '{read on test(id,content) for test in 530000 during [2026-01-01,) level core}', 'test');
	INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES ('keeper', 'test', 'test');
});

# Entries that $sql adds, as [operation, role, relation, image], oldest first.
my $seen = 0;
sub entries
{
	$node->safe_psql('postgres', 'SELECT pdauth.audit_wait()');
	my $out = $node->safe_psql('postgres', q{
		SELECT jsonb_build_array(e.operation, e.role_name, e.relation_name, pdauth.audit_image(e) -> 'new', e.session_role_name, e.purpose, e.application)
		  FROM pdauth.audit_entry AS e ORDER BY e.xid, e.n OFFSET } . $seen);
	my @entries = map { decode_json($_) } split /\n/, $out;
	$seen += @entries;
	return @entries;
}

sub recorded
{
	my ($sql, %options) = @_;
	my ($status, $out, $err) = $node->psql('postgres', $sql, on_error_stop => 0, %options);
	return entries();
}

my @entries = entries();
is(scalar(grep { $_->[0] eq 'L' && $_->[3]{kind} eq 'SECURITY LABEL' && $_->[2] eq 'public.secret' && $_->[3]{detail} =~ /^RESOURCE test\/secret/ } @entries), 1,
	'a label is a change of policy');
is(scalar(grep { $_->[0] eq 'L' && $_->[3]{kind} eq 'INSERT pdauth.license' && decode_json($_->[3]{detail})->{basis} eq 'test' } @entries), 1, 'a license too');
is(scalar(grep { $_->[0] eq 'L' && $_->[3]{kind} eq 'INSERT pdauth.custodian' } @entries), 1, '... and custody');

is(recorded('SET ROLE reader; SELECT 1; SELECT * FROM plain'), 0, 'what is not protected is not recorded');
@entries = recorded(q{SET SESSION AUTHORIZATION reader; SELECT id FROM secret});
is_deeply([ @{ $entries[0] }[ 1, 4 ] ], [ 'reader', $node->safe_psql('postgres', 'SELECT current_user') ], 'a superuser who takes the name of another is named as who logged in');
@entries = recorded(q{SET ROLE reader; SET pdauth.purpose = 'test'; SET application_name = 'tester'; SELECT id, division FROM secret WHERE content = 'canary'});
is(@entries, 1, 'a read is one entry');
my ($operation, $role, $relation, $image, $session_role, $purpose, $application) = @{ $entries[0] };
my $superuser = $node->safe_psql('postgres', 'SELECT current_user');
is_deeply([ $operation, $role, $relation, $session_role, $purpose, $application ], [ 'R', 'reader', 'public.secret', $superuser, 'test', 'tester' ], '... that says who, what for and with what');
is_deeply($image->{relations}, [ { relation => 'public.secret', resource => 'test/secret', access => 'read',
	columns => [ 'id', 'content', 'division' ], masked => ['division'], licenses => [1] } ], '... columns used, those in WHERE included, and by which license');
is($image->{rows}, 100, '... how many rows were shown');
like($image->{query_id}, qr/^-?\d+$/, '... the fingerprint');
unlike(encode_json($image), qr/canary|sqlstate/, '... and no value');

for my $case (
	[ 'view', 'SELECT * FROM shown', 'SELECT', undef ],
	[ 'COPY of a query', 'COPY (SELECT content FROM secret) TO STDOUT', 'COPY', undef ],
	[ 'cursor', 'BEGIN; DECLARE c CURSOR FOR SELECT content FROM secret; FETCH 2 FROM c; FETCH 3 FROM c; COMMIT', 'SELECT', 5 ],
	[ 'function', 'SELECT peek()', 'SELECT', 1 ],
	[ 'EXPLAIN', 'EXPLAIN SELECT content FROM secret', 'EXPLAIN', 0 ],
	[ 'prepared statement', 'PREPARE q AS SELECT content FROM secret; EXECUTE q', 'SELECT', 100 ])
{
	my ($what, $sql, $kind, $rows) = @$case;
	# views are read as their owner too, who keeps nothing here
	$node->safe_psql('postgres', "INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES ('$superuser', 'test', 'owner')") if $what eq 'view';
	entries();
	@entries = recorded("SET ROLE reader; $sql");
	is(scalar(grep { $_->[0] eq 'R' && $_->[3]{kind} eq $kind && $_->[1] eq 'reader' } @entries), 1, "$what is recorded");
	is($entries[0][3]{rows}, $rows, "... with $rows rows") if defined $rows;
}

@entries = recorded('SET ROLE reader; COPY secret TO STDOUT');
is_deeply([ map { $_->[3]{kind} } @entries ], [ 'COPY', 'COPY' ], 'COPY of the table: the command, and the query it becomes');
is($entries[1][3]{within}, $entries[0][3]{statement}, '... one within the other');

@entries = recorded('SET ROLE keeper; BEGIN; SELECT content FROM secret; SAVEPOINT a; UPDATE secret SET id = 2 WHERE content = $$canary$$ RETURNING division; ROLLBACK TO a; UPDATE secret SET id = id; ROLLBACK');
is_deeply([ map { $_->[0] } @entries ], [ 'R', 'R', 'O', 'R', 'O', 'O' ], 'rolled back: nothing of it is lost');
is_deeply([ map { $_->[3]{relations}[0]{access} // '-' } @entries ], [ 'read', 'read, write', '-', 'read, write', '-', '-' ], '... what a write reads is read');
is($entries[2][3]{rolled_back_from}, $entries[1][3]{statement}, '... the savepoint took back one');
is($entries[5][3]{rolled_back_from}, $entries[0][3]{statement}, '... the transaction all');

@entries = recorded('SET ROLE reader; SELECT 1 / (id - 100) FROM secret');
is_deeply([ map { [ $_->[0], $_->[3]{sqlstate}, $_->[3]{rows} ] } @entries ], [ [ 'R', '22012', undef ] ], 'a statement that fails after it showed rows');
@entries = recorded('SELECT pg_sleep(1.5), content FROM secret LIMIT 1');
is($entries[0][3]{rows}, 1, 'a long statement has its outcome') if @entries == 1;
is_deeply([ sort map { $_->[0] } @entries ], [ 'O', 'R' ], '... in an entry of its own') if @entries == 2;

for my $case (
	[ 'at planning', 'SELECT * FROM secret', 'PD205', 'R-20-5' ],
	[ 'in a transaction rolled back', 'BEGIN; SELECT * FROM secret; ROLLBACK', 'PD205', 'R-20-5' ],
	[ 'caught by the client\'s code', 'DO $$ BEGIN PERFORM * FROM secret; EXCEPTION WHEN OTHERS THEN NULL; END $$', 'PD205', 'R-20-5' ],
	[ 'of a write', 'UPDATE secret SET id = 1', 'PD214', 'R-21-4' ],
	[ 'of COPY', 'COPY secret FROM STDIN', 'PD214', 'R-21-4' ])
{
	my ($what, $sql, $sqlstate, $rule) = @$case;
	@entries = recorded("SET ROLE stranger; $sql");
	is_deeply([ map { [ @$_[0, 1, 2], @{ $_->[3] }{qw(sqlstate kind)} ] } grep { $_->[0] eq 'N' } @entries ],
		[ [ 'N', 'stranger', 'public.secret', $sqlstate, $rule ] ], "refusal $what");
}
@entries = recorded('DELETE FROM pdauth.license');
is_deeply([ map { [ $_->[0], $_->[3]{sqlstate} ] } @entries ], [ [ 'N', 'PD208' ] ], 'refusals that triggers raise');

@entries = recorded(q{SET pdauth.break_glass = 'repair'; UPDATE secret SET id = 3 WHERE id = 1});
is_deeply([ map { [ $_->[0], $_->[3]{kind} ] } @entries ], [ [ 'L', 'SET' ], [ 'R', 'UPDATE' ] ], 'break-glass: its beginning and its use');
is($entries[1][3]{break_glass}, 'repair', '... with the reason');
@entries = recorded(q{SET pdauth.clock = '2026-10-14 09:00'; SET ROLE reader; SELECT id FROM secret});
is_deeply([ grep { defined } map { $_->[3]{clock} } @entries ], ['2026-10-14 09:00'], 'a stopped clock is in what is done under it');
@entries = recorded('GRANT reader TO stranger');
is_deeply([ map { @{ $_->[3] }{qw(kind detail)} } @entries ], [ 'GRANT ROLE', 'reader to stranger' ], 'memberships');
@entries = recorded('REVOKE reader FROM stranger; TRUNCATE plain; ANALYZE plain; VACUUM secret');
is_deeply([ map { $_->[3]{kind} } @entries ], [ 'REVOKE ROLE', 'VACUUM' ], 'utility statements on protected relations');
@entries = recorded(q{BEGIN; INSERT INTO pdauth.license (licensee, scope, basis) VALUES ('stranger', '{read on test(*) for test in 530000 during [2026-01-01,) level core}', 'no'); ROLLBACK});
is_deeply([ map { $_->[0] } @entries ], [ 'L', 'O' ], 'a license rolled back is seen to be');

# What a session repeats within a second is one entry, and every statement is in it.
@entries = recorded(q{SET ROLE reader; SET application_name = 'repeating'; SET pdauth.purpose = 'test/repeating';
	DO $$ BEGIN FOR i IN 0 .. 299 LOOP PERFORM content FROM secret LIMIT i % 10; PERFORM 1 FROM secret WHERE id = i; END LOOP; END $$;
	DO $$ BEGIN FOR i IN 10 .. 12 LOOP BEGIN PERFORM 1 / (id - i) FROM secret; EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP; END $$});
my @repeating = grep { $_->[0] eq 'R' && !$_->[3]{sqlstate} && $_->[6] eq 'repeating' } @entries;
cmp_ok(scalar(@repeating), '<', 100, 'repeated statements share entries');
cmp_ok(scalar(@repeating), '>', 4, '... that do not grow without end');
is_deeply([ grep { $_ > 128 } map { scalar @{ $_->[3]{repeated} // [] } } @repeating ], [], '... of 129 statements at most');
is(scalar(grep { $_->[0] eq 'R' && $_->[3]{sqlstate} && !$_->[3]{repeated} } @entries), 3, '... and failed ones are entries of their own');
sub questions_of_repeated
{
	my ($when) = @_;
	my $of = "application = 'repeating' AND sqlstate IS NULL";
	is($node->safe_psql('postgres', qq{SELECT count(*), count(DISTINCT (session, statement)), count(*) FILTER (WHERE columns = '{content}'), sum(rows) FILTER (WHERE columns = '{content}'), bool_and(role_name = 'reader') FROM pdauth.audit_statement WHERE $of}),
		'600|600|300|1350|t', "$when: all of them are there, with their rows");
	is($node->safe_psql('postgres', qq{SELECT count(*) FROM (SELECT statement - lag(statement) OVER w AS step, made_at >= lag(made_at) OVER w AS later FROM pdauth.audit_statement WHERE $of WINDOW w AS (ORDER BY statement)) AS s WHERE step = 1 AND later}),
		599, '... one after the other');
	is($node->safe_psql('postgres', qq{WITH s AS (SELECT * FROM pdauth.audit_statement WHERE $of), t AS (SELECT made_at FROM s ORDER BY statement OFFSET 250 LIMIT 1)
		SELECT (SELECT count(*) FROM pdauth.audit_access((SELECT made_at FROM t)) WHERE $of) = (SELECT count(*) FROM s WHERE made_at >= (SELECT made_at FROM t)),
		       (SELECT count(*) FROM pdauth.audit_access(made_before => (SELECT made_at FROM t)) WHERE $of) = (SELECT count(*) FROM s WHERE made_at < (SELECT made_at FROM t)),
		       (SELECT count(*) FROM pdauth.audit_search((SELECT max(made_at) FROM s)) WHERE application = 'repeating' AND image ->> 'new' LIKE '%repeated%') > 0}), 't|t|t', '... found by the time of each');
	is($node->safe_psql('postgres', qq{SELECT sum(entries), sum(rows) >= 1350, min(first_at) = (SELECT min(made_at) FROM pdauth.audit_statement WHERE application = 'repeating'), max(last_at) = (SELECT max(made_at) FROM pdauth.audit_statement WHERE application = 'repeating')
		FROM pdauth.audit_activity WHERE operation = 'R' AND purpose = 'test/repeating'}), '603|t|t|t', '... and counted');
}
questions_of_repeated('not sealed');
$node->safe_psql('postgres', 'SELECT pdauth.seal()');
$node->safe_psql('postgres', 'SELECT pdauth.archive()');
questions_of_repeated('packed');
$seen = $node->safe_psql('postgres', 'SELECT count(*) FROM pdauth.audit_entry');

# Fail closed (R-25-5): what cannot be recorded does not happen.
my $directory = $node->data_dir . '/pdauth_audit';
my ($status, $out, $err) = $node->psql('postgres', q{SET ROLE reader; SET pdauth.audit_statements = off});
isnt($status, 0, 'no session can switch recording off');
($status, $out, $err) = $node->psql('postgres', q{SET ROLE reader; SET pdauth.audit_durability = queue});
isnt($status, 0, '... or lower its durability');
$node->safe_psql('postgres', q{SET pdauth.audit_durability = strict; SET ROLE reader; SELECT count(content) FROM secret});
$node->stop;
rename $directory, "$directory.away";
append_to_file($directory, 'in the way');
$node->start;
($status, $out, $err) = $node->psql('postgres', 'SET ROLE reader; SELECT content FROM secret', extra_params => [ '-v', 'VERBOSITY=verbose' ]);
like($err, qr/PD255.*R-25-5/s, 'R-25-5: without a queue reading is refused');
unlike($out, qr/canary/, '... and shows nothing');
is($node->safe_psql('postgres', 'SELECT count(*) FROM plain'), 0, '... but what is not protected goes on');
unlink $directory;
rename "$directory.away", $directory;
is($node->safe_psql('postgres', 'SET ROLE reader; SELECT count(content) FROM secret'), 100, 'R-25-5: with it, it works again');

is($node->safe_psql('postgres', q{SELECT pdauth.audit_wait(); SELECT pdauth.seal() >= 0; SELECT count(*) FROM pdauth.verify() WHERE severity = 'finding'}), "\nt\n0", 'the log is clean');
is($node->safe_psql('postgres', 'SELECT count(*) FROM pdauth.verify_sql()'), 0, '... by plain SQL too');
$node->stop;
done_testing();
