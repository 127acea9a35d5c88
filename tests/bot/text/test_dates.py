"""Dates read out of patients' messages, mostly on Sunday 2026-11-22."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from bot.text.dates import Window, find_clinical_date, find_when, wants_earliest

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
    ("the week of Saturday", WEDNESDAY, "11-25..11-29"),
    ("周六那周", WEDNESDAY, "11-25..11-29"),
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


@pytest.mark.parametrize(("text", "wanted"), [
    ("between the 3rd and the 6th of December", "12-03..12-06"),
    ("between 3 and 6 December", "12-03..12-06"),
    ("between Dec 3 and 6", "12-03..12-06"),
    ("between Dec 3 and Dec 6", "12-03..12-06"),
    ("between December 3rd and 6th please", "12-03..12-06"),
    ("from 3 to 6 Dec", "12-03..12-06"),
    ("from the 3rd to the 6th of December", "12-03..12-06"),
    ("from the 3rd until the 6th of Dec", "12-03..12-06"),
    ("any day between the 25th and the 28th", "11-25..11-28"),
    ("between the 28th of November and the 2nd of December", "11-28..12-02"),
    ("between the 28th and the 2nd of December", "11-28..12-02"),
    ("anything between tomorrow and Thursday", "11-23..11-26"),
    ("the 3rd or the 6th of December", "12-03..12-03; 12-06..12-06"),
    ("12月3号到6号之间", "12-03..12-06"),
    ("12月3号和6号之间", "12-03..12-06"),
    ("12月3号到12月6号之间有号吗", "12-03..12-06"),
    ("3号和6号之间", "12-03..12-06"),
    ("3号到6号之间", "12-03..12-06"),
    ("周二和周四之间", "11-24..11-26"),
    ("3号跟6号之间哪天都行", "12-03..12-06"),
    ("12月3日至6日", "12-03..12-06"),
    ("the 3rd, 4th or 5th of December", "12-03..12-03; 12-04..12-04; 12-05..12-05"),
    ("from the 28th of November to the 2nd of December", "11-28..12-02"),
    ("1月3号到6号之间", "01-03..01-06"),
    ("1月3号和6号之间", "01-03..01-06"),
    ("12月8号或者25号", "12-08..12-08; 12-25..12-25"),
    ("介于25号和28号之间", "11-25..11-28"),
    ("between 2pm and 4pm tomorrow", "11-23..11-23 pm"),
    ("3号到6号这几天", "12-03..12-06"),
    ("周一到周三这三天", "11-23..11-25"),
    ("12月3日与6日之间上午", "12-03..12-06 am"),
])
def test_spans_are_one_window(text: str, wanted: str) -> None:
    assert _written(find_when(text, SUNDAY)) == wanted


@pytest.mark.parametrize(("text", "wanted"), [
    ("tomorrow or the day after", "11-23..11-23; 11-24..11-24"),
    ("tomorrow or day after", "11-23..11-23; 11-24..11-24"),
    ("tmr or the day after please", "11-23..11-23; 11-24..11-24"),
    ("today or the day after", "11-22..11-22; 11-23..11-23"),
    ("Thursday or the day after", "11-26..11-26; 11-27..11-27"),
    ("tomorrow morning or the day after", "11-23..11-23 am; 11-24..11-24"),
    ("the 26th or the day after", "11-26..11-26; 11-27..11-27"),
    ("tomorrow or the day after tomorrow", "11-23..11-23; 11-24..11-24"),
    ("明天或者后天", "11-23..11-23; 11-24..11-24"),
    ("明天或后天上午", "11-23..11-23 am; 11-24..11-24 am"),
    ("明天还是后天有号", "11-23..11-23; 11-24..11-24"),
    ("Monday or Tuesday", "11-23..11-23; 11-24..11-24"),
    ("either Monday or Tuesday works", "11-23..11-23; 11-24..11-24"),
    ("Wednesday or the next day", "11-25..11-25; 11-26..11-26"),
    ("周四或第二天都可以", "11-26..11-26; 11-27..11-27"),
    ("明天或者大后天", "11-23..11-23; 11-25..11-25"),
    ("Can I come the day after the 25th", "11-26..-"),
    ("day after retrieval", ""),
    ("tomorrow or else the day after", "11-23..11-23; 11-24..11-24"),
    ("tomorrow (or the day after)", "11-23..11-23; 11-24..11-24"),
])
def test_alternatives_are_a_window_each(text: str, wanted: str) -> None:
    assert _written(find_when(text, SUNDAY)) == wanted


@pytest.mark.parametrize(("text", "wanted"), [
    ("tomorrow before noon", "11-23..11-23 am"),
    ("day after tomorrow before noon", "11-24..11-24 am"),
    ("the day after tomorrow by noon", "11-24..11-24 am"),
    ("Friday by noon please", "11-27..11-27 am"),
    ("in the forenoon on Friday", "11-27..11-27 am"),
    ("Thursday forenoon", "11-26..11-26 am"),
    ("before noon on Thursday", "11-26..11-26 am"),
    ("before noon Thursday", "11-26..11-26 am"),
    ("Thursday before midday", "11-26..11-26 am"),
    ("Thursday around noon", "11-26..11-26 pm"),
    ("Thursday after lunch", "11-26..11-26 pm"),
    ("after lunch on Thursday", "11-26..11-26 pm"),
    ("Thursday before lunch", "11-26..11-26 am"),
    ("周四中午前", "11-26..11-26 am"),
    ("周四中午之前有号吗", "11-26..11-26 am"),
    ("周四12点前", "11-26..11-26 am"),
    ("周四午饭后", "11-26..11-26 pm"),
    ("not before noon on Friday", "11-27..11-27"),
    ("before 12 on Friday", "11-27..11-27 am"),
    ("before 12 noon on Friday", "11-27..11-27 am"),
    ("after noon on Monday", "11-23..11-23 pm"),
    ("周四晚上前", "11-22..11-26 evening"),
])
def test_noon_and_lunch_are_parts_of_their_day(text: str, wanted: str) -> None:
    assert _written(find_when(text, SUNDAY)) == wanted


@pytest.mark.parametrize(("text", "wanted"), [
    ("my train gets in Wednesday night, so only Thursday morning works", "11-26..11-26 am"),
    ("I land on Wednesday evening so it has to be Thursday", "11-26..11-26"),
    ("my flight arrives on Tuesday, I can only do Wednesday morning", "11-25..11-25 am"),
    ("I'm back in town on Tuesday so Wednesday please", "11-25..11-25"),
    ("周三夜里才到，只能周四上午", "11-26..11-26 am"),
    ("周三晚上的火车，所以周四上午可以吗", "11-26..11-26 am"),
    ("我周二才回来，所以约周三吧", "11-25..11-25"),
    ("周三飞机落地，只有周四有空", "11-26..11-26"),
    ("周三出差回来 只能约周四", "11-26..11-26"),
    ("only Thursday works", "11-26..11-26"),
    ("I can only do Wednesday or Thursday", "11-25..11-25; 11-26..11-26"),
    ("周三或者周四，只能上午", "11-25..11-25 am; 11-26..11-26 am"),
    ("I'm away until Wednesday so only Thursday or Friday", "11-26..11-26; 11-27..11-27"),
    ("我24号到广州，只有25号能去", "11-25..11-25"),
    ("老公周三加班，那就周四吧", "11-26..11-26"),
    ("周三到周五都有空，所以周四也可以", "11-25..11-27; 11-26..11-26"),
    ("I'm free on Wednesday, so book me Wednesday", "11-25..11-25"),
    ("We'll only reach Guangzhou on Thursday evening, so Friday please", "11-27..11-27"),
    ("I don't get there until Wednesday night, Thursday morning please", "11-26..11-26 am"),
    ("周二晚上的飞机 就周三上午吧", "11-25..11-25 am"),
    ("明天晚上才下飞机，后天上午吧", "11-24..11-24 am"),
    ("周三才请得到假，只能周三", "11-25..11-25"),
])
def test_a_journey_or_work_is_no_wish_where_another_day_follows_from_it(text: str, wanted: str) -> None:
    assert _written(find_when(text, SUNDAY)) == wanted


@pytest.mark.parametrize(("text", "wanted"), [
    ("大姨妈大概就这几天来，约个后天的", "11-24..11-24"),
    ("大姨妈大概就这几天来，约个大后天的", "11-25..11-25"),
    ("月经这两天要来了，帮我约下周三", "11-25..11-25"),
    ("例假估计这几天来，约周五上午", "11-27..11-27 am"),
    ("AF due in a day or two, book me for the 26th", "11-26..11-26"),
    ("my period is due in 2 days, can I come on Friday", "11-27..11-27"),
    ("period should arrive in the next few days, Friday morning please", "11-27..11-27 am"),
    ("AF is expected within 3 days, book me for Thursday", "11-26..11-26"),
    ("大姨妈快来了想约周三", "11-25..11-25"),
    ("月经第二天来检查，周三可以吗", "11-25..11-25"),
    ("my period might start this week, can I see Dr Xu on the 30th", "11-30..11-30"),
    ("大姨妈就这两天的事，约个大后天的号", "11-25..11-25"),
    ("这几天不舒服，约大后天", "11-25..11-25"),
    ("肚子这两天疼，约后天", "11-24..11-24"),
    ("这几天都可以约", "11-22..11-25"),
])
def test_a_period_expected_is_no_wish(text: str, wanted: str) -> None:
    assert _written(find_when(text, SUNDAY)) == wanted


@pytest.mark.parametrize(("text", "wanted"), [
    ("Is Dr Xu in on Friday afternoon? If so book me", "11-27..11-27 pm"),
    ("Friday afternoon. Book me please", "11-27..11-27 pm"),
    ("周五下午徐医生在吗？在的话约一个", "11-27..11-27 pm"),
    ("Is she in on Friday? Afternoon please", "11-27..11-27 pm"),
    ("Is there anything Thursday morning. Thanks", "11-26..11-26 am"),
])
def test_a_sentence_end_keeps_the_part(text: str, wanted: str) -> None:
    assert _written(find_when(text, SUNDAY)) == wanted


@pytest.mark.parametrize(("text", "wanted"), [
    ("anything in the evenings", "-..- evening"),
    ("anything in the evening?", "-..- evening"),
    ("do you have evening slots", "-..- evening"),
    ("something after work", "-..- evening"),
    ("晚上有号吗", "-..- evening"),
    ("下班以后的", "-..- evening"),
    ("下班后有号吗", "-..- evening"),
    ("下班之后能看吗", "-..- evening"),
    ("下了班能看的", "-..- evening"),
    ("有晚上的号吗", "-..- evening"),
])
def test_a_part_without_a_day(text: str, wanted: str) -> None:
    assert _written(find_when(text, SUNDAY)) == wanted


@pytest.mark.parametrize(("text", "wanted"), [
    ("听日", "11-23..11-23"),
    ("聽日有冇號", "11-23..11-23"),
    ("后日", "11-24..11-24"),
    ("後日下晝", "11-24..11-24 pm"),
    ("今日", "11-22..11-22"),
    ("听朝", "11-23..11-23 am"),
    ("听晚", "11-23..11-23 evening"),
    ("听日下昼", "11-23..11-23 pm"),
    ("听日上昼", "11-23..11-23 am"),
    ("听日朝早", "11-23..11-23 am"),
    ("听日夜晚", "11-23..11-23 evening"),
    ("礼拜三下昼", "11-25..11-25 pm"),
    ("礼拜五朝早得唔得", "11-27..11-27 am"),
    ("大后日", "11-25..11-25"),
    ("打听日期", ""),
    ("听日或者后日", "11-23..11-23; 11-24..11-24"),
    ("寻日抽咗血，听日得唔得", "11-23..11-23"),
    ("今朝仲有冇号", "11-22..11-22 am"),
    ("后日晏昼", "11-24..11-24 pm"),
    ("后日朝", "11-24..11-24 am"),
    ("听日朝得唔得", "11-23..11-23 am"),
    ("今日朝阳医院", "11-22..11-22"),
])
def test_cantonese_forms(text: str, wanted: str) -> None:
    assert _written(find_when(text, SUNDAY)) == wanted


@pytest.mark.parametrize(("text", "day"), [
    ("下周三周医生下午有号吗", date(2026, 11, 25)), ("周四周敏主任", date(2026, 11, 26)), ("下周一周主任的号", date(2026, 11, 23)),
])
def test_a_doctor_named_like_the_week_behind_a_day_leaves_it_a_day(text: str, day: date) -> None:
    assert [(x.from_, x.to) for x in find_when(text, date(2026, 11, 22))] == [(day, day)]


def test_that_week_is_a_week_whatever_stands_behind_it() -> None:
    assert [(x.from_, x.to) for x in find_when("12月14号那周行吗 专家号", date(2026, 11, 22))] == [(date(2026, 12, 14), date(2026, 12, 20))]
