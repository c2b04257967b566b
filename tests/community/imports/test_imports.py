"""Spreadsheets as facilitators keep them become hubs and members. Spec 01, Import and export."""

from __future__ import annotations

from datetime import date
from functools import partial
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activity.models import Activity, Email
from community.hubs import actions as hubs_actions
from community.imports import CellError, Report, UnreadableFileError, as_date, as_email, as_full_name
from community.imports.hubs import import_hubs
from community.imports.members import import_members
from community.models import Hub, Membership, MemberTopic, Role, Topic, Unit, User
from community.people import actions as people_actions
from tests.factories import HubFactory, UserFactory
from tests.races import run_together

DATA = Path(__file__).parents[2] / "data"
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
    people_actions.update_profile(member=anna, by=anna, version=anna.version, fields={"city": "Arnhem"})
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
    hubs_actions.leave_hub(hub=hub, by=anna)
    report = import_members(path)
    assert [kept.in_file for kept in report.kept] == ["Kern Geo"]
    assert not Membership.objects.current().exists()


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


# --- Lists as they are exported
@pytest.mark.parametrize(
    "header",
    ["Kern", "Naam", "Hub name", "Name of hub", "Name of the hub", "Naam kern", "Naam van de kern", "Kernnaam"],
)
def test_a_header_is_known_with_and_without_the_word_for_what_a_row_is(tmp_path, header):
    assert import_hubs(csv_of(tmp_path, f"{header};Plaats kern\nKern Geo;Delft\n")).created == ["Kern Geo"]
    assert Hub.objects.get().city == "Delft"


@pytest.mark.parametrize(
    ("name", "email", "hub"),
    [
        ("Naam medewerker", "E-mailadres medewerker", "Naam kern"),
        ("Name of employee", "Work e-mail", "Hub name"),
        ("Medewerkersnaam", "Zakelijk e-mailadres", "Kernnaam"),
        ("Lid", "Emailadres (werk)", "Kern"),
    ],
)
def test_a_personnel_list_may_name_its_columns_in_its_own_way(tmp_path, name, email, hub):
    HubFactory(name="Kern Geo")
    report = import_members(csv_of(tmp_path, f"{name};{email};{hub}\nAnna Bos;anna@voorbeeld.example;Kern Geo\n"))
    assert report.created == ["Anna Bos <anna@voorbeeld.example>"]
    assert Membership.objects.get().hub.name == "Kern Geo"


@pytest.mark.parametrize("infix", ["Tussenvoegsel", "Tussenvoegsels", "Voorvoegsel", "Infix"])
def test_a_name_in_three_columns_is_one_name_and_the_preview_says_so(tmp_path, infix):
    rows = [f"Achternaam;{infix};Voornaam;E-mail", "Berg;van den;Anna;a@voorbeeld.example"]
    text = "\n".join([*rows, "Bos;;A. (Bert);b@voorbeeld.example"])
    path = csv_of(tmp_path, text)
    out = StringIO()
    call_command("import_members", path, "--dry-run", stdout=out)
    assert "Read, row 2, Achternaam: “Anna | van den | Berg” as “Anna van den Berg” (and 1 more" in out.getvalue()
    assert "Would create: Bert Bos <b@voorbeeld.example>" in out.getvalue()
    import_members(path)
    assert list(User.objects.order_by("pk").values_list("name", flat=True)) == ["Anna van den Berg", "Bert Bos"]
    assert len(import_members(path).unchanged) == 2


def test_a_last_name_may_stand_under_name_beside_a_first_name(tmp_path):
    text = (
        "Naam;Voorvoegsel;Voornaam;E-mail\nBerg;van den;Anna;a@voorbeeld.example\nBert Bos;;Bert;b@voorbeeld.example\n"
    )
    report = import_members(csv_of(tmp_path, text))
    assert [created.partition(" <")[0] for created in report.created] == ["Anna van den Berg", "Bert Bos"]


@pytest.mark.parametrize(
    "cell",
    [
        *("Berg, Anna van den", "Berg van den, Anna", "van den Berg, Anna", "Berg, van den, Anna"),
        *("Berg, A. (Anna) van den", "van den Berg, A.B. (Anna)", "  Anna  van den Berg ;", "Berg,Anna van den;"),
    ],
)
def test_a_name_with_the_last_name_first_is_understood(cell):
    assert as_full_name(cell) == "Anna van den Berg"


