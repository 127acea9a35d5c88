"""One turn from message to outcome: an alarm first, then what is open, then the topic, then the notices."""

from __future__ import annotations

from collections.abc import Sequence
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
from bot.dialogue.choosing import MAX_ANSWERS, sure_topic
from bot.dialogue.model import Handler, Outcome, Reading, Reply, Turn, finished
from bot.dialogue.values import tells_value
from bot.guard import Alarm
from bot.hospital.codes import find_code

#: What each intent of `domain.yml` leads to. A test holds the two together.
TOPICS: dict[str, Handler] = {
    "ask": booking.or_answer,
    "emergency": answer.respond,    # never routed to: alarms are raised before any topic, and what is none is read anew
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
    "episode": answer.respond,      # nor this: see `bot.dialogue.episode.told`
    "tap": follow_up.tapped,
    **dict.fromkeys(smalltalk.PLAIN, smalltalk.plain),
}

SURE = 0.85         # share from which a topic stands although the rules hear of an offer
DOCTORS = 0.25      # share of a question for the doctor from which no other refusal is given: the way to the doctor serves either
LURE = 0.12         # by so much a point of the rules for offers lowers what the scorer has to be sure of
IMPLAUSIBLE = 0.02  # a share below which the scorer outvotes the rules for offers: on voices it had not heard 16 of 33 false warnings less, no offer of 180 lost
#: What a group should not read, whoever was spoken to: its sender is asked to withdraw it (`docs/decisions/0015-what-a-group-is-asked-to-withdraw.md`).
EXPOSED = frozenset(("id_card", "passport", "bank_card", "medical_card", "address"))
#: A name or one of these alone may be meant for the group; together they tell strangers whose it is.
CONTACTS = frozenset(("phone", "email"))
#: Topics that are told in one reply and open nothing: answered behind the question whether to delete what is kept of her.
TOLD = ("ask", "medical_advice", "mention", "loss", "handoff", "clinic_question", "privacy")
#: Topics that no open request may swallow.
FIRST = ("scam", "inform_profile")


async def respond(turn: Turn) -> Outcome:
    """The outcome of a turn; never without a reply."""
    if turn.offer is not None and turn.tap is None:
        turn = replace(turn, intent="scam")
    turn = replace(turn, whole=_held(turn, turn.whole), clauses=tuple(_held(turn, x) for x in turn.clauses))
    found = episode.alarm(turn)
    turn = _deleting(_doctors(_upheld(turn)))
    if turn.group and not turn.mentioned and not _heard(turn, found):
        told = Reply("privacy", turn.say("masked_group")) if exposed(turn.masked) else Reply("silent", "")
        return Outcome((told,), turn.profile, turn.state)
    turn = replace(turn, profile=replace(stages.overheard(turn), language=turn.language))
    if found is not None and not _resolved(turn, found):
        made = episode.raised(turn, found) if found.certain else episode.check(turn, found)
    elif turn.episode is not None:
        made = await episode.within(turn, topic)
    else:
        made = episode.offered_again(turn, await topic(turn))
    return binding.told_ended(turn, notices(turn, made))


async def topic(turn: Turn) -> Outcome:
    """What is open, else the topic of the message."""
    opened = None if turn.intent in FIRST and find_code(turn.text) is None else await follow_up.respond(turn)
    if opened is not None:
        return await under_way.after_binding(turn, opened)
    handler = care.advise if _told_of_an_offer(turn) else TOPICS.get(turn.intent, answer.respond)
    made = await under_way.asked_again(turn, await finished(handler(turn)))
    made = await _told_besides(turn, made) if turn.intent == "delete_data" else made
    return episode.asked_again(turn, made) if turn.state.waiting == "alarm" else made


def _told_of_an_offer(turn: Turn) -> bool:
    """Whether by rule she asks about an offer or tells of one, where the scorer is sure of nothing else and of no entry."""
    return turn.told and turn.intent not in ("ask", *FIRST) and turn.whole.share(turn.intent) < SURE


def _deleting(turn: Turn) -> Turn:
    """The turn with the wish to delete as its topic, where a sentence of it surely says so; not where a tout offers something."""
    wished = turn.intent != "scam" and any(sure_topic(x) == "delete_data" for x in turn.clauses)
    return replace(turn, intent="delete_data") if wished else turn


