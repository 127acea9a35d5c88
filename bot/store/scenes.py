"""Codes to scan: random, good for one scan, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, update

from bot.store.database import Database, changed
from bot.store.tables import utcnow
from bot.store.wechat_tables import Scene

BINDING = "binding"
PREFIX = "b1."          # a version, so that a code of another kind can be told from it


class Scenes:
    """Makes codes and takes them back."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = utcnow) -> None:
        self._database, self._clock = database, clock

    def make(self, seconds: float, purpose: str = BINDING) -> str:
        """A new code of at most 64 characters. It says nothing of any patient: who photographs it can only begin to prove who she is."""
        scene = PREFIX + secrets.token_urlsafe(24)
        with self._database.transaction() as session:
            session.add(Scene(nonce=_hash(scene), purpose=purpose, until=self._clock() + timedelta(seconds=seconds)))
            session.commit()
        return scene

    def use(self, scene: str, purpose: str = BINDING) -> bool:
        """Whether a scanned code is ours, in time and not used before; of two scans one is."""
        now = self._clock()
        which = (Scene.nonce == _hash(scene), Scene.purpose == purpose, Scene.used_at.is_(None), Scene.until > now)
        with self._database.transaction() as session:
            used = changed(session, update(Scene).where(*which).values(used_at=now))
            session.commit()
            return bool(used)

    def purge(self) -> None:
        """Remove those whose time is over."""
        with self._database.transaction() as session:
            session.execute(delete(Scene).where(Scene.until < self._clock() - timedelta(days=1)))
            session.commit()


def _hash(scene: str) -> str:
    return hashlib.sha256(scene.encode("utf-8", "replace")).hexdigest()
