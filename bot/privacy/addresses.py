"""Addresses where somebody lives or receives mail; the way to a hospital is a question about a place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.privacy.folding import ANY_BARRIER, HAN, LATIN, View
from bot.privacy.model import Candidate
from bot.text.normalise import CJK

# --- Chinese
_NUMBER = r"(?:\d{1,6}(?:[-~]\d{1,4})?|[零〇一二三四五六七八九十百]{1,6}|[甲乙丙丁]?\d{1,4})[甲乙丙丁]?"
_PLACE = r"(?:马路|路|街道|大街|街|大道|道|巷|胡同|村|里|镇|弄|小区|社区|花园|家园|公寓|苑|大厦|新村|园|庄|城|府|湾|院|大院|段|屯|坊|国际|广场|公馆)"
_ANCHOR = re.compile(
    rf"[{CJK}]{_PLACE}(?:[东西南北中]段|[东南西北][一二三四\d]?[区里]|[一二三四五六七八九十\d]{{1,2}}[区里期])?\s?(?:{_NUMBER}\s?(?:号院|号楼|号|弄|巷|胡同|栋|幢|座|组|队|单元|#|-\d+-\d+)|[A-Za-z]\s?[座栋幢])"
    rf"|[{CJK}](?:大厦|公寓|大楼|花园|小区)\s?\d{{3,5}}(?!\d)|[{CJK}]{{2}}\s?[A-Za-z]\d{{1,2}}\s?[座栋幢]|[市区县镇乡道][{CJK}]{{1,10}}?{_NUMBER}\s?(?:栋|幢|号楼|单元|弄)"
    rf"|[{CJK}](?:大厦|广场|公寓|国际|大楼|花园|小区|中心)\s?[东西南北A-Za-z\d]\s?[座栋幢](?!\w{{0,2}}(?:怎么|在哪))"
    rf"|[{CJK}](?:酒店|宾馆|旅馆|旅社|客栈|民宿)(?:[{CJK}]{{1,8}}店)?,?\s?(?:{_NUMBER}\s?[楼层]\s?\d{{3,4}}(?!\d)|\d{{3,4}}(?:号?房|室))"
    rf"|[{CJK}]{{2}}[一二三四五六七八九十东南西北\d]区\s?(?:{_NUMBER}\s?(?:号楼|栋|幢|座|楼(?=\s?\d))|\d{{3}}楼)"
)
_MORE = re.compile(
    rf"[\s,、]{{0,2}}(?:(?:(?!医院|门诊|诊室)[{CJK}A-Z]){{1,9}}?(?={_NUMBER}\s?(?:号楼|栋|幢|座|单元|室|层|楼|房)|[A-Za-z]\d{{0,2}}\s?[座栋幢])(?!\d{{1,2}}[楼层]?(?:吗|呢))|{_NUMBER}\s?(?:号院|号楼|号|弄|栋|幢|座|单元|室|层|楼|组|户|房|门|院|区)|[A-Za-z]\d{{0,2}}\s?[座栋幢]|[甲乙丙丁]?\d{{1,4}}(?:-\d{{1,4}}){{1,3}}(?![\d-])|附\d{{1,4}}号|[-之][\d一二三四五六七八九十]{{1,4}}号?|[东南西北甲乙丙丁]?[A-Za-z\d]{{0,2}}(?:单元)|(?:(?!医院)[{CJK}]){{2,8}}?(?:小区|花园|家园|公寓|苑|大厦|新村|府|公馆|国际|广场|大楼)|\d{{1,4}}[A-Za-z](?![A-Za-z])|[A-Za-z]\d{{3,4}}(?!\d)|\d{{2,5}}[A-Za-z]?(?![\d月年日:.A-Za-z])|[零一二三四五六七八九]{{3,4}}(?![{CJK}]))"
)
#: Behind the word for an address of hers: all up to the next mark, if a part of a place is in it.
_ADDRESSED = re.compile(rf"(?:证上?的?|我的?|家庭|家里的?|收货|收件|邮寄|现|新|常住|居住)(?:地址|住址)[是为:]?(?:改[成为]|写的?是?|填的?是?)?\s?(?P<where>(?=[{CJK}A-Za-z0-9-]*[省市区县镇乡村路街道弄])(?:(?!医院|你们|什么|怎么|不对|不一|一致|要不|可以|是不|和|跟|与)[{CJK}A-Za-z0-9-]){{6,40}})(?=[,，。;\s]|$)")
#: The place of registration may end with the town.
_REGISTERED = re.compile(rf"(?:户籍|籍贯|户口)(?:所在)?地?[是在为:]?(?P<where>(?:[{CJK}]{{2,8}}?(?:省|自治区))?(?:[{CJK}]{{2,6}}?[市州盟])?(?:[{CJK}]{{1,6}}?[县区市旗])[{CJK}]{{1,6}}?(?:镇|乡|街道|办事处|苏木))")
_ROOM = re.compile(r"单元|室|栋|幢|座|号楼|弄|房|户|组|层|\d(?:楼)")
_KIN_HOME = "妈爸娘婆公姐妹哥弟舅姑姨友"
_LEFT_EDGE = re.compile(rf"(?:居住|所在|暂住|现住|收货|收件|户籍)地(?:[是为:])?|现居|老家|[写填]|送(?!到)|落脚在?|投|来(?=[{CJK}]{{2,3}}[区县])|[{_KIN_HOME}]家|我们?家(?:住|在)?|[^{CJK}0-9A-Za-z\s]|{ANY_BARRIER}|[在到寄住是的去给往离从址我了]|送到|快递|单位|收货|位于|户籍|搬|改成|邮(?!电)|(?<![省市区县镇乡路街])\s")
_OWN_ZH = re.compile(
    r"我家|家住|我住|住在|现居|住址|家庭住?址|现住|户籍|户口|籍贯|老家|暂住|居住|出租屋|租的?(?:房|在|了)|家是|寄|邮|快递|送$|闪送|同城送|收货|收件|送[到去]|我的?地址|(?:^|[\n,。;])\s*地址\s?[::是填写]?|上门|我们?单位|(?:住|家)\s?:|家里?在"
    rf"|[{_KIN_HOME}]家在?$|我[^,。;]{{0,4}}住|搬[到去家]|租在|落脚|人在|同住|门口是|快件|包裹|邮件|门卫|投[递到]|药放|驿站|到货|收药|取件|[婆娘]家|救护车[来到]|(?:酒店|民宿|宾馆|旅馆|旅社|客栈)[开订住]?[在是]|找不到|(?:新|旧|现|家|收件|收货|邮寄|快递|联系|通[讯信]|居住|身份证|单位|公司|详细|注册|常住)地址|地址(?:填|写|发|改)|(?:^|[,。;])\s*住(?:在)?$|住的?(?:小区|酒店|地方|房子)"
)
_PLACE_ASKED_ZH = re.compile(r"医院|你们|您们|贵院|院区|中心|门诊|急诊|住院部|病[房区]|抽血|药房|诊所|怎么去|怎么走|咋走|咋去|导航|在哪|对吗|对吧|路线|停车|地铁|公交|坐车|打车到|挂号")
_CENTRE_ADDRESS_ZH = re.compile(r"(?:你们|您们|医院|贵院|中心|院区)的?地址|是(?:你们|医院|贵院)")
#: A village needs no number: the chain of province, city, county and town names it. Only where it is said to be hers.
_VILLAGE = re.compile(rf"(?:[{CJK}]{{2,8}}?(?:省|自治区))?(?:[{CJK}]{{2,6}}?[市州盟])?(?:[{CJK}]{{1,6}}?[县区市旗])?[{CJK}]{{1,6}}?(?:镇|乡|街道|办事处|苏木)[{CJK}]{{1,8}}?(?:村|庄|屯|社区|小区|苑|花园|[一二三四五六七八九十\d]{{1,3}}组)(?![村庄屯])(?:[一二三四五六七八九十\d]{{1,3}}[组队号])?")
_HOME_NAMED_ZH = re.compile(rf"(?:我|我们|家里?)(?:现在)?住的?(?:小区|地方)(?:是|叫|名叫)(?P<where>[{CJK}]{{2,10}})")
_HOME_ZH = re.compile(rf"(?:家住|我住|我家在|住在)(?:在)?(?P<where>(?:(?![的是离医院旁边附近农乡我])[{CJK}]){{2,14}}?(?:小区|花园|家园|公寓|新村|苑))")
#: Where she says that she is or lives, any name of a place and a number that only buildings have; not a part of the hospital.
_STAYS_ZH = re.compile(
    rf"(?:住(?!院)在?|家就?在|搬[到去]了?|租在|落脚在?|人在|送到|寄到|投到?)(?P<where>(?:(?!医院|住院|门诊|急诊|病房|病区|院区|护士|诊室|中心|你们|[的是了我]|什么|哪)[{CJK}]){{2,12}}?(?:[那这][边里儿])?\s?{_NUMBER}\s?(?:号院|号楼|栋|幢|座|单元|弄|期|室)(?![{CJK}]*(?:怎么|在哪|几点)))"
)
_BESIDE_BEFORE = re.compile(rf"{ANY_BARRIER}[\s,、;/:]{{0,3}}$")
_BESIDE_BEHIND = re.compile(rf"[\s,、;/:]{{0,3}}{ANY_BARRIER}")
_POSTCODE = re.compile(r"(?:邮编|邮政编码|post ?code|zip(?: code)?)[\s:是is]{0,5}(?P<code>\d{5,6}|[a-z]{1,2}\d[\da-z]? ?\d[a-z]{2})(?!\w)")

# --- English
_PART = r"(?:(?:flat|apt|apartment|unit|room|rm|suite|building|bldg|block|tower|floor|lane|alley|group|phase|villa|house no\.?|no\.?) ?\.? ?#?\d{1,5}(?:-\d{1,5})?[a-z]?|\d{1,5}[a-z]?,? (?:lane|tower|building|block|unit) \d{1,5}|(?:\d{1,5}[a-z]?,? )?(?:flat|apt|unit|block|building|tower) [a-z]|\d{1,3}/?f|\d{1,3}(?:st|nd|rd|th) floor)(?![a-z0-9:])"
_STREET_WORD = r"(?:street|st|road|rd|avenue|ave|lane|ln|drive|boulevard|blvd|court|ct|place|terrace|way|close|crescent|mews|grove|row|hill|square|lu|jie|dajie|hutong|highway|hwy|garden|gardens)"
_STREET = re.compile(
    rf"(?P<front>(?:{_PART},? ){{0,4}})(?<![\w.:/])(?:no\.? ?|number )?\d{{1,5}}[a-z]?(?:-\d{{1,4}})?,? (?P<words>(?:[a-z\u00c0-\u024f0-9'’.-]{{1,20}} ){{1,4}}?)(?P<kind>{_STREET_WORD})(?![a-z])\.?", re.I
)
_ABROAD = re.compile(
    r"(?<![\w.:/])(?:(?:Rue|Via|Calle|Avenida|Plaza|Jalan|Rua|Piazza) (?:(?:de|la|le|les|di|del|da|do|des) )?[A-Z\u00c0-\u024f][A-Za-z\u00c0-\u024f'’]+(?: [A-Z][A-Za-z\u00c0-\u024f'’]+)?,? \d{1,4}[a-z]?(?!\d)|\d{1,5}[a-z]?,? (?i:rue|via|calle|avenida|plaza|jalan|rua|boulevard|piazza) [A-Za-z\u00c0-\u024f'’]+(?: (?:de|la|le|les|di|del|da|do|des) )?(?: ?[A-Z\u00c0-\u024f][A-Za-z\u00c0-\u024f'’]+){0,3}"
    r"|[A-Z\u00c0-\u024f][a-z\u00c0-\u024f-]+(?:stra(?:ss|ß)e|str\.|gasse|weg|platz|allee|straat|gatan) \d{1,4}[a-z]?)"
)
_NUMBER_BEHIND = re.compile(rf"(?:(?<![\w.:/])\d{{1,4}} )?(?:[A-Z][A-Za-z'’]+ ){{1,4}}(?i:{_STREET_WORD})\.?,? (?:(?i:no)\.? ?)?\d{{1,5}}[a-z]?(?![\w:/.-])")
_PLAIN = re.compile(r"(?:(?<![\w.:/])\d{1,4} )?(?:[A-Z][A-Za-z'’]+ ){1,3}(?:Village|Estate|Court|Mansions?|Residences?|Apartments?|Gardens?)(?: \d{2,4}[A-Z]?(?![\d:]))?(?!\w)")
#: An estate of flats and a place in it: Willow Court, block 3, unit 2, flat 604.
_ESTATE = re.compile(rf"(?<![A-Za-z])(?:[A-Z][A-Za-z'’]+ ){{1,3}}(?:Village|Estate|Court|Mansions?|Residences?|Apartments?|Gardens?|Towers?|Heights|House|Lodge|Park|Plaza|Bay|Manor|Place|Terrace|Compound|Community|Villas?)(?:,? ?(?i:{_PART})){{2,5}}")
#: A hotel and a room in it, its street between: Home Inn on Zhongshan Road, room 612.
_HOTEL = re.compile(r"(?:[A-Z][A-Za-z'’]+ ){1,3}(?:Inn|Hotel|Hostel|Guesthouse)(?:,? (?:on |at |in |near )?(?:[A-Z][A-Za-z'’]+ ?){1,4})?,? (?i:room|rm) ?\d{2,5}(?!\d)")
_TOWN = re.compile(r"(?:[A-Z][a-z'’]+ ){1,2}(?:Town|Township|Village|County|District)(?:, (?:[A-Z][a-z'’]+ ?){1,3}){1,3}")
_HOUSE_BEHIND = re.compile(r"(?:[A-Z][A-Za-z'’]+ ){2,3}(?i:block|building|tower|unit|flat) \d{1,4}[A-Z]?(?!\d)")
_PARTS = re.compile(rf"{_PART}(?:,? ?{_PART}){{0,4}}", re.I)
_HOUSE_BEFORE = re.compile(rf"(?i:{_PART})(?:,? ?(?i:{_PART})){{0,2}},? (?:[A-Z][A-Za-z'’]+ ?){{1,3}}, ?$|(?:[A-Z][A-Za-z'’]+ ){{1,2}}(?:Inn|Hotel|Court|Gardens?|Mansions?|Apartments?|Tower|Plaza|House|Residences?|Village|Estate), ?$")
_BOX = re.compile(r"(?<!\w)(?:p\.? ?o\.? ?box|postfach|apartado|casilla) \d{1,6}", re.I)
_BEHIND = re.compile(
    rf",? ?(?:(?i:{_PART})|[NSEW]{{1,2}}\d{{1,2}}[A-Z]? ?\d[A-Z]{{2}}(?!\w)|[A-Z]{{1,2}}\d{{1,2}} \d[A-Z]{{2}}(?!\w)|(?:[A-Z]{{2}},? )?[A-Z]\d[A-Z] ?\d[A-Z]\d(?!\w)|\d{{5,6}}(?!\d)|(?i:district|city|province)(?!\w))"
    r"|,? (?=[A-Z])(?!(?:I|My|Please|Can|And|Is|How|What|When|The|Thanks|It|We)\b)[A-Z][A-Za-z\u00c0-\u024f'’]+(?![A-Za-z0-9])(?: [A-Z][A-Za-z]+(?![A-Za-z0-9])){0,3}|,? \d{4,6} (?=[A-Z])|, ?[a-z]{3,15} district"
)
_OWN_EN = re.compile(
    r"my (?:home |new |old |postal |mailing |current |delivery |billing |office |work )?address|\b(?:our|home|new|old|postal|mailing|current|delivery|billing|shipping|permanent) address|(?:^|[.,;\n])\s*address\b|\baddress ?(?:is|:|-|=)"
    r"|\b(?:live|living|stay|staying|reside|residing|renting|rent) (?:at|on|in)\b|\b(?:post|send|ship|mail|deliver|courier|parcel|drop|bill|come)\b|\bhome\b|\bwe live|\bwe(?:'re| are) (?:now |over )*at\b|\bover at\b|\baddress as\b|\bstaying with [a-z ]{2,20} at\b|\bambulance to\b|\bleave (?:it|them|the [a-z]+) (?:at|with)\b|\b(?:our|my) door\b|\btemporary\b|\bopposite\b|\b(?:flat|room|house|door) number\b|\bmail goes\b|\bregistered in\b|\bdeliver,|\brented\b|\bhouse is\b|\bshipping\b|\bbring (?:it|them|the [a-z]+) to\b|\bsend (?:help|it|them) to\b|\bresidence\b|\bguesthouse\b|\bhostel\b|\bairbnb\b|\bat my [a-z-]+'s|\boffice\b|\bbooked into\b|\bpermanent\b|\bfind\b|\b(?:my|our) (?:parents|flat|apartment|apt|place|house|hotel|office|room|residence|building)\b|\bresidence|\bmoved to|\bi(?:'m| am) at\b"
)
_CENTRE_EN = re.compile(r"hospital|clinic|cent(?:re|er)\b|how (?:do|can) i (?:get|go)|\byour\b|where is|directions|parking|\bbus\b|metro|subway|taxi to")
_MOST_AROUND = 80        # characters of marks and masked data that may stand around an address that is the whole message
_AMBIGUOUS = frozenset("st place way row hill grove close court square drive ct jie lu garden gardens".split())
_STOP_WORDS = frozenset("days day weeks week of in the a my is am pm and to for on at by with from i eggs times hours".split())


def find_addresses(view: View) -> list[Candidate]:
    """Addresses in a view that are somebody's own."""
    spans = [span for script, rules in ((HAN, _chinese), (LATIN, _english)) if script.search(view.text) for span in rules(view)]
    spans += [found.span("code") for found in _POSTCODE.finditer(view.low)]
    return [Candidate("address", start, end, view.text[start:end].strip(), 4) for start, end in spans]


