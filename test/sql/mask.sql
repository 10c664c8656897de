-- Masks: shapes, short and odd input, length limits.
SELECT v, pdauth.mask_name(v) FROM (VALUES ('张三'), ('欧阳建国'), ('李'), (''), ('Anna'), (' '), (NULL)) AS t (v);
SELECT v, pdauth.mask_citizen_id(v) FROM (VALUES ('34052419800101001X'), ('340524800101001'), ('1234567'), ('12345678'), (''), (NULL)) AS t (v);
SELECT v, pdauth.mask_mobile(v) FROM (VALUES ('13812345678'), ('+8613812345678'), ('1234567'), ('138'), (''), (NULL)) AS t (v);
SELECT h, t, pdauth.mask_text('云南省大理州', h, t) FROM (VALUES (0, 0), (2, 1), (3, 3), (-5, 2), (2147483647, 2147483647), (6, 0), (5, 0)) AS x (h, t);
-- The number of characters does not change, so varchar(n) and char(n) fit.
SELECT bool_and(length(pdauth.mask_name(repeat('龘', n))) = n) AS same_length FROM generate_series(0, 300) AS n;
SELECT length(pdauth.mask_citizen_id('34052419800101001X'::char(18))::char(18));
