"""The REST channel, for integrations and tests: `POST /webhooks/rest/webhook`, loopback only, off unless `CHANNEL_REST=on`."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.keys import conversation_key
from bot.channels.screening import Incoming, screened
from bot.channels.turns import Turns, storable

PROFILE = "/inform_profile"
CODE = re.compile(r"[a-z]+(?:-[a-z]+)*")       # of a stage or a region


class BadRequest(ValueError):
    """The body is not what the contract says; the message says what is missing."""


class RestChannel(InputChannel):
    """The contract of `docs/rest.md`."""

    def __init__(self, turns: Turns, secret: bytes) -> None:
        self._turns, self._secret = turns, secret

    @classmethod
    def name(cls) -> str:
        """Its path below `/webhooks/`."""
        return "rest"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes."""
        routes = Blueprint("rest_webhook")

        @routes.route("/", methods=["GET"])
        async def health(_request: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @routes.route("/webhook", methods=["POST"])
        async def receive(request: Request) -> HTTPResponse:
            if not ipaddress.ip_address(request.ip).is_loopback:
                return response.json({"error": "loopback only"}, status=403)
            try:
                sender, message = read_body(request.body, self._secret)
            except BadRequest as error:
                return response.json({"error": str(error)}, status=400)
            made = await self._turns.run(await screened(message))
            return response.json([{**x, "recipient_id": sender} for x in made], ensure_ascii=False)

        return routes


def read_body(body: bytes, secret: bytes) -> tuple[str, Incoming]:
    """Sender and message of a request.

    Raises:
        BadRequest: no JSON object with a non-empty `sender` and `message`, or another command than `/inform_profile{…}`.
    """
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequest("the body is not JSON") from None
    if not isinstance(data, dict):
        raise BadRequest("the body is not an object")
    sender, text, given = data.get("sender"), data.get("message"), data.get("metadata")
    if not isinstance(sender, str) or not sender.strip():
        raise BadRequest("sender must be a non-empty string")
    if not isinstance(text, str) or not text.strip():
        raise BadRequest("message must be a non-empty string")
    sender, text = storable(sender), storable(text)
    if given is not None and not isinstance(given, dict):
        raise BadRequest("metadata must be an object")
    metadata = read_metadata(given or {})
    group = str((given or {}).get("group_id") or "group") if metadata.get("chat_type") == "group" else None
    key = conversation_key(secret, "rest", "", sender, group)
    everybody = conversation_key(secret, "rest", "", "", group) if group is not None else None
    profile = read_profile(text) if text.startswith("/") else None
    return sender, Incoming(key, text if profile is None else PROFILE, "rest", given=profile, metadata=metadata, group=everybody)


def read_metadata(given: dict[str, Any]) -> dict[str, Any]:
    """Of the contract's fields what can be meant by them: whatever else an integration writes there, a name or a number, is not kept.

    `group_id` is none of them: it is only ever part of a key.
    """
    found = {"chat_type": given.get("chat_type"), "mentioned": given.get("mentioned"), "now": given.get("now")}
    return {k: v for k, v in found.items() if MEANT[k](v)}


def _moment(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(datetime.fromisoformat(value))
    except ValueError:
        return False


MEANT: dict[str, Callable[[Any], bool]] = {
    "chat_type": lambda value: value in ("private", "group"), "mentioned": lambda value: isinstance(value, bool), "now": _moment,
}


def read_profile(text: str) -> dict[str, str]:
    """The values of `/inform_profile{"stage": …, "region": …}`.

    Raises:
        BadRequest: any other command.
    """
    if not text.startswith(PROFILE):
        raise BadRequest("the only command is /inform_profile")
    try:
        data = json.loads(text[len(PROFILE):] or "{}")
    except (ValueError, RecursionError):
        raise BadRequest("/inform_profile needs a JSON object") from None
    if not isinstance(data, dict) or not all(isinstance(v, str) for v in data.values()):
        raise BadRequest("/inform_profile needs a JSON object of strings")
    return {k: v for k, v in data.items() if k in ("stage", "region") and len(v) <= 40 and CODE.fullmatch(v)}
