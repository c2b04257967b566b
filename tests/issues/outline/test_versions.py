"""The list of themes in versions: drafted, put before the members, adopted; what becomes of bottlenecks. Spec 02."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client

from activity.consent.actions import close_round, put_version, speak
from activity.consent.clock import first_day, today
from activity.consent.models import ConsentRound
from activity.models import Activity, Subject
from community.accounts.actions import erase_member
from community.models import User
from issues.models import Theme, ThemeVersion, VersionedTheme
from issues.outline import actions
from issues.outline.lists import as_markdown, changes, listed
from issues.themes.actions import find_or_create_theme
from tests.factories import BottleneckFactory, ThemeFactory, UserFactory, facilitator
from tests.races import run_together
from tests.trees import parse
from ui.errors import RuleBroken, StaleForm
from ui.markdown import render

pytestmark = pytest.mark.django_db

FRIDAY = datetime(2026, 11, 27, 10, tzinfo=UTC)


def reading(member: User | None = None) -> Client:
    client = Client()
    client.force_login(member or UserFactory())
    return client


def text_of(response: Any) -> str:
    return " ".join(parse(response.text).text().split())


def themes(*names: str) -> list[Theme]:
    return [ThemeFactory(name=name, explanation=f"Over {name}.", position=at) for at, name in enumerate(names)]


def in_force() -> list[str]:
    return list(Theme.objects.values_list("name", flat=True))


def on(version: ThemeVersion, name: str) -> VersionedTheme:
    return version.themes.get(name=name)


def propose(draft: ThemeVersion, by: User, **fields: Any) -> ThemeVersion:
    said = {"why": "Beter zo.", "question": "Akkoord?", "language": "nl", "closes_on": first_day(today()), **fields}
    return actions.propose_version(draft=draft, by=by, **said)


def agreed(draft: ThemeVersion, by: User) -> ThemeVersion:
    """Put before the members, and closed."""
    version = propose(draft, by)
    close_round(consent=version.consent, by=by)
    return version


class TestTheWholeWay:
    def test_a_facilitator_drafts_asks_and_adopts_without_javascript(self) -> None:
        with time_machine.travel(FRIDAY, tick=False):
            themes("ICT", "Data", "HR")
            judge, member = facilitator(name="Sanne Kuipers"), UserFactory()
            of_hr = BottleneckFactory(title="Geen loopbaan", theme=Theme.objects.get(name="HR"))
            of_ict = BottleneckFactory(title="Geen machine", theme=Theme.objects.get(name="ICT"))
            keeps, reads = reading(judge), reading(member)
            assert "Change the themes" not in reads.get("/themes/").text
            draft = keeps.post("/themes/draft/begin/", follow=True)
            assert "Draft of version 2" in text_of(draft)
            hr = VersionedTheme.objects.get(name="HR", of_version__state="draft")
            ict = VersionedTheme.objects.get(name="ICT", of_version__state="draft")
            moved = keeps.post(f"/themes/draft/{hr.pk}/move/", {"place": "1"}, follow=True)
            assert [node.text().split()[1] for node in parse(moved.text).all("h3")] == ["HR", "ICT", "Data"]
            assert "HR : from place 3 to 1" in text_of(moved)
            sent = {"name": "Loopbaan", "explanation": "Groeien *en* blijven.", "language": "nl", "version": "1"}
            keeps.post(f"/themes/draft/{hr.pk}/", sent)
            keeps.post("/themes/draft/add/", {"name": "Kennis", "explanation": "", "language": "nl"})
            data = VersionedTheme.objects.get(name="Data", of_version__state="draft")
            page = keeps.post(f"/themes/draft/{ict.pk}/remove/", {"goes_to": data.pk}, follow=True)
            assert "ICT : its bottlenecks go to “Data”" in text_of(page)
            asked = {"why": "HR is **meer**.", "question": "Akkoord?", "language": "nl", "creation_key": str(uuid4())}
            version = keeps.post("/themes/draft/propose/", {**asked, "closes_on": "2026-12-04"}, follow=True)
            assert "Members can now say whether they agree." in text_of(version)
            assert in_force() == ["ICT", "Data", "HR"]
            asks = "Version 2 is proposed : say until Friday 4 December whether you agree."
            assert asks in text_of(reads.get("/themes/"))
            consent = ConsentRound.objects.get()
            text = text_of(reads.get(consent.get_absolute_url()))
            assert "Loopbaan Groeien en blijven. Data Over Data. Kennis" in text
            assert "ICT: de knelpunten gaan naar ‘Data’" in text or "ICT: its bottlenecks go to “Data”" in text
            refused = keeps.post("/themes/versions/2/adopt/")
            assert refused.status_code == 422
            assert "Members are still answering." in refused.text
            speak(consent=consent, by=member, version=1, answer="support")
            close_round(consent=consent, by=judge)
            assert "the facilitators have to decide" in text_of(reads.get("/themes/"))
            adopted = keeps.post("/themes/versions/2/adopt/", follow=True)
            assert "From now on the community orders its bottlenecks by these themes." in text_of(adopted)
            assert in_force() == ["Loopbaan", "Data", "Kennis"]
            of_hr.refresh_from_db()
            of_ict.refresh_from_db()
            assert (of_hr.theme.name, of_ict.theme.name) == ("Loopbaan", "Data")
            shown = text_of(reads.get("/themes/"))
            assert "Version 2, adopted on 27 November 2026 after a consent round." in shown
            assert "Loopbaan 1 open bottleneck Groeien en blijven. Geen loopbaan" in shown
            told = Activity.objects.filter(verb__startswith="themes_").values_list("verb", "readers").order_by("pk")
            assert [verb for verb, _who in told] == [
                "themes_drafted",
                *["themes_draft_changed"] * 4,
                "themes_proposed",
                "themes_adopted",
            ]
            assert {verb for verb, who in told if who == "facilitators"} == {"themes_drafted", "themes_draft_changed"}
            data = Activity.objects.get(verb="themes_adopted").data
            assert data["version"] == 2
            assert [it["number"] for it in data["moved"]] == [1]

    def test_its_page_says_in_words_what_it_changes(self) -> None:
        with time_machine.travel(FRIDAY, tick=False):
            themes("Een", "Twee", "Drie", "Vier")
            judge = facilitator()
            draft = actions.begin_draft(by=judge)
            actions.move_theme(theme=on(draft, "Vier"), by=judge, place=1)
            actions.remove_theme(theme=on(draft, "Twee"), by=judge, goes_to=None)
            about = {"name": "Derde", "explanation": "Over iets anders.", "language": "nl"}
            actions.change_theme(theme=on(draft, "Drie"), by=judge, version=1, **about)
            actions.add_theme(draft=draft, by=judge, name="Vijf", explanation="", language="en")
            version = propose(draft, judge)
            page = text_of(reading().get(version.get_absolute_url()))
            for sentence in (
                "What it changes in version 1",
                "Vier : from place 4 to 1",
                "Derde : was called Drie",
                "Derde : explained otherwise",
                "New: Vijf",
                "No longer a theme: Twee ; its bottlenecks have no theme from then on",
            ):
                assert sentence in page, sentence
            assert "Een :" not in page
            listed_ones = text_of(reading().get("/themes/versions/"))
            assert "Version 2 Proposed on 27 November 2026 Beter zo." in listed_ones
            assert "Version 1 Written down as it stood on 27 November 2026" in listed_ones
            assert "Nobody was asked about this version" in text_of(reading().get("/themes/versions/1/"))

    def test_a_list_changed_while_members_answer_takes_its_place_in_the_round(self) -> None:
        themes("Een", "Twee")
        judge, member = facilitator(), UserFactory()
        draft = actions.begin_draft(by=judge)
        actions.move_theme(theme=on(draft, "Twee"), by=judge, place=1)
        first = propose(draft, judge)
        speak(consent=first.consent, by=member, version=1, answer="support_if", words="er een derde bij komt")
        draft = actions.begin_draft(by=judge)
        assert [it.name for it in listed(draft.themes.all())] == ["Twee", "Een"]
        actions.add_theme(draft=draft, by=judge, name="Drie", explanation="", language="nl")
        page = text_of(reading(judge).get("/themes/draft/propose/"))
        assert "Members are answering about version 2. This list takes its place in that round" in page
        second = propose(draft, judge)
        first.refresh_from_db()
        assert (first.state, second.consent) == ("replaced", first.consent)
        assert second.consent.version == 2
        with pytest.raises(RuleBroken, match="Something else was decided"):
            actions.adopt_version(version=first, by=judge)


class TestWhatHolds:
    def test_bottlenecks_of_a_theme_that_is_left_out_have_none(self) -> None:
        gone, _stays = themes("Weg", "Blijft")
        bottleneck, judge = BottleneckFactory(theme=gone), facilitator()
        draft = actions.begin_draft(by=judge)
        actions.remove_theme(theme=on(draft, "Weg"), by=judge, goes_to=None)
        actions.adopt_version(version=agreed(draft, judge), by=judge)
        bottleneck.refresh_from_db()
        assert (bottleneck.theme, in_force()) == (None, ["Blijft"])
        assert "Without a theme 1 open bottleneck without a theme" in text_of(reading().get("/themes/"))

    def test_names_can_be_swapped_and_the_addresses_stay(self) -> None:
        one, other = themes("Een", "Twee")
        judge = facilitator()
        draft = actions.begin_draft(by=judge)
        for name, new in (("Een", "Tussen"), ("Twee", "Een"), ("Tussen", "Twee")):
            row = on(draft, name)
            said = {"explanation": row.explanation, "language": "nl"}
            actions.change_theme(theme=row, by=judge, version=row.version, name=new, **said)
        actions.adopt_version(version=agreed(draft, judge), by=judge)
        names = dict(Theme.objects.values_list("slug", "name"))
        assert names == {one.slug: "Twee", other.slug: "Een"}

    def test_a_theme_that_came_with_a_list_meanwhile_stays_behind_all_others(self) -> None:
        themes("Een", "Twee")
        judge = facilitator()
        draft = actions.begin_draft(by=judge)
        actions.move_theme(theme=on(draft, "Twee"), by=judge, place=1)
        actions.add_theme(draft=draft, by=judge, name="Kennis", explanation="Weten.", language="nl")
        version = agreed(draft, judge)
        came, _new = find_or_create_theme("Uit een lijst")
        same, _new = find_or_create_theme("kennis")
        actions.adopt_version(version=version, by=judge)
        assert in_force() == ["Twee", "Een", "Kennis", "Uit een lijst"]
        assert Theme.objects.get(name="Kennis").pk == same.pk
        page = text_of(reading().get("/themes/"))
        assert "Changed since version 2: themes also come with lists, and nobody was asked about these." in page
        again = actions.begin_draft(by=judge)
        assert again.number == 4  # version 3 is what holds now
        assert came.key in {it.key for it in again.themes.all()}

    def test_a_name_given_to_another_theme_meanwhile_is_refused(self) -> None:
        themes("Een")
        judge = facilitator()
        draft = actions.begin_draft(by=judge)
        row = on(draft, "Een")
        actions.change_theme(theme=row, by=judge, version=1, name="Nieuw", explanation="", language="nl")
        version = agreed(draft, judge)
        find_or_create_theme("Nieuw")
        with pytest.raises(RuleBroken, match="A theme “Nieuw” came with a list meanwhile"):
            actions.adopt_version(version=version, by=judge)
        assert in_force() == ["Een", "Nieuw"]

    def test_a_round_about_another_text_is_no_consent_to_this_list(self) -> None:
        themes("Een", "Twee")
        judge = facilitator()
        draft = actions.begin_draft(by=judge)
        actions.move_theme(theme=on(draft, "Twee"), by=judge, place=1)
        version = propose(draft, judge)
        consent = version.consent
        put_version(consent=consent, by=judge, version=1, text="Iets anders.", closes_on=consent.closes_on)
        close_round(consent=consent, by=judge)
        with pytest.raises(RuleBroken, match="about another text than this list"):
            actions.adopt_version(version=version, by=judge)
        actions.withdraw_version(version=version, by=judge)
        assert actions.withdraw_version(version=version, by=judge).state == "withdrawn"
        assert in_force() == ["Een", "Twee"]

    def test_adopting_twice_is_adopting_once(self) -> None:
        themes("Een", "Twee")
        judge = facilitator()
        draft = actions.begin_draft(by=judge)
        actions.move_theme(theme=on(draft, "Twee"), by=judge, place=1)
        version = agreed(draft, judge)
        for _twice in range(2):
            actions.adopt_version(version=version, by=judge)
        assert Activity.objects.filter(verb="themes_adopted").count() == 1


class TestDrafting:
    def test_what_is_typed_wrongly_is_said_beside_its_field(self) -> None:
        themes("Een", "Twee")
        judge = facilitator(language="nl")
        draft, client = actions.begin_draft(by=judge), reading(judge)
        taken = client.post("/themes/draft/add/", {"name": "een", "explanation": "", "language": "nl"})
        assert taken.status_code == 422
        assert "Er is al een thema ‘Een’." in text_of(taken)
        empty = client.post("/themes/draft/add/", {"name": " ", "explanation": "x", "language": "nl"})
        assert "Geef het thema een naam." in text_of(empty)
        stale = {"name": "Eerste", "explanation": "", "language": "nl"}
        row = on(draft, "Een")
        actions.change_theme(theme=row, by=judge, version=1, name="Een!", explanation="", language="nl")
        both = client.post(f"/themes/draft/{row.pk}/", {**stale, "version": "1"})
        assert both.status_code == 422
        assert "Een!" in both.text
        assert "Eerste" in both.text
        with pytest.raises(StaleForm):
            actions.change_theme(theme=row, by=judge, version=1, **stale)
        assert not client.post("/themes/draft/propose/", {"why": ""}).headers.get("Location")

    def test_the_same_list_is_not_asked_about(self) -> None:
        themes("Een")
        judge = facilitator()
        draft = actions.begin_draft(by=judge)
        with pytest.raises(RuleBroken, match="This is the list that holds already"):
            propose(draft, judge)
        actions.remove_theme(theme=on(draft, "Een"), by=judge, goes_to=None)
        with pytest.raises(RuleBroken, match="There is no theme on this list yet"):
            propose(draft, judge)
        actions.put_back_theme(theme=on(draft, "Een"), by=judge)
        actions.add_theme(draft=draft, by=judge, name="Lang", explanation="a" * 9_990, language="nl")
        with pytest.raises(RuleBroken, match="Shorten it to 10000"):
            propose(draft, judge)

    def test_acts_said_twice_change_nothing_more(self) -> None:
        themes("Een", "Twee", "Drie")
        judge = facilitator()
        draft = actions.begin_draft(by=judge)
        assert actions.begin_draft(by=judge) == draft
        for _twice in range(2):
            actions.move_theme(theme=on(draft, "Drie"), by=judge, place=2)
        for _twice in range(2):
            actions.add_theme(draft=draft, by=judge, name="Vier", explanation="", language="nl")
        for _twice in range(2):
            actions.remove_theme(theme=on(draft, "Een"), by=judge, goes_to=on(draft, "Twee"))
        assert [it.name for it in listed(draft.themes.all())] == ["Drie", "Twee", "Vier"]
        assert Activity.objects.filter(verb="themes_draft_changed").count() == 3
        new = on(draft, "Vier")
        actions.remove_theme(theme=on(draft, "Een"), by=judge, goes_to=new)
        actions.remove_theme(theme=new, by=judge, goes_to=None)  # it was new: nothing is left of it
        assert not draft.themes.filter(name="Vier").exists()
        assert on(draft, "Een").goes_to is None
        for _twice in range(2):
            actions.drop_draft(draft=draft, by=judge)
        assert [it.state for it in ThemeVersion.objects.all()] == ["noted"]

    @pytest.mark.parametrize("who", ["member", "superuser"])
    def test_it_is_up_to_facilitators(self, who: str) -> None:
        themes("Een", "Twee")
        judge = facilitator()
        somebody = UserFactory(is_superuser=who == "superuser", is_staff=who == "superuser")
        draft = actions.begin_draft(by=judge)
        row = on(draft, "Een")
        acts: list[Any] = [
            partial(actions.begin_draft),
            partial(actions.add_theme, draft=draft, name="x", explanation="", language="nl"),
            partial(actions.move_theme, theme=row, place=2),
            partial(actions.remove_theme, theme=row, goes_to=None),
            partial(actions.put_back_theme, theme=row),
            partial(actions.drop_draft, draft=draft),
            partial(propose, draft),
            partial(actions.adopt_version, version=draft),
            partial(actions.withdraw_version, version=draft),
        ]
        for act in acts:
            with pytest.raises(RuleBroken, match="Only facilitators change the themes"):
                act(by=somebody)
        client = reading(somebody)
        assert client.get("/themes/draft/").status_code == 403
        assert client.post(f"/themes/draft/{row.pk}/move/", {"place": "2"}).status_code == 403
        assert client.get(f"/themes/versions/{draft.number}/").status_code == 404


class TestFrozen:
    def test_neither_version_nor_list_changes_once_members_were_asked(self) -> None:
        themes("Een", "Twee")
        judge = facilitator()
        draft = actions.begin_draft(by=judge)
        actions.move_theme(theme=on(draft, "Twee"), by=judge, place=1)
        version = propose(draft, judge)
        writes = [
            lambda: ThemeVersion.objects.filter(pk=version.pk).update(text="x"),
            lambda: ThemeVersion.objects.filter(pk=version.pk).update(state="draft", frozen_at=None),
            lambda: ThemeVersion.objects.filter(number=1).update(state="withdrawn"),
            lambda: ThemeVersion.objects.filter(pk=version.pk).delete(),
            lambda: VersionedTheme.objects.filter(of_version=version).update(name="x"),
            lambda: VersionedTheme.objects.filter(of_version=version).delete(),
            lambda: VersionedTheme.objects.create(of_version=version, place=3, name="y"),
        ]
        for write in writes:
            with pytest.raises(IntegrityError), transaction.atomic():
                write()
        with pytest.raises(RuleBroken, match="This draft is not there any more"):
            actions.move_theme(theme=on(version, "Een"), by=judge, place=1)

    def test_who_made_it_is_erased_and_it_stays(self) -> None:
        themes("Een", "Twee")
        judge, other = facilitator(), facilitator()
        draft = actions.begin_draft(by=judge)
        actions.move_theme(theme=on(draft, "Twee"), by=judge, place=1)
        version = agreed(draft, judge)
        actions.adopt_version(version=version, by=judge)
        erase_member(member=judge)
        version.refresh_from_db()
        assert (version.by, version.decided_by, version.state) == (None, None, "adopted")
        assert "Adopted on" in text_of(reading(other).get(version.get_absolute_url()))


class TestWords:
    def test_a_name_is_never_markdown(self) -> None:
        rows = [VersionedTheme(place=1, name="*A* [x](http://e.nl) #1 <b>", explanation="# Kop\n- een\n- twee")]
        html = render(as_markdown(rows, "nl"))
        assert "*A* [x](http://e.nl) #1 &lt;b&gt;" in html.replace('<a href="http://e.nl"', "")
        assert html.count("<ol>") == 1
        assert "<li>een</li>" in html

    @pytest.mark.parametrize(
        ("after", "moved"),
        [("abcd", ""), ("bacd", "b"), ("dabc", "d"), ("bcda", "a"), ("dcba", "dcb"), ("acbd", "c"), ("abd", "")],
    )
    def test_only_what_was_moved_is_said_to_be(self, after: str, moved: str) -> None:
        keys = {name: uuid4() for name in "abcd"}

        def made(names: str) -> list[VersionedTheme]:
            return [VersionedTheme(key=keys[it], name=it, place=at) for at, it in enumerate(names, start=1)]

        found = [it.name for it in changes(made("abcd"), made(after)) if it.kind == "moved"]
        assert len(found) == len(moved)
        assert {*found} == {*moved}


@pytest.mark.django_db(transaction=True)
def test_the_page_costs_the_same_at_any_size(django_assert_num_queries: Any) -> None:
    judge = facilitator()
    for theme in themes(*[f"Thema {number:02}" for number in range(12)]):
        BottleneckFactory.create_batch(5, theme=theme)
    BottleneckFactory.create_batch(5)
    draft = actions.begin_draft(by=judge)
    actions.move_theme(theme=on(draft, "Thema 03"), by=judge, place=1)
    actions.adopt_version(version=agreed(draft, judge), by=judge)
    propose(_changed(actions.begin_draft(by=judge), judge), judge)
    client = reading()
    client.get("/themes/")
    with django_assert_num_queries(6):  # who reads, three of each theme, their rows, those without, versions, the list
        page = client.get("/themes/")
    assert len([node for node in parse(page.text).all("li") if node.attributes.get("class") == "between"]) == 39


def _changed(draft: ThemeVersion, by: User) -> ThemeVersion:
    actions.move_theme(theme=on(draft, "Thema 05"), by=by, place=1)
    return draft


def test_hidden_bottlenecks_stand_under_no_theme() -> None:
    [theme] = themes("Een")
    hidden = BottleneckFactory(title="Verborgen", theme=theme)
    Subject.objects.filter(pk=hidden.subject_id).update(hidden_at=FRIDAY)
    closed = BottleneckFactory(title="Afgelopen", theme=theme)
    Subject.objects.filter(pk=closed.subject_id).update(closed_at=FRIDAY)
    page = reading().get("/themes/").text
    assert "Verborgen" not in page
    assert "Afgelopen" not in page
    assert "No open bottleneck stands under this theme." in page


@pytest.mark.django_db(transaction=True)
def test_two_facilitators_begin_at_once_and_there_is_one_draft() -> None:
    themes("Een")
    for _round in range(3):
        ThemeVersion.objects.draft().delete()
        drafts = run_together(*[partial(actions.begin_draft, by=facilitator()) for _each in range(3)])
        assert len({it.pk for it in drafts}) == 1, drafts
