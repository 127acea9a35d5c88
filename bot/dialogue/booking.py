"""An appointment, from the wish to the booking: what is free is said at once, a slot is chosen, held, confirmed.

Everything can be said in any order, changed and cancelled, with questions in between. What is under way stands in `State.booking` (`bot.dialogue.wish.Open`),
what is said of it in `bot.dialogue.booking_replies`.
"""

from __future__ import annotations

import contextlib
import re
import secrets
from dataclasses import replace
from typing import Any

from bot.dialogue import answer, booking_replies, booking_words, prompts, reminders, whom
from bot.dialogue.choosing import asks_by_itself, surely_asks
from bot.dialogue.model import Button, Missed, Outcome, Reply, Turn, outcome
from bot.dialogue.wish import Open, Wish, says_something
from bot.hospital.errors import AlreadyBooked, HoldExpired, HospitalUnavailable, NotAllowed, NotBound, SlotGone
from bot.hospital.model import Person
from bot.hospital.naming import matching, mentioned
from bot.hospital.ports import Hospital
from bot.text.entities import Entities, find_entities
from bot.text.replies import is_no, is_yes

WAYS_TO_BOOK = (booking_replies.HOW_TO_BOOK, "howto.hospital-account")
MAY_BOOK = 0.05                     # share of a wish for an appointment from which on "how to book" is answered with both
#: "Go on with it", "take that one": short words in the middle of a booking.
GO_ON = re.compile(r"接着|继续|回到|刚才(?:那个|的)|\b(?:go on|continue|carry on|back to|where were we|resume)\b", re.I)
TAKE_IT = re.compile(r"就(?:它|这个|这|那个|这样|定这|要这|约这)|^(?:定|约|要|订)(?:了|吧|它|这个)|确认|没问题|\b(?:book it|take it|that one|confirm|go ahead|do it)\b", re.I)
LEAVE_IT = re.compile(r"不(?:挂|约|预约|要|用挂|想挂|想约)了|算了|取消(?:吧|挂号|预约)?|先不(?:挂|约)|\b(?:cancel|forget it|never ?mind|leave it|don'?t book|no longer need)\b", re.I)
CHANGE = re.compile(r"换成|换到|改成|改到|改为|换个|换|改|\b(?:change (?:it )?to|switch (?:it )?to|make it|go for)\b", re.I)
SHORT = 24                          # characters up to which such words decide


def noted(turn: Turn) -> dict[str, Any]:
    """The open request with what this message says of it, without asking anybody: an emergency interrupts, and nothing is lost."""
    open_ = Open.of(turn)
    read = turn.entities
    if not turn.state.booking or not says_something(read):
        return dict(turn.state.booking)
    return replace(open_, wish=open_.wish.with_said(read)).state(turn)


async def asked(turn: Turn) -> Outcome:
    """An appointment is wanted, or what is wanted changes."""
    if turn.group:
        return booking_replies.in_group(turn)
    open_, said = Open.of(turn), _of_the_wish(turn)
    if said.doctor is None:
        said = replace(said, doctor=await _one_of_ours(turn))
    wish = open_.wish.with_said(said)
    made = await look(turn, replace(open_, wish=wish))
    return made.but(replies=(*made.replies, *answer.beside(turn, made)))


async def or_answer(turn: Turn) -> Outcome:
    """A question about the knowledge; one that may as well be the wish for an appointment gets both, the appointment first."""
    best = turn.whole.best
    if turn.group or best.name not in WAYS_TO_BOOK or turn.whole.share("booking") < MAY_BOOK:
        return answer.respond(turn)
    made = await asked(turn)
    shown = {e for x in made.replies for e in x.entries}
    return made if best.name in shown else made.but(replies=(*made.replies, answer.one(turn, best)))


async def heard(turn: Turn) -> Outcome | None:
    """A message while an appointment is being arranged; None for one that is about something else."""
    open_, short = Open.of(turn), len(turn.text) <= SHORT
    if short and (LEAVE_IT.search(turn.text) and not says_something(turn.entities)):
        return await leave(turn)
    if open_.hold is not None and (is_yes(turn.text) or short and TAKE_IT.search(turn.text)):
        return await confirm(turn)
    if open_.hold is not None and is_no(turn.text):
        return await another(turn)
    if _tells(turn):
        return await asked(turn)
    if short and (GO_ON.search(turn.text) or is_yes(turn.text) or turn.intent in ("acknowledge", "affirm")):
        return await again(turn)
    return None


def _tells(turn: Turn) -> bool:
    """Whether a message says something of the appointment, and not of a question that only names a day or a doctor."""
    if turn.intent in ("booking", "booking_change"):
        return turn.intent == "booking" or says_something(turn.entities)
    if turn.intent == "handoff" and turn.entities.visit_types:       # "I want an expert": the kind of visit, in the middle of a booking
        return True
    if turn.intent in ("handoff", "delete_data", "scam", "loss", "report", "medical_advice"):
        return False
    return says_something(_of_the_wish(turn))


