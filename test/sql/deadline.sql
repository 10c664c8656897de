-- The type term, and deadlines beyond the worked examples.
SET datestyle = ISO;
SET timezone = 'UTC';
\set SHOW_CONTEXT never
SELECT input, input::pdauth.term FROM unnest('{20 workdays,1 workday,20个工作日,20工作日,5 工作日,30日,30天,15个自然日,1个月,3 months,5年,1 Year,0 days,"  7   days "}'::text[]) AS input;
SELECT input, input::pdauth.term FROM unnest('{二十个工作日,十五日,十个工作日,三年,两个月,一百八十日,一百零五日,一千零一天,二百二十天,零日}'::text[]) AS input;
-- not numbers, not even in a law
SELECT '二三日'::pdauth.term;
SELECT '百日'::pdauth.term;
SELECT '十百日'::pdauth.term;
SELECT '十十日'::pdauth.term;
SELECT '五'::pdauth.term;
SELECT ''::pdauth.term;
SELECT '-5 days'::pdauth.term;
SELECT '5'::pdauth.term;
SELECT 'days'::pdauth.term;
SELECT '5 weeks'::pdauth.term;
SELECT '2147483648 days'::pdauth.term;
SELECT '5 days of grace'::pdauth.term;
-- the counter word 个 goes with working days, natural days and months only
SELECT '1个年'::pdauth.term;
SELECT '1个日'::pdauth.term;
SELECT '1个day'::pdauth.term;
SELECT pdauth.make_term(2, '个月'), pdauth.make_term(2, '个工作日');
SELECT pdauth.make_term(1, '个年');
SELECT pdauth.make_term(20, '工作日'), pdauth.make_term(2, 'years');
SELECT pdauth.make_term(-1, 'day');
SELECT pdauth.make_term(1, 'fortnight');
SET search_path = pdauth, pg_catalog;
SELECT term '5 workdays' * 3, 2 * term '1 year';
SELECT term '5 workdays' * -1;
SELECT term '2 years' * 2147483647;
SELECT array_agg(t ORDER BY t) FROM unnest('{5 years,30 days,1 month,20 workdays,1 year,12 months,365 days,0 days}'::term[]) AS t;
SELECT count(DISTINCT t) FROM unnest('{1 year,1年,12 months,12 个月}'::term[]) AS t;
SELECT term '1 year' = term '1年', term '12 months' < term '1 year', term '1 month' >= term '30 days', term '1 day' <> term '1 workday';
SELECT term '20 workdays'::jsonb, '{"amount": 3, "unit": "月"}'::jsonb::term;
SELECT '{"amount": "3"}'::jsonb::term;
SELECT '[]'::jsonb::term;
SELECT '{"amount": 1.5, "unit": "day"}'::jsonb::term;
SELECT '{"amount": 1.0, "unit": "日"}'::jsonb::term, '{"amount": 2e1, "unit": "workday"}'::jsonb::term;
SELECT '{"amount": 1e30, "unit": "day"}'::jsonb::term;
SELECT DATE '2026-01-31' + term '1 month' AS clamped, DATE '2026-09-10' + term '20 workdays' AS workdays, DATE '2026-10-01' + term '5年' AS years;
-- Kept in tables, also through binary COPY.
CREATE TEMP TABLE duty (id integer PRIMARY KEY, length term UNIQUE);
INSERT INTO duty SELECT ordinality, t FROM unnest('{20 workdays,30 days,1 month,5 years}'::term[]) WITH ORDINALITY AS t(t, ordinality);
SELECT term_send(length) FROM duty ORDER BY id;
RESET search_path;

-- A term, or amount and unit, and the calendar last: one answer.
SELECT pdauth.deadline('2026-09-02', '30日'), pdauth.deadline('2026-09-02', 30, 'day'), pdauth.deadline('2026-09-02', 30, '天', 'CN'),
       pdauth.deadline('2026-09-02', pdauth.make_term(30, 'day'), 'CN');
SELECT pdauth.deadline_before('2026-12-28', '30 days'), pdauth.term_end('2024-02-29', '5 years'), pdauth.term_end('2026-09-10', 20, 'workday');
SELECT pdauth.deadline_before('2026-03-31', 1, 'month'), pdauth.deadline_before('2024-02-29', 1, 'year'), pdauth.term_end('0001-03-31 BC', 1, 'month');
SELECT pdauth.deadline('2026-09-02', -30, 'day');
SELECT pdauth.deadline('infinity', '30 days');
SELECT pdauth.term_end('infinity', '30 days');
SELECT pdauth.term_end('2026-09-02', 2147483647, 'day');
SELECT pdauth.term_end('2026-09-02', 2147483647, 'year');
SELECT pdauth.deadline_before('2026-09-02', 2147483647, 'month');
SELECT pdauth.term_end('5874897-12-31', 1, 'month');
SELECT pdauth.deadline(NULL, '30 days'), pdauth.deadline('2026-09-02', NULL::pdauth.term), pdauth.term_end('2026-09-02', 1, NULL);
SELECT pdauth.deadline('2026-11-28', '30 days') AS last_announced_day;
SELECT pdauth.deadline('2026-11-29', '30 days');

