-- What becomes of entries later: packed into segments, kept as long as the law
-- says, then pruned; images erased where the law demands it.  Proofs stay.

CREATE TABLE pdauth.audit_segment (
  epoch             bigint NOT NULL,
  xid               xid8 NOT NULL,
  n                 bigint NOT NULL,
  last_xid          xid8 NOT NULL,
  last_n            bigint NOT NULL,
  entries           integer NOT NULL,
  first_made_at     timestamptz NOT NULL,
  last_made_at      timestamptz NOT NULL,
  pruned_epoch      bigint,
  pruned_xid        xid8,
  pruned_n          bigint,
  xids              xid8[],
  ns                bigint[],
  made_at           timestamptz[],
  relation          oid[],
  operation         pg_catalog."char"[],
  relation_name     text[],
  role_name         text[],
  session_role_name text[],
  purpose           text[],
  client            text[],
  application       text[],
  salt              bytea,
  image             bytea[],
  content           bytea[]
);
CREATE UNIQUE INDEX audit_segment_key ON pdauth.audit_segment (epoch, xid, n);
-- Random bytes do not compress.
ALTER TABLE pdauth.audit_segment ALTER COLUMN salt SET STORAGE EXTERNAL;
ALTER TABLE pdauth.audit_segment ALTER COLUMN salt SET STATISTICS 0, ALTER COLUMN image SET STATISTICS 0;
DO $install$
DECLARE
  packed name;
BEGIN
  FOR packed IN SELECT a.attname FROM pg_catalog.pg_attribute AS a
                 WHERE a.attrelid OPERATOR(pg_catalog.=) 'pdauth.audit_segment'::pg_catalog.regclass
                   AND a.attstorage OPERATOR(pg_catalog.=) 'x' AND a.attnum OPERATOR(pg_catalog.>) 0 LOOP
    EXECUTE pg_catalog.format('ALTER TABLE pdauth.audit_segment ALTER COLUMN %I SET COMPRESSION lz4', packed);
  END LOOP;
  -- pglz took as long as all else that sealing does, for a third fewer bytes
  ALTER TABLE pdauth.audit_block ALTER COLUMN manifest SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
  NULL;  -- this server was built without LZ4: pglz, which is slower and packs as well
END
$install$;
COMMENT ON TABLE pdauth.audit_segment IS
  'Sealed entries of the audit log, packed by pdauth.archive() into about 100 bytes each: columns as arrays, in key order. Read them through pdauth.audit_log. Cannot be changed (PD254, R-25-4).';
COMMENT ON COLUMN pdauth.audit_segment.epoch IS 'Epoch of all its entries.';
COMMENT ON COLUMN pdauth.audit_segment.xid IS 'Transaction of its first entry.';
COMMENT ON COLUMN pdauth.audit_segment.n IS 'Number of its first entry in that transaction.';
COMMENT ON COLUMN pdauth.audit_segment.last_xid IS 'Transaction of its last entry.';
COMMENT ON COLUMN pdauth.audit_segment.last_n IS 'Number of its last entry in that transaction.';
COMMENT ON COLUMN pdauth.audit_segment.entries IS 'Number of entries packed.';
COMMENT ON COLUMN pdauth.audit_segment.first_made_at IS 'Earliest made_at among them.';
COMMENT ON COLUMN pdauth.audit_segment.last_made_at IS 'Latest made_at among them: what retention counts from.';
COMMENT ON COLUMN pdauth.audit_segment.pruned_epoch IS 'NULL; once pruned, key of the entry that says so, and of the arrays only xids and ns are left.';
COMMENT ON COLUMN pdauth.audit_segment.pruned_xid IS 'See pruned_epoch.';
COMMENT ON COLUMN pdauth.audit_segment.pruned_n IS 'See pruned_epoch.';
COMMENT ON COLUMN pdauth.audit_segment.xids IS 'xid of each entry.';
COMMENT ON COLUMN pdauth.audit_segment.ns IS 'n of each entry.';
COMMENT ON COLUMN pdauth.audit_segment.made_at IS 'made_at of each entry.';
COMMENT ON COLUMN pdauth.audit_segment.relation IS 'relation of each entry.';
COMMENT ON COLUMN pdauth.audit_segment.operation IS 'operation of each entry.';
COMMENT ON COLUMN pdauth.audit_segment.relation_name IS 'relation_name of each entry; NULL if none has one.';
COMMENT ON COLUMN pdauth.audit_segment.role_name IS 'role_name of each entry; NULL if none has one.';
COMMENT ON COLUMN pdauth.audit_segment.session_role_name IS 'session_role_name of each entry; NULL if none has one.';
COMMENT ON COLUMN pdauth.audit_segment.purpose IS 'purpose of each entry; NULL if none has one.';
COMMENT ON COLUMN pdauth.audit_segment.client IS 'client of each entry; NULL if none has one.';
COMMENT ON COLUMN pdauth.audit_segment.application IS 'application of each entry; NULL if none has one.';
COMMENT ON COLUMN pdauth.audit_segment.salt IS 'Salts, 16 bytes each; zeros where the image was erased.';
COMMENT ON COLUMN pdauth.audit_segment.image IS 'image of each entry; NULL if none has one.';
COMMENT ON COLUMN pdauth.audit_segment.content IS 'content of each entry; NULL if no image was erased.';
CREATE TRIGGER keep_evidence BEFORE UPDATE OR DELETE OR TRUNCATE ON pdauth.audit_segment
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.keep_evidence();
ALTER TABLE pdauth.audit_segment ENABLE ALWAYS TRIGGER keep_evidence;
CREATE TRIGGER keep_writer BEFORE INSERT ON pdauth.audit_segment FOR EACH ROW EXECUTE FUNCTION pdauth.keep_writer();
ALTER TABLE pdauth.audit_segment ENABLE ALWAYS TRIGGER keep_writer;
SELECT pg_catalog.pg_extension_config_dump('pdauth.audit_segment', '');
GRANT SELECT (epoch, xid, n, last_xid, last_n, entries, first_made_at, last_made_at, pruned_epoch, pruned_xid, pruned_n)
  ON pdauth.audit_segment TO pdauth_auditor;

