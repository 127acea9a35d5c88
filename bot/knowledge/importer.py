"""Hands the library's sample questions to the training, so that staff's questions and the phrasings count alike."""

from __future__ import annotations

from typing import Any, Optional, Union

from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.knowledge.loader import load
from bot.settings import read


class KnowledgeImporter(TrainingDataImporter):
    """Translates questions into examples of `ask/<entry id>`; brings neither domain nor rules."""

    def __init__(
        self,
        config_file: Optional[str] = None,
        domain_path: Optional[str] = None,
        training_data_paths: Optional[Union[list[str], str]] = None,
        **kwargs: Any,
    ) -> None:
        self._library, _ = load(read().knowledge)

    def get_nlu_data(self, language: Optional[str] = "en") -> TrainingData:
        """One example for each sample question."""
        return TrainingData([
            Message.build(text, intent=f"ask/{entry.id}", intent_metadata={"voice": "knowledge", "language": code})
            for entry in self._library.entries.values()
            for code, texts in entry.questions.items()
            for text in texts
        ])

    def get_domain(self) -> Domain:
        """None: the domain stands in `domain.yml`."""
        return Domain.empty()

    def get_stories(self, exclusion_percentage: Optional[int] = None) -> StoryGraph:
        """None: the rules stand in `data/stories/`."""
        return StoryGraph([])

    def get_conversation_tests(self) -> StoryGraph:
        """None."""
        return StoryGraph([])

    def get_config(self) -> dict[str, Any]:
        """None: the configuration stands in `config.yml`."""
        return {}

    def get_config_file_for_auto_config(self) -> Optional[str]:
        """None."""
        return None