@pytest.mark.parametrize("cell", ["Anna Berg, MSc", "Berg, Anna, Bert", "Bos, Jr.", "Berg, , Anna"])
def test_a_name_that_can_be_read_in_more_ways_says_how_to_write_it(cell):
    with pytest.raises(CellError, match="Write the name as Anna van den Berg"):
        as_full_name(cell)


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "Anna van den Berg <Anna@voorbeeld.example>",
            '"Berg, Anna" <anna@voorbeeld.example>',
            "<anna@voorbeeld.example>",
        ),
        *("mailto:anna@voorbeeld.example", "mailto:anna@voorbeeld.example?subject=Hoi", "anna@voorbeeld.example;"),
        "\u202aanna@voorbeeld.example\u202c",
    ],
)
def test_an_address_is_understood_as_mail_programs_write_it(cell):
    assert as_email(cell) == "anna@voorbeeld.example"


def test_two_addresses_in_one_cell_are_an_error():
    with pytest.raises(CellError, match="more than one e-mail address"):
        as_email("a@voorbeeld.example; b@voorbeeld.example")


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        *(("4 maart 2021", date(2021, 3, 4)), ("4-mrt-2021", date(2021, 3, 4)), ("4 mrt. 2021", date(2021, 3, 4))),
        *(("mrt-21", date(2021, 3, 1)), ("March 2021", date(2021, 3, 1)), ("maart 2021", date(2021, 3, 1))),
        *(("March 4, 2021", date(2021, 3, 4)), ("4th of March 2021", date(2021, 3, 4)), ("03-2021", date(2021, 3, 1))),
        *(("do 4 maart 2021", date(2021, 3, 4)), ("4-mrt-21", date(2021, 3, 4)), ("okt '19", date(2019, 10, 1))),
        *(("1 MEI 2019", date(2019, 5, 1)), ("31 Dec 1998", date(1998, 12, 31)), ("2021-03", date(2021, 3, 1))),
    ],
)
def test_a_day_is_understood_with_its_month_in_letters(cell, day):
    assert as_date(cell) == day


@pytest.mark.parametrize("cell", ["21 maart", "maart", "4 maart 20213", "31 februari 2021", "4 mrt 21 0", "1 mei 1066"])
def test_a_day_that_is_not_plain_says_how_to_write_it(cell):
    with pytest.raises(CellError, match="Write it as 18-08-2020"):
        as_date(cell)


def test_the_preview_shows_once_for_each_column_how_cells_were_read(tmp_path):
    text = "naam;e-mail;lid sinds\n" + "".join(
        f'"Bos, Lid {word}";Lid <lid-{word}@voorbeeld.example>;mrt-21\n' for word in ("een", "twee", "drie")
    )
    out = StringIO()
    call_command("import_members", csv_of(tmp_path, text), "--dry-run", stdout=out)
    assert "Read, row 2, naam: “Bos, Lid een” as “Lid een Bos” (and 2 more in this column)" in out.getvalue()
    assert "e-mail: “Lid <lid-een@voorbeeld.example>” as “lid-een@voorbeeld.example” (and 2 more" in out.getvalue()
    assert "lid sinds: “mrt-21” as “01-03-2021” (and 2 more" in out.getvalue()


def test_a_nul_is_told_with_its_row_and_column_and_nothing_is_saved(tmp_path):
    HubFactory(name="Kern Geo")
    members = "naam;e-mail;kern;plaats;kan\n" + "".join(
        ";".join("x\0" if place == broken else cell for place, cell in enumerate(cells)) + "\n"
        for broken, cells in enumerate([["Anna", "a@voorbeeld.example", "Kern Geo", "Delft", "R"]] * 5)
    )
    report = import_members(csv_of(tmp_path, members))
    assert [(bad.row, bad.column) for bad in report.errors] == [
        *((2, "naam"), (3, "e-mail"), (4, "kern"), (5, "plaats"), (6, "kan")),
    ]
    assert all("NUL" in bad.reason for bad in report.errors)
    assert not User.objects.exists()
    hubs = "kern;afdeling;onderwerpen;omschrijving\nA;x\0;R;x\nB;x;R\0;x\nC;x;R;x\0\nD\0;x;R;x\n"
    report = import_hubs(csv_of(tmp_path, hubs))
    columns = ["afdeling", "onderwerpen", "omschrijving", "kern"]
    assert [(bad.row, bad.column) for bad in report.errors] == list(enumerate(columns, start=2))


def test_a_list_in_utf_16_as_excel_calls_unicode_text_is_read(tmp_path):
    assert import_hubs(csv_of(tmp_path, "Kern\tPlaats\r\nKern Één\tFryslân\r\n", "utf-16")).created == ["Kern Één"]


