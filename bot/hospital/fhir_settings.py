"""Which hospital is asked: `HOSPITAL`, and the settings of a FHIR server. Only texts are looked at: every process reads the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from bot.errors import SettingsError

TOKEN = ("FHIR_TOKEN_URL", "FHIR_CLIENT_ID", "FHIR_CLIENT_SECRET")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class FhirSettings:
    """A FHIR server.

    Attributes:
        base: address below which its resources lie.
        token_url, client_id, secret: of OAuth2; empty where it asks for none.
        scope: asked for with them; empty where the server decides.
        profile: file that says how it names things; None for the one that comes with the project.
    """

    base: str
    token_url: str = ""
    client_id: str = ""
    secret: str = field(default="", repr=False)
    scope: str = ""
    profile: Path | None = None

    @property
    def safe(self) -> bool:
        """Whether nobody on the way can read along."""
        return all(x.startswith("https://") or urlsplit(x).hostname in LOOPBACK for x in (self.base, self.token_url) if x)


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
    profile = Path(env["FHIR_PROFILE"]) if env.get("FHIR_PROFILE") else None
    if profile is not None and not profile.is_file():
        raise SettingsError("FHIR_PROFILE is no file")
    if not given:
        return FhirSettings(base, profile=profile)
    return FhirSettings(base, _url(TOKEN[0], env[TOKEN[0]]), env[TOKEN[1]], env[TOKEN[2]], env.get("FHIR_SCOPE", "").strip(), profile)


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
