"""What is done with a query: each statement a client can wrap it in.

Contract: make_script(random, role) returns a Script, whose statements run in
order in one transaction that is rolled back, as script.role unless a
statement changes it.
"""
from query import Query

import model
import reuse as other_state


class Script:
    def __init__(self, kind, role):
        self.kind, self.role = kind, role
        self.statements = []
        self.acting = role              # who runs what is added next; None: the session's superuser
        self.gone = None                # canaries, by their beginning, that acting's copy shows but it may not see any more
        self.may = []                   # (acting, gone) of each statement
        self.compare = True             # with the role's hand-made copy
        self.refusal = False            # pdauth may refuse it, lawfully
        self.session_super = False      # so that SET ROLE may go anywhere
        self.stale = None               # may be refused as planned for another state: "plan again" is right then, or "refuse"
        self.rival = None               # row of person that another session changes meanwhile

    def add(self, *statements):
        self.statements.extend(statements)
        self.may.extend([(self.acting, self.gone)] * len(statements))
        return self

    def move(self, random, ways, role):
        self.acting = None
        self.add(random.choice(ways) % role)
        self.acting = role
        return self


KINDS = ("int", "text", "date")


def random_query(random, script, lock=False):
    """(SQL with @P@ for a parameter, kinds of its columns)"""
    query = Query(random)
    if lock:
        text, kinds = query.locking_select(), None
    else:
        kinds = [random.choice(KINDS) for _ in range(random.randint(1, 3))]
        text = query.select(kinds, random.randint(1, 3))
    script.compare &= not query.unstable
    script.refusal |= query.whole_row and query.system_column
    return text, kinds


def value(random):
    return str(random.choice((0, 1, 3, 7, 7710148, 7720111)))


def plain(random, script):
    text, _ = random_query(random, script)
    return script.add(text.replace("@P@", value(random)))


def locking(random, script):
    text, _ = random_query(random, script, lock=True)
    return script.add(text.replace("@P@", value(random)))


def explain(random, script):
    text, _ = random_query(random, script, lock=random.random() < 0.1)
    script.compare = False
    options = ["ANALYZE, TIMING OFF"] * (random.random() < 0.6) + ["VERBOSE"] * (random.random() < 0.7) + ["SETTINGS"] * (random.random() < 0.2) + \
        ["FORMAT " + random.choice(("text", "json", "xml", "yaml"))]
    return script.add("EXPLAIN (%s) %s" % (", ".join(options), text.replace("@P@", value(random))))


def reused(random, script):
    text, kinds = random_query(random, script)
    return other_state.reuse(random, script, text, kinds)


def concurrent(random, script):
    """Rows that another session moves out of sight while the query waits for their lock."""
    query = Query(random)
    source = _source(query, "person")
    join = random.choice(("", "", " JOIN visit AS v1 ON v1.person_id = t1.id", " LEFT JOIN person AS t2 ON t2.id = t1.id + 1"))
    targets = ", ".join(query.expression(kind, [source], 2) for kind in ("text", "int"))
    script.compare, script.rival = False, random.randint(1, 10)
    return script.add(random.choice((
        "SELECT %s FROM person AS t1%s%s FOR UPDATE OF t1" % (targets, join, query.where([source], 1)),
        "SELECT t1.* FROM person AS t1%s FOR NO KEY UPDATE OF t1" % join,
        "SELECT t1 FROM person AS t1%s%s FOR SHARE OF t1" % (join, query.where([source], 1)),
        "SELECT * FROM %s FOR UPDATE" % random.choice(("person_view", "barrier_view", "invoker_view", "view_of_view", "narrow_fuzz_region")),
        "SELECT %s FROM (SELECT * FROM person FOR UPDATE) AS t1" % targets,
        "SELECT leak(t1.secret), leaks(t1.salary) FROM person AS t1 WHERE leak(t1.name) IS NOT NULL FOR UPDATE")).replace("@P@", "3"))


def cursor(random, script):
    text, _ = random_query(random, script)
    scroll = random.choice(("", "SCROLL ", "NO SCROLL "))
    script.add("DECLARE fuzz_cursor %sCURSOR FOR %s" % (scroll, text.replace("@P@", value(random))), "FETCH 2 FROM fuzz_cursor")
    if scroll == "SCROLL ":
        script.add("FETCH BACKWARD ALL FROM fuzz_cursor")
        script.compare = False
    return script.add("FETCH ALL FROM fuzz_cursor")


