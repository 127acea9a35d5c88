"""Names that a patient gives as her own, her husband's or a recipient's. A name alone is no finding: it may be a doctor's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import IntEnum

from bot.privacy import words as lists
from bot.privacy.folding import ANY_BARRIER, BARRIERS, HAN, LATIN, View
from bot.privacy.model import Candidate
from bot.privacy.words import (
    COMPOUND_SURNAMES,
    CORE_SURNAMES,
    GIVEN_NAMES,
    NOT_LATIN_NAMES,
    PINYIN_SURNAMES,
    SECOND_NAMES,
    SURNAMES,
)
from bot.text.normalise import CJK


class Sureness(IntEnum):
    """How much the words before a name say: a name follows, a name or something else, little."""

    WEAK = 0
    LIKELY = 1
    SURE = 2


_SURE, _LIKELY, _WEAK = Sureness.SURE, Sureness.LIKELY, Sureness.WEAK

# --- Chinese
_FUNCTION = lists.FUNCTION
_VERBS = frozenset(lists.VERB_SURNAMES)
_GIVEN_LAST = frozenset("丽娟燕敏静婷芳玲娜霞梅兰洁莉琳雪倩颖雯璐瑶萱怡欣彤琪薇蓉莹丹艳慧珍凤菊嫣媛娇嘉蕾蕊伟磊勇涛鹏斌辉鑫俊浩")
_LAST_AT_END = frozenset("刚和来申")        # they end a name where the run of characters ends as well
_NOT_LAST = _FUNCTION | frozenset("想要问今昨前预约挂身电手住来在和跟与已做去请帮怎为移促到咨取查护病卡打需刚你申因上下男女,年岁号说给现从但麻收医")
_NOT_FIRST = frozenset("下上今昨周每第左右前后")      # in no given name after a weak cue
_NEXT = _NOT_LAST | frozenset("夫本明月能可有建就地生出周再又老精报末随之对于该早晚后中第开进姓名证患介挂填写做发退缴领签")
_SMALL_SURNAMES = frozenset("那么都")       # a name only with a given name behind
_NOT_AFTER_SMALL = frozenset("天月年日时小之一个只种样次里边些位家子春夏秋冬安可心好多大")      # 那天, 那位, 么么
_PLACE_AFTER_COMPOUND = frozenset("县市区镇籍省乡过附那这人")      # 贺兰县
_NOT_LAST_OF_RARE = frozenset("州县市区镇乡村族城妈爸爷奶姨姐哥嫂子人山江河湖")
_OF_DOCTOR = re.compile(rf"(?:^|[^{CJK}]|主治|主刀|报告|责任|管床|接诊|手术|麻醉|审核|检验|诊断|经治|看诊|就诊|预约)(?:医生|医师|大夫|主任|教授|专家|护士长?|院长|药师|技师|麻醉师|检验师)的?$")
#: Labels behind which as often stands who somebody is, or how to sign, as a name.
_OF_A_PART = re.compile(r"(?:签名|署名|抬头|收件人|收货人|收款人|付款人|联系人|紧急联系人|户名|持卡人|开户|就诊人)(?!.*叫)")
_NO_NICKNAME = re.compile("|".join(["拼音|救护|外卖|滴滴|车|医|错|写|登记|填|老公|格式|一致|本人|自己|家属|父母|配偶|丈夫|妻子|爱人|护士|病人|患者|名字|全名|中文|英文|一样|不同|正确|比较|太长|很长|有点|不对|改过", *lists.NOT_BEHIND_LABELS]))
_RARELY_GIVEN = frozenset(lists.GIVEN_CHARACTERS + lists.MORE_GIVEN_CHARACTERS)
_SECOND_LEVEL = b"\xd8"        # the first byte of the rarer characters of GB 2312, sorted by radical
_RUN = re.compile(rf"[{CJK}]+")
_TITLE = re.compile("|".join(lists.TITLES))
_NOT_A_NAME = re.compile("|".join(lists.NOT_NAMES))
_SURNAME = re.compile(f"(?:{'|'.join(COMPOUND_SURNAMES)}|[{SURNAMES}])")
_NAME_BARRIER = BARRIERS["name"]
_DOTTED = re.compile(rf"[{CJK}]{{2,8}}(?:[·•.・][{CJK}]{{2,8}})+")
_PERSON = re.compile(rf"(?:^|(?<=[,;。、\n\s:!?(]))(?P<name>[{CJK}]{{2,4}})[\s,、/]*(?:[女男](?=[,、\s。/\d]|$)|\d\d岁)")
_I = re.compile(rf"(?:^|(?<=[,;。、\n\s:!?])|(?<=[你您]好))我(?P<name>[{CORE_SURNAMES}][{CJK}]{{1,2}}?)(?=[啊呀呢哈哦]?(?:$|[,。!?;~]))")
_I_THAT = re.compile(rf"我就?是[^,。!?;\n我]{{0,12}}?(?:的|那个|那位)(?P<name>[{CJK}]{{2,4}})(?=$|[,。!?;\s])")
_SPACED = r"[\s:,=“\"'(（]*"
_EXPLICIT_ZH = re.compile(
    rf"(?:(?:我|他|她|本人|老伴|老公|丈夫|爱人|先生|老婆|妻子|女儿|儿子|妈妈?|爸爸?|母亲|父亲|大|名字|对方|人家|女方|男方|患者|病人|(?:小|乳|真|本|全|学|曾用|网)名)的?(?:大?名字?)?(?:就|是)?叫(?:做|作)?|我(?:的|老公的?|先生的?)?(?:全|大|真)?名字?(?:是|叫)|(?:老公|丈夫|爱人|先生)的?(?:姓名|名字?)(?:是|叫)?|"
    rf"(?:姓名|真名|全名|名字|签名|署名|中文名|曾用名|抬头|收件人|收货人|收款人|付款人|联系人|紧急联系人|户名|持卡人|开户(?:名|人|(?=[是叫:]))|实名(?:认证)?的?(?=[是为叫:写])|就诊人|家属姓名|患者姓名|病人姓名|女方姓名|男方姓名)(?:是|为|叫|写的?是?|改[成为]|换成|应该?是)?){_SPACED}"
)
_WEAK_ZH = re.compile(
    rf"(?:我(?:们?是|系|就是|乃)|{_NAME_BARRIER}[和跟与及、]|登记人|申请人|预约人|监护人|(?:建档|个人|基本|登记)(?:资料|信息)|本人(?:是|叫)?|这里是|这边是|老公(?:是)?|丈夫(?:是)?|爱人(?:是)?|配偶(?:是)?|我?先生(?:是|(?<=我先生))|老婆(?:是)?|妻子(?:是)?|太太(?:是)?|媳妇(?:是)?|爱人|家属(?:是)?|对象(?:是)?|[男女](?=\s?:)|夫[妻妇]?双方|夫妻俩?|我的?(?:朋友|闺蜜|同事|姐姐?|妹妹?|表姐|婆婆|嫂子|邻居|病友)|患者(?:是|叫)?|病人(?:是|叫)?|女方(?:是|叫)?|男方(?:是|叫)?|[替帮代](?:我|我的)?(?:姐姐?|妹妹?|妈妈?|闺蜜|朋友|老婆|老公|同事|嫂子|姑姑|阿姨)?(?=[{CJK}]{{2,4}}(?:问|查|挂|取|约|看)))"
    rf"{_SPACED}"
)
_KIN = (
    "老公|前?丈夫|前夫|前妻|爱人|先生|老婆|妻子|太太|媳妇|对象|(?:男|女)朋友|未婚[夫妻]|闺女|女儿|儿子|妈妈?|爸爸?|母亲|父亲|婆婆|公公|岳[母父]|老伴|[表堂]?[姐妹哥弟]|姐姐|妹妹|哥哥|弟弟|"
    "嫂子|弟媳|姑姑|姨妈?|小姨|阿姨|朋友|闺蜜|同事|同学|邻居|病友|室友|那位|那口子|男人|另一半|爷们|孩子?他?[爸妈]|娃他?[爸妈]"
)
_ROLE = "取药|签字|代办|陪同|陪护|代领|领取|付款|收款|缴费|退款|担保|申请|预约|就诊|建档|登记|紧急联系|联系|监护|收件|收货|经办|委托|授权|投保|持卡"
_STATED = r"(?:就?是|叫|(?:写|填|登记|显示|印|打|签|录|用|报|留|落款|落)(?:的|着|了)?(?:是|上)?)"
_PAPER = "户口[本簿]|身份证|护照|就诊卡|医保[卡本]|卡|病历本?|病历|建档本|系统|发票|同意书|协议|单子|本子|腕带|挂号单|标签|名单|名牌|胸牌|手环|床头卡|[^,。]条|条子|封面|首页|第一页|[姓名]?名?[那这]?栏|化验单|报告|结婚证|证明|材料|表格?"
_LIKELY_ZH = re.compile(
    rf"(?:(?:[我她他](?:的|家)?)?(?:{_KIN})的?(?:名字)?就?(?:是|叫)做?|[我她他](?:的|家)?(?:{_KIN})|(?:通知|转告|告诉|转达|提醒)(?:一下)?|[甲乙患男女]方(?:是|叫)|(?:{_ROLE})人(?:姓名|名字)?就?(?:{_STATED}|:)|(?:{_PAPER})[上里]?面?的?(?:名字|姓名)?(?:都|还)?{_STATED}|(?:登记|预留|建档|挂号|注册|签|填|写|喊|叫到)的(?:名字|姓名)?是?|预约名|登记名|(?<![{CJK}])(?:小|大|真|本|全)名(?:是)?|{ANY_BARRIER}[\s,、]*名字?){_SPACED}"
)
_CORRECTED_ZH = re.compile(r"(?:名字?|姓名)[^。!?\n]{0,30}?")
_SHOULD_BE = re.compile(r"(?:补上|填上|写上|报的?是?|改了|改叫|改名|换成|应该是|应为|不是|改成|改为|写成了?|打成了?|录成了?|(?:其实|实际上?|本来)(?:是|叫)|正确的?是)")
_OTHER_NAME_ZH = re.compile(rf"{_NAME_BARRIER}[\s,、/(]*(?:中文|英文|汉语|真|本|大|小|全|曾用)名?(?:字)?(?:是|叫|:)?{_SPACED}")
#: What is a patient's and of no doctor: 谢婷婷的AMH, but not 谢婷婷的号.
_HERS = (
    "报告|结果|化验|检查|检验|激素|六项|amh|hcg|血常规|血|b超|精液|染色体|单子|单据|病历|档案|胚胎|卵|片子|胶片|发票|就诊卡|信息|资料|手机|身份证|"
    f"家属|家人|{_KIN}"
)
#: Where a doctor is spoken of, a name is the doctor's: it stays.
_OF_DOCTORS_ZH = re.compile("医生|大夫|主任|教授|专家|院长|医师|出诊|坐诊|门诊|排班|挂|号(?!码)|约|名医|口碑|主刀|怎么样|好不好|推荐|在不在|在吗|老师|护士(?!你好|您好|站)")
_USUAL = "".join(sorted(set(lists.SURNAMES) - _VERBS | set("常安方文水成")))
_GIVEN = f"[{lists.GIVEN_CHARACTERS}]"
_FORMED_ZH = re.compile(rf"(?=(?P<name>(?:{'|'.join(COMPOUND_SURNAMES)}|[{_USUAL}]){_GIVEN}{{2}})(?P<next>.?))")
_MORE_FORMED_ZH = re.compile(rf"(?=(?P<name>[{_USUAL}][{lists.MORE_GIVEN_CHARACTERS}]{{2}})(?P<next>.?))")
#: 小 and what follows it: a name behind a surname, unless it is a word.
_SMALL_ZH = re.compile(rf"(?=(?P<name>[{_USUAL}](?:小(?![姐时心孩学区程腹便月组费产])[{CJK}]|(?P<twice>(?![嬢娘姐哥妹弟婆公爷奶姨叔妈爸爹伯姑舅婶个勾])[{CJK}])(?P=twice)))(?P<next>.?))")
_KIN_FORMED_ZH = re.compile(rf"(?=(?P<name>[{SURNAMES}](?:[{lists.MORE_GIVEN_CHARACTERS}]{{2}}|(?P<twice>(?![嬢娘姐哥妹弟婆公爷奶姨叔妈爸爹伯姑舅婶])[{CJK}])(?P=twice)))(?P<next>.?))")
_CHANGED_ZH = re.compile(rf"把(?P<name>[{SURNAMES}])字?(?:打|写|录|登|印)成")
_KIN_BEFORE = re.compile(rf"(?:{_KIN})(?:的?名字)?[,\s]?$")
_FORMED_SHORT_ZH = re.compile(rf"(?:^|(?<=[,;。、:\s床她我个位和与跟喊]))(?=(?P<name>[{_USUAL}][{''.join(sorted(_GIVEN_LAST))}])(?:[,。;、\s和与跟是]|$))")
_BEFORE_FORMED = frozenset("着上在家姐妹弟哥婆夫妻名留的是叫和跟给找查知告护那位床：:，,。；;、！!？?~ \n\t(（写问看帮替与我她他方")
_AFTER_FORMED = frozenset("收名的是，,。；;、！!？?~ \n\t)）她他我就和跟与在今明昨周来说问要想做有已还上下能可没怎什请发打改约取移促抽查复女男本一二三四五六七八九十0123456789/吗呢吧啊")
#: Somebody's relatives speak of no doctor: here a rare surname and one character are a name as well.
_RELATED_ZH = re.compile(rf"(?:[是我给跟找]|[院床]的|患者|病人|^|[,。\s])(?=(?P<name>[{CJK}]{{2,4}}?)(?:的(?:家属|家人|{_KIN})|[她他](?:家属|{_KIN})))")
_START = rf"(?:(?<![{CJK}])|(?<=[查看问取拿下催把是印有给和跟与替帮到]))"
#: Names told by what stands behind them; each looks ahead, so that a wrong beginning does not swallow the right one.
_BY_FORM_ZH = tuple(re.compile(x, re.I) for x in (
    rf"{_START}(?=(?P<name>[{CJK}]{{2,4}}?)的(?:{_HERS}))",
    rf"(?:(?<=给)|(?<=退给)|(?<=转给))(?=(?P<name>[{CJK}]{{2,4}}?)(?:可以|行吗|行不|吧|的?(?:卡|账户|名下)))",
    rf"(?<=的是)(?=(?P<name>[{CJK}]{{2,4}})(?:[,。!?;~\s]|$))",
    rf"(?<=[给帮替为代])(?=(?P<name>[{CJK}]{{2,4}}?)(?:挂|约|预约|查|问|看|取|拿|缴|办|建|登|打|开|改|退|申请|咨询|留|补|寄|送|发|转))",
    rf"(?<![{CJK}])(?=(?P<name>[{CJK}]{{2,4}}?)本人)",
    rf"(?:(?<![{CJK}])|(?<=联系|通知|打给|发给|转告))(?=(?P<name>[{CJK}]{{2,4}}),?[他她]?是我的?(?:{_KIN}))",
    rf"(?:(?<![{CJK}])|(?<=[的叫喊个位上跟和]))(?=(?P<name>[{CJK}]{{2,4}}?)(?:就是我|是我本人|就是本人|(?:和我)?是(?:同)?一个人))",
    rf"(?<=[写填签])(?=(?P<name>[{CJK}]{{2,4}}?)(?:可以|行吗|行不|成吗|对吗))",
    rf"(?<=[是叫写])(?=(?P<name>[{CJK}]{{2,4}}?)这?[两三四]个字)",
    rf"(?<=[看查]下)(?=(?P<name>[{CJK}]{{2,4}}?)(?:有没有|是不是|是否)?(?:约上|排上|挂上|建上|登记))",
    rf"(?<=[在挂用到])(?=(?P<name>[{CJK}]{{2,4}}?)的?名下)",
    rf"(?<=[是叫用写填报])(?=(?P<name>[{CJK}]{{2,4}}?)这个?名字?(?![{CJK}]))",
    rf"(?:(?<![{CJK}])|(?<=[你您]好))(?:我|本人)[,\s]?(?=(?P<name>[{CJK}]{{2,4}})(?:[,。!?;~\s\d]|$))",
    rf"就是(?:那个|那位|群里的?)?(?=(?P<name>[{CJK}]{{2,4}})(?:[,。!?;~\s]|$))",
))
_CALL_ME = re.compile(rf"(?:[叫喊]我|称呼我|(?:你们?|您)(?:就|直接)?[叫喊](?=[小阿]))(?P<name>[{CJK}]{{2,4}}?)(?=就行|就好|就可以|即可|吧|好了|好啦|得了)")
#: 江晚，江水的江: a name of which a character is explained.
_EXPLAINED = re.compile(rf"(?<![{CJK}])(?:[对嗯我本人是叫,\s]|名字)*(?P<name>[{SURNAMES}][{CJK}]{{1,2}})[,，\s][{CJK}]{{1,4}}的(?P<one>[{CJK}])(?![{CJK}])")
#: What somebody gives at a counter: 缴费报侯丽, 发票开姜明珠个人.
_GIVEN_AT = re.compile(rf"(?:缴费|取药|取报告|发票|收据|签字|登记|同意书|预约|挂号|身份核对)[^。!?;\n]{{0,10}}?(?:报|开给?|写|签|填)(?:的|上|了)?(?P<name>[{CJK}]{{2,3}}?)(?=[,，。;\s]|个人|$)")
_TITLED_ZH = re.compile(rf"(?:^|(?<=[,，。;\s])|(?<=[写签])|(?<=我是|备注|称呼|叫我|我叫|呼我))(?P<name>(?:{'|'.join(COMPOUND_SURNAMES)}|[{SURNAMES}])(?:女士|太太|小姐|先生))(?=就[行好]|[,，。;\s]|$)")
#: Pieces of names of Uyghur, Kazakh, Tibetan and Mongolian patients, written in Chinese characters.
_TRANSLITERATED = re.compile("古丽|买买提|麦麦提|阿依|阿不都|阿卜杜|艾合|吐尔|努尔|热依|热合|米热|帕提|迪丽|迪力|依布拉|木拉|汗古|卓玛|扎西|次仁|央金|拉姆|旺姆|丹增|其其格|巴特尔|乌兰图|萨仁|图雅|苏布德|那仁|娜扎|叶尔|哈提")
_RUN_NAME = re.compile(rf"(?:^|(?<=[,，。;:\s叫是我]))(?P<name>(?![叫我是])[{CJK}]{{3,8}}(?:[·•.・][{CJK}]{{2,8}})?)(?![{CJK}·•.・])")
#: Behind her number: ⟨id⟩孙悦的号码.
_NUMBER_OF = re.compile(rf"{ANY_BARRIER}(?:是|\s)?(?P<name>[{CJK}]{{2,4}}?)的(?:号码?|证|卡|电话|手机|身份证|护照)")
_RECEIVES = re.compile(rf"(?<=[写填给寄])(?P<name>[{CJK}]{{2,4}}?)收(?![{CJK}])")
_CALLED_OUT = re.compile(rf"叫(?P<name>[{SURNAMES}][{CJK}]{{1,2}}?)(?=的号|的名字)")
_FAMILY_NAME = re.compile(rf"(?:[我他她]|本人|免贵|老公|[婆娘]家|[证本口][上里]?|(?:^|(?<=[,。;\s]))(?=姓[{CJK}]{{1,2}}[,，]?(?:单名|名(?!字|医))))姓(?P<name>(?:{'|'.join(COMPOUND_SURNAMES)})|[{SURNAMES}]|(?:(?![名什啥谁哪])[{CJK}])(?=$|[,。!?;\s]))(?=$|[^{CJK}]|[的,叫名昨今明预我老])")
#: A given name told by itself: 单名一个蕾字, 姓黄名雪梅.
_GIVEN_ALONE = re.compile(rf"(?:单名|单字|单一个字)(?:就|是|叫|一|单|个|字|:|\s)*[\"“']?(?P<name>(?![就是叫一单个字啥什怎])[{CJK}])(?=[\"”']?(?:字|这|$|[^{CJK}]))|姓(?:{'|'.join(COMPOUND_SURNAMES)}|[{SURNAMES}])[,\s]?(?:名字?|字)叫?(?P<two>(?!字|单)[{CJK}]{{1,2}})(?=$|[^{CJK}])")
_NEAR_NUMBER = rf"(?:[女男]|的?(?:手机|电话|身份证|护照|就诊卡|医保卡|卡)(?:号码?)?|[\s,、:;/。(是])*{ANY_BARRIER}"
_BESIDE_BEFORE = re.compile(rf"(?:^|(?<=[,;。、\n\s:!?(])|(?<={ANY_BARRIER}))(?P<name>[{CJK}]{{2,4}}){_NEAR_NUMBER}")
_BESIDE_AFTER = re.compile(rf"{ANY_BARRIER}[\s,、;/(]*(?P<name>[{CJK}]{{2,4}}?)(?:收|\))?(?=$|[\s,、。;!?)])")

# --- Latin
_WORD = re.compile(r"[A-Za-z\u00c0-\u024f][A-Za-z\u00c0-\u024f'’]*(?:-[A-Za-z\u00c0-\u024f'’]+)*")
_EXPLICIT_EN = re.compile(
    r"(?:\b(?<!doctor's )(?<!doctors )(?<!wechat )(?<!app )(?<!clinic )(?<!hospital )(?<!drug )(?<!medicine )(?<!brand )(?<!company )(?<!hotel )(?<!user)(?:my |his |her |the |our )?(?:(?:husband|wife|partner|patient|spouse|recipient|sister|mother|full|real|legal|first|last|family|given|sur|maiden)(?:'s|s)? ?)?names?(?:'s| is| as|:| =)+(?: (?:called|just))?"
    r"|\bsurname:|\bname (?:on (?:the )?(?:file|record|passport|card|booking)|-|–)[ :]+|\b(?:booked|registered|booking|appointment) (?:is )?under (?:the )?(?:name )?(?:of )?|\bi(?:'m| am) (?:called|named)|\b(?:husband|wife|partner|spouse|son|daughter)(?: is|'s)? (?:called|named)|\b(?:patient|husband|wife|partner|recipient|spouse|contact|account holder|attn|signed):"
    r"|英文名[:是叫]?|(?:姓名|名字)?拼音[:是]?|我(?:的?名字)?(?:叫|是叫)|姓名[:是]?|名字[:是叫]|(?:老公|丈夫|爱人|先生|患者|收件人|联系人|女方|男方|户名)[:叫是]{1,2}|本人[:叫]?)\s*\"?",
    re.I,
)
_WEAK_EN = re.compile(
    rf"(?:\bi(?:'|’)?m|\bi am|\bthis is|\bit(?:(?:'|’)?s| is)(?: me)?,?|\b(?:they )?call(?:ed|s)? me|\b(?:husband|wife|partner|mother|sister) of|\bsigned|\bregistered as|\b(?:put|note|list) me (?:down )?as|\byours,?|{_NAME_BARRIER} ?(?:and|&|,|/)|\bmy (?:husband|wife|partner)(?:'s)?(?: is|,)?|\bhusband|\baccount holder|\brecipient|\b(?:ship|send|post|attention) (?:it )?to|(?:(?:best|kind|warm) )?regards,?|sincerely,?|cheers,?|"
    r"(?<!doctor )(?<!the )(?<!what )(?<!which )\bname|\bmy name|我[是系]|这里是|这边是|老公)\s+|(?:我[是系]|这里是|老公)(?=[A-Za-z])",
    re.I,
)
#: A capitalised word behind these is a name; in small letters only a known one.
_LIKELY_EN = re.compile(
    r"(?i:\b(?:first|last|family|given|middle|maiden|legal|real|full|sur|nick)[ -]?names?(?: is| was)?[:=, -]+|\bmy names? |\bour names are |\bnames? (?:on|in) (?:the|my|her|his) (?!box|pack|bottle|pen|vial|syringe|medicine|drug|leaflet)[a-z]+(?: [a-z]+)? (?:is|says|reads|was) |"
    r"\b(?:passport|id card|card|slip|file|record|booking|invoice|label|wristband)(?: name)? (?:says|reads|is|shows) |\bnames? (?:of (?:the )?(?:patient|wife|husband|partner)|on file)(?: is)?[: ]+|"
    r"\b(?:booked|booking|registered|register|signed up|listed|filed|saved|put|have|got) (?:(?:me|us|her|him|it) )?(?:down )?(?:as|under) (?:the name (?:of )?)?|\b(?:made|make|written?) out to |\b(?:addressed|issued|bill|billed|parcel|letter) to |"
    r"\b(?:i(?:'m| am)|she(?:'s| is)|he(?:'s| is)) (?:known as|called|named) |\b(?:i go|s?he goes) by |\bcalls? me |\bcalled me |\b(?:(?:mis)?(?:spelled|spelt)|(?:wrote|written|typed) (?:it|my name|me|her|him)(?: as)?|(?:you|they|nurse) wrote) (?:it |my name |me )?(?:as )?|\bcontact(?: person)?(?: is)?:? |\b(?:my|her|his) name, |\b(?:find|file|list|know|have) (?:me|us) (?:down )?as |\b(?:full|legal) name:? |\bfull (?=\w+ \w)|\bguardian:? |"
    r"\b(?:the )?patient(?: is|'s name is)?:? |\bon behalf of |\basking for |\bask for |\baccount holder is |\b(?:knows?|know) (?:me|us|her|him) as |\bdown as |\b(?:text|call|address|list|greet)(?:ed|s)? (?:me|us) as |\b(?:daughters|sons|twins|kids|children|girls|boys),? |\bsigned (?:it )?as |\bmade out for |\b(?:recipient|payee|beneficiary|holder) (?:to|is|should be) |\b(?:payee|beneficiary):? |\bbelongs to |\bcouple |\bfather(?: is|:)? |\b(?:father|mother|sister|brother)[ -]in[ -]law,? |\bhubby,? |\blittle one,? |\bcollect(?:s|ed)? by |\b(?:labelled|labeled|marked) (?:as )?|\b(?:parcel|package|letter|invoice|receipt|bill) (?:is )?for |\bpick(?:ed)? up(?: is|:) |\b(?:maiden|family) name (?:was|is) |\bid has |\b(?:this|it) is for |\bnickname |\b(?:we|they)(?:'re| are) (?=[A-Z][\w-]+ (?:and|&) [A-Z])|\b(?:my|our) (?:wife|husband|partner|spouse|other half|better half|sister|brother|mother|father|mum|mom|dad|aunt|uncle|cousin|friend|neighbou?r|flatmate|roommate|colleague|man|boyfriend|girlfriend|daughter|son|fianc[eé]e?),? |\b(?:wife|husband|partner):? |"
    r"(?:护照|证件|身份证|登记|系统)?[上里]?的?(?:名字|姓名|英文名?|拼音名?)(?:是|叫|写的?是?|填的?是?|:)?\s*)\"?(?=[A-Z\u00c0-\u00de])"
)
#: My hubby is called Torbjorn Lindqvist: a capitalised word behind these, where a relative stands in front; in small letters only a partner's.
_CALLED_EN = re.compile(r"\b(?:called|named) (?=[A-Za-z\u00c0-\u00ff])")
_KIN_EN = re.compile(rf"\b(?:(?P<partner>{lists.PARTNER_EN})|{lists.KIN_EN})(?P<link>(?:,? who)?(?:(?:'|’)(?:s|re)|,? (?:is|was|are)))? $", re.I)
_LONGEST_KIN = 24
_SHOULD_BE_EN = re.compile(r"(?i:\bname)\b[^.!?\n]{0,40}?\b(?:should be|instead of|correct is|but it's|but it is|really)\s+(?=[A-Z\u00c0-\u00de])")
#: Whose: the name stands behind "for" or "find", or before "'s report"; only one that has the form of a name.
_WHOSE_EN = re.compile(
    r"\b(?:(?:reports?|results?|appointment|booking|record|file|invoice|receipt|scan|bloods?|tests?|embryos?|amh|[a-z]+ analysis|details|something|behalf|of|check|him|her|reprint|copy|prescription|slip|referral|form|certificate|bed|room|money|payment)\s+(?:for|of|under)|came from|find|look up|looked up|check(?:ing)?(?: for)?|search(?: for)?|tell [a-z]+ [a-z]+ that|(?:sister|brother|mother|wife|husband|partner|friend|daughter) of|call|is|are|has|have|and|that)\s+", re.I
)
_OF_DOCTORS_EN = re.compile(r"\b(?:dr|doctors?|prof|professor|consultant|specialist|nurse|coordinator|slots?|available|availability|schedule|clinics?|see|session|appointments? with|book(?:ing)? (?:me |us )?(?:in )?with|(?:chief|attending) physician|recommend\w*|is .{2,30} in (?:on|today|tomorrow)|midwife|expert)\b", re.I)
_FORMED_EN = re.compile(r"(?<![A-Za-z'’.@/-])[A-Z][a-z\u00c0-\u024f]+(?:[ -][A-Z][a-z\u00c0-\u024f]+){1,2}(?![A-Za-z0-9@-])|(?<![A-Za-z'’.@/-])[A-Z]{2,9} [A-Z]{2,12}(?![A-Za-z0-9@-])")
_PINYIN = re.compile(r"(?:(?:[bpmfdtnlgkhjqxrzcsyw]|zh|ch|sh)?(?:a[io]?|an|ang|e[inr]?|eng|i|ia[no]?|iang|ie|in|ing|iong|iu|o|ong|ou|u|ua[in]?|uang|ue|ui|un|uo|v))+-?(?:[a-z]+)?")
#: Then a name is hers, whoever else is spoken of.
_ME_EN = re.compile(r"(?i:\b(?:that(?:'s|’s| is)|it(?:'s|’s| is)|which is) me\b)")
_PARTICLES = frozenset("de del della di da dos du van von der den bin binti bint al el la le ter ten".split())
_PLACES_TOO = frozenset("victoria georgia florence charlotte adelaide diana angel crystal ruby pearl".split())
_PLACE_BEHIND = re.compile(r"(?i: (?:road|street|avenue|lane|hospital|clinic|university|district|city|province|park|square|station|college|medical|tower|test|syndrome|bay|hotel|airport|lu|jie|reproductive))\b")
_POSSESSED_EN = r"(?:'s|’s|s')\s+(?:report|results?|amh|fsh|hcg|bloods?|scan|file|record|test|appointment|booking|embryos?|eggs?|slip|card|husband|wife|partner|mother|sister|phone|passport|account|name|room|son|daughter|brother)\b"
_UNDER_EN = re.compile(r"(?i:\b(?:it's|it is|book(?:ed|ing)?|appointment|it|look(?:ed)?|check(?:ed)?|search(?:ed)?|fil(?:e|ed)|me|us|record|everything) under )(?P<name>[A-Z][A-Za-z\u00c0-\u024f'’-]+(?: [A-Z][A-Za-z\u00c0-\u024f'’-]+)?)(?=$|[,.!?]| please)|(?i:(?:^|[,.;\n]\s*)under )(?P<please>[A-Z][A-Za-z\u00c0-\u024f'’-]+)(?= please)")
_CLOSING_EN = re.compile(r"(?i:\b(?:(?:best |kind |warm )?regards|sincerely)\s|\b(?:thanks?(?: you)?(?: (?:so|very) much| a lot| again)?|best(?: wishes)?|cheers|love|yours|greetings|regards|sincerely)\s?[,!.\n-]+\s*)(?P<name>[A-Z][A-Za-z\u00c0-\u024f'’-]+(?: [A-Z][A-Za-z\u00c0-\u024f'’-]+){0,2})\W*$")
_LAST_EN = re.compile(r"[,.?!]\s+(?P<name>[A-Z][a-z\u00c0-\u024f]{2,}(?: [A-Z][a-z\u00c0-\u024f-]{2,}){1,2})\s*[.!]?$")      # as one signs
_IN_NAME_EN = re.compile(r"(?i:\bin )(?P<name>[A-Z][A-Za-z\u00c0-\u024f'’-]+?)(?=(?:'s|’s) name)|(?i:\bi (?:was|used to be) )(?P<please>[A-Z][A-Za-z\u00c0-\u024f'’-]+)(?=,? before (?:I|i|we|my))")
#: With an initial, as one signs; not a germ.
_INITIAL_EN = re.compile(r"(?<![A-Za-z.])(?P<name>(?:[A-Z]\. ?){1,2}(?!Coli|Pylori|Korea|Africa|America)[A-Z][a-z\u00c0-\u024f]{2,}(?:-[A-Z][a-z]+)?)")
#: My husband's phone, he's Anders Holm.
_HE_IS_EN = re.compile(r"(?i:\b(?:husband|wife|partner|sister|brother|mother|father|mum|mom|dad|friend|roommate|colleague|daughter|son|fianc[eé]e?)\b[^.!?\n]{0,30}?\b(?:he|she)(?:'s|’s| is) )(?P<name>[A-Z][a-z\u00c0-\u024f'’-]+ [A-Z][a-z\u00c0-\u024f'’-]+)")
_REACHED_EN = re.compile(rf"(?i:\b(?:reach|call|ring|phone|text|message|contact) )(?P<name>[A-Z][a-z\u00c0-\u024f'’-]+(?: [A-Z][a-z\u00c0-\u024f'’-]+)?)(?= (?:on|at|under) {ANY_BARRIER})")
_POSSESSES_EN = re.compile(rf"(?<!Dr )(?<!Prof )(?<!Nurse )(?<![A-Za-z])(?P<name>[A-Z][a-z\u00c0-\u024f'’-]+ [A-Z][a-z\u00c0-\u024f-]+)(?={_POSSESSED_EN})")
#: Could Abdul Karim sign, he's my father-in-law; I'm Bertie's missus.
_MY_KIN_EN = re.compile(r"(?=(?<![A-Za-z])(?P<name>[A-Z][a-z\u00c0-\u024f'’-]+ [A-Z][a-z\u00c0-\u024f'’-]+)[^.!?\n]{0,30}\b(?i:he|she)(?:'s|’s| is) my )|\b[Ii](?:'|’)?(?:m| am) (?P<please>[A-Z][a-z\u00c0-\u024f-]+)(?=(?:'s|’s) (?i:wife|husband|missus|partner|mother|mum|mom|sister|girlfriend|fianc[eé]e?)\b)")
_IN_BED_EN = re.compile(r"(?i:\b(?:bed|room) \d{1,4}[a-z]?,? (?:is )?)(?P<name>[A-Z][a-z\u00c0-\u024f'’-]{2,}(?: [A-Z][a-z\u00c0-\u024f'’-]+)?)(?=[.!?,]|$)|(?P<please>[A-Z][a-z\u00c0-\u024f'’-]{2,})(?= (?i:from|in) (?i:bed|room) \d)")
_TITLED_EN = re.compile(r"(?<!with )(?<!see )(?<!by )(?<!from )(?<!ask )(?<!nurse )(?<!to )(?:Mrs|Ms|Miss)\.? (?P<name>[A-Z][a-z\u00c0-\u024f'’-]+)(?! (?:clinic|hospital))")
_HERE = re.compile(r"(?:^|[.!?\n])\s*(?:(?:hi|hello|hey|good morning|good afternoon)[, ]+)?(?P<name>(?:(?:Mrs|Ms|Miss|Mr)\.? )?[A-Za-z\u00c0-\u024f'’-]+(?: [A-Za-z\u00c0-\u024f'’-]+)?) (?:here|speaking|calling)\b", re.I)
_BESIDE_LATIN = re.compile(rf"(?:^|(?<=[,;.:\n])|\b[Rr]egister|\b[Aa]dd|\bsign up|\bfor)\s*(?P<name>[A-Z][A-Za-z\u00c0-\u024f'’-]+(?: [A-Z][A-Za-z\u00c0-\u024f'’-]+){{1,2}}),?\s*(?:(?:id|phone|passport|tel|mobile)(?: (?:no|number))?:?\s*)?{ANY_BARRIER}")
_TITLED_LATIN = re.compile(r"(?:Mrs|Ms|Miss|Mr)\.? [A-Z][a-z]+(?:[ -][A-Z][a-z]+)?")
_DOCTOR = frozenset("dr doctor doc prof professor nurse coordinator mr".split())
_LIKE_SURNAMES = frozenset("he an she so long may".split())      # surnames that are also small words
_GIVEN_BEHIND = re.compile(r" [A-Z][a-z]{1,6}(?:-?[a-z]{2,6})?(?= [/,&]|[,.;/\n]|$|'s)")
#: What is said of somebody known to all, not of a patient to her clinic: had a baby at 50, was the first test-tube baby.
_GENERAL_EN = re.compile(
    r"(?i:,? (?:who )?(?:only |also |even |just )?(?:had|has|gave birth|got pregnant|fell pregnant|became|conceived|was born|froze|used|did|went through|(?:talked|spoke|wrote|opened up) about|announced|was)\b"
    r"[^.!?\n]{0,30}?(?:\bat (?:the age of |age )?\d\d\b|\bin (?:her|his) (?:forties|fifties|40s|50s)|\bfirst\b|\bon (?:tv|instagram|weibo)|\bpublicly|\b(?:her|his|their|the) (?:ivf|infertility|miscarriages?|surrogate|fertility)|\bsurrogates?|\btwins))"
)
_FAMOUS_EN = re.compile(r"(?i:\b(?:celebrit(?:y|ies)|stars?|famous|actress|actor|singer|model|princess|queen|president|news about|in the news|movie|film|book by|documentary|like|unlike)[ ,]+(?:(?:is|was|such as) )?)$")
_ABOUT = 24     # characters before a name in which a word says that it is a famous one
_SEX = re.compile(r"[FMfm][ ,/]{1,2}\d\d(?!\d)")
_CAPITALS_TO_END = re.compile(r"(?: [A-Z][A-Za-z\u00c0-\u024f'’-]*){0,3}\s*(?:$|[^\w\s'’]|\n|\band\b)")
_NOT_GIVEN_EN = re.compile(r"(?i:n\.?/a\b|n\.a\.)")
_LINKS = frozenset("is are has have and that".split())       # before these words alone a name may be anybody's
_MOST_WORDS = 5
SAID, SHAPED = 8, 9
"""Ranks: a name that is said to be somebody's, her own or a relative's; and one told from its form, which may be a doctor's."""


