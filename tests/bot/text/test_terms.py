"""The lists of tests and regions against sentences as patients write them: what counts and what only looks like it."""

from __future__ import annotations

import pytest

from bot.text.entities import find_tests
from bot.text.terms import codes, find_codes
from tests.evaluation.score import TEST_ALIASES


@pytest.mark.parametrize(("text", "wanted"), [
    ("老公的小蝌蚪化验单有了吗", ["semen"]), ("想问下昨天验血怀没怀的结果", ["hcg"]), ("上周抽的铁蛋白能查到了吗", ["ferritin"]), ("阳光维生素那项多少", ["vitamind"]),
    ("我那个铁储备出没出", ["ferritin"]), ("术前四项跟凝血全套都好了没", ["infectious", "coagulation"]), ("解脲拭子怎么样了", ["ureaplasma"]), ("白带的结果", ["leucorrhea"]),
    ("做的宫颈拭子在哪里看", ["leucorrhea"]), ("抗β2糖蛋白报告能打印吗", ["antiphospholipid"]), ("β地贫那个基因查好了吗", ["thalassemia"]), ("精子dna碎片率几天出", ["dfi"]),
    ("养囊养得咋样 成了几个囊", ["embryo"]), ("囊胚送检有消息没", ["pgt"]), ("着床窗测出来了没", ["era"]), ("诊刮病理回来没有", ["endometrialbiopsy"]),
    ("宫镜活检的单子", ["hysteroscopypathology"]), ("通水的报告在手机上能看吗", ["hsg"]), ("甲状腺彩超出报告了吗", ["ultrasound"]), ("喝葡萄糖抽了三次血的那个", ["ogtt"]),
    ("空腹胰岛素多少", ["insulinrelease"]), ("叶酸基因检测几号能拿", ["folatemetabolism"]), ("支原体与衣原体一起查的", ["chlamydiamycoplasma"]), ("已肝查了吗", ["hepatitisb"]),
    ("防癌涂片和乳头瘤病毒", ["tct", "hpv"]), ("泌乳素是不是还高", ["sexhormones"]), ("游离t4出来了吗", ["thyroid"]), ("血生化跟血色素", ["liverkidney", "bloodroutine"]),
    ("夫妻双方染色体", ["chromosome"]), ("卵巢储备功能怎么样", ["amh"]), ("血型抗体筛查单", ["antibodyscreen"]), ("肺部x光要多久", ["chestxray"]), ("心点图有没有问题", ["ecg"]),
])
def test_tests_in_chinese(text: str, wanted: list[str]) -> None:
    assert find_tests(text) == wanted


@pytest.mark.parametrize(("text", "wanted"), [
    ("any word on his swimmers", ["semen"]), ("How are my husband's boys doing?", ["semen"]), ("are my iron stores up yet", ["ferritin"]), ("vit d back?", ["vitamind"]),
    ("did the clotting come through", ["coagulation"]), ("infection screening from Tuesday, is it in", ["infectious"]), ("karotype for both of us please", ["chromosome"]),
    ("waiting on my second beta", ["hcg"]), ("the blood draw to see if I'm pregnant", ["hcg"]), ("what did the follie scan show", ["ultrasound"]), ("where's my ureaplasma swab", ["ureaplasma"]),
    ("has the swab come back", ["leucorrhea"]), ("the swab you took last week for mycoplasma", ["mycoplasma"]), ("ureaplasma and mycoplasma swabs", ["ureaplasma", "mycoplasma"]),
    ("high vaginal swab", ["leucorrhea"]), ("hpv swab", ["hpv"]), ("swabs for chlamydia and mycoplasma", ["chlamydiamycoplasma"]), ("beta 2 glycoprotein", ["antiphospholipid"]),
    ("beta thal carrier test", ["thalassemia"]), ("PGT-A results for our three embryos", ["pgt"]), ("DNA fragmentation of his sperm", ["dfi"]), ("how are the blasties", ["embryo"]),
    ("embryo fragmentation looked high", ["embryo"]), ("biopsy of the lining", ["endometrialbiopsy"]), ("plasma cells in the biopsy for chronic endometritis", ["cd138"]),
    ("dye test of my tubes", ["hsg"]), ("thyroid ultrasound", ["ultrasound"]), ("free T4", ["thyroid"]), ("rhesus factor", ["bloodtype"]), ("d-dimmer", ["ddimer"]),
    ("sugar drink test", ["ogtt"]), ("kidney and liver function", ["liverkidney"]), ("day 3 bloods", ["sexhormones"]), ("progestrone", ["progesterone"]), ("egg reserve", ["amh"]),
    ("chest exray and heart tracing", ["chestxray", "ecg"]), ("the mthrf one", ["folatemetabolism"]), ("syphillis", ["infectious"]), ("swab and ureaplasma", ["leucorrhea", "ureaplasma"]),
])
def test_tests_in_english(text: str, wanted: list[str]) -> None:
    assert find_tests(text) == wanted


