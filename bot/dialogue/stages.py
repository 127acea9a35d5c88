"""Stage and city: noted when told, guided when new, corrected when wrong."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue import answer, prompts
from bot.dialogue.choosing import CLAUSE_SURE, sure_sentences
from bot.dialogue.model import Outcome, Profile, Reading, Reply, Scored, Turn, outcome
from bot.knowledge.model import STAGES

TOLD_BESIDE = 0.2       # share from which on a stage is noted though the message is about something else


def tell_stage(turn: Turn) -> Outcome:
    """She told where she is: note it, give that stage's guide, answer what she asked beside it."""
    stage = turn.whole.detail("inform_stage")
    if stage not in STAGES:
        return prompts.open_with(turn, prompts.ask_stage(turn), "stage", entries=())
    return with_questions(turn, note_stage(turn, stage))


def tell_region(turn: Turn) -> Outcome:
    """She told where she lives: note it, say what is used there, answer what she asked beside it."""
    if not turn.entities.regions:
        return answer.respond(turn)
    return with_questions(turn, note_region(turn, turn.entities.regions[0]))


def note_stage(turn: Turn, stage: str) -> Outcome:
    """Keep the stage; when it is new, its guide follows; when a question was waiting for it, the fitted answer does."""
    profile = replace(turn.profile, stage=stage)
    noted = Reply("stage", turn.say("stage_noted", stage=turn.say(f"stage_{stage}")))
    known = replace(turn, profile=profile)
    waiting = turn.state.entries if turn.state.waiting == "stage" else ()
    if turn.profile.stage == stage and not waiting:
        return outcome(known, replace(noted, text=turn.say("stage_known", stage=turn.say(f"stage_{stage}"))))
    shown = [x for x in waiting if x in turn.library.entries and "stage" in turn.library.differs_by(x)]
    return _followed(known, noted, tuple(shown), f"stage.{stage}")


def note_region(turn: Turn, region: str) -> Outcome:
    """Keep the region (a province's pinyin); then the answer that waited for it, or what is used there."""
    profile = replace(turn.profile, region=region)
    known = replace(turn, profile=profile)
    noted = Reply("stage", turn.say("region_noted"))
    waiting = turn.state.entries if turn.state.waiting == "region" else ()
    guide = f"region.{region}" if f"region.{region}" in turn.library.entries else "region.other"
    shown = [x for x in waiting if x in turn.library.entries and "region" in turn.library.differs_by(x)]
    return _followed(known, noted, tuple(shown), guide)


def _followed(turn: Turn, noted: Reply, waited: tuple[str, ...], guide: str) -> Outcome:
    """What was noted, then the answers that waited for it, in words of their question; else the guide."""
    asked = replace(turn, text=turn.state.question) if waited and turn.state.question else turn
    made = answer.entries(asked, tuple(Scored(x, 1.0) for x in waited or (guide,)))
    return made.but(replies=(noted, *made.replies))


def with_questions(turn: Turn, made: Outcome) -> Outcome:
    """Put the answers to questions of the same message after what was noted, in place of the guide."""
    asked = {k: v for k, v in sure_sentences(turn.clauses).items() if k not in made.state.entries}
    if not asked:
        return made
    answered = answer.entries(replace(turn, profile=made.profile), tuple(asked.values())[:2])
    return answered.but(replies=(made.replies[0], *answered.replies))


def overheard(turn: Turn) -> Profile:
    """The profile with what a sentence beside the question told about stage and city; a stage told as the topic is noted by its handler."""
    profile = turn.profile
    topical = turn.intent in ("inform_stage", "correct_profile")
    told = turn.whole.detail("inform_stage")
    if not topical and told in STAGES and turn.whole.share("inform_stage") >= TOLD_BESIDE:
        profile = replace(profile, stage=told)
    for clause in turn.clauses:
        if not topical and clause.share("inform_stage") >= CLAUSE_SURE and clause.detail("inform_stage") in STAGES:
            profile = replace(profile, stage=clause.detail("inform_stage"))
        if clause.share("inform_region") >= CLAUSE_SURE and turn.entities.regions:
            profile = replace(profile, region=turn.entities.regions[0])
    return profile


def correct(turn: Turn) -> Outcome:
    """What we have of her is wrong: take the right one from the message, or ask for it."""
    told = turn.whole.detail("inform_stage")
    if turn.entities.stages:
        return note_stage(turn, turn.entities.stages[-1])
    if turn.entities.regions:
        return note_region(turn, turn.entities.regions[-1])
    if told in STAGES and _likely(turn.whole):
        return note_stage(turn, told)
    return prompts.open_with(turn, prompts.ask_stage(turn), "stage", entries=())


def _likely(reading: Reading) -> bool:
    return reading.share("inform_stage") >= 0.25


def given(turn: Turn) -> Outcome:
    """Profile values set by an integration (`/inform_profile`)."""
    stage = turn.given.get("stage") if turn.given.get("stage") in STAGES else turn.profile.stage
    region = turn.given.get("region") or turn.profile.region
    return outcome(replace(turn, profile=replace(turn.profile, stage=stage, region=region)), Reply("stage", turn.say("profile_set")))