def find_names(view: View) -> list[Candidate]:
    """Names in a view, each after the words that give it."""
    text = view.text.replace("俺", "我")
    said: list[tuple[int, int]] = []
    shaped: list[tuple[int, int]] = []
    for script, by_word, by_form in ((HAN, _said_zh, _shaped_zh), (LATIN, _said_en, _shaped_en)):
        if script.search(text):
            said += by_word(text)
            shaped += by_form(text)
    return [Candidate("name", start, end, view.text[start:end], rank) for spans, rank in ((said, SAID), (shaped, SHAPED)) for start, end in spans]


def _said_zh(text: str) -> Iterator[tuple[int, int]]:
    for cue, sure in ((_EXPLICIT_ZH, _SURE), (_OTHER_NAME_ZH, _SURE), (_LIKELY_ZH, _LIKELY), (_WEAK_ZH, _WEAK)):
        for found in cue.finditer(text):
            if sure != _SURE or not of_doctor(text, found.start()):
                for start, end in _here(text, found.end(), sure):
                    if surnamed(text[start:end]) or not _OF_A_PART.match(found[0]) or plausible(text[start:end]):
                        yield start, end
    for found in _CORRECTED_ZH.finditer(text):
        for change in _SHOULD_BE.finditer(text, found.end(), min(len(text), found.end() + 30)):
            yield from _here(text, change.end(), _WEAK)
    for pattern in (_CALL_ME, _FAMILY_NAME, _CHANGED_ZH):
        for found in pattern.finditer(text):
            if not set(found["name"]) & _FUNCTION and (pattern is not _CALL_ME or not set(found["name"]) & _NOT_LAST):
                yield found.span("name")
    for found in _GIVEN_ALONE.finditer(text):
        yield found.span(found.lastgroup or 0)
    yield from _told_otherwise(text)
    for pattern in (_CALLED_OUT, _NUMBER_OF, _RECEIVES, _BESIDE_BEFORE, _BESIDE_AFTER, _PERSON, _I, _I_THAT):
        for found in pattern.finditer(text):
            if full_name(found["name"]) and not (found["name"][0] in _VERBS and found["name"][-1] in _NOT_LAST):     # 查一下
                yield found.span("name")


