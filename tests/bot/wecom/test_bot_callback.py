"""The AI bot's callback against the platform over HTTP: verification, streams, groups, repeated pushes, late answers, refusals."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot import bootstrap
from bot.channels.wecom_bot import WecomBotChannel
from bot.store.deliveries import Deliveries
from bot.store.tables import Unanswered, utcnow
from bot.store.wechat_tables import Delivery
from tests.bot.wecom.conftest import Agent, until
from tests.platform.wecom import Pushed, WeCom

EMERGENCY = "取卵后第二天肚子疼得直不起腰"


async def push(platform: WeCom, body: dict[str, Any], until: float = 20.0) -> Pushed:
    return await asyncio.to_thread(platform.push, body, until)


async def say(platform: WeCom, user: str, text: str, group: str | None = None) -> Pushed:
    return await push(platform, platform.text(user, text, group))


def rows() -> list[Delivery]:
    with bootstrap.database().transaction() as session:
        found = list(session.execute(select(Delivery).order_by(Delivery.id)).scalars())
        session.expunge_all()
        return found


async def test_the_address_is_verified(bot: WecomBotChannel, platform: WeCom) -> None:
    assert await asyncio.to_thread(platform.verify) == (200, b"9031174428856200017")


async def test_a_quick_answer_comes_at_once(bot: WecomBotChannel, platform: WeCom) -> None:
    made = await say(platform, "u1", "在哪看报告")
    assert made.frames == [("re: 在哪看报告", True)] and made.body is not None
    assert made.body["stream"]["feedback"]["id"] == made.body["stream"]["id"]


async def test_a_slow_answer_grows_from_a_placeholder(bot: WecomBotChannel, platform: WeCom, agent: Agent) -> None:
    agent.seconds = 1.5
    made = await say(platform, "u1", "在哪看报告")
    wait = bootstrap.library().current.words("wecom_wait", "zh")
    assert made.frames[0] == (wait, False) and made.frames[-1] == ("re: 在哪看报告", True) and len(made.frames) > 2


async def test_any_process_answers_a_poll(bot: WecomBotChannel, platform: WeCom, agent: Agent) -> None:
    agent.seconds = 1.5
    body = platform.text("u1", "在哪看报告")
    first = await push(platform, body, 0.0)
    assert first.body is not None and not first.frames[-1][1]
    await asyncio.sleep(1.6)
    bot._answers._mine.clear()      # as another process, which knows only the table
    assert await bot._answers.so_far(first.body["stream"]["id"]) == ("re: 在哪看报告", True)


async def test_a_repeated_push_is_not_answered_twice(bot: WecomBotChannel, platform: WeCom, agent: Agent) -> None:
    agent.seconds = 0.2
    body = platform.text("u1", "在哪看报告")
    both = await asyncio.gather(push(platform, body), push(platform, body))
    after = await push(platform, body)
    assert {x.seen for x in (*both, after)} == {"re: 在哪看报告"} and len(agent.seen) == 1
    assert len({x.body["stream"]["id"] for x in (*both, after) if x.body}) == 1 and len(rows()) == 1


async def test_members_of_a_group_have_conversations_of_their_own(bot: WecomBotChannel, platform: WeCom, agent: Agent) -> None:
    await say(platform, "u1", "@小助手 打夜针前可以吃东西吗？", "wrG1")
    await say(platform, "u2", "@小助手\u2005打夜针前可以吃东西吗？", "wrG1")
    await say(platform, "u1", "@小助手 打夜针前可以吃东西吗？", "wrG2")
    await say(platform, "u1", "打夜针前可以吃东西吗？")
    assert len({x.sender_id for x in agent.seen}) == 4 and set(agent.texts) == {"打夜针前可以吃东西吗？"}
    groups = [x.metadata.get("group") for x in agent.seen]
    assert groups[0] == groups[1] != groups[2] and groups[3] is None
    assert [x.metadata["chat_type"] for x in agent.seen] == ["group"] * 3 + ["private"]
    assert all(name not in json.dumps([x.metadata for x in agent.seen]) + x.sender_id for x in agent.seen for name in ("u1", "wrG1"))


@pytest.mark.parametrize("text", [f"@小助手 {EMERGENCY}", f"@小助手{EMERGENCY}", f"@小助手{EMERGENCY} 快来", f"{EMERGENCY} @小助手"])
async def test_a_mention_hides_no_emergency(bot: WecomBotChannel, platform: WeCom, text: str) -> None:
    made = await say(platform, "u1", text, "wrG1")
    assert len(made.frames) == 1 and made.frames[0][1] and "120" in made.seen and "小助手" not in made.seen


async def test_an_emergency_needs_no_database(bot: WecomBotChannel, platform: WeCom, home: Any) -> None:
    bootstrap.database().engine.dispose()
    for file in home.glob("guide.db*"):
        file.unlink()
    made = await say(platform, "u1", EMERGENCY)
    assert made.frames[0][1] and "120" in made.seen
    assert (await say(platform, "u1", "在哪看报告")).frames[0][1]      # and anybody else reads whom to call


async def test_an_emergency_pushed_again_is_the_same_text(bot: WecomBotChannel, platform: WeCom) -> None:
    body = platform.text("u1", EMERGENCY)
    first, second = await push(platform, body), await push(platform, body)
    assert first.frames == second.frames and "120" in first.seen


async def test_an_official_answer_is_marked_with_its_source_and_review(bot: WecomBotChannel, platform: WeCom, agent: Agent) -> None:
    agent.text, agent.reply = "公众号里看。", {"kind": "answer", "entries": ["howto.view-reports"]}
    seen = (await say(platform, "u1", "@小助手 在哪看报告", "wrG1")).seen
    library = bootstrap.library().current
    lead = "wecom_official" if library.get("howto.view-reports").standing_review else "wecom_compiled"
    assert seen.startswith(library.words(lead, "zh") + "\n公众号里看。\n") and "howto.view-reports" in seen and library.version in seen


async def test_choices_are_numbered_lines_once(bot: WecomBotChannel, platform: WeCom, agent: Agent) -> None:
    agent.text, agent.reply = "是不是？\n\n1. 甲\n2. 乙\n\n回复数字就行。", {"kind": "choices"}
    agent.buttons = [{"title": x, "payload": x} for x in ("甲", "乙", "都不是")]
    assert (await say(platform, "u1", "？？")).seen == "是不是？\n\n1. 甲\n2. 乙\n3. 都不是\n\n回复数字就行。"
    agent.text, agent.reply, agent.buttons = "哪一步了？", {"kind": "menu"}, [{"title": "检查期", "payload": "x"}]
    hint = bootstrap.library().current.words("wechat_numbers", "zh")
    assert (await say(platform, "u1", "？？？")).seen == f"哪一步了？\n\n{hint}\n1. 检查期"


async def test_pictures_files_and_mumbled_voice_are_not_kept(bot: WecomBotChannel, platform: WeCom, agent: Agent) -> None:
    library = bootstrap.library().current
    for kind, key in (("image", "wechat_image"), ("file", "wechat_media"), ("video", "wechat_media"), ("voice", "wechat_voice")):
        made = await push(platform, platform.message("u1", kind, **{kind: {"url": "https://example.invalid/secret"}}))
        assert made.frames == [(library.words(key, "zh"), True)]
    assert agent.seen == [] and all("example" not in json.dumps(x.asked) for x in rows())


async def test_spoken_and_mixed_messages_are_read(bot: WecomBotChannel, platform: WeCom, agent: Agent) -> None:
    await push(platform, platform.message("u1", "voice", voice={"content": "移植后能不能洗澡"}))
    items = [{"msgtype": "text", "text": {"content": "@小助手 这个报告在哪看"}}, {"msgtype": "image", "image": {"url": "https://example.invalid/x"}}]
    made = await push(platform, platform.message("u1", "mixed", "wrG1", mixed={"msg_item": items}))
    assert agent.texts == ["移植后能不能洗澡", "这个报告在哪看"]
    assert made.seen.startswith("re: 这个报告在哪看\n\n") and bootstrap.library().current.words("wechat_image", "zh") in made.seen


async def test_who_opens_the_chat_is_welcomed(bot: WecomBotChannel, platform: WeCom) -> None:
    made = await push(platform, platform.event("u1", "enter_chat"))
    assert made.body == {"msgtype": "text", "text": {"content": bootstrap.library().current.words("wecom_welcome", "zh")}}
    assert (await push(platform, platform.event("u1", "something_new"))).body is None


async def test_a_thumb_down_goes_to_the_staffs_list(bot: WecomBotChannel, platform: WeCom, agent: Agent) -> None:
    agent.reply = {"kind": "answer", "entries": ["howto.view-reports"]}
    made = await say(platform, "u1", "在哪看报告，我电话13800000001")
    assert made.body is not None
    stream = made.body["stream"]["id"]
    await push(platform, platform.event("u1", "feedback_event", id=stream, type=1))
    await push(platform, platform.event("u1", "feedback_event", id=stream, type=2, content="没答到", inaccurate_reason_list=[2]))
    await push(platform, platform.event("u1", "feedback_event", id=stream, type=2))         # told twice
    await push(platform, platform.event("u1", "feedback_event", id=stream[:-1] + "x", type=2))
    with bootstrap.database().transaction() as session:
        (one,) = session.execute(select(Unanswered)).scalars().all()
        session.expunge_all()
    assert one.reason == "feedback" and one.candidates == ["howto.view-reports"] and "在哪看报告" in one.text and "13800000001" not in one.text


async def test_an_answer_nobody_asked_for_is_posted_once(bot: WecomBotChannel, platform: WeCom, agent: Agent) -> None:
    agent.seconds = 1.0
    body = platform.text("u1", "在哪看报告")
    made = await push(platform, body, 0.0)
    await asyncio.sleep(1.2)
    await bot.look()
    assert platform.late == []      # the platform may still ask for it
    _aged(60)
    await bot.look()
    _aged(60)
    await bot.look()
    (late,) = platform.late
    question = bootstrap.library().current.words("wechat_late", "zh", question="在哪看报告")
    assert late == {"msgtype": "markdown", "markdown": {"content": f"{question}\n\nre: 在哪看报告"}}
    assert made.body is not None
    below = bootstrap.library().current.words("wecom_below", "zh")
    assert await bot._answers.so_far(made.body["stream"]["id"]) == (below, True) and [x.state for x in rows()] == ["sent"]


async def test_a_post_whose_outcome_is_unknown_is_not_repeated(bot: WecomBotChannel, platform: WeCom, agent: Agent) -> None:
    agent.seconds, platform.lost["response_url"] = 1.0, 1
    await push(platform, platform.text("u1", "在哪看报告"), 0.0)
    await asyncio.sleep(1.2)
    for _ in range(2):
        _aged(60)
        await bot.look()
    assert platform.calls["response_url"] == 1 and [x.state for x in rows()] == ["unknown"]
    assert [x.question for x in bot._answers.deliveries.for_staff()] == ["在哪看报告"]


async def test_what_a_process_left_is_answered_by_another(bot: WecomBotChannel, platform: WeCom, agent: Agent) -> None:
    agent.seconds = 30.0
    made = await push(platform, platform.text("u1", "@小助手 在哪看报告", "wrG1"), 0.0)
    bot._answers._running.clear()
    _aged(60)
    agent.seconds = 0.0
    await bot.look()
    await asyncio.sleep(0.5)
    assert made.body is not None
    assert await bot._answers.so_far(made.body["stream"]["id"]) == ("re: 在哪看报告", True)
    assert [x.metadata["chat_type"] for x in agent.seen] == ["group", "group"]


async def test_what_is_asked_for_before_it_is_kept_is_not_posted_as_well(
    bot: WecomBotChannel, platform: WeCom, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A poll comes when the answer is there, and the table does not have it yet."""
    agent.seconds, keep, kept = 0.8, bot._answers.deliveries.answered, asyncio.Event()
    loop = asyncio.get_running_loop()

    def slowly(*given: Any) -> bool:
        if threading.current_thread() is not threading.main_thread() and not kept.is_set():
            loop.call_soon_threadsafe(kept.set)
            time.sleep(1.0)
        return keep(*given)

    monkeypatch.setattr(bot._answers.deliveries, "answered", slowly)
    first = await push(platform, platform.text("u1", "在哪看报告"), 0.0)
    assert first.body is not None and not first.frames[-1][1]
    await kept.wait()
    assert await bot._answers.so_far(first.body["stream"]["id"]) == ("re: 在哪看报告", True)
    await asyncio.sleep(1.2)
    assert [x.state for x in rows()] == ["passing"]
    _aged(60)
    await bot.look()
    assert platform.late == [] and [x.state for x in rows()] == ["sent"]


