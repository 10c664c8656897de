"""One psql session whose backend's CPU time is measured; shared by the scope benches."""
import os
import statistics
import subprocess
import sys
import time

MARK = '-- end of answer --'


class Session:
    def __init__(self):
        self.psql = subprocess.Popen(['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1'], stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, encoding='utf-8')
        self.pid = int(self.run('SELECT pg_backend_pid();')[0])
        self.ticks = '/proc/%d/schedstat' % self.pid
        self.has_cpu = os.access(self.ticks, os.R_OK)

    def run(self, sql):
        self.psql.stdin.write('%s\n;\n\\echo %s\n' % (sql.rstrip().rstrip(';'), MARK))
        self.psql.stdin.flush()
        answer = []
        for line in self.psql.stdout:
            if line.rstrip('\n') == MARK:
                return answer
            answer.append(line.rstrip('\n'))
        sys.exit('psql ended: %s' % sql[:200])

    def clock(self):
        """Seconds of CPU the backend has used (or of the wall)."""
        if self.has_cpu:
            with open(self.ticks, encoding='ascii') as source:
                return int(source.read().split()[0]) / 1e9
        return time.perf_counter()

    def time(self, sql):
        start = self.clock()
        self.run(sql)
        return self.clock() - start


def compare(session, queries, rounds):
    """Median time of each query; one warm-up, then the queries in turn."""
    for sql in queries.values():
        session.run(sql)
    times = {name: [] for name in queries}
    for _ in range(rounds):
        for name, sql in queries.items():
            times[name].append(session.time(sql))
    return {name: statistics.median(values) for name, values in times.items()}


def report(what, value, unit, target=None, at_least=None):
    verdict = ''
    if target is not None:
        verdict = '%s (target at most %g)' % ('met' if value <= target else 'MISSED', target)
    if at_least is not None:
        verdict = '%s (target at least %g)' % ('met' if value >= at_least else 'MISSED', at_least)
    print('%-52s %10.3f %-7s %s' % (what, value, unit, verdict), flush=True)
