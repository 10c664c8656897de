-- Rows of the office, the same on every server: each value is a function of
-- the row's number.  Numbers are scattered by hashint8extended(number, seed),
-- whose result PostgreSQL cannot change between versions or machines because
-- hash-partitioned tables are stored by it (src/backend/access/hash/hashfunc.c).
SELECT set_config('office.rows', :'rows', false) AS rows \gset sample_
DO $$
BEGIN
	IF current_setting('office.rows')::bigint NOT BETWEEN 100 AND 5000000 THEN
		RAISE EXCEPTION 'rows must be between 100 and 5000000, not %', current_setting('office.rows')
			USING HINT = 'Call psql with -v rows=10000.';
	END IF;
END
$$;

SET ROLE office_owner;

-- The prefecture and its twelve counties, some neighbours, and where each
-- number plate begins.
INSERT INTO office.division (code, name, parent, plate_prefix) VALUES
	('530000', '云南省', NULL, NULL),
	('530100', '昆明市', '530000', '云A'), ('530102', '五华区', '530100', '云A'), ('530103', '盘龙区', '530100', '云A'),
	('530111', '官渡区', '530100', '云A'), ('530112', '西山区', '530100', '云A'),
	('530300', '曲靖市', '530000', '云D'), ('530302', '麒麟区', '530300', '云D'),
	('530700', '丽江市', '530000', '云P'), ('530702', '古城区', '530700', '云P'),
	('532300', '楚雄彝族自治州', '530000', '云E'), ('532301', '楚雄市', '532300', '云E'),
	('532900', '大理白族自治州', '530000', '云L'), ('532901', '大理市', '532900', '云L'),
	('532922', '漾濞彝族自治县', '532900', '云L'), ('532923', '祥云县', '532900', '云L'),
	('532924', '宾川县', '532900', '云L'), ('532925', '弥渡县', '532900', '云L'),
	('532926', '南涧彝族自治县', '532900', '云L'), ('532927', '巍山彝族回族自治县', '532900', '云L'),
	('532928', '永平县', '532900', '云L'), ('532929', '云龙县', '532900', '云L'),
	('532930', '洱源县', '532900', '云L'), ('532931', '剑川县', '532900', '云L'),
	('532932', '鹤庆县', '532900', '云L');

-- Where people live: a county as often as it is listed, three in four in the prefecture.
\set residences '{532901,532901,532901,532901,532922,532923,532923,532924,532924,532925,532926,532927,532928,532929,532930,532930,532931,532932,530102,530103,530111,530302,530702,532301}'
-- Surnames as frequent as listed (those of the Erhai basin first), then two-character ones.
\set surnames '杨杨杨李李李段段段赵赵董张张王王尹尹何苏施罗马刘陈周吴徐孙朱高林郭梁宋唐许韩冯邓曹彭曾肖田袁潘蒋蔡余杜叶程魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江阎薛侯雷龙史陶黎贺顾毛郝龚邵万钱严覃洪武戴莫孔汤字茶羊洱'
\set double_surnames '{欧阳,上官,司马,诸葛,司徒,夏侯,皇甫,尉迟,公孙,慕容}'
\set male_names '伟强军勇杰涛明超刚平辉鹏华飞斌波亮健建文德志永国海云峰山林泽宇浩轩晨铭源松柏'
\set female_names '芳敏静丽艳娟霞秀兰燕玲桂英梅莲红玉慧琼雪洁颖婷欣怡佳妍诗涵月彩凤菊茶花瑶琳珊'
\set mobile_prefixes '{130,131,132,133,134,135,136,137,138,139,147,150,151,152,153,155,156,157,158,159,166,173,175,176,177,178,180,181,182,183,184,185,186,187,188,189,191,192,193,195,196,197,198,199}'

