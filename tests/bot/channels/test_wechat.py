"""The Official Account's channel on a real server, against WeChat's side over HTTP. Only the turn behind it is the tests' own."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from rasa.core.channels.channel import UserMessage, register
from sanic import Sanic
from sqlalchemy import select

from bot import bootstrap
from bot.channels import wechat_flow
from bot.channels.screening import Incoming, screen
from bot.channels.turns import Turns
from bot.channels.wechat import WeChatChannel
from bot.channels.wechat_parts import wechat_channel
from bot.dialogue.model import State
from bot.store import personal
from bot.store.deliveries import Claim, Deliveries
from bot.store.tables import Dialogue, Outbox, Profile, Unanswered, utcnow
from bot.store.wechat_tables import Address, Delivery, SubscriptionConsent
from bot.wechat.crypto import signature
from tests.conftest import free_port
from tests.platform.official_account import UNAVAILABLE, Follower, OfficialAccount, Pushed

SEND = "/cgi-bin/message/custom/send"
URGENT = "取卵后肚子胀得厉害，喘不上气"
OPTIONS = [{"title": "怎么预约", "payload": "offer-1"}, {"title": "在哪里看报告", "payload": "offer-2"}]


class Agent:
    """Answers every message with its own words, as soon as it may.

    Attributes:
        made: the replies' messages by text; else its own words.
        held: whether answers are held back.
    """

    def __init__(self) -> None:
        self.seen: list[UserMessage] = []
        self.held, self.made = False, dict[str, list[dict[str, Any]]]()

    async def handle_message(self, message: UserMessage) -> None:
        self.seen.append(message)
        while self.held:
            await asyncio.sleep(0.02)
        for one in self.made.get(message.text, [{"text": f"re: {message.text}", "custom": {"reply": {"kind": "answer", "language": "zh"}}}]):
            await message.output_channel.send_response(message.sender_id, one)


class Chat:
    """A running bot with one account, and its patients."""

    def __init__(self, platform: OfficialAccount, agent: Agent, channel: WeChatChannel) -> None:
        self.platform, self.agent, self.channel = platform, agent, channel

    async def late(self, who: Follower, text: str) -> Pushed:
        """She asks something that is answered only when the platform has been told `success`."""
        self.slow()
        made = await self.say(who, text)
        self.fast()
        return made

    def slow(self) -> None:
        """Answers take longer than the platform is kept waiting."""
        self.agent.held, self.channel._flow._settings = True, replace(bootstrap.settings().wechat, wait=0.1)

    def fast(self) -> None:
        """Answers come."""
        self.agent.held, self.channel._flow._settings = False, bootstrap.settings().wechat

    async def do(self, work: Any) -> Any:
        """Something on the platform's side."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.platform.loop))

    async def say(self, who: Follower, text: str, **fields: Any) -> Pushed:
        return await self.message(who, "text", Content=text, **fields)

    async def message(self, who: Follower, kind: str, **fields: Any) -> Pushed:
        made: Pushed = await self.do(self.platform.pushing(who, self.platform.a_message(kind, **fields)))
        return made

    async def event(self, who: Follower, event: str, **fields: Any) -> Pushed:
        made: Pushed = await self.do(self.platform.pushing(who, {"MsgType": "event", "Event": event, **fields}))
        return made

    async def post(self, body: bytes, query: dict[str, str]) -> tuple[int, bytes]:
        made: tuple[int, bytes] = await self.do(self.platform.post(body, query))
        return made


@asynccontextmanager
async def serving(home: Path, monkeypatch: pytest.MonkeyPatch, platform: OfficialAccount, **more: str) -> AsyncIterator[Chat]:
    for name, value in platform.environment(**{"WECHAT_WAIT": "4", **more}).items():
        monkeypatch.setenv(name, value)
    for part in (bootstrap.settings, bootstrap.wechat_api, bootstrap.addresses):
        part.cache_clear()
    monkeypatch.setattr(Sanic, "test_mode", True)       # lets a process start more than one server
    agent, app = Agent(), Sanic(f"w{id(platform)}", configure_logging=False)
    app.ctx.agent = agent
    screen(Incoming("", "你好", "wechat"))               # what is loaded at first use is not what is tested
    bootstrap.embedder().vector("你好")
    channel = wechat_channel(Turns(app, 20.0), bootstrap.settings())
    assert channel is not None
    channel.start(app)
    register([channel], app, route="/webhooks/")
    server = await app.create_server(port=free_port(), host="127.0.0.1", return_asyncio_server=True, access_log=False)
    await server.startup()
    await server.before_start()
    await server.start_serving()
    platform.callback = f"http://127.0.0.1:{server.server.sockets[0].getsockname()[1]}/webhooks/wechat/callback"
    try:
        yield Chat(platform, agent, channel)
    finally:
        api = bootstrap.wechat_api()
        if api is not None:
            await api.close()
        if channel._reaping is not None:
            channel._reaping.cancel()
        server.close()
        await server.wait_closed()
        Sanic._app_registry.pop(app.name, None)
        platform.close()
        assert platform.violations == []


