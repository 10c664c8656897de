#!/usr/bin/python3
"""PgBouncer, transaction and session pooling, with one login and one server connection for two persons: each transaction reads for who its token names."""
import base64
import hashlib
import os
import subprocess
import time
import psycopg2
import tap

TREE = os.path.join(os.environ["work"], "tree")
DIRECTORY = os.path.join(os.environ["work"], "pool")
PASSWORD = os.environ["PGPASSWORD"]
READ = "SELECT road FROM t.p1"
nonce = 0

admin = tap.superuser()
os.makedirs(DIRECTORY, exist_ok=True)

# Who authenticates persons: a key of its own, of which the server knows the public half.
subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", DIRECTORY + "/key"], check=True, stderr=subprocess.DEVNULL)
public = subprocess.run(["openssl", "pkey", "-in", DIRECTORY + "/key", "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout[-32:]
key_id = hashlib.sha256(b"issuer\n\x01" + public).digest()[:4]
with open(DIRECTORY + "/verifier", "w") as verifier:
    verifier.write(f"issuer+{key_id.hex()}+{base64.b64encode(bytes([1]) + public).decode()}\n")
os.chmod(DIRECTORY + "/verifier", 0o600)


def token(person):
    """A C2SP signed note; each is good once."""
    global nonce
    nonce += 1
    now = int(time.time())
    body = "\n".join(("pdauth-token/1", "postgres", "app_pool", person, str(now), str(now + 30), f"{nonce:016}")) + "\n"
    with open(DIRECTORY + "/body", "w") as text:
        text.write(body)
    signature = subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", DIRECTORY + "/key", "-in", DIRECTORY + "/body"],
                               check=True, capture_output=True).stdout
    return f"{body}\n\u2014 issuer {base64.b64encode(key_id + signature).decode()}\n"


# The register: a product delivered to dev_x, two of its persons, and their pool.
tap.query(admin, "ALTER SYSTEM SET pdauth.attest_key_file = %s", DIRECTORY + "/verifier")
tap.query(admin, "ALTER SYSTEM SET pdauth.audit_statements = on")
tap.query(admin, "SELECT pg_reload_conf()")
include = TREE + "/test/pgtap/include/"
setup = subprocess.run(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", "postgres"], text=True, capture_output=True, input=f"""
    BEGIN;
    \\i {include}fixture.sql
    \\i {include}authorisation.sql
    \\i {include}request.sql
    \\i {include}development.sql
    SELECT t.developer(operating => '[2026-09-01,2031-09-01)', term => '[2026-09-10,2029-09-10)');
    SELECT t.standard('yn_bureau'), t.in_scope('transport/traffic_flow', 'yn_transport'), t.scenario('C-1'), t.ceiling('interface', 1);
    SELECT t.granted_request('Q-1', columns => '{{a}}', period => '[2026-10-01,2029-01-01)');
    SELECT t.operator_product('P-1'), t.act('op_a_1', t.tariff('P-1', 1, 'industry', 1)), t.act('op_a_1', t.deliver('P-1', 'D-1', 'industry', 1, 1));
    CREATE TABLE t.p1 (road text);
    INSERT INTO t.p1 VALUES ('delivered');
    GRANT SELECT ON t.p1 TO PUBLIC;
    SELECT pdauth.protect('t.p1', 'product/P-1');
    INSERT INTO pdauth.person (person, name, party_id) VALUES ('dev_x_2', 'dev_x_2', t.id('dev_x'));
    SELECT t.clear('yn_bureau_1', 'person = ''dev_x_2''');
    CREATE ROLE app_pool LOGIN PASSWORD '{PASSWORD}';
    GRANT USAGE ON SCHEMA t TO app_pool;
    SELECT t.act('yn_platform_1', 'INSERT INTO pdauth.service_role (role, party_id, component_id, responsible_person) SELECT ''app_pool'', t.id(''dev_x''), component_id, t.person_id(''dev_x_1'') FROM pdauth.platform_component');
    INSERT INTO pdauth.license (licensee, scope, basis) VALUES ('app_pool', '{{read on product/P-1(*) for 产业发展/车险 in * during [2026-01-01,) level general}}', 'pool');
    COMMIT;""")
tap.equal((setup.returncode, setup.stderr), (0, ""), "the register with a product and a pool")

with open(DIRECTORY + "/users", "w") as users:
    users.write(f'"app_pool" "{PASSWORD}"\n')


def start(mode):
    with open(DIRECTORY + "/ini", "w") as settings:
        settings.write(f"""[databases]
postgres = host={os.environ["PGHOST"]} port={os.environ["PGPORT"]}
[pgbouncer]
pool_mode = {mode}
default_pool_size = 1
auth_type = scram-sha-256
auth_file = {DIRECTORY}/users
unix_socket_dir = {DIRECTORY}
listen_port = 6433
logfile = {DIRECTORY}/log
""")
    return subprocess.Popen(["/usr/sbin/pgbouncer", "-q", DIRECTORY + "/ini"])


def connect():
    for _ in range(100):
        try:
            return psycopg2.connect(host=DIRECTORY, port=6433, dbname="postgres", user="app_pool", password=PASSWORD)
        except psycopg2.OperationalError:
            time.sleep(0.05)
    raise SystemExit("PgBouncer does not answer: see " + DIRECTORY + "/log")


def read(connection, *attested):
    """The rows, or the SQLSTATE of the refusal."""
    try:
        for given in attested:
            tap.query(connection, "SELECT pdauth.attest(%s)", given)
        rows = tap.query(connection, READ)
        connection.commit()
        return rows
    except psycopg2.Error as error:
        connection.rollback()
        return error.pgcode


bouncer = start("transaction")
try:
    first, second = connect(), connect()
    started = tap.query(admin, "SELECT ceil(extract(epoch FROM pg_postmaster_start_time()))")[0][0]
    while time.time() <= started + 6:    # tokens from before the server could remember them are refused
        time.sleep(0.2)
    for turn in range(3):
        used = token("dev_x_1")
        tap.equal(read(first, used), [("delivered",)], f"turn {turn + 1}: one person reads")
        tap.equal(read(second), "PD252", f"turn {turn + 1}: the next transaction on that connection, without a token, does not")
        tap.equal(read(second, token("dev_x_2")), [("delivered",)], f"turn {turn + 1}: another person reads")
        tap.equal(read(first), "PD252", f"turn {turn + 1}: nor does the first any more")
        tap.equal(read(second, used), "PD252", f"turn {turn + 1}: a token is good once")
    first.close()
    second.close()
    bouncer.terminate()
    bouncer.wait()
    bouncer = start("session")
    client = connect()
    server = tap.query(client, "SELECT pg_backend_pid()")
    client.rollback()
    tap.equal(read(client, token("dev_x_1")), [("delivered",)], "session pooling: a person reads")
    tap.equal(read(client), "PD252", "session pooling: a token is for its transaction")
    client.close()
    client = connect()
    tap.equal(read(client), "PD252", "session pooling: the next client is nobody yet")
    tap.equal(read(client, token("dev_x_2")), [("delivered",)], "session pooling: and reads as who its token names")
    tap.equal(tap.query(client, "SELECT pg_backend_pid()"), server, "session pooling: on the same server connection")
    tap.query(admin, "SELECT pdauth.audit_wait()")
    tap.equal(tap.query(admin, """SELECT DISTINCT session_role_name FROM pdauth.audit_log
        WHERE role_name = 'app_pool' AND operation = 'R' AND session_role_name LIKE '%% for %%' ORDER BY 1""".replace("%%", "%")),
              [("app_pool for dev_x_1",), ("app_pool for dev_x_2",)], "the log names both")
    tap.equal(tap.query(admin, "SELECT * FROM pdauth.verify() WHERE severity = 'finding'"), [], "and verifies")
finally:
    bouncer.terminate()
    bouncer.wait()
tap.done()