def _sentence(view: View, start: int, end: int) -> tuple[str, str]:
    """What stands before and behind a span in its sentence, in lower case; at most 40 and 20 characters."""
    front = re.split(r"[。!?\n;]", view.low[max(0, start - 40) : start])[-1]
    behind = re.split(r"[。!\n;]", view.low[end : end + 30])[0]
    return front, behind


def _alone(view: View, start: int, end: int) -> bool:
    """Whether nothing but marks and masked data stands around a span."""
    around = len(view.low) - (end - start)
    return around <= _MOST_AROUND and not re.sub(rf"{ANY_BARRIER}|[^\w]", "", view.low[:start] + view.low[end:])


def _chinese(view: View) -> Iterator[tuple[int, int]]:
    text, last = view.text, 0
    for anchor in _ANCHOR.finditer(text):
        if anchor.start() < last:
            continue
        start = _left(text, anchor.start(), last)
        end = anchor.end()
        while more := _MORE.match(text, end):
            end = more.end()
        last = end
        if _own_zh(view, start, end):
            yield start, end
    for pattern in (_HOME_ZH, _HOME_NAMED_ZH, _REGISTERED, _ADDRESSED):
        for found in pattern.finditer(text):
            yield found.span("where")
    for found in _STAYS_ZH.finditer(text):
        end = found.end()
        while more := _MORE.match(text, end):
            end = more.end()
        yield found.start("where"), end
    for found in _VILLAGE.finditer(text):
        start = _left(text, found.end() - 1, found.start())
        if _own_zh(view, start, found.end(), named=True):
            yield start, found.end()


