-- One statement a line; "-- name:" opens a case; "-- roles:" limits it to those who may try.
-- The attackers are auditors here, and the table is audited with its rows.
-- name: trail
SELECT vault.as_superuser('GRANT pdauth_auditor TO :role')
SELECT vault.as_superuser('SELECT pdauth.audit(''vault.person'')')
SELECT image FROM pdauth.audit_trail WHERE relation_name = 'vault.person'
-- name: search
SELECT vault.as_superuser('GRANT pdauth_auditor TO :role')
SELECT vault.as_superuser('SELECT pdauth.audit(''vault.person'')')
SELECT image FROM pdauth.audit_search(relation_name => 'vault.person')
-- name: search for a value by a column that is not seen
-- roles: attack_stranger attack_masked
-- canary: found-it
SELECT vault.as_superuser('GRANT pdauth_auditor TO :role')
SELECT vault.as_superuser('SELECT pdauth.audit(''vault.person'')')
SELECT 'found' || '-it' FROM pdauth.audit_search(relation_name => 'vault.person', subject_column => 'secret', subject_value => 'outcol-two')
-- name: table dropped and made again
SELECT vault.as_superuser('GRANT pdauth_auditor TO :role')
SELECT vault.as_superuser('SELECT pdauth.audit(''vault.person'')')
SELECT image FROM pdauth.audit_trail WHERE relation_name = 'vault.person'
SELECT vault.as_superuser('DROP TABLE vault.person CASCADE')
SELECT vault.as_superuser('CREATE TABLE vault.person (person_id integer, division char(6), remark text, secret text)')
SELECT image FROM pdauth.audit_trail WHERE relation_name = 'vault.person'
-- name: raw image
-- roles: attack_super
SELECT vault.as_superuser('GRANT pdauth_auditor TO :role')
SELECT vault.as_superuser('SELECT pdauth.audit(''vault.person'')')
SELECT encode(image, 'escape') FROM pdauth.audit_entry WHERE relation_name = 'vault.person'
