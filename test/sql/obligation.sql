-- Obligations open, fall due by time alone, close, and move with the calendar.
SET datestyle = ISO;
SET timezone = 'UTC';
\set SHOW_CONTEXT never
SET pdauth.clock = '2026-10-09 10:00';
BEGIN;
SET LOCAL ROLE pdauth_policy_admin;
INSERT INTO pdauth.obligation (rule, debtor, creditor, matter, event_date, term) VALUES
  ('R-10-6', 'km_bureau', 'yn_bureau', 'plan K-1', '2026-09-10', '20 workdays'),
  ('R-26-5', 'op_a', 'yn_center', 'rectification', '2026-09-02', '30 days'),
  ('R-11-10', 'km_bureau', 'yn_bureau', 'agreement A-1; first, of two', '2026-12-01', '20个工作日');
SELECT rule, debtor, due, remind_on, provisional, calendar_version FROM pdauth.obligation;
SELECT rule, status FROM pdauth.obligation_status ORDER BY rule;
SELECT rule, debtor, due, days_late FROM pdauth.overdue;
SELECT rule, debtor, due FROM pdauth.due_soon;
-- The last instants of a day that ends at 24:00.
RESET ROLE;
SET LOCAL pdauth.clock = '2026-10-14 23:59:59';
SELECT count(*) FROM pdauth.overdue WHERE rule = 'R-10-6';
SET LOCAL pdauth.clock = '2026-10-15 00:00';
SELECT count(*) FROM pdauth.overdue WHERE rule = 'R-10-6';
-- Fulfilled in time though entered late; fulfilled late; waived.
SET LOCAL ROLE pdauth_policy_admin;
UPDATE pdauth.obligation SET fulfilled_at = '2026-10-14 23:59 +08', evidence = 'receipt 1' WHERE rule = 'R-10-6';
UPDATE pdauth.obligation SET fulfilled_at = '2026-10-09 00:00 +08' WHERE rule = 'R-26-5';
INSERT INTO pdauth.obligation (rule, debtor, matter, event_date, term) VALUES ('R-15-6', 'yn_bureau', 'list', '2026-01-01', '12 months');
UPDATE pdauth.obligation SET waive_reason = 'list abolished' WHERE rule = 'R-15-6';
SELECT rule, status FROM pdauth.obligation_status ORDER BY rule;
SELECT * FROM pdauth.obligation_summary ORDER BY debtor, rule;
-- A suspended clock.
INSERT INTO pdauth.obligation (rule, debtor, matter, event_date, term, suspended) VALUES ('R-17-3', 'yn_health', 'check', '2026-10-09', '10 workdays', '{[2026-10-12,)}');
SELECT due, status FROM pdauth.obligation_status WHERE rule = 'R-17-3';
UPDATE pdauth.obligation SET suspended = '{[2026-10-12,2026-10-17)}' WHERE rule = 'R-17-3';
SELECT due, status FROM pdauth.obligation_status WHERE rule = 'R-17-3';
SELECT old_due, new_due, old_suspended, new_suspended FROM pdauth.obligation_change;
-- A notice moves what was provisional, and leaves a trace.
SELECT pdauth.load_calendar_year('CN', 2027, 13, 'test',
  (SELECT jsonb_agg(jsonb_build_object('day', day::date, 'kind', 'off', 'holiday', 'National Day')) FROM generate_series(date '2027-10-01', '2027-10-18', '1 day') AS day WHERE extract(isodow FROM day) < 6) || '[{"day": "2026-12-29", "kind": "off", "holiday": "New Year"}, {"day": "2026-12-30", "kind": "off", "holiday": "New Year"}, {"day": "2027-01-02", "kind": "work", "holiday": "New Year"}]') AS loaded \gset
