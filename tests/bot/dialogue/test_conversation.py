"""One turn from message to outcome; and what the sources of this package must keep to."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.channels.keys import conversation_key
from bot.dialogue import card, smalltalk
from bot.dialogue.conversation import TOPICS
from bot.dialogue.follow_up import ACTS
from bot.dialogue.model import Profile
from bot.dialogue.prompts import MENU, REGIONS
from bot.guard import Alarm
from bot.knowledge.model import LANGUAGES, STAGES, Language
from bot.privacy import mask
from tests.bot.dialogue.chat import KNOWN, Chat, answer, entries_of, kinds, library, text_of, titles, words

ROOT = Path(__file__).resolve().parents[3]
SOURCES = sorted((ROOT / "bot" / "dialogue").glob("*.py"))
CARD_ACTS = {"card_start", "card_agree", "card_skip", "card_stop"}
CHINESE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")


# --- first contact

def test_the_notice_comes_after_the_first_reply_and_only_once() -> None:
    chat = Chat(profile=Profile())
    made = chat.ask("services.booking")
    assert kinds(made) == ["answer", "menu", "privacy"]
    assert made.replies[-1].text == f"{words('first_notice')}\n{library().notice('demo', 'zh')}"
    assert titles(made)         # what can be tapped still can
    assert words("first_notice") not in text_of(chat.ask("services.booking"))


def test_no_demonstration_notice_where_the_data_are_real() -> None:
    real = replace(library(), hospital=replace(library().hospital, demo=False))
    assert Chat(profile=Profile(), served=real).say("你好", "greet").replies[-1].text == words("first_notice")


def test_an_emergency_is_followed_by_no_notice_but_the_next_reply_is() -> None:
    chat = Chat(profile=Profile())
    assert kinds(chat.say("大出血", "emergency", {"emergency/bleeding": 0.9})) == ["emergency"]
    assert kinds(chat.say("谢谢", "thanks")) == ["smalltalk", "privacy"]


def test_the_welcome_is_for_the_first_time() -> None:
    chat = Chat(profile=Profile())
    made = chat.say("你好", "greet")
    assert made.replies[0].text == words("welcome")
    assert titles(made) == [*(words(x) for x, _ in MENU), words("menu_stage"), words("menu_nurse")]
    assert chat.say("你好", "greet").replies[0].text == words("welcome_back")


def test_after_deletion_she_is_new() -> None:
    chat = Chat(profile=Profile(stage="testing", noticed_at=KNOWN.noticed_at))
    chat.say("删除我的数据", "delete_data")
    chat.say("确定", "affirm")
    assert chat.profile == Profile()
    assert kinds(chat.say("你好", "greet")) == ["smalltalk", "privacy"]


# --- groups

def test_a_group_is_not_answered_unless_mentioned() -> None:
    chat = Chat(group=True)
    made = chat.say("报告在哪看", labels={"howto.view-reports": 0.95}, mentioned=False)
    assert kinds(made) == ["silent"] and text_of(made) == ""
    assert made.profile == KNOWN and made.missed == ()
    assert entries_of(chat.ask("howto.view-reports")) == ("howto.view-reports",)


def test_what_is_open_in_a_group_outlasts_what_others_say() -> None:
    chat = Chat(group=True)
    chat.say("报告", labels={"howto.view-reports": 0.3, "services.report-inquiry": 0.2})
    chat.say("今天天气真好", "out_of_scope", mentioned=False)
    assert entries_of(chat.say("1", "choose")) == ("howto.view-reports",)


@pytest.mark.parametrize("found", ["rule", "scorer"])
def test_an_offer_in_a_group_is_warned_of_unasked_once_and_told_to_staff_each_time(found: str) -> None:
    chat = Chat(group=True)
    said: dict[str, Any] = {"intent": "ask", "offer": "drugs"} if found == "rule" else {"intent": "scam", "labels": {"scam": 0.95}}
    made = chat.say("…", mentioned=False, language="zh", **said)
    assert kinds(made) == ["scam_warning"] and text_of(made) == words("scam_group")
    chat.quiet = True
    again = chat.say("…", mentioned=False, language="zh", **said)
    assert kinds(again) == ["silent"] and text_of(again) == "" and again.warned == made.warned == ("drugs" if found == "rule" else "scorer")


@pytest.mark.parametrize(("share", "lure", "warned"), [(0.95, 0.0, True), (0.7, 0.0, False), (0.7, 2.0, True)])
def test_the_scorer_alone_has_to_be_sure_of_an_offer(share: float, lure: float, warned: bool) -> None:
    made = Chat(group=True).say("…", "scam", {"scam": share, "harmless": 1 - share}, mentioned=False, lure=lure)
    assert (kinds(made) == ["scam_warning"]) is warned


@pytest.mark.parametrize(("share", "in_a_clause", "warned"), [(0.3, 0.0, True), (0.02, 0.0, True), (0.001, 0.0, False), (0.001, 0.4, True)])
def test_what_the_scorer_finds_all_but_impossible_is_no_offer_by_rule(share: float, in_a_clause: float, warned: bool) -> None:
    parts = {"一": {"scam": in_a_clause, "harmless": 1 - in_a_clause}, "二": {"harmless": 1.0}}
    made = Chat(group=True).say("…", "ask", {"scam": share, "harmless": 1 - share}, mentioned=False, offer="drugs", clauses=parts)
    assert (kinds(made) == ["scam_warning"]) is warned


def test_where_the_rules_see_that_nothing_is_offered_the_scorer_is_not_asked() -> None:
    made = Chat(group=True).say("…", "scam", {"scam": 1.0}, mentioned=False, lure=3.0, settled=True)
    assert kinds(made) == ["silent"]


def test_personal_data_is_answered_first_and_then_she_is_asked_not_to_send_it() -> None:
    made = Chat().say("我的电话[手机号]，在哪看报告", labels={"howto.view-reports": 0.9}, masked=("phone",))
    assert kinds(made)[0] == "answer" and kinds(made)[-1] == "privacy" and text_of(made).endswith(words("masked"))


def test_in_a_group_she_is_asked_to_withdraw_it() -> None:
    made = Chat(group=True).say("我的电话[手机号]，在哪看报告", labels={"howto.view-reports": 0.9}, masked=("phone",))
    assert text_of(made).endswith(words("masked_group"))


def test_a_bare_number_is_no_question_that_could_not_be_answered() -> None:
    assert kinds(Chat().say("[身份证号]", "out_of_scope", masked=("id_card",))) == ["smalltalk", "privacy"]


def test_an_emergency_comes_before_the_notice_about_personal_data() -> None:
    made = Chat().say("姓名[姓名] 大出血", masked=("name",), alarm=Alarm("bleeding", "bleeding-heavy", True))
    assert kinds(made) == ["emergency", "privacy"]


def test_a_group_knows_nothing_of_the_private_conversation() -> None:
    private, group = (conversation_key(b"secret", "web", "", "she", x) for x in (None, "group"))
    assert private != group
    own = Chat(profile=replace(KNOWN, stage="testing", region="shanghai"))
    assert answer("details.report-delay", stage="testing") in text_of(own.ask("details.report-delay"))
    made = Chat(group=True).ask("details.report-delay")
    assert answer("details.report-delay") in text_of(made) and made.profile.stage is None


def test_a_group_gets_no_notice_no_menu_and_no_question() -> None:
    for text, intent in (("你好", "greet"), ("菜单", "menu")):
        made = Chat(profile=Profile(), group=True).say(text, intent)
        assert text_of(made) == words("group_hello") and titles(made) == []


# --- all topics

@pytest.mark.parametrize("group", [False, True])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("intent", sorted(set(TOPICS) | {"no_such_topic"}))
def test_no_topic_is_without_a_reply(intent: str, language: Language, group: bool) -> None:
    made = Chat(profile=Profile(), group=group).say("…", intent, language=language)
    assert made.replies and all(x.text.strip() for x in made.replies)
    if language == "en":
        named = re.sub(r"\([^)]*\)", "", text_of(made))       # what a screen of the hospital's is called stands in brackets
        assert not CHINESE.search(named.replace("“", "").replace("”", ""))
    assert len([x for x in made.replies if x.buttons]) <= 1         # the state resolves one reply's buttons


def test_out_of_scope_is_one_friendly_line_and_no_missed_question() -> None:
    made = Chat().say("帮我写首诗", "out_of_scope")
    assert text_of(made) == words("out_of_scope") and made.missed == ()


def test_a_question_about_the_centre_that_is_not_known_reaches_staff() -> None:
    made = Chat().say("停车多少钱", "clinic_question")
    assert text_of(made).startswith(words("clinic_question")) and [x.reason for x in made.missed] == ["no_answer"]


# --- sources

def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in SOURCES:
        yield path.name, ast.parse(path.read_text(encoding="utf-8"))


def calls(name: str) -> Iterator[ast.Call]:
    """All calls of a function or method of that name."""
    for _, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if called == name:
                    yield node


def constants(node: ast.AST) -> set[str]:
    """The literal values a node may take (of a condition, either)."""
    if isinstance(node, ast.IfExp):
        return constants(node.body) | constants(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def test_every_intent_of_the_domain_has_a_topic_and_no_other() -> None:
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    intents = {x if isinstance(x, str) else next(iter(x)) for x in domain["intents"]}
    assert intents == set(TOPICS)


def test_every_button_does_something_and_every_act_has_a_button() -> None:
    made = set().union(*(constants(x.args[1]) for x in calls("Button")))
    assert made == set(ACTS) | CARD_ACTS


def test_every_key_that_is_said_has_its_words() -> None:
    said = set().union(*(constants(x.args[0]) for x in calls("say")))
    said |= {x for x, _ in MENU} | set(smalltalk.PLAIN) | {f"{x}_gentle" for x in ("thanks", "goodbye")}
    said |= {f"{prefix}_{x}" for prefix in ("stage", "defer") for x in STAGES} | {f"region_{x}" for x in REGIONS}
    said |= {f"{prefix}_{x}" for prefix in ("card", "card_name") for x in card.FIELDS}
    assert len(said) > 80
    lacking = [(key, language) for key in sorted(said) for language in LANGUAGES if not library().shell.get(key, {}).get(language)]
    assert lacking == []


def test_every_computed_key_has_its_prefix_in_the_words() -> None:
    for call in calls("say"):
        if isinstance(call.args[0], ast.JoinedStr) and isinstance(call.args[0].values[0], ast.Constant):
            prefix = str(call.args[0].values[0].value)
            assert any(x.startswith(prefix) for x in library().shell), prefix


def test_no_words_for_patients_stand_in_python() -> None:
    """Chinese, or two words in a row, outside docstrings and regular expressions."""
    found = []
    for name, tree in trees():
        exempt = {id(x) for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "re.compile" for x in ast.walk(node)}
        exempt |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}        # docstrings
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in exempt and (
                CHINESE.search(node.value) or re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}", node.value)
            ):
                found.append((name, node.lineno, node.value))
    assert found == []


#: What members post, and whether it is to be withdrawn although nobody spoke to the bot (`docs/decisions/0015-what-a-group-is-asked-to-withdraw.md`).
POSTED = [
    ("我的身份证999999199203070024", True), ("护照号G12345678，大家帮看看要不要换", True), ("就诊卡号00123456，怎么查", True),
    ("我家住朝阳区望京西园三区305号楼2单元1201，有顺路的吗", True), ("my home is 14 Maple Road, anybody going there", True),
    ("我叫王小雨，电话13900000001，拼车的加我", True), ("I'm Wang Xiaoyu, mail me at abc@example.com", True),
    ("拼车的打我电话13900000001", False), ("text me on 13900000001 to share a taxi", False), ("我的邮箱abc@qq.com", False),
    ("我老公叫李强", False), ("医院在建设路88号，坐3路车", False), ("宾馆前台说明天没房了", False),
]


@pytest.mark.parametrize(("text", "asked"), POSTED)
def test_what_a_group_is_asked_to_withdraw_when_nobody_spoke_to_the_bot(text: str, asked: bool) -> None:
    found = mask(text)
    made = Chat(group=True).say(found.text, "out_of_scope", masked=found.kinds, mentioned=False)
    assert kinds(made) == (["privacy"] if asked else ["silent"])
    assert not asked or text_of(made) == words("masked_group", made_language(text))


@pytest.mark.parametrize("text", [x for x, _ in POSTED if mask(x).kinds])
def test_who_speaks_to_the_bot_in_a_group_is_always_asked(text: str) -> None:
    found = mask(text)
    made = Chat(group=True).say(found.text, "out_of_scope", masked=found.kinds)
    assert text_of(made).endswith(words("masked_group", made_language(text)))


def made_language(text: str) -> Language:
    """The language a line is answered in."""
    return "en" if text.isascii() else "zh"


# --- a wish to delete beside something else

WISH = {"删除我的数据": {"delete_data": 1.0}}


@pytest.mark.parametrize("intent", ["ask", "delete_data"])
def test_a_wish_to_delete_is_asked_first_and_the_question_beside_it_answered(intent: str) -> None:
    chat, asked = Chat(), "faq.cycle-group-safety"
    made = chat.say("删除我的数据，顺便周期群安全吗", intent, {asked: 0.77, "delete_data": 0.22}, clauses={**WISH, "顺便周期群安全吗": {asked: 1.0}})
    assert kinds(made) == ["privacy", "answer"] and made.replies[0].text == words("delete_ask") and entries_of(made) == (asked,)
    assert titles(made) == [words("delete_yes"), words("delete_no")] and not made.forget
    assert chat.say("确定", "affirm").forget


@pytest.mark.parametrize(("topic", "kind"), [("medical_advice", "defer"), ("handoff", "handoff")])
def test_so_is_what_a_doctor_or_a_nurse_has_to_say(topic: str, kind: str) -> None:
    made = Chat().say("药能停吗，另外删除我的数据", topic, {topic: 0.9}, clauses={"药能停吗": {topic: 0.9}, **WISH})
    assert kinds(made) == ["privacy", kind] and titles(made) == [words("delete_yes"), words("delete_no")]


def test_a_wish_to_delete_interrupts_what_is_under_way() -> None:
    chat = Chat()
    chat.say("挂周主任的号", "booking", {"booking": 1.0})
    made = chat.say("算了，删除我的数据", "booking", {"booking": 0.6, "delete_data": 0.4}, clauses={"算了": {"deny": 1.0}, **WISH})
    assert kinds(made) == ["privacy"] and chat.state.waiting == "delete"


def test_an_emergency_comes_before_a_wish_to_delete() -> None:
    made = Chat().say("删除我的数据，我大出血了", clauses={**WISH, "我大出血了": {"emergency/bleeding": 1.0}}, alarm=Alarm("bleeding", "x", True))
    assert kinds(made) == ["emergency"]


def test_a_doubtful_wish_to_delete_is_none() -> None:
    made = Chat().say("删了吧，周期群安全吗", labels={"faq.cycle-group-safety": 0.9}, clauses={"删了吧": {"delete_data": 0.5}, "周期群安全吗": {"faq.cycle-group-safety": 1.0}})
    assert "privacy" not in kinds(made)
