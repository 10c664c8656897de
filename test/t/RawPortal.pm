# A portal of the extended protocol, fetched a few rows at a time: what drivers
# do with a fetch size and psql cannot.  Enough of the protocol for that alone,
# over a unix socket with trust authentication.
package RawPortal;

use strict;
use warnings;
use IO::Socket::UNIX;

sub connect
{
	my ($class, $node, $user) = @_;
	my $self = bless { socket => IO::Socket::UNIX->new(Peer => $node->host . '/.s.PGSQL.' . $node->port) }, $class;

	die "cannot connect: $!" unless $self->{socket};
	$self->put('', pack('N', 196608) . join("\0", 'user', $user, 'database', 'postgres', '', ''));
	$self->wait_for('Z');
	return $self;
}

sub put
{
	my ($self, $type, $body) = @_;

	$self->{socket}->syswrite($type . pack('N', length($body) + 4) . $body);
}

sub get
{
	my ($self, $wanted) = @_;
	my $buffer = '';

	local $SIG{ALRM} = sub { die 'the server did not answer' };
	alarm 60;
	while (length($buffer) < $wanted)
	{
		$self->{socket}->sysread($buffer, $wanted - length($buffer), length($buffer)) or die 'the server closed the connection';
	}
	alarm 0;
	return $buffer;
}

# Read messages up to one of the given types; returns the text of all of them.
sub wait_for
{
	my ($self, $types) = @_;
	my $text = '';

	while (1)
	{
		my ($type, $length) = unpack('aN', $self->get(5));
		my $body = $length > 4 ? $self->get($length - 4) : '';

		$text .= "$type $body\n";
		return $text if index($types, $type) >= 0;
	}
}

# A simple query: all the server says.
sub query
{
	my ($self, $sql) = @_;

	$self->put('Q', "$sql\0");
	return $self->wait_for('Z');
}

# Open the unnamed portal; its transaction must be open already.
sub open
{
	my ($self, $sql) = @_;

	$self->put('P', "\0$sql\0" . pack('n', 0));
	$self->put('B', "\0\0" . pack('nnn', 0, 0, 0));
}

# The next row of a portal: the server's text up to PortalSuspended, completion
# or error.  After an error the server waits for a Sync.
sub fetch
{
	my ($self, $portal) = @_;

	$self->put('E', ($portal // '') . "\0" . pack('N', 1));
	$self->put('H', '');
	my $text = $self->wait_for('sCE');

	if ($text =~ /^E/m)
	{
		$self->put('S', '');
		$text .= $self->wait_for('Z');
	}
	return $text;
}

1;
