"""The WeCom channels that the settings ask for, put together."""

from __future__ import annotations

from typing import Any

from rasa.core.channels.channel import InputChannel

from bot import bootstrap
from bot.channels.panel import Panel
from bot.channels.turns import Turns
from bot.channels.wecom_app import WecomAppChannel
from bot.channels.wecom_bot import WecomBotChannel
from bot.channels.wecom_bot_answers import BotAnswers
from bot.channels.wecom_bot_socket import WecomBotSocket
from bot.settings import Settings
from bot.wechat.tokens import InProcess, InRedis
from bot.wecom.jssdk import JsSdk
from bot.wecom.settings import BotSettings


def wecom_channels(turns: Turns, settings: Settings, app: Any, wanted: frozenset[type[InputChannel]]) -> list[InputChannel]:
    """Those of the wanted channels that have what they need; what runs beside them is started with the server."""
    found: list[InputChannel] = []
    bot = settings.wecom.bot if WecomBotChannel in wanted else None
    if bot is not None:
        answers = BotAnswers(turns, settings.secret, settings.vault_key, bot, settings.deadline)
        if bot.keys:
            channel = WecomBotChannel(answers, settings.wecom, bot)
            channel.follow(app)
            found.append(channel)
        else:
            WecomBotSocket(answers, settings.wecom, bot).follow(app)
    app_settings, api = settings.wecom.app if WecomAppChannel in wanted else None, bootstrap.wecom_api()
    if app_settings is not None and api is not None:
        answers = BotAnswers(turns, settings.secret, settings.vault_key, BotSettings(), settings.deadline, WecomAppChannel.name())
        own = WecomAppChannel(answers, api, settings.wecom, app_settings)
        own.follow(app)
        found.append(own)
    return found


def panel(turns: Turns, settings: Settings) -> Panel | None:
    """The nurse's side panel; None where it is off."""
    wecom, api = settings.wecom, bootstrap.wecom_api()
    if wecom.app is not None and api is not None and wecom.app.public_url is not None:
        shared = InRedis(settings.redis_url) if settings.redis_url else InProcess()
        return Panel(turns, settings.secret, JsSdk(api, wecom.app, shared, wecom.login), wecom.app.public_url, demo=False)
    return Panel(turns, settings.secret, None, None, demo=True) if wecom.panel_demo else None


def told(settings: Settings) -> str:
    """Which parts of WeCom are on, for the line that is logged at the start."""
    wecom = settings.wecom
    bot = "off (WECOM_BOT_TOKEN or WECOM_BOT_SECRET not set)" if wecom.bot is None else "callback" if wecom.bot.keys else "long connection"
    app = "on" if wecom.app is not None else "off (WECOM_CORPID and the others not set)"
    panel = "on" if wecom.app is not None and wecom.app.public_url else "demonstration" if wecom.panel_demo else "off"
    return f"WeCom: AI bot {bot}   app {app}   side panel {panel}   group webhooks {len(wecom.webhooks) or 'none'}"