@pytest.fixture
async def opened(home: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[..., Any]]:
    """Starts bots, each ended with the test."""
    monkeypatch.setattr(wechat_flow, "REAP_SECONDS", 0.1)
    async with AsyncExitStack() as stack:
        async def start(mode: str = "secure", form: str = "xml", times: dict[str, float] | None = None, **more: str) -> Chat:
            return await stack.enter_async_context(serving(home, monkeypatch, OfficialAccount(mode, form, **(times or {})), **more))

        yield start


@pytest.fixture
async def chat(opened: Callable[..., Any]) -> Chat:
    made: Chat = await opened()
    return made


def rows() -> list[Any]:
    with bootstrap.database().transaction() as session:
        found = session.execute(select(Delivery).order_by(Delivery.id)).scalars().all()
        session.expunge_all()
        return list(found)


def alerts() -> list[int]:
    """Deliveries of which staff are told that nobody knows whether they arrived."""
    with bootstrap.database().transaction() as session:
        found = session.execute(select(Outbox).where(Outbox.channel == "desk").order_by(Outbox.id)).scalars()
        return [x.payload["delivery"] for x in found if x.payload["what"] == "unknown" and x.conversation == ""]


async def until(true: Callable[[], Any], seconds: float = 8.0) -> None:
    stop = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < stop, "it did not happen"
        await asyncio.sleep(0.02)


# --- what comes back

@pytest.mark.parametrize("form", ["xml", "json"])
@pytest.mark.parametrize("mode", ["secure", "compatible", "plain"])
async def test_a_message_is_answered_in_each_mode_and_form(opened: Callable[..., Any], mode: str, form: str) -> None:
    chat: Chat = await opened(mode, form)
    who = chat.platform.follower()
    assert (await chat.do(chat.platform._verify("6240158837716045512"))) == (200, b"6240158837716045512")
    made = await chat.say(who, "医保能报销吗 😟")
    assert (made.statuses, made.seen) == ((200,), "re: 医保能报销吗 😟")
    await until(lambda: [x.state for x in rows()] == ["sent"])
    assert chat.platform.calls == {}        # nothing had to be called


async def test_the_key_before_a_change_still_works(opened: Callable[..., Any]) -> None:
    chat: Chat = await opened(WECHAT_AES_KEY="A" * 43, WECHAT_AES_KEY_PREVIOUS=OfficialAccountKey)
    assert (await chat.say(chat.platform.follower(), "你好呀")).seen == "re: 你好呀"


OfficialAccountKey = "Zm9vYmFyYmF6cXV4MDEyMzQ1Njc4OWFiY2RlZmdoaWo"


async def test_choices_are_numbered_lines_and_several_replies_one_message(chat: Chat) -> None:
    chat.agent.made["挂号"] = [{"text": "是不是下面其中一个？", "buttons": OPTIONS, "custom": {"reply": {"kind": "choices", "language": "zh"}}},
                              {"text": "隐私说明", "custom": {"reply": {"kind": "privacy", "language": "zh"}}}]
    chat.agent.made["menu"] = [{"text": "Tap one:", "buttons": OPTIONS[:1], "custom": {"reply": {"kind": "menu", "language": "en"}}}]
    chat.agent.made["list"] = [{"text": "是这个吗？\n\n1. 怎么预约\n\n回复数字就行。", "buttons": OPTIONS,
                                "custom": {"reply": {"kind": "choices", "language": "zh"}}}]
    who, library = chat.platform.follower(), bootstrap.library().current
    await chat.say(who, "你好")
    assert chat.agent.seen[0].metadata["taps"] is False, "its words say nothing of tapping"
    assert (await chat.say(who, "list")).seen == "是这个吗？\n\n回复数字就行。\n\n1. 怎么预约\n2. 在哪里看报告"
    assert (await chat.say(who, "挂号")).seen == "是不是下面其中一个？\n\n1. 怎么预约\n2. 在哪里看报告\n\n隐私说明"
    assert (await chat.say(who, "menu")).seen == f"Tap one:\n\n{library.words('wechat_numbers', 'en')}\n1. 怎么预约"


async def test_a_leading_slash_is_text_and_nobodys_openid_goes_on(chat: Chat, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "bot"):
        who = chat.platform.follower()
        await chat.say(who, "/restart 我的电话13800009876")
        await until(lambda: rows() and rows()[0].state == "sent")
    (seen,) = chat.agent.seen
    assert seen.text.startswith("／restart") and "13800009876" not in seen.text and seen.metadata["masked"] == ["phone"]
    assert who.openid not in repr(vars(seen)) + caplog.text and "13800009876" not in str([vars(x) for x in rows()])
    path = Path(bootstrap.settings().database_url.removeprefix("sqlite:///"))
    kept = b"".join(x.read_bytes() for x in path.parent.glob("guide.db*"))
    assert who.openid.encode() not in kept and b"13800009876" not in kept and seen.sender_id.encode() in kept


