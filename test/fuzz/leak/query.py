"""Random SELECTs over the tables, views and functions of tables.sql and objects.sql.

Contract: Query(random).select(...) returns SQL text whose result, as a
multiset of rows, depends only on the rows and values of the tables, unless
.unstable is set.  Every relation is named without its schema.
"""
from model import NARROW_COLUMNS, NARROW_OWNERS, RELATIONS

WORDS = ("canary", "can", "a", "", "hidden", "(c)", "ca**", "canaryname03", "x")

VIEWS = {
    "person_view": (("id", "int"), ("division", "text"), ("name", "text"), ("hidden", "text"), ("salary", "int")),
    "barrier_view": (("id", "int"), ("name", "text"), ("salary", "int"), ("born", "date")),
    "invoker_view": (("id", "int"), ("name", "text"), ("diagnosis", "text"), ("fee", "int")),
    "view_of_view": (("id", "int"), ("both_values", "text"), ("payload", "text")),
    "total_view": (("division", "text"), ("number", "int"), ("last_name", "text"), ("total", "int")),
    "union_view": (("id", "int"), ("word", "text"), ("day", "date")),
}
NARROW = tuple((name, dict((c.name, c.type) for c in RELATIONS["person"])[name]) for name in NARROW_COLUMNS)
VIEWS.update(("narrow_" + owner, NARROW) for owner in NARROW_OWNERS)
PERSON = tuple((c.name, c.type) for c in RELATIONS["person"])
FUNCTIONS = {
    "people()": PERSON, "definer_people()": PERSON, "volatile_people()": PERSON, "loop_people()": PERSON,
    "people_from(%d)": (("id", "int"), ("name", "text"), ("secret", "text")),
    "people_from(word => 'can', lowest => %d)": (("id", "int"), ("name", "text"), ("secret", "text")),
    "atomic_visits()": (("id", "int"), ("person_id", "int"), ("fee", "int"), ("diagnosis", "text")),
    "atomic_visits(%d)": (("id", "int"), ("person_id", "int"), ("fee", "int"), ("diagnosis", "text")),
    "nested_people(%d)": (("id", "int"), ("secret", "text"), ("diagnosis", "text")),
    "definer_events(%d)": (("id", "int"), ("at", "date"), ("payload", "text"), ("amount", "int")),
}
FUNCTIONS.update(("narrow_%s()" % owner, NARROW) for owner in NARROW_OWNERS)
ITEM = (("id", "int"), ("label", "text"), ("person_id", "int"), ("day", "date"))


class Source:
    """One entry of FROM: its alias, columns by name and type, and what it is."""

    def __init__(self, alias, columns, whole_row=True, table=None):
        self.alias, self.columns, self.whole_row, self.table = alias, list(columns), whole_row, table

    def of_type(self, kind):
        return ["%s.%s" % (self.alias, name) for name, column in self.columns if column == kind]


