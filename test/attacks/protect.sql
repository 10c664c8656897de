-- The defence: run in the second database only.
DROP VIEW vault.masked;
SET ROLE attack_policy;
SELECT pdauth.protect('vault.person', resource => 'civil/person', region_column => 'division', subject_column => 'person_id');
SELECT pdauth.mask('vault.person', 'secret', 'VALUE NULL', level => 'important');
SELECT pdauth.protect('vault.visit', resource => 'civil/person', region_column => 'division');
SELECT pdauth.mask('vault.visit', 'secret', 'VALUE NULL', level => 'important');
SELECT pdauth.protect('vault.elder', resource => 'civil/person', region_column => 'division');
SELECT pdauth.mask('vault.elder', 'secret', 'VALUE NULL', level => 'important');
SELECT pdauth.protect('vault.typed', resource => 'civil/person', region_column => 'division');
SELECT pdauth.protect('vault.province', resource => 'civil/person', region_column => 'division');
SELECT pdauth.mask('vault.province', 'secret', 'VALUE NULL', level => 'important');
SELECT pdauth.protect('vault.abroad', resource => 'civil/person', region_column => 'division');
INSERT INTO pdauth.custodian (custodian, resource, basis) VALUES ('attack_keeper', 'civil', 'department');
INSERT INTO pdauth.license (licensee, scope, basis) VALUES
  ('attack_trusted', '{read on civil/person(*) for statistics in CN during [2026-01-01,2100-01-01) level important}', 'request 0'),
  ('attack_region', '{read on civil/person(*) for statistics in 532900 during [2026-01-01,2100-01-01) level important}', 'request 1'),
  ('attack_lifted', '{read on civil/person(*) for statistics in 532900 during [2026-01-01,2100-01-01) level important}', 'request 13'),
  -- each lacks one thing (cases/licenses.sql)
  ('attack_mixed', '{read on civil/person(*) for statistics in 532900 during [2026-01-01,) level important; read on civil/person(*) for statistics in CN during [2026-01-01,) level general}', 'request 4'),
  ('attack_columns', '{read on civil/person(person_id,division,remark) for statistics in CN during [2026-01-01,) level important}', 'request 5'),
  ('attack_deriver', '{derive,join on civil/person(*) for statistics in CN during [2026-01-01,) level important}', 'request 6'),
  ('attack_elsewhere', '{read on civil/house(*) for statistics in CN during [2026-01-01,) level important}', 'request 7'),
  ('attack_early', '{read on civil/person(*) for statistics in CN during [2099-01-01,) level important}', 'request 8'),
  ('attack_late', '{read on civil/person(*) for statistics in CN during [2020-01-01,2026-01-01) level important}', 'request 9'),
  ('attack_revoked', '{read on civil/person(*) for statistics in CN during [2026-01-01,) level important}', 'request 10'),
  ('attack_purposes', '{read on civil/person(*) for statistics in CN during [2026-01-01,) level general}', 'request 11'),
  ('attack_purposes', '{read on civil/person(*) for planning in 532900 during [2026-01-01,) level important}', 'request 12'),
  ('attack_team', '{read on civil/person(*) for statistics in 532900 during [2026-01-01,2100-01-01) level general}', 'request 3'),
  ('attack_masked', '{read on civil/person(*) for statistics in CN during [2026-01-01,2100-01-01) level general}', 'request 2');
SELECT pdauth.create_masked_view('vault.person', 'vault.masked');
UPDATE pdauth.license SET revoke_reason = 'attack' WHERE licensee = 'attack_revoked'::regrole;
-- the child only: whoever reads its parent reads it, too
SELECT pdauth.protect('vault.lower', resource => 'civil/lower', region => '530100');
SELECT pdauth.protect('vault.volume', resource => 'civil/person', region_column => 'division');
SELECT pdauth.protect('vault.office', resource => 'civil/person', region => '530100');
SELECT pdauth.mask('vault.office', 'secret', 'FUNCTION vault.hide(secret)', level => 'important');
RESET ROLE;
GRANT ALL ON vault.masked TO PUBLIC;