async def _told_besides(turn: Turn, made: Outcome) -> Outcome:
    """What the other sentences of a message surely ask, behind the question whether to delete: two replies at the most."""
    others = [(x, topic) for x in turn.clauses if (topic := sure_topic(x)) in TOLD][:MAX_ANSWERS]
    for clause, topic in others:
        told = await finished(TOPICS[topic](replace(turn, text=clause.text, intent=topic, whole=clause, clauses=(), profile=made.profile)))
        reply = replace(told.replies[0], buttons=())
        made = made.but(replies=(*made.replies, reply), profile=told.profile, missed=(*made.missed, *told.missed))
    return made


def exposed(masked: Sequence[str]) -> bool:
    """Whether kinds of personal data that stood in one message of a group are to be withdrawn, whoever was spoken to."""
    kinds = set(masked)
    return bool(kinds & EXPOSED) or "name" in kinds and bool(kinds & CONTACTS)


def _heard(turn: Turn, found: Alarm | None) -> bool:
    """Whether a message of a group that does not name the bot is answered: an emergency, what may be one, and a tout's offer."""
    return found is not None or turn.intent == "scam"


def _upheld(turn: Turn) -> Turn:
    """The turn with its topic, or, where the scorer took it for an emergency or an offer and that does not hold, with the next likely one."""
    sure = not turn.settled and turn.whole.share("scam") >= turn.thresholds.scam - LURE * max(0.0, turn.lure)
    seen = max((x.share("scam") for x in (turn.whole, *turn.clauses)), default=0.0)
    offered = turn.offer is not None and seen >= IMPLAUSIBLE or sure
    if turn.intent not in ("emergency", "scam") or not turn.whole.labels or (turn.intent == "scam" and offered):
        return turn
    left = {x.name.split("/")[0] for x in turn.whole.labels} - {"emergency", "scam"}
    return replace(turn, intent=max(left, key=turn.whole.share, default="ask"))


def _doctors(turn: Turn) -> Turn:
    """The turn as a question for her doctor, where it may be one and is taken for a question about the centre that nothing answers, or for one about a
    report whose value she tells."""
    doubtful = turn.intent == "clinic_question" and turn.whole.share("medical_advice") >= DOCTORS
    valued = turn.intent == "report" and bool(turn.entities.tests) and tells_value(turn.text) and turn.state.waiting in (None, "satisfied")
    return replace(turn, intent="medical_advice") if doubtful or valued else turn


def _resolved(turn: Turn, found: Alarm) -> bool:
    """Whether the scorer alone took "they examined me, all is well" for an alarm, or, while an emergency lasts, "I am on my way".

    Nor does "I don't want to go to the ER" open an emergency of another group, unless the scorer is sure of it.
    """
    if turn.alarm is not None or found.sign != "scorer":
        return False
    told = turn.emergencies.episode_reply(turn.text)
    if told == "examined" or turn.episode is None:
        return told == "examined"
    other = found.group != turn.episode.group and not episode.scorer_sure(turn)
    return told == "on_the_way" or other and episode.playing_down(turn)


def _held(turn: Turn, reading: Reading) -> Reading:
    """A reading without entries that are gone, or not valid yet."""
    held = {f"ask/{x.id}" for x in turn.library.valid(turn.today)}
    return replace(reading, labels=tuple(x for x in reading.labels if x.name in held or not x.name.startswith("ask/")))


def notices(turn: Turn, made: Outcome) -> Outcome:
    """What is said behind the answer, and never before it: not to send personal data, and at first contact what is kept.

    In the hours after self-harm the second waits: nothing that needs a consent is taken up in them.
    """
    if made.replies[0].kind == "silent" or made.forget:
        return made
    made = _masked(turn, made) if turn.masked and not binding.wants(turn) else made
    urgent = any(x.kind in ("emergency", "emergency_check") for x in made.replies) or episode.lasting(turn)
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
    instead = episode.again(turn).replies if turn.episode is not None else (Reply("smalltalk", turn.say("masked_ask")),)
    return made.but(replies=(*(answered or instead), notice))
