#!/usr/bin/python3
"""Search for what a query shows that it should not (judge.py says what).

	run.py --queries 100000 --seed 7 [--jobs 2]	generate, run and judge
	run.py --seed 7 --only 4711			one of them again, with everything it showed
	run.py --replay FILE				queries of another source, each ended by ; and a new line
	run.py --set-up-only [--without-copies]		for another source to look at

Contract: connects by PG*, makes database $FUZZ_DATABASE (fuzz_leak) and roles
fuzz_*, prints the seed first, stops at the first finding with the statements
and how to repeat it, and exits with 1; a server that restarted is a finding.
"""
import argparse
import os
import random
import subprocess
import sys
import time

import script as scripts
import world
from judge import Found, Judge


def script_of(seed, number):
    return scripts.make_script(random.Random("%s:%s" % (seed, number)))


def replayed(path):
    """Each query as each role, searched for canaries only."""
    with open(path, encoding="utf-8", errors="replace") as text:
        queries = [query.strip() for query in (text.read() + "\n").split(";\n")]
    for query in filter(None, queries):
        for role in ("fuzz_region", "fuzz_both", "fuzz_mixed", "fuzz_none", "fuzz_super"):
            one = scripts.Script("replayed", role)
            one.compare, one.refusal = False, True
            yield one.add(query)


def show(script, guarded, bare):
    print("as %s:" % script.role)
    for i, statement in enumerate(script.statements):
        print("  %s;" % statement)
        for name, outcomes in (("guarded", guarded), ("copy", bare)):
            if i < len(outcomes):
                print("    %s: %s %s %s" % (name, outcomes[i].state or "", outcomes[i].rows, outcomes[i].message))


def server_start():
    cursor = world.connect("postgres").cursor()
    cursor.execute("SELECT pg_postmaster_start_time()::text")
    return cursor.fetchone()[0]


def numbered_scripts(arguments):
    if arguments.replay:
        return enumerate(replayed(arguments.replay))
    numbers = range(arguments.first, arguments.first + arguments.queries)
    if arguments.only is not None:
        numbers = [arguments.only]
    return ((n, script_of(arguments.seed, n)) for n in numbers)


def search(arguments):
    """One job: returns how many findings there were."""
    world.set_up()
    judge = Judge()
    found = 0
    for number, script in numbered_scripts(arguments):
        try:
            guarded, bare = judge.judge(script)
            if arguments.only is not None:
                show(script, guarded, bare)
        except Found as finding:
            found += 1
            print("FOUND, repeat with --seed %s --only %d (%s as %s): %s" % (
                arguments.seed, number, script.kind, script.role, str(finding)[:2000]))
            print("".join("    %s;\n" % statement for statement in script.statements), flush=True)
            if not arguments.keep_going:
                break
            judge.connection, judge.copies = world.connect(), world.connect()
    for name, counts in (("statements", judge.kinds), ("verdicts", judge.verdicts), ("outcomes", judge.states)):
        print("# %s: %s" % (name, "; ".join("%s %d" % pair for pair in counts.most_common())))
    return found


def search_in_parallel(arguments):
    world.set_up(copies=False)      # the roles, pdauth's too, which jobs would race to create
    share = (arguments.queries + arguments.jobs - 1) // arguments.jobs
    jobs = []
    for job in range(arguments.jobs):
        command = [sys.executable, os.path.abspath(__file__), "--seed", arguments.seed, "--queries", str(share), "--first", str(job * share)]
        jobs.append(subprocess.Popen(command, env=dict(os.environ, FUZZ_DATABASE="fuzz_leak_%d" % job)))
    return sum(job.wait() != 0 for job in jobs)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--queries", type=int, default=100000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seed", default=str(int(time.time())))
    parser.add_argument("--only", type=int)
    parser.add_argument("--replay")
    parser.add_argument("--keep-going", action="store_true")
    parser.add_argument("--set-up-only", action="store_true")
    parser.add_argument("--without-copies", action="store_true")
    arguments = parser.parse_args()
    if arguments.set_up_only:
        world.set_up(copies=not arguments.without_copies)
        return 0
    print("# seed %s, from %d" % (arguments.seed, arguments.first), flush=True)
    started = server_start()
    found = search_in_parallel(arguments) if arguments.jobs > 1 else search(arguments)
    if server_start() != started:
        print("FOUND: the server was restarted")
        found += 1
    # a line of TAP, for make check
    print("%s - %s: nothing shown that should not be" % (
        "not ok 1" if found else "ok 1", "replayed queries" if arguments.replay else "%d queries of seed %s" % (arguments.queries, arguments.seed)))
    return 1 if found else 0


sys.exit(main())
