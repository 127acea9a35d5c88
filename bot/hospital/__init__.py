"""The hospital behind a port: who sees patients when, who is bound to which card, and how far a test is. No words for patients, no Rasa."""
