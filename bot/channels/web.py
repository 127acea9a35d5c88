"""The chat page and its channel: the conversation belongs to a signed cookie, and messages can be pushed to it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot import bootstrap
from bot.channels.keys import conversation_key
from bot.channels.off_loop import off_loop
from bot.channels.per_minute import PerMinute
from bot.channels.screening import Incoming, Screened, screened
from bot.channels.turns import Turns, deleted, storable, tapped_title
from bot.knowledge.model import LANGUAGES
from bot.store import personal
from bot.store.messages import WebMessages

logger = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "static"
COOKIE = "ivf_guide"
COOKIE_SECONDS = 180 * 24 * 3600
MAX_CHARACTERS = 4000
PER_MINUTE = 30             # messages of one visitor
LOOK_SECONDS = 0.4          # how often an open page's conversation is looked at for pushed messages
TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
EXPORT = "/webhooks/web/export"
KEEPALIVE_SECONDS = 15.0
TABLES_SECONDS = 1.5        # beyond a turn's deadline, for keeping what was said
KEEP_SECONDS = 0.4          # for keeping the bubbles of an emergency before she reads it
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class WebChannel(InputChannel):
    """`/webhooks/web`: session, messages, events, static files."""

    def __init__(self, turns: Turns, secret: bytes, messages: WebMessages) -> None:
        self._turns, self._secret, self._messages = turns, secret, messages
        self._rate = PerMinute(PER_MINUTE)

    @classmethod
    def name(cls) -> str:
        """Its path below `/webhooks/`."""
        return "web"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes."""
        routes = Blueprint("web_channel")
        routes.static("/static", str(STATIC))

        @routes.get("/session")     # functions of their own: Sanic writes attributes on its handlers
        async def session(request: Request) -> HTTPResponse:
            return await self.session(request)

        @routes.post("/messages")
        async def receive(request: Request) -> HTTPResponse:
            return await self.receive(request)

        @routes.get("/export")
        async def export(request: Request) -> HTTPResponse:
            return await self.export(request)

        @routes.get("/events")
        async def events(request: Request) -> None:
            await self.events(request)

        return routes

    def page(self, app: Sanic) -> None:
        """Serve the page itself at `/`."""

        @app.get("/")
        async def index(request: Request) -> HTTPResponse:
            page = await response.file(STATIC / "index.html", headers={**HEADERS, "Cache-Control": "no-cache"})
            self._remember(page, self._visitor(request) or secrets.token_urlsafe(24), request)
            return page

    async def session(self, request: Request) -> HTTPResponse:
        """History, words and the hospital's name, when the page opens."""
        visitor = self._visitor(request) or secrets.token_urlsafe(24)
        view = _view(request.args.get("view"))
        library = bootstrap.library().current
        history = await off_loop(self._messages.after, self._key(visitor, view))
        made = response.json({
            "messages": history,
            "words": await off_loop(page_words),
            "demo": library.hospital.demo,
            "hospital": {x: library.names[x].get("hospital", "") for x in LANGUAGES},     # a page without it is better than none
        }, ensure_ascii=False)
        self._remember(made, visitor, request)
        return made

    async def receive(self, request: Request) -> HTTPResponse:
        """One message or tap; the answer's bubbles come back and go to the visitor's other open pages."""
        visitor = self._visitor(request)
        if visitor is None:
            return response.json({"error": "error_session"}, status=401)
        data = read_message(request.body)
        if isinstance(data, str):
            return response.json({"error": data}, status=413 if data == "too_long" else 400)
        key = self._key(visitor, data["view"])
        message = await screened(self._incoming(key, data))
        if message.alarm is not None and message.alarm.certain:
            return response.json({"messages": await self._urgent(message, data)}, ensure_ascii=False)
        if self._rate.too_many(visitor):
            return response.json({"error": "error_slow_down"}, status=429)
        return response.json({"messages": await self._in_time(message, data)}, ensure_ascii=False)

    async def _in_time(self, message: Screened, data: dict[str, Any]) -> list[dict[str, Any]]:
        """The bubbles of a turn; the apology where the tables do not answer. Who hangs up must not lose what was said: the turn goes on."""
        turn = asyncio.ensure_future(self._once(message, data))
        done, _ = await asyncio.wait({turn}, timeout=self._turns.deadline + TABLES_SECONDS)
        if done and turn.exception() is None:
            return turn.result()
        turn.add_done_callback(lambda late: late.cancelled() or late.exception())
        if done:
            logger.error("a message could not be answered: %s", type(turn.exception()).__name__)
        own = ("patient", {"text": message.text, "at": _now(), "client_id": data["id"]})
        return [unkept(author, payload) for author, payload in (own, *bubbles(await self._turns.failed(message)))]

    async def _once(self, message: Screened, data: dict[str, Any]) -> list[dict[str, Any]]:
        """The bubbles of a turn, or those of before where the page sends a message a second time."""
        before = await off_loop(self._messages.sent_as, message.message.conversation, data["id"]) if data["id"] else None
        return before if before is not None else await self._turn(message, data)

    def _incoming(self, key: str, data: dict[str, Any]) -> Incoming:
        metadata = {"chat_type": data["view"], "mentioned": data["mentioned"]}
        group = self._key("", "group") if data["view"] == "group" else None
        return Incoming(key, data["text"], "web", tap=data["tap"], metadata=metadata, group=group)

    async def _urgent(self, message: Screened, data: dict[str, Any]) -> list[dict[str, Any]]:
        """An emergency: answered whether or not the database is there; kept for the history where it is."""
        key, own = message.message.conversation, ("patient", {"text": message.text, "at": _now(), "client_id": data["id"]})
        answers = bubbles(await self._turns.run(message))
        keeping = asyncio.ensure_future(off_loop(self._messages.add, key, own, *answers))
        try:
            return await asyncio.wait_for(asyncio.shield(keeping), KEEP_SECONDS)
        except Exception:  # noqa: BLE001  whatever the database does, she reads the text now
            logger.exception("an emergency could not be kept in time")
            keeping.add_done_callback(lambda done: done.exception())
            return [unkept(author, payload) for author, payload in (own, *answers)]

    async def _turn(self, message: Screened, data: dict[str, Any]) -> list[dict[str, Any]]:
        key, tap = message.message.conversation, data["tap"]
        if tap:
            message = replace(message, text=await off_loop(tapped_title, key, tap))
        own = ("patient", {"text": message.text, "at": _now(), "client_id": data["id"]})
        mine = await off_loop(self._messages.add, key, own)
        made = await self._turns.run(message)
        if deleted(made):       # the confirmation is the last thing said, and is not kept either
            return [unkept(author, payload) for author, payload in bubbles(made)]
        return [*mine, *await off_loop(self._messages.add, key, *bubbles(made))]

    async def export(self, request: Request) -> HTTPResponse:
        """Everything that is kept of the visitor, as a file: the right to one's own data. Both her views, nothing of others."""
        visitor = self._visitor(request)
        if visitor is None:
            return response.json({"error": "error_session"}, status=401)
        kept, said = bootstrap.database(), bootstrap.tracker_database()
        views = {view: await off_loop(personal.export, kept, self._key(visitor, view), said) for view in ("private", "group")}
        return response.json(views, ensure_ascii=False, indent=1, headers={
            "Content-Disposition": "attachment; filename=ivf-guide-data.json", "Cache-Control": "no-store"})

    async def events(self, request: Request) -> None:
        """Server push: bubbles behind `after`, for as long as the page is open."""
        visitor = self._visitor(request)
        if visitor is None:
            await request.respond(response.json({"error": "error_session"}, status=401))
            return
        key, last = self._key(visitor, _view(request.args.get("view"))), _number(request)
        stream = await request.respond(content_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        await stream.send("retry: 2000\n\n")
        spoke = time.monotonic()
        while True:
            for one in await off_loop(self._messages.after, key, last):
                last = one["id"]
                await stream.send(f"id: {last}\ndata: {json.dumps(one, ensure_ascii=False)}\n\n")
                spoke = time.monotonic()
            if time.monotonic() - spoke > KEEPALIVE_SECONDS:
                await stream.send(": here\n\n")
                spoke = time.monotonic()
            await asyncio.sleep(LOOK_SECONDS)

    def _key(self, visitor: str, view: str) -> str:
        return web_key(self._secret, visitor, view)

    def _visitor(self, request: Request) -> str | None:
        """Who the cookie says she is, if its signature is ours."""
        visitor, _, signature = storable(request.cookies.get(COOKIE) or "").partition(".")
        return visitor if visitor and hmac.compare_digest(signature.encode(), self._sign(visitor).encode()) else None

    def _sign(self, visitor: str) -> str:
        return hmac.new(self._secret, b"cookie\0" + visitor.encode(), hashlib.sha256).hexdigest()

    def _remember(self, made: HTTPResponse, visitor: str, request: Request) -> None:
        made.cookies[COOKIE] = f"{visitor}.{self._sign(visitor)}"
        made.cookies[COOKIE].update({"httponly": True, "samesite": "Lax", "path": "/", "max-age": COOKIE_SECONDS})
        if request.headers.get("x-forwarded-proto") == "https" or request.scheme == "https":
            made.cookies[COOKIE]["secure"] = True


def unkept(author: str, payload: dict[str, Any]) -> dict[str, Any]:
    """A bubble that no database has: the page shows it behind the others, a reload does not."""
    return {"id": None, "author": author, "name": None, "buttons": [], "kind": "", **payload}


def web_key(secret: bytes, visitor: str, view: str) -> str:
    """The conversation key of a visitor's private or group view."""
    return conversation_key(secret, "web", "", visitor, "demo" if view == "group" else None)


def read_message(body: bytes) -> dict[str, Any] | str:
    """The fields of a posted message, or the key of the words that say what is wrong with it."""
    if len(body) > 8 * MAX_CHARACTERS:
        return "too_long"
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return "error_request"
    if not isinstance(data, dict):
        return "error_request"
    text, tap, client_id = data.get("text") or "", data.get("tap"), data.get("id")
    if not isinstance(text, str) or not isinstance(tap, (str, type(None))) or not isinstance(client_id, (str, type(None))):
        return "error_request"
    text, tap, client_id = storable(text), storable(tap or "") or None, storable(client_id or "")
    if (tap and not TOKEN.fullmatch(tap)) or (client_id and not TOKEN.fullmatch(client_id[:64])):
        return "error_request"          # what the page makes up is kept; nothing that a person could type into it
    if len(text) > MAX_CHARACTERS:
        return "too_long"
    if not text.strip() and not tap:
        return "empty"
    return {"text": "" if tap else text, "tap": tap, "view": _view(data.get("view")), "id": client_id[:64],
            "mentioned": data.get("mentioned") is not False}


def bubbles(made: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """The bot's messages as bubbles: a text takes its kind from the payload behind it."""
    found = []
    for text, custom in zip(made, made[1:]):
        reply = (custom.get("custom") or {}).get("reply")
        if text.get("text") and reply:
            buttons = [{"id": b["payload"], "title": b["title"]} for b in text.get("buttons") or []]
            link = {"link": EXPORT} if reply.get("status") == "export" else {}
            found.append(("bot", {"text": text["text"], "kind": reply["kind"], "buttons": buttons, "at": _now(), **link}))
    return found


def page_words() -> dict[str, dict[str, str]]:
    """The page's own words, by language, filled with the centre's names, and the words of its errors."""
    library = bootstrap.library().current
    return {
        code: {**library.page_words(code), **{key: library.words(key, code) for key in ("too_long", "empty")}}
        for code in LANGUAGES
    }


def _view(value: object) -> str:
    return "group" if value == "group" else "private"


def _number(request: Request) -> int:
    given = request.headers.get("last-event-id") or request.args.get("after") or "0"
    return int(given) if given.isdecimal() and len(given) < 16 else 0


def _now() -> str:
    return bootstrap.clock().now().isoformat(timespec="seconds")
