#!/usr/bin/python3
"""Switch off one defence after the other and see that an attack gets through.

	mutate.py [NAME...]	those of mutants.txt, or only these

mutants.txt says how: of each mutant its name, what it opens, edits of the
sources and the tests that must notice.  An edit is "FILE off FUNCTION [VALUE]",
the function returns at once, or "FILE OLD ==> NEW", in the one place where OLD
stands.  Tests are attacks (the default: at least one canary must come out),
fuzz QUERIES (at least one finding), regress NAME, tap FILE or pgtap FILE (must fail).

Contract: runs inside the throw-away cluster that attack-mutants started; $work
is the build.  Prints "NAME: killed by N ..." or "NAME: SURVIVED" for each and
exits with 1 if one survived or could not be built.
"""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
WORK = os.environ["work"]
TREE = os.path.join(WORK, "tree")
PG_CONFIG = "/usr/lib/postgresql/%s/bin/pg_config" % os.environ["PG_MAJOR"]
BIN = os.path.dirname(PG_CONFIG)


class Mutant:
    def __init__(self, name):
        self.name, self.opens, self.edits, self.tests = name, "", [], []


def mutants():
    found = []
    with open(os.path.join(HERE, "mutants.txt"), encoding="utf-8") as text:
        for line in filter(None, (line.split("#")[0].strip() if line.startswith("#") else line.strip() for line in text)):
            word, rest = line.split(":", 1)
            if word == "name":
                found.append(Mutant(rest.strip()))
            elif word == "opens":
                found[-1].opens = rest.strip()
            else:
                {"edit": found[-1].edits, "test": found[-1].tests}[word].append(rest.strip())
    return found


def edited(source, edit):
    """The source with the edit's part done; raises ValueError where it does not fit."""
    if " ==> " in edit:
        old, new = edit.split(" ==> ")
        if source.count(old) != 1:
            raise ValueError("%d places for: %s" % (source.count(old), old))
        return source.replace(old, new.replace("\\n", "\n"))
    function, _, value = edit[4:].partition(" ")
    changed, places = re.subn(r"(?m)^(%s\([^;{]*\)\n\{)" % re.escape(function), r"\1\n\treturn %s;" % value, source)
    if not edit.startswith("off ") or places != 1:
        raise ValueError("%d places for: %s" % (places, edit))
    return changed


def run(*command):
    return subprocess.run(command, cwd=TREE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, errors="replace")


def psql(command):
    return subprocess.run(["psql", "-XqAt", "-d", "postgres", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True,
                          check=True).stdout


def build():
    """Compile, install and start; None, or what went wrong."""
    for goal in (["all"], ["DESTDIR=%s/root" % WORK, "install"]):
        made = run("make", "-s", "with_llvm=no", "WERROR=", "PG_CONFIG=" + PG_CONFIG, *goal)
        if made.returncode:
            return made.stdout
    return restart()


def restart():
    data = os.environ["MUTANT_DATA"]
    started = run(os.path.join(BIN, "pg_ctl"), "-D", data, "-w", "-m", "immediate", "-l", os.path.join(WORK, "mutant.log"), "restart")
    return started.stdout if started.returncode else None


def clean():
    """Nothing of the mutant before, in which nothing need have been protected."""
    for database in psql("SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'").split():
        psql("DROP DATABASE " + database)
    roles = psql("SELECT string_agg(quote_ident(rolname), ', ') FROM pg_roles WHERE rolname ~ '^(attack|regress|fuzz)_'").strip()
    if roles:
        psql("DROP ROLE " + roles)


def notice(test):
    """(how many noticed, by which word)"""
    kind, _, name = test.partition(" ")
    if kind == "attacks":
        out = run(sys.executable, os.path.join(TREE, "test/attacks/run.py"), "--mutant").stdout
        leak = re.search(r"(?m)^not ok \d+ - (.*)\n# leaked \['", out)
        if not leak and "\n1.." not in out:
            raise ValueError("the attacks did not run: " + out[-500:])
        return int(leak is not None), "attack" + (" (%s)" % leak[1] if leak else "")
    if kind == "fuzz":
        out = run(sys.executable, os.path.join(TREE, "test/fuzz/leak/run.py"), "--seed", "mutant", "--queries", name, "--keep-going").stdout
        return out.count("FOUND"), "of %s random queries" % name
    if kind == "regress":
        goal = run("make", "-s", "PG_CONFIG=" + PG_CONFIG, "REGRESS=" + name, "ISOLATION=", "TAP_TESTS=", "installcheck")
        return int(goal.returncode != 0), test
    os.environ.update(CLUSTER_SUITES=kind, TAP="test/t/" + name, PGTAP="test/pgtap/" + name)
    out = run("test/bin/run-suites")
    return out.stdout.count("#   Failed test") or int(out.returncode != 0), "failure of " + name


def try_mutant(mutant):
    """Returns what to print after its name; raises ValueError if it cannot be tried."""
    originals = {}
    try:
        for edit in mutant.edits:
            name, _, change = edit.partition(" ")
            path = os.path.join(TREE, name)
            with open(path, encoding="utf-8") as file:
                source = file.read()
            originals.setdefault(path, source)
            with open(path, "w", encoding="utf-8") as file:
                file.write(edited(source, change))
        problem = build()
        if problem:
            raise ValueError(problem)
        clean()
        noticed = [notice(test) for test in mutant.tests or ["attacks"]]
    finally:
        for path, source in originals.items():
            with open(path, "w", encoding="utf-8") as file:
                file.write(source)
    killed = ["%d %s" % pair for pair in noticed if pair[0]]
    return "killed by " + ", ".join(killed) if killed else "SURVIVED"


def main():
    chosen = [m for m in mutants() if not sys.argv[1:] or m.name in sys.argv[1:]]
    os.environ["MUTANT_DATA"] = psql("SHOW data_directory").strip()
    failed = 0
    for mutant in chosen:
        try:
            result = try_mutant(mutant)
        except (ValueError, OSError, subprocess.CalledProcessError) as problem:
            result = "NOT TRIED, %s" % problem
        failed += not result.startswith("killed")
        print("%-60s %s" % (mutant.name + ":", result), flush=True)
    print("%d mutants, %d killed, %d not" % (len(chosen), len(chosen) - failed, failed))
    return 1 if failed or not chosen else 0


sys.exit(main())
