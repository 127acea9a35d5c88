"""Which hospital is asked: `HOSPITAL`, and the settings of a FHIR server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from bot.errors import SettingsError
from bot.hospital.fhir_client import FhirClient
from bot.hospital.fhir_profile import DEFAULT, Profile, load
from bot.hospital.fhir_token import Credentials

TOKEN = ("FHIR_TOKEN_URL", "FHIR_CLIENT_ID", "FHIR_CLIENT_SECRET")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class FhirSettings:
    """A FHIR server.

    Attributes:
        base: address below which its resources lie.
        credentials: None where it asks for none.
        profile: how it names things.
    """

    base: str
    credentials: Credentials | None
    profile: Profile = field(repr=False)

    @property
    def safe(self) -> bool:
        """Whether nobody on the way can read along."""
        urls = [self.base, *([self.credentials.url] if self.credentials else [])]
        return all(x.startswith("https://") or urlsplit(x).hostname in LOOPBACK for x in urls)

    def client(self) -> FhirClient:
        """A client of it."""
        return FhirClient(self.base, self.credentials)


def read(env: Mapping[str, str]) -> FhirSettings | None:
    """The FHIR server, None where the hospital is kept in SQL.

    Raises:
        SettingsError: half-set or unusable; the message names the variable.
    """
    which = env.get("HOSPITAL", "").strip().lower()
    if which not in ("", "sql", "fhir"):
        raise SettingsError("HOSPITAL must be sql or fhir")
    if which != "fhir":
        if not which and env.get("FHIR_BASE_URL"):
            raise SettingsError("FHIR_BASE_URL is set: set HOSPITAL to fhir too, or to sql")
        return None
    if not env.get("FHIR_BASE_URL"):
        raise SettingsError("HOSPITAL is fhir, and FHIR_BASE_URL is not set")
    given = [x for x in TOKEN if env.get(x)]
    if given and len(given) < len(TOKEN):
        raise SettingsError(f"{given[0]} is set, and {next(x for x in TOKEN if x not in given)} is not")
    base = _url("FHIR_BASE_URL", env["FHIR_BASE_URL"])
    known = None
    if given:
        known = Credentials(_url(TOKEN[0], env[TOKEN[0]]), env[TOKEN[1]], env[TOKEN[2]], env.get("FHIR_SCOPE", "").strip())
    path = env.get("FHIR_PROFILE")
    return FhirSettings(base, known, load(Path(path) if path else DEFAULT))


def _url(name: str, value: str) -> str:
    """An address without a name, a password, a query or a fragment in it."""
    try:
        parts = urlsplit(value.strip())
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fine = False
    if not fine or parts.username or parts.query or parts.fragment:
        raise SettingsError(f"{name} must be an address such as https://hospital.example/fhir")
    return value.strip()
