"""Emergencies: the alarm, the question where it is unclear, and the hours after it, in which booking and reports wait."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue import answer, booking, prompts, under_way
from bot.dialogue.care import EMERGENCY_ENTRY
from bot.dialogue.choosing import sure_sentences
from bot.dialogue.model import Button, Handler, Outcome, Reading, Reply, Turn, finished, outcome
from bot.guard import Alarm
from bot.text.replies import is_no, is_yes

SELF_HARM = "self_harm"
SENTENCE = 4            # characters; a shorter one says too little by itself
#: Topics that wait while an emergency is not over.
WAITING = ("booking", "booking_change", "report", "tap", "choose", "affirm", "inform_profile")
#: Topics whose answer is a fact she may need on her way, in one text under the emergency line.
ANSWERED = ("ask", "medical_advice", "mention", "handoff", "inform_stage", "inform_region", "clinic_question", "loss")


def alarm(turn: Turn) -> Alarm | None:
    """What either look at the message found: the rule guard's word, else the trained scorer's.

    The scorer alone raises a full alarm where it is sure, and where it is less so, one question (`emergency_check`). It has to be surer of a
    sentence torn from its message, and where the rules found every complaint denied, past or not meant. While an emergency lasts, no doubt of
    its own is worth a question.
    """
    whole, limits = emergency_share(turn.whole), turn.thresholds
    part = max((x for x in turn.clauses if len(x.text) >= SENTENCE), key=emergency_share, default=turn.whole)
    if turn.alarm is not None and (turn.alarm.certain or max(whole, emergency_share(part)) >= limits.alarm):
        return replace(turn.alarm, certain=True)
    certain = max(whole, emergency_share(part)) >= limits.sure or whole >= limits.alarm and not turn.dismissed
    asked = not turn.dismissed and turn.episode is None and (whole >= limits.check or emergency_share(part) >= limits.alarm)
    if certain or asked:
        worst = max(turn.whole, part, key=emergency_share)
        return Alarm(worst.detail("emergency") or "other", "scorer", certain)
    return turn.alarm


def emergency_share(reading: Reading) -> float:
    """How likely a text tells of an emergency, by the scorer."""
    return reading.share("emergency")


def raised(turn: Turn, found: Alarm) -> Outcome:
    """The text for these signs and nothing else; what was under way stays kept for later."""
    text = turn.emergencies.text(found.group, turn.language, turn.library)
    reply = Reply("emergency", text, (EMERGENCY_ENTRY,))
    left = replace(turn.state, offers=(), waiting=None, alarm=None, paused=True, booking=booking.noted(turn))
    return Outcome((reply,), turn.profile, left, alarm=replace(found, certain=True))


def check(turn: Turn, found: Alarm) -> Outcome:
    """Unclear: one question with two buttons, the emergency line shown meanwhile."""
    words = _check_words(found.group)
    yes, no = turn.say_emergency(f"{words}_yes"), turn.say_emergency(f"{words}_no")
    text = f"{turn.say_emergency(f'{words}_question')}\n\n{turn.say_emergency(f'{words}_meanwhile')}"
    reply = Reply("emergency_check", text, buttons=(Button(yes, "alarm_yes", found.group), Button(no, "alarm_no", found.group)))
    return prompts.open_with(turn, reply, "alarm", question=turn.text, alarm=found.group)


def checked(turn: Turn) -> Outcome | None:
    """Her answer to that question; None where it is something else."""
    group = turn.state.alarm or "other"
    if is_yes(turn.text):
        return raised(turn, Alarm(group, "asked", True))
    return calmed(turn, group) if is_no(turn.text) else None


def calmed(turn: Turn, group: str) -> Outcome:
    """No emergency, she says."""
    return outcome(turn, Reply("smalltalk", turn.say_emergency(f"{_check_words(group)}_calm")))


def _check_words(group: str) -> str:
    return "check_self_harm" if group == SELF_HARM else "check"


async def within(turn: Turn, handler: Handler) -> Outcome:
    """A message while an emergency is not over.

    Args:
        handler: what would answer it at another time.
    """
    told = turn.emergencies.episode_reply(turn.text)
    lasting = turn.episode is not None and turn.episode.group == SELF_HARM
    if told == "on_the_way":
        return _kept(turn, Reply("smalltalk", turn.say_emergency("episode_on_the_way")))
    if told == "examined" and not lasting:
        return await over(turn, handler)
    if told == "playing_down" or turn.intent in WAITING:
        return again(turn)
    if turn.intent in ANSWERED:
        return await under(turn, handler)
    if lasting:
        return _kept(turn, replace(again(turn).replies[0], kind="smalltalk", entries=()))
    return _kept(turn, *(await finished(handler(turn))).replies[:1])


def again(turn: Turn) -> Outcome:
    """The emergency line once more, in place of what waits."""
    group = turn.episode.group if turn.episode is not None else "other"
    lines = [turn.say_emergency("episode_self_harm_again" if group == SELF_HARM else "episode_again")]
    if turn.episode is not None and turn.episode.taken:
        lines.append(turn.say_emergency("episode_taken_self_harm" if group == SELF_HARM else "episode_taken"))
    return _kept(turn, Reply("emergency", "\n\n".join(lines), (EMERGENCY_ENTRY,)))


async def under(turn: Turn, handler: Handler) -> Outcome:
    """Another question: its answer in one text under the emergency line."""
    asked = sure_sentences(turn.clauses) or {x.name: x for x in answer.chosen(turn)}
    if turn.intent == "ask" and not asked:
        return again(turn)
    lasting = turn.episode is not None and turn.episode.group == SELF_HARM
    line = turn.say_emergency("episode_self_harm_under" if lasting else "episode_under")
    made = [answer.one(turn, x) for x in tuple(asked.values())[:1]] if turn.intent == "ask" else list((await finished(handler(turn))).replies[:1])
    first = made[0]
    return _kept(turn, replace(first, text=f"{line}\n\n{first.text}", buttons=()))


async def over(turn: Turn, handler: Handler) -> Outcome:
    """She was examined and all is well: glad of it, then what she asks, or what was under way."""
    known = replace(turn, episode=None)
    glad = Reply("smalltalk", turn.say_emergency("episode_over"))
    asks = turn.intent in ("booking", "booking_change", "report") or (turn.intent == "ask" and bool(answer.chosen(turn)))
    if asks:
        made = await finished(handler(known))
        return made.but(replies=(glad, *made.replies), examined=True)
    return offered_again(known, Outcome((glad,), turn.profile, turn.state)).but(examined=True)


def offered_again(turn: Turn, made: Outcome) -> Outcome:
    """The outcome, with what the emergency interrupted offered again behind it; nothing, where nothing was under way."""
    if not made.state.paused or turn.group:
        return made
    left = replace(made.state, paused=False)
    if under_way.kept(left) is None or left.waiting not in (None, "satisfied"):
        return made.but(state=left)
    yes, no = turn.say_emergency("episode_resume_yes"), turn.say_emergency("episode_resume_no")
    prompt = Reply("menu", turn.say_emergency("episode_resume"), buttons=(Button(yes, "resume"), Button(no, "drop")))
    offers = prompts.offers(prompt.buttons)
    replies = tuple(replace(x, buttons=()) for x in made.replies if x.kind != "menu")       # one open question at a time
    return made.but(replies=(*replies, prompt), state=replace(left, offers=offers, waiting="resume"))


def _kept(turn: Turn, *replies: Reply) -> Outcome:
    """Replies that leave open what is open, for later."""
    return Outcome(replies, turn.profile, replace(turn.state, question=turn.text if turn.intent == "ask" else turn.state.question))
