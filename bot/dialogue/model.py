"""The values that the functions of this package take and return."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal, Protocol

from bot.guard import Alarm
from bot.hospital.ports import Hospital
from bot.knowledge.library import Library
from bot.knowledge.model import Language
from bot.text.entities import Entities

Kind = Literal[
    "answer", "choices", "no_answer", "emergency", "emergency_check", "defer", "booking", "report", "identity", "handoff", "stage", "scam_warning",
    "privacy", "smalltalk", "menu", "silent", "failed",
]
"""What a reply is, by the reply contract (`docs/rest.md`)."""
Waiting = Literal[
    "choice", "satisfied", "stage", "region", "date", "alarm", "resume", "card", "booking", "binding", "report", "appointments", "cancel", "reminder", "delete",
]
"""What the last reply asked for, see `State.waiting`."""
NUMBERS = "_numbers"    # ends the name of a shell text for channels in which nothing can be tapped
LOSS_DAYS = 14      # how long cheerful prompts stay away after a loss was told


@dataclass(frozen=True)
class Scored:
    """A label of the classifier, or the entry behind it, with its probability."""

    name: str
    score: float


@dataclass(frozen=True)
class Reading:
    """What the model made of a text: labels best first; `ask/<entry id>` for knowledge."""

    text: str
    labels: tuple[Scored, ...]

    @property
    def entries(self) -> tuple[Scored, ...]:
        """Only the knowledge entries among the labels, by their ids."""
        return tuple(Scored(x.name[4:], x.score) for x in self.labels if x.name.startswith("ask/"))

    @property
    def best(self) -> Scored:
        """The likeliest entry; a nameless one of probability 0 where there is none."""
        return next(iter(self.entries), Scored("", 0.0))

    @property
    def elsewhere(self) -> float:
        """Summed probability of what is no entry."""
        return sum(x.score for x in self.labels if not x.name.startswith("ask/"))

    def share(self, topic: str) -> float:
        """Summed probability of a topic's labels (`emergency` covers `emergency/pain` …)."""
        return sum(x.score for x in self.labels if x.name.split("/")[0] == topic)

    def score(self, label: str) -> float:
        """Probability of one label."""
        return next((x.score for x in self.labels if x.name == label), 0.0)

    def detail(self, topic: str) -> str | None:
        """The likeliest label below a topic: `testing` of `inform_stage/testing`."""
        return next((x.name.split("/", 1)[1] for x in self.labels if x.name.startswith(topic + "/")), None)


@dataclass(frozen=True)
class Thresholds:
    """Calibrated with the scorer, on voices it had not seen (`docs/decisions/0002-thresholds.md`).

    Attributes:
        answer: least probability of an entry that is answered outright.
        margin: by how much it must lead the second.
        offer: least probability of an entry that is offered as a choice.
        both: least probability of a close second that is answered as well.
        other: most probability of all topics that are no entries, from which on nothing is answered outright.
        check: least share of the emergency labels, in the whole message, at which she is asked whether it is one.
        alarm: least share that raises an alarm without the rule guard; of a sentence by itself, the least share to ask.
        sure: least share that raises one where the rules dismiss every complaint in it; and of a sentence by itself.
        scam: least share of the label of offers where the rules see no sign of one; each of their points lowers it by a tenth and a bit.
    """

    answer: float = 0.45
    margin: float = 0.10
    offer: float = 0.06
    both: float = 0.25
    other: float = 0.3
    check: float = 0.35
    alarm: float = 0.5
    sure: float = 0.8
    scam: float = 0.9


@dataclass(frozen=True)
class Profile:
    """What is known of a patient; times are the centre's."""

    stage: str | None = None
    region: str | None = None
    language: Language | None = None
    tone: str | None = None
    tone_since: datetime | None = None
    asked_stage_at: datetime | None = None
    asked_region_at: datetime | None = None
    welcomed_at: datetime | None = None
    noticed_at: datetime | None = None