def _shaped_zh(text: str) -> Iterator[tuple[int, int]]:
    for pattern in _BY_FORM_ZH:
        for found in pattern.finditer(text):
            if _plain_name(found["name"]):
                yield found.span("name")
    yield from _formed_of_more(text)
    if not _OF_DOCTORS_ZH.search(text):
        yield from _formed_zh(text)
    for found in _RELATED_ZH.finditer(text):
        if full_name(found["name"]) and found["name"][0] not in _VERBS and found["name"][-1] not in _NOT_LAST:
            yield found.span("name")


def _told_otherwise(text: str) -> Iterator[tuple[int, int]]:
    """Names that are explained, given at a counter, come with a form of address or are written after another language."""
    for found in _EXPLAINED.finditer(text):
        if full_name(found["name"]) and found["one"] in found["name"]:
            yield found.span("name")
    for found in _GIVEN_AT.finditer(text):
        if _plain_name(found["name"]):
            yield found.span("name")
    for found in _TITLED_ZH.finditer(text):
        yield found.span("name")
    for found in _RUN_NAME.finditer(text):
        if _TRANSLITERATED.search(found["name"]) and not set(found["name"]) & _FUNCTION and not _TITLE.search(found["name"]) and text.strip() != found["name"]:
            yield found.span("name")


