"""Filing what came up together, in one go. Spec 02, Filing."""

from __future__ import annotations

import io
import re
import uuid
import zipfile
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.utils import timezone

from activity.models import Activity, Audience, SubjectLink
from community.imports import UnreadableFileError, read_upload
from community.models import User
from events.models import Session, SessionState
from issues.bottlenecks.imports import COLUMNS
from issues.bottlenecks.selectors import author_of, most_alike
from issues.bulk import selectors
from issues.bulk.actions import Wanted, file_in_bulk
from issues.bulk.reading import MOST_LINES, pasted_lines
from issues.bulk.selectors import most_alike_each
from issues.models import Bottleneck, Vote
from issues.ties import FILED_AT
from tests.factories import (
    BottleneckFactory,
    HubFactory,
    SessionFactory,
    ThemeFactory,
    UserFactory,
    facilitator,
    member_of,
    representative_of,
)
from ui.errors import RuleBroken
from ui.kept import kept_figures

pytestmark = pytest.mark.django_db
BULK = "/bottlenecks/bulk/"

#: What Excel itself writes, as small as it gets.
PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship'
    ' Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"'
    ' Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    '<sheet name="Sheet1" sheetId="1" r:id="s1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="s1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"'
    ' Target="worksheets/sheet1.xml"/></Relationships>',
}


def workbook(rows: str) -> bytes:
    """An .xlsx of one sheet with these rows, as XML."""
    sheet = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**PARTS, "xl/worksheets/sheet1.xml": f"{sheet}{rows}</sheetData></worksheet>"}.items():
            archive.writestr(name, text)
    return written.getvalue()


def sheet(*rows: tuple[str, ...]) -> bytes:
    """An .xlsx with these texts."""

    def cell(column: int, row: int, text: str) -> str:
        return f'<c r="{"ABC"[column]}{row}" t="inlineStr"><is><t>{text}</t></is></c>'

    return workbook(
        "".join(
            f'<row r="{number}">{"".join(cell(place, number, text) for place, text in enumerate(row))}</row>'
            for number, row in enumerate(rows, start=1)
        )
    )


def begun(**fields: Any) -> Session:
    """A session that began an hour ago."""
    session: Session = SessionFactory(**{"starts_at": timezone.now() - timedelta(hours=1), **fields})
    return session


@pytest.fixture
def ria() -> User:
    member: User = representative_of(HubFactory(name="Kern Oost", slug="kern-oost"), name="Ria")
    return member


@pytest.fixture
def session(ria: User) -> Session:
    return begun(title="Morning of ideas", hub=ria.primary_hub)


@pytest.fixture
def writing(client: Client, ria: User) -> Client:
    client.force_login(ria)
    return client


def look(client: Client, session: Session | None = None, **fields: Any) -> Any:
    """Send the first page."""
    return client.post(BULK, {"language": "en", **({"at": session.subject_id} if session else {}), **fields})


def sent(*lines: dict[str, Any], session: Session | None = None, **fields: Any) -> dict[str, Any]:
    """What the second page sends."""
    body = {"number": len(lines), "language": "en", "creation_key": uuid.uuid4(), **fields}
    for nth, line in enumerate(lines, start=1):
        body |= {f"line-{nth}-{name}": value for name, value in {"situation": "", "what": "new", **line}.items()}
    return body | ({"at": session.subject_id} if session else {})


def places_of(bottleneck: Bottleneck) -> list[int]:
    links = SubjectLink.objects.filter(from_subject=bottleneck.subject, kind=FILED_AT.key)
    return list(links.values_list("to_subject", flat=True))


def titles() -> set[str]:
    return set(Bottleneck.objects.values_list("title", flat=True))


def assert_figures_agree() -> None:
    assert [wrong for figures in kept_figures for wrong in figures.differences()] == []


