"""The environment, read once and checked, as one frozen object."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """What may be set from outside. Defaults are the embedded, one-machine bot.

    Attributes:
        database_url: application tables (SQLAlchemy URL).
        tracker_url: Rasa's conversations; a separate file where SQLite is used.
        redis_url: lock store shared between bot processes; None for the in-process one.
        broker_url: RabbitMQ for conversation events; None for none.
        clinic_now: where the clock starts; None for real time.
        port: of the chat page and the channels.
        host: address the bot listens on; loopback unless told otherwise.
        actions_url: the action server's webhook.
        rest: whether the integration door (REST channel) is open.
        secret: key of cookies and conversation keys.
        deadline: seconds a turn may take before the patient gets `failed`.
        knowledge, models, var: folders.
    """

    database_url: str
    tracker_url: str
    redis_url: str | None
    broker_url: str | None
    clinic_now: datetime | None
    port: int
    host: str
    actions_port: int
    rest: bool
    secret: bytes
    deadline: float
    production: bool
    knowledge: Path
    models: Path
    var: Path

    @property
    def actions_url(self) -> str:
        """Where the bot calls its custom actions."""
        return f"http://127.0.0.1:{self.actions_port}/webhook"


def read(env: Mapping[str, str] | None = None) -> Settings:
    """Read and check the settings.

    Args:
        env: the environment; None for the process's own.

    Raises:
        SettingsError: a value cannot be used; the message names the variable.
    """
    env = os.environ if env is None else env
    var = Path(env.get("IVF_GUIDE_VAR") or ROOT / "var")
    var.mkdir(parents=True, exist_ok=True)
    production = env.get("ENV", "").lower() == "production"
    return Settings(
        database_url=env.get("DATABASE_URL") or f"sqlite:///{var / 'guide.db'}",
        tracker_url=env.get("DATABASE_URL") or f"sqlite:///{var / 'conversations.db'}",
        redis_url=env.get("REDIS_URL") or None,
        broker_url=env.get("EVENT_BROKER_URL") or None,
        clinic_now=_moment(env.get("CLINIC_NOW")),
        port=_number(env, "PORT", 5005),
        host=env.get("HOST") or "127.0.0.1",
        actions_port=_number(env, "ACTIONS_PORT", 5055),
        rest=env.get("CHANNEL_REST", "off").lower() in ("on", "1", "true"),
        secret=_secret(env.get("SECRET_KEY"), var, production),
        deadline=_seconds(env, "TURN_DEADLINE", 4.0),
        production=production,
        knowledge=Path(env.get("IVF_GUIDE_KNOWLEDGE") or ROOT / "knowledge"),
        models=Path(env.get("IVF_GUIDE_MODELS") or ROOT / "models"),
        var=var,
    )


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    try:
        return int(env.get(name) or default)
    except ValueError:
        raise SettingsError(f"{name} must be a whole number") from None


def _seconds(env: Mapping[str, str], name: str, default: float) -> float:
    try:
        value = float(env.get(name) or default)
    except ValueError:
        value = 0.0
    if not 0 < value < 3600:
        raise SettingsError(f"{name} must be a number of seconds above 0")
    return value


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError("CLINIC_NOW must be an ISO time such as 2026-11-22T10:00:00+08:00") from None


def _secret(given: str | None, var: Path, production: bool) -> bytes:
    """The signing key: from the environment, or made once for the demonstration."""
    if given:
        if len(given) < 16:
            raise SettingsError("SECRET_KEY needs at least 16 characters")
        return given.encode()
    if production:
        raise SettingsError("SECRET_KEY is not set, and ENV is production")
    path = var / "secret"
    if not path.exists():
        draft = var / f"secret.{os.getpid()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.urandom(32).hex().encode())
        try:
            os.link(draft, path)      # atomic: of several processes that start at once, one wins and all read the same
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes()
