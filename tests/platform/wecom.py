"""WeCom's side of an AI bot, an app, customer contact and group webhooks: pushes what members do, shows what they read, enforces limits and errors.

wechatpy's cipher and signature judge here, so that nothing of our own code judges our own code. Times are the platform's unless a test shortens them.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import itertools
import json
import secrets
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import WSMsgType, web
from wechatpy.crypto import PrpCrypto
from wechatpy.utils import WeChatSigner

from tests.platform.serving import Serving

PATIENCE = 5.0
CONTENT_BYTES, APP_BYTES, WEBHOOK_BYTES = 20_480, 2048, 4096
WEBHOOK_A_MINUTE = 20
TOKEN_SECONDS = 7200
DELIVERIES = 4                  # the first and at most three more
BOT_PATH, APP_PATH = "/webhooks/wecom-bot/callback", "/webhooks/wecom/callback"


@dataclass
class Pushed:
    """What became of one push.

    Attributes:
        status: of the response; 0 where none came in time.
        frames: the streams' contents as the member saw them grow, with whether each was the last.
        body: the decrypted answer; None for an empty one.
        text: the passive text, of the app.
        seconds: until the first response, and until the stream was finished; inf where it never was.
    """

    status: int
    frames: list[tuple[str, bool]] = field(default_factory=list)
    body: dict[str, Any] | None = None
    text: str | None = None
    seconds: tuple[float, float] = (float("inf"), float("inf"))

    @property
    def seen(self) -> str:
        """What stands there in the end."""
        return self.frames[-1][0] if self.frames else ""


class WeCom(Serving):
    """The platform with one enterprise, one bot and one app."""

    def __init__(self, poll: float = 0.2, patience: float = PATIENCE) -> None:
        self.corpid, self.agent, self.secret = "ww1a2b3c4d5e6f7081", 1000002, secrets.token_hex(16)
        self.token, self.aes_key = "AppToken2026", "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY"
        self.bot, self.bot_secret = "AIBOT-TEST-01", secrets.token_hex(16)
        self.bot_token, self.bot_key = "BotToken2026", "Zm9vYmFyYmF6cXV4MDEyMzQ1Njc4OWFiY2RlZmdoaWo"
        self.callback, self.poll, self.patience = "", poll, patience
        self.callbacks: list[str] = []                              # of several processes, instead: the AI bot's addresses, each in its turn
        self.calls: dict[str, int] = defaultdict(int)
        self.errors: dict[str, deque[int]] = defaultdict(deque)      # codes to answer next, by path
        self.lost: dict[str, int] = defaultdict(int)                # so many calls are done and never answered, by path
        self.sent: list[dict[str, Any]] = []                        # message/send
        self.tasks: dict[str, dict[str, Any]] = {}                  # group-send tasks by msgid
        self.confirmed: dict[tuple[str, str], int] = {}             # status by task and group
        self.groups: dict[str, str] = {}                            # customer groups: names by id
        self.posts: dict[str, list[dict[str, Any]]] = defaultdict(list)     # webhook messages by key
        self.late: list[dict[str, Any]] = []                        # response_url
        self.late_codes: list[str] = []                             # whose they are, in the same order
        self.codes: dict[str, dict[str, Any]] = {}                  # web login: who a code stands for
        self.violations: list[str] = []
        self.tokens: dict[str, float] = {}
        self.tickets: dict[str, str] = {}
        self._once: set[str] = set()
        self._ids, self._turns = itertools.count(1), itertools.count()
        self._minute: dict[str, deque[float]] = defaultdict(deque)
        # the long connection
        self.frames: list[dict[str, Any]] = []                      # everything a client sent
        self.silent, self.drop_acks, self.ack_errors = False, 0, deque[int]()
        self.sockets: list[web.WebSocketResponse] = []
        self.subscribed: web.WebSocketResponse | None = None
        super().__init__()

    def environment(self, **more: str) -> dict[str, str]:
        """What the bot has to be told of this enterprise."""
        return {
            "WECOM_BOT_TOKEN": self.bot_token, "WECOM_BOT_AES_KEY": self.bot_key, "WECOM_BOT_ID": self.bot, "WECOM_BOT_NAME": "小助手",
            "WECOM_CORPID": self.corpid, "WECOM_AGENT_ID": str(self.agent), "WECOM_SECRET": self.secret, "WECOM_TOKEN": self.token,
            "WECOM_AES_KEY": self.aes_key, "WECOM_API": self.url, **more,
        }

    # --- the AI bot's callback

    def verify(self, echo: str = "9031174428856200017") -> tuple[int, bytes]:
        """The GET with which the platform tries the bot's address."""
        return self.do(self._verify(echo))

    async def _verify(self, echo: str) -> tuple[int, bytes]:
        encrypted, given = self.sealed(echo)
        async with self.client.get(f"{self.callback}?{urlencode({**given, 'echostr': encrypted})}") as answer:
            return answer.status, await answer.read()

    def message(self, user: str, kind: str = "text", group: str | None = None, **fields: Any) -> dict[str, Any]:
        """The body of a push as the platform writes it, with an id of its own."""
        number = next(self._ids)
        where = {"chattype": "group", "chatid": group} if group else {"chattype": "single"}
        code = secrets.token_hex(12)
        return {"msgid": f"MSG-{number}", "aibotid": self.bot, **where, "from": {"userid": user}, "msgtype": kind,
                "response_url": f"https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code={code}", **fields}

    def text(self, user: str, text: str, group: str | None = None) -> dict[str, Any]:
        """A typed message; in a group the platform shows the bot only what mentions it."""
        return self.message(user, "text", group, text={"content": text})

    def event(self, user: str, event: str, **about: Any) -> dict[str, Any]:
        """Something happens."""
        made = self.message(user, "event", event={"eventtype": event, event: about})
        return {**made, "create_time": int(time.time())}

    def push(self, body: dict[str, Any], until: float = 20.0) -> Pushed:
        """Push, and ask for the stream until it is finished."""
        return self.do(self.pushing(body, until))

    def say(self, user: str, text: str, group: str | None = None, until: float = 20.0) -> Pushed:
        """She types."""
        return self.push(self.text(user, text, group), until)

    async def pushing(self, body: dict[str, Any], until: float = 20.0, retries: bool = False, hangs_up: float | None = None) -> Pushed:
        """See `push`.

        Args:
            retries: deliver it again where no answer comes.
            hangs_up: the first delivery is given up after so many seconds.
        """
        started = time.monotonic()
        made = await self._repeated(lambda seconds: self._once_pushed(body, seconds), hangs_up) if retries else await self._once_pushed(body, hangs_up)
        first, end = time.monotonic() - started, time.monotonic() + until
        while made.frames and not made.frames[-1][1] and time.monotonic() < end:
            await asyncio.sleep(self.poll)
            assert made.body is not None
            poll = {**self.message(body["from"]["userid"], "stream", body.get("chatid")), "stream": {"id": made.body["stream"]["id"]}}
            poll.pop("response_url")
            more = await self._once_pushed(poll)
            if more.status == 0:
                continue            # its process is gone: the next one is asked
            if not more.frames:
                self.violations.append(f"a poll got status {more.status} and no stream")
                break
            made.frames += more.frames
        finished = bool(made.frames) and made.frames[-1][1]
        made.seconds = first, time.monotonic() - started if finished else float("inf")
        return made

    async def _repeated(self, once: Callable[[float | None], Awaitable[Pushed]], hangs_up: float | None) -> Pushed:
        """Deliver, and where no 200 comes in time, again: the app's retries, which are taken to be the AI bot's, too."""
        for n in range(DELIVERIES):
            began, gives_up = time.monotonic(), hangs_up if n == 0 else None
            made = await once(gives_up)
            if made.status == 200:
                break
            await asyncio.sleep(0 if made.status else max(0.0, (gives_up or self.patience) - (time.monotonic() - began)))
        return made

    async def _once_pushed(self, body: dict[str, Any], seconds: float | None = None) -> Pushed:
        encrypted, given = self.sealed(json.dumps(body, ensure_ascii=False))
        status, raw = await self.post(json.dumps({"encrypt": encrypted}).encode(), given, seconds=seconds)
        if status != 200 or not raw:
            return Pushed(status)
        answer = json.loads(raw)
        if set(answer) != {"encrypt", "msgsignature", "timestamp", "nonce"} or answer["nonce"] != given["nonce"] or type(answer["timestamp"]) is not int:
            self.violations.append("a reply with the wrong names, nonce or timestamp")
        if self.sign(self.bot_token, str(answer["timestamp"]), answer["nonce"], answer["encrypt"]) != answer["msgsignature"]:
            self.violations.append("a reply with a wrong signature")
        found = json.loads(PrpCrypto(_key(self.bot_key)).decrypt(answer["encrypt"], ""))
        if not found:
            return Pushed(status)
        self._checked(found)
        frames = [(found["stream"]["content"], found["stream"]["finish"])] if "stream" in found else []
        return Pushed(status, frames, found)

    def _checked(self, found: dict[str, Any]) -> None:
        content = found.get(found["msgtype"], {}).get("content", "")
        if not str(content).strip():
            self.violations.append("an answer that shows nothing")
        if len(str(content).encode()) > CONTENT_BYTES:
            self.violations.append("an answer that is too long")

    def sealed(self, text: str, at: str | None = None) -> tuple[str, dict[str, str]]:
        """Ciphertext and query of what goes to the bot's callback."""
        at, nonce = at or str(int(time.time())), secrets.token_hex(5)
        encrypted = PrpCrypto(_key(self.bot_key)).encrypt(text, "").decode()
        return encrypted, {"msg_signature": self.sign(self.bot_token, at, nonce, encrypted), "timestamp": at, "nonce": nonce}

    @staticmethod
    def sign(*parts: str) -> str:
        """A signature by wechatpy."""
        signer = WeChatSigner()
        signer.add_data(*parts)
        return str(signer.signature)

    async def post(self, body: bytes, given: dict[str, str], url: str | None = None, seconds: float | None = None, app: bool = False) -> tuple[int, bytes]:
        """One raw POST; status 0 where no answer came in time.

        Args:
            url: None for the AI bot's.
            app: to the app's address, where there are several processes.
        """
        for address in [url] if url else self._addresses(app):
            try:
                async with self.client.post(f"{address}?{urlencode(given)}", data=body,
                                            timeout=aiohttp.ClientTimeout(total=seconds or self.patience)) as answer:
                    return answer.status, await answer.read()
            except aiohttp.ClientConnectorError:
                continue            # as the proxy in front of several processes does
            except (aiohttp.ClientError, asyncio.TimeoutError, OSError):
                break
        return 0, b""

    def _addresses(self, app: bool) -> list[str]:
        """All of them, another one first each time."""
        found = self.callbacks or [self.callback]
        turn = next(self._turns) % len(found)
        return [x.replace(BOT_PATH, APP_PATH) if app else x for x in found[turn:] + found[:turn]]

    # --- the app's callback

    def to_app(self, url: str, user: str, kind: str = "text", **fields: Any) -> tuple[int, str | None]:
        """A member does something in the app: status, and the passive text she reads."""
        return self.do(self.app_push(url, self.app_fields(user, kind, **fields)))

    async def app_pushing(self, fields: dict[str, str], hangs_up: float | None = None) -> Pushed:
        """The same to one of several processes, and again where no answer comes.

        Args:
            hangs_up: the first delivery is given up after so many seconds.
        """
        async def once(seconds: float | None) -> Pushed:
            status, text = await self.app_push(None, fields, seconds)
            return Pushed(status, text=text)

        started = time.monotonic()
        made = await self._repeated(once, hangs_up)
        made.seconds = (time.monotonic() - started,) * 2
        return made

    def app_sealed(self, document: str) -> tuple[str, dict[str, str]]:
        """Body and query of what goes to the app's callback."""
        at, nonce = str(int(time.time())), secrets.token_hex(5)
        encrypted = PrpCrypto(_key(self.aes_key)).encrypt(document, self.corpid).decode()
        given = {"msg_signature": self.sign(self.token, at, nonce, encrypted), "timestamp": at, "nonce": nonce}
        return (f"<xml><ToUserName><![CDATA[{self.corpid}]]></ToUserName><AgentID><![CDATA[{self.agent}]]></AgentID>"
                f"<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"), given

    def app_fields(self, user: str, kind: str, **fields: Any) -> dict[str, str]:
        """What a member does in the app, with a number of its own where it is a message."""
        own = {"ToUserName": self.corpid, "FromUserName": user, "CreateTime": str(int(time.time())), "MsgType": kind, "AgentID": str(self.agent)}
        number = str(next(self._ids))
        return {**own, **fields} if kind == "event" else {**own, "MsgId": number, **fields}

    @staticmethod
    def document(fields: dict[str, str]) -> str:
        """The XML of fields."""
        return "<xml>" + "".join(f"<{k}><![CDATA[{v}]]></{k}>" for k, v in fields.items()) + "</xml>"

    async def app_push(self, url: str | None, fields: dict[str, str], seconds: float | None = None) -> tuple[int, str | None]:
        """The same, once and with all its fields."""
        body, given = self.app_sealed(self.document(fields))
        status, raw = await self.post(body.encode(), given, url, seconds, app=True)
        if not raw or status != 200:
            return status, None
        import xmltodict

        answer = xmltodict.parse(raw.decode())["xml"]
        if self.sign(self.token, answer["TimeStamp"], answer["Nonce"], answer["Encrypt"]) != answer["MsgSignature"]:
            self.violations.append("a passive text with a wrong signature")
        text = xmltodict.parse(PrpCrypto(_key(self.aes_key)).decrypt(answer["Encrypt"], self.corpid))["xml"]["Content"]
        if len(text.encode()) > APP_BYTES:
            self.violations.append("a passive text that is too long")
        return status, text

    def verify_app(self, url: str, echo: str = "1616140317555161061") -> tuple[int, bytes]:
        """The GET with which the platform tries the app's address."""

        async def get() -> tuple[int, bytes]:
            at, nonce = str(int(time.time())), secrets.token_hex(4)
            encrypted = PrpCrypto(_key(self.aes_key)).encrypt(echo, self.corpid).decode()
            given = {"msg_signature": self.sign(self.token, at, nonce, encrypted), "timestamp": at, "nonce": nonce, "echostr": encrypted}
            async with self.client.get(f"{url}?{urlencode(given)}") as answer:
                return answer.status, await answer.read()

        return self.do(get())

    # --- the API

    def routes(self, app: web.Application) -> None:
        """The paths that are called."""
        app.router.add_get("/cgi-bin/gettoken", self._gettoken)
        posts = {
            "/cgi-bin/message/send": self._send, "/cgi-bin/externalcontact/add_msg_template": self._template,
            "/cgi-bin/externalcontact/groupchat/list": self._groups, "/cgi-bin/externalcontact/groupchat/get": self._group,
            "/cgi-bin/externalcontact/get_groupmsg_send_result": self._result,
        }
        gets = {"/cgi-bin/get_jsapi_ticket": self._ticket, "/cgi-bin/ticket/get": self._ticket, "/cgi-bin/auth/getuserinfo": self._who}
        for path, call in posts.items():
            app.router.add_post(path, self._authorised(path, call))
        for path, call in gets.items():
            app.router.add_get(path, self._authorised(path, call))
        app.router.add_post("/cgi-bin/webhook/send", self._webhook)
        app.router.add_post("/cgi-bin/aibot/response", self._response_url)
        app.router.add_get("/connect/oauth2/authorize", self._login)
        app.router.add_get("/ws", self._socket)

    def _authorised(self, path: str, call: Any) -> Any:
        async def handle(request: web.Request) -> web.StreamResponse:
            self.calls[path] += 1
            if self.errors[path]:
                return _error(self.errors[path].popleft())
            if self.tokens.get(request.query.get("access_token", ""), 0) < time.time():
                return _error(40014)
            raw = await request.read()
            if b"\\u" in raw:
                self.violations.append("an escaped body")
            answer: web.Response = call(json.loads(raw or b"{}"), request.query)
            if self.lost[path]:
                self.lost[path] -= 1
                assert request.transport is not None
                request.transport.close()
            return answer

        return handle

    async def _gettoken(self, request: web.Request) -> web.Response:
        self.calls["/cgi-bin/gettoken"] += 1
        if (request.query.get("corpid"), request.query.get("corpsecret")) != (self.corpid, self.secret):
            return _error(40001 if request.query.get("corpid") == self.corpid else 40013)
        token = next((x for x, until in self.tokens.items() if until > time.time()), None) or "A" + secrets.token_urlsafe(90)
        self.tokens.setdefault(token, time.time() + TOKEN_SECONDS)
        return _ok(access_token=token, expires_in=TOKEN_SECONDS)

    def _send(self, body: dict[str, Any], _query: Any) -> web.Response:
        if body.get("agentid") != self.agent:
            return _error(40056)
        if not body.get("touser"):
            return _error(82001)
        text = body[body["msgtype"]]["content"]
        if len(text.encode()) > APP_BYTES:
            self.violations.append("an app message that is too long")
            return _error(45002)
        if not (body.get("enable_duplicate_check") and body in self.sent):      # an identical one is not delivered twice
            self.sent.append(body)
        return _ok(msgid=f"m{next(self._ids)}")

    def _template(self, body: dict[str, Any], _query: Any) -> web.Response:
        if body.get("chat_type") != "group" or not body.get("sender") or not body.get("chat_id_list"):
            return _error(40058)
        msgid = f"msgGCAAAX{next(self._ids)}"
        self.tasks[msgid] = body
        failed = [x for x in body["chat_id_list"] if x.startswith("wrGONE")]
        return _ok(msgid=msgid, fail_list=failed)

    def confirm(self, msgid: str, group: str, status: int = 1) -> None:
        """The staff member confirms a task in her client, for a group."""
        self.confirmed[msgid, group] = status

    def _result(self, body: dict[str, Any], _query: Any) -> web.Response:
        task = self.tasks.get(body.get("msgid", ""))
        if task is None or task["sender"] != body.get("userid"):
            return _error(41063)
        there = [x for x in task["chat_id_list"] if not x.startswith("wrGONE")]
        found = [{"chat_id": x, "userid": task["sender"], "status": self.confirmed.get((body["msgid"], x), 0)} for x in there]
        start = int(body.get("cursor") or 0)
        page = found[start:start + 2]        # small pages, so that cursors are used
        return _ok(send_list=page, next_cursor=str(start + 2) if start + 2 < len(found) else "")

    def _groups(self, body: dict[str, Any], _query: Any) -> web.Response:
        ids = sorted(self.groups)
        start = int(body.get("cursor") or 0)
        return _ok(group_chat_list=[{"chat_id": x, "status": 0} for x in ids[start:start + 2]], next_cursor=str(start + 2) if start + 2 < len(ids) else "")

    def _group(self, body: dict[str, Any], _query: Any) -> web.Response:
        return _ok(group_chat={"chat_id": body["chat_id"], "name": self.groups[body["chat_id"]], "owner": "nurse.lin"})

    def _ticket(self, _body: Any, query: Any) -> web.Response:
        kind = query.get("type", "corp")
        return _ok(ticket=self.tickets.setdefault(kind, f"ticket-{kind}-{secrets.token_hex(8)}"), expires_in=TOKEN_SECONDS)

    def _who(self, _body: Any, query: Any) -> web.Response:
        found = self.codes.pop(query.get("code", ""), None)
        return _error(40029) if found is None else _ok(**found)

    async def _login(self, request: web.Request) -> web.Response:
        """What a member's client does by itself: back to the page with a code."""
        if request.query.get("appid") != self.corpid or request.query.get("scope") != "snsapi_base":
            return _error(40013)
        code = secrets.token_hex(8)
        self.codes[code] = {"userid": "nurse.lin"}
        raise web.HTTPFound(f"{request.query['redirect_uri']}?{urlencode({'code': code, 'state': request.query['state']})}")

    async def _webhook(self, request: web.Request) -> web.Response:
        key, body, now = request.query.get("key", ""), json.loads(await request.read()), time.time()
        self.calls["/cgi-bin/webhook/send"] += 1
        if self.errors["/cgi-bin/webhook/send"]:
            return _error(self.errors["/cgi-bin/webhook/send"].popleft())
        recent = self._minute[key]
        while recent and now - recent[0] > 60:
            recent.popleft()
        if len(recent) >= WEBHOOK_A_MINUTE:
            self.violations.append("a webhook sent too fast")
            return _error(45009)
        if len(body[body["msgtype"]]["content"].encode()) > (APP_BYTES if body["msgtype"] == "text" else WEBHOOK_BYTES):
            self.violations.append("a webhook message that is too long")
            return _error(40058)
        recent.append(now)
        self.posts[key].append(body)
        return _ok()

    async def _response_url(self, request: web.Request) -> web.Response:
        code, body = request.query.get("response_code", ""), json.loads(await request.read())
        self.calls["response_url"] += 1
        if code in self._once:
            self.violations.append("a response_url was used twice")
            return _error(60140)
        self._once.add(code)
        self._checked(body)
        self.late.append(body)
        self.late_codes.append(code)
        if self.lost["response_url"]:
            self.lost["response_url"] -= 1
            assert request.transport is not None
            request.transport.close()
        return _ok()

    # --- the AI bot's long connection

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await self._frame(socket, json.loads(message.data))
        if self.subscribed is socket:
            self.subscribed = None
        return socket

    async def _frame(self, socket: web.WebSocketResponse, frame: dict[str, Any]) -> None:
        self.frames.append({**frame, "at": time.monotonic()})
        command, body = frame["cmd"], frame.get("body") or {}
        self.calls[command] += 1
        if self.silent:
            return
        code = 0
        if command == "aibot_subscribe":
            code = 0 if (body.get("bot_id"), body.get("secret")) == (self.bot, self.bot_secret) else 40001
            if code == 0 and self.subscribed is not None and self.subscribed is not socket:
                await self.kick()
            self.subscribed = socket if code == 0 else self.subscribed
        elif command != "ping":
            if socket is not self.subscribed:
                self.violations.append(f"{command} before subscribing")
            if self.drop_acks:
                self.drop_acks -= 1
                return
            code = self.ack_errors.popleft() if self.ack_errors else 0
            if not code and "stream" not in str(body.get("msgtype")):
                self._checked(body)
        await socket.send_json({"headers": frame["headers"], "errcode": code, "errmsg": "ok" if not code else "error"})

    def deliver(self, body: dict[str, Any], command: str = "aibot_msg_callback", raw: str | None = None) -> str:
        """Send something down the long connection; the request's id."""
        req_id = secrets.token_hex(8)
        body = {k: v for k, v in body.items() if k != "response_url"}

        async def send() -> None:
            assert self.subscribed is not None
            await self.subscribed.send_str(raw or json.dumps({"cmd": command, "headers": {"req_id": req_id}, "body": body}, ensure_ascii=False))

        self.do(send())
        return req_id

    async def kick(self) -> None:
        """Another client has subscribed: the one before is told and closed."""
        old, self.subscribed = self.subscribed, None
        assert old is not None
        event = {**self.message("sys", "event"), "event": {"eventtype": "disconnected_event"}}
        await old.send_json({"cmd": "aibot_event_callback", "headers": {"req_id": secrets.token_hex(8)}, "body": event})
        await old.close()

    async def hang_up(self, code: int = 1000) -> None:
        """Close the connection, cleanly."""
        if self.subscribed is not None:
            await self.subscribed.close(code=code)

    def answers(self, req_id: str) -> list[dict[str, Any]]:
        """What was sent for a request, in order."""
        return [x for x in self.frames if x["headers"]["req_id"] == req_id]

    def sent_by_bot(self) -> list[dict[str, Any]]:
        """What was pushed outside a request."""
        return [x["body"] for x in self.frames if x["cmd"] == "aibot_send_msg"]


def ticket_signature(ticket: str, nonce: str, at: object, url: str) -> str:
    """The JS-SDK's signature, as the platform's documents write it."""
    return hashlib.sha1(f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={at}&url={url}".encode()).hexdigest()


def _ok(**more: Any) -> web.Response:
    return web.json_response({"errcode": 0, "errmsg": "ok", **more})


def _error(code: int) -> web.Response:
    return web.json_response({"errcode": code, "errmsg": f"error, hint: [{secrets.token_hex(8)}]"})


def _key(aes_key: str) -> bytes:
    return base64.b64decode(aes_key + "=")
