"""The staff's real files: no errors, and every example beside a sign or a reply holds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.guard import Guard, load
from bot.guard.__main__ import main
from bot.guard.checks import failing_examples, failing_replies, failing_texts
from bot.guard.loader import SIGN_FILES, TEXT_FILE
from bot.guard.model import GROUPS
from tests.bot.guard.conftest import KNOWLEDGE


def test_every_example_holds() -> None:
    guard, texts, problems = load(KNOWLEDGE)
    wrong = [*problems, *failing_examples(guard), *failing_replies(texts, TEXT_FILE), *failing_texts(texts, KNOWLEDGE)]
    assert [str(problem) for problem in wrong if problem.severity == "error"] == []
    assert set(texts.texts) == set(GROUPS)


def test_every_group_has_a_sign_and_every_sign_an_example(guard: Guard) -> None:
    assert {sign.group for sign in guard.rules.signs} == set(GROUPS)
    assert [sign.id for sign in guard.rules.signs if not (sign.yes or sign.maybe)] == []


def test_every_sign_names_the_guideline_it_comes_from_and_how_much_of_it_was_seen(guard: Guard) -> None:
    assert [str(problem) for problem in load(KNOWLEDGE)[2] if "source" in problem.sentence] == []
    sources = re.findall(r"^    source: (.+)$", "".join(path.read_text(encoding="utf-8") for path in KNOWLEDGE.glob(SIGN_FILES)), re.M)
    assert len(sources) == len(guard.rules.signs)
    assert [source for source in sources if not re.fullmatch(r'\{title: ".+", year: (\d{4}|null), section: ".+ \[(passage read|summary read|title only)\]"\}', source)] == []


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("没有肚子疼哈 就是喘不上气", "breathing"), ("一小时湿透两片夜用", "bleeding"), ("血压70/40", "faint"), ("39.2度取卵第二天", "fever"), ("刚刚在厕所yun倒了", "faint"),
        ("zisha的念头一直有", "self_harm"), ("肚子疼得遭不住", "pain"), ("血哗哗流", "bleeding"),
    ],
)
def test_the_words_it_was_made_for(guard: Guard, text: str, group: str) -> None:
    alarm = guard.look(text)
    assert alarm is not None and alarm.certain and alarm.group == group


@pytest.mark.parametrize(
    "text",
    [
        "没有肚子疼", "不发烧也没出血", "去年宫外孕", "上周疼过现在好了", "OHSS是什么", "出血多少算多", "知情同意书里的出血", "心疼钱", "头疼挂不上号", "气死我了", "累瘫", "笑死", "肉疼",
        "钱包大出血", "想死你了", "出血时间", "凝血", "隐血", "急诊化验", "发热门诊", "嘴里长了个溃疡", "打针的地方有点淤青",
    ],
)
def test_what_is_no_emergency(guard: Guard, text: str) -> None:
    assert guard.look(text) is None


def test_the_command_shows_why(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["try", "没有肚子疼，大出血"]) == 0
    said = capsys.readouterr().out
    assert "does not count" in said and "bleeding-heavy" in said
    assert main(["try", "你好"]) == 1
    assert main(["check", str(tmp_path)]) == 1
    assert "no emergency is recognised" in capsys.readouterr().out
