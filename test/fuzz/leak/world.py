"""The database that is searched: tables, roles, policy, and the copies by hand.

Contract: set_up() makes database DATABASE anew on the server that PG* names,
with schema lab under protection and, unless told otherwise, a schema
copy_<role> for each licensed role; roles fuzz_* are made where missing.
"""
import os

import psycopg2
import psycopg2.extensions

import model

HERE = os.path.dirname(os.path.abspath(__file__))
DATABASE = os.environ.get("FUZZ_DATABASE", "fuzz_leak")
OTHER_ROLES = {"fuzz_trusted": "", "fuzz_owner": "", "fuzz_custodian": "", "fuzz_policy": "", "fuzz_bypass": "BYPASSRLS", "fuzz_super": "SUPERUSER"}
# bool, int8, int2, int4, text, json, char, varchar, date, timestamptz, numeric, jsonb: as the server writes them
AS_TEXT = (16, 20, 21, 23, 25, 114, 1042, 1043, 1082, 1184, 1700, 3802)


def connect(database=DATABASE):
    connection = psycopg2.connect(dbname=database, options="-c log_min_messages=panic -c statement_timeout=20s -c jit=off")
    connection.set_client_encoding("UTF8")
    connection.autocommit = True
    psycopg2.extensions.register_type(psycopg2.extensions.new_type(AS_TEXT, "TEXT", lambda value, cursor: value), connection)
    return connection


def script(name):
    with open(os.path.join(HERE, name + ".sql"), encoding="utf-8") as text:
        return text.read()


def set_up_roles():
    cursor = connect("postgres").cursor()
    groups = [model.holder(role) for role in model.BY_MEMBERSHIP]
    for role, option in dict(dict.fromkeys(list(model.ROLES) + groups, ""), **OTHER_ROLES).items():
        cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,))
        if not cursor.fetchall():
            cursor.execute("CREATE ROLE %s %s" % (role, option))
    for role in model.BY_MEMBERSHIP:
        cursor.execute("GRANT %s TO %s" % (model.holder(role), role))


def make_tables(cursor, schema):
    cursor.execute("CREATE SCHEMA %s AUTHORIZATION fuzz_owner" % schema)
    cursor.execute("GRANT USAGE, CREATE ON SCHEMA %s TO PUBLIC; SET search_path = %s; SET ROLE fuzz_owner" % (schema, schema))
    cursor.execute(script("tables"))
    cursor.execute("GRANT ALL ON ALL TABLES IN SCHEMA %s TO PUBLIC" % schema)
    if schema == "lab":
        cursor.execute(script("rows"))
    cursor.execute("INSERT INTO item SELECT n, 'open' || n, n, make_date(2026, 1, n) FROM generate_series(1, 6) AS n; RESET ROLE")


def make_objects(cursor, schema):
    cursor.execute("SET search_path = %s; SET ROLE fuzz_trusted" % schema)
    cursor.execute(script("objects"))
    cursor.execute("SET ROLE fuzz_custodian")
    cursor.execute(script("keeper"))
    for owner in model.NARROW_OWNERS:
        query, name = model.narrow_query(owner, schema), "narrow_" + owner
        body = "sql AS $$%s$$" % query if owner < "fuzz_r" else "plpgsql AS $$ BEGIN RETURN QUERY %s; END $$" % query
        cursor.execute("SET ROLE %s; CREATE VIEW %s AS %s" % (owner, name, query))
        cursor.execute("CREATE FUNCTION %s() RETURNS SETOF %s STABLE SECURITY DEFINER LANGUAGE %s" % (name, name, body))
    # what a superuser does while another role acts: no SET ROLE in between tells anybody
    cursor.execute("RESET ROLE; CREATE FUNCTION as_superuser(command text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN EXECUTE command; END'")
    cursor.execute("GRANT ALL ON ALL TABLES IN SCHEMA %s TO PUBLIC; RESET search_path" % schema)


def declare_policy(cursor):
    cursor.execute("GRANT pdauth_policy_admin TO fuzz_policy; SET ROLE fuzz_policy")
    for statement in list(model.label_statements()) + list(model.license_statements()):
        cursor.execute(statement)
    cursor.execute("INSERT INTO pdauth.license (licensee, scope, basis) VALUES "
                   "('fuzz_trusted', '{read on fuzz(*) for test in * during [2020-01-01,2090-01-01) level core}', 'fuzz')")
    cursor.execute("INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES ('fuzz_custodian', 'fuzz', 'fuzz'); RESET ROLE")


def set_up(copies=True):
    set_up_roles()
    admin = connect("postgres").cursor()
    admin.execute("DROP DATABASE IF EXISTS " + DATABASE)
    admin.execute("CREATE DATABASE " + DATABASE)
    cursor = connect().cursor()
    cursor.execute("SET client_min_messages = warning; CREATE EXTENSION pgcrypto; CREATE EXTENSION pdauth")
    copied = model.LICENSED if copies else []
    schemas = ["lab"] + ["copy_" + role for role in copied]
    for schema in schemas:
        make_tables(cursor, schema)
    cursor.execute("RESET search_path")
    for role in copied:
        for statement in model.copy_statements(role):
            cursor.execute(statement)
    declare_policy(cursor)
    for schema in schemas:
        make_objects(cursor, schema)
    cursor.execute("ANALYZE")
