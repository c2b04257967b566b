"""Spreadsheets as facilitators keep them become hubs and members. Spec 01, Import and export."""

from __future__ import annotations

from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from activity.models import Activity, Email
from community import actions
from community.imports import UnreadableFileError, as_date
from community.imports.hubs import import_hubs
from community.imports.members import import_members
from community.models import Hub, Membership, MemberTopic, Role, Topic, Unit, User
from tests.factories import HubFactory, UserFactory
from ui.errors import StaleForm

DATA = Path(__file__).parent.parent / "data"
pytestmark = pytest.mark.django_db


def csv_of(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "list.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_the_twelve_hubs_of_the_sample_come_in_completely():
    report = import_hubs(DATA / "kernen.csv")
    assert report.is_applied
    assert len(report.created) == 12
    oost = Hub.objects.get(name="Kern Oost")
    assert (oost.city, oost.state, oost.join_policy) == ("Arnhem", "active", "request")
    assert (oost.unit.name, oost.founded_on) == ("Oost-Nederland", date(2014, 7, 1))
    assert oost.tagline == "Proeftuin voor nieuwe organisatievormen"
    assert Hub.objects.get(name="Kern Bedrijfsvoering").tagline == "HR-analyse, financiën en inkoop in cijfers"
    assert Hub.objects.get(name="Kern Geo").state == "pilot"
    assert Hub.objects.get(name="Kern Noord").state == "forming"
    assert Hub.objects.get(name="Kern Inspectie & Toezicht").join_policy == "invitation"
    assert oost.subject.url == oost.get_absolute_url() == "/hubs/kern-oost/"
    assert Unit.objects.count() == 11  # two hubs share a unit


def test_the_same_hubs_again_change_nothing():
    import_hubs(DATA / "kernen.csv")
    ledger = Activity.objects.count()
    report = import_hubs(DATA / "kernen.csv")
    assert (report.created, report.updated, len(report.unchanged)) == ([], [], 12)
    assert Activity.objects.count() == ledger


def test_the_118_members_of_the_sample_come_in_completely():
    import_hubs(DATA / "kernen.csv")
    report = import_members(DATA / "leden.xlsx")
    assert report.errors == []
    assert len(report.created) == 118
    assert report.notes[0].text.endswith("stands here twice; it is one person.")
    assert len(report.notes) == 1
    assert report.table.header_row == 3
    sem = User.objects.get(email="sem.mulder@voorbeeld.example")
    assert (sem.name, sem.role, sem.city, sem.joined_on) == ("Sem Mulder", "data_analyst", "Utrecht", date(2019, 6, 5))
    assert sem.primary_hub is not None
    assert sem.primary_hub.name == "Kern Water & Bodem"
    assert [row.topic.label_nl for row in sem.member_topics.filter(kind="ask_me")] == [
        "dashboards",
        "datakwaliteit",
        "tijdreeksen",
    ]
    assert User.objects.get(email="olivier.kuipers@voorbeeld.example").joined_on == date(2020, 8, 18)
    adviser = User.objects.get(email="sanne.kuipers@voorbeeld.example")
    assert (adviser.role, adviser.role_other) == (Role.OTHER, "adviseur")
    assert Topic.objects.filter(label_nl__iexact="mlops").count() == 1


def test_imported_members_are_not_active_get_no_mail_and_count_nowhere():
    import_hubs(DATA / "kernen.csv")
    import_members(DATA / "leden.xlsx")
    assert User.objects.active().count() == 0
    assert Email.objects.count() == 0
    assert not any(user.has_usable_password() for user in User.objects.all())
    assert {row.member_count for row in Hub.objects.with_figures()} == {0}  # type: ignore[attr-defined]
    assert not Activity.objects.filter(verb="hub_joined").exists()


def test_the_same_members_again_change_nothing():
    import_hubs(DATA / "kernen.csv")
    import_members(DATA / "leden.xlsx")
    before = list(User.objects.order_by("pk").values_list("pk", "version", "handle"))
    figures = (Activity.objects.count(), Membership.objects.count(), MemberTopic.objects.count(), Topic.objects.count())
    report = import_members(DATA / "leden.xlsx")
    assert (report.created, report.updated, report.kept, len(report.unchanged)) == ([], [], [], 118)
    assert list(User.objects.order_by("pk").values_list("pk", "version", "handle")) == before
    assert figures == (
        Activity.objects.count(),
        Membership.objects.count(),
        MemberTopic.objects.count(),
        Topic.objects.count(),
    )


def test_a_file_with_bad_rows_changes_nothing_and_lists_all_seven():
    for name in ("Kern Geo", "Kern Mobiliteit"):
        HubFactory(name=name)
    report = import_members(DATA / "members_with_errors.csv")
    assert not report.is_applied
    assert User.objects.count() == 0
    assert [(bad.row, bad.column) for bad in report.errors] == [
        (3, "name"),
        (4, "email"),
        (5, "email"),
        (6, "hub"),
        (7, "email"),
        (8, "email"),
        (9, "name"),
    ]
    assert report.errors[3].reason == "There is no hub called “Kern Atlantis”."
    assert report.errors[4].reason == "good.person@voorbeeld.example belongs to Good Person already."
    assert all(bad.reason for bad in report.errors)


def test_the_command_prints_every_bad_row_and_fails():
    HubFactory(name="Kern Geo")
    out = StringIO()
    with pytest.raises(CommandError, match="Nothing was imported: 8 things to put right"):
        call_command("import_members", DATA / "members_with_errors.csv", stdout=out)
    assert "Row 6, column hub: There is no hub called “Kern Atlantis”." in out.getvalue()
    assert "Row 9, column name: A name cannot contain < or >." in out.getvalue()


def test_a_dry_run_shows_the_mapping_and_saves_nothing():
    out = StringIO()
    call_command("import_hubs", DATA / "kernen.csv", "--dry-run", stdout=out)
    assert Hub.objects.count() == 0
    assert "  Toetreding → Joining" in out.getvalue()
    assert "Would create: Kern Zee & Delta" in out.getvalue()
    assert "12 hubs would be created" in out.getvalue()


def test_what_a_member_changed_stays_and_is_listed(tmp_path):
    text = "Naam;E-mail;Plaats\nAnna de Wit;anna@voorbeeld.example;Delft\n"
    import_members(csv_of(tmp_path, text))
    anna = User.objects.get(email="anna@voorbeeld.example")
    actions.update_profile(member=anna, by=anna, version=anna.version, fields={"city": "Arnhem"})
    report = import_members(csv_of(tmp_path, text.replace("Delft", "Utrecht")))
    assert [(kept.row, kept.column, kept.what, kept.kept, kept.in_file) for kept in report.kept] == [
        (2, "Plaats", "Anna de Wit", "Arnhem", "Utrecht")
    ]
    anna.refresh_from_db()
    assert anna.city == "Arnhem"


def test_what_nobody_changed_follows_the_file(tmp_path):
    text = "Naam;E-mail;Plaats;Functie\nAnna de Wit;anna@voorbeeld.example;Delft;adviseur\n"
    import_members(csv_of(tmp_path, text))
    report = import_members(csv_of(tmp_path, text.replace("Delft", "Utrecht").replace("adviseur", "data engineer")))
    anna = User.objects.get(email="anna@voorbeeld.example")
    assert report.updated == ["Anna de Wit"]
    assert (anna.city, anna.role, anna.role_other) == ("Utrecht", "data_engineer", "")
    assert (
        import_members(csv_of(tmp_path, text.replace("Delft", "Utrecht").replace("adviseur", "data engineer"))).updated
        == []
    )


def test_a_member_who_signed_up_keeps_what_they_wrote(tmp_path):
    UserFactory(name="Anna W.", email="anna@voorbeeld.example", city="Delft")
    report = import_members(csv_of(tmp_path, "name,email,city\nAnna de Wit,ANNA@voorbeeld.example,Utrecht\n"))
    assert report.is_applied
    assert {(kept.column, kept.kept) for kept in report.kept} == {("name", "Anna W."), ("city", "Delft")}


def test_an_imported_member_under_another_name_is_an_error(tmp_path):
    import_members(csv_of(tmp_path, "name,email\nAnna de Wit,anna@voorbeeld.example\n"))
    report = import_members(csv_of(tmp_path, "name,email\nBert Bos,anna@voorbeeld.example\n"))
    assert [bad.reason for bad in report.errors] == ["anna@voorbeeld.example belongs to Anna de Wit already."]


def test_a_hub_that_somebody_left_is_not_joined_again(tmp_path):
    hub = HubFactory(name="Kern Geo")
    path = csv_of(tmp_path, "name,email,hub\nAnna de Wit,anna@voorbeeld.example,kern  geo\n")
    import_members(path)
    anna = User.objects.get(email="anna@voorbeeld.example")
    actions.leave_hub(hub=hub, by=anna)
    report = import_members(path)
    assert [kept.in_file for kept in report.kept] == ["Kern Geo"]
    assert not Membership.objects.current().exists()


def test_a_profile_saved_while_the_list_is_read_is_not_overwritten(tmp_path):
    import_members(csv_of(tmp_path, "naam;e-mail;plaats\nAnna Berg;anna@voorbeeld.example;Utrecht\n"))
    read_before = User.objects.get()
    actions.update_profile(member=read_before, by=read_before, version=read_before.version, fields={"city": "Breda"})
    with pytest.raises(StaleForm):
        actions.update_imported_member(
            member=read_before, fields={"city": "Delft"}, topics={}, hubs=[], imported={"city": "Delft"}
        )
    assert User.objects.get().city == "Breda"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_any_delimiter_and_encoding_is_read(tmp_path, encoding, delimiter):
    lines = [["Plaats", "Kern"], ["Fryslân", "Kern Één"]]
    path = csv_of(tmp_path, "\r\n".join(delimiter.join(line) for line in lines), encoding)
    assert import_hubs(path).created == ["Kern Één"]
    assert Hub.objects.get().city == "Fryslân"


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("18-08-2020", date(2020, 8, 18)),
        ("2020-08-18", date(2020, 8, 18)),
        (date(2020, 8, 18), date(2020, 8, 18)),
        (2019.0, date(2019, 1, 1)),
        ("2100", date(2100, 1, 1)),
        (44061.0, date(2020, 8, 18)),
        ("", None),
    ],
)
def test_a_day_is_read_however_it_is_written(cell, day):
    assert as_date(cell) == day


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "The file is empty."),
        (b"a,b\n1,2\n", "No row names the columns of this import."),
        (b"PK\x03\x04nonsense", "This is not a spreadsheet that can be read."),
        (b"\x00\x01\x02binary", "This is neither a spreadsheet nor a text file"),
    ],
)
def test_a_file_that_holds_no_table_is_refused_in_words(tmp_path, content, reason):
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=reason):
        import_members(path)


def test_a_formula_instead_of_a_name_is_an_error(tmp_path):
    report = import_members(csv_of(tmp_path, 'name,email\n"=1+1",a@voorbeeld.example\n'))
    assert [bad.reason for bad in report.errors] == ["A name cannot start with “=”: that is a formula."]


@pytest.mark.parametrize("day", ["01-01-0001", "31-12-1899", "31-12-9999", "2958465"])
def test_a_day_out_of_range_is_an_error_that_names_the_range(tmp_path, day):
    report = import_hubs(csv_of(tmp_path, f"Kern;Opgericht op\nKern Ver;{day}\n"))
    assert [bad.reason for bad in report.errors] == ["Choose a day from 1 January 1900 to 31 December 2100."]
    assert not Hub.objects.exists()


def test_more_topics_than_a_page_holds_are_an_error_of_the_row(tmp_path):
    topics = ",".join(f"topic {number}" for number in range(31))
    report = import_hubs(csv_of(tmp_path, f"Kern;Onderwerpen\nKern Vol;{topics}\n"))
    assert [bad.reason for bad in report.errors] == ["Here are 31 parts; 30 is the most."]
    assert not Topic.objects.exists()
