"""What an attacker types into addresses and fields: an answer, never a server error, and no way to another site."""

import pytest
from django.test import Client

from issues.models import Bottleneck
from tests.factories import HubFactory, SessionFactory, UserFactory, facilitator, representative_of

pytestmark = pytest.mark.django_db

NASTY = ["\0", "a\0b", "²", "٣", "9" * 5_000, "1e999999", "'\"%\\", "\u202e", "x" * 3_000]

SEARCHES = [
    *("/hubs/?city=", "/hubs/?state=", "/hubs/?topic=", "/members/?q=", "/members/?hub=", "/members/?role="),
    *("/bottlenecks/?q=", "/bottlenecks/?theme=", "/bottlenecks/?hub=", "/bottlenecks/?sort=", "/bottlenecks/?show="),
    *("/sessions/past/?q=", "/sessions/new/?like=", "/me/feeds/?about="),
]


@pytest.mark.parametrize("text", NASTY, ids=lambda text: ascii(text)[:12])
def test_no_search_breaks(client, text):
    client.force_login(facilitator())
    for address in SEARCHES:
        path, _query, name = address.rstrip("=").partition("?")
        assert client.get(path, {name: text}).status_code in {200, 404}, address


@pytest.mark.parametrize("city", ["\0", "Utrecht\0"])
def test_no_search_of_a_visitor_breaks(client, city):
    assert client.get("/hubs/", {"city": city}).status_code == 200


@pytest.mark.parametrize("text", NASTY, ids=lambda text: ascii(text)[:12])
def test_no_field_beside_a_form_breaks(client, text):
    hub = HubFactory()
    client.force_login(representative_of(hub))
    for path, name in [
        (f"/hubs/{hub.slug}/representatives/end/", "member"),
        (f"/hubs/{hub.slug}/join/", "next"),
        (f"/hubs/{hub.slug}/primary/", "next"),
        ("/bottlenecks/similar/", "title"),
        ("/bottlenecks/similar/", "situation"),
    ]:
        fields = {"title": "A long title", "situation": "A long text", name: text}
        assert client.post(path, fields).status_code in {200, 302, 404}, (path, name)


@pytest.mark.parametrize("number", ["0", "9" * 18, "9" * 19, "9" * 400, "9" * 5_000])
@pytest.mark.parametrize("path", ["/bottlenecks/%s/", "/sessions/%s/", "/sessions/%s-x/", "/sessions/%s/people/"])
def test_a_number_that_nothing_has_is_not_found(client, path, number):
    client.force_login(UserFactory())
    assert client.get(path % number).status_code == 404


@pytest.mark.parametrize("token", ["%00", "a%00b.c", "%FF", "a.b", "9" * 3_000, "MTIzNDU2Nzg5MDEyMzQ1Ng.%C3%A9"])
@pytest.mark.parametrize(
    "path",
    [
        *("/mail/unsubscribe/%s/", "/sessions/withdraw/%s/", "/feeds/%s/community.atom", "/calendar/%s.ics"),
        *("/sign-up/confirm/%s/", "/password/new/1-%s/", "/password/new/%s-x/"),
    ],
)
def test_a_made_up_token_opens_nothing(client, path, token):
    assert client.get(path % token).status_code in {200, 404}


@pytest.mark.parametrize(
    "elsewhere",
    ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example/", "http:///elsewhere.example/"],
)
def test_nothing_leads_to_another_site(elsewhere):
    hub = HubFactory()
    session = SessionFactory()
    member = UserFactory(password="a sentence that is long")
    client = Client()
    client.force_login(member)
    headers = {"Referer": elsewhere}
    answers = [
        client.post(f"/hubs/{hub.slug}/join/", {"next": elsewhere}, headers=headers),
        client.post(f"/hubs/{hub.slug}/primary/", {"next": elsewhere}, headers=headers),
        client.post("/language/", {"language": "nl", "next": elsewhere}, headers=headers),
        client.post(f"/sessions/{session.pk}/answer/", {"answer": "going", "from": "row", "next": elsewhere}),
        client.post("/sign-out/", {"next": elsewhere}, headers=headers),
        Client().post(f"/hubs/{hub.slug}/join/", headers=headers),
        Client().post("/sign-in/", {"login": member.email, "password": "a sentence that is long", "next": elsewhere}),
    ]
    for answer in answers:
        assert answer.status_code == 302
        assert "elsewhere" not in answer["Location"]


@pytest.mark.parametrize("cookie", ['"\\000aaaaaaaaaaaa"', "a" * 5_000, '"\\377\\377aaaaaaaaaa"', "é" * 32])
def test_a_made_up_session_is_none(cookie):
    client = Client(headers={"Cookie": f"sessionid={cookie}"})
    assert client.get("/").status_code == 200
    assert client.get("/members/").status_code == 302


@pytest.mark.parametrize(("title", "status"), [("A \u202etitle\u2066", 302), ("\u202e\u2066", 422)])
def test_a_title_cannot_turn_the_text_around_it(client, title, status):
    client.force_login(UserFactory())
    key = "00000000-0000-4000-8000-000000000001"
    fields = {"title": title, "situation": "It takes months.", "language": "en", "creation_key": key}
    assert client.post("/bottlenecks/new/", fields).status_code == status
    assert list(Bottleneck.objects.values_list("title", flat=True)) == (["A title"] if status == 302 else [])
