-- Roles of the office.  They are cluster-wide: drop them with the database.
CREATE ROLE office_owner NOLOGIN;
COMMENT ON ROLE office_owner IS 'Sample: owns the schema office, and so its views run as this role.';
CREATE ROLE office_app LOGIN;
COMMENT ON ROLE office_app IS 'Sample: the office''s own application, which reads and writes.';
CREATE ROLE bi_reader LOGIN;
COMMENT ON ROLE bi_reader IS 'Sample: the reporting tool of a licensed operator, which only reads.';
