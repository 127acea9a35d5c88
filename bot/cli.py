"""`ivf-guide ask "…" --stage … --lang … --explain` answers one question without a server; `ivf-guide questions` shows the staff's list;
`emergencies` and `doctor` are for those who run it."""

from __future__ import annotations

import bot.quiet  # noqa: F401  isort: skip  (first: no telemetry)

import argparse
import asyncio
import logging
import sys
from dataclasses import replace
from typing import Any

from bot import bootstrap, logs, training
from bot.channels import wechat_commands
from bot.desk import delivery_commands, wecom_commands
from bot.dialogue.conversation import respond
from bot.dialogue.model import Outcome, Profile, State, Turn
from bot.errors import SettingsError
from bot.knowledge.model import PROVINCES, STAGES
from bot.turn_reader import read_turn


async def parse(text: str) -> dict[str, Any]:
    """What the trained pipeline makes of a text.

    Raises:
        SystemExit: there is no model yet.
    """
    import bot.rasa_parts.lighter  # noqa: F401  isort: skip  (before anything else of Rasa)
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
    print(show(asyncio.run(respond(turn))))
    return 0


def questions(given: argparse.Namespace) -> int:
    """Print the staff's list: when, why it is there, the question, what was offered or chosen."""
    for row in bootstrap.conversations().unanswered(given.last):
        about = row.chosen or " ".join(row.candidates or [])
        print(f"{row.created_at:%Y-%m-%d %H:%M}  {row.reason:12} {row.text}" + (f"   → {about}" if about else ""))
    return 0


def doctor(_given: argparse.Namespace) -> int:
    """Print what stands between this installation and real patients; 1 in production while something blocks it."""
    from bot.doctor import findings

    settings, refused = bootstrap.settings(), False
    for found in findings(settings):
        print(f"{'ok  ' if found.fine else 'NO  ' if found.blocks else 'look'}  {found.words}")
        refused = refused or (found.blocks and not found.fine)
    if refused:
        print("not for real patients yet" + (": ENV=production is refused" if settings.production else ""))
    return 1 if refused and settings.production else 0


def emergencies(given: argparse.Namespace) -> int:
    """Print the emergencies that are not over; take one, or end one."""
    kept, now = bootstrap.conversations(), bootstrap.clock().now()
    if given.take is not None:
        return _told(kept.take_emergency(given.take, given.name, now), "taken")
    if given.end is not None:
        return _told(kept.end_emergency(given.end, now), "ended")
    for row in kept.emergencies(now):
        print(f"{row.id:6}  {row.group:11} since {row.opened_at:%m-%d %H:%M}, until {row.until:%m-%d %H:%M}  {row.taken_by or 'not taken'}")
    return 0


def _told(done: bool, what: str) -> int:
    print(what if done else "no such emergency, or it was done before")
    return 0 if done else 1


def reapply(_given: argparse.Namespace) -> int:
    """After a backup was restored: remove again what patients had erased since."""
    from bot.store import personal
    from bot.store.database import migrate

    settings = bootstrap.settings()
    migrate(settings.database_url)      # the backup may be older than this program
    touched = personal.reapply(bootstrap.database(), settings.var / personal.ERASURES, bootstrap.tracker_database(), settings.broker_url is not None)
    print(f"{touched} rows removed")
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
    examining = commands.add_parser("doctor", help="whether this installation may meet patients")
    examining.set_defaults(run=doctor)
    alarms = commands.add_parser("emergencies", help="the emergencies that are not over")
    alarms.add_argument("--take", type=int, metavar="NUMBER", help="a nurse takes the alert")
    alarms.add_argument("--name", default="staff", help="who takes it")
    alarms.add_argument("--end", type=int, metavar="NUMBER", help="it is over; only staff end one of self-harm")
    alarms.set_defaults(run=emergencies)
    again = commands.add_parser("reapply-erasures", help="after a backup was restored: remove again what was erased since")
    again.set_defaults(run=reapply)
    wechat_commands.add_to(commands)
    wecom_commands.add_to(commands)
    delivery_commands.add_to(commands)
    given = parser.parse_args(arguments)
    logs.install(logging.WARNING)
    try:
        return int(given.run(given))
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
