"""Offers of touts are recognised by rule; what only sounds like them is not.

`scam_lines.tsv` holds messages written as different people; the rules' author wrote them too. Rules were written against `seen`; `kept`
was first tried afterwards; `later`, then `latest`, were written and first tried when the rules for those before stood. First tries, Chinese
and English: kept 29 and 28 of 30, later 17 and 20 of 30, latest 6 and 8 of 15 offers seen; 1 of 120 look-alikes taken for one. `fresh`
are of two more lists: 21 and 29 of 40, then 18 and 16 of 20 offers seen, and 1 of 40 and 4 of 60 look-alikes taken for one, then 0 of 20
and 2 of 30 (1 and 5 by the rules before); of their offers only those that are seen stand in the file. `plain` are of five more lists, 250
look-alikes and 240 offers each: 28 and 28 look-alikes were taken for an offer and 118 and 72 offers seen before it was asked who speaks; of the last two lists,
written when it was, 3 and 4 of 90 look-alikes and 37 and 27 of 90 offers. `told` are of three lists of 25 each, mostly friendly offers and what members
tell each other: 10, 9 and 6 Chinese and 4, 4 and 4 English offers seen when each was first tried, and 3, 0 and 2, and 1, 0 and 2 look-alikes taken for one. `kinds` are further messages of the kinds that two unseen lists showed to be weak. All of them have been rules' material since, so the tests below show that nothing gets lost, not how the rules fare with words nobody listed.
"""

from __future__ import annotations

import csv
import random
import re
import time
from pathlib import Path

import pytest
import zhconv
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.guard.scam import FILE, FOLDER, NOTHING, OTHER, Touts, load, main, tried
from bot.guard.wording import Lookup, wording
from bot.text.normalise import LIMIT

LINES = Path(__file__).with_name("scam_lines.tsv")
TOUTS, PROBLEMS = load(FOLDER)
CHINESE = "海外代孕包成功，三十万一口价，加我微信"
ENGLISH = "surrogacy package, success guaranteed, add my wechat"


def lines(language: str, label: str) -> list[str]:
    with LINES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [row["text"] for row in rows if row["language"] == language and row["label"] == label]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_offers_are_seen(language: str) -> None:
    texts = lines(language, "offer")
    missed = [x for x in texts if TOUTS.look(x) is None]
    assert len(texts) >= 90 and len(missed) <= 0.03 * len(texts), missed


@pytest.mark.parametrize("language", ["zh", "en"])
def test_look_alikes_are_left_alone(language: str) -> None:
    texts = lines(language, "innocent")
    wrong = [(x, TOUTS.judge(x)) for x in texts if TOUTS.look(x)]
    assert len(texts) >= 90 and len(wrong) <= 0.03 * len(texts), wrong


