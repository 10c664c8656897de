-- The audit log by persons and organisations: whom a role stood for on the day.

CREATE VIEW pdauth.audit_actor AS
  SELECT r.rolname AS role_name, n.person, n.name AS person_name, y.party, y.name AS party_name, c.capacity,
         greatest(p.since, c.since) AS since, least(p.ended_on, c.ended_on) AS ended_on
    FROM pdauth.principal AS p
    JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) p.role
    JOIN pdauth.person AS n USING (person_id)
    JOIN pdauth.party_capacity AS c USING (capacity_id)
    JOIN pdauth.party AS y ON y.party_id OPERATOR(pg_catalog.=) c.party_id;
COMMENT ON VIEW pdauth.audit_actor IS
  'Whom database roles stood for, and from when to when, by the names roles have today. Part of pdauth.audit_by_person and pdauth.audit_by_organisation.';

-- The acting role tells, or else the one that logged in.
CREATE VIEW pdauth.audit_activity_of AS
  SELECT a.day, w.person, w.person_name, w.party, w.party_name, w.capacity, a.role_name, a.session_role_name,
         a.operation, a.relation_name, a.resource, a.access, a.purpose, a.entries, a.rows, a.first_at, a.last_at
    FROM pdauth.audit_activity AS a
    LEFT JOIN pdauth.audit_actor AS d ON d.role_name OPERATOR(pg_catalog.=) a.role_name AND d.since OPERATOR(pg_catalog.<=) a.day AND coalesce(d.ended_on OPERATOR(pg_catalog.>) a.day, true)
    LEFT JOIN pdauth.audit_actor AS s ON s.role_name OPERATOR(pg_catalog.=) a.session_role_name AND s.since OPERATOR(pg_catalog.<=) a.day AND coalesce(s.ended_on OPERATOR(pg_catalog.>) a.day, true)
   CROSS JOIN LATERAL (SELECT coalesce(d.person, s.person) AS person, CASE WHEN d.person IS NULL THEN s.person_name ELSE d.person_name END AS person_name,
                              coalesce(d.party, s.party) AS party, CASE WHEN d.party IS NULL THEN s.party_name ELSE d.party_name END AS party_name,
                              coalesce(d.capacity, s.capacity) AS capacity) AS w;
COMMENT ON VIEW pdauth.audit_activity_of IS
  'pdauth.audit_activity with the person, party and capacity that the acting role stood for on the day, or else the one that logged in; NULL if neither was bound to anybody. pdauth_auditor only.';

CREATE VIEW pdauth.audit_by_person AS
  SELECT a.day, a.person, a.person_name, a.party, a.resource, a.purpose,
         coalesce(pg_catalog.sum(a.entries) FILTER (WHERE a.operation = 'R' AND a.access LIKE '%read%'), 0) AS reads,
         coalesce(pg_catalog.sum(a.rows) FILTER (WHERE a.operation = 'R' AND a.access = 'read'), 0) AS rows_read,
         coalesce(pg_catalog.sum(a.entries) FILTER (WHERE a.operation IN ('I', 'U', 'D', 'T')), 0) AS changes,
         coalesce(pg_catalog.sum(a.entries) FILTER (WHERE a.operation = 'N'), 0) AS refusals,
         pg_catalog.min(a.first_at) AS first_at, pg_catalog.max(a.last_at) AS last_at
    FROM pdauth.audit_activity_of AS a WHERE a.operation IN ('N', 'I', 'U', 'D', 'T') OR a.operation = 'R' AND a.access IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6;
COMMENT ON VIEW pdauth.audit_by_person IS 'Per day, person, resource and purpose: statements that read, rows they showed, changes of rows, refusals. pdauth_auditor only.';
CREATE VIEW pdauth.audit_by_organisation AS
  SELECT a.day, a.party, a.party_name, a.capacity, a.resource, a.purpose,
         coalesce(pg_catalog.sum(a.entries) FILTER (WHERE a.operation = 'R' AND a.access LIKE '%read%'), 0) AS reads,
         coalesce(pg_catalog.sum(a.rows) FILTER (WHERE a.operation = 'R' AND a.access = 'read'), 0) AS rows_read,
         coalesce(pg_catalog.sum(a.entries) FILTER (WHERE a.operation IN ('I', 'U', 'D', 'T')), 0) AS changes,
         coalesce(pg_catalog.sum(a.entries) FILTER (WHERE a.operation = 'N'), 0) AS refusals,
         pg_catalog.count(DISTINCT a.person) AS persons, pg_catalog.min(a.first_at) AS first_at, pg_catalog.max(a.last_at) AS last_at
    FROM pdauth.audit_activity_of AS a WHERE a.operation IN ('N', 'I', 'U', 'D', 'T') OR a.operation = 'R' AND a.access IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6;
COMMENT ON VIEW pdauth.audit_by_organisation IS 'The same per day, organisation, capacity, resource and purpose, and how many persons. pdauth_auditor only.';

CREATE FUNCTION pdauth.audit_organisation(
  party text, made_from timestamptz DEFAULT '-infinity', made_before timestamptz DEFAULT 'infinity', resource text DEFAULT NULL)
RETURNS SETOF pdauth.audit_statement
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT s.*
    FROM pdauth.audit_access(audit_organisation.made_from, audit_organisation.made_before, audit_organisation.resource, NULL,
                             ARRAY(SELECT a.role_name::text FROM pdauth.audit_actor AS a WHERE a.party = audit_organisation.party)) AS s
   WHERE EXISTS (SELECT FROM pdauth.audit_actor AS a
                  WHERE a.party = audit_organisation.party AND (s.made_at AT TIME ZONE 'Asia/Shanghai')::date >= a.since
                    AND coalesce((s.made_at AT TIME ZONE 'Asia/Shanghai')::date < a.ended_on, true)
                    AND (a.role_name = s.role_name
                         OR a.role_name = s.session_role_name AND NOT EXISTS (SELECT FROM pdauth.audit_actor AS o WHERE o.role_name = s.role_name)))
   ORDER BY s.made_at, s.epoch, s.xid, s.n;
END;
REVOKE ALL ON FUNCTION pdauth.audit_organisation(text, timestamptz, timestamptz, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.audit_organisation(text, timestamptz, timestamptz, text) TO pdauth_auditor;
COMMENT ON FUNCTION pdauth.audit_organisation(text, timestamptz, timestamptz, text) IS
  'What an organisation (its code in pdauth.party) saw, wrote and was refused: statements of the roles that stood for it on the day, in order of time, from (included) and before (not included) a time, on a resource and all below it (NULL: any). pdauth_auditor only.';
GRANT SELECT ON pdauth.audit_actor, pdauth.audit_activity_of, pdauth.audit_by_person, pdauth.audit_by_organisation TO pdauth_auditor;
