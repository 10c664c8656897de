-- Views for supervisors and their business-intelligence tools, besides
-- agreement_tracking, my_duty, evaluation_status and audit_by_organisation.
-- Who sees which rows is the same everywhere: pdauth.may_see().

CREATE VIEW pdauth.supervision_deadline WITH (security_barrier) AS
  SELECT s.rule, r.sqlstate AS flag, r.title, r.title_chinese, s.debtor, p.division, s.creditor, s.matter, s.event_date, s.due, s.status,
         CASE WHEN s.status = 'overdue' THEN pdauth.clock_today() - s.due END AS days_late
    FROM pdauth.obligation_status AS s JOIN pdauth.rule AS r ON r.rule = s.rule JOIN pdauth.party AS p ON p.party = s.debtor LEFT JOIN pdauth.party AS c ON c.party = s.creditor
   WHERE s.status IN ('open', 'due soon', 'overdue', 'suspended') AND pdauth.may_see(p.division, p.party_id, c.party_id);
COMMENT ON VIEW pdauth.supervision_deadline IS 'Duties that are not met yet, with their rule and how late they are, for debtor, creditor and the supervisors of the territory.';
COMMENT ON COLUMN pdauth.supervision_deadline.rule IS 'Rule that makes the duty.';
COMMENT ON COLUMN pdauth.supervision_deadline.flag IS 'SQLSTATE of the rule.';
COMMENT ON COLUMN pdauth.supervision_deadline.title IS 'What the rule asks, in English.';
COMMENT ON COLUMN pdauth.supervision_deadline.title_chinese IS 'The same in Chinese.';
COMMENT ON COLUMN pdauth.supervision_deadline.debtor IS 'Party that has to act.';
COMMENT ON COLUMN pdauth.supervision_deadline.division IS 'Division of the debtor.';
COMMENT ON COLUMN pdauth.supervision_deadline.creditor IS 'Party it is owed to; NULL if none.';
COMMENT ON COLUMN pdauth.supervision_deadline.matter IS 'What it is about.';
COMMENT ON COLUMN pdauth.supervision_deadline.event_date IS 'Legal date of the event that started the clock.';
COMMENT ON COLUMN pdauth.supervision_deadline.due IS 'Last day; NULL while the clock stands still.';
COMMENT ON COLUMN pdauth.supervision_deadline.status IS 'open, due soon, overdue or suspended.';
COMMENT ON COLUMN pdauth.supervision_deadline.days_late IS 'Calendar days since the last day; NULL unless overdue.';

CREATE VIEW pdauth.supervision_overdue WITH (security_barrier) AS
  SELECT d.debtor, d.division, d.rule, d.flag, pg_catalog.count(*) AS duties, pg_catalog.min(d.due) AS oldest_due, pg_catalog.max(d.days_late) AS days_late
    FROM pdauth.supervision_deadline AS d WHERE d.status = 'overdue' GROUP BY d.debtor, d.division, d.rule, d.flag;
COMMENT ON VIEW pdauth.supervision_overdue IS 'Overdue duties by debtor and rule.';
COMMENT ON COLUMN pdauth.supervision_overdue.debtor IS 'Party that has not acted.';
COMMENT ON COLUMN pdauth.supervision_overdue.division IS 'Its division.';
COMMENT ON COLUMN pdauth.supervision_overdue.rule IS 'Rule.';
COMMENT ON COLUMN pdauth.supervision_overdue.flag IS 'SQLSTATE of the rule.';
COMMENT ON COLUMN pdauth.supervision_overdue.duties IS 'How many.';
COMMENT ON COLUMN pdauth.supervision_overdue.oldest_due IS 'Last day of the oldest.';
COMMENT ON COLUMN pdauth.supervision_overdue.days_late IS 'Calendar days since then.';

CREATE VIEW pdauth.supervision_license WITH (security_barrier) AS
  SELECT y.party, y.name AS party_name, c.capacity, y.division, u.resource, pg_catalog.count(DISTINCT p.person_id) AS persons, pg_catalog.count(DISTINCT l.license_id) AS licenses,
         pg_catalog.min(l.issued_at) AS first_issued_at
    FROM pdauth.license AS l JOIN pdauth.principal AS p ON p.role = l.licensee AND p.ended_on IS NULL
    JOIN pdauth.party_capacity AS c USING (capacity_id) JOIN pdauth.party AS y ON y.party_id = c.party_id
   CROSS JOIN LATERAL pdauth.grants(l.scope) AS g CROSS JOIN LATERAL pg_catalog.unnest(g.paths) AS u(resource)
   WHERE l.revoked_at IS NULL AND pdauth.may_see(y.division, y.party_id) GROUP BY y.party, y.name, c.capacity, y.division, u.resource;