def _formed_zh(text: str) -> Iterator[tuple[int, int]]:
    """Three characters that are a frequent surname and two of given names, standing free: a name, whatever announces it.

    A message that is nothing but a name says nothing about whose it is: left alone.
    """
    for found in _FORMED_SHORT_ZH.finditer(text):
        if full_name(found["name"]) and text.strip() != found["name"]:
            yield found.span("name")
    for found in _FORMED_ZH.finditer(text):
        start, end = found.span("name")
        free = (not start or text[start - 1] in _BEFORE_FORMED) and (not found["next"] or found["next"] in _AFTER_FORMED)
        if free and full_name(found["name"]) and text.strip() != found["name"]:
            yield start, end


def _formed_of_more(text: str) -> Iterator[tuple[int, int]]:
    """Three characters that form no words: a usual surname and two of given names, standing free or behind a relative.

    Where a doctor is spoken of, only behind a relative; a message that is nothing but a name is left alone.
    """
    doctors = bool(_OF_DOCTORS_ZH.search(text))
    places = [*_MORE_FORMED_ZH.finditer(text), *_SMALL_ZH.finditer(text)]
    places += [found for found in _KIN_FORMED_ZH.finditer(text) if _KIN_BEFORE.search(text, max(0, found.start() - 12), found.start())]
    for found in places:
        start, end = found.span("name")
        name = found["name"]
        counted = name[0] == "张" and start and text[start - 1] in "这那一二两三四五六七八九十几每好"
        tomorrow = bool(re.match("[明今昨春夏秋冬][天年早晚]|周[一二三四五六日天末]", name[2] + found["next"]))
        greeted = text[max(0, start - 2) : start].rstrip(",，")[-1:] in tuple("好早") and text[start - 1 : start] in (",", "，")       # 你好，黎测测
        if counted or tomorrow or greeted or name[:2] in lists.WORDS_LIKE_NAMES or {name[1:], name[2] + found["next"]} & lists.WORDS_OF_GIVEN or not full_name(name) or text.strip() == name:
            continue
        begins = not start or text[start - 1] in _BEFORE_FORMED or text[max(0, start - 2) : start] in ("那个", "这个")
        free = begins and (not found["next"] or found["next"] in _AFTER_FORMED)
        if _KIN_BEFORE.search(text, max(0, start - 12), start) or free and not doctors:
            yield start, end


