#!/usr/bin/python3
"""License checks, paired: pdauth.license_scope against what one would write without it.

    scope_check.py [--rows N] [--rounds N]

needs PGHOST, PGPORT, ... of a database with the extension; works in a schema
of its own.  Each claim is a pair (or triple) of queries run in turn, so that
noise hits all alike; shown are the medians and the ratio of medians.  Times
are the backend's own CPU time (/proc) where it can be read, else elapsed.
"""
import argparse

from scope_bench import Session, compare, report

SETUP = """
DROP SCHEMA IF EXISTS scope_bench CASCADE;
CREATE SCHEMA scope_bench;
SET search_path = scope_bench, pdauth, public;
SET max_parallel_workers_per_gather = 0;
SET jit = off;
CREATE TABLE visit (id int, division text, on_date date);
INSERT INTO visit SELECT n, (ARRAY['530102', '530302', '530402', '532901', '440103'])[n %% 5 + 1], date '2026-01-01' + n %% 300 FROM generate_series(1, %(rows)d) AS n;
-- the same license as rows of a table, for EXISTS
CREATE TABLE flat (id int, prefix text, date_from date, date_until date);
INSERT INTO flat SELECT n, prefix, '2026-01-01', '2027-01-01' FROM unnest(ARRAY['5301', '5303', '5304', '5329']) WITH ORDINALITY AS t (prefix, n);
CREATE INDEX ON flat (prefix);
CREATE TABLE division_list (codes text[]);
INSERT INTO division_list VALUES (ARRAY['530100', '530300', '530400', '532900']);
-- compact: as a short value is stored, to be copied out at each look
CREATE TABLE pair (id int, license license_scope, hit license_scope, miss license_scope, joint license_scope, joint_request license_scope,
  compact license_scope, compact_request license_scope);
ALTER TABLE pair ALTER license SET STORAGE plain, ALTER hit SET STORAGE plain, ALTER miss SET STORAGE plain, ALTER joint SET STORAGE plain, ALTER joint_request SET STORAGE plain;
INSERT INTO pair SELECT n,
  '{read,derive on health/hosp(age,sex,ward) for gov in 530000 during [2026-01-01,2029-01-01) level general}',
  '{read on health/hosp/inpatient(age) for gov in 530102 during [2026-11-23,2026-11-24) level general}',
  '{read on health/clinic(age) for gov in 530102 during [2026-11-23,2026-11-24) level general}',
  (SELECT scope_agg(make_scope(ARRAY[a], ARRAY['health'], ARRAY[c], ARRAY['gov'], ARRAY['530000'], datemultirange(daterange(f, f + 200)), 'general'))
     FROM (VALUES ('read', 'age', date '2026-01-01'), ('read', 'age', '2026-06-01'), ('read', 'sex', '2026-01-01'),
                  ('derive', 'age', '2026-02-01'), ('derive', 'sex', '2026-03-01'), ('read', 'sex', '2026-07-01')) AS v (a, c, f)),
  '{read on health/hosp(age,sex) for gov in 530102 during [2026-02-01,2026-11-01) level general}'
  FROM generate_series(1, 1) AS n;
UPDATE pair SET compact = license, compact_request = hit;
-- the worst legal values: 512 grants each, nothing rejected early, the last one decides
CREATE TABLE worst (license license_scope, request license_scope, joint license_scope, joint_request license_scope);
ALTER TABLE worst ALTER license SET STORAGE external, ALTER request SET STORAGE external, ALTER joint SET STORAGE external, ALTER joint_request SET STORAGE external;
INSERT INTO worst SELECT
  scope_agg(make_scope(ARRAY['read'], ARRAY['a' || n %% 32 || '/b' || n / 32], ARRAY['*'], ARRAY['p'], ARRAY['530000'], '{[2026-01-01,2029-01-01)}', 'general')) AS license,
  scope_agg(make_scope(ARRAY['read'], ARRAY['a' || n %% 32 || '/b' || n / 32 || '/c'], ARRAY['x'], ARRAY['p/q'], ARRAY['530102'], '{[2026-01-01,2027-01-01)}', 'general')) AS request,
  scope_agg(make_scope(ARRAY['read'], ARRAY['a'], ARRAY['x' || n], ARRAY['p'], ARRAY['530000'], datemultirange(daterange('2026-01-01', date '2027-01-01' + n)), 'general')) AS joint,
  make_scope(ARRAY['read'], ARRAY['a'], array_agg('x' || n), ARRAY['p'], ARRAY['530102'], '{[2026-01-01,2027-01-01)}', 'general') AS joint_request
  FROM generate_series(0, 511) AS n;
VACUUM ANALYZE;
"""