def _of_the_wish(turn: Turn) -> Entities:
    """What a message names, sentences left out that surely ask something else: "Thursday morning. Must I bring my ID on Monday?"."""
    telling = [x for x in turn.clauses if not asks_by_itself(x)]
    if 0 < len(telling) < len(turn.clauses):
        return find_entities(", ".join(x.text for x in telling), turn.today)
    return find_entities("", turn.today) if surely_asks(turn) else _changed(turn, turn.entities)


async def _one_of_ours(turn: Turn) -> str | None:
    """A doctor of this hospital named in full without a title, which reading by rule leaves alone."""
    if turn.hospital is None or surely_asks(turn):
        return None
    try:
        return mentioned(await turn.hospital.doctors(), turn.text)
    except HospitalUnavailable:         # the look that follows says so
        return None


def _changed(turn: Turn, read: Entities) -> Entities:
    """What is named behind "change to" counts in place of what stands before it: "an expert is too dear, make it a regular one"."""
    found = list(CHANGE.finditer(turn.text))
    after = find_entities(turn.text[found[-1].end():], turn.today) if found else None
    if after is None or not says_something(after):
        return read
    return replace(read, visit_types=after.visit_types or read.visit_types, departments=after.departments or read.departments,
                   doctor=after.doctor or read.doctor, when=after.when or read.when)


async def look(turn: Turn, open_: Open) -> Outcome:
    """Ask the hospital for a wish and say what there is."""
    if turn.hospital is None:
        return booking_replies.unavailable(turn, open_)
    try:
        doctors = await turn.hospital.doctors()
        found = matching(doctors, open_.wish.doctor) if open_.wish.doctor and not open_.wish.doctor_id else ()
        if open_.wish.doctor and not open_.wish.doctor_id:
            if not found:
                return booking_replies.unknown_doctor(turn, open_, doctors)
            if len(found) > 1:
                return booking_replies.which_doctor(turn, open_, found)
            open_ = replace(open_, wish=replace(open_.wish, doctor_id=found[0].id))
        if open_.wish.department and open_.wish.department not in {x.id for x in await turn.hospital.departments()}:
            return booking_replies.other_department(turn, open_)
        if open_.wish.empty:
            return booking_replies.what_kind(turn, open_)
        return await _free(turn, turn.hospital, open_)
    except HospitalUnavailable:
        return booking_replies.unavailable(turn, open_)


async def _free(turn: Turn, hospital: Hospital, open_: Open) -> Outcome:
    query = open_.wish.asked()
    there = await hospital.free(query, turn.now)
    if there.slots:
        lead = turn.say("booking_free", wish=await booking_words.wish(turn, open_.wish), read=booking_words.clock(there.read_at))
        return booking_replies.free(turn, open_, there.slots, lead)
    other = await hospital.alternatives(query, turn.now)
    slots = tuple({s.id: s for s in (*other.later[:2], *other.doctors[:2], *other.visit_types[:1])}.values())[:5]
    key = "booking_full" if there.scheduled else "booking_no_clinic"
    lead = turn.say(key, wish=await booking_words.wish(turn, open_.wish), read=booking_words.clock(there.read_at))
    return booking_replies.full(turn, open_, slots, lead)


# --- a slot

async def choose(turn: Turn, slot_id: str) -> Outcome:
    """A slot was chosen: it is kept for her for some minutes, and she is asked to confirm."""
    open_ = Open.of(turn)
    if turn.hospital is None:
        return booking_replies.unavailable(turn, open_)
    if turn.library.hospital.books_elsewhere:
        return outcome(turn, Reply("booking", turn.say("booking_elsewhere"), query=open_.wish.payload(), status="free"), booking={})
    request = secrets.token_hex(8)
    try:
        may = await whom.bookable(turn)
        whose = whom.chosen(may, open_.patient)
        if whose is None and may:
            return booking_replies.for_whom(turn, replace(open_, slot=slot_id), may)
        hold = await turn.hospital.hold(slot_id, whom.acting(turn, whose), request, turn.now, moving=open_.moving)
    except SlotGone:
        return await _anew(turn, open_, "booking_gone")
    except AlreadyBooked:
        return booking_replies.already_booked(turn, open_)
    except (NotBound, NotAllowed):
        return booking_replies.bind_first(turn, open_)
    except HospitalUnavailable:
        return booking_replies.unavailable(turn, open_)
    return booking_replies.held(turn, replace(open_, request=request, hold=hold.id, slot=hold.slot.id), hold, whose, may)


async def for_patient(turn: Turn, patient: str) -> Outcome:
    """It is for this one of them: the slot is kept under that card."""
    open_ = replace(Open.of(turn), patient=patient)
    if open_.slot is None:
        return await look(turn, open_)
    return await choose(replace(turn, state=replace(turn.state, booking=open_.state(turn))), open_.slot)