class Query:
    def __init__(self, random):
        self.random = random
        self.number = 0
        self.unstable = False           # the result depends on more than the values
        self.whole_row = self.system_column = False
        self.ctes = []                  # of Source, in scope
        self.budget = 60                # expressions and sources left

    # -- small choices

    def chance(self, percent):
        return self.random.random() * 100 < percent

    def pick(self, *choices):
        """One of the zero-argument functions, or values."""
        choice = self.random.choice(choices)
        return choice() if callable(choice) else choice

    def name(self, prefix):
        self.number += 1
        return "%s%d" % (prefix, self.number)

    def spend(self):
        self.budget -= 1
        return self.budget > 0

    # -- expressions: scope is a list of Source, depth what may still nest

    def column(self, kind, scope):
        found = [column for source in scope for column in source.of_type(kind)]
        return self.random.choice(found) if found else None

    def expression(self, kind, scope, depth):
        if not self.spend():
            depth = 0
        if depth <= 0 or self.chance(45):
            column = self.column(kind, scope)
            if column and self.chance(90):
                return column
            return self.constant(kind)
        text = getattr(self, kind + "_expression")(scope, depth - 1)
        return "(%s)" % text if kind == "bool" else text

    def constant(self, kind):
        if kind == "int":
            return self.pick(lambda: str(self.random.randint(0, 12)), "@P@", "7710185", "0", "NULL::int")
        if kind == "text":
            return self.pick(lambda: "'%s'::text" % self.random.choice(WORDS), "NULL::text")
        if kind == "date":
            return self.pick("'2026-01-05'::date", "'2905-01-01'::date", "NULL::date")
        return self.pick("true", "false", "NULL::boolean")

    def int_expression(self, scope, depth):
        e = lambda kind: self.expression(kind, scope, depth)
        return self.pick(
            lambda: "(%s + %s)" % (e("int"), e("int")), lambda: "(%s %% 7)" % e("int"), lambda: "length(%s)" % e("text"),
            lambda: "CASE WHEN %s THEN %s ELSE %s END" % (e("bool"), e("int"), e("int")),
            lambda: "coalesce(%s, %s)" % (e("int"), e("int")), lambda: "nullif(%s, %s)" % (e("int"), e("int")),
            lambda: "extract(year FROM %s)::int" % e("date"), lambda: "(%s - date '2026-01-01')" % e("date"),
            lambda: "strpos(%s, %s)" % (e("text"), e("text")), lambda: "greatest(%s, %s)" % (e("int"), e("int")),
            lambda: "hashtext(%s)" % e("text"), lambda: "%s::int" % e("bool"), lambda: "substr(%s, 10)::int" % e("text"),
            lambda: "(10 / %s)" % e("int"),
            lambda: self.scalar(scope, depth, "int"), lambda: self.scalar(scope, depth, "int"))

    def text_expression(self, scope, depth):
        e = lambda kind: self.expression(kind, scope, depth)
        return self.pick(
            lambda: "(%s || %s)" % (e("text"), e("text")), lambda: "upper(%s)" % e("text"), lambda: "left(%s, 9)" % e("text"),
            lambda: "substr(%s, %s)" % (e("text"), self.random.randint(1, 12)), lambda: "%s::text" % e(self.pick("int", "date", "bool")),
            lambda: "CASE WHEN %s THEN %s ELSE %s END" % (e("bool"), e("text"), e("text")),
            lambda: "coalesce(%s, %s)" % (e("text"), e("text")), lambda: "leak(%s)" % e("text"), lambda: "md5(%s)" % e("text"),
            lambda: "reverse(%s)" % e("text"), lambda: "format('%%s/%%s', %s, %s)" % (e("text"), e("int")),
            lambda: "%s(%s)" % (self.pick("name_of", "definer_name_of", "dynamic_name_of"), e("int")),
            lambda: self.row_as_text(scope), lambda: self.document(scope), lambda: self.array_as_text(scope),
            lambda: self.scalar(scope, depth, "text"), lambda: self.scalar(scope, depth, "text"))

    def date_expression(self, scope, depth):
        e = lambda kind: self.expression(kind, scope, depth)
        return self.pick(
            lambda: "(%s + %d)" % (e("date"), self.random.randint(-3, 3)), lambda: "coalesce(%s, %s)" % (e("date"), e("date")),
            lambda: "least(%s, %s)" % (e("date"), e("date")), lambda: "make_date(2026, 1, 1 + abs(%s) %% 28)" % e("int"),
            # with the year first, a part of division 532901 would look like a birthday of rows.sql
            lambda: "to_date(%s, 'MMDDYYYY')" % e("text"), lambda: self.scalar(scope, depth, "date"))

    def bool_expression(self, scope, depth):
        e = lambda kind: self.expression(kind, scope, depth)
        kind = self.pick("int", "text", "date")
        return self.pick(
            lambda: "%s %s %s" % (e(kind), self.pick("=", "<>", "<", ">=", "IS DISTINCT FROM"), e(kind)),
            lambda: "%s %s %s" % (e(kind), self.pick("=", "<", ">"), e(kind)),
            lambda: "%s IS %sNULL" % (e(kind), self.pick("", "NOT ")), lambda: "%s LIKE '%s%%'" % (e("text"), self.random.choice(WORDS)),
            lambda: "(%s AND %s)" % (e("bool"), e("bool")), lambda: "(%s OR %s)" % (e("bool"), e("bool")), lambda: "NOT (%s)" % e("bool"),
            lambda: "%s IN (%s, %s)" % (e(kind), e(kind), e(kind)), lambda: "%s BETWEEN %s AND %s" % (e(kind), e(kind), e(kind)),
            lambda: "leaks(%s)" % e("int"), lambda: "exists_above(%s)" % e("int"), lambda: "%s ~ 'cana'" % e("text"),
            lambda: "(%s, %s) < (%s, %s)" % (e("int"), e("text"), e("int"), e("text")),
            lambda: "%sEXISTS (%s)" % (self.pick("", "NOT "), self.sub_select(scope, depth, ["int"])),
            lambda: "%s %sIN (%s)" % (e(kind), self.pick("", "NOT "), self.sub_select(scope, depth, [kind])),
            lambda: "%s %s %s (%s)" % (e(kind), self.pick("=", "<", "<>"), self.pick("ANY", "ALL"), self.sub_select(scope, depth, [kind])),
            lambda: "(%s, %s) IN (%s)" % (e("int"), e("text"), self.sub_select(scope, depth, ["int", "text"])),
            lambda: "%s = ANY (ARRAY(%s))" % (e(kind), self.sub_select(scope, depth, [kind])))

    def scalar(self, scope, depth, kind):
        if self.chance(50):
            function = self.pick("min", "max") if kind != "int" else self.pick("min", "max", "count", "sum")
            return "(SELECT %s(c1)::%s FROM (%s) AS %s)" % (function, kind, self.sub_select(scope, depth, [kind]), self.name("s"))
        return "(%s ORDER BY 1 LIMIT 1)" % self.sub_select(scope, depth, [kind], plain=True)

    def row_as_text(self, scope):
        rows = [source for source in scope if source.whole_row]
        if not rows:
            return self.constant("text")
        self.whole_row = True
        alias = self.random.choice(rows).alias
        return self.pick("%s::text", "to_jsonb(%s)::text", "row_to_json(%s)::text", "(%s IS NOT NULL)::text", "md5(%s::text)") % alias

    def document(self, scope):
        details = [column for column in (self.column("jsonb", scope),) if column]
        return self.pick("(%s->>'key')", "%s::text", "jsonb_pretty(%s)", "jsonb_build_array(%s)::text") % details[0] if details else self.constant("text")

    def array_as_text(self, scope):
        tags = self.column("text[]", scope)
        return self.pick("array_to_string(%s, ',')", "(%s)[1]", "%s::text") % tags if tags else self.constant("text")

    # -- sources

    def relation(self, outer=()):
        name = self.random.choice(list(RELATIONS) + ["person", "person", "visit", "event", "item"])
        alias = self.name("t")
        columns = ITEM if name == "item" else [(c.name, c.type) for c in RELATIONS[name]]
        text = "%s%s AS %s" % (self.pick("", "", "", "ONLY "), name, alias)
        if self.chance(8):
            percent = self.pick("100", "100", "50")
            self.unstable |= percent != "100"
            if outer and self.column("int", outer):
                percent += " + 0 * coalesce(%s, 0)" % self.column("int", outer)
            text += " TABLESAMPLE %s (%s)" % (self.pick("bernoulli", "system"), percent)
        return text, Source(alias, columns, table=name)

    def view(self):
        name = self.random.choice(list(VIEWS))
        alias = self.name("v")
        return "%s AS %s" % (name, alias), Source(alias, VIEWS[name])

    def function(self, scope, depth):
        call = self.random.choice(list(FUNCTIONS))
        columns, alias = FUNCTIONS[call], self.name("f")
        if "%d" in call:
            argument = self.expression("int", scope, min(depth, 1)) if scope and self.chance(40) else str(self.random.randint(0, 5))
            call = call.replace("%d", argument)
        if self.chance(10):
            return "ROWS FROM (%s) WITH ORDINALITY AS %s (%s, place)" % (call, alias, ", ".join(n for n, _ in columns)), \
                self.ordinal(alias, columns)
        return "%s AS %s" % (call, alias), Source(alias, columns)

    def ordinal(self, alias, columns):
        self.unstable |= True           # the order in which rows come
        return Source(alias, columns, whole_row=False)

    def sub_query(self, scope, depth):
        alias, kinds = self.name("q"), [self.pick("int", "text", "date") for _ in range(self.random.randint(1, 3))]
        lateral = scope and self.chance(40)
        text = self.select(kinds, depth - 1, scope if lateral else [])
        return "%s(%s) AS %s" % ("LATERAL " if lateral else "", text, alias), Source(alias, [("c%d" % (i + 1), k) for i, k in enumerate(kinds)])

    def source(self, scope, depth, outer=()):
        """scope: outer, the sources of outer queries, and those to the left, for LATERAL."""
        relation = lambda: self.relation(outer)
        if depth <= 0 or not self.spend():
            return relation()
        choices = [relation, relation, relation, self.view, lambda: self.function(scope, depth),
                   lambda: self.sub_query(scope, depth), self.values]
        if self.ctes:
            choices += [self.cte_reference] * 2
        return self.pick(*choices)

    def values(self):
        alias = self.name("w")
        return "(VALUES (1, 'canary'), (@P@, 'ca'), (7710148, NULL)) AS %s (c1, c2)" % alias, Source(alias, [("c1", "int"), ("c2", "text")])

    def cte_reference(self):
        cte = self.random.choice(self.ctes)
        alias = self.name("r")
        return "%s AS %s" % (cte.alias, alias), Source(alias, cte.columns)

    def join_condition(self, left, right, full):
        kinds = [k for k in ("int", "text", "date") if left and right.of_type(k) and any(s.of_type(k) for s in left)]
        if not kinds:
            return "false" if full else "true"
        kind = self.random.choice(kinds)
        text = "%s = %s" % (self.column(kind, left), self.column(kind, [right]))
        if not full and self.chance(25):
            text += " AND " + self.expression("bool", left + [right], 1)
        return text

    def from_clause(self, outer, depth):
        text, first = self.source(outer, depth, outer)
        scope = [first]
        for _ in range(self.random.choice((0, 0, 0, 1, 1, 2))):
            kind = self.pick("JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN")
            lateral = kind not in ("RIGHT JOIN", "FULL JOIN")
            other, source = self.source(outer + scope if lateral else outer, depth - 1, outer)
            text += " %s %s" % (kind, other)
            if kind != "CROSS JOIN":
                text += " ON " + self.join_condition(scope, source, kind == "FULL JOIN")
            scope.append(source)
        return text, scope

    # -- SELECT

    def sub_select(self, outer, depth, kinds, plain=False):
        return self.simple_select(kinds, depth - 1, outer) if plain or depth <= 0 else self.select(kinds, depth - 1, outer, bare=True)

    def select(self, kinds, depth, outer=(), bare=False):
        """A query of columns c1, c2, ... of these kinds."""
        outer = list(outer)
        saved, prefix = list(self.ctes), ""
        if depth > 0 and self.chance(18):
            prefix = self.with_clause(depth, outer)
        if depth > 0 and self.chance(15):
            text = "%s %s %s" % (self.simple_select(kinds, depth - 1, outer), self.pick("UNION", "UNION ALL", "INTERSECT", "EXCEPT", "EXCEPT ALL"),
                                 self.simple_select(kinds, depth - 1, outer))
        else:
            text = self.random.choice((self.simple_select, self.simple_select, self.grouped_select, self.window_select, self.distinct_select))(kinds, depth, outer)
        if self.chance(12) and not text.endswith("LIMIT 1000"):
            text += " ORDER BY %s LIMIT %d" % (", ".join(str(i + 1) for i in range(len(kinds))), self.random.randint(0, 5))
        self.ctes = saved
        return prefix + text

    def with_clause(self, depth, outer):
        parts, recursive = [], False
        for _ in range(self.random.choice((1, 1, 2))):
            name, kinds = self.name("cte"), [self.pick("int", "text", "date") for _ in range(2)]
            columns = [("c%d" % (i + 1), kind) for i, kind in enumerate(kinds)]
            if self.chance(15):
                recursive = True
                body = ("SELECT id, name FROM person WHERE id <= 2 UNION ALL SELECT p.id, p.secret FROM %s AS w JOIN person AS p "
                        "ON p.id = w.c1 + 2" % name)
                columns = [("c1", "int"), ("c2", "text")]
            else:
                body = self.select(kinds, depth - 1, outer)
            parts.append("%s (%s) AS %s(%s)" % (name, ", ".join(c for c, _ in columns), self.pick("", "MATERIALIZED ", "NOT MATERIALIZED ") if not recursive else "", body))
            self.ctes.append(Source(name, columns))
        return "WITH %s%s " % ("RECURSIVE " if recursive else "", ", ".join(parts))

    def where(self, scope, depth):
        return " WHERE " + self.expression("bool", scope, depth) if self.chance(65) else ""

    def targets(self, kinds, make):
        return ", ".join("%s AS c%d" % (make(kind), i + 1) for i, kind in enumerate(kinds))

    def simple_select(self, kinds, depth, outer):
        text, scope = self.from_clause(outer, depth)
        visible = scope + (outer if self.chance(40) else [])
        return "SELECT %s FROM %s%s" % (self.targets(kinds, lambda k: self.expression(k, visible, depth)), text, self.where(visible, depth))

    def distinct_select(self, kinds, depth, outer):
        text, scope = self.from_clause(outer, depth)
        order = ", ".join("c%d" % (i + 1) for i in range(len(kinds)))
        distinct = self.pick("DISTINCT", "DISTINCT ON (c1)")
        return "SELECT %s * FROM (SELECT %s FROM %s%s) AS %s%s" % (
            distinct, self.targets(kinds, lambda k: self.expression(k, scope + outer, depth)), text, self.where(scope + outer, depth),
            self.name("d"), " ORDER BY " + order + " LIMIT 1000" if "ON" in distinct else "")

    def aggregate(self, kind, scope, depth):
        e = self.expression(kind, scope, depth - 1)
        flt = " FILTER (WHERE %s)" % self.expression("bool", scope, 1) if self.chance(20) else ""
        if kind == "int":
            return "%s%s::int" % (self.pick("count(%s)", "sum(%s)", "max(%s)", "count(DISTINCT %s)") % e, flt) if not flt else "(max(%s)%s)::int" % (e, flt)
        if kind == "text" and self.chance(50):
            return "string_agg(%s, ',' ORDER BY %s)%s" % (e, e, flt)
        return "%s(%s)%s" % (self.pick("min", "max"), e, flt)

    def grouped_select(self, kinds, depth, outer):
        text, scope = self.from_clause(outer, depth)
        keys = []
        for kind in ("text", "int"):
            column = self.column(kind, scope)
            if column:
                keys.append((kind, column))
        group = self.pick("%s", "ROLLUP (%s)", "CUBE (%s)", "GROUPING SETS ((%s), ())") % ", ".join(c for _, c in keys) if keys else "()"

        def target(kind):
            mine = [column for k, column in keys if k == kind]
            return mine[0] if mine and self.chance(50) else self.aggregate(kind, scope, depth)
        having = " HAVING count(*) > %d" % self.random.randint(0, 2) if self.chance(25) else ""
        return "SELECT %s FROM %s%s GROUP BY %s%s" % (self.targets(kinds, target), text, self.where(scope, depth), group, having)

    def window_select(self, kinds, depth, outer):
        text, scope = self.from_clause(outer, depth)

        def target(kind):
            e = self.expression(kind, scope, depth - 1)
            partition = "PARTITION BY %s " % self.expression("text", scope, 1) if self.chance(50) else ""
            # which of two equal values comes first is open, and shows beside another column
            function = self.pick("max(%s)", "min(%s)", "lag(%s)" if len(kinds) == 1 else "max(%s)", "first_value(%s)") % e
            if kind == "int" and self.chance(50):
                function = self.pick("rank()", "dense_rank()", "count(*)", "count(%s)" % e)
            return "(%s OVER (%sORDER BY %s))::%s" % (function, partition, e, "boolean" if kind == "bool" else kind)
        return "SELECT %s FROM %s%s" % (self.targets(kinds, target), text, self.where(scope, depth))

    def locking_select(self):
        """Row locks, whole rows and system columns: for a top level of its own."""
        text, source = self.relation()
        a = source.alias
        lock = self.pick("", " FOR UPDATE", " FOR SHARE", " FOR KEY SHARE", " FOR NO KEY UPDATE")
        targets = self.pick("%s.*" % a, a, "%s.ctid, %s.id" % (a, a), "%s.tableoid::regclass::text, %s.*" % (a, a), "(%s).id, %s" % (a, a),
                            "%s.xmin, %s.ctid, %s.*" % (a, a, a), "to_json(%s)::text, %s.tableoid" % (a, a), "ctid, %s" % a)
        self.whole_row |= a in [t.strip() for t in targets.split(",")] or "(%s)" % a in targets
        self.system_column = "ctid" in targets or "xmin" in targets or "tableoid" in targets
        self.unstable |= self.system_column
        return "SELECT %s FROM %s%s%s" % (targets, text, self.where([source], 2), lock if "TABLESAMPLE" not in text else "")
