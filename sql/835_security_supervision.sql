-- What supervisors of Articles 27 to 29 look at: what is missing, overdue or held.

CREATE VIEW pdauth.security_standing WITH (security_barrier) AS
  SELECT y.party, c.capacity, pdauth.missing_security_documents(y.party_id, c.capacity, c.division) AS missing_documents,
         e.number AS emergency_plan, pg_catalog.upper(e.term) - 1 AS plan_until,
         (SELECT pg_catalog.max(d.drilled_on) FROM pdauth.emergency_drill AS d JOIN pdauth.emergency_plan AS p USING (emergency_plan_id) WHERE p.owner_party = y.party_id) AS last_drill,
         s.due AS drill_due, s.status = 'overdue' AS drill_overdue
    FROM pdauth.party AS y JOIN pdauth.party_capacity AS c ON c.party_id = y.party_id AND c.capacity IN ('agency', 'operator', 'developer') AND coalesce(c.ended_on, 'infinity') > pdauth.clock_today()
    LEFT JOIN LATERAL (SELECT p.emergency_plan_id, p.number, p.term FROM pdauth.emergency_plan AS p
                        WHERE p.owner_party = y.party_id AND p.state = 'in force' AND p.term @> pdauth.clock_today() ORDER BY pg_catalog.upper(p.term) DESC NULLS FIRST, p.number LIMIT 1) AS e ON true
    LEFT JOIN LATERAL (SELECT o.due, o.status FROM pdauth.register_duty AS d JOIN pdauth.obligation_status AS o USING (obligation_id)
                        WHERE d.life_cycle = 'emergency_plan' AND d.object_id = e.emergency_plan_id AND o.status IN ('open', 'due soon', 'overdue') ORDER BY o.due LIMIT 1) AS s ON true
   WHERE pdauth.may_see(c.division, VARIADIC ARRAY[y.party_id, pdauth.supervisor_of(y.party_id, c.division)]);
COMMENT ON VIEW pdauth.security_standing IS 'Agencies, operators and developers with the security documents they have not on record, their emergency plan in force, and its drills (R-28-1, R-28-4, R-28-8, R-29-1, R-29-2, R-29-5).';
COMMENT ON COLUMN pdauth.security_standing.party IS 'Party.';
COMMENT ON COLUMN pdauth.security_standing.capacity IS 'Capacity: agency, operator or developer.';
COMMENT ON COLUMN pdauth.security_standing.missing_documents IS 'Titles of missing documents; NULL if there are all.';
COMMENT ON COLUMN pdauth.security_standing.emergency_plan IS 'Number of the emergency plan in force; NULL if there is none.';
COMMENT ON COLUMN pdauth.security_standing.plan_until IS 'Its last day; NULL if it has none.';
COMMENT ON COLUMN pdauth.security_standing.last_drill IS 'Day of the last drill of any plan of the party; NULL if there was none.';
COMMENT ON COLUMN pdauth.security_standing.drill_due IS 'When the next drill of the plan is due; NULL without a plan.';
COMMENT ON COLUMN pdauth.security_standing.drill_overdue IS 'Is it overdue now?';

CREATE VIEW pdauth.incident_status WITH (security_barrier) AS
  SELECT i.number AS incident, i.kind, pdauth.party_code(i.agency_party) AS agency, pdauth.party_code(i.operator_party) AS operator, pdauth.party_code(i.developer_party) AS developer,
         i.state, i.detected_at, i.opened_at, i.activated_at,
         (SELECT pg_catalog.count(*) FROM pdauth.incident_clock_status AS c WHERE c.incident = i.number AND c.status = 'overdue') AS overdue_clocks,
         (SELECT pg_catalog.min(c.due_at) FROM pdauth.incident_clock_status AS c WHERE c.incident = i.number AND c.status IN ('open', 'overdue')) AS next_due
    FROM pdauth.incident AS i
   WHERE pdauth.may_see(i.division, i.agency_party, i.operator_party, i.developer_party);
COMMENT ON VIEW pdauth.incident_status IS 'Incidents with their state, and how many of their clocks are overdue now (R-29-3 to R-29-6).';
COMMENT ON COLUMN pdauth.incident_status.incident IS 'Number.';
COMMENT ON COLUMN pdauth.incident_status.kind IS 'Kind.';
COMMENT ON COLUMN pdauth.incident_status.agency IS 'Implementing agency.';
COMMENT ON COLUMN pdauth.incident_status.operator IS 'Operator.';
COMMENT ON COLUMN pdauth.incident_status.developer IS 'Developer, if it happened there.';
COMMENT ON COLUMN pdauth.incident_status.state IS 'opened, contained or closed.';
COMMENT ON COLUMN pdauth.incident_status.detected_at IS 'When it was detected.';
COMMENT ON COLUMN pdauth.incident_status.opened_at IS 'When it was opened here.';
COMMENT ON COLUMN pdauth.incident_status.activated_at IS 'When the plan was activated; NULL if not yet.';
COMMENT ON COLUMN pdauth.incident_status.overdue_clocks IS 'Activation and reports that are overdue.';
COMMENT ON COLUMN pdauth.incident_status.next_due IS 'When the earliest of those not done is or was due.';

CREATE VIEW pdauth.hold_status WITH (security_barrier) AS
  SELECT 'incident' AS kind, i.number, pdauth.party_code(coalesce(i.developer_party, i.operator_party)) AS concerned, i.opened_at AS since, NULL::timestamptz AS decide_by, NULL::text AS flag
    FROM pdauth.incident AS i WHERE i.state <> 'closed' AND pdauth.may_see(i.division, i.agency_party, i.operator_party, i.developer_party)
  UNION ALL
  SELECT 'security instruction', s.number, pdauth.party_code(s.addressee_party), s.registered_at, NULL, NULL
    FROM pdauth.security_instruction AS s WHERE s.state = 'issued' AND s.kind = 'freeze' AND pdauth.may_see(s.division, s.authority_party, s.addressee_party)
  UNION ALL
  SELECT d.kind, d.draft_id::text, pdauth.party_code(d.concerned_party), d.recorded_at, d.decide_by, CASE WHEN d.decide_by < pdauth.clock_now() THEN 'PD297' END
    FROM pdauth.incident_draft AS d
   WHERE d.decision IS NULL AND pdauth.may_see(d.division, VARIADIC ARRAY[d.concerned_party, pdauth.supervisor_of(d.concerned_party, d.division), pdauth.holder_of('agency', d.division)]);
COMMENT ON VIEW pdauth.hold_status IS 'What stops access now: open incidents, freezes of security authorities, and findings of the database that nobody has decided about (R-28-10, R-29-3, R-29-7).';
COMMENT ON COLUMN pdauth.hold_status.kind IS 'incident, security instruction, or the kind of finding.';
COMMENT ON COLUMN pdauth.hold_status.number IS 'Number, or key of the finding.';
COMMENT ON COLUMN pdauth.hold_status.concerned IS 'Party it concerns, if any.';
COMMENT ON COLUMN pdauth.hold_status.since IS 'Since when.';
COMMENT ON COLUMN pdauth.hold_status.decide_by IS 'Until when a finding is to be decided; NULL for others.';
COMMENT ON COLUMN pdauth.hold_status.flag IS 'PD297 if that time is over.';
GRANT SELECT ON pdauth.security_standing, pdauth.incident_status, pdauth.hold_status TO pdauth_register, pdauth_policy_admin, pdauth_auditor;