COMMENT ON VIEW pdauth.supervision_license IS 'Which organisations may read what now: their licenses that are not revoked, by resource. What they did read is in pdauth.audit_by_organisation.';
COMMENT ON COLUMN pdauth.supervision_license.party IS 'Code of the organisation.';
COMMENT ON COLUMN pdauth.supervision_license.party_name IS 'Its name.';
COMMENT ON COLUMN pdauth.supervision_license.capacity IS 'Capacity its persons act in.';
COMMENT ON COLUMN pdauth.supervision_license.division IS 'Its division.';
COMMENT ON COLUMN pdauth.supervision_license.resource IS 'Resource path, with all below.';
COMMENT ON COLUMN pdauth.supervision_license.persons IS 'Persons licensed.';
COMMENT ON COLUMN pdauth.supervision_license.licenses IS 'Licenses.';
COMMENT ON COLUMN pdauth.supervision_license.first_issued_at IS 'When the oldest was issued.';

CREATE VIEW pdauth.supervision_sanction WITH (security_barrier) AS
  SELECT 'measure' AS kind, m.number, pdauth.party_code(m.developer_party) AS party, m.division, pdauth.party_code(m.operator_party) AS decided_by, m.kind AS sanction, m.state,
         (SELECT pg_catalog.min(t.event_date) FROM pdauth.transition AS t WHERE t.life_cycle = 'measure' AND t.object_id = m.measure_id) AS since
    FROM pdauth.measure AS m WHERE pdauth.may_see(m.division, m.operator_party, m.developer_party)
  UNION ALL
  SELECT 'blacklist', b.number, pdauth.party_code(b.listed_party), b.division, pdauth.party_code(b.operator_party), 'blacklisted', b.state,
         (SELECT pg_catalog.min(t.event_date) FROM pdauth.transition AS t WHERE t.life_cycle = 'blacklist_entry' AND t.object_id = b.entry_id)
    FROM pdauth.blacklist_entry AS b WHERE pdauth.may_see(b.division, b.operator_party, b.listed_party)
  UNION ALL
  SELECT 'evaluation', e.number, pdauth.party_code(e.subject_party), e.division, pdauth.party_code(e.evaluator_party), e.result, e.state, e.notified_on
    FROM pdauth.evaluation AS e WHERE e.state IN ('concluded', 'rectified') AND e.result <> 'pass' AND pdauth.may_see(e.division, e.subject_party, e.evaluator_party);
COMMENT ON VIEW pdauth.supervision_sanction IS 'Measures, blacklist entries and evaluations that were not passed, for the parties and the supervisors of the territory (R-21-8, R-21-9, R-26-4).';
COMMENT ON COLUMN pdauth.supervision_sanction.kind IS 'measure, blacklist or evaluation.';
COMMENT ON COLUMN pdauth.supervision_sanction.number IS 'Number.';
COMMENT ON COLUMN pdauth.supervision_sanction.party IS 'Party it concerns.';
COMMENT ON COLUMN pdauth.supervision_sanction.division IS 'Division.';
COMMENT ON COLUMN pdauth.supervision_sanction.decided_by IS 'Party that decided it.';
COMMENT ON COLUMN pdauth.supervision_sanction.sanction IS 'Kind of measure, blacklisted, or result of the evaluation.';
COMMENT ON COLUMN pdauth.supervision_sanction.state IS 'State of it.';
COMMENT ON COLUMN pdauth.supervision_sanction.since IS 'Legal date of its first act, or of the notification.';

CREATE VIEW pdauth.supervision_would_deny WITH (security_barrier) AS
  SELECT (w.recorded_at AT TIME ZONE 'Asia/Shanghai')::date AS day, w.rule, r.sqlstate AS flag, r.title, pg_catalog.count(*) AS acts
    FROM pdauth.would_deny AS w JOIN pdauth.rule AS r USING (rule) GROUP BY 1, 2, 3, 4;
COMMENT ON VIEW pdauth.supervision_would_deny IS 'What observed rules would have refused, by day and rule (X-9).';
COMMENT ON COLUMN pdauth.supervision_would_deny.day IS 'Day, in Asia/Shanghai.';
COMMENT ON COLUMN pdauth.supervision_would_deny.rule IS 'Rule.';
COMMENT ON COLUMN pdauth.supervision_would_deny.flag IS 'Its SQLSTATE.';
COMMENT ON COLUMN pdauth.supervision_would_deny.title IS 'What it asks.';
COMMENT ON COLUMN pdauth.supervision_would_deny.acts IS 'Acts that passed.';

