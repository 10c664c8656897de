-- Counters of what pdauth does.

CREATE FUNCTION pdauth.statistics(
  OUT counter text, OUT rule text, OUT sqlstate text, OUT value bigint, OUT since timestamptz) RETURNS SETOF record
LANGUAGE C VOLATILE ROWS 20
AS 'MODULE_PATHNAME', 'pdauth_statistics';
REVOKE ALL ON FUNCTION pdauth.statistics() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.statistics() TO pdauth_policy_admin, pdauth_auditor;
COMMENT ON FUNCTION pdauth.statistics() IS
  'Counters of the whole server since it started or they were reset. counter: checks (protected relations that statements began to use), restricted (of these, with a row filter or masks), break glass (of these, opened by it), observed (of these, let pass by observe mode), empty (of these, answered by no rows because of pdauth.no_license), decisions (taken because none was remembered), and refusals by the library, one row for each rule with its SQLSTATE; refusals that triggers in PL/pgSQL raise are not counted. Raises PD001 unless preloaded. pdauth_policy_admin and pdauth_auditor only.';

CREATE FUNCTION pdauth.statistics_reset() RETURNS void
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'pdauth_statistics_reset';
REVOKE ALL ON FUNCTION pdauth.statistics_reset() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.statistics_reset() TO pdauth_policy_admin;
COMMENT ON FUNCTION pdauth.statistics_reset() IS
  'Sets all counters of pdauth.statistics() to zero, and says so in the server log. pdauth_policy_admin only.';

CREATE VIEW pdauth.refusal AS
  SELECT s.rule, s.sqlstate, s.value AS refusals, s.since
    FROM pdauth.statistics() AS s
   WHERE s.counter OPERATOR(pg_catalog.=) 'refusals' AND s.value OPERATOR(pg_catalog.>) 0;
COMMENT ON VIEW pdauth.refusal IS
  'Rules under which the library has refused something, with how often. pdauth_policy_admin and pdauth_auditor.';
COMMENT ON COLUMN pdauth.refusal.rule IS 'Id of the rule.';
COMMENT ON COLUMN pdauth.refusal.sqlstate IS 'SQLSTATE of the refusal.';
COMMENT ON COLUMN pdauth.refusal.refusals IS 'How often, on the whole server.';
COMMENT ON COLUMN pdauth.refusal.since IS 'When counting began.';
GRANT SELECT ON pdauth.refusal TO pdauth_policy_admin, pdauth_auditor;
