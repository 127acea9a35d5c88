"""One turn from message to outcome: what is open first, then the topic, then the notices of a first contact."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue import answer, card, care, follow_up, requests, smalltalk, stages
from bot.dialogue.model import Handler, Outcome, Reading, Reply, Turn

#: What each intent of `domain.yml` leads to. A test holds the two together.
TOPICS: dict[str, Handler] = {
    "ask": answer.respond,
    "emergency": care.emergency,
    "medical_advice": care.defer,
    "mention": care.mild,
    "loss": care.loss,
    "scam": care.scam,
    "handoff": care.handoff,
    "booking": requests.booking,
    "booking_change": requests.change,
    "report": requests.report,
    "inform_stage": stages.tell_stage,
    "inform_region": stages.tell_region,
    "correct_profile": stages.correct,
    "inform_profile": stages.given,
    "greet": smalltalk.greet,
    "menu": smalltalk.menu,
    "annoyed": smalltalk.annoyed,
    "out_of_scope": smalltalk.out_of_scope,
    "clinic_question": smalltalk.clinic_question,
    "delete_data": smalltalk.delete_data,
    "key_facts": card.start,
    "none_of_these": smalltalk.plain_deny,
    "choose": smalltalk.choose,
    "harmless": answer.respond,     # never routed to: it stands against `scam` in training, see `bot.retrieval.reading.NEUTRAL`
    "tap": follow_up.tapped,
    **dict.fromkeys(smalltalk.PLAIN, smalltalk.plain),
}

#: Topics that no open request may swallow.
FIRST = ("emergency", "inform_profile")
#: Topics that are answered in a group although the bot was not mentioned.
UNASKED = ("emergency", "scam")


def respond(turn: Turn) -> Outcome:
    """The outcome of a turn; never without a reply."""
    if turn.group and not turn.mentioned and turn.intent not in UNASKED:
        return Outcome((Reply("silent", ""),), turn.profile, turn.state)
    turn = replace(turn, whole=_held(turn, turn.whole), clauses=tuple(_held(turn, x) for x in turn.clauses))
    turn = replace(turn, profile=replace(stages.overheard(turn), language=turn.language))
    opened = None if turn.intent in FIRST else follow_up.respond(turn)
    made = opened if opened is not None else TOPICS.get(turn.intent, answer.respond)(turn)
    return first_contact(turn, made)


def _held(turn: Turn, reading: Reading) -> Reading:
    """A reading without entries that are gone, or not valid yet."""
    held = {f"ask/{x.id}" for x in turn.library.valid(turn.today)}
    return replace(reading, labels=tuple(x for x in reading.labels if x.name in held or not x.name.startswith("ask/")))


def first_contact(turn: Turn, made: Outcome) -> Outcome:
    """After the first reply, and never before it: what is kept and, on a demonstration, that the data are made up."""
    if made.profile.noticed_at is not None or turn.group or turn.intent in FIRST or made.forget:
        return made
    seen = replace(made.profile, welcomed_at=turn.now, noticed_at=turn.now)
    if any(x.kind == "emergency" for x in made.replies):
        return made
    notice = turn.say("first_notice")
    if turn.library.hospital.demo:
        notice = f"{notice}\n{turn.library.notice('demo', turn.language)}"
    return made.but(profile=seen, replies=(*made.replies, Reply("privacy", notice)))

