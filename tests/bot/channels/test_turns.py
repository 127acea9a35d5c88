"""Whatever breaks, the patient gets an answer. The agent is the boundary: a stand-in that behaves as a test needs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import select

from bot import bootstrap
from bot.channels import turns as turns_module
from bot.channels.screening import Incoming, Screened, screen
from bot.channels.turns import MAX_CHARACTERS, Turns
from bot.guard import Alarm
from bot.hospital.tables import BindingRow, PatientRow
from bot.store.tables import Erasure, Shown, Unanswered, utcnow

Behaviour = Callable[[UserMessage], Awaitable[None]]
REPLY = {"reply": {"kind": "answer", "status": None}}


class Agent:
    """Does with a message what the test says, and remembers it."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour, self.seen, self.tracker_store, self.lock_store = behaviour, [], None, None

    async def handle_message(self, message: UserMessage) -> None:
        self.seen.append(message)
        await self.behaviour(message)

    async def parse_message(self, text: str) -> dict[str, Any]:
        """A model that sees nothing particular."""
        return {"guide": {"text": text, "language": "zh", "labels": [], "clauses": []}, "intent": {"name": "ask"}}


async def answers(message: UserMessage) -> None:
    await message.output_channel.send_response(message.sender_id, {"text": "第一段\n\n第二段", "buttons": [{"title": "t", "payload": "p"}],
                                                                   "custom": REPLY})


def turns(behaviour: Behaviour = answers, deadline: float = 5.0) -> tuple[Turns, Agent]:
    agent = Agent(behaviour)
    return Turns(SimpleNamespace(ctx=SimpleNamespace(agent=agent)), deadline), agent


def noted() -> list[tuple[str, str]]:
    with bootstrap.database().transaction() as session:
        return [(x.text, x.reason) for x in session.execute(select(Unanswered)).scalars()]


def said(made: list[dict[str, Any]]) -> tuple[str, str]:
    text, custom = made
    return text["text"], custom["custom"]["reply"]["kind"]


@pytest.fixture(autouse=True)
def _home(home: Path) -> None:
    bootstrap.embedder().vector("你好")      # loads the model outside the deadlines


def asking(text: str = "要空腹吗", **more: Any) -> Screened:
    return screen(Incoming("key", text, "rest", **more))


async def test_an_answer_stays_whole() -> None:
    made = await turns()[0].run(asking())
    assert [x.get("text") for x in made] == ["第一段\n\n第二段", None]
    assert made[0]["buttons"] == [{"title": "t", "payload": "p"}] and made[1]["custom"] == REPLY
    assert noted() == []


async def test_rasa_gets_the_message_as_it_came() -> None:
    run, agent = turns()
    await run.run(asking(metadata={"chat_type": "private"}))
    seen = agent.seen[0]
    assert (seen.text, seen.sender_id, seen.input_channel, seen.metadata, seen.parse_data) == (
        "要空腹吗", "key", "rest", {"chat_type": "private", "offers_version": bootstrap.touts().version}, None)


async def _sleeps(_message: UserMessage) -> None:
    await asyncio.sleep(1)


async def _raises(_message: UserMessage) -> None:
    raise RuntimeError("支原体")


async def _hangs(message: UserMessage) -> None:
    await asyncio.sleep(60)


async def _says_nothing(_message: UserMessage) -> None:
    pass


async def _says_only_words(message: UserMessage) -> None:
    await message.output_channel.send_response(message.sender_id, {"text": "no payload behind it"})


@pytest.mark.parametrize("behaviour", [_sleeps, _raises, _says_nothing, _says_only_words])
@pytest.mark.parametrize(("text", "code"), [("要空腹吗", "zh"), ("must I fast before it", "en")])
async def test_what_breaks_becomes_failed_with_the_phone_and_is_noted(behaviour: Behaviour, text: str, code: Any) -> None:
    made = await turns(behaviour, 0.3)[0].run(asking(text))
    library = bootstrap.library().current
    assert said(made) == (library.words("failed", code), "failed")
    assert library.names[code]["nurse_phone"] in made[0]["text"]
    assert made[1]["custom"]["reply"]["language"] == code
    assert noted() == [(text, "failed")]


