-- Article 3: the territory.
BEGIN;
\ir include/fixture.sql
\ir include/authorisation.sql
SELECT no_plan();

-- R-3-1
SELECT t.refused('km_center_1', $$INSERT INTO pdauth.plan (number, division, agency_party) VALUES ('K-9', '510100', t.id('km_center'))$$, 'R-3-1: a plan of Chengdu', '510100');
SELECT t.refused('km_center_1', $$INSERT INTO pdauth.plan (number, agency_party) VALUES ('K-9', t.id('km_center'))$$, 'R-3-1: a plan of nowhere', 'none');
SELECT throws_ok($$INSERT INTO pdauth.party (party, name, kind, division) VALUES ('cd', 'cd', 'government', '510100')$$, 'PD031', NULL, 'R-3-1: an organisation of another territory');
SELECT throws_ok($$INSERT INTO pdauth.party (party, name, kind, division) SELECT 'x' || n, 'x', 'government', CASE n WHEN 3 THEN '110000' ELSE '530100' END::pdauth.division_code FROM generate_series(1, 3) AS n$$, 'PD031', NULL, 'R-3-1: ... among others in one statement');
SELECT t.works('km_center_1', $$INSERT INTO pdauth.plan (number, division, agency_party) VALUES ('K-9', '530100', t.id('km_center'))$$, 'R-3-1: a plan of Kunming');
SELECT throws_ok($$SELECT t.catalogued('finance/budget', 'yn_transport', division => '510100')$$, 'PD031', NULL, 'R-3-1: a resource of Chengdu');
SELECT lives_ok($$SELECT t.catalogued('finance/budget', 'yn_transport', division => '532901')$$, 'R-3-1: one of a county of Dali');
SELECT * FROM finish();
ROLLBACK;
