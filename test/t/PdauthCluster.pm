# A throw-away cluster that finds the freshly built pdauth.
package PdauthCluster;

use strict;
use warnings;
use PostgreSQL::Test::Cluster;

# new_cluster(name, preload => 1, recording => 0): initialised, not started.
sub new_cluster
{
	my ($name, %options) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init(%{ $options{init} || {} });
	$node->append_conf('postgresql.conf', setting($_)) for $ENV{PDAUTH_EXTENSION_SETTING};
	$node->append_conf('postgresql.conf', "dynamic_library_path = '$ENV{PDAUTH_LIBRARY_PATH}'");
	preload($node, $options{preload} // 1);
	# a test seals and records when it says so, unless it is about the workers
	$node->append_conf('postgresql.conf', "pdauth.seal_interval = 0\npdauth.audit_statements = off") unless $options{recording};
	return $node;
}

# Quote the value of a name=value line for postgresql.conf.
sub setting
{
	my ($name, $value) = split /=/, shift, 2;
	return "$name = '$value'";
}

# Set whether the library is preloaded at the next start.
sub preload
{
	my ($node, $on) = @_;
	$node->append_conf('postgresql.conf', "shared_preload_libraries = '" . ($on ? 'pdauth' : '') . "'");
}

1;
