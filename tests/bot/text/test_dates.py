"""Dates read out of patients' messages, mostly on Sunday 2026-11-22."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from bot.text.dates import Window, find_clinical_date, find_excluded, find_when, wants_earliest

SUNDAY, WEDNESDAY, SATURDAY = date(2026, 11, 22), date(2026, 11, 25), date(2026, 11, 28)


def _written(windows: list[Window]) -> str:
    return "; ".join(
        f"{w.from_.strftime('%m-%d') if w.from_ else '-'}..{w.to.strftime('%m-%d') if w.to else '-'}{' ' + w.part if w.part else ''}"
        for w in windows
    )


@pytest.mark.parametrize(("text", "wanted"), [
    ("明天上午有号吗", "11-23..11-23 am"),
    ("后天下午", "11-24..11-24 pm"),
    ("大后天", "11-25..11-25"),
    ("今天还有号吗", "11-22..11-22"),
    ("今晚", "11-22..11-22 evening"),
    ("明早可以吗", "11-23..11-23 am"),
    ("礼拜三", "11-25..11-25"),
    ("星期3下午", "11-25..11-25 pm"),
    ("下周三", "11-25..11-25"),
    ("下周一", "11-23..11-23"),
    ("下下周一", "11-30..11-30"),
    ("下礼拜天", "11-29..11-29"),
    ("这周末", "11-28..11-29"),
    ("周六日", "11-28..11-29"),
    ("周一到周三", "11-23..11-25"),
    ("周二或者周四", "11-24..11-24; 11-26..11-26"),
    ("周二或者周四上午", "11-24..11-24 am; 11-26..11-26 am"),
    ("周三上午或周四", "11-25..11-25 am; 11-26..11-26"),
    ("周三周四都行", "11-25..11-25; 11-26..11-26"),
    ("周一周二", "11-23..11-23; 11-24..11-24"),
    ("星期二星期四", "11-24..11-24; 11-26..11-26"),
    ("周一三五", "11-23..11-23; 11-25..11-25; 11-27..11-27"),
    ("下周二和周四都行", "11-24..11-24; 11-26..11-26"),
    ("25号", "11-25..11-25"),
    ("二十五号上午", "11-25..11-25 am"),
    ("20号", "12-20..12-20"),
    ("11月25日", "11-25..11-25"),
    ("11.25", "11-25..11-25"),
    ("11/25", "11-25..11-25"),
    ("11月25日(周三)上午", "11-25..11-25 am"),
    ("十二月三号", "12-03..12-03"),
    ("24-26号", "11-24..11-26"),
    ("24、25号", "11-24..11-24; 11-25..11-25"),
    ("明年1月5号", "01-05..01-05"),
    ("月底", "11-25..11-30"),
    ("月初", "12-01..12-07"),
    ("下个月5号", "12-05..12-05"),
    ("这个月", "11-22..11-30"),
    ("下个月", "12-01..12-31"),
    ("三天内", "11-22..11-25"),
    ("一周内", "11-22..11-29"),
    ("周五之前", "11-22..11-26"),
    ("周五下班前", "11-22..11-27"),
    ("最晚周五", "11-22..11-27"),
    ("月底前", "11-22..11-30"),
    ("元旦", "01-01..01-01"),
    ("两周后", "12-06..12-06"),
    ("下周工作日", "11-23..11-27"),
])
def test_chinese_forms(text: str, wanted: str) -> None:
    assert _written(find_when(text, SUNDAY)) == wanted


@pytest.mark.parametrize(("text", "wanted"), [
    ("tmr morning", "11-23..11-23 am"),
    ("tmrw", "11-23..11-23"),
    ("day after tomorrow", "11-24..11-24"),
    ("next Monday", "11-23..11-23"),
    ("this Friday", "11-27..11-27"),
    ("Mon or Tue", "11-23..11-23; 11-24..11-24"),
    ("Tuesday or Thursday next week", "11-24..11-24; 11-26..11-26"),
    ("next week Wednesday", "11-25..11-25"),
    ("Nov 25", "11-25..11-25"),
    ("25 Nov", "11-25..11-25"),
    ("on the 25th please", "11-25..11-25"),
    ("on the 3rd of December", "12-03..12-03"),
    ("Nov 25-27", "11-25..11-27"),
    ("Wednesday the 25th", "11-25..11-25"),
    ("by Friday", "11-22..11-27"),
    ("before the 28th", "11-22..11-27"),
    ("before the end of the month", "11-22..11-30"),
    ("within three days", "11-22..11-25"),
    ("in 3 days", "11-25..11-25"),
    ("next week", "11-23..11-29"),
    ("weekend", "11-28..11-29"),
    ("between Monday and Wednesday", "11-23..11-25"),
    ("from Tuesday to Thursday", "11-24..11-26"),
    ("2pm tomorrow", "11-23..11-23 pm"),
    ("the morning of the 26th", "11-26..11-26 am"),
    ("a week from Monday", "11-30..11-30"),
    ("good morning, any slots on Friday", "11-27..11-27"),
    ("any morning", "-..- am"),
])
def test_english_forms(text: str, wanted: str) -> None:
    assert _written(find_when(text, SUNDAY)) == wanted


@pytest.mark.parametrize(("text", "today", "wanted"), [
    ("next Friday", WEDNESDAY, "12-04..12-04"),
    ("下周五", WEDNESDAY, "12-04..12-04"),
    ("周五", WEDNESDAY, "11-27..11-27"),
    ("周一", WEDNESDAY, "11-30..11-30"),
    ("this week", WEDNESDAY, "11-25..11-29"),
    ("下周一到周三", WEDNESDAY, "11-30..12-02"),
    ("下周二或者周四", WEDNESDAY, "12-01..12-01; 12-03..12-03"),
    ("下周 周二或者周四", WEDNESDAY, "12-01..12-01; 12-03..12-03"),
    ("Tuesday or Friday next week", WEDNESDAY, "12-01..12-01; 12-04..12-04"),
    ("周三周四", SATURDAY, "12-02..12-02; 12-03..12-03"),
    ("这周末", SATURDAY, "11-28..11-29"),
    ("周日下午", SUNDAY, "11-22..11-22 pm"),
    ("25号", date(2026, 11, 26), "12-25..12-25"),
    ("31号", date(2026, 11, 26), "12-31..12-31"),
])
def test_other_weekdays(text: str, today: date, wanted: str) -> None:
    assert _written(find_when(text, today)) == wanted


@pytest.mark.parametrize(("text", "wanted"), [
    ("下周除了周三都行", "11-23..11-24; 11-26..11-29"),
    ("除了周三和周五下周都行", "11-23..11-24; 11-26..11-26; 11-28..11-29"),
    ("next week but not Wednesday", "11-23..11-24; 11-26..11-29"),
    ("周一周二不行 周四可以", "11-26..11-26"),
    ("Monday doesn't work, how about Tuesday", "11-24..11-24"),
    ("除了周三都可以", ""),
    ("别周末", ""),
])
def test_excluded_days_are_dropped(text: str, wanted: str) -> None:
    assert _written(find_when(text, SUNDAY)) == wanted
    assert find_excluded(text, SUNDAY)


@pytest.mark.parametrize(("text", "wanted"), [
    ("周三 不对 周四", "11-26..11-26"),
    ("Wed, sorry I mean Thursday", "11-26..11-26"),
    ("周三上午,不对,周四", "11-26..11-26 am"),
    ("把周三的改到周四", "11-26..11-26"),
    ("move my appointment from Wed to Thursday", "11-26..11-26"),
    ("Tuesday... actually Wednesday morning", "11-25..11-25 am"),
])
def test_corrections_keep_the_corrected(text: str, wanted: str) -> None:
    assert _written(find_when(text, SUNDAY)) == wanted


@pytest.mark.parametrize("text", [
    "等了3天", "3天前做的", "昨天做的检查", "上周三", "last Friday", "促排第5天", "day 5 of stims", "我38岁 AMH 1.25 电话13812345678", "最早的号",
    "asap please", "周三抽的血 结果出来没", "20号移植的", "my period started on Monday", "坐3号线", "移植后7天", "3-5天", "4-5级囊胚 3号囊胚", "六周五天", "孕12周五天", "一周三次", 
    "早上好", "good evening", "周医生", "一周三次", "",
])
def test_what_is_no_appointment_window(text: str) -> None:
    assert find_when(text, SUNDAY) == []


def test_past_and_wanted_day_in_one_message() -> None:
    assert _written(find_when("I had blood drawn on Wednesday, can I see dr chen on Friday", SUNDAY)) == "11-27..11-27"
    assert _written(find_when("今天做完B超了 明天能约吗", SUNDAY)) == "11-23..11-23"


def test_a_datetime_serves_as_its_date() -> None:
    assert find_when("明天", datetime(2026, 11, 22, 10)) == [Window(date(2026, 11, 23), date(2026, 11, 23))]


@pytest.mark.parametrize("text", ["最早的号", "越快越好", "尽快", "asap", "the earliest one", "first available slot"])
def test_earliest(text: str) -> None:
    assert wants_earliest(text)


def test_not_earliest() -> None:
    assert not wants_earliest("周三上午有号吗")
    assert not wants_earliest("最早几点上班")


@pytest.mark.parametrize(("text", "wanted"), [
    ("12月8号第一次去", date(2026, 12, 8)),
    ("I start on Dec 3", date(2026, 12, 3)),
    ("昨天做完检查", date(2026, 11, 21)),
    ("20号移植的", date(2026, 11, 20)),
    ("三天前抽的血", date(2026, 11, 19)),
    ("周三抽的血", date(2026, 11, 18)),
    ("下周三建档", date(2026, 11, 25)),
    ("transferred 5 days ago", date(2026, 11, 17)),
    ("下周去", None),
    ("什么时候去", None),
])
def test_clinical_date(text: str, wanted: date | None) -> None:
    assert find_clinical_date(text, SUNDAY) == wanted
