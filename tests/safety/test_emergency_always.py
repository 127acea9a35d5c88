"""Each red flag of the project's own set gets its text first, and within a second: whatever is open, broken, hanging or missing.

A second is the one time that is asserted in these tests, since it is the promise itself (docs/safety.md); every process is warmed up first.
What the rule guard is certain of needs neither model nor actions nor database, and gets the text of its group. What only the trained scorer
sees gets the text of the group that the scorer names while there is a model; without one, the words with the emergency line first that stand
for every message nothing has read.
"""

from __future__ import annotations

import ast
import asyncio
import itertools
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from rasa.core.agent import Agent

from bot import training
from bot.clock import ZONE
from bot.dialogue.binding import Open as Binding
from bot.dialogue.card import FIELDS
from bot.dialogue.conversation import respond
from bot.dialogue.model import State, Turn
from bot.guard import Alarm
from bot.guard.model import GROUPS
from bot.hospital.memory import MemoryHospital, MemorySms
from bot.settings import ROOT
from bot.text.entities import Entities, find_entities
from bot.turn_reader import read_turn
from tests.bot.dialogue.chat import Chat, kinds, reading, turn, words
from tests.bot.dialogue.patients import demonstration
from tests.safety.conftest import (
    Answer,
    Bot,
    Door,
    RestPatient,
    Server,
    WebPatient,
    actions_process,
    bot_process,
    postgres_server,
    prepared,
    redis_server,
    until,
    until_actions,
)
from tests.safety.rows import Row, certain, guard, library, of_kind, texts

SECONDS = 1.0
AT_ONCE = 4                 # patients who write at the same moment
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=ZONE)       # a Sunday, the demonstration's
QUESTION = "周期群安全吗"       # something else, to see that what is broken is broken
ROWS = of_kind("emergency")
SAID = {"zh": "周四上午吧，", "en": "Thursday morning, "}

Patient = RestPatient | WebPatient


def may_read(row: Row, said: str = "", read: bool = True) -> set[tuple[str, str]]:
    """What a row's patient may read first, by kind and text: the text of the group that the rules are certain of, else of the one that the scorer names.

    Args:
        read: there is a model; else it is the text that the rules only suspect, or the words for a message that nothing has read.
    """
    seen = look(said + row.text)
    if seen is None and not read:
        return {("failed", library().words("failed_unread", row.language))}
    known = seen is not None and (seen.certain or not read)
    groups = (seen.group,) if seen is not None and known else GROUPS
    return {("emergency", texts().text(group, row.language, library())) for group in groups}


def wrong(row: Row, got: Answer, said: str = "", read: bool = True) -> str | None:
    """What is wrong with an answer to a row; None where it is the right text, first, and in time."""
    if set(zip(got.kinds[:1], got.texts[:1])) & may_read(row, said, read) and got.seconds < SECONDS:
        return None
    return f"{row.id}: {got.seconds:.2f} s {got.kinds} {said}{row.text}"


def all_rows(bot: Bot, turned: int = 0, read: bool = True) -> None:
    """Every row by a patient of its own, some at once: every other one on the chat page. On a machine that is busy with other things a text may
    be late in the crowd; then it has to come in time to a patient who is alone.

    Args:
        turned: an odd number exchanges the channels, so that over several breakages each row takes both.
        read: there is a model.
    """
    def late(numbered: tuple[int, Row]) -> bool:
        number, row = numbered
        return wrong(row, (bot.rest() if (number + turned) % 2 else pages[number]).say(row.text), read=read) is not None

    pages = {n: bot.web() for n in range(len(ROWS)) if not (n + turned) % 2}
    with ThreadPoolExecutor(AT_ONCE) as crowd:
        again = [row for row, slow in zip(ROWS, crowd.map(late, enumerate(ROWS))) if slow]
    told = [x for x in (wrong(row, bot.rest().say(row.text), read=read) for row in again) if x is not None]
    assert not told, f"{len(told)} of {len(ROWS)}:\n" + "\n".join(told)


# --- (a) in every dialogue at every open question, together with a value for it

