-- Counters: each event counts once, nobody but policy admins and auditors sees them.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE regress_statistics_reader NOLOGIN;
CREATE ROLE regress_statistics_policy NOLOGIN IN ROLE pdauth_policy_admin;
CREATE ROLE regress_statistics_auditor NOLOGIN IN ROLE pdauth_auditor;
CREATE SCHEMA meter;
GRANT USAGE ON SCHEMA meter TO PUBLIC;
CREATE TABLE meter.reading (id integer, note text);
CREATE TABLE meter.plain (id integer);
INSERT INTO meter.reading VALUES (1, 'canary-meter');
GRANT SELECT ON meter.reading, meter.plain TO regress_statistics_reader;
SELECT pdauth.protect('meter.reading', 'meter/reading', region => '530000');
SELECT pdauth.mask('meter.reading', 'note', 'VALUE NULL', level => 'core');
INSERT INTO pdauth.license (licensee, scope, basis) VALUES
  ('regress_statistics_reader', '{read on meter(*) for test in 530000 during [2026-01-01,) level general}', 'test');

SET ROLE regress_statistics_policy;
SELECT pdauth.statistics_reset();
SELECT counter, value FROM pdauth.statistics() WHERE value <> 0;
RESET ROLE;
SET ROLE regress_statistics_reader;
SELECT count(*) FROM meter.plain;
PREPARE readings AS SELECT id FROM meter.reading;
EXECUTE readings;
EXECUTE readings;
SELECT count(*) FROM meter.reading AS a, meter.reading AS b;
DELETE FROM meter.plain USING meter.reading;	-- licensed, so checked; core refuses it after that
SET pdauth.purpose = 'other';
EXECUTE readings;
RESET pdauth.purpose;
RESET ROLE;
\set VERBOSITY sqlstate
SELECT count(*) FROM meter.reading;
\set VERBOSITY default
SET pdauth.break_glass = 'regression test';
SELECT count(*) FROM meter.reading;
RESET pdauth.break_glass;
\set VERBOSITY sqlstate
SELECT pdauth.refuse('R-9-1');	-- a rule of the register alone, and one that the library refuses by, too
SELECT pdauth.refuse('R-20-5');
\set VERBOSITY default
SET ROLE regress_statistics_auditor;
SELECT counter, rule, sqlstate, value FROM pdauth.statistics() WHERE value <> 0 AND counter <> 'decisions';
SELECT value > 0 AS decided FROM pdauth.statistics() WHERE counter = 'decisions';
SELECT rule, sqlstate, refusals, since < clock_timestamp() AS since FROM pdauth.refusal;
-- an auditor looks and does not reset; others do neither
SELECT pdauth.statistics_reset();
SET ROLE regress_statistics_reader;
SELECT * FROM pdauth.statistics();
SELECT * FROM pdauth.refusal;
SELECT pdauth.statistics_reset();
RESET ROLE;
UPDATE pdauth.license SET revoke_reason = 'end of test' WHERE revoked_at IS NULL AND licensee::text LIKE 'regress_statistics%';