@pytest.mark.parametrize(("text", "code"), [("要空腹吗", "zh"), ("must I fast before it", "en")])
@pytest.mark.parametrize("behaviour", [_raises, _hangs])
async def test_where_nothing_has_read_the_message_the_emergency_line_comes_first(behaviour: Behaviour, text: str, code: Any) -> None:
    made = await Turns(SimpleNamespace(ctx=SimpleNamespace(agent=Unreading(behaviour))), 0.6).run(asking(text))
    library = bootstrap.library().current
    names = library.names[code]
    assert said(made) == (library.words("failed_unread", code), "failed")
    at = [made[0]["text"].index(x) for x in ("120", names["emergency_phone"], names["crisis_line"], names["nurse_phone"])]
    assert at == sorted(at)
    assert noted() == [(text, "failed")]


@pytest.mark.parametrize("text", ["今天天气不错", "长" * (MAX_CHARACTERS + 1), " "])
async def test_whoever_did_not_address_the_bot_in_a_group_reads_no_apology(text: str) -> None:
    async def breaks(message: UserMessage) -> None:
        raise RuntimeError

    made = await turns(breaks)[0].run(screen(Incoming("key", text, "wecom-bot", metadata={"chat_type": "group", "mentioned": False}, group="g")))
    assert [x["custom"]["reply"]["kind"] for x in made] == ["silent"]


async def test_without_a_database_the_patient_still_gets_the_phone(home: Path) -> None:
    bootstrap.database().engine.dispose()
    for file in home.glob("guide.db*"):
        file.unlink()
    assert said(await turns(_raises)[0].run(asking()))[1] == "failed"


async def test_who_hangs_up_does_not_cancel_the_turn() -> None:
    done = threading.Event()        # the turn runs in a thread of its own

    async def slow(message: UserMessage) -> None:
        await asyncio.sleep(0.2)
        await answers(message)
        done.set()

    caller = asyncio.create_task(turns(slow)[0].run(asking()))
    await asyncio.sleep(0.1)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert await asyncio.to_thread(done.wait, 5)


async def test_a_turn_behind_its_deadline_goes_on() -> None:
    done = threading.Event()

    async def slow(_message: UserMessage) -> None:
        await asyncio.sleep(0.3)
        done.set()

    assert said(await turns(slow, 0.1)[0].run(asking()))[1] == "failed"
    assert await asyncio.to_thread(done.wait, 5)


@pytest.mark.parametrize("text", ["/restart", "  /restart", "/inform_profile{}", "/"])
async def test_a_slash_is_never_a_command_of_rasas(text: str) -> None:
    run, agent = turns()
    await run.run(asking(text))
    assert agent.seen[0].text == "／" + text.strip()[1:]


@pytest.mark.parametrize(("text", "words"), [("", "empty"), (" \n", "empty"), ("长" * (MAX_CHARACTERS + 1), "too_long")])
async def test_what_cannot_be_read_is_said_without_rasa(text: str, words: str) -> None:
    run, agent = turns()
    assert said(await run.run(asking(text))) == (bootstrap.library().current.words(words, "zh"), "no_answer")
    assert agent.seen == [] and noted() == []


async def test_the_longest_message_is_read() -> None:
    run, agent = turns()
    await run.run(asking("长" * MAX_CHARACTERS))
    assert len(agent.seen) == 1


@pytest.mark.parametrize(("more", "intent"), [({"tap": "b1"}, "tap"), ({"given": {"stage": "testing"}}, "inform_profile")])
async def test_a_tap_and_given_values_are_not_left_to_the_model(more: dict[str, Any], intent: str) -> None:
    run, agent = turns()
    await run.run(asking("挂号", **more))
    parsed = agent.seen[0].parse_data
    assert parsed["intent"] == {"name": intent, "confidence": 1.0} and parsed["entities"] == []
    assert (parsed["guide"]["tap"], parsed["guide"]["given"]) == (more.get("tap"), more.get("given", {}))


