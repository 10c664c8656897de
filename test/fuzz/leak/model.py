"""What each role may see, written down by hand and apart from pdauth.

Contract: ROLES gives for each role the grants its licenses contain;
copy_statements() makes a role's copy of the tables with plain SQL only, and
canaries() lists the strings a role must never be shown.
"""
from collections import namedtuple

Grant = namedtuple("Grant", "region level columns purpose")     # columns: None for all
Column = namedtuple("Column", "name type level mask")           # mask: SQL, as in the label

LEVELS = {"general": 0, "important": 1, "core": 2}

# The rows of a table lie in the division of their column "division"; those of
# visit all in 532900.
TABLES = {
    "person": [Column("id", "int", 0, None), Column("division", "text", 0, None),
               Column("name", "text", 1, "pdauth.mask_text(name, 2, 0)"), Column("secret", "text", 2, "NULL"),
               Column("salary", "int", 1, "0"), Column("born", "date", 1, "NULL"),
               Column("tags", "text[]", 1, "NULL"), Column("detail", "jsonb", 2, "'{}'"),
               Column("extra", "text", 0, None)],
    "visit": [Column("id", "int", 0, None), Column("person_id", "int", 0, None), Column("division", "text", 0, None),
              Column("fee", "int", 1, "fee / 1000000 * 1000000"), Column("diagnosis", "text", 1, "'(' || left(diagnosis, 1) || ')'"),
              Column("day", "date", 0, None)],
    "event": [Column("id", "int", 0, None), Column("at", "date", 0, None), Column("division", "text", 0, None),
              Column("payload", "text", 1, "CASE WHEN payload IS NULL THEN NULL ELSE 'hidden' END"), Column("amount", "int", 0, None)],
    "asset": [Column("id", "int", 0, None), Column("division", "text", 0, None), Column("label", "text", 2, "NULL"),
              Column("worth", "int", 0, None)],
}
CHILDREN = {"event_old": "event", "event_new": "event", "asset_car": "asset"}
OWN_COLUMNS = {"asset_car": [Column("plate", "text", 0, None)]}
RELATIONS = dict(TABLES, **{child: TABLES[parent] + OWN_COLUMNS.get(child, []) for child, parent in CHILDREN.items()})
CONSTANT_REGION = {"visit": "532900"}

ROLES = {
    "fuzz_all": [Grant("*", "core", None, "test")],
    "fuzz_region": [Grant("532900", "core", None, "test")],
    "fuzz_masked": [Grant("*", "general", None, "test")],
    "fuzz_both": [Grant("532900", "general", None, "test")],
    "fuzz_columns": [Grant("CN", "core", ("id", "division", "at", "salary", "name"), "test")],
    "fuzz_mixed": [Grant("*", "general", None, "test"), Grant("532900", "core", None, "test")],
    "fuzz_two": [Grant("532900", "important", None, "test"), Grant("530100", "general", None, "test")],
    "fuzz_none": [],
}
# Roles without a license, whom nothing else helps either.
REFUSED = ("fuzz_none", "fuzz_owner", "fuzz_bypass", "fuzz_super")
LICENSED = [role for role, grants in ROLES.items() if grants]
# Hold their licenses as members of a group of that name.
BY_MEMBERSHIP = ("fuzz_masked", "fuzz_columns", "fuzz_mixed")
# Own a view and a function that lend what they may see themselves, and no more.
NARROW_OWNERS = ("fuzz_region", "fuzz_both", "fuzz_columns", "fuzz_two")
NARROW_COLUMNS = ("id", "division", "name", "salary", "extra")


def covers(region, division):
    """SQL: does the region of a grant cover the division (an SQL expression)?"""
    if region == "*":
        return "true"
    prefix = "" if region == "CN" else region.rstrip("0") if not region.endswith("0000") else region[:2]
    return "coalesce(%s LIKE '%s%%', false)" % (division, prefix)


def shown(relation, column, grants):
    """SQL of what a row of the relation shows of the column."""
    division = "'%s'" % CONSTANT_REGION[relation] if relation in CONSTANT_REGION else "division"
    clear = [covers(g.region, division) for g in grants
             if LEVELS[g.level] >= column.level and (g.columns is None or column.name in g.columns)]
    return "CASE WHEN %s THEN %s ELSE %s END" % (" OR ".join(clear) or "false", column.name, column.mask or "NULL")


def visible(relation, grants):
    division = "'%s'" % CONSTANT_REGION[relation] if relation in CONSTANT_REGION else "division"
    return " OR ".join("(%s)" % covers(g.region, division) for g in grants) or "false"


def holder(role):
    """The role that the licenses of the role are issued to."""
    return role + "_group" if role in BY_MEMBERSHIP else role


def narrow_query(owner, schema):
    """What narrow objects read: in a copy they narrow by hand what pdauth narrows in lab."""
    columns = [c for c in TABLES["person"] if c.name in NARROW_COLUMNS]
    if schema == "lab":
        return "SELECT %s FROM person" % ", ".join(NARROW_COLUMNS)
    return "SELECT %s FROM person WHERE %s" % (
        ", ".join("(%s)::%s AS %s" % (shown("person", c, ROLES[owner]), c.type, c.name) for c in columns),
        visible("person", ROLES[owner]))


def stored_in():
    """The relations that store rows themselves (a partitioned table does not)."""
    return [relation for relation in RELATIONS if relation != "event"]


def copy_statements(role):
    """Fill the role's copy; search_path must find it first, and the reader sees everything."""
    for relation in stored_in():
        columns = RELATIONS[relation]
        yield "INSERT INTO copy_%s.%s (%s) SELECT %s FROM ONLY lab.%s WHERE %s" % (
            role, relation, ", ".join(c.name for c in columns),
            ", ".join("(%s)::%s" % (shown(relation, c, ROLES[role]), c.type) for c in columns),
            relation, visible(relation, ROLES[role]))


def label_statements():
    for table, columns in TABLES.items():
        where = "region => '%s'" % CONSTANT_REGION[table] if table in CONSTANT_REGION else "region_column => 'division'"
        yield "SELECT pdauth.protect('lab.%s', 'fuzz/%s', %s)" % (table, table, where)
        for column in columns:
            if column.level:
                level = [name for name, value in LEVELS.items() if value == column.level][0]
                kind = "FUNCTION" if column.mask and "(" in column.mask and column.mask[0].isalpha() and "CASE" not in column.mask else "VALUE"
                yield "SELECT pdauth.mask('lab.%s', '%s', '%s %s', level => '%s')" % (
                    table, column.name, kind, (column.mask or "NULL").replace("'", "''"), level)


def license_statements():
    for role, grants in ROLES.items():
        for g in grants:
            yield ("INSERT INTO pdauth.license (licensee, scope, basis) VALUES ('%s', "
                   "'{read on fuzz(%s) for %s in %s during [2020-01-01,2090-01-01) level %s}', 'fuzz')" % (
                       holder(role), ",".join(g.columns) if g.columns else "*", g.purpose, g.region, g.level))
