# Who authenticates persons and signs tokens for pdauth.attest(): C2SP signed
# notes made by openssl.
package TokenIssuer;

use strict;
use warnings;
use Digest::SHA qw(sha256);
use MIME::Base64;
use PostgreSQL::Test::Utils;

my $nonce = 0;

# A new key of that name, in a directory.
sub new
{
	my ($class, $directory, $name) = @_;
	my $key = "$directory/$name.pem";

	system('openssl', 'genpkey', '-algorithm', 'ed25519', '-out', $key) == 0 or die 'openssl genpkey';
	my $public = substr(`openssl pkey -in $key -pubout -outform DER`, -32);
	my $id = substr(sha256("$name\n\x01$public"), 0, 4);
	return bless { name => $name, directory => $directory, key => $key, id => $id, verifier => "$name+" . unpack('H*', $id) . '+' . encode_base64("\x01$public", '') }, $class;
}

# Write the file for pdauth.attest_key_file.
sub publish
{
	my ($path, @issuers) = @_;

	write_file($path, "# who authenticates persons\n", map { "$_->{verifier}\n" } @issuers);
	chmod 0600, $path;
	return;
}

sub write_file
{
	my ($path, @text) = @_;

	open my $file, '>', $path or die "$path: $!";
	print {$file} @text;
	close $file or die "$path: $!";
	return;
}

sub token
{
	my ($self, %field) = @_;
	my $now = time;
	my $body = join("\n", 'pdauth-token/1', $field{database} // 'postgres', $field{login} // 'app_pool', $field{person} // 'dev_x_1',
		$field{issued} // $now, $field{expires} // $now + 30, sprintf('%016d', $field{nonce} // ++$nonce)) . "\n";

	write_file("$self->{directory}/body", $body);
	system("openssl pkeyutl -sign -rawin -inkey $self->{key} -in $self->{directory}/body -out $self->{directory}/signature") == 0 or die 'openssl pkeyutl';
	return "$body\n\xe2\x80\x94 $self->{name} " . encode_base64($self->{id} . slurp_file("$self->{directory}/signature"), '') . "\n";
}

# A server takes tokens issued five seconds after it started, and later.
sub wait_for_memory
{
	my ($node) = @_;
	my $start = $node->safe_psql('postgres', 'SELECT ceil(extract(epoch FROM pg_postmaster_start_time()))');

	sleep 1 while time <= $start + 6;
	return;
}

1;
