"""A bot server with WeCom's channels on a free port, and the platform that plays against it. Only the turn behind them is the tests' own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage, register
from sanic import Sanic

from bot import bootstrap
from bot.channels.turns import Turns
from bot.channels.wecom_bot import WecomBotChannel
from bot.channels.wecom_bot_answers import BotAnswers
from bot.wecom.settings import BotSettings, WecomSettings
from tests.conftest import free_port
from tests.platform.wecom import WeCom

SECRET = b"0123456789abcdef"
VAULT = b"dGhpcy1pcy1hLWtleS1mb3ItdGVzdHMtb25seS0wMDA="


async def until(true: Callable[[], Any], seconds: float = 30.0) -> None:
    """Wait for something, not for ever."""
    for _ in range(int(seconds / 0.05)):
        if true():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not happen")


class Agent:
    """Answers every message with its own words, as slowly as a test wants.

    Attributes:
        reply: payload and buttons behind the text.
    """

    def __init__(self) -> None:
        self.seen: list[UserMessage] = []
        self.seconds = 0.0
        self.text: str | None = None
        self.reply: dict[str, Any] = {"kind": "smalltalk"}
        self.buttons: list[dict[str, str]] = []

    async def handle_message(self, message: UserMessage) -> None:
        self.seen.append(message)
        await asyncio.sleep(self.seconds)
        text = f"re: {message.text}" if self.text is None else self.text
        found = {"text": text, "buttons": self.buttons, "custom": {"reply": {"language": "zh", **self.reply}}}
        await message.output_channel.send_response(message.sender_id, found)

    @property
    def texts(self) -> list[str]:
        return [str(x.text) for x in self.seen]


@pytest.fixture
def platform() -> Iterator[WeCom]:
    made = WeCom(patience=60.0)        # no time is asserted here: the machine may be busy
    yield made
    made.close()
    assert made.violations == []


@pytest.fixture
def agent() -> Agent:
    return Agent()


class Server:
    """A Sanic server with some channels."""

    def __init__(self, name: str, agent: Agent, deadline: float = 5.0) -> None:
        self.app = Sanic(name.replace("-", "_")[:60], configure_logging=False)
        self.app.ctx.agent = agent
        self.turns = Turns(self.app, deadline)

    async def start(self, *channels: Any) -> str:
        register(list(channels), self.app, route="/webhooks/")
        port = free_port()      # Sanic takes 0 for its default
        self.server = await self.app.create_server(port=port, host="127.0.0.1", return_asyncio_server=True, access_log=False)
        await self.server.startup()
        await self.server.start_serving()
        return f"http://127.0.0.1:{port}"

    async def stop(self) -> None:
        self.server.close()
        await self.server.wait_closed()
        Sanic._app_registry.pop(self.app.name, None)


def bot_channel(turns: Turns, platform: WeCom, **more: Any) -> WecomBotChannel:
    """The AI bot's channel with the platform's settings."""
    bot = BotSettings(id=platform.bot, name=more.pop("name", None), token=platform.bot_token, keys=(platform.bot_key,))
    settings = WecomSettings(bot=bot, api=platform.url, wait=more.pop("wait", 0.5), **more)
    return WecomBotChannel(BotAnswers(turns, SECRET, VAULT, bot, 5.0), settings, bot)


@pytest.fixture
async def bot(home: Path, monkeypatch: pytest.MonkeyPatch, platform: WeCom, agent: Agent) -> AsyncIterator[WecomBotChannel]:
    """The AI bot's callback, and the platform knows where it is."""
    monkeypatch.setattr(Sanic, "test_mode", True)       # lets a process start more than one server
    bootstrap.embedder().vector("你好")
    server = Server(f"wecom_{home.name}", agent)
    channel = bot_channel(server.turns, platform)
    platform.callback = await server.start(channel) + "/webhooks/wecom-bot/callback"
    yield channel
    await server.stop()
