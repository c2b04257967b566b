"""What waits in the database but must not stand there in the clear, such as a sign-in code. Spec 06, Outbox."""

import base64
import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class CannotOpen(ValueError):  # noqa: N818 - reads as what happened
    """The sealed bytes were changed, or sealed with a key that is not known any more."""


@lru_cache(maxsize=4)
def _keyring(secrets: tuple[str, ...]) -> MultiFernet:
    """The keys derived from ``secrets`` (RFC 5869); the first seals, each may open."""

    def key(secret: str) -> Fernet:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"doorbraak.activity.sealing").derive(
            secret.encode()
        )
        return Fernet(base64.urlsafe_b64encode(derived))

    return MultiFernet([key(secret) for secret in secrets])


def _current() -> MultiFernet:
    return _keyring((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


def seal(content: dict[str, Any]) -> bytes:
    """Encrypt and sign ``content`` (anything JSON knows) with a key derived from SECRET_KEY."""
    return _current().encrypt(json.dumps(content).encode())


def unseal(sealed: bytes) -> dict[str, Any]:
    """Return what ``seal`` was given; also what was sealed with one of SECRET_KEY_FALLBACKS.

    Raises CannotOpen when the bytes were changed or the key is unknown.
    """
    try:
        content: dict[str, Any] = json.loads(_current().decrypt(bytes(sealed)))
    except InvalidToken as error:
        raise CannotOpen("sealed with another key, or changed") from error
    return content
