"""Base classes of the errors raised on purpose; each package derives its own."""

from __future__ import annotations


class GuideError(Exception):
    """Something this project found wrong and can name."""


class SettingsError(GuideError):
    """The environment does not describe a bot that may start. The message names the variable."""
