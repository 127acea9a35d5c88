"""Greetings, thanks, the menu, questions about the bot itself, and what is out of scope: one friendly line each."""

from __future__ import annotations

import re

from bot.dialogue import answer, prompts, reminders
from bot.dialogue.card import FIELDS
from bot.dialogue.model import Button, Kind, Missed, Outcome, Reply, Turn, outcome
from bot.text.replies import is_no

#: A refusal to delete that says more than no: 算了先不删, no don't delete.
KEEP = re.compile(r"[不别甭勿][^,，。?？!！]{0,3}(?:删|清)|(?:don'?t|do not|not|never)\W+(?:\w+\W+){0,2}(?:delete|remove|erase)|\bkeep\b", re.I)
PLAIN = ("thanks", "goodbye", "bot_challenge", "praise", "acknowledge", "affirm", "deny", "privacy")


def greet(turn: Turn) -> Outcome:
    """Welcome and the short menu."""
    return _menu(turn, "smalltalk", "welcome" if turn.profile.welcomed_at is None else "welcome_back")


def menu(turn: Turn) -> Outcome:
    """The short menu."""
    return _menu(turn, "menu", "menu")


def _menu(turn: Turn, kind: Kind, words: str) -> Outcome:
    if turn.group:
        return outcome(turn, Reply(kind, turn.say("group_hello")))
    if turn.grieving:
        return outcome(turn, Reply(kind, turn.say("welcome_gentle")))
    return prompts.open_with(turn, Reply(kind, turn.say(words), buttons=prompts.menu_buttons(turn)), None)


def plain(turn: Turn) -> Outcome:
    """The fixed line of a piece of small talk; a gentler one, where there is one, while she grieves."""
    key = f"{turn.intent}_gentle" if turn.grieving and turn.intent in ("thanks", "goodbye") else turn.intent
    kind: Kind = "privacy" if turn.intent == "privacy" else "smalltalk"
    return outcome(turn, Reply(kind, turn.say(key)))


def plain_deny(turn: Turn) -> Outcome:
    """"None of these" with nothing on offer."""
    return outcome(turn, Reply("smalltalk", turn.say("deny")))


def choose(turn: Turn) -> Outcome:
    """A number with nothing on offer."""
    return outcome(turn, Reply("smalltalk", turn.say("choose_nothing")))


def annoyed(turn: Turn) -> Outcome:
    """She is angry with the answers: sorry, and a person; staff see the question."""
    text = f"{turn.say('annoyed')}\n\n{answer.nurse_line(turn)}"
    return outcome(turn, Reply("handoff", text), missed=(Missed(turn.state.question or turn.text, "denied", turn.state.entries),))


def out_of_scope(turn: Turn) -> Outcome:
    """Nothing to do with the centre: declined in one friendly line."""
    return outcome(turn, Reply("no_answer", turn.say("out_of_scope")), entries=())


def clinic_question(turn: Turn) -> Outcome:
    """About the centre, but not in the knowledge base: the nurse station knows; staff see the question."""
    return answer.nothing_found(turn, lead="clinic_question")


def delete_data(turn: Turn) -> Outcome:
    """Asks once more before everything kept of her is deleted."""
    reply = Reply("privacy", turn.say("delete_ask"), buttons=(Button(turn.say("delete_yes"), "delete"), Button(turn.say("delete_no"), "keep")))
    return prompts.open_with(turn, reply, "delete")


def export_data(turn: Turn) -> Outcome:
    """What is remembered of her, in words; the chat page offers the whole as a file. In a group, nothing personal."""
    if turn.group:
        return outcome(turn, Reply("privacy", turn.say("private_only")))
    known = [(f"export_{key}", value) for key, value in (
        ("stage", turn.say(f"stage_{turn.profile.stage}") if turn.profile.stage else ""),
        ("region", turn.profile.region or ""),
        ("card", turn.say("export_join").join(x for x in (turn.state.card.get(y, "") for y in FIELDS) if x)),
        ("reminder", turn.say("export_agreed") if reminders.PURPOSE in turn.agreed else ""),
        ("question", turn.state.question or ""),
    ) if value]
    lines = [f"{turn.say(key)}{value}" for key, value in known]
    told = "\n".join((turn.say("export_head"), *lines)) if lines else turn.say("export_nothing")
    return outcome(turn, Reply("privacy", f"{told}\n\n{turn.say('export_rest')}", status="export"))


def keeps(text: str) -> bool:
    """Whether she does not want it deleted after all, also in more words than no; in doubt nothing is deleted."""
    return is_no(text) or KEEP.search(text) is not None


def deleted(turn: Turn) -> Outcome:
    """Everything kept of her goes; the reply is the last thing said."""
    return outcome(turn, Reply("privacy", turn.say("deleted"), status="deleted")).but(forget=True)


def data_kept(turn: Turn) -> Outcome:
    """She would rather keep it."""
    return outcome(turn, Reply("privacy", turn.say("kept")))
