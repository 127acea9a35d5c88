"""The doctor a patient names, as she wrote the name, without the title."""

from __future__ import annotations

import re

from bot.text.normalise import CJK, fold, normalise

_COMPOUND = "欧阳|上官|司马|诸葛|司徒|东方|夏侯|皇甫|尉迟|公孙|慕容|令狐|端木|南宫|轩辕|独孤|长孙|宇文|闻人|澹台|呼延|百里|西门|第五|闾丘"
_SINGLE = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章云苏潘葛范彭郎鲁韦马苗凤方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于傅卞齐康"
    "伍余元顾孟黄穆萧尹姚邵汪祁毛禹狄米贝臧戴宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万柯卢莫房缪解丁宣邓郁杭洪包诸左石崔吉龚程邢裴陆荣翁荀"
    "甄曲封储靳段焦巴牧山谷车侯宓蓬郗班仰仲伊宫宁仇栾甘厉祖武符刘景詹束龙叶幸司韶黎乔谭申冉桑桂牛寿边燕尚温庄晏柴瞿阎习艾鱼容古易慎戈廖庾居衡步耿匡国文寇广东沃利越隆师巩聂敖冷辛简饶曾沙鞠关蒯相查荆红游"
    "权逯盖益桓公肖付佟闫白涂翟窦岳帅琚商牟佘佴墨年阳商卓池敬苟晋楚兰邸仝占覃农"
) - frozenset("山谷车班强幸相国文公年红东广利越容易步师游权居古商益司寿仰束慎查解别")       # surnames that are everyday words first
#: By surname: what stands before it where it is no surname but the end of a word (最高, 非常).
_NOT_AFTER = {
    "高": "平最更较很级水提", "常": "平经非正日通", "方": "对双官处地另男女院多", "白": "明", "何": "如任为", "任": "主责信", "程": "流过疗课日全里", "路": "线套", "余": "其剩",
    "边": "那这旁身一那外里", "段": "阶这时", "钟": "分点", "江": "浙龙", "于": "关对由属等至终在", "金": "押现", "温": "体", "万": "一", "安": "不平早晚保",
    "乐": "快", "华": "中", "关": "相有无", "成": "完", "元": "美百千万块单", "景": "背", "房": "药病", "包": "红", "石": "结",
    "时": "有", "纪": "年世", "许": "也或不", "项": "六五四三八几", "康": "健", "周": "一两每下上这本",
}
_TITLE = r"(?:副主任|主任医师|主任医生|主任|主人(?=的?号|那|有|医)|副?教授|医生|大夫|医师|院长|博导|专家(?=号|门诊|的号|有|周|下|明)|博士|doctor|dr\b|老师)"
#: Characters of which no given name is made, so that a name ends before them.
_STOPS = re.compile(
    "[的了吗呢吧啊呀我你您他她它是有没在到去来找约挂看问给让叫被跟和与及或对想要请把帮能会可不就也都再还又只个位名几哪谁什么怎这那为按从号点半天日早午晚上下次周月末后前里外给查换选订抢见过着等得之一二三四五六七八九十两咨询预复诊指定加说由于因但而若且说找所以随便联系医生大夫主任教授专家好每各女男某]"
)
_PLAIN = re.compile(rf"(?:挂|约|找|抢|预约|看看|订)(?:一下|个|一个|到)?(?P<name>(?:{_COMPOUND})[{CJK}]{{0,2}}?|[{CJK}]{{2,3}}?)的?(?:专家|普通|周期|主任|特需)?的?号(?!码|源|线)")
_WEEKDAYS = re.compile(r"(?:周|星期|礼拜)[一二三四五六日天](?:[上下]午|早上|晚上)?|[上下]午|明天|今天|后天|\d+[号日]|(?:一|二|三|四|五|六|七|八|九|十)+[号日]|上周|下周|这周|每周|本周")
_NOT_NAMES = frozenset(["黄牛", "高级", "白天", "全天", "成人", "安排", "方便", "时间", "周期", "路线", "江苏", "广东", "石家庄", "马上", "单独", "关于", "万一", "其他", "其余", "方法", "高危", "常规", "金牌", "云南", "宁夏", "温州", "福建", "康复", "余下", "许多", "曾经", "左右", "易孕", "安全", "老师", "周末", "于是", "程序", "史上", "广州", "江西", "宁波", "杭州", "乐山", "燕郊", "许愿", "解决"])
_DENIED = re.compile(r"(?:(?<!是)(?<!要)不要|(?<!是)不是|别|不想|不看|不约|不挂|不找|除了|换掉|而不是|取消)(?:看|挂|约|找|要|给我约|见|再约|再挂)?$|\b(?:not|except|instead of|other than|rather than|don'?t want)(?: to see| with)?\s*$")
_CORRECTION = re.compile(r"不对|错了|说错|打错|应该是|我是说|换成|改成|改约|改挂|换到|\bsorry\b|\bi mean\b|\bi meant\b|\bno wait\b|\bactually\b|\brather\b")
_ENGLISH = re.compile(
    r"\b(?:(?P<short>dr|prof|professor|docter|dcotor)|(?P<long>doctor|doc|director|physician))\b\.? ?(?P<name>[a-z][a-z'’-]*)(?: (?P<second>[a-z][a-z'’-]*))?", re.I
)
_MIXED = re.compile(rf"(?<![a-z])(?P<name>[a-z]{{2,8}}(?: [A-Z][a-z]{{1,8}})?) ?{_TITLE}", re.I)
_MIXED_FRONT = re.compile(rf"(?<![a-z])(?:dr|doctor|prof|professor)\.? ?(?P<name>[{CJK}]{{1,3}})", re.I)
_SURNAMES = frozenset(
    ["li", "wang", "zhang", "liu", "chen", "yang", "huang", "zhao", "wu", "zhou", "xu", "sun", "ma", "zhu", "hu", "guo", "he", "gao", "lin", "luo", "zheng", "liang", "xie", "tang", "song", "han", "feng", "yu", "dong", "xiao", "cheng", "cao", "yuan", "deng", "fu", "shen", "zeng", "peng", "lu", "lv", "su", "jiang", "cai", "jia", "ding", "wei", "xue", "ye", "yan", "pan", "du", "dai", "xia", "zhong", "tian", "ren", "fan", "fang", "shi", "yao", "tan", "liao", "zou", "xiong", "jin", "hao", "kong", "bai", "cui", "kang", "mao", "qiu", "qin", "gu", "hou", "shao", "meng", "long", "wan", "duan", "lei", "qian", "yin", "yi", "chang", "qiao", "lai", "gong", "wen", "ou", "ouyang", "situ", "sima", "zhuge", "shangguan", "chan", "wong", "lee", "lau", "cheung", "ng", "leung", "cheng", "ho", "kwok", "lam", "smith", "brown", "jones", "miller", "kim", "park", "nguyen", "tse", "yip", "mok", "fung", "tsang"]
)
_NOT_ENGLISH = frozenset(
    ["is", "says", "said", "told", "asked", "asks", "who", "whom", "to", "in", "on", "for", "at", "and", "or", "can", "could", "will", "would", "appointment", "appointments", "online", "the", "a", "an", "my", "me", "you", "your", "wants", "want", "about", "please", "pls", "if", "slot", "slots", "tomorrow", "tmr", "tmrw", "today", "tonight", "named", "visit", "good", "do", "does", "did", "has", "have", "had", "was", "were", "are", "be", "should", "may", "might", "must", "with", "from", "by", "of", "off", "as", "than", "then", "there", "here", "this", "that", "these", "those", "what", "when", "where", "which", "how", "why", "not", "no", "yes", "any", "some", "free", "available", "has've", "next", "last", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "morning", "afternoon", "evening", "clinic", "clinics", "hospital", "office", "nurse", "team", "it", "its", "he", "she", "we", "they", "i", "im", "first", "again", "so", "but", "because", "who's", "who'd", "recommended", "recommend", "prescribed", "prescribes", "replied", "replies", "answered", "answer", "wrote", "gave", "give", "changed", "change", "consultation", "consult", "consults", "number", "before", "after", "during", "until", "since", "through", "via", "only", "also", "too", "still", "just", "already", "or's", "either", "s", "t", "d", "ll", "ve", "re", "booking", "book", "schedule", "schedules", "soon", "back", "now", "later", "up", "down", "out", "over", "all", "every", "each", "one", "two", "other", "another", "best", "new", "same", "right", "left", "working", "works", "work", "see", "seen", "seeing", "call", "called", "calls", "phone", "video", "text", "message", "messages", "earliest", "nov", "dec", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "oct", "november", "december", "january", "february", "at's", "chat", "app", "apps", "advice", "note", "notes", "letter", "without", "within", "regarding", "concerning", "whose", "get", "gets", "got", "go", "goes", "went", "come", "comes", "came", "needs", "need", "let", "lets"]
)
_GIVEN = frozenset(["min", "fang", "wei", "na", "jing", "li", "hua", "ming", "ping", "juan", "yan", "ling", "hong", "lei", "xia", "ying", "mei", "qing", "jie", "xin", "yu", "jun", "tao", "bo", "yun", "xue", "dan", "hui", "rong", "xiao", "lan", "qiang", "jian", "hao", "yi", "ting", "yang", "xuan"])


