"""WeCom's protocols: AI bot, self-built app, customer contact, group webhooks. Knows nothing of the dialogue, of Rasa or of a database."""
