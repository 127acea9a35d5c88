"""One-time codes that people read from paper and type: eight characters in two groups, `K7M2-9QXD`.

No 0, O, 1, I or L; the last character is a check, so that a slip of the finger is told from a code that is nobody's.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"     # 31 characters, a prime: the check finds every single slip and every swap
LENGTH = 8
_GROUP = f"[{ALPHABET}]{{4}}"
_CODE = re.compile(rf"(?<![A-Z0-9])({_GROUP})[-‐-―－ ]?({_GROUP})(?![A-Z0-9])")


def new_code() -> str:
    """A code that no one can guess, with a digit and a letter in each half."""
    while True:
        body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
        code = with_check(body)
        if find_code(code):
            return code


def with_check(body: str) -> str:
    """Seven characters with their check, grouped."""
    total = sum((place + 1) * ALPHABET.index(one) for place, one in enumerate(body))
    whole = body + ALPHABET[total % len(ALPHABET)]
    return f"{whole[:4]}-{whole[4:]}"


def find_code(text: str) -> str | None:
    """The code in a text, as it is written on paper; None where there is none. Small letters, wide letters and a missing dash are fine."""
    for found in _CODE.finditer(unicodedata.normalize("NFKC", text).upper()):
        halves = found.groups()
        if all(re.search(r"\d", x) and re.search("[A-Z]", x) for x in halves) and with_check("".join(halves)[:-1]) == "-".join(halves):
            return "-".join(halves)
    return None


def short_code() -> str:
    """Six digits, as telephones get them."""
    return f"{secrets.randbelow(10**6):06d}"


def keyed_hash(secret: bytes, kind: str, value: str) -> str:
    """A code, number or name as it is kept: the same however it is typed, comparable, and not to be read.

    Args:
        secret: key of the hash.
        kind: what it is (`code`, `id`, `name` …): the same text of another kind is another hash.
    """
    plain = "".join(unicodedata.normalize("NFKC", value).upper().split()).replace("-", "")
    return hmac.new(secret, f"{kind}\0{plain}".encode(), hashlib.sha256).hexdigest()
