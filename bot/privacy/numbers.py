"""Identity cards, phones and bank cards among the runs of digits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.privacy import cues
from bot.privacy.folding import BARRIERS, View
from bot.privacy.model import Candidate
from bot.privacy.runs import HAN_DIGITS, HAN_DIGITS_READ, Group, runs

# GB 11643-1999: six digits of the place, eight of the birth date, three of the order, one of check (ISO 7064 MOD 11-2)
_PLACES = frozenset("11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83".split())
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_MOBILE = re.compile(r"(?:(?:00)?86)?(1[3-9]\d{9})")
_LANDLINE = re.compile(r"(?:86)?(0(?:10|2\d|[3-9]\d{2})\d{7,8})")
_HOTLINE = re.compile(r"(?:400|800)\d{7}|95\d{3,6}")
_HUNDREDS = re.compile(
    rf"[一幺](?<![{HAN_DIGITS}百千万].)百(?P<tens>[三四五六七八九])(?:十(?P<ones>[一二三四五六七八九])?)?(?P<rest>(?:[\s,、.-]{{0,2}}[\d{HAN_DIGITS}]){{8}})(?![\d{HAN_DIGITS}十百千万])"
)
_CARD_START = re.compile(r"3[47]|4|5[1-5]|62|60|9[0-9]|2[3-6]|222[1-9]|27[01]|2720")
_DATE = re.compile(r"(?:19|20)\d\d-(?:0?[1-9]|1[0-2])-(?:0?[1-9]|[12]\d|3[01])(?!\d)")
_DATE_MARKS = str.maketrans("./年月", "----")
_CLOCK = re.compile(r"(?:[01]?\d|2[0-4]):[0-5]\d")
_LISTED = re.compile(r"[,、;\n>→]|\.{2,}")
_SPELLED = re.compile(r"(?:[A-Za-z]{2,6}[\s,-]*)+")
_NOT_LISTING = re.compile(r"[^\dX\s,、;/.]")
_EXTENSION = re.compile(r"\s?(?:转|分机|ext\.?|extension)\s?\d{1,6}")
_ABROAD_BEFORE = re.compile(r"\+(?!86)\d{1,3}[ -]?\(?$")      # the code of another country
_NORTH_AMERICA = re.compile(r"(?<![\d(.-])\(?(?!400|800)[2-9]\d{2}(?:\) ?|[-. ])\d{3}[-. ]\d{4}(?![\d-])")
_UK_MOBILE = re.compile(r"(?<!\d)07\d{3} \d{6}(?!\d)")
_EXPIRY = re.compile(r"(?:有效期|到期|\bexp(?:iry|ires|iration)?\b|valid (?:thru|until))[^\d,。;]{0,8}(\d{1,2}\s?[/-]\s?\d{2,4})")
_CODE = re.compile(r"(?:cvv2?|cvc2?|安全码|校验码|后三位)[^\d,。;]{0,6}(\d{3,4})(?!\d)")
_DIGIT_BEHIND, _DIGIT_BEFORE = re.compile(r"[-.*/_]?\d"), re.compile(r"\d[-.*/_]?$")
#: What a number that is told by its end is of, by how the word for it begins; anything else is a telephone's.
_TAIL_KINDS = (
    ("medical_card", ("病历号", "就诊卡", "医保卡", "社保卡")), ("passport", ("护照", "passport")), ("bank_card", ("银行卡", "信用卡", "储蓄卡", "卡", "card")),
    ("id_card", ("身份", "身分", "证件", "通行证", "永居", "驾", "id", "permit", "driving", "licen")),
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_BESIDE = 40        # characters after a bank card in which its expiry and code are looked for
_LONGEST = 24       # digits of anything looked for


@dataclass(frozen=True)
class _Piece:
    """Neighbouring groups of a run, taken together."""

    groups: tuple[Group, ...]
    digits: str
    text: str       # as written, in the view
    opens: bool     # whether no digit of its run stands before it

    @property
    def start(self) -> int:
        return self.groups[0].start

    @property
    def end(self) -> int:
        return self.groups[-1].end

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(len(group.digits) for group in self.groups)

    @property
    def same_gaps(self) -> bool:
        """Whether the groups are separated in one way."""
        return len({self.text[left.end - self.start : right.start - self.start] for left, right in zip(self.groups, self.groups[1:])}) <= 1


def find_numbers(view: View) -> list[Candidate]:
    """Everything in a view that is, or may well be, an identity card, a phone or a bank card."""
    found: list[Candidate] = []
    for run in runs(view.text):
        if sum(len(group.digits) for group in run) < 3:
            continue
        for piece in _pieces(run, view.text):
            rules = (_id_card,) if re.search("[年月日]", piece.text) else _RULES
            found += [made for made in (rule(piece, view) for rule in rules) if made]
        found += _inside(run)
    return [*found, *_said_as_hundreds(view), *_written_abroad(view), *_international(view)]


def _pieces(run: list[Group], text: str) -> Iterator[_Piece]:
    """The pieces of a run that may be something: any that opens it, since only there a word can say what follows; else by form."""
    whole = "".join(group.digits for group in run)
    borders, offset = {0: 0}, 0
    for number, group in enumerate(run, 1):
        offset += len(group.digits)
        borders[offset] = number
    for offset, first in borders.items():
        if first == len(run):
            break
        lengths = range(3, _LONGEST + 1) if first == 0 else sorted(_lengths(whole, offset))
        for length in lengths:
            last = borders.get(offset + length)
            if last and "X" not in whole[offset : offset + length - 1]:
                yield _Piece(tuple(run[first:last]), whole[offset : offset + length], text[run[first].start : run[last - 1].end], first == 0)


def _lengths(whole: str, offset: int) -> set[int]:
    """How many digits from `offset` on have the form of something looked for."""
    lengths = {15, 17}
    for form in (_MOBILE, _LANDLINE):
        found = form.match(whole, offset)
        if found:
            lengths |= {found.end() - offset, found.end() - offset - (form is _LANDLINE)}
    if whole[offset] != "0" and whole[offset + 6 : offset + 14].isdigit() and len(whole) >= offset + 18 and born(whole[offset + 6 : offset + 14]):
        lengths.add(18)
    if _CARD_START.match(whole, offset):
        lengths |= set(range(13, 20))
    return lengths


def born(digits: str) -> bool:
    """Whether eight digits are a date on which somebody alive may have been born."""
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:8])
    return 1900 <= year <= 2029 and 1 <= month <= 12 and 1 <= day <= 31


def id_checks(number: str) -> bool:
    """Whether the last character of an 18-digit identity number is the right one."""
    return _CHECK[sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS)) % 11] == number[17]


def luhn(digits: str) -> bool:
    """Whether a card number passes the check of ISO/IEC 7812."""
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _ordered(piece: _Piece, view: View) -> bool:
    """Whether the number is named as that of an order, report, sample or parcel."""
    return _told(cues.ORDER, piece, view)


def _told(cue: re.Pattern[str], piece: _Piece, view: View) -> bool:
    """Whether a cue leads up to a piece."""
    return piece.opens and view.before(cue, piece.start, cues.WINDOW) is not None


def _id_card(piece: _Piece, view: View) -> Candidate | None:
    """Eighteen digits with a birth date, right checksum or not; fifteen of the old form (before 1999)."""
    digits = piece.digits
    if len(digits) == 18 and digits[0] != "0" and born(digits[6:14]) and not _values(piece, view):
        sure = digits[:2] in _PLACES and (id_checks(digits) or _about_id(piece, view))
        if sure or not _ordered(piece, view):
            return Candidate("id_card", piece.start, piece.end, digits, 0)
    if len(digits) == 17 and digits.isdigit() and len(piece.groups) == 1 and digits[:2] in _PLACES and born(digits[6:14]) and not _ordered(piece, view):
        return Candidate("id_card", piece.start, piece.end, digits, 6)       # one was left out
    if len(digits) == 15 and digits.isdigit() and digits[:2] in _PLACES and born("19" + digits[6:12]):
        natural = len(piece.groups) == 1 or max(piece.shape) >= 4
        if natural and not (_CARD_START.match(digits) and luhn(digits)) and not _ordered(piece, view):
            return Candidate("id_card", piece.start, piece.end, digits, 5)
    return None


def _values(piece: _Piece, view: View) -> bool:
    """Whether the groups look like measured values in a row: 18.5 16 17, follicle by follicle."""
    if len(piece.groups) == 1 or max(piece.shape) > 2 or _NOT_LISTING.search(piece.text) or _about_id(piece, view):
        return False
    decimals = any(group.decimal for group in piece.groups) and not piece.same_gaps
    return decimals or piece.digits[:2] not in _PLACES or bool(cues.MEASURE.search(view.low, max(0, piece.start - 30), piece.start))


def _about_id(piece: _Piece, view: View) -> bool:
    """Whether an identity card is spoken of beside a piece."""
    return bool(cues.ID_NEAR.search(view.low, max(0, piece.start - 24), piece.end + 24))


def _named_id(piece: _Piece, view: View) -> Candidate | None:
    """A number called an identity number, whatever its form: too short, too long, an impossible birth date."""
    if not 6 <= len(piece.digits) <= 22 or _MOBILE.fullmatch(piece.digits):
        return None
    spoken_of = piece.opens and 15 <= len(piece.digits) <= 19 and _about_id(piece, view)
    if not spoken_of and not _told(cues.ID_CARD, piece, view):
        return None
    if cues.UNIT.match(view.low, piece.end) or _told(cues.MEDICAL, piece, view) or cues.DAY_OF.match(view.low, piece.end) and len(piece.digits) == 8 and born(piece.digits):
        return None
    return Candidate("id_card", piece.start, piece.end, piece.digits, 3)


def _mobile(piece: _Piece, view: View) -> Candidate | None:
    found = _MOBILE.fullmatch(piece.digits)
    if not found:
        return None
    lead = piece.groups[0].lead
    if lead.isupper() and len(lead) <= 3 or _ordered(piece, view) or _ABROAD_BEFORE.search(view.text, max(0, piece.start - 6), piece.start):
        return None
    told = _told(cues.PHONE, piece, view)
    if len(piece.groups) > 1 and not told and not _said_as_one(piece, view):
        return None
    start = piece.start
    while start and view.text[start - 1] in "+( " and "+" in view.text[max(0, start - 3) : start]:
        start -= 1
    start -= start > 0 and view.text[start - 1] == "(" and ")" in piece.text
    return Candidate("phone", start, piece.end, found[1], 1)


def _said_as_one(piece: _Piece, view: View) -> bool:
    """Whether separated digits are one number, not values, dates, times or prices in a row."""
    if max(piece.shape) <= 2 and any(group.decimal for group in piece.groups) and not piece.same_gaps:
        return False
    if len(piece.groups[0].digits) == 8 and born(piece.groups[0].digits):
        return False
    if _DATE.search(piece.text.translate(_DATE_MARKS)) or _CLOCK.search(piece.text) or cues.UNIT.match(view.low, piece.end):
        return False
    spelled = bool(_SPELLED.fullmatch(piece.text))      # digit by digit, with commas where one draws breath
    if _LISTED.search(piece.text) and not spelled and piece.shape not in ((3, 4, 4), (3, 8), (7, 4)):
        return False
    return not cues.MEASURE.search(view.low, max(0, piece.start - 30), min(len(view.low), piece.end + 12))


def _landline(piece: _Piece, view: View) -> Candidate | None:
    found = _LANDLINE.fullmatch(piece.digits)
    if not found or _DATE.search(piece.text) or _CLOCK.search(piece.text) or not _hers(piece.start, piece.end, view):
        return None
    extension = _EXTENSION.match(view.low, piece.end)
    start = piece.start - (view.text[piece.start - 1 : piece.start] == "(")
    return Candidate("phone", start, extension.end() if extension else piece.end, found[1], 4)


def _hers(start: int, end: int, view: View) -> bool:
    """Whether a number that may be the centre's is given as her own, or stands alone."""
    front, behind = view.low[max(0, start - 24) : start], view.low[end : end + 12]
    if re.search(rf"{BARRIERS['phone']}(?:或者?|和|[、/,\s]|\bor\b|\band\b){{1,4}}$", front):
        return True
    if re.match(r"\s*(?:是|为)(?:我家|家里|我们?的|我单位)", behind):
        return True
    front = re.split(r"[。;!?\n]", front)[-1]
    own = [found.end() for found in cues.OWN.finditer(front)]
    centre = [found.end() for found in cues.CENTRE.finditer(front)]
    if own:
        return not centre or max(own) > max(centre) or bool(re.search(r"打给?我|call me|联系我|reach me", front))
    if centre or cues.CENTRE.search(behind):
        return False
    told = cues.before(cues.PHONE, view.low, start)
    return bool(told) or not (view.low[:start] + view.low[end:]).strip(" \n,.;:。()")