KINDS = {
    "surrogacy": "招代妈，包吃住，三十万",
    "eggs": "卵源充足，学历任选",
    "sex": "三代包男孩，签合同",
    "success": "怀不上全额退，写进合同",
    "queue": "帮你挂专家号，三百一个",
    "medicine": "selling leftover Menopur, half price, dm me",
    "quackery": "开光转运珠，一颗188，加微信",
    "staff": "我是医院客服，请加企微补交押金",
    "papers": "代办结婚证，跟真的一样",
    "loans": "试管贷，不看征信，秒批",
    "lure": "扫码免费领电子书",
    "illegal": "私人实验室冻卵，加我",
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_offer_tells_what_is_offered(kind: str) -> None:
    offer = TOUTS.look(KINDS[kind])
    assert offer is not None and offer.kind == kind
    assert offer.score >= TOUTS.least and offer.signs


def test_no_goods_of_the_file_is_other() -> None:
    assert TOUTS.judge("hurry, add me on wechat, 300 each").kind == OTHER


@pytest.mark.parametrize(
    "text",
    [
        "d.a.i.y.u.n 价格面议 加 V",
        "代/孕/包/成/功",
        "代*孕 包*成*功",
        "ＶＸ：lucky88 供卵自怀",
        "代孕包成功，加薇❤️",
        "代❤孕❤三十❤万❤起",
        "優質卵源，隨便挑",
        "代\u200b孕包\u200b成功",
        "s.u.r.r.o.g.a.c.y package, add my V",
        "G A R A N T E E D boy, dm me",
        "surr0gacy package, add wx lucky88",
        "👦 or 👧, package 25k usd, choose 👦",
    ],
)
def test_disguises_are_undone(text: str) -> None:
    assert TOUTS.look(text) is not None, (TOUTS.spellings.undone(text), TOUTS.judge(text))


BREAKERS = st.sampled_from(["", " ", "  ", ".", "·", "*", "_", "|", "-", "\u200b", "❤", "❤️"])


@settings(max_examples=50, deadline=None)
@given(st.lists(BREAKERS, min_size=len(CHINESE), max_size=len(CHINESE)), st.booleans(), st.booleans())
def test_a_chinese_offer_stays_one(breakers: list[str], traditional: bool, wide: bool) -> None:
    text = "".join(char + breaker for char, breaker in zip(CHINESE, breakers))
    text = zhconv.convert(text, "zh-hant") if traditional else text
    text = "".join(chr(ord(x) + 0xFEE0) if wide and x.isascii() and x.isprintable() and x != " " else x for x in text)
    assert TOUTS.look(text) is not None


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(["🔥", "✨✨", "\n", "大家早", "Hi!", "~~~", "...", "1️⃣"]), st.sampled_from(["🌹", "\n\n", "。", "!!!", " haha", "哈哈"]))
def test_chatter_around_it_changes_nothing(before: str, after: str) -> None:
    assert TOUTS.look(f"{before} {CHINESE} {after}") and TOUTS.look(f"{before} {ENGLISH} {after}")


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=300))
def test_anything_can_be_looked_at(text: str) -> None:
    offer = TOUTS.look(text)
    assert offer is None or offer.score >= TOUTS.least
    assert TOUTS.spellings.undone(TOUTS.spellings.undone(text)) is not None


def test_only_the_first_characters_are_read() -> None:
    assert TOUTS.look("哦" * LIMIT + CHINESE) is None
    assert TOUTS.look("哦" * (LIMIT - 100) + "。" + CHINESE) is not None


@pytest.mark.parametrize(
    "text",
    [
        f"{CHINESE}，这是真的吗",
        f"有人发我：{CHINESE}，我已经举报了",
        f"someone wrote to me: {ENGLISH}. Is it legit?",
        "beware, the surrogacy package with guaranteed success that somebody posts here is a fraud",
    ],
)
def test_asking_about_one_or_warning_of_it_is_none(text: str) -> None:
    assert TOUTS.look(text) is None, TOUTS.judge(text)


@pytest.mark.parametrize(
    ("text", "by"),
    [
        (f"你们看这个：“{CHINESE}”，真的假的", "doubt"),
        (f"删了一个发“{CHINESE}”的，别点他的链接", "report"),
        (f"I turned it down: \"{ENGLISH}\"", "report"),
        ("【护士站】周六孕前课堂，三楼示教室，免费，扫海报二维码报名，先到先得", "official"),
        ("孕妇枕免费送，要的私聊我", "gifts"),
        ("flatmate wanted near the hospital, 1500 each, message me", "ways"),
        ("不需要代孕，别再加我了", "declines"),
        ("I don't want donor eggs, please leave me alone", "declines"),
        ("接龙：赣南脐橙10斤45元，要的接下去，私聊也行", "orders"),
        ("cherries from my village, 88 a box, message me how many", "orders"),
        ("下周三移植，有同一天的吗，加我微信一起数日子", "company"),
        ("anyone with the same transfer date? add me if you want to count the days together", "company"),
        ("闲置吸奶器一个，七十自提，要的私聊我", "gifts"),
        ("本中心不开展代孕，也未授权任何人收费", "official"),
    ],
)
def test_who_speaks_settles_it(text: str, by: str) -> None:
    made = TOUTS.judge(text)
    assert made.settled == by and TOUTS.look(text) is None, made


