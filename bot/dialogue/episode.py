"""Emergencies: the alarm, the question where it is unclear, and the hours after it, in which booking and reports wait."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.dialogue import answer, booking, prompts, smalltalk, under_way
from bot.dialogue.care import EMERGENCY_ENTRY
from bot.dialogue.choosing import sure_sentences
from bot.dialogue.model import Button, Handler, Outcome, Reading, Reply, Turn, finished, outcome
from bot.guard import Alarm
from bot.text.clauses import asks
from bot.text.follow_up import find_choice
from bot.text.normalise import CJK
from bot.text.replies import is_no, is_yes

SELF_HARM = "self_harm"
#: A yes that is no mere "all right": with the question further up, only this deletes.
PLAIN_YES = re.compile(r"是|对|确定|确认|\b(?:yes|yep|yeah|confirm(?:ed)?|sure)\b", re.I)
#: What is said to that question and to nothing else.
CONFIRMS = re.compile(r"确定|确认|\bconfirm(?:ed)?\b", re.I)
#: Where a clause ends, also with no question on either side of it; in Chinese a space may end one.
CLAUSE_END = re.compile(rf"[,，、;；:：.。!！?？…~\n]+|(?<=[{CJK}])\s+")
SENTENCE = 4            # characters; a shorter one says too little by itself
HEARD = 0.35            # share from which the scorer's word on help is taken where the staff's words say nothing: no wrong one on unseen lists
ENDS = 0.6              # the same of her having been examined, which ends the hours
SURE = 0.6              # share from which on a topic is answered after self-harm, where what is said is often no question
#: Topics that wait while an emergency is not over.
WAITING = ("booking", "booking_change", "report", "tap", "choose", "affirm", "key_facts", "menu")
#: What she may ask of what is kept of her at any time.
RIGHTS = ("delete_data", "export_data", "privacy")
#: Kinds of replies that answer a question.
QUESTIONED = ("answer", "no_answer", "defer")
#: Topics that are told, not asked, although their reply is of such a kind.
UNASKED = ("loss", "mention")
#: Topics whose answer is a fact she may need on her way, in one text under the emergency line.
ANSWERED = ("ask", "medical_advice", "mention", "handoff", "inform_stage", "inform_region", "clinic_question", "loss")
#: What an answer asks behind itself, and what matters less than whether it is an emergency.
GIVES_WAY = (None, "satisfied", "stage", "region", "date")
#: Topics of who wants a person, or asks whether she talks to one.
PERSON = ("handoff", "bot_challenge")
#: Topics that what plays it down in new words is taken for, though not surely.
STATED = ("medical_advice", "clinic_question", "inform_stage", "inform_region", "out_of_scope")
#: Keys of a short line for what she says of help, by the kind of her reply, and by whether these are the hours after self-harm.
SUPPORT: dict[bool, dict[str, str]] = {
    False: {"on_the_way": "episode_on_the_way", "company": "episode_first"},
    True: {
        "examined": "episode_self_harm_seen",
        "on_the_way": "episode_self_harm_on_the_way",
        "company": "episode_self_harm_company",
        "rest": "episode_self_harm_rest",
    },
}


def alarm(turn: Turn) -> Alarm | None:
    """What either look at the message found: the rule guard's word, else the trained scorer's.

    The scorer alone raises a full alarm where it is sure, and where it is less so, one question (`emergency_check`). It has to be surer of a
    sentence torn from its message, and where the rules found every complaint denied, past or not meant; what stands behind a short opening, such as
    the answer to a question of the bot's, counts like the whole. While an emergency lasts, no doubt of its own is worth a question.
    """
    behind, limits = turn.behind or turn.whole, turn.thresholds
    whole = emergency_share(turn.whole)
    share = max(whole, emergency_share(behind))
    part = _worst_sentence(turn)
    if turn.alarm is not None and (turn.alarm.certain or max(share, emergency_share(part)) >= limits.alarm):
        return replace(turn.alarm, certain=True)
    certain = scorer_sure(turn) or share >= limits.alarm and not turn.dismissed
    asked = not turn.dismissed and turn.episode is None and (whole >= limits.check or emergency_share(part) >= limits.alarm)
    if certain or asked:
        worst = max(turn.whole, behind, part, key=emergency_share)
        return Alarm(worst.detail("emergency") or "other", "scorer", certain)
    return turn.alarm


def emergency_share(reading: Reading) -> float:
    """How likely a text tells of an emergency, by the scorer."""
    return reading.share("emergency")


def _worst_sentence(turn: Turn) -> Reading:
    """The sentence that is likeliest to tell of one; the whole message where it has no sentences to speak of."""
    return max((x for x in turn.clauses if len(x.text) >= SENTENCE), key=emergency_share, default=turn.whole)


def scorer_sure(turn: Turn) -> bool:
    """Whether the scorer is so sure of an emergency, in the message or in a sentence of it, that nothing outweighs it."""
    return max(map(emergency_share, (turn.whole, turn.behind or turn.whole, _worst_sentence(turn)))) >= turn.thresholds.sure


def playing_down(turn: Turn) -> bool:
    """Whether she plays it down and says nothing else: each clause does, and all of them together. "算了，没人在乎" says more."""
    clauses = [x for x in CLAUSE_END.split(turn.text) if x.strip()]
    return all(turn.emergencies.episode_reply(x) == "playing_down" for x in (turn.text, *clauses))


def raised(turn: Turn, found: Alarm) -> Outcome:
    """The text for these signs and nothing else; what was under way stays kept for later."""
    text = turn.emergencies.text(found.group, turn.language, turn.library)
    reply = Reply("emergency", text, (EMERGENCY_ENTRY,))
    offers = turn.state.offers if any(x["do"] == "delete" for x in turn.state.offers) else ()       # her right outlasts the alarm
    left = replace(turn.state, offers=offers, waiting=None, alarm=None, paused=True, booking=booking.noted(turn))
    return Outcome((reply,), turn.profile, left, alarm=replace(found, certain=True))


def check(turn: Turn, found: Alarm) -> Outcome:
    """Unclear: one question with two buttons, the emergency line shown meanwhile."""
    words = _check_words(found.group)
    yes, no = turn.say_emergency(f"{words}_yes"), turn.say_emergency(f"{words}_no")
    text = f"{turn.say_emergency(f'{words}_question')}\n\n{turn.say_emergency(f'{words}_meanwhile')}"
    reply = Reply("emergency_check", text, buttons=(Button(yes, "alarm_yes", found.group), Button(no, "alarm_no", found.group)))
    return prompts.open_with(turn, reply, "alarm", question=turn.text, alarm=found.group)


def checked(turn: Turn) -> Outcome | None:
    """Her answer to that question; None where it is something else."""
    group = turn.state.alarm or "other"
    if is_yes(turn.text) or _severe(turn):
        return raised(turn, Alarm(group, "asked", True))
    return calmed(turn, group) if is_no(turn.text) else None


def _severe(turn: Turn) -> bool:
    """Whether she answers that it is bad, or is happening now, and not merely yes."""
    return turn.tap is None and turn.emergencies.episode_reply(turn.text) == "severe"


def calmed(turn: Turn, group: str) -> Outcome:
    """No emergency, she says."""
    return outcome(turn, Reply("smalltalk", turn.say_emergency(f"{_check_words(group)}_calm")))


def asked_again(turn: Turn, made: Outcome) -> Outcome:
    """Behind the answer to something else, once more whether it is an emergency; once only, for she may have nothing to say to it.

    Where that answer opened something of its own the emergency line leads it instead: one open question at a time.
    """
    if made.replies[0].kind == "silent" or turn.state.reminded or made.forget:
        return made
    group = turn.state.alarm or "other"
    if made.state.waiting not in GIVES_WAY:
        return made.led_by(turn.say_emergency(f"{_check_words(group)}_meanwhile"))
    question = check(turn, Alarm(group, "asked", False))
    told = tuple(replace(x, buttons=()) for x in made.replies if x.kind != "menu")
    state = replace(made.state, offers=question.state.offers, waiting="alarm", alarm=group, reminded=True)
    profile = replace(made.profile, asked_stage_at=turn.profile.asked_stage_at, asked_region_at=turn.profile.asked_region_at)
    return made.but(replies=(*told, *question.replies), state=state, profile=profile)


def _check_words(group: str) -> str:
    return "check_self_harm" if group == SELF_HARM else "check"


async def within(turn: Turn, handler: Handler) -> Outcome:
    """A message while an emergency is not over.

    In this order: the answer to a question that may be asked in these hours; whether anybody reads along; her rights; what she says of help; what
    waits; everything else.

    Args:
        handler: what would answer it at another time.
    """
    made = decided(turn)
    if made is not None:
        return made
    if turn.intent == "loss" and asks(turn.text):
        turn = replace(turn, intent="medical_advice")       # "will I lose the baby" is no loss
    kind = told(turn)
    if kind == "who_reads":
        return telling_who_reads(turn)
    if turn.intent in RIGHTS and kind not in ("examined", "on_the_way"):
        return await below(turn, handler)
    if kind == "examined" and not lasting(turn):
        return await over(turn, handler)
    line = SUPPORT[lasting(turn)].get(kind or "")
    if line is not None:
        return _open(turn, Reply("smalltalk", turn.say_emergency(line)))
    if kind in ("playing_down", "rest", "severe") or turn.intent in WAITING:
        return again(turn)
    if turn.intent == "inform_profile" or _belittles(turn):
        return again(turn).but(profile=(await finished(handler(turn))).profile)
    if turn.intent in ANSWERED and (not lasting(turn) or _surely(turn)):
        return await under(turn, handler)
    if lasting(turn) and turn.intent != "scam":
        return _open(turn, replace(again(turn).replies[0], kind="smalltalk", entries=()))
    return await below(turn, handler)


def told(turn: Turn) -> str | None:
    """What she says of help, a kind of `bot.guard.texts.REPLIES`, or None: by the staff's words, else by the trained scorer.

    The scorer is not believed where the staff's words speak against it. It has to be surer of what ends the hours, and is not believed where she asks or complains, or has no word of a doctor; but then it outweighs
    words of playing it down. After words of self-harm it is not asked: "nobody is with me" and "I am off to the bridge" are too near to what it knows.
    """
    by_words = turn.emergencies.episode_reply(turn.text)
    if lasting(turn):
        return by_words
    ends = turn.whole.score("episode/examined") >= ENDS and not asks(turn.text) and turn.emergencies.may_end(turn.text)
    if ends and by_words in (None, "playing_down"):
        return "examined"
    kind = turn.whole.detail("episode")
    heard = kind is not None and kind != "examined" and turn.whole.score(f"episode/{kind}") >= HEARD and not turn.emergencies.rules_out(kind, turn.text)
    return by_words or (kind if heard else None)


def _belittles(turn: Turn) -> bool:
    """Whether a message asks nothing and surely tells nothing, or only of something small: then it plays the emergency down, as far as anybody can tell."""
    if lasting(turn) or asks(turn.text):
        return False
    return turn.intent == "mention" or turn.intent in STATED and not _surely(turn)


def lasting(turn: Turn) -> bool:
    """Whether these are the hours after self-harm, which only staff end."""
    return turn.episode is not None and turn.episode.group == SELF_HARM


def _surely(turn: Turn) -> bool:
    """Whether somebody who may only want to be heard surely asks or wants something: elsewhere the likeliest topic is answered."""
    return turn.intent == "ask" or turn.whole.share(turn.intent) >= SURE


def decided(turn: Turn) -> Outcome | None:
    """Her answer to whether it is an emergency, or whether to delete what is kept of her; None where it is something else.

    An alarm that came behind the second question leaves it on offer, but then "好的" is said to the alarm: only a plain yes deletes, and after words
    of self-harm only what confirms: "是" may be said to them.
    """
    waiting, offers = turn.state.waiting, turn.state.offers
    number = find_choice(turn.text, len(offers)) if waiting in ("alarm", "delete") else None
    found = prompts.picked(turn) or (offers[number - 1] if number is not None else None)
    do = found["do"] if found is not None else None
    if waiting == "alarm":
        group = turn.state.alarm or "other"
        if do == "alarm_yes" or do is None and (is_yes(turn.text) or _severe(turn)):
            return raised(turn, Alarm(group, "asked", True))
        if do == "alarm_no" or do is None and is_no(turn.text):
            return _first(turn, calmed(turn, group))
    asked = any(x["do"] == "delete" for x in offers)
    meant = waiting == "delete" or (CONFIRMS if lasting(turn) else PLAIN_YES).search(turn.text) is not None
    if asked and (do == "delete" or is_yes(turn.text) and meant):
        return _first(turn, smalltalk.deleted(turn))
    if asked and (do == "keep" or waiting == "delete" and smalltalk.keeps(turn.text)):
        return _first(turn, smalltalk.data_kept(turn))
    return None


def telling_who_reads(turn: Turn) -> Outcome:
    """She asks whether anybody has read it: whether a nurse has taken the alert, and where to go without waiting for one."""
    text = f"{who_reads(turn)}\n\n{first_line(turn)}"
    return _open(turn, Reply("smalltalk", text) if lasting(turn) else Reply("emergency", text, (EMERGENCY_ENTRY,)))


def who_reads(turn: Turn) -> str:
    """Whether a nurse has taken the alert, in a line."""
    taken = "episode_taken_self_harm" if lasting(turn) else "episode_taken"
    return turn.say_emergency(taken if turn.episode is not None and turn.episode.taken else "episode_not_taken")


def first_line(turn: Turn) -> str:
    """The emergency line that stands above whatever else is said in these hours."""
    return turn.say_emergency("episode_self_harm_first" if lasting(turn) else "episode_first")


def again(turn: Turn) -> Outcome:
    """The emergency line once more, in place of what waits."""
    lines = [turn.say_emergency("episode_self_harm_again" if lasting(turn) else "episode_again")]
    if turn.episode is not None and turn.episode.taken:
        lines.append(turn.say_emergency("episode_taken_self_harm" if lasting(turn) else "episode_taken"))
    return _open(turn, Reply("emergency", "\n\n".join(lines), (EMERGENCY_ENTRY,)))


async def under(turn: Turn, handler: Handler) -> Outcome:
    """Another question: its answer in one text under the emergency line."""
    if turn.intent != "ask":
        return await below(turn, handler)
    asked = tuple(sure_sentences(turn.clauses).values()) or answer.chosen(turn)
    if not asked:
        return again(turn)
    shown = answer.one(turn, asked[0])
    return _led(turn, outcome(turn, shown, question=turn.text, entries=shown.entries))


async def below(turn: Turn, handler: Handler) -> Outcome:
    """What a topic leads to, its first text under the emergency line; the line alone where that text asks for something to tap.

    What the topic wants kept is kept, as its words say it is. What is open stays open, and nothing else is opened but the question whether to
    delete what is kept of her.
    """
    made = await finished(handler(replace(turn, state=replace(turn.state, waiting=None, offers=(), alarm=None))))
    if made.replies[0].kind == "silent":
        return made.but(state=turn.state)
    if made.state.waiting == "delete":
        return _first(turn, made)
    opens = made.replies[0].kind == "menu" or made.replies[0].buttons and made.replies[0].kind != "defer"     # a deferral says by itself where to go
    return again(turn) if opens else _led(turn, made)


def _led(turn: Turn, made: Outcome) -> Outcome:
    """The first text of an outcome under the emergency line, without buttons; everything that is to be kept with it."""
    shown = replace(made.replies[0], buttons=())
    entries = shown.entries or turn.state.entries
    state = replace(made.state, waiting=turn.state.waiting, offers=turn.state.offers, alarm=turn.state.alarm, paused=turn.state.paused, entries=entries)
    profile = replace(made.profile, asked_stage_at=turn.profile.asked_stage_at, asked_region_at=turn.profile.asked_region_at)
    return _first(turn, made.but(replies=(shown,), state=state, profile=profile))


def _first(turn: Turn, made: Outcome) -> Outcome:
    """An outcome under the emergency line, which leads over to the answer of a question; who asks for a person reads whether a nurse knows of it."""
    if turn.intent in PERSON:
        return made.led_by(f"{first_line(turn)}\n\n{who_reads(turn)}")
    if made.replies[0].kind not in QUESTIONED or turn.intent in UNASKED:
        return made.led_by(first_line(turn))
    return made.led_by(turn.say_emergency("episode_self_harm_under" if lasting(turn) else "episode_under"))


async def over(turn: Turn, handler: Handler) -> Outcome:
    """She was examined and all is well: glad of it, then what she asks, or what was under way."""
    known = replace(turn, episode=None, state=replace(turn.state, waiting=None) if turn.state.waiting == "alarm" else turn.state)
    glad = Reply("smalltalk", turn.say_emergency("episode_over"))
    asks = turn.intent in ("booking", "booking_change", "report") or (turn.intent == "ask" and bool(answer.chosen(turn)))
    if asks:
        made = await finished(handler(known))
        return made.but(replies=(glad, *made.replies), examined=True)
    return offered_again(known, Outcome((glad,), turn.profile, turn.state)).but(examined=True)


def offered_again(turn: Turn, made: Outcome) -> Outcome:
    """The outcome, with what the emergency interrupted offered again behind it; nothing, where nothing was under way."""
    if not made.state.paused or turn.group:
        return made
    left = replace(made.state, paused=False)
    if under_way.kept(left) is None or left.waiting not in (None, "satisfied"):
        return made.but(state=left)
    yes, no = turn.say_emergency("episode_resume_yes"), turn.say_emergency("episode_resume_no")
    prompt = Reply("menu", turn.say_emergency("episode_resume"), buttons=(Button(yes, "resume"), Button(no, "drop")))
    offers = prompts.offers(prompt.buttons)
    replies = tuple(replace(x, buttons=()) for x in made.replies if x.kind != "menu")       # one open question at a time
    return made.but(replies=(*replies, prompt), state=replace(left, offers=offers, waiting="resume"))


def _open(turn: Turn, *replies: Reply) -> Outcome:
    """Replies of the episode's own, which leave open what is open."""
    return Outcome(replies, turn.profile, turn.state)