CREATE FUNCTION pdauth.audit_unpack(segment pdauth.audit_segment) RETURNS SETOF pdauth.audit_entry
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
  SELECT (segment).epoch, u.xid, u.n, u.made_at, u.relation, u.operation, u.relation_name, u.role_name,
         u.session_role_name, u.purpose, u.client, u.application,
         CASE WHEN u.content IS NULL THEN pg_catalog.substr((segment).salt, ((u.place - 1) * 16 + 1)::integer, 16) ELSE '\x'::bytea END,
         NULL::bytea, u.image, u.content
    FROM ROWS FROM (
      pg_catalog.unnest((segment).xids), pg_catalog.unnest((segment).ns), pg_catalog.unnest((segment).made_at),
      pg_catalog.unnest((segment).relation), pg_catalog.unnest((segment).operation), pg_catalog.unnest((segment).relation_name),
      pg_catalog.unnest((segment).role_name), pg_catalog.unnest((segment).session_role_name), pg_catalog.unnest((segment).purpose),
      pg_catalog.unnest((segment).client), pg_catalog.unnest((segment).application), pg_catalog.unnest((segment).image),
      pg_catalog.unnest((segment).content)) WITH ORDINALITY
      AS u(xid, n, made_at, relation, operation, relation_name, role_name, session_role_name, purpose, client, application,
           image, content, place)
   WHERE (segment).pruned_xid IS NULL;
END;
COMMENT ON FUNCTION pdauth.audit_unpack(pdauth.audit_segment) IS
  'The entries packed into a segment, in plain SQL; leaf is NULL, since only the block keeps it. No row for a pruned segment.';

CREATE VIEW pdauth.audit_stored AS
  SELECT e.epoch, e.xid, e.n, e.made_at, e.relation, e.operation, e.relation_name, e.role_name, e.session_role_name,
         e.purpose, e.client, e.application, e.salt, e.leaf, e.image, e.content
    FROM pdauth.audit_entry AS e
  UNION ALL
  SELECT u.epoch, u.xid, u.n, u.made_at, u.relation, u.operation, u.relation_name, u.role_name, u.session_role_name,
         u.purpose, u.client, u.application, u.salt, u.leaf, u.image, u.content
    FROM pdauth.audit_segment AS s CROSS JOIN LATERAL pdauth.audit_unpack(s) AS u;
