"""What the bot says: pure functions from a turn to an outcome. No network, no database, no Rasa; the words come from the library."""
