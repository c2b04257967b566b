"""The running portal, and pages that notice every console error and every breach of the content security policy."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.site import Site, running_site

REFUSED = "the server responded with a status of 422"  # a form with errors: the browser logs what we answer on purpose
#: Opens a page: as whom (an address, or None for a visitor), and how the browser is set.
type Opener = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test here."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Leave the cache alone: the portal of these tests has its own."""


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """A portal with the demonstration, shared by the tests of one worker: a test makes the members it changes."""
    folder = Path(tempfile.mkdtemp(prefix="doorbraak-browser-"))
    try:
        with running_site(folder) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def open_as(site: Site, browser: Browser) -> Iterator[Opener]:
    """Open pages as somebody; at the end of the test no page may have complained."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opener(
        email: str | None = None,
        path: str = "/",
        *,
        language: str = "nl",
        expected: tuple[str, ...] = (),
        **options: Any,
    ) -> Page:
        context = browser.new_context(
            locale={"nl": "nl-NL", "en": "en-GB"}[language],
            base_url=site.url,
            **{"timezone_id": "Europe/Amsterdam", **options},
        )
        contexts.append(context)
        if email:
            context.add_cookies([site.session_cookie(email)])  # type: ignore[list-item]
        page = context.new_page()
        page.set_default_timeout(10_000)

        def complain(text: str) -> None:
            if not any(part in text for part in (REFUSED, *expected)):
                complaints.append(f"{page.url}: {text}")

        page.on("console", lambda message: complain(message.text) if message.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complain(str(error)))
        if path:
            page.goto(path)
        return page

    yield opener
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def new_member(site: Site) -> Callable[..., str]:
    """Make a member of the portal; returns the address."""

    def make(name: str, *, hub: str | None = None, language: str = "nl") -> str:
        address: str = site.backstage.run(
            """
            import uuid
            from community.accounts.actions import create_member
            from community.models import Hub, Membership
            member = create_member(
                name=name, email=f"{uuid.uuid4().hex[:8]}@doorbraak.example", language=language, bio_language=language
            )
            if hub:
                member.primary_hub = Hub.objects.get(name=hub)
                member.save(update_fields=["primary_hub"])
                Membership.objects.create(member=member, hub=member.primary_hub)
            result = member.email
            """,
            name=name,
            hub=hub,
            language=language,
        )
        return address

    return make


@pytest.fixture
def speaking(site: Site) -> Callable[[str], AbstractContextManager[None]]:
    """Let the demo accounts read the portal in a language, for the length of a ``with`` block."""
    change = """
        from community.models import User
        User.objects.filter(email__endswith="@doorbraak.example").update(language=language)
    """

    @contextmanager
    def speak(language: str) -> Iterator[None]:
        site.backstage.run(change, language=language)
        yield
        site.backstage.run(change, language="nl")

    return speak
