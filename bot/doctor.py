"""`ivf-guide doctor`: whether this installation may meet patients, line by line; in production it refuses while a safety text has no reviewer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import text

from bot import bootstrap, training
from bot.desk import delivery_commands
from bot.errors import GuideError
from bot.guard.scam import FILE as SCAMS
from bot.hospital.fhir_check import check_server
from bot.hospital.fhir_profile import DEFAULT, load
from bot.knowledge.loader import PHRASES, PROFILE_FILE
from bot.knowledge.model import Problem
from bot.settings import Settings
from bot.wechat import menu

NAMED = 5                               # places of problems that are told, of each kind
#: Files whose words may stand in an alarm, a warning or where everything else fails.
AROUND = (PROFILE_FILE, *PHRASES.values())


@dataclass(frozen=True)
class Finding:
    """One line.

    Attributes:
        fine: nothing to do.
        blocks: refuses production.
        words: what is the matter, in a sentence.
    """

    fine: bool
    words: str
    blocks: bool = False


Look = Callable[[Settings], Iterator[Finding]]


def findings(settings: Settings, looks: Sequence[Look] | None = None) -> Iterator[Finding]:
    """Look at everything once.

    Args:
        looks: what is looked at; `LOOKS` if left out.
    """
    for look in LOOKS if looks is None else looks:
        try:
            yield from look(settings)
        except Exception as error:  # noqa: BLE001  whatever a look runs into is a finding
            yield Finding(False, f"{look.__name__.strip('_')} cannot be looked at: {type(error).__name__}", blocks=True)


def may_start(settings: Settings, looks: Sequence[Look] | None = None) -> None:
    """In production, refuse while something blocks it.

    Args:
        looks: as in `findings`.

    Raises:
        GuideError: the first thing that does.
    """
    if settings.production:
        for found in findings(settings, looks):
            if found.blocks and not found.fine:
                raise GuideError(f"ENV is production: {found.words}")


def _safety_texts(_settings: Settings) -> Iterator[Finding]:
    guard = bootstrap.guard()
    texts, signs = ", ".join(guard.texts.unreviewed), ", ".join(guard.current.rules.unreviewed)
    yield Finding(not texts, f"emergency texts without a clinician's review: {texts or 'none'}", blocks=True)
    yield Finding(not signs, f"signs of an emergency without a clinician's review: {signs or 'none'}", blocks=True)
    yield _problems("the emergency rules", guard.problems, blocks=True)
    offers = bootstrap.touts().current.reviewed
    yield Finding(offers, f"{SCAMS}: {'reviewed' if offers else 'no review'}", blocks=True)
    yield _problems(SCAMS, bootstrap.touts().problems, blocks=True)


def _problems(of: str, found: Sequence[Problem], blocks: bool = False) -> Finding:
    """How many problems there are, and where the first are."""
    places = ", ".join(f"{x.file}:{x.line}" for x in found[:NAMED])
    return Finding(not found, f"problems in {of}: {len(found)}" + (f" ({places}{', …' if len(found) > NAMED else ''})" if found else ""), blocks)


def _knowledge(_settings: Settings) -> Iterator[Finding]:
    live = bootstrap.library()
    waiting = [x.id for x in live.current.entries.values() if x.reviewed is None]
    yield Finding(not waiting, f"answers without a review: {len(waiting)} of {len(live.current.entries)}; patients read that below each")
    phrases = [x for x in live.problems if x.file in AROUND]
    yield _problems("the texts around the answers", phrases, blocks=True)
    yield _problems("the knowledge files", [x for x in live.problems if x.file not in AROUND])
    demo = live.current.hospital.demo
    yield Finding(not demo, f"the hospital profile is {'the demonstration; its telephone numbers are made up' if demo else 'the centre’s own'}",
                  blocks=True)


def _keys(settings: Settings) -> Iterator[Finding]:
    yield Finding(settings.own_keys, "SECRET_KEY and VAULT_KEY come from the environment" if settings.own_keys else
                  "SECRET_KEY or VAULT_KEY was made for the demonstration", blocks=True)


def _database(_settings: Settings) -> Iterator[Finding]:
    with bootstrap.database().engine.connect() as connection:
        revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    yield Finding(True, f"the database answers, revision {revision}")


def _hospital(settings: Settings) -> Iterator[Finding]:
    fhir = settings.fhir
    if fhir is None:
        yield Finding(True, "the hospital is kept in SQL")
        return
    yield Finding(fhir.safe, f"FHIR: the connection is {'encrypted' if fhir.safe else 'not encrypted; use https'}", blocks=True)
    yield Finding(bool(fhir.token_url), f"FHIR: {'with' if fhir.token_url else 'without'} OAuth2 client credentials", blocks=True)
    demo = load(fhir.profile or DEFAULT).demo
    yield Finding(not demo, f"FHIR_PROFILE has {'the names that come with the project' if demo else 'the hospital’s own names'}", blocks=True)
    for fine, words in check_server(fhir):
        yield Finding(fine, f"FHIR: {words}")       # a server that is down does not keep the bot from answering questions


def _model(settings: Settings) -> Iterator[Finding]:
    stale = training.stale(settings.models, settings.knowledge)
    yield Finding(not stale, "the model is missing or older than its phrasings: run `make train`" if stale else "the model is of the present state")
    yield Finding(bootstrap.embedder().available, "sentence vectors can be computed" if bootstrap.embedder().available else
                  "no sentence vectors: the bot finds less")


def _doors(settings: Settings) -> Iterator[Finding]:
    yield Finding(not settings.rest, f"the REST channel (CHANNEL_REST) is {'open' if settings.rest else 'closed'}", blocks=True)
    yield Finding(settings.clinic_now is None, "the clock is real" if settings.clinic_now is None else "CLINIC_NOW moves the clock", blocks=True)


def _wechat(settings: Settings) -> Iterator[Finding]:
    given = settings.wechat
    yield Finding(True, "the Official Account is off: WECHAT_TOKEN and the others are not set" if given is None else
                  f"the Official Account {given.appid} is on, {given.mode} mode, service messages {'on' if given.service else 'off'}")
    if given is not None:
        yield Finding(given.mode != "plain", f"pushes are {'not encrypted: WECHAT_MODE=plain is for trials' if given.mode == 'plain' else 'encrypted'}")
        by_template, reminding = menu.read(settings.knowledge).notices, bootstrap.library().current.hospital.reminder is not None
        if reminding and "reminder" not in by_template:
            yield Finding(False, f"reminders of appointments reach only patients who wrote within two days: {menu.FILE} has no template for them")


def _deliveries(_settings: Settings) -> Iterator[Finding]:
    lost = len(delivery_commands.lost_answers()) + len(delivery_commands.lost_notices())
    yield Finding(not lost, f"answers and notices that did not arrive, or nobody knows: {lost}" + (" (ivf-guide deliveries)" if lost else ""))


#: Without which no process answers a patient, also where it is started by itself: with the database away it still does.
SAFETY: tuple[Look, ...] = (_safety_texts,)
LOOKS: tuple[Look, ...] = (_safety_texts, _knowledge, _keys, _database, _hospital, _model, _doors, _wechat, _deliveries)
