"""Pages of bottlenecks as members use them: with and without JavaScript, once and twice. Spec 02, 00."""

import re
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from activity.actions import link_subjects, update_subject
from activity.models import Audience, Subject
from community.hubs.selectors import number_of_hubs
from community.models import Topic, User
from issues.bottlenecks import actions, selectors
from issues.bottlenecks.figures import differences
from issues.endings.actions import end_bottleneck
from issues.models import Bottleneck, BottleneckTally, BottleneckTopic, Vote
from issues.ties import FILED_AT
from tests.factories import (
    BottleneckFactory,
    HubFactory,
    SessionFactory,
    ThemeFactory,
    TopicFactory,
    UserFactory,
    VoteFactory,
    facilitator,
    keep,
    many_bottlenecks,
    many_sessions,
    member_of,
    tie,
)
from tests.trees import parse
from ui.errors import RuleBroken
from ui.shared import forget

pytestmark = pytest.mark.django_db
BOARD = "/bottlenecks/"
NEW = "/bottlenecks/new/"
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def anna():
    return member_of(HubFactory(name="Kern Oost", slug="kern-oost"), name="Anna")


@pytest.fixture
def reading(client: Client, anna) -> Client:
    client.force_login(anna)
    return client


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def titles(response: Any) -> list[str]:
    return titles_in(response.content.decode())


def titles_in(html: str) -> list[str]:
    """The titles of rows as the board shows them."""
    return re.findall(r'<h[23] lang="\w\w"><a href="[^"]+">([^<]+)</a></h[23]>', html)


# --- Who may
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", BOARD),
        ("get", NEW),
        ("get", "/themes/"),
        ("get", "/bottlenecks/1-x/"),
        ("get", "/bottlenecks/999999-x/"),
        ("post", "/bottlenecks/1/vote/"),
        ("post", "/bottlenecks/1/unvote/"),
        ("post", "/bottlenecks/1/estimate/"),
        ("post", "/bottlenecks/similar/"),
        ("get", "/bottlenecks/1/correct/"),
    ],
)
def test_visitors_are_asked_to_sign_in_whether_it_exists_or_not(client: Client, method: str, path: str):
    response = getattr(client, method)(path)
    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))


@pytest.mark.parametrize(
    ("who", "hidden", "status"),
    [("member", False, 200), ("member", True, 404), ("superuser", True, 404), ("facilitator", True, 200)],
)
def test_what_one_may_not_see_is_not_there(client: Client, who: str, hidden: bool, status: int):
    bottleneck = BottleneckFactory()
    if hidden:
        bottleneck.subject.hidden_at = timezone.now()
        bottleneck.subject.save()
    reader = {"member": UserFactory, "facilitator": facilitator}.get(
        who, lambda: UserFactory(is_superuser=True, is_staff=True)
    )()
    client.force_login(reader)
    assert client.get(bottleneck.get_absolute_url()).status_code == status
    found = {404: [], 200: [bottleneck.title]}[status]
    assert titles(client.get(BOARD)) == found
    vote = client.post(f"{BOARD}{bottleneck.pk}/vote/")
    assert vote.status_code == (302 if status == 200 else 404)


def test_a_bottleneck_for_hubs_only_is_seen_by_their_members_only(reading: Client, anna):
    BottleneckFactory(title="ours", hubs=[anna.primary_hub], subject__audience=Audience.HUBS)
    BottleneckFactory(title="theirs", hubs=[HubFactory()], subject__audience=Audience.HUBS)
    assert titles(reading.get(BOARD)) == ["ours"]


@pytest.mark.parametrize(("who", "minutes", "status"), [("author", 5, 200), ("author", 31, 403), ("other", 5, 403)])
def test_only_the_filer_corrects_and_only_for_half_an_hour(client: Client, who: str, minutes: int, status: int):
    bottleneck = BottleneckFactory(filed_at=timezone.now() - timedelta(minutes=minutes))
    client.force_login(bottleneck.author if who == "author" else UserFactory())
    response = client.get(f"{BOARD}{bottleneck.pk}/correct/")
    assert response.status_code == status
    page = client.get(bottleneck.get_absolute_url())
    assert (f"{BOARD}{bottleneck.pk}/correct/" in page.content.decode()) is (status == 200)


# --- Board
def cast(bottleneck: Bottleneck, number: int, hours: Decimal | None = None) -> None:
    hub = HubFactory()
    for _n in range(number):
        actions.cast_vote(bottleneck=bottleneck, by=member_of(hub), hours=hours)


def test_the_board_is_ordered_by_support_new_or_hours(reading: Client):
    old = BottleneckFactory(title="old", filed_at=timezone.now() - timedelta(days=9))
    costly, loved = BottleneckFactory(title="costly"), BottleneckFactory(title="loved")
    cast(loved, 3)
    cast(old, 2)
    cast(costly, 1, hours=Decimal(20))
    assert titles(reading.get(BOARD)) == ["loved", "old", "costly"]
    assert titles(reading.get(BOARD, {"sort": "new"})) == ["loved", "costly", "old"]
    assert titles(reading.get(BOARD, {"sort": "hours"}))[0] == "costly"
    assert titles(reading.get(BOARD, {"sort": "nonsense", "theme": "$", "hub": "no such"})) == [
        "loved",
        "old",
        "costly",
    ]


def test_the_board_is_ordered_by_what_rises_and_by_what_waits(reading: Client):
    now = timezone.now()
    rises, once, quiet = (BottleneckFactory(title=title) for title in ("rises", "once", "quiet"))
    for bottleneck, ages in ((rises, [1, 2]), (once, [90] * 9 + [3]), (quiet, [90])):
        for age in ages:
            VoteFactory(bottleneck=bottleneck, member=UserFactory(), cast_at=now - timedelta(days=age))
    secret = BottleneckFactory(title="secret", subject__audience=Audience.HUBS, generic_at=now - timedelta(days=90))
    VoteFactory(bottleneck=secret, member=UserFactory())
    page = reading.get(BOARD, {"sort": "rising"})
    assert titles(page) == ["rises", "once"]
    assert page.context["summary"] == "2 bottlenecks, what gained most support in 30 days first"
    assert titles(reading.get(BOARD, {"sort": "rising", "q": "once"})) == ["once"]

    BottleneckFactory(title="later", generic_at=now - timedelta(days=20))
    BottleneckFactory(title="first", generic_at=now - timedelta(days=60))
    BottleneckFactory(title="stepped", generic_at=now - timedelta(days=70), stepped_at=now)
    page = reading.get(BOARD, {"sort": "waiting"})
    assert titles(page) == ["first", "later"]
    assert page.context["summary"] == "2 bottlenecks, what waits longest for a next step first"
    assert {chip.number for chip in page.context["chips"]} == {""}


