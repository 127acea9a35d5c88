"""When a patient wants to come: the windows of days that her message asks for.

`mentions` reads each time by itself; here the words around it are weighed: before, by, not, or, "sorry I mean".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from bot.text.days import coming_month_day, day_of, last_month_day, last_weekday, monday, month_start, plus
from bot.text.mentions import Mention, scan
from bot.text.normalise import prepared

_EARLIEST = re.compile(
    r"最早|越快越好|越早越好|尽快|尽早|最快|马上|立刻|立即|赶紧|早点约|早一点约|最近的?(?:一个|一次|能|可以|的号|的|有号|号源|时间|哪天)|最近(?:能|可以|还|有)|第一个空|最先|最靠前|"
    r"\b(?:earliest|asap|a\.s\.a\.p|as soon as|as early as|soonest|first available|next available|first free|next free|right away|immediately|"
    r"the sooner the better|any ?time soon|first slot|first possible|next possible|quickest|nearest)\b"
)
_MOVED = r"(?:改约?(?:到|成|为|去)|改在|改|换约?(?:到|成|去)?|挪(?:到|去)|推(?:迟)?到|延(?:期|后|迟)?到|提前到|调(?:整)?(?:到|成))"
_CORRECTION = re.compile(
    rf"不对|错了|说错|打错|写错|记错|哦不|啊不|噢不|呃不|不不|[,。!]不[,。!]|应该是|我是说|我的意思|而是|{_MOVED}"
    r"|\bsorry\b|\bi mean\b|\bi meant\b|\bmeant\b|\bno,? wait\b|\bwait\b|\bscratch that\b|\bmake (?:that|it)\b|\boops\b|\bcorrection\b|\bor rather\b|\bactually\b|\btypo\b|(?:, |\. )no,? "
)
_RESCHEDULE = re.compile(r"\b(?:move|change|reschedule|switch|push|shift|postpone|swap)\w*\b")
_RANGE = re.compile(r"^\s*(?:的)?(?:到|至|-|~|–|—|直到|\bto\b|\bthrough\b|\bthru\b|\buntil\b|\btill\b)\s*(?:the )?(?:on )?$")
_BETWEEN = re.compile(r"\bbetween (?:the )?$")
_BETWEEN_AND = re.compile(r"^\s*and(?: the)?\s*$")
_AND_ZH = re.compile(r"^\s*(?:和|跟|与|及|或者?|还是)\s*$")
_BETWEEN_AFTER = re.compile(r"^(?:之间|中间)")
_DAY_AFTER = re.compile(
    r"(?:\b(?:or|and)|/) ?(?:even |maybe |possibly |else |on )?(?P<day>(?:the )?(?:day after|following day|next day))\b"
    r"(?= (?:that|is|are|works?|would|will|please|pls|if|for|at|in|with|either|whichever|any|instead|mornings?|afternoons?|evenings?)\b| ?[,.;!?)]|$)|或者?(?P<zh>第二天)(?!的?(?:胚|囊))"
)
_LIST = re.compile(
    r"^\s*(?:的)?(?:[,、/&]|或者?说?|或是|还是|要么|不然|和|跟|与|及|以及)?\s*(?:(?:\bor\b|\band\b|\beither\b|\bor on\b|\bor maybe\b|\bmaybe\b|\band/or\b)\s*)?(?:on )?(?:the )?(?:是|要么|或者)?$"
)
_BY_BEFORE = re.compile(r"(?:最晚|不晚于|最迟|截止到?|截至|不迟于|(?:\b(?:by|no later than|not later than|until|till|up to|up until|latest)(?: the)?(?: end of)?(?: the)?))\s*(?:是|在|到)?\s*$")
_BY_AFTER = re.compile(r"^(?:的)?(?:下班)?(?:之?内|为止|截止)|^(?:的)?(?:下班|晚上|上午|下午)(?:之前|以前|前)| at the latest|^,? latest\b|^ or (?:earlier|before|sooner)\b")
_BEFORE = re.compile(r"\b(?:before|prior to|ahead of|earlier than)(?: the)?\s*$")
_BEFORE_AFTER = re.compile(r"^(?:的)?(?:之前|以前|前(?![台后面天年])|早些时候)")
_END_OF = re.compile(r"\bend of(?: the)?\s*$")
_FROM = re.compile(r"(?:\b(?:from|since|starting|starting from|beginning|as of)(?: the)?|从|自)\s*$")
_AFTER = re.compile(r"\b(?:after|later than|past)(?: the)?\s*$")
_FROM_AFTER = re.compile(r"^(?:的)?(?:之后|以后|后(?![天面台来])|过后)")
_ON_AFTER = re.compile(r"^(?:的)?(?:开始|起|往后)|^ (?:or later|or after|onwards?|and after|and later)\b")
_NOT_BEFORE = re.compile(
    r"(?:(?:除了?|别|不要|不想|避开|避免|不约|别约|别在|(?<!是)不是|而不是|不用|不选|排除|躲开)(?:约|挂|在|选|安排|给我|要|去|排|放|安排在|约在|给我约)?"
    r"|(?:\bnot|\bexcept|\bexcept for|\bbesides|\bexcluding|\bapart from|\banything but|\bany ?day but|\bavoid|\bother than|\bcan'?t(?: do| make| come| come in| make it)?"
    r"|\bcannot(?: do| make| come| make it)?|\bcan not(?: do| make| come)?|\bunable to(?: come| make)?|\bdon'?t want|\bdoesn'?t have to be|\bno)(?: it)?(?: on| in| for| at)?(?: the| this| next| a)?)\s*$"
)
_NOT_AFTER = re.compile(
    r"^(?:都|也|就|我|那天|还|是|的话|全天|都是|的?时候)*(?:不行|不可以|没空|没时间|没有时间|没有空|不方便|除外|以外|之外|有事|来不了|去不了|不能|不要|不去|不来|要上班|得上班|上班|没法|不考虑|走不开|抽不开|赶不上|过不去)"
    r"|^(?: is| are|'s|s)? ?(?:doesn'?t work|does not work|don'?t work|isn'?t (?:good|possible|ok|an option|great)|aren'?t|is not|not (?:possible|good|ok|available for me)|won'?t work|"
    r"is out|are out|no good|is bad|are bad|i'?m (?:busy|working|away|not free)|i am (?:busy|working|away)|i can'?t|i cannot|i work|is impossible|excluded|are impossible|is no good)"
)
_MONTH_ENDS = re.compile(r"\b(?:this |the )?month(?:'?s)? (?:ends?|is over|is out)\b")
_WEEK_AFTER = re.compile(r"^ ?(?:的)?(?:(?:那|这)(?:一|个)?周(?![一二三四五六日天末])|周(?![一二三四五六日天末])(?![\u4e00-\u9fff]{0,2}(?:医生|大夫|主任|教授|医师|副主任|院长))|(?:那|这)?(?:一|个)?(?:星期(?![一二三四五六日天])|礼拜(?![一二三四五六日天])))|^ week\b")
_WEEK_BEFORE = re.compile(r"\bweek (?:of|starting|beginning|commencing|from)(?: the)? ?$")
_DONE_AFTER = re.compile(
    r"^的?[^,。!?、]{0,3}?(?:做|查|抽|打|取|移植|移|检查|手术)(?:完|好)(?!再|之?后|以后)|"
    r"^的?[^,。!?、能可]{0,5}?(?:做|来|抽|查|取|移植|移|打|开|去|检查|送检|送|出|验|测|促排|进周|拍|手术|复查|交|采|化验|检|(?<!医)生|看|挂|约|预约|问|起|流产|办|建|寄|说)(?:完|好)?(?:的(?!号|时间|时候|话|人|是)|了|过|到现在)"
    r"|^的?(?:抽(?:的)?血|取的|来月经|来姨妈|来大姨妈|移植的|手术)(?!吗|可以|能|行|之?前|要|的?话|$)"
)
_DONE_BEFORE = re.compile(
    r"\b(?:had|did|done|took|taken|drew|drawn|transferred|tested|started|since|gave|went|came|was|were|retrieved|triggered|collected|got|finished|completed|saw|booked for|submitted|sent)\b(?P<gap>[^.;?!]{0,40})$"
)
_NOT_DONE = re.compile(r"\b(?:hoping|wondering|told|to come|to see|want|appointment|slot|free|if|available|looking|thinking|but|book|can|could|offered|opening|and then|said|supposed|back|next)\b|,")
_DONE_BEFORE_ZH = re.compile(r"(?:做完|做了|抽了|查了|打了|移植了|(?<![快要会])来了|取了|移了|自从|刚)[^,。!?想约挂]{0,2}$")
_THEREFORE = re.compile(r"\b(?:only|so|therefore|has to be|have to be|must be)\b|只能|只有|只好|所以|因此|就(?=[周星礼明后约\d])")
_BREAK = re.compile(rf"[,.;!?。]|{_THEREFORE.pattern}|(?<!预)约|挂|想|帮|\b(?:book|can (?:i|you|we)|could|please)\b")
_TRAVEL_OR_LIFE = re.compile(
    r"\b(?:trains?|flights?|fly|flying|flies|land|landing|arriv\w+|gets? (?:in|back|home|here)|getting (?:in|back)|back (?:in|from|home)|reach\w*|get there|travel\w*|trip|away|i work|working|shifts?|"
    r"busy|meetings?|exams?|wedding|conference|bus|boat|drive|driving)\b"
    r"|火车|高铁|动车|飞机|航班|才能?[下忙赶抵]|落地|出差|回来|回国|加班|值班|夜班|开会|考试|婚礼|(?<![挪改推排])到(?![周星礼下明后今\d一二三四五六七八九十])"
)
_NOT_EARLIER = re.compile(r"才能?[到回下忙赶抵]|n't (?:get|arrive|land|reach|be) [^,.;!?]{0,30}\buntil\b")
_BODY = re.compile(r"疼|痛|不舒服|难受|出血|流血|流褐|发烧|感冒|\b(?:pains?|cramps?|cramping|bleeding|spotting|unwell|ill|sick)\b")
_PERIOD = re.compile(r"月经|姨妈|例假|生理期|\b(?:af|period|aunt flo|menses|cycle)\b")
_PERIOD_EXPECTED = re.compile(r"大概|估计|可能|应该|差不多|预计|快来|要来|会来|\b(?:due|expect\w*|should|might|may|probably|likely|any day|coming|supposed)\b")
_MAX_DAYS = 400         # a longer window is left whole: nobody asks for more than a year less its Mondays


@dataclass(frozen=True)
class Window:
    """Days on which a patient would come.

    Attributes:
        from_: first day; None where no day was said.
        to: last day; None where it is open.
        part: `am` (before 12:00), `pm` (before 18:00), `evening`, or None.
    """

    from_: date | None
    to: date | None
    part: str | None = None


@dataclass(frozen=True)
class _Wish:
    """A mention with what the words around it make of it."""

    mention: Mention
    window: Window
    excluded: bool = False


def find_when(text: str, today: date) -> list[Window]:
    """The days asked for: one window per separate day or unbroken range; empty where none is, or the earliest.

    Args:
        text: a message.
        today: the day on which it is written (a datetime serves as its date).
    """
    today = _day(today)
    wishes, excluded = _wishes(prepared(text), today)
    windows: list[Window] = []
    for wish in wishes:
        windows += _without(wish.window, excluded)
    return list(dict.fromkeys(windows))


def find_clinical_date(text: str, today: date) -> date | None:
    """The day, past or to come, that a patient gives for her visit, record, tests or cycle; None where none is one day."""
    today = _day(today)
    plain = prepared(text)
    mentions = _placed(plain, scan(plain, today), today)
    days = [mention for mention in mentions if mention.first and mention.first == mention.last]
    corrected = [mention for mention in days if any(found.end() <= mention.start for found in _CORRECTION.finditer(plain))]
    for mention in corrected or days:
        if not _denied(plain, mention):
            return _as_past(plain, mention, today).first
    return None


def wants_earliest(text: str) -> bool:
    """Whether she asks for the earliest possible time."""
    return bool(_EARLIEST.search(prepared(text).replace("最早几点", "")))


def _day(today: date) -> date:
    return date(today.year, today.month, today.day)


def _spelled(text: str) -> str:
    """Texting shorthand and a verb for what the readers know: "b4 the 10th", "before the month ends"."""
    return _MONTH_ENDS.sub("end of the month", re.sub(r"\bb4\b", "before", text))


def _whole_weeks(text: str, mentions: list[Mention], today: date) -> list[Mention]:
    """A day that stands for its week ("12月7号那周", "the week of Dec 7") becomes Monday, or today, to Sunday."""
    made = []
    for mention in mentions:
        single = mention.kind == "day" and mention.first == mention.last
        if mention.first is not None and single and (_WEEK_AFTER.match(text[mention.end:]) or _WEEK_BEFORE.search(text[: mention.start])):
            first = monday(mention.first)
            mention = replace(mention, kind="week", first=max(first, today), last=plus(first, 6), weekday=None)
        made.append(mention)
    return made


def _wishes(text: str, today: date) -> tuple[list[_Wish], list[_Wish]]:
    """The days wished, and the days on which she cannot or will not come (除了周三, not Wednesday).

    Each step weighs one kind of words around the mentions; they build on one another, so their order matters.
    """
    text = _spelled(text)
    mentions = _whole_weeks(text, _placed(text, scan(text, today), today), today)
    mentions = _told(text, _days_after(text, mentions))
    mentions = _corrected(text, [_as_past(text, mention, today) for mention in mentions])
    mentions = _ranges(text, mentions)
    wishes: list[_Wish] = []
    loose: list[Mention] = []
    for mention in mentions:
        if mention.kind == "part":
            if not _denied(text, mention):
                loose.append(mention)
        elif mention.dated:
            wishes.append(_wish(text, mention, today))
    wishes = _exclusions(text, wishes)
    wished = [wish for wish in wishes if not wish.excluded]
    wished, unused = _with_parts(text, wished, loose, mentions)
    if not wished and unused:
        parts = list(dict.fromkeys(part.part for part in unused if part.part))
        if len(parts) == 1:
            wished = [_Wish(unused[0], Window(None, None, parts[0]))]
    return [_today_ahead(wish, today) for wish in wished], [wish for wish in wishes if wish.excluded]


def _today_ahead(wish: _Wish, today: date) -> _Wish:
    """On a Sunday, "Sunday afternoon" is today's: that part is still ahead. A bare "Sunday" is the next one."""
    window, mention = wish.window, wish.mention
    if mention.weekday != today.weekday() or window.part not in ("pm", "evening") or window.from_ != plus(today, 7) or window.to != window.from_:
        return wish
    return replace(wish, window=Window(today, today, window.part))