def _here(text: str, start: int, sure: int) -> Iterator[tuple[int, int]]:
    """The name that begins at `start`; after a weak cue only where surname, length and the next word speak for it."""
    dotted = _DOTTED.match(text, start)
    if dotted:
        yield dotted.span()
        return
    run = _RUN.match(text, start)
    if not run:
        return
    end = _end(run[0][:10], sure)
    if end:
        yield start, start + end


def _end(run: str, sure: int) -> int:
    """Length of the name that a run of Chinese characters begins with; 0 for none."""
    surname = _SURNAME.match(run)
    if not surname:
        return sure == _SURE and _nickname(run) or _rare(run)
    base = surname.end()
    if base > 1 and run[base : base + 1] in _PLACE_AFTER_COMPOUND:
        return 0
    if _NOT_A_NAME.match(run) and base == 1 or _TITLE.match(run, base) or sure < _SURE and run[base : base + 1] in _NOT_FIRST:
        return 0
    for given in (2, 1):
        name, after = run[: base + given], run[base + given :]
        ends = not after and name[-1:] in _LAST_AT_END
        if len(name) < base + given or set(name[base:]) & _FUNCTION or given == 2 and name[-1] in _NOT_LAST and not ends:
            continue
        if _TITLE.match(after):
            return 0
        if (not after or after[0] in _NEXT) and (sure == _SURE or _long_enough(name, sure, not after)):
            return len(name)
    if sure < _SURE:
        return 0
    rest = run[base : base + 2]
    if not rest or rest[0] in _FUNCTION:
        return 0
    return base + (2 if len(rest) == 2 and rest[1] not in _NOT_LAST else 1)


