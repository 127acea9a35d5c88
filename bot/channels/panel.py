"""The nurse's side panel: `/panel`, a page in WeCom's chat toolbar. She types the patient's question, sees the official answers, and sends one.

Only members of the enterprise open it: WeCom itself says who has, and a signed cookie remembers it for a working day.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import json
import logging
import secrets
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot import bootstrap
from bot.channels.keys import conversation_key
from bot.channels.panel_search import search
from bot.channels.per_minute import PerMinute
from bot.channels.screening import Incoming, screen
from bot.channels.turns import Turns, storable
from bot.errors import GuideError
from bot.knowledge.model import LANGUAGES, NAMED_REGIONS, PROVINCES, STAGES
from bot.store.tables import Shown, Unanswered
from bot.wecom.jssdk import JsSdk

logger = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "static"
COOKIE, STATE = "ivf_panel", "ivf_panel_state"
SESSION_SECONDS = 10 * 3600
STATE_SECONDS = 600
MAX_CHARACTERS = 2000
PER_MINUTE = 60             # requests of one member
LOCAL = ("localhost", "127.0.0.1", "::1")
SDK = "https://res.wx.qq.com https://open.work.weixin.qq.com"
HEADERS = {
    "Content-Security-Policy": f"default-src 'self'; script-src 'self' {SDK}; img-src 'self' data:; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
}


class Panel:
    """The page and what it asks for.

    Args:
        secret: signs the cookie.
        sdk: the app's; None in the demonstration, which opens on this machine only.
        public_url: of the server as staff reach it.
    """

    def __init__(self, turns: Turns, secret: bytes, sdk: JsSdk | None, public_url: str | None, demo: bool) -> None:
        self._turns, self._secret, self._sdk, self._public, self._demo = turns, secret, sdk, public_url, demo
        self._rate = PerMinute(PER_MINUTE)
        self.refused = 0

    def serve(self, app: Sanic) -> None:
        """Add the routes."""
        routes = Blueprint("panel", url_prefix="/panel")
        for name in ("panel.css", "panel.js", "weui.min.css"):
            routes.static(f"/static/{name}", str(STATIC / name), name=f"panel_{name.replace('.', '_')}")
        for path, handler in (("/", self.page), ("/login", self.login), ("/words", self.words), ("/signature", self.signature)):
            routes.add_route(_plain(handler), path, methods=["GET"], name=handler.__name__)
        for path, handler in (("/search", self.search), ("/missing", self.missing), ("/sent", self.sent)):
            routes.add_route(_plain(handler), path, methods=["POST"], name=handler.__name__)
        app.blueprint(routes)

    # --- who it is

    def member(self, request: Request) -> str | None:
        """Who has opened the page; None for nobody."""
        user, until, signature = ([*storable(request.cookies.get(COOKIE) or "").split("|"), "", ""])[:3]
        if user and until.isdecimal() and int(until) > time.time() and hmac.compare_digest(signature.encode(), self._sign(user, until).encode()):
            return user
        return "demo" if self._sdk is None and self._demo and _on_this_machine(request) else None

    def _sign(self, *parts: str) -> str:
        return hmac.new(self._secret, "\0".join(("panel", *parts)).encode(), hashlib.sha256).hexdigest()

    async def page(self, request: Request) -> HTTPResponse:
        """The page; whoever is not known yet is sent to WeCom, which sends her back."""
        if self.member(request) is not None:
            return await response.file(STATIC / "panel.html", headers=HEADERS)
        if self._sdk is None or self._public is None:
            return self._refuse()
        state = secrets.token_hex(16)
        made = response.redirect(self._sdk.login(f"{self._public}/panel/login", state), headers={"Cache-Control": "no-store"})
        self._remember(made, STATE, f"{state}|{self._sign('state', state)}", STATE_SECONDS)
        return made

    async def login(self, request: Request) -> HTTPResponse:
        """Back from WeCom, with a code: a member of the enterprise gets a session."""
        state, _, signature = (request.cookies.get(STATE) or "").partition("|")
        code, given = request.args.get("code") or "", request.args.get("state") or ""
        good = state and hmac.compare_digest(signature.encode(), self._sign("state", state).encode()) and hmac.compare_digest(state.encode(), given.encode())
        if self._sdk is None or not good or not code:
            return self._refuse()
        try:
            user = await self._sdk.member(code[:512])
        except GuideError as error:
            logger.warning("panel: a login was refused: %s", type(error).__name__)
            user = None
        if user is None or "|" in user:
            return self._refuse()
        made = response.redirect("/panel/", headers={"Cache-Control": "no-store"})
        until = str(int(time.time()) + SESSION_SECONDS)
        self._remember(made, COOKIE, f"{user}|{until}|{self._sign(user, until)}", SESSION_SECONDS)
        self._remember(made, STATE, "", 0)
        return made

    def _remember(self, made: HTTPResponse, name: str, value: str, seconds: int) -> None:
        made.cookies[name] = value
        made.cookies[name].update({"httponly": True, "samesite": "Lax", "path": "/panel", "max-age": seconds})
        if (self._public or "").startswith("https:"):
            made.cookies[name]["secure"] = True

    def _refuse(self) -> HTTPResponse:
        self.refused += 1
        logger.warning("panel: refused, %d so far", self.refused)
        say = bootstrap.library().current.words
        return response.text(f"{say('panel_members', 'zh')}\n{say('panel_members', 'en')}", status=403, headers={"Cache-Control": "no-store"})

    # --- what the page asks for

    async def words(self, request: Request) -> HTTPResponse:
        """The page's own words, stages and regions, in both languages."""
        if self.member(request) is None:
            return _error("error_session", 401)
        library = bootstrap.library().current
        keys = [x for x in library.shell if x.startswith("panel_")]
        found = {code: {**{x.removeprefix("panel_"): library.words(x, code) for x in keys},
                        **{x: library.words(x, code) for x in library.shell if x.startswith(("stage_", "region_")) and "{" not in library.shell[x][code]},
                        "hospital": library.hospital.name("hospital", code)} for code in LANGUAGES}
        return response.json({"words": found, "stages": STAGES, "regions": NAMED_REGIONS, "demo": library.hospital.demo,
                              "sdk": self._sdk is not None}, ensure_ascii=False)

    async def signature(self, request: Request) -> HTTPResponse:
        """What the JS-SDK needs to send into the chat beside which the page stands."""
        if self.member(request) is None:
            return _error("error_session", 401)
        url = (request.args.get("url") or "").partition("#")[0]
        if self._sdk is None or self._public is None or not _below(url, self._public):
            return _error("error_request", 400)
        try:
            return response.json(await self._sdk.signatures(url))
        except GuideError as error:
            logger.warning("panel: no signature: %s", type(error).__name__)
            return _error("error_wecom", 502)

    async def search(self, request: Request) -> HTTPResponse:
        """The best official answers to a question, with scores. Nothing of it is kept."""
        data, refused = self._data(request)
        if refused is not None:
            return refused
        try:
            return response.json(await search(self._turns, **data), ensure_ascii=False)
        except Exception:  # noqa: BLE001  no model yet, or it cannot be read
            logger.exception("panel: a question could not be looked up")
            return _error("error_search", 503)

    async def missing(self, request: Request) -> HTTPResponse:
        """A question that no answer fits goes to the staff's list, masked."""
        data, refused = self._data(request)
        if refused is not None:
            return refused
        key = conversation_key(self._secret, "panel", "", self.member(request) or "")
        shown = [x for x in _body(request).get("shown") or () if isinstance(x, str) and x in bootstrap.library().current.entries][:5]
        await asyncio.to_thread(_note, key, screen(Incoming(key, data["text"], "panel")).text, data, shown)
        return response.json({"ok": True})

    async def sent(self, request: Request) -> HTTPResponse:
        """A line of the audit: which entry, in which version, was sent. Neither to whom nor what was asked."""
        if self.member(request) is None:
            return _error("error_session", 401)
        body = _body(request)
        entry, language = body.get("entry"), "en" if body.get("language") == "en" else "zh"
        if not isinstance(entry, str) or entry not in bootstrap.library().current.entries:
            return _error("error_request", 400)
        await asyncio.to_thread(_audit, entry, language)
        return response.json({"ok": True})

    def _data(self, request: Request) -> tuple[dict[str, Any], HTTPResponse | None]:
        """The checked fields of a question, or what is answered instead."""
        user = self.member(request)
        if user is None:
            return {}, _error("error_session", 401)
        body = _body(request)
        text = storable(body["text"]).strip() if isinstance(body.get("text"), str) else ""
        if not text or len(text) > MAX_CHARACTERS:
            return {}, _error("error_empty" if not text else "error_long", 400 if not text else 413)
        if self._rate.too_many(user):
            return {}, _error("error_slow", 429)
        one = {"language": LANGUAGES, "stage": STAGES, "region": PROVINCES}
        return {"text": text, **{k: body.get(k) if body.get(k) in allowed else None for k, allowed in one.items()}}, None


