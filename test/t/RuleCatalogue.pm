# Where each rule of the measure lives: what of the extension, by its text or its
# comment, and which files of the library name it.
package RuleCatalogue;

use strict;
use warnings;

# Parts of the extension that may name rules, as (part, words).
my $PARTS = q{
	SELECT p.proname || '()', pg_get_functiondef(p.oid) FROM pg_proc AS p WHERE p.pronamespace = 'pdauth'::regnamespace AND p.prokind = 'f'
	UNION ALL SELECT p.proname || '()', obj_description(p.oid, 'pg_proc') FROM pg_proc AS p WHERE p.pronamespace = 'pdauth'::regnamespace
	UNION ALL SELECT 'view ' || c.relname, pg_get_viewdef(c.oid) || obj_description(c.oid, 'pg_class') FROM pg_class AS c WHERE c.relnamespace = 'pdauth'::regnamespace AND c.relkind = 'v'
	UNION ALL SELECT 'table ' || c.relname, obj_description(c.oid, 'pg_class') FROM pg_class AS c WHERE c.relnamespace = 'pdauth'::regnamespace AND c.relkind = 'r'
	UNION ALL SELECT 'life cycle of ' || c.life_cycle, c::text FROM pdauth.life_cycle AS c};

sub content
{
	my ($path) = @_;
	open my $file, '<', $path or die "$path: $!\n";
	local $/;
	return scalar <$file>;
}

# asker(psql and its arguments): what asks a database; its answer is lines, with columns apart by |.
sub asker
{
	my @psql = @_;
	return sub {
		open my $answer, '-|', @psql, '-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', @_ or die "psql: $!\n";
		chomp(my @lines = <$answer>);
		close $answer or die "psql failed\n";
		return @lines;
	};
}

# enforcers($ask, $tree): rule => { part => 1 }.
sub enforcers
{
	my ($ask, $tree) = @_;
	my %enforcer;
	my $named = qq{SELECT DISTINCT m[1], name FROM ($PARTS) AS part (name, words), regexp_matches(words, '\\m((?:R-[0-9]+|X)-[0-9]+)\\M', 'g') AS m};
	/^(\S+)\|(.*)$/ and $enforcer{$1}{$2} = 1 for $ask->($named);
	my %constant = content("$tree/src/rule.h") =~ /(PDAUTH_RULE_\w+),\s*\/\* ([RX][-\d]+)/g;
	for my $path (glob "$tree/src/*.c")
	{
		my ($short) = $path =~ m{([^/]+)$};
		next if $short eq 'rule.c';		# the titles of all of them
		my $text = content($path);
		$enforcer{$_}{"src/$short"} = 1 for grep { defined } map { $constant{$_} } $text =~ /\b(PDAUTH_RULE_\w+)/g;
		$enforcer{$_}{"src/$short"} = 1 for $text =~ /\b((?:R-\d+|X)-\d+)\b/g;
	}
	return \%enforcer;
}

my %WORDS = (
	en => {
		page => <<'END',
# The measure, rule by rule

Written by `make law-guide` from `pdauth.rule` and the sources; a test compares. Tests of an article are in `test/pgtap/article-NN.sql`; `make rules` counts them and says which pass.

An article that demands several things is several rules. `SELECT pdauth.rule_detail('R-13-10')` gives the sentence that a refusal cites; `pdauth.rule` has message and lawful next step of each, `pdauth.pack_parameter` the figures. How the parts work together: [regulation.md](regulation.md).

What happens: *refuses* a statement; *holds* a step until the facts are there; *closes* access by itself; *masks* a value; *clock*: a deadline that is missed is flagged; *records* evidence and reports only. Functions, tables, views and life cycles are of schema `pdauth`; `src/` is the library.
END
		article => "## Article %s\n\n",
		cross => "## Cross-cutting\n\nConditions of enforcement that come from no single article.\n\n",
		head => "| rule | SQLSTATE | what it asks | what happens | where it lives |\n|---|---|---|---|---|\n",
		title => 'title',
		DENY => 'refuses', HOLD => 'holds', CLOSE => 'closes', MASK => 'masks', CLOCK => 'clock', RECORD => 'records' },
	zh => {
		page => <<'END',
# 逐条规则指引

本页由 `make law-guide` 根据 `pdauth.rule` 和源代码生成，并有测试核对。各条的测试在 `test/pgtap/article-NN.sql` 中，`make rules` 统计其数目及是否通过。

一条规定含多项要求的，拆成多条规则。`SELECT pdauth.rule_detail('R-13-10')` 给出拒绝信息所引的条文；`pdauth.rule` 载有各规则的提示语和合法的下一步，`pdauth.pack_parameter` 载有各项期限和数值。各部分如何配合，见 [登记表](regulation.md)。

效果一栏：*拒绝*，语句不予执行；*暂缓*，事实未齐，步骤不生效；*关闭*，访问自行终止；*脱敏*，值不予显示；*计时*，逾期予以标示；*留痕*，只记录和报告。函数、表（table）、视图（view）、生命周期（life cycle）均在 `pdauth` 模式中；`src/` 为动态库的源代码。
END
		article => "## 第%s条\n\n",
		cross => "## 通用规则\n\n不出自某一条文、而为执行各条所必需的条件。\n\n",
		head => "| 规则 | SQLSTATE | 要求 | 效果 | 所在 |\n|---|---|---|---|---|\n",
		title => 'title_chinese',
		DENY => '拒绝', HOLD => '暂缓', CLOSE => '关闭', MASK => '脱敏', CLOCK => '计时', RECORD => '留痕' });

# law_guide($ask, $tree, 'en' or 'zh'): the page, in UTF-8.
sub law_guide
{
	my ($ask, $tree, $language) = @_;
	my $words = $WORDS{$language};
	my $enforcer = enforcers($ask, $tree);
	my $number = $language eq 'zh' ? 'pdauth.chinese_number(r.article)' : 'r.article';
	my $page = $words->{page};
	my $before = -1;
	for my $row ($ask->(qq{SELECT r.article, $number, r.rule, r.sqlstate, r.$words->{title}, array_to_string(r.kinds, ' ') FROM pdauth.rule AS r ORDER BY r.article = 0, r.article, r.number}))
	{
		my ($article, $shown, $rule, $sqlstate, $title, $kinds) = split /\|/, $row;
		if ($article != $before)
		{
			$page .= "\n" . ($article ? sprintf($words->{article}, $shown) : $words->{cross});
			$page .= $words->{head};
			$before = $article;
		}
		my $where = join(', ', map { /^(view|table|life cycle of) (.*)/ ? "$1 `$2`" : "`$_`" } sort keys %{ $enforcer->{$rule} });
		$page .= "| $rule | $sqlstate | $title | " . join(', ', map { $words->{$_} } split ' ', $kinds) . " | $where |\n";
	}
	return $page;
}

1;
