"""A reminder of an appointment on the day before: asked for behind the booking, agreed to, switched off whenever she says so.

What is kept is that she agreed (the consent to `PURPOSE`), for all that she books here; which appointments there are, the hospital knows. The desk
sends them (`bot.desk.reminders`).
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Final

from bot.clock import ZONE, at_home
from bot.dialogue import booking_words, prompts, whom
from bot.dialogue.model import Button, Outcome, Reply, Turn, outcome
from bot.dialogue.wish import Wish
from bot.hospital.model import Binding, Slot
from bot.text.replies import is_no, is_yes

PURPOSE = "visit_reminder"          # of the consent
WAITS: Final = "reminder"                  # what `State.waiting` says behind the question
SHORT = 40                          # characters up to which such words decide
OFF = re.compile(
    r"(?:请|麻烦|你|您|以后|那|就)*(?:先|都|再)*(?:不要|不用|不必|不需要|不想要?|别|取消|关闭|关掉|停止|停掉)(?:再)?(?:给我|向我)?(?:发|收到?)?"
    r"(?:就诊|预约|约号|挂号|复诊|前一天)?(?:的)?(?:消息)?提醒(?:我)?(?:了|吧|啦)?[\s。.！!~～]*|"
    r"(?:请|麻烦|帮我)*把?(?:就诊|预约|约号|复诊|前一天)?(?:的)?提醒(?:给我)?(?:关|取消|停)(?:了|掉)?(?:了|吧)?[\s。.！!]*|"
    r"(?:please )?(?:no(?: more)?|stop(?: sending(?: me)?)?(?: the| my)?|cancel(?: the| my)?|turn off(?: the| my)?|switch off(?: the| my)?|(?:i )?don'?t "
    r"(?:send me|want|need)(?: any)?(?: more)?)(?: appointment| visit)? reminders?(?: please| any ?more)?[\s.!]*|"
    r"(?:please )?(?:stop reminding me|don'?t remind me)(?: any ?more)?[\s.!]*", re.I)
ON = re.compile(
    r"(?:请|麻烦|你|您|记得|还是|可以|能不能|能|要)*(?:(?:就诊|看诊|复诊|看病)(?:的)?)?(?:前一天|提前一天|头一天)(?:再)?(?:给我发?|发(?:个|条)?)?提醒(?:一下|下)?(?:我)?(?:一下|下)?(?:吧|吗|啊|哦)?"
    r"[\s。.！!?？~～]*|(?:请|麻烦|帮我)*(?:打开|开启|恢复|开)(?:就诊|预约|约号|复诊|前一天)?(?:的)?提醒[\s。.！!]*|"
    r"(?:please |can you |could you )*remind me (?:the |a |one )day before(?: (?:it|my appointment|please))?[\s.!?]*|"
    r"(?:please )?(?:turn|switch) on(?: the| my)?(?: appointment)? reminders?[\s.!]*", re.I)
#: Said twice, it confirms the appointment that has just been booked, and is no consent to anything else.
CONFIRMS = re.compile(r"确认|确定|confirm", re.I)


def due(starts: datetime, hour: time) -> datetime:
    """When the reminder of an appointment is due: at that time on the day before."""
    return datetime.combine(at_home(starts).date() - timedelta(days=1), hour, ZONE)


def asked(turn: Turn, booked: Reply, starts: datetime) -> Outcome:
    """What was booked, and whether she wants to be reminded of it. Said where she has agreed before; not asked where it would be too late."""
    hour = turn.library.hospital.reminder
    if hour is None or turn.now >= due(starts, hour):
        return outcome(turn, booked, booking={}, entries=())
    if PURPOSE in turn.agreed:
        return outcome(turn, _with(booked, turn.say("remind_stands")), booking={}, entries=())
    buttons = (Button(turn.say("remind_yes"), "remind_yes"), Button(turn.say("remind_no"), "remind_no"))
    return prompts.open_with(turn, replace(_with(booked, turn.say("remind_ask")), buttons=buttons), WAITS, booking={}, entries=())


def _with(reply: Reply, line: str) -> Reply:
    return replace(reply, text=f"{reply.text}\n\n{line}")


def said(turn: Turn) -> Outcome | None:
    """What concerns reminders whenever it is said, in private, and the answer to the question; None for anything else."""
    if turn.group or len(turn.text) > SHORT or (turn.library.hospital.reminder is None and PURPOSE not in turn.agreed):
        return None
    text, asks = turn.text.strip(), turn.state.waiting == WAITS
    if OFF.fullmatch(text) or (asks and is_no(text)):
        return declined(turn)
    wanted = ON.fullmatch(text) or (asks and is_yes(text) and not CONFIRMS.search(text))
    return agreed(turn) if wanted and turn.library.hospital.reminder is not None else None


def agreed(turn: Turn) -> Outcome:
    """She wants them; what is kept for it, and how it ends."""
    hour = turn.library.hospital.reminder
    if hour is None:        # switched off by the centre since she was asked
        return declined(turn)
    text = turn.say("remind_on", time=f"{hour.hour}:{hour.minute:02d}")
    return outcome(turn, Reply("booking", text, query=Wish().payload(), status="reminding")).but(consent=PURPOSE)


def declined(turn: Turn) -> Outcome:
    """She does not want them, or not any more."""
    return outcome(turn, Reply("booking", turn.say("remind_off"), query=Wish().payload(), status="not_reminding")).but(withdrawn=PURPOSE)


def button(turn: Turn) -> tuple[Button, ...]:
    """To switch them on or off, below her appointments; nothing where the centre sends none."""
    if PURPOSE in turn.agreed:
        return (Button(turn.say("remind_stop"), "remind_no"),)
    return () if turn.library.hospital.reminder is None else (Button(turn.say("remind_start"), "remind_yes"),)


def text(turn: Turn, slot: Slot, whose: Binding | None) -> str:
    """The reminder: date, time, doctor and place, and whose it is where it is not her own; nothing of what it is for."""
    said = turn.say("remind_slot", day=prompts.day(turn, slot.day), time=booking_words.clock(slot.starts), doctor=booking_words.doctor(turn, slot.doctor),
                    place=slot.place(turn.language)).rstrip("".join(turn.say("booking_wish_join").split()) + " ")
    return "\n".join((turn.say("remind", slot=said), *whom.named(turn, whose)))
