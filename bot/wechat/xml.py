"""What WeChat and WeCom push, XML or JSON, as one kind of dictionary; and the XML that is answered.

Everything here comes from outside: documents are small, flat, without a DTD or entities, in UTF-8; a critical element that stands there twice is no
message at all, because two readers of it would read two messages.
"""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from bot.wechat.crypto import Refused, Sealed

LIMIT = 64 * 1024               # bytes of a body
COMPATIBLE_LIMIT = 128 * 1024   # where it carries the message both plain and encrypted
DEPTH = 8
#: Elements that decide who said what: once or not at all.
CRITICAL = frozenset(
    "ToUserName FromUserName CreateTime MsgType MsgId MsgID Event EventKey Content Encrypt encrypt AgentID msgid msgtype bizmsgmenuid".split()
)
#: What XML 1.0 cannot carry, and halves of characters.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")

#: A pushed message: texts, and dictionaries or lists of them.
Fields = dict[str, Any]


def parse(body: bytes, limit: int = LIMIT) -> Fields:
    """The fields of a pushed document; which format it has, its first character says. All values are texts, numbers too.

    Args:
        limit: bytes.

    Raises:
        Refused: too long, not UTF-8, not well-formed, a DTD in it, nested too deep, or a critical element twice.
    """
    if len(body) > limit:
        raise Refused
    try:
        text = body.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise Refused from None
    return _json(text) if text.startswith("{") else _xml(text)


def text_of(fields: Fields, name: str) -> str:
    """A field as a text; empty where it is missing or something else."""
    value = fields.get(name)
    return value if isinstance(value, str) else ""


class _Flat(TreeBuilder):
    """Builds the tree, and gives up where it gets too deep."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def start(self, tag: Any, attrs: Any, /) -> Element:
        self._depth += 1
        if self._depth > DEPTH:
            raise Refused
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)


def _xml(text: str) -> Fields:
    parser = XMLParser(target=_Flat(), forbid_dtd=True)
    try:
        parser.feed(text)
        root = parser.close()
    except (ParseError, DefusedXmlException, ValueError, AssertionError):
        raise Refused from None
    if root is None or root.tag != "xml":
        raise Refused
    found = _children(root)
    return found if isinstance(found, dict) else {}


def _children(element: Element) -> Any:
    """The element's text, or its children by name; several of one name are a list."""
    if not len(element):
        return element.text or ""
    found: Fields = {}
    for child in element:
        value = _children(child)
        if child.tag not in found:
            found[child.tag] = value
        elif child.tag in CRITICAL:
            raise Refused
        else:
            before = found[child.tag]
            found[child.tag] = [*before, value] if isinstance(before, list) else [before, value]
    return found


def _json(text: str) -> Fields:
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_int=str, parse_float=str, parse_constant=_no_constant)
        return {k: _plain(v, 2) for k, v in found.items()}
    except (ValueError, RecursionError):
        raise Refused from None


def _once(pairs: list[tuple[str, Any]]) -> Fields:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refused
    return found


def _no_constant(_name: str) -> Any:
    raise Refused


def _plain(value: Any, depth: int) -> Any:
    if depth > DEPTH:
        raise Refused
    if isinstance(value, dict):
        return {clean(k): _plain(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(x, depth + 1) for x in value]
    return "" if value is None else str(value).lower() if isinstance(value, bool) else clean(value)


def clean(text: str) -> str:
    """The text without what XML forbids."""
    return FORBIDDEN.sub("", text)


def cdata(text: str) -> str:
    """A text as a CDATA section; one that ends a section is split over two, so that nobody's words become an element of ours."""
    return "<![CDATA[" + clean(text).replace("]]>", "]]]]><![CDATA[>") + "]]>"


def text_reply(to: str, sender: str, text: str, at: int) -> str:
    """A passive text message.

    Args:
        to: who gets it.
        sender: the account that was written to.
        at: seconds since 1970.
    """
    return (f"<xml><ToUserName>{cdata(to)}</ToUserName><FromUserName>{cdata(sender)}</FromUserName><CreateTime>{at}</CreateTime>"
            f"<MsgType><![CDATA[text]]></MsgType><Content>{cdata(text)}</Content></xml>")


def text_reply_json(to: str, sender: str, text: str, at: int) -> str:
    """The same for an account that chose JSON."""
    return json.dumps({"ToUserName": to, "FromUserName": sender, "CreateTime": at, "MsgType": "text", "Content": clean(text)}, ensure_ascii=False)


def sealed_reply(sealed: Sealed) -> str:
    """An encrypted reply."""
    return (f"<xml><Encrypt>{cdata(sealed.encrypt)}</Encrypt><MsgSignature>{cdata(sealed.signature)}</MsgSignature>"
            f"<TimeStamp>{int(sealed.timestamp)}</TimeStamp><Nonce>{cdata(sealed.nonce)}</Nonce></xml>")


def sealed_reply_json(sealed: Sealed) -> str:
    """The same for an account that chose JSON."""
    return json.dumps({"Encrypt": sealed.encrypt, "MsgSignature": sealed.signature, "TimeStamp": int(sealed.timestamp), "Nonce": sealed.nonce})
