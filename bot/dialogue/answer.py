"""Answers from the knowledge base, choices when unsure, and the plain admission that nothing was found."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.dialogue import context, prompts, timeline
from bot.dialogue.choosing import choose_all, sure_sentences
from bot.dialogue.model import Button, Missed, Outcome, Profile, Reply, Scored, Turn, outcome
from bot.knowledge.hours import is_open, next_opening

ASK_AGAIN = timedelta(days=30)      # a question about stage or city that she left unanswered is not repeated sooner


def respond(turn: Turn) -> Outcome:
    """Answer what was asked, offer what it might be, or say plainly that it is not known."""
    referred = context.entry_referred_to(turn)
    if referred is not None:
        return entries(turn, (Scored(referred, 1.0),))
    turn = context.fitted(turn)
    choice = choose_all(turn.whole, turn.clauses, turn.thresholds)
    if choice.answers:
        return entries(turn, context.local_guide(turn, choice.answers), tuple(x.name for x in choice.rest))
    sole = context.only_region(turn, choice.offers)
    if sole is not None:
        return entries(turn, (sole,))
    if choice.offers:
        return offer(turn, tuple(x.name for x in choice.offers), turn.say("choices"), turn.text)
    return nothing_found(turn)


def chosen(turn: Turn) -> tuple[Scored, ...]:
    """The entries that a message surely asks for."""
    fitted = context.fitted(turn)
    return choose_all(fitted.whole, fitted.clauses, fitted.thresholds).answers


def entries(turn: Turn, chosen: tuple[Scored, ...], rest: tuple[str, ...] = ()) -> Outcome:
    """Answer entries, then what goes with it: dates, a question about stage or city, related titles."""
    chosen = tuple(x for x in chosen if x.name in turn.library.entries)
    if not chosen:
        return nothing_found(turn)
    replies = [one(turn, x) for x in chosen]
    shown = tuple(x.name for x, reply in zip(chosen, replies) if reply.entries)
    dated = timeline.reply(turn, shown)
    if dated is not None:
        replies.append(dated)
    kept: dict[str, Any] = {"question": turn.text, "entries": shown, "candidates": tuple(x for x in rest if x not in shown)}
    if turn.group or turn.grieving or not shown:
        return outcome(turn, *replies, **kept)
    profile, prompt = closing(turn, shown)
    made = prompts.open_with(turn, prompt, prompts.waiting_for(prompt), **kept)
    return made.but(replies=(*replies, *made.replies), profile=profile)


def one(turn: Turn, scored: Scored) -> Reply:
    """The answer of one entry, fitted to stage and region; a private one is not shown in a group."""
    entry = turn.library.get(scored.name)
    if turn.group and entry.audience == "private":
        return Reply("answer", turn.say("private_only"), confidence=round(scored.score, 3))
    text = answer_text(turn, scored.name)
    return Reply("answer", text, (scored.name,), related(turn, scored.name), confidence=round(scored.score, 3))


def beside(turn: Turn, made: Outcome) -> tuple[Reply, ...]:
    """The answers to what single sentences of the message surely ask, as far as the outcome does not give them: two at the most."""
    shown = {entry for reply in made.replies for entry in reply.entries}
    asked = tuple(sure_sentences(turn.clauses).values())[:2]
    return tuple(one(turn, x) for x in asked if x.name not in shown)


def answer_text(turn: Turn, entry: str) -> str:
    """Answer and origin line of an entry, as this patient reads it."""
    shown = turn.library.render(entry, turn.language, turn.profile.stage, turn.profile.region, turn.today)
    return f"{shown.text.strip()}\n\n{turn.library.footer(entry, turn.language)}"


def related(turn: Turn, entry: str) -> tuple[str, ...]:
    """Entries to go on with, those of the other audience left out in a group."""
    found = turn.library.related(entry, turn.today)
    return tuple(x.id for x in found if not turn.group or x.audience == "group")


def closing(turn: Turn, shown: tuple[str, ...]) -> tuple[Profile, Reply]:
    """The one prompt after an answer: stage or city where it would change the answer and is not known, a date to count from, or a
    light "was that it?" with related questions."""
    differs = {what for entry in shown for what in turn.library.differs_by(entry)}
    profile = turn.profile
    if "stage" in differs and profile.stage is None and _may_ask(turn, profile.asked_stage_at):
        return replace(profile, asked_stage_at=turn.now), prompts.ask_stage(turn)
    if "region" in differs and profile.region is None and _may_ask(turn, profile.asked_region_at):
        return replace(profile, asked_region_at=turn.now), prompts.ask_region(turn)
    if any(x.startswith("timeline.") for x in shown) and timeline.reply(turn, shown) is None:
        return profile, Reply("menu", turn.say("timeline_ask_date"))
    return profile, prompts.was_that_it(turn, tuple(r for x in shown for r in related(turn, x) if r not in shown)[:2])


def _may_ask(turn: Turn, asked: datetime | None) -> bool:
    return asked is None or turn.now - asked > ASK_AGAIN


def offer(turn: Turn, ids: tuple[str, ...], lead: str, question: str, denied: int = 0) -> Outcome:
    """Up to three titles to choose from, by tap or by number."""
    titles = [turn.library.title(x, turn.language) for x in ids]
    listed = "\n".join(f"{n}. {title}" for n, title in enumerate(titles, 1))
    buttons = tuple(Button(title, "entry", x) for title, x in zip(titles, ids))
    if not turn.group:
        buttons += (Button(turn.say("none_fits"), "none"),)
    text = f"{lead}\n\n{listed}\n\n{turn.say('choices_how')}"
    reply = Reply("choices", text, ids, buttons=buttons, confidence=round(turn.whole.best.score, 3))
    return prompts.open_with(turn, reply, "choice", question=question, candidates=ids, denied=denied)


def nothing_found(
    turn: Turn, *, reason: str | None = "no_answer", lead: str = "no_answer", question: str | None = None, shown: tuple[str, ...] | None = None
) -> Outcome:
    """Say plainly that it is not known, name the nurse station and whether it is open, keep the question for staff.

    Args:
        reason: why it is on the staff's list; None where it does not go there.
        lead: key of the words that it begins with.
        question: what she asked, where that is not this message.
        shown: entries that she was shown in vain, for staff to see with it; None for those the model would have guessed.
    """
    text = f"{turn.say(lead)}\n\n{nurse_line(turn)}"
    asked = question or turn.text
    guesses = tuple(x.name for x in turn.whole.entries[:3]) if shown is None else shown
    missed = () if reason is None else (Missed(asked, reason, guesses),)
    return outcome(turn, Reply("no_answer", text), missed=missed, question=asked, entries=())


def nurse_line(turn: Turn) -> str:
    """Where the nurse station is, by which phone, and whether somebody is there now or when next."""
    hours = turn.library.hospital.nurse_hours
    if is_open(hours, turn.now):
        return turn.say("nurse_open")
    opening = next_opening(hours, turn.now)
    if opening is None:
        return turn.say("nurse_hours")
    return turn.say("nurse_closed", opening=prompts.moment(turn, opening))
