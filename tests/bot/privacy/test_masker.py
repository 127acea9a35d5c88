"""The masker: what it returns, and properties that hold for any text."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.privacy import KINDS, Masked, mask, placeholders, told
from bot.privacy.numbers import id_checks, luhn

SEPARATORS = ["", "", "", "-", " ", ".", "·", "_", "*", "/", "　", "－", "\u200b", " - ", "️", "~", "—"]
CHINESE = str.maketrans("0123456789", "零一二三四五六七八九")
SAID = str.maketrans("0123456789", "洞幺二三四五六拐八勾")
FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
CIRCLED = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")
BANKERS = str.maketrans("0123456789", "零壹贰叁肆伍陆柒捌玖")
SCRIPTS = [{}, CHINESE, SAID, FULL_WIDTH, CIRCLED, BANKERS]


@st.composite
def identity_numbers(draw: st.DrawFn) -> str:
    """Eighteen characters with a birth date, right checksum or not."""
    place = draw(st.sampled_from(["110101", "310115", "440103", "650102"]))
    born = draw(st.dates(date(1955, 1, 1), date(2005, 12, 31)))
    return f"{place}{born:%Y%m%d}{draw(st.integers(0, 999)):03}{draw(st.sampled_from('0123456789X'))}"


mobiles = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
cards = st.from_regex(r"62[0-9]{17}", fullmatch=True)


def separated(draw: st.DrawFn, number: str, separators: list[str]) -> str:
    return "".join(char + draw(st.sampled_from(separators)) for char in number[:-1]) + number[-1]


def covered(masked: Masked, text: str, start: int, end: int) -> bool:
    """Whether everything but separators of a part of the text is masked."""
    inside = {place for one in masked.found for place in range(one.start, one.end)}
    return all(place in inside for place in range(start, end) if text[place].isalnum())


@st.composite
def fragments(draw: st.DrawFn) -> str:
    """Text in which much looks personal: cues, names, numbers, marks, placeholders and anything else."""
    pieces = st.one_of(
        st.sampled_from([
            "我叫", "我是", "姓名:", "张三", "李小测", "王主任", "my name is ", "this is ", "Maria Lopez ", "anna ", "手机", "身份证号", "护照", "passport ", "就诊卡号", "卡号",
            "地址：", "家住", "测试路1号", "幸福小区3栋2单元501", "12 Test Road, ", "Flat 3, ", "13800138000", "110101199001011234", "E00000001", "6222020000000000000", "0012345",
            "010-88880000", "+44 7700 900123", "[姓名]", "[电话号码]", "[address]", "[ID number]", "，", "、", " ", "\n", "：", "(", ")", "-", "hcg", "的", "订单", "https://a.cn/?phone=13800138000", "是", "和",
        ]),
        identity_numbers(), mobiles, st.text(max_size=4), st.text("0123456789 .-", max_size=8),
    )
    return "".join(draw(st.lists(pieces, max_size=14)))


@given(st.data(), identity_numbers(), st.sampled_from(["身份证号{}，谢谢", "my id {} thanks", "{}是我身份证"]))
@settings(max_examples=60, deadline=None)
def test_separators_do_not_hide_an_identity_number(data: st.DataObject, number: str, around: str) -> None:
    written = separated(data.draw, number, SEPARATORS)
    text = around.format(written)
    masked = mask(text)
    assert covered(masked, text, text.index(written), text.index(written) + len(written)), masked
    assert masked.found[0].value == number


@given(st.data(), mobiles, st.sampled_from(["手机{}，谢谢", "call me {} thanks", "我的微信{}", "phone: {}"]))
@settings(max_examples=60, deadline=None)
def test_separators_do_not_hide_a_phone(data: st.DataObject, number: str, around: str) -> None:
    written = separated(data.draw, number, SEPARATORS)
    text = around.format(written)
    masked = mask(text)
    assert covered(masked, text, text.index(written), text.index(written) + len(written)), masked
    assert (masked.found[0].kind, masked.found[0].value) == ("phone", number)


@given(identity_numbers(), st.sampled_from(SEPARATORS), st.lists(st.booleans(), min_size=17, max_size=17))
@settings(max_examples=60, deadline=None)
def test_an_identity_number_needs_no_word_before_it(number: str, separator: str, cut: list[bool]) -> None:
    written = "".join(char + separator * here for char, here in zip(number, cut)) + number[-1]
    assert covered(mask(f"你好 {written}"), f"你好 {written}", 3, 3 + len(written))


@given(mobiles, st.sampled_from(["-", " ", "·", "_", "*", "\u200b", "　"]), st.integers(1, 5), st.integers(6, 10))
@settings(max_examples=60, deadline=None)
@example("13800138000", "-", 3, 7)
def test_a_phone_needs_no_word_before_it(number: str, separator: str, first: int, second: int) -> None:
    written = separator.join([number[:first], number[first:second], number[second:]])
    assert covered(mask(written), written, 0, len(written))


@given(st.data(), cards, st.sampled_from(["银行卡{}", "退到{}这张", "my card {}"]))
@settings(max_examples=60, deadline=None)
def test_separators_do_not_hide_a_bank_card(data: st.DataObject, number: str, around: str) -> None:
    written = separated(data.draw, number, SEPARATORS)
    text = around.format(written)
    assert covered(mask(text), text, text.index(written), text.index(written) + len(written))


@given(st.one_of(identity_numbers(), mobiles), st.sampled_from(SCRIPTS))
@settings(max_examples=60, deadline=None)
def test_no_script_hides_a_number(number: str, script: dict[int, str]) -> None:
    written = number.translate(script)
    masked = mask(f"我的{written}")
    assert [(one.start, one.end, one.value) for one in masked.found] == [(2, 2 + len(written), number)]


@given(st.one_of(fragments(), st.text(max_size=60)))
@settings(max_examples=60, deadline=None)
def test_masking_again_changes_nothing(text: str) -> None:
    once = mask(text).text
    assert mask(once).text == once


@given(st.one_of(fragments(), st.text(max_size=60)))
@settings(max_examples=60, deadline=None)
def test_what_is_not_found_is_unchanged(text: str) -> None:
    masked = mask(text)
    position, rebuilt = 0, ""
    words = {kind: {of[kind] for of in placeholders().values()} for kind in KINDS}
    for one in masked.found:
        assert position <= one.start < one.end <= len(text)
        rebuilt += text[position : one.start]
        word = next(word for word in words[one.kind] if masked.text.startswith(word, len(rebuilt)))
        rebuilt += word
        position = one.end
    assert masked.text == rebuilt + text[position:]
    assert masked.kinds == tuple(dict.fromkeys(one.kind for one in masked.found))


@given(fragments())
@settings(max_examples=60, deadline=None)
def test_the_centres_numbers_and_doctors_stay(text: str) -> None:
    masked = mask(f"{text}，010-5555-0101，周测敏", frozenset({"010-5555-0101", "周测敏"}))
    assert "010-5555-0101" in masked.text and "周测敏" in masked.text


@pytest.mark.parametrize("written", ["010-5555-0101", "01055550101", "010 5555 0101", "(010)55550101", "5555-0101", "+86 10-5555-0101", "0086-010-55550101"])
def test_a_kept_number_is_known_in_other_forms(written: str) -> None:
    text = f"打我电话，就是{written}"
    assert mask(text).kinds == ("phone",) or written == "5555-0101"
    assert mask(text, frozenset({"010-5555-0101"})).text == text


@pytest.mark.parametrize(("text", "made"), [
    ("身份证\n110101\n19900101\n1234", "身份证\n[身份证号]"), ("手机\n138\n0013\n8000", "手机\n[电话号码]"), ("138\n0013\n8000", "[电话号码]"),
    ("手机138 0013后四个8，别打错", "手机[电话号码]，别打错"), ("手机前三位138，后面是0013，最后四位8000", "手机前三位[电话号码]"),
    ("证件分开发：110101，出生1990年1月1日，后四位1234", "证件分开发：[身份证号]"), ("first six 110101, born 19900101, the last four are 1234", "first six [ID number]"),
])
def test_a_number_in_several_pieces_is_one(text: str, made: str) -> None:
    assert mask(text).text == made


def test_a_bare_name_is_one_where_it_was_asked_for_and_nowhere_else() -> None:
    for name in ("王小丽", "欧阳娜娜", "阿依古丽·买买提", "Wang Xiaoli", "wang xiaoli", "Olena Shevchuk"):
        assert mask(name).text == name and [(x.kind, x.value) for x in mask(name, expects_name=True).found] == [("name", name)]
    for words in ("没有", "王医生", "查报告", "Dr Wang", "cancel", "no code", "解绑", "AMH", "周三"):
        assert mask(words, expects_name=True).text == words


@pytest.mark.parametrize(("text", "value"), [
    ("护照是E一二三四五六七八，查一下", "E12345678"), ("我护照 EA零零零零零零一", "EA0000001"), ("护照号：G幺二三四五六拐八", "G12345678"), ("passport E〇〇一二三四五六", "E00123456"),
])
def test_a_passport_in_chinese_digits(text: str, value: str) -> None:
    assert [(one.kind, one.value) for one in mask(text).found] == [("passport", value)]


@pytest.mark.parametrize("text", ["护照有效期到二零二八年", "护照七七四十九天能办好吗", "一二三四五六七八楼都是你们的吗", "胚胎编号E一二三四五六七八", "护照号一般几位"])
def test_chinese_digits_of_something_else_stay(text: str) -> None:
    assert mask(text).text == text


def test_a_card_said_in_words_needs_no_word_before_it() -> None:
    said = "four zero zero zero one two three four five six seven eight nine zero one zero"
    assert [(one.kind, one.value) for one in mask(f"I paid with {said}").found] == [("bank_card", "4000123456789010")]
    assert mask(f"order {said}").text == f"order {said}"


@pytest.mark.parametrize(("text", "name"), [
    ("我上次看的是周敏", "周敏"), ("还是周敏好", "周敏"), ("石静怡周五上午", "石静怡"), ("帮我查下石静怡的排班", "石静怡"), ("change to Zhou Min", "Zhou Min"), ("Theodora Vance please", "Theodora Vance"),
])
def test_a_doctors_name_that_is_kept_stays_and_hers_does_not(text: str, name: str) -> None:
    assert mask(text, frozenset({name})).text == text
    for hers in (f"我叫{name}，{text}", f"my name is {name}. {text}", f"我老公{name}，取精"):
        assert name not in mask(hers, frozenset({name})).text


@pytest.mark.parametrize("text", ["签字：周敏", "落款周敏，是哪位", "报告医师签名：周敏", "主治医生姓名：周敏"])
def test_a_doctor_who_signs_stays_and_another_signature_does_not(text: str) -> None:
    assert mask(text, frozenset({"周敏"})).text == text
    hers = re.sub("报告医师|主治医生", "", text)
    assert mask(hers).kinds == ("name",) and "周敏" not in mask(hers).text


@pytest.mark.parametrize(("text", "value"), [
    ("一百三十八，八一二三，四七九九", "13881234799"), ("打一百九，八八七七，六六五五", "19088776655"), ("一百五十 一二三四 5678", "15012345678"),
])
def test_a_mobile_number_said_as_hundreds_has_its_digits(text: str, value: str) -> None:
    assert [(one.kind, one.value) for one in mask(text).found] == [("phone", value)]


def test_what_comes_back() -> None:
    text = "我叫李梅，身份证１１０１０１ 19900101 123x，李梅的报告"
    masked = mask(text)
    assert masked.text == "我叫[姓名]，身份证[身份证号]，[姓名]的报告"
    assert masked.kinds == ("name", "id_card")
    assert [(text[one.start : one.end], one.value) for one in masked.found] == [
        ("李梅", "李梅"), ("１１０１０１ 19900101 123x", "11010119900101123X"), ("李梅", "李梅"),
    ]


def test_the_placeholder_speaks_the_language_around_it() -> None:
    assert mask("please call me at 13800138000").text == "please call me at [phone number]"
    assert mask("打我 13800138000").text == "打我 [电话号码]"
    assert mask("13800138000").text == "[电话号码]"


def test_nothing_found_is_the_same_text() -> None:
    assert mask("周三有号吗") == Masked("周三有号吗", (), ())
    assert mask("") == Masked("", (), ())


def test_placeholders_are_distinct_and_cannot_be_taken_for_numbers() -> None:
    for words in placeholders().values():
        assert len(set(words.values())) == len(KINDS)
        assert all(word[0] == "[" and word[-1] == "]" and not any(char.isdigit() for char in word) for word in words.values())


def test_the_checks_agree_with_published_examples() -> None:
    assert id_checks("11010519491231002X")      # the example of GB 11643-1999
    assert not id_checks("110105194912310021")
    assert luhn("4111111111111111") and luhn("79927398713") and not luhn("79927398710")


def test_digits_of_a_long_message_are_all_read() -> None:
    text = "周三有号吗，" * 660 + "13800138000"
    assert mask(text).text.endswith("[电话号码]") and len(text) < 4000


@pytest.mark.parametrize(("text", "value"), [
    ("my email is anna.w84@mail.example", "anna.w84@mail.example"), ("邮箱 liu_mei@mail.example，报告发这", "liu_mei@mail.example"), ("发到Ａｂｃ＠mail．example", "abc@mail.example"),
    ("邮箱：liumei艾特qq点com", "liumei@qq.com"), ("write to anna dot weber at gmail dot com", "anna.weber@gmail.com"), ("anna (at) mail (dot) example", "anna@mail.example"),
    ("QQ邮箱83920174", "83920174@qq.com"), ("预约确认发到lin@mail.example", "lin@mail.example"), ("send your invoice to anna@mail.example", "anna@mail.example"), ("我的邮箱是info@mail.example", "info@mail.example"),
])
def test_an_e_mail_address_is_masked_however_it_is_spelled(text: str, value: str) -> None:
    assert [(one.kind, one.value) for one in mask(text).found] == [("email", value)]


@pytest.mark.parametrize("text", [
    "你们的邮箱是ivf@mail.example吗", "is nurses@mail.example the address of your clinic?", "look at google.com", "@所有人 周三有号", "75 IU @ 21:00", "looking at qq.com",
])
def test_the_centres_e_mail_and_what_only_resembles_one_stay(text: str) -> None:
    assert mask(text).text == text


def test_the_centres_e_mail_address_stays_wherever_it_is_written() -> None:
    text = "I wrote to Nurses@mail.example, no answer"
    assert mask(text).kinds == ("email",)
    assert mask(text, frozenset({"nurses@mail.example"})).text == text


def test_the_reply_contract_tells_an_e_mail_address_as_an_address_and_each_kind_once() -> None:
    kinds = mask("住幸福路3号2栋501，邮箱anna@mail.example，手机13800138000").kinds
    assert set(kinds) == {"address", "email", "phone"}
    assert told(kinds) == ["address", "phone"]