# --- Very long lists
def long_list(folder: Path, rows: int, city: str = "Delft") -> Path:
    """So many members, many of one name, of ten hubs, with topics and units that come back."""
    lines = ["naam;e-mail;kern;afdeling;plaats;kan;vraag mij over;lid sinds"]
    lines += [
        f"Jan Jansen {'abc'[n % 3]};lid{n}@voorbeeld.example;Kern {n % 10};Afdeling {n % 40};{city};R, topic {n % 50};"
        f"topic {n % 7};01-03-2021"
        for n in range(rows)
    ]
    return csv_of(folder, "\n".join(lines))


def statements(path: Path) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert import_members(path).errors == []
    return len(captured)


def test_a_long_list_costs_statements_by_thousands_and_not_by_rows(tmp_path):
    for n in range(10):
        HubFactory(name=f"Kern {n}")
    new, again, changed = [], [], []
    for rows in (200, 2_000):
        new.append(statements(long_list(tmp_path, rows)))
        again.append(statements(long_list(tmp_path, rows)))
        changed.append(statements(long_list(tmp_path, rows, city="Breda")))
        User.objects.all().delete()
    for few, many in (new, again, changed):
        assert many - few <= 20, (new, again, changed)
    assert max(new[0], again[0], changed[0]) < 60


def test_everybody_in_a_long_list_comes_in_completely(tmp_path):
    hubs = [HubFactory(name=f"Kern {n}") for n in range(10)]
    taken = UserFactory(handle="jan-jansen-a")
    people_actions.update_profile(member=taken, by=taken, version=1, fields={"handle": "somebody"})
    UserFactory(handle="Jan-Jansen-A-2".lower())
    report = import_members(long_list(tmp_path, 600))
    assert (len(report.created), len(report.new_units), len(report.new_topics)) == (600, 40, 51)
    imported = User.objects.filter(activated_at=None)
    handles = list(imported.values_list("handle", flat=True))
    assert len({handle.lower() for handle in handles}) == 600
    assert not {"jan-jansen-a", "jan-jansen-a-2"} & set(handles)
    assert {"jan-jansen-a-3", "jan-jansen-a-202", "jan-jansen-b", "jan-jansen-b-200"} <= set(handles)
    assert Membership.objects.filter(hub=hubs[3]).count() == 60
    assert set(imported.values_list("primary_hub__name", flat=True)) == {hub.name for hub in hubs}
    assert MemberTopic.objects.count() == 600 * 3
    assert {row.started_at.date() for row in Membership.objects.all()} == {date(2021, 2, 28)}  # midnight in Amsterdam
    assert Activity.objects.filter(verb="members_imported").count() == 1


def test_a_topic_that_a_list_no_longer_names_goes_and_one_that_stays_keeps_its_day(tmp_path):
    text = "naam;e-mail;kan\nAnna Bos;anna@voorbeeld.example;R, SQL\n"
    import_members(csv_of(tmp_path, text))
    MemberTopic.objects.update(confirmed_on=date(2020, 1, 1))
    import_members(csv_of(tmp_path, text.replace("SQL", "Julia")))
    rows = MemberTopic.objects.order_by("topic__label_nl").values_list("topic__label_nl", "confirmed_on")
    assert [(label, day == date(2020, 1, 1)) for label, day in rows] == [("Julia", False), ("R", True)]


@pytest.mark.django_db(transaction=True)
def test_a_profile_saved_while_a_list_is_imported_stops_neither(tmp_path):
    """Both name the same new unit and topics, and change the same member: neither waits for ever, nothing is lost."""
    names = ["anna", "bert", "carla"]

    def write(word: str) -> Path:
        rows = [f"Lid {name};{name}@voorbeeld.example;{word};{word};{word}" for name in [*names, word]]
        return csv_of(tmp_path, "\n".join(["naam;e-mail;afdeling;plaats;kan", *rows]))

    import_members(write("nul"))
    User.objects.update(activated_at=timezone.now())
    for word in ("een", "twee", "drie", "vier", "vijf", "zes"):
        path, client = write(word), Client()
        bert = User.objects.get(email="bert@voorbeeld.example")
        client.force_login(bert)
        data = {
            "name": f"Bert {word}",
            "handle": f"bert-{word}",
            "unit_name": word,
            "new_can_do": word,
            "city": "Breda",
        }
        data |= {"role": "data_engineer", "bio_language": "nl", "language": "nl", "time_zone": "Europe/Amsterdam"}
        data["version"] = str(bert.version)
        report, answer = run_together(partial(import_members, path), partial(client.post, "/me/profile/", data))
        assert isinstance(report, Report), report
        assert report.errors == []
        assert getattr(answer, "status_code", answer) in {302, 422}  # 422: the list came first, both texts are shown
        assert User.objects.get(email="anna@voorbeeld.example").city == word
