"""Every page in every state: as it opens, after what htmx puts into it, and with a form that came back with errors.

Nothing here is listed by hand but the pages (``tests.browser.pages``): what can be fetched and posted is found on them.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import pytest
from django.core.cache import cache
from django.db import transaction
from django.forms.forms import BaseForm
from django.http import HttpResponse
from django.test import Client
from django.urls import resolve
from django.utils import translation

from community.models import User
from portal.demo.load import load
from tests.browser.pages import all_pages
from tests.trees import Node, doubled, parse, swap

pytestmark = pytest.mark.django_db

TOO_MUCH = "x" * 30_000
type Data = dict[str, list[str]]


# --- Pages, and what can be sent from them ---------------------------------------------------------------------------
class Here:
    """What ``all_pages`` asks of a running portal, in this process."""

    @property
    def backstage(self) -> Here:
        return self

    def run(self, code: str, **values: Any) -> Any:
        exec(textwrap.dedent(code), values)  # noqa: S102 - from our own tests
        return values["result"]


@dataclass
class Opened:
    """A page that somebody opened."""

    path: str
    reader: str | None
    client: Client
    html: str

    def __str__(self) -> str:
        return f"{self.path} as {self.reader}"

    def send(self, method: str, path: str, data: Data | None, headers: dict[str, str]) -> HttpResponse:
        """Ask without leaving a trace: what is written is taken back, and no limit counts it."""
        cache.clear()
        with transaction.atomic():
            send = self.client.get if method == "get" else self.client.post
            response: Any = send(path, data, headers={"Referer": f"http://testserver{self.path}", **headers})
            transaction.set_rollback(True)
        return cast("HttpResponse", response)


@pytest.fixture
def opened() -> list[Opened]:
    """Every page, by who reads it; not the mails of the demonstration, which only ``make run`` shows."""
    load(today=date.today())  # noqa: DTZ011 - as the demonstration does
    found = []
    for shown in all_pages(Here()):  # type: ignore[arg-type]
        if shown.path.startswith("/dev/"):
            continue
        client = Client(headers={"accept-language": "nl"})
        if shown.reader:
            client.force_login(User.objects.get(email=shown.reader))
        response = client.get(shown.path)
        assert response.status_code == shown.status, shown.path
        found.append(Opened(shown.path, shown.reader, client, response.content.decode()))
    return found


def typed(form: Node, text: str) -> Data:
    """What a form sends with its hidden fields as they are and ``text`` in all others."""
    data: Data = {}
    for control in form.all("input", "textarea", "select"):
        name, kind = control.attributes.get("name", ""), control.attributes.get("type", "text")
        if name and kind == "hidden":
            data.setdefault(name, []).append(control.attributes.get("value", ""))
        elif name and (text or kind not in {"checkbox", "radio"}):
            data[name] = [text]
    pressed = next((button for button in form.all("button") if "name" in button.attributes), None)
    if pressed:
        data[pressed.attributes["name"]] = [pressed.attributes.get("value", "")]
    return data


def kind_of(path: str, form: Node) -> tuple[object, ...]:
    """Forms and links that differ in their numbers only are one."""
    names = tuple(sorted({node.attributes.get("name", "") for node in form.walk()}))
    return resolve(path.partition("?")[0]).view_name, names, form.inherited("hx-target")


# --- What is wrong ---------------------------------------------------------------------------------------------------
def after_htmx(page: Opened, seen: set[tuple[object, ...]]) -> Iterator[str]:
    """Fetch and post what htmx would, each kind not ``seen`` yet, put the answer where it belongs, and look again."""
    where = resolve(page.path.partition("?")[0]).view_name if page.reader else "", page.reader
    for number, source in enumerate(parse(page.html).all()):
        method = "get" if "hx-get" in source.attributes else "post"
        path = source.attributes.get(f"hx-{method}")
        form = source if source.name == "form" else source.up("form") or source
        if not path or (kind := (where, *kind_of(path, form))) in seen:
            continue
        seen.add(kind)
        for text in ("", "data", TOO_MUCH)[: 3 if method == "post" else 2]:  # an address has an end
            tree = parse(page.html)
            again = tree.all()[number]
            target = again.inherited("hx-target").removeprefix("#")
            headers = {"HX-Request": "true", "HX-Target": target, "HX-Current-URL": f"http://testserver{page.path}"}
            data = typed(form, text) if method == "post" or form.name == "form" else None
            response = page.send(method, path, data, headers)
            if response.status_code not in {200, 422}:
                yield f"{method} {path} answers {response.status_code}"
                continue
            yield from (f"{path} finds no place for {name}" for name in swap(tree, again, response.content.decode()))
            yield from (f"{name} stands twice after {path}" for name in doubled(tree))


def unsaid(tree: Node, form: BaseForm) -> Iterator[str]:
    """What the controls of a form do not say of its errors: that they are wrong, and what is."""
    for name, errors in form.errors.items():
        if name == "__all__" or form[name].is_hidden:
            continue
        ids = {form[name].auto_id, *(option.id_for_label for option in form[name].subwidgets)} - {"", None}
        controls = [node for node in tree.all("input", "select", "textarea") if node.attributes.get("id") in ids]
        if not controls:
            yield f"{name} is not there"
        for control in controls:
            if control.attributes.get("aria-invalid") != "true":
                yield f"{name} is not marked as wrong"
            group = control.up("fieldset")
            described = [node.attributes.get("aria-describedby", "") for node in (control, group) if node]
            said = " ".join(node.text() for node in map(tree.by_id, " ".join(described).split()) if node)
            if not all(" ".join(str(error).split()) in said for error in errors):
                yield f"{name} is not tied to “{errors[0]}”"


def forms_in(response: HttpResponse) -> list[BaseForm]:
    """The forms that a page was drawn with and that hold what was posted."""
    layers = [one for context in getattr(response, "context", None) or [] for one in context]
    values = [value for layer in layers for value in layer.values()]
    return list({id(form): form for form in values if isinstance(form, BaseForm) and form.is_bound}.values())


def refused(page: Opened, form: Node, text: str) -> Iterator[tuple[str, bool]]:
    """Post a form; yields what is wrong with the answer, and whether it came back with errors at all."""
    action = form.attributes.get("action") or page.path
    response = page.send("post", action, typed(form, text), {})
    if response.status_code not in {200, 422}:
        return
    tree = parse(response.content.decode())
    yield from ((f"{action}: {name} stands twice", True) for name in doubled(tree))
    with translation.override(response["Content-Language"]):
        for bound in forms_in(response):
            yield "", bool(bound.errors)
            yield from ((f"{action}: {type(bound).__name__}: {sentence}", True) for sentence in unsaid(tree, bound))


@pytest.mark.slow
def test_in_every_state_of_every_page_ids_stand_once_and_errors_are_tied_to_their_control(opened):
    wrong, seen, with_errors = [], set(), set()
    swapped: set[tuple[object, ...]] = set()
    for page in opened:
        tree = parse(page.html)
        wrong += [f"{page}: {name} stands twice" for name in doubled(tree)]
        wrong += [f"{page}: {sentence}" for sentence in after_htmx(page, swapped)]
        for form in tree.all("form"):
            kind = (*kind_of(form.attributes.get("action") or page.path, form), page.reader)
            if form.attributes.get("method") != "post" or kind in seen:
                continue
            seen.add(kind)
            for text in ("", TOO_MUCH):
                for sentence, came_back in refused(page, form, text):
                    wrong += [f"{page}: {sentence}"] if sentence else []
                    with_errors |= {kind[0]} if came_back else set()
    assert not wrong, "\n".join(wrong)
    assert {"account_login", "community:profile_edit", "community:hub_edit", "events:session_change"} <= with_errors