def _placed(text: str, mentions: list[Mention], today: date) -> list[Mention]:
    """Weekdays put into the week, days of a month into the month, that was named before or beside them."""
    placed: list[Mention] = []
    for mention in mentions:
        holder = next((held for held in reversed(placed) if held.kind != "part"), None)
        gap = text[holder.end : mention.start] if holder else ""
        if holder and holder.kind == mention.kind == "day" and re.fullmatch(r"[\s,(（]*(?:the )?", gap) and _same(holder, mention):
            if holder.weekday is not None or holder.month_day:
                placed = [mention if held is holder else held for held in placed]
            continue
        weekday = mention.weekday
        if holder and holder.first and weekday is not None and not re.search(r"[。!?;.]", gap) and not _denied(text, mention):
            if holder.kind == "week" and len(gap) <= 20:
                mention = _at(mention, plus(monday(holder.first), weekday))
                placed = [held for held in placed if held is not holder]
            elif holder.kind == "day" and (_LIST.match(gap) or len(gap) <= 4) and holder.weekday is None and holder.first == holder.last:
                day = plus(monday(holder.first), weekday)
                if day > holder.first:
                    mention = _at(mention, day)
        elif holder and holder.first and mention.month_day and holder.kind == "month" and len(gap) <= 12:
            start = month_start(holder.first)
            day_in = day_of(start.year, start.month, mention.month_day)
            if day_in and day_in >= today:
                mention = _at(mention, day_in)
                placed = [held for held in placed if held is not holder]
        elif mention.kind == "week" and holder and holder.weekday is not None and len(gap) <= 6 and mention.first and not _any_denied(text, placed):
            start = monday(mention.first)
            placed = [held if held.weekday is None else _at(held, plus(start, held.weekday)) for held in placed]
            continue
        elif holder and holder.kind == "day" and mention.month_day and holder.first and mention.first and mention.first < holder.first:
            day_after = coming_month_day(holder.first, mention.month_day)
            mention = _at(mention, day_after) if day_after and (_RANGE.match(gap) or _AND_ZH.match(gap)) else mention
        placed.append(mention)
    return placed


