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
COMMENT ON COLUMN pdauth.audit_actor.role_name IS 'Role, by its name today.';
COMMENT ON COLUMN pdauth.audit_actor.person IS 'Person.';
COMMENT ON COLUMN pdauth.audit_actor.person_name IS 'Name of the person.';
COMMENT ON COLUMN pdauth.audit_actor.party IS 'Code of the organisation.';
COMMENT ON COLUMN pdauth.audit_actor.party_name IS 'Name of the organisation.';
COMMENT ON COLUMN pdauth.audit_actor.capacity IS 'Capacity.';
COMMENT ON COLUMN pdauth.audit_actor.since IS 'First day.';
COMMENT ON COLUMN pdauth.audit_actor.ended_on IS 'First day on which it did so no longer; NULL if it still does.';

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
COMMENT ON COLUMN pdauth.audit_activity_of.day IS 'Day, in Asia/Shanghai.';
COMMENT ON COLUMN pdauth.audit_activity_of.person IS 'Person the role stood for; NULL if it was bound to nobody.';
COMMENT ON COLUMN pdauth.audit_activity_of.person_name IS 'Name of the person.';
COMMENT ON COLUMN pdauth.audit_activity_of.party IS 'Code of the organisation the role stood for; NULL if it was bound to nobody.';
COMMENT ON COLUMN pdauth.audit_activity_of.party_name IS 'Name of the organisation.';
COMMENT ON COLUMN pdauth.audit_activity_of.capacity IS 'Capacity it acted in.';
COMMENT ON COLUMN pdauth.audit_activity_of.role_name IS 'Acting role.';
COMMENT ON COLUMN pdauth.audit_activity_of.session_role_name IS 'Role that logged in.';
COMMENT ON COLUMN pdauth.audit_activity_of.operation IS 'As in pdauth.audit_entry: R statement, N refusal, L change of policy, I, U, D changes of rows, and so on.';
COMMENT ON COLUMN pdauth.audit_activity_of.relation_name IS 'Table as it was called then.';
COMMENT ON COLUMN pdauth.audit_activity_of.resource IS 'Resource; NULL where none was concerned.';
COMMENT ON COLUMN pdauth.audit_activity_of.access IS 'read, write or both.';
COMMENT ON COLUMN pdauth.audit_activity_of.purpose IS 'Declared purpose; NULL if none.';
COMMENT ON COLUMN pdauth.audit_activity_of.entries IS 'Statements, or entries of other operations.';
COMMENT ON COLUMN pdauth.audit_activity_of.rows IS 'Rows that statements showed or changed, or changes recorded; outcomes in entries of operation O are not in it.';
COMMENT ON COLUMN pdauth.audit_activity_of.first_at IS 'First of them.';
COMMENT ON COLUMN pdauth.audit_activity_of.last_at IS 'Last of them.';

CREATE VIEW pdauth.audit_by_person AS
  SELECT a.day, a.person, a.person_name, a.party, a.resource, a.purpose,
         coalesce(pg_catalog.sum(a.entries) FILTER (WHERE a.operation = 'R' AND a.access LIKE '%read%'), 0)::bigint AS reads,
         coalesce(pg_catalog.sum(a.rows) FILTER (WHERE a.operation = 'R' AND a.access = 'read'), 0)::bigint AS rows_read,
         coalesce(pg_catalog.sum(a.entries) FILTER (WHERE a.operation IN ('I', 'U', 'D', 'T')), 0)::bigint AS changes,
         coalesce(pg_catalog.sum(a.entries) FILTER (WHERE a.operation = 'N'), 0)::bigint AS refusals,
         pg_catalog.min(a.first_at) AS first_at, pg_catalog.max(a.last_at) AS last_at
    FROM pdauth.audit_activity_of AS a WHERE a.operation IN ('N', 'I', 'U', 'D', 'T') OR a.operation = 'R' AND a.access IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6;
