"""What she says in an emergency that is no sign and no topic: that somebody is with her, that she will sleep; whether anybody has read it.

Patterns over the normalised text, whole messages only: what says more is read by the model. Should staff want to edit them, their place is beside
the other kinds in `knowledge/_emergency.yml`, `replies:`.
"""

from __future__ import annotations

import re

LIMIT = 80      # characters; a longer message says more than this
_KIN = re.compile(
    "(?:老公|先生|丈夫|爱人|对象|男朋友|女朋友|男友|老婆|我?妈妈?|婆婆|我?爸爸?|爸妈|父母|公公|姐姐?|妹妹|姐妹|哥哥?|弟弟?|闺蜜|朋友|同事|室友|邻居|家人|家里人|亲戚|儿子|女儿|孩子|他|她|他们)"
).pattern
_KIN_EN = re.compile(
    r"(?:(?:my|our|the) )?(?:husband|hubby|wife|partner|boyfriend|girlfriend|mum|mom|mother|dad|father|parents|sister|brother|friends?|family|neighbou?r"
    r"|colleague|flatmate|roommate|cousin|aunt|uncle|in-?laws|somebody|someone|he|she|they)"
).pattern
_TAIL_ZH = re.compile(r"(?:了|呢|着|的|啦|呀|啊|吧|哦|嗯|[\s,，。.!！~～])*").pattern
_HEAD_ZH = re.compile(r"(?:嗯|好的?|哦|噢|没事|谢谢|现在|这会儿|今晚|[\s,，。.!！~～])*").pattern
_TAIL_EN = re.compile(r"(?:[\s,.!~]|now|right now|here|at home|tonight|too|already|thanks|thank you|at the moment|don'?t worry)*").pattern
_HEAD_EN = re.compile(r"(?:(?:yes|yeah|ok|okay|no|well|thanks|thank you|don'?t worry)[\s,.!]+)*").pattern

