"""The pipeline's components: thin over `bot.retrieval`."""
