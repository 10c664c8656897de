-- Licenses that lack one thing, by those who hold them (protect.sql).
-- name: clear in one region only
-- roles: attack_mixed
-- canary: outcol-three
SELECT * FROM vault.person
-- name: clear in one region only, compared
-- roles: attack_mixed
-- canary: found 3
SELECT 'found ' || person_id FROM vault.person WHERE secret LIKE '%three'
-- name: columns that the license does not name
-- roles: attack_columns
-- canary: outcol-
SELECT * FROM vault.person
-- name: actions other than read
-- roles: attack_deriver
SELECT * FROM vault.person
-- name: another resource
-- roles: attack_elsewhere
SELECT * FROM vault.person
-- name: not yet begun
-- roles: attack_early
SELECT * FROM vault.person
-- name: ended
-- roles: attack_late
SELECT * FROM vault.person
-- name: revoked
-- roles: attack_revoked
SELECT * FROM vault.person
-- name: another purpose declared
-- roles: attack_region attack_masked
-- canary: inside
SET LOCAL pdauth.purpose = 'marketing'
SELECT * FROM vault.person
-- name: the narrower of two purposes declared
-- roles: attack_purposes
-- canary: outrow-
SET LOCAL pdauth.purpose = 'planning'
SELECT * FROM vault.person
-- name: the other of two purposes declared
-- roles: attack_purposes
-- canary: outcol-
SET LOCAL pdauth.purpose = 'statistics'
SELECT * FROM vault.person
-- name: no purpose declared of two
-- roles: attack_purposes
SELECT * FROM vault.person
-- name: member that does not inherit
-- roles: attack_distant
SELECT * FROM vault.person
-- name: one region for a whole table
-- roles: attack_region
-- canary: outrow-office
SELECT * FROM vault.office
-- name: view of an owner with fewer rights
-- roles: attack_trusted
-- canary: outrow-three
SELECT * FROM vault.narrow_view
-- name: function of an owner with fewer rights
-- roles: attack_trusted
-- canary: outrow-three
SELECT * FROM vault.narrow_function()
-- name: partition named directly
SELECT * FROM vault.visit_all
-- name: child named directly
SELECT * FROM vault.heir
-- name: partitioned table
SELECT * FROM vault.visit
-- name: parent
SELECT * FROM vault.elder
