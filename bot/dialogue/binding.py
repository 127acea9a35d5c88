"""Binding: which patient's records a conversation may ask about, proved by a code of the hospital's or by name, number and telephone.

What is under way stands in `State.binding`: the `step`, what was `asked` before it began and goes on afterwards, which kinds of values she has
sent (`have`), the `challenge` whose code is awaited, and when (`at`). The values themselves are in the vault or nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from bot.dialogue import answer, prompts, report_words
from bot.dialogue.model import Button, Outcome, Reply, Turn, outcome
from bot.hospital.codes import find_code
from bot.hospital.errors import HospitalUnavailable, LockedOut, MalformedCode, NotBound, WrongCode
from bot.hospital.model import Binding, IdentityClaim, Scope
from bot.hospital.rules import scopes
from bot.knowledge.model import Language
from bot.text.language import language
from bot.text.replies import is_no, is_yes

WAITS: Final = "binding"                   # what `State.waiting` says meanwhile
KEPT = timedelta(days=1)            # one that was begun longer ago is not taken up again
#: Kinds of masked values that an identity is proved with. A card number that stands alone looks like a passport's to the masker.
NUMBERS = ("id_card", "medical_card", "passport")
KINDS = ("name", "phone", *NUMBERS)
SHORT = 24                          # characters up to which short words decide
LEAVE = re.compile(r"不(?:绑|用绑|想绑|绑定)了?|先不绑|算了|^取消|不查了|\b(?:cancel|forget it|never ?mind|leave it|not now|don'?t (?:bind|link))\b", re.I)
NO_CODE = re.compile(r"没有?(?:这个|绑定|什么)?码|^(?:我)?(?:没有|没)(?:啊|呀|的)?[。.!]?$|找不到|丢了|\b(?:no code|(?:don'?t|do not) have|haven'?t got|lost (?:it|the)|can'?t find)\b", re.I)
NOT_RECEIVED = re.compile(r"没(?:有)?(?:收到|来)|收不到|\b(?:not (?:received|arrived)|(?:didn'?t|haven'?t) (?:get|receive|got)\w*|no (?:sms|text|message))\b", re.I)
AGAIN = re.compile(r"接着|继续|回到|\b(?:go on|continue|carry on|resume)\b", re.I)
UNBIND = re.compile(r"解(?:除)?绑|解除绑定|取消绑定|绑定.{0,3}(?:取消|解除|删)|\b(?:unbind|unlink)\b", re.I)
MAYBE_CODE = re.compile(r"(?=[^\d]*\d)[A-Za-z0-9]{2,6}[-‐-― ]?[A-Za-z0-9]{2,6}")      # an attempt at a code, well or badly typed
SMS_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
WITHOUT_WORDS = re.compile(r"\[[^\]]*\]|[A-Za-z0-9]{4}[-‐-―－ ]?[A-Za-z0-9]{4}")      # placeholders and codes belong to no language

#: What a finished binding goes on with: the tests asked for before.
Then = Callable[[Turn, Sequence[str]], Awaitable[Outcome]]


@dataclass(frozen=True)
class Open:
    """What is under way.

    Attributes:
        step: `code`, `agree`, `claim` or `sms`: what is being asked for.
        asked: tests to go on with; None where nothing was asked.
        question: the message in which they were asked.
        have: kinds of values that she has sent.
        challenge: the hospital's id of the code that was sent to her telephone.
    """

    step: str = "code"
    asked: tuple[str, ...] | None = None
    question: str = ""
    have: tuple[str, ...] = ()
    challenge: str | None = None

    @classmethod
    def of(cls, turn: Turn) -> Open:
        """The open binding of this conversation, a new one where it is too old."""
        kept = turn.state.binding
        if not kept or turn.now - datetime.fromisoformat(kept["at"]) > KEPT:
            return cls()
        asked = kept.get("asked")
        return cls(kept["step"], None if asked is None else tuple(asked), kept.get("question") or "", tuple(kept.get("have") or ()),
                   kept.get("challenge"))

    def state(self, turn: Turn) -> dict[str, Any]:
        """What the state keeps."""
        return {"step": self.step, "asked": None if self.asked is None else list(self.asked), "question": self.question,
                "have": list(self.have), "challenge": self.challenge, "at": turn.now.isoformat()}


def wants(turn: Turn) -> bool:
    """Whether the personal data of this message were asked for, so that she is not told to keep them to herself."""
    return turn.state.waiting == WAITS and bool(set(turn.masked) & set(KINDS))


def spoken(turn: Turn) -> Language:
    """The language to answer in: codes and placeholders belong to none; where nothing else was said it is that of the conversation,
    and Chinese in a new one."""
    typed = turn.state.waiting == WAITS and MAYBE_CODE.fullmatch(turn.text)
    if not (typed or turn.masked or find_code(turn.text)):
        return turn.language
    found = None if typed else language(WITHOUT_WORDS.sub(" ", turn.text))
    return "en" if found == "en" else "zh" if found == "zh" else turn.profile.language or "zh"


def start(turn: Turn, tests: Sequence[str] | None) -> Outcome:
    """One question: the code, or a tap for those who have none. It says what will be kept, and that it can be undone."""
    return ask(turn, Open(asked=None if tests is None else tuple(tests), question=turn.text))


def ask(turn: Turn, open_: Open, lead: str = "", status: str = "asked") -> Outcome:
    """The question of the open step.

    Args:
        lead: what is said before it.
    """
    asks = {"code": "binding_code", "agree": "binding_agree", "claim": "binding_claim", "sms": "binding_sms"}[open_.step]
    text = "\n\n".join(x for x in (lead, turn.say(asks)) if x)
    reply = Reply("identity", text, buttons=_buttons(turn, open_), status=status)
    return prompts.open_with(turn, reply, WAITS, binding=open_.state(turn), question=open_.question or turn.text)


def _buttons(turn: Turn, open_: Open) -> tuple[Button, ...]:
    leave = Button(turn.say("binding_leave"), "binding_leave")
    if open_.step == "code":
        return (Button(turn.say("binding_no_code"), "binding_no_code"), leave)
    return (Button(turn.say("binding_anew"), "binding_no_code"), leave) if open_.step == "sms" else (leave,)


async def said(turn: Turn, then: Then) -> Outcome | None:
    """What concerns a binding whenever it is said, in private: a code, the wish to undo it; None for anything else."""
    if turn.group or turn.hospital is None:
        return None
    code = find_code(turn.text)
    if code is not None:
        return await with_code(turn, code, then) if turn.state.binding else offer(turn, code)
    return await manage(turn) if len(turn.text) <= SHORT and UNBIND.search(turn.text) else None


async def heard(turn: Turn, then: Then) -> Outcome | None:
    """A message while a binding is under way; None for one that is about something else."""
    open_, short = Open.of(turn), len(turn.text) <= SHORT
    if wants(turn):
        return await gather(turn, open_)
    if open_.step == "sms" and (found := SMS_CODE.search(turn.text)):
        return await prove(turn, open_, found[0], then)
    if not short:
        return None
    if open_.step == "code" and NO_CODE.search(turn.text):
        return no_code(turn)
    if open_.step == "sms" and NOT_RECEIVED.search(turn.text):
        return ask(turn, open_, turn.say("binding_not_received"))
    if LEAVE.search(turn.text) or is_no(turn.text):
        return leave(turn)
    if open_.step == "agree" and is_yes(turn.text):
        return await with_code(turn, turn.state.offers[0]["value"], then)
    if open_.step == "code" and MAYBE_CODE.fullmatch(turn.text):
        return await with_code(turn, turn.text, then)
    if AGAIN.search(turn.text) or is_yes(turn.text):
        return again(turn)
    return None


def again(turn: Turn) -> Outcome:
    """The open question once more."""
    open_ = Open.of(turn)
    return ask(turn, replace(open_, step="code") if open_.step == "agree" else open_)


def leave(turn: Turn) -> Outcome:
    """She does not want it: what she had sent for it is gone at once."""
    if turn.vault is not None and turn.state.binding.get("have"):
        for kind in KINDS:
            turn.vault.take(turn.conversation, kind)
    return outcome(turn, Reply("identity", turn.say("binding_left"), status="left"), binding={})


# --- by code

def offer(turn: Turn, code: str) -> Outcome:
    """A code out of the blue: what binding means first, then a tap."""
    buttons = (Button(turn.say("binding_yes"), "binding_agree", code), Button(turn.say("binding_leave"), "binding_leave"))
    reply = Reply("identity", turn.say("binding_agree"), buttons=buttons, status="asked")
    return prompts.open_with(turn, reply, WAITS, binding=Open(step="agree").state(turn))


async def with_code(turn: Turn, code: str, then: Then) -> Outcome:
    """Bind with a code of the hospital's, or of somebody's family."""
    if turn.hospital is None:
        return leave(turn)
    return await _tried(turn, replace(Open.of(turn), step="code"), turn.hospital.bind_by_code(turn.conversation, code, turn.now), then)


async def _tried(turn: Turn, open_: Open, attempt: Awaitable[Binding], then: Then) -> Outcome:
    """What comes of an attempt with a code, right or wrong. Whose a code is that is wrong here, is told of none."""
    try:
        made = await attempt
    except MalformedCode:
        return ask(turn, open_, turn.say("binding_malformed"), "malformed")
    except WrongCode as error:
        return ask(turn, open_, turn.say("binding_wrong", left=error.left), "wrong_code")
    except LockedOut as error:
        return locked(turn, error.until)
    except HospitalUnavailable:
        return unavailable(turn, open_)
    return await bound(turn, open_, made, then)


# --- by name, number and telephone

def no_code(turn: Turn) -> Outcome:
    """No code at hand: what to send instead, in one message."""
    return ask(turn, replace(Open.of(turn), step="claim", have=(), challenge=None)).but(consent="binding")


async def gather(turn: Turn, open_: Open) -> Outcome:
    """Some of name, number and telephone came; the vault has them, and here is only known which."""
    kept = open_.have if open_.step == "claim" else ()
    open_ = replace(open_, step="claim", have=tuple(x for x in KINDS if x in kept or x in turn.masked), challenge=None)
    lacking = [x for x in ("name", "phone") if x not in open_.have] + ([] if set(NUMBERS) & set(open_.have) else ["number"])
    if lacking:
        what = turn.say("report_and").join(turn.say(f"binding_{x}") for x in lacking)
        return ask(turn, open_, turn.say("binding_lacking", what=what)).but(consent="binding")
    return (await claim(turn, open_)).but(consent="binding")


async def claim(turn: Turn, open_: Open) -> Outcome:
    """Ask the hospital to send a code to the telephone in its records. Whether the three fitted is not told."""
    values = {x: turn.vault.take(turn.conversation, x) for x in KINDS} if turn.vault is not None else {}
    number = next((x for kind in NUMBERS if (x := values.get(kind))), None)
    name, phone = values.get("name"), values.get("phone")
    if turn.hospital is None or not (name and phone and number):
        return ask(turn, replace(open_, have=()), turn.say("binding_expired"))
    try:
        sent = await turn.hospital.claim_identity(turn.conversation, IdentityClaim(name, number, phone), turn.now)
    except LockedOut as error:
        return locked(turn, error.until)
    except HospitalUnavailable:
        return unavailable(turn, replace(open_, have=()))
    return ask(turn, replace(open_, step="sms", have=(), challenge=sent.id), status="sent")


async def prove(turn: Turn, open_: Open, code: str, then: Then) -> Outcome:
    """Bind with the code that came to the telephone."""
    if turn.hospital is None or open_.challenge is None:
        return no_code(turn)
    return await _tried(turn, open_, turn.hospital.prove_identity(turn.conversation, open_.challenge, code, turn.now), then)


# --- what comes of it

async def bound(turn: Turn, open_: Open, made: Binding, then: Then) -> Outcome:
    """Bound: whose record, in the masked form that the hospital lets us show; then at once what was asked before."""
    own = made.relation == "self"
    text = turn.say("binding_done", label=made.label) if own else \
        turn.say("binding_done_family", label=made.label, scope=report_words.scope(turn, made.scope))
    reply = Reply("identity", text, buttons=manage_buttons(turn, (made,)), status="bound")
    if open_.asked is None:
        return prompts.open_with(turn, reply, None, binding={}).but(consent="binding")
    known = replace(turn, text=open_.question or turn.text, state=replace(turn.state, binding={}, waiting=None, offers=()))
    went_on = await then(known, open_.asked)
    return went_on.but(replies=(replace(reply, buttons=()), *went_on.replies), consent="binding")


def locked(turn: Turn, until: datetime) -> Outcome:
    """Too many wrong ones: until when, and who can help."""
    text = f"{turn.say('binding_locked', until=prompts.moment(turn, until))}\n\n{answer.nurse_line(turn)}"
    return outcome(turn, Reply("identity", text, status="locked"), binding={})


def unavailable(turn: Turn, open_: Open) -> Outcome:
    """The hospital could not be asked; nothing was counted."""
    return ask(turn, open_, turn.say("binding_unchecked"), "unavailable")


# --- undoing it, and family

def manage_buttons(turn: Turn, bindings: Sequence[Binding]) -> tuple[Button, ...]:
    """What can be done with bindings: let family in, undo each."""
    invite_ = (Button(turn.say("family_invite"), "family_invite"),) if any(x.relation == "self" for x in bindings) else ()
    return (*invite_, *(Button(turn.say("binding_undo", label=x.label), "binding_end", x.id) for x in bindings))


async def manage(turn: Turn) -> Outcome:
    """What this conversation is bound to, each to be undone."""
    if turn.hospital is None:
        return leave(turn)
    try:
        mine = await turn.hospital.bindings(turn.conversation)
    except HospitalUnavailable:
        return not_reached(turn)
    if not mine:
        return outcome(turn, Reply("identity", turn.say("binding_none"), status="not_bound"), binding={})
    reply = Reply("identity", turn.say("binding_which"), buttons=manage_buttons(turn, mine), status="bound")
    return prompts.open_with(turn, reply, None, binding={})


async def end(turn: Turn, binding_id: str) -> Outcome:
    """Undo a binding; told as undone only when it is. With the last one her consent ends: a next binding asks for it anew."""
    if turn.hospital is None:
        return leave(turn)
    try:
        left = [x for x in await turn.hospital.bindings(turn.conversation) if x.id != binding_id]
        await turn.hospital.unbind(turn.conversation, binding_id, turn.now)
    except HospitalUnavailable:
        return not_reached(turn)
    made = outcome(turn, Reply("identity", turn.say("binding_undone"), status="unbound"), binding={})
    return made if left else made.but(withdrawn="binding")


async def invite(turn: Turn, _value: str = "") -> Outcome:
    """Let a family member in: for what, to tap; and those who are in, each to be taken out again."""
    if turn.hospital is None:
        return leave(turn)
    try:
        there = await turn.hospital.family(turn.conversation)
    except NotBound:
        return outcome(turn, Reply("identity", turn.say("family_own_only"), status="not_allowed"))
    except HospitalUnavailable:
        return not_reached(turn)
    buttons = (Button(turn.say("scope_reports"), "family_scope", "reports"), Button(turn.say("scope_booking"), "family_scope", "booking"),
               Button(turn.say("scope_both"), "family_scope", "booking,reports"), *(_revoke(turn, x) for x in there))
    return prompts.open_with(turn, Reply("identity", turn.say("family_scope"), buttons=buttons, status="asked"), None)


def _revoke(turn: Turn, one: Binding) -> Button:
    return Button(turn.say("family_revoke", day=prompts.day(turn, one.since.date()), scope=report_words.scope(turn, one.scope)), "family_revoke", one.id)


async def invited(turn: Turn, value: str) -> Outcome:
    """The code for the family member, shown this once.

    Args:
        value: the scope, `booking,reports`.
    """
    if turn.hospital is None:
        return leave(turn)
    covered: tuple[Scope, ...] = scopes(value.split(","))
    try:
        made = await turn.hospital.invite_family(turn.conversation, covered, turn.now)
    except NotBound:
        return outcome(turn, Reply("identity", turn.say("family_own_only"), status="not_allowed"))
    except HospitalUnavailable:
        return not_reached(turn)
    text = turn.say("family_code", code=made.code, scope=report_words.scope(turn, made.scope), until=prompts.moment(turn, made.until))
    return outcome(turn, Reply("identity", text, status="invited"))


async def revoke(turn: Turn, binding_id: str) -> Outcome:
    """Take a family member out again."""
    if turn.hospital is None:
        return leave(turn)
    try:
        await turn.hospital.revoke(turn.conversation, binding_id, turn.now)
    except NotBound:
        return outcome(turn, Reply("identity", turn.say("family_own_only"), status="not_allowed"))
    except HospitalUnavailable:
        return not_reached(turn)
    return outcome(turn, Reply("identity", turn.say("family_revoked"), status="revoked"))


def told_ended(turn: Turn, made: Outcome) -> Outcome:
    """What a patient had allowed has ended with her erasure: said once, behind the answer, without a word of whom it was about."""
    urgent = turn.episode is not None or any(x.kind in ("emergency", "emergency_check", "failed") for x in made.replies)
    if not turn.ended or turn.group or urgent or made.forget:
        return made
    return made.but(replies=(*made.replies, Reply("identity", turn.say("family_ended"), status="unbound")), told_ended=True)


def not_reached(turn: Turn) -> Outcome:
    """The hospital did not answer: nothing has changed that we know of."""
    return outcome(turn, Reply("identity", turn.say("binding_unsure"), status="unavailable"))
