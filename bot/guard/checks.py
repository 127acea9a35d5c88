"""The examples beside the signs, run: what staff wrote is what happens."""

from __future__ import annotations

from bot.guard.guard import Guard
from bot.guard.model import Example, Sign
from bot.guard.texts import EmergencyTexts
from bot.knowledge.model import Problem


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


def _said(guard: Guard, text: str) -> str:
    alarms = [f"'{alarm.sign}' ({'certain' if alarm.certain else 'unclear'})" for alarm in guard.alarms(text)]
    return ", ".join(alarms) or "nothing"


def _problem(sign: Sign, example: Example, sentence: str) -> Problem:
    return Problem(example.file, example.line, sign.id, f"The example '{example.text}' {sentence}")
