"""The bot with one Official Account, for several files."""

from tests.bot.channels.test_wechat import chat, opened  # noqa: F401
