"""Reply codes: who holds one filed something anonymously; of a code only a keyed hash is kept. Spec 02, Filing."""

from __future__ import annotations

import hmac
import uuid
from base64 import b32encode
from datetime import date
from hashlib import sha256

from django.conf import settings
from django.utils.crypto import salted_hmac

# Crockford's alphabet: no letter in it looks like a figure.
_STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SPELT = str.maketrans(_STANDARD, _ALPHABET)
_MISREAD = str.maketrans("OIL", "011")
LENGTH = 16  # characters: 80 bits, which nobody guesses
GROUP = 4
TYPED_LENGTH = 40  # with spaces and hyphens as people put them


def code_of(key: uuid.UUID) -> str:
    """The reply code of the form with this one-time key: sent twice, it has one code.

    The key stands in the form and nowhere else, so nobody else can work the code out.
    """
    mac = salted_hmac("doorbraak.issues.reply-code", str(key), algorithm="sha256").digest()
    code = b32encode(mac[:10]).decode().translate(_SPELT)
    return "-".join(code[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def plain(typed: str) -> str:
    """The code that somebody typed, in its one form; "" for what can be none."""
    code = "".join(typed[:TYPED_LENGTH].upper().split()).replace("-", "").translate(_MISREAD)
    return code if len(code) == LENGTH and set(code) <= set(_ALPHABET) else ""


def hashes(typed: str) -> list[str]:
    """What may be kept of a code, by the present key and by those before it; the present one first."""
    code = plain(typed)
    if not code:
        return []
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [_keyed(str(secret), f"reply-code:{code}") for secret in secrets]


def blinded(member: int, day: date) -> str:
    """Under what a member is counted on a day: without the server's key nobody tells whose it is."""
    return _keyed(settings.SECRET_KEY, f"filings:{day.isoformat()}:{member}")


def _keyed(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), f"doorbraak.issues.{text}".encode(), sha256).hexdigest()