def find_doctor(text: str) -> str | None:
    """The doctor's name as it stands in the message, without the title: 张主任 is 张, Dr. Zhou Min is Zhou Min.

    Of several the first one not denied counts; after a correction (不对, sorry I mean) the first after it.
    """
    plain = normalise(text)
    folded = fold(plain)
    found = sorted({*_titled(plain), *_english(plain), *_mixed(plain)} or set(_plain(plain)))
    wanted = [(start, name) for start, name in found if not _DENIED.search(folded[max(0, start - 24) : start])]
    for correction in reversed(list(_CORRECTION.finditer(folded))):
        after = [name for start, name in wanted if start >= correction.end() - 1]
        if after:
            return after[0]
    return wanted[0][1] if wanted else None


def _titled(plain: str) -> list[tuple[int, str]]:
    """王芳大夫, 找李医生: the surname, with a given name, that ends where a title begins."""
    blanked = _WEEKDAYS.sub(lambda found: "的" * len(found[0]), plain)
    result = []
    for title in re.finditer(_TITLE, blanked, re.I):
        before = blanked[max(0, title.start() - 8) : title.start()].rstrip(" ")
        offset = title.start() - len(blanked[max(0, title.start() - 8) : title.start()])
        run = re.search(rf"[{CJK}]*$", before)
        segment = run[0] if run else ""
        if not segment or title[0] == "老师" and not segment[-1:].strip():
            continue
        name = _name_at_end(segment)
        if name:
            result.append((offset + len(before) - len(name), name))
    return result


