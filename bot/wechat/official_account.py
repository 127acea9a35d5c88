"""The callback of an Official Account: what the platform asks and pushes, checked and opened; and what is answered, in the form it came in.

Every push that is not accepted raises `Denied`. Its reason is for counting inside; the outside is told nothing but that it was refused.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.wechat import xml
from bot.wechat.crypto import Crypt, Denied, Refused, signed
from bot.wechat.settings import OfficialAccountSettings

NAME = re.compile(r"[A-Za-z0-9_@.-]{1,128}")        # of an account or a patient
DIGITS = re.compile(r"\d{1,12}")
REMEMBERED = 4096                                   # signatures of plain pushes, with what they were for
SUCCESS = b"success"


@dataclass(frozen=True)
class Push:
    """Something a patient did, as the platform tells it.

    Attributes:
        user: who, as the platform calls her.
        account: the account that was written to.
        kind: `text`, `voice`, …, or `event`.
        event: in small letters; empty for messages.
        fields: all of it.
        form: `xml` or `json`, as it came and as it is answered.
        key: which key opened it; None where it came in plain.
    """

    user: str = field(repr=False)
    account: str
    kind: str
    event: str
    fields: xml.Fields = field(repr=False)
    form: str
    key: int | None
    nonce: str

    def text(self, name: str) -> str:
        """A field as a text; empty where it is missing."""
        return xml.text_of(self.fields, name)

    @property
    def dedup(self) -> str:
        """What tells this push from every other; the platform's retries have the same."""
        told = self.text("MsgId") if self.kind != "event" else ""
        if told:
            return f"message:{told}"
        parts = (self.user, self.text("CreateTime"), self.kind, self.event, self.text("EventKey"), self.text("MsgID"), self.text("Content"))
        return "event:" + "\0".join(parts)