COMMENT ON VIEW pdauth.audit_stored IS 'All entries of the audit log, whether packed or not. Part of pdauth.audit_log, which is the one to read, and of pdauth.audit_trail.';
COMMENT ON COLUMN pdauth.audit_stored.epoch IS 'Fingerprint of server, database and timeline the entry was made in; differs after restore into another cluster or database.';
COMMENT ON COLUMN pdauth.audit_stored.xid IS 'Top-level transaction that made the change.';
COMMENT ON COLUMN pdauth.audit_stored.n IS 'Number within the transaction. Gaps are savepoints rolled back.';
COMMENT ON COLUMN pdauth.audit_stored.made_at IS 'Server clock when the change was made, not when its transaction began or ended.';
COMMENT ON COLUMN pdauth.audit_stored.relation IS 'OID of the table or partition, as of then.';
COMMENT ON COLUMN pdauth.audit_stored.operation IS 'I insert, U update, D delete, T truncate, B baseline (row found when auditing began), A auditing began, Z auditing ended, C the table''s definition changed, X an image of the log was erased, P a segment of it was pruned; by statements: R one that uses protected relations began, or several alike, O how it ended where R does not say, N something was refused, L the policy was changed.';
COMMENT ON COLUMN pdauth.audit_stored.relation_name IS 'Schema and name of the table or partition, as of then.';
COMMENT ON COLUMN pdauth.audit_stored.role_name IS 'Role the change was made as.';
COMMENT ON COLUMN pdauth.audit_stored.session_role_name IS 'Role that logged in.';
COMMENT ON COLUMN pdauth.audit_stored.purpose IS 'Declared purpose (pdauth.purpose), NULL if none.';
COMMENT ON COLUMN pdauth.audit_stored.client IS 'Address and port of the client, NULL for a local socket.';
COMMENT ON COLUMN pdauth.audit_stored.application IS 'application_name of the session, NULL if empty. The client chooses it.';
COMMENT ON COLUMN pdauth.audit_stored.salt IS '16 random bytes, so that the leaf gives nothing away about the image.';
COMMENT ON COLUMN pdauth.audit_stored.leaf IS 'SHA-256 leaf hash over everything else in the entry (RFC 6962).';
COMMENT ON COLUMN pdauth.audit_stored.image IS 'Old and new row in canonical binary form; NULL for TRUNCATE.';
COMMENT ON COLUMN pdauth.audit_stored.content IS 'NULL; once the image was erased, what the leaf goes on proving: the SHA-256 and the SM3 hash over salt and image, and the key (epoch, xid, n) of the entry that records the erasure, 88 bytes.';
CREATE VIEW pdauth.audit_log AS
  SELECT l.epoch, l.xid, l.n, l.made_at, l.relation, l.operation, l.relation_name, l.role_name, l.session_role_name,
         l.purpose, l.client, l.application,
         pdauth.image_open(l.epoch, l.relation, l.relation_name, l.operation, l.salt) AS salt, l.leaf,
         pdauth.image_open(l.epoch, l.relation, l.relation_name, l.operation, l.image) AS image, l.content
    FROM pdauth.audit_stored AS l;
COMMENT ON VIEW pdauth.audit_log IS
  'All entries of the audit log with the columns of pdauth.audit_entry, whether packed or not; pdauth_auditor only, without salt and image, which pdauth.audit_trail shows masked. Salt and image of rows of protected tables need break-glass (PD002).';
