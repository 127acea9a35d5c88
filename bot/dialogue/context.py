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
FRAGMENT_CHARACTERS = 40        # a longer message asks for itself
SURE = 0.8                      # a new question that the model is this sure of is not a follow-up


def entry_referred_to(turn: Turn) -> str | None:
    """The entry a fragment or an "it" asks for, given the answer before; None for a question of its own."""
    if not turn.state.entries or len(turn.text) > 2 * FRAGMENT_CHARACTERS:
        return None
    last = turn.state.entries[0]
    sure = turn.whole.entries[0] if turn.whole.entries else Scored("", 0.0)
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
    """The turn with the scores of other stages' and regions' entries given to her own, where the message names none.

    "Who do I ask now?" sounds the same at every stage; which stage is hers, the model does not see.
    """
    whole = turn.whole
    for topic, own, named in (("stage", turn.profile.stage, turn.entities.stages), ("region", turn.profile.region, turn.entities.regions)):
        mine = _sibling(turn, topic, own) if own and not named else None
        if mine is not None:
            whole = _gathered(whole, topic, mine)
    return replace(turn, whole=whole)


def _gathered(reading: Reading, topic: str, mine: str) -> Reading:
    """The reading with all scores of a topic's entries on one of them."""
    prefix = f"ask/{topic}."
    total = sum(x.score for x in reading.labels if x.name.startswith(prefix))
    if total == 0:
        return reading
    kept = [x for x in reading.labels if not x.name.startswith(prefix)]
    return Reading(reading.text, tuple(sorted([*kept, Scored(f"ask/{mine}", total)], key=lambda x: -x.score)))