@pytest.mark.parametrize(("kind", "fields", "words"), [
    ("voice", {"MediaId": "m", "Format": "amr"}, "wechat_voice"), ("voice", {"MediaId": "m", "Recognition": " "}, "wechat_voice"),
    ("image", {"PicUrl": "https://pic.invalid/1", "MediaId": "m"}, "wechat_image"), ("link", {"Title": "t", "Url": "https://x.invalid"}, "wechat_link"),
    ("location", {"Location_X": "39.9", "Location_Y": "116.3", "Scale": "15", "Label": "朝阳区样例路98号"}, "wechat_location"),
    ("video", {"MediaId": "m", "ThumbMediaId": "t"}, "wechat_media"), ("shortvideo", {"MediaId": "m"}, "wechat_media"),
    ("file", {"Title": "报告.pdf", "FileKey": "k"}, "wechat_media"), ("miniprogrampage", {"Title": "t", "AppId": "wx1"}, "wechat_link")])
async def test_what_is_no_words_is_answered_with_what_to_do_and_not_kept(chat: Chat, kind: str, fields: dict[str, Any], words: str) -> None:
    made = await chat.message(chat.platform.follower(), kind, **fields)
    assert made.seen == bootstrap.library().current.words(words, "zh") and chat.agent.seen == []
    assert not any(str(value) in str([x.asked for x in rows()]) for value in fields.values() if len(str(value)) > 2)


async def test_recognised_speech_is_a_message(chat: Chat) -> None:
    made = await chat.message(chat.platform.follower(), "voice", MediaId="m", Recognition="移植后能不能洗澡")
    assert made.seen == "re: 移植后能不能洗澡"


async def test_such_a_message_is_answered_in_the_language_of_the_conversation(chat: Chat) -> None:
    who = chat.platform.follower()
    await chat.say(who, "hello")
    with bootstrap.database().transaction() as session:
        session.merge(Profile(conversation=chat.agent.seen[0].sender_id, language="en"))
        session.commit()
    assert (await chat.message(who, "image", MediaId="m")).seen == bootstrap.library().current.words("wechat_image", "en")


@pytest.mark.parametrize("fields", [{"MsgType": "hologram", "MsgId": "1"}, {"MsgType": "event", "Event": "something_new"}, {"MsgType": "event"},
                                    {}, {"MsgType": "event", "Event": "VIEW", "EventKey": "https://x.invalid"}, {"MsgType": "event", "Event": "LOCATION"}])
async def test_what_nobody_knows_is_answered_with_success(chat: Chat, fields: dict[str, str]) -> None:
    made = await chat.do(chat.platform.pushing(chat.platform.follower(), {"MsgType": "", **fields}))
    assert (made.statuses, made.raw) == ((200,), b"success") and chat.agent.seen == []


# --- events

async def test_who_follows_is_welcomed_once(chat: Chat) -> None:
    chat.agent.made["你好"] = [{"text": "欢迎", "buttons": OPTIONS, "custom": {"reply": {"kind": "smalltalk", "language": "zh"}}}]
    who = chat.platform.follower()
    made = await chat.do(chat.platform.pushing(who, {"MsgType": "event", "Event": "subscribe", "EventKey": ""}, again=True))
    assert made.seen == f"欢迎\n\n{bootstrap.library().current.words('wechat_numbers', 'zh')}\n1. 怎么预约\n2. 在哪里看报告" and len(chat.agent.seen) == 1


async def test_without_a_model_the_welcome_is_said_all_the_same(chat: Chat) -> None:
    chat.agent.made["你好"] = []
    made = await chat.event(chat.platform.follower(), "subscribe", EventKey="")
    assert made.seen == bootstrap.library().current.words("welcome_numbers", "zh")


async def test_who_leaves_is_sent_nothing_more(chat: Chat) -> None:
    who = chat.platform.follower()
    await chat.say(who, "你们几点上班")
    chat.slow()
    await chat.say(who, "医保能报销吗")
    assert (await chat.event(who, "unsubscribe", EventKey="")).raw == b"success"
    chat.fast()
    await until(lambda: rows()[1].state in ("waiting", "failed", "sent"))
    assert chat.platform.calls[SEND] == 0 and chat.platform.sent == []
    with bootstrap.database().transaction() as session:
        assert [x.sealed for x in session.execute(select(Address)).scalars()] == [None]
    await chat.event(who, "subscribe", EventKey="")
    assert bootstrap.addresses().user(chat.agent.seen[0].sender_id) == who.openid


@pytest.mark.parametrize("event", ["subscribe", "SCAN"])
async def test_a_scanned_code_opens_the_binding_once(chat: Chat, event: str) -> None:
    scene, who = bootstrap.scenes().make(600), chat.platform.follower()
    key = ("qrscene_" if event == "subscribe" else "") + scene
    made = await chat.event(who, event, EventKey=key, Ticket="t")
    assert made.seen is not None and bootstrap.library().current.words("binding_code", "zh") in made.seen and "1. " in made.seen
    with bootstrap.database().transaction() as session:
        (kept,) = session.execute(select(Dialogue)).scalars().all()
        assert State.from_json(kept.state).waiting == "binding"
    other = await chat.event(chat.platform.follower(), "SCAN", EventKey=scene)
    assert other.seen == "re: 你好"                 # used up: a greeting, nothing of a binding


@pytest.mark.parametrize("scene", ["b1.nobody", "", "12345678", "x" * 500])
async def test_a_code_that_is_not_ours_is_a_greeting(chat: Chat, scene: str) -> None:
    assert (await chat.event(chat.platform.follower(), "SCAN", EventKey=scene)).seen == "re: 你好"