COMMENT ON COLUMN pdauth.audit_log.epoch IS 'Fingerprint of server, database and timeline the entry was made in; differs after restore into another cluster or database.';
COMMENT ON COLUMN pdauth.audit_log.xid IS 'Top-level transaction that made the change.';
COMMENT ON COLUMN pdauth.audit_log.n IS 'Number within the transaction. Gaps are savepoints rolled back.';
COMMENT ON COLUMN pdauth.audit_log.made_at IS 'Server clock when the change was made, not when its transaction began or ended.';
COMMENT ON COLUMN pdauth.audit_log.relation IS 'OID of the table or partition, as of then.';
COMMENT ON COLUMN pdauth.audit_log.operation IS 'I insert, U update, D delete, T truncate, B baseline (row found when auditing began), A auditing began, Z auditing ended, C the table''s definition changed, X an image of the log was erased, P a segment of it was pruned; by statements: R one that uses protected relations began, or several alike, O how it ended where R does not say, N something was refused, L the policy was changed.';
COMMENT ON COLUMN pdauth.audit_log.relation_name IS 'Schema and name of the table or partition, as of then.';
COMMENT ON COLUMN pdauth.audit_log.role_name IS 'Role the change was made as.';
COMMENT ON COLUMN pdauth.audit_log.session_role_name IS 'Role that logged in.';
COMMENT ON COLUMN pdauth.audit_log.purpose IS 'Declared purpose (pdauth.purpose), NULL if none.';
COMMENT ON COLUMN pdauth.audit_log.client IS 'Address and port of the client, NULL for a local socket.';
COMMENT ON COLUMN pdauth.audit_log.application IS 'application_name of the session, NULL if empty. The client chooses it.';
COMMENT ON COLUMN pdauth.audit_log.salt IS '16 random bytes, so that the leaf gives nothing away about the image.';
COMMENT ON COLUMN pdauth.audit_log.leaf IS 'SHA-256 leaf hash over everything else in the entry (RFC 6962).';
COMMENT ON COLUMN pdauth.audit_log.image IS 'Old and new row in canonical binary form; NULL for TRUNCATE.';
COMMENT ON COLUMN pdauth.audit_log.content IS 'NULL; once the image was erased, what the leaf goes on proving: the SHA-256 and the SM3 hash over salt and image, and the key (epoch, xid, n) of the entry that records the erasure, 88 bytes.';
GRANT SELECT (epoch, xid, n, made_at, relation, operation, relation_name, role_name, session_role_name, purpose, client,
              application, leaf, content) ON pdauth.audit_log TO pdauth_auditor;