def test_nothing_that_rises_is_an_empty_board_and_its_pages_follow_each_other(reading: Client):
    assert titles(reading.get(BOARD, {"sort": "rising"})) == []
    for bottleneck in BottleneckFactory.create_batch(31):
        VoteFactory(bottleneck=bottleneck)
    forget()
    first = reading.get(BOARD, {"sort": "rising"})
    rest = reading.get(f"{BOARD}?sort=rising&after={first.context['page'].next_cursor}")
    assert len({*titles(first), *titles(rest)}) == 31
    assert len(titles(rest)) == 1


@time_machine.travel("2026-06-10T12:00:00+02:00", tick=False)
def test_a_row_that_waits_says_by_when_a_next_step_is_due(reading: Client):
    BottleneckFactory(title="late", generic_at=timezone.now() - timedelta(days=40))
    BottleneckFactory(title="in time", generic_at=timezone.now() - timedelta(days=1))
    BottleneckFactory(title="stepped", generic_at=timezone.now() - timedelta(days=40), stepped_at=timezone.now())
    page = text_of(reading.get(BOARD, {"sort": "new"}))
    # Ten working days from 1 May and from 9 June, without Ascension Day, the day after it is no holiday, Whit Monday.
    assert re.findall(r"next step [^<]+", page) == ["next step by 23 June", "next step was due on 18 May"]


def test_the_board_filters_by_what_i_support_by_topic_and_by_status(reading: Client, anna):
    python = TopicFactory(slug="python", label_nl="Python", label_en="Python", aliases=["pytorch"])
    about = BottleneckFactory(title="about python")
    BottleneckTopic.objects.create(bottleneck=about, topic=python)
    mine = BottleneckFactory(title="supported")
    actions.cast_vote(bottleneck=mine, by=anna)
    ended = BottleneckFactory(title="ended")
    update_subject(ended.subject, closed_at=timezone.now())
    BottleneckTopic.objects.create(bottleneck=ended, topic=python)
    hidden = BottleneckFactory(title="of others", subject__audience=Audience.HUBS)
    BottleneckTopic.objects.create(bottleneck=hidden, topic=python)

    assert titles(reading.get(BOARD, {"show": "supported"})) == ["supported"]
    assert titles(reading.get(BOARD, {"status": "ended"})) == ["ended"]
    assert titles(reading.get(BOARD, {"topic": "python"})) == ["about python"]
    assert titles(reading.get(BOARD, {"topic": "python", "status": "ended"})) == ["ended"]
    typed = reading.get(BOARD, {"topic_typed": "PyTorch"})
    assert titles(typed) == ["about python"]
    assert typed.context["board"].url() == f"{BOARD}?topic=python"
    wrong = reading.get(BOARD, {"topic_typed": "nonsense"})
    assert titles(wrong) == []
    assert wrong.context["summary"] == "There is no topic called “nonsense”."
    assert titles(reading.get(BOARD, {"status": "nonsense", "topic": "$"}))[0] == "supported"


def test_the_board_filters_by_theme_hub_mine_generic_and_not_yet_supported(reading: Client, anna):
    theme, hub = ThemeFactory(slug="data"), HubFactory(slug="kern-zuid")
    BottleneckFactory(title="themed", theme=theme)
    BottleneckFactory(title="touching", hubs=[hub])
    BottleneckFactory(title="mine", author=anna)
    BottleneckFactory(title="generic", generic_at=timezone.now())
    actions.cast_vote(bottleneck=Bottleneck.objects.get(title="themed"), by=anna)
    closed = BottleneckFactory(title="closed", theme=theme)
    update_subject(closed.subject, closed_at=timezone.now())

    assert titles(reading.get(BOARD, {"theme": "data"})) == ["themed"]
    assert set(titles(reading.get(BOARD, {"theme": "none"}))) == {"touching", "mine", "generic"}
    assert titles(reading.get(BOARD, {"hub": "kern-zuid"})) == ["touching"]
    assert titles(reading.get(BOARD, {"show": "mine"})) == ["mine"]
    assert titles(reading.get(BOARD, {"show": "generic"})) == ["generic"]
    assert set(titles(reading.get(BOARD, {"show": "unsupported"}))) == {"touching", "mine", "generic"}
    assert titles(reading.get(BOARD, {"show": "unsupported", "theme": "data"})) == []


def test_a_row_says_all_that_matters_in_words(reading: Client, anna):
    theme = ThemeFactory(name="Data en toegang", slug="data")
    bottleneck = BottleneckFactory(
        title="Toegang <b>duurt</b>", situation="**Maanden** wachten", language="nl", theme=theme
    )
    actions.cast_vote(bottleneck=bottleneck, by=anna, hours=Decimal("2.5"))
    page = text_of(reading.get(BOARD))
    for words in (
        '#check"/></svg>Yours too</span>',
        '<span class="sr">: <span lang="nl">Toegang &lt;b&gt;duurt&lt;/b&gt;</span></span>',
        'aria-pressed="true"',
        f'action="/bottlenecks/{bottleneck.pk}/unvote/"',
        '<h2 lang="nl">',
        "Maanden wachten",
        'aria-label="support from 1 of 1 hub"',
        "support from 1 hub",
        "2.5 hours a month",
        "filed today",
        "1 bottleneck, most support first",
        '<a class="tag" href="/bottlenecks/?theme=data" lang="nl">Data en toegang</a>',
    ):
        assert words in page, words
    assert "<b>duurt" not in page
    assert "support 1<" not in page  # a second number would explain nothing


def test_pages_follow_each_other_without_repeating_a_row(reading: Client):
    BottleneckFactory.create_batch(70)
    seen, url = [], BOARD
    for expected in (30, 30, 10):
        response = reading.get(url)
        seen += titles(response)
        assert len(titles(response)) == expected
        url = f"{BOARD}?after={response.context['page'].next_cursor}"
    assert len(set(seen)) == 70
    assert "70 bottlenecks" in text_of(response)
    assert "To the first page" in text_of(response)