async def test_a_code_is_over_when_its_time_is(chat: Chat) -> None:
    assert not bootstrap.scenes().use(bootstrap.scenes().make(-1)) and not bootstrap.scenes().use("b1.\udc80")


async def test_a_menu_entry_is_its_text_and_an_old_one_a_greeting(chat: Chat) -> None:
    who = chat.platform.follower()
    assert (await chat.event(who, "CLICK", EventKey="REPORTS_V1")).seen == "re: 在哪里看报告"
    assert (await chat.event(who, "CLICK", EventKey="GONE_V0")).seen == "re: 你好"


async def test_a_tapped_option_is_a_tap(chat: Chat) -> None:
    who = chat.platform.follower()
    await chat.say(who, "挂号")
    with bootstrap.database().transaction() as session:
        offers = [{"id": "offer-2", "title": "在哪里看报告", "do": "entry", "value": "howto.view-reports"}]
        session.merge(Dialogue(conversation=chat.agent.seen[0].sender_id, state=State.from_json({"offers": offers}).to_json()))
        session.commit()
    await chat.message(who, "text", Content="在哪里看报告", bizmsgmenuid="offer-2")
    tapped = chat.agent.seen[1]
    assert (tapped.text, tapped.parse_data["intent"]["name"], tapped.parse_data["guide"]["tap"]) == ("在哪里看报告", "tap", "offer-2")


async def test_consents_are_counted(chat: Chat) -> None:
    who = chat.platform.follower()
    one = {"TemplateId": "TPL-1", "SubscribeStatusString": "accept", "PopupScene": "1"}
    await chat.event(who, "subscribe_msg_popup_event", SubscribeMsgPopupEvent={"List": one})
    await chat.event(who, "subscribe_msg_popup_event", SubscribeMsgPopupEvent={"List": {**one, "TemplateId": "TPL-2"}}, CreateTime="1790000000")

    def left() -> dict[str, int]:
        with bootstrap.database().transaction() as session:
            return {x.template: x.remaining for x in session.execute(select(SubscriptionConsent)).scalars()}

    assert left() == {"TPL-1": 1, "TPL-2": 1}
    await chat.event(who, "subscribe_msg_change_event", SubscribeMsgChangeEvent={"List": {"TemplateId": "TPL-1", "SubscribeStatusString": "reject"}})
    assert left() == {"TPL-1": 0, "TPL-2": 1} and chat.agent.seen == []


# --- late, again, twice

async def test_a_late_answer_is_sent_and_names_its_question(chat: Chat) -> None:
    who = chat.platform.follower()
    made = await chat.late(who, "试管<a>一共要花多少钱")
    assert (made.seen, made.raw) == (None, b"success")
    await until(lambda: who.reads)
    assert who.reads == ["您刚才问的“试管＜a＞一共要花多少钱”：\n\nre: 试管<a>一共要花多少钱"]
    await until(lambda: rows()[0].state == "sent")
    assert len(chat.agent.seen) == 1 and len(chat.platform.sent) == 1


async def test_late_options_are_tapped_where_one_answer_follows_and_numbers_otherwise(chat: Chat) -> None:
    who = chat.platform.follower()
    for kind, text in (("choices", "挂号"), ("booking", "约周三")):
        chat.agent.made[text] = [{"text": "请选", "buttons": OPTIONS, "custom": {"reply": {"kind": kind, "language": "zh"}}}]
        await chat.late(who, text)
    await until(lambda: len(who.reads) == 2)
    assert {x["msgtype"] for x in chat.platform.sent} == {"msgmenu", "text"}
    menu = next(x["msgmenu"] for x in chat.platform.sent if x["msgtype"] == "msgmenu")
    assert menu["list"] == [{"id": "offer-1", "content": "怎么预约"}, {"id": "offer-2", "content": "在哪里看报告"}]
    assert any("\n1. 怎么预约\n2. 在哪里看报告" in x for x in who.reads)


async def test_an_account_without_msgmenu_gets_numbers(chat: Chat) -> None:
    who = chat.platform.follower()
    chat.agent.made["挂号"] = [{"text": "请选", "buttons": OPTIONS, "custom": {"reply": {"kind": "choices"}}}]
    chat.platform.errors[SEND].append(40200)
    for n in range(2):
        await chat.late(who, "挂号")
        await until(lambda: len(who.reads) == n + 1)     # noqa: B023
    assert [x["msgtype"] for x in chat.platform.sent] == ["text", "text"] and chat.platform.calls[SEND] == 3
    assert all("1. 怎么预约" in x for x in who.reads)


async def test_a_duplicate_gets_success_and_never_a_second_answer(chat: Chat) -> None:
    who = chat.platform.follower()
    for text in ("一", "二"):
        await chat.do(chat.platform.pushing(who, chat.platform.a_message("text", Content=text), again=True))
    chat.slow()
    await chat.do(chat.platform.pushing(who, chat.platform.a_message("text", Content="三"), again=True))
    chat.fast()
    await until(lambda: len(who.reads) == 3)
    await asyncio.sleep(0.3)
    assert len(who.reads) == len(chat.agent.seen) == 3


