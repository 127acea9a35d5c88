"""What the side panel shows for a question: the entries as the bot scores them, each as it would be sent."""

from __future__ import annotations

import asyncio
from typing import Any

from bot import bootstrap
from bot.channels.screening import Incoming, screen
from bot.channels.turns import Turns, warm
from bot.dialogue.choosing import choose_all
from bot.dialogue.model import Profile, Scored, State, Turn
from bot.knowledge.model import Language
from bot.turn_reader import read_turn

MOST = 5
LEAST_SCORE = 0.01
#: Topics that the bot leaves to a doctor, or to nobody.
TOPICS = ("medical_advice", "loss", "emergency", "out_of_scope", "clinic_question")


async def search(turns: Turns, text: str, language: Language | None, stage: str | None, region: str | None) -> dict[str, Any]:
    """The best entries, best first; an emergency's text before them, and what the bot would not answer by itself.

    Args:
        language: of the answers; None for that of the question.
    """
    found = screen(Incoming("", text, "panel"))
    turn = await _read(turns, found.text, stage, region)
    spoken = language or turn.language
    choice = choose_all(turn.whole, turn.clauses, turn.thresholds)
    sure, offered = {x.name for x in choice.answers}, {x.name for x in choice.offers}
    held = {x.id for x in turn.library.valid(turn.today)}
    best = [x for x in _merged(turn) if x.name in held and (x.score >= LEAST_SCORE or x.name in sure)][:MOST]
    urgent = None if found.alarm is None else bootstrap.guard().texts.text(found.alarm.group, spoken, turn.library)
    return {
        "language": spoken, "masked": list(found.masked), "urgent": urgent,
        "scam": None if found.offer is None else turn.library.words("scam_group", spoken),
        "topic": turn.intent if turn.intent in TOPICS else None,
        "found": [_shown(turn, x, spoken, "answer" if x.name in sure else "offer" if x.name in offered else "less") for x in best],
    }


async def _read(turns: Turns, text: str, stage: str | None, region: str | None) -> Turn:
    await asyncio.to_thread(warm, text)
    message = await turns.read(text)
    return read_turn(message, Profile(stage=stage, region=region), State())


def _merged(turn: Turn) -> list[Scored]:
    """The entries of the whole message and of its sentences, each with its best score."""
    best: dict[str, float] = {}
    for reading in (turn.whole, *(turn.clauses if len(turn.clauses) > 1 else ())):
        for one in reading.entries:
            best[one.name] = max(one.score, best.get(one.name, 0.0))
    return sorted((Scored(name, score) for name, score in best.items()), key=lambda x: -x.score)


def _shown(turn: Turn, one: Scored, language: Language, how: str) -> dict[str, Any]:
    library = turn.library
    entry = library.get(one.name)
    text = library.render(one.name, language, turn.profile.stage, turn.profile.region, turn.today).text.strip()
    footer, checked = library.footer(one.name, language), entry.standing_review is not None
    lead = library.words("wecom_official" if checked else "wecom_compiled", language)
    return {"id": one.name, "title": library.title(one.name, language), "score": round(one.score, 3), "how": how, "private": entry.audience == "private",
            "reviewed": checked, "footer": footer, "text": text, "send": f"{lead}\n{text}\n\n{footer}"}