-- Person n gets birth day and sequence number from n * 15485863 modulo
-- 24975000 = 25000 days * 999 numbers.  The factor has no divisor in common
-- with the modulus, so no two share a number below the 24975000th person.
-- Check character: GB 11643, sum of digit * 2^(18-i) modulo 11.
INSERT INTO office.person (person_id, citizen_id, full_name, sex, birth_date, mobile, division)
SELECT n,
	   number17 || substr('10X98765432', 1 + (
			7 * (get_byte(digits, 0) - 48) + 9 * (get_byte(digits, 1) - 48) + 10 * (get_byte(digits, 2) - 48)
			+ 5 * (get_byte(digits, 3) - 48) + 8 * (get_byte(digits, 4) - 48) + 4 * (get_byte(digits, 5) - 48)
			+ 2 * (get_byte(digits, 6) - 48) + (get_byte(digits, 7) - 48) + 6 * (get_byte(digits, 8) - 48)
			+ 3 * (get_byte(digits, 9) - 48) + 7 * (get_byte(digits, 10) - 48) + 9 * (get_byte(digits, 11) - 48)
			+ 10 * (get_byte(digits, 12) - 48) + 5 * (get_byte(digits, 13) - 48) + 8 * (get_byte(digits, 14) - 48)
			+ 4 * (get_byte(digits, 15) - 48) + 2 * (get_byte(digits, 16) - 48)) % 11, 1),
	   surname || substr(given, 1 + (hash >> 8 & 65535)::integer % length(given), 1)
			|| CASE WHEN hash >> 24 & 7 < 6 THEN substr(given, 1 + (hash >> 27 & 65535)::integer % length(given), 1) ELSE '' END,
	   sex, birth_date,
	   (:'mobile_prefixes'::text[])[1 + (hash >> 44 & 255) % cardinality(:'mobile_prefixes'::text[])]
			|| lpad(((hash & 1099511627775) % 100000000)::text, 8, '0'),
	   residence
  FROM (SELECT *, convert_to(number17, 'SQL_ASCII') AS digits
		  FROM (SELECT n, hash, birth_date, residence,
					   residence || to_char(birth_date, 'YYYYMMDD') || lpad(sequence_number::text, 3, '0') AS number17,
					   CASE WHEN sequence_number % 2 = 1 THEN '男' ELSE '女' END AS sex,
					   CASE WHEN sequence_number % 2 = 1 THEN :'male_names' ELSE :'female_names' END AS given,
					   CASE WHEN hash >> 52 & 63 = 0
							THEN (:'double_surnames'::text[])[1 + (hash >> 58 & 15) % 10]
							ELSE substr(:'surnames', 1 + (hash >> 50 & 4095)::integer % length(:'surnames'), 1) END AS surname
				  FROM (SELECT n,
							   hashint8extended(n, 1) & 9223372036854775807 AS hash,
							   date '1940-01-01' + (n * 15485863 % 24975000 % 25000)::integer AS birth_date,
							   n * 15485863 % 24975000 / 25000 + 1 AS sequence_number,
							   (:'residences'::text[])[1 + (hashint8extended(n, 2) & 1023) % cardinality(:'residences'::text[])] AS residence
						  FROM generate_series(1::bigint, :rows) AS n
						OFFSET 0) AS numbered
				OFFSET 0) AS described
		OFFSET 0) AS written;

-- Enterprise n: registration authority 9 (market regulation), class 1
-- (enterprise), its division, the organisation code of GB 11714 (eight
-- characters MA + four + two digits of n, and its check character), and the
-- check character of GB 32100 over the seventeen before it.
\set code_characters '0123456789ABCDEFGHJKLMNPQRTUWXY'
\set letters '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'
\set brands '苍山洱海金花三塔蝶泉鸡足石宝云岭风花雪月下关喜洲沙溪双廊南诏茶马银桥白族古城'
INSERT INTO office.enterprise (uscc, name, representative_id, division, industry, founded_on, capital)
SELECT code17 || substr(:'code_characters', 1 + ((31 - (
			SELECT sum((strpos(:'code_characters', substr(code17, i, 1)) - 1) * weight)
			  FROM unnest('{1,3,9,27,19,26,16,17,20,29,25,13,8,24,10,30,28}'::integer[]) WITH ORDINALITY AS w (weight, position),
				   LATERAL (SELECT position::integer AS i) AS at) % 31) % 31)::integer, 1),
	   town || brand || (CASE WHEN industry LIKE '%业' THEN industry ELSE industry || '业' END) || '有限公司',
	   representative_id, division, industry, founded_on, capital
  FROM (SELECT *, '91' || division || organisation8 || CASE 11 - checksum % 11 WHEN 10 THEN 'X' WHEN 11 THEN '0' ELSE (11 - checksum % 11)::text END AS code17
		  FROM (SELECT *, (SELECT sum((strpos(:'letters', substr(organisation8, position::integer, 1)) - 1) * weight)
							 FROM unnest('{3,7,9,10,5,8,4,2}'::integer[]) WITH ORDINALITY AS w (weight, position)) AS checksum
				  FROM (SELECT e.n,
							   'MA' || (SELECT string_agg(substr(:'code_characters', (1 + e.n * 10007 / power % 31)::integer, 1), '' ORDER BY power DESC)
										  FROM unnest('{1,31,961,29791,923521,28629151}'::bigint[]) AS power) AS organisation8,
							   p.person_id AS representative_id, p.division,
							   left(d.name, 2) AS town,
							   substr(:'brands', 1 + 2 * ((e.hash >> 4 & 4095) % (length(:'brands') / 2))::integer, 2) AS brand,
							   ('{茶业,旅游,乳业,建筑,物流,运输,农业,扎染,餐饮,石材}'::text[])[1 + (e.hash >> 16 & 1023) % 10] AS industry,
							   date '1998-01-01' + ((e.hash >> 26 & 1048575) % 10200)::integer AS founded_on,
							   10000.00 * (1 + (e.hash >> 46 & 65535) % 5000) AS capital
						  FROM (SELECT n, hashint8extended(n, 3) & 9223372036854775807 AS hash
								  FROM generate_series(1::bigint, :rows / 10) AS n) AS e
						  JOIN office.person AS p ON p.person_id = 1 + e.hash % :rows
						  JOIN office.division AS d ON d.code = p.division
						OFFSET 0) AS drawn
				OFFSET 0) AS summed
		OFFSET 0) AS coded
 ORDER BY n;

