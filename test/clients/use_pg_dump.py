#!/usr/bin/python3
"""pg_dump and pg_restore: refused to a licensee, complete under break-glass, and the same rules after the restore."""
import os
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
masked = run("pg_dump", "-U", tap.READER, "--enable-row-security", "-a", "-t", "office.person", "postgres")
tap.equal([value for value in clear if value in masked.stdout + masked.stderr], [], "with row security, nothing clear either")
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
tap.equal(tap.query(restored, "SELECT * FROM pdauth.verify() WHERE severity = 'finding'"), [], "the restored log verifies")
try:
    tap.query(restored, "SELECT * FROM office.person")
    tap.ok(False, "protected there, too")
except psycopg2.Error as error:
    tap.equal(error.pgcode, "PD205", "protected there, too")
tap.query(restored, "SET pdauth.break_glass = 'compare'")
for table in ("person", "vehicle", "clinic_visit", "enterprise"):
    count = f"SELECT count(*), sum(hashtext(t::text)) FROM office.{table} AS t"
    tap.equal(tap.query(restored, count), tap.query(admin, count), f"{table}: the same rows")
reader = psycopg2.connect(dbname="restored", user=tap.READER)
tap.equal(tap.query(reader, "SELECT person_id, mobile, division FROM office.person ORDER BY 1"), expected, "the licensee sees there what it saw")
tap.done()
