# pg_upgrade within a version: what it does to the catalogs and the files is the
# same as between two (those: make check-upgrade).
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin, "$FindBin::RealBin/../t";
use Office;
use PdauthCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($old, $new) = map { PdauthCluster::new_cluster($_, recording => 1, init => { extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ] }) } 'old', 'new';
$old->start;
open_office($old);
log_goes_on($old, 'old');
is(answer_of($old, 'analyst', q{SET application_name = 'before'; SELECT name FROM person WHERE id = 1}), 'c*****', 'old: it is read');
$old->safe_psql('postgres', 'SELECT pdauth.audit_wait()');
my $roots = 'SELECT block, root FROM pdauth.audit_block ORDER BY block LIMIT ' . $old->safe_psql('postgres', 'SELECT count(*) FROM pdauth.audit_block');
my $sealed = $old->safe_psql('postgres', $roots);
$old->stop;

my $bin = $old->config_data('--bindir');
my @upgrade = ('pg_upgrade', '--no-sync', '-b', $bin, '-B', $bin, '-d', $old->data_dir, '-D', $new->data_dir, '-s', $new->host, '-p', $old->port, '-P', $new->port);
chdir $PostgreSQL::Test::Utils::tmp_check or die;
local $ENV{PGOPTIONS} = '-c pdauth.break_glass=upgrade';
command_ok(\@upgrade, 'pg_upgrade');
delete $ENV{PGOPTIONS};
$new->start;
rules_hold($new, 'new');
log_is_clean($new, 'new');
is($new->safe_psql('postgres', $roots), $sealed, 'new: the blocks are the same');
read_is_logged($new, 'before', 'new: what was read is in the log');
log_goes_on($new, 'new');
$new->stop;
done_testing();
