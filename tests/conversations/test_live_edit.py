"""A save in the staff's folder is served in two seconds by the running bot, and a broken save changes nothing."""

from __future__ import annotations

import time

from tests.conftest import LiveBot, replies

QUESTION = "周期群安全吗"


def answer(bot: LiveBot) -> str:
    return "\n".join(m["text"] for m in bot.say(QUESTION, "editor") if m.get("text"))


def test_an_edit_is_live_and_a_broken_one_changes_nothing(running_bot: LiveBot) -> None:
    file = running_bot.knowledge / "faq.yml"
    before = file.read_text(encoding="utf-8")
    try:
        changed = before.replace("的群里，可能有代购", "的群里，常常有代购")
        marker = "常常有代购"
        if changed == before:       # the answer was rewritten: mark its first line instead
            lines = before.splitlines()
            place = next(i for i, x in enumerate(lines) if x.strip() == "- id: faq.cycle-group-safety")
            first = next(i for i in range(place, len(lines)) if lines[i].strip() == "answer:") + 2
            lines[first] += "（已更新）"
            changed, marker = "\n".join(lines) + "\n", "（已更新）"
        file.write_text(changed, encoding="utf-8")
        time.sleep(2)
        assert marker in answer(running_bot)
        file.write_text(changed + "\n  - broken: [", encoding="utf-8")
        time.sleep(2)
        assert marker in answer(running_bot)
    finally:
        file.write_text(before, encoding="utf-8")
        time.sleep(2)
    assert marker not in answer(running_bot)


def test_a_new_entry_competes_without_training(running_bot: LiveBot) -> None:
    file = running_bot.knowledge / "parking.yml"
    file.write_text(NEW_ENTRY, encoding="utf-8")
    try:
        time.sleep(3)
        made = replies(running_bot.say("无障碍停车位在医院的哪个位置呀", "driver"))
        assert "parking.accessible" in [e for r in made for e in r["entries"]]
    finally:
        file.unlink()


NEW_ENTRY = """
topic: parking
name: {zh: 停车, en: Parking}
entries:
- id: parking.accessible
  title: {zh: 无障碍停车位, en: Accessible parking}
  audience: group
  stages: []
  regions: []
  questions:
    zh: [无障碍停车位在医院的哪里？, 医院有无障碍车位吗, 残疾人停车位在哪]
    en: [Where is the accessible parking at the hospital?, Is there disabled parking?, Where do I park with a wheelchair?]
  not_questions: {zh: [停车收费吗], en: [How much is parking?]}
  answer: {zh: 在正门左侧。, en: To the left of the main gate.}
  related: []
  section: "demo"
  source: public services 2024–2025
  owner: {zh: 护士站, en: Nurse station}
  reviewed: null
  valid_from: 2025-01-01
  review_due: 2027-06-30
  changes: []
"""
