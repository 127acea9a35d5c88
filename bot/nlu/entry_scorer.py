"""The component that scores a message against all entries and topics, and routes it."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Any

import joblib
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot import bootstrap
from bot.retrieval import training
from bot.retrieval.fresh import FreshQuestions
from bot.retrieval.reading import Reader, calibration
from bot.retrieval.scorer import Sample, Scorer

OUTPUT = "guide"        # property of the parse data that carries the reading to the actions


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class EntryScorer(GraphComponent):
    """Trains `bot.retrieval.scorer.Scorer` and reads messages with it."""

    def __init__(self, storage: ModelStorage, resource: Resource, scorer: Scorer) -> None:
        self._storage, self._resource, self._scorer = storage, resource, scorer
        self._reader: Reader | None = None

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> EntryScorer:
        """A component that still has to be trained."""
        return cls(model_storage, resource, Scorer())

    @classmethod
    def load(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext, **kwargs: Any
    ) -> EntryScorer:
        """A trained component, ready to read: its first message is not slower than the others."""
        with model_storage.read_from(resource) as folder:
            made = cls(model_storage, resource, joblib.load(folder / "scorer.joblib"))
        made.reader.read("你好")
        return made

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """What a training depends on besides this file's text: the modules and lists that make the features."""
        folders = (Path(training.__file__).parent, Path(training.__file__).parent.parent / "text")
        files = sorted(f for folder in folders for f in folder.glob("*.*") if f.suffix in (".py", ".yml"))
        return hashlib.sha256(b"".join(f.read_bytes() for f in files)).hexdigest()

    def train(self, training_data: TrainingData) -> Resource:
        """Train on all phrasings; keeps the scorer with the model."""
        started = time.monotonic()
        samples = [
            Sample(message.get(TEXT), message.get_full_intent(), str((message.get(METADATA) or {}).get("intent", {}).get("voice", "")))
            for message in training_data.intent_examples
        ]
        self._scorer = training.fit(samples, bootstrap.embedder())
        with self._storage.write_to(self._resource) as folder:
            joblib.dump(self._scorer, folder / "scorer.joblib")
        print(f"trained on {len(samples)} phrasings in {time.monotonic() - started:.0f} s", flush=True)
        return self._resource

    @property
    def reader(self) -> Reader:
        """Made at first use: training needs no library."""
        if self._reader is None:
            fresh = FreshQuestions(bootstrap.embedder())
            fresh.renew(bootstrap.library().current)
            bootstrap.library().listeners.append(fresh.renew)
            self._reader = Reader(self._scorer, fresh, bootstrap.embedder(), calibration())
        return self._reader

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing after this component needs its scores in training."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Read each message: its intent for the rules, the whole reading for the actions."""
        for message in messages:
            reading = self.reader.read(message.get(TEXT) or "")
            message.set(INTENT, {"name": reading["intent"], "confidence": reading["confidence"]}, add_to_output=True)
            message.set(OUTPUT, reading, add_to_output=True)
        return messages
