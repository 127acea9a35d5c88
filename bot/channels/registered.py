"""Which channels this bot may open: `credentials.yml`, by class, in Rasa's own form. Secrets stand in the environment, never there."""

from __future__ import annotations

from pathlib import Path

import yaml
from rasa.core.channels.channel import InputChannel
from rasa.shared.utils.common import class_from_module_path

from bot.errors import SettingsError


def registered(file: Path) -> frozenset[type[InputChannel]]:
    """The channel classes that a file names.

    Raises:
        SettingsError: it cannot be read, names what is no channel, or holds a value: a secret in a file that is kept with the code.
    """
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except (OSError, yaml.YAMLError) as error:
        raise SettingsError(f"{file.name} cannot be read: {type(error).__name__}") from None
    if not isinstance(found, dict):
        raise SettingsError(f"{file.name} has to name one channel class a line")
    return frozenset(_channel(file, name, value) for name, value in found.items())


def _channel(file: Path, name: object, value: object) -> type[InputChannel]:
    try:
        kind = class_from_module_path(str(name))
    except ImportError:
        kind = None
    if not (isinstance(kind, type) and issubclass(kind, InputChannel)):
        raise SettingsError(f"{file.name}: “{name}” is no channel class")
    if value:
        raise SettingsError(f"{file.name}: nothing may stand behind “{name}”; secrets come from the environment (bot/settings.py)")
    return kind