@pytest.mark.parametrize("text", [
    "地屈孕酮一天吃几次", "醋酸甲羟孕酮能停吗", "我做过甲状腺结节手术", "甲状腺癌术后能试管吗", "戊酸雌二醇要冷藏吗", "上次是生化妊娠", "又生化了好难过", "乙肝疫苗能打吗", "打HPV疫苗",
    "抗精子抗体需要治疗吗", "酒精拭子够不够用", "咽拭子还要做吗", "吃维生素d3可以吗", "补vd", "打促卵泡针疼", "吃激素会胖吗", "验孕棒两条杠", "胚胎胶水要加钱吗", "肺炎支原体感染住院", "价格翻倍了",
    "富血小板血浆灌注", "停胰岛素",
    "can I use the progesterone pessaries at night", "vaginal progesterone leaks", "thyroid surgery ten years ago", "I take thyroid medication", "is the hep b vaccine needed", "HPV jab",
    "antisperm antibodies", "ran out of alcohol swabs", "covid swab before coming", "I'm taking vitamin D", "oestrogen patches fall off", "hormone injections hurt", "FSH pen broke",
    "home pregnancy test was positive", "embryo glue", "donor sperm", "kidney stones", "fatty liver", "in vitro fertilization", "a new era", "platelet rich plasma", "insulin pump",
])
def test_medicines_organs_and_illnesses_are_no_tests(text: str) -> None:
    assert find_tests(text) == []


@pytest.mark.parametrize(("text", "wanted"), [
    ("我人在厦门", "fujian"), ("家里是苏州市的", "jiangsu"), ("无锡过去方便吗", "jiangsu"), ("从宁波坐高铁", "zhejiang"), ("温州这边能约吗", "zhejiang"), ("青岛的", "shandong"), ("大连市", "liaoning"),
    ("在东莞打工", "guangdong"), ("佛山市顺德", "guangdong"), ("珠海市民", "guangdong"), ("惠州怎么挂", "guangdong"), ("我在宝安", "guangdong"), ("住大同市", "shanxi"), ("陕西安康过来", "shaanxi"),
    ("我们在保定", "hebei"), ("呼市的患者", "neimenggu"), ("六安市", "anhui"), ("河南开封", "henan"), ("日照人", "shandong"), ("三明市", "fujian"), ("开封市里", "henan"), ("阿克苏", "xinjiang"),
    ("在大连接受治疗", "liaoning"), ("从上海带药回来", "shanghai"), ("在海口服药", "hainan"), ("望京附近", "beijing"), ("张江上班", "shanghai"), ("武清", "tianjin"), ("雅安", "sichuan"), ("九龍", "other"),
])
def test_regions_in_chinese(text: str, wanted: str) -> None:
    assert find_codes(text, "region") == [wanted]


@pytest.mark.parametrize(("text", "wanted"), [
    ("we're in Xiamen", "fujian"), ("based in Suzhou", "jiangsu"), ("flying from Qing Dao", "shandong"), ("I teach in Dongguan", "guangdong"), ("Dong Guan", "guangdong"), ("my flat is in Chaoyang", "beijing"),
    ("live in Wenzhou", "zhejiang"), ("Tai'an", "shandong"), ("Xi'an", "shaanxi"), ("Zhangjiakou then", "hebei"), ("moved to Zhumadian", "henan"), ("Xishuangbanna", "yunnan"),
    ("from Hankou", "hubei"), ("Amoy", "fujian"), ("Huai'an", "jiangsu"), ("Hulunbuir", "neimenggu"), ("Panzhihua", "sichuan"), ("Kowloon", "other"), ("Jiading", "shanghai"), ("Ha'erbin", "heilongjiang"),
    ("in Zhuhai for work", "guangdong"), ("Lujiazui", "shanghai"), ("outside China", "other"), ("Bozhou", "anhui"), ("Yan'an", "shaanxi"),
])
def test_regions_in_english(text: str, wanted: str) -> None:
    assert find_codes(text, "region") == [wanted]


@pytest.mark.parametrize("text", [
    "能周六安排吗", "宝宝安全吗", "这东西安全吗", "结果不大理想", "药开封以后能放多久", "我相信阳性", "检查完成都要多久", "今晚上海鲜能吃吗", "祝您平安顺利", "三明治能吃吗", "会说粤语吗", "云南白药能用吗",
    "大同小异", "祝安康", "要保定期复查", "要长治久安", "日照充足", "适合肥胖的人", "能不能吃哈密瓜", "配成都要几天", "一定西药吗", "延安西路怎么走", "去中山公园", "北京大学第三医院好吗", "最大连续几天",
    "can we eat peking duck", "hunan food is too spicy", "is Zhongshan Hospital yours", "Nanjing Road entrance", "Peking University", "sichuan pepper", "yunnan baiyao", "Beijing time",
    "Dr Shiyan", "Dr Yulin", "my name is Yuxi", "she is Ziyang", "what am I to do", "see you then",
])
def test_words_that_only_look_like_places(text: str) -> None:
    assert find_codes(text, "region") == []


def test_codes_that_scoring_maps_others_to_have_names() -> None:
    assert set(TEST_ALIASES.values()) <= set(codes("test"))
