"""A turn's messages as one text, for channels that show text only: options become numbered lines, and typing the number chooses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot import bootstrap

MENU_KINDS = ("choices", "menu", "smalltalk")       # what follows a tap there is one answer; a booking or a binding may have to speak again later
URGENT = ("emergency", "emergency_check")
NO_NUMBERS_HINT = ("choices",)                      # their own words say that a number will do
QUESTION_CHARACTERS = 40
BLANKS = re.compile(r"\n{3,}")


@dataclass(frozen=True)
class Answer:
    """What a patient is to read.

    Attributes:
        text: everything before the options, or all of it.
        options: id and title of what can be chosen.
        after: what stands behind the options.
        hint: the line above the options that says that a number will do.
        urgent: an emergency text.
        menu: whether the options may go out as a msgmenu.
        language: `zh` or `en`.
    """

    text: str
    options: tuple[tuple[str, str], ...] = ()
    after: str = ""
    hint: str = ""
    urgent: bool = False
    menu: bool = False
    language: str = "zh"

    @property
    def plain(self) -> str:
        """With the options as numbered lines."""
        lines = "\n".join(f"{n}. {title}" for n, (_, title) in enumerate(self.options, 1))
        return "\n\n".join(x for x in (self.text, "\n".join(y for y in (self.hint, lines) if y), self.after) if x)

    def to_json(self) -> dict[str, Any]:
        """For the table."""
        return {"text": self.text, "options": [list(x) for x in self.options], "after": self.after, "hint": self.hint, "urgent": self.urgent,
                "menu": self.menu, "language": self.language}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Answer:
        """From the table."""
        return cls(kept["text"], tuple((x, y) for x, y in kept["options"]), kept["after"], kept["hint"], kept["urgent"], kept["menu"], kept["language"])


def answer_of(made: list[dict[str, Any]]) -> Answer:
    """The turn's messages in reading order; nothing where they say nothing."""
    before: list[str] = []
    after: list[str] = []
    options: tuple[tuple[str, str], ...] = ()
    urgent, menu, hint, language = False, False, "", "zh"
    for message, following in zip(made, (*made[1:], {})):
        if not message.get("text"):
            continue
        reply = (following.get("custom") or {}).get("reply") or {}
        urgent, language = urgent or reply.get("kind") in URGENT, reply.get("language") or language
        (after if options else before).append(message["text"].strip())
        if message.get("buttons"):
            options = tuple((x["payload"], x["title"]) for x in message["buttons"])
            menu = reply.get("kind") in MENU_KINDS
            hint = "" if reply.get("kind") in NO_NUMBERS_HINT else words("wechat_numbers", language)
    return Answer(_without("\n\n".join(before), options), options, "\n\n".join(after), hint, urgent, menu and not urgent and not after, language)


def _without(text: str, options: tuple[tuple[str, str], ...]) -> str:
    """A text that lists its options itself, without that list: it stands below, whole."""
    listed = {f"{n}. {title}" for n, (_, title) in enumerate(options, 1)}
    left = "\n".join(x for x in text.split("\n") if x.strip() not in listed)
    return BLANKS.sub("\n\n", left).strip()


def words(key: str, language: str = "zh", **values: object) -> str:
    """A text of `_words.yml`."""
    return bootstrap.library().current.words(key, "en" if language == "en" else "zh", **values)


def shortened(question: str) -> str:
    """A question as a late answer names it: short, on one line, and nothing in it that would become a link."""
    flat = " ".join(question.replace("<", "＜").replace(">", "＞").split())
    return flat if len(flat) <= QUESTION_CHARACTERS else flat[:QUESTION_CHARACTERS - 1] + "…"


def late(answer: Answer, question: str | None) -> Answer:
    """The answer under the question it belongs to: meanwhile she may have asked another."""
    if not question or answer.urgent:
        return answer
    return replace(answer, text=f"{words('wechat_late', answer.language, question=shortened(question))}\n\n{answer.text}")
