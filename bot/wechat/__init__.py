"""WeChat's and WeCom's protocols: encryption, what is pushed, what is called. Knows nothing of the dialogue, of Rasa or of a database."""