# --- What is read -----------------------------------------------------------------------------------------------------
def test_marks_of_a_list_fall_away_and_what_only_looks_like_one_stays() -> None:
    pasted = (
        "- Data waits\n* No\ttests\n\n1. Slow laptops\r\n  2) Nobody answers\n• Rooms\n---\n3 weeks for a key\n-5 °C"
    )
    assert [line.title for line in pasted_lines(pasted)] == [
        *("Data waits", "No tests", "Slow laptops", "Nobody answers", "Rooms", "3 weeks for a key", "-5 °C"),
    ]


def test_from_a_paste_to_bottlenecks_at_the_session(writing: Client, ria: User, session: Session) -> None:
    page = look(writing, session, lines="1. Data waits\n2. No tests\n3. data  WAITS", hubs="kern-oost")
    assert page.status_code == 200
    assert not Bottleneck.objects.exists()
    assert "1 line said the same as another" in page.text
    assert [line["title"].value() for line in page.context["lines"]] == ["Data waits", "No tests"]
    done = writing.post(
        BULK,
        sent({"title": "Data waits", "situation": "Months"}, {"title": "No tests"}, session=session, hubs="kern-oost"),
        follow=True,
    )
    assert done.redirect_chain[-1][0] == session.get_absolute_url()
    assert "2 filed, 0 linked, 0 left out." in done.text
    assert titles() == {"Data waits", "No tests"}
    for row in Bottleneck.objects.select_related("author"):
        assert (row.author, row.attribution, row.member_count) == (None, "imported", 0)
        assert places_of(row) == [session.subject_id]
        assert [hub.pk for hub in row.hubs.all()] == [ria.primary_hub.pk]
        assert author_of(row, ria).name == "members together"
        entry = Activity.objects.get(subject=row.subject)
        assert (entry.verb, entry.actor, entry.other) == ("bottleneck_brought_in", ria, session.subject)
        shown = writing.get(row.subject.url).text
        assert "Filed at" in shown
        assert "members together" in shown
        assert "Ria</strong> wrote this down for others" in shown
    assert Bottleneck.objects.get(title="Data waits").situation == "Months"
    told = Activity.objects.get(subject=session.subject, verb="bottlenecks_brought_in")
    assert (told.actor, told.data["filed"], told.data["linked"]) == (ria, 2, 0)
    assert not Vote.objects.exists()
    assert_figures_agree()


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_spreadsheet_is_read_with_situation_and_theme(writing: Client, session: Session, kind: str) -> None:
    theme = ThemeFactory(name="Data en toegang")
    rows = [("Titel", "Situatie", "Thema"), ("Data waits", "Months", "data en TOEGANG"), ("No tests", "", "")]
    content = sheet(*rows) if kind == "xlsx" else "\n".join(";".join(row) for row in rows).encode()
    page = look(writing, session, lines="Rooms", file=SimpleUploadedFile(f"list.{kind}", content))
    assert page.status_code == 200
    found = [[line[name].value() for name in ("title", "situation", "theme")] for line in page.context["lines"]]
    assert found == [["Rooms", "", ""], ["Data waits", "Months", theme.slug], ["No tests", "", ""]]
    assert theme.name in page.text
    writing.post(BULK, sent({"title": "Data waits", "theme": theme.slug}, {"title": "Rooms"}, session=session))
    assert dict(Bottleneck.objects.values_list("title", "theme")) == {"Data waits": theme.pk, "Rooms": None}


def test_what_holds_for_all_is_kept_and_a_line_with_a_theme_of_its_own_keeps_that(
    writing: Client, session: Session
) -> None:
    own, of_all = ThemeFactory(), ThemeFactory()
    page = look(writing, session, lines="Data waits", theme=of_all.pk, hubs="kern-oost", language="nl")
    form = page.context["form"]
    assert (form["theme"].value(), form["language"].value()) == (of_all.pk, "nl")
    assert 'value="kern-oost"' in page.text
    lines = [{"title": "Data waits", "theme": own.slug}, {"title": "No tests"}]
    writing.post(BULK, sent(*lines, session=session, theme=of_all.pk, language="nl"))
    assert dict(Bottleneck.objects.values_list("title", "theme")) == {"Data waits": own.pk, "No tests": of_all.pk}
    assert set(Bottleneck.objects.values_list("language", "subject__language")) == {("nl", "nl")}