-- Vehicle n: a plate has two letters and three digits in one of ten orders,
-- 5760000 in all; n * 2750159 runs through them without repeating (the factor
-- is prime and does not divide 5760000).  I and O are not used on plates.
\set plate_letters 'ABCDEFGHJKLMNPQRSTUVWXYZ'
\set plate_orders '{%1$s%2$s%3$s%4$s%5$s,%1$s%3$s%2$s%4$s%5$s,%1$s%3$s%4$s%2$s%5$s,%1$s%3$s%4$s%5$s%2$s,%3$s%1$s%2$s%4$s%5$s,%3$s%1$s%4$s%2$s%5$s,%3$s%1$s%4$s%5$s%2$s,%3$s%4$s%1$s%2$s%5$s,%3$s%4$s%1$s%5$s%2$s,%3$s%4$s%5$s%1$s%2$s}'
INSERT INTO office.vehicle (vehicle_id, registered_on, plate_no, owner_id, division, model, energy, mileage, insured_until)
SELECT v.n, v.registered_on,
	   d.plate_prefix || format((:'plate_orders'::text[])[1 + place % 10],
			substr(:'plate_letters', 1 + (place / 10 % 24)::integer, 1), substr(:'plate_letters', 1 + (place / 240 % 24)::integer, 1),
			place / 5760 % 10, place / 57600 % 10, place / 576000 % 10),
	   p.person_id, p.division,
	   ('{微型货车,轻型货车,小型轿车,小型轿车,小型轿车,小型越野客车,小型普通客车,二轮摩托车}'::text[])[1 + (v.hash >> 4 & 7)],
	   ('{汽油,汽油,汽油,汽油,柴油,混合动力,纯电动,纯电动}'::text[])[1 + (v.hash >> 7 & 7)],
	   ((date '2026-11-01' - v.registered_on) * (5 + (v.hash >> 10 & 63)))::integer,
	   CASE WHEN v.hash >> 16 & 15 > 0 THEN date '2026-11-01' + ((v.hash >> 20 & 1023) % 365)::integer END
  FROM (SELECT n, n * 2750159 % 5760000 AS place, hash,
			   date '2017-01-01' + ((hash >> 30 & 1048575) % 3560)::integer AS registered_on
		  FROM (SELECT n, hashint8extended(n, 4) & 9223372036854775807 AS hash
				  FROM generate_series(1::bigint, :rows) AS n) AS hashed) AS v
  JOIN office.person AS p ON p.person_id = 1 + v.hash % :rows
  JOIN office.division AS d ON d.code = p.division
 ORDER BY v.n;

INSERT INTO office.clinic (clinic_id, name, division)
SELECT row_number() OVER (ORDER BY code), name || '中心卫生院', code
  FROM office.division WHERE code !~ '00$';

-- Minutes, not days: a day is as long as the session's time zone says.
INSERT INTO office.clinic_visit (visit_id, patient_id, clinic_id, division, visited_at, diagnosis_code, diagnosis, fee)
SELECT v.n, p.person_id, c.clinic_id, c.division,
	   timestamptz '2024-01-01 08:00 Asia/Shanghai' + make_interval(mins => ((v.hash >> 8 & 1048575) % 1000 * 1440 + (v.hash >> 28 & 1023) % 600)::integer),
	   i.code, i.name, 5 + (v.hash >> 40 & 65535) % 50000 / 100.0
  FROM (SELECT n, hashint8extended(n, 5) & 9223372036854775807 AS hash
		  FROM generate_series(1::bigint, :rows) AS n) AS v
  JOIN office.person AS p ON p.person_id = 1 + v.hash % :rows
  JOIN office.clinic AS c ON c.division = p.division
  JOIN (VALUES (0, 'J06.9', '急性上呼吸道感染'), (1, 'J20.9', '急性支气管炎'), (2, 'I10', '原发性高血压'),
			   (3, 'E11.9', '2型糖尿病'), (4, 'K29.7', '胃炎'), (5, 'M54.5', '下背痛'), (6, 'J45.9', '哮喘'),
			   (7, 'F32.9', '抑郁发作'), (8, 'B18.1', '慢性乙型病毒性肝炎'), (9, 'T14.0', '浅表损伤')) AS i (number, code, name)
	ON i.number = (v.hash >> 48 & 1023) % 10
 ORDER BY v.n;

SELECT setval(pg_get_serial_sequence('office.person', 'person_id'), :rows) AS value \gset sample_
SELECT setval(pg_get_serial_sequence('office.vehicle', 'vehicle_id'), :rows) AS value \gset sample_
SELECT setval(pg_get_serial_sequence('office.clinic_visit', 'visit_id'), :rows) AS value \gset sample_

RESET ROLE;
