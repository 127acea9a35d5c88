"""The bot process: `python -m bot`. Rasa inside, our own edge around it; it starts and answers even without a model."""

from __future__ import annotations

import bot.quiet  # noqa: F401  isort: skip  (first: no telemetry)
import bot.rasa_parts.lighter  # noqa: F401  isort: skip  (before anything else of Rasa)

import asyncio
import contextlib
import gc
import logging
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from rasa.core.agent import load_agent
from rasa.core.channels.channel import InputChannel, register
from rasa.core.utils import AvailableEndpoints
from rasa.utils.endpoints import EndpointConfig
from sanic import Sanic
from threadpoolctl import threadpool_limits

from bot import bootstrap, doctor, logs, training
from bot.channels.registered import registered
from bot.channels.rest import RestChannel
from bot.channels.turns import Turns
from bot.channels.web import WebChannel
from bot.channels.wechat import WeChatChannel
from bot.channels.wechat_parts import wechat_channel
from bot.channels.wecom_parts import panel, told, wecom_channels
from bot.errors import GuideError
from bot.rasa_parts import validator
from bot.rasa_parts.action_endpoint import ActionEndpoint
from bot.rasa_parts.event_broker import GuideEvents
from bot.settings import ROOT, Settings
from bot.store.database import bounded
from bot.store.messages import WebMessages

logger = logging.getLogger("bot")

MAX_BODY_BYTES = 256 * 1024
LOOK_FOR_MODEL_SECONDS = 1.0


def endpoints(settings: Settings, broker: GuideEvents | None = None) -> AvailableEndpoints:
    """Rasa's endpoints from our settings; the checked-in `endpoints.yml` is the embedded default, for Rasa's own commands."""
    lock = "RedisConversationLockStore" if settings.redis_url else "ConversationLockStore"
    return AvailableEndpoints(
        action=ActionEndpoint(settings.actions_url),
        tracker_store=tracker_store(settings.tracker_url),
        lock_store=EndpointConfig(settings.redis_url or "", type=f"bot.rasa_parts.lock_store.{lock}"),
        event_broker=broker,
    )


def tracker_store(url: str) -> EndpointConfig:
    """Rasa's SQL store on connections that stay open; connecting to PostgreSQL has a limit."""
    return EndpointConfig(bounded(url), type="bot.rasa_parts.tracker_store.ConversationTrackerStore")


def channels(turns: Turns, settings: Settings, app: Sanic, wanted: frozenset[type[InputChannel]]) -> list[InputChannel]:
    """The channels that are registered and have what they need; what runs beside them starts with the server."""
    found: list[InputChannel] = []
    if WebChannel in wanted:
        web = WebChannel(turns, settings.secret, WebMessages(bootstrap.database()))
        web.page(app)
        found.append(web)
    if RestChannel in wanted and settings.rest:
        found.append(RestChannel(turns, settings.secret))
    wechat = wechat_channel(turns, settings) if WeChatChannel in wanted else None
    if wechat is not None:
        wechat.start(app)
        found.append(wechat)
    return found + wecom_channels(turns, settings, app, wanted)


def make_app(settings: Settings, credentials: Path = ROOT / "credentials.yml") -> Sanic:
    """The server with its channels.

    Raises:
        SettingsError: the file of channels is wrong.
    """
    app = Sanic("ivf_guide", configure_logging=False)
    app.config.REQUEST_MAX_SIZE = MAX_BODY_BYTES
    app.config.RESPONSE_TIMEOUT = 3600      # server push
    app.ctx.turns = turns = Turns(app, settings.deadline)
    register(channels(turns, settings, app, registered(credentials)), app, route="/webhooks/")
    side = panel(turns, settings)
    if side is not None:
        side.serve(app)
    app.register_listener(start, "before_server_start")
    return app


async def start(app: Sanic, _loop: Any) -> None:
    """Load the model that is there, then follow new ones."""
    settings = bootstrap.settings()
    model = training.newest(settings.models)
    # in the loop that runs the turns: the task that talks to the event broker belongs there
    app.ctx.agent = await app.ctx.turns.loop.run(agent(model, settings))
    for problem in (*bootstrap.library().problems, *bootstrap.guard().problems, *bootstrap.touts().problems):
        logger.warning("%s", problem)
    if not bootstrap.embedder().available:
        logger.warning("sentence vectors are not available: the bot finds less")
    app.add_task(announce(settings))
    settle()
    app.add_task(follow_models(app, settings.models, model))


async def announce(settings: Settings) -> None:
    """Say where the page is once the action server answers too: who opens it earlier reads that something went wrong."""
    for _ in range(120):
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", settings.actions_port)
            writer.close()
            break
        await asyncio.sleep(0.5)
    logger.info("ready: chat page at http://localhost:%d/   REST channel: %s   WeChat: %s",
                settings.port, "on" if settings.rest else "off", "on" if settings.wechat else "off (WECHAT_TOKEN and the others are not set)")
    logger.info("%s", told(settings))


def settle() -> None:
    """Set aside what was loaded: a full pass of the garbage collector over half a million objects stopped every thread for half a second."""
    gc.collect()
    gc.freeze()


async def agent(model: Path | None, settings: Settings) -> Any:
    """Rasa's agent; without a model, or with one that cannot be loaded, one that answers nothing: the guard and the phone numbers stay."""
    broker = None if settings.broker_url is None else GuideEvents(
        settings.broker_url, bootstrap.database(), timedelta(days=settings.retention_days))
    ends = endpoints(settings, broker)
    try:
        return await load_agent(model_path=str(model) if model else None, endpoints=ends)
    except Exception:  # noqa: BLE001  a damaged model must not keep the emergency texts from patients
        logger.exception("model %s cannot be loaded; train another", model)
        return await load_agent(endpoints=ends)


async def follow_models(app: Sanic, folder: Path, loaded: Path | None) -> None:
    """Take a newly trained model without a restart."""
    while True:
        await asyncio.sleep(LOOK_FOR_MODEL_SECONDS)
        found = training.newest(folder)
        if found is None or found == loaded:
            continue
        try:
            await asyncio.to_thread(app.ctx.agent.load_model, str(found))
            settle()
            logger.info("took model %s", found.name)
        except Exception:  # noqa: BLE001  a model that cannot be loaded leaves the one that serves
            logger.exception("model %s cannot be loaded; the last one goes on", found.name)
        loaded = found


def main() -> None:
    """Run until stopped."""
    logs.install()
    validator.install()
    threadpool_limits(1, user_api="blas")       # a message's products are so small that sharing them out costs more than they take
    try:
        settings = bootstrap.settings()
        doctor.may_start(settings, doctor.SAFETY)
        app = make_app(settings)
    except GuideError as error:
        sys.exit(str(error))
    app.run(host=settings.host, port=settings.port, workers=1, access_log=False, debug=False, motd=False)


if __name__ == "__main__":
    main()