def test_htmx_swaps_results_and_count_and_keeps_the_state_in_the_address(reading: Client):
    BottleneckFactory.create_batch(31)
    response = reading.get(BOARD, {"q": "", "sort": "new", "show": "", "theme": "", "hub": ""}, **HTMX)
    assert response["HX-Push-Url"] == "/bottlenecks/?sort=new"
    assert "HX-Request" in response["Vary"]
    answer = text_of(response)
    assert "<html" not in answer
    assert '<p id="count" hx-swap-oob="innerHTML">31 bottlenecks, newest first</p>' in answer
    assert '<div class="section" id="results">' in answer
    assert 'id="chips" aria-label="Show" hx-swap-oob="true"' in answer
    assert 'id="filters-used" hx-swap-oob="true"' in answer

    after = response.context["page"].next_cursor
    assert f"&amp;after={after}&amp;rows=60" in answer
    more = reading.get(f"{BOARD}?after={after}&sort=new&rows=60", **HTMX, HTTP_HX_TARGET="more-rows")
    assert more["HX-Replace-Url"] == "/bottlenecks/?sort=new&rows=60"
    assert text_of(more).startswith('<li class="bn"')
    assert "autofocus" in text_of(more)
    assert len(titles(more)) == 1
    assert len(titles(reading.get(more["HX-Replace-Url"]))) == 31  # who comes back finds all of them


@pytest.mark.parametrize(
    ("asked", "shown"), [("31", 60), ("60", 60), ("-1", 30), ("x", 30), ("9" * 30, 30), ("9999", 62)]
)
def test_the_address_says_how_many_rows_in_whole_pages(reading: Client, asked: str, shown: int):
    many_bottlenecks(62, author=UserFactory())
    assert len(titles(reading.get(BOARD, {"rows": asked}))) == shown


@pytest.mark.parametrize(
    ("before", "asked", "header"),
    [
        ("", {"q": "data"}, ("HX-Push-Url", f"{BOARD}?q=data")),
        ("?q=data", {"q": "data"}, ("HX-Push-Url", "false")),  # Enter after a search that was sent while it was typed
        ("?q=dat", {"q": "data"}, ("HX-Replace-Url", f"{BOARD}?q=data")),
        ("?q=dat", {"q": ""}, ("HX-Push-Url", BOARD)),
        ("?q=data", {"q": "data", "show": "generic"}, ("HX-Push-Url", f"{BOARD}?q=data&show=generic")),
        ("?q=dat&sort=new", {"q": "data"}, ("HX-Push-Url", f"{BOARD}?q=data")),
        ("?rows=60", {"sort": "new"}, ("HX-Push-Url", f"{BOARD}?sort=new")),
    ],
)
def test_one_search_is_one_entry_of_the_history(reading: Client, before: str, asked, header: tuple[str, str]):
    response = reading.get(BOARD, asked, **HTMX, HTTP_HX_CURRENT_URL=f"http://testserver{BOARD}{before}")
    found = [(name, response[name]) for name in ("HX-Push-Url", "HX-Replace-Url") if name in response]
    assert found == [header]


def test_chips_say_how_many_they_show(reading: Client, anna, django_assert_num_queries):
    BottleneckFactory(title="generic", generic_at=timezone.now())
    actions.cast_vote(bottleneck=BottleneckFactory(title="mine", author=anna), by=anna)
    hidden = BottleneckFactory(generic_at=timezone.now()).subject
    Subject.objects.filter(pk=hidden.pk).update(hidden_at=timezone.now())

    def shown(**wanted: str) -> dict[str, str]:
        return {chip.key: chip.number for chip in reading.get(BOARD, wanted).context["chips"]}

    assert shown() == {"all": "2", "generic": "1", "unsupported": "1", "supported": "1", "mine": "1"}
    assert shown(show="mine") == {"all": "2", "generic": "1", "unsupported": "1", "supported": "1", "mine": "1"}
    assert set(shown(q="mine").values()) == set(shown(theme="none").values()) == {""}  # not counted there
    many_bottlenecks(99, author=UserFactory())
    assert shown() == {"all": "99+", "generic": "1", "unsupported": "99+", "supported": "1", "mine": "1"}


@pytest.mark.parametrize("typed", ["%d", "#%d", "nr. %d", "nr %d", "no. %d", " # %d "])
def test_a_number_finds_the_one_that_has_it(reading: Client, typed: str):
    wanted = BottleneckFactory(title="wanted")
    update_subject(wanted.subject, closed_at=timezone.now())
    said = BottleneckFactory(title=f"It takes {wanted.pk} days")
    page = reading.get(BOARD, {"q": typed % wanted.pk, "show": "generic"})
    assert titles(page)[0] == "wanted"
    page = reading.get(BOARD, {"q": typed % wanted.pk})
    others = [said.title] if typed == "%d" else []
    assert titles(page) == ["wanted", *others]
    assert f"{1 + len(others)} bottleneck" in str(page.context["summary"])


def test_a_number_finds_nothing_that_one_may_not_know_of(reading: Client):
    hidden = BottleneckFactory()
    Subject.objects.filter(pk=hidden.subject_id).update(hidden_at=timezone.now())
    page = reading.get(BOARD, {"q": f"#{hidden.pk}"})
    assert titles(page) == []
    assert f"Nothing found for “#{hidden.pk}”." in text_of(page)
    assert titles(reading.get(BOARD, {"q": "999999999"})) == []


def test_a_search_that_finds_nothing_leads_to_the_form_with_the_words_in_its_title(reading: Client, anna):
    BottleneckFactory()
    page = text_of(reading.get(BOARD, {"q": "zebrapad & co"}))
    assert '<form method="post" action="/bottlenecks/new/">' in page
    assert '<input type="hidden" name="title" value="zebrapad &amp; co">' in page
    form = reading.post(NEW, {"title": "zebrapad & co", "look": "1"})
    assert form.status_code == 200
    assert 'value="zebrapad &amp; co"' in text_of(form)
    assert form.context["form"]["hubs"].value() == [anna.primary_hub]
    assert form.context["form"]["creation_key"].value()


def test_nothing_found_says_so_and_offers_the_way_on(reading: Client):
    assert "No bottleneck has been filed yet." in text_of(reading.get(BOARD))
    BottleneckFactory()
    page = text_of(reading.get(BOARD, {"q": "zebrapad <i>"}))
    assert "Nothing found for “zebrapad &lt;i&gt;”." in page
    assert "Show all open bottlenecks" in page


@pytest.mark.django_db(transaction=True)
def test_numbers_beside_themes_follow_what_is_filed(reading: Client, anna):
    theme = ThemeFactory(name="Data en toegang")
    for number in (1, 2):
        actions.file_bottleneck(by=anna, title=f"x {number}", situation="y", theme=theme)
        assert reading.get(BOARD).context["themes"][0].number == number
    assert "2 open bottlenecks" in text_of(reading.get("/themes/"))


