"""The guard that follows the staff's folder: a save is live in a second or two, a broken one changes nothing."""

from __future__ import annotations

import logging
from pathlib import Path

from bot.guard.checks import failing_examples, failing_replies, failing_texts
from bot.guard.guard import Guard
from bot.guard.loader import SIGN_FILES, TEXT_FILE, load_rules, load_texts
from bot.guard.texts import EmergencyTexts
from bot.knowledge.following import Following, Stamp, stamp
from bot.knowledge.loader import NOTICES_FILE, PROFILE_FILE
from bot.knowledge.model import Problem

log = logging.getLogger(__name__)

#: The texts, and what fills them: the profile, and the words for its opening hours.
FOR_TEXTS = (TEXT_FILE, PROFILE_FILE, NOTICES_FILE)


class LiveGuard(Following):
    """The current guard and texts of a folder. All methods may be called from any thread.

    A change of the signs is served only if every file of signs can be read and every example in them holds; a change
    of the texts only if their file can be read, its examples hold, and every text in it can be filled and says whom to call.
    So it is with a change of the hospital profile, which fills them: what a text needs and the profile has lost stays as it was.
    At the start, everything that can be read is served.

    Args:
        folder: the staff's folder.
        interval: seconds between two looks once started.
    """

    def __init__(self, folder: Path, interval: float = 0.5) -> None:
        super().__init__(folder, interval, "guard")
        self._stamp = stamp(_files(folder))
        guard, self._wrong_signs = _read_signs(folder)
        texts, self._wrong_texts = _read_texts(folder, guard)
        self._served = guard, texts

    @property
    def current(self) -> Guard:
        """The guard that is served now."""
        return self._served[0]

    @property
    def texts(self) -> EmergencyTexts:
        """The texts that are served now."""
        return self._served[1]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the files as they are now."""
        return (*self._wrong_signs, *self._wrong_texts)

    def refresh(self) -> bool:
        """Look at the folder and read the guard's files again if one changed; a `stat` for each when none did.

        Returns:
            Whether what is served has changed.
        """
        with self._lock:
            seen = stamp(_files(self.folder))
            if seen == self._stamp:
                return False
            guard, texts = self._served
            if _signs_of(seen) != _signs_of(self._stamp):
                fresh, self._wrong_signs = _read_signs(self.folder)
                guard = guard if _errors(self._wrong_signs) else fresh
            if guard is not self._served[0] or _texts_of(seen) != _texts_of(self._stamp):
                read, self._wrong_texts = _read_texts(self.folder, guard)
                texts = texts if _errors(self._wrong_texts) else read
            changed = guard is not self._served[0] or texts is not self._served[1]
            self._served, self._stamp = (guard, texts), seen
        log.info("emergency rules read again: %s, %d problems", "served" if changed else "nothing taken over", len(self.problems))
        return changed


def _read_signs(folder: Path) -> tuple[Guard, list[Problem]]:
    rules, problems = load_rules(folder)
    guard = Guard(rules)
    return guard, problems + failing_examples(guard)


def _read_texts(folder: Path, guard: Guard) -> tuple[EmergencyTexts, list[Problem]]:
    texts, problems = load_texts(folder, guard)
    return texts, problems + failing_replies(texts, TEXT_FILE) + failing_texts(texts, folder)


def _signs_of(stamp: Stamp) -> Stamp:
    return {name: found for name, found in stamp.items() if name not in FOR_TEXTS}


def _texts_of(stamp: Stamp) -> Stamp:
    return {name: found for name, found in stamp.items() if name in FOR_TEXTS}


def _errors(problems: list[Problem]) -> bool:
    return any(problem.severity == "error" for problem in problems)


def _files(folder: Path) -> list[Path]:
    return [*folder.glob(SIGN_FILES), *(folder / name for name in FOR_TEXTS)]
