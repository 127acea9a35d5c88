"""ivf-guide: what the bot, the action server and the desk share."""