async def confirm(turn: Turn) -> Outcome:
    """Book what is held; told as booked only when it is."""
    open_ = Open.of(turn)
    if turn.hospital is None or open_.hold is None:
        return await again(turn)
    try:
        person = await whom.person(turn, open_.patient)
        if open_.moving:
            made = await turn.hospital.reschedule(open_.moving, open_.hold, person, turn.now)
        else:
            made = await turn.hospital.confirm(open_.hold, person, turn.now)
    except (NotBound, NotAllowed):
        return booking_replies.bind_first(turn, replace(open_, hold=None, slot=None, request=None))
    except HoldExpired:
        return await _anew(turn, replace(open_, hold=None, slot=None, request=None), "booking_expired")
    except AlreadyBooked:
        return booking_replies.already_booked(turn, open_)
    except HospitalUnavailable:
        reply = Reply("booking", turn.say("booking_unsure"), query=open_.wish.payload(), status="unavailable")
        return prompts.open_with(turn, reply, "booking", booking=open_.state(turn)).but(missed=(Missed(turn.text, "unavailable"),))
    text = f"{turn.say('booking_booked', slot=booking_words.slot(turn, made.slot))}\n\n{turn.say('booking_next')}"
    reply = Reply("booking", text, query=booking_words.slot_query(open_.wish, made.slot), status="booked")
    return reminders.asked(turn, reply, made.slot.starts)


async def another(turn: Turn) -> Outcome:
    """Not this one: the slot is given back and the offers come again."""
    return await look(turn, await _released(turn, Open.of(turn)))


async def leave(turn: Turn) -> Outcome:
    """She does not want it any more; nothing stays held."""
    open_ = await _released(turn, Open.of(turn))
    return outcome(turn, Reply("booking", turn.say("booking_cancelled"), query=open_.wish.payload(), status="cancelled"), booking={}, entries=())


async def again(turn: Turn) -> Outcome:
    """What stands open, once more: the slot to confirm, or what is free by now."""
    open_ = Open.of(turn)
    if open_.hold is not None and open_.slot is not None and turn.hospital is not None:
        try:
            may = await whom.bookable(turn)
            whose = whom.chosen(may, open_.patient)
            kept = await turn.hospital.hold(open_.slot, whom.acting(turn, whose), open_.request or "", turn.now, moving=open_.moving)
            return booking_replies.held(turn, open_, kept, whose, may)
        except (SlotGone, HoldExpired, NotBound, NotAllowed, AlreadyBooked):
            open_ = replace(open_, hold=None, slot=None, request=None)
        except HospitalUnavailable:
            return booking_replies.unavailable(turn, open_)
    return await look(turn, open_)


async def _released(turn: Turn, open_: Open) -> Open:
    if open_.hold is not None and turn.hospital is not None:
        with contextlib.suppress(HospitalUnavailable):      # the hold ends by itself in some minutes
            await turn.hospital.release(open_.hold, Person(turn.conversation), turn.now)
    return replace(open_, hold=None, slot=None, request=None)


async def _anew(turn: Turn, open_: Open, words: str) -> Outcome:
    """What was chosen is gone: that first, then what there is now."""
    return (await look(turn, open_)).led_by(turn.say(words))


async def set_doctor(turn: Turn, doctor_id: str) -> Outcome:
    """Which of the two, or whom instead."""
    open_ = Open.of(turn)
    named = turn.text or open_.wish.doctor
    if turn.hospital is not None:
        try:
            named = next((x.called(turn.language) for x in await turn.hospital.doctors() if x.id == doctor_id), named)
        except HospitalUnavailable:
            return booking_replies.unavailable(turn, open_)
    return await look(turn, replace(open_, wish=replace(open_.wish, doctor=named, doctor_id=doctor_id)))


async def set_visit(turn: Turn, visit_type: str) -> Outcome:
    """The kind of visit."""
    open_ = Open.of(turn)
    return await look(turn, replace(open_, wish=replace(open_.wish, visit_types=(visit_type,))))


async def watch(turn: Turn) -> Outcome:
    """Tell her when a slot is given back."""
    open_ = Open.of(turn)
    if turn.hospital is None:
        return booking_replies.unavailable(turn, open_)
    try:
        await turn.hospital.watch(open_.wish.asked(), await whom.person(turn, open_.patient), turn.now)
    except (NotBound, NotAllowed):
        return booking_replies.bind_first(turn, open_)
    except HospitalUnavailable:
        return booking_replies.unavailable(turn, open_)
    text = turn.say("booking_watching", wish=await booking_words.wish(turn, open_.wish))
    reply = Reply("booking", text, buttons=(Button(turn.say("booking_unwatch"), "booking_unwatch"),), query=open_.wish.payload(), status="watching")
    return prompts.open_with(turn, reply, None, booking={}).but(consent="reminder")


async def unwatch(turn: Turn) -> Outcome:
    """She waits no longer, for anything."""
    if turn.hospital is None:
        return booking_replies.unavailable(turn, Open.of(turn))
    try:
        for waiting in await turn.hospital.watching(turn.conversation, turn.now):
            await turn.hospital.unwatch(waiting.id, turn.conversation)
    except HospitalUnavailable:
        return booking_replies.unavailable(turn, Open.of(turn))
    return outcome(turn, Reply("booking", turn.say("booking_unwatched"), query=Wish().payload(), status="cancelled"))