COMMENT ON VIEW pdauth.audit_by_person IS 'Per day, person, resource and purpose: statements that read, rows they showed, changes of rows, refusals. pdauth_auditor only.';
COMMENT ON COLUMN pdauth.audit_by_person.day IS 'Day, in Asia/Shanghai.';
COMMENT ON COLUMN pdauth.audit_by_person.person IS 'Person the role stood for; NULL if it was bound to nobody.';
COMMENT ON COLUMN pdauth.audit_by_person.person_name IS 'Name of the person.';
COMMENT ON COLUMN pdauth.audit_by_person.party IS 'Code of the organisation the role stood for; NULL if it was bound to nobody.';
COMMENT ON COLUMN pdauth.audit_by_person.resource IS 'Resource; NULL where none was concerned.';
COMMENT ON COLUMN pdauth.audit_by_person.purpose IS 'Declared purpose; NULL if none.';
COMMENT ON COLUMN pdauth.audit_by_person.reads IS 'Statements that read.';
COMMENT ON COLUMN pdauth.audit_by_person.rows_read IS 'Rows that they showed.';
COMMENT ON COLUMN pdauth.audit_by_person.changes IS 'Changes of rows.';
COMMENT ON COLUMN pdauth.audit_by_person.refusals IS 'Refusals.';
COMMENT ON COLUMN pdauth.audit_by_person.first_at IS 'First of all these.';
COMMENT ON COLUMN pdauth.audit_by_person.last_at IS 'Last of all these.';
CREATE VIEW pdauth.audit_by_organisation AS
  SELECT a.day, a.party, a.party_name, a.capacity, a.resource, a.purpose,
         coalesce(pg_catalog.sum(a.entries) FILTER (WHERE a.operation = 'R' AND a.access LIKE '%read%'), 0)::bigint AS reads,
         coalesce(pg_catalog.sum(a.rows) FILTER (WHERE a.operation = 'R' AND a.access = 'read'), 0)::bigint AS rows_read,
         coalesce(pg_catalog.sum(a.entries) FILTER (WHERE a.operation IN ('I', 'U', 'D', 'T')), 0)::bigint AS changes,
         coalesce(pg_catalog.sum(a.entries) FILTER (WHERE a.operation = 'N'), 0)::bigint AS refusals,
         pg_catalog.count(DISTINCT a.person) AS persons, pg_catalog.min(a.first_at) AS first_at, pg_catalog.max(a.last_at) AS last_at
    FROM pdauth.audit_activity_of AS a WHERE a.operation IN ('N', 'I', 'U', 'D', 'T') OR a.operation = 'R' AND a.access IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6;
COMMENT ON VIEW pdauth.audit_by_organisation IS 'The same per day, organisation, capacity, resource and purpose, and how many persons. pdauth_auditor only.';
COMMENT ON COLUMN pdauth.audit_by_organisation.day IS 'Day, in Asia/Shanghai.';
COMMENT ON COLUMN pdauth.audit_by_organisation.party IS 'Code of the organisation the role stood for; NULL if it was bound to nobody.';
COMMENT ON COLUMN pdauth.audit_by_organisation.party_name IS 'Name of the organisation.';
COMMENT ON COLUMN pdauth.audit_by_organisation.capacity IS 'Capacity it acted in.';
COMMENT ON COLUMN pdauth.audit_by_organisation.resource IS 'Resource; NULL where none was concerned.';
COMMENT ON COLUMN pdauth.audit_by_organisation.purpose IS 'Declared purpose; NULL if none.';
COMMENT ON COLUMN pdauth.audit_by_organisation.reads IS 'Statements that read.';
COMMENT ON COLUMN pdauth.audit_by_organisation.rows_read IS 'Rows that they showed.';
COMMENT ON COLUMN pdauth.audit_by_organisation.changes IS 'Changes of rows.';
COMMENT ON COLUMN pdauth.audit_by_organisation.refusals IS 'Refusals.';
COMMENT ON COLUMN pdauth.audit_by_organisation.persons IS 'Number of persons.';
COMMENT ON COLUMN pdauth.audit_by_organisation.first_at IS 'First of all these.';
COMMENT ON COLUMN pdauth.audit_by_organisation.last_at IS 'Last of all these.';

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