def _days_after(text: str, mentions: list[Mention]) -> list[Mention]:
    """The day after the one just named, where it stands as an alternative: "tomorrow or the day after"."""
    result = list(mentions)
    for found in _DAY_AFTER.finditer(text):
        start, end = found.span("day" if found["day"] else "zh")
        held = next((mention for mention in reversed(result) if mention.end <= start and mention.dated), None)
        if held is None or held.first is None or held.first != held.last or re.search(r"[.;!?。]", text[held.end : start]) or start - held.end > 30:
            continue
        day = plus(held.first, 1)
        others = [mention for mention in result if mention.end <= start or mention.start >= end]
        result = sorted([*others, Mention(start, end, "day", day, day)], key=lambda mention: mention.start)
    return result


def _told(text: str, mentions: list[Mention]) -> list[Mention]:
    """Times that only tell of a journey, of work, of her body or of the period to come, and are not wished, become `none`."""
    breaks = [found.span() for found in _BREAK.finditer(text)]
    return [replace(mention, kind="none") if _is_told(text, mention, mentions, breaks) else mention for mention in mentions]


def _is_told(text: str, mention: Mention, mentions: list[Mention], breaks: list[tuple[int, int]]) -> bool:
    begin = max((end for _, end in breaks if end <= mention.start), default=0)
    stop = min((start for start, _ in breaks if start >= mention.end), default=len(text))
    later = [other for other in mentions if other.dated and other.start >= stop]
    if mention.kind in ("past", "none") or not later or _denied(text, mention):
        return False
    clause = text[begin:stop]
    if mention.kind == "within" and (_PERIOD.search(clause) or _BODY.search(clause)) or _PERIOD.search(clause) and _PERIOD_EXPECTED.search(clause):
        return True
    if _NOT_EARLIER.search(clause):
        return True
    return bool(_TRAVEL_OR_LIFE.search(clause) and _THEREFORE.search(text, mention.end, later[-1].start + 1))