@pytest.mark.parametrize(
    "text",
    [
        f"“{CHINESE}”",
        f"听说你在等供卵？别信别家，{CHINESE}",
        f"someone said it is too good to be true: not with us! {ENGLISH}, dm me",
        "孕妇枕免费送，另有果纳芬半价转让，私聊我",
        "各位家属：代孕包成功，请联系李经理",
        "不需要代孕，供卵也能有自己的孩子，三十五万，加我微信",
        "接龙：土鸡蛋一箱，另有转运珠开光，加我微信",
        "同一天移植的姐妹加我，一起数日子，老师带着做，包成功",
        "感谢护士，也多亏一位姚老师，我把她微信推给你",
        "thank you nurses, and ask me, I can pass you her number",
    ],
)
def test_an_invitation_or_goods_take_that_back(text: str) -> None:
    assert TOUTS.judge(text).settled is None, TOUTS.judge(text)


def test_a_name_that_takes_nothing_back_is_told(tmp_path: Path) -> None:
    _, problems = load(changed(tmp_path, "settles_unless: [invites, passing_on]", "settles_unless: [invite, passing_on]"))
    assert len(problems) == 1 and "'invite' under settles_unless" in problems[0].sentence and problems[0].line > 0


@pytest.mark.parametrize(("text", "told"), [
    ("她叫我加她微信说认识主任", True), ("自称医院客服让我转账", True), ("someone says I get in sooner if I pay him 300, is it a scam?", True),
    ("他让我去拿报告", False), ("护士让我加她微信拿报告", False), ("团购苹果的还有谁要", False), (CHINESE, False),
])
def test_who_asks_about_an_offer_or_tells_of_one_is_known(text: str, told: bool) -> None:
    assert TOUTS.judge(text).told is told


def test_an_invitation_in_quotation_marks_is_not_the_writers() -> None:
    assert TOUTS.judge("有人发我“我可以介绍你认识能办的人，把她微信给你”，大家别信").settled == "report"
    assert TOUTS.judge("大家别信，我可以介绍你认识能办的人，把她微信给你").settled is None


@pytest.mark.parametrize("text", [f"别信那些骗子！{CHINESE}，先到先得", f"beware of fakes, hurry: {ENGLISH}, dm me"])
def test_a_tout_who_warns_of_others_is_seen(text: str) -> None:
    assert TOUTS.look(text) is not None, TOUTS.judge(text)


MISSES = [
    ("一小时内杯子送到酒店，游泳的、当医生的、开飞机的随你点", "sperm is meant and not named"),
    ("hello pretty, you could be somebody's angel. twelve days, forty thousand, flights to Phuket included", "eggs are meant and not named"),
    ("进五次中五次，我们实验室没有“不”字，本月签的酒店算我们的", "success is promised in a picture"),
    ("先押一千五，明天手术单上就有你，开不了收据", "a place on the list is meant and not named"),
    ("卵子分行开到咱们城里了，姑娘们的册子我这都有，挑个子挑学校都行", "a bank of eggs in words of its own"),
    ("免检查，我能弄盖章的报告", "papers are forged in words of its own"),
    ("租肚子，我们的姐妹都生过", "surrogacy is meant and not named"),
    ("who wants my appointment with dr lin friday, 300", "may be a patient who cannot come"),
    ("skip all the tests, I can get you stamped reports", "papers are forged in words of its own"),
    ("我认识一个退休院长，私下还接病人，方案比医院的猛，想约的我给时间", "a doctor on the side in words of its own"),
    ("盼孙子的婆婆们听我一句，花八万去趟老挝，抱个大胖小子回来", "advice of a grandmother's kind, nobody to contact"),
    ("Come for my three pills on transfer day, not a single one has failed so far", "medicine without a name"),
    ("My sister in law is 46 with no eggs left and she has a boy now. Anyone curious how, I have the contact", "a relative's story, a promise by its end only"),
    ("friends, quit the hospital line! Nurse's cousin signs you up from her own computer, I only take a tip", "fast track in words of its own"),
]


@pytest.mark.parametrize(("text", "reason"), MISSES)
def test_known_misses(text: str, reason: str) -> None:
    """Left to the trained scorer; a change that finds one moves it to the lines above."""
    assert TOUTS.look(text) is None, reason


def test_the_staffs_file_holds() -> None:
    assert PROBLEMS == [] and tried(FOLDER)[1] == []
    assert main(["check"]) == 0


def test_try_shows_points_and_reading(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["try", "代.孕加薇❤"]) == 0
    shown = capsys.readouterr().out
    assert "an offer (surrogacy)" in shown and "代孕加微信" in shown


