"""The one description of the staff's files: the loader reads by it, and the editors' JSON Schema is made from it."""

from __future__ import annotations

from bot.knowledge.groups import Both, Field, Many, Maybe, Record
from bot.knowledge.kinds import Choice, Clocks, Day, Flag, Words
from bot.knowledge.model import DAYS, OTHER_REGION, PROVINCES, STAGES

ID = Words(r"[a-z]+(-[a-z]+)*\.[a-z0-9]+(-[a-z0-9]+)*", "topic.two-or-three-words in small letters")
PLAIN = Words()
NAME = Both(PLAIN, plain=True)
STAGE_LIST = Many(Choice(STAGES))
REGION_LIST = Many(Choice((*PROVINCES, OTHER_REGION)))
NONE_ASKED: dict[str, tuple[str, ...]] = {"zh": (), "en": ()}

VARIANT = Record(
    (
        Field("stages", STAGE_LIST, "treatment stages for which this answer replaces the general one", required=False),
        Field("regions", REGION_LIST, "regions for which this answer replaces the general one", required=False),
        Field("answer", Both(PLAIN), "the answer for them, in both languages"),
    )
)

REVIEW = Record(
    (
        Field("by", NAME, "name of the person who checked the answer"),
        Field("on", Day(), "day on which she did"),
    )
)

CHANGE = Record(
    (
        Field("on", Day(), "day of the change"),
        Field("by", NAME, "who changed it"),
        Field("what", PLAIN, "what was changed, in a few words"),
    )
)

ENTRY = Record(
    (
        Field("id", ID, "the entry's own name, topic.words; never changed once used"),
        Field("title", Both(PLAIN), "a few words by which a patient recognises the answer"),
        Field("audience", Choice(("group", "private")), "group if it may be posted in a cycle group, else private"),
        Field("stages", STAGE_LIST, "treatment stages it is about; empty for all", required=False),
        Field("regions", REGION_LIST, "regions it is about; empty for all", required=False),
        Field("questions", Both(Many(PLAIN, least=1)), "sample questions it answers, as patients ask them"),
        Field(
            "not_questions",
            Both(Many(PLAIN)),
            "similar questions it must not answer",
            required=False,
            default=NONE_ASKED,
        ),
        Field("answer", Both(PLAIN), "the answer as the patient reads it; {names} come from _hospital.yml"),
        Field("variants", Many(VARIANT), "other answers for some stages or regions", required=False),
        Field("related", Many(ID), "ids of entries offered after it", required=False),
        Field("section", PLAIN, "section of the source it comes from", required=False, default=""),
        Field("source", PLAIN, "where the facts come from"),
        Field("owner", NAME, "who looks after this entry"),
        Field("reviewed", Maybe(REVIEW), "null until a person has checked it; then by and on"),
        Field("valid_from", Day(), "first day on which the answer holds"),
        Field("review_due", Day(), "day by which it has to be checked again"),
        Field("changes", Many(CHANGE), "what was changed, when and by whom", required=False),
    ),
    label="id",
)

TOPIC_FILE = Record(
    (
        Field("topic", Words("[a-z]+(-[a-z]+)*", "the file's name without .yml"), "the topic: the file's name"),
        Field("name", Both(PLAIN), "the topic as patients read it"),
        Field("entries", Many(ENTRY, good_part=True), "the answers"),
    )
)

HOURS = Record(
    tuple(
        Field(days, Many(Clocks()), f"from–to times on {days}; [] when closed")
        for days in DAYS
    )
)

HOSPITAL = Record(
    (
        Field("demo", Flag(), "true while these are demonstration data"),
        Field("region", Choice(PROVINCES), "the province the centre is in"),
        Field("booking", Choice(("here", "bound", "mini_program")), "whether the chat books by itself, for bound patients only, or sends to the mini program", required=False, default="here"),
        Field("reminder", Words(r"off|0?[89]:[0-5]\d|1\d:[0-5]\d|20:[0-5]\d", "a time between 8:00 and 20:59, or off"),
              "from when on patients who agreed are reminded, the day before, of an appointment made here", required=False, default="off"),
        Field("hospital", NAME, "the centre's name"),
        Field("nurse_phone", NAME, "the nurse station's telephone"),
        Field("nurse_hours", HOURS, "when the nurse station answers"),
        Field("service_hours", HOURS, "when online consultation answers"),
    ),
    others=NAME,
)

WORDS = Record((), others=Both(PLAIN))

NOTICES = Record(
    (
        Field("unreviewed", Both(PLAIN), "the line below an answer that nobody has checked"),
        Field("reviewed", Both(PLAIN), "the line below an answer that {name} checked on {date}"),
        Field("demo", Both(PLAIN), "shown while the hospital's facts are made up"),
        *(Field(f"open_{days}", Both(PLAIN), f"how hours on {days} are said, with {{times}}") for days in DAYS),
        *(Field(f"closed_{days}", Both(PLAIN), f"how it is said that {days} are closed") for days in DAYS),
        Field("closed_weekends_holidays", Both(PLAIN), "the same for weekends and public holidays together"),
        Field("times_join", Both(PLAIN), "what stands between two times of a day"),
        Field("days_join", Both(PLAIN), "what stands between the kinds of day"),
    ),
    others=Both(PLAIN),
)