SELECT rule, due, provisional, calendar_version = :loaded AS new_version FROM pdauth.obligation WHERE rule IN ('R-11-10', 'R-10-6');
SELECT rule, debtor, matter, old_due, new_due, was_provisional FROM pdauth.deadlines_changed('CN', :loaded);
SELECT pdauth.withdraw_calendar_year('CN', 2027, 'loaded by mistake') AS withdrawn \gset
SELECT rule, due, provisional, calendar_version = :withdrawn AS new_version FROM pdauth.obligation WHERE rule = 'R-11-10';
SELECT rule, old_due, new_due, was_provisional FROM pdauth.deadlines_changed('CN', :withdrawn);
-- A county's own notice, older than the nation's; each move names what moved it.
INSERT INTO pdauth.calendar (calendar, parent, title) VALUES ('CN-532800', 'CN', 'prefecture'), ('CN-532822', 'CN-532800', 'county');
INSERT INTO pdauth.obligation (rule, debtor, matter, event_date, term, calendar) VALUES ('R-1', 'county', 'x', '2026-11-30', '5 workdays', 'CN-532822');
SELECT pdauth.load_calendar_year('CN-532800', 2026, 1, 'test', '[{"day": "2026-12-02", "kind": "off", "holiday": "festival"}]') AS prefecture \gset
SELECT pdauth.load_calendar_year('CN', 2026, 14, 'test', (SELECT jsonb_agg(to_jsonb(d) - 'version' - 'calendar') FROM pdauth.calendar_day_in_force AS d WHERE d.calendar = 'CN' AND d.version = 23)
         || '[{"day": "2026-12-03", "kind": "off", "holiday": "festival"}]') AS nation \gset
SELECT pdauth.load_calendar_year('CN-532822', 2026, 1, 'test', '[{"day": "2026-12-04", "kind": "off", "holiday": "festival"}]') AS county \gset
-- Corrected, to a day too late in the year to matter and back; taken back.
SELECT pdauth.load_calendar_year('CN-532800', 2026, 1, 'corrected', '[{"day": "2026-12-14", "kind": "off", "holiday": "festival"}]') AS prefecture_late \gset
SELECT pdauth.load_calendar_year('CN-532800', 2026, 1, 'corrected', '[{"day": "2026-12-07", "kind": "off", "holiday": "festival"}]') AS prefecture_again \gset
SELECT pdauth.load_calendar_year('CN-532822', 2026, 1, 'corrected', '[{"day": "2026-12-28", "kind": "off", "holiday": "festival"}]') AS county_late \gset
SELECT pdauth.load_calendar_year('CN', 2026, 13, 'as before', (SELECT jsonb_agg(to_jsonb(d) - 'version' - 'calendar' - 'year') FROM pdauth.calendar_day AS d WHERE d.calendar = 'CN' AND d.version = 23)) AS nation_again \gset
UPDATE pdauth.calendar SET parent = 'CN' WHERE calendar = 'CN-532822' RETURNING version AS parent \gset
CREATE TEMP TABLE cause (position integer GENERATED ALWAYS AS IDENTITY, name text, calendar text, version integer);
INSERT INTO cause (name, calendar, version) VALUES ('prefecture', 'CN-532800', :prefecture), ('nation', 'CN', :nation), ('county', 'CN-532822', :county),
  ('prefecture late', 'CN-532800', :prefecture_late), ('prefecture again', 'CN-532800', :prefecture_again), ('county late', 'CN-532822', :county_late),
  ('nation again', 'CN', :nation_again), ('parent', 'CN-532822', :parent);
SELECT cause.name, old_due, new_due FROM cause, pdauth.deadlines_changed(cause.calendar, cause.version) WHERE debtor = 'county' ORDER BY position;
SELECT old_due, new_due, old_calendar_version < new_calendar_version AS newer, ARRAY(SELECT name FROM cause WHERE calendar || ' ' || version = ANY (c.moved_by)) AS moved_by
  FROM pdauth.obligation_change AS c JOIN pdauth.obligation USING (obligation_id) WHERE debtor = 'county' ORDER BY change_id;