class Callback:
    """One account's callback.

    Args:
        clock: seconds since 1970, the platform's.
    """

    def __init__(self, settings: OfficialAccountSettings, clock: Callable[[], float] = time.time) -> None:
        self._settings, self._clock = settings, clock
        self._crypt = Crypt(settings.token, settings.appid, settings.keys) if settings.keys else None
        self._limit = xml.COMPATIBLE_LIMIT if settings.mode == "compatible" else xml.LIMIT
        self._signatures: OrderedDict[str, bytes] = OrderedDict()

    def verify(self, query: Mapping[str, str]) -> str:
        """The text to give back when the platform tries the address.

        Raises:
            Denied: it is not the platform.
        """
        echo, at, nonce = query.get("echostr", ""), query.get("timestamp", ""), query.get("nonce", "")
        if "msg_signature" in query and self._crypt is not None:        # some platforms encrypt it here, too
            try:
                return self._crypt.open(echo, query["msg_signature"], at, nonce).text
            except Refused:
                raise Denied("signature") from None
        if not at or not nonce or not signed(query.get("signature"), self._settings.token, at, nonce):
            raise Denied("signature")
        return echo

    def open(self, query: Mapping[str, str], body: bytes) -> Push:
        """What is in a push.

        Raises:
            Denied: it is not from the platform, not for us, not in the mode that was agreed, or not a message.
        """
        if len(body) > self._limit:
            raise Denied("size")
        at, nonce = query.get("timestamp", ""), query.get("nonce", "")
        if not DIGITS.fullmatch(at) or not nonce:
            raise Denied("signature")
        if self._settings.stale and abs(self._clock() - int(at)) > self._settings.stale:
            raise Denied("time")
        encrypted = query.get("encrypt_type", "raw") != "raw"
        if encrypted != (self._settings.mode != "plain"):
            raise Denied("mode")
        return self._push(*(self._opened(query, body) if encrypted else self._plain(query, body)), nonce)

    def _opened(self, query: Mapping[str, str], body: bytes) -> tuple[xml.Fields, str, int | None]:
        if query["encrypt_type"] != "aes" or self._crypt is None:
            raise Denied("mode")
        try:
            envelope = xml.text_of(xml.parse(body, self._limit), "Encrypt")
        except Refused:
            raise Denied("body") from None
        try:
            found = self._crypt.open(envelope, query.get("msg_signature"), query["timestamp"], query["nonce"])
        except Refused:
            raise Denied("signature") from None
        try:
            return xml.parse(found.text.encode()), _form(found.text.encode()), found.key
        except Refused:
            raise Denied("message") from None

    def _plain(self, query: Mapping[str, str], body: bytes) -> tuple[xml.Fields, str, int | None]:
        """The signature of a plain push does not cover its body: one that was seen with another body is not taken again."""
        given = query.get("signature", "")
        if not signed(given, self._settings.token, query["timestamp"], query["nonce"]):
            raise Denied("signature")
        digest = hashlib.sha256(body).digest()
        if self._signatures.setdefault(given, digest) != digest:
            raise Denied("replayed")
        if len(self._signatures) > REMEMBERED:
            self._signatures.popitem(last=False)
        try:
            return xml.parse(body, self._limit), _form(body), None
        except Refused:
            raise Denied("body") from None

    def _push(self, fields: xml.Fields, form: str, key: int | None, nonce: str) -> Push:
        user, account = xml.text_of(fields, "FromUserName"), xml.text_of(fields, "ToUserName")
        if self._settings.account is not None and account != self._settings.account:
            raise Denied("account")
        if not NAME.fullmatch(user) or not NAME.fullmatch(account):
            raise Denied("message")
        kind = xml.text_of(fields, "MsgType").lower()
        return Push(user, account, kind, xml.text_of(fields, "Event").lower() if kind == "event" else "", fields, form, key, nonce)

    def reply(self, push: Push, text: str) -> tuple[bytes, str]:
        """A passive text to whoever did this, and its content type: encrypted as the push was, with the same key."""
        at = int(self._clock())
        make = xml.text_reply if push.form == "xml" else xml.text_reply_json
        made = make(push.user, push.account, text, at)
        if push.key is not None and self._crypt is not None:
            sealed = self._crypt.seal(made, str(at), push.nonce, push.key)
            made = xml.sealed_reply(sealed) if push.form == "xml" else xml.sealed_reply_json(sealed)
        return made.encode("utf-8", "replace"), "text/xml; charset=utf-8" if push.form == "xml" else "application/json; charset=utf-8"


def _form(body: bytes) -> str:
    return "json" if body.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{") else "xml"


# --- what is called

def text_message(user: str, text: str) -> dict[str, Any]:
    """A customer-service text."""
    return {"touser": user, "msgtype": "text", "text": {"content": xml.clean(text)}}


def menu_message(user: str, head: str, options: list[tuple[str, str]], tail: str = "") -> dict[str, Any]:
    """A customer-service message with options to tap.

    Args:
        options: id and title of each.
    """
    menu: dict[str, Any] = {"head_content": xml.clean(head), "list": [{"id": x, "content": xml.clean(title)} for x, title in options]}
    return {"touser": user, "msgtype": "msgmenu", "msgmenu": menu | ({"tail_content": xml.clean(tail)} if tail else {})}


def typing_sign(user: str) -> dict[str, Any]:
    """That an answer is being written: shown to her for 15 seconds, or until a message comes."""
    return {"touser": user, "command": "Typing"}


CUSTOM_TYPING = "/cgi-bin/message/custom/typing"
CUSTOM_SEND, TEMPLATE_SEND, SUBSCRIBE_SEND = "/cgi-bin/message/custom/send", "/cgi-bin/message/template/send", "/cgi-bin/message/subscribe/bizsend"
MENU_CREATE, QRCODE_CREATE = "/cgi-bin/menu/create", "/cgi-bin/qrcode/create"
SHOW_QRCODE = "https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket="


def qr_code(scene: str, seconds: int) -> dict[str, Any]:
    """A temporary code with a scene of at most 64 characters, for at most 30 days."""
    return {"expire_seconds": seconds, "action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": scene}}}
