"""What ``/dev/mail/templates/`` shows: every kind of mail, with what the demonstration holds, in both languages."""

from __future__ import annotations

from email import policy
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import NoReverseMatch, reverse

from activity import devmail
from activity.conversation.models import Comment
from activity.mailkinds import mail_kinds
from activity.moderation.models import Report
from community.models import JoinRequest, User
from issues.models import Ending
from tests import demonstration
from tests.tongues import Said, names_out_of_texts, stray
from ui.markdown import excerpt

pytestmark = pytest.mark.django_db
LANGUAGES = dict(settings.LANGUAGES)


def _rows() -> dict[str, Any]:
    """All that is in the database, by table."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        rows = {}
        for table in tables:
            cursor.execute(f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{table}" AS t')
            rows[table] = cursor.fetchone()
    return rows


def _written() -> set[str]:
    """The lines that people wrote, which stay in their language: with requests to join, and how comments begin."""
    texts = [text for row in JoinRequest.objects.values_list("words", "answer") for text in row]
    texts += Report.objects.values_list("text", flat=True)
    texts += Ending.objects.values_list("text", flat=True)
    lines = {line for text in texts for line in text.splitlines() if line}
    return lines | {excerpt(text, 60).rstrip("… ") for text in Comment.objects.values_list("text", flat=True) if text}


def test_every_kind_has_a_sample_that_reads_well_in_both_languages_and_leaves_nothing_behind() -> None:
    demonstration.copy()
    before, without_names, written = _rows(), names_out_of_texts(), _written()
    for kind in mail_kinds:
        assert kind.sample is not None, f"{kind.key} has no sample: docs/contributing.md says how to provide one"
        for language in LANGUAGES:
            message = devmail.sample_message(kind, language)
            assert message is not None, f"the demonstration holds nothing that {kind.key} could be about"
            parts = devmail.take_apart(message)
            assert message["Content-Language"] == language
            assert parts.subject
            assert parts.text.strip()
            assert Said(parts.html).language == language
            lines = [parts.subject, *parts.text.splitlines(), *Said(parts.html).texts]
            ours = [line for line in lines if not any(text in line for text in written)]
            strange = [line for line in ours if stray(without_names(line), language)]
            assert not strange, (kind.key, language, strange)
            whole = message.as_bytes(policy=policy.default.clone(refold_source="none")).decode()
            assert " at 0x" not in whole
            assert "{%" not in whole
    assert _rows() == before


def test_without_the_demo_there_is_no_such_page(client: Client) -> None:
    with pytest.raises(NoReverseMatch):
        reverse("activity:dev_mail_template_list")
    assert client.get("/dev/mail/templates/").status_code == 404


@pytest.mark.urls("tests.activity.demo_urls")
class TestPages:
    """What a visitor of the demo sees."""

    def test_the_list_leads_to_every_kind_in_both_languages(self, client: Client) -> None:
        page = client.get("/dev/mail/templates/").text
        assert "/dev/mail/templates/" in client.get("/dev/mail/").text
        for kind in mail_kinds:
            for language in LANGUAGES:
                assert f'href="/dev/mail/templates/{kind.key}/{language}/"' in page

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_a_sample_is_shown_sealed_off_as_text_and_with_its_headers(self, client: Client, language: str) -> None:
        demonstration.copy()
        client.force_login(User.objects.get(email="newcomer@doorbraak.example"))
        path = f"/dev/mail/templates/session_placed/{language}/"
        words = {"nl": "Je krijgt deze mail", "en": "You get this mail"}[language]
        assert f'src="{path}frame/"' in client.get(path).text
        assert words in client.get(path, {"show": "text"}).text
        assert "Auto-Submitted" in client.get(path, {"show": "headers"}).text
        assert "BEGIN:VCALENDAR" in client.get(path, {"show": "calendar"}).text
        frame = client.get(f"{path}frame/")
        assert words in frame.text
        assert frame["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
        assert frame["X-Frame-Options"] == "SAMEORIGIN"

    def test_where_there_is_nothing_to_show_the_page_says_so(self, client: Client) -> None:
        client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
        for kind in mail_kinds:
            page = client.get(reverse("activity:dev_mail_template", args=[kind.key, "en"]))
            assert "There is nothing in this demo that such a mail could be about." in page.text
            assert client.get(reverse("activity:dev_mail_template_frame", args=[kind.key, "en"])).status_code == 404

    @pytest.mark.parametrize("path", ["none/nl/", "none/nl/frame/", "session_placed/de/", "session_placed/de/frame/"])
    def test_what_is_not_there_is_not_found(self, client: Client, path: str) -> None:
        assert client.get(f"/dev/mail/templates/{path}").status_code == 404