_COMPANY = re.compile(
    rf"{_HEAD_ZH}(?:有|我)?(?:我|咱)?(?:的)?{_KIN}(?:现在|这会儿|就|正|都|一直|也|今晚|会)*(?:在(?:我)?(?:家|身边|旁边|边上|这儿|这里|这)?(?:里)?)?(?:陪(?:着)?(?:我|咱)?|守(?:着)?我?|在(?:家|身边|旁边|这儿|这里)?){_TAIL_ZH}"
    rf"|{_HEAD_ZH}(?:我)?(?:身边|旁边|家里|边上)?有人(?:在)?(?:陪(?:着)?我?|在(?:家|身边)?)?{_TAIL_ZH}"
    rf"|{_HEAD_ZH}我(?:现在)?(?:跟|和|与|在)(?:我)?{_KIN}(?:在一起|一起|家|身边|待在一起)+{_TAIL_ZH}"
    rf"|{_HEAD_ZH}我不是一个人{_TAIL_ZH}"
    rf"|{_HEAD_EN}{_KIN_EN}(?:'s|'re| is| are| has| just)?(?: just| now| still| all)?(?: come| came| staying| stays| sitting| here| right| home| lying)*(?: over)?"
    rf"(?: with me| here| by my side| beside me| next to me| looking after me| holding me){_TAIL_EN}"
    rf"|{_HEAD_EN}(?:i'?m|i am|we'?re) (?:not alone|with {_KIN_EN}|at {_KIN_EN}(?:'?s)?(?: place| house)?){_TAIL_EN}"
    rf"|{_HEAD_EN}i have {_KIN_EN}(?: here)?(?: with me| here){_TAIL_EN}",
    re.I,
)
_ALONE = re.compile(r"没(?:有)?人|没有?在|不在|谁也|只有我|nobody|no one|not with|isn'?t|aren'?t", re.I)
_REST = re.compile(
    rf"{_HEAD_ZH}(?:那|我)*(?:先|要|去|就|准备|想|得|有点困|困|累)*(?:睡觉?|睡一觉|睡一会儿?|休息|休息一下|躺下|躺一会儿?|眯一会儿?|歇了?|歇着|歇一会儿?|晚安){_TAIL_ZH}(?:晚安{_TAIL_ZH})?"
    rf"|{_HEAD_EN}(?:i'?ll|i will|i'?m|i am|im|let me|i think i'?ll|i want to|i'?m going to|i'?m gonna|gonna|going to|i should)?\s*(?:just |try to |trying to |go(?:ing)? )*"
    rf"(?:(?:to )?(?:sleep|rest|bed|lie down|sleeping|get some (?:sleep|rest)|turn in))(?: for a (?:bit|while))?{_TAIL_EN}(?:good ?night{_TAIL_EN})?"
    rf"|{_HEAD_EN}good ?night{_TAIL_EN}",
    re.I,
)
_READERS_EN = re.compile(r"(?:(?:the |a |any |your |some )?(?:nurses?|doctors?|staff|person|human|people|clinic|hospital|team)(?: station)?|any ?one|any ?body|some ?one|some ?body|a real person|you guys|who)").pattern
_READ = re.compile(
    r"(?:请问|那|现在|所以|到底|你|您|[\s,，])*(?:是不是)?(?:有|没有)?(?:没有)?(?:护士|医生|大夫|护士站|人工客服|客服|工作人员|真人|医院|人|谁|你们)(?:那边|们|站|的人)?(?:都|已经|现在|会|能|能不能|会不会|是不是|有没有|到底)*(?:在)?"
    r"(?:知道|看到|看见|看得到|看得见|收到|看过|读到|看|听到|通知到?|晓得|注意到|在线|在)(?:了|过|着|没有|没)*(?:我)?(?:的|发的|说的|这个|这条|这些|刚才)*"
    r"(?:消息|信息|话|情况|事|事情|留言|内容|这里|这边|这)?(?:了)?(?:吗|么|嘛|没有?|不|呢|呀|啊|[\s?？。!！])+"
    r"|(?:请问|那|现在|[\s,，])*有人(?:在)?(?:看|读|管|理)(?:着|到|见)?(?:我)?(?:的|发的|说的|这个|这些)*(?:消息|信息|话|情况|留言|这里)?(?:的|了)?(?:吗|么|嘛|没有?|不|呢|呀|啊|[\s?？。!！])+"
    r"|(?:请问|那|现在|[\s,，])*有没有人(?:在)?(?:看|读|管|理)(?:着|到|见)?(?:我)?(?:的|发的|说的|这个|这些)*(?:消息|信息|话|情况|留言|这里)?(?:的|了|呢|呀|啊|[\s?？。!！])*"
    r"|(?:你|您)(?:告诉|通知|转告)(?:了)?(?:护士|医生|大夫|护士站)(?:了)?(?:吗|么|没有?|[\s?？])+"
    rf"|(?:so |but |and |please |sorry )*(?:did|has|have|is|are|was|were|will|can|does|do|could)(?:n'?t)? {_READERS_EN}(?: ever| already| even| actually| really| been| there| going to| be| got| have| at all)*"
    r"(?: know| knows| see| sees| seen| read| reads| reading| told| notified| informed| alerted| aware| get| gets| got| received?| watching| looking| listening| following| there| here| online| reached)?"
    r"(?: (?:at|about|of|to|on))?(?: (?:this|that|it|my messages?|what i (?:said|wrote|told you)|these(?: messages)?|me|this chat|along|my texts?))?(?: (?:now|yet|already|chat))*[\s?!.]*"
    rf"|{_READERS_EN} (?:has |have |is |are )?(?:seen|read|reading|reads|reads?|knows?|sees?|watching) (?:this|that|it|my messages?|these|along)[\s?!.]*",
    re.I,
)


def _says(pattern: re.Pattern[str], text: str) -> bool:
    return len(text) <= LIMIT and pattern.fullmatch(text.strip()) is not None


def has_company(text: str) -> bool:
    """Whether somebody is with her, she says: 我老公陪着我呢, my husband is with me."""
    return _says(_COMPANY, text) and not _ALONE.search(text)


def rests(text: str) -> bool:
    """Whether she says that she will sleep or rest now: 我睡了, good night."""
    return _says(_REST, text)


def asks_who_reads(text: str) -> bool:
    """Whether she asks if anybody has read what she wrote: 护士知道了吗, did the nurse see this."""
    return _says(_READ, text)