def _named_phone(piece: _Piece, view: View) -> Candidate | None:
    """A number called hers that is no mainland mobile: foreign, local, mistyped."""
    if not 7 <= len(piece.digits) <= 13 or not piece.digits.isdigit() or _HOTLINE.match(piece.digits) or _CLOCK.search(piece.text):
        return None
    if not _told(cues.PHONE, piece, view) or cues.UNIT.match(view.low, piece.end) or _LISTED.search(piece.text):
        return None
    if not _hers(piece.start, piece.end, view) or _DIGIT_BEHIND.match(view.text, piece.end) or _DIGIT_BEFORE.search(view.text, max(0, piece.start - 2), piece.start):
        return None
    return Candidate("phone", piece.start, piece.end, piece.digits, 6)


def _bank_card(piece: _Piece, view: View) -> Candidate | None:
    digits = piece.digits
    if not 12 <= len(digits) <= 19 or not digits.isdigit() or _told(cues.MEDICAL, piece, view):
        return None
    if _told(cues.BANK, piece, view) and not cues.UNIT.match(view.low, piece.end):
        return Candidate("bank_card", piece.start, piece.end, digits, 1)
    if piece.opens and len(digits) >= 15 and not any(char.isascii() and char.isdigit() for char in piece.text) and not _ordered(piece, view):
        return Candidate("bank_card", piece.start, piece.end, digits, 7)      # nobody says the number of an order in words
    if len(digits) < 13 or _ordered(piece, view) or piece.groups[0].lead or not _CARD_START.match(digits):
        return None
    fours = len(digits) >= 16 and len(piece.groups) >= 4 and all(length == 4 for length in piece.shape[:4])
    if fours and (luhn(digits) or digits.startswith("62") and len(digits) in (16, 19)):
        return Candidate("bank_card", piece.start, piece.end, digits, 1)      # whatever a part of it resembles
    if piece.opens and digits.startswith("62") and len(digits) in (16, 19) and piece.shape[0] >= 4 and min(piece.shape) > 1 and not _LISTED.search(piece.text) and _said_as_one(piece, view):
        return Candidate("bank_card", piece.start, piece.end, digits, 1)
    whole = len(piece.groups) == 1 or len(set(piece.shape[:-1])) == 1 and not _LISTED.search(piece.text)
    if fours or whole and (luhn(digits) or digits.startswith("62") and len(digits) in (16, 19)):
        return Candidate("bank_card", piece.start, piece.end, digits, 7)
    return None


