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
-- name: raw image of a whole entry
-- roles: attack_super
SELECT vault.as_superuser('GRANT pdauth_auditor TO :role')
SELECT vault.as_superuser('SELECT pdauth.audit(''vault.person'')')
SELECT pdauth.audit_image(e) FROM pdauth.audit_entry AS e WHERE relation_name = 'vault.person'
-- name: raw image further down and in a condition
-- roles: attack_super
SELECT vault.as_superuser('GRANT pdauth_auditor TO :role')
SELECT vault.as_superuser('SELECT pdauth.audit(''vault.person'')')
SELECT vault.tell(encode(e.image, 'escape'), (SELECT encode(e.image, 'escape'))) FROM pdauth.audit_entry AS e WHERE relation_name = 'vault.person'
-- name: raw image through views and WITH
-- roles: attack_super
SELECT vault.as_superuser('GRANT pdauth_auditor TO :role')
SELECT vault.as_superuser('SELECT pdauth.audit(''vault.person'')')
CREATE VIEW vault.raw_view AS SELECT * FROM pdauth.audit_entry
WITH raw AS (SELECT * FROM vault.raw_view) SELECT encode(image, 'escape') FROM raw WHERE relation_name = 'vault.person'
-- name: raw image in an inlined function
-- roles: attack_super
SELECT vault.as_superuser('GRANT pdauth_auditor TO :role')
SELECT vault.as_superuser('SELECT pdauth.audit(''vault.person'')')
CREATE FUNCTION vault.raw_function() RETURNS SETOF bytea LANGUAGE sql STABLE AS 'SELECT image FROM pdauth.audit_entry WHERE relation_name = ''vault.person'''
SELECT encode(f, 'escape') FROM vault.raw_function() AS f
-- name: raw image in a function like those of pdauth
-- roles: attack_super
SELECT vault.as_superuser('GRANT pdauth_auditor TO :role')
SELECT vault.as_superuser('SELECT pdauth.audit(''vault.person'')')
CREATE FUNCTION vault.raw_function() RETURNS SETOF bytea LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS 'BEGIN RETURN QUERY SELECT image FROM pdauth.audit_log WHERE relation_name = ''vault.person''; END'
SELECT encode(f, 'escape') FROM vault.raw_function() AS f
-- name: raw image copied
-- roles: attack_super
SELECT vault.as_superuser('GRANT pdauth_auditor TO :role')
SELECT vault.as_superuser('SELECT pdauth.audit(''vault.person'')')
CREATE TABLE vault.raw_copy AS SELECT encode(image, 'escape') AS image FROM pdauth.audit_log WHERE relation_name = 'vault.person'
SELECT image FROM vault.raw_copy
-- name: raw image by COPY
-- roles: attack_super
-- canary: 6f7574636f6c
SELECT vault.as_superuser('GRANT pdauth_auditor TO :role')
SELECT vault.as_superuser('SELECT pdauth.audit(''vault.person'')')
COPY pdauth.audit_entry TO STDOUT
-- name: raw image by COPY of a query
-- roles: attack_super
SELECT vault.as_superuser('GRANT pdauth_auditor TO :role')
SELECT vault.as_superuser('SELECT pdauth.audit(''vault.person'')')
COPY (SELECT encode(image, 'escape') FROM pdauth.audit_entry WHERE relation_name = 'vault.person') TO STDOUT
-- name: raw image by a part of pdauth
-- roles: attack_super
SELECT vault.as_superuser('GRANT pdauth_auditor TO :role')
SELECT vault.as_superuser('SELECT pdauth.audit(''vault.person'')')
SELECT pdauth.image_json(image) FROM pdauth.audit_found('-infinity', 'infinity', NULL, NULL, '{B}', NULL, NULL, NULL, NULL)
-- name: row as it is by a part of pdauth
-- roles: attack_super
SELECT vault.as_superuser('GRANT pdauth_auditor TO :role')
SELECT vault.as_superuser('SELECT pdauth.audit(''vault.person'')')
SELECT pdauth.image_json(i) FROM pdauth.audit_live_row('vault.person') AS i
-- name: raw image of a table that is gone
-- roles: attack_super
SELECT vault.as_superuser('GRANT pdauth_auditor TO :role')
SELECT vault.as_superuser('SELECT pdauth.audit(''vault.person'')')
SELECT vault.as_superuser('DROP TABLE vault.person CASCADE')
SELECT encode(image, 'escape') FROM pdauth.audit_entry WHERE relation_name = 'vault.person'
