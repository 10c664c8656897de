# META.json is what PGXN takes (meta-spec 1.0.0), and says what is so.
use strict;
use warnings;
use FindBin;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;

my $tree = "$FindBin::RealBin/../..";
my $meta = JSON::PP->new->utf8->decode(slurp_file("$tree/META.json"));
my ($version) = slurp_file("$tree/pdauth.control") =~ /^default_version = '([^']+)'/m;
my $semantic = qr/^\d+\.\d+\.\d+(?:-[A-Za-z][0-9A-Za-z-]*)?$/;

# required of every distribution, and their forms
like($meta->{name}, qr/^[^\s\/\\[:cntrl:]]{2,}$/, 'name');
is($meta->{version}, $version, 'version is that of the control file');
like($meta->{version}, $semantic, '... and semantic');
ok(length $meta->{abstract}, 'abstract');
ok(length(ref $meta->{maintainer} ? $meta->{maintainer}[0] : $meta->{maintainer}), 'maintainer');
is($meta->{license}, 'postgresql', 'license, by its short name');
like(slurp_file("$tree/LICENSE"), qr/PostgreSQL License/, '... which the LICENSE is');
is_deeply($meta->{'meta-spec'}, { version => '1.0.0', url => 'https://pgxn.org/meta/spec.txt' }, 'meta-spec');
is(join(' ', sort keys %{ $meta->{provides} }), 'pdauth', 'provides the extension');
for my $name (sort keys %{ $meta->{provides} })
{
	my $extension = $meta->{provides}{$name};
	is($extension->{version}, $version, "$name: version");
	ok(-e "$tree/$extension->{$_}", "$name: $_ is there") for 'file', 'docfile';
	ok(length $extension->{abstract}, "$name: abstract");
}

# optional
like($meta->{release_status}, qr/^(?:stable|testing|unstable)$/, 'release status');
for my $phase (sort keys %{ $meta->{prereqs} })
{
	like($phase, qr/^(?:configure|build|test|runtime|develop)$/, "phase $phase");
	for my $relation (sort keys %{ $meta->{prereqs}{$phase} })
	{
		like($relation, qr/^(?:requires|recommends|suggests|conflicts)$/, "$phase: $relation");
		like($_, $semantic, "$phase $relation: version") for values %{ $meta->{prereqs}{$phase}{$relation} };
	}
}
ok(!(grep { length > 255 || m{[/\\[:cntrl:]]} } @{ $meta->{tags} }), 'tags');
my %known = map { $_ => 1 } qw(name version abstract maintainer license provides meta-spec description generated_by no_index prereqs release_status resources tags);
is(join(' ', grep { !$known{$_} && !/^x_/i } sort keys %$meta), '', 'no key but those of the specification');
is(join(' ', grep { $_ ne 'plpgsql' } map { split /[\s,]+/ } slurp_file("$tree/pdauth.control") =~ /^requires = '([^']*)'/m),
	join(' ', grep { $_ ne 'PostgreSQL' } sort keys %{ $meta->{prereqs}{runtime}{requires} }), 'it requires what the control file does');

done_testing();
