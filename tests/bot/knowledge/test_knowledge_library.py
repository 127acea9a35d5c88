"""Look-ups, and answers fitted to the patient."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.knowledge.loader import load
from bot.knowledge.model import NEVER, UnfilledName, UnknownEntry, UnknownWords

Chosen = tuple[str | None, str | None, str]

CHOSEN: list[Chosen] = [
    (None, None, "general"),
    ("testing", None, "testing"),
    ("post-transfer", None, "general"),
    (None, "shanghai", "shanghai"),
    (None, "jiangsu", "shanghai and jiangsu"),
    (None, "zhejiang", "zhejiang"),
    (None, "hubei", "other"),
    (None, "beijing", "general"),
    ("testing", "shanghai", "testing in shanghai"),
    ("testing", "hubei", "testing"),
    ("post-transfer", "shanghai", "shanghai"),
]


@pytest.mark.parametrize(("stage", "region", "text"), CHOSEN)
def test_the_most_specific_variant_answers(folder: Path, stage: str | None, region: str | None, text: str) -> None:
    """
    topic: demo
    name: {zh: 示范, en: Demo}
    entries:
    - id: demo.one
      answer: {zh: 通用, en: general}
      variants:
      - {stages: [testing], answer: {zh: 检查, en: testing}}
      - {regions: [other], answer: {zh: 其他, en: other}}
      - {regions: [zhejiang], answer: {zh: 浙江, en: zhejiang}}
      - {regions: [shanghai, jiangsu], answer: {zh: 上海江苏, en: shanghai and jiangsu}}
      - {stages: [testing], regions: [shanghai], answer: {zh: 检查上海, en: testing in shanghai}}
      - {regions: [shanghai], answer: {zh: 上海, en: shanghai}}
      REST
    """
    library, problems = load(folder)
    assert problems == []
    assert library.render("demo.one", "en", stage, region).text == text
    assert library.differs_by("demo.one") == {"stage", "region"}


def test_names_are_filled(folder: Path) -> None:
    """
    topic: demo
    name: {zh: 示范, en: Demo}
    entries:
    - id: demo.one
      title: {zh: "{hospital}的时间", en: "Hours of {hospital}"}
      answer:
        zh: |
          护士站{nurse_phone}：{nurse_hours}。

          线上：{service_hours}。
        en: |
          Nurses, {nurse_phone}: {nurse_hours}.

          Online: {service_hours}.
      REST
    """
    library, _ = load(folder)
    zh, en = library.render("demo.one", "zh"), library.render("demo.one", "en")
    assert zh.title == library.title("demo.one", "zh") == "示范中心的时间"
    assert zh.text == (
        "护士站010-5555-0101：工作日 7:30–11:30、13:00–17:00；周末 8:00–11:30；节假日休息。\n\n"
        "线上：工作日 8:00–17:00；周末和节假日休息。"
    )
    assert en.text == (
        "Nurses, 010-5555-0101: weekdays 7:30–11:30 and 13:00–17:00, "
        "weekends 8:00–11:30, closed on public holidays.\n\n"
        "Online: weekdays 8:00–17:00, closed at weekends and on public holidays."
    )
    assert library.hospital.name("hospital", "en") == "Demo Centre"
    assert library.hospital.demo and library.hospital.nurse_hours is not NEVER


def test_only_entries_that_hold_are_offered(folder: Path) -> None:
    """
    topic: demo
    name: {zh: 示范, en: Demo}
    entries:
    - id: demo.one
      related: [demo.later, demo.gone, demo.two]
      REST
    - id: demo.two
      REST
    - id: demo.later
      valid_from: 2027-01-01
      REST
    """
    library, _ = load(folder)
    before, after = date(2026, 12, 31), date(2027, 1, 1)
    assert library.render("demo.one", "zh", on=before).related == ("demo.two",)
    assert library.render("demo.one", "zh", on=after).related == ("demo.later", "demo.two")
    assert [entry.id for entry in library.related("demo.one")] == ["demo.later", "demo.two"]
    assert [entry.id for entry in library.valid(before)] == ["demo.one", "demo.two"]
    assert len(library.topic("demo")) == 3
    assert library.topic("none") == ()
    assert library.differs_by("demo.two") == set()
    with pytest.raises(UnknownEntry):
        library.render("demo.later", "zh", on=before)
    with pytest.raises(UnknownEntry):
        library.get("demo.gone")


def test_the_footer_names_a_person_only_after_a_review_that_stands(folder: Path) -> None:
    """
    topic: demo
    name: {zh: 示范, en: Demo}
    entries:
    - id: demo.new
      REST
    - id: demo.checked
      reviewed: {by: {zh: 李护士长, en: Head nurse Li}, on: 2026-03-01}
      changes: [{on: 2026-03-01, by: Li, what: phone}]
      REST
    - id: demo.changed
      reviewed: {by: {zh: 李护士长, en: Head nurse Li}, on: 2026-03-01}
      changes: [{on: 2026-03-02, by: Wang, what: phone}]
      REST
    """
    library, _ = load(folder)
    assert "010-5555-0101" in library.footer("demo.new", "zh")
    assert library.footer("demo.checked", "en") == "Checked by Head nurse Li on 2026-03-01"
    assert library.footer("demo.changed", "en") == library.footer("demo.new", "en")
    assert "\n" not in library.footer("demo.new", "en")


def test_words_around_the_answers(folder: Path) -> None:
    library, _ = load(folder)
    assert library.words("greeting", "en", name="Ms Li") == "Hello Ms Li"
    assert library.notice("demo", "zh")
    with pytest.raises(UnknownWords):
        library.words("farewell", "en")
    with pytest.raises(UnfilledName):
        library.words("greeting", "zh")


def test_a_value_with_braces_is_not_filled_again(folder: Path) -> None:
    library, _ = load(folder)
    assert library.words("greeting", "en", name="{nurse_phone}") == "Hello {nurse_phone}"


def test_the_centres_telephones_and_e_mail_addresses_are_nobodys_personal_data(folder: Path) -> None:
    """
    topic: demo
    name: {zh: 示范, en: Demo}
    entries:
    - id: demo.one
      REST
    """
    profile = folder / "_hospital.yml"
    profile.write_text(profile.read_text(encoding="utf-8") + "mailbox: ivf@mail.example\n", encoding="utf-8")
    library, problems = load(folder)
    assert (problems, library.hospital.public_contacts) == ([], {"010-5555-0101", "ivf@mail.example"})