@dataclass(frozen=True)
class State:
    """What is open between bot and patient. Everything in it is JSON.

    Attributes:
        offers: what a number or a tap now means: `{"id": token, "do": "entry"|"stage"|…, "value": …, "title": …}` each.
        waiting: what the last reply asked for, None for nothing: one of several titles (`choice`), whether that was it (`satisfied`), `stage`,
            `region` or `date`; whether it is an emergency (`alarm`), to go on with what that interrupted (`resume`); the next word of a form (`card`,
            `booking`, `binding`); a `report`'s other tests; which of her `appointments`, to `cancel` one, a `reminder`; to `delete` all.
        question: the patient's last question, in her words.
        entries: ids answered last.
        candidates: what else it might have been, best first.
        alarm: group of signs that an open `emergency_check` asks about.
        reminded: whether that question was asked a second time, behind the answer to something else.
        denied: how often in a row she said that it was not what she meant.
        paused: whether an emergency interrupted what was under way; it is offered again when that is over.
        card: the key facts collected so far, and under `step` what is being asked.
        booking: an appointment that is being arranged (`bot.dialogue.booking`).
        binding: the binding to a patient's records that is under way (`bot.dialogue.binding`).
    """

    offers: tuple[dict[str, str], ...] = ()
    waiting: Waiting | None = None
    question: str | None = None
    entries: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    denied: int = 0
    alarm: str | None = None
    reminded: bool = False
    paused: bool = False
    card: Mapping[str, str] = field(default_factory=dict)
    booking: Mapping[str, Any] = field(default_factory=dict)
    binding: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """A form that the database keeps."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> State:
        """The inverse of `to_json`; keys of another version are ignored."""
        known = {k: v for k, v in data.items() if k in cls.__dataclass_fields__}
        for key in ("offers", "entries", "candidates"):
            known[key] = tuple(known.get(key) or ())
        return cls(**known)


@dataclass(frozen=True)
class Episode:
    """An emergency that is not over: booking and reports wait, and playing it down does not end it.

    Attributes:
        group: of signs, which decides about the text; self-harm is ended by staff only.
        taken: whether a nurse has taken the alert.
    """

    group: str
    opened_at: datetime
    until: datetime
    taken: bool = False


class Values(Protocol):
    """Personal values that a form waits for, left out of the message and kept encrypted for minutes (`bot.privacy.vault.Vault`)."""

    def take(self, conversation: str, kind: str) -> str | None:
        """A value, once; None where there is none or it has expired."""


class EmergencyWords(Protocol):
    """The staff's texts for emergencies (`knowledge/_emergency.yml`), see `bot.guard.EmergencyTexts`."""

    @property
    def version(self) -> str:
        """Of everything that is said."""

    def text(self, group: str, language: str, library: Library) -> str:
        """What to do now, for a group of signs."""

    def words(self, key: str, language: str, library: Library) -> str:
        """Everything else that is said in an emergency."""

    def episode_reply(self, text: str) -> str | None:
        """What a message in an episode says of help: a kind of `bot.guard.texts.REPLIES`, or None."""

    def rules_out(self, kind: str, text: str) -> bool:
        """Whether a message has words that speak against such a kind."""

    def may_end(self, text: str) -> bool:
        """Whether a message may tell the end of an episode: a doctor is in it, and neither a question nor a complaint."""


