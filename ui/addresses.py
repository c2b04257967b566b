"""E-mail addresses in one form: what is compared, kept and sent to. Spec 01, Accounts.

A domain outside ASCII is written in several ways (``müller.example``, ``MÜLLER.example``, ``xn--mller-kva.example``).
Two standards make different domains of some: by IDNA 2003 ``straße`` is ``strasse``, which may be somebody else's. Here
a domain is always its A-labels by IDNA 2008 (RFC 5891), after the mapping of case and width that browsers do (UTS #46).
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import idna
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

LONGEST_ADDRESS = 254  # RFC 5321, 4.5.3.1.3, without the angle brackets


@lru_cache(maxsize=4096)
def ascii_domain(domain: str) -> str:
    """Return ``domain`` as programs write it. Raises UnicodeError (a ValueError) for what is none by IDNA 2008."""
    return idna.encode(domain, uts46=True).decode("ascii")


def normal_address(text: str) -> str:
    """Return the one form of an e-mail address: lower case, its domain in A-labels, so that equal mailboxes are equal.

    Raises ValidationError, in words for who typed it, for what is no address or has a domain that cannot exist.
    """
    text = text.strip()
    local, at, domain = text.rpartition("@")
    if not at or len(text) > LONGEST_ADDRESS:
        raise ValidationError(_not_an_address(text), code="invalid")
    try:
        domain = ascii_domain(domain)
    except UnicodeError as error:
        raise ValidationError(
            _("The part after the @ cannot be the name of a domain: “%(domain)s”.") % {"domain": domain[:80]},
            code="domain_name",
        ) from error
    address = f"{unicodedata.normalize('NFC', local).lower()}@{domain}"
    try:
        validate_email(address)
    except ValidationError as error:
        raise ValidationError(_not_an_address(text), code="invalid") from error
    if len(address) > LONGEST_ADDRESS:
        raise ValidationError(_not_an_address(text), code="invalid")
    return address


def shown_address(address: str) -> str:
    """Return a kept address as people write it: ``jan@xn--mller-kva.example`` is ``jan@müller.example``."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{shown_domain(domain)}"


@lru_cache(maxsize=4096)
def shown_domain(domain: str) -> str:
    """Return a kept domain as people write it; one that cannot be read stays as it is."""
    try:
        return idna.decode(domain)
    except UnicodeError:
        return domain


def _not_an_address(text: str) -> str:
    return _("“%(text)s” is not an e-mail address.") % {"text": text[:80]}