def _tail(piece: _Piece, view: View) -> Candidate | None:
    """The last digits of a number: 身份证后四位, phone ending in."""
    if not piece.opens or not 3 <= len(piece.digits) <= 6 or len(piece.groups) > 1 and len(piece.groups[0].digits) > 3:
        return None
    found = view.before(cues.TAIL, piece.start, cues.WINDOW)
    if not found:
        return _bare_tail(piece, view)
    named = next(name for name in ("what", "only", "what2", "what3", "what4") if found[name])
    loose = named == "only" or found[0].rstrip(" :").endswith(("end", "ends", "ending"))       # as well of a year, a price or a day
    if loose and (len(piece.digits) not in (4, 6) or _YEAR.fullmatch(piece.digits)) or cues.UNIT.match(view.low, piece.end):
        return None
    if cues.ORDER.search(view.low, max(0, found.start() - cues.WINDOW), found.start(named)):
        return None
    kind = next((kind for kind, starts in _TAIL_KINDS if found[named].startswith(starts)), "phone")
    return Candidate(kind, piece.start, piece.end, piece.digits, 8)


def _bare_tail(piece: _Piece, view: View) -> Candidate | None:
    """Four last digits of what is named a little before or right behind; a telephone's where nothing is and they are called 尾号."""
    found = view.before(cues.BARE_TAIL, piece.start, cues.WINDOW) if len(piece.digits) == 4 else None
    behind = view.low[piece.end : piece.end + 12]
    if not found or cues.OF_A_TURN.search(view.low, max(0, piece.start - cues.WINDOW), piece.end + 12) or re.match(r"\s?(?:的?号|请|到|限)", behind) or cues.UNIT.match(behind):
        return None
    named = cues.TAIL_OF.match(behind) or cues.last(cues.TAIL_OF, view.low, piece.start)
    if not named and found["tail"] != "尾号":
        return None
    kind = next((kind for kind, starts in _TAIL_KINDS if named and named["of"].startswith(starts)), "phone")
    return Candidate(kind, piece.start, piece.end, piece.digits, 8)


