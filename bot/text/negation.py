"""Whether something named in a message is denied there: 不是AMH, not AMH, 除了周三, except Wednesday."""

from __future__ import annotations

import re

_BEFORE = re.compile(
    r"(?:(?<!是)(?<!要)(?<!有)(?:不是|并不是|又不是|而非|而不是)|(?<!要)(?<!是)(?<!能)(?<!需)不要|(?<!是)不在|(?<!用)不用|(?<!需要)不需要|不查|不看|不挂|不约|(?<!想)不想|没做|没查|没有做|没抽|除了|除|别|不问|"
    r"甭|无需|取消|不说|先不)(?:要|挂|约|查|看|问|做|说|管|给我|的是|我的|他的|那个|这个|普通的)?$"
    r"|(?:(?<!why )(?<!whether or )\bnot|n't|\bexcept|\bexcluding|\bexcept for|\binstead of|\brather than|\bwithout|\bbesides|\bno need for|\bapart from|"
    r"\bother than|\bforget|\bnever mind)(?: (?:for|about|mean|want|need|asking about|asking for|my|the|a|an|his|her|in|do|see|live in|see a|see an|from))*\s*$"
)
_AFTER = re.compile(r"^(?:的)?(?:除外|以外|之外|就不用了|不用了|不用查|不用看|不要了|先不管|就算了|算了|没做|没查|没抽)")
_LINK = re.compile(r"^\s*(?:、|,|/|和|跟|与|及|或|或者|还有|\band\b|\bor\b|\bnor\b|&)?\s*(?:the |my |a )?$")
_REACH = 40


def negated(text: str, start: int, end: int) -> bool:
    """Whether what stands at `start:end` of the folded text is denied by the words just before or after it."""
    return bool(_BEFORE.search(text[max(0, start - _REACH) : start]) or _AFTER.match(text[end : end + _REACH]))


def linked(text: str, left_end: int, right_start: int) -> bool:
    """Whether two things are joined as in a list: 和, 或者, and, or, a comma, nothing."""
    return right_start - left_end <= _REACH and bool(_LINK.match(text[left_end:right_start]))


def spread(text: str, spans: list[tuple[int, int]], denied: list[bool]) -> list[bool]:
    """Denials carried along lists: in 不是AMH和FSH both are denied.

    Args:
        text: the folded text.
        spans: the things named, in their order.
        denied: whether each of them is denied by itself.
    """
    result = list(denied)
    for index in range(1, len(spans)):
        if result[index - 1] and text[spans[index - 1][1] : spans[index][0]].strip() not in {"", ","}:
            result[index] = result[index] or linked(text, spans[index - 1][1], spans[index][0])
    return result
