"""The words before a number that say what it is. Matched on the lower-case view, in a short window that ends where the number begins."""

from __future__ import annotations

import re

WINDOW = 40
_LINK = (
    r"(?:\s|[:#=.,'\"“”()\[\]/-]|号码|编号|号|码|是|为|就是|填的?|写的?|报的?|用的?|的|叫|我|他|她|呢|啊|"
    r"\bis\b|\bare\b|\bwas\b|'s\b|\bnumbers?\b|\bids?\b|\bno\b|\bnum\b|\bnr\b|\bwith\b|\bon\b|\bat\b|\bto\b|\bfrom\b|\bof\b|\bit\b|\bthe\b|\b(?:you|they) gave (?:me|us)\b|\bi was given\b)*$"
)
_NAMED = re.compile(r"号|码|:|是|#|\bno\b|\bnumber|\bnum\b|\bid\b|\bis\b")


def _cue(words: str) -> re.Pattern[str]:
    return re.compile(f"(?P<cue>{words})(?P<link>{_LINK})")


ID_CARD = _cue(
    r"身份证件?|证件|身分证|回乡证|港澳证|通行证|台胞证|居住证|居留证|居留许可|居住许可|居留身份证|(?:外国人)?永(?:久)?居(?:留|民)?(?:身份)?[证卡]?|五星卡|户口[本簿]|户籍号|户号|(?:驾驶证|驾照|驾驶执照)(?:档案)?|"
    r"(?:军官|士官|士兵|军人|警官|警察|军残|残疾人?|优待|海员)证|文职(?:干部|人员)?证|结婚证(?:字号|登记)?|离婚证(?:字号)?|出生(?:医学)?证明?|准生证|hkid|(?<!order )(?<!report )(?<!sample )(?<!wechat )\bid\b(?: card)?|"
    r"\bidentity (?:card|number)|\bcitizen id|\bnational id|return permit|compatriot (?:permit|pass)|travel permit|\bpermit\b|residen(?:ce|t) (?:permit|card)|\bssn\b|social security number|driv(?:ing|er'?s?) (?:licen[cs]e|permit)|"
    r"(?:officers?(?:'s)?|military|soldier's|police) (?:certificate|card|pass)|household (?:register|book|registration)|\bhukou(?: book(?:let)?)?\b|(?:marriage|birth) certificate"
)
ID_NEAR = re.compile(r"身份证|身分证|identity card|\bid (?:card|number)|my id\b")
PASSPORT = _cue(
    r"护照(?:换发了?|换了)?(?:,?\s?新的)?|旅行证|户照|互照|护昭|(?:pas{1,2}p[a-z]{0,3}ts?|pas{1,2}ort|ps{1,2}a?port|pas{1,2}eport|pasaporte|reisepass)\b(?: numbers?)?(?: (?:starts|begins) with (?-i:[a-z]{1,2}),?(?: then| followed by)?)?|护照号?[a-z]{1,2}(?:后面|开头)|travel document|\bpp (?:no|number)"
)
MEDICAL = _cue(
    r"就诊卡|诊疗号|就诊号|就诊id|门诊号|门诊卡|住院号|病历号|病历本号|病案号|档案号|建档号|医保卡?|医保(?:电子)?凭证|医保(?:卡|个人)?(?:账[号户]|编号|编码|结算号)|新农合|农合证|公费医疗证|市民卡|医疗卡|医疗保险号|社保卡?|社会保障卡?|诊疗卡|健康卡|电子健康码号|登记号|患者(?:id|编号|号)|病人(?:id|编号|号)|"
    r"(?:医保卡|就诊卡|诊疗卡|社保卡|健康卡|病历)[^0-9a-z。!?;\n]{1,10}[,，]\s?(?:卡|病历)?号码?(?=\s|[是为:])|建档时?给我?的号|(?:军人)?保障卡|保单号?|保险号|试管号|周期编号|\bmrn\b|medical (?:record|card|number|id|insurance)(?: card)?|patient (?:id|number|no)|(?:hospital|clinic|file|record|treatment) (?:number|no\b|id|card)|clinic (?:number|card)|outpatient (?:card|number)|"
    r"insurance (?:policy|card|member|number|no\b|id)(?: (?:number|no|id))?|policy (?:number|no)|member(?:ship)? (?:id|number|no\b|card)|social security card|health (?:card|insurance)(?: card)?|visit (?:number|no\b|id)|\byi ?bao(?: ?ka)?(?: card| account)?|\bshe ?bao(?: ?ka)?(?: card)?|social (?:security|insurance)(?: card| number)?|\bjiuzhen ?ka|nhs number|medicare(?: card)?|chart number"
)
SOME_CARD = _cue(r"(?<![行用蓄款费])卡号")
BANK = _cue(
    r"银行卡|信用卡|储蓄卡|借记卡|退费卡|退款卡|卡号|账号|帐号|账户|工行|建行|农行|中行|招行|交行|工商银行|建设银行|农业银行|中国银行|招商银行|(?:退费?|退款|打款?|转)(?:退)?到|卡|"
    r"\bvisa\b|master ?card|\bamex\b|union ?pay|(?:bank|debit|credit)(?: card| account)?|\bcard\b|\baccount\b|\biban\b|refund(?:ed)? to"
)
PHONE = _cue(
    r"手机|电话|座机|固话|固定电话|宅电|号码|联系方式|联系|微信同?号?|微信|薇信|\b[vw]x\b|加我|打给?我|打这个|回我|回电|短信|香港号|美国号|whatsapp|we ?chat(?: id)?|weixin|\btel(?:ephone)?\b|\bphone\b|\bmobile\b|\bcell(?:phone)?\b|"
    r"(?:call|text|reach|ring|contact|message) (?:me|us|him|her|my husband)|\bcontact\b|\bmy (?:new |old |hk |us |uk )?number\b|\bline\b(?= id)|viber|telegram|\blandline\b|\b(?:call|ring|phone|try) (?:the |my |our )?(?:house|home|flat|office)\b"
)
ORDER = _cue(
    r"订单|单号|流水|报告|样本|标本|条码|条形码|编号|检验单?|化验单?|申请单?|检查单?|挂号单|缴费单|处方单?|快递|运单|交易号?|凭证|商户|发票|预约号|取号|胚胎|冷冻管|\border\b|\breports?\b|\bsample\b|\bbar ?code\b|\btracking\b|\breference\b|\bref\b|"
    r"\binvoice\b|\breceipt\b|\btransaction\b|\bbooking\b|\bstraw\b|\btube\b|\bticket\b"
)
_WHAT_EN = r"\bid\b|\bpassport\b|\bphone\b|\bmobile\b|\bcell(?:phone)?\b|\bnumber\b|\bcard\b|\bpermit\b|\blicen[cs]e\b"
_HOW_MANY = r"(?: (?:three|four|five|six|few|[3-6]))?(?: ?(?:digits|numbers|characters|ones))?"
TAIL = re.compile(
    r"(?P<what>病历号|就诊卡|医保卡|社保卡|身份证|身分证|证件|护照|通行证|永居[证卡]?|驾驶证|驾照|手机|电话|号码|银行卡|信用卡|储蓄卡|卡|"
    rf"{_WHAT_EN})[^0-9,。;!?]{{0,8}},?(?:尾号|尾巴|最?[后末](?:三|四|五|六|3|4|5|6|几)个?[位码]?(?:数字?)?|尾数|结尾|末尾|收尾)(?:\s|[是为:的,=]|我|(?<=我)老公|他|她)*$"
    r"|(?P<only>身份证|身分证|证件|护照|手机|电话|银行卡|就诊卡|医保卡|社保卡|卡)(?:号码?)?的?最后(?:\s|[是为:的])*$"
    rf"|(?P<what2>{_WHAT_EN})(?: card)?(?: number| no\.?)? ?(?:that )?(?:ends?|ending)(?: (?:in|with|on))?(?:\s|:)*$"
    rf"|(?P<what4>{_WHAT_EN})(?: card)?(?: number| no\.?)?,? ?(?:the |its )?(?:last|final)(?! (?:$|is|are)){_HOW_MANY}(?: (?:is|are|being)|[:,=])*\s*$"
    rf"|\b(?:last|final)(?! of| on){_HOW_MANY} (?:of|on) (?:my|his|her|the|our)(?: (?:husband|wife|partner)'s)? (?P<what3>id|passport|phone|mobile|cell|card|permit|driving licen[cs]e)(?: card| number| no\.?)*(?: (?:is|are)|:)*\s*$"
)
#: The end of a number that is not named here: 尾号4799, 我的后四位是8515.
BARE_TAIL = re.compile(r"(?:^|[,。;!?\s]|我[的是]?|本人的?|老公的?|预留的?|登记的?)(?P<tail>尾号|最?[后末](?:四|4)位)(?:数字?)?(?:\s|[是为:])*$")
TAIL_OF = re.compile(r"的?(?P<of>身份证|证件|手机|电话|银行卡|护照|就诊卡|医保卡|社保卡|卡)")
OF_A_TURN = re.compile(r"排队|叫号|取号|排号|号码牌|订单|单号|流水|报告|条码|样本|胚胎|快递|发票|限行|车牌")
MEASURE = re.compile(
    r"hcg|血值|翻倍|孕酮|雌二醇|雌激素|卵泡|内膜|左[边侧卵]|右[边侧卵]|糖耐|血糖|血压|\b(?:e2|lh|fsh|amh|tsh|p4?|prl|ft[34])\b|\bbeta\b|follicle|lining|estradiol|progesterone|glucose|\bmm\b|paid|cost|花了|一共|价|费|元|块"
)
UNIT = re.compile(
    r"\s?(?:元|块|万|千|百|年|月|天|周|岁|次|个|位|枚|颗|粒|支|针|单位|mm|cm|mg|ml|iu\b|kg|km|斤|公里|米|%|号染色体|点|分|层|楼|yuan|rmb|dollars|days?\b|weeks?\b|digits|years?\b|version|months?\b|times\b)"
)
#: Behind eight digits: a date on which a document was issued or runs out.
DAY_OF = re.compile(r"\s?(?:到期|过期|届满|失效|为止|止|之前|以前|前|起|签发|生效|领的?证?|办的?|登记|拿的?|换的?|才|号?到|\b(?:expir|issued|until)\w*)")
OWN = re.compile(
    r"我|家里|本人|老公|丈夫|爱人|先生|老婆|妈|爸|单位|办公室|联系方式|收件|回电|座机|固话|固定电话|宅电|家电|\bmy\b|\bme\b|\bhome\b|\bhis\b|\bher\b|\bhusband|\bmine\b|\bi am\b|\bi'm\b|whatsapp|\blandline\b|\bhouse\b|\bour\b"
)
CENTRE = re.compile(
    r"医院|护士|你们|您们|贵院|中心|科室|前台|急诊|挂号|预约|总机|客服|热线|门诊|服务台|投诉|hospital|clinic|nurse|\byour\b|reception|desk|switchboard|emergency|hotline|helpline|\bcent(?:re|er)\b"
)


def before(cue: re.Pattern[str], low: str, start: int) -> re.Match[str] | None:
    """The cue that leads up to `start`, None where other words stand between."""
    return cue.search(low, max(0, start - WINDOW), start)


def last(cue: re.Pattern[str], low: str, start: int) -> re.Match[str] | None:
    """The last of what a pattern finds in the window in front of `start`."""
    return max(cue.finditer(low, max(0, start - WINDOW), start), key=lambda found: found.start(), default=None)


def named(found: re.Match[str]) -> bool:
    """Whether the cue says that a number follows (号, no., is, a colon), not only what the thing is."""
    return bool(_NAMED.search(found[0]))