PREDICATES = {
    'no predicate': 'SELECT count(*) FROM visit WHERE id > 0',
    'correlated EXISTS': """SELECT count(*) FROM visit AS v WHERE id > 0 AND EXISTS
        (SELECT FROM flat AS f WHERE starts_with(v.division, f.prefix) AND v.on_date >= f.date_from AND v.on_date < f.date_until OFFSET 0)""",
    'division_contains': "SELECT count(*) FROM visit WHERE id > 0 AND pdauth.division_contains((SELECT codes FROM division_list), division)",
    'division_contains const': "SELECT count(*) FROM visit WHERE id > 0 AND pdauth.division_contains(ARRAY['530100', '530300', '530400', '532900'], division)",
}

# one row, looked at many times: the check is measured, not the memory it comes from
def looped(condition):
    return 'SELECT count(*) FROM pair, generate_series(1, %d) AS n WHERE CASE WHEN n > 0 THEN {} END'.replace('{}', condition)


PAIRS = {
    'no check': looped('license IS NOT NULL AND joint IS NOT NULL AND joint_request IS NOT NULL'),
    'hit': looped('license OPERATOR(pdauth.@>) hit AND joint IS NOT NULL AND joint_request IS NOT NULL'),
    'miss': looped('NOT license OPERATOR(pdauth.@>) miss AND joint IS NOT NULL AND joint_request IS NOT NULL'),
    'joint': looped('license IS NOT NULL AND joint OPERATOR(pdauth.@>) joint_request'),
    'compact': looped('compact OPERATOR(pdauth.@>) compact_request AND joint IS NOT NULL AND joint_request IS NOT NULL'),
}

WORST_LOOPS = 100
WORST = {
    'no check': 'SELECT count(*) FROM worst, generate_series(1, %d) AS n WHERE CASE WHEN n > 0 THEN license IS NOT NULL END' % WORST_LOOPS,
    'worst @>': 'SELECT count(*) FROM worst, generate_series(1, %d) AS n WHERE CASE WHEN n > 0 THEN license OPERATOR(pdauth.@>) request END' % WORST_LOOPS,
    'worst joint': 'SELECT count(*) FROM worst, generate_series(1, %d) AS n WHERE CASE WHEN n > 0 THEN joint OPERATOR(pdauth.@>) joint_request END' % WORST_LOOPS,
}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument('--rows', type=int, default=200000)
    arguments.add_argument('--rounds', type=int, default=7)
    options = arguments.parse_args()
    session = Session()
    session.run(SETUP % {'rows': options.rows})

    times = compare(session, PREDICATES, options.rounds)
    base = times['no predicate']
    per_row = {name: (time - base) / options.rows * 1e6 for name, time in times.items()}
    report('row predicate, correlated EXISTS', per_row['correlated EXISTS'], 'us/row')
    for name in ('division_contains', 'division_contains const'):
        report('row predicate, %s' % name, per_row[name], 'us/row', target=0.25)
        report('  cheaper than EXISTS', per_row['correlated EXISTS'] / per_row[name], 'x', at_least=15)

    loops = options.rows * 2
    times = compare(session, {name: sql % loops for name, sql in PAIRS.items()}, options.rounds)
    base = times['no check']
    for name, target in (('hit', 100), ('miss', 100), ('joint', 1500), ('compact', None)):
        report('license @> request, %s' % name, (times[name] - base) / loops * 1e9, 'ns', target=target)

    times = compare(session, WORST, options.rounds)
    base = times['no check']
    report('512 grants @> 512 grants', (times['worst @>'] - base) / WORST_LOOPS * 1e3, 'ms', target=1)
    report('512 columns covered by 512 grants jointly', (times['worst joint'] - base) / WORST_LOOPS * 1e3, 'ms', target=1)
    session.run('DROP SCHEMA scope_bench CASCADE')


if __name__ == '__main__':
    main()
