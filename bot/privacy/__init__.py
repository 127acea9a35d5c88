"""Personal data: found and masked before anything is stored, logged or sent on; kept, where a form needs it, in an encrypted vault.

`mask` is pure and knows neither Rasa nor a database; `bot.privacy.vault` is the store.
"""

from bot.privacy.masker import mask, placeholders
from bot.privacy.model import KINDS, Found, Masked, told

__all__ = ["KINDS", "Found", "Masked", "mask", "placeholders", "told"]
