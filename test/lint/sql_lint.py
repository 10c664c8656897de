"""Lint of the extension's SQL modules, by the grammar of PostgreSQL 15.

usage: /usr/bin/python3 sql_lint.py [--public-grants FILE] MODULE.sql...

Prints "file:line: rule: what is wrong" and exits 1 if anything was found.
A line "-- lint:allow RULE: reason" inside a statement, or directly before it,
silences that rule for that statement.

An extension script runs as a superuser with the creator's search_path, and
anybody may have put objects in there: names must be qualified wherever they
are resolved while the script runs (views, defaults, checks, BEGIN ATOMIC) or
with a caller's search_path (bodies kept as text).
"""
import argparse
import re
import sys

from pglast import ast, parse_plpgsql, parse_sql
from pglast.enums import GrantTargetType, ObjectType, RoleSpecType
from pglast.keywords import (COL_NAME_KEYWORDS, RESERVED_KEYWORDS, TYPE_FUNC_NAME_KEYWORDS,
                             UNRESERVED_KEYWORDS)
from pglast.parser import ParseError
from pglast.visitors import Skip, Visitor

SCHEMA = "pdauth"
PINNED = ["pg_catalog", "pg_temp"]
KEYWORDS = COL_NAME_KEYWORDS | RESERVED_KEYWORDS | TYPE_FUNC_NAME_KEYWORDS | UNRESERVED_KEYWORDS

# Types whose short names the grammar leaves alone.  pg_catalog is searched
# first, so these cannot be taken over; any other short name can.
BUILTIN_TYPES = set("""text bytea date json jsonb uuid oid xid xid8 cid tid name inet cidr money xml
    record void trigger event_trigger internal cstring any anyelement anyarray anycompatible anycompatiblearray
    anyrange anymultirange anynonarray anyenum anycompatiblerange anycompatiblemultirange
    regclass regproc regprocedure regtype regrole regnamespace regoper regoperator regconfig regdictionary
    daterange datemultirange int4range int8range numrange tsrange tstzrange tstzmultirange int4multirange
    int8multirange nummultirange tsmultirange pg_lsn pg_snapshot tsvector tsquery point box
    bool int2 int4 int8 float4 float8 numeric varchar bpchar timestamptz timestamp time timetz interval
    index_am_handler table_am_handler int2vector oidvector aclitem""".split())


def names(parts):
    return [p.sval for p in parts if isinstance(p, ast.String)]


def option(statement, name):
    for element in statement.options or ():
        if element.defname == name:
            return element.arg
    return None


def pins_search_path(function):
    for element in function.options or ():
        if element.defname == "set" and element.arg.name == "search_path" and element.arg.args:
            return [a.val.sval for a in element.arg.args] == PINNED
    return False


class Names(Visitor):
    """Names in one parse tree that depend on the search_path.

    pinned: the tree runs with search_path = pg_catalog, pg_temp, where short
    function and type names are the catalogue's own."""

    def __init__(self, known=(), pinned=False):
        super().__init__()
        self.known, self.pinned, self.found = set(known), pinned, []

    def visit_CommonTableExpr(self, ancestors, node):
        self.known.add(node.ctename)

    def visit_TriggerTransition(self, ancestors, node):
        self.known.add(node.name)

    def relation(self, node):
        if node.schemaname is None and node.relname not in self.known \
                and not (self.pinned and node.relname.startswith("pg_")):
            self.found.append(("unqualified-relation", f'relation "{node.relname}" has no schema'))

    def visit_RangeVar(self, ancestors, node):
        self.references.append(node)

    def visit_FuncCall(self, ancestors, node):
        if len(node.funcname) < 2 and not self.pinned:
            self.found.append(("unqualified-function", f'function "{names(node.funcname)[-1]}" has no schema'))

    def visit_ObjectWithArgs(self, ancestors, node):
        name = names(node.objname)
        if len(name) < 2 and re.match(r"\w", name[-1]):
            self.found.append(("unqualified-function", f'object "{name[-1]}" has no schema'))

    def visit_CreateTrigStmt(self, ancestors, node):
        if len(node.funcname) < 2:
            self.found.append(("unqualified-function", f'trigger function "{names(node.funcname)[-1]}" has no schema'))

    def visit_DefElem(self, ancestors, node):
        # Words, numbers and selectivity functions of the catalogue, which the
        # grammar gives as type names.
        if node.defname in ("internallength", "alignment", "storage", "category", "like", "restrict", "join"):
            return Skip
        return None

    def visit_TypeName(self, ancestors, node):
        name = names(node.names or ())
        if len(name) == 1 and name[0] not in BUILTIN_TYPES and not (self.pinned and name[0].startswith("pg_")):
            self.found.append(("unqualified-type", f'type "{name[0]}" has no schema'))

    def run(self, tree):
        # Relations last: a WITH name may be used above the place that
        # defines it in the walk.
        self.references = []
        self(tree)
        for node in self.references:
            self.relation(node)
        return self.found


