-- Counters of what pdauth does.

CREATE FUNCTION pdauth.statistics(
  OUT counter text, OUT rule text, OUT sqlstate text, OUT value bigint, OUT since timestamptz) RETURNS SETOF record
LANGUAGE C VOLATILE ROWS 20
AS 'MODULE_PATHNAME', 'pdauth_statistics';
REVOKE ALL ON FUNCTION pdauth.statistics() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.statistics() TO pdauth_policy_admin, pdauth_auditor;
COMMENT ON FUNCTION pdauth.statistics() IS
  'Counters of the whole server since it started or they were reset. counter: checks (protected relations that statements began to use), restricted (of these, with a row filter or masks), masked (of these, with masked columns, whether or not the statement reads them), break glass (of the checks, opened by it), observed (let pass by observe mode), empty (answered by no rows because of pdauth.no_license), decisions (taken because none was remembered), register refusals (by rules that only the register knows; the audit log tells which), and refusals by the other rules, one row for each with its SQLSTATE. What triggers raise by themselves, not by pdauth.judge(), is not counted. What waits to be recorded and sealed: pdauth.audit_worker. Raises PD001 unless preloaded. pdauth_policy_admin and pdauth_auditor only.';

CREATE FUNCTION pdauth.statistics_reset() RETURNS void
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'pdauth_statistics_reset';
REVOKE ALL ON FUNCTION pdauth.statistics_reset() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.statistics_reset() TO pdauth_policy_admin;
COMMENT ON FUNCTION pdauth.statistics_reset() IS
  'Sets all counters of pdauth.statistics() to zero, and says so in the server log. pdauth_policy_admin only.';

CREATE FUNCTION pdauth.count_refusal(rule text) RETURNS void
LANGUAGE C STRICT
AS 'MODULE_PATHNAME', 'pdauth_count_refusal';
REVOKE ALL ON FUNCTION pdauth.count_refusal(text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.count_refusal(text) IS 'Counts a refusal by a rule, for pdauth.statistics(). Part of pdauth.judge().';

CREATE VIEW pdauth.refusal AS
  SELECT s.rule, s.sqlstate, s.value AS refusals, s.since
    FROM pdauth.statistics() AS s
   WHERE s.counter OPERATOR(pg_catalog.=) 'refusals' AND s.value OPERATOR(pg_catalog.>) 0;
COMMENT ON VIEW pdauth.refusal IS
  'Rules that the library knows and by which something was refused, with how often. pdauth_policy_admin and pdauth_auditor.';
COMMENT ON COLUMN pdauth.refusal.rule IS 'Id of the rule.';
COMMENT ON COLUMN pdauth.refusal.sqlstate IS 'SQLSTATE of the refusal.';
COMMENT ON COLUMN pdauth.refusal.refusals IS 'How often, on the whole server.';
COMMENT ON COLUMN pdauth.refusal.since IS 'When counting began.';
GRANT SELECT ON pdauth.refusal TO pdauth_policy_admin, pdauth_auditor;