def test_the_hub_of_the_session_is_chosen_beforehand(writing: Client, session: Session) -> None:
    page = writing.get(f"{BULK}?at={session.subject_id}")
    assert page.status_code == 200
    assert [hub.name for hub in page.context["form"]["hubs"].value()] == ["Kern Oost"]
    assert "Morning of ideas" in page.text


TOO_MANY = "\n".join(f"line number {nth}" for nth in range(MOST_LINES + 1))
WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "nothing": ({"lines": " \n - \n"}, "lines", "Paste at least one line, or choose a file."),
    "too many lines": ({"lines": TOO_MANY}, "lines", "These are 101 lines; 100 at once is the most."),
    "too long a line": ({"lines": f"Fine\n- {'x' * 161}"}, "lines", "Line 2 is 161 characters long; 160 is the most."),
    "no hub": ({"lines": "x", "hubs_typed": "Kern Nergens"}, "hubs", "There is no hub called “Kern Nergens”."),
}
FILES: dict[str, tuple[bytes, str]] = {
    "no spreadsheet": (b"%PDF-1.7\n\x00\x01", "neither a spreadsheet nor a text file"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "neither a spreadsheet nor a text file"),
    "an old file": (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "Save it as one of these first"),
    "a damaged one": (sheet(("title",), ("x",))[:-40], "not a spreadsheet that can be read"),
    "no column": (b"Name;City\nx;y\n", "Missing: “Bottleneck”."),
    "too many rows": (f"title\n{TOO_MANY}".encode(), "These are 101 lines; 100 at once is the most."),
    "too large": (b"title\n" + b"x" * 500_000, "larger than 500 kB"),
    "a formula": (b'title;situation\nFine;x\n"=HYPERLINK(1)";x\n', "Row 3: A text cannot start with “=”"),
    "a formula behind it": (b"title;situation\nFine;=1+1\n", "Row 2: A text cannot start with “=”"),
    "too long a title": (f"title\n{'x' * 161}\n".encode(), "Row 2: This is 161 characters long"),
    "no title": (b"title;situation\n;x\n", "Row 2: The bottleneck itself is missing."),
    "no such theme": (b"title;theme\nx;Weather\n", "Row 2: There is no theme called “Weather”."),
    "cells far away": (
        workbook(
            '<row r="1"><c r="A1" t="inlineStr"><is><t>title</t></is></c></row>'
            '<row r="1048576"><c r="XFD1048576"/></row>'
        ),
        "too large",
    ),
    "a row far away": (
        workbook('<row r="1"><c><v>1</v></c></row><row r="900000"><c><v>1</v></c></row>'),
        "too large",
    ),
    "what unpacks to far more": (workbook(f'<row r="1">{" " * 21_000_000}</row>'), "too large"),
}