def _left(text: str, anchor: int, least: int) -> int:
    """Where an address begins: behind the last word before it that is in no place name."""
    floor = max(least, anchor - 40)
    edges = [found.end() for found in _LEFT_EDGE.finditer(text, floor, anchor + 1)]
    start = edges[-1] if edges else floor
    return start + len(text[start:anchor]) - len(text[start:anchor].lstrip())


def _own_zh(view: View, start: int, end: int, named: bool = False) -> bool:
    """Whether an address is said to be hers; without such words (not `named`) also one with a room, one alone, and one beside masked data."""
    front, behind = _sentence(view, start, end)
    if _CENTRE_ADDRESS_ZH.search(front) or _CENTRE_ADDRESS_ZH.search(behind):
        return False
    if _OWN_ZH.search(front) or re.match(r"是我家|是我的?地址|,?(?:寄|邮|收)", behind):
        return True
    if named or re.match(r"吗|么\b|是吗|对吗|\?", behind):
        return False
    if _BESIDE_BEFORE.search(view.low, max(0, start - 8), start) or _BESIDE_BEHIND.match(view.low, end):
        return True
    place = view.low[start:end]
    if _PLACE_ASKED_ZH.search(front + place) or _PLACE_ASKED_ZH.search(behind):
        return False
    return bool(_ROOM.search(place)) or _alone(view, start, end)


