"""The composition root: settings, clock, database, library and vectors of this process, each made once. Nothing else makes them."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache

from bot.clock import Clock
from bot.guard import LiveGuard
from bot.guard.live_touts import LiveTouts
from bot.hospital.fhir import connected
from bot.hospital.outbox_sms import OutboxSms
from bot.hospital.ports import Hospital
from bot.hospital.sql import SqlHospital
from bot.knowledge.watch import LiveLibrary
from bot.privacy.vault import Vault
from bot.retrieval.embedding import Embedder
from bot.settings import ROOT, Settings, read
from bot.store.addresses import Addresses
from bot.store.conversations import Conversations
from bot.store.database import Database, engine
from bot.store.scenes import Scenes
from bot.wechat.api import Api, official_account, wecom
from bot.wechat.tokens import InProcess, InRedis

VECTORS = ROOT / ".cache" / "vectors.db"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """What the environment says, read once."""
    return read()


@lru_cache(maxsize=1)
def clock() -> Clock:
    """The centre's clock."""
    return Clock(settings().clinic_now)


@lru_cache(maxsize=1)
def database() -> Database:
    """The application's tables."""
    return Database(engine(settings().database_url))


@lru_cache(maxsize=1)
def tracker_database() -> Database:
    """Where Rasa keeps its events."""
    return Database(engine(settings().tracker_url))


@lru_cache(maxsize=1)
def vault() -> Vault:
    """Values that a form needs for some minutes, encrypted."""
    return Vault(database(), settings().vault_key)


@lru_cache(maxsize=1)
def hospital() -> Hospital:
    """What can be booked and looked up."""
    sms = OutboxSms(database(), lambda code: library().current.words("sms_demo", "zh", code=code), lambda: clock().now().isoformat(timespec="seconds"))
    fhir = settings().fhir
    if fhir is not None:
        return connected(fhir, database(), settings().secret, sms)
    return SqlHospital(database(), settings().secret, sms, library().current.hospital.needs_card)


@lru_cache(maxsize=1)
def addresses() -> Addresses:
    """How patients of the messaging platforms are reached."""
    return Addresses(database(), settings().vault_key)


@lru_cache(maxsize=1)
def scenes() -> Scenes:
    """Codes to scan."""
    return Scenes(database())


@lru_cache(maxsize=1)
def wechat_api() -> Api | None:
    """Calls of the Official Account; None where there is none, or it has no secret."""
    given, url = settings().wechat, settings().redis_url
    if given is None or not given.secret:
        return None
    return official_account(given.api, given.appid, given.secret, InRedis(url) if url else InProcess())


@lru_cache(maxsize=1)
def wecom_api() -> Api | None:
    """Calls of WeCom's self-built app; None where there is none."""
    given, url = settings().wecom, settings().redis_url
    return None if given.app is None else wecom(given.api, given.app.corpid, given.app.secret, InRedis(url) if url else InProcess())


@lru_cache(maxsize=1)
def conversations() -> Conversations:
    """Profiles and open requests."""
    lasts = timedelta(hours=settings().episode_hours)
    return Conversations(database(), lasts, max(lasts, timedelta(hours=24)))


@lru_cache(maxsize=1)
def library() -> LiveLibrary:
    """The staff's knowledge, followed from the first use on."""
    made = LiveLibrary(settings().knowledge)
    made.start()
    return made


@lru_cache(maxsize=1)
def guard() -> LiveGuard:
    """The staff's rules and texts for emergencies, followed from the first use on."""
    made = LiveGuard(settings().knowledge)
    made.start()
    return made


@lru_cache(maxsize=1)
def touts() -> LiveTouts:
    """The staff's rules for touts' offers, followed from the first use on."""
    made = LiveTouts(settings().knowledge)
    made.start()
    return made


@lru_cache(maxsize=1)
def embedder() -> Embedder:
    """Sentence vectors, shared by the pipeline and the channels that warm them."""
    return Embedder(VECTORS)
