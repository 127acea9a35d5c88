"""The bot starts and serves without TensorFlow, and whoever uses one of Rasa's parts that need it gets them as they are."""

from __future__ import annotations

import os
import subprocess
import sys

import rasa.shared.utils.io

from bot.rasa_parts import lighter
from bot.settings import ROOT

SERVES = """
import bot.__main__, sys
from rasa.shared.utils.common import class_from_module_path
named = class_from_module_path("rasa.graph_components.validators.default_recipe_validator.DefaultV1RecipeValidator")
print("tensorflow" in sys.modules, named.__name__)
"""
USES = """
import rasa.nlu.extractors.extractor, rasa.utils.train_utils
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.utils import train_utils
made = named.create({}, None, None, ExecutionContext(GraphSchema({})))
print("tensorflow" in sys.modules, type(made).__mro__[1].__name__, rasa.utils.train_utils.init_split_entities is train_utils.init_split_entities)
from rasa.graph_components.validators.default_recipe_validator import DefaultV1RecipeValidator
print(type(made) is DefaultV1RecipeValidator)
"""


def run(code: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_a_bot_starts_without_tensorflow_and_it_is_there_for_those_who_need_it() -> None:
    assert run(SERVES + USES) == ["False", "DefaultV1RecipeValidator", "True", "GraphComponent", "True", "True"]


def test_who_has_read_a_module_already_keeps_it() -> None:
    before = sys.modules["rasa.shared.utils.io"] = rasa.shared.utils.io
    assert lighter.put_off("rasa.shared.utils.io") is None and sys.modules["rasa.shared.utils.io"] is before
