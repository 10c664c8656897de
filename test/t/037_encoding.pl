# A database in EUC_CN: the extension installs, masks mask, and refusals reach
# the client in Chinese and with their SQLSTATE, not as a failed conversion.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PdauthCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PdauthCluster::new_cluster('encoding', init => { extra => [ '--encoding=EUC_CN', '--locale=C' ] });
$node->start;
$ENV{PGCLIENTENCODING} = 'UTF8';

sub answer
{
	my ($role, $sql) = @_;
	my ($status, $out, $err) = $node->psql('postgres', "SET ROLE $role; $sql", extra_params => [ '-v', 'VERBOSITY=verbose' ]);

	return $out . $err;
}

$node->safe_psql('postgres', q{
	CREATE EXTENSION pdauth CASCADE;
	CREATE ROLE owner;
	CREATE ROLE reader;
	CREATE ROLE stranger;
	CREATE TABLE person (name text, address text, citizen_id text, phone text, division text);
	INSERT INTO person VALUES ('欧阳建国', '云南省昆明市五华区某街1号', '530102199001011234', '13812345678', '530102');
	ALTER TABLE person OWNER TO owner;
	GRANT SELECT, INSERT ON person TO reader, stranger;
	CREATE TABLE strict (name text);
	GRANT SELECT ON strict TO reader;
	SELECT pdauth.protect('person', 'civil/person', region_column => 'division'), pdauth.protect('strict', 'civil/strict', region => '530000', mode => 'strict');
	SELECT pdauth.mask('person', 'name', 'FUNCTION pdauth.mask_name(name)'), pdauth.mask('person', 'phone', 'VALUE ''保密'''),
	       pdauth.mask('person', 'address', 'FUNCTION pdauth.mask_address(address, ''county'')'),
	       pdauth.mask('person', 'citizen_id', 'FUNCTION pdauth.mask_citizen_id(citizen_id)'), pdauth.mask('strict', 'name', 'VALUE NULL');
	SELECT pdauth.create_masked_view('person', 'public.shown', '{reader}');
	INSERT INTO pdauth.license (licensee, scope, basis)
	VALUES ('reader', '{read on civil(*) for 产业发展/车险 in 530000 during [2026-01-01,) level general}', '申请1号')});
is($node->safe_psql('postgres', 'SHOW server_encoding'), 'EUC_CN', 'the database is in EUC_CN');
is(answer('reader', "SELECT * FROM $_"), '欧***|云南省昆明市五华区|530***********1234|保密|530102', "masks, $_") for 'person', 'shown';
is($node->safe_psql('postgres', q{SELECT scope FROM pdauth.license}), '{read on civil(*) for 产业发展/车险 in 530000 during [2026-01-01,) level general}', 'a license in Chinese');

my %refused = (
	'no license' => [ 'stranger', 'SELECT name FROM person', qr/PD205.*DETAIL:.*第二十条.*HINT:.*数据申请/s ],
	'another purpose' => [ 'reader', q{SET pdauth.purpose = '别的'; SELECT name FROM person}, qr/PD216.*别的.*HINT:.*'产业发展\/车险'/s ],
	'strict mode' => [ 'reader', 'SELECT name FROM strict', qr/PD286.*HINT:.*数据申请/s ],
	'writing' => [ 'reader', q{INSERT INTO person VALUES ('甲')}, qr/PD214.*HINT:.*数据校核需求/s ],
	'a table of what is read' => [ 'reader', 'CREATE TEMP TABLE copy AS SELECT name FROM person', qr/PD206.*HINT:.*数据申请/s ],
	'the owner' => [ 'owner', 'ALTER TABLE person RENAME COLUMN name TO title', qr/PD002.*任何权限不得绕过规则/s ],
	'a term' => [ 'reader', q{SELECT '二十个'::pdauth.term}, qr/22P02.*HINT:.*个工作日/s ]);
for my $case (sort keys %refused)
{
	my ($role, $sql, $told) = @{ $refused{$case} };
	my $answer = answer($role, $sql);

	like($answer, $told, "refused in Chinese: $case");
	unlike($answer, qr/欧阳|22P05/, '... and nothing else');
}
unlike($node->safe_psql('postgres', q{SELECT detail FROM pdauth.library_rules()}), qr/^[ -~]*$/m, 'the titles of all rules are readable');
is($node->safe_psql('postgres', q{SELECT count(*) > 0 FROM pdauth.health_check()}), 't', 'the health check');
like($node->safe_psql('postgres', q{SELECT string_agg(e::text, ' ') FROM pdauth.explain_access('person', 'reader', '产业发展/车险') AS e}), qr/mask_address/, 'explain_access');
is($node->safe_psql('postgres', q{SELECT '20个工作日'::pdauth.term::text}), '20 workdays', 'terms');

# An encoding that cannot write the rules says so when the extension is created.
my ($status, $out, $err) = $node->psql('template1', q{CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0});
($status, $out, $err) = $node->psql('latin', 'CREATE EXTENSION pdauth CASCADE');
like($err, qr/has no equivalent in encoding "LATIN1"/, 'LATIN1 is refused');
$node->stop;

done_testing();