def _long_enough(name: str, sure: int, ends: bool) -> bool:
    """Whether a name of this length is one after words that leave it open: two characters need a surname that begins few other words."""
    if sure == _LIKELY:
        return len(name) > 2 and ends if name[0] in _VERBS else len(name) > 2 or name[-1] not in _NOT_LAST
    rare = ends and seldom(name[0]) and name[-1] in _RARELY_GIVEN
    return len(name) > 2 or rare or name[0] in CORE_SURNAMES or name[0] not in _VERBS and name[-1] in _GIVEN_LAST


def _plain_name(name: str) -> bool:
    """Whether characters that no word announces are a name: a usual surname, three characters or a most frequent one, and no word's end."""
    if not full_name(name) or name[-1] in _NOT_LAST or name[0] in _VERBS and not name.startswith(COMPOUND_SURNAMES):
        return False
    return name[1] not in _NOT_FIRST and (len(name) > 2 or name[0] in CORE_SURNAMES)


def _nickname(run: str) -> int:
    """After "I am called": up to four characters up to the end of the run, none of them a function word."""
    return len(run) if 2 <= len(run) <= 4 and not set(run) & _NOT_LAST and not _TITLE.search(run) and not _NO_NICKNAME.search(run) else 0


def _rare(run: str) -> int:
    """Length of a name that begins with 那 or with a character that few words have, 仡徕芝, where nothing but given names' characters follow up to the end of the run."""
    first, rest = run[0], run[1:]
    if not 2 <= len(run) <= 4 or not set(rest) <= _RARELY_GIVEN and not all(char in _RARELY_GIVEN or seldom(char) for char in rest) or _TITLE.search(run):
        return 0
    if first in _SMALL_SURNAMES:
        return len(run) if len(run) < 4 and rest[0] not in _NOT_AFTER_SMALL and rest[0] in lists.GIVEN_CHARACTERS else 0
    return len(run) if len(run) > 2 and seldom(first) and rest[-1] not in _NOT_LAST_OF_RARE else 0      # 茉莉


