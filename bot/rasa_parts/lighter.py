"""Rasa without TensorFlow, which this bot's components have no use for: half of what a start cost, and 250 MB in each process.

Two modules of 3.6.21 read it for those who train with it: `rasa.utils.train_utils`, which everything that knows an extractor or a policy reads, and
the validator of configurations, which a model names among the steps of its training. Here each is read when somebody uses something in it.
Imported before anything else of Rasa.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

VALIDATOR = "DefaultV1RecipeValidator"


class Later(ModuleType):
    """A module that is read at the first use of something in it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):       # the import system looks, and uses nothing
            raise AttributeError(name)
        return getattr(self.read(), name)

    def read(self) -> ModuleType:
        """The module itself."""
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return importlib.import_module(self.__name__)


def put_off(name: str) -> Later | None:
    """Stand in for a module until it is used; None where somebody has read it already."""
    if name in sys.modules:
        return None
    package, _, short = name.rpartition(".")
    sys.modules[name] = later = Later(name)
    setattr(importlib.import_module(package), short, later)
    return later


def install() -> None:
    """Put both off."""
    put_off("rasa.utils.train_utils")
    validator = put_off("rasa.graph_components.validators.default_recipe_validator")
    if validator is not None:
        def create(_cls: type, *given: Any) -> Any:
            return getattr(validator.read(), VALIDATOR).create(*given)

        # a class of that name is all that the description of a model's training needs; it makes the real one
        setattr(validator, VALIDATOR, type(VALIDATOR, (), {"__module__": validator.__name__, "create": classmethod(create)}))


install()
