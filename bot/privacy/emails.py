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
_ADDRESS = re.compile(rf"(?<![a-z0-9._%+-])(?P<local>[a-z0-9_%+](?:[a-z0-9._%+-]|(?: dot | underscore )(?=[a-z0-9])){{0,63}}?){_AT}(?P<domain>{_LABEL}(?:{_DOT}{_LABEL}){{0,3}}{_DOT}(?:[a-z]{{2,12}}))(?![a-z0-9])")
#: A mailbox by its name alone: QQ邮箱 83920174.
_QQ = re.compile(r"(?:qq|企鹅)的?(?:邮箱|mail)(?:号码?|地址|账号)?[是为:\s]{0,3}(?P<number>[1-9]\d{4,10})(?![\d@])")
_MAYBE = re.compile(r"@|[(\[]at[)\]]|艾特| at [\w-]+ dot |(?:qq|企鹅)的?(?:邮箱|mail)")
_SHARED = re.compile(r"^(?:service|info|support|contact|admin|office|hr|noreply|no-reply|kefu|help|ivf|reception|appointments?|booking|enquir(?:y|ies)|patient[a-z.-]*)$")
_ABOUT = 16     # characters before an address in which a word says whose it is


def find_emails(view: View) -> Iterator[Candidate]:
    """Every e-mail address in a view that is not asked about as the centre's."""
    if not _MAYBE.search(view.low):
        return
    for found in _ADDRESS.finditer(view.low):
        if not _centres(view, *found.span(), found["local"]):
            yield Candidate("email", *found.span(), _written(found["local"], found["domain"]), 1)
    for found in _QQ.finditer(view.low):
        yield Candidate("email", *found.span("number"), f"{found['number']}@qq.com", 6)


def _written(local: str, domain: str) -> str:
    """The address as a computer writes it."""
    local = local.replace(" dot ", ".").replace(" underscore ", "_")
    return f"{local}@{re.sub(_DOT, '.', domain)}"


def _centres(view: View, start: int, end: int, local: str) -> bool:
    """Whether the words around an address, in its sentence, say that it is the centre's, or its own name does and nobody calls it hers."""
    front = re.split(r"[。;!?\n]", view.low[max(0, start - 2 * _ABOUT) : start])[-1]
    own = [found.end() for found in cues.OWN.finditer(front)]
    centre = [found.end() for found in cues.CENTRE.finditer(front)]
    if own and (not centre or max(own) > max(centre)):
        return False
    return bool(centre or _SHARED.match(local) or cues.CENTRE.search(view.low, end, min(len(view.low), end + _ABOUT)))
