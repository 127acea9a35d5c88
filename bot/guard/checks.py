"""What staff wrote is what happens: the examples beside the signs are run, and every text can be sent and says whom to call."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bot.guard.guard import Guard
from bot.guard.loader import TEXT_FILE
from bot.guard.model import Example, Sign
from bot.guard.texts import SELF_HARM, EmergencyTexts, calls_ambulance
from bot.knowledge.loader import PROFILE_FILE
from bot.knowledge.model import LANGUAGE_NAMES, LANGUAGES, Language, Problem
from bot.knowledge.names import PLACE, line_in

CRISIS_LINE, EMERGENCY_PHONE = "crisis_line", "emergency_phone"
#: Lines that stand in for an emergency text, or above something else in an emergency: each has to say whom to call.
CALLING = ("check_meanwhile", "check_self_harm_meanwhile", "episode_again", "episode_self_harm_again", "episode_under", "episode_self_harm_under")
#: Of those, and of the texts, the ones after words of self-harm.
SUPPORTING = (SELF_HARM, "check_self_harm_meanwhile", "episode_self_harm_again", "episode_self_harm_under")

#: Where to go, or whom to call: with that a text begins, unless it answers words of self-harm.
_GOES = re.compile(r"急诊|(?<![\d-])120(?![\d-])|\bemergency\b", re.I)
_DIALLED = re.compile(r"\d\D*\d\D*\d")
"""At least three digits: what can be dialled."""


def failing_examples(guard: Guard) -> list[Problem]:
    """A problem for each example that does not hold."""
    found: list[Problem] = []
    for sign in guard.rules.signs:
        for example in sign.yes:
            if not any(alarm.sign == sign.id and alarm.certain for alarm in guard.alarms(example.text)):
                found.append(_problem(sign, example, f"is not recognised as '{sign.id}'; add its words to a term, or a line to 'when'."))
        for example in sign.maybe:
            alarm = guard.look(example.text)
            if alarm is None or alarm.certain or not any(each.sign == sign.id for each in guard.alarms(example.text)):
                found.append(_problem(sign, example, f"is not taken as unclear under '{sign.id}' but as {_said(guard, example.text)}."))
        for example in sign.no:
            if guard.look(example.text) is not None:
                found.append(_problem(sign, example, f"should not be an emergency but is taken as {_said(guard, example.text)}."))
    return found


def failing_replies(texts: EmergencyTexts, file: str) -> list[Problem]:
    """The same for the replies in an episode."""
    found: list[Problem] = []
    for kind, reply in texts.replies.items():
        for text, wanted in [(text, True) for text in reply.yes] + [(text, False) for text in reply.no]:
            taken = texts.episode_reply(text)
            if (taken == kind) != wanted:
                found.append(Problem(file, reply.line, kind, f"The reply '{text}' is taken as {taken or 'nothing'}; change the terms or the example."))
    return found


def failing_texts(texts: EmergencyTexts, folder: Path) -> list[Problem]:
    """A problem for each text, in each language, that has a name nobody gives, or does not say whom to call.

    Args:
        folder: where their file is, for the lines; the names they were read with are those of its hospital profile.
    """
    found = _not_dialled(texts, folder)
    for key, both in (*texts.texts.items(), *texts.phrases.items()):
        for code in LANGUAGES:
            for sentence, written in _wrong(texts, key, code, both[code]):
                found.append(Problem(TEXT_FILE, line_in(folder / TEXT_FILE, key, written), key, sentence))
    return found


def _not_dialled(texts: EmergencyTexts, folder: Path) -> list[Problem]:
    """A problem for each telephone of the texts that is none: a patient would read it in an emergency."""
    found: list[Problem] = []
    for name in (EMERGENCY_PHONE, CRISIS_LINE):
        given = {names[name] for names in texts.names.values() if name in names}
        found += [
            Problem(PROFILE_FILE, line_in(folder / PROFILE_FILE, name, name), name, f"'{value}' under {name} is no telephone number.")
            for value in sorted(given) if not _DIALLED.search(value)
        ]
    return found


def _wrong(texts: EmergencyTexts, key: str, code: Language, text: str) -> Iterator[tuple[str, str]]:
    """What is wrong with a text, and beside which words in it."""
    for name in dict.fromkeys(PLACE.findall(text)):
        if name not in texts.names.get(code, {}):
            yield f"The text uses {{{name}}}, but {PROFILE_FILE} has no '{name}'; correct the name, or add it there.", f"{{{name}}}"
    language = LANGUAGE_NAMES[code]
    if (key in texts.texts or key in CALLING) and not calls_ambulance(text):
        yield f"The {language} text does not name 120; everybody who reads it has to know whom to call.", f"{code}:"
    if key in texts.texts and EMERGENCY_PHONE not in PLACE.findall(text):
        yield f"The {language} text does not name the hospital's emergency telephone; write {{{EMERGENCY_PHONE}}} where its number stands.", f"{code}:"
    if key in texts.texts and key != SELF_HARM and not _GOES.search(text.strip().split("\n")[0]):
        yield f"The first line of the {language} text has to say what to do now: go to the emergency department, or call 120.", f"{code}:"
    if key in SUPPORTING and CRISIS_LINE not in PLACE.findall(text):
        yield f"The {language} text does not name the crisis line; write {{{CRISIS_LINE}}} where its number stands.", f"{code}:"


def _said(guard: Guard, text: str) -> str:
    alarms = [f"'{alarm.sign}' ({'certain' if alarm.certain else 'unclear'})" for alarm in guard.alarms(text)]
    return ", ".join(alarms) or "nothing"


def _problem(sign: Sign, example: Example, sentence: str) -> Problem:
    return Problem(example.file, example.line, sign.id, f"The example '{example.text}' {sentence}")
