"""Single values of the environment, checked. An unset variable has its default, and so has an empty one; every error names the variable."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from bot.errors import SettingsError

ON, OFF = ("on", "1", "true", "yes"), ("off", "0", "false", "no")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def switch(env: Mapping[str, str], name: str, default: bool) -> bool:
    """Something that is on or off.

    Raises:
        SettingsError: it is neither.
    """
    value = env.get(name, "").lower()
    if value and value not in (*ON, *OFF):
        raise SettingsError(f"{name} must be on or off")
    return value in ON if value else default


def number(env: Mapping[str, str], name: str, default: float, least: float, most: float) -> float:
    """A number within limits, both included.

    Raises:
        SettingsError: none, or outside them.
    """
    try:
        value = float(env.get(name) or default)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise SettingsError(f"{name} must be a number from {least:g} to {most:g}")
    return value


def whole(env: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    """A whole number within limits, both included.

    Raises:
        SettingsError: none, or outside them.
    """
    try:
        value = int(env.get(name) or default)
    except ValueError:
        value = least - 1
    if not least <= value <= most:
        raise SettingsError(f"{name} must be a whole number from {least} to {most}")
    return value


def address(env: Mapping[str, str], name: str, default: str, scheme: str) -> str:
    """An address, encrypted unless it is on this machine; without a slash at its end.

    Args:
        scheme: `https` or `wss`.

    Raises:
        SettingsError: no such address.
    """
    given = env.get(name) or default
    parts = urlsplit(given)
    simulated = parts.hostname in LOOPBACK and parts.scheme == scheme[:-1]
    if not parts.hostname or not (parts.scheme == scheme or simulated):
        raise SettingsError(f"{name} must be an address that begins with {scheme}://; without the s only for a simulator on this machine")
    return given.rstrip("/")