@dataclass(frozen=True)
class Turn:
    """One message and all that its answer depends on.

    Attributes:
        text: as the patient wrote it, normalised.
        intent: the topic the message was routed to.
        whole: what the model made of the message.
        clauses: what it made of each sentence; empty where there is only one.
        behind: what it made of the words behind a short opening, where an emergency may stand there.
        tap: id of the button that was tapped, if one was.
        given: profile values that an integration set (`/inform_profile`).
        alarm: what the rule guard found; where it is certain, its text has gone out already.
        offer: kind of a tout's offer that was found by rule.
        dismissed: whether the rule guard found every complaint in it denied, past, supposed or not meant.
        lure: points of an offer that the rules saw in it.
        offers_version: of the rules for offers by which the message was looked at.
        settled: whether by rule it is plain that nothing is offered: she asks about an offer, warns of one, declines it …
        told: whether by rule she asks about an offer, or tells of one.
        masked: kinds of personal data that stood in the message.
        episode: an emergency that is not over.
        conversation: its key, by which the hospital's side knows her.
        hospital: what can be booked and looked up; None where there is nothing to ask.
        vault: the values of masked personal data that a binding waits for.
        quiet: whether the group was warned of touts so lately that it is not done again.
        agreed: purposes for which she has agreed that something of hers is kept.
        ended: whether what a patient had allowed this family member has ended, and was not told yet.
        taps: whether options can be tapped where she reads them; else they are numbered lines.
    """

    library: Library
    emergencies: EmergencyWords
    text: str
    intent: str
    whole: Reading
    clauses: tuple[Reading, ...]
    entities: Entities
    language: Language
    profile: Profile
    state: State
    now: datetime
    group: bool = False
    mentioned: bool = True
    tap: str | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    thresholds: Thresholds = Thresholds()
    alarm: Alarm | None = None
    offer: str | None = None
    dismissed: bool = False
    lure: float = 0.0
    settled: bool = False
    told: bool = False
    offers_version: str = ""
    masked: tuple[str, ...] = ()
    episode: Episode | None = None
    quiet: bool = False
    conversation: str = ""
    hospital: Hospital | None = None
    vault: Values | None = None
    agreed: frozenset[str] = frozenset()
    ended: bool = False
    taps: bool = True
    behind: Reading | None = None

    @property
    def today(self) -> date:
        """The day at the centre."""
        return self.now.date()

    @property
    def grieving(self) -> bool:
        """Whether a loss was told so lately that cheerful prompts are out of place."""
        since = self.profile.tone_since
        return self.profile.tone == "loss" and since is not None and (self.now - since).days < LOSS_DAYS

    def say(self, key: str, **values: object) -> str:
        """A shell text of `knowledge/_words.yml` in the language of the message; where nothing can be tapped, the one that does not speak of it."""
        plain = key + NUMBERS
        return self.library.words(plain if not self.taps and plain in self.library.shell else key, self.language, **values)

    def say_emergency(self, key: str) -> str:
        """A line of `knowledge/_emergency.yml` in the language of the message."""
        return self.emergencies.words(key, self.language, self.library)


@dataclass(frozen=True)
class Button:
    """Something to tap: what it is called and what it does."""

    title: str
    do: str
    value: str = ""


@dataclass(frozen=True)
class Reply:
    """One message of the bot, see the reply contract (`docs/rest.md`)."""

    kind: Kind
    text: str
    entries: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    query: Mapping[str, Any] | None = None
    status: str | None = None
    confidence: float | None = None


@dataclass(frozen=True)
class Missed:
    """A question for the staff's list."""

    text: str
    reason: str
    candidates: tuple[str, ...] = ()
    chosen: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What a turn leads to: replies in reading order, and what is to be kept.

    Attributes:
        alarm: an emergency that opens an episode, or goes on in one; staff are alerted.
        examined: she was examined and all is well: the episode is over.
        warned: kind of a tout's offer that a group was warned of, or None; staff get a line.
        consent: purpose for which she has just agreed that something of hers is kept.
        withdrawn: purpose for which nothing of hers is kept any more: the consent to it ends.
        told_ended: a family member is told that what a patient had allowed has ended.
    """

    replies: tuple[Reply, ...]
    profile: Profile
    state: State
    missed: tuple[Missed, ...] = ()
    forget: bool = False
    alarm: Alarm | None = None
    examined: bool = False
    warned: str | None = None
    consent: str | None = None
    withdrawn: str | None = None
    told_ended: bool = False

    def but(self, **changes: Any) -> Outcome:
        """The same with some fields changed."""
        return replace(self, **changes)

    def led_by(self, line: str) -> Outcome:
        """The same with a line before the first reply's text."""
        first, *rest = self.replies
        return self.but(replies=(replace(first, text=f"{line}\n\n{first.text}"), *rest))


#: What answers a topic. One that asks the hospital is a coroutine; everything else is a plain function.
Handler = Callable[[Turn], Outcome | Awaitable[Outcome]]


async def finished(made: Outcome | Awaitable[Outcome]) -> Outcome:
    """The outcome of a handler, waited for where it asks the hospital."""
    return made if isinstance(made, Outcome) else await made


def outcome(turn: Turn, *replies: Reply, missed: tuple[Missed, ...] = (), profile: Profile | None = None, **state: Any) -> Outcome:
    """Replies that close whatever was open, unless `state` opens something."""
    kept = State(question=turn.state.question, entries=turn.state.entries, card=turn.state.card, booking=turn.state.booking,
                 binding=turn.state.binding, paused=turn.state.paused)
    return Outcome(replies, profile or turn.profile, replace(kept, **state), missed)
