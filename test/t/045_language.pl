# Messages in Chinese: a server whose lc_messages is zh_CN.UTF-8 takes them from
# the catalogue, for texts of the library and of the rule catalogue, in the
# encoding of each database; otherwise they are in English.
#
# The server looks for catalogues beside its own program, so the test runs a
# copy of it from a directory of its own, with the rest of the installation by
# reference, and makes a locale there.
use strict;
use warnings;
use utf8;
use File::Copy;
use File::Path 'make_path';
use FindBin;
use lib $FindBin::RealBin;
use PdauthCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my %at = map { $_ => qx(pg_config --$_) =~ s/\s+$//r } qw(bindir sharedir pkglibdir localedir version);
my ($major) = $at{version} =~ /(\d+)/;
my ($staged) = split /:/, $ENV{PDAUTH_LIBRARY_PATH} // '';
$staged =~ s/\Q$at{pkglibdir}\E$//;
my $catalogue = "$at{localedir}/zh_CN/LC_MESSAGES/pdauth-$major.mo";
plan skip_all => 'the server was built without NLS' unless qx(pg_config --configure) =~ /--enable-nls/;
ok(-f "$staged$catalogue", 'make install brings the catalogue');

my $root = PostgreSQL::Test::Utils::tempdir;
make_path("$root$at{bindir}", "$root$at{pkglibdir}", "$root$at{sharedir}/extension", "$root$catalogue" =~ s{/[^/]+$}{}r);
for my $place ('pkglibdir', 'sharedir')
{
	for my $from ('', $staged)
	{
		symlink $_, $root . substr($_, length $from) for grep { !-l $root . substr($_, length $from) } glob("$from$at{$place}/* $from$at{$place}/extension/*");
	}
}
copy("$at{bindir}/$_", "$root$at{bindir}/$_") && chmod 0755, "$root$at{bindir}/$_" or die "$_: $!" for 'postgres', 'pg_ctl';
copy("$staged$catalogue", "$root$catalogue") or die "$catalogue: $!";
make_path("$root/locales");
system('localedef', '--no-archive', '-i', 'zh_CN', '-f', 'UTF-8', "$root/locales/zh_CN.UTF-8") == 0 or die 'localedef failed';

my $node = PdauthCluster::new_cluster('language', init => { extra => ['--encoding=UTF8'] });
{
	local $ENV{PATH} = "$root$at{bindir}:$ENV{PATH}";
	local $ENV{LOCPATH} = "$root/locales";
	$node->start;
}
$ENV{PGCLIENTENCODING} = 'UTF8';

sub answer
{
	my ($database, $sql) = @_;
	my ($status, $out, $err) = $node->psql($database, $sql, extra_params => [ '-v', 'VERBOSITY=verbose' ]);

	utf8::decode($_) for $out, $err;
	return $out . $err;
}

my $refused = 'SET ROLE reader; SELECT * FROM person';
my $setup = q{
	CREATE EXTENSION pdauth CASCADE;
	CREATE TABLE person (name text);
	GRANT SELECT ON person TO reader;
	SELECT pdauth.protect('person', 'civil/person', region => '530102')};

$node->safe_psql('postgres', 'CREATE ROLE reader');
$node->safe_psql('postgres', "CREATE DATABASE $_ ENCODING '$_' LOCALE 'C' TEMPLATE template0") for 'EUC_CN', 'SQL_ASCII';
$node->safe_psql($_, $setup) for 'postgres', 'euc_cn';

like(answer('postgres', $refused), qr/PD205: role "reader" holds no license.*HINT:  Apply for the data \(数据申请\)/s, 'English is the default');
is(answer('postgres', q{SELECT pdauth.message('plan is not approved')}), 'plan is not approved', '... of the rules, too');

$node->safe_psql('postgres', q{ALTER SYSTEM SET lc_messages = 'zh_CN.UTF-8'});
$node->reload;
is($node->safe_psql('postgres', 'SHOW lc_messages'), 'zh_CN.UTF-8', 'the server speaks Chinese');
for my $database ('postgres', 'euc_cn')
{
	like(answer($database, $refused), qr/PD205: 角色“reader”没有读取 public.person 的有效许可/, "$database: the message of a refusal");
	like(answer($database, $refused), qr/DETAIL:  Rule R-20-5: Article 20, .*（?第二十条 .*该表作为资源 civil\/person 受保护。/, '... its DETAIL, the rule in both languages');
	like(answer($database, $refused), qr/HINT:  请在运营平台上提出申请（数据申请）/, '... its HINT');
	like(answer($database, q{SELECT pdauth.refuse('R-9-1', 'plan K-1')}), qr/plan K-1: \S*[^\x00-\x7f]{4}.*HINT:  请/s, '... a refusal of the register');
	like(answer($database, q{SELECT pdauth.refuse('R-9-1', 'plan K-1', NULL, 'Wait until it has run.')}), qr/HINT:  请等待期限届满。/, '... the hint of a check of the register');
	is(answer($database, q{SELECT pdauth.message('raw data may not leave the domain (原始数据不出域)')}), '原始数据不得出域（原始数据不出域）', '... a text that is Chinese in part');
	like(answer($database, q{SELECT '{read}'::pdauth.license_scope}), qr/license_scope 格式错误：位置 5 处应为关键字“on”/, '... arguments in another order');
}
is(answer('postgres', q{SELECT '[' || pdauth.message('') || pdauth.message('no such text') || ']', pdauth.message(NULL) IS NULL}), '[no such text]|t', 'what the catalogue does not have');
like(answer('sql_ascii', q{CREATE EXTENSION pdauth CASCADE; SELECT pdauth.message('plan is not approved')}), qr/方案未经批准/, 'SQL_ASCII: the extension installs');
like(answer('sql_ascii', q{SELECT '{read}'::pdauth.license_scope}), qr/22P02: license_scope 格式错误/, "... and errors arrive");
like(answer('postgres', "SET lc_messages = 'C'; $refused"), qr/PD205: role "reader" holds no license/, 'a superuser sets another language for the session');

my $start = -s $node->logfile;
answer('postgres', q{SET pdauth.break_glass = 'drill'; SELECT * FROM person});
my $log = slurp_file($node->logfile, $start);
utf8::decode($log);
like($log, qr/pdauth.break_glass 向“\w+”放开 public.person：drill/, 'lines of the server log');

{
	local $ENV{PATH} = "$root$at{bindir}:$ENV{PATH}";
	$node->stop;
}
done_testing();