def changed(folder: Path, before: str, after: str) -> Path:
    text = (FOLDER / FILE).read_text(encoding="utf-8")
    assert before in text
    (folder / FILE).write_text(text.replace(before, after, 1), encoding="utf-8")
    return folder


def test_a_missing_file_takes_nothing_for_an_offer(tmp_path: Path) -> None:
    touts, problems = load(tmp_path)
    assert touts is NOTHING and touts.look(CHINESE) is None
    assert [x.file for x in problems] == [FILE]
    assert main(["check", str(tmp_path)]) == 1


def test_words_that_cannot_be_read_are_told_with_their_line_and_left_out(tmp_path: Path) -> None:
    touts, problems = load(changed(tmp_path, "    - 卵妹\n", "    - 卵妹\n    - (代妈|招\n    - (愿意)?\n"))
    line = (tmp_path / FILE).read_text(encoding="utf-8").split("\n").index("    - (代妈|招") + 1
    assert [(x.line, x.severity) for x in problems] == [(line, "error"), (line + 1, "error")]
    assert "every '(' needs a ')'" in problems[0].sentence and "every message" in problems[1].sentence
    assert touts.look(CHINESE) is not None


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("least: 3.5", "least: many", "has to be a number"),
        ("least: 3.5", "leest: 3.5", "Did you mean 'least'?"),
        ("signs:\n", "signs: {}\nsings:\n", "Did you mean 'signs'?"),
        ("kinds:\n", "kinds:\n\t", "tab"),
    ],
)
def test_a_broken_file_leaves_the_last_state(tmp_path: Path, before: str, after: str, told: str) -> None:
    touts, problems = load(changed(tmp_path, before, after), TOUTS)
    assert touts is TOUTS and any(told in x.sentence for x in problems), problems
    assert load(tmp_path)[0] is NOTHING


@pytest.mark.parametrize(
    ("listed", "example", "told"),
    [
        ("  offers:\n", "今天天气不错", "is listed as an offer but is not taken for one"),
        ("  harmless:\n", CHINESE, "is listed as harmless but is taken for an offer"),
    ],
)
def test_an_example_that_does_not_hold_is_told(tmp_path: Path, listed: str, example: str, told: str) -> None:
    _, problems = tried(changed(tmp_path, listed, f"{listed}  - {example}\n"))
    assert len(problems) == 1 and told in problems[0].sentence and problems[0].line > 0
    assert example in problems[0].sentence


def test_staff_can_add_a_word_and_a_spelling(tmp_path: Path) -> None:
    assert TOUTS.look("zzqx 每月三次") is None
    changed(tmp_path, "    - 卵妹\n", "    - 卵妹\n    - 月光礼包\n")
    text = (tmp_path / FILE).read_text(encoding="utf-8").replace("  代孕: [", "  月光礼包: [zzqx]\n  代孕: [", 1)
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    touts, problems = load(tmp_path)
    assert problems == []
    offer = touts.look("ZZQX 每月三次")
    assert isinstance(touts, Touts) and offer is not None and offer.kind == "eggs"


@pytest.mark.parametrize(
    ("words", "text", "found"),
    [
        ("pen", "two pens", True),
        ("pen", "opening", False),
        ("surroga*", "surrogacy", True),
        ("出…针", "出两盒促排针", True),
        ("出…针", "出院了。打针", False),
        ("# (rmb|yuan)", "300 yuan", True),
        ("#元", "三百元", True),
        ("(a|b)? cat", "cat", True),
        ("^hello", "say hello", False),
        ("don't", "dont", True),
        ("繁體", "繁体", True),
        ("0元", "零首付0元", True),
        ("0元", "一共120元", False),
        ("#元", "千万元旦快乐", False),
        ("a[0-9]b", "a5b", True),
        ("a[0-9]b", "a-b", False),
    ],
)
def test_the_notation(words: str, text: str, found: bool) -> None:
    assert bool(wording(words).pattern.search(text)) == found
    assert bool(Lookup([[wording(words)]]).first_of_each(text)) == found


