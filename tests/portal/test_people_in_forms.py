"""Two members of one name: every form that takes people tells them apart. Issue 7, line 13.

Forms and fields are found by code, and made from what their arguments are called.
"""

import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms.forms import BaseForm
from django.utils.choices import flatten_choices

from activity.consent.clock import today, usual_day
from activity.consent.models import Condition, ConsentRound
from activity.conversation.models import Comment
from activity.following.models import HearingSettings
from activity.notices.selectors import channels_of
from community.models import Hub, JoinRequest, User
from community.people.fields import MemberField, MembersField, find_members
from events.models import Session
from issues.models import Bottleneck, Ending, ThemeVersion, VersionedTheme
from portal.pages.models import Page
from tests.factories import BottleneckFactory, HubFactory, SessionFactory, UnitFactory, UserFactory, member_of

pytestmark = pytest.mark.django_db

APPS = ("portal", "events", "issues", "community", "activity")
NAME = "Jansen, Jan"


@pytest.fixture
def jans():
    """Two members of one name, in one hub; the name has a comma in it."""
    hub = HubFactory(name="Kern Oost")
    return [
        member_of(hub, name=NAME, handle="jan-jansen", unit=UnitFactory(name="Directie Oost")),
        member_of(hub, name="JANSEN, Ján", handle="jan-jansen-2", unit=UnitFactory(name="Directie West")),
    ]


def form_classes() -> set[type[BaseForm]]:
    """Every form of the portal but those of allauth, which are about one's own account."""
    for app in APPS:
        for path in Path(settings.BASE_DIR, app).rglob("*form*.py"):
            importlib.import_module(".".join(path.relative_to(settings.BASE_DIR).with_suffix("").parts))

    def below(cls: type[BaseForm]) -> Iterator[type[BaseForm]]:
        for each in cls.__subclasses__():
            yield each
            yield from below(each)

    found = {cls for cls in below(BaseForm) if cls.__module__.startswith(tuple(f"{app}." for app in APPS))}
    return {cls for cls in found if not cls.__name__.startswith("_") and cls.__module__ != "community.accounts.forms"}


def made(cls: type[BaseForm], jans: list[User]) -> BaseForm:
    """A form of this class; what it asks for is told by name."""
    hub = jans[0].primary_hub
    rows: dict[type[Model], Model | None] = {User: jans[0], Hub: hub, Page: Page(key=Page.Key.ABOUT)}
    rows |= {Session: SessionFactory(hub=hub), Bottleneck: BottleneckFactory(author=jans[0])}
    rows |= {HearingSettings: HearingSettings(member=jans[0])}
    rows |= {Comment: Comment(subject=hub.subject, author=jans[0], text="x")}
    rows |= {VersionedTheme: VersionedTheme(name="x", of_version=ThemeVersion(number=1))}
    known = {
        "by": jans[0],
        "member": jans[0],
        "leaving": jans[0],
        "may_hand_over": True,
        "hub": hub,
        "hubs": [hub],
        "offered": [hub.pk],
        "topics": {},
        "join_request": JoinRequest(hub=hub, member=jans[0]),
        "may_suit": [],
        "channels": channels_of(jans[0]),
        "consent": ConsentRound(subject=hub.subject, question="x", closes_on=usual_day(today())),
        "mine": None,
        "ways": list(Ending.How),
        "theme": VersionedTheme(name="x", of_version=ThemeVersion(number=1)),
        "draft": ThemeVersion(number=1),
        "asks_again": False,
        "text": "x",
        "nth": 1,
        "themes": {},
        "condition": Condition(consent=ConsentRound(subject=hub.subject), text="x"),
    }
    wanted: dict[str, Any] = {}
    for each in cls.__mro__:
        if each.__module__.startswith(APPS):
            parameters = inspect.signature(each).parameters.values()
            wanted |= {it.name: known[it.name] for it in parameters if it.kind is it.KEYWORD_ONLY and it.name in known}
    if cls.__name__ == "HubForm":
        wanted["topics"] = []
    if issubclass(cls, forms.BaseModelForm):
        wanted["instance"] = rows[cls._meta.model]
    return cls(**wanted)


