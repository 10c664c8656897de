-- Checks the sample without using what made it: each line names what was
-- looked at, how many values, and how many break the rule (0).
WITH citizen AS (
	-- GB 11643: over all eighteen characters, X being 10, the sum of
	-- character * 2^(18-i) leaves 1 modulo 11.
	SELECT p.person_id,
		   sum(CASE letter WHEN 'X' THEN 10 ELSE letter::integer END * (2 ^ (18 - i))::bigint) % 11 = 1 AS check_holds
	  FROM office.person AS p, regexp_split_to_table(p.citizen_id, '') WITH ORDINALITY AS c (letter, i)
	 GROUP BY p.person_id),
code AS (
	-- GB 32100: the sum of value * 3^(i-1) over seventeen characters and the
	-- check character's own value make a multiple of 31.
	SELECT e.uscc,
		   sum((array_position('{0,1,2,3,4,5,6,7,8,9,A,B,C,D,E,F,G,H,J,K,L,M,N,P,Q,R,T,U,W,X,Y}'::text[], letter) - 1) * CASE WHEN i < 18 THEN 3::numeric ^ (i - 1)::integer ELSE 1 END) % 31 = 0 AS check_holds
	  FROM office.enterprise AS e, regexp_split_to_table(e.uscc, '') WITH ORDINALITY AS c (letter, i)
	 GROUP BY e.uscc),
organisation AS (
	-- GB 11714: characters 9 to 17 with the weights 3 7 9 10 5 8 4 2 1, the
	-- check character X being 10, sum to a multiple of 11.
	SELECT e.uscc,
		   sum(CASE WHEN i = 9 AND letter = 'X' THEN 10 WHEN letter ~ '[0-9]' THEN letter::integer ELSE ascii(letter) - 55 END
			   * (ARRAY[3, 7, 9, 10, 5, 8, 4, 2, 1])[i]) % 11 = 0 AS check_holds
	  FROM office.enterprise AS e, regexp_split_to_table(substr(e.uscc, 9, 9), '') WITH ORDINALITY AS c (letter, i)
	 GROUP BY e.uscc)
SELECT * FROM (
	SELECT 1 AS number, 'citizen id: check character' AS rule, count(*) AS looked_at, count(*) FILTER (WHERE check_holds IS NOT TRUE) AS violations FROM citizen
	UNION ALL
	SELECT 2, 'citizen id: birth date and sex agree with the record', count(*),
		   count(*) FILTER (WHERE substr(citizen_id, 7, 8)::integer <> extract(year FROM birth_date) * 10000 + extract(month FROM birth_date) * 100 + extract(day FROM birth_date)
							OR substr(citizen_id, 17, 1) IN ('1', '3', '5', '7', '9') <> (sex = '男'))
	  FROM office.person
	UNION ALL
	SELECT 3, 'citizen id: begins with a known county or district', count(*), count(*) FILTER (WHERE d.code IS NULL OR d.code LIKE '%00')
	  FROM office.person AS p LEFT JOIN office.division AS d ON d.code = left(p.citizen_id, 6)
	UNION ALL
	SELECT 4, 'citizen id: unique', count(*), count(*) - count(DISTINCT citizen_id) FROM office.person
	UNION ALL
	SELECT 5, 'credit code: check character', count(*), count(*) FILTER (WHERE check_holds IS NOT TRUE) FROM code
	UNION ALL
	SELECT 6, 'credit code: organisation code inside it', count(*), count(*) FILTER (WHERE check_holds IS NOT TRUE) FROM organisation
	UNION ALL
	SELECT 7, 'credit code: its division is the record''s', count(*), count(*) FILTER (WHERE substr(uscc, 3, 6) <> division) FROM office.enterprise
	UNION ALL
	SELECT 8, 'mobile number: eleven digits', count(*), count(*) FILTER (WHERE mobile IS NULL OR length(mobile) <> 11 OR mobile !~ '^1[3-9]\d+$') FROM office.person
	UNION ALL
	SELECT 9, 'name: two to four Chinese characters', count(*), count(*) FILTER (WHERE full_name !~ '^[\u4e00-\u9fff]{2,4}$') FROM office.person
	UNION ALL
	SELECT 10, 'plate: prefix of its prefecture, five characters without I and O', count(*),
		   count(*) FILTER (WHERE left(v.plate_no, 2) IS DISTINCT FROM d.plate_prefix OR length(v.plate_no) <> 7 OR substr(v.plate_no, 3) ~ '[IO]')
	  FROM office.vehicle AS v LEFT JOIN office.division AS d ON d.code = v.division
	UNION ALL
	SELECT 11, 'plate: unique over all years', count(*), count(*) - count(DISTINCT plate_no) FROM office.vehicle
	UNION ALL
	SELECT 12, 'vehicle: none in the partition for other years', count(*), count(*) FILTER (WHERE tableoid = 'office.vehicle_other'::regclass) FROM office.vehicle
	UNION ALL
	SELECT 13, 'division: parent is the code with its last pair cleared', count(*),
		   count(*) FILTER (WHERE parent IS DISTINCT FROM CASE WHEN code LIKE '__0000' THEN NULL WHEN code LIKE '____00' THEN left(code, 2) || '0000' ELSE left(code, 4) || '00' END)
	  FROM office.division
	UNION ALL
	SELECT 14, 'clinic visit: at a clinic of the patient''s division', count(*), count(*) FILTER (WHERE p.division <> v.division OR c.division <> v.division)
	  FROM office.clinic_visit AS v JOIN office.person AS p ON p.person_id = v.patient_id JOIN office.clinic AS c USING (clinic_id)
) AS checked ORDER BY number;