class Locks:
    """Rasa's lock store, as the agent has it."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    @asynccontextmanager
    async def lock(self, key: str) -> AsyncIterator[None]:
        self.taken.append(key)
        yield


async def _deletes(message: UserMessage) -> None:
    await message.output_channel.send_response(message.sender_id, {"text": "x", "custom": {"reply": {"kind": "privacy", "status": "deleted"}}})


async def test_deletion_empties_every_store_of_hers_only_and_under_her_lock(home: Path) -> None:
    store = SQLTrackerStore(Domain.empty(), db=str(home / "conversations.db"))
    for key in ("key", "other"):
        await store.save(DialogueStateTracker.from_events(key, [UserUttered("要空腹吗")]))
        bootstrap.conversations().note(key, "要空腹吗", "failed")
    run, agent = turns(_deletes)
    agent.tracker_store, agent.lock_store = store, Locks()
    await run.run(asking())
    assert await store.retrieve("key") is None and agent.lock_store.taken == ["key"]
    assert len((await store.retrieve("other")).events) == 1 and noted() == [("要空腹吗", "failed")]


async def test_deletion_ends_what_her_family_may_do_and_the_member_is_to_be_told(home: Path) -> None:
    hospital, now = bootstrap.hospital(), bootstrap.clock().now()
    with bootstrap.database().transaction() as session:
        session.add(PatientRow(id="p", label="王**", name="x", phone="x", linked=[]))
        session.flush()
        session.add(BindingRow(conversation="key", patient_id="p", relation="self", scope=[], how="code", since=utcnow()))
        session.commit()
    code = (await hospital.invite_family("key", ("reports",), now)).code
    await hospital.bind_by_code("husband", code, now)
    run, agent = turns(_deletes)
    agent.tracker_store, agent.lock_store = SQLTrackerStore(Domain.empty(), db=str(home / "conversations.db")), Locks()
    await run.run(asking())
    assert await hospital.bindings("husband") == () and bootstrap.conversations().ended("husband")
    with bootstrap.database().transaction() as session:
        assert session.execute(select(Erasure.ended)).scalars().all() == [2], "one binding and its code"


async def test_a_deletion_that_fails_is_not_told_as_done(home: Path) -> None:
    run, agent = turns(_deletes)
    agent.tracker_store, agent.lock_store = None, Locks()       # no store to delete from: it raises
    assert said(await run.run(asking()))[1] == "failed"


EMERGENCY = "取卵后第二天肚子疼得直不起腰"


async def test_an_emergency_is_answered_before_the_turn_and_recorded_by_it() -> None:
    done = threading.Event()

    async def slow(message: UserMessage) -> None:
        await asyncio.sleep(0.5)
        await answers(message)
        done.set()

    run, agent = turns(slow)
    made = await run.run(asking(EMERGENCY))
    assert not done.is_set() and said(made)[1] == "emergency" and "120" in made[0]["text"]
    assert await asyncio.to_thread(done.wait, 5)
    seen = agent.seen[0]
    assert seen.metadata["guard"]["sent"] is True and seen.parse_data["intent"]["name"] == "emergency"


@pytest.mark.parametrize(("said", "mentioned", "asked"), [
    ("我身份证110101199003074512，取卵后肚子疼得直不起腰", False, True), ("我叫司马测试，取卵后肚子疼得直不起腰", True, True),
    ("我叫司马测试，取卵后肚子疼得直不起腰", False, False), ("取卵后肚子疼得直不起腰", True, False),
])
async def test_who_shows_a_group_her_data_beside_an_emergency_is_asked_to_withdraw_it(said: str, mentioned: bool, asked: bool) -> None:
    made = await turns()[0].run(asking(said, group="g", metadata={"chat_type": "group", "mentioned": mentioned}))
    kinds = [x["custom"]["reply"]["kind"] for x in made if "custom" in x]
    assert kinds == (["emergency", "privacy"] if asked else ["emergency"])
    assert not asked or made[2]["text"] == bootstrap.library().current.words("masked_group", "zh")


@pytest.mark.parametrize("behaviour", [_raises, _says_nothing])
async def test_staff_are_alerted_where_the_turn_cannot(behaviour: Behaviour) -> None:
    run, _ = turns(behaviour)
    await run.run(asking(EMERGENCY))
    await asyncio.gather(*run._running, return_exceptions=True)
    assert [x.conversation for x in bootstrap.conversations().emergencies(bootstrap.clock().now())] == ["key"]


class Unreading(Agent):
    """One whose model cannot be loaded."""

    async def parse_message(self, text: str) -> dict[str, Any]:
        raise RuntimeError("no model")


class Scoring(Agent):
    """One whose model is sure of an emergency that the rules do not see."""

    async def parse_message(self, text: str) -> dict[str, Any]:
        return {"guide": {"text": text, "language": "zh", "labels": [["emergency/bleeding", 0.97]], "clauses": []}, "intent": {"name": "emergency"}}


@pytest.mark.parametrize("behaviour", [_raises, _says_nothing, _hangs])
async def test_what_only_the_scorer_sees_is_answered_where_the_turn_cannot(behaviour: Behaviour, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns_module, "RECORD_SECONDS", 0.2)
    agent = Scoring(behaviour)
    run = Turns(SimpleNamespace(ctx=SimpleNamespace(agent=agent)), 30.0)
    made = await run.run(asking("那个量换了好多次都不够用"))
    assert said(made)[1] == "emergency" and made[0]["text"] == bootstrap.guard().texts.text("bleeding", "zh", bootstrap.library().current)
    for _ in range(100):
        if audited():
            break
        await asyncio.sleep(0.05)
    assert [x.conversation for x in bootstrap.conversations().emergencies(bootstrap.clock().now())] == ["key"]
    assert [x[1] for x in audited()] == ["risk.emergency/bleeding"]


async def test_a_turn_that_comes_late_leaves_the_one_line_of_its_own() -> None:
    done = threading.Event()

    async def late(message: UserMessage) -> None:
        await asyncio.sleep(turns_module.SUSPECT_SECONDS + 0.3)
        await answers(message)
        done.set()

    run = Turns(SimpleNamespace(ctx=SimpleNamespace(agent=Scoring(late))), 30.0)
    assert said(await run.run(asking("那个量换了好多次都不够用")))[1] == "emergency"
    assert await asyncio.to_thread(done.wait, 5)
    await asyncio.gather(*run._running, return_exceptions=True)
    assert audited() == [] and bootstrap.conversations().emergencies(bootstrap.clock().now()) == []


async def test_a_turn_that_answers_while_the_scorer_is_asked_is_not_lost() -> None:
    async def late(message: UserMessage) -> None:
        await asyncio.sleep(turns_module.SUSPECT_SECONDS + 0.1)
        await answers(message)

    class Thoughtful(Agent):
        async def parse_message(self, text: str) -> dict[str, Any]:
            await asyncio.sleep(0.3)
            return await super().parse_message(text)

    run = Turns(SimpleNamespace(ctx=SimpleNamespace(agent=Thoughtful(late))), 30.0)
    assert said(await run.run(asking()))[1] == "answer"


def audited() -> list[tuple[str | None, str, str, str, str]]:
    with bootstrap.database().transaction() as session:
        return [(x.conversation, x.entry, x.kind, x.language, x.version) for x in session.execute(select(Shown)).scalars()]


@pytest.mark.parametrize("behaviour", [answers, _raises, _says_nothing])
async def test_the_text_that_was_sent_is_in_the_audit_once_whatever_the_actions_do(behaviour: Behaviour) -> None:
    run, _ = turns(behaviour)
    await run.run(asking(EMERGENCY))
    await asyncio.gather(*run._running, return_exceptions=True)
    version = f"{bootstrap.library().current.version}+{bootstrap.guard().texts.version}"
    assert audited() == [("key", "risk.emergency/pain", "emergency", "zh", version)]


async def test_an_unclear_emergency_that_nobody_could_ask_about_is_in_it_too() -> None:
    run, _ = turns(_raises)
    unclear = replace(asking(EMERGENCY), alarm=Alarm("pain", "belly-pain", False))
    assert said(await run.run(unclear))[1] == "emergency"
    await asyncio.gather(*run._running, return_exceptions=True)
    assert [x[1] for x in audited()] == ["risk.emergency/pain"]


async def test_alert_and_audit_are_written_when_the_database_is_back(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns_module, "KEEP_AGAIN_SECONDS", (0.2,) * 50)
    there, away = home / "guide.db", home / "away.db"
    bootstrap.database().engine.dispose()
    there.rename(away)
    run, _ = turns(_raises)
    assert said(await run.run(asking(EMERGENCY)))[1] == "emergency"
    await asyncio.sleep(0.5)
    bootstrap.database().engine.dispose()
    for file in home.glob("guide.db*"):
        file.unlink()
    away.rename(there)
    await asyncio.gather(*run._running, return_exceptions=True)
    assert [x[1] for x in audited()] == ["risk.emergency/pain"]
    assert [x.conversation for x in bootstrap.conversations().emergencies(bootstrap.clock().now())] == ["key"]


async def test_a_turn_that_hangs_holds_up_no_emergency_of_hers_or_of_others() -> None:
    release = threading.Event()

    async def blocks(_message: UserMessage) -> None:
        release.wait(5)        # a database that hangs inside the event loop of the turns

    run, _ = turns(blocks, 0.2)
    assert said(await run.run(asking()))[1] == "failed"
    assert said(await asyncio.wait_for(run.run(asking(EMERGENCY)), 1))[1] == "emergency"
    release.set()


async def test_personal_numbers_reach_neither_rasa_nor_the_staffs_list() -> None:
    run, agent = turns(_raises)
    await run.run(asking("我电话13800000001，在哪看报告"))
    assert "13800000001" not in repr((agent.seen[0].text, agent.seen[0].metadata, noted()))
    assert agent.seen[0].metadata["masked"] == ["phone"]