async def test_a_retry_gets_the_stored_answer(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection breaks before the answer is written: the platform asks again, and the turn is not run again."""
    from bot.channels import wechat

    real, lost = wechat.write, [0]

    async def losing(request: Any, made: Any) -> None:
        if made.body != b"success" and lost[0] < 2:
            lost[0] += 1
            request.transport.close()
            raise ConnectionResetError
        await real(request, made)

    monkeypatch.setattr(wechat, "write", losing)
    chat.platform.patience, who = 1.0, chat.platform.follower()
    made = await chat.say(who, "医保能报销吗")
    assert (made.statuses, made.seen, len(chat.agent.seen)) == ((0, 0, 200), "re: 医保能报销吗", 1)
    await until(lambda: [(x.state, x.deliveries) for x in rows()] == [("sent", 3)])


async def test_a_retry_meanwhile_waits_for_the_first(opened: Callable[..., Any]) -> None:
    """The platform gives up after 0.3 seconds here; the answer takes longer."""
    chat: Chat = await opened(times={"patience": 0.3})
    chat.agent.held, who = True, chat.platform.follower()
    asking = asyncio.ensure_future(chat.say(who, "医保能报销吗"))
    await until(lambda: rows() and rows()[0].deliveries == 2)
    chat.platform.patience, chat.agent.held = 5.0, False
    made = await asking
    assert made.statuses[0] == 0 and made.seen == "re: 医保能报销吗" and who.reads == ["re: 医保能报销吗"]
    await asyncio.sleep(0.3)
    assert len(chat.agent.seen) == 1 and chat.platform.sent == []


async def test_two_messages_at_once_are_two_answers(chat: Chat) -> None:
    who = chat.platform.follower()
    made = await asyncio.gather(*(chat.say(who, str(n)) for n in range(5)))
    assert sorted(x.seen or "" for x in made) == [f"re: {n}" for n in range(5)]


async def test_a_long_answer_is_cut_and_goes_on_in_another_message(chat: Chat) -> None:
    long = "".join(f"第{n}句说的是很长的一段话。" for n in range(120))
    chat.agent.made["长"] = [{"text": long, "custom": {"reply": {"kind": "answer", "language": "zh"}}}]
    who = chat.platform.follower()
    made = await chat.say(who, "长")
    await until(lambda: sum(map(len, who.reads)) >= len(long))
    assert made.seen is not None and made.seen.endswith("。") and "".join(who.reads) == long and len(who.reads) == 3
    await until(lambda: rows()[0].state == "sent")


# --- emergencies

async def test_an_emergency_is_answered_at_once_and_recorded(chat: Chat) -> None:
    chat.agent.held, who = True, chat.platform.follower()
    made = await chat.say(who, URGENT)
    assert made.seen is not None and "120" in made.seen and made.statuses == (200,)
    await until(lambda: rows() and rows()[0].state == "sent")
    await until(lambda: chat.agent.seen)
    assert chat.agent.seen[0].metadata["guard"]["sent"] and chat.platform.sent == []
    chat.agent.held = False


async def test_an_emergency_in_speech_too(chat: Chat) -> None:
    made = await chat.message(chat.platform.follower(), "voice", MediaId="m", Recognition=URGENT)
    assert made.seen is not None and "120" in made.seen


class Broken(Deliveries):
    """A database that is away."""

    def claim(self, *_args: Any, **_more: Any) -> Claim:
        raise OSError("away")


async def test_without_the_database_everybody_is_answered_once(chat: Chat) -> None:
    chat.channel._flow._deliveries.__class__ = Broken
    who = chat.platform.follower()
    urgent = await chat.say(who, URGENT)
    assert urgent.seen is not None and "120" in urgent.seen
    made = await chat.do(chat.platform.pushing(who, chat.platform.a_message("text", Content="医保能报销吗"), again=True))
    assert made.seen == "re: 医保能报销吗" and len([x for x in chat.agent.seen if x.text == "医保能报销吗"]) == 1


async def test_an_emergency_text_whose_sending_is_unknown_is_repeated(chat: Chat) -> None:
    """Unclear, and the turn fails late: the emergency text goes out as a service message."""
    who = chat.platform.follower()
    chat.agent.made["有点喘"] = [{"text": "请马上打120", "custom": {"reply": {"kind": "emergency", "language": "zh"}}}]
    chat.platform.lost[SEND] = 1
    await chat.late(who, "有点喘")
    await until(lambda: rows()[0].state == "sent")
    assert who.reads == ["请马上打120", "请马上打120"]      # the first arrived and nobody told us


# --- what cannot be sent

async def test_an_unknown_outcome_is_not_repeated_and_shown_to_staff(chat: Chat) -> None:
    who = chat.platform.follower()
    chat.platform.lost[SEND] = 1
    await chat.late(who, "医保能报销吗")
    await until(lambda: rows()[0].state == "unknown")
    await asyncio.sleep(0.5)
    assert chat.platform.calls[SEND] == 1
    kept = Deliveries(bootstrap.database(), "wechat", timedelta(seconds=9))
    assert [x.state for x in kept.for_staff()] == ["unknown"]
    assert alerts() == [rows()[0].id]
    assert kept.seen(rows()[0].id) and not kept.seen(rows()[0].id) and kept.for_staff() == []


@pytest.mark.parametrize("code", [45015, 45047, 45009, 40003])
async def test_what_could_not_be_sent_stands_above_the_next_answer(chat: Chat, code: int) -> None:
    who = chat.platform.follower()
    chat.platform.errors[SEND].append(code)
    await chat.late(who, "医保能报销吗")
    await until(lambda: rows()[0].state == "waiting")
    made = await chat.say(who, "几点上班")
    assert made.seen == "您刚才问的“医保能报销吗”：\n\nre: 医保能报销吗\n\nre: 几点上班" and chat.platform.calls[SEND] == 1
    await until(lambda: [x.state for x in rows()] == ["sent", "sent"])
    assert (await chat.say(who, "再见")).seen == "re: 再见"


@pytest.mark.parametrize("code", [45011, -1])
async def test_too_frequent_and_busy_are_tried_later(chat: Chat, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.channels import service_messages

    monkeypatch.setattr(service_messages, "SLOWLY_SECONDS", 0.1)
    monkeypatch.setattr(service_messages, "SOON_SECONDS", 0.1)
    chat.channel._flow._service._api._back_off = (0.0, 0.0, 0.0)
    who = chat.platform.follower()
    chat.platform.errors[SEND].extend([code] * (4 if code == -1 else 1))
    await chat.late(who, "医保能报销吗")
    await until(lambda: who.reads)
    await until(lambda: rows()[0].state == "sent")
    assert len(chat.agent.seen) == 1 and len(who.reads) == 1


async def test_the_quota_is_known_before_the_platform_says_so(chat: Chat) -> None:
    """A click allows three messages: the fourth answer waits, and the platform is not asked."""
    who = chat.platform.follower()
    await chat.event(who, "CLICK", EventKey="REPORTS_V1")
    key = chat.agent.seen[0].sender_id
    assert [bootstrap.addresses().spend(key) for _ in range(4)] == [True, True, True, False]
    chat.slow()
    await chat.event(who, "CLICK", EventKey="BOOKING_V1", CreateTime="1790000001")
    chat.fast()
    await until(lambda: chat.platform.calls[SEND] == 1)
    await until(lambda: rows()[1].state == "sent")


async def test_an_account_without_service_messages_says_reply_1(opened: Callable[..., Any]) -> None:
    chat: Chat = await opened(WECHAT_SERVICE="off")
    chat.platform.verified = False
    who = chat.platform.follower()
    chat.slow()
    wait = bootstrap.library().current.words("wechat_wait", "zh")
    assert (await chat.say(who, "医保能报销吗")).seen == wait
    assert (await chat.say(who, "1")).seen == wait
    chat.fast()
    await until(lambda: rows()[0].state == "waiting")
    assert (await chat.say(who, "1")).seen == "您刚才问的“医保能报销吗”：\n\nre: 医保能报销吗"
    assert (await chat.say(who, "1")).seen == "re: 1" and chat.platform.calls == {} and len(chat.agent.seen) == 2


async def test_a_long_answer_there_goes_on_when_asked(opened: Callable[..., Any]) -> None:
    chat: Chat = await opened(WECHAT_SERVICE="off")
    long = "".join(f"第{n}句说的是很长的一段话。" for n in range(70))
    chat.agent.made["长"] = [{"text": long, "custom": {"reply": {"kind": "answer", "language": "zh"}}}]
    who, more = chat.platform.follower(), bootstrap.library().current.words("wechat_more", "zh")
    made = await chat.say(who, "长")
    assert made.seen is not None and made.seen.endswith("\n" + more)
    await until(lambda: rows()[0].state == "waiting")
    rest = await chat.say(who, "１")
    assert made.seen.removesuffix("\n" + more) + (rest.seen or "") == long


async def test_an_account_that_turns_out_to_have_none_keeps_the_answer(chat: Chat) -> None:
    chat.platform.verified = False
    who = chat.platform.follower()
    await chat.late(who, "医保能报销吗")
    await until(lambda: rows()[0].state == "waiting")
    assert (await chat.say(who, "1")).seen == "您刚才问的“医保能报销吗”：\n\nre: 医保能报销吗"


# --- a process dies

async def test_what_a_dead_process_had_claimed_is_answered(chat: Chat) -> None:
    who = chat.platform.follower()
    await chat.say(who, "先记住我")
    key = chat.agent.seen[0].sender_id
    with bootstrap.database().transaction() as session:
        past = utcnow() - timedelta(seconds=1)
        common = {"channel": "wechat", "conversation": key, "owner": "dead:1", "due_at": past}
        answer = {"text": "kept", "options": [], "after": "", "hint": "", "urgent": False, "menu": False, "language": "zh"}
        session.add(Delivery(dedup="a", state="claimed", asked={"what": "text", "text": "医保能报销吗"}, **common))
        session.add(Delivery(dedup="b", state="answered", asked={"what": "text", "text": "几点"}, question="几点", answer=answer, **common))
        session.add(Delivery(dedup="c", state="passing", asked={"what": "text", "text": "x"}, answer=answer, deliveries=1, **common))
        session.add(Delivery(dedup="d", state="passing", asked={"what": "text", "text": "x"}, answer=answer, deliveries=4, **common))
        session.add(Delivery(dedup="e", state="sending", asked={"what": "text", "text": "x"}, answer=answer, **common))
        session.add(Delivery(dedup="f", state="sending", asked={"what": "text", "text": "x"}, answer={**answer, "text": "120", "urgent": True}, **common))
        session.commit()
    await until(lambda: {x.dedup: x.state for x in rows()[1:]} == {"a": "sent", "b": "sent", "c": "sent", "d": "unknown", "e": "unknown", "f": "sent"})
    assert sorted(alerts()) == [x.id for x in rows() if x.state == "unknown"]
    assert sorted(who.reads[1:]) == sorted(["您刚才问的“医保能报销吗”：\n\nre: 医保能报销吗", "您刚才问的“几点”：\n\nkept", "120"])


async def test_who_asks_to_be_forgotten_is_told_and_leaves_nothing(chat: Chat) -> None:
    async def erasing(message: UserMessage) -> None:
        await asyncio.to_thread(personal.erase, bootstrap.database(), message.sender_id)
        await message.output_channel.send_response(message.sender_id, {"text": "已删除", "custom": {"reply": {"kind": "privacy", "status": None}}})

    who = chat.platform.follower()
    await chat.say(who, "你好呀")
    chat.agent.handle_message = erasing     # type: ignore[method-assign]
    assert (await chat.say(who, "确定删除")).seen == "已删除"
    await asyncio.sleep(0.2)
    with bootstrap.database().transaction() as session:
        assert not session.execute(select(Delivery)).all() and not session.execute(select(Address)).all() and not session.execute(select(Unanswered)).all()


# --- what is refused

async def test_nothing_says_why_it_is_refused(chat: Chat, caplog: pytest.LogCaptureFixture) -> None:
    platform, who = chat.platform, chat.platform.follower()
    at = str(int(time.time()))
    document = platform.document({"ToUserName": platform.account, "FromUserName": who.openid, "MsgType": "text",
                                  "Content": "支原体阳性", "MsgId": "1", "CreateTime": at})
    body, query = platform.sealed(document, at, "n1")
    old_body, old = platform.sealed(document, str(int(at) - 3600), "n2")
    requests = {
        "signature": (body, {**query, "msg_signature": "0" * 40}), "no signature": (body, {k: v for k, v in query.items() if k != "msg_signature"}),
        "url signature": (body, {**query, "msg_signature": query["signature"]}), "stale": (old_body, old), "nothing": ("", {}),
        "plain in secure mode": (document, {k: v for k, v in query.items() if "encrypt" not in k and "msg" not in k}),
        "unknown encryption": (body, {**query, "encrypt_type": "rot13"}), "another nonce": (body, {**query, "nonce": "x"}),
        "doctype": ("<!DOCTYPE xml>" + body, query), "two bodies": (body + body, query), "long": (body + " " * 70000, query),
        "not base64": ("<xml><Encrypt>你好</Encrypt></xml>", {**query, "msg_signature": signature(platform.token, at, "n1", "你好")}),
    }
    with caplog.at_level(logging.DEBUG, "bot"):
        answers = {name: await chat.post(x.encode(), q) for name, (x, q) in requests.items()}
    assert set(answers.values()) == {(403, b"forbidden")}, answers
    assert (await chat.post(body.encode("utf-16"), query)) == (403, b"forbidden")
    assert sum(chat.channel.refused.values()) == len(requests) + 1 and chat.agent.seen == [] and rows() == []
    assert "refused a request" in caplog.text and not any(x in caplog.text for x in (who.openid, "支原体", query["msg_signature"], platform.token))


async def test_a_wrong_account_or_a_foreign_appid_is_refused(opened: Callable[..., Any]) -> None:
    chat: Chat = await opened(WECHAT_ACCOUNT="gh_another")
    assert (await chat.say(chat.platform.follower(), "你好呀")).seen == UNAVAILABLE
    other: Chat = await opened(WECHAT_APPID="wx0000000000000000")
    assert (await other.say(other.platform.follower(), "你好呀")).statuses == (403,) * 4


async def test_a_plain_push_cannot_be_replayed_with_other_words(opened: Callable[..., Any]) -> None:
    chat: Chat = await opened("plain")
    platform, who = chat.platform, chat.platform.follower()
    at = str(int(time.time()))
    documents = [platform.document({"ToUserName": platform.account, "FromUserName": who.openid, "MsgType": "text", "Content": x, "MsgId": str(n),
                                    "CreateTime": at}) for n, x in enumerate(("一", "二"))]
    _, query = platform.sealed(documents[0], at, "n1")
    assert [(await chat.post(x.encode(), query))[0] for x in (documents[0], documents[0], documents[1])] == [200, 200, 403]
    assert len(chat.agent.seen) == 1


async def test_only_the_platform_verifies_the_address(chat: Chat) -> None:
    for query in ("", "signature=x&timestamp=1&nonce=2&echostr=3", "timestamp=1&nonce=2&echostr=3", f"signature={signature('', '', '')}&echostr=x"):
        given = {k: v[0] for k, v in parse_qs(query).items()}

        async def get(given: dict[str, str] = given) -> tuple[int, bytes]:
            async with chat.platform.client.get(chat.platform.callback, params=given) as answer:
                return answer.status, await answer.read()

        assert await chat.do(get()) == (403, b"forbidden")


async def test_a_platform_that_hangs_up_and_does_not_ask_again_is_sent_the_answer(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.store import deliveries

    monkeypatch.setattr(deliveries, "ASK", timedelta(seconds=0.1))
    chat.agent.held, who, platform = True, chat.platform.follower(), chat.platform
    fields = {"ToUserName": platform.account, "FromUserName": who.openid, "CreateTime": 1, **platform.a_message("text", Content="医保能报销吗")}
    platform._granted(who, fields)
    body, query = platform.sealed(platform.document(fields), str(int(time.time())), "n")
    assert await chat.do(platform.post(body.encode(), query, 0.3)) == (0, b"")
    chat.agent.held = False
    await until(lambda: who.reads)
    await until(lambda: rows()[0].state == "sent")
    assert who.reads == ["您刚才问的“医保能报销吗”：\n\nre: 医保能报销吗"] and len(chat.agent.seen) == 1


async def test_of_two_deliveries_that_overtake_each_other_one_is_answered(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newer one's connection is gone, the older one's is there: she reads nothing now, and the answer once."""
    from bot.store import deliveries

    monkeypatch.setattr(deliveries, "ASK", timedelta(seconds=0.5))
    chat.agent.held, who, platform = True, chat.platform.follower(), chat.platform
    fields = {"ToUserName": platform.account, "FromUserName": who.openid, "CreateTime": 1, **platform.a_message("text", Content="医保能报销吗")}
    platform._granted(who, fields)
    requests = [platform.sealed(platform.document(fields), str(int(time.time())), f"n{n}") for n in range(2)]
    first = asyncio.ensure_future(chat.do(platform.post(requests[0][0].encode(), requests[0][1], 5.0)))
    await until(lambda: rows())
    second = await chat.do(platform.post(requests[1][0].encode(), requests[1][1], 0.3))
    chat.agent.held = False
    assert second == (0, b"") and await first == (200, b"success")
    await until(lambda: who.reads, 20.0)
    assert who.reads == ["您刚才问的“医保能报销吗”：\n\nre: 医保能报销吗"] and len(chat.agent.seen) == 1


async def test_a_connection_that_is_used_again_and_then_given_up_has_brought_the_answer(chat: Chat) -> None:
    """The platform reads an answer, begins its next push on the same connection and gives that one up: the first has arrived all the same."""
    platform, who = chat.platform, chat.platform.follower()
    fields = {"ToUserName": platform.account, "FromUserName": who.openid, "CreateTime": 1, **platform.a_message("text", Content="医保能报销吗")}
    body, query = platform.sealed(platform.document(fields), str(int(time.time())), "n")
    address = urlsplit(platform.callback)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    head = f"POST {address.path}?{urlencode(query)} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: {len(body.encode())}\r\n\r\n"
    writer.write(head.encode() + body.encode())
    answer = await reader.readuntil(b"\r\n\r\n")
    assert b"200 OK" in answer and rows()[0].state == "passing"
    await reader.readexactly(int(answer.lower().split(b"content-length: ")[1].split(b"\r")[0]))
    writer.write(head.encode()[:40])
    await writer.drain()
    writer.close()
    await until(lambda: rows()[0].state == "sent", 3.0)


async def test_an_answer_that_is_ready_too_late_for_the_platform_is_sent_until_it_arrives(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables hang behind a finished answer, and the service message that then carries it is refused at first."""
    from bot.channels import service_messages

    passing = Deliveries.passing

    def slowly(self: Deliveries, delivery: int, number: int) -> bool:
        time.sleep(0.6)
        return passing(self, delivery, number)

    monkeypatch.setattr(Deliveries, "passing", slowly)
    monkeypatch.setattr(wechat_flow, "PATIENCE_SECONDS", 0.4)
    monkeypatch.setattr(service_messages, "SOON_SECONDS", 0.1)
    chat.channel._flow._service._api._back_off = (0.0, 0.0, 0.0)
    chat.platform.errors[SEND].extend([-1] * 4)
    who = chat.platform.follower()
    assert (await chat.say(who, "医保能报销吗")).seen is None
    await until(lambda: who.reads)
    await until(lambda: rows()[0].state == "sent")
    assert who.reads == ["您刚才问的“医保能报销吗”：\n\nre: 医保能报销吗"] and len(chat.agent.seen) == 1


async def test_whatever_breaks_she_is_told(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_key: str) -> None:
        raise ValueError("支原体阳性")

    monkeypatch.setattr(wechat_flow, "_binding_opened", broken)
    made = await chat.event(chat.platform.follower(), "SCAN", EventKey=bootstrap.scenes().make(60))
    assert made.seen == bootstrap.library().current.words("failed", "zh")
    await until(lambda: rows()[0].state == "sent")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_emergency_text_fits_into_one_passive_answer(language: str) -> None:
    library, texts = bootstrap.library().current, bootstrap.guard().texts
    sizes = {group: len(texts.text(group, language, library).encode()) for group in texts.texts}
    assert sizes and max(sizes.values()) <= 2000, sizes