def _plain(method: Any) -> Any:
    """A function of its own: Sanic writes attributes on its handlers."""

    async def handler(request: Request) -> HTTPResponse:
        return await method(request)

    return handler


def _error(key: str, status: int) -> HTTPResponse:
    return response.json({"error": key}, status=status)


def _body(request: Request) -> dict[str, Any]:
    """The JSON object of a request of the page's own: a form of another site cannot send that type."""
    if not (request.headers.get("content-type") or "").startswith("application/json") or len(request.body) > 32 * 1024:
        return {}
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _on_this_machine(request: Request) -> bool:
    """Whether a browser on this machine asks, directly and by this machine's name."""
    if any(x in request.headers for x in ("x-forwarded-for", "forwarded", "x-real-ip")):
        return False
    host = urlsplit("//" + (request.headers.get("host") or "")).hostname
    return host in LOCAL and ipaddress.ip_address(request.ip).is_loopback


def _below(url: str, public: str) -> bool:
    return len(url) < 2000 and url.startswith(f"{public}/panel")


def _note(key: str, text: str, data: dict[str, Any], shown: list[str]) -> None:
    with bootstrap.database().transaction() as session:
        session.add(Unanswered(conversation=key, text=text, language=data["language"], stage=data["stage"], region=data["region"], reason="panel",
                               candidates=shown))
        session.commit()


def _audit(entry: str, language: str) -> None:
    with bootstrap.database().transaction() as session:
        session.add(Shown(conversation=None, entry=entry, kind="panel", language=language, version=bootstrap.library().current.version))
        session.commit()
