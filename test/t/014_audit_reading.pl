# Reading the log: per resource, role, person, organisation and purpose, and who
# had to do with the data of one person; the same packed and not, and only for
# auditors, who see no more in the log than in the table.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PdauthCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PdauthCluster::new_cluster('reading', recording => 1, init => { extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ] });
$node->append_conf('postgresql.conf', "pdauth.seal_interval = 0");
$node->start;
sub sql { return $node->safe_psql('postgres', shift); }
sub as { my ($role, $statements) = @_; my ($status, $out, $err) = $node->psql('postgres', $statements, extra_params => [ '-U', $role ]); return $out . ($role eq 'auditor' ? $err : ''); }
sub error { my ($role, $statements) = @_; return ($node->psql('postgres', $statements, extra_params => [ '-U', $role ]))[2]; }

sql(q{
	CREATE EXTENSION pdauth CASCADE;
	GRANT pdauth_policy_admin TO CURRENT_USER;
	CREATE ROLE auditor LOGIN; GRANT pdauth_auditor TO auditor;
	CREATE ROLE keeper LOGIN; CREATE ROLE kunming LOGIN; CREATE ROLE dali LOGIN; CREATE ROLE stranger LOGIN; CREATE ROLE pool LOGIN;
	GRANT kunming TO pool WITH ADMIN OPTION;
	CREATE TABLE person (id int PRIMARY KEY, card text, mobile text, division text);
	CREATE TABLE visit (id int, card text, division text, year int, PRIMARY KEY (id, year)) PARTITION BY LIST (year);
	CREATE TABLE visit_1 PARTITION OF visit FOR VALUES IN (1);
	CREATE TABLE visit_2 PARTITION OF visit FOR VALUES IN (2);
	CREATE TABLE plain (id int PRIMARY KEY, card text);
	GRANT SELECT, INSERT, UPDATE, DELETE ON person, visit, plain TO keeper, kunming, dali, stranger;
	SELECT pdauth.audit(t) FROM unnest('{person,visit,plain}'::regclass[]) AS t;
	SELECT pdauth.protect('person', 'civil/person', region_column => 'division', subject_column => 'card');
	SELECT pdauth.protect('visit', 'health/visit', region_column => 'division', subject_column => 'card');
	SELECT pdauth.mask('person', 'card', 'FUNCTION pdauth.mask_text(card, 1, 0)', level => 'important');
	SELECT pdauth.mask('person', 'mobile', 'FUNCTION pdauth.mask_text(mobile, 1, 0)', level => 'important');
	INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES ('keeper', 'civil', 'duty'), ('keeper', 'health', 'duty');
	INSERT INTO pdauth.license (licensee, scope, basis) VALUES
	  ('kunming', '{read on civil(*) for audit/study in 530100 during [2026-01-01,) level core; read on health(*) for audit/study in 530100 during [2026-01-01,) level core}', 'K-1'),
	  ('dali', '{read on civil(*) for study in 532900 during [2026-01-01,) level core}', 'D-1');
	WITH y AS (INSERT INTO pdauth.party (party, name, kind, credit_code, division) VALUES
	       ('km_co', 'Kunming Data', 'legal person', '91110108551385082Q', '530100') RETURNING party_id),
	     c AS (INSERT INTO pdauth.party_capacity (party_id, capacity, since, basis, division) SELECT party_id, 'operator', '2026-01-01', 'test', '530100' FROM y RETURNING capacity_id),
	     p AS (INSERT INTO pdauth.person (person, name, party_id) SELECT 'li_wei', 'Li Wei', party_id FROM y RETURNING person_id)
	INSERT INTO pdauth.principal (role, person_id, capacity_id, since) SELECT 'kunming', person_id, capacity_id, '2026-01-01' FROM p, c;
	INSERT INTO pdauth.principal (role, person_id, capacity_id, since, ended_on) SELECT 'dali', person_id, capacity_id, '2020-01-01', '2026-01-02' FROM pdauth.person, pdauth.party_capacity;
});
my $before = as('kunming', q{SET pdauth.purpose = 'audit/study'; SELECT count(card) FROM person});
is($before, '0', 'read before there was anything');
as('keeper', q{INSERT INTO person VALUES (1, 'canary-one', '13800000001', '530102'), (2, 'canary-two', '13800000002', '532901'); INSERT INTO visit VALUES (1, 'canary-one', '530102', 1)});
as('kunming', q{SET pdauth.purpose = 'audit/study'; SELECT card FROM person; SELECT p.card FROM person AS p JOIN visit AS v USING (card)});
as('pool', q{SET ROLE kunming; SET pdauth.purpose = 'audit/study'; SELECT mobile FROM person});
as('dali', q{SELECT card FROM person});
as('kunming', q{SET pdauth.purpose = 'audit/study'; SELECT card FROM person WHERE false});
as('stranger', 'SELECT * FROM person');
as('keeper', q{UPDATE person SET mobile = 'canary-mobile' WHERE id = 1; DELETE FROM person WHERE id = 1});
as('kunming', q{SET pdauth.purpose = 'audit/study'; SELECT card FROM person});
as('keeper', q{SELECT card FROM person; INSERT INTO plain VALUES (1, 'open-one')});
sql('SELECT pdauth.audit_wait()');