@pytest.mark.parametrize("rows", [10, 1_000])
def test_the_board_costs_the_same_at_any_size(reading: Client, rows: int, django_assert_num_queries):
    themes, hubs = ThemeFactory.create_batch(3), HubFactory.create_batch(3)
    author = UserFactory()
    made = many_bottlenecks(rows, author=author, theme=themes[0], hubs=hubs[:2])
    for bottleneck in made[:40]:
        VoteFactory(bottleneck=bottleneck)
    for_others = Subject.objects.filter(bottleneck__in=[bottleneck.pk for bottleneck in made[::4]])
    hidden = for_others.update(audience=Audience.HUBS)
    # member, count, rows, how many hubs, numbers of the chips, hubs, themes, numbers of the themes
    with django_assert_num_queries(8):
        response = reading.get(BOARD)
    assert len(titles(response)) == min(rows - hidden, 30)
    with django_assert_num_queries(5):  # what is the same for everyone is kept
        reading.get(BOARD)
    with django_assert_num_queries(7):  # which theme, old titles; full text finds nothing: again with typing errors
        reading.get(BOARD, {"q": "zzzz", "show": "unsupported", "theme": themes[0].slug, "hub": hubs[0].slug})
    topic = TopicFactory(slug="python")
    with django_assert_num_queries(7):  # member, what rises, which of it I may read, topic, count, rows, hubs
        reading.get(BOARD, {"sort": "rising", "topic": topic.slug})
    with django_assert_num_queries(4):  # as before, and how many wait
        reading.get(BOARD, {"sort": "waiting", "status": "ended"})


def test_more_than_a_thousand_are_not_counted(reading: Client):
    many_bottlenecks(1_001, author=UserFactory())
    assert "more than 1,000 bottlenecks, most support first" in text_of(reading.get(BOARD))


def test_what_is_kept_for_a_hub_says_at_once_that_there_are_more_than_a_thousand(reading: Client):
    many, few = HubFactory(), HubFactory()
    many_bottlenecks(1_001, author=UserFactory(), hubs=[many])
    many_bottlenecks(2, author=UserFactory(), hubs=[few])
    for_some = BottleneckFactory(hubs=[many, few]).subject
    Subject.objects.filter(pk=for_some.pk).update(audience=Audience.HUBS)
    reading.get(BOARD)

    def answer(**wanted: str) -> tuple[str, bool]:
        with CaptureQueriesContext(connection) as queries:
            page = reading.get(BOARD, wanted)
        return str(page.context["summary"]), any("COUNT(*)" in query["sql"] for query in queries)

    more, two = "more than 1,000 bottlenecks, most support first", "2 bottlenecks, most support first"
    assert answer(hub=many.slug) == (more, False)
    assert answer(hub=few.slug) == (two, True)
    assert answer(hub=many.slug, show="unsupported") == (more, True)
    assert answer(hub=many.slug, show="mine") == ("No bottleneck fits these filters.", True)
    assert answer(hub=many.slug, theme="none") == (more, True)
    assert answer(hub=many.slug, q="nergens") == ("Nothing found for “nergens”.", True)
    assert answer(hub="nergens")[0] == "There is no hub called “nergens”."


# --- Detail
@pytest.mark.parametrize("votes", [True, False])
def test_the_page_does_not_name_my_own_hub_once_i_may_not_know_of_it(reading: Client, anna, votes: bool):
    bottleneck = BottleneckFactory()
    if votes:
        actions.cast_vote(bottleneck=bottleneck, by=anna)
    assert "Kern Oost" in text_of(reading.get(bottleneck.get_absolute_url()))
    Subject.objects.filter(hub=anna.primary_hub).update(audience=Audience.NAMED)
    page = text_of(reading.get(bottleneck.get_absolute_url()))
    assert "Kern Oost" not in page
    assert "Join a hub first" not in page


@pytest.mark.parametrize("votes", [10, 1_000])
def test_a_page_costs_the_same_however_many_vote(reading: Client, votes: int, django_assert_max_num_queries):
    bottleneck = BottleneckFactory(hubs=HubFactory.create_batch(3), theme=ThemeFactory())
    hubs = [*HubFactory.create_batch(5), None]
    rows = [
        Vote(bottleneck=bottleneck, voter_key=uuid.uuid4(), hub=hubs[n % 6], evidence="In May.") for n in range(votes)
    ]
    Vote.objects.bulk_create(rows)
    BottleneckFactory.create_batch(20, title=bottleneck.title)
    tie(FILED_AT, subject=bottleneck.subject, to=many_sessions(votes))
    page = f"{BOARD}{bottleneck.pk}/"
    for path, most in ((bottleneck.get_absolute_url(), 12), (f"{page}support/", 5), (f"{page}alike/", 3)):
        with django_assert_max_num_queries(most):
            response = reading.get(path)
        assert response.status_code == 200


def test_an_old_or_wrong_title_in_the_address_redirects(reading: Client):
    bottleneck = BottleneckFactory(title="Models wait")
    for path in (f"{BOARD}{bottleneck.pk}/", f"{BOARD}{bottleneck.pk}-modls-wait/"):
        response = reading.get(path)
        assert (response.status_code, response.url) == (302, f"{BOARD}{bottleneck.pk}-models-wait/")


def test_the_page_shows_text_support_life_and_who_filed_it(reading: Client, anna):
    author = member_of(HubFactory(name="Kern Zuid"), name="Bram Smit", shows_support=True)
    filed = actions.file_bottleneck(
        by=author,
        title="Modellen wachten",
        situation="Op een **laptop**.",
        wish="<script>alert(1)</script>",
        hours=Decimal(8),
        language="nl",
        hubs=[anna.primary_hub],
    )
    page = text_of(reading.get(filed.get_absolute_url()))
    for words in (
        '<h1 lang="nl">Modellen wachten</h1>',
        "<strong>laptop</strong>",
        "Bram Smit</a>, <a",
        "Kern Zuid",
        "Kern Oost</a>",
        "Happens in",
        "Your vote would count for Kern Oost.",
        f'<a href="{BOARD}{filed.pk}/support/">',
        "filed this bottleneck",
        'aria-label="Life-line"',
    ):
        assert words in page, words
    assert "<script>alert" not in page
    for asked in ({}, HTMX):
        support = text_of(reading.get(f"{BOARD}{filed.pk}/support/", **asked))
        for words in ("One member estimates 8 hours a month.", "From five votes on", "Bram Smit</a>"):
            assert words in support, words
        assert ("<h1>" in support) == (not asked)


