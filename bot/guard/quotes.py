"""A message without what it quotes: the words of an advertisement that somebody repeats, to ask about it or to warn of it, are not his own."""

from __future__ import annotations

import re

from bot.text.normalise import LIMIT

#: Between marks, and long enough to be more than a name or a single word.
_MARKED = r"“[^”\n]{4,}”|「[^」\n]{4,}」|『[^』\n]{4,}』|[\"＂][^\"＂\n]{6,}[\"＂]|(?<![A-Za-z])['‘][^'‘’\n]{12,}['’](?![A-Za-z])"
#: Behind a word of speaking and a colon, to the end of the sentence.
_SPOKEN = r"(?P<says>说|问我?|写着|写的是|写道|发来|发我|发给我|私信我|私聊我|留言|\b(?:says?|said|reads?|posts?|posted|wrote|texted|messaged|sent)(?: (?:to )?(?:me|us))?)\s*[:：](?![/]).+?(?=[。！!？?\n]|\.\s|$)"
_QUOTED = re.compile(f"{_MARKED}|{_SPOKEN}", re.I)


def has_quotes(text: str) -> bool:
    """Whether anything is quoted in the part of a message that is read."""
    return bool(_QUOTED.search(text[:LIMIT]))


def outside_quotes(text: str) -> str:
    """The message as it came, with `“”` for everything it quotes; a word of speaking before a quotation stays."""
    return _QUOTED.sub(lambda found: f"{found['says'] or ''}“”", text[:LIMIT])