SELECT due, moved_by = ARRAY['CN-532822 ' || :parent] AS by_the_parent FROM pdauth.obligation WHERE debtor = 'county';
-- A calendar's first notice, of an earlier year, makes later dates a guess, but does not move them into the nation's holidays.
INSERT INTO pdauth.calendar (calendar, parent, title) VALUES ('CN-533100', 'CN', 'prefecture');
INSERT INTO pdauth.obligation (rule, debtor, matter, event_date, term, calendar) VALUES ('R-1', 'first notice', 'x', '2026-09-28', '5 workdays', 'CN-533100');
SELECT due, provisional, moved_by FROM pdauth.obligation WHERE debtor = 'first notice';
SELECT pdauth.load_calendar_year('CN-533100', 2025, 0, 'test', '[]') AS first \gset
SELECT due, provisional, moved_by = ARRAY['CN-533100 ' || :first] AS moved_by_it FROM pdauth.obligation WHERE debtor = 'first notice';
SELECT count(*) FROM pdauth.deadlines_changed('CN-533100', :first);
UPDATE pdauth.obligation SET waive_reason = 'end of the test' WHERE debtor = 'first notice';
-- The obligation itself cannot be told by what it was moved.
SAVEPOINT s;
UPDATE pdauth.obligation SET moved_by = '{CN 1}';
ROLLBACK TO s;
UPDATE pdauth.obligation SET waive_reason = 'end of the test' WHERE debtor = 'county';
-- For a calendar program.
SELECT regexp_replace(replace(pdauth.obligations_ics('km_bureau'), E'\r', '<CR>'), 'obligation-\d+', 'obligation-N');
SELECT replace(pdauth.obligations_ics('nobody'), E'\r', '<CR>');
SELECT pdauth.ics_line('SUMMARY', E'a\u0001b\u0007c\u001bd\u007fe\tf\u000bg') = E'SUMMARY:a b c d e\tf g\r\n' AS no_control_characters;
INSERT INTO pdauth.obligation (rule, debtor, matter, event_date, term) VALUES ('R-1', 'far', 'last', '9999-12-30', '0 days'), ('R-1', 'far', 'too far', '9999-12-31', '0 days'), ('R-1', 'far', 'too far', '12026-01-03', '1 day');
SELECT line FROM regexp_split_to_table(pdauth.obligations_ics('far'), '\r\n') AS line WHERE line ~ '^(DT(START|END)|SUMMARY)';
UPDATE pdauth.obligation SET waive_reason = 'end of the test' WHERE debtor = 'far';
SELECT line, octet_length(line) FROM regexp_split_to_table(pdauth.ics_line('SUMMARY', repeat('公共数据授权运营', 8) || E'\\a;b,c\nd'), '\r\n') AS line;
RESET ROLE;
ROLLBACK;

-- What is refused.
BEGIN;
INSERT INTO pdauth.obligation (rule, debtor, matter, event_date, term) VALUES ('R-10-6', 'km_bureau', 'plan', '2026-09-10', '20 workdays');
SAVEPOINT s;
DELETE FROM pdauth.obligation;
\echo :LAST_ERROR_SQLSTATE
ROLLBACK TO s;
UPDATE pdauth.obligation SET event_date = event_date + 1;
ROLLBACK TO s;
\set VERBOSITY terse
UPDATE pdauth.obligation SET fulfilled_at = '2026-10-09', waive_reason = 'both';
ROLLBACK TO s;
\set VERBOSITY default
UPDATE pdauth.obligation SET fulfilled_at = '2026-10-10';
ROLLBACK TO s;
UPDATE pdauth.obligation SET fulfilled_at = '2026-09-09 23:59:59.999999 +08';
ROLLBACK TO s;
UPDATE pdauth.obligation SET fulfilled_at = '2026-09-10 00:00 +08';
ROLLBACK TO s;
TRUNCATE pdauth.obligation CASCADE;
ROLLBACK TO s;
UPDATE pdauth.obligation SET due = '2030-01-01', closed_at = now();
SELECT due, closed_at FROM pdauth.obligation;
UPDATE pdauth.obligation SET waive_reason = 'no longer owed';
SAVEPOINT s;
UPDATE pdauth.obligation SET waive_reason = NULL;
ROLLBACK TO s;
UPDATE pdauth.obligation_change SET new_due = NULL;
ROLLBACK TO s;
SET LOCAL ROLE pdauth_policy_admin;
INSERT INTO pdauth.obligation (rule, debtor, matter, event_date, term, opened_at) VALUES ('R-10-6', 'km_bureau', 'plan', '2026-09-10', '20 workdays', '2020-01-01');
ROLLBACK TO s;
INSERT INTO pdauth.obligation (rule, debtor, matter, event_date, term, opened_at) VALUES ('R-10-6', 'km_bureau', 'plan', '2026-09-10', '20 workdays', '2020-01-01');
ROLLBACK TO s;
SET LOCAL ROLE pdauth_auditor;
SELECT count(*) FROM pdauth.obligation;
INSERT INTO pdauth.obligation (rule, debtor, matter, event_date, term) VALUES ('R-10-6', 'km_bureau', 'plan', '2026-09-10', '20 workdays');
ROLLBACK;

-- Beyond what an instant can be, and fulfilled at no instant.
BEGIN;
SAVEPOINT s;
INSERT INTO pdauth.obligation (rule, debtor, matter, event_date, term) VALUES ('R-1', 'far', 'far', '5874897-12-01', '1 day');
ROLLBACK TO s;
\set VERBOSITY terse
INSERT INTO pdauth.obligation (rule, debtor, matter, event_date, term, fulfilled_at) VALUES ('R-1', 'far', 'never', '2026-09-10', '1 day', '-infinity');
ROLLBACK;
