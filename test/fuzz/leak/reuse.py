"""What was made under one state of things is used under another.

A plan, function or cursor is made and used; then the acting role changes, or
what it may see does, in the ways that some part of the server does not hear
of; and it is used again.

Contract: reuse(random, script, text, kinds) fills the script; where the role
ends with less than its copy shows, script.may says so from there on.
"""
import model
from query import FUNCTIONS

SET_ROLE = ("SET LOCAL ROLE %s", "SELECT set_config('role', '%s', true)")
SET_SESSION = ("SET LOCAL SESSION AUTHORIZATION %s",)


class Holder:
    """How something is made (by whom, where that matters) and used again."""

    def __init__(self, make, use, trusted=False, is_cursor=False):
        self.make, self.use, self.trusted, self.is_cursor = make, use, trusted, is_cursor


def statement(random, text, kinds, value):
    return Holder([], text.replace("$1", value))


def prepared(random, text, kinds, value):
    return Holder(["PREPARE fuzz (int) AS " + text], "EXECUTE fuzz (%s)" % value)


def function(random, text, kinds, value):
    """Of a role that sees everything, so that a copy's function of the same role shows what it should."""
    language = random.choice(("sql AS $fuzz$ %s $fuzz$", "sql BEGIN ATOMIC %s; END",
                              "plpgsql AS $fuzz$ #variable_conflict use_column\nBEGIN RETURN QUERY %s; END $fuzz$"))
    options = random.choice(("STABLE", "VOLATILE")) + random.choice(("", " SECURITY DEFINER", " SECURITY DEFINER"))
    returns = ", ".join("o%d %s" % pair for pair in enumerate(kinds))
    return Holder(["CREATE FUNCTION pg_temp.fuzz(p int) RETURNS TABLE (%s) %s LANGUAGE %s" % (returns, options, language % text)],
                  random.choice(("SELECT * FROM pg_temp.fuzz(%s)", "SELECT pg_temp.fuzz(%s)")) % value, trusted=True)


def cursor(random, text, kinds, value):
    if random.random() < 0.3:           # its plan names no table
        text = "SELECT * FROM " + random.choice(list(FUNCTIONS)).replace("%d", "2")
    scroll = random.choice(("", "SCROLL ", "NO SCROLL "))
    fetch = random.choice(("FETCH 2 FROM fuzz_cursor", "FETCH FORWARD 1 FROM fuzz_cursor", "FETCH ALL FROM fuzz_cursor") +
                          ("FETCH BACKWARD ALL FROM fuzz_cursor", "FETCH FIRST FROM fuzz_cursor") * (scroll == "SCROLL "))
    return Holder(["DECLARE fuzz_cursor %sCURSOR FOR %s" % (scroll, text.replace("$1", value)), "FETCH 1 FROM fuzz_cursor"], fetch, is_cursor=True)


def cursor_of_function(random, text, kinds, value):
    return Holder(["CREATE FUNCTION pg_temp.fuzz_open() RETURNS refcursor LANGUAGE plpgsql%s AS $fuzz$ DECLARE c refcursor := 'fuzz_cursor'; "
                   "BEGIN OPEN c FOR %s; RETURN c; END $fuzz$" % (random.choice(("", " SECURITY DEFINER")), text.replace("$1", value)),
                   "SELECT pg_temp.fuzz_open()", "FETCH 1 FROM fuzz_cursor"], "FETCH ALL FROM fuzz_cursor", is_cursor=True)


HOLDERS = ((statement, 1), (prepared, 5), (function, 4), (cursor, 3), (cursor_of_function, 1))


def as_superuser(command):
    return "SELECT as_superuser($command$%s$command$)" % command


def endings(role, moves):
    """(statements by the role itself or its superuser's function, statement by the policy administrator, canaries that go)"""
    found = [(as_superuser("UPDATE pdauth.license SET revoke_reason = 'fuzz' WHERE licensee = '%s'::regrole" % model.holder(role)), None, ""),
             ("SELECT set_config('pdauth.purpose', 'other', true)", None, "")]
    if moves is SET_ROLE:       # the session is a superuser's
        found.append((as_superuser("SET LOCAL pdauth.clock = '2090-01-01'"), None, ""))
    if role in model.BY_MEMBERSHIP:
        found.append((as_superuser("REVOKE %s FROM %s" % (model.holder(role), role)), None, ""))
    if all(grant.level != "core" for grant in model.ROLES[role]):
        found.append((None, "SELECT pdauth.mask('lab.person', 'extra', 'VALUE NULL', level => 'core')", "canaryextra"))
    return found


def end(random, script, moves):
    """Less is shown from here on, though the role is the same."""
    own, by_policy, gone = random.choice(endings(script.role, moves))
    if by_policy:
        script.move(random, moves, "fuzz_policy").add(by_policy).move(random, moves, script.role)
    else:
        script.add(own)
    script.compare, script.refusal, script.gone = False, True, gone


def reuse(random, script, text, kinds):
    value = str(random.choice((0, 1, 3, 7, 7710148)))
    holder = random.choices([h for h, _ in HOLDERS], [n for _, n in HOLDERS])[0](random, text.replace("@P@", "$1"), kinds, value)
    moves = random.choice((SET_ROLE, SET_ROLE, SET_SESSION))
    script.session_super, script.stale = True, "refuse" if holder.is_cursor else "plan again"
    script.add("SET LOCAL plan_cache_mode = " + random.choice(("auto", "force_generic_plan", "force_custom_plan")))
    others = [random.choice(model.LICENSED) for _ in range(random.choice((0, 1, 1, 2)))]
    if others and random.random() < 0.3:
        use_until_rollback(random, script, holder, moves, others[0])
    else:
        use_in_turn(random, script, holder, moves, others + [script.role])
    script.compare &= not holder.is_cursor       # which rows come first is open
    if script.role in model.LICENSED and random.random() < 0.5:
        end(random, script, moves)
        script.add(holder.use)
    return script


def use_in_turn(random, script, holder, moves, roles):
    script.move(random, moves, "fuzz_trusted" if holder.trusted else roles[0]).add(*holder.make)
    for role in roles:
        script.move(random, moves, role).add(holder.use)


def use_until_rollback(random, script, holder, moves, other):
    """SET LOCAL in a subtransaction: its end takes the role back without a statement."""
    script.move(random, moves, "fuzz_trusted" if holder.trusted else script.role).add(*holder.make)
    script.move(random, moves, script.role).add("SAVEPOINT fuzz_back")
    script.move(random, moves, other).add(holder.use)
    script.acting = script.role
    script.add("ROLLBACK TO SAVEPOINT fuzz_back", holder.use)
