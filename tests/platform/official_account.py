"""WeChat's side of an Official Account: pushes what patients do, shows what they see, and serves the API with its quotas, limits and errors.

wechatpy signs, encrypts, decrypts and reads here, so that nothing of our own code judges our own code. Times are the platform's, multiplied by a scale.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

import aiohttp
from aiohttp import web
from wechatpy import parse_message
from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.utils import WeChatSigner

from tests.platform.serving import Serving

TYPING = 15.0                   # seconds
UNAVAILABLE = "该公众号暂时无法提供服务，请稍后再试"
TEXT_BYTES = 2048
DELIVERIES = 4                  # the first and at most three more
PATIENCE, MINUTE, TWO_DAYS, TOKEN_SECONDS = 5.0, 60.0, 48 * 3600.0, 7200.0
CLICKS = ("click", "scancode_push", "scancode_waitmsg")


@dataclass
class Quota:
    """Customer-service messages that may still be sent to one patient."""

    left: int
    until: float


@dataclass(frozen=True)
class Pushed:
    """What became of one push.

    Attributes:
        statuses: of its deliveries; 0 for one that was given up after the platform's patience.
        seen: the passive answer as she reads it; None for none.
        seconds: until the answer of the last delivery.
    """

    statuses: tuple[int, ...]
    seen: str | None
    seconds: float
    raw: bytes = b""


@dataclass
class Follower:
    """One patient as the platform knows her.

    Attributes:
        reads: all she reads, passive or not, in order.
        typing: when she was last shown that an answer is being written.
        signs: how much she had read when each of these was shown.
    """

    openid: str
    follows: bool = True
    quota: Quota | None = None
    reads: list[str] = field(default_factory=list)
    consents: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    typing: float = -1e9
    signs: list[int] = field(default_factory=list)


class OfficialAccount(Serving):
    """The platform with one account.

    Args:
        mode: `plain`, `compatible` or `secure`.
        form: `xml` or `json`.
        scale: of all its times.
    """

    def __init__(self, mode: str = "secure", form: str = "xml", scale: float = 1.0, **times: float) -> None:
        self.appid, self.secret, self.token = "wx4f2a9c0d7e1b6358", secrets.token_hex(16), "IvfDeskToken2026"
        self.aes_key, self.account = "Zm9vYmFyYmF6cXV4MDEyMzQ1Njc4OWFiY2RlZmdoaWo", "gh_6d1f0a2b3c4e"
        self.mode, self.form, self.callback = mode, form, ""
        self.callbacks: list[str] = []                  # several processes behind one address: each delivery goes to the next
        self.patience, self.minute = times.get("patience", PATIENCE * scale), times.get("minute", MINUTE * scale)
        self.two_days, self.token_seconds = TWO_DAYS * scale, times.get("token_seconds", TOKEN_SECONDS)
        self.followers: dict[str, Follower] = {}
        self.sent: list[dict[str, Any]] = []            # what custom/send delivered
        self.notified: list[dict[str, Any]] = []        # template and subscription messages
        self.menu: dict[str, Any] | None = None
        self.calls: dict[str, int] = defaultdict(int)   # by path, refused ones too
        self.errors: dict[str, deque[int]] = defaultdict(deque)     # codes to answer next, by path
        self.lost: dict[str, int] = defaultdict(int)    # so many calls are done and never answered, by path
        self.violations: list[str] = []
        self.verified = True                            # it has the customer-service API and templates
        self.tokens: dict[str, float] = {}
        self._ids, self._turns, self._forced = itertools.count(24870000000000001), itertools.count(), -1e9
        super().__init__()

    # --- what patients do

    def environment(self, **more: str) -> dict[str, str]:
        """What the bot has to be told of this account."""
        return {"WECHAT_TOKEN": self.token, "WECHAT_APPID": self.appid, "WECHAT_SECRET": self.secret, "WECHAT_AES_KEY": self.aes_key,
                "WECHAT_MODE": self.mode, "WECHAT_API": self.url, **more}

    def follower(self, openid: str | None = None) -> Follower:
        """A patient who follows the account."""
        openid = openid or "oT3st" + secrets.token_urlsafe(17)[:23]
        return self.followers.setdefault(openid, Follower(openid))

    def verify(self, echostr: str = "6240158837716045512") -> tuple[int, bytes]:
        """The GET with which the platform tries a new callback address."""
        return self.do(self._verify(echostr))

    def say(self, who: Follower, text: str, **more: Any) -> Pushed:
        """She types."""
        return self.message(who, "text", Content=text, **more)

    def message(self, who: Follower, kind: str, **fields: Any) -> Pushed:
        """She sends a message of any kind."""
        return self.do(self.pushing(who, self.a_message(kind, **fields)))

    def a_message(self, kind: str, **fields: Any) -> dict[str, Any]:
        """A message with a number of its own."""
        return {"MsgType": kind, **fields, "MsgId": str(next(self._ids))}

    def event(self, who: Follower, event: str, **fields: Any) -> Pushed:
        """Something happens."""
        return self.do(self.pushing(who, {"MsgType": "event", "Event": event, **fields}))

    def tap(self, who: Follower, option: dict[str, str]) -> Pushed:
        """She taps an option of a msgmenu."""
        return self.message(who, "text", Content=option["content"], bizmsgmenuid=option["id"])

    async def pushing(self, who: Follower, fields: dict[str, Any], again: bool = False, hangs_up: float | None = None) -> Pushed:
        """Push and, where no answer comes, push again. The quota and following change as the platform says.

        Args:
            again: deliver it once more although it was answered: the platform's own duplicates.
            hangs_up: the first delivery is given up after so many seconds.
        """
        self._granted(who, fields)
        whole = {"ToUserName": self.account, "FromUserName": who.openid, "CreateTime": int(time.time()), **fields}
        started, statuses, raw = time.monotonic(), [], b""
        for n in range(DELIVERIES):
            began = time.monotonic()
            status, raw = await self._deliver(whole, hangs_up if n == 0 else None)
            statuses.append(status)
            if status == 200:
                break
            await asyncio.sleep(0 if status else max(0.0, (hangs_up if hangs_up and n == 0 else self.patience) - (time.monotonic() - began)))
        seen = self._shown(statuses[-1], raw)
        seconds = time.monotonic() - started
        if seen is not None:
            who.reads.append(seen)
        if again:
            status, second = await self._deliver(whole)
            more = self._shown(status, second)
            if more is not None:
                who.reads.append(more)      # the answer, if the first delivery was told `success` and this one came before it was sent
                if seen is not None:
                    self.violations.append("a duplicate was answered anew")
        return Pushed(tuple(statuses), seen, seconds, raw)

    def document(self, fields: dict[str, Any]) -> str:
        """A push as the account chose to get it."""
        if self.form == "json":
            return json.dumps({k: int(v) if k in ("MsgId", "CreateTime") else v for k, v in fields.items()}, ensure_ascii=False)
        return "<xml>" + "".join(f"<{k}>{_element(v)}</{k}>" for k, v in fields.items()) + "</xml>"

    def sealed(self, document: str, at: str, nonce: str, crypto: WeChatCrypto | None = None) -> tuple[str, dict[str, str]]:
        """Body and query of a push in the account's mode."""
        query = {"signature": self.sign(at, nonce), "timestamp": at, "nonce": nonce}
        if self.mode == "plain":
            return document, query
        crypto = crypto or WeChatCrypto(self.token, self.aes_key, self.appid)
        made = crypto.encrypt_message(document, nonce, at)
        encrypt, signature = (made.split(f"<{x}><![CDATA[")[1].split("]]>")[0] for x in ("Encrypt", "MsgSignature"))
        query |= {"encrypt_type": "aes", "msg_signature": signature}
        if self.form == "json":
            plain = json.loads(document) if self.mode == "compatible" else {"ToUserName": self.account}
            return json.dumps({**plain, "Encrypt": encrypt}, ensure_ascii=False), query
        plain = document[len("<xml>"):-len("</xml>")] if self.mode == "compatible" else f"<ToUserName><![CDATA[{self.account}]]></ToUserName>"
        return f"<xml>{plain}<Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>", query

    def sign(self, *parts: str) -> str:
        """The signature of a URL."""
        signer = WeChatSigner()
        signer.add_data(self.token, *parts)
        return str(signer.signature)

    async def post(self, body: bytes, query: dict[str, str], seconds: float | None = None) -> tuple[int, bytes]:
        """One raw POST; status 0 where no answer came in time."""
        for _ in range(max(1, len(self.callbacks))):
            if self.callbacks:
                self.callback = self.callbacks[next(self._turns) % len(self.callbacks)]
            try:
                async with self.client.post(f"{self.callback}?{urlencode(query)}", data=body, headers={"Content-Type": "text/xml"},
                                            timeout=aiohttp.ClientTimeout(total=seconds or self.patience)) as answer:
                    return answer.status, await answer.read()
            except aiohttp.ClientConnectorError:
                continue            # as the proxy in front of several processes does
            except (aiohttp.ClientError, asyncio.TimeoutError, OSError):
                break
        return 0, b""

    async def _verify(self, echostr: str) -> tuple[int, bytes]:
        at, nonce = str(int(time.time())), secrets.token_hex(4)
        query = {"signature": self.sign(at, nonce), "timestamp": at, "nonce": nonce, "echostr": echostr}
        async with self.client.get(f"{self.callback}?{urlencode(query)}") as answer:
            return answer.status, await answer.read()

    async def _deliver(self, fields: dict[str, Any], seconds: float | None = None) -> tuple[int, bytes]:
        body, query = self.sealed(self.document(fields), str(int(time.time())), secrets.token_hex(5))
        return await self.post(body.encode(), {**query, "openid": str(fields["FromUserName"])}, seconds)

    def _granted(self, who: Follower, fields: dict[str, Any]) -> None:
        event, now = str(fields.get("Event", "")).lower(), time.time()
        if event == "unsubscribe":
            who.follows, who.quota = False, None
        elif event in ("subscribe", "scan", *CLICKS) or fields.get("bizmsgmenuid"):
            who.follows, who.quota = True, Quota(3, now + self.minute)
        elif fields["MsgType"] != "event":
            who.quota = Quota(5, now + self.two_days)

    def _shown(self, status: int, raw: bytes) -> str | None:
        """What she reads of a passive answer."""
        if status != 200:
            return UNAVAILABLE
        if raw in (b"", b"success"):
            return None
        try:
            text = self._opened(raw)
        except Exception as error:  # noqa: BLE001  wechatpy raises many kinds
            self.violations.append(f"an answer nobody can read: {type(error).__name__}")
            return UNAVAILABLE
        if not text or len(text.encode()) > TEXT_BYTES:
            self.violations.append(f"a passive text of {len(text.encode())} bytes")
            return UNAVAILABLE
        return text

    def _opened(self, raw: bytes) -> str:
        text = raw.decode()
        if self.form == "json":
            given = json.loads(text)
            if self.mode != "plain":
                if self.sign(str(given["TimeStamp"]), given["Nonce"], given["Encrypt"]) != given["MsgSignature"]:
                    raise ValueError("signature")
                given = json.loads(PrpCrypto(_key(self.aes_key)).decrypt(given["Encrypt"], self.appid))
            return str(given["Content"])
        if self.mode != "plain":
            import xmltodict

            given = xmltodict.parse(text)["xml"]
            text = WeChatCrypto(self.token, self.aes_key, self.appid).decrypt_message(text, given["MsgSignature"], given["TimeStamp"], given["Nonce"])
        return str(parse_message(text).content)

    # --- the API

    def routes(self, app: web.Application) -> None:
        """The paths that are called."""
        app.router.add_post("/cgi-bin/stable_token", self._stable_token)
        calls = {
            "/cgi-bin/message/custom/send": self._custom_send, "/cgi-bin/message/custom/typing": self._typing,
            "/cgi-bin/message/template/send": self._template, "/cgi-bin/message/subscribe/bizsend": self._bizsend,
            "/cgi-bin/menu/create": self._menu_create, "/cgi-bin/qrcode/create": self._qrcode,
        }
        for path, call in calls.items():
            app.router.add_post(path, self._checked(path, call))

    def _checked(self, path: str, call: Any) -> Any:
        async def handle(request: web.Request) -> web.StreamResponse:
            self.calls[path] += 1
            if self.errors[path]:
                return _error(self.errors[path].popleft())
            token, now = request.query.get("access_token", ""), time.time()
            if token not in self.tokens:
                return _error(40001)
            if self.tokens[token] < now:
                return _error(42001)
            raw = await request.read()
            if b"\\u" in raw:
                self.violations.append("an escaped body")
                return _error(40033)
            try:
                body = json.loads(raw)
            except ValueError:
                return _error(47001)
            answer: web.Response = call(body)
            if self.lost[path]:
                self.lost[path] -= 1
                assert request.transport is not None
                request.transport.close()
            return answer

        return handle

    async def _stable_token(self, request: web.Request) -> web.Response:
        path = "/cgi-bin/stable_token"
        self.calls[path] += 1
        if self.errors[path]:
            return _error(self.errors[path].popleft())
        body = await request.json()
        if (body.get("appid"), body.get("secret")) != (self.appid, self.secret):
            return _error(40013 if body.get("appid") != self.appid else 40125)
        now = time.time()
        good = [x for x, until in self.tokens.items() if until - now > 300 * min(1.0, self.token_seconds / TOKEN_SECONDS)]
        if body.get("force_refresh") and now - self._forced > 30:
            self._forced, good = now, []
            self.tokens.clear()
        if not good:
            good = ["T" + secrets.token_urlsafe(90)]
            self.tokens[good[0]] = now + self.token_seconds
        return web.json_response({"access_token": good[-1], "expires_in": max(1, int(self.tokens[good[-1]] - now))})

    def _custom_send(self, body: dict[str, Any]) -> web.Response:
        who = self.followers.get(str(body.get("touser")))
        kind, now = body.get("msgtype"), time.time()
        if not self.verified:
            return _error(48001)
        if who is None:
            return _error(40003)
        if kind not in ("text", "msgmenu"):
            return _error(40008)
        text = _read(body)
        if not text.strip():
            return _error(44004)
        if len(text.encode()) > TEXT_BYTES:
            return _error(45002)
        if who.quota is None or who.quota.until < now:
            return _error(45015)
        if who.quota.left < 1:
            return _error(45047)
        who.quota.left -= 1
        who.typing = -TYPING        # a message ends the sign
        self.sent.append(body)
        who.reads.append(text)
        return web.json_response({"errcode": 0, "errmsg": "ok"})

    def _typing(self, body: dict[str, Any]) -> web.Response:
        who, now = self.followers.get(str(body.get("touser"))), time.time()
        if not self.verified:
            return _error(48001)
        if who is None:
            return _error(40003)
        if body.get("command") != "Typing":
            return _error(45072)
        if who.quota is None or who.quota.until < now:
            return _error(45015)
        if now - who.typing < TYPING:
            return _error(45081)        # as with two processes: each knows of its own signs
        who.typing = now
        who.signs.append(len(who.reads))
        return web.json_response({"errcode": 0, "errmsg": "ok"})

    def _template(self, body: dict[str, Any]) -> web.Response:
        who = self.followers.get(str(body.get("touser")))
        if not self.verified:
            return _error(48001)
        if who is None or not who.follows:
            return _error(40003 if who is None else 43004)
        for name, value in body["data"].items():
            if name.startswith("thing") and len(value["value"]) > 20:
                return _error(47003, f"argument invalid! data.{name}.value invalid")
        if body.get("client_msg_id") not in {x.get("client_msg_id") for x in self.notified}:
            self.notified.append(body)
            who.reads.append("[template] " + " ".join(x["value"] for x in body["data"].values()))
        return web.json_response({"errcode": 0, "errmsg": "ok", "msgid": 200163836})

    def _bizsend(self, body: dict[str, Any]) -> web.Response:
        who = self.followers.get(str(body.get("touser")))
        if who is None:
            return _error(40003)
        if who.consents[body["template_id"]] < 1:
            return _error(43101)
        who.consents[body["template_id"]] -= 1
        self.notified.append(body)
        who.reads.append("[subscription] " + " ".join(x["value"] for x in body["data"].values()))
        return web.json_response({"errcode": 0, "errmsg": "ok"})

    def _menu_create(self, body: dict[str, Any]) -> web.Response:
        if not 1 <= len(body["button"]) <= 3 or any(len(x.get("sub_button", [])) > 5 for x in body["button"]):
            return _error(40016)
        self.menu = body
        return web.json_response({"errcode": 0, "errmsg": "ok"})

    def _qrcode(self, body: dict[str, Any]) -> web.Response:
        scene = body["action_info"]["scene"].get("scene_str", "")
        if not 1 <= len(scene) <= 64 or not 0 < body.get("expire_seconds", 0) <= 2592000:
            return _error(40035)
        return web.json_response({"ticket": "gQ" + scene, "expire_seconds": body["expire_seconds"], "url": "http://weixin.invalid/q/" + scene})


def _read(body: dict[str, Any]) -> str:
    """A service message as she reads it."""
    if body["msgtype"] == "text":
        return str(body["text"]["content"])
    menu = body["msgmenu"]
    return "\n".join(x for x in (menu.get("head_content"), *(f"[{x['content']}]" for x in menu["list"]), menu.get("tail_content")) if x)


def _element(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(f"<{k}>{_element(v)}</{k}>" for k, v in value.items())
    return escape(str(value))


def _error(code: int, message: str = "failed") -> web.Response:
    answer = {"errcode": code, "errmsg": f"{message} rid: 66{secrets.token_hex(3)}-1a2b3c4d-5e6f7081"}
    return web.Response(text=json.dumps(answer), content_type="text/plain")


def _key(aes_key: str) -> bytes:
    import base64

    return base64.b64decode(aes_key + "=")
