"""The callbacks of WeCom: the AI bot's, in JSON with the empty receiver, and a self-built app's, in XML with the CorpID.

Sources: developer.work.weixin.qq.com/document/path/90238, 90239, 101033.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.wechat import xml
from bot.wechat.crypto import Crypt, Denied, Opened, Refused

DIGITS = re.compile(r"\d{1,12}")
TYPE = "text/plain; charset=utf-8"


class Callback:
    """One callback.

    Args:
        receiver: the CorpID; for an AI bot the empty string.
        keys: EncodingAESKeys, the current one first.
        stale: seconds by which a push's time may be wrong; 0: not looked at.
        clock: seconds since 1970, the platform's.
    """

    def __init__(self, token: str, receiver: str, keys: Sequence[str], stale: float, clock: Callable[[], float] = time.time) -> None:
        self._crypt, self._stale, self._clock = Crypt(token, receiver, keys), stale, clock

    def verify(self, query: Mapping[str, str]) -> str:
        """The text to give back when the platform tries the address.

        Raises:
            Denied: it is not the platform.
        """
        return self._open(query, query.get("echostr", "")).text

    def open(self, query: Mapping[str, str], body: bytes) -> tuple[xml.Fields, int]:
        """What is in a push, and which key opened it.

        Raises:
            Denied: it is not from the platform, not for us, or not a message.
        """
        if len(body) > xml.LIMIT:
            raise Denied("size")
        try:
            envelope = xml.parse(body)
        except Refused:
            raise Denied("body") from None
        found = self._open(query, xml.text_of(envelope, "encrypt") or xml.text_of(envelope, "Encrypt"))
        try:
            return xml.parse(found.text.encode()), found.key
        except Refused:
            raise Denied("message") from None

    def reply_json(self, message: Mapping[str, Any], nonce: str, key: int) -> bytes:
        """An AI bot's answer in the response: with the nonce of the request."""
        at = int(self._clock())
        sealed = self._crypt.seal(json.dumps(message, ensure_ascii=False), str(at), nonce, key)
        return json.dumps({"encrypt": sealed.encrypt, "msgsignature": sealed.signature, "timestamp": at, "nonce": nonce}).encode()

    def reply_xml(self, to: str, sender: str, text: str, key: int) -> bytes:
        """An app's passive text, with a nonce of its own."""
        at = int(self._clock())
        return xml.sealed_reply(self._crypt.seal(xml.text_reply(to, sender, text, at), str(at), secrets.token_hex(8), key)).encode()

    def _open(self, query: Mapping[str, str], encrypted: str) -> Opened:
        at, nonce = query.get("timestamp", ""), query.get("nonce", "")
        if not DIGITS.fullmatch(at) or not nonce or not encrypted:
            raise Denied("signature")
        if self._stale and abs(self._clock() - int(at)) > self._stale:
            raise Denied("time")
        try:
            return self._crypt.open(encrypted, query.get("msg_signature"), at, nonce)
        except Refused:
            raise Denied("signature") from None