def view(random, script):
    text, _ = random_query(random, script)
    option = random.choice(("", " WITH (security_invoker)", " WITH (security_barrier)"))
    return script.add("CREATE TEMP VIEW fuzz_view%s AS %s" % (option, text.replace("@P@", value(random))), "SELECT * FROM fuzz_view")


def function(random, script):
    """A function of the role's own: string or atomic body, inlined or not, SQL or PL/pgSQL."""
    text, kinds = random_query(random, script)
    returns = "TABLE (%s)" % ", ".join("o%d %s" % (i, kind) for i, kind in enumerate(kinds))
    options = random.choice(("STABLE", "VOLATILE", "IMMUTABLE", "STABLE SECURITY DEFINER", "STABLE ROWS 10", "STABLE STRICT"))
    head = "CREATE FUNCTION pg_temp.fuzz(p int DEFAULT 3) RETURNS %s LANGUAGE %%s %s " % (returns, options)
    body = text.replace("@P@", "$1")
    style = random.randrange(4)
    if style == 0:
        script.add(head % "sql" + "AS $fuzz$ %s $fuzz$" % body)
    elif style == 1:
        script.add(head % "sql" + "BEGIN ATOMIC %s; END" % body)
    elif style == 2:
        script.add(head % "plpgsql" + "AS $fuzz$ #variable_conflict use_column\nBEGIN RETURN QUERY %s; END $fuzz$" % body)
    else:
        script.add(head % "plpgsql" + "AS $fuzz$ #variable_conflict use_column\nBEGIN RETURN QUERY EXECUTE $text$%s$text$ USING p; END $fuzz$" % body)
    argument = random.choice(("", value(random), "p => " + value(random), "(SELECT min(id) FROM person)"))
    return script.add(random.choice(("SELECT * FROM pg_temp.fuzz(%s)", "SELECT pg_temp.fuzz(%s)", "SELECT f.* FROM person AS p JOIN LATERAL pg_temp.fuzz(%s) AS f ON true",
                                     "SELECT x FROM pg_temp.fuzz(%s) AS x", "SELECT * FROM (SELECT * FROM pg_temp.fuzz(%s)) AS a WHERE a IS NOT NULL")) % argument)


def copy(random, script):
    text, _ = random_query(random, script)
    return script.add("COPY (%s) TO STDOUT" % text.replace("@P@", value(random)))


def block(random, script):
    text, _ = random_query(random, script)
    script.compare = False
    return script.add("DO $fuzz$ DECLARE one record; BEGIN FOR one IN %s LOOP RAISE NOTICE 'row %%', one; END LOOP; END $fuzz$" %
                      text.replace("@P@", value(random)))


def laundering(random, script):
    """Into a table that anybody may read: refused, or as masked as the source."""
    query = Query(random)
    text = query.select(["int", "text"], 2).replace("@P@", value(random))
    script.compare &= not query.unstable
    script.refusal = True
    style = random.randrange(4)
    if style == 0:
        script.add("CREATE TEMP TABLE fuzz_table AS " + text, "SELECT * FROM fuzz_table")
    elif style == 1:
        script.add("INSERT INTO item (id, label) SELECT 1000 + row_number() OVER (), c2 FROM (%s) AS s ON CONFLICT DO NOTHING RETURNING label" % text,
                   "SELECT label FROM item")
    elif style == 2:
        script.add("WITH moved AS (INSERT INTO item (id, label) SELECT 2000 + row_number() OVER (), c2 FROM (%s) AS s RETURNING *) SELECT label FROM moved" % text)
    else:
        script.add("CREATE TEMP TABLE fuzz_table (a int, b text)", "INSERT INTO fuzz_table %s" % text, "TABLE fuzz_table")
    return script


def writing(random, script):
    """Writes to an unprotected table that read protected ones."""
    query = Query(random)
    source, entry = query.source([], 1)
    e = lambda kind: query.expression(kind, [entry], 2).replace("@P@", value(random))
    source = source.replace("@P@", "2")
    script.refusal, script.compare = True, False
    key = entry.of_type("int") or ["1"]
    return script.add(random.choice((
        "UPDATE item SET label = %s FROM %s WHERE item.id = %s RETURNING item.*" % (e("text"), source, key[0]),
        "DELETE FROM item USING %s WHERE item.id = %s AND %s RETURNING *" % (source, key[0], e("bool")),
        "MERGE INTO item USING %s ON item.id = %s WHEN MATCHED AND %s THEN UPDATE SET label = %s WHEN NOT MATCHED THEN INSERT VALUES (%s + 5000, %s)" % (
            source, key[0], e("bool"), e("text"), key[0], e("text")),
        "INSERT INTO item (id, label) SELECT %s, %s FROM %s ON CONFLICT (id) DO UPDATE SET label = excluded.label || %s RETURNING *" % (
            key[0], e("text"), source, "item.label"))), "SELECT * FROM item")


