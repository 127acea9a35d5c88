"""The environment, read once and checked, as one frozen object."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.fernet import Fernet

from bot.environment import number, whole
from bot.errors import SettingsError
from bot.hospital import fhir_settings
from bot.hospital.fhir_settings import FhirSettings
from bot.wechat import settings as wechat_settings
from bot.wechat.settings import OfficialAccountSettings
from bot.wecom import settings as wecom_settings
from bot.wecom.settings import WecomSettings

FERNET = re.compile(r"[A-Za-z0-9_-]{43}=")
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """What may be set from outside. Defaults are the embedded, one-machine bot.

    Attributes:
        database_url: application tables (SQLAlchemy URL).
        tracker_url: Rasa's conversations; a separate file where SQLite is used.
        redis_url: lock store shared between bot processes; None for the in-process one.
        broker_url: RabbitMQ for conversation events and erasures; None for none.
        clinic_now: where the clock starts; None for real time.
        port: of the chat page and the channels.
        host: address the bot listens on; loopback unless told otherwise.
        actions_port: of the action server, on the loopback address.
        rest: whether the REST channel is open.
        secret: key of cookies and conversation keys.
        vault_key: key of the vault.
        own_keys: whether both came from the environment.
        deadline: seconds a turn may take before the patient gets `failed`.
        episode_hours: how long an emergency lasts unless it is ended; after words of self-harm the longer of this and 24.
        retention_days: after so many days without a change, what is kept of a patient is removed.
        production: whether real patients are met: keys of our own are then needed, and nothing that `bot.doctor` refuses may stand in the way.
        knowledge, models, var: folders.
        wechat: the Official Account; None: that channel is off.
        wecom: WeCom's parts; each is off where nothing of it is set.
        fhir: the hospital's FHIR server; None: the hospital is kept in SQL.
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
    vault_key: bytes
    own_keys: bool
    deadline: float
    episode_hours: float
    retention_days: int
    production: bool
    knowledge: Path
    models: Path
    var: Path
    wechat: OfficialAccountSettings | None = None
    wecom: WecomSettings = WecomSettings()
    fhir: FhirSettings | None = None

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
        port=whole(env, "PORT", 5005, 1, 65535),
        host=env.get("HOST") or "127.0.0.1",
        actions_port=whole(env, "ACTIONS_PORT", 5055, 1, 65535),
        rest=env.get("CHANNEL_REST", "off").lower() in ("on", "1", "true"),
        secret=_secret("SECRET_KEY", env, var / "secret", production),
        vault_key=_secret("VAULT_KEY", env, var / "vault-key", production, Fernet.generate_key),
        own_keys=bool(env.get("SECRET_KEY") and env.get("VAULT_KEY")),
        deadline=number(env, "TURN_DEADLINE", 4, 0.1, 3600),
        retention_days=whole(env, "RETENTION_DAYS", 180, 1, 3650),
        episode_hours=number(env, "EPISODE_HOURS", 6, 0.1, 3600),
        production=production,
        knowledge=Path(env.get("IVF_GUIDE_KNOWLEDGE") or ROOT / "knowledge"),
        models=Path(env.get("IVF_GUIDE_MODELS") or ROOT / "models"),
        var=var,
        wechat=wechat_settings.read(env),
        fhir=fhir_settings.read(env),
        wecom=wecom_settings.read(env),
    )


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError("CLINIC_NOW must be an ISO time such as 2026-11-22T10:00:00+08:00") from None


def _made() -> bytes:
    return os.urandom(32).hex().encode()


def _secret(name: str, env: Mapping[str, str], path: Path, production: bool, make: Callable[[], bytes] = _made) -> bytes:
    """A key: from the environment, or made once for the demonstration and kept in the data folder."""
    given = env.get(name)
    if given:
        if name == "VAULT_KEY" and not FERNET.fullmatch(given):
            raise SettingsError(f"{name} must be 32 random bytes in URL-safe base64, as Fernet.generate_key() makes them")
        if len(given) < 16:
            raise SettingsError(f"{name} needs at least 16 characters")
        return given.encode()
    if production:
        raise SettingsError(f"{name} is not set, and ENV is production")
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(make())
        try:
            os.link(draft, path)      # atomic: of several processes that start at once, one wins and all read the same
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes()