CREATE VIEW pdauth.supervision_chain AS
  SELECT b.block, b.sealed_at, b.first_leaf + b.entries - b.block + 1 AS sealed_entries, pg_catalog.encode(b.root, 'hex') AS root, u.entries AS unsealed_entries, u.oldest AS unsealed_since,
         c.block AS checkpoint_block, c.issued_at AS checkpoint_at
    FROM pdauth.unsealed() AS u
    LEFT JOIN (SELECT k.* FROM pdauth.audit_block AS k ORDER BY k.block DESC LIMIT 1) AS b ON true
    LEFT JOIN (SELECT k.block, k.issued_at FROM pdauth.audit_checkpoint AS k ORDER BY k.tree_size DESC LIMIT 1) AS c ON true;
COMMENT ON VIEW pdauth.supervision_chain IS 'Where the chain of evidence ends: one row. Whether it is whole is for pdauth.verify() to say. pdauth_policy_admin and pdauth_auditor.';
COMMENT ON COLUMN pdauth.supervision_chain.block IS 'Newest block; NULL if nothing was sealed.';
COMMENT ON COLUMN pdauth.supervision_chain.sealed_at IS 'When it was sealed.';
COMMENT ON COLUMN pdauth.supervision_chain.sealed_entries IS 'Entries sealed in all.';
COMMENT ON COLUMN pdauth.supervision_chain.root IS 'Root of the tree over all of them.';
COMMENT ON COLUMN pdauth.supervision_chain.unsealed_entries IS 'Entries that are not sealed yet.';
COMMENT ON COLUMN pdauth.supervision_chain.unsealed_since IS 'When the oldest of them was made.';
COMMENT ON COLUMN pdauth.supervision_chain.checkpoint_block IS 'Block of the newest checkpoint; NULL if none was issued.';
COMMENT ON COLUMN pdauth.supervision_chain.checkpoint_at IS 'When it was issued.';

GRANT SELECT ON pdauth.supervision_deadline, pdauth.supervision_overdue, pdauth.supervision_license, pdauth.supervision_sanction TO pdauth_register, pdauth_policy_admin, pdauth_auditor;
GRANT SELECT ON pdauth.supervision_would_deny, pdauth.supervision_chain TO pdauth_policy_admin, pdauth_auditor;

CREATE FUNCTION pdauth.refusals_by_rule(made_from timestamptz, made_before timestamptz)
RETURNS TABLE (rule text, sqlstate text, title text, title_chinese text, refusals bigint, organisations bigint, last_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  WITH refusal AS MATERIALIZED (
    SELECT i.image ->> 'kind' AS kind, i.image ->> 'sqlstate' AS sqlstate, f.role_name, (f.made_at AT TIME ZONE 'Asia/Shanghai')::date AS day,
           pg_catalog.count(*) AS refusals, pg_catalog.max(f.made_at) AS last_at
      FROM pdauth.audit_found(refusals_by_rule.made_from, refusals_by_rule.made_before, NULL, NULL, '{N}', NULL, NULL, NULL, NULL) AS f
     CROSS JOIN LATERAL (SELECT pdauth.image_json(f.image) -> 'new' AS image OFFSET 0) AS i
     GROUP BY 1, 2, 3, 4)
  SELECT r.rule, s.sqlstate, coalesce(r.title, s.kind), r.title_chinese, (pg_catalog.sum(s.refusals) FILTER (WHERE coalesce(a.nth, 1) = 1))::bigint,
         pg_catalog.count(DISTINCT a.party), pg_catalog.max(s.last_at)
    FROM refusal AS s
    LEFT JOIN pdauth.rule AS r ON r.sqlstate = s.sqlstate
    LEFT JOIN LATERAL (SELECT o.party, pg_catalog.row_number() OVER () AS nth FROM pdauth.audit_actor AS o
                        WHERE o.role_name = s.role_name AND o.since <= s.day AND coalesce(o.ended_on > s.day, true)) AS a ON true
   GROUP BY r.rule, s.sqlstate, coalesce(r.title, s.kind), r.title_chinese, r.article, r.number ORDER BY r.article, r.number, s.sqlstate;
END;
REVOKE ALL ON FUNCTION pdauth.refusals_by_rule(timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.refusals_by_rule(timestamptz, timestamptz) TO pdauth_auditor;
COMMENT ON FUNCTION pdauth.refusals_by_rule(timestamptz, timestamptz) IS
  'Refusals in the audit log from (included) and before (not included) a time, by rule: how many, to how many organisations, and the last. Segments without a refusal in that time are not unpacked. No rows for NULL. pdauth_auditor only.';
