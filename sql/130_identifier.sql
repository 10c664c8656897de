-- Identifiers: unified social credit code, citizen number, division code.

CREATE FUNCTION pdauth.is_uscc(code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_is_uscc';
COMMENT ON FUNCTION pdauth.is_uscc(text) IS
  'Is it a unified social credit code (GB 32100: 18 characters, check by modulus 31)? Upper case. Never raises. Null if the argument is null.';
CREATE FUNCTION pdauth.is_uscc_before_2016(code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_is_uscc_before_2016';
COMMENT ON FUNCTION pdauth.is_uscc_before_2016(text) IS
  'Does the organisation code within (characters 9 to 17) pass its own check digit (GB 11714)? Some codes issued before 2016 are in use although they fail is_uscc; accept them only by a recorded decision: CHECK (pdauth.is_uscc(code) OR pdauth.is_uscc_before_2016(code) AND exception_reason IS NOT NULL). Never raises. Null if the argument is null.';
CREATE FUNCTION pdauth.is_citizen_id(number text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_is_citizen_id';
COMMENT ON FUNCTION pdauth.is_citizen_id(text) IS
  'Is it a citizen identification number (GB 11643: 17 digits with a date of birth, check character 0-9 or X)? The division code is not looked up: codes are withdrawn, numbers stay. Never raises. Null if the argument is null.';

CREATE DOMAIN pdauth.uscc AS text CONSTRAINT uscc_check CHECK (pdauth.is_uscc(VALUE));
COMMENT ON DOMAIN pdauth.uscc IS 'Unified social credit code (GB 32100). An invalid one: 23514, without the value in the message.';
CREATE DOMAIN pdauth.citizen_id AS text CONSTRAINT citizen_id_check CHECK (pdauth.is_citizen_id(VALUE));
COMMENT ON DOMAIN pdauth.citizen_id IS 'Citizen identification number (GB 11643). An invalid one: 23514, without the value in the message.';

CREATE TYPE pdauth.division_code;
CREATE FUNCTION pdauth.division_code_in(cstring) RETURNS pdauth.division_code
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_division_code_in';
COMMENT ON FUNCTION pdauth.division_code_in(cstring) IS 'Text input of division_code: CN or 6, 9 or 12 digits; trailing zero groups mean the division above. Malformed: 22P02.';
CREATE FUNCTION pdauth.division_code_out(pdauth.division_code) RETURNS cstring
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_division_code_out';
COMMENT ON FUNCTION pdauth.division_code_out(pdauth.division_code) IS 'Text output of division_code: the shortest code of the division.';
CREATE FUNCTION pdauth.division_code_recv(internal) RETURNS pdauth.division_code
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_division_code_recv';
COMMENT ON FUNCTION pdauth.division_code_recv(internal) IS 'Binary input of division_code: its text. Malformed: 22P03.';
CREATE FUNCTION pdauth.division_code_send(pdauth.division_code) RETURNS bytea
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_division_code_send';
COMMENT ON FUNCTION pdauth.division_code_send(pdauth.division_code) IS 'Binary output of division_code: its text.';
CREATE TYPE pdauth.division_code (
  INPUT = pdauth.division_code_in, OUTPUT = pdauth.division_code_out,
  RECEIVE = pdauth.division_code_recv, SEND = pdauth.division_code_send,
  LIKE = int8
);
COMMENT ON TYPE pdauth.division_code IS
  'An administrative division: CN (the mainland) or a code of 6 digits (GB/T 2260), 9 (township) or 12 (village). Equal and sorted by what is meant: 530102000000 is 530102. a @> b: b is a or lies within it.';

CREATE FUNCTION pdauth.division_code_equal(pdauth.division_code, pdauth.division_code) RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'int8eq';
COMMENT ON FUNCTION pdauth.division_code_equal(pdauth.division_code, pdauth.division_code) IS 'Are both the same division?';
CREATE FUNCTION pdauth.division_code_not_equal(pdauth.division_code, pdauth.division_code) RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'int8ne';
COMMENT ON FUNCTION pdauth.division_code_not_equal(pdauth.division_code, pdauth.division_code) IS 'Are they different divisions?';
CREATE FUNCTION pdauth.division_code_less(pdauth.division_code, pdauth.division_code) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_division_code_less';
COMMENT ON FUNCTION pdauth.division_code_less(pdauth.division_code, pdauth.division_code) IS 'Does it sort before? A division sorts before those within it.';
CREATE FUNCTION pdauth.division_code_less_or_equal(pdauth.division_code, pdauth.division_code) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_division_code_less_or_equal';
COMMENT ON FUNCTION pdauth.division_code_less_or_equal(pdauth.division_code, pdauth.division_code) IS 'Does it sort before, or is it the same?';
CREATE FUNCTION pdauth.division_code_greater(pdauth.division_code, pdauth.division_code) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_division_code_greater';
COMMENT ON FUNCTION pdauth.division_code_greater(pdauth.division_code, pdauth.division_code) IS 'Does it sort after?';
CREATE FUNCTION pdauth.division_code_greater_or_equal(pdauth.division_code, pdauth.division_code) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_division_code_greater_or_equal';
COMMENT ON FUNCTION pdauth.division_code_greater_or_equal(pdauth.division_code, pdauth.division_code) IS 'Does it sort after, or is it the same?';
CREATE FUNCTION pdauth.division_code_compare(pdauth.division_code, pdauth.division_code) RETURNS integer
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_division_code_compare';
COMMENT ON FUNCTION pdauth.division_code_compare(pdauth.division_code, pdauth.division_code) IS 'Negative, zero or positive: the btree sorting order.';
CREATE FUNCTION pdauth.division_code_hash(pdauth.division_code) RETURNS integer
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'hashint8';
COMMENT ON FUNCTION pdauth.division_code_hash(pdauth.division_code) IS 'Hash of a division code.';
CREATE FUNCTION pdauth.division_code_hash_extended(pdauth.division_code, bigint) RETURNS bigint
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'hashint8extended';
COMMENT ON FUNCTION pdauth.division_code_hash_extended(pdauth.division_code, bigint) IS 'Seeded 64-bit hash of a division code.';
CREATE FUNCTION pdauth.division_code_contains(pdauth.division_code, pdauth.division_code) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_division_code_contains';
COMMENT ON FUNCTION pdauth.division_code_contains(pdauth.division_code, pdauth.division_code) IS 'Is the second division the first or within it? CN is the mainland: 71, 81 and 82 lie outside it.';
CREATE FUNCTION pdauth.division_code_contained(pdauth.division_code, pdauth.division_code) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'pdauth_division_code_contained';
COMMENT ON FUNCTION pdauth.division_code_contained(pdauth.division_code, pdauth.division_code) IS 'Is the first division the second or within it?';
CREATE OPERATOR pdauth.= (
  FUNCTION = pdauth.division_code_equal, LEFTARG = pdauth.division_code, RIGHTARG = pdauth.division_code,
  COMMUTATOR = OPERATOR(pdauth.=), NEGATOR = OPERATOR(pdauth.<>), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR pdauth.= (pdauth.division_code, pdauth.division_code) IS 'is the same division as';
CREATE OPERATOR pdauth.<> (
  FUNCTION = pdauth.division_code_not_equal, LEFTARG = pdauth.division_code, RIGHTARG = pdauth.division_code,
  COMMUTATOR = OPERATOR(pdauth.<>), NEGATOR = OPERATOR(pdauth.=), RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR pdauth.<> (pdauth.division_code, pdauth.division_code) IS 'is not the same division as';
CREATE OPERATOR pdauth.< (
  FUNCTION = pdauth.division_code_less, LEFTARG = pdauth.division_code, RIGHTARG = pdauth.division_code,
  COMMUTATOR = OPERATOR(pdauth.>), NEGATOR = OPERATOR(pdauth.>=), RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR pdauth.< (pdauth.division_code, pdauth.division_code) IS 'sorts before';
CREATE OPERATOR pdauth.<= (
  FUNCTION = pdauth.division_code_less_or_equal, LEFTARG = pdauth.division_code, RIGHTARG = pdauth.division_code,
  COMMUTATOR = OPERATOR(pdauth.>=), NEGATOR = OPERATOR(pdauth.>), RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR pdauth.<= (pdauth.division_code, pdauth.division_code) IS 'sorts before or is equal';
CREATE OPERATOR pdauth.> (
  FUNCTION = pdauth.division_code_greater, LEFTARG = pdauth.division_code, RIGHTARG = pdauth.division_code,
  COMMUTATOR = OPERATOR(pdauth.<), NEGATOR = OPERATOR(pdauth.<=), RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR pdauth.> (pdauth.division_code, pdauth.division_code) IS 'sorts after';
CREATE OPERATOR pdauth.>= (
  FUNCTION = pdauth.division_code_greater_or_equal, LEFTARG = pdauth.division_code, RIGHTARG = pdauth.division_code,
  COMMUTATOR = OPERATOR(pdauth.<=), NEGATOR = OPERATOR(pdauth.<), RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR pdauth.>= (pdauth.division_code, pdauth.division_code) IS 'sorts after or is equal';
CREATE OPERATOR pdauth.@> (
  FUNCTION = pdauth.division_code_contains, LEFTARG = pdauth.division_code, RIGHTARG = pdauth.division_code,
  COMMUTATOR = OPERATOR(pdauth.<@), RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR pdauth.@> (pdauth.division_code, pdauth.division_code) IS 'contains or is';
CREATE OPERATOR pdauth.<@ (
  FUNCTION = pdauth.division_code_contained, LEFTARG = pdauth.division_code, RIGHTARG = pdauth.division_code,
  COMMUTATOR = OPERATOR(pdauth.@>), RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR pdauth.<@ (pdauth.division_code, pdauth.division_code) IS 'lies within or is';
CREATE OPERATOR CLASS pdauth.division_code_ops DEFAULT FOR TYPE pdauth.division_code USING btree AS
  OPERATOR 1 pdauth.<, OPERATOR 2 pdauth.<=, OPERATOR 3 pdauth.=, OPERATOR 4 pdauth.>=, OPERATOR 5 pdauth.>,
  FUNCTION 1 pdauth.division_code_compare(pdauth.division_code, pdauth.division_code);
CREATE OPERATOR CLASS pdauth.division_code_ops DEFAULT FOR TYPE pdauth.division_code USING hash AS
  OPERATOR 1 pdauth.=,
  FUNCTION 1 pdauth.division_code_hash(pdauth.division_code),
  FUNCTION 2 pdauth.division_code_hash_extended(pdauth.division_code, bigint);

CREATE TABLE pdauth.division (
  code pdauth.division_code PRIMARY KEY,
  name text NOT NULL,
  source text NOT NULL,
  shipped boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE pdauth.division IS
  'Names of divisions, for display and for choosing regions. Yunnan comes with the extension; add others, or rows of your own below them, or change a name: your rows are dumped with the database. Nothing is refused because a code is missing here.';
COMMENT ON COLUMN pdauth.division.code IS 'Division code, GB/T 2260 and below.';
COMMENT ON COLUMN pdauth.division.name IS 'Name in Chinese.';
COMMENT ON COLUMN pdauth.division.source IS 'Where the row is from.';
COMMENT ON COLUMN pdauth.division.shipped IS 'Came with the extension and is not dumped. A row becomes yours when you change it.';
SELECT pg_catalog.pg_extension_config_dump('pdauth.division', 'WHERE NOT shipped');
GRANT SELECT ON pdauth.division TO PUBLIC;
GRANT INSERT, UPDATE, DELETE ON pdauth.division TO pdauth_policy_admin;

INSERT INTO pdauth.division (code, name, source) VALUES
  ('530000', '云南省', 'GB/T 2260'),
  ('530100', '昆明市', 'GB/T 2260'),
  ('530102', '五华区', 'GB/T 2260'),
  ('530103', '盘龙区', 'GB/T 2260'),
  ('530111', '官渡区', 'GB/T 2260'),
  ('530112', '西山区', 'GB/T 2260'),
  ('530113', '东川区', 'GB/T 2260'),
  ('530114', '呈贡区', 'GB/T 2260'),
  ('530115', '晋宁区', 'GB/T 2260'),
  ('530124', '富民县', 'GB/T 2260'),
  ('530125', '宜良县', 'GB/T 2260'),
  ('530126', '石林彝族自治县', 'GB/T 2260'),
  ('530127', '嵩明县', 'GB/T 2260'),
  ('530128', '禄劝彝族苗族自治县', 'GB/T 2260'),
  ('530129', '寻甸回族彝族自治县', 'GB/T 2260'),
  ('530181', '安宁市', 'GB/T 2260'),
  ('530300', '曲靖市', 'GB/T 2260'),
  ('530302', '麒麟区', 'GB/T 2260'),
  ('530303', '沾益区', 'GB/T 2260'),
  ('530304', '马龙区', 'GB/T 2260'),
  ('530322', '陆良县', 'GB/T 2260'),
  ('530323', '师宗县', 'GB/T 2260'),
  ('530324', '罗平县', 'GB/T 2260'),
  ('530325', '富源县', 'GB/T 2260'),
  ('530326', '会泽县', 'GB/T 2260'),
  ('530381', '宣威市', 'GB/T 2260'),
  ('530400', '玉溪市', 'GB/T 2260'),
  ('530402', '红塔区', 'GB/T 2260'),
  ('530403', '江川区', 'GB/T 2260'),
  ('530423', '通海县', 'GB/T 2260'),
  ('530424', '华宁县', 'GB/T 2260'),
  ('530425', '易门县', 'GB/T 2260'),
  ('530426', '峨山彝族自治县', 'GB/T 2260'),
  ('530427', '新平彝族傣族自治县', 'GB/T 2260'),
  ('530428', '元江哈尼族彝族傣族自治县', 'GB/T 2260'),
  ('530481', '澄江市', 'GB/T 2260'),
  ('530500', '保山市', 'GB/T 2260'),
  ('530502', '隆阳区', 'GB/T 2260'),
  ('530521', '施甸县', 'GB/T 2260'),
  ('530523', '龙陵县', 'GB/T 2260'),
  ('530524', '昌宁县', 'GB/T 2260'),
  ('530581', '腾冲市', 'GB/T 2260'),
  ('530600', '昭通市', 'GB/T 2260'),
  ('530602', '昭阳区', 'GB/T 2260'),
  ('530621', '鲁甸县', 'GB/T 2260'),
  ('530622', '巧家县', 'GB/T 2260'),
  ('530623', '盐津县', 'GB/T 2260'),
  ('530624', '大关县', 'GB/T 2260'),
  ('530625', '永善县', 'GB/T 2260'),
  ('530626', '绥江县', 'GB/T 2260'),
  ('530627', '镇雄县', 'GB/T 2260'),
  ('530628', '彝良县', 'GB/T 2260'),
  ('530629', '威信县', 'GB/T 2260'),
  ('530681', '水富市', 'GB/T 2260'),
  ('530700', '丽江市', 'GB/T 2260'),
  ('530702', '古城区', 'GB/T 2260'),
  ('530721', '玉龙纳西族自治县', 'GB/T 2260'),
  ('530722', '永胜县', 'GB/T 2260'),
  ('530723', '华坪县', 'GB/T 2260'),
  ('530724', '宁蒗彝族自治县', 'GB/T 2260'),
  ('530800', '普洱市', 'GB/T 2260'),
  ('530802', '思茅区', 'GB/T 2260'),
  ('530821', '宁洱哈尼族彝族自治县', 'GB/T 2260'),
  ('530822', '墨江哈尼族自治县', 'GB/T 2260'),
  ('530823', '景东彝族自治县', 'GB/T 2260'),
  ('530824', '景谷傣族彝族自治县', 'GB/T 2260'),
  ('530825', '镇沅彝族哈尼族拉祜族自治县', 'GB/T 2260'),
  ('530826', '江城哈尼族彝族自治县', 'GB/T 2260'),
  ('530827', '孟连傣族拉祜族佤族自治县', 'GB/T 2260'),
  ('530828', '澜沧拉祜族自治县', 'GB/T 2260'),
  ('530829', '西盟佤族自治县', 'GB/T 2260'),
  ('530900', '临沧市', 'GB/T 2260'),
  ('530902', '临翔区', 'GB/T 2260'),
  ('530921', '凤庆县', 'GB/T 2260'),
  ('530922', '云县', 'GB/T 2260'),
  ('530923', '永德县', 'GB/T 2260'),
  ('530924', '镇康县', 'GB/T 2260'),
  ('530925', '双江拉祜族佤族布朗族傣族自治县', 'GB/T 2260'),
  ('530926', '耿马傣族佤族自治县', 'GB/T 2260'),
  ('530927', '沧源佤族自治县', 'GB/T 2260'),
  ('532300', '楚雄彝族自治州', 'GB/T 2260'),
  ('532301', '楚雄市', 'GB/T 2260'),
  ('532302', '禄丰市', 'GB/T 2260'),
  ('532322', '双柏县', 'GB/T 2260'),
  ('532323', '牟定县', 'GB/T 2260'),
  ('532324', '南华县', 'GB/T 2260'),
  ('532325', '姚安县', 'GB/T 2260'),
  ('532326', '大姚县', 'GB/T 2260'),
  ('532327', '永仁县', 'GB/T 2260'),
  ('532328', '元谋县', 'GB/T 2260'),
  ('532329', '武定县', 'GB/T 2260'),
  ('532500', '红河哈尼族彝族自治州', 'GB/T 2260'),
  ('532501', '个旧市', 'GB/T 2260'),
  ('532502', '开远市', 'GB/T 2260'),
  ('532503', '蒙自市', 'GB/T 2260'),
  ('532504', '弥勒市', 'GB/T 2260'),
  ('532523', '屏边苗族自治县', 'GB/T 2260'),
  ('532524', '建水县', 'GB/T 2260'),
  ('532525', '石屏县', 'GB/T 2260'),
  ('532527', '泸西县', 'GB/T 2260'),
  ('532528', '元阳县', 'GB/T 2260'),
  ('532529', '红河县', 'GB/T 2260'),
  ('532530', '金平苗族瑶族傣族自治县', 'GB/T 2260'),
  ('532531', '绿春县', 'GB/T 2260'),
  ('532532', '河口瑶族自治县', 'GB/T 2260'),
  ('532600', '文山壮族苗族自治州', 'GB/T 2260'),
  ('532601', '文山市', 'GB/T 2260'),
  ('532622', '砚山县', 'GB/T 2260'),
  ('532623', '西畴县', 'GB/T 2260'),
  ('532624', '麻栗坡县', 'GB/T 2260'),
  ('532625', '马关县', 'GB/T 2260'),
  ('532626', '丘北县', 'GB/T 2260'),
  ('532627', '广南县', 'GB/T 2260'),
  ('532628', '富宁县', 'GB/T 2260'),
  ('532800', '西双版纳傣族自治州', 'GB/T 2260'),
  ('532801', '景洪市', 'GB/T 2260'),
  ('532822', '勐海县', 'GB/T 2260'),
  ('532823', '勐腊县', 'GB/T 2260'),
  ('532900', '大理白族自治州', 'GB/T 2260'),
  ('532901', '大理市', 'GB/T 2260'),
  ('532922', '漾濞彝族自治县', 'GB/T 2260'),
  ('532923', '祥云县', 'GB/T 2260'),
  ('532924', '宾川县', 'GB/T 2260'),
  ('532925', '弥渡县', 'GB/T 2260'),
  ('532926', '南涧彝族自治县', 'GB/T 2260'),
  ('532927', '巍山彝族回族自治县', 'GB/T 2260'),
  ('532928', '永平县', 'GB/T 2260'),
  ('532929', '云龙县', 'GB/T 2260'),
  ('532930', '洱源县', 'GB/T 2260'),
  ('532931', '剑川县', 'GB/T 2260'),
  ('532932', '鹤庆县', 'GB/T 2260'),
  ('533100', '德宏傣族景颇族自治州', 'GB/T 2260'),
  ('533102', '瑞丽市', 'GB/T 2260'),
  ('533103', '芒市', 'GB/T 2260'),
  ('533122', '梁河县', 'GB/T 2260'),
  ('533123', '盈江县', 'GB/T 2260'),
  ('533124', '陇川县', 'GB/T 2260'),
  ('533300', '怒江傈僳族自治州', 'GB/T 2260'),
  ('533301', '泸水市', 'GB/T 2260'),
  ('533323', '福贡县', 'GB/T 2260'),
  ('533324', '贡山独龙族怒族自治县', 'GB/T 2260'),
  ('533325', '兰坪白族普米族自治县', 'GB/T 2260'),
  ('533400', '迪庆藏族自治州', 'GB/T 2260'),
  ('533401', '香格里拉市', 'GB/T 2260'),
  ('533422', '德钦县', 'GB/T 2260'),
  ('533423', '维西傈僳族自治县', 'GB/T 2260');
UPDATE pdauth.division SET shipped = true;

-- A restore brings a changed row after CREATE EXTENSION brought the shipped one:
-- own rows replace those.
CREATE FUNCTION pdauth.keep_shipped_division() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
      MESSAGE = format('division %s came with pdauth and stays', OLD.code),
      HINT = 'Data and licenses may still name it. Change its name or source if it was renamed or withdrawn.';
  END IF;
  NEW.shipped := false;
  IF TG_OP = 'UPDATE' THEN
    RETURN NEW;
  END IF;
  UPDATE pdauth.division AS d SET name = NEW.name, source = NEW.source WHERE d.code OPERATOR(pdauth.=) NEW.code AND d.shipped;
  RETURN CASE WHEN FOUND THEN NULL ELSE NEW END;
END
$function$;
REVOKE ALL ON FUNCTION pdauth.keep_shipped_division() FROM PUBLIC;
COMMENT ON FUNCTION pdauth.keep_shipped_division() IS
  'Trigger of pdauth.division: a shipped row is not deleted (55000); changed, or inserted again with another name, it becomes the user''s.';
CREATE TRIGGER keep_shipped_division BEFORE INSERT OR UPDATE ON pdauth.division
  FOR EACH ROW EXECUTE FUNCTION pdauth.keep_shipped_division();
CREATE TRIGGER keep_shipped_division_row BEFORE DELETE ON pdauth.division
  FOR EACH ROW WHEN (OLD.shipped) EXECUTE FUNCTION pdauth.keep_shipped_division();
ALTER TABLE pdauth.division ENABLE ALWAYS TRIGGER keep_shipped_division;
ALTER TABLE pdauth.division ENABLE ALWAYS TRIGGER keep_shipped_division_row;

COMMENT ON OPERATOR CLASS pdauth.division_code_ops USING btree IS
  'Sorts division codes so that a division comes before those inside it.';
COMMENT ON OPERATOR CLASS pdauth.division_code_ops USING hash IS 'Equality of division codes.';
