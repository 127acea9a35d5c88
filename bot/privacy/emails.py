"""E-mail addresses, also with the signs spelled out; the centre's own, where one is asked about, stays."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.privacy import cues
from bot.privacy.folding import View
from bot.privacy.model import Candidate

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,40}[a-z0-9])?"
_AT = r"(?: ?@ ?| ?[(\[]at[)\]] ?|艾特| at (?=[\w-]+ dot ))"
_DOT = r"(?:\.| ?[(\[]dot[)\]] ?| dot |点)"
#: RFC 5321's local part and domain as people write them; a domain has a dot and ends in letters.
_ADDRESS = re.compile(rf"(?<![a-z0-9._%+-])(?P<local>[a-z0-9_%+](?:[a-z0-9._%+-]|(?: dot | underscore )(?=[a-z0-9])){{0,63}}?){_AT}(?P<domain>{_LABEL}(?:{_DOT}{_LABEL}){{0,3}}{_DOT}(?:[a-z]{{2,12}}))(?![a-z0-9]| at )")
#: A mailbox by its name alone: QQ邮箱 83920174.
_QQ = re.compile(r"(?:qq|企鹅)的?(?:邮箱|mail)(?:号码?|地址|账号)?[是为:\s]{0,3}(?P<number>[1-9]\d{4,10})(?![\d@])")
_MAYBE = re.compile(r"@|[(\[]at[)\]]|艾特| at [\w-]+ dot |(?:qq|企鹅)的?(?:邮箱|mail)")
#: What an institution calls a mailbox.
_SHARED = re.compile(r"(?:service|info|support|contact|admin|office|hr|noreply|no-reply|kefu|help|ivf|reception|appointments?|booking|enquir(?:y|ies)|complaints?|patient[a-z.-]*)@")
_CENTRES_BEFORE = re.compile(
    r"(?:你们|您们|医院|贵院|中心|科室|官网|护士站)[^,。;!?@]{0,6}(?:邮箱|邮件|e?-?mail)(?:地址)?(?:是不是|还是|是|叫|:|\s)*$"
    r"|\b(?:your|(?:hospital|clinic|cent(?:re|er)|unit)(?:'s)?) (?:[a-z]+ )?e?-?mail(?: address)?(?: is|:|\s)*$"
)
_CENTRES_BEHIND = re.compile(r"[\s,]*(?:(?:是|不是)?(?:你们|医院|中心|贵院)的?|(?:is |the |really )*(?:your|(?:e?-?mail|address) of (?:the|your) (?:clinic|hospital|cent(?:re|er)))\b)")
_ABOUT = 40     # characters around an address in which words say whose it is


def find_emails(view: View) -> Iterator[Candidate]:
    """Every e-mail address in a view that is not asked about as the centre's."""
    if not _MAYBE.search(view.low):
        return
    for found in _ADDRESS.finditer(view.low):
        address = _written(found["local"], found["domain"])
        if not _centres(view, *found.span(), address):
            yield Candidate("email", *found.span(), address, 1)
    for found in _QQ.finditer(view.low):
        yield Candidate("email", *found.span("number"), f"{found['number']}@qq.com", 6)


def _written(local: str, domain: str) -> str:
    """The address as a computer writes it."""
    local = local.replace(" dot ", ".").replace(" underscore ", "_")
    return f"{local}@{re.sub(_DOT, '.', domain)}"


def _centres(view: View, start: int, end: int, address: str) -> bool:
    """Whether the words around an address say that it is the centre's; a mailbox of an institution is, if nobody calls it hers."""
    front, behind = view.low[max(0, start - _ABOUT) : start], view.low[end : end + _ABOUT]
    if _CENTRES_BEFORE.search(front) or _CENTRES_BEHIND.match(behind):
        return True
    return bool(_SHARED.match(address)) and not cues.OWN.search(re.split(r"[。;!?\n]", front)[-1])