@dataclass(frozen=True)
class Open:
    """An open question: how a conversation comes to it, and a value for it in each language."""

    name: str
    reached: Callable[[Chat], object]
    zh: str = SAID["zh"]
    en: str = SAID["en"]


BOOK = {"booking": 0.9}


def book(chat: Chat, said: str) -> None:
    chat.say(said, "booking", BOOK)


def hold(chat: Chat) -> None:
    book(chat, "周医生 普通号 周四上午")
    chat.say("1", "choose")


def booked(chat: Chat) -> None:
    hold(chat)
    chat.say("确认", "affirm")


def appointment(chat: Chat, do: str) -> None:
    booked(chat)
    chat.say("查我的预约", "booking_change")
    if do:
        chat.tap(next(x["title"] for x in chat.state.offers if x["do"] == do))


def card(chat: Chat, fields: int | None) -> None:
    chat.say("要点卡", "key_facts")
    if fields is not None:
        chat.tap(words("card_yes"))
        for said in ("2月20号", "黄体酮", "2次")[:fields]:
            chat.say(said)


def binding(chat: Chat, step: str) -> None:
    chat.state = State(waiting="binding", binding=Binding(step=step, asked=("amh",), question="AMH出来了吗", challenge="1").state(turn("…", now=chat.now)))


def emergency(chat: Chat, group: str = "allergy") -> None:
    chat.say("……", alarm=Alarm(group, "x", True))


def resume(chat: Chat) -> None:
    card(chat, 0)
    emergency(chat)
    chat.say("医生检查过了，没事，让我回家了")


QUESTIONS = (
    Open("nothing", lambda chat: None),
    Open("booking: which kind", lambda chat: book(chat, "我想挂号"), "专家号，", "expert please, "),
    Open("booking: which of two doctors", lambda chat: book(chat, "张医生周三还有号吗"), "张伟，", "the first one, "),
    Open("booking: unknown doctor", lambda chat: book(chat, "约欧阳医生的专家号")),
    Open("booking: slots offered", lambda chat: book(chat, "周医生 普通号 周四上午"), "第二个，", "2, "),
    Open("booking: nothing free", lambda chat: book(chat, "吴医生 专家号 周三"), "那周五，", "Friday then, "),
    Open("booking: slot held", hold, "确认，", "confirm, "),
    Open("reminder?", booked, "好的，", "yes please, "),
    Open("appointments shown", lambda chat: appointment(chat, ""), "取消，", "cancel it, "),
    Open("appointment: cancel?", lambda chat: appointment(chat, "appointment_cancel"), "是的，", "yes, "),
    Open("appointment: another time", lambda chat: appointment(chat, "appointment_move")),
    Open("card: consent", lambda chat: card(chat, None), "好的，", "ok, "),
    *(Open(f"card: {field}", lambda chat, n=n: card(chat, n), zh, en) for n, (field, zh, en) in enumerate(zip(  # type: ignore[misc]
        FIELDS, ("11月3号，", "黄体酮一天两次，", "两次，", "没有，"), ("Nov 3, ", "progesterone twice a day, ", "two cycles, ", "none, ")))),
    Open("stage", lambda chat: chat.say("我现在的阶段该做什么", "correct_profile"), "移植后，", "after transfer, "),
    Open("region", lambda chat: chat.ask("channels.government"), "上海，", "Shanghai, "),
    Open("date", lambda chat: chat.ask("timeline.before-record", "建档前什么时候准备"), "12月3号，", "Dec 3, "),
    Open("choices", lambda chat: chat.say("报告", labels={"howto.view-reports": 0.3, "services.report-inquiry": 0.2}), "第一个，", "the first, "),
    Open("was that it?", lambda chat: chat.ask("faq.window-ticket"), "是的，", "yes, "),
    Open("delete?", lambda chat: chat.say("删除我的数据", "delete_data"), "确定，", "yes, "),
    Open("emergency check", lambda chat: chat.say("…", alarm=Alarm("pain", "x", False)), "不是，", "no, "),
    Open("self-harm check", lambda chat: chat.say("…", alarm=Alarm("self_harm", "x", False)), "没有，", "no, "),
    *(Open(f"binding: {step}", lambda chat, step=step: binding(chat, step), zh, en) for step, zh, en in (  # type: ignore[misc]
        ("code", "K7M2-9QXD，", "K7M2-9QXD, "), ("agree", "好的，", "ok, "), ("claim", "司马测试 13800009876，", "Testina Mustermann 13800009876, "),
        ("sms", "123456，", "123456, "))),
    Open("report shown", lambda chat: setattr(chat, "state", State(waiting="report", question="AMH出来了吗")), "AMH，", "AMH, "),
    Open("in an emergency", emergency, "没事，", "it is nothing, "),
    Open("in an emergency of self-harm", lambda chat: emergency(chat, "self_harm"), "没事，", "I am fine, "),
    Open("what was under way, after one", resume, "继续，", "go on, "),
    Open("after a loss", lambda chat: chat.say("没成功", "loss", {"loss": 0.9}), "谢谢，", "thank you, "),
)


