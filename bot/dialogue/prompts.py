"""What is asked of the patient: menus, buttons, and the wording of days. A number or a tap afterwards means one of the offers."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from bot.dialogue.model import Button, Outcome, Reply, Turn, Waiting, outcome
from bot.knowledge.model import NAMED_REGIONS, OTHER_REGION, STAGES
from bot.text.normalise import prepared

#: The topics that patients ask about first: words and entry.
MENU = (
    ("menu_services", "services.overview"),
    ("menu_booking", "howto.hospital-account"),
    ("menu_reports", "howto.view-reports"),
    ("menu_timeline", "timeline.overview"),
)
REGIONS = (*NAMED_REGIONS, OTHER_REGION)


def open_with(turn: Turn, reply: Reply, waiting: Waiting | None, **state: Any) -> Outcome:
    """An outcome whose last reply has buttons: each gets an opaque id that only the server can resolve."""
    return outcome(turn, reply, offers=offers(reply.buttons), waiting=waiting, **state)


def offers(buttons: Sequence[Button]) -> tuple[dict[str, str], ...]:
    """What the state keeps of buttons: opaque ids, and what each does."""
    return tuple({"id": secrets.token_hex(6), "do": b.do, "value": b.value, "title": b.title} for b in buttons)


def picked(turn: Turn) -> dict[str, str] | None:
    """The offer that was tapped, or whose title she typed."""
    if turn.tap is not None:
        return next((x for x in turn.state.offers if x["id"] == turn.tap), None)
    return next((x for x in turn.state.offers if _bare(x["title"]) == _bare(turn.text)), None)


def _bare(text: str) -> str:
    return re.sub(r"\W", "", prepared(text))


def waiting_for(reply: Reply) -> Waiting:
    """What a prompt waits for, told from its buttons; one without buttons waits for a date."""
    asked: dict[str, Waiting] = {"set_stage": "stage", "set_region": "region"}
    return asked.get(reply.buttons[0].do, "satisfied") if reply.buttons else "date"


def ask_stage(turn: Turn) -> Reply:
    """One question with the five stages to tap."""
    return Reply("menu", turn.say("ask_stage"), buttons=tuple(Button(turn.say(f"stage_{x}"), "set_stage", x) for x in STAGES))


def ask_region(turn: Turn) -> Reply:
    """One question with the regions whose platforms differ."""
    return Reply("menu", turn.say("ask_region"), buttons=tuple(Button(turn.say(f"region_{x}"), "set_region", x) for x in REGIONS))


def was_that_it(turn: Turn, related: tuple[str, ...]) -> Reply:
    """Related questions to tap, and the way out if the answer did not fit."""
    buttons = tuple(Button(turn.library.title(x, turn.language), "entry", x) for x in related)
    return Reply("menu", turn.say("was_that_it"), related=related, buttons=(*buttons, Button(turn.say("not_that"), "denied")))


def menu_buttons(turn: Turn) -> tuple[Button, ...]:
    """The short menu: the topics that patients ask about first."""
    first = tuple(Button(turn.say(words), "entry", entry) for words, entry in MENU)
    return (*first, Button(turn.say("menu_stage"), "ask_stage"), Button(turn.say("menu_nurse"), "nurse"))


def day(turn: Turn, when: date) -> str:
    """A day as the language writes it, with its weekday."""
    weekday = turn.say("weekdays").split(" ")[when.weekday()]
    month = turn.say("months").split(" ")[when.month - 1]
    return turn.say("day", month=month, day=when.day, weekday=weekday)


def moment(turn: Turn, when: datetime) -> str:
    """A day and time: today and tomorrow by their names."""
    days = (when.date() - turn.today).days
    name = turn.say("today") if days == 0 else turn.say("tomorrow") if days == 1 else day(turn, when.date())
    return f"{name} {when:%H:%M}".replace(" 0", " ")
