"""Which doctors a written name can mean."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.clock import ZONE
from bot.hospital.demo import generate
from bot.hospital.naming import matching, mentioned

DOCTORS = generate(datetime(2026, 11, 22, 10, tzinfo=ZONE)).doctors


@pytest.mark.parametrize("written", ["周敏", "周", "周敏主任", "周主任医师", "周敏 医生", "Zhou", "zhou", "Zhou Min", "min zhou", "ZhouMin", "zhou-min", "Dr. Zhou",
                                     "Dr Zhou Min", "  zhou   min ", "Prof. Zhou"])
def test_one_doctor_in_all_the_ways_her_name_is_written(written: str) -> None:
    assert [x.name for x in matching(DOCTORS, written)] == ["周敏"]


@pytest.mark.parametrize("written", ["张", "张医生", "zhang", "Dr Zhang", "张大夫"])
def test_a_shared_surname_means_both(written: str) -> None:
    assert {x.name for x in matching(DOCTORS, written)} == {"张伟", "张静"}


@pytest.mark.parametrize(("written", "name"), [("张静", "张静"), ("Zhang Wei", "张伟"), ("林晓梅", "林晓梅"), ("Lin Xiaomei", "林晓梅"), ("xiaomei lin", "林晓梅")])
def test_a_full_name_means_one(written: str, name: str) -> None:
    assert [x.name for x in matching(DOCTORS, written)] == [name]


@pytest.mark.parametrize("written", ["", " ", "主任", "Dr.", "欧阳", "张飞", "Smith", "<b>周</b>", "周'; --", "zh", "敏", "%", "周" * 500])
def test_other_things_mean_nobody(written: str) -> None:
    assert matching(DOCTORS, written) == ()


@pytest.mark.parametrize(("text", "name"), [
    ("张伟周三的专家号还有吗", "张伟"), ("周四上午周敏有号没", "周敏"), ("anything with zhou min on friday?", "zhou min"), ("is Wei Zhang in tomorrow", "Wei Zhang"),
    ("张三周三有号吗", None), ("周三上午有号吗", None), ("zhou minutes", None), ("", None),
])
def test_a_full_name_is_found_without_a_title_wherever_it_stands(text: str, name: str | None) -> None:
    assert mentioned(DOCTORS, text) == name