def test_a_row_owes_its_step_by_the_day_in_amsterdam_whoever_reads_it(reading: Client, anna):
    with time_machine.travel(datetime(2026, 6, 12, 12, tzinfo=UTC)):
        BottleneckFactory(generic_at=datetime(2026, 6, 9, 22, 30, tzinfo=UTC))  # 10 June in Amsterdam
        for zone in ("Europe/Amsterdam", "America/New_York", "Pacific/Auckland"):
            User.objects.filter(pk=anna.pk).update(time_zone=zone)
            for path in (BOARD, f"{BOARD}waiting/"):
                assert "24 June" in text_of(reading.get(path)), (zone, path)


def test_a_row_shows_a_title_as_it_was_typed_and_nothing_in_it_becomes_a_token(reading: Client):
    title = "5\N{NO-BREAK SPACE}km van <!--csrf--> huis"
    BottleneckFactory(title=title)
    page = reading.get(BOARD).text
    assert f"{escape(title)}</a></h2>" in page
    [row] = [form for form in parse(page).all("form") if "vote" in form.attributes.get("action", "")]
    assert len([it for it in row.all("input") if it.attributes["name"] == "csrfmiddlewaretoken"]) == 1


def test_a_row_says_how_long_each_step_of_its_life_lasted(reading: Client):
    with time_machine.travel(datetime(2026, 7, 3, 10, tzinfo=UTC)):
        now = timezone.now()
        life = {"taken_up": (now - timedelta(days=2)).isoformat()}
        BottleneckFactory(filed_at=now - timedelta(days=32), generic_at=now - timedelta(days=20), life=life)
        BottleneckFactory(filed_at=now)
        ended = BottleneckFactory(filed_at=now - timedelta(days=900), state="confirmed")
        update_subject(ended.subject, closed_at=now - timedelta(days=400))
        shown = [
            [mark.attributes["title"] for mark in parse(reading.get(path).text).all("li") if "title" in mark.attributes]
            for path in (f"{BOARD}?sort=new", f"{BOARD}?status=ended")
        ]
    new = ["filed", "generic (not yet)", "taken up (not yet)", "solved (not yet)"]
    old = ["filed, 12 days", "generic, 18 days", "taken up, 2 days", "solved (not yet)"]
    assert shown == [new + old, ["filed, 16 months", "solved"]]


def test_what_looks_like_it_is_asked_for_when_one_comes_to_it(reading: Client):
    asked, same = (
        BottleneckFactory(title=f"Toegang tot metadata duurt {how}", language="nl") for how in ("lang", "maanden")
    )
    BottleneckFactory(title="De koffie is op", language="nl")
    path = f"{BOARD}{asked.pk}/alike/"
    page = text_of(reading.get(asked.get_absolute_url()))
    assert f'hx-get="{path}" hx-trigger="revealed"' in page
    assert same.title not in page
    for how in ({}, HTMX):
        assert titles(reading.get(path, **how)) == [same.title]
    assert "Nothing else looks like it." in text_of(reading.get(f"{BOARD}{BottleneckFactory(title='Xyz').pk}/alike/"))


def test_voting_on_the_page_works_without_javascript(reading: Client, anna):
    bottleneck = BottleneckFactory()
    page = bottleneck.get_absolute_url()
    response = reading.post(f"{BOARD}{bottleneck.pk}/vote/", headers={"referer": f"http://testserver{page}"})
    assert (response.status_code, response.url) == (302, f"{page}#vote-box")
    again = reading.post(f"{BOARD}{bottleneck.pk}/vote/", headers={"referer": f"http://testserver{BOARD}?sort=new"})
    assert again.url == f"{BOARD}?sort=new#b{bottleneck.pk}"
    assert "Your vote counts for Kern Oost." in text_of(reading.get(page))
    reading.post(f"{BOARD}{bottleneck.pk}/unvote/", headers={"referer": "https://elsewhere.example/"})
    assert not Vote.objects.exists()


def test_htmx_swaps_only_the_box_on_the_page_and_only_the_row_on_a_list(reading: Client):
    bottleneck = BottleneckFactory()
    box = reading.post(f"{BOARD}{bottleneck.pk}/vote/", **HTMX, HTTP_HX_TARGET="vote-box")
    assert text_of(box).startswith('<section class="card votebox is-new" id="vote-box"')
    assert "Yours too" in text_of(box)
    assert f'action="{BOARD}{bottleneck.pk}/unvote/"' in text_of(box)
    assert "This is mine too" not in text_of(box)
    row = reading.post(
        f"{BOARD}{bottleneck.pk}/unvote/",
        **HTMX,
        HTTP_HX_TARGET=f"b{bottleneck.pk}",
        HTTP_HX_CURRENT_URL="http://testserver/",
    )
    assert text_of(row).startswith(f'<li class="bn" id="b{bottleneck.pk}">')
    assert 'aria-pressed="false"' in text_of(row)
    assert "<h3" in text_of(row)


def test_a_box_reads_its_figures_once_and_says_what_the_vote_left(reading: Client, anna, django_assert_num_queries):
    bottleneck = BottleneckFactory(theme=ThemeFactory())
    cast(bottleneck, 6, hours=Decimal(2))

    def press(verb: str, **data: str) -> Any:
        return reading.post(f"{BOARD}{bottleneck.pk}/{verb}/", data, **HTMX, HTTP_HX_TARGET="vote-box")

    # member, bottleneck; locks of subject, row and member; my vote and what becomes of it, ledger, figures, and what
    # stands beside it: hubs in all, the history. A new vote stands in a savepoint. And whoever votes follows it: that,
    # and what the button of following says now.
    with django_assert_num_queries(17):
        box = text_of(press("vote"))
    for words in (
        "<dd>7</dd>",
        "<dd>2</dd>",
        "<dd>12</dd>",
        "Your vote counts for Kern Oost.",
    ):
        assert words in box, words
    with django_assert_num_queries(14):
        box = text_of(press("estimate", hours="5"))
    assert "<dd>17</dd>" in box
    with django_assert_num_queries(14):
        box = text_of(press("unvote"))
    for words in (
        "<dd>6</dd>",
        "<dd>1</dd>",
        "<dd>12</dd>",
        "Your vote would count for Kern Oost.",
    ):
        assert words in box, words


