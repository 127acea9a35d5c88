"""Signatures and encryption of WeChat and WeCom callbacks.

The key is the 32 bytes of `base64(EncodingAESKey + "=")`, the cipher AES-256-CBC with the key's first 16 bytes as IV, the padding PKCS#7 with blocks of
32 bytes; the plaintext is `random(16) | length(4, big-endian) | message | id of the receiver`. An Official Account's receiver is its AppID, a WeCom app's
the CorpID, a WeCom AI bot's the empty string.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bot.errors import GuideError, SettingsError

BLOCK = 32                      # of the padding; the cipher's own is 16
HEAD = 20                       # random bytes and length
ENCODED_KEY = re.compile(r"[A-Za-z0-9+/]{43}")


class Refused(GuideError):
    """A push that is not accepted. It never says why: who learns whether padding or receiver was wrong can open messages with it."""

    def __init__(self) -> None:
        super().__init__("refused")


class Denied(GuideError):
    """A request that is refused, or a push that is no message for us.

    Attributes:
        reason: a word for counting; never a part of an answer.
    """

    def __init__(self, reason: str) -> None:
        super().__init__("refused")
        self.reason = reason


@dataclass(frozen=True)
class Opened:
    """A message that was for us.

    Attributes:
        text: its plaintext.
        key: which of our keys it was sealed with; the answer takes the same.
    """

    text: str
    key: int


@dataclass(frozen=True)
class Sealed:
    """An encrypted message with what has to go with it."""

    encrypt: str
    signature: str
    timestamp: str
    nonce: str


def signature(*parts: str) -> str:
    """SHA-1 of the parts, sorted by their bytes, as 40 hexadecimal digits."""
    return hashlib.sha1(b"".join(sorted(x.encode("utf-8", "surrogatepass") for x in parts))).hexdigest()


def signed(given: str | None, *parts: str) -> bool:
    """Whether a signature is that of the parts, compared in constant time."""
    return hmac.compare_digest((given or "").encode("utf-8", "surrogatepass"), signature(*parts).encode())


def decode_key(encoding_aes_key: str) -> bytes:
    """The 32 bytes of an EncodingAESKey. Its last character may carry bits that mean nothing.

    Raises:
        SettingsError: not 43 characters of base64.
    """
    if not ENCODED_KEY.fullmatch(encoding_aes_key):
        raise SettingsError("an EncodingAESKey has 43 characters of A-Z a-z 0-9")
    return base64.b64decode(encoding_aes_key + "=")


class Crypt:
    """Opens what the platform sends to one receiver, and seals answers to it.

    Args:
        token: the callback's.
        receiver: AppID, CorpID or the empty string.
        keys: EncodingAESKeys, the current one first, then the one before it.

    Raises:
        SettingsError: a key is none.
    """

    def __init__(self, token: str, receiver: str, keys: Sequence[str]) -> None:
        self._token, self._receiver = token, receiver.encode()
        self._keys = [decode_key(x) for x in keys]

    def open(self, encrypted: str, msg_signature: str | None, timestamp: str, nonce: str) -> Opened:
        """Check and decrypt.

        Args:
            msg_signature, timestamp, nonce: from the URL.

        Raises:
            Refused: anything is wrong with it.
        """
        if not signed(msg_signature, self._token, timestamp, nonce, encrypted):
            raise Refused
        for place, key in enumerate(self._keys):
            text = self._decrypted(encrypted, key)
            if text is not None:
                return Opened(text, place)
        raise Refused

    def seal(self, text: str, timestamp: str, nonce: str, key: int = 0, random: bytes | None = None) -> Sealed:
        """Encrypt and sign.

        Args:
            key: which of our keys.
            random: 16 bytes, for tests; None takes new ones.
        """
        message = text.encode()
        plain = (random or os.urandom(16)) + len(message).to_bytes(4, "big") + message + self._receiver
        encrypt = base64.b64encode(encrypted_with(self._keys[key], plain)).decode()
        return Sealed(encrypt, signature(self._token, timestamp, nonce, encrypt), timestamp, nonce)

    def _decrypted(self, encrypted: str, key: bytes) -> str | None:
        try:
            plain = decrypted_with(key, base64.b64decode(encrypted, validate=True))
            if len(plain) < HEAD:
                return None
            end = HEAD + int.from_bytes(plain[16:HEAD], "big")
            if end > len(plain) or not hmac.compare_digest(plain[end:], self._receiver):
                return None
            return plain[HEAD:end].decode()
        except (Refused, ValueError, binascii.Error):       # ValueError: not ASCII, not UTF-8
            return None


def encrypted_with(key: bytes, plain: bytes) -> bytes:
    """AES-256-CBC of the padded plaintext."""
    size = BLOCK - len(plain) % BLOCK
    sealing = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return bytes(sealing.update(plain + bytes([size]) * size) + sealing.finalize())


def decrypted_with(key: bytes, data: bytes) -> bytes:
    """The opposite of `encrypted_with`.

    Raises:
        Refused: wrong length or padding.
    """
    if not data or len(data) % 16:
        raise Refused
    opening = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    plain = bytes(opening.update(data) + opening.finalize())
    size = plain[-1]
    if not 1 <= size <= BLOCK or size > len(plain) or not hmac.compare_digest(plain[-size:], bytes([size]) * size):
        raise Refused
    return plain[:-size]


def open_media(data: bytes, aes_key: str) -> bytes:
    """A file that a WeCom AI bot was sent. Its key is the message's `aeskey`, or the callback's EncodingAESKey, with or without the last "=".

    Raises:
        Refused: the key or the file is none.
    """
    try:
        key = base64.b64decode(aes_key.rstrip("=") + "=" * (-len(aes_key.rstrip("=")) % 4))
    except binascii.Error:
        raise Refused from None
    if len(key) != 32:
        raise Refused
    return decrypted_with(key, data)
