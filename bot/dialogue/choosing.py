"""Answer, offer, or admit not to know: the decision over the scored entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.dialogue.model import Reading, Scored, Thresholds, Turn

MAX_OFFERS = 3
MAX_ANSWERS = 2
CLAUSE_SURE = 0.6       # a sentence of a longer message counts by itself from here on
SURE = 0.8              # a whole message is a question from here on, whatever else it could be


@dataclass(frozen=True)
class Choice:
    """What to do: entries to answer, else entries to offer, else neither; `rest` is what else it might have been."""

    answers: tuple[Scored, ...] = ()
    offers: tuple[Scored, ...] = ()
    rest: tuple[Scored, ...] = ()


def choose(entries: Sequence[Scored], limits: Thresholds) -> Choice:
    """Decide over the entries of one reading, best first.

    The best is answered when it is likely enough by itself and ahead of the second; a close second is answered with it when the two
    together leave little else.
    """
    if not entries or entries[0].score < limits.offer:
        return Choice()
    best, second = entries[0], entries[1] if len(entries) > 1 else Scored("", 0.0)
    rest = tuple(x for x in entries[1:1 + MAX_OFFERS] if x.score >= limits.offer / 2)
    if best.score >= limits.answer and best.score - second.score >= limits.margin:
        return Choice(answers=(best,), rest=rest)
    if second.score >= limits.both and best.score + second.score >= limits.answer + limits.both:
        return Choice(answers=(best, second), rest=rest[1:])
    offers = tuple(x for x in entries[:MAX_OFFERS] if x.score >= limits.offer)
    return Choice(offers=offers, rest=rest) if offers else Choice()


def surely_asks(turn: Turn) -> bool:
    """Whether the whole message is surely a question that an entry answers."""
    return turn.intent == "ask" and turn.whole.best.score >= SURE


def sure_topic(clause: Reading) -> str | None:
    """The topic that a sentence of a longer message surely has by itself."""
    return clause.labels[0].name.split("/")[0] if clause.labels and clause.labels[0].score >= CLAUSE_SURE else None


def asks_by_itself(clause: Reading) -> bool:
    """Whether a sentence of a longer message surely asks for an entry by itself."""
    return sure_topic(clause) == "ask"


def sure_sentences(clauses: Sequence[Reading]) -> dict[str, Scored]:
    """Entries that the sentences of a longer message surely ask for by themselves, in reading order."""
    sure: dict[str, Scored] = {}
    for clause in filter(asks_by_itself, clauses):
        sure.setdefault(clause.best.name, clause.best)
    return sure


def choose_all(whole: Reading, clauses: Sequence[Reading], limits: Thresholds) -> Choice:
    """Decide over a message and its sentences: two sentences that each surely ask something else are both answered."""
    told = choose(whole.entries, limits)
    if told.answers and whole.elsewhere > limits.other:      # it may not be a question for us at all: ask instead of answering
        told = Choice(offers=tuple(x for x in whole.entries[:MAX_OFFERS] if x.score >= limits.offer), rest=told.rest)
    sure = sure_sentences(clauses)
    if told.answers and told.answers[0].name not in sure:
        sure = {told.answers[0].name: told.answers[0], **sure}
    if len(sure) < 2:
        return told
    return Choice(answers=tuple(sure.values())[:MAX_ANSWERS], rest=told.rest)
