"""Where no answer from a text will do: a doctor's judgement, grief, a tout, the wish for a person. Emergencies: `bot.dialogue.episode`."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue import answer, prompts
from bot.dialogue.choosing import sure_sentences
from bot.dialogue.model import Button, Missed, Outcome, Reply, Scored, Turn, outcome

EMERGENCY_ENTRY = "risk.emergency"
ADVICE = "risk.scam-services"
BESIDE = 0.25       # an entry this likely is shown below a reply of another kind


def defer(turn: Turn) -> Outcome:
    """A doctor has to judge this: how to reach one at this stage, the card of key facts, what else was asked."""
    stage = turn.profile.stage or (turn.entities.stages[0] if len(turn.entities.stages) == 1 else None)
    reach = turn.say(f"defer_{stage}") if stage else turn.say("defer_any")
    text = "\n\n".join((turn.say("defer"), reach, turn.say("defer_card")))
    beside = beside_entries(turn)
    replies = [Reply("defer", text, buttons=() if turn.group else (Button(turn.say("card_fill"), "card_start"),))]
    replies += [answer.one(turn, x) for x in beside]
    made = prompts.open_with(turn, replies[0], None, question=turn.text, entries=tuple(x.name for x in beside))
    return made.but(replies=tuple(replies))


def beside_entries(turn: Turn) -> tuple[Scored, ...]:
    """Entries asked beside: a sure sentence of its own, or a likely entry of the whole message."""
    sure = sure_sentences(turn.clauses)
    likely = [x for x in turn.whole.entries[:1] if x.score >= BESIDE]
    return tuple({x.name: x for x in (*likely, *sure.values())}.values())[:2]


def mild(turn: Turn) -> Outcome:
    """A mild or usual complaint: the nurse or doctor answers it; the signs that are not mild stand below."""
    made = defer(turn)
    first = replace(made.replies[0], text="\n\n".join((turn.say("mild"), answer.nurse_line(turn), turn.say("mild_watch"))))
    return made.but(replies=(first, *made.replies[1:]))


def loss(turn: Turn) -> Outcome:
    """A failed cycle or a loss: first the feeling, then, if asked, the answer; cheerful prompts stop for a while."""
    profile = replace(turn.profile, tone="loss", tone_since=turn.now)
    known = replace(turn, profile=profile)
    replies = [Reply("defer", f"{turn.say('loss')}\n\n{turn.say('loss_reach')}\n\n{answer.nurse_line(turn)}")]
    asked = tuple(sure_sentences(turn.clauses).values())[:2]
    replies += [answer.one(known, x) for x in asked]
    return outcome(known, *replies, question=turn.text, entries=tuple(x.name for x in asked))


def scam(turn: Turn) -> Outcome:
    """An advertisement: warn everybody who reads it, once in a while, and repeat nothing of it; staff get a line."""
    kind = turn.offer or "scorer"
    if not turn.group:
        return outcome(turn, Reply("scam_warning", turn.say("scam")), entries=())
    if turn.quiet:
        return Outcome((Reply("silent", ""),), turn.profile, turn.state, warned=kind)
    return Outcome((Reply("scam_warning", turn.say("scam_group")),), turn.profile, turn.state, warned=kind)


def advise(turn: Turn) -> Outcome:
    """She was offered something, or asks whether to believe it: the official advice."""
    return answer.entries(turn, (Scored(ADVICE, 1.0),)) if ADVICE in turn.library.entries else answer.respond(turn)


def handoff(turn: Turn) -> Outcome:
    """She wants a person: phone, hours, and the request on the staff's list."""
    text = f"{turn.say('handoff')}\n\n{answer.nurse_line(turn)}"
    missed = Missed(turn.text, "handoff")
    beside = tuple(x for x in beside_entries(turn) if x.score >= 2 * BESIDE)
    replies = [Reply("handoff", text), *(answer.one(turn, x) for x in beside)]
    return outcome(turn, *replies, missed=(missed,), question=turn.text, entries=tuple(x.name for x in beside))