def test_a_row_is_read_once_after_a_vote(reading: Client, anna, django_assert_num_queries):
    bottleneck = BottleneckFactory(theme=ThemeFactory())
    cast(bottleneck, 2)
    with django_assert_num_queries(16):  # as above, and one for the row
        row = reading.post(f"{BOARD}{bottleneck.pk}/vote/", **HTMX, HTTP_HX_TARGET=f"b{bottleneck.pk}")
    assert re.search(r"<b>3</b> <span><svg[^>]*>.*?</svg>Yours too</span>", text_of(row))


@pytest.mark.parametrize("verb", ["vote", "unvote"])
def test_the_button_of_an_old_page_does_what_it_says_and_no_more(client: Client, anna, verb: str):
    """A page that was opened before the vote changed elsewhere; pressed twice, it is still that one act."""
    bottleneck, other_browser = BottleneckFactory(), Client()
    for browser in (client, other_browser):
        browser.force_login(anna)
    if verb == "unvote":
        actions.cast_vote(bottleneck=bottleneck, by=anna)
    (button,) = re.findall(r'<form method="post" action="([^"]+vote/)"', client.get(BOARD).content.decode())
    assert button == f"{BOARD}{bottleneck.pk}/{verb}/"
    other_browser.post(button)
    for _click in range(2):
        row = client.post(button, **HTMX, HTTP_HX_TARGET=f"b{bottleneck.pk}")
    assert Vote.objects.count() == (verb == "vote")
    assert f'aria-pressed="{"true" if verb == "vote" else "false"}"' in text_of(row)
    assert list(differences()) == []


@pytest.mark.parametrize("verb", ["vote", "unvote", "estimate"])
def test_a_closed_one_answers_with_a_clear_message(reading: Client, anna, verb: str):
    bottleneck = BottleneckFactory()
    actions.cast_vote(bottleneck=bottleneck, by=anna)
    update_subject(bottleneck.subject, closed_at=timezone.now())
    followed = reading.post(f"{BOARD}{bottleneck.pk}/{verb}/", {"hours": "3"}, follow=True)
    assert "This bottleneck is closed" in text_of(followed)
    fragment = reading.post(f"{BOARD}{bottleneck.pk}/{verb}/", {"hours": "3"}, **HTMX, HTTP_HX_TARGET="vote-box")
    assert fragment.status_code == 200
    assert 'id="messages" hx-swap-oob="true"' in text_of(fragment)
    assert Vote.objects.count() == 1


def test_get_changes_nothing(reading: Client):
    bottleneck = BottleneckFactory()
    for verb in ("vote", "unvote", "estimate"):
        assert reading.get(f"{BOARD}{bottleneck.pk}/{verb}/").status_code == 405
    assert not Vote.objects.exists()


def test_an_estimate_takes_a_comma_and_refuses_words_keeping_what_was_typed(reading: Client, anna):
    bottleneck = BottleneckFactory()
    actions.cast_vote(bottleneck=bottleneck, by=anna)
    url = f"{BOARD}{bottleneck.pk}/estimate/"
    assert reading.post(url, {"hours": "2,5", "evidence": "In May."}).status_code == 302
    vote = Vote.objects.get()
    assert (vote.hours, vote.evidence) == (Decimal("2.5"), "In May.")
    for extra in ({}, HTMX):
        refused = reading.post(url, {"hours": "veel", "evidence": "In June."}, **extra)
        assert refused.status_code == 422
        assert "Fill in a number from 0.5 to 80, for example 4." in text_of(refused)
        assert 'value="veel"' in text_of(refused)
        assert 'value="In June."' in text_of(refused)
    reading.post(url, {"hours": "", "evidence": ""})
    assert Vote.objects.get().hours is None


# --- Filing
def form_data(**fields: Any) -> dict[str, Any]:
    return {
        "creation_key": str(uuid.uuid4()),
        "title": "Models wait",
        "situation": "Nobody runs them.",
        "language": "en",
        **fields,
    }


def test_the_form_starts_with_my_primary_hub_and_my_language(reading: Client, anna):
    form = reading.get(NEW).context["form"]
    assert form["hubs"].value() == [anna.primary_hub]
    assert form["language"].value() == "en"


def test_what_was_tried_already_is_kept_shown_and_can_be_corrected(reading: Client):
    url = reading.post(NEW, form_data(tried="We **asked** twice.")).url
    heading = parse(reading.get(url).text).by_id("tried")
    assert heading is not None
    assert heading.text() == "What was tried already"
    section = heading.up("section")
    assert section is not None
    assert [bold.text() for bold in section.all("strong")] == ["asked"]
    bottleneck = Bottleneck.objects.get()
    correcting = f"/bottlenecks/{bottleneck.pk}/correct/"
    assert reading.get(correcting).context["form"]["tried"].value() == "We **asked** twice."
    data = form_data(tried="", version=bottleneck.version, hubs=[])
    assert reading.post(correcting, data).status_code == 302
    assert "What was tried already" not in reading.get(url).text


def test_filing_leads_to_the_page_of_the_bottleneck_and_a_double_submit_to_the_same(reading: Client, anna):
    data = form_data(hours="0,5", hubs=[anna.primary_hub.slug])
    first, second = (reading.post(NEW, data) for _n in range(2))
    bottleneck = Bottleneck.objects.get()
    assert first.url == second.url == bottleneck.get_absolute_url()
    assert (bottleneck.hours, bottleneck.author) == (Decimal("0.5"), anna)
    assert "Filed, with your vote." in text_of(reading.get(first.url))


def test_the_board_filters_by_how_and_by_whom_it_ended(reading: Client):
    judge = facilitator()
    for how, route in (("solved", "ourselves"), ("solved", "itself"), ("declined", ""), ("lapsed", "")):
        row = BottleneckFactory(title=f"{how} {route}".strip())
        end_bottleneck(bottleneck=row, by=judge, how=how, route=route, text="x", language="en")
    BottleneckFactory(title="open")
    assert set(titles(reading.get(BOARD, {"status": "solved"}))) == {"solved ourselves", "solved itself"}
    assert titles(reading.get(BOARD, {"status": "declined"})) == ["declined"]
    assert titles(reading.get(BOARD, {"status": "lapsed"})) == ["lapsed"]
    assert titles(reading.get(BOARD, {"status": "ourselves"})) == ["solved ourselves"]
    assert titles(reading.get(BOARD, {"status": "itself"})) == ["solved itself"]
    assert titles(reading.get(BOARD, {"status": "formal"})) == ["declined"]
    assert titles(reading.get(BOARD, {"status": "breakthrough"})) == []
    Bottleneck.objects.filter(title="solved ourselves").update(state="confirmed")
    assert titles(reading.get(BOARD, {"status": "breakthrough"})) == ["solved ourselves"]
    assert titles(reading.get(BOARD, {"status": "nonsense"})) == ["open"]