def test_no_form_lists_people_to_choose_from(jans):
    """A community has thousands: people are suggested while one types, in every form."""
    member_of(jans[0].primary_hub, name="Zora Dwars")
    listed = [
        f"{cls.__name__}.{name}"
        for cls in form_classes()
        for name, field in made(cls, jans).fields.items()
        if isinstance(field, forms.ChoiceField | forms.ModelChoiceField)
        if re.search("ansen|zora", str(list(flatten_choices(field.choices))), re.IGNORECASE)
    ]
    assert listed == []


def test_every_box_for_people_takes_handles_and_lists_whom_a_name_can_mean(jans):
    fields = {
        f"{cls.__name__}.{name}": field
        for cls in form_classes()
        for name, field in made(cls, jans).fields.items()
        if isinstance(field, MembersField)
    }
    assert {"NewSessionForm.hosts", "EditSessionForm.hosts", "AdmitForm.member", "NewHubForm.representative"} <= {
        *fields
    }
    assert {"RepresentativeForm.member", "LeaveForm.successor"} <= {*fields}
    for name, field in fields.items():
        one = (lambda member: member) if isinstance(field, MemberField) else (lambda member: [member])
        for jan in jans:
            address = f"{settings.BASE_URL}{jan.get_absolute_url()}"
            for typed in (jan.handle, f" @{jan.handle.upper()} ", address, address.rstrip("/")):
                assert field.clean(typed) == one(jan), (name, typed)
        with pytest.raises(ValidationError) as refused:
            field.clean("jansen, jan")
        (words,) = refused.value.messages
        for jan in jans:
            assert f"{jan.name}, {jan.unit} ({jan.handle})" in words
        assert "nobody-at-all" in "".join(_messages(field, "nobody-at-all"))


def _messages(field, typed) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        field.clean(typed)
    return refused.value.messages


@pytest.mark.parametrize(
    ("typed", "handles"),
    [
        ("", []),
        ("anna", ["anna"]),
        ("anna bram", ["anna", "bram"]),
        ("bram; @anna,\n bram ,", ["anna", "bram"]),
        ("Anna van den Berg", ["anna"]),
        ("ANNA VAN DEN BERG, bram", ["anna", "bram"]),
        ("bram, Bos, Zoe, anna", ["anna", "bram", "zoe"]),
        ("https://elsewhere.example/members/Anna/", ["anna"]),
        ("before", ["bram"]),
        ("an\0na", ["anna"]),
    ],
)
def test_people_are_read_as_they_are_typed(typed, handles):
    UserFactory(name="Anna van den Berg", handle="anna")
    bram = UserFactory(name="Bram", handle="bram")
    bram.old_handles.create(handle="before")
    UserFactory(name="Bos, Zoë", handle="zoe")
    found, problems = find_members(typed)
    assert sorted(member.handle for member in found) == handles
    assert problems == []


@pytest.mark.parametrize("typed", ["gone", "Gone Gerda", "new", "anna gone", "Anna van", "https://x.example/anna/x"])
def test_who_takes_no_part_is_nobody(typed):
    UserFactory(name="Anna van den Berg", handle="anna")
    UserFactory(name="Gone Gerda", handle="gone", is_active=False)
    UserFactory(name="New Nico", handle="new", activated_at=None)
    found, problems = find_members(typed)
    assert not found
    assert [problem.code for problem in problems] == ["unknown"]


def test_everything_that_is_unclear_is_said_at_once_and_a_long_list_is_refused(jans, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):  # for each of the two that nobody is, who is nearly called so
        found, problems = find_members("jan-jansen, nobody, Jansen, Jan, someone else")
    assert found == jans[:1]
    assert [problem.code for problem in problems] == ["unknown", "several", "unknown"]
    assert [problem.code for problem in find_members("a," * 51)[1]] == ["many"]
