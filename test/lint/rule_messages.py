#!/usr/bin/python3
"""What pdauth.judge() passes through pdauth.message(), as a template of gettext.

    rule_messages.py FILE...

That is the messages and hints of the rule catalogue, and the hints of checks:
the fourth column of what a function of violations returns, and the fourth
argument of pdauth.refuse(), where they are constants.
"""
import re
import sys

from pglast import ast, parse_plpgsql, parse_sql
from pglast.parser import ParseError
from pglast.visitors import Visitor


def constants(node):
    """The texts an expression can yield as they stand in the source."""
    if isinstance(node, ast.A_Const) and isinstance(node.val, ast.String):
        yield node.val.sval
    elif isinstance(node, ast.TypeCast):
        yield from constants(node.arg)
    elif isinstance(node, ast.CoalesceExpr):
        for argument in node.args:
            yield from constants(argument)
    elif isinstance(node, ast.CaseExpr):
        for result in [when.result for when in node.args] + [node.defresult]:
            yield from constants(result)


class Hints(Visitor):
    """Hints of the calls of pdauth.refuse() in a tree, and of the violations it selects."""

    def __init__(self, is_check):
        super().__init__()
        self.is_check = is_check
        self.found = []

    def visit_FuncCall(self, _ancestors, node):
        if node.funcname[-1].sval == 'refuse':
            for place, argument in enumerate(node.args or ()):
                if isinstance(argument, ast.NamedArgExpr):
                    if argument.name == 'hint':
                        self.found.extend(constants(argument.arg))
                elif place == 3:
                    self.found.extend(constants(argument))

    def visit_SelectStmt(self, _ancestors, node):
        if self.is_check and len(node.targetList or ()) == 4:
            self.found.extend(constants(node.targetList[3].val))

    def visit_RowExpr(self, _ancestors, node):
        if self.is_check and len(node.args or ()) == 4:
            self.found.extend(constants(node.args[3]))


def expressions(plpgsql):
    """The queries and expressions in what parse_plpgsql() returns."""
    if isinstance(plpgsql, dict):
        for key, value in plpgsql.items():
            if key == 'query' and isinstance(value, str):
                yield value
            else:
                yield from expressions(value)
    elif isinstance(plpgsql, list):
        for value in plpgsql:
            yield from expressions(value)


def parsed(expression):
    """An expression of PL/pgSQL: a query, a value or an assignment."""
    for text in expression, 'SELECT ' + expression, re.sub(r'^[^:=]*:?=', 'SELECT ', expression, count=1):
        try:
            return parse_sql(text)
        except ParseError:
            pass
    return ()


def hints(function, source):
    options = {option.defname: option.arg for option in function.options}
    language = options['language'].sval
    if 'as' not in options or language not in ('sql', 'plpgsql'):
        return []
    body = options['as'][0].sval
    is_check = function.returnType is not None and function.returnType.names[-1].sval == 'violation'
    if not is_check and 'pdauth.refuse(' not in body:
        return []
    found = Hints(is_check)
    for tree in [parse_sql(body)] if language == 'sql' else map(parsed, expressions(parse_plpgsql(source))):
        found(tree)
    return found.found


def rule_texts(statement):
    columns = [column.name for column in statement.cols]
    for row in statement.selectStmt.valuesLists:
        for column in 'message', 'hint':
            yield row[columns.index(column)].val.sval


def quoted(text):
    return '"' + text.replace('\\', '\\\\').replace('"', '\\"').replace('\n', '\\n') + '"'


print('msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n')
seen = set()
for name in sys.argv[1:]:
    with open(name, encoding='utf-8') as file:
        sql = re.sub(r'(?m)^\\.*$', '', file.read())    # commands of psql
    for raw in parse_sql(sql):
        texts = []
        if isinstance(raw.stmt, ast.InsertStmt) and raw.stmt.relation.relname == 'rule':
            texts = rule_texts(raw.stmt)
        elif isinstance(raw.stmt, ast.CreateFunctionStmt):
            texts = hints(raw.stmt, sql[raw.stmt_location:raw.stmt_location + (raw.stmt_len or len(sql))])
        for text in texts:
            if text not in seen:
                seen.add(text)
                print(f'#: {name}\n#, no-c-format\nmsgid {quoted(text)}\nmsgstr ""\n')