def protected_writing(random, script):
    """Writes to protected tables: only custodians may, whatever the path."""
    query = Query(random)
    script.compare, script.refusal = False, True
    table = random.choice(list(model.RELATIONS))
    text = lambda: query.constant("text")
    where = query.where([_source(query, table)], 2).replace("@P@", "3")
    return script.add(random.choice((
        "UPDATE %s AS t1 SET division = '532900'%s RETURNING *" % (table, where),
        "UPDATE %s AS t1 SET id = id RETURNING t1" % table,
        "DELETE FROM %s AS t1%s RETURNING *, t1::text" % (table, where),
        "INSERT INTO %s (id, division) VALUES (1, '532900') RETURNING *" % table,
        "INSERT INTO %s (id, division) SELECT id, division FROM %s ON CONFLICT DO NOTHING RETURNING *" % (table, table),
        "MERGE INTO %s AS t1 USING item ON t1.id = item.id WHEN MATCHED THEN UPDATE SET division = item.label WHEN NOT MATCHED THEN DO NOTHING" % table,
        "WITH d AS (DELETE FROM %s AS t1%s RETURNING *) SELECT * FROM d" % (table, where),
        "INSERT INTO person VALUES (%s, '532900') ON CONFLICT (id) DO UPDATE SET name = person.secret || excluded.name RETURNING *" % value(random),
        "INSERT INTO person VALUES (%s, '532900') ON CONFLICT (id) DO UPDATE SET extra = 'x' WHERE leaks(person.salary) RETURNING *" % value(random),
        "MERGE INTO person AS t1 USING visit AS v ON v.person_id = t1.id AND leaks(t1.salary) WHEN MATCHED AND leak(v.diagnosis) <> '' THEN UPDATE SET extra = t1.secret",
        "MERGE INTO person AS t1 USING (SELECT 1 AS c) AS s ON true WHEN MATCHED AND leak(t1.secret) = '' THEN DELETE WHEN MATCHED THEN DO NOTHING",
        "UPDATE person AS t1 SET extra = v.diagnosis FROM visit AS v WHERE v.person_id = t1.id RETURNING t1.*, v.*",
        "UPDATE %s SET name = 'x'%s RETURNING *" % (random.choice(("person_view", "keeper_view", "barrier_view", "narrow_fuzz_both")), random.choice(("", " WHERE leak(name) <> ''"))),
        "DELETE FROM %s RETURNING *" % random.choice(("person_view", "keeper_view", "barrier_view", "narrow_fuzz_both")),
        "INSERT INTO keeper_view (id, division) VALUES (%s, '532900') ON CONFLICT (id) DO UPDATE SET extra = keeper_view.secret RETURNING *" % value(random),
        "SELECT * FROM keeper_update(3)", "SELECT keeper_delete(3)", "SELECT keeper_merge()", "SELECT * FROM keeper_view",
        "WITH u AS (UPDATE keeper_view SET extra = extra RETURNING *) SELECT u.*, p.* FROM u FULL JOIN person AS p USING (id)",
        "UPDATE item SET label = 'x' WHERE EXISTS (SELECT FROM %s AS t1%s) RETURNING *" % (table, where))))


def _source(query, table):
    from query import Source
    return Source("t1", [(c.name, c.type) for c in model.RELATIONS[table]], table=table)


WRAPPERS = ((plain, 30), (locking, 6), (explain, 10), (reused, 25), (concurrent, 2), (cursor, 5), (view, 5), (function, 14),
            (copy, 3), (block, 3), (laundering, 4), (writing, 4), (protected_writing, 6))


def make_script(random):
    wrapper = random.choices([w for w, _ in WRAPPERS], [n for _, n in WRAPPERS])[0]
    roles = model.LICENSED * 4 + list(model.REFUSED)
    script = Script(wrapper.__name__, random.choice(roles))
    return wrapper(random, script)