def test_the_board_shows_what_was_filed_at_one_session_to_who_may_see_it(reading: Client):
    here, elsewhere = SessionFactory(title="Communitydag"), SessionFactory(subject__audience=Audience.HUBS)
    for place, title in ((here, "came up here"), (elsewhere, "elsewhere"), (None, "nowhere")):
        row = BottleneckFactory(title=title)
        if place is not None:
            with transaction.atomic():
                link_subjects(row.subject, FILED_AT, place.subject)
    page = reading.get(BOARD, {"at": here.subject_id})
    assert titles(page) == ["came up here"]
    assert "Only what was filed at “Communitydag”." in text_of(page)
    assert len(titles(reading.get(page.context["board"].everywhere))) == 3
    assert titles(reading.get(BOARD, {"at": elsewhere.subject_id})) == []
    assert titles(reading.get(BOARD, {"at": BottleneckFactory(title="no place").subject_id})) == []
    assert titles(reading.get(BOARD, {"at": "9" * 40})) == []
    assert len(titles(reading.get(BOARD, {"at": "-1"}))) == 4


def test_topics_are_chosen_typed_or_new_and_stand_on_the_page_as_links(reading: Client):
    python = TopicFactory(slug="python", label_nl="Python", label_en="Python", aliases=["pytorch"])
    page = reading.post(f"{BOARD}new/", form_data(topics="Python", topics_typed="PyTorch, Rust  toolchain"))
    bottleneck = Bottleneck.objects.get()
    assert page.status_code == 302
    assert sorted(bottleneck.topics.values_list("slug", flat=True)) == ["python", "rust-toolchain"]
    shown_page = text_of(reading.get(page["Location"]))
    assert re.findall(r'href="/bottlenecks/\?topic=([\w-]+)">([^<]+)<', shown_page) == [
        ("python", "Python"),
        ("rust-toolchain", "Rust toolchain"),
    ]
    path = reverse("issues:bottleneck_correct", args=[bottleneck.pk])
    shown = reading.get(path).context["form"]
    assert {str(topic) for topic in shown["topics"].value()} == {"Python", "Rust toolchain"}
    data = form_data(version=1, topics="Python", hubs=[hub.slug for hub in bottleneck.hubs.all()])
    assert reading.post(path, data).status_code == 302
    assert list(bottleneck.topics.all()) == [python]
    assert bottleneck.subject.activities.get(verb="bottleneck_corrected").data["fields"] == ["topics"]
    assert reading.post(path, data | {"version": 2}).status_code == 302
    assert bottleneck.subject.activities.filter(verb="bottleneck_corrected").count() == 1  # a repeat changes nothing


def test_a_topic_that_comes_back_after_a_mistake_has_its_name_in_the_language_of_the_page(reading: Client):
    TopicFactory(slug="dutch-data", label_nl="Open gegevens", label_en="Open data")
    page = reading.post(f"{BOARD}new/", form_data(title="", topics="Open gegevens", topics_typed="Something new"))
    assert page.status_code == 422
    boxes = re.findall(r'name="topics" value="([^"]+)" checked[^>]*>([^<]+)<', page.text)
    assert [(value, shown.strip()) for value, shown in boxes] == [
        ("Open gegevens", "Open data"),
        ("Something new", "Something new"),
    ]


def test_too_many_topics_are_refused_beside_the_field_and_none_is_added(reading: Client):
    typed = ", ".join(f"topic {number}" for number in range(11))
    page = reading.post(f"{BOARD}new/", form_data(topics_typed=typed))
    assert page.status_code == 422
    assert page.context["form"].errors["topics"] == ["These are 11 topics; 10 is the most. Leave some out."]
    assert not Topic.objects.exists()
    assert "topic 10" in text_of(page)
    with pytest.raises(RuleBroken, match="10 topics at most"):
        actions.file_bottleneck(by=UserFactory(), title="x", situation="x", topics=[f"t{n}" for n in range(11)])
    assert not Topic.objects.exists()


def test_a_stale_correction_shows_both_lists_of_topics(reading: Client, anna):
    bottleneck = BottleneckFactory(author=anna, version=2)
    BottleneckTopic.objects.create(bottleneck=bottleneck, topic=TopicFactory(label_nl="Python", label_en="Python"))
    data = form_data(version=1, title=bottleneck.title, situation=bottleneck.situation, topics="Rust")
    page = reading.post(reverse("issues:bottleneck_correct", args=[bottleneck.pk]), data)
    assert page.status_code == 422
    shown = {it.field.name: (it.yours, it.current) for it in page.context["form"].differences}
    assert shown["topics"] == ("Rust", "Python")


