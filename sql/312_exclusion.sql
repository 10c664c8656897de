-- Exclusions: resources that nobody but their custodians reads, whatever is
-- licensed.  They subtract from every license and come before approvals
-- (R-15-4); a register's negative list writes them.

CREATE TABLE pdauth.exclusion (
  exclusion_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  resource     pg_catalog.text NOT NULL CHECK (resource OPERATOR(pg_catalog.=) pdauth.resource_path(resource)),
  basis        pg_catalog.text NOT NULL CHECK (pg_catalog.btrim(basis) OPERATOR(pg_catalog.<>) ''),
  recorded_at  pg_catalog.timestamptz NOT NULL,
  recorded_by  pg_catalog.regrole NOT NULL,
  ended_at     pg_catalog.timestamptz,
  ended_by     pg_catalog.regrole,
  end_reason   pg_catalog.text CHECK (pg_catalog.btrim(end_reason) OPERATOR(pg_catalog.<>) ''),
  CHECK ((ended_at IS NULL) = (end_reason IS NULL) AND (ended_at IS NULL) = (ended_by IS NULL))
);
COMMENT ON TABLE pdauth.exclusion IS
  'Resources excluded from every license: the negative list (负面清单) as the engine knows it. Insert resource and basis; set end_reason to end it. Effective on the next statement, and on the next row fetched from an open cursor, of every session (PD154, R-15-4).';
COMMENT ON COLUMN pdauth.exclusion.exclusion_id IS 'Number of the record, given by the system.';
COMMENT ON COLUMN pdauth.exclusion.resource IS 'Resource path in canonical form; everything below it is excluded, and what is labelled as a whole that contains it.';
COMMENT ON COLUMN pdauth.exclusion.basis IS 'The decision it rests on, such as the number of a negative-list entry. Shown when a statement is refused.';
COMMENT ON COLUMN pdauth.exclusion.recorded_at IS 'When the row was inserted, by the server''s clock.';
COMMENT ON COLUMN pdauth.exclusion.recorded_by IS 'Who inserted it: the session''s login role.';
COMMENT ON COLUMN pdauth.exclusion.ended_at IS 'When it ended; NULL while it lasts.';
COMMENT ON COLUMN pdauth.exclusion.ended_by IS 'Who ended it: the session''s login role.';
COMMENT ON COLUMN pdauth.exclusion.end_reason IS 'Why. Setting it ends the exclusion: licenses count again.';
COMMENT ON SEQUENCE pdauth.exclusion_exclusion_id_seq IS 'Numbers of exclusions.';

CREATE TRIGGER keep_holding BEFORE INSERT OR UPDATE OR DELETE ON pdauth.exclusion
  FOR EACH ROW EXECUTE FUNCTION pdauth.keep_holding('ended_at', 'ended_by', 'end_reason', 'recorded_at', 'recorded_by');
CREATE TRIGGER forget_holdings AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pdauth.exclusion
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.forget_cached_rows();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON pdauth.exclusion
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.refuse_truncate();
ALTER TABLE pdauth.exclusion ENABLE ALWAYS TRIGGER keep_holding;
ALTER TABLE pdauth.exclusion ENABLE ALWAYS TRIGGER forget_holdings;
ALTER TABLE pdauth.exclusion ENABLE ALWAYS TRIGGER refuse_truncate;
SELECT pg_catalog.pg_extension_config_dump('pdauth.exclusion', '');
SELECT pg_catalog.pg_extension_config_dump('pdauth.exclusion_exclusion_id_seq', '');
GRANT SELECT, INSERT (resource, basis), UPDATE (end_reason) ON pdauth.exclusion TO pdauth_policy_admin;
GRANT SELECT ON pdauth.exclusion TO pdauth_auditor;
