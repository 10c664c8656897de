#!/usr/bin/python3
"""pgbench as the application that was there before: reads and writes as custodian in all protocols, unchanged."""
import os
import re
import subprocess
import tap

admin = tap.superuser()
SCRIPT = os.path.join(os.environ["work"], "app.sql")
with open(SCRIPT, "w") as script:
    script.write("""\\set id random(1, 2000)
BEGIN;
SELECT full_name, mobile FROM office.person WHERE person_id = :id;
UPDATE office.person SET updated_at = now() WHERE person_id = :id;
SELECT count(*) FROM office.vehicle WHERE owner_id = :id;
END;
""")


def pgbench(*options):
    result = subprocess.run(["pgbench", "-n", "-c", "4", "-t", "100", *options, "postgres"], capture_output=True, text=True)
    done = re.search(r"actually processed: (\d+)/400", result.stdout)
    return result.returncode, done and done.group(1), result.stderr[-500:]


tap.query(admin, "SELECT pdauth.audit('office.person')")
before = tap.query(admin, "SELECT count(*) FROM pdauth.audit_log")[0][0]
for protocol in ("simple", "extended", "prepared"):
    code, done, errors = pgbench("-U", "office_app", "-M", protocol, "-f", SCRIPT)
    tap.equal((code, done), (0, "400"), f"{protocol}: every transaction of the custodian")
    code, done, errors = pgbench("-U", tap.READER, "-M", protocol, "-f", SCRIPT)
    tap.ok(code != 0 and "only custodians" in errors, f"{protocol}: the licensee does not write", errors)
written = tap.query(admin, "SELECT count(*) FROM pdauth.audit_log")[0][0] - before
tap.equal(written, 1200, "each update is an entry of the audit log")
tap.query(admin, "SELECT pdauth.seal()")
tap.equal(tap.query(admin, "SELECT * FROM pdauth.verify() WHERE severity = 'finding'"), [], "and the log verifies")
tap.done()