CREATE FUNCTION pdauth.archive_entries(before timestamptz) RETURNS bigint
LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'pdauth_archive';
REVOKE ALL ON FUNCTION pdauth.archive_entries(timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.archive_entries(timestamptz) IS 'Packs entries into segments and returns their number. Part of pdauth.archive().';

CREATE FUNCTION pdauth.erase_image(epoch bigint, xid xid8, n bigint, reason text) RETURNS void
LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'pdauth_erase_image';
REVOKE ALL ON FUNCTION pdauth.erase_image(bigint, xid8, bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.erase_image(bigint, xid8, bigint, text) TO pdauth_policy_admin;
COMMENT ON FUNCTION pdauth.erase_image(bigint, xid8, bigint, text) IS
  'Erases image and salt of one entry, where the law demands that personal data be erased; reason: the request or decision it rests on, in the log as entry of operation X. The entry stays, and so do all proofs of it. Old row versions last until VACUUM, and backups and WAL keep what they have. Errors if there is no such entry or it has no image. pdauth_policy_admin only.';

CREATE TABLE pdauth.retention (
  rule_id         bigint PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY,
  relation_name   text NOT NULL DEFAULT '*',
  keep_for        interval CHECK (keep_for >= interval '0'),
  keep_until      date,
  basis           text NOT NULL CHECK (pg_catalog.btrim(basis) <> ''),
  set_by          name NOT NULL DEFAULT session_user,
  set_at          timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  withdrawn_at    timestamptz,
  withdraw_reason text,
  statutory       boolean NOT NULL DEFAULT false,
  CHECK (pg_catalog.num_nonnulls(keep_for, keep_until) > 0),
  CHECK ((withdrawn_at IS NULL) = (withdraw_reason IS NULL))
);
COMMENT ON TABLE pdauth.retention IS
  'How long entries of the audit log are kept. All rules that name a relation apply to its entries, so that a further rule can only lengthen. Rules are not changed but withdrawn, unless they are statutory: UPDATE pdauth.retention SET withdraw_reason = ...; what is not kept by any rule is kept for ever.';
COMMENT ON COLUMN pdauth.retention.rule_id IS 'Number of the rule.';
COMMENT ON COLUMN pdauth.retention.relation_name IS 'Schema and name of the table the rule is for, as entries have it; * for all.';
COMMENT ON COLUMN pdauth.retention.keep_for IS 'Kept for this long from the day after the entry was made; NULL if it does not depend on that.';
COMMENT ON COLUMN pdauth.retention.keep_until IS 'Kept up to and including this day, for example the end of an agreement and five years; NULL if it does not depend on a date.';
COMMENT ON COLUMN pdauth.retention.basis IS 'What the rule rests on: an article, an agreement, an order.';
COMMENT ON COLUMN pdauth.retention.set_by IS 'Who made the rule; set by the database.';
COMMENT ON COLUMN pdauth.retention.set_at IS 'When; set by the database.';
COMMENT ON COLUMN pdauth.retention.withdrawn_at IS 'When it ended; set by the database.';
COMMENT ON COLUMN pdauth.retention.withdraw_reason IS 'Why it ended.';
COMMENT ON COLUMN pdauth.retention.statutory IS 'Of the pack, or for the end of an agreement: not withdrawn by anybody without break-glass (R-25-10).';
-- Rule 0, for all entries, comes with the pack (616).
SELECT pg_catalog.pg_extension_config_dump('pdauth.retention', 'WHERE rule_id > 0');
COMMENT ON SEQUENCE pdauth.retention_rule_id_seq IS 'Numbers of pdauth.retention; 0 is the rule of the pack that pdauth comes with.';
SELECT pg_catalog.pg_extension_config_dump('pdauth.retention_rule_id_seq', '');
GRANT SELECT ON pdauth.retention TO pdauth_auditor, pdauth_policy_admin;
GRANT INSERT (relation_name, keep_for, keep_until, basis), UPDATE (withdraw_reason) ON pdauth.retention TO pdauth_policy_admin;

CREATE FUNCTION pdauth.keep_retention() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  -- a dump restored under break-glass brings its history
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' THEN
    NEW.set_by := session_user;
    NEW.set_at := clock_timestamp();
    NEW.withdrawn_at := NULL;
    NEW.withdraw_reason := NULL;
  ELSE
    IF OLD.statutory THEN
      RAISE EXCEPTION USING ERRCODE = 'PD25A',
        MESSAGE = format('rule %s of retention is what the law asks for: %s', OLD.rule_id, OLD.basis),
        DETAIL = 'Rule R-25-10: Article 25, processing logs are kept at least 5 years, and those of an agreement 5 years beyond its end (第二十五条 相关日志至少保存5年).',
        HINT = 'Wait until it has run. If it was entered by mistake, a superuser sets pdauth.break_glass to the reason.';
    END IF;
    IF OLD.withdrawn_at IS NOT NULL OR coalesce(btrim(NEW.withdraw_reason), '') = ''
       OR (OLD.rule_id, OLD.relation_name, OLD.keep_for, OLD.keep_until, OLD.basis, OLD.set_by, OLD.set_at, OLD.statutory)
          IS DISTINCT FROM (NEW.rule_id, NEW.relation_name, NEW.keep_for, NEW.keep_until, NEW.basis, NEW.set_by, NEW.set_at, NEW.statutory) THEN
      RAISE EXCEPTION USING ERRCODE = 'PD254',
        MESSAGE = format('rule %s of retention can only be withdrawn, once and with a reason', OLD.rule_id),
        DETAIL = 'Rule R-25-4: Article 25, evidence cannot be altered (第二十五条 操作记录不得篡改).',
        HINT = 'UPDATE pdauth.retention SET withdraw_reason = ... WHERE rule_id = ...; and INSERT a further rule.';
    END IF;
    NEW.withdrawn_at := clock_timestamp();
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.keep_retention() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.keep_retention() IS 'Trigger of pdauth.retention: rules are made and withdrawn, never changed (PD254, R-25-4), and statutory ones not withdrawn (PD25A, R-25-10).';
CREATE TRIGGER keep_retention BEFORE INSERT OR UPDATE ON pdauth.retention
  FOR EACH ROW EXECUTE FUNCTION pdauth.keep_retention();
ALTER TABLE pdauth.retention ENABLE ALWAYS TRIGGER keep_retention;
CREATE TRIGGER keep_evidence BEFORE DELETE OR TRUNCATE ON pdauth.retention
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.keep_evidence();
ALTER TABLE pdauth.retention ENABLE ALWAYS TRIGGER keep_evidence;

CREATE FUNCTION pdauth.kept_until(relation_name text, made_at timestamptz) RETURNS date
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT coalesce(pg_catalog.max(greatest(r.keep_until, ((kept_until.made_at AT TIME ZONE 'Asia/Shanghai')::date + r.keep_for)::date)), 'infinity')
    FROM pdauth.retention AS r
   WHERE r.withdrawn_at IS NULL AND r.relation_name IN ('*', coalesce(kept_until.relation_name, '*'));
END;
REVOKE ALL ON FUNCTION pdauth.kept_until(text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.kept_until(text, timestamptz) TO pdauth_auditor, pdauth_policy_admin;
COMMENT ON FUNCTION pdauth.kept_until(text, timestamptz) IS
  'Last day on which an entry about a relation (NULL: about none) made at a time must be kept, by the rules in force of pdauth.retention; infinity if there is no rule.';

CREATE TABLE pdauth.legal_hold (
  hold_id        bigint PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY,
  made           tstzrange NOT NULL CHECK (NOT pg_catalog.isempty(made)),
  basis          text NOT NULL CHECK (pg_catalog.btrim(basis) <> ''),
  held_at        timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  held_by        name NOT NULL DEFAULT session_user,
  released_at    timestamptz,
  release_reason text CHECK (pg_catalog.btrim(release_reason) <> ''),
  CHECK ((released_at IS NULL) = (release_reason IS NULL))
);
COMMENT ON TABLE pdauth.legal_hold IS
  'Entries of the audit log that are evidence: while a hold lasts, pdauth.prune() removes none made in its range, whatever their age (R-21-11). Ended by UPDATE pdauth.legal_hold SET release_reason = ...';
COMMENT ON COLUMN pdauth.legal_hold.hold_id IS 'Number of the hold.';
COMMENT ON COLUMN pdauth.legal_hold.made IS 'Time in which the entries were made.';
COMMENT ON COLUMN pdauth.legal_hold.basis IS 'Referral, order or case it rests on.';
COMMENT ON COLUMN pdauth.legal_hold.held_at IS 'When it began; set by the database.';
COMMENT ON COLUMN pdauth.legal_hold.held_by IS 'Who made it; set by the database.';
COMMENT ON COLUMN pdauth.legal_hold.released_at IS 'When it ended; set by the database.';
COMMENT ON COLUMN pdauth.legal_hold.release_reason IS 'Why it ended.';
COMMENT ON SEQUENCE pdauth.legal_hold_hold_id_seq IS 'Numbers of pdauth.legal_hold.';
SELECT pg_catalog.pg_extension_config_dump('pdauth.legal_hold', '');
SELECT pg_catalog.pg_extension_config_dump('pdauth.legal_hold_hold_id_seq', '');
GRANT SELECT ON pdauth.legal_hold TO pdauth_auditor, pdauth_policy_admin;
GRANT INSERT (made, basis), UPDATE (release_reason) ON pdauth.legal_hold TO pdauth_policy_admin;

CREATE FUNCTION pdauth.keep_legal_hold() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  -- a dump restored under break-glass brings its history
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  ELSIF TG_OP = 'INSERT' THEN
    NEW.held_at := clock_timestamp();
    NEW.held_by := session_user;
    NEW.released_at := NULL;
    NEW.release_reason := NULL;
  ELSIF OLD.released_at IS NOT NULL OR NEW.release_reason IS NULL OR (OLD.hold_id, OLD.made, OLD.basis, OLD.held_at, OLD.held_by) IS DISTINCT FROM (NEW.hold_id, NEW.made, NEW.basis, NEW.held_at, NEW.held_by) THEN
    RAISE EXCEPTION USING ERRCODE = 'PD254', MESSAGE = format('legal hold %s can only be released, once and with a reason', OLD.hold_id),
      DETAIL = 'Rule R-25-4: Article 25, evidence cannot be altered (第二十五条 操作记录不得篡改).',
      HINT = 'UPDATE pdauth.legal_hold SET release_reason = ... WHERE hold_id = ...';
  ELSE
    NEW.released_at := clock_timestamp();
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.keep_legal_hold() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.keep_legal_hold() IS 'Trigger of pdauth.legal_hold: holds are made and released, never changed (PD254, R-25-4).';
CREATE TRIGGER keep_legal_hold BEFORE INSERT OR UPDATE ON pdauth.legal_hold
  FOR EACH ROW EXECUTE FUNCTION pdauth.keep_legal_hold();
ALTER TABLE pdauth.legal_hold ENABLE ALWAYS TRIGGER keep_legal_hold;
CREATE TRIGGER keep_evidence BEFORE DELETE OR TRUNCATE ON pdauth.legal_hold
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.keep_evidence();
ALTER TABLE pdauth.legal_hold ENABLE ALWAYS TRIGGER keep_evidence;

CREATE TABLE pdauth.prune_approval (
  approval_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  before      timestamptz NOT NULL CHECK (pg_catalog.isfinite(before)),
  reason      text NOT NULL CHECK (pg_catalog.btrim(reason) <> ''),
  approved_by name NOT NULL DEFAULT session_user,
  person      text,
  approved_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  CHECK (before <= approved_at)
);
COMMENT ON TABLE pdauth.prune_approval IS
  'Who approved that pdauth.prune(before, reason) removes entries: two different persons, each by INSERT INTO pdauth.prune_approval (before, reason). Evidence (PD254).';
COMMENT ON COLUMN pdauth.prune_approval.approval_id IS 'Number of the approval.';
COMMENT ON COLUMN pdauth.prune_approval.before IS 'Entries made before this time; not in the future.';
COMMENT ON COLUMN pdauth.prune_approval.reason IS 'Decision it rests on; the same as of pdauth.prune().';
COMMENT ON COLUMN pdauth.prune_approval.approved_by IS 'Login role; set by the database.';
COMMENT ON COLUMN pdauth.prune_approval.person IS 'Person whom the acting role is bound to; set by the database. NULL where nobody is registered.';
COMMENT ON COLUMN pdauth.prune_approval.approved_at IS 'When; set by the database.';
COMMENT ON SEQUENCE pdauth.prune_approval_approval_id_seq IS 'Numbers of pdauth.prune_approval.';
SELECT pg_catalog.pg_extension_config_dump('pdauth.prune_approval', '');
SELECT pg_catalog.pg_extension_config_dump('pdauth.prune_approval_approval_id_seq', '');
GRANT SELECT ON pdauth.prune_approval TO pdauth_auditor, pdauth_policy_admin;
GRANT INSERT (before, reason) ON pdauth.prune_approval TO pdauth_policy_admin;

CREATE FUNCTION pdauth.keep_prune_approval() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  -- a dump restored under break-glass brings its history
  IF pdauth.break_glass_active() THEN
    RETURN NEW;
  END IF;
  NEW.approved_by := session_user;
  NEW.approved_at := clock_timestamp();
  NEW.person := NULL;
  IF EXISTS (SELECT FROM pdauth.person) THEN
    NEW.person := (pdauth.require_actor()).person;
  END IF;
  RETURN NEW;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.keep_prune_approval() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.keep_prune_approval() IS 'Trigger of pdauth.prune_approval: an approval is of who gives it, now. Raises PD004 (X-4) where persons are registered and the acting role is bound to none.';
CREATE TRIGGER keep_prune_approval BEFORE INSERT ON pdauth.prune_approval
  FOR EACH ROW EXECUTE FUNCTION pdauth.keep_prune_approval();
ALTER TABLE pdauth.prune_approval ENABLE ALWAYS TRIGGER keep_prune_approval;
CREATE TRIGGER keep_evidence BEFORE UPDATE OR DELETE OR TRUNCATE ON pdauth.prune_approval
  FOR EACH STATEMENT EXECUTE FUNCTION pdauth.keep_evidence();
ALTER TABLE pdauth.prune_approval ENABLE ALWAYS TRIGGER keep_evidence;

CREATE FUNCTION pdauth.prune_approvers(before timestamptz, reason text) RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  registered constant boolean := EXISTS (SELECT FROM pdauth.person);
BEGIN
  -- one person may have several logins
  RETURN ARRAY(SELECT DISTINCT coalesce(a.person, a.approved_by) FROM pdauth.prune_approval AS a
                WHERE (a.before, a.reason) = (prune_approvers.before, prune_approvers.reason) AND (a.person IS NOT NULL OR NOT registered) ORDER BY 1);
END
$function$;
REVOKE ALL ON FUNCTION pdauth.prune_approvers(timestamptz, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.prune_approvers(timestamptz, text) IS 'Persons who approved a pruning; login roles where no person is registered.';

CREATE FUNCTION pdauth.require_prunable(place tid, before timestamptz, reason text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  segment record;
  hold text;
  approvers constant text[] := pdauth.prune_approvers(before, reason);
  keeping constant text := 'Rule R-25-10: Article 25, processing logs are kept at least 5 years, and those of an agreement 5 years beyond its end (第二十五条 相关日志至少保存5年).';
BEGIN
  SELECT s.first_made_at, s.last_made_at,
         (SELECT max(pdauth.kept_until(names.name, s.last_made_at))
            FROM (SELECT DISTINCT u.name FROM unnest(coalesce(s.relation_name, '{NULL}'::text[])) AS u(name)) AS names) AS kept_until
    INTO segment FROM pdauth.audit_segment AS s WHERE s.ctid = place;
  SELECT h.basis INTO hold FROM pdauth.legal_hold AS h
   WHERE h.released_at IS NULL AND h.made && tstzrange(segment.first_made_at, segment.last_made_at + interval '1 second', '[]') ORDER BY h.hold_id LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'PD21B',
      MESSAGE = format('entries made from %s to %s are evidence: %s', segment.first_made_at, segment.last_made_at, hold),
      DETAIL = 'Rule R-21-11: Article 21, violations of law are referred (第二十一条 依法追究责任).',
      HINT = 'Prune what is not on hold; pdauth.legal_hold has the holds.';
  ELSIF coalesce(segment.kept_until, 'infinity') >= (clock_timestamp() AT TIME ZONE 'Asia/Shanghai')::date THEN
    RAISE EXCEPTION USING ERRCODE = 'PD25A',
      MESSAGE = format('entries made from %s to %s must be kept until %s', segment.first_made_at, segment.last_made_at, segment.kept_until),
      DETAIL = keeping, HINT = 'Prune what was made earlier; pdauth.retention has the rules.';
  ELSIF cardinality(approvers) < 2 OR segment.last_made_at >= date_trunc('second', before) THEN
    RAISE EXCEPTION USING ERRCODE = 'PD25A',
      MESSAGE = format('pruning the log needs the approval of two persons; approved by: %s', coalesce(nullif(array_to_string(approvers, ', '), ''), 'nobody')),
      DETAIL = keeping, HINT = 'Each approves with INSERT INTO pdauth.prune_approval (before, reason), the same as of pdauth.prune(before, reason).';
  END IF;
  RETURN format('%s (approved by %s)', reason, array_to_string(approvers, ', '));
END
$function$;
REVOKE ALL ON FUNCTION pdauth.require_prunable(tid, timestamptz, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.require_prunable(tid, timestamptz, text) IS
  'Raises what keeps a segment of the audit log: a legal hold (PD21B, R-21-11), a rule of pdauth.retention, or fewer than two approvals (PD25A, R-25-10). Returns what to record of its pruning. Part of pdauth.prune_segment().';

CREATE FUNCTION pdauth.prune_segment(place tid, before timestamptz, reason text) RETURNS bigint
LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'pdauth_prune_segment';
REVOKE ALL ON FUNCTION pdauth.prune_segment(tid, timestamptz, text) FROM PUBLIC;
COMMENT ON FUNCTION pdauth.prune_segment(tid, timestamptz, text) IS 'Empties one segment, if pdauth.require_prunable() lets it, and writes the entry that says so. Part of pdauth.prune().';

CREATE FUNCTION pdauth.prune(before timestamptz, reason text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
  segment record;
  pruned bigint := 0;
BEGIN
  -- an entry may repeat statements that began later in its second
  PERFORM pdauth.progress_begin('pruning the audit log', '', (SELECT count(*) FROM pdauth.audit_segment AS s WHERE s.last_made_at < date_trunc('second', before) AND s.pruned_xid IS NULL));
  FOR segment IN SELECT s.ctid AS place FROM pdauth.audit_segment AS s WHERE s.last_made_at < date_trunc('second', before) AND s.pruned_xid IS NULL ORDER BY s.epoch, s.xid, s.n LOOP
    pruned := pruned + pdauth.prune_segment(segment.place, before, reason);
    PERFORM pdauth.progress_advance(1);
  END LOOP;
  PERFORM pdauth.progress_end();
  PERFORM pdauth.audit_index();
  RETURN pruned;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.prune(timestamptz, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pdauth.prune(timestamptz, text) TO pdauth_policy_admin;
COMMENT ON FUNCTION pdauth.prune(timestamptz, text) IS
  'Removes the archived entries made before a time (before the second it is in), segment by segment, and returns their number; reason: the decision it rests on, in the log, with who approved it, as entries of operation P with the range removed. Two different persons must have approved the same time and reason in pdauth.prune_approval. Refused as a whole while they have not, while a rule of pdauth.retention keeps one of the entries (PD25A, R-25-10), or a legal hold does (PD21B, R-21-11). Blocks and leaf hashes stay, so the rest of the log remains provable. pdauth_policy_admin only.';
