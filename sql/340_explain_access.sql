-- What a role gets of a relation, why, and what is missing.

CREATE FUNCTION pdauth.explain_access(
  relation regclass, role name DEFAULT current_user, purpose text DEFAULT NULL, day date DEFAULT NULL,
  OUT part text, OUT column_name name, OUT access text, OUT regions text[], OUT level text, OUT mask text,
  OUT licenses bigint[], OUT rule text, OUT reason text, OUT missing pdauth.license_scope, OUT purposes text[])
RETURNS SETOF record
LANGUAGE C STABLE ROWS 20
AS 'MODULE_PATHNAME', 'pdauth_explain_access';
COMMENT ON FUNCTION pdauth.explain_access(regclass, name, text, date) IS
  'What a role may see of a relation, by the code that decides real statements: one row each of part "relation", "rows" and "write", and one of part "column" for each column. access: clear, restricted, masked, by region, refused (or all, permitted, not protected). regions: divisions where rows are visible or the column is clear. level: of the column, GB/T 43697. mask: what is shown instead. licenses: the licenses it rests on. rule: the rule that applies. missing: what the licenses lack to show it all in clear (as scope_excess, at most 16 parts; * where no purpose was given). purposes: those the role may declare. purpose NULL: what the session declared when asked about the current role, none otherwise; empty: none. day NULL: today in Asia/Shanghai; licenses revoked since are not counted. Everybody may ask about roles whose rights they have, pdauth_policy_admin and pdauth_auditor about every role (42501 otherwise). The application''s own row security policies and views are not looked at.';