-- A minimum period is never guessed.
SET pdauth.calendar_horizon = 'provisional';
SELECT pdauth.deadline('2026-12-21', 10, 'workday') AS guessed;
SELECT pdauth.publicity_end('2026-12-21', 10);
\echo :LAST_ERROR_SQLSTATE
SELECT pdauth.publicity_next('2026-12-21', 5);
\echo :LAST_ERROR_SQLSTATE
RESET pdauth.calendar_horizon;
SELECT pdauth.publicity_end('2026-12-21', 5), pdauth.publicity_next('2026-12-21', 4);
SELECT pdauth.publicity_end('2026-12-21', 0);

-- The clock stops while time is suspended.
SELECT pdauth.deadline_suspended('2026-09-10', '20 workdays', '{}') AS none,
       pdauth.deadline_suspended('2026-09-10', '20 workdays', '{[2026-09-14,2026-09-19)}') AS five_workdays,
       pdauth.deadline_suspended('2026-09-10', '20 workdays', '{[2026-10-01,2026-10-08)}') AS holidays_only,
       pdauth.deadline_suspended('2026-09-10', '20 workdays', '{[2026-01-01,2026-09-11)}') AS before,
       pdauth.deadline_suspended('2026-09-10', '20 workdays', '{[2026-10-15,2026-11-01)}') AS after,
       pdauth.deadline_suspended('2026-09-10', '20 workdays', '{[2026-10-14,2026-10-16)}') AS last_day;
SELECT pdauth.deadline_suspended('2026-09-10', '20 workdays', '{[2026-09-14,2026-09-15),[2026-09-16,2026-09-17)}') AS two_days,
       pdauth.deadline_suspended('2026-09-10', '20 workdays', '{[2026-09-14,)}') AS open, pdauth.deadline_suspended('2026-09-10', '20 workdays', '{[2026-12-01,)}') AS too_late,
       pdauth.deadline_suspended('2026-09-10', '20 workdays', '{[2026-09-14,infinity]}') AS open_too,
       pdauth.deadline_suspended('2026-11-02', '30 days', '{[2026-11-10,2026-11-12)}') AS days,
       pdauth.deadline_suspended('2026-06-01', '3 months', '{[2026-06-10,2026-06-20)}') AS months;
SELECT pdauth.deadline_suspended('2026-11-02', '30 days', '{[2026-12-01,2026-12-05)}', 'CN') AS last_day_suspended,
       pdauth.deadline_suspended('2026-10-06', '32 days', '{[2026-11-08,2026-11-12)}') AS rest_day_then_suspended;

-- Suspended for good before the end: no deadline, whether or not the days after are announced.
SELECT pdauth.deadline_suspended('2026-12-15', '20 workdays', '{[2026-12-21,)}') AS open, pdauth.deadline_suspended('2026-12-15', '3 workdays', '{[2026-12-21,)}') AS just_in_time,
       pdauth.deadline_suspended('2026-12-15', '4 workdays', '{[2026-12-21,)}') AS just_not, pdauth.deadline_suspended('2027-03-01', '5 workdays', '{[2027-01-01,)}') AS from_the_start,
       pdauth.deadline_suspended('2026-12-15', '0 workdays', '{[2026-01-01,)}') AS nothing_to_count;
-- Where that cannot be known, it is not guessed.
SELECT pdauth.deadline_suspended('2026-12-15', '20 workdays', '{[2027-01-11,)}');
SELECT pdauth.deadline_suspended('2026-12-15', '20 workdays', '{[2026-12-21,2026-12-22)}');

-- Working days of ranges.
SELECT pdauth.workdays('[2026-10-01,2026-10-11)'::daterange), pdauth.workdays('empty'::daterange), pdauth.workdays('{[2026-09-30,2026-10-01),[2026-10-08,2026-10-13)}'::datemultirange, 'CN'),
       pdauth.workdays('{}'::datemultirange), pdauth.workdays(NULL::daterange);
SELECT pdauth.workdays('[2026-10-01,)'::daterange);
SELECT pdauth.workdays('[-infinity,2026-10-01)'::daterange);
SELECT pdauth.workdays('[2026-10-01,infinity]'::daterange);
SELECT pdauth.workdays('[2026-12-01,2026-12-30)'::daterange);

-- Instants are of Asia/Shanghai, whatever the session's zone.
SELECT pdauth.instant_at('2026-10-08', '24:00'), pdauth.instant_at('2026-10-08', '17:30'), pdauth.instant_at('infinity', '00:00');
SELECT pdauth.instant_at('5874897-12-31', '00:00');
SELECT pdauth.on_time('2026-09-30', '5 workdays', timestamptz '2026-10-13 16:00Z', '24:00') AS at_midnight,
       pdauth.on_time('2026-09-30', '5 workdays', timestamptz '2026-10-13 15:59:59.999999Z', '24:00') AS just_before,
       pdauth.on_time('2026-09-30', 5, 'workday', timestamptz '2026-10-13 09:30Z', '17:30') AS at_close,
       pdauth.on_time('2026-09-30', 5, 'workday', timestamptz '2026-10-13 09:30:00.000001Z', '17:30') AS just_after;
SELECT pdauth.receipt_day(timestamptz '2026-09-30 15:59Z', 'calendar'), pdauth.receipt_day(timestamptz '2026-09-30 16:00Z', 'calendar'),
       pdauth.receipt_day(timestamp '2026-09-30 17:30', 'business'), pdauth.receipt_day(timestamp '2026-09-30 17:30:01', 'business'),
       pdauth.receipt_day(timestamp '2026-09-30 17:00', 'business', '16:30');
SELECT pdauth.receipt_day(timestamptz '2026-09-30 15:59Z', 'someday');
SELECT pdauth.receipt_day(timestamptz 'infinity', 'calendar');
