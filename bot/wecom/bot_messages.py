"""What an AI bot is sent and answers, the same over a callback and over a long connection (developer.work.weixin.qq.com/document/path/100719, 101031, 101463)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.wechat.crypto import Denied
from bot.wechat.cut import cut, size
from bot.wechat.xml import clean

CONTENT_BYTES = 20_000          # the platform allows 20,480
WELCOME_BYTES = 2_000
ID = re.compile(r"[A-Za-z0-9_@.:=+/-]{1,256}")
SPACES = " \t\n\u2005\u2004\u2006\u3000\u00a0\u200b"
#: A mention by its shape: `@` and a name, at the beginning or after a space, with a space or the end behind it.
MENTION = re.compile(rf"(?:(?<=[{SPACES}])|^)[@＠][^{SPACES}@＠]{{1,20}}(?:[{SPACES}]+|$)")
KINDS = ("text", "mixed", "image", "voice", "file", "video", "stream", "event")
INACCURATE = "2"


@dataclass(frozen=True)
class BotPush:
    """Something a member did, as the platform tells it.

    Attributes:
        id: of the message; the same in a repeated push.
        user: the member, as the platform calls her.
        group: the group; None in private.
        kind: one of `KINDS`, or what the platform calls a new one.
        text: what she typed or said; of a mixed message its text parts.
        media: whether pictures or files came with it.
        stream: of a poll, the stream it asks for.
        event: in small letters; empty for messages.
        about: the event's own fields.
        response_url: where one late answer may be posted; empty where there is none.
    """

    id: str
    bot: str
    user: str = field(repr=False)
    group: str | None
    kind: str
    text: str = field(default="", repr=False)
    media: bool = False
    stream: str = ""
    event: str = ""
    about: Mapping[str, Any] = field(default_factory=dict, repr=False)
    response_url: str = field(default="", repr=False)


def read(fields: Mapping[str, Any], bot: str | None) -> BotPush:
    """The push in the fields of a decrypted body.

    Args:
        bot: whose pushes are taken; None for anybody's.

    Raises:
        Denied: for another bot, from nobody, or from a group without an id.
    """
    if bot is not None and _text(fields, "aibotid") != bot:
        raise Denied("bot")
    user, group = _text(_part(fields, "from"), "userid"), _text(fields, "chatid")
    kind, in_group = _text(fields, "msgtype").lower(), _text(fields, "chattype").lower() == "group"
    message = _text(fields, "msgid")
    if not ID.fullmatch(user) or user == "sys" or not ID.fullmatch(message) or (in_group and not ID.fullmatch(group)):
        raise Denied("message")
    text, media = _said(fields, kind)
    event = _part(fields, "event")
    name = _text(event, "eventtype").lower()
    return BotPush(
        message, _text(fields, "aibotid"), user, group if in_group else None, kind, text, media, _text(_part(fields, "stream"), "id"), name,
        {**event, **_part(event, name)}, _text(fields, "response_url"),
    )


def _said(fields: Mapping[str, Any], kind: str) -> tuple[str, bool]:
    """The words of a message, and whether there is more in it than words."""
    if kind in ("text", "voice"):
        return _text(_part(fields, kind), "content"), False
    if kind == "mixed":
        items = _part(fields, "mixed").get("msg_item")
        found = [x for x in items if isinstance(x, Mapping)] if isinstance(items, list) else []
        texts = [_text(_part(x, "text"), "content") for x in found if _text(x, "msgtype") == "text"]
        return "\n".join(x for x in texts if x), any(_text(x, "msgtype") != "text" for x in found)
    return "", kind in ("image", "file", "video")


def _part(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = fields.get(name)
    return value if isinstance(value, Mapping) else {}


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return clean(value) if isinstance(value, str) else str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def without_mention(text: str, name: str | None) -> str:
    """The text without the mention of the bot.

    Args:
        name: of the bot; None takes out whatever has the shape of a mention. Without a space behind it the name's end cannot be told, and all stays.
    """
    if name:
        return re.sub(rf"[@＠]{re.escape(name)}[{SPACES}]*", " ", text).strip(SPACES)
    return MENTION.sub(" ", text).strip(SPACES) or text


def mentions(text: str, name: str | None) -> bool:
    """Whether a group's message mentions the bot. The platform shows a bot no others; where its name is known, that is looked at again."""
    return not name or f"@{name}" in text.replace("＠", "@")


# --- what is answered

def stream(stream_id: str, content: str, finish: bool, first: bool = False) -> dict[str, Any]:
    """A message that may grow: its whole text so far. The first frame asks for feedback under the stream's own id.

    What is too long ends at a sentence; what has nothing visible in it would leave a placeholder standing, so it gets a dot.
    """
    shown = cut(clean(content), CONTENT_BYTES)[0] if size(content) > CONTENT_BYTES else clean(content)
    body: dict[str, Any] = {"id": stream_id, "finish": finish, "content": shown if shown.strip() else "…"}
    return {"msgtype": "stream", "stream": {**body, "feedback": {"id": stream_id}} if first else body}


def welcome(text: str) -> dict[str, Any]:
    """The answer to a member who opens the chat."""
    return {"msgtype": "text", "text": {"content": cut(clean(text), WELCOME_BYTES)[0]}}


def markdown(text: str) -> dict[str, Any]:
    """A message by itself: a late answer, a push."""
    return {"msgtype": "markdown", "markdown": {"content": cut(clean(text), CONTENT_BYTES)[0]}}
