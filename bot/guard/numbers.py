"""Values that patients write: temperature, blood pressure, soaked pads, pills … each with its place in the folded text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from bot.text.numbers import read_number

Value = tuple[float, int, int]
"""A value and where it starts and ends."""
Reader = Callable[[str], Iterator[Value]]

_N = r"(\d+(?:\.\d+)?|半|[一二两三四五六七八九十]{1,3})"
# What a pattern may begin with, said first: where nothing begins so it fails at once, and the patterns take a third of the time.
_NUMBER_AHEAD = r"(?=[\d半一二两三四五六七八九十])"
_HOUR_AHEAD = r"(?=[\d半一二两三四五六七八九十不才没每个多小钟h分])"
_TEMPERATURE = re.compile(
    r"(?=[34])(?<![\d.])(3[4-9]|4[0-3])(?:\.(\d))?\d? ?(?:(?:度|°c?|c(?![a-z])|degrees?)([一二三四五六七八九半\d])?)?(?![\d./]|片|周|岁|号|天|块|元|个|斤|公斤|次|点|分|楼|年|月|%|w|week)"
)
_SPOKEN = re.compile(r"(三十[四五六七八九]|四十[一二]?)(?:度|点)+([一二三四五六七八九半])?度?|烧(?:到|了)?(三十[八九]|四十)")
_FAHRENHEIT = re.compile(r"(?=[91])(?<![\d.])(9[5-9]|10[0-8])(\.\d)? ?(?:°f?|f(?![a-z])|degrees?|deg)?(?![\d/])")
_WARM = re.compile(r"体温|烧|发热|高热|量了|度|°|temp|fever|thermometer|degree|\bc\b|\bf\b")
_SHIVERS = re.compile(r"寒战|打颤|哆嗦|发冷|shiver|chills|rigors|tender")
_HALF = {"半": 5}
_PRESSURE = re.compile(r"(?:血压|高压|收缩压|bp|blood pressure)[^\d]{0,14}?(\d{2,3})(?:/(\d{2,3}))?(?!\d)")
_PAIR = re.compile(r"(?=\d)(?<![\d/.])(\d{2,3})/(\d{2,3})(?![\d/])")
_PULSE = re.compile(r"(?:心率|心跳|脉搏|pulse|heart ?rate|hr|heartbeat)[^\d一百]{0,12}?(\d{2,3}|一百[一二三四五六七八九十]{1,3})(?![\d/])")
_OXYGEN = re.compile(r"(?:血氧|氧饱和度|spo2|oxygen|sats?)[^\d]{0,12}?(\d{2})(?![\d/])")
_PADS = r"(?:片|张|条|个|包|块)?(?:卫生巾|夜用|姨妈巾|护垫|安心裤|纸尿裤|尿不湿|成人尿裤|卫生棉|pads?)?"
_SOAK = r"(?:湿透|浸透|渗透|换|用|透|满|废|打湿|湿|用掉|换掉|soak(?:ed|ing)?|changed?|changing|fill(?:ed|ing)?|went|going|gone|go|through)"
_HOURLY = re.compile(rf"{_HOUR_AHEAD}(?:(?:不到|才|没到|每)?{_N}?(?:个)?(?:多)?(?:小时|钟头|h(?![a-z]))|(分钟)).{{0,8}}?{_SOAK}了?(?:.{{0,3}}?){_N}?({_PADS})")
_PADS_FIRST = re.compile(rf"{_NUMBER_AHEAD}{_N}(片|条|张)?(?:卫生巾|夜用|姨妈巾)?.{{0,4}}?(?:不到|才|就|撑不到|顶不了)?{_N}(?:个)?(?:小时|钟头)")
_ENGLISH_PADS = re.compile(
    r"(?:(\d+|an?|one|two|three|four|second|third|another) )?(?:[a-z]+ )?(?:super |maxi |night |thick |large |big |full )?pads? (?:[a-z]+ ){0,4}?(?:an?|one|per|every|each|the last|this|last|past|under|half an?|1|less than an?|in the|in) (?:single |past |last )?(?:hour|hr)"
)
_HOURS = re.compile(r"小时|钟|h(?![a-z])")
"""One of these stands in whatever `_HOURLY` and `_PADS_FIRST` find; h for hour, written behind a number."""
_DRUGS = r"(?:安眠药|止疼药|止痛药|药|布洛芬|对乙酰氨基酚|扑热息痛|褪黑素|阿普唑仑|艾司唑仑|优思明|补佳乐|泰诺|思诺思|右佐匹克隆)?"
_PILLS = re.compile(rf"{_NUMBER_AHEAD}(?<![\d.]){_N}(?:来|多)?(?:片|颗|粒|pills?|tablets?|tabs?|capsules?){_DRUGS}")
_ENGLISH_PILLS = re.compile(r"(?=\d)(?<![\d.])(\d{1,3}) (?:[a-z]+ ){0,2}?(?:pills?|tablets?|tabs|capsules?|paracetamol|tylenol|ibuprofen|ambien|sleeping)")
_GAINED = re.compile(rf"(?:重|胖|涨|长|增)(?:了|加了)?(?:快|差不多|整整|大概|有)?{_N}(多)?(公斤|千克|斤|kg|kilos?)")
_ENGLISH_GAINED = re.compile(r"(?:gained|put on|up|heavier by|gain of) (?:[a-z]+ )?(\d+(?:\.\d+)?) ?(kg|kilos?|lbs?|pounds?)")
_WEIGHED = re.compile(
    r"(?:昨天|昨晚|昨|前天|早上|从|yesterday)[^\d]{0,6}(\d{2,3}(?:\.\d)?)(?:kg|公斤|千克|(斤))?[^\d]{0,8}(?:今天|今早|今|现在|到|变成|today|now)[^\d]{0,6}(\d{2,3}(?:\.\d)?) ?(?:kg|公斤|千克|(斤))?"
)
_HEAVIEST_IN_KILOGRAMS = 95
_DAYS = re.compile(rf"{_N}(?:个)?(?:天|晚上|夜|days?|nights?)|(昨天|一夜|一晚|overnight|yesterday)|({_N}?个?(?:周|星期|月)|weeks?|months?)")
_URINE = re.compile(r"尿[^\d]{0,10}?(\d{2,4})(?:ml|毫升|cc)|(?:一天|24小时|全天)尿量[^\d]{0,4}?(\d{2,4})(?!\d)|(?:urine|peed|pee)[^\d]{0,16}?(\d{2,4}) ?(?:ml|cc)")


def temperatures(text: str) -> Iterator[Value]:
    """Body temperatures in °C; a bare number counts only near a word for fever, temperature or degrees."""
    for found in _TEMPERATURE.finditer(text):
        if _warm(text, found.start(), found.end()):
            tenth = _digit(found[2]) or _digit(found[3])
            yield int(found[1]) + tenth / 10, found.start(), found.end()
    for found in _SPOKEN.finditer(text):
        if "度" in found[0] or found[3] or _warm(text, found.start(), found.end()):
            yield (read_number(found[1] or found[3]) or 0) + _digit(found[2]) / 10, found.start(), found.end()
    for found in _FAHRENHEIT.finditer(text):
        if _warm(text, found.start(), found.end()) and not re.search(r"度|次", text[found.end() : found.end() + 1]):
            yield (float(found[1] + (found[2] or "")) - 32) / 1.8, found.start(), found.end()


def _warm(text: str, start: int, end: int) -> bool:
    """Whether a number is a temperature by the words around it, or because nothing else is said."""
    if start == 0 and end == len(text) and "." in text:
        return True
    near = text[max(0, start - 18) : end + 18]
    return _WARM.search(near) is not None or _SHIVERS.search(text[max(0, start - 30) : end + 30]) is not None


def _digit(char: str | None) -> int:
    return 0 if not char else _HALF.get(char, read_number(char) or 0)


def systolic(text: str) -> Iterator[Value]:
    """Upper blood pressure in mmHg: after its name, or as a pair such as 70/40."""
    for found in _PRESSURE.finditer(text):
        yield float(found[1]), found.start(), found.end()
    for found in _PAIR.finditer(text):
        if 20 <= int(found[2]) < int(found[1]) <= 90 and int(found[2]) <= 65 and int(found[1]) >= 50:
            yield float(found[1]), found.start(), found.end()


def pulses(text: str) -> Iterator[Value]:
    """Heart beats a minute."""
    for found in _PULSE.finditer(text):
        spoken = found[1]
        if len(spoken) == 3 and spoken.startswith("一百"):        # 一百六: 160
            spoken += "十"
        yield _amount(spoken, 0), found.start(), found.end()


def oxygen(text: str) -> Iterator[Value]:
    """Oxygen saturation in per cent."""
    return ((float(found[1]), found.start(), found.end()) for found in _OXYGEN.finditer(text))


def pads_per_hour(text: str) -> Iterator[Value]:
    """Sanitary pads soaked in an hour."""
    timed = _HOURS.search(text) is not None
    for found in _HOURLY.finditer(text) if timed else ():
        if found[4] and (found[3] or "透" in found[0] or "满" in found[0]):
            hours = 0.5 if found[2] else _amount(found[1], 1)
            yield _amount(found[3], 1) / (hours or 1), found.start(), found.end()
    for found in _PADS_FIRST.finditer(text) if timed else ():
        if found[2] or "巾" in found[0] or "夜用" in found[0]:
            yield _amount(found[1], 1) / (_amount(found[3], 1) or 1), found.start(), found.end()
    for found in _ENGLISH_PADS.finditer(text) if "pad" in text else ():
        words = {"second": 2, "third": 3, "another": 2}
        number = words.get(found[1] or "", read_number(found[1] or "one") or 1)
        yield number * (2 if "half" in found[0] else 1), found.start(), found.end()


def pills(text: str) -> Iterator[Value]:
    """Tablets, by their number."""
    for pattern in (_PILLS, _ENGLISH_PILLS):
        for found in pattern.finditer(text):
            yield _amount(found[1], 1), found.start(), found.end()


def kilograms_gained(text: str) -> Iterator[Value]:
    """Weight gained, in kilograms a day; where no time is said, as if in one day; weeks and months do not count."""
    for pattern in (_GAINED, _ENGLISH_GAINED):
        for found in pattern.finditer(text):
            unit = found.groups()[-1]
            amount = _amount(found[1], 0) * (0.5 if unit == "斤" else 0.45 if unit[0] in "lp" else 1)
            days = _days(text[max(0, found.start() - 14) : found.end() + 20])
            if days:
                yield amount / days, found.start(), found.end()


    for found in _WEIGHED.finditer(text):
        if re.search(r"重|称|斤|kg|胖|weigh|scale", text[max(0, found.start() - 12) : found.end() + 8]):
            halved = found[2] or found[4] or float(found[1]) > _HEAVIEST_IN_KILOGRAMS
            yield (float(found[3]) - float(found[1])) * (0.5 if halved else 1), found.start(), found.end()


def _days(text: str) -> float:
    found = _DAYS.search(text)
    if not found or found[2]:
        return 1
    return 0 if found[3] else _amount(found[1], 1) or 1


def urine_millilitres(text: str) -> Iterator[Value]:
    """Urine passed, in ml."""
    for found in _URINE.finditer(text):
        yield float(found[1] or found[2] or found[3]), found.start(), found.end()


def _amount(written: str | None, missing: float) -> float:
    if not written:
        return missing
    if written == "半":
        return 0.5
    if re.fullmatch(r"\d+(?:\.\d+)?", written):
        return float(written)
    return float(read_number(written) or missing)


#: What a text must have for a reader to find anything in it; a cheap look that spares most messages the rest.
NEEDED: dict[str, re.Pattern[str]] = {
    "temperature": re.compile(r"3[4-9]|4[0-3]|三十|四十|9[5-9]|10[0-8]"),
    "systolic": re.compile(r"血压|高压|收缩压|bp|pressure|\d/\d"),
    "pulse": re.compile(r"心率|心跳|脉搏|pulse|heart|hr"),
    "oxygen": re.compile(r"血氧|氧饱和|spo2|oxygen|sat"),
    "pads_per_hour": re.compile(r"片|张|条|包|巾|夜用|裤|垫|pad"),
    "pills": re.compile(r"片|颗|粒|pill|tab|caps|paracetamol|tylenol|ibuprofen|ambien|sleeping"),
    "kilograms_gained": re.compile(r"斤|kg|kilo|千克|重|胖|gain|put on|pound|lb|weigh|scale"),
    "urine_millilitres": re.compile(r"尿|urine|pee"),
}
READERS: dict[str, Reader] = {
    "temperature": temperatures,
    "systolic": systolic,
    "pulse": pulses,
    "oxygen": oxygen,
    "pads_per_hour": pads_per_hour,
    "pills": pills,
    "kilograms_gained": kilograms_gained,
    "urine_millilitres": urine_millilitres,
}
