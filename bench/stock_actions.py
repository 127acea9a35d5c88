"""The one custom action of the stock project: as much work for each message as one of ours does in its tables.

Runs in the SDK's own server, `python -m rasa_sdk --actions bench.stock_actions`; `BENCH_DATABASE` names the migrated database.
"""

from __future__ import annotations

import os
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.store.database import Database, engine
from bot.store.tables import Dialogue, Shown

DATABASE = Database(engine(os.environ["BENCH_DATABASE"]))


class ActionAnswer(Action):
    """Reads the conversation's row, writes it and a line of the audit, says what the recipe found."""

    def name(self) -> str:
        """As in the domain."""
        return "action_answer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        """Answer the latest message."""
        message = tracker.latest_message or {}
        language = "zh" if any("一" <= x <= "鿿" for x in message.get("text") or "") else "en"
        response = response_of(message)
        keep(tracker.sender_id, response, language)
        zh, en = domain["responses"][response]
        dispatcher.utter_message(text=(zh if language == "zh" else en)["text"])
        return []


def response_of(message: dict[str, Any]) -> str:
    """The response that the selector found for a question; else the one of the intent."""
    if message["intent"]["name"] == "ask":
        return str(message["response_selector"]["default"]["response"]["utter_action"])
    return f"utter_{message['intent']['name']}"


def keep(conversation: str, response: str, language: str) -> None:
    """Read and write in one transaction."""
    with DATABASE.transaction() as session:
        row = session.get(Dialogue, conversation)
        turns = 0 if row is None else row.state["turns"]
        session.merge(Dialogue(conversation=conversation, state={"turns": turns + 1, "last": response}))
        session.add(Shown(conversation=conversation, entry=response, kind="answer", language=language, version="stock"))
        session.commit()
