"""Conversations without a server and without a model: the test says what was read in a message, as labels with their scores."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from bot.clock import ZONE
from bot.dialogue.binding import spoken
from bot.dialogue.conversation import respond
from bot.dialogue.model import Episode, Missed, Outcome, Profile, Reading, Reply, Scored, State, Turn, Values
from bot.guard import Alarm, EmergencyTexts
from bot.guard import load as load_guard
from bot.hospital.ports import Hospital
from bot.knowledge.library import Library
from bot.knowledge.loader import load
from bot.knowledge.model import Language
from bot.text.entities import find_entities

KNOWLEDGE = Path(__file__).resolve().parents[3] / "knowledge"
NOW = datetime(2026, 3, 3, 10, 0, tzinfo=ZONE)       # a Tuesday, the nurse station is open
KNOWN = Profile(welcomed_at=NOW - timedelta(days=9), noticed_at=NOW - timedelta(days=9))     # no first contact any more

Labels = Mapping[str, float]


@cache
def library() -> Library:
    """The knowledge as it is served, read once."""
    return load(KNOWLEDGE)[0]


@cache
def emergencies() -> EmergencyTexts:
    """The staff's emergency texts, read once."""
    return load_guard(KNOWLEDGE)[1]


def reading(text: str, labels: Labels | None = None) -> Reading:
    """What was read in a text. A name with a dot and no slash is a knowledge entry."""
    named = {f"ask/{k}" if "." in k and "/" not in k else k: v for k, v in (labels or {}).items()}
    return Reading(text, tuple(Scored(k, v) for k, v in sorted(named.items(), key=lambda x: -x[1])))


def turn(
    text: str,
    intent: str = "ask",
    labels: Labels | None = None,
    *,
    clauses: Mapping[str, Labels] | None = None,
    language: Language | None = None,
    profile: Profile = KNOWN,
    state: State | None = None,
    now: datetime = NOW,
    group: bool = False,
    mentioned: bool = True,
    tap: str | None = None,
    given: Mapping[str, str] | None = None,
    served: Library | None = None,
    alarm: Alarm | None = None,
    offer: str | None = None,
    masked: tuple[str, ...] = (),
    dismissed: bool = False,
    lure: float = 0.0,
    settled: bool = False, told: bool = False,
    episode: Episode | None = None,
    quiet: bool = False,
    hospital: Hospital | None = None,
    vault: Values | None = None,
    conversation: str = "",
    agreed: frozenset[str] = frozenset(),
    taps: bool = True,
) -> Turn:
    """One message; its language is read from it unless given."""
    entities = find_entities(text, now.date())
    found: Language = "en" if (language or entities.language) == "en" else "zh"
    return Turn(
        library=served or library(),
        emergencies=emergencies(),
        text=text,
        intent=intent,
        whole=reading(text, labels),
        clauses=tuple(reading(k, v) for k, v in (clauses or {}).items()),
        entities=entities,
        language=found,
        profile=profile,
        state=state or State(),
        now=now,
        group=group,
        mentioned=mentioned,
        tap=tap,
        given=given or {},
        alarm=alarm,
        offer=offer,
        masked=masked,
        dismissed=dismissed,
        lure=lure,
        settled=settled, told=told,
        episode=episode,
        quiet=quiet,
        hospital=hospital,
        vault=vault,
        conversation=conversation,
        agreed=agreed,
        taps=taps,
    )