def seldom(char: str) -> bool:
    """Whether a Chinese character is none of the 3,755 of the first level of GB 2312, nor one that our patients' words begin with."""
    if char in lists.SELDOM_IN_WORDS:
        return False
    try:
        return char.encode("gb2312") >= _SECOND_LEVEL
    except UnicodeEncodeError:
        return "\u3400" <= char <= "\u9fff"


def surnamed(name: str) -> bool:
    """Whether a name begins with a surname, or a character that is likelier one than the beginning of a word."""
    return name[0] in SURNAMES or name[0] in _USUAL or name[0] in lists.SURNAMES_BEHIND_LABELS or name[0] in _SMALL_SURNAMES or name.startswith(COMPOUND_SURNAMES) or seldom(name[0])


def plausible(name: str) -> bool:
    """Whether characters that begin with no surname may be a name: of those of given names and of transliterations, and no word."""
    return all(char in _RARELY_GIVEN or char in lists.TRANSLITERATING or char in SURNAMES or seldom(char) for char in name) and not any(
        name[place : place + 2] in lists.WORDS_OF_GIVEN for place in range(len(name) - 1)
    )


def of_doctor(text: str, start: int) -> bool:
    """Whether the label that begins at `start` is that of a doctor or nurse: 报告医师签名."""
    return bool(_OF_DOCTOR.search(text, max(0, start - 8), start))


def name_at(text: str, start: int, sure: Sureness) -> tuple[int, int] | None:
    """The Chinese name that begins at `start`, behind words of this sureness."""
    return next(_here(text, start, sure), None)


def full_name(name: str) -> bool:
    """Whether Chinese characters are a surname and a given name, and no word that begins like one."""
    surname = _SURNAME.match(name)
    if not surname or _NOT_A_NAME.match(name) or _TITLE.search(name):
        return False
    given = name[surname.end() :]
    return 1 <= len(given) <= 2 and not set(given) & _FUNCTION and given[-1] not in "号卡证机话码址区市省路"


