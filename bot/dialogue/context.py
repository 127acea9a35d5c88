"""What was said before, and what is known of her, brought to bear on a message: which entry a fragment ("and in Shanghai?") or an "it" asks for, and which stage's entry is hers."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.dialogue.model import Reading, Scored, Turn
from bot.text.follow_up import find_ellipsis

#: Words that point back at the answer before ("can she see her labs in it too"); a named platform beside them points elsewhere.
POINTS_BACK = re.compile(
    r"\b(?:in|on|with|through|via|using|from) (?:it|that|this|there)\b|\bthat (?:app|one|platform)\b|\bdoes it\b|\bcan it\b"
    r"|里面也|它|那里面|这里面|那个(?:平台|软件|小程序|app)|这个(?:平台|软件|小程序|app)|上面也",
    re.IGNORECASE,
)
#: Where she is, said without its name; with the entries on ways in that a region's own guide makes concrete.
HERE = re.compile(
    r"本地|当地|[我咱]们?(?:这|那)(?:边|里|儿|头)|(?:^|[^去来到回了])这边(?:的人)?[都该用约挂]|\b(?:locals?|locally|around here|for here|in (?:my|our|this) (?:city|town|area|province))\b",
    re.IGNORECASE,
)
WAYS_IN = ("services.booking", "channels.overview", "channels.government", "channels.hospital-owned", "howto.hospital-account")
FRAGMENT_CHARACTERS = 40        # a longer message asks for itself
SURE = 0.8                      # a new question that the model is this sure of is not a follow-up


def entry_referred_to(turn: Turn) -> str | None:
    """The entry a fragment or an "it" asks for, given the answer before; None for a question of its own."""
    if not turn.state.entries or len(turn.text) > 2 * FRAGMENT_CHARACTERS:
        return None
    last = turn.state.entries[0]
    sure = turn.whole.best
    topic = last.split(".")[0]
    if topic == "region" and turn.entities.regions and not turn.entities.platforms:
        return _sibling(turn, "region", turn.entities.regions[-1]) if sure.score < SURE or sure.name.startswith("region.") else None
    fragment = find_ellipsis(turn.text)
    if fragment is not None and turn.entities.regions and sure.score < SURE:
        return _sibling(turn, "region", turn.entities.regions[-1])
    if fragment is not None and topic == "stage" and turn.entities.stages:
        return _sibling(turn, "stage", turn.entities.stages[-1])
    if topic in ("region", "channels") and POINTS_BACK.search(turn.text) and not turn.entities.platforms:
        return last
    return None


def _sibling(turn: Turn, topic: str, value: str) -> str | None:
    """The entry of a topic for one region or stage; a province without one of its own has `region.other`."""
    for name in (f"{topic}.{value}", f"{topic}.other"):
        if name in turn.library.entries:
            return name
    return None


def fitted(turn: Turn) -> Turn:
    """The turn with the scores of other stages' and regions' entries given to her own, or to the one region that the message names.

    "Who do I ask now?" sounds the same at every stage, and one city's question like another's; which is hers, the model does not see.
    """
    whole, regions = turn.whole, turn.entities.regions
    place = turn.profile.region if not regions else regions[0] if len(set(regions)) == 1 else None
    for topic, own in (("stage", turn.profile.stage if not turn.entities.stages else None), ("region", place)):
        mine = _sibling(turn, topic, own) if own else None
        if mine is not None:
            whole = _gathered(whole, topic, mine)
    return replace(turn, whole=whole)


def local_guide(turn: Turn, answers: tuple[Scored, ...]) -> tuple[Scored, ...]:
    """The answers, led by her region's guide where she asks how it is done "here": the general answer does not know where that is."""
    mine = _sibling(turn, "region", turn.profile.region) if turn.profile.region and not turn.entities.regions else None
    asks = bool(answers) and answers[0].name in WAYS_IN and bool(HERE.search(turn.text)) and not set(turn.entities.platforms) - {"app"}
    if mine is None or not asks or mine in {x.name for x in answers}:
        return answers
    return (Scored(mine, answers[0].score), answers[0])


def only_region(turn: Turn, offers: tuple[Scored, ...]) -> Scored | None:
    """The one entry that could be offered, where it is the guide of the region that the message names: nothing is left to choose."""
    if len(offers) != 1 or len(set(turn.entities.regions)) != 1:
        return None
    return offers[0] if offers[0].name == _sibling(turn, "region", turn.entities.regions[0]) else None


def _gathered(reading: Reading, topic: str, mine: str) -> Reading:
    """The reading with all scores of a topic's entries on one of them."""
    prefix = f"ask/{topic}."
    total = sum(x.score for x in reading.labels if x.name.startswith(prefix))
    if total == 0:
        return reading
    kept = [x for x in reading.labels if not x.name.startswith(prefix)]
    return Reading(reading.text, tuple(sorted([*kept, Scored(f"ask/{mine}", total)], key=lambda x: -x.score)))
