#!/usr/bin/python3
"""pg_dump and pg_restore: refused to a licensee, complete under break-glass, and the same rules after the restore."""
import os
import re
import subprocess
import psycopg2
import tap

admin = tap.superuser()
clear = tap.clear_values(admin)
expected = tap.expected_people(admin)
ARCHIVE = os.path.join(os.environ["work"], "office.dump")
BREAK_GLASS = dict(os.environ, PGOPTIONS="-c pdauth.break_glass=backup")


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, **options)


refused = run("pg_dump", "-U", tap.READER, "-t", "office.person", "postgres")
tap.ok(refused.returncode != 0, "pg_dump by a licensee fails")
tap.equal([value for value in clear if value in refused.stdout + refused.stderr], [], "and shows nothing clear")
tap.query(admin, "GRANT SELECT ON SEQUENCE office.person_person_id_seq TO bi_reader")
masked = run("pg_dump", "-U", tap.READER, "--enable-row-security", "-a", "-t", "office.person", "postgres")
rows = re.search(r"(?ms)^COPY office\.person \(([^)]*)\) FROM stdin;\n(.*?)^\\\.$", masked.stdout)
column = [rows[1].split(", ").index(name) for name in ("person_id", "mobile", "division")] if rows else []
tap.equal((masked.returncode, sorted(tuple(line.split("\t")[i] for i in column) for line in rows[2].splitlines()) if rows else masked.stderr),
          (0, sorted((str(i), m or r"\N", d) for i, m, d in expected)), "with row security it has the licensed rows, masked")
tap.equal([value for value in clear if value in masked.stdout + masked.stderr], [], "and nothing clear")
tap.query(admin, "CREATE ROLE backup LOGIN BYPASSRLS PASSWORD %s IN ROLE pg_read_all_data", os.environ["PGPASSWORD"])
bypass = run("pg_dump", "-U", "backup", "-a", "-t", "office.person", "postgres")
tap.ok(bypass.returncode != 0 and "holds no license" in bypass.stderr, "a role that reads all tables and bypasses row security is refused", bypass.stderr)
bypass = run("pg_dump", "-U", "backup", "-a", "-t", "office.person", "postgres", env=BREAK_GLASS)
tap.ok(bypass.returncode != 0 and "permission denied to set parameter" in bypass.stderr and "COPY" not in bypass.stdout, "break-glass is for superusers", bypass.stderr)
superuser = run("pg_dump", "-t", "office.person", "postgres")
tap.ok(superuser.returncode != 0 and "pdauth.break_glass" in superuser.stderr, "a superuser has to say why", superuser.stderr)

tap.query(admin, "SELECT pdauth.audit('office.enterprise')")
tap.query(admin, "UPDATE office.enterprise SET updated_at = now()")
tap.query(admin, "SELECT pdauth.seal()")
backup = run("pg_dump", "-Fc", "-f", ARCHIVE, "postgres", env=BREAK_GLASS)
tap.equal(backup.returncode, 0, "a backup under break-glass")
run("createdb", "restored")
restore = run("pg_restore", "-d", "restored", ARCHIVE, env=BREAK_GLASS)
tap.equal((restore.returncode, restore.stderr), (0, ""), "the restore")
restored = psycopg2.connect(dbname="restored")
restored.autocommit = True
sealed = "SELECT string_agg(kind || ' ' || expected, ', ') FROM pdauth.verify(1, (SELECT max(block) FROM pdauth.audit_block))"
tap.equal(tap.query(restored, "SELECT * FROM pdauth.verify() WHERE severity = 'finding'"), [], "the restored log verifies")
tap.equal(tap.query(restored, sealed), tap.query(admin, sealed), "as many entries as were sealed at the backup")
try:
    tap.query(restored, "SELECT * FROM office.person")
    tap.ok(False, "protected there, too")
except psycopg2.Error as error:
    tap.equal(error.pgcode, "PD205", "protected there, too")
tap.query(restored, "SET pdauth.break_glass = 'compare'")
for table in ("office.person", "office.vehicle", "office.clinic_visit", "office.enterprise", "pdauth.license", "pdauth.custodian"):
    count = f"SELECT count(*), sum(hashtext(t::text)) FROM {table} AS t"
    tap.equal(tap.query(restored, count), tap.query(admin, count), f"{table}: the same rows")
reader = psycopg2.connect(dbname="restored", user=tap.READER)
for place in tap.PLACES:
    tap.equal(tap.query(reader, f"SELECT person_id, mobile, division FROM {place} ORDER BY 1"), expected, "the licensee sees there what it saw: " + place)
tap.done()
