"""`ivf-guide ask "…" --stage … --lang … --explain` answers one question without a server; `ivf-guide questions` shows the staff's list."""

from __future__ import annotations

import bot.quiet  # noqa: F401  isort: skip  (first: no telemetry)

import argparse
import asyncio
import logging
import sys
from dataclasses import replace
from typing import Any

from bot import bootstrap, logs, training
from bot.dialogue.conversation import respond
from bot.dialogue.model import STAGES, Outcome, Profile, State, Turn
from bot.knowledge.model import PROVINCES
from bot.turn_reader import read_turn


async def parse(text: str) -> dict[str, Any]:
    """What the trained pipeline makes of a text.

    Raises:
        SystemExit: there is no model yet.
    """
    from rasa.core.agent import Agent

    model = training.newest(bootstrap.settings().models)
    if model is None:
        raise SystemExit("no model yet: run `make train`")
    message: dict[str, Any] = await Agent.load(str(model)).parse_message(text)
    return message


def explain(turn: Turn) -> str:
    """Routing, candidates and what was read from the message, as staff and developers want to see them."""
    lines = [f"intent      {turn.intent}", f"language    {turn.language}"]
    lines += [f"candidate   {x.score:.3f}  {x.name}" for x in turn.whole.labels[:6]]
    for clause in turn.clauses:
        best = clause.labels[0]
        lines.append(f"sentence    {best.score:.3f}  {best.name}  « {clause.text} »")
    read = {k: v for k, v in vars(turn.entities).items() if v and k != "language"}
    return "\n".join([*lines, *(f"{k:11} {v}" for k, v in read.items())])


def show(made: Outcome) -> str:
    """The replies as a patient reads them, each under its kind."""
    parts = []
    for reply in made.replies:
        buttons = "".join(f"\n  [{b.title}]" for b in reply.buttons)
        parts.append(f"— {reply.kind} {' '.join(reply.entries)}\n{reply.text}{buttons}")
    return "\n\n".join(parts)


def ask(given: argparse.Namespace) -> int:
    """Answer one question and print it."""
    message = asyncio.run(parse(given.text))
    turn = read_turn(message, Profile(stage=given.stage, region=given.region, language=given.lang), State())
    if given.lang:
        turn = replace(turn, language=given.lang)
    if given.explain:
        print(explain(turn), end="\n\n")
    print(show(respond(turn)))
    return 0


def questions(given: argparse.Namespace) -> int:
    """Print the staff's list: when, why it is there, the question, what was offered or chosen."""
    for row in bootstrap.conversations().unanswered(given.last):
        about = row.chosen or " ".join(row.candidates or [])
        print(f"{row.created_at:%Y-%m-%d %H:%M}  {row.reason:12} {row.text}" + (f"   → {about}" if about else ""))
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="ivf-guide", description=__doc__)
    commands = parser.add_subparsers(required=True)
    asking = commands.add_parser("ask", help="answer one question without a server")
    asking.add_argument("text")
    asking.add_argument("--stage", choices=STAGES)
    asking.add_argument("--region", choices=PROVINCES)
    asking.add_argument("--lang", choices=("zh", "en"), help="of the answer; else that of the question")
    asking.add_argument("--explain", action="store_true", help="show candidates and scores")
    asking.set_defaults(run=ask)
    listing = commands.add_parser("questions", help="what patients asked that staff should look at, newest first")
    listing.add_argument("--last", type=int, default=30, help="how many")
    listing.set_defaults(run=questions)
    given = parser.parse_args(arguments)
    logs.install(logging.WARNING)
    return int(given.run(given))


if __name__ == "__main__":
    sys.exit(main())
