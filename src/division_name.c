/*
 * division_name.c
 *		Names of administrative divisions (GB/T 2260) in the server encoding.
 *
 * The lists are kept in UTF-8 and converted when they are first asked for.
 * An encoding that cannot write them all has none of them.
 */
#include "pdauth.h"

#include "mb/pg_wchar.h"
#include "utils/memutils.h"

#include "division_name.h"

typedef struct NameText
{
	const char *text;
	int			length;
} NameText;

typedef struct NameList
{
	const char *source;			/* names in UTF-8, separated by spaces */
	NameText   *names;			/* in the server encoding, sorted; NULL: not yet made */
	int			count;
} NameList;

/* No name of a list may begin with another name of it: see division_name_begins(). */
static NameList lists[] = {
	[DIVISION_MUNICIPALITY] = {"北京市 天津市 上海市 重庆市"},
	[DIVISION_PROVINCE] = {
		"河北省 山西省 辽宁省 吉林省 黑龙江省 江苏省 浙江省 安徽省 福建省 江西省 "
		"山东省 河南省 湖北省 湖南省 广东省 海南省 四川省 贵州省 云南省 陕西省 "
		"甘肃省 青海省 台湾省 内蒙古自治区 广西壮族自治区 西藏自治区 "
		"宁夏回族自治区 新疆维吾尔自治区 香港特别行政区 澳门特别行政区"
	},
	/* as identity cards and mail write the autonomous regions */
	[DIVISION_PROVINCE_SHORT] = {"内蒙古 广西 西藏 宁夏 新疆"},

	/*
	 * All 333 of the prefecture level: 293 cities, 30 autonomous prefectures,
	 * 7 prefectures, 3 leagues (as of 2024).
	 */
	[DIVISION_PREFECTURE] = {
		"石家庄市 唐山市 秦皇岛市 邯郸市 邢台市 保定市 张家口市 承德市 沧州市 廊坊市 "
		"衡水市 太原市 大同市 阳泉市 长治市 晋城市 朔州市 晋中市 运城市 忻州市 临汾市 "
		"吕梁市 呼和浩特市 包头市 乌海市 赤峰市 通辽市 鄂尔多斯市 呼伦贝尔市 巴彦淖尔市 "
		"乌兰察布市 兴安盟 锡林郭勒盟 阿拉善盟 沈阳市 大连市 鞍山市 抚顺市 本溪市 "
		"丹东市 锦州市 营口市 阜新市 辽阳市 盘锦市 铁岭市 朝阳市 葫芦岛市 长春市 "
		"吉林市 四平市 辽源市 通化市 白山市 松原市 白城市 延边朝鲜族自治州 哈尔滨市 "
		"齐齐哈尔市 鸡西市 鹤岗市 双鸭山市 大庆市 伊春市 佳木斯市 七台河市 牡丹江市 "
		"黑河市 绥化市 大兴安岭地区 南京市 无锡市 徐州市 常州市 苏州市 南通市 连云港市 "
		"淮安市 盐城市 扬州市 镇江市 泰州市 宿迁市 杭州市 宁波市 温州市 嘉兴市 湖州市 "
		"绍兴市 金华市 衢州市 舟山市 台州市 丽水市 合肥市 芜湖市 蚌埠市 淮南市 "
		"马鞍山市 淮北市 铜陵市 安庆市 黄山市 滁州市 阜阳市 宿州市 六安市 亳州市 "
		"池州市 宣城市 福州市 厦门市 莆田市 三明市 泉州市 漳州市 南平市 龙岩市 宁德市 "
		"南昌市 景德镇市 萍乡市 九江市 新余市 鹰潭市 赣州市 吉安市 宜春市 抚州市 "
		"上饶市 济南市 青岛市 淄博市 枣庄市 东营市 烟台市 潍坊市 济宁市 泰安市 威海市 "
		"日照市 临沂市 德州市 聊城市 滨州市 菏泽市 郑州市 开封市 洛阳市 平顶山市 "
		"安阳市 鹤壁市 新乡市 焦作市 濮阳市 许昌市 漯河市 三门峡市 南阳市 商丘市 "
		"信阳市 周口市 驻马店市 武汉市 黄石市 十堰市 宜昌市 襄阳市 鄂州市 荆门市 "
		"孝感市 荆州市 黄冈市 咸宁市 随州市 恩施土家族苗族自治州 长沙市 株洲市 湘潭市 "
		"衡阳市 邵阳市 岳阳市 常德市 张家界市 益阳市 郴州市 永州市 怀化市 娄底市 "
		"湘西土家族苗族自治州 广州市 韶关市 深圳市 珠海市 汕头市 佛山市 江门市 湛江市 "
		"茂名市 肇庆市 惠州市 梅州市 汕尾市 河源市 阳江市 清远市 东莞市 中山市 潮州市 "
		"揭阳市 云浮市 南宁市 柳州市 桂林市 梧州市 北海市 防城港市 钦州市 贵港市 "
		"玉林市 百色市 贺州市 河池市 来宾市 崇左市 海口市 三亚市 三沙市 儋州市 成都市 "
		"自贡市 攀枝花市 泸州市 德阳市 绵阳市 广元市 遂宁市 内江市 乐山市 南充市 "
		"眉山市 宜宾市 广安市 达州市 雅安市 巴中市 资阳市 阿坝藏族羌族自治州 "
		"甘孜藏族自治州 凉山彝族自治州 贵阳市 六盘水市 遵义市 安顺市 毕节市 铜仁市 "
		"黔西南布依族苗族自治州 黔东南苗族侗族自治州 黔南布依族苗族自治州 昆明市 曲靖市 "
		"玉溪市 保山市 昭通市 丽江市 普洱市 临沧市 楚雄彝族自治州 红河哈尼族彝族自治州 "
		"文山壮族苗族自治州 西双版纳傣族自治州 大理白族自治州 德宏傣族景颇族自治州 "
		"怒江傈僳族自治州 迪庆藏族自治州 拉萨市 日喀则市 昌都市 林芝市 山南市 那曲市 "
		"阿里地区 西安市 铜川市 宝鸡市 咸阳市 渭南市 延安市 汉中市 榆林市 安康市 "
		"商洛市 兰州市 嘉峪关市 金昌市 白银市 天水市 武威市 张掖市 平凉市 酒泉市 "
		"庆阳市 定西市 陇南市 临夏回族自治州 甘南藏族自治州 西宁市 海东市 海北藏族自治州 "
		"黄南藏族自治州 海南藏族自治州 果洛藏族自治州 玉树藏族自治州 海西蒙古族藏族自治州 "
		"银川市 石嘴山市 吴忠市 固原市 中卫市 乌鲁木齐市 克拉玛依市 吐鲁番市 哈密市 "
		"昌吉回族自治州 博尔塔拉蒙古自治州 巴音郭楞蒙古自治州 阿克苏地区 "
		"克孜勒苏柯尔克孜自治州 喀什地区 和田地区 伊犁哈萨克自治州 塔城地区 阿勒泰地区"
	},
	[DIVISION_PREFECTURE_SHORT] = {
		"延边州 恩施州 湘西州 阿坝州 甘孜州 凉山州 黔西南州 黔东南州 黔南州 楚雄州 红河州 "
		"文山州 西双版纳州 大理州 德宏州 怒江州 迪庆州 临夏州 甘南州 海北州 黄南州 海南州 "
		"果洛州 玉树州 海西州 昌吉州 博尔塔拉州 巴音郭楞州 克孜勒苏州 伊犁州"
	},
	/* what statistics write between a city and its districts */
	[DIVISION_PREFECTURE_FILLER] = {"市辖区 省直辖县级行政区划 自治区直辖县级行政区划"},
	/* counties whose names the rules of mask_address.c would take for something else */
	[DIVISION_COUNTY_ODD] = {"芒市 让胡路区 岳阳楼区 下花园区 梁园区 绿园区 拱墅区"},
};

