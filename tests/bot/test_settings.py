"""The environment: defaults, refusals that name the variable, the secret."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import ROOT, read


def env(var: Path, **more: str) -> dict[str, str]:
    return {"IVF_GUIDE_VAR": str(var), **more}


def test_defaults_are_the_embedded_one_machine_bot(tmp_path: Path) -> None:
    made = read(env(tmp_path))
    assert made.database_url.startswith("sqlite:///") and made.tracker_url.startswith("sqlite:///")
    assert made.database_url != made.tracker_url
    assert (made.host, made.port, made.actions_url) == ("127.0.0.1", 5005, "http://127.0.0.1:5055/webhook")
    assert made.redis_url is made.broker_url is made.clinic_now is None
    assert made.rest is False and made.production is False and made.deadline == 4.0


def test_an_empty_variable_is_an_unset_one(tmp_path: Path) -> None:
    names = ("DATABASE_URL", "REDIS_URL", "EVENT_BROKER_URL", "CLINIC_NOW", "PORT", "HOST", "SECRET_KEY", "VAULT_KEY", "TURN_DEADLINE", "EPISODE_HOURS", "RETENTION_DAYS")
    assert read(env(tmp_path, **dict.fromkeys(names, ""))) == read(env(tmp_path))


def test_postgres_serves_tables_and_conversations(tmp_path: Path) -> None:
    made = read(env(tmp_path, DATABASE_URL="postgresql://x/y"))
    assert made.database_url == made.tracker_url == "postgresql://x/y"


@pytest.mark.parametrize(("name", "value"), [
    ("PORT", "many"), ("ACTIONS_PORT", "5.5"), ("CLINIC_NOW", "tomorrow"), ("SECRET_KEY", "short"), ("VAULT_KEY", "not a fernet key at all"), ("EPISODE_HOURS", "0"), ("RETENTION_DAYS", "long"),
    ("RETENTION_DAYS", "0"), ("RETENTION_DAYS", "-180"), ("PORT", "0"), ("ACTIONS_PORT", "70000"),
    ("TURN_DEADLINE", "soon"), ("TURN_DEADLINE", "0"), ("TURN_DEADLINE", "-1"), ("TURN_DEADLINE", "nan"), ("TURN_DEADLINE", "inf"),
])
def test_a_value_that_cannot_be_used_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read(env(tmp_path, **{name: value}))


def test_production_needs_its_own_secret(tmp_path: Path) -> None:
    vault = "v" * 43 + "="
    with pytest.raises(SettingsError, match="SECRET_KEY"):
        read(env(tmp_path, ENV="Production"))
    with pytest.raises(SettingsError, match="VAULT_KEY"):
        read(env(tmp_path, ENV="production", SECRET_KEY="s" * 16))
    made = read(env(tmp_path, ENV="production", SECRET_KEY="s" * 16, VAULT_KEY=vault))
    assert (made.secret, made.vault_key) == (b"s" * 16, vault.encode())
    assert not (tmp_path / "secret").exists() and not (tmp_path / "vault-key").exists()


def test_the_demonstration_secret_is_made_once_and_private(tmp_path: Path) -> None:
    """By processes that start at the same moment."""
    code = "from bot.settings import read; print(read().secret.decode())"
    started = [subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "IVF_GUIDE_VAR": str(tmp_path)},
                                stdout=subprocess.PIPE, text=True) for _ in range(4)]
    found = {process.communicate(timeout=30)[0].strip() for process in started} | {read(env(tmp_path)).secret.decode()}
    assert len(found) == 1 and len(found.pop()) == 64
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    assert sorted(x.name for x in tmp_path.iterdir()) == ["secret", "vault-key"]
    assert stat.S_IMODE((tmp_path / "vault-key").stat().st_mode) == 0o600


@pytest.mark.parametrize(("value", "is_open"), [("on", True), ("ON", True), ("1", True), ("true", True), ("off", False), ("", False), ("maybe", False)])
def test_the_integration_door_is_shut_unless_opened(tmp_path: Path, value: str, is_open: bool) -> None:
    assert read(env(tmp_path, CHANNEL_REST=value)).rest is is_open
