# An office whose rules must hold wherever its database goes: a masked table of
# persons with a licensee, a former licensee, a stranger and a custodian; and a
# register under which a developer reads a product delivered to it.
package Office;

use strict;
use warnings;
use FindBin;
use Test::More;
use Exporter 'import';

our @EXPORT = qw(open_office rules_hold log_goes_on log_is_clean answer_of read_is_logged);

my $include = "$FindBin::RealBin/../pgtap/include";

# open_office(node, database, version of pdauth)
sub open_office
{
	my ($node, $database, $version) = @_;
	$database //= 'postgres';

	$node->safe_psql($database, 'CREATE EXTENSION pgcrypto; CREATE EXTENSION pdauth' . ($version ? " VERSION '$version'" : ''));
	$node->safe_psql($database, q{
		CREATE ROLE keeper LOGIN;
		CREATE ROLE analyst LOGIN;
		CREATE ROLE former LOGIN;
		CREATE ROLE stranger LOGIN;
		CREATE TABLE person (id integer PRIMARY KEY, name text, division text);
		GRANT SELECT ON person TO PUBLIC;
		GRANT INSERT, UPDATE, DELETE ON person TO keeper;
		SELECT pdauth.audit('person');
		INSERT INTO person VALUES (1, 'canary', '530102'), (2, 'canary', '532901');
		SELECT pdauth.protect('person', 'civil/person', region_column => 'division', subject_column => 'id');
		SELECT pdauth.mask('person', 'name', 'FUNCTION pdauth.mask_text(name, 1, 0)');
		INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES ('keeper', 'civil', 'duty');
		INSERT INTO pdauth.license (licensee, scope, basis)
		  SELECT r, '{read on civil/person(*) for statistics in 530100 during [2026-01-01,) level general}', 'request 1' FROM unnest('{analyst,former}'::regrole[]) AS r;
		UPDATE pdauth.license SET revoke_reason = 'withdrawn' WHERE licensee = 'former'::regrole});
	$node->safe_psql($database, qq{
		BEGIN;
		\\i $include/delivery.sql
		INSERT INTO t.p1 VALUES ('delivered');
		GRANT SELECT ON t.p1 TO PUBLIC;
		SELECT pdauth.protect('t.p1', 'product/P-1');
		ALTER ROLE dev_x_1 LOGIN;
		ALTER ROLE dev_y_1 LOGIN;
		COMMIT});
	return;
}

# What a role gets: the rows, or the SQLSTATE of the refusal.
sub answer_of
{
	my ($server, $role, $sql, $database) = @_;
	my ($status, $out, $err) = $server->psql($database // 'postgres', $sql, extra_params => [ '-U', $role, '-v', 'VERBOSITY=sqlstate' ]);

	return $status == 0 ? $out : ($err =~ /ERROR:\s+(\w{5})/)[0] // $err;
}

# rules_hold(server, name, database): who reads what; on a server that writes, who writes what.
sub rules_hold
{
	my ($server, $name, $database) = @_;
	my $persons = 'SELECT * FROM person WHERE id < 10 ORDER BY id';
	my $product = 'SELECT * FROM t.p1';
	my $writes = $server->safe_psql($database // 'postgres', 'SELECT NOT pg_is_in_recovery()') eq 't';
	my @rule = (
		[ 'a licensee sees his rows, masked', 'analyst', $persons, '1|c*****|530102' ],
		[ 'also in conditions', 'analyst', q{SELECT count(*) FROM person WHERE name = 'canary'}, 0 ],
		[ 'one whose license was revoked sees nothing', 'former', $persons, 'PD205' ],
		[ 'a stranger neither', 'stranger', $persons, 'PD205' ],
		[ 'nor a superuser', $server->{_superuser} //= $server->safe_psql('postgres', 'SELECT current_user'), $persons, 'PD205' ],
		[ 'a custodian all of it', 'keeper', $persons, "1|canary|530102\n2|canary|532901" ],
		[ 'a developer the product delivered to it', 'dev_x_1', $product, 'delivered' ],
		[ 'another developer not', 'dev_y_1', $product, 'PD211' ],
		[ 'nobody the images in the log', 'keeper', 'SELECT image FROM pdauth.audit_entry', '42501' ],
		[ 'days are counted', 'stranger', q{SELECT pdauth.workday_add('2026-09-10', 20)}, '2026-10-14' ]);

	push @rule, [ 'a licensee writes nothing', 'analyst', q{INSERT INTO person VALUES (9, 'x', '530102')}, 'PD214' ],
		[ 'a plan that was approved stays', 'km_center_1', q{UPDATE pdauth.plan SET purposes = '{x}' WHERE label = 'K-1'}, 'PD103' ],
		[ 'and the history of licenses', 'keeper', 'DELETE FROM pdauth.license', '42501' ] if $writes;
	for my $rule (@rule)
	{
		my ($what, $role, $sql, $expected) = @$rule;
		# persons of the register do not log in
		my $answer = $role =~ /^km_/ ? answer_of($server, $server->{_superuser}, "SET ROLE $role; $sql", $database) : answer_of($server, $role, $sql, $database);

		is($answer, $expected, "$name: $what");
	}
	return;
}

sub log_is_clean
{
	my ($server, $name, $database) = @_;

	is(join('; ', grep { $_ ne '' } map { $server->safe_psql($database // 'postgres', $_) }
		q{SELECT kind, block, found FROM pdauth.verify() WHERE severity = 'finding'},
		q{SELECT kind, block FROM pdauth.verify_sql()},
		q{SELECT kind, key FROM pdauth.verify_relation('person') WHERE severity = 'finding'}), '', "$name: the log verifies");
	return;
}

# The custodian writes; it is recorded once, sealed, and clean.
sub log_goes_on
{
	my ($server, $name, $database) = @_;
	my $ask = sub { return $server->safe_psql($database // 'postgres', shift) };
	my $written = q{SELECT count(*) FROM pdauth.audit_log WHERE operation = 'I' AND relation_name = 'public.person' AND role_name = 'keeper'};
	my $before = $ask->($written);
	my $id = $ask->(q{SET pdauth.break_glass = 'test'; SELECT max(id) + 10 FROM person});

	is(answer_of($server, 'keeper', "INSERT INTO person VALUES ($id, 'canary', '530102')", $database), '', "$name: the custodian writes");
	is($ask->($written), $before + 1, "$name: it is in the log, once");
	$ask->('SELECT pdauth.audit_wait()');
	$ask->('SELECT pdauth.seal()');
	is($ask->('SELECT entries FROM pdauth.unsealed()'), 0, "$name: and sealed");
	log_is_clean($server, $name, $database);
	return;
}

# Waits until the reading of that application is in the log of the server, once.
sub read_is_logged
{
	my ($server, $application, $name) = @_;

	ok($server->poll_query_until('postgres', "SELECT count(*) = 1 FROM pdauth.audit_log WHERE application = '$application' AND operation = 'R'"), $name);
	return;
}

1;