# Where a creating statement keeps the name of what it creates.
CREATED = {
    "CreateStmt": lambda n: n.relation, "ViewStmt": lambda n: n.view, "CreateSeqStmt": lambda n: n.sequence,
    "CompositeTypeStmt": lambda n: n.typevar, "CreateTableAsStmt": lambda n: n.into.rel,
    "IndexStmt": lambda n: n.relation, "RuleStmt": lambda n: n.relation, "CreateTrigStmt": lambda n: n.relation,
    "CreatePolicyStmt": lambda n: n.table, "CreateForeignTableStmt": lambda n: n.base.relation,
    "CreateFunctionStmt": lambda n: n.funcname, "DefineStmt": lambda n: n.defnames,
    "CreateEnumStmt": lambda n: n.typeName, "CreateRangeStmt": lambda n: n.typeName,
    "CreateDomainStmt": lambda n: n.domainname, "CreateOpClassStmt": lambda n: n.opclassname,
    "CreateOpFamilyStmt": lambda n: n.opfamilyname, "CreateStatsStmt": lambda n: n.defnames,
    "CreateConversionStmt": lambda n: n.conversion_name,
}


def created_schema(statement):
    """Schema of what the statement creates; None if it creates nothing in a schema."""
    kind = type(statement).__name__
    if kind == "CreateSchemaStmt":
        return statement.schemaname
    if kind not in CREATED:
        return None
    name = CREATED[kind](statement)
    if isinstance(name, ast.RangeVar):
        return name.schemaname or "(none)"
    name = names(name)
    return name[0] if len(name) > 1 else "(none)"


class Flags(Visitor):
    """OR REPLACE and IF NOT EXISTS, wherever the grammar has them."""

    def __init__(self):
        super().__init__()
        self.found = []

    def visit(self, ancestors, node):
        if getattr(node, "replace", False) is True:
            self.found.append(("or-replace", "OR REPLACE would adopt an object planted before"))
        if getattr(node, "if_not_exists", False) is True:
            self.found.append(("if-not-exists", "IF NOT EXISTS would adopt an object planted before"))


