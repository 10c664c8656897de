#!/usr/bin/python3
"""Compares the algebra of pdauth.license_scope with plain enumeration.

A small universe of points is enumerated; a scope is the set of its points,
held as the bits of one integer.  This file shares nothing with the C code: it
reads scopes by its own parser and knows a tree only as a list of ancestors.

Every node of a tree is a point of its own: the data, purpose or division that
belongs to it but to none of its children.  That makes a finite universe exact
for trees with any number of children.

    scope_oracle.py [--pairs N] [--seed S]

needs PGHOST, PGPORT, ... of a database with the extension.  Exit status 0
only if every comparison agreed.
"""
import argparse
import functools
import itertools
import random
import re
import subprocess
import sys

PATHS = {'*': ['*'], 'a': ['*', 'a'], 'a/b': ['*', 'a', 'a/b'], 'a/b/"c d"': ['*', 'a', 'a/b', 'a/b/"c d"'],
         'a/bb': ['*', 'a', 'a/bb'], '城': ['*', '城']}
PURPOSES = {'*': ['*'], 'p': ['*', 'p'], 'p/q': ['*', 'p', 'p/q'], 'r': ['*', 'r']}
REGIONS = {'*': ['*'], 'CN': ['*', 'CN'], '530000': ['*', 'CN', '530000'],
           '530100': ['*', 'CN', '530000', '530100'], '530102': ['*', 'CN', '530000', '530100', '530102'],
           '530102001': ['*', 'CN', '530000', '530100', '530102', '530102001'],
           '441900': ['*', 'CN', '441900'], '441900003': ['*', 'CN', '441900', '441900003'],
           '810000': ['*', '810000']}
COLUMNS = {'*': ['*'], 'x': ['*', 'x'], 'y': ['*', 'y'], '"for"': ['*', '"for"']}
ACTIONS = ['read', 'derive', 'export']
LEVELS = ['general', 'important', 'core']
DAYS = ['2026-01-%02d' % day for day in range(1, 7)]    # DAYS[i] is the start of day i; beyond: after


class Universe:
    """Bits of all points, one mask for each value of each dimension."""

    def __init__(self):
        days = ['before'] + DAYS
        sizes = [PATHS, PURPOSES, REGIONS, COLUMNS, ACTIONS, LEVELS, days]
        self.masks = [{value: 0 for value in values} for values in sizes]
        for number, point in enumerate(itertools.product(*sizes)):
            for mask, value in zip(self.masks, point):
                mask[value] |= 1 << number
        self.trees = [self.subtrees(tree, mask) for tree, mask in zip(sizes[:4], self.masks)]
        self.ceilings = {level: sum(self.masks[5][below] for below in LEVELS[:i + 1]) for i, level in enumerate(LEVELS)}
        self.days = days

    @staticmethod
    def subtrees(tree, mask):
        return {node: sum(mask[below] for below in tree if node in tree[below]) for node in tree}

    def dates(self, start, end):
        """Days of [start, end); the last day stands for itself and all after."""
        return sum(self.masks[6][day] for day in self.days if (start == '' or (day != 'before' and day >= start))
                   and (end == '' or day == 'before' or day < end))

    def grant(self, actions, paths, columns, purposes, regions, ranges, level):
        bits = self.ceilings[level]
        for tree, nodes in zip(self.trees, (paths, purposes, regions, columns)):
            union = 0
            for node in nodes:
                union |= tree[node]
            bits &= union
        union = 0
        for action in actions:
            union |= self.masks[4][action]
        bits &= union
        union = 0
        for start, end in ranges:
            union |= self.dates(start, end)
        return bits & union

    def points(self, actions, paths, columns, purposes, regions, ranges, level):
        """The hardest points of a grant: its nodes themselves, at its level."""
        nodes = [[self.masks[0][n] for n in paths], [self.masks[1][n] for n in purposes],
                 [self.masks[2][n] for n in regions], [self.masks[3][n] for n in columns],
                 [self.masks[4][n] for n in actions]]
        for start, end in ranges:
            days = self.dates(start, end)
            for choice in itertools.product(*nodes):
                bits = days & self.masks[5][level]
                for mask in choice:
                    bits &= mask
                yield bits