def _said_en(text: str) -> Iterator[tuple[int, int]]:
    for found in _EXPLICIT_EN.finditer(text):
        yield from _han_after(text, found.end(), _SURE)
        yield from _words(text, found.end(), _SURE)
    for cue, sure in ((_LIKELY_EN, _LIKELY), (_SHOULD_BE_EN, _LIKELY), (_WEAK_EN, _WEAK)):
        for found in cue.finditer(text):
            yield from _words(text, found.end(), sure)
    for found in _CALLED_EN.finditer(text):
        kin = _KIN_EN.search(text, max(0, found.start() - _LONGEST_KIN), found.start())
        if kin and (text[found.end()].isupper() or kin["partner"] and kin["link"]):
            yield from _words(text, found.end(), _LIKELY if text[found.end()].isupper() else _SURE)
    for found in _HERE.finditer(text):
        for start, end in _words(text, found.start("name"), _WEAK):
            if end >= found.end("name"):
                yield start, end
    for found in _BESIDE_LATIN.finditer(text):
        first, *_, last = found["name"].lower().split()
        if first not in NOT_LATIN_NAMES | _DOCTOR and last not in NOT_LATIN_NAMES:
            yield found.span("name")


def _shaped_en(text: str) -> Iterator[tuple[int, int]]:
    """Names that their own form and what stands around them tell."""
    for found in _WHOSE_EN.finditer(text):
        for start, end in _words(text, found.end(), _WEAK):
            if _formed(text[start:end]) and (len(found[0].split()) > 1 or found[0].strip().lower() not in _LINKS or re.match(_POSSESSED_EN, text[end : end + 16], re.I)):
                yield start, end
    yield from _free(text)
    signed = () if _OF_DOCTORS_EN.search(text) else (_LAST_EN, _INITIAL_EN)
    for pattern in (_UNDER_EN, _IN_NAME_EN, _HE_IS_EN, _REACHED_EN, _POSSESSES_EN, _MY_KIN_EN, _IN_BED_EN, _CLOSING_EN, _TITLED_EN, *signed):
        for found in pattern.finditer(text):
            name = found["name"] or found["please"]
            words = name.lower().split()
            if name[0].isupper() and not set(words) & NOT_LATIN_NAMES and words[0] not in _DOCTOR:
                yield found.span(0 if pattern is _TITLED_EN else "name" if found["name"] else "please")


def _free(text: str) -> Iterator[tuple[int, int]]:
    """Known given name or surname with another capitalised word, anywhere but where a doctor, a street or an institution is spoken of."""
    hers = bool(_ME_EN.search(text))
    if _OF_DOCTORS_EN.search(text) and not hers:
        return
    for found in _FORMED_EN.finditer(text):
        name, words = found[0], found[0].lower().split()
        if not hers and (_GENERAL_EN.match(text, found.end()) or _FAMOUS_EN.search(text, max(0, found.start() - _ABOUT), found.start())):
            continue
        first = words[0] in GIVEN_NAMES and words[0] not in _PLACES_TOO or all(_PINYIN.fullmatch(x) for x in words) and {words[0], words[-1]} & PINYIN_SURNAMES
        if (first or hers) and not set(words) & (NOT_LATIN_NAMES | _DOCTOR) and not _PLACE_BEHIND.match(text, found.end()) and text.strip(" .!?") != name:
            yield found.span()


def _formed(name: str) -> bool:
    """Whether two to four capitalised words have the form of a name: a usual given name or a surname among them."""
    words = name.split()
    known = any(part in GIVEN_NAMES or part in PINYIN_SURNAMES for word in words for part in word.lower().split("-"))
    return 2 <= len(words) <= _MOST_WORDS and known and all(word[:1].isupper() for word in words)


def _han_after(text: str, start: int, sure: int) -> Iterator[tuple[int, int]]:
    if "\u3400" <= text[start : start + 1] <= "\u9fff" and text[start - 1 : start].isascii():
        yield from _here(text, start, sure)


def _words(text: str, start: int, sure: int) -> Iterator[tuple[int, int]]:
    """The Latin name that begins at `start`: capitalised words, or known names in any case."""
    words: list[re.Match[str]] = []
    position = start
    if _NOT_GIVEN_EN.match(text, start):
        return
    while len(words) < _MOST_WORDS and (word := _WORD.match(text, position)):
        low = word[0].lower()
        if not words and sure == _SURE and _labelled(text, word):
            words.append(word)
            position = word.end() + 1
            if text[word.end() : position] == " ":
                continue
            break
        surname = not words and low in _LIKE_SURNAMES and word[0][0].isupper() and bool(_GIVEN_BEHIND.match(text, word.end()))
        second = surname or bool(words) and words[-1][0][0].isupper() and word[0][0].isupper() and (low in SECOND_NAMES or len(low) == 1)
        particle = bool(words) and low in _PARTICLES and bool(re.match(r" (?:(?:la|los|der|den) )?[A-Z]", text[word.end() :]))
        if low.removesuffix("'s") in NOT_LATIN_NAMES and not second and not particle or low.removesuffix("'s") in _DOCTOR or _SEX.match(text, position):
            break
        words.append(word)
        position = word.end() + (text[word.end() : word.end() + 1] == "." and len(word[0]) == 1)
        if text[position : position + 1] != " ":
            break
        position += 1
    if not words and (titled := _TITLED_LATIN.match(text, start)):
        yield titled.span()
    count = _count([word[0] for word in words], _stops(text, words), _ends(text, words), sure)
    if count:
        end = words[count - 1].end()
        if text[end - 2 : end] in ("'s", "’s") and end - start > 3:
            end -= 2
        yield start, end + (text[end : end + 1] == "." and len(words[count - 1][0]) == 1)


def _labelled(text: str, word: re.Match[str]) -> bool:
    """Whether a capitalised word that else begins no name does behind a label: name: April May, my name is Sunday Okafor."""
    return word[0][0].isupper() and word[0].lower() in lists.NAMES_TOO and bool(_CAPITALS_TO_END.match(text, word.end()))


def _stops(text: str, words: list[re.Match[str]]) -> bool:
    """Whether behind the words read stands no further small word: an end, a mark, or a word that is in no name."""
    if not words:
        return False
    behind = text[words[-1].end() :]
    follows = _WORD.match(behind.lstrip(" "))
    return not follows or not behind.startswith(" ") or follows[0].lower() in NOT_LATIN_NAMES


def _ends(text: str, words: list[re.Match[str]]) -> bool:
    """Whether behind the words read the clause ends."""
    return bool(words) and bool(re.match(r"\s*(?:$|[^\w\s'’-]|(?:and|but|so)\b)", text[words[-1].end() : words[-1].end() + 8]))


def _count(words: list[str], stops: bool, ends: bool, sure: int) -> int:
    """How many of the words are the name."""
    if not words or words[0].lower() in _DOCTOR:
        return 0
    capital = [word[:1].isupper() or place > 0 and word.lower() in _PARTICLES for place, word in enumerate(words)]
    words = [re.sub("['’]s$", "", word) for word in words]
    known = [word.lower() in GIVEN_NAMES or word.lower() in PINYIN_SURNAMES for word in words]
    capitals = next((place for place, is_capital in enumerate(capital) if not is_capital), len(words))
    if capital[0]:
        short = sure == _LIKELY and capitals == 1 and words[0].isupper() and len(words[0]) <= 3      # IC, AMH, the E of a passport
        enough = sure and not short or words[0].lower() in GIVEN_NAMES or capitals >= 2 and len(words[1]) > 1
        return capitals if enough else 0
    if words[0].lower() in GIVEN_NAMES or sure == _SURE and known[0]:
        return len(words) if stops and len(words) <= 3 else 1 if words[0].lower() in GIVEN_NAMES or len(words) < 2 else 2
    return len(words) if sure == _SURE and ends and len(words) <= 3 else 0
