"""Doctors, terms, language, entities."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from bot.text import terms
from bot.text.doctors import find_doctor
from bot.text.entities import find_entities, find_tests
from bot.text.language import language
from bot.text.terms import find_codes

SUNDAY = date(2026, 11, 22)


@pytest.mark.parametrize(("text", "name"), [
    ("张主任", "张"), ("王芳大夫", "王芳"), ("找李医生", "李"), ("dr chen", "chen"), ("Dr. Zhou Min", "Zhou Min"), ("prof li", "li"),
    ("欧阳医生有号吗", "欧阳"), ("约欧阳娜娜主任", "欧阳娜娜"), ("周五张主任", "张"), ("看下周三王建国教授的号", "王建国"), ("挂张伟的号", "张伟"),
    ("想约李小方医生下周二", "李小方"), ("can i see doctor wang tmr", "wang"), ("chen医生", "chen"), ("Dr陈下周有号吗", "陈"),
    ("不要张主任 要李主任", "李"), ("张主任 不对 李主任", "李"), ("周医生在吗", "周"), ("is dr. liu's clinic on", "liu"), ("Dr He", "He"),
])
def test_doctor(text: str, name: str) -> None:
    assert find_doctor(text) == name


@pytest.mark.parametrize("text", [
    "好大夫", "好大夫在线", "主任号", "医生让我来", "哪个医生好", "有大夫吗", "good doctor online", "the doctor said", "is dr he free", "my doctor told me",
    "对方医生", "水平高的医生", "主治医生", "挂黄牛的号", "男科医生", "北京医生", "",
])
def test_no_doctor(text: str) -> None:
    assert find_doctor(text) is None


@pytest.mark.parametrize(("text", "wanted"), [
    ("我AMH结果出来没", ["amh"]), ("开奖了吗", ["hcg"]), ("激素六项", ["sexhormones"]), ("支原体衣原体结果", ["chlamydiamycoplasma"]),
    ("精液和染色体报告", ["semen", "chromosome"]), ("不是AMH 是染色体", ["chromosome"]), ("不是AMH和FSH,是染色体", ["chromosome"]),
    ("是不是AMH出了", ["amh"]), ("打了HCG针", []), ("hcg shot at 10pm", []), ("E2 补佳乐", []), ("is my sperm DNA fragmentation back", ["dfi"]),
    ("embryos?", ["embryo"]), ("D-二聚体和teg", ["ddimer", "teg"]), ("甲功 地贫", ["thyroid", "thalassemia"]), ("PGT-A结果", ["pgt"]),
    ("染色體結果", ["chromosome"]), ("scan the code", []), ("camha", []),
])
def test_tests(text: str, wanted: list[str]) -> None:
    assert find_tests(text) == wanted


@pytest.mark.parametrize(("kind", "text", "wanted"), [
    ("region", "我在深圳", ["guangdong"]), ("region", "上海南站", ["shanghai"]), ("region", "HK", ["other"]), ("region", "i live in Wuhan", ["hubei"]),
    ("region", "我不在北京 在河北", ["hebei"]), ("visit_type", "主任号", ["expert"]), ("visit_type", "主任在吗", []), ("visit_type", "普通话", []),
    ("visit_type", "普通号", ["regular"]), ("visit_type", "周期号", ["cycle"]), ("visit_type", "月经周期", []), ("visit_type", "建档", ["record"]),
    ("visit_type", "specialists", ["expert"]), ("department", "男科", ["urology"]), ("platform", "京医通能挂号吗", ["jingyitong"]),
    ("platform", "Good Doctor Online", ["haodf"]), ("stage", "移植后", ["post-transfer"]), ("stage", "移植前", []), ("stage", "on stims", ["ovulation-induction"]),
])
def test_terms(kind: str, text: str, wanted: list[str]) -> None:
    assert find_codes(text, kind) == wanted


def test_file_of_terms_is_sound() -> None:
    lists = yaml.safe_load(Path(terms.FILE).read_text(encoding="utf-8"))
    assert tuple(lists) == terms.KINDS
    for kind in ("region", "stage", "platform", "department"):
        names = [str(name).lower() for written in lists[kind].values() for name in written]
        assert len(names) == len(set(names)), kind
    for code in terms.codes("test"):
        assert all(find_codes(name, "test") == [code] for name in terms.names("test", code)), code


@pytest.mark.parametrize(("text", "wanted"), [
    ("AMH多少", "zh"), ("can I use 京医通 from home", "en"), ("2", None), ("👍", None), ("AMH", None), ("染色体", "zh"), ("hi", "en"), ("帮我book一下Dr Chen", "zh"),
    ("embryos?", "en"), ("", None),
])
def test_language(text: str, wanted: str | None) -> None:
    assert language(text) == wanted


def test_entities() -> None:
    found = find_entities("@小助手 我想约下周三上午張主任的專家號,在上海", SUNDAY)
    assert (found.language, found.regions, found.visit_types, found.doctor) == ("zh", ["shanghai"], ["expert"], "张")
    assert [(w.from_, w.part) for w in found.when] == [(date(2026, 11, 25), "am")]