def _name_at_end(segment: str) -> str | None:
    """The name that a run of Chinese characters ends with."""
    compound = re.search(rf"(?:{_COMPOUND})(?:[{CJK}]{{0,2}})$", segment)
    if compound and not _STOPS.search(compound[0][2:]):
        return compound[0]
    for length in (3, 2, 1):
        name = segment[-length:]
        if len(name) < length or name[0] not in _SINGLE:
            continue
        if _STOPS.search(name[1:]) or name in _NOT_NAMES:
            continue
        previous = segment[-length - 1 : -length] if len(segment) > length else ""
        if previous and previous in _NOT_AFTER.get(name[0], ""):
            continue
        return name
    return None


def _plain(plain: str) -> list[tuple[int, str]]:
    """挂张伟的号: a full name without a title."""
    result = []
    for found in _PLAIN.finditer(_WEEKDAYS.sub(lambda match: "的" * len(match[0]), plain)):
        name = found["name"]
        compound = re.match(_COMPOUND, name)
        if (compound or name[0] in _SINGLE) and not _STOPS.search(name[1:]) and name not in _NOT_NAMES:
            result.append((found.start("name"), name))
    return result


def _english(plain: str) -> list[tuple[int, str]]:
    """dr chen, Dr. Zhou Min, prof li; after "doctor" a capital or a known surname is needed."""
    result = []
    for found in _ENGLISH.finditer(plain):
        name, second = _bare(found["name"]), _bare(found["second"] or "")
        low = name.lower()
        if low in _NOT_ENGLISH and not (low in _SURNAMES and name[0].isupper()) or len(name) < 2:
            continue
        if found["long"] and low not in _SURNAMES and not (name[0].isupper() and name[1:].islower()):
            continue
        full = found["name"] == name and second and second.lower() not in _NOT_ENGLISH
        capital = name[0].isupper() and second[:1].isupper() and second[1:].islower()
        if full and (capital or low in _SURNAMES and second.islower() and second in _GIVEN):
            name = f"{name} {second}"
        result.append((found.start(), name))
    return result


def _mixed(plain: str) -> list[tuple[int, str]]:
    """chen医生, Dr陈."""
    result = [(found.start(), found["name"]) for found in _MIXED.finditer(plain)
              if found["name"].split()[0].lower() in _SURNAMES and not found[0].isascii()]
    for found in _MIXED_FRONT.finditer(plain):
        for length in (3, 2, 1):
            name = found["name"][:length]
            known = re.match(_COMPOUND, name) or name[0] in _SINGLE
            if len(name) == length and known and not _STOPS.search(name[1:]) and name not in _NOT_NAMES:
                result.append((found.start(), name))
                break
    return result


def _bare(word: str) -> str:
    return re.sub(r"['’]s?$", "", word).rstrip("-'’")
