"""What a log may hold: no secret of an address, and no person's name in one. Spec 00, Links that act."""

from __future__ import annotations

import logging
import re

from django.http import HttpRequest

# The parts of an address that are secrets. Only for addresses that lead nowhere: of all others the pattern is written.
_SECRETS = re.compile(r"/(unsubscribe|feeds|calendar|withdraw|confirm|new)/[^/]+")


class AddressFilter(logging.Filter):
    """Write the pattern of a request's address ("members/<slug:handle>/") where Django writes the address itself.

    A token that still works stands in the addresses of feeds, calendars and mails; Django names the address of every
    request that it refuses or that fails.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Replace the address in the arguments of ``record``; every record goes on."""
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest) and isinstance(record.args, tuple):
            addresses = {request.path, request.get_full_path()}
            record.args = tuple(_said(request) if arg in addresses else arg for arg in record.args)
        return True


def _said(request: HttpRequest) -> str:
    """The pattern of the address, else the address with its secrets left out and without its query."""
    if request.resolver_match is not None:
        return f"/{request.resolver_match.route}"
    return _SECRETS.sub(r"/\1/…", request.path)