def reached(question: Open) -> Chat:
    chat = Chat(now=NOW, hospital=MemoryHospital(demonstration(NOW), MemorySms()))
    question.reached(chat)
    return chat


@cache
def look(said: str) -> Alarm | None:
    return guard().look(said)


@cache
def entities(said: str) -> Entities:
    return find_entities(said, NOW.date())


@pytest.fixture(scope="module")
def agent(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    """The trained model, in this process."""
    newest = training.newest(model)
    assert newest is not None
    yield Agent.load(str(newest))


async def answered(agent: Agent, chat: Chat, row: Row, value: str) -> str | None:
    """What is wrong with the answer to a row behind a value; None for nothing. The scorer's word counts only where the rules are not certain: for the
    others it takes the message for a question about reports."""
    said = value + row.text
    found, known = look(said), entities(value or row.text)       # of a value only what it says itself: it costs three times the rest
    asked = turn("…", language=row.language, profile=chat.profile, state=chat.state, now=chat.now, alarm=found, episode=chat.episode, hospital=chat.hospital)
    if certain(said) is not None:
        seen = replace(asked, whole=reading(said, {"howto.view-reports": 0.9}))
    else:
        seen = read_by(await agent.parse_message(said), asked)
    made = await respond(replace(seen, text=said, entities=known))
    if len(made.replies) == 1 and (made.replies[0].kind, made.replies[0].text) in may_read(row, value):
        return None
    return f"{row.id} {found} {kinds(made)}: {said}"


def read_by(scorer: dict[str, Any], asked: Turn) -> Turn:
    """A turn with what the trained scorer made of its message."""
    found = read_turn(scorer, asked.profile, asked.state)
    return replace(asked, intent=found.intent, whole=found.whole, clauses=found.clauses, behind=found.behind, dismissed=guard().dismisses(scorer["text"]))


def test_every_question_that_the_dialogues_ask_is_among_these() -> None:
    """Collected from the sources, so that a new question cannot be forgotten here."""
    asked: set[str | None] = {"resume"} | {State().waiting}
    for file in (ROOT / "bot" / "dialogue").glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        named = {t.id: node.value for node in tree.body if isinstance(node, ast.Assign) for t in node.targets if isinstance(t, ast.Name)}
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("open_with") and len(call.args) > 2:
                given = named.get(call.args[2].id, call.args[2]) if isinstance(call.args[2], ast.Name) else call.args[2]
                asked |= {given.value} if isinstance(given, ast.Constant) else {"stage", "region", "satisfied", "date"}    # prompts.waiting_for
    assert asked - {reached(x).state.waiting for x in QUESTIONS} == set()


@pytest.mark.parametrize("said", [False, True], ids=["alone", "with-a-value"])
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda x: x.name)
def test_at_every_open_question(agent: Agent, question: Open, said: bool) -> None:
    chat = reached(question)

    async def every() -> list[str | None]:
        return [await answered(agent, chat, row, getattr(question, row.language) if said else "") for row in ROWS]

    unlike = [x for x in asyncio.run(every()) if x is not None]
    assert not unlike, f"{len(unlike)} of {len(ROWS)}:\n" + "\n".join(unlike)


