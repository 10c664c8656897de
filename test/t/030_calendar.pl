# The calendar's copy in each backend is never old: on a standby, in parallel
# workers, after COPY; and calendars survive dump and restore.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PdauthCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PdauthCluster::new_cluster('primary', init => { allows_streaming => 1, extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ] });
$primary->start;
$primary->safe_psql('postgres', 'CREATE EXTENSION pdauth CASCADE');
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;

# A session on the standby that has loaded its calendar already.
my ($in, $out, $err) = ('', '', '');
my $session = IPC::Run::start([ 'psql', '-XAtq', '-d', $standby->connstr('postgres') ], '<', \$in, '>', \$out, '2>', \$err);

sub ask
{
	my $sql = shift;
	$out = '';
	$in .= "$sql;\n\\echo done\n";
	$session->pump until $out =~ /done\n/;
	my $answer = $out;
	$answer =~ s/done\n//;
	chomp $answer;
	return $answer;
}

sub catch_up { $primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert')) }

my $days = q{SELECT jsonb_agg(to_jsonb(d) - 'version' - 'calendar') FROM pdauth.calendar_day_in_force AS d WHERE d.calendar = 'CN' AND d.version = pdauth.notice_in_force('CN', '2026-10-01')};
my $off = q{jsonb_build_array(jsonb_build_object('day', '2026-11-25', 'kind', 'off', 'holiday', 'special'))};
catch_up();
is(ask(q{SELECT pdauth.workday_add('2026-11-24', 1)}), '2026-11-25', 'standby: loaded');
$primary->safe_psql('postgres', "SELECT pdauth.load_calendar_year('CN', 2026, 14, 'test', ($days) || $off)");
catch_up();
is(ask(q{SELECT pdauth.workday_add('2026-11-24', 1)}), '2026-11-26', 'standby: sees the new notice in an open session');
my $load_shipped = q{SELECT pdauth.load_calendar_year('CN', 2026, 13, 'as before', (SELECT jsonb_agg(to_jsonb(d) - 'version' - 'calendar' - 'year') FROM pdauth.calendar_day AS d WHERE d.calendar = 'CN' AND d.version = 23))};
$primary->safe_psql('postgres', "BEGIN; $load_shipped; ROLLBACK");
catch_up();
is(ask(q{SELECT pdauth.workday_add('2026-11-24', 1)}), '2026-11-26', 'standby: nothing of a rollback');

# Parallel workers, with rows that only the transaction itself can see.
my $parallel = q{
	SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
};
$primary->safe_psql('postgres', q{CREATE TABLE event (day date); ALTER TABLE event SET (parallel_workers = 2);
	INSERT INTO event SELECT '2026-11-20'::date + i % 10 FROM generate_series(1, 20000) AS i; ANALYZE event});
my $count = q{SELECT count(*) FROM event WHERE pdauth.is_workday(day)};
like($primary->safe_psql('postgres', "$parallel EXPLAIN (COSTS OFF) $count"), qr/Gather/, 'parallel: the query runs in workers');
is($primary->safe_psql('postgres', "$parallel $count"), '10000', 'parallel: workers load the calendar');
is($primary->safe_psql('postgres', qq{$parallel
	BEGIN;
	DO \$\$ BEGIN PERFORM (@{[ $load_shipped =~ s/^SELECT //r ]}); END \$\$;
	$count;
	ROLLBACK;
	$count}), "12000\n10000", 'parallel: workers see what their transaction changed, and not after its rollback');

# COPY, and a child calendar, to be dumped.
$primary->safe_psql('postgres', q{
	INSERT INTO pdauth.calendar (calendar, parent, title) VALUES ('CN-532300', 'CN', 'Chuxiong')});
my $version = $primary->safe_psql('postgres', 'SELECT last_value + 1 FROM pdauth.calendar_version_sequence');
my $file = $primary->basedir . '/days.csv';
append_to_file($file, join '', map { "CN-532300,$version,2025-07-$_,off,festival\n" } 16 .. 18);
$primary->safe_psql('postgres', qq{BEGIN;
	INSERT INTO pdauth.calendar_notice (calendar, year, rest_days, source) VALUES ('CN-532300', 2025, 3, 'test');
	COPY pdauth.calendar_day (calendar, version, day, kind, holiday) FROM '$file' (FORMAT csv);
	COMMIT});
$primary->safe_psql('postgres', q{
	INSERT INTO pdauth.obligation (rule, debtor, matter, event_date, term, calendar) VALUES
		('R-10-6', 'a', 'provisional', '2026-12-01', '20 workdays', 'CN'), ('R-10-6', 'a', 'local', '2026-11-01', '20 workdays', 'CN-532300');
	UPDATE pdauth.obligation SET suspended = '{[2026-12-05,2026-12-07)}' WHERE matter = 'provisional';
	UPDATE pdauth.obligation SET waive_reason = 'test' WHERE matter = 'local'});
my $state = q{
	SELECT pdauth.workday_add('2026-11-24', 1), pdauth.workday_add('2025-07-15', 1), pdauth.workday_add('2025-07-15', 1, 'CN-532300'),
	       pdauth.calendar_version('CN'), (SELECT count(*) FROM pdauth.calendar_day), (SELECT count(*) FROM pdauth.calendar_notice),
	       (SELECT md5(string_agg(n::text, ',' ORDER BY n.calendar, n.version)) FROM pdauth.calendar_notice AS n WHERE NOT n.shipped),
	       (SELECT md5(string_agg(o::text, ',' ORDER BY o.obligation_id)) FROM pdauth.obligation AS o),
	       (SELECT md5(string_agg(c::text, ',' ORDER BY c.change_id)) FROM pdauth.obligation_change AS c)};
my $before = $primary->safe_psql('postgres', $state);
like($before, qr/^2026-11-26\|2025-07-16\|2025-07-21\|1001\|/, 'child calendar by COPY');
my $dump = $primary->basedir . '/dump.sql';
$primary->command_ok([ 'pg_dump', '-p', $primary->port, '-h', $primary->host, '-f', $dump, 'postgres' ], 'dump');
$primary->safe_psql('postgres', 'CREATE DATABASE restored TEMPLATE template0');
{
	local $ENV{PGOPTIONS} = '-c pdauth.break_glass=restore';
	$primary->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-p', $primary->port, '-h', $primary->host, '-f', $dump, 'restored' ], 'restore');
}
is($primary->safe_psql('restored', $state), $before, 'restored: no row lost, none twice');

# Tables arrive in any order in a parallel restore, deadlines before the notices they rest on too.
# pg_restore does not know the foreign keys between tables of an extension, hence the replication role.
my $archive = $primary->basedir . '/dump.custom';
$primary->command_ok([ 'pg_dump', '-Fc', '-p', $primary->port, '-h', $primary->host, '-f', $archive, 'postgres' ], 'dump, custom format');
for my $round (1 .. 3)
{
	$primary->safe_psql('postgres', "CREATE DATABASE parallel_$round TEMPLATE template0");
	local $ENV{PGOPTIONS} = '-c pdauth.break_glass=restore -c session_replication_role=replica';
	$primary->command_ok([ 'pg_restore', '-j', 4, '--exit-on-error', '-p', $primary->port, '-h', $primary->host, '-d', "parallel_$round", $archive ], "parallel restore $round");
	is($primary->safe_psql("parallel_$round", $state), $before, "parallel restore $round: no row lost, none twice, no deadline moved");
}
$primary->safe_psql('postgres', 'CREATE DATABASE reversed TEMPLATE template0');
{
	local $ENV{PGOPTIONS} = '-c pdauth.break_glass=restore -c session_replication_role=replica';
	my ($list) = run_command([ 'pg_restore', '-l', $archive ]);
	my @data = grep { /TABLE DATA pdauth (obligation|calendar)/ } split /\n/, $list;
	my @rest = grep { !/TABLE DATA pdauth (obligation|calendar)/ } split /\n/, $list;
	my @first = sort grep { /calendar /} @data;
	my @deadlines = grep { /obligation/ } @data;
	my @notices = grep { !/calendar |obligation/ } @data;
	my ($at) = grep { $rest[$_] =~ /TABLE DATA|SEQUENCE SET/ } 0 .. $#rest;
	splice @rest, $at, 0, @first, @deadlines, @notices;
	my $order = $primary->basedir . '/order.list';
	append_to_file($order, join("\n", @rest) . "\n");
	$primary->command_ok([ 'pg_restore', '-L', $order, '--exit-on-error', '-p', $primary->port, '-h', $primary->host, '-d', 'reversed', $archive ], 'restore, deadlines first');
	is($primary->safe_psql('reversed', $state), $before, 'restore, deadlines first: no deadline moved');
}

# The clock on a standby: set it, but there is nowhere to record it but the log.
is(ask(q{SET pdauth.clock = '2026-10-14 09:00'; SELECT pdauth.clock_today()}), '2026-10-14', 'standby: the clock can be stopped for a rehearsal');
like(slurp_file($standby->logfile), qr/pdauth.clock is set to 2026-10-14 09:00/, '... and the server log says so');
like($primary->safe_psql('restored', "SELECT pdauth.load_calendar_year('CN', 2026, 14, 'test', ($days))"), qr/^10(0[4-9]|1[0-9])$/,
	'restored: the next version is a new one');

$in .= "\\q\n";
$session->finish;
$standby->stop;
$primary->stop;
done_testing();