UNIVERSE = Universe()
GRANT = re.compile(r'\s*(\S+) on (.+)\((.+)\) for (.+) in (\S+) during (\S+) level (\w+)\s*')
RANGE = re.compile(r'[\[(]([^,]*),([^,\])]*)\)')


def read(text):
    """Grants of a text with ASCII names as in the universe."""
    assert text[0] == '{' and text[-1] == '}', text
    return [read_grant(part) for part in text[1:-1].split(';') if part.strip()]


@functools.lru_cache(maxsize=200000)
def read_grant(text):
    """A grant and its points."""
    match = GRANT.fullmatch(text)
    assert match, text
    actions, paths, columns, purposes, regions, ranges, level = match.groups()
    grant = (actions.split(','), paths.split(','), columns.split(','), purposes.split(','),
             regions.split(','), RANGE.findall(ranges), level)
    return grant, UNIVERSE.grant(*grant)


def bits_of(grants):
    bits = 0
    for grant in grants:
        bits |= UNIVERSE.grant(*grant)
    return bits


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def some(self, values, most=3):
        values = list(values)
        return self.random.sample(values, self.random.randint(1, min(most, len(values))))

    def list(self, tree):
        if self.random.random() < 0.15:
            return ['*']
        return self.some([node for node in tree if node != '*'], self.random.choice((1, 2, 2, 3)))

    def range(self):
        start, end = sorted(self.random.choice(range(len(DAYS))) for _ in range(2))
        if start == end:
            start, end = 0, len(DAYS) - 1
        return ('' if self.random.random() < 0.15 else DAYS[start], '' if self.random.random() < 0.2 else DAYS[end])

    def grant(self):
        return (self.some(ACTIONS), self.list(PATHS), self.list(COLUMNS), self.list(PURPOSES),
                self.list(REGIONS), [self.range() for _ in range(self.random.choice((1, 1, 2)))],
                self.random.choice(LEVELS))

    def pieces(self, grant):
        """Splits one grant in one dimension: the pieces cover it only together."""
        grant = list(grant)
        dimension = self.random.choice((0, 1, 2, 3, 4, 5))
        if len(grant[dimension]) < 2:
            return [tuple(grant)]
        parts = []
        for item in grant[dimension]:
            grant[dimension] = [item]
            parts.append(tuple(grant))
        return parts

    def narrowed(self, grant):
        grant = list(grant)
        for dimension, tree in ((1, PATHS), (2, COLUMNS), (3, PURPOSES), (4, REGIONS)):
            if self.random.random() < 0.5:
                below = [node for node in tree if set(tree[node]) & set(grant[dimension])]
                grant[dimension] = self.some(below, 2)
                if '*' in grant[dimension]:
                    grant[dimension] = ['*']
        if self.random.random() < 0.5:
            grant[6] = LEVELS[self.random.randint(0, LEVELS.index(grant[6]))]
        if self.random.random() < 0.5:
            grant[0] = self.some(grant[0])
        return tuple(grant)

    def family(self):
        """A scope and relatives of it, so that containment is often true and often joint."""
        base = [self.grant() for _ in range(self.random.randint(0, 3))]
        split = [piece for grant in base for piece in self.pieces(grant)]
        self.random.shuffle(split)
        return [base, split, [self.narrowed(grant) for grant in base],
                base[:-1] + [self.grant()], split[1:]]

    def text(self, grants):
        def spaced(items):
            return self.random.choice((',', ', ', ' ,')).join(items)

        def grant(parts):
            actions, paths, columns, purposes, regions, ranges, level = parts
            return '%s on %s(%s) for %s in %s during %s level %s' % (
                spaced(actions), spaced(paths), spaced(columns), spaced(purposes), spaced(regions),
                spaced('[%s,%s)' % pair for pair in ranges), level)
        return '{' + self.random.choice((';', '; ')).join(grant(parts) for parts in grants) + '}'


QUERY = """
CREATE TEMP TABLE pool (id int, scope pdauth.license_scope);
COPY pool FROM STDIN;
%s\\.
SET search_path = pdauth, pg_catalog, pg_temp;
COPY (SELECT id, scope FROM pool ORDER BY id) TO STDOUT (FORMAT csv, DELIMITER '|', QUOTE '~');
COPY (SELECT a.id, b.id, a.scope @> b.scope, a.scope && b.scope, a.scope = b.scope,
             a.scope + b.scope, a.scope * b.scope, scope_excess(a.scope, b.scope)
        FROM pool AS a, pool AS b) TO STDOUT (FORMAT csv, DELIMITER '|', QUOTE '~');
"""