_RULES = (_id_card, _named_id, _mobile, _landline, _named_phone, _bank_card, _tail)


def _said_as_hundreds(view: View) -> Iterator[Candidate]:
    """A mobile number whose first three digits are said as one number: 一百三十八，八一二三，四七九九."""
    for found in _HUNDREDS.finditer(view.text):
        front = max(0, found.start() - 30)
        if not cues.before(cues.ORDER, view.low, found.start()) and not cues.MEASURE.search(view.low, front, found.start()) and not cues.UNIT.match(view.low, found.end()):
            said = f"1{found['tens']}{found['ones'] or '0'}{found['rest']}"
            yield Candidate("phone", *found.span(), "".join(HAN_DIGITS_READ.get(char, char) for char in said if char in HAN_DIGITS_READ or char.isdigit()), 1)


def _inside(run: list[Group]) -> list[Candidate]:
    """An identity number glued to a phone, in either order."""
    found = []
    for group in run:
        both = re.fullmatch(r"(\d{17}[\dX])(1[3-9]\d{9})|(1[3-9]\d{9})(\d{17}[\dX])", group.digits) if len(group.digits) == 29 else None
        if both and len(group.digits) == group.end - group.start:
            number, phone = both[1] or both[4], both[2] or both[3]
            if born(number[6:14]) and number[:2] in _PLACES:
                middle = group.start + (18 if both[1] else 11)
                spans = (group.start, middle), (middle, group.end)
                id_span, phone_span = spans if both[1] else spans[::-1]
                found += [Candidate("id_card", *id_span, number, 0), Candidate("phone", *phone_span, phone, 1)]
    return found


