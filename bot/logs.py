"""Logs that carry no patient's words.

Rasa 3.6.21 writes messages into its log when an action raises (the whole conversation), when the pipeline raises (locals of each
frame), when a client hangs up, and on unparsed text with a leading `/`. One filter on every handler drops what may hold words:
structured fields by name, and of a traceback all but the types and places.
"""

from __future__ import annotations

import logging
import os
import sys
import traceback
import warnings
from types import TracebackType
from typing import Any

FORMAT = "%(asctime)s %(levelname)-7s %(name)s  %(message)s"

#: Structured fields that carry, or may carry, what a patient wrote.
WORDS = frozenset(
    """text message request_body body parse_data parse_data_text parse_data_entities entities rasa_events prediction_events
    slot_values user_input user_text json_body event_info locals exc_info payload events tracker bot_utterance copilot draft""".split()
)

#: Loggers whose messages are about one conversation: of these only warnings come through, without their arguments.
TALKATIVE = ("rasa.core.processor", "rasa.core.actions", "rasa.core.tracker_store", "rasa_sdk.executor", "rasa_sdk.endpoint",
             "sanic.error", "sanic.access", "rasa.core.channels", "rasa.shared.core", "asyncio", "rasa.engine", "py.warnings")


def without_words(exc_info: tuple[type[BaseException], BaseException, TracebackType | None], depth: int = 8) -> str:
    """A traceback with types and places but neither messages nor source lines nor locals; causes included."""
    kind, error, trace = exc_info
    lines = [f"  {os.path.basename(f.filename)}:{f.lineno} in {f.name}" for f in traceback.extract_tb(trace)]
    cause = error.__cause__ or error.__context__
    more = "\n" + without_words((type(cause), cause, cause.__traceback__), depth - 1) if cause is not None and depth else ""
    return "\n".join([*lines[-12:], kind.__name__]) + more


class NoWords(logging.Filter):
    """Lets a record through with everything dropped that a patient may have typed."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[0] is not None and record.exc_info[1] is not None:
            record.exc_text = without_words((record.exc_info[0], record.exc_info[1], record.exc_info[2]))
            record.exc_info = None
        if record.name.startswith(TALKATIVE):
            record.msg = f"{record.levelname.lower()} in {record.module}.{record.funcName} (words left out)"
            record.args = None
        elif isinstance(record.msg, dict):
            record.msg = {k: v for k, v in record.msg.items() if k not in WORDS}
        return True


def drop_words(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """structlog processor: the same for structured events."""
    return {k: v for k, v in event.items() if k not in WORDS}


def install(level: int = logging.INFO) -> None:
    """Set up logging of this process: one handler, one filter, structlog through the same."""
    import structlog

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(FORMAT))
    handler.addFilter(NoWords())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("rasa", "sanic.root", "sanic.error", "sanic.access", "apscheduler", "matplotlib", "rasa_sdk"):
        quiet = logging.getLogger(name)
        quiet.handlers[:] = []
        quiet.propagate = True
        quiet.setLevel(logging.WARNING)
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").setLevel(logging.ERROR)     # deprecations inside Rasa's pinned packages
    warnings.simplefilter("ignore", DeprecationWarning)
    structlog.configure(
        processors=[drop_words, structlog.processors.KeyValueRenderer(key_order=["event"])],
        wrapper_class=structlog.make_filtering_bound_logger(max(level, logging.WARNING)),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