def _any_denied(text: str, mentions: list[Mention]) -> bool:
    return any(held.weekday is not None and _denied(text, held) for held in mentions)


def _same(left: Mention, right: Mention) -> bool:
    """Whether two neighbours say one day in two ways: 周三25号, Wednesday the 25th, 11月25日(周三)."""
    if left.first is None or right.first is None or left.first != left.last or right.first != right.last:
        return False
    if left.first == right.first:
        return True
    one, other = (left, right) if left.weekday is not None else (right, left)
    return one.weekday is not None and other.weekday is None and other.first is not None and other.first.weekday() == one.weekday


def _at(mention: Mention, day: date) -> Mention:
    return replace(mention, first=day, last=day, weekday=None)


def _as_past(text: str, mention: Mention, today: date) -> Mention:
    """A day on which something was done is past: 周三抽的血, had my blood drawn on Wednesday."""
    if mention.kind not in ("day", "part") or not _done(text, mention):
        return mention
    day = mention.first
    if mention.weekday is not None:
        day = last_weekday(today, mention.weekday)
    elif mention.month_day:
        day = last_month_day(today, mention.month_day)
    elif day and day > today:
        return mention
    return replace(mention, kind="past", first=day, last=day)


def _done(text: str, mention: Mention) -> bool:
    after = re.sub(r"^(?:的)?(?:早上|上午|中午|下午|晚上|早|晚)", "", text[mention.end : mention.end + 24])
    if _DONE_AFTER.match(after):
        return True
    before = text[max(0, mention.start - 60) : mention.start]
    if _DONE_BEFORE_ZH.search(before):
        return True
    found = _DONE_BEFORE.search(before)
    return bool(found and not _NOT_DONE.search(found["gap"] or ""))


