#!/usr/bin/python3
"""The messages and hints of the rule catalogue, as a template of gettext.

    rule_messages.py FILE...

pdauth.judge() passes them through pdauth.message().
"""
import sys

from pglast import ast, parse_sql


def quoted(text):
    return '"' + text.replace('\\', '\\\\').replace('"', '\\"').replace('\n', '\\n') + '"'


print('msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n')
seen = set()
for name in sys.argv[1:]:
    with open(name, encoding='utf-8') as file:
        statements = [raw.stmt for raw in parse_sql(file.read())]
    for statement in statements:
        if not isinstance(statement, ast.InsertStmt) or statement.relation.relname != 'rule':
            continue
        columns = [column.name for column in statement.cols]
        for row in statement.selectStmt.valuesLists:
            for column in 'message', 'hint':
                text = row[columns.index(column)].val.sval
                if text not in seen:
                    seen.add(text)
                    print(f'#: {name}\n#, no-c-format\nmsgid {quoted(text)}\nmsgstr ""\n')
