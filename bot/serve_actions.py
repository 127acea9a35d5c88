"""The action server: `python -m bot.serve_actions`. Rasa SDK's own, on the loopback address, without patients' words in its log."""

from __future__ import annotations

import bot.quiet  # noqa: F401  isort: skip  (first: no telemetry)

import logging

from rasa_sdk.endpoint import create_app
from sanic import Sanic

from bot import bootstrap, logs

HOST = "127.0.0.1"


def make_app() -> Sanic:
    """The server. What a turn needs is made here: the first patient does not wait for it."""
    logs.install()
    app = create_app("actions")
    bootstrap.conversations()
    bootstrap.hospital()
    bootstrap.guard()
    logging.getLogger(__name__).info("actions: ready, %d entries", len(bootstrap.library().current.entries))
    return app


def main() -> None:
    """Run until stopped."""
    app = make_app()
    app.run(host=HOST, port=bootstrap.settings().actions_port, workers=1, access_log=False, motd=False)


if __name__ == "__main__":
    main()
