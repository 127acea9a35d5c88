"""Rules that hold in every implementation."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.clock import ZONE
from bot.hospital.model import Doctor, Person, Slot, SlotQuery, Turnaround, Window, expected_by, part_of
from bot.hospital.rules import guard, last_day, matches, order_state, query_from_json, query_to_json, signature

DOCTOR = Doctor("a", "周敏", "周", "敏", "zhou min", "Zhou Min", "", "", "reproductive", ("expert",))
DAYS = st.dates(date(2026, 11, 1), date(2026, 12, 31))
WINDOWS = st.builds(Window, st.none() | DAYS, st.none() | DAYS, st.sampled_from([None, "am", "pm", "evening"]))
QUERIES = st.builds(SlotQuery, st.lists(st.sampled_from(["regular", "expert"])).map(tuple), st.lists(st.sampled_from(["a", "b"])).map(tuple),
                    st.sampled_from([None, "reproductive", "urology"]), st.lists(WINDOWS, max_size=3).map(tuple))


def slot(moment: datetime) -> Slot:
    here = moment.replace(tzinfo=ZONE)
    return Slot("1", DOCTOR, "expert", here, here + timedelta(minutes=10))


@given(QUERIES, st.datetimes(datetime(2026, 11, 1), datetime(2026, 12, 31)))
def test_a_wish_survives_being_kept(query: SlotQuery, moment: datetime) -> None:
    again = query_from_json(json.loads(json.dumps(query_to_json(query))))
    assert matches(again, slot(moment)) == matches(query, slot(moment)) and signature(again) == signature(query)
    end = last_day(query)
    assert end is None or not matches(query, slot(datetime.combine(end, datetime.min.time()) + timedelta(days=1)))


def test_the_same_wish_said_otherwise_is_the_same() -> None:
    one, other = Window(date(2026, 11, 24), date(2026, 11, 24)), Window(None, None, "am")
    assert signature(SlotQuery(("expert", "regular"), ("b", "a"), None, (one, other), 3)) == signature(
        SlotQuery(("regular", "expert", "expert"), ("a", "b"), None, (other, one), 5))
    assert signature(SlotQuery(("expert",))) != signature(SlotQuery(("regular",)))


def test_noon_is_afternoon_and_six_is_evening() -> None:
    assert [part_of(datetime(2026, 11, 24, *x)) for x in ((0, 0), (11, 59), (12, 0), (17, 59), (18, 0), (23, 59))] == ["am", "am", "pm", "pm", "evening", "evening"]


def test_what_may_be_booked_once() -> None:
    assert guard(Person("c", "p"), "a", date(2026, 11, 24)) == guard(Person("d", "p"), "a", date(2026, 11, 24)) == "p:a:2026-11-24"
    assert guard(Person("c"), "a", date(2026, 11, 24)) == "c:a:2026-11-24"


def test_steps_to_come_and_steps_left_out_do_not_confuse_the_state() -> None:
    now, earlier, later = (datetime(2026, 11, 22, x, tzinfo=ZONE) for x in (10, 8, 12))
    assert order_state(now, ordered=earlier, visible=earlier) == ("visible", earlier)       # nobody noted the steps between
    assert order_state(now, ordered=earlier, in_lab=later, collected=earlier) == ("collected", earlier)
    assert order_state(now, ordered=later) == ("ordered", later)                            # a clock that runs ahead
    assert order_state(now, ordered=earlier, released=now - timedelta(hours=2), visible=later)[0] == "syncing"
    assert order_state(now, ordered=earlier, visible=earlier, cancelled=later)[0] == "visible"


def test_expected_is_the_usual_time_and_the_longest_sync() -> None:
    at, usual = datetime(2026, 11, 20, 9, tzinfo=ZONE), Turnaround("amh", timedelta(days=3), timedelta(days=7))
    assert (expected_by(at, None, usual), expected_by(at, at, usual)) == (date(2026, 11, 28), date(2026, 11, 21))
    assert (expected_by(None, None, usual), expected_by(at, None, None)) == (None, None)
