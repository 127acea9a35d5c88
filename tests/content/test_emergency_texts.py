"""What patients in an emergency read, and the English signs by which an emergency is told."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from bot.guard import GROUPS
from bot.guard.checks import failing_examples
from bot.guard.guard import Guard
from bot.guard.loader import load as load_guard
from bot.guard.texts import EmergencyTexts
from bot.knowledge.checks import MOST_BYTES
from bot.knowledge.library import Library
from bot.knowledge.loader import load as load_library
from bot.knowledge.model import LANGUAGES, Problem
from bot.knowledge.names import PLACE

FOLDER = Path(__file__).resolve().parents[2] / "knowledge"
PARAPHRASES = Path(__file__).with_name("emergency_paraphrases_en.tsv")
REPLIES = Path(__file__).with_name("episode_replies.tsv")
MINE = ("_emergency.yml", "_signs_en.yml")
WORDS = (
    *(f"{check}_{part}" for check in ("check", "check_self_harm") for part in ("question", "meanwhile", "yes", "no", "calm")),
    *(f"episode_{part}" for part in ("again", "under", "on_the_way", "over", "resume", "resume_yes", "resume_no")),
    *(f"episode_{part}" for part in ("self_harm_again", "self_harm_under", "taken", "taken_self_harm")),
    *(f"episode_{part}" for part in ("first", "not_taken", *(f"self_harm_{x}" for x in ("first", "on_the_way", "company", "rest", "seen")))),
)
#: what it might be, and what one might take: neither has a place in a text that says where to go
CAUSES = re.compile(
    r"宫外孕|异位妊娠|扭转|过度刺激|血栓|栓塞|感染|败血|中风|卒中|休克|流产|破裂|可能是|也许是"
    r"|ectopic|torsion|hyperstimulation|ohss|thrombo|embol|sepsis|infection|stroke|anaphyla|miscarr|ruptur|may be a|might be a",
    re.I,
)
MEDICINES = re.compile(r"止疼|止痛|布洛芬|扑热息痛|对乙酰|阿司匹林|肾上腺素|黄体酮|painkiller|paracetamol|ibuprofen|aspirin|adrenaline|progesterone", re.I)
SOMEBODY_READS = re.compile(r"护士(站的同事)?(已经)?(看到|在看|会看|看着)|有人(在)?看|(nurse|somebody|someone|staff) (has |is |are |will )?(seen|see|read|reading|watching)", re.I)


@cache
def loaded() -> tuple[Guard, EmergencyTexts, list[Problem]]:
    return load_guard(FOLDER)


@cache
def library() -> Library:
    return load_library(FOLDER)[0]


def shown(group: str, language: str) -> str:
    return loaded()[1].text(group, language, library())


def test_the_files_have_no_errors() -> None:
    found = [str(problem) for problem in loaded()[2] if problem.file in MINE]
    assert not found, "\n".join(found)


def test_the_examples_beside_the_english_signs_hold() -> None:
    found = [str(problem) for problem in failing_examples(loaded()[0]) if problem.file == "_signs_en.yml"]
    assert not found, "\n".join(found)


def test_every_group_has_a_text_of_its_own() -> None:
    assert set(loaded()[1].texts) == set(GROUPS)
    for language in LANGUAGES:
        assert len({shown(group, language) for group in GROUPS}) == len(GROUPS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("group", [group for group in GROUPS if group != "self_harm"])
def test_a_text_says_where_to_go_and_whom_to_call(group: str, language: str) -> None:
    text = shown(group, language)
    first = text.splitlines()[0]
    assert library().hospital.name("emergency_phone", language) in text
    assert "120" in text
    assert ("急诊" if language == "zh" else "emergency department") in text
    assert ("不要等" if language == "zh" else "Do not wait") in first, "the first line is the instruction"
    assert ("马上" in first or "现在就" in first) if language == "zh" else re.match("(Go|Call) .*now", first)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("group", GROUPS)
def test_a_text_names_neither_a_cause_nor_a_medicine(group: str, language: str) -> None:
    text = shown(group, language)
    assert not CAUSES.search(text)
    assert not MEDICINES.search(text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("group", GROUPS)
def test_a_text_is_calm_and_fits_into_one_message(group: str, language: str) -> None:
    text = shown(group, language)
    assert not re.search("[!！]|亲(?!人|戚|属|友)|请勿惊慌", text)
    assert len(text.encode()) <= MOST_BYTES


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_about_self_harm_stays_with_her(language: str) -> None:
    text = shown("self_harm", language)
    assert library().hospital.name("crisis_line", language) in text
    assert "120" in text
    assert ("陪" if language == "zh" else "be with you") in text
    assert ("我会一直在这里" if language == "zh" else "I am staying here") in text
    assert not re.search(r"^\s*(\d+\.|[-*•])", text, re.M), "no list of instructions"


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_is_said_to_read_along_unless_a_nurse_has_taken_the_alert(language: str) -> None:
    texts = loaded()[1]
    for group in GROUPS:
        assert not SOMEBODY_READS.search(shown(group, language)), group
    for key in WORDS:
        says_so = bool(SOMEBODY_READS.search(texts.words(key, language, library())))
        assert says_so == key.startswith("episode_taken"), key


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", WORDS)
def test_the_other_words_are_there_and_filled(key: str, language: str) -> None:
    text = loaded()[1].words(key, language, library())
    assert text.strip()
    assert not PLACE.search(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_lines_that_send_her_on_name_the_phone(language: str) -> None:
    phone = library().hospital.name("emergency_phone", language)
    crisis = library().hospital.name("crisis_line", language)
    for key in ("check_meanwhile", "check_calm", "episode_again", "episode_under", "episode_first", "episode_over"):
        assert phone in loaded()[1].words(key, language, library()), key
    after = tuple(key for key in WORDS if key.startswith("episode_self_harm_"))
    for key in ("check_self_harm_meanwhile", "check_self_harm_calm", *after, "episode_taken_self_harm"):
        assert crisis in loaded()[1].words(key, language, library()), key


def test_each_text_names_its_source_and_how_much_of_it_was_read() -> None:
    written = (FOLDER / "_emergency.yml").read_text(encoding="utf-8").split("\nwords:")[0]
    blocks = re.split(r"^  (?=[a-z_]+:$)", written, flags=re.M)[1:]
    assert len(blocks) == len(GROUPS)
    for block in blocks:
        sections = re.findall(r"^      section: (.*)$", block, re.M)
        assert sections, block.splitlines()[0]
        assert all(re.search(r"\[(passage read|summary read|title only)\]", section) for section in sections), sections


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *((text, "examined") for text in ("检查完了没事", "刚从急诊回来，医生说没大碍，让我回家休息", "B超做了都正常，放心啦")),
        *((text, "examined") for text in ("all fine, they examined me", "the doctor in the ER said it's nothing serious")),
        *((text, "examined") for text in ("they did an ultrasound and everything looks fine so they sent me home", "Back from hospital. Bloods normal.")),
        *((text, "on_the_way") for text in ("在去医院的路上", "老公开车送我去了", "120打了，说十分钟到", "已经到急诊了，在排队", "好的我这就去急诊")),
        *((text, "on_the_way") for text in ("叫了滴滴，出门了", "收我住院了，在输液", "ambulance called", "on my way now", "my husband is driving me to the hospital")),
        *((text, "on_the_way") for text in ("I'm at the ER, waiting to be seen", "just got to the hospital", "they've admitted me, I'm on a drip")),
        *((text, "playing_down") for text in ("应该没事吧 先把号挂了", "忍一忍就过去了", "明天再去吧，今天太晚了", "急诊太贵了，我先躺一会儿", "现在好多了，不疼了")),
        *((text, "playing_down") for text in ("probably nothing", "it's fine, can you just book Thursday for me", "I'll wait and see", "not that bad really")),
    ],
)
def test_a_reply_in_an_episode_is_understood(text: str, kind: str) -> None:
    assert loaded()[1].episode_reply(text) == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *((text, "examined") for text in ("还没检查呢，在排队", "应该检查完就没事了吧", "等检查结果", "检查了，医生说要手术", "上次检查没事", "检查完了没事吗")),
        # that she was seen is not yet that all is well, and who was discharged may have been so after the retrieval
        *((text, "examined") for text in ("大夫看过了", "住了一晚出院了", "discharged this morning")),
        *((text, "examined") for text in ("not examined yet", "if they say it's fine can I still book", "they want to keep me overnight")),
        *((text, "examined") for text in ("last month they examined me and all was fine", "the scan was fine but I'm still bleeding heavily")),
        *((text, "on_the_way") for text in ("要不要打120", "不想去医院", "没人送我去", "明天再去医院吧", "打120要钱吗", "你们医院怎么走")),
        *((text, "on_the_way") for text in ("should I call an ambulance?", "I don't want to go to the hospital", "I'll go tomorrow", "nobody can drive me")),
        *((text, "playing_down") for text in ("好的我这就去急诊", "血还在流", "越来越疼了", "公众号怎么绑定", "it's getting worse", "how long do AMH results take")),
    ],
)
def test_a_reply_in_an_episode_is_not_taken_for_another(text: str, kind: str) -> None:
    assert loaded()[1].episode_reply(text) != kind


def replies() -> list[tuple[str, str]]:
    lines = REPLIES.read_text(encoding="utf-8").splitlines()
    return [(kind, text) for kind, text in (line.split("\t") for line in lines if not line.startswith("#"))]


@pytest.mark.parametrize(("kind", "text"), replies())
def test_what_patients_write_in_an_episode_is_read_as_listed(kind: str, text: str) -> None:
    read = loaded()[1].episode_reply(text)
    known_miss, kind = kind.startswith("!"), kind.removeprefix("!")
    right = read != kind[1:] if kind.startswith("-") else read == kind
    assert right != known_miss, f"read as {read}; a known miss that is read well loses its `!`" if known_miss else f"read as {read}"


@pytest.mark.parametrize("text", ["检查完了没事", "all fine, they examined me"])
@pytest.mark.parametrize("more", ["？", "，可我肚子还疼", "，流了好多血", ", is it?", ", my belly hurts"])
def test_a_question_or_a_complaint_beside_it_leaves_the_episode_open(text: str, more: str) -> None:
    assert loaded()[1].episode_reply(text) == "examined"
    assert loaded()[1].episode_reply(text + more) != "examined"


@pytest.mark.parametrize("text", ["算了，活着没意思", "我没事，就是不想活了", "never mind, nobody cares if I live", "it's fine, I give up, no point anymore"])
def test_words_of_despair_are_not_read_as_playing_down(text: str) -> None:
    assert loaded()[1].episode_reply(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *("my leg is not swollen", "my face isn't swollen, just red from the sun", "belly is not big or tight", "I do not feel faint"),
        *("my tummy doesn't hurt at all", "there isn't any blood", "she hasn't fainted", "the pad isn't full of blood", "my throat isn't tight"),
        *("my speech is not slurred", "I don't have a fever or chills", "I am not short of breath", "never thought of suicide"),
        *("I don't want to die, I want a baby", "no vomiting, no bloating, peeing normally", "without pain or bleeding", "my vision is not blurry"),
    ],
)
def test_what_is_denied_in_english_is_no_sign(text: str) -> None:
    assert loaded()[0].look(text) is None


def paraphrases() -> list[tuple[str, str]]:
    lines = PARAPHRASES.read_text(encoding="utf-8").splitlines()
    return [(group, text) for group, text in (line.split("\t") for line in lines if not line.startswith("#"))]


def test_paraphrases_of_emergencies_are_recognised() -> None:
    told = [(group, text) for group, text in paraphrases() if group != "none"]
    missed = [text for _, text in told if loaded()[0].look(text) is None]
    assert len(told) >= 15 * len(GROUPS)
    assert len(missed) <= 0.02 * len(told), missed


def test_messages_that_only_sound_like_emergencies_are_left_alone() -> None:
    others = [text for group, text in paraphrases() if group == "none"]
    alarms = [text for text in others if loaded()[0].look(text) is not None]
    assert len(alarms) <= 0.03 * len(others), alarms
