"""Names stand in the order in which people look for them, whatever the server knows of languages."""

import pytest
from django.urls import reverse

from community.directory.selectors import directory
from community.models import Hub, User
from tests.factories import HubFactory, UserFactory, facilitator, member_of
from ui.pagination import paginate

pytestmark = pytest.mark.django_db

IN_ORDER = ["Aïsha Bakker", "Aylin Yılmaz", "Bram de Boer", "Bram Smit", "Élodie Mulder", "erik Jansen", "Öznur Kaya"]


def test_members_stand_in_order_of_name_without_regard_to_accents_and_case():
    for name in reversed(IN_ORDER):
        UserFactory(name=name)
    reader = facilitator(name="Zoë")
    assert [member.name for member in directory(reader, "", "")] == [*IN_ORDER, "Zoë"]


def test_no_name_is_lost_or_repeated_where_one_page_of_the_directory_ends_and_the_next_begins():
    for name in [*IN_ORDER, "Aisha Bakker", "AÏSHA BAKKER"]:
        UserFactory(name=name)
    reader, cursor, found = UserFactory(name="Zoë"), "", []
    for _page in range(20):
        page = paginate(directory(reader, "", ""), cursor, size=1)
        found += page.rows
        cursor = page.next_cursor
        if not cursor:
            break
    assert [member.pk for member in found] == [member.pk for member in directory(reader, "", "")]
    assert [member.name for member in found][:4] == ["Aïsha Bakker", "Aisha Bakker", "AÏSHA BAKKER", "Aylin Yılmaz"]


def test_hubs_and_their_members_stand_in_order_of_name(client):
    hubs = [HubFactory(name=name) for name in ["Zeist", "de Bilt", "Épe", "Ede"]]
    for name in reversed(IN_ORDER):
        member_of(hubs[0], name=name)
    assert [hub.name for hub in Hub.objects.all()] == ["de Bilt", "Ede", "Épe", "Zeist"]
    client.force_login(User.objects.get(name="Bram Smit"))
    page = client.get(reverse("community:hub_members", args=[hubs[0].slug])).content.decode()
    places = [page.rindex(f">{name}<") for name in IN_ORDER]
    assert places == sorted(places)


def test_a_new_name_moves_its_owner_in_the_order():
    first, second = UserFactory(name="Ada"), UserFactory(name="Bo")
    first.name = "Çem"
    first.save(update_fields=["name"])
    assert list(User.objects.all()) == [second, first]