class Round:
    """One pool of scopes, all its pairs."""

    def __init__(self, generator, families):
        self.generator = generator
        self.sources = [grants for _ in range(families) for grants in generator.family()]
        self.bits = [bits_of(grants) for grants in self.sources]
        self.texts = [generator.text(grants) for grants in self.sources]
        self.parsed = {}
        self.canonical = {}
        self.true = [0, 0, 0]
        self.joint = 0

    def set_of(self, text):
        """Points of a result; also, one text for one set and one set for one text."""
        if text not in self.parsed:
            grants = read(text)
            bits = 0
            for _, points in grants:
                bits |= points
            self.parsed[text] = (bits, grants)
            if self.canonical.setdefault(bits, text) != text:
                raise AssertionError('one set, two texts: %s and %s' % (self.canonical[bits], text))
        return self.parsed[text]

    def check(self, a, b, contains, overlaps, equal, union, meet, excess):
        left, right = self.bits[a], self.bits[b]
        expected = [right & ~left == 0, left & right != 0, left == right]
        for i, (name, actual) in enumerate((('@>', contains), ('&&', overlaps), ('=', equal))):
            if expected[i] != (actual == 't'):
                raise AssertionError('%s says %s' % (name, actual))
            self.true[i] += expected[i]
        if expected[0] and right and not any(right & ~UNIVERSE.grant(*g) == 0 for g in self.sources[a]):
            self.joint += 1
        for name, text, bits in (('+', union, left | right), ('*', meet, left & right)):
            if self.set_of(text)[0] != bits:
                raise AssertionError('%s gives %s' % (name, text))
        missing, grants = self.set_of(excess)
        if missing & ~left or left & ~(right | missing) or (missing == 0) != (left & ~right == 0):
            raise AssertionError('scope_excess gives %s' % excess)
        if self.generator.random.random() > 0.05:   # the rest is slow
            return
        for i, (grant, _) in enumerate(grants):
            # a grant restates what its node inherits from the others: leave that out
            inherited = 0
            for j, (_, other) in enumerate(grants):
                inherited |= other if j != i else 0
            if any(point & right & ~inherited for point in UNIVERSE.points(*grant)):
                raise AssertionError('scope_excess names what is permitted: %s' % excess)

    def run(self):
        rows = ''.join('%d\t%s\n' % pair for pair in enumerate(self.texts))
        psql = subprocess.Popen(['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1'], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, encoding='utf-8')
        psql.stdin.write(QUERY % rows)
        psql.stdin.close()
        pairs = 0
        for line in psql.stdout:
            fields = line.rstrip('\n').split('|')
            a = int(fields[0])
            try:
                if len(fields) == 2:
                    if self.set_of(fields[1])[0] != self.bits[a]:
                        raise AssertionError('text says %s' % fields[1])
                    continue
                b = int(fields[1])
                self.check(a, b, *fields[2:])
            except AssertionError as mismatch:
                sys.exit('mismatch: %s\na: %s\nb: %s' % (mismatch, self.texts[a], '' if len(fields) == 2 else self.texts[b]))
            pairs += 1
        if psql.wait() != 0:
            sys.exit('psql failed')
        if pairs != len(self.texts) ** 2:
            sys.exit('expected %d pairs, saw %d' % (len(self.texts) ** 2, pairs))
        return pairs


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument('--pairs', type=int, default=20000)
    arguments.add_argument('--seed', type=int, default=20260101)
    options = arguments.parse_args()
    generator = Generator(options.seed)
    families = 60 if options.pairs > 100000 else 14
    pairs = joint = 0
    true = [0, 0, 0]
    while pairs < options.pairs:
        batch = Round(generator, families)
        pairs += batch.run()
        joint += batch.joint
        true = [x + y for x, y in zip(true, batch.true)]
    if 0 in true or joint == 0:
        sys.exit('the sample never met one of the cases: %s, joint %d' % (true, joint))
    print('%d pairs, 0 mismatches (seed %d; contained %d, of them only jointly %d; overlapping %d; equal %d)'
          % (pairs, options.seed, true[0], joint, true[1], true[2]))


if __name__ == '__main__':
    main()
