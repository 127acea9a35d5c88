"""Code, domain, rules and training data name the same actions and intents."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from typing import Any

import yaml
from rasa_sdk import Action

import actions as package
from bot.dialogue.conversation import TOPICS
from bot.settings import ROOT


def read(path: str) -> list[dict[str, Any]]:
    return [yaml.safe_load(x.read_text(encoding="utf-8")) for x in sorted((ROOT / path).rglob("*.yml"))]


DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
INTENTS = [next(iter(x)) if isinstance(x, dict) else x for x in DOMAIN["intents"]]
RULES = [rule["steps"] for file in read("data/stories") for rule in file["rules"]]


def in_code() -> set[str]:
    names = [x.name for x in pkgutil.iter_modules(package.__path__)]
    made = [vars(importlib.import_module(f"actions.{x}")).values() for x in names]
    return {x().name() for values in made for x in values if isinstance(x, type) and issubclass(x, Action) and x is not Action}


def test_actions_in_code_domain_and_rules_are_the_same() -> None:
    ruled = {step["action"] for steps in RULES for step in steps if "action" in step}
    assert in_code() == set(DOMAIN["actions"]) == ruled


def test_every_intent_has_one_rule_of_two_steps() -> None:
    assert all([*map(list, steps)] == [["intent"], ["action"]] for steps in RULES)
    assert Counter(steps[0]["intent"] for steps in RULES) == Counter(INTENTS)


def test_training_data_has_known_intents_only() -> None:
    trained = {x["intent"].split("/")[0] for file in read("data/nlu") for x in file["nlu"] if "intent" in x}
    assert trained <= set(INTENTS)


def test_the_dialogue_knows_every_intent() -> None:
    assert set(TOPICS) <= set(INTENTS)
    answered_as_questions = set(INTENTS) - set(TOPICS)
    assert answered_as_questions == set(), "these fall to the answering of questions"