async def test_a_push_that_was_given_up_and_comes_behind_its_retry_changes_nothing(
    bot: WecomBotChannel, platform: WeCom, agent: Agent, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The retry went to another process, which was faster."""
    agent.seconds, body, again = 0.3, platform.text("u1", "在哪看报告"), Deliveries._again
    retry = asyncio.ensure_future(push(platform, body, 0.0))
    await until(lambda: agent.seen)

    def slowly(self: Deliveries, session: Any, dedup: str) -> Any:
        time.sleep(0.4)         # nothing has been said when the platform gives up
        return again(self, session, dedup)

    monkeypatch.setattr(Deliveries, "_again", slowly)
    first = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(platform.pushing(body, 0.0, hangs_up=0.2), platform.loop))
    assert (await retry).seen == "re: 在哪看报告" and (await first).status == 0
    await until(lambda: [(x.state, x.deliveries) for x in rows()] == [("passing", 2)])
    _aged(60)
    await bot.look()
    assert platform.late == []


async def test_while_an_answer_is_posted_its_stream_points_to_it(bot: WecomBotChannel, platform: WeCom, agent: Agent) -> None:
    first = await push(platform, platform.text("u1", "在哪看报告"))
    with bootstrap.database().transaction() as session:
        session.execute(update(Delivery).values(state="sending"))
        session.commit()
    below = bootstrap.library().current.words("wecom_below", "zh")
    assert first.body is not None and await bot._answers.so_far(first.body["stream"]["id"]) == (below, True)


async def test_a_message_whose_push_is_given_up_is_answered_all_the_same(bot: WecomBotChannel, platform: WeCom, agent: Agent) -> None:
    body = platform.text("u1", "在哪看报告")
    made = await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(platform.pushing(body, retries=True, hangs_up=0.005), platform.loop))
    assert made.seen == "re: 在哪看报告" and len(agent.seen) == 1 and len(rows()) == 1


def _aged(seconds: float) -> None:
    """As if so much time had passed."""
    with bootstrap.database().transaction() as session:
        session.execute(update(Delivery).values(due_at=utcnow() - timedelta(seconds=seconds)).where(Delivery.due_at.isnot(None)))
        session.commit()


@pytest.mark.parametrize("stream", ["", "st-0001", "g1-1790000000-0000000000000000", "g" + "9" * 40, "🙂"])
async def test_an_unknown_stream_ends_with_an_apology(bot: WecomBotChannel, platform: WeCom, stream: str) -> None:
    made = await push(platform, {**platform.message("u1", "stream"), "stream": {"id": stream}})
    assert made.frames == [(bootstrap.library().current.words("failed", "zh"), True)]


async def test_a_stream_ends_after_five_minutes(bot: WecomBotChannel, platform: WeCom, agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    agent.seconds = 3.0
    made = await push(platform, platform.text("u1", "在哪看报告"), 0.0)
    assert made.body is not None
    monkeypatch.setattr("bot.channels.wecom_bot_answers.STREAM_SECONDS", -1)
    assert await bot._answers.so_far(made.body["stream"]["id"]) == (bootstrap.library().current.words("failed", "zh"), True)


@pytest.mark.parametrize("change", [
    {"aibotid": "AIBOT-OTHER"}, {"from": {}}, {"from": {"userid": "sys"}}, {"chattype": "group"}, {"msgid": ""}, {"from": "u1"}, {"msgid": ["x"]},
])
async def test_what_is_no_message_for_us_is_refused(bot: WecomBotChannel, platform: WeCom, agent: Agent, change: dict[str, Any]) -> None:
    assert (await push(platform, {**platform.text("u1", "在哪看报告"), **change})).status == 403
    assert agent.seen == []


async def test_unsigned_stale_and_broken_pushes_are_refused_alike_and_counted(
    bot: WecomBotChannel, platform: WeCom, agent: Agent, caplog: pytest.LogCaptureFixture
) -> None:
    text = json.dumps(platform.text("u1", "秘密的话"), ensure_ascii=False)
    encrypted, given = platform.sealed(text)
    old, old_given = platform.sealed(text, at="1700000000")
    body = json.dumps({"encrypt": encrypted}).encode()
    tries = [
        (body, {**given, "msg_signature": "0" * 40}), (body, {k: v for k, v in given.items() if k != "msg_signature"}), (body, {**given, "nonce": "x"}),
        (json.dumps({"encrypt": old}).encode(), old_given), (b"", given), (b"{}", given), (b"\xff\xfe", given), (b"[1]", given),
        (b"<!DOCTYPE x><xml/>", given), (body + b" " * 70_000, given), (b'{"encrypt": "a", "encrypt": "b"}', given), (body, {}),
    ]
    with caplog.at_level(logging.WARNING):
        found = [await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(platform.post(*x), platform.loop)) for x in tries]
    assert found == [(403, b"refused")] * len(tries) and agent.seen == []
    assert "so far" in caplog.text and "秘密" not in caplog.text and encrypted not in caplog.text and platform.bot_token not in caplog.text


async def test_who_writes_too_fast_is_asked_to_slow_down_but_not_in_an_emergency(bot: WecomBotChannel, platform: WeCom, agent: Agent) -> None:
    slow = bootstrap.library().current.words("wecom_slow", "zh")
    found = [(await say(platform, "u1", "1")).seen for _ in range(32)]
    assert found.count(slow) == 2 and found[-1] == slow and len(agent.seen) == 30
    assert "120" in (await say(platform, "u1", EMERGENCY)).seen and (await say(platform, "u2", "1")).seen == "re: 1"


async def test_answers_are_remembered_for_minutes_only(bot: WecomBotChannel, platform: WeCom, monkeypatch: pytest.MonkeyPatch) -> None:
    await say(platform, "u1", "一")
    assert len(bot._answers._mine) == 1
    monkeypatch.setattr("bot.channels.wecom_bot_answers.FORGET_SECONDS", -1)
    await say(platform, "u1", "二")
    assert len(bot._answers._mine) == 0