def _english(view: View) -> Iterator[tuple[int, int]]:
    text = view.text
    position = 0
    while found := _STREET.search(text, position):
        words = found["words"].split()
        if found["kind"].lower() in _AMBIGUOUS and not words[0][:1].isupper() or {word.lower() for word in words} & _STOP_WORDS:
            position = found.start("words")      # 7 at 40 Chapel Street: the street may begin further on
            continue
        position = found.end()
        start, end = _left_en(text, found.start()), _right(text, found.end())
        if _own_en(view, start, end, start < found.start() or bool(found["front"]) or bool(re.search(_PART, text[found.end() : end], re.I))):
            yield start, end
    for pattern in (_ABROAD, _NUMBER_BEHIND, _PLAIN, _TOWN, _HOUSE_BEHIND, _HOTEL):
        for found in pattern.finditer(text):
            end = _right(text, found.end())
            front, behind = _sentence(view, found.start(), end)
            own = _OWN_EN.search(front) and not re.search(r"\byour\b", front)
            if own and not _CENTRE_EN.search(behind) or pattern in (_ABROAD, _NUMBER_BEHIND) and _alone(view, found.start(), end):
                yield found.start(), end
    for found in _ESTATE.finditer(text):
        front, behind = _sentence(view, found.start(), found.end())
        if _OWN_EN.search(front) or not _CENTRE_EN.search(front) and not _CENTRE_EN.search(behind):
            yield found.start(), _right(text, found.end())
    for found in _BOX.finditer(text):
        yield found.start(), _right(text, found.end())
    for found in _PARTS.finditer(text):
        end = _right(text, found.end())
        front, _ = _sentence(view, found.start(), end)
        if end > found.end() and _OWN_EN.search(front) and not _CENTRE_EN.search(front):
            yield found.start(), end


def _left_en(text: str, start: int) -> int:
    """Where an address begins whose flat and house stand before the street: Flat 7B, Orchid Court, 22 Jianguo Road."""
    front = _HOUSE_BEFORE.search(text, max(0, start - 60), start)
    return front.start() if front else start


def _right(text: str, end: int) -> int:
    for _ in range(8):
        more = _BEHIND.match(text, end)
        if not more:
            break
        end = more.end()
    return end


def _own_en(view: View, start: int, end: int, with_room: bool) -> bool:
    front, behind = _sentence(view, start, end)
    if _OWN_EN.search(front) and not re.search(r"\byour\b", front) or re.search(r"\bwhere (?:i|we) live|\bis (?:my|our) (?:home|address|place)", behind):
        return True
    if _CENTRE_EN.search(front) or _CENTRE_EN.search(behind):
        return False
    beside = _BESIDE_BEFORE.search(view.low, max(0, start - 8), start) or _BESIDE_BEHIND.match(view.low, end)
    return with_room or bool(beside) or _alone(view, start, end)