static int
compare_names(const void *a, const void *b)
{
	const NameText *left = a;
	const NameText *right = b;
	int			order = memcmp(left->text, right->text, Min(left->length, right->length));

	return order != 0 ? order : left->length - right->length;
}

bool
division_names_known(void)
{
	return GetDatabaseEncoding() == PG_UTF8 || GetDatabaseEncoding() == PG_EUC_CN;
}

char *
division_text(const char *utf8)
{
	if (GetDatabaseEncoding() == PG_UTF8)
		return pstrdup(utf8);
	return (char *) pg_do_encoding_conversion((unsigned char *) pstrdup(utf8), (int) strlen(utf8),
											  PG_UTF8, GetDatabaseEncoding());
}

static void
make_list(NameList *list)
{
	MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);
	char	   *text = division_text(list->source);
	NameText   *names = palloc(sizeof(NameText) * (strlen(text) / 2 + 1));
	int			count = 0;

	for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " "))
	{
		names[count].text = word;
		names[count++].length = (int) strlen(word);
	}
	qsort(names, count, sizeof(NameText), compare_names);
	list->count = count;
	list->names = names;
	MemoryContextSwitchTo(caller);
}

/*
 * The last name that does not sort after the text is the only one it can begin
 * with: anything between a name and a text that begins with it would begin
 * with that name too.
 */
int
division_name_begins(DivisionNames kind, const char *p, const char *end)
{
	NameList   *list = &lists[kind];
	NameText	text = {p, (int) (end - p)};
	int			low = 0,
				high;
	const NameText *name;

	if (list->names == NULL)
		make_list(list);
	high = list->count;
	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (compare_names(&list->names[middle], &text) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return 0;
	name = &list->names[low - 1];
	return name->length <= text.length && memcmp(name->text, p, name->length) == 0 ? name->length : 0;
}