@dataclass
class Chat:
    """A conversation that keeps profile and state between turns, the state as JSON as in the database."""

    profile: Profile = KNOWN
    group: bool = False
    now: datetime = NOW
    served: Library | None = None
    state: State = field(default_factory=State)
    missed: list[Missed] = field(default_factory=list)
    episode: Episode | None = None
    quiet: bool = False
    hospital: Any = None
    vault: Values | None = None
    conversation: str = ""
    last: Outcome | None = None
    agreed: frozenset[str] = frozenset()
    taps: bool = True
    ended: bool = False

    def say(
        self, text: str, intent: str = "ask", labels: Labels | None = None, *, clauses: Mapping[str, Labels] | None = None,
        language: Language | None = None, mentioned: bool = True, tap: str | None = None, given: Mapping[str, str] | None = None,
        alarm: Alarm | None = None, offer: str | None = None, masked: tuple[str, ...] = (), dismissed: bool = False, lure: float = 0.0,
        settled: bool = False, told: bool = False,
    ) -> Outcome:
        """Send a message; its outcome is kept as the database would."""
        said = turn(
            text, intent, labels, clauses=clauses, language=language, mentioned=mentioned, tap=tap, given=given,
            profile=self.profile, state=self.state, now=self.now, group=self.group, served=self.served,
            alarm=alarm, offer=offer, masked=masked, dismissed=dismissed, lure=lure, settled=settled, told=told, episode=self._open_episode(), quiet=self.quiet, hospital=self.hospital,
            vault=self.vault, conversation=self.conversation, agreed=self.agreed, taps=self.taps,
        )
        made = asyncio.run(respond(replace(said, language=spoken(said), ended=self.ended)))
        if made.alarm is not None:
            self.episode = Episode(made.alarm.group, self.now, self.now + timedelta(hours=24 if made.alarm.group == "self_harm" else 6))
        if made.examined:
            self.episode = None
        self.ended = self.ended and not made.told_ended
        self.profile = Profile() if made.forget else made.profile
        self.state = State() if made.forget else State.from_json(json.loads(json.dumps(made.state.to_json())))
        self.missed += made.missed
        self.agreed = frozenset() if made.forget else (self.agreed | {made.consent} - {None}) - {made.withdrawn}
        self.last = made
        return made

    def _open_episode(self) -> Episode | None:
        return self.episode if self.episode is not None and self.episode.until > self.now else None

    def ask(self, entry: str, text: str = "怎么弄呀", score: float = 0.9, **rest: float) -> Outcome:
        """A question that was surely read as one entry; `rest` are scores of others, `_` and `__` for `-` and `.`."""
        others = {k.replace("__", ".").replace("_", "-"): v for k, v in rest.items()}
        return self.say(text, labels={entry: score, **others})

    def tap(self, title: str, language: Language | None = None) -> Outcome:
        """Tap the button of that name."""
        offer = next(x for x in self.state.offers if x["title"] == title)
        return self.say(title, "tap", tap=offer["id"], language=language)

    def wait(self, **time: float) -> None:
        """Let time pass (`days=`, `hours=`)."""
        self.now += timedelta(**time)

    def served_without(self, entry: str) -> None:
        """Staff take an entry out."""
        left = {k: v for k, v in library().entries.items() if k != entry}
        self.served = replace(library(), entries=left)


def words(key: str, language: Language = "zh", **values: object) -> str:
    """A shell text of `_words.yml`."""
    return library().words(key, language, **values)


def title(entry: str, language: Language = "zh") -> str:
    """The title of an entry."""
    return library().title(entry, language)


def answer(entry: str, language: Language = "zh", stage: str | None = None, region: str | None = None) -> str:
    """The answer of an entry as a patient of that stage and region reads it."""
    return library().render(entry, language, stage, region).text.strip()


def kinds(made: Outcome) -> list[str]:
    """The kinds of the replies, in order."""
    return [x.kind for x in made.replies]


def text_of(made: Outcome) -> str:
    """All that she reads."""
    return "\n".join(x.text for x in made.replies)


def titles(made: Outcome) -> list[str]:
    """The names of all buttons."""
    return [b.title for x in made.replies for b in x.buttons]


def entries_of(made: Outcome) -> tuple[str, ...]:
    """The entries answered, in order."""
    return tuple(e for x in made.replies if x.kind == "answer" for e in x.entries)


def reply_of(made: Outcome, kind: str) -> Reply:
    """The one reply of a kind."""
    found = [x for x in made.replies if x.kind == kind]
    assert len(found) == 1, kinds(made)
    return found[0]