# --- the real bot, its neighbours behind doors that can be shut

@dataclass
class Lab:
    """A bot with a trained model, and everything it talks to."""

    bot: Bot
    door: Door
    redis: Server
    postgres: Server

    @contextmanager
    def broken(self, how: str) -> Iterator[None]:
        """Break one thing for the length of the block."""
        what, _, way = how.partition(" ")
        neighbour: Door | Server = {"actions": self.door, "redis": self.redis, "database": self.postgres}[what]
        if isinstance(neighbour, Door):
            neighbour.down() if way == "stopped" else setattr(neighbour, "way", way)
        else:
            neighbour.stop() if way == "stopped" else neighbour.hang()
        try:
            yield
        finally:
            if isinstance(neighbour, Door):
                neighbour.up() if way == "stopped" else neighbour.open()
            else:
                neighbour.start() if way == "stopped" else neighbour.go_on()


BREAKAGES = ("actions stopped", "actions hangs", "actions raises", "redis hangs", "redis stopped", "database hangs", "database stopped")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, model: Path) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("lab")
    with ExitStack() as stack:
        postgres, url = stack.enter_context(postgres_server())
        redis, redis_url = stack.enter_context(redis_server(folder))
        prepared(url)
        shutil.copytree(model, folder / "models")
        actions = stack.enter_context(actions_process(folder, DATABASE_URL=url))
        door = Door(actions)
        stack.callback(door.close)
        stack.callback(door.open)
        bot = stack.enter_context(bot_process(folder, DATABASE_URL=url, REDIS_URL=redis_url, ACTIONS_PORT=str(door.port),
                                              IVF_GUIDE_MODELS=str(folder / "models"), TURN_DEADLINE="2.5"))
        until_actions(folder, actions)
        yield Lab(bot, door, redis, postgres)


@dataclass(frozen=True)
class Live:
    """An open question of the real bot: what is typed until it is open, and how its last reply is known."""

    name: str
    typed: tuple[str, ...]
    kind: str
    status: str | None = None


HELD = ("约周医生的普通号，周四上午", "1")
CARD = ("帮我整理一下给医生的要点卡", "好的")
LIVE = (
    Live("booking: which kind", ("我想挂号",), "booking", "asked"),
    Live("booking: which of two doctors", ("张医生周三还有号吗",), "booking", "asked"),
    Live("booking: slots offered", HELD[:1], "booking", "free"),
    Live("booking: slot held", HELD, "booking", "held"),
    Live("card: consent", CARD[:1], "defer"),
    Live("card: last_period", CARD, "defer"),
    Live("card: medication", (*CARD, "11月3号"), "defer"),
    Live("card: cycles", (*CARD, "11月3号", "黄体酮"), "defer"),
    Live("card: losses", (*CARD, "11月3号", "黄体酮", "2次"), "defer"),
    Live("stage", ("你好", words("menu_stage")), "menu"),
    Live("delete?", ("删除我的数据",), "privacy"),
    Live("emergency check", ("移植后肚子有点疼还出血",), "emergency_check"),
    Live("was that it?", ("网上约好了，还要去窗口取号吗",), "menu"),
    Live("binding: code", ("我的AMH出来了吗",), "identity", "asked"),
)


