"""One turn from message to outcome: an alarm first, then what is open, then the topic, then the notices."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue import (
    answer,
    appointments,
    binding,
    booking,
    card,
    care,
    episode,
    follow_up,
    reports,
    smalltalk,
    stages,
    under_way,
)
from bot.dialogue.model import Handler, Outcome, Reading, Reply, Turn, finished
from bot.guard import Alarm
from bot.hospital.codes import find_code

#: What each intent of `domain.yml` leads to. A test holds the two together.
TOPICS: dict[str, Handler] = {
    "ask": answer.respond,
    "emergency": answer.respond,    # what is below the alarm's threshold; alarms are raised before any topic
    "medical_advice": care.defer,
    "mention": care.mild,
    "loss": care.loss,
    "scam": care.scam,
    "handoff": care.handoff,
    "booking": booking.asked,
    "booking_change": appointments.change,
    "report": reports.asked,
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
    "export_data": smalltalk.export_data,
    "key_facts": card.start,
    "none_of_these": smalltalk.plain_deny,
    "choose": smalltalk.choose,
    "harmless": answer.respond,     # never routed to: it stands against `scam` in training, see `bot.retrieval.reading.NEUTRAL`
    "tap": follow_up.tapped,
    **dict.fromkeys(smalltalk.PLAIN, smalltalk.plain),
}

#: Topics that no open request may swallow.
FIRST = ("scam", "inform_profile")


async def respond(turn: Turn) -> Outcome:
    """The outcome of a turn; never without a reply."""
    if turn.offer is not None and turn.tap is None:
        turn = replace(turn, intent="scam")
    turn = replace(turn, whole=_held(turn, turn.whole), clauses=tuple(_held(turn, x) for x in turn.clauses))
    found = episode.alarm(turn)
    if turn.group and not turn.mentioned and not _heard(turn, found):
        return Outcome((Reply("silent", ""),), turn.profile, turn.state)
    turn = replace(turn, profile=replace(stages.overheard(turn), language=turn.language))
    if found is not None and not _resolved(turn, found):
        made = episode.raised(turn, found) if found.certain else episode.check(turn, found)
    elif turn.episode is not None:
        made = await episode.within(turn, topic)
    else:
        made = episode.offered_again(turn, await topic(turn))
    return notices(turn, made)


async def topic(turn: Turn) -> Outcome:
    """What is open, else the topic of the message."""
    opened = None if turn.intent in FIRST and find_code(turn.text) is None else await follow_up.respond(turn)
    if opened is not None:
        return opened
    return await under_way.asked_again(turn, await finished(TOPICS.get(turn.intent, answer.respond)(turn)))


def _heard(turn: Turn, found: Alarm | None) -> bool:
    """Whether a message of a group that does not name the bot is answered: an emergency, and a tout's offer."""
    urgent = found is not None and (found.certain or turn.alarm is not None)
    return urgent or turn.intent == "scam"


def _resolved(turn: Turn, found: Alarm) -> bool:
    """Whether the scorer alone took "they examined me, all is well" for an alarm."""
    return turn.alarm is None and found.sign == "scorer" and turn.emergencies.episode_reply(turn.text) == "examined"


def _held(turn: Turn, reading: Reading) -> Reading:
    """A reading without entries that are gone, or not valid yet."""
    held = {f"ask/{x.id}" for x in turn.library.valid(turn.today)}
    return replace(reading, labels=tuple(x for x in reading.labels if x.name in held or not x.name.startswith("ask/")))


def notices(turn: Turn, made: Outcome) -> Outcome:
    """What is said behind the answer, and never before it: not to send personal data, and at first contact what is kept."""
    if made.replies[0].kind == "silent" or made.forget:
        return made
    made = _masked(turn, made) if turn.masked and not binding.wants(turn) else made
    urgent = any(x.kind in ("emergency", "emergency_check") for x in made.replies)
    if made.profile.noticed_at is not None or turn.group or turn.intent == "inform_profile" or urgent:
        return made
    notice = turn.say("first_notice")
    if turn.library.hospital.demo:
        notice = f"{notice}\n{turn.library.notice('demo', turn.language)}"
    seen = replace(made.profile, welcomed_at=turn.now, noticed_at=turn.now)
    return made.but(profile=seen, replies=(*made.replies, Reply("privacy", notice)))


def _masked(turn: Turn, made: Outcome) -> Outcome:
    """Personal data was left out of what is kept; in a group the message itself is still there for all to read."""
    notice = Reply("privacy", turn.say("masked_group" if turn.group else "masked"))
    answered = tuple(x for x in made.replies if x.kind != "no_answer")      # a bare number is no question to be sorry about
    return made.but(replies=(*answered, notice))