def _written_abroad(view: View) -> Iterator[Candidate]:
    """(415) 555-0132 and 07700 900123: forms that nothing else has."""
    for pattern in (_NORTH_AMERICA, _UK_MOBILE):
        for found in pattern.finditer(view.text):
            front = view.low[max(0, found.start() - 20) : found.start()]
            if not cues.CENTRE.search(front) and not cues.MEASURE.search(front):
                yield Candidate("phone", found.start(), found.end(), re.sub(r"\D", "", found[0]), 6)


def _international(view: View) -> Iterator[Candidate]:
    """+ or 00 and a country code: up to 15 digits (ITU-T E.164)."""
    for found in re.finditer(r"(?<![\d+])(?:\+|(?<!(?<!\d)\d{4}[ -])00(?=[ -]?[1-9]))[ -]?\(?(?=\d)", view.text):
        position, digits, end = found.end(), "", found.end()
        while len(digits) < 15 and (part := re.compile(r"[ .()-]{0,2}(\d{1,12})").match(view.text, position)):
            if len(digits + part[1]) > 15:
                break
            digits, position, end = digits + part[1], part.end(), part.end()
        long_enough = 8 if found[0].startswith("+") else 10
        if len(digits) >= long_enough and not cues.before(cues.ORDER, view.low, found.start()):
            yield Candidate("phone", found.start(), end, digits[2:] if digits.startswith("86") else f"+{digits}", 5)


def beside_cards(view: View, cards: list[Candidate]) -> Iterator[Candidate]:
    """Expiry and security code after a bank card."""
    for card in cards:
        for pattern in (_EXPIRY, _CODE):
            for found in pattern.finditer(view.low, card.end, min(len(view.low), card.end + _BESIDE)):
                yield Candidate("bank_card", *found.span(1), re.sub(r"\D", "", found[1]), 8)