@pytest.mark.parametrize(("question", "row"), list(zip(LIVE, ROWS[:: len(ROWS) // len(LIVE)])), ids=lambda x: getattr(x, "name", ""))
def test_at_the_open_questions_of_the_real_bot(lab: Lab, question: Live, row: Row) -> None:
    patient = lab.bot.rest()
    for said in question.typed:
        made = patient.say(said)
    open_ = [(kind, status) for kind, status in zip(made.kinds, made.statuses) if kind == question.kind]
    assert open_ and open_[-1][1] == question.status and (made.titles or question.name == "binding: code"), made
    assert wrong(row, patient.say(SAID[row.language] + row.text), SAID[row.language]) is None


# --- (b), (d) with the actions, Redis and the database stopped, hanging and raising

@pytest.mark.parametrize(("number", "how"), enumerate(BREAKAGES), ids=BREAKAGES)
def test_with_a_neighbour_broken(lab: Lab, number: int, how: str) -> None:
    """While another patient's question cannot be answered for the same reason."""
    with lab.broken(how), ThreadPoolExecutor(1) as other:
        asked = other.submit(lab.bot.rest().say, QUESTION)
        all_rows(lab.bot, number)
        assert asked.result().kinds == ("failed",)


# --- (e) while a turn of the same patient hangs

def test_while_a_turn_of_the_same_patient_hangs(lab: Lab) -> None:
    patients: list[Patient] = [lab.bot.rest(), lab.bot.web(), lab.bot.rest(), lab.bot.web()]
    recovered(lab.bot)
    with lab.broken("actions hangs"), ThreadPoolExecutor(AT_ONCE) as others:
        asked = [others.submit(x.say, QUESTION) for x in patients]
        until(lambda: lab.door.waiting >= AT_ONCE, "no turn hangs", 30)
        told = [x for row, patient in zip(ROWS, itertools.cycle(patients)) if (x := wrong(row, patient.say(row.text))) is not None]
        assert lab.door.waiting >= AT_ONCE
        assert not told, f"{len(told)} of {len(ROWS)}:\n" + "\n".join(told)
        assert {x.result().kinds for x in asked} == {("failed",)}


def recovered(bot: Bot) -> None:
    """Wait until the turns that a breakage kept are through."""
    until(lambda: bot.rest().say(QUESTION).kinds[:1] == ("answer",), "the bot has not recovered", 120, bot.log)


# --- (c) with no model and with a corrupt one

def damage(folder: Path, log: Path) -> None:
    """Put a file that is no model beside what is there, as the newest, and wait until the bot has looked at it."""
    name = "guide-ffffffffffffffff.tar.gz"
    (folder / name).write_bytes(b"this is no model" * 1000)
    until(lambda: f"{name} cannot be loaded" in log.read_text(errors="replace"), "it was not looked at", 30)


def test_with_a_damaged_model_beside_the_one_that_serves(lab: Lab) -> None:
    recovered(lab.bot)
    damage(lab.bot.folder / "models", lab.bot.log)
    all_rows(lab.bot)
    recovered(lab.bot)


WITHOUT = ("no-model", "half-a-model")


@pytest.fixture(scope="module")
def without_models(tmp_path_factory: pytest.TempPathFactory, model: Path) -> Iterator[dict[str, Bot]]:
    """A bot whose models folder is empty, and one whose model misses its second half, as after an interrupted copy; they start together."""
    whole = training.newest(model)
    assert whole is not None
    folders = {name: tmp_path_factory.mktemp(name) for name in WITHOUT}
    for folder in folders.values():
        (folder / "models").mkdir()
        (folder / "var").mkdir()
        prepared(f"sqlite:///{folder / 'var' / 'guide.db'}")
    (folders["half-a-model"] / "models" / whole.name).write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with ExitStack() as stack, ThreadPoolExecutor(len(WITHOUT)) as together:
        starting = {name: together.submit(stack.enter_context, bot_process(folder, IVF_GUIDE_MODELS=str(folder / "models"), TURN_DEADLINE="2"))
                    for name, folder in folders.items()}
        yield {name: one.result() for name, one in starting.items()}


@pytest.fixture(params=WITHOUT)
def without_model(request: pytest.FixtureRequest, without_models: dict[str, Bot]) -> Bot:
    """One of them."""
    return without_models[request.param]


def test_without_a_model_that_can_be_loaded(without_model: Bot) -> None:
    assert without_model.rest().say(QUESTION).kinds == ("failed",)
    all_rows(without_model, read=False)
    damage(without_model.folder / "models", without_model.log)
    assert without_model.rest().say(QUESTION).kinds == ("failed",)
    all_rows(without_model, 1, read=False)