@pytest.mark.parametrize(
    ("words", "text", "found"),
    [
        (["挂号", "代(挂|约)"], "帮你代挂号", "代挂"), (["代挂(号|专家号)?", "代挂专家"], "代挂专家号", "代挂专家号"), (["buy", "代挂号", "代挂"], "代挂号", "代挂号"),
        (["(please )?add me"], "and  please add me", "please add me"), (["a cat", "cat"], "a  cat", "a  cat"), (["[a-c]x"], "xbx bx", "bx"), (["[一-龥]姐"], "找王姐", "王姐"),
        (["(加|扫)*我"], "快加扫我", "加扫我"), (["#元"], "定金三百元", "三百元"), (["加…我"], "请加一下我", "加一下我"), (["吗$"], "吗是吗", "吗"), (["cat"], "concat", None),
        (["[0-9万千]起"], "三万起", "万起"), (["#支"], "要1,200支", "1,200支"), (["#元"], "几千元", "几千元"), (["要", "[^谁]要我"], "他要我", "他要我"), (["我要", "[^谁]要我"], "我要我", "我要"),
    ],
)
def test_of_words_looked_for_at_once_the_first_is_found(words: list[str], text: str, found: str | None) -> None:
    assert Lookup([[], map(wording, words)]).first_of_each(text) == ({} if found is None else {1: found})


def test_groups_that_are_left_out_are_not_found() -> None:
    assert Lookup([[wording("加我")], [wording("[^不]加我")], [wording("我")]]).first_of_each("快加我", {0, 1}) == {2: "我"}


def test_words_looked_for_at_once_are_found_as_each_by_itself() -> None:
    groups = [*TOUTS.groups.all, *TOUTS.invites.all]
    lookup = Lookup(group.words for group in groups)
    for row in LINES.read_text(encoding="utf-8").splitlines()[1::8]:
        plain = TOUTS.spellings.undone(row.split("\t")[-1])
        first = {number: min((hit.start() for one in group.words if (hit := one.pattern.search(plain))), default=None) for number, group in enumerate(groups)}
        assert {number for number, at in first.items() if at is not None} == set(lookup.first_of_each(plain)), plain


@pytest.mark.parametrize(
    ("words", "parts", "reach", "between", "most"),
    [
        ("生……死", ("生", "死"), 16, "死|天|a|;", 24), ("生(长)?……死", ("生长?", "死"), 16, "长|天|a|;", 24), ("生………x", ("生", "x"), 16, " x |天|天天天|;", 20),
        ("one…two……three", ("one", "two", "three"), 32, " two | abcdefghijklm | abc |;", 6), ("cat……dog", ("cat", "dog"), 32, "s | abcdefghijklmnopqrst | a |;", 5),
    ],
)
def test_gaps_side_by_side_are_found_as_each_at_every_length(words: str, parts: tuple[str, ...], reach: int, between: str, most: int) -> None:
    start, end = ("(?:(?<![a-z])|(?![a-z]))", "(?:(?<=[a-z])e?s)?(?:(?![a-z])|(?<![a-z]))") if re.search("[a-z]", words) else ("", "")
    gaps = [f"{end}[^。!?;]{{0,{reach}}}?{start}" * len(dots) for dots in re.findall("…+", words)]
    each = re.compile(start + parts[0] + "".join(map("".join, zip(gaps, parts[1:]))) + end)
    chosen, found = random.Random(words), 0
    for _ in range(300):
        text = "".join(part.rstrip("?") + "".join(chosen.choices(between.split("|"), (1, 9, 2, 0.2), k=chosen.randint(0, most))) for part in (parts[0], "", *parts[1:]))
        hit, expected = wording(words).pattern.search(text), each.search(text)
        assert (hit and hit.span()) == (expected and expected.span()), text
        found += expected is not None
    assert 20 < found < 280


def test_a_message_made_to_keep_the_rules_busy_does_not() -> None:
    started = time.process_time()
    for part in ("黄体酮针剩300颗", "床位排下周就", "达英", "selling gonal "):
        TOUTS.judge((part * LIMIT)[:LIMIT])
    assert time.process_time() - started < 5      # minutes, where each gap was tried at every length


@pytest.mark.parametrize("words", ["", "…", "(|)"])
def test_words_without_a_letter_are_refused(words: str) -> None:
    with pytest.raises(ValueError):
        wording(words)
