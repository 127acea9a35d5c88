"""A process of the Procfile with a fault in it: `python -m tests.safety.faulty bot|actions|desk`. It raises with the patient's words in the
message and in its locals, as a bug of ours or of a library may."""

from __future__ import annotations

import bot.quiet  # noqa: F401  isort: skip

import sys
from typing import Any

PIPELINE_RAISES = "pipeline-raises"     # in the message: the model's pipeline raises
ACTION_RAISES = "action-raises"         # in the message: the action does


class Fault(RuntimeError):
    """What is raised."""


def break_pipeline() -> None:
    """The scorer raises at messages that say so."""
    from bot.nlu.entry_scorer import EntryScorer

    whole = EntryScorer.process

    def process(self: Any, messages: list[Any]) -> list[Any]:
        for message in messages:
            words = str(message.get("text"))
            if PIPELINE_RAISES in words:
                raise Fault(f"cannot read {words}")
        return whole(self, messages)

    EntryScorer.process = process      # type: ignore[method-assign]


def break_actions() -> None:
    """The dialogue raises at messages that say so."""
    import actions._turn

    whole = actions._turn.respond

    async def respond(turn: Any) -> Any:
        if ACTION_RAISES in turn.text:
            raise Fault(f"cannot answer {turn!r}")
        return await whole(turn)

    actions._turn.respond = respond


def main(name: str) -> None:
    """Run one of the processes until stopped."""
    if name == "bot":
        from bot.__main__ import main as run

        break_pipeline()
    elif name == "actions":
        from bot.serve_actions import main as run

        break_actions()
    else:
        from bot.desk.__main__ import main as run
    run()


if __name__ == "__main__":
    main(sys.argv[1])