def test_back_and_filing_again_leads_to_what_was_filed(reading: Client, anna):
    """The browser shows what was typed, and a new key."""
    first = reading.post(NEW, form_data())
    again = reading.post(NEW, form_data(title="models  WAIT", situation="Nobody runs them. Nobody."))
    bottleneck = Bottleneck.objects.get()
    assert first.url == again.url == bottleneck.get_absolute_url()
    assert f"You have just filed this: no. {bottleneck.pk}." in text_of(reading.get(again.url))
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert reading.post(NEW, form_data()).url != first.url


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"title": ""}, "Fill in one sentence."),
        ({"situation": " "}, "Tell what happens, a few words will do."),
        ({"title": "x" * 161}, "at most 160"),
        ({"hours": "veel"}, "Fill in a number from 0.5 to 80"),
        ({"hours": "0,25"}, "Fill in a number from 0.5 to 80"),
        ({"hours": "81"}, "Fill in a number from 0.5 to 80"),
        ({"theme": "999"}, "Select a valid choice"),
        ({"language": "fr"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_stands_next_to_the_field_and_what_was_typed_stays(reading: Client, fields, message: str):
    response = reading.post(NEW, form_data(**{"wish": "Typed already", **fields}))
    assert response.status_code == 422
    assert message in text_of(response)
    assert "Typed already" in text_of(response)
    assert "What you typed is still there." in text_of(response)
    assert not Bottleneck.objects.exists()


def test_similar_ones_appear_while_typing_and_nothing_typed_is_in_an_address(reading: Client, anna):
    other = BottleneckFactory(title="Modellen komen niet in productie", language="nl")
    answer = reading.post("/bottlenecks/similar/", {"title": "Model komt niet in produktie", "situation": ""}, **HTMX)
    assert other.title in text_of(answer)
    assert f'formaction="/bottlenecks/{other.pk}/vote/"' in text_of(answer)
    assert "1 bottleneck looks like it." in text_of(answer)
    assert reading.get("/bottlenecks/similar/", {"title": "Model"}).status_code == 405
    nothing = reading.post("/bottlenecks/similar/", {"title": "zzz", "situation": ""}, **HTMX)
    assert "card--water" not in text_of(nothing)


def test_beside_one_that_says_nearly_the_same_everyday_words_are_no_likeness(reading: Client):
    same = BottleneckFactory(title="Toegang tot brondata duurt maanden", language="nl")
    far = BottleneckFactory(title="Werving duurt een halfjaar", language="nl")
    typed = {"title": "Toegang tot brondata duurt te lang", "situation": ""}
    assert reading.post("/bottlenecks/similar/", typed, **HTMX).context["similar"] == [same]
    same.delete()
    assert reading.post("/bottlenecks/similar/", typed, **HTMX).context["similar"] == [far]


def test_without_javascript_one_looks_for_similar_ones_first_and_nothing_is_lost(reading: Client, anna):
    other = BottleneckFactory(title="Modellen komen niet in productie", language="nl")
    data = form_data(title="Model komt niet in produktie", hours="2,5", look="1", hubs=[anna.primary_hub.slug])
    response = reading.post(NEW, data)
    assert response.status_code == 200
    assert other.title in text_of(response)
    assert 'value="2,5"' in text_of(response)
    assert data["creation_key"] in text_of(response)
    assert "This field is required" not in text_of(response)
    assert Bottleneck.objects.count() == 1


def test_joining_an_existing_one_takes_along_what_was_typed_as_evidence(reading: Client, anna):
    other = BottleneckFactory()
    response = reading.post(
        f"{BOARD}{other.pk}/vote/", form_data(**{"from": "filing", "hours": "2,5", "situation": "Since\nMay."})
    )
    assert response.url == other.get_absolute_url()
    page = reading.get(response.url)
    assert "You are the first." in text_of(page)
    assert 'value="Since May."' in text_of(page)
    assert 'value="2.5"' in text_of(page)
    assert Vote.objects.get().evidence == ""  # offered, not taken
    reading.post(f"{BOARD}{other.pk}/estimate/", {"hours": "2,5", "evidence": "Since May."})
    assert "typed_bottleneck" not in reading.session


def test_correcting_in_two_tabs_shows_both_texts_and_loses_neither(reading: Client, anna):
    filed = BottleneckFactory(author=anna, title="Modls wait")
    url = f"{BOARD}{filed.pk}/correct/"
    data = {"version": "1", "title": "Models wait", "situation": filed.situation, "language": "en"}
    assert reading.post(url, data).status_code == 302
    stale = reading.post(url, {**data, "title": "Our models wait"})
    assert stale.status_code == 422
    assert [(d.yours, d.current) for d in stale.context["form"].differences] == [("Our models wait", "Models wait")]
    assert reading.post(url, {**data, "version": "2", "title": "Our models wait"}).status_code == 302
    assert Bottleneck.objects.get().title == "Our models wait"


# --- Elsewhere in the portal
def test_rising_on_home_shows_what_i_may_read_and_have_not_voted_for(rf, anna, django_assert_num_queries):
    from issues.bottlenecks import sections

    mine, other = BottleneckFactory(title="mine"), BottleneckFactory(title="other")
    actions.cast_vote(bottleneck=mine, by=anna)
    cast(other, 2)
    request = rf.get("/")
    request.user = User.objects.for_request().get(pk=anna.pk)
    with django_assert_num_queries(3):  # what rises and how many hubs there are, for everybody; which of it I may read
        shown = sections.rising(request)
    assert titles_in("".join(shown["rows"])) == ["other"]
    Subject.objects.filter(pk=other.subject_id).update(hidden_at=timezone.now())
    with django_assert_num_queries(1):  # what rises is kept, who may read it is not
        shown = sections.rising(request)
    assert shown["rows"] == []


def test_what_rises_comes_in_its_order(anna):
    few, many, closed = (BottleneckFactory(title=title) for title in ("few", "many", "closed"))
    for bottleneck, votes in ((few, 1), (many, 3), (closed, 4)):
        cast(bottleneck, votes)
    update_subject(closed.subject, closed_at=timezone.now())
    assert [row.title for row in selectors.rising.seen_by(anna)] == ["many", "few"]
    assert list(Bottleneck.objects.among([few.pk, closed.pk, many.pk])) == [few, many]


def test_a_hub_shows_the_bottlenecks_that_touch_it_and_its_card_their_number(rf, anna, django_assert_num_queries):
    from issues.bottlenecks import sections

    other = HubFactory()
    BottleneckFactory.create_batch(7, hubs=[anna.primary_hub])
    closed = BottleneckFactory(hubs=[anna.primary_hub])
    update_subject(closed.subject, closed_at=timezone.now())
    keep(BottleneckTally, [anna.primary_hub.pk])
    BottleneckFactory(hubs=[other])
    request = rf.get("/hubs/kern-oost/")
    request.user = User.objects.for_request().get(pk=anna.pk)
    number_of_hubs.seen_by(request.user)  # kept for everybody
    with django_assert_num_queries(1):
        shown = sections.of_hub(request, anna.primary_hub.subject)
    assert (len(shown["rows"]), shown["more"]) == (5, True)
    with django_assert_num_queries(1):
        figures = sections.on_cards([anna.primary_hub, other], request.user)
    assert {pk: str(figure.text) for pk, figure in figures.items()} == {
        anna.primary_hub.pk: "7 bottlenecks",
        other.pk: "1 bottleneck",
    }


def test_the_admin_shows_no_votes_and_no_confidential_author(client: Client):
    author = UserFactory(name="Secret Sender")
    bottleneck = BottleneckFactory(author=author, attribution="confidential")
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    page = client.get(reverse("admin:issues_bottleneck_change", args=[bottleneck.pk]))
    assert page.status_code == 200
    assert "somebody, confidentially" in text_of(page)
    assert "Secret Sender" not in text_of(page)
    assert client.get("/admin/issues/vote/").status_code == 404
    assert (
        client.post(reverse("admin:issues_bottleneck_delete", args=[bottleneck.pk]), {"post": "yes"}).status_code == 403
    )
