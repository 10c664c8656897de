# Sessions of psql that stay open while others act.
package LiveSession;

use strict;
use warnings;
use IPC::Run ();
use Exporter 'import';

our @EXPORT = qw(open_session start answer ask);

# open_session(node, user [, host]): by the socket unless a host is given.
sub open_session
{
	my ($node, $user, $host) = @_;
	my %session = (in => '', out => '');
	my $connection = defined $host ? "host=$host port=" . $node->port . ' dbname=postgres' : $node->connstr('postgres');

	$session{run} = IPC::Run::start([ 'psql', '-XAtq', '-v', 'VERBOSITY=sqlstate', '-d', "$connection user=$user" ], '<', \$session{in}, '>', \$session{out}, '2>&1');
	return \%session;
}

# Send it; its answer is waited for by answer().
sub start { my ($session, $sql) = @_; $session->{out} = ''; $session->{in} .= "$sql;\n\\echo done\n"; $session->{run}->pump_nb; return }

sub answer
{
	my ($session) = @_;

	$session->{run}->pump until $session->{out} =~ /done\n/;
	(my $answer = $session->{out}) =~ s/done\n//;
	chomp $answer;
	return $answer;
}

sub ask { my ($session, $sql) = @_; start($session, $sql); return answer($session) }

1;
