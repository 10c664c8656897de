-- Addresses down to a level, never finer than asked.
CREATE TEMP TABLE address (n serial, a text);
INSERT INTO address (a) VALUES
  ('云南省大理白族自治州大理市下关镇龙山路1号'), ('云南省大理州大理市下关镇龙山路1号'),
  ('云南省昆明市五华区华山街道翠湖南路67号'), ('云南省 昆明市 五华区 华山街道'), ('  云南省昆明市五华区'),
  -- a level is missing: a county-level city is not taken for a prefecture
  ('云南省大理市下关镇龙山路1号'), ('大理市下关镇'), ('昆明市五华区'), ('五华区华山街道'), ('云南省五华区'), ('云南省'), ('云南'),
  -- a road, a village or a compound is not taken for a county or township
  ('云南省昆明市人民中路西山小区3栋'), ('云南省昆明市民航路阳光花园东区'), ('云南省昆明市经开区昌宏路'), ('昆明市五华区大观街12号'), ('昆明市五华区莲华社区一组'),
  ('广东省东莞市南城街道新基社区'), ('广东省中山市古镇镇海洲村'), ('海南省儋州市那大镇'), ('湖北省仙桃市干河街道'), ('湖北省神农架林区松柏镇'),
  -- suffixes inside names
  ('湖南省常德市津市市汪家桥街道'), ('湖北省荆州市沙市区朝阳街道'), ('山东省济南市市中区杆石桥街道'), ('河南省新乡市红旗区东街街道'), ('浙江省嘉兴市桐乡市乌镇镇'),
  ('云南省昭通市镇雄县乌峰街道'), ('云南省德宏傣族景颇族自治州芒市芒市镇'), ('湖南省永州市道县营江街道'), ('湖南省怀化市通道侗族自治县双江镇'), ('甘肃省临夏回族自治州东乡族自治县锁南镇'),
  ('甘肃省临夏回族自治州积石山保安族东乡族撒拉族自治县吹麻滩镇'), ('黑龙江省哈尔滨市道里区'), ('江苏省苏州市姑苏区平江街道'), ('福建省三明市沙县区虬江街道'),
  -- municipalities, autonomous regions, leagues and banners, special regions
  ('北京市朝阳区建国门外大街1号'), ('北京市市辖区东城区东华门街道'), ('上海市上海市浦东新区张江镇'), ('重庆市彭水苗族土家族自治县汉葭街道'),
  ('广西壮族自治区南宁市青秀区新竹街道'), ('广西南宁市青秀区新竹街道'), ('内蒙古自治区锡林郭勒盟东乌珠穆沁旗乌里雅斯太镇'), ('内蒙古自治区呼伦贝尔市鄂温克族自治旗巴彦嵯岗苏木'),
  ('新疆维吾尔自治区喀什地区喀什市'), ('香港特别行政区中西区'), ('台湾省台北市大安区'),
  -- not an address
  ('abc'), ('3'), ('地址不详'), (''), (NULL);
SELECT a, pdauth.mask_address(a, 'province') AS province, pdauth.mask_address(a, 'prefecture') AS prefecture,
       pdauth.mask_address(a, 'county') AS county, pdauth.mask_address(a, 'township') AS township FROM address ORDER BY n;
SELECT level, pdauth.mask_address('云南省昆明市五华区', level) FROM (VALUES ('Province'), ('city'), (''), (NULL)) AS l (level);
-- Each level is a part of the next, and all are the beginning of the address.
SELECT count(*) AS not_a_beginning FROM address, (VALUES ('province'), ('prefecture'), ('county'), ('township')) AS l (level)
 WHERE NOT starts_with(ltrim(a), pdauth.mask_address(a, level)) AND pdauth.mask_address(a, level) <> left('***', length(a));
-- Cut anywhere, an address never shows more than whole.
SELECT count(*) AS finer FROM address, generate_series(0, length(a)) AS cut, (VALUES ('province'), ('prefecture'), ('county')) AS l (level)
 WHERE length(pdauth.mask_address(left(a, cut), level)) > greatest(length(pdauth.mask_address(a, level)), 3);