def _corrected(text: str, mentions: list[Mention]) -> list[Mention]:
    """Only what stands after the last correction of a time, with the part of day said before where none is said after."""
    for found in reversed(list(_CORRECTION.finditer(text))):
        before = [mention for mention in mentions if mention.end <= found.start() + 1 and (mention.dated or mention.kind == "part")]
        after = [mention for mention in mentions if mention.start >= found.end() - 1 and (mention.dated or mention.kind == "part")]
        if not before or not after:
            continue
        if any(mention.dated for mention in after):
            moved = re.match(_MOVED, found[0])
            kept = [m for m in before if m.kind == "part"] if not any(m.kind == "part" or m.part for m in after) and not moved else []
            first = next(mention for mention in after if mention.dated)
            carried = next((m.part for m in reversed(before) if m.part), None) if kept or not moved else None
            has_part = any(m.kind == "part" or m.part for m in after)
            return [replace(m, part=carried) if m is first and carried and not has_part else m for m in after]
        return [mention for mention in before if mention.kind != "part"] + after
    return mentions


def _ranges(text: str, mentions: list[Mention]) -> list[Mention]:
    """Two days joined by 到, to, between … and made one range; "move from A to B" keeps B."""
    result: list[Mention] = []
    for mention in mentions:
        left = next((held for held in reversed(result) if held.kind != "part"), None)
        part_between = bool(result and result[-1].kind == "part")
        gap_start = result[-1].end if result else 0
        gap = text[gap_start : mention.start]
        joins = bool(_RANGE.match(gap) or left and _between(text, left, gap, mention))
        if left and joins and left.dated and mention.dated and left.first and mention.last:
            before = text[: left.start]
            if gap.strip() == "to" and _RESCHEDULE.search(before):
                result = [mention]
                continue
            last = mention.last
            while mention.weekday is not None and last < left.first:
                last = plus(last, 7)
            if left.first <= last:
                while result and result[-1] is not left:
                    result.pop()
                result.pop()
                part = left.part if not part_between else None
                result.append(replace(left, end=mention.end, last=last, kind="day", weekday=None, part=part))
                continue
        result.append(mention)
    return result