@pytest.mark.parametrize(("fields", "name", "error"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(
    writing: Client, session: Session, fields: dict[str, Any], name: str, error: str
) -> None:
    page = look(writing, session, **fields)
    assert page.status_code == 422
    assert error in str(page.context["form"].errors[name])
    assert page.context["form"]["lines"].value() == fields["lines"]
    assert f'name="at" value="{session.subject_id}"' in page.text


@pytest.mark.parametrize(("content", "error"), FILES.values(), ids=FILES)
def test_a_file_that_cannot_be_used_says_why_at_its_field(
    writing: Client, session: Session, content: bytes, error: str
) -> None:
    page = look(writing, session, lines="Typed", file=SimpleUploadedFile("list.xlsx", content))
    assert page.status_code == 422
    assert error in str(page.context["form"].errors["file"])
    assert "Typed" in page.text
    assert not Bottleneck.objects.exists()


def test_all_bad_rows_are_listed(writing: Client, session: Session) -> None:
    content = f"title;theme\n{'x' * 161};\nFine;\n=1;Weather\n".encode()
    page = look(writing, session, file=SimpleUploadedFile("list.csv", content))
    assert re.findall(r"Row \d", str(page.context["form"].errors["file"])) == ["Row 2", "Row 4"]


def test_a_good_file_beside_a_bad_paste_has_to_be_chosen_again(writing: Client, session: Session) -> None:
    file = SimpleUploadedFile("list.csv", b"title\nx\n")
    page = look(writing, session, lines="x" * 161, file=file)
    assert "Choose the file again" in str(page.context["form"].errors["file"])


def test_other_archives_are_no_workbooks() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("content.xml", "x")
    with pytest.raises(UnreadableFileError, match="Save it as one of these"):
        read_upload(written.getvalue(), COLUMNS)


# --- What they may be -------------------------------------------------------------------------------------------------
def test_each_line_has_what_is_like_it(writing: Client, session: Session) -> None:
    alike = BottleneckFactory(title="Access to source data takes months")
    main, merged = BottleneckFactory(title="Laptops"), BottleneckFactory(title="Our computers are slow every day")
    merged.subject.merged_into = main.subject
    merged.subject.save()
    BottleneckFactory(title="Our computers are slow", subject__audience=Audience.NAMED)
    same = BottleneckFactory(title="No  Coffee here")
    ended = BottleneckFactory(title="Parking is full", subject__closed_at=timezone.now())
    pasted = "Access to source data takes weeks\nOur computers are slow\nno coffee here\nParking is full\nZebra"
    lines = look(writing, session, lines=pasted).context["lines"]
    assert [[row.pk for row in line.alike] for line in lines] == [[alike.pk], [main.pk], [same.pk], [ended.pk], []]
    assert [line["what"].value() for line in lines] == ["new", "new", str(same.pk), "new", "new"]


def test_it_finds_what_one_finds_for_each_line_alone(ria: User) -> None:
    titles = ["Access to data takes months", "Access to our data is slow", "Nobody owns data quality", "Old laptops"]
    for title in titles:
        BottleneckFactory(title=title, situation="Everybody waits for it.")
    lines = [(title, "") for title in (*titles, "Slow data", "data", "x")]
    alone = [[row.pk for row in most_alike(ria, *line)[: selectors.ALIKE_SHOWN]] for line in lines]
    assert [[row.pk for row in found] for found in most_alike_each(ria, lines)] == alone


@pytest.mark.parametrize("number", [4, 40, 100])
def test_looking_costs_the_same_for_any_number_of_lines(
    writing: Client, session: Session, number: int, django_assert_max_num_queries: Any
) -> None:
    ThemeFactory.create_batch(3)
    BottleneckFactory.create_batch(5, title="Data waits for months")
    pasted = "\n".join(f"Data of kind {nth} waits" for nth in range(number))
    look(writing, session, lines=pasted)
    with django_assert_max_num_queries(10):
        page = look(writing, session, lines=pasted, hubs="kern-oost")
    assert len(page.context["lines"]) == number
    assert all(line.alike for line in page.context["lines"])


# --- What becomes of them ---------------------------------------------------------------------------------------------
def test_a_line_is_filed_linked_or_left_out(writing: Client, ria: User, session: Session) -> None:
    existing = BottleneckFactory(title="Data waits")
    lines = [{"title": "", "what": existing.pk}, {"title": "No tests"}, {"title": "", "what": "skip"}]
    done = writing.post(BULK, sent(*lines, session=session), follow=True)
    assert "1 filed, 1 linked, 1 left out." in done.text
    assert titles() == {"Data waits", "No tests"}
    assert places_of(existing) == [session.subject_id]
    entry = Activity.objects.get(subject=existing.subject, verb="came_up_again")
    assert (entry.actor, entry.other) == (ria, session.subject)
    writing.post(BULK, sent(lines[0], session=session))
    assert SubjectLink.objects.filter(from_subject=existing.subject).count() == 1
    assert Activity.objects.filter(subject=existing.subject, verb="came_up_again").count() == 1
    assert_figures_agree()


def test_of_what_was_merged_the_main_one_is_tied(ria: User, session: Session) -> None:
    main, merged = BottleneckFactory(), BottleneckFactory()
    merged.subject.merged_into = main.subject
    merged.subject.save()
    file_in_bulk(by=ria, at=session.subject, lines=[Wanted(title="", existing=merged.pk)])
    assert (places_of(main), places_of(merged)) == ([session.subject_id], [])


def test_sent_twice_it_is_filed_once(writing: Client, session: Session) -> None:
    existing, body = BottleneckFactory(), sent({"title": "Data waits"}, {"title": "No tests"}, session=session)
    body |= {"number": 3, "line-3-title": "x", "line-3-what": existing.pk}
    writing.post(BULK, body)
    before = Activity.objects.count()
    again = writing.post(BULK, body, follow=True)
    assert "None was filed twice" in again.text
    assert Bottleneck.objects.count() == 3
    assert Activity.objects.count() == before
    added = writing.post(BULK, body | {"line-3-what": "new", "line-3-title": "Rooms"}, follow=True)
    assert "1 filed, 2 linked, 0 left out." in added.text
    assert Bottleneck.objects.count() == 4


def test_the_same_list_again_within_minutes_is_filed_once_and_later_it_is_what_it_is(
    ria: User, session: Session
) -> None:
    def bring() -> list[str]:
        done = file_in_bulk(by=ria, at=session.subject, lines=[Wanted(title="Data waits")], creation_key=uuid.uuid4())
        return [row.title for row in done.filed]

    assert bring() == ["Data waits"]
    assert bring() == []
    with mock.patch("issues.bulk.actions.timezone.now", return_value=timezone.now() + timedelta(minutes=11)):
        assert bring() == ["Data waits"]


def test_of_a_second_session_it_is_told_there_too(ria: User, session: Session) -> None:
    other = begun(hub=ria.primary_hub)
    for place in (session, other):
        file_in_bulk(by=ria, at=place.subject, lines=[Wanted(title="Data waits")])
    assert {*places_of(Bottleneck.objects.get())} == {session.subject_id, other.subject_id}


def test_once_one_can_no_longer_file_there_nothing_is_and_all_that_was_typed_stays(
    writing: Client, session: Session
) -> None:
    existing = BottleneckFactory(title="Coffee")
    with transaction.atomic():
        Session.objects.update(state=SessionState.CANCELLED, cancel_reason="x")
    lines = [{"title": "Data waits", "situation": "Months"}, {"title": "Coffee", "what": existing.pk}]
    page = writing.post(BULK, sent(*lines, {"title": "No", "what": "skip"}, session=session))
    assert page.status_code == 422
    assert "One can no longer file there. Nothing was filed." in page.text
    shown = [[line[name].value() for name in ("title", "situation", "what")] for line in page.context["lines"]]
    assert shown == [["Data waits", "Months", "new"], ["Coffee", "", str(existing.pk)], ["No", "", "skip"]]
    assert not SubjectLink.objects.exists()
    assert titles() == {"Coffee"}


def test_what_is_wrong_with_a_line_is_said_beside_it_and_nothing_is_filed(writing: Client, session: Session) -> None:
    secret = BottleneckFactory(title="Secret", subject__audience=Audience.NAMED)
    lines = [{"title": "Fine"}, {"title": " "}, {"title": "x" * 161}, {"title": "Other", "what": secret.pk}]
    page = writing.post(
        BULK, sent(*lines, {"title": "y", "theme": "gone"}, {"title": "z", "what": "x"}, session=session)
    )
    assert page.status_code == 422
    errors = [{name: str(errors[0]) for name, errors in line.errors.items()} for line in page.context["lines"]]
    assert [set(error) for error in errors] == [set(), {"title"}, {"title"}, {"what"}, {"theme"}, {"what"}]
    assert errors[3]["what"] == "That bottleneck is no longer there. Choose again."
    assert "Secret" not in page.text
    assert titles() == {"Secret"}


def test_one_that_is_hidden_meanwhile_is_refused_at_its_line(ria: User, session: Session) -> None:
    hidden = BottleneckFactory(subject__hidden_at=timezone.now())
    lines = [Wanted(title="New"), Wanted(title="x", existing=hidden.pk, name="line-2")]
    with pytest.raises(RuleBroken) as refused:
        file_in_bulk(by=ria, at=session.subject, lines=lines)
    assert refused.value.field == "line-2"
    assert titles() == {hidden.title}


def test_the_action_takes_no_more_lines_than_the_form(ria: User, session: Session) -> None:
    with pytest.raises(RuleBroken, match="100 lines at once is the most"):
        file_in_bulk(by=ria, at=session.subject, lines=[Wanted(title=f"{nth}") for nth in range(MOST_LINES + 1)])


@pytest.mark.parametrize("number", ["0", "101", "9999999", "x", ""])
def test_nonsense_for_a_number_leads_to_the_first_page(writing: Client, session: Session, number: str) -> None:
    assert "Paste at least one line" in look(writing, session, number=number).text


def test_without_a_place_facilitators_file_all_the_same(client: Client) -> None:
    client.force_login(facilitator())
    existing = BottleneckFactory()
    assert look(client, lines="Data waits").status_code == 200
    done = client.post(BULK, sent({"title": "Data waits"}, {"title": "x", "what": existing.pk}), follow=True)
    assert done.redirect_chain[-1][0] == "/bottlenecks/"
    assert "1 filed, 1 there already, 0 left out." in done.text
    assert not SubjectLink.objects.exists()
    assert_figures_agree()


def test_filing_forty_costs_so_many_statements(
    writing: Client, session: Session, django_assert_max_num_queries: Any
) -> None:
    lines = [{"title": f"Data of kind {nth} waits"} for nth in range(40)]
    with django_assert_max_num_queries(40 * 13 + 30):
        writing.post(BULK, sent(*lines, session=session, hubs="kern-oost"))
    assert Bottleneck.objects.count() == 40


# --- Who may ----------------------------------------------------------------------------------------------------------
def test_who_may_and_who_reads_why_not(client: Client, ria: User, session: Session) -> None:
    host, of_hub, elsewhere = UserFactory(), member_of(ria.primary_hub), representative_of(HubFactory())
    session.hosts.add(host)
    at = f"{BULK}?at={session.subject_id}"
    expected = {ria: (200, 403), host: (200, 403), facilitator(): (200, 200), of_hub: (403, 403), elsewhere: (403, 403)}
    for person, statuses in expected.items():
        client.force_login(person)
        assert (client.get(at).status_code, client.get(BULK).status_code) == statuses, person
        for body in ({"lines": "x"}, sent({"title": "x"}, session=session)):
            answer = client.post(BULK, {**body, "at": session.subject_id, "language": "en"})
            assert answer.status_code == (403 if statuses[0] == 403 else 200 if "lines" in body else 302)
        way = f'href="{at}"' in client.get(session.get_absolute_url()).text
        assert way == (statuses[0] == 200)
    client.force_login(of_hub)
    assert "Only who organises this" in client.get(at).text
    assert "Only facilitators file several bottlenecks at once" in client.get(BULK).text


def test_where_one_may_not_look_there_is_no_such_page(writing: Client) -> None:
    secret = begun(title="Secret meeting", subject__audience=Audience.NAMED)
    for at in (secret.subject_id, BottleneckFactory().subject_id, 10**17, "x"):
        assert writing.get(f"{BULK}?at={at}").status_code == 404
        assert writing.post(BULK, {"at": at, "lines": "x"}).status_code == 404


def test_before_it_begins_the_way_leads_back(writing: Client, ria: User) -> None:
    early = begun(hub=ria.primary_hub, starts_at=timezone.now() + timedelta(days=2))
    back = writing.get(f"{BULK}?at={early.subject_id}", follow=True)
    assert back.redirect_chain == [(early.get_absolute_url(), 302)]
    assert "only once it has begun" in back.text
    assert BULK not in writing.get(early.get_absolute_url()).text


def test_the_filing_form_leads_facilitators_here(client: Client) -> None:
    for person, is_led in ((facilitator(), True), (UserFactory(), False)):
        client.force_login(person)
        assert (f'href="{BULK}"' in client.get("/bottlenecks/new/").text) == is_led
