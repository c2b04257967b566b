"""The log tells which page went wrong, and neither the token in its address nor whose page it was."""

import io
import logging

import pytest
from django.conf import settings
from django.test import Client

from activity.links import link_purposes, token_for
from portal.logs import AddressFilter
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def log():
    """What the console handler of the settings would write."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.addFilter(AddressFilter())
    logger = logging.getLogger("django")
    logger.addHandler(handler)
    yield text
    logger.removeHandler(handler)


def test_the_console_has_the_filter():
    assert settings.LOGGING["handlers"]["console"]["filters"] == ["addresses"]
    assert settings.LOGGING["filters"]["addresses"]["()"] == "portal.logs.AddressFilter"


@pytest.mark.parametrize("purpose", ["feed", "calendar"])
def test_a_token_that_works_is_not_in_the_log(client, log, purpose):
    token = token_for(purpose=link_purposes[purpose], member=UserFactory())
    path = f"/feeds/{token}/community.atom" if purpose == "feed" else f"/calendar/{token}.ics"
    assert client.get(path).status_code == 200
    assert client.post(path).status_code == 405
    assert token not in log.getvalue()
    assert f"/{purpose}" in log.getvalue()


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/secret-token/nowhere",
        "/calendar/secret-token",
        "/sign-up/confirm/secret-token/x/",
        "/sessions/withdraw/secret-token/x",
    ],
)
def test_neither_is_one_in_an_address_that_leads_nowhere(client, log, path):
    assert client.get(path).status_code == 404
    assert "Not Found" in log.getvalue()
    assert "secret-token" not in log.getvalue()


def test_whose_page_it_was_is_not_in_the_log(log):
    client = Client()
    client.force_login(UserFactory())
    assert client.get("/members/nobody-here/").status_code == 404
    assert "nobody-here" not in log.getvalue()
    assert "/members/<slug:handle>/" in log.getvalue()