my $subject = q{SELECT string_agg(concat_ws(' ', certainty, operation, used_name, access, role_name, session_role_name, '(' || array_to_string(columns, ',') || ')', rows), '; ' ORDER BY made_at, epoch, xid, n) FROM pdauth.audit_subject('%s', '%s')};
sub questions
{
	my ($when) = @_;
	is(as('auditor', sprintf $subject, 'public.person', 'canary-one'), join('; ',
		'certain I public.person write keeper keeper 1',
		'possible R public.person read kunming kunming (card) 1',
		'possible R public.person read kunming kunming (card) 1',
		'possible R public.person read kunming pool (mobile) 1',
		'possible R public.person read, write keeper keeper (id,mobile) 1',
		'certain U public.person write keeper keeper 1',
		'possible R public.person read, write keeper keeper (id) 1',
		'certain D public.person write keeper keeper 1'), "$when: who saw the data of one person");
	is(as('auditor', sprintf $subject, 'public.visit', 'canary-one'), join('; ',
		'certain I public.visit_1 write keeper keeper 1', 'possible R public.visit read kunming kunming (card) 1'), "$when: ... through the parent of a partition, and in a join");
	is(as('auditor', sprintf $subject, 'public.person', 'nobody'), '', "$when: ... nobody has seen nobody");
	is(as('auditor', q{SELECT string_agg(concat_ws(' ', operation, relation_name, role_name, purpose, rows), '; ' ORDER BY made_at, epoch, xid, n, relation_name) FROM pdauth.audit_organisation('km_co')}), join('; ',
		'R public.person kunming audit/study 1', 'R public.person kunming audit/study 1', 'R public.person kunming audit/study 1', 'R public.visit kunming audit/study 1',
		'R public.person kunming audit/study 1', 'R public.person kunming audit/study 0', 'R public.person kunming audit/study 0'), "$when: what an organisation saw");
	is(as('auditor', q{SELECT string_agg(concat_ws(' ', resource, relation_name, reads, rows_read, changes, refusals, roles), '; ' ORDER BY resource, relation_name) FROM pdauth.audit_by_resource WHERE resource IS NOT NULL}),
		'civil/person public.person 10 6 4 1 4; health/visit public.visit 1 1 0 0 2; health/visit public.visit_1 0 0 1 0 1', "$when: by resource");
	is(as('auditor', q{SELECT string_agg(concat_ws(' ', role_name, session_role_name, resource, purpose, reads, rows_read, changes, refusals), '; ' ORDER BY role_name, session_role_name, resource) FROM pdauth.audit_by_role WHERE resource = 'civil/person'}),
		'dali dali civil/person 1 1 0 0; keeper keeper civil/person 3 1 4 0; kunming kunming civil/person audit/study 5 3 0 0; kunming pool civil/person audit/study 1 1 0 0; stranger stranger civil/person 0 0 0 1', "$when: by role");
	is(as('auditor', q{SELECT string_agg(concat_ws(' ', purpose, resource, reads, rows_read, changes, refusals, roles), '; ' ORDER BY purpose, resource) FROM pdauth.audit_by_purpose WHERE resource IS NOT NULL}), 'audit/study civil/person 6 4 0 0 1; audit/study health/visit 1 1 0 0 1; civil/person 4 2 4 1 3; health/visit 0 0 1 0 1', "$when: by purpose");
	is(as('auditor', q{SELECT string_agg(concat_ws(' ', person, party, resource, purpose, reads, rows_read, refusals), '; ' ORDER BY person, party, resource) FROM pdauth.audit_by_person WHERE person IS NOT NULL}), 'li_wei km_co civil/person audit/study 6 4 0; li_wei km_co health/visit audit/study 1 1 0', "$when: by person");
	is(as('auditor', q{SELECT string_agg(concat_ws(' ', party, capacity, resource, purpose, reads, rows_read, persons), '; ' ORDER BY party, resource) FROM pdauth.audit_by_organisation WHERE party IS NOT NULL}), 'km_co operator civil/person audit/study 6 4 1; km_co operator health/visit audit/study 1 1 1', "$when: by organisation");
	is(as('auditor', q{SELECT count(*), bool_and(operation = 'N') FROM pdauth.audit_access(role_names => '{stranger}', resource => 'civil')}), '1|t', "$when: refusals");
	is(as('auditor', q{SELECT count(*) FROM pdauth.audit_access(resource => 'health') WHERE access IS NOT NULL}), '2', "$when: a resource and what is below it");
	is(as('auditor', q{SELECT count(*) FROM pdauth.audit_access(made_before => '2020-01-01')}), '0', "$when: a time in which nothing was");
	is(as('auditor', q{SELECT count(*) FROM pdauth.audit_search(relation_name => 'public.visit') WHERE image #>> '{new,kind}' = 'SELECT'}), '1', "$when: a statement is found by each table that it used");
}
questions('not sealed');
sql('SELECT pdauth.seal()');
questions('sealed');
sql('SELECT pdauth.archive()');
is(sql(q{SELECT count(*) FROM pdauth.audit_entry WHERE operation <> 'L'}), '0', 'packed');
questions('packed');
sql('DELETE FROM pdauth.audit_activity_packed; DELETE FROM pdauth.audit_subject_packed');
questions('without the index');
cmp_ok(sql('SELECT pdauth.audit_index()'), '>', 0, 'the index is made again');
is(sql('SELECT pdauth.audit_index()'), 0, '... once');
sql(q{UPDATE pdauth.audit_subject_packed SET hashes = '{}'});
unlike(as('auditor', sprintf $subject, 'public.person', 'canary-one'), qr/certain/, 'whoever changes the index hides something');
sql('SELECT pdauth.audit_index(rebuild => true)');
questions('index rebuilt');

# Auditors only, and no more than they may see.
my @all = map { "SELECT * FROM pdauth.$_" } 'audit_statement', 'audit_activity', 'audit_by_resource', 'audit_by_role', 'audit_by_purpose', 'audit_by_person', 'audit_by_organisation',
	'audit_actor', 'audit_activity_of', "audit_access()", "audit_subject('public.person', 'canary-one')", "audit_organisation('km_co')", 'audit_search()', 'audit_trail';
for my $query (@all)
{
	like(error('stranger', $query), qr/permission denied/, "not for everybody: $query");
	unlike(as('auditor', $query), qr/canary|1380000/, '... and for auditors without a value they may not see');
}
for my $query ('SELECT * FROM pdauth.audit_activity_packed', 'SELECT * FROM pdauth.audit_subject_packed', q{SELECT pdauth.audit_found('-infinity', 'infinity', NULL, NULL, NULL, NULL, NULL, NULL, NULL)})
{
	like(error('auditor', $query), qr/permission denied/, "not for auditors: $query");
}
is(as('auditor', q{SELECT count(*) FROM pdauth.audit_search(subject_column => 'mobile', subject_value => 'canary-mobile')}), '0', 'a masked column cannot be searched for values');
is(as('auditor', q{SELECT count(*) FROM pdauth.audit_search(subject_column => 'card', subject_value => 'open-one', relation_name => 'public.plain')}), '1', '... one that is not masked can');
is(as('auditor', q{SELECT count(*) FROM pdauth.audit_search(subject_column => 'card', subject_value => 'canary-one', relation_name => 'public.person')}), '3', '... and so can the subject column');
like(error('auditor', q{SELECT * FROM pdauth.audit_subject('public.plain', 'canary-one')}), qr/names a subject column/, 'without a subject column there is no answer');

# What is erased is no longer in the index either.
sql(q{SET pdauth.break_glass = 'to find it'; SELECT pdauth.erase_image(epoch, xid, n, 'request 7') FROM pdauth.audit_log WHERE operation IN ('I', 'U', 'D') AND relation_name = 'public.person' AND pdauth.image_has(image, 'card', 'canary-one')});
is(sql(q{SELECT count(*) FROM pdauth.audit_subject_packed WHERE hashtext('canary-one') = ANY (hashes) AND relation_name = 'public.person'}), '0', 'the index forgets what is erased');
unlike(as('auditor', sprintf $subject, 'public.person', 'canary-one'), qr/certain/, '... and nothing is known of the person any more');
is(sql(q{SELECT count(*) FROM pdauth.verify() WHERE severity = 'finding'}), '0', 'the log is clean');
$node->stop;
done_testing();