def _between(text: str, left: Mention, gap: str, right: Mention) -> bool:
    """Whether two days are the ends of a span: between the 3rd and the 6th, 3号和6号之间."""
    if _BETWEEN_AND.match(gap) and _BETWEEN.search(text[: left.start]):
        return True
    return bool(_AND_ZH.match(gap) and _BETWEEN_AFTER.match(text[right.end :]))


def _wish(text: str, mention: Mention, today: date) -> _Wish:
    """The window that a mention opens with the words before and after it."""
    before, after = text[max(0, mention.start - 30) : mention.start], text[mention.end : mention.end + 40]
    first, last = mention.first or today, mention.last or today
    window = Window(first, last, mention.part)
    if mention.kind == "within":
        window = Window(today, last, mention.part)
    elif _BY_AFTER.match(after) or _BY_BEFORE.search(before) or mention.kind == "end" and (_BEFORE_AFTER.match(after) or _BEFORE.search(before)):
        window = Window(today, last)
    elif _BEFORE_AFTER.match(after) or _BEFORE.search(before):
        end = last if _END_OF.search(before) else plus(first, -1)
        window = Window(today, max(end, today))
    elif _AFTER.search(before) or _FROM_AFTER.match(after):
        window = Window(plus(last, 1), None, mention.part)
    elif (_FROM.search(before) or _ON_AFTER.match(after)) and first == last:
        window = Window(first, None, mention.part)
    return _Wish(mention, window, _denied(text, mention))


def _denied(text: str, mention: Mention) -> bool:
    before, after = text[max(0, mention.start - 40) : mention.start], text[mention.end : mention.end + 40]
    after = re.sub(r"^(?:的)?(?:早上|上午|中午|下午|晚上| mornings?| afternoons?)", "", after)
    return bool(_NOT_BEFORE.search(before) or _NOT_AFTER.match(after))


