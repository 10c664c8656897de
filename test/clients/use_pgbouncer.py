#!/usr/bin/python3
"""PgBouncer in front: two users interleaved, session and transaction pooling, and one login for two roles."""
import os
import subprocess
import time
import psycopg2
import tap

admin = tap.superuser()
clear = tap.clear_values(admin)
expected = tap.expected_people(admin)
everybody = tap.query(admin, "SELECT person_id, mobile, division FROM office.person ORDER BY person_id")
PEOPLE = "SELECT person_id, mobile, division FROM office.person ORDER BY person_id"
PASSWORD = os.environ["PGPASSWORD"]
DIRECTORY = os.path.join(os.environ["work"], "pgbouncer")

tap.query(admin, "CREATE ROLE pool_login LOGIN NOINHERIT PASSWORD %s IN ROLE bi_reader, office_app", PASSWORD)


def start(mode):
    """One server connection for each user, so that clients have to share them."""
    os.makedirs(DIRECTORY, exist_ok=True)
    with open(DIRECTORY + "/users", "w") as users:
        users.writelines(f'"{name}" "{PASSWORD}"\n' for name in ("bi_reader", "office_app", "pool_login"))
    with open(DIRECTORY + "/ini", "w") as settings:
        settings.write(f"""[databases]
postgres = host={os.environ["PGHOST"]} port={os.environ["PGPORT"]}
[pgbouncer]
pool_mode = {mode}
default_pool_size = 1
auth_type = scram-sha-256
auth_file = {DIRECTORY}/users
unix_socket_dir = {DIRECTORY}
listen_port = 6432
logfile = {DIRECTORY}/log
""")
    server = subprocess.Popen(["/usr/sbin/pgbouncer", "-q", DIRECTORY + "/ini"])
    for _ in range(100):
        if os.path.exists(DIRECTORY + "/.s.PGSQL.6432"):
            return server
        time.sleep(0.05)
    raise SystemExit("PgBouncer does not answer: see " + DIRECTORY + "/log")


def connect(user):
    return psycopg2.connect(host=DIRECTORY, port=6432, dbname="postgres", user=user, password=PASSWORD)


def in_transaction(connection, *statements):
    """The rows of the last statement; the server connection is free again afterwards."""
    for statement in statements:
        rows = tap.query(connection, statement)
    connection.commit()
    return rows


for mode in ("session", "transaction"):
    bouncer = start(mode)
    try:
        reader, app = connect("bi_reader"), connect("office_app")
        for turn in range(3):
            tap.equal(in_transaction(reader, PEOPLE), expected, f"{mode} pooling, turn {turn + 1}: the licensee's rows")
            tap.equal(in_transaction(app, PEOPLE), everybody, f"{mode} pooling, turn {turn + 1}: the custodian's rows")
        tap.set_license(admin, False)
        try:
            in_transaction(reader, PEOPLE)
            tap.ok(False, mode + " pooling: revoked")
        except psycopg2.Error as error:
            tap.equal(error.pgcode, "PD205", mode + " pooling: revoked")
        reader.rollback()
        tap.set_license(admin, True)
        tap.equal(in_transaction(reader, PEOPLE), expected, mode + " pooling: licensed again")
        if mode == "session":
            in_transaction(reader, "SET pdauth.purpose = 'health'")
            try:
                in_transaction(reader, PEOPLE)
                tap.ok(False, "session pooling: a purpose that is not licensed")
            except psycopg2.Error as error:
                tap.equal(error.pgcode, "PD216", "session pooling: a purpose that is not licensed")
            reader.rollback()
            server = in_transaction(reader, "SELECT pg_backend_pid()")
            reader.close()
            reader = connect("bi_reader")
            tap.equal(in_transaction(reader, PEOPLE), expected, "session pooling: the next client does not inherit it")
            tap.equal(in_transaction(reader, "SELECT pg_backend_pid()"), server, "... on the same server connection")
        else:
            other = connect("bi_reader")
            try:
                in_transaction(reader, "SET LOCAL pdauth.purpose = 'health'", PEOPLE)
                tap.ok(False, "transaction pooling: a purpose that is not licensed")
            except psycopg2.Error as error:
                tap.equal(error.pgcode, "PD216", "transaction pooling: a purpose that is not licensed")
            reader.rollback()
            tap.equal(in_transaction(other, PEOPLE), expected, "transaction pooling: the next client does not inherit it")
        if mode == "transaction":
            first, second = connect("pool_login"), connect("pool_login")
            for turn in range(3):
                tap.equal(in_transaction(first, "SET LOCAL ROLE bi_reader", PEOPLE), expected,
                          f"one login, turn {turn + 1}: as the licensee")
                tap.equal(in_transaction(second, "SET LOCAL ROLE office_app", PEOPLE), everybody,
                          f"one login, turn {turn + 1}: as the custodian")
                try:
                    in_transaction(first, PEOPLE)
                    tap.ok(False, f"one login, turn {turn + 1}: as itself")
                except psycopg2.Error as error:
                    tap.equal(error.pgcode, "42501", f"one login, turn {turn + 1}: as itself")
                    first.rollback()
    finally:
        bouncer.terminate()
        bouncer.wait()
tap.done()
