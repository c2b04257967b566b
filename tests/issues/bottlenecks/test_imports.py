"""The list of 2018 as a facilitator keeps it becomes bottlenecks. Spec 01, Import and export."""

from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from activity.models import Activity, Reader
from community.imports import CellError
from community.imports.hubs import import_hubs
from issues.bottlenecks.imports import as_hours, import_bottlenecks
from issues.models import Bottleneck, Theme, Vote
from tests.factories import HubFactory

DATA = Path(__file__).parents[2] / "data"
LIST = DATA / "knelpunten_2018.xlsx"
pytestmark = pytest.mark.django_db


def csv_of(folder: Path, *lines: str) -> Path:
    path = folder / "lijst.csv"
    path.write_text("\n".join(("nr;knelpunt;toelichting;thema;kern;stickers;uren per maand", *lines)), encoding="utf-8")
    return path


def test_the_list_of_2018_comes_in_completely_and_no_sticker_becomes_a_vote():
    import_hubs(DATA / "kernen.csv")
    report = import_bottlenecks(LIST)

    assert (len(report.created), report.errors, report.is_applied) == (46, [], True)
    assert list(Theme.objects.values_list("name", flat=True)) == [
        *("ICT en werkplek", "Data en toegang", "HR en loopbaan", "Opdrachtenstroom", "Kennisdeling"),
        *("ICT-architectuur", "Leiding en sturing"),
    ]
    first = Bottleneck.objects.get(origin_number=1)
    assert (first.title, first.origin) == ("Geen beheerrechten op de werkplek", "Ochtend kernvertegenwoordigers")
    assert (first.attribution, first.author, first.language) == ("imported", None, "nl")
    assert (first.dots, first.noted_hours, first.theme.name) == (3, Decimal("11.0"), "ICT en werkplek")
    assert {hub.name for hub in first.hubs.all()} == {
        *("Kern Mobiliteit", "Kern Assetmanagement", "Kern Bedrijfsvoering", "Kern Oost"),
    }
    assert first.subject.hubs.count() == 4
    assert first.subject.url == f"/bottlenecks/{first.pk}-geen-beheerrechten-op-de-werkplek/"
    assert Bottleneck.objects.get(origin_number=2).noted_hours is None  # "?"
    assert Bottleneck.objects.get(origin_number=8).noted_hours is None  # empty
    assert (Vote.objects.count(), Bottleneck.objects.exclude(member_count=0).count()) == (0, 0)
    entry = Activity.objects.get(verb="bottlenecks_imported")
    assert (entry.readers, entry.data["created"]) == (Reader.FACILITATORS, 46)


def test_the_same_file_again_changes_nothing():
    import_hubs(DATA / "kernen.csv")
    import_bottlenecks(LIST)
    before = list(Bottleneck.objects.order_by("pk").values())
    entries = Activity.objects.count()
    report = import_bottlenecks(LIST)
    assert (len(report.unchanged), report.created, report.updated, report.kept) == (46, [], [], [])
    assert list(Bottleneck.objects.order_by("pk").values()) == before
    assert Activity.objects.count() == entries


def test_a_preview_saves_nothing_and_shows_what_would_happen():
    import_hubs(DATA / "kernen.csv")
    call_command("import_bottlenecks", LIST, "--dry-run", stdout=(out := StringIO()))
    assert "New themes: ICT en werkplek, Data en toegang" in out.getvalue()
    assert "46 bottlenecks would be created" in out.getvalue()
    assert not Bottleneck.objects.exists()
    assert not Theme.objects.exists()


def test_bad_rows_are_all_listed_and_nothing_is_saved(tmp_path: Path):
    HubFactory(name="Kern Oost")
    path = csv_of(
        tmp_path,
        "1;Goed;x;ICT;Kern Oost;3;4",
        "2;;x;ICT;Kern Oost;3;4",
        "2;Weer nummer twee;x;ICT;Kern Oost;3;4",
        "4;Onbekende kern;x;ICT;Kern Oost / Kern West;3;4",
        "5;Te veel;x;ICT;Kern Oost;3;90",
        "6;Geen getal;x;ICT;Kern Oost;veel;heel veel",
    )
    with pytest.raises(CommandError, match="6 things to put right"):
        call_command("import_bottlenecks", path, stdout=(out := StringIO()))
    told = out.getvalue()
    assert "Row 3, column knelpunt: The bottleneck itself is missing." in told
    assert "Row 4, column nr: This stands above already." in told
    assert "Row 5, column kern: There is no hub called “Kern West”." in told
    assert "Row 6, column uren per maand: “90” is not between" in told
    assert told.count("Row 7, ") == 2
    assert not Bottleneck.objects.exists()
    assert not Theme.objects.exists()


def test_a_changed_row_is_updated_and_what_was_changed_here_since_stays(tmp_path: Path):
    hub = HubFactory(name="Kern Oost")
    import_bottlenecks(csv_of(tmp_path, "1;Een;oud;ICT;Kern Oost;3;4", "2;Twee;oud;ICT;Kern Oost;3;4"))
    Bottleneck.objects.filter(origin_number=2).update(situation="changed here")
    report = import_bottlenecks(csv_of(tmp_path, "1;Een nu;nieuw;HR;;5;4", "2;Twee;nieuw;ICT;Kern Oost;3;4"))

    one, two = Bottleneck.objects.order_by("origin_number")
    assert (one.title, one.situation, one.theme.name, one.dots, one.version) == ("Een nu", "nieuw", "HR", 5, 2)
    assert list(one.hubs.all()) == [hub]  # an empty cell says nothing
    assert one.subject.title == "Een nu"
    assert one.subject.url == one.get_absolute_url()
    assert two.situation == "changed here"
    assert [(kept.row, kept.kept, kept.in_file) for kept in report.kept] == [(3, "changed here", "nieuw")]
    assert (report.updated, report.unchanged) == (["Een nu"], ["Twee"])


def test_without_a_number_the_title_is_the_key_and_without_a_sheet_the_file_is_the_origin(tmp_path: Path):
    import_bottlenecks(csv_of(tmp_path, ";Een knelpunt;oud;;;;"))
    report = import_bottlenecks(csv_of(tmp_path, ";een  KNELPUNT;nieuw;;;;"))
    assert (len(report.created), len(report.updated)) == (0, 1)
    assert Bottleneck.objects.get().origin == "lijst"


@pytest.mark.parametrize(
    ("cell", "hours"),
    [
        ("10 à 12", "11"),
        ("10-12", "11"),
        ("2 tot 2,5", "2.3"),
        ("?", None),
        ("", None),
        (2.0, "2"),
        ("2,5", "2.5"),
        (0.5, "0.5"),
    ],
)
def test_hours_are_read_as_people_note_them(cell: object, hours: str | None):
    assert as_hours(cell) == (Decimal(hours) if hours else None)


@pytest.mark.parametrize("cell", ["veel", 0, 0.2, 81, "10 à 200", "nan"])
def test_hours_that_make_no_sense_are_refused(cell: object):
    with pytest.raises(CellError):
        as_hours(cell)
