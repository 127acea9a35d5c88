"""The Official Account's channel, put together from the settings."""

from __future__ import annotations

from datetime import timedelta

from bot import bootstrap
from bot.channels.service_messages import ServiceMessages
from bot.channels.turns import Turns
from bot.channels.wechat import WeChatChannel
from bot.channels.wechat_flow import CHANNEL, Flow
from bot.settings import Settings
from bot.store.deliveries import Deliveries
from bot.wechat.official_account import Callback

MORE_SECONDS = 6.0      # beyond a turn's deadline; then the process that answers is taken for dead


def deliveries(settings: Settings) -> Deliveries:
    """The channel's table."""
    return Deliveries(bootstrap.database(), CHANNEL, timedelta(seconds=settings.deadline + MORE_SECONDS))


def service_messages(settings: Settings) -> ServiceMessages | None:
    """Customer-service messages; None where the account has none."""
    api, given = bootstrap.wechat_api(), settings.wechat
    if api is None or given is None or not given.service:
        return None
    return ServiceMessages(api, bootstrap.addresses(), given.menus, given.service_bytes, given.typing)


def wechat_channel(turns: Turns, settings: Settings) -> WeChatChannel | None:
    """The channel; None where it is off."""
    given = settings.wechat
    if given is None:
        return None
    flow = Flow(turns, settings.secret, given, deliveries(settings), bootstrap.addresses(), bootstrap.scenes(), service_messages(settings),
                settings.knowledge)
    return WeChatChannel(Callback(given), flow)
