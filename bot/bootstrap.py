"""The composition root: settings, clock, database, library and vectors of this process, each made once. Nothing else makes them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from bot.clock import Clock
from bot.knowledge.watch import LiveLibrary
from bot.retrieval.embedding import Embedder
from bot.settings import ROOT, Settings, read
from bot.store.conversations import Conversations
from bot.store.database import Database, engine

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
def conversations() -> Conversations:
    """Profiles and open requests."""
    return Conversations(database())


@lru_cache(maxsize=1)
def library() -> LiveLibrary:
    """The staff's knowledge, followed from the first use on."""
    made = LiveLibrary(settings().knowledge)
    made.start()
    return made


@lru_cache(maxsize=1)
def embedder() -> Embedder:
    """Sentence vectors, shared by the pipeline and the channels that warm them."""
    return Embedder(Path(VECTORS))
