"""A mistake in the staff's files that was there when the bot started: whoever writes of an emergency reads whom to call, on a real server."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from rasa.core.channels.channel import UserMessage, register
from sanic import Sanic

from bot import bootstrap
from bot.channels.own_replies import LAST_WORDS
from bot.channels.rest import RestChannel
from bot.channels.turns import Turns
from bot.channels.web import WebChannel
from bot.guard import LiveGuard
from bot.guard.texts import LAST_RESORT
from bot.knowledge.watch import LiveLibrary
from bot.settings import ROOT
from bot.store.messages import WebMessages
from tests.conftest import free_port

SECRET = b"0123456789abcdef"
SIGNS = """\
complaints: {pain: [疼, hurts], dying: [不想活, want to die]}
signs:
  hurting: {group: pain, source: {title: A guideline, year: 2020}, when: [pain]}
  despair: {group: self_harm, source: {title: A guideline, year: 2020}, when: [dying]}
"""
SAID = [("肚子疼得直不起腰", "zh"), ("我不想活了", "zh"), ("my belly hurts", "en"), ("I want to die", "en")]
Change = Callable[[Path], object]


def write(file: str, *pairs: tuple[str, str]) -> Change:
    """Replaces in a file."""

    def change(folder: Path) -> None:
        text = (folder / file).read_text(encoding="utf-8")
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new)
        (folder / file).write_text(text, encoding="utf-8")

    return change


def without(*names: str) -> Change:
    """Deletes lines of the hospital profile."""

    def change(folder: Path) -> None:
        lines = (folder / "_hospital.yml").read_text(encoding="utf-8").splitlines()
        (folder / "_hospital.yml").write_text("\n".join(x for x in lines if not x.startswith(names)), encoding="utf-8")

    return change


CHANGES: dict[str, Change] = {
    "names misspelt": write("_emergency.yml", ("{emergency_phone}", "{emergency_tel}"), ("{crisis_line}", "{crisis_lin}")),
    "no telephone of either": without("crisis_line", "emergency_phone"),
    "no profile": lambda folder: (folder / "_hospital.yml").unlink(),
    "a profile that cannot be read": lambda folder: (folder / "_hospital.yml").write_text("{", encoding="utf-8"),
    "no texts": lambda folder: (folder / "_emergency.yml").unlink(),
    "texts that cannot be read": lambda folder: (folder / "_emergency.yml").write_text("texts: [", encoding="utf-8"),
}


class Broken:
    """An agent whose actions are down."""

    tracker_store = lock_store = None

    async def handle_message(self, _message: UserMessage) -> None:
        raise RuntimeError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The staff's files, with two signs only."""
    made = shutil.copytree(ROOT / "knowledge", tmp_path / "knowledge", ignore=shutil.ignore_patterns("_signs_*"))
    (made / "_signs_zh.yml").write_text(SIGNS, encoding="utf-8")
    return Path(made)


@pytest.fixture
async def started(home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[[], Any]]:
    """Starts a server on the folder as it is then, with the channels as they are."""
    servers: list[Any] = []
    monkeypatch.setattr(Sanic, "test_mode", True)
    bootstrap.embedder().vector("你好")

    async def start() -> str:
        library, guard = LiveLibrary(folder), LiveGuard(folder)
        monkeypatch.setattr(bootstrap, "library", lambda: library)
        monkeypatch.setattr(bootstrap, "guard", lambda: guard)
        app = Sanic(f"unfillable_{home.name}_{len(servers)}".replace("-", "_")[:60], configure_logging=False)
        app.ctx.agent = Broken()
        turns = Turns(app, 5.0)
        register([RestChannel(turns, SECRET), WebChannel(turns, SECRET, WebMessages(bootstrap.database()))], app, route="/webhooks/")
        server = await app.create_server(port=free_port(), host="127.0.0.1", return_asyncio_server=True, access_log=False)
        await server.startup()
        await server.start_serving()
        servers.append(server)
        return f"http://127.0.0.1:{server.server.sockets[0].getsockname()[1]}"

    yield start
    for server in servers:
        server.close()
        await server.wait_closed()
    Sanic._app_registry.clear()


async def rest(url: str, text: str) -> tuple[str, dict[str, Any]]:
    """Text and payload of the first reply."""
    body = json.dumps({"sender": "somebody", "message": text}).encode()
    async with aiohttp.ClientSession(url) as session, session.post("/webhooks/rest/webhook", data=body) as answer:
        assert answer.status == 200
        made = await answer.json()
    return made[0]["text"], made[1]["custom"]["reply"]


async def page(url: str, text: str) -> tuple[str, str]:
    """Text and kind of the first reply on the chat page."""
    async with aiohttp.ClientSession(url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        async with browser.get("/webhooks/web/session", params={"view": "private"}) as answer:
            assert answer.status == 200
        async with browser.post("/webhooks/web/messages", json={"text": text, "id": "1"}) as answer:
            assert answer.status == 200
            said = [x for x in (await answer.json())["messages"] if x["author"] == "bot"]
    return said[0]["text"], said[0]["kind"]


@pytest.mark.parametrize("change", CHANGES)
async def test_an_emergency_is_answered_with_whom_to_call(started: Callable[[], Any], folder: Path, change: str) -> None:
    CHANGES[change](folder)
    url = await started()
    for text, code in SAID:
        said, reply = await rest(url, text)
        assert (reply["kind"], reply["entries"], reply["language"]) == ("emergency", ["risk.emergency"], code), (change, text)
        assert "120" in said and "{" not in said
        assert (said, "emergency") == await page(url, text)
    if change in ("no texts", "texts that cannot be read"):
        assert said == LAST_RESORT["en"]


async def test_what_can_be_filled_is_still_said(started: Callable[[], Any], folder: Path) -> None:
    CHANGES["names misspelt"](folder)
    url = await started()
    assert (await rest(url, SAID[0][0]))[0].startswith("请马上去医院急诊，不要等网上回复。\n\n疼得直不起腰")
    assert "说出来" not in (await rest(url, SAID[0][0]))[0]


@pytest.mark.parametrize("words", ["failed: {zh: '{nurse_fone}', en: '{nurse_fone}'}\n", "greeting: {zh: 您好, en: Hello}\n", "{"])
@pytest.mark.parametrize(("text", "code"), [("要空腹吗", "zh"), ("must I fast before it", "en")])
async def test_who_cannot_be_answered_reads_whom_to_call(started: Callable[[], Any], folder: Path, words: str, text: str, code: Any) -> None:
    (folder / "_words.yml").write_text(words, encoding="utf-8")
    assert await rest(await started(), text) == (LAST_WORDS[code], {**(await rest(await started(), text))[1], "kind": "failed"})


async def test_a_save_with_the_mistake_leaves_what_was_said(started: Callable[[], Any], folder: Path) -> None:
    url = await started()
    before = [await rest(url, text) for text, _ in SAID]
    for change in ("names misspelt", "no telephone of either", "no profile", "no texts"):
        CHANGES[change](folder)
        bootstrap.library().refresh()
        bootstrap.guard().refresh()
        assert bootstrap.guard().problems, change
        assert [(await rest(url, text))[0] for text, _ in SAID] == [x[0] for x in before], change