def without_comments(text):
    """The text with comments and string constants blanked, line numbers kept."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    return re.sub(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", blank, text, flags=re.S)


def text_names(body, pinned):
    """The names check for a PL/pgSQL body that libpg_query cannot parse
    (it knows no composite types): by the words before a name."""
    found = []
    text = without_comments(body)
    ctes = {m.lower() for m in re.findall(r"\b(\w+)\s+AS\s+(?:NOT\s+)?(?:MATERIALIZED\s+)?\(", text, re.I)}
    for match in re.finditer(r"(?<!DISTINCT )\b(FROM|JOIN|INTO|UPDATE)\s+(?:ONLY\s+|LATERAL\s+)*([A-Za-z_]\w*)(\s*[.(])?", text, re.I):
        word, name, after = match.group(1).upper(), match.group(2), (match.group(3) or "").strip()
        if after == "." or name.lower() in ctes or name.upper() in ("SET", "OF", "STRICT", "NOWAIT", "SKIP", "SELECT"):
            continue
        if word == "INTO" and not re.search(r"\b(INSERT|MERGE)\s+$", text[:match.start()], re.I):
            continue
        if word == "FROM" and (after == "(" or re.search(r"\b(extract|substring|trim|overlay|position)\s*\([^()]*$", text[:match.start()], re.I)):
            continue
        if pinned and name.startswith("pg_"):
            continue
        found.append(("unqualified-relation", f'relation "{name}" has no schema'))
    if not pinned:
        for match in re.finditer(r"(?<![\w.\"])([A-Za-z_]\w*)\s*\(", text):
            name = match.group(1).lower()
            before = text[:match.start()]
            if name not in KEYWORDS and name not in ctes and not re.search(r"(\bAS|\bINTO|\.)\s*$", before, re.I):
                found.append(("unqualified-function", f'function "{name}" has no schema'))
    return found


def expressions(tree):
    """Every piece of SQL in what parse_plpgsql returns."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key == "PLpgSQL_expr":
                yield value["query"]
            else:
                yield from expressions(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from expressions(value)


def plpgsql_names(statement_text, body, known, pinned):
    found = []
    try:
        for query in expressions(parse_plpgsql(statement_text)):
            for candidate in (query, "SELECT " + query, "SELECT " + re.sub(r"^[^=]*?:?=", "", query, count=1)):
                try:
                    tree = parse_sql(candidate)
                except ParseError:
                    continue
                for statement in tree:
                    found += Names(known, pinned).run(statement)
                break
            else:
                raise ParseError(query)
    except (ParseError, ValueError):
        return text_names(body, pinned)
    return found


def outermost(text, separator):
    """Split at the separator where no parenthesis or quote is open."""
    parts, depth, quoted, start, i = [], 0, False, 0, 0
    while i < len(text):
        if text[i] == "'":
            quoted = not quoted
        elif not quoted and text[i] in "([":
            depth += 1
        elif not quoted and text[i] in ")]":
            depth -= 1
        elif not quoted and depth == 0 and text.startswith(separator, i):
            parts.append(text[start:i])
            i += len(separator)
            start = i
            continue
        i += 1
    return parts + [text[start:]]


def dynamic_findings(command, declarations):
    """An EXECUTE may take names and values only through %I and %L; %s is for
    what prints itself quoted (regclass and the like)."""
    if len(outermost(command, "||")) > 1:
        return [("concatenated-sql", "EXECUTE of a concatenated string; use format() with %I and %L")]
    match = re.match(r"\s*(?:pg_catalog\.)?format\s*\((.*)\)", command, re.I | re.S)
    if not match:
        return []
    template, *values = (v.strip() for v in outermost(match.group(1), ","))
    for place, value in zip(re.findall(r"%[-\d]*([sIL])", template.replace("%%", "")), values):
        regular = re.search(r"::\s*(pg_catalog\.)?reg\w+$", value) or re.search(
            rf"\b{re.escape(value)}\s+(pg_catalog\.)?reg[a-z]+\b", declarations)
        if place == "s" and not regular:
            return [("concatenated-sql", f"%s for {value} in the format of an EXECUTE; use %I or %L")]
    return []


def body_findings(body, declarations):
    """What no body may do, by its text."""
    text = without_comments(body)
    found = []
    if re.search(r"\bOR\s+REPLACE\b", text, re.I):
        found.append(("or-replace", "OR REPLACE in a body"))
    if re.search(r"\bIF\s+NOT\s+EXISTS\s+\w+\s*(\.|\(|;|AS\b)", text, re.I) and re.search(r"\bCREATE\b[^;]*\bIF\s+NOT\s+EXISTS\b", text, re.I):
        found.append(("if-not-exists", "IF NOT EXISTS in a body"))
    for match in re.finditer(r"\bEXECUTE\b([^;]*);", body, re.I):
        found += dynamic_findings(match.group(1), declarations)
    return found


def function_findings(statement, text, known):
    found = []
    pinned = pins_search_path(statement)
    definer = option(statement, "security")
    if definer is not None and definer.boolval and not pinned:
        found.append(("definer-search-path", "SECURITY DEFINER without SET search_path = pg_catalog, pg_temp"))
    language = option(statement, "language")
    body = option(statement, "as")
    if body is None or language is None:
        return found
    body, language = body[0].sval, language.sval.lower()
    if language == "sql":
        found += body_findings(body, text)
        for inner in parse_sql(body):
            found += Names(known, pinned).run(inner)
    elif language == "plpgsql":
        found += body_findings(body, text)
        found += plpgsql_names(text, body, known, pinned)
    return found


def do_findings(statement, text, known):
    body = next(e.arg.sval for e in statement.args if e.defname == "as")
    return body_findings(body, text) + plpgsql_names(text, body, known, False)


def grants(statement):
    """The statement's grants in one canonical line each."""
    kind = {ObjectType.OBJECT_TABLE: "TABLE", ObjectType.OBJECT_SEQUENCE: "SEQUENCE", ObjectType.OBJECT_SCHEMA: "SCHEMA",
            ObjectType.OBJECT_FUNCTION: "FUNCTION", ObjectType.OBJECT_PROCEDURE: "PROCEDURE", ObjectType.OBJECT_ROUTINE: "ROUTINE",
            ObjectType.OBJECT_TYPE: "TYPE", ObjectType.OBJECT_DOMAIN: "DOMAIN"}.get(statement.objtype, str(statement.objtype))
    if statement.targtype != GrantTargetType.ACL_TARGET_OBJECT:
        kind = "ALL " + kind + "S IN SCHEMA"
    rights = "ALL" if not statement.privileges else ",".join(sorted((p.priv_name or "ALL").upper() for p in statement.privileges))
    for item in statement.objects:
        if isinstance(item, ast.RangeVar):
            name = f"{item.schemaname}.{item.relname}"
        elif isinstance(item, ast.ObjectWithArgs):
            name = ".".join(names(item.objname))
        elif isinstance(item, ast.String):
            name = item.sval
        else:
            name = ".".join(names(item))
        yield f"{rights} ON {kind} {name}"


def names_public(statement):
    return any(g.roletype == RoleSpecType.ROLESPEC_PUBLIC for g in statement.grantees)


def statement_findings(statement, text, known, public_grants):
    found = []
    schema = created_schema(statement)
    if schema is not None and schema != SCHEMA:
        found.append(("outside-schema", f'creates an object in schema "{schema}", not in {SCHEMA}'))
    flags = Flags()
    flags(statement)
    found += flags.found
    if isinstance(statement, ast.GrantStmt):
        if statement.is_grant and names_public(statement):
            found += [("public-grant", f'"{g}" TO PUBLIC is not on the list of intended ones')
                      for g in grants(statement) if g not in public_grants]
    elif isinstance(statement, ast.DoStmt):
        found += do_findings(statement, text, known)
        return found
    elif isinstance(statement, ast.AlterDefaultPrivilegesStmt):
        found.append(("public-grant", "default privileges outlive the script"))
    found += Names(known).run(statement)
    if isinstance(statement, ast.CreateFunctionStmt):
        found += function_findings(statement, text, known)
    return found


def transition_names(statements):
    """Transition tables are named by a trigger and used by its function."""
    return {t.name for s in statements if isinstance(s.stmt, ast.CreateTrigStmt) for t in s.stmt.transitionRels or ()}


def definer_rights(path, parsed, public_grants):
    """A definer function that PUBLIC may call has to be on the list."""
    revoked = set()
    for _, raw in parsed:
        statement = raw.stmt
        if isinstance(statement, ast.GrantStmt) and not statement.is_grant and names_public(statement):
            revoked |= {g.split(" ")[-1] for g in grants(statement)}
    for (line, text), raw in parsed:
        statement = raw.stmt
        if not isinstance(statement, ast.CreateFunctionStmt):
            continue
        definer = option(statement, "security")
        name = ".".join(names(statement.funcname))
        returns = names(statement.returnType.names)[-1] if statement.returnType else ""
        if definer is None or not definer.boolval or returns in ("trigger", "event_trigger"):
            continue
        if name not in revoked and f"EXECUTE ON FUNCTION {name}" not in public_grants:
            yield path, line, text, "definer-public", f"PUBLIC may execute the SECURITY DEFINER function {name}"


def parse(path):
    """The module's statements with line and text each."""
    with open(path, encoding="utf-8") as stream:
        source = stream.read()
    # psql commands: blank their lines, so that positions stay.
    source = re.sub(r"^\\[^\n]*", lambda m: " " * len(m.group(0)), source, flags=re.M)
    result = []
    for raw in parse_sql(source):
        start = raw.stmt_location or 0
        end = start + raw.stmt_len if raw.stmt_len else len(source)
        text = source[start:end]
        lead = len(re.match(r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*", text, re.S).group(0))
        result.append(((source.count("\n", 0, start + lead) + 1, text), raw))
    return result


def lint(paths, public_grants):
    modules = [(path, parse(path)) for path in paths]
    known = transition_names([raw for _, parsed in modules for _, raw in parsed])
    for path, parsed in modules:
        for (line, text), raw in parsed:
            for rule, message in statement_findings(raw.stmt, text, known, public_grants):
                yield path, line, text, rule, message
    # Rights may be taken away in a later module.
    everything = [p for _, parsed in modules for p in parsed]
    owner = {id(raw): path for path, parsed in modules for _, raw in parsed}
    for position, raw in everything:
        for _, line, text, rule, message in definer_rights(None, [(position, raw)] + [
                p for p in everything if isinstance(p[1].stmt, ast.GrantStmt)], public_grants):
            yield owner[id(raw)], line, text, rule, message


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--public-grants", help="file with one intended grant to PUBLIC in each line")
    arguments.add_argument("modules", nargs="+")
    arguments = arguments.parse_args()
    public_grants = set()
    if arguments.public_grants:
        with open(arguments.public_grants, encoding="utf-8") as stream:
            public_grants = {line.split("#")[0].strip() for line in stream} - {""}
    failed = False
    shown = set()
    try:
        for path, line, text, rule, message in lint(arguments.modules, public_grants):
            if re.search(rf"--\s*lint:allow\s+{rule}:\s*\S", text) or (path, line, rule, message) in shown:
                continue
            shown.add((path, line, rule, message))
            failed = True
            print(f"{path}:{line}: {rule}: {message}")
    except ParseError as error:
        print(f"syntax error: {error}")
        failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