def _exclusions(text: str, wishes: list[_Wish]) -> list[_Wish]:
    """Exclusions carried along lists: 除了周三和周五, 周一周二不行."""
    result = list(wishes)
    for index in range(1, len(result)):
        gap = text[result[index - 1].mention.end : result[index].mention.start]
        if result[index - 1].excluded and gap.strip() not in {",", "/"} and _LIST.match(gap) and not _NOT_AFTER.match(text[result[index - 1].mention.end :][:20]):
            result[index] = replace(result[index], excluded=bool(gap.strip()))
    for index in range(len(result) - 2, -1, -1):
        here, following = result[index].mention, result[index + 1].mention
        gap = text[here.end : following.start]
        if result[index + 1].excluded and _NOT_AFTER.match(text[following.end : following.end + 40]) and _LIST.match(gap) and gap.strip() != ",":
            result[index] = replace(result[index], excluded=True)
    return result


def _with_parts(text: str, wishes: list[_Wish], parts: list[Mention], mentions: list[Mention]) -> tuple[list[_Wish], list[Mention]]:
    """Parts of the day given to the days they stand with; those that stand with none."""
    given: dict[int, list[str | None]] = {}
    unused: list[Mention] = []
    for part in parts:
        owner = _owner(text, wishes, part, mentions)
        if owner is None:
            unused.append(part)
        else:
            given.setdefault(owner, []).append(part.part)
    result = list(wishes)
    for index, said in given.items():
        different = set(said)
        part_said = said[0] if len(different) == 1 else None
        result[index] = replace(result[index], window=replace(result[index].window, part=part_said))
        back = index
        while back > 0 and (back - 1) not in given and _LIST.match(text[wishes[back - 1].mention.end : wishes[back].mention.start]) and not wishes[back - 1].window.part:
            back -= 1
            result[back] = replace(result[back], window=replace(result[back].window, part=part_said))
    return result, unused


def _owner(text: str, wishes: list[_Wish], part: Mention, mentions: list[Mention]) -> int | None:
    """The wish that a part of the day belongs to: the one before it, or the one after where none is before."""
    before = [index for index, wish in enumerate(wishes) if wish.mention.end <= part.start]
    after = [index for index, wish in enumerate(wishes) if wish.mention.start >= part.end]
    if after:
        gap = text[part.end : wishes[after[0]].mention.start]
        if re.fullmatch(r"\s*(?:of|on|of the|on the|的)?\s*", gap) and not (before and not text[wishes[before[-1]].mention.end : part.start].strip(" 的话都就,")):
            return after[0]
    other = [m for m in mentions if m.kind in ("past", "none") and m.end <= part.start]
    if before:
        wish = wishes[before[-1]]
        if other and other[-1].start >= wish.mention.end:
            return None
        return before[-1]
    if other and not text[other[-1].end : part.start].strip(" 的"):
        return None
    return after[0] if after else None


def _without(window: Window, excluded: list[_Wish]) -> list[Window]:
    """A window less the excluded days, in unbroken pieces."""
    if window.from_ is None or window.to is None or not excluded:
        return [window]
    length = (window.to - window.from_).days
    if length > _MAX_DAYS:
        return [window]
    pieces: list[Window] = []
    for offset in range(length + 1):
        day = plus(window.from_, offset)
        if any(_is_excluded(day, wish) for wish in excluded):
            continue
        if pieces and pieces[-1].to == plus(day, -1):
            pieces[-1] = replace(pieces[-1], to=day)
        else:
            pieces.append(Window(day, day, window.part))
    return pieces


def _is_excluded(day: date, wish: _Wish) -> bool:
    window, mention = wish.window, wish.mention
    if mention.weekday is not None:
        return day.weekday() == mention.weekday
    if window.from_ is None or window.to is None:
        return False
    if (window.from_.weekday(), window.to.weekday(), (window.to - window.from_).days) == (5, 6, 1) and mention.kind == "day":
        return day.weekday() >= 5
    return window.from_ <= day <= window.to
